"""Crossref searched with a Boolean expression: what is asked in which slices, and how each record is judged."""

import asyncio
import base64
import datetime
import functools
import hashlib
import json
import lzma
import os
import re
from collections import Counter
from collections.abc import Callable, Iterator
from html import unescape
from itertools import pairwise
from pathlib import Path
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from crossref_site import ask, message, site, work
from hypothesis import given
from hypothesis import strategies as st

import harvester.transport.pace as pace_module
from harvester.errors import QueryError, SourceDown, Unreadable
from harvester.expression import evaluate
from harvester.expression.tree import Expression, Fact, Near, Not, Term, Years, all_of, any_of
from harvester.model import Query
from harvester.replica import Corpus, Replica, sites
from harvester.replica.crossref import CrossrefSite
from harvester.replica.faults import parse as faults
from harvester.sources import crossref
from harvester.sources.crossref_item import POSTED, TYPES, record
from harvester.sources.crossref_search import (
    ROWS,
    Judged,
    Verdict,
    counting,
    described,
    read,
    slices,
)
from harvester.transport import Client, Credentials, Patience

pytestmark = pytest.mark.usefixtures("hurried")

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
RECORDED = SHARED / "data" / "crossref"

API = "https://api.crossref.org/works?"
PEER = Term("text", ("peer", "support"))
TITLES = "title,subtitle,original-title,short-title"


def urls(expression: Expression, *, depth: int = 100, until: str = "2004-03-01") -> list[str]:
    return [query.url.removeprefix(API) for query in slices(expression, depth=depth, until=until).queries]


def asked(expression: Expression, **settings: Any) -> dict[str, list[str]]:
    """The parameters of the last slice."""
    return parse_qs(urls(expression, **settings)[-1])


def changes(expression: Expression) -> str:
    return " ".join(slices(expression, depth=100, until="2004-03-01").changes)


def judge(expression: Expression, *, exact: bool = False) -> Callable[[evaluate.Described], bool | None]:
    return evaluate.matcher(expression, exact=exact, unknown_abstract="unknown")


# -- slices -------------------------------------------------------------------------------------------


def test_a_search_is_one_question_for_each_year_of_registration() -> None:
    """The first takes everything before, the last ends on the day given; few records need no cursor."""
    found = slices(Term("title", ("peer", "support")), depth=200, until="2004-03-01")
    ending = f"&select=DOI,{TITLES}&rows=200"
    assert [query.url for query in found.queries] == [
        f"{API}query.bibliographic=peer+support&filter=until-created-date:2002-12-31{ending}",
        f"{API}query.bibliographic=peer+support&filter=from-created-date:2003-01-01,until-created-date:2003-12-31{ending}",
        f"{API}query.bibliographic=peer+support&filter=from-created-date:2004-01-01,until-created-date:2004-03-01{ending}",
    ]
    assert {(query.source, query.kind, query.asked) for query in found.queries} == {("crossref", "search", ())}
    (change,) = found.changes
    assert "as they are spelt" in change


@pytest.mark.parametrize(
    ("depth", "ending"),
    [(1, "&rows=1"), (1_000, "&rows=1000"), (1_001, "&rows=1000&cursor=*"), (50_000, "&rows=1000&cursor=*")],
)
def test_a_cursor_is_opened_only_for_more_than_one_page(depth: int, ending: str) -> None:
    """It binds memory at the server, and its pages cannot be asked for again."""
    for url in urls(PEER, depth=depth):
        assert url.partition("&rows=")[2] == ending.removeprefix("&rows=")


@pytest.mark.parametrize("depth", [0, -1])
def test_a_depth_that_reads_nothing_is_refused(depth: int) -> None:
    """Nothing is built on it."""
    with pytest.raises(ValueError, match="reads nothing"):
        slices(PEER, depth=depth, until="2020-01-01")


@pytest.mark.parametrize("until", ["", "2020", "2020-02-30", "yesterday"])
def test_the_last_day_is_a_day(until: str) -> None:
    """Not what a clock says, and not half a date."""
    with pytest.raises(ValueError, match=r"isoformat|day is out of range"):
        slices(PEER, depth=1, until=until)


def days(url: str) -> tuple[datetime.date | None, datetime.date]:
    since = re.search(r"from-created-date:([0-9-]{10})", url)
    until = re.search(r"until-created-date:([0-9-]{10})", url)
    assert until
    return datetime.date.fromisoformat(since[1]) if since else None, datetime.date.fromisoformat(until[1])


@given(
    until=st.dates(datetime.date(1995, 1, 1), datetime.date(2100, 12, 31)), first=st.none() | st.integers(1900, 2110)
)
def test_slices_hold_every_day_once(until: datetime.date, first: int | None) -> None:
    """Whatever the last day: no gap, no overlap, no slice of more than a year, but the first open one."""
    expression = PEER if first is None else all_of(PEER, Years(first, None))
    found = [days(url) for url in urls(expression, until=until.isoformat())]
    assert found[-1][1] == until
    for (_, before), (since, _) in pairwise(found):
        assert since == before + datetime.timedelta(days=1)
    for since, last in found:
        assert since is None or (since <= last and since.year == last.year)
    begins = found[0][0]
    if first is None or first <= 2003:
        assert begins is None
    else:
        assert begins is None or begins == datetime.date(min(first - 1, until.year), 1, 1)


