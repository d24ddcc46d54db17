"""What was searched, brought in and looked up: every search as it was run, with counts reported and received."""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import takewhile
from typing import Any
from urllib.parse import urlsplit

from harvester.library import ledger, searches
from harvester.library.ledger import Run
from harvester.library.store import Library
from harvester.merge import FILES
from harvester.review.figures import Figure, Given, asked, clean, computed
from harvester.review.running import RunOnRecord, name_of

__all__ = [
    "Imported",
    "Interface",
    "LookedUp",
    "Question",
    "Searching",
    "file_of",
    "imports_of",
    "interface",
    "lookups_of",
    "searches_of",
]

_VERSION = re.compile(r"/(v\d[\w.]*)(?=/|$)")


@dataclass(frozen=True)
class Interface:
    """Where questions were sent; `version` is the one that the address names, None where it names none."""

    address: str
    version: str | None

    def __str__(self) -> str:
        return f"{self.address} ({f'version {self.version}' if self.version else 'the address names no version'})"


@dataclass(frozen=True)
class Question:
    """One of the questions that a search was put in, as it was sent."""

    url: str
    reported: int | None
    received: int
    short: int
    requests: int
    state: str
    detail: str | None


@dataclass(frozen=True)
class Searching:
    """One search at one index, as it was run.

    `changes` are what the program did to the search before it was sent; `searched` is what was sent, in the language
    of searches, and the URLs of `questions` are that in the language of the index. None stands for what the index does
    not have (a corpus, at Crossref).
    """

    run: RunOnRecord
    index: str
    text: str
    strategy: tuple[tuple[str, str], ...]
    searched: str
    is_exact: bool
    changes: tuple[str, ...]
    corpus: str | None
    fulltext: bool | None
    limit: int | None
    depth: int | None
    until: str | None
    indexed_since: str | None
    """From which day on a repeated search asked Crossref for what it had indexed; None for everything."""
    interface: Interface
    first_answer: Figure
    last_answer: Figure
    questions: tuple[Question, ...]
    reported: Figure
    received: Figure
    kept: Figure
    fresh: Figure
    """Of these, what no earlier run of the same search had found: all, but where it repeats one."""
    outside: Figure
    unjudged: Figure
    short: Figure
    from_cache: Figure

    @property
    def name(self) -> str:
        """What the index calls itself."""
        return name_of(self.index)

    @property
    def limits(self) -> tuple[str, ...]:
        """What narrowed the search besides its words, in words; what is part of the expression stands there."""
        found = []
        if self.limit is not None:
            found.append(f"at most {self.limit:,} works, best ranked first")
        if self.depth is not None:
            found.append(
                f"the first {self.depth:,} records of every year of registration"
                + (f" up to {self.until}" if self.until else "")
            )
        if self.indexed_since:
            found.append(f"what Crossref had indexed since {self.indexed_since}")
        if self.corpus == "core":
            found.append("the core corpus of OpenAlex, without its expansion")
        return tuple(found)


@dataclass(frozen=True)
class Imported:
    """A file of records that was brought in.

    `seeds_of` is the run of the citation search that set out from its records, `repeats` the run that brought in the
    same file under the same label before; only a file that has neither counts among the records identified.
    """

    run: RunOnRecord
    file: str
    label: str
    checksum: str
    format: str
    records: Figure
    unread: Figure
    works: Figure
    seeds_of: int | None
    repeats: int | None

    @property
    def counts(self) -> bool:
        """True when its records are identified by it, and by nothing else on record."""
        return self.seeds_of is None and self.repeats is None


@dataclass(frozen=True)
class LookedUp:
    """Works that were asked for by their identifiers, and what became of them."""

    run: RunOnRecord
    given: Figure
    found: Figure
    missing: Figure
    failed: Figure
    waiting: Figure
    not_understood: Figure


