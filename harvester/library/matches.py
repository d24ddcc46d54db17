"""What references lead to: by the identifiers they carry, or by a match of their words that was put on record.

A match is about the words of a reference, not about the work that prints them: whoever prints the same words means
the same work. The last word of a person on it counts, else the last finding of the matcher.
"""

import hashlib
import json
import sqlite3
from collections.abc import Iterable, Sequence

from harvester.identifiers import Identifier
from harvester.library.homes import home_of
from harvester.model import Reference

__all__ = ["BY_MATCH", "SURE", "cited_key", "leads_to", "settle_matches", "with_matches", "words_of"]

BY_MATCH = "match:"
"""What the source of a citation begins with that rests on a match; the index that lists the reference follows."""

SURE = ("exact", "strong")
"""The standings that make a citation."""


def cited_key(targets: Iterable[Identifier]) -> str | None:
    """Name the work that a reference cites; None where it carries no DOI, OpenAlex id or PMID.

    >>> cited_key([Identifier("pmid", "33314538"), Identifier("doi", "10.1111/hex.13151")])
    'doi:10.1111/hex.13151'
    """
    named = [target for target in targets if target.scheme in {"doi", "openalex", "pmid"}]
    # A PMID comes last: not every work with a DOI is known by its PMID too.
    return str(min(named, key=lambda target: target.scheme == "pmid")) if named else None


def leads_to(reference: Reference) -> str | None:
    """Name the work that a reference leads to, by its identifiers or by a match; None where it leads nowhere."""
    return cited_key(reference.targets) or reference.matched


def words_of(reference: Reference) -> str | None:
    """Give what stands for the words of a reference, 32 hexadecimal digits; None where it says nothing of a work.

    >>> one = Reference(source="crossref", position=1, text="Hall L.  Peers. 2019.")
    >>> words_of(one) == words_of(Reference(source="openalex", position=9, text="Hall L. Peers. 2019."))
    True
    """
    named = (reference.text, reference.title, reference.author, reference.venue)
    if not any(named):
        return None
    placed = (reference.year, reference.volume, reference.issue, reference.first_page, reference.edition)
    said = [" ".join(str(each or "").split()) for each in (*named, *placed, reference.isbn, reference.issn)]
    return hashlib.sha256(json.dumps(said).encode("ascii")).hexdigest()[:32]


def with_matches(db: sqlite3.Connection, references: Sequence[Reference], *, citing: str) -> tuple[Reference, ...]:
    """Give the references of a work, those without an identifier with the work that they were found to name.

    None is found to name the very work that prints it.
    """
    if not references or not db.execute("select exists (select 1 from matched)").fetchone()[0]:
        return tuple(references)
    return tuple(_with_match(db, reference, citing) for reference in references)


def _with_match(db: sqlite3.Connection, reference: Reference, citing: str) -> Reference:
    if cited_key(reference.targets):
        return reference
    row = db.execute("select key from matched where reference = ?", (words_of(reference),)).fetchone()
    if row is None or home_of(db, row[0]) == citing:
        return reference
    return reference.model_copy(update={"matched": row[0]})


def settle_matches(db: sqlite3.Connection, words: Iterable[str] | None = None) -> set[str]:
    """Bring what these words name (or all on record) in line with what was said and found; give those that changed."""
    if words is None:
        words = [each for (each,) in db.execute("select distinct reference from matches")]
    changed = set()
    for each in words:
        before = db.execute("select key from matched where reference = ?", (each,)).fetchone()
        key = _named_by(db, each)
        if key == (before[0] if before else None):
            continue
        changed.add(each)
        db.execute("delete from matched where reference = ?", (each,))
        if key:
            db.execute("insert into matched values (?, ?)", (each, key))
    return changed


def _named_by(db: sqlite3.Connection, words: str) -> str | None:
    said: dict[str, str] = {}
    found = None
    for origin, standing, key in db.execute(
        "select origin, standing, key from matches where reference = ? order by id", (words,)
    ):
        if origin == "person":
            said.pop(key, None)
            said[key] = standing
        else:
            found = key if standing in SURE else None
    same = [key for key, standing in said.items() if standing == "same"]
    if same:
        return same[-1]
    return found if found is not None and said.get(found) != "different" else None
