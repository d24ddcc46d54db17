"""VOSviewer's files: a map and a network that go together, and the same as JSON for VOSviewer Online.

VOSviewer knows no direction: a citation is a link of strength 1, and two works that cite each other have one of
strength 2. Ids are the numbers of the rows from 1, not keys: VOSviewer Online reads an id that looks like a
number as one in the map and as text in the links (GitHub neesjanvaneck/VOSviewer-Online, utils/helpers.js), and
then finds no item for the link. It asks for three items at least.
"""

import html
import json
from collections.abc import Callable, Iterator
from typing import TextIO
from urllib.parse import quote

import numpy as np
from numpy.typing import NDArray

from graph.export.drawing import Drawing, unit_square
from graph.export.files import graph_format
from graph.export.nodelink import json_value, listed
from graph.export.text import clean, one_line

__all__ = ["vosviewer_json", "vosviewer_map", "vosviewer_network"]

CLUSTERS = 1000
"""The most clusters that VOSviewer has."""

BOM = "\ufeff"
"""VOSviewer begins its own text files with it; without it, it takes the encoding of the machine."""

DESCRIBED = {"first_author": "First author", "title": "Title", "venue": "Source", "year": "Year"}


URL_SIGNS = "/:;()._-~"
QUOTE, APOSTROPHE = '"', "'"
TEXTS = ("label", "description", "url")


@graph_format(".map.txt")
def vosviewer_map(drawing: Drawing, stream: TextIO) -> None:
    """Write the map: a tab between columns, text in quotation marks.

    A quotation mark in a text becomes an apostrophe, and white space a space. Communities are clusters from 1, and
    those beyond the thousandth none. The description is the one column where VOSviewer reads HTML; the text in it is
    escaped.
    """
    columns, items = _items(drawing)
    stream.write(BOM + "\t".join(columns) + "\n")
    for item in items:
        cells = (_quoted(text) if column in TEXTS else text or "" for column, text in zip(columns, item, strict=True))
        stream.write("\t".join(cells) + "\n")


@graph_format(".network.txt")
def vosviewer_network(drawing: Drawing, stream: TextIO) -> None:
    """Write the links: the ids of two items of the map and the strength, without a header, each pair once."""
    stream.write(BOM)
    stream.writelines(
        "".join([f"{first + 1}\t{second + 1}\t{strength}\n" for first, second, strength in block])
        for block in _links(drawing)
    )


@graph_format(".vosviewer.json")
def vosviewer_json(drawing: Drawing, stream: TextIO) -> None:
    """Write items, links and, where communities have names, clusters as one JSON document."""
    columns, items = _items(drawing)
    stream.write('{"network":{"items":[')
    stream.writelines(listed([_json_item(dict(zip(columns, item, strict=True)))] for item in items))
    stream.write('],\n"links":[')
    stream.writelines(
        listed(
            [
                f'{{"source_id":{first + 1},"target_id":{second + 1},"strength":{strength}}}'
                for first, second, strength in block
            ]
            for block in _links(drawing)
        )
    )
    stream.write("]")
    if drawing.community is not None and drawing.community_labels:
        named = [
            {"cluster": number, "label": one_line(clean(label) or "")}
            for number, label in enumerate(drawing.community_labels[:CLUSTERS], 1)
        ]
        stream.write(f',\n"clusters":{json.dumps(named, ensure_ascii=False)}')
    stream.write("}}\n")


