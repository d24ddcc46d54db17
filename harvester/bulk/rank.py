"""Figures over a whole citation table: PageRank, citations by year, components, journals, co-citation.

Here everything is SQL over tables of numbers in a file of its own, so that memory stays within the limit that is given
and the rest is on disk; on a cluster it is done with dataframes (`harvester.bulk.frames`), and this process only puts
the tables in order and adds up what concerns journals and whole components, in the same way and with the same SQL. A
work that two partitions hold counts as the newer says. Only citations between works that the snapshot holds count;
nobody knows what the others cite. A work that cites none of them gives its share of PageRank to all alike.

L. Page, S. Brin, R. Motwani, T. Winograd, The PageRank Citation Ranking: Bringing Order to the Web, Stanford 1999.
J. E. Hirsch, An index to quantify an individual's scientific research output, PNAS 102 (46), 2005; of a journal, all
its works in place of a person's.
"""

from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, NamedTuple
from uuid import uuid4

from filelock import FileLock, Timeout

from graph.metrics import pagerank
from harvester.bulk import dataset, frames, jobs
from harvester.bulk.cluster import Cluster
from harvester.bulk.jobs import Limits
from harvester.bulk.snapshot import Numbers, Part, Snapshot, deleted
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

`works`: `work` (W id), `year`, `journal` (S id; of a data set, the name of the venue), `cited_by`, `pagerank` (of all
works 1), `component` (the smallest number of a work in it) and `component_size`. `years`: `work`, `year` of the citing
works, `citations`. `journals`: `journal`, `works`, `cited_by`, `h_index`, `self_citations`, and `self_citation_rate`,
their share of `cited_by`. `cocitations`: `one`, `other`, `works`, how many cite both; of the works that were named,
empty where none were. Numbers with a fraction have nine digits, so that they hardly depend on the order in which
threads add them up.
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
    """What the last step of PageRank moved, of 1."""
    files: int
    """Of the snapshot."""
    taken_before: int
    """So many of these had been read by a ranking that was stopped, or one before this."""


Report = Callable[[str, int, int | None], None]
"""Is told what is done, and how many files or steps of it are done of how many, if that is known."""


def rank(
    snapshot: Snapshot,
    folder: Path,
    *,
    workers: Workers,
    limits: Limits,
    together: Iterable[int] = (),
    damping: float = DAMPING,
    report: Report = lambda *_: None,
) -> Ranked:
    """Compute the figures of a snapshot, or of a data set that was carved, and write the tables to a folder.

    `together` are the numbers of the works whose co-citations are counted. The citations of each file are taken out
    once and kept in the folder, so that a ranking that was stopped does not read the snapshot again. Where `workers`
    are those of a cluster, it computes too, and the folder must be one that all of them write to.
    Raises `InputError` for the folder of what was carved, `Stopped` where a file cannot be read, a cluster is lost, or
    there is too little room, and `NotConverged`.
    """
    folder = folder.absolute()
    if (folder / dataset.TABLES[1]).exists():  # both have a table of works
        raise InputError(f"{folder} holds works that were carved, which a ranking would replace; choose another folder")
    gone, named = deleted(snapshot), sorted(together)
    kept, database = folder / f"links-{snapshot.fingerprint[:16]}", folder / "rank.duckdb"
    with _alone(kept):
        files, before = _take_out(snapshot, kept, workers, report)
        with _computing(folder, database), jobs.opened(limits, file=database) as db, ExitStack() as computed:
            if isinstance(workers, Cluster):
                made = frames.frames(workers, files, folder, gone=gone, named=named, limits=limits)
                works, citations, steps, change = _spread(db, computed.enter_context(made), damping, report)
            else:
                _load(db, files, gone, named)
                works, citations, steps, change = _embedded(db, damping, report)
            _write(db, folder)
            components = int(_one(db, "select count(distinct component) from works"))
    return Ranked(works, citations, components, steps, change, files=len(files), taken_before=before)


@contextmanager
def _alone(kept: Path) -> Iterator[None]:
    """Make the folder of what is taken out, and keep other rankings away from the one that it is in."""
    try:
        kept.mkdir(parents=True, exist_ok=True)
        with FileLock(kept.parent / "rank.lock", timeout=0):
            yield
    except Timeout as error:
        raise Stopped(f"another ranking is writing to {kept.parent}; wait for it, or choose another --out") from error


@contextmanager
def _computing(folder: Path, database: Path) -> Iterator[None]:
    """Say why tables cannot be computed: nearly always there is too little memory, or room on the disk."""
    import duckdb

    def forget() -> None:
        for file in (database, database.with_name(f"{database.name}.wal")):
            file.unlink(missing_ok=True)

    forget()
    try:
        yield
    except duckdb.Error as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise Stopped(
            f"the ranking cannot go on ({reason}); what was read of the snapshot is kept in {folder}: give more with "
            "--memory, or make room, and give the same command again"
        ) from error
    finally:
        forget()


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
        import duckdb

        jobs.given(db, "held", (int(work[1:]) for work in known))
        query = (
            f"select work, pagerank, cited_by from read_parquet({jobs.quoted(jobs.only(table))})"
            " where cast(substr(work, 2) as bigint) in (select number from held)"
        )
        try:
            whole = {work: (share, count) for work, share, count in db.execute(query).fetchall()}
        except duckdb.Error as error:
            raise InputError(
                f"{table} is no table of a ranking, or cut; `harvester rank --snapshot` makes one"
            ) from error
    rows = (
        Joined(graph.keys[place], graph.title[place], local[place], *whole.get(work, (None, None)))
        for work, place in known.items()
    )
    return sorted(rows, key=lambda row: (-(row.global_pagerank or 0), row.key))


