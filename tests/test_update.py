"""Coming back later: searches repeated, works asked for again, and only what is new told, of an index in two states."""

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest
from conftest import Run
from library_evidence import crossref, new, openalex
from test_chase import settings
from test_cli import one_sentence

from harvester import harvest, inputs, sources
from harvester.expression import parse
from harvester.harvest import update, work
from harvester.harvest.chase import chase
from harvester.harvest.recall import Recall, held
from harvester.harvest.update_forecast import forecast_update
from harvester.library import Library, checksum, ledger, news, verify
from harvester.library.absent import absent
from harvester.library.chases import Scope
from harvester.library.ledger import Run as Begun
from harvester.library.news import News
from harvester.replica import Replica, sites
from harvester.replica.corpus import Corpus
from harvester.review import account
from harvester.review.boxes import boxes
from harvester.transport import pace

QUERY = "title:peer AND year:2020-2026"

State = dict[int, dict[str, Any]]


@pytest.fixture(autouse=True)
def at_a_run(monkeypatch: pytest.MonkeyPatch) -> None:
    """The manners of asking have tests of their own; the replica answers here as fast as it can."""
    monkeypatch.setattr(pace, "HEADROOM", 1e6)


def first_state() -> State:
    """Ten works on peers that cite the ones before them; number 3 has no DOI, and 9 and 10 are not on peers."""
    works = {
        number: openalex(
            100 + number,
            doi=None if number == 3 else f"10.5555/w{number}",
            cites=range(100 + max(1, number - 2), 100 + number),
            title=f"Peer work number {number}" if number < 9 else f"Number {number}",
            publication_year=2021,
            created_date="2021-01-01",
        )
        for number in range(1, 11)
    }
    works[8]["referenced_works"] = ["https://openalex.org/W101"]
    return works


def second_state() -> State:
    """What the index says later; in all of it counts have moved, and in some of it the date stands still."""
    works = first_state()
    for number, each in works.items():
        each["cited_by_count"] += number
        each["updated_date"] = "2026-01-01" if number % 2 else "2026-07-01"
    works[1]["title"] = "PEER <i>work</i> number 1"
    works[2]["is_retracted"] = True
    works[3]["doi"] = "https://doi.org/10.5555/w3"
    works[4]["publication_year"] = 2022
    works[5]["title"] = "Peer work called otherwise"
    works[7]["referenced_works"].append("https://openalex.org/W102")
    works[8]["referenced_works"] = []
    del works[6]
    works[11] = openalex(
        111,
        doi="10.5555/w11",
        cites=[101, 102],
        title="Peer work of late",
        publication_year=2026,
        is_retracted=True,
        cited_by_count=999,
    )
    return works


def dated(day: str) -> dict[str, Any]:
    """A time stamp of Crossref."""
    return {"date-time": f"{day}T00:00:00Z", "date-parts": [[*map(int, day.split("-"))]]}


def at_crossref(works: State, *, indexed: str = "2021-01-01") -> list[dict[str, Any]]:
    """What Crossref holds of the works with a DOI; the last one is new there."""
    found = []
    for number, each in works.items():
        told: dict[str, Any] = {"updated-by": [NOTICE]} if each.get("is_retracted") else {}
        told["title"] = [each["title"]]
        told["issued"] = {"date-parts": [[each["publication_year"]]]}
        told["created"] = dated(f"{each['publication_year']}-01-01")
        told["indexed"] = dated(indexed if number < 11 else "2999-01-01")
        if each["doi"]:
            found.append(crossref(each["doi"].removeprefix("https://doi.org/"), **told))
    return found


NOTICE = {"DOI": "10.5555/notice", "type": "retraction", "source": "publisher", "updated": dated("2026-06-01")}


def corpus(works: State) -> Corpus:
    return Corpus(openalex=tuple(works.values()), crossref=tuple(at_crossref(works)))


@pytest.fixture(scope="module")
def then() -> Iterator[Replica]:
    with Replica(sites(corpus(first_state()), unlimited=True)) as running:
        yield running


@pytest.fixture(scope="module")
def now() -> Iterator[Replica]:
    with Replica(sites(corpus(second_state()), unlimited=True)) as running:
        yield running


def searched(
    folder: Path, replica: Replica, *, limit: int | None = None, sources: Sequence[str] = ("openalex", "crossref")
) -> Library:
    """A library after a search, and open for writing."""
    library = Library(folder / "library.sqlite", write="search")
    asking = settings(folder, replica.url)
    scope = harvest.Scope(sources=tuple(sources), until="2026-05-22", limit=limit)
    planned = harvest.plan(parse.parse(QUERY), text=QUERY, scope=scope)
    assert work.carry_out(library, harvest.search(library, planned, settings=asking), settings=asking).state == "done"
    return library


