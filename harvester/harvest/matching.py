"""What references without an identifier name: looked for in the library first, then at Crossref and OpenAlex.

So is a work that a file brought without an identifier. The indexes answer with what is similar; our own comparison
decides. Crossref is asked first, since it costs nothing; OpenAlex then for what is still open and has a title.
"""

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence
from dataclasses import dataclass
from decimal import Decimal
from functools import cached_property
from itertools import islice
from typing import NamedTuple

from harvester.harvest.found import Found
from harvester.harvest.settings import Settings
from harvester.identifiers import Identifier
from harvester.library import Library, decisions, ledger, matching, reading
from harvester.library.candidates import catalogue
from harvester.library.incomplete import unidentified
from harvester.library.ledger import Run, Waiting
from harvester.library.matches import SURE
from harvester.library.matching import Open, Said
from harvester.match import Catalogue, Decision, Description, compare
from harvester.merge import key_of
from harvester.model import Page, Query, Record, Reference, Work
from harvester.policy import POLICIES
from harvester.sources import source
from harvester.sources.bibliographic import at_crossref, at_openalex, likely_title
from harvester.transport import Client

__all__ = ["INDEXES", "Asking", "Matching", "forecast_match", "match", "questions_for_titles"]

INDEXES = ("crossref", "openalex")
"""The indexes that can be asked for a description, in the order in which they are asked."""


class Asking(NamedTuple):
    """What matching would ask of one index at least, how long that takes in seconds and what it costs in US dollars."""

    source: str
    references: int
    seconds: float
    dollars: Decimal


@dataclass(frozen=True)
class _Wanted:
    """What a question is about: a reference, or a work that a file brought."""

    text: str
    title: str | None


def match(
    library: Library,
    *,
    indexes: Sequence[str],
    limit: int | None,
    said: Sequence[Said] = (),
    settings: Settings,
) -> tuple[Run, list[Said]]:
    """Begin a run that looks for what the references name: here at once, at these indexes when it is carried out.

    `said` is kept first and counts before all that is found. Only what the library itself leaves open is asked for,
    the references that most works print first, `limit` of them at most, and none that an index has been asked for
    before. Given besides the run is what people said of references that are not here.
    """
    arguments = {"indexes": list(indexes), "limit": limit, "refresh": settings.refresh}
    run, unknown = matching.begin(library, arguments=arguments, said=said, replica=settings.replica)
    here = matching.open_references(library)
    matching.match_here(library, run, here, catalogue(library))
    if indexes:
        queries = _questions(library, matching.open_references(library), indexes, refresh=settings.refresh)
        ledger.enqueue(library, run, islice(queries, limit))
    return run, unknown


def forecast_match(library: Library, *, indexes: Sequence[str], limit: int | None, settings: Settings) -> list[Asking]:
    """Say what matching would ask of each index at most: the library itself may know some of it, and spare that."""
    wanted = [_about(each.reference) for each in matching.open_references(library).values()][:limit]
    asking = []
    for name in indexes:
        queries = [query for each in wanted if (query := _question(name, each, Identifier("reference", "0")))]
        rate = POLICIES[name].rate("search", identified=settings.credentials.known_to(name))
        price = sum((POLICIES[name].price(query.url) for query in queries), Decimal(0))
        asking.append(Asking(name, len(queries), len(queries) / rate.per_second, price))
    return asking


def _about(reference: Reference) -> _Wanted:
    parts = (reference.author, reference.year, reference.title, reference.venue, reference.volume, reference.first_page)
    text = reference.text or " ".join(str(part) for part in parts if part)
    return _Wanted(text, reference.title or (likely_title(reference.text) if reference.text else None))


def _described(work: Work) -> _Wanted:
    authors = " ".join(author.family or author.name for author in (work.authors or ())[:3])
    venue = work.venue.name if work.venue else None
    parts = (authors, work.year, work.title, venue, work.volume, work.first_page)
    return _Wanted(" ".join(str(part) for part in parts if part), work.title)


def _question(name: str, wanted: _Wanted, asked: Identifier) -> Query | None:
    if name == "crossref":
        return at_crossref(wanted.text, asked=asked)
    return at_openalex(wanted.title, asked=asked) if wanted.title else None


def _first(wanted: _Wanted, asked: Identifier, indexes: Iterable[str]) -> Query | None:
    return next((query for name in indexes if (query := _question(name, wanted, asked))), None)


