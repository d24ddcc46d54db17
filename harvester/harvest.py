"""The use cases that ask sources: works by identifier, works known only by being cited, and going on.

The queue of questions is a table of the library. Each source has a few workers that take a question, ask it,
and keep the answer together with the questions that follow from it in one transaction. So a run may be cut
off anywhere: `resume` takes the queue up where it stands.
"""

import asyncio
import json
import signal
from collections.abc import Callable, Iterable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from pathlib import Path
from typing import Literal

from harvester.errors import AccessRefused, BudgetExhausted, Rejected, SourceDown, Stopped, Unreadable
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, derive, ledger, reading
from harvester.library.ledger import Run, Waiting
from harvester.model import Page, Query
from harvester.policy import POLICIES
from harvester.sources import SOURCES, source
from harvester.transport import Client, Credentials, Patience, Tally

__all__ = ["Forecast", "Outcome", "Progress", "Settings", "carry_out", "fill", "forecast", "look_up", "resume"]


@dataclass(frozen=True)
class Settings:
    """How to ask: where the cache is, who asks, what may be spent, and whether to ask again what is known."""

    cache: Path
    credentials: Credentials = field(default=Credentials(), repr=False)
    replica: str | None = None
    refresh: bool = False
    budget: Decimal | None = None
    patience: Patience = field(default=Patience())

    def client(self) -> Client:
        """Open a client that asks in this way."""
        return Client(
            cache=self.cache,
            credentials=self.credentials,
            replica=self.replica,
            refresh=self.refresh,
            budget=self.budget,
            patience=self.patience,
        )


@dataclass(frozen=True)
class Progress:
    """How far a run is: questions answered and known of, records received, by source."""

    answered: Mapping[str, int]
    expected: Mapping[str, int]
    records: Mapping[str, int]
    tallies: Mapping[str, Tally]


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


@dataclass(frozen=True)
class Outcome:
    """How a run ended: `done`, `stopped` (resumable) or `failed`, with a sentence for each reason."""

    state: Literal["done", "stopped", "failed"]
    sentences: tuple[str, ...]
    tallies: Mapping[str, Tally]
    records: Mapping[str, int]
    cache_failure: str | None = None
    """Why the cache could not be used, where it could not; the harvest itself does not need it."""


Observe = Callable[[Progress], None]


def look_up(library: Library, inputs: Sequence[Input], *, settings: Settings) -> Run:
    """Begin a run that asks every source for the works the user named."""
    return ledger.begin(
        library,
        command="doi",
        arguments={"refresh": settings.refresh},
        inputs=inputs,
        wanted=_by_source(given.identifier for given in inputs if given.identifier),
        again=settings.refresh,
        replica=settings.replica,
    )


def fill(library: Library, *, limit: int | None, settings: Settings) -> Run:
    """Begin a run that asks every source for the works known only by being cited, most cited first."""
    return ledger.begin(
        library,
        command="fill",
        arguments={"limit": limit, "refresh": settings.refresh},
        wanted=_by_source(reading.cited_only(library)[:limit]),
        again=settings.refresh,
        replica=settings.replica,
    )


def resume(library: Library) -> list[Run]:
    """Take up the runs that ended before their work was done."""
    runs = ledger.unfinished(library)
    for run in runs:
        ledger.resume(library, run)
    return runs


def forecast(library: Library | None, identifiers: Iterable[Identifier], *, settings: Settings) -> list[Forecast]:
    """Say what a run for these works will ask and cost; changes nothing.

    Works that a source answered about before are not asked again. Follow-up questions (a work missing from a
    list, an author list cut at 100) come on top. With a key OpenAlex is asked what is left today, which is free.
    """
    stated = asyncio.run(_left_today(settings)) if settings.credentials.openalex_key else None
    forecasts = []
    for name, wanted in _by_source(identifiers).items():
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


async def _left_today(settings: Settings) -> Decimal | None:
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


def carry_out(library: Library, run: Run, *, settings: Settings, observe: Observe = lambda _: None) -> Outcome:
    """Ask what the run has in its queue until nothing is left, then bring the works up to date.

    An interrupt, an empty budget or a source that is down stops the run (that source, for the latter two);
    what was received is kept and shown. Raises `Stopped` only when the library itself cannot go on.
    """
    harvest = _Harvest(library, run, settings, observe)
    try:
        asyncio.run(harvest.run())
    except Stopped as error:
        ledger.finish(library, run, outcome="stopped", reason=str(error))
        raise
    derive(library)
    outcome = harvest.outcome()
    ledger.finish(library, run, outcome=outcome.state, reason=" ".join(outcome.sentences) or None)
    return outcome


def _by_source(identifiers: Iterable[Identifier | None]) -> dict[str, list[Identifier]]:
    wanted = [identifier for identifier in identifiers if identifier is not None]
    return {name: [i for i in wanted if i.scheme in source(name).SCHEMES] for name in SOURCES}


