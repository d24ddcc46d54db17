"""A library file that anybody may have written: what is looked at before it is used as one of ours."""

import sqlite3
from collections.abc import Iterator
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory

from harvester.library.proof import unfolded
from harvester.library.store import Library

__all__ = ["suspicions"]


def suspicions(db: sqlite3.Connection) -> Iterator[str]:
    """Say what is in a library that this program puts in none; the file is to be used for nothing else before.

    That is a trigger, a view or a virtual table other than ours, which would run when the file is read or written, a
    table that is not ours, and a text that unfolds to no measure.
    """
    yield from _of_tables(db)
    yield from _of_texts(db)


def _of_tables(db: sqlite3.Connection) -> Iterator[str]:
    ours = _ours()
    # A forged text may have any comment before the word, and a column that is computed when it is read has it too.
    for kind, name, text in db.execute("select type, name, cast(sql as text) from sqlite_schema"):
        runs = kind in ("trigger", "view") or "virtual" in (text or "").lower()
        if (kind, name) not in ours or (runs and text != ours[kind, name]):
            yield f"the library has a {str(kind)[:20]} {str(name)[:80]!r} that this program did not make"


@cache
def _ours() -> dict[tuple[str, str], str | None]:
    """Give what is in the schema of a new library."""
    with (
        TemporaryDirectory(prefix="harvester-schema-") as folder,
        Library(Path(folder) / "new.sqlite", write="replay") as fresh,
    ):
        rows = fresh.db.execute("select type, name, sql from sqlite_schema").fetchall()
    return {(kind, name): text for kind, name, text in rows}


def _of_texts(db: sqlite3.Connection) -> Iterator[str]:
    tables = {name for (name,) in db.execute("select name from sqlite_schema where type = 'table'")}
    for table, column in (("raws", "raw"), ("works", "detail")):
        if table not in tables:
            yield f"the library has no table {table!r}"
            continue
        query = f"select rowid, {column} from {table} where {column} is not null"  # noqa: S608 # names from here
        for row, packed in db.execute(query):
            if unfolded(packed) is None:
                yield f"row {row} of {table} holds no text that this program would have kept"
                return
