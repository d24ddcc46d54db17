"""CSL-JSON: what Zotero, Mendeley, Pandoc and DOI content negotiation write for citation processors.

The variables and types are those of CSL 1.0.2 (docs.citationstyles.org/en/stable/specification.html, appendices III and
IV; GitHub citation-style-language/schema csl-data.json). Numbers come as texts and texts as numbers, and a list of one
may come without its list.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.formats import json_items
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.lines import opening
from harvester.formats.names import organisation, parts, people
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.values import doi, integer, line, parted, whole_date, year
from harvester.model import Authorship, Identifier, Record, Reference, Skip

__all__ = ["READER", "TYPES", "recognises", "record", "split"]

TYPES: Final[dict[str, str | None]] = {
    "article": "preprint",
    "article-journal": "article",
    "article-magazine": "other",
    "article-newspaper": "other",
    "bill": "other",
    "book": "book",
    "broadcast": "other",
    "chapter": "book-chapter",
    "classic": "book",
    "collection": "other",
    "dataset": "dataset",
    "document": None,
    "entry": "reference-entry",
    "entry-dictionary": "reference-entry",
    "entry-encyclopedia": "reference-entry",
    "event": "other",
    "figure": "other",
    "graphic": "other",
    "hearing": "other",
    "interview": "other",
    "legal_case": "other",
    "legislation": "other",
    "manuscript": "other",
    "map": "other",
    "motion_picture": "other",
    "musical_score": "other",
    "pamphlet": "other",
    "paper-conference": "conference-paper",
    "patent": "other",
    "performance": "other",
    "periodical": "paratext",
    "personal_communication": "other",
    "post": "other",
    "post-weblog": "other",
    "regulation": "other",
    "report": "report",
    "review": "review",
    "review-book": "book-review",
    "software": "software",
    "song": "other",
    "speech": "other",
    "standard": "standard",
    "thesis": "dissertation",
    "treaty": "other",
    "webpage": "other",
}
"""The types of CSL, and what each is here; `document` says nothing."""

_VARIABLES: Final = frozenset(
    ("container-title", "issued", "publisher-place", "collection-title", "page", "title-short", "number-of-pages",
     "DOI", "ISBN", "ISSN", "URL", "author", "editor", "citation-key", "abstract", "volume", "container-title-short")
)  # fmt: skip
_IN_SERIES: Final = frozenset(("book", "report", "dissertation", "standard"))


# -- cutting ---------------------------------------------------------------------------------------------------


def recognises(head: bytes) -> bool:
    """Whether the first object has a type of CSL and one of its variables, and is no item of an index."""
    text = opening(head).lstrip("\ufeff \t\r\n")
    if not text.startswith(("{", "[")) or json_items.recognises(head):
        return False
    first = next(_objects(text), None)
    if first is not None:
        return _is_csl(first)
    # The first item may be longer than the beginning of the file.
    named = re.search(r'"type"\s*:\s*"([a-z_-]{3,30})"', text)
    keys = set(re.findall(r'"([A-Za-z-]{3,30})"\s*:', text))
    return bool(named and named[1] in TYPES and len(keys & _VARIABLES) > 1)


def _objects(text: str) -> Iterator[dict[str, Any]]:
    """The objects of the file, and those inside one that only holds items under their keys."""
    for found in json_items.values(text):
        if isinstance(found.value, dict):
            yield from _items(found.value)


def _items(value: dict[str, Any]) -> Iterator[dict[str, Any]]:
    inside = [one for one in value.values() if isinstance(one, dict) and _is_csl(one)]
    if inside and not _is_csl(value):
        yield from inside
    else:
        yield value


def _is_csl(item: dict[str, Any]) -> bool:
    sort = item.get("type")
    known = isinstance(sort, str) and (sort in TYPES or sort in _CROSSREF_TYPES)
    return known and not _VARIABLES.isdisjoint(item) and "itemType" not in item


# What DOI content negotiation puts in the place of CSL's types: Crossref's own.
_CROSSREF_TYPES: Final = {
    "journal-article": "article",
    "book-chapter": "book-chapter",
    "proceedings-article": "conference-paper",
    "posted-content": "preprint",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "reference-entry": "reference-entry",
    "dissertation": "dissertation",
    "peer-review": "peer-review",
    "component": "supplementary-materials",
    "other": "other",
}


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into its items: a list, a line each, or an object with the items under their keys.

    What is no JSON comes as a fragment too, up to the end of its line, and `record` says so. Raises `InputError`
    for a file without any item.
    """
    found = False
    for one in json_items.values(text_of(file)):
        if not isinstance(one.value, dict):
            found = True
            yield Fragment(one.line, one.text)
            continue
        inside = list(_items(one.value))
        for item in inside:
            found = True
            whole = item is one.value
            yield Fragment(one.line, one.text if whole else json.dumps(item, ensure_ascii=False))
    if not found:
        raise InputError("the file holds no items; it is not CSL-JSON, or it is empty")


