"""Works as Parquet, a row each, with the columns of `harvester.formats.frame`: for pandas, DuckDB, Polars, R and Spark.

Who cites whom is in the citation graph, which `NAME.edges.parquet` holds under the same keys.
"""

from typing import BinaryIO

from harvester.formats import Content, frame, record_format, written

__all__ = ["write_parquet"]


@record_format(
    "parquet", ".parquet", description="works as a table with nested columns: pandas, DuckDB, Polars, R", is_binary=True
)
def write_parquet(stream: BinaryIO, content: Content, *, rows: int = frame.ROWS) -> None:
    """Write a row for each work that a source holds; memory holds one row group, however many there are.

    The version of Arrow stands in the file: the same works give the same bytes with the same version.
    """
    from pyarrow import parquet

    batches = frame.works(written.held(content.works), rows=rows)
    with parquet.ParquetWriter(stream, batches.schema, compression="zstd") as writer:
        for batch in batches:
            writer.write_batch(batch)
