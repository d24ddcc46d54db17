"""How soon a ranked citation search shows what a published review included.

For each labelled review: five of the works that it included, drawn by lot, are the seeds; all other records of its
search are ranked, and what counts is how soon the other included works come. Means of 20 draws. The records come into
a library as a user would bring them in, and the graph is the library's, with the works known only by being cited.

A work that no link of at most two citations reaches is not in the yield of a citation search: it comes last, whatever
its text is like, in all that is ranked by links. In-degree, PageRank, text alone and lot know nothing of links to
seeds, and rank every record; so does the line "every record", where our score ranks what no link reaches too.

Work saved over sampling at 95 % recall (WSS@95) is the share of the records that need not be read once 95 % of the
works looked for are found, less 5 % (A. M. Cohen et al., Reducing workload in systematic review preparation using
automated citation classification, JAMIA 13 (2), 2006). Ties are broken by lot.

    python tests/benchmarks/bench_recall.py [--review NAME] [--data FOLDER] [--seeds 5] [--draws 20]

A review NAME is NAME_works.jsonl.xz (works of OpenAlex, one a line) and NAME_labels.csv (openalex_id, label_included).
"""

import argparse
import csv
import lzma
import math
import os
import random
import shutil
import sys
import tempfile
import textwrap
import time
from collections import Counter
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.metrics.degrees import in_degree
from graph.metrics.eigenvectors import pagerank
from graph.ranking import Ranking, rank
from harvester.errors import InputError
from harvester.library import Library, derive, imports, reading
from harvester.library.graphs import graph_of
from harvester.library.relevance import relevance

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[2].parent / "shared")) / "data" / "openalex"

READ = (0.05, 0.10, 0.20)
RECALL = 0.95
COLUMNS = (*(f"{share:.0%} read" for share in READ), "WSS@95")

Numbers = NDArray[np.float64]


@dataclass(frozen=True)
class Review:
    """The records of a review's search, and which of them it included, as rows of the graph."""

    name: str
    library: Library
    graph: CitationGraph
    records: NDArray[np.int64]
    included: NDArray[np.bool_]
    unknown: tuple[str, ...]
    """Labelled works that are not in the library."""


def opened(name: str, data: Path, folder: Path) -> Review:
    """Bring the records of a review into a library."""
    brought = folder / f"{name}.jsonl"
    with lzma.open(data / f"{name}_works.jsonl.xz") as packed, brought.open("wb") as plain:
        shutil.copyfileobj(packed, plain)
    library = Library(folder / f"{name}.sqlite", write="import")
    imports.bring(library, brought)
    derive(library)
    graph = graph_of(library)
    labels: dict[int, bool] = {}
    unknown = []
    with (data / f"{name}_labels.csv").open(newline="", encoding="utf-8") as file:
        for line in csv.DictReader(file):
            try:
                row = graph.position(reading.find(library, line["openalex_id"]))
            except InputError:
                unknown.append(line["openalex_id"])
            else:
                labels[row] = labels.get(row, False) or line["label_included"] == "1"
    included = np.zeros(len(graph), dtype=np.bool_)
    included[[row for row, is_included in labels.items() if is_included]] = True
    return Review(name, library, graph, np.array(sorted(labels)), included, tuple(unknown))


def rankings(review: Review, seeds: list[int]) -> tuple[dict[str, Numbers], Ranking]:
    """Every way to rank that is compared, as numbers of which the largest come first."""
    graph = review.graph
    keys = [graph.keys[row] for row in seeds]
    alike = relevance(review.library, keys)
    texts = np.fromiter((alike.get(key, 0.0) for key in graph.keys), np.float64, len(graph))
    ours = rank(graph, keys, texts=texts)
    links = rank(graph, keys)
    yielded = {
        "ours": ours.score,
        "ours, without texts": links.score,
        "  seeds linked": ours.linked,
        "  co-citation": ours.cocitation,
        "  coupling": ours.coupling,
        "  occurrence": ours.occurrence,
        "  surroundings": ours.surroundings,
        "co-cited, plain count": plain_cocitation(graph, seeds),
    }
    return {
        **{name: np.where(ours.reached, values, -1.0) for name, values in yielded.items()},
        "ours, every record": ours.score,
        "text alone (BM25)": ours.text,
        "in-degree": in_degree(graph).astype(np.float64),
        "PageRank": pagerank(graph),
        "lot": np.zeros(len(graph)),
    }, ours


