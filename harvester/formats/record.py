"""Records in this program's own form, one a line: what a source said as it was read, without the text it was read from.

A library that is passed on without abstracts keeps records from files in this form, since the text of a file in any
of a dozen formats cannot be cut without reading it.
"""

import json
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from pydantic import ValidationError

from harvester.errors import InputError
from harvester.formats.lines import opening
from harvester.formats.reading import Fragment, Reader, native_id, text_of
from harvester.model import Record, Skip

__all__ = ["NAME", "READER", "SCHEMA", "record", "split", "written"]

NAME: Final = "record"
SCHEMA: Final = "citation-harvester/record/1"
_BEGINNING: Final = f'{{"schema":"{SCHEMA}"'


def written(record: Record) -> str:
    """Write a record as one line, which `record` reads back as it was, under the name of any source.

    >>> written(Record(source="file:a", native_id="1", doi="10.1000/a"))
    '{"schema":"citation-harvester/record/1","doi":"10.1000/a","native_id":"1"}'
    """
    given: dict[str, Any] = record.model_dump(mode="json", exclude_defaults=True, exclude={"source"})
    return json.dumps({"schema": SCHEMA, **given}, separators=(",", ":"), ensure_ascii=False)


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into its lines; raises `InputError` where the first is no record."""
    text = text_of(file)
    if not opening(text[:1_000].encode()).startswith(_BEGINNING):
        raise InputError(f"this holds no records of this program; its first line names no {SCHEMA}")
    for number, line in enumerate(text.split("\n"), start=1):
        if line.strip():
            yield Fragment(number, line)


def record(text: str, source: str) -> Record | Skip:
    """Read one line, as of the source of this name.

    >>> record('{"schema":"citation-harvester/record/1","title":"Peers"}', "file:a").title
    'Peers'
    """
    try:
        given = json.loads(text)
        if not isinstance(given, dict) or given.pop("schema", None) != SCHEMA:
            return Skip(source=source, reason="not a record of this program", detail=text[:200])
        found = Record.model_validate({"native_id": native_id(text), **given, "source": source})
        _expect_storable(found)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        return Skip(source=source, reason="not a record of this program", detail=f"{where}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        return Skip(source=source, reason="not a record of this program", detail=str(error)[:200])
    return found


def _expect_storable(found: Record) -> None:
    """Raise `ValueError` for what a record from a stranger may say and no library can keep."""
    json.loads(found.model_dump_json(exclude_defaults=True), parse_int=_number)  # nor can half a surrogate pair be said
    for person in (*(found.authors or ()), *found.editors):
        if any(not 0 <= place < len(found.affiliations) for place in person.affiliations):
            raise ValueError(f"{person.name} has an affiliation that is not listed")


def _number(text: str) -> int:
    if len(text) > 20 or not -(2**63) <= int(text) < 2**63:
        raise ValueError(f"{text[:20]} is beyond 64 bits")
    return int(text)


READER = Reader(
    name=NAME,
    description="records in this program's own form, one a line, as `pack` keeps those from files",
    recognises=lambda head: opening(head[:1_000]).startswith(_BEGINNING),
    split=split,
    record=record,
)