def test_years_that_a_search_requires_leave_early_slices_out() -> None:
    """A year before the first one is read too, since a work may be registered before its volume appears."""
    expression = all_of(PEER, Years(2004, None))
    assert [days(url)[0] for url in urls(expression, until="2005-06-30")] == [
        datetime.date(year, 1, 1) for year in (2003, 2004, 2005)
    ]
    assert "created before 2003 are not read" in changes(expression)


@pytest.mark.parametrize(
    ("expression", "begins"),
    [
        (all_of(PEER, Years(2004, None), Years(2010, 2012)), 2009),
        (all_of(PEER, any_of(Years(2012, 2013), Years(2008, None))), 2007),
        (any_of(PEER, Years(2010, None)), None),
        (all_of(PEER, any_of(Years(2012, 2013), Years(None, 1990))), None),
        (all_of(PEER, any_of(Years(2012, 2013), Term("title", ("recovery",)))), None),
        (all_of(PEER, Not(Years(2010, None))), None),
        (all_of(PEER, Years(None, 2010)), None),
        (all_of(PEER, Years(1900, None)), None),
        (all_of(PEER, Years(2003, None)), None),
        (all_of(PEER, Years(2090, None)), 2020),
    ],
)
def test_only_years_that_the_whole_search_requires_count(expression: Expression, begins: int | None) -> None:
    """Of alternatives the earliest; nothing under NOT; and one slice remains when all lie in the future."""
    since, _ = days(urls(expression, until="2020-05-05")[0])
    assert since == (datetime.date(begins, 1, 1) if begins else None)
    said = "are not read" in " ".join(slices(expression, depth=1, until="2020-05-05").changes)
    assert said == (begins is not None)


# -- words --------------------------------------------------------------------------------------------


def test_words_are_asked_in_the_order_of_the_search_each_once() -> None:
    """Of phrases, of NEAR, of titles and abstracts, all in one parameter."""
    expression = any_of(
        Term("title", ("peer", "support")),
        Term("abstract", ("peer", "worker"), slop=3),
        Near("text", ("lived", "experience"), ("support",), 4),
    )
    assert asked(expression)["query.bibliographic"] == ["peer support worker lived experience"]


def test_words_under_not_are_not_asked_for() -> None:
    """They would bring up what is not wanted; what a NOT within a NOT says is wanted."""
    expression = all_of(
        PEER, Not(all_of(Term("title", ("child",)), Not(Term("title", ("adult",))))), Not(Term("author", ("smith",)))
    )
    assert asked(expression).keys() == {"query.bibliographic", "filter", "select", "rows"}
    assert asked(expression)["query.bibliographic"] == ["peer support adult"]


def test_authors_and_venues_have_parameters_of_their_own() -> None:
    """Where each of them is required, since several parameters must all be met."""
    expression = all_of(PEER, Term("author", ("davidson", "l")), Term("venue", ("journal", "of", "mental", "health")))
    given_now = asked(expression)
    assert given_now["query.bibliographic"] == ["peer support"]
    assert given_now["query.author"] == ["davidson l"]
    assert given_now["query.container-title"] == ["journal mental health"]
    assert asked(any_of(Term("author", ("davidson",)), Term("author", ("smith",))))["query.author"] == [
        "davidson smith"
    ]


@pytest.mark.parametrize(
    ("expression", "words"),
    [
        (any_of(PEER, Term("author", ("davidson",))), "peer support davidson"),
        (
            all_of(PEER, any_of(Term("title", ("recovery",)), Term("author", ("davidson",)))),
            "peer support recovery davidson",
        ),
        (all_of(PEER, any_of(Term("venue", ("lancet",)), Years(2020, None))), "peer support lancet"),
        (all_of(PEER, any_of(Term("venue", ("lancet",)), Not(Term("title", ("child",))))), "peer support lancet"),
    ],
)
def test_fields_that_are_alternatives_share_one_parameter(expression: Expression, words: str) -> None:
    """Two parameters would lose every work that satisfies one of them only."""
    given_now = asked(expression)
    assert given_now["query"] == [words]
    assert not [name for name in given_now if name.startswith("query.")]


def test_stop_words_are_not_asked_for_unless_they_are_names() -> None:
    """Half of all works hold them; but Will and An are people."""
    expression = all_of(Term("text", ("the", "care", "of", "others")), Term("author", ("an", "will")))
    assert asked(expression)["query.bibliographic"] == ["care others"]
    assert asked(expression)["query.author"] == ["an will"]


def test_a_truncated_word_of_few_forms_is_asked_for_as_these() -> None:
    """And it is said which."""
    expression = all_of(Term("title", ("worker*",)), Term("title", ("wom?n",)))
    assert asked(expression)["query.bibliographic"] == ["worker workers woman women"]
    assert "worker* is asked for as worker, workers." in changes(expression)


def test_a_truncated_word_of_many_forms_is_left_out_where_others_bring_up_the_same_works() -> None:
    """It is judged here, and it is said."""
    expression = all_of(PEER, Term("text", ("psych*",)))
    assert asked(expression)["query.bibliographic"] == ["peer support"]
    assert "psych* is not asked for" in changes(expression)


