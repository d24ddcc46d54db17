"""Citation graphs as files that other tools read without an error.

A format is one function, registered under the ending of its file names. It is handed a graph and an open
text stream and writes as it goes: what it keeps does not grow with the number of citations. The same graph
gives the same bytes: nothing is dated, the order is that of the keys, floats have 9 significant digits.

What stands in the files is what Gephi, Gephi Lite, igraph, networkx, yEd and Cytoscape read alike: scalar
values, nothing where nothing is known, one edge for each pair, every end of an edge a node.
"""

import csv
import errno
import math
import os
import re
import secrets
from collections.abc import Callable, Iterator
from functools import lru_cache
from pathlib import Path
from typing import Literal, NamedTuple, TextIO

import numpy as np

from graph.build import MISSING, CitationGraph
from graph.metrics import WRITTEN

__all__ = [
    "EDGE_ATTRIBUTES",
    "FORMATS",
    "Attribute",
    "Writer",
    "edge_texts",
    "gephi_csv",
    "gephi_edges",
    "gephi_infinities",
    "gephi_nodes",
    "graph_format",
    "graphml",
    "node_attributes",
    "write",
]

Writer = Callable[[CitationGraph, TextIO], None]
Type = Literal["string", "int", "double", "boolean"]

FORMATS: dict[str, Writer] = {}

EDGE_ATTRIBUTES: dict[str, Type] = {"sources": "string", "n_sources": "int", "lag": "int"}
"""Of each citation: who knows it, how many they are, and the years from the cited work to the citing one."""

# In GraphML an attribute's id is its name. The ids of one document must differ (graphml-structure.xsd,
# key_id_unique), and works have `sources` too: so the id of this one differs and its name does not. Gephi
# shows the name; igraph, networkx and graphology give the attribute the name and use the id only to find
# it. Sharing the id would happen to work in these four (networkx keeps the later of two keys with one id,
# GitHub networkx readwrite/graphml.py find_graphml_keys), but only as long as both are strings.
EDGE_KEYS = {"sources": "edge_sources"}

# What XML 1.0 has no way to write, even as a reference (w3.org/TR/xml, 2.2 Char).
NOT_XML = re.compile("[^\t\n\r\x20-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")
# A carriage return is read back as a line feed unless it is a reference (w3.org/TR/xml, 2.11), and xmldom,
# through which graphology reads outside the browser, treats U+0085 and U+2028 likewise.
IN_TEXT = str.maketrans({"&": "&amp;", "<": "&lt;", ">": "&gt;", "\r": "&#13;", "\x85": "&#133;", "\u2028": "&#8232;"})
# Keys hold no line ends nor tabs: `build` refuses them.
IN_ATTRIBUTE = IN_TEXT | str.maketrans({'"': "&quot;"})
MARKUP = re.compile('[&<>"\r\x85\u2028]')

LABEL_LENGTH = 40


def graph_format(suffix: str) -> Callable[[Writer], Writer]:
    """Register a format under the ending of its files; without its dot, that is the format's name."""

    def register(writer: Writer) -> Writer:
        if suffix in FORMATS:
            raise ValueError(f"graph format {suffix!r} is defined twice")
        FORMATS[suffix] = writer
        return writer

    return register


def write(graph: CitationGraph, path: str | Path, *, format: str | None = None) -> None:  # noqa: A002 - the word of the command line
    """Write the graph to a file, in the format of this name or else of the file's ending.

    The file is written whole under another name beside its place, and takes its place at the end: when
    the disk is full, or the program dies, a file that was there before is still there and still whole.
    Raises ValueError for a format that is not registered, and what the file system raises.
    """
    place = Path(path).resolve()
    name = place.name.lower() if format is None else f".{format.lower()}"
    endings = [suffix for suffix in FORMATS if name == suffix or (format is None and name.endswith(suffix))]
    if not endings:
        known = ", ".join(sorted(FORMATS))
        raise ValueError(f"no graph format goes with {format or place.name!r}; a file may end in {known}")
    if not place.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(place.parent))
    if place.exists() and not place.is_file():
        # As root, the rename would put a file in the place of a device.
        raise IsADirectoryError(errno.EISDIR, "It is a folder or a device", str(place))
    writer = FORMATS[max(endings, key=len)]
    draft = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("x", encoding="utf-8", newline="") as stream:
            writer(graph, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)


# -- what is written -------------------------------------------------------------


class Attribute(NamedTuple):
    """An attribute of the works: its name, its GraphML type, and its text for a row or None."""

    name: str
    type: Type
    text: Callable[[int], str | None]


