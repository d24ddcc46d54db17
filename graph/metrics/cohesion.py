"""What holds together: cores, components, and the cycles that citations should not form."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.metrics.registry import metric
from graph.metrics.sparse import sparse

__all__ = ["Cycle", "component", "core_number", "cycles", "strong_component"]

BLOCK = 1 << 12
"""Neighbours looked at together, so that memory does not grow with the citations."""


@metric("core_number", written=True)
def core_number(graph: CitationGraph) -> NDArray[np.int32]:
    """The largest k such that the work belongs to a part in which each has k others as neighbours.

    Neighbours are works that cite or are cited; two that cite each other are neighbours once. High numbers
    stand in the dense middle of a literature, 0 at works that no citation joins to the rest.

    All works of few neighbours are taken off at once, then those that have thereby lost too many, and so
    on: the rounds are few in a literature, and as many as half the works in a chain of citations.

    V. Batagelj, M. Zaversnik, An O(m) algorithm for cores decomposition of networks, arXiv cs/0310049, 2003;
    S. B. Seidman, Network structure and minimum degree, Social Networks 5 (3), 1983. Four works that all
    cite each other, and one that cites one of them:

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> pairs = ["ba", "ca", "da", "cb", "db", "dc", "ed"]
    >>> core_number(build(map(Node, "abcdef"), [Citation(*pair, ("paper",)) for pair in pairs])).tolist()
    [3, 3, 3, 3, 1, 0]
    """
    starts, neighbours = _neighbours(graph)
    left = np.diff(starts)
    core = np.zeros(len(graph), dtype=np.int32)
    stays = np.ones(len(graph), dtype=np.bool_)
    remaining = np.arange(len(graph))
    k = 0
    while len(remaining):
        k = max(k, int(left[remaining].min()))
        leaving = remaining[left[remaining] <= k]
        while len(leaving):
            core[leaving] = k
            stays[leaving] = False
            lost = []
            for some in _blocks(leaving, starts):
                touched = neighbours[_places(starts[some], starts[some + 1])]
                touched = touched[stays[touched]]
                np.subtract.at(left, touched, 1)
                lost.append(np.unique(touched[left[touched] <= k]))
            leaving = np.unique(np.concatenate(lost))
        remaining = remaining[stays[remaining]]
    return core


def _neighbours(graph: CitationGraph) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """Where the neighbours of each work start in the second array: those it cites or is cited by, each once."""
    either = sparse(graph, np.int8) + sparse(graph, np.int8, turned=True)
    return either.indptr.astype(np.int64), either.indices


def _blocks(rows: NDArray[np.int64], starts: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """The rows in parts of about `BLOCK` neighbours."""
    ends = np.cumsum(starts[rows + 1] - starts[rows])
    cuts = np.searchsorted(ends, np.arange(BLOCK, int(ends[-1]), BLOCK), side="right")
    return [part for part in np.split(rows, cuts) if len(part)]


def _places(starts: NDArray[np.int64], ends: NDArray[np.int64]) -> NDArray[np.int64]:
    """The numbers of all the ranges from a start to its end, one range after the other."""
    lengths = ends - starts
    first = np.cumsum(lengths) - lengths
    places: NDArray[np.int64] = np.repeat(starts - first, lengths)
    places += np.arange(len(places))
    return places


@metric("component", written=True)
def component(graph: CitationGraph) -> NDArray[np.int32]:
    """The number of the part that the work belongs to, when citations join in both directions.

    The largest part is 0; parts of equal size go by the first of their keys. It is a name, not a measure.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> component(build(map(Node, "abcde"), [Citation("b", "d", ("paper",)), Citation("d", "e", ("paper",))])).tolist()
    [1, 0, 2, 0, 0]
    """
    return _components(graph, "weak")


@metric("strong_component")
def strong_component(graph: CitationGraph) -> NDArray[np.int32]:
    """The number of the part within which each work leads to each other one along citations.

    Numbered like `component`. Where citations only ever go back in time every work is a part of its own;
    `cycles` lists those that are not.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> strong_component(build(map(Node, "abc"), [Citation(*pair, ("paper",)) for pair in ["ab", "bc", "cb"]])).tolist()
    [1, 0, 0]
    """
    return _components(graph, "strong")


def _components(graph: CitationGraph, connection: Literal["weak", "strong"]) -> NDArray[np.int32]:
    if not len(graph):
        return np.zeros(0, dtype=np.int32)
    from scipy.sparse.csgraph import connected_components

    # It works on floats, and makes them of anything else that it is given.
    _, labels = connected_components(sparse(graph, np.float64), directed=True, connection=connection)
    _, first, sizes = np.unique(labels, return_index=True, return_counts=True)
    number = np.empty(len(sizes), dtype=np.int32)
    number[np.lexsort((first, -sizes))] = np.arange(len(sizes), dtype=np.int32)
    numbers: NDArray[np.int32] = number[labels]
    return numbers


@dataclass(frozen=True, slots=True, kw_only=True)
class Cycle:
    """Works that all lead to each other along citations, and the citations among them.

    Both are in the order of the keys. Some are real (companion papers in one issue, a preprint that is kept
    up to date), some come of two works under one record, or of a wrong match.
    """

    works: tuple[str, ...]
    citations: tuple[tuple[str, str], ...]
    """Citing and cited."""


def cycles(graph: CitationGraph) -> tuple[Cycle, ...]:
    """The parts of the graph in which citations lead round, the largest first, then by their first key.

    Each is a strong component of two works or more: every cycle of the graph lies within one of them, and
    without them the graph has a topological order.

    R. Tarjan, Depth-first search and linear graph algorithms, SIAM Journal on Computing 1 (2), 1972.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> pairs = ["ab", "bc", "cb"]
    >>> cycles(build(map(Node, "abc"), [Citation(*pair, ("paper",)) for pair in pairs]))
    (Cycle(works=('b', 'c'), citations=(('b', 'c'), ('c', 'b'))),)
    """
    numbers = strong_component(graph)
    rounds = int((np.bincount(numbers) > 1).sum())
    within = np.flatnonzero(numbers < rounds)
    within = within[np.argsort(numbers[within], kind="stable")]
    works: list[list[str]] = [[] for _ in range(rounds)]
    citations: list[list[tuple[str, str]]] = [[] for _ in range(rounds)]
    for row in within.tolist():
        cited: NDArray[Any] = graph.out_indices[graph.out_indptr[row] : graph.out_indptr[row + 1]]
        number, key = numbers[row].item(), graph.keys[row]
        works[number].append(key)
        citations[number] += [(key, graph.keys[other]) for other in cited[numbers[cited] == number].tolist()]
    return tuple(Cycle(works=tuple(some), citations=tuple(arcs)) for some, arcs in zip(works, citations, strict=True))