def test_a_truncated_word_of_many_forms_is_asked_for_by_the_likeliest_where_works_would_be_missed() -> None:
    """Alone, or as an alternative."""
    for expression in (Term("text", ("psych*",)), any_of(PEER, Term("text", ("psych*",)))):
        words = asked(expression)["query.bibliographic"][0].split()
        assert {word for word in words if word.startswith("psych")} >= {"psychology", "psychological"}
        assert 6 <= len(words) <= 14
        assert "psych* is asked for as" in changes(expression)


def test_works_that_can_be_found_by_no_word_are_spoken_of() -> None:
    """Crossref gives nothing that holds none of the words."""
    said = "without any of them do not come up"
    assert said in changes(any_of(PEER, Years(2020, None)))
    assert said in changes(any_of(PEER, Not(Term("title", ("child",)))))
    assert said in changes(any_of(PEER, Term("title", ("xylq*",))))
    assert said not in changes(all_of(PEER, Years(2000, None), Not(Term("title", ("child",)))))
    # NOT turns AND and OR round: `NOT (child AND NOT peer)` lets works without any word through, with OR none.
    child_or_no_peer = (Term("title", ("child",)), Not(PEER))
    assert said in changes(Not(all_of(*child_or_no_peer)))
    assert said not in changes(Not(any_of(*child_or_no_peer)))


def test_abstracts_are_spoken_of_where_they_are_searched() -> None:
    """Crossref searches by titles only; a search of titles loses nothing by that."""
    assert "abstracts" in changes(PEER)
    assert "abstracts" in changes(Term("abstract", ("peer",)))
    assert "abstracts" not in changes(Term("title", ("peer",)))


def test_other_forms_of_words_are_spoken_of_where_they_would_count() -> None:
    """Crossref has no stems; a search for exact words, or for names, loses nothing by that."""
    said = "as they are spelt"
    assert said in changes(PEER)
    assert said in changes(all_of(Term("title", ("peer",)), Term("author", ("smith",))))
    assert said not in changes(all_of(PEER, Term("title", ("worker*",))))
    assert changes(Term("author", ("smith",))) == ""


@pytest.mark.parametrize(
    "expression",
    [
        Not(PEER),
        all_of(Years(2020, None), Fact("type", "article")),
        Term("text", ("of", "the")),
        Term("text", ("xylq*",)),
        Term("text", ("x" * 5_000,)),
    ],
)
def test_a_search_without_a_word_to_look_for_is_refused(expression: Expression) -> None:
    """With what was given, so that it can be shown."""
    with pytest.raises(QueryError, match="none to look for") as caught:
        slices(expression, depth=1, until="2020-01-01", text="what was given")
    assert (caught.value.text, caught.value.span) == ("what was given", (0, 14))


# As long as those recorded, in the alphabet of which more has to be escaped than of theirs.
CURSOR = base64.b64encode(b"".join(hashlib.blake2b(bytes([part])).digest() for part in range(18))[:1133]).decode()


def test_a_url_never_grows_too_long_and_what_does_not_fit_is_counted() -> None:
    """Not even with the cursor of the pages that follow, words of any alphabet, and every type and field."""
    words = [Term("title", (f"wörterbuch{number}",)) for number in range(400)]
    types = any_of(*(Fact("type", name) for name in sorted({*TYPES.values()})))
    whole = all_of(any_of(*words), types, Term("author", ("李",)), Years(2000, 2020), Fact("retracted", "true"))
    found = slices(whole, depth=5_000, until="2026-11-22")
    kept = {parse_qs(urlsplit(query.url).query)["query.bibliographic"][0] for query in found.queries}
    full = page([{"DOI": f"10.5555/{number}"} for number in range(ROWS)], total=5_000, cursor=CURSOR)
    longest = max(found.queries, key=lambda query: len(query.url))
    following = read(longest, 200, full, judge=lambda _: True).following
    assert following
    assert len(longest.url) < len(following.url) <= 3_800
    (asked_words,) = (words.split() for words in kept)
    assert asked_words == [f"wörterbuch{number}" for number in range(len(asked_words))]
    assert len(asked_words) > 30
    assert any(f"The last {401 - len(asked_words)} of 401 words are too many" in change for change in found.changes)


@given(st.lists(st.text(st.characters(categories=["L", "N"]), min_size=1, max_size=12), min_size=1, max_size=30))
def test_every_word_arrives_as_it_was_given(words: list[str]) -> None:
    """Whatever its letters are."""
    expression = any_of(*(Term("author", (word,)) for word in words))
    assert asked(expression)["query.author"] == [" ".join(dict.fromkeys(words))]


# -- facts and fields ---------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("expression", "types"),
    [
        (Fact("type", "article"), "type:journal-article"),
        (Fact("type", "preprint"), "type:posted-content"),
        (Fact("type", "letter"), "type:posted-content"),
        (any_of(Fact("type", "article"), Fact("type", "dataset")), "type:database,type:dataset,type:journal-article"),
        (
            all_of(Fact("type", "article"), any_of(Fact("type", "article"), Fact("type", "book"))),
            "type:journal-article",
        ),
        (any_of(Fact("type", "article"), Years(2000, None)), ""),
        (any_of(Fact("type", "article"), Not(Fact("type", "book"))), ""),
        (Not(Fact("type", "article")), ""),
    ],
)
def test_a_type_that_a_search_requires_is_a_filter(expression: Expression, types: str) -> None:
    """In Crossref's words; what is no requirement is judged here."""
    for url in urls(all_of(PEER, expression)):
        (filtered,) = parse_qs(url)["filter"]
        assert ",".join(part for part in filtered.split(",") if part.startswith("type:")) == types


