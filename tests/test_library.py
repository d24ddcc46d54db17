"""The library: the same evidence gives the same works, and the file stands what happens to files."""

import os
import shutil
import signal
import sqlite3
import subprocess
import sys
import tempfile
import textwrap
from collections.abc import Iterator
from contextlib import ExitStack, closing
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import FailingConnection, begin, crossref, keep, made_older, new, openalex, pubmed

from harvester.errors import InputError, LibraryBusy, LibraryError, NewerLibrary, NotALibrary, Stopped
from harvester.library import Library, checksum, derive, reading, rebuild, schema, verify
from harvester.model import Citation

DOIS = [f"10.5555/{letter}" for letter in "abcd"]
NUMBERS = range(1, 6)
PMIDS = ["71", "72"]
DATES = ["2026-01-01", "2026-02-01", "2026-03-01"]

NEWER = {"updated_date": "2026-02-01"}

Answer = tuple[dict[str, Any], str | None]


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


# -- evidence in any order -----------------------------------------------------------------------------

OPENALEX = st.builds(
    lambda number, doi, cites, date, cut, title, ids: openalex(
        number, doi=doi, cites=cites, updated_date=date, is_authors_truncated=cut, title=title, ids=ids
    ),
    st.sampled_from(NUMBERS),
    st.none() | st.sampled_from(DOIS),
    st.lists(st.sampled_from(NUMBERS), max_size=4),
    st.sampled_from(DATES),
    st.booleans(),
    st.sampled_from(["Peer support", "Recovery", None]),
    st.sampled_from([{}, *({"pmid": f"https://pubmed.ncbi.nlm.nih.gov/{pmid}"} for pmid in PMIDS)]),
)
CROSSREF = st.builds(
    lambda doi, cites, date: crossref(doi, cites=cites, indexed={"date-time": date}),
    st.sampled_from(DOIS),
    st.lists(st.sampled_from([*DOIS, "Smith 1999, a book"]), max_size=4),
    st.sampled_from(DATES),
)
PUBMED = st.builds(
    lambda pmid, doi, cites: pubmed(pmid, doi=doi, cites=cites),
    st.sampled_from(PMIDS),
    st.none() | st.sampled_from(DOIS),
    st.lists(st.sampled_from([*PMIDS, "73"]), max_size=3),
)
ANSWERS = st.one_of(
    st.tuples(OPENALEX, st.none() | st.sampled_from([f"W{n}" for n in NUMBERS])),
    st.tuples(CROSSREF, st.none() | st.sampled_from(DOIS)),
    st.tuples(PUBMED, st.none()),
)
"""An item, and what it was asked for under where that is another key: an alias, a ring of aliases, a merged W."""

DELIVERIES = st.lists(ANSWERS, min_size=1, max_size=9).flatmap(
    lambda answers: st.tuples(
        st.just(answers),
        st.permutations(answers),
        st.lists(st.booleans(), min_size=len(answers), max_size=len(answers)),
    )
)


def content(library: Library) -> dict[str, list[tuple[Any, ...]]]:
    """What a reader can see, in order."""
    return {
        "works": [tuple(work) for work in ((w.model_dump_json(),) for w in reading.works(library))],
        "nodes": list(reading.nodes(library)),
        "citations": list(reading.citations(library)),
        "identifiers": library.db.execute(
            "select scheme, value, key from identifiers join works on works.id = work order by 1, 2, 3"
        ).fetchall(),
    }


