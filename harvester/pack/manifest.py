"""What is in a pack, and what was left out of it: the page that a pack is checked against."""

import json
import re
from collections.abc import Iterable
from importlib.metadata import PackageNotFoundError, requires, version
from pathlib import PurePosixPath
from platform import python_version
from typing import Annotated, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, ValidationError

from harvester.errors import InputError

__all__ = [
    "FORMAT",
    "LARGEST",
    "NAME",
    "Contents",
    "LeftOut",
    "Manifest",
    "Member",
    "Options",
    "Size",
    "plain",
    "read",
    "software",
]

NAME: Final = "manifest.json"
FORMAT: Final = "citation-harvester/pack/1"
LARGEST: Final = 4 << 20
"""Bytes that a manifest has at most; it has some hundred for each file."""

# Nothing that is a way on any system: no root, no drive, no way up, no device, nothing hidden or cut off at its end.
_PLAIN: Final = re.compile(r"(?:\w[\w .+-]{0,98}\w/)?\w[\w .+-]{0,98}\w")
_DEVICES: Final = re.compile(r"(?:con|prn|aux|nul|com\d|lpt\d)(?:\..*)?", re.IGNORECASE)


def plain(name: str) -> str:
    """Give a name that is plain on every system; raises `ValueError` for any other.

    >>> plain("exports/works.json")
    'exports/works.json'
    """
    if not _PLAIN.fullmatch(name) or any(_DEVICES.fullmatch(part) for part in PurePosixPath(name).parts):
        raise ValueError(f"{name!r} is no plain name of a file")
    return name


class Value(BaseModel):
    """A frozen part of a manifest; one that is not known is an error, since `FORMAT` would have to be another."""

    model_config = ConfigDict(frozen=True, extra="forbid")


Name = Annotated[str, AfterValidator(plain)]
Digest = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$")]
Number = Annotated[int, Field(ge=0, le=2**53)]


class Member(Value):
    """One file of a pack, and whether `replay` makes it again or only compares it with its checksum."""

    name: Name
    bytes: Number
    sha256: Digest
    made: str
    """What made it: a command that does it again, or a line about it."""
    replay: Literal["rebuilt", "proved", "carried"]


class Size(Value):
    """How much is in a library."""

    works: Number
    only_cited: Number
    citations: Number
    abstracts: Number


class Contents(Value):
    """The library of a pack, beside the one that it was made from."""

    member: Name
    file_format: Number
    checksum: Digest
    """Of its content, as `harvester verify` gives it."""
    size: Size
    checksum_before: Digest
    size_before: Size


class Options(Value):
    """What was asked for."""

    with_abstracts: bool
    with_imported: bool


class LeftOut(Value):
    """What the library of a pack holds less of than the one it was made from."""

    items: dict[str, dict[str, Number]]
    """By what was left out (`abstract`, `record`, `text`), how many items of which source."""
    texts: dict[str, Number]
    """How many texts of the ledger, by table and column."""
    listed: Name
    """The member that lists the items."""


class Manifest(Value):
    """Everything that is said of a pack."""

    format: Literal["citation-harvester/pack/1"]
    software: dict[str, str]
    """The versions that made the bytes."""
    options: Options
    library: Contents
    left_out: LeftOut
    members: tuple[Member, ...]

    def written(self) -> str:
        """Write it as a page that people can read."""
        return json.dumps(self.model_dump(mode="json"), indent=1, ensure_ascii=False) + "\n"


class _Beginning(BaseModel):
    """What a manifest of any version has."""

    format: str


def read(text: bytes) -> Manifest:
    """Read a manifest; raises `InputError` for what is none, and for one of a version that is not known."""
    try:
        given = _Beginning.model_validate_json(text).format
        if given != FORMAT and given.startswith(FORMAT.rpartition("/")[0]):
            raise InputError(f"the pack is of a newer form ({given[:80]}, this program reads {FORMAT}); upgrade")
        found = Manifest.model_validate_json(text)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        where = ".".join(map(str, first["loc"]))[:80] or "the whole"
        raise InputError(f"its manifest is not one of this program ({where}: {first['msg']})") from error
    names = [member.name.lower() for member in found.members]
    if len(set(names)) < len(names) or NAME in names:
        raise InputError("its manifest names a file twice, or itself")
    if not {found.library.member, found.left_out.listed} <= {member.name for member in found.members}:
        raise InputError("its manifest does not say what the library or the list of what was left out is")
    return found


def software() -> dict[str, str]:
    """Name the versions that decide on the bytes: of this program, of Python and what comes with it, of packages."""
    import sqlite3
    import zlib

    ours = "citation-harvester"
    named = {ours: version(ours), "python": python_version()}
    named |= {"sqlite": sqlite3.sqlite_version, "zlib": zlib.ZLIB_RUNTIME_VERSION}
    return named | dict(_versions(requires(ours) or ()))


def _versions(requirements: Iterable[str]) -> Iterable[tuple[str, str]]:
    for name in sorted({re.split(r"[^\w.-]", each, maxsplit=1)[0].lower() for each in requirements}):
        try:
            yield name, version(name)
        except PackageNotFoundError:  # of another platform, or of an extra that is not installed
            continue
