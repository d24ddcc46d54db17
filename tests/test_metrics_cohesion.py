"""Cores, components and cycles are those of their definitions and of two other libraries."""

from collections.abc import Iterable

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_metrics import graph_of, graphs, many, review

from graph.build import CitationGraph
from graph.metrics import Cycle, component, core_number, cycles, strong_component

REVIEWS = ["Oud_2018", "Jeyaraman_2020", "Donners_2021", "Nelson_2002"]


def cores(graph: CitationGraph) -> list[int]:
    """Seidman's definition, k by k: take works off while one has fewer than k neighbours left."""
    neighbours = {key: {*graph.cited_by(key), *graph.references(key)} for key in graph.keys}
    found = dict.fromkeys(graph.keys, 0)
    for k in range(1, len(graph)):
        left = set(graph.keys)
        while few := {key for key in left if len(neighbours[key] & left) < k}:
            left -= few
        found.update(dict.fromkeys(left, k))
    return [found[key] for key in graph.keys]


def reachable(graph: CitationGraph, key: str) -> set[str]:
    found, waiting = {key}, [key]
    while waiting:
        for other in graph.references(waiting.pop()):
            if other not in found:
                found.add(other)
                waiting.append(other)
    return found


def numbered(parts: Iterable[Iterable[str]], graph: CitationGraph) -> list[int]:
    """The number of each work's part: the largest first, then by the first key."""
    ranked = sorted({tuple(sorted(part)) for part in parts}, key=lambda part: (-len(part), part[0]))
    number = {key: place for place, part in enumerate(ranked) for key in part}
    return [number[key] for key in graph.keys]


@many
def test_cores_are_what_is_left_when_works_of_few_neighbours_are_gone(graph: CitationGraph) -> None:
    """For every k, by the definition."""
    assert core_number(graph).tolist() == cores(graph)


@settings(deadline=None)
@given(graphs(), st.integers(1, 5))
def test_cores_are_the_same_however_few_neighbours_are_looked_at_together(graph: CitationGraph, block: int) -> None:
    """Blocks only save memory."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.metrics.cohesion.BLOCK", block)
        assert core_number(graph).tolist() == cores(graph)


@pytest.mark.parametrize("name", REVIEWS)
def test_cores_and_components_of_real_reviews(name: str) -> None:
    """igraph and networkx find the same."""
    graph = review(name)
    face = graph.to_networkx()
    expected = nx.core_number(nx.Graph(face))
    assert core_number(graph).tolist() == [expected[key] for key in graph.keys]
    other = igraph.Graph(n=len(graph), edges=[(a, b) for a, b, _, _ in graph.edges()], directed=True)
    other.simplify()
    assert core_number(graph).tolist() == igraph.Graph.coreness(other.as_undirected())
    assert component(graph).tolist() == numbered(nx.weakly_connected_components(face), graph)
    assert strong_component(graph).tolist() == numbered(nx.strongly_connected_components(face), graph)
    sizes = np.bincount(component(graph)).tolist()
    assert sizes == sorted(map(len, other.connected_components(mode="weak")), reverse=True)


@many
def test_components_are_numbered_by_size_and_first_key(graph: CitationGraph) -> None:
    """By reachability alone: both ways for the weak ones, there and back for the strong ones."""
    leads = {key: reachable(graph, key) for key in graph.keys}
    strong = [[other for other in graph.keys if other in leads[key] and key in leads[other]] for key in graph.keys]
    assert strong_component(graph).tolist() == numbered(strong, graph)
    joined = {key: leads[key] | {other for other in graph.keys if key in leads[other]} for key in graph.keys}
    for _ in graph.keys:
        joined = {key: set().union(*(joined[other] for other in some)) for key, some in joined.items()}
    assert component(graph).tolist() == numbered(joined.values(), graph)


@many
def test_cycles_are_the_parts_where_citations_lead_round(graph: CitationGraph) -> None:
    """Every work that leads back to itself is in one, with the citations inside; without them nothing leads round."""
    found = cycles(graph)
    parts = [part for part in nx.strongly_connected_components(graph.to_networkx()) if len(part) > 1]
    expected = sorted(map(sorted, parts), key=lambda part: (-len(part), part[0]))
    assert [list(cycle.works) for cycle in found] == expected
    for cycle in found:
        inside = [(a, b) for a in cycle.works for b in graph.references(a) if b in cycle.works]
        assert list(cycle.citations) == sorted(inside)
    rest = graph.to_networkx()
    rest.remove_edges_from(pair for cycle in found for pair in cycle.citations)
    assert nx.is_directed_acyclic_graph(rest)


def test_works_that_cite_each_other_are_a_cycle_and_neighbours_once() -> None:
    """As companion papers in one issue do."""
    graph = graph_of(3, [(0, 1), (1, 0), (2, 0)])
    pair = ("000000", "000001")
    assert cycles(graph) == (Cycle(works=pair, citations=(pair, pair[::-1])),)
    assert core_number(graph).tolist() == [1, 1, 1]


def test_the_empty_graph_has_no_parts() -> None:
    """And no cycles."""
    assert component(graph_of(0, [])).tolist() == []
    assert cycles(graph_of(0, [])) == ()


def test_a_long_chain_is_peeled_from_its_ends() -> None:
    """A thousand rounds, and one core."""
    chain = [(number + 1, number) for number in range(1_999)]
    assert core_number(graph_of(2_000, chain)).tolist() == [1] * 2_000
