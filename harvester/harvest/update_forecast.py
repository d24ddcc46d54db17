"""What it would ask and cost to bring a library up to date, were every list as long as it was the last time."""

import asyncio
import json
from collections.abc import Iterable, Sequence
from decimal import Decimal
from itertools import chain

from harvester.harvest.chase import KINDS
from harvester.harvest.forecast import Forecast, left_today
from harvester.harvest.recall import held
from harvester.harvest.settings import Settings
from harvester.harvest.update import last_of, questions, to_repeat
from harvester.identifiers import Identifier
from harvester.library import Library, ledger, searches
from harvester.library.absent import Family
from harvester.library.ledger import Run
from harvester.library.store import now
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.sources import SOURCES, openalex, source

__all__ = ["forecast_update"]


def forecast_update(library: Library, *, settings: Settings) -> list[Forecast]:
    """Say what bringing a library up to date, or going on with that, will ask and cost at least; changes nothing.

    What has grown since comes on top, and looking up what is found first. With a key OpenAlex is asked what is left
    today, which is free.
    """
    stated = asyncio.run(left_today(settings)) if settings.credentials.openalex_key else None
    asked: dict[str, list[Query]] = {name: [] for name in SOURCES}
    works = dict.fromkeys(SOURCES, 0)
    last = last_of(library)
    if last is not None and last.goes_on:
        wanted = held(library, besides=last.runs)
        for name in SOURCES:
            for run in last.runs:
                waiting = [each.query for each in ledger.waiting(library, run, name)]
                unasked = ledger.unasked(library, run, name)
                asked[name] += waiting + source(name).lookup(unasked)
                works[name] += sum(len(query.asked) for query in waiting) + len(unasked)
            begun = _begun(library, last.runs, name)
            wanted[name] = [each for each in wanted[name] if each not in begun]
    else:
        families = to_repeat(library)
        for query in chain.from_iterable(_repeated(library, family) for family in families):
            asked[query.source].append(query)
        wanted = held(library, besides=[])
        reread = _in_lists(library, families)
        wanted["openalex"] = [each for each in wanted["openalex"] if each not in reread]
        works["openalex"] += len(reread)
    for name, identifiers in wanted.items():
        asked[name] += source(name).lookup(identifiers)
        works[name] += len(identifiers)
    return [
        Forecast(
            source=name,
            works=works[name],
            requests=len(asked[name]),
            seconds=_seconds(name, asked[name], settings),
            dollars=sum((POLICIES[name].price(query.url) for query in asked[name]), Decimal(0)),
            left=_left(name, stated, settings),
            left_is_stated=stated is not None and POLICIES[name].allowance is not None,
        )
        for name in SOURCES
        if asked[name]
    ]


def _begun(library: Library, runs: Sequence[Run], name: str) -> set[Identifier]:
    """Give the works that the runs of an update wait for, and those that the last of them has asked for already."""
    rows = library.db.execute(
        "select scheme, value from lookups where source = :source and (run = :recall or state = 'waiting'"
        " and run in (select value from json_each(:runs)))",
        {"source": name, "recall": runs[-1].id, "runs": json.dumps([run.id for run in runs])},
    )
    return {Identifier(*row) for row in rows}


def _repeated(library: Library, family: Family) -> Iterable[Query]:
    """Give the questions that repeat a search or a citation search, one for each page that there was."""
    if family.original.command == "search":
        again, _ = questions(library, family, until=now()[:10])
        yield from again.get("crossref", ())
        latest = Run(family.runs[-1], "search")
        parts = [
            part for each in searches.searched(library, latest) if each.source == "openalex" for part in each.parts
        ]
        for query, part in zip(again.get("openalex", ()), parts, strict=True):
            yield from [query] * max(-(-part.received // openalex.PER_PAGE), 1)
        return
    rows = library.db.execute(
        "select source, kind, url from requests where run = ? and state = 'done' order by id", (family.runs[-1],)
    )
    for name, kind, url in rows.fetchall():
        if kind in KINDS:
            yield Query(source=name, kind=kind, url=url)


def _in_lists(library: Library, families: Iterable[Family]) -> set[Identifier]:
    """Give the works of OpenAlex that come with the lists that are read again anyway."""
    found: set[Identifier] = set()
    for family in families:
        rows = library.db.execute(
            "select native from hits where run = :run and source = 'openalex' and state = 'kept' union"
            " select a.native from arrivals a join requests q on q.id = a.request"
            " where q.run = :run and q.source = 'openalex'",
            {"run": family.runs[-1]},
        )
        found.update(Identifier("openalex", native) for (native,) in rows)
    return found


def _seconds(name: str, queries: Iterable[Query], settings: Settings) -> float:
    policy, identified = POLICIES[name], settings.credentials.known_to(name)
    return sum(1 / policy.rate(query.kind, identified=identified).per_second for query in queries)


def _left(name: str, stated: Decimal | None, settings: Settings) -> Decimal | None:
    allowance = POLICIES[name].allowance
    if allowance is None:
        return None
    return allowance[settings.credentials.known_to(name)] if stated is None else stated
