"""What other programs read from graph files is what the graph says."""

import csv
import io
import json
import os
import shutil
import subprocess
import warnings
from collections.abc import Callable
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import pytest
from hypothesis import given
from test_export_gephi import document, drawn, many, networks
from test_graphml import everything_hostile, expected_edges, expected_nodes, graphology_folder

from graph.build import CitationGraph, build
from graph.export import Drawing, citation_drawing, network_drawing
from graph.similarity import Network
from harvester.model import Citation, Node

LOOK = {"label", "x", "y", "z", "r", "g", "b", "size", "color", "viz", "start", "community", "community_label", "name"}


def facts(attributes: dict[str, Any]) -> dict[str, Any]:
    """The attributes without those of the drawing."""
    return {name: value for name, value in attributes.items() if name not in LOOK and name != "graphics"}


def as_one_and_zero(found: dict[str, dict[str, Any]]) -> dict[str, dict[str, Any]]:
    return {
        key: {name: int(value) if isinstance(value, bool) else value for name, value in values.items()}
        for key, values in found.items()
    }


# -- networkx --------------------------------------------------------------------


@many
@given(case=drawn())
def test_networkx_reads_gexf(case: tuple[CitationGraph, Drawing]) -> None:
    """Works, citations, values, types, labels, positions and years."""
    graph, drawing = case
    read = nx.read_gexf(io.BytesIO(document(drawing, ".gexf")))
    assert type(read) is nx.DiGraph
    assert {key: facts(found) for key, found in read.nodes(data=True)} == expected_nodes(graph)
    edges = {
        (a, b): {k: v for k, v in found.items() if k not in ("id", "start")} for a, b, found in read.edges(data=True)
    }
    assert edges == expected_edges(graph)
    for row, (_, found) in enumerate(read.nodes(data=True)):
        assert found["label"] == drawing.label(row)
        assert found.get("start") == expected_nodes(graph)[graph.keys[row]].get("year")
        if drawing.positions is not None:
            place = found["viz"]["position"]
            assert [place["x"], place["y"]] == pytest.approx(drawing.positions[row].tolist(), rel=1e-8)


@many
@given(case=drawn())
def test_networkx_reads_gml(case: tuple[CitationGraph, Drawing]) -> None:
    """Nodes are the keys, as everywhere; every text is decoded to what it was."""
    graph, _ = case
    read = nx.read_gml(io.BytesIO(document(case[1], ".gml")))
    assert type(read) is nx.DiGraph
    nodes = as_one_and_zero(expected_nodes(graph))
    assert {key: facts(found) for key, found in read.nodes(data=True)} == nodes
    assert {(a, b): found for a, b, found in read.edges(data=True)} == expected_edges(graph)


@many
@given(case=drawn())
def test_networkx_reads_pajek(case: tuple[CitationGraph, Drawing]) -> None:
    """Every vertex is a node of its own, under its key but for quotation marks and backslashes."""
    graph, drawing = case
    read = nx.read_pajek(io.BytesIO(document(drawing, ".net")))
    name = {key: key.replace('"', "'").replace("\\", "/") for key in graph.keys}
    assert set(read.nodes) == set(name.values())
    assert set(read.edges()) == {(name[citing], name[cited]) for citing, cited in expected_edges(graph)}


@many
@given(network=networks())
def test_networkx_reads_networks(network: Network) -> None:
    """GML, GEXF, Pajek and JSON have as many nodes as there are names, and every link with its weight."""
    drawing = network_drawing(network)
    weights = sorted(network.weights.tolist())
    for suffix, reader in ((".gml", nx.read_gml), (".gexf", nx.read_gexf), (".net", nx.read_pajek)):
        read = reader(io.BytesIO(document(drawing, suffix)))
        assert not read.is_directed()
        assert len(read) == len(network), suffix
        assert sorted(weight for _, _, weight in read.edges(data="weight")) == pytest.approx(weights, rel=1e-8), suffix
    read = nx.node_link_graph(json.loads(document(drawing, ".nodelink.json")), edges="edges")
    assert list(read) == list(drawing.keys)
    assert sorted(weight for _, _, weight in read.edges(data="weight")) == pytest.approx(weights, rel=1e-8)


