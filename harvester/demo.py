"""The whole tour offline: a small real corpus on peer support in mental health, harvested over HTTP.

A replica serves the corpus on loopback with the real prices and limits; the harvest, the graph and the files
are made by the very code that asks the public hosts.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graph import export as graphs
from graph.build import build
from harvester import formats, harvest, inputs, replica
from harvester.formats import Content
from harvester.library import Library, reading
from harvester.transport import Credentials

__all__ = ["describe", "run"]

CORPUS = Path(replica.__file__).parent / "demo"
FILES = ("library.sqlite", "works.json", "works.csv", "citations.graphml")


def run(folder: Path, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Harvest the demo corpus into `folder` and write its files; what an earlier demo left is replaced.

    Gives an account of what was asked, found and written, every figure counted in the library or the graph.
    """
    folder.mkdir(exist_ok=True)
    for name in FILES:
        for leftover in folder.glob(f"{name}*"):
            leftover.unlink()
    given = inputs.from_file(CORPUS / "dois.txt")
    with replica.Replica(replica.sites(replica.load(CORPUS))) as server:
        say(f"Serving {CORPUS.name} corpus as Crossref and OpenAlex on {server.url}")
        settings = harvest.Settings(
            cache=folder / "cache",
            credentials=Credentials(openalex_key="demo", crossref_mailto="demo@example.org"),
            replica=server.url,
        )
        with Library(folder / FILES[0], write="demo") as library:
            task = harvest.look_up(library, given, settings=settings)
            outcome = harvest.carry_out(library, task, settings=settings)
    with Library(folder / FILES[0]) as library:
        content = Content(
            works=reading.works(library), citations=reading.citations(library), runs=reading.runs(library)
        )
        formats.write(content, folder / FILES[1])
        formats.write(Content(works=reading.works(library), citations=(), runs=()), folder / FILES[2])
        graph = build(reading.nodes(library), reading.citations(library))
        graphs.write(graph, folder / FILES[3])
        return {
            "asked": len(given),
            "requests": {name: tally.requests for name, tally in outcome.tallies.items()},
            "status": reading.status(library).model_dump(mode="json"),
            "graph": {"works": len(graph.keys), "citations": len(graph.out_indices)},
            "most_cited": [line._asdict() for line in reading.top(library, limit=5)],
            "files": [str(folder / name) for name in FILES],
        }


def describe(account: Mapping[str, Any]) -> str:
    """Tell the account as text, with the commands that do the same for real."""
    state, graph = account["status"], account["graph"]
    lines = [
        f"Asked for {account['asked']} works on peer support and recovery: "
        + ", ".join(f"{name} {count} requests" for name, count in account["requests"].items()),
        *(f"  {one['source']}: {one['works']} works, {one['missing']} not found" for one in state["sources"]),
        f"Merged into {state['works']} works; {state['only_cited']} more are known only by being cited.",
        f"References that carry no identifier, kept as text: {state['unmatched_references']}",
        f"Graph: {graph['works']} works, {graph['citations']} citations. Most cited here:",
    ]
    for line in account["most_cited"]:
        name = f"{line['first_author'] or ''} {line['year'] or ''}".strip() or line["key"]
        lines.append(f"  {line['cited_here']:>3}  {name}: {line['title'] or '(known only by being cited)'}")
    return "\n".join(
        [
            *lines,
            "",
            "Written: " + ", ".join(account["files"]),
            "Open citations.graphml in Gephi. Then ask the library:",
            "  harvester --library harvester-demo/library.sqlite top",
            "  harvester --library harvester-demo/library.sqlite show 10.1016/j.eurpsy.2016.12.007 --provenance",
            "The same for real, with your own DOIs:",
            "  harvester doi 10.1111/inm.13349 10.1080/26408066.2022.2118006 10.1111/hex.13151",
            "  harvester export citations.graphml",
        ]
    )
