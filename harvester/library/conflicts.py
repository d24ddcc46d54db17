"""Where people whose libraries were united had decided otherwise on the same thing, neither knowing of the other.

Who has the other's decision in the same library and decides otherwise has changed a decision, and that is no conflict.
Nobody could tell the one from the other once the libraries are one, so conflicts are put on record as they are found,
in a run of their own; they stand until people have decided on the same thing anew.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Mapping
from typing import Literal, NamedTuple

from pydantic import TypeAdapter

from harvester.library import ledger
from harvester.library.homes import home_of, own_end
from harvester.library.store import Library, now

__all__ = ["Conflict", "Kind", "Stated", "Voice", "as_told", "between", "on_record", "record", "stated", "unsettled"]

Kind = Literal["works", "reference", "screening"]
"""Whether two works are the same; which work a reference names; whether a work is included."""


class Stated(NamedTuple):
    """A decision that a person took, in the run of this number."""

    run: int
    kind: Kind
    subject: tuple[str, ...]
    """The keys of two works; what stands for the words of a reference, and the key of a work; the key of a work."""
    verdict: str
    by: str
    """Who, where that is on record, else the file and line in which the decision stood."""
    on: str


class Voice(NamedTuple):
    """What was decided in one of the libraries."""

    library: str
    verdict: str
    by: str
    on: str


class Conflict(NamedTuple):
    """A thing on which two libraries disagreed when they were united.

    The subject is what a decision is about, as in `Stated`; where a reference is said to name one work here and another
    there, it is the reference alone, and the verdicts are the keys of the works.
    """

    kind: Kind
    subject: tuple[str, ...]
    one: Voice
    other: Voice
    now: str
    """The verdict that counts, which is the later one."""


_STATED: dict[Kind, str] = {
    "works": "t.one, t.other, t.verdict, t.reason, r.started from {0}.decisions t {1} where t.person",
    "reference": "t.reference, t.key, t.standing, t.reason, r.started from {0}.matches t {1}"
    " where t.origin = 'person' and t.key is not null",
    "screening": "t.key, t.decision, coalesce(t.person, r.arguments ->> 'file', ''), r.started"
    " from {0}.screening t {1}",
}


def stated(db: sqlite3.Connection, side: str = "main", *, number: int | None = None) -> list[Stated]:
    """Give what people have decided in a library, in order; the last on a thing is what counts there.

    With `number`, runs have the numbers that they will have once libraries are united: `temp.run_numbers` holds those
    of each library under its own.
    """
    run, runs = "t.run", f"join {side}.runs r on r.id = t.run"
    if number is not None:
        run, runs = "n.new", f"{runs} join temp.run_numbers n on n.side = {number:d} and n.old = t.run"
    found = []
    for kind, query in _STATED.items():
        for of, *subject, verdict, by, on in db.execute(f"select {run}, {query.format(side, runs)} order by 1, t.id"):
            found.append(Stated(of, kind, tuple(subject), verdict, by, on))
    return found


_Things = Mapping[tuple[Kind, tuple[str, ...]], list[Stated]]
"""What was decided, in order, by what it is about."""


def between(
    db: sqlite3.Connection, here: Iterable[Stated], there: Iterable[Stated], *, libraries: tuple[str, str]
) -> tuple[Conflict, ...]:
    """Find where what was decided here and there differs, of works as their keys lead now."""
    ours, theirs = _by_subject(db, here), _by_subject(db, there)
    found = []
    for kind, subject in sorted(ours.keys() & theirs.keys()):
        one, other = ours[kind, subject][-1], theirs[kind, subject][-1]
        knows = one in theirs[kind, subject] or other in ours[kind, subject]
        if one.verdict != other.verdict and not knows:
            voices = [Voice(name, *each[-3:]) for each, name in zip((one, other), libraries, strict=True)]
            found.append(Conflict(kind, subject, voices[0], voices[1], max(one, other).verdict))
    return tuple(found)


def _by_subject(db: sqlite3.Connection, decisions: Iterable[Stated]) -> _Things:
    found: dict[tuple[Kind, tuple[str, ...]], list[Stated]] = defaultdict(list)
    for each in decisions:
        if subject := _subject(db, each.kind, each.subject):
            found[each.kind, subject].append(each)
    return {**found, **_named(found)}


def _subject(db: sqlite3.Connection, kind: Kind, subject: tuple[str, ...]) -> tuple[str, ...]:
    """Call the works that a decision is about by the keys that they have now; nothing is said where two are one."""
    if kind == "works":
        pair = tuple(sorted({own_end(db, key) for key in subject}))
        return pair if len(pair) == len(subject) else ()
    if kind == "reference":
        return (subject[0], *(home_of(db, key) for key in subject[1:]))
    return tuple(home_of(db, key) for key in subject)


def _named(things: _Things) -> dict[tuple[Kind, tuple[str, ...]], list[Stated]]:
    """Give the decisions by which references name a work, with its key for a verdict."""
    rows = [
        (subject, each)
        for (kind, subject), decisions in things.items()
        if kind == "reference" and decisions[-1].verdict == "same"
        for each in decisions
        if each.verdict == "same"
    ]
    found: dict[tuple[Kind, tuple[str, ...]], list[Stated]] = defaultdict(list)
    for (words, key), each in sorted(rows, key=lambda row: row[1].run):
        found["reference", (words,)].append(each._replace(verdict=key))
    return found


def record(db: sqlite3.Connection, found: Iterable[Conflict], *, name: str) -> None:
    """Put conflicts on record, where there are any, inside the transaction that is open."""
    if conflicts := [as_told(each) for each in found]:
        run = ledger.enter(db, command="merge", arguments={"file": name, "conflicts": conflicts})
        db.execute("update runs set finished = ?, outcome = 'done' where id = ?", (now(), run.id))


def as_told(conflict: Conflict) -> dict[str, object]:
    """Give a conflict as JSON has it."""
    return {**conflict._asdict(), "one": conflict.one._asdict(), "other": conflict.other._asdict()}


def on_record(db: sqlite3.Connection) -> list[tuple[int, Conflict]]:
    """Give all conflicts that were put on record, with the run; raises ValueError for what is none."""
    rows = db.execute("select id, arguments ->> 'conflicts' from runs where command = 'merge' order by id")
    return [(run, each) for run, text in rows.fetchall() for each in _CONFLICTS.validate_json(text or "")]


_CONFLICTS = TypeAdapter(list[Conflict])


def unsettled(library: Library) -> list[Conflict]:
    """Give the conflicts on record that nobody has decided on since, each once: the last found on a thing."""
    db = library.db
    recorded = on_record(db)
    last: dict[tuple[Kind, tuple[str, ...]], int] = {}
    for each in stated(db) if recorded else ():
        subject = _subject(db, each.kind, each.subject)
        # Whoever says anything of a reference has seen which works it may name.
        for about in {subject, subject[:1]} if each.kind == "reference" else {subject}:
            last[each.kind, about] = max(each.run, last.get((each.kind, about), 0))
    found = {}
    for run, conflict in recorded:
        subject = _subject(db, conflict.kind, conflict.subject)
        if subject and last.get((conflict.kind, subject), 0) < run:
            found[conflict.kind, subject] = conflict._replace(subject=subject)
    return [found[about] for about in sorted(found)]
