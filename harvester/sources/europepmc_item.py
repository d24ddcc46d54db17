"""One Europe PMC record, in the form that it calls core, as a `Record`.

Most records are PubMed's, others come from PubMed Central, preprint servers, Agricola, theses and patents, and the
answers are XML turned into JSON: a list of one may be an object, a number a text, and a key may be written in two
ways (`isoabbreviation`, `ISOAbbreviation`). Whatever is absent or of another type says nothing. Fields:
europepmc.org/RestfulWebService, reference guide, "core".
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from harvester import identifiers, markup
from harvester.model import (
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
    Relation,
    Section,
    Skip,
    Subject,
    Update,
    Venue,
)
from harvester.sources import crossref_value
from harvester.sources.crossref_value import as_given, doi, pages
from harvester.sources.value import canonical, entries, integer, mapping, text, web_address

__all__ = ["NAME", "record"]

NAME: Final = "europepmc"

# The words of PubMed and of the full texts, which stand side by side, and the types of OpenAlex
# (help.openalex.org data/work-types.md). The narrowest comes first: an article and a letter is a letter.
KINDS: Final = (
    ("retraction", {"retraction", "retraction notice", "retraction of publication"}),
    ("erratum", {"correction", "corrigendum", "erratum", "expression of concern", "published erratum"}),
    ("book-review", {"book review"}),
    ("letter", {"comment", "commentary", "letter", "reply"}),
    ("editorial", {"editorial"}),
    ("conference-abstract", {"abstract", "meeting abstract"}),
    ("preprint", {"preprint"}),
    ("data-paper", {"data paper"}),
    (
        "review",
        {"meta analysis", "network meta analysis", "review", "review article", "scoping review", "systematic review"},
    ),
    ("conference-paper", {"conference paper", "proceedings"}),
    ("dissertation", {"academic dissertation", "dissertation", "thesis"}),
    ("book-chapter", {"book chapter", "chapter"}),
    ("dataset", {"dataset"}),
    ("report", {"guideline", "practice guideline", "report", "technical report"}),
    ("book", {"book", "monograph"}),
    (
        "article",
        {
            *("article", "brief report", "case report", "case reports", "clinical trial", "historical article"),
            *("journal article", "rapid communication", "randomized controlled trial", "research article"),
            *("research paper", "retracted article", "retracted publication", "study protocol"),
        },
    ),
    ("other", {"news", "obituary", "other", "patent"}),
)
RETRACTED: Final = frozenset(("retracted article", "retracted publication"))
# What everything in these collections is, if its words say nothing narrower.
COLLECTIONS: Final = {"ETH": "dissertation", "NBK": "book", "PAT": "other", "PPR": "preprint"}

# Kinds of notices and of links, in the words of Crossref.
UPDATES: Final = {
    "corrected and republished from": ("updates", "corrected_and_republished"),
    "corrected and republished in": ("updated_by", "corrected_and_republished"),
    "erratum for": ("updates", "correction"),
    "erratum in": ("updated_by", "correction"),
    "expression of concern for": ("updates", "expression_of_concern"),
    "expression of concern in": ("updated_by", "expression_of_concern"),
    "partial retraction in": ("updated_by", "partial_retraction"),
    "partial retraction of": ("updates", "partial_retraction"),
    "retracted and republished from": ("updates", "retraction_and_replacement"),
    "retracted and republished in": ("updated_by", "retraction_and_replacement"),
    "retraction in": ("updated_by", "retraction"),
    "retraction of": ("updates", "retraction"),
    "update in": ("updated_by", "new_version"),
    "update of": ("updates", "new_version"),
}
RETRACTING: Final = frozenset(("retraction", "retraction_and_replacement"))
RELATIONS: Final = {
    "comment in": "has_comment",
    "comment on": "is_comment_on",
    "original report in": "is_derived_from",
    "preprint in": "has_preprint",
    "preprint of": "is_preprint_of",
    "republished from": "is_version_of",
    "republished in": "is_version_of",
    "summary for patients in": "has_derivation",
}

# ISO 639-2, bibliographic (PubMed) and terminological, to 639-1 (loc.gov/standards/iso639-2); others stay.
# fmt: off
LANGUAGES: Final = {
    "ara": "ar", "bul": "bg", "chi": "zh", "zho": "zh", "cze": "cs", "ces": "cs", "dan": "da", "dut": "nl",
    "nld": "nl", "eng": "en", "fin": "fi", "fre": "fr", "fra": "fr", "ger": "de", "deu": "de", "gre": "el",
    "ell": "el", "heb": "he", "hrv": "hr", "hun": "hu", "ice": "is", "isl": "is", "ita": "it", "jpn": "ja",
    "kor": "ko", "lit": "lt", "nor": "no", "per": "fa", "fas": "fa", "pol": "pl", "por": "pt", "rum": "ro",
    "ron": "ro", "rus": "ru", "slo": "sk", "slk": "sk", "slv": "sl", "spa": "es", "srp": "sr", "swe": "sv",
    "tha": "th", "tur": "tr", "ukr": "uk", "vie": "vi",
}
# fmt: on

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
_WITH_DAY = re.compile(r"[0-9]{4} \S+ [0-9]{1,2}")
_SHORT_NAME = re.compile(r"(\S.*?) ([A-Z]{1,4}|[A-Z](?:-[A-Z])+)")
_AND_OTHERS = re.compile(r"\W*(?:et\.? ?al|and others)\W*", re.IGNORECASE)
_NUMBER_OF_ARTICLE = re.compile(r"e[0-9]+", re.IGNORECASE)
# Links that Europe PMC made itself, from the likeness of two titles: no statement of a publisher or of PubMed.
_GUESSED = re.compile(r"author match", re.IGNORECASE)
_FREE = frozenset(("OA", "F"))


def record(item: dict[str, Any]) -> Record | Skip:
    """Map one result, or say why it is none.

    The only ground for a `Skip` is a missing id or collection: together they name the record. The mapping depends
    on the item alone, so a stored item maps to the same record again. `is_retracted` and open access are True or
    None: that something is not noted says nothing.

    >>> work = record({"id": "7", "source": "MED", "title": "Peer <i>support</i>.", "pubYear": "2020"})
    >>> work.native_id, work.pmid, work.title, work.year
    ('MED:7', '7', 'Peer support', 2020)
    >>> record({"id": "7"}).reason
    'no-id'
    """
    number, collection = text(item.get("id")), (text(item.get("source")) or "").upper()
    if number is None or not collection:
        return Skip(source=NAME, reason="no-id", detail=f"a record has {number!r:.80} in {collection!r:.20} for its id")
    kind, kinds_as_given, is_said_retracted = _type(item, collection)
    title, title_as_given = _title(item.get("title"))
    abstract, sections, abstract_as_given = _abstract(item.get("abstractText"))
    authors, affiliations, is_complete = _people(item)
    issue = mapping(item.get("journalInfo"))
    events = tuple(_events(item, issue, collection))
    appeared = _appeared(item, issue, events)
    updates = tuple(dict.fromkeys(_updates(item)))
    is_retracted = is_said_retracted or any(one.direction == "updated_by" and one.type in RETRACTING for one in updates)
    first_page, last_page, article_number = _pages(item.get("pageInfo"))
    book = mapping(item.get("bookOrReportDetails"))
    updated = date(item.get("dateOfRevision")) or date(item.get("firstIndexDate")) or date(item.get("dateOfCreation"))
    manuscript = text(item.get("manuscriptId"))
    return Record(
        source=NAME,
        native_id=f"{collection}:{number}",
        updated=updated,
        doi=doi(item.get("doi")),
        pmid=canonical(identifiers.pmid, item.get("pmid") or (number if collection == "MED" else None)),
        pmcid=canonical(identifiers.pmcid, item.get("pmcid") or (number if collection == "PMC" else None)),
        other_identifiers=(Identifier("mid", manuscript),) if manuscript else (),
        title=title,
        title_as_given=title_as_given,
        abstract=abstract,
        abstract_sections=sections,
        abstract_as_given=abstract_as_given,
        authors=authors,
        authors_complete=is_complete,
        affiliations=affiliations,
        type=kind,
        type_as_given=kinds_as_given,
        language=_language(item.get("language")),
        year=int(appeared[:4]) if appeared else None,
        date=appeared,
        events=events,
        venue=_venue(mapping(issue.get("journal")), book, collection),
        volume=text(issue.get("volume")),
        issue=text(issue.get("issue")),
        first_page=first_page,
        last_page=last_page,
        article_number=article_number,
        publisher=text(book.get("publisher")) if collection != "PPR" else None,
        open_access=_open_access(item),
        licenses=_licenses(item.get("license")),
        links=tuple(dict.fromkeys(_links(item))),
        funders=_funders(item),
        keywords=tuple(dict.fromkeys(_keywords(item))),
        subjects=tuple(dict.fromkeys(_subjects(item))),
        is_retracted=is_retracted or None,
        updates=updates,
        relations=tuple(dict.fromkeys(_relations(item))),
        counts=tuple(_counts(item, as_of=updated)),
    )


def date(value: object) -> str | None:
    """The day, month or year of a date, cut down to what can be true."""
    match = _DATE.match(text(value) or "")
    return crossref_value.date({"date-parts": [[part for part in match.groups() if part]]}) if match else None


def _listed(item: dict[str, Any], name: str, entry: str) -> list[object]:
    """The entries of a list, which stands in an object of its own; a single one may stand there without a list."""
    value = mapping(item.get(name)).get(entry)
    return value if isinstance(value, list) else [] if value is None else [value]


# -- what it is ------------------------------------------------------------------------------------------------


def _type(item: dict[str, Any], collection: str) -> tuple[str | None, str | None, bool]:
    """The narrowest type of all that are given, these as given, and whether one of them says retracted."""
    given = [found for one in _listed(item, "pubTypeList", "pubType") if (found := text(one))]
    words = {found.casefold().replace("-", " ") for found in given}
    kind = next((kind for kind, names in KINDS if names & words), None)
    if collection in COLLECTIONS and kind in (None, "article", "other"):
        kind = COLLECTIONS[collection]
    return kind, "; ".join(dict.fromkeys(given)) or None, bool(words & RETRACTED)


def _title(value: object) -> tuple[str | None, str | None]:
    """The title without the full stop and the brackets of PubMed, and as given where that or markup changed it."""
    found = text(value)
    if found is None:
        return None, None
    title = found
    if title.startswith("[") and title.rstrip(".").endswith("]") and title.count("[") == title.count("]"):
        title = title.rstrip(".")[1:-1].strip()
    elif title.endswith(".") and not title.endswith(".."):
        title = title[:-1].rstrip()
    title = title or found
    return title, (as_given(value) if isinstance(value, str) and value != title else None)


def _abstract(value: object) -> tuple[str | None, tuple[Section, ...], str | None]:
    if not isinstance(value, str):
        return None, (), None
    plain, sections = markup.abstract(value)
    if not plain:
        return None, (), None
    found = tuple(Section(label=label, text=part) for label, part in sections)
    return plain, found, (as_given(value) if value != plain else None)


def _language(value: object) -> str | None:
    code = (text(value) or "").lower()
    return LANGUAGES.get(code, code) or None


def _people(item: dict[str, Any]) -> tuple[tuple[Authorship, ...] | None, tuple[Affiliation, ...], bool]:
    """The authors, their addresses, each once, and whether nobody was left out; without a list, those of the line."""
    places: dict[str, int] = {}
    listed = entries(_listed(item, "authorList", "author"))
    found = [one for author in listed if (one := _author(author, places)) is not None]
    if not found:
        line = (text(item.get("authorString")) or "").rstrip(".")
        found = [_short(name) for name in map(str.strip, line.split(",")) if name]
    if not places and (address := text(item.get("affiliation"))):
        places[address] = 0  # of one of the authors: nobody says of which
    authors = tuple(one for one in found if not _AND_OTHERS.fullmatch(one.name))
    return authors or None, tuple(Affiliation(text=address) for address in places), len(authors) == len(found)


def _author(author: dict[str, Any], places: dict[str, int]) -> Authorship | None:
    given, family = text(author.get("firstName")) or text(author.get("initials")), text(author.get("lastName"))
    group, short = text(author.get("collectiveName")), text(author.get("fullName"))
    addresses = [
        text(one.get("affiliation"))
        for one in entries(_listed(author, "authorAffiliationDetailsList", "authorAffiliation"))
    ] or [text(author.get("affiliation"))]
    at = tuple(dict.fromkeys(places.setdefault(one, len(places)) for one in addresses if one))
    orcid = next(
        (
            found
            for one in entries(
                author["authorId"] if isinstance(author.get("authorId"), list) else [author.get("authorId")]
            )
            if text(one.get("type")) == "ORCID" and (found := canonical(identifiers.orcid, one.get("value")))
        ),
        None,
    )
    if family:
        suffix = text(author.get("suffix"))
        name = " ".join(part for part in (given, family, suffix) if part)
        return Authorship(name=name, given=given, family=family, suffix=suffix, orcid=orcid, affiliations=at)
    if group:
        return Authorship(name=group, is_organisation=True, affiliations=at)
    return _short(short).model_copy(update={"orcid": orcid, "affiliations": at}) if short else None


def _short(name: str) -> Authorship:
    """An author in PubMed's short form, the initials last; whatever else it is stays as it is."""
    match = _SHORT_NAME.fullmatch(name)
    if match is None:
        return Authorship(name=name)
    family, initials = match.groups()
    return Authorship(name=f"{initials} {family}", given=initials, family=family)


