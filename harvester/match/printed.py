"""A reference made ready to be searched: its words in order, and what parts them.

Where the title of a work stands in a reference is told from likeness alone, but whether it is the title of what is
cited, or a piece of a longer one, is told by what stands around it: titles begin and end at punctuation, at a year or
a name, or where the journal begins.
"""

import re
from bisect import bisect_left, bisect_right
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass
from functools import cached_property
from itertools import product
from typing import NamedTuple

from rapidfuzz.distance.Levenshtein import distance
from rapidfuzz.fuzz import partial_ratio_alignment

from harvester.folding import fold, romanise, vocabulary
from harvester.match.names import Person
from harvester.match.places import Container, container
from harvester.match.slips import differ, is_misread, mended
from harvester.match.titles import Wording, wording
from harvester.model import Reference

__all__ = ["Place", "Printed", "printed", "size"]


class Place(NamedTuple):
    """Where a title stands: its first and last word, how alike it is, and whether it begins and ends there.

    `goes_on` is True where a colon or a dash follows, and so perhaps a subtitle.
    """

    first: int
    last: int
    score: float
    begins: bool
    ends: bool
    goes_on: bool


_LONGEST = 5_000
_WORD = re.compile(r"[^\W_]+")
_NUMBER = re.compile(r"([a-z]{0,6})(\d{1,16})([a-z]?)")
_YEAR = re.compile(r"(1[5-9]\d\d|20\d\d)[a-z]?")
_PARTING = re.compile(r"[.,:;?!\"“”„«»()\[\]{}/|<>。，、；：「」『』《》]")
_COMMA = re.compile(r"[,;&，；、]")
_SUBTITLE = re.compile(r"^\s*:|^\s+[-–—]+\s")
_DASH = re.compile(r"^\s*[-–—‐‑−]+\s*$")
_ELISION = re.compile(r"\b[dDlL]['’](?=\w)")
_UNSPACED = re.compile(r"[\u3040-\u30ff\u3400-\u9fff\uac00-\ud7af\uf900-\ufaff]")
_SAME = 97.0
_NEAR = 90.0
_SHORTEST = 18
_FEWEST_LEFT = 18
_LONGEST_NAME = 14
_FRONT = 6
_LONG_NAME = 5
_SKIPPED = 2
_FEWEST_LETTERS = 4
_CONTRACTED = 5
_YEAR_DIGITS = 4
_ISSUE = vocabulary("no nr num number issue iss heft")
_CLOSING = re.compile(r"[,;:(\[/]|//")
# Words that names of journals are printed with and without.
_BESIDE = vocabulary("the in der die das le la les el los il of and for journal magazine")
_VOLUME = vocabulary("vol v volume no bd band jg tome t suppl supplement p pp")
_NOBODY = vocabulary("anonymous anon")
_NUMERALS = vocabulary("ii iii iv vi vii viii ix xi xii")
_PARTS = vocabulary(
    "part pt parts phase chapter book teil partie parte deel study series paper section stage wave report experiment"
)
_COUNTED = re.compile(r"\d{1,2}|[ivx]{1,4}|[a-d]|one|two|three|four|five|first|second|third|fourth|fifth")


def size(title: Wording) -> int:
    """Say how much a title tells, in letters; a Chinese, Japanese or Korean character tells as much as three.

    >>> size(wording("Peers")), size(wording("同伴支持"))
    (5, 12)
    """
    if title.text.isascii():
        return len(title.text)
    return len(title.text) + 2 * len(_UNSPACED.findall(title.text))


