"""Works and citations come out of a database by the thousand, as text, and become the same graph as one by one.

A database adds up a column of a few thousand rows to one text sooner than Python is handed those rows one by one, and
numpy reads the numbers back: 21 million rows of citations take 8 seconds this way, not 30.
"""

from array import array
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph, check_keys
from graph.build.rows import compressed, frozen, packed
from graph.build.texts import NOTHING, Texts

__all__ = ["SOURCES", "Links", "Works", "assembled"]

SOURCES = 64
"""`Links.cited` holds the number of a work times this, plus the number of the source that says so."""

NUMBERS = {
    "year": np.int32,
    "cited_by_count": np.int32,
    "is_retracted": np.bool_,
    "is_open_access": np.int8,
    "only_cited": np.bool_,
}
TERMS: Mapping[str, Callable[[str | None], Any]] = {
    "type": lambda text: text,
    "venue": lambda text: text,
    "sources": lambda text: tuple((text or "").split()),
}
"""Columns in which few texts stand at many works, and what is made of each of those."""
TEXTS = ("key", "title", "doi", "openalex", "type", "venue", "first_author", "sources")


class Works(NamedTuple):
    """Some works, each column one text.

    Numbers stand with commas between them, in the form in which `CitationGraph` holds them. A column of texts is the
    texts one after the other, and how many bytes of UTF-8 each of them takes, -1 for one that is not there; the
    sources of a work are one text, with spaces between them.
    """

    ids: str
    texts: Mapping[str, tuple[str, str]]
    numbers: Mapping[str, str]


class Links(NamedTuple):
    """Some citations: the numbers of the works that cite, and of those cited, each once for every source.

    `names[k]` is the source with the number k; later blocks know the same names by the same numbers, and perhaps more.
    """

    citing: str
    cited: str
    names: Sequence[str]


def assembled(works: Iterable[Works], links: Iterable[Links], *, order: "array[int]") -> CitationGraph:
    """Make the graph that `build` makes of the same works and citations.

    `order` has the number of every work in the order of the keys, and `works` come in the order of their numbers.
    Several sources of one citation are one citation and no duplicate. A citation that names no work is left out.
    Raises ValueError for keys that `build` refuses, and for blocks in which not every column has every row.

    >>> two = Works(
    ...     ids="1,2",
    ...     texts={name: ("ba", "1,1") if name == "key" else ("", "-1,-1") for name in TEXTS},
    ...     numbers=dict.fromkeys(NUMBERS, "0,0"),
    ... )
    >>> graph = assembled([two], [Links("1", f"{2 * SOURCES}", ["crossref"])], order=array("q", [2, 1]))
    >>> graph.keys, graph.cited_by("a")
    (('a', 'b'), ('b',))
    """
    in_order = np.asarray(order, np.int64)
    columns = _columns(works, in_order)
    check_keys(columns["keys"])
    codes, names, loops = _codes(links, in_order)
    known = sorted(names)
    if len(known) > SOURCES:
        raise ValueError(f"citations name {len(known)} sources, and a graph has room for {SOURCES}")
    masks = np.zeros(SOURCES, np.min_scalar_type((1 << len(known)) - 1))
    for name, number in names.items():
        masks[number] = 1 << known.index(name)
    rows = compressed(codes, masks, size=len(in_order))
    return CitationGraph(**columns, **rows._asdict(), source_names=tuple(known), loops=loops)


