"""VOSviewer's files: by its rules, and the same as its own for a network of its own."""

import csv
import html
import io
import json
import lzma
from collections import Counter
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from test_export_gephi import document, drawn, many, networks
from test_export_readers import strict_json
from test_graphml import SHARED, expected_edges, legal

from graph.build import CitationGraph, build
from graph.export import Drawing, citation_drawing, network_drawing
from graph.similarity import Network
from graph.similarity.network import weigh
from harvester.model import Citation, Node

FILES = SHARED / "data" / "graphfiles"
PAIR = "QSS_SM_2020-2021_co-authorship"
COLUMNS = {"id", "label", "description", "url", "x", "y", "cluster"}


def table(content: bytes) -> list[list[str]]:
    """A text file of VOSviewer's: tabs, and quotation marks around a cell or nowhere."""
    text = content.decode("utf-8-sig")
    assert '""' not in text
    return list(csv.reader(io.StringIO(text, newline=""), delimiter="\t", strict=True))


def read_pair(map_file: bytes, network_file: bytes) -> tuple[list[dict[str, str]], dict[tuple[str, str], float]]:
    """The items and the links, strictly: what VOSviewer Online refuses fails (GitHub neesjanvaneck/VOSviewer-Online,
    utils/errors.js), but for maps of fewer than three items."""
    header, *rows = table(map_file)
    assert len(set(header)) == len(header)
    weights = [name for name in header if name.startswith("weight<") and name.endswith(">")]
    scores = [name for name in header if name.startswith("score<") and name.endswith(">")]
    assert set(header) <= COLUMNS | set(weights) | set(scores)
    assert {"id", "label"} <= set(header)
    items = []
    for row in rows:
        assert len(row) == len(header)
        item = dict(zip(header, row, strict=True))
        assert item["label"].strip()
        assert all(float(item[name]) >= 0 for name in weights)
        assert all(np.isfinite(float(item[name])) for name in scores if item[name])
        assert ("x" in item) == ("y" in item)
        assert all(np.isfinite(float(item[axis])) for axis in ("x", "y") if axis in item)
        assert not item.get("cluster") or 1 <= int(item["cluster"]) <= 1000
        items.append(item)
    ids = [item["id"] for item in items]
    assert len(set(ids)) == len(ids)
    links: dict[tuple[str, str], float] = {}
    for first, second, strength in table(network_file):
        assert {first, second} <= set(ids)
        assert first != second
        assert float(strength) > 0
        assert (first, second) not in links
        assert (second, first) not in links
        links[first, second] = float(strength)
    return items, links


def read_json(content: bytes) -> tuple[list[dict[str, Any]], dict[tuple[Any, Any], float]]:
    network = strict_json(content)["network"]
    links = {(link["source_id"], link["target_id"]): link["strength"] for link in network["links"]}
    assert len(links) == len(network["links"])
    return network["items"], links


@many
@given(case=drawn())
def test_citations_become_links(case: tuple[CitationGraph, Drawing]) -> None:
    """A link has the strength 1, or 2 where two works cite each other; the two files and the JSON agree."""
    graph, drawing = case
    items, links = read_pair(document(drawing, ".map.txt"), document(drawing, ".network.txt"))
    row = {key: str(place + 1) for place, key in enumerate(graph.keys)}
    wanted = Counter(frozenset((row[citing], row[cited])) for citing, cited in expected_edges(graph))
    assert {frozenset(pair): strength for pair, strength in links.items()} == wanted
    for item, key in zip(items, graph.keys, strict=True):
        mine = [strength for pair, strength in wanted.items() if item["id"] in pair]
        assert (int(item["weight<Links>"]), float(item["weight<Total link strength>"])) == (len(mine), sum(mine))
        place = graph.position(key)
        assert int(item["weight<Citations in this graph>"]) == len(graph.cited_by(key))
        title, year = legal(graph.title[place]), graph.year[place].item()
        assert "<b>" not in item.get("description", "")
        if title is not None and title.isprintable():
            cell = item["description"].split("<td>Title:</td><td>")[1].split("</td>")[0]
            assert html.unescape(cell).split() == title.replace('"', "'").split()
        assert item["score<Pub. year>"] == ("" if year == -(2**31) else str(year))
    found, same_links = read_json(document(drawing, ".vosviewer.json"))
    assert {(str(first), str(second)): strength for (first, second), strength in same_links.items()} == links
    for one, other in zip(found, items, strict=True):
        assert str(one["id"]) == other["id"]
        assert str(one.get("cluster", "")) == other.get("cluster", "")
        assert {f"weight<{name}>": value for name, value in one["weights"].items()} == {
            name: float(value) for name, value in other.items() if name.startswith("weight<")
        }
        assert one["label"].replace('"', "'") == other["label"]


