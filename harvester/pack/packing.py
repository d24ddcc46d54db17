"""Puts a library, its exports and its account into one file that can be deposited."""

import csv
import json
import sqlite3
from collections.abc import Callable, Iterable, Sequence
from contextlib import AbstractContextManager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Final, NamedTuple

from harvester import export
from harvester.errors import InputError, OutputError, Stopped
from harvester.formats import replacing
from harvester.library import Library, reading, schema
from harvester.library.redaction import Copied, LeftOut, Wanted, as_passed_on, copied, titles_lost
from harvester.pack import archive
from harvester.pack.account import report_of
from harvester.pack.archive import Stored
from harvester.pack.leaks import members_that_tell
from harvester.pack.manifest import FORMAT, NAME, Contents, Manifest, Member, Options, Size, plain, software
from harvester.pack.manifest import LeftOut as Told
from harvester.pack.page import page

__all__ = ["EXPORTS", "LIBRARY", "LISTED", "Busy", "Packed", "pack", "size_of"]

EXPORTS: Final = ("works.json", "works.csv", "works.ris", "citations.graphml")
"""What is exported without being asked for: everything, a table, a file for reference managers, and the graph."""

LIBRARY: Final = "library.sqlite"
LISTED: Final = "left-out.csv"
EXPORTED: Final = "exports/"
"""What the names of exports begin with."""
SETTINGS: Final = "settings.json"
PAGE: Final = "README.txt"

Busy = Callable[[str], AbstractContextManager[None]]
"""Shows what is being done while it is done."""


class Packed(NamedTuple):
    """What was written."""

    manifest: Manifest
    stored: Stored
    """The pack itself; its checksum belongs into the paper, since whoever changes a pack can change its manifest."""
    people: tuple[str, ...]
    """Who is named as having screened, in the library and the report."""


def pack(
    library: Library,
    path: Path,
    *,
    wanted: Wanted,
    exports: Sequence[str] = (),
    secrets: Iterable[str] = (),
    busy: Busy,
) -> Packed:
    """Write a library with its exports, its account and a manifest to one zip file, whole or not at all.

    `exports` are names of further exports, `secrets` what may stand nowhere in the file. The same library gives the
    same bytes, with the same versions of what makes them. Raises `InputError` for names that cannot be, `LibraryError`
    for a library that cannot be passed on, and `OutputError` when a secret would get out or the file cannot be written.
    """
    if path.suffix.lower() != ".zip":
        raise InputError(f"{path} would be a zip file; give a name that ends in .zip")
    names = _names(exports)
    with replacing(path) as stream, TemporaryDirectory(prefix="harvester-pack-") as name:
        folder = Path(name)
        try:
            manifest, files = _made(library, folder, wanted=wanted, exports=names, busy=busy)
        except (Stopped, OSError, sqlite3.OperationalError) as error:
            why = error.__cause__ or error
            raise OutputError(
                f"the pack cannot be made in {folder.parent} ({why}); make room there, or set TMPDIR to another folder"
            ) from error
        with Library(folder / LIBRARY) as copy, busy("looking for secrets"):
            telling = members_that_tell(files, copy, secrets)
        if telling:
            raise OutputError(
                f"{', '.join(telling)} would tell a key or an e-mail address that you are known by (OPENALEX_API_KEY,"
                " CROSSREF_MAILTO); nothing was written. If it may be known, as of an author, unset it for this command"
            )
        with busy(f"writing {path}"):
            archive.write(stream.buffer, files)
            stream.flush()
            people = library.db.execute("select distinct person from screening where person is not null order by 1")
            told = tuple(str(person) for (person,) in people)
            return Packed(manifest, _stored(Path(stream.name)), told)


def _names(exports: Sequence[str]) -> tuple[str, ...]:
    """Name the exports; raises `InputError` for one that is no plain name or in no known format."""
    names = tuple(dict.fromkeys((*EXPORTS, *exports)))
    for name in exports:
        try:
            plain(f"{EXPORTED}{name}")
        except ValueError as error:
            raise InputError(f"{error}; an export in a pack has a name such as works.bib") from error
        export.graph_ending(name)
    if len({name.lower() for name in names}) < len(names):
        raise InputError(f"two exports would have one name on some systems: {', '.join(names)}")
    return names


