"""What the user gives: identifiers as arguments, or picked out of any text file."""

import codecs
import io
import os
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import BinaryIO, NamedTuple

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.identifiers import Identifier

__all__ = ["Input", "Picked", "from_arguments", "from_file", "from_stream", "whole_text"]

LONGEST_LINE = 1_000_000
SAMPLE = 65_536
SHOWN = 500
"""So much of a line is kept to show where an identifier came from."""

HEADINGS = frozenset({"doi", "dois", "id", "ids", "identifier", "identifiers", "pmid", "pmids", "pmcid", "reference"})
"""What people and programs write above a column of identifiers."""


class Input(NamedTuple):
    """One thing the user gave: where, what, and the identifier read from it or the reason why none."""

    origin: str
    text: str
    identifier: Identifier | None
    reason: str | None = None


class Picked(NamedTuple):
    """What a file holds: its inputs, and how many lines without an identifier were taken for mere text."""

    inputs: list[Input]
    passed_over: int


def from_arguments(texts: Iterable[str]) -> list[Input]:
    """Read each argument as one identifier, or as several where a list was pasted; else keep it with the reason.

    >>> from_arguments(["https://doi.org/10.1111/INM.13349."])[0].identifier
    Identifier(scheme='doi', value='10.1111/inm.13349')
    >>> [str(one.identifier) for one in from_arguments(["10.1111/inm.13349, 10.1111/hex.13151"])]
    ['doi:10.1111/inm.13349', 'doi:10.1111/hex.13151']
    """
    given: list[Input] = []
    for text in texts:
        one = _read("argument", text)
        several = identifiers.find(text) if one.identifier is None else []
        if len(several) > 1:
            given += [Input("argument", text[:SHOWN], identifier) for identifier in several]
        else:
            given.append(one)
    return given


def from_file(path: Path) -> Picked:
    """Pick the identifiers out of a text file, each once, in order; see `from_stream`.

    Raises `InputError` when the file cannot be read, is not text, or holds no identifier.
    """
    try:
        with path.open("rb") as file:
            # A name that is no UTF-8 could not be written down as it is.
            return from_stream(file, name=os.fsencode(path.name).decode("utf-8", "replace"))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error


def from_stream(file: BinaryIO, *, name: str) -> Picked:
    """Pick the identifiers out of text, each once, in order.

    The text may be in UTF-8, UTF-16 or Windows-1252, with or without a byte order mark. Where at least half of the
    lines are one identifier each it is a list, and the lines that are none are kept with the reason;
    elsewhere a line without an identifier is just text. Lines that begin with `#` are comments.

    Raises `InputError` when it is not text, or holds no identifier.
    """
    if not file.seekable():  # a pipe: the sample that tells the encoding could not be put back
        file = io.BytesIO(file.read())
    found, others, bare = _pick(_lines(file, _encoding(file, name)), origin=name)
    if not found:
        raise InputError(f"{name} holds no DOI or other identifier of a work")
    is_list = bare >= len(others)
    if is_list:
        if others and others[0][0] < found[0][0] and others[0][1].strip(" \"'").lower() in HEADINGS:
            del others[0]
        found += [(number, _read(f"{name}:{number}", text)) for number, text in others]
        found.sort(key=lambda numbered: numbered[0])
    unique: dict[Identifier | str, Input] = {}
    for _, given in found:
        unique.setdefault(given.identifier or given.text, given)
    return Picked(list(unique.values()), 0 if is_list else len(others))


def whole_text(file: BinaryIO, *, name: str) -> str:
    """Read a short text, such as a search strategy, in whatever encoding it is.

    Raises `InputError` for what is no text, and for more than a strategy ever is.
    """
    given = file.read(LONGEST_LINE + 1)
    if len(given) > LONGEST_LINE:
        raise InputError(f"{name} is longer than {LONGEST_LINE:,} bytes, which no search strategy is")
    encoding = _encoding(io.BytesIO(given), name)
    return given.decode(encoding, "replace").replace("\r\n", "\n").replace("\r", "\n")


def _read(origin: str, text: str) -> Input:
    try:
        return Input(origin, text[:SHOWN], identifiers.parse(text))
    except NotAnIdentifier as error:
        return Input(origin, text[:SHOWN], None, str(error))


def _pick(
    lines: Iterable[tuple[int, str]], *, origin: str
) -> tuple[list[tuple[int, Input]], list[tuple[int, str]], int]:
    """Give what was found, the lines that hold nothing, and how many lines are one identifier and no more."""
    found: list[tuple[int, Input]] = []
    others: list[tuple[int, str]] = []
    bare = 0
    seen: set[Identifier] = set()
    for number, line in lines:
        text = line.strip()
        if not text or text.startswith("#"):
            continue
        picked = identifiers.find(text)
        if not picked:
            if len(text) < SAMPLE:  # a longer one is no line of a list, but part of one long text
                others.append((number, text[:SHOWN]))
            continue
        bare += len(picked) == 1 and " " not in text
        for identifier in picked:
            if identifier not in seen:
                seen.add(identifier)
                found.append((number, Input(f"{origin}:{number}", text[:SHOWN], identifier)))
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
        raise InputError(
            f"{name} is not a text file; give a list of DOIs or any text that holds some"
            " (of a PDF, Word or Excel file, save a copy as text or CSV)"
        )
    try:
        codecs.getincrementaldecoder("utf-8")().decode(sample)
    except UnicodeDecodeError:
        return "cp1252"
    return "utf-8"


def _lines(file: BinaryIO, encoding: str) -> Iterator[tuple[int, str]]:
    """Give each line with its number; one too long to hold comes in pieces that cut no identifier in two.

    Lines that the folding of e-mail has parted (`=` at the end; quoted-printable, RFC 2045) come together.
    """
    # Identifiers are ASCII: a byte that does not decode can only be in the text around them.
    reader = io.TextIOWrapper(file, encoding, errors="replace")
    try:
        number, rest = 1, ""
        while piece := reader.readline(LONGEST_LINE):
            line = rest + piece
            rest = ""
            if len(line) < LONGEST_LINE and line.endswith("=\n"):
                rest = line
                continue
            if piece.endswith("\n") or len(piece) < LONGEST_LINE:
                yield number, line
                number += 1 + line.count("=\n")
                continue
            # A DOI ends at white space, a quote or a comma, and a line without any for so long holds none.
            end = max(line.rfind(sign, len(line) - SAMPLE) for sign in ' \t",') + 1 or len(line)
            line, rest = line[:end], line[end:]
            yield number, line
        if rest:
            yield number, rest
    finally:
        reader.detach()
