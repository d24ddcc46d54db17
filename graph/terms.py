"""Titles cut into words, in any language and script: which words there are, and which of them belong together.

Everything that reads titles reads them through here, so that a burst, the label of a community and a keyword
mean the same by a word and by a phrase. What is counted, and how it is weighed, is each analysis's own.

A word is a run of letters, digits and the marks upon them, with apostrophes inside. Upper and lower case are
one, and so are the forms that Unicode calls compatible (NFKC); what cannot be seen does not count. Articles
that French, Italian and Catalan write with an apostrophe are cut off. Chinese characters are taken in twos,
which overlap, and Japanese is parted where its script changes, for neither puts spaces between words. A run
of more than 60 characters is a sequence, an address or a mishap, and no word.
"""

import re
from array import array
from collections import defaultdict
from collections.abc import Collection, Iterable
from dataclasses import dataclass
from functools import cache
from itertools import chain, count, repeat
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

__all__ = [
    "APART",
    "HYPHEN",
    "SILENT",
    "SPACE",
    "SPEAKS",
    "STOP_WORDS",
    "SUPPORTS",
    "WITHIN",
    "Words",
    "folded",
    "is_han",
    "phrases",
    "spelt",
    "voices",
    "words_of",
]

APART, SPACE, HYPHEN, WITHIN = 0, 1, 2, 3
"""What stands between a word and the one before it: a sign or the end of a title, white space, a hyphen,
nothing at all. Only the first parts a phrase."""

SILENT, SUPPORTS, SPEAKS = 0, 1, 2
"""What a word says: nothing, so that phrases end at it; something beside another word, as numbers and single
letters do; something by itself."""

LONGEST = 60
"""Characters of the longest word."""

CHUNK = 1 << 12
"""Titles that are searched for words at a time."""

# The lists of libraries, made for ranking web pages, hold more than function words: of the 1,300 English words
# in stop-words and stopwordsiso, "self", "help", "group", "home", "older", "young" and "work" name whole fields
# (on such lists: J. Nothman, H. Qin, R. Yurchak, Stop Word Lists in Free Open-source Software Packages, 2018).
# The core of this one is the table of stop words in PubMed Help (NCBI Bookshelf NBK3827), made for titles.
ENGLISH = """
a about above across after again against all almost along also although always am among amongst an and another
any are aren't around as at be because been before being below beneath beside besides between beyond both but by
can can't could couldn't did didn't do does doesn't doing don't done due during each either else enough especially
et etc every few for found from further had has have having he hence her here hers herself him himself his how
however i i'm i've if in into is isn't it it's its itself just let's made mainly make may me might more most mostly
much must my myself nearly neither no nor not obtained of off often on once one only onto or other others ought our
ours ourselves out over own per perhaps pmid quite rather really regarding seem seen several shall she should
shouldn't show showed shown shows significantly since so some such than that that's the their theirs them
themselves then there there's therefore these they they're this those through throughout thus to too toward
towards under until upon used using various versus very via vs was wasn't we we're were what what's when where
whereas whether which while who who's whom whose why will with within without won't would wouldn't yet you you're
your yours yourself yourselves
"""
STOP_WORDS = frozenset(ENGLISH.split())
"""English words that carry no subject."""

ENGLISH_SUPPORTS = frozenset(("down", "kg", "km", "mg", "ml", "mm", "overall", "same", "up", "use"))
"""English words that say nothing alone, and much in "substance use", "Down syndrome" and "overall survival"."""

INITIALS = frozenset("bcdfghjlmnpqrtx")
"""Letters that stand on lists for what an apostrophe leaves behind, and in titles for vitamins and cells."""

# Soft hyphen, joiners of graphemes and words, marks of direction, selectors of variants, byte order mark.
INVISIBLE = dict.fromkeys((0xAD, 0x34F, 0x61C, 0x200E, 0x200F, 0xFEFF, *range(0x202A, 0x202F), *range(0x2060, 0x2070)))
INVISIBLE |= dict.fromkeys((*range(0xFE00, 0xFE10), *range(0xE0100, 0xE01F0)))
# Hyphens and the dashes that join, as in Kaplan–Meier; NFKC has made U+2010 of U+2011.
REWRITTEN = {**dict.fromkeys(map(ord, "\u2010\u2012\u2013\u058a\u05be"), "-"), 0x2019: "'", 0x02BC: "'"}
# Thai and Khmer may mark the ends of their words with the space that has no width.
REWRITTEN |= {0x200B: " ", ord("_"): "/"}

