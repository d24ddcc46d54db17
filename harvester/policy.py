"""What each source allows and what a request costs: one table, read by the transport and by forecasts.

Every number is the source's own; where its documentation and its servers differ, the stricter one holds.
Rates that a source states in its answers tighten these and never loosen them.
"""

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from urllib.parse import parse_qsl, urlsplit

__all__ = ["POLICIES", "Policy", "Rate", "openalex_price"]

FREE = Decimal(0)
CREDIT = Decimal("0.0001")

_ENTITIES = frozenset({"works", "authors", "sources", "institutions", "topics", "publishers", "funders", "concepts"})
_SINGLE = re.compile(
    r"[a-z]?[0-9]+|(?:doi|pmid|pmcid|mag|openalex|orcid|ror|wikidata|issn|issn_l|scopus):.*", re.DOTALL
)
_CONTENT = re.compile(r"(?:content/)?works/[^/]+\.(?:pdf|grobid-xml)")
_SEARCH_FILTER = re.compile(
    r"(?:abstract|default|display_name|fulltext|keyword|raw_affiliation_strings|raw_author_name|title)\.search"
)


@dataclass(frozen=True)
class Rate:
    """At most `per_second` requests a second on average, `concurrency` of them at a time."""

    per_second: float
    concurrency: int


@dataclass(frozen=True)
class Policy:
    """How to behave towards one source.

    `anonymous` and `identified` give the rate by kind of query (`single`, `list`, `search`), without and with
    the caller's key or e-mail; `together` is what all kinds may add up to a second, None where each kind is
    counted by itself. `price` is in US dollars a request; `allowance` is what a day is worth without and with
    a key, None where nothing is charged.
    """

    host: str
    identifies_by: str
    anonymous: Mapping[str, Rate]
    identified: Mapping[str, Rate]
    price: Callable[[str], Decimal]
    together: tuple[float, float] | None = None
    allowance: tuple[Decimal, Decimal] | None = None

    def rate(self, kind: str, *, identified: bool) -> Rate:
        """The rate that holds for this kind of query; what is none of the three is a list."""
        rates = self.identified if identified else self.anonymous
        return rates.get(kind, rates["list"])


def openalex_price(url: str) -> Decimal:
    """Price one OpenAlex URL in US dollars, as its edge does.

    The edge classifies the path before it is percent-decoded, so `/works/doi:10.x/y` is free while
    `/works/doi%3A10.x%2Fy` and `/works/https://doi.org/10.x/y` are billed as lists. A path that looks like a
    download costs a hundred times as much, a DOI that ends in `.pdf` among them when its slash is encoded
    (GitHub ourresearch/openalex-api-proxy, src/endpointClassifier.ts).

    >>> openalex_price("https://api.openalex.org/works/doi:10.7717/peerj.4375")
    Decimal('0')
    >>> openalex_price("https://api.openalex.org/works/doi%3A10.7717%2Fpeerj.4375")
    Decimal('0.0001')
    >>> openalex_price("https://api.openalex.org/works?search=peer+support")
    Decimal('0.0010')
    """
    parts = urlsplit(url)
    path = parts.path.lower().strip("/")
    if path == "openalex" or path.startswith("openalex/"):  # a replica serves the API below this prefix
        path = path.removeprefix("openalex").strip("/")
    entity, _, rest = path.partition("/")
    if path.startswith("text") or _CONTENT.fullmatch(path):
        return 100 * CREDIT
    # Answered before anything is priced: src/index.ts of the same repository.
    if path in {"rate-limit", "robots.txt"} or entity == "autocomplete":
        return FREE
    if entity == "changefiles" and "/" not in rest:
        return FREE
    if entity not in _ENTITIES:
        return CREDIT
    return FREE if _SINGLE.fullmatch(rest.partition("/")[0]) else _list_price(parts.query)


def _list_price(query: str) -> Decimal:
    parameters: dict[str, str] = {}
    for name, value in parse_qsl(query, keep_blank_values=True):
        parameters.setdefault(name, value)
    if parameters.keys() & {"group_by", "group-by"}:
        return CREDIT
    if "search" in parameters and parameters.get("select") == "id,display_name,works_count":
        rows = parameters.get("per_page") or parameters.get("per-page") or ""
        if re.fullmatch(r"[0-9]|10", rows):  # what the search box of the website sends as one types
            return FREE
    if any(name == "search" or name.startswith("search.") for name in parameters):
        return 10 * CREDIT
    return 10 * CREDIT if _SEARCH_FILTER.search(parameters.get("filter", "")) else CREDIT


def _free(_url: str) -> Decimal:
    return FREE


POLICIES: Mapping[str, Policy] = {
    # Rates since 21 July 2026, each kind in a pool of its own: community.crossref.org, "Refining REST API
    # limits" (topic 16137).
    "crossref": Policy(
        host="https://api.crossref.org",
        identifies_by="an e-mail address",
        anonymous={"single": Rate(5, 1), "list": Rate(1, 1), "search": Rate(1, 1)},
        identified={"single": Rate(10, 3), "list": Rate(3, 3), "search": Rate(3, 3)},
        price=_free,
    ),
    # The edge allows 10 a second without a key and 30 with a free one, whatever their kind, and searches with
    # many operators 1 and 5 (GitHub ourresearch/openalex-api-proxy, src/rateLimiter.ts); some is left for
    # others on the same address.
    "openalex": Policy(
        host="https://api.openalex.org",
        identifies_by="a key",
        anonymous={"single": Rate(8, 8), "list": Rate(8, 8), "search": Rate(1, 1)},
        identified={"single": Rate(20, 8), "list": Rate(20, 8), "search": Rate(5, 4)},
        price=openalex_price,
        together=(8, 20),
        allowance=(Decimal("0.10"), Decimal(1)),
    ),
    # 180 requests a minute from one address, whatever they ask and whoever asks (GitHub opencitations/oc_api,
    # src/api/index_v2.hf); the token is for their statistics (opencitations.net/accesstoken).
    "opencitations": Policy(
        host="https://api.opencitations.net",
        identifies_by="an access token",
        anonymous={"single": Rate(3, 3), "list": Rate(3, 3), "search": Rate(3, 3)},
        identified={"single": Rate(3, 3), "list": Rate(3, 3), "search": Rate(3, 3)},
        price=_free,
        together=(3, 3),
    ),
    # 500 requests in five minutes from one address, whatever their kind, and 1,000 from one who names an e-mail address
    # (support.datacite.org, "Is there a rate limit for making requests against the DataCite APIs?"). Ours is told to
    # Crossref alone, so both rates are the first.
    "datacite": Policy(
        host="https://api.datacite.org",
        identifies_by="an e-mail address",
        anonymous={"single": Rate(1.6, 2), "list": Rate(1.6, 2), "search": Rate(1.6, 2)},
        identified={"single": Rate(1.6, 2), "list": Rate(1.6, 2), "search": Rate(1.6, 2)},
        price=_free,
        together=(1.6, 1.6),
    ),
    # Ten requests a second and 500 a minute are called fair; nobody is asked who he is.
    "europepmc": Policy(
        host="https://www.ebi.ac.uk/europepmc/webservices/rest",
        identifies_by="a network address",
        anonymous={"single": Rate(8, 4), "list": Rate(8, 4), "search": Rate(8, 4)},
        identified={"single": Rate(8, 4), "list": Rate(8, 4), "search": Rate(8, 4)},
        price=_free,
        together=(8, 8),
    ),
}
