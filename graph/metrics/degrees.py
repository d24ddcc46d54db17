"""Citations counted: received and given, within the graph."""

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.metrics.registry import metric

__all__ = ["in_degree", "out_degree"]


@metric("in_degree", written=True)
def in_degree(graph: CitationGraph) -> NDArray[np.int64]:
    """How many works in the graph cite this one: fewer than cite it anywhere, which is `cited_by_count`.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> in_degree(build([Node("a"), Node("b")], [Citation("b", "a", ("crossref",))])).tolist()
    [1, 0]
    """
    return np.diff(graph.in_indptr)


@metric("out_degree", written=True)
def out_degree(graph: CitationGraph) -> NDArray[np.int64]:
    """How many works in the graph this one cites: fewer than its reference list may hold.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> out_degree(build([Node("a"), Node("b")], [Citation("b", "a", ("crossref",))])).tolist()
    [0, 1]
    """
    return np.diff(graph.out_indptr)
