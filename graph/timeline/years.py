"""Works and citations, counted by year."""

from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph

__all__ = ["SPAN", "PerYear", "citation_history", "citations_per_year", "histories", "is_year", "works_per_year"]

SPAN = 10_000
"""One more than the last year there is."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PerYear:
    """How many there are in each year, years ascending; a year without any is not listed."""

    years: tuple[int, ...]
    counts: tuple[int, ...]
    without_year: int
    """Those that could not be put into a year."""


def is_year(years: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
    """Where a column holds a year: what four digits write, from 1 on. `MISSING` is none."""
    return (years > 0) & (years < SPAN)


def works_per_year(graph: CitationGraph) -> PerYear:
    """How many works were published in each year.

    >>> from graph.build import build
    >>> from harvester.model import Node
    >>> works_per_year(build([Node("a", year=2018), Node("b", year=2020), Node("c")], []))
    PerYear(years=(2018, 2020), counts=(1, 1), without_year=1)
    """
    return _counted(graph.year, np.ones(len(graph), dtype=np.int64))


def citations_per_year(graph: CitationGraph) -> PerYear:
    """How many citations the works of the graph received in each year: the year of the citing work.

    Citations by a work without a year are the ones `without_year`; the year of the cited work is not asked.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", year=2018), Node("b", year=2020), Node("c")]
    >>> citations_per_year(build(works, [Citation(key, "a", ("crossref",)) for key in "bc"]))
    PerYear(years=(2020,), counts=(1,), without_year=1)
    """
    return _counted(graph.year, np.diff(graph.out_indptr))


def citation_history(graph: CitationGraph, key: str) -> PerYear:
    """How many citations one work received in each year: the year of the citing work.

    Years before its own are listed too, where works with earlier dates cite it. Raises KeyError when there
    is no such work.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", year=2018), Node("b", year=2020), Node("c", year=2020), Node("d")]
    >>> citation_history(build(works, [Citation(key, "a", ("crossref",)) for key in "bcd"]), "a")
    PerYear(years=(2020,), counts=(2,), without_year=1)
    """
    row = graph.position(key)
    citing = graph.in_indices[graph.in_indptr[row] : graph.in_indptr[row + 1]]
    return _counted(graph.year[citing], np.ones(len(citing), dtype=np.int64))


def histories(graph: CitationGraph) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The citation histories of all works at once, as (row of the cited work, year, citations).

    Sorted by row and year, with at least one citation in each entry; citations by works without a year are
    left out. There are far fewer entries than works times years, which would not fit into memory.
    """
    years = graph.year[graph.in_indices]
    entries = np.repeat(np.arange(0, len(graph) * SPAN, SPAN, dtype=np.int64), np.diff(graph.in_indptr))
    entries += years
    entries = entries[is_year(years)]
    entries.sort()
    starts = np.flatnonzero(np.diff(entries, prepend=-1))
    rows, found = np.divmod(entries[starts], SPAN)
    return rows, found, np.diff(starts, append=len(entries))


def _counted(years: NDArray[np.int32], counts: NDArray[np.int64]) -> PerYear:
    """Sum the counts of each year."""
    dated = is_year(years)
    # bincount sums in doubles, which are exact for whole numbers up to 2 ** 53.
    totals = np.bincount(years[dated], weights=counts[dated]).astype(np.int64)
    found = np.flatnonzero(totals)
    return PerYear(
        years=tuple(found.tolist()),
        counts=tuple(totals[found].tolist()),
        without_year=int(counts[~dated].sum()),
    )
