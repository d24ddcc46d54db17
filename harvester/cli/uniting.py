"""The command that makes one library of several: merge."""

from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, TextIO

import click

from harvester.cli.asking import MOST_LISTED
from harvester.cli.printing import Table, counted
from harvester.cli.session import STOPPED, Option, Session, command

if TYPE_CHECKING:
    from harvester.library import Library
    from harvester.library.conflicts import Conflict, Kind, Voice
    from harvester.library.union import United
    from harvester.model import Work

__all__ = ["merge"]


@command("merge")
@click.argument("others", nargs=-1, type=click.Path(), metavar="[OTHER]...")
@click.option(
    "--conflicts",
    "file",
    cls=Option,
    type=click.Path(dir_okay=False),
    metavar="FILE.csv",
    help="Write where people disagree to FILE-works.csv, FILE-references.csv and FILE-screening.csv, to be decided.",
)
def merge(session: Session, others: Sequence[str], file: str | None) -> None:
    """Unite other people's libraries with this one: searches, records, and decisions, each once.

    The others stay as they are. Where people disagree the later decision counts, and the conflict is listed until
    somebody decides again; without OTHER that list is all that is given. Runs are numbered anew, by their dates.
    """
    from harvester.errors import InputError
    from harvester.library.conflicts import as_told, unsettled
    from harvester.library.snapshot import snapshots
    from harvester.library.union import unite

    if file is not None and not Path(file).parent.is_dir():
        raise InputError(f"there is no folder {Path(file).parent}; make it, or name another place with --conflicts")
    if others:
        with (
            session.busy("uniting libraries"),
            snapshots([Path(other) for other in others], beside=session.library) as copies,
            session.write("merge", begins=True) as library,
        ):
            try:
                united = [unite(library, copy) for copy in copies]
            except KeyboardInterrupt:
                session.fail("interrupted; nothing is lost, and the same merge again ends what it began", STOPPED)
    else:
        united = []
    with session.read() as library:
        standing = unsettled(library)
        written = _write(library, Path(file), standing) if file is not None else []
        if file is not None and not standing:
            session.say(f"nobody disagrees; {file} was not written")
    told = {"libraries": [_told(each) for each in united], "conflicts": [as_told(each) for each in standing]}
    session.show(told, lambda: _table(united) if united else f"{counted(len(standing), 'conflict')} to be decided")
    _close(session, united, standing, written)


def _told(each: "United") -> dict[str, Any]:
    return {
        **each._asdict(),
        "conflicts": len(each.conflicts),
        "before": each.before._asdict(),
        "after": each.after._asdict(),
    }


def _table(united: "Sequence[United]") -> Table:
    headings = ("library", "runs", "records", "decisions", "conflicts", "works", "now", "citations", "now")
    rows = [
        (
            *(each.name, each.runs, each.records, each.decisions, len(each.conflicts)),
            *(each.before.works, each.after.works, each.before.citations, each.after.citations),
        )
        for each in united
    ]
    return Table(headings, rows, numbers=headings[1:])


def _close(
    session: Session, united: "Sequence[United]", standing: "Sequence[Conflict]", written: Sequence[str]
) -> None:
    for each in united:
        if each.renumbered:
            session.say(
                f"{counted(each.renumbered, 'run')} of this library got another number, as {each.name} has earlier ones"
            )
        if each.unfinished:
            session.say(
                f"{counted(each.unfinished, 'run')} of {each.name} did not end there; `harvester resume` goes on here"
            )
    if united and united[-1].is_mixed:
        session.warn("some runs here have asked a replica and others the indexes: test data is mixed with real data")
    for conflict in standing[:MOST_LISTED]:
        session.warn(_sentence(conflict))
    if len(standing) > MOST_LISTED:
        session.warn(
            f"and {counted(len(standing) - MOST_LISTED, 'conflict')} more; --conflicts FILE.csv writes them all"
        )
    for sentence in written:
        session.say(sentence)


