"""What the graph says about time equals the definitions, spelt out slowly, and loses nothing uncounted."""

import itertools
import json
import lzma
import math
import os
from collections import Counter
from fractions import Fraction
from functools import cache
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import MISSING, CitationGraph, build
from graph.timeline import (
    Burst,
    bursts,
    citation_bursts,
    citation_history,
    citations_per_year,
    half_lives,
    rpys,
    sleeping_beauties,
    title_bursts,
    title_terms,
    works_per_year,
)
from harvester.model import Citation, Node

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
CORPORA = {"Oud_2018": 4_071, "Jeyaraman_2020": 6_645, "Donners_2021": 801, "Nelson_2002": 364}
"""The citations among the works of each, as the README of the data counts them."""

STOP_WORDS = ("the", "of", "and", "in", "a", "for", "to", "with", "on")
VOCABULARY = ["Peer", "support", "care:", "the", "of", "self-harm", "42", "(trial)", "coöperation", "Straße"]

years = st.none() | st.integers(1998, 2012) | st.sampled_from([0, -5, 10_000, 2**31 - 1, 1, 9_999])


@st.composite
def graphs(draw: st.DrawFn) -> CitationGraph:
    """Small graphs with cycles, works that cite the future, and years that are none."""
    size = draw(st.integers(0, 14))
    titles = st.none() | st.lists(st.sampled_from(VOCABULARY), max_size=6).map(" ".join)
    nodes = [Node(f"{number:02}", draw(titles), draw(years)) for number in range(size)]
    keys = st.sampled_from([node.key for node in nodes]) if nodes else st.nothing()
    return build(nodes, draw(st.lists(st.builds(Citation, keys, keys, st.just(("openalex",))), max_size=60)))


def year_of(graph: CitationGraph, row: int) -> int | None:
    """The year of a work, by the rule of the package: four digits, from 1 on."""
    year = int(graph.year[row])
    return year if 1 <= year <= 9_999 else None


def ends(graph: CitationGraph) -> list[tuple[int, int]]:
    """Every citation as (citing row, cited row)."""
    return [(citing, cited) for citing, cited, _, _ in graph.edges()]


