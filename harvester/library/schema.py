"""The tables of a library file, and how an older file becomes a newer one.

Above the line is evidence: what was asked, when, and what each source answered, byte for byte. It is only
ever added to. Below the line is what follows from it, and can be dropped and recomputed at any time.
"""

import sqlite3
from collections.abc import Callable

from harvester.errors import NewerLibrary, NotALibrary
from harvester.library.homes import lead

__all__ = ["APPLICATION_ID", "READABLE", "SCHEMA_VERSION", "check", "drop_derived", "migrate", "revision"]

APPLICATION_ID = 0x43495448  # "CITH", so that `file` and other programs can tell it from any SQLite file

EVIDENCE = """
create table runs (
    id integer primary key,
    command text not null,
    arguments text not null,      -- JSON, as given, without credentials
    version text not null,
    replica text,
    started text not null,
    finished text,
    outcome text,                 -- done, stopped, failed; null while it runs or when it was killed
    reason text
);
create table sessions (           -- one row each time work on a run began: the first start and every resume
    run integer not null references runs(id),
    started text not null
);
create table holder (             -- who writes to this file, or did last; the lock itself is the system's
    one integer primary key check (one = 1),
    pid integer not null,
    host text not null,
    command text not null,
    since text not null
);
create table inputs (             -- what the user gave, understood or not
    run integer not null references runs(id),
    position integer not null,
    origin text not null,
    text text not null,
    scheme text,
    value text,
    reason text,
    primary key (run, position)
) without rowid;
create table lookups (            -- which work was asked of which source, and what became of it
    scheme text not null,
    value text not null,
    source text not null,
    run integer not null references runs(id),
    state text not null check (state in ('waiting', 'found', 'missing', 'failed')),
    native text,                  -- the source's own id of the answer
    detail text,
    primary key (scheme, value, source)
) without rowid;
create table requests (           -- the next questions, and those answered
    id integer primary key,
    run integer not null references runs(id),
    source text not null,
    kind text not null,
    url text not null,
    asked text not null,          -- JSON list of [scheme, value]
    state text not null check (state in ('waiting', 'done', 'failed', 'replaced')),
    status integer,
    from_cache integer,
    answered text,
    reported integer,             -- how many the source says there are
    received integer,             -- how many arrived, skipped ones too
    detail text,
    unique (run, source, url)
);
create index requests_waiting on requests (source, run) where state = 'waiting';
create table items (
    id integer primary key,
    source text not null,
    native text not null,
    digest blob not null,         -- SHA-256 of the raw item
    request integer not null references requests(id),
    unique (source, native, digest)
);
create table raws (item integer primary key references items(id), raw blob not null);
create table synonyms (           -- a key that its own index has answered under another one
    asked text not null,
    answered text not null,
    primary key (asked, answered)
) without rowid;
create table skips (
    request integer not null references requests(id),
    source text not null,
    reason text not null,
    detail text not null,
    unique (request, reason, detail)
);
"""

DERIVED = """
create table records (            -- the best version of each source's record
    source text not null,
    native text not null,
    item integer not null,
    rank text not null,
    key text not null,            -- its own key, by which nobody else is called
    doi text,
    primary key (source, native)
) without rowid;
create index records_key on records (key);
create table homes (              -- keys that are not the key of their work, or were not when it was last derived
    key text primary key,
    next text not null,           -- what this key leads to; itself where it leads nowhere any more
    home text not null,           -- the key of the work at the end of that way
    laid text not null            -- the work that citations of this key stand at now; `derive` brings them home
) without rowid;
create index homes_next on homes (next);
create index homes_home on homes (home);
create index homes_moved on homes (laid, home) where laid != home;
create table former_keys (        -- DOIs of versions of a record whose versions differ on it
    key text not null,
    source text not null,
    native text not null,
    primary key (key, source, native)
) without rowid;
create table touched (key text primary key) without rowid;   -- works that do not show all the evidence yet
create table works (
    id integer primary key,
    key text not null unique,
    title text,
    abstract text,
    authors text,
    year integer,
    doi text,
    openalex text,
    type text,
    venue text,
    first_author text,
    cited_by_count integer,
    sources text not null default '',
    is_retracted integer not null default 0,
    is_open_access integer,
    has_notices integer not null default 0,
    linked integer not null default 0,      -- references that lead to a key; less its citations, those are repeated
    unmatched integer not null default 0,   -- references that lead to none
    detail blob                             -- the Work as JSON, compressed; null for one known only by being cited
);
create index works_only_cited on works (key) where detail is null;
create table identifiers (
    scheme text not null,
    value text not null,
    work integer not null references works(id),
    primary key (scheme, value, work)
) without rowid;
create index identifiers_work on identifiers (work);
create table citations (
    citing integer not null,
    cited integer not null,
    source text not null,
    primary key (citing, cited, source)
) without rowid;
create index citations_cited on citations (cited);
create view texts as select id, title, abstract from works where title is not null or abstract is not null;
create virtual table works_text using fts5(title, abstract, content='texts', content_rowid='id');
-- The index needs the old text to forget it (sqlite.org/fts5.html, "External Content Tables").
create trigger works_added after insert on works when new.title is not null or new.abstract is not null begin
    insert into works_text (rowid, title, abstract) values (new.id, new.title, new.abstract);
end;
create trigger works_removed after delete on works when old.title is not null or old.abstract is not null begin
    insert into works_text (works_text, rowid, title, abstract) values ('delete', old.id, old.title, old.abstract);
end;
-- One trigger, since the order in which two are fired is not defined, and the old text must go first.
create trigger works_retold after update of title, abstract on works
when old.title is not new.title or old.abstract is not new.abstract begin
    insert into works_text (works_text, rowid, title, abstract)
        select 'delete', old.id, old.title, old.abstract where old.title is not null or old.abstract is not null;
    insert into works_text (rowid, title, abstract)
        select new.id, new.title, new.abstract where new.title is not null or new.abstract is not null;
end;
"""

