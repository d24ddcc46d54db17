"""What headings and cells of a table say of decisions in screening, in the words of the tools and of people.

A heading counts only where every word of it is known, so `Exclusion criteria` and `Publication status` hold no
decision; a cell likewise.
"""

import re
from typing import Final, Literal, NamedTuple

from harvester.formats.columns import folded

__all__ = [
    "ASREVIEW",
    "READ_BY_ASREVIEW",
    "SCREENING",
    "Cell",
    "Column",
    "Decision",
    "column",
    "gives_reason",
    "mails_reviewer",
    "names_reviewer",
    "single",
    "understood",
]

Decision = Literal["include", "exclude", "maybe"]

LONGEST: Final = 60
"""Characters that a word for a decision may have."""

# -- headings --------------------------------------------------------------------------------------------------

_STAGES: Final = {
    "title": 0, "titles": 0, "ti": 0,
    "abstract": 1, "abstracts": 1, "ab": 1, "tiab": 1, "ta": 1, "initial": 1, "preliminary": 1, "prescreen": 1,
    "prescreening": 1,
    "full": 3, "fulltext": 3, "ft": 3, "final": 3, "consensus": 3, "overall": 3, "agreed": 3, "adjudicated": 3,
    "resolved": 3,
}  # fmt: skip
SCREENING: Final = 2
"""The stage of a column that names none."""
_ROUNDS: Final = frozenset(("stage", "level", "phase", "round", "step", "pass"))
_FIRST: Final = frozenset(("1", "first", "i", "one"))
_SECOND: Final = frozenset(("2", "second", "ii", "two"))
_PEOPLE: Final = frozenset(("reviewer", "screener", "rater"))
_VOTERS: Final = _PEOPLE | {"a", "b", "c", "r1", "r2", "r3", "3", "third"}
_WEAK: Final = frozenset(("screening", "status", "label", "vote", "judgement", "judgment", "consensus", "eligibility"))
_INCLUDING: Final = frozenset(("include", "included", "includes", "inclusion"))
_STRONG: Final = _INCLUDING | {"decision", "decisions", "verdict"}
_FILLING: Final = frozenset(
    (
        *("and", "or", "text", "flag", "result", "after", "on", "of", "the", "at", "by", "for", "screen"),
        *("y", "n", "yes", "no", "0", "maybe", "unclear"),
    )
)
_REASONS: Final = frozenset(("reason", "reasons", "rationale", "justification"))
_EXCLUDING: Final = frozenset(("exclusion", "exclude", "excluded", "excludes"))
_KNOWN: Final = _STRONG | _WEAK | _FILLING | _ROUNDS | _FIRST | _SECOND | _VOTERS | _STAGES.keys()

READ_BY_ASREVIEW: Final = frozenset(
    (
        *("included", "label", "final included", "label included", "included label", "included final"),
        *("included flag", "include"),
    )
)
"""The columns that ASReview reads labels from, and exports as they came beside the labels given in it.

GitHub asreview/asreview, asreview/data/base.py.
"""
ASREVIEW: Final = "asreview label"
"""The column of the labels given in ASReview (asreview.readthedocs.io, "Progress and results")."""
# GitHub mjwestgate/revtools, R/screen_abstracts.R; elsewhere "screened" does not tell how it went.
_REVTOOLS: Final = {"screened titles": 0, "screened abstracts": 1}


def single(heading: str) -> str:
    """Give a heading as the file has it, where tables number the copies of one.

    >>> single("Include (2)")
    'Include'
    """
    return re.sub(r" \(\d+\)$", "", heading)


class Column(NamedTuple):
    """What a heading promises."""

    stage: int
    """Titles 0, abstracts 1, screening as such 2, full text and whatever is final 3."""
    is_strong: bool
    """Whether it must hold decisions; a `status` may be anything."""
    is_vote: bool
    """Whether it holds what one of several reviewers thought."""


