"""What a page shows, and which of the works that nobody has a record of."""

from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np

from graph.build import CitationGraph
from graph.export import Drawing, citation_drawing
from harvester.model import Work

__all__ = ["Literature", "reduced"]

AROUND = 2_000
"""At least so many works that are known only by being cited are on a page: more than anybody reads."""


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class Literature:
    """What a page shows."""

    title: str
    drawing: Drawing
    """Works and citations, with communities and places."""
    works: Iterable[Work]
    """The records behind the drawing's keys, in any order; with `citation_search` where there has been one. A work
    without a record has no details here, and a record that is not drawn is passed over."""
    main_path: Sequence[tuple[str, str]] = ()
    """The citations of the main path, as the keys of the citing and of the cited work."""
    decisions: Mapping[str, tuple[str, str | None]] = field(default_factory=dict)
    """What was decided when works were screened, by key: `include`, `exclude` or `maybe`, and the reason."""
    left_out: int = 0
    """How many works that are known only by being cited are not drawn."""


def reduced(graph: CitationGraph, drawing: Drawing, *, keep: Collection[str] = ()) -> tuple[Drawing, int]:
    """Leave out of a drawing of `graph` what would be most of it; says how many works that are.

    All works that have a record stay, in their places and communities, and those with the keys `keep`. Of the others
    that are known only by being cited the ones stay that two works here cite, the most cited first, to as many as there
    are records (`AROUND` at least). Raises ValueError for a drawing without places or communities.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> nodes = [Node("a"), Node("b"), Node("c", only_cited=True), Node("d", only_cited=True)]
    >>> graph = build(nodes, [Citation(*pair, ("crossref",)) for pair in ("ac", "bc", "bd")])
    >>> drawing, left_out = reduced(graph, citation_drawing(graph, community=[0] * 4, positions=[[0, 0]] * 4))
    >>> drawing.keys, left_out
    (('a', 'b', 'c'), 1)
    >>> reduced(graph, citation_drawing(graph, community=[0] * 4, positions=[[0, 0]] * 4), keep={"d"})[1]
    0
    """
    if drawing.community is None or drawing.positions is None:
        raise ValueError("the page shows works in their places and communities; this drawing has none")
    counts = np.diff(graph.in_indptr)
    around = np.flatnonzero((counts > 1) & graph.only_cited)
    around = around[np.argsort(-counts[around], kind="stable")]
    shown = ~graph.only_cited
    shown[around[: max(AROUND, int(shown.sum()))]] = True
    shown |= np.fromiter((key in keep for key in graph.keys), bool, len(graph.keys))
    drawn = citation_drawing(
        graph.select(shown),
        community=drawing.community[shown],
        community_labels=drawing.community_labels,
        positions=drawing.positions[shown],
    )
    return drawn, int((~shown).sum())
