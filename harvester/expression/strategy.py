"""A search strategy as librarians write them: numbered lines, of which later ones join earlier ones.

    1  "peer support" OR "peer worker"
    2  title:recovery
    3  #1 AND #2

Lines may be numbered `1`, `1.`, `1)`, `#1`, `#1:` or `S1`, may stand in any order and go on in the next line where
that is indented. They name each other as `#1` or `S1`, as bare numbers where nothing else stands in the line, and
in lists as `or/1-3` (Ovid) or `{OR #1-#3}` (Cochrane). A text without numbers is one search.
"""

import re
from collections.abc import Collection, Iterator, Sequence
from dataclasses import dataclass, replace
from typing import NamedTuple, TypeGuard

from harvester.errors import QueryError
from harvester.expression import parse
from harvester.expression.mistakes import Mistake
from harvester.expression.rows import MOST_LINES, Entry, Row, entries_of, is_numbered, one_row, rows_of
from harvester.expression.tokens import DEEPEST, Kind, Scan, Token, folded, scan
from harvester.expression.tree import (
    Expression,
    Fact,
    Leaf,
    Span,
    all_of,
    any_of,
    leaves,
    replace_leaves,
)

__all__ = ["Line", "Strategy", "Translation", "read", "translated"]

MOST_LEAVES = 50_000
"""Words, phrases and values in what a line says with all that it refers to; lines that name lines twice grow fast."""

REFERENCE = "line"
"""The field of the fact that stands for another line until all lines are read; no query can write it."""


@dataclass(frozen=True)
class Line:
    """One line: its number as it is written, what it says as it is written, and as a tree."""

    label: str
    text: str
    expression: Expression


@dataclass(frozen=True)
class Strategy:
    """A strategy that was understood.

    The expression is that of the result, the line with the highest number; `unused` are the labels of lines that it
    does not need. Spans in it are places in the whole text.
    """

    lines: tuple[Line, ...]
    expression: Expression
    result: Line
    unused: tuple[str, ...]
    remarks: tuple[str, ...]


class Translation(NamedTuple):
    """A strategy with what was suggested in its place, and what was said of each line that was not understood."""

    text: str
    sentences: tuple[str, ...]


def read(text: str) -> Strategy:
    """Read a strategy, or a search without numbers over one or more lines.

    Raises `QueryError` whose text is the line that is wrong, and whose sentence begins with its number.

    >>> strategy = read("1. peer\\n2. mentor*\\n3. or/1-2")
    >>> strategy.result.label, strategy.unused
    ('3', ())
    >>> strategy.expression.parts[1].words
    ('mentor*',)
    """
    rows = rows_of(text)
    if not rows:
        raise QueryError("There is nothing to look for: no line holds a search.", text="", span=(0, 0))
    if not is_numbered(rows):
        return _one_search(rows)
    entries = entries_of(rows)
    known = _known(entries)
    by_number = {number: _read_line(entry, known) for number, entry in entries.items()}
    expressions = _resolved(entries, by_number)
    lines = {number: Line(entry.label, entry.text, expressions[number]) for number, entry in entries.items()}
    last = max(lines)
    used = _reached(last, by_number)
    unused = tuple(line.label for number, line in lines.items() if number not in used)
    remarks = _remarks({lines[number].label: one.remarks for number, one in by_number.items()})
    if unused:
        remarks.append(f"Line {lines[last].label} is the result, and does not use {_listed(unused)}.")
    return Strategy(tuple(lines.values()), lines[last].expression, lines[last], unused, tuple(remarks))


def translated(text: str) -> Translation:
    """Write what is suggested for each line that is not understood in the place of the line.

    So a strategy copied from another database is translated in one go, as far as that can be done. Raises `QueryError`
    where the text cannot be divided into lines.

    >>> translated("1. peer support.ti,ab.\\n2. (peer adj3 work*).ti.\\n3. or/1-2").text
    '1. "peer support"\\n2. title:(peer NEAR/2 work*)\\n3. or/1-2'
    """
    rows = rows_of(text)
    if not rows:
        return Translation(text, ())
    if not is_numbered(rows):
        return _translated_search(text, rows)
    entries = entries_of(rows)
    known = _known(entries)
    sentences: list[str] = []
    for entry in reversed(entries.values()):
        try:
            _read_line(entry, known)
        except QueryError as error:
            sentences.append(str(error))
            if error.suggestion is not None:
                text = text[: entry.start] + error.suggestion + text[entry.start + len(entry.text) :]
    return Translation(text, tuple(reversed(sentences)))


