"""The account as a document of Word, to be worked on: real headings, tables, captions, and a flow diagram to fill in.

Parts of Office Open XML are named as in ECMA-376. The flow diagram is a table, as authors have to write into it.
"""

import re
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime
from io import BytesIO
from typing import TYPE_CHECKING, Any, Final
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from harvester.review.blocks import Block, Code, Flow, Grid, Listing, Picture, Section, Text
from harvester.review.boxes import Box
from harvester.review.facts import Account
from harvester.review.figures import clean
from harvester.review.flow import COLUMNS, ROWS, STAGES, lines_of
from harvester.review.pages import sections

if TYPE_CHECKING:
    from docx.document import Document
    from docx.table import Table, _Cell
    from docx.text.paragraph import Paragraph

__all__ = ["docx"]

TITLE: Final = "The account of the search"
LANGUAGE: Final = "en-GB"

SHORT, LONG, MARGIN = 210, 297, 20
"""A4 and its margins, in millimetres."""

MANY: Final = 6
"""A table of more columns stands on a page that is turned."""

BROAD, UNBROKEN = 80, 20
"""So many letters of a text want to stand on one line, and so many of a word should."""

LETTER, BOLD, PADDING = 1.85, 2.25, 4.5
"""The breadth of a letter of a table, of one of its headings, and of the edges of a cell, in millimetres."""

_BREAK: Final = re.compile(r"[\s/-]")

_MOMENT: Final = (1980, 1, 1, 0, 0, 0)
"""The first moment that a zip archive can state."""

SHADE, FRAME, OPEN, ALARM = "DCE8F3", "1B3A57", "5A5A5A", "8A1500"


def docx(account: Account) -> bytes:
    """Write the account as a document of Word (Office Open XML).

    The same account gives the same bytes: the document is dated by the last entry of the ledger, and its parts by none.
    Text that came from strangers is text wherever it stands.
    """
    from docx import Document

    document = Document()
    _prepared(document, account)
    document.add_paragraph(TITLE, style="Title")
    writer = _Writer(document)
    for section in sections(account):
        if any(isinstance(block, Grid | Picture) for block in section.blocks):
            writer.turn(is_turned=_is_broad(section))
        writer.section(section)
    stream = BytesIO()
    document.save(stream)
    return _undated(stream)


def _is_broad(section: Section) -> bool:
    """Tell whether a section has a table that an upright page has no room for, or the flow diagram."""
    return any(
        (isinstance(block, Grid) and len(block.headings) > MANY and bool(block.rows))
        or (isinstance(block, Picture) and isinstance(block.drawing, Flow))
        for block in section.blocks
    )


def _prepared(document: "Document", account: Account) -> None:
    """Set the page, the language, the styles, and what the document says of itself."""
    from docx.oxml.ns import qn
    from docx.shared import Mm, Pt, RGBColor

    page = document.sections[0]
    page.page_width, page.page_height = Mm(SHORT), Mm(LONG)
    page.left_margin = page.right_margin = page.top_margin = page.bottom_margin = Mm(MARGIN)
    properties = document.core_properties
    properties.title, properties.language = TITLE, LANGUAGE
    properties.author = properties.last_modified_by = f"citation-harvester {account.program.version}"
    properties.comments, properties.subject = "", account.program.library
    properties.created = properties.modified = _moment(str(account.program.last.value or ""))
    properties.revision = 1
    normal = document.styles["Normal"]
    normal.font.name, normal.font.size = "Calibri", Pt(10.5)
    for language in document.styles.element.iter(qn("w:lang")):
        language.set(qn("w:val"), LANGUAGE)
    for name, size in (("Title", 22), ("Heading 1", 15), ("Caption", 9.5)):
        style = document.styles[name]
        style.font.size, style.font.color.rgb = Pt(size), RGBColor.from_string(FRAME)
    document.styles["Caption"].paragraph_format.keep_with_next = True
    document.styles["Heading 1"].paragraph_format.space_before = Pt(12)


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text).astimezone(UTC).replace(tzinfo=None, microsecond=0)
    except (ValueError, OverflowError):  # a library that is merged in may have entries of any day
        return datetime(*_MOMENT)  # noqa: DTZ001 - the property is UTC and wants no zone


