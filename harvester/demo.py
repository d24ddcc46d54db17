"""The whole tour offline: a small real corpus on peer support in mental health, harvested over HTTP.

A replica serves the corpus on loopback with the real prices and limits; the harvest, the citation search, the graph,
the files and the account of the search are made by the very code that asks the public hosts.
"""

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any

from graph.page import NotBundled
from harvester import export, formats, harvest, inputs, replica
from harvester.errors import InputError, OutputError, Stopped
from harvester.expression import parse
from harvester.formats import Content
from harvester.harvest import chase as chasing
from harvester.library import Library, chases, coverage, reading, searches
from harvester.library.graphs import graph_of
from harvester.library.ledger import Run
from harvester.review import account as account_of
from harvester.review import docx, html
from harvester.transport import Credentials

__all__ = ["describe", "run"]

CORPUS = Path(replica.__file__).parent / "demo"
LIBRARY = "library.sqlite"
FILES: tuple[str, ...] = ("works.json", "works.csv", "citations.graphml", "page.html", "report.html", "report.docx")
TITLE = "Peer support and recovery in mental health"
SEARCH = '("peer support" OR recovery OR "lived experience*") AND ("mental illness*" OR "personality disorder*")'
SEED = "10.1176/appi.ps.201300303"
ROUNDS = chases.Scope(rounds=2, keep="personality AND year:2012-")
ENDS = ("-wal", "-shm", "-journal", ".graph", "")
"""What SQLite may leave beside a file, the copy of its graph, and the file."""


def run(folder: Path, *, say: Callable[[str], None]) -> dict[str, Any]:
    """Harvest the demo corpus into `folder` and write its files; what an earlier demo left is replaced.

    Gives an account of what was asked, found and written, every figure counted in the library or the graph.
    Raises `InputError` where that would overwrite something else, `Stopped` when it is interrupted.
    """
    _make_room(folder)
    given = inputs.from_file(CORPUS / "dois.txt").inputs
    with replica.Replica(replica.sites(replica.load(CORPUS))) as server:
        say(f"Serving {CORPUS.name} corpus as Crossref and OpenAlex on {server.url}")
        settings = harvest.Settings(
            cache=folder / "cache",
            credentials=Credentials(openalex_key="demo", crossref_mailto="demo@example.org"),
            replica=server.url,
        )
        with Library(folder / LIBRARY, write="demo") as library:
            outcomes = [
                harvest.carry_out(library, harvest.look_up(library, given, settings=settings), settings=settings)
            ]
            status = reading.status(library).model_dump(mode="json")
            planned = harvest.plan(parse.parse(SEARCH), text=SEARCH, scope=harvest.Scope())
            search = harvest.search(library, planned, settings=settings)
            outcomes.append(harvest.carry_out(library, search, settings=settings))
            chase = chasing.chase(library, inputs.from_arguments([SEED]), scope=ROUNDS, settings=settings)
            outcomes.append(harvest.carry_out(library, chase, settings=settings))
    reasons = [sentence for outcome in outcomes for sentence in outcome.sentences]
    if any(outcome.state != "done" for outcome in outcomes):
        raise Stopped(f"the demo did not end ({'; '.join(reasons)}); run it again")
    with Library(folder / LIBRARY) as library:
        content = Content(
            works=reading.works(library), citations=reading.citations(library), runs=reading.runs(library)
        )
        formats.write(content, folder / FILES[0])
        formats.write(Content(works=reading.works(library), citations=(), runs=()), folder / FILES[1])
        graph = graph_of(library)
        drawn = export.drawing(library, graph)
        export.write_drawing(drawn, folder / FILES[2], ending=".graphml")
        files = FILES
        try:
            export.write_page(export.literature(library, graph, drawn, title=TITLE), folder / FILES[3])
        except OutputError as error:
            if not isinstance(error.__cause__, NotBundled):
                raise
            say(str(error))
            files = tuple(name for name in FILES if name != FILES[3])
        told = account_of(library)
        with formats.replacing(folder / FILES[4]) as stream:
            stream.write(html(told))
        with formats.replacing(folder / FILES[5]) as stream:
            stream.buffer.write(docx(told))
        return {
            "asked": len(given),
            "requests": {name: tally.requests for name, tally in outcomes[0].tallies.items()},
            "search": _search(library, planned, search),
            "citation_search": _citation_search(library),
            "status": status,
            "graph": {"works": len(graph.keys), "citations": len(graph.out_indices)},
            "most_cited": [line._asdict() for line in reading.top(library, limit=5)],
            "files": [str(folder / name) for name in (LIBRARY, *files)],
        }


