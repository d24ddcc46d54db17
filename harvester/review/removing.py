"""Duplicates and decisions: how many records searches identified, how these became works, and what people decided."""

import json
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harvester.library import carves, chases
from harvester.library.homes import home_of, own_end
from harvester.library.store import Library
from harvester.review.carving import Carving
from harvester.review.figures import Figure, Given, asked, clean, computed, written
from harvester.review.running import RunOnRecord, pages_as_one
from harvester.review.searching import Imported, Searching

__all__ = [
    "Duplicates",
    "File",
    "Removed",
    "Screening",
    "already_known",
    "duplicates_of",
    "removed",
    "screening_of",
    "works_of",
]


class Removed(NamedTuple):
    """How the records of some runs become works, each step with the records that it takes away."""

    identified: int
    repeated: int
    """The very record that a search or file had brought before."""
    identifier: int
    """Another record that carries the identifier of a work, or is known at its index to be that work."""
    rule: int
    """Another description, found to be of the same work by the rules of `dedupe`."""
    hand: int
    """Another description that a person called the same."""
    works: int


@dataclass(frozen=True)
class Duplicates:
    """Duplicates among what searches by words and files identified, and what `dedupe` and people decided in all."""

    runs: tuple[int, ...]
    """The searches and files that count."""
    identified: Figure
    repeated: Figure
    identifier: Figure
    rule: Figure
    hand: Figure
    total: Figure
    works: Figure
    dedupes: tuple[RunOnRecord, ...]
    joined: Figure
    """Pairs that the last `dedupe`, and looking works up by description, found to be the same."""
    related: Figure
    said_same: Figure
    said_different: Figure


@dataclass(frozen=True)
class File:
    """A file of decisions that was read, or what was decided in a page from when it was opened until it was closed."""

    run: RunOnRecord
    """All that were of the page as one."""
    name: str
    checksum: str | None
    """None of a page."""
    decisions: Figure


@dataclass(frozen=True)
class Screening:
    """What people decided on works, as far as it was brought in; the last decision on a work counts."""

    files: tuple[File, ...]
    screened: Figure
    included: Figure
    excluded: Figure
    undecided: Figure
    screened_of_searches: Figure
    """Of those decided on, the works that searches by words and files identified."""
    excluded_of_searches: Figure
    reasons: tuple[tuple[str, int], ...]
    people: tuple[str, ...]


# -- duplicates ----------------------------------------------------------------------------------------

# What a search finds again when it is repeated was identified before.
_IDENTIFIED = (
    "select (select count(*) from (select distinct coalesce(f.value, u.arguments ->> '$.repeats', u.id), h.source,"
    " h.native from hits h join runs u on u.id = h.run left join json_each(:carves) f on cast(f.key as integer) = u.id"
    " where h.state = 'kept' and u.command in ('search', 'carve') and u.id in :runs))"
    " + (select coalesce(sum(received), 0) from requests"
    " where run in (select id from runs where command = 'import' and id in :runs))"
)
_SAID_OF_IT = (
    "(select verdict from decisions s where s.one = d.one and s.other = d.other and person order by id desc limit 1)"
)
_IN_EFFECT = (
    "select distinct one, other from decisions d where verdict = 'same' and not person and (run ="  # noqa: S608 # a text from here
    " (select max(id) from runs where command = 'dedupe') or run in (select id from runs where command = 'fill')"
    f" and 'different' is not {_SAID_OF_IT})"
)
_JOINED = f"select count(*) from ({_IN_EFFECT})"  # noqa: S608 # a text from here
_RELATED = (
    "select count(*) from decisions where verdict = 'related' and run ="
    " (select max(id) from runs where command = 'dedupe')"
)
_SAID = (
    "select count(*) from decisions where person and verdict = :verdict"
    " and id in (select max(id) from decisions where person group by one, other)"
)


def duplicates_of(
    library: Library, runs: Iterable[RunOnRecord], searches: Iterable[Searching | Carving], files: Iterable[Imported]
) -> Duplicates:
    """Account for the duplicates among the records of these searches and of the files that count."""
    counted = tuple(sorted({each.run.id for each in searches} | {each.run.id for each in files if each.counts}))
    told = removed(library, counted)
    source = f"removing.removed(library, {counted})"
    called = "searches and files"
    return Duplicates(
        runs=counted,
        identified=asked(library, f"{called}: records identified", _IDENTIFIED, **_about(library, counted)),
        repeated=computed(f"{called}: the same record again", told.repeated, f"{source}.repeated"),
        identifier=computed(f"{called}: another record of an identifier", told.identifier, f"{source}.identifier"),
        rule=computed(f"{called}: removed by the rules of dedupe", told.rule, f"{source}.rule"),
        hand=computed(f"{called}: removed by hand", told.hand, f"{source}.hand"),
        total=computed(
            f"{called}: duplicates removed", told.identified - told.works, f"{source}.identified - {source}.works"
        ),
        works=computed(f"{called}: works", told.works, f"{source}.works"),
        dedupes=tuple(run for run in runs if run.command == "dedupe"),
        joined=asked(library, "pairs found to be the same work", _JOINED),
        related=asked(library, "pairs of related works, kept apart", _RELATED),
        said_same=asked(library, "pairs that people call the same", _SAID, verdict="same"),
        said_different=asked(library, "pairs that people call different", _SAID, verdict="different"),
    )


