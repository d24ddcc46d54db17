"""Searching the words of works: how a search is read, and what it finds.

An evaluator of its own, on purpose not the one the harvester translates its queries with, so that a mistake there is
not agreed with here. A value goes one of three ways (GitHub ourresearch/openalex-elastic-api core/search.py,
`SearchOpenAlex.build_query`):

- a phrase with a wildcard, or phrases joined by `~N~`, as the whole of it is an intervals query;
- with ` AND `, ` OR `, ` NOT `, two double quotes or a wildcard in it, it is cleaned (`clean_search_terms`) and read as
  Lucene's syntax, `openalex_query.query_string`;
- otherwise it is words, each wanted in any of the parts, and no character in it means anything.

Stemmed searches drop stop words and compare stems, exact ones take words as they are and allow wildcards. There is no
full text in a corpus, so a search of it is one of titles and abstracts; a semantic search ranks by shared words.
"""

import re
from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Hashable, Iterable, Sequence
from functools import cached_property
from itertools import chain
from math import sqrt
from typing import Any, NamedTuple

from harvester.replica.openalex_checks import BETWEEN, WITHIN, check_filter, check_parameter, lone_wildcards_bared
from harvester.replica.openalex_query import (
    NOTHING,
    Boolean,
    Everything,
    Fuzzy,
    Near,
    Pattern,
    Phrase,
    Present,
    Query,
    Words,
    analysed,
    bare_words,
    count,
    pattern,
    phrase,
    query_string,
)
from harvester.replica.openalex_stem import stem
from harvester.replica.openalex_words import Found, Memo, Part, Positions

__all__ = ["SCOPES", "Texts", "parse"]

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

# -- how a search is read ---------------------------------------------------------------------------

# core/search.py, `normalize_search_input`.
_FOLDED = str.maketrans(
    {
        **dict.fromkeys("“”„‟", '"'),
        **dict.fromkeys("‘’‚‛", "'"),
        **dict.fromkeys("\u00a0\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u202f\u205f\u3000", " "),
        **dict.fromkeys("\u200b\u200c\u200d\ufeff\u00ad"),
    }
)
_CLEANED = str.maketrans({"/": " ", ":": " ", **dict.fromkeys("[]")})
_OPERATORS = (" AND ", " OR ", " NOT ")
_WILDCARD = re.compile(r'\w{3,}\*|\*\w{3,}|\w\?\w|\w{3,}~|"~')
_EXACT_WILDCARD = re.compile(r"\w\?")


def parse(text: str, scope: str) -> Query:
    """What the value of a search parameter or search filter, one of `SCOPES`, asks for.

    Raises `Refused`: 400 for what the server checks and will not run, 500 for what it fails to parse.

    >>> parse("peer-support!", "search.title")
    Words(tokens=('peer', 'support'), anywhere=True)
    >>> parse("peer AND peer-support", "search.title").required
    (Words(tokens=('peer',), anywhere=False), Words(tokens=('peer', 'support'), anywhere=False))
    """
    parts, exact = SCOPES[scope]
    single = len(parts) == 1
    text = lone_wildcards_bared(text)
    if scope.startswith("search"):
        check_parameter(text, exact=exact)
    else:
        check_filter(text, scope)
    text = text.translate(_FOLDED)
    if not text:
        return Everything()
    near = _near(text.strip(), exact=exact)
    if near is not None:
        return near
    if scope == "raw_affiliation_strings.search" and len(text.strip()) > 3:
        # Read as syntax whatever is in it, and not cleaned before (`query_string_query`).
        read = query_string(text, exact=exact, single=single)
        return Boolean(optional=(read, phrase(text, 0, exact=exact) or NOTHING))
    if (
        any(operator in text for operator in _OPERATORS)
        or text.count('"') > 1
        or _WILDCARD.search(text)
        or (exact and _EXACT_WILDCARD.search(text))
    ):
        return query_string(_cleaned(text), exact=exact, single=single)
    return bare_words(text, exact=exact, anywhere=True) or NOTHING


def _cleaned(text: str) -> str:
    """As `clean_search_terms` leaves it: of a text that ends in "and" or "not", even of "brand", these letters go."""
    text = text.strip().translate(_CLEANED)
    if text.lower().endswith(("and", "not")):
        text = text[:-3].strip()
    return text.replace("<", "").replace(">", "")


