"""Two printed names are compared as one person's, with initials, particles, transliteration and order in mind.

This is for lists that are known to be of one work, name beside name: it says whether the names at one place can be
taken for one person, so that what one source knows of that person holds for the other's too. The family name must be
the same and the first given name must not have another initial; nothing is forgiven for likeness, since an id given to
the wrong person is worse than none.
"""

import re
import unicodedata
from collections.abc import Iterator
from functools import lru_cache
from typing import NamedTuple

from harvester.folding import romanise, vocabulary
from harvester.model import Authorship

__all__ = ["is_comparable", "same_author"]

_WORD = re.compile(r"[^\W_]+")
# Some particles are given names too (Ben, Di, Le), so what stands beside a family name is only cleared of the others.
_NEVER_GIVEN = vocabulary("von van vander der den del della dei das dos la ter ten zu zur vom")
_PARTICLES = _NEVER_GIVEN | vocabulary("de di du da do le les el al bin ibn ben af av st san")
_SUFFIXES = vocabulary("jr sr ii iii iv phd")
_INITIALS = re.compile(r"(?<=[^\W\d_]\s)[A-Z]{2,3}(?=\W*$)")
_LONGEST = 1_000
_CACHED = 65_536


class _Reading(NamedTuple):
    """One way to take a name apart: the words of the family name, the particles before it, and the given names."""

    family: tuple[str, ...]
    particles: frozenset[str]
    given: tuple[str, ...]


def same_author(one: Authorship, other: Authorship) -> bool:
    """Say whether two names, each at the same place of a list of the same authors, are one person's.

    >>> same_author(Authorship(name="Hans Müller", given="Hans", family="Müller"), Authorship(name="Mueller, H."))
    True
    >>> same_author(Authorship(name="Yu-Chen Hsu"), Authorship(name="Hsu Y-C"))
    True
    >>> same_author(Authorship(name="L. van der Berg"), Authorship(name="L. van der Meer"))
    False
    """
    if one.name == other.name:
        return True
    # A name that comes in parts is looked for in the other; which word is the family name is guessed only without.
    if bool(one.family) != bool(other.family):
        return _fits(one, other) if one.family else _fits(other, one)
    return _fits(one, other) or _fits(other, one)


def is_comparable(one: str, other: str) -> bool:
    """Say whether two names are in one kind of script: of 王伟 and Wei Wang nobody can tell without knowing Chinese.

    >>> is_comparable("王伟", "Wei Wang"), is_comparable("Щукин И.", "I. Shchukin")
    (False, True)
    """
    mine, theirs = (_is_latin(name[:_LONGEST]) for name in (one, other))
    return mine is None or theirs is None or mine == theirs


def _fits(one: Authorship, other: Authorship) -> bool:
    """Tell whether a reading of the first name is found among the words of the other."""
    words = _words(_apart(other.name[:_LONGEST]))
    theirs = _family(_words((other.family or "")[:_LONGEST]))
    for family, particles, given in _readings(one):
        # 王伟 and 伟 王, Yuchen and Yu-Chen: the same letters, parted elsewhere.
        if words and "".join(words) in {"".join((*family, *given)), "".join((*given, *family))}:
            return True
        whole = "".join(family)
        if whole in words:
            found = {whole}
        elif set(family) <= set(words):
            found = set(family)
        else:
            # "G. García" for García Márquez; but López Márquez is someone else.
            found = {part for part in family if part in words and len(part) > 1}
            if len(found) != 1 or (theirs and set(theirs) != found) or not given:
                continue
        left = [word for word in words if word not in found | particles | _NEVER_GIVEN]
        if found and _agree(given, left, is_guess=not one.family):
            return True
    return False


def _agree(given: tuple[str, ...], left: list[str], *, is_guess: bool) -> bool:
    """Compare the first given name with what else the other name has: by its initial, and in full after a guess."""
    if not given or not left:
        return True
    first = given[0]
    if not is_guess:
        return first[0] in {word[0] for word in left}
    return any(first == word or (1 in (len(first), len(word)) and first[0] == word[0]) for word in left)


def _readings(author: Authorship) -> Iterator[_Reading]:
    name = author.name[:_LONGEST]
    if author.family:
        yield _reading(_words(author.family[:_LONGEST]), _words((author.given or "")[:_LONGEST]))
        return
    if "," in name:
        family, _, given = name.partition(",")
        yield _reading(_words(family), _words(given))
        return
    words = _words(_apart(name))
    whole = [place for place, word in enumerate(words) if len(word) > 1 and word not in _PARTICLES]
    # Western order, then that of an index and of East Asia.
    for place in dict.fromkeys((*whole[-1:], *whole[:1])):
        first = place
        while first > 1 and words[first - 1] in _PARTICLES:
            first -= 1
        yield _reading(words[first : place + 1], (*words[:first], *words[place + 1 :]))


def _reading(family: tuple[str, ...], given: tuple[str, ...]) -> _Reading:
    telling = _family(family)
    return _Reading(telling, frozenset(family).difference(telling), given)


def _family(words: tuple[str, ...]) -> tuple[str, ...]:
    return tuple(word for word in words if word not in _PARTICLES and len(word) > 1) or words


def _apart(name: str) -> str:
    """Part capitals that were run together behind a family name, as in "Chan DKY"."""
    return name if name.isupper() else _INITIALS.sub(lambda found: " ".join(found[0]), name)


@lru_cache(maxsize=_CACHED)
def _words(name: str) -> tuple[str, ...]:
    """The words of a name in Latin letters where the script has them, without suffixes."""
    found = tuple(_WORD.findall(romanise(name)))
    return tuple(word for word in found if word not in _SUFFIXES) or found


def _is_latin(name: str) -> bool | None:
    letters = [letter for letter in romanise(name) if letter.isalpha()]
    if not letters:
        return None
    return any(unicodedata.name(letter, "").startswith("LATIN") for letter in letters)
