"""The OpenCitations replica answers as api.opencitations.net is known to answer."""

import csv
import json
import urllib.request
from typing import Any
from urllib.parse import quote

import pytest

from harvester.replica import Corpus, OpenCitationsSite, Replica, Request, Response, opencitations, sites
from harvester.replica.faults import emptied

FIELDS = ["oci", "citing", "cited", "creation", "timespan", "journal_sc", "author_sc"]


def row(citing: str, cited: str, oci: str, /, **more: Any) -> dict[str, Any]:
    shape = {"creation": "2021-03-10", "timespan": "P6Y0M1D", "journal_sc": "no", "author_sc": "no"}
    return {"oci": oci, "citing": citing, "cited": cited, **shape, **more}


A = "omid:br/061 doi:10.5555/a pmid:33817056"
B = "omid:br/062 doi:10.5555/b doi:10.5555/b.preprint"
C = "omid:br/063 doi:10.5555/(c)<1::x>//3;2-2"
CITATIONS = (row(A, B, "061-062"), row(C, B, "063-062", creation="", timespan=""), row(A, C, "061-063"))


def site(*rows: dict[str, Any], unlimited: bool = True) -> OpenCitationsSite:
    return OpenCitationsSite(Corpus(opencitations=rows or CITATIONS), unlimited=unlimited)


def ask(served: OpenCitationsSite, path: str, query: str = "", *, now: float = 0.0, **more: Any) -> Response:
    asked = {"method": "GET", "headers": {}, "client": "127.0.0.1"} | more
    return served.answer(Request(raw_path=f"/index/v2/{path}", query=query, now=now, **asked))


def found(path: str, served: OpenCitationsSite | None = None) -> list[str]:
    answered = ask(served or site(), path)
    assert answered.status == 200, answered.body
    return [each["oci"] for each in json.loads(answered.body)]


def test_an_answer_is_a_list_of_rows_of_texts_indented_by_four() -> None:
    answered = ask(site(row(A, B, "061-062", creation=2021, timespan=None, note="x")), "references/doi:10.5555/a")
    assert answered.headers["content-type"] == "application/json"
    assert answered.headers["access-control-allow-origin"] == "*"
    assert answered.body.decode() == (
        '[\n    {\n        "oci": "061-062",\n'
        '        "citing": "omid:br/061 doi:10.5555/a pmid:33817056",\n'
        '        "cited": "omid:br/062 doi:10.5555/b doi:10.5555/b.preprint",\n'
        '        "creation": "2021",\n        "timespan": "",\n        "journal_sc": "no",\n        "author_sc": "no"\n'
        "    }\n]"
    )


@pytest.mark.parametrize(
    ("path", "ocis"),
    [
        ("citations/doi:10.5555/b", ["061-062", "063-062"]),
        ("citations/doi:10.5555/B.PREPRINT", ["061-062", "063-062"]),
        ("citations/omid:br/062", ["061-062", "063-062"]),
        ("references/doi:10.5555/a", ["061-062", "061-063"]),
        ("references/pmid:33817056", ["061-062", "061-063"]),
        ("references/pmid:10.5555/a", ["061-062", "061-063"]),  # a value is found under any scheme
        ("references/doi:10.5555/b", []),
        ("citations/doi:10.5555/unknown", []),
        ("citation/061-063", ["061-063"]),
        ("citation/1-2", []),
    ],
)
def test_a_work_is_found_by_any_of_its_identifiers_and_an_unknown_one_is_an_empty_list(
    path: str, ocis: list[str]
) -> None:
    assert found(path) == ocis


@pytest.mark.parametrize("safe", ["", "/", "/:", "/:()<>;"])
def test_a_doi_is_found_however_its_path_is_encoded(safe: str) -> None:
    assert found("references/doi:" + quote("10.5555/(C)<1::x>//3;2-2", safe=safe)) == ["063-062"]


@pytest.mark.parametrize(
    ("path", "count"),
    [
        ("citation-count/doi:10.5555/b", "2"),
        ("reference-count/doi:10.5555/b", "0"),
        ("reference-count/pmid:33817056", "2"),
        ("citation-count/doi:10.5555/unknown", "0"),
    ],
)
def test_a_count_is_a_text_in_a_list_and_0_for_what_is_not_known(path: str, count: str) -> None:
    assert json.loads(ask(site(), path).body) == [{"count": count}]


@pytest.mark.parametrize(
    "path",
    [
        "citations/10.5555/b",
        "citations/DOI:10.5555/b",
        "citations/doi:",
        "citations/openalex:W1",
        "citation/oci:061-062",
        "citation/061",
        "venue-citation-count/issn:0138-9130",
        "",
    ],
)
def test_what_fits_no_route_is_a_404(path: str) -> None:
    """A DOI without its scheme does not, nor a scheme in capitals."""
    answered = ask(site(), path)
    assert (answered.status, answered.headers["content-type"]) == (404, "application/json")
    assert answered.body.decode() == f"No API operation found at URL '/v2/{path}'"


