"""Two states of one work are compared, and what a reader of it would want to be told is told.

Told are a retraction and other notices, a DOI that was given, another year, another title, other authors, another
type, venue, volume, issue or page, an abstract or free access that came or went, another language, another number of
references of which an index says where they lead. Citation counts, topics, scores, ids of authors, links, licences,
dates within a year and the time stamps of indexes move all the time and are never told; nor is the form in which the
same is written: case, markup, punctuation, accents, dashes, initials, an abbreviated journal, a list in another order.

Where two states cannot be told apart for certain (a name in Chinese and one in Latin letters, an author list that an
index cuts), nothing is told: who is warned of what has not happened stops reading.
"""

import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import NamedTuple

from harvester.folding import fold, romanise
from harvester.markup import clean
from harvester.model import Authorship, Update, Venue, Work
from harvester.names import is_comparable, same_author
from harvester.retractions import is_retracting, notices, told
from harvester.venues import same_venue

__all__ = ["FIELDS", "Change", "changes"]

AUTHORS_IN_LISTS = 100
"""OpenAlex cuts author lists here where works come in lists (docs.openalex.org, api-entities/authors/limitations)."""


class Change(NamedTuple):
    """What a field said before and says now, None where it said nothing.

    Of authors, those who are no longer named and those who are new; of notices, one that was added or taken back.
    """

    field: str
    before: str | None
    after: str | None


def changes(before: Work, after: Work) -> tuple[Change, ...]:
    """List what has changed in a work and is worth telling, the gravest first.

    >>> then = Work(key="doi:10.1000/1", doi="10.1000/1", title="Peer support", year=2019)
    >>> now = then.model_copy(update={"title": "PEER <i>SUPPORT</i>", "year": 2020})
    >>> changes(then, now)
    (Change(field='year', before='2019', after='2020'),)
    """
    return tuple(change for compared in _COMPARED.values() for change in compared(before, after))


def _one(field: str, before: object, after: object) -> Iterator[Change]:
    yield Change(field, None if before is None else str(before), None if after is None else str(after))


# -- notices -------------------------------------------------------------------------------------------

_REINSTATED = re.compile(r"reinstate", re.IGNORECASE)
_KINDS = {
    "retraction": re.compile(r"retract|withdraw|removal", re.IGNORECASE),
    "concern": re.compile(r"concern", re.IGNORECASE),
    "correction": re.compile(r"corr|errat|addend|clarif|amend", re.IGNORECASE),
}
"""What publishers, Retraction Watch and PubMed call in several words is of one of these kinds."""


def _retracted(before: Work, after: Work) -> Iterator[Change]:
    then, now = _retraction(before), _retraction(after)
    if bool(then) != bool(now):
        yield from _one("retracted", then, now)


def _retraction(work: Work) -> str | None:
    """Say by what a work is retracted; None where it is not, or has been reinstated since."""
    said = [each for each in notices(work) if each.doi is None or each.doi != work.doi]
    retracting = [each for each in said if is_retracting(each)]
    if any(_REINSTATED.search(each.type) for each in said) and not work.is_retracted:
        return None
    if not work.is_retracted and not retracting:
        return None
    return "; ".join(dict.fromkeys(map(told, retracting))) or "retracted"


def _notices(before: Work, after: Work) -> Iterator[Change]:
    then, now = (
        [
            each
            for each in work.updates
            if each.direction == "updated_by" and not is_retracting(each) and (not each.doi or each.doi != work.doi)
        ]
        for work in (before, after)
    )
    for one in _without(then, now):
        yield from _one("notice", told(one), None)
    for one in _without(now, then):
        yield from _one("notice", None, told(one))


def _without(some: Sequence[Update], others: Sequence[Update]) -> Iterator[Update]:
    """Give the notices that are not among others, each once, whoever asserts it."""
    given: list[Update] = []
    for one in some:
        if not any(_same_notice(one, other) for other in (*others, *given)):
            given.append(one)
            yield one


def _same_notice(one: Update, other: Update) -> bool:
    if one.doi and other.doi:
        return one.doi == other.doi
    if one.record_id and one.record_id == other.record_id:
        return True
    # Named by a DOI at Crossref and by a PMID at PubMed, it can only be known by its kind and its year.
    years = {each.date[:4] for each in (one, other) if each.date}
    return _kind(one) == _kind(other) and len(years) < 2


def _kind(notice: Update) -> str:
    return next((name for name, words in _KINDS.items() if words.search(notice.type)), notice.type.lower())


# -- what it is called ---------------------------------------------------------------------------------


def _doi(before: Work, after: Work) -> Iterator[Change]:
    known = {before.doi, *(key.removeprefix("doi:") for key in (before.key, *before.aliases))}
    if (before.doi and not after.doi) or (after.doi and after.doi not in known):
        yield from _one("doi", before.doi, after.doi)


_NOTICE_IN_TITLE = re.compile(r"(retracted|withdrawn|removed)(article|chapter)?")


