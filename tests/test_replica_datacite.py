"""The DataCite replica answers as api.datacite.org is known to answer, to what its source asks."""

import json
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester import identifiers
from harvester.errors import NotAnIdentifier
from harvester.identifiers import Identifier
from harvester.replica import Corpus, Replica, Request, Response, load, sites
from harvester.replica.datacite import DataCiteSite
from harvester.sources import datacite

POLITE = {"user-agent": "Tool/1.0 (mailto:me@example.org)"}


def dataset(doi: str, /, **more: Any) -> dict[str, Any]:
    """A small but complete record, in the form of a single answer."""
    attributes = {"doi": doi, "prefix": doi.partition("/")[0], "state": "findable", "xml": "PHg+", "creators": []}
    return {
        "id": doi,
        "type": "dois",
        "attributes": attributes | more,
        "relationships": {"client": {"data": {"id": "cern.zenodo", "type": "clients"}}, "citations": {"data": []}},
    }


def site(*records: dict[str, Any], unlimited: bool = True) -> DataCiteSite:
    return DataCiteSite(Corpus(datacite=records), unlimited=unlimited)


def ask(served: DataCiteSite, target: str, *, now: float = 0.0, **more: Any) -> Response:
    path, _, query = target.partition("?")
    given_ = {"method": "GET", "headers": {}, "client": "127.0.0.1"} | more
    return served.answer(Request(raw_path=path, query=query, now=now, **given_))


def found(served: DataCiteSite, target: str) -> list[str]:
    answered = ask(served, target)
    assert answered.status == 200, answered.body
    return [one["id"] for one in json.loads(answered.body)["data"]]


# -- one DOI -----------------------------------------------------------------------------------------


@pytest.mark.parametrize("path", ["/dois/10.5281/Zenodo.1", "/dois/10.5281%2Fzenodo.1", "/dois/10.5281/zenodo.1/"])
def test_a_doi_is_found_however_its_path_is_encoded_and_cased(path: str) -> None:
    answered = ask(site(dataset("10.5281/zenodo.1")), path)
    assert json.loads(answered.body)["data"] == dataset("10.5281/zenodo.1")
    assert answered.headers["content-type"] == "application/json; charset=utf-8"
    assert answered.headers["x-anonymous-consumer"] == "true"


@pytest.mark.parametrize("path", ["/dois/10.5281/none", "/dois/10.5281/draft", "/works", "/dois/%FF"])
def test_what_is_not_there_or_not_findable_is_a_404_with_errors(path: str) -> None:
    answered = ask(site(dataset("10.5281/draft", state="draft")), path)
    assert answered.status == 404
    assert json.loads(answered.body) == {
        "errors": [{"status": "404", "title": "The resource you are looking for doesn't exist."}]
    }


def test_head_has_no_body_and_nothing_can_be_posted() -> None:
    served = site(dataset("10.5281/a"))
    assert (ask(served, "/dois/10.5281/a", method="HEAD").status, ask(served, "/dois", method="POST").status) == (
        200,
        405,
    )
    assert ask(served, "/dois/10.5281/a", method="HEAD").body == b""


# -- lists -------------------------------------------------------------------------------------------


def test_a_list_holds_what_there_is_of_its_ids_the_latest_first_findable_or_not() -> None:
    served = site(
        dataset("10.5281/a", updated="2020"),
        dataset("10.5281/b", updated="2021", state="registered"),
        dataset("10.5281/c"),
    )
    answered = json.loads(ask(served, "/dois?ids=10.5281%2FA,10.5281%2Fb,10.5281%2Fnone").body)
    assert [one["id"] for one in answered["data"]] == ["10.5281/b", "10.5281/a"]
    assert answered["meta"] == {"total": 2, "totalPages": 1, "page": 1}


def test_a_list_leaves_out_what_only_detail_shows() -> None:
    served = site(dataset("10.5281/a"))
    (item,) = json.loads(ask(served, "/dois?ids=10.5281/a").body)["data"]
    assert item["attributes"] == {"doi": "10.5281/a", "state": "findable", "creators": []}
    assert item["relationships"].keys() == {"client"}
    (item,) = json.loads(ask(served, "/dois?ids=10.5281/a&detail=true").body)["data"]
    assert item == dataset("10.5281/a")


def test_affiliations_are_names_unless_objects_are_asked_for() -> None:
    yale = {"name": "Yale", "affiliationIdentifier": "https://ror.org/03v76x132"}
    served = site(dataset("10.5281/a", creators=[{"name": "A", "affiliation": [yale, "Monash"]}]))

    def affiliations(query: str) -> Any:
        return json.loads(ask(served, f"/dois/10.5281/a{query}").body)["data"]["attributes"]["creators"][0][
            "affiliation"
        ]

    assert affiliations("") == ["Yale", "Monash"]
    assert affiliations("?affiliation=true") == [yale, {"name": "Monash"}]


