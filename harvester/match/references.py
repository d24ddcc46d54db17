"""Is this reference that work? The work is looked for in the reference, as printed or as parsed.

A reference string has no fields that could be trusted: styles leave out titles, shorten names, and parsers guess. So
the question is turned round. Each thing that is known of the candidate (title, authors, year, volume, first page,
journal) is looked for in the string, and what was found decides. Where a source parted the reference into fields, a
field that says otherwise counts against.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum
from typing import NamedTuple

from rapidfuzz.fuzz import partial_ratio_alignment

from harvester.match.description import Description
from harvester.match.features import Features, features
from harvester.match.folding import fold, romanise, vocabulary
from harvester.match.judge import Decision, judge
from harvester.match.likeness import Level
from harvester.match.places import Container, container, pages, same_container, volume
from harvester.match.titles import Wording, wording
from harvester.match.verdict import Finding
from harvester.model import Reference

__all__ = ["Match", "Standing", "choose_work", "verify_reference"]


class Standing(StrEnum):
    """How sure a match is. Only EXACT and STRONG make a citation."""

    EXACT = "exact"
    STRONG = "strong"
    WEAK = "weak"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a reference: the work that it names, if any, how sure that is, and why.

    `keys` are the works: one, or for AMBIGUOUS those between which the reference does not tell.
    """

    standing: Standing
    keys: tuple[str, ...]
    reason: str
    findings: tuple[Finding, ...] = ()


class _Printed(NamedTuple):
    """A reference ready to be searched."""

    spaced: str
    words: frozenset[str]
    order: tuple[str, ...]
    names: frozenset[str]
    years: frozenset[int]
    reference: Reference
    title: Wording | None
    container: Container | None


class _Found(NamedTuple):
    """What of a candidate stands in a reference; `numbers` is False where its title counts otherwise."""

    title: Level
    numbers: bool
    lead: bool
    share: float
    year: Level
    volume: Level
    page: Level
    container: Level


_CORRECTING = vocabulary("erratum errata corrigendum corrigenda addendum addenda retraction")
_NOTICES = {
    "correction": _CORRECTING | vocabulary("correction corrections"),
    "retraction": vocabulary("retraction retracted withdrawal withdrawn"),
    "concern": vocabulary("concern"),
    "reply": vocabulary("reply replies response rejoinder rebuttal"),
    "comment": vocabulary("comment comments commentary re discussion"),
}
_WORD = re.compile(r"[^\W_]+")
_YEAR = re.compile(r"(?<!\d)(1[5-9]\d\d|20\d\d)[a-z]?(?!\d)")
_SAME_TITLE = 97.0
_NEAR_TITLE = 90.0
_SHORTEST = 18
_LONG = 40
_MOST = 0.5
_LONGEST = 5_000
_AFTER = 16


def verify_reference(reference: Reference, candidate: Description) -> Match:
    """Say whether a reference names a work, looking at nothing but the two.

    Never AMBIGUOUS: that takes several candidates, see `choose_work`.

    >>> text = "Hall L. Peer support at work in hospitals. J Ment Health 2019;12:345-50."
    >>> work = Description(
    ...     key="doi:10.1/x",
    ...     title="Peer support at work in hospitals",
    ...     authors=(("Hall", "Laura"),),
    ...     year=2019,
    ...     container="Journal of Mental Health",
    ...     volume="12",
    ...     first_page="345",
    ... )
    >>> verify_reference(Reference(source="crossref", position=1, text=text), work).standing
    <Standing.EXACT: 'exact'>
    """
    return _verify(_printed(reference), features(candidate))


def choose_work(reference: Reference, candidates: Iterable[Description]) -> Match:
    """Verify a reference against every candidate and name the one that it is, in whatever order they come.

    AMBIGUOUS where two candidates that are different works fit equally well.
    """
    printed = _printed(reference)
    ready = sorted(map(features, candidates), key=lambda each: each.key)
    found = [(match, each) for each in ready if (match := _verify(printed, each)).standing != Standing.NONE]
    for standing in (Standing.EXACT, Standing.STRONG, Standing.WEAK):
        best = [(match, each) for match, each in found if match.standing == standing]
        if len(best) == 1 or (best and _are_one(tuple(each for _, each in best))):
            return best[0][0]
        if best:
            keys = tuple(each.key for _, each in best)
            return Match(Standing.AMBIGUOUS, keys, f"{len(keys)} works fit equally well")
    return Match(Standing.NONE, (), "no candidate fits")


