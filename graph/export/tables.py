"""Tables of nodes and of edges, as CSV: for Gephi's data laboratory and for Neo4j's bulk import."""

import csv
import re
from collections.abc import Iterator
from typing import TextIO

from graph.export.drawing import Drawing, EdgeTexts, Type
from graph.export.files import graph_format

__all__ = ["gephi_csv", "gephi_edges", "gephi_nodes", "neo4j_nodes", "neo4j_relationships"]

NEO4J_TYPES: dict[Type, str] = {"string": "", "int": ":int", "double": ":double", "boolean": ":boolean"}
NEO4J_ARRAYS = frozenset({"sources"})
"""Attributes whose text is a list, parted by "; ", and which Neo4j keeps as one."""

LINE_ENDS = re.compile("[\r\n]+")


# -- Gephi -----------------------------------------------------------------------


def gephi_csv(drawing: Drawing, nodes: TextIO, edges: TextIO) -> None:
    """Write the two tables that Gephi reads through "Import spreadsheet", nodes first."""
    gephi_nodes(drawing, nodes)
    gephi_edges(drawing, edges)


@graph_format(".nodes.csv")
def gephi_nodes(drawing: Drawing, stream: TextIO) -> None:
    """Write the nodes as Gephi's table of nodes: `Id`, `Label`, and the attributes of the GraphML file.

    A table has no appearance: colours, sizes and positions are in the GraphML and GEXF files.
    """
    _, *others = drawing.attributes
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["Id", "Label", *(attribute.name for attribute in others)])
    label = drawing.label
    for row, key in enumerate(drawing.keys):
        values = (_cell(text(row), kind) for _, kind, text in others)
        table.writerow([_cell(key), _cell(label(row)), *values])


@graph_format(".edges.csv")
def gephi_edges(drawing: Drawing, stream: TextIO) -> None:
    """Write the edges as Gephi's table of edges: `Source`, `Target`, `Type`, `Weight` and the rest."""
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["Source", "Target", "Type", "Weight", *drawing.edge_attributes])
    ids = [_cell(key) for key in drawing.keys]
    kinds = tuple(drawing.edge_attributes.values())
    direction = "Directed" if drawing.directed else "Undirected"

    def cells(texts: EdgeTexts) -> tuple[str, ...]:
        return direction, texts.weight, *map(_cell, texts.values, kinds)

    table.writerows(_rows(drawing.edges(cells), ids))


def _rows(blocks: Iterator[Iterator[tuple[int, int, tuple[str, ...]]]], ids: list[str]) -> Iterator[tuple[str, ...]]:
    for block in blocks:
        for source, target, found in block:
            yield ids[source], ids[target], *found


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


# -- Neo4j -----------------------------------------------------------------------


@graph_format(".neo4j.nodes.csv")
def neo4j_nodes(drawing: Drawing, stream: TextIO) -> None:
    """Write the nodes for `neo4j-admin database import full --nodes` (Neo4j operations manual, Import).

    The header types every column, so that it needs no file of its own. `key` is the id and a property,
    `sources` a list; retracted works and works known only by being cited have labels that say so. Line ends
    become spaces, because the import ends a record at each unless told otherwise (--multiline-fields), and a
    value that is not known is an empty cell without quotation marks: quoted, it would be an empty text. Text is
    exact otherwise, and so this table is not one to open in a spreadsheet: a title may begin as a formula does.
    """
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(["key:ID", *_typed({name: kind for name, kind, _ in drawing.attributes}), ":LABEL"])
    marks = [
        (label, text)
        for mark, label in (("is_retracted", "Retracted"), ("only_cited", "OnlyCited"))
        for name, _, text in drawing.attributes
        if name == mark
    ]
    for row, key in enumerate(drawing.keys):
        kinds = [drawing.node_kind, *(label for label, text in marks if text(row) == "true")]
        values = [_property(name, text(row)) for name, _, text in drawing.attributes]
        table.writerow([key, *values, ";".join(kinds)])


@graph_format(".neo4j.edges.csv")
def neo4j_relationships(drawing: Drawing, stream: TextIO) -> None:
    """Write the edges for `neo4j-admin database import full --relationships`.

    Neo4j has no undirected relationships: a link of a network leads from the first of its two nodes to the
    other, to be asked for without a direction.
    """
    weight: dict[str, Type] = {"weight": "double"} if drawing.weighted else {}
    table = csv.writer(stream, lineterminator="\n")
    table.writerow([":START_ID", ":END_ID", ":TYPE", *_typed(weight | drawing.edge_attributes)])

    def cells(texts: EdgeTexts) -> tuple[str, ...]:
        given = (texts.weight,) if drawing.weighted else ()
        values = zip(drawing.edge_attributes, texts.values, strict=True)
        return drawing.edge_kind, *given, *(_property(name, text) for name, text in values)

    table.writerows(_rows(drawing.edges(cells), list(drawing.keys)))


def _typed(names: dict[str, Type]) -> list[str]:
    return [f"{name}:string[]" if name in NEO4J_ARRAYS else name + NEO4J_TYPES[kind] for name, kind in names.items()]


def _property(name: str, text: str | None) -> str:
    """A value on one line; the elements of a list are parted as the import parts them."""
    if text is None:
        return ""
    line = LINE_ENDS.sub(" ", text)
    return line.replace("; ", ";") if name in NEO4J_ARRAYS else line
