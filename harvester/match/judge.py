"""One pair, one judgement: the same work, for a person to decide, or different; linked where they are related.

The rules are tables, read from the top; the first that holds decides. What no rule merges is shown to a person when
title and authors, or authors and place, agree.
"""

from enum import StrEnum
from typing import NamedTuple

from harvester.match.features import Features
from harvester.match.likeness import Level, Likeness, have_nothing_in_common, likeness
from harvester.match.rules import ANOTHER_NAME, DENIED, LINKS, NAMED, RECURRING, USUAL, Pair
from harvester.match.titles import Wording

__all__ = ["Decision", "Judgement", "judge"]

_DIFFERENT, _FAR, _UNKNOWN, _PART, _NEAR, _SAME = Level
_FEWEST_SHARED = 0.3
_TELLING = 35
_LONG = 50


class Decision(StrEnum):
    """What becomes of a pair: merged without asking, shown to a person, or kept apart."""

    SAME = "same"
    REVIEW = "review"
    DIFFERENT = "different"


class Judgement(NamedTuple):
    """A decision, the rule that made it, what links the two if they are related works, and the levels behind it.

    The levels are all UNKNOWN where title, place and identifiers alone told two works apart.
    """

    decision: Decision
    rule: str
    link: str | None
    levels: Likeness


_NOTHING = Judgement(Decision.DIFFERENT, "too little in common", None, Likeness(*[_UNKNOWN] * len(Likeness._fields)))


def judge(one: Features, other: Features) -> Judgement:
    """Judge a pair; the order of the two does not matter."""
    if have_nothing_in_common(one, other):
        return _NOTHING
    levels = likeness(one, other)
    decision, rule, link = _decide(_pair(one, other, levels))
    return Judgement(decision, rule, link, levels)


def _pair(one: Features, other: Features, levels: Likeness) -> Pair:
    first, second = one.title, other.title
    is_spanned = bool(
        levels.pages == _SAME
        and one.pages
        and other.pages
        and one.pages.last
        and other.pages.last
        and one.pages.first != one.pages.last
    )
    # A record that names neither venue nor kind may be of either.
    kinds = frozenset(each.kind for each in (one, other) if each.containers or each.kind)
    return Pair(
        levels,
        is_named=_SAME in (levels.doi, levels.pmid),
        is_denied=_DIFFERENT in (levels.doi, levels.pmid),
        is_located=levels.pages >= _NEAR and levels.volume == _SAME,
        is_spanned=is_spanned,
        is_recurring=first is None or second is None or first.is_recurring or second.is_recurring,
        is_telling=_are_long(first, second, _TELLING),
        is_singular=_are_long(first, second, _LONG)
        and all(each.authors and len(each.authors.people) > 1 for each in (one, other)),
        is_early=(one.volume is None) != (other.volume is None),
        is_worded=levels.title >= _NEAR and levels.numbers == _SAME and levels.part == _SAME,
        is_translation=bool(first and second and _are_in_two_tongues(first, second)),
        is_in_two_languages=bool(one.language and other.language and one.language != other.language),
        shares_words=bool(levels.title == _DIFFERENT and first and second and _share_words(first, second)),
        notice=_notice(first, second),
        kinds=kinds,
        is_book=bool((one.isbns and other.isbns) or (one.is_book and other.is_book)),
    )


def _are_in_two_tongues(one: Wording, other: Wording) -> bool:
    return one.is_translated != other.is_translated or {one.tongue, other.tongue} == {"english", "other"}


def _are_long(one: Wording | None, other: Wording | None, letters: int) -> bool:
    return all(title and len(title.text) >= letters for title in (one, other))


def _share_words(one: Wording, other: Wording) -> bool:
    ours, theirs = set(one.words), set(other.words)
    return len(ours & theirs) >= _FEWEST_SHARED * min(len(ours), len(theirs))


def _notice(one: Wording | None, other: Wording | None) -> str | None:
    marks = sorted({wording.mark or "" for wording in (one, other) if wording})
    return marks[-1] if len(marks) > 1 else None


def _decide(pair: Pair) -> tuple[Decision, str, str | None]:
    levels = pair.levels
    if pair.notice and levels.title >= _FAR and not (pair.notice == "protocol" and (pair.is_located or pair.is_named)):
        related = levels.title >= _PART and (levels.authors >= _PART or levels.container == _SAME)
        return (
            Decision.REVIEW if pair.is_named else Decision.DIFFERENT,
            f"one is a {pair.notice}",
            pair.notice if related else None,
        )
    for link in LINKS:
        if link.holds(pair, levels):
            return Decision.DIFFERENT, f"related, not the same: {link.reason}", link.reason
    if pair.is_named:
        return _named(pair, levels)
    rules = RECURRING if pair.is_recurring else DENIED if pair.is_denied else USUAL
    for rule in rules:
        if rule.holds(pair, levels):
            return Decision.SAME, rule.reason, None
    return _doubtful(pair, levels)


def _named(pair: Pair, levels: Likeness) -> tuple[Decision, str, str | None]:
    """An identifier in common decides only with the rest: one DOI often stands on every abstract of a congress."""
    for rule in NAMED:
        if rule.holds(pair, levels):
            return Decision.SAME, rule.reason, None
    if levels.title < _UNKNOWN and levels.authors < _UNKNOWN:
        return Decision.DIFFERENT, "the same identifier on two titles by other authors", None
    return Decision.REVIEW, "the same identifier, and descriptions that differ", None


def _doubtful(pair: Pair, levels: Likeness) -> tuple[Decision, str, str | None]:
    """Tell what a person should look at from what is plainly different."""
    if pair.is_recurring:
        against = min(levels.volume, levels.issue, levels.pages, levels.year, levels.abstract)
        if (
            levels.title == _SAME
            and levels.authors >= _PART
            and levels.container == _SAME
            and against >= _UNKNOWN
            and not pair.is_denied
        ):
            return Decision.REVIEW, "a column of the same title and authors, and nothing that tells the issue", None
        return Decision.DIFFERENT, "titles that recur, without the same pages", None
    if ANOTHER_NAME.holds(pair, levels):
        return Decision.REVIEW, ANOTHER_NAME.reason, None
    if levels.title >= _PART and levels.authors >= _PART:
        is_dated = levels.year < _SAME or levels.issue == _DIFFERENT
        link = "version" if is_dated and levels.pages == levels.container == _SAME else None
        return Decision.REVIEW, "the same title and authors, and something that differs", link
    if pair.is_located and (
        (levels.container == _SAME and (levels.authors >= _PART or (levels.authors == _UNKNOWN and pair.is_spanned)))
        or (pair.is_spanned and levels.authors >= _NEAR)
    ):
        return Decision.REVIEW, "the same authors and place, and another title", None
    if pair.is_worded and levels.authors == _UNKNOWN and levels.container >= _UNKNOWN and levels.year >= _NEAR:
        return Decision.REVIEW, "the same title, and no authors to compare", None
    return Decision.DIFFERENT, "too little in common", None
