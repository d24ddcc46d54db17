"""GraphML and GEXF: the formats of Gephi, in XML.

What stands in the files is what Gephi, Gephi Lite, igraph, networkx, yEd and Cytoscape read alike: scalar
values, nothing where nothing is known, one edge for each pair, every end of an edge a node.
"""

import re
from collections import Counter
from collections.abc import Sequence
from typing import TextIO

import numpy as np

from graph.build import MISSING
from graph.export.drawing import NODES, Drawing, EdgeTexts, Type
from graph.export.files import graph_format
from graph.export.palette import Colour

__all__ = ["gephi_infinities", "gexf", "graphml"]

# In GraphML an attribute's id is its name. The ids of one document must differ (graphml-structure.xsd,
# key_id_unique), and works have `sources` too: so the id of this one differs and its name does not. Gephi
# shows the name; igraph, networkx and graphology give the attribute the name and use the id only to find
# it. Sharing the id would happen to work in these four (networkx keeps the later of two keys with one id,
# GitHub networkx readwrite/graphml.py find_graphml_keys), but only as long as both are strings.
EDGE_KEYS = {"sources": "edge_sources"}

# A carriage return is read back as a line feed unless it is a reference (w3.org/TR/xml, 2.11), and xmldom,
# through which graphology reads outside the browser, treats U+0085 and U+2028 likewise.
RARE_IN_TEXT = str.maketrans({"\r": "&#13;", "\x85": "&#133;", "\u2028": "&#8232;"})
RARE = re.compile("[\r\x85\u2028]")
# In an attribute, tabs and line feeds become spaces unless they are references (w3.org/TR/xml, 3.3.3).
IN_ATTRIBUTE = RARE_IN_TEXT | str.maketrans(
    {"&": "&amp;", "<": "&lt;", ">": "&gt;", '"': "&quot;", "\t": "&#9;", "\n": "&#10;"}
)
MARKUP = re.compile('[&<>"\t\n\r\x85\u2028]')

GEXF_TYPES: dict[Type, str] = {"string": "string", "int": "integer", "double": "double", "boolean": "boolean"}


# -- GraphML ---------------------------------------------------------------------


@graph_format(".graphml")
def graphml(drawing: Drawing, stream: TextIO) -> None:
    """Write GraphML (graphml.graphdrawing.org) that every reader named above takes without a warning.

    Nodes carry their key as their id, citations lead from the citing work to the cited one. No edge has an
    id, and only the links of a network have a weight: Gephi would report two edges with one id, and drop one
    whose weight is 0. Where there are communities and positions, `r`, `g`, `b`, `x`, `y` and `size` are what
    Gephi takes for the appearance; the number of the community is an attribute too.
    """
    label, *others = drawing.attributes
    looks = _looks(drawing)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    stream.write(_key("label", "label", "node", "string"))
    stream.writelines(_key(name, name, "node", kind) for name, kind, _ in looks)
    stream.writelines(_key(name, name, "node", kind) for name, kind, _ in others)
    if drawing.weighted:
        stream.write(_key("weight", "weight", "edge", "double"))
    ends = [(EDGE_KEYS.get(name, name), name) for name in drawing.edge_attributes]
    kinds = drawing.edge_attributes.values()
    stream.writelines(_key(key, name, "edge", kind) for (key, name), kind in zip(ends, kinds, strict=True))
    stream.write(f'<graph edgedefault="{"directed" if drawing.directed else "undirected"}">\n')
    ids = [_in_attribute(key) for key in drawing.keys]
    for start in range(0, len(ids), NODES):
        rows = range(start, min(start + NODES, len(ids)))
        columns = [
            [f'<node id="{identifier}">' for identifier in ids[start : rows.stop]],
            _data("label", "string", label.text.of(rows)),
            *(_data(name, kind, values[start : rows.stop]) for name, kind, values in looks),
            *(_data(name, kind, text.of(rows)) for name, kind, text in others),
        ]
        stream.writelines(f"{''.join(parts)}</node>\n" for parts in zip(*columns, strict=True))

    def data(texts: EdgeTexts) -> str:
        values = zip(ends, texts.values, strict=True)
        weight = _datum("weight", texts.weight) if drawing.weighted else ""
        return weight + "".join(_datum(key, value) for (key, _), value in values)

    stream.writelines(
        "".join(
            [f'<edge source="{ids[source]}" target="{ids[target]}">{found}</edge>\n' for source, target, found in block]
        )
        for block in drawing.edges(data)
    )
    stream.write("</graph>\n</graphml>\n")


