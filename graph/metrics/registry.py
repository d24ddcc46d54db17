"""The register of metrics: every one by its name, and those that graph files hold."""

from collections.abc import Callable
from typing import Any

from numpy.typing import NDArray

from graph.build import CitationGraph

__all__ = ["METRICS", "WRITTEN", "Metric", "NotConverged", "metric"]

Metric = Callable[[CitationGraph], NDArray[Any]]
"""Takes a graph and gives one number for each of its works, aligned with `graph.keys`.

Integers, or floats that are finite, or NaN where the number is not defined for a work. The same graph gives
the same numbers.
"""

METRICS: dict[str, Metric] = {}
"""Every metric by its name, in the order of registration."""

WRITTEN: dict[str, Metric] = {}
"""Those of `METRICS` that are written into graph files."""


class NotConverged(ArithmeticError):
    """An iteration that should settle did not, within the steps it was given."""


def metric(name: str, *, written: bool = False) -> Callable[[Callable[..., NDArray[Any]]], Callable[..., NDArray[Any]]]:
    """Register a metric; its name becomes a choice of the command line.

    With `written`, it also becomes a column of every graph file. That is for metrics whose cost grows no
    faster than the citations, because every export pays it.
    """

    def register(measure: Callable[..., NDArray[Any]]) -> Callable[..., NDArray[Any]]:
        if name in METRICS:
            raise ValueError(f"metric {name!r} is defined twice")
        METRICS[name] = measure
        if written:
            WRITTEN[name] = measure
        return measure

    return register
