"""The pictures of the account show figures of the account, say them in words, and stand in any page or document."""

import io
import json
import re
import zipfile
from collections.abc import Iterator
from itertools import pairwise
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from docx import Document
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from library_evidence import crossref, keep, new, openalex
from test_review import brought, decided, scope_of, searched
from test_review_pages import HOSTILE, Read, luminance

from harvester.library import Library, chases, derive, ledger
from harvester.library.chases import Scope
from harvester.review import Account, account, document, docx, html, markdown, plotting
from harvester.review.blocks import Columns, Dot, Drawing, Flow, Grid, Picture, Plane, Rows, Series, Sets
from harvester.review.figures import clean
from harvester.review.pages import sections

SVG = "{http://www.w3.org/2000/svg}"
WORD = "{http://schemas.openxmlformats.org/wordprocessingml/2006/main}"
PLACED = "{http://schemas.openxmlformats.org/drawingml/2006/wordprocessingDrawing}"


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


@pytest.fixture(scope="module")
def whole(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two indexes and a file, a search, a citation search, decisions, years apart and two communities."""
    folder = tmp_path_factory.mktemp("whole")
    with new(folder) as opened:
        searched(opened, HOSTILE, [1, 2, 3], searched=HOSTILE)
        for low in (1, 11):
            works = [
                openalex(
                    number,
                    doi=f"10.5555/w{number}",
                    cites=[n for n in range(low, low + 6) if n != number],
                    publication_year=2010 + number % 4,
                    title=f"{'心理学 <b>peer' if low == 1 else 'Sleep'} in numbers {number} $x_{number}$",
                )
                for number in range(low, low + 6)
            ]
            keep(opened, works)
        keep(opened, [crossref("10.5555/w1", cites=["10.5555/w2", "10.5555/w9", "Hall L. Peers. 2019."])])
        brought(opened, folder, "a.ris", "TY  - JOUR\nTI  - Leaflet\nER  - \n", label=HOSTILE.replace("\ud800", ""))
        decided(opened, folder, [("10.5555/w1", "include"), ("10.5555/w2", "exclude")])
        chased = ledger.begin(opened, command="chase", arguments={"scope": scope_of(Scope())})
        with opened.transaction() as db:
            chases.begin_round(db, chased, 1, [("doi:10.5555/w1", "argument")])
        chases.end_round(opened, chased, 1, "no more rounds were asked for")
        derive(opened)
        yield opened


@pytest.fixture(scope="module")
def told(whole: Library) -> Account:
    return account(whole)


def pictures(told: Account) -> dict[str, Picture]:
    """The pictures of an account by their names, the flow diagram apart."""
    found = [block for section in sections(told) for block in section.blocks if isinstance(block, Picture)]
    return {each.name: each for each in found if not isinstance(each.drawing, Flow)}


# -- what they show ------------------------------------------------------------------------------------


def test_every_number_of_a_picture_is_a_figure(told: Account) -> None:
    """Columns, sets and rows hold what the figures say, and together they hold everything."""
    found = pictures(told)
    assert set(found) == {"years", "works-by-index", "citations-by-index", "communities", "coverage-7"}
    years = found["years"].drawing
    assert isinstance(years, Columns)
    assert (years.categories[0], years.categories[-1]) == ("2001", "2013")
    assert sum(map(sum, (each.numbers for each in years.series))) == told.held.works.number - 1
    assert told.overview.yearless.value == 1
    by_year = {(each.year, each.origin): each.works.value for each in told.overview.years}
    assert {(int(years.categories[place]), each.name.lower()): number for each in years.series
            for place, number in enumerate(each.numbers) if number} == by_year  # fmt: skip
    works = found["works-by-index"].drawing
    assert isinstance(works, Sets)
    assert dict(works.totals) == {"OpenAlex": 12, "Crossref": 1, "Files of records": 1}
    assert dict(works.together) == {("OpenAlex",): 11, ("OpenAlex", "Crossref"): 1, ("Files of records",): 1}
    citations = found["citations-by-index"].drawing
    assert isinstance(citations, Sets)
    assert sum(number for _, number in citations.together) == told.held.citations.value
    rows = found["coverage-7"].drawing
    assert isinstance(rows, Rows)
    (chase,) = told.citation_searches
    assert [sum(each) for each in zip(*(each.numbers for each in rows.series), strict=True)] == [
        share.reported.value for share in chase.shares if share.reported.number
    ]


def test_citations_of_a_work_by_itself_are_counted(library: Library) -> None:
    """The graph has none of them, and the library has."""
    keep(library, [openalex(1, doi="10.5555/w1", cites=[1, 2]), crossref("10.5555/w1", cites=["10.5555/w1"])])
    derive(library)
    told = account(library)
    known = {each.indexes: each.number.value for each in told.overview.citations}
    assert known == {("openalex",): 1, ("openalex", "crossref"): 1}
    assert told.held.citations.value == 2


def test_what_is_said_of_a_picture_holds_its_figures(told: Account) -> None:
    """Its words begin with how many there are of all; a table beside it has each number."""
    found = pictures(told)
    assert f"Works that a source describes: {told.held.works.value}, of which" in found["years"].text
    assert "OpenAlex 12 (92.3%)" in found["works-by-index"].text
    for name in ("years", "works-by-index", "citations-by-index", "communities"):
        (grid,) = found[name].tables
        shown = {cell for row in grid.rows for cell in row if isinstance(cell, int)}
        drawing = found[name].drawing
        if isinstance(drawing, Sets):
            assert shown == {number for _, number in drawing.together}
    assert [row[1] for row in found["communities"].tables[0].rows] == [
        each.works.value for each in told.overview.map.listed
    ]


def test_the_map_is_that_of_the_communities(told: Account) -> None:
    """Every linked work is a dot of its community, and what it cites here a link."""
    seen = told.overview.map
    assert seen.communities.value == 2
    assert len(seen.dots) == seen.linked.value
    assert [sum(dot.community == number for dot in seen.dots) for number in (1, 2)] == [
        each.works.value for each in seen.listed
    ]
    assert all(0 <= one < other < len(seen.dots) for one, other in seen.links)
    assert "drawn" not in json.dumps(document(told)["overview"])
    assert "dots" not in document(told)["overview"]["map"]


def test_what_is_too_much_to_be_shown_is_said(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    """Rare years stand together; of many works those with most citations have a dot, and the words say how many."""
    monkeypatch.setattr("harvester.review.overview.DOTS", 5)
    years = [1700, *(1890 + number for number in range(20)), 2020]
    keep(library, [openalex(n, cites=[n - 1], publication_year=year) for n, year in enumerate(years, start=1)])
    derive(library)
    found = pictures(account(library))
    drawing = found["years"].drawing
    assert isinstance(drawing, Columns)
    assert (drawing.categories[0], drawing.categories[-1]) == ("before 1890", "after 1909")
    assert sum(drawing.series[0].numbers) == len(years)
    assert "from 1700 to 2020" in found["years"].text
    assert "shows the 5 works with most citations, of 22" in found["communities"].text


@pytest.mark.parametrize(
    ("works", "names", "said"),
    [
        ([], set(), "nothing to look at"),
        ([openalex(1)], {"years"}, "All works here (1) come from OpenAlex alone"),
        ([openalex(1, publication_year=None)], set(), "has a year"),
        ([openalex(1), openalex(2)], {"years"}, "no communities to show"),
        (
            [openalex(2 * n, cites=[2 * n + 1], title=None) for n in range(1, 61)],
            {"years", "communities"},
            "60 communities",
        ),
    ],
    ids=["empty", "one work", "no year", "no citation", "sixty communities"],
)
def test_where_there_is_little_to_see_a_sentence_says_so(
    library: Library, works: list[dict[str, object]], names: set[str], said: str
) -> None:
    """No picture is empty, and none is missing without a word; every form of the account can be written."""
    if works:
        keep(library, works)
        derive(library)
    told = account(library)
    assert set(pictures(told)) == names
    assert said in Read(html(told)).text
    assert said in markdown(told)
    assert said in words_of(docx(told))


# -- SVG -----------------------------------------------------------------------------------------------

DRAWINGS: dict[str, Drawing] = {
    "columns": Columns("works", ("2001", "2002"), (Series("one", (1, 0)), Series("other", (2, 5)))),
    "rows": Rows("entries", ("backward", "forward"), (Series("one", (1, 7)),), ("(5% of all)", "")),
    "sets": Sets("works", (("A", 3), ("B", 2)), ((("A",), 1), (("A", "B"), 2))),
    "plane": Plane(
        (Dot(1, 0.0, 0.0, 2), Dot(2, 1.0, 1.0, 1), Dot(9, 2.0, 0.0, 1)), ((0, 1),), ("one", "two"), "others (7)"
    ),
}


@pytest.mark.parametrize("name", sorted(DRAWINGS))
def test_a_picture_is_an_element_that_can_stand_beside_others(name: str) -> None:
    """It has its title and its words within, its ids are its own, and it refers to nothing but itself."""
    drawing = DRAWINGS[name]
    picture = Picture(name, "A <title>", HOSTILE, drawing)
    text = plotting.svg(picture, drawing)
    root = ET.fromstring(text)
    ids = [each.attrib["id"] for each in root.iter() if "id" in each.attrib]
    assert len(ids) == len(set(ids))
    assert all(each.startswith(f"{name}-") for each in ids)
    by_id = {each.attrib["id"]: each.text for each in root.iter() if "id" in each.attrib}
    assert [by_id[each] for each in root.attrib["aria-labelledby"].split()] == ["A <title>", clean(HOSTILE)]
    assert root.attrib["role"] == "img"
    allowed = ("svg", "title", "desc", "defs", "g", "path", "use", "text", "tspan", "clipPath", "rect", "pattern")
    assert {each.tag for each in root.iter()} <= {f"{SVG}{tag}" for tag in allowed}
    refers = [value for each in root.iter() for key, value in each.attrib.items() if key == "href"]
    refers += re.findall(r"url\(([^)]*)\)", text)
    assert {each.removeprefix("#") for each in refers} <= set(ids)
    assert not re.search("20[0-9][0-9]-[0-9][0-9]", text), "no date"
    assert plotting.svg(picture, drawing) == text


NAMES = st.text(st.characters(codec="utf-8"), max_size=24).map(lambda text: clean(text).strip()).filter(bool)


@hypothesis_settings(max_examples=20, deadline=None, suppress_health_check=[HealthCheck.too_slow])
@given(NAMES)
def test_any_name_on_a_map_is_text(name: str) -> None:
    """Neither markup nor mathematics; letters that the font lacks are left to the table beside it."""
    drawing = Plane((Dot(1, 0.0, 0.0, 1), Dot(1, 1.0, 0.5, 1)), ((0, 1),), (name,), "others")
    root = ET.fromstring(plotting.svg(Picture("map", "Map", "Words", drawing), drawing))
    shown = [each.text for each in root.iter(f"{SVG}text")]
    assert shown[-1] in (f"1  {name}", "1  named in the table")


def test_names_that_the_font_holds_are_shown() -> None:
    """Dollars, backslashes and brackets are what they are; Chinese is named in the table."""
    for name, shown in (
        ('$x^2$ <b> \\frac & "peers"', '1  $x^2$ <b> \\frac & "peers"'),
        ("心理学", "1  named in the table"),
    ):
        drawing = Plane((Dot(1, 0.0, 0.0, 1),), (), (name,), "others")
        root = ET.fromstring(plotting.svg(Picture("map", "Map", "Words", drawing), drawing))
        assert shown in [each.text for each in root.iter(f"{SVG}text")]


def test_colours_of_pictures_can_be_told_from_the_ground() -> None:
    """Marks by 3 to 1 and letters by 7 (WCAG 2.2, 1.4.11 and 1.4.6); what lies side by side differs in its pattern."""
    ground = luminance(plotting.GROUND)
    for colour in (*plotting.COLOURS, plotting.QUIET):
        assert (ground + 0.05) / (luminance(colour) + 0.05) >= 3, colour
    assert (ground + 0.05) / (luminance(plotting.INK) + 0.05) >= 7
    assert len(set(plotting.HATCHES)) == len(plotting.HATCHES)


def test_pictures_stand_in_every_form_of_the_account(told: Account) -> None:
    """Drawn in the page and in the document; told and tabled in Markdown."""
    page, text = html(told), markdown(told)
    assert page.count("<svg") == 1 + len(pictures(told))
    for picture in pictures(told).values():
        assert f'id="{picture.name}-title"' in page
        assert f"*{picture.title}" in text.replace("\\", "")
    read = Read(page)
    ids = [attributes["id"] for _, attributes in read.found if "id" in attributes]
    assert read.open == []
    assert len(ids) == len(set(ids))


# -- the document of Word ------------------------------------------------------------------------------


def parts_of(written: bytes) -> dict[str, bytes]:
    with zipfile.ZipFile(io.BytesIO(written)) as archive:
        assert archive.testzip() is None
        assert {each.date_time for each in archive.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        return {each.filename: archive.read(each) for each in archive.infolist()}


def words_of(written: bytes) -> str:
    """All text of a document, with a space between paragraphs."""
    root = ET.fromstring(parts_of(written)["word/document.xml"])
    return " ".join("".join(each.text or "" for each in line.iter(f"{WORD}t")) for line in root.iter(f"{WORD}p"))


@pytest.fixture(scope="module")
def written(told: Account) -> bytes:
    return docx(told)


def test_a_document_has_the_sections_and_tables_of_the_account(told: Account, written: bytes) -> None:
    """Headings are headings; every table is there, cell by cell, under its caption, its headings repeated."""
    read = Document(io.BytesIO(written))
    expected = sections(told)
    assert [line.text for line in read.paragraphs if line.style and line.style.name == "Heading 1"] == [
        section.title for section in expected
    ]
    grids = [
        grid
        for section in expected
        for block in section.blocks
        for grid in ([block] if isinstance(block, Grid) else block.tables if isinstance(block, Picture) else ())
        if grid.rows
    ]
    tables = [table for table in read.tables if table.style and table.style.name == "Table Grid"]
    assert len(tables) == len(grids)
    for table, grid in zip(tables, grids, strict=True):
        cells = [[cell.text for cell in row.cells] for row in table.rows]
        assert cells[0] == list(grid.headings)
        told_cells = [
            ["" if cell is None else f"{cell:,}" if isinstance(cell, int) else clean(cell) for cell in row]
            for row in grid.rows
        ]
        assert cells[1:] == told_cells
        assert table.rows[0]._tr.find(f".//{WORD}tblHeader") is not None
    captions = [line.text for line in read.paragraphs if line.style and line.style.name == "Caption"]
    numbered = [clean(grid.caption) for grid in grids]
    fields = ET.fromstring(parts_of(written)["word/document.xml"]).iter(f"{WORD}fldSimple")
    assert [line.removeprefix("Table . ") for line in captions if line.startswith("Table")] == numbered
    assert len(list(fields)) == len(captions)


def test_figures_of_a_document_are_those_of_the_data(told: Account, written: bytes) -> None:
    """The checksum, the counts and the paragraphs are what the JSON document says."""
    said, text = document(told), words_of(written)
    assert said["program"]["checksum"]["value"] in text
    for paragraph in said["paragraphs"]:
        assert paragraph in text
    for item in said["prisma_s"]:
        assert item["text"] in text
    for box in said["prisma_2020"]:
        assert box["title"] in text


def test_pictures_of_a_document_are_told_in_words(told: Account, written: bytes) -> None:
    """Each has the words of the picture for readers of screens, and is a PNG of the document itself."""
    parts = parts_of(written)
    described = [each.attrib for each in ET.fromstring(parts["word/document.xml"]).iter(f"{PLACED}docPr")]
    assert [each["descr"] for each in described] == [clean(each.text) for each in pictures(told).values()]
    images = [name for name in parts if name.startswith("word/media/")]
    assert len(images) == len(described)
    assert all(parts[name].startswith(b"\x89PNG") for name in images)
    assert not [name for name, part in parts.items() if name.endswith(".rels") and b'TargetMode="External"' in part]


def test_a_document_says_its_language_and_turns_what_is_broad(written: bytes) -> None:
    """English throughout; the page is turned for tables of many columns, and turned back."""
    read = Document(io.BytesIO(written))
    languages = re.findall(rb'<w:lang [^>]*w:val="([^"]*)"', parts_of(written)["word/styles.xml"])
    assert set(languages) == {b"en-GB"}
    turned = [
        section.page_width is not None and section.page_width > (section.page_height or 0) for section in read.sections
    ]
    assert turned[0] is False
    assert True in turned
    assert all(one != other for one, other in pairwise(turned))


def test_the_same_account_gives_the_same_document(whole: Library, told: Account, written: bytes) -> None:
    """Byte by byte, dated by the last entry of the ledger."""
    assert docx(account(whole)) == written
    read = Document(io.BytesIO(written))
    assert read.core_properties.modified is not None
    assert str(told.program.last.value).startswith(f"{read.core_properties.modified:%Y-%m-%dT%H:%M:%S}")


def test_the_flow_diagram_of_a_document_can_be_written_into(told: Account, written: bytes) -> None:
    """It is a table: boxes of which something is on record have whole frames, the others dashed ones."""
    read = Document(io.BytesIO(written))
    (table,) = [each for each in read.tables if not (each.style and each.style.name == "Table Grid")]
    frames = [each.get(f"{WORD}val") for each in table._tbl.iter(f"{WORD}top") if each.get(f"{WORD}val")]
    standings = [box["standing"] for box in document(told)["prisma_2020"]]
    assert sorted(frames) == sorted("dashed" if each == "yours to write" else "single" for each in standings)
    text = [cell.text for row in table.rows for cell in row.cells]
    assert any("Records screened (n\xa0=\xa02)" in each for each in text)


def test_any_text_can_stand_in_a_document(told: Account, written: bytes) -> None:
    """Control characters, half a pair of code units and markup are in the facts, and the document is sound."""
    root = ET.fromstring(parts_of(written)["word/document.xml"])
    text = "".join(each.text or "" for each in root.iter(f"{WORD}t"))
    assert "<script>alert(1)</script>" in text
    assert not re.search("[\x00-\x08\x0b-\x1f\u202a-\u202e]", text)
