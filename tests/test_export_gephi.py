"""Gephi opens every format it knows without a complaint, with the look and the time that the drawing has."""

import io
import math
import re
from collections.abc import Callable
from typing import Any

import gephi
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_graphml import HOSTILE, everything_hostile, expected_edges, expected_nodes, hostile, material

from graph.build import MISSING, CitationGraph, build
from graph.export import FORMATS, Drawing, citation_drawing, gephi_infinities, network_drawing
from graph.similarity import Network
from graph.similarity.network import weigh
from harvester.model import Citation, Node

places = st.floats(-1e6, 1e6) | st.integers(-100, 100)
GEXF_VERSION = ("INFO", "GEXF version 1.3")


def document(drawing: Drawing, suffix: str) -> bytes:
    stream = io.BytesIO()
    FORMATS[suffix](drawing, stream)
    return stream.getvalue()


@st.composite
def drawn(draw: st.DrawFn) -> tuple[CitationGraph, Drawing]:
    """A graph of strangers' works, drawn with communities, names and positions or without."""
    graph = build(*draw(material()))
    size = len(graph)
    community = draw(st.none() | st.lists(st.integers(-1, 13), min_size=size, max_size=size))
    positions = draw(st.none() | st.lists(st.tuples(places, places), min_size=size, max_size=size))
    labels = draw(st.lists(st.sampled_from(HOSTILE), max_size=3)) if community else []
    return graph, citation_drawing(graph, community=community, community_labels=labels, positions=positions)


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """A network of names that strangers gave, as no key of a work could be."""
    names = hostile.map(str) | st.sampled_from(["graph", "Node", "EDGE", "a", "a\t", 'a"', "a (2)"])
    keys = tuple(sorted(draw(st.sets(names, max_size=6))))
    pairs = [(one, other) for other in range(len(keys)) for one in range(other)]
    chosen = sorted(draw(st.sets(st.sampled_from(pairs)))) if pairs else []
    counts = draw(st.lists(st.integers(1, 10**6), min_size=len(chosen), max_size=len(chosen)))
    first, second = (np.array([pair[end] for pair in chosen], dtype=np.int32) for end in (0, 1))
    return weigh(
        keys,
        np.full(len(keys), 10**6, dtype=np.int64),
        (first, second, np.array(counts, dtype=np.int32)),
        measure=draw(st.sampled_from(["count", "cosine", "association"])),
        least=1,
        hub=None,
        left_out=(),
    )


def many(test: Callable[..., None]) -> Callable[..., None]:
    """Check the claim on many graphs, however long the machine takes for one."""
    return settings(deadline=None, max_examples=60)(test)


def in_gephi(values: dict[str, Any]) -> dict[str, Any]:
    """What the XML importers make of values: "INF" is infinity and "null" nothing."""
    changed = {
        name: value.replace("INF", "Infinity") if isinstance(value, str) else value for name, value in values.items()
    }
    return {name: value for name, value in changed.items() if str(value).lower() != "null"}


def grouped(drawing: Drawing, values: dict[str, Any], row: int) -> dict[str, Any]:
    """The values of a node with those of its community."""
    for attribute in drawing.attributes:
        if attribute.name == "community_label" and (label := attribute.text(row)) is not None:
            values = values | {"community_label": label}
    group = -1 if drawing.community is None else drawing.community[row].item()
    return values if group < 0 else values | {"community": group}


def assert_same_look(drawing: Drawing, read: gephi.Import, *, digits: int = 9) -> None:
    """Each node has the position, the colour and the size of the drawing, and no other."""
    for row, node in enumerate(read.nodes.values()):
        look = {name: value for name, value in node.properties.items() if name != "label"}
        wanted: dict[str, float] = {}
        if drawing.positions is not None:
            wanted |= dict(zip("xy", drawing.positions[row].tolist(), strict=True))
        if drawing.colours is not None:
            wanted |= dict(zip("rgb", drawing.colours[row], strict=True))
        if wanted:
            wanted["size"] = drawing.sizes[row].item()
        assert {name for name in look if name != "z"} == set(wanted)
        for name, value in wanted.items():
            assert look[name] == pytest.approx(value, rel=max(10.0**-digits, 1e-8), abs=1e-8 if name in "xy" else 1.01)


# -- GEXF and GraphML ------------------------------------------------------------


