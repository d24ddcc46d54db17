"""Plain questions to the citation graph: what is near a work, how two works are connected, what they share.

Links may be followed backward (to what a work cites), forward (to what cites it) or both ways. Answers are keys of
works in an order that depends on the graph alone.
"""

from collections.abc import Collection, Iterator
from dataclasses import dataclass
from itertools import islice
from typing import Any, Literal, TypeAlias

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph

__all__ = ["Common", "Direction", "Paths", "common", "neighbours", "ranked", "shortest_paths"]

Direction: TypeAlias = Literal["backward", "forward", "both"]
"""To the works that a work cites, to those that cite it, or either."""

Rows: TypeAlias = NDArray[np.int64]

OPPOSITE: dict[Direction, Direction] = {"backward": "forward", "forward": "backward", "both": "both"}

NOT_REACHED = -1


@dataclass(frozen=True)
class Paths:
    """The shortest ways from one work to another.

    Each path is a tuple of keys, both ends included; paths are in the order of their keys. `count` is how many there
    are, of which `paths` holds the first ones; there are none where no way leads from one to the other.
    """

    paths: tuple[tuple[str, ...], ...]
    count: int

    @property
    def length(self) -> int | None:
        """The number of citations on each path; None where there is none."""
        return len(self.paths[0]) - 1 if self.paths else None

    @property
    def is_capped(self) -> bool:
        """True when not all paths are held."""
        return len(self.paths) < self.count


@dataclass(frozen=True)
class Common:
    """What two works share: the works that both cite, and the works that cite both."""

    cited_by_both: tuple[str, ...]
    citing_both: tuple[str, ...]


def neighbours(graph: CitationGraph, key: str, *, depth: int = 1, direction: Direction = "both") -> dict[str, int]:
    """Give the works within so many citations of this one, each with its distance: nearest first, then by key.

    The work itself is left out. Raises `KeyError` for a key that is not in the graph.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> chain = build([Node("a"), Node("b"), Node("c")], [Citation("b", "a", ()), Citation("c", "b", ())])
    >>> neighbours(chain, "a", depth=2), neighbours(chain, "a", direction="backward")
    ({'b': 1, 'c': 2}, {})
    """
    start = graph.position(key)
    search = _Search(graph, start, direction)
    while search.reach < depth and len(search.frontier):
        search.step()
    distances = search.distances
    reached = np.flatnonzero(distances > 0)
    ordered = reached[np.argsort(distances[reached], kind="stable")]
    return {graph.keys[row]: int(distances[row]) for row in ordered}


def shortest_paths(
    graph: CitationGraph, source: str, target: str, *, direction: Direction = "both", most: int = 100
) -> Paths:
    """Give the shortest ways from one work to another, up to `most` of them, and how many there are in all.

    `backward` leads from a work to what it cites, and on. A work is its own shortest way to itself. Raises
    `KeyError` for a key that is not in the graph.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation("d", "b", ()), Citation("d", "c", ()), Citation("b", "a", ()), Citation("c", "a", ())]
    >>> shortest_paths(build([Node(key) for key in "abcd"], said), "d", "a", direction="backward").paths
    (('d', 'b', 'a'), ('d', 'c', 'a'))
    """
    start, end = graph.position(source), graph.position(target)
    if start == end:
        return Paths(((source,),), 1)
    layers = _layers(graph, start, end, direction)
    if not layers:
        return Paths((), 0)
    level = np.full(len(graph), NOT_REACHED, dtype=np.int32)
    for number, rows in enumerate(layers):
        level[rows] = number
    count = _counted(graph, layers, level, direction)
    walked = islice(_walked(graph, level, start, end, direction), most)
    return Paths(tuple(tuple(graph.keys[row] for row in rows) for rows in walked), count)


def ranked(
    graph: CitationGraph, values: NDArray[Any], *, limit: int, among: Collection[str] | None = None
) -> list[tuple[str, int | float]]:
    """Give the works with the largest values, each with its value; ties by key, works without a value left out.

    `values` are aligned with the keys of the graph, as measures are; NaN is no value. `among` are the keys that may be
    listed, None for all.

    >>> from graph.build import build
    >>> from harvester.model import Node
    >>> ranked(build([Node("a"), Node("b"), Node("c")], []), np.array([1.0, np.nan, 2.5]), limit=5)
    [('c', 2.5), ('a', 1.0)]
    """
    numbers = values.astype(np.float64)
    known = np.flatnonzero(~np.isnan(numbers))
    rows: list[int] = known[np.argsort(-numbers[known], kind="stable")].tolist()
    chosen = (row for row in rows if among is None or graph.keys[row] in among)
    return [(graph.keys[row], values[row].item()) for row in islice(chosen, limit)]


