"""Tables as rows of text: delimited files with whatever sign between their cells, and spreadsheets.

A cell of a spreadsheet is its value: formulas are not run, nothing is loaded from elsewhere. What would unpack to more
than a computer holds is refused before it is unpacked.
"""

import csv
import io
import re
import struct
import warnings
import zipfile
import zlib
from collections.abc import Iterable, Iterator
from datetime import date, datetime
from typing import Final

from harvester.errors import InputError
from harvester.formats.reading import LARGEST

__all__ = ["DELIMITERS", "delimited", "is_workbook", "workbook"]

DELIMITERS: Final = (",", ";", "\t", "|", "%")

MOST_CELLS: Final = 50_000_000
MOST_REPAIRS: Final = 200
"""Rows with a quotation mark that is never closed, after which the marks of a file are taken to mean nothing."""

_LINE: Final = re.compile(r"[^\r\n]*(?:\r\n|\n|\r)|[^\r\n]+")
_ZIPPED: Final = b"PK\x03\x04"
_OLDER: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"

Rows = Iterator[tuple[int, list[str]]]


def delimited(text: str, delimiter: str, *, quotes: bool = True, width: int = 0) -> Rows:
    r"""Give the rows of delimited text, each with the line it begins on; blank lines are no rows.

    A quotation mark that is opened and never closed would take the rest of the file for one cell. So where the
    marks swallow line ends and leave a row without its `width` of cells, that line is read without them.

    >>> list(delimited('a,b\n"x, y",2\n"z,3\n4,5\n', ",", width=2))
    [(1, ['a', 'b']), (2, ['x, y', '2']), (3, ['"z', '3']), (4, ['4', '5'])]
    """
    csv.field_size_limit(LARGEST)  # the limit of 128 kB is less than some reference lists
    lines = _LINE.findall(text.removeprefix("\ufeff"))
    start, repairs = 0, 0
    while start < len(lines):
        quoted = quotes and repairs < MOST_REPAIRS
        rest = lines[start:] if start else lines
        if quoted:
            reader = csv.reader(rest, delimiter=delimiter)
        else:
            reader = csv.reader(rest, delimiter=delimiter, quoting=csv.QUOTE_NONE)
        begin = start
        while True:
            try:
                cells = next(reader)
            except StopIteration:
                return
            except csv.Error as error:
                raise InputError(f"the table cannot be cut into cells near line {begin + 1} ({error})") from error
            end = start + reader.line_num
            if quoted and end - begin > 1 and width and len(cells) != width:
                alone = next(csv.reader([lines[begin]], delimiter=delimiter, quoting=csv.QUOTE_NONE), [])
                if len(alone) == width or _is_open(lines[begin:end], delimiter):
                    yield begin + 1, alone
                    start, repairs = begin + 1, repairs + 1
                    break
            if any(cell.strip() for cell in cells):
                yield begin + 1, cells
            begin = end


def _is_open(lines: list[str], delimiter: str) -> bool:
    """Whether a row ends within quotation marks, which only the end of the file can do."""
    try:
        list(csv.reader(lines, delimiter=delimiter, strict=True))
    except csv.Error as error:
        return "unexpected end" in str(error)
    return False


# -- spreadsheets ----------------------------------------------------------------------------------------------


def is_workbook(head: bytes) -> bool:
    """Tell whether a file begins like a workbook of Excel; documents and slides begin alike but for their parts."""
    if head.startswith(_OLDER):
        return True
    parts = b"xl/" in head or (b"[Content_Types].xml" in head and b"word/" not in head and b"ppt/" not in head)
    return head.startswith(_ZIPPED) and parts


def workbook(data: bytes) -> Iterator[tuple[str, Rows]]:
    """Give the sheets of a workbook with their names, each as its rows with their numbers; empty rows are none.

    Raises `InputError` for what is no workbook, for one that is locked or broken, and for one too large.
    """
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of styles and drawings that are not read
            yield from _recent(data) if data.startswith(_ZIPPED) else _older(data)
    except _BROKEN as error:
        raise InputError(f"the spreadsheet cannot be read ({error}); save it again as .xlsx or CSV") from error


