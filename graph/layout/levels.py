"""Networks are laid out: a connected one from a rough picture of it to a fine one, and many small ones together."""

import math
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.layout.forces import EXPONENT, Places, mesh, pairs, relaxed
from graph.layout.links import Links, components, contracted, strengths

__all__ = ["drawn", "drawn_together"]

ROUGHEST = 50
"""A network of so few works is not made rougher."""

FIRST_ROUNDS = 200
ROUNDS = 60
LEAST_ROUNDS = 16
MANY = 10_000
"""Above so many works the rounds are fewer."""

SPACE = 2.0
"""The radius of a picture is that of a disc in which each work has a square of this side."""

LENGTH = 0.4
"""The mean length of a link as a share of the radius, were there no gravity."""

GRAVITY = 0.3
"""The share of the push that gravity takes away from a work at the rim."""


def drawn(links: Links, size: int, of: NDArray[np.int64] | None, rng: np.random.Generator) -> Places:
    """Places for a connected network, about 0.

    Each work is joined to the neighbour that it depends on most, within its community if it has one there, and
    so on until few are left. Those find their places, and then the parts of each do, beginning at the place of
    the whole (C. Walshaw, A multilevel algorithm for force-directed graph-drawing, J. Graph Algorithms Appl. 7
    (3), 2003).
    """
    radius = SPACE * math.sqrt(size / math.pi)
    mass = strengths(links, size)
    strength = _strength(links.weights.sum(), mass.sum(), radius)
    gravity = GRAVITY * strength * mass.sum() / radius**2
    finer = []
    while len(mass) > ROUGHEST:
        group = _grouped(links, len(mass), of, rng)
        groups = int(group.max()) + 1
        if groups < 4:
            break
        finer.append((links, mass, group))
        if of is not None:
            # Joined works are of one community wherever they can be.
            named = np.empty(groups, np.int64)
            named[group] = of
            of = named
        links = contracted(links, group, groups)
        mass = np.bincount(group, mass, groups).astype(np.float64, copy=False)
    at = rng.normal(0, radius / 2, (2, len(mass)))
    reach, rounds = radius / 3, FIRST_ROUNDS
    while True:
        at = relaxed(
            at,
            links,
            mass,
            repulsion=mesh(mass),
            strength=strength,
            gravity=gravity,
            reach=reach,
            rounds=rounds,
        )
        if not finer:
            return at
        links, mass, group = finer.pop()
        space = radius / math.sqrt(len(mass))
        at = at[:, group] + rng.normal(0, space / 2, (2, len(mass)))
        reach = 2 * space
        rounds = int(np.clip(ROUNDS * math.sqrt(MANY / len(mass)), LEAST_ROUNDS, ROUNDS))


def drawn_together(links: Links, starts: NDArray[np.int64], rng: np.random.Generator) -> Places:
    """Places for many connected networks, each about 0.

    The works of one stand together, and `starts` says for each work where those of its network begin.
    """
    size = len(starts)
    mass = strengths(links, size)
    sizes = np.bincount(starts, minlength=size)[starts]
    radius = SPACE * np.sqrt(sizes / math.pi)
    weight = np.bincount(starts[links.first], links.weights, size)[starts]
    total = np.bincount(starts, mass, size)[starts]
    strength = _strength(weight, total, radius)
    return relaxed(
        rng.normal(0, 0.5, (2, size)) * radius,
        links,
        mass,
        repulsion=pairs(mass, starts, sizes, rng),
        strength=strength,
        gravity=GRAVITY * strength * total / radius**2,
        reach=radius / 3,
        rounds=ROUNDS,
    )


def _strength(weight: Any, mass: Any, radius: Any) -> Any:
    """How much works push: where link and push balance, links are `LENGTH` of the radius long on average."""
    return (LENGTH * radius) ** (1 + EXPONENT) * weight / (mass**2 / 2)


def _grouped(links: Links, size: int, of: NDArray[np.int64] | None, rng: np.random.Generator) -> NDArray[np.int64]:
    """The number of the group of each work: works are in one group when one of them points to the other.

    Each points to the neighbour that has the largest part of its weight in their link. Draws settle ties, or a
    chain of works would become one group.
    """
    degree = strengths(links, size)
    worth = links.weights / (degree[links.first] + degree[links.second])
    worth *= 1 + 0.5 * rng.random(len(worth))
    if of is not None:
        worth[of[links.first] == of[links.second]] += 2
    one = np.concatenate((links.first, links.second))
    other = np.concatenate((links.second, links.first))
    worth = np.concatenate((worth, worth))
    best = np.zeros(size)
    np.maximum.at(best, one, worth)
    chosen = np.flatnonzero(worth == best[one])
    return components(Links(one[chosen], other[chosen], worth[chosen]), size)
