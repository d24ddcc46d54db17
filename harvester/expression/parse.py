"""The search language, read: from a text to the tree of what it says.

Words side by side must all be there; NOT goes before AND, AND before OR, brackets before all; a phrase stands in
quotes; a field and a colon stand before what is looked for in it. What cannot be read is refused with its place and
with what to write instead; what can be read in more than one way is read, with a remark on how.
"""

import re
from collections.abc import Mapping
from dataclasses import dataclass
from itertools import product
from typing import Never

from harvester.errors import QueryError
from harvester.expression.dialects import foreign, named_work
from harvester.expression.mistakes import Edit, Mistake, mended, printable, shown
from harvester.expression.refusals import (
    MOST_PAIRS,
    check_wildcards,
    divided,
    not_a_list,
    nothing_after,
    unknown_field,
)
from harvester.expression.remarks import Remarks
from harvester.expression.tokens import DEEPEST, OPERATORS, VALUED, Kind, Scan, Token, folded, scan, words
from harvester.expression.tree import (
    TEXTS,
    And,
    Expression,
    Near,
    Not,
    Or,
    Span,
    Term,
    TextField,
    all_of,
    any_of,
)
from harvester.expression.values import fact, years
from harvester.expression.write import write

__all__ = ["LONGEST", "Reading", "depth", "parse", "read"]

LONGEST = 100_000
"""Characters in a search; the longest that reviews print have a third of it."""


@dataclass(frozen=True)
class Reading:
    """What a text says, and sentences on how it was read where one could have meant something else."""

    expression: Expression
    remarks: tuple[str, ...]


def parse(text: str) -> Expression:
    """Read a search or a filter.

    Raises `QueryError` with the place, and with a query that can be pasted where one can be guessed.

    >>> expression = parse('"peer support" NOT title:protocol')
    >>> expression.parts[0].words, expression.parts[1].part.field
    (('peer', 'support'), 'title')
    """
    return read(text).expression


def read(text: str, *, lines: Mapping[str, Expression] | None = None) -> Reading:
    """Read a search or a filter, with remarks on how it was read.

    `lines` are what names such as `#1` stand for, in lower case, where the text is a line of a search strategy.
    Raises `QueryError` as `parse` does.

    >>> read("peer support OR mentor").remarks
    ('Without brackets AND goes before OR; read as: (peer AND support) OR mentor',)
    """
    named = lines or {}
    plain = folded(text)
    try:
        return _read(plain, named)
    except Mistake as mistake:
        better = mended(plain, mistake, lambda changed: _read(changed, named))
        sentence = printable(" ".join((mistake.sentence, *better.sentences)))
        raise QueryError(sentence, text=text, span=mistake.span, suggestion=better.text) from None


def _read(text: str, lines: Mapping[str, Expression]) -> Reading:
    if len(text) > LONGEST:
        raise Mistake(f"A search has at most {LONGEST:,} characters; this one has {len(text):,}.", (LONGEST, len(text)))
    if not text.strip():
        raise Mistake("There is nothing to look for: the search is empty.", (0, len(text)))
    if mistake := named_work(text):
        raise mistake
    scanned = scan(text)
    if mistake := foreign(scanned, lines):
        raise mistake
    reading = _Reader(scanned, lines).reading()
    if depth(reading.expression) > DEEPEST:
        raise Mistake(f"AND and OR alternate within each other more than {DEEPEST} deep.", (0, len(text)))
    return reading


def depth(expression: Expression) -> int:
    """Give how deep AND and OR stand within each other, which is how deep the brackets of its text are.

    >>> depth(parse("aa OR (bb AND NOT cc)"))
    2
    """
    deepest = 0
    waiting = [(expression, 0)]
    while waiting:
        node, above = waiting.pop()
        if isinstance(node, And | Or):
            waiting += [(part, above + 1) for part in node.parts]
        elif isinstance(node, Not):
            waiting.append((node.part, above))
        else:
            deepest = max(deepest, above)
    return deepest


_STARTS = (Kind.CHUNK, Kind.PHRASE, Kind.OPEN, Kind.FIELD, Kind.TAG)


