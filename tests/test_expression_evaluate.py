"""Whether a work is what an expression describes: against the definitions, applied without any haste."""

import itertools
import json
import lzma
import os
import random
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.expression.evaluate import Described, described, matcher
from harvester.expression.settle import is_exact
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
)
from harvester.expression.words import STOP, stem
from harvester.model import Abstract, Authorship, OpenAccess, Record, Section, Title, Venue, Work
from harvester.replica.openalex_search import Texts, parse

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
FOLDER = SHARED / "data" / "openalex"
REVIEWS = ("Oud_2018", "Jeyaraman_2020", "Donners_2021", "Nelson_2002")

recorded = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the reviews' works are not beside the repository (HARVESTER_SHARED)"
)

# -- the definitions, as they are written ------------------------------------------------------------------------

Answer = bool | None
SILENT = "says nothing"


def cut(text: str) -> list[str]:
    return re.findall(r"[^\W_]+", text.lower())


def asked(words: tuple[str, ...]) -> list[str]:
    return [piece for word in words for piece in re.findall(r"(?:[^\W_]|[*?])+", word)]


def same(word: str, token: str, *, stemmed: bool) -> bool:
    if "*" in word or "?" in word:
        return re.fullmatch(word.replace("*", ".*").replace("?", "."), token) is not None
    return stem(word) == stem(token) if stemmed else word == token


def phrase(words: list[str], slop: int, text: list[str], *, stemmed: bool) -> bool:
    """Every word has a place of its own, and the places less those in the phrase differ by no more than the slop."""
    numbered = [(number, word) for number, word in enumerate(words) if not (stemmed and word in STOP)]
    places = [[p for p, token in enumerate(text) if same(word, token, stemmed=stemmed)] for _, word in numbered]
    for chosen in itertools.product(*places):
        shifts = [place - number for place, (number, _) in zip(chosen, numbered, strict=True)]
        if len(set(chosen)) == len(chosen) and max(shifts) - min(shifts) <= slop:
            return True
    return False


def stands(words: list[str], start: int, text: list[str], *, stemmed: bool) -> bool:
    return all(
        (stemmed and word in STOP)
        or (0 <= start + number < len(text) and same(word, text[start + number], stemmed=stemmed))
        for number, word in enumerate(words)
    )


def near(left: list[str], right: list[str], distance: int, text: list[str], *, stemmed: bool) -> bool:
    """Each side stands somewhere with its words together, they share no place, and few words are between."""
    reach = range(-len(left) - len(right), len(text))
    ones, others = ([at for at in reach if stands(side, at, text, stemmed=stemmed)] for side in (left, right))
    for one, other in itertools.product(ones, others):
        places, more = set(range(one, one + len(left))), set(range(other, other + len(right)))
        between = set(range(min(places | more), max(places | more) + 1)) - places - more
        if not places & more and len(between) <= distance:
            return True
    return False


def texts(field: str, work: Described) -> list[str]:
    abstracts = list(work.abstracts or ())
    fields = {"title": work.titles, "abstract": abstracts, "author": work.authors, "venue": work.venues}
    return [*work.titles, *abstracts] if field == "text" else list(fields[field])


def leaf_holds(leaf: Term | Near, work: Described, *, exact: bool) -> Answer | str:
    stemmed = not exact and leaf.field in ("text", "title", "abstract")
    sides = [asked(side) for side in ((leaf.words,) if isinstance(leaf, Term) else (leaf.left, leaf.right))]
    sides = [side for side in sides if any(not (stemmed and word in STOP) for word in side)]
    if not sides:
        return SILENT
    found = [cut(text) for text in texts(leaf.field, work)]
    if len(sides) == 1:
        slop = leaf.slop if isinstance(leaf, Term) else 0
        return any(phrase(sides[0], slop, text, stemmed=stemmed) for text in found)
    assert isinstance(leaf, Near)
    return any(near(sides[0], sides[1], leaf.distance, text, stemmed=stemmed) for text in found)


def holds(expression: Expression, work: Described, *, exact: bool, unknown: bool = False) -> Answer | str:
    """The truth by Kleene's tables; `unknown` takes an abstract that is not there for one nobody knows."""
    if isinstance(expression, Years):
        first = -9999 if expression.first is None else expression.first
        last = 9999 if expression.last is None else expression.last
        return work.year is not None and first <= work.year <= last
    if isinstance(expression, Fact):
        return expression.value in work.facts.get(expression.field, set())
    if isinstance(expression, Not):
        inner = holds(expression.part, work, exact=exact, unknown=unknown)
        return inner if inner in (SILENT, None) else not inner
    if isinstance(expression, And | Or):
        parts = [holds(part, work, exact=exact, unknown=unknown) for part in expression.parts]
        said = [part for part in parts if part != SILENT]
        if not said:
            return SILENT
        decisive = isinstance(expression, Or)
        return decisive if decisive in said else None if None in said else not decisive
    found = leaf_holds(expression, work, exact=exact)
    open_field = expression.field in ("text", "abstract") and work.abstracts is None
    return None if unknown and found is False and open_field else found


