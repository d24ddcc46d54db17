"""Works that are here already are asked for once more, in lists, of every index that was asked for them before."""

import json
from collections.abc import Iterable

from harvester.identifiers import Identifier
from harvester.library import Library, derive, ledger
from harvester.library.ledger import Run
from harvester.sources import DESCRIBING, SOURCES

__all__ = ["Recall", "held", "runs_of_update"]

_OWN = {"crossref": "doi", "openalex": "openalex"}
"""What these indexes call their works by: asked for that, each work comes in a list and once."""

_BY_ITSELF = (
    "select native from records where source = :source except select native from lookups where source = :source"
    " and state = 'found' and run in (select value from json_each(:runs))"
    " except select native from hits where source = :source and :source != 'crossref' and state = 'kept'"
    " and run in (select value from json_each(:runs))"
    " except select a.native from arrivals a join requests q on q.id = a.request where q.source = :source"
    " and q.run in (select value from json_each(:runs)) order by 1"
)
# An index that did not know a work may know it by now; it matters of works that are described, and of those named.
_NOT_FOUND = (
    "select l.scheme, l.value from lookups l where l.source = :source and l.state in ('missing', 'failed')"
    " and l.run not in (select value from json_each(:runs)) and (exists (select 1 from identifiers i join works w"
    " on w.id = i.work where i.scheme = l.scheme and i.value = l.value and w.detail is not null"
    " and ' ' || w.sources || ' ' not like '% ' || :source || ' %')"
    " or (l.scheme, l.value) in (select scheme, value from inputs where scheme is not null)) order by 1, 2"
)
_ASKED = (
    "select scheme, value from lookups where source = :source and state in ('found', 'missing', 'failed')"
    " and run not in (select value from json_each(:runs)) order by 1, 2"
)


class Recall:
    """What one run asks again: the works held, but for what the other runs of its update have brought anew."""

    def __init__(self, library: Library, run: Run) -> None:
        self.library = library
        self.run = run

    def advance(self) -> int:
        """Put what is still to be asked into the queue, and tell how many works that are; 0 at the end."""
        derive(self.library)
        since = ledger.arguments(self.library, self.run.id)["since"]
        wanted = held(self.library, besides=runs_of_update(self.library, since))
        return ledger.want(self.library, self.run, wanted, again=True)


def runs_of_update(library: Library, since: int) -> tuple[Run, ...]:
    """Give the runs that were begun together to bring a library up to date since a run."""
    rows = library.db.execute("select id, command from runs where arguments ->> '$.since' = ? order by id", (since,))
    return tuple(Run(*row) for row in rows)


def held(library: Library, *, besides: Iterable[Run]) -> dict[str, list[Identifier]]:
    """Give by source the works to be asked for again, leaving out what some runs have brought or asked for.

    OpenCitations is asked about citations only, which is what a citation search repeats.
    """
    wanted: dict[str, list[Identifier]] = {}
    numbers = json.dumps([run.id for run in besides])
    for name in SOURCES:
        about = {"source": name, "runs": numbers}
        if name in DESCRIBING:
            own = [Identifier(_OWN[name], native) for (native,) in library.db.execute(_BY_ITSELF, about)]
            wanted[name] = own + [Identifier(*row) for row in library.db.execute(_NOT_FOUND, about)]
        else:
            wanted[name] = [Identifier(*row) for row in library.db.execute(_ASKED, about)]
    return wanted