# -- when and where --------------------------------------------------------------------------------------------


def _printed(issue: dict[str, Any]) -> str | None:
    """The date of the issue: a month of 01 and a day of 01 fill up what is not known."""
    day = date(issue.get("printPublicationDate"))
    printed = text(issue.get("dateOfPublication")) or ""
    if day is None:
        return date(printed)
    if text(issue.get("monthOfPublication")) == "0" or (not printed and day.endswith("-01-01")):
        return day[:4]
    return day if _WITH_DAY.fullmatch(printed) else day[:7]


def _events(item: dict[str, Any], issue: dict[str, Any], collection: str) -> Iterator[Event]:
    if day := _printed(issue):
        yield Event(kind="print" if "Print" in (text(item.get("pubModel")) or "") else "issued", date=day)
    if day := date(item.get("electronicPublicationDate")):
        yield Event(kind="online", date=day)
    if collection == "PPR" and (day := date(item.get("firstPublicationDate"))):
        yield Event(kind="posted", date=day)


def _appeared(item: dict[str, Any], issue: dict[str, Any], events: Iterable[Event]) -> str | None:
    """The first publication; where Europe PMC takes it from the issue, with as much as is known of that."""
    first = date(item.get("firstPublicationDate"))
    if first and first != date(issue.get("printPublicationDate")):
        return first
    return _printed(issue) or first or min((event.date for event in events), default=None) or date(item.get("pubYear"))


