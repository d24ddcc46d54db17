"""One Crossref work message as a `Record`.

Single answers carry empty lists where list answers leave the key out, answers differ by year, and publishers
deposit what they like: every key may be absent, empty or of another type, and then says nothing. Only a work
without a DOI is refused. Work message: Crossref REST API, api.crossref.org/swagger-ui (schema "Work").
"""

import re
from collections.abc import Callable, Iterator
from typing import Any, Final

from harvester import identifiers, markup
from harvester.model import (
    Count,
    Event,
    Funder,
    Identifier,
    License,
    Link,
    OpenAccess,
    Record,
    Reference,
    Relation,
    Section,
    Skip,
    Title,
    Update,
    Venue,
)
from harvester.sources.crossref_people import Addresses, authors, contributors, is_cut
from harvester.sources.crossref_value import as_given, date, doi, first_text, pages, texts, word, year
from harvester.sources.value import canonical, entries, integer, mapping, ror, text, web_address

__all__ = ["NAME", "record"]

NAME: Final = "crossref"

# Crossref's 30 types (api.crossref.org/types) in the words of OpenAlex (help.openalex.org data/work-types.md).
TYPES: Final = {
    "book": "book",
    "book-chapter": "book-chapter",
    "book-part": "book-chapter",
    "book-section": "book-chapter",
    "book-series": "paratext",
    "book-set": "book",
    "book-track": "book-chapter",
    "component": "supplementary-materials",
    "database": "dataset",
    "dataset": "dataset",
    "dissertation": "dissertation",
    "edited-book": "book",
    "grant": "other",
    "journal": "paratext",
    "journal-article": "article",
    "journal-issue": "paratext",
    "journal-volume": "paratext",
    "monograph": "book",
    "other": "other",
    "peer-review": "peer-review",
    "posted-content": "preprint",
    "proceedings": "paratext",
    "proceedings-article": "conference-paper",
    "proceedings-series": "paratext",
    "reference-book": "book",
    "reference-entry": "reference-entry",
    "report": "report",
    "report-component": "report",
    "report-series": "paratext",
    "standard": "standard",
}
# Posted content is a preprint unless its subtype says that it never becomes anything else.
POSTED: Final = {"blog": "other", "dissertation": "dissertation", "letter": "letter", "report": "report"}

# An ISBN names the whole book: it identifies these works, and only the venue of a chapter.
BOUND_AS_ONE: Final = frozenset(
    ("book", "book-set", "edited-book", "monograph", "proceedings", "reference-book", "report", "standard")
)
VENUE_TYPES: Final = {
    "journal-article": "journal",
    "proceedings-article": "conference",
    "posted-content": "repository",
    "book-chapter": "book",
    "book-part": "book",
    "book-section": "book",
    "book-track": "book",
    "reference-entry": "book",
}

# Each date of a message, and the kind of event it is; those of the first group say when the work appeared.
APPEARANCES: Final = {
    "published-print": "print",
    "published-online": "online",
    "published-other": "other",
    "posted": "posted",
    "issued": "issued",
}
OTHER_DATES: Final = {
    "accepted": "accepted",
    "approved": "approved",
    "content-created": "content_created",
    "content-updated": "content_updated",
    "created": "registered",
}

RETRACTING: Final = frozenset(("retraction", "withdrawal", "removal"))

_CREATIVE_COMMONS = re.compile(r"https?://(?:www\.)?creativecommons\.org/(?:licenses/(by[a-z-]*)|(publicdomain/zero))")


