"""The works of a library that satisfy an expression: the one filter of every command that selects works."""

import json
import zlib
from collections.abc import Callable, Iterator
from typing import Any

from harvester.errors import QueryError
from harvester.expression.evaluate import Described, matcher
from harvester.expression.tree import Expression, Fact, leaves
from harvester.library import chases
from harvester.library.store import Library

__all__ = ["select"]

NO_FACT: frozenset[str] = frozenset()


def select(library: Library, expression: Expression, *, text: str) -> frozenset[str]:
    """Give the keys of the works that satisfy an expression, those known only by being cited too.

    Works without an abstract are taken as having none of its words. Raises `QueryError` for a field about which
    this library holds nothing; `text` is the expression as it was given.
    """
    facts = _recorded(library, expression, text)
    satisfies = matcher(expression)
    return frozenset(key for key, described in _described(library, _reader(expression), facts) if satisfies(described))


def _reader(expression: Expression) -> Callable[[bytes | None], frozenset[str]]:
    """Give a way to the language of a work, which only its detail has; reading that takes time."""
    if any(isinstance(leaf, Fact) and leaf.field == "language" for leaf in leaves(expression)):
        return _language
    return lambda _: NO_FACT


def _language(detail: bytes | None) -> frozenset[str]:
    given = json.loads(zlib.decompress(detail)).get("language") if detail else None
    return _values(given)


def _recorded(library: Library, expression: Expression, text: str) -> dict[str, Callable[[str], frozenset[str]]]:
    """Give ways to what citation searches and screening say of a work by its key, where that is asked for."""
    asked = {leaf.field: leaf for leaf in leaves(expression) if isinstance(leaf, Fact)}
    ways: dict[str, Callable[[str], frozenset[str]]] = {}
    searches = chases.chases(library) if {"seed", "round"} & asked.keys() else []
    decided = chases.decisions(library) if "decision" in asked else {}
    for name, (held, why) in {
        "seed": (searches, "no citation search has been run"),
        "round": (searches, "no citation search has been run"),
        "decision": (decided, "nothing has been screened"),
    }.items():
        if name in asked and not held:
            raise QueryError(
                f"{name}: selects nothing here, since {why} in this library", text=text, span=asked[name].span
            )
    if "seed" in asked:
        seeds = {key for each in searches[-1].rounds for key in each.seeds}
        ways["seed"] = lambda key: _truth(key in seeds)
    if "round" in asked:
        found = chases.yields(library, searches[-1])
        ways["round"] = lambda key: frozenset((str(found[key].round),)) if key in found else NO_FACT
    if "decision" in asked:
        ways["decision"] = lambda key: _values(decided.get(key))
    return ways


def _described(
    library: Library,
    language: Callable[[bytes | None], frozenset[str]],
    recorded: dict[str, Callable[[str], frozenset[str]]],
) -> Iterator[tuple[str, Described]]:
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
            **{name: way(key) for name, way in recorded.items()},
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
