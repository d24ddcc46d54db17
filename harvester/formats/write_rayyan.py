"""Works as a table for Rayyan, with the headings that it reads and no others.

The headings are those of GitHub rayyanqcri/rayyan-formats-core csv.rb, with `doi` and `keywords`, which Rayyan's own
export has besides. What Rayyan does not know it drops, so how a work was found stands in `notes`. Rayyan parts names at
semicolons and at the word "and", also within the name of an organisation.
"""

import csv
from collections.abc import Callable, Iterator
from typing import Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.formats.table import cell
from harvester.model import Authorship, Work

__all__ = ["COLUMNS", "write_rayyan"]


def _part(number: int) -> Callable[[Work], str]:
    """Give what finds the year, the month or the day of a work."""
    return lambda work: [*written.when(work).split("-"), "", ""][number]


def _name(author: Authorship) -> str:
    """A name, that of an organisation without the comma by which EndNote knows it."""
    return written.inverted(author).rstrip(",")


COLUMNS: Final[dict[str, Callable[[Work], str]]] = {
    "key": lambda work: work.key,
    "title": written.title,
    "year": _part(0),
    "month": _part(1),
    "day": _part(2),
    "journal": lambda work: written.place(work).name,
    "issn": lambda work: next(iter(written.serials(work)[0]), ""),
    "volume": lambda work: written.one_line(work.volume),
    "issue": lambda work: written.one_line(work.issue),
    "pages": lambda work: "-".join(filter(None, written.pages(work))),
    "authors": lambda work: "; ".join(filter(None, map(_name, work.authors or ()))),
    "url": written.address,
    "language": lambda work: written.one_line(work.language),
    "publisher": lambda work: written.one_line(work.publisher),
    "location": lambda work: written.one_line(work.publisher_location),
    "abstract": lambda work: written.one_line(work.abstract),
    "notes": lambda work: ". ".join(written.account(work)),
    "doi": lambda work: written.one_line(work.doi),
    "keywords": lambda work: "; ".join(written.keywords(work)),
    "pubmed_id": lambda work: written.one_line(work.pmid),
    "pmc_id": lambda work: written.one_line(work.pmcid),
}
"""Each column with what it shows of a work."""


@record_format("rayyan", ".rayyan.csv", description="works as a table with the headings that Rayyan reads")
def write_rayyan(stream: TextIO, content: Content) -> None:
    """Write a row for each work that a source holds a record of."""
    table = csv.writer(stream, lineterminator="\n")
    table.writerow(COLUMNS)
    table.writerows(_rows(content))


def _rows(content: Content) -> Iterator[list[str]]:
    return ([cell(column(work)) for column in COLUMNS.values()] for work in written.held(content.works))
