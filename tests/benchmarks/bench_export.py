"""How fast works become a file of records: ours, and the library that a Python programmer would take for the format.

Works are those of `bench_ingest.py`, derived in a library and held in memory. Each peer is given what ours wrote, read
back into its own form beforehand, so that both write the same content; ours works that content out from the works.
CPU seconds, ours and the peer in turn.

    python tests/benchmarks/bench_export.py [WORKS]
"""

import csv
import json
import statistics
import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path

import pandas  # type: ignore[import-untyped]  # has no types of its own
import rispy  # type: ignore[import-untyped]  # has no types of its own
from bench_ingest import stored
from bibtexparser.entrypoint import parse_file, write_file
from regression import keep

from harvester import formats
from harvester.formats import Content
from harvester.library import Library, derive, reading

RUNS = 3


def by_rispy(file: Path) -> Callable[[Path], object]:
    with file.open(encoding="utf-8-sig") as lines:
        entries = rispy.load(lines)

    def written(place: Path) -> None:
        with place.open("w", encoding="utf-8") as out:
            rispy.dump(entries, out)

    return written


def by_bibtexparser(file: Path) -> Callable[[Path], object]:
    library = parse_file(str(file))
    return lambda place: write_file(str(place), library)


def by_json(file: Path) -> Callable[[Path], object]:
    items = json.loads(file.read_text(encoding="utf-8"))
    return lambda place: place.write_text(json.dumps(items, ensure_ascii=False, indent=1), encoding="utf-8")


def by_csv(file: Path) -> Callable[[Path], object]:
    with file.open(encoding="utf-8-sig", newline="") as lines:
        rows = list(csv.reader(lines))

    def written(place: Path) -> None:
        with place.open("w", encoding="utf-8", newline="") as out:
            csv.writer(out).writerows(rows)

    return written


def by_pandas(file: Path) -> Callable[[Path], object]:
    frame = pandas.read_excel(file)
    return lambda place: frame.to_excel(place, index=False)


PEERS: dict[str, tuple[str, Callable[[Path], Callable[[Path], object]]]] = {
    ".ris": ("rispy", by_rispy),
    ".bib": ("bibtexparser", by_bibtexparser),
    ".csl.json": ("json", by_json),
    ".csv": ("csv", by_csv),
    ".xlsx": ("pandas with openpyxl", by_pandas),
}


def seconds(write: Callable[[Path], object], place: Path) -> float:
    """CPU time of writing one file."""
    begun = time.process_time()
    write(place)
    return time.process_time() - begun


def main() -> None:
    """Print a line for each format."""
    size = int(sys.argv[1]) if len(sys.argv) > 1 else 2_000
    csv.field_size_limit(10_000_000)
    with tempfile.TemporaryDirectory() as passing:
        folder = Path(passing)
        stored(size, folder / "answers")
        keep(folder / "answers", folder / "library.sqlite")
        with Library(folder / "library.sqlite", write="benchmark") as library:
            derive(library)
            works = [work for work in reading.works(library) if work.sources]
        content = Content(works=works, citations=(), runs=())
        print(f"{len(works):,} works, median of {RUNS}, CPU seconds: ours, the peer, ours / peer")
        for ending, (name, peer) in PEERS.items():
            ours, theirs = folder / f"ours{ending}", folder / f"theirs{ending}"
            formats.write(content, ours)
            write = peer(ours)
            taken = [
                (seconds(lambda place: formats.write(content, place), ours), seconds(write, theirs))
                for _ in range(RUNS)
            ]
            own, other = map(statistics.median, zip(*taken, strict=True))
            sizes = f"{ours.stat().st_size / 1e6:.1f} and {theirs.stat().st_size / 1e6:.1f} MB"
            print(f"{ending:10}{own:8.2f}{other:8.2f} {own / other:6.2f}  {name}; {sizes}", flush=True)


if __name__ == "__main__":
    main()
