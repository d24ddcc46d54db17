"""Co-citation, coupling, co-authorship, keywords and the works nearest to one, against their definitions."""

import csv
import json
import lzma
import math
import os
import random
from collections import Counter
from fractions import Fraction
from itertools import combinations, pairwise, product
from pathlib import Path
from typing import Any

import igraph
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import CitationGraph, build
from graph.similarity import (
    Network,
    coauthorship,
    cocitation,
    coupling,
    keyword_cooccurrence,
    keywords_plus,
    overlap,
    similar,
)
from harvester.model import Citation, Node

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared")) / "data"

CORPORA = {"Oud_2018": 4071, "Jeyaraman_2020": 6645, "Donners_2021": 801, "Nelson_2002": 364}
"""The recorded review corpora, with the citations among their works."""

Lists = dict[str, set[str]]
Pairs = list[tuple[str, str]]
Papers = list[tuple[str, list[str | None]]]


def graph_of(pairs: Pairs, works: str = "") -> CitationGraph:
    keys = sorted({*works, *(key for pair in pairs for key in pair)})
    return build(map(Node, keys), [Citation(citing, cited, ("test",)) for citing, cited in pairs])


def shown(network: Network) -> dict[tuple[str, str], tuple[int, float]]:
    """The links by the names of their ends; also that they are in order and none stands twice."""
    places = list(zip(network.first.tolist(), network.second.tolist(), strict=True))
    assert all(first < second for first, second in places)
    assert all(one < other for one, other in pairwise(places))
    assert list(network.keys) == sorted(set(network.keys))
    return {
        (network.keys[first], network.keys[second]): (count, weight)
        for (first, second), count, weight in zip(
            places, network.counts.tolist(), network.weights.tolist(), strict=True
        )
    }


def same(one: Network, other: Network) -> bool:
    """Equal to the bit."""
    columns = ("occurrences", "first", "second", "counts", "weights")
    values = ("keys", "measure", "least", "hub", "left_out")
    return all(getattr(one, name) == getattr(other, name) for name in values) and all(
        getattr(one, name).tobytes() == getattr(other, name).tobytes()
        and getattr(one, name).dtype == getattr(other, name).dtype
        for name in columns
    )


MEASURES = {
    "count": lambda c, s, t: c,
    "cosine": lambda c, s, t: c / math.sqrt(s * t),
    "jaccard": lambda c, s, t: c / (s + t - c),
    "association": lambda c, s, t: c / (s * t),
}


def expected(lists: Lists, measure: str, least: int) -> dict[tuple[str, str], tuple[int, float]]:
    """Straight from the definitions: what each two sets have in common, weighed."""
    return {
        (one, other): (common, MEASURES[measure](common, len(lists[one]), len(lists[other])))
        for one, other in combinations(sorted(lists), 2)
        if (common := len(lists[one] & lists[other])) >= least
    }


def citing_lists(pairs: Pairs, keys: tuple[str, ...]) -> tuple[Lists, Lists]:
    """The references of each work, and the works that cite it."""
    return (
        {key: {cited for citing, cited in pairs if citing == key != cited} for key in keys},
        {key: {citing for citing, cited in pairs if cited == key != citing} for key in keys},
    )


WORKS = "abcdefgh"
PAIRS = st.lists(st.tuples(st.sampled_from(WORKS), st.sampled_from(WORKS)), max_size=40)
BOUNDS = st.none() | st.integers(1, 6)


@settings(max_examples=700, deadline=None)
@given(PAIRS, st.sampled_from(sorted(MEASURES)), st.integers(1, 4), BOUNDS)
def test_coupling_is_what_two_reference_lists_have_in_common(
    pairs: Pairs, measure: Any, least: int, hub: int | None
) -> None:
    """Kessler's count, and the measures of it, over random graphs with cycles, loops and repeats."""
    graph = graph_of(pairs, WORKS)
    references, citing = citing_lists(pairs, graph.keys)
    left_out = {key for key in graph.keys if hub is not None and len(citing[key]) > hub}
    lists = {key: cited - left_out for key, cited in references.items()}
    network = coupling(graph, measure=measure, least=least, hub=hub)
    assert shown(network) == expected(lists, measure, least)
    assert network.left_out == tuple(sorted(left_out))
    assert network.keys == graph.keys
    assert network.occurrences.tolist() == [len(lists[key]) for key in graph.keys]


