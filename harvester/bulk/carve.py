"""Works carved out of a snapshot into a library, as evidence of OpenAlex like any other.

A carve is a run in the ledger, and each file of the snapshot one of its questions: what it holds of what is asked is
kept together with the note that it was read, so that a carve that was stopped goes on with the next file. What the
snapshot was, of which days and how complete, stands in the arguments of the run.

Works that are linked to those selected are found round by round from the lists of references alone, and taken out in
one more pass over the files.
"""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import partial
from itertools import chain
from pathlib import Path
from typing import Any

from harvester.bulk.selecting import Asked, Selected, identifiers, linked, neighbours, select
from harvester.bulk.snapshot import Part, Snapshot, deleted, find
from harvester.bulk.workers import Workers
from harvester.errors import Stopped
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, derive, ledger
from harvester.library.ledger import Run, Waiting
from harvester.model import Page, Query, Skip
from harvester.sources import openalex

__all__ = ["SOURCE", "Carved", "Report", "begin", "carry_on"]

SOURCE = "snapshot"
"""Who is asked, in the ledger; the records are OpenAlex's."""

Report = Callable[[str, int, int], None]
"""Is told what is done, and of how many files it is done of how many."""

_AROUND = "#around"
"""Marks the second reading of a file, for what is linked to the works selected."""


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
    }
    return ledger.begin(
        library,
        command="carve",
        arguments=arguments,
        inputs=inputs,
        wanted={SOURCE: sorted(asked.identifiers)},
        searches={SOURCE: [Query(source=SOURCE, url=f"{SOURCE}:{part.name}", kind=kind) for part in snapshot.parts]},
        again=True,
    )


def carry_on(library: Library, run: Run, *, workers: Workers, report: Report = lambda *_: None) -> Carved:
    """Read the files that a carve has not read yet, and bring the works up to date.

    Raises `Stopped` where a file cannot be read, or the snapshot is no longer the one it began with.
    """
    try:
        carved = _carried_on(library, run, workers, report)
    except Stopped as error:
        derive(library)
        ledger.finish(library, run, outcome="stopped", reason=str(error))
        raise
    derive(library)
    ledger.finish(library, run, outcome="done")
    return carved


def _carried_on(library: Library, run: Run, workers: Workers, report: Report) -> Carved:
    arguments = ledger.arguments(library, run.id)
    asked = _asked(library, run, arguments)
    snapshot = find(arguments["snapshot"]["place"])
    if snapshot.fingerprint != arguments["snapshot"]["fingerprint"]:
        raise Stopped(
            f"the snapshot at {snapshot.place} is not the one that this carve began with; bring that back, or begin "
            "another carve with another --out"
        )
    gone = deleted(snapshot)
    parts = {f"{SOURCE}:{part.name}": part for part in snapshot.parts}
    waiting = [each for each in ledger.waiting(library, run, SOURCE) if not each.query.url.endswith(_AROUND)]
    calls = ((parts[each.query.url], asked, gone) for each in waiting)
    read = zip(waiting, workers.map(select, calls), strict=True)
    for done, (request, selected) in enumerate(read, start=len(parts) - len(waiting) + 1):
        last = request is waiting[-1]
        _settle(library, run, request, selected, part=parts[request.query.url], last=last, asked=asked)
        report("selecting", done, len(parts))
    absent = _take_around(library, run, asked, parts, gone, workers, report) if asked.backward or asked.forward else 0
    return _outcome(library, run, absent, tuple(arguments["snapshot"]["problems"]))


def _settle(
    library: Library, run: Run, request: Waiting, selected: Selected, *, part: Part, last: bool, asked: Asked
) -> None:
    """Keep what a file holds, and after the last file what none of them does."""
    page = _page(selected.items)
    found = asked.identifiers.intersection(chain.from_iterable(identifiers(item.record) for item in page.items))
    skips = [*page.skips, *_shortfalls(part, selected)]
    missing = sorted(_unfound(library, run) - found) if last else ()
    query = request.query.model_copy(update={"asked": (*sorted(found), *missing)})
    ledger.settle(
        library,
        run,
        request._replace(query=query),
        page.model_copy(update={"skips": tuple(skips), "missing": tuple(missing)}),
        status=200,
        from_cache=False,
        wanted={},
        hits=((item.record.native_id, "kept") for item in page.items),
    )


def _page(items: Sequence[bytes]) -> Page:
    """Read works as OpenAlex's own answer would be read; none of them is cut, so that nothing is asked next."""
    body = b'{"meta":{"count":%d},"results":[%s]}' % (len(items), b",".join(items))
    query = Query(source="openalex", url=f"{openalex.WORKS}?page=1", kind="search")
    return openalex.read(query, 200, body).model_copy(update={"next": ()})


