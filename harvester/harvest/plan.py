"""The plan of a search: what will be asked where, and what a person should know of it before anything is sent."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from typing import Literal

from harvester.expression import settle, write
from harvester.expression.tree import Expression
from harvester.harvest.forecast import Forecast, left_today
from harvester.harvest.settings import Settings
from harvester.library import Library, ledger
from harvester.library.ledger import Run
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.sources import crossref, crossref_search, openalex, openalex_search

__all__ = ["Plan", "Scope", "count", "forecast_search", "plan", "search"]

Corpus = Literal["core", "all"]


@dataclass(frozen=True)
class Scope:
    """Where a search looks, and how far.

    `sources` are the indexes that are searched, not those that complete what is found. `corpus` is that of OpenAlex,
    whose lists hide the works of its expansion unless asked for `all`. `limit` is how many works each index may
    bring, best ranked first. Of Crossref, which ranks and does not select, the first `depth` records are read of
    every year of registration up to the day `until` (ISO 8601).
    """

    sources: tuple[str, ...] = ("openalex",)
    corpus: Corpus = "core"
    fulltext: bool = False
    limit: int | None = None
    depth: int = 1_000
    until: str = ""


@dataclass(frozen=True)
class Plan:
    """A search as it will be asked.

    `text` is what was given, `reading` how it was understood, `searched` what is asked in the end; `changes` are
    sentences for people, those of one source under its name, those of all under "".
    """

    text: str
    reading: str
    expression: Expression
    is_exact: bool
    scope: Scope
    queries: Mapping[str, tuple[Query, ...]]
    changes: Mapping[str, tuple[str, ...]]
    strategy: tuple[tuple[str, str], ...] = ()
    """The numbered lines it was given as, where it was."""

    @property
    def searched(self) -> str:
        """The expression that is asked, in the language of searches."""
        return write.write(self.expression)

    def described(self, query: Query) -> str:
        """One of its questions in one readable line."""
        return openalex_search.described(query) if query.source == "openalex" else crossref_search.described(query)


def plan(
    expression: Expression,
    *,
    text: str,
    scope: Scope,
    remarks: Sequence[str] = (),
    strategy: Sequence[tuple[str, str]] = (),
) -> Plan:
    """Translate an expression for every source that is to be searched.

    Raises `QueryError` where a source cannot be asked for it.
    """
    settled = settle.settle(expression, text=text)
    queries: dict[str, tuple[Query, ...]] = {}
    changes: dict[str, tuple[str, ...]] = {"": (*remarks, *settled.changes)}
    if "openalex" in scope.sources:
        asked = openalex_search.questions(
            settled.expression,
            exact=settled.exact,
            fulltext=scope.fulltext,
            everything=scope.corpus == "all",
            text=text,
        )
        queries["openalex"], changes["openalex"] = asked.queries, asked.changes
    if "crossref" in scope.sources:
        slices = crossref_search.slices(settled.expression, depth=scope.depth, until=scope.until, text=text)
        queries["crossref"], changes["crossref"] = slices.queries, slices.changes
    return Plan(
        text=text,
        reading=write.write(expression),
        expression=settled.expression,
        is_exact=settled.exact,
        scope=scope,
        queries=queries,
        changes=changes,
        strategy=tuple(strategy),
    )


def search(library: Library, planned: Plan, *, settings: Settings) -> Run:
    """Begin a run that asks what a plan says; the ledger keeps the plan whole."""
    scope = planned.scope
    return ledger.begin(
        library,
        command="search",
        arguments={
            "query": planned.text,
            "strategy": [list(line) for line in planned.strategy],
            "reading": planned.reading,
            "searched": planned.searched,
            "unstemmed": planned.is_exact,
            "changes": {source: list(sentences) for source, sentences in planned.changes.items()},
            "sources": list(scope.sources),
            "corpus": scope.corpus,
            "fulltext": scope.fulltext,
            "limit": scope.limit,
            "depth": scope.depth,
            "until": scope.until,
            "refresh": settings.refresh,
        },
        searches=planned.queries,
        replica=settings.replica,
    )


# -- beforehand ----------------------------------------------------------------------------------------


def count(planned: Plan, *, settings: Settings) -> dict[str, list[int]]:
    """Ask for numbers only: how many works answer each question of the plan, by source.

    At OpenAlex a number costs 0.0001 US dollars instead of 0.001 (GitHub ourresearch/openalex-api-proxy,
    src/endpointClassifier.ts). A work may answer several questions of a plan. At Crossref a number counts the records
    that hold any of the words.
    """
    return asyncio.run(_count(planned, settings))


async def _count(planned: Plan, settings: Settings) -> dict[str, list[int]]:
    counts: dict[str, list[int]] = {}
    async with settings.client() as client:
        for name, queries in planned.queries.items():
            counting = openalex_search.counting if name == "openalex" else crossref_search.counting
            read = openalex.read if name == "openalex" else crossref.read
            replies = await asyncio.gather(*(client.ask(counting(query), read, fresh=True) for query in queries))
            counts[name] = [reply.value.total or 0 for reply in replies]
    return counts


def forecast_search(planned: Plan, counts: Mapping[str, Sequence[int]], *, settings: Settings) -> list[Forecast]:
    """Say what the search itself will ask and cost, from its numbers; completing what it finds comes on top."""
    stated = asyncio.run(left_today(settings)) if settings.credentials.openalex_key else None
    forecasts = []
    for name, queries in planned.queries.items():
        policy, identified = POLICIES[name], settings.credentials.known_to(name)
        size, works = _expected(planned.scope, name, counts[name])
        pages = [max(-(-number // size), 1) for number in works]
        forecasts.append(
            Forecast(
                source=name,
                works=sum(works),
                requests=sum(pages),
                seconds=sum(pages) / policy.rate("search", identified=identified).per_second,
                dollars=sum(
                    (number * policy.price(query.url) for number, query in zip(pages, queries, strict=True)), Decimal(0)
                ),
                left=(policy.allowance[identified] if stated is None else stated) if policy.allowance else None,
                left_is_stated=stated is not None,
            )
        )
    return forecasts


def _expected(scope: Scope, name: str, numbers: Sequence[int]) -> tuple[int, list[int]]:
    """How many works a page holds, and how many each question will bring within the depth or the limit."""
    if name == "crossref":
        return min(scope.depth, crossref_search.ROWS), [min(number, scope.depth) for number in numbers]
    left = sum(numbers) if scope.limit is None else scope.limit
    works = []
    for number in numbers:
        works.append(min(number, left))
        left -= works[-1]
    return openalex.PER_PAGE, works
