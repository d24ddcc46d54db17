"""How well and how fast duplicates are found: ours, and bib-dedupe on the same files in the same run.

A set is a folder with `records_pre_merged.csv` (ID, title, author, year, journal, ...) and `merged_record_ids.csv`
(the ids of one work, parted by semicolons), as bib-dedupe's repository holds them in its history. Counted are pairs
of records: F1 and false merges over automatic merges alone, recall also with the pairs for review. bib-dedupe is run
by the interpreter that is named, since it brings pandas and more. `--synthetic` makes records of words drawn at
random, a third of them damaged copies, for speed and memory alone.

    python tests/benchmarks/bench_dedupe.py FOLDER... [--peer PYTHON] [--synthetic RECORDS]
"""

import argparse
import csv
import json
import random
import re
import resource
import subprocess
import sys
import time
from collections.abc import Iterator
from dataclasses import replace
from itertools import accumulate, combinations, product
from pathlib import Path

from harvester.errors import NotAnIdentifier
from harvester.identifiers import doi
from harvester.match import Description, clusters

PEER = """
import itertools, json, sys, time
import pandas
from bib_dedupe import cluster
from bib_dedupe.bib_dedupe import block, match, prep
records = pandas.read_csv(sys.argv[1])
started = time.process_time(), time.perf_counter()
pairs = match(block(prep(records, verbosity_level=0), verbosity_level=0), verbosity_level=0)
groups = cluster.get_connected_components(pairs)
spent = time.process_time() - started[0], time.perf_counter() - started[1]
pairs = [sorted(map(str, pair)) for group in groups for pair in itertools.combinations(set(group), 2)]
print("\\n" + json.dumps({"pairs": pairs, "cpu": spent[0], "wall": spent[1]}))
"""
Pair = tuple[str, str]
TYPES = {"article": "article", "inproceedings": "proceedings-article", "book": "book", "inbook": "book-chapter"}


def described(row: dict[str, str]) -> Description:
    """A row of a set, read as any table would be."""
    said = {name: (value or "").strip() or None for name, value in row.items()}
    year = re.search(r"\b(1[5-9]|20)\d\d\b", said.get("year") or "")
    first, _, last = (said.get("pages") or "").replace("--", "-").partition("-")
    names = [name.partition(",") for name in (said.get("author") or "").split(" and ") if name.strip()]
    try:
        identifier = doi(said.get("doi") or "")
    except NotAnIdentifier:
        identifier = None
    return Description(
        key=row["ID"],
        title=said.get("title"),
        authors=tuple((family.strip() or None, given.strip() or None) for family, _, given in names) or None,
        year=int(year[0]) if year else None,
        container=said.get("journal") or said.get("booktitle"),
        volume=said.get("volume"),
        issue=said.get("number"),
        first_page=first.strip() or None,
        last_page=last.strip() or None,
        doi=identifier,
        abstract=said.get("abstract"),
        type=TYPES.get(said.get("ENTRYTYPE") or "article"),
    )


def judged(pairs: set[Pair], truth: set[Pair]) -> str:
    """Write out how pairs compare with the true ones."""
    right = len(pairs & truth)
    wrong, missed = len(pairs - truth), len(truth - pairs)
    return f"F1 {2 * right / (2 * right + wrong + missed):.4f}  right {right}  false {wrong}  missed {missed}"


def truth_of(folder: Path) -> set[Pair]:
    with (folder / "merged_record_ids.csv").open(encoding="utf-8") as lines:
        groups = [sorted({key.strip() for key in row["merged_ids"].split(";")}) for row in csv.DictReader(lines)]
    return {(one, other) for group in groups for one, other in combinations(group, 2)}