def strict_json(content: bytes) -> Any:
    """JSON as its standard has it: without NaN and infinity."""

    def refuse(constant: str) -> None:
        raise AssertionError(f"{constant} is not JSON")

    return json.loads(content, parse_constant=refuse)


@many
@given(case=drawn())
def test_networkx_reads_node_link_json(case: tuple[CitationGraph, Drawing]) -> None:
    """The same works, citations, values and types."""
    graph, drawing = case
    read = nx.node_link_graph(strict_json(document(drawing, ".nodelink.json")), edges="edges")
    assert type(read) is nx.DiGraph
    assert {key: facts(found) for key, found in read.nodes(data=True)} == expected_nodes(graph)
    assert {(a, b): found for a, b, found in read.edges(data=True)} == expected_edges(graph)


@many
@given(case=drawn())
def test_graphology_json_is_what_graphology_serialises(case: tuple[CitationGraph, Drawing]) -> None:
    """The members that it asks for, the same values, and a colour that a browser takes."""
    graph, drawing = case
    read = strict_json(document(drawing, ".graphology.json"))
    assert set(read) == {"attributes", "options", "nodes", "edges"}
    assert read["options"] == {"type": "directed", "multi": False, "allowSelfLoops": True}
    assert {node["key"]: facts(node["attributes"]) for node in read["nodes"]} == expected_nodes(graph)
    assert {(e["source"], e["target"]): e["attributes"] for e in read["edges"]} == expected_edges(graph)
    for row, node in enumerate(read["nodes"]):
        assert node["attributes"]["label"] == drawing.label(row)
        if drawing.colours is not None:
            assert node["attributes"]["color"] == str(drawing.colours[row])


# -- igraph ----------------------------------------------------------------------


def by_igraph(folder: Path, content: bytes, suffix: str) -> igraph.Graph:
    file = folder / f"graph{suffix}"
    file.write_bytes(content)
    with warnings.catch_warnings():
        # It tells of the numbered entities that it keeps, and of the appearance that it leaves out.
        warnings.filterwarnings("ignore", message="One or more unknown entities|Composite vertex attribute")
        return igraph.Graph.Load(str(file), format={".net": "pajek"}.get(suffix, suffix[1:]))


@pytest.mark.parametrize("suffix", [".gml", ".net"])
def test_igraph_reads_every_hostile_text(suffix: str, tmp_path: Path) -> None:
    """The same citations between the same rows; GML's numbers and ASCII texts as they were."""
    graph = everything_hostile()
    positions = [(row, row % 3) for row in range(len(graph))]
    drawing = citation_drawing(graph, positions=positions, community=[0] * len(graph))
    read = by_igraph(tmp_path, document(drawing, suffix), suffix)
    assert read.is_directed()
    rows = {key: row for row, key in enumerate(graph.keys)}
    assert set(read.get_edgelist()) == {(rows[citing], rows[cited]) for citing, cited in expected_edges(graph)}
    if suffix == ".gml":
        assert read.vs["label"] == list(graph.keys)
        for vertex, values in zip(read.vs, expected_nodes(graph).values(), strict=True):
            for name, value in values.items():
                if not isinstance(value, str) or all(" " <= c <= "~" for c in value):
                    assert vertex[name] == value
    else:
        assert read.vs["name"] == list(graph.keys)


# -- Parquet ---------------------------------------------------------------------


