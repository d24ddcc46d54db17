"""Where a work appeared: journal names with their abbreviations, volumes, issues, pages and years."""

import re
from functools import lru_cache
from typing import NamedTuple

from harvester.folding import fold, vocabulary
from harvester.markup import clean

__all__ = [
    "Container",
    "Pages",
    "container",
    "containers",
    "issue",
    "pages",
    "same_container",
    "tells_no_meeting",
    "volume",
]


class Container(NamedTuple):
    """The name of a journal, a book or a meeting: its telling words, and the same before a subtitle.

    `kind` is `meeting`, `preprint`, or None for anything else.
    """

    words: tuple[str, ...]
    main: tuple[str, ...]
    kind: str | None


class Pages(NamedTuple):
    """First and last page, the last written out in full; letters kept (`e12`, `s3`, `cd002273`)."""

    first: str
    last: str | None


_WORD = re.compile(r"[^\W_]+")
_LONGEST = 1_000
_ELISION = re.compile(r"\b[dDlL]['’](?=\w)")
_BRACKETED = re.compile(r"\([^()]*\)|\[[^\[\]]*\]")
# "Circulation. Conference: American Heart Association", in Embase: the journal, then the meeting it printed.
_CONFERENCE = re.compile(r"\.\s*conference:", re.IGNORECASE)
_SUBTITLE = re.compile(r"\s*(?::|=|/|\s-\s|;|\.\s+(?=(?:official|the journal|journal of the|an?\s|organ\s)))\s*")
# ISO 4 leaves out articles, prepositions and conjunctions.
_SILENT = vocabulary(
    """
    d l the of and in for on to a an at de la le les des du der die das und fur et del della y e el los las i
    van het en voor by with
    """
)
_MEETING = re.compile(
    r"\b(?:proc(?:eedings)?|conf(?:erence)?|workshops?|symp(?:osium|osia)?|congress|meeting|icis|amcis|ecis|hicss|pacis)\b"
)
_PREPRINTS = re.compile(
    r"\b(?:[a-z]*arxiv|preprints?|ssrn|research square|zenodo|osf|authorea|techrxiv|f1000research posters)\b"
)
_NOT_MEETINGS = re.compile(
    r"\b(?:natl?|national) acad|\bproceedings of the (?:royal|institution|society|ieee|vldb)\b|mayo clin"
)


@lru_cache(maxsize=65_536)
def containers(name: str) -> tuple[Container, ...]:
    """Read a name that may hold two: a journal, and the meeting that it printed; the journal comes first.

    >>> [each.kind for each in containers("Circulation. Conference: 23rd Congress of Cardiology")]
    [None, 'meeting']
    """
    parts = _CONFERENCE.split(name[:_LONGEST], maxsplit=1)
    return tuple(found for part in parts if (found := container(part)))


@lru_cache(maxsize=65_536)
def container(name: str | None) -> Container | None:
    """Read the name of a journal, book or meeting; None when there is none.

    >>> container("Brain: A Journal of Neurology").main
    ('brain',)
    """
    if not name:
        return None
    name = " ".join(name[:_LONGEST].split())
    if "<" in name or "&" in name:
        name = clean(name)
    folded = fold(_ELISION.sub("", name)).strip(' ".\t')
    without = _BRACKETED.sub(" ", folded)
    if not _WORD.search(without):
        without = folded
    kind = None
    if _PREPRINTS.search(folded):
        kind = "preprint"
    elif _MEETING.search(folded) and not _NOT_MEETINGS.search(folded):
        kind = "meeting"
    told = _telling(without)
    if not told:
        return None
    main = _telling(_SUBTITLE.split(without, maxsplit=1)[0]) or told
    return Container(told, main, kind)


def _telling(folded: str) -> tuple[str, ...]:
    found = tuple(_WORD.findall(folded))
    return tuple(word for word in found if word not in _SILENT) or found


