"""Works that lie on each other are moved apart, and unconnected parts are set round the largest."""

import math

import numpy as np
from numpy.typing import NDArray

from graph.layout.forces import Places

__all__ = ["apart", "distinct", "loosened", "packed"]

NEIGHBOURS = 4
"""How many of the nearest works move a work away."""

LOOSEST = 3

FINEST = 1000
"""Places are whole numbers of such parts of a unit."""


def loosened(at: Places) -> Places:
    """The places, all further apart by one factor of up to 3 where more than half the works lie within a unit."""
    from scipy.spatial import cKDTree

    tree = cKDTree(at.T, balanced_tree=False, compact_nodes=False)
    near, _ = tree.query(at.T, k=[2])
    return at * float(np.clip(1 / max(float(np.median(near)), 1e-9), 1, LOOSEST))


def apart(at: Places, part: NDArray[np.int64]) -> Places:
    """The places when works of one part that are nearer than a unit have pushed each other away for a while.

    It takes up to 60 rounds, and fewer in a large network, so that some pairs may still be nearer.
    """
    from scipy.spatial import cKDTree

    size = at.shape[1]
    # Neighbours in the picture are made neighbours in memory.
    order = np.lexsort((at[1], np.floor(at[0] / 16), part))
    at, part = at[:, order], part[order]
    for _ in range(int(np.clip(2_000_000 // max(size, 1), 4, 60))):
        # Parts lie on separate floors.
        points = np.column_stack((at[0], at[1], 2.0 * part))
        tree = cKDTree(points, balanced_tree=False, compact_nodes=False)
        near, other = tree.query(points, k=NEIGHBOURS + 1, distance_upper_bound=1)
        found = np.isfinite(near) & (other != np.arange(size)[:, None])
        rows, _ = np.nonzero(found)
        if not len(rows):
            break
        lengths = np.maximum(near[found], 1e-9)
        away = (at[:, rows] - at[:, other[found]]) * ((1 - lengths) / (2 * lengths))
        at = at + np.stack([np.bincount(rows, row, size) for row in away])
    back = np.empty_like(order)
    back[order] = np.arange(size)
    return at[:, back]


def packed(radii: NDArray[np.float64]) -> Places:
    """Where the middles of discs go, the largest first, so that they lie in rings about the first of them.

    >>> packed(np.array([3.0, 1.0, 1.0])).round(6).tolist()
    [[0.0, 4.0, -4.0], [0.0, 0.0, 0.0]]
    """
    middles = np.zeros((2, len(radii)))
    if not len(radii):
        return middles
    placed, rim = 1, float(radii[0])
    smallest = float(radii[-1])
    while placed < len(radii):
        ring = rim + float(radii[placed])
        # A disc of radius r takes up this angle of a ring of radius R: 2 arcsin(r / R).
        room = int(math.pi / math.asin(min(1.0, smallest / ring))) + 1
        angles = 2 * np.arcsin(np.minimum(1, radii[placed : placed + room] / ring))
        ends = np.cumsum(angles)
        fits = max(1, int(np.searchsorted(ends, 2 * math.pi * (1 + 1e-9), side="right")))
        gap = max(0.0, 2 * math.pi - float(ends[fits - 1])) / fits
        turned = ends[:fits] - angles[:fits] / 2 + gap * np.arange(fits)
        turned -= turned[0]
        middles[0, placed : placed + fits] = ring * np.cos(turned)
        middles[1, placed : placed + fits] = ring * np.sin(turned)
        rim = ring + float(radii[placed])
        placed += fits
    return middles


def distinct(at: Places) -> NDArray[np.float64]:
    """The places as rows of x and y, in whole thousandths of a unit, no two alike.

    >>> distinct(np.array([[0.12345, 0.12345], [1.0, 1.0]])).tolist()
    [[0.123, 1.0], [0.124, 1.0]]
    """
    across, up = np.rint(at * FINEST).astype(np.int64)
    while True:
        order = np.lexsort((up, across))
        same = np.zeros(len(order), np.bool_)
        same[1:] = (np.diff(across[order]) == 0) & (np.diff(up[order]) == 0)
        if not same.any():
            break
        # Those at one place go along x by 0, 1, 2, ... and may so come upon others.
        place = np.arange(len(order))
        across[order] += place - np.maximum.accumulate(np.where(same, 0, place))
    return np.column_stack((across, up)) / FINEST
