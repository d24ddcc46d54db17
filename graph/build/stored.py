"""A graph kept in a file, mapped into memory: it opens at once, and only what is asked for is read.

The file is a copy that can be made again, so it is never trusted and never needed. It names the state of what it was
made from, and is of no use for another. It is written whole under another name, then renamed: there is no half of it.
It holds plain numbers and letters at places that follow from a few counts, and nothing in it is ever executed.

The bytes: the sign of the format, the state, a checksum, the counts, then the columns, each at a multiple of 64 bytes,
in the byte order of the machine, which is part of the sign. The same graph and state give the same bytes.
"""

import mmap
import os
import struct
import sys
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from hashlib import blake2b
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from graph.build import CitationGraph
from graph.build.texts import Terms, Texts

__all__ = ["STATE_SIZE", "keep", "kept"]

STATE_SIZE = 16

FORMAT = 1
SIGN = b"CITHGRF" + bytes([FORMAT if sys.byteorder == "little" else FORMAT | 0x80])
PLAIN = ("year", "cited_by_count", "is_retracted", "is_open_access", "only_cited")
ROWS = ("out_indptr", "out_indices", "in_indptr", "in_indices", "edge_sources")
TEXTS = ("keys", "title", "doi", "openalex", "first_author")
TERMS = ("type", "venue", "sources")
LISTS = (*TEXTS, *TERMS, "source_names")
"""What is written as texts: columns, the values of columns of terms, and the names of sources."""

COUNTS = struct.Struct(f"={5 + 2 * len(LISTS)}Q")
HEAD = struct.Struct(f"={len(SIGN)}s{STATE_SIZE}s16s{COUNTS.size}s")
STEP = 64
DAY = 86_400


class Counts(NamedTuple):
    """Everything that the places of the columns follow from."""

    works: int
    citations: int
    loops: int
    duplicates: int
    mask: int
    """Bytes of a mask of sources."""
    lists: dict[str, tuple[int, int]]
    """How many texts, and how many bytes they take."""


def keep(graph: CitationGraph, path: Path, *, state: bytes, like: Path) -> None:
    """Write the graph to a file, whole or not at all; whoever may read `like` may read it.

    `state` says what the graph was made from, in 16 bytes. Raises OSError when it cannot be written, ValueError when a
    text cannot be: half a surrogate pair, or a line end in the name of a source.
    """
    if len(state) != STATE_SIZE:
        raise ValueError(f"a state is {STATE_SIZE} bytes, not {len(state)}")
    terms = {name: _terms(name, getattr(graph, name)) for name in TERMS}
    lists = {name: _texts(getattr(graph, name)) for name in (*TEXTS, "source_names")}
    lists |= {name: _texts(map(_line, column.values)) for name, column in terms.items()}
    counts = Counts(
        len(graph),
        graph.citations,
        graph.loops,
        graph.duplicates,
        graph.edge_sources.itemsize,
        {name: (len(lists[name]), len(lists[name].letters)) for name in LISTS},
    )
    arrays: dict[str, Any] = {name: getattr(graph, name) for name in (*PLAIN, *ROWS)}
    arrays |= {f"{name} numbers": column.numbers for name, column in terms.items()}
    for name in LISTS:
        arrays |= {f"{name} bounds": lists[name].bounds, f"{name} letters": lists[name].letters}
    _clear(path)
    part = path.with_name(f"{path.name}.{os.urandom(6).hex()}.part")
    try:
        descriptor = os.open(part, os.O_WRONLY | os.O_CREAT | os.O_EXCL | getattr(os, "O_BINARY", 0), 0o600)
        with os.fdopen(descriptor, "wb") as file:
            file.write(_head(counts, state))
            for name, _, start, _ in _places(counts):
                file.write(bytes(start - file.tell()))
                file.write(_bytes(arrays[name]))
            file.flush()
            # A rename may reach the disk before what is renamed (man 2 fsync), and a power cut come between.
            os.fsync(file.fileno())
        part.chmod(like.stat().st_mode & 0o777)
        part.replace(path)
    finally:
        with suppress(OSError):
            part.unlink(missing_ok=True)


def kept(path: Path, *, state: bytes) -> CitationGraph | None:
    """Map the graph that `keep` has written of this state; None when there is none, or none that is whole.

    The arrays of the graph are views of the file, and its texts are read as they are asked for. The file may be
    deleted or replaced meanwhile.
    """
    try:
        if not path.is_file():  # to open a pipe would be to wait for its other end
            return None
        with path.open("rb") as file:
            mapped = memoryview(mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ))
    except (OSError, ValueError):  # ValueError: nothing can be mapped of an empty file
        return None
    counts = _counted(mapped, state)
    if counts is None:
        return None
    held: dict[str, Any] = {}
    for name, kind, start, size in _places(counts):
        run = mapped[start : start + size]
        held[name] = run if name.endswith("letters") else np.frombuffer(run, kind) if size else _empty(kind)
    return _graph(counts, held) if _is_true(counts, held) else None


