"""Figures over a whole citation table: PageRank, citations by year, components, journals, co-citation.

Everything is SQL over tables of numbers in a file of its own, so that memory stays within the limit that is given and
the rest is on disk. A work that two partitions hold counts as the newer says. Only citations between works that the
snapshot holds count; nobody knows what the others cite.

L. Page, S. Brin, R. Motwani, T. Winograd, The PageRank Citation Ranking: Bringing Order to the Web, Stanford 1999.
J. E. Hirsch, An index to quantify an individual's scientific research output, PNAS 102 (46), 2005; of a journal, all
its works in place of a person's.
"""

from collections.abc import Iterable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple

from graph.metrics import pagerank
from harvester.bulk import jobs
from harvester.bulk.jobs import Limits
from harvester.bulk.snapshot import Part, Snapshot, deleted
from harvester.bulk.workers import Workers
from harvester.errors import HarvesterError, InputError, Stopped
from harvester.library import Library
from harvester.library.graphs import graph_of

if TYPE_CHECKING:
    from duckdb import DuckDBPyConnection

__all__ = ["DAMPING", "STEPS", "TABLES", "TOLERANCE", "Joined", "NotConverged", "Ranked", "joined", "rank"]

DAMPING: Final = 0.85
TOLERANCE: Final = 1e-10
"""PageRank is iterated until a step moves less than this share of the whole."""
STEPS: Final = 500

TABLES: Final = ("works.parquet", "years.parquet", "journals.parquet", "cocitations.parquet")
"""The files of the result.

`works`: `work` (W id), `year`, `journal` (S id), `cited_by`, `pagerank` (of all works 1), `component` (the smallest
number of a work in it) and `component_size`. `years`: `work`, `year` of the citing works, `citations`. `journals`:
`journal`, `works`, `cited_by`, `h_index`, `self_citations`, and `self_citation_rate`, their share of `cited_by`.
`cocitations`: `one`, `other`, `works`, how many cite both; of the works that were named, empty where none were.
Numbers with a fraction have nine digits, so that they do not depend on the order in which threads add them up.
"""


class NotConverged(HarvesterError):
    """PageRank still changes after as many steps as anybody waits for."""


@dataclass(frozen=True)
class Ranked:
    """What a ranking came to."""

    works: int
    citations: int
    components: int
    steps: int
    change: float
    """What the last step of PageRank moved."""


def rank(
    snapshot: Snapshot,
    folder: Path,
    *,
    workers: Workers,
    limits: Limits,
    together: Iterable[int] = (),
    damping: float = DAMPING,
) -> Ranked:
    """Compute the figures of a snapshot and write the tables of `TABLES` to a folder.

    `together` are the numbers of the works whose co-citations are counted. The citations of each file are taken out
    once and kept in the folder, so that a ranking that was stopped does not read the snapshot again.
    Raises `Stopped` where a file cannot be read, and `NotConverged`.
    """
    work = folder / f"links-{snapshot.fingerprint[:16]}"
    work.mkdir(parents=True, exist_ok=True)
    _take_out(snapshot, work, workers)
    database = folder / "rank.duckdb"
    database.unlink(missing_ok=True)
    with _computing(folder), jobs.opened(limits, file=database) as db:
        _load(db, work, len(snapshot.parts), deleted(snapshot))
        steps, change = _pagerank(db, damping)
        _components(db)
        _write(db, folder, sorted(together))
        found = Ranked(
            works=int(_one(db, "select count(*) from node")),
            citations=int(_one(db, "select count(*) from link")),
            components=int(_one(db, "select count(distinct component) from part_of")),
            steps=steps,
            change=change,
        )
    database.unlink()
    return found


@contextmanager
def _computing(folder: Path) -> Iterator[None]:
    """Say why tables cannot be computed: nearly always there is too little memory, or room on the disk."""
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise Stopped(
            f"the ranking cannot go on ({reason}); what was read of the snapshot is kept in {folder}: give more with "
            "--memory, or make room, and give the same command again"
        ) from error


