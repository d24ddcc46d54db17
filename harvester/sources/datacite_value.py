"""Single values of a DataCite record: what they must be to mean anything, and None otherwise.

Each function takes any JSON value and raises nothing.
"""

import re

from harvester.sources import crossref_value
from harvester.sources.value import text

__all__ = ["date", "given", "word"]

# DataCite Metadata Schema, appendix "Standard values for unknown information".
_UNKNOWN = re.compile(r"\(:(?:unac|unal|unap|unas|unav|unkn|none|null|tba|etal)\).*|:(?:un[a-z]{2}|none|null|tba|etal)")

_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?![0-9])")
_HUMP = re.compile(r"(?<=[a-z0-9])(?=[A-Z])")


def given(value: object) -> str | None:
    """One line of plain text, or None where there is none or a code says that nobody knows.

    >>> given(" Figshare "), given("(:unav)"), given(":unkn"), given(7)
    ('Figshare', None, None, '7')
    """
    found = text(value)
    return None if found is None or _UNKNOWN.fullmatch(found) else found


def date(value: object) -> str | None:
    """The day, month or year of a date or time; of a range (`2004-03/2005`) its beginning.

    >>> date("2023-11-09T11:44:22Z"), date("2004-03/2005"), date("2021-02-30"), date("20221"), date(2019)
    ('2023-11-09', '2004-03', '2021-02', None, '2019')
    """
    match = _DATE.match(text(value) or "")
    return crossref_value.date({"date-parts": [[part for part in match.groups() if part]]}) if match else None


def word(value: object) -> str | None:
    """A name out of a vocabulary, as this package spells them.

    >>> word("IsVersionOf"), word(None)
    ('is_version_of', None)
    """
    found = text(value)
    return re.sub(r"[\s-]+", "_", _HUMP.sub("_", found).lower()) if found else None
