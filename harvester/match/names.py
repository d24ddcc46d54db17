"""Authors are compared as people write them: initials, particles, order and transliteration in mind.

A byline is compared by family names, with given names as a second opinion: databases shorten given names, swap the
two, drop particles, cut the list with "et al.", and at times run the whole list together as one name.
"""

import re
from collections.abc import Sequence
from functools import lru_cache
from typing import NamedTuple

from rapidfuzz.distance.Levenshtein import distance

from harvester.folding import romanise, vocabulary
from harvester.markup import clean

__all__ = ["Byline", "Person", "byline", "same_person"]


class Person(NamedTuple):
    """One name: `family` without spaces, its `parts` where it has several, and the `given` names or initials."""

    family: str
    given: tuple[str, ...]
    parts: tuple[str, ...] = ()

    def words(self) -> set[str]:
        """Every word of two letters and more, by which a swapped order is recognised."""
        return {word for word in (self.family, *self.parts, *self.given) if len(word) > 1}


class Byline(NamedTuple):
    """The authors as given: `people` in order, and whether the list says that it is cut."""

    people: tuple[Person, ...]
    is_cut: bool


_WORD = re.compile(r"[^\W_]+")
_JOINT = re.compile(r"[\s.\-]+")
_SURNAMES_TOO = vocabulary("das do san")
"""Particles that are family names by themselves more often than they are parted from one by mistake."""

_PARTICLES = vocabulary(
    """
    von van der den de del della dei di du da das dos do la le les el al bin ibn ben ter ten zu zur vom af av st
    san y e
    """
)
_SUFFIXES = vocabulary("jr sr ii iii iv phd md dr prof")
_NOBODY = re.compile(
    r"^\W*(?:unknown|anon(?:ymous)?|no\s+authors?(?:\s+listed)?|none(?:\s+listed)?|n\s*/?\s*a|null|\[?anonymous\]?)\W*$",
    re.IGNORECASE,
)
_ET_AL = re.compile(r"(?:,|\s|^)\W{0,3}(?:et\.?\s*al\b\.?|and\s+others|others|u\.\s*a\.|etc\.?)\W{0,3}$", re.IGNORECASE)
# "Adeli K.Lewis G. F.": EndNote lists that lost their line breaks.
_RUN_TOGETHER = re.compile(r"(?<=[A-Z]\.)(?=[^\W\d_]['’]?[^\W\d_])(?!\s)")
_SEVERAL = re.compile(r"\s*;\s*|\s+and\s+|\s+&\s+|\s*\|\s*|\r?\n")
_INITIALS = re.compile(r"(?:[A-ZÀ-Þ]\.?[\s-]?){1,4}")
_LONGEST_INITIALS = 4
_LONG_NAME = 5
_SLIPS = 1
_CACHED = 131_072
# Thousands sign a paper in physics, and lists are compared name by name.
_MOST_PEOPLE = 50
_LONGEST = 5_000


def byline(authors: Sequence[tuple[str | None, str | None]] | None) -> Byline | None:
    """Read a list of (family, given) names; None when nobody is named.

    A name without given part is taken apart by its own punctuation, and may hold several people.

    >>> [person.family for person in byline([("Adeli K.Lewis G. F.", None)]).people]
    ['adeli', 'lewis']
    >>> byline([("van der Berg", "J. A.")]).people[0].family
    'berg'
    """
    people: list[Person] = []
    is_cut = False
    for family, given in authors or ():
        if len(people) > _MOST_PEOPLE:
            break
        if given:
            if person := _person(family or "", given):
                people.append(person)
            continue
        text = (family or "")[:_LONGEST]
        if "&" in text and ";" in text:
            text = clean(text)
        if _NOBODY.match(text):
            continue
        if shorter := _ET_AL.search(text):
            is_cut = True
            text = text[: shorter.start()]
        people += [person for name in _separated(text) if (person := _whole(name))]
    if not people:
        return None
    return Byline(tuple(people[:_MOST_PEOPLE]), is_cut or len(people) > _MOST_PEOPLE)