def _near(text: str, *, exact: bool) -> Query | None:
    """The intervals query that a whole value is, if it is one.

    A stop word in it, where these are dropped, leaves an interval that nothing can fill, and nothing is found
    (GitHub elastic/elasticsearch index/query/IntervalBuilder.java, `analyzeText`).
    """
    if between := BETWEEN.fullmatch(text):
        written, gaps = [run.split() for run in re.findall(r'"([^"]*)"', text)], count(between[1])
    elif (within := WITHIN.fullmatch(text)) and ("*" in within[1] or "?" in within[1]):
        words = within[1].split()
        if within[2] is not None:
            written, gaps = [[word] for word in words], count(within[2])
        elif len(words) > 1:
            written, gaps = [words], 0
        else:
            return None
    else:
        return None
    runs: list[tuple[Words | Pattern, ...]] = []
    for run in written:
        rules = tuple(_rule(word, exact=exact) for word in run)
        if not rules or any(isinstance(rule, Words) and not rule.tokens for rule in rules):
            return NOTHING
        if len(rules) == 1 and isinstance(rules[0], Words):
            # A word that comes apart is no run: its parts are among the others (UnorderedIntervalsSource, `flatten`).
            runs += [(Words((token,)),) for token in rules[0].tokens]
        else:
            runs.append(rules)
    return Near(tuple(runs), gaps)


def _rule(word: str, *, exact: bool) -> Words | Pattern:
    if "*" in word or "?" in word:
        return pattern(word)
    return Words(tuple(token for _, token in analysed(word, exact=exact)))


# -- what a search finds ----------------------------------------------------------------------------


class _Stretch(NamedTuple):
    """The first and the last place of a stretch of text, and how many of its places count as filled."""

    first: int
    last: int
    filled: int

    @property
    def gaps(self) -> int:
        return self.last - self.first + 1 - self.filled


class Texts:
    """The words of a corpus, indexed part by part when a search first looks there."""

    def __init__(self, works: Sequence[dict[str, Any]]) -> None:
        self.works = works
        self._parts: dict[str, Part] = {}
        self._evaluators: dict[tuple[tuple[str, ...], bool], _Evaluator] = {}

    def search(self, query: Query, scope: str) -> dict[int, float]:
        """The works that a search finds, each with its score: frequencies, raised by citations."""
        found = self._evaluator(*SCOPES[scope]).found(query)
        boosts = self._boosts
        return {number: round(max(times, 1e-3) * boosts[number], 6) for number, times in found.items()}

    def similar(self, text: str) -> dict[int, float]:
        """The works that share words with a text, as the answer to a semantic search."""
        words = dict.fromkeys(token for _, token in analysed(text[:2000], exact=False))
        return self.search(Boolean(optional=tuple(Words((word,)) for word in words)), "search")

    @cached_property
    def _boosts(self) -> list[float]:
        cited = (work.get("cited_by_count") for work in self.works)
        return [1 + sqrt(number) if isinstance(number, int) and number > 0 else 0.5 for number in cited]

    def _evaluator(self, names: tuple[str, ...], exact: bool) -> "_Evaluator":
        if (names, exact) not in self._evaluators:
            for name in names:
                if name not in self._parts:
                    self._parts[name] = Part(self.works, name)
            parts = tuple(self._parts[name] for name in names)
            self._evaluators[names, exact] = _Evaluator(parts, exact=exact, works=len(self.works))
        return self._evaluators[names, exact]


