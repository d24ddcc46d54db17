"""The order of a list, and the place in it where a cursor goes on.

Without a sort, works come by `cited_by_percentile_year.max`, then citations, most first, then id as text
(seen in recorded answers); a search puts its score first, then date, then id. What is missing comes last in
either direction. A sort without a cursor has no tie-breaker in OpenAlex; here ties keep the order of the corpus.
"""

from bisect import bisect_right
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from functools import total_ordering
from typing import Any

from harvester.replica.openalex_fields import FIELDS, Field, valid_names
from harvester.replica.openalex_index import Index
from harvester.replica.openalex_refusals import bad_page, bad_parameter, unknown_field

__all__ = ["Order", "read_order"]

_SCORE = "relevance_score"
_BY_STANDING = (("cited_by_percentile_year.max", True), ("cited_by_count", True), ("id", False))
_BY_SCORE = ((_SCORE, True), ("publication_date", False), ("id", False))
_TEXTUAL = ("id", "term", "search")


@total_ordering
@dataclass(frozen=True)
class _Reversed:
    text: str

    def __lt__(self, other: "_Reversed") -> bool:
        return self.text > other.text


@dataclass(frozen=True)
class Order:
    """Sort keys as (field or score, whether largest first), most important first."""

    keys: tuple[tuple[str, bool], ...]

    def arranged(self, numbers: Collection[int], index: Index, scores: Mapping[int, float]) -> list[int]:
        """The works in this order."""
        if self.keys == _BY_STANDING:
            # Placing the whole corpus pays once lists are long, and not for one look-up of fifty DOIs.
            return sorted(numbers, key=index.standing if len(numbers) < 1000 else index.places().__getitem__)
        return sorted(sorted(numbers), key=lambda number: self._key(self.values(number, index, scores)))

    def values(self, number: int, index: Index, scores: Mapping[int, float]) -> list[Any]:
        """The sort values of one work, in the form in which a cursor carries them."""
        work = index.works[number]
        found: list[Any] = []
        for name, largest_first in self.keys:
            if name == _SCORE:
                found.append(scores.get(number, 0.0))
            elif name == "id":
                found.append(work["id"])
            else:
                field = FIELDS[name]
                value = next(field.values(work), None)
                if field.kind == "date" and value is not None:
                    value = _milliseconds(value)
                if value is None and field.kind not in _TEXTUAL:
                    value = "-Infinity" if largest_first else "Infinity"
                found.append(int(value) if isinstance(value, bool) else value)
        return found

    def place_after(self, values: list[Any], arranged: Sequence[int], index: Index, scores: Mapping[int, float]) -> int:
        """Where in `arranged` the works behind a cursor's values begin.

        Raises `Refused` (400) for a cursor that was made for another sort.
        """
        if len(values) != len(self.keys) or not all(map(self._fits, values, self.keys)):
            raise bad_page("Cursor value is invalid.")
        return bisect_right(
            arranged, self._key(values), key=lambda number: self._key(self.values(number, index, scores))
        )

    @staticmethod
    def _fits(value: Any, key: tuple[str, bool]) -> bool:
        name = key[0]
        if name == "id" or (name != _SCORE and FIELDS[name].kind in _TEXTUAL):
            return value is None or isinstance(value, str)
        return isinstance(value, int | float) or value in ("Infinity", "-Infinity")

    def _key(self, values: list[Any]) -> tuple[Any, ...]:
        key: list[Any] = []
        for value, (name, largest_first) in zip(values, self.keys, strict=True):
            textual = name == "id" or (name != _SCORE and FIELDS[name].kind in _TEXTUAL)
            if value is None or (not textual and isinstance(value, str)):
                key.append((1, 0))
            elif not largest_first:
                key.append((0, value))
            else:
                key.append((0, _Reversed(value) if isinstance(value, str) else -value))
        return tuple(key)


def read_order(text: str, *, searching: bool, cursor: bool) -> Order:
    """The order that `sort=` asks for; with a cursor the usual keys follow, so that no two works tie.

    Raises `Refused` (400) for unknown fields, and for relevance without a search or upwards.
    """
    usual = _BY_SCORE if searching else _BY_STANDING
    if not text:
        return Order(usual)
    keys = [_sort_key(piece.strip(), searching=searching) for piece in text.split(",") if piece.strip()]
    named = {name for name, _ in keys}
    return Order((*keys, *(key for key in usual if key[0] not in named)) if cursor else tuple(keys))


def _sort_key(piece: str, *, searching: bool) -> tuple[str, bool]:
    name, _, direction = piece.partition(":")
    if ":" in direction or direction not in ("", "asc", "desc"):
        raise bad_parameter(f"Invalid query parameter in {piece}.")
    if name == _SCORE:
        if not searching:
            raise bad_parameter(
                "Must include a search query (such as ?search=example or /filter=fulltext.search:example) in order "
                "to sort by relevance_score."
            )
        if direction != "desc":
            raise bad_parameter("Sorting relevance score ascending is not allowed.")
        return _SCORE, True
    known = _known(name)
    # core/utils.py: a year is sorted by its date.
    return "publication_date" if known.name == "publication_year" else known.name, direction == "desc"


def _known(name: str) -> Field:
    field = FIELDS.get(name.replace("-", "_")) if not name.startswith("-") else None
    if field is None:
        raise unknown_field(name, valid_names())
    return field


def _milliseconds(day: str) -> int | None:
    try:
        return int(datetime.fromisoformat(day).replace(tzinfo=UTC).timestamp()) * 1000
    except ValueError:
        return None
