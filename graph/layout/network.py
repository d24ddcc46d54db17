"""Places for the works of a network, by its links."""

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.layout.forces import Places
from graph.layout.levels import drawn, drawn_together
from graph.layout.links import Links, checked, components, gathered, thinned
from graph.layout.packing import apart, distinct, loosened, packed

__all__ = ["layout"]

KINSHIP = 2.0
"""How much more a link within a community pulls."""

LARGE = 64
"""A part of fewer works, or of fewer than a 200th of all, is laid out together with others like it."""


def layout(
    size: int,
    i: ArrayLike,
    j: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    of: ArrayLike | None = None,
    seed: int = 0,
) -> NDArray[np.float64]:
    """The place of each work in a picture of the network: one row a work, x and y.

    The link `k` joins the works `i[k]` and `j[k]`, in no direction, with the weight `weights[k]`, or 1. Weights of
    the same two works add up, a weight of 0 is no link, and neither the order nor the scale of the weights
    matters. `of`, where it is given, is the number of each work's community: links within one pull twice as much,
    so that communities stand apart more clearly than their links alone would have it.

    A unit is the room that a work needs: works are a unit apart or more, except where the picture is crowded,
    and never at one place. The largest connected part is in the middle, its radius one to six times the square
    root of its works, and the other parts lie in rings about it, the works without any link outermost. Places are
    whole thousandths of a unit.

    Links pull and works push as in the energy model of A. Noack, Modularity clustering is force-directed layout,
    Phys. Rev. E 79, 026102, 2009, in which works with many links push more; with springs instead of that,
    communities of citation networks lie on top of each other. Above a million links that are more than six a
    work, a sample of about six a work stands for them; in parts of more than 10,000 works fewer rounds are made.
    Neither makes a picture random: the same seed gives the same bytes, whatever the number of threads, on the
    same machine and libraries. On another one a last digit may differ, and with it, in time, the whole picture.

    Raises ValueError when the arrays are not of one length, a row is not among the `size` works, a work is linked
    to itself, a weight is negative or not finite, or `of` is not one whole number for each work.

    >>> places = layout(3, [0], [1])
    >>> places.tolist()[2], round(float(np.hypot(*(places[0] - places[1]))), 2)
    ([1.5, 0.0], 1.0)
    """
    member = None if of is None else np.asarray(of)
    if member is not None and (member.shape != (size,) or member.dtype.kind not in "iu"):
        raise ValueError(f"communities are {size} integers, not {member.dtype} values of shape {member.shape}")
    rng = np.random.default_rng(seed)
    links = checked(size, i, j, weights)
    if member is not None:
        inside = member[links.first] == member[links.second]
        links = Links(links.first, links.second, np.where(inside, KINSHIP * links.weights, links.weights))
        del inside
    links = thinned(links, size, rng)
    part, sizes = _parts(links, size)
    order = np.argsort(part, kind="stable")
    place = np.empty(size, np.int64)
    place[order] = np.arange(size)
    bounds = np.concatenate(([0], np.cumsum(sizes)))
    # Parts are numbered by size: first those with a picture of their own, then the small ones, then single works.
    linked = int(bounds[np.count_nonzero(sizes > 1)])
    large = int(np.count_nonzero(sizes >= max(LARGE, size / 200)))
    at = np.zeros((2, size))
    owner = part[links.first]
    for number in range(large):
        low, high = bounds[number : number + 2].tolist()
        found = None if member is None else member[order[low:high]].astype(np.int64)
        at[:, low:high] = loosened(drawn(gathered(links, place - low, owner == number), high - low, found, rng))
    low = int(bounds[large])
    if low < linked:
        starts = np.repeat(bounds[large:-1], sizes[large:])[: linked - low] - low
        at[:, low:linked] = drawn_together(gathered(links, place - low, owner >= large), starts, rng)
    numbers = np.repeat(np.arange(len(sizes)), sizes)
    # Works with the same single neighbour come to lie at one place, from which no way leads apart.
    at[:, :linked] = apart(at[:, :linked] + rng.normal(0, 0.1, (2, linked)), numbers[:linked])
    middles, radii = _discs(at, bounds[:-1])
    ordered = np.argsort(-radii[1:], kind="stable") + 1
    ordered = np.concatenate(([0], ordered)) if size else np.zeros(0, np.int64)
    shifts = np.empty((2, len(sizes)))
    shifts[:, ordered] = packed(radii[ordered])
    at += (shifts - middles)[:, numbers]
    return distinct(at)[place]


def _parts(links: Links, size: int) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    """The number of each work's connected part, the largest first, and how many works the parts have."""
    labels = components(links, size)
    _, first, number, sizes = np.unique(labels, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    rank = np.empty(len(order), np.int64)
    rank[order] = np.arange(len(order))
    return rank[number], sizes[order]


def _discs(at: Places, starts: NDArray[np.int64]) -> tuple[Places, NDArray[np.float64]]:
    """The middle of each part, and the radius about it that holds its works and half a unit round them."""
    if not len(starts):
        return np.zeros((2, 0)), np.zeros(0)
    low, high = (each.reduceat(at, starts, axis=1) for each in (np.minimum, np.maximum))
    middles = (low + high) / 2
    lengths = np.diff(starts, append=at.shape[1])
    away = np.hypot(*(at - np.repeat(middles, lengths, axis=1)))
    radii: NDArray[np.float64] = np.maximum.reduceat(away, starts) + 0.5
    return middles, radii
