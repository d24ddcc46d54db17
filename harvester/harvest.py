"""The use cases that ask sources: works by identifier, works known only by being cited, and going on.

The queue of questions is a table of the library. Each source has a few workers that take a question, ask it,
and keep the answer together with the questions that follow from it in one transaction. So a run may be cut
off anywhere: `resume` takes the queue up where it stands.

A run goes in rounds: what is in the queue is worked off whole before works found on the way are put into it. So
the same works are asked for by the same questions, whether or not the run was interrupted in between.
"""

import asyncio
import json
import signal
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field, replace
from decimal import Decimal
from itertools import islice
from pathlib import Path
from typing import Literal

from harvester.errors import AccessRefused, BudgetExhausted, Rejected, SourceDown, Stopped, Unreadable
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, derive, derive_answered, ledger, reading
from harvester.library.ledger import Run, Waiting
from harvester.model import Page, Query
from harvester.policy import POLICIES
from harvester.sources import SOURCES, source
from harvester.transport import Client, Credentials, Patience, Tally

__all__ = [
    "Forecast",
    "Outcome",
    "Progress",
    "Settings",
    "carry_out",
    "fill",
    "forecast",
    "look_up",
    "resume",
    "to_fill",
]

FAILURES_IN_A_ROW = 3
"""A source that fails this many questions with no answer in between is down; one question may fail for itself."""

AT_A_STRETCH = 10
"""Works merged before other requests get their turn: a slot that is missed in the pace of a source is lost."""

SHORT = 1_000
"""No identifier up to this length makes too long a URL, however it is encoded."""


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
    is_interrupted: bool = False
    """True when the user stopped it, who then wants no other run to go on either."""


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
    """Begin a run that asks every source for the works that `to_fill` gives."""
    return ledger.begin(
        library,
        command="fill",
        arguments={"limit": limit, "refresh": settings.refresh},
        wanted=_by_source(to_fill(library, limit=limit, settings=settings)),
        again=settings.refresh,
        replica=settings.replica,
    )


def to_fill(library: Library, *, limit: int | None, settings: Settings) -> list[Identifier]:
    """Give the works known only by being cited that some source can be asked for, most cited first.

    Those that every source has answered about are left out, or a limit would be used up by what nobody knows.
    """
    known = {name: set() if settings.refresh else ledger.answered(library, name) for name in SOURCES}
    wanted = (
        identifier
        for identifier in reading.cited_only(library)
        if any(identifier not in known[name] and _askable(name, identifier) for name in SOURCES)
    )
    return list(islice(wanted, limit))