@pytest.mark.parametrize(("suffix", "read"), [(".gexf", gephi.read_gexf), (".graphml", gephi.read)])
@many
@given(case=drawn())
def test_gephi_reads_drawings_in_xml(
    suffix: str, read: Callable[[bytes], gephi.Import], case: tuple[CitationGraph, Drawing]
) -> None:
    """Labels, values, look and citations are those of the drawing; only "INF" and "null" are changed, and counted."""
    graph, drawing = case
    result = read(document(drawing, suffix))
    nodes, edges = expected_nodes(graph), expected_edges(graph)
    assert [node.label for node in result.nodes.values()] == [drawing.label(row) for row in range(len(graph))]
    assert {key: node.values for key, node in result.nodes.items()} == {
        key: in_gephi(grouped(drawing, values, row)) for row, (key, values) in enumerate(nodes.items())
    }
    titles = {column.id: column.title for column in result.edge_columns.values()}
    assert {
        (edge.source, edge.target): {titles[name]: value for name, value in edge.values.items()}
        for edge in result.edges
    } == {pair: in_gephi(found) for pair, found in edges.items()}
    assert all(edge.directed and edge.weight == 1 for edge in result.edges)
    assert_same_look(drawing, result)
    told = [issue for issue in result.issues if issue != GEXF_VERSION]
    assert all("'INF' becomes" in message or "is taken for none" in message for _, message in told)
    assert sum("'INF' becomes" in message for _, message in told) == gephi_infinities(drawing)


@pytest.mark.parametrize(("suffix", "read"), [(".gexf", gephi.read_gexf), (".graphml", gephi.read)])
@many
@given(network=networks())
def test_gephi_reads_networks_in_xml(suffix: str, read: Callable[[bytes], gephi.Import], network: Network) -> None:
    """Every name is a node of its own, every link an undirected edge with its weight, whatever the names hold."""
    drawing = network_drawing(network)
    result = read(document(drawing, suffix))
    assert list(result.nodes) == list(drawing.keys)
    assert len(drawing.keys) == len(network)
    assert not [issue for issue in result.issues if issue != GEXF_VERSION]
    rows = {key: row for row, key in enumerate(result.nodes)}
    found = {(rows[edge.source], rows[edge.target]): edge for edge in result.edges}
    assert not any(edge.directed for edge in result.edges)
    for first, second, weight, count in zip(
        network.first.tolist(), network.second.tolist(), network.weights.tolist(), network.counts.tolist(), strict=True
    ):
        edge = found.pop((first, second))
        assert edge.weight == pytest.approx(weight, rel=1e-8)
        assert edge.values == {"count": count}
    assert not found


def three_years() -> CitationGraph:
    """Works of three years that cite each other, one of them too early, and one without a year."""
    nodes = [Node("a", year=2018), Node("b", year=2019), Node("c", year=2021), Node("d")]
    pairs = [("b", "a"), ("c", "b"), ("b", "c"), ("d", "a"), ("c", "d")]
    return build(nodes, [Citation(citing, cited, ("crossref",)) for citing, cited in pairs])


def test_the_timeline_plays_the_field_growing() -> None:
    """Works and citations come with their years and stay; a work without a year is there from the start."""
    read = gephi.read_gexf(document(citation_drawing(three_years()), ".gexf"))
    assert read.bounds() == (2018, 2021)
    assert read.visible(2018, 2018) == ({"a", "d"}, {("d", "a")})
    assert read.visible(2018, 2019) == ({"a", "b", "d"}, {("b", "a"), ("d", "a")})
    everything = read.visible(2018, 2021)
    assert everything[0] == {"a", "b", "c", "d"}
    assert len(everything[1]) == 5
    assert read.visible(2021, 2021) == everything


def test_without_years_there_is_no_time() -> None:
    """A graph that is not dynamic shows no timeline that could not be played."""
    graph = build([Node("a"), Node("b")], [Citation("a", "b", ("crossref",))])
    content = document(citation_drawing(graph), ".gexf")
    assert b'mode="static"' in content
    assert b"start=" not in content
    assert gephi.read_gexf(content).bounds() == (-math.inf, math.inf)


def test_links_of_works_are_there_from_the_later_year_on() -> None:
    """A link cannot be older than either of its ends, and one year is enough to date it."""
    graph = three_years()
    network = weigh(
        tuple(graph.keys),
        np.array([1, 1, 1, 1]),
        (np.array([0, 0, 1], np.int32), np.array([2, 3, 2], np.int32), np.array([1, 1, 1], np.int32)),
        measure="count",
        least=1,
        hub=None,
        left_out=(),
    )
    drawing = network_drawing(network, graph=graph)
    starts = {(e.source, e.target): e.interval for e in gephi.read_gexf(document(drawing, ".gexf")).edges}
    assert starts == {("a", "c"): (2021, math.inf), ("a", "d"): (2018, math.inf), ("b", "c"): (2021, math.inf)}
    assert drawing.year is not None
    assert drawing.year.tolist() == [2018, 2019, 2021, MISSING]


