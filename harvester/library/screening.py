"""Decisions that people took when they screened works, read from a file or taken in the page, kept as evidence."""

from collections.abc import Iterator
from hashlib import sha256
from pathlib import Path
from typing import Literal, NamedTuple

from harvester.errors import InputError
from harvester.formats.screening import Screened, read_screening
from harvester.library import chases, ledger, reading
from harvester.library.candidates import catalogue
from harvester.library.homes import home_of
from harvester.library.imports import source_named
from harvester.library.store import Library, now
from harvester.match import Decision as Match
from harvester.match import Description, compare
from harvester.merge import key_of
from harvester.model import Reference

__all__ = ["Decided", "Decision", "Taken", "keep", "take"]


Decision = Literal["include", "exclude", "maybe", "undecided"]


class Decided(NamedTuple):
    """What somebody decided on a work, `undecided` where that takes back what was decided before."""

    key: str
    decision: Decision
    reason: str | None = None
    person: str | None = None


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


def keep(library: Library, decided: Decided, *, opened: str) -> None:
    """Keep a decision that was taken in a page, which was `opened` at that time.

    It is a run of its own: what a run decides is there from its beginning, by which a union knows it again. Raises
    `InputError` for a key that no work here has.
    """
    with library.transaction() as db:
        run = ledger.enter(db, command="screen", arguments={"page": opened})
        home = home_of(db, decided.key)
        if not db.execute("select 1 from works where key = ?", (home,)).fetchone():
            raise InputError(f"{decided.key} is no work of this library; open the page anew")
        chases.screen(db, run, home, decided.decision, reason=decided.reason, person=decided.person)
        db.execute("update runs set finished = ?, outcome = 'done' where id = ?", (now(), run.id))


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
        same = [one.key for one in works.find(printed) if compare(mine, one).decision == Match.SAME]
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
