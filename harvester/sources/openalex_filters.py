"""A condition on works as filters of OpenAlex: which filter says a part of it, and in which words.

A *question* to OpenAlex is a list of filters that must all hold. A part of an expression is *single* when one
filter says all of it: words of any shape in one field, or facts of one kind joined by OR. `filters` writes such
parts down.

A text filter is read by Elasticsearch's `query_string`, whose parser knows no precedence between AND and OR and
takes `a OR NOT b` for `a NOT b`. So AND and OR never share a bracket, NOT only ever follows what must be there, and a
negated arm of an OR is turned round: `a OR NOT b` is `NOT (b NOT a)` (GitHub apache/lucene
queryparser/classic/QueryParserBase.java, addClause). Nor do bare words ever stand side by side, which would be looked
for in one and the same text (QueryParser.jj, MultiTerm).

The server looks at the words to decide how to read them (GitHub ourresearch/openalex-elastic-api core/search.py):
without an operator, two quotes or a wildcard they are matched loosely, brackets and NOT included, and a text that
ends in `and` or `not` (England has it, as does thousand) loses three letters. A word that stands alone is therefore
quoted, and every other text ends in a bracket, a quote or a number.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import product
from math import prod
from typing import Final, NamedTuple

from harvester.errors import QueryError
from harvester.expression.tree import (
    And,
    Expression,
    Fact,
    Leaf,
    Near,
    Not,
    Or,
    Term,
    Years,
    all_of,
    any_of,
    is_pattern,
    leaves,
)
from harvester.expression.words import STOP, stem
from harvester.sources.openalex_item import OLDER_TYPES

__all__ = [
    "LONGEST_TEXT",
    "Dialect",
    "Filter",
    "filters",
    "gathered",
    "is_sendable",
    "negated",
    "searches",
    "single",
    "wording",
]

# The names of works/fields.py in GitHub ourresearch/openalex-elastic-api.
_TEXTS: Final = {
    "text": "title_and_abstract.search",
    "title": "title.search",
    "abstract": "abstract.search",
    "author": "raw_author_name.search",
}
_FACTS: Final = {
    "type": "type",
    "language": "language",
    "open_access": "open_access.is_oa",
    "retracted": "is_retracted",
}
_YEAR: Final = "publication_year"
_TRUTHS: Final = ("true", "false", "null")

# What a search parameter may hold without a paid plan (GitHub ourresearch/openalex-api-proxy
# src/searchVolumeGate.ts); whether a filter may hold more is not documented.
LONGEST_TEXT: Final = 1_500
# GitHub ourresearch/openalex-elastic-api core/search.py: MAX_LONG_PHRASES_IN_OR, LONG_PHRASE_CHAR_THRESHOLD.
_LONG_PHRASES, _LONG_PHRASE = 3, 80
# GitHub ourresearch/openalex-elastic-api settings.py: MAX_IDS_IN_FILTER.
_MOST_VALUES: Final = 100
# An OR of ANDs with NEAR multiplies filters; past this, several questions are shorter than one.
_MOST_FILTERS: Final = 12

# Years are asked for as a closed range where they are negated: `!2015-` is an error (core/fields.py, RangeField).
_FIRST_YEAR, _LAST_YEAR = 0, 9999

_WORD = re.compile(r"[^\W_]+(?:'[^\W_]+)*")
_PATTERN = re.compile(r"[^\W_](?:[^\W_]|[*?])*")
# A word that may stand without quotes. Upper-case letters make operators, but a reader may take any of these for one.
_BARE = re.compile(r"(?!(?:and|or|not|to)\Z)[a-z0-9]+")
_PLAIN_FACT = re.compile(r"[a-z0-9]+(?:-[a-z0-9]+)*")
_LANGUAGE = re.compile(r"[a-z]{2,3}(?:-[a-z]{2,4})?")
# Read as "no value", or as a mistake (core/utils.py, map_filter_params; core/fields.py, TermField).
_NO_FACT = frozenset({"null", "none", "undefined"})
# What is no stop word to OpenAlex, whose words keep their apostrophes, only to ours, which do not.
_STOP = STOP - {"s", "t"}


@dataclass(frozen=True)
class Dialect:
    """How words are compared and where: unstemmed or not, in full texts or not; `text` is what was parsed."""

    exact: bool
    fulltext: bool
    text: str


class Filter(NamedTuple):
    """One filter: works pass that fit any of the values."""

    name: str
    values: tuple[str, ...]

    @property
    def value(self) -> str:
        """The values as one text, as it stands after the colon."""
        return "|".join(self.values)


# -- which filter --------------------------------------------------------------------------------------


def _name(leaf: Leaf, dialect: Dialect) -> str:
    if isinstance(leaf, Years):
        return _YEAR
    if isinstance(leaf, Fact):
        if leaf.field not in _FACTS:
            raise QueryError(
                f"OpenAlex cannot be asked for {leaf.field}:, which only a library knows.",
                text=dialect.text,
                span=leaf.span,
                suggestion=f"search without it, and give {leaf.field}:{leaf.value} to --where afterwards",
            )
        return _FACTS[leaf.field]
    if leaf.field == "venue":
        raise QueryError(
            "OpenAlex cannot be asked for words in the name of a journal or book.",
            text=dialect.text,
            span=leaf.span,
            suggestion="search without venue:, and give it to --where afterwards",
        )
    name = "fulltext.search" if leaf.field == "text" and dialect.fulltext else _TEXTS[leaf.field]
    # Names of authors are never stemmed, so there is no other form of that filter.
    return name + ".exact" if dialect.exact and leaf.field != "author" else name


def searches(name: str) -> bool:
    """Tell whether a filter looks for words."""
    return ".search" in name


def single(expression: Expression, dialect: Dialect) -> str | None:
    """Name the one filter that can say all of this; None where there is none.

    Raises `QueryError` for a field that OpenAlex cannot be asked for.

    >>> dialect = Dialect(exact=False, fulltext=False, text="")
    >>> single(Or((Term("title", ("peer",)), Not(Term("title", ("staff",))))), dialect)
    'title.search'
    >>> single(Or((Term("title", ("peer",)), Years(2015, None))), dialect) is None
    True
    """
    names = {_name(leaf, dialect) for leaf in leaves(expression)}
    if len(names) > 1:
        return None
    name = names.pop()
    if searches(name):
        return name
    part = expression.part if isinstance(expression, Not) else expression
    arms = part.parts if isinstance(part, Or) else (part,)
    return name if all(isinstance(arm, Years | Fact) for arm in arms) else None


def gathered(parts: Iterable[Expression], dialect: Dialect) -> dict[str, Expression]:
    """Join parts that are single and must all hold by the name of their filter."""
    found: dict[str, dict[Expression, None]] = {}
    for part in parts:
        name = single(part, dialect)
        assert name is not None
        found.setdefault(name, {})[part] = None
    return {name: all_of(*same) for name, same in found.items()}


def negated(expression: Expression) -> Expression:
    """The opposite of an expression, with one NOT at most."""
    return expression.part if isinstance(expression, Not) else Not(expression)


# -- into words ----------------------------------------------------------------------------------------


def filters(conjunction: Iterable[Expression], dialect: Dialect) -> tuple[Filter, ...] | None:
    """Write a conjunction as filters; None where NEAR makes them too many.

    A text that would be too long is written as several filters where an AND allows it; `is_sendable` tells
    whether that was enough. Raises `QueryError` for words and values that cannot be asked for.
    """
    written: list[Filter] = []
    for name, expression in gathered(conjunction, dialect).items():
        parts = expression.parts if isinstance(expression, And) else (expression,)
        if not searches(name):
            written += [Filter(name, _facts(part, dialect)) for part in parts]
            continue
        texts = _texts(expression, dialect)
        if texts is None:
            return None
        written += [Filter(name, text) for text in texts]
    return tuple(written)


def is_sendable(filter: Filter) -> bool:  # noqa: A002 - that is what it is called
    """Tell whether one filter keeps within the limits of its own: length, long phrases, number of values."""
    phrases = re.findall(r'"([^"]*)"', filter.value)
    return (
        len(filter.value) <= LONGEST_TEXT
        and len(filter.values) <= _MOST_VALUES
        and sum(len(phrase) > _LONG_PHRASE for phrase in phrases) <= _LONG_PHRASES
    )


def wording(expression: Expression, dialect: Dialect) -> str:
    """The words of a single part as they stand among those of others, to measure them by."""
    if all(isinstance(leaf, Term) for leaf in leaves(expression)):
        return _words(expression, dialect)[0]
    return " AND ".join(each.value for each in filters((expression,), dialect) or ())


def _facts(expression: Expression, dialect: Dialect) -> tuple[str, ...]:
    """The values of a filter on years or facts that lets these through, or, negated, all others."""
    negated = isinstance(expression, Not)
    inner = expression.part if isinstance(expression, Not) else expression
    arms = inner.parts if isinstance(inner, Or) else (inner,)
    values = tuple(dict.fromkeys(_fact(arm, dialect, negated=negated) for arm in arms))
    if negated and isinstance(arms[0], Fact) and arms[0].field in ("open_access", "retracted"):
        # A truth has no `!` (core/fields.py, BooleanField): the other values are asked for.
        return tuple(value for value in _TRUTHS if value not in values)
    return (f"!{values[0]}", *values[1:]) if negated else values


def _fact(leaf: Expression, dialect: Dialect, *, negated: bool) -> str:
    if isinstance(leaf, Years):
        if leaf.first == leaf.last and leaf.first is not None:
            return str(leaf.first)
        if negated or (leaf.first is None and leaf.last is None):
            first, last = leaf.first, leaf.last
            return f"{_FIRST_YEAR if first is None else first}-{_LAST_YEAR if last is None else last}"
        return f"{'' if leaf.first is None else leaf.first}-{'' if leaf.last is None else leaf.last}"
    assert isinstance(leaf, Fact)
    advice = _fact_advice(leaf)
    if advice is not None or not _PLAIN_FACT.fullmatch(leaf.value) or leaf.value in _NO_FACT:
        raise QueryError(
            f"OpenAlex has no value {leaf.value!r} for {leaf.field}.",
            text=dialect.text,
            span=leaf.span,
            suggestion=advice,
        )
    return leaf.value


def _fact_advice(fact: Fact) -> str | None:
    """What to write instead of a value that OpenAlex is known not to have."""
    if fact.field in ("open_access", "retracted"):
        return None if fact.value in ("true", "false") else f"{fact.field}:true"
    if fact.field == "language":
        return None if _LANGUAGE.fullmatch(fact.value) else "a code of two letters, such as language:en"
    # Crossref's words, which works had as their types until 2023.
    return f"type:{OLDER_TYPES[fact.value]}" if fact.value in OLDER_TYPES else None


def _texts(expression: Expression, dialect: Dialect) -> list[tuple[str, ...]] | None:
    """The values of the filters that together say an expression of one field; None where they are too many.

    NEAR must be the whole of a value (core/search.py, BINARY_PROXIMITY_RE), so an OR with it becomes a filter of
    several values, and an AND several filters (core/filter.py, handle_or_query).
    """
    if not any(isinstance(leaf, Near) for leaf in leaves(expression)):
        return [(text,) for text in _packed(expression, dialect)]
    if isinstance(expression, Near):
        return [(_near(expression, dialect),)]
    assert isinstance(expression, And | Or)
    within = [part for part in expression.parts if any(isinstance(leaf, Near) for leaf in leaves(part))]
    others = [part for part in expression.parts if part not in within]
    choices: list[list[tuple[str, ...]]] = []
    for part in within:
        texts = _texts(part, dialect)
        if texts is None:
            return None
        choices.append(texts)
    if isinstance(expression, And):
        plain = [(text,) for text in _packed(all_of(*others), dialect)] if others else []
        return [*plain, *(values for texts in choices for values in texts)]
    if others:
        choices.append([(_text(any_of(*others), dialect),)])
    if prod(map(len, choices)) > _MOST_FILTERS:
        return None
    return [tuple(dict.fromkeys(value for values in choice for value in values)) for choice in product(*choices)]


def _packed(expression: Expression, dialect: Dialect) -> list[str]:
    """The expression as one text, or as few texts that must all hold where one would be too long."""
    whole = _text(expression, dialect)
    if is_sendable(Filter("", (whole,))):
        return [whole]
    packs: list[tuple[Expression, str]] = []
    for part in _conjuncts(expression):
        if packs:
            together = all_of(packs[-1][0], part)
            text = _text(together, dialect)
            if is_sendable(Filter("", (text,))):
                packs[-1] = together, text
                continue
        packs.append((part, _text(part, dialect)))
    return [text for _, text in packs]


def _conjuncts(expression: Expression) -> Iterator[Expression]:
    for part in expression.parts if isinstance(expression, And) else (expression,):
        if isinstance(part, Not) and isinstance(part.part, Or):
            yield from map(negated, part.part.parts)
        else:
            yield part


def _text(expression: Expression, dialect: Dialect) -> str:
    """An expression without NEAR as the text of one filter, in a form that is read in one way only."""
    words, excluded = _words(expression, dialect)
    # A wildcard would be lost between quotes, and is a sign of its own.
    alone = words if words[0] in '("' or is_pattern(words) else f'"{words}"'
    if excluded:
        # Elasticsearch takes a bracket that only excludes for all other works (GitHub elastic/elasticsearch,
        # index/search/QueryStringQueryParser.java, getBooleanQuery).
        return f"(NOT {alone})"
    return alone if alone[0] in '("' else f"({alone})"


def _words(expression: Expression, dialect: Dialect) -> tuple[str, bool]:
    """The words that say an expression or, with True, its opposite.

    Whatever only excludes stays turned round until there is something to exclude from.
    """
    if isinstance(expression, Term):
        return _term(expression, dialect), False
    if isinstance(expression, Not):
        words, excluded = _words(expression.part, dialect)
        return words, not excluded
    assert isinstance(expression, And | Or)
    asked: dict[str, None] = {}
    shunned: dict[str, None] = {}
    for part in expression.parts:
        words, excluded = _words(part, dialect)
        (shunned if excluded else asked)[words] = None
    if isinstance(expression, And):
        return (_all_but(asked, shunned), False) if asked else (_any(shunned), True)
    return (_all_but(shunned, asked), True) if shunned else (_any(asked), False)


def _any(words: Iterable[str]) -> str:
    several = list(words)
    return several[0] if len(several) == 1 else f"({' OR '.join(several)})"


def _all_but(asked: Mapping[str, None], shunned: Mapping[str, None]) -> str:
    # NOT follows without an AND, as in help.openalex.org api/searching.md: operators are counted.
    whole = " AND ".join(asked) + "".join(f" NOT {words}" for words in shunned)
    return f"({whole})" if len(asked) + len(shunned) > 1 else whole


def _term(term: Term, dialect: Dialect) -> str:
    words = [word.lower() for word in term.words]
    if len(words) == 1 and is_pattern(words[0]):
        return _pattern(term, dialect)
    for word in words:
        if is_pattern(word):
            raise QueryError(
                "OpenAlex takes no truncated word within a phrase that is part of a search.",
                text=dialect.text,
                span=term.span,
                suggestion="write the phrases out, joined by OR",
            )
        _check_word(word, term, dialect)
    if len(words) == 1 and _BARE.fullmatch(words[0]):
        return words[0]
    phrase = f'"{" ".join(words)}"'
    # One word is nowhere apart from itself, unless an apostrophe makes it two.
    return f"{phrase}~{term.slop}" if term.slop and not phrase[1:-1].isalnum() else phrase


def _pattern(term: Term, dialect: Dialect) -> str:
    word = term.words[0].lower()
    if not dialect.exact and term.field != "author":
        raise QueryError(
            "OpenAlex takes truncated words only where words are compared exactly.",
            text=dialect.text,
            span=term.span,
            suggestion="leave the truncation to stemming",
        )
    # core/search.py, _validate_wildcard_token.
    if not _PATTERN.fullmatch(word) or re.match(r"(?:.*?[?])?[^?*]{0,2}\*", word):
        raise QueryError(
            f"OpenAlex does not take the truncated word {word}.",
            text=dialect.text,
            span=term.span,
            suggestion="begin with a letter or digit, and put at least three of them before a *",
        )
    # In names, a `?` at the end is not taken for a wildcard unless something else is (core/search.py, has_wildcard).
    return (
        word
        if (dialect.exact and term.field != "author") or re.search(r"\w{3}\*|\w\?\w", word)
        else f"({word} OR {word})"
    )


def _near(near: Near, dialect: Dialect) -> str:
    for word in (*near.left, *near.right):
        if is_pattern(word):
            raise QueryError(
                "OpenAlex takes no truncated word within NEAR.",
                text=dialect.text,
                span=near.span,
                suggestion="write out the words it stands for, joined by OR",
            )
        _check_word(word, near, dialect)
        # A word that is not in the index has no place there, so nothing would be found at all
        # (GitHub elastic/elasticsearch, index/query/IntervalBuilder.java, NO_INTERVALS).
        if word.lower() in _STOP and not dialect.exact:
            raise QueryError(
                f"OpenAlex does not know where the word {word} stands, and with NEAR it would find nothing.",
                text=dialect.text,
                span=near.span,
                suggestion="join the two sides by AND",
            )
    left, right = ([word if dialect.exact else stem(word) for word in side] for side in (near.left, near.right))
    if left == right and len(left) > 1:
        # What stands between is miscounted there, and works would be missed (GitHub apache/lucene,
        # queries/intervals/RepeatingIntervalsSource.java, width).
        raise QueryError(
            "OpenAlex does not count the words between two occurrences of the same phrase rightly.",
            text=dialect.text,
            span=near.span,
            suggestion="ask for the phrase once, without NEAR",
        )
    return f'"{" ".join(near.left).lower()}"~{near.distance}~"{" ".join(near.right).lower()}"'


def _check_word(word: str, leaf: Term | Near, dialect: Dialect) -> None:
    """Refuse anything but letters, digits and apostrophes: the rest is syntax, to the server or to Lucene."""
    if not _WORD.fullmatch(word.lower()):
        raise QueryError(f"{word!r} is no word that can be looked for.", text=dialect.text, span=leaf.span)
