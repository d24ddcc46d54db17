"""Places for works by their years, the earliest on top."""

import math

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.build import MISSING
from graph.layout.links import Links, checked
from graph.layout.network import layout
from graph.layout.packing import distinct

__all__ = ["layout_by_year"]

SWEEPS = 24
"""How often each work is drawn to the middle of its neighbours."""

ASIDE = 5.0
"""How far the works without a year stand from the others."""


def layout_by_year(
    years: ArrayLike, i: ArrayLike, j: ArrayLike, weights: ArrayLike | None = None, *, seed: int = 0
) -> NDArray[np.float64]:
    """The place of each work in a picture in which time runs downwards: one row a work, x and y.

    The y axis points up: of two works the later one has the smaller y. The works of one year form a band, of as
    many lines as they need for the picture not to be wider than high by much. Bands are two units apart, works a
    unit or more, and years without works take no space. Works whose year is `MISSING` stand aside, in a block to
    the right.

    Linked works stand below each other as far as there is room: again and again each goes towards the middle of
    its neighbours, which leaves fewer links that cross (K. Sugiyama, S. Tagawa, M. Toda, Methods for visual
    understanding of hierarchical system structures, IEEE Trans. Syst. Man Cybern. 11 (2), 1981), beginning at the
    places that `layout` finds. It is the picture of HistCite, and of CitNetExplorer (N. J. van Eck, L. Waltman,
    CitNetExplorer: a new software tool for analyzing and visualizing citation networks, J. Informetrics 8 (4),
    2014).

    The links, the unit and the seed are those of `layout`. Raises ValueError as that does, and unless the years
    are one whole number for each work.

    >>> layout_by_year([2001, 2003, 2003], [1, 2], [0, 0]).tolist()
    [[1.0, 2.0], [0.0, 0.0], [2.0, 0.0]]
    """
    year = np.asarray(years)
    if year.ndim != 1 or (len(year) and year.dtype.kind not in "iu"):
        raise ValueError(f"years are a column of whole numbers, not {year.dtype} values of shape {year.shape}")
    size = len(year)
    links = checked(size, i, j, weights)
    if not size:
        return np.zeros((0, 2))
    dated = year != MISSING
    across = _ordered(links, layout(size, i, j, weights, seed=seed))
    at = np.zeros((2, size))
    known = np.flatnonzero(dated)
    if len(known):
        at[:, known] = _banded(year[known], across[known])
    aside = np.flatnonzero(~dated)
    if len(aside):
        start = at[0, known].max() + ASIDE if len(known) else 0.0
        high = math.ceil(math.sqrt(len(aside)))
        place = np.arange(len(aside))
        aside = aside[np.argsort(across[aside], kind="stable")]
        at[0, aside] = start + place // high
        at[1, aside] = at[1, known].max(initial=0) - place % high
    return distinct(at)


def _ordered(links: Links, start: NDArray[np.float64]) -> NDArray[np.float64]:
    """Numbers from 0 to 1, evenly spread, that lie near each other for linked works."""
    size = len(start)
    across = _ranks(start[:, 0])
    if not len(links):
        return across
    first, second, weights = links.first, links.second, links.weights
    total = np.bincount(first, weights, size) + np.bincount(second, weights, size)
    linked = total > 0
    for _ in range(SWEEPS):
        pulled = np.bincount(first, weights * across[second], size) + np.bincount(second, weights * across[first], size)
        middle = pulled[linked] / total[linked]
        moved = across.copy()
        moved[linked] = (across[linked] + middle) / 2
        # Without being spread out again all would meet in the middle.
        across = _ranks(moved)
    return across


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    ranks = np.empty(len(values))
    ranks[np.argsort(values, kind="stable")] = (np.arange(len(values)) + 0.5) / len(values)
    return ranks


def _banded(year: NDArray[np.int64], across: NDArray[np.float64]) -> NDArray[np.float64]:
    """Lines and columns for dated works: each near its place across, none nearer than a unit to another."""
    from scipy.optimize import isotonic_regression

    size = len(year)
    _, band, sizes = np.unique(year, return_inverse=True, return_counts=True)
    width = max(1, math.ceil(math.sqrt(size * 2)))
    lines = -(-sizes // width)
    order = np.lexsort((across, band))
    of_band = band[order]
    place = np.arange(size) - (np.cumsum(sizes) - sizes)[of_band]
    # As many works as the band has lines form a column, so that the order across is kept.
    columns = -(-sizes // lines)
    column = place // lines[of_band] + (np.cumsum(columns) - columns)[of_band]
    band_of = np.repeat(np.arange(len(sizes)), columns)
    # A picture of many years and few works is made as wide as it is high.
    top = np.cumsum(lines[::-1])[::-1] - 1 + np.arange(len(lines))[::-1]
    spread = max(width, int(top[0]))
    wanted = np.bincount(column, across[order]) / np.bincount(column) * spread
    # The least movement that puts columns of a band a unit apart; bands are kept from touching by a long way.
    number = np.arange(len(wanted))
    shift = band_of * (4.0 * spread) - number
    x = isotonic_regression(wanted + shift).x - shift
    at = np.empty((2, size))
    at[0, order] = x[column]
    at[1, order] = (top[of_band] - place % lines[of_band]).astype(np.float64)
    at[0] -= at[0].min()
    return at
