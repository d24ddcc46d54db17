"""Three evaluations of one search agree: what OpenAlex is asked for, what a record is judged by, and a plain reading.

A random expression over words, phrases and neighbours that really occur in a corpus is settled, translated and asked
of the replica, which reads and evaluates the questions with code of its own. The works it finds must be those whose
records `evaluate.matcher` accepts, and those that `Plain`, written here without any care for speed, accepts on the
texts as OpenAlex gives them.

The published corpora are of April 2023. Their types were Crossref's then and languages were not given, so both are
put in by lot here, as is a share of works of the expansion corpus, which no search may find. A record is cleaned of
markup, which OpenAlex searches as words; so a work with markup is read plainly twice, once as OpenAlex has it, to
compare with what the replica finds, and once as its record has it, to compare with what `matcher` accepts.
"""

import json
import lzma
import os
import random
import re
import urllib.request
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from itertools import product
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest
from expressions import expressions
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st
from openalex_site import NOON, author, work

from harvester.errors import QueryError
from harvester.expression.evaluate import Described, described, matcher
from harvester.expression.settle import Settled, settle
from harvester.expression.tree import (
    And,
    Expression,
    Fact,
    Leaf,
    Near,
    Not,
    Or,
    Term,
    TextField,
    Years,
    is_pattern,
    leaves,
)
from harvester.expression.words import tokens
from harvester.model import Query, Record
from harvester.replica import Corpus, OpenAlexSite, Replica, Request
from harvester.replica.openalex_stem import stem
from harvester.sources import openalex
from harvester.sources.openalex_search import questions

pytestmark = pytest.mark.usefixtures("hurried")

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
FOLDER = SHARED / "data" / "openalex"
REVIEWS = ("Oud_2018", "Jeyaraman_2020", "Donners_2021", "Nelson_2002")
FIELDS: tuple[TextField, ...] = ("text", "text", "title", "abstract")
STOP = {"a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not"}
STOP |= {"of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was"}
STOP |= {"will", "with", "s", "t"}

# -- a plain reading -------------------------------------------------------------------------------------


class Text:
    """A title or an abstract: where each of its words stands, and each of their stems."""

    def __init__(self, words: list[str]) -> None:
        self.words: dict[str, set[int]] = {}
        self.stems: dict[str, set[int]] = {}
        for place, word in enumerate(words):
            self.words.setdefault(word, set()).add(place)
            self.stems.setdefault(root(word), set()).add(place)

    def places(self, asked: str, *, exact: bool) -> set[int]:
        if is_pattern(asked):
            fits = re.compile(asked.replace("*", ".*").replace("?", "."))
            return {place for word, places in self.words.items() if fits.fullmatch(word) for place in places}
        return self.words.get(asked, set()) if exact else self.stems.get(root(asked), set())


root = cache(stem)


@dataclass
class Plain:
    """One work, judged word by word."""

    title: Text
    abstract: Text
    year: int | None
    type: str | None
    language: str | None

    def accepts(self, expression: Expression, *, exact: bool) -> bool:
        if isinstance(expression, And):
            return all(self.accepts(part, exact=exact) for part in expression.parts)
        if isinstance(expression, Or):
            return any(self.accepts(part, exact=exact) for part in expression.parts)
        if isinstance(expression, Not):
            return not self.accepts(expression.part, exact=exact)
        if isinstance(expression, Years):
            return self.year is not None and (expression.first or 0) <= self.year <= (expression.last or 9999)
        if isinstance(expression, Fact):
            return expression.value == (self.type if expression.field == "type" else self.language)
        texts = {"title": [self.title], "abstract": [self.abstract]}.get(expression.field, [self.title, self.abstract])
        if isinstance(expression, Near):
            return any(is_near(expression, text, exact=exact) for text in texts)
        return any(is_phrase(expression, text, exact=exact) for text in texts)


def is_phrase(term: Term, text: Text, *, exact: bool) -> bool:
    asked = wanted(term.words, exact=exact)
    if not term.slop or len(asked) == 1:
        return bool(runs(term.words, text, exact=exact))
    for chosen in product(*(text.places(word, exact=exact) for _, word in asked)):
        shifts = [place - offset for place, (offset, _) in zip(chosen, asked, strict=True)]
        if max(shifts) - min(shifts) <= term.slop and len(set(chosen)) == len(chosen):
            return True
    return False


