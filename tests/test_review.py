"""The account of a search says what is on record, each figure with the question that gives it, and nothing else."""

import json
import shlex
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from library_evidence import crossref, item, keep, made_older, new, openalex
from test_chase import corpus_of, drawn, settings

from harvester import inputs
from harvester.cli import cli
from harvester.cli.session import COMMANDS
from harvester.errors import LibraryError
from harvester.harvest import carry_out
from harvester.harvest.chase import chase
from harvester.library import (
    Library,
    carves,
    chases,
    checksum,
    coverage,
    derive,
    imports,
    ledger,
    matching,
    reading,
    searches,
)
from harvester.library.chases import Scope
from harvester.library.decisions import Decision, dedupe
from harvester.library.retracted import retracted
from harvester.library.schema import SCHEMA_VERSION
from harvester.library.screening import take
from harvester.model import Page, Query, Skip
from harvester.replica import Replica, sites
from harvester.review import Account, Figure, account, citing, overview, removing
from harvester.review.boxes import boxes
from harvester.review.items import prisma_s, tarcis
from harvester.review.paragraph import paragraphs

SINGLE = """TY  - JOUR
AU  - Repper, Julie
AU  - Carter, Tim
TI  - A review of the literature on peer support in mental health services
JO  - Journal of Mental Health
PY  - 2011
VL  - 20
SP  - 392
EP  - 411
{doi}ER  -
"""
WITH_DOI = SINGLE.format(doi="DO  - 10.3109/09638237.2011.583947\n")
WITHOUT = SINGLE.format(doi="").replace("Journal of Mental Health", "J Ment Health")
LEAFLET = "TY  - GEN\nTI  - {title}\nPY  - 2014\nER  - \n"


def searched(
    library: Library,
    text: str,
    found: Sequence[int],
    *,
    reported: int | None = None,
    state: str = "kept",
    outcome: str | None = "done",
    **arguments: Any,
) -> ledger.Run:
    """Put a search at OpenAlex on record that found W<n> for each n, as the harvest does."""
    given = {
        "query": text,
        "strategy": [],
        "reading": text,
        "searched": text,
        "unstemmed": False,
        "changes": {},
        "sources": ["openalex"],
        "corpus": "core",
        "fulltext": False,
        "limit": None,
        "depth": 1000,
        "until": "2026-01-01",
        "refresh": False,
        **arguments,
    }
    query = Query(source="openalex", url="https://api.openalex.org/works?filter=x&cursor=*", kind="search")
    run = ledger.begin(library, command="search", arguments=given, searches={"openalex": [query]})
    (request,) = ledger.waiting(library, run, "openalex")
    items = tuple(item("openalex", openalex(number, doi=f"10.5555/w{number}")) for number in found)
    ledger.settle(
        library,
        run,
        request,
        Page(items=items, total=len(found) if reported is None else reported),
        status=200,
        from_cache=False,
        wanted={},
        hits=[(f"W{number}", state) for number in found],
        received=len(found),
    )
    if outcome:
        ledger.finish(library, run, outcome=outcome)
    derive(library)
    return run


def brought(library: Library, folder: Path, name: str, text: str, *, label: str | None = None) -> None:
    """Bring in a file of records as `import` does."""
    path = folder / name
    path.write_text(text)
    imports.bring(library, path, label=label)
    derive(library)


