"""The values of a record by their tags, for the formats that write one tag a line."""

from collections.abc import Iterable

__all__ = ["Tagged", "first", "grouped"]

Tagged = dict[str, list[str]]
"""Each tag with its values in order; tags without a value are not there."""


def grouped(fields: Iterable[tuple[str, str]]) -> Tagged:
    """Gather the values of each tag.

    >>> grouped([("AU", "Silva"), ("TI", ""), ("AU", "Reis")])
    {'AU': ['Silva', 'Reis']}
    """
    values: Tagged = {}
    for tag, value in fields:
        if value:
            values.setdefault(tag, []).append(value)
    return values


def first(values: Tagged, *tags: str) -> str | None:
    """The first value of the first of these tags that has one.

    >>> first({"PY": ["2014", "2015"]}, "DA", "PY"), first({}, "PY")
    ('2014', None)
    """
    return next((values[tag][0] for tag in tags if tag in values), None)