def _made(
    library: Library, folder: Path, *, wanted: Wanted, exports: tuple[str, ...], busy: Busy
) -> tuple[Manifest, dict[str, Path]]:
    """Make every member in a folder; give the manifest, and all files by the names that they have in the pack."""
    with busy("copying what may be passed on"):
        result = _copied(library, folder, wanted)
    files = {LIBRARY: folder / LIBRARY, LISTED: folder / LISTED}
    made = {LIBRARY: "the library", LISTED: "what of which item was left out of the library"}
    with Library(folder / LIBRARY) as copy:
        unsaid = titles_lost(library, copy)
    with busy("gathering what is on record"), as_passed_on(library, wanted=wanted):
        for name, text in report_of(library, unsaid=unsaid):
            files[name] = _written(folder / Path(name).name, text)
            made[name] = "the account of the whole library, `harvester report`"
    with Library(folder / LIBRARY) as copy:
        for name in exports:
            with busy(f"exporting {name}"):
                member = f"{EXPORTED}{name}"
                files[member] = folder / f"export-{name}"
                export.write(copy, files[member])
                made[member] = f"harvester --library {LIBRARY} export {name}"
        files[SETTINGS] = _written(folder / SETTINGS, _settings(copy))
        made[SETTINGS] = "the commands on record with their settings, and the versions that made the bytes"
        contents = _contents(library, copy, result)
        sources = [name for (name,) in copy.db.execute("select distinct source from requests order by 1")]
        (commands,) = copy.db.execute("select count(*) from runs").fetchone()
    manifest = Manifest(
        format=FORMAT,
        software=software(),
        options=Options(with_abstracts=wanted.abstracts, with_imported=wanted.imported),
        library=contents,
        left_out=Told(items=result.left_out, texts=result.texts, listed=LISTED),
        members=tuple(_member(name, files[name], made[name]) for name in sorted(files)),
    )
    files[PAGE] = _written(folder / PAGE, page(manifest, sources=sources, commands=commands))
    told = (*manifest.members, _member(PAGE, files[PAGE], "what to read first"))
    manifest = manifest.model_copy(update={"members": tuple(sorted(told, key=lambda member: member.name))})
    files[NAME] = _written(folder / NAME, manifest.written())
    return manifest, files


def _copied(library: Library, folder: Path, wanted: Wanted) -> Copied:
    with (folder / LISTED).open("w", encoding="utf-8", errors="replace", newline="") as stream:
        rows = csv.writer(stream, lineterminator="\n")
        rows.writerow(("source", "id", "left_out", "sha256_received", "sha256_kept"))

        def note(left: LeftOut) -> None:
            rows.writerow((left.source, left.native, left.what, left.received, left.kept))

        return copied(library, folder / LIBRARY, wanted=wanted, note=note)


def _contents(library: Library, copy: Library, result: Copied) -> Contents:
    return Contents(
        member=LIBRARY,
        file_format=schema.SCHEMA_VERSION,
        checksum=result.checksum,
        size=size_of(copy),
        checksum_before=result.checksum_before,
        size_before=size_of(library),
    )


def size_of(library: Library) -> Size:
    """Say how much is in a library."""
    (abstracts,) = library.db.execute("select count(*) from works where abstract is not null").fetchone()
    return Size(**reading.size(library)._asdict(), abstracts=abstracts)


def _settings(library: Library) -> str:
    told = ("run", "command", "arguments", "version", "replica")
    runs = [{name: run[name] for name in told} for run in reading.runs(library)]
    return json.dumps({"software": software(), "runs": runs}, indent=1, ensure_ascii=False) + "\n"


def _member(name: str, path: Path, made: str) -> Member:
    replay = "proved" if name == LIBRARY else "rebuilt" if name.startswith(EXPORTED) else "carried"
    stored = _stored(path)
    return Member.model_validate(
        {"name": name, "bytes": stored.bytes, "sha256": stored.sha256, "made": made, "replay": replay}
    )


def _stored(path: Path) -> Stored:
    with path.open("rb") as file:
        return archive.digest_of(iter(lambda: file.read(archive.PIECE), b""))


def _written(path: Path, text: str) -> Path:
    path.write_text(text, encoding="utf-8", errors="replace", newline="")
    return path
