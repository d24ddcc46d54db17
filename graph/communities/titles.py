"""The terms that can name a community: the words and the two-word phrases of titles, in any language."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from graph.terms import HYPHEN, SILENT, SPEAKS, is_han, phrases, voices, words_of

__all__ = ["Terms", "terms_of"]


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Which terms each title holds, each once: words first, in the order of the alphabet, then phrases."""

    title: NDArray[np.int64]
    term: NDArray[np.int64]
    words: int
    """Terms below this number are words."""
    spelt: list[str]
    parts: NDArray[np.int64]
    """The last and the first word of each term, by their numbers in the vocabulary; twice the same for a word."""


def terms_of(titles: Sequence[str | None]) -> Terms:
    """Find the terms of each title, and how each term is mostly spelt.

    A word is a term if it speaks, and a phrase if it may stand in a label: it does not begin with a number, nor
    end with one of four digits or more.
    """
    words = words_of(titles)
    vocabulary, tokens, owner = words.vocabulary, words.word, words.title
    count = max(len(vocabulary), 1)
    voice = voices(words)
    alone = np.flatnonzero(voice == SPEAKS)
    second = phrases(words, voice)
    first = second - 1
    begins, stays, ends = np.array([_places(word) for word in vocabulary], dtype=np.bool_).reshape(-1, 3).T
    is_tied = words.glue[second] == HYPHEN
    may_begin = (voice[first] == SPEAKS) | (voice[first] == SILENT) | begins[tokens[first]]
    may_begin |= is_tied & stays[tokens[first]]
    first = first[may_begin & ends[tokens[second]]]
    root = _roots(vocabulary)[tokens]

    # One integer for a term and one for its spelling: a word by its number, a phrase with its first word above.
    keys = np.concatenate((root[alone], (root[first] + 1) * count + root[first + 1]))
    forms = np.concatenate((tokens[alone], (tokens[first] + 1) * count + tokens[first + 1])) * 2
    forms[len(alone) :] += words.glue[first + 1] == HYPHEN
    terms, term = np.unique(keys, return_inverse=True)
    size = max(len(terms), 1)
    held = np.sort(owner[np.concatenate((alone, first))] * size + term)
    title, held = np.divmod(held[np.flatnonzero(np.diff(held, prepend=-1))], size)
    before, last = np.divmod(terms, count)
    parts = np.stack((last, np.where(before > 0, before - 1, last)), axis=1)
    spelt = [
        f"{vocabulary[form // 2 // count - 1]}{'-' if form % 2 else ' '}{vocabulary[form // 2 % count]}"
        if form // 2 >= count
        else vocabulary[form // 2]
        for form in _most_frequent(term, forms).tolist()
    ]
    return Terms(title=title, term=held, words=int(np.searchsorted(terms, count)), spelt=spelt, parts=parts)


def _places(word: str) -> tuple[bool, bool, bool]:
    """Whether a word can begin a phrase, begin one with a hyphen (B-cell), and end one (vitamin D, COVID-19)."""
    is_lettered = any(map(str.isalpha, word))
    return is_lettered and len(word) > 1, is_lettered, (is_lettered or len(word) < 4) and not is_han(word)


def _roots(vocabulary: list[str]) -> NDArray[np.int64]:
    """For each word its singular without 's, when that is among the words too, and otherwise the word."""
    number = {word: place for place, word in enumerate(vocabulary)}
    root = list(range(len(vocabulary)))
    for place, word in enumerate(vocabulary):
        if word.endswith("s") and not word.endswith("ss"):
            for ending, instead in (("'s", ""), ("s", ""), ("es", ""), ("ies", "y")):
                singular = word.removesuffix(ending) + instead
                if word.endswith(ending) and len(singular) > 2 and singular in number:
                    root[place] = root[number[singular]]
                    break
    return np.array(root, dtype=np.int64)


def _most_frequent(term: NDArray[np.int64], forms: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each term from 0 the form that it has most often; of equal ones, the lowest."""
    spelt, form = np.unique(forms, return_inverse=True)
    variants, times = np.unique(term * max(len(spelt), 1) + form, return_counts=True)
    of, form = np.divmod(variants, max(len(spelt), 1))
    order = np.lexsort((form, -times, of))
    usual: NDArray[np.int64] = spelt[form[order[np.flatnonzero(np.diff(of[order], prepend=-1))]]]
    return usual
