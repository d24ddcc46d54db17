"""`from harvester import Library`: what a notebook can ask of a library, and what it gets for an answer."""

import asyncio
import json
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from contextlib import closing
from html.parser import HTMLParser
from pathlib import Path

import duckdb
import pyarrow as pa
import pytest
from conftest import Run
from library_evidence import crossref, keep, new, openalex

import harvester
from harvester import HarvesterError, Library, NoSuchWork, notebook
from harvester.errors import InputError, LibraryError, NotALibrary, OutputError, QueryError
from harvester.library import derive
from harvester.model import Authorship, Link, Venue

HOSTILE = '<script>alert("x")</script> costs $5 & $10 "onclick=\'\' \u202e\u05d0'
HELD = (
    openalex(1, doi="10.1000/a", title="Peer support", publication_year=2012, cites=(2, 3, 9)),
    openalex(2, title="Recovery with peers and more words", type="review", publication_year=2019, cites=(3,)),
    openalex(3, title=HOSTILE, publication_year=2020, abstract_inverted_index={"Recoveries": [0], "alone": [1]}),
    crossref("10.1000/b", title=["Recovery"], cites=("10.1000/a",)),
)


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A library of four works that cite each other, and one known only by being cited."""
    with new(tmp_path) as written:
        keep(written, HELD)
        derive(written)
    return tmp_path / "library.sqlite"


def keys(works: Iterator[harvester.Work] | harvester.Works) -> list[str]:
    return [work.key for work in works]


# -- what is asked -------------------------------------------------------------------------------------------------


def test_the_package_gives_its_public_names_and_no_others() -> None:
    """Each when it is asked for: `import harvester` itself loads nothing but what comes with Python."""
    assert set(harvester.__all__) <= set(dir(harvester))
    for name in harvester.__all__:
        assert getattr(harvester, name).__name__ == name
        assert getattr(harvester, name).__doc__
    with pytest.raises(AttributeError, match="no attribute 'Libary'"):
        _ = harvester.Libary  # type: ignore[attr-defined] # a name that is not there
    script = "import sys; before = set(sys.modules); import harvester; print(*set(sys.modules) - before)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    assert {name.partition(".")[0] for name in loaded} <= {"harvester", *sys.stdlib_module_names}
    assert not any(name.startswith("harvester.") for name in loaded)


def test_works_are_those_that_an_expression_selects(path: Path) -> None:
    """In the order of their keys, read as often as they are asked for, counted and cut like a list."""
    library = Library(path)
    everything = ["doi:10.1000/a", "doi:10.1000/b", "openalex:W2", "openalex:W3", "openalex:W9"]
    works = library.works()
    assert keys(works) == keys(works) == everything
    assert (len(works), works[1].key, keys(works[3:]), len(works[9:])) == (5, everything[1], everything[3:], 0)
    assert works[-1].sources == ()
    assert [work.title for work in library.works(where="peer AND year:2015-")] == ["Recovery with peers and more words"]
    assert keys(library.works("only_cited:true")) == ["openalex:W9"]
    with pytest.raises(IndexError):
        _ = works[5]


def test_a_work_is_found_by_any_of_its_names(path: Path) -> None:
    """A name that leads to no work is a KeyError with the sentence that the command line would say."""
    library = Library(str(path))
    for name in ("10.1000/A", "https://doi.org/10.1000/a", "W1", "openalex:W1", "doi:10.1000/a"):
        assert library[name].title == "Peer support"
        assert name in library
    for name in ("10.1000/unknown", "a title", ""):
        assert name not in library
        for kind in (NoSuchWork, KeyError, HarvesterError):
            with pytest.raises(kind, match=r"names no work|is not in this library|is empty"):
                _ = library[name]
    with pytest.raises(KeyError, match=r"^doi:10.1000/unknown is not in this library"):
        _ = library["10.1000/unknown"]
    with pytest.raises(TypeError, match="not iterable"):
        iter(library)  # type: ignore[call-overload] # over works or over keys nobody could tell


def test_a_search_puts_first_what_says_most_of_what_is_asked(path: Path) -> None:
    """A word in a title, and in a short one, counts for more; a word that is not wanted, or a year, for nothing."""
    library = Library(path)
    assert keys(library.search("recovery")) == ["doi:10.1000/b", "openalex:W2", "openalex:W3"]
    assert keys(library.search("recovery", limit=1)) == ["doi:10.1000/b"]
    assert keys(library.search("recovery NOT title:peer")) == ["doi:10.1000/b", "openalex:W3"]
    assert keys(library.search('abstract:recover* OR "peer support"')) == ["doi:10.1000/a", "openalex:W3"]
    assert keys(library.search("year:2012-2019", limit=None)) == keys(library.works("year:2012-2019"))
    assert keys(library.search("recovery"))[0] in keys(library.works("recovery"))


def test_citations_and_the_graph_say_the_same(path: Path) -> None:
    library = Library(path)
    citations = list(library.citations())
    assert len(library.citations()) == len(citations) == library.graph().citations == 5
    assert citations[0] == harvester.Citation("doi:10.1000/a", "openalex:W2", ("openalex",))
    network = library.graph().to_networkx()
    assert {(each.citing, each.cited) for each in citations} == set(network.edges)
    some = library.citations(where="year:2012- AND source:openalex")
    assert len(some) == len(list(some)) == library.graph(where="year:2012- AND source:openalex").citations == 3


def test_the_five_lines_that_the_package_opens_with_work(path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """As they stand, in the folder of a library."""
    monkeypatch.chdir(path.parent)
    lines = [line.removeprefix("    ") for line in (harvester.__doc__ or "").splitlines() if line.startswith("    ")]
    names: dict[str, object] = {}
    exec("\n".join(lines), names)
    assert {"works", "citations", "best", "network"} <= set(names)
    assert "Recovery with peers" in (path.parent / "recent.ris").read_text("utf-8")


# -- tables --------------------------------------------------------------------------------------------------------


def rows(statement: str, **tables: object) -> list[tuple[object, ...]]:
    """What DuckDB answers; it finds a table by the name of a variable, and reads it on threads of its own."""
    with duckdb.connect() as db:
        for name, held in tables.items():
            db.register(name, held)
        return db.sql(statement).fetchall()


def test_works_and_citations_are_tables_for_whoever_speaks_arrow(path: Path) -> None:
    """As often as it asks, in the types it asks for, and of one state in a `with` block."""
    library = Library(path)
    works, citations = library.works(), library.citations()
    table = pa.table(works)
    assert table["key"].to_pylist() == keys(works)
    assert table["title"].to_pylist() == [work.title for work in works]
    assert pa.table(works).equals(table)
    assert pa.table(works[3:])["only_cited"].to_pylist() == [False, True]
    found = pa.table(citations).to_pylist()
    assert [tuple(row.values()) for row in found] == [(*each[:2], list(each[2])) for each in citations]
    assert pa.table(library.citations(where="only_cited:true")).num_rows == 0
    large = pa.schema([("citing", pa.large_string()), ("cited", pa.large_string()), ("sources", pa.list_(pa.string()))])
    assert pa.RecordBatchReader.from_stream(citations, large).read_all().schema == large
    cited = "select title, count(*) from works join citations on key = cited group by all order by 2 desc, 1 limit 1"
    assert rows(cited, works=works, citations=citations) == [(library["W3"].title, 2)]
    with library:
        assert rows(cited, works=works, citations=citations) == [(library["W3"].title, 2)]


def test_tables_for_pandas_and_polars_where_they_are_installed(path: Path) -> None:
    works = Library(path).works("only_cited:false")
    pandas, polars = pytest.importorskip("pandas", "3"), pytest.importorskip("polars")
    assert pandas.DataFrame.from_arrow(works)["key"].tolist() == keys(works)
    assert polars.DataFrame(works)["key"].to_list() == keys(works)


# -- beside a harvest ----------------------------------------------------------------------------------------------


def test_a_notebook_reads_beside_a_harvest_and_never_holds_it_up(path: Path) -> None:
    """Plain, it shows what is there by now; in a `with` block, one state; and no file is left behind for it."""
    library = Library(path)
    works = library.works()
    half_read = iter(works)
    next(half_read)
    half_read.close()  # type: ignore[attr-defined] # a generator, which a loop that breaks closes
    with new(path.parent) as writer, library as held:
        keep(writer, [openalex(7, title="News")])
        derive(writer)
        assert "W7" not in held
        assert len(held.works()) == len(held.graph()) == 5
        with Library(path) as later:
            assert "W7" in later
            cut_off = iter(later.works())
            next(cut_off)
        with pytest.raises(LibraryError, match=r"`with` block in which this began to read .* has ended"):
            next(cut_off)
    assert library["W7"].title == "News"
    assert len(library.works()) == 6
    assert len(works) == len(list(works)) == 5
    with new(path.parent):
        assert "openalex" in library["W7"].sources
    assert [each.name for each in path.parent.glob("*.sqlite-*")] == []


def test_works_that_became_one_are_given_once(path: Path) -> None:
    """A list that was selected before knows the work under its new key."""
    works = Library(path).works("type:review")
    assert keys(works) == ["openalex:W2"]
    with new(path.parent) as writer:
        keep(writer, [openalex(2, doi="10.1000/c", title="Recovery", updated_date="2026-02-02")])
        derive(writer)
    assert (list(works), works[0].key) == ([], "doi:10.1000/c")


def test_it_works_where_an_event_loop_runs(path: Path) -> None:
    """As in every notebook; and on another thread than the one that opened it."""

    async def cell() -> int:
        library = Library(path)
        with library:
            return len(await asyncio.to_thread(list, library.works())) + library.graph().citations

    assert asyncio.run(cell()) == 10


# -- files ---------------------------------------------------------------------------------------------------------


def test_files_are_those_of_the_command_line(run: Run, tmp_path: Path) -> None:
    """Byte for byte, records and graphs, with what a citation search says of each work, which Python gives as well."""
    assert run("chase", "10.1192/bjp.bp.112.117762", "--backward", "--max-works", "20").status in (0, 4)
    library = Library(tmp_path / "library.sqlite")
    names = [f"review{ending}" for ending in (".json", ".ris", ".bib", ".csv", ".graphml", ".edges.csv")]
    (tmp_path / "told").mkdir()
    for where in (None, "year:2000-"):
        chosen = () if where is None else ("--where", where)
        assert run("export", *(f"told/{name}" for name in names), *chosen).status == 0
        for name in names:
            library.export(tmp_path / name, where=where)
            assert (tmp_path / name).read_bytes() == (tmp_path / "told" / name).read_bytes(), (name, where)
    library.export(tmp_path / "records.txt", format="jsonl", where="seed:true")
    dumped = [json.loads(line) for line in (tmp_path / "records.txt").read_text("utf-8").splitlines()]
    ((seed,),) = ([one for one in dumped if one["kind"] == "work"],)
    assert seed["citation_search"]["is_seed"] is True
    said = library[seed["key"]].citation_search
    assert said is not None
    assert said.is_seed
    assert [work.citation_search for work in library.works("seed:true")] == [said]


# -- what is shown -------------------------------------------------------------------------------------------------


class Seen(HTMLParser):
    """The elements and attributes of a page, and its texts."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.elements: set[str] = set()
        self.attributes: set[str] = set()
        self.links: list[str] = []
        self.texts: list[str] = []
        self.feed(page)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.add(tag)
        self.attributes |= {name for name, _ in attrs}
        self.links += [value or "" for name, value in attrs if name == "href"]

    def handle_data(self, data: str) -> None:
        self.texts.append(data)


