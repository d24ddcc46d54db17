"""Looks for what must not get out: the key and the address that the user is known by, in whatever form they stand."""

import json
import zlib
from collections.abc import Collection, Iterable, Iterator, Mapping
from html import escape
from pathlib import Path
from typing import Final
from urllib.parse import quote

from harvester.library import Library

__all__ = ["forms", "members_that_tell", "tells"]

PIECE: Final = 1 << 20
SURE: Final = 12
"""Letters from which on a secret is found inside of a word too; a shorter one may be part of any."""


def members_that_tell(files: Mapping[str, Path], library: Library, secrets: Iterable[str]) -> list[str]:
    """Give the names of the files that hold a secret; in the library, which is one of them, compressed texts count."""
    wanted = frozenset(form for secret in secrets for form in forms(secret))
    if not wanted:
        return []
    found = {name for name, path in files.items() if tells(_pieces(path), wanted)}
    if tells(_texts(library), wanted):
        found |= {name for name, path in files.items() if path == library.path}
    return sorted(found)


def forms(secret: str) -> set[bytes]:
    """Give what a secret may look like, in small letters: as text, in JSON, in HTML, in a URL and in UTF-16.

    >>> {b"me@example.org", b"me%40example.org"} <= forms("Me@example.org")
    True
    """
    texts = {secret, json.dumps(secret)[1:-1], escape(secret), quote(secret, safe="")}
    return {text.lower().encode(wide) for text in texts for wide in ("utf-8", "utf-16-le", "utf-16-be")}


def tells(pieces: Iterable[bytes], wanted: Collection[bytes]) -> bool:
    """Tell whether a file holds any of these forms, across the ends of its pieces too.

    >>> (
    ...     tells([b"MAILTO=ME%40exam", b"ple.org"], forms("me@example.org")),
    ...     tells([b"a demographic survey"], forms("demo")),
    ... )
    (True, False)
    """
    before, reach = b"", max(map(len, wanted), default=0) + 1
    for piece in pieces:
        window = before + piece.lower()
        if any(form in window and _stands(form, window) for form in wanted):
            return True
        before = window[-reach:]
    return False


def _stands(form: bytes, window: bytes) -> bool:
    """Tell whether a short form stands as a word of its own; letters on both sides make it a part of another."""
    place = window.find(form)
    while place >= 0:
        around = window[place - 1 : place] if place else b"", window[place + len(form) : place + len(form) + 1]
        if len(form) >= SURE or not any(side.isalnum() for side in around):
            return True
        place = window.find(form, place + 1)
    return False


def _pieces(path: Path) -> Iterator[bytes]:
    with path.open("rb") as file:
        while piece := file.read(PIECE):
            yield piece


def _texts(library: Library) -> Iterator[bytes]:
    """Give what a library holds compressed, which the bytes of its file do not show."""
    for query in ("select raw from raws", "select detail from works where detail is not null"):
        for (packed,) in library.db.execute(query):
            yield zlib.decompress(packed) + b"\n"
