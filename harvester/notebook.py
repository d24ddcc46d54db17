"""A library in a notebook: its works, its citations, its graph, and files of them.

A `Library` only reads, and never stands in the way of a harvest. Plain, it opens the file anew for each question and
shows what is there by then; in a `with` block all questions see one state of it. To harvest is for the command line,
whose runs are forecast, stopped and resumed (`!harvester search ...` in a cell).

`Works` and `Citations` are read when somebody iterates over them, each time again. Programs for tables take them as
they are, by the Arrow PyCapsule interface (arrow.apache.org/docs/format/CDataInterface/PyCapsuleInterface.html):
`polars.DataFrame(works)`, `pandas.DataFrame.from_arrow(works)`, `pyarrow.table(works)`, `duckdb.sql("from works")`.
"""

import sqlite3
import zlib
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager
from functools import cached_property
from html import escape
from pathlib import Path
from types import TracebackType
from typing import TYPE_CHECKING, Self, overload

from harvester import export
from harvester.errors import InputError, LibraryError, QueryError
from harvester.expression import parse
from harvester.expression.tree import Expression
from harvester.formats import frame
from harvester.formats.table import COLUMNS
from harvester.identifiers import Identifier
from harvester.library import graphs, ordering, ranks, reading, selection, store
from harvester.model import Citation, CitationSearch, Work

if TYPE_CHECKING:
    from graph.build import CitationGraph

__all__ = ["Citations", "Library", "NoSuchWork", "Works"]

SHOWN = 10
"""So many works of a list are shown."""

LONGEST = 200
"""So many characters of what a cell of that says."""


class NoSuchWork(InputError, KeyError):
    """The library holds no work that is named so, or several."""

    __str__ = Exception.__str__  # a KeyError would put its sentence in quotes


class Library:
    """A library file, to be read.

    `library["10.1111/inm.13349"]` is the work that any of its identifiers names, in any dress; `NoSuchWork` is raised
    where there is none. Every question raises `LibraryError` for a file that is no library, is empty, damaged or of
    another version, and `InputError` for one that is not there; so does opening it.

    A library of one work, imported as the command line would:

    >>> from tempfile import TemporaryDirectory
    >>> from harvester.library import derive, imports
    >>> folder = TemporaryDirectory()
    >>> records = Path(folder.name, "records.ris")
    >>> _ = records.write_text("TY  - JOUR\\nTI  - Peers help\\nDO  - 10.1000/a\\nPY  - 2020\\nER  -\\n")
    >>> path = Path(folder.name, "library.sqlite")
    >>> with store.Library(path, write="import") as written:
    ...     _ = imports.bring(written, records)
    ...     derive(written)

    What can be asked of it:

    >>> library = Library(path)
    >>> [work.title for work in library.works(where="peer AND year:2015-")]
    ['Peers help']
    >>> library["https://doi.org/10.1000/A"].year, "10.1000/b" in library
    (2020, False)
    >>> library.search("help OR recovery")[0].key, len(library.citations())
    ('doi:10.1000/a', 0)
    >>> library.graph().to_networkx().nodes["doi:10.1000/a"]["title"]
    'Peers help'
    >>> library.export(Path(folder.name, "review.ris"), where="NOT retracted:true")
    >>> folder.cleanup()
    """

    __iter__ = None  # over works, or over keys? `works()` leaves no doubt

    def __init__(self, path: str | Path = "library.sqlite") -> None:
        self._file = _File(Path(path).absolute())
        with self._file.read():
            pass

    def works(self, where: str | None = None) -> "Works":
        """Give the works, or those that satisfy an expression, in the order of their keys.

        It is the language of `search` and of `--where`: `'"peer support" AND year:2015- AND only_cited:false'`. Works
        known only by being cited are among them unless it leaves them out. Which works they are is settled here.
        Raises `QueryError` for an expression that is not understood.
        """
        with self._file.read() as state:
            return Works(self._file, state.keys() if where is None else sorted(state.selected(where)))

    def search(self, text: str, *, limit: int | None = 20) -> "Works":
        """Give the works that satisfy an expression, those first that say most of what it asks for.

        They are searched for in this library; `ordering.ordered` has the order. Raises `QueryError` as `works` does.
        """
        with self._file.read() as state:
            return Works(self._file, ordering.ordered(state.library, _parsed(text), text=text)[:limit])

    def citations(self, where: str | None = None) -> "Citations":
        """Give the citations with the indexes that state each, or those that join two works selected by `where`."""
        if where is None:
            return Citations(self._file, None)
        with self._file.read() as state:
            return Citations(self._file, state.selected(where))

    def graph(self, where: str | None = None) -> "CitationGraph":
        """Give the citation graph, or that of the works selected by `where`; `to_networkx()` turns it into another.

        `graph.metrics`, `graph.communities` and the other modules beside them take it as it is.
        """
        with self._file.read() as state:
            whole = graphs.graph_of(state.library)
            return whole if where is None else whole.among(state.selected(where))

    def export(
        self,
        path: str | Path,
        *,
        where: str | None = None,
        format: str | None = None,  # noqa: A002 - the word of the command line
    ) -> None:
        """Write the works selected by `where`, or everything, to a file, byte for byte as `harvester export` does.

        The ending of the name chooses among the formats of records and of graphs, where `format` does not. Raises
        `InputError` for a format that is not known and `OutputError` for a file that cannot be written.
        """
        with self._file.read() as state:
            chosen = None if where is None else state.selected(where)
            export.write(state.library, path, format=format, selected=chosen)

    def __getitem__(self, identifier: str | Identifier) -> Work:
        with self._file.read() as state:
            return state.work(state.find(str(identifier)))

    def __contains__(self, identifier: str | Identifier) -> bool:
        with self._file.read() as state:
            try:
                state.find(str(identifier))
            except NoSuchWork:
                return False
            return True

    def __enter__(self) -> Self:
        self._file.hold()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.let_go()

    def __repr__(self) -> str:
        return f"<Library {self._file.path.name}: {self._counted()}>"

    def _repr_html_(self) -> str:
        return f"<p>Library <code>{escape(self._file.path.name)}</code>: {self._counted()}</p>"

    def _counted(self) -> str:
        with self._file.read() as state:
            size = reading.size(state.library)
        return f"{size.works:,} works, {size.only_cited:,} known only by being cited, {size.citations:,} citations"


