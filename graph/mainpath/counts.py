"""Arrays of counts that may have hundreds of digits.

The number of paths through a citation graph doubles with every few levels of it, and is beyond the range of a
float in deep ones. `Scaled` keeps a float and an exponent of its own for each count: as small and fast as a
logarithm, but exact up to 2**53, so that ties between small counts are ties, and no less precise for large ones.
`Exact` keeps Python's integers. Both answer to the same few methods, `Counts`.
"""

import math
from abc import ABC, abstractmethod
from dataclasses import dataclass
from typing import Any, Self

import numpy as np
from numpy.typing import NDArray

__all__ = ["Counts", "Exact", "Rows", "Scaled", "lengths"]

Rows = NDArray[np.integer[Any]]

LIKENESS = 1e-12
"""Scaled counts beyond 2**53 that differ by less than this part of themselves pass for equal."""


def lengths(starts: Rows, total: int) -> Rows:
    """How long the stretches are that begin here, the last of them ending at the total."""
    found: Rows = np.empty_like(starts)
    np.subtract(starts[1:], starts[:-1], out=found[:-1])
    found[-1:] = total - starts[-1:]
    return found


class Counts(ABC):
    """An array of integers, none of them negative."""

    @classmethod
    @abstractmethod
    def of(cls, numbers: Rows) -> Self:
        """These counts."""

    @abstractmethod
    def __len__(self) -> int: ...

    @abstractmethod
    def take(self, rows: Rows) -> Self:
        """The counts at these rows."""

    @abstractmethod
    def put(self, rows: Rows, counts: Self) -> None:
        """Write counts into these rows: the one way in which an array changes."""

    @abstractmethod
    def plus(self, others: Self) -> Self:
        """Sums, count by count."""

    @abstractmethod
    def times(self, others: Self) -> Self:
        """Products, count by count."""

    @abstractmethod
    def sums(self, starts: Rows) -> Self:
        """The sum of each stretch; a stretch ends where the next one starts, and none is empty."""

    @abstractmethod
    def peaks(self, starts: Rows) -> Self:
        """The largest count of each stretch."""

    @abstractmethod
    def reaches(self, others: Self) -> NDArray[np.bool_]:
        """Whether each count is at least the other, or as near below it as rounding can bring it."""

    @abstractmethod
    def falling(self) -> Rows:
        """The rows from the largest count to the smallest; equal counts stay in their order."""

    @abstractmethod
    def log2(self) -> NDArray[np.float64]:
        """The logarithms to base 2; minus infinity for 0."""

    @abstractmethod
    def over(self, whole: Self) -> NDArray[np.float64]:
        """Each count as a part of one other count, which is not 0."""

    @abstractmethod
    def numbers(self) -> list[int] | None:
        """The counts to the last digit; None where they are not kept that well."""