@dataclass(frozen=True)
class Printed:
    """A reference, folded. `gaps[n]` is what stands in front of word n; the last one what follows them all."""

    reference: Reference
    order: tuple[str, ...]
    gaps: tuple[str, ...]
    starts: tuple[int, ...]
    spaced: str
    title: Wording | None
    container: Container | None

    @cached_property
    def words(self) -> frozenset[str]:
        """Every word, numbers without zeros in front too."""
        return frozenset(self.order) | {word.lstrip("0") for word in self.order if word[0] == "0"}

    @cached_property
    def mended(self) -> tuple[str, ...]:
        """The words in order, with digits and letters that scanners confuse set right: `20l6`, `tw0`."""
        return tuple(map(mended, self.order))

    @cached_property
    def letters(self) -> str:
        """The words without spaces."""
        return "".join(self.order)

    @cached_property
    def names(self) -> tuple[str, ...]:
        """The words as they are compared with names."""
        return tuple(_WORD.findall(romanise(_text(self.reference))))

    @cached_property
    def all_names(self) -> frozenset[str]:
        """The same without order."""
        return frozenset(self.names)

    @cached_property
    def front(self) -> int:
        """The place of the first word that is no number in a list."""
        return next((place for place, word in enumerate(self.order) if not word.isdigit()), 0)

    @cached_property
    def is_anonymous(self) -> bool:
        """Whether a source parted the reference into fields and found no author."""
        return self.reference.text is None and self.reference.author is None

    @cached_property
    def unelided(self) -> tuple[str, ...]:
        """The words with "l'" and "d'" left out, as names of journals are compared."""
        found = tuple(_WORD.findall(fold(_ELISION.sub("", _text(self.reference)))))
        return found if len(found) == len(self.order) else self.order

    def years(self, outside: Place | None) -> set[int]:
        """Years in the reference: the field of the source, else all that stand outside the title."""
        if self.reference.year:
            return {self.reference.year}
        return {year for place, year in self._years if not _is_within(place, outside)}

    @cached_property
    def _years(self) -> list[tuple[int, int]]:
        return [(place, int(year[1])) for place, word in enumerate(self.mended) if (year := _YEAR.fullmatch(word))]

    def numbers(self, outside: Place | None) -> list[str]:
        """Numbers that may be volumes and first pages: no issues, no last pages, none of the title or in front."""
        return [number for place, number in self._numbers if not _is_within(place, outside)]

    @cached_property
    def _numbers(self) -> list[tuple[int, str]]:
        found = []
        for place, word in enumerate(self.order[self.front :], start=self.front):
            number = _NUMBER.fullmatch(self.mended[place]) or _NUMBER.fullmatch(word)
            if number and not self._is_aside(place):
                found.append((place, number[1] + number[2].lstrip("0") + number[3]))
        return found

    def _is_aside(self, place: int) -> bool:
        """Say whether a number is an issue, in brackets or by name, or the last page behind a dash."""
        before, after = self.gaps[place], self.gaps[place + 1]
        if place and self.order[place - 1][-1].isdigit() and _DASH.match(before):
            return True
        is_bracketed = before.rstrip().endswith("(") and len(self.order[place]) < _YEAR_DIGITS
        return is_bracketed or after.startswith(")") or (place > 0 and self.order[place - 1] in _ISSUE)

    def find(self, title: Wording) -> Place | None:
        """Find where a title stands, or what reads nearly like it."""
        if len(self.spaced) < len(title.spaced) * 0.9:
            return None
        if size(title) < _SHORTEST:
            return self._find_short(title)
        found = partial_ratio_alignment(title.spaced, self.spaced, score_cutoff=_NEAR)
        if found is None:
            return None
        first = min(bisect_left(self.starts, found.dest_start - 1), len(self.starts) - 1)
        last = max(bisect_right(self.starts, found.dest_end - 1) - 1, first)
        # A slip makes the place shorter or longer by a letter or two, so its ends may be off by a word.
        around = (0,) if found.score >= _SAME else (0, -1, 1)
        firsts = [first + step for step in around if self._begins(first + step)]
        lasts = [last + step for step in around if self._ends(last + step)]
        spans = [span for span in product(firsts or [first], lasts or [last]) if 0 <= span[0] <= span[1]]
        first, last = min(spans or [(first, last)], key=lambda span: self._distance(span, title))
        goes_on = bool(_SUBTITLE.match(self._after(last)))
        return Place(first, last, found.score, first in firsts, last in lasts, goes_on)

    def _distance(self, span: tuple[int, int], title: Wording) -> int:
        return distance("".join(self.order[span[0] : span[1] + 1]), title.text)

    def _find_short(self, title: Wording) -> Place | None:
        """Find a title of a word or two: only whole, and only between marks."""
        words = tuple(title.words)
        for first in range(len(self.order) - len(words) + 1):
            last = first + len(words) - 1
            if self.order[first : last + 1] == words and self._begins(first) and self._ends(last):
                return Place(first, last, 100.0, True, True, bool(_SUBTITLE.match(self._after(last))))
        return None

    def broken(self, title: Wording) -> Place | None:
        """Find where a title begins with which the reference breaks off."""
        for first, start in self._beginnings.items():
            rest = len(self.letters) - start
            if _FEWEST_LEFT <= rest < len(title.text) and title.text.startswith(self.letters[start:]):
                return Place(first, len(self.order) - 1, 100.0, True, False, False)
        return None

    def length(self, place: Place) -> int:
        """Count the letters of a place."""
        return sum(map(len, self.order[place.first : place.last + 1]))

    @cached_property
    def _beginnings(self) -> dict[int, int]:
        """The words with which a title may begin, and where these stand among the letters."""
        found, length = {}, 0
        for place, word in enumerate(self.order):
            if self._begins(place):
                found[place] = length
            length += len(word)
        return found

    def has_main(self, title: Wording) -> bool:
        """Say whether the title stands there without its subtitle, and with no other one."""
        main = title.main
        if len(main) < _SHORTEST or main == title.text:
            return False
        start = self.letters.find(main)
        if start < 0 or start not in self._beginnings.values():
            return False
        length = 0
        for place, word in enumerate(self.order):
            length += len(word)
            if length == start + len(main):
                return self._ends(place) and not _SUBTITLE.match(self._after(place))
        return False

    def _begins(self, place: int) -> bool:
        """Say whether a title may begin with this word: behind a mark, a year, an initial, or nothing."""
        if place <= self.front or place >= len(self.order):
            return place <= self.front
        before = self.order[place - 1]
        return bool(_PARTING.search(self.gaps[place])) or bool(_YEAR.fullmatch(before)) or self._ends_author(place)

    def _ends_author(self, place: int) -> bool:
        author = self.reference.author
        return self.reference.text is None and bool(author) and place == len(_WORD.findall(fold(author or "")))

    def _ends(self, place: int) -> bool:
        """Say whether a title may end with this word."""
        if place < 0 or place >= len(self.order):
            return False
        return (
            place == len(self.order) - 1
            or bool(_PARTING.search(self._after(place)))
            or bool(_SUBTITLE.match(self._after(place)))
            or self.order[place + 1].isdigit()
        )

    def _after(self, place: int) -> str:
        return self.gaps[place + 1]

    def differs(self, place: Place, title: Wording) -> bool:
        """Say whether a word is another one there: "noncardiovascular" is no slip for "cardiovascular"."""
        own, there = tuple(map(mended, title.words)), self.mended[place.first : place.last + 1]
        return own != there and differ(own, there)

    def before(self, place: Place, *, words: int = 4) -> Sequence[str]:
        """The last words in front of a title."""
        return self.order[max(0, place.first - words) : place.first]

    def counts_on(self, place: Place, title: Wording, *, but: Collection[str | None]) -> bool:
        """Say whether behind the title stands a part that the title does not name; `but` are known numbers."""
        following = self.order[place.last + 1 : place.last + 3]
        if title.part or not following:
            return False
        word = following[0]
        if word in _PARTS and len(following) > 1:
            return bool(_COUNTED.fullmatch(following[1]))
        is_bare = not set("([") & set(self._after(place.last))
        return word in _NUMERALS or (is_bare and len(word) == 1 and word in "23456789" and word not in but)

    def leads(self, place: Place) -> bool:
        """Say whether nobody is named in front of the title."""
        before = self.order[self.front : place.first]
        return all(word in _NOBODY or _YEAR.fullmatch(word) for word in before)

    def names_first(self, person: Person, place: Place | None) -> bool:
        """Say whether a person stands where first authors do: in front, or right behind a title that leads.

        Whatever comes first, family or given name, the family name stands before the first comma.
        """
        author = self.reference.author
        if author:
            return _is_among(person, _first_name(author))
        starts = [self.front]
        if place and place.first <= self.front + 1:
            starts.append(place.last + 1)
        return any(_is_among(person, self._first_name(start)) for start in starts)

    def _first_name(self, start: int) -> tuple[str, ...]:
        end = start + 1
        while end < min(start + _LONGEST_NAME, len(self.order)) and not _COMMA.search(self.gaps[end]):
            end += 1
        return self.names[start:end]

    def has(self, person: Person) -> bool:
        """Say whether a person's family name stands anywhere."""
        return any(name in self.all_names for name in _spellings(person)) or (
            bool(person.parts) and set(person.parts) <= self.all_names
        )

    def prints(self, name: Container, outside: Place | None) -> bool:
        """Look for a journal or its abbreviation, which begins and ends there: `Brain` is not `Brain Research`."""
        return any(
            self._prints(words, start)
            for words in {name.main, name.words}
            for start in self._starting(words[0][0], "".join(word[0] for word in words))
            if not _is_within(start, outside)
        )

    def _starting(self, letter: str, acronym: str) -> list[int]:
        """The words that a name may begin with, or be."""
        return [
            place
            for place, word in enumerate(self.unelided)
            if word[0] == letter or len(word) > _LONG_NAME or word == acronym
        ]

    def _prints(self, name: tuple[str, ...], start: int) -> bool:
        order = self.unelided
        if len(name) > 2 and order[start] == "".join(word[0] for word in name):
            return True
        if not (_shortens(order[start], name[0]) and self._begins_name(start)):
            return False
        # ISO 4 does not abbreviate names of a single word.
        if len(name) == 1:
            end = start if order[start] == name[0] or is_misread(order[start], name[0]) else None
        else:
            end = _end_of(name, order, start)
        if end is None:
            return False
        is_whole = order[end] == name[-1]
        while end + 1 < len(order) and (len(order[end + 1]) == 1 or order[end + 1] in _BESIDE):
            end += 1
        after = self._after(end)
        return (
            end == len(order) - 1
            or bool(_CLOSING.search(after))
            or order[end + 1][0].isdigit()
            or order[end + 1] in _VOLUME
            or ("." in after and is_whole)
        )

    def _begins_name(self, place: int) -> bool:
        while place and self.order[place - 1] in _BESIDE and not _PARTING.search(self.gaps[place]):
            place -= 1
        return self._begins(place) or self.order[place] in _BESIDE


