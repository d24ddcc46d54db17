"""Graph files are read by Gephi, networkx, igraph and graphology without a warning, and say what the graph says."""

import csv
import io
import json
import lzma
import math
import os
import random
import shutil
import subprocess
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import gephi
import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import MISSING, CitationGraph, build
from graph.export import FORMATS, citation_drawing, gephi_csv, gephi_infinities, graphml
from graph.metrics import WRITTEN
from harvester.model import Citation, Node

ROOT = Path(__file__).parents[1]
SHARED = Path(os.environ.get("HARVESTER_SHARED", ROOT.parent / "shared"))

HOSTILE = [
    "",
    " ",
    "\n",
    "\u00a0",
    "\x00",
    "a\x00b\x0bc\x1f",
    "\ud800",
    "half \udfff of a pair",
    "\ufffe\uffff",
    "]]>",
    "<![CDATA[x]]>",
    "<b>bold</b> &amp; &lt; & < > \" '",
    '"both" "quoted"',
    "& < >",
    "line\nfeed",
    "carriage\rreturn\r\n",
    "tab\tand\x85\u2028\u2029",
    "INFECTION CONTROL",
    "-INF",
    "null",
    "Null",
    "NaN",
    "None",
    "true",
    "=HYPERLINK(1)",
    "+1",
    "-1",
    "@SUM(1)",
    "\t=1+1",
    "\\beta and \\n and \\",
    '"',
    "a,b;c",
    "لا شيء عنا",
    "精神卫生服务中的同伴支持" * 9,
    "𝔞🙂",
    "e\u0301\u200b",
    "x" * 5_000,
    "two words " * 500,
]
KEYS = ["doi:10.1/a", "doi:10.1/b<c>&\"d'", "doi:10.1/é b", "openalex:W1", "import:\\x", "=1+1", "中文", "NULL"]

hostile = st.none() | st.sampled_from(HOSTILE) | st.text(st.characters(exclude_categories=()))
numbers = st.none() | st.integers(-3_000, 3_000) | st.integers()
names = st.sets(st.sampled_from(["crossref", "openalex", "page:booksci", "INF", " ", "\x00"])).map(sorted).map(tuple)
works = st.builds(
    Node,
    key=st.just(""),
    title=hostile,
    year=numbers,
    doi=hostile,
    openalex=hostile,
    type=hostile,
    venue=hostile,
    first_author=hostile,
    cited_by_count=numbers,
    sources=names,
    is_retracted=st.booleans(),
    is_open_access=st.none() | st.booleans(),
    only_cited=st.booleans(),
)
TEXTS = ("title", "doi", "openalex", "type", "venue", "first_author")


