"""Counting works by the values of a field: `group_by=`.

Groups come by count, or with a cursor by key (recorded in May 2026: the cursor is the last key, and is given
as long as there are groups). Values that are things of OpenAlex are shown as its URLs, truth values as `true`
and `false`. What may be grouped is as in GitHub ourresearch/openalex-elastic-api core/validate.py.
"""

from bisect import bisect_right
from collections.abc import Collection, Iterator
from typing import Any

from harvester.replica.openalex_fields import FIELDS, Field, leaves, valid_names
from harvester.replica.openalex_index import Index
from harvester.replica.openalex_paging import Page, decode_key, encode_cursor
from harvester.replica.openalex_refusals import bad_parameter, unknown_field

__all__ = ["grouped"]

_COUNTABLE = frozenset(
    """apc_list.value apc_list.value_usd apc_paid.value apc_paid.value_usd authors_count cited_by_count
    cited_by_percentile_year.min cited_by_percentile_year.max concepts_count countries_distinct_count
    institutions_distinct_count locations_count publication_year
    referenced_works_count""".split()  # noqa: SIM905 - a list of words reads best as words
)
_REFUSED = frozenset(
    """cited_by display_name doi doi_starts_with ids.mag ids.openalex ids.pmcid ids.pmid mag openalex openalex_id
    pmcid pmid related_to biblio.first_page biblio.issue biblio.last_page
    biblio.volume""".split()  # noqa: SIM905 - a list of words reads best as words
)
_URLS = (
    ("institutions.type", "institution-types"),
    ("source.type", "source-types"),
    ("language", "languages"),
    ("country_code", "countries"),
    ("countries", "countries"),
    ("license", "licenses"),
    ("license_id", "licenses"),
)


def grouped(asked: str, numbers: Collection[int], index: Index, page: Page) -> tuple[list[dict[str, Any]], str | None]:
    """The groups of one page and the cursor of the next, which is None where there is none.

    Raises `Refused` (400) for a field that is unknown or cannot be grouped.
    """
    name, _, option = asked.partition(":")
    if option.lower() not in ("", "known", "include_unknown"):
        raise bad_parameter(
            "The only valid filters for a group_by param is 'include_unknown' or the deprecated value 'known'"
        )
    field = FIELDS.get(name.replace("-", "_"))
    if field is None:
        raise unknown_field(name, valid_names())
    _check(field, page)
    counts, labels, unknown = _counted(field, numbers, index)
    if option.lower() == "include_unknown" and unknown:
        key = "-111" if field.kind == "number" else "unknown"
        counts[key], labels[key] = unknown, "unknown"
    if page.cursor is None:
        keys = sorted(counts, key=lambda key: (-counts[key], key))[: page.size]
    else:
        keys = sorted(counts)
        start = 0 if page.cursor == "*" else bisect_right(keys, decode_key(page.cursor))
        keys = keys[start : start + page.size]
    shown = [{"key": _shown(field, key), "key_display_name": labels[key], "count": counts[key]} for key in keys]
    return shown, encode_cursor(keys[-1]) if keys and page.cursor else None


def _check(field: Field, page: Page) -> None:
    if field.kind in ("date", "search") or (field.kind == "number" and field.name not in _COUNTABLE):
        raise bad_parameter("Cannot group by date, number, or search fields.")
    if field.path == "referenced_works" and field.kind == "id" and field.name != "cited_by":
        raise bad_parameter("Group by referenced_works is not supported at this time.")
    if field.name in _REFUSED:
        raise bad_parameter(f"Cannot group by {field.name}.")
    if field.kind == "boolean" and page.cursor:
        raise bad_parameter("Cannot use cursor pagination when grouping fields that return true or false.")


def _counted(field: Field, numbers: Collection[int], index: Index) -> tuple[dict[str, int], dict[str, str], int]:
    """For each key its count and the name it is shown by, and how many works have none."""
    counts: dict[str, int] = {}
    if field.derive is not None or field.kind in ("boolean", "number") or field.name == "type":
        among = frozenset(numbers)
        known: set[int] = set()
        for value, having in index.postings(field).items():
            found = among.intersection(having)
            if found:
                known |= found
                counts[str(value).lower() if isinstance(value, bool) else str(value)] = len(found)
        return counts, {key: key for key in counts}, len(among - known)
    labels: dict[str, str] = {}
    unknown = 0
    for number in numbers:
        of_work = dict(_labels(field, index.works[number]))
        unknown += not of_work
        for key, label in of_work.items():
            counts[key] = counts.get(key, 0) + 1
            labels.setdefault(key, label)
    return counts, labels, unknown


def _labels(field: Field, work: dict[str, Any]) -> Iterator[tuple[str, str]]:
    for value, owner in leaves(work, field.path):
        if isinstance(value, str | int) and value != "":
            name = owner.get("display_name") if field.path.endswith(".id") else None
            if field.path.endswith("host_organization"):
                name = owner.get("host_organization_name")
            yield str(value), name if isinstance(name, str) else str(value).rpartition("/")[2]


def _shown(field: Field, key: str) -> str:
    if key in ("unknown", "-111") or key.startswith("https://"):
        return key
    if field.name in ("type", "type_crossref"):
        return f"https://openalex.org/types/{key}"
    for ending, collection in _URLS:
        if field.path.endswith(ending):
            return f"https://openalex.org/{collection}/{key}"
    return f"https://openalex.org/{key}" if field.kind == "id" else key
