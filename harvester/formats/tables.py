"""Tables of records: CSV with any sign between the cells, and the workbooks of Excel.

What a file is, is told by its headings: a row, among the first that it has, of which at least two cells are headings
that `harvester.formats.columns` knows. Rows before it are notes, as Dimensions writes them; it may stand again further
down, where files were put together.
"""

import io
import json
import re
from collections.abc import Iterator
from itertools import chain, islice
from typing import BinaryIO, Final

from harvester.errors import InputError
from harvester.formats import wos
from harvester.formats.columns import WOS, folded, role
from harvester.formats.reading import LARGEST, Fragment, Reader, text_of
from harvester.formats.sheets import DELIMITERS, delimited, is_workbook, workbook
from harvester.formats.table_rows import as_text, filled
from harvester.model import Record, Skip

__all__ = ["READERS", "record"]

NOTES: Final = 30
"""Rows that may stand above the headings."""
FEWEST: Final = 2
# One of these says that rows are works and not, say, authors with their years.
_TELLING: Final = frozenset(("title", "abstract", "doi", "pmid", "openalex", "references", "pmcid"))
_TAG: Final = re.compile(r"[A-Z][A-Z0-9]")


def record(text: str, source: str) -> Record | Skip:
    """Read one row, kept as a JSON object of its cells by their headings.

    >>> record('{"Titel": "Peers help", "Jahr": "2020"}', "ours").year
    2020
    """
    try:
        row = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Skip(source=source, reason="not a row of a table", detail=str(error)[:200])
    if not isinstance(row, dict):
        return Skip(source=source, reason="not a row of a table", detail=text[:200])
    tagged = _tagged(row)
    if tagged is not None:
        return wos.described(tagged, fragment=text, source=source)
    return filled(row, source=source, fragment=text)


# Tags under which the plain-text export has one value a line.
_LISTED: Final = frozenset(("AU", "AF", "BA", "BF", "BE", "CA", "GP", "CR", "C3", "EM"))


def _tagged(row: dict[str, object]) -> dict[str, list[str]] | None:
    """The values of a row under the tags of the Web of Science; None for the row of another exporter."""
    given = {heading: value for heading, value in row.items() if isinstance(value, str)}
    if not (given.keys() >= {"PT", "TI"} or any(folded(heading).startswith("ut unique") for heading in given)):
        return None
    values: dict[str, list[str]] = {}
    for heading, value in given.items():
        tag = heading if _TAG.fullmatch(heading) else WOS.get(folded(heading))
        if tag is None or value.strip() in ("", "NA"):
            continue
        signs = r";\s*(?=\[)" if tag == "C1" and "[" in value else ";" if tag in _LISTED | {"C1"} else None
        pieces = re.split(signs, value) if signs else [value]
        values.setdefault(tag, []).extend(piece.strip() for piece in pieces if piece.strip())
    return values


# -- headings --------------------------------------------------------------------------------------------------


def _is_tagged(headings: list[str]) -> bool:
    """Whether the headings are the two-letter tags of the Web of Science, of which `PT` comes first."""
    return headings[0].removeprefix("\ufeff").strip() == "PT" and {"AU", "TI"} <= set(map(str.strip, headings))


def _known(headings: list[str]) -> int:
    """How many headings mean something; 0 where they are not those of a table of works."""
    if len(headings) < FEWEST or headings[0].lstrip("\ufeff ").startswith(("{", "[", "<", "@")):
        return 0  # JSON, XML and BibTeX have words between commas too
    if _is_tagged(headings):
        return len(headings)
    found = {name for heading in headings if len(heading) < 80 and (name := role(heading))}
    return len(found) if len(found) >= FEWEST and found & _TELLING else 0