# -- reading ---------------------------------------------------------------------------------------------------


def record(text: str, source: str) -> Record | Skip:
    """Read one item.

    >>> item = '{"type": "article-journal", "title": "Peers", "issued": {"date-parts": [["2013", 1]]}, "page": "3-9"}'
    >>> work = record(item, "zotero")
    >>> work.type, work.title, work.date, work.first_page
    ('article', 'Peers', '2013-01', '3')
    """
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Skip(source=source, reason="not JSON", detail=f"{error}: {text[:150]}")
    if not isinstance(item, dict):
        return Skip(source=source, reason="not an object", detail=text[:200])
    draft = Draft(source, text)
    _say_what_it_is(draft, item)
    _say_who_wrote_it(draft, item)
    _say_where_and_when(draft, item)
    _say_what_names_it(draft, item)
    return settled(draft)


def _text(value: object) -> str | None:
    """A text, a number as text, or the first of a list."""
    if isinstance(value, list):
        return next((found for one in value if (found := _text(one))), None)
    if isinstance(value, bool) or value is None:
        return None
    if isinstance(value, int | float):
        return str(value)[:40]
    return value if isinstance(value, str) and value.strip() else None


def _texts(value: object) -> list[str]:
    return [found for one in (value if isinstance(value, list) else [value]) if (found := _text(one))]


def _first(item: dict[str, Any], *variables: str) -> str | None:
    return next((found for name in variables if (found := _text(item.get(name)))), None)


def _say_what_it_is(draft: Draft, item: dict[str, Any]) -> None:
    sort = _first(item, "type") or ""
    draft.type = TYPES.get(sort, _CROSSREF_TYPES.get(sort))
    described = kind(_first(item, "genre"))
    draft.type_as_given = sort or None
    if sort == "article" and "container-title" in item:
        draft.type = "article"  # before CSL 1.0.2 there was no preprint
    if described and draft.type in (None, "article", "other"):
        draft.type, draft.type_as_given = described, f"{sort}; {_first(item, 'genre')}"
    draft.titles = _texts(item.get("title")) or _texts(item.get("title-short") or item.get("shortTitle"))
    draft.subtitle = _first(item, "subtitle")
    short = _first(item, "title-short", "shortTitle")
    if short and draft.titles and not draft.titles[0].casefold().startswith(short.casefold()):
        draft.translated_titles.append((short, None))
    draft.translated_titles += [(text, None) for text in _texts(item.get("original-title"))]
    draft.abstracts = _texts(item.get("abstract"))
    draft.language = _first(item, "language")
    for name in ("keyword", "categories", "keywords"):
        for text in _texts(item.get(name)):
            draft.keywords += [(term, "author") for term in parted(text, ";" if ";" in text else ",")]


def _say_who_wrote_it(draft: Draft, item: dict[str, Any]) -> None:
    if "author" in item:
        draft.authors = _people(item["author"])
    for name in ("editor", "container-author", "editorial-director", "collection-editor"):
        draft.editors += _people(item.get(name))


def _people(value: object) -> list[Authorship | None]:
    found: list[Authorship | None] = []
    for given in value if isinstance(value, list) else [value]:
        if isinstance(given, str):
            found += people(given)
        elif isinstance(given, dict):
            found.append(_person(given))
    return found


def _person(given: dict[str, Any]) -> Authorship | None:
    """A name in parts, or a literal one, which is an organisation's; `et al.` is left to the byline."""
    literal = _first(given, "literal", "name")
    if literal and not given.get("family"):
        return organisation(literal)
    particles = [_first(given, "dropping-particle"), _first(given, "non-dropping-particle")]
    named = parts(
        given=_first(given, "given"),
        family=_first(given, "family"),
        particle=" ".join(one for one in particles if one) or None,
        suffix=_first(given, "suffix"),
    )
    orcid = _first(given, "ORCID", "orcid")
    if named is None or orcid is None:
        return named
    try:
        return named.model_copy(update={"orcid": identifiers.orcid(orcid)})
    except NotAnIdentifier:
        return named


