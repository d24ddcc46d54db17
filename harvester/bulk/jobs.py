"""The SQL that is run over the files of a snapshot, one text for each job, wherever it runs.

Every text reads a relation `items` of the files that it is given, where `$item` is the whole work as JSON, with the
columns `id`, `doi`, `pmid`, `title`, `display_name`, `abstract` (the inverted index or its words, as JSON),
`publication_year`, `is_xpac` and `referenced_works`. How a format becomes that relation is the only thing that
depends on it. Nothing is inferred from the files: the index has words for keys, and a reader that looks for a schema
would make a column of each. A line that is no JSON becomes a row of nulls, so that it can be counted.
"""

import re
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

import numpy as np

from harvester.bulk.snapshot import Numbers, Part, file_system
from harvester.bulk.words import IRREGULAR, Condition
from harvester.errors import InputError, Stopped
from harvester.identifiers import Identifier, doi
from harvester.sources.value import canonical

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "Limits",
    "Tally",
    "candidates",
    "count",
    "failing",
    "given",
    "links",
    "merged",
    "named",
    "numbered",
    "only",
    "opened",
    "quoted",
    "touching",
]

_BATCH: Final = 500

LONGEST_LINE: Final = 1 << 26
"""A work of some thousand authors with all their affiliations takes several megabytes."""

_NUMBER = (
    "case when starts_with({0}, 'https://openalex.org/W') then try_cast(substr({0}, 23) as bigint)"
    " else try_cast(regexp_extract({0}, 'W([0-9]+)$', 1) as bigint) end"
)
"""The number in a W id: after `https://openalex.org/W`, which all have and is quickly cut, or after any other W."""

_LINES = """
    select item, told[1]->>'$' as id, told[2]->>'$' as doi, told[3]->>'$' as pmid, told[4]->>'$' as pmcid,
        told[5]->>'$' as other_doi, told[6]->>'$' as title, told[7]->>'$' as display_name,
        cast(told[8] as varchar) as abstract, cast(told[9] as varchar) as publication_year,
        told[10]->>'$' as is_xpac
    from (select json as item, json_extract(json, ['$.id', '$.doi', '$.ids.pmid', '$.ids.pmcid', '$.ids.doi',
            '$.title', '$.display_name', '$.abstract_inverted_index', '$.publication_year', '$.is_xpac']) as told
        from read_ndjson_objects($files, hive_partitioning=false, compression='gzip', ignore_errors=true,
            maximum_object_size={longest}))
"""
_LINKS = """
    select id, referenced_works, publication_year, primary_location->>'$.source.id' as journal
    from read_json($files, format='newline_delimited', hive_partitioning=false, compression='gzip', ignore_errors=true,
        maximum_object_size={longest},
        columns={{'id': 'VARCHAR', 'referenced_works': 'VARCHAR[]', 'publication_year': 'VARCHAR',
            'primary_location': 'JSON'}})
"""


_PLAIN_DOI = r"https://doi\.org/10\.[0-9]{4,9}(?:\.[0-9]{1,9}){0,5}/[a-z0-9./()_:;-]*[a-z0-9]"
"""A DOI that is canonical as it stands, as most are; the others Python has to read."""


@dataclass(frozen=True)
class Limits:
    """What one connection may use; beyond `memory` it writes to the folder `spill`, where there is one."""

    memory: str = "1GB"
    threads: int = 1
    spill: str | None = None

    @classmethod
    def within(cls, megabytes: int, *, threads: int = 1, spill: str | None = None) -> "Limits":
        """Give what a connection may use for all of its process to stay within so much.

        DuckDB counts what it holds itself, and that only; a fifth is for Python, Arrow and what files are read into.
        """
        return cls(f"{max(megabytes * 4 // 5, 200)}MB", threads, spill)


@dataclass
class Tally:
    """How many rows of a file are works, and how many are none, such as lines that are no JSON."""

    works: int = 0
    others: int = 0


@contextmanager
def opened(limits: Limits, *, place: str = "", file: Path | None = None) -> Iterator["DuckDBPyConnection"]:
    """Open a database, in memory or in a file, that reads files at `place`, within limits.

    DuckDB's own reader of S3 is no part of its package and would be downloaded; fsspec takes its place.
    Raises `InputError` where DuckDB is not installed.
    """
    try:
        import duckdb
    except ImportError as error:
        raise InputError(
            "snapshots are read with packages of their own; `pip install 'citation-harvester[bulk]'` brings them"
        ) from error
    with duckdb.connect(str(file or ":memory:")) as db:
        db.execute(f"set threads = {limits.threads}")
        db.execute("set preserve_insertion_order = false")
        try:
            db.execute(f"set memory_limit = '{limits.memory}'")
        except duckdb.Error as error:
            raise InputError(f"{limits.memory!r} is no amount of memory such as 4GB") from error
        db.execute("set TimeZone = 'UTC'")  # a moment is told as the API tells it, wherever we are
        db.execute("set temp_directory = $place", {"place": limits.spill or ""})  # by default a folder where we stand
        if "://" in place:
            db.register_filesystem(file_system(place))
        yield db