def is_near(near: Near, text: Text, *, exact: bool) -> bool:
    """Both phrases, one behind the other, with so many words at most between them."""
    left, right = (runs(side, text, exact=exact) for side in (near.left, near.right))
    return any(
        0 <= later - end <= near.distance
        for firsts, seconds in ((left, right), (right, left))
        for _, end in firsts
        for later, _ in seconds
    )


def runs(words: tuple[str, ...], text: Text, *, exact: bool) -> list[tuple[int, int]]:
    """Where words stand side by side: the first place, and the one behind the last."""
    asked = wanted(words, exact=exact)
    begun = [{place - offset for place in text.places(word, exact=exact)} for offset, word in asked]
    return [(start, start + len(words)) for start in set.intersection(*begun)]


@cache
def wanted(words: tuple[str, ...], *, exact: bool) -> list[tuple[int, str]]:
    """The words that are looked for, with their places among those that were asked for."""
    pieces = [piece for word in words for piece in re.findall(r"(?:[^\W_]|[*?])+", word)]
    return [(offset, piece) for offset, piece in enumerate(pieces) if exact or piece not in STOP]


# -- corpora ---------------------------------------------------------------------------------------------


@dataclass
class Shelf:
    """A corpus as the replica serves it, as records, and plainly; and what is worth asking of it."""

    site: OpenAlexSite
    records: dict[str, Described]
    given: dict[str, Plain]
    """The works as OpenAlex gives them."""
    cleaned: dict[str, Plain]
    """The works as their records have them, without markup; most are the same."""
    grams: dict[int, list[tuple[str, ...]]]
    neighbours: list[tuple[str, ...]]
    compared: int = 0

    @property
    def marked(self) -> int:
        """How many works have other words once their markup is taken out."""
        return sum(self.given[name] is not self.cleaned[name] for name in self.given)

    def strategy(self) -> st.SearchStrategy[Expression]:
        fields = st.sampled_from(FIELDS)
        word, pair, triple = (one_of_many(self.grams[size]) for size in (1, 2, 3))
        apart = one_of_many(self.neighbours)
        # A possessive is two words to us and one to OpenAlex, which comes to the same except in NEAR.
        possessive = word.map(lambda words: (f"{words[0]}'s",))
        plain = st.one_of(word, word, pair, triple, apart, possessive)
        slop = st.sampled_from([0, 0, 1, 2, 3, 8])
        truncated = st.builds(truncate, word, st.integers(2, 6), st.sampled_from(["*", "?", "s*", "?*"]))
        side = st.one_of(word, pair)
        alone: list[st.SearchStrategy[Expression]] = [
            st.builds(Term, fields, plain),
            st.builds(Term, fields, plain),
            st.builds(Term, fields, st.one_of(pair, triple, apart, st.tuples(word, word).map(sum_of)), slop),
            st.builds(Term, fields, truncated),
            st.builds(Near, fields, side, side, st.integers(0, 12)),
            st.builds(lambda name, pair, distance: Near(name, pair[:1], pair[1:], distance), fields, apart, slop),
            st.sampled_from([Fact("type", "review"), Fact("language", "en"), Fact("type", "article")]),
            st.sampled_from([Years(2010, None), Years(None, 2015), Years(2014, 2014), Years(2000, 2018)]),
        ]
        return expressions(st.one_of(alone), most_leaves=9)


def one_of_many(pool: Sequence[tuple[str, ...]]) -> st.SearchStrategy[tuple[str, ...]]:
    """Like `sampled_from`, which would show all it samples from whenever it is shown."""
    return st.integers(0, len(pool) - 1).map(lambda at: pool[at])


def sum_of(pair: tuple[tuple[str, ...], ...]) -> tuple[str, ...]:
    return tuple(word for part in pair for word in part)


def truncate(words: tuple[str, ...], kept: int, end: str) -> tuple[str, ...]:
    return (words[0][: max(3, kept)] + end,) if len(words[0]) > 3 else words


