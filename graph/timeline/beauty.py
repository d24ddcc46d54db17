"""Sleeping beauties: works that were discovered late."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING, CitationGraph
from graph.timeline.years import histories, is_year

__all__ = ["Beauties", "sleeping_beauties"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Beauties:
    """How late each work was recognised; the columns are aligned with the keys of the graph."""

    coefficient: NDArray[np.float64]
    """The beauty coefficient B; not a number for a work without a year."""
    awakening: NDArray[np.int32]
    """The calendar year of awakening; `MISSING` where there is none."""
    without_year: int
    """Works without a year."""
    undated: int
    """Citations left out because the citing work, or the cited one, has no year."""
    early: int
    """Citations left out because the citing work is dated before the cited one."""


def sleeping_beauties(graph: CitationGraph) -> Beauties:
    """The beauty coefficient and the year of awakening of every work, by its citations within the graph.

    Q. Ke, E. Ferrara, F. Radicchi, A. Flammini, Defining and identifying Sleeping Beauties in science, PNAS
    112 (24), 2015. Let c(t) be the citations received t years after publication, and m the t with the most of
    them (the first, if several have). A straight line l(t) leads from c(0) to c(m). Then, over t = 0 ... m,

        B = sum of (l(t) - c(t)) / max(1, c(t))        l(t) = (c(m) - c(0)) t / m + c(0)

    and the awakening is the t of the point (t, c(t)) farthest from the line, the first of several: the one
    with the largest | (c(m) - c(0)) t - m c(t) + m c(0) |. B is 0 when the most citations came in the year of
    publication (m = 0), or none at all: such a work has no awakening. B is 0 as well when citations grow by
    the same number each year, and negative when recognition came early. B grows with the number of citations,
    so it compares works of one graph rather than works of two.

    The age 0 is the year of publication. Citations dated before it are left out and counted in `early`, for
    the formula has no negative age.

    Cited 0, 0, 1 and 5 times in four years, the line is 0, 5/3, 10/3, 5, so that B = 5/3 + 7/3 = 4, and the
    distances are as 0, 5, 7, 0:

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> citing = [Node("b", year=2002), *(Node(key, year=2003) for key in "cdefg")]
    >>> cited = [Citation(work.key, "a", ("crossref",)) for work in citing]
    >>> found = sleeping_beauties(build([Node("a", year=2000), *citing], cited))
    >>> found.coefficient[0].item(), found.awakening[0].item()
    (4.0, 2002)
    """
    dated = is_year(graph.year)
    coefficient = np.where(dated, 0.0, np.nan)
    awakening = np.full(len(graph), MISSING, dtype=np.int32)
    rows, years, counts = histories(graph)
    usable = dated[rows]
    undated = graph.citations - int(counts[usable].sum())
    age = years - graph.year[rows]
    early = usable & (age < 0)
    usable &= ~early
    beauties = Beauties(
        coefficient=coefficient,
        awakening=awakening,
        without_year=len(graph) - int(dated.sum()),
        undated=undated,
        early=int(counts[early].sum()),
    )

    rows, age, counts = rows[usable], age[usable], counts[usable]
    starts = np.flatnonzero(np.diff(rows, prepend=-1))
    if not len(starts):
        return beauties
    group = np.repeat(np.arange(len(starts)), np.diff(starts, append=len(rows)))
    most = np.maximum.reduceat(counts, starts)
    peak = np.minimum.reduceat(np.where(counts == most[group], age, np.iinfo(np.int64).max), starts)
    late = peak > 0
    works, top, m = rows[starts][late], most[late], peak[late]
    base = np.where(age[starts] == 0, counts[starts], 0)[late]

    # What remains are the years up to the peak of the works that peak after their first year. Only years with
    # citations are entries here; those without enter by a sum, and by the last of them before an entry.
    kept = late[group] & (age <= peak[group])
    age, counts, group = age[kept], counts[kept], (np.cumsum(late) - 1)[group[kept]]
    if not len(group):
        return beauties
    starts = np.flatnonzero(np.diff(group, prepend=-1))
    # All m times over, in whole numbers: so steady growth gives exactly 0.
    line = (top - base)[group] * age + (m * base)[group]
    distance = line - m[group] * counts
    asleep = m * (m + 1) * (top + base) // 2 - np.add.reduceat(line, starts)
    awake = np.bincount(group, weights=distance / (m[group] * counts))
    coefficient[works] = asleep / m + awake

    previous = np.concatenate(([-1], age[:-1]))
    previous[starts] = -1
    # Among years without citations the line rises, so the last one before an entry is the farthest.
    before = np.where(age - previous > 1, line - (top - base)[group], -1)
    distance = np.abs(distance)
    farthest = np.maximum(before, distance)
    moment = np.where(before >= distance, age - 1, age)
    reached = farthest == np.maximum.reduceat(farthest, starts)[group]
    waking = np.minimum.reduceat(np.where(reached, moment, np.iinfo(np.int64).max), starts)
    awakening[works] = graph.year[works] + waking
    return beauties
