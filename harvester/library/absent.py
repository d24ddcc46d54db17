"""What an index has returned once and returns no longer, as far as it was asked for that again.

Nothing is taken out of a library for that: what was found was found. Silence is no answer either: an index that
failed, was cut off by a limit or delivered less than it reports is not said to lack anything.
"""

import json
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harvester.library import ledger, searches
from harvester.library.homes import all_keys, home_of
from harvester.library.ledger import Run
from harvester.library.store import Library

__all__ = ["Absent", "Family", "absent", "families", "is_partial", "is_whole"]


class Absent(NamedTuple):
    """A work by its key, the index that does not return it any more, and to which question."""

    key: str
    title: str | None
    year: int | None
    source: str
    reason: str


@dataclass(frozen=True)
class Family:
    """A run and those that repeat it, as far as they have come to their end, oldest first."""

    original: Run
    runs: tuple[int, ...]

    def before(self, run: int) -> Iterator[int]:
        """Give those before a run, the last of them first."""
        return (each for each in reversed(self.runs) if each < run)


def families(library: Library) -> dict[int, Family]:
    """Give the searches and citation searches that have come to their end, by the number of the first run of each."""
    rows = library.db.execute(
        "select id, command, coalesce(arguments ->> '$.repeats', id) from runs"
        " where command in ('search', 'chase') and outcome = 'done' order by id"
    ).fetchall()
    commands = {number: command for number, command, _ in rows}
    return {
        first: Family(Run(first, commands[first]), tuple(number for number, _, of in rows if of == first))
        for first in sorted({of for _, _, of in rows} & commands.keys())
    }


def is_whole(library: Library, run: int, source: str) -> bool:
    """Tell whether a search has read all that an index has for it."""
    return ledger.arguments(library, run)["limit"] is None and any(
        each.source == source and all(part.state == "done" and not part.short for part in each.parts)
        for each in searches.searched(library, Run(run, "search"))
    )


def absent(library: Library, runs: Iterable[int]) -> tuple[Absent, ...]:
    """List what indexes did not return to these runs and had returned before, in the order of keys."""
    asked = sorted(runs)
    found: dict[tuple[str, str], str] = {}
    for key, source, reason in (*_unknown(library, asked), *_of_searches(library, asked), *_of_chases(library, asked)):
        found.setdefault((key, source), reason)
    told = []
    for (key, source), reason in sorted(found.items()):
        row = library.db.execute("select title, year from works where key = ?", (key,)).fetchone()
        title, year = row or (None, None)
        told.append(Absent(key, title, year, source, reason))
    return tuple(told)


_Finding = tuple[str, str, str]

_RETURNED = (
    "select native from lookups where source = :source and state = 'found'"
    " and run in (select value from json_each(:runs))"
    " union select native from hits where source = :source and state = 'kept'"
    " and run in (select value from json_each(:runs))"
    " union select a.native from arrivals a join requests q on q.id = a.request where q.source = :source"
    " and q.run in (select value from json_each(:runs))"
)
_HELD = "select native from records where source = ? and key in (select value from json_each(?))"


def _unknown(library: Library, runs: list[int]) -> Iterator[_Finding]:
    """Find works by whose identifier an index was asked, of which it has sent a record before and has none now.

    One that it did not have the last time either is no news.
    """
    db = library.db
    numbers = json.dumps(runs)
    rows = db.execute(
        "select source, scheme || ':' || value from lookups where state = 'missing'"
        " and run in (select value from json_each(?)) order by 1, 2",
        (numbers,),
    ).fetchall()
    returned = {
        source: {native for (native,) in db.execute(_RETURNED, {"source": source, "runs": numbers})}
        for source in {source for source, _ in rows}
    }
    known = _missing_before(library, min(runs, default=0))
    for source, identifier in rows:
        if (source, identifier) in known:
            continue
        key = home_of(db, identifier)
        natives = {native for (native,) in db.execute(_HELD, (source, json.dumps(all_keys(db, key))))}
        if natives and natives.isdisjoint(returned[source]):
            yield key, source, f"has no {identifier.partition(':')[2]} any more"


