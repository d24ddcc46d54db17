"""What one state of a library has that another has not: works, changes of works, citations.

The states may be two files, or one file and its own past. A work is the same in both when any key of it is, so that
one which has been given a DOI since has changed, and has not gone and come. What counts as a change of a work is said
in `harvester.changes`.
"""

import zlib
from collections import defaultdict
from collections.abc import Collection, Iterator, Mapping
from dataclasses import dataclass
from typing import NamedTuple

from harvester.changes import Change, changes
from harvester.library import chases
from harvester.library.ledger import Run
from harvester.library.past import Moment, as_of, described_since, end_of, has_news, touched_since
from harvester.library.retracted import Retraction, retracted
from harvester.library.store import Library
from harvester.model import Work

__all__ = ["Changed", "Joined", "Named", "News", "between", "found_by", "new_since", "since"]


class Named(NamedTuple):
    """A work in a list: enough to recognise it."""

    key: str
    title: str | None
    year: int | None


class Changed(NamedTuple):
    """A work of both states that has changed; `before` is its key in the older one."""

    work: Named
    before: str
    changes: tuple[Change, ...]


class Joined(NamedTuple):
    """Works of the older state that are one in the newer."""

    work: Named
    before: tuple[str, ...]


@dataclass(frozen=True)
class News:
    """What is in the newer of two states and not in the older, and the other way round; works by their newer keys.

    Works are those that a record describes; citations those between works described in both.
    """

    works: tuple[Named, ...] = ()
    gone: tuple[Named, ...] = ()
    retracted: tuple[Retraction, ...] = ()
    """Works of both that are said to be retracted now and were not before."""
    new_retracted: frozenset[str] = frozenset()
    """Keys of the new works that are retracted."""
    changed: tuple[Changed, ...] = ()
    joined: tuple[Joined, ...] = ()
    citations: tuple[tuple[str, str], ...] = ()
    citations_gone: tuple[tuple[str, str], ...] = ()

    def __bool__(self) -> bool:
        """Tell whether there is any."""
        told = (self.works, self.gone, self.retracted, self.changed, self.joined, self.citations, self.citations_gone)
        return any(told)


def since(library: Library, moment: Moment) -> News:
    """Give what has become new in a library since a moment in its past.

    Only works of which something has arrived since are compared, so that a better mapping of old evidence, which may
    not have been applied to all works yet, is no news.
    """
    if not has_news(library, moment):
        return News()
    with as_of(library, moment) as past:
        return between(past, library, only=touched_since(library, moment))


def new_since(library: Library, run: int) -> frozenset[str]:
    """Give the keys of the works that no record described when a run ended.

    Raises `InputError` where there is no such run.
    """
    return described_since(library, end_of(library, run))


def found_by(library: Library, run: Run) -> frozenset[str]:
    """Give the works that a search or a citation search found."""
    if run.command == "search":
        rows = library.db.execute(
            "select distinct coalesce(h.home, r.key) from hits x join records r on r.source = x.source"
            " and r.native = x.native left join homes h on h.key = r.key where x.run = ? and x.state = 'kept'",
            (run.id,),
        )
        return frozenset(key for (key,) in rows)
    return frozenset(key for each in chases.chases(library) if each.run == run for key in chases.yields(library, each))


def between(older: Library, newer: Library, *, only: Collection[str] | None = None) -> News:
    """Compare two states; with `only`, no more than these works of the newer one and what they cite are compared."""
    then, now = _names(older), _names(newer)
    pairs, joined = _paired(then, now)
    before = set(pairs.values())
    withdrawn = {each.key: each for each in retracted(newer)}
    fresh = sorted(now.keys() - pairs.keys())
    absorbed = {key for keys in joined.values() for key in keys}
    compared = pairs if only is None else {key: old for key, old in pairs.items() if key in only}
    after = {old: key for key, old in pairs.items()} | {old: key for key, olds in joined.items() for old in olds}
    links = _links(newer, compared.keys(), pairs.keys())
    citing_then = {old for old, key in after.items() if key in compared}
    links_then = {(after[citing], after[cited]) for citing, cited in _links(older, citing_then, after)}
    withdrawn_before = {after[each.key] for each in retracted(older) if each.key in after}
    return News(
        works=tuple(_named(newer, fresh)),
        gone=tuple(_named(older, sorted(then.keys() - before - absorbed))),
        retracted=tuple(
            each for key, each in sorted(withdrawn.items()) if key in pairs and key not in withdrawn_before
        ),
        new_retracted=frozenset(withdrawn.keys() & set(fresh)),
        changed=tuple(_changed(older, newer, compared)),
        joined=tuple(Joined(work, joined[work.key]) for work in _named(newer, sorted(joined))),
        citations=tuple(sorted(links - links_then)),
        citations_gone=tuple(sorted(links_then - links)),
    )


# -- which work is which -------------------------------------------------------------------------------


def _names(library: Library) -> dict[str, set[str]]:
    """Give every described work with all that it is called by indexes, its own key among them."""
    rows = library.db.execute(
        "select w.key, i.scheme || ':' || i.value from works w join identifiers i on i.work = w.id"
        " where w.detail is not null and i.scheme not in ('pmid', 'pmcid', 'issn', 'isbn')"
    )
    found: dict[str, set[str]] = {
        key: {key} for (key,) in library.db.execute("select key from works where detail is not null")
    }
    for key, name in rows:
        found[key].add(name)
    return found


def _paired(
    then: Mapping[str, set[str]], now: Mapping[str, set[str]]
) -> tuple[dict[str, str], dict[str, tuple[str, ...]]]:
    """Find for each work now the one that it was, and the others that have become it; the same key comes first."""
    owner: dict[str, set[str]] = defaultdict(set)
    for key, names in then.items():
        for name in names:
            owner[name].add(key)
    alike = {key: {old for name in names for old in owner.get(name, ())} for key, names in sorted(now.items())}
    pairs = {key: key for key in alike if key in then}
    taken = set(pairs)
    joined: dict[str, tuple[str, ...]] = {}
    for key, olds in alike.items():
        left = sorted(olds - taken)
        if key not in pairs and left:
            pairs[key] = left.pop(0)
            taken.add(pairs[key])
        if left:
            joined[key] = tuple(sorted({pairs[key], *left}))
            taken.update(left)
    return pairs, joined


# -- what is told of them ------------------------------------------------------------------------------


def _named(library: Library, keys: Collection[str]) -> Iterator[Named]:
    for key in keys:
        yield Named(*library.db.execute("select key, title, year from works where key = ?", (key,)).fetchone())


_DETAILS = "select detail from works where key = ?"


def _changed(older: Library, newer: Library, pairs: Mapping[str, str]) -> Iterator[Changed]:
    for key, old in sorted(pairs.items()):
        (then,), (now,) = older.db.execute(_DETAILS, (old,)).fetchone(), newer.db.execute(_DETAILS, (key,)).fetchone()
        if then == now:
            continue
        work = _read(now)
        if told := changes(_read(then), work):
            yield Changed(Named(key, work.title, work.year), old, told)


def _read(detail: bytes) -> Work:
    return Work.model_validate_json(zlib.decompress(detail))


def _links(library: Library, citing: Collection[str], cited: Collection[str]) -> set[tuple[str, str]]:
    """Give the citations that lead from some works to some."""
    rows = library.db.execute(
        "select a.key, b.key from (select distinct citing, cited from citations) join works a on a.id = citing"
        " join works b on b.id = cited where a.detail is not null and b.detail is not null"
    )
    return {(one, other) for one, other in rows if one in citing and other in cited}
