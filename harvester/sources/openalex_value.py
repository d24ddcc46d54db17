"""Single values of an OpenAlex work object: what they must be to mean anything, and None otherwise.

OpenAlex answers are Elasticsearch documents passed on without a check, and snapshot parts were written by several
programs over the years, so a text may be a number, a list null and a score a text. Each function takes any JSON
value and raises nothing.
"""

import math
import re

__all__ = ["code", "number"]

_ID = re.compile(
    r"(?:https?://(?:www\.)?openalex\.org/(?:[a-z]+/)?)?([A-Z])([1-9][0-9]{0,11})", re.IGNORECASE | re.ASCII
)


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
