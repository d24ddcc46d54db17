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

from harvester.formats import frame, replacing, written
from harvester.library import Library
from harvester.library.reading import citations, works
from harvester.model import Work

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["TABLES", "write"]

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