def _are_one(works: tuple[Features, ...]) -> bool:
    return all(judge(works[0], other).decision == Decision.SAME for other in works[1:])


def _printed(reference: Reference) -> _Printed:
    fields = (
        reference.author,
        str(reference.year) if reference.year else None,
        reference.title,
        reference.venue,
        reference.volume,
        reference.issue,
        reference.first_page,
    )
    text = reference.text or " ".join(filter(None, fields))
    folded = fold(text[:_LONGEST])
    order = tuple(_WORD.findall(folded))
    years = {int(year) for year in _YEAR.findall(folded)}
    return _Printed(
        spaced=" ".join(order),
        words=frozenset(order),
        order=order,
        names=frozenset(_WORD.findall(romanise(f"{reference.author or ''} {text[:_LONGEST]}"))),
        years=frozenset(years | ({reference.year} if reference.year else set())),
        reference=reference,
        title=wording(reference.title),
        container=container(reference.venue),
    )


def _verify(printed: _Printed, work: Features) -> Match:
    carried = {target.value for target in printed.reference.targets if target.scheme == "doi"}
    if carried and work.doi:
        if work.doi in carried:
            return Match(Standing.EXACT, (work.key,), "the reference carries its DOI")
        return Match(Standing.NONE, (), "the reference carries another DOI")
    found = _look(printed, work)
    standing, reason = _weigh(found, work)
    return Match(standing, (work.key,) if standing != Standing.NONE else (), reason, _findings(found, work))


def _weigh(found: _Found, work: Features) -> tuple[Standing, str]:
    against = [name for name in ("year", "volume", "page", "container") if getattr(found, name) == Level.DIFFERENT]
    placed = (found.volume == Level.SAME) + (found.page == Level.SAME)
    if not found.numbers:
        if found.title >= Level.NEAR and found.lead:
            return Standing.WEAK, "the title counts otherwise, or is that of a notice"
        return Standing.NONE, "the title counts otherwise, or is that of a notice"
    size = len(work.title.text) if work.title else 0
    if found.title >= Level.NEAR:
        if found.lead and found.year == Level.SAME and placed and not against:
            return Standing.EXACT, "title, first author, year, and volume or page"
        if found.lead and found.year == Level.SAME and len(against) <= (1 if size >= _LONG else 0):
            return Standing.STRONG, "title, first author and year"
        if found.lead and (found.year >= Level.NEAR or size >= _LONG) and placed == 2 - ("page" in against):
            return Standing.STRONG, "title, first author, volume and page"
        if found.share >= _MOST and found.year == Level.SAME and placed and not against:
            return Standing.STRONG, "title, authors, year, and volume or page"
        if found.lead and found.year >= Level.NEAR and size >= _LONG and not against:
            return Standing.STRONG, "a long title and the first author, the year off by one"
        if (
            found.year == Level.UNKNOWN
            and found.title == Level.SAME
            and size >= _LONG
            and found.lead
            and found.share >= _MOST
        ):
            return Standing.STRONG, "a long title and most authors, in a reference without a year"
        if work.authors is None and found.year == Level.SAME and placed == 2 and not against:
            return Standing.STRONG, "title, year, volume and page of a work without authors"
        return Standing.WEAK, "the title, and too little beside it"
    if found.lead and found.year == Level.SAME and placed == 2 and found.container == Level.SAME:
        if found.title == Level.DIFFERENT:
            return Standing.WEAK, "first author, year, journal, volume and page, under another title"
        return Standing.STRONG, "first author, year, journal, volume and page"
    if found.title == Level.PART and found.lead and found.year == Level.SAME and placed and not against:
        return Standing.STRONG, "most of the title, first author, year, and volume or page"
    if found.title == Level.PART and found.lead and found.year >= Level.NEAR:
        return Standing.WEAK, "a part of the title, first author and year"
    return Standing.NONE, "too little of it in the reference"


def _look(printed: _Printed, work: Features) -> _Found:
    title, numbers = _title(printed, work)
    people = work.authors.people if work.authors else ()
    present = [
        person.family in printed.names or (set(person.parts) <= printed.names and bool(person.parts))
        for person in people
    ]
    reference = printed.reference
    return _Found(
        title=title,
        numbers=numbers,
        lead=bool(present) and present[0],
        share=sum(present) / len(present) if present else 0.0,
        year=_year(printed, work.year),
        volume=_stands(volume(reference.volume), work.volume, printed.words),
        page=_stands(
            own.first if (own := pages(reference.first_page)) else None,
            work.pages.first if work.pages else None,
            printed.words,
        ),
        container=_container(printed, work),
    )