@pytest.mark.parametrize("theirs", sorted(TYPES))
@pytest.mark.parametrize("subtype", [None, *sorted(POSTED)])
def test_the_filter_lets_every_work_of_the_type_through(theirs: str, subtype: str | None) -> None:
    """As records are mapped, by their type and subtype."""
    mapped = record({"DOI": "10.5555/a", "type": theirs, "subtype": subtype})
    ours = mapped.type if not hasattr(mapped, "reason") else None
    assert ours
    assert f"type:{theirs}" in asked(all_of(PEER, Fact("type", ours)))["filter"][0].split(",")


@pytest.mark.parametrize(
    "expression",
    [Fact("type", "review"), all_of(Fact("type", "article"), Fact("type", "book")), Fact("type", "journal-article")],
)
def test_a_type_that_crossref_does_not_have_asks_nothing(expression: Expression) -> None:
    """Nothing there could satisfy the search, and it is said which types there are."""
    found = slices(all_of(PEER, expression), depth=100, until="2020-01-01")
    assert found.queries == ()
    assert "It has article, book, " in found.changes[-1]


@pytest.mark.parametrize("field", ["source", "seed", "round", "decision", "only_cited"])
def test_what_only_a_library_knows_is_refused(field: str) -> None:
    """With the place where it stands."""
    with pytest.raises(QueryError, match=f"{field}:") as caught:
        slices(all_of(PEER, Fact(field, "true", span=(13, 20))), depth=1, until="2020-01-01", text="peer support x")
    assert (caught.value.text, caught.value.span) == ("peer support x", (13, 20))


@pytest.mark.parametrize("field", ["language", "open_access"])
def test_what_crossref_seldom_says_is_spoken_of(field: str) -> None:
    """Wherever it stands in the search."""
    assert f"{field}: holds only where it does" in changes(all_of(PEER, Not(Fact(field, "en"))))


@pytest.mark.parametrize(
    ("expression", "selected"),
    [
        (Term("title", ("peer",)), f"DOI,{TITLES}"),
        (PEER, f"DOI,{TITLES},abstract"),
        (
            all_of(Term("author", ("li",)), Years(2001, 2002)),
            "DOI,author,issued,published,published-print,published-online,posted",
        ),
        (all_of(Term("abstract", ("peer",)), Not(Fact("retracted", "true"))), "DOI,abstract,updated-by"),
        (all_of(PEER, Fact("type", "article")), f"DOI,{TITLES},abstract,type"),
        (all_of(PEER, Fact("language", "en")), None),
        (all_of(PEER, Not(Term("venue", ("lancet",)))), None),
        (all_of(PEER, Fact("open_access", "true")), None),
        (all_of(PEER, Not(Fact("type", "preprint"))), None),
        (all_of(PEER, Fact("type", "dissertation")), None),
    ],
)
def test_only_what_decides_is_sent(expression: Expression, selected: str | None) -> None:
    """The whole record where a part that decides cannot be selected: language, subtype, institution, free-to-read."""
    assert asked(expression).get("select") == ([selected] if selected else None)


def test_the_replica_takes_every_question() -> None:
    """Crossref refuses what it does not know: names of fields, of filters, of types."""
    expressions = [
        all_of(
            PEER, Term("author", ("li",)), Term("venue", ("lancet",)), Years(2000, 2020), Fact("retracted", "false")
        ),
        all_of(PEER, Term("author", ("li",)), Years(2000, 2020), Fact("retracted", "false"), Fact("type", "article")),
        all_of(PEER, any_of(*(Fact("type", name) for name in sorted({*TYPES.values()})))),
        any_of(PEER, Term("author", ("li",))),
    ]
    served = site(work("10.5555/a"))
    for expression in expressions:
        for query in slices(expression, depth=1_500, until="2004-01-01").queries:
            for url in (query.url, counting(query).url):
                assert ask(served, "/works", urlsplit(url).query).status == 200


# -- for people, and for forecasts --------------------------------------------------------------------


def test_a_question_is_described_in_one_line() -> None:
    """Its days, its types, its words, its pages."""
    expression = all_of(PEER, Term("author", ("li",)), Fact("type", "dataset"))
    first, second = slices(expression, depth=5_000, until="2003-12-31").queries
    assert described(first) == (
        "created until 2002-12-31; of type database or dataset; ranked by peer support, authors li; 1000 at a time"
    )
    assert described(second).startswith("created 2003-01-01 to 2003-12-31; ")
    assert described(counting(second)).endswith("; only counted")
    alternatives = slices(any_of(PEER, Term("venue", ("lancet",))), depth=5, until="2001-12-31").queries
    assert [described(query) for query in alternatives] == [
        "created until 2001-12-31; ranked by peer support lancet; 5 at a time"
    ]