def _title(before: Work, after: Work) -> Iterator[Change]:
    if (before.title, before.subtitle) == (after.title, after.subtitle):
        return
    then, now = _titles(before), _titles(after)
    if not before.title or not after.title:
        if before.title or after.title:
            yield from _one("title", before.title or None, after.title or None)
    elif then.isdisjoint(now) and not (
        _as_told(before, after) or _is_notice_only(before, after) or _is_garbled(before.title, after.title)
    ):
        yield from _one("title", before.title, after.title)


def _titles(work: Work) -> set[str]:
    """The title as it is compared, without and with the subtitle, which some sources give apart."""
    whole = (work.title or "", f"{work.title or ''} {work.subtitle or ''}")
    return {text for text in map(_letters, whole) if text}


def _as_told(before: Work, after: Work) -> bool:
    """Tell whether a work of several titles is only called by another of them."""
    then, now = ({_letters(each.text) for each in work.other_titles} for work in (before, after))
    return not _titles(after).isdisjoint(then) and not _titles(before).isdisjoint(now)


def _is_notice_only(before: Work, after: Work) -> bool:
    """Tell whether the titles differ in the word that a publisher sets before that of a retracted work."""
    then, now = ({_NOTICE_IN_TITLE.sub("", text, count=1) for text in _titles(work)} for work in (before, after))
    return not then.isdisjoint(now) and bool(_retraction(before) or _retraction(after))


_GARBLED = re.compile("Ã|Â|â€|\ufffd")
"""What letters outside ASCII begin with when their UTF-8 was read as Latin-1, or what stands for them when lost."""


def _is_garbled(one: str, other: str) -> bool:
    """Tell whether two texts differ in letters only that one of them has lost, as many a record at an index has."""
    if not (_GARBLED.search(one) or _GARBLED.search(other)):
        return False
    mine, theirs = (_letters(re.sub(r"[^\x00-\x7f]", "", text)) for text in (one, other))
    return bool(mine) and mine == theirs


def _letters(text: str) -> str:
    return "".join(re.findall(r"[^\W_]+", fold(clean(text) or "")))


# -- who wrote it --------------------------------------------------------------------------------------


def _authors(before: Work, after: Work) -> Iterator[Change]:
    then, now = before.authors or (), after.authors or ()
    if _names(then) == _names(now):
        return
    shortest = min(len(then), len(now))
    if shortest == AUTHORS_IN_LISTS < max(len(then), len(now)):
        then, now = then[:shortest], now[:shortest]
    gone, come = _apart(then, now)
    if gone or come:
        yield from _one("authors", "; ".join(gone) or None, "; ".join(come) or None)


def _names(authors: Iterable[Authorship]) -> list[str]:
    return sorted(romanise(each.name) for each in authors)


def _apart(then: Sequence[Authorship], now: Sequence[Authorship]) -> tuple[list[str], list[str]]:
    """Name those who stand in one list and not in the other, wherever; a byline may come in another order."""
    gone, come = list(then), list(now)
    if len(then) == len(now):
        pairs = list(zip(then, now, strict=True))
        same = [_is_same(one, other) for one, other in pairs]
        gone = [one for (one, _), is_same in zip(pairs, same, strict=True) if not is_same]
        come = [other for (_, other), is_same in zip(pairs, same, strict=True) if not is_same]
    by_name: dict[str, list[Authorship]] = {}
    by_word: dict[str, list[Authorship]] = {}
    for author in come:
        by_name.setdefault(romanise(author.name), []).append(author)
        for word in _words(author):
            by_word.setdefault(word, []).append(author)
    left: list[Authorship] = []
    taken: set[int] = set()
    changed: list[Authorship] = []
    for author in gone:  # "Wei Wang" is first of all "Wei Wang", who may be "W. Wang" too
        if by_name.get(name := romanise(author.name)):
            taken.add(id(by_name[name].pop(0)))
        else:
            changed.append(author)
    for author in changed:
        alike = {id(each): each for word in _words(author) for each in by_word.get(word, ()) if id(each) not in taken}
        found = next((each for each in alike.values() if same_author(author, each)), None)
        if found is None:
            left.append(author)
        else:
            taken.add(id(found))
    fresh = [each for each in come if id(each) not in taken]
    return [each.name for each in left], [each.name for each in fresh]


def _is_same(one: Authorship, other: Authorship) -> bool:
    """Compare two who stand at the same place; of names in two scripts nobody can say that they differ."""
    return same_author(one, other) or not is_comparable(one.name, other.name) or _is_garbled(one.name, other.name)


def _words(author: Authorship) -> list[str]:
    return sorted(set(re.findall(r"[^\W_]+", romanise(author.name))))


# -- where and when it appeared ------------------------------------------------------------------------


def _year(before: Work, after: Work) -> Iterator[Change]:
    if before.year != after.year:
        yield from _one("year", before.year, after.year)


def _type(before: Work, after: Work) -> Iterator[Change]:
    if before.type and after.type and before.type != after.type:
        yield from _one("type", before.type, after.type)