def _venue(journal: dict[str, Any], book: dict[str, Any], collection: str) -> Venue | None:
    name = text(journal.get("title"))
    keys = ("isoabbreviation", "ISOAbbreviation", "medlineAbbreviation")
    short_name = next((found for key in keys if (found := text(journal.get(key)))), None)
    given = (canonical(identifiers.issn, journal.get(key)) for key in ("issn", "ISSN", "essn", "ESSN"))
    issns = tuple(dict.fromkeys(issn for issn in given if issn))
    if name or short_name or issns:
        return Venue(name=name, short_name=short_name, issns=issns, type="journal")
    if collection == "PPR":
        server = text(book.get("publisher"))
        return Venue(name=server, type="repository") if server else None
    containing = text(book.get("comprisingTitle"))
    return Venue(name=containing, type="book") if containing else None


def _pages(value: object) -> tuple[str | None, str | None, str | None]:
    """The first and the last page, and the number that articles without pages have."""
    first, last = pages(value)
    return (None, None, first) if first and not last and _NUMBER_OF_ARTICLE.fullmatch(first) else (first, last, None)


# -- how it may be read ----------------------------------------------------------------------------------------


def _addresses(item: dict[str, Any]) -> Iterator[tuple[str, str, bool]]:
    """Each address of the full text: the style of document, the address, whether it is free to read."""
    for one in entries(_listed(item, "fullTextUrlList", "fullTextUrl")):
        style, address = text(one.get("documentStyle")) or "html", web_address(one.get("url"))
        if address:
            yield style, address, text(one.get("availabilityCode")) in _FREE


