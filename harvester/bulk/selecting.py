"""What a carve selects, and how one file is searched for it: the part of the work that can be done anywhere.

Everything here takes and gives plain values, so that it runs in a thread of this process as well as on a worker of a
cluster. A file may hold what is no work, and lines that are no JSON; both are counted.
"""

import json
from bisect import bisect_left
from collections.abc import Iterator
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, NoReturn

from harvester.bulk import jobs
from harvester.bulk.jobs import Limits, Tally
from harvester.bulk.snapshot import Numbers, Part
from harvester.bulk.words import Condition, condition
from harvester.errors import QueryError
from harvester.expression import evaluate, parse
from harvester.expression.tree import Expression, Fact, Years, all_of, leaves
from harvester.identifiers import Identifier
from harvester.model import Record, Skip
from harvester.sources import openalex

__all__ = ["Asked", "Selected", "identifiers", "linked", "neighbours", "refuse_unknown", "select"]

_KNOWN = frozenset({"type", "language", "retracted", "open_access", "source"})
"""Facts that a record of OpenAlex tells."""


@dataclass(frozen=True)
class Asked:
    """What to select: the matches of a search, or named works; then what is linked to them, round by round.

    `searched` is an expression in the language of searches, settled as it would be asked of OpenAlex; `everything`
    adds the works of the expansion corpus to what it finds. The years, both included, hold for what is found by search
    or by links, and never for works that were named.
    """

    searched: str | None = None
    is_exact: bool = False
    everything: bool = False
    identifiers: frozenset[Identifier] = frozenset()
    backward: bool = False
    forward: bool = False
    depth: int = 1
    years: tuple[int | None, int | None] = (None, None)


@dataclass(frozen=True)
class Selected:
    """What one file holds of what is asked: works as JSON, and how many rows it has of what is no JSON."""

    items: tuple[bytes, ...]
    rows: int
    broken: int


def refuse_unknown(expression: Expression, *, text: str) -> None:
    """Raise `QueryError` for what no record of OpenAlex tells, such as a decision, which only a library knows."""
    for leaf in leaves(expression):
        if isinstance(leaf, Fact) and leaf.field not in _KNOWN:
            raise QueryError(
                f"A snapshot cannot be asked for {leaf.field}:, which only a library knows.",
                text=text,
                span=leaf.span,
                suggestion=f"carve without it, and give {leaf.field}:{leaf.value} to --where afterwards",
            )


def select(part: Part, asked: Asked, deleted: Numbers, limits: Limits) -> Selected:
    """Search a file for the matches of a search, or for the works that were named."""
    tally = Tally()
    with jobs.opened(limits, place=part.path) as db, jobs.failing(part):
        if asked.searched is None:
            found = jobs.named(db, part, asked.identifiers, tally=tally)
        else:
            found = jobs.candidates(db, part, _condition(asked), everything=asked.everything, tally=tally)
        kept = tuple(item for item, record in _records(found, deleted, tally) if _is_asked(record, asked))
    return Selected(kept, tally.works, tally.others)


def neighbours(part: Part, asked: Asked, numbers: Numbers, deleted: Numbers, limits: Limits) -> Selected:
    """Take the works of these numbers out of a file."""
    first, last = asked.years
    with jobs.opened(limits, place=part.path) as db, jobs.failing(part):
        found = jobs.numbered(db, part, numbers)
        if asked.years == (None, None):
            kept = tuple(item for item, _ in _works(found, Tally()))
        else:
            in_years = evaluate.matcher(Years(first, last))
            records = _records(found, deleted, Tally())
            kept = tuple(item for item, record in records if in_years(evaluate.described(record)))
    return Selected(kept, 0, 0)


def linked(part: Part, asked: Asked, frontier: Numbers, limits: Limits) -> Numbers:
    """Give the works that those of the frontier cite, or are cited by, as far as a file tells."""
    with jobs.opened(limits, place=part.path) as db, jobs.failing(part):
        return jobs.touching(db, part, frontier, backward=asked.backward, forward=asked.forward)


def _works(items: Iterator[bytes], tally: Tally) -> Iterator[tuple[bytes, dict[str, Any]]]:
    for item in items:
        try:
            given = _read(item)
        except (ValueError, RecursionError):
            # DuckDB takes NaN for JSON, and Python gives up on depths that no work has.
            tally.works -= 1
            tally.others += 1
            continue
        if isinstance(given, dict):
            yield item, given


def _read(item: bytes) -> Any:
    """Read JSON that can still be read where it is deeper inside of other things, and in a process that is deeper too.

    >>> _read(b'{"a": [1]}')
    {'a': [1]}
    """
    given = json.loads(b"[" * _ROOM + item + b"]" * _ROOM, parse_constant=_refuse)
    for _ in range(_ROOM):
        (given,) = given
    return given


_ROOM = 200


def _refuse(constant: str) -> NoReturn:
    raise ValueError(f"{constant} is not JSON")


def _records(items: Iterator[bytes], deleted: Numbers, tally: Tally) -> Iterator[tuple[bytes, Record]]:
    for item, given in _works(items, tally):
        record = openalex.record(given)
        if not isinstance(record, Skip) and not _holds(deleted, int(record.native_id[1:])):
            yield item, record


def _holds(numbers: Numbers, number: int) -> bool:
    place = bisect_left(numbers, number)
    return place < len(numbers) and bool(numbers[place] == number)


def _is_asked(record: Record, asked: Asked) -> bool:
    if asked.searched is None:
        return not asked.identifiers.isdisjoint(identifiers(record))
    if record.is_expansion and not asked.everything:
        return False
    return _judge(asked.searched, asked.years, is_exact=asked.is_exact)(evaluate.described(record)) is True


def identifiers(record: Record) -> list[Identifier]:
    """Give what a record of OpenAlex can be asked for by."""
    return [Identifier(name, value) for name in sorted(openalex.SCHEMES) if (value := getattr(record, name))]


def _condition(asked: Asked) -> Condition:
    return condition(_expression(asked.searched or "", asked.years), exact=asked.is_exact)


@lru_cache(maxsize=8)
def _judge(searched: str, years: tuple[int | None, int | None], *, is_exact: bool) -> evaluate.Judge:
    return evaluate.matcher(_expression(searched, years), exact=is_exact)


def _expression(searched: str, years: tuple[int | None, int | None]) -> Expression:
    expression = parse.parse(searched)
    return expression if years == (None, None) else all_of(expression, Years(*years))
