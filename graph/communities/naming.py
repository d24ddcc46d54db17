"""A community is named by the terms that are surprisingly frequent in its titles."""

import math
from collections.abc import Sequence
from itertools import pairwise

import numpy as np
from numpy.typing import ArrayLike, NDArray

from graph.communities.titles import Terms, terms_of

__all__ = ["labels"]


def labels(titles: Sequence[str | None], of: ArrayLike, *, terms: int = 5) -> list[tuple[str, ...]]:
    """The words and two-word phrases that set the titles of each community apart from the others'.

    A term is weighed by how surprising the number of the community's titles is that hold it, given how many
    of all titles do: the log-likelihood ratio of the two-by-two table (T. Dunning, Accurate Methods for the
    Statistics of Surprise and Coincidence, Computational Linguistics 19 (1), 61-74, 1993),

        G2 = 2 * sum of O * ln(O / E) over the four cells, O observed and E expected,

    where the community has more of such titles than expected. Term frequencies weighed by communities
    (c-TF-IDF, M. Grootendorst, arXiv:2203.05794, 2022: frequency in the community times ln(1 + A / frequency
    in all), A the mean number of words in a community) do not serve as well here: a term that is common to
    all titles of a review, as its subject is, came first in every large community.

    A word gives way to a phrase that holds it in more than half of its titles in the community; singular and
    plural are one term; what is shown is the most frequent form. What is a word, a phrase, and a function word
    that is left out, `graph.terms` says for any language. Of equal
    terms, the more frequent comes first, then a phrase before a word, then the alphabet. A community without
    titles has an empty label; one whose titles hold few words has a short one.

    Raises ValueError unless there is one community, a whole number from 0, for each title.

    >>> labels(["Peer support for recovery", "Peer support at work", "Sleep in adolescents", None], [0, 0, 1, 1])
    [('peer support', 'recovery', 'work'), ('adolescents', 'sleep')]
    """
    member = np.asarray(of)
    if member.shape != (len(titles),) or (len(member) and (member.dtype.kind not in "iu" or member.min() < 0)):
        raise ValueError(f"labels need a community, a whole number from 0, for each of the {len(titles)} titles")
    if not len(member):
        return []
    many = int(member.max()) + 1
    sizes = np.bincount(member[np.fromiter(map(bool, titles), np.bool_)], minlength=many)
    total = int(sizes.sum())
    found = terms_of(titles)
    size = max(len(found.spelt), 1)
    pairs, held = np.unique(member[found.title].astype(np.int64) * size + found.term, return_counts=True)
    everywhere = np.bincount(found.term, minlength=size)[pairs % size]
    titled = sizes[pairs // size]
    is_typical = held * total >= everywhere * titled
    pairs, held, everywhere, titled = (column[is_typical] for column in (pairs, held, everywhere, titled))
    community, term = np.divmod(pairs, size)
    # Rounded, so that the last digit of a logarithm decides nothing.
    surprise = _log_likelihood(held, everywhere, titled, total).round(6)
    order = np.lexsort((term, term < found.words, -held, -surprise, community))
    spoken = _spoken(pairs, held, community, found)[order].tolist()
    bounds = np.searchsorted(community, np.arange(many + 1)).tolist()
    return [_label(spoken[start:stop], found, terms) for start, stop in pairwise(bounds)]


def _log_likelihood(
    held: NDArray[np.int64], everywhere: NDArray[np.int64], size: NDArray[np.int64], total: int
) -> NDArray[np.float64]:
    """Dunning's G2 of tables with `held` in the first cell and these sums of its row, its column and all."""
    # Through n * ln(n), tabulated: cells of 0 need no care, and equal counts get equal numbers wherever
    # they stand in an array, which vectorised logarithms do not promise.
    part = np.array([n * math.log(n) if n else 0.0 for n in range(total + 1)])
    cells = part[held] + part[size - held] + part[everywhere - held] + part[total - size - everywhere + held]
    sums = part[size] + part[total - size] + part[everywhere] + part[total - everywhere]
    found: NDArray[np.float64] = 2 * (cells - sums + part[total])
    return found


def _spoken(
    pairs: NDArray[np.int64], held: NDArray[np.int64], community: NDArray[np.int64], found: Terms
) -> NDArray[np.int64]:
    """For each term of a community the one that is said in its place: a phrase, or the term itself."""
    size = max(len(found.spelt), 1)
    spoken = pairs % size
    phrases = np.flatnonzero(spoken >= found.words)
    words = found.parts[: found.words, 0]
    rows, phrase = [], []
    for part in found.parts[spoken[phrases]].T:
        # A number that ends a phrase is no term, so that some parts are not found.
        word = np.searchsorted(words, part)
        row = np.searchsorted(pairs, community[phrases] * size + word)
        is_there = (word < len(words)) & (row < len(pairs))
        is_there[is_there] &= (
            (words[word[is_there]] == part[is_there])
            & (pairs[row[is_there]] % size == word[is_there])
            & (2 * held[phrases[is_there]] > held[row[is_there]])
        )
        rows.append(row[is_there])
        phrase.append(phrases[is_there])
    row, by = np.concatenate(rows), np.concatenate(phrase)
    order = np.lexsort((by, -held[by], row))
    first = order[np.flatnonzero(np.diff(row[order], prepend=-1))]
    spoken[row[first]] = spoken[by[first]]
    return spoken


def _label(spoken: list[int], found: Terms, terms: int) -> tuple[str, ...]:
    """The first terms that each bring in a word of their own."""
    said: set[int] = set()
    label: list[str] = []
    for term in spoken:
        if len(label) >= terms:
            break
        parts = found.parts[term].tolist()
        if not said.issuperset(parts):
            said.update(parts)
            label.append(found.spelt[term])
    return tuple(label)
