"""The query string of a request to Crossref: what it asks, or everything that is wrong with it.

Limits, and the order in which faults are listed, are those of the published server code (GitHub CrossRef/cayenne
`api/v1/validate.clj`, `validate-resource-context`).
"""

from collections.abc import Mapping
from dataclasses import dataclass
from urllib.parse import parse_qsl

from harvester.replica import crossref_checks as checks
from harvester.replica import crossref_facet, crossref_filter
from harvester.replica.crossref_checks import Failure
from harvester.replica.crossref_search import FIELDS, FREE

__all__ = ["SELECTS", "SORTS", "Question", "faults_of_single", "question"]

_DEFAULT_ROWS, _MOST_ROWS, _MOST_OFFSET, _MOST_SAMPLE = 20, 1000, 10_000, 100
_ADVICE = " Use the cursor parameter to page further into result sets."
_PARAMETERS = (
    "query",
    "rows",
    "offset",
    "sample",
    "facet",
    "filter",
    "sort",
    "order",
    "cursor",
    "select",
    "mailto",
)

SORTS: Mapping[str, tuple[str, ...]] = {
    "created": ("created",),
    "deposited": ("deposited",),
    "indexed": ("indexed",),
    "is-referenced-by-count": ("is-referenced-by-count",),
    "issued": ("issued",),
    "published": ("published", "issued"),
    "published-online": ("published-online",),
    "published-print": ("published-print",),
    "references-count": ("references-count", "reference-count"),
    "relevance": ("score",),
    "score": ("score",),
    "updated": ("deposited",),
}
"""What `sort=` accepts, and the keys it reads: the first that is there counts."""

# names that answers of June 2026 accept: `language`, `subtype`, `reference-count` are refused
SELECTS = (
    "DOI",
    "ISBN",
    "ISSN",
    "URL",
    "abstract",
    "accepted",
    "alternative-id",
    "approved",
    "archive",
    "article-number",
    "assertion",
    "author",
    "chair",
    "clinical-trial-number",
    "container-title",
    "content-created",
    "content-domain",
    "contributor",
    "created",
    "degree",
    "deposited",
    "editor",
    "event",
    "funder",
    "group-title",
    "indexed",
    "is-referenced-by-count",
    "issn-type",
    "issue",
    "issued",
    "license",
    "link",
    "member",
    "original-title",
    "page",
    "posted",
    "prefix",
    "published",
    "published-online",
    "published-print",
    "publisher",
    "publisher-location",
    "reference",
    "references-count",
    "relation",
    "resource",
    "score",
    "short-container-title",
    "short-title",
    "standards-body",
    "subject",
    "subtitle",
    "title",
    "translator",
    "type",
    "update-policy",
    "update-to",
    "updated-by",
    "volume",
)


@dataclass(frozen=True)
class Question:
    """A request for a list, all of it valid."""

    queries: Mapping[str, str]
    wanted: crossref_filter.Wanted
    facets: crossref_facet.Asked
    select: frozenset[str]
    rows: int
    offset: int
    sample: int
    cursor: str
    sort: str
    ascending: bool


def question(query: str) -> Question | list[Failure]:
    """What the query string of a list route asks, or all its faults.

    >>> question("rows=things")[0].type
    'integer-not-valid'
    >>> question("query=peer+support&filter=type:book").wanted
    {'type': ('book',)}
    """
    given = _given(query)
    wanted, wrong_filters = crossref_filter.read(given["filter"]) if given.get("filter") else ({}, [])
    facets, wrong_facets = crossref_facet.read(given["facet"]) if given.get("facet") else ({}, [])
    select = given["select"].split(",") if given.get("select") else []
    faults = [
        *_unknown(given),
        *_paging(given),
        *_order(given),
        *(checks.unavailable("select", name, SELECTS) for name in select if name not in SELECTS),
        *wrong_facets,
        *wrong_filters,
        *_field_queries(given),
    ]
    if faults:
        return faults
    queries = {FREE: given["query"]} if given.get("query", "").strip() else {}
    queries |= {name[6:]: text for name, text in given.items() if name.startswith("query.") and text.strip()}
    return Question(
        queries=queries,
        wanted=wanted,
        facets=facets,
        select=frozenset(select),
        rows=int(given.get("rows", _DEFAULT_ROWS)),
        offset=int(given.get("offset", 0)),
        sample=int(given.get("sample", 0)),
        cursor=given.get("cursor", ""),
        sort=given.get("sort", ""),
        ascending=given.get("order", "desc") in ("asc", "1"),
    )


def faults_of_single(query: str) -> list[Failure]:
    """What is wrong with the query string of a route that gives one record: anything but `mailto`.

    >>> [fault.value for fault in faults_of_single("query.author=x&mailto=me@example.org")]
    ['query.*']
    """
    given = _given(query)
    refused = ("rows", "sample", "offset", "cursor", "order", "sort", "select", "facet", "filter", "query")
    fields = [name for name in given if name.startswith("query.")][:1]
    named = [name for name in refused if name in given]
    return [*_unknown(given), *(checks.not_allowed(name) for name in (*named, *fields))]


def _given(query: str) -> dict[str, str]:
    return dict(parse_qsl(query, keep_blank_values=True))


def _unknown(given: Mapping[str, str]) -> list[Failure]:
    return [
        Failure(
            "unknown-parameter",
            name,
            f"Parameter {name} specified but there is no such parameter available on any route",
        )
        for name in given
        if name not in _PARAMETERS and not name.startswith("query.")
    ]


def _paging(given: Mapping[str, str]) -> list[Failure]:
    faults: list[Failure | None] = []
    if "sample" in given and ("rows" in given or "offset" in given):
        said = "Sample cannot be combined with rows or offset"
        faults.append(Failure("sample-with-rows-or-offset", "sample", said))
    rows = given.get("rows", str(_DEFAULT_ROWS))
    faults.append(wrong_rows := checks.integer(rows, most=_MOST_ROWS))
    faults.append(checks.integer(given.get("sample", "0"), most=_MOST_SAMPLE))
    offset = given.get("offset", "0")
    wrong_offset = checks.integer(offset, most=_MOST_OFFSET, advice=_ADVICE)
    # crossref.org, "Tips for using the REST API": offset and rows together reach 10,000 records
    if not wrong_offset and not wrong_rows and int(offset) + int(rows) > _MOST_OFFSET:
        wrong_offset = checks.not_integer(offset, most=_MOST_OFFSET, advice=_ADVICE)
    faults.append(wrong_offset)
    if "cursor" in given and ("offset" in given or "sample" in given):
        said = "Cursor cannot be combined with offset or sample"
        faults.append(Failure("cursor-with-offset-or-sample", "cursor", said))
    return [fault for fault in faults if fault]


def _order(given: Mapping[str, str]) -> list[Failure]:
    order = checks.one_of("Sort order", ("asc", "desc", "1", "-1"))(given.get("order", "desc"))
    sort = checks.one_of("Sort field", tuple(SORTS))(given.get("sort", "score"))
    return [fault for fault in (order, sort) if fault]


def _field_queries(given: Mapping[str, str]) -> list[Failure]:
    asked = [name[6:] for name in given if name.startswith("query.")]
    return [checks.unavailable("field query", name, tuple(FIELDS)) for name in asked if name not in FIELDS]
