"""A ranking computed on a cluster, with the dataframes of Dask: none of its tables is ever in one process.

Works, citations, shares of PageRank and labels of components are frames of so many partitions each, by a hash of the
number of a work, so that what belongs to a work is in one partition of each frame, and joins need no shuffle. What a
step has computed is written to the folder of the ranking, a file for each partition, and read from there by the next:
no step depends on more than the files before it, so that the graph of tasks does not grow with the steps, and a worker
that is lost costs the tasks it had in hand. The folder must therefore be the same to this process and to all workers.

What is left to this process is to number the journals, to put the tables in order, and to add up what journals and
whole components have (`harvester.bulk.rank`), on disk and within its limits.
"""

import shutil
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from functools import partial
from itertools import count
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final
from uuid import uuid4

from harvester.bulk import jobs
from harvester.bulk.cluster import Cluster, lost, on_worker
from harvester.bulk.jobs import Limits
from harvester.bulk.snapshot import Numbers
from harvester.errors import Stopped

if TYPE_CHECKING:
    from distributed import Client

__all__ = ["NO_JOURNAL", "NO_YEAR", "PARTITION", "Frames", "frames", "gathered", "labels", "shares"]

PARTITION: Final = 1_400_000
"""So many citations make a partition: in memory 16 bytes each, and in a shuffle or a join up to some 500."""

NO_YEAR: Final = -(1 << 31)
NO_JOURNAL: Final = -1

_WORK: Final = {"number": "int64", "part": "int64", "year": "int64", "journal": "int64"}
_LINK: Final = {"citing": "int64", "cited": "int64"}
_SHARE: Final = {"number": "int64", "value": "float64", "listed": "int64"}
_LABEL: Final = {"number": "int64", "component": "int64"}
_LISTED: Final = {"number": "int64", "listed": "int64"}
_GIVEN: Final = {"number": "int64", "got": "float64"}
_COUNTED: Final = {"number": "int64", "year": "int64", "journal": "int64", "citations": "int64"}
_TOLD: Final = {"year": "int64", "journal": "int64"}
_PLACE: Final = {"place": "int64"}

# One text each, over the citations that `jobs.links` has written of a file.
_HEADS = """
    select number, $part::bigint as part, coalesce(year, {no_year})::bigint as year,
        coalesce(code, {no_journal})::bigint as journal
    from read_parquet($file) left join read_parquet($journals) using (journal)
    where number not in (select number from read_parquet($gone))
"""
_REFERENCES = """
    select distinct citing, cited, $part::bigint as part
    from (select number as citing, unnest(cited) as cited from read_parquet($file))
    where citing != cited and citing not in (select number from read_parquet($gone))
        and cited not in (select number from read_parquet($gone))
"""


@dataclass(frozen=True)
class Frames:
    """The frames of a ranking: a folder for each, of so many files."""

    folder: Path
    count: int
    client: "Client"
    works: int = 0
    citations: int = 0

    def read(self, name: str, kinds: dict[str, str]) -> Any:
        """Give a frame that was written."""
        import dask.dataframe as dd

        files = [str(self.folder / name / f"{place}.parquet") for place in range(self.count)]
        return dd.from_map(_read, files, meta=_meta(kinds))

    def write(self, write: Callable[..., Any], told: dict[str, str], *given: Any, **settings: Any) -> dict[str, Any]:
        """Have a function write partitions to the folder; give the sums of the figures that it tells of each."""
        import dask.dataframe as dd

        places = dd.from_map(_place, range(self.count), meta=_meta(_PLACE))
        frame = places.map_partitions(write, *given, folder=str(self.folder), meta=_meta(told), **settings)
        with lost(self.client):
            return dict(self.client.compute(frame).result().sum())

    def hold(self, name: str, kinds: dict[str, str]) -> Any:
        """Give a frame that the workers keep in memory, as far as they have it, for as long as it is used."""
        with lost(self.client):
            return self.client.persist(self.read(name, kinds))

    def shuffled(self, frame: Any, on: str) -> Any:
        """Bring what belongs to a work together, where it is in all frames."""
        return frame.shuffle(on=on, npartitions=self.count)

    def forget(self, name: str) -> None:
        """Delete a frame."""
        shutil.rmtree(self.folder / name, ignore_errors=True)