_ADVICE: Final = {
    "maximum_object_size": "take the line out",
    "No space left": "make room",
    "Permission denied": "see that it may be read, and what is taken out be written",
}


@contextmanager
def failing(part: Part) -> Iterator[None]:
    """Say of a file that cannot be read which one it is, and what to do; what was read before is kept."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        reason = str(error).split("\n", maxsplit=1)[0].replace(part.path, part.name)
        short = isinstance(error, duckdb.OutOfMemoryException)
        told = next((advice for words, advice in _ADVICE.items() if words in reason), "fetch the file again")
        advice = "give more with --memory" if short else told
        raise Stopped(
            f"{part.name} of the snapshot cannot be read ({reason}); what was read before is kept: {advice}, then go "
            "on (`harvester resume` for a carve)"
        ) from error


def numbered(db: "DuckDBPyConnection", part: Part, numbers: Numbers) -> Iterator[bytes]:
    """Give the works of these numbers."""
    given(db, "kept", numbers)
    return _rows(db, part, f"{_NUMBER.format('id')} in (from kept)", {}, rare=True)


def named(
    db: "DuckDBPyConnection", part: Part, wanted: Iterable[Identifier], *, tally: Tally | None = None
) -> Iterator[bytes]:
    """Give the works that may carry one of these identifiers."""
    import pyarrow

    told = [(each.scheme, each.value.lower()) for each in wanted]
    numbers = [int(value[1:]) for scheme, value in told if scheme == "openalex"]
    given(db, "kept", numbers)
    held = pyarrow.table({"value": pyarrow.array([value for scheme, value in told if scheme != "openalex"], "string")})
    db.register("given_names", held)
    db.execute("create or replace temp table names as select value from given_names")
    db.unregister("given_names")
    db.create_function("canonical_doi", _canonical_doi, ["VARCHAR"], "VARCHAR")
    plain = "case when regexp_full_match(lower({0}), $plain) then lower(substr({0}, 17)) else canonical_doi({0}) end"
    condition = (
        f"{_NUMBER.format('id')} in (from kept)"
        + "".join(f" or {plain.format(name)} in (from names)" for name in ("doi", "other_doi"))
        + " or regexp_extract(pmid, '[1-9][0-9]*') in (from names)"
        # OpenAlex has https://www.ncbi.nlm.nih.gov/pmc/articles/7068910, without the letters.
        " or 'pmc' || regexp_extract(pmcid, '([1-9][0-9]*)[^0-9]*$', 1) in (from names)"
    )
    return _rows(db, part, f"id is not null and ({condition})", {"plain": _PLAIN_DOI}, rare=True, tally=tally)


def _canonical_doi(text: str) -> str:
    return canonical(doi, text) or ""


def _rows(
    db: "DuckDBPyConnection",
    part: Part,
    condition: str,
    given: dict[str, Any],
    *,
    items: str = "from items",
    rare: bool = False,
    tally: Tally | None = None,
) -> Iterator[bytes]:
    """Give the works that a condition holds for; of lines all are looked at, so that they are counted on the way.

    Of Parquet whole rows are read, the matches among them or not, so where a match is `rare` it is asked first whether
    there is one, from the few columns that say so.
    """
    on_the_way = tally is not None and part.format == "jsonl"
    if on_the_way:
        text = f"select case when {condition} then $item end, id is not null from ({items})"
    else:
        text = f"select $item, true from ({items}) where {condition}"
    if tally is not None and not on_the_way:
        tally.works, tally.others = count(db, part)
    if rare and part.format != "jsonl":
        probe = f"select true from ({items}) where {condition} limit 1"
        if not _executed(db, part, probe, given).fetchall():
            return
    found = _executed(db, part, text, given)
    while batch := found.fetchmany(_BATCH):
        for item, is_work in batch:
            if tally is not None and on_the_way:
                tally.works += is_work
                tally.others += not is_work
            if item is not None:
                yield item.encode("utf-8", "surrogatepass") if isinstance(item, str) else bytes(item)


def candidates(
    db: "DuckDBPyConnection", part: Part, asked: Condition, *, everything: bool, tally: Tally | None = None
) -> Iterator[bytes]:
    """Give the works that a search may find; of OpenAlex's core, or with `everything` of its expansion too."""
    core = "" if everything else "and is_xpac is distinct from 'true'"
    # Most texts hold no sign that could be irregular, and that is far sooner seen than that they match no pattern; a
    # plain `and` would match them all the same.
    odd = f"""coalesce(regexp_matches(t, $irregular), false)
        or case when {_UNUSUAL} then regexp_matches(a, $irregular) else false end"""
    items = f"select *, {odd} as odd from (select *, {_TEXTS} from items)"
    given = {"irregular": IRREGULAR, **{f"w{number}": word for number, word in enumerate(asked.words)}}
    return _rows(db, part, f"id is not null and {asked.text} {core}", given, items=items, tally=tally)


