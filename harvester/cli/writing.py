"""Commands that write files or recompute: export, schema, verify, rebuild."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester.cli.session import Option, Session, command

if TYPE_CHECKING:
    from harvester.formats import Content
    from harvester.library import Library

__all__ = ["export", "rebuild", "schema", "verify"]


@command("export")
@click.argument("file", type=click.Path(dir_okay=False))
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
def export(session: Session, file: str, format_name: str | None, only: str) -> None:
    """Write the library to FILE; its suffix chooses: .graphml .json .jsonl .csv ..."""
    from graph.export import FORMATS
    from harvester import formats

    path = Path(file)
    name = f".{format_name.lower()}" if format_name else path.name.lower()
    graph_format = max((known for known in FORMATS if name.endswith(known)), key=len, default=None)
    with session.open() as library:
        if graph_format:
            note = _write_graph(library, path, name=graph_format, only=only)
        else:
            formats.write(_content(library), path, format=format_name)
            note = None
    session.say(f"{path} written")
    if note:
        session.warn(note)


@command("schema")
def schema(_session: Session) -> None:
    """Print the JSON Schema of the dump that `export FILE.json` writes."""
    import json

    from harvester.formats import dump

    click.echo(json.dumps(dump.schema(), indent=2))


@command("verify")
def verify(session: Session) -> None:
    """Prove that the library is whole and says exactly what its evidence says."""
    from harvester.library import checksum
    from harvester.library import verify as prove

    with session.open() as library:
        faults = prove(library)
        digest = checksum(library)
    session.show(
        {"faults": faults, "checksum": digest},
        lambda: "\n".join(faults) if faults else f"everything follows from the evidence; content sha256 {digest}",
    )
    click.get_current_context().exit(1 if faults else 0)


@command("rebuild")
def rebuild(session: Session) -> None:
    """Recompute works, citations and text index from the evidence; asks nobody anything."""
    from harvester.library import reading
    from harvester.library import rebuild as recompute

    with session.open(write="rebuild") as library:
        recompute(library)
        state = reading.status(library)
    session.say(f"{state.works} works and {state.citations} citations recomputed")


def _content(library: "Library") -> "Content":
    from harvester.formats import Content
    from harvester.library import reading

    return Content(works=reading.works(library), citations=reading.citations(library), runs=reading.runs(library))


def _write_graph(library: "Library", path: Path, *, name: str, only: str) -> str | None:
    """Write the graph, and give the sentence a user of Gephi must know, if there is one."""
    from graph import export as graphs
    from graph.build import build
    from harvester.library import reading

    graph = build(reading.nodes(library), reading.citations(library))
    if only == "full":
        graph = graph.only_full()
    graphs.write(graph, path, format=name.removeprefix("."))
    changed = graphs.gephi_infinities(graph) if name == ".graphml" else 0
    if not changed:
        return None
    return (
        f'Gephi will show "Infinity" for "INF" in {changed} titles, venues or names of this file. The file is right;'
        " `export NAME.nodes.csv` and `export NAME.edges.csv` write tables that Gephi shows as they are"
    )
