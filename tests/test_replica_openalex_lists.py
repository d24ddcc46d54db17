"""The replica's OpenAlex: searches, order, pages, samples and groups."""

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openalex_site import NOON, SITE, body, found, message, work

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request
from harvester.replica.openalex import OpenAlexSite

# -- searches ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("peer support", {11, 12}),
        ("PEERS", {11, 12, 13}),
        ("peer AND NOT recovery", {12}),
        ("(recovery OR nothing) peer", {11, 13}),
        ("support NOT the", {11, 12}),
        ('"peer support"', {11}),
        ('"support of peers"', {12}),
        ('"peer recovery"~3', {11, 13}),
        ('"peer"~3~"recovery"', {11, 13}),
        ('"peer"~2~"recovery"', {13}),
        ("recovari~1", {11, 13}),  # of the stem, recoveri
        ("recovary~1", set()),
        ("finance", {11}),
        ("financial", set()),
        ("the", set()),
        ("peer ((", {11, 12, 13}),
        ("“peer support”", {11}),
    ],
)
def test_a_search_finds_exactly_these(asked: str, numbers: set[int]) -> None:
    assert set(found(search=asked)) == numbers


def test_exact_search_takes_words_as_they_are_and_allows_wildcards() -> None:
    assert set(found(search__exact="peers")) == {11, 12}
    assert set(found(search__title__exact="peer")) == {11}
    assert set(found(search__exact="fin*ing recover?")) == {11}


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"search": "pee*"}, "Wildcards (* or ?) require exact (no-stem) search."),
        ({"search__exact": "*eer"}, "Leading wildcards are not supported (too expensive)"),
        ({"search__exact": "pe*"}, "A * wildcard needs at least 3 leading characters"),
        ({"search": "a !b"}, "The search parameter does not support the ! operator. Problem value: a !b"),
        ({"search": "a|b"}, "The search parameter does not support the | operator. Problem value: a|b"),
        ({"search__foo": "a"}, "'search.foo' is not a valid search parameter. Valid search parameters are: search,"),
        ({"search": "a", "search__semantic": "b"}, "search.semantic cannot be combined with other search"),
        ({"search": "a", "search__exact": "b"}, "Cannot use both stemmed and exact search on the same scope: 'search'"),
        ({"search__semantic": "a", "filter": "title.search:b"}, "Cannot combine search.semantic with filter=title.sea"),
    ],
)
def test_a_bad_search_is_refused(asked: dict[str, str], words: str) -> None:
    assert message(**asked).startswith(words)


def test_hits_come_by_score_and_carry_it_and_other_lists_carry_none() -> None:
    hits = body(search="peer support")["results"]
    assert [hit["relevance_score"] for hit in hits] == sorted((hit["relevance_score"] for hit in hits), reverse=True)
    assert all(hit["relevance_score"] > 0 for hit in hits)
    assert all("relevance_score" not in item for item in body()["results"])


# -- order and pages --------------------------------------------------------------------------------


def test_lists_come_by_percentile_then_citations_and_sorts_are_ascending() -> None:
    assert found() == [11, 16, 14, 12, 13]
    assert found(sort="cited_by_count") == [13, 11, 12, 14, 16]
    assert found(sort="publication_year:desc,cited_by_count:desc")[:2] == [16, 14]
    assert found(sort="fwci:desc")[0] == found(sort="fwci")[0] == 11


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ({"sort": "-cited_by_count"}, "-cited_by_count is not a valid field."),
        ({"sort": "type:asc:x"}, "Invalid query parameter in type:asc:x."),
        ({"sort": "relevance_score:desc"}, "Must include a search query"),
        ({"sort": "relevance_score", "search": "peer"}, "Sorting relevance score ascending is not allowed."),
        ({"per_page": "x"}, "Param per-page must be a number."),
        ({"page": "x"}, "Param page must be a number."),
        ({"per-page": 0}, "per-page parameter must be between 1 and 200"),
        ({"per_page": 201}, "per-page parameter must be between 1 and 200"),
        ({"page": 0}, "Page parameter must be greater than 0."),
        ({"page": 51, "per_page": 200}, "Maximum results size of 10,000 records is exceeded."),
        ({"page": 2, "cursor": "*"}, "Cannot use page parameter with cursor."),
        ({"cursor": "none"}, "Cursor is null. Likely reached end of results."),
        ({"cursor": "abc"}, "Invalid cursor value"),
        ({"cursor": "IjE9Ig=="}, "Invalid cursor value"),
        ({"cursor": "IlsxXSI="}, "Cursor value is invalid."),
        ({"sample": "x"}, "sample must be an integer."),
        ({"sample": 10_001}, "Sample size must be less than or equal to 10,000."),
        ({"sample": 2, "page": 2}, "A seed value is required when paginating through samples of results."),
        ({"seed": 2}, "You must include the sample parameter when using a seed value."),
        ({"nonsense": 2}, "nonsense is not a valid parameter. Valid parameters are: apc_sum, api-key, api_key,"),
        ({"group_by": "doi"}, "Cannot group by doi."),
        ({"group_by": "publication_date"}, "Cannot group by date, number, or search fields."),
        ({"group_by": "is_oa", "cursor": "*"}, "Cannot use cursor pagination when grouping fields that return"),
    ],
)
def test_bad_sorts_and_pages_are_refused(asked: dict[str, Any], words: str) -> None:
    assert message(**asked).startswith(words)


