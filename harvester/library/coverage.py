"""What each index knew of the citations of each seed, and what became of every reference and citing work it listed.

For every seed, direction and index: listed = matched + unmatched + duplicate + failed + beyond the cap + not delivered.
`listed` is the index's own figure, never the sum of what came. What came and is none of these is `unaccounted`: a
mistake of this program or of the index, which nobody should have to find out.
"""

from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Literal, NamedTuple

from harvester.library import chases, reading
from harvester.library.chases import Chased, Yield
from harvester.library.homes import all_keys, home_of
from harvester.library.matches import leads_to
from harvester.library.store import Library
from harvester.model import Reference, Work

__all__ = ["Abstracts", "Alarm", "Coverage", "Line", "Share", "Unmatched", "coverage"]

BACKWARD = ("crossref", "openalex", "opencitations")
FORWARD = ("openalex", "opencitations")
"""The indexes that list the citations of a work. Crossref counts the works that cite one, and lists none."""

HARDLY = 0.5
"""An index that knows less than this share of what all know together hardly knows a seed."""


class Line(NamedTuple):
    """What one index gave for one seed in one direction."""

    seed: str
    direction: Literal["backward", "forward"]
    source: str
    state: str
    """`done`; `not held`: the index has no record of the seed; `none or unknown`; `waiting`; `failed`."""
    listed: int | None
    """The index's own figure; None where it gives none."""
    matched: int
    """Works that some index describes."""
    unmatched: int
    """References in words that lead to no work."""
    duplicate: int
    """Works that stand there twice, or whose record is another one of a work that the index describes better."""
    failed: int
    """Works that no index could describe, and what could not be read."""
    capped: int
    not_delivered: int
    """Below 0 where the index gave more than it lists."""
    unaccounted: int
    works: int
    """Works that it links to the seed, described or not."""
    share: float | None
    """Of the works that all indexes together link to the seed in this direction; None where there are none."""


class Share(NamedTuple):
    """What one index knew of all citations of all seeds in one direction."""

    direction: str
    source: str
    works: int
    """Pairs of a seed and a work that it links."""
    union: int
    alone: int
    """Pairs that no other index knew."""


class Alarm(NamedTuple):
    """What whoever relies on a citation search should know of one seed."""

    seed: str
    sentence: str


class Unmatched(NamedTuple):
    """A reference of a seed that leads to no work, as it was given."""

    seed: str
    reference: Reference


class Abstracts(NamedTuple):
    """How many of the works found have an abstract, without and with Europe PMC."""

    works: int
    before: int
    after: int


@dataclass(frozen=True)
class Coverage:
    """The account of a citation search, with what should alarm whoever relies on it."""

    lines: tuple[Line, ...]
    shares: tuple[Share, ...]
    unmatched: tuple[Unmatched, ...]
    abstracts: Abstracts
    alarms: tuple[Alarm, ...]
    shortfalls: tuple[str, ...]
    mistakes: tuple[str, ...]


def coverage(library: Library, chased: Chased) -> Coverage:
    """Account for a citation search, seed by seed, from the ledger and from what the library holds now."""
    seeds = list(dict.fromkeys(key for each in chased.rounds for key in each.seeds))
    lines: list[Line] = []
    unmatched: list[Unmatched] = []
    pairs: dict[tuple[str, str], set[tuple[str, str]]] = defaultdict(set)
    alarms: list[Alarm] = []
    for seed in seeds:
        work = _work(library, seed)
        if not work.sources:
            alarms.append(Alarm(seed, f"{seed} is in no index: nothing is known of its citations"))
        given: dict[str, dict[str, _Given]] = {}
        if {"backward", "cociting"} & set(chased.scope.directions):
            given["backward"] = {name: _backward(library, chased, work, name) for name in BACKWARD}
            unmatched += (Unmatched(seed, one) for name in BACKWARD for one in given["backward"][name].in_words)
            if work.sources and not any(each.entries for each in given["backward"].values()):
                alarms.append(Alarm(seed, f"{seed} has no references in any index: look at its list yourself"))
        if {"forward", "cocited"} & set(chased.scope.directions):
            given["forward"] = {name: _forward(library, chased, work, name) for name in FORWARD}
        for direction, by_source in given.items():
            union = set().union(*(each.works for each in by_source.values()))
            for name, each in by_source.items():
                pairs[direction, name] |= {(seed, key) for key in each.works}
                share = len(each.works) / len(union) if union else None
                lines.append(each.line(seed, direction, name, share))
                if share is not None and share < HARDLY and each.state not in ("waiting", "failed"):
                    told = f"{name} knows {len(each.works):,} of the {len(union):,} works that all indexes together"
                    alarms.append(Alarm(seed, f"{seed}: {told} link to it {direction}"))
    return Coverage(
        lines=tuple(lines),
        shares=tuple(_shares(pairs)),
        unmatched=tuple(unmatched),
        abstracts=_abstracts(library, chases.yields(library, chased)),
        alarms=tuple(alarms),
        shortfalls=tuple(_shortfalls(lines)),
        mistakes=tuple(
            f"{line.unaccounted:,} of the records that {line.source} gave for {line.seed} {line.direction} cannot be"
            " accounted for"
            for line in lines
            if line.unaccounted
        ),
    )