# -- conflicts -------------------------------------------------------------------------------------------------


def _sentence(conflict: "Conflict") -> str:
    about = "the reference " if conflict.kind == "reference" else ""
    return f"{about}{' and '.join(conflict.subject)}: {_said(conflict)}"


def _said(conflict: "Conflict") -> str:
    """Say who decided what, and what counts until somebody decides again."""
    return f"{_voice(conflict.one)}, {_voice(conflict.other)}; {conflict.now} counts, as the later"


def _voice(voice: "Voice") -> str:
    return f"{voice.verdict} in {voice.library} ({', '.join(filter(None, (voice.by, voice.on)))})"


def _write(library: "Library", path: Path, conflicts: "Sequence[Conflict]") -> list[str]:
    """Write the conflicts of each kind to a file of its own, and say of each what reads it back."""
    from harvester.formats import replacing

    tables: dict[Kind, tuple[str, str, Callable[[Library, TextIO, list[Conflict]], None]]] = {
        "works": ("works", "`harvester dedupe --decisions {}`", _write_works),
        "reference": ("references", "`harvester match --decisions {}`", _write_references),
        "screening": ("screening", "the next `harvester chase`, with --screening {}", _write_screening),
    }
    written = []
    for kind, (name, reader, write) in tables.items():
        if chosen := [each for each in conflicts if each.kind == kind]:
            of_kind = path.with_stem(f"{path.stem}-{name}")
            with replacing(of_kind) as stream:
                write(library, stream, chosen)
            written.append(f"{of_kind} written: fill in its first column, then give it to {reader.format(of_kind)}")
    return written


def _write_works(library: "Library", stream: TextIO, conflicts: "list[Conflict]") -> None:
    from harvester.formats.pairs import write_pairs
    from harvester.library.decisions import compared
    from harvester.model import Work

    wanted = {key for conflict in conflicts for key in conflict.subject}
    works = {work.key: work for work in compared(library) if work.key in wanted}
    sides = (([works.get(key) or Work(key=key) for key in each.subject], _said(each)) for each in conflicts)
    write_pairs(stream, ((one, other, said) for (one, other), said in sides))


def _write_references(library: "Library", stream: TextIO, conflicts: "list[Conflict]") -> None:
    from harvester.formats.pairs import write_references
    from harvester.library.matching import as_printed, open_references

    printed = open_references(library, matched=True)

    def rows() -> Iterator[tuple[str, ...]]:
        for conflict in conflicts:
            words, *keys = conflict.subject
            reference = printed.get(words)
            for key in keys or sorted({conflict.one.verdict, conflict.other.verdict}):
                text, citing = (as_printed(reference.reference), reference.citing) if reference else ("", ())
                yield words, key, text, _reads(library, key), "conflict", _said(conflict), "person", " ".join(citing)

    write_references(stream, rows())


def _reads(library: "Library", key: str) -> str:
    from harvester.library.matching import described_as

    work = _work(library, key)
    return described_as(work) if work.title else ""


def _work(library: "Library", key: str) -> "Work":
    from harvester.errors import InputError
    from harvester.library import reading
    from harvester.model import Work

    try:
        return reading.work(library, reading.find(library, key))
    except InputError:
        return Work(key=key)


def _write_screening(library: "Library", stream: TextIO, conflicts: "list[Conflict]") -> None:
    """Write a table that `chase --screening` reads, as it does any with keys and a column of decisions."""
    import csv

    from harvester.formats.table import COLUMNS, cell

    shown = ("title", "authors", "year", "venue", "doi", "pmid", "abstract")
    stream.write("\ufeff")
    table = csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n")
    table.writerow(["decision", "key", "said of it", *shown])
    for conflict in conflicts:
        work = _work(library, *conflict.subject)
        table.writerow(["", work.key, cell(_said(conflict)), *(cell(COLUMNS[name](work)) for name in shown)])