def _is_within(place: int, title: Place | None) -> bool:
    return title is not None and title.first <= place <= title.last


def printed(reference: Reference) -> Printed:
    """Make a reference ready."""
    folded = fold(_text(reference))
    order: list[str] = []
    gaps: list[str] = []
    end = 0
    for found in _WORD.finditer(folded):
        order.append(found[0])
        gaps.append(folded[end : found.start()])
        end = found.end()
    gaps.append(folded[end:])
    starts, length = [], 0
    for word in order:
        starts.append(length)
        length += len(word) + 1
    return Printed(
        reference=reference,
        order=tuple(order),
        gaps=tuple(gaps),
        starts=tuple(starts),
        spaced=" ".join(order),
        title=wording(reference.title),
        container=container(reference.venue),
    )


def _text(reference: Reference) -> str:
    """The reference as printed, else its fields, parted as a style would part them."""
    fields = (
        reference.author,
        str(reference.year) if reference.year else None,
        reference.title,
        reference.venue,
        reference.volume,
        reference.issue,
        reference.first_page,
    )
    return (reference.text or ". ".join(filter(None, fields)))[:_LONGEST]


def _spellings(person: Person) -> Iterator[str]:
    """A family name, and where the script has no spaces the whole name."""
    yield person.family
    if person.given and _UNSPACED.search(person.family):
        yield person.family + "".join(person.given)