def shelved(items: list[dict[str, Any]], chance: random.Random) -> Shelf:
    records: dict[str, Described] = {}
    given: dict[str, Plain] = {}
    cleaned: dict[str, Plain] = {}
    texts: list[list[str]] = []
    for item in items:
        mapped = openalex.record(item)
        assert isinstance(mapped, Record)
        if mapped.is_expansion:
            continue
        name, record = mapped.native_id, described(mapped)
        words = tokens(item["title"] or ""), tokens(abstract_of(item))
        without_markup = tokens(" ".join(record.titles)), tokens(" ".join(record.abstracts or ()))
        facts = item["publication_year"], item["type"], item["language"]
        records[name] = record
        given[name] = cleaned[name] = Plain(Text(words[0]), Text(words[1]), *facts)
        if words != without_markup:
            cleaned[name] = Plain(Text(without_markup[0]), Text(without_markup[1]), *facts)
        texts += words
    grams: dict[int, list[tuple[str, ...]]] = {}
    for size in (1, 2, 3):
        found = [tuple(text[at : at + size]) for text in texts for at in range(len(text) - size + 1)]
        grams[size] = chance.sample(found, min(len(found), 1_500))
    near = [(text[at], text[at + gap]) for text in texts for gap in (2, 4, 7) for at in range(len(text) - gap)]
    site = OpenAlexSite(Corpus(openalex=tuple(items)), unlimited=True)
    return Shelf(site, records, given, cleaned, grams, chance.sample(near, min(len(near), 1_500)))


def abstract_of(item: dict[str, Any]) -> str:
    index = item["abstract_inverted_index"] or {}
    placed = sorted((place, written) for written, places in index.items() for place in places)
    return " ".join(written for _, written in placed)


def index_of(text: str) -> dict[str, list[int]]:
    index: dict[str, list[int]] = {}
    for place, written in enumerate(text.split()):
        index.setdefault(written, []).append(place)
    return index


@cache
def review(name: str) -> Shelf:
    path = FOLDER / f"{name}_works.jsonl.xz"
    if not path.is_file():
        pytest.skip("the works of published reviews are not beside the repository (HARVESTER_SHARED)")
    chance = random.Random(name)
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        items = [json.loads(line) for line in lines]
    for item in items:
        item["type"] = chance.choice(("article", "article", "review", "letter", None))
        item["language"] = chance.choice(("en", "en", "es", None))
        item["is_xpac"] = chance.random() < 0.05
    return shelved(items, chance)


HAND = (
    (
        "Peer support workers in mental health",
        "Peer workers support people. Recovery of the workers' own health.",
        2014,
    ),
    ("Support by peers: a review", "We reviewed peer support groups for people with lived experience.", 2015),
    ("Recovery and the quality of life", "Children's quality of life was rated in England, not in Wales.", 2016),
    ("Mentoring: support, peer", "Peer mentoring and peer support group outcomes for a thousand women.", 2018),
    ("The behaviour of women and men", "Behavior and behaviours of a woman and of men.", 2010),
    ("COVID-19 and self-help", "Self help, self-help and helping oneself during COVID-19 lockdowns in 2020.", 2020),
    ("Psychological psychology", "Psychologically possible possibilities; financial finances and finance.", None),
    ("A trial of peers", "", 2019),
    ("", "An abstract without a title, on support of support by support groups.", 2013),
    ("Not and or", "To be or not to be, and null and none.", 2012),
    ("Peer peer support", "support peer group peer group support peer support group", 2021),
    ("Hidden <i>peer</i> markup", "Marked words of peers.", 2011),
)


@cache
def by_hand() -> Shelf:
    chance = random.Random("by hand")
    items = [
        work(
            100 + number,
            title=title,
            display_name=title,
            publication_year=year,
            publication_date=None if year is None else f"{year}-05-17",
            abstract_inverted_index=index_of(abstract) if abstract else None,
            type=chance.choice(("article", "review")),
            language=chance.choice(("en", None)),
            is_xpac=number == 1,
            authorships=[author("Jane Smith", None)],
        )
        for number, (title, abstract, year) in enumerate(HAND)
    ]
    return shelved(items, chance)


# -- asking ----------------------------------------------------------------------------------------------


