"""Titles are taken apart: the words that name the work, and the marks that say it is another one.

A title says more than its words. "Erratum to ...", "... Part II", "Reply to ..." and "... : a protocol" differ from
the title that they quote by little text and name another work, so those marks are read apart from the wording.
Exporters add marks of their own that name nothing: "[Chinese]", "(Review)", brackets round a translated title.
"""

import re
from typing import NamedTuple

from harvester.folding import fold, vocabulary
from harvester.markup import clean

__all__ = ["Wording", "parallel", "wording"]


class Wording(NamedTuple):
    """A title ready to be compared."""

    text: str
    """Its letters and digits alone."""
    spaced: str
    """Its words, parted by single spaces."""
    main: str
    """The letters and digits of the title before its subtitle; the whole where it has none."""
    numbers: tuple[str, ...]
    """Its numbers in order, Roman and written ones as digits."""
    part: str | None
    """What "Part", "Volume" or a number at its end counts."""
    mark: str | None
    """The kind of notice that it is (`correction`, `reply`, ...); the words are then those of the title it is about."""
    tongue: str | None
    """`english` or `other`, as far as the small words tell."""
    is_translated: bool
    """Whether a database marks it as its own translation."""
    is_recurring: bool
    """Whether it heads what a journal prints again and again: editorials, columns, book reviews."""

    @property
    def words(self) -> list[str]:
        """Its words in order."""
        return self.spaced.split()


# "English title <ORIGINAL> Titre original", in Pascal.
_ORIGINAL = re.compile(r"\s*<original>.*$", re.IGNORECASE | re.DOTALL)
_EMBASE_INDEX = re.compile(r"</?inf>", re.IGNORECASE)
_LANGUAGES = (
    "afrikaans|albanian|arabic|armenian|basque|bosnian|bulgarian|catalan|chinese|croatian|czech|danish|dutch|english|"
    "estonian|finnish|flemish|french|georgian|german|greek|hebrew|hungarian|icelandic|indonesian|iranian|italian|"
    "japanese|korean|latvian|lithuanian|macedonian|norwegian|persian|polish|portuguese|romanian|russian|serbian|"
    "serbo croatian|slovak|slovakian|slovene|slovenian|spanish|swedish|thai|turkish|ukrainian|vietnamese|"
    "multiple languages"
)
# Notes that databases put after (Embase, Ovid, Cochrane) or before a title; none is part of it.
_TRAILING_NOTE = re.compile(
    rf"[\s.,;:]*(?:\[(?:(?:in\s+)?(?:{_LANGUAGES})(?:\s*[,/;]\s*(?:{_LANGUAGES}))*|review|abstract|article|letter|"
    r"editorial|comment|conference abstract|see comments?|authors? transl|retracted article[^\]]*|"
    r"poster[^\]]*|proceedings?|\d+ refs?|[^\[\]]{1,30} refs?)\]"
    r"|\((?:review|structured abstract|provisional abstract|project record|brief record|authors? transl|"
    r"abstract|cochrane review|see comments?|retracted article[^)]*)\))[\s.]*$"
)
# "...[Erratum appears in Am J Hematol. 2010 Nov;85(11):911]", which MEDLINE by Ovid adds and exports cut short.
_CROSS_REFERENCE = re.compile(
    r"[\s.]*[\[(](?:erratum|errata|corrected|correction|retraction|retracted|republished|summary for|see comment"
    r"|comment|update|original|reprint|published)\w*(?:\s+(?:appears?|published|and|in|on|for|of|from))+\b.*$"
)
# "(vol 142, pg 310, 2003)" in Web of Science, "(Blood (2009) 360 (542-544))" in Embase: a notice on that article.
_ABOUT = re.compile(
    r"[\s.]*(?:\(vol\.? \w+,? (?:p|pg|pp|art no|iss|no)\b[^()]*\)"
    r"|\((?:[^()]|\([^()]*\))*\((?:\w+ )*[12]\d{3}\)(?:[^()]|\([^()]*\))*\)?)[\s.]*$"
)
_CLOSING_REPLY = re.compile(
    r"\s*[-–—:.]\s*(?:the )?(?:authors?s? )?(?:in )?(?:repl(?:y|ies)|response|rejoinder|rebuttal)[\s.]*$"
)
_LEADING_NOTE = re.compile(rf"^\s*\[?(?:{_LANGUAGES})\s*\]\s*")
_RETRACTED = re.compile(r"^\W*retracted(?:\s+article)?\s*[:.\]\-–]\s*")
_WRAPPED = re.compile(r"^\s*\[([^\[\]]*(?:\[[^\[\]]*\][^\[\]]*)*)\]?[\s.]*$")
_WORD = re.compile(r"[^\W_]+")
_SUBTITLE = re.compile(r"\s*(?::|\s[-–—]\s|\.\s|\?\s|;\s|--)\s*")


