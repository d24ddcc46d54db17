"""What was searched by citations: seeds, directions, rounds, and what each index knew of it."""

from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

from harvester.library import chases, coverage
from harvester.library.chases import Chased, Direction
from harvester.library.matches import BY_MATCH
from harvester.library.store import Library
from harvester.review.figures import Figure, Given, asked, clean, computed
from harvester.review.running import RunOnRecord, name_of
from harvester.review.searching import Interface, file_of, interface

__all__ = [
    "WORDS",
    "Citing",
    "IndexUsed",
    "RoundOnRecord",
    "Seed",
    "ShareOf",
    "Towards",
    "citation_searches_of",
    "listed",
]

WORDS = {"backward": "backward", "forward": "forward", "cocited": "co-cited", "cociting": "co-citing"}
"""The directions, by the words of the TARCiS statement."""


@dataclass(frozen=True)
class Seed:
    """A seed reference of the first round: as it was given, where it came from, and what it was found to be."""

    given: str
    origin: str
    key: str | None
    title: str | None
    remark: str | None


@dataclass(frozen=True)
class RoundOnRecord:
    """One round; `origins` count its seeds by where they came from, `ended` is why no round follows it."""

    number: int
    started: str
    seeds: Figure
    origins: tuple[tuple[str, int], ...]
    ended: str | None


@dataclass(frozen=True)
class Towards:
    """What one direction gave: records as the indexes list them, seed by seed, and the works that these are."""

    direction: str
    listed: Figure
    works: Figure


@dataclass(frozen=True)
class ShareOf:
    """What one index knew in one direction: pairs of a seed and a work linked to it."""

    direction: str
    index: str
    works: Figure
    union: Figure
    alone: Figure
    reported: Figure
    """What the index itself says there is, over all seeds; None where it says it of none."""
    matched: Figure
    unmatched: Figure
    duplicate: Figure
    failed: Figure
    capped: Figure
    undelivered: Figure
    """Below 0 where the index gave more than it says there is."""


@dataclass(frozen=True)
class IndexUsed:
    """An index that was asked something in a search, where, and when it answered."""

    index: str
    interface: Interface
    requests: Figure
    from_cache: Figure
    first_answer: Figure
    last_answer: Figure


@dataclass(frozen=True)
class Citing:
    """One citation search, as it was run."""

    run: RunOnRecord
    scope: chases.Scope
    seeds: tuple[Seed, ...]
    given: Figure
    known: Figure
    """Works that the seeds of the first round are, each once, as far as any index knows them."""
    not_understood: Figure
    rounds: tuple[RoundOnRecord, ...]
    towards: tuple[Towards, ...]
    listed: Figure
    works: Figure
    found: Figure
    shares: tuple[ShareOf, ...]
    indexes: tuple[IndexUsed, ...]
    described: Figure
    with_abstract: Figure
    unmatched: Figure
    alarms: tuple[str, ...]
    shortfalls: tuple[str, ...]
    mistakes: tuple[str, ...]

    @property
    def directions(self) -> tuple[str, ...]:
        """The directions, by the words of the TARCiS statement."""
        return tuple(WORDS[direction] for direction in self.scope.directions)

    @property
    def origins(self) -> tuple[tuple[str, int], ...]:
        """The seed references of the first round, counted by where they came from."""
        return self.rounds[0].origins if self.rounds else ()

    @property
    def stop_reason(self) -> str | None:
        """Why the last round was the last; None while the search goes on."""
        return self.rounds[-1].ended if self.rounds else None

    @property
    def through(self) -> tuple[str, ...]:
        """The indexes whose lists were looked at."""
        return tuple(dict.fromkeys(share.index for share in self.shares))

    @property
    def united(self) -> tuple[str, ...]:
        """The indexes that gave citations."""
        return tuple(dict.fromkeys(share.index for share in self.shares if share.works.number))


_SEEDS = (
    "select count(distinct coalesce(h.home, s.key)) from seeds s left join homes h on h.key = s.key"
    " where s.run = :run and s.round = :round"
)
_NOT_UNDERSTOOD = "select count(*) from inputs where run = :run and scheme is null"
_ASKED = "select {} from requests where run = :run and source = :source and state = 'done'"


