"""Communities of works: found by igraph, numbered and measured here."""

import math
import random
import sys
from collections.abc import Iterator
from dataclasses import dataclass
from functools import partial
from importlib import import_module
from itertools import chain
from threading import Lock
from types import ModuleType
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.build import CitationGraph

__all__ = ["Communities", "Method", "communities", "modularity", "of_network"]

Method = Literal["leiden", "louvain"]

ROUNDS = 50
"""The most rounds of Leiden: five were enough for 100,000 works, and four for a million."""

DIGITS = 52
"""Binary digits of the largest sum of weights: twice it is a whole number that floats can still count."""

BLOCK = 1 << 14
"""Links that are made into Python integers at a time."""

_GENERATOR = Lock()
"""Held while igraph is imported or draws random numbers: it has one generator for the whole process."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Communities:
    """A partition of works, the largest community first, and how it was found."""

    of: NDArray[np.int32]
    """The number of each work's community. Of two communities of one size, that of the first key comes first."""
    sizes: NDArray[np.int64]
    """How many works each community has, descending."""
    unlinked: int
    """Works without any link: each is a community of its own, among the last ones, and says nothing."""
    quality: float
    """The modularity at `resolution`; 0 where there are no links, and so no modularity."""
    method: Method
    resolution: float
    seed: int

    def __len__(self) -> int:
        return len(self.sizes)


def communities(
    graph: CitationGraph, *, method: Method = "leiden", resolution: float = 1.0, seed: int = 0
) -> Communities:
    """Works that cite each other more than their numbers of citations would bring about by chance.

    Each citation is a link, whatever its direction, so that two works that cite each other have two. The
    modularity is made large (M. E. J. Newman, M. Girvan, Phys. Rev. E 69, 026113, 2004; with a resolution:
    J. Reichardt, S. Bornholdt, Phys. Rev. E 74, 016110, 2006); the larger `resolution`, the more and smaller
    the communities. `leiden` (V. A. Traag, L. Waltman, N. J. van Eck, From Louvain to Leiden: guaranteeing
    well-connected communities, Sci. Rep. 9:5233, 2019) is repeated until nothing moves, and its communities
    are connected; those of `louvain` (V. D. Blondel, J.-L. Guillaume, R. Lambiotte, E. Lefebvre, Fast
    unfolding of communities in large networks, J. Stat. Mech. P10008, 2008) may fall apart.

    Both visit works in a random order: another seed gives another partition that is about as good, and the
    same seed the same one, whatever the number of threads. Python's own random state is left alone. igraph's
    generator goes back to its default, as igraph does not tell which one it had.

    Raises ValueError for an unknown method and unless the resolution is positive and finite.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> pairs = ["ba", "ca", "cb", "ed", "fd", "fe", "dc"]
    >>> graph = build(map(Node, "abcdefg"), [Citation(*pair, ("crossref",)) for pair in pairs])
    >>> found = communities(graph)
    >>> found.of.tolist(), found.sizes.tolist(), found.unlinked, round(found.quality, 4)
    ([0, 0, 0, 1, 1, 1, 2], [3, 3, 1], 1, 0.3571)
    """
    citing = np.repeat(np.arange(len(graph), dtype=np.int32), np.diff(graph.out_indptr))
    return _partition(len(graph), citing, graph.out_indices, None, method, resolution, seed)


