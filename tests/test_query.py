"""Plain questions to the graph have the answers that counting by hand gives."""

from collections.abc import Iterable

import networkx as nx
import pytest
from hypothesis import given
from hypothesis import strategies as st

from graph.build import CitationGraph, build
from graph.query import Direction, common, neighbours, shortest_paths
from harvester.model import Citation, Node

DIRECTIONS: tuple[Direction, ...] = ("backward", "forward", "both")


def graph_of(size: int, pairs: Iterable[tuple[int, int]]) -> CitationGraph:
    return build([Node(f"w{row}") for row in range(size)], [Citation(f"w{a}", f"w{b}", ()) for a, b in pairs])


@st.composite
def graphs(draw: st.DrawFn) -> tuple[CitationGraph, nx.DiGraph]:
    """A small graph, cycles and all, and the same for networkx."""
    size = draw(st.integers(1, 9))
    number = st.integers(0, size - 1)
    pairs = draw(st.lists(st.tuples(number, number), max_size=25))
    graph = graph_of(size, pairs)
    return graph, graph.to_networkx()


def turned(face: nx.DiGraph, direction: Direction) -> nx.DiGraph | nx.Graph:
    return {"backward": lambda: face, "forward": face.reverse, "both": face.to_undirected}[direction]()


@given(graphs(), st.sampled_from(DIRECTIONS), st.integers(1, 4))
def test_neighbours_are_those_within_the_distance(
    both: tuple[CitationGraph, nx.DiGraph], direction: Direction, depth: int
) -> None:
    graph, face = both
    for key in graph.keys:
        expected = nx.single_source_shortest_path_length(turned(face, direction), key, cutoff=depth)
        found = neighbours(graph, key, depth=depth, direction=direction)
        assert found == {other: distance for other, distance in expected.items() if other != key}
        assert list(found) == sorted(found, key=lambda other: (found[other], other))


@given(graphs(), st.sampled_from(DIRECTIONS))
def test_the_shortest_paths_are_all_and_only_those(
    both: tuple[CitationGraph, nx.DiGraph], direction: Direction
) -> None:
    graph, face = both
    view = turned(face, direction)
    for source in graph.keys:
        for target in graph.keys:
            found = shortest_paths(graph, source, target, direction=direction, most=10_000)
            expected = (
                sorted(map(tuple, nx.all_shortest_paths(view, source, target)))
                if nx.has_path(view, source, target)
                else []
            )
            assert list(found.paths) == expected
            assert found.count == len(expected)
            assert not found.is_capped
            assert found.length == (len(expected[0]) - 1 if expected else None)


def test_too_many_paths_are_counted_and_not_all_listed() -> None:
    """Forty diamonds in a row have 2 ** 40 shortest ways through them."""
    pairs = []
    for step in range(40):
        top = 3 * step
        pairs += [(top, top + 1), (top, top + 2), (top + 1, top + 3), (top + 2, top + 3)]
    graph = graph_of(121, pairs)
    found = shortest_paths(graph, "w0", "w120", direction="backward", most=5)
    assert found.count == 2**40
    assert len(found.paths) == 5
    assert found.is_capped
    assert list(found.paths) == sorted(found.paths)


def test_a_long_way_is_walked_without_recursion() -> None:
    graph = build(
        [Node(f"w{n:05}") for n in range(5_000)], [Citation(f"w{n + 1:05}", f"w{n:05}", ()) for n in range(4_999)]
    )
    assert shortest_paths(graph, "w04999", "w00000", direction="backward").length == 4_999
    assert shortest_paths(graph, "w00000", "w04999", direction="backward").paths == ()


@given(graphs())
def test_what_two_works_share_is_the_intersection(both: tuple[CitationGraph, nx.DiGraph]) -> None:
    graph, face = both
    for one in graph.keys:
        for other in graph.keys:
            shared = common(graph, one, other)
            assert shared.cited_by_both == tuple(sorted(set(face.successors(one)) & set(face.successors(other))))
            assert shared.citing_both == tuple(sorted(set(face.predecessors(one)) & set(face.predecessors(other))))


def test_an_unknown_key_is_a_key_error() -> None:
    graph = graph_of(2, [(0, 1)])
    for ask in (
        lambda: neighbours(graph, "x"),
        lambda: shortest_paths(graph, "w0", "x"),
        lambda: common(graph, "x", "w0"),
    ):
        with pytest.raises(KeyError):
            ask()
