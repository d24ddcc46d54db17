"""OpenCitations Index v2: which works cite a work, which it cites, and the reading of the answers.

Pure: URLs go out, bytes come in. A row of the index is one citation, and each row is a record of the citing work
with that one reference; so the rows of `/citations/X` and of `/references/X` are records of the same kind, named by
their OCI, and a citation that is met from both ends is the same record twice. Nothing else is known here: no title,
no authors, only the identifiers of both works and when the citing one appeared.

An empty list says "none or unknown": the index answers a work that it does not hold, and any work while its
database of identifiers is out of reach, with the same `[]` and a count of 0 (`__get_omid_of`). Lists are not paged;
they and the counts end at 200,000 rows. Server: GitHub opencitations/oc_api api_oc.py, src/api/index_v2.hf (routes
and limits), src/api/indexapi_v2.py (rows, counts, identifiers).
"""

import calendar
import json
import re
from collections.abc import Callable, Sequence
from functools import lru_cache
from typing import Any, Final, Literal, NoReturn
from urllib.parse import quote

from harvester import identifiers
from harvester.errors import Unreadable
from harvester.identifiers.schemes import ARXIV_ID, arxiv_doi
from harvester.model import Identifier, Item, Page, Query, Record, Reference, Skip
from harvester.sources.crossref_value import doi
from harvester.sources.value import EARLIEST_YEAR, LATEST_YEAR, canonical

__all__ = ["MOST_ROWS", "NAME", "SCHEMES", "cited", "citing", "lookup", "read", "record", "split"]

NAME: Final = "opencitations"
API: Final = "https://api.opencitations.net/index/v2"
SCHEMES: Final[frozenset[str]] = frozenset({"doi", "pmid"})

# `LIMIT 200000` in every query of GitHub opencitations/oc_api src/api/index_v2.hf. Rows that turn out to be of one
# work are then united, so a list that was cut may also be a little shorter: that cannot be seen.
MOST_ROWS: Final = 200_000

# gunicorn, which serves the API, refuses request lines of more than 4,094 bytes (docs.gunicorn.org, settings).
LONGEST_URL: Final = 3_800

# What the server takes for something else, so that the answer would be about another work or about none (GitHub
# opencitations/oc_api): the decoded path is cut at ? and # (src/ramose.py, get_op); a quote or a backslash ends the
# text in its query, an identifier with "omid" in it (bromide) counts as an OMID, and "doi:" is taken out of a DOI
# wherever it stands (src/api/indexapi_v2.py).
_MISTAKEN = re.compile(r"[?#'\\]|omid|doi:")
# Clients and proxies resolve these away; with its slashes encoded, the DOI is one segment and stays whole.
_EMPTY_SEGMENT = re.compile(r"/\.{0,2}(?:/|$)")

_OCI = re.compile(r"(?:oci:)?([0-9]{1,1000}-[0-9]{1,1000})")
_CREATION = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?", re.ASCII)
_COUNT = re.compile(r"[0-9]{1,18}", re.ASCII)


# -- asking ----------------------------------------------------------------------------------------------------


def citing(identifier: Identifier) -> list[Query]:
    """Ask for the works that cite a work, and for how many there are.

    Empty for an identifier that cannot be asked for: of another scheme than a DOI or a PMID, too long for a URL, or
    of a form that the server takes for another one.

    >>> [query.url for query in citing(Identifier("doi", "10.1002/(sici)1<9::aid-a>2.0.co;2-2"))]
    ... # doctest: +NORMALIZE_WHITESPACE
    ['https://api.opencitations.net/index/v2/citations/doi:10.1002/%28sici%291%3C9::aid-a%3E2.0.co%3B2-2',
     'https://api.opencitations.net/index/v2/citation-count/doi:10.1002/%28sici%291%3C9::aid-a%3E2.0.co%3B2-2']
    """
    return _asking(identifier, ("citations", "citing"), ("citation-count", "count"))


def cited(identifier: Identifier) -> list[Query]:
    """Ask for the works that a work cites; empty for what cannot be asked for.

    >>> [query.kind for query in cited(Identifier("pmid", "33817056"))], cited(Identifier("openalex", "W1"))
    (['cited'], [])
    """
    return _asking(identifier, ("references", "cited"))


def lookup(wanted: Sequence[Identifier]) -> list[Query]:
    """Ask for what each of these works cites, once; what cannot be asked for is left out."""
    return [query for one in dict.fromkeys(wanted) for query in cited(one)]


def split(query: Query) -> list[Query]:  # noqa: ARG001 # every source has it
    """Give nothing: a list asks about one work already."""
    return []