def column(heading: str) -> Column | None:
    """Tell what a heading says of the decisions below it; None where it promises none.

    >>> column("Full-text decision").stage, column("label_abstract_screening").stage, column("Include?").stage
    (3, 1, 2)
    >>> column("Reviewer 2 decision").is_vote, column("Publication status"), column("Excluded")
    (True, None, None)
    """
    name = folded(single(heading))
    if name == ASREVIEW:
        return Column(SCREENING, is_strong=True, is_vote=False)
    if name in _REVTOOLS:
        return Column(_REVTOOLS[name], is_strong=False, is_vote=False)
    words = set(name.split())
    if len(words) > 1 and words & _PEOPLE and words <= _VOTERS | _FIRST | _SECOND:
        return Column(SCREENING, is_strong=False, is_vote=True)
    # Yes below "excluded" would be the contrary of yes below "included": only "include or exclude" is clear.
    known = _KNOWN | _EXCLUDING if words & _INCLUDING else _KNOWN
    if not words <= known or words.isdisjoint(_STRONG | _WEAK):
        return None
    stage = max((_STAGES[word] for word in words & _STAGES.keys()), default=SCREENING)
    numbered = words & (_FIRST | _SECOND) if "0" not in words else set()
    if numbered and words & _ROUNDS:
        stage = 1 if numbered <= _FIRST else 3
        numbered = set()
    is_vote = bool(numbered or words & _VOTERS)
    return Column(stage, is_strong=not words.isdisjoint(_STRONG), is_vote=is_vote)


def gives_reason(name: str) -> bool:
    """Whether a folded heading promises the reason for a decision.

    >>> gives_reason("full text exclusion reason"), gives_reason("reason for study")
    (True, False)
    """
    words = set(name.split())
    return name == "asreview note" or (bool(words & _REASONS) and words <= _KNOWN | _REASONS | _EXCLUDING)


def names_reviewer(name: str) -> bool:
    """Whether a folded heading promises the name of who decided."""
    words = name.split()
    by = ("screened by", "reviewed by", "decided by", "assessed by", "asreview user name")
    return name in by or (words[:1] in (["reviewer"], ["reviewers"], ["screener"], ["rater"]) and len(words) < 3)


def mails_reviewer(name: str) -> bool:
    """Whether a folded heading promises the address of who decided, for where the name is not known."""
    return name == "asreview user email"


# -- cells -----------------------------------------------------------------------------------------------------


class Cell(NamedTuple):
    """What a cell says: a decision with a reason behind it, or that there is none yet."""

    decision: Decision | None
    reason: str | None = None


_WORDS: Final[dict[str, Decision | None]] = {
    **dict.fromkeys(
        (
            *("include", "included", "includes", "inclusion", "in", "yes", "y", "1", "true", "relevant", "selected"),
            *("select", "accept", "accepted", "eligible", "keep"),
        ),
        "include",
    ),
    **dict.fromkeys(
        (
            *("exclude", "excluded", "excludes", "exclusion", "out", "no", "n", "0", "false", "irrelevant", "reject"),
            *("rejected", "ineligible", "not included", "not relevant", "not eligible", "not selected", "discard"),
        ),
        "exclude",
    ),
    # "unknown" is a button of revtools (GitHub mjwestgate/revtools, R/screen_titles.R).
    **dict.fromkeys(
        ("maybe", "unclear", "unsure", "uncertain", "unknown", "?", "??", "conflict", "conflicts", "in conflict"),
        "maybe",
    ),
    # -1 is ASReview's (GitHub asreview/asreview v1, asreview/config.py), "not vetted" metagear's (GitHub cran/metagear,
    # R/effort_initialize.R).
    **dict.fromkeys(
        (
            *("", "-1", "-", "\u2013", "\u2014", "na", "n/a", "#n/a", "nan", "<na>", "none", "null", "undecided"),
            *("pending", "not vetted", "not seen", "not screened", "unscreened", "unlabeled", "unlabelled"),
        ),
        None,
    ),
}
_WHOLE: Final = re.compile(r"(-?\d)[.,]0+")
_REASON_BEHIND: Final = re.compile(
    r"(includ\w{0,3}|exclud\w{0,3}|maybe|unclear|yes|no)\s*(?:[:;(]|\s[-\u2013\u2014]\s)\s*(.*)",
    re.DOTALL | re.IGNORECASE,
)


def understood(cell: str) -> Cell | None:
    """Tell what a cell says; None where that is no word for a decision.

    A number comes as `1.0` from pandas, where some rows have none.

    >>> understood("Excluded - wrong population"), understood("-1"), understood("include (maybe)")
    (Cell(decision='exclude', reason='wrong population'), Cell(decision=None, reason=None), None)
    """
    text = cell.strip().strip("'\"").strip()
    number = _WHOLE.fullmatch(text)
    word = number[1] if number else " ".join(text[:LONGEST].casefold().split()) if len(text) <= LONGEST else None
    if word in _WORDS:
        return Cell(_WORDS[word])
    behind = _REASON_BEHIND.fullmatch(text)
    if behind and (decision := _WORDS.get(behind[1].casefold())):
        reason = behind[2].strip()
        reason = reason if "(" in reason else reason.removesuffix(")")
        return Cell(decision, reason) if reason.casefold() not in _WORDS or not reason else None
    return None
