"""The words and the two-word phrases of titles."""

import re
from array import array
from collections.abc import Collection, Iterable
from functools import cache
from typing import NamedTuple
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

__all__ = ["Tokens", "recurring", "title_terms", "tokens"]

HYPHENS = frozenset("-\u2010\u2012\u2013")
"""What joins two words, standing between them without spaces; U+2011 becomes U+2010 on the way."""

REWRITTEN = {
    ord("_"): "/",
    0x2019: "'",
    0x02BC: "'",
    # Invisible characters inside words: soft hyphen, zero-width joiners, word joiner, byte order mark.
    **dict.fromkeys((0x00AD, 0x200C, 0x200D, 0x2060, 0xFEFF)),
}


class Tokens(NamedTuple):
    """The words of many titles, one after the other."""

    words: list[str]
    """Each different word once; the others are numbers of words or of titles."""
    word: NDArray[np.int64]
    title: NDArray[np.int64]
    joined: NDArray[np.bool_]
    """Whether the word stands next to the one before it, with nothing but a space or a hyphen between."""


def title_terms(title: str, *, stop_words: Collection[str] = ()) -> tuple[str, ...]:
    """The words of a title and its phrases of two words, each once, words first, in the order they appear.

    A word is a run of letters, digits and the marks upon them, with apostrophes inside; upper and lower case
    are the same, and so are the forms that Unicode calls compatible (NFKC). It is a term if it has a letter and
    is no stop word. A phrase is two words with only white space or one hyphen between them, neither of them a
    stop word and not both without a letter: so `peer-support` and `peer support` are one phrase, and a phrase
    never reaches across a colon, a bracket or a stop word. Scripts that put no spaces between words are not
    taken apart: there a run of characters is one word.

    >>> title_terms("Peer-support for COVID-19: the carers’ view", stop_words={"for", "the"})
    ('peer', 'support', 'covid', 'carers', 'view', 'peer support', 'covid 19')
    """
    stopped = {_plain(word) for word in stop_words}
    words: dict[str, None] = {}
    phrases: dict[str, None] = {}
    last = ""
    for word, joined in _split(title):
        if word not in stopped:
            lettered = _has_letter(word)
            if lettered:
                words[word] = None
            if joined and last not in stopped and (lettered or _has_letter(last)):
                phrases[f"{last} {word}"] = None
        last = word
    return (*words, *phrases)


def tokens(titles: Iterable[str]) -> Tokens:
    """Take titles apart into words, as `title_terms` does, and number the words."""
    numbers: dict[str, int] = {}
    word, joined, lengths = array("q"), array("b"), array("q")
    for title in titles:
        before = len(word)
        for each, beside in _split(title):
            word.append(numbers.setdefault(each, len(numbers)))
            joined.append(beside)
        lengths.append(len(word) - before)
    return Tokens(
        words=list(numbers),
        word=np.asarray(word, dtype=np.int64),
        title=np.repeat(np.arange(len(lengths)), np.asarray(lengths, dtype=np.int64)),
        joined=np.asarray(joined, dtype=np.bool_),
    )


def recurring(
    found: Tokens, *, stop_words: Collection[str], at_least: int
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int64]]:
    """The terms that stand in at least so many titles, as (names, number of the name, title), sorted by number.

    Each title counts once for each of its terms, as in `title_terms`. No phrase is in more titles than its
    words are, so the phrases of rare words are never counted: there are millions of them.
    """
    stopped = {_plain(word) for word in stop_words}
    size = max(len(found.words), 1)
    lettered = np.fromiter(map(_has_letter, found.words), np.bool_, len(found.words))
    wanted = np.fromiter((word not in stopped for word in found.words), np.bool_, len(found.words))

    numbers, word, word_title = _frequent(found.word, found.title, at_least)
    often = np.zeros(len(found.words), dtype=np.bool_)
    often[numbers] = True
    wanted &= often
    chosen = (wanted & lettered)[numbers]
    rows = chosen[word]
    names = [found.words[number] for number in numbers[chosen].tolist()]
    word, word_title = (np.cumsum(chosen) - 1)[word[rows]], word_title[rows]

    second = np.flatnonzero(found.joined & wanted[found.word])
    first, second = found.word[second - 1], found.word[second]
    second_title = found.title[found.joined & wanted[found.word]]
    rows = wanted[first] & (lettered[first] | lettered[second])
    pairs, pair = np.unique(first[rows] * size + second[rows], return_inverse=True)
    numbers, pair, pair_title = _frequent(pair, second_title[rows], at_least)
    left, right = np.divmod(pairs[numbers], size)
    phrases = [f"{found.words[a]} {found.words[b]}" for a, b in zip(left.tolist(), right.tolist(), strict=True)]
    return (
        names + phrases,
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


def _split(title: str) -> list[tuple[str, bool]]:
    """The words of a title in order, and whether each is joined to the one before it."""
    text = _plain(title)
    found: list[tuple[str, bool]] = []
    end = 0
    for match in _words().finditer(text):
        gap = text[end : match.start()]
        found.append((match[0], bool(found) and (gap in HYPHENS or gap.isspace())))
        end = match.end()
    return found


def _plain(text: str) -> str:
    """The text with what does not tell words apart taken away."""
    if text.isascii():
        return text.lower().replace("_", "/")
    return normalize("NFKC", normalize("NFKC", text).casefold()).translate(REWRITTEN)


def _has_letter(word: str) -> bool:
    return any(map(str.isalpha, word))


@cache
def _words() -> re.Pattern[str]:
    """Letters and digits, then also marks, which `re` does not count among the characters of words.

    Without them a word in Devanagari would end at its first vowel sign.
    """
    marks = "".join(char for char in map(chr, range(0x300, 0x20000)) if category(char).startswith("M"))
    return re.compile(rf"\w[\w{marks}]*(?:'\w[\w{marks}]*)*")
