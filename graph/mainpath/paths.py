"""Main paths: the citations with the highest counts, joined from source to sink."""

import math
from dataclasses import dataclass
from itertools import groupby, repeat
from typing import NamedTuple, get_args

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING, CitationGraph
from graph.mainpath.counts import Rows
from graph.mainpath.flow import Cycles, Flow, ranges
from graph.mainpath.search import Search, Trails, first_of_ties, trails
from graph.mainpath.traversal import Traversal, Weight, keyed, named, traversal

__all__ = ["Arc", "MainPath", "by_year", "main_path"]


class Arc(NamedTuple):
    """A citation on a main path, from cited to citing."""

    cited: str
    citing: str
    log10: float
    """The logarithm of its count to base 10."""
    share: float
    """The part of all search paths that it is on."""
    exact: int | None
    """The count itself, where exact ones were asked for."""
    key_route: bool
    """Whether it is one of the key routes that the search began with."""


@dataclass(frozen=True, slots=True, kw_only=True)
class MainPath:
    """The works and citations of a main path, and what was done to the graph to find it."""

    search: Search
    weight: Weight
    cycles: Cycles
    works: tuple[str, ...]
    """By year, those without one last; within a year with the flow, then by key. All members of a family are here."""
    years: tuple[int | None, ...]
    """The year of each work."""
    arcs: tuple[Arc, ...]
    """In the order of the cited works, then of the citing ones.

    Where works were collapsed, every citation between two families is here, each with the count of the one arc that
    they make together; citations within a family have no count, and are not.
    """
    total_log10: float
    """The logarithm to base 10 of the number of all search paths; minus infinity where there are none."""
    dropped: tuple[tuple[str, str], ...]
    """The citations of the whole graph that were left out to break cycles, as (cited, citing)."""
    families: tuple[tuple[str, ...], ...]
    """The works of the whole graph that were collapsed into one."""
    capped: int | None
    """How many works the path has if all ties are followed, where those were more than the limit.

    Then only the first of tied paths in the order of keys is here. None: this is the whole answer.
    """


def main_path(
    graph: CitationGraph,
    *,
    search: Search = "global",
    weight: Weight = "spc",
    routes: int = 10,
    cycles: Cycles = "drop",
    exact: bool = False,
    limit: int = 1_000,
) -> MainPath:
    """Find the main path through the graph, from its oldest works to its newest.

    `routes` is the number of key routes for the two searches that have them. `limit` is the number of works up to
    which tied paths are all given: a shallow graph can tie in every citation. Beyond it ties are broken by the order
    of keys, and the result says so. Without `exact`, counts below 2**53 (and sums of them) are compared exactly, and
    larger ones tie if they differ by less than one part in 10**12.

    Works without citations are on no path, and a graph without citations has none: the result is empty. Of parts
    that are not connected, only the ones with the highest counts appear; take the others with `graph.select`.

    Raises ValueError for a search, weight or treatment that does not exist, and for fewer than 1 route or work.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation(*pair, ("crossref",)) for pair in ["ba", "cb", "db", "ed", "fd"]]
    >>> graph = build([Node(key, year=2000 + place) for place, key in enumerate("abcdef")], said)
    >>> path = main_path(graph)
    >>> path.works, path.years
    (('a', 'b', 'd', 'e', 'f'), (2000, 2001, 2003, 2004, 2005))
    >>> [(arc.cited, arc.citing, round(arc.share, 3)) for arc in path.arcs]
    [('a', 'b', 1.0), ('b', 'd', 0.667), ('d', 'e', 0.333), ('d', 'f', 0.333)]
    """
    if search not in get_args(Search):
        raise ValueError(f"a search is one of {', '.join(get_args(Search))}, not {search!r}")
    if routes < 1 or limit < 1:
        raise ValueError(f"a main path takes at least 1 route and 1 work, not {routes} and {limit}")
    counted = traversal(graph, weight=weight, cycles=cycles, exact=exact)
    found, capped = _found(counted, search=search, routes=routes, limit=limit)
    works = _order(graph, counted.flow, found.nodes(counted.flow)) if found else np.zeros(0, dtype=np.int64)
    return MainPath(
        search=search,
        weight=weight,
        cycles=cycles,
        works=tuple(graph.keys[row] for row in works.tolist()),
        years=tuple(None if year == MISSING else year for year in graph.year[works].tolist()),
        arcs=_arcs(graph, counted, found, works) if found else (),
        total_log10=float(counted.total.log2()[0]) * math.log10(2),
        dropped=keyed(graph, counted.flow.dropped),
        families=named(graph, counted.flow.families),
        capped=capped,
    )


