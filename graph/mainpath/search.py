"""The searches that join citations with high counts to paths, all ties followed."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from graph.mainpath.counts import Counts, Rows, lengths
from graph.mainpath.flow import Flow, Links, distinct
from graph.mainpath.traversal import Traversal

__all__ = ["Arcs", "Search", "Trails", "first_of_ties", "trails"]

Search = Literal["global", "local_forward", "local_backward", "key_route_global", "key_route_local"]
"""How a main path is looked for, knowledge flowing from the cited work to the citing one.

`global`: the path from a source to a sink whose counts have the largest sum.
`local_forward`: begins with the citation that has the highest count of all citations of sources, and goes on from
each work with the highest count among the citations of it, until a sink.
`local_backward`: the same from the sinks, against the flow, to a source.
`key_route_global`, `key_route_local`: begins with the citations that have the highest counts of all, the key routes,
and goes on from both ends of each: along the paths to a sink and to a source with the largest sums, or by the highest
count at each step. The key routes are in the result, where a global or local search may miss them.

Ties are all followed. The local search is N. P. Hummon and P. Doreian's (Social Networks 11 (1), 1989, 39-63), the
global one is the critical path of V. Batagelj (arXiv:cs/0309023, 2003), and the key routes are J. S. Liu and L. Y. Y.
Lu's (An integrated approach for main path analysis: development of the Hirsch index as an example, JASIST 63 (3), 2012,
528-542). Where a local search begins, and that key routes which
tie with the last one are taken as well, is as in Liu's own program (GitHub Johnliu886/MainPath, searchpath.cpp,
`select_starting_edges_forward` and `find_actual_top_edges`).
"""

Arcs = tuple[Rows, Rows]
"""Arcs as (cited nodes, citing nodes)."""

Choice = Callable[[Rows, Rows, Rows], NDArray[np.bool_]]
"""Which arcs a path takes: given the node of each arc, its other end, and where the arcs of each node begin."""

BLOCK = 1 << 20

MARGIN = 1e-9
"""The logarithms to base 2 of two counts that can pass for equal are nearer than this."""

NONE = np.iinfo(np.int32).max

NOWHERE = np.zeros(0, dtype=np.int32)


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Trails:
    """The arcs of all tied paths, apart by the direction in which they were found."""

    routes: Arcs
    """The key routes, by falling count."""
    heads: Rows
    """The nodes from which paths were searched with the flow, the most deserving first."""
    onward: Arcs
    """What was found there."""
    tails: Rows
    """The nodes from which paths were searched against the flow."""
    back: Arcs
    """What was found there."""

    def arcs(self) -> Arcs:
        """All arcs, with repetitions."""
        cited, citing = zip(self.routes, self.onward, self.back, strict=True)
        return np.concatenate(cited), np.concatenate(citing)

    def nodes(self, flow: Flow) -> Rows:
        """The nodes on the paths, ascending."""
        on_path = np.zeros(len(flow), dtype=np.bool_)
        for ends in (*self.routes, *self.onward, *self.back):
            on_path[ends] = True
        return np.flatnonzero(on_path)


def trails(counted: Traversal, *, search: Search, routes: int) -> Trails:
    """All paths that the search finds in a flow that has arcs."""
    onward, back = _Heading(counted, onward=True), _Heading(counted, onward=False)
    none = (NOWHERE, NOWHERE)
    if search == "local_forward":
        heads, found = onward.local()
        return Trails(routes=none, heads=heads, onward=found, tails=NOWHERE, back=none)
    if search == "local_backward":
        tails, found = back.local()
        return Trails(routes=none, heads=NOWHERE, onward=none, tails=tails, back=found)
    if search == "key_route_local":
        return _from_routes(counted, routes, onward.highest, back.highest)
    ahead, behind = onward.sums(), back.sums()
    if search == "key_route_global":
        return _from_routes(counted, routes, onward.along(ahead), back.along(behind))
    return _global(counted, ahead, behind)


def first_of_ties(found: Trails, *, flow: Flow, routes: int) -> Trails:
    """One path instead of all that tie: at each node the arc to the work that comes first in the order of keys."""
    cited, citing = (ends[:routes] for ends in found.routes)
    count = len(cited) or 1
    heads, tails = found.heads[:count], found.tails[:count]
    return Trails(
        routes=(cited, citing),
        heads=heads,
        onward=_walked(heads, found.onward, flow),
        tails=tails,
        back=_walked(tails, found.back[::-1], flow)[::-1],
    )


# -- the searches --------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True, eq=False)
class _Heading:
    """A traversal looked at with the flow or against it."""

    counted: Traversal
    onward: bool

    @property
    def links(self) -> Links:
        """From each node to those that are next."""
        return self.counted.flow.citing if self.onward else self.counted.flow.cited

    def weigh(self, near: Rows, far: Rows) -> Counts:
        """The counts of arcs that are met at their nearer ends."""
        return self.counted.of(near, far) if self.onward else self.counted.of(far, near)

    def outset(self) -> Rows:
        """The nodes where the flow begins in this direction, those without any arc left out."""
        flow = self.counted.flow
        there = flow.cited if self.onward else flow.citing
        return np.flatnonzero((np.diff(self.links.starts) > 0) & (np.diff(there.starts) == 0))

    def leading(self, nodes: Rows, numbers: Counts) -> Rows:
        """The nodes with the largest of these numbers, in the order of their leaders."""
        largest = numbers.peaks(np.array([0])).take(np.zeros(len(nodes), dtype=np.int32))
        nodes = nodes[numbers.reaches(largest)]
        return nodes[np.argsort(self.counted.flow.leader[nodes])]

    def local(self) -> tuple[Rows, Arcs]:
        """Where the local search begins, and what it finds."""
        outset = self.outset()
        near, far, starts = self.links.of(outset)
        begins = self.leading(outset, self.weigh(near, far).peaks(starts))
        return begins, self.follow(begins, self.highest)

    def sums(self) -> Counts:
        """For each node the largest sum of counts on a path that leads on from it."""
        flow = self.counted.flow
        best = type(self.counted.total).of(np.zeros(len(flow), dtype=np.int64))
        for first, last in flow.against_the_flow() if self.onward else flow.with_the_flow():
            near, far, starts = self.links.between(first, last)
            if len(near):
                best.put(near[starts], self.weigh(near, far).plus(best.take(far)).peaks(starts))
        return best

    def highest(self, near: Rows, far: Rows, starts: Rows) -> NDArray[np.bool_]:
        """Choose the arcs with the highest count at each node."""
        counts = self.weigh(near, far)
        stretch = np.repeat(np.arange(len(starts)), lengths(starts, len(near)))
        return counts.reaches(counts.peaks(starts).take(stretch))

    def along(self, sums: Counts) -> Choice:
        """Choose the arcs that begin a path with the largest sum."""

        def choose(near: Rows, far: Rows, _: Rows) -> NDArray[np.bool_]:
            return self.weigh(near, far).plus(sums.take(far)).reaches(sums.take(near))

        return choose

    def follow(self, begins: Rows, choose: Choice) -> Arcs:
        """The chosen arcs at these nodes, at the nodes they lead to, and so on."""
        seen = np.zeros(len(self.counted.flow), dtype=np.bool_)
        nearer: list[Rows] = [NOWHERE]
        farther: list[Rows] = [NOWHERE]
        while len(begins):
            seen[begins] = True
            near, far, starts = self.links.of(begins)
            if not len(near):
                break
            chosen = choose(near, far, starts)
            nearer.append(near[chosen])
            farther.append(far[chosen])
            begins = distinct(farther[-1])
            begins = begins[~seen[begins]]
        ends = np.concatenate(nearer), np.concatenate(farther)
        return ends if self.onward else ends[::-1]


def _global(counted: Traversal, ahead: Counts, behind: Counts) -> Trails:
    """The paths with the largest sum, given the largest sums with the flow and against it.

    An arc is on one if it continues the best path to it and begins the best path from it. Either condition alone
    would do for exact counts; with rounded ones each sees what the other cannot, since the counts at one end of a
    path may vanish beside the sum over all of it.
    """
    onward, back = _Heading(counted, onward=True), _Heading(counted, onward=False)
    begins_best, continues_best = onward.along(ahead), back.along(behind)

    def best(near: Rows, far: Rows, starts: Rows) -> NDArray[np.bool_]:
        return begins_best(near, far, starts) & continues_best(far, near, starts)

    outset = onward.outset()
    heads = onward.leading(outset, ahead.take(outset))
    cited, citing = onward.follow(heads, best)
    reached = np.zeros(len(counted.flow), dtype=np.bool_)
    reached[cited] = reached[citing] = True

    def best_back(near: Rows, far: Rows, starts: Rows) -> NDArray[np.bool_]:
        return best(far, near, starts) & reached[far]

    sinks = distinct(citing[np.diff(counted.flow.citing.starts)[citing] == 0])
    arcs = back.follow(sinks, best_back)
    return Trails(
        routes=(NOWHERE, NOWHERE),
        heads=heads[np.isin(heads, arcs[0])],
        onward=arcs,
        tails=NOWHERE,
        back=(NOWHERE, NOWHERE),
    )


def _from_routes(counted: Traversal, routes: int, ahead: Choice, behind: Choice) -> Trails:
    """Paths through the key routes, which go on as the two choices say."""
    cited, citing = _key_routes(counted, routes)
    return Trails(
        routes=(cited, citing),
        heads=citing,
        onward=_Heading(counted, onward=True).follow(distinct(citing), ahead),
        tails=cited,
        back=_Heading(counted, onward=False).follow(distinct(cited), behind),
    )


def _key_routes(counted: Traversal, routes: int) -> Arcs:
    """The arcs with the highest counts, and all that tie with the last of them."""
    links, leader = counted.flow.citing, counted.flow.leader
    places, logarithms = np.zeros(0, dtype=np.int64), np.zeros(0)
    for start in range(0, len(links.ends), BLOCK):
        block = np.arange(start, min(start + BLOCK, len(links.ends)))
        near = np.searchsorted(links.starts, block, side="right") - 1
        places = np.concatenate((places, block))
        logarithms = np.concatenate((logarithms, counted.of(near, links.ends[block]).log2()))
        if len(places) > routes:
            least = np.partition(logarithms, -routes)[-routes]
            places, logarithms = (each[logarithms >= least - MARGIN] for each in (places, logarithms))
    cited, citing = np.searchsorted(links.starts, places, side="right") - 1, links.ends[places]
    by_key = np.lexsort((leader[citing], leader[cited]))
    counts = counted.of(cited[by_key], citing[by_key])
    order = counts.falling()
    last = order[min(routes, len(order)) - 1]
    order = order[counts.take(order).reaches(counts.take(np.full(len(order), last)))]
    chosen = by_key[order]
    return cited[chosen], citing[chosen]


def _walked(begins: Rows, arcs: Arcs, flow: Flow) -> Arcs:
    """One path from each of these nodes, over arcs as (nearer, farther): at every node to the first leader."""
    near, far = arcs
    first = np.full(len(flow), NONE, dtype=np.int32)
    np.minimum.at(first, near, flow.leader[far])
    walked: dict[int, int] = {}
    for node in begins.tolist():
        here = node
        while first[here] != NONE and here not in walked:
            walked[here] = int(flow.node[first[here]])
            here = walked[here]
    return np.array(list(walked), dtype=np.int32), np.array(list(walked.values()), dtype=np.int32)