# The text of an abstract is JSON, where no control character but that of `chr(127)` stands as it is.
_TEXTS = "lower(concat_ws(' ', title, display_name)) as t, lower(abstract) as a"
_UNUSUAL = (
    "".join(f"contains(a, {sign}) or " for sign in ("'<'", "'&'", "']]>'", "'\\'", "chr(127)"))
    + "strlen(a) != length(a)"
)


def touching(db: "DuckDBPyConnection", part: Part, frontier: Numbers, *, backward: bool, forward: bool) -> Numbers:
    """Give the works outside of a frontier that those of the frontier cite, or that cite one of them."""
    given(db, "frontier", frontier)
    ways = [way for way, is_asked in ((("citing", "cited"), backward), (("cited", "citing"), forward)) if is_asked]
    near = " or ".join(f"{side} in (from frontier)" for side, _ in ways)
    reached = (f"select {other} as number from near where {side} in (from frontier)" for side, other in ways)
    text = f"""
        with near as materialized (select * from ({_CITATIONS}) where {near})
        ({" union ".join(reached)}) except from frontier
    """
    found: Numbers = _executed(db, part, text, {}, links=True).fetchnumpy()["number"]
    return np.sort(found)


def links(db: "DuckDBPyConnection", part: Part, target: str) -> None:
    """Write the works of a file as Parquet: `number`, `year`, `journal` (S id) and `cited`, the numbers of a list.

    A reference that is no W id is null in the list.
    """
    query = f"""
        select {_NUMBER.format("id")} as number, try_cast(publication_year as integer) as year,
            nullif(regexp_extract(journal, '(S[0-9]+)$', 1), '') as journal,
            list_transform(referenced_works, lambda target: {_NUMBER.format("target")}) as cited
        from items where number is not null
    """
    written = "format parquet, compression snappy, parquet_version v2"  # numbers by their differences: half as long
    _executed(db, part, f"copy ({query}) to {quoted(target)} ({written})", {}, links=True)


def count(db: "DuckDBPyConnection", part: Part) -> tuple[int, int]:
    """Count the works of a file, and the lines that are none because they are no JSON."""
    text = "select count(id), count(*) - count(id) from items"
    works, others = _executed(db, part, text, {}, links=True).fetchall()[0]
    return int(works), int(others)


def merged(db: "DuckDBPyConnection", part: Part) -> list[tuple[int, int]]:
    """Give which works of the table `asked` a list of merged works has, and the one that each is in now."""
    text = f"""
        select {_NUMBER.format("id")} as number, {_NUMBER.format("merge_into_id")} as survivor
        from read_csv({quoted(only(part.path))}, header=true, all_varchar=true, delim=',')
        where number in (from asked) and survivor is not null order by merge_date
    """
    return list(db.execute(text).fetchall())


_CITATIONS = f"""
    select citing, cited from (
        select {_NUMBER.format("id")} as citing, {_NUMBER.format("target")} as cited
        from (select id, unnest(referenced_works) as target from items)
    ) where citing is not null and cited is not null
"""


def given(db: "DuckDBPyConnection", name: str, numbers: "Iterable[int] | Numbers") -> None:
    """Hand numbers of works over, as the column `number` of a table of this name."""
    import pyarrow

    told = numbers if isinstance(numbers, np.ndarray) else np.array(sorted(numbers), np.int64)
    db.register(f"given_{name}", pyarrow.table({"number": told}))
    db.execute(f"create or replace temp table {name} as select number from given_{name}")
    db.unregister(f"given_{name}")


def _executed(db: "DuckDBPyConnection", part: Part, text: str, given: dict[str, Any], *, links: bool = False) -> Any:
    """Run a text over the relation `items` of a file; `$item` in it is the whole work as JSON.

    How many works a file has DuckDB cannot know, and would hold all of them in memory to be asked for a few thousand
    numbers, in place of the numbers.
    """
    db.execute("set disabled_optimizers = 'build_side_probe_side'")
    if part.format == "jsonl":
        lines = (_LINKS if links else _LINES).format(longest=LONGEST_LINE)
        relation, item = lines.replace("$files", quoted(only(part.path))), "item"
    else:
        relation, item = _table(db, part, links=links)
    db.execute(f"create or replace temp view items as {relation}")
    text = text.replace("$item", item)
    return db.execute(text, given) if given else db.execute(text)


