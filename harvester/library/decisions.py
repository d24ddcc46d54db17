"""Which records are the same work: what people decided, what the matcher found, and the works that follow.

People's decisions are evidence, and the last one on a pair counts. What the matcher finds is found anew by each
`dedupe`, from the records as they would stand without it; so it does not matter in which order they came in. Both are
about keys that follow from the records alone: the DOI, else the id of the index, else that of the record.
"""

import sqlite3
from collections import defaultdict
from collections.abc import Iterable, Iterator, Sequence
from typing import Literal, NamedTuple, TypeAlias

from harvester.library import ledger, reading
from harvester.library.derivation import derive, unpack
from harvester.library.homes import own_end, settle
from harvester.library.ledger import Run
from harvester.library.store import Library, now
from harvester.match import Clusters, Description, Verdict, clusters
from harvester.merge import merge
from harvester.model import Record, Work

__all__ = ["Decision", "Said", "Sorted", "compared", "decided", "dedupe", "join"]

Said: TypeAlias = Literal["same", "different", "undecided"]
"""What a person may say of two records; `undecided` takes back what was said before."""


class Decision(NamedTuple):
    """What a person said of two works, by their keys."""

    one: str
    other: str
    said: Said
    reason: str = ""


class Sorted(NamedTuple):
    """What `dedupe` made of a library."""

    compared: int
    found: Clusters
    unknown: tuple[Decision, ...]
    """Decisions that name a work that is not here; they are not kept."""


def decided(library: Library) -> dict[tuple[str, str], Literal["same", "different"]]:
    """Give what people have decided, by pairs of keys in order.

    A decision goes with the records: on a work that has gained a DOI since, it is one on the work of that DOI.
    """
    rows = library.db.execute("select one, other, verdict from decisions where person order by id")
    last: dict[tuple[str, str], Said] = {}
    for one, other, said in rows:
        ends = sorted((own_end(library.db, one), own_end(library.db, other)))
        last[ends[0], ends[1]] = said
    return {pair: said for pair, said in last.items() if said != "undecided"}


def compared(library: Library) -> Iterator[Work]:
    """Give every work that a record describes, as it would be if nothing had been found to be the same."""
    joined = {key for (key,) in library.db.execute("select distinct home from homes natural join same")}
    for work in reading.works(library):
        if not work.sources:
            continue
        if work.key in joined:
            yield from _parts(library, work)
        else:
            yield work


def _parts(library: Library, work: Work) -> Iterator[Work]:
    """Take a work that was joined apart again: what its records say under each of the keys it had."""
    voices: dict[str, list[Record]] = defaultdict(list)
    for key in (work.key, *work.aliases):
        end = own_end(library.db, key)
        rows = library.db.execute(
            "select r.source, w.raw from records r join raws w on w.item = r.item where r.key = ?", (key,)
        )
        found = (unpack(*row) for row in rows)
        voices[end] += [record for record in found if isinstance(record, Record)]
    for key in sorted(voices):
        if voices[key]:
            yield merge(voices[key], key=key)


def dedupe(library: Library, decisions: Sequence[Decision] = (), *, dry_run: bool = False) -> Sorted:
    """Find which works are the same, with what people decide now and have decided before, and join them.

    With `dry_run` nothing is kept, neither the decisions nor what is found.
    """
    derive(library)
    told = decided(library)
    for each in decisions:
        pair = (min(each.one, each.other), max(each.one, each.other))
        if each.said == "undecided":
            told.pop(pair, None)
        else:
            told[pair] = each.said
    keys: set[str] = set()
    found = clusters(_described(library, keys), decided=told)
    known = [each for each in decisions if {each.one, each.other} <= keys and each.one != each.other]
    unknown = tuple(each for each in decisions if each not in known)
    if not dry_run:
        _keep(library, known, found)
        derive(library)
    return Sorted(len(keys), found, unknown)


def _described(library: Library, keys: set[str]) -> Iterator[Description]:
    """Describe one work after the other, and collect their keys: all of them at once would fill the memory."""
    for work in compared(library):
        keys.add(work.key)
        yield Description.of(work, key=work.key)


def _keep(library: Library, known: Iterable[Decision], found: Clusters) -> None:
    with library.transaction() as db:
        run = ledger.enter(db, command="dedupe", arguments={})
        said = (
            (run.id, min(each.one, each.other), max(each.one, each.other), each.said, 1, each.reason) for each in known
        )
        same = ((run.id, *verdict.keys, "same", 0, str(verdict)) for verdict in found.merges)
        related = ((run.id, *verdict.keys, "related", 0, str(verdict)) for verdict in found.links)
        for rows in (said, same, related):
            db.executemany(
                "insert into decisions (run, one, other, verdict, person, reason) values (?, ?, ?, ?, ?, ?)", rows
            )
        db.execute("update runs set finished = ?, outcome = 'done' where id = ?", (now(), run.id))
        settle(db)


def join(db: sqlite3.Connection, run: Run, verdict: Verdict) -> None:
    """Keep that a work of a file was found at an index, inside the transaction that is open, and join the two."""
    db.execute(
        "insert into decisions (run, one, other, verdict, person, reason) values (?, ?, ?, 'same', 0, ?)",
        (run.id, *verdict.keys, str(verdict)),
    )
    settle(db)
