"""Crossref: questions by DOI, and the reading of its answers.

Pure: it gives URLs and takes bytes. Known works are asked for in lists, since three lists of 50 may be asked for
in a second but only ten single works. API: www.crossref.org/documentation/retrieve-metadata/rest-api; limits
since July 2026: community.crossref.org, topic 16137.
"""

import json
from collections.abc import Sequence
from typing import Any, Final
from urllib.parse import quote

from harvester.errors import Unreadable
from harvester.model import Identifier, Item, Page, Query, Record, Skip
from harvester.sources.crossref_item import NAME, record

__all__ = ["LONGEST_URL", "NAME", "SCHEMES", "WORKS", "lookup", "mapped", "read", "record", "split", "work_list"]

API: Final = "https://api.crossref.org"
WORKS: Final = f"{API}/works"
SCHEMES: Final[frozenset[str]] = frozenset({"doi"})

# A list of 50 DOIs is known to work and no larger one is documented; proxies begin to refuse URLs of 4 KiB.
MOST_IN_A_LIST: Final = 50
LONGEST_URL: Final = 3_800


def lookup(wanted: Sequence[Identifier]) -> list[Query]:
    """Give the fewest questions that ask for these DOIs, each once, in their order; other schemes are left out.

    A DOI with a comma is asked for by itself: the filter is cut at commas, and none can be escaped (GitHub
    CrossRef/cayenne, `parse-filters`).

    >>> [query.url for query in lookup([Identifier("doi", "10.5555/a(1)"), Identifier("doi", "10.5555/b")])]
    ['https://api.crossref.org/works?filter=doi:10.5555%2Fa%281%29,doi:10.5555%2Fb&rows=2']
    >>> lookup([Identifier("doi", "10.5555/a,b")])[0].url
    'https://api.crossref.org/works/10.5555%2Fa%2Cb'
    """
    dois = list(dict.fromkeys(one for one in wanted if one.scheme == "doi"))
    batches: list[list[Identifier]] = []
    alone = []
    room = 0
    for one in dois:
        needs = len(_filter(one)) + 1
        if "," in one.value:
            alone.append(one)
        elif batches and len(batches[-1]) < MOST_IN_A_LIST and needs <= room:
            batches[-1].append(one)
            room -= needs
        else:
            batches.append([one])
            room = LONGEST_URL - len(_list_url([one])) - 1  # the number of rows may get a second digit
    alone += [batch[0] for batch in batches if len(batch) == 1]
    order = {one: place for place, one in enumerate(dois)}
    lists = [
        Query(source=NAME, url=_list_url(batch), kind="list", asked=tuple(batch)) for batch in batches if len(batch) > 1
    ]
    return lists + [_single(one) for one in sorted(alone, key=order.__getitem__)]


def split(query: Query) -> list[Query]:
    """Ask for the works of a list one at a time: one that its filter refuses then spoils no other."""
    return [_single(one) for one in query.asked] if query.kind == "list" else []


def read(query: Query, status: int, body: bytes) -> Page:
    """Read the answer to a question of this source.

    What a single question finds under another DOI (an alias of the one asked for) is an item all the same; the
    caller compares. What a list leaves out is asked for once more by itself, since lists drop aliases and
    malformed filters silently; only a 404 on that says that a DOI is not at Crossref.

    Raises `Unreadable` for a status other than 200 and 404, and for a body that is cut, empty or no answer of
    this kind: to be asked again, never to be kept.
    """
    if query.kind != "single":
        message = work_list(query, status, body)
        return _page(query, message["items"], total=message.get("total-results"))
    if status == 404 and not body.lstrip().startswith((b"<", b"{")):
        # The body is the text "Resource not found."; a page in HTML is some proxy's, and says nothing.
        return Page(missing=query.asked)
    return _page(query, [_message(query, status, body, kind="work")])


