"""Commands that write files or recompute: export, schema, verify, rebuild."""

from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester.cli.printing import counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import DONE, FAILED, Option, Session, command

if TYPE_CHECKING:
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
@where_option
def export(session: Session, file: str, format_name: str | None, only: str, where: str | None) -> None:
    """Write the library to FILE; its suffix chooses: .graphml .json .jsonl .csv ...

    With --where, the works that satisfy it, and the citations that join two of them.
    """
    from graph.export import FORMATS
    from harvester import formats
    from harvester.errors import InputError
    from harvester.library import ledger

    path = Path(file)
    name = f".{format_name.lower().removeprefix('.')}" if format_name else path.name.lower()
    graph_format = max((known for known in FORMATS if name.endswith(known)), key=len, default=None)
    if not graph_format:
        try:
            formats.of(path if format_name is None else format_name)
        except InputError as error:
            suffixes = [suffix for each in formats.known() for suffix in each.suffixes]
            raise InputError(
                f"{format_name or path.name} is in no known format; a file may end in {' '.join([*FORMATS, *suffixes])}"
            ) from error
    with session.read() as library:
        unfinished = ledger.unfinished(library)
        keys = selected(library, where)
        if graph_format:
            note = _write_graph(library, path, name=graph_format, only=only, keys=keys)
        else:
            _write_records(library, path, format_name=format_name, keys=keys)
            note = None
    session.say(f"{path} written" if keys is None else f"{path} written, {counted(len(keys), 'work')} selected")
    if session.as_json:
        written: dict[str, object] = {"written": str(path), "unfinished_runs": len(unfinished)}
        session.show(written if keys is None else {**written, "selected": len(keys)}, str)
    if keys is not None and not keys:
        session.warn(f"no work here satisfies --where; {path} holds none")
    if note:
        session.warn(note)
    if unfinished:
        session.warn(
            f"{path} shows what has been harvested so far: {counted(len(unfinished), 'run')} not finished;"
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
    from harvester.library import reading

    content = formats.Content(
        works=reading.works(library, selected=keys),
        citations=reading.citations(library, selected=keys),
        runs=reading.runs(library),
    )
    formats.write(content, path, format=format_name)


def _write_graph(library: "Library", path: Path, *, name: str, only: str, keys: frozenset[str] | None) -> str | None:
    """Write the graph, and give the sentence a user of Gephi must know, if there is one."""
    from graph import export as graphs
    from graph.build import build
    from harvester.errors import OutputError
    from harvester.library import reading

    graph = build(reading.nodes(library, selected=keys), reading.citations(library, selected=keys))
    if only == "full":
        graph = graph.only_full()
    try:
        graphs.write(graph, path, format=name.removeprefix("."))
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror}); choose another place") from error
    changed = graphs.gephi_infinities(graph) if name == ".graphml" else 0
    if not changed:
        return None
    return (
        f'Gephi will show "Infinity" for "INF" in {changed} titles, venues or names of this file. The file is right;'
        " `export NAME.nodes.csv` and `export NAME.edges.csv` write tables that Gephi shows as they are"
    )