def _numerals(listed: str) -> dict[str, str]:
    return {word: str(number) for number, word in enumerate(listed.split(), start=1)}


_PARALLEL = re.compile(r"^(.{16,}?)\s*\[([^\[\]]{24,})\][\s.]*$", re.DOTALL)

_NOTICE = re.compile(
    r"""^\W*(?:
      (?P<retraction>retraction(?:\s+(?:note|notice|statement))?\b(?:\s*(?:to|of|for|on|note)\b|\s*[:.\-–—]|\s*$)
        |(?:statement|notice)\s+of\s+retraction\b|notice\s+of\s+withdrawal|withdrawal\s+notice)
     |(?P<concern>(?:editorial\s+)?expression\s+of\s+concern\b)
     |(?P<correction>(?:publishers?\s+|authors?\s+|editors?\s+)?(?:errat(?:um|a)|corrigend(?:um|a)
        |correction(?:s|\s+notice|\s+statement)?|addend(?:um|a))\b(?:\s*(?:to|for|in|of|on|note|regarding|concerning|re)\b|\s*[:.\-–—\[("“«]|\s*$))
     |(?P<reply>(?:the\s+)?(?:authors?s?|editors?)?\s*(?:in\s+)?(?:repl(?:y|ies)|response|rejoinder|rebuttal)
        (?:\s+(?:to|from|by)\b|\s*[:.\-–—]|\s*$))
     |(?P<comment>(?:(?:a|an|invited|editorial|expert)\s+)?(?:comment(?:s|ary)?|discussion)\s*(?:on\b|to\b|[:.\-–—])
        |re\s*:|letter\s+to\s+the\s+editor\s+re)
    )""",
    re.VERBOSE,
)
_LONGEST = 2_000
_TELLING = 12
_SHORTEST = 16
_RECURRING = re.compile(
    r"^\W*(?:(?:guest |introductory )?editorials?\b|editors?\b|from the (?:guest )?editors?\b|foreword\b|preface\b"
    r"|introduction to the\b|special (?:issue|section)\b|in this issue\b|letters?(?: to the editors?)?\W*$"
    r"|book reviews?\b|obituar|in memoriam\b|table of contents\b|issue information\b|front matter\b|masthead\b)"
    r"|\beditors? (?:comments?|notes?|introduction|column)|\bminitrack\b|\beditorial\W*$"
)
# Words that also begin titles of papers; of a column only where little follows.
_OFTEN_RECURRING = re.compile(
    r"^\W*(?:message from|welcome|reviews?|news|announcements?|contents|index|abstracts|proceedings of|reviewers?"
    r"|acknowledge?ments?|correspondence|conference report|calendar|cover|presidents?|annual report|case \d+|quiz"
    r"|whats new)\b"
)
_LITTLE = 40
_PROTOCOL = re.compile(
    r"(?:\bstudy\s+protocol\b|[:(]\s*(?:a\s+)?protocol\b|\bprotocol\s+(?:for|of)\s+an?\b|\(protocol\)"
    r"|\bprotocol\s*[.)]?\s*$|^\s*protocol\b)"
)
_ROMAN = _numerals("i ii iii iv v vi vii viii ix x xi xii xiii xiv xv xvi xvii xviii xix xx")
_COUNTED = _numerals("one two three four five six seven eight nine ten") | _numerals(
    "first second third fourth fifth sixth seventh eighth ninth tenth"
)
_LETTER = {letter: letter for letter in "abcdefgh"}
_PART = re.compile(
    r"\b(?:part|pt|parts|section|paper|phase|chapter|episode|volume|vol|book|teil|partie|parte|deel|study|series|stage"
    r"|wave|round|experiment|number|no|lecture|report|edition|update|issue)\s*[.:]?\s*([a-z]{1,7}|\d{1,4})\b"
)
_NUMERALS = {roman: number for roman, number in _ROMAN.items() if len(roman) > 1} | _COUNTED
_DIGIT = re.compile(r"\d")
_LAST_ROMAN = re.compile(r"(?:^|[\s.:,(\-–—])([ivx]{1,5})\s*[.)]?\s*$")
_LEADING_ROMAN = re.compile(r"^\s*([ivx]{1,5})\s*[.:]\s")


