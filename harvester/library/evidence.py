"""The rows of evidence of two libraries as one: which are the same, which of two accounts counts, and their numbers.

The libraries are `main` and `other` on one connection. Every table but those of the items is laid out anew, from the
rows of both, as if neither came before the other.
"""

import hashlib
import json
import sqlite3
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from harvester.library.matching import BY_RANK

__all__ = ["SIDES", "TABLES", "number_runs", "unite_rows"]

SIDES = {"main": 0, "other": 1}
"""The libraries, and what stands for them in the tables of numbers."""


# -- runs ------------------------------------------------------------------------------------------------------

_Beginning = tuple[str, str, int]
"""When a run began, what stands for all that it began with, and which it is of those that began alike."""

_BEGAN_WITH = (
    "select id, command, version, replica from {0}.runs order by id",
    "select run, origin, text, scheme, value, reason from {0}.inputs order by run, position",
    "select run, key, origin from {0}.seeds where round = 1 order by run, key",
    "select run, key, decision, reason, person from {0}.screening order by run, id",
    (
        "select d.run, one, other, verdict, person, d.reason from {0}.decisions d join {0}.runs r on r.id = d.run"
        " where r.command = 'dedupe' order by d.run, d.id"
    ),
)
"""What is entered in the transaction in which a run begins, and is never added to; with its arguments, see below."""

_OF_RUNS = ("repeats", "since")
"""Arguments that are the numbers of other runs."""


def _beginnings(db: sqlite3.Connection, side: str) -> dict[_Beginning, int]:
    """Give the number of each run by what it began with, in the order of the runs."""
    runs = db.execute(f"select id, started, arguments from {side}.runs order by id").fetchall()  # noqa: S608 # a name from here
    wholes = {number: hashlib.sha256() for number, _, _ in runs}
    for query in _BEGAN_WITH:
        for number, *row in db.execute(query.format(side)):
            wholes[number].update(json.dumps(row).encode("ascii"))
        for whole in wholes.values():
            whole.update(b"\n")
    alike: Counter[tuple[str, str]] = Counter()
    found: dict[int, _Beginning] = {}
    for number, started, arguments in runs:
        # Which runs are meant goes into it, and not their numbers, which union changes.
        wholes[number].update(_with_runs(arguments, found).encode("ascii"))
        began = (started, wholes[number].hexdigest())
        alike[began] += 1
        found[number] = (*began, alike[began])
    return {began: number for number, began in found.items()}


def _with_runs(arguments: str, runs: Mapping[int, object]) -> str:
    """Give the arguments of a run with other words for the runs that they name."""
    given = json.loads(arguments)
    named = {name: runs[given[name]] for name in _OF_RUNS if isinstance(given.get(name), int) and given[name] in runs}
    return json.dumps(given | named, sort_keys=True) if named else arguments


def number_runs(db: sqlite3.Connection) -> int:
    """Lay out which number each run of the two libraries has from now on; give how many of ours have another one."""
    began = {side: _beginnings(db, side) for side in SIDES}
    numbers = {run: number for number, run in enumerate(_in_order(*map(list, began.values())), start=1)}
    db.execute("create temp table run_numbers (side, old, new, primary key (side, old)) without rowid")
    for side, number in SIDES.items():
        db.executemany(
            "insert into temp.run_numbers values (?, ?, ?)",
            ((number, old, numbers[run]) for run, old in began[side].items()),
        )
    return sum(old != numbers[run] for run, old in began["main"].items())


def _in_order(one: Sequence[_Beginning], other: Sequence[_Beginning]) -> list[_Beginning]:
    """Put what is in either list in order, each once: as the lists have it, and between them by time.

    A clock may have been put back, and two runs may begin in one second, so that the lists know more than the times.
    Where the lists contradict each other the times decide.
    """
    lists = [dict.fromkeys(reversed(each)) for each in (one, other)]
    order = []
    while any(lists):
        heads = {next(reversed(each)) for each in lists if each}
        free = [head for head in heads if all(head not in each or next(reversed(each)) == head for each in lists)]
        chosen = min(free or heads)
        order.append(chosen)
        for each in lists:
            each.pop(chosen, None)
    return order


# -- rows ------------------------------------------------------------------------------------------------------


class _Rule(NamedTuple):
    """How the rows of a table are told apart, and which of two that are one row counts."""

    key: str | None = None
    """The columns that tell them apart; None where nothing but all of them does, and equal ones stay as many."""
    best: str = "1"
    """What the row that counts comes first by; ties are broken by all of its columns."""
    without: str = "0"
    """Rows that are not kept."""


_ROWS = {
    "runs": _Rule("id", "outcome is not 'done', outcome is not 'stopped', outcome is null, finished desc"),
    "sessions": _Rule(),
    "inputs": _Rule("run, position"),
    "lookups": _Rule(
        "scheme, value, source",
        "case state when 'found' then 1 when 'missing' then 2 when 'failed' then 3 else 4 end, run desc",
    ),
    # A question that waits is no evidence, and a run that is done asks no more.
    "requests": _Rule(
        "run, source, url",
        "case state when 'done' then 1 when 'failed' then 2 when 'replaced' then 3 else 4 end, answered",
        without="state = 'waiting' and run in (select id from main.runs where outcome = 'done')",
    ),
    "hits": _Rule("run, source, native", "case state when 'kept' then 1 when 'unjudged' then 2 else 3 end, request"),
    "skips": _Rule("request, reason, detail"),
    "arrivals": _Rule("request, native"),
    "rounds": _Rule("run, round", "ended is null, started"),
    "seeds": _Rule("run, round, key"),
    "decisions": _Rule(),
    "matches": _Rule(),
    "screening": _Rule(),
}
"""The tables that are laid out anew, those first that others refer to.

Items stay where they are: their texts are large, and nothing depends on their numbers.
"""

