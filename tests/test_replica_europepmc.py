"""The Europe PMC replica answers as Europe PMC is known to answer, to what its source asks."""

import json
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.identifiers import Identifier
from harvester.replica import Corpus, Replica, Request, Response, sites
from harvester.replica.europepmc import EuropePmcSite
from harvester.sources import europepmc


def article(number: str, /, **more: Any) -> dict[str, Any]:
    return {"id": number, "source": "MED", "pmid": number, "title": f"Article {number}.", "abstractText": "Text"} | more


SHELF = (
    article("1", doi="10.5555/One", pmcid="PMC11"),
    article("2", doi="10.5555/two"),
    {"id": "PPR2", "source": "PPR", "doi": "10.5555/TWO", "title": "Before it"},
    {"id": "2", "source": "AGR", "title": "The same number elsewhere"},
    {"id": "PMC33", "source": "PMC", "pmcid": "PMC33"},
    {"id": 7, "source": None, "doi": ["10.5555/one"]},
)


def site(*records: dict[str, Any], unlimited: bool = True) -> EuropePmcSite:
    return EuropePmcSite(Corpus(europepmc=records), unlimited=unlimited)


def ask(served: EuropePmcSite, query: str, *, now: float = 0.0, client: str = "127.0.0.1", **more: str) -> Response:
    asked = {"query": query, "format": "json", "resultType": "core"} | more
    return served.answer(Request("GET", "/search", urlencode(asked), {}, client, now))


def answer(served: EuropePmcSite, query: str, **more: str) -> Any:
    answered = ask(served, query, now=0.0, **more)
    assert answered.status == 200, answered.body
    assert answered.headers["content-type"] == "application/json;charset=UTF-8"
    return json.loads(answered.body)


def found(query: str) -> list[str]:
    results = answer(site(*SHELF), query)["resultList"]["result"]
    return [f"{one['source']}:{one['id']}" for one in results]


# -- searching ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("query", "names"),
    [
        ('DOI:"10.5555/one"', ["MED:1"]),
        ("doi:10.5555/TWO", ["MED:2", "PPR:PPR2"]),
        ("EXT_ID:2 AND SRC:MED", ["MED:2"]),
        ("EXT_ID:2", ["MED:2", "AGR:2"]),
        ("PMCID:PMC33 OR PMCID:PMC11", ["MED:1", "PMC:PMC33"]),
        ('(EXT_ID:1 AND SRC:MED) OR DOI:"10.5555/none" OR ((PMCID:"PMC33"))', ["MED:1", "PMC:PMC33"]),
        ("EXT_ID:1 OR EXT_ID:2 AND SRC:AGR", ["MED:1", "AGR:2"]),
        ('DOI:"10.5555/none"', []),
    ],
)
def test_works_are_found_by_their_identifiers(query: str, names: list[str]) -> None:
    assert found(query) == names


@pytest.mark.parametrize(
    "query",
    [
        "",
        "malaria",
        "TITLE:peer",
        'DOI:"10.5555/one',
        "DOI:10.5555/one OR",
        "(DOI:1",
        "DOI:1)",
        "AND",
        "DOI:1 DOI:2",
        "(" * 999,
    ],
)
def test_any_other_search_is_refused(query: str) -> None:
    assert ask(site(*SHELF), query).status == 400


def test_other_routes_and_methods_are_refused() -> None:
    served = site(*SHELF)
    assert ask(served, "EXT_ID:1", format="xml").status == 400
    assert ask(served, "EXT_ID:1", pageSize="1001").status == ask(served, "EXT_ID:1", cursorMark="x").status == 400
    assert served.answer(Request("GET", "/MED/1/references", "", {}, "x", 0.0)).status == 404
    assert served.answer(Request("POST", "/search", "", {}, "x", 0.0)).status == 405
    assert served.answer(Request("HEAD", "/search", "query=EXT_ID:1&format=json", {}, "x", 0.0)).body == b""


def test_an_answer_says_what_was_asked_and_how_many_there_are() -> None:
    answered = answer(site(*SHELF), "EXT_ID:1", pageSize="5")
    assert (answered["version"], answered["hitCount"]) == ("6.9", 1)
    assert answered["request"] == {
        "queryString": "EXT_ID:1",
        "resultType": "core",
        "cursorMark": "*",
        "pageSize": 5,
        "sort": "",
        "synonym": False,
    }
    assert answered["resultList"]["result"] == [SHELF[0]]
    nothing = answer(site(*SHELF), "EXT_ID:99")
    assert (nothing["hitCount"], nothing["resultList"]) == (0, {"result": []})
    assert "nextCursorMark" not in nothing


def test_a_record_has_a_short_and_a_shorter_form() -> None:
    (lite,) = answer(site(*SHELF), "EXT_ID:1", resultType="lite")["resultList"]["result"]
    assert lite.keys() == {"id", "source", "pmid", "pmcid", "doi", "title"}
    (name,) = answer(site(*SHELF), "EXT_ID:1", resultType="idlist")["resultList"]["result"]
    assert name.keys() == {"id", "source", "pmid", "pmcid"}


