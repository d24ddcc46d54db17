"""Seed references: what a user names to set out from, as identifiers or as a file of records."""

from collections.abc import Sequence
from pathlib import Path
from typing import NamedTuple

from harvester import inputs
from harvester.errors import InputError
from harvester.formats.reading import reader_of
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, derive, imports
from harvester.model import Record

__all__ = ["ALL", "Seeds", "gather", "preview"]

ALL = "all"
HEAD = 1 << 16


class Seeds(NamedTuple):
    """What was named: identifiers, understood or not, and works of the library by key, each with its origin."""

    inputs: list[Input]
    keys: list[tuple[str, str]]


def gather(library: Library, texts: Sequence[str], files: Sequence[str]) -> Seeds:
    """Gather seeds from identifiers, from files, and with `all` from every work that is described here.

    The records of a file come into the library, like those of `import`. Raises `InputError` for a file that cannot be
    read or holds nothing.
    """
    given = inputs.from_arguments(texts)
    keys: list[tuple[str, str]] = []
    for file in files:
        if file == ALL:
            keys += (
                (key, ALL) for (key,) in library.db.execute("select key from works where sources != '' order by 1")
            )
        elif _is_of_records(Path(file)):
            brought = imports.bring(library, Path(file))
            derive(library)
            rows = library.db.execute(
                "select distinct coalesce(h.home, r.key) from hits x join records r on r.source = x.source"
                " and r.native = x.native left join homes h on h.key = r.key where x.run = ? order by 1",
                (brought.run.id,),
            )
            keys += ((key, brought.source) for (key,) in rows)
        else:
            given += inputs.from_file(Path(file)).inputs
    return Seeds(given, keys)


def preview(library: Library | None, texts: Sequence[str], files: Sequence[str]) -> list[Identifier]:
    """Give the identifiers of the seeds, changing nothing; records without one are left out."""
    given = inputs.from_arguments(texts)
    found: list[Identifier] = []
    for file in files:
        if file == ALL and library is not None:
            rows = library.db.execute("select key from works where sources != '' order by 1")
            found += (Identifier(*key.split(":", 1)) for (key,) in rows)
        elif _is_of_records(Path(file)):
            found += _identifiers(Path(file))
        else:
            given += inputs.from_file(Path(file)).inputs
    return list(dict.fromkeys([*(each.identifier for each in given if each.identifier), *found]))


def _is_of_records(path: Path) -> bool:
    try:
        with path.open("rb") as file:
            return reader_of(file.read(HEAD)).name != "text"
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror}); `--seeds all` takes every work here") from error
    except InputError:
        return False


def _identifiers(path: Path) -> list[Identifier]:
    found = []
    with path.open("rb") as file:
        reader = reader_of(file.read(HEAD))
        file.seek(0)
        for fragment in reader.split(file):
            record = reader.record(fragment.text, "file:preview")
            if isinstance(record, Record):
                named = ((scheme, getattr(record, scheme)) for scheme in ("doi", "pmid", "openalex"))
                found += [Identifier(scheme, value) for scheme, value in named if value][:1]
    return found