class _Evaluator:
    """What queries find in some parts of the works.

    Where a query is to be ANDed with what is known already, `within`, it may leave out what is not in that, but need
    not; so the clauses of an AND are evaluated from the rarest on, and texts are looked into last.
    """

    def __init__(self, parts: tuple[Part, ...], *, exact: bool, works: int) -> None:
        self.parts = parts
        self.exact = exact
        self.works = works
        self._kept = Memo[Found]()

    def found(self, query: Query, within: Found | None = None) -> Found:
        """The works found; the mapping is not to be changed."""
        if isinstance(query, Boolean):
            return self._boolean(query, within)
        if isinstance(query, Phrase | Near):
            if within is not None and len(within) < self._most(query):
                return self._placed(query, within)
            return self._kept.get(query, lambda: self._placed(query, None))
        return self._kept.get(query, lambda: self._simple(query))

    def _simple(self, query: Words | Pattern | Fuzzy | Present | Everything) -> Found:
        if isinstance(query, Words):
            if query.anywhere and len(query.tokens) > 1:
                return self._boolean(Boolean(required=tuple(Words((token,)) for token in query.tokens)), None)
            return _sum(
                _common([part.counts(token, exact=self.exact) for token in query.tokens]) for part in self.parts
            )
        if isinstance(query, Pattern | Fuzzy):
            return _sum(part.counts(query, exact=self.exact) for part in self.parts)
        if isinstance(query, Present):
            return {posting >> 8: 1 for part in self.parts for word in part.postings.values() for posting in word}
        return dict.fromkeys(range(self.works), 1)

    def _boolean(self, query: Boolean, within: Found | None) -> Found:
        required = sorted(query.required, key=self._most)
        if required:
            found = self.found(required[0], within)
            for other in required[1:] if found else ():
                found = _common([found, self.found(other, found)])
            for other in query.optional if found else ():
                more = self.found(other, found)
                found = {number: times + more.get(number, 0) for number, times in found.items()}
        elif query.optional:
            found = _sum(self.found(one, within) for one in query.optional)
        elif query.excluded:
            found = dict.fromkeys(range(self.works) if within is None else within, 0)
        else:
            return {}
        for other in query.excluded:
            gone = self.found(other, found)
            found = {number: times for number, times in found.items() if number not in gone}
        return found

    def _most(self, query: Query) -> int:
        """How many works a query finds at most, as far as is known before it is evaluated."""
        if isinstance(query, Boolean):
            if query.required:
                return min(map(self._most, query.required))
            return self.works if query.excluded and not query.optional else sum(map(self._most, query.optional))
        if isinstance(query, Present | Everything):
            return self.works
        return min(sum(part.size(one, exact=self.exact) for part in self.parts) for one in _wanted(query))

    def _placed(self, query: Phrase | Near, within: Found | None) -> Found:
        found: dict[int, int] = {}
        words = [(offset, self._root(token)) for offset, token in query.tokens] if isinstance(query, Phrase) else []
        for part in self.parts:
            counts = [part.counts(one, exact=self.exact) for one in _wanted(query)]
            for number in _common(counts if within is None else [within, *counts]):
                places = part.positions(number, exact=self.exact)
                if isinstance(query, Near):
                    times = self._near_times(query, part, places)
                elif query.slop:
                    times = _loose_times(words, query.slop, places)
                else:
                    times = _tight_times(words, places)
                if times:
                    found[number] = found.get(number, 0) + times
        return found

    def _root(self, word: str) -> str:
        return word if self.exact else stem(word)

    def _near_times(self, query: Near, part: Part, places: Positions) -> int:
        """In how many stretches of text all the runs are (Lucene's intervals: `maxgaps` of an `unordered`)."""
        runs = [
            (run, _side_by_side([self._stretches(rule, part, places) for rule in run]))
            for run in (tuple(map(self._rooted, run)) for run in query.runs)
        ]
        return sum(stretch.gaps <= query.gaps for stretch in _together(runs))

    def _rooted(self, rule: Words | Pattern) -> Words | Pattern:
        return Words(tuple(map(self._root, rule.tokens))) if isinstance(rule, Words) else rule

    def _stretches(self, rule: Words | Pattern, part: Part, places: Positions) -> list[_Stretch]:
        if isinstance(rule, Pattern):
            meant = {self._root(word) for word in part.spellings(rule, exact=self.exact)}
            at = sorted(chain.from_iterable(places.get(word, ()) for word in meant))
            return [_Stretch(place, place, 1) for place in at]
        words = [(word, [_Stretch(place, place, 1) for place in places.get(word, ())]) for word in rule.tokens]
        return [_Stretch(first, last, last - first + 1) for first, last, _ in _together(words)]