@settings(deadline=None)
@given(size=st.integers(min_value=1, max_value=40))
def test_cursors_lead_to_every_record_once_and_come_back_at_the_end(size: int) -> None:
    served = site(*(article(str(number), doi="10.5555/same") for number in range(1, 31)))
    seen: list[str] = []
    cursor, following = "", "*"
    while following != cursor:
        cursor = following
        page = answer(served, 'DOI:"10.5555/same"', pageSize=str(size), cursorMark=cursor)
        assert page["hitCount"] == 30
        seen += [one["id"] for one in page["resultList"]["result"]]
        following = page["nextCursorMark"]
        if "nextPageUrl" in page:
            assert parse_qs(urlsplit(page["nextPageUrl"]).query)["cursorMark"] == [following]
    assert seen == [str(number) for number in range(1, 31)]


# -- limits ------------------------------------------------------------------------------------------


def test_ten_a_second_and_five_hundred_a_minute_are_fair() -> None:
    served = site(*SHELF, unlimited=False)
    assert [ask(served, "EXT_ID:1").status for _ in range(11)] == [200] * 10 + [429]
    assert ask(served, "EXT_ID:1", client="127.0.0.2").status == 200
    assert {ask(served, "EXT_ID:1", now=2 + number / 9).status for number in range(490)} == {200}
    assert ask(served, "EXT_ID:1", now=58.0).status == 429
    assert ask(served, "EXT_ID:1", now=60.5).status == 200


def test_unlimited_refuses_nobody() -> None:
    served = site(*SHELF)
    assert {ask(served, "EXT_ID:1").status for _ in range(600)} == {200}


# -- what the source asks and reads ------------------------------------------------------------------

NASTY = st.from_regex(r"10\.5555/[a-z0-9<>(),:;&%#?+=é/ \"\\|.\[\]ß]{0,20}[a-z0-9]", fullmatch=True).map(
    lambda value: Identifier("doi", value)
)
NUMBERS = st.integers(1, 10**7).map(str)
ASKED = (
    NASTY | st.builds(Identifier, st.just("pmid"), NUMBERS) | NUMBERS.map(lambda one: Identifier("pmcid", f"PMC{one}"))
)


@settings(deadline=None)
@given(st.lists(ASKED, min_size=1, max_size=12, unique=True), st.data())
def test_every_work_that_is_there_is_found_by_the_questions_of_the_source(
    asked: list[Identifier], data: st.DataObject
) -> None:
    """What is missing is missing, and nothing else; a DOI that no record can have in canonical form is found too."""
    held = data.draw(st.sets(st.sampled_from(asked)))
    records = [
        {"id": value, "source": "MED"} if scheme == "pmid" else {"id": f"X{value}", "source": "CTX", scheme: value}
        for scheme, value in sorted(held)
    ]
    served = site(*records)
    found_, missing = [], set()
    for query in (single for listed in europepmc.lookup(asked) for single in europepmc.split(listed) or [listed]):
        parts = urlsplit(query.url)
        answered = served.answer(Request("GET", "/search", parts.query, {}, "x", 0.0))
        page = europepmc.read(query, answered.status, answered.body)
        assert not page.next
        found_ += [json.loads(item.raw) for item in page.items]
        missing |= set(page.missing)
    assert sorted(found_, key=str) == sorted(records, key=str)
    assert missing == set(asked) - held


def test_more_records_of_one_list_than_a_page_holds_are_all_read() -> None:
    """150 versions under one DOI, and a second work behind them."""
    versions = [article(str(number), doi="10.5555/same") for number in range(1, 151)]
    served = site(*versions, article("999", doi="10.5555/other"))
    asked = [Identifier("doi", doi) for doi in ("10.5555/same", "10.5555/other", "10.5555/none")]
    waiting = europepmc.lookup(asked)
    natives: list[str] = []
    missing: list[Identifier] = []
    while waiting:
        query = waiting.pop()
        answered = served.answer(Request("GET", "/search", urlsplit(query.url).query, {}, "x", 0.0))
        page = europepmc.read(query, answered.status, answered.body)
        natives += [item.record.native_id for item in page.items]
        missing += page.missing
        waiting += page.next
    assert sorted(natives) == sorted(f"MED:{number}" for number in [*range(1, 151), 999])
    assert missing == [asked[2]]


def test_the_replica_serves_it_on_a_socket() -> None:
    import httpx

    asked = [Identifier("doi", "10.5555/one"), Identifier("pmid", "2"), Identifier("pmcid", "PMC99")]
    with Replica(sites(Corpus(europepmc=SHELF))) as replica:
        (query,) = europepmc.lookup(asked)
        url = query.url.replace("https://www.ebi.ac.uk/europepmc/webservices/rest", f"{replica.url}/europepmc")
        answered = httpx.get(url)
    page = europepmc.read(query, answered.status_code, answered.content)
    assert [item.record.native_id for item in page.items] == ["MED:1", "MED:2"]
    assert page.missing == (asked[2],)