def removed(library: Library, runs: tuple[int, ...]) -> Removed:
    """Follow the records of some runs to the works that they are, and count what each step takes away.

    What people called the same and the rules would have joined by way of other records counts as joined by rule.
    """
    (identified,) = library.db.execute(written(_IDENTIFIED, _about(library, runs))).fetchone()
    records = _records(library, runs)
    ends = {own_end(library.db, key) for key, _, _ in records}
    works = works_of(library, runs)
    by_rule = max(_components(ends, _pairs(library)), len(works))
    return Removed(
        identified=identified,
        repeated=identified - len(records),
        identifier=len(records) - len(ends),
        rule=len(ends) - by_rule,
        hand=by_rule - len(works),
        works=len(works),
    )


def _about(library: Library, runs: tuple[int, ...]) -> dict[str, Given]:
    again = {run: first for run, first in carves.families(library).items() if run in runs}
    return {"runs": runs, "carves": json.dumps(again)}


def _records(library: Library, runs: tuple[int, ...]) -> list[tuple[str, str, str]]:
    """Give the records of some runs, each once, with the key that it has by itself.

    What a search kept and no index has described yet has its own id at the index.
    """
    return library.db.execute(
        "select distinct coalesce(r.key, case x.source when 'crossref' then 'doi' else x.source end || ':'"
        " || x.native), x.source, x.native from (select run, state, native,"
        " case source when :snapshot then 'openalex' else source end as source from hits) x"
        " left join records r on r.source = x.source and r.native = x.native"
        " where x.state = 'kept' and x.run in (select value from json_each(:runs))",
        {"snapshot": carves.SNAPSHOT, "runs": json.dumps(runs)},
    ).fetchall()


def _pairs(library: Library) -> list[tuple[str, str]]:
    """Give the pairs that rules joined, without those that people called the same."""
    return library.db.execute(f"{_IN_EFFECT} and 'same' is not {_SAID_OF_IT}").fetchall()


def _components(keys: set[str], pairs: Iterable[tuple[str, str]]) -> int:
    """Count the groups that pairs make of some keys; pairs may go by way of others."""
    group: dict[str, list[str]] = {}
    for one, other in pairs:
        mine, theirs = group.get(one, [one]), group.get(other, [other])
        if mine is not theirs:
            united = mine + theirs
            group.update(dict.fromkeys(united, united))
    return len({min(group.get(key, [key])) for key in keys})


# -- decisions -----------------------------------------------------------------------------------------

PAGE = "the page, harvester view"
_DECISIONS = "select count(*) from screening where run = :run"
_IN_PAGE = "select count(*) from screening s join runs r on r.id = s.run where r.arguments ->> 'page' = :page"


def screening_of(library: Library, runs: Iterable[RunOnRecord], duplicates: Duplicates) -> Screening:
    """Account for the decisions that were brought in; where there are none, no figure has a value."""
    files = tuple(_files(library, [run for run in runs if run.command == "screen"]))
    decided = chases.decisions(library)
    found = works_of(library, duplicates.runs)
    source, here = "chases.decisions(library)", f"removing.works_of(library, {duplicates.runs})"
    said = chases.screened(library).values()
    reasons = Counter(clean(reason) for decision, reason in said if decision == "exclude" and reason)
    people = library.db.execute("select distinct person from screening where person is not null order by 1").fetchall()

    def count(name: str, value: int, expression: str) -> Figure:
        return computed(name, value, expression) if files else computed(name, None, f"{expression} or None")

    def of(decision: str) -> tuple[int, str]:
        return list(decided.values()).count(decision), f"list({source}.values()).count('{decision}')"

    return Screening(
        files=files,
        screened=count("works decided on", len(decided), f"len({source})"),
        included=count("works included", *of("include")),
        excluded=count("works excluded", *of("exclude")),
        undecided=count("works left undecided", *of("maybe")),
        screened_of_searches=count(
            "works of searches and files decided on",
            len(decided.keys() & found),
            f"len({source}.keys() & {here})",
        ),
        excluded_of_searches=count(
            "works of searches and files excluded",
            sum(decided[key] == "exclude" for key in decided.keys() & found),
            f"sum({source}[key] == 'exclude' for key in {source}.keys() & {here})",
        ),
        reasons=tuple(sorted(reasons.items(), key=lambda counted: (-counted[1], counted[0]))),
        people=tuple(clean(person) for (person,) in people),
    )


def _files(library: Library, runs: Iterable[RunOnRecord]) -> Iterator[File]:
    for run in pages_as_one(runs):
        if run.page:
            kept = asked(library, f"page of {clean(run.page)}, decisions kept", _IN_PAGE, page=run.page)
            yield File(run, PAGE, None, kept)
        else:
            name, checksum = clean(run.arguments.get("file", "")), clean(run.arguments.get("sha256", ""))
            yield File(run, name, checksum, asked(library, f"run {run.id}, decisions kept", _DECISIONS, run=run.id))


def works_of(library: Library, runs: tuple[int, ...]) -> set[str]:
    """Give the works that the records of some runs are."""
    return {home_of(library.db, key) for key, _, _ in _records(library, runs)}


def already_known(library: Library, runs: tuple[int, ...]) -> int:
    """Count the works found by citations that searches by words and files had identified too."""
    known = works_of(library, runs)
    return len({key for chased in chases.chases(library) for key in chases.yields(library, chased)} & known)
