"""What a search or a filter says, as a tree of frozen nodes.

A leaf is a `Term` (a word, or words side by side), a `Near` (two of them close together), `Years` or a `Fact`;
`And`, `Or` and `Not` join them. Every leaf knows which field it looks in, so that a tree needs no context, and
where it stood in the text that was parsed, so that it can be pointed at when a source cannot be asked for it.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from dataclasses import field as attribute
from typing import Literal, TypeAlias

__all__ = [
    "FACTS",
    "TEXTS",
    "And",
    "Expression",
    "Fact",
    "Leaf",
    "Near",
    "Not",
    "Or",
    "Span",
    "Term",
    "TextField",
    "Years",
    "all_of",
    "any_of",
    "is_pattern",
    "leaves",
    "replace_leaves",
]

TextField: TypeAlias = Literal["text", "title", "abstract", "author", "venue"]
TEXTS: tuple[TextField, ...] = ("text", "title", "abstract", "author", "venue")
"""Fields that words are looked for in; `text` is title and abstract together, and what is meant where none is named."""

FACTS = ("type", "language", "source", "seed", "round", "decision", "retracted", "open_access", "only_cited")
"""Fields with one value or another; the last three, and `seed`, are `true` or `false`."""

Span: TypeAlias = tuple[int, int]
"""Where something stands in the text it was parsed from: the first character, and the one after the last."""

NOWHERE: Span = (0, 0)


@dataclass(frozen=True)
class Term:
    """A word, or words side by side, in one field.

    Words are lower case and may hold an apostrophe; `*` stands for any letters, `?` for exactly one. With `slop`, the
    words may be apart or out of order: by as many places in all as it takes to move them together, as Lucene counts.
    """

    field: TextField
    words: tuple[str, ...]
    slop: int = 0
    span: Span = attribute(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True)
class Near:
    """Two words or phrases with at most `distance` words between them, in either order."""

    field: TextField
    left: tuple[str, ...]
    right: tuple[str, ...]
    distance: int
    span: Span = attribute(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True)
class Years:
    """Published in these years, the first and the last included; None leaves that side open."""

    first: int | None
    last: int | None
    span: Span = attribute(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True)
class Fact:
    """One of `FACTS` has this value, in lower case."""

    field: str
    value: str
    span: Span = attribute(default=NOWHERE, compare=False, kw_only=True)


@dataclass(frozen=True)
class And:
    """All of the parts hold; there are two or more, and none of them is an `And`."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Or:
    """At least one of the parts holds; there are two or more, and none of them is an `Or`."""

    parts: tuple["Expression", ...]


@dataclass(frozen=True)
class Not:
    """The part does not hold; it is no `Not` itself."""

    part: "Expression"


Leaf: TypeAlias = Term | Near | Years | Fact
Expression: TypeAlias = Leaf | And | Or | Not


def all_of(*parts: Expression) -> Expression:
    """Join parts so that all must hold; `And` within is laid open, and one part stays what it is.

    >>> all_of(all_of(Years(2015, None), Fact("type", "review")), Fact("language", "en")).parts[2].value
    'en'
    """
    return _joined(And, parts)


def any_of(*parts: Expression) -> Expression:
    """Join parts so that one must hold; `Or` within is laid open, and one part stays what it is."""
    return _joined(Or, parts)


def _joined(kind: type[And] | type[Or], parts: tuple[Expression, ...]) -> Expression:
    laid_open = tuple(inner for part in parts for inner in (part.parts if isinstance(part, kind) else (part,)))
    return laid_open[0] if len(laid_open) == 1 else kind(laid_open)


def is_pattern(word: str) -> bool:
    """Tell whether a word stands for several, by `*` or `?`."""
    return "*" in word or "?" in word


def leaves(expression: Expression) -> Iterator[Leaf]:
    """Give the leaves from left to right, however deep the tree."""
    waiting = [expression]
    while waiting:
        node = waiting.pop()
        if isinstance(node, And | Or):
            waiting += reversed(node.parts)
        elif isinstance(node, Not):
            waiting.append(node.part)
        else:
            yield node


def replace_leaves(expression: Expression, change: Callable[[Leaf], Expression]) -> Expression:
    """Give the tree with another expression in the place of each leaf.

    >>> replace_leaves(Not(Years(2015, 2020)), lambda leaf: Fact("type", "review")).part.value
    'review'
    """
    if isinstance(expression, And):
        return all_of(*(replace_leaves(part, change) for part in expression.parts))
    if isinstance(expression, Or):
        return any_of(*(replace_leaves(part, change) for part in expression.parts))
    if isinstance(expression, Not):
        part = replace_leaves(expression.part, change)
        return part.part if isinstance(part, Not) else Not(part)
    return change(expression)