def plain_cocitation(graph: CitationGraph, seeds: list[int]) -> Numbers:
    """How often each work is cited together with a seed, each citing work as often as it cites seeds."""
    cites = graph.matrix().astype(np.float64)
    chosen = np.zeros(len(graph))
    chosen[seeds] = 1
    counts: Numbers = cites.T @ (cites @ chosen)
    return counts


def measured(values: Numbers, is_wanted: NDArray[np.bool_], lots: Numbers) -> list[float]:
    """Recall after each share of the records, and the work saved."""
    found = np.cumsum(is_wanted[np.lexsort((lots, -values))])
    records, wanted = len(found), found[-1]
    recalls = [found[math.ceil(share * records) - 1] / wanted for share in READ]
    read = np.searchsorted(found, math.ceil(RECALL * wanted)) + 1
    return [*map(float, recalls), float((records - read) / records - (1 - RECALL))]


def bench(review: Review, seeds: int, draws: int) -> tuple[dict[str, list[float]], Counter[str]]:
    """The means over the draws, and the included works that no link reached, with the number of draws."""
    included = np.flatnonzero(review.included).tolist()
    gathered: dict[str, list[list[float]]] = {}
    unreached: Counter[str] = Counter()
    for draw in range(draws):
        drawn = sorted(random.Random(f"{review.name} {draw}").sample(included, seeds))
        rows = np.setdiff1d(review.records, drawn)
        lots = np.random.default_rng(draw).random(len(rows))
        ways, ours = rankings(review, drawn)
        for name, values in ways.items():
            gathered.setdefault(name, []).append(measured(values[rows], review.included[rows], lots))
        unreached.update(review.graph.keys[row] for row in rows[review.included[rows] & ~ours.reached[rows]])
    return {name: np.mean(lines, axis=0).tolist() for name, lines in gathered.items()}, unreached


def show(means: dict[str, list[float]]) -> None:
    """Print a line for each way to rank."""
    print(f"  {'':<24}" + "".join(f"{column:>10}" for column in COLUMNS))
    for name, numbers in means.items():
        print(f"  {name:<24}" + "".join(f"{number:>10.3f}" for number in numbers))


def main() -> None:
    """Print a table for each review, the means over them, and what no link reached."""
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("--review", action="append", help="only this one; may be given more than once")
    arguments.add_argument("--data", type=Path, default=SHARED, help="the folder of the reviews")
    arguments.add_argument("--seeds", type=int, default=5)
    arguments.add_argument("--draws", type=int, default=20)
    asked = arguments.parse_args()
    names = asked.review or sorted(path.name.removesuffix("_labels.csv") for path in asked.data.glob("*_labels.csv"))
    if not names:
        sys.exit(f"there are no labelled reviews in {asked.data}")
    everything: list[dict[str, list[float]]] = []
    for name in names:
        started = time.process_time()
        with tempfile.TemporaryDirectory() as folder:
            review = opened(name, asked.data, Path(folder))
            with review.library:
                number = int(review.included.sum())
                if number <= asked.seeds:
                    sys.exit(f"{name} included {number} works, of which {asked.seeds} cannot be drawn with some left")
                means, unreached = bench(review, asked.seeds, asked.draws)
        everything.append(means)
        print(f"{name}: {len(review.records):,} records, {number} included, {len(review.unknown)} not in the library,")
        print(f"  {asked.draws} draws of {asked.seeds} seeds, {time.process_time() - started:.0f} CPU seconds")
        show(means)
        print(f"  included works that no link reaches, {unreached.total() / asked.draws:.1f} a draw (key: draws):")
        # What a space that does not break holds together stays on one line.
        told = ", ".join(f"{key}:\N{NO-BREAK SPACE}{times}" for key, times in sorted(unreached.items())) or "none"
        print(textwrap.fill(told, 110, initial_indent="    ", subsequent_indent="    ", break_on_hyphens=False))
        print()
    if len(everything) > 1:
        print(f"Means of {len(everything)} reviews")
        show({name: np.mean([means[name] for means in everything], axis=0).tolist() for name in everything[0]})


if __name__ == "__main__":
    main()