def decided(library: Library, folder: Path, rows: Sequence[tuple[str, str]]) -> None:
    """Bring in decisions on works by their DOIs, as `chase --screening` does."""
    path = folder / "decisions.csv"
    lines = [f"Title {doi},{doi},{decision},too old" for doi, decision in rows]
    path.write_text("\n".join(["title,doi,decision,reason", *lines]))
    take(library, path)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """A library with a bit of everything: searches, files, a citation search in two rounds, decisions, failures."""
    folder = tmp_path_factory.mktemp("whole")
    works = drawn(1, size=12)
    with Replica(sites(corpus_of(works), unlimited=True)) as replica, new(folder) as opened:
        asking = settings(folder, replica.url)
        scope = Scope(directions=("backward", "forward", "cocited", "cociting"), rounds=2, shared=1)
        run = chase(opened, inputs.from_arguments(["W9", "10.5555/w9", "nobody"]), scope=scope, settings=asking)
        assert carry_out(opened, run, settings=asking).state == "done"
        searched(opened, "work", [1, 2, 3, 9], reported=5, changes={"openalex": ["a change"]}, limit=4)
        searched(opened, "work", [2, 3, 4], outcome=None)
        keep(opened, [crossref("10.5555/c", cites=["Hall L. Peers. 2019."])])
        brought(opened, folder, "a.ris", WITH_DOI + LEAFLET.format(title="A leaflet"), label="PsycINFO")
        brought(opened, folder, "b.ris", WITHOUT)
        dedupe(opened)
        decided(opened, folder, [("10.5555/w1", "include"), ("10.5555/w2", "exclude"), ("10.5555/w3", "maybe")])
        (request, *_) = ledger.waiting(opened, _failing(opened), "openalex")
        ledger.fail(opened, request, detail="it's no 'answer'\x00 at all")
        yield opened


def _failing(library: Library) -> ledger.Run:
    run = ledger.begin(library, command="doi", arguments={}, inputs=inputs.from_arguments(["10.5555/none", "?"]))
    ledger.enqueue(library, run, [Query(source="openalex", url="https://api.openalex.org/works/x", kind="single")])
    return run


MODULES = {
    "carves": carves,
    "chases": chases,
    "checksum": checksum,
    "citing": citing,
    "coverage": coverage,
    "ledger": ledger,
    "matching": matching,
    "overview": overview,
    "reading": reading,
    "removing": removing,
    "retracted": retracted,
    "searches": searches,
}


def value_of(library: Library, figure: Figure) -> object:
    """Ask the library for a figure again."""
    if figure.query.startswith("select"):
        (value,) = library.db.execute(figure.query).fetchone()
        return value
    return eval(figure.query, {**MODULES, "library": library})  # the account wrote the expression


# -- every figure --------------------------------------------------------------------------------------


def test_every_figure_is_what_its_question_gives(whole: Library) -> None:
    """SQL runs as it stands, and every expression does; no two figures have one name and different values."""
    told = account(whole)
    shown = [*told.figures, *(entry.figure for box in boxes(told) for entry in box.entries if entry.figure)]
    assert len(shown) > 100
    for figure in shown:
        assert value_of(whole, figure) == figure.value, figure
    values: dict[str, set[object]] = {}
    for figure in told.figures:
        values.setdefault(figure.name, set()).add(figure.value)
    assert {name for name, found in values.items() if len(found) > 1} == set()


def test_an_account_is_the_same_whenever_it_is_asked_for(whole: Library) -> None:
    """It changes nothing, and can be given of a library that is only read."""
    before = checksum(whole)
    first = account(whole)
    with Library(whole.path) as reader:
        assert account(reader) == first
    assert checksum(whole) == before


def test_an_empty_library_supplies_nothing(library: Library) -> None:
    """Nothing is told in words, and every item and box is left to the authors."""
    told = account(library)
    assert paragraphs(told) == ()
    assert {each.standing for each in (*prisma_s(told), *tarcis(told))} == {"yours to write"}
    assert {box.standing for box in boxes(told)} == {"yours to write"}
    assert told.program.first.value is None
    assert told.commands == ()


def test_a_library_of_an_older_version_is_refused(tmp_path: Path) -> None:
    """It has not on record what the account would say is not there."""
    new(tmp_path).close()
    made_older(tmp_path / "library.sqlite", SCHEMA_VERSION - 1)
    with Library(tmp_path / "library.sqlite") as older, pytest.raises(LibraryError, match="rebuild"):
        account(older)


# -- searches ------------------------------------------------------------------------------------------


