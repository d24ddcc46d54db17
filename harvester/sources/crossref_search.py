"""Crossref searched with a Boolean expression, which it does not understand: what to ask, and how to judge the answers.

Crossref looks for any of the words it is given, ranks what it finds, and reads no abstract (Crossref REST API,
api.crossref.org/swagger-ui: "query", "query.bibliographic"). So a search is cut into slices by the day on which a
record was created, which every record has, while publication dates are missing from some. Of each slice the
best-ranked records are read, and one is kept only if it satisfies the expression by our own evaluation.

A slice of more than one page is read with a cursor, whose position is kept on the server: the same words on every
page, and whoever repeats a page receives the one after it (recorded answers, GitHub sckott/habanero
`test/cassettes`). What follows the first page is therefore asked once only; a slice that breaks off is begun again.
"""

import datetime
import re
from collections.abc import Callable, Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final, Literal, NamedTuple
from urllib.parse import parse_qsl, quote, quote_plus, urlsplit

from harvester.errors import QueryError, Unreadable
from harvester.expression import evaluate
from harvester.expression.forms import forms, likeliest
from harvester.expression.settle import is_exact
from harvester.expression.tree import (
    And,
    Expression,
    Fact,
    Leaf,
    Near,
    Not,
    Or,
    Term,
    TextField,
    Years,
    is_pattern,
    leaves,
)
from harvester.expression.words import STOP
from harvester.model import Query, Skip
from harvester.sources.crossref import LONGEST_URL, NAME, WORKS, mapped, work_list
from harvester.sources.crossref_item import POSTED, TYPES
from harvester.sources.value import integer

__all__ = [
    "ROWS",
    "Judged",
    "Slices",
    "State",
    "Verdict",
    "counting",
    "described",
    "indexed_since",
    "read",
    "slices",
]

ROWS: Final = 1_000
"""The most records in one answer."""

DEFAULT_ROWS: Final = 20

OLDEST: Final = 2002
"""The year of Crossref's oldest `created` dates; what was registered before carries dates from then on."""

LIKELIEST: Final = 12
"""So many words stand for a truncated one of more forms, where nothing else would bring up what holds one."""

# A cursor of 1,512 characters was recorded; some of them are escaped in a URL.
CURSOR_ROOM: Final = 1_700

State = Literal["kept", "outside", "unjudged"]
"""Satisfies the expression; does not; cannot be judged for want of an abstract."""

_PARAMETERS: Final[Mapping[TextField, str]] = {
    "text": "query.bibliographic",
    "title": "query.bibliographic",
    "abstract": "query.bibliographic",
    "author": "query.author",
    "venue": "query.container-title",
}

_ROLES: Final[Mapping[str, str]] = {"query.author": "authors", "query.container-title": "venues"}

_TITLES = ("title", "subtitle", "original-title", "short-title")
_SELECTED: Final[Mapping[str, tuple[str, ...]]] = {
    "text": (*_TITLES, "abstract"),
    "title": _TITLES,
    "abstract": ("abstract",),
    "author": ("author",),
    "year": ("issued", "published", "published-print", "published-online", "posted"),
    "type": ("type",),
    "retracted": ("updated-by",),
}
"""What is read of a record to judge it, by field of the expression."""

# Fields that are judged by what `select` refuses: `language`; `institution`, the venue of a preprint; `free-to-read`.
_UNSELECTABLE: Final = frozenset({"language", "venue", "open_access"})
# So is the subtype, by which posted content is something else than a preprint.
_TOLD_BY_SUBTYPE: Final = frozenset({TYPES["posted-content"], *POSTED.values()})

_PARTLY_KNOWN: Final[Mapping[str, str]] = {
    "language": "of every work in which language it is",
    "open_access": "of every work whether it may be read freely",
}
_KNOWN: Final = frozenset({"type", "retracted", *_PARTLY_KNOWN})
# Crossref names the notices on a work, and says nothing where there is none.
_NO_NOTICE: Final[Mapping[str, frozenset[str]]] = {"retracted": frozenset({"false"})}


