"""Two libraries as one: the evidence of both, once, and what follows from all of it.

What either library has on record is kept; what both have is kept once. Nothing here depends on which of the two takes
the other in: whoever unites with whom, in whatever order and how often, has the same works and citations in the end.

A run is the same run in both when it began with the same: command, arguments, version and replica, in the same second,
with the same inputs and the seeds of its first round; and, where it took decisions as it began (`screen`, `dedupe`),
the same decisions. Runs that are alike in all of that within one library stay as many. So two people who give the same
command in the same second have one run on record, in which the answers that either received are kept.

Runs are numbered anew, by the time at which they began; those of one library stay in their order. The last decision of
people counts wherever a library has several, and now "last" is by that time, whoever took it. A finding of the matcher
counts as it would if both had been made here: another index overrules an earlier one only with something better. Of two
accounts of one lookup, found beats missing, missing failed, and failed waiting. A run that one library has brought to
its end is done; one that neither has can be resumed here.
"""

import json
import sqlite3
from collections.abc import Iterator
from typing import Any, NamedTuple, TypeAlias

from harvester.errors import LibraryError
from harvester.formats.reading import readers
from harvester.library import conflicts, decisions, reading
from harvester.library.conflicts import Conflict
from harvester.library.derivation import derive, enter, unpack
from harvester.library.evidence import SIDES, number_runs, unite_rows
from harvester.library.homes import home_of, lead, settle, touch
from harvester.library.matches import BY_MATCH, cited_key, settle_matches, words_of
from harvester.library.proof import received
from harvester.library.snapshot import Snapshot, named, unfounded
from harvester.library.store import Library
from harvester.merge import FILES
from harvester.model import Record

__all__ = ["United", "unite"]


class United(NamedTuple):
    """What came of uniting one library with another."""

    name: str
    runs: int
    """Runs that are new here."""
    unfinished: int
    """Of these, runs that have not come to their end and can be resumed."""
    renumbered: int
    """Runs that were here before and have another number now."""
    records: int
    """Records as a source sent them that are new here."""
    decisions: int
    """Decisions of people that are new here, on works, references and in screening."""
    conflicts: tuple[Conflict, ...]
    """Where people differ who did not know of each other."""
    before: reading.Size
    after: reading.Size
    is_mixed: bool
    """Whether some runs here have asked a replica, and others the indexes."""


def unite(library: Library, other: Snapshot) -> United:
    """Take the evidence of another library in, and bring everything that follows from it up to date.

    All of it comes in or nothing; a crash after that leaves works that `unite` brings up to date when it is called
    again, as any harvest does. Where either library has been through `dedupe`, works are compared again, since what
    each found among its own is not all there is to be found now.

    Raises `LibraryError` where the other library holds what this program never writes.
    """
    derive(library)
    before = reading.size(library)
    library.db.execute("attach ? as other", (str(other.path),))
    try:
        with library.transaction() as db:
            came, is_news = _take_in(library, db, other)
    except sqlite3.IntegrityError as error:
        raise LibraryError(
            f"{other.name} holds what no library can hold ({error}); nothing was taken from it"
        ) from error
    finally:
        # Records are remembered by numbers that a transaction that came to nothing has given back.
        library.recent.clear()
        library.db.execute("detach other")
    derive(library)
    _compare_again(library, is_news=is_news)
    (is_mixed,) = library.db.execute(_MIXED).fetchone()
    return United(other.name, *came, before, reading.size(library), bool(is_mixed))


_MIXED = (
    "select count(distinct replica is null) > 1 from runs"
    " where exists (select 1 from requests where run = runs.id and url like 'http%')"
)


_Came: TypeAlias = tuple[int, int, int, int, int, tuple[Conflict, ...]]
"""What `United` tells of what came in."""


