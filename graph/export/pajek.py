"""Pajek's three files: the network, a partition of its vertices, and a vector of their sizes.

They belong together by the order of the vertices, which is that of the keys.
"""

from collections.abc import Iterator
from typing import TextIO

import numpy as np
from numpy.typing import NDArray

from graph.export.drawing import Drawing, unit_square
from graph.export.files import graph_format
from graph.export.text import distinct

__all__ = ["pajek_network", "pajek_partition", "pajek_vector"]

NOT_KNOWN = 9_999_998
"""What Pajek has for a missing class (Pajek and Pajek-XXL reference manual, Partition)."""


@graph_format(".net")
def pajek_network(drawing: Drawing, stream: TextIO) -> None:
    """Write Pajek's network: vertices, and citations as arcs or links as edges with their weight.

    A vertex has one name: it is the key, because networkx makes one node of two vertices with one name. A name
    stands in quotation marks and nothing in it can be escaped, so `"` becomes `'` and a backslash, at which networkx
    would look for an escape, becomes `/`; names that are the same then are numbered. Positions are brought to the unit
    square, as Pajek has it. No third number follows them: Gephi would take the y for the size (GitHub gephi/gephi,
    ImporterPajek.readVertex).
    """
    names = distinct([key.replace('"', "'").replace("\\", "/") for key in drawing.keys])
    stream.write(f"*Vertices {len(drawing)}\n")
    stream.writelines(
        f'{number} "{name}"{place}\n'
        for number, (name, place) in enumerate(zip(names, _places(drawing), strict=True), 1)
    )
    # Gephi stops at a file that ends with the vertices.
    stream.write("*Arcs\n" if drawing.directed else "*Edges\n")
    stream.writelines(
        "".join([f"{source + 1} {target + 1}{weight}" for source, target, weight in block])
        for block in drawing.edges(lambda texts: f" {texts.weight}\n" if drawing.weighted else "\n")
    )


@graph_format(".clu")
def pajek_partition(drawing: Drawing, stream: TextIO) -> None:
    """Write Pajek's partition: the communities, from 1; where there are none, the years, and else nothing known."""
    classes = np.full(len(drawing), NOT_KNOWN, dtype=np.int64)
    if drawing.community is not None:
        classes = np.where(drawing.community < 0, NOT_KNOWN, drawing.community + 1)
    elif drawing.year is not None:
        # A class is not negative: works of antiquity have no class.
        classes = np.where(drawing.year < 0, NOT_KNOWN, drawing.year)
    stream.writelines(_column(classes))


@graph_format(".vec")
def pajek_vector(drawing: Drawing, stream: TextIO) -> None:
    """Write Pajek's vector: the citations of each work by others of the graph, or the occurrences of each node."""
    stream.writelines(_column(drawing.prominence))


def _column(numbers: NDArray[np.int64]) -> Iterator[str]:
    yield f"*Vertices {len(numbers)}\n"
    for number in numbers.tolist():
        yield f"{number}\n"


def _places(drawing: Drawing) -> list[str]:
    if drawing.positions is None:
        return [""] * len(drawing)
    return [f" {x:.6f} {y:.6f}" for x, y in unit_square(drawing.positions).tolist()]
