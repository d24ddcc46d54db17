"""Works as PubMed's text format, which Covidence, Rayyan, EndNote and bibliometrix read.

The tags are those of MEDLINE (nlm.nih.gov/bsd/mms/medlineelements.html): up to four letters, padded to four, and long
values go on behind six spaces. A record begins with `PMID`, by which programs tell records apart; where the work is
not in PubMed it has no value. Titles end in a full stop, as NLM has them.
"""

from collections.abc import Iterator
from textwrap import wrap
from typing import Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.model import Authorship, Work

__all__ = ["write_nbib"]

_WIDTH = 86
_MONTHS: Final = ("Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec")

_TYPES: Final = {
    "dissertation": "Dissertation",
    "erratum": "Published Erratum",
    "reference-entry": "Encyclopedia",
    "retraction": "Retraction of Publication",
}
"""MEDLINE's own word for a type (nlm.nih.gov/mesh/pubtypes.html) where it is not the plain one."""
_IN_BOOKS: Final = frozenset(("book-chapter", "reference-entry"))


@record_format("nbib", ".nbib", description="references as PubMed's text: Covidence, Rayyan, EndNote, bibliometrix")
def write_nbib(stream: TextIO, content: Content) -> None:
    """Write a record for each work that a source holds, a blank line behind it."""
    for work in written.held(content.works):
        stream.write(f"PMID- {written.one_line(work.pmid)}\n")
        stream.writelines(_folded(tag, value) for tag, value in _fields(work) if value)
        stream.write("\n")


def _folded(tag: str, value: str) -> str:
    """A value cut at spaces only, so that its lines put together are the value."""
    lines = wrap(value, _WIDTH, break_long_words=False, break_on_hyphens=False)
    return f"{tag:4}- " + "\n      ".join(lines) + "\n"


def _fields(work: Work) -> Iterator[tuple[str, str]]:
    title = written.title(work)
    yield "BTI" if work.type == "book" else "TI", f"{title}." if title and title[-1] not in ".?!" else title
    if work.type in _IN_BOOKS:
        yield "BTI", written.place(work).name
    issns, isbns = written.serials(work)
    yield from (("IS", number) for number in issns)
    yield from (("ISBN", number) for number in isbns)
    yield "VI", written.one_line(work.volume)
    yield "IP", written.one_line(work.issue)
    yield "PG", "-".join(filter(None, written.pages(work)))
    doi = written.one_line(work.doi)
    # PubMed gives it in both, and Zotero and Rayyan read the second (GitHub zotero/translators MEDLINEnbib.js).
    yield "LID", f"{doi} [doi]" if doi else ""
    yield "AID", f"{doi} [doi]" if doi else ""
    yield "AB", written.one_line(work.abstract)
    yield from _people(work)
    yield "LA", written.one_line(work.language)
    yield from (("PT", text) for text in written.types(work, _TYPES, article="Journal Article"))
    yield "DP", _printed(written.when(work))
    yield "PL", written.one_line(work.publisher_location)
    yield "PB", written.one_line(work.publisher)
    venue = written.place(work)
    yield "TA", venue.short
    yield "JT", "" if work.type in _IN_BOOKS else venue.name
    yield "CTI", venue.series
    yield "PMC", written.one_line(work.pmcid)
    yield from (("OT", term) for term in written.keywords(work))
    # General notes; `SO` and `OID` would be read as the reference and as numbers of databases.
    yield from (("GN", line) for line in written.account(work))


def _people(work: Work) -> Iterator[tuple[str, str]]:
    places = [written.printed(one) for one in work.affiliations]
    unnamed = dict.fromkeys(place for place in places if place)
    for one in work.authors or ():
        own = [places[number] for number in dict.fromkeys(one.affiliations) if 0 <= number < len(places)]
        yield from _person(one, "FAU", "AU")
        yield "AUID", f"ORCID: {one.orcid}" if one.orcid else ""
        for place in filter(None, own):
            unnamed.pop(place, None)
            yield "AD", place
    # A reader gives an address to whoever stands before it, so one that is nobody's has a place only without authors.
    yield from (("AD", place) for place in unnamed if not work.authors)
    for one in work.editors:
        yield from _person(one, "FED", "ED")


def _person(one: Authorship, full: str, short: str) -> Iterator[tuple[str, str]]:
    if one.is_organisation:
        yield "CN" if full == "FAU" else "ECN", written.one_line(one.name)
    else:
        yield full, written.inverted(one, suffix="joined")
        yield short, written.initials(one)


def _printed(day: str) -> str:
    """A date as MEDLINE prints it: `2020 May 3`."""
    year, month, number = [*day.split("-"), "", ""][:3]
    return " ".join(part for part in (year, _MONTHS[int(month) - 1] if month else "", number.lstrip("0")) if part)