def only(path: str | Path) -> str:
    """Write the path of a file as the pattern that no other one matches: DuckDB reads all paths as patterns.

    >>> only("/home/ana/snapshot [2]/works*.parquet")
    '/home/ana/snapshot [[]2]/works[*].parquet'
    """
    return str(path) if "://" in str(path) else re.sub(r"([*?\[])", r"[\1]", str(path))


def quoted(value: str) -> str:
    """Write a text as a constant of SQL."""
    return "'" + value.replace("'", "''") + "'"


# -- Parquet -------------------------------------------------------------------------------------------


def _table(db: "DuckDBPyConnection", part: Part, *, links: bool) -> tuple[str, str]:
    """The relation of a file of Parquet, whose columns may be of several types, and may be missing; and its items.

    A row is made JSON where it is asked for, and not in the relation, which would make that of every row.
    """
    source = f"read_parquet({quoted(only(part.path))}, hive_partitioning=false)"
    kinds = {name: kind for name, kind, *_ in db.execute(f"describe select * from {source}").fetchall()}
    if "id" not in kinds:
        raise Stopped(f"{part.name} of the snapshot has no column id, and is no file of works")
    if links:
        listed = kinds.get("referenced_works", "")
        cited = {
            "": "null::varchar[]",
            "VARCHAR": "try_cast(from_json(referenced_works, '[\"VARCHAR\"]') as varchar[])",
        }
        year = "cast(publication_year as varchar)" if "publication_year" in kinds else "null"
        place = _journal(db, source, kinds)
        lists = f"{cited.get(listed, 'referenced_works')} as referenced_works, {year} as publication_year"
        return f"select id, {lists}, {place} as journal from {source}", "null"  # names from here
    told = {name: f"cast({name} as varchar)" if name in kinds else "null" for name in _PLAIN}
    if not kinds.get("publication_year", "").endswith("INT") and kinds.get("publication_year") != "INTEGER":
        told["publication_year"] = "null"  # a text is no year, see `harvester.sources.value.integer`
    ids = _identifiers(kinds.get("ids", ""))
    columns = ", ".join(f"{told_as} as {name}" for name, told_as in {**told, **ids, "abstract": _index(kinds)}.items())
    return f"select works, {columns} from {source} works", _item(kinds)  # names of columns from here


def _journal(db: "DuckDBPyConnection", source: str, kinds: dict[str, str]) -> str:
    """The S id of the journal; where the place is a struct, nothing but that is read of it."""
    import duckdb

    if "primary_location" not in kinds:
        return "null::varchar"
    try:
        db.execute(f"describe select primary_location.source.id from {source}")
    except duckdb.BinderException:
        return "to_json(primary_location)->>'$.source.id'"
    return "cast(primary_location.source.id as varchar)"


_PLAIN = ("id", "doi", "title", "display_name", "publication_year", "is_xpac")


def _identifiers(kind: str) -> dict[str, str]:
    named = {"pmid": "pmid", "pmcid": "pmcid", "other_doi": "doi"}
    if not kind:
        return dict.fromkeys(named, "null")
    whole = "cast(ids as json)" if kind in ("VARCHAR", "JSON") else "to_json(ids)"
    return {name: f"{whole}->>'$.{field}'" for name, field in named.items()}


def _index(kinds: dict[str, str]) -> str:
    kind = kinds.get("abstract_inverted_index")
    if kind is None:
        return "null"
    if kind.startswith("MAP"):
        return "cast(to_json(map_keys(abstract_inverted_index)) as varchar)"
    if kind != "VARCHAR":
        return "cast(to_json(abstract_inverted_index) as varchar)"
    # JSON may have letters as codes, which reading and writing it makes letters again.
    return (
        "case when contains(abstract_inverted_index, '\\u') and json_valid(abstract_inverted_index)"
        " then cast(json_extract(abstract_inverted_index, '$') as varchar) else abstract_inverted_index end"
    )


def _item(kinds: dict[str, str]) -> str:
    """The whole row as a JSON object, with time stamps as the API writes them."""
    stamps = {name: kind for name, kind in kinds.items() if kind.startswith("TIMESTAMP")}
    if not stamps:
        return "to_json(works)"
    told = (
        f"{_name(name)} := "
        + (
            f"regexp_replace(strftime(works.{_name(name)}, '%Y-%m-%dT%H:%M:%S.%f'), '\\.000000$', '')"
            if name in stamps
            else f"works.{_name(name)}"
        )
        for name in kinds
    )
    return f"to_json(struct_pack({', '.join(told)}))"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
