"""Parquet has the rows of the table of works, in bounded groups, the same bytes each time."""

import io
from collections.abc import Iterator

import pyarrow as pa
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from written_works import PLAIN, hostile_works, works

from harvester.errors import LibraryError
from harvester.formats import Content, frame
from harvester.formats.write_parquet import write_parquet
from harvester.model import Work


def file_of(*given_: Work, rows: int = 4_096) -> bytes:
    stream = io.BytesIO()
    write_parquet(stream, Content(iter(given_), iter(()), iter(())), rows=rows)
    return stream.getvalue()


def table_of(data: bytes) -> pa.Table:
    return parquet.read_table(io.BytesIO(data))


@settings(deadline=None, max_examples=60)
@given(st.lists(works() | hostile_works(), max_size=4), st.integers(1, 5))
def test_the_table_is_read_back_as_it_was(given_: list[Work], rows: int) -> None:
    """Types and all, whatever a stranger wrote; the same works give the same bytes."""
    data = file_of(*given_, PLAIN, rows=rows)
    assert data == file_of(*given_, PLAIN, rows=rows)
    held = [work for work in [*given_, PLAIN] if work.sources]
    assert table_of(data).equals(frame.works(held).read_all())


def test_row_groups_are_bounded() -> None:
    data = parquet.ParquetFile(io.BytesIO(file_of(*[PLAIN] * 7, rows=3)))
    assert [data.metadata.row_group(group).num_rows for group in range(data.num_row_groups)] == [3, 3, 1]


def test_without_works_the_columns_are_there() -> None:
    """And of their types, so that a question to the file is understood; who is only cited has no row."""
    empty = table_of(file_of(Work(key="doi:10.1000/a")))
    assert empty.num_rows == 0
    assert empty.schema == table_of(file_of(PLAIN)).schema
    assert empty.schema.field("year").type == pa.int64()


def test_works_that_cannot_be_read_say_why() -> None:
    """In the words of the library, not in those of Arrow, which reads them."""

    def broken() -> Iterator[Work]:
        yield PLAIN
        raise LibraryError("the library is damaged")

    with pytest.raises(LibraryError, match="the library is damaged"):
        write_parquet(io.BytesIO(), Content(broken(), (), ()), rows=1)