@many
@given(case=drawn())
def test_arrow_reads_parquet(case: tuple[CitationGraph, Drawing]) -> None:
    """Typed columns, null where nothing is known, positions beside the attributes."""
    from pyarrow import parquet

    graph, drawing = case
    nodes = parquet.read_table(io.BytesIO(document(drawing, ".nodes.parquet")))
    rows = {
        row.pop("key"): {name: value for name, value in row.items() if value is not None} for row in nodes.to_pylist()
    }
    assert {key: facts(row) for key, row in rows.items()} == expected_nodes(graph)
    types = {field.name: str(field.type) for field in nodes.schema}
    assert (types["year"], types["pagerank"], types["is_retracted"], types["title"]) == (
        "int32",
        "double",
        "bool",
        "string",
    )
    if drawing.positions is not None:
        assert [[row["x"], row["y"]] for row in rows.values()] == drawing.positions.tolist()
    edges = parquet.read_table(io.BytesIO(document(drawing, ".edges.parquet"))).to_pylist()
    found = {
        (row.pop("source"), row.pop("target")): {name: value for name, value in row.items() if value is not None}
        for row in edges
    }
    assert found == expected_edges(graph)


def test_duckdb_joins_the_parquet_pair(tmp_path: Path) -> None:
    """Two files and one question: who is cited by whom, in SQL."""
    duckdb = pytest.importorskip("duckdb", reason="DuckDB is not installed")
    drawing = citation_drawing(everything_hostile())
    for suffix in (".nodes.parquet", ".edges.parquet"):
        (tmp_path / f"g{suffix}").write_bytes(document(drawing, suffix))
    (count,) = duckdb.sql(
        f"select count(*) from '{tmp_path}/g.edges.parquet' e join '{tmp_path}/g.nodes.parquet' a on a.key = e.source"
        f" join '{tmp_path}/g.nodes.parquet' b on b.key = e.target where a.year = 2000 and b.is_open_access = false"
    ).fetchall()[0]
    assert count == len(drawing.targets)


# -- Neo4j -----------------------------------------------------------------------

CASTS: dict[str, Callable[[str], Any]] = {
    "": str,
    "int": int,
    "double": float,
    "boolean": {"true": True, "false": False}.__getitem__,
}


def neo4j_table(content: bytes) -> tuple[list[str], list[dict[str, Any]]]:
    """A file as `neo4j-admin database import` reads it: one record a line, values of the types in the header."""
    lines = content.decode().removesuffix("\n").split("\n")
    header, *records = (next(csv.reader([line], strict=True)) for line in lines)
    rows = []
    for record in records:
        assert len(record) == len(header)
        row: dict[str, Any] = {}
        for column, text in zip(header, record, strict=True):
            name, _, kind = column.partition(":")
            if not text:
                continue
            if kind in CASTS:
                row[name] = CASTS[kind](text)
            elif kind == "string[]":
                row[name] = text.split(";")
            else:
                row[kind] = text
        rows.append(row)
    return header, rows


def as_property(name: str, value: Any) -> Any:
    if not isinstance(value, str):
        return value
    while "\r\n" in value or "\n\n" in value or "\r\r" in value or "\n\r" in value:
        for two in ("\r\n", "\n\n", "\r\r", "\n\r"):
            value = value.replace(two, "\n")
    value = value.replace("\n", " ").replace("\r", " ")
    return value.replace("; ", ";").split(";") if name == "sources" else value


@many
@given(case=drawn())
def test_neo4j_imports_the_pair(case: tuple[CitationGraph, Drawing]) -> None:
    """Types and lists by the header, every end an id, labels that tell retracted and only-cited works apart."""
    graph, drawing = case
    header, nodes = neo4j_table(document(drawing, ".neo4j.nodes.csv"))
    assert (header[0], header[-1]) == ("key:ID", ":LABEL")
    assert len(set(header)) == len(header)
    assert {"year:int", "pagerank:double", "is_retracted:boolean", "sources:string[]"} <= set(header)
    ids = [node.pop("ID") for node in nodes]
    assert ids == list(graph.keys)
    for node, values in zip(nodes, expected_nodes(graph).values(), strict=True):
        marks = ["Retracted"] * values["is_retracted"] + ["OnlyCited"] * values["only_cited"]
        assert node.pop("LABEL").split(";") == ["Work", *marks]
        assert facts(node) == {name: as_property(name, value) for name, value in values.items()}
    header, edges = neo4j_table(document(drawing, ".neo4j.edges.csv"))
    assert header == [":START_ID", ":END_ID", ":TYPE", "sources:string[]", "n_sources:int", "lag:int"]
    assert all(edge.pop("TYPE") == "CITES" for edge in edges)
    assert {(edge.pop("START_ID"), edge.pop("END_ID")): edge for edge in edges} == {
        pair: {name: as_property(name, value) for name, value in values.items()}
        for pair, values in expected_edges(graph).items()
    }


