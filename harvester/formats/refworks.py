"""RefWorks' tagged format, which Chinese databases (CNKI, Wanfang) export as well.

Two letters, a space, a value; a record begins with `RT`. The tags mean what tags of RIS mean, under other names
(refworks.com, "RefWorks Tagged Format").
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from harvester.errors import InputError
from harvester.formats import ris
from harvester.formats.lines import numbered, opening, together
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.model import Record, Skip

__all__ = ["READER", "TAGS", "recognises", "record", "split"]

TAGS: Final = {
    "A1": "A1",
    "A2": "A2",
    "A3": "A3",
    "AB": "AB",
    "AD": "AD",
    "AN": "AN",
    "DB": "DB",
    "DO": "DO",
    "DS": "DB",
    "ED": "ET",
    "FD": "DA",
    "IS": "IS",
    "JF": "JF",
    "JO": "JO",
    "K1": "KW",
    "LA": "LA",
    "LK": "LK",
    "NO": "N1",
    "OP": "EP",
    "PB": "PB",
    "PP": "CY",
    "RT": "TY",
    "SN": "SN",
    "SP": "SP",
    "T1": "T1",
    "T2": "T2",
    "T3": "T3",
    "UL": "UR",
    "VO": "VL",
    "YR": "PY",
}
"""The tags, and those of RIS that mean the same."""

_FIELD = re.compile(r"([A-Z][A-Z0-9])(?: (.*)|())$", re.DOTALL)


def recognises(head: bytes) -> bool:
    """Whether the first line that is not blank is an `RT`, with a title or an author among the next."""
    lines = [text for _, text in numbered(opening(head)) if text.strip()]
    tags = [match[1] for text in lines[:30] if (match := _FIELD.match(text))]
    return bool(lines) and lines[0].startswith("RT ") and not {"T1", "A1"}.isdisjoint(tags)


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into records, at each `RT`.

    Raises `InputError` for a file without any record.
    """
    lines: list[tuple[int, str]] = []
    for number, text in numbered(text_of(file)):
        if text.startswith("RT ") and lines:
            yield together(lines)
            lines = []
        if lines or text.startswith("RT "):
            lines.append((number, text))
    if not lines:
        raise InputError("no line begins a record (RT ...); it is not RefWorks' tagged format, or it is empty")
    yield together(lines)


def record(text: str, source: str) -> Record | Skip:
    """Read one record; tags that RIS has no word for stay in the fragment.

    >>> work = record("RT Journal Article\\nA1 张三;李四;\\nT1 同伴支持\\nYR 2020\\nDS CNKI", "cnki")
    >>> work.title, [one.name for one in work.authors], work.year
    ('同伴支持', ['张三', '李四'], 2020)
    """
    found: list[tuple[str, list[str]]] = []
    for _, line in numbered(text):
        if match := _FIELD.match(line.rstrip()):
            found.append((match[1], [(match[2] or "").strip()]))
        elif found and line.strip():
            found[-1][1].append(line.strip())
    values = [(TAGS[tag], "\n".join(listed)) for tag, listed in found if tag in TAGS]
    return ris.described(values, fragment=text, source=source)


READER = Reader(
    name="refworks",
    description="RefWorks tagged, also of CNKI and Wanfang",
    recognises=recognises,
    split=split,
    record=record,
)
