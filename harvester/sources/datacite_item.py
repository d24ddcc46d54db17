"""One DataCite DOI, as its JSON:API shows it, as a `Record`.

Repositories deposit what they like, schemas from 2.1 to 4.6 are in circulation, and lists leave out what single
answers have: every key may be absent, empty or of another type, and then says nothing. Attributes: GitHub
datacite/lupo, app/serializers/datacite_doi_serializer.rb; vocabularies: datacite-metadata-schema.readthedocs.io.
"""

import re
from collections.abc import Iterable, Iterator
from typing import Any, Final

from harvester import identifiers, markup
from harvester.model import (
    Abstract,
    Count,
    Event,
    Funder,
    Identifier,
    Keyword,
    License,
    Link,
    OpenAccess,
    Record,
    Section,
    Skip,
    Subject,
    Title,
    Update,
    Venue,
)
from harvester.sources.crossref_value import as_given, doi, pages
from harvester.sources.datacite_links import references, relations
from harvester.sources.datacite_people import Addresses, authors, editors, is_cut
from harvester.sources.datacite_value import date, given
from harvester.sources.value import canonical, entries, integer, mapping, ror, text, web_address

__all__ = ["NAME", "record"]

NAME: Final = "datacite"

# DataCite's general types of resource in the words of OpenAlex (help.openalex.org data/work-types.md). "Text" says
# nothing; what the repository writes next to it may.
TYPES: Final = {
    "audiovisual": "other",
    "award": "other",
    "book": "book",
    "bookchapter": "book-chapter",
    "collection": "other",
    "computationalnotebook": "software",
    "conferencepaper": "conference-paper",
    "conferenceproceeding": "paratext",
    "datapaper": "data-paper",
    "dataset": "dataset",
    "dissertation": "dissertation",
    "event": "other",
    "film": "other",
    "image": "other",
    "instrument": "other",
    "interactiveresource": "other",
    "journal": "paratext",
    "journalarticle": "article",
    "model": "other",
    "other": "other",
    "outputmanagementplan": "other",
    "peerreview": "peer-review",
    "physicalobject": "other",
    "poster": "conference-abstract",
    "preprint": "preprint",
    "presentation": "other",
    "project": "other",
    "report": "report",
    "service": "other",
    "software": "software",
    "sound": "other",
    "standard": "standard",
    "studyregistration": "other",
    "workflow": "other",
}
# What repositories write for a "Text" or for nothing in general, without its spaces and hyphens.
TEXTS: Final = {
    "article": "article",
    "bachelorthesis": "dissertation",
    "conferencearticle": "conference-paper",
    "doctoralthesis": "dissertation",
    "masterthesis": "dissertation",
    "phdthesis": "dissertation",
    "researcharticle": "article",
    "section": "book-chapter",
    "technicalreport": "report",
    "thesis": "dissertation",
    "workingpaper": "preprint",
}

# Each date of a record, and the kind of event it is; two of them say when the work appeared.
APPEARANCES: Final = frozenset(("issued", "online"))
DATES: Final = {
    "Issued": "issued",
    "Available": "online",
    "Accepted": "accepted",
    "Collected": "collected",
    "Copyrighted": "copyrighted",
    "Created": "content_created",
    "Submitted": "submitted",
    "Updated": "content_updated",
    "Valid": "valid",
    "Withdrawn": "withdrawn",
}

# What a container is: by its own word, else by what it contains.
CONTAINERS: Final = {
    "Book": "book",
    "ConferenceProceeding": "conference",
    "DataRepository": "repository",
    "Journal": "journal",
}
VENUES: Final = {
    "article": "journal",
    "book-chapter": "book",
    "conference-abstract": "conference",
    "conference-paper": "conference",
    "data-paper": "journal",
    "reference-entry": "book",
}
# Without a container, these are held by the repository that registers them.
KEPT_IN_REPOSITORIES: Final = frozenset(("dataset", "preprint", "software"))
BOUND_AS_ONE: Final = frozenset(("book", "dissertation", "paratext", "report", "standard"))

