"""A copy of a library that can be passed on: without abstracts, without records from files, without local places.

The copy is a fresh file into which evidence is written row by row, and from which everything else is derived anew, so
nothing that is left out is ever in it: not in a freed page, not in the text index, not in a log. It is a whole library,
which `verify` proves. A record from a file stays as its identifiers alone, since what was identified, joined, screened
and counted must stay true; what the file said of it goes.
"""

import hashlib
import json
import re
import sqlite3
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final, NamedTuple

from harvester.errors import LibraryError
from harvester.formats import record as own_form
from harvester.library import schema
from harvester.library.derivation import pack, rebuild, unpack
from harvester.library.proof import checksum, received
from harvester.library.store import Library
from harvester.merge import FILES
from harvester.model import Record

__all__ = ["COPIED", "UNSAID", "Copied", "LeftOut", "Wanted", "as_passed_on", "copied", "titles_lost"]

COPIED: Final = (
    *("runs", "sessions", "inputs", "lookups", "requests", "synonyms", "skips", "hits", "decisions", "matches"),
    *("rounds", "seeds", "arrivals", "screening"),
)
"""The tables of evidence that are copied as they are shown; items go one by one, and who holds the file is not told."""

UNSAID: Final = "(left out)"
"""Stands for a text that may quote what is left out."""

ABSTRACTS: Final = frozenset(
    ("abstract", "abstract_inverted_index", "abstract_inverted_index_v3", "abstractText", "descriptions")
) | {"project-description"}
"""Keys under which an index keeps an abstract, wherever in an item."""

ROWS: Final = 2_000
"""Rows written in one transaction."""


class Wanted(NamedTuple):
    """What a copy holds besides what it always does."""

    abstracts: bool = False
    imported: bool = False
    """Records from files, as the files have them."""


class LeftOut(NamedTuple):
    """An item of which the copy holds less: its abstract, its whole record, or the text that it was read from."""

    source: str
    native: str
    what: str
    received: str
    """SHA-256 of the item as it was received, by which whoever has the full library can prove it."""
    kept: str
    """SHA-256 of what the copy has in its place."""


@dataclass(frozen=True)
class Copied:
    """What became of a library on the way: its content before and after, and what was left out by source or table."""

    checksum: str
    """Of the copy."""
    checksum_before: str
    left_out: dict[str, dict[str, int]] = field(default_factory=dict)
    """By `LeftOut.what`, how many items of which source."""
    texts: dict[str, int] = field(default_factory=dict)
    """How many texts of the ledger were left out, by table and column."""


def copied(library: Library, path: Path, *, wanted: Wanted, note: Callable[[LeftOut], None]) -> Copied:
    """Write the copy of a library to `path`, where nothing may be yet, and tell of every item that it holds less of.

    The same library gives the same bytes, with one version of SQLite. Raises `LibraryError` for a library of an older
    version, for one that is damaged, and where an abstract stands in a place that is not known here.
    """
    if schema.check(library.db, str(library.path)) < schema.SCHEMA_VERSION:
        raise LibraryError(f"{library.path} is of an older version; `harvester rebuild` brings it up to date")
    counts: dict[str, Counter[str]] = {}
    draft = path.with_name(f"{path.name}.draft")
    with as_passed_on(library, wanted=wanted) as texts, Library(draft, write="pack") as fresh:
        for table in COPIED:
            _copy(library.db, fresh, table)
        with fresh.transaction() as db:  # what was to be asked in words that are gone cannot be asked
            db.execute(
                "update requests set state = 'replaced', detail = ? where state = 'waiting' and url like ?",
                (UNSAID, f"%{_UNASKED}%"),
            )
        for left in _copy_items(library, fresh, wanted):
            counts.setdefault(left.what, Counter())[left.source] += 1
            note(left)
        rebuild(fresh)
        if not wanted.abstracts:
            _expect_no_abstract(fresh)
        result = Copied(
            checksum=checksum(fresh),
            checksum_before=checksum(library),
            left_out={what: dict(sorted(each.items())) for what, each in sorted(counts.items())},
            texts=texts,
        )
        with fresh.transaction() as db:
            db.execute("insert into works_text (works_text) values ('optimize')")
            # Where and by whom it was written is nobody's business, and what stands for its content follows from that.
            db.execute("insert or replace into holder values (1, 0, '', 'pack', '')")
            db.execute("update revision set token = ?", (bytes.fromhex(result.checksum)[:16],))
        # Lays the rows out in order, so that the bytes do not depend on how they came (sqlite.org/lang_vacuum.html).
        fresh.db.execute("vacuum into ?", (str(path),))
    for rest in draft.parent.glob(f"{draft.name}*"):
        rest.unlink()
    return result


