"""Titles in any language are cut into the same words whoever reads them, and phrases keep to what belongs together."""

import random

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from graph.terms import (
    APART,
    ENGLISH_SUPPORTS,
    HYPHEN,
    LONGEST,
    SILENT,
    SPACE,
    SPEAKS,
    STOP_WORDS,
    SUPPORTS,
    WITHIN,
    folded,
    is_han,
    phrases,
    spelt,
    voices,
    words_of,
)

SIGNS = {APART: "|", SPACE: "_", HYPHEN: "-", WITHIN: "+"}
TITLES = st.lists(st.none() | st.text(max_size=30), max_size=8)
PLAIN = st.lists(
    st.sampled_from(["peer", "support", "the", "of", "follow", "up", "2", "d", "use", "care"]), max_size=7
).flatmap(
    lambda words: st.lists(st.sampled_from([" ", "-", ": ", " - "]), min_size=len(words), max_size=len(words)).map(
        lambda gaps: "".join(word + gap for word, gap in zip(words, gaps, strict=True))
    )
)


def shown(title: str | None) -> str:
    """The words of a title with a sign for what stands before each."""
    words = words_of([title])
    each = zip(words.word.tolist(), words.glue.tolist(), strict=True)
    return "".join(f"{SIGNS[glue]}{words.vocabulary[number]}" for number, glue in each)[1:]


def voiced(titles: list[str], voice: int) -> list[str]:
    """The words of a voice in titles, each as often as it stands there."""
    words = words_of(titles)
    return [words.vocabulary[number] for number in words.word[voices(words) == voice].tolist()]


@pytest.mark.parametrize(
    ("title", "words"),
    [
        (None, ""),
        ("", ""),
        (" \n ...?!", ""),
        ("Peer support", "peer_support"),
        ("peer\u00a0 \tsupport", "peer_support"),
        ("peer\nsupport", "peer_support"),
        ("Peer\u2010Support", "peer-support"),
        ("peer\u2011support", "peer-support"),
        ("Kaplan\u2013Meier", "kaplan-meier"),
        ("peer\u2014support", "peer|support"),
        ("peer \u2013 support", "peer|support"),
        ("peer - support", "peer|support"),
        ("peer--support", "peer|support"),
        ("peer_support", "peer|support"),
        ("(peer) support", "peer|support"),
        ("peer: support", "peer|support"),
        ("COVID\u201119", "covid-19"),
        ("carers\u2019 view", "carers_view"),
        ("'lived experience'", "lived_experience"),
        ("women\u2019s", "women's"),
        ("don't", "don't"),
        ("rock'n'roll", "rock'n'roll"),
        ("O'Neill and t'ai chi", "o'neill_and_t'ai_chi"),
        ("L\u2019\u00e9tude qu'il fait", "\u00e9tude_il_fait"),
        ("nell'arte", "arte"),
        ("Stra\u00dfe STRASSE", "strasse_strasse"),
        ("cafe\u0301 caf\u00e9", "caf\u00e9_caf\u00e9"),
        ("\u03a8\u03a5\u03a7\u0397\u03a3 \u03a3", "\u03c8\u03c5\u03c7\u03b7\u03c2_\u03c3"),
        ("self\u00adhelp", "selfhelp"),
        ("e\u00ad\u0301tude", "\u00e9tude"),
        ("self\u200chelp", "selfhelp"),
        ("\u0645\u06cc\u200c\u0634\u0648\u062f", "\u0645\u06cc\u200c\u0634\u0648\u062f"),
        (
            "الصحة\u200f النفسية",
            "الصحة_النفسية",
        ),
        ("พี่\u200bน้อง", "พี่_น้อง"),
        ("हिन्दी भाषा", "हिन्दी_भाषा"),
        ("抑郁症", "抑郁+郁症"),
        ("癌", "癌"),
        ("COVID\u60a3\u8005", "covid+\u60a3\u8005"),
        ("うつ病のピア", "うつ+病+の+ピア"),
        ("\uff30\uff45\uff45\uff52", "peer"),
        ("\ud800 peer", "peer"),
        (f"peer {'x' * LONGEST} support", f"peer_{'x' * LONGEST}_support"),
        (f"peer {'x' * (LONGEST + 1)} support", "peer|support"),
        (f"é {'é' * (LONGEST + 1)} {'x' * (LONGEST + 1)} y", "é|y"),
    ],
)
def test_the_words_of_a_title(title: str | None, words: str) -> None:
    """Whatever dress they come in: `_` is a space, `-` a hyphen, `+` nothing, and `|` what parts phrases."""
    assert shown(title) == words


@settings(deadline=None, max_examples=300)
@given(TITLES, st.integers(0, 99).map(random.Random))
@example(["l'l'a", "\u0130", "x'l'a"], random.Random(1))
def test_any_titles_are_read_alike_alone_and_together(titles: list[str | None], shuffler: random.Random) -> None:
    """Neither the other titles nor their order change the words of one; columns are as they are said to be."""
    words = words_of(titles)
    assert words.vocabulary == sorted({word for title in titles for word in words_of([title]).vocabulary})
    assert words.titles == len(titles)
    assert (np.diff(words.title) >= 0).all()
    for number, title in enumerate(titles):
        alone, here = words_of([title]), words.title == number
        assert [words.vocabulary[word] for word in words.word[here]] == [alone.vocabulary[word] for word in alone.word]
        assert words.glue[here].tolist() == alone.glue.tolist()
        assert alone.glue[:1].tolist() in ([], [APART])