def _graph(counts: Counts, held: dict[str, Any]) -> CitationGraph:
    lists = {name: Texts(held[f"{name} letters"], held[f"{name} bounds"]) for name in LISTS}
    columns: dict[str, Any] = {name: held[name] for name in (*PLAIN, *ROWS)} | {name: lists[name] for name in TEXTS}
    lines = tuple(tuple(line.split("\n")) if line is not None else () for line in lists["sources"])
    values = {"type": tuple(lists["type"]), "venue": tuple(lists["venue"]), "sources": lines}
    columns |= {name: Terms(values[name], held[f"{name} numbers"]) for name in TERMS}
    return CitationGraph(
        **columns,
        source_names=tuple(lists["source_names"]),
        loops=counts.loops,
        duplicates=counts.duplicates,
    )


def _places(counts: Counts) -> Iterator[tuple[str, Any, int, int]]:
    """Give each column in the order of the file: its name, the kind of its numbers, where it starts, its bytes."""
    works, citations = counts.works, counts.citations
    columns: list[tuple[str, Any, int]] = [
        ("year", np.int32, works),
        ("cited_by_count", np.int32, works),
        ("is_retracted", np.bool_, works),
        ("is_open_access", np.int8, works),
        ("only_cited", np.bool_, works),
        ("out_indptr", np.int64, works + 1),
        ("out_indices", np.int32, citations),
        ("in_indptr", np.int64, works + 1),
        ("in_indices", np.int32, citations),
        ("edge_sources", np.dtype(f"u{counts.mask}"), citations),
    ]
    columns += [(f"{name} numbers", np.int32, works) for name in TERMS]
    for name, (number, size) in counts.lists.items():
        columns += [(f"{name} bounds", np.int64, number + 1), (f"{name} letters", np.uint8, size)]
    end = HEAD.size
    for name, kind, number in columns:
        start = -(-end // STEP) * STEP
        size = number * np.dtype(kind).itemsize
        yield name, kind, start, size
        end = start + size


def _head(counts: Counts, state: bytes) -> bytes:
    plain = COUNTS.pack(*counts[:5], *(number for pair in counts.lists.values() for number in pair))
    return HEAD.pack(SIGN, state, _checksum(state, plain), plain)


def _checksum(state: bytes, plain: bytes) -> bytes:
    return blake2b(SIGN + state + plain, digest_size=16).digest()


def _counted(mapped: memoryview, state: bytes) -> Counts | None:
    """Read the counts; None unless the file is of this format and state, and as long as they say."""
    if len(mapped) < HEAD.size:
        return None
    sign, told, checksum, plain = HEAD.unpack_from(mapped)
    if (sign, told, checksum) != (SIGN, state, _checksum(state, plain)):
        return None
    numbers = COUNTS.unpack(plain)
    lists = dict(zip(LISTS, zip(numbers[5::2], numbers[6::2], strict=True), strict=True))
    counts = Counts._make((*numbers[:5], lists))
    if counts.mask not in (1, 2, 4, 8) or any(counts.lists[name][0] != counts.works for name in TEXTS):
        return None
    *_, (_, _, start, size) = _places(counts)
    return counts if start + size == len(mapped) else None


def _is_true(counts: Counts, held: dict[str, Any]) -> bool:
    """Tell whether every number that stands for a place is one: compiled code would follow it anywhere."""
    ends = [(held["out_indptr"], counts.citations), (held["in_indptr"], counts.citations)]
    ends += [(held[f"{name} bounds"], size) for name, (_, size) in counts.lists.items()]
    numbers = [(held[name], counts.works) for name in ("out_indices", "in_indices")]
    numbers += [(held[f"{name} numbers"], counts.lists[name][0]) for name in TERMS]
    numbers += [(held[name].view(np.uint8), 2) for name in ("is_retracted", "only_cited")]
    return all(_ascends(bounds, size) for bounds, size in ends) and all(
        _is_below(column, bound) for column, bound in numbers
    )


def _ascends(bounds: NDArray[np.int64], end: int) -> bool:
    return bool(bounds[0] == 0 and bounds[-1] == end and (bounds[1:] >= bounds[:-1]).all())


def _is_below(column: NDArray[Any], bound: int) -> bool:
    return not len(column) or bool(column.min() >= 0 and column.max() < bound)


def _clear(path: Path) -> None:
    """Remove what writers that were killed have left, a day later: until then it may be one that still writes."""
    with suppress(OSError):
        for left in path.parent.glob(f"{_literal(path.name)}.*.part"):
            if left.stat().st_mtime < time.time() - DAY:
                left.unlink()


def _literal(name: str) -> str:
    return "".join(f"[{letter}]" if letter in "[*?" else letter for letter in name)


def _texts(texts: Any) -> Texts:
    return texts if isinstance(texts, Texts) else Texts.of(texts)


def _terms(name: str, column: Sequence[Any]) -> Terms:
    """Number the values as they first come, whatever they were numbered by, so that the bytes are the same."""
    terms = column.in_order() if isinstance(column, Terms) else Terms.of(column)
    if name == "sources" and any("\n" in each or not each for value in terms.values for each in value):
        raise ValueError("the name of a source is empty or has a line end: it cannot be kept")
    return terms


def _line(value: str | tuple[str, ...] | None) -> str | None:
    return ("\n".join(value) if value else None) if isinstance(value, tuple) else value


def _bytes(column: Any) -> memoryview:
    """The bytes of an array, or of what is bytes already; those of nothing cannot be cast."""
    return memoryview(column).cast("B") if len(column) else memoryview(b"")


def _empty(kind: Any) -> NDArray[Any]:
    column = np.empty(0, kind)
    column.flags.writeable = False
    return column