def identities(query: Query, answer: Callable[[str], bytes]) -> Iterator[str]:
    """The works a question finds, page after page, by their ids alone."""
    parameters = urlsplit(query.url).query.replace("per-page=100", "per-page=200&select=id")
    base, cursor = parameters.replace("cursor=%2A", ""), "%2A"
    while cursor:
        page = json.loads(answer(f"{base}&cursor={cursor}".replace("&&", "&")))
        yield from (item["id"].rpartition("/")[2] for item in page["results"])
        cursor = page["meta"]["next_cursor"]


def asked(shelf: Shelf, settled: Settled) -> set[str]:
    def answer(parameters: str) -> bytes:
        response = shelf.site.answer(Request("GET", "/works", parameters, {}, "10.0.0.1", NOON))
        assert response.status == 200, response.body
        return response.body

    queries = questions(settled.expression, exact=settled.exact).queries
    return {name for query in queries for name in identities(query, answer)}


def may_overlap(leaf: Leaf) -> bool:
    """Whether the sides of a NEAR share a word, so that OpenAlex finds more than is meant: they may then overlap."""
    return isinstance(leaf, Near) and bool(set(map(stem, leaf.left)) & set(map(stem, leaf.right)))


def check_agreement(shelf: Shelf, expression: Expression) -> None:
    try:
        settled = settle(expression, text="")
        found = asked(shelf, settled)
    except QueryError:
        assume(False)
        raise
    assert found <= shelf.given.keys()
    judge = matcher(settled.expression, exact=settled.exact)
    plain = {name for name, each in shelf.given.items() if each.accepts(settled.expression, exact=settled.exact)}
    plainly = {
        name
        for name, each in shelf.cleaned.items()
        if (name in plain if each is shelf.given[name] else each.accepts(settled.expression, exact=settled.exact))
    }
    accepted = {name for name, record in shelf.records.items() if judge(record)}
    more = found - plain if any(map(may_overlap, leaves(settled.expression))) else set()
    assert found - more == plain, f"asked against read plainly: {sorted(found ^ plain)[:5]}"
    assert accepted == plainly, f"judged by its record against read plainly: {sorted(accepted ^ plainly)[:5]}"
    shelf.compared += 1


def check_many(shelf: Shelf, examples: int) -> None:
    @settings(
        max_examples=examples,
        deadline=None,
        derandomize=True,
        database=None,
        suppress_health_check=[HealthCheck.filter_too_much, HealthCheck.too_slow],
    )
    @given(shelf.strategy())
    def check(expression: Expression) -> None:
        check_agreement(shelf, expression)

    before = shelf.compared
    check()
    assert shelf.compared - before >= examples
    print(f"{shelf.compared - before} searches compared over {len(shelf.given)} works, {shelf.marked} with markup")


def test_all_agree_over_a_few_works_written_by_hand() -> None:
    """A thousand searches; of the twelve works one is of the expansion corpus, and one has markup."""
    shelf = by_hand()
    assert (len(shelf.given), shelf.marked) == (11, 1)
    check_many(shelf, 1_000)


@pytest.mark.parametrize("name", REVIEWS)
def test_all_agree_over_the_works_of_published_reviews(name: str) -> None:
    """A hundred searches and more each, a thousand in all; at least five works in six are the same without markup."""
    shelf = review(name)
    assert shelf.marked < len(shelf.given) / 6
    check_many(shelf, 115_000 // len(shelf.given))


def test_all_agree_when_the_questions_go_over_http() -> None:
    """Thirty searches asked of a replica on a socket, and read as a harvest reads them."""
    shelf = by_hand()

    @settings(max_examples=30, deadline=None, derandomize=True, database=None)
    @given(shelf.strategy())
    def check(expression: Expression) -> None:
        try:
            settled = settle(expression, text="")
            waiting = list(questions(settled.expression, exact=settled.exact).queries)
        except QueryError:
            assume(False)
            raise
        found: set[str] = set()
        while waiting:
            query = waiting.pop()
            url = query.url.replace("https://api.openalex.org", f"{replica.url}/openalex")
            with urllib.request.urlopen(url) as answer:
                page = openalex.read(query, answer.status, answer.read())
            found |= {item.record.native_id for item in page.items}
            waiting += page.next
        judge = matcher(settled.expression, exact=settled.exact)
        assert found & shelf.records.keys() == {name for name, record in shelf.records.items() if judge(record)}

    with Replica({"openalex": shelf.site}) as replica:
        check()