def _search(library: Library, planned: harvest.Plan, run: Run) -> dict[str, Any]:
    (openalex,) = searches.searched(library, run)
    (part,) = openalex.parts
    return {
        "query": planned.text,
        "sent": [planned.described(query) for query in planned.queries["openalex"]],
        "reported": part.reported,
        "received": part.received,
        "kept": openalex.kept,
    }


def _citation_search(library: Library) -> dict[str, Any]:
    chased = chases.newest(library)
    return {
        "seed": SEED,
        "directions": list(chased.scope.directions),
        "keep": chased.scope.keep,
        "rounds": [len(each.seeds) for each in chased.rounds],
        "found": len(chases.yields(library, chased)),
        "shares": [share._asdict() for share in coverage.coverage(library, chased).shares],
    }


def _make_room(folder: Path) -> None:
    """Take away what an earlier demo left, and only that: people keep their work in the folders they find."""
    if folder.exists() and not folder.is_dir():
        raise InputError(f"{folder} is a file; the demo makes a folder of that name: run it in another place")
    folder.mkdir(exist_ok=True)
    library = folder / LIBRARY
    if library.exists():
        with Library(library, write="demo") as earlier:
            if any(run["replica"] is None for run in reading.runs(earlier)):
                raise InputError(f"{library} holds a harvest of your own; move it away, then run the demo again")
    else:
        taken = [name for name in FILES if (folder / name).exists()]
        if taken:
            raise InputError(f"{folder / taken[0]} is not from a demo; move it away, then run the demo again")
    # The library goes last: while it is there, the others are known to be the demo's.
    for name in (*FILES, *(f"cache/http.sqlite{end}" for end in ENDS), *(f"{LIBRARY}{end}" for end in ENDS)):
        (folder / name).unlink(missing_ok=True)


def describe(account: Mapping[str, Any]) -> str:
    """Tell the account as text, with the commands that do the same for real."""
    state, graph, search, chase = (account[name] for name in ("status", "graph", "search", "citation_search"))
    lines = [
        f"Asked for {account['asked']} works on peer support and recovery: "
        + ", ".join(f"{name} {count} requests" for name, count in account["requests"].items() if count),
        *(f"  {one['source']}: {one['works']} works, {one['missing']} not found" for one in state["sources"]),
        f"Merged into {state['works']} works; {state['only_cited']} more are known only by being cited.",
        f"References that carry no identifier, kept as text: {state['unmatched_references']}",
        f"Then searched for {search['query']}",
        *(f"  sent to OpenAlex: {line}" for line in search["sent"]),
        f"  {search['reported']} works reported, {search['received']} received, {search['kept']} kept",
        f"Then searched citations {' and '.join(chase['directions'])} from {chase['seed']}, then from: {chase['keep']}",
        f"  {len(chase['rounds'])} rounds, {sum(chase['rounds'])} seeds, {chase['found']} works found",
        *(
            f"  {one['direction']}, {one['source']}: {one['works']} of {one['union']} citations of seeds"
            for one in chase["shares"]
            if one["works"]
        ),
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
            *(
                ["Open page.html in a browser: the works, their citations, and who says what of each."]
                if any(name.endswith(FILES[3]) for name in account["files"])
                else []
            ),
            "Open report.html: it says how all this was searched. Open citations.graphml in Gephi.",
            "Then ask the library:",
            f"  harvester --library {account['files'][0]} top",
            f"  harvester --library {account['files'][0]} show 10.1016/j.eurpsy.2016.12.007 --provenance",
            "The same for real, with your own DOIs and your own search:",
            "  harvester doi 10.1111/inm.13349 10.1080/26408066.2022.2118006 10.1111/hex.13151",
            f"  harvester search '{SEARCH}' --explain",
            f"  harvester chase {SEED} --rounds 2 --keep '{ROUNDS.keep}' --dry-run",
            "  harvester export citations.graphml",
            "  harvester report report.html report.docx",
        ]
    )
