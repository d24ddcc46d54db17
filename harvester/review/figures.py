"""A figure of the account, and the question to the library by which anybody can get it again."""

import re
from collections.abc import Iterator, Mapping
from dataclasses import fields, is_dataclass
from typing import NamedTuple, TypeAlias

from harvester.library.store import Library

__all__ = ["Figure", "Given", "asked", "clean", "computed", "figures_in", "written"]

Given: TypeAlias = int | str | tuple[int, ...]
"""What a question may be about: a number, a name, or several numbers."""

_PLACE = re.compile(r"(?<![\w':]):([a-z]+)\b")

# What shows as nothing, ends a file for some readers, or turns the direction of the text after it (Unicode Standard
# Annex 9, explicit directional formatting characters); no page or picture may hold the rest (w3.org/TR/xml, 2.2).
_UNFIT = dict.fromkeys([*range(32), *range(127, 160), *range(0x202A, 0x202F), *range(0x2066, 0x206A), 0xFFFE, 0xFFFF])
_UNFIT |= dict.fromkeys(range(0xD800, 0xE000), "\ufffd")
_UNFIT |= dict.fromkeys([9, 10, 11, 12, 13, 0x85, 0x2028, 0x2029], " ")


class Figure(NamedTuple):
    """One figure: what it is, its value, and where it comes from.

    `value` is None where the library has nothing on record that would give it. `query` is SQL over the tables of the
    library where it begins with `select`, else a Python expression on `library`, in which the modules of
    `harvester.library` and `harvester.review` and the functions `checksum` and `retracted` go by their names.
    """

    name: str
    value: int | str | None
    query: str

    @property
    def number(self) -> int:
        """The value to count with; what is not on record counts nothing."""
        return self.value if isinstance(self.value, int) else 0


def clean(text: object) -> str:
    """Take out of text from strangers what no page, picture or line of a table may hold; what is left is one line.

    >>> clean("A \\x00title\\nin two \\u202elines")
    'A title in two lines'
    """
    return str(text).translate(_UNFIT)


def asked(library: Library, name: str, query: str, **given: Given) -> Figure:
    """Ask the library a question with one answer; what is kept as the query is the very text that was asked."""
    text = written(query, given)
    (value,) = library.db.execute(text).fetchone()
    return Figure(name, clean(value) if isinstance(value, str) else value, text)


def computed(name: str, value: int | str | None, expression: str) -> Figure:
    """Name a figure that takes more than SQL, with the expression that gives it."""
    return Figure(name, clean(value) if isinstance(value, str) else value, expression)


def written(query: str, given: Mapping[str, Given]) -> str:
    """Write what a question is about into its text, so that it can be asked as it stands.

    >>> written("select :run, source = :source, id in :runs", {"run": 3, "source": "file:O'Neil", "runs": (1, 2)})
    "select 3, source = 'file:O''Neil', id in (1, 2)"
    """
    return _PLACE.sub(lambda place: _literal(given[place[1]]), query)


def _literal(value: Given) -> str:
    if isinstance(value, tuple):
        return f"({', '.join(map(str, value))})"
    if isinstance(value, int):
        return str(value)
    if value.isprintable():
        return "'" + value.replace("'", "''") + "'"
    # A zero byte would end the question, and a line break its line.
    return f"cast(x'{value.encode().hex()}' as text)"


def figures_in(facts: object) -> Iterator[Figure]:
    """Give every figure that facts hold, in the order of their fields."""
    if isinstance(facts, Figure):
        yield facts
    elif is_dataclass(facts):
        for each in fields(facts):
            yield from figures_in(getattr(facts, each.name))
    elif isinstance(facts, Mapping):
        for value in facts.values():
            yield from figures_in(value)
    elif isinstance(facts, tuple):
        for value in facts:
            yield from figures_in(value)
