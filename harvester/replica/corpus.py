"""The records a replica serves: one JSON object a line, in each API's own shape.

A corpus is a folder. `openalex*.jsonl`, `crossref*.jsonl`, `opencitations*.jsonl`, `datacite*.jsonl` and
`europepmc*.jsonl` in it are read, plain or compressed (`.gz`, `.xz`), in the order of their names, so that the same
folder always gives the same answers. Records keep their order and their duplicates: two works of one DOI are a fact
of these APIs, not a mistake.
"""

import gzip
import json
import lzma
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

from harvester.errors import InputError

__all__ = ["Corpus", "load"]

_SUFFIXES = (".jsonl", ".jsonl.gz", ".jsonl.xz")


@dataclass(frozen=True)
class Corpus:
    """Records of each index, untouched: dictionaries in the API's own shape, old or new."""

    openalex: tuple[dict[str, Any], ...] = ()
    crossref: tuple[dict[str, Any], ...] = ()
    opencitations: tuple[dict[str, Any], ...] = ()
    datacite: tuple[dict[str, Any], ...] = ()
    europepmc: tuple[dict[str, Any], ...] = ()


_INDEXES = tuple(index.name for index in fields(Corpus))


def load(folder: Path) -> Corpus:
    """The corpus in `folder`; an empty line is passed over.

    Raises `InputError` for a folder without records, and for the first broken line, by file and number.
    """
    if not folder.is_dir():
        raise InputError(f"{folder} is not a folder of records.")
    found = {
        index: [path for path in sorted(folder.glob(f"{index}*")) if path.name.endswith(_SUFFIXES) and path.is_file()]
        for index in _INDEXES
    }
    if not any(found.values()):
        raise InputError(
            f"{folder} holds no {', '.join(f'{index}*.jsonl' for index in _INDEXES)} (or .gz, .xz of one)."
        )
    return Corpus(**{index: tuple(_records(paths)) for index, paths in found.items()})


def _records(paths: list[Path]) -> Iterator[dict[str, Any]]:
    for path in paths:
        number = 0
        try:
            for number, line in enumerate(_lines(path), start=1):
                if not line.strip():
                    continue
                record = json.loads(line, parse_constant=_refuse)
                if not isinstance(record, dict):
                    raise InputError(f"{path}, line {number}: a record is a JSON object, not {line[:40]!r}.")
                yield record
        except (ValueError, RecursionError) as broken:
            raise InputError(f"{path}, line {number}: not JSON ({broken}).") from broken
        except (OSError, EOFError, lzma.LZMAError, zlib.error) as unreadable:
            raise InputError(f"{path}, after line {number}: cannot be read ({unreadable}).") from unreadable


def _refuse(name: str) -> None:
    raise ValueError(f"{name} is no number of JSON")


def _lines(path: Path) -> Iterator[bytes]:
    if path.suffix == ".gz":
        with gzip.open(path) as packed:
            yield from packed
    elif path.suffix == ".xz":
        with lzma.open(path) as packed:
            yield from packed
    else:
        with path.open("rb") as plain:
            yield from plain
