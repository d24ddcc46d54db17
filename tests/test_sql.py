"""SQL over a library reads what the views promise, changes nothing, and ends in time."""

import hashlib
import json
from pathlib import Path

import pytest
from conftest import DEMO, Run

from harvester.errors import InputError
from harvester.library import Library, reading, sql
from harvester.library.sql import Measures


@pytest.fixture
def path(run: Run, tmp_path: Path) -> Path:
    assert run("doi", "--from", DEMO / "dois.txt").status == 0
    return tmp_path / "library.sqlite"


def test_every_view_has_the_columns_it_documents_and_says_what_the_library_holds(path: Path) -> None:
    with Library(path) as library:
        for name, view in sql.VIEWS.items():
            assert sql.ask(library, f"select * from {name} limit 1").columns == view.columns, name
        works = list(reading.works(library))
        citations = list(reading.citations(library))
        assert sql.ask(library, "select key, title from works order by key").rows == tuple(
            (work.key, work.title) for work in works
        )
        found = sql.ask(library, "select citing, cited, sources from citations order by 1, 2").rows
        assert found == tuple((each.citing, each.cited, " ".join(each.sources)) for each in citations)
        people = sql.ask(library, "select work, position, name from authorships order by 1, 2").rows
        assert people == tuple(
            (work.key, place, author.name) for work in works for place, author in enumerate(work.authors or (), 1)
        )
        keywords = sum(len(work.keywords) for work in works)
        assert sql.ask(library, "select count(*) from keywords").rows == ((keywords,),)
        top = reading.top(library, limit=5)
        counted = sql.ask(
            library, "select key, cited_here from works order by 2 desc, cited_by_count desc, key limit 5"
        )
        assert counted.rows == tuple((line.key, line.cited_here) for line in top)


@pytest.mark.parametrize(
    "statement",
    [
        "delete from works",
        "insert into works (key) values ('x')",
        "drop view works",
        "create table t (a)",
        "update main.works set title = 'x'",
        "attach database 'other.sqlite' as other",
        "pragma writable_schema = on",
        "select load_extension('x')",
        "vacuum into 'copy.sqlite'",
        "select 1; select 2",
        "begin",
        "selec 1",
        "select * from nowhere",
        "",
        "select x'00' || zeroblob(10000000000)",
    ],
)
def test_what_is_no_reading_query_is_refused_and_changes_nothing(path: Path, statement: str) -> None:
    before = hashlib.sha256(path.read_bytes()).digest()
    files = set(path.parent.iterdir())
    with Library(path) as library, pytest.raises(InputError):
        sql.ask(library, statement)
    assert hashlib.sha256(path.read_bytes()).digest() == before
    assert set(path.parent.iterdir()) == files


def test_a_query_that_takes_too_long_is_stopped(path: Path) -> None:
    endless = "with recursive n(i) as (select 1 union all select i + 1 from n) select count(*) from n"
    with Library(path) as library:
        with pytest.raises(InputError, match=r"more than 0\.05 seconds"):
            sql.ask(library, endless, seconds=0.05)
        assert sql.ask(library, "select 1").rows == ((1,),)


def test_rows_beyond_the_most_are_left_out_and_said_so(path: Path) -> None:
    with Library(path) as library:
        answer = sql.ask(library, "select key from works order by 1", most=3)
        assert (len(answer.rows), answer.is_capped) == (3, True)
        assert not sql.ask(library, "select 1", most=1).is_capped


def test_measures_are_asked_for_only_when_they_are_named(path: Path) -> None:
    asked: list[int] = []

    def measures() -> Measures:
        asked.append(1)
        return Measures(("key", "pagerank"), [("a", 0.5), ("b", 0.25)])

    with Library(path) as library:
        sql.ask(library, "select 1", measures=measures)
        assert asked == []
        assert sql.ask(library, "select sum(pagerank) from measures", measures=measures).rows == ((0.75,),)


def test_the_command_prints_a_table_or_json(run: Run, path: Path) -> None:
    assert path.exists()
    ended = run("query", "select type, count(*) as works from works where only_cited = 0 group by 1 order by 2 desc")
    assert ended.status == 0, ended.err
    assert ended.out.splitlines()[0].split() == ["type", "works"]
    document = run(
        "--json", "query", "select key, pagerank from works join measures using (key) order by 2 desc limit 3"
    )
    assert document.status == 0, document.err
    rows = document.document["rows"]
    assert len(rows) == 3
    assert rows[0]["pagerank"] >= rows[1]["pagerank"] > 0
    views = run("query", "--views")
    assert views.status == 0
    assert all(name in views.out for name in (*sql.VIEWS, "measures"))
    refused = run("query", "delete from works")
    assert refused.status == 2
    assert "only read" in refused.err
    assert json.loads(run("--json", "query", "select 1 as one").out)["rows"] == [{"one": 1}]
