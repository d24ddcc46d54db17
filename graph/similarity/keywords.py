"""The phrases that the references of a work have in common: what Keywords Plus are."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from itertools import chain, combinations, islice
from typing import NamedTuple

import numpy as np

from graph.terms import APART, HYPHEN, SILENT, SPEAKS, SUPPORTS, spelt, voices, words_of

__all__ = ["keywords_plus"]

LONGEST = 4
"""The most words of a phrase, a compound with hyphens being one."""

Phrase = tuple[int, ...]
"""The numbers of its words, those of compounds singly."""


def keywords_plus(
    titles: Iterable[str], *, own_title: str | None = None, stop_words: Collection[str] | None = None
) -> list[tuple[str, int]]:
    """The words and phrases that stand in more than one title of a work's references, with how many it is.

    What has been published of Keywords Plus, and is done here: they are words and phrases from the titles of
    the references, that recur there, and that the work's own title does not have; phrases of several words
    come before single ones. E. Garfield, I. H. Sher, KeyWords Plus: algorithmic derivative indexing, JASIS
    44 (5), 1993, 298-299. What has not been published is Clarivate's list of stop words, how it delimits and
    unites phrases, and how it chooses among them. These rules are ours, so the result is of that kind and not
    that list:

    - a phrase is one to four words that stand side by side; punctuation and stop words end it. A compound with
      hyphens is one word and taken whole, the "of" of "end-of-life" too, but "peer support" and "peer-support"
      are one phrase, given as it is in most titles;
    - letters count as lower case, and words are not stemmed; a single word has two characters, one a letter;
    - a phrase that stands only inside one longer phrase is given as that one;
    - within phrases, and within words, the more titles the earlier, and ties go by the alphabet.

    Stop words are those of the language of each title (`graph.terms.voices`), unless they are given. Raises
    TypeError when `titles` is one string.

    >>> keywords_plus(
    ...     [
    ...         "Peer support in serious mental illness",
    ...         "The efficacy of peer support",
    ...         "Serious mental illness: stigma",
    ...     ],
    ...     own_title="Stigma and recovery",
    ... )
    [('peer support', 2), ('serious mental illness', 2)]
    """
    if isinstance(titles, str):
        raise TypeError(f"the titles of the references are a list of them, not one string: {titles!r}")
    *cited, own = _read([*titles, own_title], stop_words)
    counts = Counter(chain.from_iterable(title.places for title in cited))
    recurring = {phrase for phrase, count in counts.items() if count > 1}
    where: dict[Phrase, set[int]] = {phrase: set() for phrase in recurring}
    for number, title in enumerate(cited):
        for phrase in title.places.keys() & recurring:
            where[phrase].add(number)
    inside = {
        part
        for phrase, held in where.items()
        for start, stop in combinations(range(len(phrase) + 1), 2)
        if (part := phrase[start:stop]) != phrase and part in where and where[part] <= held
    }
    chosen = recurring - inside - own.places.keys()
    forms = {phrase: Counter(cited[number].form(phrase) for number in where[phrase]) for phrase in chosen}
    usual = ((min(found, key=lambda form: (-found[form], form)), counts[phrase]) for phrase, found in forms.items())
    return sorted(usual, key=lambda each: (" " not in each[0], -each[1], each[0]))


class _Part(NamedTuple):
    """A word of a title, or a compound with hyphens, which is taken whole."""

    words: Phrase
    form: str
    glue: int
    voice: int


class _Title(NamedTuple):
    parts: list[_Part]
    places: dict[Phrase, tuple[int, int]]
    """The phrases, and of which parts each is made where it stands first."""

    def form(self, phrase: Phrase) -> str:
        start, stop = self.places[phrase]
        form = self.parts[start].form
        for part in self.parts[start + 1 : stop]:
            form = spelt(form, part.form, part.glue)
        return form


def _read(titles: list[str | None], stop_words: Collection[str] | None) -> Iterator[_Title]:
    """Find the phrases of each title, but for those with a word that stands in no other title."""
    words = words_of(titles)
    size = max(len(words.vocabulary), 1)
    holding = np.bincount(np.unique(words.title * size + words.word) % size, minlength=size)
    # A compound with such a word is left out whole, and parts what is around it.
    compound = np.cumsum(words.glue != HYPHEN)
    kept = np.bincount(compound, holding[words.word] < 2)[compound] == 0
    glue = np.where(np.append(True, kept[:-1])[: len(kept)], words.glue, APART)[kept]
    voice = voices(words, stop_words=stop_words)[kept]
    rows = zip(words.word[kept].tolist(), glue.tolist(), voice.tolist(), strict=True)
    for many in np.bincount(words.title[kept], minlength=words.titles).tolist():
        parts = _parts(islice(rows, many), words.vocabulary)
        places: dict[Phrase, tuple[int, int]] = {}
        for start, (phrase, _, _, voiced) in enumerate(parts):
            if voiced == SILENT:
                continue
            speaks = voiced == SPEAKS
            if speaks:
                places.setdefault(phrase, (start, start + 1))
            longer = phrase
            for stop in range(start + 1, min(start + LONGEST, len(parts))):
                part = parts[stop]
                if part.voice == SILENT or part.glue == APART:
                    break
                longer += part.words
                speaks = speaks or part.voice == SPEAKS
                if speaks:
                    places.setdefault(longer, (start, stop + 1))
        yield _Title(parts, places)


def _parts(rows: Iterable[tuple[int, int, int]], vocabulary: list[str]) -> list[_Part]:
    """The words of a title, with those that hyphens tie made one, which is never silent."""
    parts: list[_Part] = []
    for number, glue, voice in rows:
        if glue == HYPHEN:
            words, form, beside, loudest = parts[-1]
            form = spelt(form, vocabulary[number], HYPHEN)
            parts[-1] = _Part((*words, number), form, beside, max(loudest, voice, SUPPORTS))
        else:
            parts.append(_Part((number,), vocabulary[number], glue, voice))
    return parts
