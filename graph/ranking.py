"""The yield of a citation search in the order in which to read it: what is nearest to the seeds comes first.

Each work gets what can be said of it and the seeds, part by part: how many of them it is linked to, how much it is
cited and citing together with them, how often it occurs within two citations of them, how alike its text is, and the
texts around it. The score is a plain mean of these parts, so that it can be told of any work why it is where it is.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypeAlias

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.build import CitationGraph

__all__ = ["Ranking", "rank"]

Numbers: TypeAlias = NDArray[np.float64]
Lists: TypeAlias = tuple[NDArray[np.int64], NDArray[np.int32]]
"""One list of works for each work, as compressed sparse rows: its references, or the works that cite it."""

DAMPING = 5
"""As if each list held five works more: one meeting of two short lists is a chance meeting."""

DIGITS = 9
"""Significant digits of a score; sums that differ beyond them are the same sum in another order."""

BLOCK = 1 << 22
"""About so many entries of lists are read at a time, which bounds the memory."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Ranking:
    """Why each work of a graph stands where it does; every column is aligned with the keys of the graph.

    Seeds are not ranked: their score is NaN, and the other columns are empty for them.
    """

    score: Numbers
    """From 0 to 1, of nine significant digits; 0 where nothing is known that links the work to a seed."""
    cited_by_seeds: NDArray[np.int64]
    """How many seeds cite the work: what a backward search finds."""
    cites_seeds: NDArray[np.int64]
    """How many seeds the work cites: what a forward search finds."""
    linked: NDArray[np.int64]
    """How many seeds cite the work or are cited by it, each counted once."""
    cocitation: Numbers
    """How much the work is cited together with the seeds, from 0 to below 1."""
    coupling: Numbers
    """How many references the work has in common with the seeds, from 0 to below 1."""
    occurrence: NDArray[np.int64]
    """How many ways of two citations, of whatever direction, lead to the work from a seed."""
    text: Numbers
    """How alike the text of the work is to those of the seeds, as it was handed over; 0 where not known."""
    surroundings: Numbers
    """How alike the texts are, on the whole, of the works that the work cites and is cited by."""
    reached: NDArray[np.bool_]
    """Where at most two citations lead from a seed to the work."""
    is_seed: NDArray[np.bool_]

    def best_first(self) -> NDArray[np.int64]:
        """The rows of all works but the seeds, highest score first; ties go by key.

        The works of which nothing is known come last, with a score of 0.
        """
        rows = np.flatnonzero(~self.is_seed)
        return rows[np.argsort(-self.score[rows], kind="stable")]


def rank(graph: CitationGraph, seeds: Sequence[str], *, texts: ArrayLike | None = None) -> Ranking:
    """Rank the works of a graph by all that links them to the seeds.

    `seeds` are keys; one given twice counts once. `texts` are numbers aligned with the keys of the graph that say how
    alike each work is to the seeds by its words, in any unit: at least 0, and 0 or NaN where not known. Raises
    `KeyError` for a seed that is not in the graph, and `ValueError` for texts of another length or below 0.

    The parts, for a work w and the seeds s, where c is the number of works in the graph that cite a work and r the
    number of its references there:

    - linked: the seeds that w cites or is cited by.
    - co-citation (H. Small, JASIS 24 (4), 1973): the mean over the seeds of Σ 1/√r(x) / √((c(w) + 5)(c(s) + 5)), summed
      over the works x that cite both. A long list says little of two works on it: the root is half way between
      counting each list as one and parting one among its entries. The fives damp it as in `graph.similarity.similar`.
    - coupling (M. M. Kessler, American Documentation 14 (1), 1963): the same with references for citing works, the mean
      of Σ 1/√c(x) / √((r(w) + 5)(r(s) + 5)) over the works x that both cite.
    - occurrence: the number of ways seed - x - w, where each step is a citation in either direction: how often w stands
      on a list when one reads the references and the citing works of all references and citing works of all seeds.
      CoCites ranks by such counts of co-citations (A. C. J. W. Janssens et al., Novel citation-based search method for
      scientific literature, BMC Medical Research Methodology 20, 2020, 25), and it is works so indirectly related that
      C. W. Belter found to be what reviews include more often than those a seed cites or is cited by (Citation analysis
      as a literature search method for systematic reviews, JASIST 67 (11), 2016).
    - text: what was handed over.
    - surroundings: the mean text of the works that w cites and is cited by, damped by five more without any, seeds
      among them: texts speak for those who cite and are cited by them (A. Shakery, C. Zhai, A probabilistic relevance
      propagation model for hypertext retrieval, CIKM 2006). It judges works that have no text of their own.

    Every part is divided by its largest value. The score is the mean of two, the mean of the first four, which are said
    by citations, and the mean of the last two, which are said by words (CombSUM: E. A. Fox, J. A. Shaw, Combination of
    multiple searches, TREC-2, 1994): equal weights, none of them fitted. The forms of the parts were compared on four
    published reviews (tests/benchmarks/README.md). Works that at most two citations lead to have a score above 0, and
    so have those with a text; for all others it is 0. Without texts it is at most ½.

    The time is that of reading the lists within two citations of the seeds, and with texts, of every work that has one.

    >>> from graph.build import build
    >>> from harvester.model import Citation, Node
    >>> said = [Citation(*pair, ("crossref",)) for pair in ["sa", "bs", "ba", "bc", "dc"]]
    >>> found = rank(build(map(Node, "abcdes"), said), ["s"])
    >>> [("abcdes"[row], found.score[row].item()) for row in found.best_first()]
    [('a', 0.375), ('b', 0.375), ('c', 0.25), ('d', 0.0), ('e', 0.0)]
    >>> found.occurrence.tolist(), found.reached.tolist()
    ([1, 1, 1, 0, 0, 0], [True, True, True, False, False, False])
    """
    size = len(graph)
    rows = np.unique(np.array([graph.position(key) for key in seeds], dtype=np.int64))
    is_seed = np.zeros(size, dtype=np.bool_)
    is_seed[rows] = True
    references, citing = (graph.out_indptr, graph.out_indices), (graph.in_indptr, graph.in_indices)
    text = _text(texts, size)

    def of_others(values: Numbers) -> Numbers:
        return np.where(is_seed, 0.0, values)

    one = is_seed.astype(np.float64)
    cited_by_seeds, cites_seeds = _passed(references, one), _passed(citing, one)
    around = cited_by_seeds + cites_seeds
    occurrence = of_others(_passed(references, around) + _passed(citing, around))
    linked = of_others(_linked(graph, rows))
    cocitation = of_others(_met(rows, via=citing, back=references))
    coupling = of_others(_met(rows, via=references, back=citing))
    degrees = np.diff(graph.out_indptr) + np.diff(graph.in_indptr)
    surroundings = of_others((_passed(references, text) + _passed(citing, text)) / (degrees + DAMPING))
    text = of_others(text)

    reached = (linked > 0) | (occurrence > 0)
    by_citations = sum(map(_share, (linked, cocitation, coupling, occurrence)), np.zeros(size)) / 4
    by_words = (_share(text) + _share(surroundings)) / 2
    score = np.where(reached | (text > 0), _rounded((by_citations + by_words) / 2), 0.0)
    return Ranking(
        score=np.where(is_seed, np.nan, score),
        cited_by_seeds=of_others(cited_by_seeds).astype(np.int64),
        cites_seeds=of_others(cites_seeds).astype(np.int64),
        linked=linked.astype(np.int64),
        cocitation=cocitation,
        coupling=coupling,
        occurrence=occurrence.astype(np.int64),
        text=text,
        surroundings=surroundings,
        reached=reached,
        is_seed=is_seed,
    )


