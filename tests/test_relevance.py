"""Likeness of texts, from the index of the library, against BM25 with relevance weights written out."""

import math
import re
from collections import defaultdict
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from library_evidence import keep, new, openalex

from harvester.errors import InputError
from harvester.library import Library, derive
from harvester.library import relevance as module
from harvester.library.relevance import relevance

TEXTS = {
    1: ("Peer support for depression", "Trained peers support people with depression in groups"),
    2: ("Peer support workers in mental health", "Recovery and support by peers with lived experience of depression"),
    3: ("Depression at school", None),
    4: ("Recovery groups", "Groups led by trained peers, peers who have recovered"),
    5: ("Soil erosion", "Erosion of soil by rain in hills"),
    6: ("Rain and hills", None),
    7: (None, "A survey of trained dogs"),
    8: ("Statistics of surveys", "Weights for surveys"),
    9: ("Of the and for", None),
}
FUNCTION_WORDS = {"at", "for", "in", "with", "of", "by", "and", "who", "have", "the", "a"}


def item(number: int, title: str | None, abstract: str | None = None, **fields: Any) -> dict[str, Any]:
    """An OpenAlex work with this text."""
    places: dict[str, list[int]] = {}
    for place, word in enumerate((abstract or "").split()):
        places.setdefault(word, []).append(place)
    return openalex(number, title=title, abstract_inverted_index=places or None, **fields)


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        keep(opened, [item(number, *texts) for number, texts in TEXTS.items()])
        keep(opened, [item(10, None, cites=(11,))])
        derive(opened)
        yield opened


def key(number: int) -> str:
    return f"openalex:W{number}"


def words(text: str | None) -> list[str]:
    return re.findall(r"\w+", (text or "").lower())


def by_definition(seeds: set[int], *, terms: int = 200) -> dict[str, float]:
    """The sum over the words of the seeds of r · w · BM25 without its own inverse document frequency."""
    total, asked = len(TEXTS), len(seeds)
    sizes = {number: len(words(title)) + len(words(abstract)) for number, (title, abstract) in TEXTS.items()}
    mean = sum(sizes.values()) / total
    held = {number: set(words(title) + words(abstract)) for number, (title, abstract) in TEXTS.items()}
    weights = {}
    for word in set().union(*(held[seed] for seed in seeds)) - FUNCTION_WORDS:
        n = sum(word in each for each in held.values())
        r = sum(word in held[seed] for seed in seeds)
        weight = math.log((r + 0.5) * (total - n - asked + r + 0.5) / ((n - r + 0.5) * (asked - r + 0.5)))
        if weight > 0:
            weights[word] = r * weight
    told = sorted(weights, key=lambda word: (-weights[word], word))[:terms]
    scores: defaultdict[str, float] = defaultdict(float)
    for number, (title, abstract) in TEXTS.items():
        for word in told:
            times = 2 * words(title).count(word) + words(abstract).count(word)
            if times:
                length = 1.2 * (1 - 0.75 + 0.75 * sizes[number] / mean)
                scores[key(number)] += weights[word] * times * 2.2 / (times + length)
    return dict(scores)


@pytest.mark.parametrize("seeds", [{1}, {1, 2}, {1, 2, 3}, {5, 1}, set(range(1, 9)), {7}])
def test_likeness_is_what_the_definition_says(library: Library, seeds: set[int]) -> None:
    expected = by_definition(seeds)
    assert len(expected) > 0
    assert relevance(library, [key(seed) for seed in seeds]) == pytest.approx(expected, rel=1e-9)


def test_what_reads_like_the_seeds_comes_first(library: Library) -> None:
    found = relevance(library, [key(1), key(2)])
    others = sorted(set(found) - {key(1), key(2)}, key=lambda work: -found[work])
    assert others == [key(4), key(3), key(7)]
    assert list(found) == sorted(found)


def test_a_word_that_more_of_the_seeds_hold_says_more(library: Library) -> None:
    """Depression stands in three texts and trained in three; both seeds hold the first, one the other."""
    found = relevance(library, [key(1), key(2)])
    assert found[key(3)] > found[key(7)]


def test_only_the_most_telling_words_are_asked_for(library: Library, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "TERMS", 2)
    found = relevance(library, [key(1), key(2)])
    assert found == pytest.approx(by_definition({1, 2}, terms=2), rel=1e-9)
    assert len(found) < len(by_definition({1, 2}))


def test_a_seed_named_twice_counts_once_and_order_does_not_matter(library: Library) -> None:
    one = relevance(library, [key(1), key(2)])
    assert list(relevance(library, [key(2), key(1), key(2)]).items()) == list(one.items())


@pytest.mark.parametrize("seeds", [[], [key(9)], [key(10)], [key(11)], [key(9), key(10), key(11)]])
def test_seeds_without_a_telling_word_are_like_nothing(library: Library, seeds: list[str]) -> None:
    """Nobody is named; a title of function words; no text; known only by being cited."""
    assert relevance(library, seeds) == {}


def test_seeds_without_text_do_not_thin_out_the_others(library: Library) -> None:
    assert relevance(library, [key(1), key(10), key(11)]) == relevance(library, [key(1)])


def test_a_seed_that_is_not_there_is_named(library: Library) -> None:
    with pytest.raises(InputError, match="W404"):
        relevance(library, [key(1), key(404)])


def test_a_library_that_is_only_read_answers_and_stays_as_it_is(tmp_path: Path) -> None:
    with new(tmp_path) as opened:
        keep(opened, [item(number, *texts) for number, texts in TEXTS.items()])
        derive(opened)
        path = opened.path
    path.chmod(0o444)
    before = path.read_bytes()
    with Library(path) as opened:
        assert relevance(opened, [key(1)]) == pytest.approx(by_definition({1}), rel=1e-9)
    assert path.read_bytes() == before


HOSTILE = (
    'peer" OR "soil',
    "peer* AND NOT (soil",
    "NEAR(peer soil, 5) title: abstract:",
    "peer\x00soil",
    "- + ^peer : {soil} ''",
    "o'neill's peer; drop table works --",
    "peer \N{COMBINING ACUTE ACCENT}\u200d\u200b\ufeff soil",
    "抑郁症的同伴支持 ピアサポート peer",
    "naïve naive NAÏVE peer",
    "x" * 100_000 + " peer",
)


@pytest.mark.parametrize("title", HOSTILE)
def test_nothing_in_a_title_is_syntax(library: Library, title: str) -> None:
    """It is no error, and what says peer beside it is as near as what says it anywhere."""
    with library.transaction() as db:
        db.execute("update works set title = ?, abstract = null where key = ?", (title, key(8)))
    found = relevance(library, [key(8)])
    assert found[key(8)] > 0
    assert all(score > 0 for score in found.values())
    assert {key(1), key(2)} <= set(found)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(title=st.text(max_size=60), abstract=st.none() | st.text(max_size=200))
def test_any_text_has_an_answer(library: Library, title: str, abstract: str | None) -> None:
    texts = [text and text.encode("utf-8", "replace").decode() for text in (title, abstract)]
    with library.transaction() as db:
        db.execute("update works set title = ?, abstract = ? where key = ?", (*texts, key(8)))
    assert all(math.isfinite(score) and score > 0 for score in relevance(library, [key(8), key(1)]).values())
