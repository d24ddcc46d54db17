"""One polite visitor to every source: the layers put together, and one question asked through them."""

import logging
from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from types import TracebackType
from typing import Generic, Self, TypeVar

import httpx
import stamina.instrumentation

from harvester.errors import Unreadable
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.transport.layers import (
    Budgeted,
    Cached,
    Credentialed,
    Credentials,
    Paced,
    Patience,
    Retried,
    Tally,
    wire,
)

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
    manager; `tallies` says at any time what was asked and spent.
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
        cache.mkdir(parents=True, exist_ok=True)
        self.tallies: dict[str, Tally] = {source: Tally() for source in POLICIES}
        self.replica = replica.rstrip("/") if replica else None
        self.cache_failure: str | None = None
        stamina.instrumentation.set_on_retry_hooks([])  # it logs every retry; ours are counted
        logging.getLogger("hishel").addHandler(_CacheFailures(self))
        logging.getLogger("hishel").propagate = False
        paced = Paced(Credentialed(wire(), credentials=credentials), credentials=credentials, tallies=self.tallies)
        retried = Retried(Budgeted(paced, budget=budget, tallies=self.tallies), patience=patience, tallies=self.tallies)
        self._cached = Cached(retried, folder=cache, refresh=refresh)
        # Crossref lists of reference-rich works have been seen to take most of a minute.
        timeout = httpx.Timeout(90.0, connect=20.0)
        self._http = httpx.AsyncClient(transport=self._cached, timeout=timeout, follow_redirects=True)

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        await self._http.aclose()

    async def ask(self, query: Query, read: Read[T], *, fresh: bool = False) -> Reply[T]:
        """Ask and read; `read` may raise `Unreadable`, which is asked again.

        Raises `BudgetExhausted`, `SourceDown`, `AccessRefused` or `Rejected`.
        """
        host = POLICIES[query.source].host
        base = f"{self.replica}/{query.source}" if self.replica else host
        url = base + query.url.removeprefix(host)
        values: list[T] = []

        def accept(response: httpx.Response) -> None:
            values[:] = [read(query, response.status_code, response.content)]

        extensions = {"query": query, "accept": accept, "fresh": fresh, "told": base}
        response = await self._http.get(url, extensions=extensions)
        from_cache = bool(response.extensions.get("from_cache"))
        if from_cache:
            try:
                accept(response)
            except (Unreadable, httpx.DecodingError):
                # Left by an earlier version, or damaged on disk: what cannot be read is not kept.
                await self._cached.forget(url)
                return await self.ask(query, read, fresh=True)
            self.tallies[query.source].from_cache += 1
        return Reply(values[0], response.status_code, from_cache)


class _CacheFailures(logging.Handler):
    """Keeps hishel's first complaint (a full disk, a damaged file) as a sentence instead of a traceback."""

    def __init__(self, client: Client) -> None:
        super().__init__(logging.ERROR)
        self.client = client

    def emit(self, record: logging.LogRecord) -> None:
        reason = record.exc_info[1] if record.exc_info else record.getMessage()
        self.client.cache_failure = self.client.cache_failure or str(reason)