DERIVED_TABLES = (
    "records",
    "homes",
    "former_keys",
    "touched",
    "same",
    "matched",
    "works_text",
    "identifiers",
    "works",
    "citations",
)

Migration = Callable[[sqlite3.Connection], None]
MIGRATIONS: list[Migration] = []
"""`MIGRATIONS[n]` takes a file of version n to version n + 1, inside the transaction that records it."""


def migration(step: Migration) -> Migration:
    """Register the next step; the order in this file is the order of versions."""
    MIGRATIONS.append(step)
    return step


@migration
def _first(db: sqlite3.Connection) -> None:
    for statement in _statements(EVIDENCE + DERIVED):
        db.execute(statement)


SEARCHES = """
alter table requests add column part integer;   -- which part of a search, from 1; null for other questions
create table hits (               -- what a search found or read at a source
    run integer not null references runs(id),
    source text not null,
    native text not null,         -- the source's own id
    request integer not null references requests(id),   -- the question that brought it first
    state text not null check (state in ('kept', 'outside', 'unjudged')),
    primary key (run, source, native)
) without rowid;
"""


@migration
def _searches(db: sqlite3.Connection) -> None:
    for statement in _statements(SEARCHES):
        db.execute(statement)


# A random number, not a count: a library that is restored from a copy and goes on from there must not come to say what
# another one says. That the file is changed by whatever program is noticed, so the tables themselves see to it.
REVISION = """
create table revision (           -- stands for what is in works and citations; another one after every change of them
    one integer primary key check (one = 1),
    token blob not null
);
insert into revision values (1, randomblob(16));
"""

REVISED = "".join(
    f"create trigger {table}_{change}_revised after {change} on {table} begin\n"  # noqa: S608 # names from here
    "    update revision set token = randomblob(16);\nend;\n"
    for table in ("works", "citations")
    for change in ("insert", "update", "delete")
)


@migration
def _revision(db: sqlite3.Connection) -> None:
    for statement in _statements(REVISION + REVISED):
        db.execute(statement)


DECISIONS = """
create table decisions (          -- which works are the same or related: said by people, or found by one dedupe
    id integer primary key,
    run integer not null references runs(id),
    one text not null,            -- the keys in order, as they follow from the records alone
    other text not null,
    verdict text not null check (verdict in ('same', 'different', 'undecided', 'related')),
    person integer not null,      -- 1 when a person said it
    reason text not null
);
create index decisions_pair on decisions (one, other);
"""

SAME = """
create table same (               -- keys that were found to name the work of another one
    key text primary key,
    leader text not null
) without rowid;
"""


@migration
def _decisions(db: sqlite3.Connection) -> None:
    for statement in _statements(DECISIONS + SAME):
        db.execute(statement)


PMIDS = """
alter table records add column pmid text;
create index records_pmid on records (pmid) where pmid is not null;
"""


@migration
def _pmids(db: sqlite3.Connection) -> None:
    """Let references that carry a PMID and nothing else cite; what is filed already shows which records have one."""
    for statement in _statements(PMIDS):
        db.execute(statement)
    db.execute(
        "update records set pmid = (select min(i.value) from works w join identifiers i on i.work = w.id"
        " where w.key = coalesce((select home from homes where homes.key = records.key), records.key)"
        " and i.scheme = 'pmid')"
    )
    for (pmid,) in db.execute("select distinct pmid from records where pmid is not null order by 1").fetchall():
        lead(db, f"pmid:{pmid}")
    db.execute("insert or ignore into touched select key from works where unmatched")


MATCHES = """
create table matches (            -- which works references without an identifier name: said by people, or found
    id integer primary key,
    run integer not null references runs(id),
    reference text not null,      -- stands for the words of the reference, wherever they are printed
    origin text not null,         -- person, library, or the index that gave the candidate
    standing text not null check (standing in
        ('exact', 'strong', 'weak', 'ambiguous', 'none', 'same', 'different', 'undecided')),
    key text,                     -- the work that it names or may name; null where none fits
    shown text,                   -- how that work reads, as it may not be here
    reason text not null
);
create index matches_reference on matches (reference);
"""

