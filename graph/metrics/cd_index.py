"""What became of a work's references once the work was there: the disruption index.

Later works that draw on a work may go on citing what it was built on, or let it go.
"""

from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING, CitationGraph
from graph.metrics.chronology import citing_in_time
from graph.metrics.registry import metric
from graph.metrics.sparse import sparse

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["Successors", "disruption", "successors"]

STEPS = 1 << 24
"""Additions in one sparse product, so that the product of a hub with a hub is never held whole."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Successors:
    """How many later works cite a work or its references, aligned with the keys of the graph.

    All are 0 where they are not counted: at works without a year.
    """

    only_work: NDArray[np.int64]
    """n_i: they cite the work and none of its references."""
    both: NDArray[np.int64]
    """n_j: they cite the work and one of its references or more."""
    only_references: NDArray[np.int64]
    """n_k: they cite one of its references or more, and not the work."""


def successors(graph: CitationGraph, *, years: int = 5) -> Successors:
    """Count the works of the `years` years after each work by what they cite, the work or its references.

    Works of the same year do not count, as in the program of the index's author (GitHub russellfunk/cdindex,
    src/cdindex.c: later than the work, and no later than so many years after), because it is unknown which
    came first. Nor do works without a year; references count with or without one. Raises ValueError when
    `years` is below 1.
    """
    if years < 1:
        raise ValueError(f"works are counted over at least 1 year, not {years}")
    only_work, both, only_references = (np.zeros(len(graph), dtype=np.int64) for _ in range(3))
    order, starts, citing = citing_in_time(graph)
    dates = graph.year[order].astype(np.int64)
    # A number for each citation that grows with the cited row, then with the year: a window is one range.
    width = max(len(order), 1)
    found = np.repeat(np.arange(len(graph), dtype=np.int64) * width, np.diff(starts))
    found += citing
    matrix = sparse(graph, np.bool_)

    for year in np.unique(dates).tolist():
        first, low, high = np.searchsorted(dates, [year, year + 1, year + years + 1]).tolist()
        works = np.sort(order[first:low])
        if low == high:
            continue
        citing_work = _window(found, works, width, low, high)
        only_work[works] = np.diff(citing_work.indptr)
        listed = matrix[works]
        references, columns = np.unique(listed.indices, return_inverse=True)
        citing_reference = _window(found, references, width, low, high)
        listed = type(listed)((listed.data, columns, listed.indptr), shape=(len(works), len(references)))
        steps = np.cumsum(listed.astype(np.int64) @ np.diff(citing_reference.indptr))
        cuts = np.searchsorted(steps, np.arange(STEPS, int(steps[-1]), STEPS))
        for some in np.split(np.arange(len(works)), np.unique(cuts)):
            # Truth values, not counts: a sum of small integers can come round to 0, and is then dropped.
            reaching = listed[some] @ citing_reference
            both[works[some]] = np.diff(reaching.multiply(citing_work[some]).tocsr().indptr)
            only_references[works[some]] = np.diff(reaching.indptr)
    only_work -= both
    only_references -= both
    return Successors(only_work=only_work, both=both, only_references=only_references)


@metric("disruption")
def disruption(graph: CitationGraph, *, years: int = 5) -> NDArray[np.float64]:
    """The CD5 index: 1 where later works cite a work instead of its references, -1 where always along with them.

    With the counts of `successors` over 5 years it is (n_i - n_j) / (n_i + n_j + n_k). A work gets NaN when it
    has no year, when nothing counts, and when none of its references are in the graph: the formula would give
    1 to every such work that is cited, which says that the record is poor and not that the work is new. All
    the counts are within the graph. On the graph of one review they speak of that review's field at best.

    R. J. Funk, J. Owen-Smith, A dynamic network measure of technological change, Management Science 63 (3),
    2017. L. Wu, D. Wang, J. A. Evans, Large teams develop and small teams disrupt science and technology, Nature
    566, 2019, for the form in n_i, n_j and n_k. V. Holst and others, Dataset artefacts are the hidden drivers
    of the declining disruptiveness in science, arXiv 2402.14583, 2024, for works without references. The
    example is that of Funk's own program: three works cite number 4 alone, two cite it with references of its,
    one cites a reference alone.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> years = [1992, 1992, 1993, 1993, 1995, 1997, 1998, 1999, 1999, 1998, 1997]
    >>> pairs = [
    ...     (4, 2),
    ...     (4, 0),
    ...     (4, 1),
    ...     (4, 3),
    ...     (5, 2),
    ...     (6, 2),
    ...     (6, 4),
    ...     (7, 4),
    ...     (8, 4),
    ...     (9, 4),
    ...     (9, 1),
    ...     (9, 3),
    ...     (10, 4),
    ... ]
    >>> works = [Node(f"{number:02}", year=year) for number, year in enumerate(years)]
    >>> graph = build(works, [Citation(f"{citing:02}", f"{cited:02}", ("paper",)) for citing, cited in pairs])
    >>> disruption(graph)[4].round(4).item()
    0.1667
    """
    counts = successors(graph, years=years)
    total = counts.only_work + counts.both + counts.only_references
    judged = (total > 0) & (np.diff(graph.out_indptr) > 0) & (graph.year != MISSING)
    index = np.full(len(graph), np.nan)
    np.divide(counts.only_work - counts.both, total, out=index, where=judged)
    return index


def _window(found: NDArray[np.int64], rows: NDArray[np.integer], width: int, low: int, high: int) -> "csr_array":
    """The citations of these rows by the works at the places from `low` to below `high`."""
    from scipy.sparse import csr_array

    base = rows.astype(np.int64) * width
    starts, ends = np.searchsorted(found, base + low), np.searchsorted(found, base + high)
    lengths = ends - starts
    pointers = np.concatenate(([0], np.cumsum(lengths)))
    places = np.repeat(starts - pointers[:-1], lengths) + np.arange(pointers[-1])
    columns = found[places] - np.repeat(base + low, lengths)
    ones = np.ones(len(columns), dtype=np.bool_)
    return csr_array((ones, columns, pointers), shape=(len(rows), high - low))