def test_a_notebook_shows_works_as_a_table(path: Path) -> None:
    """With how many there are; one known only by being cited is shown as such."""
    library = Library(path)
    assert repr(library) == "<Library library.sqlite: 4 works, 1 known only by being cited, 5 citations>"
    assert "4 works" in library._repr_html_()
    assert repr(library.works()) == "<Works: 5 of library.sqlite>"
    assert repr(library.citations()) == "<Citations: 5 of library.sqlite>"
    seen = Seen(library.works()._repr_html_())
    assert {"Peer support", "Recovery", "(known only by being cited)"} <= set(seen.texts)
    assert seen.texts[0] == "5 works"
    assert Seen(library.works("xylophone")._repr_html_()).texts[0] == "0 works"


def test_what_is_shown_of_a_work_runs_nothing() -> None:
    """Titles, names and addresses come from strangers: what they hold is text, whatever it looks like."""
    hostile = harvester.Work(
        key=HOSTILE,
        sources=("crossref",),
        title=HOSTILE,
        authors=(Authorship(name=HOSTILE),),
        venue=Venue(name=HOSTILE * 99),
        is_retracted=True,
        links=(Link(url=f"https://example.org/{HOSTILE}", kind="landing"),),
    )
    seen = Seen(f"<table>{notebook._row(hostile)}</table>")
    assert (seen.elements, seen.attributes) == ({"table", "tr", "td", "a"}, {"dir", "href"})
    assert seen.links == [f"https://example.org/{HOSTILE.replace(' ', '%20')}"]
    byline, title, venue, key = seen.texts
    assert (byline, title, key) == (HOSTILE, f"[Retracted] {HOSTILE}", HOSTILE)
    assert len(venue) <= notebook.LONGEST + 1
    script = hostile.model_copy(update={"links": (Link(url="javascript:alert(1)", kind="landing"),)})
    assert Seen(f"<table>{notebook._row(script)}</table>").links == []


