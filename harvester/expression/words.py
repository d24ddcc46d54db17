"""Words: how a text is cut into them, when two are the same, and what a truncated one stands for.

A search compares words as OpenAlex does. *Exact*, they are the same when they are spelt the same; *stemmed*,
when they have the same stem and are no stop words. A text is cut into runs of letters and digits, so that
`children's` is two words, of which the second is a stop word.
"""

import re
from collections.abc import Callable, Iterator
from functools import cache, lru_cache
from threading import Lock

from harvester.expression.tree import TextField

__all__ = ["STOP", "beginning", "is_stemmed", "like", "pieces", "root", "says_nothing", "stem", "tokens"]

STOP = frozenset(
    [
        *("a", "an", "and", "are", "as", "at", "be", "but", "by", "for", "if", "in", "into", "is", "it", "no", "not"),
        *("of", "on", "or", "such", "that", "the", "their", "then", "there", "these", "they", "this", "to", "was"),
        *("will", "with", "s", "t"),
    ]
)
"""Words that stemmed searches pass over: those of Lucene's English analyzer, and what an apostrophe leaves behind."""

_TOKEN = re.compile(r"[^\W_]+")
_PIECE = re.compile(r"(?:[^\W_]|[*?])+")

# What every English word begins with up to its first vowel; a first y is a consonant, and so is one after a vowel.
_TO_VOWEL = "y?+[^aeiouy]*[aeiouy]"
_RESPELT = re.compile(
    rf"""
    (?P<long>{_TO_VOWEL}[aeiou]*[^aeiou].*)(?:(?P<log>log)|bl)(?:[iy](?:ed|ing)?s?|ies)
  | (?P<short>{_TO_VOWEL}.*(?P<double>[^aeiouybdfglmnprstz]))(?P=double)(?:ed|ing)s?
    """,
    re.VERBOSE,
)


def tokens(text: str) -> list[str]:
    """Cut a text into words, in lower case and in order.

    >>> tokens("Children's COVID-19 self_help")
    ['children', 's', 'covid', '19', 'self', 'help']
    """
    return _TOKEN.findall(text.lower())


def pieces(word: str) -> list[str]:
    """Cut a word of an expression as a text would be, its wildcards being letters.

    >>> pieces("women's"), pieces("wom?n")
    (['women', 's'], ['wom?n'])
    """
    return _PIECE.findall(word.lower())


def is_stemmed(field: TextField, *, exact: bool) -> bool:
    """Tell whether words of a field are compared by their stems; names of people and journals never are."""
    return not exact and field not in ("author", "venue")


def says_nothing(words: tuple[str, ...], *, stemmed: bool) -> bool:
    """Tell whether nothing is left to look for when stop words are passed over, or when no word has a letter.

    >>> says_nothing(("of", "the"), stemmed=True), says_nothing(("of", "the"), stemmed=False)
    (True, False)
    """
    return all(stemmed and piece in STOP for word in words for piece in pieces(word))


@lru_cache(maxsize=200_000)
def stem(word: str) -> str:
    """Give the stem of a lower-case English word; words of other alphabets come back unchanged.

    It is the stem of Lucene's English analyzer, which OpenAlex searches with: Porter's algorithm of 1980 with
    `logi` and `bli` among its endings, as in his own later programs, and every doubled consonant halved (GitHub
    apache/lucene, lucene/analysis/common/src/java/org/apache/lucene/analysis/en/PorterStemmer.java).

    >>> {stem(word) for word in ("psychology", "psychological", "psychologically")}
    {'psycholog'}
    >>> stem("possibly") == stem("possible"), stem("financial") == stem("finance")
    (True, False)
    """
    if len(word) < 3:
        return word
    # Snowball's rendering of the algorithm lacks Lucene's additions. Each is decided by how the word ends, and
    # leaves an ending that the remaining steps treat alike in both, so it can be made before them.
    if respelt := _RESPELT.fullmatch(word):
        word = respelt["short"] or respelt["long"] + (respelt["log"] or "ble")
        if len(word) < 3:
            return word
    stemmed, lock = _porter()
    with lock:
        return stemmed(word)


@cache
def _porter() -> tuple[Callable[[str], str], Lock]:
    # The stemmer keeps the word it works on in itself, so two threads must not be in it at once; and its
    # package takes as long to import as most commands take to run.
    import snowballstemmer  # type: ignore[import-untyped]  # the package has no type hints

    return snowballstemmer.stemmer("porter").stemWord, Lock()


def root(stemmed: str) -> str:
    """Give the letters that every word with this stem begins with.

    What the stemmer writes itself is no more than an e or i at the end, or the l of a stem in `bl`.

    >>> root(stem("disability")), root(stem("recovery")), root(stem("hoping"))
    ('disab', 'recover', 'hop')
    """
    if stemmed.endswith(("ble", "bl")):
        return stemmed[: stemmed.rindex("l")]
    return stemmed[:-1] if stemmed.endswith(("e", "i")) else stemmed


def beginning(letters: str, lowered: str) -> Iterator[str]:
    """Give the words of a text in lower case that begin with these letters, without looking at the others.

    >>> list(beginning("peer", "peer-led help by unpeered peers"))
    ['peer', 'peers']
    """
    at = lowered.find(letters)
    while at >= 0:
        if (at == 0 or not lowered[at - 1].isalnum()) and (word := _TOKEN.match(lowered, at)):
            yield word[0]
        at = lowered.find(letters, at + 1)


@lru_cache(maxsize=4_096)
def like(pattern: str) -> Callable[[str], bool]:
    """Give the test whether a word is one that a truncated word stands for: `*` any letters, `?` exactly one.

    Each stretch between two `*` is looked for once, at the first place where it fits, so that no pattern and no
    word together take long.

    >>> [word for word in ("woman", "women", "womens") if like("wom?n")(word)]
    ['woman', 'women']
    >>> like("behavi*r")("behaviour")
    True
    """
    first, *rest = [re.escape(stretch).replace(r"\?", ".") for stretch in pattern.split("*")]
    middle = "".join(f"(?>.*?{stretch})" for stretch in rest[:-1] if stretch)
    compiled = re.compile(first + middle + (f".*{rest[-1]}" if rest else ""), re.DOTALL)
    return lambda word: compiled.fullmatch(word) is not None
