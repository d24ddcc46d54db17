"""The words of works, part by part: which works hold them, where they stand, and which of them an asked word means.

A part is built when a search first looks there; what was found out since is kept, up to a limit.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable, Hashable, Iterator, Mapping, Sequence, Sized
from functools import cached_property, lru_cache
from itertools import islice, takewhile
from typing import Any, Generic, TypeVar

from harvester.replica.openalex_fields import leaves
from harvester.replica.openalex_query import Fuzzy, Pattern, analysed, tokenised
from harvester.replica.openalex_stem import stem

__all__ = ["Found", "Memo", "Part", "Positions"]

Found = Mapping[int, int]
"""Works by their number, each with how often it has what was asked for."""

Positions = Mapping[str, Sequence[int]]
"""The places of every word of a text, or of every stem."""

_BETWEEN_VALUES = 100  # Elasticsearch's position_increment_gap
_MOST_EXPANSIONS = 50  # Elasticsearch's max_expansions of a fuzzy word

Made = TypeVar("Made", bound=Sized)


class Memo(Generic[Made]):
    """What was made once is kept, until the sizes of all of it pass `most`; then everything is forgotten."""

    def __init__(self, most: int = 300_000) -> None:
        self.most = most
        self.made: dict[Hashable, Made] = {}
        self.size = 0

    def get(self, key: Hashable, make: Callable[[], Made]) -> Made:
        """What was made for the key, now or before."""
        found = self.made.get(key)
        if found is None:
            if self.size > self.most:
                self.made.clear()
                self.size = 0
            found = self.made[key] = make()
            self.size += len(found) + 1
        return found


def _segments(work: dict[str, Any], part: str) -> Iterator[str]:
    if part == "title":
        title = work.get("title") or work.get("display_name")
        if isinstance(title, str):
            yield title
    elif part == "abstract":
        abstract = work.get("abstract_inverted_index")
        if isinstance(abstract, dict):
            placed = [
                (position, word)
                for word, positions in abstract.items()
                if isinstance(positions, list)
                for position in positions
                if isinstance(position, int)
            ]
            yield " ".join(word for _, word in sorted(placed))
    else:
        paths = {
            "keywords": "keywords.display_name",
            "affiliations": "authorships.raw_affiliation_strings",
            "authors": "authorships.raw_author_name",
        }
        yield from (str(value) for value, _ in leaves(work, paths[part]))


def _frequencies(work: dict[str, Any], part: str) -> list[tuple[str, int]]:
    """Words and how often they stand there; a word may come more than once, its numbers then add up."""
    abstract = work.get("abstract_inverted_index")
    if part != "abstract" or not isinstance(abstract, dict):
        return [(word, 1) for text in _segments(work, part) for word in tokenised(text)]
    return [
        (word, len(positions))
        for written, positions in abstract.items()
        if isinstance(positions, list)
        for word in _split(written)
    ]


_split = lru_cache(maxsize=500_000)(tokenised)


class Part:
    """The words of one part of every work; a posting is the work's number and, in its last byte, a frequency."""

    def __init__(self, works: Sequence[dict[str, Any]], name: str) -> None:
        self.works = works
        self.name = name
        postings: dict[str, array[int]] = defaultdict(lambda: array("Q"))
        for number, work in enumerate(works):
            for word, times in _frequencies(work, name):
                postings[word].append(number << 8 | (times if times < 256 else 255))
        self.postings: dict[str, array[int]] = dict(postings)
        self.vocabulary = sorted(postings)
        self._spellings = Memo[list[str]]()
        self._counts = Memo[dict[int, int]]()
        self._positions = Memo[dict[str, tuple[int, ...]]](1_200_000)

    def spellings(self, wanted: str | Pattern | Fuzzy, *, exact: bool) -> list[str]:
        """The words of this part that an asked word stands for."""
        return self._spellings.get((wanted, exact), lambda: self._spelt(wanted, exact=exact))

    def size(self, wanted: str | Pattern | Fuzzy, *, exact: bool) -> int:
        """How many works hold such a word, at most."""
        return sum(len(self.postings[word]) for word in self.spellings(wanted, exact=exact))

    def counts(self, wanted: str | Pattern | Fuzzy, *, exact: bool) -> dict[int, int]:
        """The works that hold such a word, and how often."""
        return self._counts.get((wanted, exact), lambda: self._counted(self.spellings(wanted, exact=exact)))

    def positions(self, number: int, *, exact: bool) -> Positions:
        """Where the words of a work stand, or their stems; those of two values, of two authors say, are far apart."""
        return self._positions.get((number, exact), lambda: self._placed(number, exact=exact))

    def _spelt(self, wanted: str | Pattern | Fuzzy, *, exact: bool) -> list[str]:
        if isinstance(wanted, str):
            if exact:
                return [wanted] if wanted in self.postings else []
            root = stem(wanted)
            # The stemmer changes no letter but the last of what it leaves, and that only to one of these three, so
            # that only the words with the same beginning need be stemmed: of a large corpus, a few in a million.
            alike = _beginning(self.vocabulary, root[:-1] if root[-1] in "eil" else root)
            return [known for known in alike if stem(known) == root]
        known = self.vocabulary if exact else self._roots
        if isinstance(wanted, Pattern):
            fits = re.compile(wanted.rest, re.DOTALL)
            found = [word for word in _beginning(known, wanted.start) if fits.fullmatch(word, len(wanted.start))]
        else:
            near = ((_edits(wanted.word, word, wanted.edits), word) for word in known)
            found = [word for edits, word in sorted(near) if edits <= wanted.edits][:_MOST_EXPANSIONS]
        return found if exact else [word for root in found for word in self._by_root[root]]

    @cached_property
    def _by_root(self) -> dict[str, list[str]]:
        words: dict[str, list[str]] = defaultdict(list)
        for word in self.vocabulary:
            if analysed(word, exact=False):  # stop words are in no stemmed index
                words[stem(word)].append(word)
        return dict(words)

    @cached_property
    def _roots(self) -> list[str]:
        return sorted(self._by_root)

    def _counted(self, words: list[str]) -> dict[int, int]:
        found: dict[int, int] = {}
        for word in words:
            for posting in self.postings[word]:
                found[posting >> 8] = found.get(posting >> 8, 0) + (posting & 255)
        return found

    def _placed(self, number: int, *, exact: bool) -> dict[str, tuple[int, ...]]:
        places: dict[str, list[int]] = {}
        place = 0
        for text in _segments(self.works[number], self.name):
            for word in tokenised(text):
                places.setdefault(word if exact else stem(word), []).append(place)
                place += 1
            place += _BETWEEN_VALUES
        return {word: tuple(at) for word, at in places.items()}


def _beginning(words: Sequence[str], start: str) -> Iterator[str]:
    """The words, of sorted ones, that begin like this."""
    return takewhile(lambda word: word.startswith(start), islice(words, bisect_left(words, start), None))


def _edits(one: str, other: str, most: int) -> int:
    """The insertions, deletions, substitutions and swaps of neighbours between two words; beyond `most`, any number."""
    if abs(len(one) - len(other)) > most:
        return most + 1
    before: list[int] = []
    above, row = before, list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        before, above, row = above, row, [i]
        for j, match in enumerate(other, start=1):
            cost = min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != match))
            if i > 1 and j > 1 and letter == other[j - 2] and one[i - 2] == match:
                cost = min(cost, before[j - 2] + 1)
            row.append(cost)
        if min(row) > most and min(above) > most:
            return most + 1
    return row[-1]
