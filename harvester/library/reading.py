"""What a library holds, read back: works, citations, the state of the harvest, the ledger."""

import json
import zlib
from collections.abc import Collection, Iterator
from itertools import chain, islice
from typing import Any, NamedTuple, TypeAlias

from pydantic import BaseModel

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.library import carves, derivation, ledger, searches
from harvester.library.homes import home_of
from harvester.library.matches import BY_MATCH
from harvester.library.store import Library
from harvester.merge import Disagreement, disagreements
from harvester.model import Citation, Node, Work

__all__ = [
    "Line",
    "Size",
    "SourceState",
    "Status",
    "citations",
    "cited_by",
    "differing",
    "find",
    "found",
    "is_described",
    "loops",
    "missing",
    "nodes",
    "references",
    "runs",
    "size",
    "status",
    "top",
    "work",
    "works",
]


Selected: TypeAlias = Collection[str] | None
"""The keys of the works that are wanted; None stands for all."""


class Line(NamedTuple):
    """One work in a list: enough to recognise it, and why it is in the list."""

    key: str
    title: str | None
    year: int | None
    first_author: str | None
    cited_by_count: int | None
    cited_here: int
    """Citations from works of this library."""
    sources: tuple[str, ...]
    """The indexes that say so: of the citation in a list of citations, of the work elsewhere."""
    only_cited: bool


class Size(NamedTuple):
    """How much is in a library."""

    works: int
    only_cited: int
    citations: int


class SourceState(BaseModel, frozen=True):
    """What was asked of one source, and what became of it."""

    source: str
    works: int
    citations: int
    missing: int
    failed: int
    waiting: int
    skipped: int


class Status(BaseModel, frozen=True):
    """What is in a library and what is still to be done; every figure is counted, none remembered."""

    works: int
    only_cited: int
    citations: int
    with_abstract: int
    with_references: int
    matched_references: int
    """Citations that rest on the words of a reference, see `matches`."""
    unmatched_references: int
    repeated_references: int
    loops: int
    retracted: int
    with_notices: int
    sources: tuple[SourceState, ...]
    failures: tuple[tuple[str, int], ...]
    """Reasons why something failed or was skipped, and how often."""
    unfinished_runs: int
    stale: bool


def find(library: Library, text: str) -> str:
    """Give the key of the work that a user names by any of its identifiers, old keys included.

    Raises `InputError` when there is no such work here, or more than one.
    """
    try:
        identifier = identifiers.parse(text)
    except NotAnIdentifier as error:
        scheme, colon, value = text.strip().partition(":")
        if not colon:
            raise InputError(str(error)) from error
        identifier = identifiers.Identifier(scheme, value)
    # What a key leads to comes before what else a record may say of it: an index may have filed it under two works.
    home = home_of(library.db, str(identifier))
    if library.db.execute("select 1 from works where key = ?", (home,)).fetchone():
        return home
    for query in (_NAMED, _NAMED_ONCE):
        keys = [key for (key,) in library.db.execute(query, {"scheme": identifier.scheme, "value": identifier.value})]
        if len(keys) > 1:
            raise InputError(f"{identifier} names {len(keys)} works here: {', '.join(keys)}; name one")
        if keys:
            return str(keys[0])
    raise InputError(f"{identifier} is not in this library; `harvester doi` brings it in")


_NAMED = (
    "select distinct w.key from identifiers i join works w on w.id = i.work"
    " where i.scheme = :scheme and i.value = :value order by 1"
)
# A DOI that an index has taken away from its record still finds the work by which outsiders knew it.
_NAMED_ONCE = (
    "select distinct coalesce(h.home, r.key) from former_keys f join records r using (source, native)"
    " left join homes h on h.key = r.key where f.key = :scheme || ':' || :value order by 1"
)


def work(library: Library, key: str) -> Work:
    """Read one work by its key; one known only by being cited has its identifiers and nothing else."""
    row = library.db.execute("select detail, doi, openalex from works where key = ?", (key,)).fetchone()
    if row is None:
        raise InputError(f"{key} is not in this library")
    return _work(key, *row)


def is_described(library: Library, key: str) -> bool:
    """Tell whether a record describes the work of this key."""
    row = library.db.execute("select sources != '' from works where key = ?", (key,)).fetchone()
    return bool(row and row[0])


def works(library: Library, *, selected: Selected = None) -> Iterator[Work]:
    """Read every work, or every selected one, in the order of their keys; those known only by being cited too."""
    for key, detail, doi, openalex in library.db.execute("select key, detail, doi, openalex from works order by key"):
        if selected is None or key in selected:
            yield _work(key, detail, doi, openalex)


def _work(key: str, detail: bytes | None, doi: str | None, openalex: str | None) -> Work:
    if detail is None:
        return Work(key=key, doi=doi, openalex=openalex)
    held = Work.model_validate_json(zlib.decompress(detail))
    # Between the two steps of `derive` a work has its new key and not yet its new text.
    return held if held.key == key else held.model_copy(update={"key": key})