@st.composite
def material(draw: st.DrawFn) -> tuple[list[Node], list[Citation]]:
    """Works as strangers describe them, and citations among them."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True, max_size=5))
    nodes = [draw(works)._replace(key=key) for key in keys]
    ends = st.sampled_from(keys) if keys else st.nothing()
    return nodes, draw(st.lists(st.builds(Citation, ends, ends, names), max_size=12))


def everything_hostile() -> CitationGraph:
    """One work for each hostile text, in every field that takes text, and a ring of citations."""
    keys = [f"doi:10.1/{place:02}" for place in range(len(HOSTILE))]
    nodes = [
        Node(key, *(text, 2000, text, text, text, text, text, 7, (text,)), is_open_access=False)
        for key, text in zip(keys, HOSTILE, strict=True)
    ]
    ring = zip(keys, keys[1:] + keys[:1], strict=True)
    return build(nodes, [Citation(citing, cited, ("crossref", "openalex")) for citing, cited in ring])


def legal(text: str | None) -> str | None:
    """What is left of a text in an XML file: its legal characters, or nothing if they are all blank."""
    kept = "".join(
        c for c in text or "" if c in "\t\n\r" or " " <= c <= "\ud7ff" or "\ue000" <= c <= "\ufffd" or c >= "\U00010000"
    )
    return kept if kept.strip() else None


def expected_nodes(graph: CitationGraph) -> dict[str, dict[str, Any]]:
    """The attributes that a reader should find, apart from the label."""
    metrics = {name: WRITTEN[name](graph).tolist() for name in WRITTEN}
    found = {}
    for row, key in enumerate(graph.keys):
        attributes: dict[str, Any] = {name: legal(getattr(graph, name)[row]) for name in TEXTS}
        for name in ("year", "cited_by_count"):
            value = getattr(graph, name)[row].item()
            attributes[name] = None if value == MISSING else value
        for name, values in metrics.items():
            number = values[row] if type(values[row]) is int else float(f"{values[row]:.8e}")
            attributes[name] = None if number != number else number  # a metric that is not defined
        attributes["sources"] = legal("; ".join(graph.sources[row]))
        attributes["is_retracted"] = graph.is_retracted[row].item()
        attributes["is_open_access"] = {-1: None, 0: False, 1: True}[graph.is_open_access[row].item()]
        attributes["only_cited"] = graph.only_cited[row].item()
        found[key] = {name: value for name, value in attributes.items() if value is not None}
    return found


def expected_edges(graph: CitationGraph) -> dict[tuple[str, str], dict[str, Any]]:
    """The attributes of each citation that a reader should find."""
    found = {}
    for citing, cited, mask, lag in graph.edges():
        sources = graph.names_in(mask)
        attributes = {
            "sources": legal("; ".join(sources)),
            "n_sources": len(sources),
            "lag": None if lag == MISSING else lag,
        }
        pair = graph.keys[citing], graph.keys[cited]
        found[pair] = {name: value for name, value in attributes.items() if value is not None}
    return found


def without_label(attributes: dict[str, Any]) -> dict[str, Any]:
    assert attributes["label"].strip()
    return {name: value for name, value in attributes.items() if name != "label"}


def document(graph: CitationGraph) -> bytes:
    stream = io.StringIO()
    graphml(citation_drawing(graph), stream)
    return stream.getvalue().encode()


# -- the readers -----------------------------------------------------------------


def texts_and_citations(test: Callable[..., None]) -> Callable[..., None]:
    """Check the claim on many graphs, however long the machine takes for one."""
    return settings(deadline=None)(given(given_material=material())(test))


@texts_and_citations
def test_gephi_reads_every_graph_without_a_word(given_material: tuple[list[Node], list[Citation]]) -> None:
    """Each value is what the graph says; only "INF" and "null" are changed, as Gephi always changes them."""
    graph = build(*given_material)
    result = gephi.read(document(graph))
    nodes, edges = expected_nodes(graph), expected_edges(graph)

    def in_gephi(attributes: dict[str, Any]) -> dict[str, Any]:
        changed = {
            name: value.replace("INF", "Infinity") if isinstance(value, str) else value
            for name, value in attributes.items()
        }
        return {name: value for name, value in changed.items() if str(value).lower() != "null"}

    assert {key: node.values for key, node in result.nodes.items()} == {
        key: in_gephi(attributes) for key, attributes in nodes.items()
    }
    titles = {column.id: column.title for column in result.edge_columns.values()}
    assert {
        (edge.source, edge.target): {titles[name]: value for name, value in edge.values.items()}
        for edge in result.edges
    } == {pair: in_gephi(attributes) for pair, attributes in edges.items()}
    assert all(edge.weight == 1 and edge.directed and edge.kind is None for edge in result.edges)
    silent = {message for level, message in result.issues if level == "SILENT"}
    assert not [problem for problem in result.problems() if not problem.startswith("SILENT")]
    assert all("'INF' becomes" in message or "is taken for none" in message for message in silent)


@texts_and_citations
def test_the_changes_gephi_makes_are_counted(given_material: tuple[list[Node], list[Citation]]) -> None:
    """The number announced is the number of values that the importer replaces."""
    graph = build(*given_material)
    replaced = [text for _, text in gephi.read(document(graph)).issues if "'INF' becomes" in text]
    assert gephi_infinities(citation_drawing(graph)) == len(replaced)


@texts_and_citations
def test_networkx_reads_every_graph(given_material: tuple[list[Node], list[Citation]]) -> None:
    """The same works, citations, values and types come back."""
    graph = build(*given_material)
    read = nx.read_graphml(io.BytesIO(document(graph)))
    assert type(read) is nx.DiGraph
    assert {key: without_label(found) for key, found in read.nodes(data=True)} == expected_nodes(graph)
    assert {(a, b): found for a, b, found in read.edges(data=True)} == expected_edges(graph)


def by_igraph(folder: Path, content: bytes) -> igraph.Graph:
    file = folder / "graph.graphml"
    file.write_bytes(content)
    return igraph.Graph.Read_GraphML(str(file))


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("graphml")


@texts_and_citations
def test_igraph_reads_every_graph(folder: Path, given_material: tuple[list[Node], list[Citation]]) -> None:
    """The same values come back, with igraph's "", NaN and False for those that are missing."""
    graph = build(*given_material)
    read = by_igraph(folder, document(graph))
    assert read.is_directed()
    present = {"label", "id", *TEXTS, "year", "cited_by_count", *WRITTEN, "sources"}
    assert set(read.vs.attributes()) == present | {"is_retracted", "is_open_access", "only_cited"}
    assert read.es.attributes() == ["sources", "n_sources", "lag"]

    def known(attributes: dict[str, Any]) -> dict[str, Any]:
        return {
            name: value
            for name, value in attributes.items()
            if value not in ("", False) and not (isinstance(value, float) and math.isnan(value))
        }

    # libxml2 hands over the & of an XML attribute as &#38;, and igraph keeps it (its ids, not its values).
    ends = [vertex["id"].replace("&#38;", "&") for vertex in read.vs]
    nodes = {
        end: known({name: value for name, value in without_label(vertex.attributes()).items() if name != "id"})
        for end, vertex in zip(ends, read.vs, strict=True)
    }
    assert nodes == {key: known(found) for key, found in expected_nodes(graph).items()}
    edges = {(ends[edge.source], ends[edge.target]): known(edge.attributes()) for edge in read.es}
    assert edges == {pair: known(found) for pair, found in expected_edges(graph).items()}


