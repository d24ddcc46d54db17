"""Porter's stemmer as Lucene has it, which is how stemmed searches compare words.

It is that of Porter's paper (An algorithm for suffix stripping, Program 14, 1980) with the two departures of his own
later programs: `bli` becomes `ble` (the paper: `abli` becomes `able`) and `logi` becomes `log`, so that possibly and
possible, psychology and psychological meet (GitHub apache/lucene analysis/common, en/PorterStemmer.java, step3).
Elasticsearch's analyzer for English uses that one.

That OpenAlex stems like this, and no less or more, was read off recorded answers to a search for `finance`:
of 200 works found, all that show an abstract hold finance, finances, financed or financing, and none with an
abstract is found by `financial` alone, which Porter keeps apart.
"""

import re
from functools import lru_cache

__all__ = ["stem"]


class _Sounds(dict[int, str]):
    """The five vowels and y as they are; every other letter, of whatever alphabet, and every digit is a consonant."""

    def __missing__(self, _letter: int) -> str:
        return "c"


_SOUNDS = _Sounds({ord("y"): "y", **dict.fromkeys(map(ord, "aeiou"), "v")})
_STEP_2 = (
    ("ational", "ate"),
    ("tional", "tion"),
    ("enci", "ence"),
    ("anci", "ance"),
    ("izer", "ize"),
    ("bli", "ble"),
    ("alli", "al"),
    ("entli", "ent"),
    ("ousli", "ous"),
    ("eli", "e"),
    ("ization", "ize"),
    ("ation", "ate"),
    ("ator", "ate"),
    ("alism", "al"),
    ("iveness", "ive"),
    ("fulness", "ful"),
    ("ousness", "ous"),
    ("aliti", "al"),
    ("iviti", "ive"),
    ("biliti", "ble"),
    ("logi", "log"),
)
_STEP_3 = (
    ("icate", "ic"),
    ("ative", ""),
    ("alize", "al"),
    ("iciti", "ic"),
    ("ical", "ic"),
    ("ful", ""),
    ("ness", ""),
)
_STEP_4 = re.compile(
    r"(.*?)(?:al|ance|ence|er|ic|able|ible|ant|ement|ment|ent|(?<=[st])ion|ou|ism|ate|iti|ous|ive|ize)$"
)


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """The stem of a lower-case English word; words of other alphabets come back unchanged or nearly so.

    >>> [stem(word) for word in ("caresses", "ponies", "financing", "financial", "relational", "hopping")]
    ['caress', 'poni', 'financ', 'financi', 'relat', 'hop']
    >>> [stem(word) for word in ("possible", "possibly", "psychology", "psychological")]
    ['possibl', 'possibl', 'psycholog', 'psycholog']
    """
    if len(word) < 3:
        return word
    word = _plain_participle(_singular(word))
    if word.endswith("y") and _has_vowel(word[:-1]):
        word = word[:-1] + "i"
    word = _replaced(_replaced(word, _STEP_2), _STEP_3)
    match = _STEP_4.match(word)
    if match and _measure(match[1]) > 1:
        word = match[1]
    if word.endswith("e"):
        measure = _measure(word[:-1])
        if measure > 1 or (measure == 1 and not _ends_short(word[:-1])):
            word = word[:-1]
    return word[:-1] if word.endswith("ll") and _measure(word[:-1]) > 1 else word


def _singular(word: str) -> str:
    if word.endswith(("sses", "ies")):
        return word[:-2]
    return word[:-1] if word.endswith("s") and not word.endswith("ss") else word


def _plain_participle(word: str) -> str:
    if word.endswith("eed"):
        return word[:-1] if _measure(word[:-3]) > 0 else word
    ending = next((ending for ending in ("ed", "ing") if word.endswith(ending)), None)
    if ending is None or not _has_vowel(word[: -len(ending)]):
        return word
    word = word[: -len(ending)]
    if word.endswith(("at", "bl", "iz")):
        return word + "e"
    doubled = len(word) > 1 and word[-1] == word[-2] and _sounds(word).endswith("c")
    if doubled and word[-1] not in "lsz":
        return word[:-1]
    return word + "e" if _measure(word) == 1 and _ends_short(word) else word


def _replaced(word: str, endings: tuple[tuple[str, str], ...]) -> str:
    # Longer endings stand before those they end with, so the first that fits is the longest.
    for old, new in endings:
        if word.endswith(old):
            rest = word[: -len(old)]
            return rest + new if _measure(rest) > 0 else word
    return word


def _sounds(word: str) -> str:
    """The word as consonants and vowels; y is a vowel after a consonant.

    >>> _sounds("syzygy"), _sounds("toy")
    ('cvcvcv', 'cvc')
    """
    sounds = word.translate(_SOUNDS)
    while (place := sounds.find("y")) >= 0:
        sounds = sounds[:place] + ("v" if sounds[place - 1 : place] == "c" else "c") + sounds[place + 1 :]
    return sounds


def _has_vowel(word: str) -> bool:
    return "v" in _sounds(word)


def _measure(word: str) -> int:
    """How often a vowel is followed by a consonant: Porter's m."""
    return _sounds(word).count("vc")


def _ends_short(word: str) -> bool:
    """Whether the word ends consonant, vowel, consonant, the last of them not w, x or y: Porter's *o."""
    return _sounds(word).endswith("cvc") and word[-1] not in "wxy"
