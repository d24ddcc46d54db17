"""What must be found of a work in a reference for the one to name the other: a table, read from the top.

The thresholds are letters of a title (a Chinese character counts as three). A title alone is never enough: journals
print the same one again, in parts, as an abstract and as the paper, and reply to it under its own name.
"""

from collections.abc import Callable
from enum import StrEnum
from typing import NamedTuple

from harvester.match.likeness import Level

__all__ = ["CERTAIN", "RULES", "Found", "Rule", "Standing"]


class Standing(StrEnum):
    """How sure a match is. Only EXACT and STRONG make a citation."""

    EXACT = "exact"
    STRONG = "strong"
    WEAK = "weak"
    AMBIGUOUS = "ambiguous"
    NONE = "none"


class Found(NamedTuple):
    """What of a candidate stands in a reference.

    `letters` is the length of its title, `lead` whether the first author stands in front, `share` how many of the
    authors are named and `people` the same as a number.
    `counts` is False where its title counts otherwise or one of the two is a notice on the other. `elsewhere` is True
    where the reference prints a volume and page, and neither them nor the journal of the work. `is_cut` tells that
    the reference breaks off within the title, `is_bare` that a source parted it and found no title,
    `is_anonymous` that it names no author.
    """

    title: Level
    counts: bool
    letters: int
    lead: bool
    share: float
    people: int
    year: Level
    volume: Level
    page: Level
    container: Level
    elsewhere: bool
    recurs: bool
    is_cut: bool
    is_paged: bool
    is_bare: bool
    is_anonymous: bool
    has_people: bool
    has_container: bool
    is_edition: bool
    page_tells: bool

    @property
    def placed(self) -> int:
        """How many of volume and page are the same."""
        return (self.volume == Level.SAME) + (self.page == Level.SAME)

    @property
    def against(self) -> int:
        """How many of year, volume and page say otherwise."""
        return [self.year, self.volume, self.page].count(Level.DIFFERENT)

    @property
    def evidence(self) -> tuple[int, ...]:
        """How well each thing fits, for the choice between works that stand alike."""
        return (0, self.title, self.lead, self.year, self.placed, -self.against, self.container)

    @property
    def is_titled(self) -> bool:
        """Whether the whole title is there, or nearly."""
        return self.title >= Level.NEAR

    @property
    def is_long(self) -> bool:
        """Whether the title is long enough to be nearly unique."""
        return self.letters >= _LONG and not self.recurs

    @property
    def is_settled(self) -> bool:
        """Whether nothing says that it is printed somewhere else."""
        return not self.against and not self.elsewhere


class Rule(NamedTuple):
    """What a match stands for when something holds."""

    standing: Standing
    reason: str
    holds: Callable[[Found], bool]


_SHORTEST = 18
_LONG = 40
_QUITE_LONG = 50
_VERY_LONG = 60
_MOST = 0.5
_TWO = 2
_SAME, _NEAR, _PART, _UNKNOWN, _DIFFERENT = Level.SAME, Level.NEAR, Level.PART, Level.UNKNOWN, Level.DIFFERENT

CERTAIN = (1, _SAME, 1, _SAME, _TWO, 0, _SAME)
"""The evidence of a reference that carries an identifier of the work."""