def _take_out(snapshot: Snapshot, folder: Path, workers: Workers, report: Report) -> tuple[list[Path], int]:
    """Take out what is not there yet; a file that has become longer or shorter since is another one."""
    targets = [(part, folder / f"{number}-{part.size}.parquet") for number, part in enumerate(snapshot.parts)]
    for left in set(folder.iterdir()) - {target for _, target in targets}:
        left.unlink()
    missing = [(part, str(target)) for part, target in targets if part.format == "tables" or not target.exists()]
    before = len(targets) - len(missing)
    for done, _ in enumerate(workers.map(take_out, missing), start=before + 1):
        report("reading", done, len(targets))
    files = [target for _, target in targets]
    unseen = next((file for file in files if not file.exists()), None)
    if unseen is not None:
        raise Stopped(f"the workers have written {unseen}, and it is not there; {_SHARED}")
    return files, before


_SHARED: Final = "--out must be a folder that this process and all workers of the cluster share"


def take_out(part: Part, target: str, limits: Limits) -> None:
    """Write what a ranking needs of a file of works, whole or not at all."""
    fresh = Path(f"{target}.{uuid4().hex}")
    if not fresh.parent.is_dir():
        raise Stopped(f"a worker does not see the folder {fresh.parent}; {_SHARED}")
    with jobs.opened(limits, place=part.path) as db, jobs.failing(part):
        (dataset.links if part.format == "tables" else jobs.links)(db, part, str(fresh))
    fresh.replace(target)


# -- on a cluster --------------------------------------------------------------------------------------


def _spread(
    db: "DuckDBPyConnection", made: frames.Frames, damping: float, report: Report
) -> tuple[int, int, int, float]:
    """Have a cluster compute, and name what it has written as `_embedded` does."""
    steps, change = _converged(frames.shares(made, damping), damping, report)
    rounds = _settled(frames.labels(made), report)
    frames.gathered(made, steps, rounds)
    folder = jobs.only(made.folder)
    db.execute(f"create view journals as from read_parquet({jobs.quoted(f'{folder}/journals.parquet')})")
    for name, columns in _WRITTEN.items():
        source = f"read_parquet({jobs.quoted(f'{folder}/{name}/*.parquet')}) w"
        titles = "left join journals j on j.code = w.journal" if "j." in columns else ""
        db.execute(f"create view {name} as select {columns} from {source} {titles}")
    return made.works, made.citations, steps, change


_WRITTEN: Final = {
    "works": f"number, cast(nullif(year, {frames.NO_YEAR}) as integer) as year, j.journal, citations, value, component",
    "yearly": "cited, year, citations",
    "tally": "j.journal, citations, works",
    "own": "j.journal, self",
    "pairs": "one, other, works",
}


def _converged(changes: Iterator[float], damping: float, report: Report) -> tuple[int, float]:
    """Iterate PageRank until a step moves next to nothing; give the number of steps and what the last one moved."""
    for step, change in enumerate(changes, start=1):
        report("PageRank", step, None)
        if change < TOLERANCE:
            return step, change
        if step == STEPS:
            break
    raise NotConverged(f"PageRank with damping {damping} still changes by {change:.1e} after {STEPS} steps")


def _settled(moves: Iterator[int], report: Report) -> int:
    """Let labels of components move until none does; give the number of rounds."""
    for number, moved in enumerate(moves, start=1):
        report("components", number, None)
        if not moved:
            return number
    raise AssertionError("rounds do not end by themselves")


# -- here ----------------------------------------------------------------------------------------------


def _load(db: "DuckDBPyConnection", files: list[Path], gone: Numbers, named: list[int]) -> None:
    """Lay out works and the citations between them; of several versions of a work the last file's counts, and of two in
    one file, which should not be, what is the greatest.
    """
    jobs.given(db, "gone", gone)
    jobs.given(db, "named", named)
    db.execute(
        "create table row as select number, year, journal, cited,"
        " cast(regexp_extract(filename, '([0-9]+)-[0-9]+\\.parquet$', 1) as integer) as part"
        " from read_parquet($files, filename=true) where number not in (select number from gone)",
        {"files": [jobs.only(file) for file in files]},
    )
    db.execute(
        "create table node as select number, newest.part, nullif(newest.year, $none) as year,"
        " nullif(newest.journal, '') as journal from (select number, max(struct_pack(part := part,"
        " year := coalesce(year, $none), journal := coalesce(journal, ''))) as newest from row group by number)",
        {"none": frames.NO_YEAR},
    )
    db.execute(
        "create table link as select distinct citing, cited from ("
        "  select r.number as citing, unnest(r.cited) as cited from row r join node n using (number, part)"
        ") where citing != cited and cited in (select number from node)"
    )
    db.execute("drop table row")