@dataclass(frozen=True)
class Slices:
    """The first questions of all slices, oldest first, and in sentences where they say less than the expression."""

    queries: tuple[Query, ...]
    changes: tuple[str, ...]


class Verdict(NamedTuple):
    """One record by its DOI, and what it was found to be."""

    doi: str
    state: State


@dataclass(frozen=True)
class Judged:
    """One answer: its records in the order of their rank, each judged; what was no record; and what to ask next.

    `total` is how many records of the slice hold any of the words, by Crossref's account. `following` asks for the
    next page, once; None where there is none.
    """

    verdicts: tuple[Verdict, ...]
    skips: tuple[Skip, ...]
    total: int | None
    following: Query | None


_STATES: Final[Mapping[bool | None, State]] = {True: "kept", False: "outside", None: "unjudged"}

Judge = Callable[[evaluate.Described], bool | None]


# -- asking ----------------------------------------------------------------------------------------------------


def slices(expression: Expression, *, depth: int, until: str, text: str = "") -> Slices:
    """Give one question for each year in which Crossref created records, up to the day `until` (ISO 8601).

    The first one takes everything before; `depth` is how many records of each are going to be read. Years of
    creation that the expression makes needless are left out, with a sentence. There is no question at all where the
    expression requires a type that Crossref does not have.

    Raises `QueryError`, about `text`, for an expression without a word to ask for, and for facts that are known only
    of the works in a library.

    >>> for query in slices(Term("title", ("peer", "support")), depth=200, until="2003-06-30").queries:
    ...     print(described(query))
    created until 2002-12-31; ranked by peer support; 200 at a time
    created 2003-01-01 to 2003-06-30; ranked by peer support; 200 at a time
    """
    if depth < 1:
        raise ValueError(f"a depth of {depth} reads nothing")
    last = datetime.date.fromisoformat(until)
    changes = [*_limits(expression, text)]
    types = _types(expression)
    if types is not None and not types:
        ours = ", ".join(sorted({*TYPES.values(), *POSTED.values()}))
        changes.append(f"Crossref is not asked: the search requires a type of work that it has not. It has {ours}.")
        return Slices((), tuple(changes))
    first = _first_year(expression)
    begin = OLDEST if first is None else max(OLDEST, first - 1)
    if begin > OLDEST:
        changes.append(
            f"At Crossref, records created before {begin} are not read: the search is for works of {first} and later, "
            "and few are registered more than a year ahead."
        )
    selected = _selected(expression)
    ending = "".join(f",type:{name}" for name in sorted(types or ()))
    ending += f"&select={','.join(selected)}" if selected else ""
    ending += f"&rows={min(depth, ROWS)}" + ("&cursor=*" if depth > ROWS else "")
    periods = _periods(begin, last)
    longest = max(len(period) for period in periods)
    asked, remarks = _asked(expression, text, room=LONGEST_URL - CURSOR_ROOM - len(WORKS + ending) - longest)
    queries = [Query(source=NAME, url=f"{WORKS}?{asked}&{period}{ending}", kind="search") for period in periods]
    return Slices(tuple(queries), (*changes, *remarks))


def counting(query: Query) -> Query:
    """Ask only how many records of a slice hold any of the words: the `total` of what `crossref.read` makes of it."""
    url = _changed(query, without=("select", "rows", "cursor"), to="rows=0")
    return Query(source=NAME, url=url, kind="list")