GRAPHOLOGY = """
const { parse } = require("graphology-graphml");
const { DirectedGraph } = require("graphology");
const Graph = require("graphology");
const graph = parse(Graph, require("fs").readFileSync(0, "utf8"));
console.log(JSON.stringify({
  type: graph.type, multi: graph.multi,
  nodes: Object.fromEntries(graph.mapNodes((node, attributes) => [node, attributes])),
  edges: graph.mapEdges((edge, attributes, source, target) => [source, target, attributes]),
}));
"""


def graphology_folder() -> Path | None:
    """Where graphology-graphml is installed: GRAPHOLOGY_DIR, or a node_modules here or above."""
    given_folder = os.environ.get("GRAPHOLOGY_DIR")
    places = [Path(given_folder)] if given_folder else [ROOT, *ROOT.parents]
    for place in places:
        modules = place if place.name == "node_modules" else place / "node_modules"
        if (modules / "graphology-graphml").is_dir() and (modules / "graphology").is_dir():
            return modules.resolve()
    return None


@pytest.mark.parametrize("content", ["hostile", "empty"])
def test_graphology_reads_the_graph(content: str) -> None:
    """The reader inside Gephi Lite finds the same works, citations and values, and says nothing."""
    modules = graphology_folder()
    if modules is None or shutil.which("node") is None:
        pytest.skip("needs node, and graphology and graphology-graphml in node_modules or in GRAPHOLOGY_DIR")
    graph = everything_hostile() if content == "hostile" else build([], [])
    answer = subprocess.run(
        ["node", "-e", GRAPHOLOGY],
        input=document(graph),
        capture_output=True,
        env=os.environ | {"NODE_PATH": str(modules)},
        check=True,
    )
    assert not answer.stderr
    read = json.loads(answer.stdout)
    assert (read["type"], read["multi"]) == ("directed", False)
    assert {key: without_label(found) for key, found in read["nodes"].items()} == expected_nodes(graph)
    assert {(a, b): found for a, b, found in read["edges"]} == expected_edges(graph)