def nodes(library: Library, *, selected: Selected = None) -> Iterator[Node]:
    """Give every work, or every selected one, as the citation graph sees it, in the order of their keys."""
    rows = library.db.execute(
        "select key, title, year, doi, openalex, type, venue, first_author, cited_by_count, sources, is_retracted,"
        " is_open_access, detail is null from works order by key"
    )
    for *plain, sources, retracted, is_open, only_cited in rows:
        if selected is not None and plain[0] not in selected:
            continue
        told = (tuple(sources.split()), bool(retracted), None if is_open is None else bool(is_open), bool(only_cited))
        yield Node._make((*plain, *told))


def citations(library: Library, *, selected: Selected = None) -> Iterator[Citation]:
    """Give every citation with the indexes that state it, in order; a work's citation of itself too.

    Of a selection, those that join two works of it.
    """
    rows = library.db.execute(
        "select a.key, b.key, group_concat(c.source, ' ') from citations c join works a on a.id = c.citing"
        " join works b on b.id = c.cited group by a.key, b.key order by a.key, b.key"
    )
    for citing, cited, sources in rows:
        if selected is None or (citing in selected and cited in selected):
            yield Citation(citing, cited, tuple(sorted(sources.split())))


CITED_HERE = "(select count(distinct citing) from citations where cited = w.id and citing != w.id)"
PLAIN = "w.key, w.title, w.year, w.first_author, w.cited_by_count"
LINE = f"{PLAIN}, {CITED_HERE} as cited_here"


def cited_by(library: Library, key: str) -> list[Line]:
    """List the works here that cite this one, most cited first."""
    return _linked(library, key, inner="citing", outer="cited")


def references(library: Library, key: str) -> list[Line]:
    """List the works that this one cites, most cited here first."""
    return _linked(library, key, inner="cited", outer="citing")


def _linked(library: Library, key: str, *, inner: str, outer: str) -> list[Line]:
    rows = library.db.execute(
        f"select {LINE}, group_concat(c.source, ' '), w.detail is null from citations c"  # noqa: S608 # column names, not input
        f" join works w on w.id = c.{inner} join works o on o.id = c.{outer} where o.key = ?"
        " group by w.id order by cited_here desc, w.cited_by_count desc nulls last, w.key",
        (key,),
    )
    return [_line(row) for row in rows]


def top(library: Library, *, limit: int, selected: Selected = None) -> list[Line]:
    """List the works most cited within this library; those that nothing here cites come last.

    Of a selection, its own works are listed, by the citations they have from all works here.
    """
    # With a selection any work may be among the first; without, only so many need be looked up.
    most = limit if selected is None else library.db.execute("select count(*) from works").fetchone()[0]
    # Counted in one pass over the index of citations; only what can be among the first is looked up.
    cited = (
        "with counted as materialized (select cited, count(*) as cited_here from"
        " (select distinct cited, citing from citations where citing != cited) group by cited)"
    )
    order = "order by cited_here desc, w.cited_by_count desc nulls last, w.key limit :limit"
    ranked = library.db.execute(
        f"{cited} select {PLAIN}, cited_here, w.sources, w.detail is null from counted join works w on w.id = cited"  # noqa: S608 # column names, not input
        " where cited_here >= coalesce((select cited_here from counted order by 1 desc limit 1 offset :limit - 1), 1)"
        f" {order}",
        {"limit": most},
    )
    uncited = library.db.execute(
        f"select {PLAIN}, 0 as cited_here, w.sources, w.detail is null from works w"  # noqa: S608 # column names, not input
        f" where not exists (select 1 from citations where cited = w.id and citing != w.id) {order}",
        {"limit": most},
    )
    rows = (row for row in chain(ranked, uncited) if selected is None or row[0] in selected)
    return [_line(row) for row in islice(rows, limit)]


def missing(library: Library, *, limit: int, selected: Selected = None) -> list[Line]:
    """List the works most cited here, or by the selected works, that the library knows only by being cited."""
    chosen = "" if selected is None else " and citing in (select id from works where key in (select value from given))"
    rows = library.db.execute(
        "with given as materialized (select value from json_each(:selected)),"  # noqa: S608 # two texts from here
        " counted as (select cited, count(distinct citing) as cited_here from citations"
        f" where citing != cited{chosen} group by cited)"
        f" select {PLAIN}, cited_here, (select group_concat(source, ' ') from"
        " (select distinct source from citations where cited = w.id order by source)), 1"
        " from counted join works w on w.id = counted.cited where w.detail is null"
        " order by cited_here desc, w.key limit :limit",
        {"selected": json.dumps(sorted(selected or ())), "limit": limit},
    )
    return [_line(row) for row in rows]


def loops(library: Library, *, selected: Selected = None) -> list[str]:
    """Give the keys of the works that are said to cite themselves."""
    query = "select distinct w.key from citations c join works w on w.id = c.citing where c.citing = c.cited order by 1"
    return [key for (key,) in library.db.execute(query) if selected is None or key in selected]


