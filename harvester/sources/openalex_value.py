"""Single values of an OpenAlex work object: what they must be to mean anything, and None otherwise.

OpenAlex answers are Elasticsearch documents passed on without a check, and snapshot parts were written by several
programs over the years, so a text may be a number, a list null and a score a text. Each function takes any JSON
value and raises nothing.
"""

import math
import re
from typing import Any
from urllib.parse import quote

from harvester import markup

__all__ = ["code", "entries", "integer", "mapping", "number", "ror", "text", "web_address"]

_ID = re.compile(
    r"(?:https?://(?:www\.)?openalex\.org/(?:[a-z]+/)?)?([A-Z])([1-9][0-9]{0,11})", re.IGNORECASE | re.ASCII
)
_ROR = re.compile(r"(?:https?://(?:www\.)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})", re.IGNORECASE | re.ASCII)
_WEB = re.compile(r"(?:https?|ftp)://[^/]", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\ud800-\udfff]")

# SQLite's largest integer; nothing that is counted here comes near it.
_LARGEST = 2**63 - 1


def text(value: object) -> str | None:
    """One line of plain text, or None where there is none; old snapshots have numbers for texts.

    >>> text(" Wiley &amp; Sons "), text(12), text(""), text(["x"])
    ('Wiley & Sons', '12', None, None)
    """
    if isinstance(value, str):
        return markup.clean(value) or None
    return str(value) if type(value) is int and abs(value) <= _LARGEST else None


def mapping(value: object) -> dict[str, Any]:
    """The object, or an empty one."""
    return value if isinstance(value, dict) else {}


def entries(value: object) -> list[dict[str, Any]]:
    """The objects of a list; whatever else it holds means nothing."""
    return [entry for entry in value if isinstance(entry, dict)] if isinstance(value, list) else []


def integer(value: object, *, low: int = 0, high: int = _LARGEST) -> int | None:
    """A whole number within bounds; `true` is none."""
    return value if type(value) is int and low <= value <= high else None


def number(value: object) -> float | None:
    """A finite number; the scores of concepts were texts until 2023.

    >>> number("0.66827905"), number(1), number("NaN"), number(True)
    (0.66827905, 1.0, None, None)
    """
    if isinstance(value, bool) or not isinstance(value, int | float | str):
        return None
    try:
        found = float(value)
    except (ValueError, OverflowError):
        return None
    return found if math.isfinite(found) else None


def code(value: object, letter: str) -> str | None:
    """The short form of an OpenAlex id of the kind that `letter` names.

    >>> code("https://openalex.org/S109998069", "S"), code("https://openalex.org/S109998069", "W")
    ('S109998069', None)
    """
    match = _ID.fullmatch(value) if isinstance(value, str) else None
    return f"{letter}{match[2]}" if match is not None and match[1].upper() == letter else None


def ror(value: object) -> str | None:
    """The nine characters of a ROR id (ror.readme.io docs/identifier).

    >>> ror("https://ror.org/02jzrsm59")
    '02jzrsm59'
    """
    match = _ROR.fullmatch(value) if isinstance(value, str) else None
    return match[1].lower() if match else None


def web_address(value: object) -> str | None:
    """A web address that is safe to print and to click: `javascript:` is none, and unsafe characters are escaped.

    >>> web_address("https://example.org/a b"), web_address("javascript:alert(1)")
    ('https://example.org/a%20b', None)
    """
    if not isinstance(value, str):
        return None
    address = value.strip()
    if not _WEB.match(address):
        return None
    return _UNSAFE.sub(lambda found: quote(found[0], safe="", errors="replace"), address)
