"""The work of a run: its queue of questions, asked of all sources at once until nothing is left.

The queue of questions is a table of the library. Each source has a few workers that take a question, ask it,
and keep the answer together with the questions that follow from it in one transaction. So a run may be cut
off anywhere: `resume` takes the queue up where it stands.

A run goes in rounds: what is in the queue is worked off whole before works found on the way are put into it. So
the same works are asked for by the same questions, whether or not the run was interrupted in between.
"""

import asyncio
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, replace
from decimal import Decimal
from typing import Literal

from harvester.errors import AccessRefused, BudgetExhausted, Rejected, SourceDown, Stopped, Unreadable
from harvester.harvest.chase import KINDS, Chase
from harvester.harvest.found import Found, Search
from harvester.harvest.matching import Matching
from harvester.harvest.recall import Recall
from harvester.harvest.settings import Settings
from harvester.identifiers import Identifier
from harvester.library import Library, derive, derive_answered, ledger
from harvester.library.incomplete import without_abstract
from harvester.library.ledger import Run, Waiting
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.sources import DESCRIBING, SOURCES, askable, source
from harvester.transport import Client, Tally

__all__ = ["Outcome", "Progress", "carry_out"]

FAILURES_IN_A_ROW = 3
"""A source that fails this many questions with no answer in between is down; one question may fail for itself."""

AT_A_STRETCH = 10
"""Works merged before other requests get their turn: a slot that is missed in the pace of a source is lost."""


@dataclass(frozen=True)
class Progress:
    """How far a run is: questions answered and known of, records received, by source."""

    answered: Mapping[str, int]
    expected: Mapping[str, int]
    records: Mapping[str, int]
    tallies: Mapping[str, Tally]


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

    @property
    def spent(self) -> Decimal:
        """What it cost, in US dollars."""
        return sum((tally.spent for tally in self.tallies.values()), Decimal(0))


Observe = Callable[[Progress], None]

_SEARCHES: Mapping[str, type[Search] | type[Matching]] = {
    "search": Search,
    "match": Matching,
    "fill": Matching,
    "chase": Matching,
}
"""Who asks the questions of kind `search`, by the command whose run they belong to."""


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
    return bool(ledger.arguments(library, run.id).get("refresh"))


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
        self.search = _SEARCHES[run.command](library, run) if run.command in _SEARCHES else None
        self.chase = Chase(library, run) if run.command == "chase" else None
        self.asking_on = Recall(library, run) if run.command == "update" else self.chase
        """What gives further questions when all that was asked is answered."""
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
        while self._take_up(*SOURCES) or self._enqueue_unasked() or self._advance() or self._ask_for_abstracts():
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
        if self.search is not None and self.search.limit is not None:
            return 1  # which works come first must not depend on which answer does
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

    def _advance(self) -> int:
        """Put questions into the queue that follow from answers which all must be in."""
        if self.asking_on is None or self.given_up or self.set_aside:
            return 0
        while self.asking_on.advance():
            if taken := self._take_up(*SOURCES) + self._enqueue_unasked():
                return taken
        return 0

    def _ask_for_abstracts(self) -> int:
        """Ask Europe PMC for the abstracts that no other source gave of the works of this run."""
        if self.given_up or self.set_aside:
            return 0
        derive(self.library)
        ledger.want(self.library, self.ledger_run, {"europepmc": without_abstract(self.library, self.ledger_run)})
        return self._enqueue_unasked()

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
        if self.search is not None and request.part is not None and self.search.is_full(name):
            detail = f"not asked: the limit of {self.search.limit} works was reached"
            ledger.leave(self.library, self.ledger_run, name, detail=detail)
            return
        try:
            if name in self.unpaid and POLICIES[name].price(query.url):
                raise self.unpaid[name]
            found = await self._ask(request, client)
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
            ledger.settle(
                self.library,
                self.ledger_run,
                request,
                found.page,
                status=found.status,
                from_cache=found.from_cache,
                wanted=_follow_up(query, found),
                hits=found.hits,
                received=found.received,
                note=found.note,
            )
            items = found.page.items
            for start in range(0, len(items), AT_A_STRETCH):
                derive_answered(self.library, [item.record for item in items[start : start + AT_A_STRETCH]])
                await asyncio.sleep(0)
            self._failures[name] = 0
            self.answered[name] += 1
            self.records[name] += len(items)

    async def _ask(self, request: Waiting, client: Client) -> Found:
        if self.search is not None and request.query.kind == "search":
            return await self.search.ask(request, client)
        if self.chase is not None and request.query.kind in KINDS:
            return await self.chase.ask(request, client)
        reply = await client.ask(request.query, source(request.query.source).read)
        return Found.of(reply)

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


def _follow_up(query: Query, found: Found) -> dict[str, list[Identifier]]:
    """Ask the other sources about works that have turned out to have a DOI, and all about those only judged."""
    asked = set(query.asked)
    fresh = [identifier for identifier in dict.fromkeys(found.identifiers) if identifier not in asked]
    others = (name for name in DESCRIBING if name != query.source or not found.page.items)
    wanted = {name: [each for each in fresh if askable(name, each)] for name in others}
    if query.source == "crossref":
        # Another agency may have registered what Crossref does not know; nearly all of those are at DataCite.
        wanted["datacite"] = [each for each in found.page.missing if askable("datacite", each)]
    return {name: identifiers for name, identifiers in wanted.items() if identifiers}
