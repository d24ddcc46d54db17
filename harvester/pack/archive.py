"""The zip file of a pack: written so that the same files give the same bytes, read as if an enemy had written it."""

import hashlib
import io
import stat
import struct
import zipfile
import zlib
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import BinaryIO, Final, NamedTuple

from harvester.errors import InputError

__all__ = ["Archive", "Stored", "digest_of", "opened", "write"]

# The first day that a zip file knows; rw-r--r-- of a file as Unix has it (APPNOTE.TXT, 4.4.2 and 4.4.15).
_DAY: Final = (1980, 1, 1, 0, 0, 0)
_UNIX, _MODE = 3, (stat.S_IFREG | 0o644) << 16
_LEVEL: Final = 6

PIECE: Final = 1 << 20
MOST_MEMBERS: Final = 1_000
LARGEST_DIRECTORY: Final = 4 << 20
"""Bytes that are read at once of a zip file: its directory is read whole, and a pack's has some hundred a member."""
SUSPICIOUS: Final = 1 << 28
"""Bytes from which on a pack may not unfold to more than `RATIO` times what it has."""
RATIO: Final = 100


class Stored(NamedTuple):
    """What a file is by its bytes."""

    bytes: int
    sha256: str


def write(stream: BinaryIO, files: Mapping[str, Path]) -> None:
    """Write files under these names, in the order of the names; nothing in the zip file tells when or where."""
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED, compresslevel=_LEVEL) as archive:
        for name in sorted(files):
            entry = zipfile.ZipInfo(name, _DAY)
            entry.create_system, entry.external_attr, entry.compress_type = _UNIX, _MODE, zipfile.ZIP_DEFLATED
            entry.file_size = files[name].stat().st_size
            with files[name].open("rb") as file, archive.open(entry, "w") as into:
                while piece := file.read(PIECE):
                    into.write(piece)


class Archive:
    """A zip file that is open for reading; `sizes` says how large its members are when they are unfolded."""

    def __init__(self, archive: zipfile.ZipFile) -> None:
        self._archive = archive
        self.sizes = {entry.filename: entry.file_size for entry in archive.infolist()}

    def pieces(self, name: str) -> Iterator[bytes]:
        """Give a member piece by piece, never more than its directory says; raises `InputError` where it is damaged."""
        try:
            with self._archive.open(name) as member:
                while piece := member.read(PIECE):
                    yield piece
        except (zipfile.BadZipFile, zlib.error, EOFError, NotImplementedError, RuntimeError, ValueError) as error:
            raise InputError(f"{name} in it is damaged ({error})") from error
        except OSError as error:  # a directory may say that a member begins before the file does
            raise InputError(f"{name} in it cannot be read ({error.strerror or error})") from error

    def digest(self, name: str) -> Stored:
        """Give what a member is by its bytes; raises `InputError` where it is damaged."""
        return digest_of(self.pieces(name))

    def extract(self, name: str, path: Path) -> Stored:
        """Write a member to a file, and give what it is."""
        with path.open("xb") as file:
            return digest_of(_passed(self.pieces(name), file))


def _passed(pieces: Iterator[bytes], file: BinaryIO) -> Iterator[bytes]:
    for piece in pieces:
        file.write(piece)
        yield piece


def digest_of(pieces: Iterator[bytes]) -> Stored:
    """Give what a file is by its bytes."""
    whole, size = hashlib.sha256(), 0
    for piece in pieces:
        whole.update(piece)
        size += len(piece)
    return Stored(size, whole.hexdigest())


class _Sparing(io.BufferedReader):
    """A file of which nobody reads more at once than a directory may have; a forged one would fill the memory."""

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(LARGEST_DIRECTORY + 1 if size is None or size < 0 else min(size, LARGEST_DIRECTORY + 1))
        if len(found) > LARGEST_DIRECTORY:
            raise zipfile.BadZipFile("its directory is larger than that of any pack")
        return found


@contextmanager
def opened(path: Path) -> Iterator[Archive]:
    """Open a zip file from anybody.

    Raises `InputError` for what is no zip file or a cut one, and for one that no pack is: with too many members, two
    of one name, encrypted ones, links and folders, another compression, or that would unfold to no measure.
    """
    with ExitStack() as stack:
        try:
            file = stack.enter_context(_Sparing(io.FileIO(path)))
            archive = stack.enter_context(zipfile.ZipFile(file))
            _expect_harmless(archive.infolist(), path)
        except FileNotFoundError as error:
            raise InputError(f"there is no file {path}; name a pack that `harvester pack` wrote") from error
        except OSError as error:
            raise InputError(f"{path} cannot be read ({error.strerror or error})") from error
        except (zipfile.BadZipFile, NotImplementedError, ValueError, OverflowError, struct.error) as error:
            raise InputError(f"{path} is no pack, or it was cut off ({error}); get it again from its place") from error
        yield Archive(archive)


def _expect_harmless(entries: list[zipfile.ZipInfo], path: Path) -> None:
    if len(entries) > MOST_MEMBERS:
        raise InputError(f"{path} is no pack: it has {len(entries):,} members")
    seen: set[str] = set()
    for entry in entries:
        name = entry.filename
        if name.lower() in seen:
            raise InputError(f"{path} cannot be trusted: it has two members called {name[:80]!r}")
        seen.add(name.lower())
        if entry.flag_bits & 0x1:
            raise InputError(f"{path} is no pack: {name[:80]!r} in it is encrypted")
        if entry.is_dir() or stat.S_IFMT(entry.external_attr >> 16) not in (0, stat.S_IFREG):
            raise InputError(f"{path} cannot be trusted: {name[:80]!r} in it is a link or a folder, no file")
        if entry.compress_type not in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
            raise InputError(f"{path} is no pack: {name[:80]!r} in it is compressed in another way")
    # By the size of the file, since a directory may say anything of what its members have.
    folded, unfolded = path.stat().st_size, sum(entry.file_size for entry in entries)
    if unfolded > SUSPICIOUS and unfolded > RATIO * folded:
        raise InputError(f"{path} cannot be trusted: its {folded:,} bytes would unfold to {unfolded:,}")
