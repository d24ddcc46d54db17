"""Single values of exported records: what they must be to mean anything, and None otherwise.

Reference managers and databases write what their users typed and what older programs left: a year may be a season, a
page a range, a type a word in any language. Each function takes any text and raises nothing.
"""

import calendar
import re
from collections.abc import Callable
from typing import Final, NamedTuple
from urllib.parse import quote

from harvester import identifiers, markup
from harvester.errors import NotAnIdentifier

__all__ = [
    "Pages",
    "date",
    "doi",
    "integer",
    "isbns",
    "issns",
    "line",
    "month",
    "pages",
    "parted",
    "storable",
    "web_address",
    "whole_date",
    "year",
]

EARLIEST_YEAR: Final = 1000
LATEST_YEAR: Final = 2100

# SQLite's largest integer; nothing that is counted here comes near it.
_LARGEST = 2**63 - 1
_LONGEST_IDENTIFIER = 4_000


# -- text ------------------------------------------------------------------------------------------------------


def storable(text: str) -> str:
    """The text as it came, in what can be stored: a lone surrogate is no character."""
    return text if text.isascii() else text.encode("utf-8", "replace").decode("utf-8")


def line(text: str | None) -> str | None:
    """One line of plain text, or None where there is none.

    >>> line(" Wiley &amp; Sons\\n"), line("  "), line(None)
    ('Wiley & Sons', None, None)
    """
    return (markup.clean(text) or None) if text else None


def parted(text: str | None, signs: str = ";") -> list[str]:
    """The values that stand in one text with any of these signs between them, each once.

    >>> parted("Peer support; recovery;;Recovery ; peer support")
    ['Peer support', 'recovery']
    """
    found: dict[str, str] = {}
    for piece in re.split(f"[{re.escape(signs)}]", markup.clean(text or "")):
        if value := piece.strip():
            found.setdefault(value.casefold(), value)
    return list(found.values())


def integer(text: str | None) -> int | None:
    """A whole number, also with thousands parted.

    >>> integer(" 1,204 "), integer("3 citations"), integer("-")
    (1204, 3, None)
    """
    match = re.match(r"\s*(\d{1,3}(?:[,\u2009\u202f ]\d{3})+|\d{1,19})(?![\d.])", text or "", re.ASCII)
    if match is None:
        return None
    value = int(re.sub(r"\D", "", match[1]))
    return value if value <= _LARGEST else None


# -- days ------------------------------------------------------------------------------------------------------

_YEAR = re.compile(r"(?<!\d)(1\d{3}|20\d{2}|2100)(?!\d)", re.ASCII)
_ISO = re.compile(
    r"[^\w]*(?:c|ca\.?)?\s*(1\d{3}|20\d\d|2100)(?:\s*[-/.]\s*(\d{1,2})(?:\s*[-/.]\s*(\d{1,2}))?)?(?!\d)", re.ASCII
)
_COMPACT = re.compile(r"\s*(1\d{3}|20\d\d)(\d\d)(\d\d)(?!\d)", re.ASCII)
_DAY_FIRST = re.compile(r"\s*(\d{1,2})\s*[-/.]\s*(\d{1,2})\s*[-/.]\s*(1\d{3}|20\d\d|2100)(?!\d)", re.ASCII)
_MONTH_AND_DAY = re.compile(
    r"(?<!\d)(?:(?P<before>\d{1,2})(?:st|nd|rd|th)?[.\s-]*(?:de\s+)?)?(?P<month>[^\W\d_]{3,12})\b\.?"
    r"(?:[\s-]*(?P<after>\d{1,2})(?:st|nd|rd|th)?(?!\d))?"
)
# By their first letters, in the languages that databases name months in: English, German, French, Spanish, Italian,
# Portuguese, Dutch.
_MONTHS: Final = {
    "jan": 1, "ene": 1, "gen": 1, "janv": 1,
    "feb": 2, "fev": 2, "fév": 2, "febr": 2,
    "mar": 3, "mär": 3, "maer": 3, "mrz": 3, "maa": 3, "mrt": 3,
    "apr": 4, "avr": 4, "abr": 4,
    "may": 5, "mai": 5, "mei": 5, "mag": 5,
    "jun": 6, "juin": 6, "giu": 6,
    "jul": 7, "juil": 7, "lug": 7,
    "aug": 8, "aoû": 8, "aou": 8, "ago": 8,
    "sep": 9, "set": 9,
    "oct": 10, "okt": 10, "ott": 10, "out": 10,
    "nov": 11,
    "dec": 12, "dez": 12, "déc": 12, "dic": 12,
}  # fmt: skip