def _line(row: tuple[Any, ...]) -> Line:
    *plain, sources, only_cited = row
    return Line._make((*plain, tuple(sorted(sources.split())), bool(only_cited)))


def differing(library: Library) -> Iterator[Disagreement]:
    """List the works whose sources differ on title, year or first author beyond formatting."""
    for each in works(library):
        yield from disagreements(each)


_DESCRIBED = (
    "select count(distinct coalesce(h.home, r.key)) from records r left join homes h on h.key = r.key"
    " where r.source = ?"
)


def size(library: Library) -> Size:
    """Count works and citations, quickly enough to be said after every command."""
    only_cited, everything = (
        int(library.db.execute(f"select count(*) from works{which}").fetchone()[0])  # noqa: S608 # two texts from here
        for which in (" where detail is null", "")
    )
    (citations,) = library.db.execute("select count(*) from (select distinct citing, cited from citations)").fetchone()
    return Size(everything - only_cited, only_cited, citations)


def found(library: Library, *, run: int) -> int:
    """Count the works that a search found, each once whoever found it."""
    query = (
        "select count(distinct coalesce(h.home, r.key)) from hits x"
        " join records r on r.source = x.source and r.native = x.native left join homes h on h.key = r.key"
        " where x.run = ? and x.state = 'kept'"
    )
    (count,) = library.db.execute(query, (run,)).fetchone()
    return int(count)


def status(library: Library) -> Status:
    """Count what is here, what is waiting, and what failed and why."""
    db = library.db

    def count(query: str, *parameters: object) -> int:
        return int(db.execute(query, parameters).fetchone()[0])

    full = "select count(*) from works where detail is not null"
    names = [row[0] for row in db.execute("select source from lookups union select source from items order by 1")]
    stating = dict(db.execute("select source, count(*) from citations group by source"))
    failures = db.execute(
        "select detail, count(*) from lookups where state = 'failed' group by 1"
        " union all select reason, count(*) from skips group by 1 order by 2 desc, 1"
    )
    return Status(
        **size(library)._asdict(),
        with_abstract=count(f"{full} and abstract is not null"),
        with_references=count("select count(distinct citing) from citations"),
        matched_references=count("select count(*) from citations where source like ?", f"{BY_MATCH}%"),
        unmatched_references=count("select coalesce(sum(unmatched), 0) from works"),
        repeated_references=count("select coalesce(sum(linked), 0) from works") - sum(stating.values()),
        loops=count("select count(*) from (select distinct citing from citations where citing = cited)"),
        retracted=count(f"{full} and is_retracted"),
        with_notices=count(f"{full} and has_notices"),
        sources=tuple(
            SourceState(
                source=name,
                works=count(_DESCRIBED, name),
                citations=stating.get(name, 0),
                skipped=count("select count(*) from skips where source = ?", name),
                **{
                    state: count("select count(*) from lookups where source = ? and state = ?", name, state)
                    for state in ("missing", "failed", "waiting")
                },
            )
            for name in names
        ),
        failures=tuple((reason, number) for reason, number in failures),
        unfinished_runs=count("select count(*) from runs where outcome is not 'done'"),
        stale=derivation.stale(library),
    )


def runs(library: Library) -> Iterator[dict[str, Any]]:
    """Give the ledger: every run with what was given, asked and answered.

    Requests are in the order of their addresses, so that two runs of the same command compare line by line.
    """
    for number, command, arguments, version, replica, started, finished, outcome, reason in library.db.execute(
        "select id, command, arguments, version, replica, started, finished, outcome, reason from runs order by id"
    ).fetchall():
        sessions = library.db.execute("select started from sessions where run = ? order by 1", (number,))
        given = library.db.execute(
            "select origin, text, scheme, value, reason from inputs where run = ? order by position", (number,)
        )
        asked = library.db.execute(
            "select source, kind, url, part, state, status, reported, received, answered, detail from requests"
            " where run = ? order by source, url",
            (number,),
        )
        yield {
            "run": number,
            "command": command,
            "arguments": carves.without_place(json.loads(arguments)),
            "version": version,
            "replica": replica,
            "started": started,
            "finished": finished,
            "outcome": outcome,
            "reason": reason,
            "sessions": [row[0] for row in sessions],
            "inputs": [_named(given, row) for row in given],
            "requests": [_named(asked, row) for row in asked],
            "searched": [
                {
                    "source": each.source,
                    "kept": each.kept,
                    "outside": each.outside,
                    "unjudged": each.unjudged,
                    "parts": [part._asdict() for part in each.parts],
                }
                for each in searches.searched(library, ledger.Run(number, command))
            ],
        }


def _named(cursor: Any, row: tuple[Any, ...]) -> dict[str, Any]:
    return {column[0]: value for column, value in zip(cursor.description, row, strict=True)}
