"""Lucene's classic query parser, with AND as the default operator: what a search in its syntax asks for.

That is what Elasticsearch's query_string is, which OpenAlex gives every search with an operator, a phrase or a wildcard
(GitHub apache/lucene queryparser/classic, QueryParser.jj and QueryParserBase.java; GitHub elastic/elasticsearch
index/search/QueryStringQueryParser.java). Three things are not what one expects:

- operators do not nest: `a OR b AND c` is b and c, with a for the order only (`addClause`);
- words that stand bare side by side are looked for in one and the same field, except for the last of them before an
  operator (`MultiTerm`), and so are the parts of a word that analysis takes apart;
- what cannot be parsed brings OpenAlex down: nothing there catches Elasticsearch's error, so the answer has status 500.

Not known here are fields by name and ranges (`year:2020`, `{a TO b}`), which find nothing, and regular expressions,
which only raw_affiliation_strings.search lets through. The depth to which brackets may nest is the replica's own.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

from harvester.replica.openalex_refusals import server_error

__all__ = [
    "NOTHING",
    "Boolean",
    "Everything",
    "Fuzzy",
    "Near",
    "Pattern",
    "Phrase",
    "Present",
    "Query",
    "Words",
    "analysed",
    "bare_words",
    "count",
    "pattern",
    "phrase",
    "query_string",
    "tokenised",
]

# -- what is asked ----------------------------------------------------------------------------------


@dataclass(frozen=True)
class Words:
    """Works that have all these words in one part or, `anywhere`, among all the parts."""

    tokens: tuple[str, ...]
    anywhere: bool = False


@dataclass(frozen=True)
class Phrase:
    """Words at these places of one another, moved by `slop` places in all at most."""

    tokens: tuple[tuple[int, str], ...]
    slop: int = 0


@dataclass(frozen=True)
class Pattern:
    """A word that begins with `start` and whose rest fits the regular expression `rest`."""

    start: str
    rest: str


@dataclass(frozen=True)
class Fuzzy:
    """A word that becomes `word` when at most `edits` letters are put in, left out, changed or swapped."""

    word: str
    edits: int


@dataclass(frozen=True)
class Near:
    """Runs of words with at most `gaps` other words among them, in any order; within a run, side by side.

    A run is of patterns and of words that may come apart into several, which then may stand anywhere.
    """

    runs: tuple[tuple[Words | Pattern, ...], ...]
    gaps: int


@dataclass(frozen=True)
class Present:
    """Works that have any word at all in one of the parts."""


@dataclass(frozen=True)
class Everything:
    """All works."""


@dataclass(frozen=True)
class Boolean:
    """Lucene's BooleanQuery: all of `required`, none of `excluded`; one of `optional` where nothing is required.

    With nothing but `excluded` it is all other works, as Elasticsearch has it (common/lucene/search/Queries.java,
    `fixNegativeQueryIfNeeded`, which its parser calls for every bracket); with nothing at all, none.
    """

    required: tuple["Query", ...] = ()
    optional: tuple["Query", ...] = ()
    excluded: tuple["Query", ...] = ()


Query = Words | Phrase | Pattern | Fuzzy | Near | Present | Everything | Boolean
NOTHING = Boolean()
"""The query that finds nothing."""

# -- words and patterns -----------------------------------------------------------------------------

_STOP = frozenset(
    """a an and are as at be but by for if in into is it no not of on or s such t that the their then there
    these they this to was will with""".split()  # noqa: SIM905 - a list of words reads best as words
)
_WORD = re.compile(r"[^\W_]+")
_MOST = 2**31 - 1


def tokenised(text: str) -> list[str]:
    """The runs of letters and digits of a text, in lower case.

    >>> tokenised("Children's COVID-19")
    ['children', 's', 'covid', '19']
    """
    return _WORD.findall(text.lower())


def analysed(text: str, *, exact: bool) -> tuple[tuple[int, str], ...]:
    """The words of a text with their places; stop words, unless `exact`, are left out but keep their place.

    >>> analysed("Quality of Life", exact=False)
    ((0, 'quality'), (2, 'life'))
    """
    return tuple((place, word) for place, word in enumerate(tokenised(text)) if exact or word not in _STOP)


def bare_words(text: str, *, exact: bool, anywhere: bool = False) -> Words | None:
    """All words of a text, or None if analysis leaves none."""
    tokens = tuple(dict.fromkeys(token for _, token in analysed(text, exact=exact)))
    return Words(tokens, anywhere) if tokens else None


def phrase(text: str, slop: int, *, exact: bool) -> Query | None:
    """The words of a text side by side, or None if analysis leaves none; raises `Refused` (500) for a slop below 0."""
    tokens = analysed(text, exact=exact)
    if len(tokens) < 2:
        return Words((tokens[0][1],)) if tokens else None
    if slop < 0:
        raise server_error()
    return Phrase(tokens, slop)


def pattern(text: str) -> Pattern:
    r"""A word with wildcards; a backslash takes the next character for itself.

    >>> pattern("Behavi*r?"), pattern("a\\*b*")
    (Pattern(start='behavi', rest='.*r.'), Pattern(start='a*b', rest='.*'))
    """
    pieces = re.findall(r"\\.|[^\\]", text.lower(), re.DOTALL)
    first = next((place for place, piece in enumerate(pieces) if piece in ("*", "?")), len(pieces))
    rest = [""]
    for piece in pieces[first:]:
        if piece == "*":
            rest.append("")
        else:
            rest[-1] += "." if piece == "?" else re.escape(piece[-1])
    head, middle, last = rest[0], rest[1:-1], rest[1:][-1:]
    # Every star but the last takes as little as it can and never gives back, so that no pattern is slow.
    fits = head + "".join(f"(?>.*?{part})" for part in middle) + "".join(f".*{part}" for part in last)
    return Pattern("".join(piece[-1] for piece in pieces[:first]), fits)


def count(digits: str) -> int:
    """A whole number as Elasticsearch reads it, in 32 bits; raises `Refused` (500) for a greater one."""
    digits = digits.lstrip("0") or "0"
    if len(digits) > 10 or int(digits) > _MOST:
        raise server_error()
    return int(digits)


# -- tokens -----------------------------------------------------------------------------------------

_OPERATOR = {
    "&&": "AND",
    "||": "OR",
    "!": "NOT",
    "*": "star",
    **{sign: sign for sign in ("AND", "OR", "NOT", *"+-():")},
}
_BLANK = r"[ \t\n\r\u3000]"
_FIRST = r'(?:[^ \t\n\r\u3000+\-!():^\[\]"{}~*?\\/]|\\.)'
_LATER = rf"(?:{_FIRST}|[-+])"
_BOUND = r'(?:"(?:\\"|[^"])+"|[^ \]}]+)'
_TOKEN = re.compile(
    rf"(?P<blank>{_BLANK}+)"
    rf"|(?P<word>(?:{_FIRST}|[*?])(?:{_LATER}|[*?])*)"
    r'|(?P<quoted>"(?:[^"\\]|\\.)*")'
    rf"|(?P<slop>~{_LATER}*)"
    r"|(?P<boost>\^[0-9]+(?:\.[0-9]+)?)"
    rf"|(?P<bare>[-+!]{_BLANK})"
    r"|(?P<mark>[-+!():])"
    rf"|(?P<range>[\[{{]{_BLANK}*{_BOUND}{_BLANK}+TO{_BLANK}+{_BOUND}{_BLANK}*[\]}}])"
    r"|(?P<regex>/(?:\\/|[^/])*/)",
    re.DOTALL,
)
_TERM = re.compile(rf"{_FIRST}{_LATER}*", re.DOTALL)
_PREFIX = re.compile(rf"{_FIRST}{_LATER}*\*", re.DOTALL)
_ESCAPED = re.compile(r"\\(?:u([0-9A-Fa-f]{4})|(u)|(.))", re.DOTALL)


class _Token(NamedTuple):
    """`kind` is an operator, a sign, star, term, prefix, wild, bare, quoted, slop, boost, range, regex or end."""

    kind: str
    image: str


def _tokens(text: str) -> Iterator[_Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if match is None:
            raise server_error()
        place, image, kind = match.end(), match[0], str(match.lastgroup)
        if kind in ("word", "mark"):
            yield _Token(_OPERATOR.get(image) or _kind_of_word(image), image)
        elif kind != "blank":
            yield _Token(kind, image)


def _kind_of_word(image: str) -> str:
    if _TERM.fullmatch(image):
        return "term"
    return "prefix" if _PREFIX.fullmatch(image) else "wild"


def _unescaped(image: str) -> str:
    def character(match: re.Match[str]) -> str:
        if match[2]:
            raise server_error()  # four digits must follow `\u` (QueryParserBase.java, `discardEscapeChar`)
        return match[3] or chr(int(match[1], 16))

    return _ESCAPED.sub(character, image)


# -- grammar ----------------------------------------------------------------------------------------

_ENDS_MULTI_TERM = (":", "star", "slop", "boost", "AND", "OR")
_DEEPEST = 100


def query_string(text: str, *, exact: bool, single: bool = False) -> Query:
    """What a search in Lucene's syntax asks for, of a `single` field or of several.

    Raises `Refused` (500) if it cannot be parsed.

    >>> query_string("peer OR support AND recovery", exact=False).optional
    (Words(tokens=('peer',), anywhere=False),)
    """
    if not text.strip():
        return NOTHING  # not an error (QueryStringQueryParser.java, `parse`)
    return _Reader(text, exact=exact, single=single).whole() or NOTHING


class _Reader:
    """Recursive descent over the grammar of QueryParser.jj; None is a clause that analysis leaves nothing of.

    `named` is true inside a clause for a field by name.
    """

    def __init__(self, text: str, *, exact: bool, single: bool) -> None:
        self.tokens = [*_tokens(text), _Token("end", "")]
        self.exact = exact
        self.single = single
        self.place = 0
        self.depth = 0

    def whole(self) -> Query | None:
        found = self._query(named=False)
        self._expect("end")
        return found

    def _kind(self, ahead: int = 0) -> str:
        return self.tokens[min(self.place + ahead, len(self.tokens) - 1)].kind

    def _taken(self, *kinds: str) -> _Token | None:
        if self._kind() not in kinds:
            return None
        self.place += 1
        return self.tokens[self.place - 1]

    def _expect(self, *kinds: str) -> _Token:
        token = self._taken(*kinds)
        if token is None:
            raise server_error()
        return token

    def _query(self, *, named: bool) -> Query | None:
        self.depth += 1
        if self.depth > _DEEPEST:
            raise server_error()
        clauses: list[tuple[str, Query]] = []
        first = True
        while first or self._kind() not in (")", "end"):
            if self._kind() == "term" and self._goes_on(1):
                clauses += [("required", query) for query in self._multi_term(named=named)]
            else:
                conjunction = None if first else self._taken("AND", "OR")
                modifier = self._taken("+", "-", "NOT")
                _add(clauses, conjunction, modifier, self._clause(named=named))
            first = False
        self.depth -= 1
        return _joined(clauses)

    def _goes_on(self, ahead: int) -> bool:
        """Whether the token there is one more bare word, rather than one that what follows takes hold of."""
        return self._kind(ahead) == "term" and self._kind(ahead + 1) not in _ENDS_MULTI_TERM

    def _multi_term(self, *, named: bool) -> list[Query]:
        images = [self._expect("term").image]
        while self._goes_on(0):
            images.append(self._expect("term").image)
        text = _unescaped(" ".join(images))
        if named:
            return [NOTHING]
        if self.single:
            # A clause each, of which an `OR` behind a stop word may take hold of the last (`addMultiTermClauses`).
            return [Words((token,)) for _, token in analysed(text, exact=self.exact)]
        together = bare_words(text, exact=self.exact)
        return [] if together is None else [together]

    def _clause(self, *, named: bool) -> Query | None:
        if self._kind() in ("term", "star") and self._kind(1) == ":":
            self.place += 2
            named = True
        if self._taken("("):
            found = self._query(named=named)
            self._expect(")")
            self._taken("boost")
            return found
        return self._term(named=named)

    def _term(self, *, named: bool) -> Query | None:
        kind, image = self._expect("term", "star", "prefix", "wild", "bare", "quoted", "range", "regex")
        if kind == "range":
            self._taken("boost")
            return NOTHING
        slop = self._taken("slop")
        if self._taken("boost") and slop is None:
            slop = self._taken("slop")
        found = self._leaf(kind, image, slop.image[1:] if slop else None)
        return NOTHING if named else found

    def _leaf(self, kind: str, image: str, slop: str | None) -> Query | None:
        if kind == "quoted":
            return phrase(_unescaped(image[1:-1]), _places(slop), exact=self.exact)
        plain = _unescaped(image[:1] if kind == "bare" else image)
        if image == "*":
            return Present()
        if kind == "wild":
            if image[0] in "*?":
                raise server_error()  # OpenAlex sets allow_leading_wildcard to false
            return pattern(image)
        if kind == "prefix":
            return Pattern(plain[:-1].lower(), ".*")
        if kind == "regex":
            return NOTHING
        if slop is not None:
            return Fuzzy(plain.lower(), _edits(slop, plain))
        return bare_words(plain, exact=self.exact)


def _add(
    clauses: list[tuple[str, Query]], conjunction: _Token | None, modifier: _Token | None, query: Query | None
) -> None:
    """Lucene's `addClause`: an operator says something of its two neighbours only, a plus says nothing.

    It does so of the one before it even where the one behind it came to nothing.
    """
    either = conjunction is not None and conjunction.kind == "OR"
    if conjunction and clauses and clauses[-1][0] != "excluded":
        clauses[-1] = ("optional" if either else "required", clauses[-1][1])
    if query is not None:
        prohibited = modifier is not None and modifier.kind != "+"
        clauses.append(("excluded" if prohibited else "optional" if either else "required", query))


def _joined(clauses: list[tuple[str, Query]]) -> Query | None:
    if not clauses:
        return None
    if len(clauses) == 1 and clauses[0][0] != "excluded":
        return clauses[0][1]
    required, optional, excluded = (
        tuple(query for occur, query in clauses if occur == wanted) for wanted in ("required", "optional", "excluded")
    )
    return Boolean(required, optional, excluded)


def _places(slop: str | None) -> int:
    """How far apart the words of a phrase may be; none, if it cannot be read."""
    try:
        return min(int(float(slop or 0)), _MOST)
    except ValueError:
        return 0
    except OverflowError:
        return _MOST


def _edits(slop: str, word: str) -> int:
    """How many letters may differ: as said, or by length (Elasticsearch's Fuzziness, AUTO: from 3 one, from 6 two)."""
    if slop.upper() in ("", "AUTO"):
        return (len(word) > 2) + (len(word) > 5)
    if slop not in ("0", "1", "2", "0.0", "1.0", "2.0"):
        raise server_error()
    return int(slop[0])