def node_attributes(graph: CitationGraph) -> list[Attribute]:
    """The attributes of the works, in the order in which they are written.

    After `cited_by_count` come the metrics that are registered as written, so that a new one is exported.
    """
    year, count, access = graph.year, graph.cited_by_count, graph.is_open_access
    retracted, cited = graph.is_retracted, graph.only_cited
    return [
        # First, because Gephi has taken a later one for a colour (gephi issues 1719 and 1840).
        Attribute("label", "string", lambda row: _label(graph, row)),
        Attribute("title", "string", lambda row: _clean(graph.title[row])),
        Attribute("year", "int", lambda row: _integer(year[row].item())),
        Attribute("doi", "string", lambda row: _clean(graph.doi[row])),
        Attribute("openalex", "string", lambda row: _clean(graph.openalex[row])),
        Attribute("type", "string", lambda row: _clean(graph.type[row])),
        Attribute("venue", "string", lambda row: _clean(graph.venue[row])),
        Attribute("first_author", "string", lambda row: _clean(graph.first_author[row])),
        Attribute("cited_by_count", "int", lambda row: _integer(count[row].item())),
        *(_measured(graph, name) for name in WRITTEN),
        Attribute("sources", "string", lambda row: _clean("; ".join(graph.sources[row]))),
        Attribute("is_retracted", "boolean", lambda row: _boolean(retracted[row].item())),
        Attribute("is_open_access", "boolean", lambda row: _boolean(access[row].item())),
        Attribute("only_cited", "boolean", lambda row: _boolean(cited[row].item())),
    ]


def edge_texts(graph: CitationGraph, mask: int, lag: int) -> tuple[str | None, ...]:
    """The texts of `EDGE_ATTRIBUTES` for a citation with these sources and this lag."""
    names = graph.names_in(mask)
    return _clean("; ".join(names)), str(len(names)), _integer(lag)


def _measured(graph: CitationGraph, name: str) -> Attribute:
    """A metric as an attribute."""
    values = WRITTEN[name](graph)
    if values.dtype.kind == "f":
        return Attribute(name, "double", lambda row: _float(values[row].item()))
    return Attribute(name, "int", lambda row: _integer(values[row].item()))


def _label(graph: CitationGraph, row: int) -> str:
    """`Smith 2020`, `Smith`, a short title or, when nothing is known, the key."""
    author = _short(graph.first_author[row])
    if author is None:
        return _short(graph.title[row]) or graph.keys[row]
    year = _integer(graph.year[row].item())
    return author if year is None else f"{author} {year}"


