"""Citation searches: the seeds of each round, and the works that citations link to them.

What a search found follows from the citations that the library holds now, so that a work found twice, under two keys
or by two indexes, is found once. The terms are those of the TARCiS statement (BMJ 2024;385:e078384): backward,
forward, co-cited, co-citing.
"""

import json
import sqlite3
from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, NamedTuple

from harvester.errors import InputError
from harvester.library import ledger
from harvester.library.homes import home_of
from harvester.library.ledger import Run
from harvester.library.store import Library, now

__all__ = [
    "DIRECTIONS",
    "Chased",
    "Direction",
    "Named",
    "Round",
    "Scope",
    "Yield",
    "arrived",
    "begin_round",
    "chases",
    "decisions",
    "end_round",
    "linked",
    "newest",
    "rounds",
    "scope_of",
    "screen",
    "screened",
    "screened_by",
    "seeds_named",
    "yields",
]

Direction = Literal["backward", "forward", "cocited", "cociting"]

DIRECTIONS: tuple[Direction, ...] = ("backward", "forward", "cocited", "cociting")


@dataclass(frozen=True)
class Scope:
    """How a citation search goes: in which directions, how many rounds, and what it passes over.

    `shared` is how many references a co-citing work has in common with a seed at least. A work with more than `hub`
    references, or cited by more than `hub` works, does not make two works co-cited or co-citing. `most_citing` is how
    many citing works of one seed are taken, None for all; `most_works` how many works are described in a round, and
    found before no round follows.
    """

    directions: tuple[Direction, ...] = ("backward", "forward")
    rounds: int = 1
    shared: int = 3
    hub: int = 1_000
    keep: str | None = None
    most_citing: int | None = None
    most_works: int | None = None


class Round(NamedTuple):
    """One round: its seeds by key, as they are called now, with what each came from; and why it was the last."""

    number: int
    started: str
    seeds: Mapping[str, str]
    ended: str | None


@dataclass
class Yield:
    """A work that a citation search found: in which round first, and by direction the seeds and indexes that say so."""

    key: str
    round: int
    seeds: dict[Direction, set[str]] = field(default_factory=lambda: defaultdict(set))
    sources: dict[Direction, set[str]] = field(default_factory=lambda: defaultdict(set))


class Named(NamedTuple):
    """A seed as the user gave it, the work that it was found to be, and what should be known of that."""

    given: str
    key: str | None
    title: str | None
    type: str | None
    remark: str | None


class Chased(NamedTuple):
    """A citation search on record."""

    run: Run
    scope: Scope
    rounds: tuple[Round, ...]


def begin_round(db: sqlite3.Connection, run: Run, number: int, seeds: Iterable[tuple[str, str]]) -> None:
    """Enter a round and its seeds, each with what it came from, inside the transaction that is open."""
    db.execute("insert into rounds (run, round, started) values (?, ?, ?)", (run.id, number, now()))
    db.executemany("insert or ignore into seeds values (?, ?, ?, ?)", ((run.id, number, *seed) for seed in seeds))


def arrived(db: sqlite3.Connection, request: int, natives: Iterable[str]) -> None:
    """Enter which records an answer held, inside the transaction that is open."""
    db.executemany("insert or ignore into arrivals values (?, ?)", ((request, native) for native in natives))


def end_round(library: Library, run: Run, number: int, reason: str) -> None:
    """Enter why no round follows this one."""
    with library.transaction() as db:
        db.execute("update rounds set ended = ? where run = ? and round = ?", (reason, run.id, number))


def rounds(library: Library, run: Run) -> tuple[Round, ...]:
    """Give the rounds of a search, in order."""
    found = []
    for number, started, ended in library.db.execute(
        "select round, started, ended from rounds where run = ? order by round", (run.id,)
    ).fetchall():
        rows = library.db.execute(
            "select key, origin from seeds where run = ? and round = ? order by key", (run.id, number)
        ).fetchall()
        seeds: dict[str, str] = {}
        for key, origin in rows:
            seeds.setdefault(home_of(library.db, key), origin)
        found.append(Round(number, started, seeds, ended))
    return tuple(found)


def chases(library: Library) -> list[Chased]:
    """Give the citation searches of a library, oldest first."""
    found = []
    for row in library.db.execute("select id, command from runs where command = 'chase' order by id").fetchall():
        run = Run(*row)
        found.append(Chased(run, scope_of(ledger.arguments(library, run.id)), rounds(library, run)))
    return found


def newest(library: Library) -> Chased:
    """Give the last citation search; raises `InputError` where there has been none."""
    found = chases(library)
    if not found:
        raise InputError("no citation search has been run in this library; `harvester chase` runs one")
    return found[-1]


def scope_of(arguments: Mapping[str, Any]) -> Scope:
    """Read the scope of a search from the arguments of its run."""
    scope = arguments["scope"]
    return Scope(**{**scope, "directions": tuple(scope["directions"])})


def seeds_named(library: Library, chased: Chased) -> list[Named]:
    """Say of every seed of the first round what it is: a work, or the same as another, or nothing that is known."""
    if not chased.rounds:
        return []
    given = library.db.execute(
        "select key from seeds where run = ? and round = 1 order by key", (chased.run.id,)
    ).fetchall()
    texts = dict(
        library.db.execute(
            "select scheme || ':' || value, text from inputs where run = ? and scheme is not null"
            " order by position desc",
            (chased.run.id,),
        )
    )
    first: dict[str, str] = {}
    found = []
    for (key,) in given:
        home = home_of(library.db, key)
        row = library.db.execute(
            "select title, type, is_retracted, sources from works where key = ?", (home,)
        ).fetchone()
        title, kind, retracted, sources = row or (None, None, 0, "")
        remark = None
        if not sources:
            remark = "no index knows it"
        elif home in first:
            remark = f"the same work as {first[home]}"
        elif retracted:
            remark = "it is retracted"
        elif kind in NOT_ARTICLES:
            remark = f"it is a {kind}, of which indexes often hold no references"
        first.setdefault(home, texts.get(key, key))
        found.append(Named(texts.get(key, key), home if sources else None, title, kind, remark))
    return found


