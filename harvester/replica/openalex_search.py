"""Searching the words of works: Boolean operators, phrases, proximity, wildcards.

A plain evaluator of its own, on purpose not the one the harvester translates its queries with, so that a
mistake there is not agreed with here. As in help.openalex.org api/searching.md: AND, OR and NOT in capitals, words
side by side are ANDed, NOT binds closest and OR loosest; stemmed searches drop stop words and compare stems,
exact ones take words as they are and allow wildcards. There is no full text in a corpus, so
a search of it is one of titles and abstracts; a semantic search ranks by shared words.
"""

import re
from array import array
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import islice, takewhile
from math import sqrt
from typing import Any

from harvester.replica.openalex_fields import leaves
from harvester.replica.openalex_refusals import bad_parameter
from harvester.replica.openalex_stem import stem

__all__ = ["SCOPES", "Query", "Texts", "parse"]

_SHORT = ("title", "abstract")
SCOPES: dict[str, tuple[tuple[str, ...], bool]] = {
    name + suffix: (parts, bool(suffix))
    for name, parts in {
        "search": _SHORT,
        "search.title": ("title",),
        "search.title_and_abstract": _SHORT,
        "title.search": ("title",),
        "display_name.search": ("title",),
        "abstract.search": ("abstract",),
        "title_and_abstract.search": _SHORT,
        "fulltext.search": _SHORT,
        "default.search": _SHORT,
        "keyword.search": ("keywords",),
        "raw_affiliation_strings.search": ("affiliations",),
        "raw_author_name.search": ("authors",),
    }.items()
    for suffix in ("", ".exact")
}
"""Which parts of a work each search looks at, and whether it takes words exactly."""

_STOP = frozenset(
    """a an and are as at be but by for if in into is it no not of on or s such t that the their then there
    these they this to was will with""".split()  # noqa: SIM905 - a list of words reads best as words
)
_WORD = re.compile(r"[^\W_]+")
_TYPOGRAPHIC = str.maketrans({"“": '"', "”": '"', "„": '"', "«": '"', "»": '"', "‘": "'", "’": "'"})
_TOKEN = re.compile(r'"([^"]*)"(?:~(\d+))?(?:~"([^"]*)")?|([()])|([^\s()"]+)')
_FUZZY = re.compile(r"(.+)~([0-2]?)")
_DEEPEST = 50
_LONG_PHRASE, _LONG_PHRASES = 80, 3


@dataclass(frozen=True)
class Query:
    """A node of a parsed search: `kind` is word, phrase, near, not, and, or; `words` hold what is looked for."""

    kind: str
    words: tuple[str, ...] = ()
    children: tuple["Query", ...] = ()
    slop: int = 0


def parse(text: str, *, exact: bool) -> Query:
    """The search as a tree.

    Raises `Refused` (400) for wildcards where they are not allowed, and for what is too deep or too long.

    >>> parse("peer NOT (carer OR staff)", exact=False).kind
    'and'
    """
    found = list(_TOKEN.finditer(text.translate(_TYPOGRAPHIC)))
    long_phrases = sum(len(token[1] or "") > _LONG_PHRASE for token in found)
    if long_phrases > _LONG_PHRASES and any(token[5] == "OR" for token in found):
        raise bad_parameter(
            f"At most {_LONG_PHRASES} quoted phrases longer than {_LONG_PHRASE} characters can be combined with OR."
        )
    return _Parser(found, exact=exact).tree()