def titles_lost(library: Library, copy: Library) -> list[str]:
    """Give the titles of works that the copy does not tell any more."""
    copy.db.execute("attach ? as whole", (f"{library.path.absolute().as_uri()}?mode=ro",))
    rows = copy.db.execute(
        "select title from whole.works where title is not null except select title from main.works"
    ).fetchall()
    copy.db.execute("detach whole")
    return [title for (title,) in rows]


# -- the ledger ----------------------------------------------------------------------------------------


@contextmanager
def as_passed_on(library: Library, *, wanted: Wanted) -> Iterator[dict[str, int]]:
    """Have the ledger read as it is passed on: who asks for a table is shown it without what is left out.

    Nothing is changed: temporary views of the connection stand before the tables. Given is how many texts they hide.
    """
    db = library.db
    db.create_function("without_folders", 1, _without_folders, deterministic=True)
    db.create_function("name_of", 1, _name_of, deterministic=True)
    db.create_function("plain_arguments", 1, _plain_arguments, deterministic=True)
    db.create_function("told_input", 3, _told_input, deterministic=True)
    db.create_function("unsaid", 1, _unsaid, deterministic=True)
    db.create_function("unasked", 1, _unasked, deterministic=True)
    (has_files,) = db.execute(f"select exists (select 1 from main.items where {_OF_FILES})").fetchone()  # noqa: S608 # names from here
    shown = _shown(wanted if has_files else wanted._replace(imported=True))
    hidden = {}
    for table, columns in shown.items():
        for column, expression in columns.items():
            query = f"select count(*) from main.{table} where {expression} is not {column}"  # noqa: S608 # names from here
            (number,) = db.execute(query).fetchone()
            if number:
                hidden[f"{table}.{column}"] = int(number)
    try:
        for table, columns in shown.items():
            names = [name for _, name, *_ in db.execute(f"pragma main.table_info({table})")]
            parts = ", ".join(f"{columns[name]} as {name}" if name in columns else name for name in names)
            db.execute(f"create temp view {table} as select {parts} from main.{table}")  # noqa: S608 # names from here
        yield hidden
    finally:
        for table in shown:
            db.execute(f"drop view if exists temp.{table}")


_OF_FILES = " or ".join(f"source like '{start}%'" for start in FILES)


def _shown(wanted: Wanted) -> dict[str, dict[str, str]]:
    """Say how columns of the ledger are shown, by table, as SQL."""
    shown = {
        "runs": {"arguments": "plain_arguments(arguments)", "reason": "without_folders(reason)"},
        "lookups": {"detail": "without_folders(detail)"},
        "requests": {"detail": "without_folders(detail)"},
        "inputs": {"origin": "name_of(origin)"},
        "seeds": {"origin": "name_of(origin)"},
    }
    if not wanted.abstracts:
        shown["inputs"]["text"] = told = "told_input(text, scheme, value)"
        # Why a text names no work is said with the beginning of the text.
        shown["inputs"]["reason"] = f"case when reason is null or {told} is text then reason else '{UNSAID}' end"
    if not (wanted.abstracts and wanted.imported):
        of_files = f"request in (select id from main.requests where {_OF_FILES})"  # noqa: S608 # names from here
        shown["skips"] = {"detail": f"case when {of_files} then unsaid(detail) else detail end"}
    if not wanted.imported:
        # Questions for works without an identifier are put in the words of records and references, those of files too.
        in_words = """(asked like '[["import",%' or asked like '[["reference",%')"""
        shown["requests"] = {
            "url": f"case when {in_words} then unasked(url) else url end",
            "detail": f"case when {in_words} and detail is not null then '{UNSAID}' else without_folders(detail) end",
        }
        # What a rule found is a phrase; the titles and names that it compared come after it.
        phrase = "substr(reason, 1, instr(reason || '; ', '; ') - 1)"
        shown["decisions"] = {"reason": f"case when person then reason else {phrase} end"}
        of_indexes = (
            "select 1 from main.works w where w.key = coalesce((select home from main.homes h"
            " where h.key = main.matches.key), main.matches.key) and w.sources != '' and w.sources not like '%:%'"
        )
        of_library = f"origin = 'library' and shown is not null and not exists ({of_indexes})"
        shown["matches"] = {"shown": f"case when {of_library} then '{UNSAID}' else shown end"}
    return shown


