"""Whether a work is what an expression describes, judged on the work's own record.

Words are looked for in texts (a title, an abstract, a name) by the letters that they begin with; only a text that
has all the letters of a phrase is cut into words. Phrases and proximity follow Lucene, as OpenAlex's search does,
so that a search can be accounted for record by record.

Where no abstract is known, an expression can be judged as if there were none, or with a third answer, None, for
what an abstract could decide (Kleene's strong logic of three values).
"""

import re
from bisect import bisect_left
from collections.abc import Callable, Iterable, Mapping, Sequence
from functools import lru_cache
from types import MappingProxyType
from typing import Literal, NamedTuple, TypeAlias

from harvester.expression.settle import is_exact
from harvester.expression.tree import And, Expression, Fact, Near, Not, Or, Term, TextField, Years, is_pattern
from harvester.expression.words import STOP, beginning, is_stemmed, like, pieces, root, says_nothing, stem, tokens
from harvester.model import Bibliography, Record, Work

__all__ = ["Described", "described", "matcher"]


class Described(NamedTuple):
    """What an expression can ask of a work."""

    titles: tuple[str, ...]
    abstracts: tuple[str, ...] | None
    """None: not known."""
    authors: tuple[str, ...]
    venues: tuple[str, ...]
    year: int | None
    facts: Mapping[str, frozenset[str]]
    """Each of `tree.FACTS` that something is known of, with its values in lower case."""


Verdict: TypeAlias = bool | None
Judge: TypeAlias = Callable[[Described], Verdict]
UnknownAbstract: TypeAlias = Literal["empty", "unknown"]


def described(work: Bibliography, *, facts: Mapping[str, frozenset[str]] = MappingProxyType({})) -> Described:
    """Take from a record or a merged work what expressions can ask of it; `facts` are added, and win.

    A subtitle follows its title, as on the page, so that a phrase may run across the colon.
    """
    title = ": ".join(part for part in (work.title, work.subtitle) if part)
    sections = "\n".join(f"{part.label}: {part.text}" if part.label else part.text for part in work.abstract_sections)
    abstracts = _given(work.abstract or sections, *(other.text for other in work.other_abstracts))
    venue = work.venue
    is_open = work.open_access.is_open if work.open_access else None
    sources = (work.source,) if isinstance(work, Record) else work.sources if isinstance(work, Work) else ()
    known = {
        "type": (work.type,),
        "language": (work.language,),
        "source": sources,
        "retracted": (_truth(work.is_retracted),),
        "open_access": (_truth(is_open),),
    }
    values = {field: frozenset(value.lower() for value in given if value) for field, given in known.items()}
    return Described(
        titles=_given(title, *(other.text for other in work.other_titles)),
        abstracts=abstracts or None,
        authors=_given(*(author.name for author in work.authors or ())),
        venues=_given(venue.name, venue.short_name, venue.series) if venue else (),
        year=work.year,
        facts={**{field: held for field, held in values.items() if held}, **facts},
    )


def _given(*texts: str | None) -> tuple[str, ...]:
    return tuple(dict.fromkeys(text for text in texts if text))


def _truth(value: bool | None) -> str | None:
    return None if value is None else str(value)


def matcher(expression: Expression, *, exact: bool | None = None, unknown_abstract: UnknownAbstract = "empty") -> Judge:
    """Give the test whether a work is what the expression describes.

    `exact` compares words as they are written instead of by their stems; None does what the expression asks for
    (`settle.is_exact`). With `unknown_abstract="unknown"` the test answers None where an abstract that nobody
    knows could decide; True and False then hold whatever it says.

    >>> work = Described(("Peer support workers",), None, (), (), 2020, {})
    >>> matcher(Term("text", ("peer", "worker"), slop=1))(work)
    True
    >>> matcher(Term("text", ("recovery",)), unknown_abstract="unknown")(work) is None
    True
    """
    compiled = _compiled(
        expression,
        exact=is_exact(expression) if exact is None else exact,
        unsure=None if unknown_abstract == "unknown" else False,
    )
    return compiled or (lambda _: False)


