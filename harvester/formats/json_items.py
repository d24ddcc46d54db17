"""JSON of the indexes themselves: items of OpenAlex and Crossref, alone, a line each, in lists, in whole API answers.

Such an item needs no reader of its own: it is what a source is asked for, and is filed as evidence of that source. What
is found here is whose it is and where it begins. Every item is cut out as it stands, so a file that ends within one
loses that one alone.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final, NamedTuple

from harvester.formats.lines import opening
from harvester.formats.reading import Fragment, text_of

__all__ = ["NAME", "Value", "items", "recognises", "source_of", "values"]

NAME: Final = "json-items"
"""As on the command line, after `--format`."""

LISTS: Final = frozenset(("results", "items", "works", "data"))
"""Keys of an answer under which its records stand; Crossref has `items` within `message`."""
NESTED: Final = frozenset(("message",))

# Keys that only a work of Crossref has (api.crossref.org/swagger-ui, schema "Work"), CSL-JSON made from one aside.
_CROSSREF: Final = frozenset(
    ("indexed", "reference-count", "references-count", "is-referenced-by-count", "content-domain", "member", "prefix",
     "deposited", "created", "published-print", "published-online", "journal-issue", "alternative-id", "relation")
)  # fmt: skip
_FEWEST_KEYS: Final = 3
_OWN: Final = frozenset(("id", "DOI", "doi"))
MOST_FAILURES: Final = 1_000
"""Lines that cannot be read, after which the rest of a file is taken for one."""
_OPENALEX_ID: Final = re.compile(r"(?:https?://(?:api\.)?openalex\.org/(?:works/)?)?[Ww][1-9]\d{0,11}")
_SPACE: Final = re.compile(r"[\s,\x1e\ufeff]*")
_LINE: Final = re.compile(r"\r\n|\n|\r")


class Value(NamedTuple):
    """A JSON value, the text it was read from, and the line that this begins on."""

    value: Any
    text: str
    line: int


def items(file: BinaryIO) -> Iterator[tuple[str, Fragment]]:
    """Give every item with the name of the source it is of; the name is empty where it is of none, or cannot be read.

    Raises `InputError` when the file is no text.

    >>> import io
    >>> answer = b'{"meta": {}, "results": [{"id": "https://openalex.org/W1"}, {"id": "x"}]}'
    >>> [(source, fragment.text) for source, fragment in items(io.BytesIO(answer))]
    [('openalex', '{"id": "https://openalex.org/W1"}'), ('', '{"id": "x"}')]
    """
    for found in values(text_of(file)):
        yield source_of(found.value) or "", Fragment(found.line, found.text)


def source_of(item: Any) -> str | None:
    """Name the source whose item this is: `openalex`, `crossref`, or None.

    CSL-JSON that Crossref makes of its own works has their keys, but a title that is a text, not a list.

    >>> source_of({"id": "https://openalex.org/W2741809807"}), source_of({"DOI": "10.1000/a", "title": "Peers"})
    ('openalex', None)
    """
    if not isinstance(item, dict):
        return None
    own = item.get("id")
    if isinstance(own, str) and _OPENALEX_ID.fullmatch(own) and ("/" in own or "ids" in item or "type" in item):
        return "openalex"
    is_listed = not isinstance(item.get("title"), str) and not isinstance(item.get("container-title"), str)
    has_keys = isinstance(item.get("title"), list) or len(_CROSSREF & item.keys()) >= _FEWEST_KEYS
    return "crossref" if "DOI" in item and is_listed and has_keys else None


def recognises(head: bytes) -> bool:
    """Whether a file begins with an item of an index, or with an answer that holds some; never raises."""
    text = opening(head).lstrip("\ufeff \t\r\n\x1e")
    if not text.startswith(("{", "[")):
        return False
    for found, _ in zip(values(text), range(3), strict=False):
        if found.value is None:
            break
        if source_of(found.value):
            return True
        if isinstance(found.value, dict):
            return False
    # The first item may be longer than the beginning of the file.
    if re.search(r'"schema"\s*:\s*"citation-harvester/', text[:2_000]):
        return False
    if re.search(r'"id"\s*:\s*"https://openalex\.org/W\d', text[:20_000]):
        return True
    keys = set(re.findall(r'"([a-z-]{3,30})"\s*:', text))
    return '"DOI"' in text and len(_CROSSREF & keys) >= _FEWEST_KEYS and not re.search(r'"title"\s*:\s*"', text)


def values(text: str) -> Iterator[Value]:
    r"""Give the records of JSON in any wrapping: elements of lists, items of answers, objects one after another.

    What cannot be read comes as None, up to the end of its line, and reading goes on with the next line.

    >>> [(found.value, found.line) for found in values('[1, 2]\n{"total": 1, "items": [{}], "b": 3}\n{"a" \n4')]
    [(1, 1), (2, 1), ({}, 2), (None, 3), (4, 4)]
    """
    decoder = json.JSONDecoder()
    place, line, counted, failures = _skipped(text, 0), 1, 0, 0
    while place < len(text):
        sign = text[place]
        inside = _inside(text, place, decoder) if sign == "{" else place + 1 if sign in "[]}" else None
        if inside is not None:
            place = _skipped(text, inside)
            continue
        line, counted = line + len(_LINE.findall(text, counted, place)), place
        try:
            value, end = decoder.raw_decode(text, place)
        except (ValueError, RecursionError):
            failures += 1
            match = _LINE.search(text, place) if failures < MOST_FAILURES else None
            end = match.start() if match else len(text)
            yield Value(None, text[place:end].strip(), line)
            place = _skipped(text, end)
            continue
        behind = _skipped(text, end)
        if sign == '"' and text[behind : behind + 1] == ":":  # what an answer says after its records
            place = _behind(text, behind + 1, decoder)
            continue
        yield Value(value, text[place:end], line)
        place = behind


def _skipped(text: str, place: int) -> int:
    match = _SPACE.match(text, place)
    return match.end() if match else place


def _behind(text: str, place: int, decoder: json.JSONDecoder) -> int:
    """The place behind a value; behind its line where it is none."""
    try:
        return _skipped(text, decoder.raw_decode(text, _skipped(text, place))[1])
    except (ValueError, RecursionError):
        match = _LINE.search(text, place)
        return match.end() if match else len(text)


def _inside(text: str, place: int, decoder: json.JSONDecoder) -> int | None:
    """Where the list of records in an answer begins, or the record in it; None for an object that is one itself."""
    place += 1
    while True:
        try:
            key, place = decoder.raw_decode(text, _skipped(text, place))
            place = _skipped(text, place)
            if not isinstance(key, str) or text[place : place + 1] != ":" or key in _CROSSREF or key in _OWN:
                return None
            place = _skipped(text, place + 1)
            opens = text[place : place + 1]
            if key in LISTS and opens == "[" and text[(first := _skipped(text, place + 1)) : first + 1] in ("{", "]"):
                return place + 1
            if key in NESTED and opens == "{":
                return _inside(text, place, decoder) or place
            place = _skipped(text, decoder.raw_decode(text, place)[1])
        except (ValueError, RecursionError):
            return None
