"""Metrics give the numbers of the papers that define them, and those of two other libraries."""

import json
import lzma
import os
from collections.abc import Callable, Sequence
from itertools import chain, repeat
from pathlib import Path

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import CitationGraph, build
from graph.metrics import METRICS, WRITTEN, NotConverged, in_degree, metric, out_degree, pagerank, registry
from harvester.model import Citation, Node

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))


def graph_of(
    size: int,
    edges: list[tuple[int, int]],
    *,
    years: Sequence[int | None] = (),
    venues: Sequence[str | None] = (),
) -> CitationGraph:
    """A graph of works "000000", "000001", ... whose rows are the numbers in `edges`."""
    return build(
        (
            Node(f"{number:06}", year=year, venue=venue)
            for number, year, venue in zip(
                range(size), chain(years, repeat(None)), chain(venues, repeat(None)), strict=False
            )
        ),
        (Citation(f"{citing:06}", f"{cited:06}", ("crossref",)) for citing, cited in edges),
    )


@st.composite
def graphs(draw: st.DrawFn) -> CitationGraph:
    """Graphs of up to 12 works: cycles, works without references, years in any order, works nobody knows of."""
    size = draw(st.integers(1, 12))
    ends = st.integers(0, size - 1)
    year = st.none() | st.integers(2000, 2009) | st.sampled_from([-(2**31) + 1, 2**31 - 1])
    venue = st.sampled_from([None, " ", "BMJ", "bmj ", "Lancet", "Straße", "STRASSE"])
    return graph_of(
        size,
        draw(st.lists(st.tuples(ends, ends), max_size=40)),
        years=draw(st.lists(year, min_size=size, max_size=size)),
        venues=draw(st.lists(venue, min_size=size, max_size=size)),
    )


def many(test: Callable[..., None]) -> Callable[..., None]:
    """Check the claim on hundreds of small graphs, however long the machine takes for one."""
    return settings(deadline=None, max_examples=200)(given(graph=graphs())(test))


def review(name: str) -> CitationGraph:
    """The works of a published review's search, with years, venues, and the citations among them."""
    file = SHARED / "data" / "openalex" / f"{name}_works.jsonl.xz"
    if not file.exists():
        pytest.skip(f"the recorded OpenAlex works of {name} are not on this machine")
    with lzma.open(file, "rt", encoding="utf-8") as lines:
        works = {work["id"]: work for work in map(json.loads, lines)}
    return build(
        (
            Node(key, year=work["publication_year"], venue=(work.get("host_venue") or {}).get("display_name"))
            for key, work in works.items()
        ),
        (
            Citation(citing, cited, ("openalex",))
            for citing, work in works.items()
            for cited in work["referenced_works"]
            if cited in works
        ),
    )


def by_networkx(graph: CitationGraph, damping: float) -> list[float]:
    """PageRank by the power iteration of networkx in plain Python, which needs no scipy."""
    from networkx.algorithms.link_analysis.pagerank_alg import _pagerank_python

    found = _pagerank_python(graph.to_networkx(), alpha=damping, tol=1e-14, max_iter=100_000)
    return [found[key] for key in graph.keys]


def by_igraph(graph: CitationGraph, damping: float) -> list[float]:
    """PageRank by the linear solver of igraph."""
    edges = [(citing, cited) for citing, cited, _, _ in graph.edges()]
    other = igraph.Graph(n=len(graph), edges=edges, directed=True)
    return list(other.pagerank(damping=damping))


@settings(deadline=None)
@given(graphs(), st.sampled_from([0.85, 0.5, 0.0]))
def test_pagerank_equals_that_of_networkx_and_igraph(graph: CitationGraph, damping: float) -> None:
    """Two libraries, one iterating and one solving, agree with ours to within rounding."""
    found = pagerank(graph, damping=damping)
    assert found == pytest.approx(by_networkx(graph, damping), abs=1e-11)
    assert found == pytest.approx(by_igraph(graph, damping), abs=1e-11)


@settings(deadline=None)
@given(graphs())
def test_pagerank_shares_out_the_whole(graph: CitationGraph) -> None:
    """Every work has a share, and the shares sum to 1."""
    found = pagerank(graph)
    assert found.shape == (len(graph),)
    assert found.min() > 0
    assert found.sum() == pytest.approx(1, abs=1e-12)


def test_pagerank_of_the_example_of_langville_and_meyer() -> None:
    """Deeper Inside PageRank, section 3: six pages, the second without links, damping .9."""
    links = [(1, 2), (1, 3), (3, 1), (3, 2), (3, 5), (4, 5), (4, 6), (5, 4), (5, 6), (6, 4)]
    graph = graph_of(6, [(citing - 1, cited - 1) for citing, cited in links])
    assert pagerank(graph, damping=0.9).round(5).tolist() == [
        0.03721,
        0.05396,
        0.04151,
        0.37508,
        0.206,
        0.28625,
    ]


