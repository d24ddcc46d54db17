"""Two libraries as one: nothing of either is lost, and who takes whom in makes no difference."""

import hashlib
import json
import os
import shutil
import sqlite3
import sys
import tempfile
import zlib
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from itertools import count
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import FailingConnection, begin, crossref, keep, made_older, new, openalex
from test_library import ANSWERS, DOIS, Answer, content

from harvester.errors import InputError, LibraryError, NewerLibrary, NotALibrary
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, chases, checksum, derive, ledger, matching, proof, reading, schema, verify
from harvester.library.candidates import catalogue
from harvester.library.conflicts import unsettled
from harvester.library.decisions import Decision, decided, dedupe
from harvester.library.evidence import TABLES
from harvester.library.ledger import Run
from harvester.library.matches import words_of
from harvester.library.matching import Said
from harvester.library.snapshot import snapshots
from harvester.library.union import United, unite
from harvester.model import Page, Query, Reference, Skip

BOOK = "Smith 1999, a book"
WORDS = words_of(Reference(source="crossref", position=1, text=BOOK))
KEYS = [f"doi:{doi}" for doi in DOIS] + [f"openalex:W{number}" for number in range(1, 6)]

Act = Callable[[Library], object]


def take_in(path: Path, *others: Path) -> list[United]:
    """Unite the library at `path` with others, as `merge` does."""
    with snapshots(others, beside=path) as copies, Library(path, write="merge") as library:
        return [unite(library, copy) for copy in copies]


# -- what people do with a library -----------------------------------------------------------------------------


def answered(answer: Answer) -> Act:
    return lambda library: keep(library, [answer[0]], asked=answer[1])


def answered_again(answer: Answer) -> Act:
    """Past the cache, as `update` asks when it repeats a run."""

    def act(library: Library) -> None:
        (first,) = library.db.execute("select max(id) from runs").fetchone()
        arguments = {"refresh": True, **({"repeats": first, "since": first} if first else {})}
        keep(library, [answer[0]], asked=answer[1], run=ledger.begin(library, command="test", arguments=arguments))

    return act


def searched(number: int, native: str) -> Act:
    """A citation search from one seed, with an answer that lists, lacks and skips something."""

    def act(library: Library) -> None:
        def note(db: sqlite3.Connection, run: Run) -> None:
            chases.begin_round(db, run, 1, [(f"openalex:W{number}", "argument")])

        given = Input("argument", f"W{number}", Identifier("openalex", f"W{number}"), None)
        run = ledger.begin(library, command="test", arguments={}, inputs=[given], note=note)
        query = Query(source="openalex", url=f"https://openalex.test/cites:W{number}", kind="citing")
        ledger.enqueue(library, run, [query])
        (request,) = ledger.waiting(library, run, "openalex")
        page = Page(skips=(Skip(source="openalex", reason="of no shape", detail=native),), total=2)
        ledger.settle(
            library,
            run,
            request,
            page,
            status=200,
            from_cache=False,
            wanted={},
            hits=[(native, "kept")],
            note=lambda db: chases.arrived(db, request.id, [native]),
        )
        chases.end_round(library, run, 1, "it was the last")
        ledger.finish(library, run, outcome="stopped", reason="enough")

    return act


def said_of_works(one: str, other: str, said: Any) -> Act:
    return lambda library: dedupe(library, [Decision(one, other, said, "asked")])


def screened(key: str, decision: str, person: str | None = None) -> Act:
    def act(library: Library) -> None:
        with library.transaction() as db:
            run = ledger.enter(db, command="screen", arguments={"file": "screened.csv"})
            chases.screen(db, run, key, decision, reason=None, person=person)
            db.execute("update runs set finished = started, outcome = 'done' where id = ?", (run.id,))

    return act


def said_of_reference(key: str, said: Any) -> Act:
    def act(library: Library) -> None:
        derive(library)
        assert WORDS
        run, _ = matching.begin(library, arguments={}, said=[Said(WORDS, key, said, "asked")], replica=None)
        matching.match_here(library, run, matching.open_references(library), catalogue(library))
        ledger.finish(library, run, outcome="done")

    return act


