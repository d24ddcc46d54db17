"""How fast records are judged against a search strategy: our evaluator, and SQLite's full-text index.

Each run is a process of its own. What is measured starts with titles and abstracts as plain text and ends with
the set of works that satisfy a strategy of ten terms: for SQLite (FTS5, with its Porter stemmer) that is filling an
index and asking it once, which is what judging records as they arrive would take. Both find the same works, or the
benchmark fails.

    python tests/benchmarks/bench_search.py [RECORDS]
"""

import argparse
import json
import random
import sqlite3
import statistics
import subprocess
import sys
import time

RUNS = 5
COMMON = ("patients", "treatment", "health", "study", "care", "community", "clinical", "people", "services", "trial")
RARE = ("peer", "peers", "support", "supported", "worker", "workers", "recovery", "lived", "experience", "mentoring")
STRATEGY = (
    '("peer support" OR "peer worker" OR mentoring OR "lived experience") AND (recovery OR hope OR empowerment)'
    " AND (health OR care) NOT dementia"
)


def texts(count: int) -> list[tuple[str, str]]:
    """Titles of twelve words and abstracts of two hundred, every twentieth word one of those that are looked for."""
    chance = random.Random(7)
    filler = [f"{stem}{end}" for stem in ("alpha", "beta", "gamma", "delta", "omega") for end in range(400)]

    def words(number: int) -> str:
        return " ".join(
            chance.choice(RARE)
            if chance.random() < 0.05
            else chance.choice(COMMON if chance.random() < 0.2 else filler)
            for _ in range(number)
        )

    return [(words(12), words(200)) for _ in range(count)]


def ours(given: list[tuple[str, str]]) -> tuple[float, list[int]]:
    """Seconds and hits of the evaluator that judges Crossref's records and `--where`."""
    from harvester.expression.evaluate import Described, matcher
    from harvester.expression.parse import parse

    started = time.process_time()
    satisfies = matcher(parse(STRATEGY))
    hits = [
        number
        for number, (title, abstract) in enumerate(given)
        if satisfies(Described(titles=(title,), abstracts=(abstract,), authors=(), venues=(), year=None, facts={}))
    ]
    return time.process_time() - started, hits


def sqlite(given: list[tuple[str, str]]) -> tuple[float, list[int]]:
    """Seconds and hits of FTS5 with `tokenize=porter`, in memory."""
    started = time.process_time()
    db = sqlite3.connect(":memory:")
    db.execute("create virtual table works using fts5(title, abstract, tokenize='porter')")
    db.executemany("insert into works values (?, ?)", given)
    rows = db.execute("select rowid - 1 from works where works match ? order by 1", (STRATEGY,)).fetchall()
    return time.process_time() - started, [number for (number,) in rows]


def measured(name: str, count: int) -> tuple[float, list[int]]:
    """One run in a process of its own."""
    ended = subprocess.run([sys.executable, __file__, str(count), "--only", name], capture_output=True, check=True)
    seconds, hits = json.loads(ended.stdout)
    return seconds, hits


def main() -> None:
    """Print records a CPU second, the median of several runs, and the ratio."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("records", type=int, nargs="?", default=10_000)
    arguments.add_argument("--only", choices=("ours", "sqlite"))
    asked = arguments.parse_args()
    if asked.only:
        print(json.dumps({"ours": ours, "sqlite": sqlite}[asked.only](texts(asked.records))))
        return
    seconds: dict[str, list[float]] = {"ours": [], "sqlite": []}
    found: list[list[int]] = []
    for _ in range(RUNS):
        for name, taken in seconds.items():
            second, hits = measured(name, asked.records)
            taken.append(second)
            found.append(hits)
    if any(hits != found[0] for hits in found):
        sys.exit("the two do not find the same works")
    medians = {name: statistics.median(taken) for name, taken in seconds.items()}
    print(f"{asked.records:,} records, {len(found[0]):,} found, median of {RUNS}, CPU seconds")
    for name, median in medians.items():
        print(f"  {name:<7}{median:7.2f}  {asked.records / median:9,.0f} records a second")
    print(f"  sqlite / ours = {medians['sqlite'] / medians['ours']:.2f}")


if __name__ == "__main__":
    main()
