"""A record in the making: what a file says, gathered in any order, and settled once for every format.

A reader knows the tags of its format and nothing else. Where a DOI hides, which of two dates is the fuller, whose
ISBN it is, what the database calls its own number: that is decided here, the same way for all.
"""

import re
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from typing import Final, Literal

from harvester import identifiers, markup
from harvester.errors import NotAnIdentifier
from harvester.formats import kinds
from harvester.formats.accessions import accession
from harvester.formats.languages import language
from harvester.formats.names import Byline, byline
from harvester.formats.reading import native_id
from harvester.formats.values import (
    Pages,
    date,
    doi,
    isbns,
    issns,
    line,
    pages,
    storable,
    web_address,
)
from harvester.model import (
    Abstract,
    Affiliation,
    Authorship,
    Count,
    Event,
    Funder,
    Identifier,
    Keyword,
    License,
    Link,
    OpenAccess,
    Record,
    Reference,
    Relation,
    Section,
    Skip,
    Subject,
    Title,
    Update,
    Venue,
)

__all__ = ["Draft", "published", "settled"]

_LONGEST_NOTE = 20_000


@dataclass
class Draft:
    """What a fragment says, as text where the decision is left to `settled`."""

    source: str
    fragment: str

    type: str | None = None
    type_as_given: str | None = None
    titles: list[str] = field(default_factory=list)
    """The title; what follows is the same title in other forms or languages."""
    subtitle: str | None = None
    translated_titles: list[tuple[str, str | None]] = field(default_factory=list)
    """Titles in other languages, each with its language."""
    abstracts: list[str] = field(default_factory=list)
    translated_abstracts: list[tuple[str, str | None]] = field(default_factory=list)
    sections: list[Section] = field(default_factory=list)
    """The parts of the abstract, where the format parts it."""

    authors: list[Authorship | None] | None = None
    """None: the file says nothing of authors."""
    authors_complete: bool = True
    editors: list[Authorship | None] = field(default_factory=list)
    affiliations: list[Affiliation] = field(default_factory=list)

    dois: list[str] = field(default_factory=list)
    """Texts of fields that should hold the DOI, best first."""
    pmids: list[str] = field(default_factory=list)
    pmcids: list[str] = field(default_factory=list)
    accessions: list[tuple[str | None, str]] = field(default_factory=list)
    """Numbers that databases give, each with the name of its database where the file has it."""
    others: list[Identifier] = field(default_factory=list)
    notes: list[str] = field(default_factory=list)
    """Running text in which identifiers may hide."""
    urls: list[tuple[str, str]] = field(default_factory=list)
    """Addresses, each with the kind of link that it is."""
    serials: list[str] = field(default_factory=list)
    """Texts with ISSNs, ISBNs or both."""

    venue: str | None = None
    short_venue: str | None = None
    series: str | None = None
    venue_type: str | None = None
    volume: str | None = None
    issue: str | None = None
    pages: str | None = None
    last_page: str | None = None
    article_number: str | None = None
    page_count: int | None = None
    publisher: str | None = None
    place: str | None = None

    year: str | None = None
    dates: list[str] = field(default_factory=list)
    """Texts that may hold more of the date than the year does."""
    events: list[tuple[str, str]] = field(default_factory=list)
    """Other dated events, as kind and text."""
    updated: str | None = None
    language: str | None = None

    keywords: list[tuple[str, Literal["author", "plus", "assigned"]]] = field(default_factory=list)
    subjects: list[Subject] = field(default_factory=list)
    funders: list[Funder] = field(default_factory=list)
    licenses: list[License] = field(default_factory=list)
    open_access: OpenAccess | None = None
    counts: list[tuple[Literal["cited_by", "references"], int, str | None]] = field(default_factory=list)
    """Figures, each with the index that states it; None for the source of the record."""
    references: list[Reference] = field(default_factory=list)
    updates: list[Update] = field(default_factory=list)
    relations: list[Relation] = field(default_factory=list)
    is_retracted: bool | None = None


