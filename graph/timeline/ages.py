"""How old what is cited is when it is cited."""

from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.timeline.years import SPAN, is_year

__all__ = ["HalfLives", "MedianAge", "half_lives"]


class MedianAge(NamedTuple):
    """The median age of the citations of one year."""

    year: int
    citations: int
    age: float


@dataclass(frozen=True, slots=True, kw_only=True)
class HalfLives:
    """The median ages of citations, over all of them and by the years at either end."""

    age: float | None
    """Over all citations; None when there is none with two years."""
    citing: tuple[MedianAge, ...]
    """By the year of the citing works: how far back the works of a year look (citing half-life)."""
    cited: tuple[MedianAge, ...]
    """By the year of the cited works: how long the works of a year are looked at (cited half-life)."""
    negative: int
    """Citations older than what they cite; they count with their negative age."""
    without_year: int
    """Citations left out because a work at one end has no year."""


def half_lives(graph: CitationGraph) -> HalfLives:
    """The age at which half of the citations are younger and half older, for citing and for cited years.

    The age of a citation is the year of the citing work minus that of the cited one. A half-life is the plain
    median of whole years, the mean of the middle two where their number is even; the Journal Citation Reports
    interpolate within the year instead, so their figures are not comparable to the decimal.

    The citing half-life of a year looks back, from the works that were written in it. The cited half-life looks
    forward, from the works that were published in it to whatever has cited them so far, so it is short for
    recent years. Within one closed graph the reports' cited half-life, of the citations made in one year, would
    be the citing half-life under another name.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", year=2010), Node("b", year=2014), Node("c", year=2020)]
    >>> found = half_lives(build(works, [Citation(*pair, ("crossref",)) for pair in ("ba", "ca", "cb")]))
    >>> found.age, found.citing
    (6.0, (MedianAge(year=2014, citations=1, age=4.0), MedianAge(year=2020, citations=2, age=8.0)))
    >>> found.cited
    (MedianAge(year=2010, citations=2, age=7.0), MedianAge(year=2014, citations=1, age=6.0))
    """
    pairs = np.repeat(graph.year.astype(np.int64), np.diff(graph.out_indptr))
    years = graph.year[graph.out_indices]
    usable = is_year(pairs) & is_year(years)
    pairs *= SPAN
    pairs += years
    # A pair of years comes many times; from here on each comes once, with the number of its citations.
    found, counts = np.unique(pairs[usable], return_counts=True)
    citing, cited = np.divmod(found, SPAN)
    age = citing - cited
    overall = _medians(np.zeros_like(age), age, counts)
    return HalfLives(
        age=overall[0].age if overall else None,
        citing=_medians(citing, age, counts),
        cited=_medians(cited, age, counts),
        negative=int(counts[age < 0].sum()),
        without_year=graph.citations - int(counts.sum()),
    )


def _medians(years: NDArray[np.int64], ages: NDArray[np.int64], counts: NDArray[np.int64]) -> tuple[MedianAge, ...]:
    """The median of the ages of each year, every age as often as its count says."""
    order = np.lexsort((ages, years))
    years, ages, counts = years[order], ages[order], counts[order]
    reached = np.cumsum(counts)
    starts = np.flatnonzero(np.diff(years, prepend=-1))
    totals = np.add.reduceat(counts, starts) if len(starts) else counts
    before = np.cumsum(totals) - totals
    low = ages[np.searchsorted(reached, before + (totals - 1) // 2, side="right")]
    high = ages[np.searchsorted(reached, before + totals // 2, side="right")]
    return tuple(map(MedianAge, years[starts].tolist(), totals.tolist(), ((low + high) / 2).tolist()))
