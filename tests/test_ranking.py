"""The ranking of a citation search, against its definitions written out pair by pair."""

import math
import random
from itertools import permutations

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

import graph.ranking
from graph.build import CitationGraph, build
from graph.query import ranked
from graph.ranking import Ranking, rank
from harvester.model import Citation, Node

WORKS = "abcdefghij"

Pairs = list[tuple[str, str]]

COUNTS = ("cited_by_seeds", "cites_seeds", "linked", "occurrence")
PARTS = (*COUNTS, "cocitation", "coupling", "text", "surroundings")


def graph_of(pairs: Pairs, works: str = WORKS) -> CitationGraph:
    return build(map(Node, works), [Citation(citing, cited, ("test",)) for citing, cited in pairs])


def column(found: Ranking, name: str, works: str = WORKS) -> dict[str, float]:
    return dict(zip(works, getattr(found, name).tolist(), strict=True))


links = st.lists(st.sampled_from(list(permutations(WORKS, 2))), max_size=40, unique=True)
some = st.lists(st.sampled_from(WORKS), max_size=5)
numbers = st.lists(st.just(0.0) | st.just(math.nan) | st.floats(1e-3, 1e3), min_size=len(WORKS), max_size=len(WORKS))


def by_definition(pairs: Pairs, seeds: list[str], texts: list[float]) -> dict[str, dict[str, float]]:
    """Every part and the score of every work that is no seed, from sets and loops."""
    cites = {work: {cited for citing, cited in pairs if citing == work} for work in WORKS}
    citing = {work: {each for each, cited in pairs if cited == work} for work in WORKS}
    chosen = set(seeds)
    text = {work: 0.0 if math.isnan(number) else number for work, number in zip(WORKS, texts, strict=True)}

    def met(work: str, back: dict[str, set[str]], forth: dict[str, set[str]]) -> float:
        total = 0.0
        for seed in chosen:
            common = sum(1 / math.sqrt(len(forth[each])) for each in back[work] & back[seed])
            total += common / math.sqrt((len(back[work]) + 5) * (len(back[seed]) + 5))
        return total / len(chosen) if chosen else 0.0

    steps = [*pairs, *((cited, citing) for citing, cited in pairs)]

    def ways(work: str) -> int:
        return sum(middle == also and start in chosen and end == work for start, middle in steps for also, end in steps)

    parts: dict[str, dict[str, float]] = {name: {} for name in PARTS}
    for work in sorted(set(WORKS) - chosen):
        parts["cited_by_seeds"][work] = len(citing[work] & chosen)
        parts["cites_seeds"][work] = len(cites[work] & chosen)
        parts["linked"][work] = len((citing[work] | cites[work]) & chosen)
        parts["occurrence"][work] = ways(work)
        parts["cocitation"][work] = met(work, citing, cites)
        parts["coupling"][work] = met(work, cites, citing)
        parts["text"][work] = text[work]
        around = [*cites[work], *citing[work]]
        parts["surroundings"][work] = sum(text[each] for each in around) / (len(around) + 5)

    def share(name: str, work: str) -> float:
        largest = max(parts[name].values(), default=0)
        return parts[name][work] / largest if largest else 0.0

    score = {}
    for work in parts["text"]:
        said = sum(share(name, work) for name in ("linked", "cocitation", "coupling", "occurrence")) / 4
        worded = (share("text", work) + share("surroundings", work)) / 2
        reached = parts["linked"][work] or parts["occurrence"][work]
        score[work] = (said + worded) / 2 if reached or text[work] else 0.0
    return {**parts, "score": score}


@settings(max_examples=200, deadline=None)
@given(links, some, numbers)
def test_every_part_is_what_its_definition_says(pairs: Pairs, seeds: list[str], texts: list[float]) -> None:
    found = rank(graph_of(pairs), seeds, texts=texts)
    expected = by_definition(pairs, seeds, texts)
    for name, values in expected.items():
        told = column(found, name)
        assert {work: told[work] for work in values} == pytest.approx(values, rel=1e-8, abs=1e-12), name
    assert found.is_seed.tolist() == [work in seeds for work in WORKS]
    assert column(found, "reached") == {
        work: work not in seeds and bool(expected["linked"][work] or expected["occurrence"][work]) for work in WORKS
    }


