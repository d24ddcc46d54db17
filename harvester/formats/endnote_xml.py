"""EndNote XML, as EndNote, Zotero, Mendeley and screening tools write it.

EndNote itself wraps every text in `style` elements, one for each run of one typeface; others write the text alone. The
fields of each kind of work are those of EndNote's reference types, as GitHub zotero/translators "Endnote XML.js" has
them.
"""

import re
from collections.abc import Iterator
from typing import Final
from xml.etree.ElementTree import Element

from harvester.formats import values
from harvester.formats.draft import Draft, settled
from harvester.formats.elements import XMLError, cut, opens_with, parsed
from harvester.formats.kinds import kind
from harvester.formats.names import person
from harvester.formats.reading import Reader
from harvester.model import Affiliation, Identifier, Record, Skip

__all__ = ["KINDS", "NUMBERS", "READER", "record"]

NUMBERS: Final = {
    2: "Artwork",
    3: "Audiovisual Material",
    4: "Bill",
    5: "Book Section",
    6: "Book",
    7: "Case",
    8: "Catalog",
    9: "Computer Program",
    10: "Conference Proceedings",
    12: "Web Page",
    13: "Generic",
    14: "Hearing",
    17: "Journal Article",
    19: "Magazine Article",
    20: "Map",
    21: "Film or Broadcast",
    23: "Newspaper Article",
    24: "Pamphlet",
    25: "Patent",
    26: "Personal Communication",
    27: "Report",
    28: "Edited Book",
    31: "Statute",
    32: "Thesis",
    34: "Unpublished Work",
    36: "Manuscript",
    37: "Figure",
    38: "Chart or Table",
    39: "Equation",
    43: "Electronic Article",
    44: "Electronic Book",
    45: "Online Database",
    46: "Government Document",
    47: "Conference Paper",
    48: "Online Multimedia",
    49: "Classical Work",
    50: "Legal Rule or Regulation",
    51: "Ancient Text",
    52: "Dictionary",
    53: "Encyclopedia",
    54: "Grant",
    55: "Aggregated Database",
    56: "Blog",
    57: "Serial",
    58: "Standard",
    59: "Dataset",
    60: "Electronic Book Section",
    61: "Music",
}
"""EndNote's reference types by their numbers; the name counts where a record has both, since writers differ."""

KINDS: Final = {
    "ancient text": "book",
    "catalog": "book",
    "classical work": "book",
    "legal rule or regulation": "report",
    "pamphlet": "book",
}
"""Reference types that only EndNote has, in the words of `harvester.formats.kinds`."""
_WITHOUT_KIND: Final = frozenset(("generic", "serial", "aggregated database"))

# A series stands where others have the journal.
_IN_A_SERIES: Final = frozenset(("book", "report", "software", "standard", "dataset"))
_IN_A_BOOK: Final = frozenset(("book-chapter", "conference-paper", "reference-entry"))

# Adobe's Symbol font (unicode.org/Public/MAPPINGS/VENDORS/ADOBE/symbol.txt) draws Greek in the place of these letters.
_GREEK: Final = str.maketrans(
    "ABGDEZHQIKLMNXOPRSTUFCYWabgdezhqiklmnxoprstufcyw", "ΑΒΓΔΕΖΗΘΙΚΛΜΝΞΟΠΡΣΤΥΦΧΨΩαβγδεζηθικλμνξοπρστυφχψω"
)
_LONGEST_SYMBOL: Final = 2

_CITED = re.compile(r"\b(?:times cited|cited by)(?: in [^:\n]{1,60})?\s*:\s*(\d{1,7})\b", re.IGNORECASE)
_NUMBER = re.compile(r"[\w.-]{1,20}")
_CITING = re.compile(r"\bcited reference count\s*:\s*(\d{1,6})\b", re.IGNORECASE)


def record(text: str, source: str) -> Record | Skip:
    """Read one `record` element.

    >>> work = record(
    ...     "<record><ref-type name='Journal Article'>17</ref-type><contributors><authors><author>Silva, Ana</author>"
    ...     "</authors></contributors><titles><title><style>Peers </style><style>help</style></title></titles>"
    ...     "<dates><year>2020</year></dates></record>",
    ...     "endnote",
    ... )
    >>> work.title, work.type, work.year, work.authors[0].family
    ('Peers help', 'article', 2020, 'Silva')
    """
    try:
        root = parsed(text)
    except XMLError as error:
        return Skip(source=source, reason="not well formed", detail=str(error))
    draft = Draft(source=source, fragment=text)
    _describe(root, draft)
    _people(root, draft)
    _place(root, draft)
    _name(root, draft)
    return settled(draft)


def _describe(root: Element, draft: Draft) -> None:
    reference_type = root.find("ref-type")
    given = "" if reference_type is None else (reference_type.get("name") or "").strip()
    if not given:
        number = _plain(root, "ref-type") or ""
        given = NUMBERS.get(int(number), "") if number.isascii() and number.isdigit() and len(number) < 3 else number
    draft.type_as_given = "; ".join(part for part in (given, _plain(root, "work-type")) if part) or None
    folded = given.casefold()
    if folded in KINDS:
        draft.type = KINDS[folded]
    elif folded and folded not in _WITHOUT_KIND:
        draft.type = kind(_plain(root, "work-type")) if folded == "journal article" else None
        draft.type = draft.type or kind(given) or "other"
    draft.titles = [text for name in ("title", "short-title") for text in _plains(root, f"titles/{name}")]
    draft.translated_titles = [(text, None) for text in _plains(root, "titles/translated-title")]
    draft.abstracts = [text for one in root.findall("abstract") if (text := _run(one).strip())]
    draft.year = _plain(root, "dates/year")
    draft.dates = _plains(root, "dates/pub-dates/date")
    draft.language = _plain(root, "language")
    if draft.type == "article" and (online := _plain(root, "edition")):
        draft.events.append(("online", online))  # EndNote's "Epub Date" of an article
    for one in root.findall("keywords/keyword"):
        draft.keywords += [(term, "author") for term in re.split(r"\s*(?:;|[\r\n]+)\s*", _run(one)) if term.strip()]


