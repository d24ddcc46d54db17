"""The names of people and organisations, as databases and reference managers write them.

Three orders are met: `Family, Given, Suffix` (RIS, BibTeX), `Given Family` (web pages, some RIS), and `Family GI`
(PubMed, Embase, Scopus). Particles belong to the family name (`van der Silva`), as Crossref gives them. A name without
parts is an organisation where something says so: a mark of the format, or a word that no family is called.
"""

import re
from typing import NamedTuple

from harvester.formats.values import line
from harvester.model import Authorship

__all__ = ["NOBODY", "Byline", "byline", "is_initials", "organisation", "parts", "people", "person"]

# In front of a family name; `y` and `e` join two family names (Ramón y Cajal).
_PARTICLES = frozenset(
    re.findall(
        r"\S+",
        "af al ap ben bin da dal dalla das de degli dei del della delle den der des di dos du el ibn la las le les lo"
        " los san st st. ste te ten ter 't 's van vam vande vander vom von y zu zum zur d' abu ait bint e",
    )
)
_SUFFIX = re.compile(r"(?:jr|sr|jnr|snr|junior|senior|2nd|3rd|4th|5th|ii|iii|iv)\.?", re.IGNORECASE)
_DEGREE = re.compile(r"(?:M\.?D|Ph\.?\s?D|M\.?Sc|B\.?Sc|MPH|R\.?N|M\.?A|Psy\.?D|Ed\.?D|DrPH|MBBS|FRCP|Dr|Prof)\.?")
_INITIALS = re.compile(r"(?:[^\W\d_]\.?(?:[-‐ ]|\b)?){1,5}")
_RAISED = str.maketrans("", "", "ªº")  # "García Mª" has initials
# Han, kana and Hangul.
_FAMILY_FIRST = re.compile(r"[々ー\u3041-\u30fa\u3400-\u9fff\uac00-\ud7a3\U00020000-\U0003ffff]+")
_ORGANISED = re.compile(
    r"\b(?:universi(?:ty|tät|té|dad|dade|ty's)|group|groupe|gruppe|grupo|collaborat(?:ion|ive|ors)|consortium|committee|"
    r"organi[sz]ation|association|society|institut(?:e|es|o|ion)?|ministry|department|network|investigators|teams?|"
    r"study|trial|trialists|council|agency|foundation|cent(?:er|re|ers|res)|commission|office|board|inc|ltd|llc|gmbh|"
    r"corp(?:oration)?|company|bank|service|services|united nations|federation|academy|college|school|hospital|clinic|"
    r"press|alliance|initiative|programme|program|project|authority|bureau|government|parliament|union|registry|"
    r"task force|working party|panel|directorate|administration|library|museum|laborator(?:y|ies)|trust|nhs|staff|"
    r"editors|authors|members|participants|writing|secretariat|division|unit|coalition|forum|club)\b",
    re.IGNORECASE,
)
_AND_OTHERS = re.compile(r"\W*(?:et\.? ?al\.?|and others|others|u\.? ?a\.|\.{3}|…)\W*", re.IGNORECASE)
NOBODY = re.compile(
    r"\W*(?:anon(?:ymous|\.)?|no authors?(?: \w+){0,2}|no authorship indicated|n\.? ?a\.?|unknown|not available|"
    r"author unknown|\[?no author\(?s?\)? (?:name )?(?:available|listed)\]?|null|none)\W*",
    re.IGNORECASE,
)


class Byline(NamedTuple):
    """The people of one record in their order."""

    people: tuple[Authorship, ...]
    is_complete: bool = True
    """False where "et al." says that there are more."""


