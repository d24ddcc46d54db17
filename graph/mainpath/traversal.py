"""How many search paths go through each citation: SPC, SPLC and SPNP.

Each of the three is a product, `arriving(cited) * leaving(citing)`: of the ways in which a search path can arrive
at the cited work and of those in which it can leave the citing one. Each factor is one sweep through the levels.
"""

import math
from dataclasses import dataclass
from typing import Literal, get_args

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.mainpath.counts import Counts, Exact, Rows, Scaled
from graph.mainpath.flow import Cycles, Flow, flow

__all__ = ["Traversal", "TraversalCounts", "Weight", "keyed", "named", "traversal", "traversal_counts"]

Weight = Literal["spc", "splc", "spnp"]
"""What is counted for a citation, knowledge flowing from the cited work to the citing one.

`spc`, search path count: the paths from a source to a sink that contain the citation.
`splc`, search path link count: those from any work to a sink.
`spnp`, search path node pair: those from any work to any work.

"Any work" includes the ends of the citation itself, so that every citation counts at least once. A pair of works
counts in `spnp` once for every path between them, not once for the pair.

V. Batagelj, Efficient algorithms for citation network analysis, arXiv:cs/0309023, 2003, defines SPC and shows that
all three take time linear in the citations; Pajek counts as he does. SPLC and SPNP are named by N. P. Hummon and
P. Doreian, Connectivity in a citation network: the development of DNA theory, Social Networks 11 (1), 1989, 39-63.
The conventions above are those of J. S. Liu's own program (GitHub Johnliu886/MainPath, SPx.cpp: `nodes_backward` and
`nodes_forward` count the node itself) and, for SPC and SPLC, of a graph of 11 works whose counts were compared with
Pajek's (GitHub jfb-h/MainPaths.jl, test/runtests.jl). Turning the direction of flow round would exchange the roles of
sources and sinks in SPLC: tools that let arcs point from citing to cited count something else by that name.
"""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class TraversalCounts:
    """The search paths through each citation and through each work."""

    weight: Weight
    cycles: Cycles
    citations: NDArray[np.float64]
    """The logarithm to base 10 of the count of each citation, aligned with `graph.out_indices`.

    `nan` for a citation that was dropped, or that lies inside a family.
    """
    works: NDArray[np.float64]
    """The same for each work, aligned with `graph.keys`; `nan` for a work without citations either way."""
    total: float
    """The same for all search paths that contain a citation at all; minus infinity where there are none."""
    exact: tuple[int | None, ...] | None
    """The counts of the citations to the last digit, None in place of `nan`; None unless they were asked for."""
    dropped: tuple[tuple[str, str], ...]
    """The citations that were left out to break cycles, as (cited, citing)."""
    families: tuple[tuple[str, ...], ...]
    """The works that were collapsed into one."""


@dataclass(frozen=True, slots=True, eq=False)
class Traversal:
    """The two factors of every count, for each node of the flow."""

    flow: Flow
    arriving: Counts
    leaving: Counts
    total: Counts
    """One count: all search paths that contain an arc."""

    def of(self, cited: Rows, citing: Rows) -> Counts:
        """The counts of arcs between nodes."""
        return self.arriving.take(cited).times(self.leaving.take(citing))