def asked(doi: str) -> Act:
    """A run that is cut off while it waits for an answer."""

    def act(library: Library) -> None:
        run = begin(library, crossref=[Identifier("doi", doi)])
        query = Query(source="crossref", url=f"https://crossref.test/{doi}", kind="single")
        ledger.enqueue(library, run, [query])

    return act


def finished(library: Library) -> None:
    """Bring the last run that is not done to its end."""
    for run in ledger.unfinished(library)[-1:]:
        ledger.finish(library, run, outcome="done")


PAIRS = st.tuples(st.sampled_from(KEYS), st.sampled_from(KEYS), st.sampled_from(["same", "different", "undecided"]))
ACTS = st.one_of(
    st.builds(answered, ANSWERS),
    st.builds(answered, ANSWERS),
    st.builds(answered_again, ANSWERS),
    st.builds(lambda pair: said_of_works(*pair), PAIRS),
    st.builds(screened, st.sampled_from(KEYS), st.sampled_from(["include", "exclude"]), st.sampled_from(["Ana", None])),
    st.builds(said_of_reference, st.sampled_from(KEYS), st.sampled_from(["same", "different", "undecided"])),
    st.builds(searched, st.integers(1, 3), st.sampled_from(["W7", "W8"])),
    st.builds(asked, st.sampled_from(DOIS)),
    st.just(finished),
)
CLOCK = [f"2001-01-01T00:{second // 60:02}:{second % 60:02}Z" for second in range(600)]
OF_A_TEST = "2002"
"""Before this are the times of what a test does; after it, those of what `unite` puts on record by itself."""


def do(path: Path, acts: Sequence[Act], times: Iterator[str]) -> None:
    """Do these things in a library, each at a time of its own."""
    with Library(path, write="test") as library:
        for act in acts:
            before = library.db.execute("select coalesce(max(id), 0) from runs").fetchone()[0]
            act(library)
            time = next(times)
            library.db.execute(
                "update runs set started = ?, finished = iif(finished, ?, null) where id > ?", (time, time, before)
            )
            library.db.execute("update sessions set started = ? where run > ?", (time, before))
        derive(library)


def evidence(path: Path) -> dict[str, list[tuple[Any, ...]]]:
    """All the evidence of a library, but for the numbers of items and for what `unite` puts on record."""
    with closing(sqlite3.connect(path)) as db:
        own = f"run in (select id from runs where started < '{OF_A_TEST}')"
        queries = {
            table: f"select * from {table} where {own}"
            for table in (
                *("sessions", "inputs", "lookups", "requests", "hits", "decisions", "matches", "rounds", "seeds"),
                "screening",
            )
        }
        queries |= {table: f"select * from {table}" for table in ("skips", "arrivals", "synonyms")}
        queries |= {
            "runs": f"select * from runs where started < '{OF_A_TEST}'",
            "items": "select source, native, hex(digest), request from items",
            "raws": "select hex(digest), hex(raw) from items join raws on item = id",
        }
        assert queries.keys() == set(TABLES)
        return {table: sorted(db.execute(query), key=repr) for table, query in queries.items()}


def state(path: Path) -> tuple[Any, ...]:
    with Library(path) as library:
        return content(library), checksum(library), chases.decisions(library)


