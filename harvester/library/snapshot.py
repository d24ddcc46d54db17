"""Other people's libraries, as they are at one moment: copied, brought to the present format, and proved sound.

A library that is read from must stay as it is, whoever is writing to it, and nothing of one that is damaged or made up
may come in. So it is a copy that is opened and brought up to date, and everything that would be taken from it is looked
at before: its tables are those of this program and nothing in it runs by itself, its texts have a size that can be, its
rows hold what their columns say, and no row hangs in the air.
"""

import json
import shutil
import sqlite3
import tempfile
from collections.abc import Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

from harvester.errors import InputError, LibraryError, NotALibrary
from harvester.library import schema
from harvester.library.conflicts import on_record
from harvester.library.evidence import TABLES
from harvester.library.foreign import suspicions
from harvester.library.store import Library, only_read
from harvester.merge import FILES
from harvester.sources import SOURCES

__all__ = ["Snapshot", "named", "snapshots", "unfounded"]


class Snapshot(NamedTuple):
    """A copy of a library that may be read and thrown away."""

    path: Path
    of: Path

    @property
    def name(self) -> str:
        """The name of the library."""
        return named(self.of)[-1]


def named(path: Path) -> tuple[str, str]:
    """Give the names of the folder and of the file, as text that can be kept: the system allows names that are none.

    >>> named(Path("/home/ana/library.sqlite"))
    ('ana', 'library.sqlite')
    """
    whole = path.absolute()
    folder, file = (name.encode("utf-8", "replace").decode() for name in (whole.parent.name, whole.name))
    return folder, file


@contextmanager
def snapshots(paths: Sequence[Path], *, beside: Path) -> Iterator[list[Snapshot]]:
    """Copy these libraries, none of which may be the one at `beside`, and take the copies away in the end.

    Raises `InputError` for a file that is not there, cannot be read or is `beside` itself, `NotALibrary`,
    `NewerLibrary`, and `LibraryError` for one that is empty or damaged. No file is changed, nor laid beside one.
    """
    with tempfile.TemporaryDirectory(prefix="harvester-merge-") as folder:
        found = []
        for number, path in enumerate(paths):
            _expect_another(path, beside)
            copy = Path(folder) / f"{number}.sqlite"
            try:
                _copy(path, copy)
                _prove(path, copy)
            except sqlite3.DatabaseError as error:
                raise LibraryError(f"{path} is damaged ({error}); nothing was taken from it") from error
            found.append(Snapshot(copy, path))
        yield found


def _expect_another(path: Path, beside: Path) -> None:
    if not path.is_file():
        what = "is a folder" if path.is_dir() else "is not there"
        raise InputError(f"{path} {what}; name the file of another library")
    if beside.exists() and path.samefile(beside):
        raise InputError(f"{path} is the library itself; name another one, or another --library to unite it with")


def _copy(path: Path, copy: Path) -> None:
    """Copy the library as it is at one moment, though somebody may be writing to it."""
    try:
        with path.open("rb") as file:
            is_logged = file.read(20)[18:19] == b"\x02"  # sqlite.org/fileformat.html, "File format version numbers"
        if is_logged and not Path(f"{path}-shm").exists():
            # Nobody has it open; SQLite would lay files beside it, and could not where nothing may be written
            # (sqlite.org/wal.html, "Read-Only Databases").
            shutil.copyfile(path, copy)
            with suppress(FileNotFoundError):
                shutil.copyfile(f"{path}-wal", f"{copy}-wal")
            return
        with closing(only_read(path)) as db, closing(sqlite3.connect(copy)) as into:
            schema.check(db, str(path))
            db.backup(into)
    except NotALibrary as error:
        raise _refused(path, error) from error
    except sqlite3.OperationalError as error:
        raise InputError(f"{path} cannot be read ({error}); nothing was taken from it") from error
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror or error}); nothing was taken from it") from error


def _prove(path: Path, copy: Path) -> None:
    try:
        with closing(sqlite3.connect(copy)) as db:
            if schema.check(db, str(path)) == 0:
                raise LibraryError(f"{path} is empty: there is nothing to take from it")
            for suspicion in suspicions(db):
                raise LibraryError(f"{path} cannot be trusted ({suspicion}); nothing was taken from it")
            damage = next((finding for (finding,) in db.execute("pragma integrity_check(1)") if finding != "ok"), None)
        if damage is None:
            with Library(copy, write="merge") as brought_up:
                damage = next(_faults(brought_up.db), None)
    except NotALibrary as error:
        raise _refused(path, error) from error
    if damage is not None:
        raise LibraryError(f"{path} is damaged ({damage}); nothing was taken from it")


def _refused(path: Path, error: NotALibrary) -> LibraryError:
    if "malformed" in str(error.__cause__):
        return LibraryError(f"{path} is damaged ({error.__cause__}); nothing was taken from it")
    return NotALibrary(f"{path} is no library of this program; nothing was taken from it")


# -- what a library holds --------------------------------------------------------------------------------------


def _faults(db: sqlite3.Connection) -> Iterator[str]:
    """Say what is not as this program writes it."""
    for table, columns in _layout().items():
        if _columns(db, table) != columns:
            yield f"it lacks the table {table} as this program lays it out"
            return
    yield from unfounded(db)
    for table, columns in _layout().items():
        if table == "raws":
            continue  # read, and compared with their digests, when they are entered
        types = [(name, _TYPES[declared], bool(needed)) for name, declared, needed in columns]
        for row in db.execute(f"select {', '.join(name for name, _, _ in types)} from {table}"):  # noqa: S608 # names from here
            for value, (name, expected, needed) in zip(row, types, strict=True):
                if not isinstance(value, expected) and (needed or value is not None):
                    yield f"{table} holds a {name} that is none"
    for name, table, is_right in (("arguments", "runs", dict), ("asked", "requests", list)):
        for (text,) in db.execute(f"select distinct {name} from {table}"):  # noqa: S608 # names from here
            if not _is(text, is_right):
                yield f"{table} holds {name} that are none"
    try:
        on_record(db)
    except ValueError:
        yield "it holds conflicts that are none"
    for (source,) in db.execute("select distinct source from items"):
        if source not in SOURCES and not source.startswith(FILES):
            yield f"it holds records of {source[:50]!r}, which is no source"


_TYPES: dict[str, type] = {"integer": int, "text": str, "blob": bytes}


def _is(text: str, kind: type) -> bool:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError):
        return False
    if kind is list:
        pairs = found if isinstance(found, list) else [None]
        return all(isinstance(each, list) and [*map(type, each)] == [str, str] for each in pairs)
    return isinstance(found, kind)


def unfounded(db: sqlite3.Connection, *, of: str = "main") -> Iterator[str]:
    """Name the tables of evidence with rows of a run, question or item that is not there."""
    for table in TABLES:
        if db.execute(f"pragma {of}.foreign_key_check({table})").fetchone():
            yield f"{table} holds rows whose run or question is not there"


@cache
def _layout() -> dict[str, list[tuple[Any, ...]]]:
    """Give the columns of each table of evidence as this version lays them out."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        schema.migrate(db, 0)
        return {table: _columns(db, table) for table in TABLES}


def _columns(db: sqlite3.Connection, table: str) -> list[tuple[Any, ...]]:
    return db.execute(
        'select c.name, lower(c.type), c."notnull" or c.pk from sqlite_schema s, pragma_table_info(s.name) c'
        " where s.type = 'table' and s.name = ?",
        (table,),
    ).fetchall()
