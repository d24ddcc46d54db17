"""A tree in the words of the language: one text for each tree, and reading it gives the tree again."""

import re

from harvester.expression.tree import And, Expression, Fact, Near, Not, Or, Term, Years

__all__ = ["write"]

_READ_OTHERWISE = re.compile(r"and|or|not|adj\d*|exp|(?:w|pmc|pmid)\d+")
"""Words that mean something else, or an identifier, where they stand without quotes."""


def write(expression: Expression) -> str:
    """Write a tree so that nothing about it has to be known: operators in capitals, brackets wherever they mix.

    >>> write(Or((And((Term("text", ("peer",)), Not(Term("title", ("self", "help"))))), Years(2015, None))))
    '(peer AND NOT title:"self help") OR year:2015-'
    """
    match expression:
        case And(parts):
            return " AND ".join(_inside(part) for part in parts)
        case Or(parts):
            return " OR ".join(_inside(part) for part in parts)
        case Not(part):
            return f"NOT {_inside(part)}"
        case Term(field, words, slop):
            return _with_field(field, _words(words) + (f"~{slop}" if slop else ""))
        case Near(field, left, right, distance):
            near = f"{_words(left)} NEAR/{distance} {_words(right)}"
            return near if field == "text" else f"{field}:({near})"
        case Years(first, last):
            return f"year:{first}" if first == last else f"year:{first or ''}-{last or ''}"
        case Fact(field, value):
            plain = re.fullmatch(r"[^\W_][\w.-]*", value) and not _READ_OTHERWISE.fullmatch(value)
            return f"{field}:{value}" if plain else f'{field}:"{value}"'


def _inside(part: Expression) -> str:
    """Write a part of a larger tree; NOT and a field bind as close as the eye expects, all else gets brackets."""
    is_whole = isinstance(part, Term | Years | Fact | Not) or (isinstance(part, Near) and part.field != "text")
    return write(part) if is_whole else f"({write(part)})"


def _with_field(field: str, text: str) -> str:
    return text if field == "text" else f"{field}:{text}"


def _words(words: tuple[str, ...]) -> str:
    if len(words) == 1 and not _READ_OTHERWISE.fullmatch(words[0]):
        return words[0]
    return f'"{" ".join(words)}"'
