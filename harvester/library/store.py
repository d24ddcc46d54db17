"""The library file: opened, locked for one writer, and changed only in whole transactions."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from harvester.errors import HarvesterError, InputError, LibraryBusy, LibraryError, Stopped
from harvester.library import schema
from harvester.model import Record

__all__ = ["Library", "now", "only_read"]


def now() -> str:
    """Give the present time as the ledger writes it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Library:
    """One library file, open for reading or for writing.

    Readers work while a harvest writes, and never change the file. Two writers are never let in: the second gets
    `LibraryBusy` with the name of the first. Opening for writing creates the file and brings an older one up to
    date. A library that nobody writes to is one plain file; while it is written, and after a writer was killed,
    two more lie beside it (`-wal`, `-shm`) that belong to it.

    Raises `NotALibrary`, `NewerLibrary`, `LibraryBusy`, `InputError` (no such file, not readable, not writable) or
    `LibraryError` (to be read, and nothing in it yet, or of an older version).
    """

    def __init__(self, path: Path, *, write: str | None = None) -> None:
        """Open `path`; `write` names the command that is going to write, None only reads."""
        self.path = path
        self.recent: dict[int, Record] = {}
        """Records just entered, by the number of their item: derived data need not read those again."""
        self._lock: FileLock | None = None
        self._writes = False
        self._is_changing = False
        if path.is_dir():
            raise InputError(f"{path} is a folder; name a file in it with --library")
        if not path.exists() and (write is None or not path.absolute().parent.is_dir()):
            what = "library" if write is None else "folder for the library"
            raise InputError(f"there is no {what} {path}; harvest something first, or name another with --library")
        try:
            if write is None:
                self.db = only_read(path)
                self._expect_content()
            else:
                _look_at(path)
                self._hold()
                self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
                self._prepare(write)
        except sqlite3.DatabaseError as error:
            self.close()
            raise self._told(error) or InputError(f"the library {path} cannot be opened: {error}") from error
        except OSError as error:
            self.close()
            raise InputError(f"the library {path} cannot be opened: {error.strerror or error}") from error
        except BaseException:
            self.close()
            raise

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    def close(self) -> None:
        """Close the file and let the next writer in."""
        db: sqlite3.Connection | None = getattr(self, "db", None)
        if db is not None:
            if self._writes:
                # At rest a library is one file, which can be read where nothing may be written. While somebody
                # reads, this is refused, and the two files beside it stay (sqlite.org/wal.html, "Read-Only Databases").
                with suppress(sqlite3.Error):
                    db.execute("pragma busy_timeout = 0")
                    db.execute("pragma journal_mode = delete")
            db.close()
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    def _expect_content(self) -> None:
        version = schema.check(self.db, str(self.path))
        if version == 0:
            raise LibraryError(f"{self.path} is empty; run a harvest on it first")
        if version < schema.READABLE:
            raise LibraryError(f"{self.path} is of an older version; `harvester rebuild` brings it up to date")

    def _prepare(self, write: str) -> None:
        version = schema.check(self.db, str(self.path))
        self._writes = True
        try:
            self.db.execute("pragma journal_mode = wal")
        except sqlite3.OperationalError as error:
            if "locked" not in str(error):
                raise
            raise LibraryBusy(f"the library {self.path} is being read by a long query; wait for it to end") from error
        # In WAL mode a crash of the program loses nothing; a power cut may lose the last transactions,
        # which the ledger then still counts as waiting (sqlite.org/pragma.html#pragma_synchronous).
        self.db.execute("pragma synchronous = normal")
        self.db.execute("pragma cache_size = -65536")
        self.db.execute("pragma wal_autocheckpoint = 16000")
        schema.migrate(self.db, version)
        with self.transaction() as db:
            db.execute(
                "insert or replace into holder values (1, ?, ?, ?, ?)",
                (os.getpid(), socket.gethostname(), write, now()),
            )

    def _hold(self) -> None:
        """Take the lock of the one writer, which the system gives back when a process dies."""
        lock = FileLock(f"{self.path}.lock", timeout=0)
        try:
            lock.acquire()
        except Timeout:
            raise LibraryBusy(
                f"the library {self.path} is being written by {self._holder()}; wait for it, or use another --library"
            ) from None
        self._lock = lock

    def _holder(self) -> str:
        with suppress(sqlite3.Error), closing(only_read(self.path)) as reader:
            pid, host, command, since = reader.execute("select pid, host, command, since from holder").fetchone()
            return f"`harvester {command}` (process {pid} on {host}, since {since})"
        return "another process"

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Change the file whole or not at all; inside another transaction, together with that.

        A full disk ends the run in a state that can be resumed: what was committed stays.
        """
        if self._is_changing:
            yield self.db
            return
        self._is_changing = True
        try:
            self.db.execute("begin immediate")
            try:
                yield self.db
                self.db.execute("commit")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has rolled back by itself after some errors
                    self.db.execute("rollback")
                raise
        except sqlite3.DatabaseError as error:
            told = self._told(error)
            if told is None:
                raise
            raise told from error
        finally:
            self._is_changing = False

    def _told(self, error: sqlite3.DatabaseError) -> HarvesterError | None:
        """Say what a failure of the file means to the person at the terminal; None for a fault of ours."""
        what = str(error)
        if "full" in what or "disk I/O" in what:
            return Stopped(
                f"the library {self.path} cannot grow ({error}); what was received before is kept: make room, "
                "then run `harvester resume`"
            )
        if "locked" in what:
            return LibraryBusy(f"the library {self.path} is locked by another program; close that, then go on")
        if "malformed" in what or "not a database" in what:
            return LibraryError(f"the library {self.path} is damaged ({error}); `harvester verify` says where")
        return None


def only_read(path: Path) -> sqlite3.Connection:
    """Connect so that nothing is created or changed, not even what a killed writer has left to be tidied up.

    Any thread may go on with what another has begun to read, one at a time.
    """
    place = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(place, uri=True, isolation_level=None, timeout=30, check_same_thread=False)


def _look_at(path: Path) -> None:
    """Refuse a file that is no library, or a newer one, before anything is done to it or laid beside it."""
    if path.exists():
        # What cannot be opened without a change (a transaction to be rolled back) is looked at when it is written.
        with suppress(sqlite3.OperationalError), closing(only_read(path)) as db:
            schema.check(db, str(path))
