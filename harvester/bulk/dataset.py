"""What was carved as tables of Parquet: for pandas, DuckDB, Polars, R, Spark, and whatever counts and plots.

| file | a row is | columns |
|---|---|---|
| `works.parquet` | a work that the snapshot describes | those of `harvester.formats.frame` |
| `citations.parquet` | a citation | `citing`, `cited` (keys of works, also of such as the snapshot lacks), `sources` |
| `authorships.parquet` | an author of a work | `work` (key), `position` (from 1), `name`, `given`, `family`, \
`suffix`, \
`is_organisation`, `orcid`, `openalex`, `is_corresponding`, and lists of text: `institutions`, `countries`, `rors` |

The tables are written from a library that lies beside them, which is what is resumed where a carve was stopped; it may
be deleted afterwards. The same carve of the same snapshot gives the same bytes with the same version of Arrow.
"""

from collections.abc import Iterator
from itertools import islice
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from harvester.bulk import jobs
from harvester.bulk.snapshot import Part, Snapshot
from harvester.errors import InputError
from harvester.formats import frame, replacing, written
from harvester.library import Library
from harvester.library.reading import citations, works
from harvester.model import Work

if TYPE_CHECKING:
    import pyarrow as pa
    from duckdb import DuckDBPyConnection

__all__ = ["TABLES", "find", "is_one", "links", "write"]

TABLES: Final = ("works.parquet", "citations.parquet", "authorships.parquet")
"""The files of a data set."""

_ROWS = 16_384
_TEXTS = ("name", "given", "family", "suffix", "orcid", "openalex")
_LISTS = ("institutions", "countries", "rors")


def write(library: Library, folder: Path) -> None:
    """Write the tables of a library to a folder, each whole or not at all.

    Raises `OutputError` where one cannot be written.
    """
    from pyarrow import parquet

    tables = zip(
        TABLES,
        (frame.works(written.held(works(library))), frame.citations(citations(library)), _authorships(library)),
        strict=True,
    )
    for name, batches in tables:
        with (
            replacing(folder / name) as stream,
            parquet.ParquetWriter(stream.buffer, batches.schema, compression="zstd") as writer,
        ):
            for batch in batches:
                writer.write_batch(batch)


def is_one(folder: Path) -> bool:
    """Say whether a folder holds a data set."""
    return (folder / TABLES[0]).is_file()


def find(folder: Path) -> Snapshot:
    """Give a data set as what can be ranked: a snapshot whose only file it is.

    Raises `InputError` where one of its tables is missing.
    """
    missing = [name for name in TABLES[:2] if not (folder / name).is_file()]
    if missing:
        raise InputError(f"the data set at {folder} has no {missing[0]}; carve it again")
    size = sum((folder / name).stat().st_size for name in TABLES[:2])
    part = Part(str(folder), TABLES[0], "tables", size)
    return Snapshot(str(folder), "tables", (part,), None, ())


def links(db: "DuckDBPyConnection", part: Part, target: str) -> None:
    """Write the works of a data set as `jobs.links` writes those of a file, with names of venues for journals.

    Only works with a W id count, as all have that OpenAlex tells of.
    """
    works, citations = (f"read_parquet({jobs.quoted(jobs.only(f'{part.path}/{name}'))})" for name in TABLES[:2])
    number = "try_cast(regexp_extract(openalex, '^W([0-9]+)$', 1) as bigint)"
    db.execute(f"""
        copy (
            with held as (
                select key, {number} as number, year, venue as journal from {works} where {number} is not null
            ), cited as (
                select a.key, list(b.number) as cited from {citations} c
                join held a on a.key = c.citing join held b on b.key = c.cited group by a.key
            )
            select number, cast(year as integer) as year, journal, coalesce(cited, []) as cited
            from held left join cited using (key)
        ) to {jobs.quoted(target)} (format parquet, compression zstd)
    """)


def _authorships(library: Library) -> "pa.RecordBatchReader":
    import pyarrow as pa

    kinds = {
        "work": pa.string(),
        "position": pa.int32(),
        **dict.fromkeys(_TEXTS, pa.string()),
        **dict.fromkeys(("is_organisation", "is_corresponding"), pa.bool_()),
        **dict.fromkeys(_LISTS, pa.list_(pa.string())),
    }
    schema = pa.schema(list(kinds.items()))

    def batches() -> Iterator[pa.RecordBatch]:
        rows = (row for work in written.held(works(library)) for row in _people(work))
        while chunk := list(islice(rows, _ROWS)):
            yield pa.RecordBatch.from_pylist(chunk, schema)

    return pa.RecordBatchReader.from_batches(schema, batches())


def _people(work: Work) -> Iterator[dict[str, Any]]:
    for position, author in enumerate(work.authors or (), start=1):
        places = [work.affiliations[place] for place in author.affiliations if place < len(work.affiliations)]
        yield {
            "work": work.key,
            "position": position,
            **{name: getattr(author, name) for name in _TEXTS},
            "is_organisation": author.is_organisation,
            "is_corresponding": author.is_corresponding,
            "institutions": _each_once(place.institution or place.text for place in places),
            "countries": _each_once(place.country for place in places),
            "rors": _each_once(place.ror for place in places),
        }


def _each_once(values: Iterator[str | None]) -> list[str]:
    return list(dict.fromkeys(value for value in values if value))