class Works:
    """Works of a library, in an order; a slice of them is such a list too.

    As a table, a row is a work, with the columns of `harvester.formats.frame`.
    """

    def __init__(self, file: "_File", keys: Sequence[str]) -> None:
        self._file = file
        self._keys = keys

    def __len__(self) -> int:
        return len(self._keys)

    def __iter__(self) -> Iterator[Work]:
        with self._file.read() as state:
            yield from state.works(self._keys)

    @overload
    def __getitem__(self, place: int) -> Work: ...
    @overload
    def __getitem__(self, place: slice) -> "Works": ...
    def __getitem__(self, place: int | slice) -> "Work | Works":
        if isinstance(place, slice):
            return Works(self._file, self._keys[place])
        with self._file.read() as state:
            return state.work(state.home(self._keys[place]))

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Stream the works as a table with the columns of `harvester.formats.frame`."""
        return frame.works(self).__arrow_c_stream__(requested_schema)

    def __repr__(self) -> str:
        return f"<Works: {len(self):,} of {self._file.path.name}>"

    def _repr_html_(self) -> str:
        rows = "".join(map(_row, self[:SHOWN]))
        more = f", the first {SHOWN} of them here" if len(self) > SHOWN else ""
        # MathJax would set "$5 to $10" as a formula (pandas.pydata.org, option "display.html.use_mathjax").
        return (
            f'<table class="dataframe tex2jax_ignore mathjax_ignore"><caption>{len(self):,} works{more}</caption>'
            "<thead><tr><th>year</th><th>authors</th><th>title</th><th>venue</th><th>key</th></tr></thead>"
            f"<tbody>{rows}</tbody></table>"
        )


class Citations:
    """The citations of a library, or those between some of its works, in the order of their keys."""

    def __init__(self, file: "_File", selected: frozenset[str] | None) -> None:
        self._file = file
        self._selected = selected

    def __iter__(self) -> Iterator[Citation]:
        with self._file.read() as state:
            yield from reading.citations(state.library, selected=self._selected)

    def __len__(self) -> int:
        if self._selected is None:
            with self._file.read() as state:
                return reading.size(state.library).citations
        return sum(1 for _ in self)

    def __repr__(self) -> str:
        return f"<Citations: {len(self):,} of {self._file.path.name}>"

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        """Stream the citations as a table: `citing`, `cited`, and `sources` as a list."""
        return frame.citations(self).__arrow_c_stream__(requested_schema)


class _File:
    """The file of a library, opened when it is to be read and closed after; nothing of it is held in between."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._states: list[_State] = []

    @contextmanager
    def read(self) -> Iterator["_State"]:
        """Read the state that is held, or else that of now."""
        with self._telling():
            if self._states:
                yield self._states[-1]
                return
            with closing(_State(self.path)) as state:
                yield state

    def hold(self) -> None:
        """Keep to the state of now, until it is let go."""
        with self._telling():
            self._states.append(_State(self.path))

    def let_go(self) -> None:
        self._states.pop().close()

    @contextmanager
    def _telling(self) -> Iterator[None]:
        try:
            yield
        except sqlite3.ProgrammingError as error:  # which says that the connection is closed
            raise LibraryError(
                f"the `with` block in which this began to read {self.path} has ended; read it to the end there, or"
                " begin anew"
            ) from error
        except (sqlite3.DatabaseError, zlib.error) as error:
            raise LibraryError(
                f"the library {self.path} cannot be read ({error}); `harvester verify` says whether it is whole"
            ) from error


