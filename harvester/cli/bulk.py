"""The commands for what is too large to be asked for over the network: carve and rank."""

import os
import re
import shlex
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.printing import Table, counted
from harvester.cli.session import DONE, SOME_NOT_FOUND, STOPPED, Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.bulk.carve import Carved
    from harvester.bulk.selecting import Asked
    from harvester.bulk.snapshot import Snapshot
    from harvester.bulk.workers import Workers
    from harvester.inputs import Input
    from harvester.library import Library
    from harvester.library.ledger import Run

__all__ = ["carry_on_carves", "carve", "rank"]


class Years(click.ParamType[tuple[int | None, int | None]]):
    """A span of years, both included: 2015-2024, 2015-, -2024 or 2015."""

    name = "years"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Any:
        """Read the first and the last year, either of which may be open."""
        match = re.fullmatch(r"([0-9]{4})?(-)?([0-9]{4})?", str(value).strip())
        first, dash, last = match.groups() if match else (None, None, None)
        if not (first or last) or (first and last and not dash):
            self.fail(f"{value!r} is no span of years such as 2015-2024, 2015- or -2024", param, ctx)
        span = (int(first) if first else None, int(last) if last else None if dash else int(first or 0))
        if span[0] and span[1] and span[0] > span[1]:
            self.fail(f"{span[0]} is later than {span[1]}", param, ctx)
        return span


@command("carve")
@click.option(
    "--snapshot",
    "place",
    cls=Option,
    required=True,
    metavar="PATH|s3://...",
    help="The folder of an OpenAlex snapshot, or s3://openalex, which is read without an account.",
)
@click.option("--query", cls=Option, type=Pasted(), help="Works that match this search, as `harvester search` has it.")
@click.option(
    "--dois", cls=Option, type=click.Path(dir_okay=False, allow_dash=True), help="Works named in this file of any text."
)
@click.option(
    "--works", cls=Option, type=click.Path(dir_okay=False, allow_dash=True), help="The same, for OpenAlex ids (W...)."
)
@click.option("--backward", cls=Option, is_flag=True, help="And the works that these cite.")
@click.option("--forward", cls=Option, is_flag=True, help="And the works that cite these.")
@click.option(
    "--depth",
    cls=Option,
    type=click.IntRange(1, 9),
    default=1,
    show_default=True,
    help="Go on so many rounds from the works found.",
)
@click.option("--years", cls=Option, type=Years(), help="Only works of these years, 2015-2024; named works always.")
@click.option(
    "--corpus",
    cls=Option,
    type=click.Choice(["core", "all"]),
    default="core",
    show_default=True,
    help="All lets a search find what OpenAlex keeps apart: data sets, repositories' items, works of doubtful origin.",
)
@click.option(
    "--out",
    cls=Option,
    type=click.Path(),
    help="The library to write, or a folder, for tables of Parquet. [default: that of --library]",
)
@click.option(
    "--memory",
    cls=Option,
    type=click.IntRange(min=500),
    default=2_000,
    show_default=True,
    metavar="MB",
    help="What reading may use, all threads together, beside the works found; on a cluster, each file.",
)
@click.option(
    "--cluster",
    cls=Option,
    metavar="local:N|ADDRESS",
    help="Read on the workers of a Dask cluster: its scheduler, tcp://HOST:8786, or so many processes here.",
)
def carve(
    session: Session,
    place: str,
    query: str | None,
    dois: str | None,
    works: str | None,
    backward: bool,
    forward: bool,
    depth: int,
    years: tuple[int | None, int | None] | None,
    corpus: str,
    out: str | None,
    memory: int,
    cluster: str | None,
) -> None:
    """Carve works out of the OpenAlex snapshot into a library, as the API would have given them.

    By a search, by identifiers, and with --backward or --forward the works around those.
    """
    from harvester.bulk import carve as carving
    from harvester.bulk.snapshot import find
    from harvester.cli.asking import warn_of

    tables = out is not None and (Path(out).is_dir() or not Path(out).suffix)
    if out is not None:
        _refuse_two_libraries(out)
        session = replace(session, library=Path(out, "carved.sqlite") if tables else Path(out))
    if depth > 1 and not (backward or forward):
        raise click.UsageError("--depth says how far --backward and --forward go; give one of these")
    if not query and corpus == "all":
        raise click.UsageError("--corpus is for --query; works that are named are taken wherever OpenAlex has them")
    if not query and years and not (backward or forward):
        raise click.UsageError("works that are named are taken whatever their year; leave out --years")
    asked, inputs, told = _asked(
        session, query, [each for each in (dois, works) if each], years, everything=corpus == "all"
    )
    asked = replace(asked, backward=backward, forward=forward, depth=depth)
    told["tables"] = tables
    snapshot = find(place if "://" in place else str(Path(place).absolute()))
    for sentence in told["changes"]:
        session.say(sentence)
    session.say(_described(snapshot))
    for sentence in snapshot.problems:
        session.warn(sentence)
    if tables:
        _make(session.library.parent)
    unread = [(each.text, each.reason) for each in inputs if each.identifier is None]
    with (
        _resumable(session, out),
        _workers(session, cluster, memory) as workers,
        session.write("carve", begins=True) as library,
    ):
        run = carving.begin(library, asked, snapshot, inputs=inputs, told=told)
        found = _carried_on(session, library, run, workers)
        document = _told(session, library, run, found, said=snapshot.problems)
    if session.as_json:
        session.show({**document, "not_understood": unread}, str)
    warn_of(session, "not understood", unread)
    if found.missing or found.problems or unread:
        raise click.exceptions.Exit(SOME_NOT_FOUND)


