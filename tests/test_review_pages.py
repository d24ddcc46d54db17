"""The account on paper: pages, picture, table and document hold what is on record, and run nothing that came in."""

import csv
import io
import json
import re
from collections.abc import Iterator
from html.parser import HTMLParser
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest
from hypothesis import HealthCheck, given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st
from library_evidence import new
from markdown_it import MarkdownIt
from markdown_it.token import Token
from test_review import brought, decided, scope_of, searched

from harvester.library import Library, chases, ledger
from harvester.library.chases import Scope
from harvester.review import account, document, flow_svg, html, markdown, search_table
from harvester.review import flow as drawing
from harvester.review.figures import clean
from harvester.review.html import _STYLE
from harvester.review.markdown import _escaped
from harvester.review.pages import sections

HOSTILE = (
    "</code></pre><script>alert(1)</script><img src=x onerror=alert(2)> | `tick` ``` [a](javascript:alert(3))"
    " \x00\x1b[31m\u202eevil\u2066 \ud800 ]]> &lt; <!-- --> '\"\n# Heading\n- item\n=HYPERLINK(1)"
)
SVG = "{http://www.w3.org/2000/svg}"
VOID = {"meta", "img", "br", "hr", "link", "input"}


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


@pytest.fixture
def hostile(library: Library, tmp_path: Path) -> Library:
    """A library into which every text that can be somebody else's is a hostile one."""
    run = searched(
        library,
        HOSTILE,
        [1, 2],
        searched=HOSTILE,
        reading=HOSTILE,
        strategy=[[HOSTILE, HOSTILE]],
        changes={"": [HOSTILE], "openalex": [HOSTILE]},
        outcome="stopped",
    )
    written = HOSTILE.replace("\ud800", "").replace("\x00", "")
    library.db.execute("update runs set reason = ?, replica = ? where id = ?", (written, written, run.id))
    library.db.execute("update requests set detail = ?, url = 'https://api.openalex.org/' || ?", (written, written))
    name = "<b>|`x`.ris"
    brought(library, tmp_path, name, f"TY  - JOUR\nTI  - {written.splitlines()[0]}\nER  - \n", label=written)
    decided(library, tmp_path, [("10.5555/w1", "exclude")])
    library.db.execute("update screening set reason = ?, person = ?", (written, written))
    chased = ledger.begin(library, command="chase", arguments={"scope": scope_of(Scope(keep=HOSTILE))})
    with library.transaction() as db:
        chases.begin_round(db, chased, 1, [("doi:10.5555/w1", written), ("doi:10.5555/<b>", "x")])
    chases.end_round(library, chased, 1, written)
    return library