@settings(max_examples=150, deadline=None)
@given(DELIVERIES)
def test_the_same_evidence_gives_the_same_works_however_it_comes(
    delivery: tuple[list[Answer], list[Answer], list[bool]],
) -> None:
    """Any order, any transactions, any moments of deriving: the works are those of one rebuild at the end."""
    answers, shuffled, derives = delivery
    with tempfile.TemporaryDirectory() as folder, tempfile.TemporaryDirectory() as other, ExitStack() as stack:
        library, twin = (stack.enter_context(new(Path(place))) for place in (folder, other))
        for one, asked in answers:
            keep(library, [one], asked=asked)
        rebuild(library)
        for (one, asked), now in zip(shuffled, derives, strict=True):
            keep(twin, [one], asked=asked)
            if now:
                derive(twin)
        derive(twin)
        assert content(twin) == content(library)
        assert checksum(twin) == checksum(library)
        assert verify(twin) == []


@settings(max_examples=100, deadline=None)
@given(st.lists(st.tuples(ANSWERS, st.none() | st.integers(0, 60)), min_size=2, max_size=8))
def test_evidence_may_come_after_a_derivation_was_cut_off_anywhere(answers: list[tuple[Answer, int | None]]) -> None:
    """A crash in `derive`, then more evidence, then another crash: the works are those of a rebuild."""
    with tempfile.TemporaryDirectory() as folder, new(Path(folder)) as library:
        for (one, asked), fault in answers:
            keep(library, [one], asked=asked)
            if fault is not None:
                interrupted(library, fault)
        derive(library)
        before = content(library)
        assert verify(library) == []
        rebuild(library)
        assert content(library) == before


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=8), st.lists(st.booleans(), min_size=8, max_size=8))
def test_every_reference_is_accounted_for(answers: list[Answer], derives: list[bool]) -> None:
    """References held = citations + repeated + unmatched; citations are what works' references lead to, no more."""
    with tempfile.TemporaryDirectory() as folder, new(Path(folder)) as library:
        for (one, asked), now in zip(answers, derives, strict=False):
            keep(library, [one], asked=asked)
            if now:
                derive(library)
        derive(library)
        status = reading.status(library)
        works = list(reading.works(library))
        held = sum(len(work.references) for work in works)
        stated = sum(source.citations for source in status.sources)
        assert held == stated + status.repeated_references + status.unmatched_references
        expected = {
            (work.key, reading.find(library, str(reference.targets[0])), reference.source)
            for work in works
            for reference in work.references
            if reference.targets
        }
        assert expected == {
            (citation.citing, citation.cited, source)
            for citation in reading.citations(library)
            for source in citation.sources
        }


@settings(max_examples=60, deadline=None)
@given(st.lists(ANSWERS, min_size=1, max_size=10), st.lists(st.booleans(), min_size=10, max_size=10))
def test_the_text_index_equals_a_rebuilt_one(answers: list[Answer], derives: list[bool]) -> None:
    """After any updates the index finds what an index made anew finds, and passes FTS5's own check of it."""
    with tempfile.TemporaryDirectory() as folder, new(Path(folder)) as library:
        for (one, asked), now in zip(answers, derives, strict=False):
            keep(library, [one], asked=asked)
            if now:
                derive(library)
        derive(library)
        db = library.db

        def found() -> list[list[tuple[int, ...]]]:
            query = "select rowid from works_text where works_text match ? order by 1"
            return [db.execute(query, (word,)).fetchall() for word in ("peer", "recovery", "work", "5555")]

        before = found()
        db.execute("insert into works_text (works_text, rank) values ('integrity-check', 1)")
        db.execute("insert into works_text (works_text) values ('rebuild')")
        assert found() == before


# -- cases ---------------------------------------------------------------------------------------------


def keys(library: Library) -> list[str]:
    return [work.key for work in reading.works(library)]


def test_a_work_cited_first_and_fetched_later_takes_its_doi_and_keeps_its_citations(library: Library) -> None:
    """The stub is absorbed, citations follow, and the old key still finds the work."""
    keep(library, [openalex(1, cites=[2, 2])])
    derive(library)
    assert keys(library) == ["openalex:W1", "openalex:W2"]
    keep(library, [openalex(2, doi="10.5555/b")])
    derive(library)
    assert keys(library) == ["doi:10.5555/b", "openalex:W1"]
    assert list(reading.citations(library)) == [Citation("openalex:W1", "doi:10.5555/b", ("openalex",))]
    assert reading.find(library, "W2") == "doi:10.5555/b"
    assert reading.work(library, "doi:10.5555/b").aliases == ("openalex:W2",)
    assert reading.status(library).repeated_references == 1


