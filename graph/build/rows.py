"""Pairs of row numbers become compressed sparse rows, both ways, by sorting integers.

A citation is one 64-bit number: the row of the citing work in its high digits, that of the cited one below, and lowest
a label for the sources that state it. So one sort in place brings equal pairs together with all their sources.
"""

from typing import Any, NamedTuple, TypeVar

import numpy as np
from numpy.typing import NDArray

__all__ = ["Rows", "compressed", "frozen", "packed", "restricted"]

Column = TypeVar("Column", bound=NDArray[Any])


class Rows(NamedTuple):
    """Citations by the citing work and by the cited one, as `CitationGraph` holds them; nothing can be changed."""

    out_indptr: NDArray[np.int64]
    out_indices: NDArray[np.int32]
    in_indptr: NDArray[np.int64]
    in_indices: NDArray[np.int32]
    edge_sources: NDArray[np.unsignedinteger[Any]]


def packed(
    citing: NDArray[np.integer[Any]],
    cited: NDArray[np.integer[Any]],
    labels: NDArray[np.integer[Any]],
    *,
    size: int,
    kinds: int,
) -> NDArray[np.int64]:
    """Pack citations among `size` works, with labels below `kinds`, into one number each for `compressed`.

    Raises ValueError when the three do not fit into 63 binary digits.

    >>> packed(np.array([1]), np.array([0]), np.array([1]), size=2, kinds=2).tolist()
    [5]
    """
    work, label = _digits(size, kinds)
    codes = citing.astype(np.int64)
    codes <<= work
    codes |= cited
    codes <<= label
    codes |= labels
    return codes


def compressed(codes: NDArray[np.int64], masks: NDArray[np.unsignedinteger[Any]], *, size: int) -> Rows:
    """Sort packed citations among `size` works, make one of those that are equal, and unite their sources.

    The label `k` stands for the sources in `masks[k]`. Citations of a work by itself must be gone already. `codes` is
    used up.

    >>> codes = packed(np.array([1, 1]), np.array([0, 0]), np.array([0, 1]), size=2, kinds=2)
    >>> found = compressed(codes, np.array([1, 2], np.uint8), size=2)
    >>> found.out_indices.tolist(), found.in_indices.tolist(), found.edge_sources.tolist()
    ([0], [1], [3])
    """
    work, label = _digits(size, len(masks))
    codes.sort()
    found = masks[codes & ((1 << label) - 1)] if len(codes) else masks[:0]
    codes >>= label
    is_first = np.empty(len(codes), np.bool_)
    is_first[:1] = True
    np.not_equal(codes[1:], codes[:-1], out=is_first[1:])
    if not is_first.all():
        starts = np.flatnonzero(is_first)
        found, codes = np.bitwise_or.reduceat(found, starts), codes[starts]
    citing = (codes >> work).astype(np.int32)
    cited = (codes & ((1 << work) - 1)).astype(np.int32)
    np.left_shift(cited, work, out=codes, dtype=np.int64)
    codes |= citing
    codes.sort()
    codes &= (1 << work) - 1
    return Rows(
        out_indptr=_pointers(citing, size),
        out_indices=frozen(cited),
        in_indptr=_pointers(cited, size),
        in_indices=frozen(codes.astype(np.int32)),
        edge_sources=frozen(found),
    )


def restricted(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    chosen: NDArray[np.bool_],
    renumbered: NDArray[np.int32],
) -> tuple[NDArray[np.int64], NDArray[np.int32], NDArray[np.bool_]]:
    """Give the compressed rows of the chosen works alone, by their new numbers, and which entries are left.

    >>> keep = np.array([True, False, True])
    >>> indptr, indices, _ = restricted(
    ...     np.array([0, 0, 1, 3]), np.array([0, 0, 1], np.int32), keep, np.array([0, 0, 1])
    ... )
    >>> indptr.tolist(), indices.tolist()
    ([0, 0, 1], [0])
    """
    kept = chosen[indices]
    kept &= np.repeat(chosen, np.diff(indptr))
    before = np.zeros(len(kept) + 1, np.int64)
    np.cumsum(kept, out=before[1:])
    pointers = np.concatenate(([0], before[indptr[1:]][chosen]))
    return frozen(pointers), frozen(renumbered[indices[kept]]), kept


def _digits(size: int, kinds: int) -> tuple[int, int]:
    """How many binary digits a row takes, and a label."""
    work, label = (max(count - 1, 1).bit_length() for count in (size, kinds))
    if work > 31 or 2 * work + label > 63:
        raise ValueError(f"a graph of {size} works with {kinds} sets of sources is too large")
    return work, label


def _pointers(rows: NDArray[np.integer[Any]], size: int) -> NDArray[np.int64]:
    """Where each row starts, and after the last one where it ends."""
    pointers = np.zeros(size + 1, dtype=np.int64)
    np.cumsum(np.bincount(rows, minlength=size), out=pointers[1:])
    return frozen(pointers)


def frozen(column: Column) -> Column:
    """Give the same array, read-only."""
    column.flags.writeable = False
    return column
