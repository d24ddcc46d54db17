"""The rows of a search strategy, and which of them are one numbered line.

Strategies are kept as text files, and are copied out of search histories and articles: with numbers in many dresses,
comments, lines that go on in the next row, and counts of hits behind them.
"""

import re
from typing import NamedTuple

from harvester.errors import QueryError
from harvester.expression.mistakes import shown
from harvester.expression.tokens import folded

__all__ = ["MOST_LINES", "Entry", "Row", "entries_of", "is_numbered", "one_row", "rows_of"]

MOST_LINES = 1_000


class Row(NamedTuple):
    """A row of the text that is neither blank nor a comment."""

    start: int
    text: str
    number: int


class Entry(NamedTuple):
    """A numbered line: where what it says begins in the whole text, and that, with blanks for the ends of rows."""

    label: str
    number: int
    start: int
    text: str
    remarks: tuple[str, ...]


_ROW = re.compile(r"[^\r\n]*(?:\r\n|\r|\n|\Z)")
_COMMENT = re.compile(r"[\s\ufeff]*(?://|#(?:\s+[^\s0-9]|\s*$))")
_LABEL = re.compile(
    r"[\s\ufeff]*(?P<label>(?P<mark>#[ \t]?|[Ss])?(?P<number>[0-9]{1,5}))"
    r"(?:(?P<sign>[.):])(?![0-9])\s*|(?P<blank>\s+)|$)"
)
_JOINED = re.compile(r"(?:AND|OR)(?:\s|$)", re.IGNORECASE)
_COUNT = re.compile(
    r"(?:\t\s{0,9}|\s{2,9})\(([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)\)$|\t *([0-9]{1,3}(?:,[0-9]{3})+|[0-9]+)$"
)
_UNFINISHED = re.compile(r"(?:[(:,-]|(?<!\S)(?:AND|OR|NOT)/?)$", re.IGNORECASE)


def rows_of(text: str) -> list[Row]:
    """Give the rows that say something; comments begin with `//`, or with `#` and a blank."""
    return [
        Row(match.start(), match[0].rstrip("\r\n"), number)
        for number, match in enumerate(_ROW.finditer(text), 1)
        if match[0].replace("\ufeff", "").strip() and not _COMMENT.match(match[0])
    ]


def _label(row: Row) -> re.Match[str] | None:
    """Find the number that a row begins with; one that an operator follows is a reference instead."""
    plain = folded(row.text)
    match = _LABEL.match(plain)
    joins = match and not match["sign"] and "\t" not in (match["blank"] or "") and _JOINED.match(plain, match.end())
    return None if joins else match


def is_numbered(rows: list[Row]) -> bool:
    """Tell whether the rows are numbered lines, of which a few may lack their number, or one search."""
    labels = [match for row in rows if (match := _LABEL.match(folded(row.text)))]
    others = sum(not row.text[0].isspace() for row in rows) - sum(not match[0][0].isspace() for match in labels)
    return len(labels) >= others and (
        len(labels) > 1 or any(match["sign"] or (match["mark"] or "").startswith("#") for match in labels)
    )


def entries_of(rows: list[Row]) -> dict[int, Entry]:
    """Put rows together to numbered lines, in the order of the text.

    Raises `QueryError` for a row that belongs to no line, an empty line, and a number that two lines have.
    """
    margin = min(len(row.text) - len(row.text.lstrip()) for row in rows)
    started: list[tuple[re.Match[str], list[Row]]] = []
    for row in rows:
        label = _label(row)
        indented = row.text[margin].isspace()
        follows = not started or abs(int(label["number"]) - int(started[-1][0]["number"])) == 1 if label else False
        if label and (follows or not indented):
            started.append((label, [row]))
        elif indented and started:
            started[-1][1].append(row)
        else:
            raise QueryError(
                f"Row {row.number} has no number: {shown(row.text.strip(), most=40)}. Indent it if it belongs to the"
                " line above, or put // before it if it is a note.",
                text=row.text,
                span=(0, len(row.text)),
            )
    if len(started) > MOST_LINES:
        raise QueryError(
            f"A strategy has at most {MOST_LINES:,} lines; this one has {len(started):,}.", text="", span=(0, 0)
        )
    entries: dict[int, Entry] = {}
    for label, own in started:
        entry = _entry(label, own)
        if entry.number in entries:
            raise QueryError(
                f"Line {entry.label}: the number {entry.number} is given to two lines.",
                text=own[0].text,
                span=label.span("label"),
            )
        entries[entry.number] = entry
    return entries


def _entry(label: re.Match[str], rows: list[Row]) -> Entry:
    first, *others = rows
    start = first.start + label.end()
    text = one_row([Row(start, first.text[label.end() :], first.number), *others]).rstrip()
    name = label["label"].replace(" ", "").replace("\t", "")
    if not text:
        raise QueryError(f"Line {name} is empty.", text=first.text, span=label.span("label"))
    count = _COUNT.search(text, max(0, len(text) - 40))
    if count is None or _UNFINISHED.search(text[: count.start()].rstrip()) or not text[: count.start()].strip():
        return Entry(name, int(label["number"]), start, text, ())
    remark = "the number at the end is taken for a count of hits and left out."
    return Entry(name, int(label["number"]), start, text[: count.start()].rstrip(), (remark,))


def one_row(rows: list[Row]) -> str:
    """Give the rows as one text, with blanks for what is between them, so that places stay what they were."""
    pieces: list[str] = []
    end = rows[0].start
    for row in rows:
        pieces += [" " * (row.start - end), row.text]
        end = row.start + len(row.text)
    return "".join(pieces)
