"""Everything that follows from the evidence: which record speaks, the merged works, and their citations.

`enter` files a record as it arrives, `derive` then recomputes the works it touches, `rebuild` recomputes all
of them. The result depends on the evidence alone: `verify` proves that by recomputing beside and comparing.
"""

import hashlib
import json
import sqlite3
import tempfile
import zlib
from collections.abc import Callable, Iterable, Iterator
from pathlib import Path

from harvester.identifiers import Identifier
from harvester.library import schema
from harvester.library.store import Library
from harvester.merge import key_of, merge
from harvester.model import Authorship, Record, Reference, Skip, Work
from harvester.sources import source

__all__ = ["add_alias", "checksum", "derive", "enter", "family_name", "rebuild", "stale", "unpack", "verify"]

CHUNK = 500
"""Works recomputed in one transaction: enough to sort their citations together, little enough to stay flat."""

Report = Callable[[int, int], None]


def enter(library: Library, record: Record, *, item: int, digest: bytes) -> None:
    """File a record as its source's voice on its work, if it is better than the version held.

    Better is newer by the source's own date, then complete, then longer; so the order of arrival is nothing.
    """
    db = library.db
    name = f"{record.source}:{record.native_id}"
    complete = f"{record.authors_complete:d}|{len(record.references):06d}"
    rank = f"{record.updated or ''}|{complete}|{digest.hex()}"
    held = db.execute(
        "select rank, home from records where source = ? and native = ?", (record.source, record.native_id)
    ).fetchone()
    if held is not None and held[0] >= rank:
        return
    home = _resolve(db, key_of(record))
    if held is not None and held[1] != home:
        # The work it leaves has lost a voice, and citations may have been led to it by this record's id.
        db.execute("update records set stale = 1 where home = ?", (held[1],))
        _cite_all_again(db)
    db.execute(
        "insert or replace into records (source, native, item, rank, doi, home, targets) values (?, ?, ?, ?, ?, ?, ?)",
        (
            record.source,
            record.native_id,
            item,
            rank,
            record.doi,
            home,
            "\n".join(_targets(record.references)),
        ),
    )
    if home != name:
        db.execute("insert or replace into aliases values (?, ?)", (name, home))
    else:
        db.execute("delete from aliases where key = ?", (name,))


def add_alias(library: Library, key: str, other: str) -> None:
    """Record that two keys name the same work, as Crossref does when it answers a DOI under another one."""
    db = library.db
    home = _resolve(db, other)
    if key == home or _resolve(db, key) == home:
        return
    db.execute("insert or replace into aliases values (?, ?)", (key, home))
    db.execute("update aliases set home = ? where home = ?", (home, key))
    if db.execute("update records set home = ?, stale = 1 where home = ?", (home, key)).rowcount:
        _cite_all_again(db)
    db.execute("update records set stale = 1 where home = ?", (home,))


def stale(library: Library) -> bool:
    """Tell whether evidence has arrived that the works do not show yet."""
    return bool(library.db.execute("select exists (select 1 from records where stale)").fetchone()[0])


def derive(library: Library, *, report: Report | None = None) -> None:
    """Bring works, citations and text index up to date with the evidence.

    May be interrupted at any point and run again. `report` is told works done and works in all.
    """
    db = library.db
    total = db.execute("select count(distinct home) from records where stale").fetchone()[0]
    if not total:
        return
    db.execute("create temp table if not exists cites (citing integer, key text, source text)")
    with library.transaction():
        _absorb(db)
        if _to_be_cited_again(db):
            # Works that lost their last record: they go, or stay as known only by being cited.
            db.execute("delete from works where detail is not null and key not in (select home from records)")
            db.execute("delete from identifiers where work not in (select id from works)")
            db.execute("delete from citations")
            db.execute("update records set stale = 1")
            db.execute("delete from aliases where key = ''")
            total = db.execute("select count(distinct home) from records").fetchone()[0]
    done = 0
    while homes := [
        row[0] for row in db.execute("select distinct home from records where stale order by home limit ?", (CHUNK,))
    ]:
        with library.transaction():
            for home in homes:
                _recompute(db, home)
            _cite(db)
            db.executemany("update records set stale = 0 where home = ?", ((home,) for home in homes))
        done += len(homes)
        if report:
            report(done, total)
    with library.transaction():
        db.execute(
            "delete from identifiers where work in (select id from works where detail is null"
            " and not exists (select 1 from citations where cited = works.id))"
        )
        db.execute(
            "delete from works where detail is null and not exists (select 1 from citations where cited = works.id)"
        )