@cache
def corpus(name: str) -> CitationGraph:
    """The works of a published review's search and the citations among them."""
    path = SHARED / "data" / "openalex" / f"{name}_works.jsonl.xz"
    if not path.is_file():
        pytest.skip("the review corpora are not beside the repository (HARVESTER_SHARED)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        works: list[dict[str, Any]] = [json.loads(line) for line in lines]
    held = {work["id"]: Node(work["id"], work["title"], work["publication_year"]) for work in works}
    return build(
        held.values(),
        [
            Citation(work["id"], cited, ("openalex",))
            for work in works
            for cited in work["referenced_works"]
            if cited in held
        ],
    )


# --- counted by year ---------------------------------------------------------------------------------------


@settings(deadline=None)
@given(graphs())
def test_works_and_citations_are_counted_by_year(graph: CitationGraph) -> None:
    """Each work and citation is in its year, or among those without one."""
    works = [year_of(graph, row) for row in range(len(graph))]
    citing = [year_of(graph, citing) for citing, _ in ends(graph)]
    for found, every in ((works_per_year(graph), works), (citations_per_year(graph), citing)):
        expected = Counter(year for year in every if year is not None)
        assert found.without_year == every.count(None)
        assert dict(zip(found.years, found.counts, strict=True)) == expected
        assert list(found.years) == sorted(expected)


@settings(deadline=None)
@given(graphs())
def test_a_history_counts_the_citations_of_one_work(graph: CitationGraph) -> None:
    """The histories of all works together are the citations of the graph, year for year."""
    together: Counter[int] = Counter()
    undated = 0
    for row, key in enumerate(graph.keys):
        found = citation_history(graph, key)
        every = [year_of(graph, citing) for citing, cited in ends(graph) if cited == row]
        expected = Counter(year for year in every if year is not None)
        assert found.without_year == every.count(None)
        assert dict(zip(found.years, found.counts, strict=True)) == expected
        together.update(expected)
        undated += found.without_year
    total = citations_per_year(graph)
    assert dict(zip(total.years, total.counts, strict=True)) == together
    assert total.without_year == undated


def test_the_history_of_an_unknown_work_is_a_key_error() -> None:
    with pytest.raises(KeyError):
        citation_history(build([Node("a")], []), "b")


# --- spectroscopy ------------------------------------------------------------------------------------------


def plain_spectrum(references: Counter[int]) -> tuple[list[int], list[int], list[int], list[int]]:
    """Years, references, deviation and peak years, from the definition."""
    if not references:
        return [], [], [], []
    span = list(range(min(references), max(references) + 1))
    around = [sorted(references[year + shift] for shift in (-2, -1, 0, 1, 2)) for year in span]
    deviation = [references[year] - middle[2] for year, middle in zip(span, around, strict=True)]
    peaks = []
    for place, height in enumerate(deviation):
        if height <= 0:
            continue
        beyond = place
        while beyond < len(span) and deviation[beyond] == height:
            beyond += 1
        before = deviation[place - 1] if place else 0
        after = deviation[beyond] if beyond < len(span) else 0
        if height > before and height > after:
            peaks.append(span[place])
    return span, [references[year] for year in span], deviation, peaks


@settings(deadline=None)
@given(graphs(), st.lists(years, max_size=80), st.integers(0, 3))
def test_the_spectrum_is_that_of_the_definition(
    graph: CitationGraph, unmatched: list[int | None], works_per_peak: int
) -> None:
    """Counts, deviations from the five-year median, peaks and their works equal those found one by one."""
    found = rpys(graph, unmatched=unmatched, works_per_peak=works_per_peak)
    cited = [(year_of(graph, row), row) for _, row in ends(graph)]
    every = [year for year, _ in cited] + [year if year and 0 < year < 10_000 else None for year in unmatched]
    span, references, deviation, peaks = plain_spectrum(Counter(year for year in every if year is not None))
    assert list(found.years) == span
    assert list(found.references) == references
    assert list(found.deviation) == deviation
    assert found.without_year == every.count(None)
    assert sum(found.references) + found.without_year == graph.citations + len(unmatched)
    assert [peak.year for peak in found.peaks] == peaks
    for peak in found.peaks:
        received = Counter(row for year, row in cited if year == peak.year)
        ranked = sorted(received, key=lambda row: (-received[row], row))[:works_per_peak]
        assert peak.works == tuple((graph.keys[row], received[row]) for row in ranked)
        assert (peak.references, peak.deviation) == (
            references[span.index(peak.year)],
            deviation[span.index(peak.year)],
        )


def test_the_ends_of_a_spectrum_are_compared_with_nothing() -> None:
    """Beyond the first and the last year there are 0 references, as in CRExplorer, not a shorter window."""
    found = rpys(build([], []), unmatched=[2000] * 9 + [2001] * 7 + [2002] * 8)
    assert found.deviation == (2, 0, 1)


def test_a_plateau_is_one_peak() -> None:
    """Two years in a row that stand out alike are one peak, in the first of them."""
    found = rpys(build([], []), unmatched=[1950] * 6 + [1951] * 6 + [1960])
    assert [(peak.year, peak.deviation, peak.works) for peak in found.peaks] == [(1950, 6, ()), (1960, 1, ())]


def test_a_spectrum_of_nothing_is_empty() -> None:
    found = rpys(build([Node("a", year=2000)], []), unmatched=[None, -1])
    assert (found.years, found.references, found.peaks, found.without_year) == ((), (), (), 2)


def test_a_peak_cannot_have_fewer_than_no_works() -> None:
    with pytest.raises(ValueError, match="-1"):
        rpys(build([], []), works_per_peak=-1)


# --- bursts ------------------------------------------------------------------------------------------------


def price(sequence: tuple[int, ...], relevant: list[int], total: list[int], s: float, gamma: float) -> float:
    """The cost of a sequence of states, written as in the paper, without the number of choices."""
    batches = len(total)
    cost, state = 0.0, 0
    for following, r, d in zip(sequence, relevant, total, strict=True):
        cost += max(following - state, 0) * gamma * math.log(batches) + emission(following, r, d, relevant, total, s)
        state = following
    return cost


def emission(state: int, r: int, d: int, relevant: list[int], total: list[int], s: float) -> float:
    """What r relevant documents of d cost in a state."""
    chance = sum(relevant) * s**state / sum(total)
    if chance > 1 or (chance == 0 and r) or (chance == 1 and r < d):
        return math.inf
    return -(r * math.log(chance) if r else 0.0) - ((d - r) * math.log1p(-chance) if r < d else 0.0)


def rebuilt(found: list[Burst], first: int, batches: int) -> tuple[int, ...]:
    """The sequence of states that these bursts of one subject describe."""
    return tuple(
        max((burst.level for burst in found if burst.first <= year <= burst.last), default=0)
        for year in range(first, first + batches)
    )


@st.composite
def series(draw: st.DrawFn) -> tuple[list[int], list[int]]:
    """Relevant and all documents of up to six batches, none of them empty."""
    total = draw(st.lists(st.integers(1, 40), min_size=1, max_size=6))
    return [draw(st.one_of(st.just(0), st.integers(0, d))) for d in total], total


@settings(deadline=None, max_examples=400)
@given(series(), st.integers(2, 4), st.sampled_from([1.3, 2.0, 3.0, 7.0]), st.sampled_from([0.0, 0.2, 0.5, 1.0, 2.0]))
def test_no_sequence_of_states_is_cheaper(
    drawn: tuple[list[int], list[int]], states: int, s: float, gamma: float
) -> None:
    """Among all sequences there are, tried one by one, none costs less than the one that is found."""
    relevant, total = drawn
    found = bursts({"x": relevant}, total=total, years=range(2000, 2000 + len(total)), states=states, s=s, gamma=gamma)
    chosen = rebuilt(found, 2000, len(total))
    cheapest = min(
        price(sequence, relevant, total, s, gamma) for sequence in itertools.product(range(states), repeat=len(total))
    )
    assert price(chosen, relevant, total, s, gamma) == pytest.approx(cheapest, rel=1e-9, abs=1e-9)


@settings(deadline=None, max_examples=300)
@given(series(), st.integers(2, 5), st.sampled_from([1.3, 2.0, 3.0]), st.sampled_from([0.1, 0.5, 1.0]))
def test_bursts_nest_and_pay_for_themselves(
    drawn: tuple[list[int], list[int]], states: int, s: float, gamma: float
) -> None:
    """A weight is what the level saves over the one below, at least gamma ln n; each level lies in a lower one."""
    relevant, total = drawn
    found = bursts({"x": relevant}, total=total, years=range(2000, 2000 + len(total)), states=states, s=s, gamma=gamma)
    for burst in found:
        saved = sum(
            emission(burst.level - 1, relevant[batch], total[batch], relevant, total, s)
            - emission(burst.level, relevant[batch], total[batch], relevant, total, s)
            for batch in range(burst.first - 2000, burst.last - 1999)
        )
        assert burst.weight == pytest.approx(saved)
        assert burst.weight >= gamma * math.log(len(total)) - 1e-9
        assert burst.level == 1 or any(
            other.level == burst.level - 1 and other.first <= burst.first and burst.last <= other.last
            for other in found
        )
        assert not any(
            other != burst
            and other.level == burst.level
            and other.first <= burst.last + 1
            and burst.first <= other.last + 1
            for other in found
        )
    assert found == sorted(found, key=lambda burst: (-burst.weight, burst.subject, burst.first, burst.level))


def test_a_series_made_of_two_rates_bursts_where_the_rate_is_higher() -> None:
    """Ten years at 2 in 100 with three at 8 in between: the three are one burst, worked out by hand.

    R = 44 and D = 1,300, so p(0) = 0.033846 and p(1) twice that; a year at 8 in 100 saves
    8 ln 2 + 92 ln (1212 / 1256) = 2.264441 in state 1, one at 2 in 100 loses more than it gains,
    and the step up costs ln 13 = 2.564949.
    """
    relevant = [2] * 5 + [8] * 3 + [2] * 5
    found = bursts({"recovery": relevant}, total=[100] * 13, years=range(1990, 2003))
    assert [(burst.subject, burst.first, burst.last, burst.level) for burst in found] == [("recovery", 1995, 1997, 1)]
    assert found[0].weight == pytest.approx(3 * 2.264441, abs=1e-5)


def test_one_loud_year_is_weighed_against_the_price_of_a_step() -> None:
    """It saves 9 ln 2 + 41 ln (272 / 286) = 4.1805: more than 2 ln 6 = 3.5835, less than 2.5 ln 6 = 4.4794."""
    said: dict[str, Any] = {"total": [50] * 6, "years": range(2000, 2006)}
    assert [burst.first for burst in bursts({"x": [1, 1, 1, 9, 1, 1]}, **said, gamma=2.0)] == [2003]
    assert bursts({"x": [1, 1, 1, 9, 1, 1]}, **said, gamma=2.5) == []


def test_five_documents_are_enough_for_a_burst_among_twenty_years_and_four_are_not() -> None:
    """Rare things are passed over unweighed only where no arrangement of them could pay ln 20 = 2.9957.

    Five of 10,000 in one year save 5 ln 2 + 9,995 ln (0.99995 / 0.999975) = 3.2159, and four less than 4 ln 2.
    """
    said: dict[str, Any] = {"total": [10_000] * 20, "years": range(2000, 2020)}
    (found,) = bursts({"x": [0] * 9 + [5] + [0] * 10}, **said)
    assert found.first == 2009
    assert found.weight == pytest.approx(3.2159, abs=5e-5)
    assert bursts({"x": [0] * 9 + [4] + [0] * 10}, **said) == []


def test_more_states_find_the_burst_in_the_burst() -> None:
    """With three states the height of a rise is a burst of level 2 within one of level 1."""
    relevant = [1] * 10 + [10] * 3 + [30] * 3 + [10] * 3 + [1] * 10
    found = bursts({"x": relevant}, total=[200] * 29, years=range(1990, 2019), states=3)
    assert {(burst.level, burst.first, burst.last) for burst in found} == {(1, 2000, 2008), (2, 2003, 2005)}


def test_what_most_documents_have_cannot_burst() -> None:
    """The state above would have a probability above 1."""
    assert bursts({"x": [9, 1, 9]}, total=[10, 10, 10], years=[2000, 2001, 2002]) == []


@pytest.mark.parametrize("said", [{"gamma": 1e308}, {"s": 1e308, "states": 9}, {"s": 1e155, "states": 9, "gamma": 0.0}])
def test_parameters_beyond_all_measure_find_nothing(said: dict[str, Any]) -> None:
    """Numbers that overflow are answered, not stumbled over."""
    assert bursts({"x": [0, 9, 0]}, total=[30, 30, 30], years=[2000, 2001, 2002], **said) == []


def test_a_burst_may_begin_in_the_first_batch() -> None:
    """The automaton is in state 0 before the first batch, and pays for the step into it."""
    found = bursts({"x": [9, 0, 0, 0]}, total=[30] * 4, years=range(2000, 2004))
    assert [(burst.first, burst.last) for burst in found] == [(2000, 2000)]


def test_a_state_of_certainty_is_possible_where_every_document_is_relevant() -> None:
    """At exactly 1 in s, the upper state holds the batches that are relevant throughout, and no others."""
    found = bursts({"x": [0, 30, 0]}, total=[20, 30, 10], years=[2000, 2001, 2002])
    assert [(burst.first, burst.last) for burst in found] == [(2001, 2001)]
    assert found[0].weight == pytest.approx(30 * math.log(2))
    assert bursts({"x": [1, 29, 0]}, total=[20, 30, 10], years=[2000, 2001, 2002]) == []


def test_batches_without_documents_change_nothing() -> None:
    """A year in which nothing was published is no batch; a burst may pass over it."""
    dense = bursts({"x": [0, 8, 9, 0, 0]}, total=[30] * 5, years=[2000, 2001, 2003, 2004, 2005])
    gapped = bursts({"x": [0, 8, 0, 9, 0, 0]}, total=[30, 30, 0, 30, 30, 30], years=range(2000, 2006))
    assert dense == gapped != []


@pytest.mark.parametrize(
    ("said", "reason"),
    [
        ({"relevant": {"x": [1]}, "total": [1, 2], "years": [2000, 2001]}, "one count"),
        ({"relevant": {"x": [1, 1]}, "total": [1, 2], "years": [2000]}, "one count"),
        ({"relevant": {"x": [1, 1]}, "total": [1, 2], "years": [2001, 2001]}, "ascend"),
        ({"relevant": {"x": [2, 1]}, "total": [1, 2], "years": [2000, 2001]}, "at most"),
        ({"relevant": {"x": [-1, 1]}, "total": [1, 2], "years": [2000, 2001]}, "at least"),
        ({"relevant": {}, "total": [], "years": [], "s": 1.0}, "above 1"),
        ({"relevant": {}, "total": [], "years": [], "s": math.nan}, "above 1"),
        ({"relevant": {}, "total": [], "years": [], "gamma": -0.1}, "gamma"),
        ({"relevant": {}, "total": [], "years": [], "states": 1}, "states"),
        ({"relevant": {}, "total": [], "years": [], "states": 128}, "states"),
    ],
)
def test_what_cannot_be_weighed_is_refused(said: dict[str, Any], reason: str) -> None:
    relevant = said.pop("relevant")
    with pytest.raises(ValueError, match=reason):
        bursts(relevant, **said)


def test_many_series_at_once_are_each_as_if_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    """Blocks of series, cut in the middle of them, give the bursts of each series by itself."""
    generator = np.random.default_rng(5)
    total = generator.integers(20, 60, 80)
    table = {f"{n:05}": generator.binomial(total, generator.uniform(0.01, 0.2)) for n in range(100)}
    for counts in table.values():
        start = generator.integers(0, 70)
        counts[start : start + 10] = np.minimum(counts[start : start + 10] * 4, total[start : start + 10])
    said: dict[str, Any] = {"total": total.tolist(), "years": range(1920, 2000), "states": 3}
    alone = [burst for name, counts in table.items() for burst in bursts({name: counts.tolist()}, **said)]
    monkeypatch.setattr("graph.timeline.kleinberg.CELLS", 7 * 3 * 80)
    together = bursts({name: counts.tolist() for name, counts in table.items()}, **said)
    assert len(together) > 100
    assert sorted(together) == sorted(alone)


# --- titles ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("title", "terms"),
    [
        ("Peer support", {"peer", "support", "peer support"}),
        ("PEER\u2010SUPPORT", {"peer", "support", "peer support"}),
        ("peer\u2011support", {"peer", "support", "peer support"}),
        ("peer \u2013 support", {"peer", "support"}),
        ("peer\u2014support", {"peer", "support"}),
        ("peer--support", {"peer", "support"}),
        ("peer: support", {"peer", "support"}),
        ("peer_support", {"peer", "support"}),
        ("peer\u00a0 \tsupport", {"peer", "support", "peer support"}),
        ("Quality of life", {"quality", "life"}),
        ("QUALITY OF life", {"quality", "life"}),
        ("patients\u2019 carer's view'", {"patients", "carer's", "view", "patients carer's", "carer's view"}),
        ("COVID-19", {"covid", "covid 19"}),
        ("2010-2020", set()),
        ("Straße und STRASSE", {"strasse", "und", "strasse und", "und strasse"}),
        ("cafe\u0301 caf\u00e9", {"caf\u00e9", "caf\u00e9 caf\u00e9"}),
        ("self\u00adhelp", {"selfhelp"}),
        ("हिन्दी भाषा", {"हिन्दी", "भाषा", "हिन्दी भाषा"}),
        ("精神健康", {"精神", "神健", "健康"}),
        ("vitamin D3, D", {"vitamin", "d3", "vitamin d3"}),
        ("L'étude", {"étude"}),
        ("", set()),
        ("?!", set()),
    ],
)
def test_the_terms_of_a_title(title: str, terms: set[str]) -> None:
    """Words and phrases as they are defined, whatever dress they come in."""
    found = title_terms(title, stop_words=("Of",))
    assert set(found) == terms
    assert len(found) == len(terms)