def _translated_search(text: str, rows: list[Row]) -> Translation:
    try:
        _one_search(rows)
    except QueryError as error:
        return Translation(error.suggestion or text, (str(error),))
    return Translation(text, ())


def _one_search(rows: list[Row]) -> Strategy:
    start = rows[0].start
    plain = one_row(rows)
    try:
        reading = parse.read(plain)
    except QueryError as error:
        if len(rows) == 1:
            raise
        first, last = (place + start for place in error.span)
        row = next(row for row in reversed(rows) if row.start <= first or row is rows[0])
        span = (min(first - row.start, len(row.text)), min(max(last - row.start, 0), len(row.text)))
        raise QueryError(f"Row {row.number}: {error}", text=row.text, span=span, suggestion=error.suggestion) from None
    line = Line("", plain, replace_leaves(reading.expression, lambda leaf: _moved(leaf, start)))
    return Strategy((line,), line.expression, line, (), reading.remarks)


# -- what one line says, other lines standing in it by name ---


class _References(NamedTuple):
    """Lines that one name stands for, and how they are joined."""

    operator: str
    numbers: tuple[int, ...]


class _Known(NamedTuple):
    """The numbers of all lines, whether they are written as S1, and a fact for each.

    Each is known as `#4` in every line, since a suggestion may name lines that the text names otherwise.
    """

    numbers: Collection[int]
    marks_s: bool
    facts: dict[str, Expression]


class _ReadLine(NamedTuple):
    """What a line says with facts in the places of other lines; what their names stand for; where each is needed."""

    expression: Expression
    named: dict[str, _References]
    needs: dict[int, Span]
    remarks: tuple[str, ...]


_ITEM = r"[#s]?[0-9]{1,5}(?:\s?-\s?[#s]?[0-9]{1,5})?"
_ITEMS = rf"{_ITEM}(?:\s?,\s?{_ITEM}){{0,200}}"
_LISTING = re.compile(
    rf"\{{(?P<in_braces>and|or) (?P<braced>{_ITEMS})\}}"
    rf"|(?P<before>and|or)\s?/\s?(?P<after>{_ITEMS})|(?P<first>{_ITEMS})\s?/\s?(?P<last>and|or)"
)
_ONE = re.compile(r"(?P<mark>[#s])?(?P<number>[0-9]{1,5})")
_RANGE = re.compile(r"[#s]?([0-9]{1,5})(?:\s?-\s?[#s]?([0-9]{1,5}))?")
_WRITTEN_REFERENCE = re.compile(rf'{REFERENCE}:(?:"([^"]*)"|(\w+))')
_WHOLE = "the line"
"""The name of a list that is all there is in a line, and may have blanks in it."""


def _known(entries: dict[int, Entry]) -> _Known:
    return _Known(
        entries.keys(),
        any(entry.label[0] in "sS" for entry in entries.values()),
        {f"#{number}": Fact(REFERENCE, f"#{number}") for number in entries},
    )


def _read_line(entry: Entry, known: _Known) -> _ReadLine:
    """Read a line by itself, with a fact in the place of every reference."""
    if whole := _listing(folded(entry.text)):
        _check_known(entry, known.numbers, whole.numbers, (0, len(entry.text)))
        everything = dict.fromkeys(whole.numbers, (0, len(entry.text)))
        return _ReadLine(Fact(REFERENCE, _WHOLE), {_WHOLE: whole}, everything, entry.remarks)
    named: dict[str, _References] = {}
    needs: dict[int, Span] = {}
    for token, references in _references(entry, known):
        named[token.name] = references
        for number in references.numbers:
            needs.setdefault(number, token.span)
    try:
        reading = parse.read(entry.text, lines=known.facts | {name: Fact(REFERENCE, name) for name in named})
    except QueryError as error:
        raise _refused(entry, str(error), error.span, error.suggestion) from None
    remarks = (_WRITTEN_REFERENCE.sub(r"\1\2", remark) for remark in reading.remarks)
    return _ReadLine(reading.expression, named, needs, (*entry.remarks, *remarks))


