"""The graph kept beside a library is the graph of that library, or it is not used."""

import errno
import os
import random
import shutil
import sqlite3
import stat
import struct
import tempfile
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from pathlib import Path
from typing import Any

import numpy as np
import pytest
from conftest import BOTH, THREE, Run
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import crossref, keep, made_older, new, openalex
from test_library import DELIVERIES, Answer

from graph.build import CitationGraph, build, stored
from graph.build.texts import Terms, Texts
from harvester.errors import LibraryError
from harvester.library import Library, checksum, derive, graphs, reading, rebuild, schema, verify
from harvester.model import Citation, Node


def content(graph: CitationGraph) -> dict[str, Any]:
    """Everything a graph holds, to the type of its numbers."""
    columns = {name: getattr(graph, name) for name in CitationGraph.__dataclass_fields__}
    return {
        name: (column.dtype.str, column.tolist()) if isinstance(column, np.ndarray) else column
        for name, column in columns.items()
    }


def fresh(library: Library) -> CitationGraph:
    """The graph as it is made of works and citations one by one."""
    return build(reading.nodes(library), reading.citations(library))


def is_true(library: Library) -> bool:
    """Whether the graph of the library is right, both when it is made and when it is kept."""
    expected = content(fresh(library))
    return content(graphs.graph_of(library)) == expected == content(graphs.graph_of(library))


def copy_of(library: Library) -> CitationGraph | None:
    """The graph kept beside the library, if it is of use."""
    state = schema.revision(library.db)
    assert state is not None
    return stored.kept(graphs.place(library), state=state)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    """Three works that cite one another, as two indexes say."""
    with new(tmp_path) as opened:
        keep(opened, [openalex(1, doi="10.5555/a", cites=[2, 3]), openalex(2, cites=[1]), openalex(3, cites=[3])])
        keep(opened, [crossref("10.5555/a", cites=["10.5555/b"])])
        derive(opened)
        yield opened


# -- the same graph ------------------------------------------------------------------------------------

TEXT = st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=6)
NUMBER = st.none() | st.integers(-(2**40), 2**40) | st.integers(1900, 2030)
ROWS = st.dictionaries(
    st.integers(1, 40) | st.sampled_from([10**6, 2**62]),
    st.tuples(
        TEXT, NUMBER, TEXT, TEXT, TEXT, TEXT, TEXT, NUMBER,
        st.sampled_from(["", "crossref", "crossref openalex", "openalex"]),
        st.booleans(), st.none() | st.booleans(), st.none() | st.just(b"x"),
    ),
    max_size=8,
)  # fmt: skip
LINKS = st.lists(
    st.tuples(
        st.integers(1, 40) | st.just(2**62),
        st.integers(1, 40) | st.sampled_from([-1, 10**6]),
        st.sampled_from(["openalex", "crossref", "a b", "'"]),
    ),
    max_size=25,
)
COLUMNS = "title, year, doi, openalex, type, venue, first_author, cited_by_count, sources, is_retracted,"


def fill(library: Library, rows: dict[int, tuple[Any, ...]], links: list[tuple[int, int, str]]) -> None:
    """Put works and citations straight into the tables, in place of what was there."""
    with library.transaction() as db:
        db.execute("delete from works")
        db.execute("delete from citations")
        db.executemany(
            f"insert into works (id, key, {COLUMNS} is_open_access, detail) values ({', '.join('?' * 14)})",
            ((number, f"doi:10.1/{str(number)[::-1]}é", *row) for number, row in rows.items()),
        )
        db.executemany("insert or ignore into citations values (?, ?, ?)", links)


@pytest.fixture(scope="module")
def tables() -> Iterator[Library]:
    """A library whose tables are filled by the test."""
    with tempfile.TemporaryDirectory() as folder, new(Path(folder)) as opened:
        yield opened


@settings(deadline=None, max_examples=60)
@given(ROWS, LINKS)
def test_a_graph_read_in_blocks_is_the_graph_built_one_by_one(
    tables: Library, rows: dict[int, tuple[Any, ...]], links: list[tuple[int, int, str]]
) -> None:
    """Whatever texts, numbers beyond 32 bits, gaps in the numbering, loops and citations that hang in the air."""
    fill(tables, rows, [link for link in links if " " not in link[2]])
    assert is_true(tables)