@contextmanager
def frames(
    cluster: Cluster, files: list[Path], folder: Path, *, gone: Numbers, named: list[int], limits: Limits
) -> Iterator[Frames]:
    """Lay out works, and citations by the citing and by the cited work.

    Of several versions of a work the last file's counts. The files are those of `jobs.links`; the frames are gone at
    the end.
    """
    for left in folder.glob("frames-*"):
        shutil.rmtree(left)
    # A name of its own, because Dask takes what has the same name for the same.
    place = folder / f"frames-{uuid4().hex}"
    place.mkdir()
    made = Frames(place, max(cluster.threads, -(-_citations(files) // PARTITION), 1), cluster.client)
    try:
        _send_round(files, place, gone, named, limits)
        works, citations = _laid_out(made, files, cluster.megabytes)
        yield replace(made, works=works, citations=citations)
    finally:
        shutil.rmtree(place, ignore_errors=True)


def _citations(files: list[Path]) -> int:
    """Give how many there are, more or less: an empty list counts as one."""
    from pyarrow import parquet

    told = (parquet.read_metadata(file) for file in files)
    groups = (each.row_group(number) for each in told for number in range(each.num_row_groups))
    columns = (group.column(place) for group in groups for place in range(group.num_columns))
    return sum(column.num_values for column in columns if column.path_in_schema.startswith("cited."))


def _send_round(files: list[Path], place: Path, gone: Numbers, named: list[int], limits: Limits) -> None:
    """Write what every worker needs to know: journals by number, the works that are deleted, those that are named."""
    with jobs.opened(limits) as db:
        jobs.given(db, "gone", gone)
        jobs.given(db, "named", named)
        db.execute(
            "create temp table journals as select journal, row_number() over (order by journal) - 1 as code"
            " from (select distinct journal from read_parquet($files) where journal is not null)",
            {"files": [jobs.only(file) for file in files]},
        )
        for name in ("gone", "named", "journals"):
            db.execute(f"copy {name} to {jobs.quoted(str(place / f'{name}.parquet'))} (format parquet)")


def _laid_out(made: Frames, files: list[Path], megabytes: int) -> tuple[int, int]:
    import dask.dataframe as dd

    taken = partial(_taken, folder=str(made.folder), megabytes=megabytes)
    names, parts = [str(file) for file in files], range(len(files))
    heads = dd.from_map(partial(taken, _HEADS), names, parts, meta=_meta(_WORK))
    works = made.write(_write_works, {"works": "int64"}, made.shuffled(heads, "number"))["works"]
    nodes = made.read("nodes", _WORK)

    found = dd.from_map(partial(taken, _REFERENCES), names, parts, meta=_meta({**_LINK, "part": "int64"}))
    newest = made.shuffled(found, "citing").map_partitions(_newest, nodes, meta=_meta({**_LINK, **_TOLD}))
    citations = made.write(_write_cited, {"citations": "int64"}, made.shuffled(newest, "cited"), nodes)["citations"]

    outward = made.shuffled(made.read("inward", _LINK), "citing")
    made.write(_write_citing, {"citations": "int64"}, outward, nodes)
    return int(works), int(citations)


def _taken(text: str, file: str, part: int, *, folder: str, megabytes: int) -> Any:
    with jobs.opened(on_worker(Limits.within(megabytes))) as db, _reading(file):
        return db.execute(
            text.format(no_year=NO_YEAR, no_journal=NO_JOURNAL),
            {
                name: value
                for name, value in {
                    "file": jobs.only(file),
                    "part": part,
                    "gone": f"{jobs.only(folder)}/gone.parquet",
                    "journals": f"{jobs.only(folder)}/journals.parquet",
                }.items()
                if f"${name}" in text
            },
        ).df()


@contextmanager
def _reading(file: str) -> Iterator[None]:
    import duckdb

    try:
        yield
    except duckdb.Error as error:
        reason = str(error).split("\n", maxsplit=1)[0]
        raise Stopped(
            f"{file} cannot be read ({reason}); give more with --memory, or delete that file, and give the same "
            "command again"
        ) from error


def _write_works(place: Any, heads: Any, *, folder: str) -> Any:
    """Keep the newest version of each work, in the order of their numbers; of two in one file the one that
    `harvester.bulk.rank` keeps.
    """
    newest = heads.sort_values(list(_WORK)).drop_duplicates("number", keep="last")
    _write(newest, folder, "nodes", place)
    return _figures(works=len(newest))


def _newest(found: Any, nodes: Any) -> Any:
    """Keep the references that the newest version of a work has, with its year and journal."""
    return found.merge(nodes.rename(columns={"number": "citing"}), on=["citing", "part"])[[*_LINK, *_TOLD]]


def _write_cited(place: Any, found: Any, nodes: Any, *, folder: str) -> Any:
    """Keep the citations of works that there are, and what is counted by the cited work."""
    held = found.drop_duplicates(list(_LINK)).merge(
        nodes[["number", "journal"]].rename(columns={"number": "cited", "journal": "own"}), on="cited"
    )
    _write(held[list(_LINK)], folder, "inward", place)
    dated = held[held["year"] != NO_YEAR]
    _write(_counted(dated, ["cited", "year"], "citations"), folder, "yearly", place)
    itself = held[(held["journal"] == held["own"]) & (held["own"] != NO_JOURNAL)]
    _write(_counted(itself, ["own"], "self").rename(columns={"own": "journal"}), folder, "own", place)

    cited = nodes["number"].map(held["cited"].value_counts()).fillna(0).astype("int64")
    _write(nodes[["number", "year", "journal"]].assign(citations=cited), folder, "counted", place)
    placed = nodes.assign(citations=cited)[nodes["journal"] != NO_JOURNAL]
    _write(_counted(placed, ["journal", "citations"], "works"), folder, "tally", place)
    return _figures(citations=len(held))


def _write_citing(place: Any, links: Any, nodes: Any, *, folder: str) -> Any:
    """Keep the citations by the citing work, how many each makes, and which works that were named it cites together."""
    from pandas import read_parquet

    _write(links, folder, "outward", place)
    listed = nodes["number"].map(links["citing"].value_counts()).fillna(0).astype("int64")
    _in_place(int(listed.sum()), len(links))
    _write(nodes[["number"]].assign(listed=listed), folder, "listed", place)
    named = links[links["cited"].isin(read_parquet(f"{folder}/named.parquet")["number"])]
    pairs = named.merge(named, on="citing", suffixes=("", "_other")).rename(
        columns={"cited": "one", "cited_other": "other"}
    )
    _write(_counted(pairs[pairs["one"] < pairs["other"]], ["one", "other"], "works"), folder, "pairs", place)
    return _figures(citations=len(links))


def _counted(frame: Any, by: list[str], name: str) -> Any:
    return frame.groupby(by, sort=False).size().rename(name).astype("int64").reset_index()


# -- PageRank ------------------------------------------------------------------------------------------


def shares(made: Frames, damping: float) -> Iterator[float]:
    """Iterate the shares of PageRank for as long as they are asked for, and give what each step has moved.

    What a work gets is added up where its citations are, and once more where the work is, so that a shuffle moves a
    number for each work that is cited from a partition, and not for each citation.
    """
    works = max(made.works, 1)
    first = made.write(_write_first, {"lost": "float64"}, made.read("listed", _LISTED), value=1 / works)
    left = first["lost"]
    links = made.hold("outward", _LINK)
    for step in count(1):
        before = made.read(f"shares-{step - 1}", _SHARE)
        given = links.map_partitions(_given, before, meta=_meta(_GIVEN))
        rest = (1 - damping + damping * left) / works
        told = made.write(
            _write_shares,
            {"change": "float64", "lost": "float64"},
            made.shuffled(given, "number"),
            before,
            step=step,
            rest=rest,
            damping=damping,
        )
        made.forget(f"shares-{step - 1}")
        left = told["lost"]
        yield float(told["change"])


def _write_first(place: Any, listed: Any, *, folder: str, value: float) -> Any:
    return _written_shares(place, listed.assign(value=value), folder, 0)


def _given(links: Any, before: Any) -> Any:
    """Divide the share of each work among those that it cites."""
    known = before.set_index("number")
    part = links["citing"].map(known["value"] / known["listed"])
    _in_place(int(part.notna().sum()), len(links))
    return part.groupby(links["cited"], sort=False).sum().rename_axis("number").rename("got").reset_index()


def _write_shares(place: Any, given: Any, before: Any, *, folder: str, step: int, rest: float, damping: float) -> Any:
    got = before["number"].map(given.groupby("number")["got"].sum()).fillna(0)
    value = rest + damping * got
    change = float((value - before["value"]).abs().sum())
    return _written_shares(place, before.assign(value=value), folder, step).assign(change=change)[["change", "lost"]]


def _written_shares(place: Any, shares: Any, folder: str, step: int) -> Any:
    _write(shares[list(_SHARE)], folder, f"shares-{step}", place)
    return _figures(lost=float(shares.loc[shares["listed"] == 0, "value"].sum()))


# -- components ----------------------------------------------------------------------------------------


def labels(made: Frames) -> Iterator[int]:
    """Give each work the smallest number in its part of the graph, round by round; tell how many labels have moved.

    In each round a work takes the smallest label of itself, its neighbours, and the label of its label.
    """
    made.write(_write_own, {"works": "int64"}, made.read("listed", _LISTED))
    outward, inward = (made.hold(name, _LINK) for name in ("outward", "inward"))
    for step in count(1):
        before = made.read(f"labels-{step - 1}", _LABEL)
        around = outward.map_partitions(_around, inward, before, meta=_meta(_LABEL))
        made.write(_write_nearer, {"moved": "int64"}, made.shuffled(around, "number"), before, step=step)
        nearer = made.read(f"nearer-{step}", _LABEL)
        asking = made.shuffled(nearer.map_partitions(_asking, meta=_meta(_LABEL)), "component")
        told = made.shuffled(asking.map_partitions(_answered, nearer, meta=_meta(_LABEL)), "number")
        moved = made.write(_write_labels, {"moved": "int64"}, told, nearer, before, step=step)["moved"]
        made.forget(f"labels-{step - 1}")
        made.forget(f"nearer-{step}")
        yield int(moved)


def _write_own(place: Any, listed: Any, *, folder: str) -> Any:
    _write(listed[["number"]].assign(component=listed["number"]), folder, "labels-0", place)
    return _figures(works=len(listed))


def _around(outward: Any, inward: Any, before: Any) -> Any:
    """Tell the works on the other side of each citation the label of this side."""
    from pandas import concat

    known = before.set_index("number")["component"]
    sides = ((outward, "citing", "cited"), (inward, "cited", "citing"))
    told = concat([links[here].map(known).groupby(links[there], sort=False).min() for links, here, there in sides])
    _in_place(int(told.notna().sum()), len(told))
    smallest = told.groupby(level=0, sort=False).min().astype("int64")
    return smallest.rename_axis("number").rename("component").reset_index()


def _write_nearer(place: Any, around: Any, before: Any, *, folder: str, step: int) -> Any:
    return _write_smaller(place, around, before, before, folder, f"nearer-{step}")


def _write_labels(place: Any, told: Any, nearer: Any, before: Any, *, folder: str, step: int) -> Any:
    return _write_smaller(place, told, nearer, before, folder, f"labels-{step}")


def _write_smaller(place: Any, told: Any, known: Any, before: Any, folder: str, name: str) -> Any:
    heard = known["number"].map(told.groupby("number")["component"].min()).fillna(known["component"]).astype("int64")
    smaller = known.assign(component=known["component"].where(known["component"] < heard, heard))
    _write(smaller, folder, name, place)
    return _figures(moved=int((smaller["component"] != before["component"]).sum()))


def _asking(nearer: Any) -> Any:
    return nearer[nearer["component"] != nearer["number"]]


def _answered(asking: Any, nearer: Any) -> Any:
    """Give those that ask the label of their label."""
    component = asking["component"].map(nearer.set_index("number")["component"])
    _in_place(int(component.notna().sum()), len(asking))
    return asking.assign(component=component.astype("int64"))


# -- partitions ----------------------------------------------------------------------------------------


def gathered(made: Frames, steps: int, rounds: int) -> None:
    """Put what was computed of each work in one row."""
    given = (("counted", _COUNTED), (f"shares-{steps}", _SHARE), (f"labels-{rounds}", _LABEL))
    made.write(_write_gathered, {"works": "int64"}, *(made.read(name, kinds) for name, kinds in given))


def _write_gathered(place: Any, counted: Any, shares: Any, labels: Any, *, folder: str) -> Any:
    whole = counted.merge(shares[["number", "value"]], on="number").merge(labels, on="number")
    _in_place(len(whole), len(counted))
    _write(whole, folder, "works", place)
    return _figures(works=len(whole))


def _place(place: int) -> Any:
    from pandas import DataFrame

    return DataFrame({"place": [place]})


def _read(file: str) -> Any:
    from pandas import read_parquet

    return read_parquet(file)


def _write(frame: Any, folder: str, name: str, place: Any) -> None:
    """Write a partition whole or not at all: two workers may be given the same one."""
    target = Path(folder, name, f"{int(place['place'].iloc[0])}.parquet")
    target.parent.mkdir(exist_ok=True)
    fresh = target.with_name(f"{target.name}.{uuid4().hex}")
    frame.to_parquet(fresh, index=False, compression="zstd")
    fresh.replace(target)


def _figures(**figures: float) -> Any:
    from pandas import DataFrame

    return DataFrame({name: [value] for name, value in figures.items()})


def _meta(kinds: dict[str, str]) -> Any:
    from pandas import DataFrame, Series

    return DataFrame({name: Series(dtype=kind) for name, kind in kinds.items()})


def _in_place(found: int, asked: int) -> None:
    if found != asked:
        raise RuntimeError(f"{asked - found} of {asked} rows are in another partition than what belongs to them")