def resume(library: Library) -> Iterator[Run]:
    """Take up the runs that ended before their work was done, each when its turn comes."""
    for run in ledger.unfinished(library):
        ledger.resume(library, run)
        yield run


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

    An interrupt, an empty budget, a source that is down or a full disk stops the run, or its part at that
    source; what was received is kept and shown. Works through a first SIGINT or SIGTERM by itself; a second one
    raises `KeyboardInterrupt`, which the library stands at any point.
    """
    if _refreshes(library, run):
        settings = replace(settings, refresh=True)
    harvest = _Harvest(library, run, settings, observe)
    try:
        with _interrupts_as_before():
            asyncio.run(harvest.run())
        derive(library)
    except Stopped as error:
        harvest.library_failure = error
    outcome = harvest.outcome()
    try:
        ledger.finish(library, run, outcome=outcome.state, reason=" ".join(outcome.sentences) or None)
    except Stopped:
        # On a full disk not even this can be written; a run without an outcome is one to be resumed.
        return replace(outcome, state="stopped")
    return outcome


def _refreshes(library: Library, run: Run) -> bool:
    """Tell whether the run asks past the cache, which holds for those who resume it too."""
    row = library.db.execute("select arguments from runs where id = ?", (run.id,)).fetchone()
    return bool(json.loads(row[0]).get("refresh"))


@contextmanager
def _interrupts_as_before() -> Iterator[None]:
    """Give the signals back to whoever had them; asyncio leaves SIGTERM to end the program without a word."""
    numbers = (signal.SIGINT, signal.SIGTERM)
    before = {number: signal.getsignal(number) for number in numbers}
    try:
        yield
    finally:
        for number in numbers:
            # Outside the main thread nothing was changed, and nothing can be.
            with suppress(ValueError):
                signal.signal(number, before[number] or signal.SIG_DFL)


def _by_source(identifiers: Iterable[Identifier]) -> dict[str, list[Identifier]]:
    wanted = list(identifiers)
    return {name: [each for each in wanted if _askable(name, each)] for name in SOURCES}


def _askable(name: str, identifier: Identifier) -> bool:
    """Tell whether a source can be asked for this: it knows the scheme, and there is a URL short enough."""
    asked = source(name)
    return identifier.scheme in asked.SCHEMES and (len(identifier.value) <= SHORT or bool(asked.lookup([identifier])))


class _Harvest:
    """One session of work on a run: the questions in the air, and why any source was given up."""

    def __init__(self, library: Library, run: Run, settings: Settings, observe: Observe) -> None:
        self.library = library
        self.ledger_run = run
        self.settings = settings
        self.observe = observe
        self.given_up: dict[str, Stopped | AccessRefused] = {}
        self.set_aside: dict[str, Stopped] = {}
        """The last failure of a source that otherwise answers; the question waits for another session."""
        self.unpaid: dict[str, BudgetExhausted] = {}
        """Sources that may be asked only what is free."""
        self.library_failure: Stopped | None = None
        self.interrupted = False
        self.cache_failure: str | None = None
        self.answered = dict.fromkeys(SOURCES, 0)
        self.records = dict.fromkeys(SOURCES, 0)
        self.expected = dict.fromkeys(SOURCES, 0)
        self.tallies: Mapping[str, Tally] = {}
        self._failures = dict.fromkeys(SOURCES, 0)
        self._newest = dict.fromkeys(SOURCES, 0)
        self._queues: dict[str, asyncio.Queue[Waiting]] = {}
        self._open = 0

    async def run(self) -> None:
        """Work the queue off."""
        task = asyncio.current_task()
        assert task is not None
        loop = asyncio.get_running_loop()
        numbers = (signal.SIGINT, signal.SIGTERM)

        def interrupt() -> None:
            self.interrupted = True
            task.cancel()
            for number in numbers:
                loop.remove_signal_handler(number)
                signal.signal(number, signal.default_int_handler)

        with suppress(NotImplementedError, ValueError, RuntimeError):  # not on Windows, nor outside the main thread
            for number in numbers:
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

    # -- the queue --------------------------------------------------------------------------------

    async def _work_off(self, client: Client) -> None:
        while self._take_up(*SOURCES) or self._enqueue_unasked():
            try:
                async with asyncio.TaskGroup() as group:
                    workers = [
                        group.create_task(self._serve(name, client))
                        for name in SOURCES
                        for _ in range(self._width(name))
                    ]
                    while self._open:
                        for queue in self._queues.values():
                            await queue.join()
                    for worker in workers:
                        worker.cancel()
            except BaseExceptionGroup as group_error:
                raise group_error.exceptions[0] from None

    def _width(self, name: str) -> int:
        identified = self.settings.credentials.known_to(name)
        return max(POLICIES[name].rate(kind, identified=identified).concurrency for kind in ("single", "list"))

    def _enqueue_unasked(self) -> int:
        """Put what is wanted and not yet asked into the queue, of all sources at once; tell how much there is."""
        queries: list[Query] = []
        for name in SOURCES:
            if name not in self.given_up:
                queries += source(name).lookup(ledger.unasked(self.library, self.ledger_run, name))
        if not queries:
            return 0
        ledger.enqueue(self.library, self.ledger_run, queries)
        return self._take_up(*SOURCES)

    def _take_up(self, *names: str) -> int:
        """Hand the questions that have come into the queue to the workers; tell how many."""
        taken = 0
        for name in names:
            if name in self.given_up:
                continue
            for request in ledger.waiting(self.library, self.ledger_run, name, after=self._newest[name]):
                self._newest[name] = request.id
                self._queues[name].put_nowait(request)
                taken += 1
                self.expected[name] += 1
        self._open += taken
        return taken

    async def _serve(self, name: str, client: Client) -> None:
        queue = self._queues[name]
        while True:
            request = await queue.get()
            try:
                if name not in self.given_up:
                    await self._answer(request, client)
                    self._take_up(name)
            finally:
                self._open -= 1
                queue.task_done()
            self.observe(
                Progress(answered=self.answered, expected=self.expected, records=self.records, tallies=self.tallies)
            )

    # -- one question -----------------------------------------------------------------------------

    async def _answer(self, request: Waiting, client: Client) -> None:
        query = request.query
        name = query.source
        try:
            if name in self.unpaid and POLICIES[name].price(query.url):
                raise self.unpaid[name]
            reply = await client.ask(query, source(name).read)
        except BudgetExhausted as error:
            self.unpaid[name] = error
            if not self._ask_otherwise(request, error):
                self.set_aside[name] = error
        except Rejected as error:
            self._failures[name] = 0
            if not self._ask_otherwise(request, error):
                ledger.fail(self.library, request, detail=str(error))
        except SourceDown as error:
            self._failed(request, error)
        except (Stopped, AccessRefused) as error:
            self.given_up[name] = error
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
            for start in range(0, len(page.items), AT_A_STRETCH):
                derive_answered(self.library, [item.record for item in page.items[start : start + AT_A_STRETCH]])
                await asyncio.sleep(0)
            self._failures[name] = 0
            self.answered[name] += 1
            self.records[name] += len(page.items)

    def _failed(self, request: Waiting, error: SourceDown) -> None:
        """Tell a source that is down from one that fails at this question only, which then waits by itself."""
        name = request.query.source
        self._failures[name] += 1
        if self._failures[name] >= FAILURES_IN_A_ROW:
            self.given_up[name] = error
        # When an answer came and was no good, it may be one record of the list that cannot be delivered.
        elif not (isinstance(error.__cause__, Unreadable) and self._ask_otherwise(request, error)):
            self.set_aside[name] = error

    def _ask_otherwise(self, request: Waiting, error: BudgetExhausted | Rejected | SourceDown) -> bool:
        """Ask singly what cannot be asked as a list, if it can: single calls are free, and spoil only themselves."""
        query = request.query
        asked = source(query.source)
        others = [other for other in asked.split(query) if other.url != query.url]
        if not others and len(query.asked) > 1 and not isinstance(error, BudgetExhausted):
            others = [other for identifier in query.asked for other in asked.lookup([identifier])]
        if query.kind != "list" or not others:
            return False
        ledger.replace(self.library, self.ledger_run, request, others, detail=str(error))
        return True

    def outcome(self) -> Outcome:
        """Say how the session ended."""
        failures = [self.given_up.get(name) or self.set_aside.get(name) for name in SOURCES]
        sentences = [str(error) for error in [*failures, self.library_failure] if error]
        if self.interrupted:
            sentences.append("interrupted")
        refused = any(isinstance(error, AccessRefused) for error in self.given_up.values())
        state: Literal["done", "stopped", "failed"] = "failed" if refused else "stopped" if sentences else "done"
        return Outcome(state, tuple(sentences), self.tallies, self.records, self.cache_failure, self.interrupted)


def _follow_up(query: Query, page: Page) -> dict[str, list[Identifier]]:
    """Ask the other sources about works that have turned out to have a DOI."""
    asked = set(query.asked)
    found = [Identifier("doi", item.record.doi) for item in page.items if item.record.doi]
    fresh = [identifier for identifier in dict.fromkeys(found) if identifier not in asked]
    others = (name for name in SOURCES if name != query.source)
    return {name: askable for name in others if (askable := [each for each in fresh if _askable(name, each)])}
