"""One polite visitor to every source: the layers put together, and one question asked through them."""

import asyncio
import re
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar
from urllib.parse import urlsplit
from weakref import WeakValueDictionary

import httpx

from harvester.errors import InputError, Rejected, SourceDown, Unreadable
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.transport.cache import Cache
from harvester.transport.credentials import Credentialed, Credentials
from harvester.transport.layers import Budgeted, Patience, Retried, Tally
from harvester.transport.pace import Paced
from harvester.transport.wire import wire

__all__ = ["Client", "Reply"]

T = TypeVar("T")
Read = Callable[[Query, int, bytes], T]


@dataclass(frozen=True)
class Reply(Generic[T]):
    """An answer, read: its value, and how it was had."""

    value: T
    status: int
    from_cache: bool


class Client:
    """One polite visitor to every source.

    `replica` replaces the public hosts by `REPLICA/crossref`, `REPLICA/openalex`. Use it as an async context
    manager; `tallies` says at any time what was asked and spent, `cache_failure` why the cache folder could
    not be used, if it could not: the questions are then asked without it.

    Raises `InputError` for a replica, a proxy or a budget that cannot be one.
    """

    def __init__(
        self,
        *,
        cache: Path,
        credentials: Credentials,
        replica: str | None = None,
        refresh: bool = False,
        budget: Decimal | None = None,
        patience: Patience,
    ) -> None:
        if budget is not None and not (budget.is_finite() and budget >= 0):
            raise InputError(f"a budget of {budget} is no amount of US dollars")
        self.tallies: dict[str, Tally] = {source: Tally() for source in POLICIES}
        self.replica = None if replica is None else _address(replica)
        self.refresh = refresh
        self._cache = Cache(cache)
        self._asking: WeakValueDictionary[str, asyncio.Lock] = WeakValueDictionary()
        credentialed = Credentialed(wire(), credentials=credentials)
        paced = Paced(credentialed, credentials=credentials, patience=patience, tallies=self.tallies)
        budgeted = Budgeted(paced, budget=budget, tallies=self.tallies)
        self._http = httpx.AsyncClient(
            transport=Retried(budgeted, patience=patience, tallies=self.tallies),
            # Crossref lists of reference-rich works have been seen to take most of a minute.
            timeout=httpx.Timeout(90.0, connect=20.0),
            follow_redirects=True,
            max_redirects=5,
        )

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        try:
            await self._http.aclose()
        finally:
            await self._cache.aclose()

    @property
    def cache_failure(self) -> str | None:
        """Why the cache could not be used, the first time that it could not."""
        return self._cache.failure

    async def ask(self, query: Query, read: Read[T], *, fresh: bool = False, once: bool = False) -> Reply[T]:
        """Ask and read; `read` may raise `Unreadable`, which is asked again. `fresh` asks past the cache.

        `once` is for what answers anew each time it is asked, such as the next page of a cursor that the server
        moves: it is asked past the cache and not kept there, and asked again only while the server cannot have
        read it. `SourceDown` then says that the answer is lost.

        Raises `BudgetExhausted`, `SourceDown`, `AccessRefused` or `Rejected`.
        """
        host = POLICIES[query.source].host
        # A queue of questions may come from a stranger's library; keys are for their own source only.
        if not query.url.startswith(f"{host}/"):
            raise Rejected(f"{query.source} is asked at {host} and nowhere else, not at {query.url}")
        address = f"{self.replica}/{query.source}" if self.replica else host
        url = address + query.url.removeprefix(host)
        # Ten concurrent misses of one URL would otherwise be ten requests.
        lock = self._asking.setdefault(url, asyncio.Lock())
        async with lock:
            if not (once or fresh or self.refresh):
                stored = await self._cache.find(url)
                if stored is not None:
                    try:
                        value = read(query, stored.status, stored.body)
                    except Unreadable:
                        # Left by an earlier version: what cannot be read is not kept.
                        await self._cache.forget(url)
                    else:
                        self.tallies[query.source].from_cache += 1
                        return Reply(value, stored.status, from_cache=True)
            return await self._ask(query, read, url, address, once=once)

    async def _ask(self, query: Query, read: Read[T], url: str, address: str, *, once: bool) -> Reply[T]:
        values: list[T] = []

        def accept(response: httpx.Response) -> None:
            values[:] = [read(query, response.status_code, response.content)]

        try:
            extensions = {"query": query, "accept": accept, "address": httpx.URL(address), "once": once}
            response = await self._http.get(url, extensions=extensions)
        except httpx.InvalidURL as error:
            raise Rejected(f"{query.source} cannot be asked at {url[:200]}: {error}") from error
        except httpx.RequestError as error:  # the layers have seen to all others
            raise SourceDown(f"{query.source} redirects to where nobody can follow: {error}") from error
        if not once:
            await self._cache.keep(
                url,
                status=response.status_code,
                raw=response.extensions["raw"],
                encoding=response.extensions["encoding"],
            )
        return Reply(values[0], response.status_code, from_cache=False)


def _address(replica: str) -> str:
    """Check the address of a replica, given by hand.

    A name or a password in it would be written into the cache with every URL.
    """
    try:
        parts = urlsplit(replica)
        usable = parts.scheme in {"http", "https"} and bool(parts.hostname) and (parts.port is None or parts.port > 0)
        httpx.URL(replica)
    except (ValueError, httpx.InvalidURL):
        usable = False
    if not usable or parts.query or parts.fragment or "@" in parts.netloc or not re.fullmatch(r"[!-~]+", replica):
        shown = "the address given" if "@" in replica else repr(replica)
        raise InputError(f"{shown} is not that of a replica; it looks like http://127.0.0.1:8000")
    return replica.rstrip("/")