def _venue(before: Work, after: Work) -> Iterator[Change]:
    """Tell where a work has appeared, as far as that is known now.

    Which of several copies in repositories comes first moves by itself (answers of OpenAlex to one search of March and
    May 2026, recorded by openalexPro).
    """
    then, now = _appeared_in(before.venue), _appeared_in(after.venue)
    if now and not (then and (same_venue(then, now) or _same_title(then, now))):
        yield from _one("venue", then and _called(then), _called(now))


def _appeared_in(venue: Venue | None) -> Venue | None:
    return venue if venue and venue.type not in _HOLDING and _called(venue) else None


def _called(venue: Venue) -> str | None:
    names = (venue.name, venue.short_name, venue.issn_l, *venue.issns)
    return next((name for name in names if name and not name.startswith(("http:", "https:"))), None)


_HOLDING = frozenset(("repository", "metadata", "ebook platform"))
"""Types of places, by the words of OpenAlex, that hold what has appeared in a journal, a series, a book."""
_YEAR = re.compile(r"(?:19|20)\d\d")


def _same_title(one: Venue, other: Venue) -> bool:
    """Compare the words of titles in any order; a year may stand in one of them, and a series in the book's place.

    Crossref gives a book and its series now in this order, now in that (10.1007/0-306-46968-5_12, in 2022 and 2024).
    """
    mine, theirs = (
        {frozenset(re.findall(r"[^\W_]+", fold(name))) for name in (venue.name, venue.series) if name}
        for venue in (one, other)
    )
    if not mine.isdisjoint(theirs):
        return True
    dated = [any(_YEAR.fullmatch(word) for words in titles for word in words) for titles in (mine, theirs)]
    plain = [{frozenset(w for w in words if not _YEAR.fullmatch(w)) for words in titles} for titles in (mine, theirs)]
    return not all(dated) and not plain[0].isdisjoint(plain[1])


def _volume(before: Work, after: Work) -> Iterator[Change]:
    return _number("volume", before.volume, after.volume)


def _issue(before: Work, after: Work) -> Iterator[Change]:
    return _number("issue", before.issue, after.issue)


def _number(field: str, before: str | None, after: str | None) -> Iterator[Change]:
    """Tell of a number that was first given or is another one; that a source has dropped it says nothing."""
    if after and (not before or _figures(before) != _figures(after)):
        yield from _one(field, before or None, after)


def _pages(before: Work, after: Work) -> Iterator[Change]:
    then, now = ([text for text in (work.first_page, work.article_number) if text] for work in (before, after))
    if now and {_figures(each) for each in then}.isdisjoint(_figures(each) for each in now):
        yield from _one("pages", _paged(before), _paged(after))


def _paged(work: Work) -> str | None:
    if work.first_page and work.last_page and work.last_page != work.first_page:
        return f"{work.first_page}-{work.last_page}"
    return work.first_page or work.article_number or None


def _figures(text: str) -> str:
    """The digits of a number, without leading zeros; its letters where it has no digit, as in a preface."""
    folded = fold(text)
    digits = re.findall(r"\d+", folded)
    return "-".join(each.lstrip("0") or "0" for each in digits) or "".join(re.findall(r"[^\W_]+", folded))


# -- what can be read of it ----------------------------------------------------------------------------


def _abstract(before: Work, after: Work) -> Iterator[Change]:
    if bool(before.abstract) != bool(after.abstract):
        yield from _one("abstract", before.abstract or None, after.abstract or None)


def _open_access(before: Work, after: Work) -> Iterator[Change]:
    then, now = (work.open_access.is_open if work.open_access else None for work in (before, after))
    if bool(then) != bool(now) and now is not None:
        yield from _one("open_access", _state(before), _state(after))


def _state(work: Work) -> str | None:
    access = work.open_access
    if access is None or access.is_open is None:
        return None
    return access.status or ("open" if access.is_open else "closed")


def _language(before: Work, after: Work) -> Iterator[Change]:
    then, now = ((work.language or "").lower().partition("-")[0] for work in (before, after))
    if then and now and then != now:
        yield from _one("language", then, now)


# -- what it cites ------------------------------------------------------------------------------------


def _references(before: Work, after: Work) -> Iterator[Change]:
    """Tell how many references lead to a work, of each index that gave a list before and gives another now."""
    then, now = _leading(before), _leading(after)
    moved = [name for name in sorted(then.keys() & now.keys()) if then[name] != now[name]]
    if moved:
        yield from _one("references", *(", ".join(f"{name} {each[name]:,}" for name in moved) for each in (then, now)))


def _leading(work: Work) -> Counter[str]:
    found = Counter(dict.fromkeys(work.sources, 0))
    found.update(each.source for each in work.references if each.targets)
    return found


_COMPARED: dict[str, Callable[[Work, Work], Iterator[Change]]] = {
    "retracted": _retracted,
    "notice": _notices,
    "doi": _doi,
    "title": _title,
    "authors": _authors,
    "year": _year,
    "type": _type,
    "venue": _venue,
    "volume": _volume,
    "issue": _issue,
    "pages": _pages,
    "abstract": _abstract,
    "open_access": _open_access,
    "language": _language,
    "references": _references,
}

FIELDS = tuple(_COMPARED)
"""The fields of which changes are told, the gravest first."""
