"""A cluster reads what one process reads, and the loss of a worker changes nothing but the time it takes."""

import os
import signal
import time
from collections.abc import Iterator
from pathlib import Path

import pytest
import snapshots
from conftest import Run

from harvester.bulk import carve
from harvester.bulk.cluster import Cluster, connected
from harvester.bulk.jobs import Limits
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import find
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


def test_a_cluster_carves_what_one_process_carves(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    assert carved(folder, tmp_path / "here.sqlite", Threads(count=1)) == carved(
        folder, tmp_path / "there.sqlite", cluster
    )


def test_a_large_set_is_sent_once(cluster: Cluster) -> None:
    """It arrives as it is with every call."""
    numbers = frozenset(range(50_000))
    assert list(cluster.map(size, [(numbers,), (numbers,), (frozenset({1}),)])) == [50_000, 50_000, 1]


def size(numbers: frozenset[int], limits: Limits) -> int:
    return len(numbers)


def test_a_carve_outlives_a_worker(cluster: Cluster, folder: Path, tmp_path: Path) -> None:
    """One is killed in the middle of each pass; what it had in hand is read by another."""
    killed: set[str] = set()

    def kill_one(what: str, done: int, total: int) -> None:
        if what not in killed and done == 2:
            killed.add(what)
            os.kill(min(cluster.client.run(os.getpid).values()), signal.SIGKILL)

    assert carved(folder, tmp_path / "killed.sqlite", cluster, kill_one) == carved(
        folder, tmp_path / "whole.sqlite", Threads(count=1)
    )
    assert len(killed) == 3


def fail(limits: Limits) -> None:
    raise Stopped("the file is cut")


def test_what_stops_a_worker_stops_the_carve_in_its_words(cluster: Cluster) -> None:
    with pytest.raises(Stopped, match="the file is cut"):
        list(cluster.map(fail, [()]))


@pytest.mark.parametrize(
    ("address", "sentence"),
    [("nowhere", "is no cluster"), ("local:0", "is no cluster"), ("tcp://127.0.0.1:9", "no Dask scheduler answers")],
)
def test_an_address_without_a_cluster_is_told(address: str, sentence: str) -> None:
    with pytest.raises(InputError, match=sentence), connected(address, patience="1s"):
        pass


def test_the_command_reads_on_a_cluster_and_says_where_to_look(folder: Path, run: Run) -> None:
    ended = run("carve", "--snapshot", folder, "--query", '"peer support"', "--cluster", "local:2")
    assert ended.status == 0, ended.err
    assert "http://127.0.0.1:" in ended.err
    assert "Traceback" not in ended.err
