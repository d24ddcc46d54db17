"""What every graph file shows: nodes with attributes, edges with facts, and how they look.

A citation graph and a network of pairs become the same `Drawing`, so that each format is written once. Values
are text already, in the form that most formats take as it stands: whole numbers and numbers in nine digits,
`true` and `false`, and nothing where nothing is known. Edges are handed out in blocks, so that what a writer
keeps does not grow with their number.
"""

from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any, Literal, NamedTuple, TypeVar

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.build import MISSING, CitationGraph
from graph.export.palette import Colour, colour
from graph.export.text import clean, distinct, integer, one_line, real, truth
from graph.metrics import WRITTEN
from graph.similarity import Network

__all__ = [
    "Attribute",
    "Drawing",
    "EdgeTexts",
    "Texts",
    "Type",
    "citation_drawing",
    "network_drawing",
    "unit_square",
    "with_attributes",
]

Type = Literal["string", "int", "double", "boolean"]
Rendered = TypeVar("Rendered")
Block = tuple[NDArray[np.int64], NDArray[np.int32], int, int]

BLOCK = 1 << 14
NODES = 1 << 8
LABEL_LENGTH = 40
SMALLEST, LARGEST = 4.0, 40.0
"""The sizes of nodes, in the unit of the positions."""


class Texts:
    """What an attribute says of each node, None where nothing: asked by row, or by rows, which costs far less."""

    __slots__ = ("_held", "_low", "_say")

    def __init__(self, say: Callable[[range], Sequence[str | None]]) -> None:
        """Make them of a function that gives the texts of some rows, fewer where rows end."""
        self._say = say
        self._low = 0
        self._held: Sequence[str | None] = ()

    def of(self, rows: range) -> Sequence[str | None]:
        """The texts of these rows."""
        return self._say(rows)

    def __call__(self, row: int) -> str | None:
        """The text of one row; the rows beside it will be asked for next."""
        if not 0 <= row - self._low < len(self._held):
            self._low = row - row % NODES
            self._held = self._say(range(self._low, self._low + NODES))
        return self._held[row - self._low]


class Attribute(NamedTuple):
    """An attribute of the nodes: its name, its type, and its texts."""

    name: str
    type: Type
    text: Texts


class EdgeTexts(NamedTuple):
    """An edge in words: its weight, positive, and its value of each of the edges' attributes."""

    weight: str
    values: tuple[str | None, ...]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Drawing:
    """A graph as it is to be written. Every column is aligned with `keys`; the arrays are not changed."""

    keys: Sequence[str]
    """The ids of the nodes: distinct, on one line, not empty, without control characters."""
    attributes: tuple[Attribute, ...]
    """In the order in which they are written. The first is `label`, which every node has."""
    directed: bool
    weighted: bool
    """Whether the weights of the edges differ; where not, each is 1 and files leave it out if they can."""
    indptr: NDArray[np.int64]
    targets: NDArray[np.int32]
    """The edges by their source, as compressed sparse rows; in an undirected drawing, each edge once."""
    edge_attributes: dict[str, Type]
    facts: Callable[[NDArray[np.int64], int, int], Sequence[Hashable]]
    """What there is to say of the edges from one place to another, whose sources are given; the same for like edges."""
    describe: Callable[[Any], EdgeTexts]
    """One of the `facts` in words."""
    prominence: NDArray[np.int64]
    """What the sizes show: citations by works of the graph, or occurrences."""
    year: NDArray[np.int32] | None = None
    """When a node came to be, `MISSING` where not known; None where nodes have no time."""
    positions: NDArray[np.float64] | None = None
    """x and y of each node."""
    community: NDArray[np.int64] | None = None
    """The number of each node's community, from 0; negative for none."""
    community_labels: tuple[str, ...] = ()
    node_kind: str = "Node"
    edge_kind: str = "LINKED_TO"

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def label(self) -> Callable[[int], str]:
        """The label of a row."""
        text, keys = self.attributes[0].text, self.keys
        return lambda row: text(row) or keys[row]

    @property
    def sizes(self) -> NDArray[np.float64]:
        """The diameter of each node: its area grows with what it shows."""
        largest = int(self.prominence.max(initial=1))
        return np.asarray(SMALLEST + (LARGEST - SMALLEST) * np.sqrt(self.prominence / largest))

    @property
    def colours(self) -> list[Colour] | None:
        """The colour of each node's community; None when there are no communities."""
        return None if self.community is None else [colour(number) for number in self.community.tolist()]

    def blocks(self) -> Iterator[Block]:
        """The edges in order: their sources, their targets, and from which place to which they stand."""
        for start in range(0, len(self.targets), BLOCK):
            stop = min(start + BLOCK, len(self.targets))
            sources = np.searchsorted(self.indptr, np.arange(start, stop), side="right") - 1
            yield sources, self.targets[start:stop], start, stop

    def edges(self, render: Callable[[EdgeTexts], Rendered]) -> Iterator[Iterator[tuple[int, int, Rendered]]]:
        """The edges in order, in blocks, each as (source, target, what `render` makes of its texts)."""
        for sources, targets, start, stop in self.blocks():
            facts = self.facts(sources, start, stop)
            # Like edges are many: their texts are made once a block.
            known = {fact: render(self.describe(fact)) for fact in dict.fromkeys(facts)}
            yield zip(sources.tolist(), targets.tolist(), map(known.__getitem__, facts), strict=True)

    def joined(self, sources: NDArray[np.integer[Any]], targets: NDArray[np.integer[Any]]) -> NDArray[np.bool_]:
        """Whether there is an edge from each source to its target: all of them are sought at once, by bisection."""
        low, high = self.indptr[sources], self.indptr[sources + 1]
        end = high.copy()
        while np.any(low < high):
            middle = (low + high) // 2
            # Where the search has ended, the place looked at may be past the last edge.
            below = (low < high) & (self.targets[np.minimum(middle, len(self.targets) - 1)] < targets)
            low, high = np.where(below, middle + 1, low), np.where(below, high, np.minimum(high, middle))
        inside = low < end
        inside[inside] = self.targets[low[inside]] == targets[inside]
        return np.asarray(inside, dtype=np.bool_)


