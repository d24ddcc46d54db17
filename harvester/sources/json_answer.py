"""The JSON of an answer: read whole or refused, its items mapped one by one, each with the bytes to keep of it."""

import json
from collections.abc import Callable, Iterable
from typing import Any, NoReturn

from harvester.errors import Unreadable
from harvester.model import Item, Query, Record, Skip

__all__ = ["excerpt", "items", "parsed"]


def parsed(query: Query, body: bytes) -> dict[str, Any]:
    """Give the object that a body holds.

    Raises `Unreadable` for a body that is empty, cut, no JSON, nested too deep to read, or no object.
    """
    if not body.strip():
        raise Unreadable(f"{query.source} answered {query.url} with an empty body.")
    try:
        answer = json.loads(body.decode("utf-8"), parse_constant=_not_json)
    except RecursionError:
        raise Unreadable(f"{query.source} answered {query.url} with JSON nested too deep to read.") from None
    except ValueError as error:  # bad UTF-8, bad JSON, or a number of thousands of digits
        raise Unreadable(
            f"{query.source} answered {query.url} with a body that is cut or no JSON ({error}): {excerpt(body)}"
        ) from None
    if not isinstance(answer, dict):
        raise Unreadable(f"{query.source} answered {query.url} with JSON that is no object: {excerpt(body)}")
    return answer


def items(
    source: str, listed: Iterable[object], record: Callable[[dict[str, Any]], Record | Skip]
) -> tuple[tuple[Item, ...], tuple[Skip, ...]]:
    """Map every entry of a list, whatever it is; what is no record is a `Skip` and spoils no other."""
    found: list[Item] = []
    skips: list[Skip] = []
    for entry in listed:
        one = _item(source, entry, record)
        if isinstance(one, Skip):
            skips.append(one)
        else:
            found.append(one)
    return tuple(found), tuple(skips)


def excerpt(body: bytes) -> str:
    """The beginning of a body, fit for a message."""
    beginning = body[:120].decode("utf-8", "replace")
    return ascii(beginning) if beginning else "(empty)"


def _item(source: str, entry: object, record: Callable[[dict[str, Any]], Record | Skip]) -> Item | Skip:
    if not isinstance(entry, dict):
        return Skip(source=source, reason="not-an-object", detail=f"a list of works holds {entry!r:.80}")
    mapped = record(entry)
    if isinstance(mapped, Skip):
        return mapped
    try:
        # ASCII, so that lone surrogates and odd line ends survive every store.
        raw = json.dumps(entry, ensure_ascii=True, allow_nan=False, separators=(",", ":"))
    except (ValueError, RecursionError) as error:
        # 1e999 is JSON and reads as infinity, which is not.
        return Skip(source=source, reason="not-storable", detail=f"{mapped.native_id} cannot be stored: {error}")
    return Item(mapped, raw.encode("ascii"))


def _not_json(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")
