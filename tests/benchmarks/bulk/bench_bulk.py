"""How fast a snapshot is read, and in how much memory: citations, carves, a ranking; run by hand, never as a test.

    python tests/benchmarks/bulk/bench_bulk.py [WORKS ...] [--folder FOLDER] [--only WORD ...]

Makes the snapshots of `synthetic.py` in the folder where they are not there yet, measures every reader with every job,
and prints a row for each that holds one of the words, if any are given. Each measurement is a process of its own,
and what it wrote is compared with what ours wrote before it: the same citations, the same works, the same ranks to
1e-9. Processor seconds, the peak of memory (PSS, looked at ten times a second) and the bytes that were asked of the
file system are those of all processes of a measurement. Peers: `peers.py`; one that is not installed is named and left
out (`pip install orjson pandas pyspark`, with Java 17 for the last).
"""

import argparse
import importlib.util
import json
import os
import pickle
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from contextlib import contextmanager, suppress
from itertools import product
from pathlib import Path
from statistics import median
from typing import Any, Final

sys.path.insert(0, str(Path(__file__).parent))

import numpy as np
import synthetic
from peers import PEERS

SIZES: Final = (10_000, 100_000, 1_000_000)
MEMORY: Final = 1_500
"""Megabytes that ours is told to stay within."""
THREADS: Final = 2
SHORT: Final = 10
"""What takes less than so many seconds is measured three times, and the median told."""
JOBS: Final = ("edges", "carve", "hop", "rank", "library", "tables", "hop library")
OURS: Final = ("embedded", "local:2")
NONE: Final = np.array([], np.int64)
"""No work is deleted."""
PHRASES: Final = {"carve": synthetic.SEARCH, "hop": synthetic.HOP}


# -- what is measured ------------------------------------------------------------------------------------


def edges(workers: Any, folder: Path, out: Path) -> None:
    from harvester.bulk.rank import take_out
    from harvester.bulk.snapshot import find

    parts = find(str(folder)).parts
    list(workers.map(take_out, [(part, str(out / f"edges-{place}.parquet")) for place, part in enumerate(parts)]))


def carve(workers: Any, folder: Path, out: Path, phrase: str) -> None:
    """Reading alone: the works that are selected go to a file as they are."""
    _selected(workers, folder, out, phrase)


def hop(workers: Any, folder: Path, out: Path, phrase: str) -> None:
    from harvester.bulk.selecting import linked, neighbours

    asked, parts, found = _selected(workers, folder, out, phrase)
    frontier = np.unique(np.array([_number(item) for item in found], np.int64))
    reached = np.unique(np.concatenate(list(workers.map(linked, [(part, asked, frontier) for part in parts]))))
    with (out / "works.jsonl").open("ab") as file:
        for each in workers.map(neighbours, [(part, asked, reached, NONE) for part in parts]):
            file.writelines(item + b"\n" for item in each.items)


def _selected(workers: Any, folder: Path, out: Path, phrase: str) -> Any:
    from harvester.bulk.selecting import Asked, select
    from harvester.bulk.snapshot import find

    asked = Asked(searched=f'"{phrase}"', backward=True, forward=True)
    parts, found = find(str(folder)).parts, []
    with (out / "works.jsonl").open("wb") as file:
        for each in workers.map(select, [(part, asked, NONE) for part in parts]):
            found += each.items
            file.writelines(item + b"\n" for item in each.items)
    return asked, parts, found


def _number(item: bytes) -> int:
    return int(json.loads(item)["id"][22:])


def rank(workers: Any, folder: Path, out: Path) -> None:
    from harvester.bulk import rank as ranking
    from harvester.bulk.jobs import Limits
    from harvester.bulk.snapshot import find
    from harvester.bulk.workers import Threads

    # On workers here, what is done in this process has the share of one of them, as with the command.
    memory = MEMORY if isinstance(workers, Threads) else MEMORY // THREADS
    limits = Limits.within(memory, threads=THREADS, spill=str(out / "spill"))
    ranking.rank(find(str(folder)), out, workers=workers, limits=limits)
    (out / "works.parquet").rename(out / "rank.parquet")