def citation_drawing(
    graph: CitationGraph,
    *,
    community: ArrayLike | None = None,
    community_labels: Sequence[str] = (),
    positions: ArrayLike | None = None,
) -> Drawing:
    """Draw the works and citations: the size of a work is its citations by other works of the graph.

    `community` has a number from 0 for each work, or a negative one for none, as `graph.communities` gives it;
    `community_labels` the name of each. Raises ValueError when a column has not one place for each work, and
    for positions that are not finite.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> graph = build([Node("a"), Node("b")], [Citation("b", "a", ("crossref",))])
    >>> drawing = citation_drawing(graph, community=[0, 0])
    >>> drawing.directed, drawing.sizes.tolist(), [attribute.name for attribute in drawing.attributes][-1]
    (True, [40.0, 4.0], 'community')
    """
    groups, places = _checked(len(graph), community, positions)

    def facts(sources: NDArray[np.int64], start: int, stop: int) -> Sequence[Hashable]:
        later, earlier = graph.year[sources].astype(np.int64), graph.year[graph.out_indices[start:stop]]
        unknown = (later == MISSING) | (earlier == MISSING)
        lag = np.where(unknown, MISSING, later - earlier)
        return list(zip(graph.edge_sources[start:stop].tolist(), lag.tolist(), strict=True))

    def describe(fact: tuple[int, int]) -> EdgeTexts:
        names = graph.names_in(fact[0])
        return EdgeTexts("1", (clean("; ".join(names)), str(len(names)), integer(fact[1])))

    return Drawing(
        keys=graph.keys,
        attributes=(*_of_works(graph), *_of_communities(groups, community_labels)),
        directed=True,
        weighted=False,
        indptr=graph.out_indptr,
        targets=graph.out_indices,
        # Of each citation: who knows it, how many they are, and the years from the cited work to the citing one.
        edge_attributes={"sources": "string", "n_sources": "int", "lag": "int"},
        facts=facts,
        describe=describe,
        prominence=np.diff(graph.in_indptr),
        year=graph.year,
        positions=places,
        community=groups,
        community_labels=tuple(community_labels),
        node_kind="Work",
        edge_kind="CITES",
    )


