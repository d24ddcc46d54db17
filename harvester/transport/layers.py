"""Asking again, and paying; the package says in which order the layers stand, and why."""

import functools
from collections import defaultdict
from collections.abc import Mapping
from contextlib import AbstractContextManager
from contextvars import ContextVar
from dataclasses import dataclass
from decimal import Decimal, InvalidOperation

import httpx
import stamina
from stamina.instrumentation import RetryDetails, get_on_retry_hooks, set_on_retry_hooks
from stamina.typing import RetryHook

from harvester.errors import BudgetExhausted, SourceDown, Unreadable
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.transport.refusals import Refusal, is_over_budget, refuse

__all__ = ["ANSWERS", "Budgeted", "Layer", "Patience", "Retried", "Tally"]

ANSWERS = frozenset({200, 404})
"""The statuses that say something about the works asked for, and not about the asking."""

NEVER_SENT = (httpx.ConnectError, httpx.ConnectTimeout, httpx.PoolTimeout, httpx.ProxyError, httpx.UnsupportedProtocol)

# The edge refuses these before it charges, and gives back what a time-out cost (GitHub
# ourresearch/openalex-api-proxy, src/index.ts).
NOT_CHARGED = frozenset({401, 403, 429, 503, 504})


@dataclass(frozen=True)
class Patience:
    """How long to go on asking: attempts a request, first and longest wait in seconds between them.

    A source that cannot be connected to and has not answered at all yet is given up after `first_contacts`
    attempts: there is no network, or no such host, and waiting minutes for that helps nobody.
    """

    attempts: int = 8
    first_wait: float = 1.0
    longest_wait: float = 60.0
    first_contacts: int = 3


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


# -- asking again -----------------------------------------------------------------------------------