@pytest.mark.parametrize("order", list(permutations(range(3))))
def test_a_reference_with_only_a_pmid_cites_the_work_of_that_pmid(library: Library, order: tuple[int, ...]) -> None:
    """Known by its number alone at first, it goes up in the work whose record has that number, whenever that comes."""
    ids = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/72"}
    evidence = [pubmed("71", cites=["72", "73"]), openalex(1, ids=ids), openalex(1, doi=DOIS[0], ids=ids, **NEWER)]
    for number in order:
        keep(library, [evidence[number]])
        derive(library)
    citing = reading.find(library, "pmid:71")
    assert [each.cited for each in reading.citations(library)] == [f"doi:{DOIS[0]}", "pmid:73"]
    assert {each.citing for each in reading.citations(library)} == {citing}
    assert reading.find(library, "pmid:72") == f"doi:{DOIS[0]}"
    assert verify(library) == []


def test_a_library_of_format_4_comes_to_cite_by_pmid(tmp_path: Path) -> None:
    """What is filed in an older file is enough; nothing need be asked again."""
    ids = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/72"}
    with new(tmp_path) as library:
        keep(library, [pubmed("71", cites=["72", "73"]), openalex(1, doi=DOIS[0], ids=ids)])
        derive(library)
        now = content(library)
    with closing(sqlite3.connect(tmp_path / "library.sqlite")) as db, db:
        db.execute("delete from citations")
        db.execute("delete from works where detail is null")
        db.execute("update works set linked = 0, unmatched = 2 where key like 'import:%'")
    made_older(tmp_path / "library.sqlite", 4)
    with Library(tmp_path / "library.sqlite") as library:
        assert "older version" in " ".join(verify(library))
    with new(tmp_path) as library:
        derive(library)
        assert content(library) == now
        assert verify(library) == []


def test_a_work_that_gains_a_doi_keeps_its_old_key(library: Library) -> None:
    """A full work without DOI gains one: one work, its citations both ways with it."""
    keep(library, [openalex(1, cites=[2]), openalex(2, cites=[3])])
    derive(library)
    keep(library, [openalex(2, cites=[3], doi="10.5555/b", updated_date="2026-09-01")])
    derive(library)
    assert keys(library) == ["doi:10.5555/b", "openalex:W1", "openalex:W3"]
    assert reading.find(library, "openalex:W2") == "doi:10.5555/b"
    assert [tuple(citation[:2]) for citation in reading.citations(library)] == [
        ("doi:10.5555/b", "openalex:W3"),
        ("openalex:W1", "doi:10.5555/b"),
    ]


@pytest.mark.parametrize("later", [None, "10.5555/z"])
def test_a_work_whose_doi_changes_or_goes_takes_its_citations_along(library: Library, later: str | None) -> None:
    """What cites the W id follows it; what cites the old DOI stays with that; the old key still finds the work."""
    keep(library, [openalex(1, cites=[2]), openalex(2, doi="10.5555/b")])
    derive(library)
    assert reading.find(library, "10.5555/b") == "doi:10.5555/b"
    keep(library, [openalex(2, doi=later, updated_date="2026-09-01")])
    derive(library)
    now = f"doi:{later}" if later else "openalex:W2"
    assert sorted(keys(library)) == sorted([now, "openalex:W1"])
    assert [citation.cited for citation in reading.citations(library)] == [now]
    assert reading.find(library, "10.5555/b") == now
    keep(library, [crossref("10.5555/c", cites=["10.5555/b"])])
    derive(library)
    assert reading.find(library, "10.5555/b") == "doi:10.5555/b"
    assert verify(library) == []