def _take_in(library: Library, db: sqlite3.Connection, other: Snapshot) -> tuple[_Came, bool]:
    """Unite the evidence; give what came in, and whether there are records now that neither library had all of."""
    for fault in unfounded(db):
        raise LibraryError(f"{library.path} is damaged ({fault}); nothing was taken in")
    kept = {side: _counted(db, side) for side in SIDES}
    renumbered = number_runs(db)
    here, there = (conflicts.stated(db, side, number=number) for side, number in SIDES.items())
    fresh = db.execute(_NEW_RUNS).fetchall()
    asked = db.execute(_NEW_SYNONYMS).fetchall()
    db.execute(f"create temp table ranked as {_RANKED_BY_RUN}")
    unite_rows(db)
    db.execute(_NOTHING_WAITS)
    last = _unite_items(db)
    _rank_anew(library, db, before=last + 1)
    db.execute("insert or ignore into main.synonyms select asked, answered from other.synonyms")
    _file(library, db, after=last, name=other.name)
    for (key,) in asked:
        lead(db, key)
    settle(db)
    _settle_references(library, db)
    found = conflicts.between(db, here, there, libraries=_called(library, other))
    conflicts.record(db, found, name=other.name)
    now = _counted(db, "main")
    db.execute("drop table temp.ranked")
    db.execute("drop table temp.run_numbers")
    db.execute("drop table temp.request_numbers")
    unfinished = sum(outcome != "done" for (outcome,) in fresh)
    decided = now.decisions - kept["main"].decisions
    came = (len(fresh), unfinished, renumbered, now.items - kept["main"].items, decided, found)
    return came, now.items not in (kept["main"].items, kept["other"].items)


def _called(library: Library, other: Snapshot) -> tuple[str, str]:
    """Tell the two apart by name, by their folders too where the files have one name."""
    ours, theirs = named(library.path), named(other.of)
    return (ours[-1], theirs[-1]) if ours[-1] != theirs[-1] else ("/".join(ours), "/".join(theirs))


_NEW_RUNS = (
    "select r.outcome from other.runs r join temp.run_numbers n on n.side = 1 and n.old = r.id"
    " where n.new not in (select new from temp.run_numbers where side = 0)"
)
_NEW_SYNONYMS = (
    "select distinct asked from (select asked, answered from other.synonyms except select asked, answered from"
    " main.synonyms) order by asked"
)
# As when a run ends: what no question could be put for has failed.
_NOTHING_WAITS = (
    "update main.lookups set state = 'failed', detail = 'there is no question that asks for it'"
    " where state = 'waiting' and run in (select id from main.runs where outcome = 'done')"
)


class _Counted(NamedTuple):
    items: int
    decisions: int


def _counted(db: sqlite3.Connection, side: str) -> _Counted:
    return _Counted(*db.execute(_COUNTED.format(side)).fetchone())


_COUNTED = (
    "select (select count(*) from {0}.items), (select count(*) from {0}.decisions where person)"
    " + (select count(*) from {0}.matches where origin = 'person') + (select count(*) from {0}.screening)"
)

# -- items, and what follows from them -------------------------------------------------------------------------


def _unite_items(db: sqlite3.Connection) -> int:
    """Add the items that are new here; give the number of the last that was here before."""
    (last,) = db.execute("select coalesce(max(id), 0) from main.items").fetchone()
    db.execute(
        "update main.items set request = n.new from temp.request_numbers n"
        " where n.side = 0 and n.old = items.request and n.new != n.old"
    )
    db.execute(
        "insert into main.items (source, native, digest, request) select i.source, i.native, i.digest, n.new"
        " from other.items i join temp.request_numbers n on n.side = 1 and n.old = i.request where true order by i.id"
        " on conflict (source, native, digest) do update set request = min(request, excluded.request)"
    )
    db.execute(
        "insert into main.raws select m.id, r.raw from main.items m join other.items i on i.source = m.source"
        " and i.native = m.native and i.digest = m.digest join other.raws r on r.item = i.id where m.id > ?",
        (last,),
    )
    return int(last)


