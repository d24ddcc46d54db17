"""What stands after `year:` and after the fields of facts: values, not words."""

import re
from unicodedata import normalize

from harvester.expression.mistakes import Edit, Mistake, shown
from harvester.expression.tree import Fact, Span, Years

__all__ = ["FIRST", "LAST", "beyond", "fact", "years"]

FIRST, LAST = 1000, 2999
"""The years that are taken for years."""

TRUTHS = {"true": "true", "yes": "true", "false": "false", "no": "false"}
TRUE_OR_FALSE = frozenset({"seed", "retracted", "open_access", "only_cited"})

LANGUAGES = {
    "arabic": "ar",
    "chinese": "zh",
    "czech": "cs",
    "danish": "da",
    "dutch": "nl",
    "english": "en",
    "eng": "en",
    "finnish": "fi",
    "french": "fr",
    "german": "de",
    "greek": "el",
    "hebrew": "he",
    "hindi": "hi",
    "hungarian": "hu",
    "indonesian": "id",
    "italian": "it",
    "japanese": "ja",
    "korean": "ko",
    "norwegian": "no",
    "persian": "fa",
    "polish": "pl",
    "portuguese": "pt",
    "romanian": "ro",
    "russian": "ru",
    "spanish": "es",
    "swedish": "sv",
    "turkish": "tr",
    "ukrainian": "uk",
    "vietnamese": "vi",
}
"""Sources name languages by the two letters of ISO 639-1; a name would be understood and find nothing."""

_RANGE = re.compile(r"(?P<first>[0-9]{4})?(?P<dash>-)?(?P<last>[0-9]{4})?")
_COMPARED = re.compile(r"([<>]=?|=)\s*([0-9]{4})")
_TWO = re.compile(
    r"\[?\s*([0-9]{4})\s*(?:-|/|:|\.{2,3}|,|to\b)\s*([0-9]{4}|[0-9]{2}|\*|present|current|now|today|date)?\s*\]?"
)
_DATE = re.compile(r"([0-9]{4})[-/.][0-9]{1,2}(?:[-/.][0-9]{1,2})?")


def beyond(sign: str, year: int) -> str:
    """Write what compares with a year as a range.

    >>> beyond(">", 2014), beyond("<=", 2020)
    ('2015-', '-2020')
    """
    if sign.startswith(">"):
        return f"{year + (sign == '>')}-"
    if sign.startswith("<"):
        return f"-{year - (sign == '<')}"
    return str(year)


def years(text: str, span: Span, *, whole: Span) -> Years:
    """Read `2019`, `2015-2024`, `2015-` or `-2020`; `span` is where it stands, `whole` the same with its field.

    Raises `Mistake`, with what was probably meant.
    """
    plain = text.strip().lower()
    match = _RANGE.fullmatch(plain)
    first, last = (int(match["first"] or 0), int(match["last"] or 0)) if match else (0, 0)
    if match is None or not (first or last) or (first and last and not match["dash"]):
        raise _no_years(plain, span)
    if not match["dash"]:
        last = first = first or last
    for year in (first, last):
        if year and not FIRST <= year <= LAST:
            raise Mistake(f"{year:04} is no year of publication: years are from {FIRST} to {LAST}.", span)
    if first and last and last < first:
        raise Mistake(f"The range runs backwards: {first} is after {last}.", span, f"{last}-{first}")
    return Years(first or None, last or None, span=whole)


def _no_years(plain: str, span: Span) -> Mistake:
    said = f"{shown(plain)} is not a year or a range of years"
    how = "write year:2019, year:2015-2024, year:2015- or year:-2020."
    if compared := _COMPARED.fullmatch(plain):
        return Mistake(f"Years are not compared by {compared[1]}; {how}", span, beyond(compared[1], int(compared[2])))
    if two := _TWO.fullmatch(plain):
        first, last = two[1], two[2] or ""
        if "," in plain and len(last) == 4:
            return Mistake(f"{said}: join single years by OR in brackets.", span, f"({first} OR {last})")
        if last.isdigit():
            return Mistake(f"{said}; {how}", span, f"{first}-{first[: 4 - len(last)] + last}" if last else first)
        return Mistake(f"{said}; {how}", span, f"{first}-")
    if date := _DATE.fullmatch(plain):
        return Mistake(f"{said}; days and months are not looked at.", span, date[1], exact=False)
    if plain.startswith("!") and _RANGE.fullmatch(plain[1:]):
        return Mistake(f"{said}; to leave years out, write NOT before the field.", span)
    return Mistake(f"{said}; {how}", span)


def fact(field: str, text: str, span: Span, *, whole: Span, is_quoted: bool) -> Fact:
    """Read the value of a fact; `span` is where it stands, `whole` the same with its field.

    Raises `Mistake` for what can be no value of this field.
    """
    value = " ".join(normalize("NFC", text.lower()).split())
    if not any(sign.isalnum() for sign in value):
        raise Mistake(f"{field}: needs a value, and {shown(text)} is none.", span)
    if not value.isprintable():
        raise Mistake(f"The value of {field}: holds a character that is not seen; type it again.", span)
    if not is_quoted:
        _only_one(field, value, span, whole)
    if "*" in value or "?" in value:
        raise Mistake(f"{field}: is compared with whole values, so * and ? have no place in {shown(value)}.", span)
    if field in TRUE_OR_FALSE:
        if value not in TRUTHS:
            near = {"t": "true", "1": "true", "y": "true", "f": "false", "0": "false", "n": "false"}.get(value)
            raise Mistake(f"{field}: is true or false, not {shown(value)}.", span, near)
        value = TRUTHS[value]
    elif field == "round":
        if not re.fullmatch(r"[0-9]{1,4}", value):
            raise Mistake(f"round: is the number of a round, such as 2, not {shown(value)}.", span)
        value = str(int(value))
    elif field == "language" and value in LANGUAGES:
        raise Mistake(
            f"Languages go by the two letters of ISO 639-1: {LANGUAGES[value]}, not {value}.", span, LANGUAGES[value]
        )
    return Fact(field, value, span=whole)


def _only_one(field: str, value: str, span: Span, whole: Span) -> None:
    several = [one for one in re.split(r"[,;|]+", value) if one]
    if len(several) > 1:
        raise Mistake(f"Several values of {field}: stand in brackets, joined by OR.", span, f"({' OR '.join(several)})")
    if value[0] in "!-":
        raise Mistake(
            f"To leave a value of {field}: out, write NOT before the field.",
            span,
            Edit(*whole, f"NOT {field}:{value[1:]}"),
        )
    if len(value) > 1 and value[0] in "=<>":
        raise Mistake(f"{field}: is followed by the value alone.", span, value.lstrip("=<> "))
