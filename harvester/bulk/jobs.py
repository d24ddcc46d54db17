"""The SQL that is run over the files of a snapshot, one text for each job, wherever it runs.

Every text reads a relation `items` of the files that it is given, with the columns `item` (the whole work as JSON),
`id`, `doi`, `pmid`, `title`, `display_name`, `abstract` (the inverted index as text, its words as they are),
`publication_year`, `is_xpac` and `referenced_works`. How a format becomes that relation is the only thing that
depends on it. Nothing is inferred from the files: the index has words for keys, and a reader that looks for a schema
would make a column of each. A line that is no JSON becomes a row of nulls, so that it can be counted.
"""

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harvester.bulk.snapshot import Part, file_system
from harvester.bulk.words import IRREGULAR, Condition
from harvester.errors import InputError, Stopped
from harvester.identifiers import Identifier

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = [
    "Limits",
    "candidates",
    "count",
    "failing",
    "given",
    "links",
    "named",
    "numbered",
    "opened",
    "quoted",
    "touching",
]

LONGEST_LINE: Final = 1 << 26
"""A work of some thousand authors with all their affiliations takes several megabytes."""

_NUMBER = "coalesce(try_cast(substr({0}, 23) as bigint), try_cast(regexp_extract({0}, 'W([0-9]+)$', 1) as bigint))"
"""The number in a W id: after `https://openalex.org/W`, or after any other W."""

_LINES = """
    select json as item, json->>'$.id' as id, json->>'$.doi' as doi, json->>'$.ids.pmid' as pmid,
        json->>'$.ids.pmcid' as pmcid, json->>'$.ids.doi' as other_doi,
        json->>'$.title' as title, json->>'$.display_name' as display_name,
        cast(json->'$.abstract_inverted_index' as varchar) as abstract,
        cast(json->'$.publication_year' as varchar) as publication_year, json->>'$.is_xpac' as is_xpac
    from read_ndjson_objects($files, hive_partitioning=false, compression='gzip', ignore_errors=true,
        maximum_object_size={longest})
"""
_LINKS = """
    select id, referenced_works, publication_year,
        case when json_valid(primary_location) then primary_location->>'$.source.id' end as journal
    from read_json($files, format='newline_delimited', hive_partitioning=false, compression='gzip', ignore_errors=true,
        maximum_object_size={longest},
        columns={{'id': 'VARCHAR', 'referenced_works': 'VARCHAR[]', 'publication_year': 'VARCHAR',
            'primary_location': 'VARCHAR'}})
"""


@dataclass(frozen=True)
class Limits:
    """What one connection may use; beyond `memory` it writes to the folder `spill`, where there is one."""

    memory: str = "1GB"
    threads: int = 1
    spill: str | None = None


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
        if limits.spill is not None:
            db.execute("set temp_directory = $place", {"place": limits.spill})
        if "://" in place:
            db.register_filesystem(file_system(place))
        yield db


@contextmanager
def failing(part: Part) -> Iterator[None]:
    """Say of a file that cannot be read which one it is, and what to do; what was read before is kept."""
    import duckdb

    try:
        yield
    except (duckdb.Error, OSError) as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        short = isinstance(error, duckdb.OutOfMemoryException)
        advice = "give more with --memory" if short else "fetch the file again"
        raise Stopped(
            f"{part.name} of the snapshot cannot be read ({reason}); what was read before is kept: {advice}, then go "
            "on (`harvester resume` for a carve)"
        ) from error


def numbered(db: "DuckDBPyConnection", part: Part, numbers: Iterable[int]) -> Iterator[bytes]:
    """Give the works of these numbers."""
    given(db, "kept", numbers)
    return _rows(db, part, f"{_NUMBER.format('id')} in (select number from kept)")


def named(db: "DuckDBPyConnection", part: Part, wanted: Iterable[Identifier]) -> Iterator[bytes]:
    """Give the works that may carry one of these identifiers; a DOI that is written with codes is not looked into."""
    import pyarrow

    told = [(each.scheme, each.value.lower()) for each in wanted]
    numbers = [int(value[1:]) for scheme, value in told if scheme == "openalex"]
    given(db, "kept", numbers)
    held = pyarrow.table({"value": pyarrow.array([value for scheme, value in told if scheme != "openalex"], "string")})
    db.register("given_names", held)
    db.execute("create or replace temp table names as select value from given_names")
    db.unregister("given_names")
    return _rows(
        db,
        part,
        f"{_NUMBER.format('id')} in (select number from kept)"
        + "".join(f" or regexp_extract(lower({doi}), '10\\..*') in (from names)" for doi in ("doi", "other_doi"))
        + " or contains(coalesce(doi, other_doi), '%')"
        " or regexp_extract(pmid, '[0-9]+') in (from names)"
        " or regexp_extract(lower(pmcid), 'pmc[0-9]+') in (from names)",
    )


def _rows(db: "DuckDBPyConnection", part: Part, condition: str) -> Iterator[bytes]:
    return _fetched(_executed(db, part, f"select item from items where {condition}", {}))


def _fetched(found: Any) -> Iterator[bytes]:
    while batch := found.fetchmany(500):
        for (item,) in batch:
            yield item.encode("utf-8", "surrogatepass") if isinstance(item, str) else bytes(item)


