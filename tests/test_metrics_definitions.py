"""Every registered metric is that of its definition, worked out from the bare list of who cites whom.

The definitions here share nothing with the packages, not even how a graph is kept: they are handed citations as
they come from strangers, with loops, doubles, cycles, years of any order and works that nothing links. Numbers
are exact fractions where they can be. A metric without a definition here fails the run.
"""

import math
from collections.abc import Callable
from dataclasses import dataclass
from fractions import Fraction
from functools import cached_property
from statistics import median

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_metrics import graph_of

from graph.metrics import METRICS

Numbers = list[float | Fraction]


@dataclass(frozen=True)
class Heard:
    """What is told of some works, numbered from 0."""

    size: int
    edges: list[tuple[int, int]]
    years: list[int | None]
    venues: list[str | None]

    @cached_property
    def cites(self) -> list[set[int]]:
        found: list[set[int]] = [set() for _ in range(self.size)]
        for citing, cited in self.edges:
            if citing != cited:
                found[citing].add(cited)
        return found

    @cached_property
    def cited_by(self) -> list[set[int]]:
        return [{other for other in range(self.size) if work in self.cites[other]} for work in range(self.size)]

    @property
    def works(self) -> range:
        return range(self.size)

    def leads(self, links: Callable[[int], set[int]]) -> list[set[int]]:
        """Where each work leads by links, itself included."""
        found = [{work} for work in self.works]
        for _ in self.works:
            found = [reached.union(*(links(other) for other in reached)) for reached in found]
        return found


@st.composite
def heard(draw: st.DrawFn) -> Heard:
    size = draw(st.integers(1, 12))
    ends = st.integers(0, size - 1)
    year = st.none() | st.integers(2000, 2008) | st.sampled_from([-400, 10_000])
    venue = st.sampled_from([None, " ", "BMJ", "bmj ", "The  Lancet", "the lancet"])
    edges = draw(st.lists(st.tuples(ends, ends), max_size=35))
    doubles = draw(st.lists(st.sampled_from(edges), max_size=3)) if edges else []
    return Heard(
        size,
        edges + doubles,
        draw(st.just([2001] * size) | st.lists(year, min_size=size, max_size=size)),
        draw(st.lists(venue, min_size=size, max_size=size)),
    )


def pagerank(told: Heard) -> Numbers:
    """How often somebody is there who follows citations, and now and then, or at a dead end, begins anywhere."""
    step = np.zeros((told.size, told.size))
    for work in told.works:
        for other in told.cites[work] or told.works:
            step[other, work] = 1 / len(told.cites[work] or told.works)
    start = np.full(told.size, 1 / told.size)
    return list(np.linalg.solve(np.eye(told.size) - 0.85 * step, 0.15 * start))


def weighed(told: Heard, *, hubs: bool) -> Numbers:
    """Kleinberg's iteration from equal hubs: two hundred thousand rounds, by squaring; shares of the whole."""
    cites = np.zeros((told.size, told.size))
    for work in told.works:
        cites[work, sorted(told.cites[work])] = 1
    if not cites.any():
        return [0.0] * told.size
    power = cites.T @ cites
    for _ in range(18):
        power = power / power.max()
        power = power @ power
    authorities = power @ (cites.T @ np.ones(told.size))
    found = cites @ authorities if hubs else authorities
    return list(found / found.sum())


def numbered(parts: list[set[int]]) -> Numbers:
    """The number of each work's part: the largest first, then by the first work."""
    order = sorted({tuple(sorted(part)) for part in parts}, key=lambda part: (-len(part), part[0]))
    return [order.index(tuple(sorted(part))) for part in parts]


def strong(told: Heard) -> Numbers:
    leads = told.leads(told.cites.__getitem__)
    return numbered([{other for other in leads[work] if work in leads[other]} for work in told.works])


def core(told: Heard) -> Numbers:
    """The largest k for which a work is in a set whose works each have k neighbours in the set."""
    near = [told.cites[work] | told.cited_by[work] for work in told.works]
    found: Numbers = [0] * told.size
    for k in range(1, told.size):
        left = set(told.works)
        while few := {work for work in left if len(near[work] & left) < k}:
            left -= few
        for work in left:
            found[work] = k
    return found