# -- GML -------------------------------------------------------------------------


def entities(text: str) -> str:
    """What GML has for a text, by its own words: everything but printable ASCII, & and " is an entity."""
    return "".join({'"': "&quot;", "&": "&amp;"}.get(c) or (c if " " <= c <= "~" else f"&#{ord(c)};") for c in text)


def written(value: Any) -> Any:
    return int(value) if isinstance(value, bool) else entities(value) if isinstance(value, str) else value


@many
@given(case=drawn())
def test_gephi_reads_drawings_in_gml(case: tuple[CitationGraph, Drawing]) -> None:
    """Numbers keep their types, nodes their look; texts are as the file has them, since Gephi decodes nothing."""
    graph, drawing = case
    content = document(drawing, ".gml")
    assert content.isascii()
    result = gephi.read_gml(content)
    assert not result.issues
    assert [node.label for node in result.nodes.values()] == [entities(key) for key in graph.keys]
    for row, (node, values) in enumerate(zip(result.nodes.values(), expected_nodes(graph).values(), strict=True)):
        wanted = grouped(drawing, values | {"name": drawing.label(row)}, row)
        assert node.values == {name: written(value) for name, value in wanted.items()}
        if "color" in node.properties:
            code = node.properties.pop("color")
            node.properties |= dict(zip("rgb", bytes.fromhex(code.removeprefix("#")), strict=True))
    assert_same_look(drawing, result)
    keys = list(graph.keys)
    edges = {(keys[int(edge.source)], keys[int(edge.target)]): edge.values for edge in result.edges}
    assert edges == {
        pair: {name: written(value) for name, value in found.items()} for pair, found in expected_edges(graph).items()
    }
    assert all(edge.directed and edge.weight == 1 for edge in result.edges)


# -- DOT -------------------------------------------------------------------------


def in_dot(value: Any) -> str:
    """A value as text; DOT has line feeds only, and a tab is a space."""
    if isinstance(value, bool):
        return str(value).lower()
    if isinstance(value, float):
        return f"{value:.9g}"
    return str(value).translate({13: "\n", 9: " "})


@many
@given(case=drawn())
def test_gephi_reads_drawings_in_dot(case: tuple[CitationGraph, Drawing]) -> None:
    """Every node and citation, every value as text, positions and colours; sizes are widths in inches."""
    graph, drawing = case
    result = gephi.read_dot(document(drawing, ".dot"))
    assert not result.issues
    assert list(result.nodes) == list(graph.keys)
    for row, (node, values) in enumerate(zip(result.nodes.values(), expected_nodes(graph).values(), strict=True)):
        assert node.label == drawing.label(row)
        found = dict(node.values)
        if drawing.colours is not None or drawing.positions is not None:
            node.properties["size"] = float(found.pop("width")) * 72
        assert found == {name: in_dot(value) for name, value in grouped(drawing, values, row).items()}
    assert_same_look(drawing, result, digits=3)
    assert {(edge.source, edge.target): edge.values for edge in result.edges} == {
        pair: {name: in_dot(value) for name, value in found.items()} for pair, found in expected_edges(graph).items()
    }


@many
@given(network=networks())
def test_gephi_reads_networks_in_dot(network: Network) -> None:
    """Not even a node that is called "graph" or "edge" makes Gephi skip what follows."""
    drawing = network_drawing(network)
    result = gephi.read_dot(document(drawing, ".dot"))
    assert not result.issues
    assert [node.label for node in result.nodes.values()] == list(drawing.keys)
    assert len(result.edges) == len(network.first)
    assert not any(edge.directed for edge in result.edges)
    assert [edge.weight for edge in result.edges] == pytest.approx(network.weights.tolist(), rel=1e-8)


# -- Pajek -----------------------------------------------------------------------


@many
@given(case=drawn())
def test_gephi_reads_drawings_in_pajek(case: tuple[CitationGraph, Drawing]) -> None:
    """Vertices are named by their keys and stand in the unit square; no y is taken for a size."""
    graph, drawing = case
    result = gephi.read_pajek(document(drawing, ".net"))
    assert not result.issues
    names = [key.replace('"', "'").replace("\\", "/") for key in graph.keys]
    assert [node.label for node in result.nodes.values()] == names
    pairs = {(graph.keys[int(edge.source) - 1], graph.keys[int(edge.target) - 1]) for edge in result.edges}
    assert pairs == set(expected_edges(graph))
    for node in result.nodes.values():
        assert set(node.properties) - {"label"} == (set() if drawing.positions is None else {"x", "y"})
        assert all(0 <= node.properties.get(axis, 0) <= 1 for axis in "xy")