# -- what goes wrong -----------------------------------------------------------------------------------------------


def test_what_goes_wrong_is_one_sentence_of_the_error_tree(path: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.sqlite").write_text("not a library, but long enough to be taken for a file of some kind" * 9)
    (tmp_path / "empty.sqlite").touch()
    for name, kind, said in (
        ("nowhere.sqlite", InputError, "there is no library"),
        (".", InputError, "is a folder"),
        ("notes.sqlite", NotALibrary, "notes.sqlite"),
        ("empty.sqlite", LibraryError, "is empty"),
    ):
        with pytest.raises(kind, match=said):
            Library(tmp_path / name)
    library = Library(path)
    for where in ("peer AND AND support", "decision:include", "venu:lancet"):
        for ask in (library.works, library.citations, library.graph, library.search):
            with pytest.raises(QueryError):
                ask(where)
    with pytest.raises(QueryError) as refused:
        library.works("venu:lancet")
    assert refused.value.__notes__ == ["try: venue:lancet"]
    with pytest.raises(InputError, match="in no known format"):
        library.export(tmp_path / "review.sonnet")
    for name in ("nowhere/review.ris", "nowhere/review.graphml"):
        with pytest.raises(OutputError, match=r"no folder|No such folder"):
            library.export(tmp_path / name)


def test_a_library_that_is_damaged_or_gone_later_is_told_as_well(path: Path) -> None:
    """Each question opens the file, so each may find what is wrong with it."""
    library = Library(path)
    works = library.works()
    with closing(sqlite3.connect(path)) as db, db:
        db.execute("update works set detail = x'00' where key = 'openalex:W3'")
    with pytest.raises(LibraryError, match="cannot be read"):
        list(works)
    with pytest.raises(Exception, match="cannot be read"):
        pa.table(works)
    path.write_bytes(path.read_bytes()[:4096] + b"\x5a" * 4096 * 9)
    with pytest.raises(LibraryError, match=r"library\.sqlite"):
        list(works)
    path.unlink()
    with pytest.raises(InputError, match="there is no library"):
        library.graph()