def test_a_search_is_told_as_it_was_run(library: Library) -> None:
    """What was reported is set against what was received, and limits are named."""
    searched(library, "peer AND support", [1, 2, 3], reported=7, limit=None, strategy=[["1", "peer"], ["2", "support"]])
    (told,) = account(library).searches
    assert (told.reported.value, told.received.value, told.kept.value, told.short.value) == (7, 3, 3, 4)
    assert (told.name, told.searched, told.corpus) == ("OpenAlex", "peer AND support", "core")
    assert told.strategy == (("1", "peer"), ("2", "support"))
    assert str(told.interface) == "https://api.openalex.org/works (the address names no version)"
    assert told.limits == ("the core corpus of OpenAlex, without its expansion",)
    assert told.first_answer.value == told.last_answer.value is not None


def test_what_an_index_does_not_report_is_not_recorded(library: Library) -> None:
    """It is no nought."""
    run = searched(library, "peer", [1])
    library.db.execute("update requests set reported = null where run = ?", (run.id,))
    (told,) = account(library).searches
    assert told.reported.value is None
    assert any("reported by the index: not recorded" in text for text in paragraphs(account(library)))


def test_a_run_that_did_not_end_makes_items_partly_supplied(library: Library) -> None:
    """A total that may still grow is not supplied, and the account opens with it."""
    searched(library, "peer", [1])
    assert standings(account(library))["15"] == "supplied"
    searched(library, "support", [2], outcome=None)
    told = account(library)
    assert [run.command for run in told.unfinished] == ["search"]
    assert standings(told)["15"] == "partly"
    assert any("goes on" in text for text in paragraphs(told))


def standings(told: Account) -> dict[str, str]:
    return {each.number: each.standing for each in prisma_s(told)}


def test_the_sixteen_items_are_those_of_prisma_s(whole: Library) -> None:
    """What no tool for citations can know is always the authors' to write."""
    told = account(whole)
    assert [each.number for each in prisma_s(told)] == [str(number) for number in range(1, 17)]
    assert {number for number, standing in standings(told).items() if standing == "yours to write"} == {
        "3", "4", "6", "7", "11", "14"
    }  # fmt: skip
    assert standings(told)["5"] == standings(told)["16"] == "supplied"


def test_an_index_that_described_works_alone_was_not_searched(library: Library) -> None:
    """It is named for what it was asked, apart from the indexes whose lists were looked at."""
    keep(library, [openalex(1, doi="10.5555/a", cites=[2]), openalex(2, doi="10.5555/b")])
    derive(library)
    run = ledger.begin(library, command="chase", arguments={"scope": scope_of(Scope(directions=("backward",)))})
    with library.transaction() as db:
        chases.begin_round(db, run, 1, [("doi:10.5555/a", "argument")])
    url = "https://www.ebi.ac.uk/europepmc/webservices/rest/search?query=x"
    ledger.enqueue(library, run, [Query(source="europepmc", url=url, kind="list")])
    (request,) = ledger.waiting(library, run, "europepmc")
    ledger.settle(library, run, request, Page(), status=200, from_cache=False, wanted={})
    searched_in, _, described = prisma_s(account(library))[0].text.partition("and not searched: ")
    assert described == "Europe PMC"
    assert "OpenAlex: by the lists in records that were here already" in searched_in


def test_a_search_that_was_run_twice_is_an_update(library: Library) -> None:
    """The days of both are given."""
    searched(library, "peer", [1])
    assert standings(account(library))["12"] == "partly"
    searched(library, "peer", [1, 2])
    assert standings(account(library))["12"] == "supplied"


def test_what_could_not_be_judged_is_not_identified_and_is_told(library: Library) -> None:
    """Crossref sends what no abstract tells to be fitting: it is counted apart, in the words and in the box."""
    searched(library, "peer", [1, 2])
    searched(library, "hope", [3], state="unjudged")
    told = account(library)
    assert [each.unjudged.value for each in told.searches] == [0, 1]
    assert told.duplicates.identified.value == 2
    assert "and not counted: 1." in boxes(told)[0].note
    assert any("1 could not be judged" in text for text in paragraphs(told))


def test_decisions_given_otherwise_than_in_a_file_are_not_passed_over(library: Library) -> None:
    """A command alone would not repeat them, so a comment says where they are."""
    searched(library, "peer", [1, 2])
    dedupe(library, [Decision("doi:10.5555/w1", "doi:10.5555/w2", "different", "asked")])
    assert any(line.startswith("# run 2: decisions were also given") for line in account(library).commands)
    dedupe(library, [Decision("doi:10.5555/w1", "doi:10.5555/w2", "different", "my pairs.csv, line 3")])
    assert account(library).commands[-1] == "harvester dedupe --decisions 'my pairs.csv'"


