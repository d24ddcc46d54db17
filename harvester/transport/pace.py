"""How fast, and how many at a time: by source and kind of question, as each source asks for it."""

import asyncio
import re
from collections import deque
from collections.abc import Mapping
from contextlib import AsyncExitStack
from types import TracebackType
from typing import Self

import httpx
from aiolimiter import AsyncLimiter

from harvester.model import Query
from harvester.policy import POLICIES, Rate
from harvester.transport.credentials import Credentials, is_told
from harvester.transport.layers import Layer, Patience, Tally
from harvester.transport.refusals import retry_after
from harvester.transport.wire import received

__all__ = ["Paced"]

# A little under the stated rate: a server that counts whole seconds sees jitter as one request too many.
HEADROOM = 0.97
# Of a rate below one a minute a header may speak, but then it is a quota for the day and not a pace.
SLOWEST = 1 / 60
# Seconds for one answer from the first byte asked to the last received. A server that sends a byte a minute
# never runs into the limit on a single read.
LONGEST_ANSWER = 600.0


class Paced(Layer):
    """Spaces the requests to each source by kind, and keeps few of them open at a time.

    A source's answers may slow it down (`x-rate-limit-limit`, `x-concurrency-limit`) and speed it up again, up
    to its policy. A wait that one refused request is told holds back all requests to that source.
    """

    def __init__(
        self,
        inner: httpx.AsyncBaseTransport,
        *,
        credentials: Credentials,
        patience: Patience,
        tallies: Mapping[str, Tally],
    ) -> None:
        super().__init__(inner)
        self.credentials = credentials
        self.patience = patience
        self.tallies = tallies
        self._roads: dict[str, _Road] = {}
        self._lanes: dict[tuple[str, str], _Lane] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for a turn, ask, take the whole answer, and slow down if its headers say so."""
        query: Query = request.extensions["query"]
        road, lane = self._way(query, request)
        tally = self.tallies[query.source]
        # The answer is taken in before the connection counts as free: a list can take seconds to arrive.
        async with AsyncExitStack() as open_requests:
            for gate in (lane.gate, road.gate):
                await open_requests.enter_async_context(gate)
            await _turn(road, lane)
            tally.requests += 1
            try:
                async with asyncio.timeout(LONGEST_ANSWER):
                    response = await self.inner.handle_async_request(request)
                    tally.pool = response.headers.get("x-api-pool", tally.pool)
                    if response.status_code in {429, 503}:
                        tally.refused += response.status_code == 429
                        wait = retry_after(response) or self.patience.first_wait
                        if wait <= self.patience.longest_wait:  # a longer one ends the run, it is not waited for
                            road.hold_back(wait)
                    await lane.heed(response)
                    return await received(response)
            except TimeoutError:
                raise httpx.ReadTimeout(f"no whole answer in {LONGEST_ANSWER:.0f} seconds") from None

    def _way(self, query: Query, request: httpx.Request) -> "tuple[_Road, _Lane]":
        key = (query.source, query.kind)
        if key not in self._lanes:
            policy = POLICIES[query.source]
            # Credentials that are not sent (to a replica in the clear, say) earn no higher rate.
            identified = self.credentials.known_to(query.source) and is_told(request.url, request.extensions["address"])
            self._lanes[key] = _Lane(policy.rate(query.kind, identified=identified))
            rates = (policy.identified if identified else policy.anonymous).values()
            together = policy.together[identified] if policy.together else None
            self._roads.setdefault(query.source, _Road(max(rate.concurrency for rate in rates), together))
        return self._roads[query.source], self._lanes[key]


class _Gate:
    """Lets few in at a time; how few may change while some are inside."""

    def __init__(self, width: int) -> None:
        self.width = width
        self._inside = 0
        self._waiting: deque[asyncio.Future[None]] = deque()

    async def __aenter__(self) -> Self:
        while self._inside >= self.width:
            turn: asyncio.Future[None] = asyncio.get_running_loop().create_future()
            self._waiting.append(turn)
            try:
                await turn
            except asyncio.CancelledError:
                self._call_next()  # the place may have been given to the one that leaves
                raise
        self._inside += 1
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._inside -= 1
        self._call_next()

    def widen(self, width: int) -> None:
        """Let as many in from now on, more or fewer than before."""
        self.width = width
        for _ in range(width - self._inside):
            self._call_next()

    def _call_next(self) -> None:
        while self._waiting:
            turn = self._waiting.popleft()
            if not turn.done():
                turn.set_result(None)
                return


class _Road:
    """All requests to one source."""

    def __init__(self, concurrency: int, together: float | None) -> None:
        self.gate = _Gate(concurrency)
        self.limiter = _evenly(together) if together else None
        self.not_before = 0.0

    def hold_back(self, seconds: float) -> None:
        self.not_before = max(self.not_before, asyncio.get_running_loop().time() + seconds)


class _Lane:
    """The requests of one kind to one source."""

    def __init__(self, rate: Rate) -> None:
        self.policy = rate
        self.gate = _Gate(rate.concurrency)
        self.per_second = rate.per_second
        self.limiter = _evenly(rate.per_second)

    async def heed(self, response: httpx.Response) -> None:
        """Follow what the answer says of rate and concurrency, as far as the policy allows."""
        limit = _number(response, "x-rate-limit-limit")
        interval = _number(response, "x-rate-limit-interval")
        if limit and interval:
            per_second = min(self.policy.per_second, max(SLOWEST, limit / interval))
            if per_second != self.per_second:
                self.per_second, self.limiter = per_second, _evenly(per_second)
                await self.limiter.acquire()  # the request just answered was the first at the new rate
        concurrency = _number(response, "x-concurrency-limit")
        if concurrency:
            self.gate.widen(min(self.policy.concurrency, concurrency))


async def _turn(road: _Road, lane: _Lane) -> None:
    """Wait for this request's moment; begin again if the rules have changed meanwhile."""
    loop = asyncio.get_running_loop()
    while True:
        limiter = lane.limiter
        await asyncio.sleep(max(0.0, road.not_before - loop.time()))
        await limiter.acquire()
        if road.limiter:
            await road.limiter.acquire()
        if limiter is lane.limiter and loop.time() >= road.not_before:
            return


def _evenly(per_second: float) -> AsyncLimiter:
    # A limiter of N in a second lets N through at once and N more within it; one in 1/N seconds does not.
    return AsyncLimiter(1, 1 / (per_second * HEADROOM))


def _number(response: httpx.Response, header: str) -> int | None:
    # Crossref writes an interval as `1s` (api.crossref.org, headers of any answer).
    match = re.fullmatch(r"([0-9]{1,9})s?", response.headers.get(header, "").strip())
    return int(match[1]) if match else None
