"""Is this reference that work? The work is looked for in the reference, as printed or as parsed.

A reference string has no fields that could be trusted: styles leave out titles, shorten names, and parsers guess. So
the question is turned round. Each thing that is known of the candidate (title, authors, year, volume, first page,
journal) is looked for in the string, and what was found decides. Where a source parted the reference into fields, a
field that says otherwise counts against.
"""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from typing import NamedTuple

from harvester.folding import vocabulary
from harvester.match.description import Description
from harvester.match.features import Features, features
from harvester.match.judge import Decision, judge
from harvester.match.likeness import Level
from harvester.match.places import pages, same_container, volume
from harvester.match.printed import Place, Printed, printed, size
from harvester.match.reference_rules import CERTAIN, RULES, Found, Standing
from harvester.match.slips import is_misread
from harvester.match.titles import Wording, wording
from harvester.match.verdict import Finding
from harvester.model import Reference

__all__ = ["Match", "Standing", "choose_work", "verify_reference"]


@dataclass(frozen=True, slots=True)
class Match:
    """What became of a reference: the work that it names, if any, how sure that is, and why.

    `keys` are the works: one, or for AMBIGUOUS those between which the reference does not tell.
    """

    standing: Standing
    keys: tuple[str, ...]
    reason: str
    findings: tuple[Finding, ...] = ()


_CORRECTING = vocabulary("erratum errata corrigendum corrigenda addendum addenda retraction")
_NOTICES = {
    "correction": _CORRECTING | vocabulary("correction corrections corrected"),
    "retraction": vocabulary("retraction retracted withdrawal withdrawn"),
    "concern": vocabulary("concern"),
    "reply": vocabulary("reply replies response rejoinder rebuttal"),
    "comment": vocabulary("comment comments commentary re discussion"),
}
_IN_FRONT = vocabulary(
    """
    erratum errata corrigendum corrigenda addendum addenda correction corrections retraction retracted withdrawal
    concern reply replies response rejoinder rebuttal comment comments commentary re review summary translation protocol
    """
)
_INTRODUCING = vocabulary("to on of for for the a article about regarding concerning book re")
_EDITION = re.compile(r"(?:[2-9]|\d{2})(?:st|nd|rd|th)|second|third|fourth|fifth|revised|rev")
_LETTERS = "abcdefghijklmnopqrstuvwxyz"
_SAME_TITLE = 97.0
_SHORTEST = 18
_AFTER = 3
_TELLING_PAGE = 3
_TWO = 2
_SAME, _NEAR, _PART, _UNKNOWN, _DIFFERENT = Level.SAME, Level.NEAR, Level.PART, Level.UNKNOWN, Level.DIFFERENT


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
    return _verify(printed(reference), features(candidate))[0]


def choose_work(reference: Reference, candidates: Iterable[Description]) -> Match:
    """Verify a reference against every candidate and name the one that it is, in whatever order they come.

    AMBIGUOUS where two candidates that are different works fit equally well.
    """
    ready = printed(reference)
    works = sorted(map(features, candidates), key=lambda each: each.key)
    found = [(match, each, evidence) for each in works for match, evidence in [_verify(ready, each)] if match.keys]
    for standing in (Standing.EXACT, Standing.STRONG, Standing.WEAK):
        best = [one for one in found if one[0].standing == standing]
        best = [one for one in best if not any(_outdoes(other[2], one[2]) for other in best)]
        if len(best) == 1 or (best and _are_one(tuple(each for _, each, _ in best))):
            return best[0][0]
        if best:
            keys = tuple(each.key for _, each, _ in best)
            return Match(Standing.AMBIGUOUS, keys, f"{len(keys)} works fit equally well")
    return Match(Standing.NONE, (), "no candidate fits")


def _are_one(works: tuple[Features, ...]) -> bool:
    return all(judge(works[0], other).decision == Decision.SAME for other in works[1:])


def _outdoes(one: tuple[int, ...], other: tuple[int, ...]) -> bool:
    """Say whether a work fits better in something and worse in nothing."""
    return one != other and all(first >= second for first, second in zip(one, other, strict=True))


