"""Works as a workbook of Excel, with the columns of the CSV table.

Every text is a cell of text, whatever it begins with: nothing in it can run, so it needs no apostrophe, and it comes
out as it went in. Excel holds 32,767 characters in a cell and 1,048,576 rows in a sheet (support.microsoft.com, "Excel
specifications and limits"): a longer list of people ends in "et al.", any other longer text in an ellipsis, and further
rows stand in further sheets under the same headings.
"""

import re
from datetime import datetime
from tempfile import TemporaryFile
from typing import Any, BinaryIO, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from harvester.formats import Content, record_format, written
from harvester.formats.table import COLUMNS

__all__ = ["LONGEST", "ROWS", "write_xlsx"]

ROWS: Final = 1_048_576
LONGEST: Final = 32_767

# The first moment that a zip archive can state.
_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
_MODIFIED: Final = re.compile(rb"(<dcterms:modified[^>]*>)[^<]*(</dcterms:modified>)")


@record_format("xlsx", ".xlsx", description="works as a workbook of Excel", is_binary=True)
def write_xlsx(stream: BinaryIO, content: Content, *, rows: int = ROWS) -> None:
    """Write a row for each work that a source holds, the headings above them in every sheet.

    Rows wait in a file, so memory does not grow with them. The same works give the same bytes: neither the archive nor
    the properties of the workbook have the time of day.
    """
    from openpyxl import Workbook

    book = Workbook(write_only=True)
    book.properties.creator = "citation-harvester"
    book.properties.created = datetime(*_MOMENT)  # noqa: DTZ001 - openpyxl writes it as UTC and wants it without a zone
    try:
        _fill(book, content, rows)
        with TemporaryFile() as dated:
            book.save(dated)
            _undated(dated, stream)
    finally:
        for sheet in book.worksheets:
            if not sheet.closed:  # openpyxl's file for the rows would stay open
                sheet.close()


def _fill(book: Any, content: Content, rows: int) -> None:
    from openpyxl.cell import WriteOnlyCell

    sheet = None
    room = 0
    for work in written.held(content.works):
        if sheet is None or room == 0:
            number = len(book.worksheets) + 1
            sheet = book.create_sheet(f"works {number}" if number > 1 else "works")
            sheet.append(list(COLUMNS))
            room = rows - 1
        cells = []
        for name, column in COLUMNS.items():
            value = column(work)
            text = _fitting(value, is_byline=name == "authors") if not isinstance(value, int) else value
            cell = WriteOnlyCell(sheet, text)
            if isinstance(value, str):
                cell.data_type = "s"  # a text that begins with "=" would be a formula
            cells.append(cell)
        sheet.append(cells)
        room -= 1
    if sheet is None:
        book.create_sheet("works").append(list(COLUMNS))


def _fitting(value: str | None, *, is_byline: bool) -> str | None:
    """The text on one line, cut where Excel would cut it; None for an empty cell."""
    text = written.one_line(value)
    # Excel counts in UTF-16, in which a sign of a rarer script, or a picture, is two.
    units = text.encode("utf-16-le")
    if len(units) > 2 * LONGEST:
        ending = "; et al." if is_byline else "…"
        text = units[: 2 * (LONGEST - len(ending))].decode("utf-16-le", "ignore")
        text = (text.rpartition("; ")[0] or text if is_byline else text) + ending
    return text or None


def _undated(dated: BinaryIO, stream: BinaryIO) -> None:
    """Copy the archive part by part, without the times at which they were written."""
    with ZipFile(dated) as given, ZipFile(stream, "w", ZIP_DEFLATED) as made:
        for part in given.infolist():
            fresh = ZipInfo(part.filename, date_time=_MOMENT)
            fresh.compress_type = ZIP_DEFLATED
            fresh.file_size = part.file_size
            if part.filename == "docProps/core.xml":
                made.writestr(fresh, _MODIFIED.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", given.read(part)))
                continue
            with given.open(part) as source, made.open(fresh, "w") as target:
                while piece := source.read(1 << 20):
                    target.write(piece)
