"""A carve is accounted for as the search of files that it is, in every format, and tells nobody where these lie."""

import json
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import snapshots
from conftest import Run
from library_evidence import new
from test_carve import asked_by, begun
from test_chase import corpus_of, drawn, settings
from test_review import value_of

from harvester import inputs
from harvester.bulk import carve
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import find
from harvester.bulk.workers import Threads
from harvester.cli.session import COMMANDS
from harvester.harvest import carry_out
from harvester.harvest.chase import chase
from harvester.identifiers import Identifier
from harvester.library import Library, carves
from harvester.library.chases import Scope
from harvester.replica import Replica, sites
from harvester.replica.corpus import Corpus
from harvester.review import account, markdown
from harvester.review.boxes import boxes
from harvester.review.items import prisma_s, tarcis
from harvester.review.paragraph import paragraphs

PLACE = "where-ana-keeps-it"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two carves: a search with what cites its works, and works that were named, out of one that lacks a file."""
    folder = tmp_path_factory.mktemp("carved")
    place = folder / PLACE / "openalex-2026"
    snapshots.write(place, snapshots.items(150, seed=3), layout="jsonl")
    max(place.rglob("part_*.gz")).unlink()
    searched = asked_by('"peer support" OR trial', forward=True, years=(1995, None))
    named = frozenset(Identifier("openalex", each) for each in ("W1", "W2", "W999999"))
    with Library(folder / "library.sqlite", write="carve") as opened:
        snapshot = find(str(place))
        for asked in (searched, Asked(identifiers=named, backward=True, depth=2)):
            carve.carry_on(opened, begun(opened, asked, snapshot), workers=Threads(count=2))
        yield opened


def test_every_figure_of_a_carve_is_what_its_question_gives(library: Library) -> None:
    """Files and works read, selected, around these and not found."""
    told = account(library)
    shown = [*told.figures, *(entry.figure for box in boxes(told) for entry in box.entries if entry.figure)]
    for figure in shown:
        assert value_of(library, figure) == figure.value, figure
    search, named = told.carves
    rows = library.db.execute("select count(*) from hits where run = ?", (search.run.id,)).fetchone()
    assert (search.selected.value, search.files_read.value) == (rows[0], 5)
    assert search.works_read.value == named.works_read.value == search.works
    assert search.around.number > 0
    assert (named.given.value, named.missing.value) == (3, 3 - named.selected.number)


def test_a_carve_is_told_as_a_search_of_a_snapshot(library: Library) -> None:
    """Expression, reading, corpus, steps, the days of the snapshot, its files and what they lack."""
    told = account(library)
    words = " ".join(paragraphs(told))
    search, _ = told.carves
    for sentence in (
        f"We searched OpenAlex, snapshot of 2026-09-30 (openalex-2026; {search.works} works in 5 files",
        "works last changed 2025-11-04 to 2026-06-02",
        f"for: {search.searched}.",
        "limited to years 1995- and the core corpus of OpenAlex",
        "We followed citations forward from these in the same snapshot, 1 round at most",
        "We took 3 works that we named",
        "1 of 6 files of the manifest are not there: updated_date=2026-06-02/part_0001.gz",
    ):
        assert sentence in words
    standing = {item.number: item.standing for item in prisma_s(told)}
    assert {standing[number] for number in ("1", "5", "8", "13", "15")} == {"supplied"}
    identified = next(box for box in boxes(told) if box.name == "identified")
    assert [(entry.label, entry.figure and entry.figure.value) for entry in identified.entries[:2]] == [
        ("Databases", search.selected.value),
        ("– OpenAlex, snapshot of 2026-09-30", search.selected.value),
    ]


def test_the_commands_of_a_carve_are_understood(library: Library) -> None:
    lines = [line for line in account(library).commands if not line.startswith("#")]
    given = [shlex.split(line) for line in lines]
    assert [words[:4] for words in given] == [["harvester", "carve", "--snapshot", "openalex-2026"]] * 2
    for words in given:
        COMMANDS["carve"].make_context("carve", words[2:])
    assert given[0][-3:] == ["--forward", "--years", "1995-"]


def test_where_a_snapshot_lies_is_in_no_account_and_no_pack(library: Library, tmp_path: Path, run: Run) -> None:
    """Whoever gets a report or a pack is told what the snapshot was, not where; and can replay the pack."""
    names = [f"report.{ending}" for ending in ("md", "html", "json", "csv", "docx")]
    assert run("--library", str(library.path), "report", *names).status == 0
    for name in names:
        content = (tmp_path / name).read_bytes()
        if name.endswith("docx"):
            with zipfile.ZipFile(tmp_path / name) as document:
                content = document.read("word/document.xml")
        assert PLACE.encode() not in content
        assert b"openalex-2026" in content
        assert b"2026-06-02" in content
    carves = json.loads((tmp_path / "report.json").read_bytes())["carves"]
    assert [each["date"] for each in carves] == ["2026-09-30", "2026-09-30"]
    ended = run("--library", str(library.path), "pack", "whole.zip")
    assert ended.status == 0, ended.err
    with zipfile.ZipFile(tmp_path / "whole.zip") as pack:
        for name in pack.namelist():
            assert PLACE.encode() not in pack.read(name), name
    assert run("replay", "whole.zip").status == 0
    again = run("--library", str(library.path), "update", "--dry-run")
    assert (again.status, "Traceback" in again.err) == (0, False)
    assert run("--library", str(library.path), "export", "dump.jsonl").status == 0
    dump = (tmp_path / "dump.jsonl").read_text(encoding="utf-8")
    assert (PLACE in dump, "openalex-2026" in dump) == (False, True)


# -- the same again ------------------------------------------------------------------------------------

NAMED = frozenset(Identifier("openalex", each) for each in ("W1", "W120", "W999999"))


@pytest.fixture(scope="module")
def repeated(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A search and works named, with what is around them, each out of a snapshot, out of it again and out of the next.

    The first holds older versions of many works, and lacks W120; the next has works that the first has not.
    """
    folder = tmp_path_factory.mktemp("repeated")
    works = list(snapshots.items(180, seed=3))
    older = [{**work, "cited_by_count": 999, "updated_date": "2020-01-01T00:00:00"} for work in works[:60]]
    first = [work for work in works[:150] if not work["id"].endswith("/W120")]
    places = [
        snapshots.write(folder / "first" / "openalex-2026", first, layout="jsonl", again=older),
        snapshots.write(folder / "next" / "openalex-2027", works, layout="jsonl"),
    ]
    manifest = next(places[1].rglob("manifest.json"))
    manifest.write_text(manifest.read_text(encoding="utf-8").replace("2026-09-30", "2026-12-31"), encoding="utf-8")
    searched = asked_by('"peer support" OR trial', forward=True)
    with Library(folder / "library.sqlite", write="carve") as opened:
        for place in (places[0], *places):
            for asked in (searched, Asked(identifiers=NAMED, backward=True, years=(2000, 2010))):
                carve.carry_on(opened, begun(opened, asked, find(str(place))), workers=Threads(count=2))
        yield opened