MATCHED = """
create table matched (            -- the work that the words of a reference name
    reference text primary key,
    key text not null
) without rowid;
"""


@migration
def _matches(db: sqlite3.Connection) -> None:
    for statement in _statements(MATCHES + MATCHED):
        db.execute(statement)


CHASES = """
create table rounds (             -- of a citation search
    run integer not null references runs(id),
    round integer not null,       -- from 1
    started text not null,
    ended text,                   -- why it is the last one; null while it goes on, and where another one came
    primary key (run, round)
) without rowid;
create table seeds (              -- from which works each round set out
    run integer not null references runs(id),
    round integer not null,
    key text not null,
    origin text not null,         -- what the user gave, or the filter that it passed
    primary key (run, round, key)
) without rowid;
create table arrivals (           -- which records each answer about the citations of a seed held
    request integer not null references requests(id),
    native text not null,
    primary key (request, native)
) without rowid;
create table screening (          -- what people decided on works when they read them
    id integer primary key,
    run integer not null references runs(id),
    key text not null,
    decision text not null check (decision in ('include', 'exclude', 'maybe')),
    reason text,
    person text
);
create index screening_key on screening (key);
"""


@migration
def _chases(db: sqlite3.Connection) -> None:
    for statement in _statements(CHASES):
        db.execute(statement)


# SQLite changes no constraint of a table that is there (sqlite.org/lang_altertable.html, "Making Other Kinds Of Table
# Schema Changes").
UNDECIDED = """
create table screening_with_undecided (
    id integer primary key,
    run integer not null references runs(id),
    key text not null,
    decision text not null check (decision in ('include', 'exclude', 'maybe', 'undecided')),
    reason text,
    person text
);
insert into screening_with_undecided select id, run, key, decision, reason, person from screening;
drop table screening;
alter table screening_with_undecided rename to screening;
create index screening_key on screening (key);
"""


@migration
def _undecided(db: sqlite3.Connection) -> None:
    """Let people take a decision in screening back."""
    for statement in _statements(UNDECIDED):
        db.execute(statement)


SCHEMA_VERSION = len(MIGRATIONS)

READABLE = 2
"""The oldest version that can be read as it is; whoever reads what came later, such as screening, looks whether it is
there."""


def check(db: sqlite3.Connection, name: str) -> int:
    """Give the version of the file, 0 for an empty one.

    Raises `NotALibrary` for anything else, `NewerLibrary` for a file of a later version; neither is touched.
    """
    try:
        application = db.execute("pragma application_id").fetchone()[0]
        version = int(db.execute("pragma user_version").fetchone()[0])
        tables = db.execute("select count(*) from sqlite_schema").fetchone()[0]
    except sqlite3.OperationalError:
        raise
    except sqlite3.DatabaseError as error:
        raise NotALibrary(f"{name} is not a library ({error}); name another file") from error
    if application == 0 and tables == 0:
        return 0
    if application != APPLICATION_ID:
        raise NotALibrary(f"{name} is some other program's database; name another file")
    if version > SCHEMA_VERSION:
        raise NewerLibrary(
            f"{name} was written by a newer version of this program (file format {version}, this one reads up "
            f"to {SCHEMA_VERSION}); upgrade citation-harvester. The file was not changed"
        )
    return version


def migrate(db: sqlite3.Connection, version: int) -> None:
    """Take the file to the present version, each step and its number in one transaction."""
    for number, step in enumerate(MIGRATIONS[version:], start=version + 1):
        db.execute("begin immediate")
        try:
            step(db)
            db.execute(f"pragma application_id = {APPLICATION_ID}")
            db.execute(f"pragma user_version = {number}")
        except BaseException:
            db.execute("rollback")
            raise
        db.execute("commit")


def _statements(script: str) -> list[str]:
    """Cut a script at the ends of its statements; `executescript` would commit the open transaction."""
    found, current = [], ""
    for line in script.splitlines(keepends=True):
        current += line
        if sqlite3.complete_statement(current):
            found.append(current)
            current = ""
    return found


def drop_derived(db: sqlite3.Connection) -> None:
    """Take everything below the line away and lay it out anew, empty."""
    db.execute("drop view texts")
    for table in DERIVED_TABLES:
        db.execute(f"drop table {table}")
    for statement in _statements(DERIVED + REVISED + SAME + PMIDS + MATCHED):
        db.execute(statement)
    db.execute("update revision set token = randomblob(16)")


def revision(db: sqlite3.Connection) -> bytes | None:
    """Give what stands for the works and citations in the file; None where an older file says nothing of it.

    After every change of a row of these tables it is another one, however it came about; it is part of the same
    transaction, so that whoever reads both in one transaction reads what belongs together.
    """
    if not db.execute("select 1 from sqlite_schema where name = 'revision'").fetchone():
        return None
    row = db.execute("select token from revision").fetchone()
    return row[0] if row is not None and isinstance(row[0], bytes) else None