def ours(folder: Path, truth: set[Pair]) -> set[Pair]:
    """Run and report ours on a set; reading the file does not count, as it does not for the peer."""
    with (folder / "records_pre_merged.csv").open(encoding="utf-8") as lines:
        records = [described(row) for row in csv.DictReader(lines)]
    started = time.process_time(), time.perf_counter()
    found = clusters(records)
    cpu, wall = time.process_time() - started[0], time.perf_counter() - started[1]
    merged = {(one, other) for group in found.groups for one, other in combinations(group, 2)}
    group_of = {key: group for group in found.groups for key in group}
    shown = {
        (min(pair), max(pair))
        for verdict in found.review
        for pair in product(*(group_of.get(key, (key,)) for key in verdict.keys))
    }
    reached = len(truth & (merged | shown)) / len(truth)
    print(
        f"{folder.name:20} ours        {judged(merged, truth)}  recall with review {reached:.4f}"
        f" ({len(found.review)} shown)  {len(records) / cpu:,.0f}/s CPU  {len(records) / wall:,.0f}/s wall"
    )
    return merged


def peer(python: str, folder: Path, truth: set[Pair]) -> None:
    """Run and report bib-dedupe on the same file."""
    path = folder / "records_pre_merged.csv"
    run = subprocess.run([python, "-c", PEER, str(path)], capture_output=True, text=True, check=True)
    told = json.loads(run.stdout.splitlines()[-1])
    with path.open(encoding="utf-8") as lines:
        count = sum(1 for _ in csv.DictReader(lines))
    pairs = {(one, other) for one, other in told["pairs"]}
    print(f"{folder.name:20} bib-dedupe  {judged(pairs, truth)}  {count / told['wall']:,.0f}/s wall")


def synthetic(count: int) -> Iterator[Description]:
    """Records of random words and names with the frequencies of real ones; every third is a damaged copy."""
    chance = random.Random(5)
    words = [f"{stem}{end}" for stem in ("pre", "con", "trans", "hyper", "inter", "micro") for end in range(4_000)]
    weights = list(accumulate(1 / (place + 10) for place in range(len(words))))
    names = [
        f"{stem}{end}" for stem in ("mart", "lind", "okaf", "sato", "wang", "ross") for end in ("in", "er", "a", "o")
    ]
    last = None
    for number in range(count):
        key = f"{number:08}"
        if last and number % 3 == 2:
            yield replace(
                last,
                key=key,
                title=(last.title or "").upper(),
                authors=tuple((family, (given or "")[:1]) for family, given in last.authors or ()),
                doi=None,
            )
            continue
        page = chance.randint(1, 3_000)
        last = Description(
            key=key,
            title=" ".join(chance.choices(words, cum_weights=weights, k=chance.randint(7, 16))),
            authors=tuple((chance.choice(names), chance.choice(names)) for _ in range(chance.randint(1, 8))),
            year=chance.randint(1970, 2025),
            container=f"Journal of {chance.choice(words)} {chance.choice(names)}",
            volume=str(chance.randint(1, 200)),
            issue=str(chance.randint(1, 12)),
            first_page=str(page),
            last_page=str(page + 9),
            doi=f"10.1234/{number}" if chance.random() < 0.7 else None,
            abstract=" ".join(chance.choices(words, cum_weights=weights, k=150)) if chance.random() < 0.6 else None,
        )
        yield last


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("folders", nargs="*", type=Path)
    parser.add_argument("--peer", metavar="PYTHON")
    parser.add_argument("--synthetic", type=int, metavar="RECORDS")
    arguments = parser.parse_args()
    csv.field_size_limit(10_000_000)
    for folder in arguments.folders:
        truth = truth_of(folder)
        ours(folder, truth)
        if arguments.peer:
            peer(arguments.peer, folder, truth)
        sys.stdout.flush()
    if count := arguments.synthetic:
        started = time.process_time(), time.perf_counter()
        made = sum(1 for _ in synthetic(count))
        making = time.process_time() - started[0]
        started = time.process_time(), time.perf_counter()
        found = clusters(synthetic(made))
        cpu, wall = time.process_time() - started[0] - making, time.perf_counter() - started[1] - making
        peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
        print(
            f"{made:,} synthetic records: {made / cpu:,.0f}/s CPU, {made / wall:,.0f}/s wall, peak {peak:,.0f} MB,"
            f" {len(found.groups):,} works of several records, {len(found.review):,} shown"
        )


if __name__ == "__main__":
    main()