class _Writer:
    """Writes blocks one after the other; counts tables and figures, which Word numbers anew when it likes to."""

    def __init__(self, document: "Document") -> None:
        self.document = document
        self.counts = {"Table": 0, "Figure": 0}
        self.is_turned = False

    @property
    def breadth(self) -> int:
        """The breadth of the text, in millimetres."""
        return (LONG if self.is_turned else SHORT) - 2 * MARGIN

    def turn(self, *, is_turned: bool) -> None:
        """Go on upon pages that are turned, or upright again."""
        from docx.enum.section import WD_ORIENT, WD_SECTION
        from docx.shared import Mm

        if is_turned == self.is_turned:
            return
        self.is_turned = is_turned
        page = self.document.add_section(WD_SECTION.NEW_PAGE)
        page.orientation = WD_ORIENT.LANDSCAPE if is_turned else WD_ORIENT.PORTRAIT
        page.page_width, page.page_height = (Mm(LONG), Mm(SHORT)) if is_turned else (Mm(SHORT), Mm(LONG))

    def section(self, section: Section) -> None:
        """Write a heading and what stands under it."""
        self.document.add_heading(clean(section.title), level=1)
        for block in section.blocks:
            self.block(block)

    def block(self, block: Block) -> None:
        match block:
            case Text(text, warns):
                self._text(text, warns=warns)
            case Listing(lines):
                for line in lines:
                    self.document.add_paragraph(clean(line), style="List Bullet")
            case Code(lines):
                self._code(lines)
            case Grid():
                self._grid(block)
            case Picture():
                self._picture(block)

    def _text(self, text: str, *, warns: bool) -> None:
        paragraph = self.document.add_paragraph()
        if warns:
            paragraph.add_run("Note. ").bold = True
            _bordered(paragraph)
        paragraph.add_run(clean(text))

    def _code(self, lines: Iterable[str]) -> None:
        from docx.oxml.ns import qn
        from docx.shared import Pt

        for line in lines:
            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.space_after = Pt(2)
            run = paragraph.add_run(clean(line))
            run.font.name, run.font.size, run.font.no_proof = "Consolas", Pt(9), True
            run.element.get_or_add_rPr().get_or_add_rFonts().set(qn("w:eastAsia"), "Consolas")

    def _caption(self, kind: str, text: str) -> None:
        """Write a caption whose number is a field, so that Word counts on when authors add their own."""
        self.counts[kind] += 1
        paragraph = self.document.add_paragraph(style="Caption")
        paragraph.add_run(f"{kind} ")
        field = _element("w:fldSimple", instr=f" SEQ {kind} \\* ARABIC ")
        run = _element("w:r")
        number = _element("w:t")
        number.text = str(self.counts[kind])
        run.append(number)
        field.append(run)
        paragraph._p.append(field)  # noqa: SLF001 - python-docx knows no fields
        paragraph.add_run(f". {clean(text)}")

    # -- tables ----------------------------------------------------------------------------------------

    def _grid(self, grid: Grid) -> None:
        if not grid.rows:
            self.document.add_paragraph(f"{clean(grid.caption)}: none.")
            return
        self._caption("Table", grid.caption)
        texts = [tuple(map(_shown, row)) for row in grid.rows]
        table = self.document.add_table(rows=1 + len(texts), cols=len(grid.headings), style="Table Grid")
        _described(table, grid.caption)
        _breadths(table, _measured(grid.headings, texts, self.breadth))
        for row, (element, cells) in enumerate(zip(table._tbl.tr_lst, [grid.headings, *texts], strict=True)):  # noqa: SLF001 - table.rows searches anew for every cell
            properties = element.get_or_add_trPr()
            properties.append(_element("w:cantSplit"))
            if row == 0:
                properties.append(_element("w:tblHeader"))
            for place, (cell, text) in enumerate(zip(element.tc_lst, cells, strict=True)):
                if row == 0:
                    _put(cell, _element("w:shd", val="clear", color="auto", fill=SHADE))
                _lettered(cell, clean(text), is_bold=row == 0, is_right=place in grid.numbers)
        self._gap()

    def _gap(self) -> None:
        """Part a table from what follows, which would be one with it."""
        from docx.shared import Pt

        paragraph = self.document.add_paragraph()
        paragraph.paragraph_format.space_after = Pt(4)

    # -- pictures --------------------------------------------------------------------------------------

    def _picture(self, picture: Picture) -> None:
        if isinstance(picture.drawing, Flow):
            self._flow(picture, picture.drawing.boxes)
        else:
            from docx.shared import Mm

            from harvester.review.plotting import png

            paragraph = self.document.add_paragraph()
            paragraph.paragraph_format.keep_with_next = True
            shape = paragraph.add_run().add_picture(BytesIO(png(picture.drawing)), width=Mm(SHORT - 2 * MARGIN))
            # What a reader of screens says in place of the picture (ECMA-376-1, 20.4.2.5).
            described = shape._inline.docPr  # noqa: SLF001 - python-docx has no other way to it
            described.set("name", picture.name)
            described.set("title", clean(picture.title))
            described.set("descr", clean(picture.text))
            self._caption("Figure", picture.title)
            self._text(picture.text, warns=False)
        for grid in picture.tables:
            self._grid(grid)

    def _flow(self, picture: Picture, boxes: Sequence[Box]) -> None:
        """Write the flow diagram as a table: stages on the left, boxes with frames, arrows between them."""
        from docx.shared import Mm

        self._caption("Figure", picture.title)
        named = {box.name: box for box in boxes}
        height = 2 * len(ROWS)
        table = self.document.add_table(rows=height, cols=8)
        _described(table, f"{picture.title}. {picture.text}")
        _breadths(table, [unit * self.breadth / 100 for unit in (5, 25, 4, 19, 3, 20, 4, 20)])
        rows = [row.cells for row in table.rows]
        for place, (*_, heading) in enumerate(COLUMNS):
            first, last = (1, 3) if place == 0 else (5, 7)
            joined = rows[0][first].merge(rows[0][last])
            _filled(joined, f"Identification of studies via {heading}", is_bold=True)
            _painted(joined)
        for stage, top, bottom in STAGES:
            joined = rows[1 + 2 * top][0].merge(rows[1 + 2 * bottom][0])
            _filled(joined, stage, is_bold=True)
            _painted(joined)
            _put(joined._tc, _element("w:textDirection", val="btLr"))  # noqa: SLF001 - python-docx has no other way to it
        for level, names in enumerate(ROWS):
            cells = rows[1 + 2 * level]
            # The name of a stage, set upright, needs as much.
            table.rows[1 + 2 * level].height = Mm(19 if level + 1 == len(ROWS) else 9)
            for column, name in zip((1, 3, 5, 7), names, strict=True):
                if name:
                    _filled(cells[column], "\n".join(lines_of(named[name])))
                    _framed(cells[column], is_open=named[name].standing == "yours to write")
            for column, (one, other) in zip((2, 6), ((names[0], names[1]), (names[2], names[3])), strict=True):
                if one and other:
                    _filled(cells[column], "→", is_bold=True)
            if level + 1 < len(ROWS):
                for column, place in ((1, 0), (5, 2)):
                    if names[place] and ROWS[level + 1][place]:
                        _filled(rows[2 + 2 * level][column], "↓", is_bold=True)
        # Reports of other methods join the rest at the end.
        _filled(rows[-2][5], "↓", is_bold=True)
        _filled(rows[-1][2].merge(rows[-1][5]), "←", is_bold=True)
        self._gap()