def command(where: str, folder: Path, out: Path, phrase: str, target: str, *around: str) -> None:
    """The command as a user gives it, into a library or a folder of tables."""
    from harvester.cli import main

    cluster = () if where == "embedded" else ("--cluster", where)
    given = ("--snapshot", folder, "--query", f'"{phrase}"', "--memory", MEMORY, "--out", out / target)
    sys.argv = ["harvester", "carve", *map(str, given), *around, *cluster]
    try:
        main()
    except SystemExit as ended:
        if ended.code not in (0, 4):  # 4: works that others cite are not in the snapshot, or the like
            raise


def run(reader: str, job: str, folder: Path, out: Path) -> None:
    if reader in PEERS:
        PEERS[reader][job](folder, out, *([PHRASES[job]] if job in PHRASES else []))
    elif job in ("library", "tables"):
        command(reader, folder, out, synthetic.SEARCH, {"library": "carved.sqlite", "tables": "tables"}[job])
    elif job == "hop library":
        command(reader, folder, out, synthetic.HOP, "carved.sqlite", "--backward", "--forward")
    else:
        functions: dict[str, Callable[..., None]] = {"edges": edges, "carve": carve, "hop": hop, "rank": rank}
        with workers(reader, out) as reading:
            functions[job](reading, folder, out, *([PHRASES[job]] if job in PHRASES else []))