def settled(draft: Draft) -> Record | Skip:
    """Make the record of a draft, or say why there is none: it names no work and describes none.

    >>> work = settled(Draft("zotero", "...", titles=["RETRACTED: Peer <i>support</i>"], notes=["doi: 10.1000/A"]))
    >>> work.title, work.doi, work.is_retracted
    ('RETRACTED: Peer support', '10.1000/a', True)
    >>> settled(Draft("zotero", "TY  - JOUR")).reason
    'empty record'
    """
    variants = [text for given in draft.titles if (text := line(given))]
    title = variants[0] if variants else None
    abstract, sections, abstract_as_given = _abstract(draft)
    written_by = byline(draft.authors) if draft.authors is not None else None
    edited_by = byline(draft.editors)
    named = _identified(draft)
    books = tuple(dict.fromkeys(one for text in draft.serials for one in isbns(text)))
    venue = _venue(draft, books)
    if not (title or abstract or named or venue or (written_by and written_by.people) or edited_by.people or books):
        return Skip(source=draft.source, reason="empty record", detail=draft.fragment.strip()[:200])
    day = published(draft.year, *draft.dates)
    place = _pages(draft)
    number = line(draft.article_number) or place.article
    if number and number == place.first and not place.last:
        place = place._replace(first=None)  # programs that know no numbers of articles show them as the page
    title_as_given = draft.titles[0] if title and title == line(draft.titles[0]) != draft.titles[0] else None
    others = [*named.values(), *draft.others]
    if _is_bound(draft, has_venue=venue is not None):
        others += [Identifier("isbn", one) for one in books]
    return Record(
        source=draft.source,
        native_id=native_id(draft.fragment),
        updated=draft.updated,
        doi=_popped(others, "doi"),
        pmid=_popped(others, "pmid"),
        pmcid=_popped(others, "pmcid"),
        openalex=_popped(others, "openalex"),
        other_identifiers=tuple(dict.fromkeys(others)),
        title=title,
        title_as_given=storable(title_as_given) if title_as_given else None,
        subtitle=line(draft.subtitle),
        other_titles=tuple(_other_titles(draft, title, variants[1:])),
        abstract=abstract,
        abstract_sections=sections,
        abstract_as_given=abstract_as_given,
        other_abstracts=tuple(_other_abstracts(draft)),
        authors=_people(written_by),
        authors_complete=draft.authors_complete and (written_by is None or written_by.is_complete),
        editors=edited_by.people,
        affiliations=tuple(draft.affiliations),
        type=draft.type,
        type_as_given=line(draft.type_as_given),
        language=language(draft.language),
        year=int(day[:4]) if day else None,
        date=day,
        events=tuple(_events(draft, day)),
        venue=venue,
        volume=line(draft.volume),
        issue=line(draft.issue),
        first_page=place.first,
        last_page=place.last,
        article_number=number,
        page_count=draft.page_count or place.total,
        publisher=line(draft.publisher),
        publisher_location=line(draft.place),
        open_access=draft.open_access,
        licenses=tuple(dict.fromkeys(draft.licenses)),
        links=tuple(_links(draft)),
        funders=tuple(dict.fromkeys(draft.funders)),
        keywords=tuple(_keywords(draft)),
        subjects=tuple(dict.fromkeys(draft.subjects)),
        is_retracted=_is_retracted(draft, title),
        updates=tuple(dict.fromkeys(draft.updates)),
        relations=tuple(dict.fromkeys(draft.relations)),
        counts=tuple(
            dict.fromkeys(
                Count(kind=kind, value=value, source=source or draft.source) for kind, value, source in draft.counts
            )
        ),
        references=tuple(draft.references),
    )


# -- what names it ---------------------------------------------------------------------------------------------

# A DOI in a note counts only behind its label: notes name other works as well.
_LABELLED_DOI = re.compile(
    r"(?:\bdoi\b(?: number)?[\s:=.]{0,5}|doi\.org/|\belectronic-resource-num: )(?=10\.\d)", re.IGNORECASE
)
_ABOUT_ANOTHER = re.compile(
    r"\b(?:erratum|retract\w*|comment (?:in|on)|corrected|update (?:in|of)|preprint|cited|supplement\w*|reprint\w*|"
    r"republished|original (?:report|article)|related)\b",
    re.IGNORECASE,
)
_LABELLED_PMID = re.compile(r"\b(?:pmid|pubmed ?id)\b[\s:=]{0,3}(\d{1,8})(?!\d)", re.IGNORECASE)
_LABELLED_OPENALEX = re.compile(r"\bopenalex(?: ?id)?[\s:=]{1,3}(W\d{4,11})(?!\w)", re.IGNORECASE)
_LABELLED_PMCID = re.compile(r"\bPMCID?\b[\s:=]{0,3}(?:PMC)?(\d{2,9})(?!\d)", re.IGNORECASE)
_ADDRESSED: Final = (
    ("scopus", re.compile(r"scopus\.com/.*?eid=(2-s2\.0-\d{6,14})", re.IGNORECASE)),
    (
        "lens",
        re.compile(r"lens\.org/(?:lens/)?(?:scholar/article/)?(\d{3}-\d{3}-\d{3}-\d{3}-\d{2}[\dX])", re.IGNORECASE),
    ),
    ("dimensions", re.compile(r"dimensions\.ai/details/publication/(pub\.\d{6,14})", re.IGNORECASE)),
)