@pytest.mark.parametrize("alias_first", [True, False])
def test_a_doi_that_crossref_answers_under_another_is_an_alias(library: Library, alias_first: bool) -> None:
    """Asked for X, answered Y: what cites X cites Y, and what OpenAlex holds under X describes Y."""
    others = [openalex(1, doi="10.5555/x"), crossref("10.5555/c", cites=["10.5555/x"])]
    if not alias_first:
        keep(library, others)
        derive(library)
        assert "doi:10.5555/x" in keys(library)
    keep(library, [crossref("10.5555/y")], asked="10.5555/x")
    derive(library)
    keep(library, others)
    derive(library)
    assert keys(library) == ["doi:10.5555/c", "doi:10.5555/y"]
    work = reading.work(library, reading.find(library, "10.5555/X"))
    assert work.key == "doi:10.5555/y"
    assert work.sources == ("crossref", "openalex")
    assert work.aliases == ("doi:10.5555/x", "openalex:W1")
    assert [line.key for line in reading.cited_by(library, work.key)] == ["doi:10.5555/c"]


def test_aliases_in_a_ring_are_one_work(library: Library) -> None:
    """Crossref answers X with Y today and Y with X tomorrow: one work under the first key, whichever came first."""
    keep(library, [crossref("10.5555/y")], asked="10.5555/x")
    derive(library)
    keep(library, [crossref("10.5555/x")], asked="10.5555/y")
    derive(library)
    assert keys(library) == ["doi:10.5555/x"]
    assert reading.find(library, "10.5555/y") == "doi:10.5555/x"
    assert verify(library) == []


def test_a_w_id_that_openalex_has_merged_into_another_finds_that(library: Library) -> None:
    """Asked for W1, answered with W2: citations of W1 are citations of W2's work."""
    keep(library, [openalex(5, cites=[1])])
    derive(library)
    keep(library, [openalex(2, doi="10.5555/b")], asked="W1")
    derive(library)
    assert [citation.cited for citation in reading.citations(library)] == ["doi:10.5555/b"]
    assert reading.find(library, "W1") == "doi:10.5555/b"


def test_a_doi_that_openalex_answers_under_another_is_no_alias(library: Library) -> None:
    """OpenAlex merges too much: what it found for a DOI under another one is filed under that one alone."""
    keep(library, [openalex(1, doi="10.5555/b")], asked="10.5555/x")
    derive(library)
    with pytest.raises(InputError):
        reading.find(library, "10.5555/x")


def test_two_openalex_works_of_one_doi_are_one_work_by_the_better_record(library: Library) -> None:
    """The one that is cited more speaks; the other's W id is an alias, and both are cited as one."""
    keep(library, [openalex(1, doi="10.5555/a", cited_by_count=1), openalex(2, doi="10.5555/a", cited_by_count=9)])
    keep(library, [openalex(3, cites=[1, 2])])
    derive(library)
    work = reading.work(library, "doi:10.5555/a")
    assert (work.openalex, work.title) == ("W2", "Work 2")
    assert work.aliases == ("openalex:W1", "openalex:W2")
    assert len(list(reading.citations(library))) == 1
    assert reading.status(library).repeated_references == 1


def test_a_work_may_cite_itself_and_that_is_counted_apart(library: Library) -> None:
    """A loop is a citation like any other, shown in the status, not counted among those received."""
    keep(library, [crossref("10.5555/a", cites=["10.5555/a", "10.5555/A", "Smith 1999, a book"])])
    derive(library)
    status = reading.status(library)
    assert (status.citations, status.loops, status.repeated_references, status.unmatched_references) == (1, 1, 1, 1)
    assert [(line.key, line.cited_here) for line in reading.top(library, limit=5)] == [("doi:10.5555/a", 0)]


