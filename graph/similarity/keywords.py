"""The phrases that the references of a work have in common: what Keywords Plus are."""

from collections import Counter
from collections.abc import Collection, Iterable, Iterator
from unicodedata import category, normalize

__all__ = ["STOP_WORDS", "keywords_plus"]

# The table of stop words in PubMed Help (NCBI Bookshelf NBK3827), made for titles of this kind; the larger
# lists in use for search take "self", "home", "case" and "young" for noise, and "social work" for nothing.
PUBMED = """
a about again all almost also although always among an and another any are as at be because been before being
between both but by can could did do does done due during each either enough especially etc for found from
further had has have having here how however i if in into is it its itself just kg km made mainly make may mg
might ml mm most mostly must nearly neither no nor obtained of often on our overall perhaps pmid quite rather
really regarding seem seen several should show showed shown shows significantly since so some such than that the
their theirs them then there therefore these they this those through thus to upon use used using various very
was we were what when which while with within without would
"""

# PubMed takes "or" and "not" as operators, and the rest are of the same kinds: pronouns, prepositions, questions.
BESIDES = "or not after against toward towards per versus vs via who whom whose why whether he his she her you your"

STOP_WORDS = frozenset(f"{PUBMED} {BESIDES}".split())
"""English words that carry no subject; a phrase ends at each."""

LONGEST = 4
"""The most words of a phrase."""


def keywords_plus(
    titles: Iterable[str], *, own_title: str | None = None, stop_words: Collection[str] = STOP_WORDS
) -> list[tuple[str, int]]:
    """The words and phrases that stand in more than one title of a work's references, with how many it is.

    What has been published of Keywords Plus, and is done here: they are words and phrases from the titles of
    the references, that recur there, and that the work's own title does not have; phrases of several words
    come before single ones. E. Garfield, I. H. Sher, KeyWords Plus: algorithmic derivative indexing, JASIS
    44 (5), 1993, 298-299. What has not been published is Clarivate's list of stop words, how it delimits and
    unites phrases, and how it chooses among them. These rules are ours, so the result is of that kind and not
    that list:

    - a phrase is one to four words that stand side by side; punctuation and stop words end it;
    - letters count as lower case, and words are not stemmed; a single word has two characters, one a letter;
    - a phrase that stands only inside one longer phrase is given as that one;
    - within phrases, and within words, the more titles the earlier, and ties go by the alphabet.

    `stop_words` are in lower case; for titles in other languages than English, give theirs.

    >>> keywords_plus(
    ...     [
    ...         "Peer support in serious mental illness",
    ...         "The efficacy of peer support",
    ...         "Serious mental illness: stigma",
    ...     ],
    ...     own_title="Stigma and recovery",
    ... )
    [('peer support', 2), ('serious mental illness', 2)]
    """
    if isinstance(titles, str):
        raise TypeError(f"the titles of the references are a list of them, not one string: {titles!r}")
    ends = frozenset(stop_words)
    found = Counter(phrase for title in titles for phrase in _phrases(title, ends))
    recurring = {phrase: count for phrase, count in found.items() if count > 1}
    # A phrase stands in every title that a longer one around it stands in: as many means in no other.
    inside = {
        part
        for phrase, count in recurring.items()
        for part in (phrase[1:], phrase[:-1])
        if recurring.get(part) == count
    }
    known = _phrases(own_title or "", ends)
    chosen = [
        (phrase, count)
        for phrase, count in recurring.items()
        if phrase not in inside and phrase not in known and _says_something(phrase)
    ]
    chosen.sort(key=lambda each: (len(each[0]) == 1, -each[1], each[0]))
    return [(" ".join(phrase), count) for phrase, count in chosen]


def _phrases(title: str, ends: frozenset[str]) -> set[tuple[str, ...]]:
    """Every phrase of a title, once."""
    return {
        tuple(run[start:stop])
        for run in _runs(title, ends)
        for start in range(len(run))
        for stop in range(start + 1, min(start + LONGEST, len(run)) + 1)
    }


def _runs(title: str, ends: frozenset[str]) -> Iterator[list[str]]:
    """The stretches of words between what ends a phrase."""
    for stretch in normalize("NFC", title).lower().translate(_PARTS).split("|"):
        run: list[str] = []
        for word in stretch.split():
            bare = word.strip("-'")
            if bare and bare not in ends:
                run.append(bare)
            else:
                yield run
                run = []
        yield run


def _says_something(phrase: tuple[str, ...]) -> bool:
    """Whether a phrase has a letter, and is not a single character."""
    return any(character.isalpha() for word in phrase for character in word) and (len(phrase) > 1 or len(phrase[0]) > 1)


class _Parts(dict[int, str]):
    """What a character is to a phrase: part of a word, a joint in one, a space, or an end, `|`."""

    def __missing__(self, code: int) -> str:
        character = chr(code)
        kind = category(character)
        if kind[0] in "LMN":
            part = character
        elif kind == "Pd" and character not in "–—―":
            part = "-"
        elif character in "'’ʼ":
            part = "'"
        elif character.isspace():
            part = " "
        else:
            # Format characters (soft hyphens, joiners) are not to be seen, and end nothing.
            part = "" if kind == "Cf" else "|"
        self[code] = part
        return part


_PARTS = _Parts()