def judged(expression: Expression, work: Described, *, exact: bool, unknown: bool = False) -> Answer:
    found = holds(expression, work, exact=exact, unknown=unknown)
    assert not isinstance(found, str) or found == SILENT
    return False if isinstance(found, str) else found


# -- trees and works with few words, so that they meet -----------------------------------------------------------

SAID = ["peer", "peers", "support", "supported", "of", "the", "life", "children's"]
PLAIN = st.sampled_from(SAID)
TRUNCATED = st.sampled_from(["peer*", "sup*", "l?fe", "chi*'s", "pee*s"])
WORDS = st.lists(PLAIN | TRUNCATED, min_size=1, max_size=3).map(tuple)
FIELDS = st.sampled_from(TEXTS)
LEAVES: st.SearchStrategy[Expression] = st.one_of(
    st.builds(Term, FIELDS, WORDS, st.integers(0, 4)),
    st.builds(Term, FIELDS, PLAIN.map(lambda word: (word,))),
    st.builds(Near, FIELDS, WORDS, WORDS, st.integers(0, 2)),
    st.builds(Years, st.none() | st.integers(2018, 2020), st.none() | st.integers(2018, 2020)),
    st.builds(Fact, st.sampled_from(["type", "source"]), st.sampled_from(["review", "crossref"])),
)
TREES: st.SearchStrategy[Expression] = st.recursive(
    LEAVES,
    lambda inner: st.one_of(
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: all_of(*parts)),
        st.lists(inner, min_size=2, max_size=3).map(lambda parts: any_of(*parts)),
        inner.map(lambda part: part.part if isinstance(part, Not) else Not(part)),
    ),
    max_leaves=6,
)
SENTENCES = st.lists(st.sampled_from([*SAID, "Peer", "LIFE", "-", "x"]), max_size=6).map(" ".join)
SOME = st.lists(SENTENCES, max_size=2).map(tuple)
WORKS = st.builds(
    Described,
    titles=SOME,
    abstracts=st.none() | SOME,
    authors=SOME,
    venues=SOME,
    year=st.none() | st.integers(2017, 2021),
    facts=st.dictionaries(
        st.sampled_from(["type", "source"]), st.frozensets(st.sampled_from(["review", "crossref"]), max_size=2)
    ),
)


@settings(max_examples=1_000, deadline=None)
@given(TREES, WORKS, st.sampled_from([True, False]))
def test_a_work_is_judged_by_the_definitions(expression, work, exact):
    assert matcher(expression, exact=exact)(work) is judged(expression, work, exact=exact)
    unsure = matcher(expression, exact=exact, unknown_abstract="unknown")(work)
    assert unsure is judged(expression, work, exact=exact, unknown=True)


@settings(max_examples=300, deadline=None)
@given(TREES, WORKS)
def test_an_expression_is_judged_in_the_way_it_asks_for(expression, work):
    assert matcher(expression)(work) is matcher(expression, exact=is_exact(expression))(work)


@settings(max_examples=300, deadline=None)
@given(st.lists(st.sampled_from(["a", "b", "c"]), min_size=2, max_size=4), st.integers(0, 6), st.data())
def test_a_loose_phrase_with_repeated_words_has_a_place_for_each(words, slop, data):
    text = " ".join(data.draw(st.lists(st.sampled_from(["a", "b", "c", "x"]), max_size=8)))
    found = matcher(Term("title", tuple(words), slop), exact=True)(Described((text,), None, (), (), None, {}))
    assert found is phrase(words, slop, cut(text), stemmed=False)


ABSTRACTS = st.none() | st.lists(st.sampled_from([*SAID, "x"]), max_size=8).map(" ".join)


@settings(max_examples=300, deadline=None)
@given(TREES, WORKS, st.lists(ABSTRACTS, min_size=1, max_size=5), st.sampled_from([True, False]))
def test_what_is_judged_without_an_abstract_holds_with_any(expression, work, abstracts, exact):
    verdict = matcher(expression, exact=exact, unknown_abstract="unknown")(work._replace(abstracts=None))
    for abstract in abstracts:
        whole = work._replace(abstracts=() if abstract is None else (abstract,))
        answer = matcher(expression, exact=exact, unknown_abstract="unknown")(whole)
        assert answer is not None
        assert verdict in (None, answer)


