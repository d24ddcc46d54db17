"""The terms of titles, and how often they recur: what the bursts of titles are counted in."""

from collections.abc import Collection

import numpy as np
from numpy.typing import NDArray

from graph.terms import SPEAKS, Words, phrases, voices, words_of

__all__ = ["recurring", "title_terms"]


def title_terms(title: str, *, stop_words: Collection[str] = ()) -> tuple[str, ...]:
    """The words of a title and its phrases of two words, each once, words first, in the order they appear.

    What is a word and what a phrase, in any script, `graph.terms` says. A word is a term if it has a letter, is
    not a single one, and is no stop word. A phrase is two words with only white space or one hyphen between
    them, one of them such a word and neither a stop word: so `peer-support` and `peer support` are one phrase,
    and a phrase never reaches across a colon, a bracket or a stop word.

    >>> title_terms("Peer-support for COVID-19: the carers’ view", stop_words={"for", "the"})
    ('peer', 'support', 'covid', 'carers', 'view', 'peer support', 'covid 19', 'carers view')
    """
    words = words_of([title])
    voice = voices(words, stop_words=stop_words)
    said = [words.vocabulary[word] for word in words.word.tolist()]
    alone = [said[place] for place in np.flatnonzero(voice == SPEAKS).tolist()]
    pairs = [f"{said[place - 1]} {said[place]}" for place in phrases(words, voice).tolist()]
    return tuple(dict.fromkeys(alone + pairs))


def recurring(
    words: Words, *, stop_words: Collection[str] | None, at_least: int
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The terms that stand in at least so many titles, as (names, number of the name, title), sorted by number.

    Each title counts once for each of its terms, as in `title_terms`; without `stop_words`, its stop words are
    those of its language. No phrase is in more titles than its words are, so the phrases of rare words are
    never counted: there are millions of them.
    """
    size = max(len(words.vocabulary), 1)
    voice = voices(words, stop_words=stop_words)
    is_often = np.bincount(words.word, minlength=size) >= at_least
    alone = np.flatnonzero((voice == SPEAKS) & is_often[words.word])
    numbers, word, word_title = _frequent(words.word[alone], words.title[alone], at_least)
    names = [words.vocabulary[number] for number in numbers.tolist()]

    second = phrases(words, voice)
    second = second[is_often[words.word[second]] & is_often[words.word[second - 1]]]
    pairs, pair = np.unique(words.word[second - 1] * size + words.word[second], return_inverse=True)
    numbers, pair, pair_title = _frequent(pair, words.title[second], at_least)
    left, right = np.divmod(pairs[numbers], size)
    both = zip(left.tolist(), right.tolist(), strict=True)
    return (
        names + [f"{words.vocabulary[a]} {words.vocabulary[b]}" for a, b in both],
        np.concatenate((word, pair + len(names))),
        np.concatenate((word_title, pair_title)),
    )


def _frequent(
    term: NDArray[np.int64], title: NDArray[np.int64], at_least: int
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int64]]:
    """The terms in enough titles: (their numbers, place among these, title), one row for a term in a title."""
    titles = int(title.max(initial=0)) + 1
    rows = term * titles + title
    rows.sort()
    term, title = np.divmod(rows[np.diff(rows, prepend=-1) > 0], titles)
    starts = np.flatnonzero(np.diff(term, prepend=-1))
    counts = np.diff(starts, append=len(term))
    kept = counts >= at_least
    spread = np.repeat(kept, counts)
    return term[starts[kept]], np.repeat(np.arange(kept.sum()), counts[kept]), title[spread]
