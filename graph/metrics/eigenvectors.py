"""Works ranked by the ranks of the works that cite them: PageRank, hubs and authorities.

Both are eigenvectors, found by products with the matrix of citations. Sums are taken in a fixed order on
one thread, not by the linear algebra library, whose order depends on the number of threads.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.metrics.registry import NotConverged, metric
from graph.metrics.sparse import sparse

__all__ = ["Hits", "authority", "hits", "hub", "pagerank"]

Vector = NDArray[np.float64]

TOLERANCE = 1e-12
ITERATIONS = 1_000

KRYLOV = 16
"""Directions kept at a time: more settle in fewer products, and cost 8 bytes a work each."""
RESTARTS = 200


@metric("pagerank", written=True)
def pagerank(graph: CitationGraph, *, damping: float = 0.85) -> NDArray[np.float64]:
    """The share of time that a reader spends at each work who follows references at random.

    With probability `damping` the reader goes on to one of the references of the work at hand, each alike,
    and otherwise, or where there are no references, to any work at all. The shares sum to 1. They are
    iterated until a step moves less than 1e-12 of the whole: the usual stop, 1e-6 a work, left 18 per cent
    of the whole misplaced on a graph of 200,000 works. One thread does the sums, in a fixed order.

    Raises ValueError unless 0 <= damping < 1, and NotConverged when 1,000 steps are not enough, which
    takes a damping above 0.97.

    L. Page, S. Brin, R. Motwani, T. Winograd, The PageRank Citation Ranking: Bringing Order to the Web,
    Stanford 1999. A. N. Langville, C. D. Meyer, Deeper Inside PageRank, Internet Mathematics 1 (3), 2004,
    whose example of six pages, the second without references, is this one:

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> links = ["12", "13", "31", "32", "35", "45", "46", "54", "56", "64"]
    >>> pages = build(map(Node, "123456"), [Citation(*link, ("paper",)) for link in links])
    >>> pagerank(pages, damping=0.9).round(4).tolist()
    [0.0372, 0.054, 0.0415, 0.3751, 0.206, 0.2862]
    """
    if not 0 <= damping < 1:
        raise ValueError(f"damping is at least 0 and below 1, not {damping}")
    size = len(graph)
    if not size:
        return np.zeros(0)
    references = np.diff(graph.out_indptr)
    dangling = np.flatnonzero(references == 0)
    parts = damping / np.maximum(references, 1)
    cited = sparse(graph, np.float64, turned=True)
    rank = np.full(size, 1 / size)
    for _ in range(ITERATIONS):
        following: Vector = cited @ (rank * parts)
        following += (1 - damping + damping * rank[dangling].sum()) / size
        following /= following.sum()
        change = np.abs(following - rank).sum()
        rank = following
        if change < TOLERANCE:
            return rank
    raise NotConverged(f"PageRank with damping {damping} still changes by {change:.1e} after {ITERATIONS} steps")


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Hits:
    """Two shares for each work, aligned with the keys of the graph; each column sums to 1.

    Both are 0 throughout where nothing is cited.
    """

    hubs: NDArray[np.float64]
    authorities: NDArray[np.float64]


def hits(graph: CitationGraph) -> Hits:
    """How good a guide to the graph each work is, and how much such guides agree on it.

    An authority is cited by good hubs, a hub cites good authorities: with A the matrix in which row cites
    column, authorities are the principal eigenvector of A'A, and hubs are A times it. Where the largest
    eigenvalue is not single (two parts of the graph that are equally strong) there are many such vectors;
    this one is that to which Kleinberg's own iteration leads when every work starts with the same weight,
    which is the degrees as far as they lie in the space of these vectors. Shares sum to 1.

    The vector x is accepted when A'Ax differs from its multiple of x by less than 1e-12 of it. Restarted
    Lanczos steps find it, as the plain iteration may take thousands; shares below 1e-12 of the largest
    cannot be told from nothing and are given as 0. Raises NotConverged when 200 restarts of 16 steps are
    not enough.

    J. M. Kleinberg, Authoritative sources in a hyperlinked environment, Journal of the ACM 46 (5), 1999.
    A. Farahat, T. LoFaro, J. C. Miller, G. Rae, L. A. Ward, Authority rankings from HITS, PageRank, and SALSA:
    existence, uniqueness, and effect of initialization, SIAM Journal on Scientific Computing 27 (4), 2006.
    The example of A. N. Langville, C. D. Meyer, A survey of eigenvector methods for web information
    retrieval, SIAM Review 47 (1), 2005, with pages 1, 2, 3, 5, 6 and 10, in which page 10 is "X" here:

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> links = ["13", "16", "21", "36", "63", "65", "X6"]
    >>> found = hits(build(map(Node, "12356X"), [Citation(*link, ("paper",)) for link in links]))
    >>> found.authorities.round(4).tolist(), found.hubs.round(4).tolist()
    ([0.0, 0.0, 0.366, 0.134, 0.5, 0.0], [0.366, 0.0, 0.2113, 0.0, 0.2113, 0.2113])
    """
    if not graph.citations:
        return Hits(hubs=np.zeros(len(graph)), authorities=np.zeros(len(graph)))
    cites, cited = sparse(graph, np.float64), sparse(graph, np.float64, turned=True)

    def both_steps(weights: Vector) -> Vector:
        product: Vector = cited @ (cites @ weights)
        return product

    authorities = _principal(both_steps, np.diff(graph.in_indptr).astype(np.float64))
    hubs = cites @ authorities
    return Hits(hubs=_shares(hubs), authorities=_shares(authorities))


@metric("hub")
def hub(graph: CitationGraph) -> NDArray[np.float64]:
    """How well the references of a work agree with those of the others: the hubs of `hits`."""
    return hits(graph).hubs


@metric("authority")
def authority(graph: CitationGraph) -> NDArray[np.float64]:
    """How much the best guides to the graph agree on a work: the authorities of `hits`."""
    return hits(graph).authorities


def _shares(weights: Vector) -> Vector:
    kept = np.where(weights < TOLERANCE * weights.max(), 0, weights)
    shares: Vector = kept / kept.sum()
    return shares


def _principal(product: Callable[[Vector], Vector], start: Vector) -> Vector:
    """The limit of repeated products with a symmetric matrix of numbers at least 0, from this start.

    Every vector in sight is a sum of products from the start, so that of a space of eigenvectors it is the
    projection of the start that is found, as by plain repetition.
    """
    vector = start / _length(start)
    for _ in range(RESTARTS):
        basis = [vector]
        diagonal: list[float] = []
        beside: list[float] = []
        while True:
            step = product(basis[-1])
            diagonal.append(_dot(step, basis[-1]))
            if len(basis) == 1:
                rest = _length(step - diagonal[0] * vector)
                if rest <= TOLERANCE * diagonal[0]:
                    return np.maximum(vector, 0)
            # Against all, twice: what rounding leaves of the others would come back as false directions.
            for _ in range(2):
                for direction in basis:
                    step -= _dot(step, direction) * direction
            length = _length(step)
            if len(basis) == KRYLOV or length <= TOLERANCE * diagonal[0]:
                break
            beside.append(length)
            basis.append(step / length)
        small = np.diag(diagonal) + np.diag(beside, 1) + np.diag(beside, -1)
        weights: NDArray[Any] = np.linalg.eigh(small)[1][:, -1]
        vector = sum((weight * direction for weight, direction in zip(weights.tolist(), basis, strict=True)), 0 * start)
        vector /= _length(vector) * np.sign(vector.sum())
    raise NotConverged(f"hubs and authorities still change by {rest / diagonal[0]:.1e} after {RESTARTS} restarts")


def _dot(left: Vector, right: Vector) -> float:
    # Not the library's product, whose rounding depends on how many threads share it.
    return float((left * right).sum())


def _length(vector: Vector) -> float:
    return float(np.sqrt(_dot(vector, vector)))