class Retried(Layer):
    """Asks again while that can help, and says in one sentence when it cannot.

    A wait that the server asks for beats our own back-off. One longer than patience allows ends the run in a
    state that can be resumed: OpenAlex asks for the hours to midnight when the day's budget is gone. A request
    with the extension `once` is sent again only while the server cannot have read it.
    """

    def __init__(self, inner: httpx.AsyncBaseTransport, *, patience: Patience, tallies: Mapping[str, Tally]) -> None:
        super().__init__(inner)
        self.patience = patience
        self.tallies = tallies
        self._strangers = dict.fromkeys(tallies, 0)
        """How often each source that has never answered could not be connected to."""
        _leave_ours_unlogged()

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Ask until the answer can be read, or patience is at an end."""
        query: Query = request.extensions["query"]
        once = request.extensions.get("once", False)
        attempts = 0
        unlogged = _is_ours.set(True)
        try:
            async for attempt in stamina.retry_context(
                on=self._wait_if_unread if once else self._wait,
                attempts=self.patience.attempts,
                timeout=None,
                wait_initial=self.patience.first_wait,
                wait_max=self.patience.longest_wait,
                wait_jitter=self.patience.first_wait,
            ):
                with attempt:
                    attempts += 1
                    try:
                        return await self._ask(request)
                    except (httpx.ConnectError, httpx.ConnectTimeout) as error:
                        self.tallies[query.source].failed_attempts += 1
                        raise self._unreachable(query.source, error) from error
                    except (Refusal, Unreadable, httpx.TransportError, httpx.DecodingError):
                        self.tallies[query.source].failed_attempts += 1
                        raise
        except httpx.UnsupportedProtocol:
            raise
        except (Refusal, Unreadable, httpx.TransportError, httpx.DecodingError) as error:
            raise SourceDown(
                f"{query.source} gave no answer that can be used in {attempts} "
                f"attempt{'s' if attempts != 1 else ''} (at last: {_reason(error)}); resume later"
            ) from error
        finally:
            _is_ours.reset(unlogged)
        raise AssertionError("stamina returns or raises")

    async def _ask(self, request: httpx.Request) -> httpx.Response:
        query: Query = request.extensions["query"]
        response = await self.inner.handle_async_request(request)
        self._strangers.pop(query.source, None)
        if response.status_code in ANSWERS:
            request.extensions["accept"](response)
        elif not response.has_redirect_location:
            try:
                refuse(query, response, longest_wait=self.patience.longest_wait)
            except Refusal as refusal:
                # Whoever goes too fast is turned away at the door; behind a 503 or a 504 the work may be done.
                if request.extensions.get("once", False) and response.status_code != 429:
                    raise Unreadable(str(refusal)) from refusal
                raise
        return response

    def _unreachable(self, source: str, error: httpx.TransportError) -> Exception:
        if source not in self._strangers:
            return error
        self._strangers[source] += 1
        if self._strangers[source] < self.patience.first_contacts:
            return error
        return SourceDown(f"{source} cannot be reached ({error}); check the network, then resume")

    def _wait_if_unread(self, error: Exception) -> bool | float:
        return isinstance(error, (Refusal, *NEVER_SENT)) and self._wait(error)

    def _wait(self, error: Exception) -> bool | float:
        # A wait of 0, or until a moment that has passed, is no reason to hurry.
        if isinstance(error, Refusal) and error.wait:
            return error.wait
        if isinstance(error, httpx.UnsupportedProtocol):  # where a redirect leads does not change
            return False
        return isinstance(error, Refusal | Unreadable | httpx.TransportError | httpx.DecodingError)


def _reason(error: Exception) -> str:
    if isinstance(error, httpx.TimeoutException):
        return str(error) or "it took too long"
    if isinstance(error, httpx.ConnectError | httpx.ProxyError):
        return f"it cannot be reached: {error}"
    return str(error) or type(error).__name__


_is_ours: ContextVar[bool] = ContextVar("_is_ours", default=False)


@functools.cache
def _leave_ours_unlogged() -> None:
    """Keep stamina's hooks from our retries, which are counted, and leave them to its other users.

    Hooks are global, and by default they log each retry, which reaches the terminal where nothing is
    configured, or standard output where structlog is installed (stamina.hynek.me, instrumentation). Hooks
    that a program sets later on are its wish, and see ours too.
    """
    set_on_retry_hooks([_except_ours(hook) for hook in get_on_retry_hooks()])


def _except_ours(hook: RetryHook) -> RetryHook:
    def called(details: RetryDetails) -> AbstractContextManager[None] | None:
        return None if _is_ours.get() else hook(details)

    return called


# -- paying -----------------------------------------------------------------------------------------


class Budgeted(Layer):
    """Refuses the request that costs more than is left, of the user's budget or of the source's day.

    Inside `Retried`, so a retry is paid for; outside `Paced`, so a refused request takes no time slot. What is
    on its way is promised and cannot be spent twice. What may have arrived counts as spent, until the source
    says what it charged.
    """

    def __init__(
        self, inner: httpx.AsyncBaseTransport, *, budget: Decimal | None, tallies: Mapping[str, Tally]
    ) -> None:
        super().__init__(inner)
        self.budget = budget
        self.tallies = tallies
        self._promised: defaultdict[str, Decimal] = defaultdict(Decimal)

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Pay, ask, and correct the account by what the source says it charged."""
        query: Query = request.extensions["query"]
        tally = self.tallies[query.source]
        cost = POLICIES[query.source].price(query.url)
        if cost:
            self._afford(query.source, cost)
        self._promised[query.source] += cost
        charged, left = cost, None
        try:
            response = await self.inner.handle_async_request(request)
            charged, left = _account(response, cost)
        except NEVER_SENT:
            charged = Decimal(0)
            raise
        finally:
            self._promised[query.source] -= cost
            tally.spent += charged
            if left is not None:
                tally.remaining = left
            elif tally.remaining is not None:
                tally.remaining = max(Decimal(0), tally.remaining - charged)
        return response

    def _afford(self, source: str, cost: Decimal) -> None:
        if self.budget is not None:
            left = self.budget - sum(tally.spent for tally in self.tallies.values()) - sum(self._promised.values())
            if cost > left:
                raise BudgetExhausted(
                    f"of the budget of ${self.budget:f}, ${max(left, Decimal(0)):f} is left "
                    f"and the next request to {source} costs ${cost:f}; resume with a larger one"
                )
        remaining = self.tallies[source].remaining
        if remaining is not None and cost > remaining - self._promised[source]:
            raise BudgetExhausted(
                f"{source} allows ${remaining:f} more today and the next request costs ${cost:f}; "
                "resume after midnight UTC"
            )


def _account(response: httpx.Response, cost: Decimal) -> tuple[Decimal, Decimal | None]:
    """Say what an answer cost, and what it says is left today."""
    # On a 429 for going too fast OpenAlex reports 0 left although the budget is whole
    # (GitHub ourresearch/openalex-api-proxy, src/rateLimiter.ts).
    if response.status_code in NOT_CHARGED and not is_over_budget(response):
        return Decimal(0), None
    charged = _dollars(response, "x-ratelimit-cost-usd")
    if response.status_code in NOT_CHARGED:
        charged = Decimal(0)
    left = _dollars(response, "x-ratelimit-remaining-usd")
    if left is not None:
        left += _dollars(response, "x-ratelimit-prepaid-remaining-usd") or Decimal(0)
    return cost if charged is None else charged, left


def _dollars(response: httpx.Response, header: str) -> Decimal | None:
    try:
        amount = Decimal(response.headers[header])
    except (KeyError, InvalidOperation):
        return None
    return amount if amount.is_finite() and amount >= 0 else None
