"""The files of an OpenAlex snapshot: where they are, whether all are there, and what was deleted since.

Three layouts are in circulation. Since 2026 the works are in `data/jsonl/works/updated_date=YYYY-MM-DD/part_0000.gz`
and, with the same partitions, in `data/parquet/works/...part_0000.parquet`, each with a `manifest.json`; before, they
were in `data/works/updated_date=YYYY-MM-DD/part_000.gz` with a file `manifest` of another shape. Whichever is under
the place that is named is found; Parquet is preferred, since it is read many times faster.
Layout: developers.openalex.org/download/snapshot-format.
"""

import hashlib
import io
import json
import re
from array import array
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final, Literal

import numpy as np
import numpy.typing as npt

from harvester.errors import InputError

if TYPE_CHECKING:
    from fsspec import AbstractFileSystem

__all__ = ["Format", "Numbers", "Part", "Snapshot", "deleted", "file_system", "find"]

Format = Literal["jsonl", "parquet", "tables"]
"""Of a file of works; `tables` are what was carved before, see `harvester.bulk.dataset`."""

Numbers = npt.NDArray[np.int64]
"""Numbers of works, each once and in their order: 8 bytes for each, where a set of Python takes some sixty."""

_FOLDERS: Final = ("", "works", "data/parquet/works", "parquet/works", "data/jsonl/works", "jsonl/works", "data/works")
"""Where the works may be under the place that a user names, the best first."""
_ENDINGS: Final[Mapping[str, Format]] = {".parquet": "parquet", ".gz": "jsonl"}
_PARTITION: Final = re.compile(r"updated_date=([0-9]{4}-[0-9]{2}-[0-9]{2})/[^/]+")
_MANIFESTS: Final = ("manifest.json", "manifest", "../manifest.json")
_DELETED: Final = re.compile(r'\s*"?(?:https?://openalex\.org/)?(?:works/)?W?([0-9]{1,18})"?\s*(?:,|$)', re.IGNORECASE)
_MOST_NAMED = 5


@dataclass(frozen=True)
class Part:
    """One file of works."""

    path: str
    """Where it is, as DuckDB and fsspec take it."""
    name: str
    """Its place among the works: `updated_date=2026-03-18/part_0000.gz`."""
    format: Format
    size: int
    records: int | None = None
    """How many works it holds by the manifest."""


@dataclass(frozen=True)
class Snapshot:
    """The files to read, in the order of their names, and what is known of the whole."""

    place: str
    """The folder of the works."""
    format: Format
    parts: tuple[Part, ...]
    date: str | None
    """Of the manifest; None where there is none, or it is of the older shape, which has none."""
    problems: tuple[str, ...]
    """What the manifest lists and is not there as it says, in sentences; what it does not list and is left out."""

    @property
    def dates(self) -> tuple[str, str] | None:
        """The days of the first and the last change of a work; None where the files are in no partitions."""
        days = sorted(found[1] for part in self.parts if (found := _PARTITION.fullmatch(part.name)))
        return (days[0], days[-1]) if days else None

    @property
    def fingerprint(self) -> str:
        """Stands for the release and its files, by their names: one that was fetched badly may be fetched again."""
        listed = "\n".join([self.date or "", *(f"{part.name} {part.records or ''}" for part in self.parts)])
        return hashlib.sha256(listed.encode("utf-8", "surrogatepass")).hexdigest()

    @property
    def size(self) -> int:
        """The bytes of all files."""
        return sum(part.size for part in self.parts)

    @property
    def records(self) -> int | None:
        """How many works there are by the manifest, each version counted."""
        counts = [part.records for part in self.parts]
        return sum(count for count in counts if count is not None) if counts and None not in counts else None


def file_system(place: str) -> "AbstractFileSystem":
    """Give what reads files at a place: a folder of this machine, or `s3://BUCKET/...`, read without an account.

    Raises `InputError` where a package for that is not installed, or the place is of a kind that none reads.
    """
    try:
        import fsspec
    except ImportError as error:
        raise InputError(
            "snapshots are read with packages of their own; `pip install 'citation-harvester[bulk]'` brings them"
        ) from error
    kind = place.partition("://")[0] if "://" in place else "file"
    if kind not in ("file", "s3"):
        raise InputError(f"{place} cannot be read: a snapshot is a folder, or s3://BUCKET/...")
    try:
        found: AbstractFileSystem = fsspec.filesystem(kind, **({"anon": True} if kind == "s3" else {}))
    except (ImportError, ValueError) as error:
        raise InputError(f"{place} cannot be read: {error}") from error
    return found


def find(place: str) -> Snapshot:
    """Find the works of a snapshot in or below a folder, and compare them with its manifest.

    Raises `InputError` where there are none, where the place cannot be reached, and for a manifest that is none.
    """
    place = place.removeprefix("file://")
    try:
        place.encode("utf-8")
    except UnicodeEncodeError as error:
        raise InputError(f"the name of {place!r} is not UTF-8, and cannot be read; rename the folder") from error
    files = file_system(place)
    root = place.rstrip("/") or "/"
    try:
        if not files.exists(root):
            raise InputError(f"there is no snapshot at {place}: no such folder")
        for below in _FOLDERS:
            top = f"{root}/{below}".rstrip("/") or "/"
            parts = tuple(_parts(files, top, root)) if files.isdir(top) else ()
            if parts:
                return _compared(files, top, parts)
    except (OSError, ValueError) as error:
        raise InputError(f"the snapshot at {place} cannot be read: {error}") from error
    raise InputError(
        f"there are no works of an OpenAlex snapshot at {place}; name the folder that holds data/, or that of the "
        "works, with updated_date=.../part_... in it"
    )


