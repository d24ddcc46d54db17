"""Works carved out of a snapshot into a library, as evidence of OpenAlex like any other.

A carve is a run in the ledger, and each file of the snapshot one of its questions: what it holds of what is asked is
kept together with the note that it was read, so that a carve that was stopped goes on with the next file. What the
snapshot was, of which days and how complete, stands in the arguments of the run.

Works that are linked to those selected are found round by round from the lists of references alone, and taken out in
one more pass over the files.
"""

import hashlib
import json
import re
import sqlite3
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

import numpy as np

from harvester.bulk import dataset
from harvester.bulk.merged import survivors
from harvester.bulk.selecting import Asked, Selected, identifiers, linked, neighbours, select
from harvester.bulk.snapshot import Numbers, Part, Snapshot, deleted, find
from harvester.bulk.workers import Workers
from harvester.errors import InputError, Stopped
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, carves, chases, derive, derive_answered, ledger
from harvester.library.carves import AROUND, SNAPSHOT
from harvester.library.homes import synonym
from harvester.library.ledger import Run, Waiting
from harvester.model import Page, Query, Skip
from harvester.sources import openalex

__all__ = ["Carved", "Report", "begin", "carry_on"]

_AT_ONCE = 500
"""Works kept and brought up to date together, with their records in memory."""

Report = Callable[[str, int, int], None]
"""Is told what is done, and of how many works it is done of how many; of files where no manifest counts works."""


@dataclass(frozen=True)
class Carved:
    """What a carve has come to."""

    selected: int
    """Works that match the search, or were named."""
    around: int
    """Works that are linked to those."""
    absent: int
    """Works that these cite and the snapshot does not hold."""
    missing: tuple[Identifier, ...]
    problems: tuple[str, ...]


def begin(
    library: Library,
    asked: Asked,
    snapshot: Snapshot,
    *,
    inputs: Sequence[Input] = (),
    told: Mapping[str, object] | None = None,
) -> Run:
    """Enter a carve and the files that it is going to read; `told` is what else its account needs to say."""
    kind = "list" if asked.searched is None else "search"
    arguments = {
        **(told or {}),
        "searched": asked.searched,
        "unstemmed": asked.is_exact,
        "corpus": "all" if asked.everything else "core",
        "backward": asked.backward,
        "forward": asked.forward,
        "depth": asked.depth,
        "years": list(asked.years),
        "snapshot": _described(snapshot),
        "refresh": _is_news(library, snapshot),
    }
    return ledger.begin(
        library,
        command="carve",
        arguments=arguments,
        inputs=inputs,
        wanted={SNAPSHOT: sorted(asked.identifiers)},
        searches={
            SNAPSHOT: [Query(source=SNAPSHOT, url=f"{SNAPSHOT}:{part.name}", kind=kind) for part in snapshot.parts]
        },
        again=True,
    )


def carry_on(library: Library, run: Run, *, workers: Workers, report: Report = lambda *_: None) -> Carved:
    """Read the files that a carve has not read yet, and bring the works up to date; write tables, if it is for these.

    Raises `Stopped` where a file cannot be read, or the snapshot is no longer the one it began with, and `OutputError`
    where the tables cannot be written, which is done when the carve is resumed.
    """
    try:
        carved = _carried_on(library, run, workers, report)
    except Stopped as error:
        derive(library)
        snapshot = ledger.arguments(library, run.id)["snapshot"]
        # Where it lies on this machine is not for the account.
        ledger.finish(library, run, outcome="stopped", reason=str(error).replace(snapshot["place"], snapshot["name"]))
        raise
    derive(library)
    if ledger.arguments(library, run.id).get("tables"):
        report("writing tables", 0, 1)
        dataset.write(library, library.path.parent)
    ledger.finish(library, run, outcome="done")
    return carved


