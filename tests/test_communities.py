"""Communities are those of the papers, of two other libraries and of brute force, and the same each time."""

import json
import lzma
import math
import os
import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import igraph
import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import CitationGraph, build
from graph.communities import Communities, Method, communities, labels, modularity, of_network
from graph.communities.naming import _log_likelihood
from harvester.model import Citation, Node

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
METHODS: list[Method] = ["leiden", "louvain"]
Network = tuple[int, list[tuple[int, int, int]]]


def graph_of(size: int, edges: list[tuple[int, int]]) -> CitationGraph:
    """A graph of works "000000", "000001", ... whose rows are the numbers in `edges`."""
    return build(
        (Node(f"{number:06}") for number in range(size)),
        (Citation(f"{citing:06}", f"{cited:06}", ("crossref",)) for citing, cited in edges),
    )


def planted(blocks: int, works: int, *, inside: float, across: float, seed: int) -> nx.Graph:
    return nx.planted_partition_graph(blocks, works, inside, across, seed=seed)


def clustered(network: nx.Graph, **options: Any) -> Communities:
    i, j = np.array(network.edges(), dtype=np.int64).reshape(-1, 2).T
    return of_network(len(network), i, j, **options)


def karate() -> nx.Graph:
    """Who met whom outside the club, without the weights that came with it later."""
    return nx.Graph(nx.karate_club_graph().edges())


def pieces(network: nx.Graph, found: Communities) -> Iterator[nx.Graph]:
    for number in range(len(found)):
        yield network.subgraph(np.flatnonzero(found.of == number).tolist())


@st.composite
def networks(draw: st.DrawFn) -> Network:
    """Networks of up to 12 works whose links have weights, some twice and in both directions."""
    size = draw(st.integers(2, 12))
    ends = st.integers(0, size - 1)
    links = draw(st.lists(st.tuples(ends, ends, st.integers(1, 9)), min_size=1, max_size=40))
    return size, [link for link in links if link[0] != link[1]] or [(0, 1, 1)]


def by_definition(network: Network, of: list[int], resolution: float) -> float:
    """Modularity as a sum over all pairs of works."""
    size, links = network
    weight: Counter[tuple[int, int]] = Counter()
    for i, j, w in links:
        weight[i, j] += w
        weight[j, i] += w
    degree = [sum(weight[i, j] for j in range(size)) for i in range(size)]
    twice = sum(degree)
    return math.fsum(
        (weight[i, j] - resolution * degree[i] * degree[j] / twice) / twice
        for i in range(size)
        for j in range(size)
        if of[i] == of[j]
    )


# -- modularity ----------------------------------------------------------------------------------------


@settings(deadline=None)
@given(networks(), st.data(), st.sampled_from([1.0, 0.3, 2.5]))
def test_modularity_is_that_of_the_definition_and_of_two_libraries(
    network: Network, data: st.DataObject, resolution: float
) -> None:
    """Any partition of any network has the modularity that its definition, igraph and networkx give it."""
    size, links = network
    of = data.draw(st.lists(st.integers(0, size - 1), min_size=size, max_size=size))
    i, j, weights = zip(*links, strict=True)
    ours = modularity(i, j, weights, of, resolution=resolution)
    assert ours == pytest.approx(by_definition(network, of, resolution), abs=1e-12)

    other = igraph.Graph(size, list(zip(i, j, strict=True)))
    assert ours == pytest.approx(other.modularity(of, weights=list(weights), resolution=resolution), abs=1e-12)

    third = nx.MultiGraph()
    third.add_nodes_from(range(size))
    third.add_weighted_edges_from(links)
    parts = [{work for work in range(size) if of[work] == number} for number in set(of)]
    assert ours == pytest.approx(nx.community.modularity(third, parts, resolution=resolution), abs=1e-12)


def test_modularity_without_links_is_0() -> None:
    assert modularity([], [], None, [0, 1, 1]) == 0
    assert modularity([0], [1], [0.0], [0, 0]) == 0


