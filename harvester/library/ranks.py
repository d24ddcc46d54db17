"""The works that a citation search found, in the order in which to read them."""

from graph.ranking import rank
from harvester.library import chases
from harvester.library.chases import DIRECTIONS, Chased
from harvester.library.graphs import graph_of
from harvester.library.relevance import relevance
from harvester.library.store import Library
from harvester.model import CitationSearch

__all__ = ["PARTS", "ranked", "searched"]

PARTS = ("linked", "cocitation", "coupling", "occurrence", "text", "surroundings")
"""What the score is made of; `graph.ranking` has the formulas."""


def searched(library: Library) -> dict[str, CitationSearch]:
    """Say of every work what the last citation search has to do with it; nothing where there has been none."""
    found = chases.chases(library)
    return ranked(library, found[-1]) if found else {}


def ranked(library: Library, chased: Chased) -> dict[str, CitationSearch]:
    """Rank what a citation search found by all that links it to the seeds of the first round; the seeds come last.

    Works are in the order of their rank. Seeds of later rounds were found themselves, and are ranked as such.
    """
    if not chased.rounds:
        return {}
    found = chases.yields(library, chased)
    graph = graph_of(library)
    rows = {key: row for row, key in enumerate(graph.keys)}
    seeds = [key for key in chased.rounds[0].seeds if key in rows]
    alike = relevance(library, seeds)
    ranking = rank(graph, seeds, texts=[alike.get(key, 0.0) for key in graph.keys])
    order = sorted(found, key=lambda key: (-float(ranking.score[rows[key]]), key))
    columns = {name: getattr(ranking, name) for name in PARTS}
    said = {}
    for place, key in enumerate(order, start=1):
        one = found[key]
        said[key] = CitationSearch(
            round=one.round,
            directions=tuple(each for each in DIRECTIONS if each in one.seeds),
            seeds=tuple(sorted(set().union(*one.seeds.values()))),
            sources=tuple(sorted(set().union(*one.sources.values()))),
            rank=place,
            score=float(ranking.score[rows[key]]),
            parts={name: float(f"{column[rows[key]]:.9g}") for name, column in columns.items()},
        )
    for each in reversed(chased.rounds):
        for key in each.seeds:
            earlier = said.get(key, CitationSearch())
            said[key] = earlier.model_copy(update={"is_seed": True, "round": each.number})
    return said