def rebuild(library: Library, *, report: Report | None = None) -> None:
    """Recompute everything derived from the evidence, with the mappings of this version."""
    db = library.db
    with library.transaction():
        schema.drop_derived(db)
        for value, native in db.execute(
            "select value, native from lookups where source = 'crossref' and state = 'found'"
            " and detail is not null order by value"
        ).fetchall():
            add_alias(library, f"doi:{value}", f"doi:{native}")
        rows = db.execute(
            "select i.id, i.source, i.digest, r.raw from items i join raws r on r.item = i.id order by i.id"
        )
        for item, name, digest, raw in rows:
            record = unpack(name, raw)
            if isinstance(record, Record):
                enter(library, record, item=item, digest=digest)
    derive(library, report=report)


def verify(library: Library, *, report: Report | None = None) -> list[str]:
    """Prove the library: give a sentence for everything that is not as it must be; none is the proof.

    Checks the file's own structure, every raw item against its digest, and every derived row against one
    recomputed from the evidence in a scratch file.
    """
    db = library.db
    faults = [f"the file is damaged: {row[0]}" for row in db.execute("pragma integrity_check") if row[0] != "ok"]
    for source_name, native, digest, raw in db.execute(
        "select i.source, i.native, i.digest, r.raw from items i left join raws r on r.item = i.id"
    ):
        if raw is None or hashlib.sha256(zlib.decompress(raw)).digest() != digest:
            faults.append(f"the answer of {source_name} about {native} is not what was received")
    if faults:
        return faults
    with tempfile.TemporaryDirectory(prefix="harvester-verify-") as folder:
        path = Path(folder) / "scratch.sqlite"
        copy = sqlite3.connect(path)
        db.backup(copy)
        copy.close()
        with Library(path, write="verify") as scratch:
            rebuild(scratch, report=report)
            for table, content in _contents(library).items():
                other = _contents(scratch)[table]
                if _digest(content) != _digest(other):
                    missing, surplus = _difference(_contents(scratch)[table], _contents(library)[table])
                    faults.append(
                        f"{table} differ from what the evidence says: {missing} missing, {surplus} without ground;"
                        " run `harvester rebuild`"
                    )
    return faults


def checksum(library: Library) -> str:
    """Give the SHA-256 of the library's content in order: evidence, works and citations, not the file's bytes."""
    whole = hashlib.sha256()
    for name, content in _contents(library).items():
        whole.update(f"{name} {_digest(content)}\n".encode())
    for row in library.db.execute("select source, native, hex(digest) from items order by 1, 2, 3"):
        whole.update(f"{' '.join(row)}\n".encode())
    return whole.hexdigest()


def unpack(name: str, raw: bytes) -> Record | Skip:
    """Map a stored item with the present mapping of its source."""
    return source(name).record(json.loads(zlib.decompress(raw)))


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


def _resolve(db: sqlite3.Connection, key: str) -> str:
    row = db.execute("select home from aliases where key = ?", (key,)).fetchone()
    return str(row[0]) if row else key


def _targets(references: Iterable[Reference]) -> Iterator[str]:
    for reference in references:
        target = next((t for t in reference.targets if t.scheme in {"doi", "openalex"}), None)
        if target:
            yield str(target)


# A row of `aliases` with no key says that all citations must be laid out anew.


def _cite_all_again(db: sqlite3.Connection) -> None:
    db.execute("insert or ignore into aliases values ('', '')")


def _to_be_cited_again(db: sqlite3.Connection) -> bool:
    return bool(db.execute("select exists (select 1 from aliases where key = '')").fetchone()[0])


def _absorb(db: sqlite3.Connection) -> None:
    """Give the citations of a work known under an old key to the work it has turned out to be."""
    pairs = db.execute(
        "select distinct old.id, a.home from aliases a join works old on old.key = a.key where a.key != a.home"
    ).fetchall()
    for old, home in pairs:
        new = _work_id(db, home)
        db.execute("update or ignore citations set cited = ? where cited = ?", (new, old))
        db.execute("update or ignore citations set citing = ? where citing = ?", (new, old))
        db.execute("delete from citations where cited = ? or citing = ?", (old, old))
        db.execute("delete from identifiers where work = ?", (old,))
        db.execute("delete from works where id = ?", (old,))


def _work_id(db: sqlite3.Connection, key: str) -> int:
    row = db.execute("select id from works where key = ?", (key,)).fetchone()
    if row is None:
        scheme, _, value = key.partition(":")
        columns = {"doi": (value, None), "openalex": (None, value)}.get(scheme, (None, None))
        row = db.execute(
            "insert into works (key, doi, openalex) values (?, ?, ?) returning id", (key, *columns)
        ).fetchone()
    return int(row[0])