def _first_name(author: str) -> tuple[str, ...]:
    return tuple(_WORD.findall(romanise(_COMMA.split(author)[0])))[:_LONGEST_NAME]


def _is_among(person: Person, words: tuple[str, ...]) -> bool:
    if len(person.given) > 1 and {person.family, *person.given} <= set(words):
        # An organisation, whose name is longer than that of a person.
        return True
    words = words[:_FRONT]
    if any(name in words for name in _spellings(person)) or "".join(words).startswith(person.family):
        return True
    if person.parts and (set(person.parts) <= set(words) or person.parts[0] in words or person.parts[-1] in words):
        return True
    return len(person.family) >= _LONG_NAME and any(
        len(word) >= _LONG_NAME and distance(person.family, word, score_cutoff=1) <= 1 for word in words
    )


def _end_of(name: tuple[str, ...], order: tuple[str, ...], start: int) -> int | None:
    """Give the last word of a name that begins at a word: its words or their beginnings, one after another."""
    place, letters, skipped = start, 0, 0
    for part in name:
        while place < len(order) and not _shortens(order[place], part):
            skipped += 1
            place += 1
            if skipped > _SKIPPED + len(name) // 3:
                return None
        if place >= len(order):
            return None
        letters = max(letters, len(order[place]))
        place += 1
    return place - 1 if letters >= _FEWEST_LETTERS or place - start == len(name) <= _FEWEST_LETTERS else None


def _shortens(word: str, full: str) -> bool:
    """Say whether a word may stand for another: its beginning, a contraction, another ending, or a misreading."""
    if not word:
        return False
    if full.startswith(word):
        return True
    if word[0] != full[0]:
        return is_misread(word, full)
    letters = iter(full)
    if 2 < len(word) <= _CONTRACTED and all(letter in letters for letter in word):
        return True
    return (len(word) > _CONTRACTED and word[:_CONTRACTED] == full[:_CONTRACTED]) or is_misread(word, full)