def _open_access(item: dict[str, Any]) -> OpenAccess | None:
    """Open where a copy is: a licence alone is no access, and not to be in the open subset is not to be closed."""
    free = [(style, address) for style, address, is_free in _addresses(item) if is_free]
    if not free and text(item.get("isOpenAccess")) != "Y":
        return None
    return OpenAccess(
        is_open=True,
        url=next((address for style, address in free if style != "pdf"), None),
        pdf_url=next((address for style, address in free if style == "pdf"), None),
    )


def _links(item: dict[str, Any]) -> Iterator[Link]:
    kinds = {"doi": "landing", "pdf": "pdf"}
    for style, address, _ in _addresses(item):
        yield Link(url=address, kind=kinds.get(style, "full-text"))


def _licenses(value: object) -> tuple[License, ...]:
    name = text(value)
    return (License(name=re.sub(r"\s+", "-", name.lower())),) if name else ()


# -- what belongs to it ----------------------------------------------------------------------------------------


def _funders(item: dict[str, Any]) -> tuple[Funder, ...]:
    awards: dict[str | None, dict[str, None]] = {}
    for one in entries(_listed(item, "grantsList", "grant")):
        agency, number = text(one.get("agency")), text(one.get("grantId"))
        if agency or number:
            awards.setdefault(agency, {}).update({number: None} if number else {})
    return tuple(Funder(name=agency, awards=tuple(numbers)) for agency, numbers in awards.items())