def _people(root: Element, draft: Draft) -> None:
    """Every role that is not the author's is an editor's here; of translators the model says nothing."""
    if root.find("contributors") is not None:
        authors = _plains(root, "contributors/authors/author")
        draft.authors = [person(name) for name in authors] if authors else None
    for role in ("secondary-authors", "tertiary-authors"):
        draft.editors += [person(name) for name in _plains(root, f"contributors/{role}/author")]
    for name in ("auth-address", "auth-affiliaton", "auth-affiliation"):
        for one in root.findall(name):
            for address in re.split(r"[\r\n]+", _run(one)):
                if given := values.line(address):
                    draft.affiliations.append(Affiliation(text=given))


def _place(root: Element, draft: Draft) -> None:
    second, third = _plain(root, "titles/secondary-title"), _plain(root, "titles/tertiary-title")
    periodical = _plain(root, "periodical/full-title")
    if draft.type in _IN_A_SERIES:
        draft.series = second or third or periodical
    elif draft.type in _IN_A_BOOK:
        draft.venue, draft.series = second or periodical or _plain(root, "custom3"), third
    else:
        draft.venue = (
            periodical or second or _plain(root, "titles/alt-title") or _plain(root, "alt-periodical/full-title")
        )
        draft.series = third
    short = [
        *_plains(root, "periodical/abbr-1"),
        *_plains(root, "alt-periodical/abbr-1"),
        *_plains(root, "periodical/abbr-2"),
    ]
    draft.short_venue = short[0] if short else _plain(root, "titles/alt-title")
    draft.volume = _plain(root, "volume")
    draft.issue = _plain(root, "issue") or _plain(root, "number")
    draft.pages = _plain(root, "pages")
    if draft.pages is None and draft.type not in _IN_A_SERIES | _IN_A_BOOK:
        draft.pages = _plain(root, "section")  # EndNote's "Start Page" of an article
    if draft.type_as_given and draft.type_as_given.startswith("Journal Article"):
        # EndNote's "Article Number" of an article.
        draft.article_number = next((text for text in _plains(root, "custom7") if _NUMBER.fullmatch(text)), None)
    draft.publisher, draft.place = _plain(root, "publisher"), _plain(root, "pub-location")
    draft.serials = [*_plains(root, "isbn"), *_plains(root, "issn"), *_plains(root, "eissn")]
    if draft.type_as_given == "Patent":
        draft.others += [Identifier("patent", number) for number in _plains(root, "isbn")]


def _name(root: Element, draft: Draft) -> None:
    """Find what identifies the work: EndNote's filters put it where the database had no field of its own for it."""
    draft.dois = _plains(root, "electronic-resource-num")
    draft.pmcids = [text for text in _plains(root, "custom2") if re.match(r"PMC\d", text)]
    database = _plain(root, "remote-database-name")
    provider = _plain(root, "remote-database-provider")
    database = "PubMed" if "NLM" in (database, provider) else database or provider
    draft.accessions = [(database, text) for text in _plains(root, "accession-num")]
    for path, sort in (
        ("web-urls", "landing"),
        ("related-urls", "landing"),
        ("text-urls", "full-text"),
        ("pdf-urls", "pdf"),
    ):
        for one in root.findall(f"urls/{path}/url"):
            draft.urls += [(address, sort) for address in _run(one).split()]
    draft.urls += [(address, "landing") for one in root.findall("urls/url") for address in _run(one).split()]
    noted = (
        *(f"custom{number}" for number in range(1, 9)),
        "notes",
        "research-notes",
        "label",
        "call-num",
        "report-id",
    )
    draft.notes = [text for name in noted for text in _plains(root, name)]
    for note in draft.notes:
        if match := _CITED.search(note):
            draft.counts.append(("cited_by", int(match[1]), None))
        if match := _CITING.search(note):
            draft.counts.append(("references", int(match[1]), None))


# -- text ------------------------------------------------------------------------------------------------------


def _run(element: Element) -> str:
    """The text of an element, its lines as they are; Greek letters that are drawn by another font become Greek."""
    return "".join(_runs(element))


def _runs(element: Element) -> Iterator[str]:
    yield element.text or ""
    for style in element:
        text = "".join(style.itertext())
        is_symbol = style.get("font") == "Symbol" and len(text.strip()) <= _LONGEST_SYMBOL
        yield text.translate(_GREEK) if is_symbol else text
        yield style.tail or ""


def _plains(root: Element, path: str) -> list[str]:
    """The texts of all elements on a path, each on one line, the empty ones left out."""
    return [text for one in root.findall(path) if (text := " ".join(_run(one).split()))]


def _plain(root: Element, path: str) -> str | None:
    return next(iter(_plains(root, path)), None)


def _recognises(head: bytes) -> bool:
    return opens_with(head, "xml", "records") and b"<record" in head.replace(b"\0", b"")


READER = Reader(
    name="endnote-xml",
    description="EndNote XML, also of Zotero, Mendeley and Covidence",
    recognises=_recognises,
    split=lambda file: cut(file, "record"),
    record=record,
)