def same_person(one: Person, other: Person) -> bool:
    """Say whether two names may be one person's: the same family name, and given names that do not differ.

    >>> same_person(byline([("Müller", "Hans-Peter")]).people[0], byline([("Mueller HP", None)]).people[0])
    True
    >>> same_person(byline([("Hall", "Laura L")]).people[0], byline([("Hall", "Gillian")]).people[0])
    False
    >>> same_person(byline([("Das", "Ravi K.")]).people[0], byline([("Das RK", None)]).people[0])
    True
    """
    if one.family == other.family:
        return _agree(one.given, other.given)
    if _is_swapped(one, other) or _is_swapped(other, one):
        return True
    if (
        min(len(one.family), len(other.family)) >= _LONG_NAME
        and one.family[0] == other.family[0]
        and distance(one.family, other.family, score_cutoff=_SLIPS) <= _SLIPS
    ):
        # Slips and rival transliterations: Vishnevskii, Vishnevski, Vishnevskij.
        return _agree(one.given, other.given)
    if (
        one.given == other.given
        and any(len(name) > 1 for name in one.given)
        and distance(one.family, other.family, score_cutoff=_SLIPS) <= _SLIPS
    ):
        # An accented letter that an encoding lost: zsu, M. Tamer.
        return True
    if not (one.parts or other.parts or (one.given and other.given)):
        return False
    ours, theirs = one.words(), other.words()
    # "Garcia" beside "Garcia Marquez"; the same names, parted elsewhere.
    return len(ours & theirs) > 1 or ((one.family in theirs or other.family in ours) and _agree(one.given, other.given))


def _is_swapped(one: Person, other: Person) -> bool:
    """Recognise "Andrea, C." for Carignani, Andrea: family and given name have changed places."""
    return one.family in other.given and any(name == other.family or name == other.family[0] for name in one.given)


def _agree(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Compare given names: by first letters, and in full where both are written out."""
    if not one or not other:
        return True
    if one[0][0] == other[0][0]:
        return True
    # "Thomas, J. Robert" beside "Robert J. Thomas", "M. Kariuki" beside "Kariuki M.", "Kevin" beside "Yili Kevin".
    ours, theirs = {name[0] for name in one}, {name[0] for name in other}
    return ours <= theirs or theirs <= ours


def _separated(text: str) -> list[str]:
    if ";" in text or " and " in text or " & " in text or "|" in text or "\n" in text:
        return [name for name in _SEVERAL.split(text) if name]
    if "." in text:
        names = _RUN_TOGETHER.split(text)
        if len(names) > 1:
            return names
    if text.count(",") > 1:
        parts = [part.strip() for part in text.split(",")]
        if all(_INITIALS.fullmatch(part) for part in parts[1::2]):
            return [", ".join(parts[place : place + 2]) for place in range(0, len(parts), 2)]
        if not any(_INITIALS.fullmatch(part) for part in parts):
            return parts
    return [text]


@lru_cache(maxsize=_CACHED)
def _whole(name: str) -> Person | None:
    """Read a name that is not parted into family and given."""
    if "," in name:
        family, _, given = name.partition(",")
        return _person(family, given)
    parts = name.split()
    if len(parts) < 2:
        return _person(name, "")
    last = parts[-1].replace(".", "").replace("-", "")
    if len(last) <= _LONGEST_INITIALS and last.isupper() and not name.isupper():
        place = next(place for place in range(len(parts)) if all(_are_initials(part) for part in parts[place:]))
        return _person(" ".join(parts[:place]) or parts[0], " ".join(parts[place:]))
    return _person(parts[-1], " ".join(parts[:-1]))


def _are_initials(part: str) -> bool:
    letters = part.replace(".", "").replace("-", "")
    return len(letters) <= _LONGEST_INITIALS and letters.isupper()


@lru_cache(maxsize=_CACHED)
def _person(family: str, given: str) -> Person | None:
    parts, given_names = _family(family), _given(given)
    is_cut = len(given_names) > 1 and len(given_names[0]) > 1 and not set(parts) <= _SURNAMES_TOO
    if is_cut and all(word in _PARTICLES for word in parts):
        # "Le, Quintrec M."; but Le, Minh and Das, Ravi K. have such a family name.
        return _whole(given.strip())
    return Person("".join(parts), given_names, parts if len(parts) > 1 else ()) if parts else None


@lru_cache(maxsize=_CACHED)
def _family(family: str) -> tuple[str, ...]:
    """Split a family name; particles go, unless they are all there is."""
    found = tuple(word for word in _WORD.findall(romanise(family)) if word not in _SUFFIXES)
    return tuple(word for word in found if word not in _PARTICLES) or found


@lru_cache(maxsize=_CACHED)
def _given(given: str) -> tuple[str, ...]:
    """Split given names; capitals run together ("HP", "J.A.") are initials."""
    names: list[str] = []
    for part in _JOINT.split(given) if given else ():
        if 1 < len(part) <= _LONGEST_INITIALS and part.isupper() and part.isascii() and part.lower() not in _SUFFIXES:
            names.extend(part.lower())
        else:
            names.extend(
                word
                for word in _WORD.findall(romanise(part))
                if word not in _SUFFIXES and (len(word) == 1 or word not in _PARTICLES)
            )
    return tuple(names)
