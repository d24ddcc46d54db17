"""Proves a pack without a network: its library is proved, its exports are made again, and every byte is compared."""

import sqlite3
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from shutil import disk_usage
from tempfile import TemporaryDirectory
from typing import Literal, NamedTuple

from harvester import export
from harvester.errors import HarvesterError, InputError, OutputError, Stopped
from harvester.library import Library, checksum, rebuild, schema, verify
from harvester.library.foreign import suspicions
from harvester.library.store import only_read
from harvester.merge import FILES
from harvester.pack import archive, manifest
from harvester.pack.archive import Archive, Stored
from harvester.pack.manifest import Manifest, Member
from harvester.pack.packing import Busy, size_of

__all__ = ["Replayed", "Verdict", "replay"]

Standing = Literal["same", "differs", "altered", "missing", "extra"]
"""`altered`: not the bytes that the manifest names. `differs`: these are, and what is made again has others."""


class Verdict(NamedTuple):
    """What is to be said of one member."""

    name: str
    standing: Standing
    note: str


class Replayed(NamedTuple):
    """What came of a pack."""

    manifest: Manifest
    verdicts: tuple[Verdict, ...]
    versions: dict[str, tuple[str | None, str | None]]
    """Where the versions that made the pack and those here differ: both."""

    @property
    def is_same(self) -> bool:
        """True when every member is what it was and whatever can be made again is the same."""
        return all(verdict.standing == "same" for verdict in self.verdicts)


def replay(path: Path, *, busy: Busy) -> Replayed:
    """Prove a pack that anybody may have written: nothing of it is run, and nothing is written but to a new folder.

    Raises `InputError` for what is no pack, or one that cannot be trusted or understood, and `OutputError` where there
    is no room to unpack its library.
    """
    with archive.opened(path) as found, TemporaryDirectory(prefix="harvester-replay-") as name:
        told = _manifest(found, path)
        with busy("comparing checksums"):
            stored = {each.name: _stored(found, each) for each in told.members}
        verdicts = {each.name: _carried(each, stored[each.name]) for each in told.members}
        for extra in sorted(found.sizes.keys() - verdicts.keys() - {manifest.NAME}):
            verdicts[extra] = Verdict(extra, "extra", "the manifest does not name it")
        for verdict in _again(found, told, stored, Path(name), busy):
            verdicts[verdict.name] = verdict
    here = manifest.software()
    differing = {
        name: (told.software.get(name), here.get(name))
        for name in sorted(told.software.keys() | here.keys())
        if told.software.get(name) != here.get(name)
    }
    return Replayed(told, tuple(verdicts[name] for name in sorted(verdicts)), differing)


def _manifest(found: Archive, path: Path) -> Manifest:
    size = found.sizes.get(manifest.NAME)
    if size is None:
        raise InputError(f"{path} is no pack: it has no {manifest.NAME}")
    if size > manifest.LARGEST:
        raise InputError(f"{path} is no pack: its {manifest.NAME} has {size:,} bytes")
    try:
        return manifest.read(b"".join(found.pieces(manifest.NAME)))
    except InputError as error:
        raise InputError(f"{path} cannot be replayed: {error}") from error


def _stored(found: Archive, member: Member) -> Stored | str | None:
    """Give what a member is by its bytes, why it cannot be read, or None where there is none."""
    if member.name not in found.sizes:
        return None
    if found.sizes[member.name] != member.bytes:
        # Not read: it may be of any size.
        return f"it has {found.sizes[member.name]:,} bytes, not {member.bytes:,}"
    try:
        return found.digest(member.name)
    except InputError as error:
        return str(error)


def _carried(member: Member, stored: Stored | str | None) -> Verdict:
    if stored is None:
        return Verdict(member.name, "missing", "the manifest names it")
    if isinstance(stored, str):
        return Verdict(member.name, "altered", stored)
    if stored.sha256 != member.sha256:
        return Verdict(member.name, "altered", "its SHA-256 is not the one in the manifest")
    return Verdict(member.name, "same", "carried as it was, its SHA-256 is the one in the manifest")