def _asking(identifier: Identifier, *routes: tuple[str, Literal["citing", "cited", "count"]]) -> list[Query]:
    place = _place(identifier)
    if place is None or max(len(route) for route, _ in routes) + len(f"{API}//{place}") > LONGEST_URL:
        return []
    return [Query(source=NAME, url=f"{API}/{route}/{place}", kind=kind, asked=(identifier,)) for route, kind in routes]


def _place(identifier: Identifier) -> str | None:
    """The identifier as the end of a path: with its scheme, without which no route is found."""
    scheme, value = identifier
    if scheme not in SCHEMES or _MISTAKEN.search(value):
        return None
    return f"{scheme}:{quote(value, safe=':' if _EMPTY_SEGMENT.search(value) else '/:')}"


# -- reading ---------------------------------------------------------------------------------------------------


def read(query: Query, status: int, body: bytes) -> Page:
    """Read a list of citations or a count; `total` is the count, or how many rows came.

    Every row is an item or a skip, so the two add up to `total`, but for one more skip where the list was cut. Rows
    that name another work than the one asked for are skipped: the server looks for the letters of an identifier
    under every scheme. Nothing is ever `missing` here, since unknown and uncited works have the same answer.

    Raises `Unreadable` for any status but 200 and for a body that is empty, cut, no JSON or of another shape.
    """
    rows = _rows(query, status, body)
    if query.kind == "count":
        return Page(total=_count(query, rows, body))
    if rows and not any(isinstance(row, dict) and "citing" in row and "cited" in row for row in rows):
        raise Unreadable(f"OpenCitations answered {query.url} with something else than citations: {_shown(body)}")
    items: dict[str, Item] = {}
    skips: list[Skip] = []
    for row in rows:
        found = _item(row)
        if isinstance(found, Skip):
            skips.append(found)
        elif found.record.native_id in items:
            skips.append(_skip("repeated row", found.record.native_id))
        elif not _is_about(query, found.record):
            skips.append(_skip("another work", f"{found.record.native_id} is not about {query.asked[0]}"))
        else:
            items[found.record.native_id] = found
    if len(rows) >= MOST_ROWS:
        skips.append(_skip("list cut", f"{query.url} gives no more than {MOST_ROWS} rows; there may be more"))
    return Page(items=tuple(items.values()), skips=tuple(skips), total=len(rows))


def record(item: dict[str, Any]) -> Record | Skip:
    """Map one citation to a record of the citing work that has the cited one as its only reference.

    A side may carry several DOIs, of versions or of duplicates that OpenCitations has united: the first is the
    work's, the others are other identifiers, or further targets. A row that names no work on one of its sides, or
    the same work on both, is skipped.

    >>> row = {"oci": "061-062", "citing": "omid:br/061 doi:10.5555/A", "cited": "omid:br/062 pmid:33817056"}
    >>> found = record(row)
    >>> found.doi, [str(target) for target in found.references[0].targets]
    ('10.5555/a', ['pmid:33817056', 'omid:br/062'])
    """
    oci = _matched(_OCI, item.get("oci"))
    if oci is None:
        return _skip("no OCI", item.get("oci"))
    source, target = (_named(side) if isinstance(side := item.get(key), str) else () for key in ("citing", "cited"))
    if not source or not target:
        return _skip("unnamed work", f"{oci} names no work that {'is cited' if source else 'cites'}")
    if not set(source).isdisjoint(target):
        return _skip("cites itself", oci)
    own: dict[str, str] = {}
    others: list[Identifier] = []
    for one in source:
        if one.scheme in _FIELDS and one.scheme not in own:
            own[one.scheme] = one.value
        else:
            others.append(one)
    date = _date(item.get("creation"))
    return Record(
        source=NAME,
        native_id=oci,
        **own,
        other_identifiers=tuple(others),
        year=int(date[:4]) if date else None,
        date=date,
        references=(Reference(source=NAME, position=1, key=oci, targets=target),),
    )


def _rows(query: Query, status: int, body: bytes) -> list[Any]:
    if status != 200:
        # The only 404 is that of a route (GitHub opencitations/oc_api api_oc.py): it says nothing of any work.
        raise Unreadable(f"OpenCitations answered {query.url} with status {status}: {_shown(body)}")
    if not body.strip():
        raise Unreadable(f"OpenCitations answered {query.url} with an empty body.")
    try:
        rows = json.loads(body.decode("utf-8"), parse_constant=_refused)
    except RecursionError:
        raise Unreadable(f"OpenCitations answered {query.url} with JSON nested too deep to read.") from None
    except ValueError as error:  # bad UTF-8, bad JSON, or a number of thousands of digits
        raise Unreadable(
            f"OpenCitations answered {query.url} with a body that is cut or no JSON ({error}): {_shown(body)}"
        ) from None
    if not isinstance(rows, list):
        raise Unreadable(f"OpenCitations answered {query.url} with JSON that is no list: {_shown(body)}")
    return rows


