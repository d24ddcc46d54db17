"""Titles in any language and script, cut into the words and two-word phrases that can name a community."""

import re
from array import array
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from unicodedata import category, normalize

import numpy as np
from numpy.typing import NDArray

__all__ = ["Terms", "terms_of"]

APART, SPACE, HYPHEN = 0, 1, 2
"""What stands between two words of a title: if nothing else does, they may be a phrase."""

LONGEST = 60
"""Characters of the longest word that a label shows: longer ones are sequences, addresses and mishaps."""

RESPELT = str.maketrans({"_": " ", "\u00ad": "", "\u2019": "'", **dict.fromkeys("\u2010\u2011\u2012\u2013", "-")})
APOSTROPHE = re.compile(r"'s\b|\b\w{1,2}'(?=\w)|'(?=\s)")
HAN = re.compile("[\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff\U00020000-\U0003ffff]+")
SCRIPTS = re.compile(rf"({HAN.pattern}|[\u3040-\u309f]+|[\u30a0-\u30ff]+)")
"""Chinese and Japanese write no spaces between words: there a change of script parts them."""

# The lists of libraries, made for ranking web pages, hold more than function words: of the 1,300 English words
# in stop-words and stopwordsiso, "self", "help", "group", "home", "older", "young" and "work" name whole fields
# (on such lists: J. Nothman, H. Qin, R. Yurchak, Stop Word Lists in Free Open-source Software Packages, 2018).
ENGLISH = frozenset(
    [
        *("a", "about", "above", "across", "after", "again", "against", "all", "along", "also", "am", "among"),
        *("amongst", "an", "and", "another", "any", "are", "around", "as", "at", "be", "because", "been"),
        *("before", "being", "below", "beneath", "beside", "besides", "between", "beyond", "both", "but", "by"),
        *("can", "could", "did", "do", "does", "doing", "don", "down", "due", "during", "each", "either"),
        *("else", "et", "etc", "every", "few", "for", "from", "further", "had", "has", "have", "having", "he"),
        *("hence", "her", "here", "hers", "herself", "him", "himself", "his", "how", "however", "i", "if"),
        *("in", "into", "is", "it", "its", "itself", "just", "may", "me", "might", "more", "most", "much"),
        *("must", "my", "myself", "neither", "no", "nor", "not", "of", "off", "on", "once", "one", "only"),
        *("onto", "or", "other", "others", "ought", "our", "ours", "ourselves", "out", "over", "own", "per"),
        *("rather", "same", "shall", "she", "should", "since", "so", "some", "such", "than", "that", "the"),
        *("their", "theirs", "them", "themselves", "then", "there", "these", "they", "this", "those"),
        *("through", "throughout", "thus", "to", "too", "toward", "towards", "under", "until", "up", "upon"),
        *("using", "versus", "very", "via", "vs", "was", "we", "were", "what", "when", "where", "whereas"),
        *("whether", "which", "while", "who", "whom", "whose", "why", "will", "with", "within", "without"),
        *("would", "yet", "you", "your", "yours", "yourself", "yourselves"),
    ]
)
"""Function words of English, and what an apostrophe leaves behind."""


@dataclass(frozen=True, slots=True, eq=False)
class Terms:
    """Which terms each title holds, each once: words first, in the order of the alphabet, then phrases."""

    title: NDArray[np.int64]
    term: NDArray[np.int64]
    words: int
    """Terms below this number are words."""
    spelt: list[str]
    parts: NDArray[np.int64]
    """The last and the first word of each term, by their numbers in the vocabulary; twice the same for a word."""


