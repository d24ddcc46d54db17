"""The citation graph as a flow without cycles, cited to citing, in levels.

Works that cite each other are real: preprints that knew of one another, papers of one issue, and errors of the
indexes. Paths cannot be counted around a cycle, so something has to give, and `Flow` says what did.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from itertools import pairwise
from typing import TYPE_CHECKING, Literal

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING, CitationGraph
from graph.mainpath.counts import Rows

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Cycles", "Flow", "Links", "distinct", "flow", "ranges"]

Cycles = Literal["drop", "collapse"]
"""What is done about works that cite each other in a cycle.

`drop` leaves out the citations that contradict time, as few tiers of them as will do: among the citations inside
strong components (the sets of works that all reach each other), first those of works that appeared ten years or more
later than the citing one, then nine years, eight, ..., one; then those where a year is not known; then those within
one year. After each tier the strong components are found anew, so that a citation is left out only if it lies on a
cycle of citations that are no more at odds with time than itself. Where the years do not tell, the work that comes
later in the order (year, key) may cite the earlier one and not the other way round; works without a year come last.
The result has no cycles. (It is not the smallest set of citations that breaks them: finding that one is NP-hard.)

`collapse` makes one node, a family, of each strong component, as shrinking does in Pajek. No work and no citation is
judged, but a few wrong years are enough to put many works into one family, through which the main path then runs: of
952 works in a review of psychotherapies (Oud 2018, in the SYNERGY data set), 39 are one strong component. Leaving out
11 of their 4,069 citations takes it apart, and the main path has 24 works instead of 62. Hence `drop` is the default.
"""

LONG = 10
"""Years of contradiction beyond which no difference is made: it bounds the number of tiers."""

UNKNOWN_YEAR = np.iinfo(np.int64).max


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """The arcs of a flow in one direction: from the node `i` to `ends[starts[i]:starts[i + 1]]`."""

    starts: NDArray[np.int64]
    ends: NDArray[np.int32]

    def of(self, nodes: Rows) -> tuple[Rows, Rows, Rows]:
        """The arcs at these nodes: the node of each, its other end, and where the arcs of each node begin.

        Nodes without arcs in this direction have no part in it, so that no stretch of arcs is empty.
        """
        degrees = self.starts[nodes + 1] - self.starts[nodes]
        linked = degrees > 0
        nodes, degrees = nodes[linked], degrees[linked]
        near = np.repeat(nodes, degrees)
        return near, self.ends[ranges(self.starts[nodes], degrees)], np.cumsum(degrees) - degrees

    def between(self, first: int, last: int) -> tuple[Rows, Rows, Rows]:
        """The same for the nodes from `first` up to `last`, which costs less."""
        starts = self.starts[first : last + 1]
        degrees = starts[1:] - starts[:-1]
        linked = np.flatnonzero(degrees)
        degrees = degrees[linked]
        near = np.repeat((first + linked).astype(np.int32), degrees)
        return near, self.ends[self.starts[first] : self.starts[last]], np.cumsum(degrees) - degrees


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Flow:
    """Nodes numbered level by level, so that every arc goes from a smaller number to a larger one.

    A node is a work, or a family of works. The level of a node is the number of arcs on the longest path to it.
    """

    node: NDArray[np.int32]
    """The node of each work."""
    leader: NDArray[np.int32]
    """The first work of each node in the order of keys."""
    levels: NDArray[np.int64]
    """The first node of each level, and the number of nodes at the end."""
    citing: Links
    """From each node to those that cite it: with the flow."""
    cited: Links
    """From each node to those that it cites: against the flow."""
    dropped: NDArray[np.int64]
    """Which citations were left out: places in `graph.out_indices`, ascending."""
    families: tuple[tuple[int, ...], ...]
    """The works that were collapsed, ascending, in the order of their leaders."""

    def __len__(self) -> int:
        return len(self.leader)

    def level_of(self, nodes: Rows) -> Rows:
        """The levels of these nodes."""
        return np.searchsorted(self.levels, nodes, side="right") - 1

    def with_the_flow(self) -> Iterator[tuple[int, int]]:
        """The levels, sources first: each as its first node and one past its last."""
        yield from pairwise(self.levels.tolist())

    def against_the_flow(self) -> Iterator[tuple[int, int]]:
        """The levels, the last first."""
        yield from reversed(list(pairwise(self.levels.tolist())))


def flow(graph: CitationGraph, *, cycles: Cycles) -> Flow:
    """The flow of knowledge through the graph, from cited to citing."""
    size = len(graph)
    matrix = graph.matrix()
    labels, count = _strong_components(matrix)
    node = leader = np.arange(size, dtype=np.int32)
    dropped = np.zeros(0, dtype=np.int64)
    families: tuple[tuple[int, ...], ...] = ()
    if count < size and cycles == "drop":
        dropped = _against_time(graph, labels)
        matrix = _without(graph, dropped)
    elif count < size:
        node, leader = _families(labels)
        matrix = _shrunk(graph, node, count)
        families = _members(node)
    if matrix.shape[0] == size and not len(dropped):
        cited = Links(graph.out_indptr, graph.out_indices)
        citing = Links(graph.in_indptr, graph.in_indices)
    else:
        turned = matrix.tocsc()
        cited, citing = (Links(each.indptr.astype(np.int64), each.indices) for each in (matrix, turned))
    order, levels = _levels(citing=citing, cited=cited)
    place = np.empty_like(order)
    place[order] = np.arange(len(order), dtype=np.int32)
    return Flow(
        node=place[node],
        leader=leader[order],
        levels=levels,
        citing=_renumbered(citing, order, place),
        cited=_renumbered(cited, order, place),
        dropped=dropped,
        families=families,
    )


def ranges(starts: Rows, lengths: Rows) -> Rows:
    """The numbers `start, start + 1, ...` of each range, one range after the other.

    >>> ranges(np.array([5, 0]), np.array([2, 3])).tolist()
    [5, 6, 0, 1, 2]
    """
    ends = np.cumsum(lengths)
    total = int(ends[-1]) if len(ends) else 0
    numbers = np.arange(total)
    numbers += np.repeat(starts - ends + lengths, lengths)
    return numbers


def distinct(numbers: Rows) -> Rows:
    """The numbers once each, ascending.

    >>> distinct(np.array([3, 1, 3])).tolist()
    [1, 3]
    """
    # np.unique puts them through a table first, which takes far longer (numpy 2.4).
    ordered: Rows = np.sort(numbers)
    new = np.ones(len(ordered), dtype=np.bool_)
    new[1:] = ordered[1:] != ordered[:-1]
    return ordered[new]


# -- cycles --------------------------------------------------------------------------------------------


def _strong_components(matrix: "csr_array") -> tuple[NDArray[np.int32], int]:
    """The number of each node's strong component, and how many there are."""
    from scipy.sparse.csgraph import connected_components

    count, labels = connected_components(matrix, directed=True, connection="strong")
    return labels, int(count)


