"""OpenAlex: what to ask for works by identifier, and how to read the answers.

Pure: URLs go out, bytes come in. A work asked for singly is free of charge, a list costs 0.0001 US dollars and holds up
to a hundred works, so lists save time and single calls save money; `lookup` can do either, and `split` turns
a list that today's budget cannot pay into free single calls.

The two routes differ in what they find. A list shows a work's first hundred authors and, unless asked, no work
of the expansion corpus; a single call shows all of both. A DOI may belong to several works in a list; asked
singly, it may also find a work that absorbed it. `read` makes up for the difference with what it asks `next`.
Server: GitHub ourresearch/openalex-elastic-api core/utils.py (filters), ids/views.py (single works).
"""

import json
import re
from collections.abc import Iterable, Iterator, Sequence
from typing import Any, Final, Literal, NoReturn
from urllib.parse import parse_qs, quote, quote_plus, urlsplit

from harvester.errors import Unreadable
from harvester.identifiers import Identifier
from harvester.model import Item, Page, Query, Record, Skip
from harvester.sources.openalex_item import NAME, record
from harvester.sources.value import integer

__all__ = ["NAME", "SCHEMES", "WORKS", "citing", "count_citing", "lookup", "read", "record", "split"]

WORKS: Final = "https://api.openalex.org/works"

# How many values one list call may hold, by scheme. A filter takes 100 (GitHub ourresearch/openalex-elastic-api
# settings.py, MAX_IDS_IN_FILTER); of DOIs, 50, since one DOI may match several works and a page holds 100
# (help.openalex.org api/paging.md). PMC ids have no documented form in a filter and are always asked for singly.
MOST: Final = {"doi": 50, "openalex": 100, "pmid": 100}
PER_PAGE: Final = 100
SCHEMES: Final[frozenset[str]] = frozenset({*MOST, "pmcid"})

# help.openalex.org states 4,094 bytes for a URL. The edge encodes a query again, and more of it than we do.
LONGEST_URL: Final = 3_800

# Page mode ends here (GitHub ourresearch/openalex-elastic-api core/paginate.py).
DEEPEST: Final = 10_000
AUTHORS_IN_LISTS: Final = 100

# What a value in an OR list cannot hold (GitHub ourresearch/openalex-elastic-api core/utils.py): a comma ends the
# filter, | and a leading ! are operators, quotes toggle, white space means AND, "name:" reads as another filter.
_NOT_IN_FILTERS = re.compile(r"""[|",\s]|^!|[A-Za-z_.]:""")
# The only DOIs that a single call finds (GitHub ourresearch/openalex-elastic-api ids/utils.py): a sub-divided
# prefix, as in 10.1000.10/123, does not match there, or matches from a later part on and finds another work.
_SINGLE_DOI = re.compile(r"10\.[0-9]+/\S+", re.ASCII)
# Clients and proxies resolve these away; with its slashes encoded, the DOI is one segment and stays whole.
_EMPTY_SEGMENT = re.compile(r"/\.{0,2}(?:/|$)")


# -- asking --------------------------------------------------------------------------------------------


def lookup(wanted: Sequence[Identifier], *, free: bool = False) -> list[Query]:
    """Give the questions that ask for these works, each identifier in exactly one of them.

    As few as the API permits, or with `free` only such as cost nothing. Two kinds of DOI have no choice: one that a
    filter cannot express is always asked for singly, and one with a sub-divided prefix, which single calls
    cannot find, always in a list, even with `free`. Left out are identifiers of schemes that OpenAlex does not
    know and identifiers too long for any URL.

    >>> [query.url for query in lookup([Identifier("doi", "10.1002/(sici)1<9::aid-a>2.0.co;2-2")])]
    ['https://api.openalex.org/works/doi:10.1002/(sici)1%3C9::aid-a%3E2.0.co;2-2']
    >>> [query.url for query in lookup([Identifier("openalex", "W11"), Identifier("openalex", "W12")])]
    ['https://api.openalex.org/works?filter=openalex:W11%7CW12&per-page=100&include_xpac=true']
    """
    singles: list[Query] = []
    listed: dict[str, list[Identifier]] = {scheme: [] for scheme in MOST}
    for identifier in dict.fromkeys(wanted):
        if identifier.scheme not in SCHEMES or len(_single_url(identifier)) > LONGEST_URL:
            continue
        if _can_be_listed(identifier) and not (free and _can_be_single(identifier)):
            listed[identifier.scheme].append(identifier)
        else:
            singles.append(_single(identifier))
    lists: list[Query] = []
    for scheme, identifiers in listed.items():
        for batch in _batches(scheme, identifiers):
            if len(batch) == 1 and _can_be_single(batch[0]):
                singles.append(_single(batch[0]))
            else:
                url = _list_url(scheme, [identifier.value for identifier in batch])
                lists.append(Query(source=NAME, url=url, kind="list", asked=batch))
    return lists + singles


