"""Graphs as JSON: graphology's, which Gephi Lite and sigma.js open, and the node-link form of networkx."""

import json
from collections.abc import Iterable
from typing import TextIO

from graph.export.drawing import Drawing, EdgeTexts, Type
from graph.export.files import graph_format

__all__ = ["graphology_json", "json_value", "listed", "nodelink_json"]


@graph_format(".graphology.json")
def graphology_json(drawing: Drawing, stream: TextIO) -> None:
    """Write a graph as graphology serialises it (graphology.github.io, Serialization).

    `label`, `x`, `y`, `size` and `color` are what sigma.js and Gephi Lite take for the appearance.
    """
    kind = "directed" if drawing.directed else "undirected"
    stream.write(f'{{"attributes":{{}},"options":{{"type":"{kind}","multi":false,"allowSelfLoops":true}},\n"nodes":[')
    ids = [json_value("string", key) for key in drawing.keys]
    nodes = zip(ids, _nodes(drawing), strict=True)
    stream.writelines(listed([f'{{"key":{key},"attributes":{{{values}}}}}'] for key, values in nodes))
    stream.write('],\n"edges":[')
    undirected = "" if drawing.directed else ',"undirected":true'
    stream.writelines(
        listed(
            [
                f'{{"source":{ids[source]},"target":{ids[target]}{undirected},"attributes":{{{values}}}}}'
                for source, target, values in block
            ]
            for block in drawing.edges(lambda texts: _edge(drawing, texts))
        )
    )
    stream.write("]}\n")


@graph_format(".nodelink.json")
def nodelink_json(drawing: Drawing, stream: TextIO) -> None:
    """Write the node-link form: `networkx.node_link_graph(json.load(file), edges="edges")`.

    networkx calls the list `edges` since 3.6 and asked for its name before; d3 calls it `links`.
    """
    directed = "true" if drawing.directed else "false"
    stream.write(f'{{"directed":{directed},"multigraph":false,"graph":{{}},\n"nodes":[')
    ids = [json_value("string", key) for key in drawing.keys]
    nodes = zip(ids, _nodes(drawing), strict=True)
    stream.writelines(listed([f'{{"id":{key},{values}}}'] for key, values in nodes))
    stream.write('],\n"edges":[')
    stream.writelines(
        listed(
            [f'{{"source":{ids[source]},"target":{ids[target]},{values}}}' for source, target, values in block]
            for block in drawing.edges(lambda texts: _edge(drawing, texts))
        )
    )
    stream.write("]}\n")


def listed(blocks: Iterable[list[str]]) -> Iterable[str]:
    """The members of a JSON list, one a line, a block at a time."""
    between = "\n"
    for block in blocks:
        if block:
            yield between + ",\n".join(block)
            between = ",\n"


def json_value(kind: Type, text: str) -> str:
    """The text of an attribute as JSON: numbers are finite, and they and truth stand as they are."""
    return json.dumps(text, ensure_ascii=False) if kind == "string" else text


def _nodes(drawing: Drawing) -> Iterable[str]:
    """The members of each node: its label, its appearance and its other attributes."""
    label, *others = drawing.attributes
    colours, places, sizes = drawing.colours, drawing.positions, drawing.sizes
    for row in range(len(drawing)):
        found = [_member("label", "string", label.text(row))]
        if places is not None:
            found += [_member(name, "double", f"{place:.9g}") for name, place in zip("xy", places[row], strict=True)]
        if colours is not None:
            found.append(_member("color", "string", str(colours[row])))
        if places is not None or colours is not None:
            found.append(_member("size", "double", f"{sizes[row]:.9g}"))
        found += [_member(name, kind, text(row)) for name, kind, text in others]
        yield ",".join(filter(None, found))


def _edge(drawing: Drawing, texts: EdgeTexts) -> str:
    weight = _member("weight", "double", texts.weight) if drawing.weighted else ""
    values = zip(drawing.edge_attributes.items(), texts.values, strict=True)
    return ",".join(filter(None, [weight, *(_member(name, kind, text) for (name, kind), text in values)]))


def _member(name: str, kind: Type, text: str | None) -> str:
    return "" if text is None else f'"{name}":{json_value(kind, text)}'
