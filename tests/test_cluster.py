"""A cluster reads what one process reads, and the loss of a worker changes nothing but the time it takes."""

import os
import signal
import time
from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import igraph
import numpy as np
import pytest
import snapshots
from conftest import Run
from distributed import Client, WorkerPlugin
from pyarrow import parquet

from harvester.bulk import carve
from harvester.bulk import rank as ranking
from harvester.bulk.cluster import Cluster, connected
from harvester.bulk.jobs import Limits
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import Numbers, find
from harvester.bulk.workers import Threads, Workers
from harvester.errors import InputError, Stopped
from harvester.library import Library, checksum

ASKED = Asked(searched='"peer support"', backward=True, forward=True)


@pytest.fixture(scope="module")
def cluster() -> Iterator[Cluster]:
    with connected("local:2", megabytes=500) as workers:
        yield workers


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    made: Path = tmp_path_factory.mktemp("snapshot")
    return snapshots.write(made, snapshots.items(300, seed=12), layout="jsonl", parts=4)


def carved(folder: Path, library: Path, workers: Workers, report: carve.Report = lambda *_: None) -> str:
    with Library(library, write="carve") as written:
        run = carve.begin(written, ASKED, find(str(folder)))
        found = carve.carry_on(written, run, workers=workers, report=report)
        assert found.selected > 50
        return checksum(written)


def process(seen: Path, expected: int, limits: Limits) -> int:
    """Say which process this is, when so many have said so."""
    (seen / str(os.getpid())).touch()
    deadline = time.monotonic() + 60
    while len([*seen.iterdir()]) < expected and time.monotonic() < deadline:
        os.sched_yield()
    return os.getpid()


def test_two_processes_read_and_neither_is_this_one(cluster: Cluster, tmp_path: Path) -> None:
    found = set(cluster.map(process, [(tmp_path, 2)] * 2))
    assert len(found) == 2
    assert os.getpid() not in found


@pytest.mark.parametrize("layout", ["jsonl", "legacy", "parquet"])
def test_a_cluster_reads_what_one_process_reads(cluster: Cluster, tmp_path: Path, layout: snapshots.Layout) -> None:
    """The same works are carved, and the same citations taken out, whatever the layout."""
    items = list(snapshots.items(200, seed=12))
    snapshots.write(tmp_path, items, layout=layout)
    here, there = (tmp_path / name for name in ("here.sqlite", "there.sqlite"))
    assert carved(tmp_path, here, Threads(count=1)) == carved(tmp_path, there, cluster)
    parts = find(str(tmp_path)).parts
    list(cluster.map(ranking.take_out, [(part, str(tmp_path / f"{place}")) for place, part in enumerate(parts)]))
    rows = [row for place in range(len(parts)) for row in parquet.read_table(tmp_path / f"{place}").to_pylist()]
    assert Counter((row["number"], cited) for row in rows for cited in row["cited"]) == Counter(
        (int(item["id"][22:]), int(cited[22:])) for item in items for cited in item["referenced_works"]
    )


def test_many_numbers_are_sent_once(cluster: Cluster, monkeypatch: pytest.MonkeyPatch) -> None:
    """They arrive as they are with every call, and few go along with it."""
    sent = []
    scatter = cluster.client.scatter

    def watched(value: Any, **settings: Any) -> Any:
        sent.append(value)
        return scatter(value, **settings)

    monkeypatch.setattr(cluster.client, "scatter", watched)
    many, few = np.arange(50_000), np.array([1])
    assert list(cluster.map(total, [(many,), (many,), (few,)])) == [many.sum(), many.sum(), 1]
    assert [value is many for value in sent] == [True]


def total(numbers: Numbers, limits: Limits) -> int:
    return int(numbers.sum())


