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
    """What was taken out of a file stays, and gives the same tables."""
    snapshots.write(tmp_path, snapshots.items(100, seed=6), layout="jsonl")
    first, tables = ranked(tmp_path)
    for path in tmp_path.rglob("part_*.gz"):
        path.write_bytes(b"")
    snapshot = find(str(tmp_path))
    assert snapshot.size == 0
    again, same = ranked(tmp_path)
    assert same == tables
    assert (again.works, again.citations, again.steps) == (first.works, first.citations, first.steps)


def test_the_command_ranks_and_joins(tmp_path: Path, run: Run) -> None:
    """The PageRank of the whole stands beside that of the library, and what is wrong is one sentence."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(120, seed=6), layout="parquet")
    assert run("carve", "--snapshot", "snapshot", "--query", '"peer support"', "--backward").status == 0
    (tmp_path / "set.txt").write_text(
        "".join(f"https://openalex.org/W{number}\n" for number in range(1, 20)), encoding="utf-8"
    )
    ended = run("--json", "rank", "--snapshot", "snapshot", "--out", "ranks", "--together", "set.txt", "--join")
    assert ended.status == 0, ended.err
    assert "PageRank in" in ended.err
    rows = ended.document["works"]
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
    ):
        ended = run("rank", *arguments)
        assert (ended.status, "Traceback" in ended.err) == (2, False)
        assert sentence in ended.err


def test_what_memory_does_not_suffice_for_is_told(tmp_path: Path) -> None:
    """The sentence says what to give more of; what was read is kept."""
    snapshots.write(tmp_path, snapshots.items(300, seed=6), layout="jsonl")
    with pytest.raises(Stopped, match=r"the ranking cannot go on .* --memory"):
        ranking.rank(find(str(tmp_path)), tmp_path / "ranks", workers=Threads(count=1), limits=Limits(memory="1MB"))
    assert [*(tmp_path / "ranks").rglob("*.parquet")]