def _verify(ready: Printed, work: Features) -> tuple[Match, tuple[int, ...]]:
    """Match a reference with a work; the numbers tell how well each thing fits, for the choice between works."""
    carried = {target.value for target in ready.reference.targets if target.scheme == "doi"}
    if carried and work.doi:
        if work.doi in carried:
            return Match(Standing.EXACT, (work.key,), "the reference carries its DOI"), CERTAIN
        return Match(Standing.NONE, (), "the reference carries another DOI"), ()
    found = _look(ready, work)
    if found is None:
        return Match(Standing.NONE, (), "neither title nor first author in the reference"), ()
    for rule in RULES:
        if rule.holds(found):
            keys = (work.key,) if rule.standing != Standing.NONE else ()
            return Match(rule.standing, keys, rule.reason, _findings(found, work)), found.evidence
    return Match(Standing.NONE, (), "too little of it in the reference", _findings(found, work)), ()


# -- looking ---------------------------------------------------------------------------------------------------


def _look(ready: Printed, work: Features) -> Found | None:
    title = _find_title(ready, work)
    place = title.place
    reference = ready.reference
    people = work.authors.people if work.authors else ()
    lead = bool(people) and ready.names_first(people[0], place)
    if title.level < _PART and not lead and not ready.is_anonymous:
        return None
    present = [ready.has(person) for person in people]
    numbers = ready.numbers(place)
    volume_level = _stands(volume(reference.volume), work.volume, numbers)
    if volume_level == _SAME and work.volume in numbers:
        # Pages stand behind the volume; "a 4-year trial" in the title in front is none.
        numbers = numbers[numbers.index(work.volume) + 1 :]
    page_level = _stands(
        own.first if (own := pages(reference.first_page)) else None, work.pages.first if work.pages else None, numbers
    )
    container = _container(ready, work, place)
    return Found(
        title=title.level,
        counts=title.counts,
        letters=title.letters,
        lead=lead,
        share=sum(present) / len(present) if present else 0.0,
        people=sum(present),
        year=_year(ready, work.year, place),
        volume=volume_level,
        page=page_level,
        container=container,
        elsewhere=bool(
            work.pages
            and _SAME not in (volume_level, page_level, container)
            and (len(numbers) > 1 + (reference.year is None) if reference.text else reference.first_page)
        ),
        recurs=title.recurs,
        is_cut=title.is_cut,
        is_paged=page_level == _SAME or (volume_level == _SAME and not work.pages),
        is_bare=reference.text is None and reference.title is None,
        is_anonymous=ready.is_anonymous or bool(place and ready.leads(place)),
        has_people=bool(people),
        has_container=bool(work.containers),
        is_edition=any(_EDITION.fullmatch(word) for word in _following(ready, place)),
        page_tells=bool(work.pages and len(work.pages.first) >= _TELLING_PAGE),
    )


class _Titled(NamedTuple):
    """Which title of a work stands in a reference, and how."""

    level: Level
    counts: bool = True
    letters: int = 0
    place: Place | None = None
    recurs: bool = False
    is_cut: bool = False


def _find_title(ready: Printed, work: Features) -> _Titled:
    """Look for the titles of a work, and take the one that is found best."""
    best = _Titled(_DIFFERENT if ready.title else _UNKNOWN)
    for title in (work.title, *work.other_titles):
        if title is None:
            continue
        found = _look_for(ready, title)
        if found and (found.level, found.counts) > (best.level, best.counts and best.level >= _PART):
            best = found
    return best


