"""The works of a corpus, ready to be asked: by id, by DOI, by citation, by any field.

The indexes by id, DOI and cited work are built with the site; those of other fields when a filter first asks
for them. A work is known by its number: its place in the corpus.

Records are served as they are, whichever year they come from, with three exceptions: an abstract still
wrapped as `{"IndexLength", "InvertedIndex"}` is unwrapped, as the API does, and `relevance_score` and
`is_authors_truncated`, which belong to an answer and not to a work, are taken off. Of records with the same
work id the first is served, since ids are unique; works that share a DOI are all served.
"""

import json
import math
import random
import re
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Sequence
from functools import lru_cache
from typing import Any

from harvester.errors import InputError
from harvester.replica.openalex_fields import FIELDS, Field, leaves, openalex_id

__all__ = ["Index"]

_LISTED_AUTHORS = 100
_DOI = re.compile(r"10\.\d+/\S+")
_DIGITS = re.compile(r"\d+")
_WORK = re.compile(r"(?:https?://openalex\.org/(?:works/)?|openalex:)?(w\d{2,})", re.IGNORECASE)
_WRAPPED = {"IndexLength", "InvertedIndex"}
_OF_ANSWERS = ("relevance_score", "is_authors_truncated")


class Index:
    """A corpus of works and everything that finds them.

    Raises `InputError` for a record that is no work: the place in the corpus is named.
    """

    def __init__(self, records: Iterable[dict[str, Any]]) -> None:
        works: list[dict[str, Any]] = []
        self.by_id: dict[str, int] = {}
        for place, record in enumerate(records, start=1):
            identity = record.get("id")
            name = openalex_id(identity) if isinstance(identity, str) else None
            if name is None or not name.startswith("W"):
                raise InputError(f"OpenAlex record {place} of the corpus has the id {identity!r}, not a work's.")
            if name not in self.by_id:
                self.by_id[name] = len(works)
                works.append(_as_served(record))
        self.works: Sequence[dict[str, Any]] = works
        self.everything = frozenset(range(len(works)))
        self.expansion = frozenset(number for number, work in enumerate(works) if work.get("is_xpac") is True)
        self._postings: dict[str, dict[Any, list[int]]] = {}
        self._sorted: dict[str, tuple[list[Any], list[int]]] = {}
        self._places: list[int] | None = None
        self._item = lru_cache(maxsize=8192)(self._serialise)
        for name in ("doi", "referenced_works"):
            self.postings(FIELDS[name])

    def postings(self, field: Field) -> dict[Any, list[int]]:
        """For each value of a field the works that have it, in the order of the corpus."""
        # Several names look at the same values, and the large index of citations is to be held once.
        key = field.path if field.derive is None and field.kind == "id" else field.name
        if key not in self._postings:
            found: dict[Any, list[int]] = {}
            for number, work in enumerate(self.works):
                for value in field.values(work):
                    numbers = found.setdefault(value, [])
                    if not numbers or numbers[-1] != number:
                        numbers.append(number)
            self._postings[key] = found
        return self._postings[key]

    def present(self, field: Field) -> set[int]:
        """The works that have any value for a field."""
        return {number for numbers in self.postings(field).values() for number in numbers}

    def between(
        self, field: Field, low: Any = None, high: Any = None, *, over: bool = False, under: bool = False
    ) -> set[int]:
        """The works with a value from `low` to `high`, these left out where `over` or `under` is set."""
        if field.name not in self._sorted:
            pairs = sorted((value, number) for value, numbers in self.postings(field).items() for number in numbers)
            self._sorted[field.name] = ([value for value, _ in pairs], [number for _, number in pairs])
        values, numbers = self._sorted[field.name]
        start = 0 if low is None else (bisect_right if over else bisect_left)(values, low)
        stop = len(values) if high is None else (bisect_left if under else bisect_right)(values, high)
        return set(numbers[start:stop])

    def targets(self, work: str, path: str) -> set[int]:
        """The works of the corpus that the list at `path` of one work names; none for an unknown work."""
        number = self.by_id.get(work)
        if number is None:
            return set()
        names = (openalex_id(str(value)) for value, _ in leaves(self.works[number], path))
        return {self.by_id[name] for name in names if name in self.by_id}

    def single(self, text: str, *, now: float) -> int | None:
        """The work that `/works/{text}` names, by the forms of ids/views.py, or None.

        The expansion corpus is not hidden here. A DOI that two works share names the first of them, and
        one whose prefix is subdivided (`10.1000.10/123`) is not recognised at all.
        """
        lowered = text.lower()
        if lowered == "random":
            return random.Random(now).choice(range(len(self.works))) if self.works else None  # noqa: S311 - no secret
        if match := _WORK.fullmatch(lowered):
            return self.by_id.get(match[1].upper())
        if lowered.startswith("mag:"):
            return self.by_id.get("W" + lowered.removeprefix("mag:"))
        for prefix in ("pmid", "pmcid"):
            if lowered.startswith(f"{prefix}:"):
                digits = _DIGITS.search(lowered)
                return self._first(prefix, digits[0]) if digits else None
        if "doi" in lowered and (doi := _DOI.search(lowered)):
            return self._first("doi", doi[0])
        return None

    def _first(self, name: str, value: str) -> int | None:
        numbers = self.postings(FIELDS[name]).get(value)
        return numbers[0] if numbers else None

    def places(self) -> Sequence[int]:
        """For each work its place in the order of a list that no sort was asked for."""
        if self._places is None:
            order = sorted(self.everything, key=self.standing)
            self._places = [0] * len(order)
            for place, number in enumerate(order):
                self._places[number] = place
        return self._places

    def standing(self, number: int) -> tuple[float, float, str]:
        """What that order compares: percentile of citations, citations, id; the missing come last."""
        work = self.works[number]
        percentiles = work.get("cited_by_percentile_year")
        percentile = percentiles.get("max") if isinstance(percentiles, dict) else None
        return (_largest_first(percentile), _largest_first(work.get("cited_by_count")), work["id"])

    def item(
        self,
        number: int,
        *,
        select: frozenset[str] | None = None,
        score: float | None = None,
        whole: bool = False,
    ) -> bytes:
        """The JSON of one work: `whole` with all its authors, else as a list shows it, with 100 at most."""
        return self._item(number, select, score, whole)

    def _serialise(self, number: int, select: frozenset[str] | None, score: float | None, whole: bool) -> bytes:
        work = self.works[number]
        shown: dict[str, Any] = {}
        for name, value in work.items():
            shown[name] = value
            if name == "display_name" and score is not None:
                shown["relevance_score"] = score
            if name == "authorships" and not whole and isinstance(value, list) and len(value) > _LISTED_AUTHORS:
                shown[name] = value[:_LISTED_AUTHORS]
                shown["is_authors_truncated"] = True
        if score is not None:
            shown.setdefault("relevance_score", score)
        if select is not None:
            shown = {name: value for name, value in shown.items() if name in select}
        return json.dumps(shown, separators=(",", ":")).encode()


def _as_served(record: dict[str, Any]) -> dict[str, Any]:
    abstract = record.get("abstract_inverted_index")
    wrapped = isinstance(abstract, dict) and abstract.keys() == _WRAPPED
    if not wrapped and not any(name in record for name in _OF_ANSWERS):
        return record
    work = {name: value for name, value in record.items() if name not in _OF_ANSWERS}
    if wrapped:
        work["abstract_inverted_index"] = record["abstract_inverted_index"]["InvertedIndex"]
    return work


def _largest_first(value: Any) -> float:
    number = isinstance(value, int | float) and not isinstance(value, bool)
    return -value if number and math.isfinite(value) else math.inf
