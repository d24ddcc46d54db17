"""Nodes and edges as Parquet, for DuckDB, pandas, Polars, R and Spark."""

from collections.abc import Iterable
from typing import TYPE_CHECKING, Any, BinaryIO

import numpy as np

from graph.export.drawing import Drawing, EdgeTexts, Texts, Type
from graph.export.files import binary_format

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["parquet_edges", "parquet_nodes"]

ROWS = 1 << 16
"""Rows in a group, and so in memory."""


@binary_format(".nodes.parquet")
def parquet_nodes(drawing: Drawing, stream: BinaryIO) -> None:
    """Write the nodes: `key` and the attributes, with `x` and `y` where there are positions; null where not known.

    The version of Arrow stands in the file: the same graph gives the same bytes with the same version.
    """
    import pyarrow as pa

    columns: list[tuple[str, Type]] = [("key", "string"), *((name, kind) for name, kind, _ in drawing.attributes)]
    keys = Texts(lambda rows: drawing.keys[rows.start : rows.stop])
    texts = [keys, *(text for _, _, text in drawing.attributes)]
    schema = _schema(columns)
    places = drawing.positions
    if places is not None:
        schema = schema.append(pa.field("x", pa.float64())).append(pa.field("y", pa.float64()))

    def groups() -> Iterable[list[Any]]:
        for start in range(0, len(drawing), ROWS):
            rows = range(start, min(start + ROWS, len(drawing)))
            found = [_array(text.of(rows), kind) for (_, kind), text in zip(columns, texts, strict=True)]
            yield found if places is None else [*found, *map(pa.array, places[rows.start : rows.stop].T)]

    _write(schema, groups(), stream)


@binary_format(".edges.parquet")
def parquet_edges(drawing: Drawing, stream: BinaryIO) -> None:
    """Write the edges: the keys of `source` and `target`, the weight where weights differ, and the facts."""
    import pyarrow as pa

    names: list[tuple[str, Type]] = [("weight", "double")] if drawing.weighted else []
    names += drawing.edge_attributes.items()
    keys = pa.array(list(drawing.keys), pa.string())

    def values(texts: EdgeTexts) -> tuple[str | None, ...]:
        return (texts.weight, *texts.values) if drawing.weighted else texts.values

    def groups() -> Iterable[list[Any]]:
        for block in drawing.edges(values):
            sources, targets, found = zip(*block, strict=True)
            columns = zip(*found, strict=True)
            ends = [keys.take(pa.array(np.array(end))) for end in (sources, targets)]
            yield [*ends, *(_array(column, kind) for column, (_, kind) in zip(columns, names, strict=True))]

    _write(_schema([("source", "string"), ("target", "string"), *names]), groups(), stream)


def _schema(columns: Iterable[tuple[str, Type]]) -> "pa.Schema":
    import pyarrow as pa

    return pa.schema([(name, _type(kind)) for name, kind in columns])


def _type(kind: Type) -> Any:
    import pyarrow as pa

    return {"string": pa.string(), "int": pa.int32(), "double": pa.float64(), "boolean": pa.bool_()}[kind]


def _array(texts: Iterable[str | None], kind: Type) -> Any:
    """The values whose texts these are: Arrow reads numbers and truth from text as it stands in the other files."""
    import pyarrow as pa

    return pa.array(texts, pa.string()).cast(_type(kind))


def _write(schema: "pa.Schema", groups: Iterable[list[Any]], stream: BinaryIO) -> None:
    """Write row groups as they come; on this thread, so that they are the same on every machine."""
    import pyarrow as pa
    from pyarrow import parquet

    with parquet.ParquetWriter(stream, schema, compression="zstd") as writer:
        for group in groups:
            writer.write_batch(pa.record_batch(group, schema=schema))