def _text(texts: ArrayLike | None, size: int) -> Numbers:
    """The texts as numbers, 0 where not known."""
    if texts is None:
        return np.zeros(size)
    given = np.asarray(texts, dtype=np.float64)
    if given.shape != (size,):
        raise ValueError(f"texts need one number for each of the {size} works, not an array of shape {given.shape}")
    known = np.where(np.isnan(given), 0.0, given)
    if not np.isfinite(known).all() or (known < 0).any():
        raise ValueError("texts are numbers from 0 on, and one is infinite or below")
    return known


def _linked(graph: CitationGraph, rows: NDArray[np.int64]) -> Numbers:
    """How many of these works each work cites or is cited by."""
    pairs = []
    for indptr, indices in ((graph.out_indptr, graph.out_indices), (graph.in_indptr, graph.in_indices)):
        found, sizes = _entries((indptr, indices), rows)
        pairs.append(np.repeat(rows, sizes) * len(graph) + found)
    # Two works that cite each other, as a preprint and its article may, are linked once.
    return np.bincount(np.unique(np.concatenate(pairs)) % max(len(graph), 1), minlength=len(graph)).astype(np.float64)


def _met(rows: NDArray[np.int64], *, via: Lists, back: Lists) -> Numbers:
    """The mean damped cosine of each work with these, of the works `via` which they meet."""
    sizes, lengths = np.diff(via[0]), np.diff(back[0])
    norms = 1 / np.sqrt(sizes + DAMPING)
    weights = np.zeros(len(sizes))
    weights[rows] = norms[rows] / len(rows) if len(rows) else 0
    met: Numbers = _passed(back, _passed(via, weights) / np.sqrt(np.maximum(lengths, 1))) * norms
    return met


def _passed(lists: Lists, values: Numbers) -> Numbers:
    """The sums, for each work, of the values of those on whose lists it stands."""
    indptr, _ = lists
    rows = np.flatnonzero(values)
    total = int((indptr[rows + 1] - indptr[rows]).sum())
    sums = np.zeros(len(values))
    for some in np.array_split(rows, 1 + total // BLOCK):
        found, sizes = _entries(lists, some)
        sums += np.bincount(found, np.repeat(values[some], sizes), minlength=len(values))
    return sums


def _entries(lists: Lists, rows: NDArray[np.int64]) -> tuple[NDArray[np.int32], NDArray[np.int64]]:
    """The lists of these works, one after the other, and their lengths."""
    indptr, indices = lists
    sizes = indptr[rows + 1] - indptr[rows]
    ends = np.cumsum(sizes)
    places = np.arange(ends[-1] if len(ends) else 0) + np.repeat(indptr[rows] - ends + sizes, sizes)
    return indices[places], sizes


def _share(values: Numbers) -> Numbers:
    """The values as shares of the largest; all 0 where nothing is above 0."""
    largest = values.max(initial=0.0)
    shares: Numbers = values / largest if largest > 0 else np.zeros(len(values))
    return shares


def _rounded(values: Numbers) -> Numbers:
    """The values with so many digits that the order of a sum cannot be seen in them."""
    # Below 1e-200 all is nothing, and the scale would overflow.
    scale = 10.0 ** (DIGITS - 1 - np.floor(np.log10(np.where(values > 1e-200, values, 1.0))))
    rounded: Numbers = np.round(values * scale) / scale
    return rounded
