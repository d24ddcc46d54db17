"""Carves on record: which of the works here were taken out of a snapshot for their citations alone."""

from typing import Final

from harvester.library.store import Library

__all__ = ["AROUND", "SNAPSHOT", "around"]

SNAPSHOT: Final = "snapshot"
"""Who is asked, in the ledger; the records are OpenAlex's."""

AROUND: Final = "#around"
"""Ends the address of the second reading of a file, for what is linked to the works selected."""


def around(library: Library) -> frozenset[str]:
    """Give the keys of the works that came with a carve because they are linked to those selected."""
    rows = library.db.execute(
        "select distinct coalesce(h.home, r.key) from requests q join items i on i.request = q.id join records r"
        " on r.source = i.source and r.native = i.native left join homes h on h.key = r.key"
        " where q.source = ? and q.url like ?",
        (SNAPSHOT, f"%{AROUND}"),
    )
    return frozenset(key for (key,) in rows)