def test_an_older_version_arriving_later_changes_nothing(library: Library) -> None:
    """The newer version speaks; both stay in evidence."""
    keep(library, [openalex(1, title="New", updated_date="2026-05-01")])
    keep(library, [openalex(1, title="Old", updated_date="2025-05-01")])
    derive(library)
    assert reading.work(library, "openalex:W1").title == "New"
    assert library.db.execute("select count(*) from items").fetchone() == (2,)


@pytest.mark.parametrize("cut_last", [True, False])
def test_a_complete_version_beats_one_that_is_cut(library: Library, cut_last: bool) -> None:
    """Of two versions of the same date, the single call's with all authors stands, whichever came last."""
    authors = [{"author": {"display_name": f"Ana Silva{n}"}, "raw_author_name": f"Ana Silva{n}"} for n in range(102)]
    cut = openalex(1, authorships=authors[:100], is_authors_truncated=True)
    for version in sorted(
        [cut, openalex(1, authorships=authors)], key=lambda one: ("is_authors_truncated" in one) == cut_last
    ):
        keep(library, [version])
        derive(library)
    assert len(reading.work(library, "openalex:W1").authors or ()) == 102


def test_preprint_and_article_are_two_works_that_know_each_other(library: Library) -> None:
    """A relation links them; they are never merged."""
    relation = {"has-preprint": [{"id-type": "doi", "id": "10.5555/p", "asserted-by": "subject"}]}
    keep(library, [crossref("10.5555/a", relation=relation), crossref("10.5555/p", type="posted-content")])
    derive(library)
    assert keys(library) == ["doi:10.5555/a", "doi:10.5555/p"]
    (link,) = reading.work(library, "doi:10.5555/a").relations
    assert str(link.target) == "doi:10.5555/p"


def test_deriving_goes_on_after_it_was_interrupted_at_any_statement(tmp_path: Path) -> None:
    """Whichever statement of `derive` fails, a second run ends with the same works as an undisturbed one."""

    def fill(folder: Path) -> Library:
        folder.mkdir()
        library = new(folder)
        keep(
            library,
            [openalex(1, cites=[2, 3]), openalex(3, doi="10.5555/b"), crossref("10.5555/c", cites=["10.5555/b"])],
        )
        derive(library)
        keep(library, [openalex(2, doi="10.5555/b", cites=[4]), openalex(3, doi=None, updated_date="2026-09-01")])
        keep(library, [crossref("10.5555/d")], asked="10.5555/c")
        return library

    with fill(tmp_path / "whole") as library:
        derive(library)
        expected = checksum(library)
        assert verify(library) == []
    for fault in range(10_000):
        with fill(tmp_path / str(fault)) as library:
            ended = interrupted(library, fault)
            derive(library)
            assert checksum(library) == expected
        shutil.rmtree(tmp_path / str(fault))
        if ended:
            break
    assert fault > 20


def interrupted(library: Library, fault: int) -> bool:
    """Derive until statement number `fault`; tell whether it ended before that."""
    whole, library.db = library.db, FailingConnection(library.db, after=fault)  # type: ignore[assignment] # stands in
    try:
        derive(library)
    except sqlite3.InterfaceError:
        return False
    finally:
        library.db = whole
    return True


# -- the proof -----------------------------------------------------------------------------------------


def corpus(library: Library) -> None:
    keep(library, [openalex(1, cites=[2], doi="10.5555/a"), crossref("10.5555/a", cites=["10.5555/b", "10.5555/c"])])
    keep(library, [crossref("10.5555/b", cites=["10.5555/c"])])
    derive(library)