@settings(deadline=None, max_examples=300)
@given(st.text(max_size=40))
def test_a_word_read_again_is_the_word(title: str) -> None:
    """So that words can be looked up in titles; none is empty, too long or in capitals."""
    for word in words_of([title]).vocabulary:
        assert words_of([word]).vocabulary == [word]
        assert 0 < len(word) <= LONGEST
        assert folded(word.upper()) in {folded(word), folded(folded(word).upper())}


def test_thousands_of_titles_are_read_as_a_few_are() -> None:
    """They are searched in lots, and a lot ends between titles."""
    titles = ["Peer support", None, "É", "", "a:b"] * 3_000
    words = words_of(titles)
    assert words.title.tolist() == [5 * lot + title for lot in range(3_000) for title in (0, 0, 2, 4, 4)]
    assert words.glue.tolist() == [APART, SPACE, APART, APART, APART] * 3_000
    assert words.vocabulary == ["a", "b", "peer", "support", "é"]


def test_words_of_the_subject_are_no_stop_words() -> None:
    """Lists made for search engines hold these, and would empty the literature of peer support."""
    meant = "self help home case young older group social work system general care use down overall same"
    assert not STOP_WORDS & set(meant.split())
    assert {"or", "not", "the", "of", "among", "don't"} <= STOP_WORDS
    assert not STOP_WORDS & ENGLISH_SUPPORTS


def test_a_word_is_silent_in_the_language_of_its_title() -> None:
    """Numbers and single letters support others, and so do some English words; a Chinese character may speak."""
    titles = ["The care of people who die", "Die Wirkung von Musik und die Stimmung", "Vitamin D3: 2 D", "癌", "암"]
    assert voiced(titles, SPEAKS) == [
        "care",
        "people",
        "die",
        "wirkung",
        "musik",
        "stimmung",
        "vitamin",
        "d3",
        "癌",
        "암",
    ]
    assert voiced(titles, SUPPORTS) == ["2", "d"]
    assert voiced(["The use of drugs"], SUPPORTS) == ["use"]


def test_given_stop_words_are_silent_in_any_dress_and_no_others() -> None:
    words = words_of(["The STRASSE of use", "the of"])
    voice = voices(words, stop_words=("Straße", "The"))
    assert voice.tolist() == [SILENT, SILENT, SPEAKS, SPEAKS, SILENT, SPEAKS]


def test_a_title_that_does_not_tell_its_language_follows_the_others() -> None:
    """In the first title alone, "war" would be a German verb."""
    assert voiced(["War veterans"], SPEAKS) == ["veterans"]
    assert voiced(["War veterans", "The war in the north"], SPEAKS) == ["war", "veterans", "war", "north"]


@settings(deadline=None, max_examples=400)
@given(st.lists(PLAIN, max_size=4))
def test_phrases_are_those_of_the_definition(titles: list[str]) -> None:
    """Two words side by side, neither silent unless it is a whole part of a compound; one of them speaks."""
    words = words_of(titles)
    voice = voices(words)
    expected = []
    for place in range(1, len(words.word)):
        glue, before, after = (
            [SIGNS[int(each)] for each in words.glue[at : at + 1]] or ["|"] for at in (place, place - 1, place + 1)
        )
        first, second = int(voice[place - 1]), int(voice[place])
        if glue == ["-"]:
            whole = (first != SILENT or before != ["-"]) and (second != SILENT or after != ["-"])
        else:
            whole = glue == ["_"] and SILENT not in (first, second)
        if whole and SPEAKS in (first, second):
            expected.append(place)
    assert phrases(words, voice).tolist() == expected


def test_a_hyphen_gives_a_stop_word_its_part() -> None:
    words = words_of(["Follow-up care, in-person work, face-to-face talk, before-after, peer and carer"])
    found = [
        spelt(words.vocabulary[words.word[place - 1]], words.vocabulary[words.word[place]], int(words.glue[place]))
        for place in phrases(words, voices(words, stop_words=STOP_WORDS | {"up"}))
    ]
    assert found == ["follow-up", "in-person", "person work", "face talk"]


def test_no_titles_have_no_words() -> None:
    for titles in ([], [None], ["", "?"]):
        words = words_of(titles)
        assert (words.vocabulary, words.word.tolist(), words.titles) == ([], [], len(titles))
        assert voices(words).tolist() == []
        assert phrases(words, voices(words)).tolist() == []


def test_chinese_words_are_told_from_others() -> None:
    assert [is_han(word) for word in ("癌", "抑郁", "covid", "암", "うつ", "")] == [
        True,
        True,
        False,
        False,
        False,
        False,
    ]