@pytest.mark.parametrize("review", ["Jeyaraman_2020", "Oud_2018"])
def test_a_real_review_opens_in_every_reader(review: str, folder: Path) -> None:
    """The works that a published review found, with the titles and names that OpenAlex has for them."""
    file = SHARED / "data" / "openalex" / f"{review}_works.jsonl.xz"
    if not file.exists():
        pytest.skip(f"the recorded OpenAlex works of {review} are not on this machine")
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        works = {work["id"]: work for work in map(json.loads, lines)}
    graph = build(
        (
            Node(
                key,
                title=work["title"],
                year=work["publication_year"],
                doi=work["doi"],
                first_author=next((a["author"]["display_name"] for a in work["authorships"]), None),
                venue=(work.get("host_venue") or {}).get("display_name"),
                cited_by_count=work["cited_by_count"],
                sources=("openalex",),
            )
            for key, work in works.items()
        ),
        (
            Citation(citing, cited, ("openalex",))
            for citing, work in works.items()
            for cited in work["referenced_works"]
            if cited in works
        ),
    )
    content = document(graph)
    imported = gephi.read(content)
    assert [problem for problem in imported.problems() if "'INF' becomes" not in problem] == []
    assert len(imported.issues) == gephi_infinities(citation_drawing(graph))
    read = nx.read_graphml(io.BytesIO(content))
    assert {key: without_label(found) for key, found in read.nodes(data=True)} == expected_nodes(graph)
    assert {(a, b): found for a, b, found in read.edges(data=True)} == expected_edges(graph)
    assert by_igraph(folder, content).ecount() == graph.citations > 4_000


# -- the file --------------------------------------------------------------------


