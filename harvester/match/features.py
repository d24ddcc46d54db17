"""A description made ready: every field normalised once, so that a pair is compared without touching text again."""

import re
from itertools import chain
from typing import NamedTuple

from harvester.folding import fold
from harvester.markup import clean
from harvester.match.description import Description
from harvester.match.names import Byline, byline
from harvester.match.places import Container, Pages, containers, issue, pages, volume
from harvester.match.titles import Wording, parallel, wording

__all__ = ["Features", "features"]

_ABSTRACT = 240
_SHORTEST_ABSTRACT = 60
# arXiv, bioRxiv and medRxiv, Research Square, the OSF servers, SSRN, Preprints.org, ChemRxiv, TechRxiv, Authorea.
_PREPRINT_DOI = re.compile(
    r"10\.(?:48550/arxiv|1101/(?:20|\d{6}(?:$|v))|21203/rs|31234|31219|31235|31222|2139/ssrn|20944/preprints|26434|36227|22541)",
    re.IGNORECASE,
)
_BOOKS = frozenset({"book", "monograph", "edited-book", "reference-book", "report", "textbook"})
_PREPRINT_TYPES = frozenset({"preprint", "posted-content"})


class Features(NamedTuple):
    """What `judge` looks at. Fields that the description lacks are None."""

    key: str
    title: Wording | None
    other_titles: tuple[Wording, ...]
    authors: Byline | None
    year: int | None
    containers: tuple[Container, ...]
    volume: str | None
    issue: str | None
    pages: Pages | None
    doi: str | None
    pmid: str | None
    pmcid: str | None
    issns: frozenset[str]
    isbns: frozenset[str]
    abstract: str | None
    kind: str | None
    """`preprint`, `meeting`, or None."""
    language: str | None
    is_book: bool


def features(work: Description) -> Features:
    """Normalise a description."""
    names = filter(None, (work.container, *work.other_containers))
    named = tuple(chain.from_iterable(map(containers, names)))
    first = work.first_page or work.article_number
    kind = named[0].kind if named else None
    if work.type in _PREPRINT_TYPES or (not named and work.doi and _PREPRINT_DOI.match(work.doi)):
        kind = "preprint"
    elif work.type == "proceedings-article" and kind is None:
        kind = "meeting"
    titles = [wording(each) for each in parallel(work.title)]
    title = titles[0] if titles else None
    return Features(
        key=work.key,
        title=title,
        other_titles=tuple(found for other in work.other_titles if (found := wording(other)) and found != title)
        + tuple(filter(None, titles[1:])),
        authors=byline(work.authors),
        year=work.year,
        containers=named,
        volume=volume(work.volume),
        issue=issue(work.issue),
        pages=pages(first, work.last_page if work.first_page else None),
        doi=work.doi and work.doi.lower(),
        pmid=work.pmid,
        pmcid=work.pmcid,
        issns=frozenset(work.issns),
        isbns=frozenset(work.isbns),
        abstract=_abstract(work.abstract),
        kind=kind,
        language=work.language and work.language.lower()[:2],
        is_book=work.type in _BOOKS,
    )


def _abstract(text: str | None) -> str | None:
    """Keep the beginning: enough to tell abstracts apart, and a million of them fit into memory."""
    if not text or len(text) < _SHORTEST_ABSTRACT:
        return None
    text = text[: 2 * _ABSTRACT]
    if "<" in text or "&" in text:
        text = clean(text)
    return "".join(fold(text).split())[:_ABSTRACT]
