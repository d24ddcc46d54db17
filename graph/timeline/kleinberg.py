"""Kleinberg's bursts: when a term of titles, or a work's citations, are more frequent than usual for a while."""

import math
from collections.abc import Collection, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import pairwise
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.terms import words_of
from graph.timeline.terms import recurring
from graph.timeline.years import histories, is_year

__all__ = ["Burst", "Bursts", "bursts", "citation_bursts", "title_bursts"]

CELLS = 1 << 20
"""States of series in years that are weighed at a time."""

LEVELS = 127
"""The most states an automaton may have: they are numbered in bytes."""


class Burst(NamedTuple):
    """A time in which something was uncommonly frequent."""

    subject: str
    """The term, or the key of the work."""
    first: int
    last: int
    """The first and the last year of it. A burst that lasts to the newest year may not be over."""
    weight: float
    """How much better its level explains these years than the level below it: a difference of logarithms."""
    level: int
    """1 for the first state above the usual one. A burst of level 2 lies within one of level 1."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Bursts:
    """The bursts in a graph, heaviest first, and what was left out of the count."""

    found: tuple[Burst, ...]
    without_year: int
    """Works without a year."""
    without_title: int = 0
    """Works with a year, but without a word in their title."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Automaton:
    """The parameters of the model, checked."""

    states: int
    s: float
    gamma: float

    def __post_init__(self) -> None:
        if not 2 <= self.states <= LEVELS:
            raise ValueError(f"an automaton of bursts has 2 to {LEVELS} states, not {self.states}")
        if not 1 < self.s < math.inf:
            raise ValueError(f"s, the step from one state to the next, is above 1 and finite, not {self.s}")
        if not 0 <= self.gamma < math.inf:
            raise ValueError(f"gamma, the price of a step up, is at least 0 and finite, not {self.gamma}")

    def least(self, batches: int) -> int:
        """How many relevant documents a series of so many batches needs before it can have a burst."""
        # A burst must pay gamma ln n, and no relevant document gains more than ln s by it. The margin keeps
        # those that rounding could let through.
        needed = self.gamma * math.log(max(batches, 1)) / math.log(self.s) * (1 - 1e-12)
        return max(1, math.ceil(min(needed, 2**62)))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Series:
    """Many series of counts over the same batches, without their zeros; sorted by subject."""

    subject: NDArray[np.int64]
    batch: NDArray[np.int64]
    count: NDArray[np.int64]
    total: NDArray[np.int64]
    """All documents of each batch, at least one."""
    start: NDArray[np.int64]
    """The first batch of each subject; those before it are not part of its series."""