def _short(text: str | None) -> str | None:
    """The text on one line, cut between words if it is too long for a label."""
    words = (_clean(text) or "").split()
    line = " ".join(words)
    if len(line) <= LABEL_LENGTH:
        return line or None
    whole = line[:LABEL_LENGTH].rpartition(" ")[0]
    # Chinese and Japanese titles have no spaces to cut at.
    return (whole if len(whole) > LABEL_LENGTH // 2 else line[: LABEL_LENGTH - 1].rstrip()) + "…"


def _clean(text: str | None) -> str | None:
    """The text without what no XML file can hold; None when nothing readable is left."""
    if text is None:
        return None
    legal = NOT_XML.sub("", text)
    return legal if legal.strip() else None


def _integer(value: int) -> str | None:
    # `int` has 32 bits in Gephi, which reports an error for each value beyond (Java Integer.valueOf).
    return str(value) if MISSING < value < -MISSING else None


def _float(value: float) -> str | None:
    return f"{value:.9g}" if math.isfinite(value) else None


def _boolean(value: int) -> str | None:
    return None if value < 0 else "true" if value else "false"


# -- GraphML ---------------------------------------------------------------------


@graph_format(".graphml")
def graphml(graph: CitationGraph, stream: TextIO) -> None:
    """Write GraphML (graphml.graphdrawing.org) that every reader named above takes without a warning.

    Nodes carry the key of the work as their id, edges lead from the citing work to the cited one. No edge
    has an id or a weight: Gephi would report two with one id, and drop one whose weight is 0.
    """
    attributes = node_attributes(graph)
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n')
    stream.write('<graphml xmlns="http://graphml.graphdrawing.org/xmlns">\n')
    stream.writelines(_key(name, name, "node", kind) for name, kind, _ in attributes)
    stream.writelines(_key(EDGE_KEYS.get(n, n), n, "edge", kind) for n, kind in EDGE_ATTRIBUTES.items())
    stream.write('<graph edgedefault="directed">\n')
    ids = [_in_attribute(key) for key in graph.keys]
    for row, identifier in enumerate(ids):
        found = "".join(_datum(name, text(row)) for name, _, text in attributes)
        stream.write(f'<node id="{identifier}">{found}</node>\n')

    @lru_cache(maxsize=1 << 12)
    def facts(mask: int, lag: int) -> str:
        texts = edge_texts(graph, mask, lag)
        names = (EDGE_KEYS.get(name, name) for name in EDGE_ATTRIBUTES)
        return "".join(_datum(name, text) for name, text in zip(names, texts, strict=True))

    stream.writelines(
        f'<edge source="{ids[citing]}" target="{ids[cited]}">{facts(mask, lag)}</edge>\n'
        for citing, cited, mask, lag in graph.edges()
    )
    stream.write("</graph>\n</graphml>\n")


def _key(identifier: str, name: str, element: str, kind: Type) -> str:
    return f'<key id="{identifier}" for="{element}" attr.name="{name}" attr.type="{kind}"/>\n'


def _datum(key: str, text: str | None) -> str:
    """One value. A quotation mark stays as it is: Java's own XML reader hands over text in pieces, parted
    at each reference, and Gephi drops pieces that are white space (GitHub gephi/gephi, ImporterGraphML)."""
    if text is None:
        return ""
    return f'<data key="{key}">{text.translate(IN_TEXT) if MARKUP.search(text) else text}</data>'


def _in_attribute(text: str) -> str:
    return text.translate(IN_ATTRIBUTE) if MARKUP.search(text) else text


# -- Gephi -----------------------------------------------------------------------


def gephi_infinities(graph: CitationGraph) -> int:
    """How many values of a GraphML or GEXF file Gephi would change by reading "INF" as infinity.

    Gephi replaces these letters in every attribute, text or not: "INFECTION" becomes "InfinityECTION"
    (GitHub gephi/gephi, ElementDraftImpl.parseValue). Labels and ids are spared, and so is what comes in
    as CSV: `gephi_csv` is the way round.

    >>> from graph.build import build
    >>> from harvester.model import Node
    >>> gephi_infinities(build([Node("a", title="INFECTION"), Node("b", title="Infection")], []))
    1
    """
    texts = [
        attribute.text
        for attribute in node_attributes(graph)
        if attribute.type == "string" and attribute.name != "label"
    ]
    in_works = sum("INF" in (text(row) or "") for text in texts for row in range(len(graph)))
    masks, times = np.unique(graph.edge_sources, return_counts=True)
    changed = ["INF" in (edge_texts(graph, mask, MISSING)[0] or "") for mask in masks.tolist()]
    return in_works + int(times[np.array(changed, dtype=bool)].sum())


def gephi_csv(graph: CitationGraph, nodes: TextIO, edges: TextIO) -> None:
    """Write the two tables that Gephi reads through "Import spreadsheet", nodes first."""
    gephi_nodes(graph, nodes)
    gephi_edges(graph, edges)


@graph_format(".nodes.csv")
def gephi_nodes(graph: CitationGraph, stream: TextIO) -> None:
    """Write the works as Gephi's table of nodes: `Id`, `Label`, and the attributes of the GraphML file."""
    (_, _, label), *others = node_attributes(graph)
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["Id", "Label", *(attribute.name for attribute in others)])
    for row, key in enumerate(graph.keys):
        values = (_cell(text(row), kind) for _, kind, text in others)
        table.writerow([_cell(key), _cell(label(row)), *values])


@graph_format(".edges.csv")
def gephi_edges(graph: CitationGraph, stream: TextIO) -> None:
    """Write the citations as Gephi's table of edges: `Source`, `Target`, `Type`, `Weight` and the rest."""
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["Source", "Target", "Type", "Weight", *EDGE_ATTRIBUTES])
    ids = [_cell(key) for key in graph.keys]
    kinds = tuple(EDGE_ATTRIBUTES.values())

    @lru_cache(maxsize=1 << 12)
    def facts(mask: int, lag: int) -> tuple[str, ...]:
        return tuple(map(_cell, edge_texts(graph, mask, lag), kinds))

    table.writerows(_edge_rows(graph, ids, facts))


def _edge_rows(
    graph: CitationGraph, ids: list[str], facts: Callable[[int, int], tuple[str, ...]]
) -> Iterator[tuple[str, ...]]:
    for citing, cited, mask, lag in graph.edges():
        yield ids[citing], ids[cited], "Directed", "1", *facts(mask, lag)


def _cell(text: str | None, kind: Type = "string") -> str:
    """A value as Gephi's reader gives it back and a spreadsheet does not run it.

    Gephi takes a backslash for an escape and trims every value (GitHub gephi/gephi,
    SpreadsheetUtils.configureCSVParser). So backslashes are doubled, and text that a spreadsheet would
    run as a formula gets a tab in front, which makes it text there and is trimmed away by Gephi: the
    apostrophe that is often used instead would stay in the title.
    """
    if text is None:
        return ""
    escaped = text.replace("\\", "\\\\")
    return f"\t{escaped}" if kind == "string" and text.lstrip().startswith(("=", "+", "-", "@")) else escaped
