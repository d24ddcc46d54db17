"""OpenAlex, served from a corpus of works: the proxy at its edge, its origin, and its quirks.

The order of the checks is that of GitHub ourresearch/openalex-api-proxy src/index.ts: key, gates of paying
plans, length of the search, price, rates, budget (taken before the origin is asked, so that errors of the
origin cost their full price), malformed questions, length of the URL, origin. A corpus holds works and nothing
else, so every other entity is an unknown route here. The health ladder that at times refuses searches without
a key is always green; its 503 is one of the replica's faults.

Keys: without `keys`, any key but the literal `wrong` is a free one. Otherwise `keys` names the plan of each key.
"""

import re
from collections.abc import Mapping
from urllib.parse import parse_qsl, quote_plus, unquote

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request, Response
from harvester.replica.openalex_filter import pieces
from harvester.replica.openalex_index import Index
from harvester.replica.openalex_limits import (
    PLANS,
    Caller,
    CallKind,
    Limits,
    Plan,
    boolean_words,
    classify,
    credits_for,
)
from harvester.replica.openalex_list import Lists, read_select
from harvester.replica.openalex_refusals import Refused, edge_reject, json_answer, not_found

__all__ = ["OpenAlexSite"]

_METHODS = ("GET", "HEAD", "POST")
_LONGEST_SEARCH = 1_500
_LONGEST_REQUEST = 8_190
_GATED = re.compile(r"(?:from_|to_)?(?:updated|created)_date:[><]?\d{4}-\d{2}-\d{2}")
_GATED_SORTS = ("updated_date", "created_date", "from_updated_date", "from_created_date")
_EVERYWHERE = {
    "access-control-allow-origin": "*",
    "access-control-allow-methods": "GET, HEAD, POST, OPTIONS",
    "access-control-allow-headers": "Accept, Accept-Language, Accept-Encoding, Authorization, Content-Type",
    "access-control-expose-headers": (
        "Cache-Control, X-RateLimit-Limit, X-RateLimit-Remaining, X-RateLimit-Onetime-Remaining, "
        "X-RateLimit-Credits-Used, X-RateLimit-Credits-Required, X-RateLimit-Reset, X-RateLimit-Limit-USD, "
        "X-RateLimit-Remaining-USD, X-RateLimit-Prepaid-Remaining-USD, X-RateLimit-Cost-USD, "
        "X-RateLimit-Cost-Required-USD, Retry-After"
    ),
}


