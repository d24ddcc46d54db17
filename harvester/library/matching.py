"""References without an identifier: which there are, what was found of them, and what people said."""

import sqlite3
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Literal, NamedTuple

from harvester.library import ledger, reading
from harvester.library.derivation import derive
from harvester.library.homes import touch
from harvester.library.ledger import Run
from harvester.library.matches import BY_MATCH, SURE, cited_key, settle_matches, words_of
from harvester.library.store import Library
from harvester.match import Catalogue, Description, Match, choose_work
from harvester.model import Bibliography, Reference

__all__ = [
    "Account",
    "Doubt",
    "Found",
    "Open",
    "Said",
    "account",
    "as_printed",
    "begin",
    "described_as",
    "doubtful",
    "judge",
    "keep",
    "match_here",
    "open_references",
    "rejected",
]


AT_A_STRETCH = 500
"""References looked for in one transaction."""

BY_RANK = ("none", "ambiguous", "weak", "strong", "exact")


class Open(NamedTuple):
    """A reference that carries no identifier, by its words, and the works that print it."""

    words: str
    reference: Reference
    citing: tuple[str, ...]


class Said(NamedTuple):
    """What a person said of a reference and a work; `undecided` takes back what was said before."""

    words: str
    key: str
    said: Literal["same", "different", "undecided"]
    reason: str = ""


class Found(NamedTuple):
    """What the matcher found of a reference among candidates of one origin, and how the works it names read."""

    words: str
    origin: str
    match: Match
    shown: Mapping[str, str]


class Doubt(NamedTuple):
    """A reference that a person should look at, with a work that it may name."""

    words: str
    reference: Reference
    citing: tuple[str, ...]
    standing: str
    origin: str
    key: str
    shown: str
    reason: str


class Account(NamedTuple):
    """How many references lead to a work by what, each entry of each list counted."""

    identified: int
    """Those that carry an identifier."""
    exact: int
    strong: int
    by_people: int
    weak: int
    ambiguous: int
    none: int
    unasked: int
    """Those that `match` has not looked at."""


def open_references(library: Library, *, matched: bool = False) -> dict[str, Open]:
    """Give the references without an identifier by their words, what most works print first.

    With `matched`, those that were found to name a work too.
    """
    found: dict[str, Reference] = {}
    citing: dict[str, list[str]] = {}
    for key, reference in _without_identifier(library):
        words = words_of(reference)
        if words is None or (reference.matched and not matched):
            continue
        found.setdefault(words, reference)
        citing.setdefault(words, []).append(key)
    order = sorted(found, key=lambda words: (-len(citing[words]), words))
    return {words: Open(words, found[words], tuple(dict.fromkeys(citing[words]))) for words in order}


def _without_identifier(library: Library) -> Iterator[tuple[str, Reference]]:
    citing = {
        key
        for (key,) in library.db.execute(
            "select key from works where unmatched union"
            " select w.key from citations c join works w on w.id = c.citing where c.source like ?",
            (f"{BY_MATCH}%",),
        )
    }
    for work in reading.works(library, selected=citing):
        for reference in work.references:
            if not cited_key(reference.targets):
                yield work.key, reference


def rejected(library: Library) -> set[tuple[str, str]]:
    """Give the pairs of words and work of which people have said that the one does not name the other."""
    rows = library.db.execute("select reference, key, standing from matches where origin = 'person' order by id")
    last = {(words, key): standing for words, key, standing in rows}
    return {pair for pair, standing in last.items() if standing == "different"}


def begin(
    library: Library, *, arguments: Mapping[str, object], said: Sequence[Said], replica: str | None
) -> tuple[Run, list[Said]]:
    """Begin a run of matching and keep what people say at its beginning; give what they say of no reference here."""
    run = ledger.begin(library, command="match", arguments=arguments, replica=replica)
    if not said:
        return run, []
    wanted = open_references(library, matched=True)
    known = [each for each in said if each.words in wanted]
    with library.transaction() as db:
        db.executemany(
            "insert into matches (run, reference, origin, standing, key, reason) values (?, ?, 'person', ?, ?, ?)",
            ((run.id, each.words, each.said, each.key, each.reason) for each in known),
        )
        _settle(db, {each.words for each in known}, wanted)
    derive(library)
    return run, [each for each in said if each.words not in wanted]


def match_here(library: Library, run: Run, wanted: Mapping[str, Open], works: Catalogue) -> None:
    """Look for the works that references name among those of the library, and keep what is found."""
    barred = rejected(library)
    waiting = list(wanted.values())
    for start in range(0, len(waiting), AT_A_STRETCH):
        stretch = waiting[start : start + AT_A_STRETCH]
        found = [judge(each, works.find(each.reference), origin="library", barred=barred) for each in stretch]
        with library.transaction() as db:
            keep(db, run, found, wanted)
    derive(library)


