"""Zotero's own JSON: exports of Better BibTeX, and items as Zotero's web service gives them.

The fields and types are those of api.zotero.org/schema. Nothing of a library is read but its works: notes,
attachments and annotations are passed over with a reason.
"""

import json
import re
from typing import Any, Final

from harvester.formats import json_items
from harvester.formats.csl_json import split
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.lines import opening
from harvester.formats.names import organisation, parts, person
from harvester.formats.reading import Reader
from harvester.formats.values import integer
from harvester.model import Authorship, Record, Skip

__all__ = ["READER", "TYPES", "recognises", "record"]

TYPES: Final[dict[str, str | None]] = {
    "artwork": "other",
    "audioRecording": "other",
    "bill": "other",
    "blogPost": "other",
    "book": "book",
    "bookSection": "book-chapter",
    "case": "other",
    "computerProgram": "software",
    "conferencePaper": "conference-paper",
    "dataset": "dataset",
    "dictionaryEntry": "reference-entry",
    "document": None,
    "email": "other",
    "encyclopediaArticle": "reference-entry",
    "film": "other",
    "forumPost": "other",
    "hearing": "other",
    "instantMessage": "other",
    "interview": "other",
    "journalArticle": "article",
    "letter": "other",
    "magazineArticle": "other",
    "manuscript": "other",
    "map": "other",
    "newspaperArticle": "other",
    "patent": "other",
    "podcast": "other",
    "preprint": "preprint",
    "presentation": "other",
    "radioBroadcast": "other",
    "report": "report",
    "standard": "standard",
    "statute": "other",
    "thesis": "dissertation",
    "tvBroadcast": "other",
    "videoRecording": "other",
    "webpage": "other",
}
"""The types of Zotero, and what each is here; `document` says nothing."""

_NO_WORKS: Final = frozenset(("attachment", "note", "annotation"))
_TITLES: Final = ("title", "caseName", "nameOfAct", "subject")
_VENUES: Final = (
    "publicationTitle", "bookTitle", "proceedingsTitle", "encyclopediaTitle", "dictionaryTitle", "websiteTitle",
    "blogTitle", "forumTitle", "programTitle", "conferenceName", "meetingName", "repository",
)  # fmt: skip
_PUBLISHERS: Final = ("publisher", "institution", "university", "company", "studio", "label", "distributor", "network")
_CREATORS: Final = frozenset(
    ("author", "artist", "cartographer", "composer", "director", "interviewee", "inventor", "podcaster", "presenter",
     "programmer", "performer", "sponsor", "contributor")
)  # fmt: skip
_EDITORS: Final = frozenset(("editor", "seriesEditor", "bookAuthor"))
_EXTRA_DOI = re.compile(r"^\s*DOI\s*:\s*(\S+)", re.IGNORECASE | re.MULTILINE)


def recognises(head: bytes) -> bool:
    """Whether the file is JSON with items of Zotero's types."""
    text = opening(head).lstrip("\ufeff \t\r\n")
    if not text.startswith(("{", "[")) or json_items.recognises(head):
        return False
    # Preferences of many kilobytes stand before the first item in the exports of Better BibTeX.
    return re.search(r'"itemType"\s*:\s*"[a-zA-Z]{3,30}"|"label"\s*:\s*"BetterBibTeX JSON"', text) is not None


