"""The words that a truncated word stands for, where there are few.

OpenAlex takes no truncation inside a phrase of a Boolean search, so that such a phrase is asked once with each of
them. The list is that of the package pyspellchecker, whose spelling is American; the British is put beside it.
"""

import re
from bisect import bisect_left
from functools import cache, lru_cache
from itertools import islice, takewhile

from harvester.expression.words import like

__all__ = ["MOST", "forms", "likeliest"]

MOST = 30
"""More words than this are not forms of one word but words that begin alike.

Of a hundred truncations that reviews use, nearly all of one word stay below (`support*` 12, `counsel*` 14, `stigma*`
17, `train*` 20, `depress*` 25), and those of several go beyond (`relat*` 33, `care*` 43, `work*` 70, `psych*` 119).
"""

_OUR = "(?:mis)?behavi|col|endeav|(?:dis)?fav|flav|harb|(?:dis)?hon|lab|neighb|rum|sav|tum|vig"
_BRITISH = [
    (re.compile(pattern), respelt)
    for pattern, respelt in (
        (r"(...+)iz(e|es|ed|er|ers|ing|ation|ations|ational)", r"\1is\2"),
        (r"(anal|catal|paral)yz(e|es|ed|er|ers|ing)", r"\1ys\2"),
        (rf"({_OUR})or(?!i?ous|a[rt]|ific)(.*)", r"\1our\2"),
        (r"((?:counse|labe|leve|mode|trave|channe|tunne|signa|tota|cance|fue)l)(ed|ing|ings|er|ers|or|ors)", r"\1l\2"),
        (r"(enrol|fulfil|instil)l(|s|ment|ments)", r"\1\2"),
        (r"(program)(s?)", r"\1me\2"),
    )
]
_KEPT = 3
"""So many letters at the beginning are the same in both spellings."""


@lru_cache(maxsize=1_024)
def forms(pattern: str) -> tuple[str, ...] | None:
    """Give the English words that a truncated word stands for, in order, without possessives.

    None where there are more than `MOST`, or the list holds none: then nobody can say what was meant.

    >>> forms("worker*"), forms("wom?n"), forms("behavi*r")
    (('worker', 'workers'), ('woman', 'women'), ('behavior', 'behaviour'))
    >>> forms("work*"), forms("xylq*")
    (None, None)
    """
    found = _listed(pattern)
    return tuple(sorted(found)) if 0 < len(found) <= MOST else None


def likeliest(pattern: str, *, count: int) -> tuple[str, ...]:
    """Give those words that a truncated word most often stands for in running text.

    >>> likeliest("work*", count=3)
    ('work', 'working', 'worked')
    """
    found = _listed(pattern)
    return tuple(sorted(found, key=lambda word: (-found[word], word))[:count])


def _listed(pattern: str) -> dict[str, int]:
    """The words with their frequencies; a British spelling has that of the American one."""
    fits = like(pattern)
    words, frequencies = _dictionary()
    start = re.split(r"[*?]", pattern, maxsplit=1)[0][:_KEPT]
    candidates = takewhile(lambda word: word.startswith(start), islice(words, bisect_left(words, start), None))
    return {spelt: frequencies[word] for word in candidates for spelt in (word, *_respelt(word)) if fits(spelt)}


def _respelt(word: str) -> list[str]:
    return [match.expand(respelt) for pattern, respelt in _BRITISH if (match := pattern.fullmatch(word))]


@cache
def _dictionary() -> tuple[list[str], dict[str, int]]:
    # Loading takes a quarter of a second, which only a search with a truncated phrase should pay.
    from spellchecker import SpellChecker

    known = SpellChecker(language="en").word_frequency
    frequencies = {word: known[word] for word in known.words() if word.isalpha()}
    return sorted(frequencies), frequencies