def bursts(
    relevant: Mapping[str, Sequence[int]],
    *,
    total: Sequence[int],
    years: Sequence[int],
    states: int = 2,
    s: float = 2.0,
    gamma: float = 1.0,
) -> list[Burst]:
    """Find the bursts in series of counts: `relevant[subject][t]` of the `total[t]` documents of `years[t]`.

    J. Kleinberg, Bursty and Hierarchical Structure in Streams, Data Mining and Knowledge Discovery 7, 2003,
    in the form for documents that come in batches, with automata of two states or more. In batch t of n, r(t)
    documents of d(t) are relevant; R and D are the sums. In state i a document is relevant with probability
    p(i) = s^i R / D. A sequence of states q costs

        sum over t of  -ln [ p(q(t))^r(t) (1 - p(q(t)))^(d(t) - r(t)) ]  +  gamma ln n for each state upwards

    where steps down are free and the automaton is in state 0 before the first batch. The factor that says in
    how many ways r of d can be chosen is the same in all states, and is left out. The cheapest sequence is
    found exactly, by dynamic programming; of equally cheap ones, that with the lower states. A burst of level
    j is a longest run of batches in states j and above, and its weight is the sum over it of the cost in state
    j - 1 minus the cost in state j: for two states Kleinberg's weight, and never below gamma ln n.

    A state whose p(i) would be above 1 does not exist, so what is in more than 1 in s of all documents has no
    burst. Batches without documents are no batches: they do not count in n.

    Others differ. The Python package burst_detection puts 0.99999 for a probability above 1, decides each
    batch by the state chosen for the one before rather than over whole sequences, and overlooks a burst that is
    there from the first batch on (GitHub nmarinsek/burst_detection). The R package bursts and its port pybursts
    have the other form of the paper, for gaps between single events.

    Raises ValueError when the series are not of one length, the years do not ascend, there are more relevant
    documents than documents, or the parameters are out of range.

    Three of 40 titles have the term, all of them in the last of four years. State 1 doubles p(0) = 3/40 there,
    which gains 3 ln 2 + 7 ln (0.85 / 0.925) = 1.4875 and costs ln 4 = 1.3863:

    >>> found = bursts({"recovery": [0, 0, 0, 3]}, total=[10, 10, 10, 10], years=[2001, 2002, 2003, 2004])
    >>> [burst._replace(weight=round(burst.weight, 4)) for burst in found]
    [Burst(subject='recovery', first=2004, last=2004, weight=1.4875, level=1)]
    """
    automaton = Automaton(states=states, s=s, gamma=gamma)
    names = tuple(relevant)
    totals = np.array(total, dtype=np.int64)
    if len(years) != len(totals) or any(len(row) != len(totals) for row in relevant.values()):
        raise ValueError("each series needs one count for each year, and so does the total")
    if any(before >= after for before, after in pairwise(years)):
        raise ValueError("the years of the batches ascend")
    table = np.array([relevant[name] for name in names], dtype=np.int64).reshape(len(names), len(totals))
    if (table < 0).any() or (table > totals).any():
        raise ValueError("a batch has at least 0 relevant documents, and at most as many as it has documents")
    full = totals > 0
    subject, batch = np.nonzero(table[:, full])
    series = Series(
        subject=subject,
        batch=batch,
        count=table[:, full][subject, batch],
        total=totals[full],
        start=np.zeros(len(names), dtype=np.int64),
    )
    return _bursts(series, automaton, names=names, years=np.array(years, dtype=np.int64)[full])


def title_bursts(
    graph: CitationGraph,
    *,
    stop_words: Collection[str] | None = None,
    states: int = 2,
    s: float = 2.0,
    gamma: float = 1.0,
) -> Bursts:
    """Find the bursts of words and two-word phrases in titles; `bursts` says what a burst is.

    The batches are the years in which there are works with a title, the documents of a batch those works, and
    a work is relevant to each term of its title (`title_terms`) once. Stop words are those of the language of a
    title (`graph.terms.voices`), unless they are given. A term that stands in too few titles to have a burst in
    any arrangement is not looked at, which changes no answer.

    Raises ValueError when the parameters are out of range.

    >>> from graph.build import build
    >>> from harvester.model import Node
    >>> titles = ["Care"] * 20 + ["Peer support"] * 5
    >>> works = [Node(f"{n:02}", title, 2000 + n // 5) for n, title in enumerate(titles)]
    >>> [(burst.subject, burst.first, burst.last) for burst in title_bursts(build(works, [])).found]
    [('peer', 2004, 2004), ('peer support', 2004, 2004), ('support', 2004, 2004)]
    """
    automaton = Automaton(states=states, s=s, gamma=gamma)
    dated = is_year(graph.year)
    rows: list[int] = np.flatnonzero(dated).tolist()
    titles = words_of(graph.title[row] for row in rows)
    titled = np.unique(titles.title)
    years, batches, total = np.unique(graph.year[dated][titled], return_inverse=True, return_counts=True)
    batch_of = np.zeros(len(rows), dtype=np.int64)
    batch_of[titled] = batches
    names, term, title = recurring(titles, stop_words=stop_words, at_least=automaton.least(len(years)))
    size = max(len(years), 1)
    entries, count = np.unique(term * size + batch_of[title], return_counts=True)
    subject, batch = np.divmod(entries, size)
    start = np.zeros(len(names), dtype=np.int64)
    series = Series(subject=subject, batch=batch, count=count, total=total, start=start)
    return Bursts(
        found=tuple(_bursts(series, automaton, names=names, years=years.astype(np.int64))),
        without_year=len(graph) - len(rows),
        without_title=len(rows) - len(titled),
    )


