"""The search as a table, one row for each question, file and index: what PRISMA-S asks to be put in an appendix."""

from typing import TypeAlias

from harvester.formats.table import cell
from harvester.review.carving import Carving
from harvester.review.facts import Account
from harvester.review.figures import Figure
from harvester.review.items import listed_in_words
from harvester.review.running import name_of

__all__ = ["HEADINGS", "search_table"]

Row: TypeAlias = dict[str, str | int | Figure | None]

HEADINGS = (
    "run",
    "kind",
    "source",
    "interface",
    "interface_version",
    "replica",
    "date_first",
    "date_last",
    "search_as_given",
    "search_as_run",
    "question_as_sent",
    "limits",
    "reported",
    "received",
    "kept",
    "state",
    "from_cache",
    "checksum",
    "program_version",
)


def search_table(account: Account) -> list[tuple[str, ...]]:
    """Give the rows of the table, the headings first; what is not on record is an empty cell.

    A search in several questions has a row for each, with the works found by all of them in every one. No cell runs
    as a formula in a spreadsheet.
    """
    rows: list[Row] = [*_searches(account), *_carves(account), *_files(account), *_citations(account)]
    return [HEADINGS, *(tuple(_cell(row.get(name)) for name in HEADINGS) for row in rows)]


def _cell(value: str | int | Figure | None) -> str:
    return cell(value.value if isinstance(value, Figure) else value)


def _searches(account: Account) -> list[Row]:
    return [
        {
            "run": each.run.id,
            "kind": "search",
            "source": each.name,
            "interface": each.interface.address,
            "interface_version": each.interface.version,
            "replica": each.run.replica,
            "date_first": each.first_answer,
            "date_last": each.last_answer,
            "search_as_given": " / ".join(f"{label} {line}" for label, line in each.strategy) or each.text,
            "search_as_run": each.searched,
            "question_as_sent": one.url,
            "limits": "; ".join(each.limits),
            "reported": one.reported,
            "received": one.received,
            "kept": each.kept,
            "state": one.state,
            "from_cache": each.from_cache,
            "program_version": each.run.version,
        }
        for each in account.searches
        for one in each.questions
    ]


def _carves(account: Account) -> list[Row]:
    return [
        {
            "run": each.run.id,
            "kind": "search of a snapshot" if each.is_search else "works out of a snapshot",
            "source": each.name,
            "interface": f"{each.snapshot}: {each.files:,} files of {each.format}, {each.days}",
            "date_first": each.first_answer,
            "date_last": each.last_answer,
            "search_as_given": each.text or f"{each.given.number:,} works named",
            "search_as_run": "; ".join(
                filter(None, (each.searched, f"citations {_followed(each)}" if each.directions else ""))
            ),
            "limits": "; ".join(each.limits),
            "reported": each.works_read,
            "received": each.selected.number + each.around.number,
            "kept": each.selected,
            "state": each.run.outcome,
            "checksum": each.fingerprint,
            "program_version": each.run.version,
        }
        for each in account.carves
    ]


def _followed(each: Carving) -> str:
    return f"{listed_in_words(each.directions)}, {each.rounds:,} rounds at most"


def _files(account: Account) -> list[Row]:
    return [
        {
            "run": each.run.id,
            "kind": "seed file" if each.seeds_of else "file",
            "source": name_of(each.label),
            "date_first": each.run.started,
            "date_last": each.run.finished,
            "reported": each.records.number + each.unread.number,
            "received": each.records,
            "kept": each.works,
            "state": each.run.outcome,
            "checksum": each.checksum,
            "program_version": each.run.version,
        }
        for each in account.files
    ]


def _citations(account: Account) -> list[Row]:
    rows: list[Row] = []
    for each in account.citation_searches:
        used = {one.index: one for one in each.indexes}
        for share in each.shares:
            row: Row = {}
            if one := used.get(share.index):
                row = {
                    "interface": one.interface.address,
                    "interface_version": one.interface.version,
                    "date_first": one.first_answer,
                    "date_last": one.last_answer,
                    "from_cache": one.from_cache,
                }
            rows.append(
                {
                    **row,
                    "run": each.run.id,
                    "kind": f"citation search, {share.direction}",
                    "source": name_of(share.index),
                    "replica": each.run.replica,
                    "search_as_given": f"{each.given.number:,} seed references",
                    "search_as_run": f"{listed_in_words(each.directions)}, {len(each.rounds):,} rounds",
                    "limits": each.scope.keep,
                    "reported": share.reported,
                    "received": share.works,
                    "state": each.run.outcome,
                    "program_version": each.run.version,
                }
            )
    return rows
