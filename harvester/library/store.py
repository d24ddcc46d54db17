"""The library file: opened, locked for one writer, and changed only in whole transactions."""

import os
import socket
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from pathlib import Path
from types import TracebackType
from typing import Self

from filelock import FileLock, Timeout

from harvester.errors import InputError, LibraryBusy, LibraryError, Stopped
from harvester.library import schema

__all__ = ["Library", "now"]


def now() -> str:
    """Give the present time as the ledger writes it: UTC, to the second."""
    return datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


class Library:
    """One library file, open for reading or for writing.

    Readers work while a harvest writes. Two writers are never let in: the second gets `LibraryBusy` with the
    name of the first. Opening for writing creates the file and brings an older one up to date.

    Raises `NotALibrary`, `NewerLibrary`, `LibraryBusy` or `InputError` (no such file, not writable).
    """

    def __init__(self, path: Path, *, write: str | None = None) -> None:
        """Open `path`; `write` names the command that is going to write, None only reads."""
        self.path = path
        self._lock: FileLock | None = None
        if write is None and not path.is_file():
            raise InputError(f"there is no library {path}; harvest something first, or name another with --library")
        try:
            if write is not None:
                self._hold()
            self.db = sqlite3.connect(path, isolation_level=None, timeout=30)
        except (OSError, sqlite3.OperationalError) as error:
            self._release()
            raise InputError(f"the library {path} cannot be opened: {error}") from error
        except BaseException:
            self._release()
            raise
        try:
            self._prepare(write)
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
        self.db.close()
        self._release()

    def _prepare(self, write: str | None) -> None:
        try:
            version = schema.check(self.db, str(self.path))
            if write is None:
                if version < schema.SCHEMA_VERSION:
                    raise LibraryError(f"{self.path} is empty or of an older version; run a harvest on it first")
                self.db.execute("pragma query_only = 1")
                return
            self.db.execute("pragma journal_mode = wal")
            # In WAL mode a crash of the program loses nothing; a power cut may lose the last transactions,
            # which the ledger then still counts as waiting (sqlite.org/pragma.html#pragma_synchronous).
            self.db.execute("pragma synchronous = normal")
            self.db.execute("pragma cache_size = -65536")
            self.db.execute("pragma wal_autocheckpoint = 16000")
            schema.migrate(self.db, version)
        except sqlite3.OperationalError as error:
            raise InputError(f"the library {self.path} cannot be opened: {error}") from error
        with self.transaction() as db:
            db.execute(
                "insert or replace into holder values (1, ?, ?, ?, ?)",
                (os.getpid(), socket.gethostname(), write, now()),
            )

    def _hold(self) -> None:
        """Take the lock of the one writer, which the system gives back when a process dies."""
        self._lock = FileLock(f"{self.path}.lock", timeout=0)
        try:
            self._lock.acquire()
        except Timeout:
            self._lock = None
            raise LibraryBusy(
                f"the library {self.path} is being written by {self._holder()}; wait for it, or use another --library"
            ) from None

    def _holder(self) -> str:
        with suppress(sqlite3.Error):
            reader = sqlite3.connect(self.path, timeout=5)
            try:
                pid, host, command, since = reader.execute("select pid, host, command, since from holder").fetchone()
            finally:
                reader.close()
            return f"`harvester {command}` (process {pid} on {host}, since {since})"
        return "another process"

    def _release(self) -> None:
        if self._lock is not None:
            self._lock.release()
            self._lock = None

    @contextmanager
    def transaction(self) -> Iterator[sqlite3.Connection]:
        """Change the file whole or not at all.

        A full disk ends the run in a state that can be resumed: what was committed stays.
        """
        try:
            self.db.execute("begin immediate")
            try:
                yield self.db
                self.db.execute("commit")
            except BaseException:
                with suppress(sqlite3.Error):  # SQLite has rolled back by itself after some errors
                    self.db.execute("rollback")
                raise
        except sqlite3.OperationalError as error:
            if "full" in str(error) or "disk I/O" in str(error):
                raise Stopped(
                    f"the library {self.path} cannot grow ({error}); what was received before is kept: make room, "
                    "then run `harvester resume`"
                ) from error
            raise
