"""What was found, to be looked at: works by year and by index, citations by index, and communities of works.

Every number is a figure with its question, as everywhere in the account; the places of works on the map are no
figures, and follow from the library all the same.
"""

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from heapq import nlargest
from typing import NamedTuple

from graph.build import CitationGraph
from graph.communities import Communities, communities, labels
from graph.layout import layout
from harvester.library import carves, chases
from harvester.library.graphs import graph_of
from harvester.library.matches import BY_MATCH
from harvester.library.store import Library
from harvester.review.figures import Figure, asked, clean, computed
from harvester.review.removing import Duplicates, works_of
from harvester.review.running import NAMES

__all__ = [
    "FILES",
    "ORIGINS",
    "Community",
    "Dot",
    "InYear",
    "Map",
    "Overview",
    "Together",
    "by_year",
    "citations_by_index",
    "overview_of",
    "partition",
    "works_by_index",
]

ORIGINS = ("searches by words or files", "citation searching alone", "otherwise, such as by identifier")
"""How a work was found; one that was found in two ways counts for the first."""

FILES = "files"
"""Stands for files of records among the indexes, whatever their labels."""

LISTED = 20
"""So many communities are listed, the largest first."""

DOTS = 1_200
"""So many works stand on the map, those with most citations; a page with a dot for each of a million opens nowhere."""

TERMS = 3
"""So many terms name a community, as in a file for Gephi."""


@dataclass(frozen=True)
class InYear:
    """The works of one year that were found in one way."""

    year: int
    origin: str
    works: Figure


@dataclass(frozen=True)
class Together:
    """What exactly these indexes know, and no other."""

    indexes: tuple[str, ...]
    number: Figure


@dataclass(frozen=True)
class Community:
    """A community: its works, the terms that set it apart, and its work that is cited most here."""

    number: int
    works: Figure
    terms: tuple[str, ...]
    leader: str


class Dot(NamedTuple):
    """A work on the map; `community` is the number of its community."""

    community: int
    x: float
    y: float
    links: int


@dataclass(frozen=True)
class Map:
    """The communities that citations make of all works here (Leiden, resolution 1), and a picture of some works."""

    works: Figure
    linked: Figure
    """Works that cite or are cited here."""
    communities: Figure
    """Those of two works at least."""
    modularity: Figure
    listed: tuple[Community, ...]
    dots: tuple[Dot, ...] = field(metadata={"drawn": True})
    links: tuple[tuple[int, int], ...] = field(metadata={"drawn": True})
    """Pairs of places among the dots."""


@dataclass(frozen=True)
class Overview:
    """What was found, by year, by index and by what holds together."""

    years: tuple[InYear, ...]
    origins: tuple[Figure, ...]
    """All works that a source describes, in the order of `ORIGINS`."""
    yearless: Figure
    works: tuple[Together, ...]
    """Works by the indexes that describe them, the most first."""
    citations: tuple[Together, ...]
    """Citations by the indexes that state them, the most first."""
    map: Map


def overview_of(library: Library, duplicates: Duplicates) -> Overview:
    """Count what the library holds in the ways in which it is shown."""
    counted = by_year(library, duplicates.runs)
    source = f"overview.by_year(library, {duplicates.runs})"
    return Overview(
        years=tuple(
            InYear(year, origin, computed(f"works of {year}, {origin}", number, f"{source}[{year}, {origin!r}]"))
            for (year, origin), number in counted.items()
            if year is not None
        ),
        origins=tuple(
            computed(
                f"works found by {origin}" if origin != ORIGINS[-1] else f"works found {origin}",
                sum(number for (_, how), number in counted.items() if how == origin),
                f"sum(number for (_, how), number in {source}.items() if how == {origin!r})",
            )
            for origin in ORIGINS
        ),
        yearless=asked(
            library,
            "works without a year",
            "select count(*) from works where detail is not null and year is null",
        ),
        works=_together("works described by", works_by_index(library), "overview.works_by_index(library)"),
        citations=_together("citations stated by", citations_by_index(library), "overview.citations_by_index(library)"),
        map=_map(library),
    )


def by_year(library: Library, runs: tuple[int, ...]) -> dict[tuple[int | None, str], int]:
    """Count the works that a source describes by year and by how they were found; `runs` are searches and files."""
    searched = works_of(library, runs)
    cited = {key for chased in chases.chases(library) for key in chases.yields(library, chased)}
    cited |= carves.linked_works(library)
    rows = library.db.execute("select key, year from works where detail is not null")
    found = Counter((year, ORIGINS[0 if key in searched else 1 if key in cited else 2]) for key, year in rows)
    return dict(sorted(found.items(), key=lambda each: (each[0][0] or 0, ORIGINS.index(each[0][1]))))