def indexed_since(query: Query, day: str) -> Query:
    """Ask a question for no more than what Crossref has indexed since a day (ISO 8601), that day included.

    Whatever becomes of a record, it is indexed anew (Crossref REST API, api.crossref.org/swagger-ui: for incremental
    metadata from-index-date is advised, not from-update-date).

    >>> indexed_since(
    ...     Query(source="crossref", url="https://x.org/works?filter=type:book", kind="search"), "2026-05-22"
    ... ).url
    'https://x.org/works?filter=from-index-date:2026-05-22,type:book'
    """
    return query.model_copy(update={"url": query.url.replace("filter=", f"filter=from-index-date:{day},", 1)})


def described(query: Query) -> str:
    """Say in one line what a question asks."""
    given = _given(query)
    filters = [part.partition(":")[::2] for part in given.get("filter", "").split(",")]
    since, until = (dict(filters).get(f"{side}-created-date") for side in ("from", "until"))
    types = [value for name, value in filters if name == "type"]
    words = [given[name] for name in ("query", "query.bibliographic") if name in given]
    words += [f"{_ROLES[name]} {given[name]}" for name in _ROLES if name in given]
    rows = given.get("rows", str(DEFAULT_ROWS))
    shown = [
        f"created {since} to {until}" if since else f"created until {until}",
        *([f"of type {' or '.join(types)}"] if types else []),
        *([f"indexed since {indexed}"] if (indexed := dict(filters).get("from-index-date")) else []),
        f"ranked by {', '.join(words)}",
        "only counted" if rows == "0" else f"{rows} at a time",
    ]
    return "; ".join(shown)


def _limits(expression: Expression, text: str) -> Iterator[str]:
    """What no answer of Crossref's tells, in sentences."""
    fields = set()
    for leaf in leaves(expression):
        if isinstance(leaf, Fact) and leaf.field not in _KNOWN:
            raise QueryError(
                f"Crossref cannot be asked for {leaf.field}:, which only a library knows",
                text=text,
                span=leaf.span,
                suggestion=f"search without it, and give {leaf.field}:{leaf.value} to --where afterwards",
            )
        if not isinstance(leaf, Years):
            fields.add(leaf.field)
    if fields & {"text", "abstract"}:
        yield (
            "Crossref does not look into abstracts when it searches: a work comes up by its title and other "
            "bibliographic data, and only then is judged by its abstract too."
        )
    if fields & {"text", "title", "abstract"} and not is_exact(expression):
        # Of recorded answers to `widget` none was without the word as it is (GitHub sckott/habanero test/cassettes).
        yield (
            "Crossref looks for words as they are spelt: a work comes up by one of them, and other forms of a word "
            "count only when it is judged."
        )
    for field, what in _PARTLY_KNOWN.items():
        if field in fields:
            yield f"Crossref does not say {what}; {field}: holds only where it does."


def _periods(begin: int, last: datetime.date) -> list[str]:
    """The filter of each slice; together they hold every day up to the last one, each once."""
    periods = []
    for year in range(min(begin, last.year), last.year + 1):
        since = f"from-created-date:{year:04}-01-01," if year > OLDEST else ""
        until = min(datetime.date(year, 12, 31), last)
        periods.append(f"filter={since}until-created-date:{until}")
    return periods


# -- words -----------------------------------------------------------------------------------------------------