def _shortfalls(part: Part, selected: Selected) -> Iterator[Skip]:
    if selected.broken:
        detail = f"{selected.broken} lines of {part.name} are no JSON"
        yield Skip(source=SOURCE, reason="not-json", detail=detail)
    if part.records is not None and selected.rows + selected.broken != part.records:
        detail = f"{part.name} holds {selected.rows} works where the manifest says {part.records}"
        yield Skip(source=SOURCE, reason="not-delivered", detail=detail)


def _unfound(library: Library, run: Run) -> set[Identifier]:
    rows = library.db.execute(
        "select scheme, value from lookups where run = ? and source = ? and state = 'waiting'", (run.id, SOURCE)
    )
    return {Identifier(*row) for row in rows}


# -- what is linked ------------------------------------------------------------------------------------


def _take_around(
    library: Library,
    run: Run,
    asked: Asked,
    parts: Mapping[str, Part],
    gone: frozenset[int],
    workers: Workers,
    report: Report,
) -> int:
    """Take out the works around those selected; give how many of them the snapshot does not hold."""
    notes = library.path.with_name(f"{library.path.name}.carve-{run.id}")
    selected = frozenset(_numbers(library, "select native from hits where run = ?", run))
    wanted = _reached(asked, selected, list(parts.values()), gone, workers, notes, report)
    again = [Query(source=SOURCE, url=f"{url}{_AROUND}", kind="citing") for url in parts]
    ledger.enqueue(library, run, again)
    waiting = [each for each in ledger.waiting(library, run, SOURCE) if each.query.url.endswith(_AROUND)]
    calls = ((parts[each.query.url.removesuffix(_AROUND)], asked, wanted, gone) for each in waiting)
    read = zip(waiting, workers.map(neighbours, calls), strict=True)
    for done, (request, found) in enumerate(read, start=len(parts) - len(waiting) + 1):
        ledger.settle(
            library,
            run,
            request,
            _page(found.items),
            status=200,
            from_cache=False,
            wanted={},
            received=len(found.items),
        )
        report("taking out what is linked", done, len(parts))
    for note in notes.glob("*.json"):
        note.unlink()
    if notes.is_dir():
        notes.rmdir()
    held = set(_numbers(library, "select native from items where source = 'openalex'", None))
    return len(wanted - held) if asked.years == (None, None) else 0


def _reached(
    asked: Asked,
    selected: frozenset[int],
    parts: Sequence[Part],
    gone: frozenset[int],
    workers: Workers,
    notes: Path,
    report: Report,
) -> frozenset[int]:
    """Give the works that are reached from those selected in so many rounds, those themselves left out.

    What a file tells in a round is noted beside the library until the carve is done, so that it is read once.
    """
    notes.mkdir(exist_ok=True)
    seen = selected
    frontier = selected
    for number in range(1, asked.depth + 1):
        note = partial(_note, notes, number)
        unread = [(place, part) for place, part in enumerate(parts) if not note(place).exists()]
        told = workers.map(linked, ((part, asked, frontier) for _, part in unread))
        for done, ((place, _), found) in enumerate(zip(unread, told, strict=True), start=len(parts) - len(unread) + 1):
            fresh = note(place).with_suffix(".new")
            fresh.write_text(json.dumps(found), encoding="ascii")
            fresh.replace(note(place))
            report(f"following citations, round {number}", done, len(parts))
        reached = chain.from_iterable(json.loads(note(place).read_text("ascii")) for place in range(len(parts)))
        frontier = frozenset(reached) - seen - gone
        seen |= frontier
    return seen - selected


def _note(folder: Path, number: int, place: int) -> Path:
    return folder / f"{number}-{place}.json"


def _numbers(library: Library, query: str, run: Run | None) -> Iterable[int]:
    rows = library.db.execute(query, (run.id,) if run else ())
    return (int(native[1:]) for (native,) in rows)


# -- on record -----------------------------------------------------------------------------------------


def _described(snapshot: Snapshot) -> dict[str, object]:
    days = snapshot.dates
    return {
        "place": snapshot.place,
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
    (around,) = library.db.execute(
        "select coalesce(sum(received), 0) from requests where run = ? and url like ?", (run.id, f"%{_AROUND}")
    ).fetchone()
    missing = library.db.execute(
        "select scheme, value from lookups where run = ? and source = ? and state != 'found' order by 1, 2",
        (run.id, SOURCE),
    ).fetchall()
    skips = library.db.execute(
        "select s.detail from skips s join requests q on q.id = s.request where q.run = ? order by q.id", (run.id,)
    )
    told = (*problems, *(detail for (detail,) in skips))
    return Carved(selected, around, absent, tuple(Identifier(*row) for row in missing), told)
