"""The layers between a question and the wire; the package says in which order and why."""

import asyncio
import re
import time
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from importlib.metadata import version
from pathlib import Path
from urllib.request import getproxies, proxy_bypass
from weakref import WeakValueDictionary

import hishel
import httpx
import stamina
from aiolimiter import AsyncLimiter

from harvester.errors import BudgetExhausted, InputError, SourceDown, Unreadable
from harvester.model import Query
from harvester.policy import POLICIES, Rate
from harvester.transport.refusals import Refusal, refuse, retry_after

__all__ = ["Budgeted", "Cached", "Credentialed", "Credentials", "Paced", "Patience", "Retried", "Tally", "wire"]

KEPT_STATUSES = frozenset({200, 404})
# A little under the stated rate: a server that counts whole seconds sees jitter as one request too many.
HEADROOM = 0.97


@dataclass(frozen=True)
class Credentials:
    """Who is asking: a key for OpenAlex, an e-mail address for Crossref's polite pool."""

    openalex_key: str | None = field(default=None, repr=False)
    crossref_mailto: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Both become headers. The message does not repeat them: it may end up in a log.
        if self.openalex_key is not None and not re.fullmatch(r"[!-~]+", self.openalex_key):
            raise InputError("the OpenAlex key holds characters that no key has; copy it again from openalex.org")
        if self.crossref_mailto is not None and not re.fullmatch(r"[!-'*-~]+@[!-'*-~]+", self.crossref_mailto):
            raise InputError("the e-mail address for Crossref is not one, such as name@example.org")

    def known_to(self, source: str) -> bool:
        """Tell whether this source is told who asks."""
        return bool({"openalex": self.openalex_key, "crossref": self.crossref_mailto}.get(source))


@dataclass(frozen=True)
class Patience:
    """How long to go on asking: attempts a request, first and longest wait in seconds between them."""

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 60.0


@dataclass
class Tally:
    """What one source has been asked so far in this run, and what it cost in US dollars."""

    requests: int = 0
    refused: int = 0
    from_cache: int = 0
    failed_attempts: int = 0
    spent: Decimal = Decimal(0)
    remaining: Decimal | None = None
    """Left today by the source's own account; None until it has said so."""
    pool: str | None = None


class Layer(httpx.AsyncBaseTransport):
    """A transport around another."""

    def __init__(self, inner: httpx.AsyncBaseTransport) -> None:
        self.inner = inner

    async def aclose(self) -> None:
        """Close what is inside."""
        await self.inner.aclose()


class Cached(Layer):
    """Answers from the cache what was answered before: 200 and 404, for as long as the folder is kept.

    hishel stores; what is kept is decided here, because its own transport keeps no 404 and writes the
    request's headers next to each entry (github.com/karpetrosyan/hishel, `httpx/_async.py`). The body is
    stored as it came, still compressed.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, folder: Path, refresh: bool) -> None:
        super().__init__(inner)
        # hishel's default limit is 1 GiB, after which it evicts; a review's evidence is not evicted.
        self.storage = hishel.AsyncSqliteStorage(database_path=folder / "http.sqlite", max_size=None)
        self.refresh = refresh
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Give the stored answer, or ask and store."""
        key = str(request.url)
        # Ten concurrent misses of one URL would otherwise be ten requests.
        async with self._asking.setdefault(key, asyncio.Lock()):
            fresh = self.refresh or request.extensions.get("fresh", False)
            if not fresh and (stored := await self._stored(key)):
                return stored
            response = await self.inner.handle_async_request(request)
            if response.status_code in KEPT_STATUSES:
                await self.forget(key)
                await self._keep(key, response)
            return response

    async def _stored(self, key: str) -> httpx.Response | None:
        for entry in await self.storage.get_entries(key):
            raw = b"".join([chunk async for chunk in entry.response.stream])  # type: ignore[union-attr] # an async storage gives async streams
            return httpx.Response(
                entry.response.status_code,
                headers=dict(entry.response.headers.items()),
                content=raw,
                extensions={"from_cache": True},
            )
        return None

    async def _keep(self, key: str, response: httpx.Response) -> None:
        headers = {
            name: response.headers[name] for name in ("content-type", "content-encoding") if name in response.headers
        }

        async def body() -> AsyncIterator[bytes]:
            yield response.extensions["raw"]

        entry = await self.storage.create_entry(
            hishel.Request(method="GET", url=key),
            hishel.Response(status_code=response.status_code, headers=hishel.Headers(headers), stream=body()),
            key,
        )
        async for _ in entry.response.stream:  # type: ignore[union-attr] # reading it is what saves it
            pass

    async def forget(self, key: str) -> None:
        """Take an answer out of the cache."""
        for entry in await self.storage.get_entries(key):
            await self.storage.remove_entry(entry.id)

    async def aclose(self) -> None:
        """Close the cache and what is inside."""
        await self.inner.aclose()
        await self.storage.close()