def chased(library: Library, folder: Path, replica: Replica, *seeds: str) -> None:
    asking = settings(folder, replica.url)
    run = chase(library, inputs.from_arguments(seeds), scope=Scope(), settings=asking)
    assert work.carry_out(library, run, settings=asking).state == "done"


def updated(library: Library, folder: Path, replica: Replica) -> update.Update:
    """Bring a library up to date."""
    asking = settings(folder, replica.url)
    begun = update.begin(library, settings=asking)
    assert begun is not None
    for run in begun.runs:
        assert work.carry_out(library, run, settings=asking).state == "done"
    return begun


def told(library: Library, begun: update.Update) -> tuple[News, set[tuple[str, str]]]:
    """The news of an update, and which work which index returns no longer."""
    missed = absent(library, [run.id for run in begun.runs])
    return news.since(library, begun.since), {(each.key, each.source) for each in missed}


def test_an_update_says_exactly_what_has_become_new(tmp_path: Path, then: Replica, now: Replica) -> None:
    """New, retracted, given a DOI, another year, another title, gone: each is told once, and nothing else is."""
    with searched(tmp_path, then) as library:
        chased(library, tmp_path, then, "10.5555/w1")
        begun = updated(library, tmp_path, now)
        found, missed = told(library, begun)
        assert [each.key for each in found.works] == ["doi:10.5555/w11"]
        assert found.new_retracted == {"doi:10.5555/w11"}
        assert [each.key for each in found.retracted] == ["doi:10.5555/w2"]
        assert {each.work.key: [change.field for change in each.changes] for each in found.changed} == {
            "doi:10.5555/w2": ["retracted"],
            "doi:10.5555/w3": ["doi"],
            "doi:10.5555/w4": ["year"],
            "doi:10.5555/w5": ["title"],
            "doi:10.5555/w7": ["references"],
            "doi:10.5555/w8": ["references"],
        }
        assert next(each.before for each in found.changed if each.work.key == "doi:10.5555/w3") == "openalex:W103"
        assert found.citations == (("doi:10.5555/w7", "doi:10.5555/w2"),)
        assert found.citations_gone == (("doi:10.5555/w8", "doi:10.5555/w1"),)
        assert missed == {
            ("doi:10.5555/w6", "openalex"),
            ("doi:10.5555/w6", "crossref"),
            ("doi:10.5555/w8", "openalex"),  # as citing the seed
        }
        assert news.new_since(library, begun.since.run) == {"doi:10.5555/w11"}
        assert verify(library) == []
        again = updated(library, tmp_path, now)
        assert again.since.run == begun.runs[-1].id
        assert told(library, again) == (News(), set())


def test_an_index_that_says_the_same_brings_no_news_and_is_asked_cheaply(tmp_path: Path, then: Replica) -> None:
    """Searches are read again, Crossref only for what it has indexed since; works that came so are not asked for twice.

    The forecast is the bill.
    """
    with searched(tmp_path, then) as library:
        day = library.db.execute("select substr(started, 1, 10) from runs").fetchone()[0]
        before = checksum(library)
        asking = settings(tmp_path, then.url)
        forecast = {each.source: each for each in forecast_update(library, settings=asking)}
        begun = updated(library, tmp_path, then)
        assert told(library, begun) == (News(), set())
        assert checksum(library) == before
        asked = library.db.execute(
            "select source, kind, url from requests where run > ? and state = 'done'", (begun.since.run,)
        ).fetchall()
        slices = [url for source, kind, url in asked if (source, kind) == ("crossref", "search")]
        assert slices
        assert all(f"from-index-date:{day}," in url for url in slices)
        assert not [url for source, kind, url in asked if (source, kind) == ("openalex", "list")]
        for source in ("openalex", "crossref"):
            assert forecast[source].requests == sum(name == source for name, _, _ in asked)
        assert forecast["openalex"].dollars == Decimal("0.001")


def test_the_forecast_of_what_is_left_counts_nothing_twice(tmp_path: Path, then: Replica) -> None:
    """Cut off while it asks for the works held, an update has as much to ask as it asks in the end."""
    with searched(tmp_path, then) as library:
        asking = settings(tmp_path, then.url)
        begun = update.begin(library, settings=asking)
        assert begun is not None
        for run in begun.runs[:-1]:
            assert work.carry_out(library, run, settings=asking).state == "done"
        before = forecast_update(library, settings=asking)
        assert Recall(library, begun.runs[-1]).advance()
        assert forecast_update(library, settings=asking) == before
        for source, wanted in held(library, besides=begun.runs).items():
            ledger.enqueue(library, begun.runs[-1], sources.source(source).lookup(wanted))
        assert forecast_update(library, settings=asking) == before
        assert work.carry_out(library, begun.runs[-1], settings=asking).state == "done"
        asked = library.db.execute(
            "select source, count(*) from requests where run = ? and state = 'done' group by 1", (begun.runs[-1].id,)
        ).fetchall()
        assert [(each.source, each.requests) for each in before] == sorted(asked)
        assert forecast_update(library, settings=asking) != before  # it is done, and would begin anew


