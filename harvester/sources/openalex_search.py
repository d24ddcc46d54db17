"""OpenAlex: what to ask for the works that an expression means, and at which price.

A question joins filters by AND only, so an expression becomes a union of questions: as few as can be seen, each
within the limits for words and URLs. Words are looked for by filters, not by the `search` parameter, which always
searches full texts and cannot tell one field from another (help.openalex.org api/searching.md).

Where a question is too long, an OR in it is distributed, as that page advises: `(a OR b OR c) AND x` finds what
`(a OR b) AND x` and `c AND x` find together. Answers are read by `openalex.read`.
"""

import re
from bisect import bisect_left
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from itertools import accumulate, pairwise, product
from math import prod
from operator import getitem, neg
from typing import Final, NamedTuple
from urllib.parse import parse_qs, quote_plus, urlsplit

from harvester.errors import QueryError
from harvester.expression.tree import And, Expression, Fact, Near, Not, Or, Span, all_of, any_of, leaves
from harvester.expression.words import stem
from harvester.expression.write import write
from harvester.model import Query
from harvester.sources.openalex import LONGEST_URL, NAME, PER_PAGE, WORKS
from harvester.sources.openalex_filters import (
    LONGEST_TEXT,
    Dialect,
    Filter,
    filters,
    gathered,
    is_sendable,
    negated,
    searches,
    single,
    wording,
)

__all__ = ["MOST_QUESTIONS", "SLOW", "Questions", "counting", "described", "operators", "questions"]

MOST_QUESTIONS: Final = 200
"""More questions than this are refused: a strategy that takes them is better cut by people."""
SLOW: Final = 5
"""With more operators than this, a question is answered more slowly (GitHub ourresearch/openalex-api-proxy
src/rateLimiter.ts)."""

# Bringing mixed fields into conjunctions may multiply them, before most unite again.
_MOST_CONJUNCTIONS: Final = 5_000
# Two or three long lists of words are usual; distributing more of them at once has never been shorter.
_MOST_DISTRIBUTED: Final = 4
# What follows the filters in the longest case: the paging, and the other corpus.
_PAGING: Final = len("&per-page=100&cursor=*&include_xpac=true")
_OPERATOR = re.compile(r"\b(?:AND|OR|NOT)\b")

_Parts = tuple[Expression, ...]
"""What must all hold, each part of it single."""


@dataclass(frozen=True)
class Questions:
    """Questions whose answers together are the works that were meant, and how they came about, in sentences."""

    queries: tuple[Query, ...]
    changes: tuple[str, ...]


def questions(
    expression: Expression, *, exact: bool, fulltext: bool = False, everything: bool = False, text: str = ""
) -> Questions:
    """Give the questions whose answers, united, are exactly the works that a settled expression means.

    `exact` compares words as they are written. With `fulltext`, words without a field are looked for in full texts
    too; with `everything`, in both corpora. `text` is what the expression was parsed from, for errors to point into.

    Raises `QueryError` for what OpenAlex cannot be asked for, for an expression or an arm of an OR that only
    excludes, and where one question is too long or the questions are too many.

    >>> from harvester.expression.tree import Term, Years
    >>> peer = Or((Term("text", ("peer", "support")), Term("text", ("mentoring",))))
    >>> asked = questions(And((peer, Years(2015, None))), exact=False)
    >>> [described(query) for query in asked.queries]
    ['title_and_abstract.search:("peer support" OR mentoring), publication_year:2015-']
    """
    dialect = Dialect(exact=exact, fulltext=fulltext, text=text)
    _refuse_exclusion(expression, text)
    apart = _conjunctions(expression, dialect)
    asked: dict[tuple[Filter, ...], None] = {}
    for parts in apart:
        for filters_of_one in _divided(parts, dialect):
            asked[filters_of_one] = None
            if len(asked) > MOST_QUESTIONS:
                raise _too_many(expression, text)
    queries = tuple(Query(source=NAME, url=_url(each, everything=everything), kind="search") for each in asked)
    overlaps = (_overlap(leaf, exact=exact) for leaf in dict.fromkeys(leaves(expression)) if isinstance(leaf, Near))
    return Questions(queries=queries, changes=(*filter(None, overlaps), *_changes(queries, apart=len(apart))))


def operators(query: Query) -> int:
    """Count the AND, OR and NOT in a question, as OpenAlex counts them for its rate."""
    return len(_OPERATOR.findall(_filter(query)))


def counting(query: Query) -> Query:
    """Give the question for the number of works alone: in groups, it costs a tenth (`Page.total` of its answer).

    It keeps the pace of a search where its operators are so many that OpenAlex slows it down whatever is asked for.
    """
    address, _, given = query.url.partition("?")
    kept = [part for part in given.split("&") if part.partition("=")[0] not in ("cursor", "per-page")]
    url = f"{address}?{'&'.join([*kept, 'group_by=publication_year'])}"
    return Query(source=NAME, url=url, kind="search" if operators(query) > SLOW else "list")


