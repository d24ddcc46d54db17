"""Crossref's `filter=` parameter: its names, what each accepts, and which records it keeps.

Different names must all hold, the same name repeated is an alternative (api.crossref.org, OpenAPI text). Parts of
one thing (`license.url`, `license.version`) must hold of the same licence (GitHub CrossRef/cayenne
`api/v1/filter.clj`, `compound-fields`).
"""

import functools
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from harvester.replica import crossref_checks as checks
from harvester.replica.crossref_checks import Check, Failure
from harvester.replica.crossref_message import (
    TYPE_LABELS,
    Date,
    Record,
    bare_doi,
    bare_funder,
    bare_issn,
    bare_orcid,
    bare_prefix,
    contributors,
    date,
    mappings,
    prefix,
    ror_ids,
    text,
    texts,
)

__all__ = ["FILTERS", "Condition", "Wanted", "condition", "failures", "read"]

Condition = Callable[[Record], bool]
Wanted = Mapping[str, tuple[str, ...]]
"""Filter name to the alternatives asked for, in the order of the request."""

_YES = frozenset(("t", "true", "1"))


@dataclass(frozen=True)
class _Filter:
    """What a filter accepts, and the condition it makes of the alternatives.

    A filter on a part of something names the `holder` key, and its condition is asked of each holder.
    """

    check: Check
    condition: Callable[[tuple[str, ...]], Condition]
    holder: str = ""


def read(written: str) -> tuple[Wanted, list[Failure]]:
    """What `filter=` asks for, and what is wrong with it.

    A comma cannot be escaped. A piece without a colon is a further part of the value before it when it begins
    with a space, and an unknown filter name otherwise (GitHub CrossRef/cayenne `api/v1/validate.clj`
    `parse-pair-list-form`, `api/v1/query.clj` `get-filters`).

    >>> read("container-title:Health, Education,type:book")[0]
    {'container-title': ('Health, Education',), 'type': ('book',)}
    """
    pairs: list[tuple[str, str]] = []
    wrong: list[Failure] = []
    for piece in written.split(","):
        name, colon, value = piece.partition(":")
        if colon:
            pairs.append((name, value))
        elif piece.startswith(" ") and pairs:
            pairs[-1] = (pairs[-1][0], f"{pairs[-1][1]},{piece}")
        else:
            pairs.append((piece, ""))
            form = "should be of the form: key:val,...,keyN:valN"
            said = f"Pair list form specified as '{written}' but {form}"
            wrong = [Failure("pair-list-form-invalid", written, said)]
    wanted: dict[str, tuple[str, ...]] = {}
    for name, value in pairs:
        wanted[name] = (*wanted.get(name, ()), value)
    return wanted, wrong + failures(wanted)


def failures(wanted: Wanted) -> list[Failure]:
    """Everything wrong with these filters: first the unknown names, then the values refused."""
    unknown = [checks.unavailable("filter", name, sorted(FILTERS)) for name in wanted if name not in FILTERS]
    refused = [
        failure
        for name, values in wanted.items()
        if name in FILTERS
        for value in values
        if (failure := FILTERS[name].check(value))
    ]
    return unknown + refused


def condition(wanted: Wanted) -> Condition:
    """One condition that a record must meet for all of `wanted` to hold; names and values are valid.

    >>> keeps = condition({"type": ("book", "monograph"), "has-abstract": ("f",)})
    >>> keeps({"type": "monograph"}), keeps({"type": "journal"})
    (True, False)
    """
    whole: list[Condition] = []
    parts: dict[str, list[Condition]] = {}
    for name, values in wanted.items():
        made = FILTERS[name].condition(values)
        if FILTERS[name].holder:
            parts.setdefault(FILTERS[name].holder, []).append(made)
        else:
            whole.append(made)
    for holder, tests in parts.items():
        whole.append(functools.partial(_any_holder, holder=holder, tests=tuple(tests)))
    return lambda record: all(holds(record) for holds in whole)


