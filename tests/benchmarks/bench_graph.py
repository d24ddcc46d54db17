"""From a library file to a graph and its measures: ours, igraph, NetworKit and networkx on the same literature.

Each step of each tool is a process of its own, so that its peak of memory is its own. Every tool starts from the same
library file, reads it as its users would (rows of SQL into its constructor), and is then handed the graph, unmeasured,
for each further step. Equal answers are part of the benchmark: it ends where two tools do not agree.

    pip install networkit lxml
    python tests/benchmarks/graphs.py small.sqlite 100000 1000000
    python tests/benchmarks/bench_graph.py small.sqlite
    python tests/benchmarks/graphs.py large.sqlite 1000000 16000000
    python tests/benchmarks/bench_graph.py large.sqlite --runs 3 --without networkx scipy

No peer finds a main path: theirs is written by hand here, on their graphs and with the integers of Python, and is given
the citations that ours left out to break cycles. No peer couples large graphs either (igraph's result is a square of
lists): scipy's product of the whole matrix stands in.
"""

import argparse
import json
import math
import pickle
import re
import sqlite3
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing
from importlib import import_module
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from harvester.library import Library
from harvester.library.graphs import graph_of, place

Answer = dict[str, Any]

LEAST, HUB = 3, 200
"""Coupling: references shared at least, and citations above which a reference is left out of account."""
TOLERANCE = 1e-12
"""For PageRank, in every tool. The defaults stop far too early on graphs of this size."""

WORKS = "select id, key, title, year, doi, openalex, type, venue, first_author, cited_by_count from works order by key"
CITATIONS = (
    "select citing, cited, group_concat(source, '; ') from citations where citing != cited group by citing, cited"
)
ATTRIBUTES = ("key", "title", "year", "doi", "openalex", "type", "venue", "first_author", "cited_by_count")


def reader(file: Path) -> Any:
    return closing(sqlite3.connect(f"{file.absolute().as_uri()}?mode=ro", uri=True))


def by_number(numbers: Sequence[int]) -> list[int]:
    """The row of each work by its number in the library."""
    row = [0] * (max(numbers) + 1)
    for at, number in enumerate(numbers):
        row[number] = at
    return row


# -- from the library file to the graph -------------------------------------------------------------------


def build_ours(file: Path) -> Any:
    with Library(file) as library:
        return graph_of(library)


def forget(file: Path) -> None:
    """Delete the copy of the graph that ours keeps beside a library."""
    with Library(file) as library:
        place(library).unlink(missing_ok=True)


def build_igraph(file: Path) -> Any:
    import igraph

    with reader(file) as db:
        numbers, *columns = zip(*db.execute(WORKS), strict=True)
        row = by_number(numbers)
        edges, sources = [], []
        for citing, cited, names in db.execute(CITATIONS):
            edges.append((row[citing], row[cited]))
            sources.append(names)
    attributes = dict(zip(ATTRIBUTES, map(list, columns), strict=True))
    return igraph.Graph(
        n=len(numbers), edges=edges, directed=True, vertex_attrs=attributes, edge_attrs={"sources": sources}
    )


def build_networkx(file: Path) -> Any:
    import networkx as nx

    graph = nx.DiGraph()
    keys = {}
    with reader(file) as db:
        for number, key, *values in db.execute(WORKS):
            keys[number] = key
            told = zip(ATTRIBUTES[1:], values, strict=True)
            graph.add_node(key, **{name: value for name, value in told if value is not None})
        graph.add_edges_from(
            (keys[citing], keys[cited], {"sources": names}) for citing, cited, names in db.execute(CITATIONS)
        )
    return graph


