"""The boxes of the PRISMA 2020 flow diagram, each with what the library has on record, and the rest for the authors.

For a new review with searches of databases and other methods (Page et al. 2021, BMJ 372:n71). Records identified are
counted before duplicates are removed.
"""

from collections.abc import Iterator
from typing import Literal, NamedTuple

from harvester.review.citing import Citing
from harvester.review.facts import Account
from harvester.review.figures import Figure, computed
from harvester.review.running import name_of

__all__ = ["Box", "Column", "Entry", "Standing", "boxes", "identified_by"]

Standing = Literal["supplied", "partly", "yours to write"]
Column = Literal["databases", "other", "both"]


class Entry(NamedTuple):
    """One line of a box; None stands for a number that is the authors' to fill in."""

    label: str
    figure: Figure | None


class Box(NamedTuple):
    """One box: its name, the column it stands in, and its lines."""

    name: str
    column: Column
    title: str
    entries: tuple[Entry, ...]
    note: str = ""

    @property
    def standing(self) -> Standing:
        """How much of it is on record."""
        known = [entry.figure is not None for entry in self.entries]
        return "supplied" if all(known) else "partly" if any(known) else "yours to write"


def boxes(account: Account) -> tuple[Box, ...]:
    """Give the boxes in the order of the diagram, those of databases first."""
    duplicates, screening = account.duplicates, account.screening
    identified = tuple(identified_by(account))
    return (
        Box(
            "identified",
            "databases",
            "Records identified from",
            (
                Entry("Databases", duplicates.identified if identified else None),
                *(Entry(f"– {name}", figure) for name, figure in identified),
                Entry("Registers", None),
            ),
            _identified_noted(account),
        ),
        Box(
            "removed",
            "databases",
            "Records removed before screening",
            (
                Entry("Duplicate records removed", duplicates.total if identified else None),
                Entry("Marked as ineligible by automation tools", None),
                Entry("Removed for other reasons", None),
            ),
        ),
        Box("screened", "databases", "Records screened", (_decided(account, screening.screened_of_searches),)),
        Box("excluded", "databases", "Records excluded", (_decided(account, screening.excluded_of_searches),)),
        Box("sought", "databases", "Reports sought for retrieval", (Entry("", None),)),
        Box("not_retrieved", "databases", "Reports not retrieved", (Entry("", None),)),
        Box("assessed", "databases", "Reports assessed for eligibility", (Entry("", None),)),
        Box("excluded_reports", "databases", "Reports excluded", (Entry("Reason", None),)),
        Box(
            "other_identified",
            "other",
            "Records identified from",
            (
                Entry("Websites", None),
                Entry("Organisations", None),
                Entry("Citation searching", _by_citations(account)),
            ),
            _by_citations_noted(account),
        ),
        Box("other_sought", "other", "Reports sought for retrieval", (Entry("", None),)),
        Box("other_not_retrieved", "other", "Reports not retrieved", (Entry("", None),)),
        Box("other_assessed", "other", "Reports assessed for eligibility", (Entry("", None),)),
        Box("other_excluded", "other", "Reports excluded", (Entry("Reason", None),)),
        Box("included", "both", "Included in the review", (Entry("Studies", None), Entry("Reports", None))),
    )


def identified_by(account: Account) -> Iterator[tuple[str, Figure]]:
    """Give the records that each index, snapshot and file identified; several searches of one count together."""
    for index in dict.fromkeys(each.index for each in account.searches):
        # What a search finds again when it is repeated was identified before.
        kept = [each.fresh for each in account.searches if each.index == index]
        runs = tuple(each.run.id for each in account.searches if each.index == index)
        yield (
            name_of(index),
            Figure(
                f"{name_of(index)}: records identified",
                sum(figure.number for figure in kept),
                f"select {' + '.join(f'({figure.query})' for figure in kept)}" if len(runs) > 1 else kept[0].query,
            ),
        )
    for name in dict.fromkeys(each.name for each in account.carved_searches):
        chosen = [each.fresh for each in account.carved_searches if each.name == name]
        yield (
            name,
            Figure(
                f"{name}: records identified",
                sum(figure.number for figure in chosen),
                f"select {' + '.join(f'({figure.query})' for figure in chosen)}",
            ),
        )
    for label in dict.fromkeys(each.label for each in account.own_files):
        records = [each.records for each in account.own_files if each.label == label]
        yield (
            name_of(label),
            Figure(
                f"{name_of(label)}: records identified",
                sum(figure.number for figure in records),
                f"select {' + '.join(f'({figure.query})' for figure in records)}",
            ),
        )


def _decided(account: Account, figure: Figure) -> Entry:
    """Give what was decided on the works of searches; where there was no search, what was decided at all is not it."""
    is_known = figure.value is not None and bool(account.duplicates.runs)
    return Entry("", figure if is_known else None)


def _last_of_each(searches: tuple[Citing, ...]) -> list[Citing]:
    """Leave out a citation search that was repeated: what it listed is what the last one lists, and more."""
    return list({each.run.repeats or each.run.id: each for each in searches}.values())


def _around(account: Account) -> list[Figure]:
    """Give what was found around works that were carved; of carves that asked the same, what all of them found."""
    last = {each.repeats or each.run.id: each for each in account.carved_citations}
    return [each.around_in_all for each in last.values()]


def _by_citations(account: Account) -> Figure | None:
    listed = [each.listed for each in _last_of_each(account.citation_searches)]
    listed += _around(account)
    if not listed:
        return None
    return computed(
        "citation searches: records identified",
        sum(figure.number for figure in listed),
        " + ".join(_as_expression(figure.query) for figure in listed),
    )


def _as_expression(query: str) -> str:
    return f"library.db.execute({query!r}).fetchone()[0]" if query.startswith("select ") else query


def _by_citations_noted(account: Account) -> str:
    told = []
    if account.citation_searches:
        found = " and ".join(f"{each.found.number:,}" for each in _last_of_each(account.citation_searches))
        known = f"{account.known_already.number:,} of them known from databases"
        told.append(f"{found} works, without duplicates and seeds; {known}")
    if account.carved_citations:
        told.append(f"{sum(figure.number for figure in _around(account)):,} out of a snapshot")
    return "; ".join(told) or "No citation search is on record."


def _identified_noted(account: Account) -> str:
    if not account.searches and not account.own_files and not account.carved_searches:
        return "No search of a database is on record."
    told = ["Which files came from registers is not on record."] if account.own_files else []
    unjudged = sum(each.unjudged.number for each in account.searches)
    if unjudged:
        told.append(f"Could not be judged for want of an abstract, and not counted: {unjudged:,}.")
    return " ".join(told)
