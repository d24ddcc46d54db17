"""The commands that ask the graph give what the exported graph says, by an independent reading of it."""

from pathlib import Path

import networkx as nx
import pytest
from conftest import DEMO, Run
from test_cli import one_sentence

TRIAL = "10.1016/j.eurpsy.2016.12.007"


@pytest.fixture
def exported(run: Run, tmp_path: Path) -> nx.DiGraph:
    """The demo works harvested, and their graph as networkx reads it from GraphML."""
    assert run("doi", "--from", DEMO / "dois.txt").status == 0
    assert run("export", "graph.graphml").status == 0
    return nx.read_graphml(tmp_path / "graph.graphml")


def test_neighbours_are_those_of_the_exported_graph(run: Run, exported: nx.DiGraph) -> None:
    expected = nx.single_source_shortest_path_length(exported.to_undirected(), f"doi:{TRIAL}", cutoff=2)
    ended = run("--json", "neighbours", TRIAL, "--depth", "2")
    assert ended.status == 0, ended.err
    found = {work["key"]: work["distance"] for work in ended.document["works"]}
    assert found == {key: distance for key, distance in expected.items() if distance}
    backward = run("--json", "neighbours", TRIAL, "--direction", "backward").document["works"]
    assert {work["key"] for work in backward} == set(exported.successors(f"doi:{TRIAL}"))
    full = run("--json", "neighbours", TRIAL, "--depth", "2", "--where", "only_cited:false").document["works"]
    assert {work["key"] for work in full} == {key for key in found if not exported.nodes[key]["only_cited"]}


def test_the_shortest_path_is_one(run: Run, exported: nx.DiGraph) -> None:
    face = exported.to_undirected()
    start = f"doi:{TRIAL}"
    distances = nx.single_source_shortest_path_length(face, start)
    end = max(distances, key=lambda key: (distances[key], key))
    ended = run("--json", "path", start, end)
    assert ended.status == 0, ended.err
    assert ended.document["length"] == distances[end]
    assert ended.document["count"] == len(list(nx.all_shortest_paths(face, start, end)))
    for path in ended.document["paths"]:
        keys = [work["key"] for work in path]
        assert nx.is_path(face, keys)
        assert (keys[0], keys[-1]) == (start, end)
    told = run("path", start, end)
    assert start in told.out
    nowhere = run("path", start, end, "--direction", "forward")
    assert nowhere.status == 0
    assert "no citations lead" in nowhere.out or nx.has_path(exported.reverse(), start, end)


def test_what_two_works_share(run: Run, exported: nx.DiGraph) -> None:
    """The two works with the most references in common."""
    citing = [key for key in exported if exported.out_degree(key) > 5]
    one, other = max(
        ((a, b) for a in citing for b in citing if a < b),
        key=lambda pair: len(set(exported.successors(pair[0])) & set(exported.successors(pair[1]))),
    )
    document = run("--json", "common", one, other).document
    shared = {work["key"] for work in document["cited_by_both"]}
    assert shared == set(exported.successors(one)) & set(exported.successors(other)) != set()
    assert {work["key"] for work in document["citing_both"]} == set(exported.predecessors(one)) & set(
        exported.predecessors(other)
    )


def test_missing_works_are_the_most_cited_without_a_record(run: Run, exported: nx.DiGraph) -> None:
    without = sorted(
        (key for key in exported if exported.nodes[key]["only_cited"]), key=lambda key: (-exported.in_degree(key), key)
    )
    ended = run("--json", "missing", "--limit", "7")
    assert [work["key"] for work in ended.document["works"]] == without[:7]
    assert [work["cited_here"] for work in ended.document["works"]] == [exported.in_degree(key) for key in without[:7]]


def test_a_work_that_is_not_here_is_one_sentence(run: Run, exported: nx.DiGraph) -> None:
    assert len(exported)
    for command in (("neighbours", "10.1/x"), ("path", TRIAL, "10.1/x"), ("common", "10.1/x", TRIAL)):
        ended = run(*command)
        assert ended.status == 4
        one_sentence(ended.err)


def test_top_ranks_by_any_measure(run: Run, exported: nx.DiGraph) -> None:
    """PageRank as networkx finds it, and in-degree as it is counted; an unknown measure is one sentence."""
    ranks = nx.pagerank(exported, tol=1e-14, max_iter=1_000)
    found = run("--json", "top", "--by", "pagerank", "--limit", "5").document["works"]
    assert [work["pagerank"] for work in found] == pytest.approx(sorted(ranks.values(), reverse=True)[:5], rel=1e-6)
    degrees = run("--json", "top", "--by", "in_degree", "--limit", "3", "--where", "only_cited:false").document["works"]
    full = [key for key in exported if not exported.nodes[key]["only_cited"]]
    assert [work["in_degree"] for work in degrees] == sorted(map(exported.in_degree, full), reverse=True)[:3]
    ended = run("top", "--by", "fame")
    assert ended.status == 2
    assert "pagerank" in one_sentence(ended.err)
    assert run("top", "--by", "disruption").status == 0


def test_the_main_path_follows_citations_from_old_to_new(run: Run, exported: nx.DiGraph) -> None:
    document = run("--json", "mainpath").document
    assert document["arcs"]
    for arc in document["arcs"]:
        assert exported.has_edge(arc["citing"], arc["cited"])
    for options in (("--weight", "splc"), ("--weight", "spnp"), ("--cycles", "collapse")):
        assert run("mainpath", *options).status == 0
    ended = run("mainpath", "--search", "sideways")
    assert ended.status == 2
    one_sentence(ended.err)


def test_similar_works_share_what_they_are_said_to_share(run: Run, exported: nx.DiGraph) -> None:
    citing = max(exported, key=lambda key: (exported.out_degree(key), key))
    document = run("--json", "similar", citing, "--limit", "5").document
    assert document["works"]
    for work in document["works"]:
        assert set(work["shared_references"]) == set(exported.successors(citing)) & set(
            exported.successors(work["key"])
        )


def test_references_by_year_and_bursts_are_listed(run: Run, exported: nx.DiGraph) -> None:
    """The references to each year are those of the graph, and of references without a match."""
    document = run("--json", "rpys").document
    inside = sum(1 for _, cited in exported.edges if "year" in exported.nodes[cited])
    assert sum(row["references"] for row in document["years"]) >= inside > 0
    for options in ((), ("--of", "citations"), ("--where", "year:2000-")):
        ended = run("bursts", *options)
        assert ended.status == 0, ended.err