# The only alternate identifiers that mean the same thing outside their repository.
KNOWN_SCHEMES: Final = frozenset(("arxiv", "ark", "bibcode", "handle", "igsn", "urn"))

# The words of info:eu-repo/semantics and the codes of vocabularies.coar-repositories.org/access_rights.
ACCESS: Final = {
    "openaccess": True,
    "c_abf2": True,
    "closedaccess": False,
    "restrictedaccess": False,
    "c_14cb": False,
    "c_16ec": False,
}
_ACCESS_RIGHT = re.compile(r"(?:info:eu-repo/semantics/|https?://purl\.org/coar/access_right/)(\w+)/?", re.IGNORECASE)
_CREATIVE_COMMONS = re.compile(
    r"https?://(?:www\.)?creativecommons\.org/(?:licenses/(by[a-z-]*)|(publicdomain/zero))", re.IGNORECASE
)
_COMMONS_CODE = re.compile(r"(cc0|cc-by[a-z-]*?)(?:-[0-9.]+)?")
_NAMED_LICENSE = re.compile(r"licen[cs]e|creative commons|\bcc\b|public domain", re.IGNORECASE)
_LONGEST_LICENSE_NAME = 100
_ARXIV_SUBJECT = re.compile(r"(.+) \(([a-z-]+(?:\.[A-Za-z-]+)?)\)")


def record(item: dict[str, Any]) -> Record | Skip:
    """Map one `data` object, or say why it is none.

    The only grounds for a `Skip` are a missing or malformed DOI and a state other than findable: lists also show
    what is registered and withheld from the public. The mapping depends on the item alone, so a stored item maps to
    the same record again. `is_retracted` is True or None: a date of withdrawal is given or not.

    >>> work = record({"id": "10.5281/ZENODO.7", "attributes": {"titles": [{"title": "Peer <i>support</i>"}]}})
    >>> work.native_id, work.title
    ('10.5281/zenodo.7', 'Peer support')
    >>> record({"attributes": {"doi": "none"}}).reason
    'malformed DOI'
    """
    attributes = mapping(item.get("attributes"))
    own_doi = doi(attributes.get("doi")) or doi(item.get("id"))
    if own_doi is None:
        shown = attributes.get("doi") or item.get("id")
        if not shown:
            return Skip(source=NAME, reason="no DOI", detail=_titled(attributes.get("titles"))[0] or "")
        return Skip(source=NAME, reason="malformed DOI", detail=(given(shown) or type(shown).__name__)[:200])
    state = given(attributes.get("state"))
    if state not in (None, "findable"):
        return Skip(source=NAME, reason="not findable", detail=f"{own_doi} is {state[:40]}")
    kind, kind_as_given = _type(mapping(attributes.get("types")))
    title, title_as_given, subtitle, other_titles = _titled(attributes.get("titles"))
    abstract, sections, abstract_as_given, other_abstracts = _abstracts(attributes.get("descriptions"))
    addresses = Addresses()
    written_by = authors(attributes.get("creators"), addresses)
    edited_by = editors(attributes.get("contributors"), addresses)
    events = tuple(dict.fromkeys(_events(attributes)))
    appeared = _appeared(attributes, events)
    withdrawn = next((event.date for event in events if event.kind == "withdrawn"), None)
    container = _container(attributes)
    publisher = given(mapping(attributes.get("publisher")).get("name")) or given(attributes.get("publisher"))
    alternates = _alternates(attributes)
    is_whole = kind in BOUND_AS_ONE
    first_page, last_page = _pages(container)
    updated = text(attributes.get("updated"))
    return Record(
        source=NAME,
        native_id=own_doi,
        updated=updated,
        doi=own_doi,
        pmid=canonical(identifiers.pmid, alternates.get("pmid")),
        pmcid=canonical(identifiers.pmcid, alternates.get("pmcid")),
        other_identifiers=tuple(_other_identifiers(alternates, is_whole=is_whole)),
        title=title,
        title_as_given=title_as_given,
        subtitle=subtitle,
        other_titles=other_titles,
        abstract=abstract,
        abstract_sections=sections,
        abstract_as_given=abstract_as_given,
        other_abstracts=other_abstracts,
        authors=written_by,
        authors_complete=not is_cut(attributes.get("creators")),
        editors=edited_by,
        affiliations=addresses.listed(),
        type=kind,
        type_as_given=kind_as_given,
        language=(given(attributes.get("language")) or "").lower() or None,
        year=int(appeared[:4]) if appeared else None,
        date=appeared,
        events=events,
        venue=_venue(attributes, container, kind, publisher),
        volume=given(container.get("volume")),
        issue=given(container.get("issue")),
        first_page=first_page,
        last_page=last_page,
        article_number=given(container.get("number")) if container.get("numberType") == "Article" else None,
        publisher=publisher,
        open_access=_open_access(attributes.get("rightsList")),
        licenses=tuple(dict.fromkeys(_licenses(attributes.get("rightsList")))),
        links=tuple(dict.fromkeys(_links(attributes))),
        funders=_funders(attributes.get("fundingReferences")),
        keywords=tuple(dict.fromkeys(_keywords(attributes.get("subjects")))),
        subjects=tuple(dict.fromkeys(_subjects(attributes.get("subjects")))),
        is_retracted=True if withdrawn else None,
        updates=tuple(_withdrawals(withdrawn)),
        relations=tuple(dict.fromkeys(relations(attributes, own_doi=own_doi))),
        counts=tuple(_counts(attributes, as_of=date(updated))),
        references=tuple(references(attributes, source=NAME)),
    )