@pytest.mark.parametrize(
    ("damage", "sentence"),
    [
        ("update raws set raw = zeroblob(length(raw)) where item = 1", "about W1 is not what was received"),
        ("delete from raws where item = 1", "about W1 is not what was received"),
        ("update works set title = 'Invented' where key = 'doi:10.5555/a'", "works differ"),
        ("delete from works where key = 'doi:10.5555/c'", "works differ"),
        (
            "delete from identifiers where value = '10.5555/b'",
            "identifiers differ from what the evidence says: 1 missing",
        ),
        ("insert into citations values (1, 1, 'nobody')", "citations differ from what the evidence says: 0 missing, 1"),
        (
            "insert into citations values (77, 78, 'nobody')",
            "citations differ from what the evidence says: 0 missing, 1",
        ),
        ("delete from citations where source = 'openalex'", "citations differ from what the evidence says: 1 missing"),
        ("delete from records where source = 'openalex'", "records differ"),
        ("delete from homes", "keys differ"),
        ("update works set detail = zeroblob(9) where key = 'doi:10.5555/b'", "works differ"),
        ("insert into works_text (works_text) values ('delete-all')", "the text index differs"),
        ("insert into touched values ('doi:10.5555/a')", "not all evidence is in the works yet"),
    ],
)
def test_the_proof_finds_what_is_not_as_it_must_be(library: Library, damage: str, sentence: str) -> None:
    """A sentence says what differs; rebuilding mends all that is derived."""
    corpus(library)
    assert verify(library) == []
    before = checksum(library)
    library.db.execute(damage)
    faults = verify(library)
    assert any(sentence in fault for fault in faults), faults
    if "raws" not in damage:
        rebuild(library)
        assert verify(library) == []
        assert checksum(library) == before


def test_the_proof_finds_a_flipped_byte_in_the_file(tmp_path: Path) -> None:
    """One bit of any stored answer turned over in the file itself is found."""
    with new(tmp_path) as library:
        corpus(library)
        raw = library.db.execute("select raw from raws where item = 2").fetchone()[0]
    path = tmp_path / "library.sqlite"
    whole = path.read_bytes()
    place = whole.index(raw) + len(raw) // 2
    path.write_bytes(whole[:place] + bytes([whole[place] ^ 1]) + whole[place + 1 :])
    with Library(path) as library:
        assert verify(library) == ["the answer of crossref about 10.5555/a is not what was received"]


def test_rebuilding_forgets_nothing(library: Library) -> None:
    """Aliases, former keys and versions are evidence too."""
    keep(library, [crossref("10.5555/y")], asked="10.5555/x")
    keep(library, [openalex(1, doi="10.5555/q"), openalex(1, doi=None, updated_date="2026-09-01")])
    derive(library)
    before = checksum(library)
    rebuild(library)
    assert checksum(library) == before
    assert reading.find(library, "10.5555/x") == "doi:10.5555/y"
    assert reading.find(library, "10.5555/q") == "openalex:W1"


# -- the file ------------------------------------------------------------------------------------------


def files(folder: Path) -> dict[str, bytes]:
    return {path.name: path.read_bytes() for path in sorted(folder.iterdir()) if path.is_file()}


def other_database(path: Path) -> None:
    db = sqlite3.connect(path)
    db.execute("create table mine (x)")
    db.commit()
    db.close()


def newer_library(path: Path) -> None:
    Library(path, write="test").close()
    db = sqlite3.connect(path)
    db.execute(f"pragma user_version = {schema.SCHEMA_VERSION + 1}")
    db.close()
    path.with_name(f"{path.name}.lock").unlink(missing_ok=True)


@pytest.mark.parametrize("write", [None, "test"])
@pytest.mark.parametrize(
    ("make", "error"),
    [
        (lambda path: path.write_text("Title,DOI\nPeer support,10.5555/a\n" * 99), NotALibrary),
        (lambda path: path.write_bytes(os.urandom(5000)), NotALibrary),
        (lambda path: path.write_bytes(b"SQLite format 3\0" + os.urandom(5000)), NotALibrary),
        (other_database, NotALibrary),
        (newer_library, NewerLibrary),
        (lambda path: path.mkdir(), InputError),
    ],
    ids=["text", "noise", "broken header", "other database", "newer library", "folder"],
)
def test_what_is_no_library_is_refused_and_left_as_it_is(
    tmp_path: Path, make: Any, error: type[Exception], write: str | None
) -> None:
    """The right error, the file byte for byte the same, and nothing laid beside it."""
    path = tmp_path / "library.sqlite"
    make(path)
    before = files(tmp_path)
    with pytest.raises(error):
        Library(path, write=write)
    assert files(tmp_path) == before