def _compiled(expression: Expression, *, exact: bool, unsure: Verdict) -> Judge | None:
    """None stands for what says nothing, and is left out of what surrounds it."""
    if isinstance(expression, And | Or):
        # What is cheap to judge goes first; the answer does not depend on the order.
        parts = sorted(expression.parts, key=_is_wordy)
        judges = [judge for part in parts if (judge := _compiled(part, exact=exact, unsure=unsure))]
        if len(judges) < 2:
            return judges[0] if judges else None
        return _joined(judges, decisive=isinstance(expression, Or))
    if isinstance(expression, Not):
        inner = _compiled(expression.part, exact=exact, unsure=unsure)
        return None if inner is None else _negated(inner)
    if isinstance(expression, Years):
        return _in_years(expression.first, expression.last)
    if isinstance(expression, Fact):
        return _has_fact(expression.field, expression.value)
    found = _finder(expression, stemmed=is_stemmed(expression.field, exact=exact))
    return None if found is None else _somewhere(expression.field, found, unsure)


def _is_wordy(expression: Expression) -> bool:
    return not isinstance(expression, Years | Fact)


def _joined(judges: Sequence[Judge], *, decisive: bool) -> Judge:
    def judge(work: Described) -> Verdict:
        verdict: Verdict = not decisive
        for part in judges:
            found = part(work)
            if found is decisive:
                return found
            if found is None:
                verdict = None
        return verdict

    return judge


def _negated(inner: Judge) -> Judge:
    def judge(work: Described) -> Verdict:
        found = inner(work)
        return None if found is None else not found

    return judge


def _in_years(first: int | None, last: int | None) -> Judge:
    def judge(work: Described) -> bool:
        return work.year is not None and (first is None or first <= work.year) and (last is None or work.year <= last)

    return judge


def _has_fact(field: str, value: str) -> Judge:
    return lambda work: value in work.facts.get(field, ())


def _somewhere(field: TextField, found: "Finder", unsure: Verdict) -> Judge:
    """Look in every text of a field; `unsure` is the answer where it depends on an abstract nobody knows."""

    def anywhere(texts: Iterable[str]) -> bool:
        return any(found(_text(text)) for text in texts)

    if field == "title":
        return lambda work: anywhere(work.titles)
    if field == "author":
        return lambda work: anywhere(work.authors)
    if field == "venue":
        return lambda work: anywhere(work.venues)

    def judge(work: Described) -> Verdict:
        if field == "text" and anywhere(work.titles):
            return True
        return unsure if work.abstracts is None else anywhere(work.abstracts)

    return judge


class _Text:
    """A text, cut into words when these are first asked for."""

    __slots__ = ("_words", "lowered")

    def __init__(self, text: str) -> None:
        self.lowered = text.lower()
        self._words: list[str] | None = None

    @property
    def words(self) -> list[str]:
        if self._words is None:
            self._words = tokens(self.lowered)
        return self._words


# One work after another is judged, often by the parts of a strategy in turn, so a few texts are enough.
_text = lru_cache(maxsize=64)(_Text)

Finder: TypeAlias = Callable[[_Text], bool]


class _Asked(NamedTuple):
    """A word that is looked for."""

    offset: int
    """Its place among the words of its phrase, stop words counted."""
    letters: str
    """What every word that it finds begins with."""
    fits: Callable[[str], bool]
    """Whether a word that begins so is found."""

    def finds(self, word: str) -> bool:
        return word.startswith(self.letters) and self.fits(word)

    def places(self, text: _Text) -> list[int]:
        return [place for place, word in enumerate(text.words) if self.finds(word)]

    def stands(self, text: _Text, place: int) -> bool:
        return 0 <= place < len(text.words) and self.finds(text.words[place])


def _asked(words: Iterable[str], *, stemmed: bool) -> list[_Asked]:
    return [
        _asked_word(offset, piece, stemmed=stemmed)
        for offset, piece in enumerate(_flat(words))
        if not (stemmed and piece in STOP)
    ]


def _asked_word(offset: int, piece: str, *, stemmed: bool) -> _Asked:
    if is_pattern(piece):
        return _Asked(offset, re.split(r"[*?]", piece, maxsplit=1)[0], like(piece))
    if not stemmed:
        return _Asked(offset, piece, piece.__eq__)
    key = stem(piece)
    return _Asked(offset, root(key), lambda word: stem(word) == key)


def _flat(words: Iterable[str]) -> list[str]:
    return [piece for word in words for piece in pieces(word)]


def _finder(leaf: Term | Near, *, stemmed: bool) -> Finder | None:
    if isinstance(leaf, Term):
        asked = _asked(leaf.words, stemmed=stemmed)
        return _phrase(asked, leaf.slop) if asked else None
    sides = [side for side in (leaf.left, leaf.right) if not says_nothing(side, stemmed=stemmed)]
    if len(sides) < 2:
        return _phrase(_asked(sides[0], stemmed=stemmed), 0) if sides else None
    left, right = (_asked(side, stemmed=stemmed) for side in sides)
    return _near(left, len(_flat(leaf.left)), right, len(_flat(leaf.right)), leaf.distance)