def traversal_counts(
    graph: CitationGraph, *, weight: Weight = "spc", cycles: Cycles = "drop", exact: bool = False
) -> TraversalCounts:
    """Count the search paths through every citation, as `weight` says.

    The counts come as logarithms, since they pass 10**60 in a graph of a million works; `exact` adds the integers
    themselves, which a graph of some ten thousand works still gives at once.

    Raises ValueError for a weight or a treatment of cycles that does not exist.

    A graph of four works, where knowledge flows from a through b or c to d:

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation(*pair, ("crossref",)) for pair in ["ba", "ca", "db", "dc"]]
    >>> graph = build(map(Node, "abcd"), said)
    >>> {name: traversal_counts(graph, weight=name, exact=True).exact for name in ("spc", "splc", "spnp")}
    {'spc': (1, 1, 1, 1), 'splc': (1, 1, 2, 2), 'spnp': (2, 2, 2, 2)}
    """
    counted = traversal(graph, weight=weight, cycles=cycles, exact=exact)
    way, node = counted.flow, counted.flow.node
    citing = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.out_indptr))
    # What the flow leaves out has no count, and the product of its ends would look like one.
    left_out = node[citing] == node[graph.out_indices]
    left_out[way.dropped] = True
    logarithms = (counted.arriving.log2()[node][graph.out_indices] + counted.leaving.log2()[node][citing]) * math.log10(
        2
    )
    logarithms[left_out] = np.nan
    integers = None
    if exact:
        found = counted.of(node[graph.out_indices], node[citing]).numbers() or []
        integers = tuple(None if out else number for out, number in zip(left_out.tolist(), found, strict=True))
    works = (counted.arriving.log2() + counted.leaving.log2()) * math.log10(2)
    works[(np.diff(way.citing.starts) == 0) & (np.diff(way.cited.starts) == 0)] = np.nan
    return TraversalCounts(
        weight=weight,
        cycles=cycles,
        citations=logarithms,
        works=works[node],
        total=float(counted.total.log2()[0]) * math.log10(2),
        exact=integers,
        dropped=keyed(graph, way.dropped),
        families=named(graph, way.families),
    )


def traversal(graph: CitationGraph, *, weight: Weight, cycles: Cycles, exact: bool) -> Traversal:
    """The counts in the form that paths are searched with."""
    if weight not in get_args(Weight):
        raise ValueError(f"a weight is one of {', '.join(get_args(Weight))}, not {weight!r}")
    if cycles not in get_args(Cycles):
        raise ValueError(f"the treatment of cycles is one of {', '.join(get_args(Cycles))}, not {cycles!r}")
    way = flow(graph, cycles=cycles)
    kind: type[Counts] = Exact if exact else Scaled
    arriving = kind.of(np.ones(len(way), dtype=np.int64))
    leaving = kind.of(np.ones(len(way), dtype=np.int64))
    for first, last in way.with_the_flow():
        _gather(arriving, way.cited.between(first, last), anywhere=weight != "spc")
    for first, last in way.against_the_flow():
        _gather(leaving, way.citing.between(first, last), anywhere=weight == "spnp")

    # Each search path is counted at its first arc: the nodes where it may begin are all, or the sources.
    begins = np.full(len(way), weight != "spc") | (np.diff(way.cited.starts) == 0)
    firsts = np.bincount(way.citing.ends[np.repeat(begins, np.diff(way.citing.starts))], minlength=len(way))
    total = kind.of(firsts).times(leaving).sums(np.array([0])) if len(way) else kind.of(np.zeros(1, dtype=np.int64))
    return Traversal(way, arriving, leaving, total)


def keyed(graph: CitationGraph, places: Rows) -> tuple[tuple[str, str], ...]:
    """The citations at these places of `graph.out_indices`, as (cited, citing)."""
    citing = np.searchsorted(graph.out_indptr, places, side="right") - 1
    cited = graph.out_indices[places]
    return tuple(
        (graph.keys[earlier], graph.keys[later]) for earlier, later in zip(cited.tolist(), citing.tolist(), strict=True)
    )


def named(graph: CitationGraph, families: tuple[tuple[int, ...], ...]) -> tuple[tuple[str, ...], ...]:
    """The families by the keys of their members."""
    return tuple(tuple(graph.keys[row] for row in family) for family in families)


def _gather(ways: Counts, arcs: tuple[Rows, Rows, Rows], *, anywhere: bool) -> None:
    """Put at each node the paths that come over its arcs, and the one that begins there if paths begin anywhere."""
    near, far, starts = arcs
    if not len(near):
        return
    nodes = near[starts]
    found = ways.take(far).sums(starts)
    # Every count begins as the 1 of the path that has not left its node.
    ways.put(nodes, found.plus(ways.take(nodes)) if anywhere else found)
