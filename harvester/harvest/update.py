"""Coming back later: what was searched is searched again, and what is here is asked for again, past the cache.

Every search and citation search on record becomes a new run with the arguments of the old one, and one more run asks
for the works held; all of them begin together or not at all, so that one that is cut off goes on like any other.

Each source is asked as cheaply as it allows. Crossref can say what it has indexed since a day. OpenAlex cannot without
a paid plan, and its `updated_date` may stand still while a record changes (help.openalex.org, access/sync.md, and
recorded answers); so its lists are read again whole and compared. Works held are asked for in lists, but for those
that came with a list just read. What was carved out of a snapshot is held like any other work; the carve itself is
not put to an index, since the next snapshot answers it.
"""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace

from harvester.expression import parse
from harvester.harvest.chase import again as chase_again
from harvester.harvest.recall import held, runs_of_update
from harvester.harvest.settings import Settings
from harvester.library import Library, chases, ledger, searches
from harvester.library.absent import Family, families
from harvester.library.carves import SNAPSHOT
from harvester.library.homes import home_of
from harvester.library.ledger import Run
from harvester.library.past import Moment
from harvester.library.store import now
from harvester.model import Query
from harvester.sources import crossref_search

__all__ = ["Update", "begin", "last_of", "questions", "to_repeat"]


@dataclass(frozen=True)
class Update:
    """The runs that bring a library up to date, in their order, and the moment since when there may be news."""

    runs: tuple[Run, ...]
    since: Moment
    goes_on: bool
    """True when it had begun before, and was cut off."""


def last_of(library: Library) -> Update | None:
    """Give the update that was begun last, with all its runs; None where there has been none."""
    (since,) = library.db.execute("select max(arguments ->> '$.since') from runs").fetchone()
    if since is None:
        return None
    runs = runs_of_update(library, since)
    (began,) = library.db.execute("select started from runs where id = ?", (runs[0].id,)).fetchone()
    return Update(runs=runs, since=Moment(since, began), goes_on=not set(runs).isdisjoint(ledger.unfinished(library)))


def begin(library: Library, *, settings: Settings) -> Update | None:
    """Begin to bring a library up to date, or take up what was cut off; None where there is nothing to ask again."""
    last = last_of(library)
    if last is not None and last.goes_on:
        return last
    repeated = to_repeat(library)
    if not repeated and not _is_any_work_asked_for(library):
        return None
    (since,) = library.db.execute("select max(id) from runs").fetchone()
    with library.transaction():
        for family in repeated:
            arguments = {"refresh": True, "repeats": family.original.id, "since": since}
            if family.original.command == "search":
                _search_again(library, family, arguments, settings=settings)
            else:
                chased = next(each for each in chases.chases(library) if each.run == family.original)
                chase_again(library, chased, arguments=arguments, settings=settings)
        ledger.begin(library, command="update", arguments={"refresh": True, "since": since}, replica=settings.replica)
    begun = last_of(library)
    return begun and replace(begun, goes_on=False)


def _is_any_work_asked_for(library: Library) -> bool:
    of_indexes = "select exists (select 1 from lookups where source != ?)"
    return bool(library.db.execute(of_indexes, (SNAPSHOT,)).fetchone()[0]) or any(held(library, besides=()).values())


def to_repeat(library: Library) -> list[Family]:
    """Give the searches and citation searches to be repeated: of those with the same arguments the latest."""
    latest: dict[str, Family] = {}
    for family in families(library).values():
        same = _signature(library, family.original)
        if same not in latest or family.runs[-1] > latest[same].runs[-1]:
            latest[same] = family
    return sorted(latest.values(), key=lambda family: family.original.id)


_PASSING = ("refresh", "until", "changes", "strategy", "query", "reading")
"""Arguments of a search that do not make it another one."""


def _signature(library: Library, run: Run) -> str:
    told = {name: value for name, value in ledger.arguments(library, run.id).items() if name not in _PASSING}
    seeds = library.db.execute("select key from seeds where run = ? and round = 1", (run.id,)).fetchall()
    homes = sorted({home_of(library.db, key) for (key,) in seeds})
    return json.dumps([run.command, told, homes], sort_keys=True)


def _search_again(library: Library, family: Family, arguments: Mapping[str, object], *, settings: Settings) -> Run:
    given = ledger.arguments(library, family.original.id)
    until = now()[:10]
    asked, since = questions(library, family, until=until)
    return ledger.begin(
        library,
        command="search",
        arguments={**given, **arguments, "until": until, "indexed_since": since},
        searches=asked,
        replica=settings.replica,
    )


def questions(library: Library, family: Family, *, until: str) -> tuple[dict[str, Sequence[Query]], str | None]:
    """Give the questions that repeat a search, and since which day Crossref is asked; None where for everything.

    OpenAlex is asked word for word what it was asked first. Crossref is asked for what it has indexed since the day on
    which it was last read whole, that day included.
    """
    given = ledger.arguments(library, family.original.id)
    asked: dict[str, Sequence[Query]] = {}
    since = None
    if "openalex" in given["sources"]:
        asked["openalex"] = tuple(_first_questions(library, family.original.id, "openalex"))
    if "crossref" in given["sources"]:
        slices = crossref_search.slices(
            parse.parse(given["searched"]), depth=given["depth"], until=until, text=given["searched"]
        ).queries
        since = next(
            (day for number in reversed(family.runs) if (day := _day_of_reading(library, number, "crossref"))), None
        )
        asked["crossref"] = (
            slices if since is None else tuple(crossref_search.indexed_since(query, since) for query in slices)
        )
    return asked, since


def _first_questions(library: Library, run: int, source: str) -> Iterator[Query]:
    rows = library.db.execute(
        "select url from requests where id in (select min(id) from requests where run = ? and source = ?"
        " and part is not null group by part) order by part",
        (run, source),
    )
    for (url,) in rows.fetchall():
        yield Query(source=source, url=url, kind="search")


def _day_of_reading(library: Library, run: int, source: str) -> str | None:
    """Give the day on which a search began to read an index, where it came to the end of that."""
    for each in searches.searched(library, Run(run, "search")):
        if each.source == source and all(part.state == "done" for part in each.parts):
            (started,) = library.db.execute("select started from runs where id = ?", (run,)).fetchone()
            return str(started)[:10]
    return None
