"""The command that brings in files of records: import."""

from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester.cli.printing import Table, counted
from harvester.cli.session import SOME_NOT_FOUND, STOPPED, USAGE, Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.library.imports import Brought, Unread

__all__ = ["bring_in"]


@command("import")
@click.argument("files", nargs=-1, required=True, type=click.Path(dir_okay=False))
@click.option(
    "--format",
    "format_name",
    cls=Option,
    metavar="NAME",
    help="The format of the files, where it cannot be recognised; a wrong name lists them all.",
)
@click.option(
    "--source-name",
    cls=Option,
    type=Pasted(),
    metavar="LABEL",
    help='What the records come from, such as "PsycINFO 2026-11-20". [default: the name of the file]',
)
def bring_in(session: Session, files: Sequence[str], format_name: str | None, source_name: str | None) -> None:
    """Bring in records that you have: exports of databases and reference managers, tables, pages, any text with DOIs.

    A record that cannot be read is reported with its line, and kept in a file of its own beside the library.
    """
    from harvester.errors import InputError
    from harvester.identifiers import find
    from harvester.library import derive, imports, reading

    brought: dict[str, Brought] = {}
    refused: dict[str, str] = {}
    with session.write("import", begins=True) as library:
        before = reading.size(library)
        for file in files:
            try:
                with session.busy(f"reading {file}"):
                    brought[file] = imports.bring(library, Path(file), format_name=format_name, label=source_name)
            except KeyboardInterrupt:
                session.fail(f"interrupted; nothing of {file} came in, and all of those before it did", STOPPED)
            except InputError as error:
                refused[file] = str(error)
            except OSError as error:
                advice = f"; `harvester doi {file}` takes a work by its identifier" if find(file) else ""
                refused[file] = f"it cannot be read ({error.strerror}){advice}"
            if file in refused:
                session.warn(f"{file}: {refused[file]}")
        with session.busy("bringing works up to date"):
            derive(library)
        after = reading.size(library)
    document = {
        "files": [
            {
                "file": file,
                "format": one.format,
                "source": one.source,
                "records": one.records,
                "known": one.known,
                "unread": [
                    {"line": each.fragment.line, "reason": each.skip.reason, "detail": each.skip.detail}
                    for each in one.unread
                ],
            }
            for file, one in brought.items()
        ],
        "refused": refused,
        "works": after.works,
        "new_works": after.works - before.works,
    }
    session.show(document, lambda: _table(brought))
    for file, one in brought.items():
        _keep_unread(session, Path(file), one.unread)
    session.say(f"{counted(after.works - before.works, 'new work')}; {counted(after.works, 'work')} in the library")
    if refused and not brought:
        raise click.exceptions.Exit(USAGE)
    if refused or any(one.unread for one in brought.values()):
        raise click.exceptions.Exit(SOME_NOT_FOUND)


def _table(brought: "dict[str, Brought]") -> Table:
    headings = ("file", "format", "records", "known before", "not read", "source")
    rows = [(file, one.format, one.records, one.known, len(one.unread), one.source) for file, one in brought.items()]
    return Table(headings, rows, numbers=headings[2:5])


def _keep_unread(session: Session, file: Path, unread: "Sequence[Unread]") -> None:
    """Write what could not be read to a file beside the library, and say so."""
    from harvester.formats import replacing

    if not unread:
        return
    place = session.library.parent / f"{file.name}.unread"
    with replacing(place) as stream:
        for each in unread:
            stream.write(f"{each.fragment.text.rstrip()}\n\n")
    for each in unread[:20]:
        session.warn(f"{file}, line {each.fragment.line}: {each.skip.reason} ({each.skip.detail})")
    session.warn(f"{file}: {counted(len(unread), 'record')} could not be read, all of them kept in {place}")