def test_only_the_latest_of_the_same_searches_is_repeated_and_no_repeat_by_itself(
    tmp_path: Path, then: Replica
) -> None:
    with searched(tmp_path, then) as library:
        searched_again = [each.original.id for each in update.to_repeat(library)]
        assert searched_again == [1]
    with searched(tmp_path, then) as library:
        assert [each.original.id for each in update.to_repeat(library)] == [2]
        updated(library, tmp_path, then)
        begun = updated(library, tmp_path, then)
        commands = [run.command for run in begun.runs]
        assert commands == ["search", "update"]
        (family,) = update.to_repeat(library)
        assert family.runs == (2, 3, 5)
        chased(library, tmp_path, then, "10.5555/w1")
        chased(library, tmp_path, then, "W101")
        assert [run.command for run in updated(library, tmp_path, then).runs] == ["search", "chase", "update"]


def test_an_update_that_is_cut_off_goes_on_and_ends_the_same(tmp_path: Path, then: Replica, now: Replica) -> None:
    """All its runs are begun together; after each of them it may die, and `update` or `resume` takes it up."""
    ends = set()
    for name in ("whole", "update", "resume"):
        folder = tmp_path / name
        folder.mkdir()
        asking = settings(folder, now.url)
        with searched(folder, then) as library:
            chased(library, folder, then, "10.5555/w1")
            begun = update.begin(library, settings=asking)
            assert begun is not None
            assert not begun.goes_on
            done = begun.runs if name == "whole" else begun.runs[:1]
            for run in done:
                assert work.carry_out(library, run, settings=asking).state == "done"
        with Library(folder / "library.sqlite", write="update") as library:
            if name == "update":
                taken = update.begin(library, settings=asking)
                assert taken is not None
                assert taken.goes_on
                assert taken.runs == begun.runs
            for run in harvest.resume(library) if name != "whole" else ():
                assert work.carry_out(library, run, settings=asking).state == "done"
            last = update.last_of(library)
            assert last is not None
            assert not last.goes_on
            found, missed = told(library, last)
            ends.add((checksum(library), found.works, found.changed, frozenset(missed)))
    assert len(ends) == 1


def test_what_was_not_read_whole_is_not_said_to_have_gone(tmp_path: Path, then: Replica, now: Replica) -> None:
    """A search with a limit leaves out what ranks lower today; only who has no record of a work at all lacks it."""
    with searched(tmp_path, then, limit=2, sources=("openalex",)) as library:
        begun = updated(library, tmp_path, now)
        _, missed = told(library, begun)
        kept = {run.id: ledger.held(library, run, "openalex", KEPT)[1] for run in (Begun(1, "search"), begun.runs[0])}
        assert (kept[1] - kept[2], missed) == ({"W107"}, set())


def test_a_record_that_no_longer_satisfies_the_search_is_told(tmp_path: Path, then: Replica) -> None:
    """A year that was corrected takes it out of the search at Crossref, where every record is judged."""
    works = first_state()
    works[5]["publication_year"] = 2019
    changed = Corpus(openalex=tuple(first_state().values()), crossref=tuple(at_crossref(works, indexed="2999-01-01")))
    with searched(tmp_path, then) as library, Replica(sites(changed, unlimited=True)) as later:
        begun = updated(library, tmp_path, later)
        (one,) = absent(library, [run.id for run in begun.runs])
        assert (one.key, one.source) == ("doi:10.5555/w5", "crossref")
        assert "no longer satisfies" in one.reason


def test_a_work_that_was_not_found_is_asked_for_again(tmp_path: Path, then: Replica, now: Replica) -> None:
    """A DOI that no index knew may be known by now; one that is known no longer is told, and stays in the library."""
    with Library(tmp_path / "library.sqlite", write="doi") as library:
        asking = settings(tmp_path, then.url)
        run = harvest.look_up(library, inputs.from_arguments(["10.5555/w11", "10.5555/w6", "W103"]), settings=asking)
        assert work.carry_out(library, run, settings=asking).state == "done"
        begun = updated(library, tmp_path, now)
        assert [run.command for run in begun.runs] == ["update"]
        found, missed = told(library, begun)
        assert [each.key for each in found.works] == ["doi:10.5555/w11"]
        assert [each.before for each in found.changed] == ["openalex:W103"]
        assert missed == {("doi:10.5555/w6", "crossref"), ("doi:10.5555/w6", "openalex")}
        assert library.db.execute("select title from works where key = 'doi:10.5555/w6'").fetchone()[0]


