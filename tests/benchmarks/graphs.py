"""Seeded citation graphs of any size that look like literatures, as arrays and as library files.

What a literature does to an algorithm is in them: fields of uneven size that mostly cite themselves, references that
are mostly some years old, a few works that everybody cites, works without references, works that cite each other in
cycles and works that cite themselves, and keys whose order has nothing to do with time or field.

    python tests/benchmarks/graphs.py FILE [WORKS CITATIONS]
"""

import argparse
import json
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from itertools import islice
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harvester.library import Library

__all__ = ["Literature", "literature", "write_library"]

Numbers = NDArray[np.int64]
Random = np.random.Generator

YEARS, GROWTH, LAST = 60, 0.05, 2025
"""The literature grows by 5 per cent a year for 60 years."""
AGE = 3.6
"""Half of the recent references are older than 1.7 times these years."""
HOME, RECENT = 0.88, 0.75
"""Shares of the citations that stay in their field, and that go to works of a certain age."""
TAIL = 1.12
"""The exponent of the distribution of how much works deserve to be cited: the lower, the heavier its tail."""
AGAINST_TIME, LOOPS = 0.003, 0.0005
"""Shares of the citations that go to later works, mostly of the next year, and of works by themselves.

In four recorded reviews (SYNERGY, data of OpenAlex) the former were 0.47, 0.15, 0.25 and 0 per cent, and the latter at
most 0.05; of 952 works in the first one, 39 were one strong component.
"""

BLOCK = 1 << 20
CHUNK = 50_000

VENUES = tuple(
    f"Journal of {topic} {part}" for topic in ("Health", "Peer Support", "Care & Cure") for part in range(99)
)
SYLLABLES = ("ba", "de", "fi", "go", "ku", "la", "me", "ni", "po", "ru", "sa", "te", "vi", "wo", "zu")
PLAIN = ["a", "study", "of", "the", "in", "and", "for", "with", "among", "on", "effects"]
ABSTRACT = 1_000


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Literature:
    """Works in the order of time, and their citations in the order of citing and cited work."""

    year: Numbers
    """0 where not known."""
    field: Numbers
    citing: Numbers
    cited: Numbers
    loops: Numbers
    """Works that cite themselves, which is not among the citations."""
    both: NDArray[np.bool_]
    """Which citations two indexes know, not one."""


def literature(works: int, citations: int, *, seed: int = 1) -> Literature:
    """Make a literature with so many works and so many different citations between two of them.

    Raises ValueError for more than a twentieth of the citations that there could be.
    """
    if citations > works * works / 20:
        raise ValueError(f"{works} works are too few for {citations} citations")
    chance = np.random.default_rng(seed)
    when = np.log(np.expm1(GROWTH * YEARS) * np.arange(works) / works + 1) / GROWTH
    fields = max(2, int(works**0.42))
    uneven = np.cumsum(1 / np.arange(2, fields + 2) ** 0.8)
    field = np.searchsorted(uneven, chance.random(works) * uneven[-1])
    merit = (1 - chance.random(works)) ** (-1 / TAIL)

    # References are as unevenly long as the sums of two waiting times, and one work in twelve has none.
    wanted = -np.log((1 - chance.random(works)) * (1 - chance.random(works)))
    wanted[chance.random(works) < 1 / 12] = 0
    wanted[0] = 0
    pairs = np.zeros(0, dtype=np.int64)
    while len(pairs) < citations:
        # Many are drawn twice, most of all of the works that everybody cites.
        lengths = (wanted * (1.3 * (citations - len(pairs)) / wanted.sum()) + chance.random(works)).astype(np.int64)
        lengths[0] = 0
        drawn = list(_drawn(np.repeat(np.arange(works), lengths), when, field, merit, chance))
        pairs = np.sort(np.concatenate((pairs, *drawn)))
        pairs = pairs[np.diff(pairs, prepend=-1) > 0]
    pairs = np.delete(pairs, chance.choice(len(pairs), len(pairs) - citations, replace=False))

    citing, cited = np.divmod(pairs, works)
    close = np.flatnonzero(when[citing] - when[cited] < 1.5)
    turned = close[chance.random(len(close)) < AGAINST_TIME * citations / max(len(close), 1)]
    citing[turned], cited[turned] = cited[turned], citing[turned]
    # None of them can meet another: all pairs were of a later and an earlier work.
    order = np.lexsort((cited, citing))

    year = np.floor(when).astype(np.int64) + LAST - YEARS
    year[chance.random(works) < 0.01] = 0
    return Literature(
        year=year,
        field=field,
        citing=citing[order],
        cited=cited[order],
        loops=np.flatnonzero(chance.random(works) < LOOPS * citations / works),
        both=chance.random(citations) < 0.4,
    )


def _drawn(citing: Numbers, when: Any, field: Numbers, merit: Any, chance: Random) -> Iterator[Numbers]:
    """For each citing work an earlier one, the two as one number; less those that turned out to be the same."""
    works = len(when)
    # The works of a field lie together, in the order of time; all works once more are the last field.
    order = np.concatenate((np.argsort(field, kind="stable"), np.arange(works)))
    place = np.concatenate((np.sort(field), np.full(works, field.max() + 1))) * works + order
    passed = np.concatenate(([0], np.cumsum(merit[order])))
    for start in range(0, len(citing), BLOCK):
        here = citing[start : start + BLOCK]
        where = np.where(chance.random(len(here)) < HOME, field[here], field.max() + 1) * works
        now = when[here]
        age = -AGE * np.log((1 - chance.random(len(here))) * (1 - chance.random(len(here))))
        is_recent = (chance.random(len(here)) < RECENT) & (age < now)
        # A recent reference is one of the works that are as old, give or take half a year; any other is of any age.
        low = np.where(is_recent, now - age - 0.5, 0)
        high = np.where(is_recent, np.minimum(now - age + 0.5, now), now)
        first, last = (np.searchsorted(place, where + np.searchsorted(when, year)) for year in (low, high))
        drawn = passed[first] + chance.random(len(here)) * (passed[last] - passed[first])
        cited = order[np.minimum(np.searchsorted(passed, drawn, side="right") - 1, len(order) - 1)]
        yield (here * works + cited)[cited < here]