def _wanted(query: Words | Pattern | Fuzzy | Phrase | Near) -> Iterable[str | Pattern | Fuzzy]:
    """The single words of a query that is no combination."""
    if isinstance(query, Pattern | Fuzzy):
        return [query]
    if isinstance(query, Words):
        return query.tokens
    if isinstance(query, Phrase):
        return [token for _, token in query.tokens]
    rules = chain.from_iterable(query.runs)
    return [token for rule in rules for token in ((rule,) if isinstance(rule, Pattern) else rule.tokens)]


def _common(counts: Sequence[Found]) -> Found:
    first, *others = sorted(counts, key=len)
    for other in others:
        first = {number: times + other[number] for number, times in first.items() if number in other}
    return first


def _sum(counts: Iterable[Found]) -> Found:
    ordered = sorted(counts, key=len, reverse=True)
    if len(ordered) == 1 or (ordered and not ordered[1]):
        return ordered[0]
    together: dict[int, int] = dict(ordered[0]) if ordered else {}
    for other in ordered[1:]:
        for number, times in other.items():
            together[number] = together.get(number, 0) + times
    return together


def _tight_times(words: Sequence[tuple[int, str]], places: Positions) -> int:
    """How often the words stand there exactly so."""
    starts: set[int] | None = None
    for offset, word in words:
        begun = {place - offset for place in places.get(word, ())}
        starts = begun if starts is None else starts & begun
        if not starts:
            return 0
    return len(starts or ())


def _loose_times(words: Sequence[tuple[int, str]], slop: int, places: Positions) -> int:
    """How often the words stand there nearly so, as Lucene's SloppyPhraseMatcher.java counts it.

    Their places, less their places in the phrase, may differ by the slop at most; a word that comes twice in the
    phrase must be there twice.
    """
    at = [places.get(word, ()) for _, word in words]
    rarest = min(range(len(words)), key=lambda word: len(at[word]))
    starts = {
        place - offset
        for middle in (place - words[rarest][0] for place in at[rarest])
        for (offset, _), found in zip(words, at, strict=True)
        for place in found[bisect_left(found, middle + offset - slop) : bisect_right(found, middle + offset)]
    }
    return sum(_fits(words, at, start, slop) for start in starts)


def _fits(words: Sequence[tuple[int, str]], at: Sequence[Sequence[int]], start: int, slop: int) -> bool:
    used: dict[str, int] = {}
    for (offset, word), places in zip(words, at, strict=True):
        # Of the places in reach the first is as good as any, for those of the same word later on reach further.
        place = bisect_left(places, max(start + offset, used.get(word, -1) + 1))
        if place == len(places) or places[place] > start + offset + slop:
            return False
        used[word] = places[place]
    return True


def _side_by_side(rules: Sequence[list[_Stretch]]) -> list[_Stretch]:
    found = rules[0]
    for following in rules[1:]:
        lasts = {first: last for first, last, _ in following}
        found = [
            _Stretch(first, lasts[last + 1], lasts[last + 1] - first + 1)
            for first, last, _ in found
            if last + 1 in lasts
        ]
    return found


def _together(wanted: Sequence[tuple[Hashable, list[_Stretch]]]) -> list[_Stretch]:
    """The shortest stretches that hold one of each of what is wanted, or as many as it is wanted times."""
    times = Counter(key for key, _ in wanted)
    lists = [_repeated(found, times[key]) for key, found in dict(wanted).items()]
    if len(lists) == 1:
        return lists[0]
    shortest: dict[int, _Stretch] = {}
    for start in sorted({first for found in lists for first, _, _ in found}):
        places = [bisect_left(found, (start,)) for found in lists]
        if any(place == len(found) for place, found in zip(places, lists, strict=True)):
            break
        chosen = [found[place] for place, found in zip(places, lists, strict=True)]
        last = max(stretch.last for stretch in chosen)
        shortest[last] = _Stretch(start, last, sum(stretch.filled for stretch in chosen))
    return list(shortest.values())


def _repeated(found: list[_Stretch], times: int) -> list[_Stretch]:
    """That many stretches in a row, each as one.

    What they fill is reckoned as in RepeatingIntervalsSource.java, `width`, which is right for single words only.
    """
    if times == 1:
        return found
    rows = zip(*(found[skipped:] for skipped in range(times)), strict=False)
    return [_Stretch(row[0].first, row[-1].last, sum(first - last + 1 for first, last, _ in row)) for row in rows]