def test_a_report_counts_a_repeated_search_once(tmp_path: Path, then: Replica, now: Replica) -> None:
    """Identified is what any run of a search found, each record once; the repeat and its day are told."""
    with searched(tmp_path, then) as library:
        chased(library, tmp_path, then, "10.5555/w1")
        before = account(library)
        updated(library, tmp_path, now)
        after = account(library)
    kept = {each.index: each.kept.number for each in before.searches}
    identified = {box.name: box for box in boxes(after)}["identified"].entries[0].figure
    assert identified is not None
    assert identified.number == sum(kept.values()) + 2  # W11, at both indexes
    assert [each.fresh.number for each in after.searches][-2:] == [1, 1]
    assert len(after.citation_searches) == 2
    by_citations = {box.name: box for box in boxes(after)}["other_identified"].entries[-1].figure
    assert by_citations is not None
    assert by_citations.value == after.citation_searches[-1].listed.value
    assert after.commands == (*before.commands, "harvester --replica " + now.url + " update")


# -- the command ---------------------------------------------------------------------------------------


KEPT = [f"W{number}" for number in range(101, 112)]


def test_the_commands_say_it_on_the_terminal_and_as_json(run: Run, tmp_path: Path, then: Replica, now: Replica) -> None:
    """Retractions stand first; `diff` of two files and of a file with its past say the same as `update`."""
    first, later = {"HARVESTER_REPLICA": then.url}, {"HARVESTER_REPLICA": now.url}
    assert run("doi", "10.5555/w2", "10.5555/w4", "W103", env=first).status == 0
    (tmp_path / "older.sqlite").write_bytes((tmp_path / "library.sqlite").read_bytes())
    forecast = run("update", "--dry-run", env=later)
    assert "openalex" in forecast.out
    ended = run("update", env=later)
    assert (ended.status, ended.err) == (0, "")
    lines = ended.out.splitlines()
    first_line = next(line for line in lines if line.startswith("retracted since"))
    assert lines.index(first_line) < lines.index(next(line for line in lines if line.startswith("changed:")))
    assert "doi given: 10.5555/w3" in ended.out
    assert "year 2021 -> 2022" in ended.out
    past = run("--json", "diff", "--since", "1").document
    files = run("--json", "diff", "older.sqlite", "library.sqlite").document
    assert past == files
    assert [each["before"] for each in past["changed"] if each["key"] == "doi:10.5555/w3"] == ["openalex:W103"]
    again = run("update", env=later)
    assert again.out.splitlines()[-1] == "nothing is new"
    assert run("export", "new.jsonl", "--new-since", "1").status == 0
    written = [json.loads(line) for line in (tmp_path / "new.jsonl").read_text("utf-8").splitlines()]
    assert {line["key"] for line in written if line["kind"] == "work"} == {each["key"] for each in past["works"]}
    none = run("export", "none.ris", "--new-since", "1", "--where", "year:1700")
    assert (none.status, (tmp_path / "none.ris").read_bytes()) == (0, b"")
    assert "no work here satisfies --where and is new since then; none.ris holds none" in none.err
    one_sentence(run("export", "none.ris", "--new-since", "999").err)


def test_what_cannot_be_updated_or_compared_is_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    assert "no library" in one_sentence(run("update").err)
    assert run("diff").status == 2
    (tmp_path / "text.sqlite").write_text("no library at all")
    assert "not a" in one_sentence(run("diff", "text.sqlite", "text.sqlite").err)
    new(tmp_path).close()
    empty = run("update")
    assert (empty.status, empty.err) == (0, "")
    assert "nothing to repeat" in empty.out
    assert "no run 9" in one_sentence(run("diff", "--since", "9").err)


def test_a_budget_is_one_for_all_runs_and_what_it_stops_goes_on(tmp_path: Path, then: Replica, now: Replica) -> None:
    poor = replace(settings(tmp_path, now.url), budget=Decimal("0.0005"))
    assert poor.less(Decimal("0.0003")).budget == Decimal("0.0002")
    assert poor.less(Decimal(1)).budget == 0
    with searched(tmp_path, then, sources=("openalex",)) as library:
        begun = update.begin(library, settings=poor)
        assert begun is not None
        assert [work.carry_out(library, run, settings=poor).state for run in begun.runs] == ["stopped", "done"]
        going_on = updated(library, tmp_path, now)
        assert (going_on.goes_on, going_on.runs) == (True, begun.runs)
        assert "doi:10.5555/w11" in news.new_since(library, begun.since.run)
