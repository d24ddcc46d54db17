"""DataCite: questions by DOI, and the reading of its answers.

Pure: it gives URLs and takes bytes. DataCite registers the DOIs of arXiv, Zenodo, Figshare, Dryad and most data
repositories, which Crossref does not know. Known works are asked for in lists by `ids`, which compares whole DOIs and
reads no query language, so brackets, quotes and colons mean nothing in it. API: support.datacite.org/docs/api;
server: GitHub datacite/lupo, app/controllers/datacite_dois_controller.rb.
"""

import re
from collections.abc import Sequence
from typing import Final
from urllib.parse import quote

from harvester.errors import Unreadable
from harvester.model import Identifier, Page, Query
from harvester.sources.batch import batches
from harvester.sources.datacite_item import NAME, record
from harvester.sources.json_answer import excerpt, items, parsed
from harvester.sources.value import entries, integer, mapping, text

__all__ = ["NAME", "SCHEMES", "lookup", "read", "record", "split"]

DOIS: Final = "https://api.datacite.org/dois"
SCHEMES: Final[frozenset[str]] = frozenset({"doi"})

# A page may hold 1,000 (GitHub datacite/lupo, concerns/paginatable.rb); a hundred records are a megabyte already, and
# proxies begin to refuse URLs of 4 KiB.
MOST_IN_A_LIST: Final = 100
LONGEST_URL: Final = 3_800

# The list is cut at commas, and each part is put in capitals before it is compared, which turns some letters into
# others for good, such as ß into SS (GitHub datacite/lupo, app/models/doi.rb, find_by_ids).
_CAN_BE_LISTED = re.compile(r"[!-+\--~]+")
# Clients and proxies resolve these away; with its slashes encoded, the DOI is one segment and stays whole.
_EMPTY_SEGMENT = re.compile(r"/\.{0,2}(?:/|$)")


def lookup(wanted: Sequence[Identifier]) -> list[Query]:
    """Give the fewest questions that ask for these DOIs, each once, in their order; other schemes are left out.

    A DOI with a comma or a letter outside ASCII is asked for by itself.

    >>> [query.url for query in lookup([Identifier("doi", "10.5281/zenodo.7"), Identifier("doi", "10.5555/a(1)")])]
    ['https://api.datacite.org/dois?ids=10.5281%2Fzenodo.7,10.5555%2Fa%281%29&page%5Bsize%5D=2&disable-facets=true&affiliation=true']
    >>> lookup([Identifier("doi", "10.5555/a,b")])[0].url
    'https://api.datacite.org/dois/10.5555/a%2Cb?affiliation=true'
    """
    dois = tuple(dict.fromkeys(one for one in wanted if one.scheme == "doi"))
    runs = list(
        batches(
            (one for one in dois if _CAN_BE_LISTED.fullmatch(one.value)),
            length=lambda one: len(quote(one.value, safe="")) + 1,
            room=LONGEST_URL - len(_list_url(())) - 2,  # the size of the page may get two more digits
            most=MOST_IN_A_LIST,
        )
    )
    lists = [Query(source=NAME, url=_list_url(run), kind="list", asked=run) for run in runs if len(run) > 1]
    listed = {one for query in lists for one in query.asked}
    return lists + [_single(one) for one in dois if one not in listed]


def split(query: Query) -> list[Query]:
    """Ask for the works of a list one at a time."""
    return [_single(one) for one in query.asked] if query.kind == "list" else []


def read(query: Query, status: int, body: bytes) -> Page:
    """Read the answer to a question of this source.

    What a list leaves out is asked for once more by itself: lists come from the search index, which lags behind and
    also holds DOIs that are not findable, single records from the register itself. Only a 404 on that says that a
    DOI is not at DataCite.

    Raises `Unreadable` for a status other than 200 and 404, and for a body that is cut, empty or no answer of
    this kind, among them a list without its works: to be asked again, never to be kept.
    """
    if status not in (200, 404):
        raise Unreadable(f"DataCite answered {query.url} with status {status}: {excerpt(body)}")
    answer = parsed(query, body)
    if status == 404:
        # A page in HTML is some proxy's 404 and says nothing; DataCite's own is JSON with a list of errors.
        if query.kind == "single" and _reasons(answer):
            return Page(missing=query.asked)
        raise Unreadable(f"DataCite refused {query.url}: {_reasons(answer) or excerpt(body)}")
    data = answer.get("data")
    if query.kind == "single":
        if not isinstance(data, dict):
            raise Unreadable(f"DataCite answered {query.url} with something that is no work: {excerpt(body)}")
        found, skips = items(NAME, [data], record)
        return Page(items=found, skips=skips)
    if not isinstance(data, list):
        raise Unreadable(f"DataCite answered {query.url} with something that is no list of works: {excerpt(body)}")
    total = integer(mapping(answer.get("meta")).get("total"))
    if total is None or (total and not data):
        raise Unreadable(f"DataCite states {total} works for {query.url} and lists {len(data)}: {excerpt(body)}")
    found, skips = items(NAME, data, record)
    held = {item.record.doi for item in found}
    absent = tuple(_single(one) for one in query.asked if one.value not in held)
    return Page(items=found, skips=skips, next=absent, total=total)


def _list_url(batch: Sequence[Identifier]) -> str:
    # Nobody needs the facets; `affiliation` gives the ROR ids (support.datacite.org/docs/api-get-doi).
    listed = ",".join(quote(one.value, safe="") for one in batch)
    return f"{DOIS}?ids={listed}&page%5Bsize%5D={len(batch)}&disable-facets=true&affiliation=true"


def _single(one: Identifier) -> Query:
    path = quote(one.value, safe="" if _EMPTY_SEGMENT.search(one.value) else "/")
    return Query(source=NAME, url=f"{DOIS}/{path}?affiliation=true", kind="single", asked=(one,))


def _reasons(answer: dict[str, object]) -> str:
    """What a refusal says: a JSON:API list of errors, each with a title."""
    return "; ".join(text(one.get("title")) or "no reason" for one in entries(answer.get("errors")))
