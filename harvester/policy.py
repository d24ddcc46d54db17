"""What each source allows and what a request costs: one table, read by the transport and by forecasts.

Every number is the source's own; where its documentation and its servers differ, the stricter one holds.
Rates that a source states in its answers tighten these and never loosen them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import urlsplit

__all__ = ["POLICIES", "Policy", "Rate", "openalex_price"]

FREE = Decimal(0)
CREDIT = Decimal("0.0001")


@dataclass(frozen=True)
class Rate:
    """At most `per_second` requests a second on average, `concurrency` of them at a time."""

    per_second: float
    concurrency: int


@dataclass(frozen=True)
class Policy:
    """How to behave towards one source.

    `anonymous` and `identified` give the rate by kind of query (`single`, `list`, `search`), without and with
    the caller's key or e-mail. `price` is in US dollars a request; `allowance` is what a day is worth without
    and with a key, None where nothing is charged.
    """

    host: str
    identifies_by: str
    anonymous: Mapping[str, Rate]
    identified: Mapping[str, Rate]
    price: Callable[[str], Decimal]
    allowance: tuple[Decimal, Decimal] | None = None
    ids_per_list: int = 50

    def rate(self, kind: str, *, identified: bool) -> Rate:
        """The rate that holds for this kind of query."""
        return (self.identified if identified else self.anonymous)[kind]


def openalex_price(url: str) -> Decimal:
    """Price one OpenAlex URL in US dollars, as its edge does.

    The edge classifies the path before it is percent-decoded, so `/works/doi:10.x/y` is free while
    `/works/doi%3A10.x%2Fy` and `/works/https://doi.org/10.x/y` are billed as lists
    (GitHub ourresearch/openalex-api-proxy, src/endpointClassifier.ts).

    >>> openalex_price("https://api.openalex.org/works/doi:10.7717/peerj.4375")
    Decimal('0')
    >>> openalex_price("https://api.openalex.org/works/doi%3A10.7717%2Fpeerj.4375")
    Decimal('0.0001')
    >>> openalex_price("https://api.openalex.org/works?search=peer+support")
    Decimal('0.0010')
    """
    parts = urlsplit(url)
    segments = [part for part in parts.path.lower().split("/") if part]
    if segments and segments[0] == "openalex":  # a replica serves the API below this prefix
        segments = segments[1:]
    if not segments or segments[0] in {"autocomplete", "changefiles", "rate-limit"}:
        return FREE
    if segments[0] in {"works", "authors", "sources", "institutions", "topics", "publishers", "funders"}:
        if len(segments) > 1 and (
            re.fullmatch(r"[a-z]?\d+", segments[1])
            or segments[1].startswith(("doi:", "pmid:", "pmcid:", "mag:", "openalex:"))
        ):
            return FREE
        names = {piece.partition("=")[0] for piece in parts.query.split("&")}
        if names & {"group_by", "group-by"}:
            return CREDIT
        if any(name.startswith("search") for name in names) or ".search" in parts.query:
            return 10 * CREDIT
    return CREDIT


def _free(_url: str) -> Decimal:
    return FREE


POLICIES: Mapping[str, Policy] = {
    # Rates since 21 July 2026: community.crossref.org, "Refining REST API limits" (topic 16137).
    "crossref": Policy(
        host="https://api.crossref.org",
        identifies_by="an e-mail address",
        anonymous={"single": Rate(5, 1), "list": Rate(1, 1), "search": Rate(1, 1)},
        identified={"single": Rate(10, 3), "list": Rate(3, 3), "search": Rate(3, 3)},
        price=_free,
    ),
    # The edge allows 10 a second without a key and 30 with a free one, its documentation less in places
    # (GitHub ourresearch/openalex-api-proxy, src/rateLimiter.ts); a third is left for others on the address.
    "openalex": Policy(
        host="https://api.openalex.org",
        identifies_by="a key",
        anonymous={"single": Rate(8, 8), "list": Rate(8, 8), "search": Rate(1, 1)},
        identified={"single": Rate(20, 8), "list": Rate(20, 8), "search": Rate(5, 4)},
        price=openalex_price,
        allowance=(Decimal("0.10"), Decimal(1)),
    ),
}