def build_networkit(file: Path) -> Any:
    """Works and citations only: its graphs have no room for text."""
    import networkit as nk  # type: ignore[import-not-found]  # not installed where nothing is measured

    with reader(file) as db:
        numbers = [number for (number,) in db.execute("select id from works order by key")]
        pairs = np.fromiter(
            (each for pair in db.execute("select distinct citing, cited from citations") for each in pair), np.int64
        ).reshape(-1, 2)
    row = np.array(by_number(numbers))
    citing, cited = row[pairs[:, 0]], row[pairs[:, 1]]
    proper = citing != cited
    return nk.GraphFromCoo((citing[proper], cited[proper]), n=len(numbers), directed=True)


BUILDS: dict[str, Callable[[Path], Any]] = {
    "ours": build_ours,
    "igraph": build_igraph,
    "networkit": build_networkit,
    "networkx": build_networkx,
}


OPENING: dict[str, dict[str, Callable[[Path], Any]]] = {"build": BUILDS, "again": {"ours": build_ours}}
"""The first time, and once more: ours keeps a copy beside the library."""


def citations_of(graph: Any) -> int:
    """How many citations the graph of any tool holds."""
    for name in ("citations", "ecount", "numberOfEdges", "number_of_edges"):
        found = getattr(graph, name, None)
        if found is not None:
            return int(found() if callable(found) else found)
    raise TypeError(f"{graph!r} is no graph")


# -- a graph to begin a step with, unmeasured -------------------------------------------------------------


def pairs_of(folder: Path) -> tuple[NDArray[np.int64], NDArray[np.int64]]:
    return np.load(folder / "citing.npy"), np.load(folder / "cited.npy")


def ready(tool: str, step: str, file: Path, folder: Path) -> Any:
    """The graph of this tool, with attributes where the step needs them."""
    if tool in ("ours", "scipy"):
        return build_ours(file)
    if tool == "networkx":
        held = folder / "networkx.pickle"
        if not held.exists():
            held.write_bytes(pickle.dumps(build_networkx(file), protocol=5))
        return pickle.loads(held.read_bytes())
    if step == "graphml":
        return BUILDS[tool](file)
    citing, cited = pairs_of(folder)
    size = int((folder / "works").read_text())
    if tool == "igraph":
        import igraph

        return igraph.Graph(size, zip(citing.tolist(), cited.tolist(), strict=True), True)
    import networkit as nk

    return nk.GraphFromCoo((citing, cited), n=size, directed=True)


def prepare(file: Path, folder: Path) -> None:
    """Keep the graph, its citations, and those that break its cycles when they are left out."""
    from graph.mainpath import main_path

    graph = build_ours(file)
    (folder / "works").write_text(str(len(graph)))
    np.save(folder / "citing.npy", np.repeat(np.arange(len(graph)), np.diff(graph.out_indptr)))
    np.save(folder / "cited.npy", graph.out_indices.astype(np.int64))
    dropped = [(graph.position(citing), graph.position(cited)) for cited, citing in main_path(graph).dropped]
    np.save(folder / "dropped.npy", np.array(dropped, dtype=np.int64).reshape(-1, 2))


# -- PageRank and components ------------------------------------------------------------------------------


def pagerank_ours(graph: Any, folder: Path) -> Any:
    from graph.metrics import METRICS

    return METRICS["pagerank"](graph)


def pagerank_igraph(graph: Any, folder: Path) -> Any:
    return graph.pagerank()


def pagerank_networkit(graph: Any, folder: Path) -> Any:
    import networkit as nk

    ranking = nk.centrality.PageRank(graph, tol=TOLERANCE, distributeSinks=nk.centrality.SinkHandling.DistributeSinks)
    return ranking.run().scores()


def pagerank_networkx(graph: Any, folder: Path) -> Any:
    import networkx as nx

    # It multiplies its tolerance by the number of works.
    return list(nx.pagerank(graph, tol=TOLERANCE).values())


def components_ours(graph: Any, folder: Path) -> Any:
    from graph.metrics import METRICS

    return np.bincount(METRICS["component"](graph))


def components_igraph(graph: Any, folder: Path) -> Any:
    return graph.connected_components(mode="weak").sizes()