def citation_searches_of(library: Library, runs: tuple[RunOnRecord, ...]) -> tuple[Citing, ...]:
    """Give every citation search, in the order in which they were run."""
    by_id = {run.id: run for run in runs}
    return tuple(
        _citing(library, by_id[chased.run.id], chased, place) for place, chased in enumerate(chases.chases(library))
    )


def listed(library: Library, chased: Chased, direction: Direction | None = None) -> tuple[int, int]:
    """Count what a search identified in a direction, or in all: records, and the works that these are, seeds too.

    A record is an entry of one list: a work that two indexes list for three seeds is six of them. This is what there
    is before duplicates are removed. Forward, a work that only its own reference list links to the seed is one record;
    so is a work that is co-cited or co-citing with a seed, since no index lists these.
    """
    records: set[tuple[str, str, str, str]] = set()
    for each in chased.rounds:
        for towards in (direction,) if direction else chased.scope.directions:
            for key, by_seed in chases.linked(library, each.seeds, towards, chased.scope).items():
                for seed, sources in by_seed.items():
                    records |= {(towards, seed, key, where) for where in _lists(towards, sources)}
    return len(records), len({key for _, _, key, _ in records})


def _lists(direction: Direction, sources: frozenset[str]) -> set[str]:
    if direction == "backward":
        return {source.removeprefix(BY_MATCH) for source in sources}
    if direction == "forward":
        return {source for source in sources if source in coverage.FORWARD} or {""}
    return {""}


def _citing(library: Library, run: RunOnRecord, chased: Chased, place: int) -> Citing:
    called = f"run {run.id}, citation search"
    this = f"chases.chases(library)[{place}]"
    told = coverage.coverage(library, chased)
    seeds = _seeds(library, chased)
    records, works = listed(library, chased)
    return Citing(
        run=run,
        scope=chased.scope,
        seeds=seeds,
        given=computed(f"{called}: seeds given", len(seeds), f"len(chases.seeds_named(library, {this}))"),
        known=computed(
            f"{called}: works that the seeds are",
            len({seed.key for seed in seeds if seed.key}),
            f"len({{seed.key for seed in chases.seeds_named(library, {this}) if seed.key}})",
        ),
        not_understood=asked(library, f"{called}: seeds not understood", _NOT_UNDERSTOOD, run=run.id),
        rounds=tuple(_round(library, run, each) for each in chased.rounds),
        towards=tuple(_towards(library, chased, each, called, this) for each in chased.scope.directions),
        listed=computed(f"{called}: records identified", records, f"citing.listed(library, {this})[0]"),
        works=computed(f"{called}: works identified, seeds among them", works, f"citing.listed(library, {this})[1]"),
        found=computed(
            f"{called}: works found", len(chases.yields(library, chased)), f"len(chases.yields(library, {this}))"
        ),
        shares=_shares(told, called, this),
        indexes=_indexes(library, run, called),
        described=computed(
            f"{called}: works found, looked at for an abstract",
            told.abstracts.works,
            f"coverage.coverage(library, {this}).abstracts.works",
        ),
        with_abstract=computed(
            f"{called}: works found that have an abstract",
            told.abstracts.after,
            f"coverage.coverage(library, {this}).abstracts.after",
        ),
        unmatched=computed(
            f"{called}: references of seeds that lead to no work",
            len(told.unmatched),
            f"len(coverage.coverage(library, {this}).unmatched)",
        ),
        alarms=tuple(clean(each.sentence) for each in told.alarms),
        shortfalls=tuple(map(clean, told.shortfalls)),
        mistakes=tuple(map(clean, told.mistakes)),
    )


def _seeds(library: Library, chased: Chased) -> tuple[Seed, ...]:
    origins = dict(
        library.db.execute("select key, origin from seeds where run = ? and round = 1 order by key", (chased.run.id,))
    )
    named = chases.seeds_named(library, chased)
    return tuple(
        Seed(
            given=clean(each.given),
            origin=clean(origin),
            key=each.key and clean(each.key),
            title=each.title and clean(each.title),
            remark=each.remark and clean(each.remark),
        )
        for each, origin in zip(named, origins.values(), strict=True)
    )