def _keywords(item: dict[str, Any]) -> Iterator[Keyword]:
    for one in _listed(item, "keywordList", "keyword"):
        if term := text(one):
            yield Keyword(term=term, kind="author")


def _subjects(item: dict[str, Any]) -> Iterator[Subject]:
    """MeSH headings, each with every qualifier, then chemicals, as PubMed lists them; by name: there are no codes."""
    for heading in entries(_listed(item, "meshHeadingList", "meshHeading")):
        name = text(heading.get("descriptorName"))
        if name is None:
            continue
        listed = entries(_listed(heading, "meshQualifierList", "meshQualifier"))
        qualifiers = [found for one in listed if (found := text(one.get("qualifierName")))]
        for label in [f"{name}/{qualifier}" for qualifier in qualifiers] or [name]:
            yield Subject(scheme="mesh", code=label, label=label)
    for one in entries(_listed(item, "chemicalList", "chemical")):
        if name := text(one.get("name")):
            yield Subject(scheme="mesh", code=name, label=name)


def _corrections(item: dict[str, Any]) -> Iterator[tuple[str, dict[str, Any]]]:
    for one in entries(_listed(item, "commentCorrectionList", "commentCorrection")):
        if kind := text(one.get("type")):
            yield kind.casefold(), one


def _other(one: dict[str, Any]) -> Identifier | None:
    """The work at the other end, by the number that its collection gives it."""
    collection, number = (text(one.get("source")) or "").upper(), text(one.get("id"))
    if collection == "MED":
        pmid = canonical(identifiers.pmid, number)
        return Identifier("pmid", pmid) if pmid else None
    if collection == "PMC":
        pmcid = canonical(identifiers.pmcid, number)
        return Identifier("pmcid", pmcid) if pmcid else None
    return Identifier(NAME, f"{collection}:{number}") if collection and number else None


def _updates(item: dict[str, Any]) -> Iterator[Update]:
    for kind, one in _corrections(item):
        direction, what = UPDATES.get(kind, (None, None))
        if what is None:
            continue
        printed, other = text(one.get("reference")), _other(one)
        dois = [found.value for found in identifiers.find(printed or "") if found.scheme == "doi"]
        yield Update(
            direction="updates" if direction == "updates" else "updated_by",
            type=what,
            doi=dois[0] if dois else None,
            label=printed,
            asserted_by=NAME,
            record_id=str(other) if other else None,
        )


def _relations(item: dict[str, Any]) -> Iterator[Relation]:
    for kind, one in _corrections(item):
        target = _other(one)
        if kind in RELATIONS and target is not None and not _GUESSED.search(text(one.get("note")) or ""):
            yield Relation(kind=RELATIONS[kind], target=target)


def _counts(item: dict[str, Any], *, as_of: str | None) -> Iterator[Count]:
    """How often it is cited within Europe PMC; a text where the answer was converted."""
    given = item.get("citedByCount")
    if isinstance(given, str) and given.isascii() and given.isdigit() and len(given) <= len("1000000"):
        given = int(given)
    cited_by = integer(given)
    if cited_by is not None:
        yield Count(kind="cited_by", value=cited_by, source=NAME, as_of=as_of)
