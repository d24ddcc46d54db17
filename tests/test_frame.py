"""Works as a table of typed columns say what the works say, to every reader."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import duckdb
import pyarrow as pa
from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import CROWD, PLAIN, hostile_works, works

from harvester.formats import frame, table
from harvester.model import Affiliation, Authorship, CitationSearch, Count, Funder, Identifier, Keyword, Venue, Work

ALIKE = sorted(table.COLUMNS.keys() & frame.COLUMNS.keys() - {"venue", "score_parts"})
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
        for name in ("key", "abstract", "publisher", "first_page", "last_page", "article_number", "date"):
            assert row[name] == getattr(work, name)
        assert row["authors"] == (None if work.authors is None else [each.name for each in work.authors])
        assert [each["family"] for each in row["authorships"] or ()] == [each.family for each in work.authors or ()]
        assert [each["suffix"] for each in row["editorships"]] == [each.suffix for each in work.editors]
        assert row["editors"] == [each.name for each in work.editors]
        assert set(row["author_keywords"]) <= set(row["keywords"])
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


def test_the_docstring_lists_every_column_once() -> None:
    """What a column of structs holds stands in brackets behind it."""
    listed = [line.split("|")[1] for line in (frame.__doc__ or "").splitlines() if line.startswith("| `")]
    names = re.findall("`([a-z_]+)`", re.sub(r"\([^)]*\)", "", "".join(listed)))
    assert len(names) == len(set(names))
    assert set(names) == set(frame.COLUMNS)


def test_the_columns_are_known_before_arrow_is_loaded() -> None:
    """As are the formats of which Parquet is one: the command line asks for them on every export."""
    script = "import sys; from harvester.formats import frame, known; known(); print('pyarrow' in sys.modules)"
    told = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout
    assert told.split() == ["False"]


def test_a_person_stands_with_what_the_byline_points_to() -> None:
    """A place that the record has no affiliation for is nobody's; 3,000 authors are as good as one."""
    ana = Authorship(name="Ana Silva Jr.", family="Silva", suffix="Jr.", orcid="0000-0001", affiliations=(1, 0, 7, -1))
    places = (Affiliation(text="Dept; Lisbon"), Affiliation(institution="Minho", city="Braga", country="PT"))
    held = PLAIN.model_copy(update={"authors": (ana,), "editors": (ana,), "affiliations": places})
    (row,) = framed([held]).to_pylist()
    lisbon, minho = row["affiliations"]
    assert list(lisbon.values()) == ["Dept; Lisbon", None, None, None, None]
    assert list(minho.values()) == ["Minho, Braga, PT", "Minho", "Braga", "PT", None]
    assert row["authorships"] == row["editorships"]
    assert row["authorships"][0]["affiliations"] == [minho, lisbon]
    assert (row["authorships"][0]["suffix"], row["authorships"][0]["orcid"]) == ("Jr.", "0000-0001")
    assert len(framed([CROWD]).to_pylist()[0]["authorships"]) == 3_000


def test_what_only_some_records_give_has_its_column() -> None:
    """An abbreviation is the venue where that is all there is; the author's own keywords come first."""
    held = Work(
        key="openalex:W1",
        openalex="W1",
        venue=Venue(short_name="J Ment Health", series="Notes", isbns=("978-1",)),
        other_identifiers=(Identifier("isbn", "978-2"),),
        publisher_location="Braga",
        funders=(Funder(name="FCT", ror="https://ror.org/00snfqn58", awards=("A1",)),),
        keywords=(
            Keyword(term="Recovery", kind="assigned"),
            Keyword(term="peers", kind="plus"),
            Keyword(term="recovery", kind="author"),
        ),
    )
    (row,) = framed([held]).to_pylist()
    assert (row["venue"], row["journal_abbreviation"], row["series"]) == ("J Ment Health", "J Ment Health", "Notes")
    assert (row["isbn"], row["publisher_location"]) == (["978-2", "978-1"], "Braga")
    assert row["funders"] == [{"name": "FCT", "doi": None, "ror": "https://ror.org/00snfqn58", "awards": ["A1"]}]
    assert (row["keywords"], row["author_keywords"]) == (["recovery", "peers"], ["recovery"])
    assert (row["url"], row["only_cited"], row["title"]) == ("https://openalex.org/W1", True, None)


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
