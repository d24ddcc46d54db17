"""Keywords Plus: what the titles of a paper's references say again and again, and its own title does not.

Eugene Garfield and Irving Sher made them for papers whose titles and keywords say too little ("KeyWords Plus:
algorithmic derivative indexing", Journal of the American Society for Information Science 44(5), 1993, pages 298-299).
The program of the Web of Science is not published; this one follows what is said of it.
"""

from collections.abc import Iterable

__all__ = ["keywords_plus"]

MOST = 10
FEWEST_TITLES = 2


def keywords_plus(title: str | None, cited: Iterable[str]) -> list[str]:
    """Words and phrases of two words that at least two of the cited titles hold, in capitals, phrases first.

    A term with a word of the paper's own title is left out, be the one singular and the other plural, and so is a word
    that stands in a phrase of the list. The more titles hold a term, the further in front it is. Scripts without
    capitals give none: nothing would tell their terms from the author's own.

    >>> keywords_plus(
    ...     "Peer workers",
    ...     ["Lived experience of recovery", "Recovery and lived experience", "Peer recovery", "The lived experience"],
    ... )
    ['LIVED EXPERIENCE', 'RECOVERY']
    """
    from graph.terms import SPEAKS, phrases, spelt, voices, words_of

    titles = sorted({" ".join(each.casefold().split()): each for each in cited}.values())
    if len(titles) < FEWEST_TITLES:
        return []
    words = words_of([title, *titles])
    voice = voices(words)
    own = {words.vocabulary[word].removesuffix("s") for word in words.word[words.title == 0].tolist()}
    held: dict[tuple[int, ...], set[int]] = {}
    spelling: dict[tuple[int, ...], str] = {}
    for place in (voice == SPEAKS).nonzero()[0].tolist():
        term: tuple[int, ...] = (int(words.word[place]),)
        held.setdefault(term, set()).add(int(words.title[place]))
        spelling.setdefault(term, words.vocabulary[term[0]])
    for place in phrases(words, voice).tolist():
        first, second = int(words.word[place - 1]), int(words.word[place])
        held.setdefault((first, second), set()).add(int(words.title[place]))
        pair = words.vocabulary[first], words.vocabulary[second]
        spelling.setdefault((first, second), spelt(*pair, int(words.glue[place])))
    counts = {
        term: len(where)
        for term, where in held.items()
        if own.isdisjoint(words.vocabulary[word].removesuffix("s") for word in term)
    }
    ranked = sorted(counts, key=lambda term: (-len(term), -counts[term], spelling[term]))
    chosen: list[tuple[int, ...]] = []
    for term in ranked:
        in_phrase = len(term) == 1 and any(term[0] in other for other in chosen)
        if counts[term] >= FEWEST_TITLES and not in_phrase and spelling[term].upper().isupper():
            chosen.append(term)
    return [spelling[term].upper() for term in chosen[:MOST]]
