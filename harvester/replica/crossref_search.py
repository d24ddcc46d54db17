"""Free-text search over Crossref messages: words are ORed and ranked.

Crossref has no operators, phrases or wildcards, and ignores punctuation; a field query must find at least one of
its words, and several queries must all be met (api.crossref.org, OpenAPI text). The ranking is BM25: not Crossref's
own figures, but the same direction, and the same for the same records every time.
"""

import math
import re
import unicodedata
from array import array
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence

from harvester.replica.crossref_message import Record, contributors, date, mappings, names, plain, text, texts

__all__ = ["FIELDS", "FREE", "Search", "words"]

FREE = "query"
"""The name under which `query=` itself, not tied to a field, is asked."""

_WORD = re.compile(r"[^\W_]+")
_ACCENT = re.compile("[\u0300-\u036f]")
_SATURATION, _LENGTH_WEIGHT = 1.2, 0.75  # the usual constants of BM25


def words(written: str) -> list[str]:
    """The words of a text as they are compared: no case, no accents, no punctuation.

    >>> words("Über <i>C. elegans</i>, 2019")
    ['uber', 'c', 'elegans', '2019']
    """
    bare = plain(written).casefold()
    if not bare.isascii():
        bare = _ACCENT.sub("", unicodedata.normalize("NFKD", bare))
    return _WORD.findall(bare)


# -- what each field holds -------------------------------------------------------------------------


def _bibliographic(record: Record) -> Iterator[str]:
    yield from _titles(record)
    yield from names(record)
    yield from _containers(record)
    yield from texts(record, "ISSN")
    published = date(record, "issued") or date(record, "published")
    if published:
        yield str(published[0])
    yield from (text(record, key) for key in ("volume", "issue", "page"))


def _anywhere(record: Record) -> Iterator[str]:
    # answers of June 2026 held works that had the word only in these; none had it only in an abstract or affiliation
    yield from _bibliographic(record)
    for funder in mappings(record, "funder"):
        yield text(funder, "name")
        yield from texts(funder, "award")
    yield from texts(record, "group-title")
    yield from texts(record, "description")


def _titles(record: Record) -> Iterator[str]:
    for key in ("title", "subtitle", "original-title", "short-title"):
        yield from texts(record, key)


def _containers(record: Record) -> Iterator[str]:
    for key in ("container-title", "short-container-title"):
        yield from texts(record, key)


def _affiliations(record: Record) -> Iterator[str]:
    for person in contributors(record):
        for place in mappings(person, "affiliation"):
            yield text(place, "name")
            yield from texts(place, "department")


def _people(*roles: str) -> Callable[[Record], Iterable[str]]:
    return lambda record: names(record, *roles)


def _within(key: str, part: str) -> Callable[[Record], Iterable[str]]:
    return lambda record: [found for holder in mappings(record, key) for found in texts(holder, part)]


def _plainly(key: str) -> Callable[[Record], Iterable[str]]:
    return lambda record: texts(record, key)


FIELDS: Mapping[str, Callable[[Record], Iterable[str]]] = {
    "affiliation": _affiliations,
    "author": _people("author"),
    "bibliographic": _bibliographic,
    "chair": _people("chair"),
    "container-title": _containers,
    "contributor": _people(),
    "degree": _plainly("degree"),
    "description": _plainly("description"),
    "editor": _people("editor"),
    "event-acronym": _within("event", "acronym"),
    "event-location": _within("event", "location"),
    "event-name": _within("event", "name"),
    "event-sponsor": _within("event", "sponsor"),
    "event-theme": _within("event", "theme"),
    "funder-name": _within("funder", "name"),
    "publisher-location": _plainly("publisher-location"),
    "publisher-name": _plainly("publisher"),
    "standards-body-acronym": _within("standards-body", "acronym"),
    "standards-body-name": _within("standards-body", "name"),
    "title": _titles,
    "translator": _people("translator"),
}


# -- ranking ---------------------------------------------------------------------------------------


class Search:
    """Ranks records by words; a field is indexed when it is first asked for."""

    def __init__(self, records: Sequence[Record]) -> None:
        self._records = records
        self._indexes: dict[str, _Index] = {}

    def scores(self, queries: Mapping[str, str]) -> dict[int, float]:
        """Position and score of every record that meets all `queries` (field name, or `FREE`, to text).

        A query without a single word is met by nothing.

        >>> found = Search([{"title": ["Peer support"]}, {"title": ["Gardens"]}]).scores({"title": "peer work"})
        >>> list(found)
        [0]
        """
        found: dict[int, float] | None = None
        for name, asked in queries.items():
            scored = self._index(name).scores(words(asked))
            if found is None:
                found = scored
            else:
                found = {place: found[place] + scored[place] for place in found.keys() & scored.keys()}
        return {place: round(score, 6) for place, score in (found or {}).items()}

    def _index(self, name: str) -> "_Index":
        if name not in self._indexes:
            read = _anywhere if name == FREE else FIELDS[name]
            self._indexes[name] = _Index(words(" ".join(read(record))) for record in self._records)
        return self._indexes[name]


class _Index:
    """Where each word occurs, and how often."""

    def __init__(self, documents: Iterable[list[str]]) -> None:
        # place and number of times, one after the other: a tuple for each would be most of the memory
        self._places: defaultdict[str, array[int]] = defaultdict(lambda: array("L"))
        self._lengths: list[int] = []
        for place, document in enumerate(documents):
            self._lengths.append(len(document))
            for word, times in Counter(document).items():
                self._places[word].extend((place, times))
        self._mean = sum(self._lengths) / max(1, len(self._lengths)) or 1.0

    def scores(self, asked: Iterable[str]) -> dict[int, float]:
        total: dict[int, float] = {}
        for word in dict.fromkeys(asked):
            postings = self._places.get(word, array("L"))
            places, often = postings[::2], postings[1::2]
            rarity = math.log(1 + (len(self._lengths) - len(places) + 0.5) / (len(places) + 0.5))
            for place, times in zip(places, often, strict=True):
                length = 1 - _LENGTH_WEIGHT + _LENGTH_WEIGHT * self._lengths[place] / self._mean
                weight = times * (_SATURATION + 1) / (times + _SATURATION * length)
                total[place] = total.get(place, 0.0) + rarity * weight
        return total