class Joined(NamedTuple):
    """A work of a library with its place in the library and in the whole snapshot."""

    key: str
    title: str | None
    pagerank: float
    """In the citation graph of the library."""
    global_pagerank: float | None
    """None where the snapshot does not hold it."""
    global_cited_by: int | None


def joined(library: Library, folder: Path, *, limits: Limits) -> list[Joined]:
    """Give the works of a library that OpenAlex has, with what a ranking says of each, the highest first.

    Raises `InputError` where the folder holds no ranking.
    """
    table = folder / TABLES[0]
    if not table.exists():
        raise InputError(f"{folder} holds no ranking; `harvester rank --snapshot` makes one")
    graph = graph_of(library)
    local = [float(f"{value:.9g}") for value in pagerank(graph)]
    known = {work: place for place, work in enumerate(graph.openalex) if work}
    with jobs.opened(limits) as db:
        jobs.given(db, "held", (int(work[1:]) for work in known))
        query = (
            f"select work, pagerank, cited_by from read_parquet({jobs.quoted(str(table))})"
            " where cast(substr(work, 2) as bigint) in (select number from held)"
        )
        whole = {work: (share, count) for work, share, count in db.execute(query).fetchall()}
    rows = (
        Joined(graph.keys[place], graph.title[place], local[place], *whole.get(work, (None, None)))
        for work, place in known.items()
    )
    return sorted(rows, key=lambda row: (-(row.global_pagerank or 0), row.key))


def _take_out(snapshot: Snapshot, folder: Path, workers: Workers) -> None:
    targets = [(part, folder / f"{number}.parquet") for number, part in enumerate(snapshot.parts)]
    missing = [(part, str(target)) for part, target in targets if not target.exists()]
    for _ in workers.map(take_out, missing):
        pass


def take_out(part: Part, target: str, limits: Limits) -> None:
    """Write what a ranking needs of a file of works, whole or not at all."""
    fresh = Path(f"{target}.new")
    with jobs.opened(limits, place=part.path) as db, jobs.failing(part):
        jobs.links(db, part, str(fresh))
    fresh.replace(target)


def _load(db: "DuckDBPyConnection", folder: Path, parts: int, gone: frozenset[int]) -> None:
    """Lay out works and the citations between them; of several versions of a work the last file's counts."""
    files = [str(folder / f"{number}.parquet") for number in range(parts)]
    jobs.given(db, "gone", gone)
    db.execute(
        "create table row as select number, year, journal, cited,"
        " cast(regexp_extract(filename, '([0-9]+)\\.parquet$', 1) as integer) as part"
        " from read_parquet($files, filename=true) where number not in (select number from gone)",
        {"files": files},
    )
    db.execute(
        "create table node as select number, arg_max(year, part) as year, arg_max(journal, part) as journal,"
        " max(part) as part from row group by number"
    )
    db.execute(
        "create table link as select distinct citing, cited from ("
        "  select r.number as citing, unnest(r.cited) as cited from row r join node n using (number, part)"
        ") where citing != cited and cited in (select number from node)"
    )
    db.execute("drop table row")


def _pagerank(db: "DuckDBPyConnection", damping: float) -> tuple[int, float]:
    """Iterate the shares of PageRank; give the number of steps and what the last one moved."""
    db.execute(
        "create table rank as select number, 1.0::double / (select count(*) from node) as value,"
        " 1.0::double / listed as share from node left join"
        " (select citing as number, count(*) as listed from link group by citing) using (number)"
    )
    size = int(_one(db, "select count(*) from rank"))
    if not size:
        return 0, 0.0
    for step in range(1, STEPS + 1):
        lost = float(_one(db, "select coalesce(sum(value), 0) from rank where share is null"))
        db.execute(
            "create table next as select number, $rest + $damping * coalesce(got, 0) as value, share, value as before"
            " from rank left join (select cited as number, sum(value * share) as got from link"
            " join rank on rank.number = link.citing group by cited) using (number)",
            {"rest": (1 - damping + damping * lost) / size, "damping": damping},
        )
        change = float(_one(db, "select sum(abs(value - before)) from next"))
        db.execute("drop table rank")
        db.execute("create table rank as select number, value, share from next")
        db.execute("drop table next")
        if change < TOLERANCE:
            return step, change
    raise NotConverged(f"PageRank with damping {damping} still changes by {change:.1e} after {STEPS} steps")


