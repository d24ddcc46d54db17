"""Works filed by what a reference may say of them, so that the few that it may name are found among many.

Styles leave out titles, shorten names and lose pages, and scanners misread words, so no single key can be trusted.
A work is therefore filed under every word of its titles, the family names of its authors, its year, volume and first
page. What a reference shares with it is counted by how rare it is: a page and a name outweigh a dozen common words,
and a misread word costs its own share and no more. Whether a work that was found is the one meant is not decided here.
"""

import re
from array import array
from collections.abc import Iterable, Iterator
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray

from harvester.folding import fold, romanise
from harvester.match.description import Description
from harvester.match.names import byline
from harvester.match.places import pages, volume
from harvester.model import Reference

__all__ = ["Catalogue"]

_WORD = re.compile(r"[^\W_]+")
# Chinese, Japanese and Korean are written without spaces: each two characters stand for a word.
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]{2,}")
_LONGEST = 2_000
_MOST_PEOPLE = 20
_MOST_TERMS = 400
# Beyond this many entries the commonest words of a reference are not looked up any more; they tell least.
_MOST_ENTRIES = 400_000
# Of two works that share the same with a reference the one with less besides comes first.
_SUPERFLUOUS = 0.02


class Catalogue:
    """An index in memory over works; `find` gives those that a reference may name.

    Frozen once made. Abstracts are not kept. 100,000 works take seconds to file and are asked in milliseconds.

    >>> works = Catalogue(
    ...     [
    ...         Description(key="1", title="Peer support at work", authors=(("Hall", "Laura"),), year=2019),
    ...         Description(key="2", title="Loneliness among carers", authors=(("Ito", "Ken"),), year=2020),
    ...     ]
    ... )
    >>> text = "Hall L. Peer suport at work. 2019."
    >>> [work.key for work in works.find(Reference(source="crossref", position=1, text=text))]
    ['1']
    """

    def __init__(self, works: Iterable[Description]) -> None:
        self._works: list[Description] = []
        self._terms: dict[str, int] = {}
        terms, places = array("I"), array("I")
        for place, work in enumerate(works):
            self._works.append(work if work.abstract is None else replace(work, abstract=None))
            for term in _filed(work):
                terms.append(self._terms.setdefault(term, len(self._terms)))
                places.append(place)
        filed = np.frombuffer(terms, dtype=np.uint32) if terms else np.empty(0, dtype=np.uint32)
        order = np.argsort(filed, kind="stable")
        self._places = (np.frombuffer(places, dtype=np.uint32) if places else filed)[order]
        self._ends = np.cumsum(np.bincount(filed, minlength=len(self._terms)))
        sizes = np.diff(self._ends, prepend=0)
        self._weights = np.log1p(len(self._works) / np.maximum(sizes, 1))
        of_entries = np.repeat(self._weights, sizes)
        self._totals = np.bincount(self._places, weights=of_entries, minlength=len(self._works))

    def __len__(self) -> int:
        return len(self._works)

    def find(self, reference: Reference, *, most: int = 25) -> list[Description]:
        """Give up to `most` works that share something telling with a reference, the likeliest first.

        A work that shares a single thing, be it a word or a year, is not given. The order is the same in every run.
        """
        known = {number for term in _asked(reference) if (number := self._terms.get(term)) is not None}
        chosen = self._rarest(np.array(sorted(known), dtype=np.int64))
        if not len(chosen):
            return []
        starts = np.where(chosen > 0, self._ends[chosen - 1], 0)
        entries = np.concatenate(
            [self._places[start:end] for start, end in zip(starts, self._ends[chosen], strict=True)]
        )
        sizes = self._ends[chosen] - starts
        shared = np.bincount(entries, weights=np.repeat(self._weights[chosen], sizes), minlength=len(self._works))
        often = np.bincount(entries, minlength=len(self._works))
        scores = np.where(often > 1, shared - _SUPERFLUOUS * (self._totals - shared), -np.inf)
        best = np.argpartition(-scores, most - 1)[:most] if most < len(scores) else np.arange(len(scores))
        best = best[np.lexsort((best, -scores[best]))]
        return [self._works[place] for place in best.tolist() if often[place] > 1]

    def _rarest(self, known: NDArray[np.int64]) -> NDArray[np.int64]:
        sizes = self._ends[known] - np.where(known > 0, self._ends[known - 1], 0) if len(known) else known
        order = np.lexsort((known, sizes))
        kept = np.cumsum(sizes[order]) <= _MOST_ENTRIES
        return known[order[kept]]


def _filed(work: Description) -> set[str]:
    """The terms of a work; a sign in front parts names, years, volumes and pages from words."""
    terms = {word for title in (work.title, *work.other_titles) if title for word in _words(fold(title[:_LONGEST]))}
    if people := byline(work.authors):
        terms |= {f"@{name}" for person in people.people[:_MOST_PEOPLE] for name in (person.family, *person.parts)}
    if work.year:
        terms.add(f"#{work.year}")
    if number := volume(work.volume):
        terms.add(f"v{number}:")
    if place := pages(work.first_page or work.article_number):
        terms.add(f"p{place.first}:")
    return terms


def _asked(reference: Reference) -> set[str]:
    """The terms under which a reference is looked up; a number may be a year, a volume or a page."""
    fields = (reference.author, reference.title, reference.venue, reference.volume, reference.first_page)
    printed = " ".join(filter(None, (reference.text, *fields)))[: 2 * _LONGEST]
    words = list(_words(fold(printed)))[:_MOST_TERMS]
    terms = set(words)
    terms.update(f"@{name}" for name in _WORD.findall(romanise(printed)))
    for word in words:
        if any(letter.isdigit() for letter in word):
            printed_number = word.lstrip("0")
            terms |= {f"#{printed_number[:4]}", f"v{printed_number}:", f"p{printed_number}:"}
    if reference.year:
        terms.add(f"#{reference.year}")
    if place := pages(reference.first_page):
        terms.add(f"p{place.first}:")
    if number := volume(reference.volume):
        terms.add(f"v{number}:")
    return terms


def _words(folded: str) -> Iterator[str]:
    for word in _WORD.findall(folded):
        if not word.isascii() and (runs := _UNSPACED.findall(word)):
            for run in runs:
                yield from (run[place : place + 2] for place in range(len(run) - 1))
        elif len(word) > 1:
            yield word
