"""What a search becomes before it is sent, and what is said of that."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import QueryError
from harvester.expression.evaluate import Described, matcher
from harvester.expression.forms import MOST, forms
from harvester.expression.parse import parse
from harvester.expression.settle import Settled, is_exact, settle
from harvester.expression.tree import (
    TEXTS,
    And,
    Expression,
    Fact,
    Near,
    Not,
    Or,
    Term,
    Years,
    all_of,
    any_of,
    is_pattern,
    leaves,
)
from harvester.expression.write import write

PEER = Term("text", ("peer",))
THE = Term("text", ("the",))
RECOVER = Term("text", ("recover*",))


def settled(expression: Expression) -> Settled:
    return settle(expression, text=write(expression))


def refused(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        settle(parse(text), text=text)
    assert caught.value.text == text
    return caught.value


# -- stemmed or exact -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "exact"),
    [
        (PEER, False),
        (RECOVER, True),
        (Term("title", ("wom?n",)), True),
        (Not(And((PEER, Or((Years(2015, None), RECOVER))))), True),
        (Term("text", ("peer", "work*")), False),
        (Near("text", ("peer",), ("work*",), 3), False),
        (Term("author", ("garc*",)), False),
        (Term("venue", ("psych*",)), False),
        (Fact("type", "review"), False),
    ],
)
def test_an_expression_is_exact_once_a_word_of_a_text_is_truncated_outside_phrases(expression, exact):
    assert is_exact(expression) is exact


def test_that_nothing_is_stemmed_is_said_with_the_words_that_cause_it():
    expression = And((RECOVER, PEER, Term("title", ("wom?n",)), RECOVER))
    found = settled(expression)
    assert found.expression == expression
    assert found.exact
    (sentence,) = found.changes
    assert sentence == (
        "recover* and wom?n are truncated, which OpenAlex allows only without stemming: every word is searched as it"
        " is written, and finds other forms of itself only where it is truncated too."
    )


def test_what_can_be_asked_as_it_is_written_stays_so_and_nothing_is_said():
    expression = And(
        (PEER, Term("title", ("quality", "of", "life"), 2), Years(2015, 2020), Not(Fact("type", "review")))
    )
    assert settled(expression) == Settled(expression, exact=False, changes=())


# -- truncation inside phrases -----------------------------------------------------------------------------------


def test_a_truncated_phrase_is_asked_once_for_words_of_one_stem():
    found = settled(Term("title", ("peer", "worker*")))
    assert found.expression == Term("title", ("peer", "worker"))
    (sentence,) = found.changes
    assert sentence == (
        'title:"peer worker*": worker* is asked as worker, which also finds workers'
        " (OpenAlex takes no truncation in phrases)."
    )


def test_in_an_exact_search_a_truncated_phrase_is_asked_for_every_form():
    found = settled(And((RECOVER, Term("text", ("peer", "worker*"), 3))))
    assert found.expression == And(
        (RECOVER, Or((Term("text", ("peer", "worker"), 3), Term("text", ("peer", "workers"), 3))))
    )
    assert found.changes[1] == (
        '"peer worker*"~3: worker* is asked as worker and workers (OpenAlex takes no truncation in phrases).'
    )


def test_both_sides_of_near_are_spelt_out():
    found = settled(Near("abstract", ("wom?n",), ("peer", "worker*"), 3))
    assert found.expression == Or(
        (
            Near("abstract", ("woman",), ("peer", "worker"), 3),
            Near("abstract", ("women",), ("peer", "worker"), 3),
        )
    )
    assert len(found.changes) == 2


def test_phrases_spelt_out_join_the_alternatives_round_them():
    found = settled(Or((PEER, Term("text", ("wom?n", "worker*")))))
    assert found.expression == Or((PEER, Term("text", ("woman", "worker")), Term("text", ("women", "worker"))))


def test_names_of_journals_are_spelt_out_form_by_form():
    found = settled(Term("venue", ("journal", "worker*")))
    assert found.expression == Or((Term("venue", ("journal", "worker")), Term("venue", ("journal", "workers"))))


@pytest.mark.parametrize("exact", [False, True])
@pytest.mark.parametrize("pattern", ["worker*", "support*", "counsel*", "leader*", "behavi*r", "wom?n", "stigma*"])
def test_every_form_of_a_truncated_word_is_found_in_its_phrase(pattern, exact):
    expression = Term("text", ("peer", pattern))
    found = settle(And((expression, RECOVER)) if exact else expression, text="")
    asked = found.expression.parts[0] if isinstance(found.expression, And) else found.expression
    test = matcher(asked, exact=found.exact)
    spelt = forms(pattern)
    assert spelt
    for word in spelt:
        assert test(Described((f"a peer {word} here",), None, (), (), None, {})) is True
        assert any(word in sentence for sentence in found.changes)


@pytest.mark.parametrize(
    ("text", "span", "reason", "suggestion"),
    [
        (
            '"peer work*" AND recovery',
            (0, 12),
            "work* stands for more than 30 words",
            '("peer work" OR "peer working" OR "peer worked" OR "peer works") AND recovery',
        ),
        (
            "title:(recovery AND (peer NEAR/3 work*))",
            (21, 38),
            "work* stands for more than 30 words",
            (
                "title:(recovery AND (((peer NEAR/3 work) OR (peer NEAR/3 working) OR (peer NEAR/3 worked) OR"
                " (peer NEAR/3 works))))"
            ),
        ),
        (
            'recovery title:"peer xylq*"',
            (9, 27),
            "no English word is known to fit xylq*",
            "recovery (title:peer AND title:xylq*)",
        ),
        (
            'author:"garcia mar*"',
            (0, 20),
            "no list says which names mar* stands for",
            "(author:garcia AND author:mar*)",
        ),
        (
            'venue:"support* counsel* of peers"',
            (0, 34),
            "spelt out it would be 168 phrases, of 30 at most",
            (
                '(venue:"support counsel of peers" OR venue:"support counsellor of peers"'
                ' OR venue:"supporting counsel of peers" OR venue:"supporting counsellor of peers")'
            ),
        ),
    ],
)
def test_a_phrase_that_cannot_be_spelt_out_is_refused_with_one_that_can_be_pasted(text, span, reason, suggestion):
    error = refused(text)
    assert reason in str(error)
    assert "OpenAlex takes no truncation in phrases" in str(error)
    assert error.span == span
    assert error.suggestion == suggestion
    assert settle(parse(suggestion), text=suggestion).expression


def test_a_form_that_is_a_stop_word_is_not_asked_for_with_stemming():
    """It would let any word stand in its place."""
    spelt = forms("int*o")
    assert spelt
    assert "into" in spelt
    found = settled(Term("text", ("int*o", "practice")))
    assert all("into" not in leaf.words for leaf in leaves(found.expression) if isinstance(leaf, Term))


# -- words that say nothing --------------------------------------------------------------------------------------


def test_stop_words_are_left_out_of_a_stemmed_search_and_named():
    of = Term("text", ("of",))
    found = settled(And((THE, Term("text", ("quality",)), of, Term("text", ("life",)), THE)))
    assert found.expression == And((Term("text", ("quality",)), Term("text", ("life",))))
    assert found.changes == ('"the" and "of" are left out: OpenAlex does not look for words so common.',)


@pytest.mark.parametrize(
    ("expression", "kept"),
    [
        (And((PEER, Not(THE))), PEER),
        (Or((PEER, THE)), PEER),
        (Or((Years(2015, None), And((THE, Term("abstract", ("of", "the")))))), Years(2015, None)),
        (Not(And((THE, Not(PEER)))), PEER),
        (Near("text", ("the",), ("peer", "support"), 3), Term("text", ("peer", "support"))),
        (And((Term("venue", ("the",)), THE)), Term("venue", ("the",))),
    ],
)
def test_what_says_nothing_leaves_no_trace_in_the_tree(expression, kept):
    assert settled(expression).expression == kept


def test_stop_words_count_in_an_exact_search():
    expression = And((THE, RECOVER))
    assert settled(expression).expression == expression


@pytest.mark.parametrize("text", ["the", "the AND of", 'NOT ("of the" OR (the NEAR/2 of))'])
def test_a_search_of_nothing_but_stop_words_is_refused(text):
    error = refused(text)
    assert str(error).startswith('Nothing is left to search for: "')
    assert error.span == (0, len(text))


# -- any expression ----------------------------------------------------------------------------------------------

PLAIN = st.sampled_from(["peer", "peers", "support", "of", "the", "children's"])
TRUNCATED = st.sampled_from(["peer*", "worker*", "wom?n"])
WORDS = st.lists(PLAIN | TRUNCATED, min_size=1, max_size=3).map(tuple)
FIELDS = st.sampled_from([field for field in TEXTS if field != "author"])
LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Term, FIELDS, WORDS, st.integers(0, 2)),
    st.builds(Near, FIELDS, WORDS, WORDS, st.integers(0, 2)),
    st.builds(Years, st.integers(2018, 2019), st.none()),
)
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: all_of(*parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: any_of(*parts)),
        inner.map(lambda part: part.part if isinstance(part, Not) else Not(part)),
    ),
    max_leaves=5,
)
SENTENCE = st.lists(
    st.sampled_from(["peer", "peers", "support", "of", "the", "worker", "workers", "woman", "women", "x"]), max_size=6
).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(TREES)
def test_what_is_settled_holds_no_truncation_in_phrases_and_stays_settled(expression):
    try:
        found = settled(expression)
    except QueryError as error:
        refusal = str(error)
        assert refusal.startswith("Nothing is left") or f"{MOST} at most" in refusal
        return
    for leaf in leaves(found.expression):
        if isinstance(leaf, Term) and any(map(is_pattern, leaf.words)):
            assert len(leaf.words) == 1
        if isinstance(leaf, Near):
            assert not any(map(is_pattern, (*leaf.left, *leaf.right)))
    assert found.exact is is_exact(expression)
    assert found.exact is is_exact(found.expression)
    assert (found.expression == expression) is not any(
        "asked as" in said or "left out" in said for said in found.changes
    )
    again = settle(found.expression, text="")
    assert again.expression == found.expression


@settings(max_examples=300, deadline=None)
@given(TREES, SENTENCE, SENTENCE, st.integers(2017, 2020))
def test_a_settled_search_finds_what_the_words_in_a_text_of_common_forms_say(expression, title, abstract, year):
    """Where texts hold no other forms than those on the list, spelling them out changes no answer."""
    try:
        found = settled(expression)
    except QueryError:
        return
    work = Described((title,), (abstract,), (), (title,), year, {})
    assert matcher(found.expression, exact=found.exact)(work) is matcher(expression)(work)


def test_an_expression_a_hundred_levels_deep_is_settled():
    expression: Expression = PEER
    for level in range(50):
        expression = Or((Years(1900 + level, 1900), And((expression, Not(THE), Fact("type", f"t{level}")))))
    assert THE not in leaves(settle(expression, text="").expression)
