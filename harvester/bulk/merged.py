"""Works that OpenAlex has merged into others, as the lists beside a snapshot tell.

The lists are of the layout before 2026 (`data/merged_ids/works/2022-06-07.csv.gz`, with the columns `merge_date`, `id`
and `merge_into_id`), and are kept under `legacy-data/` since; the layout of 2026 has lists of deleted works alone,
which do not tell where a work went. Layout: docs.openalex.org/download-all-data/snapshot-data-format.
"""

from collections.abc import Iterable, Iterator

from harvester.bulk import jobs
from harvester.bulk.jobs import Limits
from harvester.bulk.snapshot import Part, Snapshot, file_system

__all__ = ["survivors"]

_FOLDERS = ("merged_ids/works", "legacy-data/merged_ids/works", "legacy-data/data/merged_ids/works")
_UP = 4
"""From `data/jsonl/works` it is three folders up to where `legacy-data` stands."""


def survivors(snapshot: Snapshot, numbers: Iterable[int]) -> dict[int, int]:
    """Give for each of these works that was merged the one that it is in now, over several steps if need be.

    Raises `Stopped` for a list that cannot be read.
    """
    lists = tuple(_lists(snapshot))
    found: dict[int, int] = {}
    asked = given = {int(number) for number in numbers} if lists else set()
    if not asked:
        return {}
    with jobs.opened(Limits(), place=snapshot.place) as db:
        while asked:
            jobs.given(db, "asked", asked)
            fresh: dict[int, int] = {}
            for part in lists:
                with jobs.failing(part):
                    fresh |= dict(jobs.merged(db, part))
            found |= fresh
            asked = set(fresh.values()) - found.keys()
    return {number: end for number in sorted(found.keys() & given) if (end := _end(found, number)) != number}


def _end(found: dict[int, int], number: int) -> int:
    seen = {number}
    while (following := found.get(number)) is not None and following not in seen:
        seen.add(following)
        number = following
    return number


def _lists(snapshot: Snapshot) -> Iterator[Part]:
    """The lists that are found first, going up from the works; the later a list, the more it counts."""
    files = file_system(snapshot.place)
    above = snapshot.place
    for _ in range(_UP):
        above = above.rpartition("/")[0]
        for below in _FOLDERS:
            folder = f"{above}/{below}"
            if not above or above.endswith("/") or not files.isdir(folder):
                continue
            protocol = f"{folder.partition('://')[0]}://" if "://" in folder else ""
            paths = (f"{protocol}{path.removeprefix(protocol)}" for path in sorted(files.find(folder, maxdepth=1)))
            yield from (Part(path, path.rpartition("/")[2], "jsonl", 0) for path in paths if _is_list(path))
            return


def _is_list(path: str) -> bool:
    return path.endswith((".csv", ".csv.gz"))
