"""The Crossref replica answers as api.crossref.org is known to answer."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from crossref_site import ARTICLE, POLITE, SHELF, A, B, N, ask, faults, found, message, site, work
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.replica.crossref_filter import FILTERS

# -- one work ----------------------------------------------------------------------------------------

SICI = "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"


@pytest.mark.parametrize(
    "path",
    [
        "/works/" + quote(SICI, safe=""),
        "/works/" + quote(SICI, safe="/"),
        "/v1/works/" + quote(SICI.upper(), safe=""),
    ],
)
def test_a_doi_is_found_however_its_path_is_encoded_and_cased(path: str) -> None:
    assert message(ask(site(work(SICI)), path))["DOI"] == SICI


def test_a_single_has_its_empty_arrays_and_an_integer_score() -> None:
    answered = message(ask(site({"DOI": "10.5555/A"}), "/works/10.5555/a"))
    arrays = ("title", "container-title", "original-title", "subtitle", "short-title", "subject")
    assert [answered[key] for key in (*arrays, "short-container-title")] == [[]] * 7
    assert answered["relation"] == {}
    assert answered["score"] == 1
    assert isinstance(answered["score"], int)
    assert "author" not in answered


def test_a_list_item_has_no_empty_value_and_a_float_score() -> None:
    served = site(work("10.5555/A", title=[], relation={}, abstract="", volume=None))
    (item,) = message(ask(served, "/works"))["items"]
    assert not {"title", "relation", "abstract", "volume"} & item.keys()
    assert item["score"] == 1.0
    assert isinstance(item["score"], float)
    assert item["DOI"] == "10.5555/a"


@pytest.mark.parametrize("doi", ["10.5555/none", "5", "10.48550%2Farxiv.1706.03762", "10.1/a%5C_b", "%FF%FE"])
def test_an_unknown_doi_is_a_plain_text_404(doi: str) -> None:
    answered = ask(site(work("10.5555/a")), f"/works/{doi}")
    assert (answered.status, answered.body) == (404, b"Resource not found.")
    assert answered.headers["content-type"] == "text/plain"


def test_a_record_under_an_alias_answers_with_its_primary_doi() -> None:
    assert message(ask(site(work("10.5555/a", aliases=["10.5555/OLD"])), "/works/10.5555/old"))["DOI"] == "10.5555/a"


def test_the_agency_of_a_known_doi_is_told_and_of_an_unknown_one_is_text_called_json() -> None:
    served = site(work("10.5555/a"), openalex=({"doi": "https://doi.org/10.48550/arXiv.1"}, {"doi": None}))
    assert message(ask(served, "/works/10.5555%2FA/agency")) == {
        "DOI": "10.5555/a",
        "agency": {"id": "crossref", "label": "Crossref"},
    }
    assert message(ask(served, "/works/10.48550/arxiv.1/agency"))["agency"]["id"] == "datacite"
    unknown = ask(served, "/works/5/agency")
    assert (unknown.status, unknown.body) == (404, b"Resource not found.")
    assert unknown.headers["content-type"] == "application/json;charset=utf-8"


def test_head_has_the_status_and_headers_of_get_and_no_body() -> None:
    served = site(work("10.5555/a"))
    for doi, status in (("10.5555/a", 200), ("10.5555/b", 404)):
        head, get = (ask(served, f"/works/{doi}", method=method) for method in ("HEAD", "GET"))
        assert (head.status, head.headers, head.body) == (status, get.headers, b"")
    assert ask(served, "/works", method="POST").status == 405


def test_a_single_takes_no_parameter_but_mailto() -> None:
    served = site(work("10.5555/a"))
    assert ask(served, "/works/10.5555/a", "mailto=me@example.org").status == 200
    assert faults(served, "/works/10.5555/a", "query.author=x&query.title=y&rows=2&select=DOI") == [
        {"type": "parameter-not-allowed", "value": "rows", "message": "This route does not support rows"},
        {"type": "parameter-not-allowed", "value": "select", "message": "This route does not support select"},
        {
            "type": "parameter-not-allowed",
            "value": "query.*",
            "message": "This route does not support field query parameters",
        },
    ]


# -- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("headers", "query", "path", "pool", "limit", "concurrency"),
    [
        ({}, "", "/works/10.5555/a", "public-single", "5", "1"),
        ({}, "", "/works", "public-array", "1", "1"),
        ({}, "mailto=me@example.org", "/works/10.5555/a", "polite-single", "10", "3"),
        (POLITE, "", "/works/10.5555/a/agency", "polite-single", "10", "3"),
        (POLITE, "", "/members/98/works", "polite-array", "3", "3"),
        ({"crossref-plus-api-token": "Bearer secret"}, "", "/works", "plus", "150", None),
        ({"crossref-api-key": "Bearer secret"}, "", "/works", "plus", "150", None),
        (POLITE, "", "/works/10.5555/none", "polite-single", "10", "3"),
    ],
)
def test_each_answer_names_its_pool_and_limits(
    headers: dict[str, str], query: str, path: str, pool: str, limit: str, concurrency: str | None
) -> None:
    told = ask(site(work("10.5555/a")), path, query, headers=headers).headers
    assert told["x-api-pool"] == pool
    assert told["x-rate-limit-limit"] == limit
    assert told["x-rate-limit-interval"] == "1s"
    assert told.get("x-concurrency-limit") == concurrency


def test_a_refusal_is_a_bare_429_and_the_bucket_refills_without_pause() -> None:
    served = site(work("10.5555/a"), unlimited=False)
    one = "/works/10.5555/a"
    assert [ask(served, one, headers=POLITE).status for _ in range(11)] == [200] * 10 + [429]
    refused = ask(served, one, headers=POLITE)
    assert (refused.status, refused.headers, refused.body) == (429, {}, b"")
    assert ask(served, one, headers=POLITE, now=0.11).status == 200
    assert ask(served, one, headers=POLITE, now=0.12).status == 429
    assert [ask(served, one, headers=POLITE, now=60.0).status for _ in range(11)] == [200] * 10 + [429]


def test_callers_and_kinds_of_route_have_limits_of_their_own() -> None:
    served = site(work("10.5555/a"), unlimited=False)
    assert [ask(served, "/works").status for _ in range(2)] == [200, 429]
    assert ask(served, "/works/10.5555/a").status == 200
    assert ask(served, "/works", client="127.0.0.2").status == 200
    assert [ask(served, "/works", "mailto=a@example.org").status for _ in range(4)] == [200, 200, 200, 429]
    assert ask(served, "/works", "mailto=b@example.org").status == 200


def test_unlimited_refuses_nobody() -> None:
    served = site(work("10.5555/a"))
    assert {ask(served, "/works").status for _ in range(50)} == {200}


def test_a_wrong_plus_token_is_401() -> None:
    assert ask(site(), "/works", headers={"crossref-plus-api-token": "Bearer wrong"}).status == 401


# -- queries -----------------------------------------------------------------------------------------


def test_words_are_ored_and_the_better_match_comes_first() -> None:
    served = site(
        work("10.5555/one", title=["Peer work"]),
        work("10.5555/both", title=["Peer support"]),
        work("10.5555/none", title=["Gardens"]),
    )
    assert found(served, query="PEER, (support)!") == ["10.5555/both", "10.5555/one"]
    assert found(served, query="peer support", order="asc") == ["10.5555/one", "10.5555/both"]


def test_field_queries_are_anded_with_each_other_and_with_the_query() -> None:
    served = site(
        work("10.5555/a", title=["Ecology"], author=[{"given": "Carl", "family": "Boettiger"}]),
        work("10.5555/b", title=["Ecology"], author=[{"name": "Others"}]),
    )
    assert found(served, query="ecology", query_author="boettiger carl") == ["10.5555/a"]
    assert found(served, query_title="ecology", query_author="nobody") == []
    assert found(served, **{"query_container-title": "x"}) == []


def test_a_query_knows_no_accents_and_no_markup_and_reaches_year_and_issn() -> None:
    assert found(SHELF, query="muller") == [A]
    assert found(SHELF, query="i") == []
    assert found(SHELF, query_bibliographic="2020") == [A]
    assert found(SHELF, query_bibliographic="567X") == [A]


def test_only_the_free_query_is_told_back() -> None:
    assert message(ask(SHELF, "/works", "query=peer&query.title=peer"))["query"]["search-terms"] == "peer"
    assert message(ask(SHELF, "/works", "query.title=peer"))["query"]["search-terms"] is None


def test_the_score_says_what_kind_of_list_it_is() -> None:
    def scores(path: str, query: str) -> set[float]:
        return {item["score"] for item in message(ask(SHELF, path, query))["items"]}

    assert scores("/works", "") == {1.0}
    assert (
        scores("/works", "filter=member:98") == scores("/members/98/works", "") == scores("/works", "sample=1") == {0.0}
    )
    assert scores("/works", "query=peer").pop() > 0


# -- paging, order, shape ----------------------------------------------------------------------------

MANY = [work(f"10.5555/{number:03}", deposited={"date-parts": [[2000 + number % 7, 1]]}) for number in range(45)]


@settings(deadline=None)  # other work on the machine is no failure
@given(rows=st.integers(min_value=1, max_value=60))
def test_cursor_pages_unite_to_the_whole_list_each_record_once(rows: int) -> None:
    served = site(*MANY)
    seen: list[str] = []
    cursor, last = "*", rows
    while last == rows:
        page = message(ask(served, "/works", {"rows": rows, "cursor": cursor}))
        assert cursor in ("*", page["next-cursor"])
        assert page["total-results"] == len(MANY)
        cursor, last = page["next-cursor"], len(page["items"])
        seen += [item["DOI"] for item in page["items"]]
    assert len(seen) == len(set(seen))
    assert seen == found(served, rows=60)


def test_a_cursor_asked_for_again_gives_the_following_page() -> None:
    served = site(*MANY)
    first = message(ask(served, "/works", "cursor=*&rows=10"))
    again = {"cursor": first["next-cursor"], "rows": 10}
    lost, after = (message(ask(served, "/works", again)) for _ in range(2))
    assert not {item["DOI"] for item in lost["items"]} & {item["DOI"] for item in after["items"]}


def test_a_cursor_looks_like_a_scroll_id() -> None:
    one, other = (message(ask(SHELF, "/works", "cursor=*"))["next-cursor"] for _ in range(2))
    assert len(one) == 1512
    assert one.startswith("DnF1ZXJ5VGhlbkZldGNo")
    assert one != other


def test_a_cursor_dies_after_five_idle_minutes_and_garbage_never_lived() -> None:
    served = site(*MANY)
    cursor = message(ask(served, "/works", "cursor=*&rows=5"))["next-cursor"]
    for now, status in ((299.0, 200), (598.0, 200), (899.0, 404)):
        assert ask(served, "/works", {"cursor": cursor}, now=now).status == status
    answered = ask(served, "/works", "query=widget&cursor=thing")
    assert (answered.status, answered.headers["content-type"]) == (404, "application/json")
    assert json.loads(answered.body) == {
        "status": "failed",
        "message-type": "resource-failure",
        "message": [{"type": "cursor-invalid", "value": "thing", "message": "Cursor specified but it is invalid"}],
    }


@pytest.mark.parametrize(
    ("query", "kinds"),
    [
        ("rows=1001", ["integer-not-valid"]),
        ("rows=-1", ["integer-not-valid"]),
        ("offset=9981", ["integer-not-valid"]),
        ("offset=9980", []),
        ("sample=101", ["integer-not-valid"]),
        ("sample=1&rows=2", ["sample-with-rows-or-offset"]),
        ("cursor=*&offset=1", ["cursor-with-offset-or-sample"]),
        ("sort=title&order=up", ["sort-order-not-valid", "sort-field-not-valid"]),
        ("select=DOI,language,subtype", ["select-not-available", "select-not-available"]),
        ("facet=language:*", ["facet-not-available"]),
        ("query.abstract=x", ["field-query-not-available"]),
        ("colour=red", ["unknown-parameter"]),
    ],
)
def test_a_list_refuses_what_crossref_refuses(query: str, kinds: list[str]) -> None:
    if kinds:
        assert [fault["type"] for fault in faults(SHELF, "/works", query)] == kinds
    else:
        assert ask(SHELF, "/works", query).status == 200


def test_integers_are_refused_in_crossrefs_own_words() -> None:
    assert faults(SHELF, "/works", "rows=things")[0]["message"] == (
        "Integer specified as things but must be a positive integer less than or equal to 1000. "
    )
    assert faults(SHELF, "/works", "offset=20000")[0]["message"] == (
        "Integer specified as 20000 but must be a positive integer less than or equal to 10000. "
        " Use the cursor parameter to page further into result sets."
    )


def test_rows_and_offset_cut_the_list_and_rows_zero_is_only_the_total() -> None:
    served = site(*MANY)
    assert found(served, rows=5, offset=5) == found(served)[5:10]
    page = message(ask(served, "/works", "rows=0"))
    assert (page["items"], page["items-per-page"], page["total-results"]) == ([], 0, 45)
    assert message(ask(served, "/works", "offset=3"))["query"] == {"start-index": 3, "search-terms": None}


def test_a_list_is_sorted_by_date_or_count_and_what_has_none_comes_last() -> None:
    served = site(
        work("10.5555/old", issued={"date-parts": [[1999]]}, is_referenced_by_count=9),
        work("10.5555/none", issued={"date-parts": [[None]]}),
        work("10.5555/new", issued={"date-parts": [[2021, 2]]}, is_referenced_by_count=3),
    )
    assert found(served, sort="issued") == ["10.5555/new", "10.5555/old", "10.5555/none"]
    assert found(served, sort="issued", order="asc") == ["10.5555/old", "10.5555/new", "10.5555/none"]
    assert found(served, sort="is-referenced-by-count")[0] == "10.5555/old"


def test_a_sample_is_drawn_anew_each_time_and_counts_itself() -> None:
    served = site(*MANY)
    pages = [message(ask(served, "/works", "sample=7", now=float(now))) for now in range(5)]
    assert {(page["total-results"], page["items-per-page"], len(page["items"])) for page in pages} == {(7, 20, 7)}
    assert len({tuple(item["DOI"] for item in page["items"]) for page in pages}) > 1


def test_select_gives_what_is_there_of_what_is_selected() -> None:
    assert message(ask(SHELF, "/works", "filter=doi:10.7777/book&select=DOI,ISBN,abstract"))["items"] == [
        {"DOI": B, "ISBN": ["978-0-262-03384-8"]}
    ]


def test_a_facet_counts_values_over_everything_found() -> None:
    page = message(ask(SHELF, "/works", "rows=0&facet=issn:*,type-name:1"))
    assert page["facets"] == {
        "issn": {"value-count": 1, "values": {"https://id.crossref.org/issn/1234-567X": 1}},
        "type-name": {"value-count": 1, "values": {"Journal Article": 2}},
    }


@pytest.mark.parametrize(
    ("path", "expected"),
    [
        ("/members/98/works", {A, B}),
        ("/journals/1234-567x/works", {A}),
        ("/prefixes/10.6666/works", {N}),
        ("/types/monograph/works", {B}),
        ("/types/dataset/works", set()),
        ("/funders/10.13039/100000001/works", {A}),
        ("/funders/100000001/works", {A}),
    ],
)
def test_a_sub_list_holds_the_works_of_its_parent(path: str, expected: set[str]) -> None:
    assert {item["DOI"] for item in message(ask(SHELF, path))["items"]} == expected


@pytest.mark.parametrize(
    "path", ["/members/1/works", "/members/x/works", "/types/tape/works", "/prefixes/10.9999/works"]
)
def test_a_sub_list_of_an_unknown_parent_is_text_called_json(path: str) -> None:
    answered = ask(SHELF, path)
    assert (answered.status, answered.body) == (404, b"Resource not found.")
    assert answered.headers["content-type"] == "application/json;charset=utf-8"


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["id", "DOI", "date-parts", "name"]), inner)
    ),
    max_leaves=6,
)
KEYS = st.sampled_from(["title", "author", "issued", "deposited", "funder", "relation", "license", "ISSN", "update-to"])


@settings(deadline=None)  # other work on the machine is no failure
@given(st.dictionaries(KEYS, JUNK))
def test_a_broken_record_stops_no_answer(broken: dict[str, Any]) -> None:
    served = site({**broken, "DOI": "10.5555/broken"}, ARTICLE, broken)
    every = ",".join(f"{name}:t" for name in FILTERS if name.startswith("has-"))
    for query in ({"facet": "*", "query": "peer 2020"}, {"filter": every}, {"filter": "from-pub-date:1,issn:1"}):
        assert ask(served, "/works", query).status in (200, 400)
    dates = ",".join(f"{name}:2000" for name in FILTERS if name.endswith("-date"))
    others = "updates:10.5555/a,relation.object:x,license.delay:3,funder:1,orcid:0000-0001-2345-678X,isbn:1"
    for asked in (dates, *others.split(",")):
        assert ask(served, "/works", {"filter": asked}).status == 200
    for sort in ("issued", "updated", "references-count"):
        assert ask(served, "/works", {"sort": sort}).status == 200
    assert ask(served, "/works/10.5555/broken").status == 200
