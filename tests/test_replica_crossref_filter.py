"""The replica's `filter=` keeps and refuses what Crossref's does."""

import pytest
from crossref_site import SHELF, A, B, N, faults, found, site, work

from harvester.replica.crossref_filter import FILTERS


@pytest.mark.parametrize(
    ("asked", "expected"),
    [
        ("doi:10.5555/ARTICLE", {A}),
        ("doi:https://doi.org/10.5555/article,doi:10.7777/book,doi:10.9999/none", {A, B}),
        ("doi:10.5555/article,type:monograph", set()),
        ("type:monograph,type:journal-article", {A, N, B}),
        ("type-name:Monograph", {B}),
        ("issn:1234-567x", {A}),
        ("isbn:9780262033848", {B}),
        ("orcid:0000-0001-2345-678X", {A}),
        ("member:98", {A, B}),
        ("prefix:10.6666", {N}),
        ("funder:100000001", {A}),
        ("funder:10.13039/100000001", {A}),
        ("award.number:ab123,award.funder:100000001", {A}),
        ("container-title:Health, Education", {A}),
        ("has-abstract:true", {A}),
        ("has-abstract:0", {N, B}),
        ("has-orcid:t,has-affiliation:1,has-ror-id:true,has-award:true,has-full-text:true", {A}),
        ("has-references:f", {N, B}),
        ("has-update:true", {A}),
        ("is-update:true", {N}),
        ("update-type:retraction", {N}),
        ("updates:10.5555/article", {N}),
        ("relation.type:is-supplemented-by,relation.object:10.5555/data", {A}),
        ("relation.type:is-preprint-of", set()),
        ("full-text.type:application/pdf", {A}),
        ("license.url:https://example.org/tdm,license.version:tdm", {A}),
        # both are true of the article, but not of one licence
        ("license.url:https://example.org/tdm,license.version:vor", set()),
        ("license.delay:0", {A}),
        ("ror-id:03v76x132", {A}),
        ("from-pub-date:2020-06-30,until-pub-date:2020-06-30", {A}),
        ("from-pub-date:2019-06", {A}),
        ("from-pub-date:2019-05,until-pub-date:2019", {N}),
        ("until-issued-date:2019-05-01", {N}),
        ("from-issued-date:1000", {A, N}),
        ("from-index-date:2024-02-29,until-index-date:2024-02-29", {A}),
        ("until-update-date:2019-12-31", set()),
        ("from-posted-date:2000", set()),
    ],
)
def test_a_filter_keeps_what_crossref_keeps(asked: str, expected: set[str]) -> None:
    assert set(found(SHELF, filter=asked)) == expected


@pytest.mark.parametrize(
    ("asked", "kind", "said"),
    [
        ("from-pub-date:2020-13", "date-not-legitimate", "Date 2020-13 specified in the correct format but represents"),
        (
            "from-pub-date:yesterday",
            "date-not-valid",
            "Date specified as yesterday but must be of the form: yyyy or yyyy-MM or yyyy-MM-dd",
        ),
        (
            "has-abstract:yes",
            "boolean-not-valid",
            "Boolean specified as yes but must be one of: t, true, 1, f, false, 0",
        ),
        (
            "cites:10.5555/a",
            "filter-not-available",
            "Filter 'cites' specified but there is no such filter for this route",
        ),
        ("type:tape", "type-not-valid", "Type specified as tape but must be one of: book-section, monograph"),
        ("doi:5", "doi-not-valid", "DOI specified as 5 but must be of the form: 10.prefix/suffix"),
        ("issn:1", "issn-not-valid", "ISSN specified as 1 but must be of the form: aaaa-aaab"),
        ("member:x", "integer-not-valid", "Integer specified as x but must be a positive integer. "),
    ],
)
def test_a_value_no_filter_takes_is_named(asked: str, kind: str, said: str) -> None:
    (fault,) = faults(SHELF, "/works", {"filter": asked})
    assert fault["type"] == kind
    assert fault["value"] in asked
    assert fault["message"].startswith(said)


def test_an_unknown_filter_is_answered_with_the_valid_ones() -> None:
    (fault,) = faults(SHELF, "/works", {"filter": "language:en"})
    assert fault["message"].endswith(f"Valid filters for this route are: {', '.join(sorted(FILTERS))}")


def test_a_comma_in_a_doi_breaks_the_filter_as_it_does_at_crossref() -> None:
    kinds = [fault["type"] for fault in faults(SHELF, "/works", {"filter": "doi:10.5555/a,b"})]
    assert kinds == ["pair-list-form-invalid", "filter-not-available"]


def test_fifty_dois_in_one_call_are_fifty_records() -> None:
    served = site(*(work(f"10.5555/{number}") for number in range(200)))
    asked = [f"10.5555/{number}" for number in range(0, 150, 3)]
    assert sorted(found(served, filter=",".join(f"doi:{doi}" for doi in asked), rows=50)) == sorted(asked)