def components_networkit(graph: Any, folder: Path) -> Any:
    import networkit as nk

    return list(nk.components.WeaklyConnectedComponents(graph).run().getComponentSizes().values())


def components_networkx(graph: Any, folder: Path) -> Any:
    import networkx as nx

    return [len(each) for each in nx.weakly_connected_components(graph)]


# -- communities ------------------------------------------------------------------------------------------


def leiden_ours(graph: Any, folder: Path) -> Any:
    from graph.communities import communities

    return communities(graph).of


def leiden_igraph(graph: Any, folder: Path) -> Any:
    found = graph.as_undirected(mode="each").community_leiden(objective_function="modularity", n_iterations=-1)
    return found.membership


def leiden_networkit(graph: Any, folder: Path) -> Any:
    import networkit as nk

    found = nk.community.ParallelLeiden(nk.graphtools.toUndirected(graph))
    return found.run().getPartition().getVector()


def leiden_networkx(graph: Any, folder: Path) -> Any:
    """Louvain: networkx 3.6 has no Leiden of its own."""
    import networkx as nx

    row = {key: place for place, key in enumerate(graph)}
    member = np.zeros(len(row), dtype=np.int64)
    for number, some in enumerate(nx.community.louvain_communities(graph.to_undirected(), seed=0)):
        member[[row[key] for key in some]] = number
    return member


# -- main path --------------------------------------------------------------------------------------------


def mainpath_ours(graph: Any, folder: Path) -> Any:
    from graph.mainpath import main_path

    return main_path(graph)


def longest(order: list[Any], cited: Any, citing: Any) -> tuple[int, int]:
    """Search path counts and the global main path as a user writes them: the number of paths, and the largest sum."""
    arriving: dict[Any, int] = {}
    for work in order:
        arriving[work] = sum(arriving[each] for each in cited[work]) or 1
    leaving: dict[Any, int] = {}
    best: dict[Any, int] = {}
    total = largest = 0
    for work in reversed(order):
        following = citing[work]
        leaving[work] = sum(leaving[each] for each in following) or 1
        best[work] = max((arriving[work] * leaving[each] + best[each] for each in following), default=0)
        if following and not cited[work]:
            total += leaving[work]
            largest = max(largest, best[work])
    return total, largest


def mainpath_igraph(graph: Any, folder: Path) -> Any:
    graph.delete_edges([tuple(pair) for pair in np.load(folder / "dropped.npy").tolist()])
    return longest(graph.topological_sorting(mode="in"), graph.get_adjlist("out"), graph.get_adjlist("in"))


def mainpath_networkx(graph: Any, folder: Path) -> Any:
    import networkx as nx

    keys = list(graph)
    graph.remove_edges_from([(keys[a], keys[b]) for a, b in np.load(folder / "dropped.npy").tolist()])
    order = list(nx.topological_sort(graph))[::-1]
    return longest(order, graph.succ, graph.pred)


# -- coupling ---------------------------------------------------------------------------------------------


def coupling_ours(graph: Any, folder: Path) -> Any:
    from graph.similarity import coupling

    return coupling(graph, least=LEAST, hub=HUB).counts


def coupling_scipy(graph: Any, folder: Path) -> Any:
    from scipy.sparse import triu

    matrix = graph.matrix().astype(np.int32)
    kept = np.flatnonzero(matrix.sum(axis=0) <= HUB)
    matrix = matrix.tocsc()[:, kept].tocsr()
    product = triu(matrix @ matrix.T, k=1)
    return product.data[product.data >= LEAST]


# -- GraphML ----------------------------------------------------------------------------------------------


def graphml_ours(graph: Any, folder: Path) -> Any:
    from graph.export import write

    write(graph, folder / "ours.graphml")
    return folder / "ours.graphml"


def graphml_igraph(graph: Any, folder: Path) -> Any:
    graph.write_graphml(str(folder / "igraph.graphml"))
    return folder / "igraph.graphml"