@lru_cache(maxsize=262_144)
def same_container(one: Container, other: Container) -> bool:
    """Say whether two names may be one journal's: the same words, an ISO 4 abbreviation, or an acronym.

    >>> same_container(
    ...     container("Proc Natl Acad Sci U S A"), container("Proceedings of the National Academy of Sciences")
    ... )
    True
    >>> same_container(container("JAMA"), container("Journal of the American Medical Association"))
    True
    >>> same_container(container("Journal of Digital Studies"), container("Workshop of Digital Studies"))
    False
    """
    if one.kind == "meeting" == other.kind:
        first, second = (_meeting(each.words) for each in (one, other))
        if min(len(first), len(second)) > 1 and (first <= second or second <= first):
            return True
    one_names, other_names = ({each.words, each.main, _unsponsored(each.main)} for each in (one, other))
    pairs = {(first, second) for first in one_names for second in other_names}
    return any(
        first == second
        or "".join(first) == "".join(second)
        or _abbreviates(first, second)
        or _is_acronym(first, second)
        or _is_run_together(first, second)
        for first, second in pairs
    )


def tells_no_meeting(one: Container, other: Container) -> bool:
    """Say whether one of two meetings is named by its acronym alone, so that the names cannot be compared."""
    if one.kind != "meeting" or other.kind != "meeting":
        return False
    return min(len(_meeting(each.words)) for each in (one, other)) <= 1


def _meeting(name: tuple[str, ...]) -> frozenset[str]:
    """Leave of the name of a meeting what names the series: no year, ordinal, acronym or "proceedings"."""
    return frozenset(word for word in name if not _PASSING.fullmatch(word))


_PASSING = re.compile(
    r"\d+\w*|(?:twen|thir|for|fif|six|seven|eigh|nine)t(?:y|ie(?:th|st|nd|rd))|\w*(?:first|second|third|fourth|fifth|sixth"
    r"|seventh|eighth|ninth|tenth|eleventh|twelfth|teenth)|annual|proceedings?|proc|vols?|volume|ieee|acm|aaai|ifip|conf|companion"
    r"|[ivx]+|icis|amcis|ecis|hicss|pacis|smc|chi"
)


def _unsponsored(name: tuple[str, ...]) -> tuple[str, ...]:
    """Leave out the society in front: ACM SIGMOD Record, SIGMOD Record."""
    return name[1:] if len(name) > 2 and name[0] in _SOCIETIES else name


_SOCIETIES = vocabulary("acm ieee iee iet siam aip aps acs rsc iop ifip iacr usenix")


