"""Words of a search: how texts are cut, which words have one stem, what truncated ones stand for."""

import json
import lzma
import os
import re
import string
import sys
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from pathlib import Path
from subprocess import run

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from harvester.expression.forms import MOST, forms, likeliest
from harvester.expression.tree import TEXTS
from harvester.expression.words import STOP, beginning, is_stemmed, like, pieces, root, says_nothing, stem, tokens
from harvester.replica import openalex_stem

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
FOLDER = SHARED / "data" / "openalex"
REVIEWS = ("Oud_2018", "Jeyaraman_2020", "Donners_2021", "Nelson_2002")

ENGLISH = st.text(string.ascii_lowercase, min_size=1, max_size=14)
ENDED = st.builds(
    str.__add__,
    st.text("aeioubglsty", min_size=1, max_size=6),
    st.sampled_from(
        ["logy", "logies", "logical", "logying", "bly", "blies", "bility", "kked", "vving", "ational", "izer", "lle"]
    ),
)

# As PorterStemFilter of Lucene answers them.
LUCENE = {
    "caresses": "caress",
    "ponies": "poni",
    "agreed": "agre",
    "hopping": "hop",
    "hoping": "hope",
    "relational": "relat",
    "psychology": "psycholog",
    "psychological": "psycholog",
    "psychologically": "psycholog",
    "psychologies": "psycholog",
    "psychologie": "psychologi",
    "psychologist": "psychologist",
    "logy": "logi",
    "possibly": "possibl",
    "possible": "possibl",
    "possibility": "possibl",
    "doubly": "doubli",
    "assemblies": "assembl",
    "disability": "disabl",
    "trekking": "trek",
    "revved": "rev",
    "stuffed": "stuf",
    "recovery": "recoveri",
    "recovering": "recov",
    "counselling": "counsel",
    "counsellors": "counsellor",
    "service": "servic",
    "services": "servic",
    "stigmatised": "stigmatis",
    "generalization": "gener",
    "university": "univers",
    "is": "is",
    "y": "y",
    "eed": "eed",
    "ion": "ion",
    "2nd": "2nd",
}


@cache
def vocabulary() -> frozenset[str]:
    words: set[str] = set()
    for review in REVIEWS:
        with lzma.open(FOLDER / f"{review}_works.jsonl.xz", "rt", encoding="utf-8") as lines:
            for line in lines:
                work = json.loads(line)
                for text in (work.get("title") or "", *(work.get("abstract_inverted_index") or {})):
                    words.update(tokens(text))
    return frozenset(words)


@pytest.mark.parametrize(("word", "expected"), LUCENE.items())
def test_a_stem_is_that_of_lucene(word, expected):
    assert stem(word) == expected


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the reviews' works are not beside the repository (HARVESTER_SHARED)")
def test_every_word_of_four_reviews_has_the_stem_that_the_replica_gives_it():
    """Two stemmers that share no code agree."""
    words = vocabulary()
    assert len(words) > 20_000
    assert [word for word in words if stem(word) != openalex_stem.stem(word)] == []


@pytest.mark.skipif(not FOLDER.is_dir(), reason="the reviews' works are not beside the repository (HARVESTER_SHARED)")
def test_every_word_of_four_reviews_begins_with_the_root_of_its_stem():
    assert [word for word in vocabulary() if not word.startswith(root(stem(word)))] == []


@given(ENGLISH | ENDED | st.text(max_size=12))
@example("disability")
def test_a_word_begins_with_the_root_of_its_stem(word):
    for token in tokens(word):
        assert token.startswith(root(stem(token)))


@given(st.text(max_size=12))
def test_words_of_other_alphabets_are_not_stemmed(text):
    for token in tokens(text):
        if not re.search("[a-z]", token):
            assert stem(token) == token


def test_threads_do_not_disturb_each_other_in_the_stemmer():
    words = [f"{start}{end}" for start in ("recover", "counsel", "relat", "possib") for end in ("ing", "ly", "ional")]
    words = [f"{word}{letter}{more}" for word in words for letter in string.ascii_lowercase for more in "abcdxyz"]
    alone = [stem.__wrapped__(word) for word in words]
    with ThreadPoolExecutor(8) as threads:
        together = list(threads.map(stem.__wrapped__, words))
    assert together == alone


def test_nothing_heavy_is_imported_before_the_first_word_is_stemmed():
    code = (
        "import sys, harvester.expression.forms; print([name for name in sys.modules if name in {'snowballstemmer',"
        " 'spellchecker'}])"
    )
    assert run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout == "[]\n"


