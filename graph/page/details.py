"""The records behind the works: what is read when a work is looked at, compressed in chunks of neighbours."""

import json
import zlib
from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from graph.export.text import clean
from harvester.model import Authorship, CitationSearch, Work

__all__ = ["CHUNK", "byline", "chunks", "detail", "packed"]

CHUNK = 256
"""So many records are unpacked together: few enough to be there at once, enough for the compression to learn from."""

CLAIM = 300
"""A value that lost is shown to this length; the library has all of it."""

NAMED = 2
"""So many authors are named in a line."""


def byline(work: Work) -> str | None:
    """The authors in a line of a table.

    >>> from harvester.model import Authorship, CitationSearch, Work
    >>> people = [Authorship(name="Mike Slade", family="Slade"), Authorship(name="WHO"), Authorship(name="A. Ng")]
    >>> byline(Work(key="w", authors=people)), byline(Work(key="w"))
    ('Slade, WHO et al.', None)
    """
    if not work.authors:
        return None
    named = [clean(author.family or author.name) or "?" for author in work.authors[:NAMED]]
    return ", ".join(named) + (" et al." if len(work.authors) > NAMED else "")


def detail(work: Work) -> dict[str, Any]:
    """What the page tells of a work beside its columns; what is not given is left out.

    >>> detail(Work(key="doi:10.1/a", doi="10.1/a", title="T", sources=("crossref",)))
    {'doi': '10.1/a', 'held_by': ['crossref']}
    """
    access, venue = work.open_access, work.venue
    found: dict[str, Any] = {
        "doi": work.doi,
        "pmid": work.pmid,
        "pmcid": work.pmcid,
        "openalex": work.openalex,
        "aliases": work.aliases,
        "subtitle": work.subtitle,
        "other_titles": [
            {"text": title.text, "language": title.language, "source": title.source} for title in work.other_titles
        ],
        "authors": [_person(author) for author in work.authors or ()],
        "editors": [_person(editor) for editor in work.editors],
        "date": work.date,
        "language": work.language,
        "series": venue.series if venue else None,
        "short_venue": venue.short_name if venue else None,
        "issns": venue.issns if venue else None,
        "isbns": [one.value for one in work.other_identifiers if one.scheme == "isbn"],
        "venue_isbns": venue.isbns if venue else None,
        "volume": work.volume,
        "issue": work.issue,
        "first_page": work.first_page,
        "last_page": work.last_page,
        "article_number": work.article_number,
        "page_count": work.page_count,
        "publisher": work.publisher,
        "publisher_location": work.publisher_location,
        "abstract": [{"text": work.abstract}] if work.abstract and not work.abstract_sections else None,
        "open_access": {"status": access.status, "url": access.url, "pdf_url": access.pdf_url} if access else None,
        "links": [{"url": link.url, "kind": link.kind} for link in work.links],
        "keywords": _terms(work, "author"),
        "keywords_plus": _terms(work, "plus"),
        "keywords_assigned": _terms(work, "assigned"),
        # That a work is retracted is among the columns; that it is known not to be, here.
        "is_retracted": False if work.is_retracted is False else None,
        "notices": [
            {
                "type": notice.type,
                "doi": notice.doi,
                "date": notice.date,
                "asserted_by": notice.asserted_by,
                "record_id": notice.record_id,
            }
            for notice in work.updates
            if notice.direction == "updated_by"
        ],
        "references_listed": max((count.value for count in work.counts if count.kind == "references"), default=None),
        "held_by": work.sources,
        "citation_search": _search(work.citation_search) if work.citation_search else None,
        "provenance": {
            field: {
                "sources": said.sources,
                "others": [{"source": claim.source, "value": _short(claim.value)} for claim in said.others],
            }
            for field, said in work.provenance.items()
        },
    }
    if work.abstract_sections:
        found["abstract"] = [{"label": section.label, "text": section.text} for section in work.abstract_sections]
        parts = (
            f"{section.label}: {section.text}" if section.label else section.text for section in work.abstract_sections
        )
        # As it was printed, which may run on; that costs little beside its parts, once both are compressed.
        found["abstract_printed"] = None if work.abstract == "\n".join(parts) else work.abstract
    tidy: dict[str, Any] = _tidied(found)
    return tidy


def chunks(details: Mapping[str, dict[str, Any]], keys: Sequence[str]) -> Iterable[bytes]:
    """The details of the works in order, `CHUNK` at a time, packed."""
    for start in range(0, len(keys), CHUNK):
        yield packed([details.get(key, {}) for key in keys[start : start + CHUNK]])


def packed(value: Any) -> bytes:
    """A value as JSON, compressed: `DecompressionStream` unpacks it (compression.spec.whatwg.org, deflate).

    The bytes are those of the zlib that Python has: the same on every machine that has the same one.
    """
    text = json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    # A lone surrogate is no UTF-8, and has an escape in JSON.
    return zlib.compress(text.encode("utf-8", "backslashreplace"), 9)


def _person(author: Authorship) -> dict[str, Any]:
    """A person; a name that is what its parts make it is left out, and put together again where it is read."""
    given, family, suffix = map(clean, (author.given, author.family, author.suffix))
    whole = " ".join(filter(None, [given, family, suffix]))
    return {
        "name": None if family and whole == clean(author.name) else author.name,
        "given": given,
        "family": family,
        "suffix": suffix,
        "is_organisation": author.is_organisation or None,
        "orcid": author.orcid,
    }


def _terms(work: Work, kind: str) -> list[str]:
    return [keyword.term for keyword in work.keywords if keyword.kind == kind]


def _search(found: CitationSearch) -> dict[str, Any]:
    return {
        "directions": found.directions,
        "linked_seeds": len(found.seeds) or None,
        "seeds": found.seeds,
        "sources": found.sources,
        "score": found.score,
        "parts": found.parts,
    }


def _short(value: str) -> str:
    return value if len(value) <= CLAIM else value[: CLAIM - 1] + "…"


def _tidied(value: Any) -> Any:
    """The value without what is empty, its texts without what no file can hold."""
    if isinstance(value, str):
        return clean(value)
    if isinstance(value, Mapping):
        kept = {name: _tidied(each) for name, each in value.items()}
        return {name: each for name, each in kept.items() if each not in (None, [], {})}
    if isinstance(value, list | tuple):
        return [each for each in map(_tidied, value) if each not in (None, {})]
    return value
