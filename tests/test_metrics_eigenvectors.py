"""Hubs and authorities are the eigenvectors that Kleinberg's iteration leads to, and no others."""

import networkx as nx
import numpy as np
import pytest
from networkx.algorithms.link_analysis.hits_alg import _hits_python
from test_metrics import graph_of, many, review

from graph.build import CitationGraph
from graph.metrics import NotConverged, authority, hits, hub


def by_projection(graph: CitationGraph) -> tuple[np.ndarray, np.ndarray]:
    """Kleinberg's limit, in dense matrices: the in-degrees projected on the space of the largest eigenvalue."""
    matrix = graph.matrix().toarray().astype(float)
    values, vectors = np.linalg.eigh(matrix.T @ matrix)
    space = vectors[:, values > values[-1] - 1e-9]
    authorities = space @ (space.T @ matrix.sum(axis=0))
    hubs = matrix @ authorities
    return hubs / hubs.sum(), authorities / authorities.sum()


def by_networkx(graph: CitationGraph) -> tuple[list[float], list[float]]:
    """Kleinberg's own iteration, in the plain Python of networkx."""
    hubs, authorities = _hits_python(graph.to_networkx(), max_iter=100_000, tol=1e-14)
    return [hubs[key] for key in graph.keys], [authorities[key] for key in graph.keys]


@many
def test_hits_are_the_limit_of_kleinbergs_iteration(graph: CitationGraph) -> None:
    """Also where several vectors belong to the largest eigenvalue, as they do in graphs of several parts."""
    found = hits(graph)
    if graph.citations:
        hubs, authorities = by_projection(graph)
        assert found.hubs == pytest.approx(hubs, abs=1e-9)
        assert found.authorities == pytest.approx(authorities, abs=1e-9)
        assert found.hubs.sum() == pytest.approx(1)
        assert found.authorities.sum() == pytest.approx(1)
    else:
        assert not found.hubs.any()
        assert not found.authorities.any()
    assert min(found.hubs.min(), found.authorities.min()) >= 0
    assert hub(graph).tolist() == found.hubs.tolist()
    assert authority(graph).tolist() == found.authorities.tolist()


def test_hits_equal_those_of_networkx_on_a_real_review() -> None:
    """Its iteration and its singular vectors, each within the tolerance that networkx works to."""
    graph = review("Oud_2018")
    found = hits(graph)
    hubs, authorities = by_networkx(graph)
    assert found.hubs == pytest.approx(hubs, abs=1e-12)
    assert found.authorities == pytest.approx(authorities, abs=1e-12)
    others = nx.hits(graph.to_networkx())
    assert found.hubs == pytest.approx([others[0][key] for key in graph.keys], abs=1e-8)
    assert found.authorities == pytest.approx([others[1][key] for key in graph.keys], abs=1e-8)


def test_two_equal_parts_share_what_networkx_gives_to_neither_or_one() -> None:
    """Two pairs of works are alike: so are their shares, whatever their places among the keys."""
    found = hits(graph_of(6, [(5, 0), (2, 4)]))
    assert found.authorities.tolist() == [0.5, 0, 0, 0, 0.5, 0]
    assert found.hubs.tolist() == [0, 0, 0.5, 0, 0, 0.5]


def test_unequal_parts_that_are_equally_strong_share_by_their_citations() -> None:
    """Four works citing one, and two citing two: eigenvalue 4 each, four citations each, the in-degrees projected."""
    star = [(number, 4) for number in range(4)]
    square = [(5, 7), (5, 8), (6, 7), (6, 8)]
    found = hits(graph_of(9, star + square))
    assert found.authorities == pytest.approx([0, 0, 0, 0, 1 / 2, 0, 0, 1 / 4, 1 / 4])


def test_the_stronger_of_two_almost_equal_parts_takes_all() -> None:
    """One citation more decides, where the plain iteration would go on for thousands of steps."""
    whole = [(a, b) for a in range(30) for b in range(30, 60)]
    lacking = [(a + 60, b + 60) for a, b in whole if (a, b) != (0, 30)]
    graph = graph_of(120, whole + lacking)
    found = hits(graph)
    assert found.authorities[30:60] == pytest.approx([1 / 30] * 30)
    assert not found.authorities[60:].any()
    assert not found.hubs[60:].any()
    hubs, authorities = by_projection(graph)
    assert found.hubs == pytest.approx(hubs, abs=1e-10)
    assert found.authorities == pytest.approx(authorities, abs=1e-10)


def test_hits_say_so_when_they_do_not_settle(monkeypatch: pytest.MonkeyPatch) -> None:
    """A number that is not the answer is never given as if it were."""
    monkeypatch.setattr("graph.metrics.eigenvectors.RESTARTS", 1)
    monkeypatch.setattr("graph.metrics.eigenvectors.KRYLOV", 2)
    with pytest.raises(NotConverged, match="after 1 restarts"):
        hits(graph_of(5, [(0, 1), (1, 2), (2, 1), (3, 1), (3, 2), (3, 4)]))
