"""The account of a search: what each source reported, what arrived, and what was kept."""

from dataclasses import dataclass
from itertools import groupby
from operator import itemgetter
from typing import NamedTuple

from harvester.library import ledger
from harvester.library.carves import SNAPSHOT
from harvester.library.ledger import Run
from harvester.library.store import Library

__all__ = ["Part", "Searched", "searched"]


class Part(NamedTuple):
    """One of the questions that a search consists of at a source, with all of its pages."""

    url: str
    reported: int | None
    """How many works the source says answer it; of a file of a snapshot, how many it holds."""
    received: int
    short: int
    """How many of those did not arrive that should have, though its last page did; 0 for a search with a limit."""
    requests: int
    state: str
    """`done` when its last page has arrived, `failed` or `replaced` when it was given up, else `waiting`."""
    detail: str | None


@dataclass(frozen=True)
class Searched:
    """What a search asked of one source, and what became of it.

    A work that answers several parts is counted once in `kept`, the works it found. A source whose records are
    judged here (Crossref) has also sent some that do not satisfy the expression, `outside`, and some that cannot
    be judged for want of an abstract, `unjudged`.
    """

    source: str
    parts: tuple[Part, ...]
    kept: int
    outside: int
    unjudged: int


def searched(library: Library, run: Run) -> tuple[Searched, ...]:
    """Give the account of a search: what each source reported, what arrived, and what was kept."""
    rows = library.db.execute(
        "select source, part, url, reported, received, state, detail from requests"
        " where run = ? and part is not null order by source, part, id",
        (run.id,),
    ).fetchall()
    counts: dict[tuple[str, str], int] = {
        (source, state): count
        for source, state, count in library.db.execute(
            "select source, state, count(*) from hits where run = ? group by 1, 2", (run.id,)
        )
    }
    arguments = ledger.arguments(library, run.id)
    accounts = []
    for source, of_source in groupby(rows, key=itemgetter(0)):
        depth = arguments["depth"] if source == "crossref" else None
        # A file of a snapshot holds more works than are wanted of it.
        most = 0 if source == SNAPSHOT or arguments["limit"] else depth
        parts = [_part(list(pages), most=most) for _, pages in groupby(of_source, key=itemgetter(1))]
        kept, outside, unjudged = (counts.get((source, state), 0) for state in ("kept", "outside", "unjudged"))
        accounts.append(Searched(source, tuple(parts), kept, outside, unjudged))
    return tuple(accounts)


def _part(pages: list[tuple[str, int, str, int | None, int | None, str, str | None]], *, most: int | None) -> Part:
    _, _, url, reported, _, _, _ = pages[0]
    states = {page[5] for page in pages}
    received = sum(page[4] or 0 for page in pages)
    expected = reported or 0 if most is None else min(reported or 0, most)
    return Part(
        url=url,
        reported=reported,
        received=received,
        short=max(expected - received, 0) if states == {"done"} else 0,
        requests=sum(page[5] == "done" for page in pages),
        state=next(state for state in ("waiting", "failed", "replaced", "done") if state in states),
        detail=next((page[6] for page in pages if page[6]), None),
    )