def interface(library: Library, run: int, index: str) -> Interface:
    """Say where an index was asked: the address up to its path, which is as near to a version as addresses come."""
    (url,) = library.db.execute(
        "select url from requests where run = ? and source = ? order by id limit 1", (run, index)
    ).fetchone()
    parts = urlsplit(clean(url))
    found = _VERSION.search(parts.path)
    if found:
        return Interface(f"{parts.scheme}://{parts.netloc}{parts.path[: found.end()]}", found[1])
    names = takewhile(str.isalpha, parts.path.split("/")[1:])
    return Interface("/".join((f"{parts.scheme}://{parts.netloc}", *names)), None)


def file_of(origin: str) -> str:
    """Leave out of a place in a file its line, so that what comes from one file counts together.

    >>> file_of("seeds.txt:12"), file_of("argument")
    ('seeds.txt', 'argument')
    """
    name, colon, line = origin.rpartition(":")
    return name if colon and line.isdecimal() else origin


# -- searches ------------------------------------------------------------------------------------------

_REPORTED = (
    "select sum(reported) from requests where id in (select min(id) from requests where run = :run"
    " and source = :source and part is not null group by part)"
)
_RECEIVED = "select coalesce(sum(received), 0) from requests where run = :run and source = :source and part is not null"
_HITS = "select count(*) from hits where run = :run and source = :source and state = :state"
_FRESH = (
    "select count(*) from hits h where run = :run and source = :source and state = 'kept' and not exists (select 1 from"
    " runs r join hits e on e.run = r.id where r.id < h.run and coalesce(r.arguments ->> '$.repeats', r.id) = :first"
    " and e.source = h.source and e.native = h.native and e.state = 'kept')"
)
_MOMENT = "select {}(answered) from requests where run = :run and source = :source and part is not null"
_CACHED = (
    "select count(*) from requests where run = :run and source = :source and part is not null"
    " and state = 'done' and from_cache"
)


def searches_of(library: Library, runs: tuple[RunOnRecord, ...]) -> tuple[Searching, ...]:
    """Give every search at every index that it was put to, in the order in which they were run."""
    return tuple(
        _searching(library, run, account)
        for run in runs
        if run.command == "search"
        for account in searches.searched(library, Run(run.id, run.command))
    )


def _searching(library: Library, run: RunOnRecord, account: searches.Searched) -> Searching:
    given, index = run.arguments, account.source
    called = f"run {run.id}, search at {name_of(index)}"
    about: Mapping[str, Given] = {"run": run.id, "source": index}
    short = (
        f"sum(part.short for each in searches.searched(library, ledger.Run({run.id}, 'search'))"
        f" if each.source == '{index}' for part in each.parts)"
    )
    at_openalex, at_crossref = index == "openalex", index == "crossref"
    return Searching(
        run=run,
        index=index,
        text=clean(given.get("query", "")),
        strategy=tuple((clean(label), clean(line)) for label, line in given.get("strategy", ())),
        searched=clean(given.get("searched", "")),
        is_exact=bool(given.get("unstemmed")),
        changes=_changes(given, index),
        corpus=clean(given.get("corpus")) if at_openalex else None,
        fulltext=bool(given.get("fulltext")) if at_openalex else None,
        limit=given.get("limit"),
        depth=given.get("depth") if at_crossref else None,
        until=clean(given.get("until") or "") or None if at_crossref else None,
        indexed_since=clean(given.get("indexed_since") or "") or None if at_crossref else None,
        interface=interface(library, run.id, index),
        first_answer=asked(library, f"{called}: first answer", _MOMENT.format("min"), **about),
        last_answer=asked(library, f"{called}: last answer", _MOMENT.format("max"), **about),
        questions=tuple(
            Question(
                url=clean(part.url),
                reported=part.reported,
                received=part.received,
                short=part.short,
                requests=part.requests,
                state=part.state,
                detail=part.detail and clean(part.detail),
            )
            for part in account.parts
        ),
        reported=asked(library, f"{called}: records reported", _REPORTED, **about),
        received=asked(library, f"{called}: records received", _RECEIVED, **about),
        kept=asked(library, f"{called}: works found", _HITS, **about, state="kept"),
        fresh=asked(library, f"{called}: works not found before", _FRESH, **about, first=run.repeats or run.id),
        outside=asked(library, f"{called}: read and not satisfying the search", _HITS, **about, state="outside"),
        unjudged=asked(library, f"{called}: could not be judged", _HITS, **about, state="unjudged"),
        short=computed(f"{called}: reported and not received", sum(part.short for part in account.parts), short),
        from_cache=asked(library, f"{called}: answers from the cache", _CACHED, **about),
    )