def _components(db: "DuckDBPyConnection") -> None:
    """Give each work the smallest number in its part of the graph, directions left aside.

    In each round a work takes the smallest label of itself, its neighbours, and the label of its label.
    """
    db.execute("create table part_of as select number, number as component from node")
    while True:
        db.execute(
            "create table nearer as select number, least(component, coalesce(around, component)) as component"
            " from part_of left join (select number, min(component) as around from ("
            "   select l.citing as number, p.component from link l join part_of p on p.number = l.cited union all"
            "   select l.cited as number, p.component from link l join part_of p on p.number = l.citing"
            " ) group by number) using (number)"
        )
        db.execute(
            "create table jumped as select n.number, least(n.component, m.component) as component"
            " from nearer n join nearer m on m.number = n.component"
        )
        moved = _one(db, "select count(*) from jumped j join part_of p using (number) where j.component != p.component")
        for text in ("drop table part_of", "drop table nearer", "alter table jumped rename to part_of"):
            db.execute(text)
        if not moved:
            return


def _write(db: "DuckDBPyConnection", folder: Path, together: Sequence[int]) -> None:
    jobs.given(db, "named", together)
    db.execute("create table cited as select cited as number, count(*) as citations from link group by cited")
    for name, query in zip(TABLES, (_WORKS, _YEARS, _JOURNALS, _TOGETHER), strict=True):
        fresh = folder / f"{name}.new"
        db.execute(f"copy ({query}) to {jobs.quoted(str(fresh))} (format parquet, compression zstd)")
        fresh.replace(folder / name)


_WORKS = """
    select 'W' || number as work, year, journal, coalesce(citations, 0) as cited_by,
        cast(format('{:.8e}', value) as double) as pagerank, component, size as component_size
    from node join rank using (number) join part_of using (number)
    join (select component, count(*) as size from part_of group by component) using (component)
    left join cited using (number) order by number
"""
_YEARS = """
    select 'W' || cited as work, year, count(*) as citations
    from link join node on node.number = link.citing where year is not null
    group by cited, year order by cited, year
"""
_TOGETHER = """
    select 'W' || a.cited as one, 'W' || b.cited as other, count(*) as works
    from link a join link b using (citing)
    where a.cited < b.cited and a.cited in (select number from named) and b.cited in (select number from named)
    group by a.cited, b.cited order by a.cited, b.cited
"""
_JOURNALS = """
    with placed as (
        select journal, coalesce(citations, 0) as citations,
            row_number() over (partition by journal order by coalesce(citations, 0) desc) as place
        from node left join cited using (number) where journal is not null
    ), own as (
        select a.journal, count(*) as self from link
        join node a on a.number = link.citing join node b on b.number = link.cited
        where a.journal = b.journal group by a.journal
    )
    select journal, count(*) as works, cast(sum(citations) as bigint) as cited_by,
        count(*) filter (citations >= place) as h_index, coalesce(any_value(self), 0) as self_citations,
        cast(format('{:.8e}', coalesce(any_value(self), 0) / nullif(sum(citations), 0)) as double) as self_citation_rate
    from placed left join own using (journal) group by journal order by journal
"""


def _one(db: "DuckDBPyConnection", text: str) -> Any:
    ((value,),) = db.execute(text).fetchall()
    return value