# Earlier releases kept the sentence of a full disk as it was told, with any path.
_OF_LIBRARY: Final = re.compile(r"(?<=the library ).*[/\\](?=[^/\\]* cannot grow \()", re.DOTALL)
# Folders of somebody's disk or network, from a root, a drive, a home or a way up on; the slashes of URLs, DOIs and
# "and/or" follow a letter. Where a path ends nobody can tell, so that a little too much may be taken, but no name left.
_FOLDERS: Final = re.compile(
    r"""(?:(?<![\w:/\\.)])(?:~[\w.-]*|\.{1,2}|[A-Za-z]:|file:)?|(?<=:)(?<!http:)(?<!https:)(?<!s3:))
    [/\\]+(?=[^\s/\\])(?:(?:[A-Za-z]:|[^/\\"<>|;:\r\n]+)[/\\]+)*""",
    re.VERBOSE,
)
_WHOLE_PATH: Final = re.compile(r"(?:~[^/\\\s]*|\.{1,2}|(?!(?:https?|s3):)[A-Za-z][\w+.-]*:)?[/\\][^\r\n]*")
_PLACES: Final = ("file", "library")
"""Arguments that are the names of files, with the folder where there are two of one name."""


def _without_folders(text: str | None) -> str | None:
    """Take the folders off the names of files in a sentence.

    >>> _without_folders(
    ...     "the library /home/ana maria/a.sqlite cannot grow; asked https://api.example.org/a/b of 10.1/a/b"
    ... )
    'the library a.sqlite cannot grow; asked https://api.example.org/a/b of 10.1/a/b'
    """
    return text and _FOLDERS.sub("", _OF_LIBRARY.sub("", text))


def _name_of(path: str) -> str:
    """Give the name of a file without its folder, whichever system the path is of.

    >>> _name_of("refs of/ana/page.txt:12"), _name_of("argument"), _name_of("file:Embase_2026")
    ('page.txt:12', 'argument', 'file:Embase_2026')
    """
    return re.split(r"[/\\]", path)[-1]


def _plain_arguments(arguments: str) -> str:
    """Take the folders off arguments that are files or look like paths, and leave every other as it was given.

    >>> _plain_arguments('{"file": "C:\\\\\\\\Users\\\\\\\\ana\\\\\\\\a.ris", "query": "recovery AND /x"}')
    '{"file": "a.ris", "query": "recovery AND /x"}'
    """
    given = json.loads(arguments)
    plain = _with_names(given)
    return arguments if plain == given else json.dumps(plain, sort_keys=True)


def _with_names(value: Any) -> Any:
    if isinstance(value, dict):
        return {
            name: _name_of(each) if name in _PLACES and isinstance(each, str) else _with_names(each)
            for name, each in value.items()
        }
    if isinstance(value, list):
        return [_with_names(each) for each in value]
    if isinstance(value, str) and _WHOLE_PATH.fullmatch(value):
        return _name_of(value)
    return value


def _told_input(text: str, scheme: str | None, value: str | None) -> str:
    """Give one word that a user gave as it is, and of a line of text the identifier alone: it may be of an abstract.

    A line of Chinese or Japanese has no spaces.

    >>> _told_input("10.1000/A", "doi", "10.1000/a"), _told_input("as was shown (10.1000/A).", "doi", "10.1000/a")
    ('10.1000/A', 'doi:10.1000/a')
    """
    if text.isascii() and len(text.split()) < 2:
        return text if scheme else _FOLDERS.sub("", text)
    return f"{scheme}:{value}" if scheme else UNSAID


def _unsaid(text: str) -> str:
    """Stand for a text, for the same one alike and for each another one, since equal rows are kept once."""
    return f"{UNSAID} {_fingerprint(text)}"