def graphml_networkx(graph: Any, folder: Path) -> Any:
    import networkx as nx

    # With lxml, when it is there, this is networkx's streaming writer.
    nx.write_graphml(graph, folder / "networkx.graphml")
    return folder / "networkx.graphml"


STEPS: dict[str, dict[str, Callable[[Any, Path], Any]]] = {
    "pagerank": {
        "ours": pagerank_ours,
        "igraph": pagerank_igraph,
        "networkit": pagerank_networkit,
        "networkx": pagerank_networkx,
    },
    "components": {
        "ours": components_ours,
        "igraph": components_igraph,
        "networkit": components_networkit,
        "networkx": components_networkx,
    },
    "leiden": {
        "ours": leiden_ours,
        "igraph": leiden_igraph,
        "networkit": leiden_networkit,
        "networkx": leiden_networkx,
    },
    "mainpath": {"ours": mainpath_ours, "igraph": mainpath_igraph, "networkx": mainpath_networkx},
    "graphml": {"ours": graphml_ours, "igraph": graphml_igraph, "networkx": graphml_networkx},
    "coupling": {"ours": coupling_ours, "scipy": coupling_scipy},
}


def answer(step: str, tool: str, found: Any, folder: Path) -> Answer:
    """What is compared: figures that are the same, or nearly, whoever finds them."""
    if step == "pagerank":
        ours = folder / "pagerank.npy"
        if tool == "ours":
            np.save(ours, found)
        return {"apart": float(np.abs(np.load(ours) - np.asarray(found)).sum())}
    if step == "components":
        return {"components": len(found), "largest": int(max(found))}
    if step == "leiden":
        from graph.communities import modularity

        return {"modularity": modularity(*pairs_of(folder), None, found)}
    if step == "mainpath":
        if tool == "ours":
            return {"total": found.total_log10, "sum": sum_along(found)}
        total, largest = found
        return {"total": math.log10(total), "sum": math.log10(largest)}
    if step == "coupling":
        return {"pairs": len(found), "shared": int(found.sum(dtype=np.int64))}
    with found.open("rb") as file:
        edges = sum(line.count(b"<edge ") for line in file)
    megabytes = found.stat().st_size / 1e6
    found.unlink()
    return {"citations": edges, "file": megabytes}


def sum_along(path: Any) -> float:
    """The logarithm of the sum of counts along one of the tied paths."""
    following: dict[str, Any] = {}
    for arc in path.arcs:
        following.setdefault(arc.cited, arc)
    begun = {arc.cited for arc in path.arcs} - {arc.citing for arc in path.arcs}
    here, counts = min(begun), []
    while here in following:
        counts.append(following[here].log10)
        here = following[here].citing
    highest = max(counts)
    return float(highest + math.log10(math.fsum(10 ** (count - highest) for count in counts)))


NEAR = {"apart": 1e-6, "total": 1e-9, "sum": 1e-9, "modularity": 0.02}
"""How far answers may lie apart; those that are not listed are equal. The peers' modularity may be the lower one."""


def agree(step: str, ours: Answer, theirs: Answer) -> None:
    """End the benchmark where an answer is not the same."""
    for name, value in theirs.items():
        if name == "file":
            continue
        if name == "apart":
            wrong = not value <= NEAR[name]
        elif name == "modularity":
            wrong = not abs(value - ours[name]) <= NEAR[name]
        else:
            wrong = not math.isclose(value, ours[name], rel_tol=NEAR.get(name, 0), abs_tol=0)
        if wrong:
            sys.exit(f"{step}: ours {ours}, theirs {theirs}")


# -- measuring --------------------------------------------------------------------------------------------


def peak() -> float:
    """The largest memory of this process on Linux since the last look, in MB."""
    found = re.search(r"VmHWM:\s*(\d+) kB", Path("/proc/self/status").read_text())
    return int(found[1]) / 1024 if found else math.nan