def kept(path: Path) -> Counter[tuple[Any, ...]]:
    """What a library has on record, told by the time of its runs and not by numbers."""
    queries = {
        "runs": "select started, command, json_remove(arguments, '$.repeats', '$.since'),"
        " (select started from runs o where o.id = r.arguments ->> '$.repeats') from runs r",
        "decisions": "select started, one, other, verdict, person, d.reason from decisions d join runs on runs.id=run",
        "matches": "select started, reference, origin, standing, key, m.reason from matches m"
        " join runs on runs.id = run",
        "screening": "select started, key, decision, person from screening join runs r on r.id = run",
        "requests": "select started, source, url, q.asked from requests q join runs r on r.id = run"
        " where q.state != 'waiting'",
        "lookups": "select scheme, value, source from lookups",
        "sessions": "select r.started, s.started from sessions s join runs r on r.id = run",
        "inputs": "select started, position, origin, text, scheme, value from inputs join runs r on r.id = run",
        "rounds": "select r.started, round, o.started, ended from rounds o join runs r on r.id = run",
        "seeds": "select started, round, key, origin from seeds join runs r on r.id = run",
        "hits": "select started, h.source, native, h.state, url from hits h join requests q on q.id = request"
        " join runs r on r.id = h.run",
        "skips": "select url, s.source, s.reason, s.detail from skips s join requests q on q.id = request",
        "arrivals": "select url, native from arrivals join requests q on q.id = request",
        "synonyms": "select * from synonyms",
        "items": "select source, native, hex(digest), raw from items join raws on item = items.id",
    }
    with closing(sqlite3.connect(path)) as db:
        return Counter((table, *row) for table, query in queries.items() for row in db.execute(query))


THREE = st.tuples(*[st.lists(ACTS, min_size=low, max_size=3) for low in (0, 1, 1, 1)])


@settings(max_examples=25, deadline=None)
@given(THREE, st.randoms(use_true_random=False))
def test_libraries_unite_to_the_same_whoever_takes_in_whom(acts: tuple[list[Act], ...], chance: Any) -> None:
    """Three people go on from one library, each for themselves: union is commutative, associative and idempotent."""
    with tempfile.TemporaryDirectory() as folder:
        a, b, c, ab, ba, ab_c, a_bc, bc = (
            Path(folder) / f"{name}.sqlite" for name in ("a", "b", "c", "ab", "ba", "ab_c", "a_bc", "bc")
        )
        times = CLOCK[:]
        do(a, acts[0], iter(times))
        shutil.copy(a, b)
        shutil.copy(a, c)
        later = times[10:]
        chance.shuffle(later)
        for path, own, start in zip((a, b, c), acts[1:], (0, 10, 20), strict=True):
            do(path, own, iter(sorted(later[start : start + 10])))
        for source, target in ((a, ab), (b, ba), (a, a_bc), (b, bc)):
            shutil.copy(source, target)
        take_in(ab, b)
        take_in(ba, a)
        assert evidence(ab) == evidence(ba)
        assert state(ab) == state(ba)
        for one in (a, b):
            assert kept(one) <= kept(ab)
        with Library(ab) as library:
            assert verify(library) == []
        whole, on_record = evidence(ab), kept(ab)
        for again in (b, a):
            assert take_in(ab, again)[0][1:5] == (0, 0, 0, 0)
        assert kept(ab) == on_record
        take_in(ab, ba)
        assert evidence(ab) == whole
        assert state(ab) == state(ba)
        shutil.copy(ab, ab_c)
        take_in(ab_c, c)
        take_in(bc, c)
        take_in(a_bc, bc)
        assert evidence(ab_c) == evidence(a_bc)
        assert state(ab_c) == state(a_bc)


# -- cases -----------------------------------------------------------------------------------------------------


@pytest.fixture
def two(tmp_path: Path) -> tuple[Path, Path]:
    """The libraries of Ana and Bo, who have not begun."""
    paths = tmp_path / "ana.sqlite", tmp_path / "bo.sqlite"
    for path in paths:
        Library(path, write="test").close()
    return paths


DAYS = [f"2001-01-{day:02}T00:00:00Z" for day in range(1, 29)]


def test_every_table_above_the_line_is_united(tmp_path: Path) -> None:
    """A table that a later version adds to the evidence cannot be forgotten."""
    with new(tmp_path) as library:
        tables = {name for (name,) in library.db.execute("select name from sqlite_schema where type = 'table'")}
    own = {"holder", "revision"}
    derived = {name for name in tables if name in schema.DERIVED_TABLES or name.startswith("works_text_")}
    assert tables - derived - own == set(TABLES)
    assert len(TABLES) == len(set(TABLES))