def _round(library: Library, run: RunOnRecord, each: chases.Round) -> RoundOnRecord:
    origins = Counter(file_of(clean(origin)) for origin in each.seeds.values())
    called = f"run {run.id}, citation search, round {each.number}: seeds"
    return RoundOnRecord(
        number=each.number,
        started=each.started,
        seeds=asked(library, called, _SEEDS, run=run.id, round=each.number),
        origins=tuple(sorted(origins.items(), key=lambda counted: (-counted[1], counted[0]))),
        ended=each.ended and clean(each.ended),
    )


def _towards(library: Library, chased: Chased, direction: Direction, called: str, this: str) -> Towards:
    records, works = listed(library, chased, direction)
    source = f"citing.listed(library, {this}, '{direction}')"
    return Towards(
        direction=WORDS[direction],
        listed=computed(f"{called}, {direction}: records identified", records, f"{source}[0]"),
        works=computed(f"{called}, {direction}: works", works, f"{source}[1]"),
    )


def _shares(told: coverage.Coverage, called: str, this: str) -> tuple[ShareOf, ...]:
    source = f"coverage.coverage(library, {this})"
    found = []
    for number, share in enumerate(told.shares):
        lines = [line for line in told.lines if (line.direction, line.source) == (share.direction, share.source)]
        stated = [line.listed for line in lines if line.listed is not None]
        where = f"{called}, {share.direction}, {name_of(share.source)}"
        these = f"for line in {source}.lines if (line.direction, line.source) == {(share.direction, share.source)!r}"
        found.append(
            ShareOf(
                direction=share.direction,
                index=share.source,
                works=computed(f"{where}: citations of seeds", share.works, f"{source}.shares[{number}].works"),
                union=computed(f"{where}: at all indexes", share.union, f"{source}.shares[{number}].union"),
                alone=computed(f"{where}: at this one alone", share.alone, f"{source}.shares[{number}].alone"),
                reported=computed(
                    f"{where}: reported",
                    sum(stated) if stated else None,
                    f"sum(line.listed or 0 {these})" if stated else "None",
                ),
                matched=_sum(lines, where, these, "matched", "matched"),
                unmatched=_sum(lines, where, these, "in words only", "unmatched"),
                duplicate=_sum(lines, where, these, "listed twice", "duplicate"),
                failed=_sum(lines, where, these, "not described or not readable", "failed"),
                capped=_sum(lines, where, these, "beyond the cap", "capped"),
                undelivered=_sum(lines, where, these, "reported and not delivered", "not_delivered"),
            )
        )
    return tuple(found)


def _sum(lines: list[coverage.Line], where: str, these: str, name: str, field: str) -> Figure:
    value = sum(getattr(line, field) for line in lines)
    return computed(f"{where}: {name}", value, f"sum(line.{field} {these})")


def _indexes(library: Library, run: RunOnRecord, called: str) -> tuple[IndexUsed, ...]:
    names = library.db.execute(
        "select distinct source from requests where run = ? and state = 'done' order by 1", (run.id,)
    ).fetchall()
    found = []
    for (name,) in names:
        about: Mapping[str, Given] = {"run": run.id, "source": name}
        where = f"{called}, {name_of(name)}"
        found.append(
            IndexUsed(
                index=name,
                interface=interface(library, run.id, name),
                requests=asked(library, f"{where}: answers", _ASKED.format("count(*)"), **about),
                from_cache=asked(
                    library,
                    f"{where}: answers from the cache",
                    _ASKED.format("coalesce(sum(from_cache), 0)"),
                    **about,
                ),
                first_answer=asked(library, f"{where}: first answer", _ASKED.format("min(answered)"), **about),
                last_answer=asked(library, f"{where}: last answer", _ASKED.format("max(answered)"), **about),
            )
        )
    return tuple(found)