JOINERS = re.compile("(?<![^\\0-\u036f])[\u200c\u200d]")
"""Persian and Indic words are spelt with joiners; in Latin script they are left over from somewhere."""

ELIDED = re.compile(r"(?<!\w')\b(?:(?:[cdjlns]|qu|jusqu|lorsqu|puisqu|un|gl|(?:d?a|de|ne|su|co|que)ll|quest)')+(?=\w)")
"""Articles and the like, but not the one letter of O'Neill and t'ai chi."""

HAN = "\u3005\u3007\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff"
HAN_WORD = re.compile(f"[{HAN}]+")
SCRIPTS = re.compile(f"[{HAN}]+|[\u3040-\u309f]+|[\u30a0-\u30ff]+|[^{HAN}\u3040-\u30ff]+")
SYLLABLES = re.compile(f"[{HAN}\uac00-\ud7a3]")
"""Characters that are words by themselves, Chinese and Korean."""


@dataclass(frozen=True, slots=True, eq=False, kw_only=True)
class Words:
    """The words of many titles, one after the other, in the order of the titles."""

    vocabulary: list[str]
    """Each different word once, in the order of code points."""
    word: NDArray[np.int64]
    """Numbers of words in the vocabulary."""
    title: NDArray[np.int64]
    """Which title each stands in."""
    glue: NDArray[np.int8]
    """What stands between it and the one before; `APART` for the first of a title."""
    titles: int
    """How many titles there are, with words or without."""


def words_of(titles: Iterable[str | None]) -> Words:
    """Cut titles into words, and number the words.

    >>> words = words_of(["Peer-support for COVID‐19: the carers’ view", None, "抑郁症"])
    >>> [words.vocabulary[word] for word in words.word]
    ['peer', 'support', 'for', 'covid', '19', 'the', 'carers', 'view', '抑郁', '郁症']
    >>> words.glue.tolist()
    [0, 2, 1, 1, 2, 0, 1, 1, 0, 3]
    """
    # Most titles are plain ASCII, whose words are found several times as fast.
    plain: list[str] = []
    other: list[str] = []
    sorts = array("b")
    for each in titles:
        title = each or ""
        is_plain = title.isascii()
        sorts.append(is_plain)
        (plain if is_plain else other).append(title)
    is_of = np.asarray(sorts, dtype=np.bool_)
    numbers: defaultdict[str, int] = defaultdict(count().__next__)
    parts = [
        _found(some, pattern, np.flatnonzero(rows), numbers)
        for some, pattern, rows in ((plain, PLAIN_WORD, is_of), (other, _any_word(), ~is_of))
    ]
    word, owner, glue = map(np.concatenate, zip(*parts, strict=True))
    if other:
        order = np.argsort(owner, kind="stable")
        word, owner, glue = word[order], owner[order], glue[order]
    return _cut(list(numbers), word, owner, glue, titles=len(sorts))


def voices(words: Words, *, stop_words: Collection[str] | None = None) -> NDArray[np.int8]:
    """What each word says where it stands: `SILENT`, `SUPPORTS` or `SPEAKS`.

    Silent are the function words of the language of the title, which is the one it has most function words of:
    "die" says nothing in German, and something in English. A title with hardly any ("War veterans": one word
    that is on a list, the German one) is read as the other titles that hold the word are. With `stop_words`,
    these are silent instead, whatever the language.

    >>> words = words_of(["The use of substances", "Die Musik und die Stimmung", "Those who die"])
    >>> [words.vocabulary[word] for word in words.word[voices(words) == SPEAKS]]
    ['substances', 'musik', 'stimmung', 'die']
    """
    size = len(words.vocabulary)
    stands = np.fromiter(map(_stands, words.vocabulary), np.bool_, size)[words.word]
    if stop_words is not None:
        stopped = {folded(word) for word in stop_words}
        is_silent = np.fromiter((word in stopped for word in words.vocabulary), np.bool_, size)[words.word]
        return _graded(is_silent, ~stands)
    number, lists = _languages()
    listed = np.zeros((number, size), dtype=np.bool_)
    for place, word in enumerate(words.vocabulary):
        for language in lists.get(word, ()):
            listed[language, place] = True
    most, spoken = np.zeros(words.titles, dtype=np.int64), np.zeros(words.titles, dtype=np.int64)
    for language, is_listed in enumerate(listed):
        if is_listed.any():
            hits = np.bincount(words.title[is_listed[words.word]], minlength=words.titles)
            spoken[hits > most] = language
            np.maximum(most, hits, out=most)
    supports = np.fromiter((word in ENGLISH_SUPPORTS for word in words.vocabulary), np.bool_, size)[words.word]
    supports &= (spoken == 0)[words.title]
    is_silent = listed[spoken[words.title], words.word] & ~supports
    is_clear = (most > (spoken > 0))[words.title]
    votes = np.bincount(words.word[is_clear], np.where(is_silent, 1, -1)[is_clear], minlength=size)[words.word]
    return _graded(np.where(is_clear | (votes == 0), is_silent, votes > 0), supports | ~stands)


