"""What was asked and what was answered: runs, inputs, lookups, requests and the items they brought."""

import hashlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib.metadata import version
from typing import Any, NamedTuple

from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import derivation
from harvester.library.homes import synonym
from harvester.library.store import Library, now
from harvester.model import Item, Page, Query, Skip

__all__ = [
    "Results",
    "Run",
    "Waiting",
    "answered",
    "arguments",
    "begin",
    "bring",
    "enqueue",
    "enter",
    "fail",
    "finish",
    "held",
    "leave",
    "received",
    "replace",
    "results",
    "resume",
    "settle",
    "unasked",
    "unfinished",
    "waiting",
    "want",
]


# What an index calls its own works by. Asked for one of these it knows better than anyone which work is meant: Crossref
# answers an alias with the DOI that replaced it, OpenAlex a W id with the work it was merged into.
_SCHEME = {"crossref": "doi", "openalex": "openalex"}


@dataclass(frozen=True)
class Run:
    """One command that asks sources, from its start to its end over any number of sessions."""

    id: int
    command: str


@dataclass(frozen=True)
class Results:
    """What became of the works that a run asked for, and of the inputs that name none."""

    asked: int
    found: int
    waiting: int
    missing: tuple[tuple[Identifier, str], ...]
    failed: tuple[tuple[Identifier, str], ...]
    not_understood: tuple[tuple[str, str], ...]


class Waiting(NamedTuple):
    """A question in the queue; `part` tells to which part of a search it belongs."""

    id: int
    query: Query
    part: int | None = None


def begin(
    library: Library,
    *,
    command: str,
    arguments: Mapping[str, object],
    inputs: Sequence[Input] = (),
    wanted: Mapping[str, Sequence[Identifier]] | None = None,
    searches: Mapping[str, Sequence[Query]] | None = None,
    again: bool = False,
    replica: str | None = None,
    note: Callable[[sqlite3.Connection, Run], None] = lambda *_: None,
) -> Run:
    """Enter a new run, what the user gave it, and which works or which searches it asks of which source.

    `note` enters what else the run begins with: a run is there with all of that, or not at all.

    A source that answered about a work before, be it with "not found", is not asked again unless `again`.
    """
    with library.transaction() as db:
        begun = enter(db, command=command, arguments=arguments, replica=replica)
        db.executemany(
            "insert into inputs values (?, ?, ?, ?, ?, ?, ?)",
            (
                (begun.id, position, given.origin, given.text, *(given.identifier or (None, None)), given.reason)
                for position, given in enumerate(inputs)
            ),
        )
        for source, identifiers in (wanted or {}).items():
            _want(library, begun, source, identifiers, again=again)
        for queries in (searches or {}).values():
            for part, query in enumerate(queries, start=1):
                _enqueue(library, begun, [query], part=part)
        note(db, begun)
    return begun


def enter(db: sqlite3.Connection, *, command: str, arguments: Mapping[str, object], replica: str | None = None) -> Run:
    """Enter a new run, inside the transaction that is open."""
    run = db.execute(
        "insert into runs (command, arguments, version, replica, started) values (?, ?, ?, ?, ?)",
        (command, json.dumps(arguments, sort_keys=True), version("citation-harvester"), replica, now()),
    ).lastrowid
    assert run is not None
    db.execute("insert into sessions values (?, ?)", (run, now()))
    return Run(run, command)


def arguments(library: Library, run: int) -> dict[str, Any]:
    """Give what a run was begun with: what the user gave it, without credentials."""
    (given,) = library.db.execute("select arguments from runs where id = ?", (run,)).fetchone()
    found: dict[str, Any] = json.loads(given)
    return found


def bring(
    library: Library, *, arguments: Mapping[str, object], query: Query, found: Iterable[Item | Skip]
) -> tuple[Run, int, int]:
    """Keep what a file holds as a run of its own, whole or not at all; give how many records it had, and how many
    of them had been here before, letter by letter.
    """
    with library.transaction() as db:
        run = enter(db, command="import", arguments=arguments)
        _enqueue(library, run, [query])
        (request,) = db.execute("select id from requests where run = ?", (run.id,)).fetchone()
        records = known = skipped = 0
        for each in found:
            if isinstance(each, Skip):
                skipped += 1
                skip = (request, each.source, each.reason, each.detail)
                db.execute("insert or ignore into skips values (?, ?, ?, ?)", skip)
                continue
            records += 1
            known += not _keep(library, request, each)
            hit = (run.id, each.record.source, each.record.native_id, request)
            db.execute("insert or ignore into hits values (?, ?, ?, ?, 'kept')", hit)
        db.execute(
            "update requests set state = 'done', answered = ?, reported = ?, received = ? where id = ?",
            (now(), records + skipped, records, request),
        )
        db.execute("update runs set finished = ?, outcome = 'done' where id = ?", (now(), run.id))
    return run, records, known