def test_a_slice_is_counted_without_a_record() -> None:
    """And without a cursor, which would stay open; the number is read like that of any list."""
    query = slices(all_of(PEER, Fact("type", "article")), depth=5_000, until="2003-06-30").queries[1]
    asks = counting(query)
    assert (asks.kind, asks.source) == ("list", "crossref")
    assert asks.url == (
        f"{API}query.bibliographic=peer+support"
        "&filter=from-created-date:2003-01-01,until-created-date:2003-06-30,type:journal-article&rows=0"
    )
    served = site(
        *(
            work(f"10.5555/{number}", title=["Peer support"], created={"date-parts": [[2003, number, 1]]})
            for number in range(1, 13)
        )
    )
    answered = ask(served, "/works", urlsplit(asks.url).query)
    counted = crossref.read(asks, answered.status, answered.body)
    assert (counted.total, counted.items, counted.next) == (6, (), ())


# -- reading ------------------------------------------------------------------------------------------


def page(items: list[Any], *, total: int | None = None, cursor: str | None = None) -> bytes:
    """A list as Crossref sends it."""
    return json.dumps(
        {
            "status": "ok",
            "message-type": "work-list",
            "message-version": "1.0.0",
            "message": {
                "facets": {},
                **({"next-cursor": cursor} if cursor else {}),
                "total-results": len(items) if total is None else total,
                "items": items,
                "items-per-page": 1000,
                "query": {"start-index": 0, "search-terms": None},
            },
        }
    ).encode()


FIRST = slices(PEER, depth=200, until="2002-06-01").queries[0]
SCROLLED = slices(PEER, depth=2_000, until="2002-06-01").queries[0]

ABSTRACT = "<jats:title>Abstract</jats:title><jats:p>On {} in <jats:italic>mental</jats:italic> health.</jats:p>"
LISTED = [
    {"DOI": "10.5555/TITLE", "title": ["<i>Peer</i>-support\n   and recovery"]},
    {"DOI": "10.5555/abstract", "title": ["Recovery"], "abstract": ABSTRACT.format("peer support")},
    {"DOI": "10.5555/other", "title": ["Recovery"], "abstract": ABSTRACT.format("support by peers")},
    {"DOI": "10.5555/unknown", "title": ["Recovery"]},
    {"DOI": "10.5555/bare"},
    {"DOI": "10.5555/subtitle", "title": ["Recovery"], "subtitle": ["What peer support does"]},
    {"title": ["Peer support without a DOI"]},
    "no object",
    {"DOI": "10.5555/empty", "title": ["Recovery"], "abstract": "<jats:p> </jats:p>"},
    {"DOI": "10.5555/title", "title": ["Peer support"]},
]


def test_every_record_is_judged_in_its_order() -> None:
    """Kept by title or abstract, outside by both, unjudged for want of an abstract; what is no record is counted."""
    found = read(FIRST, 200, page(LISTED, total=77), judge=judge(PEER))
    assert found.verdicts == (
        Verdict("10.5555/title", "kept"),
        Verdict("10.5555/abstract", "kept"),
        Verdict("10.5555/other", "outside"),
        Verdict("10.5555/unknown", "unjudged"),
        Verdict("10.5555/bare", "unjudged"),
        Verdict("10.5555/subtitle", "kept"),
        Verdict("10.5555/empty", "unjudged"),
        Verdict("10.5555/title", "kept"),
    )
    assert [(skip.source, skip.reason) for skip in found.skips] == [("crossref", "no DOI"), ("crossref", "not a work")]
    assert (found.total, found.following) == (77, None)


def test_a_title_may_decide_without_an_abstract() -> None:
    """What the title excludes needs no abstract, and neither does a search of titles."""
    expression = all_of(PEER, Not(Term("title", ("recovery",))))
    states = Counter(verdict.state for verdict in read(FIRST, 200, page(LISTED), judge=judge(expression)).verdicts)
    assert states == {"outside": 6, "kept": 1, "unjudged": 1}
    titles = read(FIRST, 200, page(LISTED), judge=judge(Term("title", ("recovery",)))).verdicts
    assert "unjudged" not in {verdict.state for verdict in titles}


def test_a_work_without_a_notice_counts_as_not_retracted() -> None:
    """Crossref names notices and never says that there is none."""
    notice = {"DOI": "10.5555/n", "type": "retraction", "source": "retraction-watch"}
    listed = page([{"DOI": "10.5555/a", "updated-by": [notice]}, {"DOI": "10.5555/b"}])
    for value, kept in (("true", ["kept", "outside"]), ("false", ["outside", "kept"])):
        found = read(FIRST, 200, listed, judge=judge(Fact("retracted", value)))
        assert [verdict.state for verdict in found.verdicts] == kept


def test_a_full_page_of_a_cursor_is_followed_by_the_next() -> None:
    """The same question with the cursor that was given, escaped; the last page names a cursor too."""
    full = [{"DOI": f"10.5555/{number}"} for number in range(ROWS)]
    following = read(SCROLLED, 200, page(full, total=3_000, cursor="DnF1+/=="), judge=judge(PEER)).following
    assert following
    assert following.url == SCROLLED.url.replace("cursor=*", "cursor=DnF1%2B%2F%3D%3D")
    assert (following.kind, following.source) == ("search", "crossref")
    again = read(following, 200, page(full, total=3_000, cursor="DnF1+/=="), judge=judge(PEER))
    assert again.following == following
    for last in (full[:-1], []):
        assert read(following, 200, page(last, total=3_000, cursor="DnF1"), judge=judge(PEER)).following is None


