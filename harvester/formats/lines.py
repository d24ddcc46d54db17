"""Lines of a text file as its writer meant them, and the opening of a file by which its format is known."""

import codecs
import io
import re
from collections.abc import Iterator
from contextlib import suppress

from harvester.errors import InputError
from harvester.formats.reading import Fragment, text_of

__all__ = ["numbered", "opening", "together"]

# `str.splitlines` also cuts at form feeds, at U+2028 and at U+0085, which stand inside abstracts.
_LINE_END = re.compile(r"\r\n|\n|\r")


def numbered(text: str) -> Iterator[tuple[int, str]]:
    """Give each line with its number from 1, whichever of the three line ends it has; marks of byte order go.

    >>> list(numbered("TY  - JOUR\\r\\nER  - \\r\\ufeffTY  - BOOK"))
    [(1, 'TY  - JOUR'), (2, 'ER  - '), (3, 'TY  - BOOK')]
    """
    start, number = 0, 1
    for end in _LINE_END.finditer(text):
        yield number, text[start : end.start()].removeprefix("\ufeff")
        start, number = end.end(), number + 1
    if start < len(text):
        yield number, text[start:].removeprefix("\ufeff")


def opening(head: bytes) -> str:
    """The beginning of a file as text, without its mark of byte order; empty where it is no text.

    >>> opening("TY  - JOUR\\nAU  - Müller".encode()[:-5])
    'TY  - JOUR\\nAU  - M'
    """
    if b"\0" not in head:
        # The end of `head` may cut a character in two.
        with suppress(UnicodeDecodeError):
            return codecs.getincrementaldecoder("utf-8")().decode(head).removeprefix("\ufeff")
    try:
        return text_of(io.BytesIO(head)).removeprefix("\ufeff")
    except InputError:
        return ""


def together(lines: list[tuple[int, str]]) -> Fragment:
    """The fragment of these lines, one of which is not blank, without the blank ones before and behind it."""
    told = [place for place, (_, line) in enumerate(lines) if line.strip()]
    kept = lines[told[0] : told[-1] + 1]
    return Fragment(kept[0][0], "\n".join(line for _, line in kept))
