"""The citation graph of a library, and the copy of it that is kept beside the file.

The copy of `library.sqlite` is `library.sqlite.graph`, in plain sight beside the lock and the log of the same name: it
can be large, and whoever tidies up should see what it belongs to. It is worth the time it takes to make, nothing else:
it may be deleted at any time, and where it cannot be written the graph is made anew each time.
"""

import sqlite3
from array import array
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from itertools import chain
from pathlib import Path
from typing import Any

from graph.build import MISSING, CitationGraph
from graph.build.assembly import SOURCES, Links, Works, assembled
from graph.build.stored import STATE_SIZE, keep, kept
from harvester.errors import LibraryError
from harvester.library import schema
from harvester.library.store import Library

__all__ = ["graph_of", "place"]

SPAN = 2_000
"""So many numbers of works at a time: a text of a few hundred kilobytes a column."""


def place(library: Library) -> Path:
    """Say where the copy of the graph is kept, if it is."""
    return library.path.with_name(f"{library.path.name}.graph")


def graph_of(library: Library) -> CitationGraph:
    """Give the citation graph of the whole library, from its copy if that is of what the library now holds.

    It equals `build(nodes(library), citations(library))`, and is read in one transaction, whoever writes meanwhile.
    Raises `LibraryError` for a library whose tables are damaged.
    """
    with _reading(library.db) as db:
        state = schema.revision(db)
        found = kept(place(library), state=state) if state is not None and len(state) == STATE_SIZE else None
        if found is not None:
            return found
        try:
            graph = assembled(_works(db), _links(db), order=_order(db))
        except ValueError as error:
            raise LibraryError(
                f"no graph can be made of {library.path}: {error}; `harvester verify` says where"
            ) from error
    if state is not None:
        # A folder that may not be written, a full disk: the next command makes the graph again.
        with suppress(OSError, ValueError):
            keep(graph, place(library), state=state, like=library.path)
    return graph


@contextmanager
def _reading(db: sqlite3.Connection) -> Iterator[sqlite3.Connection]:
    """See one state of the file throughout (sqlite.org/isolation.html)."""
    if db.in_transaction:
        yield db
        return
    db.execute("begin")
    try:
        yield db
    finally:
        db.execute("rollback")


def _order(db: sqlite3.Connection) -> "array[int]":
    return array("q", chain.from_iterable(db.execute("select id from works order by key")))


_TEXTS = ("key", "title", "doi", "openalex", "type", "venue", "first_author", "sources")
_NUMBERS = {
    **{
        # A file can hold anything: what is no number of 32 bits is not known, as in `build`.
        name: f"case when {name} > {MISSING} and {name} < {-MISSING} then cast({name} as integer) else {MISSING} end"
        for name in ("year", "cited_by_count")
    },
    "is_retracted": "is_retracted != 0",
    "is_open_access": "case when is_open_access is null then -1 else is_open_access != 0 end",
    "only_cited": "detail is null",
}
_WORKS = (
    "select group_concat(id), "  # noqa: S608 # column names from here
    + ", ".join(
        f"group_concat({name}, ''), group_concat(coalesce(length(cast({name} as blob)), -1))" for name in _TEXTS
    )
    + "".join(f", group_concat({number})" for number in _NUMBERS.values())
    + " from works where id between ? and ?"
)


def _works(db: sqlite3.Connection) -> Iterator[Works]:
    for span in _spans(db, "select min(id) from works where id > ?"):
        ids, *columns = db.execute(_WORKS, span).fetchone()
        texts = columns[: 2 * len(_TEXTS)]
        yield Works(
            ids=ids,
            texts={
                name: (text or "", sizes) for name, text, sizes in zip(_TEXTS, texts[::2], texts[1::2], strict=True)
            },
            numbers=dict(zip(_NUMBERS, columns[2 * len(_TEXTS) :], strict=True)),
        )


def _links(db: sqlite3.Connection) -> Iterator[Links]:
    names: list[str] = []
    for span in _spans(db, "select min(citing) from citations where citing > ?"):
        citing, cited = _linked(db, span, names)
        if "-" in cited:
            # To list the sources of millions of citations takes seconds; a new one shows itself.
            here = "select distinct source from citations where citing between ? and ? order by 1"
            names += [name for (name,) in db.execute(here, span) if name not in names]
            if len(names) > SOURCES or not all(isinstance(name, str) for name in names):
                raise ValueError(f"citations name more than {SOURCES} sources, or what is no name")
            citing, cited = _linked(db, span, names)
        yield Links(citing, cited, tuple(names))


def _linked(db: sqlite3.Connection, span: tuple[int, int], names: list[str]) -> Any:
    known = "".join(f" when ? then cited * {SOURCES} + {number}" for number in range(len(names)))
    cited = f"case source{known} else -1 end" if names else "-1"
    return db.execute(
        f"select group_concat(citing), group_concat({cited}) from citations where citing between ? and ?",  # noqa: S608 # from here
        (*names, *span),
    ).fetchone()


def _spans(db: sqlite3.Connection, following: str) -> Iterator[tuple[int, int]]:
    """Cut the numbers of works into spans; those that were given to nobody are passed over."""
    last = -(2**63)
    while (first := db.execute(following, (last,)).fetchone()[0]) is not None:
        last = min(first + SPAN - 1, 2**63 - 1)
        yield first, last