def record(item: dict[str, Any]) -> Record | Skip:
    """Map one work message, or say why it is none.

    The only ground for a `Skip` is a missing or malformed DOI. The mapping depends on the item alone, so a
    stored item maps to the same record again. `is_retracted` is True or None: Crossref lists notices and
    never says that there is none.

    >>> work = record({"DOI": "10.5555/AB", "title": ["Peer <i>support</i>"], "type": "journal-article"})
    >>> work.native_id, work.title, work.type, work.type_as_given
    ('10.5555/ab', 'Peer support', 'article', 'journal-article')
    >>> record({"title": ["Peer support"]}).reason
    'no DOI'
    """
    own_doi = doi(item.get("DOI"))
    if own_doi is None:
        given = item.get("DOI")
        if given is None or given == "":
            return Skip(source=NAME, reason="no DOI", detail=first_text(item.get("title")) or "")
        return Skip(source=NAME, reason="malformed DOI", detail=(text(given) or type(given).__name__)[:200])
    type_as_given = text(item.get("type"))
    addresses = Addresses()
    written_by = authors(item.get("author"), addresses)
    edited_by = contributors(item.get("editor"), addresses)
    title, title_as_given = _title(item.get("title"))
    abstract, sections, abstract_as_given = _abstract(item.get("abstract"))
    appeared = {kind: day for key, kind in APPEARANCES.items() if (day := date(item.get(key)))}
    published = date(item.get("published"))
    if published and published not in appeared.values():
        appeared["published"] = published
    others = {kind: day for key, kind in OTHER_DATES.items() if (day := date(item.get(key)))}
    first_appeared = min(appeared.values(), key=_sorted_late_if_vague, default=None)
    indexed = text(mapping(item.get("indexed")).get("date-time"))
    updates = tuple(dict.fromkeys([*_updates(item, "updated_by"), *_updates(item, "updates")]))
    first_page, last_page = pages(item.get("page"))
    isbns = _valid(identifiers.isbn, item.get("ISBN"))
    is_whole = type_as_given in BOUND_AS_ONE
    return Record(
        source=NAME,
        native_id=own_doi,
        updated=indexed,
        doi=own_doi,
        other_identifiers=tuple(Identifier("isbn", isbn) for isbn in isbns) if is_whole else (),
        title=title,
        title_as_given=title_as_given,
        subtitle=": ".join(texts(item.get("subtitle"))) or None,
        other_titles=_other_titles(item, title),
        abstract=abstract,
        abstract_sections=sections,
        abstract_as_given=abstract_as_given,
        authors=written_by,
        authors_complete=not is_cut(item.get("author")),
        editors=edited_by,
        affiliations=addresses.listed(),
        type=_type(type_as_given, item.get("subtype")),
        type_as_given=type_as_given,
        language=(text(item.get("language")) or "").lower() or None,
        year=int(first_appeared[:4]) if first_appeared else None,
        date=first_appeared,
        events=tuple(Event(kind=kind, date=day) for kind, day in (appeared | others).items()),
        venue=_venue(item, type_as_given, () if is_whole else isbns),
        volume=text(item.get("volume")),
        issue=text(item.get("issue")) or text(mapping(item.get("journal-issue")).get("issue")),
        first_page=first_page,
        last_page=last_page,
        article_number=text(item.get("article-number")),
        publisher=text(item.get("publisher")),
        publisher_location=text(item.get("publisher-location")),
        open_access=_open_access(item.get("free-to-read")),
        licenses=_licenses(item.get("license")),
        links=_links(item),
        funders=tuple(_funders(item.get("funder"))),
        is_retracted=any(one.direction == "updated_by" and one.type in RETRACTING for one in updates) or None,
        updates=updates,
        relations=tuple(dict.fromkeys(_relations(item.get("relation")))),
        counts=tuple(_counts(item, as_of=date(item.get("indexed")))),
        references=tuple(_references(item.get("reference"))),
    )


# -- what it is ------------------------------------------------------------------------------------------------


def _title(value: object) -> tuple[str | None, str | None]:
    """The first title that is not empty, and its form with markup where cleaning changed it."""
    for given in value if isinstance(value, list) else [value]:
        title = text(given)
        if title is not None:
            return title, (as_given(given) if isinstance(given, str) and given != title else None)
    return None, None


def _other_titles(item: dict[str, Any], title: str | None) -> tuple[Title, ...]:
    """Further titles: Crossref gives translations as further items of the list, without their language."""
    found = [*texts(item.get("title")), *texts(item.get("original-title")), *texts(item.get("short-title"))]
    return tuple(Title(text=other, source=NAME) for other in dict.fromkeys(found) if other != title)


def _abstract(value: object) -> tuple[str | None, tuple[Section, ...], str | None]:
    if not isinstance(value, str):
        return None, (), None
    plain, sections = markup.abstract(value)
    if not plain:
        return None, (), None
    found = tuple(Section(label=label, text=body) for label, body in sections)
    return plain, found, (as_given(value) if value != plain else None)


