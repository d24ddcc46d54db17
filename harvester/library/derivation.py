"""Everything that follows from the evidence: which record speaks, the merged works, and their citations.

`enter` files a record as it arrives, `derive` then recomputes the works it touches, `rebuild` recomputes all
of them. The result depends on the evidence alone, whatever its order and however it was cut.
"""

import json
import sqlite3
import zlib
from collections.abc import Callable, Iterable

from harvester.formats.reading import readers
from harvester.identifiers import Identifier
from harvester.library import schema
from harvester.library.homes import all_keys, home_of, lead, settle, touch
from harvester.library.matches import BY_MATCH, leads_to, settle_matches, with_matches
from harvester.library.store import Library
from harvester.merge import FILES, key_of, merge, own_key
from harvester.model import Authorship, Record, Reference, Skip, Work
from harvester.sources import source

__all__ = [
    "Report",
    "derive",
    "derive_answered",
    "enter",
    "family_name",
    "pack",
    "rebuild",
    "stale",
    "unpack",
]

CHUNK = 500
"""Works recomputed in one transaction: enough to sort their citations together, little enough to stay flat."""

RECENT = 200
"""Records kept in memory as they were read, for `derive` to merge without reading their items again."""

Report = Callable[[int, int], None]
"""Is told works done and works in all."""


def enter(library: Library, record: Record, *, item: int, digest: bytes) -> None:
    """File a record as its source's voice on its work, if it is better than the version held.

    Better is newer by the source's own date, then complete, then asked for again later, then longer, then with title
    and abstract, which are left out of what is passed on; so the order of arrival is nothing. Records do change while
    their date stands still: of the works that one search of OpenAlex found in March and in May 2026 most came with the
    old date and other content (answers recorded by openalexPro).

    A version is the item that first brought it. One that comes back letter by letter after another has no new item and
    no better rank, so a record that changes and changes back under one date keeps the version between.
    """
    db = library.db
    name = (record.source, record.native_id)
    complete = f"{record.authors_complete:d}|{_asked_again(db, item)}{len(record.references):06d}"
    told = f"{bool(record.title):d}{bool(record.abstract):d}"
    rank = f"{record.updated or ''}|{complete}|{told}|{digest.hex()}"
    held = db.execute("select rank, doi, pmid, key from records where source = ? and native = ?", name).fetchone()
    if held is not None and held[1] != record.doi:
        former = ((f"doi:{doi}", *name) for doi in (held[1], record.doi) if doi)
        db.executemany("insert or ignore into former_keys values (?, ?, ?)", former)
    if held is not None and held[0] >= rank:
        return
    key = f"doi:{record.doi}" if record.doi == record.native_id else own_key(record)
    db.execute(
        "insert into records (source, native, item, rank, key, doi, pmid) values (?, ?, ?, ?, ?, ?, ?) on conflict do"
        " update set item = excluded.item, rank = excluded.rank, key = excluded.key, doi = excluded.doi,"
        " pmid = excluded.pmid",
        (*name, item, rank, key, record.doi, record.pmid),
    )
    if held is None or held[1:3] != (record.doi, record.pmid):
        lead(db, key)
        for pmid in {held[2] if held else None, record.pmid} - {None}:
            lead(db, f"pmid:{pmid}")
    touch(db, home_of(db, key))
    library.recent[item] = record
    if len(library.recent) > RECENT:
        del library.recent[next(iter(library.recent))]


def _asked_again(db: sqlite3.Connection, item: int) -> str:
    """Give what ranks an item after all that was not asked for again, and a later one after an earlier."""
    run = db.execute(
        "select u.id from items i join requests q on q.id = i.request join runs u on u.id = q.run"
        " where i.id = ? and u.arguments ->> '$.refresh'",
        (item,),
    ).fetchone()
    return f"~{run[0]:06d}|" if run else ""  # the tilde comes after every digit


def stale(library: Library) -> bool:
    """Tell whether evidence has arrived that the works do not show yet."""
    return bool(library.db.execute("select exists (select 1 from touched)").fetchone()[0])