def _recompute(db: sqlite3.Connection, home: str) -> None:
    voices = db.execute(
        "select r.source, r.targets, w.raw from records r join raws w on w.item = r.item where r.home = ?",
        (home,),
    ).fetchall()
    records = [record for name, _, raw in voices if isinstance(record := unpack(name, raw), Record)]
    if not records:
        return
    work = merge(records, key=home)
    row = _work_id(db, home)
    keys = {key for (key,) in db.execute("select key from aliases where home = ?", (home,))}
    aliases = tuple(sorted((keys | set(work.aliases)) - {home}))
    work = work.model_copy(update={"aliases": aliases})
    db.execute("delete from citations where citing = ?", (row,))
    db.execute("delete from identifiers where work = ?", (row,))
    db.executemany(
        "insert or ignore into identifiers values (?, ?, ?)",
        ((*identifier, row) for identifier in _named_by(work)),
    )
    db.executemany(
        "insert into cites values (?, ?, ?)",
        ((row, target, name) for name, targets, _ in voices for target in targets.split("\n") if target),
    )
    cited = [count.value for count in work.counts if count.kind == "cited_by"]
    unmatched = sum(not reference.targets for reference in work.references)
    db.execute(
        "update works set title = ?, abstract = ?, authors = ?, year = ?, doi = ?, openalex = ?, type = ?, venue = ?,"
        " first_author = ?, cited_by_count = ?, sources = ?, is_retracted = ?, is_open_access = ?, unmatched = ?,"
        " detail = ? where id = ?",
        (
            work.title,
            work.abstract,
            "; ".join(author.name for author in work.authors or ()) or None,
            work.year,
            work.doi,
            work.openalex,
            work.type,
            work.venue.name if work.venue else None,
            family_name(work.authors[0]) if work.authors else None,
            max(cited, default=None),
            " ".join(work.sources),
            bool(work.is_retracted),
            work.open_access.is_open if work.open_access else None,
            unmatched,
            zlib.compress(work.model_dump_json(exclude_defaults=True).encode(), 1),
            row,
        ),
    )


def _named_by(work: Work) -> set[Identifier]:
    named = {
        Identifier(scheme, value) for scheme in ("doi", "openalex", "pmid", "pmcid") if (value := getattr(work, scheme))
    }
    named |= {Identifier(*alias.split(":", 1)) for alias in (work.key, *work.aliases)}
    return named | set(work.other_identifiers)


def _cite(db: sqlite3.Connection) -> None:
    """Lay out the citations of the works just recomputed, making rows for works known only by being cited."""
    db.execute("update cites set key = coalesce((select home from aliases where aliases.key = cites.key), key)")
    db.execute(
        "insert or ignore into works (key, doi, openalex) select distinct key,"
        " case when key like 'doi:%' then substr(key, 5) end, case when key like 'openalex:%' then substr(key, 10) end"
        " from cites order by key"
    )
    db.execute(
        "insert or ignore into identifiers"
        " select substr(w.key, 1, instr(w.key, ':') - 1), substr(w.key, instr(w.key, ':') + 1), w.id"
        " from works w where w.detail is null and w.key in (select key from cites)"
    )
    db.execute(
        "insert or ignore into citations select c.citing, w.id, c.source from cites c join works w on w.key = c.key"
        " order by 1, 2, 3"
    )
    db.execute(
        "update works set repeated = counted.surplus from (select citing, sum(n - kinds) as surplus from"
        " (select citing, source, count(*) as n, count(distinct key) as kinds from cites group by citing, source)"
        " group by citing) as counted where works.id = counted.citing"
    )
    db.execute("delete from cites")


def _contents(library: Library) -> dict[str, Iterator[str]]:
    """Give each derived table as lines in an order that does not depend on row numbers."""
    queries = {
        "works": "select key, sources, is_retracted, is_open_access, unmatched, repeated, year, doi, openalex, type,"
        " venue, first_author, cited_by_count, title, abstract, authors, detail from works order by key",
        "identifiers": "select i.scheme, i.value, w.key from identifiers i join works w on w.id = i.work"
        " order by 1, 2, 3",
        "citations": "select a.key, b.key, c.source from citations c join works a on a.id = c.citing"
        " join works b on b.id = c.cited order by 1, 2, 3",
    }
    return {name: map(_line, library.db.execute(query)) for name, query in queries.items()}


def _line(row: tuple[object, ...]) -> str:
    plain = [zlib.decompress(value).decode() if isinstance(value, bytes) else value for value in row]
    return json.dumps(plain, ensure_ascii=False)


def _digest(lines: Iterable[str]) -> str:
    whole = hashlib.sha256()
    for line in lines:
        whole.update(line.encode() + b"\n")
    return whole.hexdigest()


def _difference(expected: Iterable[str], found: Iterable[str]) -> tuple[int, int]:
    one, other = set(expected), set(found)
    return len(one - other), len(other - one)
