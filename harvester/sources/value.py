"""Single JSON values from any index: what they must be to mean anything, and None otherwise.

Indexes pass on what publishers deposited and what older programs of theirs wrote, so a text may be a number, a
list null and an identifier a sentence. Each function takes any JSON value and raises nothing.
"""

import re
from collections.abc import Callable
from typing import Any, Final
from urllib.parse import quote

from harvester import markup
from harvester.errors import NotAnIdentifier

__all__ = [
    "EARLIEST_YEAR",
    "LATEST_YEAR",
    "canonical",
    "entries",
    "integer",
    "mapping",
    "ror",
    "text",
    "web_address",
]

# The first scholarly journals are of 1665 and indexes hold older books; what is outside is a typing error
# (0, 202, 20221), and a work of the year 9999 would lead every list sorted by date.
EARLIEST_YEAR: Final = 1000
LATEST_YEAR: Final = 2100

_ROR = re.compile(r"(?:https?://(?:www\.)?ror\.org/)?(0[a-hj-km-np-tv-z0-9]{6}[0-9]{2})/?", re.IGNORECASE | re.ASCII)
_WEB = re.compile(r"(?:https?|ftp)://[^/\s]", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\ud800-\udfff]")

# SQLite's largest integer; nothing that is counted here comes near it.
_LARGEST = 2**63 - 1


def text(value: object) -> str | None:
    """One line of plain text, or None where there is none.

    >>> text(" Wiley &amp; Sons "), text(12), text(""), text(["x"])
    ('Wiley & Sons', '12', None, None)
    """
    if isinstance(value, str):
        return (markup.clean(value) or None) if value else None
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


def canonical(parse: Callable[[str], str], value: object) -> str | None:
    """The canonical form of an identifier, or None where the value is not one; old files have numbers for texts."""
    if type(value) is int:
        value = str(value)
    if not isinstance(value, str) or not value:
        return None
    try:
        return parse(value)
    except NotAnIdentifier:
        return None


def ror(value: object) -> str | None:
    """The nine characters of a ROR id (ror.readme.io docs/identifier).

    >>> ror("https://ror.org/02jzrsm59")
    '02jzrsm59'
    """
    match = _ROR.fullmatch(value.strip()) if isinstance(value, str) else None
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