def _say_where_and_when(draft: Draft, item: dict[str, Any]) -> None:
    container = _first(item, "container-title")
    if draft.type in _IN_SERIES:
        draft.series = _first(item, "collection-title") or container
    else:
        draft.venue, draft.series = container, _first(item, "collection-title")
    if draft.venue is None and draft.type in ("conference-paper", "conference-abstract"):
        draft.venue = _first(item, "event-title", "event")
    draft.short_venue = _first(item, "container-title-short", "journalAbbreviation")
    draft.volume, draft.issue = _first(item, "volume"), _first(item, "issue")
    draft.pages = _first(item, "page", "page-first")
    draft.article_number = _first(item, "article-number")
    if draft.article_number is None and _first(item, "type") in ("article", "article-journal"):
        draft.article_number = _first(item, "number")
    draft.page_count = integer(_first(item, "number-of-pages"))
    draft.publisher = _first(item, "publisher")
    draft.place = _first(item, "publisher-place", "event-place")
    draft.serials = [text for name in ("ISSN", "ISBN") for text in _texts(item.get(name))]
    draft.year = _date(item.get("issued")) or _first(item, "year")
    for name, sort in _EVENTS.items():
        if day := _date(item.get(name)):
            draft.events.append((sort, day))


_EVENTS: Final = {
    "published-online": "online",
    "published-print": "print",
    "available-date": "online",
    "event-date": "event",
    "submitted": "received",
}


def _date(value: object) -> str | None:
    """A date of CSL: parts, whose numbers may be texts, or words in `raw` or `literal`; of a range its beginning."""
    if isinstance(value, str):
        return value
    if not isinstance(value, dict):
        return None
    listed = value.get("date-parts")
    days = listed[0] if isinstance(listed, list) and listed and isinstance(listed[0], list) else listed
    if isinstance(days, list) and (numbers := _texts(days)):
        found = whole_date(*numbers[:3])
        if found:
            return found
    return _first(value, "raw", "literal", "date-time")


def _say_what_names_it(draft: Draft, item: dict[str, Any]) -> None:
    draft.dois = [text for name in ("DOI", "doi") for text in _texts(item.get(name))]
    draft.pmids = _texts(item.get("PMID"))
    draft.pmcids = _texts(item.get("PMCID"))
    database = _first(item, "archive", "source")
    draft.accessions = [(database, text) for text in _texts(item.get("archive_location"))]
    own = _first(item, "id") or ""
    if own.startswith(("http://", "https://", "10.", "doi:")) and "zotero.org" not in own:
        draft.dois.append(own)
    draft.notes = [text for name in ("note", "annote") for text in _texts(item.get(name))]
    draft.urls = [(text, "landing") for text in _texts(item.get("URL"))]
    value = item.get("is-referenced-by-count")
    if isinstance(value, int) and not isinstance(value, bool) and value >= 0:
        draft.counts.append(("cited_by", value, "crossref"))
    listed = item.get("reference")
    draft.references = list(_references(listed if isinstance(listed, list) else [], draft.source))


def _references(listed: list[Any], source: str) -> Iterator[Reference]:
    """The reference list that content negotiation passes on from Crossref."""
    for place, given in enumerate(listed, 1):
        one = given if isinstance(given, dict) else {}
        target = doi(_first(one, "DOI"))
        yield Reference(
            source=source,
            position=place,
            key=line(_first(one, "key")),
            text=line(_first(one, "unstructured")),
            targets=(Identifier("doi", target),) if target else (),
            asserted_by=line(_first(one, "doi-asserted-by")),
            title=line(_first(one, "article-title", "volume-title")),
            author=line(_first(one, "author")),
            year=year(_first(one, "year")),
            venue=line(_first(one, "journal-title", "series-title")),
            volume=line(_first(one, "volume")),
            issue=line(_first(one, "issue")),
            first_page=line(_first(one, "first-page")),
            malformed_doi=line(_first(one, "DOI")) if not target else None,
        )


READER = Reader(
    name="csl-json",
    description="CSL-JSON: Zotero, Mendeley, Pandoc, DOI content negotiation",
    recognises=recognises,
    split=split,
    record=record,
)
