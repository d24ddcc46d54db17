"""What keeps a text from being read, and the reading of it once that is mended.

Each mistake carries, where there is one, the edit that mends it in its place. A text from another database holds
the same mistake in many places, so the edits are made one after the other until the whole can be read: what is
then suggested is a query to paste, and one that is known to be understood.
"""

import re
from collections.abc import Callable
from typing import NamedTuple

from harvester.expression.tree import Span

__all__ = ["Edit", "Mended", "Mistake", "mended", "printable", "shown"]

_MOST_EDITS = 300
# A text with more kinds of mistakes is no search at all, and a sentence for each would be a page.
_MOST_TOLD = 3
_MOST_READ = 400_000
"""Characters read over and over while mending; it bounds the time that a long, thoroughly wrong text takes."""


class Edit(NamedTuple):
    """What to write between two places instead of what stands there."""

    start: int
    end: int
    text: str


class Mistake(Exception):
    """A place that cannot be read, and why, in a sentence for the person who wrote it.

    An edit that is not `exact` asks for something else than what was written, and its sentence says what. Of mistakes
    with the same `topic` the sentence of one is enough.
    """

    def __init__(
        self, sentence: str, span: Span, edit: Edit | str | None = None, *, exact: bool = True, topic: str | None = None
    ) -> None:
        super().__init__(sentence)
        self.sentence = sentence
        self.span = span
        self.edit = Edit(*span, edit) if isinstance(edit, str) else edit
        self.exact = exact
        self.topic = topic or sentence


class Mended(NamedTuple):
    """The whole text that can be read, None where no edits lead to one; and what the reader has to be told of them."""

    text: str | None
    sentences: tuple[str, ...] = ()


def mended(text: str, mistake: Mistake, read: Callable[[str], object]) -> Mended:
    """Make edit after edit until `read` raises no `Mistake`.

    The sentences say what the further edits lose, each loss once, and how many edits there were.
    """
    first, losses = mistake.topic, dict[str, str]()
    left = _MOST_READ
    for count in range(1, _MOST_EDITS + 1):
        left -= len(text)
        if mistake.edit is None or left < 0:
            break
        start, end, replacement = mistake.edit
        text = text[:start] + replacement + text[end:]
        if not mistake.exact and mistake.topic != first:
            losses.setdefault(mistake.topic, mistake.sentence)
        try:
            read(text)
        except Mistake as next_mistake:
            mistake = next_mistake
            continue
        more = f"{count - 1} more places" if count > 2 else "one more place"
        others = (f"The suggestion mends {more}.",) if count > 1 and not 0 < len(losses) <= _MOST_TOLD else ()
        return Mended(re.sub(r"\s+", " ", text).strip(), others or tuple(losses.values()))
    return Mended(None)


def printable(text: str) -> str:
    """Give a sentence with blanks for what is not seen or would move the cursor.

    >>> printable("peer\\x1b[2J")
    'peer [2J'
    """
    return text if text.isprintable() else "".join(sign if sign.isprintable() else " " for sign in text)


def shown(text: str, *, most: int = 60) -> str:
    """Give a piece of the text for a sentence about it: in single quotes, short, and without what is not seen."""
    flat = " ".join(printable(text[: most + 1]).split())
    return f"'{flat if len(text) <= most else flat[: most - 1] + '…'}'"
