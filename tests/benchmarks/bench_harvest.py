"""1,000 known DOIs from both indexes through a replica with the real limits and 100 ms latency.

Ours is the whole command, from its start to merged works; the floor is the fastest route that the policy table
permits, worked out from its rates. The peers are used as their documentation shows: `habanero` one DOI after
the other from Crossref, `pyalex` in OR filters of 50 from OpenAlex; neither merges nor keeps anything.

    .venv/bin/pip install habanero
    .venv/bin/python tests/benchmarks/bench_harvest.py
"""

import json
import math
import os
import random
import statistics
import subprocess
import sys
import tempfile
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from harvester.policy import POLICIES

WORKS = 1_000
REFERENCES = 30
LATENCY = 0.1
IN_A_LIST = 50
RUNS = 3
HARVESTER = str(Path(sys.executable).with_name("harvester"))
WORDS = (
    "peer",
    "support",
    "worker",
    "recovery",
    "mental",
    "health",
    "service",
    "user",
    "trial",
    "stigma",
    "hope",
    "care",
)


def corpus(folder: Path) -> list[str]:
    """Write a seeded corpus of OpenAlex works, each with references into it, and give its DOIs."""
    lots = random.Random(1)  # repeatable, not secret
    dois = [f"10.5555/bench.{number}" for number in range(WORKS)]
    with (folder / "openalex.jsonl").open("w", encoding="utf-8") as file:
        for number, doi in enumerate(dois):
            words = lots.choices(WORDS, k=180)
            index: dict[str, list[int]] = {}
            for place, word in enumerate(words):
                index.setdefault(word, []).append(place)
            cited = lots.sample(range(WORKS), REFERENCES)
            work = {
                "id": f"https://openalex.org/W{10_000 + number}",
                "doi": f"https://doi.org/{doi}",
                "title": " ".join(lots.choices(WORDS, k=9)).capitalize(),
                "publication_year": 2000 + number % 25,
                "publication_date": f"{2000 + number % 25}-05-17",
                "type": "article",
                "authorships": [
                    {"author": {"id": None, "display_name": f"Ada Bee{n}"}, "raw_author_name": f"Ada Bee{n}"}
                    for n in range(5)
                ],
                "abstract_inverted_index": index,
                "cited_by_count": lots.randrange(200),
                "referenced_works": [f"https://openalex.org/W{10_000 + one}" for one in cited],
                "referenced_works_count": REFERENCES,
                "updated_date": "2026-10-01T00:00:00",
            }
            file.write(json.dumps(work) + "\n")
    return dois


@contextmanager
def replica(folder: Path) -> Iterator[str]:
    """Serve the corpus in a process of its own, with both indexes, latency and the real limits."""
    command = [HARVESTER, "replica", "--corpus", str(folder), "--port", "0"]
    command += ["--derive", "crossref", "--faults", f"latency={LATENCY * 1000:.0f}ms"]
    with subprocess.Popen(command, stderr=subprocess.PIPE, text=True) as server:
        assert server.stderr is not None
        said = server.stderr.readline()
        yield next(word for word in said.split() if word.startswith("http"))
        server.terminate()


def served(url: str) -> tuple[int, int]:
    """Give how many requests the replica was sent since the last time, and how many it refused."""
    with urllib.request.urlopen(f"{url}/_log") as answer:  # loopback
        log = json.load(answer)
    urllib.request.urlopen(urllib.request.Request(f"{url}/_log", method="DELETE")).close()  # loopback
    return log["count"], int(log["statuses"].get("429", 0))


def ours(url: str, dois: list[str]) -> float:
    """Time the command, from its start to merged works in an empty folder."""
    with tempfile.TemporaryDirectory() as folder:
        listed = Path(folder) / "dois.txt"
        listed.write_text("\n".join(dois), encoding="utf-8")
        command = [HARVESTER, "--library", f"{folder}/library.sqlite"]
        command += ["--replica", url, "--json", "doi", "--from", str(listed)]
        identity = {"OPENALEX_API_KEY": "bench", "CROSSREF_MAILTO": "bench@example.org"}
        started = time.perf_counter()
        done = subprocess.run(command, capture_output=True, text=True, env={**os.environ, **identity}, check=True)
        spent = time.perf_counter() - started
        account = json.loads(done.stdout)["runs"][0]
        assert account["found"] == WORKS, account
        assert account["library"]["works"] == WORKS, account
    return spent


def floor() -> float:
    """Work out the fastest permitted route: lists of 50, at each source's rate, both sources at once."""
    return max(
        math.ceil(WORKS / IN_A_LIST) / POLICIES[name].rate("list", identified=True).per_second
        for name in ("crossref", "openalex")
    )


def with_habanero(url: str, dois: list[str]) -> tuple[float, int]:
    """Time habanero on the same DOIs, as its documentation shows; give the works it got too."""
    from habanero import Crossref

    started = time.perf_counter()
    answers = Crossref(base_url=f"{url}/crossref", mailto="bench@example.org").works(ids=dois)
    return time.perf_counter() - started, sum(answer is not None for answer in answers)


def with_pyalex(url: str, dois: list[str]) -> tuple[float, int]:
    """Time pyalex on the same DOIs; its host is fixed, so its session is pointed at the replica."""
    import pyalex
    import requests

    class Session(requests.Session):
        def get(self, address: Any, **settings: Any) -> requests.Response:
            return super().get(str(address).replace("https://api.openalex.org", f"{url}/openalex"), **settings)

    pyalex.api.requests.Session = Session
    pyalex.config.api_key = "bench"
    started = time.perf_counter()
    found = 0
    for start in range(0, len(dois), 50):
        found += len(pyalex.Works().filter_or(doi=dois[start : start + 50]).get(per_page=50))
    return time.perf_counter() - started, found


def main() -> None:
    """Run everything against one replica and print a table."""
    with tempfile.TemporaryDirectory() as folder:
        dois = corpus(Path(folder))
        with replica(Path(folder)) as url:
            times = []
            for _ in range(RUNS):
                served(url)
                times.append(ours(url, dois))
                requests, refused = served(url)
            median = statistics.median(times)
            print(
                f"harvester doi, both indexes: median {median:.2f} s of {[round(one, 2) for one in times]}", flush=True
            )
            print(f"  {requests} requests, {refused} refused", flush=True)
            print(f"  fastest permitted {floor():.2f} s; ratio {median / floor():.2f}", flush=True)
            for name, peer in (("pyalex, OpenAlex only", with_pyalex), ("habanero, Crossref only", with_habanero)):
                spent, found = peer(url, dois)
                requests, refused = served(url)
                print(f"{name}: {spent:.2f} s ({spent / median:.1f} x ours), {found} works", flush=True)
                print(f"  {requests} requests, {refused} refused", flush=True)


if __name__ == "__main__":
    main()