def test_a_small_network_by_hand() -> None:
    """The seed s cites a; b cites s, a and c; d cites c."""
    found = rank(graph_of([("s", "a"), ("b", "s"), ("b", "a"), ("b", "c"), ("d", "c")], "abcdes"), ["s"])
    assert found.cited_by_seeds.tolist() == [1, 0, 0, 0, 0, 0]
    assert found.cites_seeds.tolist() == [0, 1, 0, 0, 0, 0]
    # b, with three references, cites s, which one work cites, with a and with c, which two works cite.
    together = 1 / math.sqrt(3) / math.sqrt((1 + 5) * (2 + 5))
    assert found.cocitation.tolist() == pytest.approx([together, 0, together, 0, 0, 0])
    # s, with one reference, and b, with three, both cite a, which two works cite.
    shared = 1 / math.sqrt(2) / math.sqrt((1 + 5) * (3 + 5))
    assert found.coupling.tolist() == pytest.approx([0, shared, 0, 0, 0, 0])
    # s - a - b, s - b - a, s - b - c.
    assert found.occurrence.tolist() == [1, 1, 1, 0, 0, 0]
    assert found.score[:5].tolist() == [3 / 8, 3 / 8, 2 / 8, 0, 0]
    assert math.isnan(found.score[5])
    assert found.best_first().tolist() == [0, 1, 2, 3, 4]


@settings(max_examples=50, deadline=None)
@given(links, some, numbers, st.randoms(use_true_random=False))
def test_nothing_depends_on_the_order_in_which_works_and_citations_arrive(
    pairs: Pairs, seeds: list[str], texts: list[float], chance: random.Random
) -> None:
    mixed_works, mixed_pairs, mixed_seeds = list(WORKS), list(pairs), [*seeds, *seeds]
    for each in (mixed_works, mixed_pairs, mixed_seeds):
        chance.shuffle(each)
    one = rank(graph_of(pairs), seeds, texts=texts)
    other = rank(graph_of(mixed_pairs, "".join(mixed_works)), mixed_seeds, texts=texts)
    for name in Ranking.__dataclass_fields__:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


