"""Works as CSL-JSON, for citation processors: Pandoc, Quarto, Zotero, citeproc.

Names of variables and types are those of CSL 1.0.2 (GitHub citation-style-language/schema csl-data.json), which allows
no others. `id` and `citation-key` are the key of the same work in BibTeX.
"""

import json
from collections.abc import Iterator
from typing import Any, Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.model import Authorship, Work

__all__ = ["item", "write_csl_json"]

_TYPES: Final = {
    "book": "book",
    "book-chapter": "chapter",
    "book-review": "review-book",
    "conference-paper": "paper-conference",
    "dataset": "dataset",
    "dissertation": "thesis",
    "other": "document",
    "paratext": "document",
    "peer-review": "document",
    "preprint": "article",
    "reference-entry": "entry-encyclopedia",
    "report": "report",
    "software": "document",  # of 1.0.2; Zotero refuses a file with a type that it does not know ("CSL JSON.js")
    "standard": "standard",
    "supplementary-materials": "document",
}
"""CSL's types of what is no article in a journal; CSL's own `review` is one of a book or a play."""


@record_format(
    "csl-json", ".csl.json", description="references as CSL-JSON: Pandoc, Quarto, Zotero, citation processors"
)
def write_csl_json(stream: TextIO, content: Content) -> None:
    """Write a JSON list with an item a line for each work that a source holds."""
    separator = "[\n"
    key = content.citation_keys()
    for work in written.held(content.works):
        stream.write(separator + json.dumps(item(work, key(work)), ensure_ascii=False))
        separator = ",\n"
    stream.write("[]\n" if separator == "[\n" else "\n]\n")


def item(work: Work, key: str) -> dict[str, Any]:
    """Give the item of a work under this key; a variable that is not known is left out.

    >>> item(Work(key="a", type="article", title="Peer support", year=2014), "peers2014")
    {'id': 'peers2014', 'citation-key': 'peers2014', 'type': 'article-journal', 'title': 'Peer support', \
'issued': {'date-parts': [[2014]]}}
    """
    return {"id": key, "citation-key": key} | {name: value for name, value in _variables(work) if value}


def _variables(work: Work) -> Iterator[tuple[str, Any]]:
    sort = "document" if work.type is None else _TYPES.get(work.type, "article-journal")
    yield "type", sort
    in_genre = sort in ("article", "article-journal") or work.type == "software"
    yield "genre", written.WORDS.get(work.type or "", "") if in_genre else ""
    yield "title", written.title(work)
    yield "author", _names(work.authors or ())
    yield "editor", _names(work.editors)
    day = written.when(work)
    yield "issued", {"date-parts": [list(map(int, day.split("-")))]} if day else None
    venue = written.place(work)
    yield "container-title", venue.name
    yield "container-title-short", venue.short
    yield "collection-title", venue.series
    yield "volume", written.one_line(work.volume)
    yield "issue", written.one_line(work.issue)
    yield "page", "-".join(filter(None, written.pages(work)))
    yield "number", written.one_line(work.article_number)
    yield "number-of-pages", str(work.page_count) if work.page_count else ""
    yield "publisher", written.one_line(work.publisher)
    yield "publisher-place", written.one_line(work.publisher_location)
    issns, isbns = written.serials(work)
    yield "DOI", written.one_line(work.doi)
    yield "PMID", written.one_line(work.pmid)
    yield "PMCID", written.one_line(work.pmcid)
    yield "ISSN", ", ".join(issns)
    yield "ISBN", ", ".join(isbns)
    yield "URL", written.address(work)
    yield "language", written.one_line(work.language)
    yield "abstract", written.one_line(work.abstract)
    yield "keyword", written.joined(written.keywords(work))
    yield "status", "Retracted" if work.is_retracted else ""
    yield "note", "\n".join(written.account(work))


def _names(authors: tuple[Authorship, ...]) -> list[dict[str, str]]:
    return [name for one in authors if (name := _name(one))]


def _name(one: Authorship) -> dict[str, str]:
    """A name in parts; what has none is literal, as the name of an organisation."""
    parts = (("family", one.family), ("given", one.given), ("suffix", one.suffix))
    name = {part: text for part, value in parts if (text := written.one_line(value))}
    if one.is_organisation or "family" not in name:
        name = {"literal": text} if (text := written.one_line(one.name)) else {}
    return name