def test_runs_of_one_library_stay_in_their_order(two: tuple[Path, Path]) -> None:
    """Though a clock was put back, and though several began in one second; between libraries the time decides."""
    ana, bo = two
    acts = [answered((openalex(number), None)) for number in range(1, 4)]
    do(ana, acts, iter([DAYS[4], DAYS[2], DAYS[2]]))
    do(bo, acts[:1], iter([DAYS[3]]))
    assert take_in(ana, bo)[0].renumbered == 3
    with Library(ana) as library:
        assert [started for (started,) in library.db.execute("select started from runs order by id")] == [
            *(DAYS[3], DAYS[4]),
            *(DAYS[2], DAYS[2]),
        ]


def test_a_run_that_one_has_finished_is_done_and_one_that_nobody_has_can_be_resumed(two: tuple[Path, Path]) -> None:
    """Ana's library was copied while two runs waited; she has finished the first, of which Bo asks one thing more."""
    ana, bo = two
    do(ana, [asked(DOIS[0]), asked(DOIS[1])], iter(DAYS))
    shutil.copy(ana, bo)
    with Library(ana, write="test") as library:
        first = ledger.unfinished(library)[0]
        keep(library, [crossref(DOIS[0])], asked=DOIS[0], run=first)
        (request,) = ledger.waiting(library, first, "crossref")
        ledger.fail(library, request, detail="no answer")
        ledger.finish(library, first, outcome="done")
    with Library(bo, write="test") as library:
        ledger.enqueue(library, first, [Query(source="crossref", url="https://crossref.test/page2", kind="single")])
    for path, other in ((bo, ana), (ana, bo)):
        take_in(path, other)
        with Library(path) as library:
            assert [run.id for run in ledger.unfinished(library)] == [2]
            assert library.db.execute("select run, state from requests where state = 'waiting'").fetchall() == [
                (2, "waiting")
            ]
            states = library.db.execute("select value, state from lookups order by value").fetchall()
            assert states == [(DOIS[0], "found"), (DOIS[1], "waiting")]


def test_works_that_each_had_once_are_found_to_be_the_same(two: tuple[Path, Path]) -> None:
    """Where either has been through `dedupe`, it is as if all had been; a second time nothing is entered."""
    ana, bo = two
    described: dict[str, Any] = {
        "title": "A review of the literature on peer support in mental health services",
        "publication_year": 2011,
    }
    author = [{"author": {"display_name": "Julie Repper"}, "raw_author_name": "Julie Repper"}]
    do(ana, [answered((openalex(1, authorships=author, **described), None)), dedupe], iter(DAYS))
    do(bo, [answered((openalex(2, authorships=author, **described), None))], iter(DAYS[5:]))
    (came,) = take_in(ana, bo)
    assert (came.before.works, came.after.works) == (1, 1)
    with Library(ana) as library:
        assert reading.work(library, "openalex:W1").aliases == ("openalex:W2",)
        runs = library.db.execute("select count(*) from runs").fetchone()
        assert verify(library) == []
    take_in(ana, bo)
    with Library(ana) as library:
        assert library.db.execute("select count(*) from runs").fetchone() == runs
    take_in(bo, ana)
    assert state(bo) == state(ana)


def found_at(origin: str, standing: str, key: str | None) -> Act:
    """What the matcher finds of the book at an index."""

    def act(library: Library) -> None:
        run = begin(library)
        library.db.execute(
            "insert into matches (run, reference, origin, standing, key, shown, reason) values (?, ?, ?, ?, ?, '', '')",
            (run.id, WORDS, origin, standing, key),
        )

    return act


def test_a_later_search_that_found_less_does_not_undo_a_citation(two: tuple[Path, Path]) -> None:
    """As in one library, where another index overrules an earlier one only with something better."""
    ana, bo = two
    citing = answered((crossref(DOIS[0], cites=[BOOK]), None))
    do(ana, [citing, found_at("crossref", "exact", f"doi:{DOIS[1]}")], iter(DAYS))
    do(bo, [citing, found_at("library", "none", None)], iter(DAYS[5:]))
    take_in(ana, bo)
    take_in(bo, ana)
    assert state(ana) == state(bo)
    with Library(bo) as library:
        assert [citation.cited for citation in reading.citations(library)] == [f"doi:{DOIS[1]}"]
        assert matching.account(library).exact == 1


