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
    from harvester.formats.parts import Parts
    from harvester.library import Library

__all__ = ["export", "rebuild", "schema", "verify"]

SPLITS = ["covidence"]
"""What `harvester.formats.parts` knows limits of; a test compares them, as help is to be had without the formats."""


@command("export")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option(
    "--format",
    "format_name",
    cls=Option,
    metavar="NAME",
    help="The format, where the suffix does not say it; or a CSL style, for a list of references (mine.csl).",
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
@click.option(
    "--split",
    cls=Option,
    type=click.Choice(SPLITS, case_sensitive=False),
    help="In files of references: write NAME-1, NAME-2, ... with no more in each than this program takes in one file"
    " (Covidence: 15,000 records and 50 MB).",
)
@linking_options
@where_option
@click.option(
    "--new-since",
    cls=Option,
    type=click.IntRange(min=1),
    metavar="RUN",
    help="Only works that no record here described when this run had ended; `update` and `--json` name runs.",
)
def export(
    session: Session,
    files: Sequence[str],
    format_name: str | None,
    only: str,
    network: str,
    layout: Any,
    split: str | None,
    strength: str,
    least: int,
    hub: int,
    where: str | None,
    new_since: int | None,
) -> None:
    """Write the library to each FILE; its suffix chooses: .html (a page) .graphml .ris .bib .csv .json .apa.txt ...

    With --where, the works that satisfy it, and the citations that join two of them. NoteFirst and RefMan read RIS,
    which has their endings too (.notefirst.ris, .refman.ris).
    """
    from harvester import export as exports
    from harvester.formats import parts
    from harvester.library import ledger, news

    if layout == "year" and network != "citation":
        raise click.UsageError("--layout year is for citations, which lead from one year to another")
    endings = {file: exports.graph_ending(file, format=format_name) for file in files}
    pages = [file for file, ending in endings.items() if ending in exports.PAGES]
    if pages and (network != "citation" or layout != "network"):
        raise click.UsageError(f"{pages[0]} is a page of citations, in both layouts; leave --network and --layout out")
    if split:
        if any(endings.values()):
            raise click.UsageError("--split is for files of references; a graph is of one piece")
        for file in files:
            parts.to_be_cut(file, format=format_name)
    made: list[str] = []
    left_over: list[str] = []
    with session.read() as library:
        unfinished = ledger.unfinished(library)
        keys = selected(library, where)
        if new_since is not None:
            fresh = news.new_since(library, new_since)
            keys = fresh if keys is None else keys & fresh
        for file in (file for file, ending in endings.items() if not ending):
            cut = _write_records(library, file, format_name=format_name, keys=keys, split=split)
            made += map(str, cut.written)
            left_over += map(str, cut.left_over)
        if any(endings.values()):
            graph = graph_of(library, keys)
            graph = graph.only_full() if only == "full" else graph
            drawing = _drawing(session, library, graph, network, layout, Linking(strength, least, hub))
        for file in pages:
            shown = exports.literature(library, graph, drawing, title=Path(file).stem, selected=keys)
            exports.write_page(shown, file)
            made.append(file)
    for file, ending in endings.items():
        if ending and file not in pages:
            _write_graph(session, drawing, Path(file), ending)
            made.append(file)
    written = " and ".join(files) if split is None else " and ".join(made)
    session.say(f"{written} written" if keys is None else f"{written} written, {counted(len(keys), 'work')} selected")
    if session.as_json:
        told: dict[str, object] = {"written": made if split else files[0] if len(files) == 1 else files}
        told |= {"left_over": left_over} if split else {}
        told |= {"unfinished_runs": len(unfinished)}
        session.show(told if keys is None else {**told, "selected": len(keys)}, str)
    if left_over:
        session.warn(
            f"{' and '.join(left_over)} of an earlier export are still there and not part of this one;"
            " take them away before you import the rest"
        )
    if keys is not None and not keys:
        conditions = {"satisfies --where": where, "is new since then": new_since}
        asked = " and ".join(text for text, value in conditions.items() if value is not None)
        session.warn(f"no work here {asked}; {written} holds none")
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


def _write_records(
    library: "Library", file: str, *, format_name: str | None, keys: frozenset[str] | None, split: str | None
) -> "Parts":
    from harvester import export as exports
    from harvester import formats
    from harvester.formats.parts import LIMITS, Parts, write_parts

    content = exports.content(library, selected=keys)
    if split:
        return write_parts(content, file, limit=LIMITS[split], format=format_name)
    formats.write(content, file, format=format_name)
    return Parts([Path(file)], [])


def _drawing(
    session: Session, library: "Library", graph: "CitationGraph", kind: str, layout: Any, linking: Linking
) -> "Drawing":
    """Draw the network that was asked for, with its communities and places unless they are not wanted."""
    from graph import export as graphs
    from graph import picture
    from harvester import export as exports

    if kind == "citation":
        with session.busy(f"communities and places of {counted(len(graph), 'work')}"):
            return exports.drawing(library, graph, arrangement=None if layout == "none" else layout)
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


def _write_graph(session: Session, drawing: "Drawing", path: Path, ending: str) -> None:
    from graph import export as graphs
    from harvester import export as exports

    exports.write_drawing(drawing, path, ending=ending)
    changed = graphs.gephi_infinities(drawing) if ending in {".graphml", ".gexf"} else 0
    if changed:
        session.warn(
            f'Gephi will show "Infinity" for "INF" in {changed} titles, venues or names of {path}. The file is right;'
            " `export NAME.nodes.csv NAME.edges.csv` writes tables that Gephi shows as they are"
        )