@many
@given(network=networks())
def test_gephi_reads_networks_in_pajek(network: Network) -> None:
    """Names that differ still differ when quotation marks and backslashes are replaced."""
    result = gephi.read_pajek(document(network_drawing(network), ".net"))
    assert not result.issues
    assert len({node.label for node in result.nodes.values()}) == len(network)
    assert [edge.weight for edge in result.edges] == pytest.approx(network.weights.tolist(), rel=1e-8)


# -- tables ----------------------------------------------------------------------


@many
@given(network=networks())
def test_gephi_reads_networks_in_tables(network: Network) -> None:
    """Names that begin as a formula or end in a backslash come back; links are undirected and weighted."""
    drawing = network_drawing(network)
    result = gephi.read_tables(document(drawing, ".nodes.csv"), document(drawing, ".edges.csv"))
    assert not result.issues
    assert list(result.nodes) == list(drawing.keys)
    assert not any(edge.directed for edge in result.edges)
    assert [edge.weight for edge in result.edges] == pytest.approx(network.weights.tolist(), rel=1e-8)


# -- the model -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("content", "problem"),
    [
        ('<nodes><node label="a"/></nodes>', "SEVERE: Node id is missing"),
        ('<edges><edge source="a"/></edges>', "SEVERE: Edge source or target is missing"),
        ('<edges><edge source="a" target="b"/></edges>', "INFO: Some nodes were created"),
        ('<nodes><node id="a" start="2" end="1"/></nodes>', "SEVERE: The interval of id=a ends before it starts"),
        ('<attributes class="node"><attribute id="a" type="text"/></attributes>', "SEVERE: Attribute type 'text'"),
        ('<nodes><node id="a"><color r="300"/></node></nodes>', "WARNING: Color value '300'"),
        ('<nodes><node id="a"><attvalue for="x" value="1"/></node></nodes>', "SILENT: a value of the unknown key 'x'"),
    ],
)
def test_the_model_reports_what_the_gexf_importer_reports(content: str, problem: str) -> None:
    """One problem in the file is one line in the report, behind the one that names the version."""
    version, *problems = gephi.read_gexf(f'<gexf version="1.3"><graph>{content}</graph></gexf>'.encode()).problems()
    assert version == "INFO: GEXF version 1.3"
    assert len(problems) == 1
    assert problems[0].startswith(problem)


def test_the_model_has_the_faults_of_the_other_importers() -> None:
    """What the writers take care to avoid is what Gephi would fall over."""
    skipped = gephi.read_dot(b'graph { node [shape="box"]; "a" -- "b"; }')
    assert not skipped.nodes
    assert skipped.problems()[0].startswith("SILENT: everything behind 'node'")
    with pytest.raises(gephi.ImportFailed, match="#ff0000"):
        gephi.read_dot(b'graph { "a" [color="#ff0000"]; }')
    mixed = gephi.read_gml(b"graph [ node [ id 0 share 1 ] node [ id 1 share 0.5 ] ]")
    assert mixed.problems()[0].startswith("SEVERE: The expected value class of share")
    assert gephi.read_pajek(b'*Vertices 1\n1 "a" 1 -2 0\n*Arcs\n').nodes["1"].properties["size"] == -2
    with pytest.raises(gephi.ImportFailed, match="NullPointerException"):
        gephi.read_pajek(b'*Vertices 1\n1 "a"\n')


@pytest.mark.parametrize("name", ["les_miserables", "basic", "data", "v1_3", "minimal"])
def test_the_model_reads_the_gexf_files_of_graphology(name: str) -> None:
    """Files that other programs wrote come with the nodes and edges that networkx finds."""
    file = gephi_files() / f"{name}.gexf"
    if not file.exists():
        pytest.skip("the GEXF files of graphology are not on this machine")
    content = file.read_bytes()
    if b"dateformat" in content or b'timeformat="date' in content:
        pytest.skip("the model reads no dates")
    result = gephi.read_gexf(content)
    assert len(result.nodes) == len(re.findall(rb"<node\s", content))
    assert all(edge.source in result.nodes for edge in result.edges)


def gephi_files() -> Any:
    from test_graphml import SHARED

    return SHARED / "data" / "graphfiles" / "graphology" / "gexf"


def test_hostile_texts_all_reach_networkx_in_gexf() -> None:
    """A second reader agrees with the model on everything that strangers wrote."""
    graph = everything_hostile()
    read = nx.read_gexf(io.BytesIO(document(citation_drawing(graph), ".gexf")))
    assert {
        key: {name: value for name, value in found.items() if name not in ("label", "start")}
        for key, found in read.nodes(data=True)
    } == expected_nodes(graph)