def judge(each: Open, candidates: Iterable[Description], *, origin: str, barred: set[tuple[str, str]]) -> Found:
    """Verify a reference against candidates, leaving out the work that prints it and those that people ruled out."""
    fitting = {one.key: one for one in candidates if (each.words, one.key) not in barred and (one.key,) != each.citing}
    match = choose_work(each.reference, fitting.values())
    return Found(each.words, origin, match, {key: described_as(fitting[key]) for key in match.keys})


def keep(db: sqlite3.Connection, run: Run, found: Iterable[Found], wanted: Mapping[str, Open]) -> None:
    """Put on record what was found, and have the works cite what their references were found to name."""
    changed = []
    for words, origin, match, shown in found:
        keys: tuple[str | None, ...] = match.keys or (None,)
        last = db.execute(
            "select origin, standing, key from matches where reference = ? and origin != 'person'"
            " order by id desc limit 1",
            (words,),
        ).fetchone()
        if last == (origin, match.standing, keys[-1]) or (
            last and last[0] != origin and not _is_better(match, last[1])
        ):
            continue
        changed.append(words)
        db.executemany(
            "insert into matches (run, reference, origin, standing, key, shown, reason) values (?, ?, ?, ?, ?, ?, ?)",
            ((run.id, words, origin, match.standing, key, shown.get(key or ""), match.reason) for key in keys),
        )
    _settle(db, changed, wanted)


def _is_better(match: Match, standing: str) -> bool:
    return BY_RANK.index(match.standing) > BY_RANK.index(standing)


def _settle(db: sqlite3.Connection, words: Iterable[str], wanted: Mapping[str, Open]) -> None:
    for changed in settle_matches(db, words):
        for citing in wanted[changed].citing if changed in wanted else ():
            touch(db, citing)


def doubtful(library: Library) -> list[Doubt]:
    """List what a person should look at: each reference that may name a work, with every work that it may name."""
    wanted = open_references(library)
    found = []
    for words, (_, reference, citing) in wanted.items():
        rows = library.db.execute(
            "select standing, origin, key, shown, reason from matches where reference = ? and run ="
            " (select run from matches where reference = ? and origin != 'person' order by id desc limit 1)"
            " and origin != 'person'"
            " order by id",
            (words, words),
        ).fetchall()
        last = rows[-1][1] if rows else None
        for standing, origin, key, shown, reason in rows:
            if origin == last and standing in ("weak", "ambiguous"):
                found.append(Doubt(words, reference, citing, standing, origin, key, shown, reason))
    barred = rejected(library)
    return [doubt for doubt in found if (doubt.words, doubt.key) not in barred]


def account(library: Library) -> Account:
    """Count all references of the library by what they lead to."""
    counts: Counter[str] = Counter()
    entries: Counter[str] = Counter()
    for _, reference in _without_identifier(library):
        entries[words_of(reference) or ""] += 1
    (linked,) = library.db.execute("select coalesce(sum(linked), 0) from works").fetchone()
    named = dict(library.db.execute("select reference, key from matched"))
    for words, number in entries.items():
        counts[_standing(library, words, named)] += number
    found = sum(counts[each] for each in (*SURE, "by_people"))
    return Account(identified=linked - found, **{name: counts[name] for name in Account._fields[1:]})


def _standing(library: Library, words: str, named: Mapping[str, str]) -> str:
    rows = library.db.execute("select origin, standing from matches where reference = ? order by id", (words,))
    said = found = None
    for origin, standing in rows:
        if origin == "person":
            said = standing if standing == "same" else None
        else:
            found = standing
    if words in named and said:
        return "by_people"
    if found is None:
        return "unasked"
    # What people have ruled out names nothing.
    return "none" if found in SURE and words not in named else str(found)


def as_printed(reference: Reference) -> str:
    """Write a reference in one line: as it was printed, else what the index gives of it."""
    parts = (reference.author, reference.year, reference.title, reference.venue, reference.volume, reference.first_page)
    text = reference.text or ", ".join(str(part) for part in parts if part)
    return " ".join(text.split()) or "nothing given"


def described_as(work: Description | Bibliography) -> str:
    """Write a work in one line for a person to recognise it."""
    if not isinstance(work, Description):
        work = Description.of(work, key="")
    lead = work.authors[0][0] if work.authors else None
    several = " et al." if work.authors and len(work.authors) > 1 else ""
    numbers = f"{work.volume or ''}{f'({work.issue})' if work.issue else ''}"
    place = ":".join(filter(None, (numbers, work.first_page)))
    parts = (lead and f"{lead}{several}", work.year and f"({work.year})", work.title, work.container, place)
    return " ".join(str(part) for part in parts if part)
