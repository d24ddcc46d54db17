"""Reference publication year spectroscopy: the years from which a literature draws its references."""

from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.timeline.years import SPAN, is_year

__all__ = ["Peak", "Spectrum", "rpys"]

REACH = 2
"""Years before and after that a year is compared with."""


class Peak(NamedTuple):
    """A year that stands out, and the works of the graph from that year that are referred to most."""

    year: int
    references: int
    deviation: int
    works: tuple[tuple[str, int], ...]
    """Key and number of references, most first. References without a match add to the year, not to any work."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Spectrum:
    """The number of references to each year, from the first year with one to the last, none left out."""

    years: tuple[int, ...]
    references: tuple[int, ...]
    """They sum to the references that have a year."""
    deviation: tuple[int, ...]
    """References to the year minus the median of the five years around it."""
    peaks: tuple[Peak, ...]
    """In the order of years."""
    without_year: int
    """References to works without a year, and unmatched references without one."""


def rpys(graph: CitationGraph, *, unmatched: Iterable[int | None] = (), works_per_peak: int = 3) -> Spectrum:
    """Count the references to each publication year, and find the years that stand out among their neighbours.

    W. Marx, L. Bornmann, A. Barth, L. Leydesdorff, Detecting the historical roots of research fields by
    reference publication year spectroscopy (RPYS), JASIST 65 (4), 2014. Every citation in the graph is a
    reference to the year of the cited work, whatever the year of the citing one. `unmatched` gives the years
    of further references that led to no work of the graph, None where a reference has no year.

    The deviation is the number of references to a year minus the median over the year, the two before and the
    two after. As in CRExplorer (A. Thor, W. Marx, L. Leydesdorff, L. Bornmann, Journal of Informetrics 10 (2),
    2016), a year without references counts 0, and so do the years beyond both ends; bibliometrix shortens the
    window at the ends instead. A peak is a year whose deviation is above 0 and above those of the years beside
    it; of several such years in a row with the same deviation it is the first. Which peaks deserve a reading
    is for the reader to say: CRExplorer names no threshold either.

    Raises ValueError when `works_per_peak` is negative.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", year=1977), Node("b", year=1979), Node("c", year=2020), Node("d", year=2021)]
    >>> graph = build(works, [Citation(*pair, ("crossref",)) for pair in ("ca", "da", "db")])
    >>> spectrum = rpys(graph, unmatched=[1977, 1978, None])
    >>> spectrum.years, spectrum.references, spectrum.deviation
    ((1977, 1978, 1979), (3, 1, 1), (2, 0, 0))
    >>> spectrum.peaks, spectrum.without_year
    ((Peak(year=1977, references=3, deviation=2, works=(('a', 2),)),), 1)
    """
    if works_per_peak < 0:
        raise ValueError(f"the works of a peak cannot be {works_per_peak}")
    received = np.diff(graph.in_indptr)
    dated = is_year(graph.year)
    references = np.bincount(graph.year[dated], weights=received[dated], minlength=SPAN).astype(np.int64)
    without_year = int(received[~dated].sum())
    for year, count in Counter(unmatched).items():
        if year is not None and 0 < year < SPAN:
            references[year] += count
        else:
            without_year += count

    found = np.flatnonzero(references)
    first, last = (int(found[0]), int(found[-1])) if len(found) else (0, -1)
    references = references[first : last + 1]
    deviation = _deviation(references)
    peaks = _summits(deviation)
    responsible = _most_cited(graph, received, [first + place for place in peaks], works_per_peak)
    return Spectrum(
        years=tuple(range(first, last + 1)),
        references=tuple(references.tolist()),
        deviation=tuple(deviation.tolist()),
        peaks=tuple(
            Peak(first + place, int(references[place]), int(deviation[place]), responsible[first + place])
            for place in peaks
        ),
        without_year=without_year,
    )


def _deviation(references: NDArray[np.int64]) -> NDArray[np.int64]:
    """How far each year is from the median of its neighbourhood."""
    # Zeros beyond the ends: GitHub andreas-thor/CRExplorer, CRChartData.updateChartData.
    padded = np.pad(references, REACH)
    windows = [padded[shift : shift + len(references)] for shift in range(2 * REACH + 1)]
    middle: NDArray[np.int64] = np.sort(windows, axis=0)[REACH]
    return references - middle


def _summits(deviation: NDArray[np.int64]) -> list[int]:
    """The places where a positive deviation is higher than on both sides, the first of each plateau."""
    starts = np.flatnonzero(np.diff(deviation, prepend=np.iinfo(np.int64).min // 2))
    heights = deviation[starts]
    # What lies beyond the ends has deviation 0, and only what is above 0 can be a summit.
    higher = (heights > np.pad(heights, (1, 0))[:-1]) & (heights > np.pad(heights, (0, 1))[1:])
    found: list[int] = starts[higher & (heights > 0)].tolist()
    return found


def _most_cited(
    graph: CitationGraph, received: NDArray[np.int64], years: list[int], limit: int
) -> dict[int, tuple[tuple[str, int], ...]]:
    """The most cited works of each of these years; of works cited as often, the first by key."""
    rows = np.flatnonzero(np.isin(graph.year, np.array(years, dtype=np.int64)) & (received > 0))
    rows = rows[np.lexsort((-received[rows], graph.year[rows]))]
    starts = np.searchsorted(graph.year[rows], years)
    ends = np.searchsorted(graph.year[rows], years, side="right")
    return {
        year: tuple((graph.keys[row], int(received[row])) for row in rows[start : min(start + limit, end)].tolist())
        for year, start, end in zip(years, starts.tolist(), ends.tolist(), strict=True)
    }