class _Parser:
    """Recursive descent over the tokens; brackets that do not match are passed over."""

    def __init__(self, tokens: list[re.Match[str]], *, exact: bool) -> None:
        self.tokens = tokens
        self.exact = exact
        self.place = 0

    def tree(self) -> Query:
        parts = []
        while self.place < len(self.tokens):
            parts.append(self._either(0))
            self.place += 1  # past a closing bracket that nothing opened
        return Query("and", children=tuple(parts))

    def _peek(self) -> str:
        token = self.tokens[self.place] if self.place < len(self.tokens) else None
        return "" if token is None else token[4] or token[5] or '"'

    def _either(self, depth: int) -> Query:
        if depth > _DEEPEST:
            raise bad_parameter(f"The search is nested more than {_DEEPEST} brackets deep.")
        parts = [self._all(depth)]
        while self._peek() == "OR":
            self.place += 1
            parts.append(self._all(depth))
        return parts[0] if len(parts) == 1 else Query("or", children=tuple(parts))

    def _all(self, depth: int) -> Query:
        parts = []
        while self._peek() not in ("", ")", "OR"):
            if self._peek() == "AND":
                self.place += 1
            else:
                parts.append(self._one(depth))
        return parts[0] if len(parts) == 1 else Query("and", children=tuple(parts))

    def _one(self, depth: int) -> Query:
        negations = 0
        while self._peek() == "NOT":
            negations += 1
            self.place += 1
        if self._peek() in ("", ")", "OR", "AND"):
            return Query("and")
        token = self.tokens[self.place]
        self.place += 1
        if token[4] == "(":
            found = self._either(depth + 1)
            self.place += self._peek() == ")"
        elif token[5] is not None:
            found = self._word(token[5])
        else:
            found = self._phrase(token)
        return Query("not", children=(found,)) if negations % 2 else found

    def _word(self, text: str) -> Query:
        if "*" in text or "?" in text:
            return self._wildcard(text.lower())
        fuzzy = _FUZZY.fullmatch(text)
        words = _WORD.findall((fuzzy[1] if fuzzy else text).lower())
        slop = int(fuzzy[2] or 2) if fuzzy else 0
        return Query("and", children=tuple(Query("word", (word,), slop=slop) for word in words))

    def _wildcard(self, text: str) -> Query:
        if not self.exact:
            raise bad_parameter(
                "Wildcards (* or ?) require exact (no-stem) search. Use search.exact or a .search.exact filter."
            )
        pattern = "".join(re.findall(r"[^\W_]|[*?]", text))
        ahead = re.split(r"[*?]", pattern, maxsplit=1)[0]
        if not ahead:
            raise bad_parameter(
                f'Leading wildcards are not supported (too expensive): "{text}". Start the word with letters.'
            )
        if "*" in pattern and len(ahead) < 3:
            raise bad_parameter(f'A * wildcard needs at least 3 leading characters: "{text}". Write more of the word.')
        return Query("wildcard", (pattern,))

    def _phrase(self, token: re.Match[str]) -> Query:
        def phrase(text: str) -> Query:
            return Query("phrase", tuple(_WORD.findall(text.lower())))

        if token[3] is not None:
            return Query("near", children=(phrase(token[1]), phrase(token[3])), slop=int(token[2] or 0))
        return Query("phrase", phrase(token[1]).words, slop=int(token[2] or 0))


def _segments(work: dict[str, Any], part: str) -> Iterator[str]:
    if part == "title":
        title = work.get("title") or work.get("display_name")
        if isinstance(title, str):
            yield title
    elif part == "abstract":
        abstract = work.get("abstract_inverted_index")
        if isinstance(abstract, dict):
            placed = [
                (position, word)
                for word, positions in abstract.items()
                if isinstance(positions, list)
                for position in positions
                if isinstance(position, int)
            ]
            yield " ".join(word for _, word in sorted(placed))
    else:
        paths = {
            "keywords": "keywords.display_name",
            "affiliations": "authorships.raw_affiliation_strings",
            "authors": "authorships.raw_author_name",
        }
        yield from (str(value) for value, _ in leaves(work, paths[part]))


def _frequencies(work: dict[str, Any], part: str) -> list[tuple[str, int]]:
    """Words and how often they stand there; a word may come more than once, its numbers then add up."""
    abstract = work.get("abstract_inverted_index")
    if part != "abstract" or not isinstance(abstract, dict):
        return [(word, 1) for text in _segments(work, part) for word in _WORD.findall(text.lower())]
    return [
        (word, len(positions))
        for written, positions in abstract.items()
        if isinstance(positions, list)
        for word in _split(written)
    ]


@lru_cache(maxsize=500_000)
def _split(written: str) -> list[str]:
    return _WORD.findall(written.lower())


class _Part:
    """The words of one part of every work; a posting is the work's number and, in its last byte, a frequency."""

    def __init__(self, works: Sequence[dict[str, Any]], name: str) -> None:
        self.works = works
        self.name = name
        postings: dict[str, array[int]] = defaultdict(lambda: array("Q"))
        for number, work in enumerate(works):
            for word, times in _frequencies(work, name):
                postings[word].append(number << 8 | (times if times < 256 else 255))
        self.postings: dict[str, array[int]] = dict(postings)
        self.vocabulary = sorted(postings)

    def words(self, number: int) -> list[list[str]]:
        return [_WORD.findall(text.lower()) for text in _segments(self.works[number], self.name)]

    def spellings(self, word: str, *, exact: bool, wildcard: bool = False, slop: int = 0) -> list[str]:
        """The words of this part that an asked word stands for."""
        if wildcard:
            pattern = re.compile(word.replace("*", ".*").replace("?", "."))
            return [known for known in self.postings if pattern.fullmatch(known)]
        if slop:
            return [known for known in self.postings if _within(word, known, slop)]
        if exact:
            return [word]
        # The stemmer changes no more than the last two letters of what it leaves, so that only the words
        # with the same beginning need be stemmed: of a large corpus, a few hundred in a million.
        root = stem(word)
        start = root[: max(2, len(root) - 2)]
        first = bisect_left(self.vocabulary, start)
        alike = takewhile(lambda known: known.startswith(start), islice(self.vocabulary, first, None))
        return [known for known in alike if stem(known) == root]

    def counts(self, spellings: list[str]) -> dict[int, float]:
        found: dict[int, float] = {}
        for word in spellings:
            for posting in self.postings.get(word, ()):
                found[posting >> 8] = found.get(posting >> 8, 0) + (posting & 255)
        return found