def network_drawing(
    network: Network,
    *,
    graph: CitationGraph | None = None,
    names: Mapping[str, str] | None = None,
    community: ArrayLike | None = None,
    community_labels: Sequence[str] = (),
    positions: ArrayLike | None = None,
) -> Drawing:
    """Draw a network of pairs, undirected: the size of a node is its occurrences.

    Where its keys are works of `graph`, they have the label and the attributes of the works; authors and
    keywords have their name in `names` for a label, or else themselves. A key that could not be an id in every
    file (names of authors come from strangers) is cleaned, and numbered if another is the same then. Raises
    ValueError as `citation_drawing` does.
    """
    groups, places = _checked(len(network), community, positions)
    keys = tuple(distinct([one_line(clean(key) or "") or "?" for key in network.keys]))
    row_of = {} if graph is None else dict(zip(graph.keys, range(len(graph)), strict=True))
    rows = [row_of.get(key, -1) for key in network.keys]
    works = () if graph is None or max(rows, default=-1) < 0 else _of_works(graph)
    links, strength = network.links.tolist(), network.total_strength.tolist()
    occurrences = network.occurrences.tolist()

    def facts(_: NDArray[np.int64], start: int, stop: int) -> Sequence[Hashable]:
        return list(zip(network.weights[start:stop].tolist(), network.counts[start:stop].tolist(), strict=True))

    indptr = np.zeros(len(network) + 1, dtype=np.int64)
    np.cumsum(np.bincount(network.first, minlength=len(network)), out=indptr[1:])
    year = None
    if graph is not None and works:
        year = np.full(len(network), MISSING, dtype=np.int32)
        found = np.array(rows)
        year[found >= 0] = graph.year[found[found >= 0]]
    return Drawing(
        keys=keys,
        attributes=(
            Attribute("label", "string", _short_label(_named(network, names or {}, keys), rows, works)),
            *(_moved(attribute, rows) for attribute in works[1:]),
            Attribute("occurrences", "int", _each(len(keys), lambda row: integer(occurrences[row]))),
            Attribute("links", "int", _each(len(keys), lambda row: integer(links[row]))),
            Attribute("total_link_strength", "double", _each(len(keys), lambda row: real(strength[row]))),
            *_of_communities(groups, community_labels),
        ),
        directed=False,
        weighted=True,
        indptr=indptr,
        targets=network.second,
        # Of each link: how many things the two share, whatever the measure that made the weight.
        edge_attributes={"count": "int"},
        facts=facts,
        describe=lambda fact: EdgeTexts(real(fact[0]) or "1", (integer(fact[1]),)),
        prominence=network.occurrences,
        year=year,
        positions=places,
        community=groups,
        community_labels=tuple(community_labels),
        node_kind="Work" if works else "Node",
    )


def _checked(
    size: int, community: ArrayLike | None, positions: ArrayLike | None
) -> tuple[NDArray[np.int64] | None, NDArray[np.float64] | None]:
    """The columns that were given, as arrays; raises ValueError for those that do not fit."""
    groups = None if community is None else np.asarray(community)
    if groups is not None and (groups.shape != (size,) or (size and groups.dtype.kind not in "iu")):
        raise ValueError(f"communities are one whole number for each of the {size} nodes")
    places = None if positions is None else np.asarray(positions, dtype=np.float64)
    if places is not None and not size:
        places = places.reshape(0, 2)
    if places is not None and (places.shape != (size, 2) or not np.isfinite(places).all()):
        raise ValueError(f"positions are two finite numbers for each of the {size} nodes")
    return None if groups is None else groups.astype(np.int64), places


def with_attributes(drawing: Drawing, added: Mapping[str, tuple[Type, Sequence[str | None]]]) -> Drawing:
    """Give a drawing more attributes, behind its own: each with its type, and a text or None for each node in order.

    Raises `ValueError` for a name that the drawing has already, and for a column of another length.
    """
    taken = {each.name for each in drawing.attributes}
    columns = []
    for name, (kind, values) in added.items():
        if name in taken or len(values) != len(drawing):
            raise ValueError(f"{name} is there already, or not a text for each of the {len(drawing)} nodes")
        texts = [value if value is None else clean(value) for value in values]
        columns.append(Attribute(name, kind, Texts(lambda rows, texts=texts: texts[rows.start : rows.stop])))  # type: ignore[misc]  # bound at once
    return replace(drawing, attributes=(*drawing.attributes, *columns))


def unit_square(positions: NDArray[np.float64]) -> NDArray[np.float64]:
    """The positions within the unit square, in their own proportions and in its middle.

    >>> unit_square(np.array([[-10.0, 0.0], [10.0, 10.0]])).tolist()
    [[0.0, 0.25], [1.0, 0.75]]
    """
    if not len(positions):
        return positions
    # Halved first: the difference of two large numbers may be no number any more.
    halves = positions / 2
    low, high = halves.min(axis=0), halves.max(axis=0)
    reach = float((high - low).max()) or 1.0
    return np.asarray((halves - (low / 2 + high / 2)) / reach + 0.5)


# -- attributes ------------------------------------------------------------------