def deleted(snapshot: Snapshot) -> Numbers:
    """Give the numbers of the works that OpenAlex has deleted or merged into others; files may still hold them.

    Raises `InputError` for a list of another shape, which would have everything kept, and one that cannot be read.
    """
    files = file_system(snapshot.place)
    path = f"{snapshot.place}/deleted_ids.csv"
    if not files.exists(path):
        return np.array([], np.int64)
    try:
        with files.open(path, "rb") as file, io.TextIOWrapper(file, "utf-8-sig", "replace") as lines:
            if next(lines, "work_id").partition(",")[0].strip(' "\n') != "work_id":
                raise InputError(f"{path} does not begin with the column work_id, and is no list of deleted works")
            found = array("q", (int(match[1]) for match in map(_DELETED.match, lines) if match))
    except OSError as error:
        raise InputError(f"{path} cannot be read: {error}") from error
    return np.unique(np.frombuffer(found, np.int64))


def _parts(files: "AbstractFileSystem", top: str, root: str) -> Iterator[Part]:
    """The files of works in a folder and its partitions; those of one format only, if both are there."""
    found: dict[Format, list[Part]] = {"parquet": [], "jsonl": []}
    listed = {
        **files.find(top, maxdepth=1, detail=True),
        **{
            path: entry
            for folder in files.ls(top, detail=True)
            if folder["type"] == "directory" and "/updated_date=" in f"/{folder['name']}"
            for path, entry in files.find(folder["name"], maxdepth=1, detail=True).items()
        },
    }
    protocol = f"{root.partition('://')[0]}://" if "://" in root else ""
    for path, entry in listed.items():
        kind = next((kind for ending, kind in _ENDINGS.items() if path.endswith(ending)), None)
        *_, folder, name = path.split("/")
        if kind is None or not name.startswith("part_"):
            continue
        whole = f"{folder}/{name}" if folder.startswith("updated_date=") else name
        found[kind].append(Part(f"{protocol}{path.removeprefix(protocol)}", whole, kind, int(entry["size"] or 0)))
    yield from sorted(found["parquet"] or found["jsonl"], key=lambda part: part.name)


# -- against the manifest ------------------------------------------------------------------------------


def _compared(files: "AbstractFileSystem", top: str, parts: tuple[Part, ...]) -> Snapshot:
    manifest = _manifest(files, top)
    if manifest is None:
        unknown = "there is no manifest with the files; whether they are all there is not known"
        return Snapshot(top, parts[0].format, parts, None, (unknown,))
    listed = dict(_listed(manifest))
    if not listed:
        raise InputError(f"the manifest of the snapshot at {top} lists no files of works")
    held = {part.name: part for part in parts}
    absent = [name for name in listed if name not in held]
    other = [name for name, (size, _) in listed.items() if name in held and size not in (None, held[name].size)]
    unlisted = [name for name in held if name not in listed]
    problems = [
        f"{sentence}: {', '.join(names[:_MOST_NAMED])}{' ...' if len(names) > _MOST_NAMED else ''}"
        for sentence, names in (
            (f"{len(absent)} of {len(listed)} files of the manifest are not there", absent),
            (f"{len(other)} files are not as long as the manifest says", other),
            (f"{len(unlisted)} files are not in the manifest, as of an older release, and are left out", unlisted),
        )
        if names
    ]
    kept = tuple(
        Part(part.path, part.name, part.format, part.size, listed[part.name][1])
        for part in parts
        if part.name in listed
    )
    if not kept:
        raise InputError(f"none of the files at {top} is in their manifest, which is of another snapshot")
    date = manifest.get("date")
    return Snapshot(top, parts[0].format, kept, date if isinstance(date, str) else None, tuple(problems))


def _manifest(files: "AbstractFileSystem", top: str) -> dict[str, Any] | None:
    """The manifest of the works: one beside them, in either shape, or their part of that of a whole format."""
    for name in _MANIFESTS:
        path = f"{top.rpartition('/')[0]}/manifest.json" if name.startswith("..") else f"{top}/{name}"
        if not files.isfile(path):
            continue
        given = json.loads(files.read_bytes(path))
        if isinstance(given, dict) and isinstance(given.get("entities"), list):
            own = next((each for each in given["entities"] if _is_of_works(each)), None)
            given = None if own is None else {"date": given.get("date"), **own}
        if isinstance(given, dict):
            return given
    return None


def _is_of_works(entity: object) -> bool:
    return isinstance(entity, dict) and entity.get("entity") == "works"


def _listed(manifest: Mapping[str, Any]) -> Iterator[tuple[str, tuple[int | None, int | None]]]:
    """The files of a manifest by the names of parts, each with its length and its number of works."""
    files = manifest.get("files") or manifest.get("entries")
    for entry in files if isinstance(files, list) else ():
        url = entry.get("url") if isinstance(entry, dict) else None
        if not isinstance(url, str):
            continue
        *_, folder, name = ("", *url.split("/"))
        meta = entry.get("meta") if isinstance(entry.get("meta"), dict) else {}
        size, records = (meta.get(key) for key in ("content_length", "record_count"))
        yield (
            f"{folder}/{name}" if folder.startswith("updated_date=") else name,
            (size if isinstance(size, int) else None, records if isinstance(records, int) else None),
        )
