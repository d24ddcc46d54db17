"""The works of a library that satisfy an expression: the one filter of every command that selects works."""

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from harvester.errors import QueryError
from harvester.expression.evaluate import Described, matcher
from harvester.expression.tree import Expression, Fact, leaves
from harvester.library.store import Library

__all__ = ["select"]

UNRECORDED = {
    "seed": "no citation search has been run",
    "round": "no citation search has been run",
    "decision": "nothing has been screened",
}
"""Fields of the language that a library holds nothing about yet, and why."""

NO_FACT: frozenset[str] = frozenset()


def select(library: Library, expression: Expression, *, text: str) -> frozenset[str]:
    """Give the keys of the works that satisfy an expression, those known only by being cited too.

    Works without an abstract are taken as having none of its words. Raises `QueryError` for a field about which
    this library holds nothing; `text` is the expression as it was given.
    """
    for leaf in leaves(expression):
        if isinstance(leaf, Fact) and leaf.field in UNRECORDED:
            raise QueryError(
                f"{leaf.field}: selects nothing here, since {UNRECORDED[leaf.field]} in this library",
                text=text,
                span=leaf.span,
            )
    satisfies = matcher(expression)
    return frozenset(key for key, described in _described(library, _reader(expression)) if satisfies(described))


def _reader(expression: Expression) -> Callable[[bytes | None], frozenset[str]]:
    """Give a way to the language of a work, which only its detail has; reading that takes time."""
    if any(isinstance(leaf, Fact) and leaf.field == "language" for leaf in leaves(expression)):
        return _language
    return lambda _: NO_FACT


def _language(detail: bytes | None) -> frozenset[str]:
    given = json.loads(zlib.decompress(detail)).get("language") if detail else None
    return _values(given)


def _described(library: Library, language: Callable[[bytes | None], frozenset[str]]) -> Iterator[tuple[str, Described]]:
    rows = library.db.execute(
        "select key, title, abstract, authors, venue, year, type, sources, is_retracted, is_open_access, detail"
        " from works order by key"
    )
    for key, title, abstract, authors, venue, year, kind, sources, retracted, is_open, detail in rows:
        facts = {
            "type": _values(kind),
            "language": language(detail),
            "source": frozenset(sources.split()),
            "retracted": _truth(retracted),
            "open_access": NO_FACT if is_open is None else _truth(is_open),
            "only_cited": _truth(detail is None),
        }
        yield (
            key,
            Described(
                titles=_texts(title),
                abstracts=_texts(abstract),
                authors=tuple(authors.split("; ")) if authors else (),
                venues=_texts(venue),
                year=year,
                facts=facts,
            ),
        )


def _texts(text: str | None) -> tuple[str, ...]:
    return (text,) if text else ()


def _values(value: Any) -> frozenset[str]:
    return frozenset((str(value).lower(),)) if value else NO_FACT


def _truth(value: object) -> frozenset[str]:
    return frozenset(("true" if value else "false",))