def _changes(given: Mapping[str, Any], index: str) -> tuple[str, ...]:
    told = given.get("changes", {})
    return tuple(clean(sentence) for name in ("", index) for sentence in told.get(name, ()))


# -- files ---------------------------------------------------------------------------------------------

_BROUGHT = "select coalesce(sum(received), 0) from requests where run = :run"
_UNREAD = "select coalesce(sum(reported) - sum(received), 0) from requests where run = :run"
_WORKS = (
    "select count(distinct coalesce(h.home, r.key)) from hits x join records r on r.source = x.source"
    " and r.native = x.native left join homes h on h.key = r.key where x.run = :run"
)


def imports_of(library: Library, runs: tuple[RunOnRecord, ...]) -> tuple[Imported, ...]:
    """Give every file of records that was brought in, and say which of them a citation search set out from."""
    brought = [run for run in runs if run.command == "import"]
    seeds_of = _seeds_of(library, brought)
    first: dict[tuple[str, str], int] = {}
    found = []
    for run in brought:
        label, checksum = (clean(run.arguments.get(name, "")) for name in ("source", "sha256"))
        called = f"run {run.id}, file {clean(run.arguments.get('file', ''))}"
        repeats = None if run.id in seeds_of else first.setdefault((label, checksum), run.id)
        found.append(
            Imported(
                run=run,
                file=clean(run.arguments.get("file", "")),
                label=label,
                checksum=checksum,
                format=clean(run.arguments.get("format", "")),
                records=asked(library, f"{called}: records", _BROUGHT, run=run.id),
                unread=asked(library, f"{called}: records that could not be read", _UNREAD, run=run.id),
                works=asked(library, f"{called}: works that these are", _WORKS, run=run.id),
                seeds_of=seeds_of.get(run.id),
                repeats=None if repeats == run.id else repeats,
            )
        )
    return tuple(found)


def _seeds_of(library: Library, brought: list[RunOnRecord]) -> dict[int, int]:
    """Find the files that were brought in as seeds: the last of the name before the search that names it."""
    rows = library.db.execute("select distinct run, origin from seeds where round = 1 order by run, origin").fetchall()
    found: dict[int, int] = {}
    for chase, origin in rows:
        if not origin.startswith(FILES):
            continue
        named = [run.id for run in brought if run.id < chase and run.arguments.get("source") == origin]
        if named:
            found.setdefault(named[-1], chase)
    return found


# -- identifiers ---------------------------------------------------------------------------------------


def lookups_of(library: Library, runs: tuple[RunOnRecord, ...]) -> tuple[LookedUp, ...]:
    """Give every time that works were asked for by identifiers, those that a user named and those only cited here."""
    return tuple(_looked_up(library, run) for run in runs if run.command in ("doi", "fill"))


def _looked_up(library: Library, run: RunOnRecord) -> LookedUp:
    told = ledger.results(library, Run(run.id, run.command))
    called = f"run {run.id}, works by identifier"
    source = f"ledger.results(library, ledger.Run({run.id}, '{run.command}'))"
    return LookedUp(
        run=run,
        given=computed(f"{called}: asked for", told.asked, f"{source}.asked"),
        found=computed(f"{called}: found", told.found, f"{source}.found"),
        missing=computed(f"{called}: not at any index", len(told.missing), f"len({source}.missing)"),
        failed=computed(f"{called}: failed", len(told.failed), f"len({source}.failed)"),
        waiting=computed(f"{called}: still to be asked for", told.waiting, f"{source}.waiting"),
        not_understood=computed(
            f"{called}: inputs that name no work", len(told.not_understood), f"len({source}.not_understood)"
        ),
    )
