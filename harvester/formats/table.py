"""Works as CSV, for spreadsheets and for screening tools.

The first seven columns are those that ASReview reads, under its names (GitHub asreview/asreview,
asreview/data/base_reader.py and record.py). A work known only by being cited has an identifier and nothing to
screen, so it has no row here; the JSON dump holds it.

The file is UTF-8 without a byte order mark. Excel takes such a file for another encoding when it is opened by a
double click: import it there through "From Text/CSV" as 65001 (UTF-8). Lines end in `\\n`, as in every other file
written here; RFC 4180 has `\\r\\n`, every reader takes both, and line tools leave the `\\r` in the last column.

Titles and names come from strangers, and a spreadsheet runs a cell that begins with a formula character, so text
of that kind gets an apostrophe in front (owasp.org, "CSV Injection"), also after a semicolon: where the comma is
the decimal sign Excel splits there, quoted or not. Nothing tells this apostrophe from one that was in the text.
"""

import csv
import re
from collections.abc import Callable
from typing import TextIO

from harvester.formats import Content, record_format, written
from harvester.model import CitationSearch, Work
from harvester.retractions import first_date, notices, told

__all__ = ["COLUMNS", "cell", "write_csv"]

# Spaces and quotes at the start, or after a semicolon, do not keep what follows them from being a formula there. The
# full-width forms are formula characters in East Asian editions.
FORMULA = re.compile('((?:^|;)[ "]*)(?=[=+@\uff0b\uff0d\uff1d\uff20-])')
# A zero byte, or one of its kin, ends the cell or the file for some readers.
CONTROLS = dict.fromkeys([*range(0x20), 0x7F], " ")


def _pages(work: Work) -> str | None:
    if work.first_page and work.last_page and work.first_page != work.last_page:
        return f"{work.first_page}-{work.last_page}"
    return work.first_page or work.article_number


def _truth(value: bool | None) -> str | None:
    return None if value is None else "true" if value else "false"


def _searched(work: Work) -> CitationSearch:
    return work.citation_search or _NOT_SEARCHED


_NOT_SEARCHED = CitationSearch()


def _number(value: float | None) -> str | None:
    return None if value is None else f"{value:.9g}"


COLUMNS: dict[str, Callable[[Work], str | int | None]] = {
    "title": lambda work: written.title(work) or None,
    "abstract": lambda work: work.abstract,
    "authors": lambda work: "; ".join(author.name for author in work.authors or ()),
    "keywords": lambda work: "; ".join(written.terms(work)),
    "doi": lambda work: work.doi,
    "url": lambda work: written.address(work) or None,
    "year": lambda work: work.year,
    "key": lambda work: work.key,
    "openalex": lambda work: work.openalex,
    "pmid": lambda work: work.pmid,
    "pmcid": lambda work: work.pmcid,
    "type": lambda work: work.type,
    "venue": lambda work: work.venue.name if work.venue else None,
    "journal_abbreviation": lambda work: work.venue.short_name if work.venue else None,
    "issn": lambda work: "; ".join(work.venue.issns) if work.venue else None,
    "volume": lambda work: work.volume,
    "issue": lambda work: work.issue,
    "pages": _pages,
    "publisher": lambda work: work.publisher,
    "language": lambda work: work.language,
    "cited_by_count": lambda work: written.counted(work, "cited_by"),
    "references_listed": lambda work: written.counted(work, "references"),
    "is_retracted": lambda work: _truth(work.is_retracted),
    "retraction_date": first_date,
    "retraction_notices": lambda work: "; ".join(map(told, notices(work))),
    "is_open_access": lambda work: _truth(work.open_access.is_open if work.open_access else None),
    "pdf_url": lambda work: work.open_access.pdf_url if work.open_access else None,
    "sources": lambda work: "; ".join(work.sources),
    "rank": lambda work: _searched(work).rank,
    "seed": lambda work: _truth(_searched(work).is_seed or None),
    "round": lambda work: _searched(work).round,
    "directions": lambda work: "; ".join(_searched(work).directions),
    "linked_seeds": lambda work: "; ".join(_searched(work).seeds),
    "found_by": lambda work: "; ".join(_searched(work).sources),
    "score": lambda work: _number(_searched(work).score),
    "score_parts": lambda work: "; ".join(f"{name} {_number(part)}" for name, part in _searched(work).parts.items()),
}
"""Each column with what it shows of a work; of counts that sources differ on, the largest that one states."""


@record_format("csv", ".csv", description="works as a table, for spreadsheets and ASReview")
def write_csv(stream: TextIO, content: Content) -> None:
    """Write a row for each work that a source holds a record of, every cell in quotes, on one line.

    Line breaks within an abstract become spaces: screening tools and line tools take them for the end of the
    row. Every cell is in quotes because ASReview guesses the separator, and its guess holds for such a header.
    """
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(COLUMNS)
    for work in content.works:
        if work.sources:
            table.writerow([cell(column(work)) for column in COLUMNS.values()])


def cell(value: str | int | None) -> str:
    """Text on one line that no spreadsheet runs; a number as it is."""
    if isinstance(value, int):
        return str(value)
    return FORMULA.sub(r"\1'", " ".join((value or "").translate(CONTROLS).split()))
