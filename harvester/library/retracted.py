"""Works that are said to be retracted, with their notices, who says so and who does not."""

import zlib
from contextlib import suppress
from typing import NamedTuple

from harvester import identifiers
from harvester.errors import InputError
from harvester.library import reading
from harvester.library.store import Library
from harvester.model import Update
from harvester.retractions import is_retracting, notices

__all__ = ["Notice", "Retraction", "retracted"]


class Notice(Update):
    """A notice on a work; `key` is its own, where the library holds it."""

    key: str | None = None


class Retraction(NamedTuple):
    """A work that is said to be retracted, by whom, and who says otherwise."""

    key: str
    title: str | None
    year: int | None
    notices: tuple[Notice, ...]
    """Of the retraction, each with its date and what it is known by; a reinstatement too."""
    said_by: tuple[str, ...]
    denied_by: tuple[str, ...]
    """Sources whose record says that it is not; they may not know yet."""
    identifiers: frozenset[identifiers.Identifier]


def retracted(library: Library) -> list[Retraction]:
    """List the works that any source calls retracted, or that a notice retracts, in the order of their keys.

    A notice counts from either side: the record of the work may be older than it, and say nothing.
    """
    found = []
    elsewhere = _retracted_elsewhere(library)
    keys = {key for (key,) in library.db.execute("select key from works where is_retracted or has_notices")}
    for key in sorted(keys | elsewhere.keys()):
        held = reading.work(library, key)
        told = [Notice(**each.model_dump(), key=_key_of(library, each)) for each in notices(held)]
        known = {(each.type, each.key or each.doi or each.record_id, each.asserted_by) for each in told}
        others = {
            each: sources
            for each, sources in elsewhere.get(key, {}).items()
            if (each.type, each.key, each.asserted_by) not in known
        }
        if not held.is_retracted and not told and not others:
            continue
        account = held.provenance.get("is_retracted")
        agree = account.sources if account else ()
        differ = tuple(claim.source for claim in account.others) if account else ()
        by_notice = sorted({source for sources in others.values() for source in sources})
        named = library.db.execute(
            "select scheme, value from identifiers i join works w on w.id = i.work where w.key = ?", (key,)
        )
        found.append(
            Retraction(
                key=key,
                title=held.title,
                year=held.year,
                notices=(*told, *others),
                said_by=tuple(dict.fromkeys((*(agree if held.is_retracted else differ), *by_notice))),
                denied_by=differ if held.is_retracted else agree,
                identifiers=frozenset(identifiers.Identifier(*row) for row in named),
            )
        )
    return found


# Notices are articles to Crossref; by their titles they are told from most others without unpacking every work.
_MAY_RETRACT = (
    "select key, detail from works where detail is not null and (type = 'retraction' or title like '%retract%'"
    " or title like '%withdraw%' or title like '%remov%') order by key"
)


def _retracted_elsewhere(library: Library) -> dict[str, dict[Notice, tuple[str, ...]]]:
    """Give the works that a notice says it retracts, with these notices as seen from there and who has them."""
    found: dict[str, dict[Notice, tuple[str, ...]]] = {}
    for key, detail in library.db.execute(_MAY_RETRACT).fetchall():
        if b'"direction":"updates"' not in zlib.decompress(detail):
            continue
        notice = reading.work(library, key)
        for each in notice.updates:
            is_of_it = each.direction == "updates" and is_retracting(each)
            if is_of_it and (target := _key_of(library, each)) not in {None, key}:
                seen = Notice(
                    direction="updated_by",
                    type=each.type,
                    doi=notice.doi,
                    date=each.date,
                    asserted_by=each.asserted_by,
                    record_id=None if notice.doi else notice.pmid and f"pmid:{notice.pmid}",
                    key=key,
                )
                found.setdefault(target, {})[seen] = notice.provenance["updates"].sources
    return found


def _key_of(library: Library, update: Update) -> str | None:
    """Give the key of the other side of a notice, where the library holds it; PubMed names it by PMID."""
    pmid = update.record_id if (update.record_id or "").startswith("pmid:") else None
    for named in (update.doi and f"doi:{update.doi}", pmid):
        if named:
            with suppress(InputError):
                return reading.find(library, named)
    return None