class _Harvest:
    """One session of work on a run: the questions in the air, and why any source was given up."""

    def __init__(self, library: Library, run: Run, settings: Settings, observe: Observe) -> None:
        self.library = library
        self.ledger_run = run
        self.settings = settings
        self.observe = observe
        self.given_up: dict[str, Exception] = {}
        self.interrupted = False
        self.cache_failure: str | None = None
        self.answered = dict.fromkeys(SOURCES, 0)
        self.records = dict.fromkeys(SOURCES, 0)
        self.tallies: Mapping[str, Tally] = {}
        self._known: dict[str, set[int]] = {name: set() for name in SOURCES}
        self._queues: dict[str, asyncio.Queue[Waiting]] = {}
        self._open = 0

    async def run(self) -> None:
        """Work the queue off."""
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()

        def interrupt() -> None:
            self.interrupted = True
            task.cancel()
            # A second interrupt ends the program at once; the library stands that.
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.remove_signal_handler(number)

        with suppress(NotImplementedError, ValueError):  # not on Windows, nor outside the main thread
            for number in (signal.SIGINT, signal.SIGTERM):
                loop.add_signal_handler(number, interrupt)
        try:
            async with self.settings.client() as client:
                self.tallies = client.tallies
                self._queues = {name: asyncio.Queue() for name in SOURCES}
                try:
                    await self._work_off(client)
                finally:
                    self.cache_failure = client.cache_failure
        except asyncio.CancelledError:
            if not self.interrupted:
                raise

    async def _work_off(self, client: Client) -> None:
        while self._enqueue_unasked():
            try:
                async with asyncio.TaskGroup() as group:
                    workers = [
                        group.create_task(self._serve(name, client))
                        for name in SOURCES
                        for _ in range(self._width(name))
                    ]
                    await self._all_answered()
                    for worker in workers:
                        worker.cancel()
            except BaseExceptionGroup as group_error:
                raise group_error.exceptions[0] from None

    def _width(self, name: str) -> int:
        identified = self.settings.credentials.known_to(name)
        return max(POLICIES[name].rate(kind, identified=identified).concurrency for kind in ("single", "list"))

    def _enqueue_unasked(self) -> bool:
        """Put what is wanted and not yet asked into the queue; tell whether anything is there to ask."""
        for name in SOURCES:
            if name not in self.given_up:
                fresh = ledger.unasked(self.library, self.ledger_run, name)
                ledger.enqueue(self.library, self.ledger_run, source(name).lookup(fresh))
                self._take_up(name)
        return self._open > 0

    def _take_up(self, name: str) -> None:
        if name in self.given_up:
            return
        for request in ledger.waiting(self.library, self.ledger_run, name, after=max(self._known[name], default=0)):
            self._known[name].add(request.id)
            self._open += 1
            self._queues[name].put_nowait(request)

    async def _all_answered(self) -> None:
        for queue in self._queues.values():
            await queue.join()
        if self._open:
            await self._all_answered()

    async def _serve(self, name: str, client: Client) -> None:
        queue = self._queues[name]
        while True:
            request = await queue.get()
            try:
                if name not in self.given_up:
                    await self._answer(request, client)
            finally:
                self._open -= 1
                queue.task_done()
            self.observe(
                Progress(
                    answered=self.answered,
                    expected={name: len(known) for name, known in self._known.items()},
                    records=self.records,
                    tallies=self.tallies,
                )
            )

    async def _answer(self, request: Waiting, client: Client) -> None:
        query = request.query
        read = source(query.source).read
        try:
            reply = await client.ask(query, read)
        except (BudgetExhausted, Rejected) as error:
            self._ask_otherwise(request, error)
        except (Stopped, AccessRefused) as error:
            self.given_up[query.source] = error
        else:
            page = reply.value
            ledger.settle(
                self.library,
                self.ledger_run,
                request,
                page,
                status=reply.status,
                from_cache=reply.from_cache,
                wanted=_follow_up(query, page),
            )
            self.answered[query.source] += 1
            self.records[query.source] += len(page.items)
        self._take_up(query.source)

    def _ask_otherwise(self, request: Waiting, error: BudgetExhausted | Rejected) -> None:
        """Ask singly what could not be asked as a list: single calls are free, and one bad DOI spoils one."""
        query = request.query
        singles = source(query.source).split(query)
        if query.kind == "list" and singles:
            ledger.replace(self.library, self.ledger_run, request, singles, detail=str(error))
        elif isinstance(error, Rejected):
            ledger.fail(self.library, request, detail=str(error))
        else:
            self.given_up[query.source] = error

    def outcome(self) -> Outcome:
        """Say how the session ended."""
        sentences = [str(error) for error in self.given_up.values()]
        if self.interrupted:
            sentences.append("interrupted")
        refused = any(isinstance(error, AccessRefused) for error in self.given_up.values())
        state: Literal["done", "stopped", "failed"] = "failed" if refused else "stopped" if sentences else "done"
        return Outcome(state, tuple(sentences), self.tallies, self.records, self.cache_failure)


def _follow_up(query: Query, page: Page) -> dict[str, list[Identifier]]:
    """Ask the other sources about works that have turned out to have a DOI."""
    asked = set(query.asked)
    found = [Identifier("doi", item.record.doi) for item in page.items if item.record.doi]
    fresh = [identifier for identifier in found if identifier not in asked]
    return {name: fresh for name in SOURCES if name != query.source} if fresh else {}