def _asked(expression: Expression, text: str, *, room: int) -> tuple[str, list[str]]:
    """The parameters that ask for an expression's words, at most `room` long, and how they differ from it.

    Words under NOT are not asked for, nor truncated words of many forms, unless what holds only these would be
    missed. Several parameters must all be met, so there is one for each kind of field only where the expression
    requires all kinds; else all words are alternatives in one.
    """
    positive = [leaf for leaf in _positive(expression) if isinstance(leaf, Term | Near)]
    guess = not _requires(expression, {leaf for leaf in positive if _spelt_out(leaf, guess=False)})
    spelt_out = {leaf: _spelt_out(leaf, guess=guess) for leaf in positive}
    wanted = dict.fromkeys((_PARAMETERS[leaf.field], word) for leaf in positive for word in spelt_out[leaf])
    held = _fitting(wanted, room=room)
    if not held:
        raise QueryError(
            "Crossref is searched by words, and here it has none to look for: words under NOT, words such as "
            '"the", and truncated words that begin no English one do not count',
            text=text,
            span=(0, len(text)),
        )
    sentences = []
    for word in dict.fromkeys(word for leaf in positive for word in _words(leaf) if is_pattern(word)):
        forms_asked = ", ".join(_forms(word, guess=guess))
        sentences.append(
            f"Crossref knows no truncation: {word} "
            + (f"is asked for as {forms_asked}." if forms_asked else "is not asked for, and judged here only.")
        )
    left = len(wanted) - sum(map(len, held.values()))
    if left:
        sentences.append(
            f"The last {left} of {len(wanted)} words are too many for one question to Crossref; works that hold only "
            "these do not come up."
        )
    asked_by = {
        leaf: parameter
        for leaf, words in spelt_out.items()
        if words.keys() & held.get(parameter := _PARAMETERS[leaf.field], ())
    }
    if not _requires(expression, asked_by.keys()):
        sentences.append(
            "Crossref gives only works that hold one of the words it is asked for; works that satisfy the search "
            "without any of them do not come up."
        )
    of_each = ({leaf for leaf, by in asked_by.items() if by == parameter} for parameter in held)
    if len(held) > 1 and not all(_requires(expression, asked) for asked in of_each):
        held = {"query": list(dict.fromkeys(word for words in held.values() for word in words))}
    return "&".join(f"{name}={quote_plus(' '.join(words))}" for name, words in held.items()), sentences


def _fitting(wanted: Iterable[tuple[str, str]], *, room: int) -> dict[str, list[str]]:
    """Words by their parameter, as many from the first on as there is room for."""
    held: dict[str, list[str]] = {}
    for parameter, word in wanted:
        room -= len(quote_plus(word)) + 1 + (0 if parameter in held else len(parameter) + 1)
        if room < 0:
            break
        held.setdefault(parameter, []).append(word)
    return held


def _positive(expression: Expression, *, holds: bool = True) -> Iterator[Leaf]:
    """The leaves that speak for a work, from left to right."""
    if isinstance(expression, And | Or):
        for part in expression.parts:
            yield from _positive(part, holds=holds)
    elif isinstance(expression, Not):
        yield from _positive(expression.part, holds=not holds)
    elif holds:
        yield expression


def _requires(expression: Expression, some: Collection[Leaf], *, holds: bool = True) -> bool:
    """Tell whether nothing satisfies the expression without one of these leaves."""
    if isinstance(expression, Not):
        return _requires(expression.part, some, holds=not holds)
    if isinstance(expression, And | Or):
        every = isinstance(expression, Or) == holds  # NOT turns the one into the other
        return (all if every else any)(_requires(part, some, holds=holds) for part in expression.parts)
    return holds and expression in some


def _words(leaf: Term | Near) -> tuple[str, ...]:
    return leaf.words if isinstance(leaf, Term) else leaf.left + leaf.right


def _spelt_out(leaf: Term | Near, *, guess: bool) -> dict[str, None]:
    """The words of a leaf that can be asked for."""
    found: dict[str, None] = {}
    for word in _words(leaf):
        if is_pattern(word):
            found |= dict.fromkeys(_forms(word, guess=guess))
        elif word not in STOP or leaf.field == "author":  # Will, An and So are people
            found[word] = None
    return found


def _forms(pattern: str, *, guess: bool) -> tuple[str, ...]:
    """What a truncated word is asked for as: all of few forms, and of many none, or the likeliest at a `guess`."""
    return forms(pattern) or (likeliest(pattern, count=LIKELIEST) if guess else ())


# -- facts -----------------------------------------------------------------------------------------------------


