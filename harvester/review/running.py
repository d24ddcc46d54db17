"""The runs of a library: every command on record, when it ran, with which version, and how it ended."""

import json
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Any

from harvester.library.carves import without_place
from harvester.library.store import Library
from harvester.review.figures import clean

__all__ = ["NAMES", "RunOnRecord", "name_of", "pages_as_one", "runs_of"]

NAMES = {
    "openalex": "OpenAlex",
    "crossref": "Crossref",
    "opencitations": "OpenCitations",
    "datacite": "DataCite",
    "europepmc": "Europe PMC",
}
"""What the indexes call themselves."""


@dataclass(frozen=True)
class RunOnRecord:
    """One command, from its start to its end over any number of sessions; times are UTC."""

    id: int
    command: str
    arguments: Mapping[str, Any]
    started: str
    finished: str | None
    outcome: str | None
    """done, stopped or failed; None where it was killed, or still runs."""
    reason: str | None
    version: str
    """Of the program."""
    replica: str | None
    """What was asked in place of the public indexes; None where those were asked."""
    sessions: int
    """How often work on it began: 1, and once more for each time that it was resumed."""

    @property
    def settings(self) -> str:
        """Its arguments as they are on record, as JSON text; credentials are never among them."""
        return clean(json.dumps(self.arguments, ensure_ascii=False, sort_keys=True))

    @property
    def repeats(self) -> int | None:
        """The search that `harvester update` repeated by this one."""
        return self.arguments.get("repeats")

    @property
    def page(self) -> str | None:
        """When the page was opened in which this decision on a work was taken; None for every other run."""
        page = self.arguments.get("page") if self.command == "screen" else None
        return page if isinstance(page, str) else None

    @property
    def day(self) -> str:
        """The day on which it was begun."""
        return self.started[:10]


def name_of(source: str) -> str:
    """Give the name of an index, or of a file as it was labelled.

    >>> name_of("openalex"), name_of("file:PsycINFO_2026-11-20")
    ('OpenAlex', 'PsycINFO_2026-11-20')
    """
    return NAMES.get(source, source.partition(":")[2] or source)


def pages_as_one(runs: Iterable[RunOnRecord]) -> tuple[RunOnRecord, ...]:
    """Give the runs with all decisions that were taken in one page as one, from the first of them to the last."""
    found: dict[str | int, RunOnRecord] = {}
    for run in runs:
        name = run.page or run.id
        found[name] = replace(found[name], finished=run.finished) if name in found else run
    return tuple(found.values())


def runs_of(library: Library) -> tuple[RunOnRecord, ...]:
    """Read the ledger of runs, oldest first."""
    rows = library.db.execute(
        "select id, command, arguments, started, finished, outcome, reason, version, replica,"
        " (select count(*) from sessions where run = runs.id) from runs order by id"
    ).fetchall()
    return tuple(
        RunOnRecord(
            id=number,
            command=clean(command),
            arguments=without_place(json.loads(arguments)),
            started=clean(started),
            finished=finished and clean(finished),
            outcome=outcome,
            reason=reason and clean(reason),
            version=clean(version),
            replica=replica and clean(replica),
            sessions=sessions,
        )
        for number, command, arguments, started, finished, outcome, reason, version, replica, sessions in rows
    )