# -- identified, and removed ---------------------------------------------------------------------------


def test_identified_is_counted_before_duplicates_are_removed(library: Library, tmp_path: Path) -> None:
    """Each step takes away what it says: the record again, its identifier, the rules, a person."""
    searched(library, "peer", [1, 2])
    searched(library, "peers", [2, 3])  # W2 again
    brought(library, tmp_path, "a.ris", "TY  - JOUR\nTI  - Work 3\nDO  - 10.5555/w3\nER  - \n")  # the DOI of W3
    brought(library, tmp_path, "b.ris", WITH_DOI + LEAFLET.format(title="One leaflet"))
    brought(library, tmp_path, "c.ris", WITHOUT + LEAFLET.format(title="Another thing"))
    one, other = sorted(work.key for work in reading.works(library) if work.year == 2014)
    dedupe(library, [Decision(one, other, "same")])
    told = account(library).duplicates
    counts = (told.identified, told.repeated, told.identifier, told.rule, told.hand, told.total, told.works)
    assert [figure.value for figure in counts] == [9, 1, 1, 1, 1, 4, 5]
    assert told.works.value == reading.size(library).works
    (identified, removed, *_) = boxes(account(library))
    assert [(entry.label, entry.figure and entry.figure.value) for entry in identified.entries] == [
        ("Databases", 9),
        ("– OpenAlex", 4),
        ("– a.ris", 1),
        ("– b.ris", 2),
        ("– c.ris", 2),
        ("Registers", None),
    ]
    assert removed.entries[0].figure is not None
    assert removed.entries[0].figure.value == 4
    assert (identified.standing, removed.standing) == ("partly", "partly")


def test_a_file_that_came_twice_is_identified_once(library: Library, tmp_path: Path) -> None:
    """The same bytes under the same label are no new records; under another label they are another database."""
    for label in ("PsycINFO", "PsycINFO", "Embase"):
        brought(library, tmp_path, "a.ris", WITH_DOI, label=label)
    told = account(library)
    assert [each.repeats for each in told.files] == [None, 1, None]
    assert (told.duplicates.identified.value, told.duplicates.works.value) == (2, 1)


def test_seeds_from_a_file_are_no_records_identified(library: Library, tmp_path: Path) -> None:
    """A file that a citation search set out from is told apart from the export of a database."""
    brought(library, tmp_path, "export.ris", WITH_DOI, label="PsycINFO")
    brought(library, tmp_path, "seeds.ris", WITH_DOI)
    run = ledger.begin(library, command="chase", arguments={"scope": scope_of(Scope())})
    with library.transaction() as db:
        chases.begin_round(db, run, 1, [("doi:10.3109/09638237.2011.583947", "file:seeds.ris")])
    told = account(library)
    assert [each.seeds_of for each in told.files] == [None, run.id]
    assert told.duplicates.identified.value == 1
    assert told.citation_searches[0].origins == (("file:seeds.ris", 1),)
    assert (
        told.commands[-1] == "harvester chase --backward --forward --rounds 1 --shared 3 --hub 1000 --seeds seeds.ris"
    )
    brought(library, tmp_path, "seeds.ris", WITH_DOI)
    told = account(library)
    assert [each.counts for each in told.files] == [True, False, True]
    assert told.duplicates.identified.value == 2


def scope_of(scope: Scope) -> dict[str, Any]:
    return {**vars(scope), "directions": list(scope.directions)}


def test_a_work_that_a_search_kept_and_nobody_described_counts(library: Library) -> None:
    """It was identified, whatever became of it."""
    run = searched(library, "peer", [1])
    request = library.db.execute("select id from requests where run = ?", (run.id,)).fetchone()[0]
    library.db.execute("insert into hits values (?, 'crossref', '10.5555/w1', ?, 'kept')", (run.id, request))
    library.db.execute("insert into hits values (?, 'crossref', '10.5555/w9', ?, 'kept')", (run.id, request))
    library.db.execute("insert into hits values (?, 'crossref', '10.5555/w8', ?, 'outside')", (run.id, request))
    told = account(library).duplicates
    assert (told.identified.value, told.identifier.value, told.works.value) == (3, 1, 2)