def test_an_empty_file_becomes_a_library_only_by_writing(tmp_path: Path) -> None:
    """Reading an empty file says that there is nothing in it, and leaves it empty."""
    path = tmp_path / "library.sqlite"
    path.touch()
    with pytest.raises(LibraryError):
        Library(path)
    assert files(tmp_path) == {"library.sqlite": b""}
    with Library(path, write="test") as library:
        assert reading.status(library).works == 0


@pytest.mark.parametrize("write", [None, "test"])
def test_a_library_in_no_folder_is_an_input_error(tmp_path: Path, write: str | None) -> None:
    """Neither reading nor writing makes folders."""
    with pytest.raises(InputError):
        Library(tmp_path / "nowhere" / "library.sqlite", write=write)
    assert files(tmp_path) == {}
    assert not (tmp_path / "nowhere").exists()


def test_reading_changes_nothing(tmp_path: Path) -> None:
    """A library at rest is one file and the writer's lock, before reading, during it and after it."""
    with new(tmp_path) as library:
        corpus(library)
    before = files(tmp_path)
    assert set(before) == {"library.sqlite", "library.sqlite.lock"} or set(before) == {"library.sqlite"}
    with Library(tmp_path / "library.sqlite") as library:
        assert verify(library) == []
        assert list(reading.works(library))
        assert files(tmp_path) == before
        with pytest.raises(sqlite3.OperationalError, match="readonly"):
            library.db.execute("delete from works")
    assert files(tmp_path) == before


def run_as(script: str, *arguments: str, user: int | None = None) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, "-c", textwrap.dedent(script), *arguments],
        capture_output=True,
        text=True,
        timeout=60,
        user=user,
    )


KILLED = """
    import os, signal, sys
    sys.path.insert(0, sys.argv[2])
    from pathlib import Path
    from library_evidence import keep, new, openalex, pubmed
    from harvester.library import derive
    library = new(Path(sys.argv[1]))
    keep(library, [openalex(1, cites=[2])])
    derive(library)
    library.db.execute("begin immediate")
    library.db.execute("delete from works")
    os.kill(os.getpid(), signal.SIGKILL)
"""


def killed_writer(folder: Path) -> None:
    ran = run_as(KILLED, str(folder), str(Path(__file__).parent))
    assert ran.returncode == -signal.SIGKILL, ran.stderr


def test_after_a_killed_writer_all_that_was_committed_is_there(tmp_path: Path) -> None:
    """What the writer left beside the file is read, not changed; the next writer gets the lock and tidies up."""
    killed_writer(tmp_path)
    before = files(tmp_path)
    assert before["library.sqlite-wal"]
    with Library(tmp_path / "library.sqlite") as library:
        assert keys(library) == ["openalex:W1", "openalex:W2"]
    after = files(tmp_path)
    assert {name: after[name] for name in ("library.sqlite", "library.sqlite-wal")} == {
        name: before[name] for name in ("library.sqlite", "library.sqlite-wal")
    }
    with new(tmp_path) as library:
        assert verify(library) == []
    assert "library.sqlite-wal" not in files(tmp_path)