@pytest.mark.parametrize("cursor", [None, "", 7, ["DnF1"]])
def test_without_a_cursor_nothing_follows(cursor: Any) -> None:
    """Neither where none was asked for nor where none is given."""
    full = [{"DOI": f"10.5555/{number}"} for number in range(ROWS)]
    assert read(FIRST, 200, page(full, total=3_000, cursor="DnF1"), judge=judge(PEER)).following is None
    body = json.loads(page(full, total=3_000))
    body["message"]["next-cursor"] = cursor
    assert read(SCROLLED, 200, json.dumps(body).encode(), judge=judge(PEER)).following is None


@pytest.mark.parametrize("total", [None, "12", -1, True, 1.5])
def test_a_total_that_is_no_number_is_none(total: Any) -> None:
    """The records are judged all the same."""
    body = json.loads(page(LISTED[:1]))
    body["message"]["total-results"] = total
    found = read(FIRST, 200, json.dumps(body).encode(), judge=judge(PEER))
    assert (found.total, len(found.verdicts)) == (None, 1)


def test_a_first_page_that_holds_nothing_of_what_it_counts_is_no_answer() -> None:
    """A later page may be empty, and so may a slice."""
    for query in (FIRST, SCROLLED):
        with pytest.raises(Unreadable, match="counts 7"):
            read(query, 200, page([], total=7, cursor="DnF1"), judge=judge(PEER))
        assert read(query, 200, page([], total=0), judge=judge(PEER)) == Judged((), (), 0, None)
    later = SCROLLED.model_copy(update={"url": SCROLLED.url.replace("cursor=*", "cursor=DnF1")})
    assert read(later, 200, page([], total=7, cursor="DnF1"), judge=judge(PEER)) == Judged((), (), 7, None)


WHOLE = page(LISTED)
DEAD = (
    b'{"status":"failed","message-type":"resource-failure","message":[{"type":"cursor-invalid","value":"x",'
    b'"message":"Cursor specified but it is invalid"}]}'
)


@pytest.mark.parametrize(
    ("status", "body"),
    [
        (200, b""),
        (200, WHOLE[:-1]),
        (200, WHOLE[: len(WHOLE) // 2]),
        (200, b"<!DOCTYPE html><html><body>log in</body></html>"),
        (200, b"[]"),
        (200, b"null"),
        (200, b"\xff\xfe"),
        (200, b"[" * 100_000),
        (200, WHOLE.replace(b'"work-list"', b'"work"')),
        (200, WHOLE.replace(b'"ok"', b'"failed"')),
        (200, json.dumps({"status": "ok", "message-type": "work-list", "message": {"items": None}}).encode()),
        (200, json.dumps({"status": "ok", "message-type": "work-list", "message": []}).encode()),
        (404, DEAD),
        (404, WHOLE),
        (404, b"Resource not found."),
        (404, b"<html>"),
        (503, b"<html>"),
        (206, WHOLE),
    ],
)
def test_what_is_no_list_of_works_cannot_be_read(status: int, body: bytes) -> None:
    """So that the slice is begun again."""
    with pytest.raises(Unreadable):
        read(SCROLLED, status, body, judge=judge(PEER))


def test_a_dead_cursor_is_named() -> None:
    """In Crossref's own words."""
    with pytest.raises(Unreadable, match="cursor-invalid: Cursor specified but it is invalid"):
        read(SCROLLED, 404, DEAD, judge=judge(PEER))


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=8), inner, max_size=4),
    max_leaves=8,
)
KEYS = st.sampled_from(["DOI", "title", "subtitle", "abstract", "author", "issued", "type", "updated-by", "language"])


@given(st.lists(JSON | st.dictionaries(KEYS, JSON | st.just("10.5555/a"), max_size=6), max_size=6), JSON, JSON)
def test_any_json_in_a_list_is_a_verdict_or_a_skip(items: list[Any], total: Any, cursor: Any) -> None:
    """Whatever strangers deposit and whatever becomes of it on the way."""
    body = json.loads(page(items, total=1))
    body["message"] |= {"total-results": total, "next-cursor": cursor}
    later = SCROLLED.model_copy(update={"url": SCROLLED.url.replace("cursor=*", "cursor=DnF1")})
    found = read(later, 200, json.dumps(body).encode(), judge=judge(PEER))
    assert len(found.verdicts) + len(found.skips) == len(items)


# -- recorded answers ---------------------------------------------------------------------------------


def recorded(name: str) -> Iterator[dict[str, Any]]:
    if not (RECORDED / name).exists():
        pytest.skip(f"the recorded data {name} are not beside this checkout (../shared/data/crossref)")
    with lzma.open(RECORDED / name, "rt", encoding="utf-8") as lines:
        yield from map(json.loads, lines)