def year(text: str | None) -> int | None:
    """The year in a text such as `2012a`, `c1998` or `1998-99`; `0` and `202` are none.

    >>> year("2012a"), year("c1998"), year("in press"), year("202")
    (2012, 1998, None, None)
    """
    match = _YEAR.search(text or "")
    return int(match[0]) if match else None


def date(text: str | None) -> str | None:
    """The date as `YYYY[-MM[-DD]]`, cut down to what can be true; of a range, its beginning.

    Where day and month are both numbers and stand before the year, they count only if one of them is above 12 and
    so cannot be the month.

    >>> date("2020/05/01/Spring"), date("2014//"), date("2020 Mar-Apr"), date("May 3, 2020"), date("3 de mayo de 2020")
    ('2020-05-01', '2014', '2020-03', '2020-05-03', '2020-05-03')
    >>> date("31/12/2020"), date("04/05/2020"), date("2021-02-30"), date("2017-09-15/2017-09-20"), date("n.d.")
    ('2020-12-31', '2020', '2021-02', '2017-09-15', None)
    """
    if not text:
        return None
    if match := _COMPACT.match(text):
        return whole_date(match[1], match[2], match[3])
    if match := _DAY_FIRST.match(text):
        first, second = int(match[1]), int(match[2])
        if first > 12:
            return whole_date(match[3], match[2], match[1])
        return whole_date(match[3], match[1], match[2]) if second > 12 or first == second else match[3]
    if (match := _ISO.match(text)) and match[2]:
        return whole_date(match[1], match[2], match[3])
    found = _YEAR.search(text)
    if found is None:
        return None
    around = text[: found.start()] + " \x00 " + text[found.end() :]
    for match in _MONTH_AND_DAY.finditer(around[:200]):
        number = month(match["month"])
        if number:
            return whole_date(found[0], str(number), match["before"] or match["after"])
    return found[0]


def month(text: str | None) -> int | None:
    """The number of a month, from its number or its name.

    >>> month("Sept."), month("08"), month("spring"), month("juillet"), month("13")
    (9, 8, None, 7, None)
    """
    given = (text or "").strip(" .").lower()
    if given.isascii() and given.isdigit() and len(given) <= 2:
        return int(given) if 1 <= int(given) <= 12 else None
    return next((_MONTHS[given[:length]] for length in (4, 3) if given[:length] in _MONTHS), None)


def whole_date(years: str | None, months: str | None = None, days: str | None = None) -> str | None:
    """A date from its parts, each a number or, for the month, a name; what cannot be true is left out.

    >>> whole_date("2020", "dec", "31"), whole_date("2020", "13", "1"), whole_date("20", "1")
    ('2020-12-31', '2020', None)
    """
    number = year(years)
    if number is None:
        return None
    found = str(number)
    named = month((months or "").partition("-")[0].partition("/")[0])
    if named is None:
        return found
    found += f"-{named:02}"
    day = re.match(r"\s*0?(\d{1,2})(?!\d)", days or "", re.ASCII)
    if day and 1 <= int(day[1]) <= calendar.monthrange(number, named)[1]:
        found += f"-{int(day[1]):02}"
    return found


# -- pages -----------------------------------------------------------------------------------------------------


class Pages(NamedTuple):
    """Where a work stands in its volume, as printed: split, never completed."""

    first: str | None = None
    last: str | None = None
    total: int | None = None
    """How many pages, where the text says that and not where they are."""
    article: str | None = None
    """The number of an article that has no pages."""


_DASH = re.compile(r"\s*[-\u2010-\u2015\u2212\uff0d~]+\s*")
_PAGE_MARK = re.compile(r"^(?:pages?|pp?|s|seiten?|págs?|pags?)\b\.?\s*:?\s*(?=\w)", re.IGNORECASE)
_ARTICLE = re.compile(
    r"^(?:article|art|paper|artn)\b\.?\s*(?:(?:no|n|id|number|nr)\b\.?)?\s*:?\s*(?=[\w])([^\s,;]{1,40})$", re.IGNORECASE
)
_PAGE_COUNT = re.compile(
    r"^(?:[ivxlc]+,\s*)?(\d{1,5})\s*(?:p|pp|pages|pgs|seiten|páginas|(?<=\s)s\.)\.?$", re.IGNORECASE
)
# What publishers print while a paper has no pages yet, and databases when they do not know.
_NO_PAGES = frozenset(
    {"n/a", "na", "no", "no.", "none", "-", "n.a.", "np", "n.p.", "no pagination specified", "null", "?"}
)


