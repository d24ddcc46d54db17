"""What a search brings: whole pages of OpenAlex, and slices of Crossref judged record by record.

OpenAlex may cut a page short after five seconds of its own and still call it an answer (GitHub
ourresearch/openalex-elastic-api core/shared_view.py, the time-out of its index); what has arrived is therefore
compared with the number that the answer states. Crossref reads a search from a scroll on its side, which can be
neither resumed nor asked again for a page; a slice is therefore read whole or begun again.
"""

import sqlite3
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import cached_property

from harvester.errors import SourceDown
from harvester.expression import evaluate, parse
from harvester.expression.evaluate import Described
from harvester.identifiers import Identifier
from harvester.library import Library, ledger
from harvester.library.ledger import Run, Waiting
from harvester.model import Page, Query, Skip
from harvester.sources import crossref_search, source
from harvester.sources.crossref_search import Judged
from harvester.transport import Client, Reply

__all__ = ["Found", "Search"]

TRIES = 3
"""So often a page that falls short is asked for, and a slice that broke is begun."""

Judge = Callable[[Described], bool | None]


@dataclass(frozen=True)
class Found:
    """One answer: its page; of a search also the source's own ids with what each was found to be, how many arrived."""

    page: Page
    hits: tuple[tuple[str, str], ...]
    received: int
    status: int
    from_cache: bool
    wanted: tuple[Identifier, ...] = ()
    """Works to be asked for besides."""
    follow_up: bool = True
    """False where other sources are asked about these works later."""
    note: Callable[[sqlite3.Connection], None] = lambda _: None
    """Puts on record what was concluded from the answer, in the transaction that keeps it."""

    @classmethod
    def of(cls, reply: Reply[Page]) -> "Found":
        """Take an answer to another question than a search as it is."""
        return cls(reply.value, (), _arrived(reply.value), reply.status, reply.from_cache)

    @property
    def kept(self) -> list[str]:
        """The ids of the works that the search found."""
        return [native for native, state in self.hits if state == "kept"]

    @property
    def identifiers(self) -> list[Identifier]:
        """The DOIs of the works that arrived, and of those that were judged and kept."""
        if not self.follow_up:
            return []
        dois = [item.record.doi for item in self.page.items if item.record.doi] if self.page.items else self.kept
        return [*(Identifier("doi", doi) for doi in dois), *self.wanted]


class Search:
    """The search of one run, as the ledger has it: asks its questions, and keeps to its limit."""

    def __init__(self, library: Library, run: Run) -> None:
        self.library = library
        self.run = run
        arguments = ledger.arguments(library, run.id)
        self.text: str = arguments["searched"]
        self.is_exact: bool = arguments["unstemmed"]
        self.limit: int | None = arguments["limit"]
        self.depth: int = arguments["depth"]

    @cached_property
    def _judge(self) -> Judge:
        return evaluate.matcher(parse.parse(self.text), exact=self.is_exact, unknown_abstract="unknown")

    async def ask(self, request: Waiting, client: Client) -> Found:
        """Ask one question of the search; raises what `Client.ask` raises."""
        if request.query.source == "crossref":
            return self._limited(request, await self._slice(request.query, client))
        return self._limited(request, await self._page(request, client))

    async def _page(self, request: Waiting, client: Client) -> Found:
        query = request.query
        read = source(query.source).read
        earlier = ledger.received(self.library, self.run, request)
        best: Reply[Page] | None = None
        for tried in range(TRIES):
            reply = await client.ask(query, read, fresh=tried > 0)
            if best is None or _arrived(reply.value) > _arrived(best.value):
                best = reply
            page = best.value
            is_last = not any(following.kind == "search" for following in page.next)
            if not is_last or page.total is None or earlier + _arrived(page) >= page.total:
                break
        assert best is not None
        natives = dict.fromkeys(item.record.native_id for item in best.value.items)
        hits = tuple((native, "kept") for native in natives)
        return Found(best.value, hits, _arrived(best.value), best.status, best.from_cache)

    async def _slice(self, query: Query, client: Client) -> Found:
        """Read a slice to its depth, from its first page on; one that breaks off is begun again, past the cache."""
        read: dict[str, str] = {}
        skips: dict[Skip, None] = {}
        for tried in range(TRIES):
            pages: list[Reply[Judged]] = []
            seen: set[str] = set()
            following: Query | None = query
            try:
                while following is not None and len(seen) < self.depth:
                    # A scroll is only good for the one who opened it: nothing of it comes from the cache.
                    is_first = not pages
                    reply = await client.ask(
                        following, self._judged, fresh=tried > 0 or "cursor=" in query.url, once=not is_first
                    )
                    pages.append(reply)
                    fresh = {verdict.doi for verdict in reply.value.verdicts} - seen
                    seen |= fresh
                    # The next page has the address of this one: who is sent the same page again would go round.
                    following = reply.value.following if fresh else None
                    skips.update(dict.fromkeys(reply.value.skips))
                    for verdict in reply.value.verdicts:
                        read.setdefault(verdict.doi, verdict.state)
            except SourceDown:
                if tried == TRIES - 1 or not pages:
                    raise
                continue
            total = pages[0].value.total
            if total is None or len(seen) + len(skips) >= min(total, self.depth):
                break  # whole; a slice that falls short is read again, and in the end kept as it is
        first = pages[0]
        page = Page(skips=tuple(skips), total=first.value.total)
        return Found(page, tuple(read.items()), len(read) + len(skips), first.status, first.from_cache)

    def _judged(self, query: Query, status: int, body: bytes) -> Judged:
        return crossref_search.read(query, status, body, judge=self._judge)

    def _limited(self, request: Waiting, found: Found) -> Found:
        """Leave out what goes beyond the limit; a search that is full asks for nothing more."""
        if self.limit is None:
            return found
        kept = found.kept
        count, known = ledger.held(self.library, self.run, request.query.source, kept)
        fresh = [native for native in kept if native not in known]
        beyond = set(fresh[max(self.limit - count, 0) :])
        page = found.page
        if count + len(fresh) >= self.limit:
            page = page.model_copy(
                update={"next": tuple(following for following in page.next if following.kind != "search")}
            )
        if beyond:
            items = tuple(item for item in page.items if item.record.native_id not in beyond)
            asked = {Identifier("openalex", native) for native in beyond}
            following = tuple(each for each in page.next if not asked.intersection(each.asked))
            page = page.model_copy(update={"items": items, "next": following})
        return replace(found, page=page, hits=tuple(hit for hit in found.hits if hit[0] not in beyond))

    def is_full(self, name: str) -> bool:
        """Tell whether this source has brought as many works as the search may have from it."""
        return self.limit is not None and ledger.held(self.library, self.run, name)[0] >= self.limit


def _arrived(page: Page) -> int:
    return len(page.items) + len(page.skips)