def citing(identifiers: Sequence[Identifier], *, kind: Literal["citing", "cociting"] = "citing") -> list[Query]:
    """Ask for the works that cite any of these, by their W ids; of one question for each where the list is too long.

    Both corpora are asked for, and read with a cursor: a work may be cited more often than pages can be turned.

    >>> [query.url for query in citing([Identifier("openalex", "W11"), Identifier("openalex", "W12")])]
    ['https://api.openalex.org/works?filter=cites:W11%7CW12&per-page=100&include_xpac=true&cursor=*']
    """
    known = [identifier for identifier in dict.fromkeys(identifiers) if identifier.scheme == "openalex"]
    return [
        Query(source=NAME, url=f"{_list_url('cites', [each.value for each in batch])}&cursor=*", kind=kind, asked=batch)
        for batch in _batches("openalex", known)
    ]


def count_citing(identifiers: Sequence[Identifier]) -> Query:
    """Ask how many works cite any of these, up to a hundred W ids, at the price of a list."""
    known = [identifier for identifier in identifiers if identifier.scheme == "openalex"][: MOST["openalex"]]
    url = _list_url("cites", [each.value for each in known]).replace(f"per-page={PER_PAGE}", "per-page=1&select=id")
    return Query(source=NAME, url=url, kind="count", asked=tuple(known))


def split(query: Query) -> list[Query]:
    """Give the free questions that together ask for what one list asks for.

    DOIs that only a list can find stay in one, which is not free: where the answer is the query itself, there is no
    free way.
    """
    return lookup(query.asked, free=True)


def _can_be_listed(identifier: Identifier) -> bool:
    return identifier.scheme in MOST and not _NOT_IN_FILTERS.search(identifier.value)


def _can_be_single(identifier: Identifier) -> bool:
    return identifier.scheme != "doi" or _SINGLE_DOI.fullmatch(identifier.value) is not None


def _single(identifier: Identifier) -> Query:
    return Query(source=NAME, url=_single_url(identifier), kind="single", asked=(identifier,))


def _single_url(identifier: Identifier) -> str:
    """The address of one work, in the form that is free.

    The edge prices the path as it is written: `doi:` with a literal colon is a single work, `doi%3A` or a DOI as a
    URL are billed as lists (GitHub ourresearch/openalex-api-proxy src/endpointClassifier.ts).
    """
    scheme, value = identifier
    if scheme == "doi":
        return f"{WORKS}/doi:{quote(value, safe=':;()' if _EMPTY_SEGMENT.search(value) else '/:;()')}"
    prefix = "" if scheme == "openalex" else f"{scheme}:"
    return f"{WORKS}/{prefix}{quote(value, safe='')}"


def _list_url(scheme: str, values: Iterable[str]) -> str:
    """The address of a list of works that carry any of these values, from both corpora.

    Without `include_xpac` a list hides works that a single call shows (help.openalex.org data/works/corpus.md).
    """
    from pyalex import Works  # pulls in requests; nobody who only reads answers pays for that

    # The builder keeps what it is given and has methods that change it, so each URL has one of its own.
    works = Works({"filter": {scheme: "|".join(values)}, "per-page": PER_PAGE, "include_xpac": True})
    return str(works.url)


def _batches(scheme: str, identifiers: Iterable[Identifier]) -> Iterator[tuple[Identifier, ...]]:
    """Cut a list so that each part keeps within the number of values and the length of a URL."""
    separator = len(quote_plus("|"))
    batch: list[Identifier] = []
    length = 0
    for identifier in identifiers:
        added = separator + len(quote_plus(identifier.value))
        if batch and (len(batch) == MOST[scheme] or length + added > LONGEST_URL):
            yield tuple(batch)
            batch = []
        if not batch:
            length = len(_list_url(scheme, ()))
        batch.append(identifier)
        length += added
    if batch:
        yield tuple(batch)


# -- reading -------------------------------------------------------------------------------------------


def read(query: Query, status: int, body: bytes) -> Page:
    """Read an answer: its works, what it lacks, and what to ask next.

    What a list lacks is asked for once more singly, which is free and final: the single route may also find a work
    that absorbed a DOI or a PMID. It answers such a DOI with a work that carries another one; that work is
    returned like any other, with the DOIs of its locations as relations, and whether it is the work that was
    meant is for the caller to judge. A cut author list is asked for singly too.

    Raises `Unreadable` for any status but 200 and the 404 of a single work (an HTML page), and for a body that is
    empty, cut, no JSON or of another shape.
    """
    if status == 404 and query.kind == "single":
        return Page(missing=query.asked)
    if status != 200:
        raise Unreadable(f"OpenAlex answered with status {status}, which is no answer to read: {_excerpt(body)}")
    answer = _json(body)
    if query.kind == "single":
        if not isinstance(answer, dict) or "id" not in answer:
            raise Unreadable(f"OpenAlex sent something that is not a work: {_excerpt(body)}")
        items, skips = _items([answer])
        return Page(items=items, skips=skips)
    if not isinstance(answer, dict) or not isinstance(answer.get("meta"), dict):
        raise Unreadable(f"OpenAlex sent something that is not a list of works: {_excerpt(body)}")
    results = answer.get("results")
    # An answer in groups has no results, or empty ones (seen in recorded answers of 2026).
    if results is None and isinstance(answer.get("group_by"), list):
        results = []
    if not isinstance(results, list):
        raise Unreadable(f"OpenAlex sent a list without results: {_excerpt(body)}")
    if query.kind == "count":
        return Page(total=integer(answer["meta"].get("count")))
    return _listed(query, answer["meta"], results)