class _State:
    """One state of a library file, while its connection is open."""

    def __init__(self, path: Path) -> None:
        self.library = store.Library(path)
        try:
            self.library.db.execute("begin")
            # A transaction sees the state of the moment of its first question (sqlite.org/isolation.html).
            self.library.db.execute("select 1 from works").fetchone()
        except BaseException:
            self.close()
            raise

    def close(self) -> None:
        self.library.close()

    @cached_property
    def searched(self) -> dict[str, CitationSearch]:
        """What the last citation search says of works; it takes its time in a library that has had one."""
        return ranks.searched(self.library)

    def keys(self) -> list[str]:
        return [key for (key,) in self.library.db.execute("select key from works order by key")]

    def selected(self, where: str) -> frozenset[str]:
        return selection.select(self.library, _parsed(where), text=where)

    def find(self, identifier: str) -> str:
        try:
            return reading.find(self.library, identifier)
        except InputError as error:
            raise NoSuchWork(str(error)) from error

    def home(self, key: str) -> str:
        """Give the key that a work has by now, which may have been joined with another since it was selected."""
        return key if self.library.db.execute(_HELD, (key,)).fetchone() else self.find(key)

    def works(self, keys: Sequence[str]) -> Iterator[Work]:
        """Read these works, without those that have been joined with another since they were selected."""
        for key in keys:
            if self.library.db.execute(_HELD, (key,)).fetchone():
                yield self.work(key)

    def work(self, key: str) -> Work:
        found = reading.work(self.library, key)
        return found.model_copy(update={"citation_search": self.searched[key]}) if key in self.searched else found


_HELD = "select 1 from works where key = ?"


def _parsed(text: str) -> Expression:
    try:
        return parse.parse(text)
    except QueryError as error:
        if error.suggestion:
            error.add_note(f"try: {error.suggestion}")
        raise


def _row(work: Work) -> str:
    """Show a work as a row of HTML; texts come from strangers, and may run from right to left."""
    authors = work.authors or ()
    texts = (
        work.year,
        authors[0].name + (" et al." if len(authors) > 1 else "") if authors else None,
        f"{'[Retracted] ' if work.is_retracted else ''}{COLUMNS['title'](work) or ''}"
        if work.sources
        else "(known only by being cited)",
        work.venue.name if work.venue else None,
    )
    url, key = COLUMNS["url"](work), _shown(work.key)
    cells = [*map(_shown, texts), f'<a href="{escape(str(url))}">{key}</a>' if url else key]
    return "<tr>" + "".join(f'<td dir="auto">{cell}</td>' for cell in cells) + "</tr>"


def _shown(value: str | int | None) -> str:
    text = " ".join(("" if value is None else str(value)).split())
    return escape(text if len(text) <= LONGEST else f"{text[:LONGEST]}…")
