"""Files of records that the user brings in: evidence like what an index answers, with the file in the ledger.

Each file is one run, and comes in whole or not at all.
"""

import json
import re
from collections.abc import Iterable, Iterator
from hashlib import sha256
from pathlib import Path
from typing import BinaryIO, NamedTuple

from harvester.formats import json_items
from harvester.formats.reading import Fragment, Reader, reader_of
from harvester.library import ledger
from harvester.library.ledger import Run
from harvester.library.store import Library
from harvester.merge import FILES
from harvester.model import Item, Query, Skip
from harvester.sources import source

__all__ = ["Brought", "Unread", "bring", "source_named"]

HEAD = 1 << 16
LONGEST = 100


class Unread(NamedTuple):
    """A fragment that no record could be made of."""

    fragment: Fragment
    skip: Skip


class Brought(NamedTuple):
    """What became of one file."""

    run: Run
    format: str
    source: str
    records: int
    """Records read, those that were here before among them."""
    known: int
    """Of these, records that had been brought in before, or stand in the file twice, letter by letter."""
    unread: tuple[Unread, ...]


def source_named(label: str) -> str:
    """Make the name of a source of what a user calls a file or a database search.

    >>> source_named("PsycINFO 2026-11-20")
    'file:PsycINFO_2026-11-20'
    """
    return "file:" + (re.sub(r"[\s:\x00-\x1f\x7f-\x9f]+", "_", label.strip())[:LONGEST] or "unnamed")


def bring(library: Library, path: Path, *, format_name: str | None = None, label: str | None = None) -> Brought:
    """Bring in the records of a file, in the format of this name or the one that it is recognised as.

    `label` names the database and the search that it comes from; without it, that is the name of the file, or of the
    website for a page. What an index answered, saved as a file, is evidence of that index. Raises `InputError` for a
    file that is in no known format, and what the file system raises; then nothing of it came in.
    """
    with path.open("rb") as file:
        digest = _digest(file)
        head = file.read(HEAD)
        file.seek(0)
        name = path.name.encode("utf-8", "replace").decode()
        if format_name == json_items.NAME or (format_name is None and json_items.recognises(head)):
            form, origin, entries = json_items.NAME, source_named(label or name), _items(file)
        else:
            reader = reader_of(head, name=format_name)
            is_page = label is None and reader.name.startswith(FILES)
            form, origin = reader.name, reader.name if is_page else source_named(label or name)
            entries = _records(reader, file, origin)
        unread: list[Unread] = []
        arguments = {"file": name, "sha256": digest, "format": form, "source": origin}
        query = Query(source=origin, url=f"file:{name}#{digest}", kind="list")
        found = _noting(entries, unread)
        run, records, known = ledger.bring(library, arguments=arguments, query=query, found=found)
    return Brought(run, form, origin, records, known, tuple(unread))


def _records(reader: Reader, file: BinaryIO, source: str) -> Iterator[tuple[Fragment, Item | Skip]]:
    """Give what a reader makes of each fragment of a file."""
    for fragment in reader.split(file):
        found = reader.record(fragment.text, source)
        raw = json.dumps({"format": reader.name, "text": fragment.text}, separators=(",", ":"))
        yield fragment, found if isinstance(found, Skip) else Item(found, raw.encode("ascii"))


def _items(file: BinaryIO) -> Iterator[tuple[Fragment, Item | Skip]]:
    """Give the items that indexes have answered with, each as that index's own."""
    for name, fragment in json_items.items(file):
        if not name:
            yield (
                fragment,
                Skip(source="file", reason="of no index", detail="neither a work of OpenAlex nor of Crossref"),
            )
            continue
        given = json.loads(fragment.text)
        found = source(name).record(given)
        raw = json.dumps(given, separators=(",", ":"))
        yield fragment, found if isinstance(found, Skip) else Item(found, raw.encode("ascii"))


def _noting(entries: Iterable[tuple[Fragment, Item | Skip]], unread: list[Unread]) -> Iterator[Item | Skip]:
    """Pass on what was found, and note what could not be read."""
    for fragment, found in entries:
        if isinstance(found, Skip):
            unread.append(Unread(fragment, found))
        yield found


def _digest(file: BinaryIO) -> str:
    """Give the SHA-256 of a file, and go back to its beginning."""
    whole = sha256()
    while piece := file.read(1 << 20):
        whole.update(piece)
    file.seek(0)
    return whole.hexdigest()