def _refuse_two_libraries(out: str) -> None:
    source = click.get_current_context().find_root().get_parameter_source("library")
    if source is click.core.ParameterSource.COMMANDLINE:
        raise click.UsageError("--out is the library that is written; leave out --library")
    if Path(out).suffix == ".parquet":
        raise click.UsageError("--out is a library or, for tables of Parquet, a folder; give its name without .parquet")


@contextmanager
def _resumable(session: Session, out: str | None) -> Iterator[None]:
    """Say where a carve that is stopped can be resumed, if that is not the library that `resume` opens by itself."""
    from harvester.errors import Stopped

    try:
        yield
    except (KeyboardInterrupt, Stopped) as error:
        if out is None or not session.library.exists():
            raise
        reason = str(error) or "interrupted; what was read is kept"
        command = shlex.join(["harvester", "--library", str(session.library), "resume"])
        session.fail(f"{reason}; the library of this carve is {session.library}: `{command}`", STOPPED)


def _make(folder: Path) -> None:
    from harvester.bulk import dataset
    from harvester.errors import InputError

    try:
        folder.mkdir(exist_ok=True)
    except OSError as error:
        raise InputError(
            f"the folder {folder} cannot be made ({error.strerror}); name another one with --out"
        ) from error
    if (folder / "journals.parquet").exists():
        raise InputError(f"{folder} holds a ranking, whose works these would replace; name another folder with --out")
    others = [name for name in dataset.TABLES if (folder / name).exists()]
    if others and not (folder / "carved.sqlite").exists():
        raise InputError(f"{folder} holds {others[0]}, which no carve here has written; name another folder with --out")