@contextmanager
def workers(where: str, out: Path) -> Any:
    if where == "embedded":
        from harvester.bulk.workers import Threads

        yield Threads(count=THREADS, megabytes=MEMORY, spill=str(out / "spill"))
    else:
        from harvester.bulk.cluster import connected

        with connected(where, megabytes=MEMORY // THREADS) as cluster:
            yield cluster


# -- what it takes ---------------------------------------------------------------------------------------


class Tree:
    """The processes below one, as they are seen now and then."""

    def __init__(self, root: int) -> None:
        self.root = root
        self.peak = 0
        self.seconds: dict[int, float] = {}
        self.read: dict[int, int] = {}

    def look(self) -> None:
        memory = 0
        for process in self._all():
            with suppress(OSError, ValueError, StopIteration, IndexError):
                place = Path("/proc", str(process))
                rollup = (place / "smaps_rollup").read_text().splitlines()
                memory += next(int(line.split()[1]) for line in rollup if line.startswith("Pss:"))
                told = (place / "stat").read_text().rpartition(")")[2].split()
                self.seconds[process] = (int(told[11]) + int(told[12])) / os.sysconf("SC_CLK_TCK")
                self.read[process] = int((place / "io").read_text().split()[1])
        self.peak = max(self.peak, memory)

    def _all(self) -> Iterable[int]:
        found = [self.root]
        for process in found:
            with suppress(OSError):
                for task in Path("/proc", str(process), "task").iterdir():
                    found += map(int, (task / "children").read_text().split())
        return found


def measured(reader: str, job: str, folder: Path, out: Path) -> dict[str, float]:
    """Run a measurement in a process of its own; a tree of which some ended unseen is told by what the system says."""
    shutil.rmtree(out, ignore_errors=True)
    out.mkdir(parents=True)
    given = [sys.executable, __file__, "--one", reader, job, str(folder), str(out)]
    started = time.perf_counter()
    with (out / "said").open("wb") as said:
        process = subprocess.Popen(given, stdout=said, stderr=said)
        tree = Tree(process.pid)
        while True:
            ended, status, usage = os.wait4(process.pid, os.WNOHANG)
            if ended:
                break
            tree.look()
            time.sleep(0.1)
    seconds = time.perf_counter() - started
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        sys.exit(f"{reader} {job} has failed:\n{(out / 'said').read_text()[-2000:]}")
    processor = max(usage.ru_utime + usage.ru_stime, sum(tree.seconds.values()))
    return {
        "s": seconds,
        "CPU s": processor,
        "peak MB": tree.peak / 1024,
        "read MB": sum(tree.read.values()) / 1e6,
        "load": os.getloadavg()[0],
    }


def told(job: str, out: Path) -> Any:
    """Give what was written, in few numbers, to be compared."""
    import duckdb

    with duckdb.connect() as db:
        if job == "rank":
            file = next(iter(sorted(out.rglob("*.parquet"), key=lambda path: "rank" not in path.as_posix())))
            place = f"{file.parent}/*.parquet" if file.parent.name == "rank" else str(file)
            kinds = [row[0] for row in db.execute(f"describe select * from '{place}'").fetchall()]
            column = "number" if "number" in kinds else "cast(substr(work, 2) as bigint)"
            rows = db.execute(f"select {column}, pagerank from '{place}' order by 1").fetchnumpy()
            return tuple(rows.values())
        if job == "edges":
            place = f"{out}/**/*.parquet"
            kinds = [row[0] for row in db.execute(f"describe select * from read_parquet('{place}')").fetchall()]
            pairs = "number as citing, unnest(cited) as cited" if "number" in kinds else "citing, cited"
            check = "count(*), sum(citing), sum(cited), sum((citing % 9973) * (cited % 9967))"
            return db.execute(f"select {check} from (select {pairs} from read_parquet('{place}'))").fetchone()
        if (out / "works.jsonl").exists():
            source = (
                f"read_json('{out}/works.jsonl', format='newline_delimited', columns={{'id': 'VARCHAR', 'x': 'INT'}})"
            )
        elif job in ("carve", "hop"):
            source = (
                f"read_parquet('{out}/works*/**/*.parquet')" if (out / "works").is_dir() else f"'{out}/works.parquet'"
            )
        else:
            return None
        numbers = f"select cast(substr(id, 23) as bigint) as number from {source}"
        return db.execute(f"select count(*), sum(number), sum(number % 9973) from ({numbers})").fetchone()


def compare(place: Path, found: Any, name: str) -> None:
    """End where this is not what was found first in the same snapshot, which is kept beside it."""
    if not place.exists():
        place.write_bytes(pickle.dumps(found))
    first = pickle.loads(place.read_bytes())
    if isinstance(first[0], np.ndarray):
        same = np.array_equal(first[0], found[0]) and bool(np.abs(first[1] - found[1]).max() < 1e-9)
    else:
        same = first == found
    if not same:
        sys.exit(f"{name} found {found}, and not {first}")


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        run(sys.argv[2], sys.argv[3], Path(sys.argv[4]), Path(sys.argv[5]))
        return
    parser = argparse.ArgumentParser()
    parser.add_argument("works", nargs="*", type=int, default=SIZES)
    parser.add_argument("--folder", type=Path, default=Path(tempfile.gettempdir(), "bench_bulk"))
    parser.add_argument("--only", nargs="*", default=())
    given = parser.parse_args()
    for absent in [name for name in PEERS if importlib.util.find_spec(name) is None]:
        print(f"{absent} is not installed, and is left out")
        PEERS.pop(absent)
    for works in given.works:
        top = given.folder / str(works)
        if not (top / "parquet" / "data" / "parquet" / "works" / "manifest.json").exists():
            # A process passes the peak of its memory on to those that it starts.
            subprocess.run([sys.executable, str(Path(__file__).with_name("synthetic.py")), str(works), top], check=True)
        for job, reader, layout in product(JOBS, (*OURS, *PEERS), ("jsonl", "parquet")):
            name = f"{works} {job} {reader} {layout}"
            unread = reader in PEERS and (job not in PEERS[reader] or (reader, layout) == ("orjson", "parquet"))
            if unread or not all(word in name for word in given.only):
                continue
            rows = [measured(reader, job, top / layout, given.folder / "out")]
            found = told(job, given.folder / "out")
            if rows[0]["s"] < SHORT:
                rows += [measured(reader, job, top / layout, given.folder / "out") for _ in range(2)]
            if found is not None:
                compare(top / f"{job}.found", found, name)
            figures = {key: round(median(row[key] for row in rows), 2) for key in rows[0]}
            same = "" if isinstance(found, tuple) and isinstance(found[0], np.ndarray) else found
            print(works, job, reader, layout, json.dumps(figures), f"x{len(rows)}", same, sep="\t", flush=True)
    shutil.rmtree(given.folder / "out", ignore_errors=True)


if __name__ == "__main__":
    main()