def works_by_index(library: Library) -> dict[tuple[str, ...], int]:
    """Count the works that exactly these indexes describe."""
    rows = library.db.execute("select sources, count(*) from works where detail is not null group by 1").fetchall()
    return _gathered((sources.split(), number) for sources, number in rows)


def citations_by_index(library: Library) -> dict[tuple[str, ...], int]:
    """Count the citations that exactly these indexes state, those of a work by itself too.

    One that was found by a match is of the index that lists it.
    """
    graph = graph_of(library)
    # By blocks: a list of all citations of a large library would take more memory than the graph.
    masks: Counter[int] = Counter()
    for start in range(0, graph.citations, 1 << 20):
        masks.update(graph.edge_sources[start : start + (1 << 20)].tolist())
    counted = [(graph.names_in(mask), number) for mask, number in masks.items()]
    if graph.loops:
        loops = library.db.execute(
            "select group_concat(source, ' ') from citations where citing = cited group by citing"
        )
        counted += [(tuple(names.split()), 1) for (names,) in loops]
    return _gathered(([name.removeprefix(BY_MATCH) for name in names], number) for names, number in counted)


def _gathered(counted: Iterable[tuple[Iterable[str], int]]) -> dict[tuple[str, ...], int]:
    order = [*NAMES, FILES]
    found: Counter[tuple[str, ...]] = Counter()
    for names, number in counted:
        # A label of a file may be of any words.
        known = {name if name in NAMES else FILES for name in names}
        found[tuple(sorted(known, key=order.index))] += number
    return dict(sorted(found.items(), key=lambda each: (-each[1], [order.index(name) for name in each[0]])))


def _together(what: str, counted: Mapping[tuple[str, ...], int], source: str) -> tuple[Together, ...]:
    return tuple(
        Together(names, computed(f"{what} {', '.join(names) or 'no index'} alone", number, f"{source}[{names!r}]"))
        for names, number in counted.items()
    )


# -- communities ---------------------------------------------------------------------------------------


def partition(library: Library) -> Communities:
    """Find the communities of all works here, as `harvester communities` does by itself."""
    return communities(graph_of(library))


def _map(library: Library) -> Map:
    graph = graph_of(library)
    found = communities(graph)
    many = len(found) - found.unlinked
    source = "overview.partition(library)"
    dots, links = _drawn(graph, found)
    return Map(
        works=computed("works, those only cited among them", len(graph), f"len({source}.of)"),
        linked=computed(
            "works that cite or are cited here", len(graph) - found.unlinked, f"len({source}.of) - {source}.unlinked"
        ),
        communities=computed("communities of linked works", many, f"len({source}) - {source}.unlinked"),
        modularity=computed(
            "modularity of the communities", f"{found.quality:.3f}", f"format({source}.quality, '.3f')"
        ),
        listed=tuple(_listed(graph, found, min(many, LISTED), source)),
        dots=dots,
        links=links,
    )


def _listed(graph: CitationGraph, found: Communities, many: int, source: str) -> Iterable[Community]:
    if not many:
        return
    cited = (graph.in_indptr[1:] - graph.in_indptr[:-1]).tolist()
    leaders: dict[int, int] = {}
    for row, number in enumerate(found.of.tolist()):
        if number < many and cited[row] > cited[leaders.setdefault(number, row)]:
            leaders[number] = row
    terms = labels(graph.title, found.of, terms=TERMS)
    for number in range(many):
        leader = leaders[number]
        yield Community(
            number + 1,
            computed(f"works of community {number + 1}", int(found.sizes[number]), f"{source}.sizes[{number}]"),
            tuple(map(clean, terms[number])),
            clean(graph.title[leader] or graph.keys[leader]),
        )


def _drawn(graph: CitationGraph, found: Communities) -> tuple[tuple[Dot, ...], tuple[tuple[int, int], ...]]:
    """Place the works with most citations, and give the citations among them."""
    degree = (graph.in_indptr[1:] - graph.in_indptr[:-1] + graph.out_indptr[1:] - graph.out_indptr[:-1]).tolist()
    rows = sorted(
        nlargest(DOTS, (row for row, links in enumerate(degree) if links), key=lambda row: (degree[row], -row))
    )
    place = {row: number for number, row in enumerate(rows)}
    links = sorted(
        {
            (min(place[row], place[cited]), max(place[row], place[cited]))
            for row in rows
            for cited in graph.out_indices[graph.out_indptr[row] : graph.out_indptr[row + 1]].tolist()
            if cited in place
        }
    )
    of = [int(found.of[row]) for row in rows]
    places = layout(len(rows), [one for one, _ in links], [other for _, other in links], of=of).tolist() if rows else []
    dots = tuple(Dot(number + 1, x, y, degree[row]) for row, number, (x, y) in zip(rows, of, places, strict=True))
    return dots, tuple(links)
