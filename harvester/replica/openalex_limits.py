"""What a call to OpenAlex costs, who pays for it, and how fast they may ask.

Prices and order of the rules are those of GitHub ourresearch/openalex-api-proxy src/endpointClassifier.ts,
the rates those of src/rateLimiter.ts (August 2026); 1 credit is $0.0001 and a day ends at midnight UTC. The
trap is kept: the class of a call is read off the path as it came, so `/works/doi:10.1/x` is free while the
same lookup with `%3A`, or with a whole `https://doi.org/...`, is billed as a list.
"""

import json
import math
import re
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Literal

from harvester.replica.http import Response
from harvester.replica.openalex_refusals import Refused, json_answer

__all__ = ["PLANS", "CallKind", "Caller", "Limits", "Plan", "boolean_words", "classify", "credits_for"]

CallKind = Literal["free", "singleton", "list", "search", "content", "semantic", "text"]


@dataclass(frozen=True)
class Plan:
    """A daily allowance in credits, a rate per second, and whether the gates for paying users are open."""

    credits: int
    per_second: int
    paid: bool = False
    search_credits: int = 10


PLANS: Mapping[str, Plan] = {
    "keyless": Plan(1_000, 10),
    "free": Plan(10_000, 30),
    "member": Plan(200_000, 50),
    "member+": Plan(1_000_000, 50, paid=True),
    "partner": Plan(2_000_000, 50, paid=True),
    "grandfathered": Plan(2_000_000, 50, paid=True, search_credits=1),
}
"""Allowances of August 2026 (help.openalex.org api/authentication.md)."""


@dataclass(frozen=True)
class Caller:
    """Who pays: the holder of a key or, without one, an address."""

    account: str
    plan: Plan
    key: str | None = None


_ENTITIES = {"works", "authors", "sources", "institutions", "topics", "publishers", "funders", "concepts"}
_SHORT_ID = re.compile(r"[a-z]?\d+")
# A colon as it is: `doi%3a` is not among them.
_NAMESPACES = (
    "doi:",
    "pmid:",
    "pmcid:",
    "mag:",
    "openalex:",
    "orcid:",
    "ror:",
    "wikidata:",
    "issn:",
    "issn_l:",
    "scopus:",
)
_CONTENT = re.compile(r"(?:content/)?works/[^/]+\.(?:pdf|grobid-xml)")
_SEARCH_FILTERS = (
    "abstract.search",
    "default.search",
    "display_name.search",
    "fulltext.search",
    "keyword.search",
    "raw_affiliation_strings.search",
    "raw_author_name.search",
    "title.search",
    "title_and_abstract.search",
)
_DAY = 86_400


def classify(raw_path: str, parameters: Mapping[str, str]) -> CallKind:
    """The class of a call, from the path still percent-encoded and the decoded parameters.

    >>> classify("/works/doi:10.1/x", {}), classify("/works/doi%3A10.1/x", {})
    ('singleton', 'list')
    """
    path = raw_path.lower().strip("/")
    segments = path.split("/")
    if path.startswith("text"):
        return "text"
    if _CONTENT.fullmatch(path):
        return "content"
    if segments[0] in ("changefiles", "autocomplete"):
        return "free"
    if segments[0] not in _ENTITIES:
        return "list"
    if len(segments) > 1 and (_SHORT_ID.fullmatch(segments[1]) or segments[1].startswith(_NAMESPACES)):
        return "singleton"
    if "group_by" in parameters or "group-by" in parameters:
        return "list"
    if "search" in parameters and _is_lookup(parameters):
        return "free"
    if "search.semantic" in parameters:
        return "semantic"
    if any(name == "search" or name.startswith("search.") for name in parameters):
        return "search"
    asked = parameters.get("filter", "")
    return "search" if any(name in asked for name in _SEARCH_FILTERS) else "list"


def _is_lookup(parameters: Mapping[str, str]) -> bool:
    per_page = parameters.get("per_page", parameters.get("per-page", ""))
    return (
        per_page.isdecimal() and int(per_page[:4]) <= 10 and parameters.get("select") == "id,display_name,works_count"
    )


