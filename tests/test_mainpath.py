"""Main paths are those of the papers that define them, and those that trying every path finds."""

import json
import lzma
import math
import os
import random
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import pairwise, product
from pathlib import Path
from typing import get_args

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import MISSING, CitationGraph, build
from graph.mainpath import Cycles, MainPath, Search, Weight, by_year, main_path, traversal_counts
from graph.mainpath.counts import Counts, Exact, Scaled
from harvester.model import Citation, Node

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))

WEIGHTS: tuple[Weight, ...] = get_args(Weight)
SEARCHES: tuple[Search, ...] = get_args(Search)

Pair = tuple[str, str]
"""A citation with the flow of knowledge: (cited, citing)."""


def graph_of(
    pairs: Iterable[Pair], *, years: Mapping[str, int | None] | None = None, others: Iterable[str] = ()
) -> CitationGraph:
    """The graph of these citations, (cited, citing), and of works that nothing is known to link."""
    pairs = list(pairs)
    keys = {key for pair in pairs for key in pair} | set(others) | set(years or ())
    nodes = (Node(key, year=(years or {}).get(key)) for key in keys)
    return build(nodes, (Citation(citing, cited, ("crossref",)) for cited, citing in pairs))


def flow_of(graph: CitationGraph) -> list[Pair]:
    """The citations of a graph in its own order, as (cited, citing)."""
    return [(graph.keys[cited], graph.keys[citing]) for citing, cited, _, _ in graph.edges()]


def arcs_of(path: MainPath) -> set[Pair]:
    return {(arc.cited, arc.citing) for arc in path.arcs}


def exact_counts(graph: CitationGraph, weight: Weight, cycles: Cycles = "drop") -> dict[Pair, int | None]:
    found = traversal_counts(graph, weight=weight, cycles=cycles, exact=True).exact
    assert found is not None
    return dict(zip(flow_of(graph), found, strict=True))


# -- by the definitions, one path at a time ------------------------------------------------------------


class Tried:
    """The definitions taken at their word on a small graph: every path is written down and looked at."""

    def __init__(self, pairs: Sequence[Pair], weight: Weight) -> None:
        self.citing: dict[str, list[str]] = defaultdict(list)
        self.cited: dict[str, list[str]] = defaultdict(list)
        for cited, citing in pairs:
            self.citing[cited].append(citing)
            self.cited[citing].append(cited)
        self.sources = {cited for cited, _ in pairs if not self.cited[cited]}
        self.sinks = {citing for _, citing in pairs if not self.citing[citing]}
        self.counts = dict.fromkeys(pairs, 0)
        self.total = 0
        for work in {work for pair in pairs for work in pair}:
            for path in self.paths_from(work):
                if len(path) == 1 or (weight == "spc" and path[0] not in self.sources):
                    continue
                if weight != "spnp" and path[-1] not in self.sinks:
                    continue
                self.total += 1
                for pair in pairwise(path):
                    self.counts[pair] += 1

    def paths_from(self, work: str) -> Iterator[tuple[str, ...]]:
        yield (work,)
        for citing in self.citing[work]:
            for path in self.paths_from(citing):
                yield (work, *path)

    def paths_to(self, work: str) -> Iterator[tuple[str, ...]]:
        yield (work,)
        for cited in self.cited[work]:
            for path in self.paths_to(cited):
                yield (*path, work)

    def heaviest(self, paths: Iterable[tuple[str, ...]]) -> set[Pair]:
        sums: dict[int, set[Pair]] = defaultdict(set)
        for path in paths:
            sums[sum(self.counts[pair] for pair in pairwise(path))].update(pairwise(path))
        return sums[max(sums)]

    def greedy(self, begins: Iterable[Pair], onward: bool) -> set[Pair]:
        found, waiting = set(), list(begins)
        while waiting:
            pair = waiting.pop()
            found.add(pair)
            work = pair[1] if onward else pair[0]
            waiting += self.highest(
                [(work, each) for each in self.citing[work]] if onward else [(each, work) for each in self.cited[work]]
            )
        return found

    def highest(self, pairs: Sequence[Pair]) -> list[Pair]:
        return [pair for pair in pairs if self.counts[pair] == max(self.counts[each] for each in pairs)]

    def key_routes(self, routes: int) -> set[Pair]:
        least = sorted(self.counts.values(), reverse=True)[:routes][-1]
        return {pair for pair, count in self.counts.items() if count >= least}

    def path(self, search: Search, routes: int) -> set[Pair]:
        match search:
            case "global":
                every = (path for source in self.sources for path in self.paths_from(source))
                return self.heaviest(path for path in every if path[-1] in self.sinks)
            case "local_forward":
                return self.greedy(self.highest([pair for pair in self.counts if pair[0] in self.sources]), True)
            case "local_backward":
                return self.greedy(self.highest([pair for pair in self.counts if pair[1] in self.sinks]), False)
            case "key_route_local":
                keys = self.key_routes(routes)
                return self.greedy(keys, True) | self.greedy(keys, False)
            case "key_route_global":
                found = self.key_routes(routes)
                for cited, citing in list(found):
                    found |= self.heaviest(path for path in self.paths_from(citing) if path[-1] in self.sinks)
                    found |= self.heaviest(path for path in self.paths_to(cited) if path[0] in self.sources)
                return found