def of_network(
    size: int,
    i: ArrayLike,
    j: ArrayLike,
    weights: ArrayLike | None = None,
    *,
    method: Method = "leiden",
    resolution: float = 1.0,
    seed: int = 0,
) -> Communities:
    """The communities of any network of `size` works, such as one of coupling or of co-citation.

    The link `k` joins the works `i[k]` and `j[k]`, in no direction, with the weight `weights[k]`, or 1.
    Weights of the same two works add up, a weight of 0 is no link, and the order of the links does not
    matter. Everything else is as in `communities`.

    Raises ValueError as `communities` does, and when the arrays are not of one length, a row is not among
    the `size` works, a work is linked to itself, or a weight is negative or not finite.

    >>> of_network(4, [0, 2, 1], [1, 3, 2], [5, 5, 0.5]).of.tolist()
    [0, 0, 1, 1]
    """
    rows, columns, given = _links(size, i, j, weights)
    joined = given > 0
    low, high = np.minimum(rows, columns)[joined], np.maximum(rows, columns)[joined]
    pairs, link = np.unique(low * size + high, return_inverse=True)
    united: NDArray[np.float64] = np.bincount(link, given[joined], len(pairs)).astype(np.float64)
    return _partition(size, pairs // max(size, 1), pairs % max(size, 1), united, method, resolution, seed)


def modularity(
    i: ArrayLike, j: ArrayLike, weights: ArrayLike | None, of: ArrayLike, *, resolution: float = 1.0
) -> float:
    """How much more of the links stay inside communities than chance would keep there.

    Q = sum over communities of L / m - resolution * (K / 2m)^2, where m is the weight of all links, L that
    of those inside the community, and K the sum of its works' weighted degrees. It is 0 where there are no
    links. Counts are exact, and the sum is rounded once, so that every machine gets the same number.

    >>> modularity([0, 2], [1, 3], None, [0, 0, 1, 1])
    0.5
    """
    member = np.asarray(of)
    rows, columns, given = _links(len(member), i, j, weights)
    return _modularity(rows, columns, given, member, resolution)


def _links(
    size: int, i: ArrayLike, j: ArrayLike, weights: ArrayLike | None
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.float64]]:
    """The links as three columns, checked, and the weights in whole units that add up without rounding.

    Weights that are rounded as they are added and taken away again can send a search round in circles (GitHub
    igraph/igraph issue 2650, vtraag/leidenalg issue 126, networkx/networkx pull request 8757). A unit is a
    power of two, so that counts stay what they are.
    """
    rows, columns = np.asarray(i), np.asarray(j)
    given = np.ones(rows.shape) if weights is None else np.asarray(weights, dtype=np.float64)
    if not rows.ndim == 1 or not rows.shape == columns.shape == given.shape:
        raise ValueError(f"links have rows of shape {rows.shape} and {columns.shape} and weights of {given.shape}")
    if not len(rows):
        return np.zeros(0, np.int64), np.zeros(0, np.int64), given
    for column in (rows, columns):
        if column.dtype.kind not in "iu" or column.min() < 0 or column.max() >= size:
            raise ValueError(f"a link joins two of the {size} works, given as integers from 0 to {size - 1}")
    if (rows == columns).any():
        raise ValueError(f"the work {rows[rows == columns][0]} is linked to itself")
    if not (np.isfinite(given) & (given >= 0)).all():
        raise ValueError("a weight is negative or not finite")
    fractions = np.ldexp(given, -int(np.frexp(given.max())[1]))
    units = np.rint(np.ldexp(fractions, DIGITS - len(rows).bit_length()))
    return rows.astype(np.int64), columns.astype(np.int64), np.where(given > 0, np.maximum(units, 1), 0)


def _partition(
    size: int,
    i: NDArray[np.integer[Any]],
    j: NDArray[np.integer[Any]],
    weights: NDArray[np.float64] | None,
    method: Method,
    resolution: float,
    seed: int,
) -> Communities:
    """Cluster links without loops, each weight a whole number, and number the communities."""
    if method not in get_args(Method):
        raise ValueError(f"communities are found by {' or '.join(get_args(Method))}, not by {method!r}")
    if not 0 < resolution < math.inf:
        raise ValueError(f"a resolution is positive and finite, not {resolution}")
    is_linked = np.zeros(size, dtype=np.bool_)
    is_linked[i] = True
    is_linked[j] = True
    linked = np.flatnonzero(is_linked)
    member, quality = np.arange(size), 0.0
    if len(linked):
        found, quality = _clustered(linked, is_linked, i, j, weights, method, resolution, seed)
        # Numbers of works without a link stay apart from those of communities.
        member += len(linked)
        member[linked] = found
    _, first, number, sizes = np.unique(member, return_index=True, return_inverse=True, return_counts=True)
    order = np.lexsort((first, -sizes))
    place = np.empty(len(order), dtype=np.int32)
    place[order] = np.arange(len(order), dtype=np.int32)
    of, ordered = place[number], sizes[order]
    of.flags.writeable = ordered.flags.writeable = False
    return Communities(
        of=of,
        sizes=ordered,
        unlinked=size - len(linked),
        quality=quality,
        method=method,
        resolution=resolution,
        seed=seed,
    )


