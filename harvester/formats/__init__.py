"""Works and citations as files for other programs and other people.

A format is one function, registered under its name and the endings of its files; a module in this folder that
registers one is found by itself. The function is handed an open text stream and a `Content` whose works and
citations it reads one at a time, so that what it keeps does not grow with the library. The same content gives
the same bytes on every platform: UTF-8, `\\n` at the end of a line, nothing dated, nothing in the order of a hash.
"""

import errno
import os
import secrets
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from importlib import import_module
from pathlib import Path
from pkgutil import iter_modules
from typing import Any, NamedTuple, TextIO

from harvester.errors import InputError, OutputError
from harvester.formats.citation_keys import citation_keys
from harvester.model import Citation, Work

__all__ = ["Content", "Format", "Writer", "choose", "known", "of", "record_format", "replacing", "write"]


@dataclass(frozen=True)
class Content:
    """What a file is written from; a format reads each part once at most, so an iterator will do.

    Works are in the order of their keys, those known only by being cited (no `sources`) among them. A run is
    an entry of the ledger: what was given, asked and answered, and when.
    """

    works: Iterable[Work]
    citations: Iterable[Citation]
    runs: Iterable[dict[str, Any]]
    citation_keys: Callable[[], Callable[[Work], str]] = citation_keys
    """Gives what names works for those who cite them: for each file anew, but for the parts of one the same."""


Writer = Callable[[Any, Content], None]
"""Writes a content to an open stream: of text, or of bytes where the format is binary."""


class Format(NamedTuple):
    """A file format: its name on the command line, the endings of its files, a line about it, and how to write it."""

    name: str
    suffixes: tuple[str, ...]
    description: str
    write: Writer
    is_binary: bool = False
    is_whole: bool = False
    """Whether it says how works belong together, and so cannot be cut into parts."""


_FORMATS: dict[str, Format] = {}


def record_format(
    name: str, *suffixes: str, description: str, is_binary: bool = False, is_whole: bool = False
) -> Callable[[Callable[..., None]], Callable[..., None]]:
    """Register a format; its name becomes a choice of the command line, its suffixes choose it for a file.

    Raises `ValueError` when another format has the name or one of the suffixes.
    """

    def register(writer: Callable[..., None]) -> Callable[..., None]:
        taken = {suffix for each in _FORMATS.values() for suffix in each.suffixes}
        if name in _FORMATS or taken.intersection(suffixes):
            raise ValueError(f"format {name!r}, or one of {', '.join(suffixes)}, is defined twice")
        _FORMATS[name] = Format(name, suffixes, description, writer, is_binary, is_whole)
        return writer

    return register


def known() -> list[Format]:
    """Give every format, in the order of their names.

    >>> [(each.name, each.suffixes) for each in known() if each.name.startswith("json")]
    [('json', ('.json',)), ('jsonl', ('.jsonl', '.ndjson'))]
    """
    for module in iter_modules(__path__):
        import_module(f"{__name__}.{module.name}")
    return [_FORMATS[name] for name in sorted(_FORMATS)]


def of(path_or_name: str | Path) -> Format:
    """Choose a format by its name, or by the longest suffix that a file's name ends in; case does not matter.

    Raises `InputError` when there is none.

    >>> of("peer support.JSON").name, of("jsonl").name
    ('json', 'jsonl')
    """
    text = Path(path_or_name).name.lower()
    formats = known()
    choices = {each.name: each for each in formats if text == each.name}
    choices |= {suffix: each for each in formats for suffix in each.suffixes if text.endswith(suffix)}
    if not choices:
        names = ", ".join(each.name for each in formats)
        suffixes = ", ".join(suffix for each in formats for suffix in each.suffixes)
        raise InputError(f"{path_or_name} is in no known format: name one of {names}, or end the file in {suffixes}")
    return choices[max(choices, key=len)]


def choose(path: str | Path, *, format: str | None = None) -> Format:  # noqa: A002 - the word of the command line
    """Choose the format of a file: the one named, or a citation style named as `mine.csl`, else that of its ending.

    A style is never chosen by an ending, or its own file would be written over. Raises `InputError` for a format or a
    style that is not known.
    """
    if format is None or not format.lower().endswith(".csl"):
        return of(path if format is None else format)
    from harvester.formats.styled import style_format

    return style_format(format, as_page=Path(path).suffix.lower() in (".html", ".htm"))


def write(content: Content, path: str | Path, *, format: str | None = None) -> None:  # noqa: A002 - the word of the command line
    """Write the content to a file, in the format of this name or else of the file's ending.

    Raises `InputError` for a format that is not known and `OutputError` for a file that cannot be written; a
    file that was there before is then still there and still whole.
    """
    chosen = choose(path, format=format)
    with replacing(path) as stream:
        chosen.write(stream.buffer if chosen.is_binary else stream, content)


@contextmanager
def replacing(path: str | Path) -> Iterator[TextIO]:
    """Open a file to be written whole under another name beside its place, which it takes at the end.

    When the disk is full, or what writes fails, the file that was there before is untouched and nothing else is
    left. A link is followed, and stays. Half a surrogate pair, which UTF-8 has no way to write, becomes `?`.

    Raises `OutputError` for what the file system refuses.
    """
    try:
        place = _place(Path(path))
        draft = place.with_name(f".{secrets.token_hex(8)}.part")
        try:
            with draft.open("x", encoding="utf-8", errors="replace", newline="") as stream:
                yield stream
                stream.flush()
                os.fsync(stream.fileno())
            draft.replace(place)
        finally:
            draft.unlink(missing_ok=True)
    except OSError as error:
        raise OutputError(f"{path} cannot be written ({error.strerror or error}); choose another place") from error


def _place(path: Path) -> Path:
    try:
        place = path.resolve()
    except RuntimeError as error:  # what Python before 3.13 says of a link that leads to itself
        raise OSError(errno.ELOOP, os.strerror(errno.ELOOP)) from error
    if not place.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, f"there is no folder {place.parent}")
    # A device would be replaced as well: for the administrator, /dev/null by a file.
    if place.exists() and not place.is_file():
        raise OutputError(f"{path} is a folder or a device; give the name of a file")
    return place
