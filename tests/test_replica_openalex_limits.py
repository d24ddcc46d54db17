"""The replica's OpenAlex: who pays what, how fast they may ask, and what the edge turns away."""

import json
from typing import Any

import pytest
from openalex_site import NOON, WORKS, ask

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request, Response
from harvester.replica.openalex import OpenAlexSite
from harvester.replica.openalex_limits import PLANS, Plan, classify

RATE_HEADERS = {
    "x-ratelimit-limit-usd",
    "x-ratelimit-remaining-usd",
    "x-ratelimit-prepaid-remaining-usd",
    "x-ratelimit-cost-usd",
    "x-ratelimit-limit",
    "x-ratelimit-remaining",
    "x-ratelimit-onetime-remaining",
    "x-ratelimit-credits-used",
    "x-ratelimit-reset",
}


def limited(**keys: Plan) -> OpenAlexSite:
    return OpenAlexSite(Corpus(openalex=WORKS), unlimited=False, keys=keys or None)


def rates(answer: Response) -> set[str]:
    return {name for name in answer.headers if name.startswith("x-ratelimit")}


# -- prices -----------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("path", "parameters", "kind"),
    [
        ("/works/W1", {}, "singleton"),
        ("/works/doi:10.1/x", {}, "singleton"),
        ("/works/DOI:10.1%2Fx", {}, "singleton"),
        ("/works/doi%3A10.1/x", {}, "list"),
        ("/works/https://doi.org/10.1/x", {}, "list"),
        ("/works", {"filter": "cites:W1"}, "list"),
        ("/works", {"search": "x"}, "search"),
        ("/works", {"search": "x", "group_by": "type"}, "list"),
        ("/works", {"search.title": "x"}, "search"),
        ("/works", {"search.semantic": "x"}, "semantic"),
        ("/works", {"filter": "title_and_abstract.search:x"}, "search"),
        ("/works", {"search": "x", "per_page": "5", "select": "id,display_name,works_count"}, "free"),
        ("/works/W1.pdf", {}, "content"),
        ("/autocomplete/works", {}, "free"),
        ("/text/topics", {}, "text"),
        ("/other", {}, "list"),
    ],
)
def test_a_call_is_classed_by_its_raw_path(path: str, parameters: dict[str, str], kind: str) -> None:
    assert classify(path, parameters) == kind


def test_every_answer_of_the_origin_names_its_price_and_what_is_left() -> None:
    site = limited()
    first = ask(site=site, filter="cites:W12")
    assert {name: first.headers[name] for name in RATE_HEADERS} == {
        "x-ratelimit-limit-usd": "0.1",
        "x-ratelimit-remaining-usd": "0.0999",
        "x-ratelimit-prepaid-remaining-usd": "0",
        "x-ratelimit-cost-usd": "0.0001",
        "x-ratelimit-limit": "1000",
        "x-ratelimit-remaining": "999",
        "x-ratelimit-onetime-remaining": "0",
        "x-ratelimit-credits-used": "1",
        "x-ratelimit-reset": "43200",
    }
    assert json.loads(first.body)["meta"]["cost_usd"] == 0.0001
    assert ask("/works/W11", site=site).headers["x-ratelimit-credits-used"] == "0"
    assert ask("/works/W404", site=site).headers["x-ratelimit-remaining"] == "999"
    assert ask(site=site, search="peer").headers["x-ratelimit-remaining"] == "989"
    assert ask(site=site, filter="nonsense:1").headers["x-ratelimit-remaining"] == "988"


def test_a_doi_whose_colon_is_encoded_is_found_and_billed() -> None:
    free, billed = ask("/works/doi:10.1000/w11"), ask("/works/doi%3A10.1000/w11")
    assert free.body == billed.body
    assert (free.headers["x-ratelimit-credits-used"], billed.headers["x-ratelimit-credits-used"]) == ("0", "1")


