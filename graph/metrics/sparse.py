"""The citations as a sparse matrix of a chosen type, sharing what the graph already holds."""

from typing import TYPE_CHECKING

import numpy as np
from numpy.typing import DTypeLike

from graph.build import CitationGraph

if TYPE_CHECKING:
    from scipy.sparse import csr_array

__all__ = ["sparse"]


def sparse(graph: CitationGraph, dtype: DTypeLike, *, turned: bool = False) -> "csr_array":
    """A matrix of ones in which row cites column or, when `turned`, row is cited by column.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> graph = build([Node("a"), Node("b")], [Citation("b", "a", ("crossref",))])
    >>> sparse(graph, np.int8).toarray().tolist(), sparse(graph, np.int8, turned=True).toarray().tolist()
    ([[0, 0], [1, 0]], [[0, 1], [0, 0]])
    """
    from scipy.sparse import csr_array

    indptr, indices = (graph.in_indptr, graph.in_indices) if turned else (graph.out_indptr, graph.out_indices)
    if graph.citations <= np.iinfo(np.int32).max:
        # Pointers and indices have one type in scipy, and it is the longer that wins: 8 bytes a citation.
        indptr = indptr.astype(np.int32)
    return csr_array((np.ones(graph.citations, dtype=dtype), indices, indptr), shape=(len(graph), len(graph)))