def _refused(entry: Entry, sentence: str, span: Span, suggestion: str | None = None) -> QueryError:
    return QueryError(f"Line {entry.label}: {sentence}", text=entry.text, span=span, suggestion=suggestion)


def _references(entry: Entry, known: _Known) -> Iterator[tuple[Token, _References]]:
    try:
        scanned = scan(folded(entry.text))
    except Mistake:
        return  # the reading of the line fails of the same, and says so with a suggestion
    every = _holds_only_references(scanned, known.numbers)
    for place, token in enumerate(scanned.tokens):
        if token.kind not in (Kind.CHUNK, Kind.TAG) or scanned.kind(place - 1) is Kind.FIELD:
            continue
        references = _listing(token.name)
        one = _ONE.fullmatch(token.name)
        if one and (every or one["mark"] == "#" or (one["mark"] and known.marks_s)):
            references = _References("and", (int(one["number"]),))
        elif one and not one["mark"] and int(one["number"]) in known.numbers and _stands_alone(scanned, place):
            raise _number_or_line(entry, scanned, known, token)
        elif references is None and (span := _RANGE.fullmatch(token.name)) and token.text[0] in "#sS" and span[2]:
            raise _refused(
                entry,
                f"{token.text} does not say whether all of these lines are meant, or one of them.",
                token.span,
                f"{entry.text[: token.start]}or/{span[1]}-{span[2]}{entry.text[token.end :]}",
            )
        if references:
            _check_known(entry, known.numbers, references.numbers, token.span)
            yield token, references


def _listing(text: str) -> _References | None:
    """Read `or/1-3`, `1-3/or` and `{OR #1-#3}`; None for anything else."""
    match = _LISTING.fullmatch(" ".join(text.lower().split()))
    if match is None:
        return None
    numbers: list[int] = []
    for item in _RANGE.finditer(match["braced"] or match["after"] or match["first"]):
        first, last = int(item[1]), int(item[2] or item[1])
        # A range that names more lines than there may be is as unknown as its ends are.
        numbers += range(first, last + 1) if first <= last < first + MOST_LINES else (first, last)
    return _References(match["in_braces"] or match["before"] or match["last"], tuple(numbers))


def _check_known(entry: Entry, known: Collection[int], numbers: tuple[int, ...], span: Span) -> None:
    for number in numbers:
        if number not in known:
            there = [str(one) for one in sorted(known)]
            lines = f"{there[0]} to {there[-1]}" if len(there) > 6 else ", ".join(there)
            raise _refused(entry, f"There is no line {number}; there are {lines}.", span)


def _holds_only_references(scanned: Scan, known: Collection[int]) -> bool:
    """Tell whether bare numbers in a line are lines: nothing but numbers, operators and brackets stands in it.

    Where some are marked as lines, bare ones beside them are not.
    """
    operands = (Kind.CHUNK, Kind.TAG)
    marks = {one["mark"] is None for token in scanned.tokens if (one := _ONE.fullmatch(token.name))}
    if len(marks) > 1:
        return False
    for place, token in enumerate(scanned.tokens):
        if token.kind in (Kind.PHRASE, Kind.FIELD, Kind.NEAR):
            return False
        if token.kind in operands and not (_ONE.fullmatch(token.name) or _listing(token.name)):
            return False
        if token.kind in (*operands, Kind.OPEN) and scanned.kind(place - 1) in (*operands, Kind.CLOSE):
            return False
    one = _ONE.fullmatch(scanned.tokens[0].name) if len(scanned.tokens) == 1 else None
    return one is None or int(one["number"]) in known


def _stands_alone(scanned: Scan, place: int) -> bool:
    operators = (None, Kind.AND, Kind.OR, Kind.NOT)
    return scanned.kind(place - 1) in (*operators, Kind.OPEN) and scanned.kind(place + 1) in (*operators, Kind.CLOSE)