def described(query: Query) -> str:
    """Write a question as one line for people: its filters, decoded, as they are sent."""
    corpus = " (both corpora)" if "include_xpac" in parse_qs(urlsplit(query.url).query) else ""
    # None of the values that are sent holds a comma.
    return _filter(query).replace(",", ", ") + corpus


def _filter(query: Query) -> str:
    return parse_qs(urlsplit(query.url).query)["filter"][0]


def _changes(queries: Sequence[Query], *, apart: int) -> Iterator[str]:
    if len(queries) > 1:
        reasons = []
        if apart > 1:
            reasons.append("it joins different fields only by AND")
        if len(queries) > apart:
            reasons.append("it limits the length of a question")
        yield (
            f"The strategy was sent to OpenAlex in {len(queries)} parts, whose answers were united, "
            f"since {' and '.join(reasons)}."
        )
    slow = sum(operators(query) > SLOW for query in queries)
    if slow:
        which = "The question" if len(queries) == 1 else f"{slow} of the {len(queries)} questions"
        yield (
            f"{which} to OpenAlex {'holds' if len(queries) == 1 or slow == 1 else 'hold'} more than {SLOW} Boolean "
            "operators, which it answers at one a second without a key and five with one."
        )


def _overlap(near: Near, *, exact: bool) -> str | None:
    """The sentence about a NEAR whose sides may have a word in common, or None.

    Elasticsearch lets them overlap unless they are the same (GitHub apache/lucene, queries/intervals/
    UnorderedIntervalsSource.java), so that support NEAR "support group" is found where there is only a support group.
    """
    left, right = (near.left, near.right) if exact else (tuple(map(stem, side)) for side in (near.left, near.right))
    for shift in range(1 - len(right), len(left)):
        start, end = max(0, shift), min(len(left), len(right) + shift)
        if left[start:end] == right[start - shift : end - shift] and (shift or left != right):
            return f"{write(near)}: OpenAlex lets the two sides overlap, and also finds works where they only do that."
    return None


def _url(asked: Sequence[Filter], *, everything: bool) -> str:
    """The address of a question, from its first page on.

    Each filter is written by itself: pyalex takes a dictionary, which holds a name once, and writes a list of values
    as one text with blanks, which is an AND of terms to some filters and part of the words to others.
    """
    from pyalex import Works  # pulls in requests; nobody who only reads answers pays for that

    written = (Works({"filter": {each.name: each.value}}).url.partition("=")[2] for each in asked)
    corpus = {"include_xpac": True} if everything else {}
    paging = Works({"per-page": PER_PAGE, "cursor": "*", **corpus}).url.partition("?")[2]
    return f"{WORKS}?filter={','.join(written)}&{paging}"


# -- into conjunctions ---------------------------------------------------------------------------------


def _refuse_exclusion(expression: Expression, text: str) -> None:
    if not _only_excludes(expression):
        return
    while isinstance(expression, Or):
        expression = next(part for part in expression.parts if _only_excludes(part))
    raise QueryError(
        "This only says what works must not be, and OpenAlex would send nearly all there are.",
        text=text,
        span=_place(expression),
        suggestion="join it by AND to words that the works must hold",
    )


def _only_excludes(expression: Expression) -> bool:
    if isinstance(expression, Not):
        return not _only_excludes(expression.part)
    if isinstance(expression, And):
        return all(map(_only_excludes, expression.parts))
    if isinstance(expression, Or):
        return any(map(_only_excludes, expression.parts))
    return isinstance(expression, Fact) and expression.value == "false"


def _place(expression: Expression) -> Span:
    spans = [leaf.span for leaf in leaves(expression)]
    return min(start for start, _ in spans), max(end for _, end in spans)


def _conjunctions(expression: Expression, dialect: Dialect) -> list[_Parts]:
    """Conjunctions of single parts that together find what the expression means, as few as can be seen."""
    found = [gathered(parts, dialect) for parts in _alternatives(_near_asked(expression, dialect), dialect)]
    return [_open(*conjunction.values()) for conjunction in _united(found)]


def _open(*parts: Expression) -> _Parts:
    whole = all_of(*parts)
    return whole.parts if isinstance(whole, And) else (whole,)


def _turned(expression: Expression) -> Expression:
    """The opposite of an AND or OR, with NOT before each of its parts."""
    assert isinstance(expression, And | Or)
    join = any_of if isinstance(expression, And) else all_of
    return join(*map(negated, expression.parts))