def citation_bursts(
    graph: CitationGraph,
    *,
    most_cited: int | None = None,
    states: int = 2,
    s: float = 2.0,
    gamma: float = 1.0,
) -> Bursts:
    """Find the bursts of citations that works received; `bursts` says what a burst is.

    The batches are years, and the documents of a batch are its works that cite anything in the graph; those
    that cite the work are the relevant ones. Its series starts with the year of its publication, or with its
    first citation if that is dated earlier: before it there was nothing to cite, and counting those years would
    make a burst of every work's life. Works without a year are neither batches nor subjects.

    With `most_cited` only so many works are looked at, those with the most citations; of works cited as often,
    the first by key. Raises ValueError when it is negative, or the parameters are out of range.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> later = [Node(f"{n:03}", None, 2000 + n // 20) for n in range(100)]
    >>> cited = [Citation(work.key, "a" if 40 <= int(work.key) < 46 else "b", ("openalex",)) for work in later]
    >>> graph = build([*later, Node("a", None, 2000), Node("b", None, 1990)], cited)
    >>> [(burst.subject, burst.first, burst.last) for burst in citation_bursts(graph).found]
    [('a', 2002, 2002)]
    """
    automaton = Automaton(states=states, s=s, gamma=gamma)
    if most_cited is not None and most_cited < 0:
        raise ValueError(f"the number of works to look at cannot be {most_cited}")
    dated = is_year(graph.year)
    subjects = dated.copy()
    if most_cited is not None:
        subjects[np.argsort(-np.diff(graph.in_indptr), kind="stable")[most_cited:]] = False
    years, total = np.unique(graph.year[dated & (np.diff(graph.out_indptr) > 0)], return_counts=True)
    rows, year, count = histories(graph)
    kept = subjects[rows]
    rows, year, count = rows[kept], year[kept], count[kept]
    works, subject = np.unique(rows, return_inverse=True)
    opening = np.minimum(graph.year[works], year[np.flatnonzero(np.diff(rows, prepend=-1))])
    series = Series(
        subject=subject,
        batch=np.searchsorted(years, year),
        count=count,
        total=total,
        start=np.searchsorted(years, opening),
    )
    places: list[int] = works.tolist()
    return Bursts(
        found=tuple(
            _bursts(series, automaton, names=[graph.keys[row] for row in places], years=years.astype(np.int64))
        ),
        without_year=len(graph) - int(dated.sum()),
    )


def _bursts(series: Series, automaton: Automaton, *, names: Sequence[str], years: NDArray[np.int64]) -> list[Burst]:
    """All bursts of the series, heaviest first, then by subject, year and level."""
    calendar: list[int] = years.tolist()
    found = [
        Burst(names[subject], calendar[first], calendar[last], weight, level)
        for subject, first, last, weight, level in _runs(series, automaton)
    ]
    found.sort(key=lambda burst: (-burst.weight, burst.subject, burst.first, burst.level))
    return found