MANY = OpenAlexSite(
    Corpus(
        openalex=tuple(
            work(
                n,
                cited_by_count=n % 3,
                title="peer " * (n % 4),
                language="en" if n % 2 else None,
                cited_by_percentile_year={"max": n % 5} if n % 4 else None,
            )
            for n in range(10, 47)
        )
    ),
    unlimited=True,
)


def walked(size: int, **named: Any) -> tuple[list[str], int]:
    """Every id that paging by cursor gives, and in how many requests."""
    ids: list[str] = []
    cursor, requests = "*", 0
    while cursor is not None:
        page = body(site=MANY, cursor=cursor, per_page=size, **named)
        assert page["meta"]["page"] is None
        ids += [item["id"] for item in page["results"]]
        cursor = page["meta"]["next_cursor"]
        requests += 1
        assert requests < 100
    return ids, requests


@settings(deadline=None)
@given(
    st.integers(1, 60),
    st.sampled_from(
        [
            {},
            {"sort": "cited_by_count:desc"},
            {"sort": "language"},
            {"sort": "display_name:desc,publication_year"},
            {"search": "peer"},
            {"filter": "cited_by_count:!1"},
        ]
    ),
)
def test_cursor_pages_of_any_size_give_every_record_once_in_the_order_of_one_page(
    size: int, asked: dict[str, str]
) -> None:
    whole, _ = walked(200, **asked)
    ids, requests = walked(size, **asked)
    assert ids == whole
    assert len(set(ids)) == len(ids) == body(site=MANY, **asked)["meta"]["count"]
    assert requests == len(ids) // size + 1  # one more, empty, where the pages come out even


def test_only_a_cursor_brings_a_next_cursor_and_the_same_one_may_be_sent_twice() -> None:
    assert "next_cursor" not in body()["meta"]
    cursor = body(site=MANY, cursor="*", per_page=5)["meta"]["next_cursor"]
    assert body(site=MANY, cursor=cursor, per_page=5) == body(site=MANY, cursor=cursor, per_page=5)


def test_numbered_pages_do_not_overlap() -> None:
    pages = [body(site=MANY, page=page, per_page=10)["results"] for page in (1, 2, 3, 4, 5)]
    ids = [item["id"] for page in pages for item in page]
    assert [len(page) for page in pages] == [10, 10, 10, 7, 0]
    assert len(set(ids)) == 37


def test_a_sample_is_the_same_for_the_same_seed() -> None:
    first = body(site=MANY, sample=10, seed="x", per_page=4)
    assert first == body(site=MANY, sample=10, seed="x", per_page=4)
    assert first["meta"]["count"] == 10
    rest = [body(site=MANY, sample=10, seed="x", per_page=4, page=page)["results"] for page in (2, 3)]
    assert len({item["id"] for page in (first["results"], *rest) for item in page}) == 10
    assert body(site=MANY, sample=10, seed="y", per_page=4)["results"] != first["results"]


def test_groups_are_counted_most_first_and_by_key_with_a_cursor() -> None:
    whole = body(group_by="type")
    assert "results" not in whole
    assert whole["group_by"] == [
        {"key": "https://openalex.org/types/article", "key_display_name": "article", "count": 4},
        {"key": "https://openalex.org/types/preprint", "key_display_name": "preprint", "count": 1},
    ]
    assert whole["meta"]["groups_count"] == 2
    years = body(group_by="publication_year", cursor="*", per_page=2)
    assert [group["key"] for group in years["group_by"]] == ["1999", "2001"]
    more = body(group_by="publication_year", cursor=years["meta"]["next_cursor"], per_page=200)
    assert [group["key"] for group in more["group_by"]] == ["2002", "2004", "2006"]
    assert body(group_by="language:include_unknown")["group_by"][0] == {
        "key": "unknown",
        "key_display_name": "unknown",
        "count": 4,
    }
    assert body(group_by="primary_location.source.id")["group_by"][0]["key_display_name"] == "Peer Journal"


def test_of_a_repeated_parameter_the_last_counts() -> None:
    query = "filter=openalex:W11&filter=openalex:W12"
    answer = SITE.answer(Request("GET", "/works", query, {}, "x", NOON))
    assert [item["id"][-3:] for item in json.loads(answer.body)["results"]] == ["W12"]