def test_names_of_sources_that_come_late_are_told_apart(tables: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """A source that shows itself only after many citations gets a number then, and those before keep theirs."""
    chance = random.Random(4)
    names = [f"source{number:02}" for number in range(64)]
    plain = (None,) * 7 + (None, "", False, None, b"x")
    pairs = [(chance.randint(1, 300), chance.randint(1, 300)) for _ in range(2_000)]
    links = [(*pair, names[-1 - place * 64 // 2_000]) for place, pair in enumerate(sorted(pairs))]
    monkeypatch.setattr(graphs, "SPAN", 7)
    fill(tables, dict.fromkeys(range(1, 301), plain), links)
    assert is_true(tables)
    assert graphs.graph_of(tables).source_names == tuple(names)
    fill(tables, dict.fromkeys(range(1, 301), plain), [*links, (1, 2, "one more"), (1, 2, names[0])])
    with pytest.raises(LibraryError, match="64 sources"):
        graphs.graph_of(tables)


def test_a_key_that_no_file_can_hold_is_refused_by_name(tables: Library) -> None:
    """As `build` refuses it, in a sentence that names the library."""
    fill(tables, {}, [])
    with tables.transaction() as db:
        db.execute("insert into works (key) values ('a' || char(10))")
    with pytest.raises(LibraryError, match=r"library\.sqlite.*white space"):
        graphs.graph_of(tables)


# -- the state of the library --------------------------------------------------------------------------


@settings(deadline=None, max_examples=25)
@given(DELIVERIES)
def test_after_every_change_the_graph_is_the_new_one(
    delivery: tuple[list[Answer], list[Answer], list[bool]],
) -> None:
    """Evidence in any order and cut, derived, rebuilt: what was kept before is never given for what is there now."""
    answers, _, cuts = delivery
    with tempfile.TemporaryDirectory() as folder, new(Path(folder)) as library:
        for (given_item, asked), cut in zip(answers, cuts, strict=True):
            keep(library, [given_item], asked=asked)
            assert is_true(library)
            derive(library)
            assert is_true(library)
            if cut:
                rebuild(library)
                assert is_true(library)


def test_after_every_command_the_graph_is_the_new_one(run: Run, tmp_path: Path) -> None:
    """Harvests by DOI and by search, resumed, filled and rebuilt."""
    states = set()
    for command in (
        ("doi", *BOTH),
        ("doi", *THREE),
        ("search", "recovery", "--limit", "5"),
        ("resume",),
        ("fill", "--limit", "3"),
        ("rebuild",),
    ):
        assert run(*command).status in (0, 4)
        with Library(tmp_path / "library.sqlite") as library:
            assert is_true(library)
            assert copy_of(library) is not None
            states.add(schema.revision(library.db))
    assert len(states) >= 4


@pytest.mark.parametrize(
    "change",
    [
        "insert into works (key) values ('doi:10.5555/new')",
        "update works set title = 'another' where key = 'openalex:W2'",
        "update works set venue = 'another'",
        "delete from works where key = 'openalex:W3'",
        "insert into citations select max(id), min(id), 'datacite' from works",
        "update citations set source = 'datacite' where source = 'crossref'",
        "delete from citations where source = 'crossref'",
    ],
)
def test_a_change_by_another_program_is_noticed(library: Library, change: str) -> None:
    """The tables themselves take note, whoever writes to them; and it is undone with the change."""
    before, path = schema.revision(library.db), library.path
    assert is_true(library)
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin")
        other.execute(change)
        assert schema.revision(library.db) == before
        assert is_true(library)
        other.execute("rollback")
        assert schema.revision(library.db) == before
        other.execute(change)
    assert schema.revision(library.db) != before
    assert copy_of(library) is None
    assert is_true(library)


def test_what_changes_no_work_leaves_the_graph_of_use(library: Library) -> None:
    """A new run in the ledger is no reason to make the graph again."""
    graphs.graph_of(library)
    keep(library, [openalex(1, doi="10.5555/a", cites=[2, 3])])
    assert copy_of(library) is not None


def test_a_restored_library_is_not_taken_for_its_later_self(library: Library, tmp_path: Path) -> None:
    """Nor are two that went on from one copy in different ways."""
    path, copy = library.path, tmp_path / "copy.sqlite"
    library.close()
    shutil.copy(path, copy)
    for place in (path, copy):
        with Library(place, write="test") as one:
            keep(one, [openalex(7 if place == path else 8, cites=[1])])
            derive(one)
            assert is_true(one)
    shutil.copy(graphs.place(Library(path)), f"{copy}.graph")
    with Library(copy) as one:
        assert copy_of(one) is None
        assert is_true(one)
    shutil.copy(copy, path)
    with Library(path) as one:
        assert copy_of(one) is None
        assert is_true(one)


def test_a_reader_sees_one_state_while_another_writes(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Works and citations are of one moment, also when a harvest commits between them, and are kept under it."""
    asked = graphs._links

    def late(db: sqlite3.Connection) -> Any:
        keep(library, [openalex(9, cites=[1, 2])])
        derive(library)
        return asked(db)

    with Library(library.path) as reader:
        before = content(fresh(reader))
        monkeypatch.setattr(graphs, "_links", late)
        assert content(graphs.graph_of(reader)) == before
        monkeypatch.setattr(graphs, "_links", asked)
        assert copy_of(reader) is None
        assert is_true(reader)


def test_the_proof_and_the_checksum_know_nothing_of_it(library: Library) -> None:
    """Two libraries of one content have one checksum, whatever their states, and both verify."""
    before, state = checksum(library), schema.revision(library.db)
    rebuild(library)
    assert schema.revision(library.db) != state
    assert checksum(library) == before
    assert verify(library) == []


def test_a_library_of_the_last_format_is_read_and_brought_up_to_date(library: Library) -> None:
    """As long as it is only read it stays as it is, and no graph is kept of what says nothing of its state."""
    path = library.path
    library.close()
    made_older(path, 2)
    before = path.read_bytes()
    with Library(path) as older:
        assert schema.revision(older.db) is None
        assert is_true(older)
        assert not graphs.place(older).exists()
    assert path.read_bytes() == before
    with Library(path, write="test") as newer:
        assert len(schema.revision(newer.db) or b"") == stored.STATE_SIZE
        assert is_true(newer)
        keep(newer, [openalex(9, cites=[1])])
        derive(newer)
        assert copy_of(newer) is None
        assert verify(newer) == []


# -- the file ------------------------------------------------------------------------------------------


def damaged(spoil: Callable[[bytearray], object]) -> Callable[[Path], None]:
    """A way to change the bytes of a file."""

    def change(path: Path) -> None:
        held = bytearray(path.read_bytes())
        spoil(held)
        path.write_bytes(held)

    return change


def counted(place: int, number: int) -> Callable[[Path], None]:
    """A way to change a count in the head, and to sign it as if it were true."""

    def change(held: bytearray) -> None:
        start = stored.HEAD.size - stored.COUNTS.size
        struct.pack_into("=Q", held, start + 8 * place, number)
        state, plain = bytes(held[8:24]), bytes(held[start : stored.HEAD.size])
        held[24:40] = stored._checksum(state, plain)

    return damaged(change)


def written(name: str, number: int, kind: str) -> Callable[[Path], None]:
    """A way to put a number in the first place of a column."""

    def change(held: bytearray) -> None:
        counts = stored._counted(memoryview(bytes(held)), bytes(held[8:24]))
        assert counts is not None
        start = next(start for column, _, start, _ in stored._places(counts) if column == name)
        struct.pack_into(kind, held, start, number)

    return damaged(change)


def emptied(path: Path) -> None:
    path.write_bytes(b"")


def made_a_folder(path: Path) -> None:
    path.unlink()
    path.mkdir()


def made_a_pipe(path: Path) -> None:
    path.unlink()
    os.mkfifo(path)


def cut(size: int) -> Callable[[Path], None]:
    """A way to lose the end of a file."""
    return damaged(lambda held: held.__delitem__(slice(size, None)))


def flipped(place: int) -> Callable[[Path], None]:
    """A way to change one bit."""
    return damaged(lambda held: held.__setitem__(place, held[place] ^ 1))


FOREIGN = [
    Path.unlink,
    emptied,
    made_a_folder,
    made_a_pipe,
    lambda path: path.write_text("not a graph\n" * 500),
    lambda path: path.write_bytes(os.urandom(5_000)),
    damaged(lambda held: held.append(0)),
    damaged(lambda held: held.pop()),
]
TORN = [*(cut(size) for size in (7, 39, 100, 500)), *(flipped(place) for place in (0, 7, 8, 23, 24, 40, 99))]
SIGNED = [counted(place, number) for place in (0, 1, 4, 5, 6) for number in (0, 1, 5, 2**40, 2**64 - 1)]
ASTRAY = [
    *(
        written(name, number, "=i")
        for name in ("out_indices", "in_indices", "type numbers", "sources numbers")
        for number in (-1, 4, 2**31 - 1)
    ),
    *(
        written(name, number, "=q")
        for name in ("out_indptr", "in_indptr", "title bounds", "venue bounds")
        for number in (-1, 1, 2**62)
    ),
    written("is_retracted", 2, "=B"),
]


@pytest.mark.parametrize("kind", [FOREIGN, TORN, SIGNED, ASTRAY], ids=["foreign", "torn", "signed", "astray"])
def test_a_file_that_is_not_whole_is_not_believed(library: Library, kind: list[Callable[[Path], Any]]) -> None:
    """Cut, empty, foreign, or with numbers that lead astray: the graph is made again."""
    path, state, expected = graphs.place(library), schema.revision(library.db), content(fresh(library))
    assert state is not None
    graphs.graph_of(library)
    held = path.read_bytes()
    for number, change in enumerate(kind):
        path.write_bytes(held)
        change(path)
        if not path.is_file() or path.read_bytes() != held:
            assert stored.kept(path, state=state) is None, number
        assert content(graphs.graph_of(library)) == expected, number
        if path.is_dir():
            path.rmdir()


def test_letters_that_are_no_text_stop_nothing(library: Library) -> None:
    """Somebody who writes into the file can change a title, and that is all."""
    graphs.graph_of(library)
    path = graphs.place(library)
    held = path.read_bytes()
    assert b"Work 2" in held
    path.write_bytes(held.replace(b"Work 2", b"W\xc3\x28\xff\xed\xa0"))
    spoilt = graphs.graph_of(library)
    assert len(list(spoilt.title)) == len(spoilt)
    assert all(title is None or isinstance(title, str) for title in spoilt.title)


def test_the_same_library_keeps_the_same_bytes(library: Library) -> None:
    """And a graph of tuples is kept as the one that was read in blocks."""
    graphs.graph_of(library)
    path = graphs.place(library)
    held = path.read_bytes()
    path.unlink()
    graphs.graph_of(library)
    assert path.read_bytes() == held
    state = schema.revision(library.db)
    assert state is not None
    for graph in (fresh(library), copy_of(library)):
        assert graph is not None
        stored.keep(graph, path, state=state, like=library.path)
        assert path.read_bytes() == held


def test_whoever_may_read_the_library_may_read_its_graph(library: Library) -> None:
    """And nobody else."""
    for mode in (0o600, 0o640, 0o644):
        library.path.chmod(mode)
        graphs.place(library).unlink(missing_ok=True)
        graphs.graph_of(library)
        assert stat.S_IMODE(graphs.place(library).stat().st_mode) == mode


@pytest.mark.parametrize("place", ["open", "fsync", "replace"])
@pytest.mark.parametrize("reason", [errno.ENOSPC, errno.EROFS, errno.EACCES])
def test_where_no_graph_can_be_kept_none_is(
    library: Library, place: str, reason: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A full disk or a folder that may not be written costs time, and leaves nothing half done."""

    def fails(*_: object, **__: object) -> None:
        raise OSError(reason, os.strerror(reason))

    expected = content(fresh(library))
    with monkeypatch.context() as patch:
        owner: Any = Path if place == "replace" else os
        patch.setattr(owner, place, fails)
        assert content(graphs.graph_of(library)) == expected
    assert [path.name for path in library.path.parent.iterdir() if "graph" in path.name] == []


def test_what_a_killed_writer_left_is_cleared_a_day_later(library: Library) -> None:
    """Until then it may belong to one that is still writing; nothing else in the folder is touched."""
    folder = library.path.parent
    names = ("library.sqlite.graph.0a.part", "library.sqlite.graph.0b.part", "library.sqlite.part")
    old, young, other = (folder / name for name in names)
    for path in (old, young, other):
        path.write_bytes(b"half")
    for path in (old, other):
        os.utime(path, (0, 0))
    graphs.graph_of(library)
    assert [path.exists() for path in (old, young, other)] == [False, True, True]


def test_several_readers_at_once_all_get_the_graph(library: Library) -> None:
    """Whoever comes first keeps it; nobody waits for another, and nothing is left over."""
    expected = content(fresh(library))

    def read(_: int) -> bool:
        with Library(library.path) as reader:
            return content(graphs.graph_of(reader)) == expected

    with ThreadPoolExecutor(4) as pool:
        assert all(pool.map(read, range(12)))
    assert [path.name for path in library.path.parent.iterdir() if "graph" in path.name] == ["library.sqlite.graph"]


def test_a_graph_stays_whole_when_its_file_goes(library: Library) -> None:
    """Deleted or replaced while it is in use."""
    graphs.graph_of(library)
    held = graphs.graph_of(library)
    expected = content(fresh(library))
    graphs.place(library).unlink()
    rebuild(library)
    graphs.graph_of(library)
    assert content(held) == expected


def test_nothing_can_be_written_into_a_kept_graph(library: Library) -> None:
    """Its arrays are read-only, as those of every graph."""
    graphs.graph_of(library)
    graph = graphs.graph_of(library)
    for name in CitationGraph.__dataclass_fields__:
        column = getattr(graph, name)
        assert not isinstance(column, np.ndarray) or not column.flags.writeable, name


def test_a_selection_of_a_kept_graph_is_that_of_a_built_one(library: Library) -> None:
    """Whether it is asked for by truth values or by keys."""
    graphs.graph_of(library)
    kept, built = graphs.graph_of(library), fresh(library)
    for mask in ([True, False, True, True], [False] * 4, [True] * 4):
        assert content(kept.select(mask)) == content(built.select(mask))
        chosen = {key for key, is_in in zip(built.keys, mask, strict=True) if is_in}
        assert content(kept.among(chosen | {"doi:10.5555/nobody"})) == content(built.select(mask))


@pytest.mark.parametrize(
    ("graph", "what"),
    [
        (build([Node("a", title="\ud800")], []), "surrogates"),
        (build([Node("a", sources=("x\ny",))], []), "line end"),
        (build([Node("a", sources=("",))], []), "is empty"),
    ],
)
def test_what_cannot_be_kept_is_refused(graph: CitationGraph, what: str, tmp_path: Path) -> None:
    """Rather than kept as something else; nothing is written."""
    with pytest.raises(ValueError, match=what):
        stored.keep(graph, tmp_path / "graph", state=bytes(16), like=tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("works", [0, 1, 3])
def test_a_graph_without_citations_is_kept_too(works: int, tmp_path: Path) -> None:
    """And so is the empty one."""
    graph = build([Node(f"w{number}", title="é" if number else None) for number in range(works)], [])
    stored.keep(graph, tmp_path / "graph", state=bytes(16), like=tmp_path)
    kept = stored.kept(tmp_path / "graph", state=bytes(16))
    assert kept is not None
    assert content(kept) == content(graph)
    assert stored.kept(tmp_path / "graph", state=bytes(15) + b"x") is None


def test_counts_of_what_was_dropped_are_kept(tmp_path: Path) -> None:
    """Loops and duplicates, and masks of any width."""
    said = [Citation("a", "a", ("x",)), *(Citation("a", "b", (f"source {number}",)) for number in range(20))]
    graph = build([Node("a", sources=("x", "y")), Node("b")], said)
    assert (graph.loops, graph.duplicates, graph.edge_sources.itemsize) == (1, 19, 4)
    stored.keep(graph, tmp_path / "graph", state=bytes(16), like=tmp_path)
    kept = stored.kept(tmp_path / "graph", state=bytes(16))
    assert kept is not None
    assert content(kept) == content(graph)


# -- columns of text -----------------------------------------------------------------------------------

COLUMN = st.lists(st.none() | st.text(st.characters(exclude_categories=["Cs"]), max_size=4), max_size=12)


@settings(deadline=None)
@given(COLUMN, st.data())
def test_a_column_reads_like_the_tuple_of_its_items(items: list[str | None], data: st.DataObject) -> None:
    """By place from either end, by slice, in a loop, by comparison; and it can be taken from."""
    expected = tuple(items)
    rows = data.draw(st.lists(st.integers(0, len(items) - 1), max_size=15)) if items else []
    place = data.draw(st.integers(-20, 20))
    cut = data.draw(st.slices(len(items)))
    columns: list[Any] = [Texts.of(items), Terms.of(items), Texts.of(items).terms()]
    for column in columns:
        assert len(column) == len(expected)
        assert tuple(column) == expected
        assert column == expected
        assert expected == column
        assert column[cut] == expected[cut]
        assert hash(column) == hash(expected)
        assert column != (*expected, "more")
        assert column != "text"
        taken = column.take(np.array(rows, np.int64))
        assert taken == tuple(expected[row] for row in rows)
        if -len(items) <= place < len(items):
            assert column[np.int32(place)] == expected[place]
        else:
            with pytest.raises(IndexError):
                column[place]


def test_columns_come_whole_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is read some at a time is what is read at once."""
    items = [None if number % 5 == 0 else chr(97 + number % 300) * (number % 4) for number in range(100)]
    monkeypatch.setattr("graph.build.texts.BLOCK", 7)
    column = Texts.of(items)
    assert tuple(column) == tuple(items) == tuple(column.terms())
    assert tuple(column.take(np.arange(100)[::-1])) == tuple(items[::-1])


def test_a_column_repeats_itself_like_a_tuple() -> None:
    """So that what is printed for a person says what is in it."""
    assert repr(Texts.of(["a", None])) == repr(("a", None))