def test_an_empty_budget_is_refused_until_midnight_with_the_time_to_wait() -> None:
    site = limited(k=Plan(15, 1000))
    key = {"authorization": "Bearer k"}
    assert ask(site=site, search="peer", headers=key).status == 200
    refused = ask(site=site, search="peer", headers=key)
    assert refused.status == 429
    assert refused.headers["retry-after"] == "43200"
    assert rates(refused) == (RATE_HEADERS - {"x-ratelimit-cost-usd", "x-ratelimit-credits-used"}) | {
        "x-ratelimit-cost-required-usd",
        "x-ratelimit-credits-required",
    }
    assert json.loads(refused.body) == {
        "error": "Rate limit exceeded",
        "message": "Insufficient budget. This request costs $0.001 but you only have $0.0005 remaining. Resets at "
        "midnight UTC. Need more? Add funds at https://openalex.org/pricing",
        "retryAfter": 43200,
        "costUsd": 0.001,
        "dailyRemainingUsd": 0.0005,
        "prepaidRemainingUsd": 0,
        "creditsRequired": 10,
        "creditsRemaining": 5,
        "onetimeCreditsRemaining": 0,
    }
    assert ask("/works/W11", site=site, headers=key).status == 200
    assert ask(site=site, search="peer", headers=key, now=NOON + 43_199).status == 429
    assert ask(site=site, search="peer", headers=key, now=NOON + 43_200).status == 200


@pytest.mark.parametrize(("plan", "rate"), [("keyless", 10), ("free", 30), ("partner", 50)])
def test_a_second_holds_as_many_requests_as_the_plan_says(plan: str, rate: int) -> None:
    site = limited(k=PLANS[plan])
    headers = {} if plan == "keyless" else {"authorization": "Bearer k"}
    statuses = [ask(site=site, headers=headers).status for _ in range(rate + 1)]
    assert statuses == [200] * rate + [429]
    refused = ask(site=site, headers=headers)
    said = json.loads(refused.body)
    assert said["message"] == f"Rate limit exceeded: {rate} requests per second. Please slow down."
    assert (refused.headers["retry-after"], refused.headers["x-ratelimit-remaining"]) == ("1", "0")
    assert said["retryAfter"] == round(1 / rate, 3)
    assert ask(site=site, headers=headers, now=NOON + 1 / rate).status == 200
    assert ask(site=site, headers=headers, now=NOON + 1 / rate).status == 429


def test_accounts_do_not_share_budgets_or_rates() -> None:
    site = limited(a=Plan(1, 1), b=Plan(1, 1))
    for key in ("a", "b"):
        assert ask(site=site, headers={"authorization": f"Bearer {key}"}).status == 200
    assert ask(site=site).status == 200


def test_unlimited_refuses_nothing_and_still_names_the_price() -> None:
    answers = [ask(search="peer AND a OR b OR c OR d OR e OR f OR g") for _ in range(100)]
    assert {answer.status for answer in answers} == {200}
    assert answers[-1].headers["x-ratelimit-credits-used"] == "10"
    assert answers[-1].headers["x-ratelimit-remaining"] == "1000"


@pytest.mark.parametrize(
    "sent",
    [
        {"headers": {"authorization": "Bearer k"}},
        {"api_key": "k"},
        {"api-key": "k"},
        {"headers": {"api_key": "k"}},
        {"headers": {"api-key": "k"}},
        {"headers": {"authorization": "Bearer k"}, "api_key": "unknown"},
    ],
)
def test_a_key_is_taken_from_wherever_it_is_sent(sent: dict[str, Any]) -> None:
    answer = ask(site=limited(k=PLANS["member"]), **sent)
    assert answer.headers["x-ratelimit-limit"] == "200000"


def test_an_unknown_key_is_refused_without_rate_headers() -> None:
    for site, key in ((limited(), "wrong"), (limited(k=PLANS["free"]), "other")):
        answer = ask(site=site, api_key=key)
        assert (answer.status, rates(answer)) == (401, set())
        assert json.loads(answer.body) == {"error": "Invalid or missing API key", "message": "API key not found"}