@many
@given(network=networks())
def test_neo4j_imports_networks(network: Network) -> None:
    """Ids are distinct, and the ends of every relationship are among them."""
    drawing = network_drawing(network)
    _, nodes = neo4j_table(document(drawing, ".neo4j.nodes.csv"))
    ids = {node["ID"] for node in nodes}
    assert len(ids) == len(network)
    _, edges = neo4j_table(document(drawing, ".neo4j.edges.csv"))
    assert [edge["weight"] for edge in edges] == pytest.approx(network.weights.tolist(), rel=1e-8)
    assert all({edge["START_ID"], edge["END_ID"]} <= ids for edge in edges)


# -- graphology ------------------------------------------------------------------

READ = """
const Graph = require("graphology");
const content = require("fs").readFileSync(0, "utf8");
const graph = process.argv[1] === "json"
  ? Graph.from(JSON.parse(content))
  : require("graphology-" + process.argv[1]).parse(Graph, content);
console.log(JSON.stringify({
  type: graph.type, multi: graph.multi,
  nodes: Object.fromEntries(graph.mapNodes((node, attributes) => [node, attributes])),
  edges: graph.mapEdges((edge, attributes, source, target) => [source, target, attributes]),
}));
"""


@pytest.mark.parametrize(
    ("suffix", "reader"), [(".gexf", "gexf"), (".graphml", "graphml"), (".graphology.json", "json")]
)
@pytest.mark.parametrize("content", ["hostile", "empty", "looks"])
def test_gephi_lite_reads_the_drawing(suffix: str, reader: str, content: str) -> None:
    """graphology, on which it stands, finds the same works, citations and values, and the positions."""
    modules = graphology_folder()
    if modules is None or shutil.which("node") is None or not (modules / "graphology-gexf").is_dir():
        pytest.skip(
            "needs node, and graphology, graphology-gexf and graphology-graphml in node_modules or GRAPHOLOGY_DIR"
        )
    graph = build([], []) if content == "empty" else everything_hostile()
    look = content == "looks"
    drawing = citation_drawing(
        graph,
        community=[row % 14 - 1 for row in range(len(graph))] if look else None,
        positions=[(row, -row / 3) for row in range(len(graph))] if look else None,
    )
    answer = subprocess.run(
        ["node", "-e", READ, reader],
        input=document(drawing, suffix),
        capture_output=True,
        env=os.environ | {"NODE_PATH": str(modules)},
        check=True,
    )
    assert not answer.stderr
    read = json.loads(answer.stdout)
    assert read["type"] == "directed" or not read["edges"]
    assert {key: facts(found) for key, found in read["nodes"].items()} == expected_nodes(graph)
    assert {(a, b): facts(found) for a, b, found in read["edges"]} == expected_edges(graph)
    for row, key in enumerate(graph.keys if look else ()):
        found = read["nodes"][key]
        assert (found["x"], found["y"]) == pytest.approx((row, -row / 3))
        assert found["size"] == pytest.approx(drawing.sizes[row])


# -- retracted and only cited ----------------------------------------------------


@pytest.mark.parametrize("suffix", [".graphology.json", ".nodelink.json"])
def test_retracted_and_only_cited_works_stay_told_apart(suffix: str) -> None:
    """The two attributes stand at every work, true or false."""
    graph = build([Node("a", is_retracted=True), Node("b", only_cited=True)], [Citation("a", "b", ("crossref",))])
    nodes = strict_json(document(citation_drawing(graph), suffix))["nodes"]
    found = [node.get("attributes", node) for node in nodes]
    assert [(node["is_retracted"], node["only_cited"]) for node in found] == [(True, False), (False, True)]