@dataclass(frozen=True, slots=True, eq=False)
class Scaled(Counts):
    """Counts as `mantissa * 2**exponent`, the mantissa between 1/2 and 1, or 0 with the exponent 0.

    >>> googol = Scaled.of(np.array([10**10]))
    >>> for _ in range(6):
    ...     googol = googol.times(googol)
    >>> round(float(googol.log2()[0] * math.log10(2)), 9)
    640.0
    """

    mantissa: NDArray[np.float64]
    exponent: NDArray[np.int32]

    @classmethod
    def of(cls, numbers: Rows) -> Self:
        return cls(*np.frexp(numbers.astype(np.float64)))

    def __len__(self) -> int:
        return len(self.mantissa)

    def take(self, rows: Rows) -> Self:
        return type(self)(self.mantissa[rows], self.exponent[rows])

    def put(self, rows: Rows, counts: Self) -> None:
        self.mantissa[rows] = counts.mantissa
        self.exponent[rows] = counts.exponent

    def plus(self, others: Self) -> Self:
        # 0 has the exponent 0 and every other count one of at least 1, so 0 never sets the scale.
        scale = np.maximum(self.exponent, others.exponent)
        mantissa = np.ldexp(self.mantissa, self.exponent - scale)
        mantissa += np.ldexp(others.mantissa, others.exponent - scale)
        return self._on(mantissa, scale)

    def times(self, others: Self) -> Self:
        mantissa = self.mantissa * others.mantissa
        return self._on(mantissa, np.where(mantissa == 0, np.int32(0), self.exponent + others.exponent))

    def sums(self, starts: Rows) -> Self:
        scale = np.maximum.reduceat(self.exponent, starts)
        mantissa = np.ldexp(self.mantissa, self.exponent - self._spread(scale, starts))
        return self._on(np.add.reduceat(mantissa, starts), scale)

    def peaks(self, starts: Rows) -> Self:
        scale = np.maximum.reduceat(self.exponent, starts)
        mantissa = np.ldexp(self.mantissa, self.exponent - self._spread(scale, starts))
        return type(self)(np.maximum.reduceat(mantissa, starts), scale)

    def reaches(self, others: Self) -> NDArray[np.bool_]:
        # Sums and products below 2**53 are exact. (The exponent of 2**53 - 1 is 53.)
        slack = np.where(others.exponent <= 53, 0.0, LIKENESS)
        reached: NDArray[np.bool_] = np.ldexp(self.mantissa, self.exponent - others.exponent) >= others.mantissa * (
            1 - slack
        )
        return reached

    def falling(self) -> Rows:
        return np.lexsort((-self.mantissa, -self.exponent))

    def log2(self) -> NDArray[np.float64]:
        with np.errstate(divide="ignore"):
            return np.log2(self.mantissa) + self.exponent

    def over(self, whole: Self) -> NDArray[np.float64]:
        parts: NDArray[np.float64] = np.ldexp(self.mantissa / whole.mantissa, self.exponent - whole.exponent)
        return parts

    def numbers(self) -> list[int] | None:
        return None

    def _on(self, mantissa: NDArray[np.float64], scale: NDArray[np.int32]) -> Self:
        mantissa, shift = np.frexp(mantissa)
        return type(self)(mantissa, scale + shift)

    def _spread(self, scale: NDArray[np.int32], starts: Rows) -> NDArray[np.int32]:
        return np.repeat(scale, lengths(starts, len(self)))


@dataclass(frozen=True, slots=True, eq=False)
class Exact(Counts):
    """Counts as Python integers: to the last digit, at many times the cost.

    >>> Exact.of(np.array([2, 3, 5])).sums(np.array([0, 2])).numbers()
    [5, 5]
    """

    integers: NDArray[np.object_]

    @classmethod
    def of(cls, numbers: Rows) -> Self:
        return cls(numbers.astype(np.object_))

    def __len__(self) -> int:
        return len(self.integers)

    def take(self, rows: Rows) -> Self:
        return type(self)(self.integers[rows])

    def put(self, rows: Rows, counts: Self) -> None:
        self.integers[rows] = counts.integers

    def plus(self, others: Self) -> Self:
        return type(self)(self.integers + others.integers)

    def times(self, others: Self) -> Self:
        return type(self)(self.integers * others.integers)

    def sums(self, starts: Rows) -> Self:
        return type(self)(np.add.reduceat(self.integers, starts))

    def peaks(self, starts: Rows) -> Self:
        return type(self)(np.maximum.reduceat(self.integers, starts))

    def reaches(self, others: Self) -> NDArray[np.bool_]:
        return np.asarray(self.integers >= others.integers, dtype=np.bool_)

    def falling(self) -> Rows:
        return np.argsort(-self.integers, kind="stable")

    def log2(self) -> NDArray[np.float64]:
        return np.array([math.log2(number) if number else -math.inf for number in self.integers], dtype=np.float64)

    def over(self, whole: Self) -> NDArray[np.float64]:
        return np.array([number / whole.integers[0] for number in self.integers], dtype=np.float64)

    def numbers(self) -> list[int] | None:
        return [int(number) for number in self.integers]