def _carried_on(library: Library, run: Run, workers: Workers, report: Report) -> Carved:
    arguments = ledger.arguments(library, run.id)
    asked = _asked(library, run, arguments)
    try:
        snapshot = find(arguments["snapshot"]["place"])
        if snapshot.fingerprint != arguments["snapshot"]["fingerprint"]:
            raise Stopped(
                f"the snapshot at {snapshot.place} is not the one that this carve began with; bring that back, or "
                "begin another carve with another --out"
            )
        merged, gone = _merged(snapshot, asked), deleted(snapshot)
    except InputError as error:
        raise Stopped(f"{error}; when that is mended, `harvester resume` goes on") from error
    asked = replace(asked, identifiers=asked.identifiers.union(merged.values()))
    gone = np.union1d(gone, np.array([int(old.value[1:]) for old in merged], np.int64))
    parts = {f"{SNAPSHOT}:{part.name}": part for part in snapshot.parts}
    waiting = [each for each in ledger.waiting(library, run, SNAPSHOT) if not each.query.url.endswith(AROUND)]
    calls = ((parts[each.query.url], asked, gone) for each in waiting)
    read = zip(waiting, workers.map(select, calls), strict=True)
    advance = _progress(report, "selecting", snapshot, [parts[each.query.url] for each in waiting])
    for request, selected in read:
        last = request is waiting[-1]
        _settle(library, run, request, selected, part=parts[request.query.url], last=last, asked=asked, merged=merged)
        advance(parts[request.query.url])
    absent = (
        _take_around(library, run, asked, parts, snapshot, gone, workers, report)
        if asked.backward or asked.forward
        else 0
    )
    return _outcome(library, run, absent, tuple(arguments["snapshot"]["problems"]))


def _settle(
    library: Library,
    run: Run,
    request: Waiting,
    selected: Selected,
    *,
    part: Part,
    last: bool,
    asked: Asked,
    merged: Mapping[Identifier, Identifier],
) -> None:
    """Keep what a file holds, and after the last file what none of them does."""
    with library.transaction():
        for items, is_end in _slices(selected.items):
            page = _page(items)
            found = asked.identifiers.intersection(chain.from_iterable(identifiers(item.record) for item in page.items))
            skips = [*page.skips, *(_shortfalls(part, selected) if is_end else ())]
            went = {old: new for old, new in merged.items() if new in found}
            missing = sorted(_unfound(library, run) - found - went.keys()) if last and is_end else ()
            query = request.query.model_copy(update={"asked": (*sorted(found), *missing)})
            ledger.settle(
                library,
                run,
                request._replace(query=query),
                page.model_copy(update={"skips": tuple(skips), "missing": tuple(missing), "total": selected.rows}),
                status=200,
                from_cache=False,
                wanted={},
                received=len(selected.items),
                note=partial(_note_merged, merged=went),
                hits=((item.record.native_id, "kept") for item in page.items),
            )
            _derive(library, request, page)


def _slices(items: Sequence[bytes]) -> Iterator[tuple[Sequence[bytes], bool]]:
    """Give the works of a file so many at a time, since what is read of one takes ten times its bytes, and which
    slice is the last; a file without any is one of none.
    """
    starts = range(0, max(len(items), 1), _AT_ONCE)
    return ((items[start : start + _AT_ONCE], start == starts[-1]) for start in starts)


def _merged(snapshot: Snapshot, asked: Asked) -> dict[Identifier, Identifier]:
    """Give of the works that were named those that were merged into others, with these."""
    numbers = {int(each.value[1:]) for each in asked.identifiers if each.scheme == "openalex"}
    return {
        Identifier("openalex", f"W{old}"): Identifier("openalex", f"W{new}")
        for old, new in survivors(snapshot, numbers).items()
    }


def _note_merged(db: sqlite3.Connection, *, merged: Mapping[Identifier, Identifier]) -> None:
    """Keep that a work is in another one now, as the API tells it by answering with that one."""
    for old, new in merged.items():
        db.execute(
            "update lookups set state = 'found', native = ?, detail = ? where scheme = ? and value = ? and source = ?",
            (new.value, f"merged into {new.value}", *old, SNAPSHOT),
        )
        synonym(db, str(old), str(new))


def _page(items: Sequence[bytes]) -> Page:
    """Read works as OpenAlex's own answer would be read; none of them is cut, so that nothing is asked next."""
    body = b'{"meta":{"count":%d},"results":[%s]}' % (len(items), b",".join(items))
    query = Query(source="openalex", url=f"{openalex.WORKS}?page=1", kind="search")
    return openalex.read(query, 200, body).model_copy(update={"next": ()})


def _derive(library: Library, request: Waiting, page: Page) -> None:
    """Bring works up to date while their records are in memory; `derive` does what is left."""
    kept = dict(library.db.execute("select native, id from items where request = ?", (request.id,)))
    records = [item.record for item in page.items]
    library.recent.clear()
    library.recent.update((kept[each.native_id], each) for each in records if each.native_id in kept)
    derive_answered(library, records)