# -- citations -----------------------------------------------------------------------------------------


def test_a_citation_search_is_told_with_its_rounds_and_indexes(whole: Library) -> None:
    """Records identified are entries of lists; the share of each index is that of `coverage`."""
    (told,) = account(whole).citation_searches
    (chased,) = chases.chases(whole)
    assert told.directions == ("backward", "forward", "co-cited", "co-citing")
    assert [each.number for each in told.rounds] == [1, 2]
    assert told.stop_reason == "no more rounds were asked for"
    assert told.found.value == len(chases.yields(whole, chased)) > 0
    assert told.works.number >= told.found.number
    assert told.listed.value == sum(each.listed.number for each in told.towards)
    expected = coverage.coverage(whole, chased)
    assert [(each.direction, each.index, each.works.value) for each in told.shares] == [
        (each.direction, each.source, each.works) for each in expected.shares
    ]
    listed = [each.listed.number for each in told.towards if each.direction in ("backward", "forward")]
    assert sum(listed) >= sum(each.works.number for each in told.shares)
    for share in told.shares:
        parts = (share.matched, share.unmatched, share.duplicate, share.failed, share.capped, share.undelivered)
        assert share.reported.number == sum(part.number for part in parts), share
    assert (told.given.value, told.known.value, told.not_understood.value) == (2, 1, 1)
    assert {each.interface.version for each in told.indexes if each.index == "opencitations"} == {"v2"}


def test_a_record_identified_by_citations_is_an_entry_of_one_list(library: Library) -> None:
    """Backward each index has a list; forward Crossref has none, so what it says of a citing work adds nothing."""
    keep(library, [openalex(1, doi="10.5555/a", cites=[2]), openalex(2, doi="10.5555/b")])
    keep(library, [crossref("10.5555/a", cites=["10.5555/b"]), crossref("10.5555/c", cites=["10.5555/b"])])
    derive(library)
    for direction, seed in (("backward", "doi:10.5555/a"), ("forward", "doi:10.5555/b")):
        scope = {**scope_of(Scope()), "directions": [direction]}
        run = ledger.begin(library, command="chase", arguments={"scope": scope})
        with library.transaction() as db:
            chases.begin_round(db, run, 1, [(seed, "argument")])
    backward, forward = account(library).citation_searches
    assert (backward.listed.value, backward.works.value, backward.found.value) == (2, 1, 1)
    assert (forward.listed.value, forward.works.value, forward.found.value) == (2, 2, 2)


def test_a_replica_is_never_passed_off_as_the_index(whole: Library, library: Library) -> None:
    """What was asked in its place is named in the words of the account; where nothing was, nothing is said."""
    told = account(whole)
    assert len(told.replicas) == 1
    assert any(told.replicas[0] in text and "not asked" in text for text in paragraphs(told))
    searched(library, "peer", [1])
    assert account(library).replicas == ()
    assert not any("replica" in text for text in paragraphs(account(library)))


# -- screening -----------------------------------------------------------------------------------------


def test_boxes_of_screening_stay_open_without_decisions(library: Library, tmp_path: Path) -> None:
    """With decisions they count the works that searches identified; retrieval is the authors' all the same."""
    searched(library, "peer", [1, 2, 3])
    keep(library, [openalex(4, doi="10.5555/w4")])
    derive(library)
    by_name = {box.name: box for box in boxes(account(library))}
    assert by_name["screened"].standing == by_name["excluded"].standing == "yours to write"
    assert account(library).screening.screened.value is None
    with library.transaction() as db:  # under another key, and not the last word
        earlier = ledger.enter(db, command="screen", arguments={})
        db.execute("insert into screening values (null, ?, 'openalex:W1', 'exclude', 'off topic', null)", (earlier.id,))
    decided(library, tmp_path, [("10.5555/w1", "include"), ("10.5555/w2", "exclude"), ("10.5555/w4", "exclude")])
    told = account(library)
    by_name = {box.name: box for box in boxes(told)}
    shown = {name: by_name[name].entries[0].figure for name in ("screened", "excluded", "sought", "assessed")}
    assert {name: figure and figure.value for name, figure in shown.items()} == {
        "screened": 2,
        "excluded": 1,
        "sought": None,
        "assessed": None,
    }
    assert (told.screening.screened.value, told.screening.excluded.value) == (3, 2)
    assert told.screening.reasons == (("too old", 2),)


