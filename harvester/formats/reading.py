"""Files of records that come in: cut into fragments, recognised by what is in them, and read one by one.

A fragment is the text of one record, whole by itself: it is what a library keeps as evidence, and it can be read again
when a better reader exists. Reading is therefore two steps that know nothing of each other's file: `split` finds the
fragments of a file and where they begin, `record` makes a record of one.
"""

import codecs
from collections.abc import Callable, Iterator
from functools import cache
from hashlib import sha256
from importlib import import_module
from pkgutil import iter_modules
from typing import BinaryIO, NamedTuple

from harvester import formats
from harvester.errors import InputError
from harvester.model import Record, Skip

__all__ = ["Fragment", "Reader", "native_id", "reader_of", "readers", "text_of"]

LARGEST = 1 << 29
"""Bytes of a text file that are read at once: half a gigabyte, some 200,000 records with abstracts."""


class Fragment(NamedTuple):
    """One record as it stands in the file."""

    line: int
    """Where it begins: the line from 1, or the row of a table, its headings being row 1."""
    text: str


class Reader(NamedTuple):
    """A file format that can be read."""

    name: str
    """As on the command line, after `--format`."""
    description: str
    recognises: Callable[[bytes], bool]
    """Whether the first 64 kB of a file are of this format and of no other; never raises."""
    split: Callable[[BinaryIO], Iterator[Fragment]]
    """Cut a file into fragments; raises `InputError`, one sentence, when it is not of this format at all."""
    record: Callable[[str, str], Record | Skip]
    """Read a fragment, for the source of this name; what cannot be read is a `Skip` with its reason."""


@cache
def readers() -> dict[str, Reader]:
    """Give every reader by its name: those of the modules in this folder that have a `READER` or `READERS`.

    Raises `ValueError` when two have one name.
    """
    found: dict[str, Reader] = {}
    for module in iter_modules(formats.__path__):
        loaded = import_module(f"{formats.__name__}.{module.name}")
        one = getattr(loaded, "READER", None)
        for each in (*((one,) if one else ()), *getattr(loaded, "READERS", ())):
            if each.name in found:
                raise ValueError(f"two readers are called {each.name!r}")
            found[each.name] = each
    return dict(sorted(found.items()))


def reader_of(head: bytes, *, name: str | None = None) -> Reader:
    """Choose the reader of this name, or else the one that recognises how a file begins.

    Raises `InputError` when there is none, or the beginning could be of several formats.
    """
    if name is not None:
        if name.lower() not in readers():
            raise InputError(f"{name!r} is no format that can be read; there are {', '.join(readers())}")
        return readers()[name.lower()]
    found = [each for each in readers().values() if each.recognises(head)]
    if len(found) == 1:
        return found[0]
    unknown = "is in no format that is known (of a PDF or Word file, save a copy as text)"
    what = f"could be any of {', '.join(each.name for each in found)}" if found else unknown
    raise InputError(f"the file {what}; say which with --format: {', '.join(readers())}")


def native_id(fragment: str) -> str:
    """Name a record within its source by what it says: the same fragment has the same id, in whatever file.

    Identifiers inside the file are no help: the ids of exports count from 1, and one accession number stands twice.

    >>> native_id("TY  - JOUR\\r\\nER  - ") == native_id("TY  - JOUR\\nER  -") != native_id("TY  - BOOK\\nER  -")
    True
    """
    lines = (line.rstrip() for line in fragment.splitlines())
    return sha256("\n".join(lines).encode("utf-8", "surrogatepass")).hexdigest()[:20]


def text_of(file: BinaryIO) -> str:
    """Read a whole file as text: UTF-8 and UTF-16 by their marks or by what fits, else Windows-1252.

    Line ends stay as they are. Raises `InputError` for a file that is too large, and for one that is no text.

    >>> import io
    >>> text_of(io.BytesIO("Müller".encode("cp1252"))), text_of(io.BytesIO("Müller".encode("utf-16")))
    ('Müller', 'Müller')
    """
    data = file.read(LARGEST + 1)
    if len(data) > LARGEST:
        raise InputError(f"the file is larger than {LARGEST >> 20:,} MB; cut it into parts and import each")
    for mark, encoding in _MARKS:
        if data.startswith(mark):
            return data[len(mark) :].decode(encoding, "replace")
    for encoding in (*_unmarked_utf_16(data), "utf-8"):
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\0" not in text:
            return text
    if b"\0" in data:
        raise InputError("the file is not text; export it again as text, or name its format with --format")
    # Five bytes have no meaning in Windows-1252; Latin-1 gives them the control characters they stand for.
    return data.decode("cp1252") if not _UNDEFINED.intersection(data) else data.decode("latin-1")


_MARKS = (
    (codecs.BOM_UTF8, "utf-8"),
    (codecs.BOM_UTF16_LE, "utf-16-le"),
    (codecs.BOM_UTF16_BE, "utf-16-be"),
)
_UNDEFINED = frozenset(b"\x81\x8d\x8f\x90\x9d")


def _unmarked_utf_16(data: bytes) -> tuple[str, ...]:
    """Guess the order of bytes in UTF-16 without a mark: Western text has a zero in every other byte."""
    head = data[:2_000]
    odd, even = head[1::2].count(0), head[::2].count(0)
    if max(odd, even) * 4 < len(head):
        return ()
    return ("utf-16-le",) if odd > even else ("utf-16-be",)