@given(st.text(max_size=60))
def test_any_text_has_terms_that_are_terms_of_themselves(title: str) -> None:
    """A term read again is the same term, so that terms can be looked up in titles."""
    for term in title_terms(title):
        assert term in title_terms(term)


@settings(deadline=None)
@given(graphs(), st.sampled_from([(), STOP_WORDS]), st.integers(2, 3), st.sampled_from([0.0, 0.1, 0.5]))
def test_the_bursts_of_titles_are_those_of_their_terms_counted_by_hand(
    graph: CitationGraph, stop_words: tuple[str, ...], states: int, gamma: float
) -> None:
    """Every term of every title, with all titles of a year as its batch, gives the same bursts."""
    said: dict[str, Any] = {"states": states, "gamma": gamma, "s": 1.5}
    titled = [
        (year, set(title_terms(graph.title[row] or "", stop_words=stop_words)))
        for row in range(len(graph))
        if (year := year_of(graph, row)) is not None and any(map(str.isalnum, graph.title[row] or ""))
    ]
    batches = sorted({year for year, _ in titled})
    relevant = {
        term: [sum(year == batch and term in terms for year, terms in titled) for batch in batches]
        for term in sorted({term for _, terms in titled for term in terms})
    }
    total = [sum(year == batch for year, _ in titled) for batch in batches]
    found = title_bursts(graph, stop_words=stop_words, **said)
    assert list(found.found) == bursts(relevant, total=total, years=batches, **said)
    dated = sum(year_of(graph, row) is not None for row in range(len(graph)))
    assert (found.without_year, found.without_title) == (len(graph) - dated, dated - len(titled))