def _abbreviates(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Compare word by word; words at the end that only one has ("USA", "Series B") may be missing."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(longer) - len(shorter) > (0 if len(shorter) < 2 else 3):
        return False
    if len(longer) == 1:
        return shorter[0].startswith(longer[0]) or longer[0].startswith(shorter[0])
    if any(not _is_short_for(first, second) for first, second in zip(shorter, longer, strict=False)):
        return False
    extra = longer[len(shorter) :]
    return not extra or all(word in _PLACES for word in extra)


_PLACES = vocabulary(
    """
    u s a us usa uk united states america england london english ed engl new york print online electronic
    internet baltimore md
    """
)


def _is_short_for(one: str, other: str) -> bool:
    if one == other:
        return True
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if shorter[0] != longer[0]:
        return False
    if longer.startswith(shorter):
        return True
    if len(shorter) < 2:
        return False
    # ISO 4 contracts ("natl", "jpn", "dtsch"): the letters in order. Plurals and -al/-ic endings share a long stem.
    letters = iter(longer)
    if all(letter in letters for letter in shorter) and len(shorter) <= 5:
        return True
    stem = min(len(shorter), len(longer)) - 2
    return stem >= 5 and len(longer) - stem <= 5 and shorter[:stem] == longer[:stem]


def _is_acronym(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    return (
        len(shorter) == 1
        and len(longer) > 2
        and len(shorter[0]) > 2
        and shorter[0] == "".join(word[0] for word in longer)
    )


def _is_run_together(one: tuple[str, ...], other: tuple[str, ...]) -> bool:
    """Recognise "jthoraccardiovascsurg": an abbreviation that lost its spaces."""
    shorter, longer = (one, other) if len(one) <= len(other) else (other, one)
    if len(shorter) > 1 or len(longer) < 3 or len(shorter[0]) < 2 * len(longer):
        return False
    text = shorter[0]
    ends = {0}
    for word in longer:
        ends = {end + size for end in ends for size in range(1, len(word) + 1) if text.startswith(word[:size], end)}
    return len(text) in ends


_SUPPLEMENT = re.compile(r"\b(?:suppl\w*|sup|spec\w*|s(?=\W|\d|$))\W*([a-z]?\d*)")
_NUMBER = re.compile(r"\d+")
_PAGE = re.compile(r"([a-z]{0,4})\s?0*(\d+)([a-z]?)")
_MONTHS = "janfebmaraprmayjunjulaugsepoctnovdec"
_SPOILT = re.compile(r"(\d{1,2})[\s-](jan|feb|mar|apr|may|jun|jul|aug|sep|oct|nov|dec)$")


@lru_cache(maxsize=65_536)
def volume(text: str | None) -> str | None:
    """Return the number of a volume: `4` for "Vol. 4 (1) (no pagination)".

    >>> volume("4 (1) (no pagination)"), volume("vol. XII"), volume("PP")
    ('4', 'xii', None)
    """
    if not text:
        return None
    if ")" in text and "(" not in text:
        # What is left of "39 (Suppl. 1)" when someone cut it at the bracket.
        return None
    folded = fold(text).replace("volume", " ").replace("vol", " ")
    if number := _NUMBER.search(folded):
        return number[0].lstrip("0") or None
    roman = re.search(r"\b[ivxlcdm]+\b", folded)
    return roman[0] if roman else None


@lru_cache(maxsize=65_536)
def issue(text: str | None) -> str | None:
    """Return the number of an issue; a supplement to a volume keeps its `s`, one to an issue is part of that.

    >>> issue("Pt 3"), issue("Suppl 1"), issue("2-3"), issue("22 SUPPL. 1"), issue("Supplement H")
    ('3', 's1', '2', '22', 'sh')
    """
    if not text:
        return None
    folded = fold(text)
    if supplement := _SUPPLEMENT.search(folded):
        before = _NUMBER.search(folded[: supplement.start()])
        return before[0].lstrip("0") if before else f"s{supplement[1].lstrip('0')}"
    number = _NUMBER.search(folded)
    return (number[0].lstrip("0") or None) if number else None


@lru_cache(maxsize=65_536)
def pages(first: str | None, last: str | None = None) -> Pages | None:
    """Return first and last page; a shortened last page is written out.

    >>> pages("123", "30"), pages("e12-e19"), pages("S4-6")
    (Pages(first='123', last='130'), Pages(first='e12', last='e19'), Pages(first='s4', last='s6'))
    """
    if not first:
        return None
    text = fold(f"{first}-{last}" if last and "-" not in first else first)
    if spoilt := _SPOILT.match(text):
        # A spreadsheet took "1-6" for a date.
        text = f"{spoilt[1]}-{_MONTHS.index(spoilt[2]) // 3 + 1}"
    found = _PAGE.findall(text)
    if text.startswith("suppl"):
        # "S17-29" with its first number lost.
        return None
    if not found:
        return None
    letters, digits, after = found[0]
    if letters in {"p", "pp", "pg", "page"}:
        letters = ""
    begin = f"{letters}{digits}{after}"
    if len(found) == 1:
        return Pages(begin, None)
    end = found[1][1]
    if len(end) < len(digits):
        end = digits[: len(digits) - len(end)] + end
    return Pages(begin, f"{letters}{end}{found[1][2]}")