def _file(library: Library, db: sqlite3.Connection, *, after: int, name: str) -> None:
    """File the records of the items that are new, each once it has been found to be what was received."""
    rows = db.execute(
        "select i.id, i.source, i.native, i.digest, r.raw from main.items i left join main.raws r on r.item = i.id"
        " where i.id > ? order by i.id",
        (after,),
    )
    for item, source, native, digest, raw in rows:
        if not _is_sound(source, raw, digest):
            raise LibraryError(
                f"{name} is damaged (the answer of {source} about {native} is not what was received);"
                " nothing was taken from it"
            )
        record = unpack(source, raw)
        if isinstance(record, Record):
            enter(library, record, item=item, digest=digest)


# Of the items that were asked for again, that of the later run is the better one.
_RANKED_BY_RUN = (
    "select i.id as item, r.id as run from main.items i join main.requests q on q.id = i.request"
    " join main.runs r on r.id = q.run where r.arguments ->> '$.refresh'"
)


def _rank_anew(library: Library, db: sqlite3.Connection, *, before: int) -> None:
    """File the records anew whose rank depends on the number of a run, where that is another one now."""
    for name in db.execute(_MOVED, {"before": before}).fetchall():
        row = db.execute("select key, pmid from records where source = ? and native = ?", name).fetchone()
        db.execute("delete from records where source = ? and native = ?", name)
        for item, digest, raw in db.execute(
            "select id, digest, raw from items join raws on item = id where source = ? and native = ? and id < ?",
            (*name, before),
        ).fetchall():
            record = unpack(name[0], raw)
            if isinstance(record, Record):
                enter(library, record, item=item, digest=digest)
        if row is not None:
            lead(db, row[0])
            touch(db, home_of(db, row[0]))
            if row[1] is not None:
                lead(db, f"pmid:{row[1]}")


_MOVED = (
    "select distinct source, native from main.items where id in"  # noqa: S608 # a text from here
    f" (select item from (select item, run from ({_RANKED_BY_RUN}) except select item, run from temp.ranked)"
    f" union select item from (select item, run from temp.ranked except select item, run from ({_RANKED_BY_RUN})))"
    " and id < :before order by source, native"
)


def _is_sound(source: str, raw: object, digest: bytes) -> bool:
    try:
        given = json.loads(received(raw, digest) or b"")
    except (ValueError, RecursionError):
        return False
    if not isinstance(given, dict):
        return False
    return not source.startswith(FILES) or (given.get("format") in readers() and isinstance(given.get("text"), str))


def _settle_references(library: Library, db: sqlite3.Connection) -> None:
    """Have the works here cite what their references are found to name now."""
    changed = settle_matches(db, [words for (words,) in db.execute("select distinct reference from other.matches")])
    if changed:
        for work in reading.works(library, selected=_with_open_references(db)):
            if any(words_of(each) in changed for each in work.references if not cited_key(each.targets)):
                touch(db, work.key)


def _with_open_references(db: sqlite3.Connection) -> set[str]:
    rows = db.execute(
        "select key from works where unmatched union select w.key from citations c join works w on w.id = c.citing"
        " where c.source like ?",
        (f"{BY_MATCH}%",),
    )
    return {key for (key,) in rows}


def _compare_again(library: Library, *, is_news: bool) -> None:
    """Find the works that are the same among those of both, where `dedupe` has been run on either.

    Nothing is entered where that finds what is on record already; so a library that another contains, or that is
    united a second time, stays as it is.
    """
    last = library.db.execute("select max(id) from runs where command = 'dedupe'").fetchone()[0]
    if last is None:
        return
    if not is_news:
        found = decisions.dedupe(library, dry_run=True).found
        rows: Iterator[Any] = library.db.execute(
            "select one, other, verdict, reason from decisions where run = ? and not person", (last,)
        )
        now = {(*each.keys, "same", str(each)) for each in found.merges}
        now |= {(*each.keys, "related", str(each)) for each in found.links}
        if set(rows) == now:
            return
    decisions.dedupe(library)
