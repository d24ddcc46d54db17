"""What a drawing shows: sizes, colours that everybody can tell apart, and only columns that fit."""

from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray
from test_export_gephi import document, many
from test_graphml import material

from graph.build import build
from graph.export import FORMATS, citation_drawing, network_drawing
from graph.export.palette import GREY, PALETTE
from graph.export.text import distinct
from graph.similarity import coauthorship, coupling
from harvester.model import Citation, Node

# Machado, Oliveira, Fernandes 2009, table 1, severity 1.0; on linear RGB.
SIGHTS = {
    "normal": [[1, 0, 0], [0, 1, 0], [0, 0, 1]],
    "protanopia": [[0.152286, 1.052583, -0.204868], [0.114503, 0.786281, 0.099216], [-0.003882, -0.048116, 1.051998]],
    "deuteranopia": [[0.367322, 0.860646, -0.227968], [0.280085, 0.672501, 0.047413], [-0.011820, 0.042940, 0.968881]],
    "tritanopia": [[1.255528, -0.076749, -0.178779], [-0.078411, 0.930809, 0.147602], [0.004733, 0.691367, 0.303900]],
}


def lab(colours: NDArray[Any]) -> NDArray[Any]:
    """CIELAB of linear sRGB colours, under D65."""
    matrix = np.array([[0.4124, 0.3576, 0.1805], [0.2126, 0.7152, 0.0722], [0.0193, 0.1192, 0.9505]])
    x = colours @ matrix.T / [0.9505, 1.0, 1.0890]
    f = np.where(x > 216 / 24389, np.cbrt(x), (24389 / 27 * x + 16) / 116)
    return np.stack([116 * f[:, 1] - 16, 500 * (f[:, 0] - f[:, 1]), 200 * (f[:, 1] - f[:, 2])], axis=1)


@pytest.mark.parametrize("sight", SIGHTS)
def test_colours_can_be_told_apart(sight: str) -> None:
    """Any two of the dozen and the grey differ by 15 or more, where about 2 can just be seen."""
    shades = np.array([*PALETTE, GREY]) / 255
    linear = np.where(shades <= 0.04045, shades / 12.92, ((shades + 0.055) / 1.055) ** 2.4)
    seen = lab(np.clip(linear @ np.array(SIGHTS[sight]).T, 0, 1))
    apart = np.linalg.norm(seen[:, None] - seen[None], axis=2)
    assert apart[~np.eye(len(apart), dtype=bool)].min() >= 15


def test_the_area_of_a_node_grows_with_its_citations() -> None:
    """From the least size, for none, to the greatest, for the most cited work."""
    pairs = [(citing, cited) for cited, count in (("a", 4), ("b", 1)) for citing in "cdef"[:count]]
    graph = build(map(Node, "abcdef"), [Citation(citing, cited, ("crossref",)) for citing, cited in pairs])
    assert citation_drawing(graph).sizes.tolist() == [40, 22, 4, 4, 4, 4]


@pytest.mark.parametrize(
    "columns",
    [
        {"community": [0]},
        {"community": [0.5, 1.0]},
        {"community": [[0, 1]]},
        {"positions": [0, 1]},
        {"positions": [(0, 1)]},
        {"positions": [(0, np.nan), (0, 0)]},
        {"positions": [(0, np.inf), (0, 0)]},
    ],
)
def test_columns_that_do_not_fit_are_refused(columns: dict[str, Any]) -> None:
    """Before any file is begun."""
    with pytest.raises(ValueError, match="2 nodes"):
        citation_drawing(build([Node("a"), Node("b")], []), **columns)


@many
@given(given_material=material(), data=st.data())
def test_edges_are_found(given_material: tuple[list[Node], list[Citation]], data: st.DataObject) -> None:
    """Of any two rows the drawing knows whether the one cites the other."""
    graph = build(*given_material)
    if not len(graph):
        return
    row = st.integers(0, len(graph) - 1)
    pairs = data.draw(st.lists(st.tuples(row, row), min_size=1, max_size=30))
    sources, targets = (np.array(ends) for ends in zip(*pairs, strict=True))
    cited = {(citing, target) for citing, target, *_ in graph.edges()}
    assert citation_drawing(graph).joined(sources, targets).tolist() == [pair in cited for pair in pairs]


def test_a_network_of_works_has_their_attributes() -> None:
    """Label, year and the rest come along, with occurrences, links and total link strength."""
    nodes = [Node("a", title="A", year=2020, first_author="Smith", is_retracted=True), Node("b", year=2019), Node("c")]
    graph = build(nodes, [Citation(citing, "c", ("crossref",)) for citing in "ab"])
    drawing = network_drawing(coupling(graph, least=1), graph=graph)
    values = {name: text(0) for name, _, text in drawing.attributes}
    assert (values["label"], values["year"], values["is_retracted"]) == ("Smith 2020", "2020", "true")
    assert (values["links"], values["total_link_strength"], values["occurrences"]) == ("1", "1", "1")
    assert not drawing.directed


def test_authors_are_their_own_labels() -> None:
    """Without works there are no years, and no attributes of works."""
    graph = build([Node("a"), Node("b")], [])
    authors = coauthorship([("a", ["Smith, J.", "Doe, A."]), ("b", ["Smith, J.", "Doe, A."])])
    drawing = network_drawing(authors, graph=graph)
    assert [drawing.label(row) for row in range(len(drawing))] == ["Doe, A.", "Smith, J."]
    assert [attribute.name for attribute in drawing.attributes] == [
        "label",
        "occurrences",
        "links",
        "total_link_strength",
    ]
    assert drawing.year is None


@given(st.lists(st.sampled_from(["a", "a (2)", "a (2) (2)", "b"])))
def test_names_are_made_distinct(names: list[str]) -> None:
    """One for each, the first of its kind unchanged."""
    found = distinct(names)
    assert len(set(found)) == len(found) == len(names)
    assert all(other.startswith(name) for name, other in zip(names, found, strict=True))
    assert all(found[names.index(name)] == name for name in names)


@pytest.mark.parametrize(
    ("columns", "classes"),
    [({"community": [1, -1, 0]}, [2, 9999998, 1]), ({}, [2020, 9999998, 9999998])],
)
def test_a_partition_has_communities_or_years(columns: dict[str, Any], classes: list[int]) -> None:
    """Pajek has one number for what is not known."""
    graph = build([Node("a", year=2020), Node("b"), Node("c", year=-300)], [Citation("b", "a", ("crossref",))])
    drawing = citation_drawing(graph, **columns)
    assert document(drawing, ".clu").decode().split() == ["*Vertices", "3", *map(str, classes)]
    assert document(drawing, ".vec").decode().split() == ["*Vertices", "3", "1", "0", "0"]


@pytest.mark.parametrize("suffix", FORMATS)
def test_an_empty_graph_is_a_file(suffix: str) -> None:
    """Nothing harvested yet is no error, with or without a look."""
    graph = build([], [])
    assert document(citation_drawing(graph), suffix)
    assert document(citation_drawing(graph, community=[], positions=[]), suffix)
