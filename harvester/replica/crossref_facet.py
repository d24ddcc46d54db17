"""Crossref's `facet=` parameter: how often each value of a field occurs among the works found."""

from collections import Counter
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from harvester.replica import crossref_checks as checks
from harvester.replica.crossref_checks import Failure
from harvester.replica.crossref_message import (
    TYPE_LABELS,
    Record,
    bare_doi,
    bare_issn,
    bare_orcid,
    contributors,
    date,
    mappings,
    ror_ids,
    text,
    texts,
)

__all__ = ["FACETS", "Asked", "counts", "read"]

Asked = Mapping[str, int | None]
"""Facet name to the number of values wanted; None is all of them."""

_EVERY = frozenset(("*", "t", "T", "1"))
_DEFAULT_VALUES, _MOST_VALUES = 20, 1000
# api.crossref.org, OpenAPI text: these three have too many values to list them all
_BOUNDED = {"container-title": 100, "issn": 100, "orcid": 100}


def _plainly(key: str) -> Callable[[Record], Iterable[str]]:
    return lambda record: texts(record, key)


def _within(key: str, part: str) -> Callable[[Record], Iterable[str]]:
    return lambda record: [value for holder in mappings(record, key) for value in texts(holder, part)]


def _affiliations(record: Record) -> Iterable[str]:
    return [text(place, "name") for person in contributors(record) for place in mappings(person, "affiliation")]


def _assertion_groups(record: Record) -> Iterable[str]:
    return [text(part, "name") for entry in mappings(record, "assertion") for part in mappings(entry, "group")]


def _funder_dois(record: Record) -> Iterable[str]:
    found = filter(None, (bare_doi(text(funder, "DOI")) for funder in mappings(record, "funder")))
    return [f"https://doi.org/{doi}" for doi in found]


def _issns(record: Record) -> Iterable[str]:
    return [f"https://id.crossref.org/issn/{bare_issn(value)}" for value in texts(record, "ISSN")]


def _orcids(record: Record) -> Iterable[str]:
    found = filter(None, (bare_orcid(text(person, "ORCID")) for person in contributors(record)))
    return [f"https://orcid.org/{orcid}" for orcid in found]


def _years(record: Record) -> Iterable[str]:
    published = date(record, "published") or date(record, "issued")
    return [str(published[0])] if published else []


def _relation_types(record: Record) -> Iterable[str]:
    return [kind for related in mappings(record, "relation") for kind in related]


FACETS: Mapping[str, Callable[[Record], Iterable[str]]] = {
    "affiliation": _affiliations,
    "archive": _plainly("archive"),
    "assertion": _within("assertion", "name"),
    "assertion-group": _assertion_groups,
    "category-name": _plainly("subject"),
    "container-title": _plainly("container-title"),
    "funder-doi": _funder_dois,
    "funder-name": _within("funder", "name"),
    "issn": _issns,
    "journal-issue": _plainly("issue"),
    "journal-volume": _plainly("volume"),
    "license": _within("license", "URL"),
    "link-application": _within("link", "intended-application"),
    "orcid": _orcids,
    "published": _years,
    "publisher-name": _plainly("publisher"),
    "relation-type": _relation_types,
    "ror-id": ror_ids,
    "source": _plainly("source"),
    "type-name": lambda record: [TYPE_LABELS.get(text(record, "type"), "")],
    "update-type": _within("update-to", "type"),
}


def read(written: str) -> tuple[Asked, list[Failure]]:
    """Which facets are asked for, and the names that are none; `*` alone asks for every facet.

    A number that is none counts as 20 (GitHub CrossRef/cayenne `api/v1/query.clj`, `get-facets`).

    >>> read("issn:*,source:5")[0]
    {'issn': 100, 'source': 5}
    """
    if written in _EVERY:
        return {name: _bounded(name, _DEFAULT_VALUES) for name in FACETS}, []
    asked: dict[str, int | None] = {}
    wrong: list[Failure] = []
    for piece in written.split(","):
        name, _, number = piece.partition(":")
        if name not in FACETS:
            wrong.append(checks.unavailable("facet", name, tuple(FACETS)))
        elif number == "*":
            asked[name] = _bounded(name, None)
        else:
            given = int(number) if number.isascii() and number.isdecimal() and len(number) < 10 else None
            asked[name] = _bounded(name, min(_DEFAULT_VALUES if given is None else max(1, given), _MOST_VALUES))
    return asked, wrong


def _bounded(name: str, wanted: int | None) -> int | None:
    most = _BOUNDED.get(name)
    return wanted if most is None else min(most, most if wanted is None else wanted)


def counts(records: Sequence[Record], asked: Asked) -> dict[str, Any]:
    """For each facet the commonest values and in how many of `records` each occurs.

    >>> counts([{"source": "Crossref"}, {"source": "Crossref"}], {"source": 20})
    {'source': {'value-count': 1, 'values': {'Crossref': 2}}}
    """
    found: dict[str, Any] = {}
    for name, most in asked.items():
        times = Counter(value for record in records for value in set(FACETS[name](record)) if value)
        commonest = sorted(times.items(), key=lambda pair: (-pair[1], pair[0]))[:most]
        found[name] = {"value-count": len(commonest), "values": dict(commonest)}
    return found