# -- conflicts -------------------------------------------------------------------------------------------------

WORK = f"doi:{DOIS[0]}"


def conflicts_of(path: Path) -> list[tuple[Any, ...]]:
    with Library(path) as library:
        return [
            (
                each.kind,
                each.subject,
                (each.one.library, each.one.verdict),
                (each.other.library, each.other.verdict),
                each.now,
            )
            for each in unsettled(library)
        ]


def test_people_who_disagree_are_told_until_somebody_decides_again(two: tuple[Path, Path]) -> None:
    """Both decisions stay, the later one counts; whoever has the united library has the conflict too."""
    ana, bo = two
    records = [answered((openalex(1, doi=DOIS[0]), None)), answered((openalex(2, title="Another"), None))]
    do(
        ana,
        [*records, said_of_works(WORK, "openalex:W2", "same"), screened("openalex:W1", "include", "Ana")],
        iter(DAYS[5:]),
    )
    do(bo, [*records, said_of_works(WORK, "openalex:W2", "different"), screened(WORK, "exclude")], iter(DAYS))
    assert len(take_in(ana, bo)[0].conflicts) == 2
    expected = [
        ("screening", (WORK,), ("ana.sqlite", "include"), ("bo.sqlite", "exclude"), "include"),
        ("works", (WORK, "openalex:W2"), ("ana.sqlite", "same"), ("bo.sqlite", "different"), "same"),
    ]
    assert conflicts_of(ana) == expected
    with Library(ana) as library:
        assert reading.find(library, "W2") == WORK
        assert chases.decisions(library) == {WORK: "include"}
    assert take_in(ana, bo)[0].conflicts == ()
    assert take_in(bo, ana)[0].conflicts == ()
    assert conflicts_of(ana) == conflicts_of(bo) == expected
    with Library(ana, write="test") as library:
        screened(WORK, "include", "Cy")(library)
        dedupe(library, [Decision(WORK, "openalex:W2", "different", "asked")])
    assert conflicts_of(ana) == []
    take_in(bo, ana)
    assert conflicts_of(bo) == []


def test_who_knows_the_decision_of_the_other_changes_it_without_a_conflict(two: tuple[Path, Path]) -> None:
    """Bo went on from Ana's library, excluded what she had included, and gives it back."""
    ana, bo = two
    do(ana, [answered((crossref(DOIS[0]), None)), screened(WORK, "include", "Ana")], iter(DAYS))
    shutil.copy(ana, bo)
    do(bo, [screened(WORK, "exclude", "Bo")], iter(DAYS[5:]))
    for path, other in ((ana, bo), (bo, ana)):
        assert take_in(path, other)[0].conflicts == ()
        with Library(path) as library:
            assert chases.decisions(library) == {WORK: "exclude"}


def test_a_reference_that_names_another_work_to_each_is_a_conflict(two: tuple[Path, Path]) -> None:
    """The reference stands alone, and the verdicts are the works; what was taken back disagrees with nobody."""
    ana, bo = two
    citing = answered((crossref(DOIS[0], cites=[BOOK]), None))
    do(ana, [citing, said_of_reference(KEYS[1], "same")], iter(DAYS))
    do(bo, [citing, said_of_reference(KEYS[2], "same")], iter(DAYS[5:]))
    taken_back = bo.with_name("cy.sqlite")
    shutil.copy(bo, taken_back)
    do(taken_back, [said_of_reference(KEYS[2], "undecided")], iter(DAYS[8:]))
    take_in(ana, taken_back)
    assert conflicts_of(ana) == []
    take_in(ana, bo)
    take_in(bo, ana)
    with Library(ana) as library:
        assert [citation.cited for citation in reading.citations(library)] == [KEYS[1]]