def _graded(is_silent: NDArray[np.bool_], supports: NDArray[np.bool_]) -> NDArray[np.int8]:
    return np.where(is_silent, SILENT, np.where(supports, SUPPORTS, SPEAKS)).astype(np.int8)


def phrases(words: Words, voice: NDArray[np.int8]) -> NDArray[np.int64]:
    """Where the second words of phrases of two stand; the first is the word before, and one of them speaks.

    White space or a hyphen is between them. Neither is silent, but for the part that a hyphen gives such a word
    in a compound, which then is taken or left whole: "follow-up" is a phrase, "end-of" and "up care" are none.

    >>> words = words_of(["Peer support: a follow-up of end-of-life care"])
    >>> [words.vocabulary[words.word[place]] for place in phrases(words, voices(words))]
    ['support', 'up', 'care']
    """
    says, speaks = voice > SILENT, voice == SPEAKS
    spaced, tied = words.glue == SPACE, words.glue == HYPHEN
    # The compound begins with the first of two words, and ends with the second.
    begins, ends = ~tied[:-1], ~np.append(tied[2:], False)[: len(tied[1:])]
    found = tied[1:] & (says[:-1] | begins) & (says[1:] | ends)
    found |= spaced[1:] & says[:-1] & says[1:]
    return np.flatnonzero(found & (speaks[:-1] | speaks[1:])) + 1


def spelt(first: str, second: str, glue: int) -> str:
    """A word, or a phrase, and the word after it as they stand beside each other.

    >>> spelt("self", "help", HYPHEN), spelt("抑郁", "郁症", WITHIN), spelt("うつ", "病", WITHIN)
    ('self-help', '抑郁症', 'うつ病')
    """
    if glue == WITHIN:
        return first + (second[1:] if is_han(second) and is_han(first[-1]) else second)
    return f"{first}{'-' if glue == HYPHEN else ' '}{second}"


def is_han(word: str) -> bool:
    """Whether a word is of Chinese characters.

    >>> is_han("抑郁"), is_han("health")
    (True, False)
    """
    return not word.isascii() and HAN_WORD.match(word) is not None


def folded(text: str) -> str:
    """The text with what does not tell words apart taken away.

    >>> folded("PEER\u2011Support"), folded("Straße"), folded("self\u00adhelp")
    ('peer-support', 'strasse', 'selfhelp')
    """
    if text.isascii():
        return text.lower()
    text = normalize("NFKC", text).casefold().translate(INVISIBLE)
    if "\u200c" in text or "\u200d" in text:
        text = JOINERS.sub("", text)
    return normalize("NFKC", text).translate(REWRITTEN)


# -- finding words ----------------------------------------------------------------------------------------------

PLAIN_WORD = re.compile(r"([a-z0-9]+(?:'[a-z0-9]+)*)")


@cache
def _any_word() -> re.Pattern[str]:
    """Match a word of any script, which the marks that `\\w` leaves out would cut in pieces."""
    # Up to U+FFFF, which all living scripts but a few keep to: a class of characters beyond is searched one
    # range at a time, and takes seven times as long.
    marks = "".join(char for char in map(chr, range(0x300, 0x10000)) if category(char).startswith("M"))
    run = rf"[\w{marks}\u200c\u200d]*"
    return re.compile(rf"(\w{run}(?:'\w{run})*)")


class _Glues(dict[str, int]):
    """What the text between two words makes of them, worked out once for each text."""

    def __missing__(self, gap: str) -> int:
        # An apostrophe before a space is that of "the carers' view"; a line ends a title.
        is_space = gap.removeprefix("'").isspace() and "\n" not in gap
        self[gap] = glue = SPACE if is_space else HYPHEN if gap == "-" else APART
        return glue


