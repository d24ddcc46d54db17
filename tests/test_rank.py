"""Figures over a whole snapshot: equal to those of igraph and of plain counting, whatever the layout."""

from collections import Counter
from itertools import combinations
from pathlib import Path
from typing import Any

import igraph
import pytest
import snapshots
from conftest import Run
from pyarrow import parquet
from snapshots import Abstract, Layout

from harvester.bulk import rank as ranking
from harvester.bulk.jobs import Limits
from harvester.bulk.snapshot import find
from harvester.bulk.workers import Threads
from harvester.errors import Stopped

LIMITS = Limits(memory="500MB", threads=2)


def ranked(tmp_path: Path, **settings: Any) -> tuple[ranking.Ranked, dict[str, list[dict[str, Any]]]]:
    """The outcome of a ranking, and the rows of its tables."""
    folder = tmp_path / "ranks"
    found = ranking.rank(find(str(tmp_path)), folder, workers=Threads(count=2), limits=LIMITS, **settings)
    return found, {name: parquet.read_table(folder / name).to_pylist() for name in ranking.TABLES}


def citations(items: list[dict[str, Any]], gone: set[int]) -> set[tuple[int, int]]:
    """Pairs of numbers of works that are both held, each once, a work by itself left out."""
    held = {int(item["id"][22:]) for item in items} - gone
    pairs = {(int(item["id"][22:]), int(cited[22:])) for item in items for cited in item["referenced_works"]}
    return {(citing, cited) for citing, cited in pairs if {citing, cited} <= held and citing != cited}


@pytest.mark.parametrize(("layout", "abstract"), [("jsonl", "string"), ("parquet", "map")])
def test_a_ranking_is_that_of_igraph_and_of_plain_counting(tmp_path: Path, layout: Layout, abstract: Abstract) -> None:
    """PageRank to 1e-9, components, counts by year, journals and co-citations; a work's newer version speaks."""
    items = list(snapshots.items(400, seed=6, references=3))
    older = {**items[300], "referenced_works": [items[1]["id"]], "updated_date": "2025-11-04T00:00:00"}
    items[300] = {**items[300], "updated_date": "2026-06-02T00:00:00"}
    snapshots.write(tmp_path, items, layout=layout, abstract=abstract, deleted=["W20"], again=[older])
    named = range(1, 12)
    found, tables = ranked(tmp_path, together=named)

    links = citations(items, {20})
    numbers = sorted({int(item["id"][22:]) for item in items} - {20})
    place = {number: index for index, number in enumerate(numbers)}
    graph = igraph.Graph(len(numbers), [(place[citing], place[cited]) for citing, cited in links], directed=True)
    rows = tables["works.parquet"]
    assert [row["work"] for row in rows] == [f"W{number}" for number in numbers]
    assert [row["pagerank"] for row in rows] == pytest.approx(graph.pagerank(damping=0.85), abs=1e-9)
    assert [row["cited_by"] for row in rows] == graph.indegree()
    components = graph.connected_components(mode="weak")
    assert [row["component"] for row in rows] == [
        numbers[min(components[components.membership[place[number]]])] for number in numbers
    ]
    assert [row["component_size"] for row in rows] == [components.size(each) for each in components.membership]
    assert (found.works, found.citations, found.components) == (len(numbers), len(links), len(components))
    assert found.change < ranking.TOLERANCE

    years = {int(item["id"][22:]): item["publication_year"] for item in items}
    by_year = Counter((f"W{cited}", years[citing]) for citing, cited in links)
    assert {(row["work"], row["year"]): row["citations"] for row in tables["years.parquet"]} == by_year

    lists: dict[int, set[int]] = {}
    for citing, cited in links:
        lists.setdefault(citing, set()).add(cited)
    pairs = Counter(pair for cited in lists.values() for pair in combinations(sorted(cited & set(named)), 2))
    told = {(int(row["one"][1:]), int(row["other"][1:])): row["works"] for row in tables["cocitations.parquet"]}
    assert told == pairs

    journal = {int(item["id"][22:]): item["primary_location"]["source"]["id"][21:] for item in items}
    for row in tables["journals.parquet"]:
        own = {number for number in numbers if journal[number] == row["journal"]}
        counts = sorted((sum(cited == number for _, cited in links) for number in own), reverse=True)
        itself = sum(citing in own and cited in own for citing, cited in links)
        assert row["works"] == len(own)
        assert row["cited_by"] == sum(counts)
        assert row["h_index"] == sum(count >= place for place, count in enumerate(counts, start=1))
        assert row["self_citations"] == itself
        assert row["self_citation_rate"] == (pytest.approx(itself / sum(counts)) if sum(counts) else None)