def _looks(drawing: Drawing) -> list[tuple[str, Type, list[str]]]:
    """The appearance as GraphML has it: name, type and the text of each row."""
    looks: list[tuple[str, Type, list[str]]] = []
    colours = drawing.colours
    if colours is not None:
        looks += [(name, "int", [str(shade) for shade in shades]) for name, shades in _shades(colours)]
    if drawing.positions is not None:
        columns = drawing.positions.T.tolist()
        looks += [
            (name, "double", [f"{place:.9g}" for place in places]) for name, places in zip("xy", columns, strict=True)
        ]
    if looks:
        looks.append(("size", "double", [f"{size:.9g}" for size in drawing.sizes.tolist()]))
    return looks


def _shades(colours: list[Colour]) -> list[tuple[str, list[int]]]:
    return [(name, [each[place] for each in colours]) for place, name in enumerate("rgb")]


def _key(identifier: str, name: str, element: str, kind: Type) -> str:
    return f'<key id="{identifier}" for="{element}" attr.name="{name}" attr.type="{kind}"/>\n'


def _data(key: str, kind: Type, texts: Sequence[str | None]) -> list[str]:
    """The values of one attribute, a node after the other."""
    begin = f'<data key="{key}">'
    if kind != "string":
        return ["" if text is None else f"{begin}{text}</data>" for text in texts]
    return ["" if text is None else f"{begin}{_in_text(text)}</data>" for text in texts]


def _in_text(text: str) -> str:
    if not MARKUP.search(text):
        return text
    # What is common in titles; replacing it takes a tenth of the time of a translation.
    text = text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
    return text.translate(RARE_IN_TEXT) if RARE.search(text) else text


def _datum(key: str, text: str | None) -> str:
    """One value. A quotation mark stays as it is: Java's own XML reader hands over text in pieces, parted
    at each reference, and Gephi drops pieces that are white space (GitHub gephi/gephi, ImporterGraphML)."""
    if text is None:
        return ""
    return f'<data key="{key}">{_in_text(text)}</data>'


def _in_attribute(text: str) -> str:
    return text.translate(IN_ATTRIBUTE) if MARKUP.search(text) else text


# -- GEXF ------------------------------------------------------------------------


