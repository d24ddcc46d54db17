"""The filter language of `/works?filter=`: `publication_year:2018-2020,doi:10.1/a|10.2/b,type:!article`.

The grammar is that of GitHub ourresearch/openalex-elastic-api core/utils.py and core/filter.py, with its
oddities: quotes keep a comma from ending a piece, but only around a whole value; a blank between values of a
term is an AND; `!` before the first of several values with `|` negates them all, even words that are searched for,
where a single `!` is refused; the name of any field before a colon, be it the end of a longer word, ends an OR.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass
from datetime import date

from harvester.replica.openalex_fields import FIELDS, Field, openalex_id, valid_names
from harvester.replica.openalex_index import Index
from harvester.replica.openalex_refusals import bad_parameter, server_error, unknown_field

__all__ = ["Clause", "matching", "parse", "pieces"]

_MOST_VALUES = 100
_EMPTY = frozenset({"", "none", "undefined"})
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")
_TRUTHS_ONLY = frozenset(
    """has_abstract has_doi has_embeddings has_oa_accepted_or_published_version has_oa_submitted_version
    has_orcid has_pdf_url has_raw_affiliation_strings has_references mag_only""".split()  # noqa: SIM905 - words
)


@dataclass(frozen=True)
class Clause:
    """One piece of a filter: any or all of `values` of a field, or, `negated`, none of them.

    The values of a single NOT still carry their `!`, since `!null` is a value.
    """

    field: Field
    values: tuple[str, ...]
    every: bool = False
    negated: bool = False


def pieces(text: str) -> list[str]:
    """The filter cut at its commas, except for those between double quotes; empty pieces are dropped.

    >>> pieces('doi:"10.1/a,b",type:article,')
    ['doi:"10.1/a,b"', 'type:article']
    """
    found, quoted = [""], False
    for letter in text:
        if letter == '"':
            quoted = not quoted
        if letter == "," and not quoted:
            found.append("")
        else:
            found[-1] += letter
    return [piece for piece in found if piece.strip()]


def parse(text: str) -> list[Clause]:
    """The clauses of a filter, which are ANDed.

    Raises `Refused` (400), in the words of the API, for what it would not take.
    """
    return [_clause(piece) for piece in pieces(text)]


def _clause(piece: str) -> Clause:
    key, colon, value = piece.partition(":")
    if not colon:
        raise bad_parameter(f"Invalid query parameter in {piece.strip()}.")
    key = key.strip()
    name = key.replace("-", "_")
    field = FIELDS.get(name)
    if field is None:
        raise unknown_field(key, valid_names())
    if field.kind != "search":  # where a blank beside an operator decides whether it is one
        value = value.strip()
    if value.lower() in _EMPTY:
        raise bad_parameter(
            f"Invalid filter value for '{name}': value cannot be empty or '{value}'. "
            f"Use a valid value like filter={name}:your_value"
        )
    quoted = field.kind != "search" and len(value) > 1 and value.startswith('"') and value.endswith('"')
    if quoted:
        value = value[1:-1]
    if "|" in value:
        return _either(field, value)
    if " " in value and not quoted and field.kind in ("term", "id", "date"):
        return Clause(field, _counted(field, value.split()), every=True)
    return Clause(field, (value,))


def _either(field: Field, value: str) -> Clause:
    values = _counted(field, value.split("|"))
    if any(f"{name}:" in value for name in FIELDS):
        raise bad_parameter(
            "It looks like you're trying to do an OR query between filters and it's not supported. \n"
            "You can do this: institutions.country_code:fr|en, but not this: "
            f"institutions.country_code:gb|host_venue.issn:0957-1558. \nProblem value: {value}"
        )
    if value.startswith("!"):
        return Clause(field, tuple(part.replace("!", "") for part in values), negated=True)
    for part in values:
        if part.startswith("!"):
            raise bad_parameter(
                "The ! operator can only be used at the beginning of an OR query, like "
                "/works?filter=concepts.id:!C144133560|C15744967, meaning NOT (C144133560 or C15744967). "
                f"Problem value: {part}"
            )
    return Clause(field, values)


def _counted(field: Field, values: list[str]) -> tuple[str, ...]:
    if len(values) > _MOST_VALUES:
        raise bad_parameter(
            f"Maximum number of values exceeded for {field.name}. Decrease values to {_MOST_VALUES} or below, or "
            "consider downloading the full dataset at https://developers.openalex.org/download/snapshot-format"
        )
    return tuple(values)


def matching(clause: Clause, index: Index) -> set[int] | frozenset[int]:
    """The works a clause lets through; one of kind `search` is not for this function.

    Raises `Refused` for a value that is no number, date, truth value or id where one is needed.
    """
    ask = _ASKED[clause.field.kind]
    found = [ask(clause.field, value, index) for value in clause.values]
    if clause.every:
        return frozenset.intersection(*map(frozenset, found))
    together: set[int] | frozenset[int] = found[0] if len(found) == 1 else set().union(*found)
    return index.everything - together if clause.negated else together


def _single(field: Field, value: str, index: Index, has: Callable[[str], set[int]]) -> set[int] | frozenset[int]:
    """`null`, `!null`, `!value` and `value`, for the kinds that know all four."""
    if value == "null":
        return index.everything - index.present(field)
    if value == "!null":
        return index.present(field)
    if value.startswith("!"):
        return index.everything - has(value[1:])
    return has(value)


def _by_term(field: Field, value: str, index: Index) -> set[int] | frozenset[int]:
    def has(text: str) -> set[int]:
        asked, known = field.plain(text), index.postings(field)
        if field.name == "doi_starts_with":
            return {number for doi, numbers in known.items() if doi.startswith(asked) for number in numbers}
        return set(known.get(asked, ()))

    return _single(field, value, index, has)


def _by_id(field: Field, value: str, index: Index) -> set[int] | frozenset[int]:
    def has(text: str) -> set[int]:
        name = openalex_id(text)
        if name is None and field.name in ("cited_by", "related_to"):
            raise bad_parameter("Invalid OpenAlex ID in cited_by or related_to filter.")
        if name is None:
            short = text.replace("https://openalex.org/", "")
            raise bad_parameter(f"'{short}' is not a valid OpenAlex ID.")
        if field.name == "cited_by":
            return index.targets(name, "referenced_works")
        if field.name == "related_to":
            return index.targets(name, "related_works")
        return set(index.postings(field).get(f"https://openalex.org/{name}", ()))

    return _single(field, value, index, has)


def _by_truth(field: Field, value: str, index: Index) -> set[int] | frozenset[int]:
    asked = value.lower().strip()
    if asked in ("true", "false"):
        return set(index.postings(field).get(asked == "true", ()))
    if field.name in _TRUTHS_ONLY:
        raise bad_parameter(f"Value for {field.name} must be true or false, not {asked}.")
    if asked not in ("null", "!null"):
        raise bad_parameter(f"Value for {field.name} must be true, false null, or !null: not {asked}.")
    return _single(field, asked, index, lambda _: set())


def _by_number(field: Field, value: str, index: Index) -> set[int] | frozenset[int]:
    if value == "null":
        return index.everything - index.present(field)
    if value == "!null":
        return index.present(field)
    if value.startswith("!"):
        if "-" in value:
            return index.everything - _by_number(field, value[1:], index)
        try:
            return index.everything - index.between(field, float(value[1:]), float(value[1:]))
        except ValueError:
            # Not checked by the server before it is read (core/fields.py), so it falls over.
            raise server_error() from None
    if value.startswith("<"):
        return index.between(field, None, _as_number(field, value[1:]), under=True)
    if value.startswith(">"):
        return index.between(field, _as_number(field, value[1:]), None, over=True)
    low, dash, high = value.partition("-")
    if not dash:
        return index.between(field, _as_number(field, low), _as_number(field, low))
    return index.between(
        field, _as_number(field, low) if low else None, _as_number(field, high) if high or not low else None
    )


def _as_number(field: Field, text: str) -> float:
    try:
        return float(text)
    except ValueError:
        raise bad_parameter(f"Value for param {field.name} must be a number.") from None


def _by_date(field: Field, value: str, index: Index) -> set[int] | frozenset[int]:
    if value == "null" and not field.name.startswith(("from_", "to_")):
        return index.everything - index.present(field)
    if value[:1] in ("<", ">"):
        day = _as_date(field, value[1:])
        under = value.startswith("<")
        return index.between(field, None if under else day, day if under else None, over=True, under=True)
    day = _as_date(field, value)
    if field.name.startswith("from_"):
        return index.between(field, day)
    return index.between(field, None if field.name.startswith("to_") else day, day)


def _as_date(field: Field, text: str) -> str:
    # Fields of creation and update take a time of day as well; the replica looks at the day alone.
    day = text if field.path == "publication_date" else text[:10]
    if not _is_day(day):
        raise bad_parameter(f"Value for param {field.name} is an invalid date. Format is yyyy-mm-dd (e.g. 2020-05-17).")
    return day


def _is_day(text: str) -> bool:
    try:
        date.fromisoformat(text)
    except ValueError:
        return False
    return _DATE.fullmatch(text) is not None  # `20200517` and `2020-W20-7` are dates of ISO 8601 as well


_ASKED: dict[str, Callable[[Field, str, Index], set[int] | frozenset[int]]] = {
    "boolean": _by_truth,
    "date": _by_date,
    "id": _by_id,
    "number": _by_number,
    "term": _by_term,
}