def work_list(query: Query, status: int, body: bytes) -> dict[str, Any]:
    """Give the message of a list, as Crossref sent it; its `items` is a list, of whatever.

    Raises `Unreadable` for anything else, for a refusal too (of a cursor that is no longer open, say).
    """
    message = _message(query, status, body, kind="work-list")
    if isinstance(message.get("items"), list):
        return message
    raise _something_else(query, body)


def mapped(entry: object) -> Record | Skip:
    """Map one entry of a list, whatever it is."""
    if isinstance(entry, dict):
        return record(entry)
    return Skip(source=NAME, reason="not a work", detail=f"an item that is {type(entry).__name__}, no object")


# -- asking ----------------------------------------------------------------------------------------------------


def _filter(one: Identifier) -> str:
    return f"doi:{quote(one.value, safe='')}"


def _list_url(batch: Sequence[Identifier]) -> str:
    return f"{WORKS}?filter={','.join(_filter(one) for one in batch)}&rows={len(batch)}"


def _single(one: Identifier) -> Query:
    return Query(source=NAME, url=f"{WORKS}/{quote(one.value, safe='')}", kind="single", asked=(one,))


# -- reading ---------------------------------------------------------------------------------------------------


def _envelope(query: Query, body: bytes) -> dict[str, Any]:
    if not body.strip():
        raise Unreadable(f"Crossref answered {query.url} with an empty body.")
    try:
        envelope = json.loads(body.decode("utf-8"), parse_constant=_refused)
    except RecursionError:
        raise Unreadable(f"Crossref answered {query.url} with JSON nested too deep to read.") from None
    except ValueError as error:  # bad UTF-8, bad JSON, or a number of thousands of digits
        raise Unreadable(
            f"Crossref answered {query.url} with a body that is cut or no JSON ({error}): {_shown(body)}"
        ) from None
    if not isinstance(envelope, dict):
        raise Unreadable(f"Crossref answered {query.url} with JSON that is no object: {_shown(body)}")
    return envelope


def _message(query: Query, status: int, body: bytes, *, kind: str) -> dict[str, Any]:
    if status not in (200, 404):
        raise Unreadable(f"Crossref answered {query.url} with status {status}: {_shown(body)}")
    envelope = _envelope(query, body)
    message = envelope.get("message")
    if status != 200 or envelope.get("status") != "ok":
        raise Unreadable(f"Crossref refused {query.url} with status {status}: {_reasons(message) or _shown(body)}")
    if envelope.get("message-type") == kind and isinstance(message, dict):
        return message
    raise _something_else(query, body)


def _something_else(query: Query, body: bytes) -> Unreadable:
    return Unreadable(f"Crossref answered {query.url} with something else than was asked for: {_shown(body)}")


def _refused(constant: str) -> float:
    raise ValueError(f"{constant} is no JSON")


def _page(query: Query, listed: list[Any], *, total: object = None) -> Page:
    items = []
    skips = []
    for entry in listed:
        found = mapped(entry)
        if isinstance(found, Skip):
            skips.append(found)
        else:
            items.append(Item(found, _raw(entry)))
    held = {item.record.doi for item in items}
    absent = [one for one in query.asked if one.value not in held] if query.kind == "list" else []
    return Page(
        items=tuple(items),
        skips=tuple(skips),
        next=tuple(_single(one) for one in absent),
        total=total if type(total) is int and total >= 0 else None,
    )


def _raw(entry: dict[str, Any]) -> bytes:
    """The item as it is kept: ASCII, so that lone surrogates and odd line ends survive every store."""
    return json.dumps(entry, ensure_ascii=True, separators=(",", ":")).encode("ascii")


def _reasons(message: object) -> str:
    """What a failure says: Crossref lists its reasons, each with a type and a sentence."""
    listed = message if isinstance(message, list) else []
    return "; ".join(f"{one.get('type')}: {str(one.get('message')).strip()}" for one in listed if isinstance(one, dict))


def _shown(body: bytes) -> str:
    """The beginning of a body, fit for a message."""
    beginning = body[:120].decode("utf-8", "replace")
    return ascii(beginning) if beginning else "(empty)"