def derive(library: Library, *, report: Report | None = None) -> None:
    """Bring works, citations and text index up to date with the evidence.

    May be interrupted at any point and run again.
    """
    db = library.db
    if not stale(library):
        return
    _move(library)
    total = db.execute("select count(*) from touched").fetchone()[0]
    done = 0
    while homes := [key for (key,) in db.execute("select key from touched order by key limit ?", (CHUNK,))]:
        with library.transaction():
            _bring_up(library, homes)
        done += len(homes)
        if report:
            report(done, total)


def derive_answered(library: Library, records: Iterable[Record]) -> None:
    """Bring up to date those of these records' works that no source is still being asked for.

    A harvest that waits for its next answer has time for it, and the records are still in memory. What it
    leaves, `derive` does.
    """
    db = library.db
    homes = {home_of(db, key_of(record)) for record in records}
    answered = [key for key in sorted(homes) if not db.execute(_AWAITED, key.split(":", 1)).fetchone()[0]]
    if answered:
        _move(library)
        with library.transaction():
            _bring_up(library, answered)


_AWAITED = "select exists (select 1 from lookups where scheme = ? and value = ? and state = 'waiting')"


def rebuild(library: Library, *, report: Report | None = None) -> None:
    """Recompute everything derived from the evidence, with the mappings of this version."""
    db = library.db
    with library.transaction():
        schema.drop_derived(db)
        settle(db)
        for (asked,) in db.execute("select distinct asked from synonyms order by asked").fetchall():
            lead(db, asked)
        rows = db.execute(
            "select i.id, i.source, i.digest, r.raw from items i join raws r on r.item = i.id order by i.id"
        )
        for item, name, digest, raw in rows:
            record = unpack(name, raw)
            if isinstance(record, Record):
                enter(library, record, item=item, digest=digest)
        settle_matches(db)
    derive(library, report=report)


def pack(raw: bytes) -> bytes:
    """Compress an item for the file: the fast way, since it is done while the next answer waits."""
    return zlib.compress(raw, 1)


def unpack(name: str, raw: bytes) -> Record | Skip:
    """Map a stored item with the present mapping of its source, or the present reader of its file's format."""
    given = json.loads(zlib.decompress(raw))
    if name.startswith(FILES):
        return readers()[given["format"]].record(given["text"], name)
    return source(name).record(given)


def family_name(author: Authorship) -> str:
    """Name an author as in "Smith 2020": the family name, or an organisation's whole name.

    Where a source gives only a whole name, its last word is taken, with the small words before it.

    >>> family_name(Authorship(name="Ludwig van der Berg"))
    'van der Berg'
    """
    if author.family or author.is_organisation:
        return author.family or author.name
    name, comma, _ = author.name.partition(",")
    words = name.split()
    if comma or len(words) < 2:
        return name.strip()
    first = len(words) - 1
    while first > 1 and words[first - 1].islower():
        first -= 1
    return " ".join(words[first:])


# -- keys that lead elsewhere now ----------------------------------------------------------------------


def _move(library: Library) -> None:
    """Bring the citations of keys that have come to name another work to that work.

    Mostly that is a W id that was cited first and turns out to have a DOI: everything that stood at its work
    goes over as it is. Where only some keys leave a work, the works that cite it lay out their lists anew.
    """
    db = library.db
    db.execute("create temp table if not exists cites (citing integer, key text, source text)")
    db.execute("create temp table if not exists doubtful (work integer primary key)")
    with library.transaction():
        db.execute(
            "update homes set laid = home where laid != home"
            " and not exists (select 1 from works where works.key = homes.laid)"
        )
    # No list is laid out before all keys have moved: what is half done here must still be true of `laid`.
    pending = "select distinct laid from homes where laid != home limit ?"
    while left := [key for (key,) in db.execute(pending, (CHUNK,))]:
        with library.transaction():
            for key in left:
                gone = db.execute("select distinct home from homes where laid = ? and laid != home", (key,)).fetchall()
                if gone == [(home_of(db, key),)]:
                    _absorb(db, key, *gone[0])
                else:
                    _have_citing_works_touched(db, key)
                db.execute("update homes set laid = home where laid = ? and laid != home", (key,))


