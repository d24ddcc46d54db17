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
    distances = _distances(graph, start, direction, depth=depth)
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
    distances = _distances(graph, start, direction, until=end)
    if distances[end] == NOT_REACHED:
        return Paths((), 0)
    steps = _steps(graph, distances, end, direction)
    counts = _counted(steps, end)
    found: list[tuple[str, ...]] = []
    for rows in _walked(steps, start, end):
        if len(found) == most:
            break
        found.append(tuple(graph.keys[row] for row in rows))
    return Paths(tuple(found), counts[start])


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
    """The works one step from a work."""
    return _rows(graph, np.array([row]), direction)


def _rows(graph: CitationGraph, rows: Rows, direction: Direction) -> Rows:
    """The works one step from any of these, each once, ascending."""
    found = []
    if direction != "forward":
        found.append(_gathered(graph.out_indptr, graph.out_indices, rows))
    if direction != "backward":
        found.append(_gathered(graph.in_indptr, graph.in_indices, rows))
    return np.unique(np.concatenate(found)).astype(np.int64)


def _gathered(indptr: NDArray[np.int64], indices: NDArray[np.int32], rows: Rows) -> NDArray[np.int32]:
    """The entries of several rows of a compressed matrix, one after the other."""
    starts, lengths = indptr[rows], indptr[rows + 1] - indptr[rows]
    ends = np.cumsum(lengths)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(starts - ends + lengths, lengths)
    found: NDArray[np.int32] = indices[places]
    return found


def _distances(
    graph: CitationGraph, start: int, direction: Direction, *, depth: int | None = None, until: int | None = None
) -> NDArray[np.int32]:
    """How far every work is, up to a depth or until a work is reached; `NOT_REACHED` beyond."""
    distances = np.full(len(graph), NOT_REACHED, dtype=np.int32)
    distances[start] = 0
    frontier: Rows = np.array([start], dtype=np.int64)
    distance = 0
    while len(frontier) and distance != depth and (until is None or distances[until] == NOT_REACHED):
        distance += 1
        reached = _rows(graph, frontier, direction)
        frontier = reached[distances[reached] == NOT_REACHED]
        distances[frontier] = distance
    return distances


def _steps(graph: CitationGraph, distances: NDArray[np.int32], end: int, direction: Direction) -> dict[int, list[int]]:
    """From each work on a shortest way to the end, the works that may come next, ascending."""
    opposite: dict[Direction, Direction] = {"backward": "forward", "forward": "backward", "both": "both"}
    steps: dict[int, list[int]] = {}
    here: Rows = np.array([end], dtype=np.int64)
    for distance in range(int(distances[end]) - 1, -1, -1):
        before: set[int] = set()
        for row in here.tolist():
            around = _row(graph, row, opposite[direction])
            for previous in around[distances[around] == distance].tolist():
                steps.setdefault(previous, []).append(row)
                before.add(previous)
        here = np.array(sorted(before), dtype=np.int64)
    return steps


def _counted(steps: dict[int, list[int]], end: int) -> dict[int, int]:
    """How many shortest ways lead from each of these works to the end; `steps` holds the nearest to the end first."""
    counts = {end: 1}
    for row, following in steps.items():
        counts[row] = sum(counts[each] for each in following)
    return counts


def _walked(steps: dict[int, list[int]], start: int, end: int) -> Iterator[list[int]]:
    """Every way from start to end, in the order of its rows, without recursion."""
    path, choices = [start], [iter(steps[start])]
    while choices:
        row = next(choices[-1], None)
        if row is None:
            choices.pop()
            path.pop()
        elif row == end:
            yield [*path, row]
        else:
            path.append(row)
            choices.append(iter(steps[row]))