def _found(
    titles: list[str], word: re.Pattern[str], rows: NDArray[np.int64], numbers: defaultdict[str, int]
) -> tuple[NDArray[np.int64], NDArray[np.int64], NDArray[np.int8]]:
    """The numbers of the words of these titles, the rows of their titles, and their glue."""
    found, glue = array("q"), array("b")
    owners = [np.zeros(0, dtype=np.int64)]
    glues = _Glues()
    for start in range(0, len(titles), CHUNK):
        # Many titles are searched at once, a line each: what is done to the text neither makes nor ends lines.
        text = folded("\n".join([title.replace("\n", " ") for title in titles[start : start + CHUNK]]))
        parts = word.split(ELIDED.sub("", text) if "'" in text else text)
        gaps = parts[:-1:2]
        found.extend(map(numbers.__getitem__, parts[1::2]))
        glue.extend(map(glues.__getitem__, gaps))
        lines = np.fromiter(map(str.count, gaps, repeat("\n")), np.int64, len(gaps))
        owners.append(rows[start + np.cumsum(lines)])
    glued = np.asarray(glue, dtype=np.int8)
    owner = np.concatenate(owners)
    glued[np.flatnonzero(np.diff(owner, prepend=-1))] = APART
    return np.asarray(found, dtype=np.int64), owner, glued


def _cut(
    runs: list[str], run: NDArray[np.int64], owner: NDArray[np.int64], glue: NDArray[np.int8], *, titles: int
) -> Words:
    """Make words of runs of characters: one, several within it, or none where it is too long."""
    pieces = [_pieces(text) for text in runs]
    vocabulary = sorted(set(chain.from_iterable(pieces)))
    number = {word: place for place, word in enumerate(vocabulary)}
    counts = np.fromiter(map(len, pieces), np.int64, len(pieces))
    flat = np.fromiter(map(number.__getitem__, chain.from_iterable(pieces)), np.int64, int(counts.sum()))
    starts = np.cumsum(counts) - counts
    times = counts[run]
    first = np.cumsum(times) - times
    word = flat[np.repeat(starts[run] - first, times) + np.arange(int(times.sum()))]
    within = np.full(len(word), WITHIN, dtype=np.int8)
    within[first] = glue
    owner = np.repeat(owner, times)
    if vocabulary[:1] == [""]:
        # What is no word still parts the words beside it.
        within[1:][word[:-1] == 0] = APART
        kept = word > 0
        word, within, owner, vocabulary = word[kept] - 1, within[kept], owner[kept], vocabulary[1:]
    return Words(vocabulary=vocabulary, word=word, title=owner, glue=within, titles=titles)


def _pieces(run: str) -> tuple[str, ...]:
    """The words of a run of letters and digits; an empty one stands for what is too long to be a word."""
    if run.isascii():
        return (run if len(run) <= LONGEST else "",)
    words: list[str] = []
    for each in SCRIPTS.findall(run):
        part = each.strip("\u200c\u200d'")
        if is_han(part):
            words += [part[start : start + 2] for start in range(max(len(part) - 1, 1))]
        else:
            # Case folding makes every sigma one, and the last letter of a word is written differently.
            end = "ς" if len(part) > 1 and part.endswith("σ") else part[-1:]
            words.append(part[:-1] + end if len(part) <= LONGEST else "")
    return tuple(words)


def _stands(word: str) -> bool:
    """Whether a word can say something by itself, as numbers and single letters cannot."""
    return any(map(str.isalpha, word)) if len(word) > 1 else SYLLABLES.match(word) is not None


@cache
def _languages() -> tuple[int, dict[str, tuple[int, ...]]]:
    """How many languages there are, and those in which a word is a function word; English is number 0.

    So it wins where others have no more function words in a title.
    """
    from stop_words import LANGUAGE_MAPPING, get_stop_words

    others = sorted(LANGUAGE_MAPPING.keys() - {"en"})
    lists = [STOP_WORDS | ENGLISH_SUPPORTS, *(frozenset(map(folded, get_stop_words(code))) for code in others)]
    found: defaultdict[str, tuple[int, ...]] = defaultdict(tuple)
    for language, words in enumerate(lists):
        for word in words - INITIALS:
            found[word] += (language,)
    return len(lists), dict(found)
