"""A Crossref work message, read without trusting it.

Records come from strangers: any key may be missing or of another type. Every reader here answers with what can be
used and passes over the rest, so that one broken record never stops a list.
"""

import html
import re
from collections.abc import Iterator
from typing import Any

__all__ = [
    "TYPE_LABELS",
    "Date",
    "Record",
    "bare_doi",
    "bare_funder",
    "bare_issn",
    "bare_orcid",
    "bare_prefix",
    "contributors",
    "date",
    "list_form",
    "mappings",
    "names",
    "plain",
    "prefix",
    "ror_ids",
    "single_form",
    "text",
    "texts",
]

Record = dict[str, Any]
Date = tuple[int, int, int]

# api.crossref.org/types, 16 June 2026
TYPE_LABELS = {
    "book-section": "Book Section",
    "monograph": "Monograph",
    "report-component": "Report Component",
    "report": "Report",
    "peer-review": "Peer Review",
    "book-track": "Book Track",
    "journal-article": "Journal Article",
    "book-part": "Part",
    "other": "Other",
    "book": "Book",
    "journal-volume": "Journal Volume",
    "book-set": "Book Set",
    "reference-entry": "Reference Entry",
    "proceedings-article": "Proceedings Article",
    "journal": "Journal",
    "component": "Component",
    "book-chapter": "Book Chapter",
    "proceedings-series": "Proceedings Series",
    "report-series": "Report Series",
    "proceedings": "Proceedings",
    "database": "Database",
    "standard": "Standard",
    "reference-book": "Reference Book",
    "posted-content": "Posted Content",
    "journal-issue": "Journal Issue",
    "dissertation": "Dissertation",
    "grant": "Grant",
    "dataset": "Dataset",
    "book-series": "Book Series",
    "edited-book": "Edited Book",
}

_ALWAYS_IN_SINGLES = (
    "title",
    "container-title",
    "original-title",
    "subtitle",
    "short-title",
    "subject",
    "short-container-title",
)
_TAG = re.compile(r"<[^>]*>")


def list_form(record: Record, *, score: float) -> Record:
    """The record as an item of a list: no empty value at the top, and a score that is a float.

    >>> list_form({"DOI": "10.1/A", "title": [], "relation": {}}, score=0.0)
    {'DOI': '10.1/a', 'score': 0.0}
    """
    item = {key: value for key, value in record.items() if value not in (None, "", [], {})}
    item["DOI"] = bare_doi(text(record, "DOI"))
    item["score"] = score
    return item


def single_form(record: Record) -> Record:
    """The record as `/works/{doi}` gives it: some arrays are there even when empty, and score is the integer 1.

    >>> single_form({"DOI": "10.1/a"})["relation"]
    {}
    """
    message = {key: value for key, value in record.items() if value is not None}
    for key in _ALWAYS_IN_SINGLES:
        message.setdefault(key, [])
    message.setdefault("relation", {})
    message["DOI"] = bare_doi(text(record, "DOI"))
    message["score"] = 1
    return message


# -- values ----------------------------------------------------------------------------------------


def text(record: object, key: str) -> str:
    """The text under `key`, or the empty string; a number counts as its digits.

    >>> text({"member": 98}, "member"), text({"member": None}, "member")
    ('98', '')
    """
    value = record.get(key) if isinstance(record, dict) else None
    if isinstance(value, str):
        return value
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else ""


def texts(record: object, key: str) -> list[str]:
    """All texts under `key`, which may hold a list or, in old dumps, one bare string."""
    value = record.get(key) if isinstance(record, dict) else None
    if isinstance(value, str):
        return [value]
    return [part for part in value if isinstance(part, str)] if isinstance(value, list) else []


def mappings(record: object, key: str) -> list[Record]:
    """All objects under `key`, which may hold a list of them or a single one."""
    value = record.get(key) if isinstance(record, dict) else None
    if isinstance(value, dict):
        return [value]
    return [part for part in value if isinstance(part, dict)] if isinstance(value, list) else []


def date(record: object, key: str) -> Date | None:
    """The day under `key`; a missing month or day counts as the first, an unknown date is None.

    >>> date({"issued": {"date-parts": [[2019, 5]]}}, "issued")
    (2019, 5, 1)
    >>> date({"issued": {"date-parts": [[None]]}}, "issued") is None
    True
    """
    try:
        first = record[key]["date-parts"][0]  # type: ignore[index] # anything else than this raises, and is no date
    except (KeyError, IndexError, TypeError):
        return None
    numbers: list[int] = []
    for part in first[:3] if isinstance(first, list) else ():
        if not isinstance(part, int) or isinstance(part, bool):
            break
        numbers.append(part)
    if not numbers:
        return None
    year, month, day = [*numbers, 1, 1][:3]
    return year, month, day


def contributors(record: Record, *roles: str) -> Iterator[Record]:
    """Everyone in these roles, or in any role when none is named."""
    for role in roles or ("author", "editor", "chair", "translator", "contributor"):
        yield from mappings(record, role)


def names(record: Record, *roles: str) -> Iterator[str]:
    """The parts of the names of everyone in these roles."""
    for person in contributors(record, *roles):
        for part in ("given", "family", "suffix", "name"):
            if isinstance(written := person.get(part), str):
                yield written


def ror_ids(record: Record) -> Iterator[str]:
    """Every ROR id of an affiliation, a funder or an institution, in lower case."""
    holders = [
        *(place for person in contributors(record) for place in mappings(person, "affiliation")),
        *mappings(record, "funder"),
        *mappings(record, "institution"),
    ]
    for holder in holders:
        for identifier in mappings(holder, "id"):
            if text(identifier, "id-type") == "ROR":
                yield text(identifier, "id").lower()


def prefix(record: Record) -> str:
    """The prefix of the current owner, which need not be the one the DOI begins with."""
    return text(record, "prefix") or bare_doi(text(record, "DOI")).partition("/")[0]


# -- one canonical form for what callers and depositors write --------------------------------------


def bare_doi(written: str) -> str:
    """Lower case, without resolver or `doi:` in front.

    >>> bare_doi("https://doi.org/10.1000/ABC")
    '10.1000/abc'
    """
    return re.sub(r"^(?:https?://(?:dx\.)?doi\.org/|doi:)", "", written.strip().lower())


def bare_issn(written: str) -> str:
    """Upper case, without the `id.crossref.org` address in front."""
    return re.sub(r"^https?://id\.crossref\.org/issn/", "", written.strip(), flags=re.IGNORECASE).upper()


def bare_orcid(written: str) -> str:
    """Four groups of four, without the address in front."""
    return re.sub(r"^https?://orcid\.org/", "", written.strip(), flags=re.IGNORECASE).upper()


def bare_prefix(written: str) -> str:
    """`10.1016` without the `id.crossref.org` address in front."""
    return re.sub(r"^https?://id\.crossref\.org/prefix/", "", written.strip(), flags=re.IGNORECASE)


def bare_funder(written: str) -> str:
    """A funder's DOI; a bare number is one in the Funder Registry's prefix.

    >>> bare_funder("100000001")
    '10.13039/100000001'
    """
    doi = bare_doi(written)
    return f"10.13039/{doi}" if doi.isdecimal() else doi


def plain(marked_up: str) -> str:
    """Text without tags and entities, as it is searched."""
    return html.unescape(_TAG.sub(" ", marked_up))
