"""Citation searching: from seed references along citations, backward and forward, round by round.

A round asks every index for the citations of its seeds, then describes the works that these lead to; what passes the
filter of the user is the seeds of the next. What to ask next always follows from what the library holds, so a search
that was cut off anywhere goes on where it was, and one that is repeated asks nothing.

Backward, OpenAlex and Crossref give the list of references with the seed itself, and OpenCitations its own. Forward,
OpenAlex and OpenCitations list the citing works; Crossref counts them and lists none.
"""

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import asdict

from harvester.expression import parse
from harvester.harvest.found import Found
from harvester.harvest.matching import questions_for_titles
from harvester.harvest.runs import by_source
from harvester.harvest.settings import Settings
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, chases, derive, ledger
from harvester.library.chases import Chased, Direction, Scope
from harvester.library.ledger import Run, Waiting
from harvester.library.selection import select
from harvester.model import Page, Query, Record, Skip
from harvester.sources import DESCRIBING, askable, openalex, opencitations, source
from harvester.transport import Client

__all__ = ["Chase", "again", "chase"]

_WAYS: Mapping[Direction, Direction] = {
    "backward": "backward",
    "forward": "forward",
    "cocited": "forward",
    "cociting": "backward",
}
"""In which direction the first step of each goes."""

KINDS = frozenset(("citing", "cited", "cociting", "count"))
"""The kinds of questions that a citation search asks."""


def chase(
    library: Library,
    inputs: Sequence[Input],
    *,
    keys: Iterable[tuple[str, str]] = (),
    scope: Scope,
    settings: Settings,
) -> Run:
    """Begin a citation search from the works that the user named, and from works of the library by their `keys`.

    Each key comes with what it was taken from. A work named twice is one seed.
    """
    named = [(each.identifier, each.origin) for each in inputs if each.identifier]
    seeds = [*((str(identifier), origin) for identifier, origin in named), *keys]
    return ledger.begin(
        library,
        command="chase",
        arguments={"scope": asdict(scope), "refresh": settings.refresh},
        inputs=inputs,
        wanted=by_source(identifier for identifier, _ in named) if settings.refresh else None,
        again=settings.refresh,
        replica=settings.replica,
        note=lambda db, run: chases.begin_round(db, run, 1, seeds),
    )


def again(library: Library, chased: Chased, *, arguments: Mapping[str, object], settings: Settings) -> Run:
    """Begin a citation search from the very seeds of another, which are asked for again themselves."""
    db = library.db
    given = [
        Input(origin, text, Identifier(scheme, value) if scheme else None, reason)
        for origin, text, scheme, value, reason in db.execute(
            "select origin, text, scheme, value, reason from inputs where run = ? order by position", (chased.run.id,)
        ).fetchall()
    ]
    seeds = db.execute(
        "select key, origin from seeds where run = ? and round = 1 order by key", (chased.run.id,)
    ).fetchall()
    return ledger.begin(
        library,
        command="chase",
        arguments={"scope": asdict(chased.scope), **arguments},
        inputs=given,
        wanted=by_source(Identifier(*key.split(":", 1)) for key, _ in seeds),
        again=True,
        replica=settings.replica,
        note=lambda db, run: chases.begin_round(db, run, 1, seeds),
    )


