"""Rates, ranks and lags in years, and what venues keep to themselves, are those of their definitions."""

import math
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_metrics import graph_of, graphs, many, review

from graph.build import MISSING, CitationGraph
from graph.metrics import (
    VenueCitations,
    citation_lag,
    citations_per_year,
    own_venue_share,
    venue_citations,
    year_percentile,
)


def years(graph: CitationGraph) -> dict[str, int]:
    pairs = zip(graph.keys, graph.year.tolist(), strict=True)
    return {key: year for key, year in pairs if year != MISSING}


def venue_of(graph: CitationGraph, key: str) -> str | None:
    """The venue without its capitals and spacing; None when nothing is left of it."""
    return " ".join((graph.venue[graph.position(key)] or "").split()).casefold() or None


@many
def test_citations_per_year_run_to_the_newest_year_in_the_graph(graph: CitationGraph) -> None:
    """The year of publication counts as one; a work without a year has no rate."""
    known = years(graph)
    newest = max(known.values(), default=0)
    expected = [
        len(graph.cited_by(key)) / (newest - known[key] + 1) if key in known else math.nan for key in graph.keys
    ]
    assert citations_per_year(graph) == pytest.approx(expected, nan_ok=True)


@settings(deadline=None, max_examples=200)
@given(graphs(), st.integers(1, 5))
def test_the_percentile_counts_half_of_the_ties(graph: CitationGraph, minimum: int) -> None:
    """Works of the year that are cited less, and half of those cited as often, in a hundred of the year's."""
    known = years(graph)
    cited = {key: len(graph.cited_by(key)) for key in graph.keys}
    expected = []
    for key in graph.keys:
        peers = [other for other in known if known[other] == known.get(key)]
        less = sum(cited[other] < cited[key] for other in peers)
        equal = sum(cited[other] == cited[key] for other in peers)
        expected.append(100 * (less + equal / 2) / len(peers) if len(peers) >= minimum else math.nan)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.metrics.age.MINIMUM", minimum)
        assert year_percentile(graph) == pytest.approx(expected, nan_ok=True)


def test_ten_works_of_a_year_are_ranked_and_nine_are_not() -> None:
    """And the mean rank of a year is 50."""
    edges = [(citing, cited) for citing in range(19) for cited in range(citing)]
    found = year_percentile(graph_of(19, edges, years=[2001] * 9 + [2002] * 10))
    assert np.isnan(found[:9]).all()
    assert found[9:].tolist() == [95, 85, 75, 65, 55, 45, 35, 25, 15, 5]


@many
def test_the_lag_is_the_median_of_the_years_between(graph: CitationGraph) -> None:
    """Of the citations whose two years are known, whichever came first."""
    known = years(graph)
    expected = []
    for key in graph.keys:
        lags = [known[other] - known[key] for other in graph.cited_by(key) if other in known and key in known]
        expected.append(median(lags) if lags else math.nan)
    assert citation_lag(graph) == pytest.approx(expected, nan_ok=True)


def test_the_lag_spans_more_years_than_32_bits() -> None:
    """Years are what the records say, and records say anything."""
    graph = graph_of(2, [(1, 0)], years=[-(2**31) + 1, 2**31 - 1])
    assert citation_lag(graph)[0] == 2**32 - 2
    assert citations_per_year(graph)[0] == 1 / (2**32 - 1)


@many
def test_venues_keep_the_citations_between_works_of_one_venue(graph: CitationGraph) -> None:
    """Counted pair by pair; capitals and spacing are not another venue, and works without one do not count."""
    pairs = [(venue_of(graph, a), venue_of(graph, b)) for a in graph.keys for b in graph.references(a)]
    judged = [(a, b) for a, b in pairs if a and b]
    named = [venue_of(graph, key) for key in graph.keys]
    found = venue_citations(graph)
    assert [each.venue.casefold() for each in found] == [
        name.casefold() for _, name in sorted((-each.works, each.venue) for each in found)
    ]
    assert {each.venue.casefold(): each for each in found} == {
        name: VenueCitations(
            venue=next(
                " ".join(text.split()) for text in graph.venue if text and " ".join(text.split()).casefold() == name
            ),
            works=named.count(name),
            given=sum(a == name for a, _ in judged),
            received=sum(b == name for _, b in judged),
            own=sum(a == b == name for a, b in judged),
        )
        for name in set(named) - {None}
    }


def test_a_venue_that_gives_or_receives_nothing_has_no_rate() -> None:
    """Not 0: there is nothing to take a share of."""
    first, second = venue_citations(graph_of(2, [(0, 1)], venues=["A", "B"]))
    assert (first.self_citing, first.self_cited) == (0, None)
    assert (second.self_citing, second.self_cited) == (None, 0)


@many
def test_the_share_of_references_in_the_own_venue(graph: CitationGraph) -> None:
    """Of the references whose venue is known; NaN when there is none, or the work has no venue."""
    expected = []
    for key in graph.keys:
        own = venue_of(graph, key)
        listed = [venue for other in graph.references(key) if own and (venue := venue_of(graph, other))]
        expected.append(listed.count(own) / len(listed) if listed and own else math.nan)
    assert own_venue_share(graph) == pytest.approx(expected, nan_ok=True)


def test_venues_of_a_real_review_add_up() -> None:
    """What is given is what is received, and every work with a venue is in one."""
    graph = review("Oud_2018")
    found = venue_citations(graph)
    assert sum(each.works for each in found) == sum(venue is not None for venue in graph.venue)
    assert (
        0 < sum(each.own for each in found) < sum(each.given for each in found) == sum(each.received for each in found)
    )
    assert sum(each.given for each in found) <= graph.citations