class Retried(Layer):
    """Asks again while that can help, and says in one sentence when it cannot.

    A wait that the server asks for beats our own back-off. One longer than patience allows ends the run in a
    state that can be resumed: OpenAlex asks for the hours to midnight when the day's budget is gone.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, patience: Patience, tallies: Mapping[str, Tally]) -> None:
        super().__init__(inner)
        self.patience = patience
        self.tallies = tallies

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask until the answer can be read, or patience is at an end."""
        query: Query = request.extensions["query"]
        try:
            async for attempt in stamina.retry_context(
                on=self._wait,
                attempts=self.patience.attempts,
                timeout=None,
                wait_initial=self.patience.first_wait,
                wait_max=self.patience.longest_wait,
                wait_jitter=self.patience.first_wait,
            ):
                with attempt:
                    try:
                        return await self._ask(request)
                    except (Refusal, Unreadable, httpx.TransportError, httpx.DecodingError):
                        self.tallies[query.source].failed_attempts += 1
                        raise
        except (Refusal, Unreadable) as error:
            raise SourceDown(f"{query.source} failed {self.patience.attempts} times: {error}") from error
        except (httpx.TransportError, httpx.DecodingError) as error:
            raise SourceDown(
                f"{query.source} cannot be reached ({type(error).__name__}: {error}); check the network"
            ) from error
        raise AssertionError("stamina returns or raises")

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        query: Query = request.extensions["query"]
        response = await _complete(await self.inner.handle_async_request(request))
        if response.status_code in KEPT_STATUSES:
            request.extensions["accept"](response)
        elif not response.has_redirect_location:
            refuse(query, response, longest_wait=self.patience.longest_wait)
        return response

    def _wait(self, error: Exception) -> bool | float:
        if isinstance(error, Refusal) and error.wait is not None:
            return error.wait
        return isinstance(error, Refusal | Unreadable | httpx.TransportError | httpx.DecodingError)


class Budgeted(Layer):
    """Refuses the request that costs more than is left, of the user's budget or of the source's day.

    Inside `Retried`, so a retry is paid for; outside `Paced`, so a refused request takes no time slot.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, *, budget: Decimal | None, tallies: Mapping[str, Tally]
    ) -> None:
        super().__init__(inner)
        self.budget = budget
        self.tallies = tallies

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pay, ask, and correct the account by what the source says it charged."""
        query: Query = request.extensions["query"]
        tally = self.tallies[query.source]
        cost = POLICIES[query.source].price(query.url)
        if self.budget is not None and cost > self.budget - sum(t.spent for t in self.tallies.values()):
            raise BudgetExhausted(f"the budget of ${self.budget} is spent; the next request costs ${cost}")
        if tally.remaining is not None and cost > tally.remaining:
            raise BudgetExhausted(
                f"{query.source} allows ${tally.remaining} more today and the next request costs ${cost}"
            )
        tally.spent += cost
        if tally.remaining is not None:
            tally.remaining -= cost
        response = await self.inner.handle_async_request(request)
        # On a 429 for going too fast OpenAlex reports 0 left although the budget is whole
        # (GitHub ourresearch/openalex-api-proxy, src/rateLimiter.ts).
        if response.status_code == 429:
            tally.spent -= cost
            if tally.remaining is not None:
                tally.remaining += cost
        else:
            charged = _dollars(response, "x-ratelimit-cost-usd")
            tally.spent += (cost if charged is None else charged) - cost
            left = _dollars(response, "x-ratelimit-remaining-usd")
            if left is not None:
                tally.remaining = left + (_dollars(response, "x-ratelimit-prepaid-remaining-usd") or Decimal(0))
        return response