@settings(max_examples=50, deadline=None)
@given(links, some, numbers, st.permutations(WORKS))
def test_scores_do_not_depend_on_the_names_of_works(
    pairs: Pairs, seeds: list[str], texts: list[float], names: list[str]
) -> None:
    """Sums in another order differ in their last digits, which a score does not have."""
    called = dict(zip(WORKS, names, strict=True))
    given_to = dict(zip(names, texts, strict=True))
    renamed = [(called[citing], called[cited]) for citing, cited in pairs]
    one = column(rank(graph_of(pairs), seeds, texts=texts), "score")
    other = column(
        rank(graph_of(renamed), [called[seed] for seed in seeds], texts=[given_to[work] for work in WORKS]), "score"
    )
    assert {called[work]: score for work, score in one.items()} == pytest.approx(other, rel=1.1e-8, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(links, some, numbers)
def test_citations_turned_round_turn_the_directions_round_and_nothing_else(
    pairs: Pairs, seeds: list[str], texts: list[float]
) -> None:
    one = rank(graph_of(pairs), seeds, texts=texts)
    other = rank(graph_of([(cited, citing) for citing, cited in pairs]), seeds, texts=texts)
    for name, turned in (
        ("cited_by_seeds", "cites_seeds"),
        ("cocitation", "coupling"),
        ("linked", "linked"),
        ("occurrence", "occurrence"),
        ("surroundings", "surroundings"),
        ("score", "score"),
    ):
        assert getattr(one, name).tolist() == pytest.approx(getattr(other, turned).tolist(), rel=1.1e-8, nan_ok=True)


@settings(max_examples=50, deadline=None)
@given(links, some, numbers)
def test_what_nothing_is_known_of_comes_last_and_all_else_has_a_score(
    pairs: Pairs, seeds: list[str], texts: list[float]
) -> None:
    found = rank(graph_of(pairs), seeds, texts=texts)
    known = found.reached | (found.text > 0)
    order = found.best_first().tolist()
    assert sorted(order) == [row for row, work in enumerate(WORKS) if work not in seeds]
    assert [bool(known[row]) for row in order] == sorted((bool(known[row]) for row in order), reverse=True)
    assert all((found.score[row] > 0) == known[row] for row in order)
    assert all(0 <= found.score[row] <= 1 for row in order)
    scores = [found.score[row] for row in order]
    assert scores == sorted(scores, reverse=True)
    assert [(WORKS[row], found.score[row]) for row in order] == ranked(graph_of(pairs), found.score, limit=99)


@given(links, some, numbers, st.floats(1e-6, 1e6))
def test_the_unit_of_the_texts_does_not_matter(pairs: Pairs, seeds: list[str], texts: list[float], unit: float) -> None:
    one = rank(graph_of(pairs), seeds, texts=texts)
    other = rank(graph_of(pairs), seeds, texts=np.array(texts) * unit)
    assert one.score.tolist() == pytest.approx(other.score.tolist(), rel=1.1e-8, nan_ok=True)


@given(links, some, numbers, st.integers(1, 7))
def test_lists_read_piece_by_piece_say_the_same(pairs: Pairs, seeds: list[str], texts: list[float], block: int) -> None:
    whole = rank(graph_of(pairs), seeds, texts=texts)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(graph.ranking, "BLOCK", block)
        pieces = rank(graph_of(pairs), seeds, texts=texts)
    for name in Ranking.__dataclass_fields__:
        told = getattr(whole, name).tolist()
        assert told == pytest.approx(getattr(pieces, name).tolist(), rel=1.1e-8, nan_ok=True), name


def test_a_seed_without_links_says_nothing_and_others_go_on() -> None:
    pairs = [("a", "b"), ("c", "b"), ("c", "d")]
    alone, both = rank(graph_of(pairs), ["a"]), rank(graph_of(pairs), ["a", "j"])
    assert both.best_first().tolist() == [row for row in alone.best_first().tolist() if WORKS[row] != "j"]
    assert both.linked.tolist() == alone.linked.tolist()


def test_works_that_are_far_from_the_seeds_change_nothing() -> None:
    """What is no link away from what is within two citations of a seed is not even read."""
    near = [("a", "b"), ("c", "b"), ("c", "d")]
    one, other = rank(graph_of(near), ["a"]), rank(graph_of([*near, ("h", "i"), ("h", "j"), ("g", "j")]), ["a"])
    for name in Ranking.__dataclass_fields__:
        assert getattr(one, name).tobytes() == getattr(other, name).tobytes(), name


def test_two_works_that_cite_each_other_are_linked_once() -> None:
    found = rank(graph_of([("a", "b"), ("b", "a")], "ab"), ["a"])
    assert (found.linked.tolist(), found.cited_by_seeds.tolist(), found.cites_seeds.tolist()) == (
        [0, 1],
        [0, 1],
        [0, 1],
    )


def test_a_citation_of_itself_links_a_work_to_nothing() -> None:
    """The graph has dropped it, and counted that it did."""
    held = graph_of([("a", "a"), ("b", "b")], "ab")
    assert held.loops == 2
    assert not rank(held, ["a"]).reached.any()


def test_a_text_is_found_where_no_link_leads() -> None:
    found = rank(graph_of([("a", "b")]), ["a"], texts=[9, 0, *[math.nan] * 7, 3])
    assert [WORKS[row] for row in found.best_first()[:2]] == ["b", "j"]
    assert found.reached.tolist() == [False, True, *[False] * 8]
    assert column(found, "text")["j"] == 3


def test_a_work_without_text_is_known_by_the_texts_around_it() -> None:
    """Both b and c are one citation from the seed; c cites what reads like it, too."""
    found = rank(graph_of([("b", "a"), ("c", "a"), ("c", "d"), ("b", "e")], "abcde"), ["a"], texts=[8, 0, 0, 4, 0])
    assert column(found, "surroundings", "abcde") == pytest.approx({"a": 0, "b": 8 / 7, "c": 12 / 7, "d": 0, "e": 0})
    assert found.score[2] > found.score[1]


@pytest.mark.parametrize("works", ["", "a", WORKS])
def test_without_seeds_and_without_works_there_is_an_answer(works: str) -> None:
    found = rank(graph_of([], works), [])
    assert found.score.tolist() == [0] * len(works)
    assert found.best_first().tolist() == list(range(len(works)))
    everything = rank(graph_of([], works), list(works))
    assert np.isnan(everything.score).all()
    assert not len(everything.best_first())


def test_a_seed_that_is_not_in_the_graph_is_named() -> None:
    with pytest.raises(KeyError, match="nowhere"):
        rank(graph_of([]), ["a", "nowhere"])


@pytest.mark.parametrize("texts", [[1.0], [[1.0] * 10], [-1.0] * 10, [math.inf] * 10])
def test_texts_that_cannot_be_are_refused(texts: list[float]) -> None:
    with pytest.raises(ValueError, match="texts"):
        rank(graph_of([]), ["a"], texts=texts)
