"""The whole library as JSON: one document, or one object a line.

Both hold the same: works with the source of every field, citations with the indexes that state them, and the
ledger of runs. In the document each of these is on a line of its own, so that two dumps compare with any tool
that compares lines. What a program may rely on is in `schema()`, and does not change under one `VERSION`.
"""

import ast
import inspect
import json
import math
import re
from collections.abc import Collection, Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from itertools import pairwise
from typing import Annotated, Any, BinaryIO, Literal, TextIO

from pydantic import BeforeValidator, ConfigDict, Field, TypeAdapter, ValidationError, WithJsonSchema, with_config
from pydantic.json_schema import GenerateJsonSchema

from harvester import model
from harvester.errors import InputError
from harvester.formats import Content, json_items, record_format
from harvester.formats.lines import opening
from harvester.formats.reading import Fragment, Reader, native_id, text_of
from harvester.identifiers import Identifier
from harvester.model import Citation, Record, Skip, Work

__all__ = ["READER", "VERSION", "read", "record", "schema", "split", "write_json", "write_jsonl"]

Version = Literal["citation-harvester/dump/1"]
VERSION: Version = "citation-harvester/dump/1"

ALWAYS = ("key", "doi", "openalex", "title", "year", "authors")
"""Fields that every work in a dump has, null where unknown; with `provenance`, which comes last."""

# Line ends to Python's splitlines and to some editors, though not to JSON.
LINE_ENDS = {mark: f"\\u{ord(mark):04x}" for mark in "\x85\u2028\u2029"}


@record_format(
    "json", ".json", description="everything, as one JSON document with a work or a citation a line", is_whole=True
)
def write_json(stream: TextIO, content: Content) -> None:
    """Write one JSON document with the keys `schema`, `works`, `citations` and `runs`, in this order."""
    stream.write(f'{{\n"schema": {_line(VERSION)}')
    for name, values in (
        ("works", map(_work, content.works)),
        ("citations", map(Citation._asdict, content.citations)),
        ("runs", content.runs),
    ):
        stream.write(f',\n"{name}": [')
        stream.writelines(_separated(values))
        stream.write("\n]")
    stream.write("\n}\n")


@record_format(
    "jsonl",
    ".jsonl",
    ".ndjson",
    description="everything, as JSON Lines: an object a line, told by its kind",
    is_whole=True,
)
def write_jsonl(stream: TextIO, content: Content) -> None:
    """Write one JSON object a line: of `kind` `schema` first, then `work`, `citation` and `run`.

    Apart from `kind` each is what it is in the JSON document.
    """
    stream.write(_line({"kind": "schema", "schema": VERSION}) + "\n")
    stream.writelines(_line({"kind": "work", **_work(work)}) + "\n" for work in content.works)
    stream.writelines(_line({"kind": "citation", **each._asdict()}) + "\n" for each in content.citations)
    stream.writelines(_line({"kind": "run", **run}) + "\n" for run in content.runs)


def read(text: str) -> Content:
    """Read the JSON document that `write_json` wrote: the same works, citations and runs.

    Only what `write_json` changed is different: floats have 9 significant digits. Raises `InputError` for
    anything else, with the first thing that is wrong.
    """
    try:
        dump = _adapter().validate_python(json.loads(text))
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"])) or "the whole"
        raise InputError(f"this is not a dump of this program ({where}: {first['msg']})") from error
    except (ValueError, RecursionError) as error:
        raise InputError(f"this is not a dump of this program, nor JSON at all ({error})") from error
    return Content(works=dump.works, citations=dump.citations, runs=dump.runs)


# -- works as records ------------------------------------------------------------

