"""A check that the four hottest paths have not become slower: ratios of CPU time to a peer's, never seconds.

The paths are those in which a harvest of some thousand works and what follows it spend their time: answers read and
kept, works derived from them, the graph read and written as GraphML, and duplicates found. Of each, two figures are
compared with those of `regression.toml`, and the check fails where one is larger by more than three tenths:

* ratio: CPU time of ours by that of a peer on the same data;
* growth: CPU time of ours on twice the data by that on the data. A loop within a loop shows here first.

What makes them steady: ours and the peer take turns of some tenths of a second in one process, so that whatever else
the machine does slows both alike, and the median over turns in several processes counts, each with another seed of
hashes and its memory laid out anew. A figure above its limit is measured once more before the check fails.

    python tests/benchmarks/regression.py           the check, as `.ci/run` makes it
    python tests/benchmarks/regression.py --renew   write the figures of this machine to `regression.toml`
"""

import argparse
import gc
import json
import os
import shutil
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
import tomllib
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any, NamedTuple

from bench_dedupe import synthetic
from bench_graph import build_igraph, forget, graphml_igraph
from bench_ingest import recorded, stored
from graphs import literature, write_library
from rapidfuzz.fuzz import ratio

from graph.export import write
from harvester.library import Library, derive, ledger
from harvester.library.graphs import graph_of
from harvester.match import clusters
from harvester.sources import source

USUAL = Path(__file__).with_suffix(".toml")
SLACK = 1.3
"""More than a busy machine makes of the usual figures, as the README has it."""
PROCESSES, TURNS = 3, 3
Figures = dict[str, dict[str, float]]


class HotPath(NamedTuple):
    """One path: data of a size made in a folder, and how ours and the peer are made ready for a turn on it.

    Making ready takes the folder of the data and an empty one, and gives what is timed.
    """

    size: int
    make: Callable[[int, Path], None]
    ours: Callable[[Path, Path], Callable[[], object]]
    peer: Callable[[Path, Path], Callable[[], object]]


# -- answers read and kept: the peer parses the same JSON and inserts its items as text, twice ------------


def make_answers(works: int, folder: Path) -> None:
    stored(works, folder / "answers")


def keep(answers: Path, file: Path) -> None:
    """Read answers and keep their records, as a harvest does."""
    with Library(file, write="regression") as library:
        run = ledger.begin(library, command="regression", arguments={}, wanted={})
        for query, body in recorded(answers):
            page = source(query.source).read(query, 200, body).model_copy(update={"next": ()})
            ledger.enqueue(library, run, [query])
            (waiting,) = ledger.waiting(library, run, query.source)
            ledger.settle(library, run, waiting, page, status=200, from_cache=True, wanted={})


def keep_ours(data: Path, turn: Path) -> Callable[[], object]:
    with Library(turn / "library.sqlite", write="regression"):
        pass
    return lambda: keep(data / "answers", turn / "library.sqlite")


def keep_peer(data: Path, turn: Path) -> Callable[[], object]:
    def timed() -> None:
        with closing(sqlite3.connect(turn / "peer.sqlite")) as db:
            db.execute("create table items (item text)")
            for _ in range(2):
                for _, body in recorded(data / "answers"):
                    items = listed(json.loads(body))
                    with db:
                        db.executemany("insert into items values (?)", ((json.dumps(item),) for item in items))

    return timed


def listed(answer: dict[str, Any]) -> list[dict[str, Any]]:
    """The items of an answer of either index."""
    found: list[dict[str, Any]] = answer["results"] if "results" in answer else answer["message"]["items"]
    return found


# -- works derived: the peer puts titles and abstracts of the same items into a text index, four times ---


def make_kept(works: int, folder: Path) -> None:
    make_answers(works, folder)
    keep(folder / "answers", folder / "kept.sqlite")


def derive_ours(data: Path, turn: Path) -> Callable[[], object]:
    shutil.copy(data / "kept.sqlite", turn / "library.sqlite")

    def timed() -> None:
        with Library(turn / "library.sqlite", write="regression") as library:
            derive(library)

    return timed


def derive_peer(data: Path, turn: Path) -> Callable[[], object]:
    def timed() -> None:
        with closing(sqlite3.connect(turn / "peer.sqlite")) as db, db:
            db.execute("create virtual table texts using fts5 (title, abstract)")
            for _ in range(4):
                for _, body in recorded(data / "answers"):
                    db.executemany("insert into texts values (?, ?)", map(texts, listed(json.loads(body))))

    return timed


def texts(item: dict[str, Any]) -> tuple[str, str]:
    """Title and abstract as text."""
    at = {place: word for word, places in item.get("abstract_inverted_index", {}).items() for place in places}
    return str(item["title"]), " ".join(at[place] for place in sorted(at))


# -- library file to graph to GraphML: the peer is igraph, from the same file ------------------------------


def make_library(works: int, folder: Path) -> None:
    write_library(folder / "library.sqlite", literature(works, 10 * works))


def graph_ours(data: Path, turn: Path) -> Callable[[], object]:
    forget(data / "library.sqlite")

    def timed() -> None:
        with Library(data / "library.sqlite") as library:
            write(graph_of(library), turn / "ours.graphml")

    return timed