def random_dag(chance: random.Random) -> list[Pair]:
    """Up to 8 works whose keys say nothing about the order they appeared in; at least one citation."""
    works = list("abcdefgh"[: chance.randint(2, 8)])
    chance.shuffle(works)
    share = chance.choice((0.2, 0.4, 0.7, 1.0))
    every = [(cited, citing) for place, cited in enumerate(works) for citing in works[place + 1 :]]
    return [pair for pair in every if chance.random() < share] or [chance.choice(every)]


@pytest.mark.parametrize("weight", WEIGHTS)
def test_counts_are_those_of_all_paths_written_down(weight: Weight) -> None:
    """In each of 250 small graphs, every citation has the count that the definition gives it, exact or not."""
    for seed in range(250):
        pairs = random_dag(random.Random(seed))
        graph, tried = graph_of(pairs, others="xyz"), Tried(pairs, weight)
        assert exact_counts(graph, weight) == tried.counts
        rounded = traversal_counts(graph, weight=weight)
        assert rounded.exact is None
        assert 10**rounded.total == pytest.approx(tried.total, rel=1e-12)
        assert 10**rounded.citations == pytest.approx([tried.counts[pair] for pair in flow_of(graph)], rel=1e-12)


@pytest.mark.parametrize("weight", WEIGHTS)
def test_main_paths_are_those_of_all_paths_tried(weight: Weight) -> None:
    """In each of 80 small graphs, every search finds what trying all paths finds, ties and all."""
    for seed in range(80):
        chance = random.Random(f"{weight} {seed}")
        pairs = random_dag(chance)
        graph, tried, routes = graph_of(pairs), Tried(pairs, weight), chance.randint(1, 4)
        for search in SEARCHES:
            path = main_path(graph, search=search, weight=weight, routes=routes, exact=chance.random() < 0.3)
            assert arcs_of(path) == tried.path(search, routes), (seed, search)
            assert set(path.works) == {work for arc in arcs_of(path) for work in arc}
            keys = {(arc.cited, arc.citing) for arc in path.arcs if arc.key_route}
            assert keys == (tried.key_routes(routes) if search.startswith("key") else set())
            for arc in path.arcs:
                assert arc.share == pytest.approx(tried.counts[arc.cited, arc.citing] / tried.total, rel=1e-12)
                assert 10**arc.log10 == pytest.approx(tried.counts[arc.cited, arc.citing], rel=1e-12)


# -- published examples --------------------------------------------------------------------------------


