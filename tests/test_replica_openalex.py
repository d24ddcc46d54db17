"""The replica's OpenAlex: single works, filters, and corpora that nobody checked."""

import json
from typing import Any
from urllib.parse import quote

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openalex_site import CITED, OLD, PEER, WORKS, ask, body, found, message

from harvester.errors import InputError
from harvester.replica.corpus import Corpus
from harvester.replica.openalex import OpenAlexSite
from harvester.replica.openalex_fields import FIELDS

# -- single works -----------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "path",
    [
        "/works/W11",
        "/works/w11",
        "/works/https://openalex.org/W11",
        "/works/openalex:W11",
        "/works/mag:11",
        "/works/pmid:29456894",
        "/works/pmid:https://pubmed.ncbi.nlm.nih.gov/29456894",
        "/works/pmcid:PMC5815332",
        "/works/doi:10.1000/W11",
        "/works/doi:10.1000%2Fw11",
        "/works/doi%3A10.1000%2Fw11",
        "/works/https://doi.org/10.1000/w11",
        "/works/doi.org/10.1000/w11",
        "/W11",
    ],
)
def test_a_work_is_found_by_every_form_of_its_identifiers(path: str) -> None:
    assert body(path)["id"] == "https://openalex.org/W11"


@pytest.mark.parametrize(
    "path", ["/works/10.1000/w11", "/works/W99", "/works/W1", "/works/doi:10.1000.10/123", "/works/doi:10.1/no"]
)
def test_an_unknown_work_is_a_page_of_html(path: str) -> None:
    answer = ask(path)
    assert (answer.status, answer.headers["content-type"]) == (404, "text/html; charset=utf-8")
    assert b"<title>404 Not Found</title>" in answer.body


def test_a_doi_with_signs_that_urls_reserve_is_found_when_they_are_escaped() -> None:
    assert body("/works/doi:10.1000/(sici)1097%3C1::aid,x%3E3.0")["id"] == "https://openalex.org/W13"
    site = OpenAlexSite(Corpus(openalex=({**PEER, "doi": "https://doi.org/10.1/a?b#c/"},)), unlimited=True)
    assert body("/works/doi:10.1/a%3Fb%23c/", site=site)["doi"] == "https://doi.org/10.1/a?b#c/"


def test_an_unknown_route_is_json() -> None:
    assert json.loads(ask("/nonsense").body) == {"message": "OpenAlex ID format not recognized"}


def test_a_doi_of_two_works_names_the_first_singly_and_both_in_a_list() -> None:
    assert body("/works/doi:10.1000/w12")["id"].endswith("W12")
    assert sorted(found("doi:10.1000/w12")) == [12, 14]


def test_the_expansion_corpus_is_found_singly_but_listed_only_when_asked_for() -> None:
    assert body("/works/W15")["is_xpac"]
    assert found("openalex:W15") == []
    for switch in ({"corpus": "all"}, {"corpus": "expansion"}, {"include_xpac": "true"}):
        assert found("openalex:W15", **switch) == [15]
    assert found("is_xpac:true") == [15]
    assert 15 not in found("title.search:peer,is_xpac:false")
    assert "cannot be combined" in message(corpus="all", include_xpac="true")


def test_lists_cut_authors_at_a_hundred_and_say_so_and_single_works_do_neither() -> None:
    listed = body(filter="openalex:W16")["results"][0]
    assert (len(listed["authorships"]), listed["is_authors_truncated"]) == (100, True)
    single = body("/works/W16")
    assert len(single["authorships"]) == 150
    assert "is_authors_truncated" not in single
    assert "is_authors_truncated" not in body(filter="openalex:W11")["results"][0]


def test_records_are_served_as_they_are_but_for_a_wrapped_abstract() -> None:
    assert body("/works/W11") == PEER
    assert body("/works/W13") == {**OLD, "abstract_inverted_index": {"Peer": [0], "recovery": [1]}}


def test_select_takes_root_names_only_and_keeps_the_order_of_the_record() -> None:
    assert list(body("/works/W11", select="title,id")) == ["id", "title"]
    assert list(body(select="doi,id", per_page=1)["results"][0]) == ["id", "doi"]
    assert message(select="open_access.is_oa").startswith(
        "open_access.is_oa is not a valid select field. Valid fields for select are: id, doi, title,"
    )
    assert message(select="id", group_by="type") == "select does not work with group_by."