def _shortfalls(part: Part, selected: Selected) -> Iterator[Skip]:
    if selected.broken:
        detail = f"{selected.broken} lines of {part.name} are no JSON"
        yield Skip(source=SNAPSHOT, reason="not-json", detail=detail)
    if part.records is not None and selected.rows + selected.broken != part.records:
        detail = f"{part.name} holds {selected.rows} works where the manifest says {part.records}"
        yield Skip(source=SNAPSHOT, reason="not-delivered", detail=detail)


def _unfound(library: Library, run: Run) -> set[Identifier]:
    rows = library.db.execute(
        "select scheme, value from lookups where run = ? and source = ? and state = 'waiting'", (run.id, SNAPSHOT)
    )
    return {Identifier(*row) for row in rows}


def _progress(report: Report, what: str, snapshot: Snapshot, unread: Sequence[Part]) -> Callable[[Part], None]:
    """Tell from here on how much is done, after each file of those that are not read yet."""
    known = snapshot.records is not None

    def amount(part: Part) -> int:
        return (part.records or 0) if known else 1

    total = sum(map(amount, snapshot.parts))
    done = total - sum(map(amount, unread))

    def advance(part: Part) -> None:
        nonlocal done
        done += amount(part)
        report(what, done, total)

    return advance


# -- what is linked ------------------------------------------------------------------------------------


def _take_around(
    library: Library,
    run: Run,
    asked: Asked,
    parts: Mapping[str, Part],
    snapshot: Snapshot,
    gone: Numbers,
    workers: Workers,
    report: Report,
) -> int:
    """Take out the works around those selected; give how many of them the snapshot does not hold."""
    selected = _numbers(library, "select native from hits where run = :run", run)
    # By what the notes depend on: another library of this name may have left some.
    ways = f"{snapshot.fingerprint} {asked.backward:d}{asked.forward:d}"
    notes = library.path.with_name(f"{library.path.name}.carve-{_digest(ways.encode(), selected)}")
    wanted, merged = _reached(asked, selected, snapshot, gone, workers, notes, report)
    with library.transaction() as db:
        for old, new in merged.items():
            synonym(db, f"openalex:W{old}", f"openalex:W{new}")
    if len(wanted):
        again = [Query(source=SNAPSHOT, url=f"{url}{AROUND}", kind="citing") for url in parts]
        ledger.enqueue(library, run, again)
    waiting = [each for each in ledger.waiting(library, run, SNAPSHOT) if each.query.url.endswith(AROUND)]
    calls = ((parts[each.query.url.removesuffix(AROUND)], asked, wanted, gone) for each in waiting)
    read = zip(waiting, workers.map(neighbours, calls), strict=True)
    unread = [parts[each.query.url.removesuffix(AROUND)] for each in waiting]
    advance = _progress(report, "taking out what is linked", snapshot, unread)
    for (request, found), part in zip(read, unread, strict=True):
        with library.transaction():
            for items, _ in _slices(found.items):
                page = _page(items).model_copy(update={"total": len(found.items)})
                ledger.settle(
                    library,
                    run,
                    request,
                    page,
                    status=200,
                    from_cache=False,
                    wanted={},
                    received=len(found.items),
                    note=partial(
                        chases.arrived, request=request.id, natives=[item.record.native_id for item in page.items]
                    ),
                )
                _derive(library, request, page)
        advance(part)
    for note in notes.glob("*.npy"):
        note.unlink()
    if notes.is_dir():
        notes.rmdir()
    held = _numbers(
        library,
        "select a.native from requests q join arrivals a on a.request = q.id where q.run = :run"
        " union select native from hits where run = :run",
        run,
    )
    return len(np.setdiff1d(wanted, held)) if asked.years == (None, None) else 0