# -- errors --------------------------------------------------------------------------------------------


def test_errors_are_told_with_what_was_done(whole: Library) -> None:
    """A question that was given up, a run without an end, and what could not be read."""
    told = {(each.source, each.what): each for each in account(whole).troubles}
    assert told["openalex", "it's no 'answer' at all"].number.value == 1
    assert any(source == "this program" and "did not come to its end" in what for source, what in told)


def test_a_record_that_could_not_be_read_is_told(library: Library) -> None:
    """By its reason, once for all that share it."""
    run = ledger.begin(library, command="doi", arguments={})
    ledger.enqueue(library, run, [Query(source="openalex", url="https://api.openalex.org/works", kind="list")])
    skips = tuple(Skip(source="openalex", reason="no title", detail=str(number)) for number in range(3))
    (request,) = ledger.waiting(library, run, "openalex")
    ledger.settle(library, run, request, Page(skips=skips), status=200, from_cache=True, wanted={})
    ledger.finish(library, run, outcome="done")
    (told,) = account(library).troubles
    assert (told.source, told.what, told.number.value) == ("openalex", "no title", 3)


# -- again ---------------------------------------------------------------------------------------------


def test_the_commands_are_understood_by_the_command_line(whole: Library) -> None:
    """Each line is a comment, or a command with options that exist."""
    lines = account(whole).commands
    names = []
    for line in lines:
        assert "\n" not in line
        words = shlex.split(line, comments=True)
        if words:
            assert words[0] == "harvester"
            place = next(number for number, word in enumerate(words) if word in COMMANDS)
            COMMANDS[words[place]].make_context(words[place], words[place + 1 :])
            names.append(words[place])
    assert names == ["chase", "search", "search", "import", "import", "dedupe", "doi"]
    assert sum("SHA-256" in line for line in lines) == 2


@pytest.mark.parametrize(
    "text",
    ['"peer\'s `support`"', '"peer support" AND (recovery OR hope) AND year:2015-2024', "NOT old AND title:(peer*)"],
)
def test_a_search_is_repeated_as_it_was_read(library: Library, tmp_path: Path, text: str) -> None:
    """The command asks for what was asked, whatever the shell makes of its signs."""
    run = CliRunner().invoke(cli, ["--json", "search", "--explain", "--", text])
    asked = json.loads(run.stdout)
    searched(library, text, [1], reading=asked["reading"], searched=asked["searched"])
    (line,) = account(library).commands
    again = shlex.split(line)[1:]
    assert again[0] == "search"
    repeated = json.loads(CliRunner().invoke(cli, ["--json", "search", "--explain", *again[1:]]).stdout)
    assert repeated["searched"] == asked["searched"]
    assert repeated["questions"] == asked["questions"]


def test_decisions_that_came_with_a_citation_search_are_repeated_with_it(library: Library, tmp_path: Path) -> None:
    """One command brought both, so one command stands for both."""
    searched(library, "peer", [1])
    decided(library, tmp_path, [("10.5555/w1", "include")])
    scope = Scope(rounds=2, keep="(year:2015-) AND decision:include")
    run = ledger.begin(library, command="chase", arguments={"scope": scope_of(scope)})
    with library.transaction() as db:
        chases.begin_round(db, run, 1, [("doi:10.5555/w1", "all")])
    words = shlex.split(account(library).commands[-1])
    assert words[words.index("--screening") + 1] == "decisions.csv"
    assert words[words.index("--keep") + 1] == "year:2015-"
    assert words[-2:] == ["--seeds", "all"]
    assert len(account(library).commands) == 2