@settings(deadline=None, max_examples=200)
@given(networks(), st.sampled_from(METHODS), st.sampled_from([1.0, 0.5, 3.0]), st.integers(0, 5))
def test_the_quality_stated_is_the_modularity_of_the_partition(
    network: Network, method: Method, resolution: float, seed: int
) -> None:
    """It is that of the definition, and not below leaving every work alone or uniting what hangs together."""
    size, links = network
    i, j, weights = zip(*links, strict=True)
    found = of_network(size, i, j, weights, method=method, resolution=resolution, seed=seed)
    assert found.quality == pytest.approx(by_definition(network, found.of.tolist(), resolution), abs=1e-12)
    assert found.quality >= by_definition(network, list(range(size)), resolution) - 1e-12
    assert found.unlinked == size - len({*i, *j})


def partitions(size: int) -> Iterator[list[int]]:
    """Every partition of so many works, once."""

    def grown(of: list[int]) -> Iterator[list[int]]:
        if len(of) == size:
            yield of
            return
        for number in range(max(of, default=-1) + 2):
            yield from grown([*of, number])

    return grown([])


def test_no_partition_of_a_small_network_is_better_than_the_best_of_a_few_seeds() -> None:
    """On 25 networks of 6 works, all 203 partitions tried, Leiden with five seeds finds the largest modularity."""
    dice = random.Random(7)
    for _ in range(25):
        links = [(*dice.sample(range(6), 2), dice.randint(1, 5)) for _ in range(dice.randint(3, 12))]
        i, j, weights = zip(*links, strict=True)
        best = max(modularity(i, j, weights, of) for of in partitions(6))
        found = max(of_network(6, i, j, weights, seed=seed).quality for seed in range(5))
        assert found == pytest.approx(best, abs=1e-12)


# -- the partitions that are known ---------------------------------------------------------------------


@pytest.mark.parametrize("seed", range(20))
def test_the_karate_club_has_its_best_partition(seed: int) -> None:
    """Four communities with modularity 0.4198, which is the largest there is (U. Brandes et al., On Modularity
    Clustering, IEEE Trans. Knowledge and Data Engineering 20, 2008; W. W. Zachary, J. Anthropol. Res. 33, 1977).
    """
    found = clustered(karate(), seed=seed)
    assert (len(found), round(found.quality, 4)) == (4, 0.4198)
    assert found.sizes.tolist() == [12, 11, 6, 5]


def test_louvain_finds_nearly_the_best_partition_of_the_karate_club() -> None:
    """It gets there with some seeds, as the paper of 2008 has it (0.42), and never beyond."""
    found = [clustered(karate(), method="louvain", seed=seed).quality for seed in range(20)]
    assert round(max(found), 4) == 0.4198
    assert min(found) > 0.38


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("seed", range(5))
def test_planted_communities_are_recovered(method: Method, seed: int) -> None:
    """Eight blocks of 30 works, in order, come back as they were planted."""
    found = clustered(planted(8, 30, inside=0.5, across=0.01, seed=seed), method=method, seed=seed)
    assert found.of.tolist() == [block for block in range(8) for _ in range(30)]
    assert found.sizes.tolist() == [30] * 8