def unfinished(library: Library) -> list[Run]:
    """List the runs that ended before their work was done, oldest first."""
    rows = library.db.execute("select id, command from runs where outcome is not 'done' order by id")
    return [Run(*row) for row in rows]


def resume(library: Library, run: Run) -> None:
    """Enter that work on a run goes on."""
    with library.transaction() as db:
        db.execute("insert into sessions values (?, ?)", (run.id, now()))
        # What a source failed at may succeed another day.
        db.execute("update runs set outcome = null, reason = null where id = ?", (run.id,))


def finish(library: Library, run: Run, *, outcome: str, reason: str | None = None) -> None:
    """Enter how a run ended: done, stopped (and why; it can be resumed), or failed.

    When a run is done nothing waits: what no question could be put for has failed. A reason keeps the name of the
    library and not where it lies, which is nothing to whoever gets the file.
    """
    told = reason and reason.replace(str(library.path), library.path.name).encode("utf-8", "replace").decode()
    with library.transaction() as db:
        if outcome == "done":
            db.execute(
                "update lookups set state = 'failed', detail = 'there is no question that asks for it'"
                " where state = 'waiting' and run = ?",
                (run.id,),
            )
        db.execute(
            "update runs set finished = ?, outcome = ?, reason = ? where id = ?",
            (now(), outcome, told, run.id),
        )


def answered(library: Library, source: str) -> set[Identifier]:
    """Give the works that this source has answered about, be it with "not found"."""
    rows = library.db.execute(
        "select scheme, value from lookups where source = ? and state in ('found', 'missing')", (source,)
    )
    return {Identifier(*row) for row in rows}


def unasked(library: Library, run: Run, source: str) -> list[Identifier]:
    """Give the works that this run wants of a source and has put no question for into the queue."""
    asked = {identifier for waiting_ in waiting(library, run, source) for identifier in waiting_.query.asked}
    rows = library.db.execute(
        "select scheme, value from lookups where state = 'waiting' and source = ? and run = ? order by 1, 2",
        (source, run.id),
    )
    return [identifier for row in rows if (identifier := Identifier(*row)) not in asked]


def enqueue(library: Library, run: Run, queries: Iterable[Query]) -> int:
    """Put questions into the queue and tell how many; one that this run has asked already is not asked twice."""
    with library.transaction():
        return _enqueue(library, run, queries)


def want(library: Library, run: Run, wanted: Mapping[str, Iterable[Identifier]], *, again: bool = False) -> int:
    """Ask sources for works besides those that a run began with, and tell how many; never twice in one run.

    With `again`, what a source answered in another run is asked for once more.
    """
    with library.transaction() as db:
        before = db.execute(_WAITING, (run.id,)).fetchone()[0]
        for source, identifiers in wanted.items():
            db.executemany(
                "insert into lookups (scheme, value, source, run, state) values (?, ?, ?, ?, 'waiting')"
                " on conflict do update set run = excluded.run, state = 'waiting', detail = null"
                " where (? or state in ('failed', 'waiting')) and run != excluded.run",
                ((*identifier, source, run.id, again) for identifier in identifiers),
            )
        return int(db.execute(_WAITING, (run.id,)).fetchone()[0] - before)


_WAITING = "select count(*) from lookups where run = ? and state = 'waiting'"


def waiting(library: Library, run: Run, source: str, *, after: int = 0) -> list[Waiting]:
    """Give the questions that wait for this source and came after number `after`, in the order they came."""
    rows = library.db.execute(
        "select id, url, kind, asked, part from requests"
        " where state = 'waiting' and source = ? and run = ? and id > ? order by id",
        (source, run.id, after),
    )
    return [
        Waiting(number, Query(source=source, url=url, kind=kind, asked=_identifiers(asked)), part)
        for number, url, kind, asked, part in rows
    ]


