"""How alike two descriptions are, field by field: a level for each, and never a sum.

Each level is one of a few words, so that a verdict can be written out and so that the same pair always gets the
same answer in either order.
"""

from enum import IntEnum
from typing import NamedTuple

from rapidfuzz.fuzz import ratio, token_sort_ratio

from harvester.match.features import Features
from harvester.match.names import Byline, Person, same_person
from harvester.match.places import Pages, same_container, tells_no_meeting
from harvester.match.titles import Wording

__all__ = ["Level", "Likeness", "have_nothing_in_common", "likeness"]


class Level(IntEnum):
    """How one field of two descriptions compares, from contradiction to agreement."""

    DIFFERENT = 0
    FAR = 1
    UNKNOWN = 2
    PART = 3
    NEAR = 4
    SAME = 5


class Likeness(NamedTuple):
    """The levels of a pair. `numbers` compares the numbers inside the titles, `part` what the titles count."""

    title: Level
    numbers: Level
    part: Level
    authors: Level
    year: Level
    container: Level
    volume: Level
    issue: Level
    pages: Level
    doi: Level
    pmid: Level
    abstract: Level


_NEAR_TITLE = 95.0
_FAR_TITLE = 82.0
_SHORTEST_TELLING = 24
_VARIANT = 60.0
_MOST_ISSUES = 53
_MOST = 0.6
_SEVERAL = 3
_SHORTEST_MAIN = 12
_NEAR_ABSTRACT = 90.0
_FAR_ABSTRACT = 60.0


def likeness(one: Features, other: Features) -> Likeness:
    """Compare two descriptions field by field; the order of the two does not matter."""
    title, worded = _titles(one, other)
    numbers = part = Level.UNKNOWN
    if worded:
        first, second = worded
        numbers = _numbers(first, second)
        part = (
            Level.SAME
            if first.part == second.part
            else Level.FAR
            if not (first.part and second.part)
            else Level.DIFFERENT
        )
    volume, issue, pages = _location(one, other)
    return Likeness(
        title,
        numbers,
        part,
        _authors(one.authors, other.authors),
        _years(one.year, other.year),
        _containers(one, other),
        volume,
        issue,
        pages,
        _values(one.doi, other.doi),
        max(_values(one.pmid, other.pmid), _values(one.pmcid, other.pmcid))
        if one.pmid == other.pmid
        else _values(one.pmid, other.pmid),
        _abstracts(one.abstract, other.abstract),
    )


def have_nothing_in_common(one: Features, other: Features) -> bool:
    """Say whether two descriptions share neither title nor place nor identifier: nothing else could make them one.

    Far cheaper than `likeness`, and true of most pairs that are worth a look.
    """
    for ours, theirs in ((one.doi, other.doi), (one.pmid, other.pmid), (one.pmcid, other.pmcid)):
        if ours and ours == theirs:
            return False
    if one.pages and other.pages and one.pages.first == other.pages.first:
        return False
    return _titles(one, other)[0] in (Level.DIFFERENT, Level.UNKNOWN)


def _titles(one: Features, other: Features) -> tuple[Level, tuple[Wording, Wording] | None]:
    if not one.title or not other.title:
        return Level.UNKNOWN, None
    best = _wordings(one.title, other.title)
    chosen = (one.title, other.title)
    if best < Level.NEAR and (one.other_titles or other.other_titles):
        for first in (one.title, *one.other_titles):
            for second in (other.title, *other.other_titles):
                if (level := _wordings(first, second)) > best:
                    best, chosen = level, (first, second)
    return best, chosen


def _wordings(one: Wording, other: Wording) -> Level:
    if one.text == other.text:
        return Level.SAME
    shorter, longer = sorted((one.text, other.text), key=lambda text: (len(text), text))
    alike = ratio(shorter, longer, score_cutoff=_FAR_TITLE)
    if alike >= _NEAR_TITLE:
        return Level.FAR if _says_otherwise(one, other) else Level.NEAR
    if len(shorter) >= _SHORTEST_TELLING and longer.startswith(shorter):
        return Level.PART
    if len(shorter) >= _SHORTEST_MAIN and (one.main == other.text or other.main == one.text):
        return Level.PART
    # A beginning that was cut, a subtitle in other words, words in another order.
    if len(shorter) >= _SHORTEST_TELLING and ratio(shorter, longer[: len(shorter)]) >= _NEAR_TITLE:
        return Level.PART
    if alike or token_sort_ratio(one.spaced, other.spaced) >= _NEAR_TITLE:
        return Level.FAR
    return Level.DIFFERENT


def _says_otherwise(one: Wording, other: Wording) -> bool:
    """Say whether a word stands in place of another, neither being a spelling of the other: adult, pediatric."""
    ours, theirs = set(one.words) - set(other.words), set(other.words) - set(one.words)
    for some, others in ((ours, theirs), (theirs, ours)):
        rest = "".join(sorted(others))
        for word in some:
            if rest and len(word) > 2 and word not in rest and all(ratio(word, each) < _VARIANT for each in others):
                return True
    return False