def terms_of(titles: Sequence[str | None]) -> Terms:
    """Find the terms of each title, and how each term is mostly spelt."""
    vocabulary, tokens, glue, owner = _read(titles)
    count = max(len(vocabulary), 1)
    can_stand, can_end = np.array([_powers(word) for word in vocabulary], dtype=np.bool_).reshape(-1, 2)[tokens].T
    speaks = ~_function_words(vocabulary, tokens, owner, len(titles))
    alone = np.flatnonzero(can_stand & speaks)
    joined = (glue[:-1] != APART) & (owner[:-1] == owner[1:])
    first = np.flatnonzero((can_stand & speaks)[:-1] & (can_end & speaks)[1:] & joined)
    root = _roots(vocabulary)[tokens]

    # One integer for a term and one for its spelling: a word by its number, a phrase with its first word above.
    keys = np.concatenate((root[alone], (root[first] + 1) * count + root[first + 1]))
    forms = np.concatenate((tokens[alone], (tokens[first] + 1) * count + tokens[first + 1])) * 2
    forms[len(alone) :] += glue[first] == HYPHEN
    terms, term = np.unique(keys, return_inverse=True)
    size = max(len(terms), 1)
    held = np.sort(owner[np.concatenate((alone, first))] * size + term)
    title, held = np.divmod(held[np.flatnonzero(np.diff(held, prepend=-1))], size)
    before, last = np.divmod(terms, count)
    parts = np.stack((last, np.where(before > 0, before - 1, last)), axis=1)
    spelt = [
        f"{vocabulary[form // 2 // count - 1]}{'-' if form % 2 else ' '}{vocabulary[form // 2 % count]}"
        if form // 2 >= count
        else vocabulary[form // 2]
        for form in _most_frequent(term, forms).tolist()
    ]
    return Terms(title=title, term=held, words=int(np.searchsorted(terms, count)), spelt=spelt, parts=parts)


def _read(
    titles: Sequence[str | None],
) -> tuple[list[str], NDArray[np.int64], NDArray[np.int8], NDArray[np.int64]]:
    """Cut titles into words: the vocabulary, and for each token its number in it, its glue and its title."""
    number: dict[str, int] = {}
    tokens, glue, lengths = array("q"), array("b"), array("q")
    for title in titles:
        before = len(tokens)
        for word, following in _words(title or ""):
            tokens.append(number.setdefault(word, len(number)))
            glue.append(following)
        lengths.append(len(tokens) - before)
    vocabulary = sorted(number)
    place = np.empty(len(vocabulary), dtype=np.int64)
    place[[number[word] for word in vocabulary]] = np.arange(len(vocabulary))
    owner = np.repeat(np.arange(len(titles)), np.asarray(lengths, dtype=np.int64))
    return vocabulary, place[np.asarray(tokens, dtype=np.int64)], np.asarray(glue, dtype=np.int8), owner


def _words(title: str) -> Iterator[tuple[str, int]]:
    """Each word in lower case, and what stands between it and the next."""
    text = normalize("NFKC", title).lower().translate(RESPELT)
    parts = _token().split(APOSTROPHE.sub("", text))
    for word, gap in zip(parts[1::2], parts[2::2], strict=True):
        following = SPACE if gap.isspace() else HYPHEN if gap == "-" else APART
        runs = [word] if word.isascii() else [run for run in SCRIPTS.split(word) if run]
        for run in runs:
            if len(run) > LONGEST:
                yield "", APART
            elif len(run) > 2 and HAN.match(run):
                yield from ((run[start : start + 2], APART) for start in range(len(run) - 1))
            else:
                yield run, following if len(runs) == 1 else APART


@cache
def _token() -> re.Pattern[str]:
    """Match a word of any script, which the marks that `\\w` leaves out would cut in pieces."""
    # Up to U+FFFF, which all living scripts but a few keep to: a class of characters beyond is searched one
    # range at a time, and takes seven times as long.
    marks = (chr(code) for code in range(0x300, 0x10000) if category(chr(code)) in ("Mn", "Mc"))
    return re.compile(rf"([\w\u200c\u200d{''.join(marks)}]+)")


def _powers(word: str) -> tuple[bool, bool]:
    """Whether a word is a term by itself, and whether it can end a phrase, as in "vitamin d" and "covid-19"."""
    stands = HAN.match(word) is not None or (len(word) > 1 and any(map(str.isalpha, word)))
    ends = HAN.match(word) is None and (stands or 0 < len(word) < 4)
    return stands, ends


def _roots(vocabulary: list[str]) -> NDArray[np.int64]:
    """For each word its singular, when that is among the words too, and otherwise the word."""
    number = {word: place for place, word in enumerate(vocabulary)}
    root = list(range(len(vocabulary)))
    for place, word in enumerate(vocabulary):
        if word.endswith("s") and not word.endswith("ss"):
            for ending, instead in (("s", ""), ("es", ""), ("ies", "y")):
                singular = word.removesuffix(ending) + instead
                if word.endswith(ending) and len(singular) > 2 and singular in number:
                    root[place] = root[number[singular]]
                    break
    return np.array(root, dtype=np.int64)


def _function_words(
    vocabulary: list[str], tokens: NDArray[np.int64], owner: NDArray[np.int64], titles: int
) -> NDArray[np.bool_]:
    """Which tokens are function words of the language of their title."""
    listed = np.array([[word in words for word in vocabulary] for words in _languages()], dtype=np.bool_)
    most, language = np.zeros(titles, dtype=np.int64), np.zeros(titles, dtype=np.int64)
    for number, is_listed in enumerate(listed):
        hits = np.bincount(owner[is_listed[tokens]], minlength=titles)
        language[hits > most] = number
        np.maximum(most, hits, out=most)
    is_silent: NDArray[np.bool_] = listed[language[owner], tokens]
    # "War veterans" has one word that is on a list, the German one. A title with so little to go by follows
    # the others that hold the word.
    is_clear = (most > (language > 0))[owner]
    votes = np.bincount(tokens[is_clear], np.where(is_silent, 1, -1)[is_clear], minlength=len(vocabulary))[tokens]
    return np.where(is_clear | (votes == 0), is_silent, votes > 0)


@cache
def _languages() -> tuple[frozenset[str], ...]:
    """The function words of each language, English first, so that it wins where others have no more of them."""
    from stop_words import LANGUAGE_MAPPING, get_stop_words

    others = sorted(LANGUAGE_MAPPING.keys() - {"en"})
    return (ENGLISH, *(frozenset(map(str.lower, get_stop_words(code))) for code in others))


def _most_frequent(term: NDArray[np.int64], forms: NDArray[np.int64]) -> NDArray[np.int64]:
    """For each term from 0 the form that it has most often; of equal ones, the lowest."""
    spelt, form = np.unique(forms, return_inverse=True)
    variants, times = np.unique(term * max(len(spelt), 1) + form, return_counts=True)
    of, form = np.divmod(variants, max(len(spelt), 1))
    order = np.lexsort((form, -times, of))
    usual: NDArray[np.int64] = spelt[form[order[np.flatnonzero(np.diff(of[order], prepend=-1))]]]
    return usual