# What openpyxl and xlrd run into where a part of a workbook is not as it should be.
_BROKEN: Final = (
    ArithmeticError,
    AssertionError,
    AttributeError,
    EOFError,
    LookupError,
    OSError,
    RuntimeError,
    SyntaxError,
    TypeError,
    ValueError,
    csv.Error,
    struct.error,
    zipfile.BadZipFile,
    zlib.error,
)


def _recent(data: bytes) -> Iterator[tuple[str, Rows]]:
    from openpyxl import load_workbook

    _weigh(data)
    book = load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
    for sheet in book.worksheets:
        sheet.reset_dimensions()  # the size that a sheet states may be a lie, and rows are filled up to it
        yield sheet.title, _rows(sheet.iter_rows(values_only=True))


def _older(data: bytes) -> Iterator[tuple[str, Rows]]:
    from xlrd import XLRDError, open_workbook, xldate_as_datetime
    from xlrd.compdoc import CompDocError

    try:
        book = open_workbook(file_contents=data, logfile=io.StringIO(), ragged_rows=True)
    except (XLRDError, CompDocError) as error:
        raise ValueError(str(error)) from error
    for sheet in book.sheets():
        # In the way of xlrd a date is a number, told by the type of its cell: 3.
        rows = (
            [
                xldate_as_datetime(cell.value, book.datemode) if cell.ctype == 3 and cell.value >= 1 else cell.value
                for cell in sheet.row(number)
            ]
            for number in range(sheet.nrows)
        )
        yield sheet.name, _rows(rows)


def _rows(rows: Iterable[Iterable[object]]) -> Rows:
    """The rows with something in them, and their numbers; a sheet with more cells than any table is refused."""
    seen = 0
    for number, row in enumerate(rows, 1):
        cells = ["" if cell is None else _text(cell) for cell in row]
        seen += len(cells)
        if seen > MOST_CELLS:
            raise InputError(f"a sheet has more than {MOST_CELLS:,} cells; save the part with records as CSV")
        if any(cell.strip() for cell in cells):
            yield number, cells


def _text(cell: object) -> str:
    """A cell as people see it: `2020` for the number 2020.0, an ISO date for a date."""
    if isinstance(cell, str):
        return cell
    if isinstance(cell, bool):
        return "true" if cell else "false"
    if isinstance(cell, float):
        return str(int(cell)) if cell.is_integer() and abs(cell) < 1e15 else repr(cell)
    if isinstance(cell, datetime):
        return cell.date().isoformat() if cell.time() == datetime.min.time() else cell.isoformat(" ")
    return cell.isoformat() if isinstance(cell, date) else str(cell)


def _weigh(data: bytes) -> None:
    """Refuse what unpacks to too much, and a sheet with a row so far out that the empty ones above take all day."""
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        whole = sum(part.file_size for part in packed.infolist())
        if whole > LARGEST * 2:
            raise InputError(f"the spreadsheet unpacks to {whole >> 20:,} MB; save the part with records as CSV")
        for part in packed.infolist():
            content = _unpacked(packed, part)
            if b"<!ENTITY" in content:
                raise InputError("the spreadsheet defines entities of its own, as no program does, and is not read")
            # Excel has 1,048,576 rows and columns up to XFD (support.microsoft.com, "Excel specifications and limits").
            if _FAR.search(content):
                raise InputError("a sheet has a cell that is further out than Excel allows, and is not read")


_FAR: Final = re.compile(rb"(?<![:\w])r\s*=\s*[\"'](?:[A-Za-z]{4,}\d|[A-Za-z]{0,3}[1-9]\d{7,})")


def _unpacked(packed: zipfile.ZipFile, part: zipfile.ZipInfo) -> bytes:
    """A part of an archive, no longer than it says it is: the figure in the archive may be a lie."""
    with packed.open(part) as stream:
        content = stream.read(part.file_size + 1)
    if len(content) > part.file_size:
        raise InputError("the spreadsheet is larger than it says it is, and is not read")
    return content