def _igraph() -> ModuleType:
    """Import igraph without matplotlib, which it loads where it finds it: 0.04 s of CPU against 1.3.

    Where somebody sits at the interpreter, who may draw with igraph later, it is loaded as igraph is made.
    See `find_matplotlib` in github.com/igraph/python-igraph, src/igraph/drawing/matplotlib/utils.py.
    """
    kept_out = not hasattr(sys, "ps1") and not {"igraph", "matplotlib"} & sys.modules.keys()
    if kept_out:
        sys.modules["matplotlib"] = None  # type: ignore[assignment] # how Python is told that there is none
    try:
        return import_module("igraph")
    finally:
        if kept_out:
            del sys.modules["matplotlib"]


def _clustered(
    linked: NDArray[np.int64],
    is_linked: NDArray[np.bool_],
    i: NDArray[np.integer[Any]],
    j: NDArray[np.integer[Any]],
    weights: NDArray[np.float64] | None,
    method: Method,
    resolution: float,
    seed: int,
) -> tuple[NDArray[np.int64], float]:
    """The partition of the linked works that igraph finds, and its modularity."""
    with _GENERATOR:
        igraph = _igraph()
    rank = np.cumsum(is_linked, dtype=np.int32) - 1
    network = igraph.Graph(len(linked), _pairs(i, j, rank), False)

    def measured(found: Any) -> tuple[NDArray[np.int64], float]:
        member = np.array(found.membership, dtype=np.int64)
        return member, _modularity(i, j, weights, member[rank], resolution)

    with _GENERATOR:
        igraph.set_random_number_generator(random.Random(seed))  # noqa: S311  (no secret depends on it)
        try:
            if method == "louvain":
                return measured(network.community_multilevel(weights=weights, resolution=resolution))
            improved = partial(
                network.community_leiden,
                objective_function="modularity",
                weights=weights,
                resolution=resolution,
                n_iterations=1,
            )
            best, quality = measured(improved())
            # igraph's own stop is a round that moves nothing: with a weight of 0.1 on each of 82 links it went to
            # and fro between two partitions of one quality for ten minutes, and was ended.
            for _ in range(ROUNDS - 1):
                member, gained = measured(improved(initial_membership=best.tolist()))
                if gained <= quality:
                    break
                best, quality = member, gained
            return best, quality
        finally:
            igraph.set_random_number_generator(random)


def _pairs(
    i: NDArray[np.integer[Any]], j: NDArray[np.integer[Any]], rank: NDArray[np.int32]
) -> Iterator[tuple[int, int]]:
    """The links between the linked works, made as they are asked for."""
    # igraph also takes a buffer, which its published wheels unfold into a list of lists of Python integers first, at
    # three times the time and 120 bytes a link (GitHub igraph/python-igraph, src/_igraph/convert.c,
    # igraphmodule_PyObject_to_edgelist without PY_IGRAPH_ALLOW_ENTIRE_PYTHON_API).
    blocks = (slice(start, start + BLOCK) for start in range(0, len(i), BLOCK))
    return chain.from_iterable(zip(rank[i[some]].tolist(), rank[j[some]].tolist(), strict=True) for some in blocks)


def _modularity(
    i: NDArray[np.integer[Any]],
    j: NDArray[np.integer[Any]],
    weights: NDArray[np.float64] | None,
    of: NDArray[np.integer[Any]],
    resolution: float,
) -> float:
    if not len(i):
        return 0.0
    left, right = of[i], of[j]
    inside = left == right
    many = int(of.max()) + 1
    within = np.bincount(left[inside], None if weights is None else weights[inside], minlength=many)
    strength = np.bincount(left, weights, minlength=many) + np.bincount(right, weights, minlength=many)
    total = int(strength.sum()) // 2
    if not total:
        return 0.0
    return math.fsum((within / total - resolution * (strength / (2 * total)) ** 2).tolist())