def _layout(text: str) -> tuple[int, str] | None:
    """The row of headings and the sign between cells: those with which the most headings are known."""
    best: tuple[int, int, str] | None = None
    head = text.removeprefix("\ufeff")[:200_000]
    for delimiter in DELIMITERS:
        if delimiter not in head:
            continue
        try:
            for number, (place, cells) in enumerate(delimited(head, delimiter)):
                if number > NOTES:
                    break
                count = _known(cells)
                if count and (best is None or count > best[0]):
                    best = (count, place, delimiter)
        except InputError:
            continue
    return best and best[1:]


def _headed(rows: Iterator[tuple[int, list[str]]], headings: list[str]) -> Iterator[Fragment]:
    """The rows below the headings as fragments, their headings made distinct."""
    names: list[str] = []
    for place, heading in enumerate(heading.strip() for heading in headings):
        name = heading.removeprefix("\ufeff") or f"column {place + 1}"
        copies = sum(1 for one in names if one == name or one.startswith(f"{name} ("))
        names.append(f"{name} ({copies + 1})" if copies else name)
    again = [heading.strip() for heading in headings]
    for number, cells in rows:
        stripped = [cell.strip() for cell in cells]
        if stripped == again or not any(cell.strip("-:= ") for cell in stripped):  # the rule below Markdown's headings
            continue
        wide = names + [f"column {place + 1}" for place in range(len(names), len(cells))]
        text = as_text(dict(zip(wide, cells, strict=False)))
        if text != "{}":
            yield Fragment(number, text)


# -- files -----------------------------------------------------------------------------------------------------


def _recognises_text(head: bytes) -> bool:
    if is_workbook(head):
        return False
    try:
        text = text_of(io.BytesIO(head))
    except InputError:
        try:
            text = text_of(io.BytesIO(head[:-1]))  # UTF-16 that is cut within a character
        except InputError:
            return False
    return _layout(text) is not None


def _split_text(file: BinaryIO) -> Iterator[Fragment]:
    text = text_of(file)
    layout = _layout(text)
    if layout is None:
        raise InputError(
            "the table has no row of headings such as Title, Authors, Year, DOI; add one and import it again"
        )
    place, delimiter = layout
    headings: list[str] = []
    quotes = True
    for number, cells in delimited(text, delimiter):
        if number == place:
            headings = cells
            # The Web of Science writes its tab-delimited files without quotation marks, whatever is in the cells.
            quotes = not (_is_tagged(cells) and delimiter == "\t")
            break
    lines = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)")
    start = 0
    for _ in range(place - 1):
        match = lines.match(text, start)
        start = match.end() if match else start
    rows = delimited(text[start:], delimiter, quotes=quotes, width=len(headings))
    yield from _headed(((number, cells) for number, cells in rows if number > 1), headings)


def _split_workbook(file: BinaryIO) -> Iterator[Fragment]:
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"the file is larger than {LARGEST >> 20:,} MB; cut it into parts and import each")
    found = False
    for _, rows in workbook(data):
        above = list(islice(rows, NOTES + 1))
        counts = [_known(_trimmed(row)) for _, row in above]
        if not any(counts):
            continue
        found = True
        place = counts.index(max(counts))
        first = above[place][0]
        below = ((number - first + 1, _trimmed(row)) for number, row in chain(above[place + 1 :], rows))
        yield from _headed(below, _trimmed(above[place][1]))
    if not found:
        raise InputError(
            "no sheet has a row of headings such as Title, Authors, Year, DOI; add one and import it again"
        )


def _trimmed(row: list[str]) -> list[str]:
    """A row without the empty cells behind it, which a sheet has up to its widest row."""
    end = len(row)
    while end and not row[end - 1].strip():
        end -= 1
    return row[:end]


READERS: Final = (
    Reader(
        name="csv",
        description="tables as text: CSV, TSV, semicolons; of databases, screening tools and one's own",
        recognises=_recognises_text,
        split=_split_text,
        record=record,
    ),
    Reader(
        name="xlsx",
        description="tables as workbooks of Excel",
        recognises=is_workbook,
        split=_split_workbook,
        record=record,
    ),
)