# What a work says of the library that it was in, and not of itself.
OF_THE_LIBRARY = ("kind", "key", "aliases", "sources", "provenance", "only_cited", "citation_search")


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a dump, in either form, into its works.

    Those known only by being cited are left out: they are in the reference lists of the others, and no source says
    more of them. Raises `InputError` when the file is no dump.
    """
    text = text_of(file)
    if not _is_dump(text[:BEGINNING]):
        raise InputError("this is not a dump of this program; its first line names the schema")
    for found in json_items.values(text):
        given = found.value
        if given is None or (isinstance(given, dict) and "key" in given and not given.get("only_cited")):
            yield Fragment(found.line, found.text)


def record(text: str, source: str) -> Record | Skip:
    """Read a work of a dump as what the library that was dumped says of it.

    >>> record('{"key":"doi:10.1000/a","doi":"10.1000/a","title":"Peers","sources":["crossref"]}', "theirs").title
    'Peers'
    """
    try:
        given = json.loads(text)
        if not isinstance(given, dict):
            return Skip(source=source, reason="not a work of a dump", detail=text[:200])
        described = {name: value for name, value in given.items() if name not in OF_THE_LIBRARY}
        found = Record.model_validate({**described, "source": source, "native_id": native_id(text)})
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))
        return Skip(source=source, reason="not a work of a dump", detail=f"{where}: {first['msg']}")
    except (ValueError, RecursionError) as error:
        return Skip(source=source, reason="not a work of a dump", detail=str(error)[:200])
    aliases = given.get("aliases")
    named = [alias.partition(":") for alias in (aliases if isinstance(aliases, list) else ()) if isinstance(alias, str)]
    others = [Identifier(scheme, value) for scheme, _, value in named if scheme in ("doi", "openalex") and value]
    own = {Identifier("doi", found.doi or ""), Identifier("openalex", found.openalex or ""), *found.other_identifiers}
    further = tuple(one for one in others if one not in own)
    return found.model_copy(update={"other_identifiers": (*found.other_identifiers, *further)}) if further else found


BEGINNING = 2_000


def _is_dump(beginning: str) -> bool:
    return re.match(r'[\s\ufeff]*\{[^{}\[\]]{0,200}"schema"\s*:\s*"citation-harvester/dump/', beginning) is not None


READER = Reader(
    name="dump",
    description="everything that this program wrote as JSON or JSON Lines",
    recognises=lambda head: _is_dump(opening(head[:BEGINNING])),
    split=split,
    record=record,
)


# -- values ----------------------------------------------------------------------


def _work(work: Work) -> dict[str, Any]:
    """Put what outsiders rely on first, leave out what is not known, and order what is a mapping."""
    given = work.model_dump(exclude_defaults=True)
    provenance = given.pop("provenance", {})
    entry = {name: given.pop(name, None) for name in ALWAYS} | given
    if not work.sources:
        entry["only_cited"] = True
    entry["provenance"] = {
        field: {"sources": account["sources"], "others": account.get("others", ())}
        for field, account in sorted(provenance.items())
    }
    return entry


def _separated(values: Iterable[Any]) -> Iterator[str]:
    separator = "\n"
    for value in values:
        yield separator + _line(value)
        separator = ",\n"


def _line(value: Any) -> str:
    text = json.dumps(_rounded(value), ensure_ascii=False, separators=(",", ":"))
    if not text.isascii():
        for mark, escape in LINE_ENDS.items():
            text = text.replace(mark, escape)
    return text


def _rounded(value: Any) -> Any:
    """Give every float 9 significant digits; one that is no number, which JSON cannot hold, is no value."""
    if isinstance(value, float):
        return float(f"{value:.9g}") if math.isfinite(value) else None
    if isinstance(value, dict):
        return {name: kept for name, each in value.items() if (kept := _rounded(each)) is not None or each is None}
    if isinstance(value, list | tuple):
        return [_rounded(each) for each in value]
    return value


# -- schema ----------------------------------------------------------------------


def _object(
    description: str, properties: dict[str, Any], *, closed: bool, optional: Collection[str] = ()
) -> dict[str, Any]:
    """A JSON Schema of an object with these properties, all of which it has but for the optional ones."""
    required = [name for name in properties if name not in optional]
    found = {"description": description, "type": "object", "properties": properties, "required": required}
    return found | {"additionalProperties": False} if closed else found


TEXT = {"type": "string"}
TEXT_OR_NULL = {"type": ["string", "null"]}
NUMBER_OR_NULL = {"type": ["integer", "null"]}

CITATION = _object(
    "`citing` cites `cited`, according to each of `sources`.",
    {
        "citing": {"description": "Key of the work whose reference list holds the other.", "type": "string"},
        "cited": {"description": "Key of the work in the list.", "type": "string"},
        "sources": {"description": "The indexes that say so.", "type": "array", "items": TEXT, "minItems": 1},
    },
    closed=True,
)

# Open, unlike works and citations: the ledger may note more without another version of the dump.
RUN = _object(
    "One command that asked sources: what was given, asked and answered.",
    {
        "run": {"description": "Its number.", "type": "integer"},
        "command": TEXT,
        "arguments": {"description": "As given, without credentials.", "type": "object"},
        "version": {"description": "Of this program.", "type": "string"},
        "replica": {"description": "The address asked instead of the public hosts.", **TEXT_OR_NULL},
        "started": TEXT,
        "finished": TEXT_OR_NULL,
        "outcome": {"description": "done, stopped or failed; null while it runs.", **TEXT_OR_NULL},
        "reason": TEXT_OR_NULL,
        "sessions": {
            "description": "When work on it began: first, and at each resume.",
            "type": "array",
            "items": TEXT,
        },
        "inputs": {
            "type": "array",
            "items": _object(
                "One thing the user gave, and the identifier read from it or the reason why none.",
                {
                    "origin": TEXT,
                    "text": TEXT,
                    "scheme": TEXT_OR_NULL,
                    "value": TEXT_OR_NULL,
                    "reason": TEXT_OR_NULL,
                },
                closed=False,
            ),
        },
        "requests": {
            "type": "array",
            "items": _object(
                "One question to a source, and what came of it.",
                {
                    "source": TEXT,
                    "kind": TEXT,
                    "url": TEXT,
                    "part": {"description": "Of a search, from 1.", **NUMBER_OR_NULL},
                    "state": TEXT,
                    "status": NUMBER_OR_NULL,
                    "reported": {"description": "How many the source says there are.", **NUMBER_OR_NULL},
                    "received": {"description": "How many arrived, rejected ones too.", **NUMBER_OR_NULL},
                    "answered": TEXT_OR_NULL,
                    "detail": TEXT_OR_NULL,
                },
                closed=False,
                optional=("part",),
            ),
        },
        "searched": {
            "type": "array",
            "items": _object(
                "What a search found at one source: the works it kept, and of those judged here the others.",
                {
                    "source": TEXT,
                    "kept": {"type": "integer"},
                    "outside": {"description": "Read, and outside what was searched for.", "type": "integer"},
                    "unjudged": {"description": "Read, and without the abstract to tell.", "type": "integer"},
                    "parts": {"type": "array", "items": {"type": "object"}},
                },
                closed=False,
            ),
        },
    },
    closed=False,
    optional=("searched",),
)


def _unmarked(entry: Any) -> Any:
    """Take off the mark that a work without sources carries for the reader's ease."""
    return {name: value for name, value in entry.items() if name != "only_cited"} if isinstance(entry, dict) else entry