@many
@given(network=networks())
def test_every_network_is_one_that_vosviewer_takes(network: Network) -> None:
    """Links and their strengths, whatever the names hold: even "NULL" and "2020" are labels and not ids."""
    drawing = network_drawing(network)
    items, links = read_pair(document(drawing, ".map.txt"), document(drawing, ".network.txt"))
    assert [item["id"] for item in items] == [str(row + 1) for row in range(len(network))]
    assert [item["weight<Links>"] for item in items] == [str(each) for each in network.links.tolist()]
    assert list(links.values()) == pytest.approx(network.weights.tolist(), rel=1e-8)
    assert read_json(document(drawing, ".vosviewer.json"))[1].keys() == {(int(a), int(b)) for a, b in links}


def test_vosviewers_own_network_comes_out_as_it_went_in() -> None:
    """Links, total link strengths, clusters and the proportions of the picture, of a map that VOSviewer made."""
    if not (FILES / f"{PAIR}_map.txt").exists():
        pytest.skip("VOSviewer's files of a co-authorship network are not on this machine")
    theirs, links = read_pair((FILES / f"{PAIR}_map.txt").read_bytes(), (FILES / f"{PAIR}_network.txt").read_bytes())
    theirs.sort(key=lambda item: item["label"])
    row = {item["id"]: place for place, item in enumerate(theirs)}
    pairs = sorted((*sorted((row[a], row[b])), strength) for (a, b), strength in links.items())
    first, second, counts = (np.array([pair[end] for pair in pairs], dtype=np.int32) for end in range(3))
    network = weigh(
        tuple(item["label"] for item in theirs),
        np.array([int(item["weight<Documents>"]) for item in theirs]),
        (first, second, counts),
        measure="count",
        least=1,
        hub=None,
        left_out=(),
    )
    places = np.array([(float(item["x"]), float(item["y"])) for item in theirs])
    drawing = network_drawing(network, community=[int(item["cluster"]) - 1 for item in theirs], positions=places)
    ours, our_links = read_pair(document(drawing, ".map.txt"), document(drawing, ".network.txt"))
    same = ("label", "cluster", "weight<Links>", "weight<Total link strength>")
    assert [[item[name] for name in same] for item in ours] == [[item[name] for name in same] for item in theirs]
    assert [item["weight<Occurrences>"] for item in ours] == [item["weight<Documents>"] for item in theirs]
    assert {(int(a) - 1, int(b) - 1): s for (a, b), s in our_links.items()} == {(a, b): s for a, b, s in pairs}
    drawn_places = np.array([(float(item["x"]), float(item["y"])) for item in ours])
    reach = np.ptp(places, axis=0).max()
    assert np.abs(np.diff(drawn_places, axis=0) - np.diff(places, axis=0) * 2 / reach).max() < 1e-3
    with lzma.open(FILES / f"{PAIR}_network.json.xz") as file:
        network_json = json.loads(file.read().decode("utf-8-sig"))["network"]
    items, json_links = read_json(document(drawing, ".vosviewer.json"))
    assert len(json_links) == len(network_json["links"])
    wanted = {item["label"]: item["weights"] for item in network_json["items"]}
    for item in items:
        for name in ("Links", "Total link strength"):
            assert item["weights"][name] == wanted[item["label"]][name]


def test_clusters_beyond_the_thousandth_are_none() -> None:
    """VOSviewer has a thousand; those that have names are listed with them."""
    graph = build([Node("a"), Node("b"), Node("c")], [Citation("a", "b", ("crossref",))])
    drawing = citation_drawing(graph, community=[0, 999, 1000], community_labels=["peer support"] + ["x"] * 1000)
    items, _ = read_json(document(drawing, ".vosviewer.json"))
    assert [item.get("cluster") for item in items] == [1, 1000, None]
    clusters = strict_json(document(drawing, ".vosviewer.json"))["network"]["clusters"]
    assert clusters[0] == {"cluster": 1, "label": "peer support"}
    assert len(clusters) == 1000


def test_positions_that_are_all_the_same_are_left_out() -> None:
    """VOSviewer Online refuses such a map, and makes a layout of its own for one without positions."""
    graph = build([Node("a"), Node("b")], [])
    header, *_ = table(document(citation_drawing(graph, positions=[(1, 1), (1, 1)]), ".map.txt"))
    assert "x" not in header


def test_a_description_links_and_runs_nothing() -> None:
    """Markup in a title is text in the one column that VOSviewer shows as HTML; addresses have no spaces."""
    node = Node("a", title='<img src=x onerror="alert(1)">', doi="10.1/a b\t<c>", openalex="W1")
    items, _ = read_pair(
        *(document(citation_drawing(build([node], [])), each) for each in (".map.txt", ".network.txt"))
    )
    assert (
        items[0]["description"]
        == "<table><tr><td>Title:</td><td>&lt;img src=x onerror='alert(1)'&gt;</td></tr></table>"
    )
    assert items[0]["url"] == "https://doi.org/10.1/a%20b%09%3Cc%3E"


def test_a_retracted_work_says_so() -> None:
    """The description is the only place of a map for it; of the others nothing is said."""
    graph = build([Node("a", title="One", is_retracted=True), Node("b", title="Other")], [])
    items, _ = read_pair(*(document(citation_drawing(graph), each) for each in (".map.txt", ".network.txt")))
    assert [("<td>Retracted:</td><td>yes</td>" in item["description"]) for item in items] == [True, False]
