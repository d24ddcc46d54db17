"""Works push each other apart, and links pull them together, until little moves."""

from collections.abc import Callable
from functools import lru_cache

import numpy as np
from numpy.typing import NDArray

from graph.layout.links import Links

__all__ = ["Places", "Repulsion", "mesh", "pairs", "relaxed"]

Places = NDArray[np.float64]
"""Two rows, x and y, and a column for each work."""

Repulsion = Callable[[Places], Places]
"""From the places, the push on each work: the sum of its distance vectors to the others, each divided by the
square of its length and multiplied by the other's mass."""

EXPONENT = 0.5
"""The pull of a link grows with this power of its length: with the square root.

With 1, the springs of Fruchterman and Reingold, communities lie on top of each other; with 0 (LinLog) they stand
clear of each other, and each is a ball in which works hide one another.
"""

STEP = 0.7
"""The share of the way to where pull and push would balance, if nothing else moved."""

CELLS = 2
"""Cells of the mesh along the way from one work to the next, where they are evenly spread."""

SIDES = (64, 1024)
"""The fewest and the most cells along a side of the mesh."""


def relaxed(
    at: Places,
    links: Links,
    mass: NDArray[np.float64],
    *,
    repulsion: Repulsion,
    strength: float | NDArray[np.float64],
    gravity: float | NDArray[np.float64],
    reach: float | NDArray[np.float64],
    rounds: int,
) -> Places:
    """The places after so many rounds, in which no work moves further than `reach`, and ever less far.

    The energy is that of A. Noack, Modularity clustering is force-directed layout, Phys. Rev. E 79, 026102, 2009:
    links pull with a power of their length, works push each other by mass over distance. `gravity` pulls to the
    middle, as a background of constant density would, so that the outermost works stay in the picture.
    """
    size = at.shape[1]
    first, second, weights = links.first, links.second, links.weights
    for round_ in range(rounds):
        furthest = reach * (1 - round_ / rounds)
        across, up = (row[second] - row[first] for row in at)
        # A link of no length would pull without bound.
        length = np.sqrt(np.maximum(across**2 + up**2, (0.05 + 0.1 * np.max(furthest)) ** 2))
        stiffness = weights / np.sqrt(length)
        held = np.bincount(first, stiffness, size) + np.bincount(second, stiffness, size) + gravity * mass
        push = repulsion(at)
        force = np.empty_like(at)
        for row, way in enumerate((across, up)):
            pull = stiffness * way
            force[row] = np.bincount(first, pull, size) - np.bincount(second, pull, size)
            force[row] += mass * (strength * push[row] - gravity * at[row])
        force *= STEP / held
        force *= np.minimum(1, furthest / np.maximum(np.sqrt(np.square(force).sum(axis=0)), 1e-9))
        at = at + force
    return at


def mesh(mass: NDArray[np.float64]) -> Repulsion:
    """The push of all on all, in time that does not grow with the square of their number.

    Masses are shared out to the four nearest points of a square mesh, the field of all points at all points is
    one convolution, and it is read off again in the same shares, so that no work pushes itself (R. W. Hockney,
    J. W. Eastwood, Computer Simulation Using Particles, 1988: particle-mesh). Works within one cell hardly feel
    each other.
    """
    from scipy import fft

    side = fft.next_fast_len(int(np.clip(CELLS * np.sqrt(len(mass)), *SIDES)), real=True)
    wide = (2 * side, 2 * side)

    def push(at: Places) -> Places:
        low, high = at.min(axis=1), at.max(axis=1)
        cell = max(float((high - low).max()), 1e-9) / (side - 2)
        scaled = (at - ((low + high) / 2)[:, None]) / cell + (side - 1) / 2
        corner = np.clip(scaled.astype(np.int64), 0, side - 2)
        right, above = scaled - corner
        place = corner[1] * side + corner[0]
        shares = (
            (place, (1 - right) * (1 - above)),
            (place + 1, right * (1 - above)),
            (place + side, (1 - right) * above),
            (place + side + 1, right * above),
        )
        heaped = np.zeros(side * side)
        for point, share in shares:
            heaped += np.bincount(point, share * mass, side * side)
        heaps = fft.rfft2(heaped.reshape(side, side).astype(np.float32), s=wide)
        felt = np.zeros_like(at)
        for row, kernel in enumerate(_kernels(side)):
            field = fft.irfft2(heaps * kernel, s=wide)[:side, :side].ravel()
            for point, share in shares:
                felt[row] += share * field[point]
        felt /= cell
        return felt

    return push


@lru_cache(maxsize=2)
def _kernels(side: int) -> tuple[NDArray[np.complex64], NDArray[np.complex64]]:
    """The push of a mass of one, along x and y, transformed, on a mesh twice as wide so that it does not wrap."""
    from scipy import fft

    away = np.fft.fftfreq(2 * side, 1 / (2 * side))
    away[side] = 0
    up, across = np.meshgrid(away, away, indexing="ij")
    # Half a cell squared is added, without which points that share a cell would push without bound.
    squared = across**2 + up**2 + 0.5
    along_x, along_y = (fft.rfft2((part / squared).astype(np.float32)) for part in (across, up))
    return along_x, along_y


def pairs(
    mass: NDArray[np.float64], starts: NDArray[np.int64], sizes: NDArray[np.int64], rng: np.random.Generator
) -> Repulsion:
    """The push within each of many small parts: of all on all where they are few, else of a sample.

    For each work, `starts` says where its part begins and `sizes` how many works it has, which stand together.
    A part is turned against itself by so many places, a different number each round.
    """
    most = int(np.clip(2_000_000 // max(len(mass), 1), 2, 32))
    place = np.arange(len(mass)) - starts
    others = sizes - 1
    asked = np.minimum(others, most)

    def push(at: Places) -> Places:
        felt = np.zeros_like(at)
        for turn in range(1, int(asked.max(initial=0)) + 1):
            shift = np.where(others <= most, turn, 1 + (rng.random() * others).astype(np.int64))
            other = starts + (place + shift) % sizes
            away = at - at[:, other]
            counts = np.where(turn <= asked, others / np.maximum(asked, 1), 0.0)
            felt += away * (counts * mass[other] / (np.square(away).sum(axis=0) + 1e-3))
        return felt

    return push