def _reached(
    asked: Asked,
    selected: Numbers,
    snapshot: Snapshot,
    gone: Numbers,
    workers: Workers,
    notes: Path,
    report: Report,
) -> tuple[Numbers, dict[int, int]]:
    """Give the works that are reached from those selected in so many rounds, those themselves left out, and which of
    the works that were reached are in others now.

    What a file tells in a round is noted beside the library until the carve is done, so that it is read once.
    """
    notes.mkdir(exist_ok=True)
    parts = snapshot.parts
    seen = frontier = selected
    reached_in_all = np.array([], np.int64)
    merged: dict[int, int] = {}
    for number in range(1, asked.depth + 1):
        if not len(frontier):
            break
        note = partial(_note, notes, f"{number}-{_digest(b'', frontier)}")
        unread = [(place, part) for place, part in enumerate(parts) if not note(place).exists()]
        told = workers.map(linked, ((part, asked, frontier) for _, part in unread))
        advance = _progress(report, f"following citations, round {number}", snapshot, [part for _, part in unread])
        for (place, part), found in zip(unread, told, strict=True):
            fresh = note(place).with_suffix(".new")
            with fresh.open("wb") as file:
                np.save(file, found)
            fresh.replace(note(place))
            advance(part)
        reached = np.unique(np.concatenate([np.load(note(place)) for place in range(len(parts))]))
        linked_now = np.setdiff1d(reached, seen, assume_unique=True)
        moved = survivors(snapshot, linked_now)
        merged |= moved
        if moved:
            linked_now = np.unique([moved.get(number, number) for number in linked_now.tolist()])
        frontier = np.setdiff1d(linked_now, np.union1d(seen, gone), assume_unique=True)
        seen = np.union1d(seen, frontier)
        reached_in_all = np.union1d(reached_in_all, frontier)
    return reached_in_all, merged


def _note(folder: Path, name: str, place: int) -> Path:
    return folder / f"{name}-{place}.npy"


def _digest(given: bytes, numbers: Numbers) -> str:
    return hashlib.sha256(given + numbers.tobytes()).hexdigest()[:16]


def _numbers(library: Library, query: str, run: Run) -> Numbers:
    rows = library.db.execute(query, {"run": run.id})
    return np.unique(np.fromiter((int(native[1:]) for (native,) in rows), np.int64))


# -- on record -----------------------------------------------------------------------------------------


def _described(snapshot: Snapshot) -> dict[str, object]:
    days = snapshot.dates
    return {
        "place": snapshot.place,
        "name": _name(snapshot.place),
        "format": snapshot.format,
        "date": snapshot.date,
        "first_change": days and days[0],
        "last_change": days and days[1],
        "files": len(snapshot.parts),
        "bytes": snapshot.size,
        "works": snapshot.records,
        "problems": list(snapshot.problems),
        "fingerprint": snapshot.fingerprint,
    }


def _is_news(library: Library, snapshot: Snapshot) -> bool:
    """Say whether a snapshot is of a later day than all that was asked and carved before, by its manifest or else by
    the last change in it: then what it says of a work counts more than what is held, where both bear the same date.
    """
    day = _day(snapshot.date, snapshot.dates and snapshot.dates[1])
    held = []
    for command, started, told in library.db.execute("select command, started, arguments ->> '$.snapshot' from runs"):
        before = json.loads(told or "{}")
        held.append(_day(before.get("date"), before.get("last_change")) if command == "carve" else started[:10])
    return bool(held) and day > max(held)


def _day(date: str | None, last_change: str | None) -> str:
    return (date or last_change or "")[:10]


def _name(place: str) -> str:
    """Give what a snapshot can be called elsewhere: a bucket whole, of a folder of this machine its own name.

    >>> _name("/home/ana/openalex-2026/data/jsonl/works"), _name("s3://openalex/data/parquet/works")
    ('openalex-2026', 's3://openalex/data/parquet/works')
    """
    if "://" in place:
        return place
    return re.split(r"[/\\]", re.sub(r"(?<=.)[/\\](data[/\\])?((parquet|jsonl)[/\\])?works$", "", place))[-1]


def _asked(library: Library, run: Run, arguments: Mapping[str, Any]) -> Asked:
    rows = library.db.execute("select scheme, value from inputs where run = ? and scheme is not null", (run.id,))
    first, last = arguments["years"]
    return Asked(
        searched=arguments["searched"],
        is_exact=bool(arguments["unstemmed"]),
        everything=arguments["corpus"] == "all",
        identifiers=frozenset(Identifier(*row) for row in rows),
        backward=bool(arguments["backward"]),
        forward=bool(arguments["forward"]),
        depth=arguments["depth"],
        years=(first, last),
    )


def _outcome(library: Library, run: Run, absent: int, problems: tuple[str, ...]) -> Carved:
    (selected,) = library.db.execute("select count(*) from hits where run = ?", (run.id,)).fetchone()
    skips = library.db.execute(
        "select s.detail from skips s join requests q on q.id = s.request where q.run = ? order by q.id", (run.id,)
    )
    told = (*problems, *(detail for (detail,) in skips))
    return Carved(selected, carves.around(library, run.id), absent, tuple(carves.missing(library, run.id)), told)