def byline(names: list[Authorship | None]) -> Byline:
    """Put a byline together, without those who are no one: "et al.", "[Anonymous]", "No authorship indicated".

    >>> byline([person("Silva, Ana"), person("et al.")])
    Byline(people=(Authorship(name='Ana Silva', given='Ana', family='Silva', suffix=None, is_organisation=False, \
orcid=None, openalex=None, is_corresponding=None, affiliations=()),), is_complete=False)
    """
    found = [name for name in names if name is not None]
    cut = any(_AND_OTHERS.fullmatch(name.name) for name in found)
    people = (name for name in found if not (_AND_OTHERS.fullmatch(name.name) or NOBODY.fullmatch(name.name)))
    return Byline(tuple(people), is_complete=not cut)


def is_initials(text: str) -> bool:
    """Whether a part of a name is initials; a script without capitals has none.

    >>> [is_initials(text) for text in ("A.-B.", "AB", "И.", "Mª", "Ana", "Иван", "Νίκο", "小明")]
    [True, True, True, True, False, False, False, False]
    """
    return _INITIALS.fullmatch(text) is not None and text.translate(_RAISED).isupper()


def organisation(text: str | None) -> Authorship | None:
    """An organisation, or a person of whose name the parts are not known to be parts."""
    name = (line(text) or "").rstrip(",; ")
    return Authorship(name=name, is_organisation=True) if name else None


def parts(
    *, given: str | None = None, family: str | None = None, particle: str | None = None, suffix: str | None = None
) -> Authorship | None:
    """A person whose name comes in parts.

    >>> parts(given="Ludwig", family="Beethoven", particle="van").name
    'Ludwig van Beethoven'
    """
    first, last, before, behind = line(given), line(family), line(particle), line(suffix)
    if before:
        joint = "" if before[-1] in "'’-" else " "
        last = f"{before}{joint}{last}" if last else before
    if first is None and last is None:
        return None
    name = " ".join(part for part in (first, last, behind) if part)
    return Authorship(name=name, given=first, family=last, suffix=behind)


def person(text: str | None) -> Authorship | None:
    """Read one name in any of the three orders; None where there is none.

    >>> [
    ...     (one.given, one.family, one.suffix)
    ...     for one in map(person, ["Silva, Ana B., Jr.", "van der Silva AB", "Ana de la Silva"])
    ... ]
    [('Ana B.', 'Silva', 'Jr.'), ('AB', 'van der Silva', None), ('Ana', 'de la Silva', None)]
    >>> (
    ...     person("World Health Organization,").is_organisation,
    ...     person("Fanning E.").family,
    ...     person("Smith, John A 3rd").suffix,
    ... )
    (True, 'Fanning', '3rd')
    """
    name = (line(text) or "").strip("; ")
    if not name:
        return None
    if name.endswith(","):
        return organisation(name)
    if "," in name:
        return _inverted(name)
    if _ORGANISED.search(name):
        return organisation(name)
    return _in_order(name)


_BLANKS = re.compile(r"[^\S\n]+")
_SEPARATED = re.compile(r"\s*[;\n|]\s*")
_JOINED = re.compile(r"\s+(?:and|&)\s+(?=[^\W\d_a-z])")
# "Silva, A.B., Reis, C.": pairs of a family name and initials, as programs join them that know no lines.
_PAIRED = re.compile(r"[^,;]{1,80},\s*(?:[^\W\d_a-z]\.?[\s-]?){1,4}(?:,\s*|$)")


def people(text: str) -> list[Authorship | None]:
    """Read the names in one text that may hold several: parted by semicolons or `and`, or in pairs.

    >>> [one.family for one in people("Silva, A.B., Reis, C., van der Berg, D.") if one]
    ['Silva', 'Reis', 'van der Berg']
    >>> [one.name for one in people("Silva, Ana; Reis, Bo")], [one.name for one in people("Silva, Ana and Reis, Bo")]
    (['Ana Silva', 'Bo Reis'], ['Ana Silva', 'Bo Reis'])
    >>> [one.name for one in people("Food and Drug Administration; Silva, Ana and Reis, Bo")]
    ['Food and Drug Administration', 'Ana Silva', 'Bo Reis']
    """
    text = _BLANKS.sub(" ", text)
    if "," in text and text.count(",") > 2 and ";" not in text:
        pairs = [match[0].strip(", ") for match in _PAIRED.finditer(text)]
        if len(pairs) > 1 and sum(map(len, pairs)) + 3 * len(pairs) >= len(text.strip()):
            return [person(pair) for pair in pairs]
    pieces = [piece for piece in _SEPARATED.split(text) if piece.strip()]
    return [person(name) for piece in pieces for name in _taken_apart(piece, is_alone=len(pieces) == 1)]