# -- filters ----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("asked", "numbers"),
    [
        ("doi:10.1000/W11", {11}),
        ("doi:https://doi.org/10.1000/w11|10.1000/w16", {11, 16}),
        ("doi:http://doi.org/10.1000/w11", set()),
        ("doi:doi.org/10.1000/w11", set()),
        ('doi:"10.1000/(sici)1097<1::aid,x>3.0|10.1000/w11"', {11, 13}),
        ("doi_starts_with:10.1000/w1", {11, 12, 14, 16}),
        ("openalex:w11|https://openalex.org/W12", {11, 12}),
        ("ids.openalex:W11", {11}),
        ("cites:W12", {11, 13}),
        ("referenced_works:W11|W99", {11, 13}),
        ("cited_by:W13", {11, 12}),
        ("cited_by:W404", set()),
        ("related_to:W11", {13}),
        ("publication_year:1999", {13}),
        ("publication_year:>2003", {14, 16}),
        ("publication_year:<2001", {13}),
        ("publication_year:2001-2002", {11, 12}),
        ("publication_year:2004-", {14, 16}),
        ("publication_year:-2001", {11, 13}),
        ("publication_year:!2001", {12, 13, 14, 16}),
        ("publication_year:!2001-2004", {13, 16}),
        ("publication-year:2001|2002", {11, 12}),
        ("fwci:>1.4", {11}),
        ("fwci:null", {12, 13, 14, 16}),
        ("from_publication_date:2002-01-01,to_publication_date:2004-01-01", {12, 14}),
        ("publication_date:>2002-01-01", {14, 16}),
        ("publication_date:1999-12-31", {13}),
        ("type:article", {11, 12, 13, 16}),
        ("type:!article", {14}),
        ("type:types/preprint", {14}),
        ("type:!article|preprint", set()),
        ("is_oa:true", {11}),
        ("is_oa:null", {12, 13, 14, 16}),
        ("open_access.any_repository_has_fulltext:null", {11, 12, 13, 14, 16}),
        ("has_doi:true,has_abstract:true", {11, 13}),
        ("has_references:false", {12, 14, 16}),
        ("referenced_works:null", {12, 14, 16}),
        ("referenced_works_count:2", {11, 13}),
        ("authors_count:>2", {16}),
        ("author.id:A1", {11, 16}),
        ("author.id:A1 A2", {16}),
        ("author.id:null", {12, 13, 14}),
        ("journal:S5", {11}),
        ("pmid:29456894", {11}),
        ("pmcid:5815332", {11}),
        ("mag:11", {11}),
        ("language:EN", {11}),
        ("language:!null", {11}),
        ("oa_status:gold,,type:article", {11}),
        ("title.search:peers|work", {11, 12, 16}),
        ("title_and_abstract.search:recovery", {11, 13}),
        ("display_name:work 16", set()),
        ('display_name:"work 16"', {16}),
    ],
)
def test_a_filter_finds_exactly_these(asked: str, numbers: set[int]) -> None:
    assert set(found(asked)) == numbers


@pytest.mark.parametrize(
    ("asked", "words"),
    [
        ("nonsense:1", "nonsense is not a valid field. Valid fields are underscore or hyphenated versions of: abs"),
        ("type:", "Invalid filter value for 'type': value cannot be empty or ''."),
        ("type:none", "Invalid filter value for 'type'"),
        ("doi:" + "|".join(f"10.1/{n}" for n in range(101)), "Maximum number of values exceeded for doi."),
        ("doi:doi:10.1/x|doi:10.2/y", "It looks like you're trying to do an OR query between filters"),
        ("type:article|!preprint", "The ! operator can only be used at the beginning of an OR query,"),
        ("publication_year:>=2019", "Value for param publication_year must be a number."),
        ("publication_date:2020", "Value for param publication_date is an invalid date. Format is yyyy-mm-dd"),
        ("publication_date:2020-13-01", "Value for param publication_date is an invalid date."),
        ("is_oa:yes", "Value for is_oa must be true, false null, or !null: not yes."),
        ("cites:doi:10.1/x", "'doi:10.1/x' is not a valid OpenAlex ID."),
        ("cited_by:x", "Invalid OpenAlex ID in cited_by or related_to filter."),
        ("host_venue.issn:1", "host_venue and alternate_host_venues are deprecated in favor of locations."),
        ("title.search:!peer", "Search filters do not support the ! operator."),
    ],
)
def test_a_bad_filter_is_refused_in_the_words_of_the_api(asked: str, words: str) -> None:
    assert message(filter=asked).startswith(words)