def _types(expression: Expression) -> frozenset[str] | None:
    """Crossref's types of which a work must be one; None where it may be of any."""
    if isinstance(expression, Fact) and expression.field == "type":
        return _theirs(expression.value)
    if isinstance(expression, And | Or):
        each = [_types(part) for part in expression.parts]
        known = [types for types in each if types is not None]
        if isinstance(expression, And) and known:
            return frozenset.intersection(*known)
        if isinstance(expression, Or) and len(known) == len(each):
            return frozenset.union(*known)
    return None


def _theirs(ours: str) -> frozenset[str]:
    """Crossref's types that may be of a type of ours: posted content is of several, told by its subtype."""
    found = {theirs for theirs, name in TYPES.items() if name == ours}
    return frozenset(found | {"posted-content"} if ours in POSTED.values() else found)


def _first_year(expression: Expression) -> int | None:
    """The year before which no work satisfies the expression; None where there is no such year."""
    if isinstance(expression, Years):
        return expression.first
    if isinstance(expression, And | Or):
        each = [_first_year(part) for part in expression.parts]
        known = [year for year in each if year is not None]
        if isinstance(expression, And):
            return max(known, default=None)
        return min(known) if len(known) == len(each) else None
    return None


def _selected(expression: Expression) -> tuple[str, ...]:
    """What is needed of a record to judge it; nothing where that means the record as a whole."""
    fields = {"year" if isinstance(leaf, Years) else leaf.field for leaf in leaves(expression)}
    of_types = {leaf.value for leaf in leaves(expression) if isinstance(leaf, Fact) and leaf.field == "type"}
    if fields & _UNSELECTABLE or of_types & _TOLD_BY_SUBTYPE:
        return ()
    needed = (name for field, names in _SELECTED.items() if field in fields for name in names)
    return tuple(dict.fromkeys(("DOI", *needed)))


# -- reading ---------------------------------------------------------------------------------------------------


def read(query: Query, status: int, body: bytes, *, judge: Judge) -> Judged:
    """Judge every record of an answer by `judge`, which `evaluate.matcher` gives for the expression.

    The page that follows may come up short, since the server ends a cursor without a word: whoever reads a slice
    compares the records that arrived with `total`. A record may come twice, as the order is not quite steady.

    Raises `Unreadable` for anything but a list of works: cut, empty, or refused, as a cursor is (404) that has not
    been read for some minutes. So does a first page that holds nothing of what it counts.
    """
    message = work_list(query, status, body)
    entries, total = message["items"], integer(message.get("total-results"))
    given = _given(query)
    rows = int(given["rows"]) if re.fullmatch("[0-9]{1,4}", given.get("rows", "")) else DEFAULT_ROWS
    cursor = given.get("cursor")
    if not entries and total and rows and cursor in (None, "*"):
        raise Unreadable(f"Crossref counts {total} records for {query.url} and sent none of them.")
    verdicts = []
    skips = []
    for entry in entries:
        found = mapped(entry)
        if isinstance(found, Skip):
            skips.append(found)
        else:
            work = evaluate.described(found, facts={} if found.is_retracted else _NO_NOTICE)
            verdicts.append(Verdict(found.native_id, _STATES[judge(work)]))
    following = None
    token = message.get("next-cursor")
    # The last page names a cursor too (recorded answers, GitHub sckott/habanero `test/cassettes`).
    if cursor is not None and entries and len(entries) >= rows and isinstance(token, str) and token:
        following = Query(
            source=NAME, url=_changed(query, without=("cursor",), to=f"cursor={quote(token, safe='')}"), kind="search"
        )
    return Judged(tuple(verdicts), tuple(skips), total, following)


def _changed(query: Query, *, without: tuple[str, ...], to: str) -> str:
    address, _, given = query.url.partition("?")
    kept = [part for part in given.split("&") if part.partition("=")[0] not in without]
    return f"{address}?{'&'.join([*kept, to])}"


def _given(query: Query) -> dict[str, str]:
    return dict(parse_qsl(urlsplit(query.url).query))