def _identified(draft: Draft) -> dict[str, Identifier]:
    """The identifiers of the work by scheme, from the fields made for them, then from where exporters hide them."""
    found: dict[str, Identifier] = {}

    def keep(one: Identifier | None) -> None:
        if one is not None:
            found.setdefault(one.scheme if one.scheme in _NAMING else str(one), one)

    for text in draft.dois:
        keep(_identifier("doi", doi(text)))
    for text in draft.pmids:
        keep(_identifier("pmid", _strict(identifiers.pmid, text)))
    for text in draft.pmcids:
        keep(_identifier("pmcid", _strict(identifiers.pmcid, text)))
    for database, value in draft.accessions:
        keep(accession(database, value))
    for address, _ in draft.urls:
        for one in identifiers.find(address[:_LONGEST_NOTE]):
            keep(one)
        for scheme, pattern in _ADDRESSED:
            if match := pattern.search(address[:_LONGEST_NOTE]):
                keep(Identifier(scheme, match[1].lower() if scheme != "lens" else match[1].upper()))
    for one in _noted(draft.notes):
        keep(one)
    return found


_NAMING = frozenset(("doi", "pmid", "pmcid", "openalex"))


def _identifier(scheme: str, value: str | None) -> Identifier | None:
    return Identifier(scheme, value) if value else None


def _strict(parse: Callable[[str], str], text: str) -> str | None:
    try:
        return parse(text)
    except NotAnIdentifier:
        return None


def _noted(notes: Iterable[str]) -> Iterator[Identifier]:
    """What notes say of the work itself: one DOI behind its label, or nothing but a DOI."""
    dois: dict[str, None] = {}
    for text in notes:
        note = text[:_LONGEST_NOTE]
        if alone := _strict(identifiers.doi, note.strip()) if "10." in note and len(note) < 400 else None:
            dois[alone] = None
        if _ABOUT_ANOTHER.search(note):
            continue
        for match in _LABELLED_DOI.finditer(note):
            for one in identifiers.find(note[match.start() : match.end() + 400])[:1]:
                if one.scheme == "doi":
                    dois[one.value] = None
        for match in _LABELLED_OPENALEX.finditer(note):
            yield Identifier("openalex", match[1].upper())
        for scheme, pattern, prefix in (("pmid", _LABELLED_PMID, ""), ("pmcid", _LABELLED_PMCID, "PMC")):
            values = {match[1].lstrip("0") for match in pattern.finditer(note)} - {""}
            if len(values) == 1:
                yield Identifier(scheme, prefix + values.pop())
    if len(dois) == 1:
        yield Identifier("doi", next(iter(dois)))


def _popped(named: list[Identifier], scheme: str) -> str | None:
    """Take the first identifier of a scheme out of the list, where it has a field of its own."""
    found = next((one for one in named if one.scheme == scheme), None)
    if found is None:
        return None
    named.remove(found)
    return found.value


# -- what it is ------------------------------------------------------------------------------------------------

# Publishers mark the title itself when a work is withdrawn, and the Web of Science puts a note behind it.
_RETRACTED = re.compile(
    r"^\W{0,2}(?:retracted|withdrawn)(?: (?:article|paper|chapter|manuscript))?\s*[:\].-]|\((?:retracted article|"
    r"retraction of vol|retracted by)\b|\[retracted\]\W*$|\(retracted\)\W*$",
    re.IGNORECASE,
)
_RETRACTION_NOTICE = re.compile(r"\(retraction of vol\b", re.IGNORECASE)


def _is_retracted(draft: Draft, title: str | None) -> bool | None:
    if draft.is_retracted:
        return True
    # MEDLINE's type of publication, which reference managers keep among the keywords.
    if any((line(term) or "").casefold() == "retracted publication" for term, _ in draft.keywords):
        return True
    if title and draft.type != "retraction" and _RETRACTED.search(title) and not _RETRACTION_NOTICE.search(title):
        return True
    kinds_given = (draft.type_as_given or "").casefold()
    if "retracted" in kinds_given:
        return True
    return draft.is_retracted