def graph_peer(data: Path, turn: Path) -> Callable[[], object]:
    return lambda: graphml_igraph(build_igraph(data / "library.sqlite"), turn)


# -- duplicates: the peer is rapidfuzz, which compares every fifteenth title with all ------------------------


def make_records(records: int, folder: Path) -> None:
    (folder / "records").write_text(str(records))


def clusters_ours(data: Path, turn: Path) -> Callable[[], object]:
    records = list(synthetic(int((data / "records").read_text())))
    return lambda: clusters(records)


def clusters_peer(data: Path, turn: Path) -> Callable[[], object]:
    titles = [each.title or "" for each in synthetic(int((data / "records").read_text()))]
    return lambda: sum(ratio(one, other) > 90 for one in titles[::15] for other in titles)


PATHS = {
    "keep": HotPath(100, make_answers, keep_ours, keep_peer),
    "derive": HotPath(60, make_kept, derive_ours, derive_peer),
    "graph": HotPath(3_000, make_library, graph_ours, graph_peer),
    "dedupe": HotPath(1_000, make_records, clusters_ours, clusters_peer),
}


# -- measuring --------------------------------------------------------------------------------------------


def seconds(ready: Callable[[Path, Path], Callable[[], object]], data: Path) -> float:
    """CPU time of one turn."""
    with tempfile.TemporaryDirectory() as turn:
        timed = ready(data, Path(turn))
        gc.collect()
        begun = time.process_time()
        timed()
        return time.process_time() - begun


def turns(name: str, folder: Path) -> list[list[float]]:
    """What the peer, ours, and ours on twice the data took in each turn."""
    path = PATHS[name]
    small, double = folder / f"{name}-1", folder / f"{name}-2"
    plan = ((path.peer, small), (path.ours, small), (path.ours, double))
    for each in plan[:2]:
        seconds(*each)  # what is imported and compiled at first use
    gc.freeze()
    return [[seconds(*each) for each in plan] for _ in range(TURNS)]


def measured(names: list[str], folder: Path) -> Figures:
    """Ratio and growth of each path, over the turns of several processes."""
    told: dict[str, list[list[float]]] = {name: [] for name in names}
    for number in range(PROCESSES):
        ended = subprocess.run(
            [sys.executable, __file__, "--turns", str(folder), *names],
            stdout=subprocess.PIPE,
            check=True,
            text=True,
            env={**os.environ, "PYTHONHASHSEED": str(number), "OMP_NUM_THREADS": "1", "OPENBLAS_NUM_THREADS": "1"},
        )
        for name, some in json.loads(ended.stdout).items():
            told[name] += some
    return {
        name: {
            "ratio": statistics.median(ours / peer for peer, ours, _ in some),
            "growth": statistics.median(twice / ours for _, ours, twice in some),
        }
        for name, some in told.items()
    }


def above(found: Figures, usual: Figures) -> list[str]:
    """The paths with a figure above its limit."""
    return [name for name, own in found.items() if any(own[each] > SLACK * usual[name][each] for each in own)]


def line(name: str, own: dict[str, float], usual: dict[str, float]) -> str:
    """What is printed of a path."""
    figures = (f"{each} {own[each]:.2f} (usual {usual[each]:.2f}, limit {SLACK * usual[each]:.2f})" for each in own)
    return f"{name:8}" + "  ".join(figures)


def main() -> int:
    """Check or write the figures; 1 where one is above its limit twice."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--renew", action="store_true", help="write the figures measured here to regression.toml")
    arguments.add_argument("--turns", nargs="+", help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.turns:
        folder, *names = asked.turns
        print(json.dumps({name: turns(name, Path(folder)) for name in names}))
        return 0
    with tempfile.TemporaryDirectory() as kept:
        folder = Path(kept)
        for name, path in PATHS.items():
            for times in (1, 2):
                (data := folder / f"{name}-{times}").mkdir()
                path.make(times * path.size, data)
        found = measured(list(PATHS), folder)
        if asked.renew:
            USUAL.write_text(HEAD + "".join(written(name, own) for name, own in found.items()), encoding="utf-8")
            return 0
        usual: Figures = tomllib.loads(USUAL.read_text(encoding="utf-8"))
        slow = above(found, usual)
        for name, own in found.items():
            print(line(name, own, usual[name]), flush=True)
        if slow:
            print(f"once more: {', '.join(slow)}", flush=True)
            found = measured(slow, folder)
            slow = above(found, usual)
            for name, own in found.items():
                print(line(name, own, usual[name]), flush=True)
    if slow:
        print(f"slower than they were, by CPU time against a peer's: {', '.join(slow)}; see {Path(__file__).name}")
    return int(bool(slow))


HEAD = """\
# What `regression.py` compares with, written by its --renew. Ratios change with the kind of machine and with the
# versions of Python and of the peers, and are renewed with those, never to let a slower program pass.
"""


def written(name: str, own: dict[str, float]) -> str:
    return f"\n[{name}]\n" + "".join(f"{figure} = {value:.2f}\n" for figure, value in own.items())


if __name__ == "__main__":
    sys.exit(main())