def record(text: str, source: str) -> Record | Skip:
    """Read one item.

    >>> item = (
    ...     '{"itemType": "journalArticle", "title": "Peers", "creators": [{"lastName": "Silva", "firstName": "Ana"}]}'
    ... )
    >>> record(item, "zotero").authors[0].name
    'Ana Silva'
    """
    try:
        item = json.loads(text)
    except (ValueError, RecursionError) as error:
        return Skip(source=source, reason="not JSON", detail=f"{error}: {text[:150]}")
    if isinstance(item, dict) and isinstance(item.get("data"), dict):
        item = item["data"]
    if not isinstance(item, dict) or not isinstance(item.get("itemType"), str):
        return Skip(source=source, reason="no item of Zotero", detail=text[:200])
    sort = item["itemType"]
    if sort in _NO_WORKS:
        return Skip(source=source, reason=f"no work, but {sort}", detail=text[:200])
    draft = Draft(source, text)
    draft.type, draft.type_as_given = TYPES.get(sort), sort
    if draft.type in (None, "article", "other") and (described := kind(_first(item, "genre", "type"))):
        draft.type = described
    draft.titles = _texts(item, *_TITLES)[:1]
    short = _first(item, "shortTitle")
    if short and draft.titles and not draft.titles[0].casefold().startswith(short.casefold()):
        draft.translated_titles.append((short, None))
    draft.abstracts = _texts(item, "abstractNote")
    draft.language = _first(item, "language")
    _say_who_wrote_it(draft, item)
    _say_where_and_when(draft, item)
    _say_what_names_it(draft, item)
    return settled(draft)


def _first(item: dict[str, Any], *fields: str) -> str | None:
    return next(iter(_texts(item, *fields)), None)


def _texts(item: dict[str, Any], *fields: str) -> list[str]:
    values = (item.get(field) for field in fields)
    return [str(value) for value in values if isinstance(value, str | int) and str(value).strip()]


def _say_who_wrote_it(draft: Draft, item: dict[str, Any]) -> None:
    creators = item.get("creators")
    if not isinstance(creators, list):
        return
    draft.authors = []
    for given in creators:
        if isinstance(given, dict):
            sort = given.get("creatorType", "author")
            if sort in _CREATORS:
                draft.authors.append(_person(given))
            elif sort in _EDITORS:
                draft.editors.append(_person(given))


def _person(given: dict[str, Any]) -> Authorship | None:
    """A name in two parts, or in one field, which Zotero uses for organisations."""
    first, last, whole = (_first(given, field) for field in ("firstName", "lastName", "name"))
    if whole or (last and not first):
        return organisation(whole or last)
    if first and last and "," in first:
        return person(f"{last}, {first}")
    return parts(given=first, family=last)


def _say_where_and_when(draft: Draft, item: dict[str, Any]) -> None:
    draft.venue = _first(item, *_VENUES)
    draft.short_venue = _first(item, "journalAbbreviation")
    draft.series = _first(item, "series", "seriesTitle")
    draft.volume, draft.issue = _first(item, "volume"), _first(item, "issue")
    draft.pages = _first(item, "pages")
    draft.page_count = integer(_first(item, "numPages"))
    draft.publisher, draft.place = _first(item, *_PUBLISHERS), _first(item, "place")
    draft.serials = _texts(item, "ISSN", "ISBN")
    draft.year = _first(item, "date", "issueDate", "dateDecided", "dateEnacted")
    draft.updated = _first(item, "dateModified")
    tags = item.get("tags")
    for given in tags if isinstance(tags, list) else []:
        # Tags of type 1 came with the record; those without are the reader's own.
        term = given.get("tag") if isinstance(given, dict) else given
        if isinstance(term, str):
            draft.keywords.append((term, "author"))


def _say_what_names_it(draft: Draft, item: dict[str, Any]) -> None:
    extra = _first(item, "extra") or ""
    draft.dois = [*_texts(item, "DOI"), *_EXTRA_DOI.findall(extra)]
    draft.pmids = _texts(item, "PMID")
    draft.pmcids = _texts(item, "PMCID")
    draft.notes = extra.split("\n")
    draft.urls = [(text, "landing") for text in _texts(item, "url")]
    database = _first(item, "archive", "libraryCatalog")
    draft.accessions = [(database, text) for text in _texts(item, "archiveLocation", "archiveID")]


READER = Reader(
    name="zotero-json",
    description="Zotero's JSON, as Better BibTeX and Zotero's web service give it",
    recognises=recognises,
    split=split,
    record=record,
)