def _numbers(one: Wording, other: Wording) -> Level:
    if one.numbers == other.numbers or one.text == other.text:
        return Level.SAME
    if set(one.numbers) <= set(other.numbers) or set(other.numbers) <= set(one.numbers):
        return Level.FAR
    return Level.DIFFERENT


def _values(one: str | None, other: str | None) -> Level:
    if one is None or other is None:
        return Level.UNKNOWN
    return Level.SAME if one == other else Level.DIFFERENT


def _location(one: Features, other: Features) -> tuple[Level, Level, Level]:
    """Compare volume, issue and pages; fields that slipped by one, or were not final yet, say nothing."""
    volume, issue, pages = (
        _values(one.volume, other.volume),
        _values(one.issue, other.issue),
        _pages(one.pages, other.pages),
    )
    if volume == Level.UNKNOWN:
        for first, second in ((one, other), (other, one)):
            if first.volume or not second.volume:
                continue
            if first.issue == second.volume:
                volume, issue = Level.SAME, Level.UNKNOWN
                if first.pages and first.pages.first == second.issue:
                    pages = Level.UNKNOWN
            elif first.pages and first.pages.first == "1" and pages < Level.UNKNOWN:
                # Published ahead of its issue: the pages of the proof.
                pages = Level.UNKNOWN
    if issue == Level.DIFFERENT and _is_running(one.issue) and _is_running(other.issue):
        # Numbers beyond the weeks of a year run on over volumes, or are no issue numbers at all.
        issue = Level.FAR
    elif (
        issue == Level.DIFFERENT
        and "s" in (one.issue, other.issue)
        and one.issue
        and other.issue
        and one.issue[0] == other.issue[0]
    ):
        # "Suppl" beside "Suppl 2".
        issue = Level.FAR
    return volume, issue, pages


def _is_running(issue: str | None) -> bool:
    return issue is not None and issue.isdigit() and int(issue) > _MOST_ISSUES


def _years(one: int | None, other: int | None) -> Level:
    if one is None or other is None:
        return Level.UNKNOWN
    apart = abs(one - other)
    return Level.SAME if apart == 0 else Level.NEAR if apart == 1 else Level.DIFFERENT


def _containers(one: Features, other: Features) -> Level:
    if one.issns and not one.issns.isdisjoint(other.issns):
        return Level.SAME
    if not one.containers or not other.containers:
        return Level.UNKNOWN
    for first in one.containers:
        for second in other.containers:
            if first.words == second.words or same_container(*sorted((first, second), key=lambda each: each.words)):
                return Level.SAME
    if any(tells_no_meeting(first, second) for first in one.containers for second in other.containers):
        return Level.UNKNOWN
    words, more = set(one.containers[0].words), set(other.containers[0].words)
    shared = len(words & more)
    return Level.FAR if 2 * shared > min(len(words), len(more)) else Level.DIFFERENT


def _pages(one: Pages | None, other: Pages | None) -> Level:
    if one is None or other is None:
        return Level.UNKNOWN
    if one.first == other.first:
        return Level.SAME if one.last == other.last or not (one.last and other.last) else Level.NEAR
    if one.last and one.last == other.last:
        return Level.PART
    if one.first.lstrip("abcdefghijklmnopqrstuvwxyz") == other.first.lstrip("abcdefghijklmnopqrstuvwxyz"):
        return Level.PART
    return Level.DIFFERENT


def _abstracts(one: str | None, other: str | None) -> Level:
    if not one or not other:
        return Level.UNKNOWN
    if one == other:
        return Level.SAME
    size = min(len(one), len(other))
    alike = ratio(one[:size], other[:size])
    return Level.NEAR if alike >= _NEAR_ABSTRACT else Level.FAR if alike >= _FAR_ABSTRACT else Level.DIFFERENT


def _authors(one: Byline | None, other: Byline | None) -> Level:
    if one is None or other is None:
        return Level.UNKNOWN
    if not same_person(one.people[0], other.people[0]) and _words(one).isdisjoint(_words(other)):
        return Level.DIFFERENT
    shorter, longer = (one, other) if len(one.people) <= len(other.people) else (other, one)
    if len(shorter.people) == len(longer.people):
        if all(map(same_person, one.people, other.people)):
            return Level.SAME
        found = max(_found(one, other), _found(other, one))
    else:
        found = _found(shorter, longer)
    share = found / len(shorter.people)
    leads = _is_among(one.people[0], other) or _is_among(other.people[0], one)
    if (share == 1 and leads) or (share >= _MOST and found > 1 and _families(one) == _families(other)):
        return Level.NEAR
    if share >= _MOST and (leads or found >= _SEVERAL):
        return Level.PART
    return Level.FAR if found else Level.DIFFERENT


def _found(people: Byline, among: Byline) -> int:
    return sum(_is_among(person, among) for person in people.people)


def _is_among(person: Person, people: Byline) -> bool:
    return any(same_person(person, each) for each in people.people)


def _families(people: Byline) -> set[str]:
    return {person.family for person in people.people}


def _words(people: Byline) -> set[str]:
    return {word for person in people.people for word in (person.family, *person.parts, *person.given)}
