"""Who is calling, in which pool, and how often they may.

Crossref sorts every request into a pool by who identifies themselves and by whether one record or a list is asked
for, and names pool and limits in the headers of each answer (community.crossref.org topic 16137, 21 July 2026).
"""

import re
from dataclasses import dataclass
from typing import Literal
from urllib.parse import parse_qs

from harvester.replica.http import Request

__all__ = ["Kind", "Pool", "Throttle", "pool", "token"]

Kind = Literal["single", "array"]

_MAILTO = re.compile(r"mailto:\s*([^\s;,)<>]+)", re.IGNORECASE)


@dataclass(frozen=True)
class Pool:
    """A name, a rate and, except for Plus, how many requests may be under way at once."""

    name: str
    per_second: int
    concurrency: int | None

    def headers(self) -> dict[str, str]:
        """The limits as every answer that is not a refusal carries them.

        >>> Pool("plus", 150, None).headers()["x-rate-limit-limit"]
        '150'
        """
        told = {
            "x-api-pool": self.name,
            "x-rate-limit-limit": str(self.per_second),
            "x-rate-limit-interval": "1s",
        }
        if self.concurrency is not None:
            told["x-concurrency-limit"] = str(self.concurrency)
        return told


_PLUS = Pool("plus", 150, None)
_POOLS = {
    ("public", "single"): Pool("public-single", 5, 1),
    ("public", "array"): Pool("public-array", 1, 1),
    ("polite", "single"): Pool("polite-single", 10, 3),
    ("polite", "array"): Pool("polite-array", 3, 3),
}


def pool(request: Request, *, kind: Kind) -> Pool:
    """The pool this request draws on.

    >>> told = {"user-agent": "Tool/1.0 (mailto:me@example.org)"}
    >>> pool(Request("GET", "/works", "", told, "127.0.0.1", 0.0), kind="array").name
    'polite-array'
    """
    if token(request):
        return _PLUS
    return _POOLS["polite" if _mailto(request) else "public", kind]


def token(request: Request) -> str:
    """The Plus token the request carries, or the empty string.

    crossref.org, "Access and authentication": the header is `Crossref-Plus-API-Token`; the page's own test call
    writes `crossref-api-key`.
    """
    written = request.headers.get("crossref-plus-api-token") or request.headers.get("crossref-api-key") or ""
    return re.sub(r"^bearer\b\s*", "", written.strip(), flags=re.IGNORECASE)


def _mailto(request: Request) -> str:
    asked = parse_qs(request.query).get("mailto")
    if asked:
        return asked[-1].strip().lower()
    agent = _MAILTO.search(request.headers.get("user-agent", ""))
    return agent.group(1).lower() if agent else ""


class Throttle:
    """One token bucket for each caller in each pool, full at first and refilled without pause.

    A caller is an e-mail address at a client address: both count (community.crossref.org topic 16137).
    """

    def __init__(self) -> None:
        self._buckets: dict[tuple[str, str, str], tuple[float, float]] = {}

    def admits(self, request: Request, *, pool: Pool) -> bool:
        """Whether this request is within the limit; one that is uses up a token, one that is not uses none."""
        caller = (pool.name, _mailto(request), request.client)
        left, since = self._buckets.get(caller, (float(pool.per_second), request.now))
        # `now` may step back when a test or an adjusted clock says so: that refills nothing
        left = min(float(pool.per_second), left + max(0.0, request.now - since) * pool.per_second)
        admitted = left >= 1.0
        self._buckets[caller] = (left - 1.0 if admitted else left, max(since, request.now))
        return admitted