def test_a_list_has_pages() -> None:
    served = site(*(dataset(f"10.5281/{number:02}", updated=str(99 - number)) for number in range(30)))
    ids = "ids=" + ",".join(f"10.5281/{number:02}" for number in range(30))
    assert len(found(served, f"/dois?{ids}")) == 25
    assert found(served, f"/dois?{ids}&page[size]=4&page%5Bnumber%5D=8") == ["10.5281/28", "10.5281/29"]
    assert found(served, f"/dois?{ids}&page[size]=0") == []
    assert ask(served, "/dois").status == 400


def test_ids_are_cut_at_commas_and_put_in_capitals() -> None:
    """So a list never finds these, which is why its source asks for them singly."""
    served = site(dataset("10.5281/a,b"), dataset("10.5281/straße"))
    assert found(served, f"/dois?ids={quote('10.5281/a,b', safe='')}") == []
    assert found(served, f"/dois?ids={quote('10.5281/straße', safe='')}") == []


# -- limits ------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("headers", "most"), [({}, 500), (POLITE, 1_000)])
def test_a_caller_has_so_many_requests_in_five_minutes(headers: dict[str, str], most: int) -> None:
    served = site(dataset("10.5281/a"), unlimited=False)
    statuses = [ask(served, "/dois/10.5281/a", headers=headers).status for _ in range(most + 1)]
    assert statuses == [200] * most + [429]
    assert ask(served, "/dois/10.5281/a", headers=headers, client="127.0.0.2").status == 200
    assert ask(served, "/dois/10.5281/a", headers=headers, now=299.0).status == 429
    assert ask(served, "/dois/10.5281/a", headers=headers, now=300.0).status == 200


def test_unlimited_refuses_nobody() -> None:
    served = site(dataset("10.5281/a"))
    assert {ask(served, "/dois/10.5281/a").status for _ in range(1_100)} == {200}


# -- what the source asks and reads ------------------------------------------------------------------


def is_canonical(value: str) -> bool:
    try:
        return identifiers.doi(value) == value
    except NotAnIdentifier:
        return False


NASTY = st.from_regex(r"10\.5281/[a-z0-9<>(),:;&%#?+=é/.\[\]ß]{0,20}[a-z0-9]", fullmatch=True).filter(is_canonical)


@settings(deadline=None)
@given(st.lists(NASTY, min_size=1, max_size=12, unique=True), st.data())
def test_every_doi_that_is_there_is_found_by_the_questions_of_the_source(dois: list[str], data: st.DataObject) -> None:
    """Lists first, then what they left out; what is missing is missing, and nothing else."""
    held = data.draw(st.sets(st.sampled_from(dois)))
    served = site(*(dataset(doi) for doi in sorted(held)))
    waiting = datacite.lookup([Identifier("doi", doi) for doi in dois])
    got, missing = set(), set()
    while waiting:
        query = waiting.pop()
        parts = urlsplit(query.url)
        answered = ask(served, f"{parts.path}?{parts.query}")
        page = datacite.read(query, answered.status, answered.body)
        got |= {str(json.loads(item.raw)["id"]) for item in page.items}
        missing |= {one.value for one in page.missing}
        waiting += page.next
    assert (got, missing) == (held, set(dois) - held)


def test_the_replica_serves_it_on_a_socket() -> None:
    import httpx

    corpus = Corpus(datacite=(dataset("10.5281/a(1)"), dataset("10.5281/b")))
    asked = [Identifier("doi", "10.5281/a(1)"), Identifier("doi", "10.5281/b"), Identifier("doi", "10.5281/c,d")]
    with Replica(sites(corpus)) as replica:
        pages = []
        for query in datacite.lookup(asked):
            url = query.url.replace("https://api.datacite.org", f"{replica.url}/datacite")
            answered = httpx.get(url)
            pages.append(datacite.read(query, answered.status_code, answered.content))
    assert [item.record.doi for page in pages for item in page.items] == ["10.5281/a(1)", "10.5281/b"]
    assert [page.missing for page in pages] == [(), (asked[2],)]


def test_a_corpus_has_records_of_datacite_and_europe_pmc(tmp_path: Path) -> None:
    (tmp_path / "datacite-zenodo.jsonl").write_text(json.dumps(dataset("10.5281/a")) + "\n", encoding="utf-8")
    (tmp_path / "europepmc.jsonl").write_text('{"id": "7", "source": "MED"}\n', encoding="utf-8")
    assert load(tmp_path) == Corpus(datacite=(dataset("10.5281/a"),), europepmc=({"id": "7", "source": "MED"},))
