"""Works for EndNote, as XML, which Covidence reads as well, and as its tagged text, which Chinese managers read.

The elements are those of EndNote's own XML without its `style` elements, which carry typefaces; the fields of each kind
of work are as GitHub zotero/translators "Endnote XML.js" has them, the tags of the text as EndNote's "EndNote Import"
filter. Records of the text are parted by blank lines. Rayyan takes the text too, but cuts names at an "and" within them
and looks for notes elsewhere (GitHub rayyanqcri/rayyan-formats-plugins endnote.rb): RIS and its own table say more.
"""

from collections.abc import Iterator
from typing import Final, TextIO
from xml.sax.saxutils import escape, quoteattr

from harvester.formats import Content, record_format, written
from harvester.formats.endnote_xml import NUMBERS
from harvester.model import Work

__all__ = ["tagged", "write_endnote_xml", "write_enw"]

_TYPES: Final = {
    "book": "Book",
    "book-chapter": "Book Section",
    "conference-paper": "Conference Paper",
    "dataset": "Dataset",
    "dissertation": "Thesis",
    "other": "Generic",
    "paratext": "Generic",
    "peer-review": "Generic",
    "reference-entry": "Encyclopedia",
    "report": "Report",
    "software": "Computer Program",
    "standard": "Standard",
    "supplementary-materials": "Generic",
}
"""EndNote's reference types of what is no article in a journal; whatever else there is appears in one."""

_NUMBER_OF: Final = {name: number for number, name in NUMBERS.items()}
_IN_A_SERIES: Final = frozenset(("Book", "Report", "Computer Program", "Standard", "Dataset"))
_SERIES_FIRST: Final = frozenset(("Book", "Report", "Thesis", "Standard"))
_IN_A_BOOK: Final = frozenset(("Book Section", "Conference Paper", "Encyclopedia"))


def _type(work: Work) -> str:
    return "Generic" if work.type is None else _TYPES.get(work.type, "Journal Article")


def _word(work: Work, sort: str) -> str:
    """The type of article, where EndNote's reference type does not say it."""
    return written.WORDS.get(work.type or "", "") if sort == "Journal Article" else ""


# -- XML -------------------------------------------------------------------------------------------------------


@record_format("endnote-xml", ".endnote.xml", description="references as EndNote XML: EndNote, Zotero, Covidence")
def write_endnote_xml(stream: TextIO, content: Content) -> None:
    """Write a `record` a line for each work that a source holds."""
    stream.write('<?xml version="1.0" encoding="UTF-8"?>\n<xml><records>\n')
    stream.writelines(
        f"<record><rec-number>{number}</rec-number>{''.join(_elements(work))}</record>\n"
        for number, work in enumerate(written.held(content.works), 1)
    )
    stream.write("</records></xml>\n")


def _element(name: str, *texts: str) -> str:
    """An element for each of the texts that is not empty; its lines, if it has several, stay apart."""
    return "".join(f"<{name}>{escape(text)}</{name}>" for text in texts if text)


def _around(name: str, *inside: str) -> str:
    whole = "".join(inside)
    return f"<{name}>{whole}</{name}>" if whole else ""