def _runs(series: Series, automaton: Automaton) -> Iterator[tuple[int, int, int, float, int]]:
    """Every burst as (subject, first batch, last batch, weight, level), some of the subjects at a time."""
    batches, subjects = len(series.total), len(series.start)
    relevant = np.bincount(series.subject, weights=series.count, minlength=subjects)
    after = np.cumsum(series.total[::-1])[::-1]
    documents = np.append(after, 0)[series.start]
    length = batches - series.start
    least = np.array([automaton.least(each) for each in range(batches + 1)], dtype=np.int64)
    with np.errstate(over="ignore"):
        able = np.flatnonzero((relevant >= least[length]) & (relevant * automaton.s <= documents))
    bounds = np.searchsorted(series.subject, np.arange(subjects + 1))
    step = max(1, CELLS // (max(batches, 1) * automaton.states))
    for place in range(0, len(able), step):
        block = able[place : place + step]
        counts = np.zeros((batches, len(block)), dtype=np.int64)
        sizes = bounds[block + 1] - bounds[block]
        column = np.repeat(np.arange(len(block)), sizes)
        entry = np.arange(sizes.sum()) + np.repeat(bounds[block] - np.cumsum(sizes) + sizes, sizes)
        counts[series.batch[entry], column] = series.count[entry]
        totals = np.where(np.arange(batches)[:, None] >= series.start[block], series.total[:, None], 0)
        costs = _costs(counts, totals, relevant[block], documents[block], automaton)
        states = _cheapest(costs, automaton.gamma * np.log(length[block]))
        for level in range(1, len(costs)):
            for column_of, first, last, weight in _intervals(states >= level, costs[level - 1], costs[level]):
                yield int(block[column_of]), first, last, weight, level


def _costs(
    counts: NDArray[np.int64],
    totals: NDArray[np.int64],
    relevant: NDArray[np.number[Any]],
    documents: NDArray[np.int64],
    automaton: Automaton,
) -> list[NDArray[np.float64]]:
    """What each state costs in each batch of each series; infinite where the state does not exist."""
    found = []
    others = totals - counts
    for state in range(automaton.states):
        with np.errstate(over="ignore", divide="ignore", invalid="ignore"):
            # Divided last, so that a probability of 1 is 1 and not the number before it.
            probability = relevant * np.float64(automaton.s) ** state / documents
            if not (probability <= 1).any():
                break
            # A state in which every document is relevant is impossible where one is not, and free elsewhere.
            cost = -(counts * np.log(probability) + np.where(others > 0, others * np.log1p(-probability), 0.0))
        found.append(np.where(probability <= 1, cost, np.inf))
    return found


def _cheapest(costs: list[NDArray[np.float64]], price: NDArray[np.float64]) -> NDArray[np.int8]:
    """The cheapest sequence of states of each series; `price` is that of one state upwards."""
    batches, size = costs[0].shape
    came = np.zeros((len(costs), batches, size), dtype=np.int8)
    # Before the first batch every series is in state 0.
    so_far = [np.zeros(size), *(np.full(size, np.inf) for _ in costs[1:])]
    for batch in range(batches):
        reached = []
        for state in range(len(costs)):
            best = so_far[0] + state * price
            for other in range(1, len(costs)):
                cost = so_far[other] + max(state - other, 0) * price
                came[state, batch][cost < best] = other
                best = np.minimum(best, cost)
            reached.append(best + costs[state][batch])
        so_far = reached
    states = np.zeros((batches, size), dtype=np.int8)
    series = np.arange(size)
    current = np.argmin(so_far, axis=0)
    for batch in range(batches - 1, -1, -1):
        states[batch] = current
        current = came[current, batch, series]
    return states


def _intervals(
    high: NDArray[np.bool_], lower: NDArray[np.float64], upper: NDArray[np.float64]
) -> Iterator[tuple[int, int, int, float]]:
    """The runs of batches where a series is high, as (series, first, last, what the upper state saves)."""
    column, batch = np.nonzero(high.T)
    if not len(column):
        return
    starts = np.flatnonzero((np.diff(column, prepend=-1) != 0) | (np.diff(batch, prepend=-2) != 1))
    ends = np.append(starts[1:], len(column)) - 1
    run = np.repeat(np.arange(len(starts)), ends - starts + 1)
    saved = np.bincount(run, weights=lower[batch, column] - upper[batch, column])
    yield from zip(column[starts].tolist(), batch[starts].tolist(), batch[ends].tolist(), saved.tolist(), strict=True)
