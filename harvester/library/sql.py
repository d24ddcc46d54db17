"""Questions in SQL: read-only, over views that are documented and stay, whatever the tables beneath them become.

The views stand in the place of the tables of the same name. A statement may read them and nothing else: no other
file, no setting, no change. One that takes too long is stopped.
"""

import sqlite3
import time
import zlib
from collections.abc import Callable, Iterable, Sequence
from contextlib import closing
from dataclasses import dataclass
from typing import NamedTuple

from harvester.errors import InputError
from harvester.library.store import Library, only_read

__all__ = ["VIEWS", "Answer", "Measures", "View", "ask"]


class View(NamedTuple):
    """A table to ask: what a row of it is, its columns, and where they come from."""

    row: str
    columns: tuple[str, ...]
    select: str


class Measures(NamedTuple):
    """The columns of the view `measures`, and its rows; the first column is the key of a work."""

    columns: Sequence[str]
    rows: Iterable[Sequence[object]]


@dataclass(frozen=True)
class Answer:
    """The rows of an answer; `is_capped` when there were more."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    is_capped: bool


VIEWS = {
    "works": View(
        "a work; only_cited is 1 for one known only because another cites it",
        (
            "key", "doi", "openalex", "title", "abstract", "authors", "first_author", "year", "type", "venue",
            "language", "cited_by_count", "cited_here", "references_here", "sources", "is_retracted",
            "is_open_access", "only_cited",
        ),
        "select key, doi, openalex, title, abstract, authors, first_author, year, type, venue,"
        " json_extract(inflated(detail), '$.language'), cited_by_count,"
        " (select count(distinct citing) from main.citations where cited = w.id and citing != w.id),"
        " (select count(distinct cited) from main.citations where citing = w.id and cited != w.id),"
        " sources, is_retracted, is_open_access, detail is null from main.works w",
    ),
    "citations": View(
        "a citation, with the indexes that state it",
        ("citing", "cited", "sources"),
        "select a.key, b.key, (select group_concat(source, ' ') from (select source from main.citations s"
        " where s.citing = c.citing and s.cited = c.cited order by source))"
        " from main.citations c join main.works a on a.id = c.citing join main.works b on b.id = c.cited"
        # One row for each pair of works, however many indexes state it; this way the indexes of the table are used.
        " where c.source = (select min(source) from main.citations s where s.citing = c.citing and s.cited = c.cited)",
    ),
    "authorships": View(
        "an author of a work, in the order of the byline",
        ("work", "position", "name", "given", "family", "orcid", "openalex"),
        "select w.key, a.key + 1, a.value ->> 'name', a.value ->> 'given', a.value ->> 'family',"
        " a.value ->> 'orcid', a.value ->> 'openalex'"
        " from main.works w, json_each(inflated(w.detail), '$.authors') a where w.detail is not null",
    ),
    "keywords": View(
        "a keyword of a work; kind is author, plus or assigned",
        ("work", "term", "kind", "score"),
        "select w.key, k.value ->> 'term', k.value ->> 'kind', k.value ->> 'score'"
        " from main.works w, json_each(inflated(w.detail), '$.keywords') k where w.detail is not null",
    ),
    "requests": View(
        "a question that a run asked an index",
        (
            "run", "command", "source", "kind", "url", "state", "status", "from_cache", "answered", "reported",
            "received",
        ),
        "select q.run, r.command, q.source, q.kind, q.url, q.state, q.status, q.from_cache, q.answered, q.reported,"
        " q.received from main.requests q join main.runs r on r.id = q.run",
    ),
}  # fmt: skip
"""The views by name; `measures`, with a row a work and a column a measure, is the caller's to give."""

_STEPS = 10_000
"""So many steps of SQLite's machine between two looks at the clock: about a millisecond."""

_ALLOWED = {sqlite3.SQLITE_SELECT, sqlite3.SQLITE_READ, sqlite3.SQLITE_FUNCTION, sqlite3.SQLITE_RECURSIVE}


def ask(
    library: Library,
    statement: str,
    *,
    seconds: float = 30.0,
    most: int | None = None,
    measures: Callable[[], Measures] | None = None,
) -> Answer:
    """Answer one SELECT over the views, within so many seconds; at most `most` rows are given.

    `measures` is asked for the measures of works when the statement names them. Raises `InputError` for what is no
    such statement, for one that would change anything or read anything else, and for one that takes too long.
    """
    # A connection of its own: the views would stand in the way of everything else that reads the tables.
    with closing(only_read(library.path)) as db:
        db.create_function("inflated", 1, _inflated, deterministic=True)
        for name, view in VIEWS.items():
            db.execute(f"create temp view {name} ({', '.join(view.columns)}) as {view.select}")
        if measures is not None and "measures" in statement.lower():
            _lay_out(db, measures())
        return _answered(db, statement, seconds=seconds, most=most)


def _answered(db: sqlite3.Connection, statement: str, *, seconds: float, most: int | None) -> Answer:
    deadline = time.monotonic() + seconds
    refused: list[int] = []

    def authorize(action: int, _first: str | None, second: str | None, *_: str | None) -> int:
        if action in _ALLOWED and second != "load_extension":
            return sqlite3.SQLITE_OK
        refused.append(action)
        return sqlite3.SQLITE_DENY

    db.set_authorizer(authorize)
    db.set_progress_handler(lambda: time.monotonic() > deadline, _STEPS)
    try:
        cursor = db.execute(statement)
        if cursor.description is None:
            raise InputError("a query is one SELECT; this is none")
        rows = cursor.fetchall() if most is None else cursor.fetchmany(most + 1)
    except (sqlite3.Error, sqlite3.Warning) as error:
        raise InputError(_told(error, seconds=seconds, is_refused=bool(refused))) from error
    columns = tuple(column[0] for column in cursor.description)
    kept = rows if most is None else rows[:most]
    return Answer(columns, tuple(map(tuple, kept)), is_capped=len(kept) < len(rows))


def _lay_out(db: sqlite3.Connection, measures: Measures) -> None:
    columns = [name for name in measures.columns if name.isidentifier()]
    db.execute(f"create temp table measures ({', '.join(columns)})")
    db.executemany(f"insert into temp.measures values ({', '.join('?' * len(columns))})", measures.rows)  # noqa: S608 # marks only


def _inflated(detail: bytes | None) -> str | None:
    return None if detail is None else zlib.decompress(detail).decode()


def _told(error: sqlite3.Error | sqlite3.Warning, *, seconds: float, is_refused: bool) -> str:
    if "interrupted" in str(error):
        return f"the query took more than {seconds:g} seconds and was stopped; ask for less, or allow more time"
    if is_refused or "cannot modify" in str(error):
        return "a query may only read; this one would change something, or read what is no view"
    return f"the query cannot be answered: {error}"
