"""Venues that cite themselves.

A venue is known by its name, in whatever capitals and spacing. Works without a venue take no part, on
either side: of a citation that leads to one, nobody can say whether it stayed in the venue.
"""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.metrics.registry import metric

__all__ = ["VenueCitations", "own_venue_share", "venue_citations"]


@dataclass(frozen=True, slots=True, kw_only=True)
class VenueCitations:
    """The citations of one venue within the graph: how many, and how many of them to itself."""

    venue: str
    """As the first of its works, by key, has it."""
    works: int
    given: int
    """Citations by its works of works in any venue."""
    received: int
    """Citations of its works by works in any venue."""
    own: int
    """Citations by its works of its works: part of `given` and of `received`."""

    @property
    def self_citing(self) -> float | None:
        """The share of the citations given that go to the venue itself; None when none are given."""
        return self.own / self.given if self.given else None

    @property
    def self_cited(self) -> float | None:
        """The share of the citations received that come from the venue itself; None when there are none."""
        return self.own / self.received if self.received else None


def venue_citations(graph: CitationGraph) -> tuple[VenueCitations, ...]:
    """What each venue gives, receives, and keeps to itself; most works first, then by name.

    The two rates answer two questions. A high self-citing rate marks a journal that draws on itself; a high
    self-cited rate one that nobody else draws on. Either is of a sample: within the graph.

    E. Garfield, Journal Citation Studies XVII. Journal self-citation rates: there's a difference, Current
    Contents 52, 1974.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", venue="BMJ"), Node("b", venue="bmj"), Node("c", venue="Lancet"), Node("d")]
    >>> graph = build(works, [Citation(*pair, ("paper",)) for pair in ["ba", "bc", "ca", "bd"]])
    >>> [(venue.venue, venue.self_citing, venue.self_cited) for venue in venue_citations(graph)]
    [('BMJ', 0.5, 0.5), ('Lancet', 0.0, 0.0)]
    """
    names, venues = _venues(graph)
    size = len(names)
    known, own = _kept(graph, venues)
    citing = np.repeat(venues, np.diff(graph.out_indptr))
    counts = (
        np.bincount(venues[venues >= 0], minlength=size),
        np.bincount(citing[known], minlength=size),
        np.bincount(venues[graph.out_indices[known]], minlength=size),
        np.bincount(citing[own], minlength=size),
    )
    found = [
        VenueCitations(venue=name, works=works, given=given, received=received, own=kept)
        for name, works, given, received, kept in zip(names, *(count.tolist() for count in counts), strict=True)
    ]
    return tuple(sorted(found, key=lambda venue: (-venue.works, venue.venue)))


@metric("own_venue_share")
def own_venue_share(graph: CitationGraph) -> NDArray[np.float64]:
    """The share of a work's references within the graph that are in the venue of the work.

    References without a venue are left aside. NaN for a work that has no venue, or no reference that has.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", venue="BMJ"), Node("b", venue="bmj"), Node("c", venue="Lancet"), Node("d")]
    >>> graph = build(works, [Citation(*pair, ("paper",)) for pair in ["ba", "bc", "ca", "bd"]])
    >>> own_venue_share(graph).tolist()
    [nan, 0.5, 0.0, nan]
    """
    known, own = _kept(graph, _venues(graph)[1])
    rows = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.out_indptr))
    judged = np.bincount(rows[known], minlength=len(graph))
    kept = np.bincount(rows[own], minlength=len(graph))
    shares = np.full(len(graph), np.nan)
    np.divide(kept, judged, out=shares, where=judged > 0)
    return shares


def _venues(graph: CitationGraph) -> tuple[list[str], NDArray[np.int32]]:
    """The names of the venues, and for each work the number of its own or -1."""
    numbers: dict[str, int] = {}
    names: list[str] = []
    number_of: dict[str | None, int] = {None: -1}
    for venue in graph.venue:
        if venue is None or venue in number_of:
            continue
        words = " ".join(venue.split())
        if words.casefold() not in numbers:
            if not words:
                number_of[venue] = -1
                continue
            numbers[words.casefold()] = len(names)
            names.append(words)
        number_of[venue] = numbers[words.casefold()]
    return names, np.fromiter((number_of[venue] for venue in graph.venue), np.int32, len(graph))


def _kept(graph: CitationGraph, venues: NDArray[np.int32]) -> tuple[NDArray[np.bool_], NDArray[np.bool_]]:
    """Which citations join two works whose venue is known, and which of them stay in it."""
    citing = np.repeat(venues, np.diff(graph.out_indptr))
    cited = venues[graph.out_indices]
    known = (citing >= 0) & (cited >= 0)
    return known, known & (citing == cited)