def test_a_ranking_that_was_stopped_reads_no_file_twice(tmp_path: Path) -> None:
    """What was taken out of a file stays, and gives the same tables; a file that is another one now is read again."""
    items = list(snapshots.items(100, seed=6))
    snapshots.write(tmp_path, items, layout="jsonl", manifest=False)
    _, tables = ranked(tmp_path)
    folder = tmp_path / "again"

    def stop(what: str, done: int, total: int | None) -> None:
        if done == 2:
            raise KeyboardInterrupt

    def rank(report: ranking.Report) -> ranking.Ranked:
        return ranking.rank(find(str(tmp_path)), folder, workers=Threads(count=1), limits=LIMITS, report=report)

    with pytest.raises(KeyboardInterrupt):
        rank(stop)
    for path in [*folder.rglob("*.parquet")][:1]:
        path.with_name(f"{path.name}.half").write_bytes(b"PAR1")
    read: list[int] = []
    again = rank(lambda what, done, total: read.append(done) if what == "reading" else None)
    assert again.files == 6
    assert 2 <= again.taken_before < 6
    assert read == list(range(again.taken_before + 1, 7))
    assert {name: parquet.read_table(folder / name).to_pylist() for name in ranking.TABLES} == tables
    assert rank(lambda *_: None).taken_before == 6
    assert not [*folder.rglob("*.half")]

    snapshots.write(tmp_path, [*items, *snapshots.items(101, seed=6)][:-1], layout="jsonl", manifest=False)
    assert rank(lambda *_: None).taken_before < 6