@pytest.mark.parametrize(
    ("path", "ocis"),
    [
        ("references/doi:10.5555/a%3Fb", ["061-062", "061-063"]),
        ("references/doi:10.5555/a%23", ["061-062", "061-063"]),
        ("references/doi:10.5555/doi:a", ["061-062", "061-063"]),
        ("references/doi:10.5555/a'", []),
    ],
)
def test_the_server_mistakes_some_identifiers_for_others(path: str, ocis: list[str]) -> None:
    """An encoded ? or # ends the path all the same; a quote breaks the query, which then finds nothing."""
    rows = (*CITATIONS, row("doi:10.5555/a'", B, "069-062"))
    assert found(path, site(*rows)) == ocis


def test_a_doi_with_the_letters_of_an_omid_in_it_cannot_be_asked_for() -> None:
    assert ask(site(row("doi:10.5555/bromide", B, "069-062")), "references/doi:10.5555/bromide").status == 400


def test_a_table_is_given_to_who_asks_for_one() -> None:
    """By header or by parameter, and the parameter wins."""
    for asked in ({"headers": {"accept": "text/csv"}}, {"query": "format=csv"}):
        answered = ask(site(), "citations/doi:10.5555/b", **asked)
        assert answered.headers["content-type"] == "text/csv"
        lines = list(csv.reader(answered.body.decode().splitlines()))
        assert lines[0] == FIELDS
        assert [line[0] for line in lines[1:]] == ["061-062", "063-062"]
    both = ask(site(), "citations/doi:10.5555/b", query="format=json", headers={"accept": "text/csv"})
    assert len(json.loads(both.body)) == 2
    counted = ask(site(), "citation-count/doi:10.5555/b", query="format=csv")
    assert counted.body == b"count\r\n2\r\n"


def test_an_oci_has_one_row_and_a_row_without_one_is_not_served() -> None:
    rows = (row(A, B, "061-062"), row(A, B, "061-062", creation="1999"), row(A, B, ""), {"citing": A})
    (only,) = json.loads(ask(site(*rows), "references/doi:10.5555/a").body)
    assert only["creation"] == "2021-03-10"


def test_a_derived_row_says_so() -> None:
    (served,) = json.loads(ask(site(row(A, B, "061-062", derived=True)), "references/doi:10.5555/a").body)
    assert served["derived"] is True


def test_lists_and_counts_end_at_the_limit(monkeypatch: pytest.MonkeyPatch) -> None:
    assert opencitations.MOST_ROWS == 200_000
    monkeypatch.setattr(opencitations, "MOST_ROWS", 1)
    assert found("citations/doi:10.5555/b") == ["061-062"]
    assert json.loads(ask(site(), "citation-count/doi:10.5555/b").body) == [{"count": "1"}]


def test_the_181st_request_of_a_minute_is_refused() -> None:
    """Each address for itself; what was refused does not count; no header says how many are left."""
    served = site(unlimited=False)
    answered = [ask(served, "citations/doi:10.5555/b", now=number / 10) for number in range(181)]
    assert [each.status for each in answered] == [200] * 180 + [429]
    assert (answered[-1].headers, answered[-1].body) == ({}, b"")
    assert not [name for name in answered[0].headers if "rate" in name or "limit" in name]
    assert ask(served, "citations/doi:10.5555/b", now=18.1, client="127.0.0.2").status == 200
    assert ask(served, "citations/doi:10.5555/b", now=59.9).status == 429
    assert [ask(served, "citations/doi:10.5555/b", now=60.05).status for _ in range(2)] == [200, 429]
    assert {ask(site(), "citations/doi:10.5555/b").status for _ in range(200)} == {200}


def test_a_token_is_taken_and_a_wrong_one_turned_away() -> None:
    assert ask(site(), "citations/doi:10.5555/b", headers={"authorization": "6388e468"}).status == 200
    refused = ask(site(), "citations/doi:10.5555/b", headers={"authorization": "wrong"})
    assert (refused.status, refused.headers["content-type"]) == (403, "text/plain")
    assert refused.body.startswith(b"Invalid token.")


def test_only_reading_is_served() -> None:
    assert ask(site(), "citations/doi:10.5555/b", method="POST").status == 405
    head, get = (ask(site(), "citations/doi:10.5555/b", method=method) for method in ("HEAD", "GET"))
    assert (head.status, head.headers, head.body) == (200, get.headers, b"")


@pytest.mark.parametrize("path", ["citations/doi:10.5555/b", "citations/doi:10.5555/none", "citation-count/pmid:1"])
def test_no_answer_is_emptied_since_nobody_could_tell(path: str) -> None:
    """An empty list is what "none" looks like, so that fault cannot strike here."""
    assert emptied(ask(site(), path)) is None


def test_it_is_served_beside_the_others() -> None:
    served = sites(Corpus(opencitations=CITATIONS), unlimited=True)
    with (
        Replica(served) as replica,
        urllib.request.urlopen(f"{replica.url}/opencitations/index/v2/citations/doi:10.5555%2Fb") as answer,
    ):
        assert [each["oci"] for each in json.load(answer)] == ["061-062", "063-062"]


@pytest.mark.parametrize("path", ["citations/doi:%FF%FE", "citations/doi:%00", "citations/doi:%0A", "%E2%82", "../.."])
def test_bytes_that_are_no_path_break_nothing(path: str) -> None:
    assert ask(site(), path).status in (200, 404)
