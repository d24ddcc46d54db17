"""NoteExpress' text, which CNKI, Wanfang and VIP export and Chinese libraries teach.

A name in braces, a colon, a value; a record begins with `{Reference Type}`. The names are those of EndNote's fields.
CNKI writes people in one line with semicolons, Wanfang and VIP a line for each.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from harvester.errors import InputError
from harvester.formats import enw
from harvester.formats.lines import numbered, opening, together
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.tagged import grouped
from harvester.model import Record, Skip

__all__ = ["FIELDS", "READER", "recognises", "record", "split"]

FIELDS: Final = {
    "Reference Type": "0",
    "Title": "T",
    "Translated Title": "Q",
    "Author": "A",
    "Secondary Author": "E",
    "Author Address": "+",
    "Journal": "J",
    "Secondary Title": "B",
    "Tertiary Title": "S",
    "Year": "D",
    "Date": "8",
    "Volume": "V",
    "Issue": "N",
    "Pages": "P",
    "Article Number": "]",
    "Publisher": "I",
    "Place Published": "C",
    "ISBN/ISSN": "@",
    "DOI": "R",
    "Type of Work": "9",
    "Language": "G",
    "Keywords": "K",
    "Abstract": "X",
    "URL": "U",
    "Notes": "Z",
    "Database Provider": "W",
}
"""The names of fields, and EndNote's tags that mean the same."""

_FIELD = re.compile(r"\{([^{}\n]{1,40})\}:[ \t]*(.*)$", re.DOTALL)
_BEGINS = re.compile(r"\{Reference Type\}:")


def recognises(head: bytes) -> bool:
    """Whether the first line that is not blank says the type of a reference."""
    return _BEGINS.match(opening(head).lstrip()) is not None


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into records, at each `{Reference Type}`.

    Raises `InputError` for a file without any record.
    """
    lines: list[tuple[int, str]] = []
    for number, text in numbered(text_of(file)):
        if _BEGINS.match(text) and lines:
            yield together(lines)
            lines = []
        if lines or _BEGINS.match(text):
            lines.append((number, text))
    if not lines:
        raise InputError("no line begins a record ({Reference Type}: ...); it is not NoteExpress' text, or it is empty")
    yield together(lines)


def record(text: str, source: str) -> Record | Skip:
    """Read one record; fields that EndNote has no tag for stay in the fragment.

    >>> work = record(
    ...     "{Reference Type}: Journal Article\\n{Title}: 同伴支持\\n{Author}: 张三;李四;\\n{Year}: 2020", "cnki"
    ... )
    >>> work.title, [one.name for one in work.authors], work.year
    ('同伴支持', ['张三', '李四'], 2020)
    """
    found: list[tuple[str, list[str]]] = []
    for _, line in numbered(text):
        if match := _FIELD.match(line.rstrip()):
            found.append((match[1], [match[2].strip()]))
        elif found and line.strip():
            found[-1][1].append(line.strip())
    values = grouped((FIELDS[name], "\n".join(listed).strip()) for name, listed in found if name in FIELDS)
    if values.keys().isdisjoint("JB") and "Conference" in (values.get("0") or [""])[0]:
        values["B"] = values.pop("S", [])  # where CNKI has the proceedings
    return enw.described({tag: listed for tag, listed in values.items() if listed}, fragment=text, source=source)


READER = Reader(
    name="noteexpress",
    description="NoteExpress' text, of CNKI, Wanfang and VIP",
    recognises=recognises,
    split=split,
    record=record,
)
