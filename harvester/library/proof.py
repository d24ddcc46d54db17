"""The proof that a library is whole: its content in order, recomputed from the evidence and compared."""

import hashlib
import json
import sqlite3
import tempfile
import zlib
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import Final

from harvester.library import schema
from harvester.library.derivation import Report, rebuild, stale
from harvester.library.store import Library

__all__ = ["LARGEST_TEXT", "checksum", "received", "unfolded", "verify"]

LARGEST_TEXT: Final = 1 << 28
"""Bytes that an item or a work unfolds to at most; the largest that indexes send have some millions."""

# In an order that does not depend on row numbers, which do depend on the order of arrival. A row that hangs in the
# air, naming a work that is not there, shows as one of no work. There are millions of the short rows, so they come
# as one text each.
CONTENT = {
    "works": "select key, sources, is_retracted, is_open_access, has_notices, linked, unmatched, year, doi, openalex,"
    " type, venue, first_author, cited_by_count, title, abstract, authors, detail from works order by key",
    "identifiers": "select i.scheme || ' ' || i.value || ' ' || coalesce(w.key, '(no work)')"
    " from identifiers i left join works w on w.id = i.work order by 1",
    "citations": "select coalesce(a.key, '(no work)') || ' ' || coalesce(b.key, '(no work)') || ' ' || c.source"
    " from citations c left join works a on a.id = c.citing left join works b on b.id = c.cited order by 1",
}
_ENCODE = json.JSONEncoder(ensure_ascii=False).encode
FILED = {
    "records": "select source, native, item, rank, key, doi from records order by 1, 2",
    "keys": "select key, next, home from homes where home != key or next != key"
    " union all select key, source, native from former_keys order by 1, 2, 3",
}


def verify(library: Library, *, report: Report | None = None) -> list[str]:
    """Prove the library: give a sentence for everything that is not as it must be; none is the proof.

    Checks the file's own structure, every raw item against its digest, the text index against the texts, and
    every derived row against one recomputed from the evidence in a scratch copy.
    """
    try:
        faults = list(_damage(library.db))
        if faults:
            return faults
        if schema.check(library.db, str(library.path)) < schema.SCHEMA_VERSION:
            return ["the file is of an older version, which shows less of its evidence; `harvester rebuild` renews it"]
        if stale(library):
            return ["not all evidence is in the works yet, as after a harvest that was killed; run `harvester rebuild`"]
        return list(_departures(library, report=report))
    except sqlite3.DatabaseError as error:
        return [f"the file is damaged: {error}"]


def checksum(library: Library) -> str:
    """Give the SHA-256 of the library's content in order: evidence, works and citations, not the file's bytes."""
    whole = hashlib.sha256()
    for name, query in CONTENT.items():
        whole.update(f"{name} {_digest(_lines(library.db, query))}\n".encode())
    for row in library.db.execute("select source, native, hex(digest) from items order by 1, 2, 3"):
        whole.update(f"{' '.join(row)}\n".encode())
    return whole.hexdigest()


def _damage(db: sqlite3.Connection) -> Iterator[str]:
    for (finding,) in db.execute("pragma integrity_check"):
        if finding != "ok":
            yield f"the file is damaged: {finding}"
    items = "select i.source, i.native, i.digest, r.raw from items i left join raws r on r.item = i.id"
    for source_name, native, digest, raw in db.execute(items):
        if received(raw, digest) is None:
            yield f"the answer of {source_name} about {native} is not what was received"


def received(packed: object, digest: bytes) -> bytes | None:
    """Give an item as it was received, None where what is kept is something else.

    >>> received(zlib.compress(b"{}"), hashlib.sha256(b"{}").digest())
    b'{}'
    """
    raw = unfolded(packed)
    return raw if raw is not None and hashlib.sha256(raw).digest() == digest else None


def unfolded(packed: object) -> bytes | None:
    """Give a text that is kept compressed; None for what is none, is cut, or would unfold to no measure.

    A thousandth of its size is enough for a text that fills the memory (zlib.net/zlib_tech.html, "Maximum Compression
    Factor").
    """
    if not isinstance(packed, bytes):
        return None
    reader = zlib.decompressobj()
    try:
        text = reader.decompress(packed, LARGEST_TEXT + 1)
    except zlib.error:
        return None
    is_whole = reader.eof and not reader.unused_data
    return text if is_whole and len(text) <= LARGEST_TEXT else None


def _departures(library: Library, *, report: Report | None) -> Iterator[str]:
    with tempfile.TemporaryDirectory(prefix="harvester-verify-") as folder:
        path = Path(folder) / "scratch.sqlite"
        copy = sqlite3.connect(path)
        library.db.backup(copy)
        copy.close()
        with Library(path, write="verify") as scratch:
            if not _index_is_true(scratch.db):
                yield "the text index differs from the texts; run `harvester rebuild`"
            rebuild(scratch, report=report)
            for name, query in (CONTENT | FILED).items():
                found, expected = _lines(library.db, query), _lines(scratch.db, query)
                if _digest(found) != _digest(expected):
                    missing, surplus = _difference(_lines(scratch.db, query), _lines(library.db, query))
                    yield (
                        f"{name} differ from what the evidence says: {missing} missing, {surplus} without ground;"
                        " run `harvester rebuild`"
                    )


def _index_is_true(db: sqlite3.Connection) -> bool:
    """Compare the text index with the works; rank 1 asks for that (sqlite.org/fts5.html, "integrity-check")."""
    try:
        db.execute("insert into works_text (works_text, rank) values ('integrity-check', 1)")
    except sqlite3.DatabaseError:
        return False
    return True


def _lines(db: sqlite3.Connection, query: str) -> Iterator[str]:
    for row in db.execute(query):
        yield row[0] if len(row) == 1 else _ENCODE([_plain(value) for value in row])


def _plain(value: object) -> object:
    if not isinstance(value, bytes):
        return value
    try:
        return zlib.decompress(value).decode()
    except (zlib.error, ValueError):
        return value.hex()


def _digest(lines: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for line in lines:
        whole.update(line.encode() + b"\n")
    return whole.hexdigest()


def _difference(expected: Iterable[str], found: Iterable[str]) -> tuple[int, int]:
    one = {hashlib.blake2b(line.encode(), digest_size=16).digest() for line in expected}
    other = {hashlib.blake2b(line.encode(), digest_size=16).digest() for line in found}
    return len(one - other), len(other - one)
