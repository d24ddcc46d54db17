"""Who cites a work, in the order of their years."""

import numpy as np
from numpy.typing import NDArray

from graph.build import MISSING, CitationGraph
from graph.metrics.sparse import sparse

__all__ = ["citing_in_time"]


def citing_in_time(graph: CitationGraph) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int32]]:
    """The works that have a year, oldest first, and for each work those that cite it in that order.

    The first array gives the rows of the works that have a year. Those that cite the row `i` are the works
    at the places `third[second[i]:second[i + 1]]` of the first, ascending.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> works = [Node("a"), Node("b", year=2020), Node("c", year=2010), Node("d")]
    >>> graph = build(works, [Citation(citing, "a", ("paper",)) for citing in "bcd"])
    >>> [array.tolist() for array in citing_in_time(graph)]
    [[2, 1], [0, 2, 2, 2, 2], [0, 1]]
    """
    dated = np.flatnonzero(graph.year != MISSING)
    order = dated[np.argsort(graph.year[dated], kind="stable")]
    # Going from rows to columns is a counting sort: what was in order by row comes out in order.
    turned = sparse(graph, np.bool_)[order].tocsc()
    return order, turned.indptr.astype(np.int64), turned.indices.astype(np.int32, copy=False)
