"""Columns of text that are not Python objects: they take little memory, and can lie in a mapped file.

A tuple of a million titles takes 150 MB and half a second to make. As one run of bytes with the places where each
title ends it takes what its letters take, and nothing is read before it is asked for.
"""

from abc import abstractmethod
from array import array
from collections.abc import Callable, Iterable, Iterator, Sequence
from itertools import pairwise
from operator import index
from typing import Any, overload

import numpy as np
from numpy.typing import NDArray

from graph.build.rows import frozen

__all__ = ["NOTHING", "Column", "Terms", "Texts", "taken"]

NOTHING = b"\xff"
"""Stands for None: a byte that no text in UTF-8 holds (RFC 3629, section 1)."""

BLOCK = 1 << 12


class Column(Sequence[Any]):
    """What the columns of text have in common: they are read-only sequences, and equal to the tuple of their items."""

    __slots__ = ()

    @abstractmethod
    def take(self, rows: NDArray[np.integer[Any]]) -> "Column":
        """The column of these rows, in their order."""

    def __eq__(self, other: object) -> bool:
        if not isinstance(other, Column | tuple):
            return NotImplemented
        return len(self) == len(other) and all(one == another for one, another in zip(self, other, strict=True))

    def __hash__(self) -> int:
        return hash(tuple(self))

    def __repr__(self) -> str:
        return repr(tuple(self))


class Texts(Column):
    """Texts, or None, as UTF-8 in one run of bytes.

    >>> column = Texts.of(["é", None, ""])
    >>> column[0], column[1], column[-1], column == ("é", None, "")
    ('é', None, '', True)
    """

    __slots__ = ("bounds", "letters")

    def __init__(self, letters: bytes | memoryview, bounds: NDArray[np.int64]) -> None:
        """Take the text `i` from `letters[bounds[i]:bounds[i + 1]]`; `NOTHING` there stands for None."""
        self.letters = memoryview(letters)
        self.bounds = bounds

    @classmethod
    def of(cls, texts: Iterable[str | None]) -> "Texts":
        """Lay out texts; raises ValueError for half a surrogate pair, which UTF-8 has no bytes for."""
        return cls.joined(NOTHING if text is None else text.encode() for text in texts)

    @classmethod
    def joined(cls, pieces: Iterable[bytes | memoryview]) -> "Texts":
        """Lay out texts that are bytes already."""
        letters = bytearray()
        ends = [0]
        for piece in pieces:
            letters += piece
            ends.append(len(letters))
        return cls(bytes(letters), frozen(np.array(ends, np.int64)))

    def terms(self, *, read: Callable[[str | None], Any] = lambda text: text) -> "Terms":
        """Keep each different text once, as what `read` makes of it, numbered in the order in which they come.

        >>> Texts.of(["x y", None, "x y"]).terms(read=lambda text: (text or "").split()).values
        (['x', 'y'], [])
        """
        known: dict[bytes, int] = {}
        numbers = array("i")
        for held, places in self._blocks():
            numbers.extend([known.setdefault(held[low:high], len(known)) for low, high in pairwise(places)])
        return Terms(tuple(read(_text(piece)) for piece in known), frozen(np.array(numbers, np.int32)))

    def _blocks(self) -> Iterator[tuple[bytes, list[int]]]:
        """Give the bytes of some texts at a time, and where in them each starts and the last one ends."""
        for start in range(0, len(self), BLOCK):
            bounds = self.bounds[start : start + BLOCK + 1]
            first = int(bounds[0])
            yield bytes(self.letters[first : int(bounds[-1])]), (bounds - first).tolist()

    def take(self, rows: NDArray[np.integer[Any]]) -> "Texts":
        """The texts of these rows, in their order."""
        starts, stops = self.bounds[rows], self.bounds[np.asarray(rows) + 1]
        bounds = np.zeros(len(rows) + 1, np.int64)
        np.cumsum(stops - starts, out=bounds[1:])
        runs = []
        # A part at a time: a view of every text at once would take more memory than the texts.
        for start in range(0, len(rows), BLOCK):
            places = zip(starts[start : start + BLOCK].tolist(), stops[start : start + BLOCK].tolist(), strict=True)
            runs.append(b"".join([self.letters[low:high] for low, high in places]))
        return Texts(b"".join(runs), frozen(bounds))

    def __len__(self) -> int:
        return len(self.bounds) - 1

    def __iter__(self) -> Iterator[Any]:
        for held, places in self._blocks():
            if held.isascii():
                # Bytes and letters are in the same places, and there is no `NOTHING`: cutting letters is quicker.
                text = held.decode()
                yield from [text[low:high] for low, high in pairwise(places)]
            else:
                yield from [_text(held[low:high]) for low, high in pairwise(places)]

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            start, stop, step = place.indices(len(self))
            if step == 1:
                return tuple(Texts(self.letters, self.bounds[start : max(start, stop) + 1]))
            return tuple(self[row] for row in range(start, stop, step))
        row = _row(place, len(self))
        return _text(bytes(self.letters[self.bounds[row] : self.bounds[row + 1]]))


