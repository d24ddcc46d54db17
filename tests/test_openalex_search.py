"""What OpenAlex is asked for an expression, against a reading of the server's own grammar written for these tests.

The reading (`Server`) follows GitHub ourresearch/openalex-elastic-api core/utils.py, core/filter.py, core/fields.py
and core/search.py, and for the words of a search GitHub apache/lucene queryparser/classic/QueryParserBase.java
(`addClause`) with Elasticsearch's rule for what only excludes. It answers with a truth value where the real server
answers with works: any assignment of truth to the leaves of an expression is a work.
"""

import json
import random
import re
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import parse_qs, quote_plus, unquote_plus, urlsplit

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from openalex_site import NOON, SITE

from harvester.errors import QueryError
from harvester.expression.tree import (
    And,
    Expression,
    Fact,
    Leaf,
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
from harvester.model import Query
from harvester.policy import openalex_price
from harvester.replica.http import Request
from harvester.sources import openalex
from harvester.sources.openalex_search import MOST_QUESTIONS, SLOW, counting, described, operators, questions

LONGEST_URL, LONGEST_VALUE = 3_800, 1_500


def word(text: str, field: str = "text", slop: int = 0) -> Term:
    return Term(field, tuple(text.split()), slop)  # type: ignore[arg-type]  # the tests write field names out


def near(left: str, right: str, distance: int = 3, field: str = "text") -> Near:
    return Near(field, tuple(left.split()), tuple(right.split()), distance)  # type: ignore[arg-type]  # as above


def asked(expression: Expression, *, exact: bool = False, **more: Any) -> list[str]:
    """The questions as the filters they hold, decoded."""
    return [filter_of(query) for query in questions(expression, exact=exact, **more).queries]


def filter_of(query: Query) -> str:
    return parse_qs(urlsplit(query.url).query)["filter"][0]


def refused(expression: Expression, *, exact: bool = False, text: str = "") -> QueryError:
    with pytest.raises(QueryError) as error:
        questions(expression, exact=exact, text=text)
    assert error.value.suggestion or "is no word" in str(error.value) or "has no value" in str(error.value)
    return error.value


# -- the server, read independently ----------------------------------------------------------------------


@dataclass
class Server:
    """One work, given by what is true of it, and whether filters let it through."""

    said: dict[tuple[Any, ...], bool]
    facts: dict[str, Any] = field(default_factory=dict)

    def finds(self, filters: str) -> bool:
        return all(self._passes(piece) for piece in self._pieces(filters))

    def _pieces(self, filters: str) -> list[str]:
        pieces, current, quoted = [], "", False
        for letter in filters:
            quoted ^= letter == '"'
            if letter == "," and not quoted:
                pieces.append(current)
                current = ""
            else:
                current += letter
        assert not quoted, "quotes that are not closed"
        return [piece for piece in [*pieces, current] if piece]

    def _passes(self, piece: str) -> bool:
        name, value = piece.split(":", 1)
        assert ":" not in value
        assert value.lower() not in ("", "none", "undefined")
        assert len(value) <= LONGEST_VALUE
        values = value.split("|")
        assert len(values) <= 100
        if ".search" in name:
            assert not any(part.startswith("!") for text in values for part in text.split())
            return any(self._matches(name, text) for text in values)
        if value.startswith("!") and len(values) > 1:
            return not any(self._has(name, part.replace("!", "")) for part in values)
        assert not any(part.startswith("!") for part in values[1:])
        return any(self._has(name, part) for part in values)

    def _has(self, name: str, value: str) -> bool:
        known = self.facts.get(name)
        if name == "publication_year":
            return self._in_years(known, value)
        if name in ("is_retracted", "open_access.is_oa"):
            assert value in ("true", "false", "null")
            return value == ("null" if known is None else str(known).lower())
        if value.startswith("!"):
            return bool(known != value[1:])
        assert value != "null"
        return bool(known == value)

    def _in_years(self, year: int | None, value: str) -> bool:
        def within(low: float, high: float) -> bool:
            return year is not None and low <= year <= high

        if value.startswith("-"):
            return within(-9e9, float(value[1:]))
        if value.endswith("-"):
            return within(float(value[:-1]), 9e9)
        if value.startswith("!"):
            low, _, high = value[1:].partition("-")
            return not within(float(low), float(high or low))
        low, _, high = value.partition("-")
        return within(float(low), float(high or low))

    def _matches(self, name: str, text: str) -> bool:
        self._check_wildcards(name, text)
        proximity = re.fullmatch(r'"([^"]*)"~(\d+)~"([^"]*)"', text)
        if proximity:
            left, distance, right = proximity.groups()
            return self.said[name, "near", tuple(left.split()), tuple(right.split()), int(distance)]
        assert '"~' not in text or not re.search(r'"~\d+~', text), "NEAR is no whole text"
        boolean = any(operator in text for operator in (" AND ", " OR ", " NOT "))
        wildcard = re.search(r'\w{3,}\*|\*\w{3,}|\w\?\w|\w{3,}~|"~', text)
        unstemmed = name.endswith(".exact") and re.search(r"\w\?", text)
        assert boolean or text.count('"') >= 2 or wildcard or unstemmed, f"matched loosely: {text}"
        assert not text.lower().endswith(("and", "not")), f"loses its end: {text}"
        assert not set(text) & set(r"/:[]<>{}+-!|&\^=")
        return Words(self, name, text).truth()

    def _check_wildcards(self, name: str, text: str) -> None:
        unquoted = re.sub(r'"[^"]*"', " ", text)
        assert not any(is_pattern(phrase) for phrase in re.findall(r'"([^"]*)"', text))
        for token in unquoted.split():
            if is_pattern(token):
                assert name.endswith(".exact") or name == "raw_author_name.search"
                assert token[0] not in "*?"
                if "*" in token:
                    run = re.search(r"(\w*)\*", token)
                    assert run is not None
                    assert len(run[1]) >= 3


class Words:
    """Lucene's classic parser with AND as its default: no precedence, only what each clause does to the last."""

    def __init__(self, server: Server, name: str, text: str) -> None:
        self.server, self.name = server, name
        self.tokens = re.findall(r'"[^"]*"(?:~\d+)?|[()]|[^\s()"]+', text)

    def truth(self) -> bool:
        found = self._query()
        assert not self.tokens, f"left over: {self.tokens}"
        return found

    def _query(self) -> bool:
        clauses: list[tuple[str, bool]] = []
        joined: set[str] = set()
        while self.tokens and self.tokens[0] != ")":
            conjunction = self.tokens.pop(0) if self.tokens[0] in ("AND", "OR") else ""
            negated = bool(self.tokens) and self.tokens[0] == "NOT"
            if negated:
                self.tokens.pop(0)
            assert bool(clauses) or not conjunction
            if clauses:
                joined.add("OR" if conjunction == "OR" else "AND")
            if conjunction and clauses and clauses[-1][0] != "must not":
                clauses[-1] = ("must" if conjunction == "AND" else "should", clauses[-1][1])
            found = self._clause()
            clauses.append(("must not" if negated else "should" if conjunction == "OR" else "must", found))
        assert len(joined) < 2, "AND and OR in one bracket"
        return self._together(clauses)

    def _together(self, clauses: list[tuple[str, bool]]) -> bool:
        assert clauses
        if any(found for occurs, found in clauses if occurs == "must not"):
            return False
        required = [found for occurs, found in clauses if occurs == "must"]
        optional = [found for occurs, found in clauses if occurs == "should"]
        return all(required) and (bool(required) or not optional or any(optional))

    def _clause(self) -> bool:
        token = self.tokens.pop(0)
        assert token not in ("AND", "OR", "NOT", ")")
        if token == "(":
            found = self._query()
            assert self.tokens.pop(0) == ")"
            return found
        assert token == token.lower()
        phrase, _, slop = token.rpartition("~") if token.startswith('"') and token[-1] != '"' else (token, "", "0")
        return self.server.said[self.name, tuple(phrase.strip('"').split()), int(slop)]


# -- works, as assignments of truth ----------------------------------------------------------------------

FILTERS = {
    "text": "title_and_abstract.search",
    "title": "title.search",
    "abstract": "abstract.search",
    "author": "raw_author_name.search",
}
FACTS = {"type": "type", "language": "language", "retracted": "is_retracted", "open_access": "open_access.is_oa"}


def key(leaf: Term | Near, *, exact: bool) -> tuple[Any, ...]:
    name = FILTERS[leaf.field] + (".exact" if exact and leaf.field != "author" else "")
    if isinstance(leaf, Near):
        return name, "near", leaf.left, leaf.right, leaf.distance
    alone = len(leaf.words) == 1 and leaf.words[0].isalnum()
    return name, leaf.words, 0 if alone else leaf.slop


def is_true(expression: Expression, work: Server, *, exact: bool) -> bool:
    """What the expression itself says of a work."""
    if isinstance(expression, And):
        return all(is_true(part, work, exact=exact) for part in expression.parts)
    if isinstance(expression, Or):
        return any(is_true(part, work, exact=exact) for part in expression.parts)
    if isinstance(expression, Not):
        return not is_true(expression.part, work, exact=exact)
    if isinstance(expression, Years):
        year = work.facts["publication_year"]
        return year is not None and (expression.first or 0) <= year <= (expression.last or 9999)
    if isinstance(expression, Fact):
        known = work.facts[FACTS[expression.field]]
        return known is not None and expression.value == str(known).lower()
    return work.said[key(expression, exact=exact)]


def some_work(expression: Expression, chance: random.Random, *, exact: bool) -> Server:
    likely = chance.choice((0.1, 0.5, 0.9))
    return Server(
        said={
            key(leaf, exact=exact): chance.random() < likely
            for leaf in leaves(expression)
            if isinstance(leaf, Term | Near)
        },
        facts={
            "publication_year": chance.choice((None, 1999, 2010, 2014, 2015, 2016, 2020, 2021)),
            "type": chance.choice((None, "article", "review", "letter")),
            "language": chance.choice((None, "en", "es")),
            "is_retracted": chance.choice((None, True, False)),
            "open_access.is_oa": chance.choice((None, True, False)),
        },
    )


def leaf_strategy(*, exact: bool) -> st.SearchStrategy[Leaf]:
    fields = st.sampled_from(["text", "text", "title", "abstract", "author"])
    plain = [
        "peer",
        "support",
        "and",
        "not",
        "or",
        "to",
        "england",
        "thousand",
        "null",
        "none",
        "children's",
        "é",
        "19",
    ]
    # Words of one field that say different things; in this truth table nothing follows from one for another.
    words = st.lists(st.sampled_from(plain), min_size=1, max_size=3).map(tuple)
    terms = st.builds(Term, fields, words, st.sampled_from([0, 0, 0, 2]))
    lefts = st.sampled_from([("peer",), ("peer", "support")])
    rights = st.sampled_from([("peer",), ("quality",), ("support", "group")])
    facts = st.sampled_from(
        [
            Fact("type", "review"),
            Fact("type", "letter"),
            Fact("language", "en"),
            Fact("retracted", "true"),
            Fact("retracted", "false"),
            Fact("open_access", "true"),
        ]
    )
    bounds = st.sampled_from([None, 2010, 2015, 2020])
    years = st.builds(Years, bounds, bounds)
    kinds: list[st.SearchStrategy[Leaf]] = [terms, terms, st.builds(Near, fields, lefts, rights, st.integers(0, 9))]
    kinds += [facts, years]
    if exact:
        patterns = st.sampled_from(["peer*", "wom?n", "thou?and", "worke?", "behavi*r", "b?b"])
        kinds.append(st.builds(lambda field, pattern: Term(field, (pattern,)), fields, patterns))
    return st.one_of(kinds)


def trees(*, exact: bool) -> st.SearchStrategy[Expression]:
    def grown(below: st.SearchStrategy[Expression]) -> st.SearchStrategy[Expression]:
        several = st.lists(below, min_size=2, max_size=4)
        return st.one_of(
            several.map(lambda parts: all_of(*parts)),
            several.map(lambda parts: any_of(*parts)),
            below.map(lambda part: part.part if isinstance(part, Not) else Not(part)),
        )

    return st.recursive(leaf_strategy(exact=exact), grown, max_leaves=12)


def has_negated_near(expression: Expression, *, negated: bool = False) -> bool:
    if isinstance(expression, And | Or):
        return any(has_negated_near(part, negated=negated) for part in expression.parts)
    if isinstance(expression, Not):
        return has_negated_near(expression.part, negated=not negated)
    return isinstance(expression, Near) and negated


def holds_of_anything(expression: Expression) -> bool:
    """Whether an expression holds of a work of which nothing holds; what is not retracted is nothing special."""
    if isinstance(expression, And):
        return all(map(holds_of_anything, expression.parts))
    if isinstance(expression, Or):
        return any(map(holds_of_anything, expression.parts))
    if isinstance(expression, Not):
        return not holds_of_anything(expression.part)
    return isinstance(expression, Fact) and expression.value == "false"


def check_union(expression: Expression, *, exact: bool, works: int, seed: int = 0) -> int:
    """Compare the union of the questions with the expression on so many works; the number of questions."""
    queries = questions(expression, exact=exact).queries
    chance = random.Random(seed)
    parts = [filter_of(query) for query in queries]
    for _ in range(works):
        work = some_work(expression, chance, exact=exact)
        found = [work.finds(part) for part in parts]  # each part is read, also when an earlier one finds the work
        assert any(found) == is_true(expression, work, exact=exact)
    return len(queries)


@pytest.mark.parametrize("exact", [False, True])
def test_the_questions_together_find_what_the_expression_means(exact: bool) -> None:
    """For any tree and any work, the union of the questions is the expression, or there is a good reason for none."""

    @settings(max_examples=600, deadline=None, derandomize=True)
    @given(trees(exact=exact), st.integers(0, 2**32))
    @example(any_of(word("peer"), Not(word("support", "title"))), 0)
    @example(Not(all_of(near("peer", "support"), word("peer", "title"))), 0)
    def check(expression: Expression, seed: int) -> None:
        if holds_of_anything(expression) or has_negated_near(expression):
            with pytest.raises(QueryError):
                questions(expression, exact=exact)
        else:
            check_union(expression, exact=exact, works=30, seed=seed)

    check()


def check_too_many(expression: Expression) -> None:
    assert f"more than {MOST_QUESTIONS} questions" in str(refused(expression))


def long_lists() -> st.SearchStrategy[Expression]:
    """Strategies as reviews have them, too long for one question: long ORs joined by AND, some within another."""
    sizes = st.integers(1, 90)
    fields = st.sampled_from(["text", "text", "text", "title", "abstract"])

    def listed(number: int, size: int, field: str, length: int) -> Expression:
        return any_of(*(word(f"w{number}x{item} " + "y" * length, field) for item in range(size)))

    lists = st.builds(listed, st.integers(0, 9), sizes, fields, st.integers(1, 25))
    nested = st.lists(lists, min_size=1, max_size=3).map(lambda parts: all_of(*parts))
    rows = st.lists(st.one_of(lists, nested), min_size=1, max_size=3).map(lambda parts: any_of(*parts))
    rest: st.SearchStrategy[Expression] = st.sampled_from(
        [Years(2015, None), Not(word("protocol", "title")), near("peer", "support")]
    )
    blocks = st.lists(rows, min_size=1, max_size=3).map(lambda parts: all_of(*parts))
    return st.builds(lambda whole, more: all_of(whole, *more), blocks, st.lists(rest, max_size=2))


@settings(max_examples=20, deadline=None, derandomize=True)
@given(long_lists(), st.integers(0, 2**32))
def test_no_part_is_longer_than_allowed_and_the_parts_together_mean_the_whole(whole: Expression, seed: int) -> None:
    """Splitting keeps the meaning, and every part the limits; `Server` checks those of each text."""
    try:
        found = questions(whole, exact=False).queries
    except QueryError:
        check_too_many(whole)
        return
    assert len(found) <= MOST_QUESTIONS
    assert len(set(found)) == len(found)
    for query in found:
        name, _, rest = query.url.partition("?")
        reencoded = "&".join(
            f"{part.partition('=')[0]}={quote_plus(unquote_plus(part.partition('=')[2]), safe='*-._')}"
            for part in rest.split("&")
        )
        assert len(f"{name}?{reencoded}") <= LONGEST_URL
    check_union(whole, exact=False, works=8, seed=seed)
    assert questions(whole, exact=False).queries == found


# -- exactly what is sent --------------------------------------------------------------------------------

TEXT = "title_and_abstract.search"
SENT = {
    "one word": (word("peer"), [f'{TEXT}:"peer"']),
    "a phrase": (word("peer support"), [f'{TEXT}:"peer support"']),
    "words apart": (word("peer support", slop=4), [f'{TEXT}:"peer support"~4']),
    "an OR": (any_of(word("peer"), word("lived experience")), [f'{TEXT}:(peer OR "lived experience")']),
    "an AND": (all_of(word("peer"), word("work")), [f"{TEXT}:(peer AND work)"]),
    "blocks": (
        all_of(any_of(word("peer"), word("mentor")), any_of(word("a1"), word("b1"))),
        [f"{TEXT}:((peer OR mentor) AND (a1 OR b1))"],
    ),
    "an AND within an OR": (
        any_of(all_of(word("peer"), word("work")), word("mentor")),
        [f"{TEXT}:((peer AND work) OR mentor)"],
    ),
    "NOT": (
        all_of(word("peer"), Not(any_of(word("review"), word("protocol")))),
        [f"{TEXT}:(peer NOT (review OR protocol))"],
    ),
    "two NOTs": (
        all_of(word("peer"), Not(word("review")), Not(word("protocol"))),
        [f"{TEXT}:(peer NOT review NOT protocol)"],
    ),
    "NOT within an OR": (
        all_of(word("peer"), any_of(word("work"), Not(word("review")))),
        [f"{TEXT}:(peer NOT (review NOT work))"],
    ),
    "years and facts": (
        all_of(word("peer"), Years(2015, 2024), Fact("type", "review"), Not(Fact("language", "es"))),
        [f'{TEXT}:"peer",publication_year:2015-2024,type:review,language:!es'],
    ),
    "years left open": (all_of(word("peer"), Years(2015, None)), [f'{TEXT}:"peer",publication_year:2015-']),
    "years up to": (all_of(word("peer"), Years(None, 2015)), [f'{TEXT}:"peer",publication_year:-2015']),
    "one year": (all_of(word("peer"), Years(2015, 2015)), [f'{TEXT}:"peer",publication_year:2015']),
    "not these years": (all_of(word("peer"), Not(Years(2015, 2020))), [f'{TEXT}:"peer",publication_year:!2015-2020']),
    "not since": (all_of(word("peer"), Not(Years(2015, None))), [f'{TEXT}:"peer",publication_year:!2015-9999']),
    "not until": (all_of(word("peer"), Not(Years(None, 2015))), [f'{TEXT}:"peer",publication_year:!0-2015']),
    "any of the years": (
        all_of(word("peer"), any_of(Years(None, 1999), Years(2015, 2015))),
        [f'{TEXT}:"peer",publication_year:-1999|2015'],
    ),
    "any of the types": (
        all_of(word("peer"), any_of(Fact("type", "review"), Fact("type", "book-chapter"))),
        [f'{TEXT}:"peer",type:review|book-chapter'],
    ),
    "none of the types": (
        all_of(word("peer"), Not(any_of(Fact("type", "review"), Fact("type", "letter")))),
        [f'{TEXT}:"peer",type:!review|letter'],
    ),
    "not retracted": (all_of(word("peer"), Not(Fact("retracted", "true"))), [f'{TEXT}:"peer",is_retracted:false|null']),
    "open access": (all_of(word("peer"), Fact("open_access", "true")), [f'{TEXT}:"peer",open_access.is_oa:true']),
    "facts alone": (
        all_of(Fact("type", "retraction"), Years(2020, None)),
        ["publication_year:2020-,type:retraction"],
    ),
    "fields under AND": (
        all_of(word("peer", "title"), word("trial", "abstract"), word("smith", "author"), word("work", "title")),
        ['title.search:(peer AND work),abstract.search:"trial",raw_author_name.search:"smith"'],
    ),
    "fields under OR": (
        any_of(word("peer", "title"), word("trial", "abstract"), word("work", "title")),
        ["title.search:(peer OR work)", 'abstract.search:"trial"'],
    ),
    "a NOT in another field": (
        all_of(word("peer"), Not(word("protocol", "title"))),
        [f'{TEXT}:"peer",title.search:(NOT "protocol")'],
    ),
    "a NOT of two fields": (
        all_of(word("peer"), Not(any_of(word("protocol", "title"), word("animal", "abstract")))),
        [f'{TEXT}:"peer",title.search:(NOT "protocol"),abstract.search:(NOT "animal")'],
    ),
    "a NOT of two fields at once": (
        all_of(word("peer"), Not(all_of(word("protocol", "title"), word("animal", "abstract")))),
        [f'{TEXT}:"peer",title.search:(NOT "protocol")', f'{TEXT}:"peer",abstract.search:(NOT "animal")'],
    ),
    "years under OR": (
        all_of(word("peer"), any_of(Years(2020, None), word("trial", "title"))),
        [f'{TEXT}:"peer",publication_year:2020-', f'{TEXT}:"peer",title.search:"trial"'],
    ),
    "what the fields share": (
        any_of(all_of(word("peer", "title"), Years(2020, None)), all_of(word("work", "title"), Years(2020, None))),
        ["title.search:(peer OR work),publication_year:2020-"],
    ),
    "what others include": (
        any_of(word("peer", "title"), all_of(word("peer", "title"), word("trial", "abstract"))),
        ['title.search:"peer"'],
    ),
    "NEAR": (near("peer", "support group"), [f'{TEXT}:"peer"~3~"support group"']),
    "NEAR or words": (
        any_of(near("peer", "support"), word("mentor"), near("a1", "b1"), word("buddy")),
        [f'{TEXT}:"peer"~3~"support"|"a1"~3~"b1"|(mentor OR buddy)'],
    ),
    "NEAR and words": (
        all_of(near("peer", "support"), word("mentor"), word("buddy")),
        [f'{TEXT}:(mentor AND buddy),{TEXT}:"peer"~3~"support"'],
    ),
    "NEAR deeper": (
        any_of(all_of(near("peer", "support"), word("trial")), word("mentor")),
        [f'{TEXT}:"trial"|"mentor",{TEXT}:"peer"~3~"support"|"mentor"'],
    ),
    "NEAR in another field": (
        all_of(near("peer", "support", field="title"), word("trial")),
        [f'{TEXT}:"trial",title.search:"peer"~3~"support"'],
    ),
}


@pytest.mark.parametrize(("expression", "expected"), SENT.values(), ids=SENT.keys())
def test_the_filters_are_sent_in_this_form(expression: Expression, expected: list[str]) -> None:
    assert [sorted(found.split(",")) for found in asked(expression)] == [sorted(each.split(",")) for each in expected]
    check_union(expression, exact=False, works=60)


def test_the_url_is_the_first_page_of_a_list_from_either_corpus() -> None:
    """Percent-encoded as pyalex does it, with a cursor, a hundred works a page, and the parts in their order."""
    peer = all_of(Years(2015, None), any_of(word("peer support"), word("é")))
    core, both = (questions(peer, exact=False, everything=everything).queries for everything in (False, True))
    stem = "https://api.openalex.org/works?filter=publication_year:2015-,title_and_abstract.search:"
    url = f"{stem}%28%22peer+support%22+OR+%22%C3%A9%22%29&per-page=100&cursor=%2A"
    assert core == (Query(source="openalex", url=url, kind="search"),)
    assert both[0].url == url + "&include_xpac=true"
    assert openalex_price(core[0].url) == openalex_price("https://api.openalex.org/works?search=peer")


def test_exact_words_have_filters_of_their_own_and_names_have_not() -> None:
    expression = all_of(word("recover*"), word("peer", "title"), word("trial", "abstract"), word("smit*", "author"))
    assert asked(expression, exact=True) == [
        f'{TEXT}.exact:(recover*),title.search.exact:"peer",abstract.search.exact:"trial",raw_author_name.search:(smit*)'
    ]


def test_full_texts_are_searched_for_words_without_a_field() -> None:
    expression = all_of(word("peer"), word("trial", "title"))
    assert asked(expression, fulltext=True) == ['fulltext.search:"peer",title.search:"trial"']
    assert asked(word("pee*"), exact=True, fulltext=True) == ["fulltext.search.exact:(pee*)"]


# -- traps -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("ending", ["england", "thousand", "husband", "knot", "and", "not"])
def test_a_text_never_ends_in_letters_the_server_takes_for_an_operator(ending: str) -> None:
    """`clean_search_terms` cuts `and` and `not` off the end of a text."""
    for expression in (word(ending), any_of(word("x"), word(ending)), all_of(word("x"), Not(word(ending)))):
        for found in asked(expression):
            assert not found.lower().endswith(("and", "not"))
        check_union(expression, exact=False, works=20)
    assert asked(word("thou?and"), exact=True) == ["title_and_abstract.search.exact:(thou?and)"]


@pytest.mark.parametrize("name", ["null", "none", "undefined", "span"])
def test_a_word_that_the_server_reads_as_no_value_is_one_like_any_other(name: str) -> None:
    """`map_filter_params` refuses `none` as a whole value; in quotes it is not the whole."""
    assert asked(word(name)) == [f'{TEXT}:"{name}"']
    check_union(word(name), exact=False, works=10)


@pytest.mark.parametrize("operator", ["and", "or", "not", "to"])
def test_a_word_that_is_spelt_like_an_operator_stands_in_quotes(operator: str) -> None:
    assert asked(any_of(word("x"), word(operator)), exact=True) == [f'{TEXT}.exact:(x OR "{operator}")']
    assert asked(word(operator.upper()), exact=True) == [f'{TEXT}.exact:"{operator}"']


def test_words_beyond_plain_letters_stand_in_quotes() -> None:
    """Lucene would cut them into words joined by AND; in quotes they are a phrase of what they are cut into."""
    assert asked(any_of(word("children's"), word("同伴"), word("2020"))) == [
        f'{TEXT}:("children\'s" OR "同伴" OR 2020)'
    ]


def test_a_word_alone_and_a_word_that_is_excluded_alone_are_never_matched_loosely() -> None:
    """Without quotes, `(NOT protocol)` would be matched as the words `not` and `protocol` (`is_boolean_search`)."""
    assert asked(all_of(word("peer"), Not(word("protocol", "title")))) == [
        f'{TEXT}:"peer",title.search:(NOT "protocol")'
    ]
    assert asked(all_of(word("peer"), Not(word("protoc*", "title"))), exact=True) == [
        f'{TEXT}.exact:"peer",title.search.exact:(NOT protoc*)'
    ]


def test_a_truncated_name_is_seen_as_truncated() -> None:
    """Only unstemmed filters see a `?` at the end of a word (`has_wildcard`), and names have none of these."""
    assert asked(word("jan?", "author")) == ["raw_author_name.search:(jan? OR jan?)"]
    assert asked(word("j?n", "author")) == ["raw_author_name.search:(j?n)"]
    assert asked(all_of(word("x"), Not(word("jan?", "author")))) == [
        f'{TEXT}:"x",raw_author_name.search:(NOT (jan? OR jan?))'
    ]


def test_a_slop_on_one_word_is_not_taken_for_a_fuzzy_search() -> None:
    assert asked(word("peer", slop=2)) == [f'{TEXT}:"peer"']


@pytest.mark.parametrize("bad", ["a:b", "a|b", "!a", "a,b", 'a"b', "a b", "a+b", "a~2", "(a", "", "a_b", "'a", "a''b"])
def test_nothing_but_letters_digits_and_apostrophes_reaches_the_server(bad: str) -> None:
    for expression in (Term("text", (bad,)), Term("text", ("x", bad)), Near("text", (bad,), ("x",), 2)):
        assert "is no word" in str(refused(expression))


@pytest.mark.parametrize("pattern", ["*ab", "?ab", "ab*", "a?b*", "abc?*", "ab-c*", "abc*'s"])
def test_a_truncation_that_the_server_refuses_is_refused_before(pattern: str) -> None:
    assert "truncated word" in str(refused(Term("text", (pattern,)), exact=True))


@pytest.mark.parametrize("pattern", ["abc*", "abc**", "a?", "a??b", "ab?cde*f*", "behavi*r"])
def test_a_truncation_that_the_server_takes_is_sent(pattern: str) -> None:
    assert asked(Term("text", (pattern,)), exact=True) == [f"{TEXT}.exact:({pattern})"]
    check_union(Term("text", (pattern,)), exact=True, works=4)


def test_truncation_is_refused_where_openalex_would_lose_it() -> None:
    """With stemming, in phrases within a Boolean search, and (as here) beside NEAR."""
    assert "compared exactly" in str(refused(word("peer*")))
    assert "within a phrase" in str(refused(word("peer work*"), exact=True))
    assert "within NEAR" in str(refused(near("peer*", "work"), exact=True))


def test_near_is_refused_where_a_word_of_it_is_not_in_the_index() -> None:
    """A stop word has no place in a stemmed index, so the proximity would find nothing (Elasticsearch intervals)."""
    error = refused(near("quality of life", "peer"))
    assert "the word of stands" in str(error)
    assert error.suggestion
    assert asked(near("quality of life", "peer"), exact=True) == [f'{TEXT}.exact:"quality of life"~3~"peer"']
    assert asked(near("children's", "peer")) == [f'{TEXT}:"children\'s"~3~"peer"']


def test_near_is_refused_between_a_phrase_and_itself() -> None:
    """Lucene miscounts what stands between two occurrences of one phrase, though not of one word."""
    assert "same phrase" in str(refused(near("peer worker", "peer workers")))
    assert asked(near("peer worker", "peer workers"), exact=True) == [f'{TEXT}.exact:"peer worker"~3~"peer workers"']
    assert asked(near("peer", "peers")) == [f'{TEXT}:"peer"~3~"peers"']


def test_near_cannot_be_negated() -> None:
    for inner in (near("a1", "b1"), all_of(word("x"), near("a1", "b1")), any_of(word("x"), near("a1", "b1"))):
        assert "leave out works by NEAR" in str(refused(all_of(word("peer"), Not(inner))))
    twice = all_of(word("peer"), Not(all_of(word("x"), Not(near("a1", "b1")))))
    assert asked(twice) == [f'{TEXT}:"peer",{TEXT}:"a1"~3~"b1"|(NOT "x")']


def test_it_is_said_where_openalex_finds_more_by_near_than_is_meant() -> None:
    """Its two sides may overlap there, unless they are the same (Lucene's intervals)."""
    overlapping = [near("support", "support group"), near("peer supports", "support group"), near("a1 b1 c1", "b1")]
    for leaf in overlapping:
        (sentence,) = questions(leaf, exact=False).changes
        assert "overlap" in sentence
    for leaf in (near("peer", "support"), near("peer", "peer"), near("a1 b1", "a1 c1")):
        assert questions(leaf, exact=False).changes == ()
    assert questions(near("supports", "support group"), exact=True).changes == ()


def test_more_than_three_long_phrases_are_never_in_one_text() -> None:
    """`validate_search_terms` refuses a fourth phrase of more than eighty characters."""
    phrases = [word(f"p{number} " + "long " * 16) for number in range(7)]
    for expression in (any_of(*phrases), all_of(*phrases)):
        for found in asked(expression):
            for text in found.split(","):
                assert sum(len(phrase) > 80 for phrase in re.findall(r'"([^"]*)"', text)) <= 3
        check_union(expression, exact=False, works=40)
    assert len(asked(any_of(*phrases))) == 3
    assert len(asked(all_of(*phrases))) == 1


@pytest.mark.parametrize("value", ["null", "none", "undefined", "a|b", "!review", "a,b", 'a"', "a b", "a:b", "", "-"])
def test_a_value_that_is_syntax_to_the_server_is_refused(value: str) -> None:
    assert "has no value" in str(refused(all_of(word("peer"), Fact("type", value))))


def test_a_value_that_openalex_is_known_not_to_have_is_refused_with_advice() -> None:
    assert refused(Fact("type", "journal-article")).suggestion == "type:article"
    assert refused(Fact("retracted", "yes")).suggestion == "retracted:true"
    assert "language:en" in (refused(Fact("language", "english")).suggestion or "")


@pytest.mark.parametrize("leaf", [Fact(name, "true") for name in ("source", "seed", "round", "decision", "only_cited")])
def test_what_only_a_library_knows_is_for_where(leaf: Fact) -> None:
    error = refused(all_of(word("peer"), leaf))
    assert "--where" in (error.suggestion or "")
    assert f"{leaf.field}:" in str(error)


def test_the_venue_is_for_where() -> None:
    text = "peer venue:lancet"
    leaf = Term("venue", ("lancet",), span=(5, 17))
    error = refused(all_of(word("peer"), leaf), text=text)
    assert error.text[slice(*error.span)] == "venue:lancet"
    assert "--where" in (error.suggestion or "")


@pytest.mark.parametrize(
    "expression",
    [
        Not(word("cancer")),
        all_of(Not(word("cancer")), Not(word("animal", "title"))),
        any_of(word("peer"), Not(word("cancer"))),
        any_of(word("peer", "title"), all_of(Not(word("cancer")), Not(Fact("type", "review")))),
        Not(all_of(word("peer"), word("support", "title"))),
        Not(Years(2015, None)),
        Fact("retracted", "false"),
    ],
)
def test_what_only_excludes_is_refused(expression: Expression) -> None:
    assert "only says what works must not be" in str(refused(expression))


def test_the_arm_that_only_excludes_is_pointed_at() -> None:
    text = "peer OR NOT cancer"
    error = refused(any_of(word("peer"), Not(Term("text", ("cancer",), span=(12, 18)))), text=text)
    assert text[slice(*error.span)] == "cancer"


# -- splitting ---------------------------------------------------------------------------------------------


def test_a_long_or_is_cut_into_as_few_even_parts_as_possible() -> None:
    """1,000 words of about 12 characters with their operators need eight texts of 1,500, and get eight."""
    found = asked(any_of(*(word(f"word{number:04}") for number in range(1_000))))
    assert len(found) == 8
    lengths = [len(each) for each in found]
    assert max(lengths) - min(lengths) < 60
    words = [part for each in found for part in re.findall(r"word\d+", each)]
    assert words == [f"word{number:04}" for number in range(1_000)]


def test_what_is_joined_by_and_goes_with_every_part() -> None:
    many = any_of(*(word(f"word{number:04}") for number in range(200)))
    found = asked(all_of(many, word("peer"), Years(2015, None), Not(word("protocol", "title"))))
    assert len(found) == 2
    for each in found:
        assert "peer" in each
        assert "publication_year:2015-" in each
        assert 'title.search:(NOT "protocol")' in each


def test_two_long_lists_are_cut_together_where_that_takes_fewer_questions() -> None:
    """5,000 characters each would be ten questions if only one of them were cut at a time; it takes sixteen or less."""
    one, other = (any_of(*(word(f"{name}{number:04}") for number in range(400))) for name in ("left", "right"))
    parts = asked(all_of(one, other))
    assert len(parts) <= 16
    check_union(all_of(one, other), exact=False, works=10)


def test_a_long_and_is_no_reason_to_split() -> None:
    """Filters are ANDed, so an AND that is too long for one text is sent as several filters of one question."""
    blocks = [any_of(*(word(f"b{block}w{number}") for number in range(60))) for block in range(4)]
    excluded = Not(any_of(*(word(f"no{number}") for number in range(40))))
    found = asked(all_of(*blocks, excluded))
    assert len(found) == 1
    assert found[0].count(f"{TEXT}:") > 1
    check_union(all_of(*blocks, excluded), exact=False, works=30)


def test_a_long_list_of_exclusions_is_sent_as_several_filters() -> None:
    many = Not(any_of(*(word(f"word{number:04}") for number in range(200))))
    found = asked(all_of(word("peer"), many))
    assert len(found) == 1
    check_union(all_of(word("peer"), many), exact=False, works=20)


def test_an_arm_that_is_too_long_alone_is_opened() -> None:
    """An AND within an OR within an AND, longer than a question, is distributed by the ORs inside it."""
    lists = [any_of(*(word(f"l{block}w{number}") for number in range(250))) for block in range(2)]
    whole = all_of(any_of(all_of(*lists), word("short")), word("peer"))
    assert 1 < len(asked(whole)) <= 6
    check_union(whole, exact=False, works=20)


def test_what_cannot_be_cut_is_refused_and_so_is_what_takes_too_many_questions() -> None:
    long_and = all_of(*(word(f"word{number:04}") for number in range(400)))
    assert "no OR" in str(refused(long_and))
    rows = [any_of(*(word(f"w{row}x{number} " + "y" * 40) for number in range(400))) for row in range(3)]
    check_too_many(all_of(*rows))
    mixed = [any_of(word(f"a{row}", "title"), word(f"b{row}", "abstract"), word(f"c{row}")) for row in range(12)]
    check_too_many(all_of(*mixed))


def test_parts_are_told_of_and_why() -> None:
    many = any_of(*(word(f"word{number:04}") for number in range(200)))
    assert questions(word("peer"), exact=False).changes == ()
    parts, slow = questions(many, exact=False).changes
    assert parts == (
        "The strategy was sent to OpenAlex in 2 parts, whose answers were united, since it limits the length of a "
        "question."
    )
    assert slow == (
        "2 of the 2 questions to OpenAlex hold more than 5 Boolean operators, which it answers at one a second without "
        "a key and five with one."
    )
    (mixed,) = questions(any_of(word("peer"), word("trial", "author")), exact=False).changes
    assert mixed.endswith("in 2 parts, whose answers were united, since it joins different fields only by AND.")


# -- what a question is like -------------------------------------------------------------------------------


def test_operators_are_counted_as_the_rate_limit_counts_them() -> None:
    """Upper-case words over all filters; a word that is spelt like one is lower case."""
    expression = all_of(any_of(word("a1"), word("b1"), word("not")), Not(word("c1")), word("d1", "title"))
    (query,) = questions(expression, exact=True).queries
    assert operators(query) == 3
    few = questions(any_of(*(word(f"w{number}") for number in range(SLOW + 1))), exact=False)
    assert (operators(few.queries[0]), few.changes) == (SLOW, ())
    many = questions(any_of(*(word(f"w{number}") for number in range(SLOW + 2))), exact=False)
    assert operators(many.queries[0]) == SLOW + 1
    assert many.changes[0].startswith("The question to OpenAlex holds more than 5")


def test_counting_costs_a_tenth_and_gives_the_same_number() -> None:
    """The answer in groups holds no works, and the number that the answer in pages gives."""
    (query,) = questions(word("peer"), exact=False, everything=True).queries
    count = counting(query)
    assert count.url == (
        f"https://api.openalex.org/works?filter={TEXT}:%22peer%22&include_xpac=true&group_by=publication_year"
    )
    assert count.kind == "list"
    assert openalex_price(count.url) * 10 == openalex_price(query.url)
    pages = [openalex.read(each, 200, answered(each)) for each in (query, count)]
    assert len(pages[0].items) == pages[0].total == pages[1].total == 4
    assert pages[1].items == ()


def test_counting_keeps_the_pace_of_a_question_with_many_operators() -> None:
    """The edge slows such a question down whatever it costs, and `list` would be asked eight times a second."""
    (query,) = questions(any_of(*(word(f"w{number}") for number in range(20))), exact=False).queries
    assert counting(query).kind == "search"


def answered(query: Query) -> bytes:
    answer = SITE.answer(Request("GET", "/works", urlsplit(query.url).query, {}, "10.0.0.1", NOON))
    assert answer.status == 200, answer.body
    return answer.body


def test_the_answers_are_read_page_by_page() -> None:
    """`openalex.read` follows the cursor of a search as of any list, and stays a search."""
    (query,) = questions(word("peer"), exact=False).queries
    body = json.loads(answered(query))
    body["meta"]["next_cursor"] = "abc="
    page = openalex.read(query, 200, json.dumps(body).encode())
    following = page.next[0]
    assert following.kind == "search"
    assert following.url == query.url.replace("cursor=%2A", "").replace("&&", "&").rstrip("&") + "&cursor=abc%3D"


def test_a_question_is_described_in_one_line() -> None:
    expression = all_of(any_of(word("peer support"), word("é")), Years(2015, None), near("a1", "b1"))
    (query,) = questions(expression, exact=False, everything=True).queries
    assert described(query) == (
        f'{TEXT}:("peer support" OR "é"), {TEXT}:"a1"~3~"b1", publication_year:2015- (both corpora)'
    )
