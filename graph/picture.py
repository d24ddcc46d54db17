"""A graph ready to be looked at: its communities, what they are called, and where everything stands.

What a picture adds to a graph is found here once, so that a file for Gephi and a page in a browser show the same.
"""

from collections.abc import Mapping, Sequence
from typing import Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.communities import Communities, communities, labels, of_network
from graph.export import Drawing, citation_drawing, network_drawing
from graph.layout import layout, layout_by_year
from graph.similarity import Network

__all__ = ["Arrangement", "citation_picture", "network_picture"]

Arrangement: TypeAlias = Literal["network", "year"]
"""Near to what a node is linked to, or by year of publication, the earliest on top."""

ROOM = 20.0
"""The room of a node in a file, where nodes are drawn 4 to 40 wide."""

TERMS = 3
"""So many terms, or members, name a community."""


def citation_picture(graph: CitationGraph, *, arrangement: Arrangement = "network", seed: int = 0) -> Drawing:
    """Draw the works with the communities that citations make (Leiden, resolution 1), and their places.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation(*pair, ("crossref",)) for pair in ["ba", "ca", "cb", "ed", "fd", "fe"]]
    >>> drawing = citation_picture(build(map(Node, "abcdef"), said))
    >>> drawing.community.tolist(), drawing.positions.shape
    ([0, 0, 0, 1, 1, 1], (6, 2))
    """
    found = communities(graph, seed=seed)
    citing = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.out_indptr))
    links = (citing, graph.out_indices)
    if arrangement == "year":
        places = layout_by_year(graph.year, *links, seed=seed)
    else:
        places = layout(len(graph), *links, of=found.of, seed=seed)
    return citation_drawing(
        graph, community=found.of, community_labels=_titled(graph.title, found), positions=places * ROOM
    )


def network_picture(
    network: Network, *, graph: CitationGraph | None = None, names: Mapping[str, str] | None = None, seed: int = 0
) -> Drawing:
    """Draw a network of pairs with the communities that its links make, and the places of its nodes.

    Communities of works of `graph` are named by their titles; those of authors and keywords by the members that
    occur most, by the names in `names` where they have one.
    """
    found = of_network(len(network), network.first, network.second, network.weights, seed=seed)
    places = layout(len(network), network.first, network.second, network.weights, of=found.of, seed=seed)
    if graph is None:
        called = _foremost(network, names or {}, found.of, len(found))
    else:
        title_of = dict(zip(graph.keys, graph.title, strict=True))
        called = _titled([title_of.get(key) for key in network.keys], found)
    return network_drawing(
        network, graph=graph, names=names, community=found.of, community_labels=called, positions=places * ROOM
    )


def _titled(titles: Sequence[str | None], found: Communities) -> list[str]:
    return [", ".join(terms) for terms in labels(titles, found.of, terms=TERMS)]


def _foremost(network: Network, names: Mapping[str, str], of: NDArray[np.int32], count: int) -> list[str]:
    """The members of each community that occur most, the first by key where they occur as often."""
    members: list[list[str]] = [[] for _ in range(count)]
    for row in np.argsort(-network.occurrences, kind="stable").tolist():
        chosen = members[of[row]]
        if len(chosen) < TERMS:
            chosen.append(names.get(network.keys[row], network.keys[row]))
    return [", ".join(chosen) for chosen in members]