def write_library(path: Path, held: Literature, *, seed: int = 2) -> None:
    """Write the literature to a new library file, as a harvest of it from two indexes would leave the tables.

    Only what follows from the evidence is written, not the evidence itself, and no text index.
    """
    chance = np.random.default_rng(seed)
    works = len(held.year)
    # Works are harvested in an order that has nothing to do with time either.
    number = chance.permutation(works) + 1
    cites = np.bincount(held.citing, minlength=works) > 0
    with Library(path, write="benchmark") as library:
        db = library.db
        # An index is sorted at the end; the text index, and what is done for each row, are left out.
        put_off = db.execute(
            "select type, name, sql from sqlite_schema where type = 'trigger' or name = 'citations_cited'"
        ).fetchall()
        for kind, name, _ in put_off:
            db.execute(f"drop {kind} {name}")
        rows = _rows(held, number, cites, chance)
        while some := list(islice(rows, CHUNK)):
            with library.transaction():
                db.executemany(
                    "insert into works (id, key, title, abstract, year, doi, openalex, type, venue, first_author,"
                    " cited_by_count, sources, is_retracted, is_open_access, detail)"
                    " values (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)",
                    some,
                )
        citing = np.concatenate((number[held.citing], number[held.loops], number[held.citing[held.both]]))
        cited = np.concatenate((number[held.cited], number[held.loops], number[held.cited[held.both]]))
        second = np.arange(len(citing)) < len(citing) - int(held.both.sum())
        order = np.lexsort((second, cited, citing))
        for start in range(0, len(order), 10 * CHUNK):
            part = order[start : start + 10 * CHUNK]
            names = [("crossref", "openalex")[is_second] for is_second in second[part].tolist()]
            with library.transaction():
                db.executemany(
                    "insert into citations values (?, ?, ?)",
                    zip(citing[part].tolist(), cited[part].tolist(), names, strict=True),
                )
        for _, _, statement in put_off:
            db.execute(statement)


def _rows(held: Literature, number: Numbers, cites: NDArray[np.bool_], chance: Random) -> Iterator[tuple[Any, ...]]:
    """The rows of the table of works, in the order in which they were harvested."""
    words = [f"{start}{middle}{end}" for start in SYLLABLES for middle in SYLLABLES for end in SYLLABLES]
    chosen = chance.integers(0, len(words), 4_000).tolist()
    prose = " ".join(words[each] for each in chosen)
    counts = np.bincount(held.cited, minlength=len(held.year)) * 3
    for time in np.argsort(number).tolist():
        native, field = int(number[time]), int(held.field[time])
        # Some are known to one index only, and have no DOI; their keys are mixed as those of real works are.
        mixed = native * 2_654_435_761 % 2**32
        doi = None if mixed % 13 == 0 else f"10.{1000 + field % 900}/{mixed:08x}"
        openalex = f"W{2_000_000_000 + mixed}"
        key = f"doi:{doi}" if doi else f"openalex:{openalex}"
        year = int(held.year[time]) or None
        if not cites[time] and mixed % 2:
            yield native, key, None, None, None, doi, openalex, None, None, None, None, "", 0, None, None
            continue
        own = words[field * 7 % len(words)], words[(field * 13 + mixed % 8) % len(words)], words[mixed % len(words)]
        title = f"{own[0]} {own[1]} {PLAIN[mixed % len(PLAIN)]} {own[2]}: {words[mixed // 7 % len(words)]} & {native}"
        start = mixed % (len(prose) - ABSTRACT)
        abstract = prose[start : start + ABSTRACT]
        venue, author = VENUES[(field * 3 + mixed % 5) % len(VENUES)], words[mixed // 11 % len(words)].capitalize()
        told = {"key": key, "doi": doi, "openalex": openalex, "title": title, "year": year, "abstract": abstract}
        yield (
            *(native, key, title, abstract, year, doi, openalex, "article", venue, author, int(counts[time])),
            "crossref openalex" if doi else "openalex",
            int(mixed % 997 == 0),
            int(mixed % 3 == 0),
            zlib.compress(json.dumps(told).encode(), 1),
        )


def main() -> None:
    """Write a library file and say what is in it."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("file", type=Path)
    arguments.add_argument("works", nargs="?", type=int, default=100_000)
    arguments.add_argument("citations", nargs="?", type=int, default=1_000_000)
    asked = arguments.parse_args()
    held = literature(asked.works, asked.citations)
    write_library(asked.file, held)
    cited = np.bincount(held.cited, minlength=asked.works)
    print(
        f"{asked.works:,} works in {held.field.max() + 1} fields, {len(held.citing):,} citations,"
        f" {len(held.loops):,} loops; the most cited work has {cited.max():,}, {(cited == 0).mean():.0%} have none;"
        f" {asked.file.stat().st_size / 1e6:,.0f} MB"
    )


if __name__ == "__main__":
    main()
