"""What a citation search would ask and cost, from what the indexes say of its seeds.

The indexes are asked for the seeds themselves and, one list call each, for how many works cite them. Nothing of that
is kept, so that the search itself costs what the forecast says.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from dataclasses import dataclass, replace
from decimal import Decimal
from pathlib import Path
from typing import NamedTuple

from harvester.harvest.settings import Settings
from harvester.identifiers import Identifier
from harvester.library.chases import Scope
from harvester.model import Query, Record
from harvester.policy import POLICIES
from harvester.sources import crossref, openalex, opencitations, source
from harvester.transport import Client

__all__ = ["Asking", "ChaseForecast", "forecast_chase"]

PAGE = openalex.PER_PAGE
IN_A_LIST = 50
"""DOIs in one list of Crossref, and of OpenAlex."""

FEW = 0.1
"""The share of the works found that may pass a strict filter: the lower end of the range for the next round."""


class Asking(NamedTuple):
    """What the first round would ask of one index, how long that takes in seconds and what it costs in US dollars."""

    source: str
    requests: int
    seconds: float
    dollars: Decimal


@dataclass(frozen=True)
class ChaseForecast:
    """What a citation search would ask; `next_round` is a range of requests, seconds and dollars."""

    seeds: int
    unknown: tuple[str, ...]
    """Seeds that OpenAlex does not know, whose citing works nobody can count beforehand."""
    works: int
    """Works that the first round would find at most: those on two lists are counted twice."""
    asking: tuple[Asking, ...]
    next_round: tuple[Asking, Asking]
    largest: tuple[tuple[str, int], ...]
    """The seeds with the most citing works, and how many."""


def forecast_chase(seeds: Sequence[Identifier], *, scope: Scope, settings: Settings) -> ChaseForecast:
    """Ask for the seeds and for the number of works that cite each, and reckon with that.

    Left out is what follows from answers only: works that a list lacks, author lists that it cuts, abstracts.
    """
    with tempfile.TemporaryDirectory(prefix="harvester-forecast-") as folder:
        return asyncio.run(_forecast(seeds, scope, replace(settings, cache=Path(folder))))


async def _forecast(seeds: Sequence[Identifier], scope: Scope, settings: Settings) -> ChaseForecast:
    async with settings.client() as client:
        known = await _described(client, "openalex", seeds)
        listed = await _described(client, "crossref", seeds)
        asked_for_seeds = {name: client.tallies[name].requests for name in ("crossref", "openalex")}
        counts: dict[str, int] = {}
        if {"forward", "cocited"} & set(scope.directions):
            ids = [record.native_id for record in known.values()]
            answers = await asyncio.gather(*(_count(client, number) for number in ids))
            counts = dict(zip(ids, answers, strict=True))
    return _reckoned(seeds, scope, settings, known, listed, counts, asked_for_seeds)


async def _described(client: Client, name: str, seeds: Sequence[Identifier]) -> dict[Identifier, Record]:
    """Give the records of the seeds at an index, each under what it was asked by."""
    found: dict[Identifier, Record] = {}
    waiting = source(name).lookup(seeds)
    while waiting:
        replies = await asyncio.gather(*(client.ask(query, source(name).read) for query in waiting))
        following: list[Query] = []
        for query, reply in zip(waiting, replies, strict=True):
            for record, _ in reply.value.items:
                named = [Identifier(each, value) for each in openalex.SCHEMES if (value := getattr(record, each))]
                asked = [each for each in named if each in query.asked] or list(query.asked[:1])
                found.update(dict.fromkeys(asked, record))
            following += reply.value.next
        waiting = following
    return found


async def _count(client: Client, number: str) -> int:
    query = openalex.count_citing([Identifier("openalex", number)])
    return (await client.ask(query, openalex.read)).value.total or 0


def _reckoned(
    seeds: Sequence[Identifier],
    scope: Scope,
    settings: Settings,
    known: dict[Identifier, Record],
    listed: dict[Identifier, Record],
    counts: dict[str, int],
    asked_for_seeds: dict[str, int],
) -> ChaseForecast:
    taken = {
        key: count if scope.most_citing is None else min(count, scope.most_citing) for key, count in counts.items()
    }
    pages = sum(count // PAGE + 1 for count in taken.values())
    cited = {target for record in known.values() for each in record.references for target in each.targets}
    by_doi = {
        target
        for record in listed.values()
        for each in record.references
        for target in each.targets
        if target.scheme == "doi"
    }
    backward = bool({"backward", "cociting"} & set(scope.directions))
    found = (len(cited) if backward else 0) + sum(taken.values())
    described = min(found, scope.most_works or found)
    at_openalex = asked_for_seeds["openalex"] + pages + (-(-len(cited) // PAGE) if backward else 0)
    # A work has its DOI at both, so that only what Crossref lists beyond OpenAlex is asked for besides.
    beyond = max(len(by_doi) - len(cited), 0) if backward else 0
    at_openalex += -(-beyond // IN_A_LIST)
    at_crossref = asked_for_seeds["crossref"] + -(-(described + beyond) // IN_A_LIST)
    each = (2 if counts else 0) + (1 if backward else 0)
    at_opencitations = sum(each for seed in seeds if any(map(opencitations.cited, _names_of(seed, known))))
    requests = {"crossref": at_crossref, "openalex": at_openalex, "opencitations": at_opencitations}
    asking = tuple(_asking(name, number, settings) for name, number in requests.items())
    per_seed = sum(requests.values()) / max(len(seeds), 1)
    slowest = max(asking, key=lambda one: one.seconds)
    price = sum((one.dollars for one in asking), Decimal(0)) / max(len(seeds), 1)

    def following(share: float) -> Asking:
        number = share * described
        return Asking(
            "", round(number * per_seed), number * slowest.seconds / max(len(seeds), 1), round(price * round(number), 4)
        )

    return ChaseForecast(
        seeds=len(seeds),
        unknown=tuple(str(seed) for seed in seeds if seed not in known),
        works=found,
        asking=asking,
        next_round=(following(FEW), following(1)),
        largest=tuple(sorted(counts.items(), key=lambda pair: (-pair[1], pair[0]))[:5]),
    )


def _names_of(seed: Identifier, known: dict[Identifier, Record]) -> list[Identifier]:
    record = known.get(seed)
    named = [("doi", record.doi), ("pmid", record.pmid)] if record else []
    return [seed, *(Identifier(scheme, value) for scheme, value in named if value)]


def _asking(name: str, requests: int, settings: Settings) -> Asking:
    policy = POLICIES[name]
    rate = policy.rate("list", identified=settings.credentials.known_to(name))
    example = {"crossref": crossref.WORKS, "openalex": openalex.WORKS, "opencitations": opencitations.API}[name]
    return Asking(name, requests, requests / rate.per_second, policy.price(example) * requests)