@functools.cache
def recorded_lists() -> list[tuple[Query, bytes, dict[str, Any]]]:
    """Every list of works in the recorded traffic: its question, its body, its message."""
    return [
        (Query(source="crossref", url=exchange["uri"], kind="search"), exchange["body"].encode(), envelope["message"])
        for exchange in recorded("http_exchanges_habanero.jsonl.xz")
        if exchange["status"] == 200 and '"message-type":"work-list"' in exchange["body"]
        for envelope in [json.loads(exchange["body"])]
    ]


@functools.cache
def recorded_works() -> list[dict[str, Any]]:
    """Every work that was recorded whole, but for its references, which nobody judges by."""
    listed = [item for query, _, held in recorded_lists() if "select=" not in query.url for item in held["items"]]
    works = [*listed, *recorded("gap_D1000000.jsonl.xz")]
    return [{key: value for key, value in item.items() if key != "reference"} for item in works]


def plainly(item: dict[str, Any], word: str) -> str:
    """Say by means of this test's own whether a word stands in title or abstract."""

    def holds(*texts: str) -> bool:
        bare = (unescape(unescape(re.sub(r"<[^>]*>", " ", text))).lower() for text in texts)
        return any(word in re.findall(r"[^\W_]+", text) for text in bare)

    titles = [text for key in TITLES.split(",") for text in item.get(key, [])]
    if holds(*titles):
        return "kept"
    if "abstract" not in item:
        return "unjudged"
    return "kept" if holds(item["abstract"]) else "outside"


@pytest.mark.parametrize("word", ["health", "the", "species", "study"])
def test_recorded_lists_are_judged_as_a_plain_reading_judges_them(word: str) -> None:
    """Record by record, in the order received, with the total that was stated."""
    states: Counter[str] = Counter()
    for query, body, listed in recorded_lists():
        found = read(query, 200, body, judge=judge(Term("text", (word,)), exact=True))
        entries = [item for item in listed["items"] if "DOI" in item]
        assert [verdict.doi for verdict in found.verdicts] == [item["DOI"].lower() for item in entries]
        assert len(found.skips) == len(listed["items"]) - len(entries)
        assert [verdict.state for verdict in found.verdicts] == [plainly(item, word) for item in entries]
        assert found.total == listed["total-results"]
        states.update(verdict.state for verdict in found.verdicts)
    assert min(states[state] for state in ("kept", "outside", "unjudged")) > 0


def test_recorded_cursors_are_followed_as_they_were() -> None:
    """The question that follows each page of a cursor is one that was recorded, and each of these follows a page."""

    def parameters(query: Query) -> tuple[str, dict[str, list[str]]]:
        uri = urlsplit(query.url)
        return uri.path, parse_qs(uri.query)

    pages = [(query, body) for query, body, _ in recorded_lists() if "cursor=" in query.url]
    found = [read(query, 200, body, judge=judge(PEER)).following for query, body in pages]
    later = [query for query, _ in pages if parameters(query)[1]["cursor"] != ["*"]]
    assert len(later) >= 6
    for query in later:
        assert parameters(query) in [parameters(following) for following in found if following]


def test_recorded_messages_are_judged_in_pages() -> None:
    """A thousand works of the public data file, in the form that lists have, counted against a plain reading."""
    works = [
        {key: value for key, value in item.items() if value not in (None, "", [], {})}
        for item in recorded("gap_D1000000.jsonl.xz")
    ]
    found = [
        read(FIRST, 200, page(works[start : start + 250]), judge=judge(Term("text", ("cell",)), exact=True))
        for start in range(0, len(works), 250)
    ]
    states = Counter(verdict.state for judged in found for verdict in judged.verdicts)
    assert states == Counter(plainly(item, "cell") for item in works)
    assert states.keys() == {"kept", "outside", "unjudged"}
    assert sum(states.values()) == len(works) == 1_000


@pytest.mark.parametrize(
    "expression",
    [
        Term("title", ("the",)),
        Term("text", ("species",)),
        all_of(Term("text", ("of",)), Years(2010, 2020)),
        all_of(Term("text", ("of",)), Years(None, 2005)),
        all_of(Term("title", ("of",)), any_of(Fact("type", "article"), Fact("type", "conference-paper"))),
        all_of(Term("text", ("of",)), Term("author", ("j",))),
        all_of(Term("title", ("a",)), Not(Fact("retracted", "true"))),
    ],
)
def test_what_is_selected_is_enough_to_judge(expression: Expression) -> None:
    """Of real records, the selected parts get the verdict that the whole record gets."""
    decide = judge(expression, exact=True)
    selected = asked(all_of(expression, Term("title", ("needed",))))["select"][0].split(",")
    whole = recorded_works()
    parts = [{key: item[key] for key in selected if key in item} for item in whole]
    of_whole, of_parts = (read(FIRST, 200, page(items), judge=decide) for items in (whole, parts))
    assert of_whole == of_parts
    assert len(of_whole.verdicts) == len(whole) > 1_400
    assert len({verdict.state for verdict in of_whole.verdicts}) > 1


# -- a slice, read to its end -------------------------------------------------------------------------


def shelf(count: int, *, year: int = 2001) -> list[dict[str, Any]]:
    """Works of one year: of four, two with the words, one without, one that cannot be judged."""
    abstracts = [ABSTRACT.format("peer support"), ABSTRACT.format("gardens")]
    return [
        work(
            f"10.5555/{year}.{number}",
            title=["Peer support" if number % 4 == 0 else "A peer"],
            created={"date-parts": [[year, number % 12 + 1, number % 28 + 1]]},
            **({"abstract": abstracts[number % 4 - 1]} if number % 4 in (1, 2) else {}),
        )
        for number in range(count)
    ]


