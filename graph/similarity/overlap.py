"""Rows of a sparse matrix that have columns in common, a bounded piece of the product at a time.

A matrix of ones is given as compressed sparse rows: row `i` has the columns
`indices[indptr[i]:indptr[i + 1]]`, ascending. Its product with its own transpose counts the columns that each
two rows have in common. One column in 30,000 rows alone makes 900 million entries there, so the product never
exists: blocks of rows are multiplied that give at most some millions of entries, and of each block only the
entries that count enough are kept.
"""

from itertools import pairwise
from typing import Any

import numpy as np
from numpy.typing import NDArray

__all__ = ["gathered", "overlaps", "without"]

BLOCK = 1 << 22
"""The most entries of a product that are held at a time; a single row has at most as many as there are rows."""

PARTS = 8
"""How often the columns that were dealt with are cut off: the matrix is copied each time."""


def gathered(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], rows: NDArray[np.integer[Any]]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The matrix of some rows, in the order asked for.

    >>> pointers, columns = gathered(np.array([0, 2, 2, 3]), np.array([4, 5, 9]), np.array([2, 0]))
    >>> pointers.tolist(), columns.tolist()
    ([0, 1, 3], [9, 4, 5])
    """
    starts = indptr[rows]
    pointers = np.concatenate(([0], np.cumsum(indptr[rows + 1] - starts)))
    places = np.arange(pointers[-1]) + np.repeat(starts - pointers[:-1], np.diff(pointers))
    return pointers, indices[places]


def without(
    indptr: NDArray[np.int64], indices: NDArray[np.int32], columns: NDArray[np.bool_]
) -> tuple[NDArray[np.int64], NDArray[np.int32]]:
    """The matrix with the columns emptied where `columns` is true.

    >>> pointers, columns = without(np.array([0, 2, 3]), np.array([0, 1, 1]), np.array([False, True]))
    >>> pointers.tolist(), columns.tolist()
    ([0, 1, 1], [0])
    """
    if not columns.any():
        return indptr, indices
    kept = ~columns[indices]
    return np.concatenate(([0], np.cumsum(kept)))[indptr], indices[kept]


def overlaps(
    indptr: NDArray[np.int64],
    indices: NDArray[np.int32],
    *,
    columns: int,
    least: int,
    shares: NDArray[np.float64] | None = None,
) -> tuple[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]], NDArray[np.float64] | None]:
    """Count what each two rows have in common, where that is at least `least` columns.

    Returns (first, second, count) ordered by the rows, the first below the second, and, when each column has
    a share, the sums of the shares of the columns in common, else None. `least` is at least 1.
    """
    from scipy.sparse import csr_array

    # What cannot count is left out before: a column of one row, and a row of too few columns.
    indptr, indices = without(indptr, indices, np.bincount(indices, minlength=columns) < 2)
    sizes = np.diff(indptr)
    rows = np.flatnonzero(sizes >= least)
    pieces: list[tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]]] = []
    sums: list[NDArray[np.float64]] = []
    if len(rows):
        indices = indices[np.repeat(sizes >= least, sizes)]
        indptr = np.concatenate(([0], np.cumsum(sizes[rows])))
        # 32 bits for the counts: they are at most the number of columns, and 8 bits would overflow.
        values = [np.ones(len(indices), np.int32), *([] if shares is None else [shares[indices]])]
        matrix, *shared = (csr_array((value, indices, indptr), shape=(len(rows), columns)) for value in values)
        for part, blocks in _plan(indptr, indices, columns):
            turned, *turned_shares = (each[part:].T.tocsr() for each in (matrix, *shared))
            for start, stop in pairwise(blocks):
                product = matrix[start:stop] @ turned
                one = np.repeat(np.arange(start, stop, dtype=np.int32), np.diff(product.indptr))
                other = product.indices.astype(np.int32, copy=False) + np.int32(part)
                kept = np.flatnonzero((product.data >= least) & (other > one))
                kept = kept[np.lexsort((other[kept], one[kept]))]
                pieces.append((one[kept], other[kept], product.data[kept]))
                # Of the same rows and columns, so that scipy puts the entries of the product in the same order.
                sums.extend((matrix[start:stop] @ each).data[kept] for each in turned_shares)
    numbers = rows.astype(np.int32)
    empty = np.zeros(0, np.int32)
    first, second, counts = (np.concatenate(column) for column in zip(*pieces, (empty, empty, empty), strict=True))
    del pieces
    total = None if shares is None else np.concatenate([*sums, np.zeros(0)])
    return (numbers[first], numbers[second], counts), total


def _plan(indptr: NDArray[np.int64], indices: NDArray[np.int32], columns: int) -> list[tuple[int, list[int]]]:
    """Divide the rows: (first row of a part, where its blocks start and the last one stops)."""
    sizes = np.bincount(indices, minlength=columns).astype(np.int32)
    rows = len(indptr) - 1
    # An entry of the product is made by each row that a column is in, but a row has one for each row at most.
    costs = np.minimum(np.add.reduceat(sizes[indices], indptr[:-1], dtype=np.int64), rows)
    passed = np.concatenate(([0], np.cumsum(costs)))
    parts = min(PARTS, 1 + int(passed[-1]) // BLOCK)
    bounds = np.unique(np.searchsorted(passed, passed[-1] * np.arange(parts + 1) // parts))
    bounds[0], bounds[-1] = 0, rows
    plan = []
    for part, end in pairwise(bounds.tolist()):
        blocks = [part]
        while blocks[-1] < end:
            reach = int(np.searchsorted(passed, passed[blocks[-1]] + BLOCK, side="right")) - 1
            blocks.append(min(max(reach, blocks[-1] + 1), end))
        plan.append((part, blocks))
    return plan