def test_libraries_of_one_file_name_are_told_apart_by_their_folders(tmp_path: Path) -> None:
    paths = [tmp_path / name / "library.sqlite" for name in ("ana", "bo")]
    for path, decision, days in zip(paths, ("include", "exclude"), (DAYS, DAYS[5:]), strict=True):
        path.parent.mkdir()
        do(path, [screened(WORK, decision)], iter(days))
    take_in(*paths)
    ours, theirs = ("ana/library.sqlite", "include"), ("bo/library.sqlite", "exclude")
    assert conflicts_of(paths[0]) == [("screening", (WORK,), ours, theirs, "exclude")]


def test_two_works_for_one_reference_are_told(two: tuple[Path, Path]) -> None:
    ana, bo = two
    citing = answered((crossref(DOIS[0], cites=[BOOK]), None))
    do(ana, [citing, said_of_reference(KEYS[1], "same")], iter(DAYS))
    do(bo, [citing, said_of_reference(KEYS[2], "same")], iter(DAYS[5:]))
    take_in(ana, bo)
    assert conflicts_of(ana) == [("reference", (WORDS,), ("ana.sqlite", KEYS[1]), ("bo.sqlite", KEYS[2]), KEYS[2])]


def test_decisions_of_one_run_stay_in_their_order(two: tuple[Path, Path]) -> None:
    """Of a table that says two things of one pair the last line counts, here and in the union."""
    ana, bo = two
    records = [answered((openalex(number), None)) for number in (1, 2)]
    lines = [Decision("openalex:W1", "openalex:W2", said, "asked") for said in ("undecided", "same", "different")]
    do(bo, [*records, lambda library: dedupe(library, lines)], iter(DAYS))
    take_in(ana, bo)
    with Library(ana) as library:
        assert decided(library) == {("openalex:W1", "openalex:W2"): "different"}


def test_of_two_accounts_of_a_lookup_found_beats_missing_and_the_later_the_earlier(two: tuple[Path, Path]) -> None:
    ana, bo = two
    for path, days in ((ana, DAYS[5:]), (bo, DAYS)):
        do(path, [asked(DOIS[0]), asked(DOIS[1])], iter(days))
    for path, states in ((ana, ("missing", "found")), (bo, ("found", "found"))):
        with closing(sqlite3.connect(path)) as db, db:
            for doi, outcome in zip(DOIS, states, strict=False):
                row = (outcome, path.stem, doi)
                db.execute("update lookups set state = ?, detail = ? where value = ?", row)
    for path, other in ((bo, ana), (ana, bo)):
        take_in(path, other)
        with Library(path) as library:
            found = library.db.execute("select value, state, detail from lookups order by value").fetchall()
        assert found == [(DOIS[0], "found", "bo"), (DOIS[1], "found", "ana")]


# -- other people's files --------------------------------------------------------------------------------------


def filled(path: Path) -> None:
    do(path, [answered((openalex(1, cites=[2]), None)), screened("openalex:W1", "include")], iter(DAYS))


def as_it_lies(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in folder.iterdir()}


@pytest.mark.parametrize("version", [2, 4, 6])
def test_an_older_library_is_taken_in_and_stays_as_it_is(two: tuple[Path, Path], version: int, tmp_path: Path) -> None:
    ana, bo = two
    filled(bo)
    (tmp_path / "theirs").mkdir()
    older = bo.rename(tmp_path / "theirs" / "old.sqlite")
    made_older(older, version)
    before = as_it_lies(older.parent)
    assert take_in(ana, older)[0].records == 1
    assert as_it_lies(older.parent) == before


def test_a_library_that_was_copied_while_it_was_written_is_left_as_it_lies(
    two: tuple[Path, Path], tmp_path: Path
) -> None:
    """Alone, or with its log: what is in that counts, and nothing is laid beside it."""
    ana, bo = two
    (tmp_path / "theirs").mkdir()
    with Library(bo, write="test") as library:
        answered((openalex(1), None))(library)
        for name in ("bo.sqlite", "bo.sqlite-wal"):
            shutil.copy(tmp_path / name, tmp_path / "theirs")
        with library.transaction() as db:
            db.execute("insert into synonyms values ('doi:10.5555/half', 'doi:10.5555/done')")
            # Somebody is writing just now: what is committed counts.
            assert take_in(ana, bo)[0].records == 1
            with Library(ana) as united:
                assert united.db.execute("select count(*) from synonyms").fetchone() == (0,)
    before = as_it_lies(tmp_path / "theirs")
    assert take_in(ana, tmp_path / "theirs" / "bo.sqlite")[0].records == 0
    assert as_it_lies(tmp_path / "theirs") == before


