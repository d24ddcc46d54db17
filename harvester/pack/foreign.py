"""The library of a pack that anybody may have written: what is looked at before it is used as one of ours."""

import sqlite3
import zlib
from collections.abc import Iterator
from contextlib import closing
from functools import cache
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final

from harvester.library import Library
from harvester.library.store import only_read

__all__ = ["LARGEST_TEXT", "suspicions"]

LARGEST_TEXT: Final = 1 << 28
"""Bytes that an item or a work unfolds to at most; the largest that indexes send have some millions."""


def suspicions(path: Path) -> list[str]:
    """Say what is in a library file that this program puts in none; such a file is not to be used.

    That is a trigger, a view or a virtual table other than ours, which would run when the file is read, a table that is
    not ours, and a text that unfolds to no measure.
    """
    with closing(only_read(path)) as db:
        try:
            return [*_of_tables(db), *_of_texts(db)]
        except sqlite3.DatabaseError as error:
            return [f"the library is damaged ({error})"]


def _of_tables(db: sqlite3.Connection) -> Iterator[str]:
    ours = _ours()
    for kind, name, text in db.execute("select type, name, sql from sqlite_schema"):
        runs = kind in ("trigger", "view") or (text or "").lstrip().lower().startswith("create virtual")
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
            if not _unfolds(packed):
                yield f"row {row} of {table} holds no text that this program would have kept"
                return


def _unfolds(packed: object) -> bool:
    if not isinstance(packed, bytes):
        return False
    reader = zlib.decompressobj()
    try:
        left, total = packed, 0
        while left and not reader.eof:
            total += len(reader.decompress(left, 1 << 20))
            if total > LARGEST_TEXT:
                return False
            left = reader.unconsumed_tail
    except zlib.error:
        return False
    return reader.eof