@command("rank")
@click.option(
    "--snapshot",
    "place",
    cls=Option,
    metavar="PATH|s3://...",
    help="The folder of an OpenAlex snapshot, s3://openalex, or the folder of tables that `carve --out` has written. "
    "Without it, what was ranked before is shown.",
)
@click.option(
    "--out", cls=Option, required=True, type=click.Path(file_okay=False), help="The folder for the tables of Parquet."
)
@click.option(
    "--together", cls=Option, type=click.Path(dir_okay=False), help="Count co-citations of the W ids in this file."
)
@click.option("--join", cls=Option, is_flag=True, help="Show the works of the library with their figures in the whole.")
@click.option(
    "--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="So many of these."
)
@click.option(
    "--memory",
    cls=Option,
    type=click.IntRange(min=500),
    default=2_000,
    show_default=True,
    metavar="MB",
    help="What may be held in memory; the rest is in files beside the tables. On a cluster, each file, and what is "
    "done here.",
)
@click.option(
    "--cluster",
    cls=Option,
    metavar="local:N|ADDRESS",
    help="Compute on the workers of a Dask cluster: its scheduler, tcp://HOST:8786, or so many processes here. All of "
    "them must see the folder of --out, as on a shared file system.",
)
def rank(
    session: Session,
    place: str | None,
    out: str,
    together: str | None,
    join: bool,
    limit: int,
    memory: int,
    cluster: str | None,
) -> None:
    """Rank a whole snapshot, or what was carved: PageRank, citations by year, components, journals, co-citation.

    PageRank follows a citation with 0.85; a work that cites nothing held gives its share to all. It is iterated until
    a step moves less than 1e-10 of the whole. The tables are works, years, journals and cocitations; --join puts the
    PageRank of the whole beside that of the library. What was read is kept in the folder: a ranking that was stopped
    and is given again goes on from there. A cluster reads, joins, counts, and computes PageRank and components; here,
    the tables are put in order and what concerns journals is added up.
    """
    from harvester import inputs
    from harvester.bulk import dataset
    from harvester.bulk import rank as ranking
    from harvester.bulk.jobs import Limits
    from harvester.bulk.snapshot import find
    from harvester.cli.asking import warn_of

    if place is None and not join:
        raise click.UsageError("give --snapshot to rank one, or --join to see the library in what was ranked before")
    if place is None and (together or cluster):
        raise click.UsageError("--together and --cluster are for ranking: give --snapshot too")
    if join:
        with session.read():  # that there is no library is told before the ranking, not after
            pass
    folder = Path(out)
    threads = max(min(os.cpu_count() or 1, memory // 250), 1)
    limits = Limits.within(memory, threads=threads, spill=str(folder / "spill"))
    document: dict[str, Any] = {}
    unread: list[tuple[str, str]] = []
    if place is not None:
        named = inputs.from_file(Path(together)).inputs if together else []
        numbers = [int(each.identifier.value[1:]) for each in named if each.identifier and _is_work(each)]
        unread = [(each.text, "no W id of OpenAlex") for each in named if not _is_work(each)]
        warn_of(session, "not counted with the others", unread)
        whole = Path(place).absolute()
        if "://" not in place and dataset.is_one(whole):
            snapshot = dataset.find(whole)
        else:
            snapshot = find(place if "://" in place else str(whole))
        session.say(_described(snapshot))
        for sentence in snapshot.problems:
            session.warn(sentence)
        with _workers(session, cluster, memory, spill=limits.spill) as workers, _progress(session) as report:
            found = ranking.rank(snapshot, folder, workers=workers, limits=limits, together=numbers, report=report)
        if found.taken_before:
            session.say(f"{found.taken_before:,} of {counted(found.files, 'file')} had been read before")
        tables = [str(folder / name) for name in ranking.TABLES]
        document = {**vars(found), "tables": tables, "not_counted": unread}
        session.say(
            f"{counted(found.works, 'work')}, {counted(found.citations, 'citation')}, "
            f"{counted(found.components, 'component')}; PageRank in {counted(found.steps, 'step')}, the last of which "
            f"moved {found.change:.0e} of the whole (it ends below {ranking.TOLERANCE:.0e}); "
            f"{', '.join(ranking.TABLES)} written to {folder}"
        )
    if join:
        with session.read() as library:
            rows = ranking.joined(library, folder, limits=limits)
        document["joined"] = [row._asdict() for row in rows[:limit]]
    headings = ("global pagerank", "pagerank", "cited everywhere", "title", "key")
    session.show(
        document,
        lambda: (
            Table(
                headings,
                [
                    (_digits(row.global_pagerank), _digits(row.pagerank), row.global_cited_by, row.title, row.key)
                    for row in (rows[:limit] if join else [])
                ],
                numbers=headings[:3],
            )
            if join
            else "\n".join(document["tables"])
        ),
    )
    if unread:
        raise click.exceptions.Exit(SOME_NOT_FOUND)


def _digits(value: float | None) -> str:
    return "" if value is None else f"{value:.3e}"


def _is_work(given: "Input") -> bool:
    return given.identifier is not None and given.identifier.scheme == "openalex"


def carry_on_carves(session: Session, library: "Library", *, memory: int) -> tuple[list[dict[str, Any]], int]:
    """Go on with the carves that were stopped, here, wherever they were begun; give the account of each, and with
    which status the command ends for them.
    """
    from harvester.bulk.workers import Threads
    from harvester.errors import Stopped
    from harvester.library import ledger

    accounts, statuses = [], {DONE}
    for run in [run for run in ledger.unfinished(library) if run.command == "carve"]:
        ledger.resume(library, run)
        try:
            found = _carried_on(session, library, run, Threads(megabytes=memory))
        except Stopped as error:
            session.warn(str(error))
            accounts.append({"run": run.id, "command": "carve", "state": "stopped", "reasons": [str(error)]})
            statuses.add(STOPPED)
        else:
            accounts.append(_told(session, library, run, found))
            statuses.add(SOME_NOT_FOUND if found.missing or found.problems else DONE)
    return accounts, next(status for status in (STOPPED, SOME_NOT_FOUND, DONE) if status in statuses)


def _asked(
    session: Session,
    query: str | None,
    files: list[str],
    years: tuple[int | None, int | None] | None,
    *,
    everything: bool,
) -> "tuple[Asked, list[Input], dict[str, Any]]":
    from harvester.bulk.selecting import Asked, refuse_unknown
    from harvester.cli.asking import named_in
    from harvester.expression import parse, settle, write

    span = years or (None, None)
    if bool(query) == bool(files):
        raise click.UsageError("give --query, or works with --dois FILE or --works FILE, and not both")
    if query is None:
        given = named_in(session, files)
        named = frozenset(each.identifier for each in given if each.identifier)
        return Asked(identifiers=named, years=span, everything=everything), given, {"changes": []}
    read = parse.read(query)
    refuse_unknown(read.expression, text=query)
    settled = settle.settle(read.expression, text=query)
    asked = Asked(searched=write.write(settled.expression), is_exact=settled.exact, years=span, everything=everything)
    changes = [*read.remarks, *settled.changes]
    return asked, [], {"query": query, "reading": write.write(read.expression), "changes": changes}


def _carried_on(session: Session, library: "Library", run: "Run", workers: "Workers") -> "Carved":
    from harvester.bulk import carve as carving
    from harvester.bulk import dataset
    from harvester.library import ledger

    with _progress(session) as report:
        found = carving.carry_on(library, run, workers=workers, report=report)
    if ledger.arguments(library, run.id).get("tables"):
        session.say(f"{', '.join(dataset.TABLES)} written to {library.path.parent}")
    return found


@contextmanager
def _workers(session: Session, cluster: str | None, memory: int, *, spill: str | None = None) -> "Iterator[Workers]":
    """Give whoever reads files: threads here, or a cluster, whose dashboard is told."""
    if cluster is None:
        from harvester.bulk.workers import Threads

        yield Threads(megabytes=memory, spill=spill)
        return
    from harvester.bulk.cluster import connected

    with connected(cluster, megabytes=memory) as workers:
        session.say(f"the cluster shows what it does at {workers.dashboard}")
        if not workers.threads:
            session.say("no worker has joined it yet; waiting for the first")
            workers.wait()
        yield workers


@contextmanager
def _progress(session: Session) -> "Iterator[Callable[[str, int, int | None], None]]":
    """Show how many files are read, on a terminal only."""
    import sys

    if session.quiet or not sys.stderr.isatty():
        yield lambda *_: None
        return
    from rich.console import Console
    from rich.progress import Progress

    with Progress(console=Console(stderr=True), transient=True) as bars:
        tasks: dict[str, Any] = {}

        def report(what: str, done: int, total: int | None) -> None:
            if what not in tasks:
                tasks[what] = bars.add_task(what, total=total)
            bars.update(tasks[what], completed=done)

        yield report


def _described(snapshot: "Snapshot") -> str:
    held = counted(snapshot.records, "work") if snapshot.records is not None else "an unknown number of works"
    days = f", changed {snapshot.dates[0]} to {snapshot.dates[1]}" if snapshot.dates else ""
    dated = f" of {snapshot.date}" if snapshot.date else ""
    if snapshot.format == "tables":
        return f"data set carved before, {snapshot.size / 1e9:,.3f} GB"
    name = {"jsonl": "JSON lines", "parquet": "Parquet"}[snapshot.format]
    files = counted(len(snapshot.parts), "file")
    return f"snapshot{dated}: {held} in {files} of {name}, {snapshot.size / 1e9:,.3f} GB{days}"


def _told(
    session: Session, library: "Library", run: "Run", found: "Carved", *, said: tuple[str, ...] = ()
) -> dict[str, Any]:
    """Tell what a carve has come to, with its problems but for those that were said before; give its account."""
    from harvester.cli.asking import warn_of
    from harvester.library import ledger, reading

    size = reading.size(library)
    document = {
        "run": run.id,
        "command": "carve",
        "state": "done",
        "selected": found.selected,
        "around": found.around,
        "absent": found.absent,
        "not_found": [str(each) for each in found.missing],
        "problems": list(found.problems),
        "snapshot": ledger.arguments(library, run.id)["snapshot"],
        "library": size._asdict(),
    }
    around = (
        f", {counted(found.around, 'work')} around {'it' if found.selected == 1 else 'them'}" if found.around else ""
    )
    lines = f"{counted(found.selected, 'work')} carved{around}; {counted(size.works, 'work')} in {library.path}"
    if not session.quiet:
        session.tell(lines)
    if found.absent:
        session.say(f"{counted(found.absent, 'work')} linked to these are not in the snapshot")
    warn_of(session, "not found", [(str(each), "not in the snapshot") for each in found.missing])
    for sentence in found.problems:
        if sentence not in said:
            session.warn(sentence)
    return document