def _any_holder(record: Record, *, holder: str, tests: tuple[Condition, ...]) -> bool:
    return any(all(holds(part) for holds in tests) for part in _holders(record, holder))


def _holders(record: Record, holder: str) -> list[Record]:
    if holder != "relation":
        return mappings(record, holder)
    # a relation's type is the key it stands under
    return [
        {**entry, "type": kind}
        for related in mappings(record, "relation")
        for kind in related
        for entry in mappings(related, kind)
    ]


# -- kinds of filter -------------------------------------------------------------------------------


def _equal(
    values_of: Callable[[Record], Iterable[str]],
    *,
    check: Check = checks.anything,
    form: Callable[[str], str] = str,
    holder: str = "",
) -> _Filter:
    """Keeps a record one of whose values is one of those asked for, both brought into one form."""

    def make(values: tuple[str, ...]) -> Condition:
        wanted = frozenset(map(form, values))
        return lambda record: any(form(value) in wanted for value in values_of(record) if value)

    return _Filter(check, make, holder)


def _has(present: Condition) -> _Filter:
    """Keeps the records that have something, or for a false value those that have not."""

    def make(values: tuple[str, ...]) -> Condition:
        wanted = frozenset(value in _YES for value in values)
        return lambda record: present(record) in wanted

    return _Filter(checks.boolean, make)


def _compared(
    check: Check, numbers_of: Callable[[Record], Iterable[float]], *, at_least: bool, holder: str = ""
) -> _Filter:
    def make(values: tuple[str, ...]) -> Condition:
        bounds = [float(value) for value in values]
        bound = min(bounds) if at_least else max(bounds)
        if at_least:
            return lambda record: any(number >= bound for number in numbers_of(record))
        return lambda record: any(number <= bound for number in numbers_of(record))

    return _Filter(check, make, holder)


def _dates(name: str, day_of: Callable[[Record], Date | None]) -> dict[str, _Filter]:
    """`from-` and `until-` of one kind of date: inclusive, to the precision in which they are written."""

    def since(values: tuple[str, ...]) -> Condition:
        first = min(tuple(map(int, value.split("-"))) for value in values)
        return lambda record: (day := day_of(record)) is not None and day >= first

    def until(values: tuple[str, ...]) -> Condition:
        lasts = [tuple(map(int, value.split("-"))) for value in values]
        return lambda record: (day := day_of(record)) is not None and any(day[: len(last)] <= last for last in lasts)

    return {
        f"from-{name}-date": _Filter(checks.day, since),
        f"until-{name}-date": _Filter(checks.day, until),
    }


# -- what is read from a record --------------------------------------------------------------------


def _key(*path: str) -> Callable[[Record], list[str]]:
    """Reads the texts at the end of a path of keys; a number counts as its digits."""

    def values(record: Record) -> list[str]:
        holders = [record]
        for key in path[:-1]:
            holders = [part for holder in holders for part in mappings(holder, key)]
        return [value for holder in holders for value in texts(holder, path[-1]) or [text(holder, path[-1])] if value]

    return values


def _day(*keys: str) -> Callable[[Record], Date | None]:
    """Reads the date under the first of these keys that has one."""

    def value(record: Record) -> Date | None:
        for key in keys:
            if found := date(record, key):
                return found
        return None

    return value


def _day_of_event(key: str) -> Callable[[Record], Date | None]:
    return lambda record: next(filter(None, (date(event, key) for event in mappings(record, "event"))), None)


def _day_of_award(record: Record) -> Date | None:
    holders = [record, *mappings(record, "project")]
    return next(filter(None, (date(holder, "award-start") for holder in holders)), None)


def _number(*path: str) -> Callable[[Record], list[float]]:
    def values(record: Record) -> list[float]:
        holders = [record]
        for key in path[:-1]:
            holders = [part for holder in holders for part in mappings(holder, key)]
        found = [holder.get(path[-1]) for holder in holders]
        return [float(value) for value in found if isinstance(value, int | float) and not isinstance(value, bool)]

    return values