class Paced(Layer):
    """Spaces the requests to each source by kind, and keeps few of them open at a time."""

    def __init__(
        self, inner: httpx.AsyncBaseTransport, *, credentials: Credentials, tallies: Mapping[str, Tally]
    ) -> None:
        super().__init__(inner)
        self.credentials = credentials
        self.tallies = tallies
        self._slots: dict[tuple[str, str], tuple[Rate, AsyncLimiter]] = {}
        self._open: dict[str, asyncio.Semaphore] = {}
        self._not_before: dict[str, float] = {}

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Wait for a slot, ask, and slow down if the answer's headers say so."""
        query: Query = request.extensions["query"]
        identified = self.credentials.known_to(query.source)
        rate = POLICIES[query.source].rate(query.kind, identified=identified)
        slot = (query.source, query.kind)
        if slot not in self._slots:
            self._slots[slot] = (rate, _evenly(rate))
        async with self._open.setdefault(query.source, asyncio.Semaphore(rate.concurrency)):
            await self._slots[slot][1].acquire()
            await asyncio.sleep(max(0.0, self._not_before.get(query.source, 0.0) - time.monotonic()))
            tally = self.tallies[query.source]
            tally.requests += 1
            response = await self.inner.handle_async_request(request)
            if response.status_code == 429:
                tally.refused += 1
                wait = retry_after(response) or 0.0
                self._not_before[query.source] = time.monotonic() + min(wait, 60.0)
            tally.pool = response.headers.get("x-api-pool", tally.pool)
            self._tighten(slot, response)
            # The answer is read before the connection counts as free: a list can take seconds to arrive.
            return await _complete(response)

    def _tighten(self, slot: tuple[str, str], response: httpx.Response) -> None:
        limit = response.headers.get("x-rate-limit-limit", "")
        interval = response.headers.get("x-rate-limit-interval", "").removesuffix("s")
        if limit.isdecimal() and interval.isdecimal() and int(limit) and int(interval):
            rate = self._slots[slot][0]
            stated = int(limit) / int(interval)
            if stated < rate.per_second:
                slower = Rate(stated, rate.concurrency)
                self._slots[slot] = (slower, _evenly(slower))


class Credentialed(Layer):
    """Tells a source who is asking, in headers of a copy of the request that nothing above ever sees."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, credentials: Credentials) -> None:
        super().__init__(inner)
        self._agent = f"citation-harvester/{version('citation-harvester')}"
        # Crossref looks for `mailto:` here (crossref.org/documentation/retrieve-metadata/rest-api).
        self._polite = f"{self._agent} (mailto:{credentials.crossref_mailto})"
        self.credentials = credentials

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the caller's key or e-mail, over HTTPS or to this machine only."""
        query: Query = request.extensions["query"]
        headers = httpx.Headers(request.headers)
        headers["User-Agent"] = self._agent
        # A redirect may lead to another host, which is not told.
        if str(request.url).startswith(request.extensions["told"]):
            if query.source == "crossref" and self.credentials.crossref_mailto:
                headers["User-Agent"] = self._polite
            if query.source == "openalex" and self.credentials.openalex_key:
                headers["Authorization"] = f"Bearer {self.credentials.openalex_key}"
        sent = httpx.Request(request.method, request.url, headers=headers, extensions=request.extensions)
        return await self.inner.handle_async_request(sent)


def wire() -> httpx.AsyncBaseTransport:
    """Connect directly, or through the proxy that the environment names, which httpx leaves to its client."""
    proxy = getproxies().get("https")
    direct = httpx.AsyncHTTPTransport()
    if not proxy:
        return direct
    return _Proxied(direct, httpx.AsyncHTTPTransport(proxy=proxy))


class _Proxied(Layer):
    def __init__(self, direct: httpx.AsyncBaseTransport, proxy: httpx.AsyncBaseTransport) -> None:
        super().__init__(direct)
        self.proxy = proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        host = request.url.host
        through = self.inner if request.url.scheme == "http" or proxy_bypass(host) else self.proxy
        return await through.handle_async_request(request)

    async def aclose(self) -> None:
        await self.inner.aclose()
        await self.proxy.aclose()


def _evenly(rate: Rate) -> AsyncLimiter:
    # A limiter of N in a second lets N through at once and N more within it; one in 1/N seconds does not.
    return AsyncLimiter(1, 1 / (rate.per_second * HEADROOM))


async def _complete(response: httpx.Response) -> httpx.Response:
    """Read the whole body off the wire; the raw bytes go with it for the cache."""
    if "raw" in response.extensions:
        return response
    try:
        raw = b"".join([chunk async for chunk in response.aiter_raw()])
    finally:
        await response.aclose()
    return httpx.Response(
        response.status_code,
        headers=response.headers,
        content=raw,
        extensions={**response.extensions, "raw": raw},
    )


def _dollars(response: httpx.Response, header: str) -> Decimal | None:
    try:
        return Decimal(response.headers[header])
    except (KeyError, InvalidOperation):
        return None
