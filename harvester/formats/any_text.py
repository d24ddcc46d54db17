"""Any text with identifiers of works in it: a reference list, an e-mail, a web page, the text of a manuscript.

Each identifier is a record that says nothing but what it is; the sources say the rest. It is kept with the words
around it, which show where it came from.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.formats import json_items
from harvester.formats.lines import numbered, opening
from harvester.formats.reading import Fragment, Reader, native_id, readers, text_of
from harvester.identifiers import Identifier
from harvester.model import Record, Skip

__all__ = ["READER", "record", "split"]

SHOWN: Final = 500
"""Characters of the line around an identifier that are kept with it."""
LONGEST: Final = 1_000_000
"""Characters that are looked through at once; a line of a web page can be a whole page."""

_NAME: Final = "text"
_MARKED: Final = re.compile(r"10\.\d{4}|pmid|pubmed|pmc|openalex|arxiv|(?<!\w)w\d{4}", re.IGNORECASE)


def split(file: BinaryIO) -> Iterator[Fragment]:
    r"""Pick the identifiers out of a text, each once: the identifier on a line, and below it the line it stands on.

    Raises `InputError` when the file is no text, or holds none.

    >>> import io
    >>> [fragment.text for fragment in split(io.BytesIO(b"see\ndoi:10.1000/A, and PMID: 7"))]
    ['doi:10.1000/a\ndoi:10.1000/A, and PMID: 7', 'pmid:7\ndoi:10.1000/A, and PMID: 7']
    """
    seen: set[Identifier] = set()
    for number, line in _unfolded(numbered(text_of(file))):
        for piece in _pieces(line):
            for one in identifiers.find(piece) if _MARKED.search(piece) else ():
                if one not in seen:
                    seen.add(one)
                    yield Fragment(number, f"{one}\n{_around(one, piece)}")
    if not seen:
        raise InputError("the text holds no DOI or other identifier of a work")


def record(text: str, source: str) -> Record | Skip:
    r"""Read one identifier, which stands on the first line.

    >>> record("pmid:7\nsee PMID: 7", "mail").pmid
    '7'
    """
    first = text.partition("\n")[0]
    try:
        found = identifiers.parse(first)
    except NotAnIdentifier as error:
        return Skip(source=source, reason="no identifier", detail=str(error))
    return Record.model_validate({"source": source, "native_id": native_id(text), found.scheme: found.value})


def _unfolded(lines: Iterator[tuple[int, str]]) -> Iterator[tuple[int, str]]:
    """Join the lines that the folding of e-mail has parted (`=` at the end; quoted-printable, RFC 2045)."""
    begun, parts = 0, list[str]()
    for number, line in lines:
        if line.endswith("=") and sum(map(len, parts)) < LONGEST:
            begun, parts = begun or number, [*parts, line[:-1]]
            continue
        yield begun or number, "".join([*parts, line]) if parts else line
        begun, parts = 0, []
    if parts:
        yield begun, "".join(parts)


def _pieces(line: str) -> Iterator[str]:
    """A line in pieces that can be looked through, cut where no identifier goes on."""
    start = 0
    while len(line) - start > LONGEST:
        window = line[start : start + LONGEST]
        end = start + (max(window.rfind(sign, LONGEST // 2) for sign in ' \t",<') + 1 or LONGEST)
        yield line[start:end]
        start = end
    yield line[start:]


def _around(one: Identifier, line: str) -> str:
    """The words around an identifier, where the line is too long to keep."""
    if len(line) <= SHOWN:
        return line.strip()
    place = line.lower().find(one.value.lower().removeprefix("pmc"))
    start = max(0, place - SHOWN // 2)
    return line[start : start + SHOWN].strip()


def _recognises(head: bytes) -> bool:
    """Whether no other reader knows the file, and its beginning holds an identifier."""
    text = opening(head)
    if not text or json_items.recognises(head):
        return False
    if any(each.recognises(head) for name, each in readers().items() if name != _NAME):
        return False
    return any(_MARKED.search(piece) and identifiers.find(piece) for piece in _pieces(text))


READER: Final = Reader(
    name=_NAME,
    description="any text with DOIs, PMIDs or other identifiers of works in it",
    recognises=_recognises,
    split=split,
    record=record,
)