@dataclass
class _Given:
    """What one index gave, still to be put beside the others."""

    state: str
    listed: int | None = None
    works: frozenset[str] = frozenset()
    matched: int = 0
    in_words: tuple[Reference, ...] = ()
    duplicate: int = 0
    failed: int = 0
    capped: int = 0
    entries: int = 0
    unaccounted: int = 0

    def line(self, seed: str, direction: str, name: str, share: float | None) -> Line:
        """Lay it out; what the index lists and did not send is the rest."""
        told = self.matched + len(self.in_words) + self.duplicate + self.failed + self.capped
        rest = 0 if self.listed is None else self.listed - told
        return Line(
            seed=seed,
            direction="backward" if direction == "backward" else "forward",
            source=name,
            state=self.state,
            listed=self.listed,
            matched=self.matched,
            unmatched=len(self.in_words),
            duplicate=self.duplicate,
            failed=self.failed,
            capped=self.capped,
            not_delivered=rest,
            unaccounted=self.unaccounted,
            works=len(self.works),
            share=None if share is None else round(share, 9),
        )


def _work(library: Library, key: str) -> Work:
    row = library.db.execute("select 1 from works where key = ?", (key,)).fetchone()
    return reading.work(library, key) if row else Work(key=key)


# -- backward ------------------------------------------------------------------------------------------


def _backward(library: Library, chased: Chased, work: Work, name: str) -> _Given:
    entries = [reference for reference in work.references if reference.source == name]
    if name == "opencitations":
        asked = _requests(library, chased, work, name, "cited")
        listed, state = asked.received, asked.state
        failed = asked.skipped
    else:
        figures = [count.value for count in work.counts if count.kind == "references" and count.source == name]
        listed = max(figures, default=len(entries))
        state, failed = ("done" if name in work.sources else "not held"), 0
    if state != "done" and not entries:
        return _Given(state, listed if state == "none or unknown" else None)
    given = _Given(state, listed, entries=len(entries), failed=failed)
    seen: dict[str, None] = {}
    in_words = []
    for entry in entries:
        key = leads_to(entry)
        home = home_of(library.db, key) if key else None
        if home is None:
            in_words.append(entry)
        elif home in seen:
            given.duplicate += 1
        else:
            seen[home] = None
            described = home == work.key or reading.is_described(library, home)
            given.matched += described
            given.failed += not described
    given.works = frozenset(seen) - {work.key}
    given.in_words = tuple(in_words)
    return given


# -- forward -------------------------------------------------------------------------------------------


def _forward(library: Library, chased: Chased, work: Work, name: str) -> _Given:
    asked = _requests(library, chased, work, name, "citing")
    if asked.state != "done":
        return _Given(asked.state, asked.listed)
    given = _Given("done", asked.listed, failed=asked.skipped, capped=asked.capped, entries=asked.arrived)
    stated = {
        key
        for (key,) in library.db.execute(
            "select w.key from citations c join works w on w.id = c.citing join works s on s.id = c.cited"
            " where s.key = ? and c.source = ? and c.citing != c.cited",
            (work.key, name),
        )
    }
    seen: set[str] = set()
    for native in asked.natives:
        row = library.db.execute("select key from records where source = ? and native = ?", (name, native)).fetchone()
        home = home_of(library.db, row[0]) if row else None
        if home == work.key:
            given.duplicate += 1
        elif home is None or (home not in stated and not _is_outvoted(library, home, name, native)):
            given.unaccounted += 1
        elif home not in stated or home in seen:
            given.duplicate += 1
        else:
            seen.add(home)
            given.matched += 1
    given.works = frozenset(stated)
    return given