# The first that holds decides.
RULES = (
    Rule(
        Standing.WEAK,
        "the title counts otherwise, or one is a notice on the other",
        lambda it: not it.counts and it.title >= _PART and (it.lead or not it.has_people),
    ),
    Rule(Standing.NONE, "the title counts otherwise, or one is a notice on the other", lambda it: not it.counts),
    Rule(
        Standing.EXACT,
        "title, first author, year, and volume or page",
        lambda it: it.is_titled and it.lead and it.year == _SAME and it.placed > 0 and not it.against,
    ),
    Rule(
        Standing.STRONG,
        "title, first author and year",
        lambda it: (
            it.is_titled
            and it.lead
            and it.year == _SAME
            and it.against <= it.is_long
            and not it.elsewhere
            and (it.letters >= _SHORTEST or it.container == _SAME)
            and (not it.recurs or it.placed > 0)
        ),
    ),
    Rule(
        Standing.STRONG,
        "title, first author, volume and page",
        lambda it: (
            it.is_titled
            and it.lead
            and (it.year >= _NEAR or it.is_long)
            and it.placed == 2 - (it.page == _DIFFERENT)
            and it.volume == _SAME
        ),
    ),
    Rule(
        Standing.STRONG,
        "title, authors, year, and volume or page",
        lambda it: it.is_titled and it.share >= _MOST and it.year == _SAME and it.placed > 0 and not it.against,
    ),
    Rule(
        Standing.STRONG,
        "a long title and the first author, the year off by one",
        lambda it: it.is_titled and it.lead and it.year >= _NEAR and it.is_long and it.is_settled,
    ),
    Rule(
        Standing.STRONG,
        "a long title, the first author, and most others or the journal, without a year to compare",
        lambda it: (
            it.is_titled
            and it.lead
            and it.year == _UNKNOWN
            and it.is_settled
            and not it.recurs
            and not it.is_edition
            and (
                it.letters >= _VERY_LONG
                or (it.letters >= _LONG and (it.share >= _MOST or it.container == _SAME))
                or (it.letters >= _SHORTEST and it.share >= _MOST and (it.container == _SAME or it.people > 1))
            )
        ),
    ),
    Rule(
        Standing.STRONG,
        "title, first author and journal, the year off by one",
        lambda it: (
            it.is_titled
            and it.lead
            and it.year == _NEAR
            and it.container == _SAME
            and it.letters >= _SHORTEST
            and not it.recurs
            and it.is_settled
        ),
    ),
    Rule(
        Standing.STRONG,
        "a long title, most authors, year and journal",
        lambda it: (
            it.is_titled
            and it.is_long
            and it.people > 1
            and it.share >= _MOST
            and it.year == _SAME
            and it.container == _SAME
            and it.is_settled
        ),
    ),
    Rule(
        Standing.STRONG,
        "title, year, journal, volume or page, no authors being named on one side",
        lambda it: (
            it.is_titled
            and (it.is_anonymous or not it.has_people)
            and it.year == _SAME
            and not it.against
            and it.placed > it.recurs
            and (it.container == _SAME or (it.placed == _TWO and it.is_long))
        ),
    ),
    Rule(
        Standing.STRONG,
        "title, year and journal, no authors being named on one side",
        lambda it: (
            it.is_titled
            and (it.is_anonymous or not it.has_people)
            and it.is_settled
            and it.container == _SAME
            and not it.recurs
            and it.letters >= (_SHORTEST if it.year == _SAME else _VERY_LONG)
            and it.year >= _NEAR
        ),
    ),
    Rule(
        Standing.STRONG,
        "a long title and the year, of a work without authors and journal, in a reference without authors",
        lambda it: (
            it.title == _SAME
            and it.is_anonymous
            and not it.has_people
            and not it.has_container
            and it.year == _SAME
            and it.letters >= _QUITE_LONG
            and not it.recurs
            and it.is_settled
        ),
    ),
    Rule(Standing.WEAK, "the title, and too little beside it", lambda it: it.is_titled),
    Rule(
        Standing.STRONG,
        "most of the title, first author, year, and page",
        lambda it: it.title == _PART and it.lead and it.year == _SAME and it.is_paged and not it.against,
    ),
    Rule(
        Standing.STRONG,
        "the beginning of the title, at which the reference breaks off, and the authors",
        lambda it: (
            it.is_cut
            and it.lead
            and not it.recurs
            and it.year >= _UNKNOWN
            and (
                it.letters >= _VERY_LONG
                or (it.letters >= _LONG and (it.people > 1 or it.share >= _MOST or it.year == _SAME))
                or (it.year == _SAME and it.people > 1 and it.share >= _MOST)
            )
        ),
    ),
    Rule(
        Standing.WEAK,
        "first author, year, journal, volume and page, under another title",
        lambda it: it.title == _DIFFERENT and it.lead and it.year == _SAME and it.placed == 2 and it.container == _SAME,
    ),
    Rule(
        Standing.STRONG,
        "first author, year, journal, volume and page",
        lambda it: it.title != _DIFFERENT and it.lead and it.year >= _NEAR and it.placed == 2 and it.container == _SAME,
    ),
    Rule(
        Standing.STRONG,
        "authors, year, volume and page",
        lambda it: (
            it.title != _DIFFERENT
            and it.lead
            and it.people > 1
            and it.share >= _MOST
            and it.year == _SAME
            and it.placed == 2
            and it.page_tells
            and it.container == _UNKNOWN
        ),
    ),
    Rule(
        Standing.WEAK,
        "year, journal and volume, of a reference without title and page, or title and author",
        lambda it: (
            it.is_bare
            and it.year == _SAME
            and it.container == _SAME
            and it.volume == _SAME
            and ((it.lead and it.page == _UNKNOWN) or (it.is_anonymous and it.page == _SAME))
        ),
    ),
    Rule(
        Standing.WEAK,
        "first author, year, volume and page, and nothing of title and journal",
        lambda it: (
            it.title == _UNKNOWN
            and it.lead
            and it.year == _SAME
            and it.placed == _TWO
            and it.page_tells
            and it.container == _UNKNOWN
        ),
    ),
    Rule(
        Standing.WEAK,
        "a part of the title and the first author",
        lambda it: it.title == _PART and it.lead and it.year >= _UNKNOWN,
    ),
)