def test_the_account_is_shown_to_its_holder_for_nothing() -> None:
    site = limited()
    ask(site=site, api_key="abcdefxyz", search="peer")
    answer = ask("/rate-limit", site=site, api_key="abcdefxyz")
    limit = json.loads(answer.body)["rate_limit"]
    assert (limit["credits_used"], limit["daily_remaining_usd"], limit["credits_limit"]) == (10, 0.999, 10_000)
    assert (limit["resets_at"], limit["resets_in_seconds"]) == ("2026-11-23T00:00:00.000Z", 43_200)
    assert rates(answer) == set()
    assert ask("/rate-limit", site=site).status == 401


def test_searches_with_many_operators_and_by_meaning_are_slower() -> None:
    site = limited()
    broad = "a OR b OR c OR d OR e OR f OR g"
    assert ask(site=site, search=broad).status == 200
    refused = ask(site=site, search=broad)
    assert json.loads(refused.body)["reason"] == "broad_boolean_query"
    assert json.loads(refused.body)["booleanOperators"] == 6
    assert (refused.status, refused.headers["retry-after"], rates(refused)) == (429, "1", set())
    assert ask(site=site, search="a OR b OR c OR d OR e OR f").status == 200
    meaning: dict[str, Any] = {"search__semantic": "support among peers"}
    assert ask(site=site, **meaning).status == 200
    assert ask(site=site, **meaning).status == 429


def test_dates_of_updates_need_a_paid_plan() -> None:
    gated: list[dict[str, Any]] = [{"filter": "from_updated_date:2026-01-01"}, {"sort": "updated_date:desc"}]
    for asked in gated:
        refused = ask(**asked)
        assert refused.status == 429
        assert json.loads(refused.body)["error"] == "Plan upgrade required"
        assert ask(headers={"authorization": "Bearer paid"}, **asked).status == 200


@pytest.mark.parametrize(
    ("asked", "rule"),
    [
        ({"limit": 5}, "f1:limit_param"),
        ({"filter": "doi:10.1/a,b"}, "f1:raw_comma_filter"),
        ({"filter": 'doi:10.2/c|"10.1/a,b'}, None),
        ({"search": "a" * 1501}, "search_volume"),
    ],
)
def test_the_edge_turns_away_with_a_rule_and_without_rate_headers(asked: dict[str, Any], rule: str | None) -> None:
    answer = ask(**asked)
    assert answer.headers.get("x-openalex-edge-reject") == rule
    if rule:
        assert (answer.status, rates(answer)) == (400, set())


def test_a_request_line_may_not_pass_8190_bytes_once_encoded() -> None:
    def asked(commas: int) -> Response:
        return ask(filter='display_name:"' + "," * commas + '"')

    line = len("GET /works?filter=display_name%3A%22%22 HTTP/1.1")
    most = (8190 - line) // 3
    assert asked(most).status == 200
    assert json.loads(asked(most + 1).body)["error"] == "Request URL too long"


def test_methods_and_fixed_routes() -> None:
    assert ask(method="OPTIONS").status == 204
    assert ask(method="DELETE").status == 405
    assert ask(method="DELETE").body == b"Method Not Allowed"
    assert ask("/robots.txt").status == 200
    assert json.loads(ask("/").body)["msg"] == "Don't panic"
    assert ask("/works/W11.pdf").headers["x-ratelimit-credits-used"] == "0"
    assert all(ask(path).headers["access-control-allow-origin"] == "*" for path in ("/", "/works", "/works/W404"))


def test_the_fault_of_going_too_fast_charges_nothing() -> None:
    site = limited()
    refused = site.too_fast(Request("GET", "/works", "", {}, "10.0.0.1", NOON))
    assert (refused.status, refused.headers["retry-after"]) == (429, "1")
    assert ask(site=site).headers["x-ratelimit-remaining"] == "999"
