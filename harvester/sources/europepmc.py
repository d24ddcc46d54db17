"""Europe PMC: questions by DOI, PMID and PMCID, and the reading of its answers.

Pure: it gives URLs and takes bytes. Europe PMC holds PubMed, the full texts of PubMed Central, preprints, theses and
more, with abstracts and PMIDs that other indexes lack. There is no call for one work by its DOI, so everything is
a search by identifiers, several joined by OR. API: europepmc.org/RestfulWebService.
"""

import re
from collections.abc import Iterator, Sequence
from typing import Final
from urllib.parse import parse_qs, quote, urlsplit

from harvester.errors import Unreadable
from harvester.model import Identifier, Page, Query, Record
from harvester.sources.batch import batches
from harvester.sources.europepmc_item import NAME, record
from harvester.sources.json_answer import excerpt, items, parsed
from harvester.sources.value import integer, mapping

__all__ = ["NAME", "SCHEMES", "lookup", "read", "record", "split"]

SEARCH: Final = "https://www.ebi.ac.uk/europepmc/webservices/rest/search"
SCHEMES: Final[frozenset[str]] = frozenset({"doi", "pmid", "pmcid"})

# One DOI may be that of several records (versions of a preprint), so a page has room for twice as many. The page may
# hold 1,000; a hundred core records are a megabyte already. Proxies begin to refuse URLs of 4 KiB.
MOST_IN_A_LIST: Final = 50
PAGE: Final = 100
LONGEST_URL: Final = 3_800

# Inside quotes only these two mean something; by itself, a term that trips over them spoils no other.
_SPECIAL = re.compile(r'(["\\])')
_NUMBER = re.compile(r"(?:PMC)?[0-9]+")


def lookup(wanted: Sequence[Identifier]) -> list[Query]:
    """Give the fewest questions that ask for these works, each once, in their order.

    Left out are identifiers of other schemes. One that holds a quotation mark or a backslash is asked for by itself.

    >>> [one.url for one in lookup([Identifier("pmid", "29456894"), Identifier("pmcid", "PMC5815332")])]
    ['https://www.ebi.ac.uk/europepmc/webservices/rest/search?query=%28EXT_ID%3A29456894%20AND%20SRC%3AMED%29%20OR%20PMCID%3APMC5815332&format=json&resultType=core&pageSize=100&cursorMark=%2A']
    """
    known = tuple(dict.fromkeys(one for one in wanted if one.scheme in SCHEMES))
    runs = batches(
        (one for one in known if not _SPECIAL.search(one.value)),
        length=lambda one: len(quote(f" OR {_term(one)}", safe="")),
        room=LONGEST_URL - len(_url(())),
        most=MOST_IN_A_LIST,
    )
    return [*map(_asking, runs), *(_asking([one]) for one in known if _SPECIAL.search(one.value))]


def split(query: Query) -> list[Query]:
    """Ask for the works of a list one at a time."""
    return [_asking([one]) for one in query.asked] if query.kind == "list" else []


def read(query: Query, status: int, body: bytes) -> Page:
    """Read the answer to a question of this source.

    A search by identifiers is final: what a whole answer does not hold is not at Europe PMC. Where fewer records
    arrive than it counts, what is absent is asked for once more, one by one.

    Raises `Unreadable` for a status other than 200, and for a body that is cut, empty or no answer of this kind: to
    be asked again, never to be kept. Among them is `{"version":"6.9"}`, which comes instead of an answer at times,
    and a list without its records.
    """
    if status != 200:
        raise Unreadable(f"Europe PMC answered {query.url} with status {status}: {excerpt(body)}")
    answer = parsed(query, body)
    count = integer(answer.get("hitCount"))
    results = mapping(answer.get("resultList")).get("result")
    if count is None or not isinstance(results, list):
        raise Unreadable(f"Europe PMC answered {query.url} without a count or without records: {excerpt(body)}")
    cursor = parse_qs(urlsplit(query.url).query).get("cursorMark", ["*"])[-1]
    if not results and count and cursor == "*":
        raise Unreadable(f"Europe PMC counts {count} records for {query.url} and sent none: {excerpt(body)}")
    found, skips = items(NAME, results, record)
    held = {identifier for item in found for identifier in _identifiers(item.record)}
    absent = tuple(one for one in query.asked if one not in held)
    following = answer.get("nextCursorMark")
    # The end is the same mark again, or none (groups.google.com epmc-webservices, "Version 6.6").
    if count > len(results) and results and isinstance(following, str) and following not in ("", cursor):
        return Page(items=found, skips=skips, next=(_turned(query, following, absent),), total=count)
    if query.kind == "single":
        # What was found under another identifier is for the caller to judge.
        return Page(items=found, skips=skips, missing=() if count else query.asked, total=count)
    if count > len(results):
        return Page(items=found, skips=skips, next=tuple(_asking([one]) for one in absent), total=count)
    return Page(items=found, skips=skips, missing=absent, total=count)


def _term(one: Identifier) -> str:
    number = one.value if _NUMBER.fullmatch(one.value) else None
    value = number or '"{}"'.format(_SPECIAL.sub(r"\\\1", one.value))
    return f"(EXT_ID:{value} AND SRC:MED)" if one.scheme == "pmid" else f"{one.scheme.upper()}:{value}"


def _url(batch: Sequence[Identifier]) -> str:
    # Everything is encoded, the mark too, once: Europe PMC decodes once.
    query = quote(" OR ".join(map(_term, batch)), safe="")
    return f"{SEARCH}?query={query}&format=json&resultType=core&pageSize={PAGE}&cursorMark=%2A"


def _asking(batch: Sequence[Identifier]) -> Query:
    kind = "list" if len(batch) > 1 else "single"
    return Query(source=NAME, url=_url(batch), kind=kind, asked=tuple(batch))


def _turned(query: Query, cursor: str, asked: tuple[Identifier, ...]) -> Query:
    """The question for the next page, which may still bring what has not come yet."""
    beginning = query.url.rpartition("&cursorMark=")[0]
    url = f"{beginning}&cursorMark={quote(cursor, safe='')}"
    return Query(source=NAME, url=url, kind=query.kind, asked=asked)


def _identifiers(record: Record) -> Iterator[Identifier]:
    for scheme in SCHEMES:
        value = getattr(record, scheme)
        if value is not None:
            yield Identifier(scheme, value)
