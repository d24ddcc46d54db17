"""A citation search against the replica with the real limits: how near it comes to the fastest permitted route.

Both directions, three indexes, seeds drawn by lot from a set of OpenAlex works; Crossref and OpenCitations are derived
from these. The fastest permitted route is the slowest index by itself: its requests at the rate of its policy. Works
that the set lacks are asked for one at a time, as merged or deleted ones are in earnest; here that is most of them.

    python tests/benchmarks/bench_chase.py WORKS.jsonl.xz [--seeds 200]
"""

import argparse
import json
import lzma
import random
import tempfile
import time
from pathlib import Path

from harvester import inputs
from harvester.harvest import Settings, carry_out
from harvester.harvest.chase import chase
from harvester.harvest.chase_forecast import forecast_chase
from harvester.identifiers import Identifier
from harvester.library import Library, chases
from harvester.library.chases import Scope
from harvester.library.coverage import coverage
from harvester.policy import POLICIES
from harvester.replica import Replica, sites
from harvester.replica.corpus import Corpus
from harvester.replica.derive import derive_crossref, derive_opencitations
from harvester.transport import Credentials


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("works", type=Path)
    arguments.add_argument("--seeds", type=int, default=200)
    given = arguments.parse_args()
    with lzma.open(given.works) as lines:
        works = [json.loads(line) for line in lines]
    corpus = Corpus(
        openalex=tuple(works),
        crossref=tuple(derive_crossref(works)),
        opencitations=tuple(derive_opencitations(works)),
    )
    chosen = random.Random(1).sample(works, given.seeds)
    seeds = [work["id"].rpartition("/")[2] for work in chosen]
    credentials = Credentials(openalex_key="k" * 20, crossref_mailto="somebody@example.org")
    with Replica(sites(corpus, unlimited=False)) as replica, tempfile.TemporaryDirectory() as folder:
        settings = Settings(cache=Path(folder) / "cache", credentials=credentials, replica=replica.url)
        told = forecast_chase([Identifier("openalex", seed) for seed in seeds], scope=Scope(), settings=settings)
        with Library(Path(folder) / "library.sqlite", write="chase") as library:
            begun = time.monotonic()
            run = chase(library, inputs.from_arguments(seeds), scope=Scope(), settings=settings)
            outcome = carry_out(library, run, settings=settings)
            took = time.monotonic() - begun
            account = coverage(library, chases.newest(library))
    floor = 0.0
    print(f"{'index':15} {'requests':>9} {'forecast':>9} {'refused':>8} {'dollars':>8} {'forecast':>9} {'floor, s':>9}")
    for name, tally in outcome.tallies.items():
        rate = POLICIES[name].rate("list", identified=credentials.known_to(name)).per_second
        floor = max(floor, tally.requests / rate)
        expected = next((each for each in told.asking if each.source == name), None)
        requests, dollars = (expected.requests, expected.dollars) if expected else ("", "")
        print(
            f"{name:15} {tally.requests:9,} {requests:>9} {tally.refused:8} {tally.spent:8} {dollars!s:>9}"
            f" {tally.requests / rate:9.1f}"
        )
    print(f"{outcome.state}: {took:.1f} s, {took / floor:.2f} x the fastest permitted route")
    print(f"{len(account.lines):,} lines of account, {len(account.mistakes)} mistakes, {len(account.alarms)} alarms")


if __name__ == "__main__":
    main()
