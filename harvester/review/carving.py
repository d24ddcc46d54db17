"""What was carved out of a snapshot of an index: a search of files that stand still, of days that are on record."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from harvester.library import carves
from harvester.library.carves import AROUND, SNAPSHOT
from harvester.library.store import Library
from harvester.review.figures import Figure, Given, asked, clean, computed
from harvester.review.running import RunOnRecord

__all__ = ["Carving", "carves_of"]


@dataclass(frozen=True)
class Carving:
    """One carve: of which snapshot, what was asked, and what was taken out of it.

    `text` and `searched` are empty where works were named by identifier. The works around are those that the works
    selected cite or are cited by, in `directions`, over so many `rounds`.
    """

    run: RunOnRecord
    repeats: int | None
    """The first carve that asked the same, of another snapshot most often."""
    text: str
    reading: str
    searched: str
    is_exact: bool
    changes: tuple[str, ...]
    corpus: str
    years: str
    """2015-2024, 2015-, -2024; empty where any year is meant. Works that were named are taken of any year."""
    directions: tuple[str, ...]
    rounds: int
    snapshot: str
    """The name of its folder or bucket; where that lies is nobody's business."""
    format: str
    date: str | None
    """Of its manifest; None where there is none."""
    first_change: str | None
    last_change: str | None
    """The days of the first and the last change of a work in it."""
    files: int
    works: int | None
    """How many there are by the manifest, each version counted."""
    bytes: int
    fingerprint: str
    """SHA-256 of the names of its files, its date and the numbers of works."""
    given: Figure
    files_read: Figure
    works_read: Figure
    selected: Figure
    fresh: Figure
    """Of these, what no earlier carve that asked the same had selected: all, but where it repeats one."""
    around: Figure
    around_in_all: Figure
    """With those of the carves that it repeats, each work once."""
    missing: Figure
    first_answer: Figure
    last_answer: Figure
    problems: tuple[str, ...]
    """What the manifest and the files disagree about, and what could not be read."""

    @property
    def name(self) -> str:
        """What was searched."""
        return f"OpenAlex, snapshot{f' of {self.date}' if self.date else ' without a date'}"

    @property
    def is_search(self) -> bool:
        """True where it looked for words, False where works were named."""
        return bool(self.searched)

    @property
    def days(self) -> str:
        """The days between which its works were last changed, in words."""
        known = self.first_change and self.last_change
        return f"works last changed {self.first_change} to {self.last_change}" if known else "days of change not known"

    @property
    def limits(self) -> tuple[str, ...]:
        """What narrowed it besides its words or the works named, in words."""
        if not self.is_search:
            return (f"years {self.years} of the works around those named",) if self.years and self.directions else ()
        found = [f"years {self.years}"] if self.years else []
        if self.corpus == "core":
            found.append("the core corpus of OpenAlex, without its expansion")
        return tuple(found)


_WHOLE = f"from requests where run = :run and source = :source and url not like '%{AROUND}'"
_FILES = f"select count(*) {_WHOLE} and state = 'done'"
_READ = f"select sum(reported) {_WHOLE}"
_SELECTED = "select count(*) from hits where run = :run and source = :source and state = 'kept'"
_FRESH = (
    "select count(*) from hits h where run = :run and source = :source and state = 'kept' and not exists (select 1 from"
    " hits e where e.run in :earlier and e.source = h.source and e.native = h.native and e.state = 'kept')"
)
_GIVEN = "select count(distinct coalesce(scheme || ':' || value, text)) from inputs where run = :run"
_MOMENT = "select {}(answered) from requests where run = :run and source = :source"


def carves_of(library: Library, runs: tuple[RunOnRecord, ...]) -> tuple[Carving, ...]:
    """Give every carve in the order in which they were run."""
    first = carves.families(library)
    return tuple(
        _carving(library, run, tuple(each for each in first if each < run.id and first[each] == first[run.id]))
        for run in runs
        if run.command == "carve"
    )


def _carving(library: Library, run: RunOnRecord, earlier: tuple[int, ...]) -> Carving:
    """Account for a carve; `earlier` are those that asked the same."""
    given, snapshot = run.arguments, run.arguments["snapshot"]
    called = f"run {run.id}, carve"

    def figure(name: str, query: str, **about: Given) -> Figure:
        return asked(library, f"{called}: {name}", query, run=run.id, source=SNAPSHOT, **about)

    def around(name: str, *runs: int) -> Figure:
        told = ", ".join(map(str, runs))
        return computed(f"{called}: {name}", carves.around(library, *runs), f"carves.around(library, {told})")

    told = library.db.execute(
        "select distinct s.detail from skips s join requests q on q.id = s.request"
        " where q.run = ? and s.source = ? order by 1",
        (run.id, SNAPSHOT),
    )
    return Carving(
        run=run,
        repeats=earlier[0] if earlier else None,
        text=clean(given.get("query") or ""),
        reading=clean(given.get("reading") or ""),
        searched=clean(given.get("searched") or ""),
        is_exact=bool(given.get("unstemmed")),
        changes=tuple(map(clean, given.get("changes", ()))),
        corpus=clean(given.get("corpus", "")),
        years=_span(given),
        directions=tuple(name for name in ("backward", "forward") if given.get(name)),
        rounds=int(given.get("depth", 1)),
        snapshot=clean(snapshot["name"]),
        format={"jsonl": "JSON lines", "parquet": "Parquet"}.get(snapshot["format"], clean(snapshot["format"])),
        date=_said(snapshot, "date"),
        first_change=_said(snapshot, "first_change"),
        last_change=_said(snapshot, "last_change"),
        files=snapshot["files"],
        works=snapshot["works"],
        bytes=snapshot["bytes"],
        fingerprint=clean(snapshot["fingerprint"]),
        given=figure("works named", _GIVEN),
        files_read=figure("files read", _FILES),
        works_read=figure("works read", _READ),
        selected=figure("works selected", _SELECTED),
        fresh=figure("works not selected before", _FRESH, earlier=earlier),
        around=around("works around these", run.id),
        around_in_all=around("works around these, and those that it repeats found", *earlier, run.id),
        missing=computed(
            f"{called}: named works that the snapshot does not hold",
            len(carves.missing(library, run.id)),
            f"len(carves.missing(library, {run.id}))",
        ),
        first_answer=figure("first file read", _MOMENT.format("min")),
        last_answer=figure("last file read", _MOMENT.format("max")),
        problems=(*map(clean, snapshot["problems"]), *(clean(detail) for (detail,) in told if detail)),
    )


def _said(snapshot: Mapping[str, Any], name: str) -> str | None:
    return clean(snapshot[name]) if snapshot.get(name) else None


def _span(given: Mapping[str, Any]) -> str:
    first, last = given.get("years", (None, None))
    return f"{first or ''}-{last or ''}".strip() if first or last else ""