def test_pagerank_of_the_example_of_page_and_others() -> None:
    """The PageRank Citation Ranking, figure 3: .4, .2, .4 where nothing is lost to random jumps."""
    graph = graph_of(3, [(0, 1), (0, 2), (1, 2), (2, 0)])
    assert pagerank(graph, damping=0.96) == pytest.approx([0.4, 0.2, 0.4], abs=0.01)


def test_pagerank_where_there_is_nothing_to_rank() -> None:
    """No works: no shares. One work, or works without citations: equal shares."""
    assert pagerank(graph_of(0, [])).tolist() == []
    assert pagerank(graph_of(1, [])).tolist() == [1]
    assert pagerank(graph_of(4, [])).tolist() == [0.25] * 4


@pytest.mark.parametrize("size", [2, 3, 50])
def test_pagerank_of_a_cycle_is_even(size: int) -> None:
    """A ring of works, each citing the next, settles at once."""
    ring = [(number, (number + 1) % size) for number in range(size)]
    assert pagerank(graph_of(size, ring)) == pytest.approx([1 / size] * size)


@pytest.mark.parametrize("damping", [1, -0.1, 1.5, float("nan")])
def test_pagerank_refuses_a_damping_that_is_no_probability(damping: float) -> None:
    """At 1 there is no random jump, and on a graph with dead ends no answer."""
    with pytest.raises(ValueError, match="damping"):
        pagerank(graph_of(2, [(0, 1)]), damping=damping)


def test_pagerank_says_so_when_it_does_not_settle() -> None:
    """Two works that cite each other keep passing on what a third gives one of them: it fades too slowly."""
    with pytest.raises(NotConverged, match="1000 steps"):
        pagerank(graph_of(3, [(0, 1), (1, 0), (2, 0)]), damping=0.9999)


@settings(deadline=None)
@given(graphs())
def test_degrees_count_citations(graph: CitationGraph) -> None:
    """Degrees are the lengths of the lists of references and of citing works."""
    assert in_degree(graph).tolist() == [len(graph.cited_by(key)) for key in graph.keys]
    assert out_degree(graph).tolist() == [len(graph.references(key)) for key in graph.keys]


@pytest.mark.parametrize("name", METRICS)
@settings(deadline=None)
@given(graph=graphs())
def test_every_metric_keeps_the_contract(name: str, graph: CitationGraph) -> None:
    """One number for each work, finite or NaN where it is not defined, and the same each time."""
    found = METRICS[name](graph)
    assert found.shape == (len(graph),)
    assert found.dtype.kind in "if"
    assert not np.isinf(found).any()
    assert np.array_equal(METRICS[name](graph), found, equal_nan=found.dtype.kind == "f")


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_an_answer_for_the_empty_graph(name: str) -> None:
    """An empty answer, without a warning."""
    assert METRICS[name](build([], [])).tolist() == []


@pytest.mark.parametrize("name", METRICS)
def test_every_metric_has_an_answer_where_little_is_known(name: str) -> None:
    """A work alone, and works without years, venues or citations, are measured without a warning."""
    assert METRICS[name](graph_of(1, [])).shape == (1,)
    assert METRICS[name](graph_of(3, [])).shape == (3,)
    assert METRICS[name](graph_of(3, [(0, 1), (1, 0), (1, 2)])).shape == (3,)


def test_what_graph_files_hold_is_chosen_when_a_metric_is_registered() -> None:
    """Every metric can be asked for by its name; the columns of a file are some of them, in the same order."""
    assert list(WRITTEN) == [name for name in METRICS if name in WRITTEN]
    assert all(METRICS[name] is measure for name, measure in WRITTEN.items())
    assert list(WRITTEN)[:3] == ["in_degree", "out_degree", "pagerank"]
    assert "betweenness" not in WRITTEN


def test_a_new_metric_is_written_into_files_only_if_it_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    """Its cost would otherwise be paid by everybody who exports a graph."""
    monkeypatch.setattr(registry, "METRICS", {})
    monkeypatch.setattr(registry, "WRITTEN", {})
    metric("dear")(in_degree)
    metric("cheap", written=True)(out_degree)
    assert (list(registry.METRICS), list(registry.WRITTEN)) == (["dear", "cheap"], ["cheap"])


def test_a_metric_cannot_be_defined_twice() -> None:
    """Its name is a column of the exports: the second would hide the first."""
    with pytest.raises(ValueError, match="'pagerank' is defined twice"):
        metric("pagerank")(in_degree)


@pytest.mark.parametrize("name", ["Oud_2018", "Jeyaraman_2020"])
def test_pagerank_of_a_real_review(name: str) -> None:
    """On the works of a published review igraph and networkx find the same ranks and the same order."""
    graph = review(name)
    found = pagerank(graph)
    assert np.abs(found - by_igraph(graph, 0.85)).sum() < 1e-11
    # networkx stops once a step moves less than its tolerance times the number of works.
    assert np.abs(found - by_networkx(graph, 0.85)).sum() < 1e-14 * len(graph) * 10
    assert found.argmax() == int(np.argmax(by_igraph(graph, 0.85)))
