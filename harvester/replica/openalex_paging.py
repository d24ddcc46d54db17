"""Pages and cursors of OpenAlex lists.

As in GitHub ourresearch/openalex-elastic-api core/paginate.py and core/cursor.py: a cursor is the base64 of
the JSON of the Python text of the last hit's sort values. It holds no state, so it may be sent twice. The
documented page size ends at 100, the server takes up to 200 (help.openalex.org api/paging.md).
"""

import ast
import base64
import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harvester.replica.openalex_refusals import bad_page, bad_parameter

__all__ = ["Page", "decode_cursor", "decode_key", "encode_cursor", "read_page"]

_LARGEST_PAGE = 200
_LAST_RECORD = 10_000


@dataclass(frozen=True)
class Page:
    """Which part of a list is asked for: a page by its number, or what follows a cursor."""

    number: int
    size: int
    cursor: str | None = None

    @property
    def start(self) -> int:
        """Place of the first record of a numbered page."""
        return (self.number - 1) * self.size


def read_page(parameters: Mapping[str, str], *, grouped: bool) -> Page:
    """The page that the parameters ask for.

    Raises `Refused` (400) for numbers out of range and for a cursor together with a page.
    """
    number = _integer(parameters.get("page", ""), "page", 1)
    asked = parameters.get("per_page", parameters.get("per-page", ""))
    size = _integer(asked, "per-page", _LARGEST_PAGE if grouped else 25)
    cursor = parameters.get("cursor") or None
    if grouped and number != 1:
        raise bad_page(
            "Unable to paginate beyond page 1. Group-by is limited to page 1 with up to 200 results at this time."
        )
    if number < 1:
        raise bad_page("Page parameter must be greater than 0.")
    if not 1 <= size <= _LARGEST_PAGE:
        raise bad_page("per-page parameter must be between 1 and 200")
    if number * size > _LAST_RECORD:
        raise bad_page(
            f"Maximum results size of {_LAST_RECORD:,} records is exceeded. Cursor pagination is required for records "
            f"beyond {_LAST_RECORD:,}. See: https://developers.openalex.org/guides/page-through-results"
        )
    if cursor is not None and number != 1:
        raise bad_page("Cannot use page parameter with cursor.")
    if cursor is not None and cursor.lower() in ("null", "none"):
        raise bad_page("Cursor is null. Likely reached end of results.")
    return Page(number, size, cursor)


def _integer(text: str, name: str, default: int) -> int:
    if not text:
        return default
    try:
        return int(text)
    except ValueError:
        raise bad_parameter(f"Param {name} must be a number.") from None


def encode_cursor(values: list[Any] | str) -> str:
    """The cursor for these sort values, or for the key of a group.

    >>> encode_cursor([1609372800000, "https://openalex.org/W2488499764"])
    'IlsxNjA5MzcyODAwMDAwLCAnaHR0cHM6Ly9vcGVuYWxleC5vcmcvVzI0ODg0OTk3NjQnXSI='
    """
    return base64.b64encode(json.dumps(str(values)).encode()).decode()


def decode_cursor(cursor: str) -> list[Any]:
    """The sort values in a cursor; raises `Refused` (400) for anything else."""
    try:
        values = ast.literal_eval(decode_key(cursor))
    except (ValueError, SyntaxError, TypeError, MemoryError, RecursionError):
        raise bad_page("Invalid cursor value") from None
    if not isinstance(values, list):
        raise bad_page("Invalid cursor value")
    return values


def decode_key(cursor: str) -> str:
    """The text in a cursor, which for groups is the last key shown; raises `Refused` (400) for anything else."""
    try:
        text = json.loads(base64.b64decode(cursor).decode())
    except (ValueError, RecursionError):
        raise bad_page("Invalid cursor value") from None
    if not isinstance(text, str):
        raise bad_page("Invalid cursor value")
    return text