def _number_or_line(entry: Entry, scanned: Scan, known: _Known, token: Token) -> QueryError:
    text = entry.text
    for place, other in reversed(list(enumerate(scanned.tokens))):
        if (
            other.text.isdecimal()
            and len(other.text) < 6
            and int(other.text) in known.numbers
            and _stands_alone(scanned, place)
        ):
            text = f"{text[: other.start]}#{text[other.start :]}"
    try:
        parse.read(text, lines=known.facts)
    except QueryError as error:
        text = error.suggestion or ""
    return _refused(
        entry,
        f'{token.text} may be the line or the number; write #{token.text} for the line, "{token.text}" for the number.',
        token.span,
        text or None,
    )


# -- lines put into each other ---


def _resolved(entries: dict[int, Entry], lines: dict[int, _ReadLine]) -> dict[int, Expression]:
    """Put the lines in the places of their names, whatever the order; spans become places in the whole text."""
    resolved: dict[int, Expression] = {}
    sizes: dict[int, int] = {}
    for first in lines:
        path = [first]
        while path:
            number = path[-1]
            missing = next((one for one in lines[number].needs if one not in resolved), None)
            if number in resolved:
                path.pop()
            elif missing is None:
                resolved[number] = _put_together(entries[number], lines[number], resolved, sizes)
            elif missing in path:
                raise _circle(entries, lines, path[path.index(missing) :])
            else:
                path.append(missing)
    return resolved


def _put_together(entry: Entry, line: _ReadLine, resolved: dict[int, Expression], sizes: dict[int, int]) -> Expression:
    size = sum(
        sum(sizes[number] for number in line.named[leaf.value].numbers) if _is_reference(leaf) else 1
        for leaf in leaves(line.expression)
    )
    sizes[entry.number] = size
    whole = (0, len(entry.text))
    if size > MOST_LEAVES:
        raise _refused(
            entry,
            f"with the lines that it refers to, it holds {size:,} words, phrases and values; at most"
            f" {MOST_LEAVES:,} can be looked for.",
            whole,
        )

    def put(leaf: Leaf) -> Expression:
        if not _is_reference(leaf):
            return _moved(leaf, entry.start)
        references = line.named[leaf.value]
        join = all_of if references.operator == "and" else any_of
        return join(*(resolved[number] for number in references.numbers))

    expression = replace_leaves(line.expression, put)
    if parse.depth(expression) > DEEPEST:
        raise _refused(
            entry,
            f"with the lines that it refers to, AND and OR stand more than {DEEPEST} deep within each other.",
            whole,
        )
    return expression


def _is_reference(leaf: Leaf) -> TypeGuard[Fact]:
    return isinstance(leaf, Fact) and leaf.field == REFERENCE


def _moved(leaf: Leaf, by: int) -> Leaf:
    first, last = leaf.span
    return replace(leaf, span=(first + by, last + by))


def _circle(entries: dict[int, Entry], lines: dict[int, _ReadLine], path: list[int]) -> QueryError:
    entry = entries[path[-1]]
    span = lines[path[-1]].needs[path[0]]
    if len(path) == 1:
        return _refused(entry, "it refers to itself.", span)
    way = ", ".join(f"line {number}" for number in [*path[1:], path[0]])
    return _refused(entry, f"lines refer to each other in a circle: from line {path[0]} to {way}.", span)


def _remarks(by_label: dict[str, tuple[str, ...]]) -> list[str]:
    """Give each remark once, with all the lines that it is made of."""
    labels: dict[str, list[str]] = {}
    for label, remarks in by_label.items():
        for remark in remarks:
            labels.setdefault(remark, []).append(label)
    return [f"L{_listed(own)[1:]}: {remark}" for remark, own in labels.items()]


def _reached(start: int, lines: dict[int, _ReadLine]) -> set[int]:
    reached, waiting = {start}, [start]
    while waiting:
        new = lines[waiting.pop()].needs.keys() - reached
        reached |= new
        waiting += new
    return reached


def _listed(labels: Sequence[str]) -> str:
    *others, last = labels
    return f"lines {', '.join(others)} and {last}" if others else f"line {last}"
