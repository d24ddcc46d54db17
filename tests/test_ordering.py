"""What a search in a library finds is what its filter selects, in an order of which only the words decide."""

from collections.abc import Iterator

import pytest
from expressions import expressions, leaves
from hypothesis import assume, given, settings
from hypothesis import strategies as st
from library_evidence import keep, new, openalex

from harvester.errors import QueryError
from harvester.expression import parse
from harvester.expression.tree import Expression, Fact
from harvester.expression.tree import leaves as leaves_of
from harvester.library import Library, derive, ordering, selection

WORDS = ("peer", "peers", "recovery", "stigma", "the", "women's", "w123456", "同伴", "ärzt", "ärztin", "q'q")
HELD = [
    openalex(
        number, title=" ".join(WORDS[number % 5 :: 3]), abstract_inverted_index={WORDS[number % len(WORDS)]: [0, 1, 2]}
    )
    for number in range(1, 30)
]


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    with new(tmp_path_factory.mktemp("ordering")) as held:
        keep(held, HELD)
        derive(held)
        yield held


@settings(max_examples=200, deadline=None)
@given(expression=expressions(st.one_of(leaves(), leaves(WORDS))))
def test_any_search_finds_what_the_filter_selects(library: Library, expression: Expression) -> None:
    """Whatever stands in it, the index is asked in its own language and takes nothing away."""
    recorded = {"seed", "round", "decision"}
    assume(not any(isinstance(leaf, Fact) and leaf.field in recorded for leaf in leaves_of(expression)))
    found = ordering.ordered(library, expression, text="")
    assert len(found) == len(set(found))
    assert set(found) == selection.select(library, expression, text="")


def ordered(library: Library, text: str) -> list[str]:
    return ordering.ordered(library, parse.parse(text), text=text)


def test_words_count_in_every_form_and_only_where_they_are_wanted(library: Library) -> None:
    """A work that has a word in another form is no worse for it, and one that may lack it no better."""
    assert ordered(library, "peers") == ordered(library, "peer")
    assert ordered(library, "stigma OR NOT stigma")[: len(ordered(library, "stigma"))] == ordered(library, "stigma")


def test_what_is_recorded_of_nothing_is_refused(library: Library) -> None:
    with pytest.raises(QueryError, match="no citation search"):
        ordered(library, "peer AND seed:true")