def _count(query: Query, rows: list[Any], body: bytes) -> int:
    count = rows[0].get("count") if len(rows) == 1 and isinstance(rows[0], dict) else None
    if type(count) is int:
        count = str(count)
    if isinstance(count, str) and _COUNT.fullmatch(count):
        return int(count)
    raise Unreadable(f"OpenCitations answered {query.url} with something else than a count: {_shown(body)}")


def _item(row: object) -> Item | Skip:
    if not isinstance(row, dict):
        return _skip("not-an-object", f"a row that is {type(row).__name__}, no object")
    mapped = record(row)
    if isinstance(mapped, Skip):
        return mapped
    try:
        raw = json.dumps(row, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:  # 1e999 is JSON and reads as infinity, which is not
        return _skip("not-storable", f"{mapped.native_id}: {error}")
    return Item(mapped, raw.encode("ascii"))


def _is_about(query: Query, found: Record) -> bool:
    """Tell whether the work asked for is on the side of the citation where the question has it."""
    if query.url.startswith(f"{API}/citations/"):
        named = set(found.references[0].targets)
    else:
        named = {Identifier(scheme, value) for scheme in _FIELDS if (value := getattr(found, scheme))}
        named.update(found.other_identifiers)
    return not query.asked or not named.isdisjoint(query.asked)


# -- single values ---------------------------------------------------------------------------------------------


def _form(written: str, *, prefix: str = "") -> Callable[[str], str | None]:
    """A parser of what the server itself writes, and so in one form only."""
    form = re.compile(written, re.ASCII)

    def parse(text: str) -> str | None:
        match = form.fullmatch(text)
        return f"{prefix}{match[1]}" if match else None

    return parse


# The schemes that name a work, best first (GitHub opencitations/oc_api src/api/indexapi_v2.py, `br_pre_l`; OpenAlex
# ids are met in answers since 2023).
_SCHEMES: Final[dict[str, Callable[[str], str | None]]] = {
    "doi": doi,
    "openalex": _form("(W[1-9][0-9]{0,11})"),
    "pmid": _form("0{0,20}([1-9][0-9]{0,7})"),
    "pmcid": _form("(?:PMC)?0{0,20}([1-9][0-9]{0,8})", prefix="PMC"),
    "arxiv": _form(ARXIV_ID),
    "isbn": lambda text: canonical(identifiers.isbn, text),
    "wikidata": _form("(Q[1-9][0-9]{0,15})"),
    "omid": _form("(br/0[0-9]{1,60})"),
}
_FIELDS: Final = ("doi", "openalex", "pmid", "pmcid")


@lru_cache(maxsize=32)  # one side of all rows of an answer is the same text
def _named(written: str) -> tuple[Identifier, ...]:
    """Every identifier of one side, each once, DOIs first; what cannot be read is left out.

    A work that is only on arXiv has the DOI that arXiv registers for it (info.arxiv.org help/doi.html).
    """
    found: dict[str, dict[Identifier, None]] = {scheme: {} for scheme in _SCHEMES}
    for token in written.split():
        scheme, _, text = token.partition(":")
        value = _SCHEMES[scheme](text) if scheme in _SCHEMES else None
        if value is not None:
            found[scheme][Identifier(scheme, value)] = None
    if not found["doi"]:
        found["doi"] = dict.fromkeys(Identifier("doi", arxiv_doi(one.value)) for one in found["arxiv"])
    return tuple(identifier for named in found.values() for identifier in named)


def _date(creation: object) -> str | None:
    """The date as far as it can be true: the 29 February of an odd year is met, and is that February.

    >>> _date("2021-02-29"), _date("2021"), _date(""), _date("0021-01-01")
    ('2021-02', '2021', None, None)
    """
    match = _CREATION.fullmatch(creation) if isinstance(creation, str) else None
    if match is None or not EARLIEST_YEAR <= int(match[1]) <= LATEST_YEAR:
        return None
    year, month, day = match[1], match[2], match[3]
    if month is None or not 1 <= int(month) <= 12:
        return year
    if day is None or not 1 <= int(day) <= calendar.monthrange(int(year), int(month))[1]:
        return f"{year}-{month}"
    return f"{year}-{month}-{day}"


def _matched(form: re.Pattern[str], value: object) -> str | None:
    match = form.fullmatch(value) if isinstance(value, str) else None
    return match[1] if match else None


def _refused(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is no JSON")


def _skip(reason: str, detail: object) -> Skip:
    told = detail if isinstance(detail, str) else repr(detail)
    return Skip(source=NAME, reason=reason, detail=told[:160].encode("ascii", "backslashreplace").decode("ascii"))


def _shown(body: bytes) -> str:
    """The beginning of a body, fit for a message."""
    beginning = body[:120].decode("utf-8", "replace")
    return ascii(beginning) if beginning else "(empty)"
