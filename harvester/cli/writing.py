"""Commands that write files or recompute: export, schema, verify, rebuild."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.graphing import graph_of
from harvester.cli.networks import KINDS, Linking, linked, linking_options
from harvester.cli.printing import counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import DONE, FAILED, Option, Session, command

if TYPE_CHECKING:
    from graph.build import CitationGraph
    from graph.export import Drawing
    from harvester.library import Library

__all__ = ["export", "rebuild", "schema", "verify"]


@command("export")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option(
    "--format", "format_name", cls=Option, metavar="NAME", help="The format, where the suffix does not say it."
)
@click.option(
    "--only",
    cls=Option,
    type=click.Choice(["all", "full"]),
    default="all",
    show_default=True,
    help="In graph files: all works, or only those with a record of their own.",
)
@click.option(
    "--network",
    cls=Option,
    type=click.Choice(KINDS),
    default="citation",
    show_default=True,
    help="In graph files: works that cite each other, that are cited together, that share references, or what they"
    " share authors or keywords by.",
)
@click.option(
    "--layout",
    cls=Option,
    type=click.Choice(["network", "year", "none"]),
    default="network",
    show_default=True,
    help="In graph files: works near those they are linked to, by year, or without places and communities.",
)
@linking_options
@where_option
def export(
    session: Session,
    files: Sequence[str],
    format_name: str | None,
    only: str,
    network: str,
    layout: Any,
    strength: str,
    least: int,
    hub: int,
    where: str | None,
) -> None:
    """Write the library to each FILE; its suffix chooses: .graphml .json .jsonl .csv ...

    With --where, the works that satisfy it, and the citations that join two of them.
    """
    from harvester.library import ledger

    if layout == "year" and network != "citation":
        raise click.UsageError("--layout year is for citations, which lead from one year to another")
    endings = {file: _ending(Path(file), format_name) for file in files}
    with session.read() as library:
        unfinished = ledger.unfinished(library)
        keys = selected(library, where)
        for file in (file for file, ending in endings.items() if not ending):
            _write_records(library, Path(file), format_name=format_name, keys=keys)
        if any(endings.values()):
            graph = graph_of(library, keys)
            graph = graph.only_full() if only == "full" else graph
            drawing = _drawing(session, library, graph, network, layout, Linking(strength, least, hub))
    for file, ending in endings.items():
        if ending:
            _write_graph(session, drawing, Path(file), ending)
    written = " and ".join(files)
    session.say(f"{written} written" if keys is None else f"{written} written, {counted(len(keys), 'work')} selected")
    if session.as_json:
        told: dict[str, object] = {"written": files[0] if len(files) == 1 else files}
        told |= {"unfinished_runs": len(unfinished)}
        session.show(told if keys is None else {**told, "selected": len(keys)}, str)
    if keys is not None and not keys:
        session.warn(f"no work here satisfies --where; {written} holds none")
    if unfinished:
        session.warn(
            f"{written} shows what has been harvested so far: {counted(len(unfinished), 'run')} not finished;"
            " `harvester resume` goes on"
        )


@command("schema")
def schema(_session: Session) -> None:
    """Print the JSON Schema of the dump that `export FILE.json` writes."""
    import json

    from harvester.formats import dump

    print(json.dumps(dump.schema(), indent=2))


@command("verify")
def verify(session: Session) -> None:
    """Prove that the library is whole and says exactly what its evidence says."""
    import sqlite3

    from harvester.library import checksum
    from harvester.library import verify as prove

    digest = None
    with session.read() as library:
        try:
            faults = prove(library)
            digest = checksum(library)
        except sqlite3.DatabaseError as error:
            faults = [f"the file is damaged: {error}; go back to a copy of it, or harvest again from the cache"]
    session.show(
        {"faults": faults, "checksum": digest},
        lambda: "\n".join(faults) if faults else f"everything follows from the evidence; content sha256 {digest}",
    )
    click.get_current_context().exit(FAILED if faults else DONE)


@command("rebuild")
def rebuild(session: Session) -> None:
    """Recompute works, citations and text index from the evidence; asks nobody anything."""
    from harvester.library import reading
    from harvester.library import rebuild as recompute

    with session.write("rebuild") as library:
        recompute(library)
        state = reading.status(library)
    session.show(
        {"works": state.works, "only_cited": state.only_cited, "citations": state.citations},
        lambda: f"{counted(state.works, 'work')} and {counted(state.citations, 'citation')} recomputed",
    )


def _write_records(library: "Library", path: Path, *, format_name: str | None, keys: frozenset[str] | None) -> None:
    from harvester import formats
    from harvester.library import ranks, reading

    searched = ranks.searched(library)
    works = reading.works(library, selected=keys)
    content = formats.Content(
        works=(work.model_copy(update={"citation_search": searched.get(work.key)}) for work in works)
        if searched
        else works,
        citations=reading.citations(library, selected=keys),
        runs=reading.runs(library),
    )
    formats.write(content, path, format=format_name)


def _ending(path: Path, format_name: str | None) -> str | None:
    """Give the ending of a graph format that goes with a file, None for a format of records."""
    from graph.export import FORMATS
    from harvester import formats
    from harvester.errors import InputError

    name = f".{format_name.lower().removeprefix('.')}" if format_name else path.name.lower()
    ending = max((known for known in FORMATS if name.endswith(known)), key=len, default=None)
    if ending is None:
        try:
            formats.of(path if format_name is None else format_name)
        except InputError as error:
            suffixes = [suffix for each in formats.known() for suffix in each.suffixes]
            raise InputError(
                f"{format_name or path.name} is in no known format; a file may end in {' '.join([*FORMATS, *suffixes])}"
            ) from error
    return ending


def _drawing(
    session: Session, library: "Library", graph: "CitationGraph", kind: str, layout: Any, linking: Linking
) -> "Drawing":
    """Draw the network that was asked for, with its communities and places unless they are not wanted."""
    from graph import export as graphs
    from graph import picture

    if kind == "citation":
        if layout == "none":
            return _with_search(library, graph, graphs.citation_drawing(graph))
        with session.busy(f"communities and places of {counted(len(graph), 'work')}"):
            return _with_search(library, graph, picture.citation_picture(graph, arrangement=layout))
    network, names = linked(session, library, graph, kind=kind, linking=linking)
    # What shares nothing says nothing in a network, and would be most of it.
    network = network.connected()
    if not len(network):
        session.warn(f"nothing here is linked by {'authors' if kind == 'coauthor' else kind}; the file holds no node")
    works = graph if kind in ("cocitation", "coupling") else None
    if layout == "none":
        return graphs.network_drawing(network, graph=works, names=names)
    with session.busy(f"communities and places of {counted(len(network), 'node')}"):
        return picture.network_picture(network, graph=works, names=names)


def _with_search(library: "Library", graph: "CitationGraph", drawing: "Drawing") -> "Drawing":
    """Add to each work what the last citation search says of it, where there has been one."""
    from graph import export as graphs
    from harvester.library import ranks

    searched = ranks.searched(library)
    if not searched:
        return drawing
    found = [searched.get(key) for key in graph.keys]
    return graphs.with_attributes(
        drawing,
        {
            "seed": ("boolean", ["true" if one and one.is_seed else "false" for one in found]),
            "round": ("int", [str(one.round) if one and one.round else None for one in found]),
            "directions": ("string", ["; ".join(one.directions) or None if one else None for one in found]),
            "linked_seeds": ("int", [str(len(one.seeds)) if one else None for one in found]),
            "rank": ("int", [str(one.rank) if one and one.rank else None for one in found]),
            "score": ("double", [f"{one.score:.9g}" if one and one.score is not None else None for one in found]),
        },
    )


def _write_graph(session: Session, drawing: "Drawing", path: Path, ending: str) -> None:
    from graph import export as graphs
    from harvester.errors import OutputError

    try:
        graphs.write(drawing, path, format=ending.removeprefix("."))
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another place") from error
    changed = graphs.gephi_infinities(drawing) if ending in {".graphml", ".gexf"} else 0
    if changed:
        session.warn(
            f'Gephi will show "Infinity" for "INF" in {changed} titles, venues or names of {path}. The file is right;'
            " `export NAME.nodes.csv NAME.edges.csv` writes tables that Gephi shows as they are"
        )
