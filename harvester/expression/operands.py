"""What a sign of another database stands beside: the words, the phrase or the brackets that it is said of."""

import re
from itertools import groupby
from typing import NamedTuple

from harvester.expression.tokens import Kind, Scan

__all__ = ["Operand", "after", "before", "with_phrases"]

_APART = re.compile(
    r"(?i:adj\d{0,3}|near/\d{0,3}|(?:onear|pre|next|[npw])/\d{1,3}|exp|[&|!+/=-]+|#\d{1,4})|[NW]\d{1,2}|NEAR\d*|NEXT|[A-Z]{2,3}=.*"
)
"""Chunks that are no words, and end a run of words."""


class Operand(NamedTuple):
    """A stretch of the text that a sign is said of; `several` when it is words without quotes or brackets."""

    start: int
    end: int
    text: str
    several: bool

    @property
    def as_phrase(self) -> str:
        """Write it as one thing: other databases take words side by side for a phrase."""
        bare = self.text.lstrip("*").strip("'")
        return f'"{bare}"' if self.several else bare

    @property
    def as_one(self) -> str:
        """Write it so that a field in front is said of all of it."""
        return f"({self.text})" if self.several else self.text


def before(scan: Scan, place: int, *, own: int = 0) -> Operand | None:
    """Give what ends where a token begins, or `own` characters into it; None where nothing does."""
    kind = scan.kind(place - 1)
    end = scan.tokens[place].start + own
    if own or kind is Kind.CHUNK:
        first = place if own else place - 1
        if not own and _APART.fullmatch(scan.tokens[first].text):
            return None
        while _goes_on(scan, first - 1):
            first -= 1
        last = place if own else place - 1
        return _cut(scan, first, last, end if own else scan.tokens[last].end)
    if kind is Kind.CLOSE:
        return _cut(scan, scan.partner[place - 1], None, scan.tokens[place - 1].end)
    if kind is Kind.PHRASE:
        return _cut(scan, place - 1, None, scan.tokens[place - 1].end)
    return None


def with_phrases(scan: Scan, operand: Operand) -> str:
    """Write it with quotes around words side by side, in its brackets too: at Ovid they are phrases."""
    if operand.several:
        return operand.as_phrase
    inside = (
        place for place, token in enumerate(scan.tokens) if operand.start <= token.start and token.end <= operand.end
    )
    written: list[str] = []
    at = operand.start
    for are_words, run in groupby(inside, key=lambda place: _goes_on(scan, place)):
        places = list(run)
        if are_words and len(places) > 1:
            start, end = scan.tokens[places[0]].start, scan.tokens[places[-1]].end
            written += [scan.text[at:start], f'"{scan.text[start:end]}"']
            at = end
    return "".join(written) + scan.text[at : operand.end]


def _goes_on(scan: Scan, place: int) -> bool:
    """Tell whether a run of words holds what stands at a place: a chunk that is no sign, and of no field."""
    is_free = scan.kind(place) is Kind.CHUNK and scan.kind(place - 1) is not Kind.FIELD
    return is_free and not _APART.fullmatch(scan.tokens[place].text)


def after(scan: Scan, place: int) -> Operand | None:
    """Give what begins after a token; None where nothing does."""
    first = place + 1
    kind = scan.kind(first)
    if kind is Kind.CHUNK:
        last = first
        while scan.kind(last + 1) is Kind.CHUNK and not _APART.fullmatch(scan.tokens[last + 1].text):
            last += 1
        return _cut(scan, first, last, scan.tokens[last].end)
    if kind is Kind.OPEN:
        return _cut(scan, first, None, scan.tokens[scan.partner[first]].end)
    if kind is Kind.PHRASE:
        return _cut(scan, first, None, scan.tokens[first].end)
    return None


def _cut(scan: Scan, first: int, last: int | None, end: int) -> Operand:
    start = scan.tokens[first].start
    return Operand(start, end, scan.text[start:end], last is not None and last > first)