class Chase:
    """The citation search of one run: what it asks next, and what it keeps of the answers."""

    def __init__(self, library: Library, run: Run) -> None:
        self.library = library
        self.run = run
        self.scope = chases.scope_of(ledger.arguments(library, run.id))
        self._lists: tuple[int, list[set[str]]] | None = None
        """The references of the seeds, of the round with this number."""

    # -- what to ask ------------------------------------------------------------------------------

    def advance(self) -> int:
        """Put the next questions into the queue, and tell how many; 0 when the search is at its end."""
        while True:
            derive(self.library)
            current = chases.rounds(self.library, self.run)[-1]
            if current.ended is not None:
                return 0
            if count := self._ask_for_seeds(current):
                return count
            count = self._ask_for_citations(current)
            # Other indexes need not wait for the slowest list, but for a choice among the works found.
            if count == 0 or self.scope.most_works is None:
                count += self._ask_for_works(current)
            if count := count or self._ask_for_co_citing(current):
                return count
            self._end(current)

    def _follows(self, *directions: Direction) -> bool:
        return not set(directions).isdisjoint(self.scope.directions)

    def _ask_for_seeds(self, current: chases.Round) -> int:
        """Ask every index for the seeds that it has not described, by their titles where they have nothing else."""
        count = self._ask_for(sorted(current.seeds))
        unidentified = [key for key in sorted(current.seeds) if key.startswith("import:")]
        return count + ledger.enqueue(self.library, self.run, questions_for_titles(self.library, only=unidentified))

    def _ask_for_citations(self, current: chases.Round) -> int:
        return ledger.enqueue(self.library, self.run, self._about_seeds(current.seeds))

    def _about_seeds(self, seeds: Iterable[str]) -> Iterator[Query]:
        for key in seeds:
            named = self._identifiers(key)
            at_openalex = [each for each in named if each.scheme == "openalex"]
            # One that the index cannot be asked for may be known there by another.
            at_opencitations = [each for scheme in ("doi", "pmid") for each in named if each.scheme == scheme]
            if self._follows("forward", "cocited"):
                yield from openalex.citing(at_openalex)
                yield from next(filter(None, map(opencitations.citing, at_opencitations)), ())
            if self._follows("backward", "cociting"):
                yield from next(filter(None, map(opencitations.cited, at_opencitations)), ())

    def _identifiers(self, key: str) -> list[Identifier]:
        rows = self.library.db.execute(
            "select i.scheme, i.value from identifiers i join works w on w.id = i.work where w.key = ? order by 1, 2",
            (key,),
        )
        own = Identifier(*key.split(":", 1))
        return list(dict.fromkeys([own, *(Identifier(*row) for row in rows)]))

    def _ask_for_works(self, current: chases.Round) -> int:
        """Ask for the works of this round that an index has not described; the ones with most seeds first.

        Works on the way to others are among them: until they are described nobody knows that a W id and a DOI are one.
        """
        seeds_of: dict[str, set[str]] = {}
        for direction in sorted({*self.scope.directions, *(_WAYS[each] for each in self.scope.directions)}):
            for key, seeds in chases.linked(self.library, current.seeds, direction, self.scope).items():
                seeds_of.setdefault(key, set()).update(seeds)
        return self._ask_for(sorted(seeds_of, key=lambda key: (-len(seeds_of[key]), key))[: self.scope.most_works])

    def _ask_for(self, keys: Iterable[str]) -> int:
        wanted: dict[str, list[Identifier]] = {name: [] for name in DESCRIBING}
        for key in keys:
            sources = self._sources(key)
            named = self._identifiers(key)
            for name in wanted:
                if name not in sources and (asked := _best(name, named)):
                    wanted[name].append(asked)
        own = [each for each in wanted["openalex"] if each.scheme == "openalex"]
        # Many a DOI that another index cites turns out to be one of these works: it is asked for when they are known.
        if count := ledger.want(self.library, self.run, {**wanted, "openalex": own} if own else wanted):
            return count
        return ledger.want(self.library, self.run, wanted)

    def _sources(self, key: str) -> set[str]:
        row = self.library.db.execute("select sources from works where key = ?", (key,)).fetchone()
        return set(row[0].split()) if row else set()

    def _ask_for_co_citing(self, current: chases.Round) -> int:
        """Ask for the works that cite what the seeds cite, hubs apart; only OpenAlex can be asked for that in lists."""
        if not self._follows("cociting"):
            return 0
        cited = sorted({each for references in self._references(current).values() for each in references})
        named = [Identifier("openalex", value) for value in cited]
        return ledger.enqueue(self.library, self.run, openalex.citing(named, kind="cociting"))

    def _references(self, current: chases.Round) -> dict[str, set[str]]:
        """Give the W ids of what each seed cites, but for the works that are cited too often to tell anything."""
        rows = self.library.db.execute(
            "select s.key, i.value from works s join citations c on c.citing = s.id join works w on w.id = c.cited"
            " join identifiers i on i.work = w.id and i.scheme = 'openalex'"
            " where s.key in (select value from json_each(?)) and coalesce(w.cited_by_count, 0) <= ?",
            (json.dumps(sorted(current.seeds)), self.scope.hub),
        )
        found: dict[str, set[str]] = {}
        for seed, value in rows:
            found.setdefault(seed, set()).add(value)
        return found

    def _end(self, current: chases.Round) -> None:
        """Begin the next round, or say why there is none."""
        before: set[str] = set()
        found: set[str] = set()
        seeds: set[str] = set()
        for each in chases.rounds(self.library, self.run):
            before |= found
            seeds |= each.seeds.keys()
            found = {
                key
                for direction in self.scope.directions
                for key in chases.linked(self.library, each.seeds, direction, self.scope)
            }
        fresh = found - before - seeds
        reason = None
        kept: list[tuple[str, str]] = []
        if not fresh:
            reason = "the round added nothing"
        elif self.scope.most_works is not None and len(before | found) >= self.scope.most_works:
            reason = f"{self.scope.most_works:,} works were found"
        elif current.number >= self.scope.rounds:
            reason = "no more rounds were asked for"
        else:
            kept = [(key, self.scope.keep or f"round {current.number}") for key in sorted(self._passing(fresh))]
            reason = None if kept else "nothing that the round added passed the filter"
        if reason is not None:
            chases.end_round(self.library, self.run, current.number, reason)
            return
        with self.library.transaction() as db:
            chases.begin_round(db, self.run, current.number + 1, kept)

    def _passing(self, keys: set[str]) -> set[str]:
        if self.scope.keep is None:
            return keys
        return keys & select(self.library, parse.parse(self.scope.keep), text=self.scope.keep)

    # -- what comes -------------------------------------------------------------------------------

    async def ask(self, request: Waiting, client: Client) -> Found:
        """Ask one question, and keep of the answer what the search is to have; raises what `Client.ask` raises."""
        query = request.query
        reply = await client.ask(query, source(query.source).read)
        page = reply.value
        received = len(page.items) + len(page.skips)
        if query.kind == "citing" and self.scope.most_citing is not None:
            page = self._capped(query, page, self.scope.most_citing)
        elif query.kind == "cociting":
            page = self._sharing(page)
        # Which works to ask other indexes for is decided when all of a round are known: in full lists, and each once.
        return Found(
            page,
            (),
            received,
            reply.status,
            reply.from_cache,
            follow_up=False,
            note=lambda db: chases.arrived(db, request.id, (item.record.native_id for item in page.items)),
        )

    def _capped(self, query: Query, page: Page, most: int) -> Page:
        (before,) = self.library.db.execute(
            "select coalesce(sum(received), 0) from requests where run = ? and source = ? and kind = 'citing'"
            " and asked = ? and state = 'done'",
            (self.run.id, query.source, json.dumps([list(each) for each in query.asked])),
        ).fetchone()
        room = max(most - before, 0)
        if len(page.items) < room or (len(page.items) == room and not page.next):
            return page
        detail = f"of {page.total or 'all'} works that cite {query.asked[0]} the first {most:,} were taken"
        skip = Skip(source=query.source, reason="beyond the cap", detail=detail)
        return page.model_copy(update={"items": page.items[:room], "next": (), "skips": (*page.skips, skip)})

    def _sharing(self, page: Page) -> Page:
        """Leave out the works that have too few references in common with every seed."""
        current = chases.rounds(self.library, self.run)[-1]
        if self._lists is None or self._lists[0] != current.number:
            self._lists = current.number, list(self._references(current).values())
        kept = tuple(item for item in page.items if self._shares(item.record, self._lists[1]))
        names = {item.record.native_id for item in page.items} - {item.record.native_id for item in kept}
        dropped = {Identifier("openalex", name) for name in names}
        following = tuple(each for each in page.next if each.kind != "single" or dropped.isdisjoint(each.asked))
        return page.model_copy(update={"items": kept, "next": following})

    def _shares(self, record: Record, lists: list[set[str]]) -> bool:
        cited = {
            each.value for reference in record.references for each in reference.targets if each.scheme == "openalex"
        }
        return any(len(cited & references) >= self.scope.shared for references in lists)


def _best(name: str, named: Sequence[Identifier]) -> Identifier | None:
    """Choose by what to ask a source for a work: its own id, then the DOI, then the PMID."""
    for scheme in ("openalex", "doi", "pmid"):
        for each in named:
            if each.scheme == scheme and askable(name, each):
                return each
    return None
