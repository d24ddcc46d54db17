"""What a value in a request must look like, and what Crossref says of one that does not.

Types and sentences are those of the published server code (GitHub CrossRef/cayenne `api/v1/validate.clj`), many of
them seen unchanged in answers of June 2026; the double spaces and the space at the end are Crossref's.
"""

import datetime
import re
from collections.abc import Callable, Collection
from dataclasses import dataclass

from harvester.replica.crossref_message import (
    TYPE_LABELS,
    bare_doi,
    bare_funder,
    bare_issn,
    bare_orcid,
    bare_prefix,
)

__all__ = [
    "Check",
    "Failure",
    "anything",
    "boolean",
    "day",
    "doi",
    "funder",
    "integer",
    "issn",
    "mime",
    "not_allowed",
    "not_integer",
    "one_of",
    "orcid",
    "owner_prefix",
    "unavailable",
    "work_type",
]


@dataclass(frozen=True)
class Failure:
    """One thing wrong with a request, as the list in the answer names it."""

    type: str
    value: str
    message: str


Check = Callable[[str], Failure | None]


def anything(_value: str) -> None:
    """Accepts every text."""


def one_of(kind: str, allowed: Collection[str]) -> Check:
    """A check that accepts only the values listed; `kind` is what Crossref calls such a value.

    >>> one_of("Sort order", ["asc", "desc"])("up").type
    'sort-order-not-valid'
    """

    def check(value: str) -> Failure | None:
        if value in allowed:
            return None
        return Failure(
            f"{kind.lower().replace(' ', '-')}-not-valid",
            value,
            f"{kind} specified as {value} but must be one of: {', '.join(allowed)}",
        )

    return check


boolean = one_of("Boolean", ("t", "true", "1", "f", "false", "0"))
work_type = one_of("Type", TYPE_LABELS)


def _form(kind: str, name: str, matches: Callable[[str], bool], sentence: str) -> Check:
    """A check of the form of a value; Crossref says `sentence` of one that does not have it."""

    def check(value: str) -> Failure | None:
        return None if matches(value) else Failure(kind, value, f"{name} specified as {value} but {sentence}")

    return check


def _is_doi(value: str) -> bool:
    return re.fullmatch(r"10\.[0-9]{4,}[0-9.]*/.+", bare_doi(value), re.DOTALL) is not None


doi = _form(
    "doi-not-valid",
    "DOI",
    _is_doi,
    "must be of the form: 10.prefix/suffix where prefix is 4 or more digits and suffix  is a string",
)
issn = _form(
    "issn-not-valid",
    "ISSN",
    lambda value: re.fullmatch(r"[0-9]{4}-[0-9]{3}[0-9X]", bare_issn(value)) is not None,
    "must be of the form: aaaa-aaab where a is a digit, and b is a digit or 'X'",
)
orcid = _form(
    "orcid-not-valid",
    "ORCID",
    lambda value: re.fullmatch(r"(?:[0-9]{4}-){3}[0-9]{3}[0-9X]", bare_orcid(value)) is not None,
    "must be of the form: aaaa-aaaa-aaaa-aaab where a is a digit and b is a digit or 'X'",
)
owner_prefix = _form(
    "prefix-not-valid",
    "Prefix",
    lambda value: re.fullmatch(r"10\.[0-9]{4,}[0-9.]*", bare_prefix(value)) is not None,
    "must be of the form: 10.digits where digits is 4 or more digits",
)
funder = _form(
    "funder-id-not-valid",
    "Funder ID",
    lambda value: _is_doi(bare_funder(value)),
    "must be a DOI or positive integer",
)
mime = _form(
    "content-type-not-valid",
    "Content type",
    lambda value: re.fullmatch(r"[\w-]+/[\w+.-]+", value) is not None,
    "must be a valid MIME type without wildcards",
)


def integer(value: str, *, most: int | None = None, advice: str = "") -> Failure | None:
    """Refuses what is not a whole number from 0 to `most`.

    >>> integer("things", most=1000).message
    'Integer specified as things but must be a positive integer less than or equal to 1000. '
    """
    if re.fullmatch(r"[0-9]{1,18}", value) and (most is None or int(value) <= most):
        return None
    return not_integer(value, most=most, advice=advice)


def not_integer(value: str, *, most: int | None = None, advice: str = "") -> Failure:
    """An integer that is none, or is out of bounds that may be narrower than the sentence admits."""
    bound = "" if most is None else f" less than or equal to {most}"
    said = f"Integer specified as {value} but must be a positive integer{bound}. {advice}"
    return Failure("integer-not-valid", value, said)


def day(value: str) -> Failure | None:
    """Refuses what is not `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, and a day no calendar has."""
    if not re.fullmatch(r"[0-9]{4}(?:-[0-9]{2}){0,2}", value):
        said = f"Date specified as {value} but must be of the form: yyyy or yyyy-MM or yyyy-MM-dd"
        return Failure("date-not-valid", value, said)
    year, month, of_month = [*map(int, value.split("-")), 1, 1][:3]
    try:
        # year 0000 is in the right form; every 400 years the calendar repeats, so 0 is checked as 2000
        datetime.date(year or 2000, month, of_month)
    except ValueError:
        said = f"Date {value} specified in the correct format but represents an illegitimate date."
        return Failure("date-not-legitimate", value, said)
    return None


def not_allowed(parameter: str) -> Failure:
    """A parameter that the route does not take."""
    if parameter.startswith("query."):
        said = "This route does not support field query parameters"
        return Failure("parameter-not-allowed", "query.*", said)
    return Failure("parameter-not-allowed", parameter, f"This route does not support {parameter}")


def unavailable(kind: str, name: str, valid: Collection[str]) -> Failure:
    """A name the route does not know, with those it knows.

    >>> unavailable("select", "language", ["DOI"]).message
    'Select language specified but there is no such select for this route. Valid selects for this route are: DOI'
    """
    # answers of June 2026 put the name of a filter in quotes; the other kinds have not been seen with them
    shown = f"'{name}'" if kind == "filter" else name
    plural = kind.removesuffix("y") + "ies" if kind.endswith("y") else f"{kind}s"
    return Failure(
        f"{kind.replace(' ', '-')}-not-available",
        name,
        f"{kind.capitalize()} {shown} specified but there is no such {kind} for this route. "
        f"Valid {plural} for this route are: {', '.join(valid)}",
    )
