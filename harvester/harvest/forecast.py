"""What a run would ask, how long that takes and what it costs, before anything is asked."""

import asyncio
import json
from collections.abc import Iterable
from dataclasses import dataclass, replace
from decimal import Decimal

from harvester.errors import SourceDown, Unreadable
from harvester.harvest.runs import by_source
from harvester.harvest.settings import Settings
from harvester.identifiers import Identifier
from harvester.library import Library, ledger
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.sources import source
from harvester.transport import Patience

__all__ = ["Forecast", "forecast", "left_today"]


@dataclass(frozen=True)
class Forecast:
    """What a run will ask of one source at least: requests, seconds at the allowed rate, US dollars."""

    source: str
    works: int
    requests: int
    seconds: float
    dollars: Decimal
    left: Decimal | None
    """US dollars that the source still allows today, None where it charges nothing."""
    left_is_stated: bool
    """True when the source said so just now, False when it is what a day begins with."""


def forecast(library: Library | None, identifiers: Iterable[Identifier], *, settings: Settings) -> list[Forecast]:
    """Say what a run for these works will ask and cost; changes nothing.

    Works that a source answered about before are not asked again. Follow-up questions (a work missing from a
    list, an author list cut at 100) come on top. With a key OpenAlex is asked what is left today, which is free.
    """
    stated = asyncio.run(left_today(settings)) if settings.credentials.openalex_key else None
    forecasts = []
    for name, wanted in by_source(identifiers).items():
        known = ledger.answered(library, name) if library and not settings.refresh else set()
        fresh = [identifier for identifier in dict.fromkeys(wanted) if identifier not in known]
        queries = source(name).lookup(fresh)
        policy, identified = POLICIES[name], settings.credentials.known_to(name)
        forecasts.append(
            Forecast(
                source=name,
                works=len(fresh),
                requests=len(queries),
                seconds=sum(1 / policy.rate(query.kind, identified=identified).per_second for query in queries),
                dollars=sum((policy.price(query.url) for query in queries), Decimal(0)),
                left=(policy.allowance[identified] if stated is None else stated) if policy.allowance else None,
                left_is_stated=stated is not None,
            )
        )
    return forecasts


async def left_today(settings: Settings) -> Decimal | None:
    """Ask OpenAlex what is left of the day's budget; None when it cannot be asked.

    https://help.openalex.org, api/authentication: `GET /rate-limit` needs a key and is free.
    """
    query = Query(source="openalex", url=f"{POLICIES['openalex'].host}/rate-limit", kind="single")
    async with replace(settings, patience=Patience(attempts=1)).client() as client:
        try:
            limits = (await client.ask(query, _read_rate_limit, fresh=True)).value
        except SourceDown:
            return None
    return limits


def _read_rate_limit(_query: Query, _status: int, body: bytes) -> Decimal:
    try:
        limits = json.loads(body)["rate_limit"]
        return Decimal(str(limits["daily_remaining_usd"])) + Decimal(str(limits["prepaid_remaining_usd"]))
    except (ValueError, KeyError, TypeError, ArithmeticError) as error:
        raise Unreadable("openalex does not state what is left today") from error