@graph_format(".gexf")
def gexf(drawing: Drawing, stream: TextIO) -> None:
    """Write GEXF 1.3 (gexf.net/schema.html) with the years as time, so that Gephi's timeline plays.

    A work is there from its year on, a citation from the year of the citing work on, a link of two works
    from the later of their years on; both without an end, which Gephi leaves out of account when it sets the
    bounds of the timeline (GitHub gephi/graphstore, Interval2IntTreeMap.getHigh). A work without a year has
    no time, and Gephi shows it in every year (GitHub gephi/gephi, DynamicRangeBuilder: keepNull). Without any
    year the graph is static.
    """
    year = drawing.year if drawing.year is not None and np.any(drawing.year != MISSING) else None
    time = ' mode="static"' if year is None else ' mode="dynamic" timeformat="integer" timerepresentation="interval"'
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write('<gexf xmlns="http://gexf.net/1.3" xmlns:viz="http://gexf.net/1.3/viz" version="1.3">\n')
    stream.write(
        f'<graph defaultedgetype="{"directed" if drawing.directed else "undirected"}"{time} idtype="string">\n'
    )
    label, *others = drawing.attributes
    for element, columns in (
        ("node", {name: kind for name, kind, _ in others}),
        ("edge", drawing.edge_attributes),
    ):
        stream.write(f'<attributes class="{element}" mode="static">\n')
        stream.writelines(
            f'<attribute id="{name}" title="{name}" type="{GEXF_TYPES[kind]}"/>\n' for name, kind in columns.items()
        )
        stream.write("</attributes>\n")
    ids = [_in_attribute(key) for key in drawing.keys]
    years: list[int] = [MISSING] * len(drawing) if year is None else year.tolist()
    starts = ["" if each == MISSING else f' start="{each}"' for each in years]
    stream.write(f'<nodes count="{len(drawing)}">\n')
    for row, (identifier, start, look) in enumerate(zip(ids, starts, _viz(drawing), strict=True)):
        found = _attvalues([(name, text(row)) for name, _, text in others])
        name = _in_attribute(label.text(row) or drawing.keys[row])
        stream.write(f'<node id="{identifier}" label="{name}"{start}>{found}{look}</node>\n')
    stream.write(f'</nodes>\n<edges count="{len(drawing.targets)}">\n')

    def facts(texts: EdgeTexts) -> tuple[str, str]:
        weight = f' weight="{texts.weight}"' if drawing.weighted else ""
        return weight, _attvalues(list(zip(drawing.edge_attributes, texts.values, strict=True)))

    def start_of(source: int, target: int) -> str:
        return starts[source if drawing.directed or years[source] >= years[target] else target]

    number = 0
    for block in drawing.edges(facts):
        # An id may be left out since GEXF 1.3; readers of earlier versions ask for one.
        lines = [
            f'<edge id="{place}" source="{ids[source]}" target="{ids[target]}"{weight}{start_of(source, target)}>'
            f"{found}</edge>\n"
            for place, (source, target, (weight, found)) in enumerate(block, number)
        ]
        stream.write("".join(lines))
        number += len(lines)
    stream.write("</edges>\n</graph>\n</gexf>\n")


def _attvalues(values: list[tuple[str, str | None]]) -> str:
    found = [f'<attvalue for="{name}" value="{_in_attribute(text)}"/>' for name, text in values if text is not None]
    return f"<attvalues>{''.join(found)}</attvalues>" if found else ""


def _viz(drawing: Drawing) -> list[str]:
    """The appearance of each row in the viz namespace, empty where there are neither communities nor positions."""
    looks = [""] * len(drawing)
    if drawing.colours is not None:
        looks = [f'<viz:color r="{red}" g="{green}" b="{blue}"/>' for red, green, blue in drawing.colours]
    if drawing.positions is not None:
        places = drawing.positions.tolist()
        looks = [
            f'{look}<viz:position x="{x:.9g}" y="{y:.9g}" z="0"/>' for look, (x, y) in zip(looks, places, strict=True)
        ]
    if drawing.colours is None and drawing.positions is None:
        return looks
    return [f'{look}<viz:size value="{size:.9g}"/>' for look, size in zip(looks, drawing.sizes.tolist(), strict=True)]


# -- Gephi -----------------------------------------------------------------------


def gephi_infinities(drawing: Drawing) -> int:
    """How many values of a GraphML or GEXF file Gephi would change by reading "INF" as infinity.

    Gephi replaces these letters in every attribute, text or not: "INFECTION" becomes "InfinityECTION"
    (GitHub gephi/gephi, ElementDraftImpl.parseValue). Labels and ids are spared, and so is what comes in
    as CSV: `gephi_csv` is the way round.

    >>> from graph.build import build
    >>> from graph.export import citation_drawing
    >>> from harvester.model import Node
    >>> graph = build([Node("a", title="INFECTION"), Node("b", title="Infection")], [])
    >>> gephi_infinities(citation_drawing(graph))
    1
    """
    texts = [text for name, kind, text in drawing.attributes if kind == "string" and name != "label"]
    changed = 0
    for start in range(0, len(drawing), NODES):
        rows = range(start, min(start + NODES, len(drawing)))
        changed += sum("INF" in value for text in texts for value in text.of(rows) if value)
    strings = [place for place, kind in enumerate(drawing.edge_attributes.values()) if kind == "string"]
    for sources, _, start, stop in drawing.blocks():
        for fact, times in Counter(drawing.facts(sources, start, stop)).items():
            values = drawing.describe(fact).values
            changed += times * sum("INF" in (values[place] or "") for place in strings)
    return changed
