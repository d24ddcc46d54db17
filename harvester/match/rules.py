"""The rules by which two descriptions are one work, or two related ones, as sentences with a condition each.

Each is written so that the evidence it asks for cannot be met by two works of one series, one congress or one pair of
siblings (part I and II, a paper and its erratum): a title alone never merges, and neither does an identifier that the
rest contradicts. Nothing is added up: a rule that merges is a sentence that a librarian could be told.
"""

from collections.abc import Callable
from typing import NamedTuple

from harvester.match.likeness import Level, Likeness

__all__ = ["ANOTHER_NAME", "DENIED", "LINKS", "NAMED", "RECURRING", "USUAL", "Pair", "Rule"]


class Pair(NamedTuple):
    """The levels of a pair, and what follows from several of them."""

    levels: Likeness
    is_named: bool
    """A DOI, PMID or PMCID in common."""
    is_denied: bool
    """Both have a DOI or a PMID, and it differs."""
    is_located: bool
    """The same volume and first page."""
    is_spanned: bool
    """The same first and the same last page, of several pages."""
    is_recurring: bool
    """A title that a journal prints again and again, or no title."""
    is_telling: bool
    """A title long enough to be the only one of its kind in a journal."""
    is_singular: bool
    """A long title and several authors."""
    is_early: bool
    """One of the two was described before it had a volume."""
    is_worded: bool
    """The same title as far as words, numbers and parts go."""
    is_translation: bool
    """One title may be a translation of the other."""
    is_in_two_languages: bool
    """Each is said to be in a language, and not in the same."""
    shares_words: bool
    notice: str | None
    """What one of the two is to the other, by its title: `correction`, `reply`, ..."""
    kinds: frozenset[str | None]
    """`preprint`, `meeting` and None for all else; one or two of them."""
    is_book: bool


class Rule(NamedTuple):
    """A sentence, and when it holds."""

    reason: str
    holds: Callable[[Pair, Likeness], bool]


_DIFFERENT, _FAR, _UNKNOWN, _PART, _NEAR, _SAME = Level

LINKS = (
    Rule(
        "part",
        lambda pair, level: (
            level.part == _DIFFERENT
            and level.title >= _FAR
            and level.authors >= _PART
            and not (pair.is_located and level.pages == _SAME)
        ),
    ),
    Rule(
        "preprint",
        lambda pair, level: (
            pair.kinds > {"preprint"} and level.title >= _PART and level.authors >= _PART and not pair.is_named
        ),
    ),
    Rule(
        "version",
        lambda pair, level: (
            pair.kinds == {"preprint"} and level.title >= _NEAR and level.authors >= _PART and pair.is_denied
        ),
    ),
    Rule(
        "conference",
        lambda pair, level: (
            pair.kinds > {"meeting"}
            and level.container in (_DIFFERENT, _FAR)
            and level.title >= _PART
            and level.authors >= _PART
            and not pair.is_named
            and not (pair.is_located or pair.is_spanned)
        ),
    ),
    Rule(
        "translation",
        lambda pair, level: (
            pair.is_in_two_languages
            and level.title >= _PART
            and level.authors >= _PART
            and not (pair.is_named or pair.is_located)
            and _DIFFERENT in (level.container, level.volume, level.pages, level.doi)
        ),
    ),
    Rule(
        "edition",
        lambda pair, level: (
            pair.is_book
            and level.title >= _PART
            and level.authors >= _PART
            and level.year == _DIFFERENT
            and not pair.is_named
        ),
    ),
)
"""Related works that are not the same: never merged."""

NAMED = (
    Rule(
        "the same identifier and title",
        lambda _, level: level.title >= _PART and level.authors != _DIFFERENT,
    ),
    Rule(
        "the same identifier, title and place or abstract",
        lambda pair, level: (
            level.title >= _NEAR and not pair.is_recurring and (level.abstract >= _NEAR or pair.is_located)
        ),
    ),
    Rule(
        "the same identifier and authors, and a like title",
        lambda pair, level: (
            level.title == _FAR
            and level.authors >= _NEAR
            and level.year >= _NEAR
            and level.volume >= _UNKNOWN
            and level.pages >= _UNKNOWN
            and (level.numbers >= _FAR or pair.is_spanned)
        ),
    ),
    Rule(
        "the same identifier, authors and pages; the title in another language",
        lambda pair, level: (
            level.title == _DIFFERENT
            and level.authors >= _NEAR
            and level.container == _SAME
            and pair.is_located
            and pair.is_spanned
            and (pair.is_translation or pair.shares_words)
        ),
    ),
)
"""What merges two records with an identifier in common."""

RECURRING = (
    Rule(
        "the same column on the same pages of the same issue",
        lambda pair, level: (
            level.title >= _NEAR
            and pair.is_located
            and pair.is_spanned
            and level.container == _SAME
            and level.year == _SAME
            and level.authors != _DIFFERENT
            and level.issue >= _FAR
            and level.abstract >= _UNKNOWN
        ),
    ),
    Rule(
        "the same long title in the same issue",
        lambda _, level: (
            level.title == _SAME
            and level.authors >= _UNKNOWN
            and level.authors != _PART
            and level.container == _SAME
            and level.volume == _SAME
            and level.issue == _SAME
            and level.year == _SAME
            and level.pages >= _UNKNOWN
            and level.abstract >= _NEAR
        ),
    ),
)
"""What merges two records of a column; its title tells nothing."""

