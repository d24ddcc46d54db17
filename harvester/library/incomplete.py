"""Works that no index has described: those that only files brought, and those known only by being cited."""

from collections.abc import Iterator

from harvester.identifiers import Identifier
from harvester.library import reading
from harvester.library.ledger import Run
from harvester.library.store import Library
from harvester.merge import FILES
from harvester.model import Work

__all__ = ["brought_only", "cited_only", "unidentified", "without_abstract"]

BEST_FIRST = ("doi", "pmid", "pmcid", "openalex")
"""Schemes by which indexes can be asked."""


def cited_only(library: Library) -> list[Identifier]:
    """Give the identifiers of the works known only by being cited, most cited here first."""
    rows = library.db.execute(
        "select w.key, count(distinct c.citing) from works w join citations c on c.cited = w.id where w.detail is null"
        " group by w.id order by 2 desc, 1"
    )
    return [Identifier(*key.split(":", 1)) for key, _ in rows]


def brought_only(library: Library) -> list[Identifier]:
    """Give the best identifier of each work that only files describe and that has one, in the order of their keys."""
    return [best for _, best in _brought(library) if best]


def unidentified(library: Library) -> list[Work]:
    """Give the works that only files describe and by whose identifiers no index can be asked, in the order of keys."""
    return [reading.work(library, key) for key, best in _brought(library) if best is None]


def without_abstract(library: Library, run: Run) -> list[Identifier]:
    """Give an identifier of each work that a run asked for and found, and of which nobody has given an abstract."""
    rows = library.db.execute(
        "select distinct w.key from lookups l join identifiers i on i.scheme = l.scheme and i.value = l.value"
        " join works w on w.id = i.work where l.run = ? and l.state = 'found' and w.sources != ''"
        " and w.abstract is null order by 1",
        (run.id,),
    ).fetchall()
    found = []
    for (key,) in rows:
        held = dict(
            library.db.execute(
                "select i.scheme, min(i.value) from identifiers i join works w on w.id = i.work"
                " where w.key = ? and i.scheme in ('doi', 'pmid') group by 1",
                (key,),
            )
        )
        found += [Identifier(scheme, held[scheme]) for scheme in ("doi", "pmid") if scheme in held][:1]
    return found


def _brought(library: Library) -> Iterator[tuple[str, Identifier | None]]:
    for key, names in library.db.execute("select key, sources from works where sources != '' order by key").fetchall():
        if not all(name.startswith(FILES) for name in names.split()):
            continue
        held = dict(
            library.db.execute(
                "select i.scheme, min(i.value) from identifiers i join works w on w.id = i.work where w.key = ?"
                " group by 1",
                (key,),
            )
        )
        scheme = next((scheme for scheme in BEST_FIRST if scheme in held), None)
        yield key, Identifier(scheme, held[scheme]) if scheme else None