def test_one_work_and_one_citation_to_the_byte() -> None:
    """The whole document, as it is promised to those who read it with their own programs."""
    graph = build(
        [
            Node(
                "doi:10.1/b",
                title='Peers & "us"',
                year=2020,
                doi="10.1/b",
                openalex="W2",
                type="article",
                venue="BMJ",
                first_author="Smith",
                cited_by_count=3,
                sources=("crossref", "openalex"),
                is_open_access=True,
            ),
            Node("openalex:W1", year=2018, only_cited=True),
        ],
        [Citation("doi:10.1/b", "openalex:W1", ("openalex", "crossref"))],
    )
    assert (
        document(graph).decode()
        == """\
<?xml version="1.0" encoding="UTF-8"?>
<graphml xmlns="http://graphml.graphdrawing.org/xmlns">
<key id="label" for="node" attr.name="label" attr.type="string"/>
<key id="title" for="node" attr.name="title" attr.type="string"/>
<key id="year" for="node" attr.name="year" attr.type="int"/>
<key id="doi" for="node" attr.name="doi" attr.type="string"/>
<key id="openalex" for="node" attr.name="openalex" attr.type="string"/>
<key id="type" for="node" attr.name="type" attr.type="string"/>
<key id="venue" for="node" attr.name="venue" attr.type="string"/>
<key id="first_author" for="node" attr.name="first_author" attr.type="string"/>
<key id="cited_by_count" for="node" attr.name="cited_by_count" attr.type="int"/>
<key id="in_degree" for="node" attr.name="in_degree" attr.type="int"/>
<key id="out_degree" for="node" attr.name="out_degree" attr.type="int"/>
<key id="pagerank" for="node" attr.name="pagerank" attr.type="double"/>
<key id="core_number" for="node" attr.name="core_number" attr.type="int"/>
<key id="component" for="node" attr.name="component" attr.type="int"/>
<key id="citations_per_year" for="node" attr.name="citations_per_year" attr.type="double"/>
<key id="sources" for="node" attr.name="sources" attr.type="string"/>
<key id="is_retracted" for="node" attr.name="is_retracted" attr.type="boolean"/>
<key id="is_open_access" for="node" attr.name="is_open_access" attr.type="boolean"/>
<key id="only_cited" for="node" attr.name="only_cited" attr.type="boolean"/>
<key id="edge_sources" for="edge" attr.name="sources" attr.type="string"/>
<key id="n_sources" for="edge" attr.name="n_sources" attr.type="int"/>
<key id="lag" for="edge" attr.name="lag" attr.type="int"/>
<graph edgedefault="directed">
<node id="doi:10.1/b"><data key="label">Smith 2020</data><data key="title">Peers &amp; "us"</data>\
<data key="year">2020</data><data key="doi">10.1/b</data><data key="openalex">W2</data>\
<data key="type">article</data><data key="venue">BMJ</data><data key="first_author">Smith</data>\
<data key="cited_by_count">3</data><data key="in_degree">0</data><data key="out_degree">1</data>\
<data key="pagerank">0.350877193</data><data key="core_number">1</data><data key="component">0</data>\
<data key="citations_per_year">0</data><data key="sources">crossref; openalex</data>\
<data key="is_retracted">false</data><data key="is_open_access">true</data>\
<data key="only_cited">false</data></node>
<node id="openalex:W1"><data key="label">openalex:W1</data><data key="year">2018</data>\
<data key="in_degree">1</data><data key="out_degree">0</data><data key="pagerank">0.649122807</data>\
<data key="core_number">1</data><data key="component">0</data><data key="citations_per_year">0.333333333</data>\
<data key="is_retracted">false</data><data key="only_cited">true</data></node>
<edge source="doi:10.1/b" target="openalex:W1"><data key="edge_sources">crossref; openalex</data>\
<data key="n_sources">2</data><data key="lag">2</data></edge>
</graph>
</graphml>
"""
    )


@pytest.mark.parametrize(
    ("author", "title", "year", "label"),
    [
        ("Smith", "Peer support", 2020, "Smith 2020"),
        ("Smith", "Peer support", None, "Smith"),
        (None, "Peer support", 2020, "Peer support"),
        (" \x00", "\ud800", 2020, "key"),
        (None, None, None, "key"),
        (None, "Peer\n  support", None, "Peer support"),
        (
            None,
            "Peer support for people who use mental health services",
            None,
            "Peer support for people who use mental…",
        ),
        (None, "精" * 60, None, "精" * 39 + "…"),
        (
            "World Health Organization Department of Mental Health",
            None,
            2001,
            "World Health Organization Department of… 2001",
        ),
    ],
)
def test_a_label_is_short_and_never_empty(author: str | None, title: str | None, year: int | None, label: str) -> None:
    """Name and year; else what is there of them; else the title, cut between words; else the key."""
    graph = build([Node("key", title=title, year=year, first_author=author)], [])
    assert gephi.read(document(graph)).nodes["key"].label == label