def _title(printed: _Printed, work: Features) -> tuple[Level, bool]:
    """Look for the titles of a work; tell how well the best is found, and whether it counts the same."""
    best, numbers = Level.UNKNOWN, True
    if printed.title:
        best = Level.DIFFERENT
    for title in (work.title, *work.other_titles):
        if title is None or len(title.text) < _SHORTEST:
            continue
        place = partial_ratio_alignment(title.spaced, printed.spaced, score_cutoff=_NEAR_TITLE)
        if place is None or len(printed.spaced) < len(title.spaced) * 0.9:
            level = Level.PART if _has_part(printed, title) else best
        else:
            level = Level.SAME if place.score >= _SAME_TITLE else Level.NEAR
        if level > best or (level == best and level >= Level.PART):
            there = printed.spaced[place.dest_start : place.dest_end + _AFTER] if place else printed.spaced
            best, numbers = level, _counts_alike(title, there) and _is_same_notice(title, printed.words)
    return best, numbers


def _has_part(printed: _Printed, title: Wording) -> bool:
    """Say whether the title before its subtitle is there, or the title was cut in the reference."""
    if len(title.main) >= _SHORTEST and title.main != title.text and title.main in printed.spaced.replace(" ", ""):
        return True
    if not printed.title or len(printed.title.text) < _SHORTEST:
        return False
    return title.text.startswith(printed.title.text) or printed.title.text.startswith(title.text)


def _counts_alike(title: Wording, there: str) -> bool:
    """Compare what the title counts with what stands in its place: part I is not part II."""
    own = wording(there)
    if own is None:
        return not title.numbers
    if title.part and own.part and title.part.split(",")[0] not in own.part.split(","):
        return False
    return set(title.numbers) <= set(own.numbers) | set(own.words)


def _is_same_notice(title: Wording, words: frozenset[str]) -> bool:
    """Say whether work and reference are both the article, or both the same kind of notice on it."""
    if title.mark in _NOTICES:
        return not words.isdisjoint(_NOTICES[title.mark])
    return (words & _CORRECTING) <= set(title.words)


def _year(printed: _Printed, year: int | None) -> Level:
    if year is None or not printed.years:
        return Level.UNKNOWN
    apart = min(abs(year - each) for each in printed.years)
    return Level.SAME if apart == 0 else Level.NEAR if apart == 1 else Level.DIFFERENT


def _stands(given: str | None, own: str | None, words: frozenset[str]) -> Level:
    """Compare a number with the field that a source parted, else look for it among the words."""
    if own is None:
        return Level.UNKNOWN
    if given is not None:
        return Level.SAME if given == own else Level.DIFFERENT
    return Level.SAME if own in words or own.lstrip("es") in words else Level.UNKNOWN


def _container(printed: _Printed, work: Features) -> Level:
    if not work.containers:
        return Level.UNKNOWN
    if printed.container:
        if any(
            same_container(*sorted((printed.container, own), key=lambda each: each.words)) for own in work.containers
        ):
            return Level.SAME
        return Level.FAR
    return Level.SAME if any(_stands_in_order(own.main, printed.order) for own in work.containers) else Level.UNKNOWN


def _stands_in_order(name: tuple[str, ...], order: tuple[str, ...]) -> bool:
    """Look for a journal name or its abbreviation: its words, or their beginnings, one after another."""
    for start, word in enumerate(order):
        if not name[0].startswith(word):
            continue
        rest = iter(order[start : start + 2 * len(name) + 2])
        if all(any(part.startswith(each) for each in rest) for part in name):
            return True
    return False


def _findings(found: _Found, work: Features) -> tuple[Finding, ...]:
    """Write out what of the work stands in the reference."""
    said = {Level.SAME: "there", Level.NEAR: "nearly there", Level.PART: "there in part", Level.DIFFERENT: "otherwise"}
    levels = {
        "title": (found.title, work.title.spaced if work.title else None),
        "year": (found.year, str(work.year) if work.year else None),
        "volume": (found.volume, work.volume),
        "first page": (found.page, work.pages.first if work.pages else None),
        "container": (found.container, " ".join(work.containers[0].words) if work.containers else None),
    }
    told = [
        Finding(name, said.get(level, "not there"), value, value) for name, (level, value) in levels.items() if value
    ]
    if work.authors:
        lead = work.authors.people[0].family
        relation = "there" if found.lead else "not there"
        told.insert(1, Finding("first author", relation, lead, lead))
    return tuple(told)