def _again(
    found: Archive, told: Manifest, stored: dict[str, Stored | str | None], folder: Path, busy: Busy
) -> Iterator[Verdict]:
    """Prove the library and make the exports again; where the library is not the one that was packed, none is made."""
    (packed,) = (each for each in told.members if each.name == told.library.member)
    exports = [each for each in told.members if each.replay == "rebuilt"]
    if _carried(packed, stored[packed.name]).standing != "same":
        for each in exports:
            verdict = _carried(each, stored[each.name])
            yield (
                verdict
                if verdict.standing != "same"
                else verdict._replace(standing="differs", note="it cannot be made again without the library")
            )
        return
    path = folder / "library.sqlite"
    # It is unpacked, copied to be proved, and laid out anew in that copy and its log.
    needed = 4 * packed.bytes + sum(each.bytes for each in exports)
    if disk_usage(folder).free < needed:
        raise OutputError(f"the proof takes {needed:,} bytes, which {folder.parent} has no room for; {_MAKE_ROOM}")
    with busy("unpacking the library"):
        found.extract(packed.name, path)
    with busy("proving the library"):
        faults = _sound(lambda: _faults(path, told))
    if faults:
        yield Verdict(packed.name, "differs", "; ".join(faults[:5]))
        for each in exports:
            yield Verdict(each.name, "differs", "the library is not sound, so nothing is made from it")
        return
    yield Verdict(packed.name, "same", "everything in it follows from its evidence")
    for number, each in enumerate(exports):
        with busy(f"making {each.name} again"):
            yield _rebuilt(each, stored[each.name], path, folder / str(number))


def _faults(path: Path, told: Manifest) -> list[str]:
    """Say what is wrong with a library, or not as the manifest has it."""
    try:
        with closing(only_read(path)) as db:
            faults = list(suspicions(db))
    except sqlite3.DatabaseError as error:
        faults = [f"the library is damaged ({error})"]
    if faults:
        return faults
    with Library(path) as library:
        version = schema.check(library.db, "the library in it")
    if version < schema.SCHEMA_VERSION:
        with Library(path, write="replay") as older:
            rebuild(older)
    with Library(path) as library:
        faults = verify(library)
        if not faults and version == schema.SCHEMA_VERSION and checksum(library) != told.library.checksum:
            faults.append("its content has another checksum than the manifest names")
        if not faults and size_of(library) != told.library.size:
            faults.append("it does not hold as many works, citations and abstracts as the manifest says")
        if not told.options.with_abstracts and size_of(library).abstracts:
            faults.append("it has abstracts, which the manifest says were left out")
        if not told.options.with_imported and _tells_of_files(library):
            faults.append("it has records from files, which the manifest says were left out")
    return faults


def _tells_of_files(library: Library) -> bool:
    """Tell whether a work that only files describe has more than its identifiers."""
    rows = library.db.execute("select sources from works where title is not null and sources like '%:%'")
    return any(all(name.startswith(FILES) for name in names.split()) for (names,) in rows)


def _rebuilt(member: Member, stored: Stored | str | None, library: Path, folder: Path) -> Verdict:
    folder.mkdir()
    path = folder / Path(member.name).name
    held = _carried(member, stored)

    def made() -> list[str]:
        with Library(library) as opened:
            export.write(opened, path)
        return []

    faults = _sound(made)
    if faults:
        return Verdict(member.name, "differs", f"it cannot be made again: {faults[0]}")
    with path.open("rb") as file:
        again = archive.digest_of(iter(lambda: file.read(archive.PIECE), b""))
    is_told = again.sha256 == member.sha256
    if held.standing != "same":
        note = "what is made again is what the manifest names" if is_told else "what is made again has other bytes too"
        return held._replace(note=f"{held.note}; {note}")
    if is_told:
        return Verdict(member.name, "same", "made again, byte for byte")
    return Verdict(member.name, "differs", f"made again it has other bytes ({again.bytes:,}, not {member.bytes:,})")


_MAKE_ROOM = "make room there, or set TMPDIR to another folder"


def _sound(look: Callable[[], list[str]]) -> list[str]:
    """Look at a forged library as at a true one; what a reader says of items that no source sent is a fault of it."""
    try:
        return look()
    except (Stopped, OutputError) as error:
        raise OutputError(f"the proof cannot go on ({error.__cause__ or error}); {_MAKE_ROOM}") from error
    except HarvesterError as error:
        return [str(error)]
    except (
        *(sqlite3.Error, zlib.error, ArithmeticError, AssertionError, AttributeError),
        *(LookupError, RecursionError, TypeError, ValueError),
    ) as error:
        return [f"it holds what no source sends ({type(error).__name__}: {str(error)[:200]})"]