def per_year(told: Heard) -> Numbers:
    newest = max((year for year in told.years if year is not None), default=0)
    return [
        math.nan if year is None else Fraction(len(told.cited_by[work]), newest - year + 1)
        for work, year in enumerate(told.years)
    ]


def percentile(told: Heard) -> Numbers:
    """Where there are ten works of a year or more; these graphs have no more than twelve works."""
    found: Numbers = []
    for work, year in enumerate(told.years):
        peers = [len(told.cited_by[other]) for other in told.works if year is not None and told.years[other] == year]
        own = len(told.cited_by[work])
        rank = Fraction(2 * sum(each < own for each in peers) + peers.count(own), 2)
        found.append(100 * rank / len(peers) if len(peers) >= 10 else math.nan)
    return found


def lag(told: Heard) -> Numbers:
    found: Numbers = []
    for work, year in enumerate(told.years):
        years = [told.years[other] for other in told.cited_by[work]]
        lags = [later - year for later in years if later is not None and year is not None]
        found.append(median(lags) if lags else math.nan)
    return found


def betweenness(told: Heard) -> Numbers:
    """For every two works the share of the shortest ways between them that lead through a third."""
    found: list[Fraction] = [Fraction()] * told.size
    for source in told.works:
        ways: dict[int, list[tuple[int, ...]]] = {source: [(source,)]}
        latest = ways
        while latest:
            longer: dict[int, list[tuple[int, ...]]] = {}
            for end, some in latest.items():
                for following in told.cites[end] - ways.keys():
                    longer.setdefault(following, []).extend((*way, following) for way in some)
            ways, latest = {**ways, **longer}, longer
        for some in ways.values():
            for way in some:
                for work in way[1:-1]:
                    found[work] += Fraction(1, len(some))
    return list(found)


def own_venue(told: Heard) -> Numbers:
    names = [" ".join((venue or "").split()).casefold() for venue in told.venues]
    found: Numbers = []
    for work in told.works:
        listed = [names[other] for other in told.cites[work] if names[other] and names[work]]
        found.append(Fraction(listed.count(names[work]), len(listed)) if listed else math.nan)
    return found


def disruption(told: Heard) -> Numbers:
    """Over the works of the five years after."""
    found: Numbers = []
    for work, year in enumerate(told.years):
        later = [
            other
            for other, number in enumerate(told.years)
            if year is not None and number is not None and year < number <= year + 5
        ]
        citing = [work in told.cites[other] for other in later]
        building = [bool(told.cites[other] & told.cites[work]) for other in later]
        alone = sum(one and not two for one, two in zip(citing, building, strict=True))
        both = sum(one and two for one, two in zip(citing, building, strict=True))
        total = sum(one or two for one, two in zip(citing, building, strict=True))
        found.append(Fraction(alone - both, total) if total and told.cites[work] else math.nan)
    return found


DEFINITIONS: dict[str, Callable[[Heard], Numbers]] = {
    "in_degree": lambda told: [len(citing) for citing in told.cited_by],
    "out_degree": lambda told: [len(cited) for cited in told.cites],
    "pagerank": pagerank,
    "hub": lambda told: weighed(told, hubs=True),
    "authority": lambda told: weighed(told, hubs=False),
    "component": lambda told: numbered(told.leads(lambda work: told.cites[work] | told.cited_by[work])),
    "strong_component": strong,
    "core_number": core,
    "citations_per_year": per_year,
    "year_percentile": percentile,
    "citation_lag": lag,
    "betweenness": betweenness,
    "own_venue_share": own_venue,
    "disruption": disruption,
}


def test_every_metric_has_its_definition_here() -> None:
    """What is registered without one has not been proved."""
    assert DEFINITIONS.keys() == METRICS.keys()


@pytest.mark.parametrize("name", METRICS)
@settings(deadline=None, max_examples=150)
@given(told=heard())
def test_a_metric_is_that_of_its_definition(name: str, told: Heard) -> None:
    """For every work of any small graph, whatever strangers say of it."""
    graph = graph_of(told.size, told.edges, years=told.years, venues=told.venues)
    expected = [float(number) for number in DEFINITIONS[name](told)]
    assert METRICS[name](graph) == pytest.approx(expected, abs=1e-9, nan_ok=True)