@pytest.mark.parametrize("seed", range(5))
def test_cliques_on_a_ring_are_united_unless_the_resolution_is_high(seed: int) -> None:
    """Of thirty cliques of five, pairs have more modularity (0.888) than the cliques apart (0.876): the limit that
    a higher resolution lifts (S. Fortunato, M. Barthelemy, Resolution limit in community detection, PNAS 104, 2007).
    """
    ring = nx.ring_of_cliques(30, 5)
    i, j = np.array(ring.edges()).T
    cliques = np.arange(150) // 5
    assert round(modularity(i, j, None, cliques), 3) == 0.876
    assert round(modularity(i, j, None, cliques // 2), 3) == 0.888
    assert 0.876 < clustered(ring, seed=seed).quality < 0.8885
    assert clustered(ring, resolution=2.0, seed=seed).of.tolist() == cliques.tolist()


def test_a_higher_resolution_gives_more_communities() -> None:
    network = planted(6, 20, inside=0.4, across=0.05, seed=3)
    numbers = [len(clustered(network, resolution=resolution)) for resolution in (0.05, 0.5, 1, 2, 4, 8, 1e6)]
    assert numbers == sorted(numbers)
    assert numbers[0] == 1
    assert len(set(numbers)) >= 5
    assert numbers[-1] == 120


@pytest.mark.parametrize("weighted", [False, True])
def test_communities_of_leiden_are_connected(weighted: bool) -> None:
    """What the paper of 2019 promises, on 300 random networks, sparse and dense, at four resolutions."""
    dice = np.random.default_rng(19)
    for number in range(300):
        network = nx.gnm_random_graph(int(dice.integers(2, 70)), int(dice.integers(1, 160)), seed=number)
        weights = dice.random(network.number_of_edges()) if weighted else None
        found = clustered(network, weights=weights, resolution=[0.2, 0.7, 1, 3][number % 4], seed=number)
        assert all(nx.is_connected(piece) for piece in pieces(network, found))


# -- the same each time --------------------------------------------------------------------------------

SCRIPT = """
import hashlib, random
from graph.communities import communities, labels
from graph.build import build
from harvester.model import Citation, Node
dice = random.Random(5)
words = [f"word{number}" for number in range(50)]
works = {Node(f"k{number:04}", title=" ".join(dice.choices(words, k=6))) for number in range(1500)}
keys = sorted(work.key for work in works)
pairs = {(a, b) for a, b in (dice.sample(keys, 2) for _ in range(5000)) if a > b}
graph = build(works, {Citation(a, b, ("crossref",)) for a, b in pairs})
for method in ("leiden", "louvain"):
    found = communities(graph, method=method, seed=11)
    named = labels(graph.title, found.of)
    print(hashlib.sha256(found.of.tobytes() + repr((found.quality, named)).encode()).hexdigest())
"""


def test_the_same_seed_gives_the_same_answer_in_every_process() -> None:
    """Neither the seed of hashes nor the number of threads changes a bit of it."""
    answers = set()
    for hashes, threads in (("0", "1"), ("1", "2"), ("4242", "7")):
        environment = {**os.environ, "PYTHONHASHSEED": hashes, "OMP_NUM_THREADS": threads}
        script = [sys.executable, "-c", SCRIPT]
        done = subprocess.run(script, env=environment, capture_output=True, text=True, check=True)
        answers.add(done.stdout)
    assert len(answers) == 1
    assert len(set(answers.pop().split())) == 2


@pytest.mark.parametrize("method", METHODS)
def test_seeds_matter_and_answer_alike_in_threads(method: Method) -> None:
    """Two threads that cluster at once get what each would get alone; seeds give several partitions."""
    network = nx.gnm_random_graph(80, 200, seed=1)

    def answer(seed: int) -> tuple[int, ...]:
        return tuple(clustered(network, method=method, seed=seed).of.tolist())

    alone = [answer(seed) for seed in range(12)]
    with ThreadPoolExecutor(4) as threads:
        assert list(threads.map(answer, range(12))) == alone
    assert len(set(alone)) > 1


def test_random_states_of_others_are_left_alone() -> None:
    """Python's own generator is not drawn from, and igraph goes on drawing from it as it does by default."""
    random.seed(3)
    expected = igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist()
    random.seed(3)
    state = random.getstate()
    for method in METHODS:
        clustered(karate(), method=method)
    with pytest.raises(ValueError, match="resolution"):
        clustered(karate(), resolution=-1.0)
    assert random.getstate() == state
    assert igraph.Graph.Erdos_Renyi(30, 0.2).get_edgelist() == expected


def test_finding_communities_does_not_load_what_igraph_draws_with() -> None:
    """Matplotlib takes thirty times as long to load as igraph; it stays there for whoever draws."""
    program = (
        "import sys; from graph.communities import of_network; found = of_network(3, [0, 1], [1, 2]);"
        "assert len(found.of) == 3 and 'igraph' in sys.modules and 'matplotlib' not in sys.modules;"
        "import matplotlib.pyplot"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", program], check=True)


@settings(deadline=None)
@given(networks(), st.randoms(use_true_random=False), st.sampled_from(METHODS))
def test_the_order_and_direction_of_links_do_not_matter(network: Network, dice: random.Random, method: Method) -> None:
    """Nor does it matter whether a weight comes at once or in two parts, or in what unit weights are told."""
    size, links = network
    i, j, weights = zip(*links, strict=True)
    plain = of_network(size, i, j, weights, method=method)
    shuffled = [(b, a, w / 2) for a, b, w in links] + [(a, b, w / 2) for a, b, w in links]
    dice.shuffle(shuffled)
    i, j, halves = zip(*shuffled, strict=True)
    scale = 2.0 ** dice.randint(-900, 900)
    other = of_network(size, i, j, [half * scale for half in halves], method=method)
    assert other.of.tolist() == plain.of.tolist()
    assert other.quality == plain.quality


# -- numbering, works without links, what is refused ---------------------------------------------------


@settings(deadline=None, max_examples=200)
@given(networks(), st.sampled_from(METHODS), st.integers(0, 4))
def test_communities_are_numbered_by_size_and_then_by_their_first_work(
    network: Network, method: Method, lonely: int
) -> None:
    size, links = network
    i, j, weights = zip(*links, strict=True)
    found = of_network(size + lonely, i, j, weights, method=method)
    assert found.of.dtype == np.int32
    assert np.bincount(found.of).tolist() == found.sizes.tolist()
    first = [found.of.tolist().index(number) for number in range(len(found))]
    order = [(-number, place) for number, place in zip(found.sizes.tolist(), first, strict=True)]
    assert order == sorted(order)
    assert not found.of.flags.writeable
    assert not found.sizes.flags.writeable


def test_works_without_links_are_counted_and_come_last() -> None:
    """Two thousand of them, spread among the others, leave the real communities where they are."""
    network = planted(3, 20, inside=0.5, across=0.01, seed=0)
    edges = [(i * 30, j * 30) for i, j in network.edges()]
    found = communities(graph_of(2060, edges))
    assert found.unlinked == 2000
    assert found.sizes[:4].tolist() == [20, 20, 20, 1]
    assert len(found) == 2003
    assert found.quality == clustered(network).quality
    assert [found.of[work * 30] for work in range(60)] == [block for block in range(3) for _ in range(20)]


@pytest.mark.parametrize("method", METHODS)
@pytest.mark.parametrize("size", [0, 1, 3])
def test_a_graph_without_citations_has_a_community_for_each_work(size: int, method: Method) -> None:
    found = communities(graph_of(size, []), method=method)
    assert found.of.tolist() == list(range(size))
    assert (found.sizes.tolist(), found.unlinked, found.quality, len(found)) == ([1] * size, size, 0.0, size)
    assert of_network(size, [], []).of.tolist() == list(range(size))


def test_works_that_cite_each_other_have_two_links() -> None:
    """The citation graph is clustered as the network that has one link for each citation."""
    edges = [(0, 1), (1, 0), (1, 2), (2, 3), (3, 2), (3, 0), (4, 0)]
    found = communities(graph_of(5, edges))
    assert found.of.tolist() == [0, 0, 1, 1, 0]
    assert found.quality == pytest.approx(igraph.Graph(5, edges).modularity(found.of.tolist()))
    assert found.quality == of_network(5, *zip(*edges, strict=True)).quality


def test_weights_decide_and_a_weight_of_0_is_no_link() -> None:
    square = [0, 1, 2, 3], [1, 2, 3, 0]
    assert of_network(4, *square, [9, 1, 9, 1]).of.tolist() == [0, 0, 1, 1]
    assert of_network(4, *square, [1, 9, 1, 9]).of.tolist() == [0, 1, 1, 0]
    nothing = of_network(4, *square, [0, 0, 0, 0])
    assert (nothing.of.tolist(), nothing.unlinked, nothing.quality) == ([0, 1, 2, 3], 4, 0.0)


@pytest.mark.parametrize("method", METHODS)
def test_weights_that_are_no_binary_fractions_come_to_an_end(method: Method) -> None:
    """Equal weights of 0.1 are as good as none; igraph's own stop rule never came with them."""
    for number in range(60):
        network = nx.gnm_random_graph(44, 82, seed=number)
        for resolution in (0.5, 1, 5):
            same = {"method": method, "resolution": resolution, "seed": number}
            tenths = clustered(network, weights=np.full(82, 0.1), **same)
            i, j = np.array(network.edges()).T
            assert tenths.quality == pytest.approx(modularity(i, j, None, tenths.of, resolution=resolution))


@pytest.mark.parametrize("method", METHODS)
def test_weights_of_any_magnitude_are_taken(method: Method) -> None:
    """The largest numbers do not overflow, and the smallest still are links."""
    largest = of_network(4, [0, 2, 1], [1, 3, 2], [1.7e308, 1.7e308, 5e-324], method=method)
    assert largest.of.tolist() == [0, 0, 1, 1]
    assert largest.quality == pytest.approx(0.5)
    assert largest.unlinked == 0
    assert of_network(2, [0], [1], [5e-324], method=method).of.tolist() == [0, 0]


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ((3, [0], [3]), "0 to 2"),
        ((3, [-1], [2]), "0 to 2"),
        ((0, [0], [1]), "0 works"),
        ((3, [0.5], [1.0]), "integers"),
        ((3, [True], [False]), "integers"),
        ((3, [0, 1], [1]), "shape"),
        ((3, [[0]], [[1]]), "shape"),
        ((3, 0, 1), "shape"),
        ((3, [0], [1], [1.0, 2.0]), "shape"),
        ((3, [0, 2], [1, 2]), "work 2 is linked to itself"),
        ((3, [0], [1], [-1.0]), "negative"),
        ((3, [0], [1], [math.inf]), "finite"),
        ((3, [0], [1], [math.nan]), "finite"),
    ],
)
def test_networks_that_are_none_are_refused(arguments: tuple[Any, ...], said: str) -> None:
    with pytest.raises(ValueError, match=said):
        of_network(*arguments)


@pytest.mark.parametrize("resolution", [0.0, -1.0, math.inf, math.nan])
def test_resolutions_that_are_none_are_refused(resolution: float) -> None:
    with pytest.raises(ValueError, match="positive and finite"):
        communities(graph_of(2, [(0, 1)]), resolution=resolution)


def test_unknown_methods_are_refused() -> None:
    method: Any = "infomap"
    with pytest.raises(ValueError, match="leiden or louvain, not by 'infomap'"):
        communities(graph_of(2, [(0, 1)]), method=method)


# -- labels --------------------------------------------------------------------------------------------


def test_surprise_is_that_of_dunnings_table() -> None:
    """Bigrams of a text on Switzerland, with their counts and numbers in section 6 of Dunning's paper of 1993."""
    rows = [(110, 2442, 111, 29114), (29, 13, 123, 31612), (31, 23, 139, 31584), (10, 0, 3, 31764)]
    for (both, first, second, neither), stated in zip(rows, [270.72, 263.90, 256.84, 167.23], strict=True):
        total = both + first + second + neither
        table = np.array([both]), np.array([both + second]), np.array([both + first])
        assert _log_likelihood(*table, total).round(2).tolist() == [stated]


@given(st.tuples(*[st.integers(0, 60)] * 4).filter(lambda cells: sum(cells) > 0))
def test_surprise_is_that_of_the_definition(cells: tuple[int, int, int, int]) -> None:
    """Twice the sum of O ln(O / E) over the cells of any table."""
    both, first, second, neither = cells
    total = sum(cells)
    expected = [
        row * column / total for row in (both + first, second + neither) for column in (both + second, first + neither)
    ]
    defined = 2 * math.fsum(o * math.log(o / e) for o, e in zip(cells, expected, strict=True) if o)
    found = _log_likelihood(np.array([both]), np.array([both + second]), np.array([both + first]), total)
    assert found[0] == pytest.approx(defined, abs=1e-9)


WORDS = ["alpha", "beta", "gamma", "delta", "kappa", "sigma", "omega"]


@settings(deadline=None, max_examples=300)
@given(
    st.lists(st.tuples(st.lists(st.sampled_from(WORDS), max_size=5), st.integers(0, 3)), min_size=1, max_size=25),
    st.integers(0, 8),
)
def test_labels_are_ranked_as_plain_code_ranks_them(works: list[tuple[list[str], int]], terms: int) -> None:
    """Over titles whose commas leave no phrases, each table is counted and weighed one at a time."""
    titled = [(set(words), community) for words, community in works if words]
    expected = []
    for number in range(max(community for _, community in works) + 1):
        ranked = []
        size = sum(community == number for _, community in titled)
        for word in WORDS:
            held = sum(community == number for words, community in titled if word in words)
            everywhere = sum(word in words for words, _ in titled)
            if held and held * len(titled) >= everywhere * size:
                table = np.array([held]), np.array([everywhere]), np.array([size])
                ranked.append((-round(float(_log_likelihood(*table, len(titled))[0]), 6), -held, word))
        expected.append(tuple(word for _, _, word in sorted(ranked)[:terms]))
    titles = [", ".join(words) for words, _ in works]
    assert labels(titles, [community for _, community in works], terms=terms) == expected


def test_a_term_that_all_titles_hold_names_no_community() -> None:
    """The subject of a review is in every title; what parts its communities is the rest."""
    titles = [f"Peer support and {about}" for about in ["sleep"] * 4 + ["housing"] * 3 + ["employment"] * 3]
    of = [0] * 4 + [1] * 3 + [2] * 3
    assert [label[0] for label in labels(titles, of)] == ["sleep", "housing", "employment"]


def test_one_community_is_named_by_its_most_frequent_terms() -> None:
    """Where there is nothing to be set apart from, what titles share names them."""
    titles = ["Peer support at home", "Peer support in prisons", "Sleep"]
    assert labels(titles, [0, 0, 0], terms=2) == [("peer support", "home")]


def test_a_word_gives_way_to_the_phrase_that_mostly_holds_it() -> None:
    titles = ["Mental health", "Mental health", "Mental arithmetic", "Health of horses", "Cats", "Dogs"]
    assert labels(titles, [0, 0, 0, 1, 2, 2])[0] == ("mental health", "mental arithmetic")
    apart = ["Mental health", "Mental arithmetic", "Mental images", "Health of horses", "Cats", "Dogs"]
    assert labels(apart, [0, 0, 0, 1, 2, 2], terms=2)[0] == ("mental", "mental arithmetic")


def test_singular_and_plural_are_one_term_in_its_usual_form() -> None:
    """Forms are joined when both are there, and phrases are spelt as they are in the titles."""
    titles = ["Peer workers", "Peer workers", "Peer worker", "Family therapies", "Family therapy", "Family therapy"]
    assert labels(titles, [0, 0, 0, 1, 1, 1]) == [("peer workers",), ("family therapy",)]
    assert labels(["Boss of bosses", "Class", "Clas"], [0, 1, 2]) == [("boss",), ("class",), ("clas",)]


def test_phrases_are_shown_with_the_hyphen_they_mostly_have() -> None:
    titles = ["Self-help and COVID-19", "Self-help", "Self help", "The vitamin D", "Type 2 diabetes", "In 1990-2019"]
    assert labels(titles, [0, 0, 0, 1, 2, 3]) == [
        ("self-help", "covid-19"),
        ("vitamin d",),
        ("type 2", "diabetes"),
        (),
    ]


def test_phrases_do_not_reach_across_signs_and_function_words() -> None:
    titles = ["Anxiety: depression", "Anxiety, depression", "Anxiety of depression", "Anxiety (depression)", "Cats"]
    assert labels(titles, [0, 0, 0, 0, 1])[0] == ("anxiety", "depression")


def test_apostrophes_are_read_as_they_are_meant() -> None:
    """A possessive is one term with the word, an elided article is none, and neither parts a phrase."""
    titles = ["Women's health", "Women’s health", "Women health", "L'étude de l’âme", "Parents' views"]
    assert labels(titles, [0, 0, 0, 1, 2]) == [("women's health",), ("âme", "étude"), ("parents views",)]


def test_labels_take_compounds_whole_and_words_that_need_another_beside_it() -> None:
    """A stop word counts in a compound of two; "use" and "down" name something only in company."""
    titles = ["A follow-up", "B-cells in vitamin D", "Substance use", "Use of it down there", "Down syndrome"]
    assert labels(titles, range(5)) == [
        ("follow-up",),
        ("b-cells", "vitamin d"),
        ("substance use",),
        (),
        ("down syndrome",),
    ]


def test_function_words_are_those_of_the_title() -> None:
    """`care` means `which` in Romanian and `die` is an article in German; in English they are words."""
    titles = [
        "Care of the people who die",
        "Die Wirkung von Musik und die Stimmung",
        "El apoyo de los pares en la salud mental",
        "Поддержка равных и восстановление",
    ]
    named = labels(titles, [0, 1, 2, 3], terms=9)
    assert set(named[0]) == {"care", "people", "die"}
    assert set(named[1]) == {"wirkung", "musik", "stimmung"}
    assert set(named[2]) == {"apoyo", "pares", "salud mental"}
    assert {"поддержка равных", "восстановление"} == set(named[3])


def test_a_title_that_does_not_tell_its_language_is_read_as_the_others_are() -> None:
    """In the first title alone, "war" would be a German verb, and in the third "en" would be a word."""
    titles = ["War veterans", "The war in the north", "Apoyo en crisis", "El apoyo en la vida", "La vida en el campo"]
    named = labels(titles, range(5))
    assert named[0] == ("war veterans",)
    assert named[2] == ("crisis", "apoyo")


def test_titles_of_any_script_have_labels() -> None:
    """Chinese is cut in twos, Japanese where the script changes; marks stay with their letters."""
    titles = ["抑郁症", "抑郁障碍", "うつ病のピアサポート", "मानसिक स्वास्थ्य", "الصِّحّة النفسية", "สุขภาพจิต", "정신 건강"]
    named = labels(titles, [0, 0, 1, 2, 3, 4, 5])
    assert named[0][0] == "抑郁"
    assert "ピアサポート" in named[1]
    assert named[2:] == [("मानसिक स्वास्थ्य",), ("الصِّحّة النفسية",), ("สุขภาพจิต",), ("정신 건강",)]


@pytest.mark.parametrize(
    "title", [None, "", " ", "...", "\0", "\ud800", "😀️ 🎉", "42", "a", "x" * 61, "的", "_", "\u200d"]
)
def test_titles_without_words_have_no_label(title: str | None) -> None:
    """A letter, a number, a picture and a function word are none; a single Chinese character may be one."""
    assert labels([title, "癌"], [0, 1]) == [(), ("癌",)]


@settings(deadline=None, max_examples=150)
@given(st.lists(st.tuples(st.none() | st.text(max_size=40), st.integers(0, 4)), max_size=12), st.randoms())
def test_any_titles_have_labels_whatever_their_order(works: list[tuple[str | None, int]], dice: random.Random) -> None:
    """A label has at most so many terms, each once, printable, and the order of the works has no part in it."""
    titles, of = [title for title, _ in works], [community for _, community in works]
    named = labels(titles, of, terms=3)
    assert len(named) == max(of, default=-1) + 1
    for label in named:
        assert len(label) == len(set(label)) <= 3
        assert all(term == term.strip() and term for term in label)
    dice.shuffle(works)
    again = labels([title for title, _ in works], np.array([c for _, c in works], dtype=np.int32), terms=3)
    assert again == named


def test_communities_without_titles_have_empty_labels() -> None:
    assert labels(["Cats", None, "Dogs"], [0, 1, 3]) == [("cats",), (), (), ("dogs",)]
    assert labels([], []) == []


@pytest.mark.parametrize("of", [[0], [0, -1], [0.0, 1.0], [[0], [1]], [True, False]])
def test_labels_need_a_community_for_each_title(of: list[Any]) -> None:
    with pytest.raises(ValueError, match="each of the 2 titles"):
        labels(["Cats", "Dogs"], of)


# -- real literatures ----------------------------------------------------------------------------------


def review(name: str) -> CitationGraph:
    path = SHARED / "data" / "openalex" / f"{name}_works.jsonl.xz"
    if not path.is_file():
        pytest.skip("the works of the reviews are not beside the repository (HARVESTER_SHARED)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        works = {work["id"]: work for work in map(json.loads, lines)}
    return build(
        (Node(key, title=work["title"]) for key, work in works.items()),
        (
            Citation(key, cited, ("openalex",))
            for key, work in works.items()
            for cited in work["referenced_works"]
            if cited in works
        ),
    )


@pytest.mark.parametrize(
    ("name", "known"),
    [
        ("Oud_2018", {"dialectical behavior", "schema therapy", "oxytocin", "stepps"}),
        ("Jeyaraman_2020", {"osteochondral", "stem cells", "microfracture", "autologous chondrocyte"}),
        ("Donners_2021", {"bispecific antibody", "emicizumab"}),
        ("Nelson_2002", {"vaginal", "cognition", "bone", "menopausal symptoms"}),
    ],
)
def test_communities_of_a_review_are_connected_and_named_by_its_topics(name: str, known: set[str]) -> None:
    """Treatments of borderline personality, of cartilage, of haemophilia, and in the menopause."""
    graph = review(name)
    found = communities(graph)
    network = nx.Graph()
    network.add_nodes_from(range(len(graph)))
    network.add_edges_from((citing, cited) for citing, cited, _, _ in graph.edges())
    assert all(nx.is_connected(piece) for piece in pieces(network, found))
    assert found.unlinked == nx.number_of_isolates(network)
    named = labels(graph.title, found.of)
    assert len(named) == len(found)
    assert known <= {term for label in named[:9] for term in label}