class Texts:
    """The words of a corpus, indexed part by part when a search first looks there."""

    def __init__(self, works: Sequence[dict[str, Any]]) -> None:
        self.works = works
        self._parts: dict[str, _Part] = {}

    def search(self, query: Query, scope: str) -> dict[int, float]:
        """The works that a search finds, each with its score: frequencies, raised by citations.

        A search of nothing but stop words finds nothing.
        """
        parts, exact = SCOPES[scope]
        found = self._evaluate(query, parts, exact=exact)
        return {number: self._boosted(number, score) for number, score in (found or {}).items()}

    def similar(self, text: str) -> dict[int, float]:
        """The works that share words with a text, as the answer to a semantic search."""
        words = tuple(dict.fromkeys(_WORD.findall(text.lower()[:2000])))
        query = Query("or", children=tuple(Query("word", (word,)) for word in words))
        return self.search(query, "search")

    def _boosted(self, number: int, score: float) -> float:
        cited = self.works[number].get("cited_by_count")
        boost = 1 + sqrt(cited) if isinstance(cited, int) and cited > 0 else 0.5
        return round(max(score, 1e-3) * boost, 6)

    def _part(self, name: str) -> _Part:
        if name not in self._parts:
            self._parts[name] = _Part(self.works, name)
        return self._parts[name]

    def _evaluate(self, query: Query, parts: Sequence[str], *, exact: bool) -> dict[int, float] | None:
        """None stands for a query that says nothing (a stop word), which is left out of what surrounds it."""
        if query.kind in ("word", "wildcard"):
            word = query.words[0]
            if not exact and word in _STOP:
                return None
            found: dict[int, float] = {}
            for part in map(self._part, parts):
                spelt = part.spellings(word, exact=exact, wildcard=query.kind == "wildcard", slop=query.slop)
                _add(found, part.counts(spelt))
            return found
        if query.kind in ("phrase", "near"):
            return self._placed(query, parts, exact=exact)
        below = [self._evaluate(child, parts, exact=exact) for child in query.children]
        known = [found for found in below if found is not None]
        if not known:
            return None
        if query.kind == "not":
            return {number: 0.0 for number in range(len(self.works)) if number not in known[0]}
        if query.kind == "or":
            together: dict[int, float] = {}
            for found in known:
                _add(together, found)
            return together
        known.sort(key=len)
        return {
            number: sum(found[number] for found in known)
            for number in known[0]
            if all(number in found for found in known[1:])
        }

    def _placed(self, query: Query, parts: Sequence[str], *, exact: bool) -> dict[int, float] | None:
        phrases = [query] if query.kind == "phrase" else list(query.children)
        words = [word for phrase in phrases for word in phrase.words]
        wanted = Query("and", children=tuple(Query("word", (word,)) for word in words))
        if self._evaluate(wanted, parts, exact=exact) is None:
            return None
        found: dict[int, float] = {}
        for name in parts:
            part = self._part(name)
            for number in self._evaluate(wanted, (name,), exact=exact) or {}:
                times = sum(
                    _occurrences(query, [word if exact else stem(word) for word in segment], exact=exact)
                    for segment in part.words(number)
                )
                if times:
                    found[number] = found.get(number, 0) + times
        return found


def _add(found: dict[int, float], more: dict[int, float]) -> None:
    for number, score in more.items():
        found[number] = found.get(number, 0) + score


def _occurrences(query: Query, words: list[str], *, exact: bool) -> int:
    if query.kind == "phrase":
        return len(_starts(query, words, exact=exact))
    first, second = query.children
    seconds = _starts(second, words, exact=exact)
    return sum(
        any(
            max(start, other) - (start + len(first.words) if start < other else other + len(second.words)) <= query.slop
            for other in seconds
        )
        for start in _starts(first, words, exact=exact)
    )


def _starts(phrase: Query, words: list[str], *, exact: bool) -> list[int]:
    """Where a phrase begins, its words out of place by no more than its slop, as Lucene counts it."""
    places = [
        [place - offset for place, word in enumerate(words) if word == (asked if exact else stem(asked))]
        for offset, asked in enumerate(phrase.words)
        if exact or asked not in _STOP
    ]
    if not places:
        return []
    return [start for start in places[0] if all(_near(start, others, phrase.slop) is not None for others in places[1:])]


def _near(start: int, places: list[int], slop: int) -> int | None:
    at = bisect_left(places, start - slop)
    return places[at] if at < len(places) and places[at] <= start + slop else None


def _within(one: str, other: str, limit: int) -> bool:
    """Whether two words are at most `limit` insertions, deletions or substitutions apart."""
    if abs(len(one) - len(other)) > limit:
        return False
    row = list(range(len(other) + 1))
    for i, letter in enumerate(one, start=1):
        above, row = row, [i]
        for j, match in enumerate(other, start=1):
            row.append(min(above[j] + 1, row[-1] + 1, above[j - 1] + (letter != match)))
        if min(row) > limit:
            return False
    return row[-1] <= limit