def _look_for(ready: Printed, title: Wording) -> _Titled | None:
    letters = size(title)
    place = ready.find(title)
    if there := ready.broken(title):
        # What was cut off may be the number of the part.
        return _Titled(
            _PART,
            title.part is None and _is_same_notice(ready, title, there),
            ready.length(there),
            there,
            title.is_recurring,
            is_cut=True,
        )
    if place and (place.begins or place.ends):
        level = _SAME if place.score >= _SAME_TITLE else _NEAR
        # "...: a trial - Reply" is that title, and a reply.
        is_closed = not _NOTICES.get(title.mark or "", frozenset()).isdisjoint(_following(ready, place)[:1])
        is_whole = place.begins and (is_closed or (place.ends and not place.goes_on))
        if not is_whole or ready.differs(place, title):
            level = _PART
        counts = _counts_alike(ready, title, place) and _is_same_notice(ready, title, place)
        return _Titled(level, counts, letters, place, title.is_recurring)
    if letters < _SHORTEST:
        return None
    cut = ready.title is not None and size(ready.title) >= _SHORTEST and title.text.startswith(ready.title.text)
    if cut or ready.has_main(title):
        return _Titled(_PART, letters=letters, recurs=title.is_recurring)
    return None


def _following(ready: Printed, place: Place | None) -> tuple[str, ...]:
    return ready.order[place.last + 1 : place.last + 1 + _AFTER] if place else ()


def _counts_alike(ready: Printed, title: Wording, place: Place) -> bool:
    """Compare what the title counts with what stands in its place: part I is not part II."""
    reference = ready.reference
    if ready.counts_on(place, title, but={reference.volume, reference.issue, reference.first_page}):
        return False
    there = ready.order[place.first : place.last + 1]
    alone = wording(" ".join(there))
    if alone and alone.part and not title.part and not title.numbers:
        return False
    own = wording(" ".join((*there, *_following(ready, place))))
    if own is None:
        return not title.numbers
    if title.part and own.part and title.part.split(",")[0] not in own.part.split(","):
        return False
    mended = wording(" ".join(ready.mended[place.first : place.last + 1]))
    counted = {*own.numbers, *own.words, *(mended.numbers if mended else ())}
    return set(title.numbers) <= counted and {word for word in there if word.isdigit()} <= {
        *title.numbers,
        *title.words,
    }


def _is_same_notice(ready: Printed, title: Wording, place: Place) -> bool:
    """Say whether work and reference are both the article, or both the same kind of notice on it."""
    before = list(ready.before(place))
    if title.mark in _NOTICES:
        own = _NOTICES[title.mark]
        return not ready.words.isdisjoint(own) and [word in own for word in before if word in _IN_FRONT] in ([], [True])
    if (ready.words & _CORRECTING) - set(title.words):
        return False
    while before and before[-1] in _INTRODUCING:
        before.pop()
    return not before or not (before[-1] in _IN_FRONT or any(is_misread(before[-1], word) for word in _IN_FRONT))


def _year(ready: Printed, year: int | None, place: Place | None) -> Level:
    years = ready.years(place)
    if year is None or not years:
        return _UNKNOWN
    apart = min(abs(year - each) for each in years)
    return _SAME if apart == 0 else _NEAR if apart == 1 else _DIFFERENT


def _stands(given: str | None, own: str | None, numbers: list[str]) -> Level:
    """Compare a number with the field that a source parted, else look for it among those of the reference."""
    if own is None:
        return _UNKNOWN
    # S12, e12 and 12s are printed as 12, and the other way round.
    bare = own.strip(_LETTERS)
    if given is not None:
        return _SAME if given == own or (bare and bare == given.strip(_LETTERS)) else _DIFFERENT
    return _SAME if own in numbers or bare in {number.strip(_LETTERS) for number in numbers} - {""} else _UNKNOWN


def _container(ready: Printed, work: Features, place: Place | None) -> Level:
    if not work.containers:
        return _UNKNOWN
    if ready.container:
        given = ready.container
        if any(same_container(*sorted((given, own), key=lambda each: each.words)) for own in work.containers):
            return _SAME
        # "Accounting, Auditing and Accountability Journal" goes by its name without "journal", too.
        is_there = any(len(own.main) > _TWO and ready.prints(own, place) for own in work.containers)
        return _SAME if is_there else Level.FAR
    return _SAME if any(ready.prints(own, place) for own in work.containers) else _UNKNOWN


def _findings(found: Found, work: Features) -> tuple[Finding, ...]:
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