def _type(given: str | None, subtype: object) -> str | None:
    if given == "posted-content" and isinstance(subtype, str):
        return POSTED.get(subtype, TYPES[given])
    return TYPES.get(given) if given else None


def _sorted_late_if_vague(day: str) -> str:
    """Sort `2020-03` behind `2020-03-05`: of two dates that may be the same, the fuller one says more."""
    return day + "-99" * ((10 - len(day)) // 3)


# -- where -----------------------------------------------------------------------------------------------------


def _venue(item: dict[str, Any], kind: str | None, isbns: tuple[str, ...]) -> Venue | None:
    """The venue. Where chapters and papers have two, the first is the series and the second the book."""
    names = texts(item.get("container-title"))
    issns = _valid(identifiers.issn, item.get("ISSN"))
    series = None
    venue_type = VENUE_TYPES.get(kind or "")
    if len(names) > 1 and venue_type in ("book", "conference"):
        series, *names = names
    if not names and kind == "posted-content":
        # The repository of a preprint is given as the institution (bioRxiv, Research Square).
        names = texts([one.get("name") for one in entries(item.get("institution"))])
    short_name = first_text(item.get("short-container-title"))
    if not (names or issns or isbns or short_name):
        return None
    return Venue(
        name=names[0] if names else None,
        short_name=short_name,
        series=series,
        issns=issns,
        isbns=isbns,
        type=venue_type,
    )


def _valid(parse: Callable[[str], str], value: object) -> tuple[str, ...]:
    listed = value if isinstance(value, list) else [value]
    return tuple(dict.fromkeys(found for one in listed if (found := canonical(parse, one)) is not None))


def _licenses(value: object) -> tuple[License, ...]:
    found = []
    for given in entries(value):
        address = web_address(given.get("URL"))
        if address is None:
            continue
        commons = _CREATIVE_COMMONS.match(address)
        name = None if commons is None else f"cc-{commons[1].strip('-')}" if commons[1] else "cc0"
        start = date(given.get("start"))
        found.append(License(name=name, url=address, applies_to=text(given.get("content-version")), start=start))
    return tuple(dict.fromkeys(found))


def _links(item: dict[str, Any]) -> tuple[Link, ...]:
    """The landing page, then full texts, which are for machines where they say so."""
    found = []
    landing = web_address(mapping(mapping(item.get("resource")).get("primary")).get("URL"))
    if landing:
        found.append(Link(url=landing, kind="landing"))
    for given in entries(item.get("link")):
        address = web_address(given.get("URL"))
        if address is None:
            continue
        content_type = text(given.get("content-type"))
        content_type = None if content_type == "unspecified" else content_type
        purpose = text(given.get("intended-application"))
        if purpose is None or purpose == "unspecified":
            purpose = "pdf" if content_type == "application/pdf" else "full-text"
        found.append(Link(url=address, kind=purpose, content_type=content_type))
    return tuple(dict.fromkeys(found))


def _open_access(value: object) -> OpenAccess | None:
    """Open when the publisher says free to read and names no end; a licence alone is no access."""
    period = mapping(value)
    return OpenAccess(is_open=True) if period and period.get("end-date") is None else None


# -- what belongs to it ----------------------------------------------------------------------------------------


def _funders(value: object) -> Iterator[Funder]:
    for given in entries(value):
        name = text(given.get("name"))
        ids = entries(given.get("id"))
        registry_doi = doi(given.get("DOI")) or next(
            (found for one in ids if word(one.get("id-type")) == "doi" and (found := doi(one.get("id")))), None
        )
        registry = next((found for one in ids if (found := ror(one.get("id")))), None)
        awards = texts(given.get("award")) if "award" in given else []
        for info in entries(given.get("award-info")):
            awards += texts(info.get("award-number"))
        if name or registry_doi or registry or awards:
            yield Funder(name=name, doi=registry_doi, ror=registry, awards=tuple(dict.fromkeys(awards)))


def _updates(item: dict[str, Any], direction: Any) -> Iterator[Update]:
    """Notices; one that both the publisher and Retraction Watch report is two, as each is a statement."""
    for given in entries(item.get("updated-by" if direction == "updated_by" else "update-to")):
        other, label, kind = doi(given.get("DOI")), text(given.get("label")), word(given.get("type"))
        if other is None and kind is None:
            continue
        yield Update(
            direction=direction,
            type=kind or word(label) or "update",
            doi=other,
            label=label,
            date=date(given.get("updated")),
            asserted_by=text(given.get("source")) or "publisher",
            record_id=text(given.get("record-id")),
        )


# The schemes whose values are checked; others (uri, ark, accession, ...) stay as they are given.
_CHECKED: Final[dict[str, Callable[[object], str | None]]] = {
    "doi": doi,
    "issn": lambda value: canonical(identifiers.issn, value),
    "isbn": lambda value: canonical(identifiers.isbn, value),
    "pmid": lambda value: canonical(identifiers.pmid, value),
    "pmcid": lambda value: canonical(identifiers.pmcid, value),
}


def _relations(value: object) -> Iterator[Relation]:
    for kind_as_given, listed in mapping(value).items():
        kind = word(kind_as_given)
        for given in entries(listed):
            scheme = (text(given.get("id-type")) or "").lower()
            target = _CHECKED.get(scheme, text)(given.get("id"))
            if kind and scheme and target:
                yield Relation(kind=kind, target=Identifier(scheme, target))


def _counts(item: dict[str, Any], *, as_of: str | None) -> Iterator[Count]:
    cited_by = integer(item.get("is-referenced-by-count"))
    listed = integer(item.get("reference-count"))
    if listed is None:
        listed = integer(item.get("references-count"))
    if cited_by is not None:
        yield Count(kind="cited_by", value=cited_by, source=NAME, as_of=as_of)
    if listed is not None:
        yield Count(kind="references", value=listed, source=NAME, as_of=as_of)


# The fields of a reference that are taken as text, under the name they have here.
_REFERENCE_TEXTS: Final = {
    "author": "author",
    "doi-asserted-by": "asserted_by",
    "edition": "edition",
    "first-page": "first_page",
    "issue": "issue",
    "journal-title": "venue",
    "key": "key",
    "unstructured": "text",
    "volume": "volume",
}


def _references(value: object) -> Iterator[Reference]:
    """Every entry of the list, in order; one that says nothing still counts and keeps its place."""
    for position, entry in enumerate(value if isinstance(value, list) else [], 1):
        yield _reference(position, {"unstructured": entry} if isinstance(entry, str) else mapping(entry))


def _reference(position: int, given: dict[str, Any]) -> Reference:
    # By the keys that are there: a reference has six of twenty, and a harvest has millions of references.
    fields: dict[str, Any] = {}
    for key, value in given.items():
        name = _REFERENCE_TEXTS.get(key)
        if name is not None and (found := text(value)) is not None:
            fields[name] = found
    titles = [
        found
        for key in ("article-title", "volume-title", "series-title")
        if key in given and (found := text(given[key])) is not None
    ]
    if titles:
        fields["title"] = titles[0]
        if len(titles) > 1:
            # A chapter's book, a book's series: what stands next to the title says where it appeared.
            fields.setdefault("venue", titles[1])
    if "year" in given:
        fields["year"] = year(given["year"])
    if "ISBN" in given:
        fields["isbn"] = canonical(identifiers.isbn, given["ISBN"])
    if "ISSN" in given:
        fields["issn"] = canonical(identifiers.issn, given["ISSN"])
    target = doi(given["DOI"]) if "DOI" in given else None
    if target is not None:
        fields["targets"] = (Identifier("doi", target),)
    else:
        if "DOI" in given:
            fields["malformed_doi"] = text(given["DOI"])
        if "text" in fields:
            fields["targets"] = _printed_identifiers(fields["text"])
    return Reference(source=NAME, position=position, **fields)


def _printed_identifiers(printed: str) -> tuple[Identifier, ...]:
    """The identifiers printed in a reference. A W and digits are a report number there, and no OpenAlex id."""
    lower = printed.lower()
    if not any(sign in lower for sign in ("10.", "pmid", "pubmed", "pmc", "arxiv")):
        return ()
    return tuple(one for one in identifiers.find(printed) if one.scheme != "openalex")
