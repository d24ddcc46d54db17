"""Works as a table of typed columns say what the works say, to every reader."""

from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import CROWD, PLAIN, hostile_works, works

from harvester import frame
from harvester.formats import table
from harvester.model import Affiliation, CitationSearch, Count, Work

ALIKE = sorted(table.COLUMNS.keys() & frame.COLUMNS.keys() - {"title", "keywords", "score_parts", "abstract"})
"""Columns that the CSV table has under the same name, and that say no more or less there."""


def framed(held: list[Work], **options: Any) -> pa.Table:
    return frame.works(held, **options).read_all()


def as_text(value: Any) -> str:
    """A value as the CSV table shows it."""
    if isinstance(value, list):
        return "; ".join(value)
    if isinstance(value, float):
        return f"{value:.9g}"
    return "" if value is None else str(value).lower() if isinstance(value, bool) else str(value)


@settings(max_examples=50, deadline=None)
@given(held=st.lists(works(), max_size=4), rows=st.integers(1, 3))
def test_a_row_says_what_the_work_and_the_csv_table_say(held: list[Work], rows: int) -> None:
    """Whatever the size of a batch; each value of the type that its column declares."""
    found = framed(held)
    found.validate(full=True)
    assert framed(held, rows=rows).equals(found)
    assert all(batch.num_rows <= rows for batch in frame.works(held, rows=rows))
    for work, row in zip(held, found.to_pylist(), strict=True):
        for name in ("key", "title", "subtitle", "abstract", "first_page", "last_page", "article_number", "date"):
            assert row[name] == getattr(work, name)
        assert row["authors"] == (None if work.authors is None else [each.name for each in work.authors])
        assert [each["family"] for each in row["authorships"] or ()] == [each.family for each in work.authors or ()]
        assert row["keywords"] == [each.term for each in work.keywords]
        search = work.citation_search
        # The CSV table leaves the cell of what is no seed empty.
        assert row.pop("seed") == (search and search.is_seed)
        for name in ALIKE:
            if name != "seed":
                assert as_text(row[name]) == as_text(table.COLUMNS[name](work)), name


@settings(max_examples=100, deadline=None)
@given(hostile=hostile_works())
def test_no_text_harms_the_rows_around_it(hostile: Work) -> None:
    found = framed([PLAIN, hostile, PLAIN])
    found.validate(full=True)
    before, _, behind = found.to_pylist()
    assert before == behind == framed([PLAIN]).to_pylist()[0]


def test_an_author_stands_with_what_the_byline_points_to() -> None:
    """A place that the record has no affiliation for is nobody's; 3,000 authors are as good as one."""
    ana = (
        PLAIN.authors[0].model_copy(update={"affiliations": (1, 0, 7, -1), "orcid": "0000-0001"})
        if PLAIN.authors
        else None
    )
    places = (Affiliation(text="Lisbon"), Affiliation(institution="Aalborg University", country="DK"))
    (row,) = framed([PLAIN.model_copy(update={"authors": (ana,), "affiliations": places})]).to_pylist()
    assert [(at["name"], at["country"]) for at in row["authorships"][0]["affiliations"]] == [
        ("Aalborg University", "DK"),
        ("Lisbon", None),
    ]
    assert row["authorships"][0]["orcid"] == "0000-0001"
    assert len(framed([CROWD]).to_pylist()[0]["authorships"]) == 3_000


def test_a_number_beyond_what_a_table_holds_is_not_known() -> None:
    counts = tuple(Count(kind="cited_by", value=value, source="file:a") for value in (2**63, 5))
    (row,) = framed([PLAIN.model_copy(update={"year": -(2**70), "counts": counts})]).to_pylist()
    assert (row["year"], row["cited_by_count"]) == (None, None)


def test_other_programs_read_the_same(tmp_path: Path) -> None:
    """DuckDB, from memory and from a file of Parquet, which gives the table back as it was."""
    from pyarrow import parquet

    search = CitationSearch(is_seed=True, rank=3, score=1 / 3, parts={"linked": 0.5}, directions=("backward",))
    held = framed([PLAIN, CROWD.model_copy(update={"key": "doi:10.1000/crowd", "citation_search": search})])
    parquet.write_table(held, tmp_path / "works.parquet")
    assert parquet.read_table(tmp_path / "works.parquet").equals(held)
    asked = "select key, len(authors), rank, score, score_parts['linked'], seed, directions from {} order by key"
    answers = []
    for source in ("held", f"'{tmp_path / 'works.parquet'}'"):
        relation = duckdb.sql(asked.format(source))
        assert relation is not None
        answers.append(relation.fetchall())
    assert answers[0] == answers[1]
    assert answers[0][0] == ("doi:10.1000/crowd", 3_000, 3, 0.333333333, 0.5, True, ["backward"])