def _columns(works: Iterable[Works], in_order: NDArray[np.int64]) -> dict[str, Any]:
    """Bring the columns of the works into the order of the keys."""
    ids: list[NDArray[np.int64]] = []
    letters: dict[str, bytearray] = {name: bytearray() for name in TEXTS}
    lengths: dict[str, list[NDArray[np.int64]]] = {name: [] for name in TEXTS}
    numbers: dict[str, list[NDArray[Any]]] = {name: [] for name in NUMBERS}
    for block in works:
        ids.append(_numbers(block.ids))
        for name, (text, sizes) in block.texts.items():
            run, told = _filled(text.encode(), _numbers(sizes))
            letters[name] += run
            lengths[name].append(told)
        for name, text in block.numbers.items():
            numbers[name].append(_numbers(text).astype(NUMBERS[name]))
        counts = {len(column[-1]) for column in (ids, *lengths.values(), *numbers.values())}
        if len(counts) > 1:
            raise ValueError("a block of works has columns of different lengths")
    rows = np.searchsorted(_joined(ids, np.int64), in_order)
    found: dict[str, Any] = {}
    for name in TEXTS:
        bounds = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(_joined(lengths.pop(name), np.int64), out=bounds[1:])
        column = Texts(bytes(letters.pop(name)), bounds)
        found[name] = (column.terms(read=TERMS[name]) if name in TERMS else column).take(rows)
    found["keys"] = found.pop("key")
    return found | {name: frozen(_joined(numbers[name], kind)[rows]) for name, kind in NUMBERS.items()}


def _filled(run: bytes, sizes: NDArray[np.int64]) -> tuple[bytes, NDArray[np.int64]]:
    """Put the sign for nothing in the place of every text that is not there."""
    missing = sizes < 0
    if int(sizes[~missing].sum()) != len(run):
        raise ValueError("a column of texts is not as long as its texts")
    if missing.any():
        places = np.cumsum(np.where(missing, 0, sizes))[missing]
        run = np.insert(np.frombuffer(run, np.uint8), places, NOTHING[0]).tobytes()
    return run, np.where(missing, len(NOTHING), sizes)


def _codes(links: Iterable[Links], in_order: NDArray[np.int64]) -> tuple[NDArray[np.int64], dict[str, int], int]:
    """Pack the citations between different works; give the sources of those, by number, and how many works loop."""
    size = len(in_order)
    row_of = _numbering(in_order)
    found: list[NDArray[np.int64]] = []
    looping: list[NDArray[np.int64]] = []
    used = np.zeros(SOURCES, np.bool_)
    names: Sequence[str] = ()
    for block in links:
        names = block.names
        said = _numbers(block.cited)
        citing, cited, source = row_of(_numbers(block.citing)), row_of(said // SOURCES), said % SOURCES
        if len(citing) != len(cited):
            raise ValueError("a block of citations has ends of different numbers")
        known = (citing >= 0) & (cited >= 0)
        looping.append(np.unique(citing[known & (citing == cited)]))
        known &= citing != cited
        found.append(packed(citing[known], cited[known], source[known], size=size, kinds=SOURCES))
        used[source[known]] = True
    loops = len(np.unique(_joined(looping, np.int64)))
    return _joined(found, np.int64), {name: number for number, name in enumerate(names) if used[number]}, loops


def _numbering(in_order: NDArray[np.int64]) -> Any:
    """Give the way from numbers of works to rows; -1 for a number of no work."""
    size = len(in_order)
    largest = int(in_order.max(initial=0))
    if int(in_order.min(initial=0)) >= 0 and largest < 8 * size + 1_000:
        rows = np.full(largest + 2, -1, np.int64)
        rows[in_order] = np.arange(size)
        # Whatever is no number of a work falls on the last place or on one that no work has taken.
        return lambda ids: rows[np.where((ids < 0) | (ids > largest), largest + 1, ids)]
    by_id = np.argsort(in_order)
    ascending = in_order[by_id]

    def sought(ids: NDArray[np.int64]) -> NDArray[np.int64]:
        places = np.minimum(np.searchsorted(ascending, ids), size - 1)
        return np.where(ascending[places] == ids, by_id[places], -1)

    return sought


def _numbers(text: str) -> NDArray[np.int64]:
    return np.fromstring(text, dtype=np.int64, sep=",")


def _joined(parts: list[NDArray[Any]], kind: Any) -> NDArray[Any]:
    return np.concatenate(parts) if parts else np.empty(0, kind)
