"""Crossref's cursors: searches that stay open on the server and remember how far they have been read.

A cursor is an Elasticsearch scroll id. It is the same on every page, because the position is kept here and not in
the cursor (recorded answers of June 2026, GitHub sckott/habanero `test/cassettes`). So an answer that is lost and
asked for again is skipped, and a scroll nobody reads for five minutes is gone.
"""

import base64
import hashlib
from collections.abc import Sequence
from dataclasses import dataclass

__all__ = ["Found", "Scrolls"]

Found = tuple[int, float]
"""The position of a record, and its score."""

_IDLE_SECONDS = 300
_SHARDS = 36  # with these a scroll id has the 1,512 characters that were recorded


@dataclass
class _Scroll:
    found: Sequence[Found]
    rows: int
    position: int
    used: float


class Scrolls:
    """The open scrolls of a server."""

    def __init__(self) -> None:
        self._open: dict[str, _Scroll] = {}
        self._opened = 0

    def open(self, found: Sequence[Found], *, rows: int, now: float) -> str:
        """Keep a search open; the cursor that reads it from its first page."""
        self._opened += 1
        cursor = _scroll_id(self._opened)
        self._open[cursor] = _Scroll(found, rows, 0, now)
        return cursor

    def read(self, cursor: str, *, now: float) -> tuple[Sequence[Found], int] | None:
        """The next page and the number of all records, or None for a cursor that is not open.

        >>> scrolls = Scrolls()
        >>> cursor = scrolls.open([(0, 1.0), (1, 1.0)], rows=1, now=0.0)
        >>> [scrolls.read(cursor, now=1.0) for page in range(3)]
        [([(0, 1.0)], 2), ([(1, 1.0)], 2), ([], 2)]
        >>> scrolls.read(cursor, now=302.0) is None
        True
        """
        self._open = {name: scroll for name, scroll in self._open.items() if now - scroll.used <= _IDLE_SECONDS}
        scroll = self._open.get(cursor)
        if scroll is None:
            return None
        page = scroll.found[scroll.position : scroll.position + scroll.rows]
        scroll.position += len(page)
        scroll.used = now
        return page, len(scroll.found)


def _scroll_id(number: int) -> str:
    # the form of Elasticsearch's own: the kind of search, then context and node of every shard, URL-safe base64
    shards = bytearray(b"\x0equeryThenFetch" + bytes([_SHARDS]))
    for shard in range(_SHARDS):
        mark = hashlib.blake2b(f"{number} {shard}".encode(), digest_size=16).digest()
        shards += number.to_bytes(8, "big") + b"\x16" + base64.urlsafe_b64encode(mark)[:22]
    return base64.urlsafe_b64encode(bytes(shards)).decode("ascii")