DENIED = (
    Rule(
        "the same title, authors, journal, volume and pages under two identifiers",
        lambda pair, level: (
            pair.is_worded
            and pair.is_located
            and pair.is_spanned
            and level.authors >= _NEAR
            and level.container == _SAME
            and level.issue >= _FAR
        ),
    ),
    Rule(
        "the same title, authors, journal, year, page and abstract under two identifiers",
        lambda pair, level: (
            pair.is_worded
            and level.authors == _SAME
            and level.container == _SAME
            and level.year == _SAME
            and level.pages == _SAME
            and level.abstract == _SAME
            and min(level.volume, level.issue) >= _UNKNOWN
        ),
    ),
)
"""What merges two records whose identifiers differ: publishers do register two DOIs for one paper."""

USUAL = (
    Rule(
        "the same title, volume and pages",
        lambda pair, level: (
            pair.is_worded and pair.is_located and (level.authors != _DIFFERENT or level.container == _SAME)
        ),
    ),
    Rule(
        "the same title, authors and pages",
        lambda pair, level: (
            pair.is_worded
            and level.pages >= _NEAR
            and level.volume == _UNKNOWN
            and level.container >= _FAR
            and level.authors >= _PART
            and level.year >= _NEAR
        ),
    ),
    Rule(
        "the same title, authors and journal, and nothing against it",
        lambda pair, level: (
            pair.is_worded
            and level.authors >= _NEAR
            and level.container == _SAME
            and level.year >= _NEAR
            and level.volume >= _UNKNOWN
            and level.pages >= _UNKNOWN
            and (level.issue >= _UNKNOWN or (level.issue == _FAR and level.year == _SAME))
            and (
                _SAME in (level.volume, level.pages)
                or (level.issue == level.year == _SAME)
                or (pair.is_telling if level.year == _SAME else pair.is_early or pair.is_singular)
            )
        ),
    ),
    Rule(
        "the same title, authors, journal, year and volume",
        lambda pair, level: (
            pair.is_worded
            and level.authors >= _NEAR
            and level.container == _SAME
            and level.year == _SAME
            and level.volume == _SAME
            and level.issue >= _FAR
        ),
    ),
    Rule(
        "the same title, authors, journal, year and volume, and the same abstract",
        lambda pair, level: (
            pair.is_worded
            and level.authors >= _NEAR
            and level.container >= _FAR
            and level.year == _SAME
            and level.volume == _SAME
            and level.abstract == _SAME
            and level.pages >= _UNKNOWN
        ),
    ),
    Rule(
        "the same title, authors and year, and no journal named",
        lambda pair, level: (
            pair.is_worded
            and level.authors >= _NEAR
            and level.container == _UNKNOWN
            and level.year == _SAME
            and min(level.volume, level.issue, level.pages) >= _UNKNOWN
            and pair.is_telling
        ),
    ),
    Rule(
        "the same title, journal, volume and issue, and no authors named",
        lambda _, level: (
            level.title == _SAME
            and level.authors == _UNKNOWN
            and level.container == _SAME
            and level.year == _SAME
            and level.volume == _SAME
            and level.issue == _SAME
            and level.pages >= _UNKNOWN
        ),
    ),
    Rule(
        "a shortened title, the same authors, volume and pages",
        lambda pair, level: (
            level.title >= _PART
            and pair.is_located
            and level.authors >= _NEAR
            and (level.container >= _FAR or pair.is_spanned)
        ),
    ),
    Rule(
        "a shortened title, the same journal, volume and pages, most authors",
        lambda pair, level: (
            level.title >= _PART
            and (pair.is_located or level.volume == _UNKNOWN)
            and pair.is_spanned
            and level.authors >= _PART
            and level.container == _SAME
            and level.year >= _NEAR
        ),
    ),
    Rule(
        "a shortened title, the same authors, journal and volume, and pages that overlap",
        lambda _, level: (
            level.title >= _PART
            and level.pages == _PART
            and level.volume == _SAME
            and level.issue >= _UNKNOWN
            and level.container == _SAME
            and level.authors >= _NEAR
        ),
    ),
    Rule(
        "a shortened title, the same authors, journal and volume, and nothing against it",
        lambda _, level: (
            level.title >= _PART
            and level.container == _SAME
            and level.volume == _SAME
            and level.year >= _NEAR
            and min(level.issue, level.pages) >= _UNKNOWN
            and level.authors >= _NEAR
        ),
    ),
    Rule(
        "a like title, the same authors, journal, volume and pages",
        lambda pair, level: (
            level.title not in (_DIFFERENT, _UNKNOWN)
            and (pair.is_located or (pair.is_spanned and level.volume == _UNKNOWN and level.authors == _SAME))
            and level.authors >= _NEAR
            and level.container == _SAME
            and level.year >= _NEAR
            and (level.issue >= _FAR or (pair.is_spanned and pair.is_singular))
        ),
    ),
    Rule(
        "the same authors, journal, volume and pages; the title in another language or other words",
        lambda pair, level: (
            level.title == _DIFFERENT
            and pair.is_located
            and pair.is_spanned
            and level.container == _SAME
            and level.year >= _NEAR
            and level.authors >= _NEAR
            and level.issue >= _FAR
            and (pair.is_translation or pair.shares_words)
        ),
    ),
)
"""What merges two records that no identifier speaks for or against."""

ANOTHER_NAME = Rule(
    "the same title, authors and year, under another name of journal or meeting",
    lambda pair, level: (
        pair.is_worded
        and pair.is_telling
        and level.authors >= _NEAR
        and level.year == _SAME
        and level.container in (_DIFFERENT, _FAR)
        and min(level.volume, level.issue, level.pages, level.abstract) >= _UNKNOWN
        and len(pair.kinds) == 1
        and not pair.is_denied
    ),
)
"""For a person, unless the pile itself shows that the two names are one venue's."""