# -- what it is ------------------------------------------------------------------------------------------------


def _type(types: dict[str, Any]) -> tuple[str | None, str | None]:
    """The type, and as given: the general word and the repository's own, as DataCite writes them together."""
    general, own = given(types.get("resourceTypeGeneral")), given(types.get("resourceType"))
    key = _key(general)
    kind = TYPES.get(key)
    if key in ("", "text", "other"):
        kind = TEXTS.get(_key(own)) or TYPES.get(_key(own)) or kind
    if general and own and general.casefold() != own.casefold():
        return kind, f"{general}/{own}"
    return kind, general or own


def _key(value: str | None) -> str:
    return re.sub(r"[\W_]", "", value or "").lower()


def _titled(value: object) -> tuple[str | None, str | None, str | None, tuple[Title, ...]]:
    """The title without a type, as given where cleaning changed it, the subtitle, and all others."""
    found = [(one, title) for one in entries(value) if (title := given(one.get("title")))]
    if not found:
        return None, None, None, ()
    found.sort(key=lambda pair: bool(text(pair[0].get("titleType"))))
    (main, title), *others = found
    subtitle = next((one for given_, one in others if given_.get("titleType") == "Subtitle"), None)
    return (
        title,
        _as_given(main.get("title"), title),
        subtitle,
        tuple(
            Title(text=other, language=text(one.get("lang")), source=NAME)
            for one, other in others
            if other not in (title, subtitle)
        ),
    )


def _as_given(value: object, cleaned: str) -> str | None:
    return as_given(value) if isinstance(value, str) and value != cleaned else None


def _abstracts(value: object) -> tuple[str | None, tuple[Section, ...], str | None, tuple[Abstract, ...]]:
    """The first abstract with its labelled parts, and the others, which are its translations as a rule."""
    found = []
    for one in entries(value):
        described = one.get("description")
        if one.get("descriptionType") == "Abstract" and isinstance(described, str) and given(described):
            plain, sections = markup.abstract(described)
            if plain:
                found.append((plain, sections, described, text(one.get("lang"))))
    if not found:
        return None, (), None, ()
    (plain, sections, described, _), *others = found
    return (
        plain,
        tuple(Section(label=label, text=part) for label, part in sections),
        _as_given(described, plain),
        tuple(Abstract(text=other, language=language, source=NAME) for other, _, _, language in others),
    )