def _missing_before(library: Library, run: int) -> set[tuple[str, str]]:
    """Give what an index did not have when it was last asked before a run; only a question about one work says so."""
    rows = library.db.execute(
        "select source, asked, kind = 'single' and received = 0 from requests"
        " where run < ? and state = 'done' and asked != '[]' and kind in ('single', 'list') order by id",
        (run,),
    )
    last = {(source, ":".join(each)): missed for source, asked, missed in rows for each in json.loads(asked)}
    return {asked for asked, missed in last.items() if missed}


def _of_searches(library: Library, runs: list[int]) -> Iterator[_Finding]:
    for run, family in _repeats(library, runs, "search"):
        sources = library.db.execute(
            "select distinct source from hits where run in (?, ?) order by 1", (run, family.original.id)
        )
        for (source,) in sources.fetchall():
            if is_partial(library, run, source):
                now = _hits(library, run, source, "outside")
                then = set().union(*(_hits(library, each, source, "kept") for each in family.before(run)))
                found, reason = (
                    now & then,
                    f"has a record that no longer satisfies the search of run {family.original.id}",
                )
            else:
                base = next((each for each in family.before(run) if not is_partial(library, each, source)), None)
                if base is None or not is_whole(library, run, source) or not is_whole(library, base, source):
                    continue
                found = _hits(library, base, source, "kept") - _hits(library, run, source, "kept")
                reason = f"does not list it for the search of run {family.original.id} any more"
            yield from ((key, source, reason) for key in found)


def is_partial(library: Library, run: int, source: str) -> bool:
    """Tell whether an index was only asked for what it had indexed since some day."""
    return source == "crossref" and bool(ledger.arguments(library, run).get("indexed_since"))


def _hits(library: Library, run: int, source: str, state: str) -> set[str]:
    rows = library.db.execute(
        "select native from hits where run = ? and source = ? and state = ?", (run, source, state)
    )
    return _homes(library, source, (native for (native,) in rows.fetchall()))


def _of_chases(library: Library, runs: list[int]) -> Iterator[_Finding]:
    for run, family in _repeats(library, runs, "chase"):
        base = next(family.before(run), None)
        if base is None or ledger.arguments(library, run)["scope"]["most_citing"] is not None:
            continue
        now = _citing(library, run)
        for (source, asked), then in _citing(library, base).items():
            seed = home_of(library.db, ":".join(json.loads(asked)[0]))
            for key in then - now.get((source, asked), then):
                yield key, source, f"does not list it as citing {seed} any more"


def _citing(library: Library, run: int) -> dict[tuple[str, str], set[str]]:
    """Give by index and seed the works that were listed as citing it, where the whole list has arrived."""
    whole = library.db.execute(
        "select source, asked from requests where run = ? and kind = 'citing' group by 1, 2"
        " having min(state = 'done') and sum(received) >= coalesce(max(reported), 0) order by 1, 2",
        (run,),
    ).fetchall()
    natives = (
        "select a.native from arrivals a join requests q on q.id = a.request"
        " where q.run = ? and q.kind = 'citing' and q.source = ? and q.asked = ?"
    )
    return {
        (source, asked): _homes(
            library, source, (n for (n,) in library.db.execute(natives, (run, source, asked)).fetchall())
        )
        for source, asked in whole
    }


def _repeats(library: Library, runs: list[int], command: str) -> Iterator[tuple[int, Family]]:
    """Give those of some runs that are done and repeat another, each with its family."""
    for family in families(library).values():
        if family.original.command == command:
            yield from ((run, family) for run in family.runs if run in runs and run != family.original.id)


def _homes(library: Library, source: str, natives: Iterable[str]) -> set[str]:
    """Give the works that records of an index describe; what nobody has described has the id that it has there."""
    found = set()
    for native in natives:
        row = library.db.execute("select key from records where source = ? and native = ?", (source, native)).fetchone()
        scheme = "doi" if source == "crossref" else source
        found.add(home_of(library.db, row[0] if row else f"{scheme}:{native}"))
    return found