def _funders(record: Record) -> list[str]:
    found = [text(funder, "DOI") for funder in mappings(record, "funder")]
    for funder in mappings(record, "funder"):
        found += [text(entry, "id") for entry in mappings(funder, "id") if text(entry, "id-type") == "DOI"]
    return found


def _isbn(written: str) -> str:
    return re.sub(r"[^0-9X]", "", written.upper())


def _award_number(written: str) -> str:
    return re.sub(r"[\s_-]+", "", written.lower())


def _type_name(record: Record) -> list[str]:
    return [TYPE_LABELS.get(text(record, "type"), "")]


def _filled(key: str) -> Condition:
    return lambda record: bool(record.get(key))


def _of_anyone(key: str) -> Condition:
    return lambda record: any(person.get(key) for person in contributors(record))


# GitHub CrossRef/cayenne `data/relations.clj`, and the further types seen in records of June 2026
_RELATIONS = (
    "is-derived-from",
    "has-derivation",
    "is-review-of",
    "has-review",
    "is-comment-on",
    "has-comment",
    "is-reply-to",
    "has-reply",
    "based-on-data",
    "is-data-basis-for",
    "has-related-material",
    "is-related-material",
    "is-compiled-by",
    "compiles",
    "is-documented-by",
    "documents",
    "is-supplement-to",
    "is-supplemented-by",
    "is-continued-by",
    "continues",
    "is-part-of",
    "has-part",
    "references",
    "is-referenced-by",
    "is-based-on",
    "is-basis-for",
    "requires",
    "is-required-by",
    "has-translation",
    "is-translation-of",
    "has-preprint",
    "is-preprint-of",
    "has-manuscript",
    "is-manuscript-of",
    "has-expression",
    "is-expression-of",
    "has-manifestation",
    "is-manifestation-of",
    "replaces",
    "is-replaced-by",
    "is-same-as",
    "is-identical-to",
    "is-original-form-of",
    "is-varient-form-of",
    "has-version",
    "is-version-of",
    "has-format",
    "is-component-of",
    "new_version",
    "correction",
    "cites",
)
_RELATED = ("doi", "issn", "isbn", "uri", "pmid", "pmcid", "purl", "arxiv", "ark", "handle", "uuid", "ecli")