def _near_asked(expression: Expression, dialect: Dialect) -> Expression:
    """Push NOT inwards wherever a NEAR is below it, so that it is seen whether the NEAR itself is negated."""
    if isinstance(expression, And):
        return all_of(*(_near_asked(part, dialect) for part in expression.parts))
    if isinstance(expression, Or):
        return any_of(*(_near_asked(part, dialect) for part in expression.parts))
    if not isinstance(expression, Not) or not any(isinstance(leaf, Near) for leaf in leaves(expression)):
        return expression
    if isinstance(expression.part, Near):
        # NEAR is understood only as a whole text, and a text cannot be negated as a whole (GitHub
        # ourresearch/openalex-elastic-api core/search.py, BINARY_PROXIMITY_RE; core/fields.py, SearchField.validate).
        raise QueryError(
            "OpenAlex cannot leave out works by NEAR.",
            text=dialect.text,
            span=expression.part.span,
            suggestion="search without this NOT, and give it to --where afterwards",
        )
    return _near_asked(_turned(expression.part), dialect)


def _alternatives(expression: Expression, dialect: Dialect) -> list[_Parts]:
    """The expression as alternatives, each of parts that must all hold (disjunctive normal form)."""
    if single(expression, dialect) is not None:
        return [(expression,)]
    if isinstance(expression, Not):
        return _alternatives(_turned(expression.part), dialect)
    assert isinstance(expression, And | Or)
    options = [_alternatives(part, dialect) for part in _joined(expression, dialect)]
    if isinstance(expression, Or):
        return [parts for option in options for parts in option]
    if prod(map(len, options)) > _MOST_CONJUNCTIONS:
        raise _too_many(expression, dialect.text)
    return [tuple(part for parts in choice for part in parts) for choice in product(*options)]


def _joined(expression: And | Or, dialect: Dialect) -> list[Expression]:
    """The parts, those that one filter can say together joined in the place of the first of them."""
    together: dict[str | int, list[Expression]] = {}
    for number, part in enumerate(expression.parts):
        name = single(part, dialect)
        # Facts are joined by OR alone, and only where none is negated.
        if name is None or not (searches(name) or (isinstance(expression, Or) and not isinstance(part, Not))):
            together[number] = [part]
        else:
            together.setdefault(name, []).append(part)
    join = all_of if isinstance(expression, And) else any_of
    return [join(*parts) for parts in together.values()]


def _united(found: list[dict[str, Expression]]) -> list[dict[str, Expression]]:
    """Unite conjunctions that differ in one filter only, until none do, and drop those that others include."""
    before = 0
    while before != len(found):
        before = len(found)
        for name in dict.fromkeys(name for conjunction in found for name in conjunction):
            found = _united_by(name, found)
    asked = [frozenset(conjunction.items()) for conjunction in found]
    return [
        conjunction
        for number, conjunction in enumerate(found)
        if not any(other < asked[number] for other in asked) and asked[number] not in asked[:number]
    ]


def _united_by(name: str, found: list[dict[str, Expression]]) -> list[dict[str, Expression]]:
    alike: dict[object, list[dict[str, Expression]]] = {}
    for number, conjunction in enumerate(found):
        own = conjunction.get(name)
        if own is None or not (searches(name) or not isinstance(own, And | Not)):
            alike[number] = [conjunction]
        else:
            others = frozenset(item for item in conjunction.items() if item[0] != name)
            alike.setdefault(others, []).append(conjunction)
    return [
        {**first, name: any_of(*dict.fromkeys(each[name] for each in (first, *more)))} if more else first
        for first, *more in alike.values()
    ]


# -- within the limits ---------------------------------------------------------------------------------


class _Arm(NamedTuple):
    """An arm of an OR, and about how much it takes up in a URL and in a text."""

    expression: Expression
    in_url: int
    in_text: int


def _divided(parts: _Parts, dialect: Dialect) -> list[tuple[Filter, ...]]:
    """One question or, where it is too long, as few as are seen to find the same together.

    The longest ORs are distributed, in even pieces. Where not even single arms of them would do, the longest arm is
    taken out, so that the ORs within it can be distributed as well.
    """
    whole = _written(parts, dialect)
    if whole is not None:
        return [whole]
    lists = {number: _arms(part, dialect) for number, part in enumerate(parts) if isinstance(part, Or)}
    if not lists:
        raise QueryError(
            "This is too long for one question to OpenAlex, and holds no OR at which it could be cut.",
            text=dialect.text,
            span=_place(all_of(*parts)),
            suggestion="leave out words that are joined by AND or NOT",
        )
    longest = sorted(lists, key=lambda number: -sum(arm.in_url for arm in lists[number]))[:_MOST_DISTRIBUTED]
    heaviest = {number: max(lists[number], key=lambda arm: arm.in_url) for number in longest}
    if _written(_replaced(parts, {number: [arm] for number, arm in heaviest.items()}), dialect) is None:
        number = max(heaviest, key=lambda number: heaviest[number].in_url)
        others = [arm for arm in lists[number] if arm is not heaviest[number]]
        cases = [_replaced(parts, {number: arms}) for arms in ([heaviest[number]], others) if arms]
        found = [asked for case in cases for asked in _divided(case, dialect)]
        if len(found) > MOST_QUESTIONS:
            raise _too_many(all_of(*parts), dialect.text)
        return found
    fixed = sum(_arm(part, dialect).in_url for number, part in enumerate(parts) if number not in heaviest)
    for cut in _cuts([lists[number] for number in longest], room=LONGEST_URL - fixed):
        asked = _asked_of(
            (_replaced(parts, dict(zip(longest, choice, strict=True))) for choice in product(*cut)), dialect
        )
        if asked is not None:
            return asked
    raise _too_many(all_of(*parts), dialect.text)