class Read(HTMLParser):
    """A page as a browser takes it apart: its elements, whether they are closed, and its text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.found: list[tuple[str, dict[str, str | None]]] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data


# -- HTML ----------------------------------------------------------------------------------------------


def test_a_page_runs_and_loads_nothing(hostile: Library) -> None:
    """No element or attribute comes from a record, nothing is fetched, and every element is closed."""
    text = html(account(hostile))
    page = Read(text)
    assert page.open == []
    tags = {tag for tag, _ in page.found}
    assert not tags & {"script", "img", "iframe", "object", "embed", "link", "form", "input", "base", "b"}
    for _, attributes in page.found:
        assert not [name for name in attributes if name.startswith("on") or name in ("src", "srcset", "data", "action")]
        assert (attributes.get("href") or "#").startswith("#")
    assert "alert(1)" in page.text
    assert set(re.findall(r"url\((.)", text)) == {"#"}
    assert text.encode().decode() == text
    assert not re.search("[\x00-\x08\x0b-\x1f\x7f-\x9f\u202a-\u202e\u2066-\u2069]", text)


def test_a_page_can_be_found_ones_way_about_in(library: Library) -> None:
    """It names its language, its parts and its tables; headings of columns say so; the picture is told in words."""
    searched(library, "peer", [1])
    page = Read(html(account(library)))
    count = {tag: sum(found == tag for found, _ in page.found) for tag in ("h1", "table", "caption", "main", "nav")}
    assert count["h1"] == count["main"] == count["nav"] == 1
    assert count["table"] == count["caption"] > 5
    assert ("html", {"lang": "en"}) in page.found
    assert all(attributes.get("scope") == "col" for tag, attributes in page.found if tag == "th")
    ids = [attributes["id"] for _, attributes in page.found if "id" in attributes]
    assert len(ids) == len(set(ids))
    named = {name for _, attributes in page.found for name in (attributes.get("aria-labelledby") or "").split()}
    assert named
    assert named <= set(ids)
    assert "Records screened" in page.text


def test_all_that_is_shown_is_the_page_of_the_facts(library: Library) -> None:
    """The words of the search, its index, the days and the checksum are on the page and in the Markdown."""
    searched(library, "peer AND support", [1, 2], reported=9)
    told = account(library)
    for text in (Read(html(told)).text, markdown(told)):
        for expected in ("peer AND support", "OpenAlex", str(told.program.checksum.value), "yours to write"):
            assert expected in text


# -- Markdown ------------------------------------------------------------------------------------------


def test_markdown_holds_no_markup_of_others(hostile: Library) -> None:
    """Rows keep their columns, code stays in its fence, and no line begins anything that is not ours."""
    lines = markdown(account(hostile)).split("\n")
    columns = None
    fence = ""
    outside = []
    for line in lines:
        if fence:
            fence = "" if line == fence else fence
            continue
        if line.endswith("text") and set(line[:-4]) == {"`"}:
            fence = line[:-4]
            assert len(fence) > 3 or "```" not in line[3:]
            continue
        outside.append(line)
        assert "<" not in line
        assert not re.search(r"(?<!\\)`", line), line
        if line.startswith("|"):
            cells = len(re.findall(r"(?<!\\)\|", line))
            assert columns in (None, cells), line
            columns = cells
        else:
            columns = None
    assert fence == ""
    assert [line for line in outside if line.startswith("# ")] == ["# The account of the search"]


SIGNS = st.text(st.sampled_from("\\`*_{}[]()#+-.!|~<>&;:=$^\"' 1a\n\t"))


@given(SIGNS | st.text())
def test_escaped_text_reads_as_what_it_is(text: str) -> None:
    """A reader of Markdown finds one paragraph of mere text in it, letter by letter, in a cell of a table too."""
    expected = " ".join(clean(text).split())
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    assert [each.content for each in leaves(reader.parse(_escaped(text)))] == ([expected] if expected else [])
    table = f"| a | b |\n|---|---|\n| {_escaped(text)} | end |\n"
    assert [each.content for each in leaves(reader.parse(table))] == ["a", "b", *filter(None, [expected]), "end"]


def leaves(tokens: list[Token]) -> list[Token]:
    """The text of a parsed document, joined where the parser parted it at an escaped sign."""
    found = []
    for token in tokens:
        if token.type == "inline":
            assert {each.type for each in token.children or ()} <= {"text", "text_special"}
            joined = "".join(each.content for each in token.children or ())
            found += [Token("text", "", 0, content=joined)] if joined else []
        else:
            assert token.type.removesuffix("_open").removesuffix("_close") in STRUCTURE, token
    return found


STRUCTURE = {"paragraph", "table", "thead", "tbody", "tr", "th", "td"}


def test_a_reader_of_markdown_finds_our_structure_alone(hostile: Library) -> None:
    """No link, image, emphasis or HTML comes from a record; the headings are the sections."""
    reader = MarkdownIt("commonmark").enable(["table", "strikethrough"])
    kinds = [token.type for token in reader.parse(markdown(account(hostile)))]
    inside = [each.type for token in reader.parse(markdown(account(hostile))) for each in token.children or ()]
    assert kinds.count("heading_open") == 1 + len(sections(account(hostile)))
    assert not {"html_block", "code_block"} & set(kinds)
    assert not {"link_open", "image", "html_inline", "code_inline", "s_open"} & set(inside)


# -- the picture ---------------------------------------------------------------------------------------


def test_the_flow_diagram_is_a_picture_with_words(hostile: Library) -> None:
    """It is XML that stands by itself, is told in words, and holds nothing but shapes and text."""
    root = ET.fromstring(flow_svg(account(hostile)))
    assert root.attrib["role"] == "img"
    ids = {each.attrib["id"]: each for each in root.iter() if "id" in each.attrib}
    title, description = (ids[name] for name in root.attrib["aria-labelledby"].split())
    assert (title.tag, description.tag) == (f"{SVG}title", f"{SVG}desc")
    assert "Citation searching (n = " in (description.text or "")
    allowed = ("svg", "title", "desc", "defs", "marker", "rect", "text", "path")
    assert {each.tag for each in root.iter()} <= {f"{SVG}{name}" for name in allowed}
    assert "href" not in str([each.attrib for each in root.iter()])


def test_numbers_of_the_flow_diagram_are_those_of_the_boxes(library: Library, tmp_path: Path) -> None:
    """Boxes with nothing on record are dashed; those with a number are not."""
    empty = ET.fromstring(flow_svg(account(library)))
    assert dashed(empty) == 14
    searched(library, "peer", [1, 2, 3])
    brought(library, tmp_path, "a.ris", "TY  - JOUR\nTI  - Work 3\nDO  - 10.5555/w3\nER  - \n", label="心理学" * 20)
    decided(library, tmp_path, [("10.5555/w1", "include"), ("10.5555/w2", "exclude")])
    root = ET.fromstring(flow_svg(account(library)))
    assert dashed(root) == 14 - 4
    lines = [(each.text or "").replace("\xa0", " ") for each in root.iter(f"{SVG}text")]
    joined = " ".join(lines)
    for told in ("Databases (n = 4)", "OpenAlex (n = 3)", "removed (n = 1)", "screened (n = 2)", "excluded (n = 1)"):
        assert told in joined
    assert max(len(line) for line in lines[6:]) <= drawing.LETTERS


def dashed(root: ET.Element) -> int:
    return sum("stroke-dasharray" in each.attrib for each in root.iter(f"{SVG}rect"))


def test_boxes_of_the_flow_diagram_do_not_overlap(library: Library) -> None:
    """However many searches fill them."""
    for number in range(30):
        searched(library, "peer", [number + 1], sources=["openalex"])
    root = ET.fromstring(flow_svg(account(library)))
    found = [
        tuple(float(each.attrib[name]) for name in ("x", "y", "width", "height"))
        for each in root.iter(f"{SVG}rect")
        if "stroke" in each.attrib
    ]
    assert len(found) == 14
    for place, (x, y, width, height) in enumerate(found):
        assert x + width <= drawing.WIDTH
        for other_x, other_y, other_width, other_height in found[place + 1 :]:
            beside = x + width <= other_x or other_x + other_width <= x
            assert beside or y + height <= other_y or other_y + other_height <= y


@pytest.mark.parametrize(
    ("ink", "ground"),
    [
        (drawing.INK, drawing.GROUND),
        (drawing.INK, drawing.STAGE),
        (drawing.FRAME, drawing.GROUND),
        (drawing.OPEN, drawing.GROUND),
        ("#111111", "#fff3ee"),
        ("#111111", "#f3f3f3"),
        ("#0b3d75", "#ffffff"),
    ],
)
def test_colours_can_be_told_apart(ink: str, ground: str) -> None:
    """By the contrast that WCAG 2.2 wants of small text, and more."""
    assert {ink, ground} <= set(re.findall("#[0-9a-f]{6}", _STYLE)) | {
        getattr(drawing, name) for name in ("INK", "FRAME", "OPEN", "GROUND", "STAGE")
    }
    lighter, darker = sorted((luminance(ink), luminance(ground)), reverse=True)
    assert (lighter + 0.05) / (darker + 0.05) >= 6


def luminance(colour: str) -> float:
    parts = [int(colour[place : place + 2], 16) / 255 for place in (1, 3, 5)]
    red, green, blue = (part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


# -- the table, the document ---------------------------------------------------------------------------


def test_the_table_of_the_search_has_a_row_for_each_question(hostile: Library, tmp_path: Path) -> None:
    """Searches, files and citation searches; no cell is a formula, and every row has every column."""
    headings, *rows = search_table(account(hostile))
    assert {len(row) for row in rows} == {len(headings)}
    kinds = [row[headings.index("kind")] for row in rows]
    assert kinds[:2] == ["search", "file"]
    assert not [cell for row in rows for cell in row if re.match(r"\s*[=+@]", cell)]
    stream = io.StringIO()
    csv.writer(stream).writerows([headings, *rows])
    assert list(csv.reader(io.StringIO(stream.getvalue())))[1:] == [list(row) for row in rows]


def test_the_document_is_json_with_every_figure(hostile: Library) -> None:
    """It can be written as UTF-8, and holds the question behind each figure."""
    told = account(hostile)
    written = json.dumps(document(told), ensure_ascii=False).encode()
    read = json.loads(written)
    assert read["schema"] == "citation-harvester account 1"
    assert [tuple(each.values()) for each in read["figures"]] == [tuple(each) for each in told.figures]
    assert [each["number"] for each in read["prisma_s"]] == [str(number) for number in range(1, 17)]
    assert read["searches"][0]["kept"]["query"].startswith("select")
    assert len(read["prisma_2020"]) == 14


def test_the_same_library_gives_the_same_bytes(hostile: Library) -> None:
    """In every form, on any day."""
    for form in (markdown, html, flow_svg):
        assert form(account(hostile)) == form(account(hostile))
    assert document(account(hostile)) == document(account(hostile))


@hypothesis_settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=20, deadline=None)
@given(st.text(max_size=60))
def test_any_text_can_be_accounted_for(library: Library, text: str) -> None:
    """Whatever somebody searched for, or called a file."""
    run = ledger.begin(library, command="import", arguments={"file": text, "source": f"file:{text}", "sha256": text})
    told = account(library)
    assert Read(html(told)).open == []
    ET.fromstring(flow_svg(told))
    markdown(told).encode()
    json.dumps(document(told), ensure_ascii=False).encode()
    with library.transaction() as db:
        for table in ("sessions", "runs"):
            db.execute(f"delete from {table} where {'run' if table == 'sessions' else 'id'} = ?", (run.id,))