FILTERS: Mapping[str, _Filter] = {
    **_dates("accepted", _day("accepted")),
    **_dates("approved", _day("approved")),
    **_dates("awarded", _day_of_award),
    # Every record has the day on which it was created; one written for a corpus by hand may lack it.
    **_dates("created", _day("created", "issued")),
    **_dates("deposit", _day("deposited")),
    **_dates("event-end", _day_of_event("end")),
    **_dates("event-start", _day_of_event("start")),
    **_dates("index", _day("indexed")),
    **_dates("issued", _day("issued")),
    **_dates("online-pub", _day("published-online")),
    **_dates("posted", _day("posted")),
    **_dates("print-pub", _day("published-print")),
    # records older than 2021 have no `published`
    **_dates("pub", _day("published", "issued")),
    **_dates("update", _day("deposited")),
    "has-abstract": _has(_filled("abstract")),
    "has-affiliation": _has(_of_anyone("affiliation")),
    "has-alias": _has(_filled("aliases")),
    "has-archive": _has(_filled("archive")),
    "has-assertion": _has(_filled("assertion")),
    "has-authenticated-orcid": _has(_of_anyone("authenticated-orcid")),
    "has-award": _has(lambda record: any(funder.get("award") for funder in mappings(record, "funder"))),
    "has-clinical-trial-number": _has(_filled("clinical-trial-number")),
    "has-content-domain": _has(lambda record: bool(_key("content-domain", "domain")(record))),
    "has-description": _has(_filled("description")),
    "has-domain-restriction": _has(
        lambda record: any(domain.get("crossmark-restriction") for domain in mappings(record, "content-domain"))
    ),
    "has-event": _has(_filled("event")),
    "has-full-text": _has(_filled("link")),
    "has-funder": _has(_filled("funder")),
    "has-funder-doi": _has(lambda record: any(_funders(record))),
    "has-license": _has(_filled("license")),
    "has-orcid": _has(_of_anyone("ORCID")),
    "has-prime-doi": _has(_filled("prime-doi")),
    "has-references": _has(
        lambda record: bool(record.get("reference-count") or record.get("references-count") or record.get("reference"))
    ),
    "has-relation": _has(_filled("relation")),
    "has-ror-id": _has(lambda record: any(ror_ids(record))),
    "has-update": _has(_filled("updated-by")),
    "has-update-policy": _has(_filled("update-policy")),
    "is-update": _has(_filled("update-to")),
    "alternative-id": _equal(_key("alternative-id")),
    "archive": _equal(_key("archive"), form=str.casefold),
    "article-number": _equal(_key("article-number")),
    "assertion": _equal(_key("assertion", "name")),
    "assertion-group": _equal(_key("assertion", "group", "name")),
    "award.funder": _equal(_key("DOI"), check=checks.funder, form=bare_funder, holder="funder"),
    "award.number": _equal(_key("award"), form=_award_number, holder="funder"),
    "category-name": _equal(_key("subject")),
    "citation-id": _equal(_key("citation-id")),
    "clinical-trial-number": _equal(_key("clinical-trial-number", "clinical-trial-number"), form=_award_number),
    "container-title": _equal(_key("container-title")),
    "content-domain": _equal(_key("content-domain", "domain")),
    "directory": _equal(_key("directory"), check=checks.one_of("Directory", ("DOAJ",))),
    "doi": _equal(_key("DOI"), check=checks.doi, form=bare_doi),
    "full-text.application": _equal(_key("intended-application"), holder="link"),
    "full-text.type": _equal(_key("content-type"), check=checks.mime, holder="link"),
    "full-text.version": _equal(_key("content-version"), holder="link"),
    "funder": _equal(_funders, check=checks.funder, form=bare_funder),
    "funder-doi-asserted-by": _equal(
        _key("funder", "doi-asserted-by"),
        check=checks.one_of("Funder DOI asserted by", ("crossref", "publisher")),
    ),
    "group-title": _equal(_key("group-title")),
    "gte-award-amount": _compared(checks.integer, _number("project", "award-amount", "amount"), at_least=True),
    "isbn": _equal(_key("ISBN"), form=_isbn),
    "issn": _equal(_key("ISSN"), check=checks.issn, form=bare_issn),
    "license.delay": _compared(checks.integer, _number("delay-in-days"), at_least=False, holder="license"),
    "license.url": _equal(_key("URL"), holder="license"),
    "license.version": _equal(_key("content-version"), holder="license"),
    "lte-award-amount": _compared(checks.integer, _number("project", "award-amount", "amount"), at_least=False),
    "member": _equal(_key("member"), check=checks.integer, form=lambda value: value.lstrip("0")),
    "orcid": _equal(
        lambda record: [text(person, "ORCID") for person in contributors(record)],
        check=checks.orcid,
        form=bare_orcid,
    ),
    "prefix": _equal(lambda record: [prefix(record)], check=checks.owner_prefix, form=bare_prefix),
    "relation.object": _equal(_key("id"), form=bare_doi, holder="relation"),
    "relation.object-type": _equal(
        _key("id-type"),
        check=checks.one_of("Relation object type", (*_RELATED, "accession", "other")),
        holder="relation",
    ),
    "relation.type": _equal(_key("type"), check=checks.one_of("Relation type", _RELATIONS), holder="relation"),
    "ror-id": _equal(ror_ids, form=lambda value: value.lower().rpartition("/")[2]),
    "type": _equal(_key("type"), check=checks.work_type),
    "type-name": _equal(_type_name),
    "update-type": _equal(_key("update-to", "type")),
    "updates": _equal(_key("update-to", "DOI"), check=checks.doi, form=bare_doi),
}
