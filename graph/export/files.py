"""Graph formats by the endings of their files, and the one way a file comes to be."""

import errno
import io
import os
import secrets
from collections.abc import Callable
from pathlib import Path
from typing import BinaryIO, TextIO

from graph.build import CitationGraph
from graph.export.drawing import Drawing, citation_drawing

__all__ = ["FORMATS", "TextWriter", "Writer", "binary_format", "graph_format", "write"]

Writer = Callable[[Drawing, BinaryIO], None]
"""Writes a drawing to an open binary stream, as it goes."""

TextWriter = Callable[[Drawing, TextIO], None]

FORMATS: dict[str, Writer] = {}
"""The writer of each format, by the ending of its files."""


def binary_format(suffix: str) -> Callable[[Writer], Writer]:
    """Register a format under the ending of its files; without its dot, that is the format's name."""

    def register(writer: Writer) -> Writer:
        if suffix in FORMATS:
            raise ValueError(f"graph format {suffix!r} is defined twice")
        FORMATS[suffix] = writer
        return writer

    return register


def graph_format(*suffixes: str) -> Callable[[TextWriter], TextWriter]:
    """Register a format that is text, and so UTF-8, under the endings of its files."""

    def register(writer: TextWriter) -> TextWriter:
        def encoded(drawing: Drawing, stream: BinaryIO) -> None:
            text = io.TextIOWrapper(stream, encoding="utf-8", newline="")
            try:
                writer(drawing, text)
            finally:
                # The stream is the caller's: the wrapper must not close it when it goes.
                text.detach()

        for suffix in suffixes:
            binary_format(suffix)(encoded)
        return writer

    return register


def write(graph: Drawing | CitationGraph, path: str | Path, *, format: str | None = None) -> None:  # noqa: A002 - the word of the command line
    """Write a drawing to a file, in the format of this name or else of the file's ending.

    A citation graph is drawn as it is, without positions and communities. The file is written whole under
    another name beside its place, and takes its place at the end: when the disk is full, or the program
    dies, a file that was there before is still there and still whole. Raises ValueError for a format that
    is not registered, and what the file system raises.
    """
    place = Path(path).resolve()
    name = place.name.lower() if format is None else f".{format.lower()}"
    endings = [suffix for suffix in FORMATS if name == suffix or (format is None and name.endswith(suffix))]
    if not endings:
        known = ", ".join(sorted(FORMATS))
        raise ValueError(f"no graph format goes with {format or place.name!r}; a file may end in {known}")
    if not place.parent.is_dir():
        raise FileNotFoundError(errno.ENOENT, "No such folder", str(place.parent))
    if place.exists() and not place.is_file():
        # As root, the rename would put a file in the place of a device.
        raise IsADirectoryError(errno.EISDIR, "It is a folder or a device", str(place))
    drawing = citation_drawing(graph) if isinstance(graph, CitationGraph) else graph
    writer = FORMATS[max(endings, key=len)]
    draft = place.with_name(f".{secrets.token_hex(8)}.part")
    try:
        with draft.open("xb") as stream:
            writer(drawing, stream)
            stream.flush()
            os.fsync(stream.fileno())
        draft.replace(place)
    finally:
        draft.unlink(missing_ok=True)