def _listed(query: Query, meta: dict[str, Any], results: list[Any]) -> Page:
    items, skips = _items(results)
    found = {identifier for item in items for identifier in _identifiers(item.record)}
    # What a question for citing works names is not what it asks for.
    wanted = query.asked if query.kind in ("single", "list") else ()
    absent = tuple(identifier for identifier in wanted if identifier not in found)
    cut = tuple(Identifier("openalex", item.record.native_id) for item in items if _is_cut(item.record))
    following = _following(query, meta, absent if wanted else query.asked) if results else None
    if following is not None:
        again, missing = [following], []
    else:
        again = [_single(identifier) for identifier in absent if _can_be_single(identifier)]
        missing = [identifier for identifier in absent if not _can_be_single(identifier)]
    return Page(
        items=items,
        skips=skips,
        missing=tuple(missing),
        next=(*again, *map(_single, cut)),
        total=integer(meta.get("count")),
    )


def _following(query: Query, meta: dict[str, Any], absent: tuple[Identifier, ...]) -> Query | None:
    """The question for the rest of a list, asking for what has not come yet; None at its end.

    The page number is counted up from the URL and not from the answer, so that no answer can make it go round.
    """
    given = parse_qs(urlsplit(query.url).query)
    if "cursor" in given:
        cursor = meta.get("next_cursor")
        if not isinstance(cursor, str) or not cursor or cursor == given["cursor"][-1]:
            return None
        return _turned(query, "cursor", cursor, absent)
    page = _whole(given.get("page"), default=1)
    size = _whole(given.get("per-page") or given.get("per_page"), default=25)
    count = integer(meta.get("count")) or 0
    if page * size >= count or (page + 1) * size > DEEPEST:
        return None
    return _turned(query, "page", str(page + 1), absent)


def _whole(values: list[str] | None, *, default: int) -> int:
    return int(values[-1]) if values and re.fullmatch("[1-9][0-9]{0,5}", values[-1]) else default


def _turned(query: Query, name: str, value: str, asked: tuple[Identifier, ...]) -> Query:
    address, _, given = query.url.partition("?")
    kept = [part for part in given.split("&") if part.partition("=")[0] != name]
    url = f"{address}?{'&'.join([*kept, f'{name}={quote_plus(value)}'])}"
    return Query(source=NAME, url=url, kind=query.kind, asked=asked)


def _items(results: Iterable[object]) -> tuple[tuple[Item, ...], tuple[Skip, ...]]:
    items: list[Item] = []
    skips: list[Skip] = []
    for given in results:
        item = _item(given)
        if isinstance(item, Skip):
            skips.append(item)
        else:
            items.append(item)
    return tuple(items), tuple(skips)


def _item(given: object) -> Item | Skip:
    if not isinstance(given, dict):
        return Skip(source=NAME, reason="not-an-object", detail=f"a list of works holds {given!r:.80}")
    mapped = record(given)
    if isinstance(mapped, Skip):
        return mapped
    try:
        raw = json.dumps(given, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        # 1e999 is JSON and reads as infinity, which is not.
        return Skip(source=NAME, reason="not-storable", detail=f"{mapped.native_id} cannot be stored as JSON: {error}")
    return Item(mapped, raw.encode("ascii"))


def _identifiers(record: Record) -> Iterator[Identifier]:
    for scheme in SCHEMES:
        value = getattr(record, scheme)
        if value is not None:
            yield Identifier(scheme, value)


def _is_cut(record: Record) -> bool:
    """Tell whether a list may have cut the authors: by its own mark, or, as asking is free, by a full hundred."""
    return not record.authors_complete or len(record.authors or ()) == AUTHORS_IN_LISTS


def _json(body: bytes) -> object:
    if not body.strip():
        raise Unreadable("OpenAlex sent an empty answer")
    try:
        return json.loads(body, parse_constant=_not_json)
    except (ValueError, RecursionError) as error:
        raise Unreadable(f"OpenAlex sent an answer that is cut or not JSON: {_excerpt(body)}") from error


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _excerpt(body: bytes) -> str:
    return " ".join(body[:160].decode("utf-8", "replace").split())[:120] or "nothing"