def _of_works(graph: CitationGraph) -> tuple[Attribute, ...]:
    """The attributes of works; after `cited_by_count` come the metrics that are registered as written."""

    def attribute(name: str, kind: Type, column: Sequence[Any] | NDArray[Any], say: Callable[[Any], str | None]) -> Any:
        return Attribute(name, kind, Texts(lambda rows: list(map(say, _items(column, rows)))))

    return (
        # First, because Gephi has taken a later one for a colour (gephi issues 1719 and 1840).
        Attribute("label", "string", Texts(lambda rows: _labels(graph, rows))),
        attribute("title", "string", graph.title, clean),
        attribute("year", "int", graph.year, integer),
        attribute("doi", "string", graph.doi, clean),
        attribute("openalex", "string", graph.openalex, clean),
        attribute("type", "string", graph.type, clean),
        attribute("venue", "string", graph.venue, clean),
        attribute("first_author", "string", graph.first_author, clean),
        attribute("cited_by_count", "int", graph.cited_by_count, integer),
        *(_measured(name, values, attribute) for name, values in ((name, WRITTEN[name](graph)) for name in WRITTEN)),
        attribute("sources", "string", graph.sources, lambda names: clean("; ".join(names))),
        attribute("is_retracted", "boolean", graph.is_retracted, truth),
        attribute("is_open_access", "boolean", graph.is_open_access, truth),
        attribute("only_cited", "boolean", graph.only_cited, truth),
    )


def _measured(name: str, values: NDArray[Any], attribute: Callable[..., Any]) -> Any:
    """A metric as an attribute."""
    return (
        attribute(name, "double", values, real) if values.dtype.kind == "f" else attribute(name, "int", values, integer)
    )


def _items(column: Sequence[Any] | NDArray[Any], rows: range) -> Sequence[Any]:
    """Some items of a column, as Python has them."""
    some = column[rows.start : rows.stop]
    return some.tolist() if isinstance(some, np.ndarray) else some


def _each(size: int, text: Callable[[int], str | None]) -> Texts:
    """Texts that are made one by one."""
    return Texts(lambda rows: [text(row) for row in range(rows.start, min(rows.stop, size))])


def _of_communities(groups: NDArray[np.int64] | None, labels: Sequence[str]) -> tuple[Attribute, ...]:
    """The number of a node's community and, where communities have names, its name."""
    if groups is None:
        return ()

    def name(row: int) -> str | None:
        return clean(labels[groups[row]]) if 0 <= groups[row] < len(labels) else None

    numbers = Texts(lambda rows: [integer(each) if each >= 0 else None for each in _items(groups, rows)])
    number = Attribute("community", "int", numbers)
    return (number, Attribute("community_label", "string", _each(len(groups), name))) if labels else (number,)


def _moved(attribute: Attribute, rows: list[int]) -> Attribute:
    """An attribute of works for the nodes that stand for them; a negative row is no work."""
    return attribute._replace(text=_each(len(rows), lambda row: attribute.text(rows[row]) if rows[row] >= 0 else None))


def _named(network: Network, names: Mapping[str, str], keys: Sequence[str]) -> list[str]:
    """What each node is called: its name, or its key as it is written."""
    return [_short(names.get(key)) or written for key, written in zip(network.keys, keys, strict=True)]


def _short_label(names: list[str], rows: list[int], works: tuple[Attribute, ...]) -> Texts:
    return _each(len(names), lambda row: (works[0].text(rows[row]) if works and rows[row] >= 0 else None) or names[row])


def _labels(graph: CitationGraph, rows: range) -> list[str | None]:
    """`Smith 2020`, `Smith`, a short title or, when nothing is known, the key."""
    columns = (graph.first_author, graph.year, graph.title, graph.keys)
    return [_label(*each) for each in zip(*(_items(column, rows) for column in columns), strict=True)]


def _label(first_author: str | None, when: int, title: str | None, key: str) -> str:
    author = _short(first_author)
    if author is None:
        return _short(title) or key
    year = integer(when)
    return author if year is None else f"{author} {year}"


def _short(text: str | None) -> str | None:
    """The text on one line, cut between words if it is too long for a label."""
    words = (clean(text) or "").split()
    line = " ".join(words)
    if len(line) <= LABEL_LENGTH:
        return line or None
    whole = line[:LABEL_LENGTH].rpartition(" ")[0]
    # Chinese and Japanese titles have no spaces to cut at.
    return (whole if len(whole) > LABEL_LENGTH // 2 else line[: LABEL_LENGTH - 1].rstrip()) + "…"
