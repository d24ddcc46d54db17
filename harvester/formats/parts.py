"""A file of references cut into several, for programs that take no more than so many at a time.

Each part is a whole file of its format. A work is named by one citation key in all of them, and by no other.
"""

import io
import re
from collections.abc import Callable, Iterable, Iterator
from contextlib import ExitStack
from itertools import groupby
from operator import itemgetter
from pathlib import Path
from typing import Final, NamedTuple

from harvester.errors import InputError
from harvester.formats import Content, Format, choose, replacing
from harvester.formats.written import held
from harvester.model import Work

__all__ = ["LIMITS", "Limit", "Parts", "to_be_cut", "write_parts"]


class Limit(NamedTuple):
    """The most that a program takes in one file."""

    records: int
    size: int
    """In bytes."""


LIMITS: Final = {"covidence": Limit(15_000, 50_000_000)}
"""By the name of the program. Covidence: libguides.rutgers.edu/covidence/import, which gives 50 MB."""


class Parts(NamedTuple):
    """The files that were written, and those under further numbers, of an earlier and longer list perhaps."""

    written: list[Path]
    left_over: list[Path]


def to_be_cut(path: str | Path, *, format: str | None = None) -> Format:  # noqa: A002 - the word of the command line
    """Choose the format of a file that is to be cut.

    Raises `InputError` for one that is not known or says how works belong together.
    """
    chosen = choose(path, format=format)
    if chosen.is_whole or chosen.is_binary:
        raise InputError(f"{chosen.name} is not cut into parts; write RIS, EndNote XML or another text of references")
    return chosen


def write_parts(
    content: Content,
    path: str | Path,
    *,
    limit: Limit,
    format: str | None = None,  # noqa: A002 - the word of the command line
) -> Parts:
    """Write the works to as many files as the limit makes of them: `review.ris` to `review-1.ris`, `review-2.ris`, ...

    There is a first part also where it is the only one, or empty. A work that is larger than the limit has a part to
    itself. All parts take their places when all are written: until then what was there is untouched. Files with higher
    numbers are not removed, as nothing in them says whose they are.

    Raises `InputError` for a format that is not known or says how works belong together, and `OutputError` as `write`.
    """
    chosen = to_be_cut(path, format=format)
    places: list[Path] = []
    key = _once(content.citation_keys())
    with ExitStack() as stack:

        def begin(works: Iterable[Work]) -> None:
            places.append(_place(Path(path), chosen, len(places) + 1))
            stream = stack.enter_context(replacing(places[-1]))
            chosen.write(stream, Content(works=works, citations=(), runs=(), citation_keys=lambda: key))

        for _, numbered in groupby(_numbered(held(content.works), _measure(chosen, key), limit), key=itemgetter(0)):
            begin(work for _, work in numbered)
        if not places:
            begin(())
    return Parts(places, _left_over(Path(path), chosen, len(places)))


def _numbered(works: Iterable[Work], measure: Callable[[Work], int], limit: Limit) -> Iterator[tuple[int, Work]]:
    """Give each work with the number of its part."""
    number, records, size = 1, 0, 0
    for work in works:
        own = measure(work)
        if records and (records == limit.records or size + own > limit.size):
            number, records, size = number + 1, 0, 0
        records, size = records + 1, size + own
        yield number, work


def _once(name: Callable[[Work], str]) -> Callable[[Work], str]:
    """Name each work once, though it is measured first and written then."""
    given: dict[str, str] = {}

    def key(work: Work) -> str:
        if work.key not in given:
            given[work.key] = name(work)
        return given[work.key]

    return key


def _measure(chosen: Format, key: Callable[[Work], str]) -> Callable[[Work], int]:
    """Give what a work takes in a file: no more than a file of it alone, which has the head and the foot as well."""

    def measure(work: Work) -> int:
        alone = io.StringIO(newline="")
        chosen.write(alone, Content(works=(work,), citations=(), runs=(), citation_keys=lambda: key))
        return len(alone.getvalue().encode("utf-8", "replace"))

    return measure


def _parted(path: Path, chosen: Format) -> tuple[str, str]:
    """Give the name of a file without its ending, and the ending."""
    known = [suffix for suffix in chosen.suffixes if path.name.lower().endswith(suffix)]
    length = max(map(len, known), default=len(path.suffix))
    return path.name[: len(path.name) - length], path.name[len(path.name) - length :]


def _place(path: Path, chosen: Format, number: int) -> Path:
    stem, ending = _parted(path, chosen)
    return path.with_name(f"{stem}-{number}{ending}")


def _left_over(path: Path, chosen: Format, count: int) -> list[Path]:
    stem, ending = _parted(path, chosen)
    pattern = re.compile(f"{re.escape(stem)}-([1-9][0-9]{{0,5}}){re.escape(ending)}")
    found = ((int(match[1]), file) for file in path.parent.iterdir() if (match := pattern.fullmatch(file.name)))
    return [file for number, file in sorted(found) if number > count]