def run(tool: str, step: str, file: Path, folder: Path) -> None:
    """One measured step, in the process that it has to itself; prints its figures as JSON."""
    # What a tool imports is not measured for any of them.
    for name in ("igraph", "scipy.sparse.csgraph") if tool == "ours" else (tool,):
        import_module(name)
    if (step, tool) == ("build", "ours"):
        forget(file)
    given = None if step in OPENING else ready(tool, step, file, folder)
    # From here on the kernel counts the peak anew (man7.org, proc_pid_clear_refs).
    Path("/proc/self/clear_refs").write_text("5")
    wall, cpu = time.perf_counter(), time.process_time()
    found = OPENING[step][tool](file) if step in OPENING else STEPS[step][tool](given, folder)
    figures: Answer = {"wall": time.perf_counter() - wall, "cpu": time.process_time() - cpu, "peak": peak()}
    told = {"citations": citations_of(found)} if step in OPENING else answer(step, tool, found, folder)
    print(json.dumps({**figures, "answer": told}))


SLOW = "networkx"
"""Is run once: with it all of this takes ten times as long."""


def measured(tool: str, step: str, file: Path, folder: Path) -> Answer:
    command = [sys.executable, __file__, str(file), "--run", tool, step, str(folder)]
    ended = subprocess.run(command, capture_output=True, check=False, text=True)
    if ended.returncode:
        sys.exit(f"{tool}, {step}: {ended.stderr}")
    figures: Answer = json.loads(ended.stdout.splitlines()[-1])
    return figures


def lines(steps: list[str], tools: list[str], runs: int, file: Path, folder: Path) -> Iterator[str]:
    """Measure everything, tools in turn so that a busy machine is busy for all of them alike, and tell each step."""
    for step in steps:
        ways = OPENING[step] if step in OPENING else STEPS[step]
        able = [tool for tool in tools if tool in ways]
        taken: dict[str, list[Answer]] = {tool: [] for tool in able}
        for number in range(runs):
            for tool, figures in taken.items():
                if number and tool == SLOW:
                    continue
                figures.append(measured(tool, step, file, folder))
                agree(step, taken["ours"][0]["answer"], figures[-1]["answer"])
        for tool, figures in taken.items():
            wall, cpu, top = (statistics.median(each[name] for each in figures) for name in ("wall", "cpu", "peak"))
            told = ", ".join(f"{name} {value:.10g}" for name, value in figures[0]["answer"].items())
            yield f"{step:11}{tool:10}{cpu:9.2f}{wall:9.2f}{top:9.0f}   {told}"


def main() -> None:
    """Measure every step in every tool, and print CPU seconds, wall seconds and MB at the peak."""
    arguments = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    arguments.add_argument("library", type=Path)
    arguments.add_argument("--runs", type=int, default=3)
    arguments.add_argument("--steps", nargs="*", choices=[*OPENING, *STEPS], default=[*OPENING, *STEPS])
    arguments.add_argument("--without", nargs="*", default=[])
    arguments.add_argument("--folder", type=Path, help="Where to keep the graphs to begin with, for another time.")
    arguments.add_argument("--run", nargs=3, help=argparse.SUPPRESS)
    asked = arguments.parse_args()
    if asked.run:
        tool, step, folder = asked.run
        run(tool, step, asked.library, Path(folder))
        return
    tools = [tool for tool in (*BUILDS, "scipy") if tool not in asked.without]
    with tempfile.TemporaryDirectory() as passing:
        folder = asked.folder or Path(passing)
        if not (folder / "dropped.npy").exists():
            folder.mkdir(exist_ok=True)
            prepare(asked.library, folder)
        print(f"{'step':11}{'tool':10}{'cpu s':>9}{'wall s':>9}{'MB':>9}   answer, median of {asked.runs}", flush=True)
        for line in lines(asked.steps, tools, asked.runs, asked.library, folder):
            print(line, flush=True)


if __name__ == "__main__":
    main()