NOT_ARTICLES = frozenset(("book", "dataset", "monograph", "edited-book", "reference-book", "software", "report"))

Links = dict[int, dict[int, set[str]]]
"""Works by the numbers of their rows, each with the seeds that it is linked to, and the indexes that say so."""


def linked(
    library: Library, seeds: Collection[str], direction: Direction, scope: Scope
) -> dict[str, dict[str, frozenset[str]]]:
    """Give the works that a direction leads to from these seeds, each with the seeds and, of each, the indexes."""
    db = library.db
    numbers = dict(
        db.execute(
            "select id, key from works where key in (select value from json_each(?)) order by key",
            (json.dumps(sorted(seeds)),),
        ).fetchall()
    )
    if direction in ("backward", "forward"):
        links = _directly(db, numbers, "cited" if direction == "backward" else "citing")
    elif direction == "cocited":
        links = _by_way_of(db, numbers, "citing", hub=scope.hub, shared=1)
    else:
        links = _by_way_of(db, numbers, "cited", hub=scope.hub, shared=scope.shared)
    keys = _keys(db, links)
    found = {
        keys[number]: {numbers[seed]: frozenset(sources) for seed, sources in sorted(by_seed.items())}
        for number, by_seed in links.items()
    }
    return dict(sorted(found.items()))


def _other(end: str) -> str:
    return "cited" if end == "citing" else "citing"


def _ends(db: sqlite3.Connection, number: int, end: str) -> dict[int, set[str]]:
    """Give the works on this end of the citations of a work, each with the indexes that state it; not itself."""
    found: dict[int, set[str]] = defaultdict(set)
    for other, source in db.execute(
        f"select {end}, source from citations where {_other(end)} = ? and citing != cited",  # noqa: S608 # names from here
        (number,),
    ):
        found[other].add(source)
    return found


def _directly(db: sqlite3.Connection, seeds: Iterable[int], end: str) -> Links:
    links: Links = defaultdict(dict)
    for seed in seeds:
        for number, sources in _ends(db, seed, end).items():
            links[number][seed] = sources
    return links


def _by_way_of(db: sqlite3.Connection, seeds: Iterable[int], way: str, *, hub: int, shared: int) -> Links:
    """Give the works that meet a seed in at least so many works on the `way`, hubs among those apart."""
    around: dict[int, dict[int, set[str]]] = {}
    links: Links = defaultdict(dict)
    for seed in seeds:
        met: Counter[int] = Counter()
        told: dict[int, set[str]] = defaultdict(set)
        for between in _ends(db, seed, way):
            if between not in around:
                others = _ends(db, between, _other(way))
                around[between] = others if len(others) <= hub else {}
            for number, sources in around[between].items():
                if number != seed:
                    met[number] += 1
                    told[number] |= sources
        for number, times in met.items():
            if times >= shared:
                links[number][seed] = told[number]
    return links


def _keys(db: sqlite3.Connection, numbers: Iterable[int]) -> dict[int, str]:
    rows = db.execute(
        "select id, key from works where id in (select value from json_each(?))", (json.dumps(sorted(numbers)),)
    )
    return dict(rows.fetchall())


def yields(library: Library, chased: Chased) -> dict[str, Yield]:
    """Give every work that a search found, by its key: linked to a seed of any round, and no seed of the first."""
    first = chased.rounds[0].seeds if chased.rounds else {}
    found: dict[str, Yield] = {}
    for each in chased.rounds:
        for direction in chased.scope.directions:
            for key, seeds in linked(library, each.seeds, direction, chased.scope).items():
                if key not in first:
                    one = found.setdefault(key, Yield(key, each.number))
                    one.seeds[direction].update(seeds)
                    one.sources[direction].update(*seeds.values())
    return dict(sorted(found.items()))


def screen(
    db: sqlite3.Connection, run: Run, key: str, decision: str, *, reason: str | None, person: str | None
) -> None:
    """Keep what people decided on a work, inside the transaction that is open; `undecided` takes back what was."""
    db.execute(
        "insert into screening (run, key, decision, reason, person) values (?, ?, ?, ?, ?)",
        (run.id, key, decision, reason, person),
    )


def decisions(library: Library) -> dict[str, str]:
    """Give the last decision on each work that has one, by its key as it is now."""
    return {key: decision for key, (decision, _) in screened(library).items()}


def screened(library: Library) -> dict[str, tuple[str, str | None]]:
    """Give the last decision on each work that has one with its reason, by its key as it is now."""
    return {key: (decision, reason) for key, (decision, reason, _) in screened_by(library).items()}


def screened_by(library: Library) -> dict[str, tuple[str, str | None, str | None]]:
    """Give the last decision on each work that has one with its reason and who took it, by its key as it is now.

    A work on which the last word is that it is `undecided` has none, and so have all works of a library of an older
    release that is only read.
    """
    if not library.db.execute("select 1 from sqlite_schema where name = 'screening'").fetchone():
        return {}
    rows = library.db.execute("select key, decision, reason, person from screening order by id").fetchall()
    last = {home_of(library.db, key): (decision, reason, person) for key, decision, reason, person in rows}
    return {key: said for key, said in last.items() if said[0] != "undecided"}
