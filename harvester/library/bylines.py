"""Who wrote which work, and what each work is about: what networks of authors and of keywords are made of."""

from collections import Counter
from typing import NamedTuple

from harvester.library.reading import Selected, works
from harvester.library.store import Library
from harvester.model import Authorship

__all__ = ["Authors", "authors", "keywords"]


class Authors(NamedTuple):
    """The authors of every work, each under one id wherever an index gives one."""

    of: list[tuple[str, list[str]]]
    """The key of a work and the ids of its authors, in the order of the byline."""
    names: dict[str, str]
    """How the name of each author is mostly printed."""


def authors(library: Library, *, selected: Selected = None) -> Authors:
    """List the authors of every work, or of every selected one.

    An author is who has one OpenAlex id; without one, one ORCID; and without either, one name as printed, upper and
    lower case alike. An ORCID stands for the OpenAlex id that the same byline gives it, the first of several. So
    namesakes without ids are one, and one person with ids and without is two: nothing is guessed from names.
    """
    bylines = [(work.key, work.authors) for work in works(library, selected=selected) if work.authors]
    known: dict[str, str] = {}
    for _, byline in bylines:
        for author in byline:
            if author.orcid and author.openalex:
                known[author.orcid] = min(author.openalex, known.get(author.orcid, author.openalex))
    printed: dict[str, Counter[str]] = {}
    of = []
    for key, byline in bylines:
        ids = [_identity(author, known) for author in byline]
        for identity, author in zip(ids, byline, strict=True):
            printed.setdefault(identity, Counter())[author.name] += 1
        of.append((key, ids))
    return Authors(of, {identity: _usual(names) for identity, names in printed.items()})


def keywords(library: Library, *, selected: Selected = None) -> list[tuple[str, list[str]]]:
    """List the keywords of every work, or of every selected one: the authors' own and those that were assigned."""
    return [
        (work.key, [keyword.term for keyword in work.keywords])
        for work in works(library, selected=selected)
        if work.keywords
    ]


def _identity(author: Authorship, known: dict[str, str]) -> str:
    if author.openalex:
        return f"openalex:{author.openalex}"
    if author.orcid:
        return f"openalex:{known[author.orcid]}" if author.orcid in known else f"orcid:{author.orcid}"
    return f"name:{' '.join(author.name.casefold().split())}"


def _usual(names: Counter[str]) -> str:
    return min(names, key=lambda name: (-names[name], name))
