"""Names in BibTeX: parted by `and`, each in one of three orders, braces keeping together what is no name of a person.

The orders are those of BibTeX ("First von Last", "von Last, First", "von Last, Jr, First": btxdoc.pdf, 4) and
BibLaTeX's `family=Silva, given=Ana, prefix=da` (biblatex.pdf, 3.7).
"""

import re
from collections.abc import Iterator

from harvester.formats.names import organisation, parts, people, person
from harvester.formats.tex import plain
from harvester.model import Authorship

__all__ = ["names"]

_SIGN = re.compile(r"\\.|[{}]|(?<=\s)[Aa][Nn][Dd](?=\s)|[\s~]+|,|[^\\{}\s~,]+", re.DOTALL)
_KEYED = re.compile(
    r"\s*(family|given|prefix|suffix|given-i|family-i|prefix-i|useprefix|juniorcomma|nosortothers|hash|id)\s*=\s*(.*)",
    re.DOTALL,
)


def names(text: str) -> tuple[list[Authorship | None], bool]:
    r"""Read a list of names, and whether it is complete: `and others` says that there are more.

    >>> found, complete = names(r"Ludwig van Beethoven and {World Health Organization} and Silva, Jr., Ana and others")
    >>> [(one.given, one.family or one.name, one.suffix) for one in found if one], complete
    ([('Ludwig', 'van Beethoven', None), (None, 'World Health Organization', None), ('Ana', 'Silva', 'Jr.')], False)
    """
    found: list[Authorship | None] = []
    complete = True
    listed = list(_listed(text))
    for one in listed:
        bare = plain(one).strip().casefold()
        if bare in ("others", "et al.", "et al"):
            complete = False
        elif bare:
            found += _read(one, is_only=len(listed) == 1)
    return found, complete


def _listed(text: str) -> Iterator[str]:
    """Cut at each `and` outside braces."""
    depth = 0
    start = 0
    for match in _SIGN.finditer(text):
        sign = match[0]
        if sign == "{":
            depth += 1
        elif sign == "}":
            depth = max(0, depth - 1)
        elif depth == 0 and sign.lower() == "and":
            yield text[start : match.start()]
            start = match.end()
    yield text[start:]


def _read(text: str, *, is_only: bool) -> list[Authorship | None]:
    given = text.strip().strip(",").strip()
    if _is_braced(given):
        return [organisation(plain(given))]
    if re.match(r"\s*\w[\w-]*\s*=", given) and (keyed := _by_keys(given)):
        return [keyed]
    pieces = _pieces(given)
    if len(pieces) > 3 or (is_only and ";" in given and "\\" not in given):
        return people(plain(given))
    if len(pieces) == 1:
        return [_in_order(pieces[0])]
    family, *rest = pieces
    suffix = plain(" ".join(rest[0])) if len(rest) == 2 else None
    last = plain(" ".join(family)).strip()
    first = plain(" ".join(rest[-1])).strip()
    if suffix is None and not (_is_braced(" ".join(family)) or "{" in text):
        return [person(f"{last}, {first}")]
    return [parts(given=first, family=last, suffix=suffix)]


def _is_braced(text: str) -> bool:
    """Whether one pair of braces holds all of the name, and it is no accent on a letter."""
    if not (text.startswith("{") and text.endswith("}")) or text.startswith("{\\"):
        return False
    depth = 0
    for place, sign in enumerate(text):
        depth += (sign == "{") - (sign == "}")
        if depth == 0 and place < len(text) - 1:
            return False
    return True


def _pieces(text: str) -> list[list[str]]:
    """The words of each part between commas, outside braces; what braces hold together is one word."""
    pieces: list[list[str]] = [[]]
    word = ""
    depth = 0
    for match in _SIGN.finditer(text):
        sign = match[0]
        if depth == 0 and (sign == "," or not sign.strip(" \t\n\r~")):
            if word:
                pieces[-1].append(word)
            word = ""
            if sign == ",":
                pieces.append([])
            continue
        depth = max(0, depth + (sign == "{") - (sign == "}"))
        word += sign
    if word:
        pieces[-1].append(word)
    return [piece for piece in pieces if piece]


def _in_order(words: list[str]) -> Authorship | None:
    """`First von Last`: words in small letters part the two; without any, the last word is the family name."""
    if len(words) == 1:
        return person(plain(words[0]))
    if not any("{" in word and not word.startswith("{\\") and "\\" not in word for word in words):
        return person(plain(" ".join(words)))
    lower = [place for place, word in enumerate(words[:-1]) if _is_lower(word)]
    start = lower[0] if lower and lower[0] > 0 else len(words) - 1
    if _is_braced(words[-1]) and start == len(words) - 1:
        return parts(given=plain(" ".join(words[:-1])), family=plain(words[-1]))
    return parts(given=plain(" ".join(words[:start])), family=plain(" ".join(words[start:])))


def _is_lower(word: str) -> bool:
    letters = plain(word)
    return not word.startswith("{") and letters[:1].islower()


def _by_keys(text: str) -> Authorship | None:
    found: dict[str, str] = {}
    for piece in re.split(r",(?![^{]*\})", text):
        if match := _KEYED.fullmatch(piece):
            found[match[1]] = plain(match[2]).strip().strip('"')
    return parts(
        given=found.get("given"), family=found.get("family"), particle=found.get("prefix"), suffix=found.get("suffix")
    )