def _against_time(graph: CitationGraph, labels: NDArray[np.int32]) -> NDArray[np.int64]:
    """The citations that `drop` leaves out, as places in `graph.out_indices`."""
    size = len(graph)
    known = np.where(graph.year == MISSING, UNKNOWN_YEAR, graph.year.astype(np.int64))
    place = np.empty(size, dtype=np.int64)
    place[np.lexsort((np.arange(size), known))] = np.arange(size)

    citing = np.repeat(np.arange(size, dtype=np.int32), np.diff(graph.out_indptr))
    inside = np.flatnonzero(labels[citing] == labels[graph.out_indices])
    later, earlier = citing[inside], graph.out_indices[inside]
    missing = (graph.year[later] == MISSING) | (graph.year[earlier] == MISSING)
    years = np.clip(graph.year[earlier].astype(np.int64) - graph.year[later], 0, LONG).astype(np.int8)
    at_odds = np.where(missing, np.int8(1), 2 * years)
    against = place[earlier] > place[later]

    dropped = [inside[:0]]
    while len(inside):
        worst = against & (at_odds == at_odds[against].max())
        dropped.append(inside[worst])
        keep = ~worst
        found, _ = _strong_components(_compressed(later[keep], earlier[keep], size))
        keep &= found[later] == found[earlier]
        inside, later, earlier = inside[keep], later[keep], earlier[keep]
        at_odds, against = at_odds[keep], against[keep]
    return np.sort(np.concatenate(dropped))


