"""Works in the shapes of web pages about one paper each: of a portal, of a citation index, of a library catalogue.

Each shape is that of a page people paste, so that what was made for such pages takes a work from anywhere: the same
keys or labels in the same order, what is known behind them, and the page's own empty value for what is not. Files
hold a page for each work, which the reader of such pages takes apart again.
"""

import json
from collections.abc import Callable, Iterable, Sequence
from tempfile import TemporaryFile
from typing import Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.formats.pages.write_booksci import booksci_page, booksci_record
from harvester.formats.pages.write_catalogue import catalogue
from harvester.formats.pages.write_citation_index import Cited, citation_index, described
from harvester.model import Work

__all__ = [
    "SHAPES",
    "page",
    "write_booksci",
    "write_booksci_page",
    "write_catalogue",
    "write_citation_index",
]

SHAPES: Final[dict[str, Callable[[Work, Sequence[Cited]], str]]] = {
    "booksci": lambda work, _: booksci_record(work) + "\n",
    "booksci-page": lambda work, _: booksci_page(work),
    "catalogue": lambda work, _: catalogue(work),
    "citation-index": citation_index,
}
"""Each shape by its name on the command line."""


def page(work: Work, shape: str, *, cited: Iterable[Work] = ()) -> str:
    """Write one work in one of `SHAPES`, given the works that it cites, which the page of a citation index names.

    >>> page(Work(key="doi:10.1000/a", title="Peers help"), "catalogue").splitlines()[:2]
    ['Cargando…', 'Peers help']
    """
    return SHAPES[shape](work, [described(each) for each in cited])


@record_format("booksci", ".booksci.json", description="works as JSON with the keys of the portal booksci.cn")
def write_booksci(stream: TextIO, content: Content) -> None:
    """Write a list of the records of all works that a source holds, one a line: one document, and lines to search."""
    sign = "[\n"
    for work in written.held(content.works):
        stream.write(f"{sign}{booksci_record(work)}")
        sign = ",\n"
    stream.write("[]\n" if sign == "[\n" else "\n]\n")


@record_format("booksci-page", ".booksci.txt", description="works as pages of the portal booksci.cn, in text")
def write_booksci_page(stream: TextIO, content: Content) -> None:
    """Write the pages of all works that a source holds, with blank lines between them."""
    _write(stream, map(booksci_page, written.held(content.works)))


@record_format("catalogue", ".catalogue.txt", description="works as records of a library catalogue in Spanish, in text")
def write_catalogue(stream: TextIO, content: Content) -> None:
    """Write the pages of all works that a source holds, with blank lines between them."""
    _write(stream, map(catalogue, written.held(content.works)))


@record_format(
    "citation-index",
    ".citation-index.txt",
    description="works as pages of a Chinese citation index, in text",
    is_whole=True,
)
def write_citation_index(stream: TextIO, content: Content) -> None:
    """Write the pages of all works that a source holds, with blank lines between them.

    What the lists of others print of each work is kept in memory, as a work may cite one that comes later; the works
    themselves wait in a file.
    """
    known: dict[str, Cited] = {}
    with TemporaryFile("w+", encoding="utf-8", errors="replace", newline="") as waiting:
        for work in content.works:
            known[work.key] = described(work)
            if work.sources:
                waiting.write(json.dumps([work.key, work.model_dump(mode="json", exclude_defaults=True)]) + "\n")
        lists: dict[str, list[Cited]] = {}
        for citation in content.citations:
            if citation.citing in known and citation.cited in known and citation.citing != citation.cited:
                lists.setdefault(citation.citing, []).append(known[citation.cited])
        waiting.seek(0)
        kept = (json.loads(line) for line in waiting)
        _write(stream, (citation_index(Work.model_validate(told), lists.get(key, ())) for key, told in kept))


def _write(stream: TextIO, pages: Iterable[str]) -> None:
    parting = ""
    for text in pages:
        stream.write(f"{parting}{text}")
        parting = "\n\n"