# -- parts of tables -----------------------------------------------------------------------------------


def _element(tag: str, **attributes: str) -> Any:
    from docx.oxml import OxmlElement
    from docx.oxml.ns import qn

    element = OxmlElement(tag)
    for name, value in attributes.items():
        element.set(qn(f"w:{name}"), value)
    return element


def _described(table: "Table", text: str) -> None:
    """Say what a table holds, for readers of screens (ECMA-376-1, tblDescription)."""
    table._tbl.tblPr.append(_element("w:tblDescription", val=clean(text)))  # noqa: SLF001 - python-docx has no way to it


def _measured(headings: Sequence[str], rows: Sequence[Sequence[str]], breadth: float) -> list[float]:
    """Share the breadth among columns by what stands in them: the longest word fits, and long texts are broken."""
    least, wanted = [], []
    for heading, *column in zip(headings, *rows, strict=True):
        words = max(map(len, _BREAK.split(" ".join(column))), default=0)
        headed = max(map(len, heading.split()), default=0) * BOLD
        least.append(max(headed, min(words, UNBROKEN) * LETTER) + PADDING)
        longest = max(map(len, column), default=0)
        # A heading may stand on two lines.
        wanted.append(max(min(longest, BROAD) * LETTER, len(heading) * BOLD * 0.6) + PADDING)
        wanted[-1] = max(wanted[-1], least[-1])
    if sum(wanted) <= breadth:
        return wanted
    if sum(least) >= breadth:
        return [breadth * each / sum(least) for each in least]
    share = (breadth - sum(least)) / (sum(wanted) - sum(least))
    return [low + share * (high - low) for low, high in zip(least, wanted, strict=True)]