def test_a_new_metric_is_exported_as_far_as_readers_have_room_for_it(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its column follows the others; what is no number, or has more than 32 bits, is left out."""
    graph = build([Node("a"), Node("b"), Node("c")], [])
    monkeypatch.setitem(WRITTEN, "whole", lambda _: np.array([2**31 - 1, 2**31, -(2**31)]))
    monkeypatch.setitem(WRITTEN, "real", lambda _: np.array([1 / 3, np.nan, np.inf]))
    result = gephi.read(document(graph))
    assert not result.issues
    assert [result.nodes[key].values.get("whole") for key in "abc"] == [2**31 - 1, None, None]
    assert [result.nodes[key].values.get("real") for key in "abc"] == [0.333333333, None, None]


@pytest.mark.parametrize("suffix", FORMATS)
@settings(deadline=None)
@given(given_material=material(), chance=st.randoms(use_true_random=False))
def test_every_format_gives_the_same_bytes_whatever_the_order(
    suffix: str, given_material: tuple[list[Node], list[Citation]], chance: random.Random
) -> None:
    """Works and citations that arrive in another order leave no trace in any file."""
    nodes, citations = given_material
    texts = []
    for _ in range(2):
        stream = io.BytesIO()
        FORMATS[suffix](citation_drawing(build(nodes, citations)), stream)
        texts.append(stream.getvalue())
        chance.shuffle(nodes)
        chance.shuffle(citations)
    assert texts[0] == texts[1]


@pytest.mark.parametrize("suffix", FORMATS)
def test_memory_does_not_grow_with_the_citations(suffix: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Eight times the citations are written with the same memory: nothing is kept of those that are written."""
    monkeypatch.setattr("graph.export.drawing.BLOCK", 500)

    class Sink(io.RawIOBase):
        def writable(self) -> bool:
            return True

        def write(self, content: Any) -> int:
            return len(content)

    def peak(reach: int) -> int:
        size = 200
        drawing = citation_drawing(
            build(
                (Node(f"{number:03}") for number in range(size)),
                (
                    Citation(f"{number:03}", f"{(number + step) % size:03}", ("crossref",))
                    for number in range(size)
                    for step in range(1, reach + 1)
                ),
            )
        )
        tracemalloc.start()
        try:
            before, _ = tracemalloc.get_traced_memory()
            FORMATS[suffix](drawing, Sink())  # type: ignore[arg-type]  # it is a binary stream
            return tracemalloc.get_traced_memory()[1] - before
        finally:
            tracemalloc.stop()

    peak(1)
    few, many = peak(20), peak(160)
    assert many < few + 2 * 200 * (160 - 20)


# -- Gephi's tables --------------------------------------------------------------


def as_text(attributes: dict[str, Any]) -> dict[str, str]:
    """Values as they stand in a table."""
    written = {
        name: str(value).lower()
        if isinstance(value, bool)
        else f"{value:.9g}"
        if isinstance(value, float)
        else str(value).strip("".join(map(chr, range(33))))
        for name, value in attributes.items()
    }
    return {name: text for name, text in written.items() if text}


@texts_and_citations
def test_gephi_tables_hold_the_true_values(given_material: tuple[list[Node], list[Citation]]) -> None:
    """What the spreadsheet importer reads is what the graph says, "INF", backslashes, formulas and all."""
    graph = build(*given_material)
    nodes, edges = io.StringIO(newline=""), io.StringIO(newline="")
    gephi_csv(citation_drawing(graph), nodes, edges)
    read = gephi.read_tables(nodes.getvalue().encode(), edges.getvalue().encode())
    assert not read.issues
    works = {key: node.values for key, node in read.nodes.items()}
    assert works == {key: as_text(found) for key, found in expected_nodes(graph).items()}
    assert all(edge.directed and edge.weight == 1 for edge in read.edges)
    citations = {(edge.source, edge.target): edge.values for edge in read.edges}
    assert citations == {pair: as_text(found) for pair, found in expected_edges(graph).items()}


def test_a_spreadsheet_runs_nothing_in_gephi_tables() -> None:
    """No cell with text begins as a formula does; negative numbers stay numbers."""
    graph = build(
        [Node("=1", title="=1+1", first_author="@x", venue="-x", year=-5), Node("b", title="+1", year=0)],
        [Citation("=1", "b", ("=source",))],
    )
    nodes, edges = io.StringIO(), io.StringIO()
    gephi_csv(citation_drawing(graph), nodes, edges)
    cells = [cell for text in (nodes, edges) for row in csv.reader(io.StringIO(text.getvalue())) for cell in row]
    assert [cell for cell in cells if cell.startswith(("=", "+", "-", "@"))] == ["-5", "-5"]
