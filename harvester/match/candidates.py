"""Pairs worth comparing, out of the many that are not.

Every record is filed under several keys; two records that share a key, and stand near each other among those that
do, become a pair. The keys fail in different ways (a slip in the title, another page, a missing author), so that a
pair of descriptions of one work shares at least one. Within a key records are sorted by title, and each is paired
with the next few only, which keeps a key that thousands share ("Editorial", volume 1 page 1) linear.

Everything is a sort over integers: 1,000,000 records take seconds, and the pairs do not depend on the order of
the input.
"""

from array import array
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from zlib import crc32

import numpy as np
from numpy.typing import NDArray

from harvester.match.features import Features

__all__ = ["candidates"]

_WINDOW = 8
_LONG = 20
_SHORT = 3
_RAREST = 3
_ABSTRACT = 60


def candidates(records: Sequence[Features]) -> NDArray[np.int64]:
    """Return the pairs of places in `records` worth comparing, as rows (smaller, larger), sorted."""
    count = len(records)
    if count < 2:
        return np.empty((0, 2), dtype=np.int64)
    order = np.array(
        sorted(range(count), key=lambda place: (_text(records[place]), records[place].key)), dtype=np.int64
    )
    rank = np.empty(count, dtype=np.int64)
    rank[order] = np.arange(count)
    found = np.empty(0, dtype=np.int64)
    for filing in (_by_identifier, _by_beginning, _by_end, _by_rare_words, _by_place, _by_author, _by_abstract):
        keys, places = array("q"), array("q")
        for key, place in filing(records):
            keys.append(crc32(key.encode("utf-8", "surrogatepass")))
            places.append(place)
        filed = np.frombuffer(keys, dtype=np.int64), np.frombuffer(places, dtype=np.int64)
        found = _distinct([found, _neighbours(*filed, rank, order)])
    return np.stack(np.divmod(found, count), axis=1)


def _neighbours(
    keys: NDArray[np.int64], places: NDArray[np.int64], rank: NDArray[np.int64], order: NDArray[np.int64]
) -> NDArray[np.int64]:
    """Pair each record with the next few under the same key, in the order of titles; a pair is one number."""
    ranks = rank[places]
    sort = np.lexsort((ranks, keys))
    keys, ranks = keys[sort], ranks[sort]
    codes = []
    for step in range(1, _WINDOW + 1):
        same = np.flatnonzero((keys[step:] == keys[:-step]) & (ranks[step:] != ranks[:-step]))
        one, other = order[ranks[same]], order[ranks[same + step]]
        codes.append(np.minimum(one, other) * len(order) + np.maximum(one, other))
    return _distinct(codes)


def _distinct(codes: list[NDArray[np.int64]]) -> NDArray[np.int64]:
    """Sort numbers and leave out repetitions; `numpy.unique` builds a hash table, at several times the cost."""
    joined = np.sort(np.concatenate(codes))
    return joined[np.concatenate(([True], joined[1:] != joined[:-1]))] if len(joined) else joined


def _text(record: Features) -> str:
    return record.title.text if record.title else ""


def _by_identifier(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    for place, record in enumerate(records):
        for value in (record.doi, record.pmid, record.pmcid):
            if value:
                yield value, place


def _by_beginning(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    for place, record in enumerate(records):
        if record.title:
            yield record.title.text[:_LONG], place
        for title in record.other_titles:
            yield title.text[:_LONG], place


def _by_end(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    for place, record in enumerate(records):
        if record.title:
            yield record.title.text[-_LONG:], place


def _by_rare_words(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    """File under each two of the rarest words of the title: a slip in one leaves another two."""
    frequency: Counter[str] = Counter()
    for record in records:
        if record.title:
            frequency.update(set(record.title.words))
    for place, record in enumerate(records):
        if not record.title:
            continue
        words = set(record.title.words)
        telling = {word for word in words if len(word) > _SHORT} or words
        # A word that nobody else has leads nowhere: it comes last.
        rarest = sorted(sorted(telling, key=lambda word: (frequency[word] < 2, frequency[word], word))[:_RAREST])
        for pair in combinations(rarest, 2) if len(rarest) > 1 else (rarest,):
            yield " ".join(pair), place


def _by_place(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    for place, record in enumerate(records):
        if record.pages and record.containers:
            yield f"{record.volume} {record.pages.first} {record.containers[0].words[0][0]}", place


def _by_author(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    for place, record in enumerate(records):
        if record.authors:
            family = record.authors.people[0].family
            if record.pages:
                yield f"{family} {record.pages.first}", place
            if record.title:
                yield f"{family}\x00{record.year}\x00{record.title.text[:_SHORT]}", place


def _by_abstract(records: Sequence[Features]) -> Iterator[tuple[str, int]]:
    for place, record in enumerate(records):
        if record.abstract:
            yield record.abstract[:_ABSTRACT], place