@st.composite
def read_once(draw: st.DrawFn) -> Expression:
    """An expression in which no word comes twice, so that no two of its parts hang together."""
    words = draw(st.lists(st.sampled_from("abcdef"), min_size=1, max_size=5, unique=True))
    parts: list[Expression] = [Term(draw(st.sampled_from(["text", "title", "abstract"])), (word,)) for word in words]
    while len(parts) > 1:
        one, other = parts.pop(), parts.pop(0)
        join = draw(st.sampled_from([all_of, any_of]))
        joined = join(one, other)
        parts.append(Not(joined) if draw(st.booleans()) else joined)
    return parts[0]


@settings(max_examples=150, deadline=None)
@given(read_once(), st.sets(st.sampled_from("abcdef")))
def test_a_work_is_left_open_only_where_abstracts_differ(expression, title):
    """For expressions whose words are all different, an abstract could be found for either answer."""
    work = Described((" ".join(sorted(title)),), None, (), (), None, {})
    answers = set()
    for kept in itertools.product([True, False], repeat=6):
        abstract = " ".join(itertools.compress("abcdef", kept))
        answers.add(matcher(expression, exact=True)(work._replace(abstracts=(abstract,))))
    verdict = matcher(expression, exact=True, unknown_abstract="unknown")(work)
    assert verdict is (answers.pop() if len(answers) == 1 else None)


# -- single facts, for the reader -------------------------------------------------------------------------------


def titled(*titles: str, **more: Any) -> Described:
    return Described(titles, None, (), (), None, {})._replace(**more)


def test_the_two_ways_to_compare_words():
    work = titled("Psychological support")
    assert matcher(Term("text", ("psychology",)))(work) is True
    assert matcher(Term("text", ("psychology",)), exact=True)(work) is False


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("Quality of life", True),
        ("quality for life", True),
        ("quality life", False),
        ("quality of their life", False),
    ],
)
def test_a_stop_word_in_a_phrase_keeps_its_place(title, found):
    assert matcher(Term("text", ("quality", "of", "life")))(titled(title)) is found


def test_a_stop_word_at_the_edge_of_a_phrase_needs_no_place():
    assert matcher(Term("text", ("the", "quality", "of")))(titled("quality")) is True


@pytest.mark.parametrize(("slop", "found"), [(0, False), (1, False), (2, True)])
def test_two_words_change_places_at_a_slop_of_two(slop, found):
    assert matcher(Term("text", ("peer", "support"), slop))(titled("support peer")) is found


def test_a_phrase_does_not_cross_from_title_to_abstract_but_and_does():
    work = titled("on peer", abstracts=("support works",))
    assert matcher(Term("text", ("peer", "support")))(work) is False
    assert matcher(And((Term("text", ("peer",)), Term("text", ("support",)))))(work) is True


@pytest.mark.parametrize(
    ("title", "found"),
    [
        ("peer support by nurses", True),
        ("nurses as good peer support", True),
        ("peer and support by nurses", False),
        ("peer support by many more kind nurses", False),
    ],
)
def test_the_sides_of_near_keep_their_words_together_in_either_order(title, found):
    assert matcher(Near("text", ("peer", "support"), ("nurse",), 2))(titled(title)) is found


def test_the_sides_of_near_do_not_share_a_word():
    expression = Near("text", ("peer",), ("peer", "support"), 3)
    assert matcher(expression)(titled("peer support")) is False
    assert matcher(expression)(titled("peer support and peer")) is True


def test_a_side_of_near_that_says_nothing_leaves_the_other():
    assert matcher(Near("text", ("the",), ("peer", "support"), 0))(titled("good peer support")) is True
    assert matcher(Near("text", ("the",), ("of",), 0))(titled("the of")) is False


def test_truncation_works_in_any_place_here():
    work = titled("Peers work together")
    assert matcher(Term("text", ("peer*", "wor?")))(work) is True
    assert matcher(Near("text", ("together",), ("pe*",), 1), exact=True)(work) is True


def test_a_phrase_of_names_stays_within_one_name():
    work = titled(authors=("John Doe", "Alice Smith-Jones"))
    assert matcher(Term("author", ("john", "smith")))(work) is False
    assert matcher(Term("author", ("smith", "jones")))(work) is True
    assert matcher(And((Term("author", ("john",)), Term("author", ("smith",)))))(work) is True