def settle(
    library: Library,
    run: Run,
    request: Waiting,
    page: Page,
    *,
    status: int,
    from_cache: bool,
    wanted: Mapping[str, Sequence[Identifier]],
    hits: Iterable[tuple[str, str]] = (),
    received: int | None = None,
    note: Callable[[sqlite3.Connection], None] = lambda _: None,
) -> None:
    """Keep one answer, whole or not at all: its items, what it lacks, what to ask next and of whom.

    `hits` are the source's own ids of what a search found or read, each with its state; `received` is how many works
    the answer held, where its items do not say so; `note` keeps what else was concluded from it.
    """
    query = request.query
    with library.transaction() as db:
        note(db)
        for item in page.items:
            _keep(library, request.id, item)
        db.executemany(
            "insert or ignore into skips values (?, ?, ?, ?)",
            ((request.id, skip.source, skip.reason, skip.detail) for skip in page.skips),
        )
        for identifier, native, detail in _answers(query, page):
            db.execute(
                "update lookups set state = 'found', native = ?, detail = ?"
                " where scheme = ? and value = ? and source = ?",
                (native, detail, *identifier, query.source),
            )
            own = _SCHEME.get(query.source)
            if detail is not None and identifier.scheme == own:
                synonym(db, str(identifier), f"{own}:{native}")
        db.executemany(
            "update lookups set state = 'missing' where scheme = ? and value = ? and source = ? and state != 'found'",
            ((*identifier, query.source) for identifier in page.missing),
        )
        db.executemany(
            "insert or ignore into hits values (?, ?, ?, ?, ?)",
            ((run.id, query.source, native, request.id, state) for native, state in hits),
        )
        _enqueue(library, run, page.next, part=request.part)
        asked_again = {identifier for following in page.next for identifier in following.asked}
        _give_up(library, query.source, set(query.asked) - asked_again, detail="answered with what is no record of it")
        for source, identifiers in wanted.items():
            _want(library, run, source, identifiers)
        db.execute(
            "update requests set state = 'done', status = ?, from_cache = ?, answered = ?, reported = ?, received = ?"
            " where id = ?",
            (
                status,
                from_cache,
                now(),
                page.total,
                len(page.items) + len(page.skips) if received is None else received,
                request.id,
            ),
        )


def replace(library: Library, run: Run, request: Waiting, queries: Sequence[Query], *, detail: str) -> None:
    """Ask the same in other words: a list that cannot be had becomes single calls."""
    with library.transaction() as db:
        db.execute("update requests set state = 'replaced', detail = ? where id = ?", (detail, request.id))
        _enqueue(library, run, queries)


def fail(library: Library, request: Waiting, *, detail: str) -> None:
    """Give a question up for good, and say why."""
    with library.transaction() as db:
        db.execute(
            "update requests set state = 'failed', answered = ?, detail = ? where id = ?",
            (now(), detail, request.id),
        )
        _give_up(library, request.query.source, request.query.asked, detail=detail)


def _give_up(library: Library, source: str, identifiers: Iterable[Identifier], *, detail: str) -> None:
    library.db.executemany(
        "update lookups set state = 'failed', detail = ?"
        " where scheme = ? and value = ? and source = ? and state = 'waiting'",
        ((detail, *identifier, source) for identifier in identifiers),
    )


def received(library: Library, run: Run, request: Waiting) -> int:
    """Count the works that have arrived on earlier pages of the same part of a search."""
    query = "select coalesce(sum(received), 0) from requests where run = ? and source = ? and part = ? and id != ?"
    (count,) = library.db.execute(query, (run.id, request.query.source, request.part, request.id)).fetchone()
    return int(count)


def held(library: Library, run: Run, source: str, natives: Iterable[str] = ()) -> tuple[int, set[str]]:
    """Count the works that a search has kept from this source, and tell which of `natives` are among them."""
    kept = "select count(*) from hits where run = ? and source = ? and state = 'kept'"
    (count,) = library.db.execute(kept, (run.id, source)).fetchone()
    one = "select 1 from hits where run = ? and source = ? and native = ?"
    return int(count), {native for native in natives if library.db.execute(one, (run.id, source, native)).fetchone()}


def leave(library: Library, run: Run, source: str, *, detail: str) -> None:
    """Ask nothing more of a search at this source, for a reason that is no failure."""
    with library.transaction() as db:
        db.execute(
            "update requests set state = 'replaced', detail = ?"
            " where run = ? and source = ? and kind = 'search' and state = 'waiting'",
            (detail, run.id, source),
        )


