"""What the map, the table and the filters need at once: one column for each fact, one place in it for each work."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING
from graph.export import Drawing
from graph.export.palette import GREY, PALETTE
from graph.export.text import clean
from graph.layout import layout_by_year
from graph.page.literature import Literature
from harvester.model import CitationSearch

__all__ = ["columns"]

SPAN = 10_000
"""The longer side of a map, in whole units: finer than any screen shows."""

FLAGS = {"retracted": "is_retracted", "only_cited": "only_cited"}


def columns(
    literature: Literature,
    *,
    authors: Sequence[str | None],
    searched: Mapping[str, CitationSearch],
) -> dict[str, Any]:
    """The facts of the works in a drawing of citations, as JSON has them; `authors` is one line for each work.

    Texts that recur are numbered; flags are the rows that have them; citations are compressed sparse rows, as in the
    drawing, and the main path the places of its citations among them. Raises ValueError for a drawing of anything but
    works and citations, and for one without places.
    """
    drawing, found = literature.drawing, [searched.get(key) for key in literature.drawing.keys]
    if drawing.node_kind != "Work" or not drawing.directed or drawing.year is None:
        raise ValueError("the page shows works and their citations, not another network")
    if drawing.positions is None or drawing.community is None:
        raise ValueError("the page shows works in their places and communities; this drawing has none")
    rows = range(len(drawing))
    said = {attribute.name: attribute.text.of(rows) for attribute in drawing.attributes}
    nothing: Sequence[str | None] = [None] * len(drawing)

    def column(name: str) -> Sequence[str | None]:
        return said.get(name, nothing)

    sources = np.repeat(np.arange(len(drawing), dtype=np.int32), np.diff(drawing.indptr))
    by_year = layout_by_year(drawing.year, sources, drawing.targets)
    return {
        "keys": list(drawing.keys),
        "labels": column("label"),
        "titles": column("title"),
        "authors": authors,
        "years": [None if year == MISSING else year for year in drawing.year.tolist()],
        "venues": _numbered(column("venue")),
        "types": _numbered(column("type")),
        "sources": _numbered_lists(column("sources")),
        "cited_here": drawing.prominence.tolist(),
        "cited_anywhere": _whole(column("cited_by_count")),
        "open_access": [None if value is None else value == "true" for value in column("is_open_access")],
        "seeds": [row for row in rows if (one := found[row]) and one.is_seed],
        **{name: [row for row in rows if column(flag)[row] == "true"] for name, flag in FLAGS.items()},
        "rounds": [one.round if one else None for one in found] if searched else None,
        "ranks": [one.rank if one else None for one in found] if searched else None,
        "largest_parts": _largest(one.parts for one in found if one) if searched else None,
        "decisions": [
            [row, decision, clean(reason)]
            for row, key in enumerate(drawing.keys)
            for decision, reason in [literature.decisions.get(key, (None, None))]
            if decision
        ],
        "communities": drawing.community.tolist(),
        "community_names": list(drawing.community_labels),
        "palette": [str(colour) for colour in PALETTE],
        "grey": str(GREY),
        "network": _places(drawing.positions),
        "unit": _unit(drawing.positions),
        # The layout has time run downwards, and a page is wider than high: the earliest stand on the left.
        "timeline": _places(np.column_stack([-by_year[:, 1], by_year[:, 0]])),
        "starts": drawing.indptr.tolist(),
        "cited": drawing.targets.tolist(),
        "knowing": _knowing(drawing),
        "main_path": _among(drawing, literature.main_path),
        "left_out": literature.left_out,
    }


def _numbered(texts: Iterable[str | None]) -> dict[str, Any]:
    """Each different text once, in order of appearance, and its number for each work; null for none."""
    number: dict[str, int] = {}
    of = [None if text is None else number.setdefault(text, len(number)) for text in texts]
    return {"names": list(number), "of": of}


def _numbered_lists(texts: Iterable[str | None]) -> dict[str, Any]:
    """The same for texts that are lists, the items apart by semicolons."""
    number: dict[str, int] = {}
    of = [[number.setdefault(name, len(number)) for name in (text or "").split("; ") if name] for text in texts]
    return {"names": list(number), "of": of}


def _whole(texts: Iterable[str | None]) -> list[int | None]:
    return [None if text is None else int(text) for text in texts]


def _largest(parts: Iterable[Mapping[str, float]]) -> dict[str, float]:
    """The largest value of each part of the scores: what the bars of the others are as long as a share of."""
    largest: dict[str, float] = {}
    for each in parts:
        for name, value in each.items():
            largest[name] = max(value, largest.get(name, 0.0))
    return largest


def _places(positions: NDArray[np.float64]) -> dict[str, list[int]]:
    """The places in whole units from 0, with the proportions they have."""
    if not len(positions):
        return {"x": [], "y": []}
    scaled = np.rint((positions - positions.min(axis=0)) / _unit(positions)).astype(np.int64)
    return {"x": scaled[:, 0].tolist(), "y": scaled[:, 1].tolist()}


def _unit(positions: NDArray[np.float64]) -> float:
    """How long one of the whole units is in the layout: sizes are in the unit of that."""
    longest = float(np.ptp(positions, axis=0).max()) if len(positions) else 0.0
    return float(f"{max(longest, 1e-9) / SPAN:.9g}")


def _among(drawing: Drawing, citations: Iterable[tuple[str, str]]) -> list[int]:
    """The places of citations among those of the drawing; one that is not drawn is passed over."""
    row = {key: number for number, key in enumerate(drawing.keys)}
    found = []
    for citing, cited in citations:
        if citing in row and cited in row:
            start, stop = drawing.indptr[row[citing]], drawing.indptr[row[citing] + 1]
            found += (start + np.flatnonzero(drawing.targets[start:stop] == row[cited])).tolist()
    return sorted(found)


def _knowing(drawing: Drawing) -> dict[str, Any]:
    """Which indexes know of each citation."""
    place = list(drawing.edge_attributes).index("sources")
    return _numbered_lists(said for block in drawing.edges(lambda texts: texts.values[place]) for _, _, said in block)
