"""Decisions that people took when they screened works, read from a file and kept as evidence."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import NamedTuple

from harvester.errors import InputError
from harvester.formats.screening import Screened, read_screening
from harvester.library import chases, ledger, reading
from harvester.library.candidates import catalogue
from harvester.library.imports import source_named
from harvester.library.store import Library, now
from harvester.match import Decision, Description, compare
from harvester.merge import key_of
from harvester.model import Reference

__all__ = ["Taken", "take"]


class Taken(NamedTuple):
    """What came of a file of decisions: how many of each, and the records that no work here is."""

    decisions: dict[str, int]
    unknown: tuple[Screened, ...]


def take(library: Library, path: Path) -> Taken:
    """Keep the decisions in a file, each on the work that its record is.

    A record is found by its key or identifiers, else as the very record that was brought in, else by comparison; one
    that is no work here is given back. Raises `InputError` for a file without decisions.
    """
    name = path.name.encode("utf-8", "replace").decode()
    try:
        with path.open("rb") as file:
            digest = sha256(file.read()).hexdigest()
            file.seek(0)
            read = read_screening(file, source=source_named(name))
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error
    found = dict(_found(library, read))
    counts: dict[str, int] = {}
    with library.transaction() as db:
        run = ledger.enter(db, command="screen", arguments={"file": name, "sha256": digest})
        for number, each in enumerate(read):
            if number in found:
                counts[each.decision] = counts.get(each.decision, 0) + 1
                chases.screen(db, run, found[number], each.decision, reason=each.reason, person=each.by)
        db.execute("update runs set finished = ?, outcome = 'done' where id = ?", (now(), run.id))
    return Taken(counts, tuple(each for number, each in enumerate(read) if number not in found))


def _found(library: Library, read: list[Screened]) -> Iterator[tuple[int, str]]:
    left = []
    for number, each in enumerate(read):
        key = _named(library, each)
        if key:
            yield number, key
        else:
            left.append(number)
    if not left:
        return
    works = catalogue(library)
    for number in left:
        record = read[number].record
        mine = Description.of(record, key="screened")
        lead = mine.authors[0][0] if mine.authors else None
        printed = Reference(source="", position=1, title=mine.title, author=lead, year=mine.year)
        same = [one.key for one in works.find(printed) if compare(mine, one).decision == Decision.SAME]
        if len(same) == 1:
            yield number, same[0]


def _named(library: Library, each: Screened) -> str | None:
    record = each.record
    schemes = (("doi", record.doi), ("openalex", record.openalex), ("pmid", record.pmid), ("pmcid", record.pmcid))
    for text in (each.key, *(f"{scheme}:{value}" for scheme, value in schemes if value), key_of(record)):
        if text:
            try:
                return reading.find(library, text)
            except InputError:
                continue
    return None