def candidates(db: "DuckDBPyConnection", part: Part, asked: Condition, *, everything: bool) -> Iterator[bytes]:
    """Give the works that a search may find; of OpenAlex's core, or with `everything` of its expansion too."""
    core = "" if everything else "and is_xpac is distinct from 'true'"
    text = f"""
        select item from (
            select *, coalesce(regexp_matches(t, $irregular), false)
                or coalesce(regexp_matches(a, $irregular), false) as odd
            from (select *, lower(concat_ws(' ', title, display_name)) as t, lower(abstract) as a from items)
        ) where id is not null and {asked.text} {core}
    """
    given = {f"w{number}": word for number, word in enumerate(asked.words)}
    return _fetched(_executed(db, part, text, {"irregular": IRREGULAR, **given}))


def touching(
    db: "DuckDBPyConnection", part: Part, frontier: Iterable[int], *, backward: bool, forward: bool
) -> list[tuple[int, int]]:
    """Give the citations, as pairs of numbers, whose citing work is in the frontier, or whose cited work is."""
    given(db, "frontier", frontier)
    sides = [side for side, asked in (("citing", backward), ("cited", forward)) if asked]
    condition = " or ".join(f"{side} in (select number from frontier)" for side in sides)
    found = _executed(db, part, f"select citing, cited from ({_CITATIONS}) where {condition}", {}, links=True)
    return list(found.fetchall())


def links(db: "DuckDBPyConnection", part: Part, target: str) -> None:
    """Write the works of a file as Parquet: `number`, `year`, `journal` (S id) and `cited`, the numbers of a list."""
    query = f"""
        select {_NUMBER.format("id")} as number, try_cast(publication_year as integer) as year,
            regexp_extract(journal, '(S[0-9]+)$', 1) as journal,
            list_filter(list_transform(referenced_works, lambda target: {_NUMBER.format("target")}),
                lambda each: each is not null) as cited
        from items where number is not null
    """
    query = f"select number, year, nullif(journal, '') as journal, cited from ({query})"
    _executed(db, part, f"copy ({query}) to {quoted(target)} (format parquet, compression zstd)", {}, links=True)


def count(db: "DuckDBPyConnection", part: Part) -> tuple[int, int]:
    """Count the works of a file, and the lines that are none because they are no JSON."""
    text = "select count(id), count(*) - count(id) from items"
    works, others = _executed(db, part, text, {}, links=True).fetchall()[0]
    return int(works), int(others)


_CITATIONS = f"""
    select distinct citing, cited from (
        select {_NUMBER.format("id")} as citing, {_NUMBER.format("target")} as cited
        from (select id, unnest(referenced_works) as target from items)
    ) where citing is not null and cited is not null and citing != cited
"""


def given(db: "DuckDBPyConnection", name: str, numbers: Iterable[int]) -> None:
    """Hand numbers of works over, as the column `number` of a table of this name."""
    import pyarrow

    held = pyarrow.table({"number": pyarrow.array(sorted(numbers), pyarrow.int64())})
    db.register(f"given_{name}", held)
    db.execute(f"create or replace temp table {name} as select number from given_{name}")
    db.unregister(f"given_{name}")


def _executed(db: "DuckDBPyConnection", part: Part, text: str, given: dict[str, Any], *, links: bool = False) -> Any:
    """Run a text over the relation `items` of a file."""
    if part.format == "jsonl":
        relation = (_LINKS if links else _LINES).format(longest=LONGEST_LINE)
    else:
        relation = _table(db, part, links=links)
    db.execute(f"create or replace temp view items as {relation.replace('$files', quoted(part.path))}")
    return db.execute(text, given) if given else db.execute(text)


def quoted(value: str) -> str:
    """Write a text as a constant of SQL."""
    return "'" + value.replace("'", "''") + "'"


# -- Parquet -------------------------------------------------------------------------------------------


def _table(db: "DuckDBPyConnection", part: Part, *, links: bool) -> str:
    """The relation of a file of Parquet, whose columns may be of several types, and may be missing."""
    source = f"read_parquet({quoted(part.path)}, hive_partitioning=false)"
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
        place = "to_json(primary_location)->>'$.source.id'" if "primary_location" in kinds else "null::varchar"
        lists = f"{cited.get(listed, 'referenced_works')} as referenced_works, {year} as publication_year"
        return f"select id, {lists}, {place} as journal from {source}"  # names from here
    told = {name: f"cast({name} as varchar)" if name in kinds else "null" for name in _PLAIN}
    if not kinds.get("publication_year", "").endswith("INT") and kinds.get("publication_year") != "INTEGER":
        told["publication_year"] = "null"  # a text is no year, see `harvester.sources.value.integer`
    ids = _identifiers(kinds.get("ids", ""))
    columns = ", ".join(f"{told_as} as {name}" for name, told_as in {**told, **ids, "abstract": _index(kinds)}.items())
    return f"select {_item(kinds)} as item, {columns} from {source} works"  # names of columns from here


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
        return "array_to_string(map_keys(abstract_inverted_index), ' ')"
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
            f"regexp_replace(strftime({_name(name)}, '%Y-%m-%dT%H:%M:%S.%f'), '\\.000000$', '')"
            if name in stamps
            else _name(name)
        )
        for name in kinds
    )
    return f"to_json(struct_pack({', '.join(told)}))"


def _name(column: str) -> str:
    return '"' + column.replace('"', '""') + '"'