@settings(max_examples=700, deadline=None)
@given(PAIRS, st.sampled_from(sorted(MEASURES)), st.integers(1, 4), BOUNDS, st.none() | st.integers(1, 10))
def test_cocitation_is_what_the_lists_of_citing_works_have_in_common(
    pairs: Pairs, measure: Any, least: int, hub: int | None, most_cited: int | None
) -> None:
    """Small's count among the most cited works, ties going by key."""
    graph = graph_of(pairs, WORKS)
    references, citing = citing_lists(pairs, graph.keys)
    left_out = {key for key in graph.keys if hub is not None and len(references[key]) > hub}
    ranked = sorted(graph.keys, key=lambda key: (-len(citing[key]), key))[:most_cited]
    lists = {key: citing[key] - left_out for key in ranked}
    network = cocitation(graph, measure=measure, least=least, hub=hub, most_cited=most_cited)
    assert shown(network) == expected(lists, measure, least)
    assert network.left_out == tuple(sorted(left_out))
    assert network.keys == tuple(sorted(ranked))
    assert network.occurrences.tolist() == [len(lists[key]) for key in network.keys]


@settings(max_examples=200, deadline=None)
@given(PAIRS, st.integers(1, 30), st.integers(1, 9), st.integers(1, 3))
def test_a_product_in_blocks_is_the_product(pairs: Pairs, block: int, parts: int, least: int) -> None:
    """However small the blocks and however often the matrix is cut, the network is the same to the bit."""
    graph = graph_of(pairs, WORKS)
    works = [(key, graph.references(key)) for key in graph.keys]
    whole = [make(graph, least=least) for make in (coupling, cocitation)]
    whole.append(coauthorship(works, least=least, measure="fractional"))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(overlap, "BLOCK", block)
        patch.setattr(overlap, "PARTS", parts)
        pieces = [make(graph, least=least) for make in (coupling, cocitation)]
        pieces.append(coauthorship(works, least=least, measure="fractional"))
    assert all(same(one, other) for one, other in zip(whole, pieces, strict=True))


