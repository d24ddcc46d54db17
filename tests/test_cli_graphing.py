"""The commands that ask the graph give what the exported graph says, by an independent reading of it."""

import json
import math
from collections import Counter
from collections.abc import Iterable
from pathlib import Path
from statistics import median

import igraph
import networkx as nx
import pytest
from click.testing import CliRunner
from conftest import DEMO, Run
from test_cli import one_sentence

from harvester.cli import cli

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


def test_an_estimated_betweenness_states_its_error(
    run: Run, exported: nx.DiGraph, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    exact = run("--json", "top", "--by", "betweenness", "--limit", "5").document["works"]
    values = igraph.Graph.from_networkx(exported).betweenness()  # networkx takes 40 s for as many works
    assert [work["betweenness"] for work in exact] == pytest.approx(sorted(values, reverse=True)[:5])
    assert all("standard_error" not in work for work in exact)
    monkeypatch.setattr("graph.metrics.paths.EXACT", 0)
    monkeypatch.setattr("graph.metrics.paths.SAMPLES", 20)
    monkeypatch.setattr("graph.metrics.paths.HITS", 2)
    asked = ["--library", str(tmp_path / "library.sqlite"), "--json", "top", "--by", "betweenness", "--limit", "5"]
    ended = CliRunner().invoke(cli, asked)
    assert "estimated" in ended.stderr
    errors = [work["standard_error"] for work in json.loads(ended.stdout)["works"]]
    assert any(error and error > 0 for error in errors)


def test_the_main_path_follows_citations_from_old_to_new(run: Run, exported: nx.DiGraph) -> None:
    document = run("--json", "mainpath").document
    assert document["arcs"]
    for arc in document["arcs"]:
        assert exported.has_edge(arc["citing"], arc["cited"])
    assert {arc["exact"] for arc in document["arcs"]} == {None}
    for arc in run("--json", "mainpath", "--exact").document["arcs"]:
        assert math.log10(arc["exact"]) == pytest.approx(arc["log10"])
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


def test_communities_are_a_partition_of_the_exported_graph(run: Run, exported: nx.DiGraph) -> None:
    """Every work in one, the modularity as networkx counts it, the same with the same seed."""
    ended = run("--json", "communities")
    assert ended.status == 0, ended.err
    found = ended.document
    assert found["of"].keys() == set(exported)
    groups = [{key for key in exported if found["of"][key] == number} for number in range(found["count"])]
    links = nx.MultiGraph()
    links.add_nodes_from(exported)
    links.add_edges_from(exported.edges)
    assert nx.community.modularity(links, groups) == pytest.approx(found["modularity"], abs=1e-9)
    assert [row["works"] for row in found["communities"]] == sorted(map(len, groups), reverse=True)[:20]
    for row in found["communities"]:
        most = row["most_cited"]["key"]
        assert most in groups[row["community"]]
        assert exported.in_degree(most) == max(map(exported.in_degree, groups[row["community"]]))
    assert run("--json", "communities").document == found
    assert run("communities", "--method", "louvain", "--resolution", "0.5").status == 0


@pytest.mark.parametrize("kind", ["cocitation", "coupling"])
def test_communities_of_works_that_share_something(run: Run, exported: nx.DiGraph, kind: str) -> None:
    """Works are in one community only if they are joined by works that cite both, or by shared references."""
    near = exported.predecessors if kind == "cocitation" else exported.successors
    links = nx.Graph()
    links.add_nodes_from(exported)
    for middle in exported:
        others = list(exported.successors(middle) if kind == "cocitation" else exported.predecessors(middle))
        nx.add_path(links, others)
    parts = {key: number for number, part in enumerate(nx.connected_components(links)) for key in part}
    ended = run("--json", "communities", "--network", kind, "--strength", "cosine")
    assert ended.status == 0, ended.err
    together: dict[int, set[int]] = {}
    for key, number in ended.document["of"].items():
        together.setdefault(number, set()).add(parts[key])
    assert {len(each) for each in together.values()} == {1}
    assert ended.document["unlinked"] == sum(
        1 for key in exported if not any(len(list(_beside(exported, other, kind))) > 1 for other in near(key))
    )
    refused = run("communities", "--network", kind, "--strength", "fractional")
    assert refused.status == 2
    one_sentence(refused.err)


def _beside(exported: nx.DiGraph, middle: str, kind: str) -> Iterable[str]:
    found: Iterable[str] = exported.successors(middle) if kind == "cocitation" else exported.predecessors(middle)
    return found


def test_circles_of_citations_are_listed(run: Run, exported: nx.DiGraph) -> None:
    found = run("--json", "cycles").document
    circles = {frozenset(part) for part in nx.strongly_connected_components(exported) if len(part) > 1}
    assert {frozenset(cycle["works"]) for cycle in found["cycles"]} == circles
    assert {tuple(pair) for cycle in found["cycles"] for pair in cycle["citations"]} == {
        pair for part in circles for pair in exported.subgraph(part).edges
    }
    assert found["loops"] == []
    assert run("cycles").status == 0


def test_years_count_works_and_citations(run: Run, exported: nx.DiGraph) -> None:
    found = run("--json", "years").document
    years = Counter(exported.nodes[key].get("year") for key in exported)
    assert {row["year"]: row["works"] for row in found["years"] if row["works"]} == {
        year: count for year, count in years.items() if year
    }
    assert found["works_without_year"] == years[None]
    made = Counter(exported.nodes[citing].get("year") for citing, _ in exported.edges)
    del made[None]
    ages = [
        exported.nodes[citing]["year"] - exported.nodes[cited]["year"]
        for citing, cited in exported.edges
        if "year" in exported.nodes[citing] and "year" in exported.nodes[cited]
    ]
    assert found["median_age"] == median(ages)
    newest = max(row["year"] for row in found["years"] if row["citing_half_life"] is not None)
    lags = [
        data["lag"]
        for citing, _, data in exported.edges(data=True)
        if "lag" in data and exported.nodes[citing]["year"] == newest
    ]
    assert found["years"][[row["year"] for row in found["years"]].index(newest)]["citing_half_life"] == median(lags)
    assert {row["year"]: row["citations_made"] for row in found["years"] if row["citations_made"]} == made
    assert run("years").status == 0


def test_sleeping_beauties_are_listed_with_their_awakening(run: Run, exported: nx.DiGraph) -> None:
    found = run("--json", "sleeping-beauties").document["works"]
    beauties = [work["beauty"] for work in found]
    assert len(beauties) > 1
    assert beauties == sorted(beauties, reverse=True)
    for work in found:
        assert work["beauty"] > 0
        assert work["awakening"] > work["year"] == exported.nodes[work["key"]]["year"]
    assert run("sleeping-beauties").status == 0


def test_where_narrows_every_question(run: Run, exported: nx.DiGraph) -> None:
    """Only works that satisfy it are listed, and `missing` counts the citations of those alone."""
    recent = {key for key in exported if exported.nodes[key].get("year", 0) >= 2015}
    where = ("--where", "year:2015-")
    cited = max(exported, key=lambda key: (len(recent & set(exported.predecessors(key))), key))
    found = run("--json", "cited-by", cited, *where).document["works"]
    assert {work["key"] for work in found} == recent & set(exported.predecessors(cited))
    citing = max(exported, key=lambda key: (len(recent & set(exported.successors(key))), key))
    document = run("--json", "references", citing, *where).document
    assert {work["key"] for work in document["references"]} == recent & set(exported.successors(citing)) != set()
    assert document["unmatched"] == []
    lacking = run("--json", "missing", *where).document["works"]
    assert lacking != run("--json", "missing").document["works"]
    for work in lacking:
        assert work["cited_here"] == len(recent & set(exported.predecessors(work["key"]))) > 0
    other = max(set(exported.predecessors(cited)), key=str)
    document = run("--json", "common", cited, other, *where).document
    assert {work["key"] for side in ("cited_by_both", "citing_both") for work in document[side]} <= recent
    for way in run("--json", "path", cited, TRIAL, *where).document["paths"]:
        assert {work["key"] for work in way} <= recent | {cited, f"doi:{TRIAL}"}