def test_eleven_works_have_the_counts_that_were_compared_with_pajek() -> None:
    """GitHub jfb-h/MainPaths.jl, test/runtests.jl: SPC and SPLC of 12 citations and 11 works, and the total."""
    path = SHARED / "data" / "graphs" / "mainpaths_11_node_graph.json"
    if not path.is_file():
        pytest.skip("the graph of 11 works is not beside the repository (HARVESTER_SHARED)")
    given = json.loads(path.read_text(encoding="utf-8"))
    pairs = [(f"{cited:02}", f"{citing:02}") for cited, citing in given["arcs"]]
    graph = graph_of(pairs)
    for name in ("SPC", "SPLC"):
        weight: Weight = "spc" if name == "SPC" else "splc"
        assert [exact_counts(graph, weight)[pair] for pair in pairs] == given[name]
        assert 10 ** traversal_counts(graph, weight=weight).works == pytest.approx(given[f"{name}_vertex"])
    assert 10 ** traversal_counts(graph).total == pytest.approx(given["total_flow"])
    # The forward path that the same author's CitationNetworks.jl expects of this graph (test/runtests.jl).
    forward = main_path(graph, search="local_forward")
    assert arcs_of(forward) == {("02", "04"), ("04", "06"), ("06", "09"), ("06", "10")}


LIU = ["AC", "CE", "CH", "EG", "GH", "HK", "BC", "BD", "BJ", "DF", "DI", "FH", "FI", "IL", "IM", "JM", "MN"]
"""The example network of the encyclopedia article on main path analysis, which J. S. Liu drew (Wikipedia, Main path
analysis, 2017); a public program has its links, SPC and SPLC in its tests (`test_calculate_spc_correctness`)."""


def liu() -> CitationGraph:
    return graph_of((link[0], link[1]) for link in LIU)


def linked(path: MainPath) -> set[str]:
    return {cited + citing for cited, citing in arcs_of(path)}


def test_the_encyclopedias_example_has_its_counts() -> None:
    """As listed in that program's tests; the article itself states 5 for SPC of B-D and 6 for SPLC of D-F."""
    expected = {
        "spc": [2, 2, 2, 2, 2, 5, 2, 5, 1, 3, 2, 1, 2, 2, 2, 1, 3],
        "splc": [2, 3, 3, 4, 5, 12, 2, 5, 1, 6, 4, 3, 6, 6, 6, 2, 9],
    }
    for weight in WEIGHTS[:2]:
        found = exact_counts(liu(), weight)
        assert [found[link[0], link[1]] for link in LIU] == expected[weight]
    assert (exact_counts(liu(), "spc")["B", "D"], exact_counts(liu(), "splc")["D", "F"]) == (5, 6)


def test_the_encyclopedias_example_has_its_main_paths() -> None:
    """The global path sums to 15; the local one parts at I, where two counts tie; both miss H-K, key routes do not."""
    found = main_path(liu(), exact=True)
    assert linked(found) == {"BD", "DF", "FI", "IM", "MN"}
    assert sum(arc.exact or 0 for arc in found.arcs) == 15
    assert linked(main_path(liu(), search="local_forward")) == {"BD", "DF", "FI", "IL", "IM", "MN"}
    assert linked(main_path(liu(), weight="splc")) == {"BD", "DF", "FI", "IM", "MN"}
    for search in SEARCHES[3:]:
        routes = main_path(liu(), search=search, routes=1)
        assert {arc.cited + arc.citing for arc in routes.arcs if arc.key_route} == {"BD", "HK"}


# -- large counts --------------------------------------------------------------------------------------