def _alternates(attributes: dict[str, Any]) -> dict[str, str]:
    """The alternate identifiers by their schemes, the first of each."""
    found: dict[str, str] = {}
    for one in entries(attributes.get("identifiers")):
        scheme, value = text(one.get("identifierType")), given(one.get("identifier"))
        if scheme and value:
            found.setdefault(scheme.lower(), value)
    return found


def _other_identifiers(alternates: dict[str, str], *, is_whole: bool) -> Iterator[Identifier]:
    for scheme, value in alternates.items():
        if scheme in KNOWN_SCHEMES:
            yield Identifier(scheme, value)
        elif scheme == "isbn" and is_whole and (found := canonical(identifiers.isbn, value)):
            yield Identifier("isbn", found)


# -- when and where --------------------------------------------------------------------------------------------


def _events(attributes: dict[str, Any]) -> Iterator[Event]:
    for one in entries(attributes.get("dates")):
        kind = DATES.get(text(one.get("dateType")) or "")
        if kind and (day := date(one.get("date"))):
            yield Event(kind=kind, date=day)
    if day := date(attributes.get("registered")):
        yield Event(kind="registered", date=day)


def _appeared(attributes: dict[str, Any], events: Iterable[Event]) -> str | None:
    """The day it appeared: the fullest date of the year that DataCite asks every repository to state."""
    days = [event.date for event in events if event.kind in APPEARANCES]
    stated = date(attributes.get("publicationYear")) or date(attributes.get("published"))
    if stated:
        days = [day for day in days if day[:4] == stated[:4]] or [stated]
    return min(days, key=_sorted_late_if_vague, default=None)