@pytest.mark.skipif(not hasattr(os, "geteuid") or os.geteuid() == 0, reason="the administrator may write everywhere")
@pytest.mark.parametrize("killed", [False, True])
def test_a_library_is_read_where_nothing_may_be_written(tmp_path: Path, killed: bool) -> None:
    """On a read-only medium too, even with what a killed writer has left."""
    if killed:
        killed_writer(tmp_path)
    else:
        with new(tmp_path) as library:
            keep(library, [openalex(1, cites=[2])])
            derive(library)
    tmp_path.chmod(0o500)
    try:
        with Library(tmp_path / "library.sqlite") as library:
            assert keys(library) == ["openalex:W1", "openalex:W2"]
        with pytest.raises(InputError):
            new(tmp_path)
    finally:
        tmp_path.chmod(0o700)


def test_the_second_writer_is_told_who_holds_the_library(tmp_path: Path) -> None:
    """Pid, command and since when; meanwhile readers read, and the lock is free when the first has closed."""
    with new(tmp_path) as library:
        corpus(library)
        with pytest.raises(LibraryBusy, match=rf"`harvester test` \(process {os.getpid()} on .*, since \d{{4}}-"):
            new(tmp_path)
        with Library(tmp_path / "library.sqlite") as reader:
            with library.transaction() as db:
                db.execute("delete from works")
                assert len(keys(reader)) == 4
            assert keys(reader) == []
    new(tmp_path).close()


def test_a_reader_that_goes_on_does_not_keep_the_next_writer_out(tmp_path: Path) -> None:
    """A writer may come and go twice while somebody has the library open."""
    new(tmp_path).close()
    with Library(tmp_path / "library.sqlite") as reader:
        for number in (1, 2):
            with new(tmp_path) as library:
                keep(library, [openalex(number)])
                derive(library)
            assert len(keys(reader)) == number


def test_a_full_disk_stops_the_run_and_keeps_what_was_committed(tmp_path: Path) -> None:
    """The error is resumable, everything before is there, and the file is whole."""
    with new(tmp_path) as library:
        corpus(library)
        before = checksum(library)
        pages = library.db.execute("pragma page_count").fetchone()[0]
        library.db.execute(f"pragma max_page_count = {pages + 1}")
        run = begin(library)

        def harvest_on() -> None:
            for number in range(10, 2000):
                keep(library, [openalex(number, title=os.urandom(9000).hex())], run=run)

        with pytest.raises(Stopped, match="make room, then run `harvester resume`"):
            harvest_on()
        assert library.db.execute("pragma integrity_check").fetchone() == ("ok",)
        kept = library.db.execute("select count(*) from items where native like 'W1_'").fetchone()[0]
        with Library(tmp_path / "library.sqlite") as reader:
            assert checksum(reader) != before or not kept
            assert reader.db.execute("select count(*) from items").fetchone()[0] == 3 + kept
        library.db.execute("pragma max_page_count = 1000000")
        derive(library)
        assert [key for key in keys(library) if key.startswith("openalex:W1")] == [
            f"openalex:W{number}" for number in range(10, 10 + kept)
        ]
        assert verify(library) == []


def test_a_step_to_a_newer_format_is_whole_or_not_at_all(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A migration that fails leaves the old version; one that succeeds records its number with what it did."""
    new(tmp_path).close()

    def step(db: sqlite3.Connection) -> None:
        db.execute("create table added (x)")
        if failing:
            raise sqlite3.InterfaceError("the test pulls the plug")

    monkeypatch.setattr(schema, "MIGRATIONS", [*schema.MIGRATIONS, step])
    monkeypatch.setattr(schema, "SCHEMA_VERSION", len(schema.MIGRATIONS))
    for failing, expected in ((True, (schema.SCHEMA_VERSION - 1, 0)), (False, (schema.SCHEMA_VERSION, 1))):
        try:
            new(tmp_path).close()
        except sqlite3.InterfaceError:
            assert failing
        db = sqlite3.connect(tmp_path / "library.sqlite")
        tables = db.execute("select count(*) from sqlite_schema where name = 'added'").fetchone()[0]
        assert (db.execute("pragma user_version").fetchone()[0], tables) == expected
        db.close()