def _without(graph: CitationGraph, dropped: NDArray[np.int64]) -> "csr_array":
    """The citations that are left."""
    kept = np.ones(graph.citations, dtype=np.bool_)
    kept[dropped] = False
    citing = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.out_indptr))
    return _compressed(citing[kept], graph.out_indices[kept], len(graph))


def _families(labels: NDArray[np.int32]) -> tuple[NDArray[np.int32], NDArray[np.int32]]:
    """The family of each work, families in the order of their first works; and those works."""
    _, first, label = np.unique(labels, return_index=True, return_inverse=True)
    order = np.argsort(first)
    number = np.empty_like(order)
    number[order] = np.arange(len(order))
    return number[label].astype(np.int32), first[order].astype(np.int32)


def _members(node: NDArray[np.int32]) -> tuple[tuple[int, ...], ...]:
    """The families of more than one work."""
    order = np.argsort(node, kind="stable")
    sizes = np.bincount(node)
    ends = np.cumsum(sizes)
    return tuple(tuple(order[ends[each] - sizes[each] : ends[each]].tolist()) for each in np.flatnonzero(sizes > 1))


def _shrunk(graph: CitationGraph, node: NDArray[np.int32], count: int) -> "csr_array":
    """Which family cites which; however many citations lead from one to another, it is one arc."""
    pairs = np.repeat(node.astype(np.int64) * count, np.diff(graph.out_indptr))
    cited = node[graph.out_indices]
    pairs += cited
    citing, cited = np.divmod(distinct(pairs[pairs // count != cited]), count)
    return _compressed(citing, cited.astype(np.int32), count)


def _compressed(rows: Rows, columns: NDArray[np.int32], size: int) -> "csr_array":
    """The matrix with ones at these places, which are in the order of rows."""
    from scipy.sparse import csr_array

    starts = np.concatenate(([0], np.cumsum(np.bincount(rows, minlength=size))))
    return csr_array((np.ones(len(rows), dtype=np.int8), columns, starts), shape=(size, size))


# -- levels --------------------------------------------------------------------------------------------


def _levels(*, citing: Links, cited: Links) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The nodes level by level, each level ascending, and where each level begins."""
    waiting = np.diff(cited.starts).astype(np.int32)
    reached: list[Rows] = [np.flatnonzero(waiting == 0).astype(np.int32)]
    while len(reached[-1]):
        _, ends, _ = citing.of(reached[-1])
        # With a number of another type than the array's, this takes twenty times as long.
        np.subtract.at(waiting, ends, np.int32(1))
        reached.append(distinct(ends[waiting[ends] == 0]))
    reached.pop()
    levels = np.cumsum([0, *map(len, reached)])
    return np.concatenate([*reached, np.zeros(0, dtype=np.int32)]), levels


def _renumbered(links: Links, order: NDArray[np.int32], place: NDArray[np.int32]) -> Links:
    """The same arcs between nodes in another order."""
    degrees = np.diff(links.starts)[order]
    starts = np.concatenate(([0], np.cumsum(degrees)))
    return Links(starts, place[links.ends[ranges(links.starts[order], degrees)]])
