"""Works and citations become a graph of columns.

A `CitationGraph` holds one row a work, in the order of the keys, and its citations twice as compressed
sparse rows: by the citing work (`out_*`) and by the cited one (`in_*`). Numbers are numpy arrays, because a
Python object for each citation would cost more memory than a laptop has: a million works with 16 million
citations fit in a few hundred megabytes this way, and in several gigabytes as a dictionary of dictionaries.
Text is tuples, or columns that read like tuples and take a fifth of their memory (`graph.build.texts`).

The same works and citations give the same graph, whatever order they arrive in. `build` takes them one by
one, `graph.build.assembly` as a database tells them, and `graph.build.stored` keeps the graph in a file.
"""

from array import array
from collections.abc import Collection, Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any
from unicodedata import category

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.build.rows import compressed, frozen, packed, restricted
from graph.build.texts import taken
from harvester.model import Citation, Node

if TYPE_CHECKING:
    import networkx as nx
    from scipy.sparse import csr_array

__all__ = ["MISSING", "CitationGraph", "build", "check_keys"]

MISSING = -(2**31)
"""Stands for "not known" in the integer columns, which hold every other signed 32-bit number."""

LARGEST = 2**31 - 1
BLOCK = 1 << 14
UNWRITABLE = frozenset(("Cc", "Cs", "Zl", "Zp"))


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class CitationGraph:
    """A directed graph of works, citing to cited, without loops and without parallel citations.

    Every column is aligned with `keys`, which are sorted. The works that the work `i` cites are
    `out_indices[out_indptr[i]:out_indptr[i + 1]]`, ascending; those that cite it are found the same way
    in `in_indptr` and `in_indices`. The arrays are read-only.

    >>> graph = build([Node("b", year=2020), Node("a", year=2018)], [Citation("b", "a", ("openalex",))])
    >>> graph.keys, graph.year.tolist(), graph.cited_by("a")
    (('a', 'b'), [2018, 2020], ('b',))
    """

    keys: Sequence[str]
    """Read like a tuple, and equal to the tuple of its items, as are the other columns of text."""
    title: Sequence[str | None]
    year: NDArray[np.int32]
    """`MISSING` where not known, as in `cited_by_count`."""
    doi: Sequence[str | None]
    openalex: Sequence[str | None]
    type: Sequence[str | None]
    venue: Sequence[str | None]
    first_author: Sequence[str | None]
    cited_by_count: NDArray[np.int32]
    sources: Sequence[tuple[str, ...]]
    is_retracted: NDArray[np.bool_]
    is_open_access: NDArray[np.int8]
    """1 yes, 0 no, -1 not known."""
    only_cited: NDArray[np.bool_]

    out_indptr: NDArray[np.int64]
    out_indices: NDArray[np.int32]
    in_indptr: NDArray[np.int64]
    in_indices: NDArray[np.int32]

    source_names: tuple[str, ...]
    """The sources of citations, sorted; bit `b` of a mask in `edge_sources` stands for `source_names[b]`."""
    edge_sources: NDArray[np.unsignedinteger[Any]]
    """Which sources know the citation: one mask for each entry of `out_indices`."""

    loops: int = 0
    """Citations of a work by itself that were handed to `build` and dropped."""
    duplicates: int = 0
    """Citations handed to `build` beyond the first of the same pair, whose sources were united with it."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def citations(self) -> int:
        """How many citations there are."""
        return len(self.out_indices)

    def position(self, key: str) -> int:
        """The row of the work with this key, by bisection; raises KeyError when there is none."""
        low, high = 0, len(self.keys)
        while low < high:
            middle = (low + high) // 2
            if self.keys[middle] < key:
                low = middle + 1
            else:
                high = middle
        if low == len(self.keys) or self.keys[low] != key:
            raise KeyError(key)
        return low

    def references(self, key: str) -> tuple[str, ...]:
        """The works that this one cites."""
        row = self.position(key)
        return tuple(self.keys[i] for i in self.out_indices[self.out_indptr[row] : self.out_indptr[row + 1]])

    def cited_by(self, key: str) -> tuple[str, ...]:
        """The works that cite this one."""
        row = self.position(key)
        return tuple(self.keys[i] for i in self.in_indices[self.in_indptr[row] : self.in_indptr[row + 1]])

    def names_in(self, mask: int) -> tuple[str, ...]:
        """The names of the sources in a mask of `edge_sources`."""
        return tuple(name for bit, name in enumerate(self.source_names) if mask >> bit & 1)

    def edges(self) -> Iterator[tuple[int, int, int, int]]:
        """Every citation as (citing row, cited row, mask of sources, lag), ordered by the two rows.

        The lag is the year of the citing work minus that of the cited one, or `MISSING`. It is worked out
        a block at a time: the memory needed does not grow with the number of citations.
        """
        for start in range(0, self.citations, BLOCK):
            stop = min(start + BLOCK, self.citations)
            citing = np.searchsorted(self.out_indptr, np.arange(start, stop), side="right") - 1
            cited = self.out_indices[start:stop]
            earlier, later = self.year[cited].astype(np.int64), self.year[citing].astype(np.int64)
            lag = later - earlier
            lag[(earlier == MISSING) | (later == MISSING) | (np.abs(lag) > LARGEST)] = MISSING
            yield from zip(
                citing.tolist(),
                cited.tolist(),
                self.edge_sources[start:stop].tolist(),
                lag.tolist(),
                strict=True,
            )

    def select(self, mask: ArrayLike) -> "CitationGraph":
        """The graph of the works where `mask` is true, and the citations among them.

        It equals the graph built from those works and citations alone, so its `loops` and `duplicates`
        are 0. Raises ValueError unless the mask has one truth value for each work.

        >>> graph = build([Node("a"), Node("b", only_cited=True)], [Citation("a", "b", ("crossref",))])
        >>> graph.select([True, False]).keys
        ('a',)
        """
        chosen = np.asarray(mask)
        if chosen.shape != (len(self),) or chosen.dtype != np.bool_:
            raise ValueError(
                f"a selection needs one truth value for each of the {len(self)} works, "
                f"not {chosen.dtype} values of shape {chosen.shape}"
            )
        rows = np.flatnonzero(chosen)
        renumbered = np.cumsum(chosen, dtype=np.int32) - np.int32(1)
        # What is left of ascending rows ascends: nothing need be sorted.
        out_indptr, out_indices, kept = restricted(self.out_indptr, self.out_indices, chosen, renumbered)
        in_indptr, in_indices, _ = restricted(self.in_indptr, self.in_indices, chosen, renumbered)
        texts = ("keys", "title", "doi", "openalex", "type", "venue", "first_author", "sources")
        numbers = ("year", "cited_by_count", "is_retracted", "is_open_access", "only_cited")
        return CitationGraph(
            **{name: taken(getattr(self, name), rows) for name in texts},
            **{name: frozen(getattr(self, name)[rows]) for name in numbers},
            out_indptr=out_indptr,
            out_indices=out_indices,
            in_indptr=in_indptr,
            in_indices=in_indices,
            edge_sources=frozen(self.edge_sources[kept]),
            source_names=self.source_names,
        )

    def among(self, keys: Collection[str]) -> "CitationGraph":
        """The graph of the works with these keys, and the citations among them; other keys are passed over.

        >>> graph = build([Node("a"), Node("b")], [])
        >>> graph.among({"b", "x"}).keys
        ('b',)
        """
        return self.select(np.fromiter((key in keys for key in self.keys), np.bool_, len(self)))

    def only_full(self) -> "CitationGraph":
        """The graph without the works that are known only because another one cites them."""
        return self.select(~self.only_cited)

    def matrix(self) -> "csr_array":
        """The citations as a sparse matrix of ones: row cites column.

        It shares its indices with the graph, so that it costs a byte a citation.

        >>> build([Node("a"), Node("b")], [Citation("b", "a", ("crossref",))]).matrix().toarray().tolist()
        [[0, 0], [1, 0]]
        """
        from scipy.sparse import csr_array

        ones = np.ones(len(self.out_indices), dtype=np.int8)
        return csr_array((ones, self.out_indices, self.out_indptr), shape=(len(self), len(self)))

    def to_networkx(self) -> "nx.DiGraph":
        """The same graph for networkx, with what is known as attributes and nothing for what is not.

        Sources are joined by `"; "`, because networkx writes no lists to GraphML (networkx issue 878).
        A graph of networkx takes about 5 kB a work and 0.3 kB a citation: above some 100,000 works the
        arrays of this one are the better place to work.

        >>> graph = build([Node("a"), Node("b", year=2020)], [Citation("b", "a", ("crossref", "openalex"))])
        >>> face = graph.to_networkx()
        >>> face.nodes["b"]["year"], "year" in face.nodes["a"], face.edges["b", "a"]["sources"]
        (2020, False, 'crossref; openalex')
        """
        import networkx as nx

        face = nx.DiGraph()
        for row, key in enumerate(self.keys):
            year, count, access = (
                column[row].item() for column in (self.year, self.cited_by_count, self.is_open_access)
            )
            attributes: dict[str, Any] = {
                "title": self.title[row],
                "year": None if year == MISSING else year,
                "doi": self.doi[row],
                "openalex": self.openalex[row],
                "type": self.type[row],
                "venue": self.venue[row],
                "first_author": self.first_author[row],
                "cited_by_count": None if count == MISSING else count,
                "sources": "; ".join(self.sources[row]) or None,
                "is_retracted": self.is_retracted[row].item(),
                "is_open_access": None if access < 0 else bool(access),
                "only_cited": self.only_cited[row].item(),
            }
            face.add_node(key, **{name: value for name, value in attributes.items() if value is not None})
        for citing, cited, mask, lag in self.edges():
            names = self.names_in(mask)
            found = {"sources": "; ".join(names)} if names else {}
            known = {} if lag == MISSING else {"lag": lag}
            face.add_edge(self.keys[citing], self.keys[cited], **found, n_sources=len(names), **known)
        return face


def build(nodes: Iterable[Node], citations: Iterable[Citation]) -> CitationGraph:
    """Build the graph of these works and of the citations among them.

    A citation that is given twice is one citation with the sources of both; a work that cites itself is
    no citation; both are counted. A year or count beyond 32 bits is taken as not known: there is no such
    year, and no reader of graph files has room for it.

    Raises ValueError when two works have one key, when a key is empty or could not be written down (white
    space at its ends, control characters, halves of surrogate pairs), and when a citation names a work
    that is not among `nodes`.

    >>> works = [Node("doi:10.1/a"), Node("doi:10.1/b")]
    >>> said = [("doi:10.1/b", "doi:10.1/a", ("openalex",)), ("doi:10.1/b", "doi:10.1/a", ("crossref",))]
    >>> graph = build(works, [Citation(*each) for each in said])
    >>> graph.citations, graph.duplicates, graph.names_in(int(graph.edge_sources[0]))
    (1, 1, ('crossref', 'openalex'))
    """
    works = sorted(nodes, key=lambda work: work.key)
    keys = tuple(work.key for work in works)
    check_keys(keys)
    ends, named, loops = _collect(keys, citations)

    source_names = tuple(sorted({name for names in named for name in names}))
    if len(source_names) > 64:
        raise ValueError(f"citations name {len(source_names)} sources, and a graph has room for 64")
    bit = {name: 1 << place for place, name in enumerate(source_names)}
    masks = np.array(
        [sum(bit[name] for name in set(names)) for names in named],
        dtype=np.min_scalar_type((1 << len(source_names)) - 1),
    )
    links = compressed(packed(*ends, size=len(keys), kinds=len(masks)), masks, size=len(keys))

    shared: dict[Any, Any] = {}
    share = shared.setdefault
    return CitationGraph(
        keys=keys,
        title=tuple(work.title for work in works),
        year=_integers(work.year for work in works),
        doi=tuple(work.doi for work in works),
        openalex=tuple(work.openalex for work in works),
        # A type, a venue, a family name or a set of sources stands at many works: it is kept once.
        type=tuple(share(work.type, work.type) for work in works),
        venue=tuple(share(work.venue, work.venue) for work in works),
        first_author=tuple(share(work.first_author, work.first_author) for work in works),
        cited_by_count=_integers(work.cited_by_count for work in works),
        sources=tuple(share(work.sources, work.sources) for work in works),
        is_retracted=frozen(np.fromiter((work.is_retracted for work in works), np.bool_)),
        is_open_access=frozen(
            np.fromiter((-1 if (o := work.is_open_access) is None else int(o) for work in works), np.int8)
        ),
        only_cited=frozen(np.fromiter((work.only_cited for work in works), np.bool_)),
        **links._asdict(),
        source_names=source_names,
        loops=loops,
        duplicates=len(ends[0]) - len(links.out_indices),
    )


def check_keys(keys: Iterable[str]) -> None:
    """Check that keys ascend and could be written down.

    Raises ValueError for two that are the same, for others out of order, and for one that `build` refuses.
    """
    previous = None
    for key in keys:
        if previous is not None and key <= previous:
            told = "two works have the key" if key == previous else "out of order comes the key"
            raise ValueError(f"{told} {key!r}: merge or sort the works before the graph is built")
        if not key or key != key.strip() or not key.isprintable():
            _check_writable(key)
        previous = key


def _check_writable(key: str) -> None:
    """Raise ValueError for a key that could not be the same in every file we write."""
    # Gephi warns of ids with line ends or white space at their ends, and stops at an empty one
    # (GitHub gephi/gephi, ImportContainerImpl.checkId and checkSpecialCharacter); XML has no way to write
    # control characters and lone surrogates, and a reader may turn tabs and line ends in an attribute
    # into spaces (w3.org/TR/xml, 2.2 and 3.3.3).
    if not key:
        raise ValueError("a work has an empty key")
    if key != key.strip() or any(category(c) in UNWRITABLE or c in "\ufffe\uffff" for c in key):
        raise ValueError(
            f"the key {key!r} has white space at its ends, a line end, a control character or half a surrogate pair: "
            "it cannot be written to every file"
        )


def _collect(
    keys: tuple[str, ...], citations: Iterable[Citation]
) -> tuple[tuple[NDArray[np.integer[Any]], ...], list[tuple[str, ...]], int]:
    """Number the citations: the rows of both ends, and a number for the sources; those come with their names."""
    row_of = dict(zip(keys, range(len(keys)), strict=True)).get
    rows, columns, labels = array("i"), array("i"), array("i")
    named: dict[tuple[str, ...], int] = {}
    loops = 0
    for citing, cited, sources in citations:
        row, column = row_of(citing), row_of(cited)
        if row is None or column is None:
            unknown = citing if row is None else cited
            raise ValueError(f"the citation of {cited!r} by {citing!r} names {unknown!r}, which is not among the works")
        if row == column:
            loops += 1
        else:
            rows.append(row)
            columns.append(column)
            labels.append(named.setdefault(sources, len(named)))
    return tuple(np.asarray(each) for each in (rows, columns, labels)), list(named), loops


def _integers(values: Iterable[int | None]) -> NDArray[np.int32]:
    """A column of 32-bit integers, `MISSING` where there is none or it does not fit."""
    return frozen(
        np.fromiter(
            (MISSING if value is None or not MISSING < value <= LARGEST else value for value in values),
            np.int32,
        )
    )
