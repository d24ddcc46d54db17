"""How other databases ask for words near each other, and how far apart that is in words between them.

Ovid's `adj3` allows two words between (Ovid, "adjacency operator"), `NEAR/3` of Web of Science and Embase, `N3` of
EBSCO, `N/3` of ProQuest and `W/3` of Scopus three. `W3` of EBSCO, `PRE/3`, `P/3` and `NEXT/3` keep the order as well,
which nothing here does except a phrase.
"""

import re

from harvester.expression.mistakes import Edit, Mistake
from harvester.expression.operands import after, before, with_phrases
from harvester.expression.tokens import FARTHEST, Kind, Scan

__all__ = ["near_elsewhere"]

_SIGN = re.compile(
    r"""
      (?P<adj>(?i:adj))(?P<adjacent>\d{0,4})
    | (?P<ordered>(?i:pre|p|next|onear)/|W(?=\d)) (?P<in_order>\d{1,4})
    | (?P<plain>(?i:w|n)/|N(?=\d)|(?i:near)(?=\d)) (?P<apart>\d{1,4})
    | (?P<beside>NEXT)
    | (?P<bare>NEAR|(?i:near)/\D{0,3})
    """,
    re.VERBOSE,
)
_NUMBER_APART = re.compile(r"(?i:near)[\s/:-]{1,5}(\d{1,4})(?![^\s()])")
_OPERANDS = (Kind.CHUNK, Kind.PHRASE, Kind.CLOSE, Kind.TAG)
_FARTHEST_CODE = 25
"""Beyond it, a letter and a number are a name (`N95 masks`), not a distance."""


def near_elsewhere(scan: Scan, place: int) -> Mistake | None:
    """Give the mistake of a chunk that joins words by nearness in another language; None for any other chunk."""
    token = scan.tokens[place]
    match = _SIGN.fullmatch(token.text)
    if match is None or scan.kind(place - 1) not in _OPERANDS:
        return None
    if scan.kind(place + 1) not in (Kind.CHUNK, Kind.PHRASE, Kind.OPEN, Kind.FIELD):
        return None
    if match["bare"]:
        return _without_number(scan, place)
    if match["beside"] or (match["adj"] and not match["adjacent"]):
        return _side_by_side(scan, place)
    number = int(match["adjacent"] or match["in_order"] or match["apart"])
    is_code = token.text[0] in "NW" and "/" not in token.text and token.text[1:].isdigit()
    if is_code and number > _FARTHEST_CODE:
        return None
    distance = min(max(number - 1, 0) if match["adj"] else number, FARTHEST)
    ours = f"NEAR/{distance}"
    if match["ordered"]:
        said = f"{token.text} keeps the words in their order, which only a phrase does here; the nearest is {ours}."
    elif match["adj"]:
        between = {0: "no word", 1: "one word"}.get(distance, f"{distance} words")
        said = f"{token.text} of Ovid, with at most {between} between, is written {ours} here."
    else:
        said = f"{token.text} is written {ours} here."
    if is_code:
        said += f' If the word itself is meant, put it in quotes: "{token.text}".'
    return Mistake(said, token.span, _joined(scan, place, ours), exact=not match["ordered"])


def _joined(scan: Scan, place: int, operator: str) -> Edit:
    """Write the operator, and put the words beside it in quotes where another database takes them as a phrase."""
    token = scan.tokens[place]
    left, right = before(scan, place), after(scan, place)
    of_ovid = token.text[0] in "aA"
    start, text, end = token.start, operator, token.end
    if left and (of_ovid or left.several):
        start, text = left.start, f"{with_phrases(scan, left) if of_ovid else left.as_phrase} {text}"
    if right and (of_ovid or right.several) and "." not in right.text[-9:]:  # the code of a field is translated later
        text, end = f"{text} {with_phrases(scan, right) if of_ovid else right.as_phrase}", right.end
    return Edit(start, end, text)


def _side_by_side(scan: Scan, place: int) -> Mistake:
    token = scan.tokens[place]
    left, right = before(scan, place), after(scan, place)
    if left and right and "(" not in left.text + right.text and "." not in right.text[-9:]:
        phrase = " ".join(one.text.strip("\"'") for one in (left, right))
        return Mistake(
            f"{token.text} puts words side by side; here that is a phrase in quotes.",
            token.span,
            Edit(left.start, right.end, f'"{phrase}"'),
        )
    return Mistake(
        f"{token.text} puts words side by side in this order, which only a phrase in quotes does here; the nearest is"
        " NEAR/0.",
        token.span,
        "NEAR/0",
        exact=False,
    )


def _without_number(scan: Scan, place: int) -> Mistake:
    token = scan.tokens[place]
    if number := _NUMBER_APART.match(scan.text, token.start):
        return Mistake(
            "NEAR is followed by a slash and the number, without blanks.",
            (token.start, number.end()),
            f"NEAR/{min(int(number[1]), FARTHEST)}",
        )
    return Mistake(
        "NEAR needs the most words that may stand between, such as NEAR/3; Web of Science reads it as NEAR/15."
        ' If the word itself is meant, put it in quotes: "near".',
        token.span,
        "NEAR/15",
        exact=False,
    )