class _Reader:
    """Goes through the tokens once, from left to right, and notes what there is to remark."""

    def __init__(self, scanned: Scan, lines: Mapping[str, Expression]) -> None:
        self.scan = scanned
        self.lines = lines
        self.place = 0
        self.remarks = Remarks(scanned)

    def at(self, *kinds: Kind) -> bool:
        return self.scan.kind(self.place) in kinds

    def take(self) -> Token:
        token = self.scan.tokens[self.place]
        self.place += 1
        return token

    def reading(self) -> Reading:
        expression = self.either("text")
        if self.place < len(self.scan.tokens):
            self.refuse()
        return Reading(expression, self.remarks.sentences())

    # -- operators, from the loosest to the closest ---

    def either(self, field: TextField) -> Expression:
        parts, joined = [], False
        while True:
            part, count = self.every(field)
            parts.append(part)
            joined = joined or count > 1
            if not self.at(Kind.OR):
                break
            self.take()
        expression = any_of(*parts)
        if joined and len(parts) > 1:
            self.remarks.mixed(write(expression))
        return expression

    def every(self, field: TextField) -> tuple[Expression, int]:
        parts = [self.negated(field)]
        while self.at(Kind.AND, Kind.NOT, *_STARTS):
            if self.at(Kind.AND):
                self.take()
            parts.append(self.negated(field))
        return all_of(*parts), len(parts)

    def negated(self, field: TextField) -> Expression:
        negative = False
        while self.at(Kind.NOT):
            self.take()
            negative = not negative
        expression = self.operand(field)
        if not negative:
            return expression
        return expression.part if isinstance(expression, Not) else Not(expression)

    def operand(self, field: TextField) -> Expression:
        first = self.place
        expression, own = self.unit(field)
        if self.at(Kind.NEAR):
            return self.near(first, expression, own)
        return expression

    def refuse(self) -> Never:
        """Say what is missing where a word, a phrase, a field or a bracket was to come."""
        before, here = self.scan.kind(self.place - 1), self.scan.kind(self.place)
        previous = self.scan.tokens[self.place - 1] if before else None
        token = self.scan.tokens[self.place] if here else None
        if previous and token and before is Kind.OPEN and here is Kind.CLOSE:
            raise Mistake("These brackets hold nothing.", (previous.start, token.end), " ")
        if token and here in OPERATORS and previous and before in OPERATORS:
            raise Mistake(
                f"{previous.text} is followed by {token.text}, with nothing to look for between them.",
                (previous.start, token.end),
                Edit(*token.span, " "),
                exact=token.text.upper() == previous.text.upper(),
            )
        if token and here in OPERATORS:
            raise Mistake(f"{token.text} has nothing before it{_as_word(token)}.", token.span, " ")
        if previous:
            raise Mistake(f"{previous.text} has nothing after it{_as_word(previous)}.", previous.span, " ")
        raise Mistake("There is nothing to look for.", (0, len(self.scan.text)))

    # -- what operators join ---

    def unit(self, field: TextField) -> tuple[Expression, TextField]:
        """Read a word, a phrase, a bracket or what a field is said of; and give the field it looks in."""
        if not self.at(*_STARTS):
            self.refuse()
        token = self.take()
        if token.kind is Kind.FIELD:
            return self.fielded(token, field)
        if token.kind is Kind.OPEN:
            if self.at(Kind.CLOSE):
                self.refuse()
            expression = self.either(field)
            if not self.at(Kind.CLOSE):
                self.refuse()
            self.take()
            return expression, field
        if line := self.lines.get(token.name):
            return line, field
        if token.kind is Kind.TAG:
            raise Mistake(f"{shown(token.text)} means nothing here; brackets are round.", token.span, " ", exact=False)
        return self.term(token, field, token.start), field

    def term(self, token: Token, field: TextField, start: int) -> Term:
        is_phrase = token.kind is Kind.PHRASE
        found = words(token.text)
        if not found:
            said = "These quotes hold" if is_phrase else f"{shown(token.text)} holds"
            raise Mistake(f"{said} no letter or digit to look for.", token.span, " ")
        for piece in re.finditer(r"\S+", token.text):
            start_of_piece = token.start + is_phrase + piece.start()
            for word in words(piece[0]):
                check_wildcards(word, piece[0], start_of_piece)
        slop = token.number if len(found) > 1 else 0
        self.remarks.term(token, found, self.place - 1)
        return Term(field, found, slop, span=(start, token.end))

    def fielded(self, token: Token, field: TextField) -> tuple[Expression, TextField]:
        if token.text in VALUED:
            return self.valued(token), field
        own = next((one for one in TEXTS if one == token.text), None)
        if own is None:
            raise unknown_field(self.scan, self.place - 1)
        following = self.scan.tokens[self.place] if self.place < len(self.scan.tokens) else None
        if following and following.kind in (Kind.CHUNK, Kind.PHRASE) and following.name not in self.lines:
            self.take()
            term = self.term(following, own, token.start)
            self.remarks.fielded(token, following, self.place)
            return term, own
        if following and following.kind is Kind.OPEN:
            return self.unit(own)[0], own
        raise nothing_after(token, following)

    def valued(self, token: Token) -> Expression:
        following = self.scan.tokens[self.place] if self.place < len(self.scan.tokens) else None
        if following is None or following.kind not in (Kind.CHUNK, Kind.PHRASE, Kind.OPEN, Kind.TAG):
            raise nothing_after(token, following)
        if following.kind is Kind.OPEN:
            return self.values(token, self.place)
        self.take()
        value = _value(self.scan, token, following, whole=(token.start, following.end))
        self.remarks.fielded(token, following, self.place)
        return value

    def values(self, field: Token, opened: int) -> Expression:
        """Read the values in brackets after a field, which OR joins."""
        self.take()
        parts: list[Expression] = []
        while True:
            token = self.scan.tokens[self.place]
            if token.kind is Kind.OPEN:
                parts.append(self.values(field, opened))
            elif token.kind in (Kind.CHUNK, Kind.PHRASE):
                self.take()
                parts.append(_value(self.scan, field, token, whole=token.span))
            elif token.kind is Kind.CLOSE and not parts:
                raise Mistake(f"These brackets hold no value of {field.text}:.", (field.start, token.end), " ")
            else:
                raise not_a_list(self.scan, field, opened, token)
            token = self.take()
            if token.kind is Kind.CLOSE:
                return any_of(*parts)
            if token.kind is not Kind.OR:
                raise not_a_list(self.scan, field, opened, token)

    # -- nearness ---

    def near(self, first: int, left: Expression, field: TextField) -> Expression:
        starts, operators, units, second = [first], [], [left], field
        while self.at(Kind.NEAR):
            operators.append(self.take())
            starts.append(self.place)
            if not self.at(*_STARTS):
                self.refuse()
            unit, second = self.unit(field)
            units.append(unit)
        ends = [*(place - 1 for place in starts[1:]), self.place]
        spans = [
            (self.scan.tokens[start].start, self.scan.tokens[end - 1].end)
            for start, end in zip(starts, ends, strict=True)
        ]
        pieces = [self.scan.text[start:end] for start, end in spans]
        if len(units) > 2:
            pairs = zip(pieces, operators, pieces[1:], strict=False)
            raise Mistake(
                "NEAR joins two words or phrases, not three; the nearest is to ask for each pair.",
                operators[1].span,
                Edit(spans[0][0], spans[-1][1], " AND ".join(f"({one} {near.text} {two})" for one, near, two in pairs)),
                exact=False,
            )
        choices = [
            _alternatives(self.scan, unit, start, end, span)
            for unit, start, end, span in zip(units, starts, ends, spans, strict=True)
        ]
        fields = {term.field for terms in choices for term in terms}
        whole = (spans[0][0], spans[1][1])
        if len(fields) > 1:
            edit = None
            if field == "text" and self.scan.kind(starts[1]) is Kind.FIELD:
                bare = self.scan.text[self.scan.tokens[starts[1]].end : spans[1][1]].strip()
                edit = Edit(*whole, f"{second}:{pieces[0]} {operators[0].text} {bare}")
            raise Mistake(
                "NEAR joins words in one field, and these are in two; one field in front holds for both.", whole, edit
            )
        count = len(choices[0]) * len(choices[1])
        if count > MOST_PAIRS:
            raise Mistake(
                f"This NEAR stands for {count:,} pairs, and one may stand for {MOST_PAIRS}; divide its brackets.",
                whole,
                divided(choices[0], choices[1], operators[0], whole),
            )
        distance = operators[0].number
        self.remarks.near(starts[0], self.place, shown(self.scan.text[whole[0] : whole[1]]))
        return any_of(*(Near(one.field, one.words, two.words, distance, span=whole) for one, two in product(*choices)))


