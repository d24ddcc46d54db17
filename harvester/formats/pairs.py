"""Pairs that a person should look at, two works or a reference and a work, as a table to be filled in and read back.

Excel and its kin open it by a double click: it begins with a byte order mark, and no cell runs as a formula. What
people decide stands in the first column; what names the pair is in the next two, and nothing else is read back.
"""

import csv
from collections.abc import Iterable, Sequence
from typing import BinaryIO, Literal, NamedTuple, TextIO

from harvester.errors import InputError
from harvester.formats.reading import text_of
from harvester.formats.sheets import delimited
from harvester.formats.table import COLUMNS, cell
from harvester.model import Work

__all__ = ["DECISIONS", "Row", "read_pairs", "read_references", "write_pairs", "write_references"]

DECISIONS: tuple[Literal["same", "different", "undecided"], ...] = ("same", "different", "undecided")
"""What may stand in the first column; empty is no decision."""

SHOWN = ("title", "authors", "year", "venue", "volume", "issue", "pages", "doi", "pmid", "type", "sources", "abstract")


REFERENCES = ("reference", "work", "as printed", "reads", "standing", "reason", "found at", "printed by")
"""The columns of a table of references after the decision; the first two name the pair."""


class Row(NamedTuple):
    """A row of the table that holds a decision."""

    line: int
    decision: Literal["same", "different", "undecided"]
    one: str
    other: str


def write_pairs(stream: TextIO, pairs: Iterable[tuple[Work, Work, str]]) -> None:
    """Write pairs of works, each with the reason why it is not decided yet; a field of the two side by side."""
    stream.write("\ufeff")
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["decision", "one", "other", "reason", *(f"{name} {side}" for name in SHOWN for side in (1, 2))])
    for one, other, reason in pairs:
        fields = (cell(COLUMNS[name](work)) for name in SHOWN for work in (one, other))
        table.writerow(["", one.key, other.key, cell(reason), *fields])


def write_references(stream: TextIO, rows: Iterable[Sequence[str]]) -> None:
    """Write references, each with a work that it may name; a row holds what `REFERENCES` lists."""
    stream.write("\ufeff")
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["decision", *REFERENCES])
    table.writerows(["", *map(cell, row)] for row in rows)


def read_pairs(file: BinaryIO) -> list[Row]:
    """Read the decisions in a table of works, however a spreadsheet has saved it; rows without one are left out.

    Raises `InputError` for a file that has no such columns, or that says something else than same, different or
    undecided, with its line.

    >>> import io
    >>> read_pairs(io.BytesIO(b"decision;one;other\\nsame;doi:10.1/a;import:x\\n;a;b\\n"))
    [Row(line=2, decision='same', one='doi:10.1/a', other='import:x')]
    """
    return _read(file, ("decision", "one", "other"), command="dedupe")


def read_references(file: BinaryIO) -> list[Row]:
    """Read the decisions in a table of references: `one` is what stands for the reference, `other` the work's key.

    Raises `InputError` as `read_pairs` does.
    """
    return _read(file, ("decision", *REFERENCES[:2]), command="match")


def _read(file: BinaryIO, columns: tuple[str, str, str], *, command: str) -> list[Row]:
    text = text_of(file).removeprefix("\ufeff")
    first = text.partition("\n")[0]
    rows = delimited(text, max(",;\t", key=first.count))
    _, headings = next(rows, (0, []))
    names = [heading.strip().strip('"').lower() for heading in headings]
    if not set(columns) <= set(names):
        listed = f"{columns[0]}, {columns[1]} and {columns[2]}"
        raise InputError(f"it lacks the columns {listed}; `harvester {command} --review FILE` writes them")
    places = [names.index(name) for name in columns]
    found = []
    for line, cells in rows:
        decision, one, other = (cells[place].strip() if place < len(cells) else "" for place in places)
        if not decision:
            continue
        known = next((each for each in DECISIONS if each == decision.lower()), None)
        if known is None:
            raise InputError(f"line {line} says {decision!r}; write {', '.join(DECISIONS)}, or nothing")
        found.append(Row(line, known, one, other))
    return found