def test_names_of_people_and_journals_are_not_stemmed():
    work = titled(authors=("Will Powers",), venues=("The Journal of Nurses",))
    assert matcher(Term("author", ("power",)))(work) is False
    assert matcher(Term("author", ("will",)))(work) is True
    assert matcher(Term("venue", ("the", "journal")))(work) is True
    assert matcher(Term("venue", ("nurse",)))(work) is False


def test_a_work_without_a_year_is_in_no_range():
    assert matcher(Years(None, None))(titled("x")) is False
    assert matcher(Not(Years(2000, None)))(titled("x")) is True
    assert matcher(Years(2015, 2015))(titled("x", year=2015)) is True


def test_what_says_nothing_matches_nothing_and_weighs_nothing():
    silent, peer = Term("text", ("the",)), Term("text", ("peer",))
    work = titled("the peer")
    assert matcher(silent)(work) is False
    assert matcher(Not(silent))(work) is False
    assert matcher(And((silent, peer)))(work) is True
    assert matcher(And((Not(silent), peer)))(work) is True
    assert matcher(Or((silent, peer)))(titled("the")) is False
    assert matcher(silent, exact=True)(work) is True


@pytest.mark.parametrize(
    ("expression", "verdict"),
    [
        (Term("text", ("peer",)), True),
        (Term("text", ("recovery",)), None),
        (Term("title", ("recovery",)), False),
        (Term("abstract", ("peer",)), None),
        (Not(Term("text", ("peer",))), False),
        (Not(Term("abstract", ("peer",))), None),
        (And((Term("text", ("recovery",)), Years(2020, None))), False),
        (And((Term("text", ("recovery",)), Years(2010, None))), None),
        (Or((Term("text", ("recovery",)), Term("title", ("peer",)))), True),
    ],
)
def test_without_an_abstract_only_what_is_certain_is_judged(expression, verdict):
    work = titled("Peer support", year=2015)
    assert matcher(expression, unknown_abstract="unknown")(work) is verdict
    assert matcher(expression)(work) is matcher(expression)(work._replace(abstracts=()))


def test_an_abstract_that_is_known_leaves_nothing_open():
    work = titled("Peer support", abstracts=("Nothing else.",))
    assert matcher(Term("text", ("recovery",)), unknown_abstract="unknown")(work) is False


def test_a_tree_a_hundred_levels_deep_is_judged():
    expression: Expression = Term("text", ("peer",))
    for level in range(50):
        expression = Or((Years(1900 + level, 1900), And((expression, Not(Fact("type", f"t{level}"))))))
    assert matcher(expression)(titled("peer")) is True


def test_a_long_text_of_one_word_is_judged_at_once():
    """Neither loose phrases nor NEAR try every pair of places."""
    work = titled("peer " * 20_000)
    assert matcher(Term("text", ("peer", "support"), 50))(work) is False
    assert matcher(Term("text", ("peer",) * 5, 50))(work) is True
    assert matcher(Near("text", ("peer",), ("peer", "support"), 50))(work) is False
    assert matcher(Near("text", ("peer", "peer"), ("peer",), 0))(work) is True


# -- what a record offers ---------------------------------------------------------------------------------------


def test_a_record_offers_its_texts_names_and_facts():
    record = Record(
        source="crossref",
        native_id="10.1/x",
        title="Recovery colleges",
        subtitle="A review",
        other_titles=(Title(text="Genesungsschulen", source="openalex"),),
        abstract="Whole.",
        abstract_sections=(Section(label="Aims", text="Parts."),),
        other_abstracts=(Abstract(text="Zusammenfassung.", source="openalex"),),
        authors=(Authorship(name="Geoff Shepherd"), Authorship(name="Geoff Shepherd")),
        venue=Venue(name="Mental Health Today", short_name="MHT", series="Reviews"),
        year=2012,
        type="Journal-Article",
        language="EN",
        is_retracted=False,
        open_access=OpenAccess(is_open=True),
    )
    assert described(record) == Described(
        titles=("Recovery colleges: A review", "Genesungsschulen"),
        abstracts=("Whole.", "Zusammenfassung."),
        authors=("Geoff Shepherd",),
        venues=("Mental Health Today", "MHT", "Reviews"),
        year=2012,
        facts={
            "type": frozenset({"journal-article"}),
            "language": frozenset({"en"}),
            "source": frozenset({"crossref"}),
            "retracted": frozenset({"false"}),
            "open_access": frozenset({"true"}),
        },
    )


def test_a_work_known_only_by_being_cited_offers_little():
    assert described(Work(key="doi:10.1/x")) == Described((), None, (), (), None, {})


