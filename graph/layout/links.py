"""The links of a network: checked, each pair once, thinned where they are too many, and contracted."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import ArrayLike, NDArray

__all__ = ["Links", "checked", "components", "contracted", "gathered", "strengths", "thinned"]

MOST = 1_000_000
"""Above so many links, a sample stands for them."""

PER_WORK = 6
"""How many links a work keeps about in a sample."""

WEAKEST = 1e-6
"""The least weight that still counts, as a share of the largest."""


@dataclass(frozen=True, slots=True, eq=False)
class Links:
    """The link `k` joins `first[k]` to `second[k]`, which is larger, with `weights[k]` > 0; ordered by the two."""

    first: NDArray[np.int64]
    second: NDArray[np.int64]
    weights: NDArray[np.float64]

    def __len__(self) -> int:
        return len(self.first)


def checked(size: int, i: ArrayLike, j: ArrayLike, weights: ArrayLike | None) -> Links:
    """The links as they were handed over, the weights of each pair added up and at most 1.

    Raises ValueError when the arrays are not of one length, a row is not among the `size` works, a work is
    linked to itself, or a weight is negative or not finite.
    """
    rows, columns = np.asarray(i), np.asarray(j)
    given = None if weights is None else np.asarray(weights, dtype=np.float64)
    if rows.ndim != 1 or rows.shape != columns.shape or (given is not None and given.shape != rows.shape):
        told = "" if given is None else f" and weights of {given.shape}"
        raise ValueError(f"links have rows of shape {rows.shape} and {columns.shape}{told}")
    if not len(rows):
        return Links(np.zeros(0, np.int64), np.zeros(0, np.int64), np.zeros(0))
    for column in (rows, columns):
        if column.dtype.kind not in "iu" or column.min() < 0 or column.max() >= size:
            raise ValueError(f"a link joins two of the {size} works, given as integers from 0 to {size - 1}")
    if (rows == columns).any():
        raise ValueError(f"the work {rows[rows == columns][0]} is linked to itself")
    if given is not None:
        if not (np.isfinite(given) & (given >= 0)).all():
            raise ValueError("a weight is negative or not finite")
        joined = given > 0
        rows, columns = rows[joined], columns[joined]
        # Scaled first, as the sum of the largest weights may be infinite.
        given = np.ldexp(given[joined], -int(np.frexp(given.max(initial=0))[1]))
    pair = np.minimum(rows, columns).astype(np.int64)
    pair *= size
    pair += np.maximum(rows, columns)
    if given is None:
        pair.sort()
    else:
        # Ordered by weight as well, so that a sum is the same however the links were ordered.
        order = np.lexsort((given, pair))
        pair, given = pair[order], given[order]
    starts = np.flatnonzero(np.diff(pair, prepend=-1))
    if not len(starts):
        return Links(pair, pair, np.zeros(0))
    sums = np.diff(starts, append=len(pair)) if given is None else np.add.reduceat(given, starts)
    pair = pair[starts]
    first = pair // size
    pair -= first * size
    return Links(first, pair, np.maximum(sums / sums.max(), WEAKEST))


def gathered(links: Links, place: NDArray[np.int64], chosen: NDArray[np.bool_]) -> Links:
    """The chosen links, between works that have got new numbers."""
    return Links(place[links.first[chosen]], place[links.second[chosen]], links.weights[chosen])


def contracted(links: Links, group: NDArray[np.int64], groups: int) -> Links:
    """The links between groups of works; those within a group are dropped."""
    from scipy.sparse import csr_array

    one, other = group[links.first], group[links.second]
    between = one != other
    one, other = one[between], other[between]
    ends = (np.minimum(one, other).astype(np.int32), np.maximum(one, other).astype(np.int32))
    joined = csr_array((links.weights[between], ends), shape=(groups, groups))
    first = np.repeat(np.arange(groups), np.diff(joined.indptr))
    return Links(first, joined.indices.astype(np.int64), joined.data)


def strengths(links: Links, size: int) -> NDArray[np.float64]:
    """The sum of the weights of each work's links."""
    one, other = (np.bincount(end, links.weights, size) for end in (links.first, links.second))
    # bincount of no links gives integers, whatever its weights are.
    return (one + other).astype(np.float64, copy=False)


def components(links: Links, size: int) -> NDArray[np.int64]:
    """The number of the connected part that each work belongs to."""
    from scipy.sparse import csr_array
    from scipy.sparse.csgraph import connected_components

    if not size:
        return np.zeros(0, np.int64)
    # The second numbers need 32 bits: scipy turns longer ones into them with a copy.
    ends = (links.first.astype(np.int32), links.second.astype(np.int32))
    joined = csr_array((np.ones(len(links)), ends), shape=(size, size))
    _, labels = connected_components(joined, directed=False)
    return np.asarray(labels, dtype=np.int64)


def thinned(links: Links, size: int, rng: np.random.Generator) -> Links:
    """The links, or where they are more than a million a sample that stands for them and joins the same works.

    A link is kept with a chance that grows as it matters more to either end, which bounds how much the ends
    depend on it, and weighs as much more as it was likely to go (D. A. Spielman, N. Srivastava, Graph
    sparsification by effective resistances, SIAM J. Comput. 40 (6), 2011). Where the sample falls apart, all
    links between its parts are kept.
    """
    if len(links) <= max(MOST, PER_WORK * size):
        return links
    share = 1 / np.maximum(strengths(links, size), WEAKEST)
    chance = share[links.first] + share[links.second]
    chance *= links.weights
    chance *= PER_WORK / 2
    np.minimum(chance, 1, out=chance)
    kept = rng.random(len(links), dtype=np.float32) < chance
    weights = links.weights / np.where(kept, chance, 1)
    del chance
    part = components(Links(links.first[kept], links.second[kept], weights[kept]), size)
    kept |= part[links.first] != part[links.second]
    return Links(links.first[kept], links.second[kept], weights[kept])
