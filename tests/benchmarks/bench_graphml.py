"""With how many CPU seconds and how much memory a GraphML file is made: ours, igraph's and networkx's.

Each run is a process of its own, so that its peak of memory is its own; what is measured starts with the
works and citations as plain Python values and ends with the file on disk. igraph and networkx write the
same attributes, though not the degrees, PageRank and labels that ours adds.

    python tests/benchmarks/bench_graphml.py [WORKS CITATIONS] [--against igraph networkx]
"""

import argparse
import gc
import json
import re
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

import numpy as np

from graph.build import build
from graph.export import write
from harvester.model import Citation, Node

RUNS = 3
VENUES = ("Health Expectations", "BMJ", "Psychiatric Services", "PLoS ONE & others")


def works(size: int) -> Iterator[Node]:
    """Works with titles of the usual length, over 40 years."""
    for number in range(size):
        yield Node(
            f"doi:10.1/{number:07}",
            title=f"Peer support & recovery in community mental health services: a mixed-methods study {number}",
            year=1985 + number * 40 // size,
            doi=f"10.1/{number:07}",
            openalex=f"W{number}",
            type="article",
            venue=VENUES[number % len(VENUES)],
            first_author=f"Author {number % 9_973}",
            cited_by_count=number % 301,
            sources=("crossref", "openalex"),
            is_open_access=number % 3 == 0,
        )


def citations(size: int, count: int) -> Iterator[Citation]:
    """Citations of earlier works, mostly of the well known ones, half of them known to two indexes."""
    chance = np.random.default_rng(20)
    citing = chance.integers(1, size, count)
    cited = (citing * chance.random(count) ** 3).astype(np.int64)
    for later, earlier, both in zip(
        citing.tolist(), cited.tolist(), (chance.random(count) < 0.5).tolist(), strict=True
    ):
        sources = ("crossref", "openalex") if both else ("openalex",)
        yield Citation(f"doi:10.1/{later:07}", f"doi:10.1/{earlier:07}", sources)


def ours(nodes: list[Node], links: list[Citation], file: Path) -> int:
    graph = build(nodes, links)
    write(graph, file)
    return graph.citations


def by_igraph(nodes: list[Node], links: list[Citation], file: Path) -> int:
    import igraph

    row = {node.key: place for place, node in enumerate(nodes)}
    sources: dict[tuple[int, int], set[str]] = {}
    for citing, cited, names in links:
        if citing != cited:
            sources.setdefault((row[citing], row[cited]), set()).update(names)
    graph = igraph.Graph(n=len(nodes), edges=list(sources), directed=True)
    for name in ("key", "title", "year", "doi", "openalex", "type", "venue", "first_author", "cited_by_count"):
        graph.vs[name] = [getattr(node, name) for node in nodes]
    graph.vs["sources"] = ["; ".join(node.sources) for node in nodes]
    graph.es["sources"] = ["; ".join(sorted(names)) for names in sources.values()]
    graph.es["n_sources"] = [len(names) for names in sources.values()]
    graph.es["lag"] = [(nodes[citing].year or 0) - (nodes[cited].year or 0) for citing, cited in sources]
    graph.write_graphml(str(file))
    return len(sources)


def by_networkx(nodes: list[Node], links: list[Citation], file: Path) -> int:
    import networkx as nx

    graph = nx.DiGraph()
    years = {node.key: node.year or 0 for node in nodes}
    for node in nodes:
        attributes = node._asdict() | {"sources": "; ".join(node.sources)}
        del attributes["key"]
        graph.add_node(node.key, **attributes)
    for citing, cited, names in links:
        if citing != cited:
            known = graph.edges[citing, cited]["names"] if graph.has_edge(citing, cited) else set()
            graph.add_edge(citing, cited, names=known | set(names))
    for citing, cited, found in graph.edges(data=True):
        names = found.pop("names")
        found.update(sources="; ".join(sorted(names)), n_sources=len(names), lag=years[citing] - years[cited])
    # With lxml, when it is there, this is networkx's streaming writer.
    nx.write_graphml(graph, file)
    return int(graph.number_of_edges())


WAYS = {"ours": ours, "igraph": by_igraph, "networkx": by_networkx}


def memory(name: str) -> float:
    """A line of this process's status on Linux, in MB."""
    found = re.search(rf"{name}:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else float("nan")


def run(way: str, size: int, count: int) -> None:
    """One measured run, in the process it has to itself; prints its figures as JSON."""
    nodes, links = list(works(size)), list(citations(size, count))
    gc.collect()
    # From here on the kernel counts the peak anew (man7.org, proc_pid_clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    held = memory("VmRSS")
    with tempfile.TemporaryDirectory() as folder:
        file = Path(folder) / "graph.graphml"
        start = time.process_time()
        found = WAYS[way](nodes, links, file)
        seconds = time.process_time() - start
        figures = {"seconds": seconds, "mb": memory("VmHWM") - held, "file": file.stat().st_size / 1e6}
    print(json.dumps(figures | {"citations": found}))


def main() -> None:
    """Run each way several times and print one line for each, with its ratio to ours."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("works", nargs="?", type=int, default=200_000)
    arguments.add_argument("citations", nargs="?", type=int, default=3_300_000)
    arguments.add_argument("--against", nargs="*", choices=["igraph", "networkx"], default=["igraph", "networkx"])
    arguments.add_argument("--run", choices=WAYS, help=argparse.SUPPRESS)
    chosen = arguments.parse_args()
    if chosen.run:
        run(chosen.run, chosen.works, chosen.citations)
        return
    first = 0.0
    for way in ("ours", *chosen.against):
        command = [sys.executable, __file__, str(chosen.works), str(chosen.citations), "--run", way]
        results = [
            json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout) for _ in range(RUNS)
        ]
        seconds = statistics.median(result["seconds"] for result in results)
        peak = statistics.median(result["mb"] for result in results)
        first = first or seconds
        print(
            f"{way:9} {chosen.works} works, {results[0]['citations']} citations: build and write {seconds:.2f} CPU s "
            f"({seconds / first:.2f} x ours), {peak:.0f} MB above the input, file {results[0]['file']:.0f} MB"
        )


if __name__ == "__main__":
    main()