def _sorted_late_if_vague(day: str) -> str:
    """Sort `2020-03` behind `2020-03-05`: of two dates that may be the same, the fuller one says more."""
    return day + "-99" * ((10 - len(day)) // 3)


def _container(attributes: dict[str, Any]) -> dict[str, Any]:
    """What the work appeared in: DataCite's digest of the record, completed by the first item that says so."""
    found = dict(mapping(attributes.get("container")))
    item = next(
        (one for one in entries(attributes.get("relatedItems")) if one.get("relationType") == "IsPublishedIn"), {}
    )
    named = mapping(item.get("relatedItemIdentifier"))
    told = {
        "type": item.get("relatedItemType"),
        "title": next((one.get("title") for one in entries(item.get("titles"))), None),
        "identifier": named.get("relatedItemIdentifier"),
        "identifierType": named.get("relatedItemIdentifierType"),
        **{key: item.get(key) for key in ("volume", "issue", "number", "numberType", "firstPage", "lastPage")},
    }
    for key, value in told.items():
        # The type of the digest is "Series" for whatever has an ISSN.
        if given(found.get(key)) is None or (key == "type" and value):
            found[key] = value
    return found


def _pages(container: dict[str, Any]) -> tuple[str | None, str | None]:
    first, last = given(container.get("firstPage")), given(container.get("lastPage"))
    return (first, last) if last else pages(first)


def _venue(
    attributes: dict[str, Any], container: dict[str, Any], kind: str | None, publisher: str | None
) -> Venue | None:
    name = given(container.get("title"))
    if name is None and kind in KEPT_IN_REPOSITORIES and publisher:
        return Venue(name=publisher, type="repository")
    listed = [(text(container.get("identifierType")), container.get("identifier"))]
    listed += [
        (text(one.get("relatedIdentifierType")), one.get("relatedIdentifier"))
        for one in entries(attributes.get("relatedIdentifiers"))
        if one.get("relationType") in ("IsPartOf", "IsPublishedIn")
    ]
    issns = (canonical(identifiers.issn, value) for scheme, value in listed if scheme in ("EISSN", "ISSN", "LISSN"))
    isbns = (canonical(identifiers.isbn, value) for scheme, value in listed if scheme == "ISBN")
    venue = Venue(
        name=name,
        issns=tuple(dict.fromkeys(issn for issn in issns if issn)),
        isbns=tuple(dict.fromkeys(isbn for isbn in isbns if isbn)),
    )
    if venue == Venue():
        return None
    return venue.model_copy(
        update={"type": CONTAINERS.get(text(container.get("type")) or "") or VENUES.get(kind or "")}
    )


# -- how it may be read ----------------------------------------------------------------------------------------


def _access(right: dict[str, Any]) -> str | None:
    """The access right that an entry states, where it is one and no licence."""
    for value in (text(right.get("rightsUri")), text(right.get("rights"))):
        match = _ACCESS_RIGHT.fullmatch(value or "")
        key = match[1].lower() if match else _key(value)
        if match or key in ACCESS:
            return key
    return None


def _open_access(value: object) -> OpenAccess | None:
    """Open or closed where the record says so in so many words: a licence alone is no access."""
    told = [ACCESS[key] for one in entries(value) if (key := _access(one)) in ACCESS and key is not None]
    return OpenAccess(is_open=any(told)) if told else None


def _licenses(value: object) -> Iterator[License]:
    for one in entries(value):
        address, code, name = (
            web_address(one.get("rightsUri")),
            given(one.get("rightsIdentifier")),
            given(one.get("rights")),
        )
        if _access(one) is not None:
            continue
        commons = _CREATIVE_COMMONS.match(address or "")
        coded = _COMMONS_CODE.fullmatch((code or "").lower())
        if commons:
            code = f"cc-{commons[1].lower().strip('-')}" if commons[1] else "cc0"
        elif coded:
            code = coded[1]
        elif code:
            code = code.lower()
        elif name and len(name) <= _LONGEST_LICENSE_NAME and _NAMED_LICENSE.search(name):
            code = name  # other texts name the publisher or the holder of the rights
        if code or address:
            yield License(name=code, url=address)


def _links(attributes: dict[str, Any]) -> Iterator[Link]:
    if landing := web_address(attributes.get("url")):
        yield Link(url=landing, kind="landing")
    contents = attributes.get("contentUrl")
    for one in contents if isinstance(contents, list) else [contents]:
        if address := web_address(one):
            yield Link(url=address, kind="full-text")


# -- what belongs to it ----------------------------------------------------------------------------------------


def _funders(value: object) -> tuple[Funder, ...]:
    """Funders, each once with all its awards: DataCite has an entry for every award."""
    awards: dict[Funder, dict[str, None]] = {}
    for one in entries(value):
        name, number = given(one.get("funderName")), given(one.get("awardNumber"))
        funder = Funder(name=name, doi=doi(one.get("funderIdentifier")), ror=ror(one.get("funderIdentifier")))
        if number or funder != Funder():
            awards.setdefault(funder, {}).update({number: None} if number else {})
    return tuple(funder.model_copy(update={"awards": tuple(numbers)}) for funder, numbers in awards.items())


def _keywords(value: object) -> Iterator[Keyword]:
    """Subjects without a scheme; some repositories put all of them into one, with semicolons between."""
    for one in entries(value):
        if text(one.get("subjectScheme")) is None:
            for term in filter(None, map(str.strip, (given(one.get("subject")) or "").split(";"))):
                yield Keyword(term=term, kind="author")


def _subjects(value: object) -> Iterator[Subject]:
    for one in entries(value):
        scheme, label = text(one.get("subjectScheme")), given(one.get("subject"))
        code = given(one.get("classificationCode"))
        if scheme is None or not (code or label):
            continue
        if scheme.lower() == "arxiv" and label and (match := _ARXIV_SUBJECT.fullmatch(label)):
            label, code = match.groups()
        yield Subject(scheme=scheme.lower(), code=code or label or "", label=label)


def _withdrawals(day: str | None) -> Iterator[Update]:
    if day:
        yield Update(direction="updated_by", type="withdrawal", date=day, asserted_by="publisher")


def _counts(attributes: dict[str, Any], *, as_of: str | None) -> Iterator[Count]:
    cited_by, listed = integer(attributes.get("citationCount")), integer(attributes.get("referenceCount"))
    if cited_by is not None:
        yield Count(kind="cited_by", value=cited_by, source=NAME, as_of=as_of)
    if listed is not None:
        yield Count(kind="references", value=listed, source=NAME, as_of=as_of)