def read_in_process(served: CrossrefSite, query: Query) -> list[Judged]:
    """Every page of a slice; time stands still."""
    pages = []
    following: Query | None = query
    while following is not None:
        answered = ask(served, "/works", urlsplit(following.url).query)
        pages.append(read(following, answered.status, answered.body, judge=judge(PEER)))
        following = pages[-1].following
    return pages


@pytest.mark.parametrize(("count", "sizes"), [(2_300, [1000, 1000, 300]), (2_000, [1000, 1000, 0]), (999, [999])])
def test_a_slice_page_by_page_holds_every_record_once(count: int, sizes: list[int]) -> None:
    """As many as its total states, judged as each deserves."""
    pages = read_in_process(site(*shelf(count)), SCROLLED)
    assert [len(each.verdicts) for each in pages] == sizes
    verdicts = [verdict for each in pages for verdict in each.verdicts]
    assert len({verdict.doi for verdict in verdicts}) == len(verdicts) == pages[0].total == count
    assert {each.total for each in pages} == {count}
    states = Counter(verdict.state for verdict in verdicts)
    assert states == Counter(["kept", "kept", "outside", "unjudged"][number % 4] for number in range(count))


def test_all_slices_together_hold_every_record_once() -> None:
    """Also those created on the first and the last day of a year, and none after the last day."""
    created = [[year, *day] for year in range(2000, 2012) for day in ([1, 1], [2, 29], [6, 30], [12, 31])]
    served = site(
        *(
            work(f"10.5555/{number}", title=["Peer"], created={"date-parts": [day]})
            for number, day in enumerate(created)
        )
    )
    queries = slices(PEER, depth=50, until="2010-06-30").queries
    found = [
        verdict.doi for query in queries for judged in read_in_process(served, query) for verdict in judged.verdicts
    ]
    assert sorted(found) == sorted(f"10.5555/{number}" for number, day in enumerate(created) if day <= [2010, 6, 30])
    assert message(ask(served, "/works", urlsplit(counting(queries[0]).url).query))["total-results"] == 12


async def read_slice(client: Client, query: Query) -> tuple[dict[str, str], int]:
    """Read a slice as a harvest does: begun again, past the cache, when it breaks off or falls short."""
    for tried in range(3):
        found: dict[str, str] = {}
        total: int | None = None
        following: Query | None = query
        try:
            while following is not None:
                reply = await client.ask(following, read_peer, fresh=True, once=following is not query)
                total = reply.value.total if total is None else total
                following = reply.value.following
                found |= {verdict.doi: verdict.state for verdict in reply.value.verdicts}
        except SourceDown:
            continue
        if total == len(found):
            return found, tried
    raise AssertionError("a slice that breaks off three times")


def read_peer(query: Query, status: int, body: bytes) -> Judged:
    return read(query, status, body, judge=judge(PEER))


def visit(url: str, cache: Path) -> Client:
    credentials = Credentials(crossref_mailto="reviewer@example.org")
    return Client(cache=cache, credentials=credentials, replica=url, patience=Patience(attempts=6, first_wait=0.0))


SHORT_PAGES = SCROLLED.model_copy(update={"url": SCROLLED.url.replace("rows=1000", "rows=10")})


@pytest.mark.parametrize("fault", ["dead-cursor", "cut", "drop", "503", "504html", "empty-page"])
def test_a_slice_that_breaks_off_is_begun_again_until_it_is_whole(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, fault: str
) -> None:
    """Whatever happens between two pages, each record arrives and none is skipped."""
    monkeypatch.setattr(pace_module, "HEADROOM", 1e6)  # at a run
    works = shelf(60)

    async def go(url: str) -> int:
        async with visit(url, tmp_path) as client:
            found, restarts = await read_slice(client, SHORT_PAGES)
            assert found == {
                item["DOI"]: ["kept", "kept", "outside", "unjudged"][number % 4] for number, item in enumerate(works)
            }
            return restarts

    afflicted = faults(f"{fault}=0.12,seed=1")
    with Replica(sites(Corpus(crossref=tuple(works)), unlimited=True), faults=afflicted) as replica:
        assert asyncio.run(go(replica.url)) == 1


def test_a_lost_page_that_is_asked_for_again_is_skipped(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Which is why what follows a first page is asked for once: asked as other questions are, records go missing."""
    monkeypatch.setattr(pace_module, "HEADROOM", 1e6)

    async def go(url: str) -> set[str]:
        found: set[str] = set()
        async with visit(url, tmp_path) as client:
            following: Query | None = SHORT_PAGES
            while following is not None:
                reply = await client.ask(following, read_peer, fresh=True)
                found |= {verdict.doi for verdict in reply.value.verdicts}
                following = reply.value.following
        return found

    afflicted = faults("cut=0.12,seed=1")
    with Replica(sites(Corpus(crossref=tuple(shelf(60))), unlimited=True), faults=afflicted) as replica:
        assert len(asyncio.run(go(replica.url))) < 60