def layers(seed: int, *, depth: int, width: int, share: float) -> list[Pair]:
    """A literature of generations, each of which cites a share of the one before it."""
    chance = random.Random(seed)
    found = []
    for level in range(depth - 1):
        for cited, citing in product(range(width), repeat=2):
            if chance.random() < share or cited == citing == 0:
                found.append((f"{level:03}-{cited}", f"{level + 1:03}-{citing}"))
    return found


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("search", SEARCHES)
def test_rounded_counts_lead_where_exact_ones_do(search: Search, weight: Weight) -> None:
    """Through counts of a hundred digits, floats find what integers find, and their sizes to 1e-12.

    What they find besides is reached over a tie that only the digits after the twelfth could break.
    """
    for seed in range(3):
        graph = graph_of(layers(seed, depth=150, width=7, share=0.6))
        rounded, exact = (main_path(graph, search=search, weight=weight, exact=each) for each in (False, True))
        sure = {(arc.cited, arc.citing): arc for arc in exact.arcs}
        assert max(arc.exact or 0 for arc in exact.arcs) > 10**80
        assert arcs_of(exact) <= arcs_of(rounded)
        for arc in rounded.arcs:
            assert arc.exact is None
            if (arc.cited, arc.citing) in sure:
                other = sure[arc.cited, arc.citing]
                assert arc.log10 == pytest.approx(other.log10, rel=1e-12)
                assert arc.share == pytest.approx(other.share, rel=1e-12)
                assert other.log10 == pytest.approx(math.log10(other.exact or 0), rel=1e-14)
        if arcs_of(rounded) != arcs_of(exact):
            assert any(near_ties(graph, weight, onward=onward) for onward in (True, False))