def natives_of(library: Library, runs: tuple[int, ...], *, around: bool = False) -> set[str]:
    query = (
        "select a.native from arrivals a join requests q on q.id = a.request where q.run = ?"
        if around
        else "select native from hits where run = ?"
    )
    return {native for run in runs for (native,) in library.db.execute(query, (run,))}


def test_works_around_are_counted_once_and_names_by_the_carve_that_was_given_them(repeated: Library) -> None:
    """Neither an older version of a work nor what is held already moves the count, nor does a later carve."""
    told = account(repeated)
    (received,) = repeated.db.execute("select sum(received) from requests where run = 1 and url like '%#around'")
    search, named, search_again, named_again, search_next, named_next = told.carves
    assert 0 < search.around.number < received[0]
    assert search.around == search_again.around._replace(name=search.around.name, query=search.around.query)
    assert search.around.number == len(natives_of(repeated, (1,), around=True))
    assert search_next.around.number > search.around.number
    assert [each.missing.value for each in (named, named_again, named_next)] == [2, 2, 1]
    assert [str(each) for each in carves.missing(repeated, 2)] == ["openalex:W120", "openalex:W999999"]
    assert search.missing.value == 0


def test_a_carve_of_the_next_snapshot_repeats_the_search(repeated: Library) -> None:
    """It is told as a search that was repeated, and what it finds again is identified once."""
    told = account(repeated)
    for figure in told.figures:
        assert value_of(repeated, figure) == figure.value, figure
    assert [each.repeats for each in told.carves] == [None, None, 1, 2, 1, 2]
    last = told.carves[4]
    assert last.fresh.number == len(natives_of(repeated, (5,)) - natives_of(repeated, (1,))) > 0
    found = natives_of(repeated, (1, 3, 5))
    identified, other = (next(b for b in boxes(told) if b.name == name) for name in ("identified", "other_identified"))
    assert [entry.figure and entry.figure.value for entry in identified.entries[:3]] == [
        len(found),
        told.carves[0].selected.value,
        last.fresh.value,
    ]
    assert told.duplicates.repeated.value == 0
    around = [natives_of(repeated, runs, around=True) for runs in ((1, 3, 5), (2, 4, 6))]
    assert other.entries[2].figure is not None
    assert other.entries[2].figure.value == sum(map(len, around))
    assert value_of(repeated, other.entries[2].figure) == other.entries[2].figure.value
    items = {item.number: item for item in prisma_s(told)}
    assert items["12"].standing == "supplied"
    assert f"the search of run 1 on {last.run.day}, of OpenAlex, snapshot of 2026-12-31" in items["12"].text
    assert items["7"].text.startswith("3 works were named")
    assert f"of which {last.fresh.value} had not been found before" in " ".join(paragraphs(told))
    assert f"run 1; {last.fresh.value} of the works selected are new" in markdown(told)