@given(st.text())
def test_tokens_are_lower_case_letters_and_digits_in_order(text):
    found = tokens(text)
    assert all(token.isalnum() and token == token.lower() for token in found)
    assert "".join(found) == "".join(letter for letter in text.lower() if letter.isalnum())


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Children's COVID-19", ["children", "s", "covid", "19"]),
        ("self_help & self-help", ["self", "help", "self", "help"]),
        ("Béla Ångström, 你好", ["béla", "ångström", "你好"]),
        ("", []),
        ("--", []),
    ],
)
def test_texts_are_cut_at_everything_else(text, expected):
    assert tokens(text) == expected


@pytest.mark.parametrize(
    ("word", "expected"),
    [("work*", ["work*"]), ("women's*", ["women", "s*"]), ("wom?n", ["wom?n"]), ("o'brien", ["o", "brien"]), ("'", [])],
)
def test_words_of_an_expression_keep_their_wildcards_when_cut(word, expected):
    assert pieces(word) == expected


@given(st.text("ab_- é", max_size=12), st.text("abé", max_size=2))
def test_words_are_found_by_their_beginning_without_cutting_the_text(text, letters):
    assert list(beginning(letters, text)) == [word for word in tokens(text) if word.startswith(letters)]


def test_stop_words_are_those_of_lucene_and_what_apostrophes_leave():
    assert len(STOP) == 35
    assert {"s", "t", "the", "of", "such"} <= STOP
    assert not {"we", "from", "i", "has"} & STOP


def test_only_texts_of_works_are_stemmed():
    assert [field for field in TEXTS if is_stemmed(field, exact=False)] == ["text", "title", "abstract"]
    assert not any(is_stemmed(field, exact=True) for field in TEXTS)


@pytest.mark.parametrize(
    ("words", "stemmed", "silent"),
    [
        (("of", "the"), True, True),
        (("of", "the"), False, False),
        (("quality", "of"), True, False),
        (("t's",), True, True),
        (("the*",), True, False),
        (("'",), False, True),
        ((), False, True),
    ],
)
def test_words_say_nothing_when_all_of_them_are_passed_over(words, stemmed, silent):
    assert says_nothing(words, stemmed=stemmed) is silent


def fits(pattern: str, word: str) -> bool:
    """What a pattern means, letter by letter."""
    if not pattern:
        return not word
    if pattern[0] == "*":
        return any(fits(pattern[1:], word[skipped:]) for skipped in range(len(word) + 1))
    return bool(word) and pattern[0] in ("?", word[0]) and fits(pattern[1:], word[1:])


@given(st.text("ab*?", max_size=7), st.text("ab", max_size=7))
def test_a_pattern_fits_what_its_wildcards_say(pattern, word):
    assert like(pattern)(word) is fits(pattern, word)


def test_no_pattern_takes_long_on_a_long_word():
    """A regular expression with a dozen free stretches would never end."""
    assert not like("aaa*" * 12 + "b")("a" * 20_000)
    assert like("aaa*" * 12 + "b")("a" * 20_000 + "b")


@pytest.mark.parametrize(
    ("pattern", "expected"),
    [
        ("worker*", ("worker", "workers")),
        ("veteran*", ("veteran", "veterans")),
        ("mentor*", ("mentor", "mentored", "mentoring", "mentors", "mentorship")),
        ("wom?n", ("woman", "women")),
        ("behavi*r", ("behavior", "behaviour")),
        ("organisation*", ("organisation", "organisational", "organisations")),
        ("programme", ("programme",)),
    ],
)
def test_a_truncated_word_stands_for_its_forms_in_either_spelling(pattern, expected):
    assert forms(pattern) == expected


@pytest.mark.parametrize("pattern", ["support*", "counsel*", "leader*", "provid*", "stigma*", "depress*", "train*"])
def test_truncations_that_reviews_use_have_few_forms(pattern):
    found = forms(pattern)
    assert found is not None
    assert list(found) == sorted(set(found))
    assert all(word.startswith(pattern[:-1]) and word.isalpha() for word in found)


def test_counselling_is_among_the_forms_in_both_spellings():
    assert {"counseling", "counselling", "counselor", "counsellors"} <= set(forms("counsel*") or ())


@pytest.mark.parametrize("pattern", ["peer*", "group*", "support*"])
def test_the_word_that_is_truncated_is_one_of_its_own_forms(pattern):
    assert pattern[:-1] in (forms(pattern) or ())


@pytest.mark.parametrize("pattern", ["work*", "care*", "con*", "xylq*", "???"])
def test_a_word_with_too_many_forms_or_none_has_no_list_of_them(pattern):
    assert forms(pattern) is None


def test_the_likeliest_forms_come_first_however_many_there_are():
    assert likeliest("work*", count=4) == ("work", "working", "worked", "works")
    assert likeliest("xylq*", count=4) == ()
    assert len(likeliest("con*", count=1_000_000)) > MOST
