"""Where the files of a snapshot are read: in threads of this process, each with a small database of its own.

A file of the snapshot is one stream of compressed bytes that only one thread can read, so files are what is done
side by side. Results come in the order of the files, and only so many are under way that memory stays within its limit.
"""

import os
from collections import deque
from collections.abc import Callable, Iterable, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any, Final, Protocol, TypeVar

from harvester.bulk.jobs import Limits

__all__ = ["Threads", "Workers"]

Result = TypeVar("Result")

LEAST: Final = 750
"""Megabytes that reading a file may take: one of Parquet, 50,000 works in one row group, has taken more than 400."""


class Workers(Protocol):
    """Whoever reads files: calls a function for each of many, and gives the results in their order."""

    def map(self, function: Callable[..., Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
        """Call a function with each of these arguments, and `Limits` after them."""
        ...


@dataclass(frozen=True)
class Threads:
    """Threads of this process, which share the memory that is stated; no more of them than it suffices for."""

    count: int = field(default_factory=lambda: min(os.cpu_count() or 1, 8))
    megabytes: int = 2_000
    spill: str | None = None

    def map(self, function: Callable[..., Result], calls: Iterable[tuple[Any, ...]]) -> Iterator[Result]:
        """Call a function in the threads, one file ahead of what is taken up."""
        count = max(min(self.count, self.megabytes // LEAST), 1)
        limits = Limits.within(self.megabytes // count, spill=self.spill)
        under_way: deque[Future[Result]] = deque()
        pool = ThreadPoolExecutor(count)
        try:
            for call in calls:
                under_way.append(pool.submit(function, *call, limits))
                if len(under_way) > count:
                    yield under_way.popleft().result()
            while under_way:
                yield under_way.popleft().result()
        finally:
            pool.shutdown(cancel_futures=True)