def test_sections_stand_for_an_abstract_that_is_not_given_whole():
    sections = (Section(label=None, text="Before."), Section(label="Results", text="Some."))
    assert described(Work(key="x", abstract_sections=sections)).abstracts == ("Before.\nResults: Some.",)


def test_facts_of_the_library_are_added_to_those_of_the_work():
    more: Mapping[str, frozenset[str]] = {"round": frozenset({"1"}), "type": frozenset({"review"})}
    work = described(Work(key="x", type="article", sources=("crossref", "openalex")), facts=more)
    assert matcher(Fact("round", "1"))(work) is True
    assert matcher(Fact("type", "article"))(work) is False
    assert matcher(And((Fact("source", "openalex"), Fact("source", "crossref"))))(work) is True


# -- real records -----------------------------------------------------------------------------------------------


@cache
def corpus(review: str) -> list[dict[str, Any]]:
    with lzma.open(FOLDER / f"{review}_works.jsonl.xz", "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


def abstract_of(work: dict[str, Any]) -> str | None:
    index = work.get("abstract_inverted_index")
    if not index:
        return None
    return " ".join(word for _, word in sorted((place, word) for word, places in index.items() for place in places))


@cache
def offered(review: str) -> list[Described]:
    works = []
    for work in corpus(review):
        abstract = abstract_of(work)
        titles = (work["title"],) if work.get("title") else ()
        works.append(Described(titles, (abstract,) if abstract else None, (), (), work["publication_year"], {}))
    return works


def searches(review: str, count: int) -> Iterator[tuple[Expression, str]]:
    """Expressions made of words that stand in the works, and how OpenAlex is asked for each."""
    chance = random.Random(review)
    works = [work for work in offered(review) if work.abstracts]

    def run_of(length: int) -> list[str]:
        while True:
            text = cut(chance.choice([*(work := chance.choice(works)).titles, *(work.abstracts or ())]))
            at = chance.randrange(max(1, len(text) - length))
            found = text[at : at + length]
            if len(found) == length and not any(word in STOP for word in (found[0], found[-1])):
                return found

    def leaf() -> tuple[Expression, str]:
        words = run_of(chance.choice([1, 1, 2, 2, 3]))
        return Term("text", tuple(words)), words[0] if len(words) == 1 else f'"{" ".join(words)}"'

    def near() -> tuple[Expression, str]:
        one, other = run_of(chance.choice([1, 2])), run_of(1)
        while {*map(stem, one)} & {*map(stem, other)}:
            other = run_of(1)  # at OpenAlex the two sides may share a word
        distance = chance.randrange(40)
        return Near("text", tuple(one), tuple(other), distance), f'"{" ".join(one)}"~{distance}~"{other[0]}"'

    def tree(depth: int) -> tuple[Expression, str]:
        if depth == 0 or chance.random() < 0.2:
            return leaf()
        parts = [tree(depth - 1) for _ in range(chance.choice([2, 2, 3]))]
        if chance.random() < 0.5:
            return any_of(*(part for part, _ in parts)), f"({' OR '.join(text for _, text in parts)})"
        (first, written), (second, denied) = parts[0], parts[1]
        if chance.random() < 0.3:
            return all_of(first, Not(second)), f"({written} AND NOT {denied})"
        return all_of(*(part for part, _ in parts)), f"({' AND '.join(text for _, text in parts)})"

    for _ in range(count):
        yield near() if chance.random() < 0.2 else tree(chance.choice([0, 1, 1, 2]))


@recorded
@pytest.mark.parametrize("review", REVIEWS)
@pytest.mark.parametrize("exact", [False, True])
def test_real_works_are_found_as_the_replica_of_openalex_finds_them(review, exact):
    """The replica searches by an index and shares no code with this package."""
    replica = Texts(corpus(review))
    scope = "search.title_and_abstract" + (".exact" if exact else "")
    found_any = 0
    for expression, text in searches(review, 40):
        test = matcher(expression, exact=exact)
        found = {number for number, work in enumerate(offered(review)) if test(work)}
        assert found == set(replica.search(parse(text, scope), scope)), text
        found_any += 0 < len(found) < len(offered(review))
    assert found_any > 15


@recorded
@pytest.mark.parametrize("review", REVIEWS)
def test_real_works_are_judged_by_the_definitions(review):
    chance = random.Random(review)
    for expression, _ in searches(review, 20):
        for exact in (False, True):
            tests = [matcher(expression, exact=exact), matcher(expression, exact=exact, unknown_abstract="unknown")]
            for work in chance.sample(offered(review), 6):
                expected = [judged(expression, work, exact=exact, unknown=unknown) for unknown in (False, True)]
                assert [test(work) for test in tests] == expected