def _absorb(db: sqlite3.Connection, key: str, home: str) -> None:
    """Let the work of this key go up in the work of another, citations of it included."""
    (old,) = db.execute("select id from works where key = ?", (key,)).fetchone()
    into = db.execute("select id from works where key = ?", (home,)).fetchone()
    if into is None:
        db.execute("update works set key = ? where id = ?", (home, old))
    else:
        citations = "select citing, ?, source from citations where cited = ?"
        db.execute(f"insert or ignore into citations {citations}", (*into, old))
        db.execute("delete from citations where cited = ?", (old,))
        _take_back(db, old)
        db.execute("delete from identifiers where work = ?", (old,))
        db.execute("delete from works where id = ?", (old,))
    touch(db, home)


def _have_citing_works_touched(db: sqlite3.Connection, key: str) -> None:
    db.execute(
        "insert or ignore into touched select citing.key from works w join citations c on c.cited = w.id"
        " join works citing on citing.id = c.citing where w.key = ?",
        (key,),
    )
    touch(db, key)


# -- works ---------------------------------------------------------------------------------------------


def _bring_up(library: Library, homes: list[str]) -> None:
    """Recompute these works, their citations, and the works that nobody names any more, all or nothing."""
    db = library.db
    for home in homes:
        _recompute(library, home)
    _cite(db)
    _forget(db)
    db.executemany("delete from touched where key = ?", ((home,) for home in homes))


def _recompute(library: Library, home: str) -> None:
    db = library.db
    keys = all_keys(db, home) if home_of(db, home) == home else []
    marks = ", ".join("?" * len(keys))
    voices = db.execute(f"select source, item from records where key in ({marks})", keys).fetchall()  # noqa: S608 # question marks
    records = [record for name, item in voices if isinstance(record := _record(library, name, item), Record)]
    if records:
        _write(db, merge(records, key=home), keys)
    else:
        _blank(db, home, keys)


def _record(library: Library, name: str, item: int) -> Record | Skip:
    record = library.recent.pop(item, None)
    if record is None:
        return unpack(name, *library.db.execute("select raw from raws where item = ?", (item,)).fetchone())
    return record


def _write(db: sqlite3.Connection, merged: Work, keys: list[str]) -> None:
    aliases = sorted(key for key in keys[1:] if not key.startswith("pmid:"))
    references = with_matches(db, merged.references, citing=merged.key)
    work = merged.model_copy(update={"aliases": tuple(aliases), "references": references})
    linked = [link for reference in work.references if (link := _link(reference))]
    (row,) = db.execute(
        _WRITE,
        (
            work.key,
            work.title,
            work.abstract,
            "; ".join(author.name for author in work.authors or ()) or None,
            work.year,
            work.doi,
            work.openalex,
            work.type,
            work.venue.name if work.venue else None,
            family_name(work.authors[0]) if work.authors else None,
            max((count.value for count in work.counts if count.kind == "cited_by"), default=None),
            " ".join(work.sources),
            bool(work.is_retracted),
            work.open_access.is_open if work.open_access else None,
            bool(work.is_retracted) or any(update.direction == "updated_by" for update in work.updates),
            len(linked),
            len(work.references) - len(linked),
            pack(work.model_dump_json(exclude_defaults=True).encode()),
        ),
    ).fetchone()
    _take_back(db, row)
    _name(db, row, _named_by(work))
    db.executemany("insert into cites values (?, ?, ?)", ((row, *link) for link in linked))


_COLUMNS = (
    "title, abstract, authors, year, doi, openalex, type, venue, first_author, cited_by_count, sources, is_retracted,"
    " is_open_access, has_notices, linked, unmatched, detail"
)
_WRITE = (
    f"insert into works (key, {_COLUMNS}) values ({', '.join('?' * 18)}) on conflict (key) do update"  # noqa: S608 # from here
    f" set ({_COLUMNS}) = (excluded.{_COLUMNS.replace(', ', ', excluded.')}) returning id"
)


