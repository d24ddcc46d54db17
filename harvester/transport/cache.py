"""Answers that were had before: the body of every 200 and 404 by its URL, for as long as the folder is kept."""

import hashlib
import logging
import sqlite3
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from pathlib import Path
from typing import NamedTuple

import hishel
import httpx

__all__ = ["Cache", "Stored"]


class Stored(NamedTuple):
    """An answer as it was: its status, and the body after decompression."""

    status: int
    body: bytes


class Cache:
    """Keeps answers in a folder, and does without when the folder cannot be used.

    hishel stores; what is kept is decided here, because its own transport keeps no 404 and writes the
    request's headers next to each entry (github.com/karpetrosyan/hishel, `httpx/_async.py`). A body is stored
    as it came, still compressed, with its SHA-256: bytes that changed on the disk are not an answer.

    No method raises for a folder that cannot be written, a full disk or a damaged file. `failure` is then the
    reason, and every answer is a miss. Several processes may share a folder.
    """

    def __init__(self, folder: Path) -> None:
        self.failure: str | None = None
        # hishel's default limit is 1 GiB, after which it evicts; a review's evidence is not evicted.
        self._storage = hishel.AsyncSqliteStorage(database_path=folder / "http.sqlite", max_size=None)

    async def find(self, url: str) -> Stored | None:
        """Give the answer that is kept for a URL."""
        with self._noting_failure():
            for entry in await self._storage.get_entries(url):
                raw = await _stored_bytes(entry.response)
                if raw is not None and hashlib.sha256(raw).hexdigest() == entry.response.headers.get("sha256"):
                    headers = {"content-encoding": entry.response.headers.get("content-encoding", "identity")}
                    decoded = httpx.Response(entry.response.status_code, headers=headers, content=raw)
                    return Stored(decoded.status_code, decoded.content)
                await self._storage.remove_entry(entry.id)
        return None

    async def keep(self, url: str, *, status: int, raw: bytes, encoding: str) -> None:
        """Keep an answer, in place of any other for its URL; `raw` is its body as it came over the wire."""

        async def body() -> AsyncIterator[bytes]:
            yield raw

        headers = hishel.Headers(
            {"content-encoding": encoding, "sha256": hashlib.sha256(raw).hexdigest(), "kept": str(time.time_ns())}
        )
        with self._noting_failure():
            entry = await self._storage.create_entry(
                hishel.Request(method="GET", url=url),
                hishel.Response(status_code=status, headers=headers, stream=body()),
                url,
            )
            await _stored_bytes(entry.response)  # reading it is what saves it
            kept = await self._storage.get_entries(url)
            if any(each.id == entry.id for each in kept):  # the disk may be full, and the former answer the only one
                # Two processes that keep an answer at the same time must agree which one stays, or each takes the
                # other's away.
                newest = max(kept, key=_age)
                for each in kept:
                    if each.id != newest.id:
                        await self._storage.remove_entry(each.id)

    async def forget(self, url: str) -> None:
        """Take an answer out."""
        with self._noting_failure():
            for entry in await self._storage.get_entries(url):
                await self._storage.remove_entry(entry.id)

    async def aclose(self) -> None:
        """Close the file."""
        with self._noting_failure():
            await self._storage.close()

    @contextmanager
    def _noting_failure(self) -> Iterator[None]:
        complaints: list[BaseException] = []
        token = _complaints.set(complaints)
        try:
            yield
        except (sqlite3.Error, OSError, RuntimeError) as error:
            # RuntimeError: the file holds tables that are not hishel's, or those of its first version.
            complaints.append(error)
        finally:
            _complaints.reset(token)
            if complaints and self.failure is None:
                self.failure = " ".join(str(complaints[0]).split()) or type(complaints[0]).__name__


def _age(entry: hishel.Entry) -> tuple[int, str]:
    kept = entry.response.headers.get("kept") or ""
    return int(kept) if kept.isascii() and kept.isdigit() and len(kept) < 25 else 0, str(entry.id)


async def _stored_bytes(response: hishel.Response) -> bytes | None:
    stream = response.stream
    if not isinstance(stream, AsyncIterator):
        return None
    try:
        return b"".join([chunk async for chunk in stream])
    except (RuntimeError, TypeError):  # a part of the body is gone, or is no bytes
        return None


_complaints: ContextVar[list[BaseException] | None] = ContextVar("_complaints", default=None)


class _Complaints(logging.Filter):
    """Gives hishel's complaints to the cache that caused them, and leaves other users of hishel their log."""

    def filter(self, record: logging.LogRecord) -> bool:
        complaints = _complaints.get()
        if complaints is None:
            return True
        error = record.exc_info[1] if record.exc_info else None
        # An entry that cannot be decoded is dropped by hishel: asked again, it does no harm.
        if isinstance(error, sqlite3.Error | OSError):
            complaints.append(error)
        return False


# hishel does not raise for a full disk or a damaged file: it writes a traceback to its log, which reaches
# the terminal where nothing is configured.
logging.getLogger(hishel.AsyncSqliteStorage.__module__).addFilter(_Complaints())