TABLES = (*_ROWS, "items", "raws", "synonyms")
"""The tables from which everything else in a library follows; who is writing to the file is no part of that."""


def unite_rows(db: sqlite3.Connection) -> None:
    """Lay out the tables anew with the rows of both; `temp.request_numbers` tells which number each request has now.

    Needs what `number_runs` has laid out. Items still have the old numbers of their requests after this.
    """
    for table, rule in _ROWS.items():
        names = [name for (name,) in db.execute("select name from pragma_table_info(?, 'main')", (table,))]
        numbered = "id" in names and table != "runs"
        if numbered:
            names.remove("id")
        both = (_rows_of(table, side, names, numbered=numbered) for side in SIDES)
        db.execute(f"create temp table both as {' union all '.join(both)}")
        db.execute(f"delete from temp.both where {rule.without}")  # noqa: S608 # a text from here
        columns = ", ".join(names)
        order = f"run, spot, {columns}" if numbered else rule.key or columns
        if table == "runs":
            _name_runs_anew(db)
        if table == "matches":
            _note_overruled(db)
            order = f"{_COUNTS}, {order}"
        db.execute(f"delete from main.{table}")  # noqa: S608 # a name from here
        row = f"partition by {rule.key or columns}, copy"
        db.execute(
            f"insert into main.{table} ({columns}) select {columns} from (select *, row_number() over"  # noqa: S608 # texts from here
            f" ({row} order by {rule.best}, {columns}) as pick, min(place) over ({row}) as spot from temp.both)"
            f" where pick = 1 order by {order}"
        )
        if table == "requests":
            db.execute("create temp table request_numbers (side, old, new, primary key (side, old)) without rowid")
            db.execute(
                "insert into temp.request_numbers select b.side, b.old, r.id from temp.both b"
                " join main.requests r on r.run = b.run and r.source = b.source and r.url = b.url"
            )
        db.execute("drop table temp.both")
    db.execute("drop table temp.overruled")


def _rows_of(table: str, side: str, names: Iterable[str], *, numbered: bool) -> str:
    """Ask for the rows of a table in one library, with the numbers that their runs and requests have from now on.

    With each come its place in its run, and which it is of equal rows where these stay as many.
    """
    fields, joins = [], []
    for name in names:
        numbers = _NUMBERS.get("run" if (table, name) == ("runs", "id") else name)
        if numbers:
            fields.append(f"of_{name}.new as {name}")
            joins.append(f"join {numbers} of_{name} on of_{name}.side = {SIDES[side]} and of_{name}.old = t.{name}")
        else:
            fields.append(f"t.{name} as {name}")
    place = "row_number() over (partition by t.run order by t.id)" if numbered else "0"
    equal = ", ".join(f"t.{name}" for name in names)
    copy = "0" if _ROWS[table].key else f"row_number() over (partition by {equal} order by {'t.id' if numbered else 1})"
    return (
        f"select {', '.join(fields)}, {place} as place, {copy} as copy, {SIDES[side]} as side,"  # noqa: S608 # names from here
        f" {'t.id' if 'id' in names or numbered else '0'} as old from {side}.{table} t {' '.join(joins)}"
    )


_COUNTS = "(reference, run, origin) not in (select reference, run, origin from temp.overruled)"

_NUMBERS = {"run": "temp.run_numbers", "request": "temp.request_numbers"}


def _name_runs_anew(db: sqlite3.Connection) -> None:
    """Have the arguments of runs name other runs by the numbers that these have from now on."""
    numbers: dict[int, dict[int, int]] = {side: {} for side in SIDES.values()}
    for side, old, new in db.execute("select side, old, new from temp.run_numbers"):
        numbers[side][old] = new
    rows = db.execute("select side, old, arguments from temp.both").fetchall()
    db.executemany(
        "update temp.both set arguments = ? where side = ? and old = ?",
        ((_with_runs(arguments, numbers[side]), side, old) for side, old, arguments in rows),
    )


def _note_overruled(db: sqlite3.Connection) -> None:
    """Name the findings of the matcher that would not have been kept had all been made in one library.

    They come before all others, so that the last finding on a reference is the one that counts.
    """
    db.execute(
        "create temp table overruled (reference, run, origin, primary key (reference, run, origin)) without rowid"
    )
    rows = db.execute(
        "select reference, run, origin, standing, min(place) from temp.both where origin != 'person'"
        " group by reference, run, origin order by reference, run, min(place), origin"
    )
    overruled = []
    for reference, findings in groupby(rows, key=itemgetter(0)):
        last: tuple[str, str] | None = None
        for _, run, origin, standing, _ in findings:
            if last is None or last[0] == origin or BY_RANK.index(standing) > BY_RANK.index(last[1]):
                last = (origin, standing)
            else:
                overruled.append((reference, run, origin))
    db.executemany("insert or ignore into temp.overruled values (?, ?, ?)", overruled)