def _other_titles(draft: Draft, title: str | None, variants: list[str]) -> Iterator[Title]:
    found: dict[str, str | None] = dict.fromkeys(variants)
    for given, spoken in draft.translated_titles:
        if text := line(given):
            found[text] = language(spoken) or found.get(text)
    for text, code in found.items():
        if text != title:
            yield Title(text=text, language=code, source=draft.source)


def _abstract(draft: Draft) -> tuple[str | None, tuple[Section, ...], str | None]:
    if draft.sections:
        whole = "\n".join(f"{part.label}: {part.text}" if part.label else part.text for part in draft.sections)
        return whole, tuple(draft.sections), None
    given = next((text for text in draft.abstracts if text.strip()), None)
    if given is None:
        return None, (), None
    plain, parts = markup.abstract(given)
    if not plain:
        return None, (), None
    sections = tuple(Section(label=label, text=body) for label, body in parts)
    return plain, sections, (storable(given) if given != plain else None)


def _other_abstracts(draft: Draft) -> Iterator[Abstract]:
    further = [(text, None) for text in [one for one in draft.abstracts if one.strip()][0 if draft.sections else 1 :]]
    seen = {" ".join(text.split()) for text in draft.abstracts[:1]}
    for given, spoken in [*further, *draft.translated_abstracts]:
        plain, _ = markup.abstract(given)
        if plain and " ".join(given.split()) not in seen:
            seen.add(" ".join(given.split()))
            yield Abstract(text=plain, language=language(spoken), source=draft.source)


def _people(written_by: Byline | None) -> tuple[Authorship, ...] | None:
    return None if written_by is None else written_by.people


def _keywords(draft: Draft) -> Iterator[Keyword]:
    seen: set[tuple[str, str]] = set()
    for given, sort in draft.keywords:
        term = line(given)
        if term and (term.casefold(), sort) not in seen:
            seen.add((term.casefold(), sort))
            yield Keyword(term=term, kind=sort)


# -- where and when --------------------------------------------------------------------------------------------


def _is_bound(draft: Draft, *, has_venue: bool) -> bool:
    """Whether an ISBN names this work; else it is that of the book in which the work appeared."""
    return draft.type in kinds.BOUND_AS_ONE if draft.type and draft.type != "other" else not has_venue


def _venue(draft: Draft, books: tuple[str, ...]) -> Venue | None:
    name, short, series = line(draft.venue), line(draft.short_venue), line(draft.series)
    if name is None and short is not None:
        name, short = short, None
    if name == short:
        short = None
    serials = tuple(dict.fromkeys(one for text in draft.serials for one in issns(text)))
    inside = () if _is_bound(draft, has_venue=name is not None) else books
    if not (name or series or serials or inside):
        return None
    return Venue(
        name=name,
        short_name=short,
        series=series,
        issns=serials,
        isbns=inside,
        type=draft.venue_type or (kinds.VENUE_TYPES.get(draft.type) if draft.type and name else None),
    )


def _pages(draft: Draft) -> Pages:
    place = pages(draft.pages)
    last = pages(draft.last_page)
    if last.first is None:
        return place
    if place.first is None:
        return last
    # RIS of some databases gives "123-130" as the first page and 130 again as the last.
    return place._replace(last=last.last or last.first)


def published(given_year: str | None, *given_dates: str) -> str | None:
    """The date of publication: the year, with the month and day that another text adds to the same year.

    >>> (
    ...     published("2020", "2020/05/03"),
    ...     published("2017", "MAY 15"),
    ...     published("2020", "2019/12/30"),
    ...     published(None, "2014//"),
    ... )
    ('2020-05-03', '2017-05-15', '2020', '2014')
    """
    best = date(given_year)
    for text in given_dates:
        found = date(text)
        if found is None and best is not None:
            found = date(f"{best[:4]} {text}")
        if found is None:
            continue
        if best is None or (found[:4] == best[:4] and len(found) > len(best)):
            best = found
    return best


def _events(draft: Draft, day: str | None) -> Iterator[Event]:
    seen = set()
    for sort, text in [("issued", day or ""), *draft.events]:
        found = date(text)
        if found and (sort, found) not in seen:
            seen.add((sort, found))
            yield Event(kind=sort, date=found)


def _links(draft: Draft) -> Iterator[Link]:
    seen = set()
    for given, sort in draft.urls:
        address = web_address(given)
        if address and address not in seen:
            seen.add(address)
            is_pdf = sort == "pdf" or re.search(r"\.pdf(?:$|[?#])", address, re.IGNORECASE) is not None
            yield Link(
                url=address,
                kind="pdf" if is_pdf else sort,
                content_type="application/pdf" if is_pdf else None,
            )