class Terms(Column):
    """A column in which few values stand at many works: each is kept once, and by its number at every work.

    >>> column = Terms.of(["BMJ", None, "BMJ"])
    >>> column.values, column.numbers.tolist(), column[2]
    (('BMJ', None), [0, 1, 0], 'BMJ')
    """

    __slots__ = ("numbers", "values")

    def __init__(self, values: tuple[Any, ...], numbers: NDArray[np.int32]) -> None:
        """Take the item `i` from `values[numbers[i]]`."""
        self.values = values
        self.numbers = numbers

    @classmethod
    def of(cls, items: Iterable[Any]) -> "Terms":
        """Number the values in the order in which they first come."""
        known: dict[Any, int] = {}
        numbers = np.fromiter((known.setdefault(item, len(known)) for item in items), np.int32)
        return cls(tuple(known), frozen(numbers))

    def in_order(self) -> "Terms":
        """The same column, with its values numbered in the order in which they first come, and no others."""
        used, first, numbers = np.unique(self.numbers, return_index=True, return_inverse=True)
        order = np.argsort(first)
        place = np.empty(len(order), np.int32)
        place[order] = np.arange(len(order), dtype=np.int32)
        return Terms(tuple(self.values[value] for value in used[order].tolist()), frozen(place[numbers]))

    def take(self, rows: NDArray[np.integer[Any]]) -> "Terms":
        """The items of these rows, in their order, and no value that none of them has."""
        return Terms(self.values, self.numbers[rows]).in_order()

    def __len__(self) -> int:
        return len(self.numbers)

    def __iter__(self) -> Iterator[Any]:
        return map(self.values.__getitem__, self.numbers.tolist())

    @overload
    def __getitem__(self, place: int) -> Any: ...
    @overload
    def __getitem__(self, place: slice) -> tuple[Any, ...]: ...
    def __getitem__(self, place: int | slice) -> Any:
        if isinstance(place, slice):
            return tuple(map(self.values.__getitem__, self.numbers[place].tolist()))
        return self.values[self.numbers[_row(place, len(self))]]


def taken(column: Sequence[Any], rows: NDArray[np.integer[Any]]) -> Any:
    """The rows of a column that is a tuple or one of these, in the form that it has."""
    return column.take(rows) if isinstance(column, Column) else tuple(column[row] for row in rows.tolist())


def _row(place: int, size: int) -> int:
    row = index(place)
    row += size if row < 0 else 0
    if not 0 <= row < size:
        raise IndexError(f"there is no item {place} among {size}")
    return row


def _text(piece: bytes) -> str | None:
    # What is no UTF-8 can only come from a file that somebody has tampered with: it is shown, and stops nothing.
    return None if piece == NOTHING else piece.decode(errors="replace")