def _taken_apart(piece: str, *, is_alone: bool) -> list[str]:
    """Part names at `and`, which stands in one name in "Food and Drug Administration"."""
    names = _JOINED.split(piece)
    is_one = (is_alone or _ORGANISED.search(piece)) and not all("," in name for name in names)
    return [piece] if is_one else [name for name in names if name.strip()]


def _inverted(name: str) -> Authorship | None:
    """`Family, Given`, with a suffix before or behind the given name; a longer list of words is an organisation's."""
    pieces = [piece for piece in map(str.strip, name.split(",")) if piece]
    if len(pieces) < 2:
        return organisation(name)
    family, *rest = pieces
    if _ORGANISED.search(family) and " " in family and not is_initials(rest[0]):
        return organisation(name)
    suffix = next((piece for piece in rest if _SUFFIX.fullmatch(piece)), None)
    given = [piece for piece in rest if piece is not suffix and not _DEGREE.fullmatch(piece)]
    if not given:  # "Okkonen, SR" has two initials and no father
        return parts(given=rest[0], family=family)
    if suffix is None and len(given) == 1:
        words = given[0].split()
        if len(words) > 1 and _SUFFIX.fullmatch(words[-1]) and words[-1].upper() not in ("V", "I"):
            given, suffix = [" ".join(words[:-1])], words[-1]
    if len(given) > 2:
        return organisation(name)
    # "Beethoven, Ludwig van" in reference lists by name: the particle behind belongs in front.
    words = given[-1].split()
    particle = None
    if len(words) > 1 and words[-1] in _PARTICLES - {"y", "e"} and family.split()[0] not in _PARTICLES:
        start = len(words) - 1
        while start > 1 and words[start - 1] in _PARTICLES:
            start -= 1
        particle = " ".join(words[start:])
        given[-1] = " ".join(words[:start])
    return parts(given=", ".join(given), family=family, particle=particle, suffix=suffix)


def _in_order(name: str) -> Authorship | None:
    """`Family GI` or `Given Family`, told apart by the initials at the end; in East Asia the family name is first."""
    words = name.split()
    if len(words) > 1 and all(map(_FAMILY_FIRST.fullmatch, words)):
        return parts(given=" ".join(words[1:]), family=words[0])
    suffix = None
    if len(words) > 2 and _SUFFIX.fullmatch(words[-1]):
        suffix = words.pop()
    if len(words) == 1:
        return Authorship(name=name, family=name)
    last = words[-1]
    before = " ".join(words[:-1])
    first = words[0]
    # "LI W" and "YANG YX": with a name in capitals the shorter word is the initials, and databases put them behind.
    is_name = not is_initials(first) or ("." not in first and len(first) >= len(last))
    if is_initials(last) and is_name and not (before.isupper() and len(last) > 3):
        start = len(words) - 1
        while start > 1 and is_initials(words[start - 1]):
            start -= 1
        return parts(given=" ".join(words[start:]), family=" ".join(words[:start]), suffix=suffix)
    start = len(words) - 1
    for place in range(1, len(words) - 1):
        if words[place] in _PARTICLES:
            start = place
            break
    if words[0] in _PARTICLES:
        start = 0
    return parts(given=" ".join(words[:start]), family=" ".join(words[start:]), suffix=suffix)