def _items(drawing: Drawing) -> tuple[list[str], Iterator[tuple[str | None, ...]]]:
    """The columns of the map and, for each node, its text in each of them or None."""
    text = {name: value for name, _, value in drawing.attributes}
    columns: dict[str, Callable[[int], str | None]] = {
        "id": lambda row: str(row + 1),
        "label": lambda row: one_line(drawing.label(row)) or drawing.keys[row],
    }
    if "title" in text:
        # Only of a work that is retracted; there is no other place in a map that says so.
        columns["description"] = lambda row: _described(
            {name: text[key](row) for key, name in DESCRIBED.items()}
            | {"Retracted": "yes" if text["is_retracted"](row) == "true" else None}
        )
        columns["url"] = lambda row: _url(text["doi"](row), text["openalex"](row))
    places = drawing.positions
    # VOSviewer Online refuses a map whose items all stand at one place.
    if places is not None and len(places) and np.any(places != places[0]):
        scaled = 2 * unit_square(places) - 1
        columns["x"] = lambda row: f"{scaled[row, 0]:.4f}"
        columns["y"] = lambda row: f"{scaled[row, 1]:.4f}"
    groups = drawing.community
    if groups is not None:
        columns["cluster"] = lambda row: str(groups[row] + 1) if 0 <= groups[row] < CLUSTERS else None
    links, strengths = _degrees(drawing)
    columns["weight<Links>"] = lambda row: str(links[row])
    columns["weight<Total link strength>"] = lambda row: f"{strengths[row]:.9g}"
    shown = "Citations in this graph" if drawing.directed else "Occurrences"
    columns[f"weight<{shown}>"] = lambda row: str(drawing.prominence[row])
    if "year" in text:
        columns["score<Pub. year>"] = text["year"]
        columns["score<Citations>"] = text["cited_by_count"]
    rows = (tuple(value(row) for value in columns.values()) for row in range(len(drawing)))
    return list(columns), rows


def _links(drawing: Drawing) -> Iterator[Iterator[tuple[int, int, str]]]:
    """The links, in blocks, as rows and strength; of two citations that go both ways, the one from the first row."""
    if not drawing.directed:
        yield from drawing.edges(lambda texts: texts.weight)
        return
    for sources, targets, _, _ in drawing.blocks():
        mutual = drawing.joined(targets, sources)
        kept = ~mutual | (sources < targets)
        strength = np.where(mutual[kept], "2", "1")
        yield zip(sources[kept].tolist(), targets[kept].tolist(), strength.tolist(), strict=True)


def _degrees(drawing: Drawing) -> tuple[NDArray[np.int64], NDArray[np.float64]]:
    """For each node its links and the sum of their strengths."""
    links, strengths = np.zeros(len(drawing), dtype=np.int64), np.zeros(len(drawing))
    for block in _links(drawing):
        found = list(block)
        weights = np.array([float(strength) for _, _, strength in found])
        for rows in ([first for first, _, _ in found], [second for _, second, _ in found]):
            np.add.at(links, rows, 1)
            np.add.at(strengths, rows, weights)
    return links, strengths


def _described(values: dict[str, str | None]) -> str | None:
    """A table, as in VOSviewer's own maps."""
    known = [(name, value) for name, value in values.items() if value is not None]
    rows = (f"<tr><td>{name}:</td><td>{html.escape(one_line(value), quote=False)}</td></tr>" for name, value in known)
    return f"<table>{''.join(rows)}</table>" if known else None


def _url(doi: str | None, openalex: str | None) -> str | None:
    """Where the work is to be found; percent signs for what would end an address, a cell or a line."""
    if doi is not None:
        return f"https://doi.org/{quote(doi, safe=URL_SIGNS)}"
    return None if openalex is None else f"https://openalex.org/{quote(openalex, safe=URL_SIGNS)}"


def _quoted(text: str | None) -> str:
    return "" if text is None else f'"{one_line(text).replace(QUOTE, APOSTROPHE)}"'


def _json_item(item: dict[str, str | None]) -> str:
    members = []
    for group in ("weight", "score"):
        found = {name: text for name, text in item.items() if name.startswith(f"{group}<") and text is not None}
        inner = ",".join(f"{json.dumps(name[len(group) + 1 : -1])}:{text}" for name, text in found.items())
        members.append(f'"{group}s":{{{inner}}}')
    plain = {name: text for name, text in item.items() if "<" not in name and text is not None}
    named = (f'"{name}":{json_value("string" if name in TEXTS else "double", text)}' for name, text in plain.items())
    return f"{{{','.join([*named, *members])}}}"
