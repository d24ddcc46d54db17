"""The account of a search, from what the library has on record and from nothing else.

Every figure carries the question that gives it (`Figure.query`), so that whoever doubts one can ask for it. What is not
on record has no value here, and is left to the authors wherever the account is shown.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from functools import cached_property
from importlib.metadata import version

from harvester.errors import LibraryError
from harvester.library import checksum, matching, schema
from harvester.library.carves import SNAPSHOT
from harvester.library.retracted import retracted
from harvester.library.store import Library
from harvester.review.carving import Carving, carves_of
from harvester.review.citing import Citing, citation_searches_of
from harvester.review.commands import commands_of
from harvester.review.figures import Figure, asked, clean, computed, figures_in
from harvester.review.overview import Overview, overview_of
from harvester.review.removing import Duplicates, Screening, already_known, duplicates_of, screening_of
from harvester.review.running import RunOnRecord, runs_of
from harvester.review.searching import Imported, LookedUp, Searching, imports_of, lookups_of, searches_of

__all__ = ["Account", "Held", "Matched", "Program", "Retracted", "Trouble", "account"]


@dataclass(frozen=True)
class Program:
    """What wrote the library and the account, and what the library is."""

    version: str
    """Of the program that gives the account; each run has its own on record."""
    used: tuple[str, ...]
    """The versions that made the runs."""
    library: str
    checksum: Figure
    first: Figure
    last: Figure


@dataclass(frozen=True)
class Held:
    """What the library holds now, whatever brought it in."""

    works: Figure
    only_cited: Figure
    citations: Figure
    without_abstract: Figure
    retracted: Figure


@dataclass(frozen=True)
class Retracted:
    """A work that is said to be retracted, by whom, and who says otherwise."""

    key: str
    title: str | None
    notices: tuple[str, ...]
    said_by: tuple[str, ...]
    denied_by: tuple[str, ...]


@dataclass(frozen=True)
class Matched:
    """What references lead to, each entry of each list counted."""

    identified: Figure
    by_words: Figure
    by_people: Figure
    doubtful: Figure
    none: Figure
    unasked: Figure


@dataclass(frozen=True)
class Trouble:
    """Something that went wrong or was passed over, how often, and what was done about it."""

    source: str
    what: str
    number: Figure
    done: str


@dataclass(frozen=True)
class Account:
    """The account of a search; see `account`."""

    program: Program
    runs: tuple[RunOnRecord, ...]
    searches: tuple[Searching, ...]
    carves: tuple[Carving, ...]
    files: tuple[Imported, ...]
    lookups: tuple[LookedUp, ...]
    citation_searches: tuple[Citing, ...]
    duplicates: Duplicates
    known_already: Figure
    """Works found by citations that searches by words and files had identified too."""
    screening: Screening
    matched: Matched
    held: Held
    overview: Overview
    retractions: tuple[Retracted, ...]
    troubles: tuple[Trouble, ...]
    commands: tuple[str, ...]
    """What would do the same again, one line each, for a shell."""

    @cached_property
    def figures(self) -> tuple[Figure, ...]:
        """Every figure of the account, with the question behind it."""
        return tuple(figures_in(self))

    @property
    def carved_searches(self) -> tuple[Carving, ...]:
        """The carves that looked for words; the others took works that were named."""
        return tuple(each for each in self.carves if each.is_search)

    @property
    def carved_citations(self) -> tuple[Carving, ...]:
        """The carves that followed citations."""
        return tuple(each for each in self.carves if each.directions)

    @property
    def unfinished(self) -> tuple[RunOnRecord, ...]:
        """The runs that did not come to their end; what they brought is counted, and more may be to come."""
        return tuple(run for run in self.runs if run.outcome != "done")

    @property
    def replicas(self) -> tuple[str, ...]:
        """What was asked in place of the public indexes."""
        return tuple(dict.fromkeys(run.replica for run in self.runs if run.replica))

    @property
    def own_files(self) -> tuple[Imported, ...]:
        """The files whose records count as identified."""
        return tuple(each for each in self.files if each.counts)


def account(library: Library) -> Account:
    """Give the account of everything that a library has on record.

    Nothing in it depends on the day on which it is asked for. Raises `LibraryError` for a library of an older version,
    which has less on record than the account would say.
    """
    if schema.check(library.db, str(library.path)) < schema.SCHEMA_VERSION:
        raise LibraryError(f"{library.path} is of an older version; `harvester rebuild` brings it up to date")
    runs = runs_of(library)
    searches = searches_of(library, runs)
    carves = carves_of(library, runs)
    files = imports_of(library, runs)
    citation_searches = citation_searches_of(library, runs)
    duplicates = duplicates_of(library, runs, (*searches, *(each for each in carves if each.is_search)), files)
    retractions = tuple(_retractions(library))
    return Account(
        program=_program(library, runs),
        runs=runs,
        searches=searches,
        carves=carves,
        files=files,
        lookups=lookups_of(library, runs),
        citation_searches=citation_searches,
        duplicates=duplicates,
        known_already=computed(
            "works found by citations that searches and files had identified",
            already_known(library, duplicates.runs),
            f"removing.already_known(library, {duplicates.runs})",
        ),
        screening=screening_of(library, runs, duplicates),
        matched=_matched(library),
        held=_held(library, retractions),
        overview=overview_of(library, duplicates),
        retractions=retractions,
        troubles=tuple(_troubles(library)),
        commands=commands_of(library, runs, files),
    )


def _program(library: Library, runs: tuple[RunOnRecord, ...]) -> Program:
    return Program(
        version=version("citation-harvester"),
        used=tuple(dict.fromkeys(run.version for run in runs)),
        library=clean(library.path.name.encode("utf-8", "replace").decode()),
        checksum=computed("checksum of the content of the library", checksum(library), "checksum(library)"),
        first=asked(library, "first entry", "select min(started) from sessions"),
        last=asked(
            library,
            "last entry",
            "select max(day) from (select started as day from sessions union all select finished from runs)",
        ),
    )


def _held(library: Library, retractions: tuple[Retracted, ...]) -> Held:
    return Held(
        works=asked(library, "works that a source describes", "select count(*) from works where detail is not null"),
        only_cited=asked(library, "works known only by being cited", "select count(*) from works where detail is null"),
        citations=asked(library, "citations", "select count(*) from (select distinct citing, cited from citations)"),
        without_abstract=asked(
            library,
            "works without an abstract",
            "select count(*) from works where detail is not null and abstract is null",
        ),
        retracted=computed("works that are said to be retracted", len(retractions), "len(retracted(library))"),
    )


def _retractions(library: Library) -> Iterator[Retracted]:
    for each in retracted(library):
        yield Retracted(
            key=clean(each.key),
            title=each.title and clean(each.title),
            notices=tuple(
                clean(" ".join(filter(None, (one.type, one.date, one.doi or one.record_id, f"({one.asserted_by})"))))
                for one in each.notices
            ),
            said_by=tuple(map(clean, each.said_by)),
            denied_by=tuple(map(clean, each.denied_by)),
        )


def _matched(library: Library) -> Matched:
    told = matching.account(library)
    source = "matching.account(library)"
    words, doubtful = told.exact + told.strong, told.weak + told.ambiguous
    return Matched(
        identified=computed("references with an identifier", told.identified, f"{source}.identified"),
        by_words=computed("references matched by their words", words, f"{source}.exact + {source}.strong"),
        by_people=computed("references matched by people", told.by_people, f"{source}.by_people"),
        doubtful=computed("references that may name a work", doubtful, f"{source}.weak + {source}.ambiguous"),
        none=computed("references that name no work that was found", told.none, f"{source}.none"),
        unasked=computed("references that nobody looked for", told.unasked, f"{source}.unasked"),
    )


# -- what went wrong -----------------------------------------------------------------------------------

_LISTED = "select source, {what}, count(*) from {table} {where} group by 1, 2 order by 1, 2"
_COUNTED = (
    "select count(*) from (select source, {what} as what from {table} {where}) where source = :source and what = :what"
)
_DETAIL = "coalesce(detail, 'no reason given')"

_TROUBLES = (
    ("requests", "where state = 'failed'", _DETAIL, "the question was given up; what it asked for is not found"),
    ("requests", "where state = 'replaced'", _DETAIL, "it was asked in other words, or not asked, as said"),
    ("lookups", "where state = 'failed'", _DETAIL, "the work stays without a record from there"),
    ("skips", f"where source is not '{SNAPSHOT}'", "reason", "the item was left out"),
    ("skips", f"where source is '{SNAPSHOT}'", _DETAIL, "the file was read as it is; works may be lacking"),
)
"""Where troubles are on record, and what was done about them."""

_GO_ON = "what had been received was kept; harvester resume goes on"


def _troubles(library: Library) -> Iterator[Trouble]:
    for table, where, told, done in _TROUBLES:
        parts = {"table": table, "where": where, "what": told}
        for source, what, _ in library.db.execute(_LISTED.format(**parts)).fetchall():
            name = clean(f"{table} {where}, {source}: {what}")
            number = asked(library, name, _COUNTED.format(**parts), source=source, what=what)
            yield Trouble(clean(source), clean(what), number, done)
    for number, command, reason in library.db.execute(
        "select id, command, reason from runs where outcome is not 'done' order by id"
    ).fetchall():
        sessions = asked(
            library, f"run {number}: sessions", "select count(*) from sessions where run = :run", run=number
        )
        told = f"run {number} ({command}) did not come to its end: {reason or 'it was cut off without a word'}"
        yield Trouble("this program", clean(told), sessions, _GO_ON)