def spoil(path: Path, *statements: str) -> None:
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        for statement in statements:
            db.execute(statement)


def flip(path: Path) -> None:
    whole = bytearray(path.read_bytes())
    whole[4096 * 3 : 4096 * 4] = bytes(byte ^ 0xFF for byte in whole[4096 * 3 : 4096 * 4])
    path.write_bytes(whole)


FORGED = zlib.compress(json.dumps(openalex(7)).encode())
LARGEST = 1 << 20
BOMB = json.dumps(openalex(7, title="x" * LARGEST)).encode()
"""An answer with more text than is allowed where it is taken in."""


def bomb(path: Path) -> None:
    """Put it where a true answer was, with a digest that fits."""
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("update items set native = 'W7', digest = ?", (hashlib.sha256(BOMB).digest(),))
        db.execute("update raws set raw = ?", (zlib.compress(BOMB),))


def disguise(path: Path) -> None:
    """Have a table of ours be a virtual one, with a comment where the first words are looked for."""
    spoil(
        path,
        "pragma writable_schema = on",
        "update sqlite_schema set rootpage = 0, sql = 'create/**/virtual table touched using fts5(key)'"
        " where name = 'touched'",
    )


WRONG: dict[str, tuple[Callable[[Path], object], type[Exception], str]] = {
    "newer": (lambda path: spoil(path, "pragma user_version = 99"), NewerLibrary, "newer version"),
    "another program's": (lambda path: spoil(path, "pragma application_id = 1"), NotALibrary, "no library"),
    "text": (lambda path: path.write_text("TY  - JOUR\n" * 900), NotALibrary, "no library"),
    "empty": (lambda path: path.write_bytes(b""), LibraryError, "empty"),
    "torn": (lambda path: path.write_bytes(path.read_bytes()[:9000]), LibraryError, "damaged"),
    "flipped": (flip, LibraryError, "damaged"),
    "a lost table": (lambda path: spoil(path, "drop table arrivals"), LibraryError, "lacks the table arrivals"),
    "a view for a table": (
        lambda path: spoil(path, "drop table hits", "create view hits as select * from arrivals"),
        LibraryError,
        "view 'hits' that this program did not make",
    ),
    "a trigger of a stranger": (
        lambda path: spoil(
            path, "create trigger t after insert on holder begin update runs set replica = 'http://localhost:1'; end"
        ),
        LibraryError,
        "trigger 't' that this program did not make",
    ),
    "a trigger of ours that does more": (
        lambda path: spoil(
            path,
            "drop trigger works_added",
            "create trigger works_added after insert on works begin delete from screening; end",
        ),
        LibraryError,
        "trigger 'works_added' that this program did not make",
    ),
    "a table of a stranger": (lambda path: spoil(path, "create table more (x)"), LibraryError, "table 'more'"),
    "a virtual table in disguise": (disguise, LibraryError, "table 'touched' that this program did not make"),
    "a bomb": (bomb, LibraryError, r"cannot be trusted \(row 1 of raws"),
    "bytes after an answer": (
        lambda path: spoil(path, "update raws set raw = cast(raw || x'00' as blob)"),
        LibraryError,
        r"cannot be trusted \(row 1 of raws",
    ),
    "a forged answer": (
        lambda path: spoil(path, f"update raws set raw = x'{FORGED.hex()}'"),
        LibraryError,
        "not what was received",
    ),
    "a lost answer": (lambda path: spoil(path, "delete from raws"), LibraryError, "not what was received"),
    "a lost run": (lambda path: spoil(path, "delete from runs"), LibraryError, "not there"),
    "bytes for text": (lambda path: spoil(path, "update runs set started = x'00'"), LibraryError, "started"),
    "text that is none": (
        lambda path: spoil(path, "update requests set detail = cast(x'ff' as text)"),
        LibraryError,
        "damaged",
    ),
    "arguments that are none": (lambda path: spoil(path, "update runs set arguments = '7'"), LibraryError, "arguments"),
    "an unknown source": (lambda path: spoil(path, "update items set source = 'json'"), LibraryError, "no source"),
    "a made-up conflict": (
        lambda path: spoil(path, "update runs set command = 'merge', arguments = '{\"conflicts\": [7]}'"),
        LibraryError,
        "conflicts that are none",
    ),
    "a made-up state": (
        lambda path: spoil(path, "pragma ignore_check_constraints = 1", "update requests set state = 'perhaps'"),
        LibraryError,
        "damaged",
    ),
}