def _alternatives(scan: Scan, expression: Expression, first: int, end: int, span: Span) -> list[Term]:
    """Give the words and phrases that may stand on one side of a NEAR."""
    parts = expression.parts if isinstance(expression, Or) else (expression,)
    terms = [part for part in parts if isinstance(part, Term) and not part.slop]
    if len(terms) == len(parts):
        return terms
    if any(isinstance(part, Term) for part in parts) and len(parts) == 1:
        raise Mistake("A phrase whose words may be apart (~) cannot be near another.", span)
    inside = scan.tokens[first + 1 : end - 1]
    if scan.kind(first) is Kind.OPEN and all(token.kind is Kind.CHUNK for token in inside):
        phrase = f'"{" ".join(token.text for token in inside)}"'
        raise Mistake("On each side of NEAR stands a word or a phrase; a phrase is in quotes.", span, phrase)
    raise Mistake("On each side of NEAR stands a word, a phrase, or several of them in brackets joined by OR.", span)


def _as_word(token: Token) -> str:
    return "" if token.text.isupper() else f'; if the word is meant, put it in quotes: "{token.text}"'


def _value(scan: Scan, field: Token, token: Token, *, whole: Span) -> Expression:
    if field.text == "year":
        spaced = _SPACED_YEARS.match(scan.text, token.start)
        if spaced and spaced.end() > token.end:
            first, last = spaced[1], spaced[2] or ""
            raise Mistake("A range of years has no blanks in it.", spaced.span(), f"{first}-{last}")
        return years(token.text, token.span, whole=whole)
    return fact(field.text, token.text, token.span, whole=whole, is_quoted=token.kind is Kind.PHRASE)


_SPACED_YEARS = re.compile(r"([0-9]{4})\s{0,3}(?:-|to\b)\s{0,3}([0-9]{4})?(?![^\s()])", re.IGNORECASE)
