"""Single values of a Crossref work message: what they must be to mean anything, and None otherwise.

Crossref passes on what publishers deposited, in any year since 2000, and files of older shapes circulate. Each
function takes any JSON value and raises nothing.
"""

import calendar
import re

from harvester import identifiers
from harvester.sources.value import EARLIEST_YEAR, LATEST_YEAR, canonical, mapping, text

__all__ = ["as_given", "date", "doi", "first_text", "pages", "texts", "word", "year"]

# A DOI of these signs alone is its own canonical form but for the case (a test compares): nine in ten are,
# and a work has thirty.
_PLAIN_DOI = re.compile(r"10\.\d{4,9}/[a-z0-9]++(?:[._-][a-z0-9]++)*+", re.ASCII)
_PLAIN_DOI_LENGTH = 200

_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d{2}|2100)(?!\d)", re.ASCII)
_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212]+\s*")
# What Wiley and others deposit while a paper has no pages yet.
_NO_PAGES = frozenset({"n/a", "na", "no", "no.", "none", "-", "n.a.", "np", "n.p."})


def as_given(value: str) -> str:
    """The text as it came, in what can be stored: a lone surrogate is no character."""
    return value if value.isascii() else value.encode("utf-8", "replace").decode("utf-8")


def texts(value: object) -> list[str]:
    """The texts of a list, each once; a text alone counts as a list of one."""
    listed = value if isinstance(value, list) else [value]
    return list(dict.fromkeys(found for entry in listed if (found := text(entry)) is not None))


def first_text(value: object) -> str | None:
    """The first text of a list, for fields that are lists by habit."""
    return next(iter(texts(value)), None)


def word(value: object) -> str | None:
    """A name out of a vocabulary, as this package spells them.

    >>> word("Is-Preprint-Of"), word("expression of concern"), word(None)
    ('is_preprint_of', 'expression_of_concern', None)
    """
    found = text(value)
    return re.sub(r"[\s-]+", "_", found.lower()) if found else None


def doi(value: object) -> str | None:
    """The canonical DOI, or None where the value holds none."""
    if isinstance(value, str) and len(value) <= _PLAIN_DOI_LENGTH and value.isascii():
        lower = value.lower()
        if _PLAIN_DOI.fullmatch(lower):
            return lower
    return canonical(identifiers.doi, value)


def date(value: object) -> str | None:
    """The date of a `date-parts` object, cut down to what can be true.

    `[[null]]` is Crossref's way to say "unknown"; a month 13 or a 30 February are typing errors, and so are
    years that no work is from.

    >>> date({"date-parts": [[2020, 13, 1]]}), date({"date-parts": [[2021, 2, 30]]}), date({"date-parts": [[None]]})
    ('2020', '2021-02', None)
    """
    listed = mapping(value).get("date-parts")
    parts = listed[0] if isinstance(listed, list) and listed else None
    if not isinstance(parts, list):
        return None
    numbers = []
    for part in parts[:3]:
        if isinstance(part, str) and part.isascii() and part.isdigit() and len(part) <= len("2020"):
            numbers.append(int(part))
        elif type(part) is int:
            numbers.append(part)
        else:
            break
    if not numbers or not EARLIEST_YEAR <= numbers[0] <= LATEST_YEAR:
        return None
    found = str(numbers[0])
    if len(numbers) > 1 and 1 <= numbers[1] <= 12:
        found += f"-{numbers[1]:02}"
        if len(numbers) > 2 and 1 <= numbers[2] <= calendar.monthrange(numbers[0], numbers[1])[1]:
            found += f"-{numbers[2]:02}"
    return found


def year(value: object) -> int | None:
    """The year in a text such as `2012a` or `1998-99`; references hold `0` and `202` as well.

    >>> year("2012a"), year("c. 1890"), year("0"), year("202"), year(2014)
    (2012, 1890, None, None, 2014)
    """
    if type(value) is int:
        return value if EARLIEST_YEAR <= value <= LATEST_YEAR else None
    match = _YEAR.search(value) if isinstance(value, str) else None
    return int(match[0]) if match else None


def pages(value: object) -> tuple[str | None, str | None]:
    """The first and the last page, as printed: split, never completed.

    >>> pages("1661–1674"), pages("123-30"), pages("e1004"), pages("3-1-3-12"), pages("n/a-n/a")
    (('1661', '1674'), ('123', '30'), ('e1004', None), ('3-1', '3-12'), (None, None))
    """
    found = text(value)
    if found is None:
        return None, None
    pieces = [piece for piece in _DASH.split(found) if piece]
    if all(piece.lower() in _NO_PAGES for piece in pieces):
        return None, None
    if len(pieces) % 2:  # one page, or something like "12-3-4", where no cut is safe
        return (found if len(pieces) > 1 else pieces[0]), None
    half = len(pieces) // 2
    return "-".join(pieces[:half]), "-".join(pieces[half:])
