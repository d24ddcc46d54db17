"""Works linked by what they cite and by what cites them."""

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.similarity.network import Measure, Network, check_at_least, check_measure, weigh
from graph.similarity.overlap import gathered, overlaps, without

__all__ = ["cocitation", "coupling"]


def coupling(graph: CitationGraph, *, measure: Measure = "count", least: int = 1, hub: int | None = None) -> Network:
    """Link works that share references: bibliographic coupling.

    Every work is a node; two are linked that share at least `least` references. References that more than
    `hub` works of the graph cite are left out of account, and named in `left_out`: half of all pairs may hang
    on a manual of statistics, and say nothing. A work's occurrences are the references it has left. The
    measures `count`, `cosine`, `jaccard` and `association` are defined at `graph.similarity.network.weigh`.

    Only references inside the graph are known here. The memory needed is that of the graph, the links that
    are kept, and a bounded piece of the product. Raises ValueError for an unknown measure and a bound below 1.

    M. M. Kessler, Bibliographic coupling between scientific papers, American Documentation 14 (1), 1963, 10-25:
    one reference used by two papers is one unit of coupling between them.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation(*pair, ("crossref",)) for pair in ["ax", "ay", "az", "bx", "by", "cz"]]
    >>> works = coupling(build(map(Node, "abcxyz"), said))
    >>> [(works.keys[i], works.keys[j], n) for i, j, n in zip(works.first, works.second, works.counts.tolist())]
    [('a', 'b', 2), ('a', 'c', 1)]
    """
    check_measure(measure, fractional=False)
    check_at_least(least=least, hub=hub)
    hubs = _above(np.diff(graph.in_indptr), hub)
    indptr, indices = without(graph.out_indptr, graph.out_indices, hubs)
    links, _ = overlaps(indptr, indices, columns=len(graph), least=least)
    return weigh(
        graph.keys,
        np.diff(indptr),
        links,
        measure=measure,
        least=least,
        hub=hub,
        left_out=_named(graph, hubs),
    )


def cocitation(
    graph: CitationGraph,
    *,
    measure: Measure = "count",
    least: int = 1,
    most_cited: int | None = None,
    hub: int | None = None,
) -> Network:
    """Link works that are cited together.

    Every work is a node, or the `most_cited` works that the most works of the graph cite, the first by key
    where the last places are tied; two are linked that at least `least` works cite both. Citing works with
    more than `hub` references in the graph are left out of account, and named in `left_out`: a bibliography
    of 2,000 entries makes two million pairs. A work's occurrences are the citing works it has left. The
    measures `count`, `cosine`, `jaccard` and `association` are defined at `graph.similarity.network.weigh`.

    The memory needed is that of the graph, the links that are kept, and a bounded piece of the product.
    Raises ValueError for an unknown measure and a bound below 1.

    H. Small, Co-citation in the scientific literature: a new measure of the relationship between two
    documents, JASIS 24 (4), 1973, 265-269: the number of identical entries in the lists of citing documents.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation(*pair, ("crossref",)) for pair in ["ax", "ay", "bx", "by", "bz"]]
    >>> works = cocitation(build(map(Node, "abxyz"), said), measure="cosine").connected()
    >>> [
    ...     (works.keys[i], works.keys[j], round(w, 3))
    ...     for i, j, w in zip(works.first, works.second, works.weights.tolist())
    ... ]
    [('x', 'y', 1.0), ('x', 'z', 0.707), ('y', 'z', 0.707)]
    """
    check_measure(measure, fractional=False)
    check_at_least(least=least, most_cited=most_cited, hub=hub)
    hubs = _above(np.diff(graph.out_indptr), hub)
    keys, indptr, indices = graph.keys, graph.in_indptr, graph.in_indices
    if most_cited is not None:
        chosen = np.sort(np.argsort(-np.diff(indptr), kind="stable")[:most_cited])
        indptr, indices = gathered(indptr, indices, chosen)
        keys = tuple(keys[row] for row in chosen.tolist())
    indptr, indices = without(indptr, indices, hubs)
    links, _ = overlaps(indptr, indices, columns=len(graph), least=least)
    return weigh(
        keys,
        np.diff(indptr),
        links,
        measure=measure,
        least=least,
        hub=hub,
        left_out=_named(graph, hubs),
    )


def _above(sizes: NDArray[np.int64], hub: int | None) -> NDArray[np.bool_]:
    """Where a work has more citations than a hub may have."""
    return np.zeros(len(sizes), np.bool_) if hub is None else sizes > hub


def _named(graph: CitationGraph, works: NDArray[np.bool_]) -> tuple[str, ...]:
    """The keys of the works where the mask is true."""
    return tuple(graph.keys[row] for row in np.flatnonzero(works).tolist())