@with_config(ConfigDict(extra="forbid"))
@dataclass(frozen=True)
class Dump:
    """Works, the citations between them, and the account of how they were harvested."""

    schema: Annotated[Version, Field(description="The version of this form.")]
    works: Annotated[
        tuple[Annotated[Work, BeforeValidator(_unmarked)], ...], Field(description="In the order of their keys.")
    ]
    citations: Annotated[
        tuple[Annotated[Citation, WithJsonSchema(CITATION)], ...], Field(description="In the order of their keys.")
    ]
    runs: Annotated[
        tuple[Annotated[dict[str, Any], WithJsonSchema(RUN)], ...],
        Field(description="The ledger, oldest first; alone in holding dates of the harvest."),
    ]


@cache
def _adapter() -> TypeAdapter[Dump]:
    return TypeAdapter(Dump)


class _Untitled(GenerateJsonSchema):
    """Pydantic's JSON Schema without a title for each field, which would only repeat its name."""

    def field_title_should_be_set(self, schema: Any) -> bool:  # noqa: ARG002 - the signature is pydantic's
        return False


def schema() -> dict[str, Any]:
    """Give the JSON Schema (2020-12) of the JSON document, made from the model that it is written from.

    Works, citations and all values within them hold what is named there and nothing else.

    >>> schema()["required"]
    ['schema', 'works', 'citations', 'runs']
    """
    made = _adapter().json_schema(mode="serialization", schema_generator=_Untitled)
    values = made["$defs"]
    for owner, field, text in _field_descriptions():
        if owner in values:
            values[owner]["properties"][field]["description"] = text
    values["Identifier"]["description"] = "A scheme, and the canonical value in it."
    values["Provenance"]["required"] = ["sources", "others"]
    values["Work"]["required"] = [*ALWAYS, "provenance"]
    values["Work"]["properties"]["only_cited"] = {
        "const": True,
        "description": "Known only by being cited: no source holds a record of it.",
    }
    values["Work"]["oneOf"] = [{"required": ["sources"]}, {"required": ["only_cited"]}]
    return {
        "$schema": "https://json-schema.org/draft/2020-12/schema",
        "$id": f"urn:{VERSION.replace('/', ':')}",
        **made,
    }


def _field_descriptions() -> Iterator[tuple[str, str, str]]:
    """The texts below the fields of the model, each with its class and field.

    Pydantic can read them too (`use_attribute_docstrings`), but does so whenever the model is imported.
    """
    for definition in ast.parse(inspect.getsource(model)).body:
        if not isinstance(definition, ast.ClassDef):
            continue
        owner = "Work" if definition.name == "Bibliography" else definition.name
        for pair in pairwise(definition.body):
            match pair:
                case ast.AnnAssign(target=ast.Name(id=field)), ast.Expr(value=ast.Constant(value=str(text))):
                    yield owner, field, inspect.cleandoc(text)