def test_a_data_set_that_was_carved_is_ranked_like_a_snapshot(tmp_path: Path, run: Run) -> None:
    """PageRank is that of igraph over its own tables, and the works of any library join with it."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(120, seed=6), layout="jsonl")
    assert run("carve", "--snapshot", "snapshot", "--query", "title:support", "--out", "set").status == 0
    assert run("carve", "--snapshot", "snapshot", "--query", "title:peer", "--out", "other.sqlite").status == 0
    ended = run(
        "--library", "other.sqlite", "--json", "rank", "--snapshot", "set", "--out", "ranks", "--join", "--limit", "200"
    )
    assert ended.status == 0, ended.err
    assert "data set carved before" in ended.err
    works = {row["key"]: row for row in parquet.read_table(tmp_path / "set" / "works.parquet").to_pylist()}
    links = parquet.read_table(tmp_path / "set" / "citations.parquet").to_pylist()
    place = {key: number for number, key in enumerate(works)}
    edges = [
        (place[row["citing"]], place[row["cited"]]) for row in links if {row["citing"], row["cited"]} <= set(works)
    ]
    assert 10 < len(edges) < len(links)
    graph = igraph.Graph(len(works), edges, directed=True)
    rows = {row["work"]: row for row in parquet.read_table(tmp_path / "ranks" / "works.parquet").to_pylist()}
    assert [rows[work["openalex"]]["pagerank"] for work in works.values()] == pytest.approx(
        graph.pagerank(damping=0.85), abs=1e-9
    )
    assert [rows[work["openalex"]]["year"] for work in works.values()] == [work["year"] for work in works.values()]
    assert {row["journal"] for row in rows.values()} == {work["venue"] for work in works.values()}
    told = {row["key"]: row["global_pagerank"] for row in ended.document["joined"]}
    assert any(told.values())
    assert not all(told.values())
    assert set(told.values()) - {None} <= {row["pagerank"] for row in rows.values()}
    (tmp_path / "set" / "citations.parquet").unlink()
    ended = run("rank", "--snapshot", "set", "--out", "ranks")
    assert (ended.status, "has no citations.parquet" in ended.err) == (2, True)


def test_the_newer_version_of_a_work_speaks_also_where_it_says_nothing(tmp_path: Path) -> None:
    """A year or a journal that was taken back stays away."""
    items = list(snapshots.items(30, seed=6))
    older = {**items[9], "updated_date": "2025-11-04T00:00:00"}
    items[9] = {**older, "updated_date": "2026-06-02T00:00:00", "publication_year": None, "primary_location": None}
    snapshots.write(tmp_path, items, layout="jsonl", again=[older])
    _, tables = ranked(tmp_path)
    row = tables["works.parquet"][9]
    assert (row["work"], row["year"], row["journal"]) == ("W10", None, None)


@pytest.mark.parametrize("turned", [False, True])
def test_a_work_twice_in_one_file_is_the_same_in_any_order(tmp_path: Path, turned: bool) -> None:
    """No snapshot should have it; whichever row is read first, the greater year is kept, with its journal."""
    items = list(snapshots.items(12, seed=6))
    rows = [{**items[9], "publication_year": 1990, "primary_location": None}, {**items[9], "publication_year": None}]
    items[9:10] = rows[::-1] if turned else rows
    snapshots.write(tmp_path, items, layout="jsonl", parts=1)
    found, tables = ranked(tmp_path)
    row = tables["works.parquet"][9]
    assert (found.works, row["work"], row["year"], row["journal"]) == (12, "W10", 1990, None)


def test_two_rankings_do_not_disturb_each_other(tmp_path: Path) -> None:
    """The second one into a folder is told so, and the first goes on."""
    snapshots.write(tmp_path, snapshots.items(30, seed=6), layout="jsonl", parts=1)
    seconds = []

    def begin_another(what: str, done: int, total: int | None) -> None:
        if (what, done) == ("PageRank", 2):
            with pytest.raises(Stopped, match="another ranking is writing to") as told:
                ranked(tmp_path)
            seconds.append(told)

    found, _ = ranked(tmp_path, report=begin_another)
    assert (found.works, len(seconds)) == (30, 1)


def test_the_command_ranks_and_joins(tmp_path: Path, run: Run) -> None:
    """The PageRank of the whole stands beside that of the library, and what is wrong is one sentence."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(120, seed=6), layout="parquet")
    assert run("carve", "--snapshot", "snapshot", "--query", '"peer support"', "--backward").status == 0
    assert run("carve", "--snapshot", "snapshot", "--query", '"peer support"', "--out", "tables").status == 0
    (tmp_path / "set.txt").write_text(
        "".join(f"https://openalex.org/W{number}\n" for number in range(1, 20)) + "10.5555/synthetic.3\n",
        encoding="utf-8",
    )
    ended = run("--json", "rank", "--snapshot", "snapshot", "--out", "ranks", "--together", "set.txt", "--join")
    assert ended.status == 4, ended.err
    assert "PageRank in" in ended.err
    assert "not counted with the others: 10.5555/synthetic.3" in ended.err
    rows = ended.document["joined"]
    told = {
        row["work"]: row["pagerank"] for row in parquet.read_table(tmp_path / "ranks" / "works.parquet").to_pylist()
    }
    assert rows[0]["global_pagerank"] == max(told.values())
    assert all(row["pagerank"] is not None for row in rows)
    assert parquet.read_table(tmp_path / "ranks" / "cocitations.parquet").num_rows
    shown = run("rank", "--out", "ranks", "--join", "--limit", "3")
    assert "global pagerank" in shown.out
    for arguments, sentence in (
        (("--out", "ranks"), "give --snapshot"),
        (("--out", "empty", "--join"), "holds no ranking"),
        (("--snapshot", "absent", "--out", "ranks"), "there is no snapshot"),
        (("--out", "ranks", "--join", "--together", "set.txt"), "give --snapshot too"),
        (("--snapshot", "snapshot", "--out", "tables"), "holds works that were carved"),
        (("--out", "tables", "--join"), "is no table of a ranking"),
    ):
        ended = run("rank", *arguments)
        assert (ended.status, "Traceback" in ended.err) == (2, False), ended.err
        assert sentence in ended.err
    ended = run("carve", "--snapshot", "snapshot", "--query", "peer", "--out", "ranks")
    assert (ended.status, "Traceback" in ended.err) == (2, False)
    assert "holds a ranking" in ended.err


def test_what_memory_does_not_suffice_for_is_told(tmp_path: Path) -> None:
    """The sentence says what to give more of; what was read is kept."""
    snapshots.write(tmp_path, snapshots.items(300, seed=6), layout="jsonl")
    with pytest.raises(Stopped, match=r"the ranking cannot go on .* --memory"):
        ranking.rank(find(str(tmp_path)), tmp_path / "ranks", workers=Threads(count=1), limits=Limits(memory="1MB"))
    assert [*(tmp_path / "ranks").rglob("*.parquet")]
    assert not [*(tmp_path / "ranks").glob("rank.duckdb*")]
