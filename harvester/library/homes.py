"""Which work a key leads to: a W id to the DOI in its record, a DOI to the one it is an alias of.

Each key leads to at most one other (`next`), and the key at the end of the way is the key of the work (`home`).
Both follow from the evidence alone, whatever its order. What the citations table says of a key may lag behind
(`laid`), until `derive` takes it along.
"""

import sqlite3
from collections.abc import Iterator

__all__ = ["all_keys", "home_of", "lead", "own_end", "settle", "synonym", "touch"]


def home_of(db: sqlite3.Connection, key: str) -> str:
    """Give the key of the work that this key names."""
    row = db.execute("select home from homes where key = ?", (key,)).fetchone()
    return str(row[0]) if row else key


def all_keys(db: sqlite3.Connection, home: str) -> list[str]:
    """Give every key that leads to a work, its own first."""
    return [home, *(key for (key,) in db.execute("select key from homes where home = ? and key != home", (home,)))]


def touch(db: sqlite3.Connection, home: str) -> None:
    """Note that a work does not show all the evidence any more."""
    db.execute("insert or ignore into touched values (?)", (home,))


def synonym(db: sqlite3.Connection, asked: str, answered: str) -> None:
    """Keep as evidence that an index answered a key of its own under another one, and act on it."""
    if asked != answered:
        db.execute("insert or ignore into synonyms values (?, ?)", (asked, answered))
        lead(db, asked)


def lead(db: sqlite3.Connection, key: str) -> None:
    """Let a key lead where the evidence says, and everything behind it too.

    That is where its index says, or the DOI in its record, or the work that it was found to be the same as; a PMID
    leads to the work whose record has it.

    An index that answers a key under another one knows better than an older record of that key, in which a
    DOI may stand. Where it gave several answers over time the first in the alphabet counts: it is as good
    as any, and the same whichever came first.
    """
    target = _target(db, key)
    row = db.execute("select next from homes where key = ?", (key,)).fetchone()
    if target == (row[0] if row else key):
        return
    if row:
        db.execute("update homes set next = ? where key = ?", (target, key))
    else:
        db.execute("insert into homes (key, next, home, laid) values (?, ?, ?, ?)", (key, target, key, key))
    for moved in _behind(db, key):
        before, now = home_of(db, moved), _end(db, moved)
        if before != now:
            db.execute("update homes set home = ? where key = ?", (now, moved))
            touch(db, now)
            if before != moved:  # a work that moves as a whole is gone when it comes to be looked at
                touch(db, before)


def _target(db: sqlite3.Connection, key: str) -> str:
    (answered,) = db.execute("select min(answered) from synonyms where asked = ?", (key,)).fetchone()
    if answered is not None:
        return str(answered)
    (doi,) = db.execute("select min(doi) from records where key = ?", (key,)).fetchone()
    if doi is not None and key != f"doi:{doi}":
        return f"doi:{doi}"
    row = db.execute("select leader from same where key = ?", (key,)).fetchone()
    if row is None and key.startswith("pmid:"):
        row = db.execute(_NUMBERED, (key.removeprefix("pmid:"),)).fetchone()
    return str(row[0]) if row and row[0] else key


# One that an index gives to two works, by mistake, leads to neither.
_NUMBERED = (
    "select case when count(distinct doi) = 1 then 'doi:' || min(doi)"
    " when count(doi) = 0 and count(distinct key) <= count(distinct source) then min(key) end"
    " from records where pmid = ?"
)


def settle(db: sqlite3.Connection) -> None:
    """Let the keys of one work lead to the best of them, as the last `dedupe` and any `fill` found; a DOI is the best.

    What `fill` found counts as long as nobody calls the two different; `dedupe` has heard people already.
    """
    before = dict(db.execute("select key, leader from same"))
    pairs = db.execute(
        "select distinct one, other from decisions d where verdict = 'same' and not person and (run ="
        " (select max(id) from runs where command = 'dedupe') or run in (select id from runs where command = 'fill')"
        " and 'different' is not (select verdict from decisions s where s.one = d.one and s.other = d.other and person"
        " order by id desc limit 1)) order by one, other"
    ).fetchall()
    group: dict[str, list[str]] = {}
    for one, other in pairs:
        mine, theirs = group.get(one, [one]), group.get(other, [other])
        if mine is not theirs:
            mine = mine + theirs
            group.update(dict.fromkeys(mine, mine))
    db.execute("delete from same")
    for members in {id(members): members for members in group.values()}.values():
        leader = min(members, key=_standing)
        db.executemany("insert into same values (?, ?)", ((key, leader) for key in sorted(members) if key != leader))
    after = dict(db.execute("select key, leader from same"))
    for key in sorted(before.keys() | after.keys()):
        if before.get(key) != after.get(key):
            lead(db, key)


def own_end(db: sqlite3.Connection, key: str) -> str:
    """Follow a key as far as the records themselves lead, and not to the work that it was found to be the same as.

    What people decide, and what the matcher finds, is about works as they are there.
    """
    seen: list[str] = []
    while key not in seen:
        seen.append(key)
        row = db.execute(_OWN_NEXT, (key,)).fetchone()
        key = row[0] if row else key
    return min(seen[seen.index(key) :])


_OWN_NEXT = "select next from homes where key = ? and next not in (select leader from same where key = homes.key)"


def _standing(key: str) -> tuple[int, str]:
    scheme = key.partition(":")[0]
    return ("doi", "openalex").index(scheme) if scheme in ("doi", "openalex") else 2, key


def _behind(db: sqlite3.Connection, key: str) -> list[str]:
    """Give the key and all that lead to it, each once; synonyms may go round in a ring."""
    found = {key: None}
    fresh = [key]
    while fresh:
        ahead = fresh.pop()
        for (one,) in db.execute("select key from homes where next = ?", (ahead,)).fetchall():
            if one not in found:
                found[one] = None
                fresh.append(one)
    return list(found)


def _end(db: sqlite3.Connection, key: str) -> str:
    way = list(_way(db, key))
    ring = way[way.index(way[-1]) : -1]
    return min(ring)


def _way(db: sqlite3.Connection, key: str) -> Iterator[str]:
    """Give the keys on the way from a key, up to the first that comes a second time; an end leads to itself."""
    seen: set[str] = set()
    while key not in seen:
        yield key
        seen.add(key)
        row = db.execute("select next from homes where key = ?", (key,)).fetchone()
        key = row[0] if row else key
    yield key
