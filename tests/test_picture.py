"""A picture shows what the analyses found, and the command line writes the network that was asked for."""

from itertools import combinations
from pathlib import Path

import networkx as nx
import numpy as np
import pytest
from conftest import DEMO, Run

from graph.build import CitationGraph, build
from graph.communities import communities, labels
from graph.picture import ROOM, citation_picture, network_picture
from graph.similarity import coauthorship
from harvester.model import Citation, Node


@pytest.fixture
def graph() -> CitationGraph:
    """Two fields that cite themselves, three years apart."""
    nodes = [
        Node(f"{field}{number}", title=f"{word} study {number}", year=2000 + number + 10 * (field == "b"))
        for field, word in (("a", "recovery"), ("b", "genomics"))
        for number in range(6)
    ]
    pairs = [(f"{field}{i}", f"{field}{j}") for field in "ab" for j, i in combinations(range(6), 2)]
    return build(nodes, [Citation(*pair, ("crossref",)) for pair in pairs])


def test_works_are_coloured_by_community_named_by_their_titles_and_have_room(graph: CitationGraph) -> None:
    drawing = citation_picture(graph)
    found = communities(graph)
    assert drawing.community is not None
    assert drawing.community.tolist() == found.of.tolist()
    assert drawing.community_labels == tuple(", ".join(terms) for terms in labels(graph.title, found.of, terms=3))
    assert {"recovery" in label for label in drawing.community_labels} == {True, False}
    assert drawing.positions is not None
    apart = [float(np.hypot(*(one - other))) for one, other in combinations(drawing.positions, 2)]
    assert min(apart) > ROOM / 2, "a work is drawn up to 40 wide"


def test_by_year_later_works_are_lower(graph: CitationGraph) -> None:
    drawing = citation_picture(graph, arrangement="year")
    assert drawing.positions is not None
    order = np.argsort(graph.year, kind="stable")
    height = drawing.positions[order, 1]
    assert all(height[later] < height[earlier] for earlier, later in combinations(range(len(order)), 2))


def test_authors_are_called_by_their_names() -> None:
    """Communities of them by the members that occur most."""
    network = coauthorship([("1", ["id:1", "id:2"]), ("2", ["id:1", "id:3"]), ("3", ["id:4", "id:5"])])
    names = {"id:1": "Ann Smith", "id:2": "Bo Li", "id:3": "Cy Dee"}
    drawing = network_picture(network, names=names)
    assert [drawing.label(row) for row in range(5)] == ["Ann Smith", "Bo Li", "Cy Dee", "id:4", "id:5"]
    assert list(drawing.keys) == ["id:1", "id:2", "id:3", "id:4", "id:5"]
    assert drawing.community_labels == ("Ann Smith, Bo Li, Cy Dee", "id:4, id:5")
    assert drawing.positions is not None
    assert len({tuple(place) for place in drawing.positions.tolist()}) == 5


def test_the_network_that_was_asked_for_is_written(run: Run, tmp_path: Path) -> None:
    """Coupling and co-citation are those of the citations, authors those of the works; a picture unless not wanted."""
    assert run("doi", "--from", DEMO / "dois.txt").status == 0
    assert run("export", "citations.graphml", "plain.graphml", "--layout", "none").status == 0
    plain = nx.read_graphml(tmp_path / "plain.graphml")
    assert not any({"x", "y", "size", "community"} & set(told) for _, told in plain.nodes(data=True))
    assert (tmp_path / "plain.graphml").read_bytes() == (tmp_path / "citations.graphml").read_bytes()
    assert run("export", "citations.graphml").status == 0
    drawn = nx.read_graphml(tmp_path / "citations.graphml")
    assert len({(told["x"], told["y"]) for _, told in drawn.nodes(data=True)}) == len(plain)
    assert set(drawn.edges) == set(plain.edges)

    assert run("export", "coupling.graphml", "--network", "coupling", "--least", "2").status == 0
    coupling = nx.read_graphml(tmp_path / "coupling.graphml")
    cited = {key: set(plain.successors(key)) for key in plain}
    citing = [key for key in plain if cited[key]]
    shared = {frozenset(pair): len(cited[pair[0]] & cited[pair[1]]) for pair in combinations(citing, 2)}
    assert {frozenset((one, other)): told["count"] for one, other, told in coupling.edges(data=True)} == {
        pair: count for pair, count in shared.items() if count >= 2
    }

    assert run("export", "authors.graphml", "--network", "coauthor").status == 0
    authors = nx.read_graphml(tmp_path / "authors.graphml")
    works = run("--json", "query", "select count(distinct work) as n from authorships").document["rows"][0]["n"]
    assert works > 0
    named = {row["name"] for row in run("--json", "query", "select name from authorships").document["rows"]}
    assert {told["label"] for _, told in authors.nodes(data=True)} <= {name[:40] for name in named} | named
    assert run("export", "years.gexf", "--network", "coupling", "--layout", "year").status == 2
