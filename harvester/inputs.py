"""What the user gives: identifiers as arguments, or picked out of any text file."""

import codecs
import io
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.identifiers import Identifier

__all__ = ["Input", "from_arguments", "from_file"]

LONGEST_LINE = 1_000_000
SAMPLE = 65_536


class Input(NamedTuple):
    """One thing the user gave: where, what, and the identifier read from it or the reason why none."""

    origin: str
    text: str
    identifier: Identifier | None
    reason: str | None = None


def from_arguments(texts: Iterable[str]) -> list[Input]:
    """Read each argument as one identifier; what is none is kept with the reason.

    >>> from_arguments(["https://doi.org/10.1111/INM.13349."])[0].identifier
    Identifier(scheme='doi', value='10.1111/inm.13349')
    """
    return [_read("argument", text) for text in texts]


def from_file(path: Path) -> list[Input]:
    """Pick the identifiers out of a text file, each once, in order.

    The file may be any text in UTF-8, UTF-16 or Windows-1252, with or without a byte order mark. Where most
    lines are one identifier each it is a list, and the lines that are none are kept with the reason;
    elsewhere a line without an identifier is just text. Lines that begin with `#` are comments.

    Raises `InputError` when the file cannot be read, is not text, or holds no identifier.
    """
    try:
        with path.open("rb") as file:
            encoding = _encoding(file, str(path))
            found, others, bare = _pick(_lines(file, encoding), origin=path.name)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    if bare > len(others):
        found = sorted([*found, *others], key=lambda numbered: numbered[0])
    if not found:
        raise InputError(f"{path} holds no DOI or other identifier of a work")
    return list({given.identifier or given.text: given for _, given in reversed(found)}.values())[::-1]


def _read(origin: str, text: str) -> Input:
    try:
        return Input(origin, text, identifiers.parse(text))
    except NotAnIdentifier as error:
        return Input(origin, text[:500], None, str(error))


def _pick(lines: Iterable[str], *, origin: str) -> tuple[list[tuple[int, Input]], list[tuple[int, Input]], int]:
    found: list[tuple[int, Input]] = []
    others: list[tuple[int, Input]] = []
    bare = 0
    seen: set[Identifier] = set()
    for number, line in enumerate(lines, start=1):
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        place = f"{origin}:{number}"
        picked = identifiers.find(text)
        if not picked:
            # Only what could be shown to be a list is reported line by line, so few need be kept.
            others.append((number, _read(place, text)) if len(text) < SAMPLE else (number, Input(place, "", None)))
            continue
        bare += len(picked) == 1 and " " not in text
        for identifier in picked:
            if identifier not in seen:
                seen.add(identifier)
                found.append((number, Input(place, text[:500], identifier)))
    return found, others, bare


def _encoding(file: BinaryIO, name: str) -> str:
    sample = file.read(SAMPLE)
    file.seek(0)
    for mark, encoding in (
        (codecs.BOM_UTF8, "utf-8-sig"),
        (codecs.BOM_UTF16_LE, "utf-16"),
        (codecs.BOM_UTF16_BE, "utf-16"),
    ):
        if sample.startswith(mark):
            return encoding
    if b"\0" in sample:
        # Latin text in UTF-16 has a zero in every other byte, and nothing else that is text has any.
        for encoding, zeros in (("utf-16-le", sample[1::2]), ("utf-16-be", sample[0::2])):
            if zeros.count(0) > 0.8 * len(zeros):
                return encoding
        raise InputError(f"{name} is not a text file; give a list of DOIs or any text that holds some")
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _lines(file: BinaryIO, encoding: str) -> Iterator[str]:
    # Identifiers are ASCII: a byte that does not decode can only be in the text around them.
    reader = io.TextIOWrapper(file, encoding, errors="replace")
    while line := reader.readline(LONGEST_LINE):
        yield line