def pages(text: str | None) -> Pages:
    """The first and the last page, a number of pages, or the number of an article.

    >>> (
    ...     pages("1661–1674")[:2],
    ...     pages("pp. 123--30")[:2],
    ...     pages("e1004")[:2],
    ...     pages("3-1-3-12")[:2],
    ...     pages("n/a-n/a")[:2],
    ... )
    (('1661', '1674'), ('123', '30'), ('e1004', None), ('3-1', '3-12'), (None, None))
    >>> pages("324-32; discussion 333").last, pages("xii, 311 p.").total, pages("Art. No. 17").article
    ('32', 311, '17')
    """
    found = line(text)
    if found is None:
        return Pages()
    if match := _ARTICLE.match(found):
        return Pages(article=match[1])
    if match := _PAGE_COUNT.match(found):
        return Pages(total=int(match[1]))
    found = re.sub(r"\s*[.;,]\s*(?:discussion|quiz|author reply|reply)\b.*", "", _PAGE_MARK.sub("", found))
    found = re.split(r"\s*[;,]\s*", found, maxsplit=1)[0].rstrip("+. ")
    pieces = [piece for piece in _DASH.split(found) if piece]
    if all(piece.lower() in _NO_PAGES for piece in pieces) or found.lower() in _NO_PAGES:
        return Pages()
    if len(pieces) % 2:  # one page, or something like "12-3-4", where no cut is safe
        return Pages(found if len(pieces) > 1 else pieces[0])
    half = len(pieces) // 2
    return Pages("-".join(pieces[:half]), "-".join(pieces[half:]))


# -- identifiers and addresses ---------------------------------------------------------------------------------


def doi(text: str | None) -> str | None:
    """The one DOI of a field that should hold one, or None.

    Databases write a DOI twice, or with its label, or with more behind it; what names two works names none.

    >>> doi("10.1037/H0095655 [doi]"), doi("DOI: 10.1000/a. PMID: 1"), doi("10.1000/a and 10.1000/b")
    ('10.1037/h0095655', '10.1000/a', None)
    """
    if not text or len(text) > _LONGEST_IDENTIFIER or "10." not in text:
        return None
    try:
        return identifiers.doi(text)
    except NotAnIdentifier:
        named = [one.value for one in identifiers.find(text) if one.scheme == "doi"]
        return named[0] if len(named) == 1 else None


_ISSN = re.compile(r"(?<![\w-])\d{4}[-\u2010-\u2015\u2212 ]?\d{3}[\dXx](?![\w-])", re.ASCII)
_ISBN = re.compile(
    r"(?<![\w-])(?:97[89](?:[-\u2010-\u2015 ]?\d){10}|\d(?:[-\u2010-\u2015 ]?\d){8}[-\u2010-\u2015 ]?[\dXx])(?![\w-])",
    re.ASCII,
)


def issns(text: str | None) -> tuple[str, ...]:
    """The ISSNs in a text, those whose check digit is right, each once.

    >>> issns("1447-0349 (electronic) 1445-8330 (Print)"), issns("14470349"), issns("9780306406157")
    (('1447-0349', '1445-8330'), ('1447-0349',), ())
    """
    found = (_valid(identifiers.issn, match[0]) for match in _ISSN.finditer(text or ""))
    return tuple(dict.fromkeys(one for one in found if one))


def isbns(text: str | None) -> tuple[str, ...]:
    """The ISBNs in a text, in 13 digits, those whose check digit is right, each once.

    >>> isbns("0-306-40615-2 (hardback); 978-0-306-40615-7"), isbns("1447-0349")
    (('9780306406157',), ())
    """
    found = (_valid(identifiers.isbn, match[0]) for match in _ISBN.finditer(text or ""))
    return tuple(dict.fromkeys(one for one in found if one))


def _valid(parse: Callable[[str], str], text: str) -> str | None:
    try:
        return parse(_TYPESET_DASH.sub("-", text))
    except NotAnIdentifier:
        return None


_TYPESET_DASH = re.compile("[\u2010-\u2015\u2212]")
_WEB = re.compile(r"(?:https?|ftp)://[^/\s]", re.IGNORECASE)
_BARE_WEB = re.compile(r"(?:www\.[a-z0-9-]+|(?:dx\.)?doi\.org)[./]\S", re.IGNORECASE)
_UNSAFE = re.compile(r"[\x00-\x20\x7f-\xa0\"<>\\^`{|}\ud800-\udfff]")


def web_address(text: str | None) -> str | None:
    """A web address that is safe to print and to click: `javascript:` is none, and unsafe characters are escaped.

    >>> web_address("https://example.org/a b"), web_address("www.example.org/a"), web_address("javascript:alert(1)")
    ('https://example.org/a%20b', 'https://www.example.org/a', None)
    """
    address = (text or "").strip().strip("<>")
    if _BARE_WEB.match(address):
        address = f"https://{address}"
    if not _WEB.match(address):
        return None
    return _UNSAFE.sub(lambda found: quote(found[0], safe="", errors="replace"), address)
