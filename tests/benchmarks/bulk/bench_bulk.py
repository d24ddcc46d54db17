"""How fast a snapshot is read: citations, a carve by search and by citations, a ranking; run by hand, never as a test.

    python tests/benchmarks/bulk/bench_bulk.py [WORKS ...]

Synthetic snapshots of `tests/snapshots.py`, seeded, with about 30 references a work, as JSON lines and as Parquet, in
files of 25,000 works at most. Each measurement is a process of its own, so that its peak of memory is its own; bytes
are those that the files have. The peer does in Python what anybody would write first: read each line, parse it with
orjson (or json, where that is not installed), and collect what is asked.
"""

import gzip
import json
import resource
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parents[2]))

import snapshots

from harvester.bulk import carve, jobs
from harvester.bulk import rank as ranking
from harvester.bulk.cluster import connected
from harvester.bulk.jobs import Limits
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import Part, find
from harvester.bulk.workers import Threads
from harvester.library import Library

SIZES = (10_000, 100_000)
SEARCH = "title:(citation AND network AND stigma AND hospital)"
IN_A_FILE = 25_000
MEMORY = 1_500


def prepare(folder: Path, works: int) -> None:
    for layout in ("jsonl", "parquet"):
        items = snapshots.items(works, seed=1, references=30, words=220, marked=False)
        parts = max(-(-works // (IN_A_FILE * len(snapshots.PARTITIONS))), 1)
        snapshots.write(folder / layout, items, layout=layout, parts=parts)


def edges(folder: Path) -> int:
    return sum(Threads(count=2, megabytes=MEMORY).map(links, ((part, folder) for part in find(str(folder)).parts)))


def links(part: Part, folder: Path, limits: Limits) -> int:
    target = folder / f"{part.name.replace('/', '-')}.links"
    with jobs.opened(limits, place=part.path) as db:
        jobs.links(db, part, str(target))
        ((count,),) = db.execute(f"select sum(len(cited)) from read_parquet({jobs.quoted(str(target))})").fetchall()
    target.unlink()
    return int(count)


def carved(folder: Path, *, around: bool = False, cluster: bool = False) -> str:
    asked = Asked(searched=SEARCH, is_exact=False, backward=around, forward=around)
    with tempfile.TemporaryDirectory() as place, Library(Path(place, "a.sqlite"), write="carve") as library:
        run = carve.begin(library, asked, find(str(folder)))
        if cluster:
            with connected("local:2", megabytes=MEMORY // 2) as workers:
                found = carve.carry_on(library, run, workers=workers)
        else:
            found = carve.carry_on(library, run, workers=Threads(count=2, megabytes=MEMORY))
        return f"{found.selected}+{found.around}"


def ranked(folder: Path) -> str:
    with tempfile.TemporaryDirectory() as place:
        limits = Limits(memory=f"{MEMORY}MB", threads=2, spill=f"{place}/spill")
        workers = Threads(count=2, megabytes=MEMORY)
        found = ranking.rank(find(str(folder)), Path(place), workers=workers, limits=limits)
        return f"{found.citations} in {found.steps} steps"


def streamed(folder: Path) -> int:
    try:
        from orjson import loads  # type: ignore[import-not-found]  # measured where it is installed
    except ImportError:
        from json import loads
    found = []
    for part in find(str(folder)).parts:
        with gzip.open(part.path, "rb") as lines:
            for line in lines:
                item = loads(line)
                found += [(int(item["id"][22:]), int(cited[22:])) for cited in item["referenced_works"]]
    return len(found)


MEASURED: dict[str, Callable[[Path], object]] = {
    "edges": edges,
    "carve by search": carved,
    "carve and 1 hop": lambda folder: carved(folder, around=True),
    "carve by search, 2 workers": lambda folder: carved(folder, cluster=True),
    "rank": ranked,
    "edges, streamed in Python": streamed,
}


def measure(name: str, folder: Path) -> dict[str, object]:
    started = time.perf_counter()
    found = MEASURED[name](folder)
    seconds = time.perf_counter() - started
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return {
        "found": found,
        "seconds": round(seconds, 2),
        "cpu": round(sum(each.ru_utime + each.ru_stime for each in (own, others)), 2),
        "peak_mb": round(max(own.ru_maxrss, others.ru_maxrss) / 1024),
        "bytes_mb": round(find(str(folder)).size / 1e6),
    }


def main() -> None:
    if sys.argv[1:2] == ["--one"]:
        print(json.dumps(measure(sys.argv[2], Path(sys.argv[3]))))
        return
    if sys.argv[1:2] == ["--prepare"]:
        prepare(Path(sys.argv[3]), int(sys.argv[2]))
        return
    for works in map(int, sys.argv[1:] or SIZES):
        with tempfile.TemporaryDirectory() as place:
            # A process passes the peak of its memory on to those that it starts.
            subprocess.run([sys.executable, __file__, "--prepare", str(works), place], check=True)
            for layout in ("jsonl", "parquet"):
                for name in MEASURED:
                    if layout == "parquet" and "Python" in name:
                        continue
                    command = [sys.executable, __file__, "--one", name, str(Path(place, layout))]
                    ended = subprocess.run(command, capture_output=True, text=True, check=True)
                    print(works, layout, name, ended.stdout.strip(), sep="\t", flush=True)


if __name__ == "__main__":
    main()