def wording(title: str | None) -> Wording | None:
    """Take a title apart; None when it says nothing.

    >>> wording("[Peer support: part II]. [German]").spaced
    'peer support part ii'
    >>> wording("Erratum to: Peer support").mark, wording("Peer support. II").part
    ('correction', '2')
    """
    if not title:
        return None
    title = " ".join(title[:_LONGEST].split())
    if "<" in title or "&" in title:
        title = clean(_EMBASE_INDEX.sub("", _ORIGINAL.sub("", title) or title))
    folded = fold(title)
    is_translated = False
    if "[" in folded or "(" in folded:
        folded = _CROSS_REFERENCE.sub("", folded) or folded
        if "[" in folded:
            folded = _LEADING_NOTE.sub("", folded)
        while (shorter := _TRAILING_NOTE.sub("", folded)) != folded and shorter.strip(" []()."):
            is_translated = is_translated or "]" in folded[len(shorter) :]
            folded = shorter
        if wrapped := _WRAPPED.match(folded):
            folded, is_translated = wrapped[1], True
    if "retracted" in folded[:20]:
        folded = _RETRACTED.sub("", folded)
    mark, folded = _mark(folded)
    found = tuple(_WORD.findall(folded))
    if not found or found == ("unknown",):
        return None
    text = "".join(found)
    cut = _SUBTITLE.split(folded.strip(" .?:"), maxsplit=1)
    return Wording(
        text=text,
        spaced=" ".join(found),
        main="".join(_WORD.findall(cut[0])) if len(cut) > 1 else text,
        numbers=_numbers(folded, found),
        part=_part(folded),
        mark=mark,
        tongue=_tongue(found),
        is_translated=is_translated,
        is_recurring=_recurs(text, folded),
    )


def _recurs(text: str, folded: str) -> bool:
    return (
        len(text) < _SHORTEST
        or bool(_RECURRING.search(folded))
        or (len(text) < _LITTLE and bool(_OFTEN_RECURRING.match(folded)))
    )


def parallel(title: str | None) -> tuple[str, ...]:
    """Part a title from its translation in brackets; a single title when there is none.

    >>> parallel("Foundations and limits of work [Grundlagen und Grenzen der Arbeit]")
    ('Foundations and limits of work', 'Grundlagen und Grenzen der Arbeit')
    """
    if not title:
        return ()
    title = " ".join(title[:_LONGEST].split())
    if "[" in title and (both := _PARALLEL.match(title)) and not _CROSS_REFERENCE.search(fold(title)):
        return both[1], both[2]
    return (title,)


def _mark(folded: str) -> tuple[str | None, str]:
    """Tell what kind of notice a title is, and return the title that it is about, where it names one."""
    mark = None
    if ")" in folded and (about := _ABOUT.search(folded)) and about.start():
        mark, folded = "correction", folded[: about.start()]
    if notice := _NOTICE.match(folded):
        rest = folded[notice.end() :]
        return notice.lastgroup, rest if len(rest) > _TELLING else folded
    if reply := _CLOSING_REPLY.search(folded):
        return "reply", folded[: reply.start()] or folded
    if mark is None and "protocol" in folded and _PROTOCOL.search(folded):
        mark = "protocol"
    return mark, folded


_ENGLISH = vocabulary("the of and for with from on by is are to at their how what among between its as")
_OTHER = vocabulary(
    """
    der die das und fur von zur zum des im bei mit eine einer le les du et dans une chez sur pour los las el del
    y en una por con para da do dos em uma na no och av hos til og di della nel il gli per het een van bij w z
    przy na voor zu als dem den auf
    """
)


def _tongue(found: tuple[str, ...]) -> str | None:
    english = not _ENGLISH.isdisjoint(found)
    if english == (not _OTHER.isdisjoint(found)):
        return None
    return "english" if english else "other"


def _numbers(folded: str, found: tuple[str, ...]) -> tuple[str, ...]:
    """Return the numbers among the words, Roman and written ones as digits."""
    if _NUMERALS.keys().isdisjoint(found) and not _DIGIT.search(folded):
        return ()
    return tuple(
        numeral
        for word in found
        if (numeral := (word.lstrip("0") or "0") if word[0].isdigit() or word[-1].isdigit() else _NUMERALS.get(word))
    )


def _part(folded: str) -> str | None:
    """Return what the title counts: "part II", "study 3", a Roman number at either end."""
    parts = [
        counted
        for named in _PART.findall(folded)
        if (
            counted := _ROMAN.get(named)
            or _COUNTED.get(named)
            or _LETTER.get(named)
            or (named if named.isdigit() else None)
        )
    ]
    if roman := _LAST_ROMAN.search(folded) or _LEADING_ROMAN.match(folded):
        number = _ROMAN.get(roman[1])
        if number and (len(folded) > len(roman[0])):
            parts.append(number)
    return ",".join(dict.fromkeys(parts)) or None