def _phrase(asked: list[_Asked], slop: int) -> Finder:
    if len(asked) == 1:
        return _single(asked[0])

    def found(text: _Text) -> bool:
        if not _may_hold(text, asked):
            return False
        return _within(asked, text, slop) if slop else bool(_starts(asked, text))

    return found


def _single(word: _Asked) -> Finder:
    letters, fits = word.letters, word.fits
    return lambda text: letters in text.lowered and any(map(fits, beginning(letters, text.lowered)))


def _may_hold(text: _Text, asked: list[_Asked]) -> bool:
    return all(word.letters in text.lowered for word in asked)


def _starts(asked: list[_Asked], text: _Text) -> list[int]:
    """Where a phrase begins, if its stop words had their places."""
    first, *others = asked
    starts = (place - first.offset for place in first.places(text))
    return [start for start in starts if all(word.stands(text, start + word.offset) for word in others)]


def _near(left: list[_Asked], left_width: int, right: list[_Asked], right_width: int, distance: int) -> Finder:
    """As OpenAlex asks Elasticsearch: each side keeps its words together, the sides in either order.

    The two sides share no word, though Elasticsearch would let them; nobody means that by "near" (GitHub
    ourresearch/openalex-elastic-api core/search.py, `binary_proximity_query`).
    """

    def found(text: _Text) -> bool:
        if not _may_hold(text, left + right):
            return False
        lefts = _starts(left, text)
        rights = _starts(right, text) if lefts else []
        return _follows(lefts, left_width, rights, distance) or _follows(rights, right_width, lefts, distance)

    return found


def _follows(firsts: list[int], width: int, seconds: list[int], distance: int) -> bool:
    """Whether one of `seconds` begins behind the end of one of `firsts`, with so many words between at most."""
    for end in (start + width for start in firsts):
        at = bisect_left(seconds, end)
        if at < len(seconds) and seconds[at] <= end + distance:
            return True
    return False


def _within(asked: list[_Asked], text: _Text, slop: int) -> bool:
    """Whether a phrase is there with its words out of place by `slop` in all, as Lucene counts.

    How far a word is out is its place in the text less its place in the phrase; the largest and the smallest of
    these may differ by `slop`. A word that the phrase has twice must be there twice, as in Lucene; here no two
    words of the phrase ever share one place (GitHub apache/lucene, lucene/core/src/java/org/apache/lucene/search/
    SloppyPhraseMatcher.java).
    """
    places = [word.places(text) for word in asked]
    if not all(places):
        return False
    shared = len({place for found in places for place in found}) < sum(map(len, places))
    shifts = sorted((place - word.offset, number) for number, word in enumerate(asked) for place in places[number])
    inside = [0] * len(asked)
    lacking = len(asked)
    first = 0
    for last, (shift, number) in enumerate(shifts):
        lacking -= inside[number] == 0
        inside[number] += 1
        while shift - shifts[first][0] > slop:
            dropped = shifts[first][1]
            inside[dropped] -= 1
            lacking += inside[dropped] == 0
            first += 1
        if not lacking and (not shared or _each_has_one(_choices(asked, shifts[first : last + 1]))):
            return True
    return False


def _choices(asked: list[_Asked], shifts: list[tuple[int, int]]) -> list[list[int]]:
    choices: list[list[int]] = [[] for _ in asked]
    for shift, number in shifts:
        choices[number].append(shift + asked[number].offset)
    return choices


def _each_has_one(choices: list[list[int]]) -> bool:
    """Whether everyone can have one of their choices and nobody the same: bipartite matching, path by path."""
    holder: dict[int, int] = {}
    held: dict[int, int] = {}
    for newcomer in range(len(choices)):
        wanted_by: dict[int, int] = {}
        waiting = [newcomer]
        free = None
        while waiting and free is None:
            one = waiting.pop()
            for place in choices[one]:
                if place not in wanted_by:
                    wanted_by[place] = one
                    if place not in holder:
                        free = place
                        break
                    waiting.append(holder[place])
        if free is None:
            return False
        while free is not None:
            one = wanted_by[free]
            holder[free] = one
            held[one], free = free, held.get(one)
    return True