def _asked_of(cases: Iterable[_Parts], dialect: Dialect) -> list[tuple[Filter, ...]] | None:
    """The question for each case; None as soon as one is too long."""
    asked = []
    for case in cases:
        written = _written(case, dialect)
        if written is None:
            return None
        asked.append(written)
    return asked


def _cuts(lists: list[list[_Arm]], *, room: int) -> Iterator[list[list[list[_Arm]]]]:
    """Ways to cut lists into pieces such that every choice of pieces seems short enough, the fewest choices first."""
    most = [min(len(arms), MOST_QUESTIONS) for arms in lists]
    pieces = [
        {count: _pieces(arms, count) for count in range(1, top + 1)} for arms, top in zip(lists, most, strict=True)
    ]
    in_url = [
        {count: max(sum(arm.in_url for arm in piece) for piece in cut) for count, cut in each.items()}
        for each in pieces
    ]
    in_text = [
        {count: max(sum(arm.in_text for arm in piece) for piece in cut) for count, cut in each.items()}
        for each in pieces
    ]
    for counts in sorted(_counts(most, MOST_QUESTIONS), key=lambda counts: (prod(counts), *map(neg, counts))):
        fits = sum(map(getitem, in_url, counts)) <= room
        if fits and max(map(getitem, in_text, counts)) <= LONGEST_TEXT:
            yield list(map(getitem, pieces, counts))


def _counts(sizes: Sequence[int], most: int) -> list[tuple[int, ...]]:
    """Into how many pieces each of several lists may be cut, for at most so many choices."""
    if not sizes:
        return [()]
    return [
        (count, *others) for count in range(1, min(sizes[0], most) + 1) for others in _counts(sizes[1:], most // count)
    ]


def _pieces(arms: list[_Arm], count: int) -> list[list[_Arm]]:
    """The arms in so many pieces of about the same length."""
    sums = [0, *accumulate(arm.in_url for arm in arms)]
    cuts = [0]
    for number in range(1, count):
        aim = sums[-1] * number / count
        after = bisect_left(sums, aim)
        nearest = after - (aim - sums[after - 1] < sums[after] - aim)
        # Every piece has an arm, also of those still to come.
        cuts.append(min(max(nearest, cuts[-1] + 1), len(arms) - count + number))
    return [arms[start:end] for start, end in pairwise([*cuts, len(arms)])]


def _arms(whole: Or, dialect: Dialect) -> list[_Arm]:
    return [_arm(part, dialect) for part in dict.fromkeys(whole.parts)]


def _arm(expression: Expression, dialect: Dialect) -> _Arm:
    text = f"{wording(expression, dialect)} OR "
    return _Arm(expression, in_url=len(_encoded(text)), in_text=len(text))


def _replaced(parts: _Parts, others: Mapping[int, Sequence[_Arm]]) -> _Parts:
    return _open(
        *(
            any_of(*(arm.expression for arm in others[number])) if number in others else part
            for number, part in enumerate(parts)
        )
    )


def _written(parts: _Parts, dialect: Dialect) -> tuple[Filter, ...] | None:
    """The filters of a conjunction; None where they are more than one question may hold."""
    written = filters(parts, dialect)
    if written is None or not all(map(is_sendable, written)):
        return None
    # The whole address as the edge writes it; what follows the first page is a hundred characters longer.
    length = len(f"{WORKS}?filter={_encoded(','.join(f'{name}:{value}' for name, value in written))}") + _PAGING
    return written if length <= LONGEST_URL else None


def _encoded(text: str) -> str:
    return quote_plus(text, safe="*-._")


def _too_many(expression: Expression, text: str) -> QueryError:
    return QueryError(
        f"This would take more than {MOST_QUESTIONS} questions to OpenAlex.",
        text=text,
        span=_place(expression),
        suggestion="search for its parts one after another, or for all words in the same field",
    )
