"""Looks for what must not get out: the key and the address that the user is known by, in whatever form they stand."""

import json
import re
import zlib
from collections.abc import Iterable, Iterator, Mapping
from html import escape
from itertools import chain
from pathlib import Path
from typing import Final
from urllib.parse import quote

from harvester.library import Library

__all__ = ["forms", "members_that_tell", "tells"]

PIECE: Final = 1 << 20
SURE: Final = 12
"""Letters from which on a secret is found inside of a word too, as an address is; a shorter one may be part of any."""
EDGE: Final = b"\n\n"
"""Stands before the first piece and after the last, as a sign on either side."""


def members_that_tell(files: Mapping[str, Path], library: Library, secrets: Iterable[str]) -> list[str]:
    """Give the names of the files that hold a secret; in the library, which is one of them, compressed texts count."""
    wanted = {form: pattern for secret in secrets for form, pattern in forms(secret).items()}
    if not wanted:
        return []
    found = {name for name, path in files.items() if tells(_pieces(path), wanted)}
    if tells(_texts(library), wanted):
        found |= {name for name, path in files.items() if path == library.path}
    return sorted(found)


def forms(secret: str) -> dict[bytes, re.Pattern[bytes]]:
    """Give what a secret may look like, in small letters, each with what finds it where it stands for itself.

    It may stand as text, in JSON, in HTML, in a URL and in UTF-16. What finds it needs `EDGE` on both sides.

    >>> {b"me@example.org", b"me%40example.org"} <= forms("Me@example.org").keys()
    True
    """
    texts = {secret, json.dumps(secret)[1:-1], escape(secret), quote(secret, safe="")}
    is_sure = len(secret) >= SURE or "@" in secret
    found = {}
    for text in texts:
        for wide, letter in _LETTERS.items():
            form = text.encode(wide).lower()
            alone = b"%b" if is_sure else b"(?<!%b)%%b(?!%b)" % (letter, letter)
            found[form] = re.compile(b"(?<=..)%b(?=..)" % (alone % re.escape(form)), re.DOTALL)
    return found


_LETTERS: Final = {"utf-8": b"[0-9a-z]", "utf-16-le": b"[0-9a-z]\0", "utf-16-be": b"\0[0-9a-z]"}
"""A letter of a word as the bytes of each encoding have it."""


def tells(pieces: Iterable[bytes], wanted: Mapping[bytes, re.Pattern[bytes]]) -> bool:
    """Tell whether a file holds any of these forms, across the ends of its pieces too.

    >>> (
    ...     tells([b"MAILTO=ME%40exam", b"ple.org"], forms("me@example.org")),
    ...     tells([b"a demographic survey"], forms("demo")),
    ... )
    (True, False)
    """
    before, reach = b"", max(map(len, wanted), default=0) + 2 * len(EDGE)
    for piece in chain((EDGE,), pieces, (EDGE,)):
        window = before + piece.lower()
        if any(form in window and pattern.search(window) for form, pattern in wanted.items()):
            return True
        before = window[-reach:]
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