@pytest.mark.parametrize("block", [1, 100, 5_000, 10**9])
def test_blocks_are_bounded_and_leave_out_no_row(block: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """A block of more than one row can give no more entries than a block may."""
    monkeypatch.setattr(overlap, "BLOCK", block)
    lists = [sorted(random.Random(seed).sample(range(60), seed % 20 + 1)) for seed in range(300)]
    indptr = np.cumsum([0, *map(len, lists)])
    indices = np.concatenate(lists).astype(np.int32)
    sizes = Counter(indices.tolist())
    plan = overlap._plan(indptr, indices, 60)
    blocks = [pair for part, starts in plan for pair in pairwise(starts)]
    assert [part for part, starts in plan] == [starts[0] for part, starts in plan]
    assert [row for start, stop in blocks for row in range(start, stop)] == list(range(300))
    for start, stop in blocks:
        most = sum(min(300, sum(sizes[column] for column in lists[row])) for row in range(start, stop))
        assert stop == start + 1 or most <= block


def test_counts_go_beyond_eight_bits() -> None:
    """Two works that share 300 references share 300, though the matrix of citations is of single bytes."""
    pairs = [(citing, f"r{number:03}") for citing in ("w1", "w2") for number in range(300)]
    graph = graph_of(pairs)
    assert shown(coupling(graph)) == {("w1", "w2"): (300, 300.0)}
    turned = graph_of([(cited, citing) for citing, cited in pairs])
    assert shown(cocitation(turned, measure="jaccard")) == {("w1", "w2"): (300, 1.0)}


@pytest.mark.parametrize("pairs", [[], [("a", "b")], [("a", "b"), ("b", "a")]], ids=["none", "one", "cycle"])
def test_graphs_without_pairs_give_networks_without_links(pairs: Pairs) -> None:
    """No citations, one, and two works that cite each other."""
    for works in ("", "ab"):
        graph = graph_of(pairs, works)
        for network in (coupling(graph), cocitation(graph), cocitation(graph, most_cited=5, measure="cosine")):
            assert shown(network) == {}
            assert network.keys == graph.keys
            assert network.total_strength.tolist() == network.links.tolist() == [0] * len(graph)
            assert network.total_strength.dtype == np.float64
            assert len(network.connected()) == 0


def test_a_network_without_its_single_nodes_has_the_same_links() -> None:
    """What `connected` leaves out is the nodes that have no link, and nothing else."""
    network = coupling(graph_of([("a", "x"), ("c", "x"), ("c", "y"), ("d", "y"), ("b", "z")]), measure="cosine")
    connected = network.connected()
    assert connected.keys == ("a", "c", "d")
    assert shown(connected) == shown(network)
    assert connected.occurrences.tolist() == [1, 2, 1]
    assert connected.links.tolist() == [1, 2, 1]
    assert connected.total_strength.sum() == pytest.approx(2 * network.weights.sum())


def test_a_network_cannot_be_written_to() -> None:
    """Its columns are read-only, whatever made them, and the graph stays as it was."""
    graph = graph_of([("a", "x"), ("b", "x")])
    for network in (coupling(graph), coupling(graph).connected(), coauthorship([("p", ["a", "b"])])):
        for name in ("occurrences", "first", "second", "counts", "weights"):
            with pytest.raises(ValueError, match="read-only"):
                getattr(network, name)[0] = 0
    with pytest.raises(AttributeError):
        network.least = 2  # type: ignore[misc]  # that is the claim


@pytest.mark.parametrize("bound", ["least", "hub", "most_cited"])
def test_bounds_below_one_are_refused_by_name(bound: str) -> None:
    """Zero shared references would link every pair of works."""
    with pytest.raises(ValueError, match=f"{bound} is at least 1, not 0"):
        cocitation(graph_of([("a", "b")]), **{bound: 0})  # type: ignore[arg-type]  # one name at a time


def test_unknown_measures_are_refused_with_those_there_are() -> None:
    """Fractional counting is of authors and keywords; a network of citations has none."""
    graph: Any = graph_of([("a", "b")])
    for make in (coupling, cocitation):
        with pytest.raises(ValueError, match=r"'fractional'; there are count, cosine, jaccard, association$"):
            make(graph, measure="fractional")
    with pytest.raises(ValueError, match="'salton'"):
        coauthorship([], measure="salton")  # type: ignore[arg-type]  # that is the claim


def corpus(name: str) -> CitationGraph:
    path = SHARED / "openalex" / f"{name}_works.jsonl.xz"
    if not path.is_file():
        pytest.skip("the recorded OpenAlex corpora are not beside the repository (HARVESTER_SHARED)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        works = {work["id"]: work["referenced_works"] for work in map(json.loads, lines)}
    pairs = [(citing, cited) for citing, all_cited in works.items() for cited in all_cited if cited in works]
    return build(map(Node, works), [Citation(*pair, ("openalex",)) for pair in pairs])


@pytest.mark.parametrize("name", CORPORA)
def test_igraph_counts_the_same_in_real_reviews(name: str) -> None:
    """Coupling and co-citation of recorded corpora are those of another library."""
    graph = corpus(name)
    assert graph.citations + graph.loops == CORPORA[name]
    other = igraph.Graph(n=len(graph), edges=[edge[:2] for edge in graph.edges()], directed=True)
    for network, theirs in ((coupling(graph), other.bibcoupling()), (cocitation(graph), other.cocitation())):
        table = np.triu(np.array(theirs, dtype=np.int64), 1)
        ours = np.zeros_like(table)
        ours[network.first, network.second] = network.counts
        assert (ours == table).all()
        assert len(network.counts) == np.count_nonzero(table)


@pytest.mark.parametrize("name", CORPORA)
def test_nearest_works_in_real_reviews_agree_with_the_networks(name: str) -> None:
    """What a work has in common with others, in the networks and by itself, for works of a recorded corpus."""
    graph = corpus(name)
    near: dict[str, dict[str, tuple[int, int]]] = {key: {} for key in graph.keys}
    coupled, cocited = shown(coupling(graph)), shown(cocitation(graph))
    for first, second in coupled.keys() | cocited.keys():
        both = (coupled.get((first, second), (0, 0))[0], cocited.get((first, second), (0, 0))[0])
        near[first][second] = near[second][first] = both
    for key in graph.keys[:: max(1, len(graph) // 150)]:
        found = similar(graph, key, limit=len(graph))
        assert {each.key: (len(each.shared_references), len(each.citing_both)) for each in found} == near[key]
        assert [each.key for each in similar(graph, key, limit=5)] == [each.key for each in found[:5]]


# -- co-authorship and keywords ---------------------------------------------------------------------------------


def test_totals_are_those_of_vosviewer() -> None:
    """The total link strength and number of links in VOSviewer's own map are ours of the links in its network."""
    folder = SHARED / "graphfiles"
    if not folder.is_dir():
        pytest.skip("VOSviewer's map and network are not beside the repository (HARVESTER_SHARED)")
    stem = "QSS_SM_2020-2021_co-authorship"
    with (folder / f"{stem}_map.txt").open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.DictReader(lines, delimiter="\t"))
    links = (folder / f"{stem}_network.txt").read_text(encoding="utf-8-sig").split("\n")
    # A link of strength 3 is three works by the two authors and nobody else.
    works = [
        (f"{number}.{copy}", line.split()[:2])
        for number, line in enumerate(filter(None, links))
        for copy in range(int(line.split()[2]))
    ]
    authors = coauthorship(works)
    assert len(authors.counts) == 225
    assert set(authors.keys) == {row["id"] for row in rows}
    totals = dict(zip(authors.keys, authors.total_strength.tolist(), strict=True))
    partners = dict(zip(authors.keys, authors.links.tolist(), strict=True))
    assert totals == {row["id"]: float(row["weight<Total link strength>"]) for row in rows}
    assert partners == {row["id"]: int(row["weight<Links>"]) for row in rows}


NAMES = st.lists(st.sampled_from([*"ABCDEF", None, "", " "]), max_size=6)
PAPERS = st.lists(NAMES, max_size=8).map(lambda papers: [(f"p{number}", names) for number, names in enumerate(papers)])


@settings(max_examples=700, deadline=None)
@given(
    PAPERS,
    st.sampled_from([*MEASURES, "fractional"]),
    st.integers(1, 3),
    st.integers(1, 3),
    BOUNDS,
    st.integers(0, 99).map(random.Random),
)
def test_coauthorship_follows_the_formulas(
    papers: Papers,
    measure: Any,
    least: int,
    least_works: int,
    hub: int | None,
    shuffler: random.Random,
) -> None:
    """Full and fractional counts are the sums of Perianes-Rodriguez and others, in any order of the works."""
    known = {key: {name for name in names if name and name.strip()} for key, names in papers}
    size = {key: len(known[key]) + sum(not (name and name.strip()) for name in names) for key, names in papers}
    left_out = {key for key in size if hub is not None and size[key] > hub}
    written = {
        name: {key for key, names in known.items() if name in names and key not in left_out}
        for name in {name for names in known.values() for name in names}
    }
    written = {name: keys for name, keys in written.items() if len(keys) >= least_works}
    wanted: dict[tuple[str, str], tuple[int, float]]
    if measure == "fractional":
        wanted = {
            pair: (count, float(sum(Fraction(1, size[key] - 1) for key in written[pair[0]] & written[pair[1]])))
            for pair, (count, _) in expected(written, "count", least).items()
        }
    else:
        wanted = expected(written, measure, least)
    network = coauthorship(papers, measure=measure, least=least, least_works=least_works, hub=hub)
    assert {pair: count for pair, (count, _) in shown(network).items()} == {
        pair: count for pair, (count, _) in wanted.items()
    }
    assert {pair: weight for pair, (_, weight) in shown(network).items()} == pytest.approx(
        {pair: weight for pair, (_, weight) in wanted.items()}
    )
    assert dict(zip(network.keys, network.occurrences.tolist(), strict=True)) == {
        name: len(keys) for name, keys in written.items()
    }
    assert network.left_out == tuple(sorted(left_out))
    shuffled = [(key, shuffler.sample(names, len(names))) for key, names in shuffler.sample(papers, len(papers))]
    again = coauthorship(shuffled, measure=measure, least=least, least_works=least_works, hub=hub)
    assert same(network, again)


def test_fractions_give_each_author_one_for_each_work_written_with_others() -> None:
    """The reason for fractional counting: a work weighs the same for its author, however many wrote it."""
    papers = [("alone", ["A"]), ("two", ["A", "B"]), ("eleven", [*"ABCDEFGHIJK"])]
    network = coauthorship(papers, measure="fractional")
    assert dict(zip(network.keys, network.total_strength.round(12).tolist(), strict=True)) == {
        "A": 2,
        "B": 2,
        **dict.fromkeys("CDEFGHIJK", 1),
    }
    # VOSviewer's manual: with ten co-authors, each of the ten links has a strength of 1/10.
    assert shown(network)["J", "K"][1] == pytest.approx(1 / 10)


def test_authors_are_joined_on_what_the_caller_gives_and_nothing_else() -> None:
    """Spellings stay apart, and those without an identity are never one person."""
    papers: Papers = [("p1", ["Smith J", "Smith, J.", None]), ("p2", ["smith j", None, ""]), ("p3", ["Smith J"])]
    network = coauthorship(papers, measure="fractional")
    assert network.keys == ("Smith J", "Smith, J.", "smith j")
    assert shown(network) == {("Smith J", "Smith, J."): (1, 0.5)}
    assert network.occurrences.tolist() == [2, 1, 1]


def test_works_of_thousands_of_authors_can_be_left_out_and_are_named() -> None:
    """One such work has millions of pairs, which say nothing of who works with whom."""
    crowd = [f"author {number:04}" for number in range(3000)]
    network = coauthorship([("collaboration", crowd), ("paper", crowd[:2])], hub=25)
    assert network.left_out == ("collaboration",)
    assert shown(network) == {("author 0000", "author 0001"): (1, 1.0)}
    assert network.keys == ("author 0000", "author 0001")
    assert len(coauthorship([("collaboration", crowd)]).counts) == 3000 * 2999 // 2


def test_broken_lists_of_works_are_refused() -> None:
    """A key given twice would count its authors twice, and a string is not a list of names."""
    with pytest.raises(ValueError, match="two works have the key 'p'"):
        coauthorship([("p", ["A"]), ("q", []), ("p", ["B"])])
    with pytest.raises(TypeError, match="not one string: 'Smith'"):
        coauthorship([("p", "Smith")])
    with pytest.raises(TypeError, match="not one string: 'stigma'"):
        keyword_cooccurrence([("p", "stigma")])
    with pytest.raises(ValueError, match="least_works is at least 1"):
        keyword_cooccurrence([], least_works=0)


def test_no_works_give_an_empty_network() -> None:
    """So do works without authors."""
    given: list[Papers] = [[], [("p", [])], [("p", [None])]]
    for papers in given:
        network = coauthorship(papers, measure="fractional")
        assert (network.keys, shown(network)) == ((), {})


def test_keywords_are_one_in_any_case_spacing_and_composition() -> None:
    """But not in another form of the word, and a blank one is none."""
    papers = [
        ("p1", ["Peer  Support", "caf\u00e9", " "]),
        ("p2", ["peer support", "CAFE\u0301", "Peer support"]),
        ("p3", ["peer supports", "peer support\n"]),
    ]
    network = keyword_cooccurrence(papers, measure="fractional")
    assert network.keys == ("café", "peer support", "peer supports")
    assert shown(network) == {("café", "peer support"): (2, 2.0), ("peer support", "peer supports"): (1, 1.0)}
    assert network.occurrences.tolist() == [2, 3, 1]


# -- the nearest works --------------------------------------------------------------------------------------------


@settings(max_examples=700, deadline=None)
@given(PAIRS, st.sampled_from(WORKS), st.integers(1, 9), st.integers(1, 4))
def test_the_nearest_works_are_those_of_the_definition(pairs: Pairs, key: str, limit: int, least: int) -> None:
    """Scores, reasons, order and ties, over random graphs with cycles."""
    graph = graph_of(pairs, WORKS)
    references, citing = citing_lists(pairs, graph.keys)

    def cosine(lists: Lists, other: str) -> float:
        both = lists[key] & lists[other]
        return len(both) / math.sqrt((len(lists[key]) + 5) * (len(lists[other]) + 5))

    wanted = [
        ((cosine(references, other) + cosine(citing, other)) / 2, other)
        for other in graph.keys
        if other != key and len(references[key] & references[other]) + len(citing[key] & citing[other]) >= least
    ]
    wanted.sort(key=lambda each: (-each[0], each[1]))
    found = similar(graph, key, limit=limit, least=least)
    assert [(near.score, near.key) for near in found] == wanted[:limit]
    for near in found:
        assert near.shared_references == tuple(sorted(references[key] & references[near.key]))
        assert near.citing_both == tuple(sorted(citing[key] & citing[near.key]))
        assert (near.coupling, near.cocitation) == (cosine(references, near.key), cosine(citing, near.key))


def test_one_chance_meeting_is_no_likeness() -> None:
    """A work cited by one work alone comes after one that is cited with this one twice."""
    pairs = [(citing, "a") for citing in "defg"] + [(citing, "b") for citing in "fghijklmn"] + [("d", "c")]
    # By Salton's cosine it would be 1 / √(4 · 1) for c before 2 / √(4 · 9) for b.
    assert [near.key for near in similar(graph_of(pairs), "a")] == ["b", "c"]


def test_ties_for_the_last_place_go_by_key() -> None:
    """A hundred works alike: the first by key are given, though only some of them are sorted."""
    pairs = [(f"w{number:03}", "x") for number in range(100)]
    assert [near.key for near in similar(graph_of(pairs), "w050", limit=3)] == ["w000", "w001", "w002"]


def test_a_work_without_company_has_no_neighbours() -> None:
    """No citations, or citations that nobody shares; and a work that is not there is a KeyError."""
    graph = graph_of([("a", "b")], "abc")
    assert [similar(graph, key) for key in "abc"] == [[], [], []]
    with pytest.raises(KeyError):
        similar(graph, "d")
    with pytest.raises(ValueError, match="limit is at least 1"):
        similar(graph, "a", limit=0)


# -- Keywords Plus ------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("titles", "found"),
    [
        ([], []),
        (["Peer support"], []),
        (["Peer support", ""], []),
        (["Peer support", "PEER SUPPORT works"], [("peer support", 2)]),
        (["Peer support", "Peer support", "Peer review"], [("peer support", 2), ("peer", 3)]),
        (["Support of peers", "Support for peers"], [("peers", 2), ("support", 2)]),
        (["Stigma: recovery", "stigma recovery"], [("recovery", 2), ("stigma", 2)]),
        (["Self\u2010help groups", "self-help groups"], [("self-help groups", 2)]),
        (["Women\u2019s health", "women's health"], [("women's health", 2)]),
        (["Type 2 diabetes", "type 2 diabetes in 2019", "2019"], [("type 2 diabetes", 2)]),
        (["the of and", "the of and"], []),
        (["2020 b", "2020. b"], []),
        (["'Recovery' - a vision", "\u201cRecovery\u201d"], [("recovery", 2)]),
        (["Recovery\u2014peer support", "stress \u2013 peer support"], [("peer support", 2)]),
        (["Kaplan\u2013Meier curves", "Kaplan-Meier"], [("kaplan-meier", 2)]),
        (["Peer-support", "Peer support", "Peer support!"], [("peer support", 3)]),
        (["End-of-life care", "care at the end of life", "End-of-life"], [("care", 2), ("end-of-life", 2)]),
        (["Substance use", "The use of substance use"], [("substance use", 2)]),
        (["抑郁症状", "抑郁症"], [("抑郁症", 2)]),
        (["うつ病のケア", "うつ病"], [("うつ病", 2)]),
        (["co\u00adoperation", "cooperation"], [("cooperation", 2)]),
        (["मानसिक स्वास्थ्य", "मानसिक स्वास्थ्य सेवा"], [("मानसिक स्वास्थ्य", 2)]),
        (
            ["red orange yellow green blue", "red orange yellow green blue"],
            [("orange yellow green blue", 2), ("red orange yellow green", 2)],
        ),
        (["peer support, peer support"], []),
    ],
)
def test_phrases_that_recur_in_titles(titles: list[str], found: list[tuple[str, int]]) -> None:
    """What recurs is counted in titles, the longest form of it is given, and phrases come before words."""
    assert keywords_plus(titles) == found


def test_what_the_work_itself_says_in_its_title_is_not_repeated() -> None:
    """A phrase of the own title is left out; a longer one around it is not."""
    titles = ["Peer support workers", "Peer support workers", "Peer support", "stigma", "Stigma"]
    assert keywords_plus(titles) == [("peer support", 3), ("peer support workers", 2), ("stigma", 2)]
    assert keywords_plus(titles, own_title="PEER SUPPORT and stigma") == [("peer support workers", 2)]


def test_other_languages_bring_their_own_stop_words() -> None:
    """They are known of many languages, and may be given; else articles would be the most frequent keywords."""
    titles = ["L'entraide et la santé mentale", "Et la santé mentale"]
    assert ("la santé mentale", 2) not in keywords_plus(titles, stop_words={"et", "la"})
    assert keywords_plus(titles, stop_words={"et", "la"}) == [("santé mentale", 2)]
    assert keywords_plus(titles) == [("santé mentale", 2)]


def test_one_title_in_place_of_the_list_is_refused() -> None:
    """A string is a list of letters, and would give none in silence."""
    with pytest.raises(TypeError, match="not one string"):
        keywords_plus("Peer support")


WORDS = ("peer", "support", "stigma", "2")
EVERY_PHRASE = [" ".join(words) for length in (1, 2, 3, 4) for words in product(WORDS, repeat=length)]
SIMPLE = st.lists(st.sampled_from([*WORDS, "the", "of", "|"]), max_size=9).map(" ".join)


@settings(max_examples=400, deadline=None)
@given(st.lists(SIMPLE, max_size=6), SIMPLE, st.integers(0, 99).map(random.Random))
def test_keywords_plus_are_those_of_the_definition(titles: list[str], own: str, shuffler: random.Random) -> None:
    """Counted naively, by looking for the phrase in each title; the order of the titles does not matter."""

    def says(title: str, phrase: str) -> bool:
        return any(
            f" {phrase} " in f" {run.strip()} " for run in title.replace("the", "|").replace("of", "|").split("|")
        )

    counts = {phrase: count for phrase in EVERY_PHRASE if (count := sum(says(title, phrase) for title in titles)) > 1}
    wanted = {
        phrase: count
        for phrase, count in counts.items()
        if not says(own, phrase)
        and any(character.isalpha() for character in phrase)
        and not any(
            f" {phrase} " in f" {longer} " and other == count and longer != phrase for longer, other in counts.items()
        )
    }
    found = keywords_plus(titles, own_title=own)
    assert dict(found) == wanted
    assert found == sorted(found, key=lambda each: (" " not in each[0], -each[1], each[0].split()))
    assert keywords_plus(shuffler.sample(titles, len(titles)), own_title=own) == found


@settings(max_examples=200, deadline=None)
@given(st.lists(st.text(), max_size=5), st.none() | st.text())
def test_any_text_has_keywords_or_none(titles: list[str], own: str | None) -> None:
    """Whatever the titles hold, each phrase recurs, is short, and stands once in the answer."""
    found = keywords_plus(titles + titles, own_title=own)
    assert len(dict(found)) == len(found)
    assert all(count > 1 and 1 <= len(phrase.split()) <= 4 for phrase, count in found)