def test_function_words_of_the_language_of_a_title_do_not_burst() -> None:
    """Ten French titles among forty English ones make "santé" a burst, and not "les" and "dans"."""
    titles = ["The care of those who die"] * 40 + ["La santé mentale dans les prisons et dans les rues"] * 10
    graph = build([Node(f"{n:02}", title, 2000 + n // 10) for n, title in enumerate(titles)], [])
    subjects = {burst.subject for burst in title_bursts(graph).found}
    assert {"santé", "santé mentale", "prisons"} <= subjects
    assert not subjects & {"la", "dans", "les", "et"}
    assert {"dans", "les"} <= {burst.subject for burst in title_bursts(graph, stop_words=()).found}


# --- bursts of citations -----------------------------------------------------------------------------------


@settings(deadline=None)
@given(graphs(), st.integers(2, 3), st.sampled_from([0.0, 0.1, 0.5]), st.none() | st.integers(0, 5))
def test_the_bursts_of_citations_are_those_of_each_history(
    graph: CitationGraph, states: int, gamma: float, most_cited: int | None
) -> None:
    """Each work by itself, from its first year on, against the citing works of each year, gives the same."""
    said: dict[str, Any] = {"states": states, "gamma": gamma, "s": 1.5}
    citing = {row for row, _ in ends(graph)}
    total = Counter(year for row in citing if (year := year_of(graph, row)) is not None)
    received = Counter(row for _, row in ends(graph))
    ranked = sorted(range(len(graph)), key=lambda row: (-received[row], row))
    expected: list[Burst] = []
    for row in ranked if most_cited is None else ranked[:most_cited]:
        history = citation_history(graph, graph.keys[row])
        own = year_of(graph, row)
        if own is None or not history.years:
            continue
        batches = [year for year in sorted(total) if year >= min(own, history.years[0])]
        counts = dict(zip(history.years, history.counts, strict=True))
        expected += bursts(
            {graph.keys[row]: [counts.get(year, 0) for year in batches]},
            total=[total[year] for year in batches],
            years=batches,
            **said,
        )
    found = citation_bursts(graph, most_cited=most_cited, **said)
    assert sorted(found.found) == sorted(expected)
    assert [burst.weight for burst in found.found] == sorted((burst.weight for burst in expected), reverse=True)
    assert found.without_year == sum(year_of(graph, row) is None for row in range(len(graph)))


def test_fewer_than_no_works_cannot_be_looked_at() -> None:
    with pytest.raises(ValueError, match="-1"):
        citation_bursts(build([], []), most_cited=-1)


# --- sleeping beauties -------------------------------------------------------------------------------------


def plain_beauty(counts: list[int]) -> tuple[float, int | None]:
    """B and the age of awakening in fractions, from the formulas of the paper."""
    peak = counts.index(max(counts))
    if not peak:
        return 0.0, None
    slope = Fraction(counts[peak] - counts[0], peak)
    lateness = sum(
        ((slope * age + counts[0] - counts[age]) / max(1, counts[age]) for age in range(peak + 1)), Fraction()
    )
    distance = [
        abs((counts[peak] - counts[0]) * age - peak * counts[age] + peak * counts[0]) for age in range(peak + 1)
    ]
    return float(lateness), distance.index(max(distance))


def cited_like(counts: list[int], *, year: int = 1900) -> CitationGraph:
    """A work of 1900 that is cited so often in each of the years from then on."""
    citing = [
        Node(f"{age:03}/{number:03}", None, year + age) for age, count in enumerate(counts) for number in range(count)
    ]
    return build(
        [Node("beauty", None, year), *citing], [Citation(node.key, "beauty", ("openalex",)) for node in citing]
    )


@settings(deadline=None, max_examples=300)
@given(st.lists(st.one_of(st.just(0), st.integers(0, 12)), min_size=1, max_size=40))
def test_beauty_and_awakening_are_those_of_the_formulas(counts: list[int]) -> None:
    """The closed form over the years with citations equals the sum over all years."""
    graph = cited_like(counts)
    found = sleeping_beauties(graph)
    lateness, age = plain_beauty(counts)
    row = graph.position("beauty")
    assert found.coefficient[row] == pytest.approx(lateness, rel=1e-12, abs=1e-12)
    assert found.awakening[row] == (MISSING if age is None else 1900 + age)


@settings(deadline=None)
@given(graphs())
def test_every_work_has_the_beauty_of_its_own_history(graph: CitationGraph) -> None:
    """All works at once are as each alone; what is left out is counted."""
    found = sleeping_beauties(graph)
    undated = early = 0
    for row, key in enumerate(graph.keys):
        history = citation_history(graph, key)
        own = year_of(graph, row)
        undated += history.without_year
        if own is None:
            undated += sum(history.counts)
            assert np.isnan(found.coefficient[row])
            assert found.awakening[row] == MISSING
            continue
        counts = dict(zip(history.years, history.counts, strict=True))
        early += sum(count for year, count in counts.items() if year < own)
        lateness, age = plain_beauty([counts.get(year, 0) for year in range(own, max([own, *counts]) + 1)])
        assert found.coefficient[row] == pytest.approx(lateness, rel=1e-12, abs=1e-12)
        assert found.awakening[row] == (MISSING if age is None else own + age)
    assert (found.undated, found.early) == (undated, early)
    assert found.without_year == sum(year_of(graph, row) is None for row in range(len(graph)))


@pytest.mark.parametrize("slope", [1, 3, 7])
@pytest.mark.parametrize("start", [0, 2])
def test_steady_growth_is_exactly_no_beauty(slope: int, start: int) -> None:
    """B is 0, not nearly, when citations grow by the same number every year, as the paper says."""
    graph = cited_like([start + slope * age for age in range(23)])
    assert sleeping_beauties(graph).coefficient[graph.position("beauty")] == 0


def test_early_recognition_is_negative_and_the_longest_sleep_the_largest() -> None:
    """Of works with the same peak, the one that slept longer and deeper has the larger coefficient."""
    found = [
        sleeping_beauties(graph := cited_like(counts)).coefficient[graph.position("beauty")]
        for counts in ([1, 8, 9, 10], [0, 0, 0, 10], [0, 0, 0, 0, 0, 0, 10])
    ]
    assert found[0] < 0 < found[1] < found[2]


# --- half-lives --------------------------------------------------------------------------------------------


@settings(deadline=None)
@given(graphs())
def test_half_lives_are_medians_of_the_ages(graph: CitationGraph) -> None:
    """Over all citations, by citing year and by cited year; citations without two years are counted."""
    pairs = [(year_of(graph, citing), year_of(graph, cited)) for citing, cited in ends(graph)]
    dated = [(later, earlier) for later, earlier in pairs if later is not None and earlier is not None]
    found = half_lives(graph)
    assert found.without_year == len(pairs) - len(dated)
    assert found.negative == sum(later < earlier for later, earlier in dated)
    assert found.age == (median(later - earlier for later, earlier in dated) if dated else None)
    for place, rows in ((0, found.citing), (1, found.cited)):
        expected = {
            year: [pair[0] - pair[1] for pair in dated if pair[place] == year]
            for year in sorted({pair[place] for pair in dated})
        }
        assert [row.year for row in rows] == list(expected)
        for row in rows:
            assert (row.citations, row.age) == (len(expected[row.year]), median(expected[row.year]))


# --- real reviews ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("name", "citations"), CORPORA.items())
def test_sums_over_a_real_review_are_its_known_totals(name: str, citations: int) -> None:
    """No citation is lost between the columns of the graph and any count by year."""
    graph = corpus(name)
    spectrum, by_year, ages = rpys(graph), citations_per_year(graph), half_lives(graph)
    assert graph.citations + graph.loops == citations
    citations -= graph.loops
    assert sum(spectrum.references) + spectrum.without_year == citations
    assert sum(by_year.counts) + by_year.without_year == citations
    assert sum(works_per_year(graph).counts) + works_per_year(graph).without_year == len(graph)
    assert sum(row.citations for row in ages.citing) + ages.without_year == citations
    assert sum(row.citations for row in ages.cited) + ages.without_year == citations
    references = Counter(year_of(graph, cited) for _, cited in ends(graph))
    assert dict(zip(spectrum.years, spectrum.references, strict=True)) == {
        year: references[year] for year in spectrum.years
    }


@pytest.mark.parametrize("name", CORPORA)
def test_a_real_review_has_the_beauties_and_bursts_of_the_definitions(name: str) -> None:
    """Every work of a real graph against the formulas, and every burst against its own series."""
    graph = corpus(name)
    beauties = sleeping_beauties(graph)
    total = Counter(year_of(graph, row) for row in {citing for citing, _ in ends(graph)})
    for row, key in enumerate(graph.keys):
        history = citation_history(graph, key)
        own = year_of(graph, row)
        assert own is not None
        counts = dict(zip(history.years, history.counts, strict=True))
        lateness, age = plain_beauty([counts.get(year, 0) for year in range(own, max([own, *counts]) + 1)])
        assert beauties.coefficient[row] == pytest.approx(lateness, rel=1e-12, abs=1e-12)
        assert beauties.awakening[row] == (MISSING if age is None else own + age)
    for burst in citation_bursts(graph).found:
        history = citation_history(graph, burst.subject)
        own = year_of(graph, graph.position(burst.subject))
        assert own is not None
        counts = dict(zip(history.years, history.counts, strict=True))
        batches = [year for year in sorted(filter(None, total)) if year >= min(own, history.years[0])]
        within = [year for year in batches if burst.first <= year <= burst.last]
        usual = sum(counts.values()) / sum(total[year] for year in batches)
        relevant, documents = sum(counts.get(year, 0) for year in within), sum(total[year] for year in within)
        saved = relevant * math.log(2) + (documents - relevant) * math.log((1 - 2 * usual) / (1 - usual))
        assert burst.weight == pytest.approx(saved)
        assert burst.weight >= math.log(len(batches))


def test_the_same_evidence_gives_the_same_answers() -> None:
    """The order in which works and citations arrive changes nothing."""
    graph = corpus("Nelson_2002")
    nodes = [Node(key, graph.title[row], int(graph.year[row])) for row, key in enumerate(graph.keys)]
    pairs = [Citation(graph.keys[citing], graph.keys[cited], ("openalex",)) for citing, cited in ends(graph)]
    again = build(reversed(nodes), reversed(pairs))
    assert rpys(again) == rpys(graph)
    assert half_lives(again) == half_lives(graph)
    assert title_bursts(again, stop_words=STOP_WORDS) == title_bursts(graph, stop_words=STOP_WORDS)
    assert title_bursts(again) == title_bursts(graph)
    assert citation_bursts(again) == citation_bursts(graph)
    assert sleeping_beauties(again).coefficient.tobytes() == sleeping_beauties(graph).coefficient.tobytes()
