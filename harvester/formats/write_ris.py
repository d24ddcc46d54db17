"""Works as RIS, for every reference manager and screening tool.

The tags are used as EndNote and Zotero read them (GitHub zotero/translators RIS.js): the journal in `T2`, one author a
line, an organisation with a comma behind it, the DOI in `DO` and before `M3`, which Zotero takes for a DOI where it has
none. What tells where a work was found stands in `N1`, since the fields `C1` to `C8` are dropped on import. Lines end
in `\\r\\n`, as Reference Manager wrote them and as some readers require.

It stands under the names of two more programs. Reference Manager, which portals in China offer as RefMan, is what RIS
was made for. NoteFirst takes RIS, EndNote's and NoteExpress' text; nobody outside has described a format of its own.
"""

from collections.abc import Iterator
from typing import Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.model import Work

__all__ = ["TYPES", "fields", "write_ris"]

TYPES: Final = {
    "book": "BOOK",
    "book-chapter": "CHAP",
    "conference-paper": "CONF",
    "dataset": "DATA",
    "dissertation": "THES",
    "other": "GEN",
    "paratext": "GEN",
    "peer-review": "GEN",
    "preprint": "UNPD",
    "reference-entry": "ENCYC",
    "report": "RPRT",
    "software": "COMP",
    "standard": "STAND",
    "supplementary-materials": "GEN",
}
"""The types of works that are no articles in journals; whatever else there is appears in one."""

_IN_SERIES = frozenset(("BOOK", "RPRT", "STAND", "THES", "COMP", "DATA"))
_IN_BOOKS = frozenset(("CHAP", "CONF", "ENCYC"))
_COUNTED_PAGES = frozenset(("BOOK", "THES"))


@record_format("notefirst", ".notefirst.ris", description="references for NoteFirst, as RIS, which it takes")
@record_format("refman", ".refman.ris", description="references for Reference Manager (RefMan), as RIS")
@record_format(
    "ris", ".ris", description="references as RIS: EndNote, Zotero, Mendeley, Covidence, Rayyan, RefMan, NoteFirst"
)
def write_ris(stream: TextIO, content: Content) -> None:
    """Write a record for each work that a source holds, from `TY` to `ER`, each value on one line."""
    for work in written.held(content.works):
        stream.writelines(f"{tag}  - {value}\r\n" for tag, value in fields(work))
        stream.write("ER  - \r\n\r\n")


def fields(work: Work) -> Iterator[tuple[str, str]]:
    """Give the tags and values of a work in their order, none of them empty.

    >>> list(fields(Work(key="doi:10.1000/a", type="article", title="Peer support", year=2014)))
    [('TY', 'JOUR'), ('TI', 'Peer support'), ('PY', '2014')]
    """
    sort = "GEN" if work.type is None else TYPES.get(work.type, "JOUR")
    yield "TY", sort
    yield from ((tag, value) for tag, value in _described(work, sort) if value)


def _described(work: Work, sort: str) -> Iterator[tuple[str, str]]:
    title = written.title(work)
    yield "TI", title
    yield from (("AU", written.inverted(one)) for one in work.authors or ())
    yield from (("A2" if sort in _IN_BOOKS else "ED", written.inverted(one)) for one in work.editors)
    yield from _placed(work, sort, has_title=bool(title))
    day = written.when(work)
    yield "PY", day[:4]
    yield "DA", "/".join([*day.split("-"), "", ""][:3]) + "/" if len(day) > len("2014") else ""
    yield "DO", written.one_line(work.doi)
    yield "M3", written.WORDS.get(work.type or "", "") if sort in ("JOUR", "GEN", "UNPD") else ""
    yield "LA", written.one_line(work.language)
    yield "AB", written.one_line(work.abstract)
    yield from (("KW", term) for term in written.keywords(work))
    yield from (("AD", text) for text in written.addresses(work))
    yield "UR", written.address(work)
    yield "L1", written.pdf(work)
    yield "C2", written.one_line(work.pmcid)
    yield "DB", ", ".join(filter(None, map(written.one_line, work.sources)))
    yield from (("N1", text) for text in written.account(work))


def _placed(work: Work, sort: str, *, has_title: bool) -> Iterator[tuple[str, str]]:
    venue = written.place(work)
    if sort in _IN_SERIES:
        yield "T2", venue.series if has_title else ""
        yield "JF", venue.name
    else:
        # Readers take T2 for the title of a work that has none.
        yield "T2" if has_title else "JF", venue.name
        yield "T3", venue.series
    yield "JA", venue.short
    yield "VL", written.one_line(work.volume)
    yield "IS", written.one_line(work.issue)
    first, last = written.pages(work)
    yield "SP", _counted(work) if sort in _COUNTED_PAGES and not last else first
    yield "EP", last
    yield "C7", written.one_line(work.article_number)
    yield "PB", written.one_line(work.publisher)
    yield "CY", written.one_line(work.publisher_location)
    issns, isbns = written.serials(work)
    yield from (("SN", number) for number in [*issns, *isbns])


def _counted(work: Work) -> str:
    """What stands where readers look for the number of pages: that, or a page which none will take for it."""
    page = written.one_line(work.first_page)
    if work.page_count:
        return str(work.page_count)
    return f"p. {page}" if page.isdigit() else page
