"""Citations weighed by time: a year, an age, a lag.

Years are those of the records, in whole years and as they are: a work may be cited "before" its year, when
it was online first, and such a lag is negative. Works without a year take no part.
"""

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING, CitationGraph
from graph.metrics.chronology import citing_in_time
from graph.metrics.degrees import in_degree
from graph.metrics.registry import metric

__all__ = ["MINIMUM", "citation_lag", "citations_per_year", "year_percentile"]

MINIMUM = 10
"""Works of one year that it takes to rank among them."""


@metric("citations_per_year", written=True)
def citations_per_year(graph: CitationGraph) -> NDArray[np.float64]:
    """Citations received inside the graph, per year since publication, the first year included.

    It counts to the newest year in the graph, not to today, so that a stored review gives the same numbers
    when it is opened again. A work without a year has no age, and gets NaN.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", year=2019), Node("b", year=2020), Node("c", year=2020), Node("d")]
    >>> graph = build(works, [Citation("b", "a", ("paper",)), Citation("c", "a", ("paper",))])
    >>> citations_per_year(graph).tolist()
    [1.0, 0.0, 0.0, nan]
    """
    dated = graph.year != MISSING
    rates = np.full(len(graph), np.nan)
    if dated.any():
        year = graph.year[dated].astype(np.int64)
        rates[dated] = in_degree(graph)[dated] / (year.max() - year + 1)
    return rates


@metric("year_percentile")
def year_percentile(graph: CitationGraph) -> NDArray[np.float64]:
    """The percentage of the works of the same year that are cited less in the graph than this one.

    Half of those cited as often, the work itself among them, count as cited less: so ties share the middle
    of their ranks, and the mean of each year is 50. Old works and new are comparable, as they are not by
    citations, nor by citations per year, which rise and fall over a work's life. A work without a year, or
    with fewer than 10 works of its year in the graph (`MINIMUM`: one work then moves the rank by more than
    ten in a hundred), gets NaN.

    The rule is that of Hazen, (rank - 1/2) / works, with tied ranks averaged: L. Bornmann, L. Leydesdorff,
    R. Mutz, The use of percentiles and percentile rank classes in the analysis of bibliometric data, Journal
    of Informetrics 7 (1), 2013. The least number is ours.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node(f"a{number}", year=2010) for number in range(10)]
    >>> graph = build([*works, Node("b", year=2011)], [Citation("b", "a9", ("paper",))])
    >>> year_percentile(graph).tolist()
    [45.0, 45.0, 45.0, 45.0, 45.0, 45.0, 45.0, 45.0, 45.0, 95.0, nan]
    """
    ranks = np.full(len(graph), np.nan)
    cited = in_degree(graph)
    order = np.lexsort((cited, graph.year))
    order = order[graph.year[order] != MISSING]
    if not len(order):
        return ranks
    year, count = graph.year[order], cited[order]
    new_year = np.concatenate(([True], year[1:] != year[:-1]))
    new_count = new_year | np.concatenate(([True], count[1:] != count[:-1]))
    years, sizes = _runs(new_year)
    ties, tied = _runs(new_count)
    below = np.repeat(ties, tied) - np.repeat(years, sizes)
    size = np.repeat(sizes, sizes)
    percentages = 100 * (below + np.repeat(tied, tied) / 2) / size
    ranks[order] = np.where(size < MINIMUM, np.nan, percentages)
    return ranks


def _runs(begins: NDArray[np.bool_]) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """Where each run starts, and how long it is."""
    starts = np.flatnonzero(begins)
    return starts, np.diff(starts, append=len(begins))


@metric("citation_lag")
def citation_lag(graph: CitationGraph) -> NDArray[np.float64]:
    """The median number of years from the publication of a work to the citations that it receives.

    It is the median citation age, within the graph. The lag of each citation is in `graph.edges()`. A work
    that has no year, or is cited by none that has one, gets NaN.

    R. E. Burton, R. W. Kebler, The "half-life" of some scientific and technical literatures, American
    Documentation 11 (1), 1960, for the median as the measure of how fast a literature is used up.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a", year=2010), *(Node(f"b{year}", year=year) for year in (2011, 2012, 2015, 2020)), Node("c")]
    >>> graph = build(works, [Citation(work.key, "a", ("paper",)) for work in works[1:]])
    >>> citation_lag(graph).tolist()
    [3.5, nan, nan, nan, nan, nan]
    """
    order, starts, citing = citing_in_time(graph)
    lags = np.full(len(graph), np.nan)
    counts = np.diff(starts)
    cited = np.flatnonzero((counts > 0) & (graph.year != MISSING))
    if len(cited):
        first, count = starts[cited], counts[cited]
        middle = (graph.year[order[citing[first + place]]].astype(np.int64) for place in ((count - 1) // 2, count // 2))
        lags[cited] = sum(middle) / 2 - graph.year[cited]
    return lags