def _blank(db: sqlite3.Connection, home: str, keys: list[str]) -> None:
    """Make a work that no record describes (any more) one that is known only by being cited, if it is."""
    row = db.execute("select id from works where key = ?", (home,)).fetchone()
    if row is None:
        return
    _take_back(db, *row)
    db.execute(
        "update works set title = null, abstract = null, authors = null, year = null, type = null, venue = null,"
        " first_author = null, cited_by_count = null, sources = '', is_retracted = 0, is_open_access = null,"
        " has_notices = 0, linked = 0, unmatched = 0, detail = null, doi = ?, openalex = ? where id = ?",
        (*(home.removeprefix(scheme) if home.startswith(scheme) else None for scheme in ("doi:", "openalex:")), *row),
    )
    _name(db, row[0], {_identifier(key) for key in keys or [home]})
    db.execute("insert or ignore into doubtful values (?)", row)


def _named_by(work: Work) -> set[Identifier]:
    fields = {scheme: getattr(work, scheme) for scheme in ("doi", "openalex", "pmid", "pmcid")}
    named = {Identifier(scheme, value) for scheme, value in fields.items() if value}
    return {*named, *work.other_identifiers, *map(_identifier, (work.key, *work.aliases))}


def _identifier(key: str) -> Identifier:
    scheme, _, value = key.partition(":")
    return Identifier(scheme, value)


def _name(db: sqlite3.Connection, row: int, identifiers: Iterable[Identifier]) -> None:
    db.execute("delete from identifiers where work = ?", (row,))
    db.executemany("insert into identifiers values (?, ?, ?)", ((*identifier, row) for identifier in identifiers))


# -- citations -----------------------------------------------------------------------------------------


def _link(reference: Reference) -> tuple[str, str] | None:
    """Give the key that a reference leads to, and who says so: its index, or our match of what the index gives."""
    key = leads_to(reference)
    return (key, f"{BY_MATCH if key == reference.matched else ''}{reference.source}") if key else None


def _take_back(db: sqlite3.Connection, row: int) -> None:
    """Take back what a work cites; works known only by that are in doubt until lists are laid out again."""
    db.execute(
        "insert or ignore into doubtful select c.cited from citations c join works w on w.id = c.cited"
        " where c.citing = ? and w.detail is null",
        (row,),
    )
    db.execute("delete from citations where citing = ?", (row,))


def _cite(db: sqlite3.Connection) -> None:
    """Lay out the citations of the works just recomputed, making rows for works known only by being cited."""
    db.execute("update cites set key = home from homes where homes.key = cites.key")
    db.execute(
        "insert or ignore into works (key, doi, openalex) select distinct key,"
        " case when key like 'doi:%' then substr(key, 5) end, case when key like 'openalex:%' then substr(key, 10) end"
        " from cites order by key"
    )
    for called in (
        "select w.key as key, w.id as work from works w",
        "select h.key as key, w.id as work from homes h join works w on w.key = h.home",
    ):
        db.execute(
            "insert or ignore into identifiers"  # noqa: S608 # two texts from here
            " select substr(key, 1, instr(key, ':') - 1), substr(key, instr(key, ':') + 1), work"
            f" from ({called} where w.detail is null and w.key in (select key from cites))"
        )
    db.execute(
        "insert or ignore into citations select c.citing, w.id, c.source from cites c join works w on w.key = c.key"
        " order by 1, 2, 3"
    )
    db.execute("delete from cites")


def _forget(db: sqlite3.Connection) -> None:
    """Remove the works in doubt that no record describes and no work cites."""
    nobody = (
        "select d.work from doubtful d join works w on w.id = d.work"
        " where w.detail is null and not exists (select 1 from citations c where c.cited = d.work)"
    )
    db.execute(f"delete from identifiers where work in ({nobody})")  # noqa: S608 # a text from here
    db.execute(f"delete from works where id in ({nobody})")  # noqa: S608 # a text from here
    db.execute("delete from doubtful")