def test_a_carve_outlives_a_worker(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    """One is killed in the middle of each pass; what it had in hand is read by another."""
    killed: set[str] = set()

    def kill_one(what: str, done: int, total: int) -> None:
        if what not in killed and 0 < done < total:
            killed.add(what)
            os.kill(min(cluster.client.run(os.getpid).values()), signal.SIGKILL)

    assert carved(folder, tmp_path / "killed.sqlite", cluster, kill_one) == carved(
        folder, tmp_path / "whole.sqlite", Threads(count=1)
    )
    assert len(killed) == 3


def agree(one: Path, other: Path) -> None:
    """Require the same rows of two rankings, PageRank to 1e-9."""
    for name in ranking.TABLES:
        table, same = (parquet.read_table(folder / name) for folder in (one, other))
        if "pagerank" in table.column_names:
            assert table["pagerank"].to_pylist() == pytest.approx(same["pagerank"].to_pylist(), abs=1e-9)
            table, same = table.drop_columns("pagerank"), same.drop_columns("pagerank")
        assert table.to_pylist() == same.to_pylist()


class Dying(WorkerPlugin):
    """Notes which processes compute PageRank, and kills the first that begins its third step, in the middle of it."""

    def __init__(self, seen: Path) -> None:
        self.seen = seen
        self.begun = 0

    def transition(self, key: Any, start: str, finish: str, **_: Any) -> None:
        if finish == "executing" and str(key).startswith("('_given-"):
            self.begun += 1
            (self.seen / str(os.getpid())).touch()
            if self.begun == 3:
                try:
                    (self.seen / "killed").touch(exist_ok=False)
                except FileExistsError:
                    return
                os.kill(os.getpid(), signal.SIGKILL)


def test_a_ranking_outlives_a_worker_in_the_middle_of_pagerank(cluster: Cluster, tmp_path: Path) -> None:
    """The tables are those of one process, PageRank to 1e-9 also that of igraph, and two processes have computed it."""
    items = list(snapshots.items(150, seed=6, references=3))
    older = {**items[90], "referenced_works": [items[1]["id"]], "updated_date": "2025-11-04T00:00:00"}
    items[90] = {**items[90], "updated_date": "2026-06-02T00:00:00", "publication_year": None}
    items[91] = {**items[91], "primary_location": None}
    twice = [{**items[92], "publication_year": year} for year in (None, 1990, 1980)]
    snapshot = find(str(snapshots.write(tmp_path, items, layout="jsonl", deleted=["W20"], again=[older, *twice])))
    limits = Limits(memory="500MB", threads=2)
    there, here, seen = (tmp_path / name for name in ("the[r]e*", "here", "seen"))
    seen.mkdir()
    cluster.client.register_plugin(Dying(seen), name="dying")
    steps: list[tuple[str, int]] = []
    try:
        found = ranking.rank(
            snapshot,
            there,
            workers=cluster,
            limits=limits,
            together=range(1, 30),
            report=lambda what, done, _: steps.append((what, done)),
        )
    finally:
        cluster.client.unregister_worker_plugin("dying")
    assert {each.name for each in seen.iterdir()} > {"killed"}
    assert len([*seen.iterdir()]) > 2, "fewer than two processes"
    assert not (seen / str(os.getpid())).exists()
    assert ("PageRank", found.steps) in steps
    assert found.steps > 5

    alone = ranking.rank(snapshot, here, workers=Threads(count=1), limits=limits, together=range(1, 30))
    assert (found.works, found.citations, found.components) == (alone.works, alone.citations, alone.components)
    agree(there, here)

    rows = parquet.read_table(there / "works.parquet").to_pylist()
    place = {int(row["work"][1:]): index for index, row in enumerate(rows)}
    pairs = {(int(item["id"][22:]), int(cited[22:])) for item in items for cited in item["referenced_works"]}
    edges = [(place[citing], place[cited]) for citing, cited in pairs if citing in place and cited in place]
    graph = igraph.Graph(len(rows), edges, directed=True)
    assert found.citations == len(edges)
    assert [row["pagerank"] for row in rows] == pytest.approx(graph.pagerank(damping=0.85), abs=1e-9)
    assert sorted(path.name for path in there.glob("*.*")) == sorted(["rank.lock", *ranking.TABLES])


def test_a_scheduler_that_is_lost_ends_a_ranking_in_one_sentence(cluster: Cluster, tmp_path: Path) -> None:
    """What was read stays, and nothing else does."""
    snapshot = find(str(snapshots.write(tmp_path, snapshots.items(40, seed=6), layout="parquet", parts=1)))
    mine = Client(cluster.client.scheduler.address, set_as_default=False)

    def leave(what: str, done: int, total: int | None) -> None:
        if (what, done) == ("PageRank", 2):
            mine.close()

    with pytest.raises(Stopped, match=r"^the cluster has failed.* the same command with a ranking$"):
        ranking.rank(
            snapshot, tmp_path / "ranks", workers=Cluster(mine, 500), limits=Limits(memory="500MB"), report=leave
        )
    assert {path.name.partition("-")[0] for path in (tmp_path / "ranks").iterdir()} == {"links", "rank.lock"}


def fail(limits: Limits) -> None:
    raise Stopped("the file is cut")


def test_what_stops_a_worker_stops_the_carve_in_its_words(cluster: Cluster) -> None:
    with pytest.raises(Stopped, match="the file is cut"):
        list(cluster.map(fail, [()]))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [
        ("nowhere", "is no cluster"),
        ("local:0", "is no cluster"),
        ("tcp://127.0.0.1:9", "no Dask scheduler answers"),
        ("tls://127.0.0.1:9", "no Dask scheduler answers"),
    ],
)
def test_an_address_without_a_cluster_is_told(address: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence), connected(address, patience="1s"):
        pass


def test_the_command_reads_on_a_cluster_and_says_where_to_look(folder: Path, run: Run) -> None:
    ended = run("carve", "--snapshot", folder, "--query", '"peer support"', "--cluster", "local:2")
    assert ended.status == 0, ended.err
    assert "http://127.0.0.1:" in ended.err
    assert "Traceback" not in ended.err


def test_the_command_ranks_on_a_cluster_what_was_carved(folder: Path, tmp_path: Path, run: Run) -> None:
    """Where to look is told, and the tables are those of one process."""
    assert run("carve", "--snapshot", folder, "--query", "supported naïve", "--out", "tables").status == 0
    ended = run("--json", "rank", "--snapshot", "tables", "--out", "there", "--cluster", "local:2")
    assert ended.status == 0, ended.err
    assert "http://127.0.0.1:" in ended.err
    assert run("rank", "--snapshot", "tables", "--out", "here").status == 0
    agree(tmp_path / "there", tmp_path / "here")
