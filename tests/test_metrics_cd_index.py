"""The disruption index is that of its papers and of its author's program."""

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from test_metrics import graph_of, graphs, review

from graph.build import MISSING, CitationGraph
from graph.metrics import disruption, successors


def by_definition(graph: CitationGraph, span: int) -> list[tuple[int, int, int]]:
    """n_i, n_j and n_k of each work, by asking every other work what it cites."""
    years = graph.year.tolist()
    found = []
    for key, year in zip(graph.keys, years, strict=True):
        listed = set(graph.references(key))
        counts = [0, 0, 0]
        for other, later in zip(graph.keys, years, strict=True):
            if MISSING in (year, later) or not year < later <= year + span:
                continue
            cites = set(graph.references(other))
            match key in cites, bool(cites & listed):
                case True, False:
                    counts[0] += 1
                case True, True:
                    counts[1] += 1
                case False, True:
                    counts[2] += 1
        found.append((counts[0], counts[1], counts[2]))
    return found


@settings(deadline=None, max_examples=200)
@given(graphs(), st.sampled_from([1, 2, 5, 2**40]), st.integers(1, 50))
def test_successors_are_counted_by_what_they_cite(graph: CitationGraph, span: int, steps: int) -> None:
    """By the definition, however few sums are made at once; and the index is their ratio."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("graph.metrics.cd_index.STEPS", steps)
        found = successors(graph, years=span)
        index = disruption(graph, years=span)
    counts = by_definition(graph, span)
    rows = (found.only_work.tolist(), found.both.tolist(), found.only_references.tolist())
    assert list(zip(*rows, strict=True)) == counts
    assert index == pytest.approx(
        [
            (n_i - n_j) / (n_i + n_j + n_k) if n_i + n_j + n_k and graph.references(key) else math.nan
            for key, (n_i, n_j, n_k) in zip(graph.keys, counts, strict=True)
        ],
        nan_ok=True,
    )


FUNK = [(4, 2), (4, 0), (4, 1), (4, 3), (5, 2), (6, 2), (6, 4), (7, 4), (8, 4), (9, 4), (9, 1), (9, 3), (10, 4)]
FUNK_YEARS = [1992, 1992, 1993, 1993, 1995, 1997, 1998, 1999, 1999, 1998, 1997]


def test_the_example_of_funks_program() -> None:
    """GitHub russellfunk/cdindex, README.rst: vertex 4Z, five years: (3 - 2) / 6; after two years (1 - 0) / 2."""
    graph = graph_of(11, FUNK, years=FUNK_YEARS)
    found = successors(graph)
    assert (found.only_work[4], found.both[4], found.only_references[4]) == (3, 2, 1)
    assert disruption(graph)[4] == pytest.approx(1 / 6)
    assert disruption(graph, years=2)[4] == pytest.approx(1 / 2)


@pytest.mark.parametrize(
    ("later", "index"),
    [
        ([(2, 1), (3, 1), (4, 1)], 1),
        ([(2, 1), (3, 1), (3, 0), (4, 0)], 0),
        ([(2, 1), (2, 0), (3, 1), (3, 0), (4, 1), (4, 0)], -1),
    ],
)
def test_the_three_networks_of_wu_wang_and_evans(later: list[tuple[int, int]], index: int) -> None:
    """Nature 566, figure 1a: later work cites the work alone, each as often, or the work with its reference."""
    graph = graph_of(5, [(1, 0), *later], years=[2000, 2001, 2002, 2003, 2004])
    assert disruption(graph)[1] == index


def test_only_the_five_years_after_count() -> None:
    """Not the year itself, in which nobody knows what came first, nor the sixth, nor a work without a year."""
    years = [1990, 2000, 2000, 2001, 2005, 2006, None]
    graph = graph_of(7, [(1, 0), *((number, 1) for number in range(2, 7))], years=years)
    assert successors(graph).only_work[1] == 2
    assert successors(graph, years=6).only_work[1] == 3


def test_a_work_without_references_here_is_not_called_disruptive() -> None:
    """The formula would say 1 of every such work: of each whose reference list no index has."""
    graph = graph_of(2, [(1, 0)], years=[2000, 2001])
    assert successors(graph).only_work[0] == 1
    assert math.isnan(disruption(graph)[0])


def test_hundreds_of_shared_references_count_as_one() -> None:
    """256 of them: in sums of 8 bits they would be none."""
    shared = range(256)
    edges = [(256, 257), *((citing, cited) for citing in (257, 258) for cited in shared), (258, 257)]
    years = [1990] * 257 + [2000, 2001]
    assert disruption(graph_of(259, edges, years=years))[257] == -1


def test_fewer_years_than_one_are_refused() -> None:
    """There is no window."""
    with pytest.raises(ValueError, match="at least 1 year"):
        successors(graph_of(1, []), years=0)


@pytest.mark.parametrize("name", ["Oud_2018", "Nelson_2002"])
def test_the_successors_in_real_reviews(name: str) -> None:
    """Work by work, by the definition."""
    graph = review(name)
    found = successors(graph)
    assert list(
        zip(found.only_work.tolist(), found.both.tolist(), found.only_references.tolist(), strict=True)
    ) == by_definition(graph, 5)
    assert np.isfinite(disruption(graph)).any()