def common(graph: CitationGraph, first: str, second: str) -> Common:
    """Give what two works both cite, and what cites both, by key. Raises `KeyError` for an unknown key."""
    one, other = graph.position(first), graph.position(second)
    return Common(
        cited_by_both=_keys(graph, np.intersect1d(_row(graph, one, "backward"), _row(graph, other, "backward"))),
        citing_both=_keys(graph, np.intersect1d(_row(graph, one, "forward"), _row(graph, other, "forward"))),
    )


def _keys(graph: CitationGraph, rows: Rows) -> tuple[str, ...]:
    return tuple(graph.keys[row] for row in rows)


def _row(graph: CitationGraph, row: int, direction: Direction) -> Rows:
    """The works one step from a work, each once, ascending."""
    found, _ = _around(graph, np.array([row]), direction)
    return np.unique(found).astype(np.int64)


def _around(graph: CitationGraph, rows: Rows, direction: Direction) -> tuple[NDArray[np.int32], Rows]:
    """The works one step from each of these, and beside each the place of the work that it is one step from.

    A work stands twice where two cite each other and either way is gone.
    """
    found, owners = [], []
    for indptr, indices, wanted in (
        (graph.out_indptr, graph.out_indices, direction != "forward"),
        (graph.in_indptr, graph.in_indices, direction != "backward"),
    ):
        if wanted:
            lengths = indptr[rows + 1] - indptr[rows]
            ends = np.cumsum(lengths)
            places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(indptr[rows] - ends + lengths, lengths)
            found.append(indices[places])
            owners.append(np.repeat(np.arange(len(rows)), lengths))
    return np.concatenate(found), np.concatenate(owners)


class _Search:
    """How far works are from one, a step at a time."""

    def __init__(self, graph: CitationGraph, start: int, direction: Direction) -> None:
        self.graph, self.direction = graph, direction
        self.reach = 0
        self.distances = np.full(len(graph), NOT_REACHED, dtype=np.int32)
        self.distances[start] = 0
        self.frontier: Rows = np.array([start], dtype=np.int64)

    def step(self) -> None:
        """Reach the works one step farther."""
        found, _ = _around(self.graph, self.frontier, self.direction)
        self.reach += 1
        self.distances[found[self.distances[found] == NOT_REACHED]] = self.reach
        # One pass over all works, where sorting what was found would take far longer.
        self.frontier = np.flatnonzero(self.distances == self.reach)


def _layers(graph: CitationGraph, start: int, end: int, direction: Direction) -> list[Rows]:
    """The works on the shortest ways, by their distance from the start; nothing where no way leads to the end.

    Searched from both ends, each time on from the one with fewer works at its border: where distances are a few
    steps, this never sees most of the graph (I. Pohl, Bi-directional search, Machine Intelligence 6, 1971).
    """
    one, other = _Search(graph, start, direction), _Search(graph, end, OPPOSITE[direction])
    while True:
        near = one if len(one.frontier) <= len(other.frontier) else other
        near.step()
        if not len(near.frontier):
            return []
        far = other if near is one else one
        met = near.frontier[far.distances[near.frontier] != NOT_REACHED]
        if len(met):
            break
    before, after = [met], [met]
    for search, layers in ((one, before), (other, after)):
        for distance in range(search.reach - 1, -1, -1):
            found, _ = _around(graph, layers[-1], OPPOSITE[search.direction])
            layers.append(np.unique(found[search.distances[found] == distance]).astype(np.int64))
    return [*reversed(before), *after[1:]]


def _counted(graph: CitationGraph, layers: list[Rows], level: NDArray[np.int32], direction: Direction) -> int:
    """How many ways lead through these layers from the first to the last, each by one work of each."""
    counts = np.zeros(len(graph), dtype=object)
    counts[layers[-1]] = 1
    for number in range(len(layers) - 2, -1, -1):
        rows = layers[number]
        found, owners = _around(graph, rows, direction)
        onward = level[found] == number + 1
        steps = np.unique(owners[onward] * len(graph) + found[onward])
        # Whole numbers of any size: the ways double with every step that has a choice of two.
        owners, following = np.divmod(steps, len(graph))
        starts = np.flatnonzero(np.diff(owners, prepend=-1))
        counts[rows[owners[starts]]] = np.add.reduceat(counts[following], starts)
    return int(counts[layers[0][0]])


def _walked(
    graph: CitationGraph, level: NDArray[np.int32], start: int, end: int, direction: Direction
) -> Iterator[list[int]]:
    """Every way from start to end by works of rising levels, in the order of its rows, without recursion."""

    def onward(row: int) -> Iterator[int]:
        around = _row(graph, row, direction)
        following: list[int] = around[level[around] == level[row] + 1].tolist()
        return iter(following)

    path, choices = [start], [onward(start)]
    while choices:
        row = next(choices[-1], None)
        if row is None:
            choices.pop()
            path.pop()
        elif row == end:
            yield [*path, row]
        else:
            path.append(row)
            choices.append(onward(row))