_UNASKED: Final = "?left-out="


def _unasked(url: str) -> str:
    """Leave out what was asked for in words: of two questions, two addresses are left."""
    return f"{url.partition('?')[0]}{_UNASKED}{_fingerprint(url)}"


def _fingerprint(text: str) -> str:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()[:16]


def _copy(db: sqlite3.Connection, fresh: Library, table: str) -> None:
    rows = db.execute(f"select * from {table}")  # noqa: S608 # a name from here
    marks = ", ".join("?" * len(rows.description))
    while batch := rows.fetchmany(ROWS):
        with fresh.transaction() as into:
            into.executemany(f"insert into {table} values ({marks})", batch)  # noqa: S608 # a name and question marks


# -- items ---------------------------------------------------------------------------------------------

_ITEMS = (
    "select i.id, i.source, i.native, i.digest, i.request, r.raw from main.items i"
    " left join main.raws r on r.item = i.id order by i.id"
)


def _copy_items(library: Library, fresh: Library, wanted: Wanted) -> Iterator[LeftOut]:
    """Copy the items, and give those of which less is kept; of two that are alike then, the first stays."""
    rows = library.db.execute(_ITEMS)
    while batch := rows.fetchmany(ROWS):
        left = []
        with fresh.transaction() as db:
            for item, source, native, digest, request, packed in batch:
                what, kept = _kept(source, native, digest, packed, wanted)
                new = hashlib.sha256(kept).digest() if what else digest
                inserted = db.execute(
                    "insert or ignore into items values (?, ?, ?, ?, ?)", (item, source, native, new, request)
                )
                if inserted.rowcount:
                    db.execute("insert into raws values (?, ?)", (item, pack(kept) if what else packed))
                if what:
                    left.append(LeftOut(source, native, what, digest.hex(), new.hex()))
        yield from left


def _kept(source: str, native: str, digest: bytes, packed: bytes | None, wanted: Wanted) -> tuple[str | None, bytes]:
    """Say what of an item is left out, None for nothing, and give what is kept of it."""
    raw = received(packed, digest)
    if raw is None:
        raise LibraryError(
            f"the answer of {source} about {native} is not what was received; `harvester verify` says more"
        )
    if source.startswith(FILES):
        if wanted.abstracts and wanted.imported:
            return None, raw
        return _of_a_file(source, native, packed or b"", wanted)
    if wanted.abstracts:
        return None, raw
    given = json.loads(raw)
    without = _without_abstracts(given)
    return (None, raw) if without == given else ("abstract", _written(without))


def _of_a_file(source: str, native: str, packed: bytes, wanted: Wanted) -> tuple[str, bytes]:
    found = unpack(source, packed)
    record = found if isinstance(found, Record) else Record(source=source, native_id=native)
    named = {"source": source, "native_id": native}
    if not wanted.imported:
        named |= {scheme: getattr(record, scheme) for scheme in ("doi", "openalex", "pmid", "pmcid")}
        return "record", _written({"format": own_form.NAME, "text": own_form.written(Record(**named))})
    no_abstract = {"abstract": None, "abstract_sections": (), "other_abstracts": (), "abstract_as_given": None}
    what = "abstract" if any(getattr(record, name) for name in no_abstract) else "text"
    text = own_form.written(record.model_copy(update=no_abstract | named))
    return what, _written({"format": own_form.NAME, "text": text})


def _without_abstracts(value: Any) -> Any:
    """Take abstracts out of an item, at whatever depth; an empty one stays, since it says nothing."""
    if isinstance(value, dict):
        return {name: _without_abstracts(each) for name, each in value.items() if not (name in ABSTRACTS and each)}
    if isinstance(value, list):
        return [_without_abstracts(each) for each in value]
    return value


def _written(value: object) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode("ascii")


def _expect_no_abstract(library: Library) -> None:
    """Make sure that no source has begun to keep abstracts in a place that is not known here."""
    row = library.db.execute(
        "select key, sources from works where abstract is not null order by key limit 1"
    ).fetchone()
    if row:
        raise LibraryError(
            f"the abstract of {row[0]} ({row[1]}) stands where this program does not look for it, and cannot be left"
            " out; `--with-abstracts` keeps all of them"
        )