def results(library: Library, run: Run) -> Results:
    """Sum up what the sources together did with each work the run asked for.

    A work is found when any source has it, waiting while any still has to answer, failed when one could not
    say and none has it, and missing when all say so.
    """
    given = library.db.execute(
        "select scheme, value, text, reason from inputs where run = ? order by position", (run.id,)
    ).fetchall()
    named = dict.fromkeys(Identifier(scheme, value) for scheme, value, _, _ in given if scheme)
    asked = library.db.execute(
        "select scheme, value, source, state, detail, run from lookups order by scheme, value, source"
    )
    answers: dict[Identifier, list[tuple[str, str, str | None]]] = {identifier: [] for identifier in named}
    for scheme, value, source, state, detail, of in asked:
        identifier = Identifier(scheme, value)
        if identifier in named or (not given and of == run.id):
            answers.setdefault(identifier, []).append((source, state, detail))
    missing, failed = [], []
    found = waiting_ = 0
    for identifier, said in answers.items():
        states = {state for _, state, _ in said}
        if "found" in states:
            found += 1
        elif "waiting" in states:
            waiting_ += 1
        elif "failed" in states:
            failed.append((identifier, "; ".join(f"{source}: {why}" for source, state, why in said if why)))
        else:
            sources = " nor ".join(source for source, _, _ in said)
            missing.append((identifier, f"not at {sources}" if sources else "no source can be asked for it"))
    return Results(
        asked=len(answers),
        found=found,
        waiting=waiting_,
        missing=tuple(missing),
        failed=tuple(failed),
        not_understood=tuple(
            (text, reason or "no identifier in it") for scheme, _, text, reason in given if not scheme
        ),
    )


def _want(library: Library, run: Run, source: str, identifiers: Iterable[Identifier], *, again: bool = False) -> None:
    # What failed before may succeed now; what another run waits for becomes this run's to ask.
    library.db.executemany(
        "insert into lookups (scheme, value, source, run, state) values (?, ?, ?, ?, 'waiting')"
        " on conflict do update set run = excluded.run, state = 'waiting', detail = null"
        " where ? or state in ('failed', 'waiting')",
        ((*identifier, source, run.id, again) for identifier in identifiers),
    )


def _enqueue(library: Library, run: Run, queries: Iterable[Query], *, part: int | None = None) -> int:
    cursor = library.db.executemany(
        "insert or ignore into requests (run, source, kind, url, asked, part, state)"
        " values (?, ?, ?, ?, ?, ?, 'waiting')",
        (
            (
                run.id,
                query.source,
                query.kind,
                query.url,
                json.dumps([list(i) for i in query.asked]),
                part if query.kind == "search" else None,
            )
            for query in queries
        ),
    )
    return cursor.rowcount


def _keep(library: Library, request: int, item: Item) -> bool:
    """File an item, and tell whether it is new."""
    record, raw = item
    digest = hashlib.sha256(raw).digest()
    inserted = library.db.execute(
        "insert or ignore into items (source, native, digest, request) values (?, ?, ?, ?)",
        (record.source, record.native_id, digest, request),
    )
    if inserted.rowcount:
        assert inserted.lastrowid is not None
        library.db.execute("insert into raws values (?, ?)", (inserted.lastrowid, derivation.pack(raw)))
        derivation.enter(library, record, item=inserted.lastrowid, digest=digest)
    return bool(inserted.rowcount)


def _answers(query: Query, page: Page) -> Iterator[tuple[Identifier, str, str | None]]:
    """Pair what was asked with the item that answers it; `detail` where it answers under another identifier."""
    natives = {
        Identifier(scheme, value): record.native_id
        for record, _ in reversed(page.items)
        for scheme in ("doi", "openalex", "pmid", "pmcid")
        if (value := getattr(record, scheme))
    }
    for identifier in query.asked:
        if identifier in natives:
            yield identifier, natives[identifier], None
        elif query.kind == "single" and page.items:
            record = page.items[0].record
            yield identifier, record.native_id, f"answered as {record.doi or record.native_id}"


def _identifiers(asked: str) -> tuple[Identifier, ...]:
    return tuple(Identifier(scheme, value) for scheme, value in json.loads(asked))