@pytest.mark.parametrize("wrong", WRONG)
def test_nothing_is_taken_from_what_is_no_sound_library(
    two: tuple[Path, Path], wrong: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is one sentence, it names the file, and the library stays as it was."""
    monkeypatch.setattr(proof, "LARGEST_TEXT", LARGEST)
    ana, bo = two
    filled(ana)
    do(bo, [answered((openalex(3), None))], iter(DAYS[3:]))
    make, kind, words = WRONG[wrong]
    make(bo)
    before = ana.read_bytes(), bo.read_bytes()
    with pytest.raises(kind, match=words) as caught:
        take_in(ana, bo)
    assert "bo.sqlite" in str(caught.value)
    with Library(ana) as library:
        assert verify(library) == []
        assert reading.size(library).works == 1
    assert bo.read_bytes() == before[1]


def test_the_library_itself_is_no_other_by_whatever_name(two: tuple[Path, Path], tmp_path: Path) -> None:
    ana, _ = two
    hard, soft = tmp_path / "hard.sqlite", tmp_path / "soft.sqlite"
    os.link(ana, hard)
    if sys.platform != "win32":  # where making one takes special rights
        soft.symlink_to(ana)
    for path in filter(Path.exists, (ana, hard, soft)):
        with pytest.raises(InputError, match="the library itself"), snapshots([path], beside=ana):
            pass
    for path, what in ((tmp_path, "is a folder"), (tmp_path / "nobody.sqlite", "is not there")):
        with pytest.raises(InputError, match=what), snapshots([path], beside=ana):
            pass


# -- interruptions ---------------------------------------------------------------------------------------------


def test_a_union_that_fails_at_any_statement_is_whole_or_not_there(two: tuple[Path, Path], tmp_path: Path) -> None:
    """The evidence is that of before or of after, and a second time ends as if nothing had happened."""
    ana, bo = two
    filled(ana)
    citing = answered((crossref(DOIS[0], cites=[BOOK, DOIS[1]]), DOIS[2]))
    do(bo, [citing, said_of_reference(KEYS[1], "same"), screened("openalex:W1", "exclude"), dedupe], iter(DAYS[3:]))
    calm = tmp_path / "calm.sqlite"
    shutil.copy(ana, calm)
    take_in(calm, bo)
    before, after = evidence(ana), evidence(calm)
    expected = state(calm), len(conflicts_of(calm))
    assert expected[1] == 1
    with snapshots([bo], beside=ana) as copies:
        for fault in count(0, 17):
            struck = tmp_path / "struck.sqlite"
            shutil.copy(ana, struck)
            with Library(struck, write="merge") as library:
                whole, library.db = library.db, FailingConnection(library.db, after=fault)  # type: ignore[assignment] # stands in
                try:
                    unite(library, copies[0])
                    break
                except sqlite3.InterfaceError:
                    pass
                finally:
                    library.db = whole
            assert evidence(struck) in (before, after)
            take_in(struck, bo)
            assert (state(struck), len(conflicts_of(struck))) == expected
            assert evidence(struck) == after
    assert fault > 200
