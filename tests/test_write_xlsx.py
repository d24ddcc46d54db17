"""A workbook holds the table as text that cannot run, the same bytes each time."""

import gc
import io
import zipfile
from collections.abc import Iterator

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from openpyxl import load_workbook
from written_works import CROWD, PLAIN, hostile_works, works

from harvester.formats import Content, written
from harvester.formats.reading import readers
from harvester.formats.table import COLUMNS
from harvester.formats.write_xlsx import LONGEST, write_xlsx
from harvester.model import Record, Work


def book_of(*given_: Work, rows: int = 1_048_576) -> bytes:
    stream = io.BytesIO()
    write_xlsx(stream, Content(iter(given_), iter(()), iter(())), rows=rows)
    return stream.getvalue()


def cells(data: bytes) -> list[list[list[object]]]:
    """The sheets, each as its rows of values, formulas as formulas."""
    book = load_workbook(io.BytesIO(data))
    return [[[cell.value for cell in row] for row in sheet.iter_rows()] for sheet in book.worksheets]


@settings(deadline=None, max_examples=40)
@given(st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(given_: list[Work]) -> None:
    (reader,) = [one for one in readers().values() if one.recognises(book_of(*given_)[:65_536])]
    assert reader.name == "xlsx"
    found = [reader.record(one.text, "ours") for one in reader.split(io.BytesIO(book_of(*given_)))]
    assert len(found) == len(given_)
    for work, record in zip(given_, found, strict=True):
        assert isinstance(record, Record)
        assert (record.title, record.doi, record.year, record.pmid) == (
            written.title(work),
            work.doi,
            work.year or (int(written.when(work)[:4]) if written.when(work) else None),
            work.pmid,
        )
        assert " ".join((record.abstract or "").split()) == written.one_line(work.abstract)
        assert bool(record.is_retracted) == bool(work.is_retracted)
        assert (record.openalex, record.pmcid) == (work.openalex, work.pmcid)
        assert (record.volume, record.issue, record.publisher or "") == (work.volume, work.issue, work.publisher or "")
        assert (record.venue and record.venue.name) == (work.venue and work.venue.name)
        assert [one.term for one in record.keywords] == [one.term for one in work.keywords]
        assert len(record.authors or ()) == len(work.authors or ())


@settings(deadline=None, max_examples=40)
@given(st.lists(hostile_works(), min_size=1, max_size=3))
def test_every_cell_holds_its_text_and_none_is_a_formula(given_: list[Work]) -> None:
    """No apostrophe is needed: openpyxl, told to give formulas as formulas, finds plain text."""
    # A row without any text is no row, and a DOI is never a lone surrogate.
    given_ = [work.model_copy(update={"key": "import:a", "doi": None}) for work in given_]
    ((headings, *found),) = cells(book_of(*given_))
    assert headings == list(COLUMNS)
    assert len(found) == len(given_)
    sheet = load_workbook(io.BytesIO(book_of(*given_))).worksheets[0]
    assert {cell.data_type for row in sheet.iter_rows() for cell in row} <= {"s", "n", "inlineStr"}
    for work, row in zip(given_, found, strict=True):
        for column, value in zip(COLUMNS.values(), row, strict=True):
            wanted = column(work)
            if isinstance(wanted, str):
                flat = written.one_line(wanted)
                assert value == (flat or None)
            else:
                assert value == wanted


@settings(deadline=None, max_examples=40)
@given(st.lists(hostile_works(), max_size=2))
def test_the_same_works_give_the_same_bytes_without_a_time(given_: list[Work]) -> None:
    given_ = [work.model_copy(update={"doi": None}) for work in given_]
    data = book_of(*given_)
    assert data == book_of(*given_)
    with zipfile.ZipFile(io.BytesIO(data)) as packed:
        assert {part.date_time for part in packed.infolist()} == {(1980, 1, 1, 0, 0, 0)}
        assert packed.read("docProps/core.xml").count(b"1980-01-01T00:00:00Z") == 2


def test_3000_authors_end_in_et_al() -> None:
    ((headings, row),) = cells(book_of(CROWD))
    names = str(row[headings.index("authors")]).split("; ")
    assert len("; ".join(names)) <= LONGEST
    assert names[-1] == "et al."
    assert names[:-1] == [one.name for one in CROWD.authors or ()][: len(names) - 1]


def test_a_longer_text_than_a_cell_holds_ends_in_an_ellipsis() -> None:
    ((headings, row),) = cells(book_of(PLAIN.model_copy(update={"abstract": "ab " * 20_000})))
    abstract = str(row[headings.index("abstract")])
    assert len(abstract) == LONGEST
    assert abstract.endswith("…")


LONG = st.builds(
    lambda start, piece, times: f"{start}{piece * times}",
    st.sampled_from(["", "=1+1", "+", "-", "@SUM(A1)", " =1", "\t=1", "'=1"]),
    st.sampled_from(["ab ", "<a>&amp;", "\x00\x0b\x1f", "\ufffe\ud800", "_x000D_", "😀", "同伴", "a\r\nb"]),
    st.sampled_from([1, 9, 16_384, 33_000]),
)


@settings(deadline=None, max_examples=15)
@given(title=LONG, abstract=LONG)
def test_any_text_of_any_length_is_a_cell_of_text(title: str, abstract: str) -> None:
    """No longer than Excel allows, without what XML has no way to write, and begun as it was."""
    data = book_of(PLAIN.model_copy(update={"title": title, "abstract": abstract}))
    sheet = load_workbook(io.BytesIO(data)).worksheets[0]
    found = {str(heading.value): cell for heading, cell in zip(*sheet.iter_rows(), strict=True)}
    for name, text in (("title", title), ("abstract", abstract)):
        flat = written.one_line(text)
        value = found[name].value or ""
        assert found[name].data_type in ("s", "inlineStr", "n" if not flat else "s")
        assert isinstance(value, str)
        assert len(value.encode("utf-16-le")) // 2 <= LONGEST
        assert value == flat or (value[-1] == "…" and flat.startswith(value[:-1]) and len(value) > LONGEST // 2 - 2)


def test_our_own_reader_knows_that_names_are_missing() -> None:
    (reader,) = [one for one in readers().values() if one.name == "xlsx"]
    ((found,),) = [[reader.record(one.text, "ours") for one in reader.split(io.BytesIO(book_of(CROWD)))]]
    assert isinstance(found, Record)
    assert not found.authors_complete
    names = [one.name for one in CROWD.authors or ()]
    assert [one.name for one in found.authors or ()] == names[: len(found.authors or ())]
    assert len(found.authors or ()) > 1_000


def test_more_rows_than_a_sheet_holds_go_on_in_another() -> None:
    given_ = [PLAIN.model_copy(update={"title": f"Peers {number}"}) for number in range(5)]
    sheets = cells(book_of(*given_, rows=3))
    assert [[row[0] for row in sheet] for sheet in sheets] == [
        ["title", "Peers 0", "Peers 1"],
        ["title", "Peers 2", "Peers 3"],
        ["title", "Peers 4"],
    ]


def test_without_works_there_are_the_headings() -> None:
    assert cells(book_of(Work(key="doi:10.1000/a"))) == [[list(COLUMNS)]]


def test_a_failure_midway_leaves_no_open_sheet() -> None:
    """What reads the works may fail; nothing is written then, and nothing complains later."""

    def failing() -> Iterator[Work]:
        yield PLAIN
        raise KeyError("midway")

    stream = io.BytesIO()
    with pytest.raises(KeyError, match="midway"):
        write_xlsx(stream, Content(failing(), iter(()), iter(())))
    gc.collect()
    assert stream.getvalue() == b""