def test_years_limit_what_they_are_asked_for(library: Library, repeated: Library) -> None:
    """A search and what is around it; of works that were named, only what is around them."""
    search = account(library).carves[0]
    assert search.limits[0] == "years 1995-"
    told = account(repeated)
    assert told.carves[1].limits == ("years 2000-2010 of the works around those named",)
    words = " ".join(paragraphs(told))
    assert "limited to years" not in words
    assert "more works of the years 2000-2010." in words
    limits = next(item.text for item in prisma_s(told) if item.number == "9")
    assert "run 2: years 2000-2010 of the works around those named" in limits


def test_a_carve_is_named_beside_a_citation_search(tmp_path: Path) -> None:
    """What was followed in a snapshot counts among the directions and the indexes, with a chase on record or not."""
    place = snapshots.write(tmp_path / "snapshot", snapshots.items(40, seed=3), layout="jsonl")
    asked = Asked(identifiers=frozenset({Identifier("openalex", "W1")}), forward=True)
    with Replica(sites(corpus_of(drawn(1, size=4)), unlimited=True)) as replica, new(tmp_path) as opened:
        asking = settings(tmp_path, replica.url)
        run = chase(opened, inputs.from_arguments(["W3"]), scope=Scope(directions=("backward",)), settings=asking)
        assert carry_out(opened, run, settings=asking).state == "done"
        carve.carry_on(opened, begun(opened, asked, find(str(place))), workers=Threads(count=2))
        told = {item.subject: item.text for item in tarcis(account(opened))}
    carved = "run 2: forward from 1 work selected, 1 round at most, by the lists of references in OpenAlex, snapshot"
    assert told["Both directions"].startswith(f"Searched backward and forward. Out of a snapshot: {carved}")
    assert "leaving one out" not in told["Both directions"]
    assert carved in told["At least two citation indexes"]


@pytest.mark.parametrize("is_search", [True, False])
def test_an_update_asks_for_works_that_were_carved_and_says_that_the_carve_is_not_repeated(
    tmp_path: Path, run: Run, is_search: bool
) -> None:
    """The forecast counts the works for which it then asks, however these were carved."""
    items = tuple(snapshots.items(40, seed=3))
    place = snapshots.write(tmp_path / "openalex-2026", items, layout="jsonl")
    named = Asked(identifiers=frozenset({Identifier("openalex", "W1")}), forward=True)
    asked = asked_by("peer") if is_search else named
    with new(tmp_path) as opened:
        carve.carry_on(opened, begun(opened, asked, find(str(place))), workers=Threads(count=2))
        (works,) = opened.db.execute("select count(*) from works where detail is not null").fetchone()
        path = str(opened.path)
    told = run("--json", "--library", path, "update", "--dry-run")
    (forecast,) = json.loads(told.out)["forecast"]
    assert forecast["works"] == works > 0
    with Replica(sites(Corpus(openalex=items, crossref=()), unlimited=True)) as replica:
        ended = run("--json", "--library", path, "--replica", replica.url, "update")
    (begun_by,) = json.loads(ended.out)["runs"]
    done = {"requests": forecast["requests"], "records": works, "dollars": forecast["dollars"]}
    assert begun_by["sources"]["openalex"] == done
    for err in (told.err, ended.err):
        assert "run 1 " in err
        assert "`harvester carve` with the next snapshot repeats it" in err