def _questions(library: Library, wanted: Mapping[str, Open], indexes: Sequence[str], *, refresh: bool) -> list[Query]:
    put = set() if refresh else _put(library, "reference")
    queries = (
        _first(
            _about(each.reference),
            Identifier("reference", words),
            [name for name in indexes if (name, words) not in put],
        )
        for words, each in wanted.items()
    )
    return [query for query in queries if query]


def _put(library: Library, scheme: str) -> set[tuple[str, str]]:
    """Give the descriptions that each index has answered about."""
    rows = library.db.execute(
        "select source, asked from requests where kind = 'search' and state = 'done' and part is null"
    )
    return {(name, value) for name, asked in rows for kind, value in json.loads(asked) if kind == scheme}


def questions_for_titles(
    library: Library, *, only: Collection[str] | None = None, limit: int | None = None, refresh: bool = False
) -> list[Query]:
    """Ask for the works (all, or `only` these) that files brought without any identifier, by what the files say."""
    if only is not None and not only:
        return []
    put = set() if refresh else _put(library, "import")
    queries = (
        _first(_described(work), Identifier("import", value), [name for name in INDEXES if (name, value) not in put])
        for work in unidentified(library)
        if work.title and (value := work.key.removeprefix("import:")) and (only is None or work.key in only)
    )
    return list(islice(filter(None, queries), limit))


class Matching:
    """The questions of a run about descriptions, and what is concluded from the answers."""

    limit: int | None = None

    def __init__(self, library: Library, run: Run) -> None:
        self.library = library
        self.run = run
        self.indexes: Sequence[str] = ledger.arguments(library, run.id).get("indexes", INDEXES)

    def is_full(self, _name: str) -> bool:
        """Say that there is always room: a limit was kept to when the questions were put."""
        return False

    @cached_property
    def _open(self) -> dict[str, Open]:
        return matching.open_references(self.library, matched=True)

    @cached_property
    def _catalogue(self) -> Catalogue:
        return catalogue(self.library)

    @cached_property
    def _barred(self) -> set[tuple[str, str]]:
        return matching.rejected(self.library)

    async def ask(self, request: Waiting, client: Client) -> Found:
        """Ask one question, and compare what comes; raises what `Client.ask` raises."""
        query = request.query
        reply = await client.ask(query, source(query.source).read)
        records = [item.record for item in reply.value.items]
        (asked,) = query.asked
        judge = self._reference if asked.scheme == "reference" else self._work
        following, wanted, note = judge(asked, records, query.source)
        page = Page(next=(following,) if following else (), total=reply.value.total)
        return Found(page, (), len(records), reply.status, reply.from_cache, wanted, note=note)

    def _next(self, about: _Wanted, asked: Identifier, name: str) -> Query | None:
        return _first(about, asked, self.indexes[self.indexes.index(name) + 1 :])

    def _reference(self, asked: Identifier, records: list[Record], name: str) -> "_Concluded":
        each = self._open.get(asked.value)
        if each is None:
            return None, (), lambda _: None
        # What the library holds is weighed too: another work that fits as well makes it ambiguous.
        candidates = [*self._catalogue.find(each.reference), *(Description.of(one, key=key_of(one)) for one in records)]
        found = matching.judge(each, candidates, origin=name, barred=self._barred)
        following = None if found.match.standing in SURE else self._next(_about(each.reference), asked, name)
        return following, (), lambda db: matching.keep(db, self.run, [found], self._open)

    def _work(self, asked: Identifier, records: list[Record], name: str) -> "_Concluded":
        key = str(asked)
        work = reading.work(self.library, key)
        mine = Description.of(work, key=key)
        verdicts = {key_of(one): compare(mine, Description.of(one, key=key_of(one))) for one in records}
        same = [one for one in records if verdicts[key_of(one)].decision == Decision.SAME]
        best = min(same, key=lambda one: (one.doi is None, key_of(one)), default=None)
        if best is None or not all(_are_same(best, one) for one in same):
            return self._next(_described(work), asked, name), (), lambda _: None
        scheme, _, value = key_of(best).partition(":")
        verdict = verdicts[key_of(best)]
        return None, (Identifier(scheme, value),), lambda db: decisions.join(db, self.run, verdict)


def _are_same(one: Record, other: Record) -> bool:
    verdict = compare(Description.of(one, key="one"), Description.of(other, key="other"))
    return one is other or verdict.decision == Decision.SAME


_Concluded = tuple[Query | None, tuple[Identifier, ...], Callable[[sqlite3.Connection], None]]
"""What to ask next about it, which works to ask for besides, and what to keep."""