def by_year(path: MainPath) -> tuple[tuple[int | None, tuple[str, ...]], ...]:
    """The works of a main path year by year, oldest first; those without a year come last, under None.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> nodes = [Node("a", year=2001), Node("b", year=2004), Node("c", year=2004), Node("d")]
    >>> by_year(main_path(build(nodes, [Citation(*pair, ("crossref",)) for pair in ["ba", "ca", "dc", "db"]])))
    ((2001, ('a',)), (2004, ('b', 'c')), (None, ('d',)))
    """
    placed = zip(path.years, path.works, strict=True)
    return tuple((year, tuple(work for _, work in group)) for year, group in groupby(placed, key=lambda each: each[0]))


# -- the result ----------------------------------------------------------------------------------------


def _found(counted: Traversal, *, search: Search, routes: int, limit: int) -> tuple[Trails | None, int | None]:
    """The arcs of the path, and the number of works with all ties where they are too many to be followed."""
    flow = counted.flow
    if not len(flow.citing.ends):
        return None, None
    found = trails(counted, search=search, routes=routes)
    sizes = np.bincount(flow.node)
    tied = int(sizes[found.nodes(flow)].sum())
    if tied <= limit:
        return found, None
    first = first_of_ties(found, flow=flow, routes=routes)
    return first, tied if int(sizes[first.nodes(flow)].sum()) < tied else None


def _order(graph: CitationGraph, flow: Flow, nodes: Rows) -> Rows:
    """The works of these nodes, as `MainPath.works` has them."""
    works = np.flatnonzero(np.isin(flow.node, nodes))
    years = graph.year[works]
    return works[np.lexsort((works, flow.level_of(flow.node[works]), years, years == MISSING))]


def _arcs(graph: CitationGraph, counted: Traversal, found: Trails, works: Rows) -> tuple[Arc, ...]:
    """The citations that make up the arcs of the path."""
    flow, size = counted.flow, len(counted.flow)
    degrees = np.diff(graph.out_indptr)[works]
    places = ranges(graph.out_indptr[works], degrees)
    citing, cited = np.repeat(works, degrees), graph.out_indices[places]
    pairs = _paired(flow.node[cited], flow.node[citing], size)
    on_path = np.isin(pairs, _paired(*found.arcs(), size))
    citing, cited, pairs = citing[on_path], cited[on_path], pairs[on_path]
    place = np.empty(len(graph), dtype=np.int64)
    place[works] = np.arange(len(works))
    order = np.lexsort((place[citing], place[cited]))
    citing, cited, pairs = citing[order], cited[order], pairs[order]
    counts = counted.of(flow.node[cited], flow.node[citing])
    return tuple(
        Arc(graph.keys[earlier], graph.keys[later], logarithm, share, exact, route)
        for earlier, later, logarithm, share, exact, route in zip(
            cited.tolist(),
            citing.tolist(),
            (counts.log2() * math.log10(2)).tolist(),
            counts.over(counted.total).tolist(),
            counts.numbers() or repeat(None, len(counts)),
            np.isin(pairs, _paired(*found.routes, size)).tolist(),
            strict=True,
        )
    )


def _paired(cited: Rows, citing: Rows, size: int) -> NDArray[np.int64]:
    """Two nodes as one number."""
    return cited.astype(np.int64) * size + citing
