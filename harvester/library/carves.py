"""Carves on record: what was taken out of a snapshot, and which of the works here for their citations alone."""

import json
from collections.abc import Mapping
from typing import Any, Final

from harvester.identifiers import Identifier
from harvester.library.store import Library

__all__ = ["AROUND", "SNAPSHOT", "around", "families", "linked_works", "missing", "without_place"]

SNAPSHOT: Final = "snapshot"
"""Who is asked, in the ledger; the records are OpenAlex's."""

AROUND: Final = "#around"
"""Ends the address of the second reading of a file, for what is linked to the works selected."""


_ASKED: Final = ("searched", "unstemmed", "corpus", "backward", "forward", "depth", "years")
"""Arguments that make a carve another one, beside the works that were named."""


def around(library: Library, *runs: int) -> int:
    """Count the works that came with a carve, or with several, because they are linked to those selected, each once.

    A snapshot may hold several versions of a work, and what it says may have been held before.
    """
    (number,) = library.db.execute(
        "select count(distinct a.native) from requests q join arrivals a on a.request = q.id"
        " where q.run in (select value from json_each(?)) and q.source = ? and q.url like ?",
        (json.dumps(runs), SNAPSHOT, f"%{AROUND}"),
    ).fetchone()
    return int(number)


def missing(library: Library, run: int) -> list[Identifier]:
    """Give what was named to a carve and is not in its snapshot, in order; nothing until all its files are read.

    What another carve found of the same names, before or after, counts for that one alone.
    """
    rows = library.db.execute(
        "select distinct i.scheme, i.value from inputs i left join lookups l on l.scheme = i.scheme"
        " and l.value = i.value and l.source = :source where i.run = :run and i.scheme is not null"
        " and not exists (select 1 from hits h where h.run = :run and h.source = :source and h.native = l.native)"
        " and not exists (select 1 from requests q where q.run = :run and q.source = :source"
        " and q.state = 'waiting' and q.url not like :around) order by 1, 2",
        {"run": run, "source": SNAPSHOT, "around": f"%{AROUND}"},
    )
    return [Identifier(*row) for row in rows]


def families(library: Library) -> dict[int, int]:
    """Give for every carve the first one that asked the same, be it of another snapshot; of most that is itself."""
    rows = library.db.execute("select id, arguments from runs where command = 'carve' order by id").fetchall()
    first: dict[str, int] = {}
    found = {}
    for run, arguments in rows:
        given = json.loads(arguments)
        named = library.db.execute(
            "select distinct scheme, value from inputs where run = ? and scheme is not null order by 1, 2", (run,)
        ).fetchall()
        found[run] = first.setdefault(json.dumps([[given.get(name) for name in _ASKED], named]), run)
    return found


def linked_works(library: Library) -> frozenset[str]:
    """Give the keys of the works that came with any carve because they are linked to those selected."""
    rows = library.db.execute(
        "select distinct coalesce(h.home, r.key) from requests q join arrivals a on a.request = q.id"
        " join records r on r.source = 'openalex' and r.native = a.native left join homes h on h.key = r.key"
        " where q.source = ? and q.url like ?",
        (SNAPSHOT, f"%{AROUND}"),
    )
    return frozenset(key for (key,) in rows)


def without_place(arguments: Mapping[str, Any]) -> dict[str, Any]:
    """Leave out of the arguments of a run where on this machine a snapshot lies, which is kept for `resume` alone.

    A bucket is the same for everybody, and stays.

    >>> without_place({"snapshot": {"place": "/home/ana/openalex-2026/data/parquet/works", "name": "openalex-2026"}})
    {'snapshot': {'name': 'openalex-2026'}}
    """
    snapshot = arguments.get("snapshot")
    if not isinstance(snapshot, Mapping) or str(snapshot.get("place")).startswith("s3://"):
        return dict(arguments)
    return {**arguments, "snapshot": {name: value for name, value in snapshot.items() if name != "place"}}