def _is_outvoted(library: Library, home: str, name: str, native: str) -> bool:
    """Tell whether an index holds a better record of the same work, whose list of references counts instead."""
    keys = all_keys(library.db, home)
    marks = ", ".join("?" * len(keys))
    others = library.db.execute(
        f"select count(*) from records where source = ? and native != ? and key in ({marks})",  # noqa: S608 # question marks
        (name, native, *keys),
    ).fetchone()
    return bool(others[0])


class _Asked(NamedTuple):
    """What the requests about one seed at one index brought."""

    state: str
    listed: int | None
    received: int | None
    skipped: int
    capped: int
    arrived: int
    natives: tuple[str, ...]


def _requests(library: Library, chased: Chased, work: Work, name: str, kind: str) -> _Asked:
    """Gather the requests of this search about a work, under any of its identifiers."""
    db = library.db
    named = {
        f'"{scheme}", "{value}"'
        for scheme, value in db.execute(
            "select scheme, value from identifiers i join works w on w.id = i.work where w.key = ?", (work.key,)
        )
    }
    rows = [
        row
        for row in db.execute(
            "select id, kind, state, asked, reported, received from requests where run = ? and source = ?"
            " and kind in (?, 'count') order by id",
            (chased.run.id, name, kind),
        )
        if any(each in row[3] for each in named)
    ]
    pages = [row for row in rows if row[1] == kind]
    counts = [row for row in rows if row[1] == "count"]
    if not pages:
        return _Asked("not held", None, None, 0, 0, 0, ())
    states = {row[2] for row in pages}
    state = next((each for each in ("waiting", "failed") if each in states), "done")
    natives: dict[str, None] = {}
    arrived = skipped = 0
    for number, *_ in pages:
        found = [native for (native,) in db.execute("select native from arrivals where request = ?", (number,))]
        arrived += len(found)
        natives.update(dict.fromkeys(found))
        skipped += db.execute(
            "select count(*) from skips where request = ? and reason != 'beyond the cap'", (number,)
        ).fetchone()[0]
    received = sum(row[5] or 0 for row in pages)
    capped_by = sum(
        db.execute("select count(*) from skips where request = ? and reason = 'beyond the cap'", (number,)).fetchone()[
            0
        ]
        for number, *_ in pages
    )
    reported = [row[4] for row in (counts or pages) if row[4] is not None]
    listed = max(reported) if reported else None
    capped = max((listed or 0) - arrived - skipped, 0) if capped_by else 0
    if state == "done" and name == "opencitations" and not received and not listed:
        state = "none or unknown"
    return _Asked(state, listed, received, skipped, capped, arrived, tuple(natives))


# -- all together --------------------------------------------------------------------------------------


def _shares(pairs: Mapping[tuple[str, str], set[tuple[str, str]]]) -> Iterator[Share]:
    for direction in ("backward", "forward"):
        given = {name: found for (towards, name), found in pairs.items() if towards == direction}
        union = set().union(*given.values())
        for name, found in given.items():
            others = set().union(*(each for other, each in given.items() if other != name))
            yield Share(direction, name, len(found), len(union), len(found - others))


def _abstracts(library: Library, found: Iterable[str] | Mapping[str, Yield]) -> Abstracts:
    works = before = after = 0
    for key in found:
        work = reading.work(library, key)
        works += 1
        if work.abstract:
            after += 1
            account = work.provenance.get("abstract")
            sources = {*account.sources, *(claim.source for claim in account.others)} if account else set()
            before += bool(sources - {"europepmc"})
    return Abstracts(works, before, after)


def _shortfalls(lines: Iterable[Line]) -> Iterator[str]:
    for line in lines:
        if line.not_delivered > 0 and line.state == "done":
            what = "references" if line.direction == "backward" else "citing works"
            yield (
                f"{line.source} reports {line.listed:,} {what} of {line.seed} and delivered"
                f" {(line.listed or 0) - line.not_delivered:,}"
            )