def _breadths(table: "Table", breadths: Sequence[float]) -> None:
    from docx.shared import Mm

    table.autofit = False
    for column, breadth in zip(table.columns, breadths, strict=True):
        column.width = Mm(round(breadth, 1))
    for row in table._tbl.tr_lst:  # noqa: SLF001 - what LibreOffice goes by, and table.rows is slow
        for cell, breadth in zip(row.tc_lst, breadths, strict=True):
            cell.width = Mm(round(breadth, 1))


def _lettered(cell: Any, text: str, *, is_bold: bool = False, is_right: bool = False) -> None:
    """Write into a cell in small letters, without the distances between paragraphs of text."""
    from docx.enum.text import WD_ALIGN_PARAGRAPH
    from docx.shared import Pt
    from docx.text.paragraph import Paragraph

    for number, line in enumerate(text.split("\n")):
        paragraph = Paragraph(cell.p_lst[0] if number == 0 else cell.add_p(), cell)
        paragraph.paragraph_format.space_after = Pt(1)
        if is_right:
            paragraph.alignment = WD_ALIGN_PARAGRAPH.RIGHT
        run = paragraph.add_run(line)
        run.font.size, run.bold = Pt(8.5), is_bold or None


def _filled(cell: "_Cell", text: str, *, is_bold: bool = False) -> None:
    from docx.enum.table import WD_CELL_VERTICAL_ALIGNMENT
    from docx.enum.text import WD_ALIGN_PARAGRAPH

    _lettered(cell._tc, text, is_bold=is_bold)  # noqa: SLF001 - as above
    cell.vertical_alignment = WD_CELL_VERTICAL_ALIGNMENT.CENTER
    if is_bold:
        cell.paragraphs[0].alignment = WD_ALIGN_PARAGRAPH.CENTER


def _painted(cell: "_Cell") -> None:
    _put(cell._tc, _element("w:shd", val="clear", color="auto", fill=SHADE))  # noqa: SLF001 - as above


def _framed(cell: "_Cell", *, is_open: bool) -> None:
    borders = _element("w:tcBorders")
    for side in ("top", "left", "bottom", "right"):
        line = {"val": "dashed", "sz": "6", "color": OPEN} if is_open else {"val": "single", "sz": "12", "color": FRAME}
        borders.append(_element(f"w:{side}", space="0", **line))
    _put(cell._tc, borders)  # noqa: SLF001 - as above


def _bordered(paragraph: "Paragraph") -> None:
    borders = _element("w:pBdr")
    borders.append(_element("w:left", val="single", sz="24", space="6", color=ALARM))
    paragraph._p.get_or_add_pPr().append(borders)  # noqa: SLF001 - as above


def _put(cell: Any, element: Any) -> None:
    """Add a property of a cell in its place: Word holds a file with others for damaged (ECMA-376-1, CT_TcPr)."""
    order = ("w:tcW", "w:gridSpan", "w:vMerge", "w:tcBorders", "w:shd", "w:textDirection", "w:vAlign")
    following = order[order.index(f"w:{element.tag.rpartition('}')[2]}") + 1 :]
    cell.get_or_add_tcPr().insert_element_before(element, *following)


def _shown(cell: str | int | None) -> str:
    return "" if cell is None else f"{cell:,}" if isinstance(cell, int) else clean(cell)


def _undated(stream: BytesIO) -> bytes:
    """Copy the archive part by part, without the times at which they were written."""
    made = BytesIO()
    with ZipFile(stream) as given, ZipFile(made, "w", ZIP_DEFLATED) as archive:
        for part in given.infolist():
            fresh = ZipInfo(part.filename, date_time=_MOMENT)
            fresh.compress_type = ZIP_DEFLATED
            archive.writestr(fresh, given.read(part))
    return made.getvalue()
