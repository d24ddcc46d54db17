"""A library as it was: what it would say had nothing arrived after a moment.

Evidence is only ever added, and knows the run that asked for it; so the past needs no copy, and can be asked for again
at any time. What people and `dedupe` decided since, and what was learned of keys that name one work, holds for the
past too: it says what works are, not what an index said of them.
"""

import sqlite3
import tempfile
from collections.abc import Iterator
from contextlib import ExitStack, closing, contextmanager
from pathlib import Path
from typing import NamedTuple

from harvester.errors import InputError, OutputError, Stopped
from harvester.library.derivation import rebuild
from harvester.library.store import Library

__all__ = ["Moment", "as_of", "described_since", "end_of", "has_news", "touched_since"]


class Moment(NamedTuple):
    """A moment in the life of a library: after this run, and no later than this time (UTC)."""

    run: int
    time: str


# A stopped run may have gone on after a later one, and what was merged in from another library keeps its times.
_LATER = "from items i join requests q on q.id = i.request where (q.run > :run or coalesce(q.answered, '') > :time)"


def end_of(library: Library, run: int) -> Moment:
    """Give the moment at which a run ended, or was cut off.

    Raises `InputError` where there is no such run.
    """
    row = library.db.execute(
        "select max(coalesce(r.finished, ''), coalesce((select max(answered) from requests where run = r.id), ''),"
        " r.started) from runs r where r.id = ?",
        (run,),
    ).fetchone()
    if row is None:
        (newest,) = library.db.execute("select max(id) from runs").fetchone()
        there = f"its runs are 1 to {newest}" if newest else "nothing has been run in it"
        raise InputError(f"there is no run {run} in {library.path}; {there}")
    return Moment(run, str(row[0]))


def has_news(library: Library, moment: Moment) -> bool:
    """Tell whether anything has arrived since."""
    return bool(library.db.execute(f"select exists (select 1 {_LATER})", moment._asdict()).fetchone()[0])


_HOME = "coalesce((select home from homes where key = r.key), r.key)"


def touched_since(library: Library, moment: Moment) -> frozenset[str]:
    """Give the works of which a source has sent a record since, be it as it was but for a date."""
    rows = library.db.execute(
        f"select distinct {_HOME} from records r where exists"  # noqa: S608 # texts from here
        f" (select 1 {_LATER} and i.source = r.source and i.native = r.native)",
        moment._asdict(),
    )
    return frozenset(key for (key,) in rows)


def described_since(library: Library, moment: Moment) -> frozenset[str]:
    """Give the works that a record describes now, and of which no source had sent one by then."""
    rows = library.db.execute(
        f"select {_HOME} from records r group by 1 having not max(exists"  # noqa: S608 # texts from here
        " (select 1 from items i join requests q on q.id = i.request where i.source = r.source and i.native = r.native"
        " and q.run <= :run and coalesce(q.answered, '') <= :time))",
        moment._asdict(),
    )
    described = {key for (key,) in library.db.execute("select key from works where detail is not null")}
    return frozenset(key for (key,) in rows if key in described)


@contextmanager
def as_of(library: Library, moment: Moment) -> Iterator[Library]:
    """Open a library as it was, by the mappings of this version: a copy without what came later, gone at the end.

    Raises `OutputError` where there is no room for the copy.
    """
    with ExitStack() as stack:
        try:
            past = _made(library, moment, stack)
        except (sqlite3.OperationalError, OSError, InputError, Stopped) as error:
            raise OutputError(
                f"{library.path} as it was cannot be laid out in {_place()} ({error.__cause__ or error}); make room"
                " there, or set TMPDIR to another folder"
            ) from error
        yield past


def _made(library: Library, moment: Moment, stack: ExitStack) -> Library:
    path = Path(stack.enter_context(tempfile.TemporaryDirectory(prefix="harvester-past-"))) / "past.sqlite"
    with closing(sqlite3.connect(path)) as copy:
        library.db.backup(copy)
    past = stack.enter_context(Library(path, write="diff"))
    # Nobody will want it after a crash, nor undo anything in it; a journal would take as much room again.
    past.db.execute("pragma synchronous = off")
    past.db.execute("pragma journal_mode = off")
    with past.transaction() as db:
        db.execute(f"delete from raws where item in (select i.id {_LATER})", moment._asdict())  # noqa: S608 # a text from here
        db.execute(f"delete from items where id in (select i.id {_LATER})", moment._asdict())  # noqa: S608 # a text from here
    rebuild(past)
    return past


def _place() -> str:
    try:
        return tempfile.gettempdir()
    except OSError:
        return "any folder for temporary files"