def credits_for(kind: CallKind, plan: Plan) -> int:
    """The price of a call in credits; keys of the first years still pay 1 for a search."""
    prices = {"free": 0, "singleton": 0, "list": 1, "content": 100, "semantic": 10, "text": 100}
    return plan.search_credits if kind == "search" else prices[kind]


def boolean_words(texts: list[str]) -> int:
    """How many upper-case AND, OR and NOT stand in the searches of a request."""
    return sum(len(re.findall(r"\b(?:AND|OR|NOT)\b", text)) for text in texts)


class Limits:
    """Budgets and rates of every caller, kept in memory; `now` always comes from the request.

    With `unlimited`, nothing is refused and nothing is deducted, but each answer still names its price.
    """

    def __init__(self, *, unlimited: bool) -> None:
        self.unlimited = unlimited
        self._spent: dict[str, tuple[int, int]] = {}
        self._buckets: dict[str, tuple[float, float]] = {}

    def admit(self, caller: Caller, kind: CallKind, *, booleans: int, now: float) -> int:
        """Let the request through and take its price, before the origin is asked; the price is returned.

        Raises `Refused` with the 429 of the first limit that is reached, in the proxy's order.
        """
        price = credits_for(kind, caller.plan)
        if self.unlimited:
            return price
        if kind == "semantic" and not self._token(f"semantic {caller.account}", 1, now):
            raise Refused(
                _slow_down("Semantic search is limited to 1 request per second. Please wait and try again.", {})
            )
        if booleans > 5:
            rate = 25 if caller.plan.paid else 5 if caller.key else 1
            if not self._token(f"boolean {caller.account}", rate, now):
                message = (
                    f"Your query uses {booleans} boolean operators; queries with more than 5 are limited to "
                    f"{rate} per second. Please wait and try again."
                )
                raise Refused(_slow_down(message, {"reason": "broad_boolean_query", "booleanOperators": booleans}))
        rate = caller.plan.per_second
        if not self._token(f"request {caller.account}", rate, now):
            raise Refused(self.too_fast(caller, price, wait=1 / rate, now=now))
        left = self.remaining(caller, now)
        if price > left:
            message = (
                f"Insufficient budget. This request costs ${_dollars(price)} but you only have "
                f"${_dollars(left)} remaining. Resets at midnight UTC. Need more? Add funds at https://openalex.org/pricing"
            )
            raise Refused(_too_many(caller, price, left, message, wait=_to_midnight(now), now=now))
        self._spend(caller, price, now)
        return price

    def too_fast(self, caller: Caller, price: int, *, wait: float, now: float) -> Response:
        """The 429 of the rate per second, which reports that nothing remains although it does."""
        message = f"Rate limit exceeded: {caller.plan.per_second} requests per second. Please slow down."
        return _too_many(caller, price, 0, message, wait=wait, now=now)

    def refund(self, caller: Caller, price: int, *, now: float) -> None:
        """Give back what a call that came to nothing (a time-out, a missing file) had cost."""
        if not self.unlimited:
            self._spend(caller, -price, now)

    def remaining(self, caller: Caller, now: float) -> int:
        """Credits left until midnight UTC."""
        day, spent = self._spent.get(caller.account, (0, 0))
        return caller.plan.credits - (spent if day == int(now // _DAY) else 0)

    def headers(self, caller: Caller, price: int, now: float) -> dict[str, str]:
        """The nine headers on every answer that reached the origin."""
        left = self.remaining(caller, now)
        return {
            "x-ratelimit-limit-usd": _dollars(caller.plan.credits),
            "x-ratelimit-remaining-usd": _dollars(left),
            "x-ratelimit-prepaid-remaining-usd": "0",
            "x-ratelimit-cost-usd": _dollars(price),
            "x-ratelimit-limit": str(caller.plan.credits),
            "x-ratelimit-remaining": str(left),
            "x-ratelimit-onetime-remaining": "0",
            "x-ratelimit-credits-used": str(price),
            "x-ratelimit-reset": str(_to_midnight(now)),
        }

    def account(self, caller: Caller, now: float) -> Response:
        """The body of `/rate-limit`: free, and without headers of its own."""
        plan, key = caller.plan, caller.key or ""
        left = self.remaining(caller, now)
        kinds: tuple[CallKind, ...] = ("singleton", "list", "search", "content", "semantic", "text")
        prices = {kind: credits_for(kind, plan) for kind in kinds}
        midnight = datetime.fromtimestamp((now // _DAY + 1) * _DAY, UTC)
        limit = {
            "daily_budget_usd": _usd(plan.credits),
            "daily_used_usd": _usd(plan.credits - left),
            "daily_remaining_usd": _usd(left),
            "prepaid_balance_usd": 0,
            "prepaid_remaining_usd": 0,
            "prepaid_expires_at": None,
            "resets_at": f"{midnight:%Y-%m-%dT%H:%M:%S}.000Z",
            "resets_in_seconds": _to_midnight(now),
            "endpoint_costs_usd": {kind: _usd(price) for kind, price in prices.items()},
            "credits_limit": plan.credits,
            "credits_used": plan.credits - left,
            "credits_remaining": left,
            "onetime_credits_balance": 0,
            "onetime_credits_remaining": 0,
            "onetime_credits_expires_at": None,
            "credit_costs": prices,
        }
        body = {
            "api_key": f"{key[:3]}...{key[-3:]}",
            "is_grandfathered": plan.search_credits == 1,
            "rate_limit": limit,
        }
        return json_answer(body, headers={"cache-control": "no-store"})

    def _spend(self, caller: Caller, price: int, now: float) -> None:
        today = int(now // _DAY)
        self._spent[caller.account] = (today, caller.plan.credits - self.remaining(caller, now) + price)

    def _token(self, bucket: str, rate: int, now: float) -> bool:
        tokens, last = self._buckets.get(bucket, (float(rate), now))
        tokens = min(float(rate), tokens + max(0.0, now - last) * rate)
        # A token's worth of waiting must yield a token in spite of rounding.
        granted = tokens >= 1 - 1e-6
        self._buckets[bucket] = (tokens - granted, now)
        return granted


def _slow_down(message: str, extra: Mapping[str, object]) -> Response:
    body = {"error": "Rate limit exceeded", "message": message, **extra, "retryAfter": 1}
    return json_answer(body, status=429, headers={"retry-after": "1"})


def _too_many(caller: Caller, price: int, left: int, message: str, *, wait: float, now: float) -> Response:
    body = {
        "error": "Rate limit exceeded",
        "message": message,
        "retryAfter": round(wait, 3),
        "costUsd": _usd(price),
        "dailyRemainingUsd": _usd(left),
        "prepaidRemainingUsd": 0,
        "creditsRequired": price,
        "creditsRemaining": left,
        "onetimeCreditsRemaining": 0,
    }
    headers = {
        "retry-after": str(max(1, math.ceil(wait))),
        "x-ratelimit-limit-usd": _dollars(caller.plan.credits),
        "x-ratelimit-remaining-usd": _dollars(left),
        "x-ratelimit-prepaid-remaining-usd": "0",
        "x-ratelimit-cost-required-usd": _dollars(price),
        "x-ratelimit-limit": str(caller.plan.credits),
        "x-ratelimit-remaining": str(left),
        "x-ratelimit-onetime-remaining": "0",
        "x-ratelimit-credits-required": str(price),
        "x-ratelimit-reset": str(_to_midnight(now)),
    }
    return json_answer(body, status=429, headers=headers)


def _usd(price: int) -> float:
    """Dollars as JavaScript prints them: whole numbers without a point, else up to four places."""
    return price // 10_000 if price % 10_000 == 0 else price / 10_000


def _dollars(price: int) -> str:
    return json.dumps(_usd(price))


def _to_midnight(now: float) -> int:
    return max(1, math.ceil(_DAY - now % _DAY))