def test_a_negated_word_for_a_year_brings_the_server_down() -> None:
    assert ask(filter="publication_year:!abc").status == 500


_CLAUSES = st.sampled_from(
    [
        ("type:article", lambda w: w["type"] in ("article", "journal-article")),
        ("type:!preprint", lambda w: w["type"] != "preprint"),
        ("publication_year:2001|2004", lambda w: w["publication_year"] in (2001, 2004)),
        ("publication_year:!2001|2004", lambda w: w["publication_year"] not in (2001, 2004)),
        ("cited_by_count:5-12", lambda w: 5 <= w["cited_by_count"] <= 12),
        ("cites:W11|W12", lambda w: any(r[-3:] in ("W11", "W12") for r in w["referenced_works"])),
        ("has_references:true", lambda w: bool(w["referenced_works"])),
        ("language:null", lambda w: w.get("language") is None),
        ("title.search:peer|work", lambda w: any(word in (w["title"] or "").lower() for word in ("peer", "work"))),
    ]
)


@settings(deadline=None)
@given(st.lists(_CLAUSES, min_size=1, max_size=4))
def test_filters_find_what_looking_at_every_work_finds(clauses: list[Any]) -> None:
    expected = {int(item["id"].rpartition("W")[2]) for item in WORKS if all(holds(item) for _, holds in clauses)}
    assert set(found(",".join(text for text, _ in clauses), corpus="all")) == expected


# -- a corpus from strangers ------------------------------------------------------------------------


@pytest.mark.parametrize("identity", [None, 5, "https://openalex.org/A1", "W1x"])
def test_a_record_that_is_no_work_is_refused_by_its_place(identity: Any) -> None:
    with pytest.raises(InputError, match="record 2"):
        OpenAlexSite(Corpus(openalex=(PEER, {"id": identity})), unlimited=True)


_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(max_size=5),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=3), inner, max_size=3),
    max_leaves=6,
)


@settings(deadline=None, max_examples=25)
@given(st.dictionaries(st.sampled_from(sorted({**PEER, **OLD}.keys() - {"id"})), _JSON))
def test_no_record_however_broken_brings_the_site_down(fields: dict[str, Any]) -> None:
    site = OpenAlexSite(Corpus(openalex=({"id": "https://openalex.org/W11", **fields}, CITED)), unlimited=True)
    assert body(site=site)["meta"]["count"] >= 1
    assert body("/works/W11", site=site)["id"] == "https://openalex.org/W11"
    questions: list[dict[str, Any]] = [
        {"search": "peer"},
        {"search": "pe", "sort": "title_and_abstract.search"},
        {"filter": "has_doi:true,is_oa:true,authors_count:>0,type:article,best_open_version:any"},
        {"filter": "author.id:A1,has_old_authors:false,mag_only:true,journal:S1"},
        {"filter": "author.id:null|A1,raw_author_name.search:a,keyword.search:a,cited_by:W11,related_to:W11"},
        {"sort": "fwci,display_name:desc,publication_date", "cursor": "*"},
    ]
    for asked in questions:
        assert ask(site=site, **asked).status == 200
    for name, field in FIELDS.items():
        if field.kind != "search":
            assert ask(site=site, filter=f"{name}:null").status in (200, 400)
        assert ask(site=site, group_by=name).status in (200, 400)


@settings(deadline=None)
@given(st.text(max_size=40), st.text(max_size=40))
def test_any_question_is_answered_or_refused(asked: str, searched: str) -> None:
    path = "/works/" + quote(asked, safe=":/")
    for answer in (ask(path), ask(filter=asked), ask(search=searched), ask(search__exact=searched), ask(sort=asked)):
        assert answer.status in (200, 400, 404, 500)
    assert ask(cursor=asked).status in (200, 400)