def _elements(work: Work) -> Iterator[str]:
    sort = _type(work)
    yield f"<ref-type name={quoteattr(sort)}>{_NUMBER_OF[sort]}</ref-type>"
    yield _around(
        "contributors",
        _around("authors", _element("author", *map(written.inverted, work.authors or ()))),
        _around("secondary-authors", _element("author", *map(written.inverted, work.editors))),
    )
    yield _element("auth-address", "\n".join(written.addresses(work)))
    venue = written.place(work)
    in_series = sort in _IN_A_SERIES
    yield _around(
        "titles",
        _element("title", written.title(work)),
        _element("secondary-title", venue.series if in_series else venue.name),
        _element("tertiary-title", "" if in_series else venue.series),
    )
    if not in_series:
        yield _around(
            "periodical",
            _element("full-title", "" if sort in _IN_A_BOOK else venue.name),
            _element("abbr-1", venue.short),
        )
    yield _element("pages", "-".join(filter(None, written.pages(work))))
    yield _element("volume", written.one_line(work.volume))
    yield _element("number", written.one_line(work.issue))
    yield _around("keywords", _element("keyword", *written.keywords(work)))
    day = written.when(work)
    printed = _element("date", day if len(day) > len("2020") else "")
    yield _around("dates", _element("year", day[:4]), _around("pub-dates", printed))
    yield _element("pub-location", written.one_line(work.publisher_location))
    yield _element("publisher", written.one_line(work.publisher))
    issns, isbns = written.serials(work)
    yield _element("isbn", "; ".join([*issns, *isbns]))
    yield _element("electronic-resource-num", written.one_line(work.doi))
    yield _element("work-type", _word(work, sort))
    yield _element("abstract", written.one_line(work.abstract))
    account = written.account(work)
    yield _element("notes", "\n".join(line for line in account if not written.is_about_others(line)))
    yield _element("research-notes", "\n".join(line for line in account if written.is_about_others(line)))
    yield _around(
        "urls",
        _around("related-urls", _element("url", written.address(work))),
        _around("pdf-urls", _element("url", written.pdf(work))),
    )
    yield _element("custom2", written.one_line(work.pmcid))
    yield _element("custom7", written.one_line(work.article_number))
    yield _element("remote-database-name", ", ".join(filter(None, map(written.one_line, work.sources))))
    yield _element("language", written.one_line(work.language))


# -- tagged text -----------------------------------------------------------------------------------------------


@record_format("enw", ".enw", description="references as EndNote's tagged text: EndNote, Chinese managers")
def write_enw(stream: TextIO, content: Content) -> None:
    """Write a record for each work that a source holds, each value on one line, a blank line behind it."""
    for work in written.held(content.works):
        stream.writelines(f"%{tag} {value}\n" for tag, value in tagged(work) if value)
        stream.write("\n")


def tagged(work: Work) -> Iterator[tuple[str, str]]:
    """Give EndNote's tags with the values of a work in their order; some of the values are empty."""
    sort = _type(work)
    title = written.title(work)
    yield "0", sort
    yield "T", title
    yield from (("A", written.inverted(one)) for one in work.authors or ())
    yield from (("E", written.inverted(one)) for one in work.editors)
    venue = written.place(work)
    if sort in _SERIES_FIRST:
        # Readers take %B for the title of a work that has none.
        yield "B", venue.series if title else ""
        yield "J", venue.name
    else:
        yield "B" if sort in _IN_A_BOOK and title else "J", venue.name
        yield "S", venue.series
    day = written.when(work)
    yield "D", day[:4]
    yield "8", day if len(day) > len("2020") else ""
    yield "V", written.one_line(work.volume)
    yield "N", written.one_line(work.issue)
    yield "P", "-".join(filter(None, written.pages(work)))
    yield "]", written.one_line(work.article_number)
    yield "I", written.one_line(work.publisher)
    yield "C", written.one_line(work.publisher_location)
    issns, isbns = written.serials(work)
    yield from (("@", number) for number in [*issns, *isbns])
    yield "R", written.one_line(work.doi)
    yield "2", written.one_line(work.pmcid)
    yield "9", _word(work, sort)
    yield "G", written.one_line(work.language)
    yield "X", written.one_line(work.abstract)
    yield from (("K", term) for term in written.keywords(work))
    yield from (("+", text) for text in written.addresses(work))
    # Zotero joins several addresses to one that leads nowhere.
    yield "U", written.address(work)
    yield ">", written.pdf(work)
    yield "~", ", ".join(filter(None, map(written.one_line, work.sources)))
    yield from (("Z", line) for line in written.account(work))
