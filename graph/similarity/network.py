"""A network of pairs, each with a count and a weight, and the measures that make the one from the other."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Literal, get_args

import numpy as np
from numpy.typing import NDArray

__all__ = ["Measure", "Network", "check_at_least", "check_measure", "weigh"]

Measure = Literal["count", "cosine", "jaccard", "association", "fractional"]


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Network:
    """An undirected network: node `first[k]` and node `second[k]` are linked, with `weights[k]`.

    `first` is below `second` in every link, no pair stands twice, and the links are ordered by the two. The
    columns are read-only.
    """

    keys: Sequence[str]
    """The nodes, sorted; `first` and `second` hold places in it. A node may be without links."""
    occurrences: NDArray[np.int64]
    """For each node, how many things it could share: the sizes s that the measures divide by."""
    first: NDArray[np.int32]
    second: NDArray[np.int32]
    counts: NDArray[np.int32]
    """How many things the two share, at least `least`, whatever the measure."""
    weights: NDArray[np.float64]
    measure: Measure
    least: int
    hub: int | None
    """The size above which a thing that is shared was left out of account; None when none was."""
    left_out: tuple[str, ...] = ()
    """The keys of what was left out for exceeding `hub`, sorted."""

    def __len__(self) -> int:
        return len(self.keys)

    @property
    def links(self) -> NDArray[np.int64]:
        """For each node, to how many others it is linked: VOSviewer's "Links"."""
        return np.bincount(self.first, minlength=len(self)) + np.bincount(self.second, minlength=len(self))

    @property
    def total_strength(self) -> NDArray[np.float64]:
        """For each node, the sum of the weights of its links: VOSviewer's "Total link strength".

        VOSviewer sums before it normalises, so the two agree for the measures `count` and `fractional`.
        """
        ends = (self.first, self.second)
        one, other = (np.bincount(end, weights=self.weights, minlength=len(self)) for end in ends)
        # bincount of no links gives integers, whatever its weights are.
        return (one + other).astype(np.float64, copy=False)

    def connected(self) -> "Network":
        """The same links between the same nodes, without the nodes that have no link."""
        linked = self.links > 0
        renumbered = np.cumsum(linked, dtype=np.int32) - 1
        places: list[int] = np.flatnonzero(linked).tolist()
        return Network(
            keys=tuple(self.keys[place] for place in places),
            occurrences=_frozen(self.occurrences[linked]),
            first=_frozen(renumbered[self.first]),
            second=_frozen(renumbered[self.second]),
            counts=self.counts,
            weights=self.weights,
            measure=self.measure,
            least=self.least,
            hub=self.hub,
            left_out=self.left_out,
        )


def weigh(
    keys: Sequence[str],
    occurrences: NDArray[np.int64],
    links: tuple[NDArray[np.int32], NDArray[np.int32], NDArray[np.int32]],
    *,
    measure: Measure,
    least: int,
    hub: int | None,
    left_out: tuple[str, ...],
    fractions: NDArray[np.float64] | None = None,
) -> Network:
    """Weigh the links (first, second, count) by a measure.

    With c the count of a link and s the occurrences of its ends, the measures are

    - `count`: c;
    - `cosine`: c / √(s_i s_j), Salton's;
    - `jaccard`: c / (s_i + s_j - c);
    - `association`: c / (s_i s_j), the association strength of N. J. van Eck, L. Waltman, How to normalize
      cooccurrence data?, JASIST 60 (8), 2009, 1635-1651, with the occurrences as s, as bibliometrix has it (GitHub
      massimoaria/bibliometrix R/normalizeSimilarity.R). VOSviewer's s is the total link strength, times a constant;
    - `fractional`: what `fractions` holds.
    """
    first, second, counts = links
    if fractions is not None:
        weights = fractions
    elif measure == "count":
        weights = counts.astype(np.float64)
    elif measure == "jaccard":
        weights = counts / (occurrences[first] + occurrences[second] - counts)
    else:
        sizes = occurrences[first].astype(np.float64) * occurrences[second]
        weights = counts / (np.sqrt(sizes, out=sizes) if measure == "cosine" else sizes)
    return Network(
        keys=keys,
        occurrences=_frozen(occurrences),
        first=_frozen(first),
        second=_frozen(second),
        counts=_frozen(counts),
        weights=_frozen(weights),
        measure=measure,
        least=least,
        hub=hub,
        left_out=left_out,
    )


def check_measure(measure: str, *, fractional: bool) -> None:
    """Raise ValueError unless there is such a measure, and it is one for this network."""
    known = [name for name in get_args(Measure) if fractional or name != "fractional"]
    if measure not in known:
        raise ValueError(f"no measure is called {measure!r}; there are {', '.join(known)}")


def check_at_least(**numbers: int | None) -> None:
    """Raise ValueError, naming it, for a number below 1; None stands for no bound and passes."""
    for name, number in numbers.items():
        if number is not None and number < 1:
            raise ValueError(f"{name} is at least 1, not {number}")


def _frozen(column: NDArray[Any]) -> NDArray[Any]:
    """The same numbers, read-only."""
    column = column.view()
    column.flags.writeable = False
    return column