def _embedded(db: "DuckDBPyConnection", damping: float, report: Report) -> tuple[int, int, int, float]:
    """Compute in this process, and name what `_write` orders: works, years, journals by citations, pairs of works."""
    steps, change = _converged(_shares(db, damping), damping, report)
    _settled(_labels(db), report)
    db.execute("create table cited as select cited as number, count(*) as citations from link group by cited")
    for name, query in _VIEWS.items():
        db.execute(f"create view {name} as {query}")
    works, citations = (int(_one(db, f"select count(*) from {name}")) for name in ("node", "link"))
    return works, citations, steps, change


def _shares(db: "DuckDBPyConnection", damping: float) -> Iterator[float]:
    """Iterate the shares of PageRank for as long as they are asked for, and give what each step has moved."""
    size = max(int(_one(db, "select count(*) from node")), 1)
    db.execute(
        f"create table rank as select number, 1.0::double / {size} as value, 1.0::double / listed as share"
        " from node left join (select citing as number, count(*) as listed from link group by citing) using (number)"
    )
    while True:
        lost = float(_one(db, "select coalesce(sum(value), 0) from rank where share is null"))
        db.execute(
            "create table next as select number, $rest + $damping * coalesce(got, 0) as value, share, value as before"
            " from rank left join (select cited as number, sum(value * share) as got from link"
            " join rank on rank.number = link.citing group by cited) using (number)",
            {"rest": (1 - damping + damping * lost) / size, "damping": damping},
        )
        change = float(_one(db, "select coalesce(sum(abs(value - before)), 0) from next"))
        db.execute("drop table rank")
        db.execute("create table rank as select number, value, share from next")
        db.execute("drop table next")
        yield change


def _labels(db: "DuckDBPyConnection") -> Iterator[int]:
    """Give each work the smallest number in its part of the graph, directions left aside; tell how many have moved.

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
        yield int(moved)


_VIEWS: Final = {
    "works": """
        select number, year, journal, coalesce(citations, 0) as citations, value, component
        from node join rank using (number) join part_of using (number) left join cited using (number)
    """,
    "yearly": """
        select cited, year, count(*) as citations from link join node on number = citing
        where year is not null group by cited, year
    """,
    "tally": """
        select journal, coalesce(citations, 0) as citations, count(*) as works
        from node left join cited using (number) where journal is not null group by all
    """,
    "own": """
        select a.journal, count(*) as self from link
        join node a on a.number = link.citing join node b on b.number = link.cited
        where a.journal = b.journal group by a.journal
    """,
    "pairs": """
        select a.cited as one, b.cited as other, count(*) as works from link a join link b using (citing)
        where a.cited < b.cited and a.cited in (select number from named) and b.cited in (select number from named)
        group by a.cited, b.cited
    """,
}


# -- tables --------------------------------------------------------------------------------------------


def _write(db: "DuckDBPyConnection", folder: Path) -> None:
    for name, query in zip(TABLES, (_WORKS, _YEARS, _JOURNALS, _TOGETHER), strict=True):
        fresh = folder / f"{name}.new"
        db.execute(f"copy ({query}) to {jobs.quoted(str(fresh))} (format parquet, compression zstd)")
        fresh.replace(folder / name)


_WORKS = """
    select 'W' || number as work, year, journal, citations as cited_by,
        cast(format('{:.8e}', value) as double) as pagerank, component, size as component_size
    from works join (select component, count(*) as size from works group by component) using (component)
    order by number
"""
_YEARS = "select 'W' || cited as work, cast(year as integer) as year, citations from yearly order by cited, yearly.year"
_TOGETHER = """
    select 'W' || p.one as one, 'W' || p.other as other, cast(sum(p.works) as bigint) as works
    from pairs p group by p.one, p.other order by p.one, p.other
"""
# Of the works of a journal, `place` have been cited so often or more often: a set of that many has an index h of the
# smaller of the two, and the largest is that of the journal.
_JOURNALS = """
    with counted as (
        select journal, citations, sum(works) as works from tally group by journal, citations
    ), placed as (
        select *, sum(works) over (partition by journal order by citations desc) as place from counted
    ), itself as (
        select journal, sum(self) as self from own group by journal
    )
    select journal, cast(sum(works) as bigint) as works, cast(sum(citations * works) as bigint) as cited_by,
        cast(max(least(citations, place)) as bigint) as h_index,
        cast(coalesce(any_value(self), 0) as bigint) as self_citations,
        cast(format('{:.8e}', coalesce(any_value(self), 0) / nullif(sum(citations * works), 0)) as double)
            as self_citation_rate
    from placed left join itself using (journal) group by journal order by journal
"""


def _one(db: "DuckDBPyConnection", text: str) -> Any:
    ((value,),) = db.execute(text).fetchall()
    return value