def near_ties(graph: CitationGraph, weight: Weight, *, onward: bool) -> int:
    """At how many works the two highest counts differ, but by less than one part in 10**12."""
    at: dict[str, list[int]] = defaultdict(list)
    for (cited, citing), count in exact_counts(graph, weight).items():
        at[cited if onward else citing].append(count or 0)
    ordered = (sorted(counts, reverse=True) for counts in at.values() if len(counts) > 1)
    return sum(0 < first - second < first // 10**12 for first, second, *_ in ordered)


def test_two_counts_that_differ_in_the_hundredth_digit_tie_only_when_rounded() -> None:
    """A work that adds one path to those of its only reference beats it by one in 10**30, which `exact` sees."""
    rungs = [(f"{rung:03}{a}", f"{rung + 1:03}{b}") for rung in range(100) for a, b in product("ab", repeat=2)]
    graph = graph_of([*rungs, ("100a", "x"), ("100a", "y"), ("x", "y")])
    arcs = [arcs_of(main_path(graph, weight="splc", search="local_backward", exact=exact)) for exact in (False, True)]
    assert ("x", "y") in arcs[0] & arcs[1]
    assert arcs[0] - arcs[1] == {("100a", "y")}


@pytest.mark.parametrize("weight", WEIGHTS)
def test_counts_beyond_every_float_are_counted(weight: Weight) -> None:
    """A ladder of 1,100 rungs has 2**1101 paths, and each citation is on a quarter of them."""
    pairs = [(f"{rung:04}{a}", f"{rung + 1:04}{b}") for rung in range(1_100) for a, b in product("ab", repeat=2)]
    graph = graph_of(pairs)
    found = traversal_counts(graph, weight=weight)
    exact = exact_counts(graph, weight)
    assert found.citations == pytest.approx([math.log10(exact[pair] or 0) for pair in flow_of(graph)], rel=1e-12)
    if weight == "spc":
        assert found.total == pytest.approx(1_101 * math.log10(2), rel=1e-12)
        path = main_path(graph, limit=3_000)
        assert len(path.works) == 2_202
        assert {arc.share for arc in path.arcs} == {0.25}


integers = st.lists(st.integers(0, 2**70), min_size=1, max_size=12)


@given(integers, st.data())
def test_scaled_counts_reckon_like_integers(numbers: list[int], data: st.DataObject) -> None:
    """Sums, products, peaks, order and comparison of `Scaled` are those of Python, exactly so below 2**53."""
    others = data.draw(st.lists(st.integers(0, 2**70), min_size=len(numbers), max_size=len(numbers)))
    starts = np.array(sorted({0, *data.draw(st.lists(st.integers(0, len(numbers) - 1)))}))

    def answers(kind: type[Counts]) -> list[Counts]:
        mine, theirs = (kind.of(np.array(each, dtype=object)) for each in (numbers, others))
        return [mine.plus(theirs), mine.times(theirs), mine.sums(starts), mine.peaks(starts)]

    for near, sure in zip(answers(Scaled), answers(Exact), strict=True):
        assert isinstance(near, Scaled)
        for mantissa, exponent, number in zip(near.mantissa, near.exponent, sure.numbers() or [], strict=True):
            # Beyond 2**53 the numbers that go in are rounded already.
            written = math.ldexp(mantissa, int(exponent))
            assert written == pytest.approx(number, rel=1e-14)
            assert written == number or number >= 2**53
    rounded = Scaled.of(np.array(numbers, dtype=object))
    assert [float(numbers[row]) for row in rounded.falling()] == sorted(map(float, numbers), reverse=True)
    reached = rounded.reaches(Scaled.of(np.array(others, dtype=object)))
    for mine, theirs, reaches in zip(numbers, others, reached.tolist(), strict=True):
        assert reaches == (mine >= theirs) or (theirs >= 2**53 and theirs - mine < 2e-12 * theirs)


# -- cycles --------------------------------------------------------------------------------------------

years_of = st.one_of(st.none(), st.integers(2000, 2003), st.sampled_from([1990, 2015, 2040, MISSING + 1, 2**31 - 1]))


@st.composite
def tangles(draw: st.DrawFn) -> CitationGraph:
    """Graphs of up to 9 works that cite each other in cycles, in years that are wrong or not known."""
    works = "abcdefghi"[: draw(st.integers(0, 9))]
    ends = st.sampled_from(works or "-")
    pairs = draw(st.lists(st.tuples(ends, ends), max_size=25)) if works else []
    return graph_of(pairs, years={work: draw(years_of) for work in works})


def components(pairs: Iterable[Pair]) -> dict[str, int]:
    """The number of each work's strong component."""
    found = nx.strongly_connected_components(nx.DiGraph(list(pairs)))
    return {work: number for number, component in enumerate(found) for work in component}


def dropped_by_the_rule(graph: CitationGraph) -> set[Pair]:
    """What `drop` says it leaves out, tier by tier."""
    year = {
        key: None if number == MISSING else number for key, number in zip(graph.keys, graph.year.tolist(), strict=True)
    }

    def late(work: str) -> tuple[float, str]:
        number = year[work]
        return (math.inf if number is None else number, work)

    def tier(pair: Pair) -> float:
        cited, citing = (year[work] for work in pair)
        return 0.5 if cited is None or citing is None else min(10, cited - citing)

    left, dropped = set(flow_of(graph)), set()
    for at_odds in (*range(10, 0, -1), 0.5, 0):
        component = components(left)
        inside = {pair for pair in left if component[pair[0]] == component[pair[1]]}
        gone = {pair for pair in inside if late(pair[0]) > late(pair[1]) and tier(pair) == at_odds}
        left -= gone
        dropped |= gone
    return dropped


@settings(deadline=None, max_examples=200)
@given(tangles())
def test_citations_are_dropped_by_the_rule_and_no_others(graph: CitationGraph) -> None:
    """What is left has no cycles; each dropped citation lay on a cycle, and cited what came later."""
    found = traversal_counts(graph, cycles="drop")
    dropped = set(found.dropped)
    assert dropped == dropped_by_the_rule(graph)
    assert len(dropped) == len(found.dropped)
    left = [pair for pair in flow_of(graph) if pair not in dropped]
    assert nx.is_directed_acyclic_graph(nx.DiGraph(left))
    component = components(flow_of(graph))
    assert all(component[cited] == component[citing] for cited, citing in dropped)
    assert found.families == ()
    assert [math.isnan(number) for number in found.citations] == [pair in dropped for pair in flow_of(graph)]


@settings(deadline=None, max_examples=200)
@given(tangles(), st.sampled_from(WEIGHTS), st.sampled_from(SEARCHES))
def test_dropping_is_the_analysis_of_what_is_left(graph: CitationGraph, weight: Weight, search: Search) -> None:
    """The counts and the path of a graph with cycles are those of the graph without the dropped citations."""
    path = main_path(graph, search=search, weight=weight, routes=2)
    left = [pair for pair in flow_of(graph) if pair not in set(path.dropped)]
    if not left:
        assert (path.works, path.arcs) == ((), ())
        return
    tried = Tried(left, weight)
    counts = exact_counts(graph, weight)
    assert {pair: count for pair, count in counts.items() if count is not None} == tried.counts
    assert arcs_of(path) == tried.path(search, 2)


@settings(deadline=None, max_examples=200)
@given(tangles(), st.sampled_from(WEIGHTS), st.sampled_from(SEARCHES))
def test_collapsing_is_the_analysis_of_families(graph: CitationGraph, weight: Weight, search: Search) -> None:
    """Strong components become nodes; all works stay, and each citation between families has their count."""
    path = main_path(graph, search=search, weight=weight, routes=2, cycles="collapse")
    pairs = flow_of(graph)
    expected = nx.strongly_connected_components(nx.DiGraph(pairs))
    assert sorted(map(list, path.families)) == sorted(sorted(each) for each in expected if len(each) > 1)
    assert path.dropped == ()
    leader = {work: family[0] for family in path.families for work in family}
    between = sorted(
        {
            pair
            for cited, citing in pairs
            if (pair := (leader.get(cited, cited), leader.get(citing, citing)))[0] != pair[1]
        }
    )
    if not between:
        assert (path.works, path.arcs) == ((), ())
        return
    tried = Tried(between, weight)
    for (cited, citing), count in exact_counts(graph, weight, "collapse").items():
        arc = (leader.get(cited, cited), leader.get(citing, citing))
        assert count == (None if arc[0] == arc[1] else tried.counts[arc])
    chosen = tried.path(search, 2)
    on_path = {work for arc in chosen for work in arc}
    assert set(path.works) == {work for work in graph.keys if leader.get(work, work) in on_path}
    assert arcs_of(path) == {
        (cited, citing) for cited, citing in pairs if (leader.get(cited, cited), leader.get(citing, citing)) in chosen
    }


def test_two_preprints_that_cite_each_other_stay_in_the_order_of_time() -> None:
    """The earlier one keeps its reader; its citation of the later one is left out, and said to be."""
    graph = graph_of([("a", "b"), ("b", "a"), ("b", "c")], years={"a": 2020, "b": 2019, "c": 2021})
    path = main_path(graph)
    assert path.dropped == (("a", "b"),)
    assert (path.works, arcs_of(path)) == (("b", "a", "c"), {("b", "a"), ("b", "c")})
    family = main_path(graph, cycles="collapse")
    assert (family.families, family.works, arcs_of(family)) == ((("a", "b"),), ("b", "a", "c"), {("b", "c")})


def test_citations_between_the_same_families_are_one_arc() -> None:
    """Three citations lead from one family to another: each is listed, and none makes the others count twice."""
    pairs = ["ab", "ba", "cd", "dc", "ac", "bd", "ad", "ce"]
    path = main_path(graph_of((pair[0], pair[1]) for pair in pairs), cycles="collapse", exact=True)
    assert path.families == (("a", "b"), ("c", "d"))
    assert [(arc.cited + arc.citing, arc.exact) for arc in path.arcs] == [("ac", 1), ("ad", 1), ("bd", 1), ("ce", 1)]


# -- the edges -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("cycles", get_args(Cycles))
@pytest.mark.parametrize("search", SEARCHES)
@pytest.mark.parametrize("others", ["", "a", "ab"])
def test_without_citations_there_is_no_path(others: str, search: Search, cycles: Cycles) -> None:
    """The empty graph, one work, and works that nothing links give an empty answer."""
    graph = graph_of([], others=others)
    for exact in (False, True):
        path = main_path(graph, search=search, cycles=cycles, exact=exact)
        assert (path.works, path.arcs, path.total_log10, path.capped) == ((), (), -math.inf, None)
        assert by_year(path) == ()
        assert np.isnan(traversal_counts(graph, cycles=cycles, exact=exact).works).all()


def test_unlinked_works_are_on_no_path_and_count_for_nothing() -> None:
    """Works without citations leave the counts, the path and the total as they are."""
    alone, beside = (graph_of([("b", "d"), ("d", "f")], others=others) for others in ("", "aceg"))
    assert main_path(alone) == main_path(beside)
    works = traversal_counts(beside).works
    assert [math.isnan(number) for number in works] == [key in "aceg" for key in beside.keys]


def test_of_parts_that_are_not_connected_the_heavier_one_has_the_path() -> None:
    """Of a chain of four and a chain of three the first has the larger sum; equal parts are both on the path."""
    four, three = [("a", "b"), ("b", "c"), ("c", "d")], [("p", "q"), ("q", "r")]
    assert arcs_of(main_path(graph_of(four + three))) == set(four)
    assert arcs_of(main_path(graph_of([*four, *three, ("r", "s")]))) == {*four, *three, ("r", "s")}
    both = graph_of(four + three)
    part = both.select([key in "pqr" for key in both.keys])
    assert arcs_of(main_path(part)) == set(three)


@pytest.mark.parametrize("search", SEARCHES)
def test_ties_beyond_the_limit_are_broken_by_keys_and_said_to_be(search: Search) -> None:
    """Twenty works that twenty others cite tie in every citation: within the limit all are given, beyond it one."""
    graph = graph_of(product("ABCDEFGHIJKLMNOPQRST", "abcdefghijklmnopqrst"))
    whole = main_path(graph, search=search, routes=1, limit=40)
    assert (len(whole.works), len(whole.arcs), whole.capped) == (40, 400, None)
    first = main_path(graph, search=search, routes=1, limit=39)
    assert (arcs_of(first), first.capped) == ({("A", "a")}, 40)


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("search", SEARCHES)
def test_the_first_of_tied_paths_is_a_whole_one(search: Search, weight: Weight) -> None:
    """Cut down to one path, or one for each key route, it still leads from sources to sinks within all ties."""
    for seed in range(40):
        pairs = random_dag(random.Random(seed))
        graph, tried = graph_of(pairs), Tried(pairs, weight)
        whole = main_path(graph, search=search, weight=weight, routes=2, limit=100)
        first = main_path(graph, search=search, weight=weight, routes=2, limit=1)
        found = arcs_of(first)
        assert found <= arcs_of(whole)
        assert first.capped == (None if first.works == whole.works else len(whole.works))
        starts, ends = {cited for cited, _ in found}, {citing for _, citing in found}
        assert starts - ends <= tried.sources
        assert ends - starts <= tried.sinks
        if not search.startswith("key"):
            assert len(found) == len(starts) == len(ends) == len(first.works) - 1


def test_a_long_path_without_ties_is_not_cut() -> None:
    """The limit is on ties, not on the length of a path."""
    path = main_path(graph_of(pairwise(f"{number:04}" for number in range(1_200))))
    assert (len(path.works), path.capped) == (1_200, None)


def test_works_come_by_year_then_with_the_flow_then_by_key() -> None:
    """Works without a year are last; within a year the cited one is first, whatever its key."""
    years = {"z": 2000, "y": 2001, "a": 2001, "b": None, "c": 2003, "d": 1999}
    pairs = [("z", "y"), ("y", "a"), ("a", "b"), ("b", "c"), ("b", "d")]
    path = main_path(graph_of(pairs, years=years))
    assert path.works == ("d", "z", "y", "a", "c", "b")
    assert path.years == (1999, 2000, 2001, 2001, 2003, None)
    assert by_year(path) == ((1999, ("d",)), (2000, ("z",)), (2001, ("y", "a")), (2003, ("c",)), (None, ("b",)))
    assert [arc.cited + arc.citing for arc in path.arcs] == ["zy", "ya", "ab", "bd", "bc"]


def test_what_does_not_exist_is_refused() -> None:
    """A misspelt search, weight or treatment, and no routes or works at all, raise ValueError that names it."""
    graph = graph_of([("a", "b")])
    wrong = "brightest"
    refused: list[tuple[dict[str, object], str]] = [
        ({"search": wrong}, wrong),
        ({"weight": wrong}, wrong),
        ({"cycles": wrong}, wrong),
        ({"routes": 0}, "0"),
        ({"limit": 0}, "0"),
    ]
    for options, named in refused:
        with pytest.raises(ValueError, match=named):
            main_path(graph, **options)  # type: ignore[arg-type]  # what the types forbid is what is tried


# -- real literatures ----------------------------------------------------------------------------------

REVIEWS = {"Oud_2018": 4_071, "Jeyaraman_2020": 6_645, "Donners_2021": 801, "Nelson_2002": 364}
"""Systematic reviews of the SYNERGY data set, and how many citations stay within the set of one."""


def review(name: str) -> CitationGraph:
    path = SHARED / "data" / "openalex" / f"{name}_works.jsonl.xz"
    if not path.is_file():
        pytest.skip("the works of the reviews are not beside the repository (HARVESTER_SHARED)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        works = {work["id"]: work for work in map(json.loads, lines)}
    nodes = (Node(key, year=work["publication_year"]) for key, work in works.items())
    said = (Citation(key, cited, ("openalex",)) for key, work in works.items() for cited in work["referenced_works"])
    return build(nodes, (each for each in said if each.cited in works))


@pytest.mark.parametrize("weight", WEIGHTS)
@pytest.mark.parametrize("name", REVIEWS)
def test_real_literatures_have_the_paths_that_networkx_finds(name: str, weight: Weight) -> None:
    """Counts by plain recursion in topological order, and the longest path by networkx, over real citations."""
    graph = review(name)
    assert graph.citations + graph.loops == REVIEWS[name]
    found = main_path(graph, weight=weight, exact=True)
    other = nx.DiGraph([pair for pair in flow_of(graph) if pair not in set(found.dropped)])
    arriving: dict[str, int] = {}
    leaving: dict[str, int] = {}
    for work in nx.topological_sort(other):
        arriving[work] = sum(arriving[each] for each in other.pred[work]) + (weight != "spc" or not other.pred[work])
    for work in reversed(list(nx.topological_sort(other))):
        leaving[work] = sum(leaving[each] for each in other.succ[work]) + (weight == "spnp" or not other.succ[work])
    counts = {(cited, citing): arriving[cited] * leaving[citing] for cited, citing in other.edges}
    assert {pair: count for pair, count in exact_counts(graph, weight).items() if count is not None} == counts
    nx.set_edge_attributes(other, counts, "count")
    heaviest = nx.dag_longest_path_length(other, weight="count")
    longest = nx.dag_longest_path(nx.DiGraph(list(arcs_of(found))))
    assert sum(counts[pair] for pair in pairwise(longest)) == heaviest
    assert set(pairwise(nx.dag_longest_path(other, weight="count"))) <= arcs_of(found)
    for search in SEARCHES:
        exact, rounded = (main_path(graph, search=search, weight=weight, exact=each) for each in (True, False))
        assert (exact.works, arcs_of(exact)) == (rounded.works, arcs_of(rounded))
        years = [math.inf if year is None else year for year in exact.years]
        assert years == sorted(years)


def test_a_strong_component_of_39_works_is_taken_apart_by_11_citations() -> None:
    """Why cycles are broken by default: collapsed, three in five works of the main path are one family."""
    graph = review("Oud_2018")
    collapsed, path = main_path(graph, cycles="collapse"), main_path(graph)
    assert [len(family) for family in collapsed.families] == [39, 2]
    assert (len(path.dropped), len(path.works), len(collapsed.works)) == (11, 24, 62)
    assert set(collapsed.families[0]) < set(collapsed.works)
