"""GML and DOT: graphs in small languages of their own."""

import colorsys
import re
from typing import TextIO

from graph.export.drawing import Drawing, EdgeTexts, Type
from graph.export.files import graph_format
from graph.export.palette import Colour
from graph.export.text import distinct

__all__ = ["dot", "gml"]

NOT_GML = re.compile('[^ -~]|[&"]')
QUOTED_IN_DOT = str.maketrans({"\\": "\\\\", '"': '\\"', "\n": "\\n", "\r": "\\n", "\t": " "})
DOT_WORDS = frozenset({"graph", "node", "edge", "subgraph"})


# -- GML -------------------------------------------------------------------------


@graph_format(".gml")
def gml(drawing: Drawing, stream: TextIO) -> None:
    """Write GML (M. Himsolt, GML: A portable graph file format, 1997).

    Nodes are numbered, as the format asks; the `label` is the key, and what other formats have for a label is
    the `name`. networkx takes the label for the identity of a node, and stops at two that are the same. Whatever
    is not ASCII is a numbered entity, as the format has it: networkx reads no other file, igraph and Gephi show
    the entities as they stand (Gephi those of quotation marks too). Truth is 1 or 0. The appearance is in
    `graphics`, which igraph leaves out and tells of.
    """
    stream.write(f"graph [\n  directed {int(drawing.directed)}\n")
    label, *others = drawing.attributes
    for row, (key, look) in enumerate(zip(drawing.keys, _graphics(drawing), strict=True)):
        values = [
            _pair("name", "string", label.text(row)),
            *(_pair(name, kind, text(row)) for name, kind, text in others),
        ]
        stream.write(f'  node [\n    id {row}\n    label "{_entities(key)}"\n{"".join(values)}{look}  ]\n')

    def pairs(texts: EdgeTexts) -> str:
        weight = _pair("weight", "double", texts.weight) if drawing.weighted else ""
        values = zip(drawing.edge_attributes.items(), texts.values, strict=True)
        return weight + "".join(_pair(name, kind, value) for (name, kind), value in values)

    stream.writelines(
        "".join(
            [f"  edge [\n    source {source}\n    target {target}\n{found}  ]\n" for source, target, found in block]
        )
        for block in drawing.edges(pairs)
    )
    stream.write("]\n")


def _pair(name: str, kind: Type, text: str | None) -> str:
    if text is None:
        return ""
    if kind == "string":
        return f'    {name} "{_entities(text)}"\n'
    if kind == "boolean":
        return f"    {name} {int(text == 'true')}\n"
    return f"    {name} {_pointed(text) if kind == 'double' else text}\n"


def _pointed(text: str) -> str:
    """A number with a point: without one, it is no real number to networkx and a whole one to Gephi, which
    takes the first value it meets for the type of the column (GitHub gephi/gephi, ElementDraftImpl.setValue)."""
    mantissa, exponent, power = text.partition("e")
    return text if "." in mantissa else f"{mantissa}.0{exponent}{power}"


def _entities(text: str) -> str:
    return NOT_GML.sub(_entity, text)


def _entity(found: re.Match[str]) -> str:
    # By name where igraph knows the name (GitHub igraph/igraph, src/io/gml.c); numbers it keeps as they are.
    return {'"': "&quot;", "&": "&amp;"}.get(found[0]) or f"&#{ord(found[0])};"


def _graphics(drawing: Drawing) -> list[str]:
    lines = [""] * len(drawing)
    if drawing.positions is not None:
        places = [map(_pointed, (f"{x:.9g}", f"{y:.9g}")) for x, y in drawing.positions.tolist()]
        lines = [f"      x {x}\n      y {y}\n" for x, y in places]
    if drawing.colours is not None:
        lines = [f'{line}      fill "{each}"\n' for line, each in zip(lines, drawing.colours, strict=True)]
    if drawing.positions is None and drawing.colours is None:
        return lines
    sizes = [_pointed(f"{size:.9g}") for size in drawing.sizes.tolist()]
    return [
        f"    graphics [\n{line}      w {size}\n      h {size}\n    ]\n"
        for line, size in zip(lines, sizes, strict=True)
    ]


# -- DOT -------------------------------------------------------------------------


@graph_format(".dot", ".gv")
def dot(drawing: Drawing, stream: TextIO) -> None:
    """Write DOT (graphviz.org/doc/info/lang.html) that Gephi reads as well as Graphviz; `neato -n` keeps the positions.

    There are no defaults for all nodes, because Gephi takes everything behind such a statement for a part of it, and
    no statement begins with the word `graph`, `node`, `edge` or `subgraph` in quotation marks, for the same reason: a
    node of that name has a number behind it (GitHub gephi/gephi, ImporterDOT.stmt). Colours are hue, saturation and
    value, the one form that both read alike. Every value is text: Gephi has text columns only. A
    backslash is doubled, and Graphviz undoes that in labels alone.
    """
    graph, arrow = ("digraph", "->") if drawing.directed else ("graph", "--")
    words = [word for word in DOT_WORDS if any(key.lower() == word for key in drawing.keys)]
    names = list(drawing.keys)
    if words:
        names = [f"{key} (2)" if key.lower() in DOT_WORDS else key for key in names]
        names = distinct(names)
    ids = [f'"{key.translate(QUOTED_IN_DOT)}"' for key in names]
    stream.write(f"{graph} {{\n")
    for row, (identifier, look) in enumerate(zip(ids, _dot_looks(drawing), strict=True)):
        values = [_assigned(name, text(row)) for name, _, text in drawing.attributes]
        stream.write(f"{identifier} [{' '.join(filter(None, [*values, look]))}];\n")

    def assigned(texts: EdgeTexts) -> str:
        weight = _assigned("weight", texts.weight) if drawing.weighted else ""
        values = (_assigned(name, text) for name, text in zip(drawing.edge_attributes, texts.values, strict=True))
        return " ".join(filter(None, [weight, *values]))

    stream.writelines(
        "".join([f"{ids[source]} {arrow} {ids[target]} [{found}];\n" for source, target, found in block])
        for block in drawing.edges(assigned)
    )
    stream.write("}\n")


def _assigned(name: str, text: str | None) -> str:
    return "" if text is None else f'{name}="{text.translate(QUOTED_IN_DOT)}"'


def _dot_looks(drawing: Drawing) -> list[str]:
    looks = [""] * len(drawing)
    if drawing.colours is not None:
        looks = [f'color="{_hsv(each)}" style="filled"' for each in drawing.colours]
    if drawing.positions is not None:
        places = drawing.positions.tolist()
        looks = [f'{look} pos="{x:.9g},{y:.9g}"'.lstrip() for look, (x, y) in zip(looks, places, strict=True)]
    if drawing.positions is None and drawing.colours is None:
        return looks
    # Positions are in points, widths in inches of 72 points (graphviz.org/doc/info/attrs.html).
    return [f'{look} width="{size / 72:.4g}"' for look, size in zip(looks, drawing.sizes.tolist(), strict=True)]


def _hsv(colour: Colour) -> str:
    # With decimals always: "0 0 1" would be a number to Java, and so another colour (Color.decode).
    return " ".join(f"{share:.3f}" for share in colorsys.rgb_to_hsv(*(shade / 255 for shade in colour)))