class OpenAlexSite:
    """The API over the works of a corpus; a work is found by id, DOI or citation without a scan."""

    def __init__(self, corpus: Corpus, *, unlimited: bool = False, keys: Mapping[str, Plan] | None = None) -> None:
        self.index = Index(corpus.openalex)
        self.lists = Lists(self.index)
        self.limits = Limits(unlimited=unlimited)
        self.keys = keys

    def answer(self, request: Request) -> Response:
        """Answer as `api.openalex.org` would at the time that the request bears."""
        try:
            answer = self._admitted(request)
        except Refused as refused:
            answer = refused.response
        return Response(answer.status, {**answer.headers, **_EVERYWHERE}, answer.body)

    def too_fast(self, request: Request) -> Response:
        """The 429 of the rate per second, for the fault of that name; nothing is deducted for it."""
        parameters = _parameters(request)
        try:
            caller = self._caller(request, parameters)
        except Refused:
            caller = Caller(request.client, PLANS["keyless"])
        price = credits_for(classify(request.raw_path, parameters), caller.plan)
        answer = self.limits.too_fast(caller, price, wait=1 / caller.plan.per_second, now=request.now)
        return Response(answer.status, {**answer.headers, **_EVERYWHERE}, answer.body)

    def _admitted(self, request: Request) -> Response:
        if request.method == "OPTIONS":
            return Response(204)
        if request.method not in _METHODS:
            return Response(405, {"content-type": "text/plain;charset=UTF-8"}, b"Method Not Allowed")
        if request.raw_path.strip("/") == "robots.txt":
            return Response(200, {"content-type": "text/plain"}, b"User-agent: *\nDisallow: /\n")
        parameters = _parameters(request)
        caller = self._caller(request, parameters)
        searches = [text for name, text in parameters.items() if name == "search" or name.startswith("search.")]
        if not caller.plan.paid:
            _check_plan(parameters)
        if request.raw_path.strip("/") == "rate-limit":
            return self._account(caller, request.now)
        kind = classify(request.raw_path, parameters)
        searches += [piece for piece in pieces(parameters.get("filter", "")) if ".search" in piece]
        price = self.limits.admit(caller, kind, booleans=boolean_words(searches), now=request.now)
        _check_shape(request, parameters)
        answer = self._origin(request, parameters, kind, cost=price)
        if kind == "content" and answer.status == 404:
            # The proxy gives a file's price back when there is no such file.
            self.limits.refund(caller, price, now=request.now)
            price = 0
        headers = self.limits.headers(caller, price, request.now)
        return Response(answer.status, {**answer.headers, **headers}, answer.body)

    def _caller(self, request: Request, parameters: Mapping[str, str]) -> Caller:
        bearer = re.match(r"Bearer\s+(\S+)", request.headers.get("authorization", ""), re.IGNORECASE)
        given = (
            bearer[1] if bearer else None,
            parameters.get("api_key"),
            parameters.get("api-key"),
            request.headers.get("api_key"),
            request.headers.get("api-key"),
        )
        key = next((key for key in given if key), None)
        if key is None:
            return Caller(request.client, PLANS["keyless"])
        plan = self.keys.get(key) if self.keys is not None else None if key == "wrong" else PLANS["free"]
        if plan is None:
            raise Refused(
                json_answer(
                    {"error": "Invalid or missing API key", "message": "API key not found"},
                    status=401,
                    headers={"cache-control": "no-store"},
                )
            )
        return Caller(f"key {key}", plan, key)

    def _account(self, caller: Caller, now: float) -> Response:
        if caller.key is None:
            message = "You must provide a valid API key to check rate limit status"
            return json_answer(
                {"error": "Authentication required", "message": message},
                status=401,
                headers={"cache-control": "no-store"},
            )
        return self.limits.account(caller, now)

    def _origin(self, request: Request, parameters: Mapping[str, str], kind: CallKind, *, cost: int) -> Response:
        try:
            path = unquote(request.raw_path, errors="replace").removeprefix("/")
            entity, _, name = path.partition("/")
            if entity == "works" and not name:
                return self.lists.answer(parameters, cost=_dollars(cost), now=request.now)
            if entity == "works" and kind != "content":
                return self._single(name, parameters, request.now)
            if re.fullmatch(r"[Ww]\d{2,}", path):
                # The root redirects to /works/W..., and the proxy follows.
                return self._single(path, parameters, request.now)
            if not path:
                body = {"version": "0.1", "documentation_url": "/docs", "msg": "Don't panic"}
                return json_answer(body)
            return json_answer({"message": "OpenAlex ID format not recognized"}, status=404)
        except Refused as refused:
            return refused.response

    def _single(self, name: str, parameters: Mapping[str, str], now: float) -> Response:
        select = read_select(parameters)
        number = self.index.single(name, now=now)
        if number is None:
            raise not_found()
        body = self.index.item(number, select=select, whole=True)
        return Response(200, {"content-type": "application/json"}, body)


def _parameters(request: Request) -> dict[str, str]:
    """The decoded parameters; of a repeated one the last counts, since the proxy rebuilds the query."""
    return dict(parse_qsl(request.query, keep_blank_values=True, errors="replace"))


def _check_plan(parameters: Mapping[str, str]) -> None:
    gated = _GATED.search(parameters.get("filter", ""))
    sorts = [key.partition(":")[0] for key in parameters.get("sort", "").split(",")]
    wanted = gated[0] if gated else next((name for name in sorts if name in _GATED_SORTS), None)
    if wanted is not None:
        sort = "" if gated else " sort"
        message = (
            f'The "{wanted}"{sort or " filter"} requires a Premium, Institutional, or Partner plan. '
            "See https://openalex.org/pricing for details."
        )
        raise Refused(json_answer({"error": "Plan upgrade required", "message": message}, status=429))
    for name in ("search", "search.semantic"):
        if len(parameters.get(name, "")) > _LONGEST_SEARCH:
            message = f"The search is longer than {_LONGEST_SEARCH:,} characters. Shorten it, or see paid plans."
            raise edge_reject("search_volume", message, error="Search query too long")


def _check_shape(request: Request, parameters: Mapping[str, str]) -> None:
    if "limit" in parameters:
        raise edge_reject("f1:limit_param", "limit is not a parameter of this API; use per_page.")
    for piece in pieces(parameters.get("filter", "")):
        if ":" not in piece:
            raise edge_reject(
                "f1:raw_comma_filter", f"A comma separates filters, and {piece!r} is no filter of its own."
            )
    query = "&".join(
        f"{quote_plus(name, safe='*-._')}={quote_plus(value, safe='*-._')}" for name, value in parameters.items()
    )
    line = f"{request.method} {request.raw_path}{'?' + query if query else ''} HTTP/1.1"
    if len(line) > _LONGEST_REQUEST:
        message = f"The request line has {len(line):,} bytes; {_LONGEST_REQUEST:,} are allowed."
        raise Refused(json_answer({"error": "Request URL too long", "message": message}, status=400))


def _dollars(price: int) -> float:
    return price / 10_000
