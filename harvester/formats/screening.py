r"""Decisions of people who screened records, as screening tools export them and as people type them into a table.

A decision stands in a column of its own, or in the notes where ASReview and Rayyan leave it. Columns have stages, told
by their headings: titles, abstracts, screening as such, full text. The last stage that has decided counts, and a work
that was included before and waits for a later stage is a `maybe`. Reviewers who differ are a `maybe` as well; nobody
is outvoted. A cell that cannot be understood stops the reading: a wrong guess would include what was excluded.
"""

import html
import json
import re
from collections import Counter
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import suppress
from typing import BinaryIO, Final, NamedTuple

from harvester.errors import InputError
from harvester.formats import ris, tables
from harvester.formats.columns import folded, role
from harvester.formats.decision_columns import (
    ASREVIEW,
    READ_BY_ASREVIEW,
    SCREENING,
    Decision,
    column,
    gives_reason,
    mails_reviewer,
    names_reviewer,
    single,
    understood,
)
from harvester.formats.reading import LARGEST, Fragment, native_id, reader_of, text_of
from harvester.formats.sheets import DELIMITERS, delimited, is_workbook, workbook
from harvester.formats.table_rows import as_text, restored
from harvester.formats.values import line as one_line
from harvester.model import Record, Skip

__all__ = ["Decision", "Screened", "read_screening"]

HEAD: Final = 1 << 16
LONGEST_HEADINGS: Final = 200
LONGEST_NOTE: Final = 100_000
"""Characters of a note that are looked through, from its end, where the tools write."""
SHOWN: Final = 60
"""Characters of a cell that a message repeats."""


class Screened(NamedTuple):
    """What was decided about one work."""

    line: int
    """The line of the file, or the row of the sheet, where the record begins."""
    record: Record
    """As the reader of that format reads it; empty but for its name where it names no work as the reader knows them."""
    key: str | None
    """The key of the work, where the file has kept the column of that name that this program wrote."""
    decision: Decision
    reason: str | None
    by: str | None
    """Who decided, as named there; several with `; ` between them."""


class _Row(NamedTuple):
    """One record of the file with all that may hold its decision."""

    fragment: Fragment
    cells: Mapping[str, str]
    """By their headings; of a RIS record, what ASReview writes into its notes under names of its own."""
    notes: str


class _Said(NamedTuple):
    decision: Decision
    reason: str | None = None
    by: str | None = None


def read_screening(file: BinaryIO, *, source: str) -> list[Screened]:
    r"""Read the decisions in an export of ASReview or Rayyan, a data set of SYNERGY, or any table with a decision.

    Records without a decision are left out. Decisions on rows that name and describe no work are given as well, so
    that none is lost unseen. Raises `InputError` for a file in which no decision can be found, for one that says
    something that is no decision, with its line, and for what its reader cannot read.

    >>> import io
    >>> table = b"doi,decision,reviewer\n10.1000/a,Yes,Ana\n10.1000/b,,\n10.1000/c,exclude: no trial,Bo\n"
    >>> [(one.line, one.record.doi, *one[3:]) for one in read_screening(io.BytesIO(table), source="screened")]
    [(2, '10.1000/a', 'include', None, 'Ana'), (4, '10.1000/c', 'exclude', 'no trial', 'Bo')]
    """
    read, fragments = _opened(file)
    is_ris = read is ris.record
    rows = [_ris_row(fragment) if is_ris else _table_row(fragment) for fragment in fragments]
    headings = dict.fromkeys(heading for row in rows for heading in row.cells)
    stages = _stages(headings, rows)
    if not stages:
        raise InputError(_nothing(headings))
    decided = [[_said_at(stage, row) for stage in stages] for row in rows]
    begun = [any(said[place] for said in decided) for place in range(len(stages))]
    found = []
    for row, each in zip(rows, decided, strict=True):
        said = _settled(each, begun)
        if said:
            work = _work(read(row.fragment.text, source), row.fragment, source)
            reason = _joined([said.reason, *_cells(row, gives_reason)])
            by = said.by or _joined(_names(row)) or _joined(_cells(row, mails_reviewer))
            found.append(Screened(row.fragment.line, work, _key(row), said.decision, reason, by))
    if not any(begun):
        raise InputError(f"none of its {len(rows):,} records has a decision yet; screen some and export it again")
    return found


def _work(found: Record | Skip, fragment: Fragment, source: str) -> Record:
    return Record(source=source, native_id=native_id(fragment.text)) if isinstance(found, Skip) else found


def _nothing(headings: Iterable[str]) -> str:
    """Say that there is no decision, and what was looked for."""
    looked = (
        "no decision can be found: no column is called decision, included, screening, status, verdict or"
        " asreview_label with include, exclude or maybe below, and no note says ASReview_relevant or RAYYAN-INCLUSION"
    )
    if _is_covidence(headings):
        return f"{looked}; a list of Covidence does not say which list it is, so add a column 'decision' to it"
    return looked


# -- files -----------------------------------------------------------------------------------------------------

_Read = Callable[[str, str], Record | Skip]
_NAMING: Final = frozenset(("title", "doi", "pmid", "pmcid", "openalex", "id", "url"))


def _opened(file: BinaryIO) -> tuple[_Read, list[Fragment]]:
    """The records of a file, and what reads them."""
    head = file.read(HEAD)
    file.seek(0)
    if not head.strip():
        raise InputError("the file is empty")
    if head.startswith(b"PK") and not is_workbook(head):
        raise InputError("the file is an archive; unpack it and give the table in it (of Rayyan, articles.csv)")
    if b"article_id,key,value" in head[:LONGEST_HEADINGS]:
        raise InputError("the file is Rayyan's log of who clicked what and when; give articles.csv, which came with it")
    unread = InputError(f"{_nothing(())}; decisions are read from CSV, TSV, Excel and RIS")
    with suppress(InputError):  # in no format that is known, and still perhaps a table of two columns
        reader = reader_of(head)
        try:
            if reader.name == "ris" or reader in tables.READERS:
                return reader.record, list(reader.split(file))
        except InputError as error:
            unread = error
    file.seek(0)
    if narrow := _narrow(file, head):
        return tables.record, narrow
    raise unread


def _narrow(file: BinaryIO, head: bytes) -> list[Fragment]:
    """The rows of a table that is told by its decisions: a name of a work beside them is enough."""
    if is_workbook(head):
        return next((found for _, rows in workbook(file.read(LARGEST)) if (found := list(_headed(rows)))), [])
    try:
        text = text_of(file)
    except InputError:
        return []  # what its own reader said of it tells more
    for sign in DELIMITERS:
        _, headings = next(delimited(text[:HEAD], sign), (0, []))
        if found := list(_headed(delimited(text, sign, width=len(headings)))):
            return found
    return []


def _headed(rows: Iterator[tuple[int, list[str]]]) -> Iterator[Fragment]:
    """The rows below the first, where that names works and decisions."""
    _, headings = next(rows, (0, []))
    names: list[str] = []
    for heading in (heading.strip().removeprefix("\ufeff") for heading in headings):
        copies = sum(single(name) == heading for name in names)
        names.append(f"{heading} ({copies + 1})" if copies else heading)
    if any(map(column, names)) and any(role(name) in _NAMING for name in names):
        for number, cells in rows:
            yield Fragment(number, as_text(dict(zip(names, cells, strict=False))))


def _table_row(fragment: Fragment) -> _Row:
    cells: dict[str, str] = json.loads(fragment.text)
    notes = "\n".join(cell[-LONGEST_NOTE:] for heading, cell in cells.items() if role(single(heading)) == "notes")
    return _Row(fragment, cells, notes)


# GitHub asreview/asreview, asreview/data/ris.py: `asreview_note: "..."`, the value as JSON.
_NAMED_NOTE: Final = re.compile(r'(asreview_(?:note|user_name|user_email)): (".*")', re.DOTALL)


def _ris_row(fragment: Fragment) -> _Row:
    notes = [value[-LONGEST_NOTE:] for tag, value in ris.fields(fragment.text) if tag in ("N1", "RN")]
    named = [match for note in notes if (match := _NAMED_NOTE.fullmatch(_unwrapped(note)))]
    return _Row(fragment, {match[1]: _from_json(match[2]) for match in named}, "\n".join(notes))


def _from_json(text: str) -> str:
    try:
        return str(json.loads(text, strict=False))
    except ValueError:
        return text.strip('"')


def _unwrapped(note: str) -> str:
    """A note without the paragraph that Zotero makes of it."""
    return html.unescape(re.sub(r"</?p>", " ", note)).strip() if "<p>" in note or "&" in note else note


def _key(row: _Row) -> str | None:
    # Rayyan calls its own numbers key too: rayyan-229697632.
    key = next((cell.strip() for heading, cell in row.cells.items() if folded(heading) == "key"), "")
    return key if re.fullmatch(r"(?:doi|openalex|pmid|pmcid|import):\S{1,2000}", key) else None


# -- stages ----------------------------------------------------------------------------------------------------

_Speaks = Callable[[_Row], _Said | None]


def _stages(headings: Iterable[str], rows: list[_Row]) -> list[list[_Speaks]]:
    """What may hold the decisions, stage by stage with the last one first; within a stage, what is asked first first.

    A column of the stage comes before the notes, these before a column whose heading is vague, and what single
    reviewers thought comes last; columns of one name are of several reviewers. A vague column counts only where a cell
    in it is a decision.
    """
    columns = {heading: one for heading in headings if (one := column(heading))}
    if any(folded(heading) == ASREVIEW for heading in columns):
        columns = {heading: one for heading, one in columns.items() if folded(heading) not in READ_BY_ASREVIEW}
    copies = Counter(folded(single(heading)) for heading in columns)
    columns = {
        heading: one._replace(is_vote=one.is_vote or copies[folded(single(heading))] > 1)
        for heading, one in columns.items()
    }
    found = []
    for stage in sorted({*(one.stage for one in columns.values()), SCREENING}, reverse=True):
        here = {heading: one for heading, one in columns.items() if one.stage == stage}
        asked: list[_Speaks] = [
            _of_column(heading)
            for heading in sorted(here, key=_precedence)
            if here[heading].is_strong and not here[heading].is_vote
        ]
        if stage == SCREENING and any(_noted(row) for row in rows):
            asked.append(_noted)
        if stage == SCREENING and _is_covidence(headings) and any(_covidence(row) for row in rows):
            asked.append(_covidence)
        if not asked:
            telling = [heading for heading, one in here.items() if not one.is_vote and _tells(heading, rows)]
            asked = [_of_column(heading) for heading in telling]
        if not asked:
            votes = [heading for heading, one in here.items() if one.is_vote and _tells(heading, rows)]
            asked = [_of_votes(votes)] if votes else []
        if asked:
            found.append(asked)
    return found


def _precedence(heading: str) -> int:
    """Which of two columns of one stage is asked first: the one that is about a decision and nothing else."""
    name = folded(heading)
    return 0 if name == ASREVIEW else 1 if {"decision", "decisions", "verdict"} & set(name.split()) else 2


def _tells(heading: str, rows: Iterable[_Row]) -> bool:
    cells = (row.cells.get(heading, "") for row in rows)
    return any(found for cell in cells if (found := understood(cell)) and found.decision)


def _of_column(heading: str) -> _Speaks:
    return lambda row: _in_cell(heading, row)


def _in_cell(heading: str, row: _Row) -> _Said | None:
    """The decision in a cell; raises `InputError` for a cell that holds anything else."""
    cell = row.cells.get(heading, "")
    found = understood(cell)
    if found is None:
        raise InputError(_not_understood(row, heading, cell))
    return _Said(found.decision, found.reason) if found.decision else None


def _not_understood(row: _Row, heading: str, cell: str) -> str:
    shown = cell if len(cell) <= SHOWN else f"{cell[:SHOWN]}..."
    under = one_line(heading[:SHOWN])
    return f"line {row.fragment.line} says {shown!r} under {under!r}; write include, exclude, maybe, or nothing"


def _of_votes(headings: list[str]) -> _Speaks:
    def counted(row: _Row) -> _Said | None:
        given = ((heading, _in_cell(heading, row)) for heading in headings)
        return _agreed([(heading, said.decision) for heading, said in given if said])

    return counted


def _said_at(stage: Iterable[_Speaks], row: _Row) -> _Said | None:
    return next((said for speaks in stage if (said := speaks(row))), None)


def _settled(said: list[_Said | None], begun: list[bool]) -> _Said | None:
    """The decision of the last stage that has one; inclusion at an earlier one settles nothing once a later began."""
    for place, each in enumerate(said):
        if each is None:
            continue
        if each.decision == "include" and any(begun[:place]):
            return each._replace(
                decision="maybe", reason=_joined([each.reason, "included, and not yet decided on later"])
            )
        return each
    return None


def _cells(row: _Row, wanted: Callable[[str], bool]) -> Iterator[str | None]:
    return (restored(cell) for heading, cell in row.cells.items() if wanted(folded(single(heading))))


def _names(row: _Row) -> Iterator[str | None]:
    """Who screened a record; what a reviewer thought of it may stand under such a heading as well."""
    return (cell for cell in _cells(row, names_reviewer) if cell and understood(cell) is None)


def _joined(texts: Iterable[str | None]) -> str | None:
    return "; ".join(dict.fromkeys(found for text in texts if (found := one_line(text)))) or None


# -- notes -----------------------------------------------------------------------------------------------------

_LABELLED: Final = re.compile(r"(?<!\w)ASReview_(relevant|irrelevant|not_seen)(?!\w)")
# help.rayyan.ai, "Understanding Your Rayyan Export Files": what a record had among its notes stays, and Rayyan's own
# comes after it, so the last RAYYAN-INCLUSION is the one of this review.
_SECTIONS: Final = re.compile(r"(RAYYAN-INCLUSION|RAYYAN-LABELS|RAYYAN-EXCLUSION-REASONS|USER-NOTES)\s*:")
_VOTE: Final = re.compile(r'[{,]\s*"((?:[^"\\\n]|\\.){0,300})"\s*(?:=>|:)\s*"([^"\n]{0,40})"\s*')


def _noted(row: _Row) -> _Said | None:
    """The decision that Rayyan or ASReview left in the notes of a record."""
    if "RAYYAN-INCLUSION" in row.notes:
        return _of_rayyan(row)
    match = _LABELLED.search(row.notes)
    if match is None or match[1] == "not_seen":
        return None
    return _Said("include" if match[1] == "relevant" else "exclude")


def _of_rayyan(row: _Row) -> _Said | None:
    """The decision of the reviewers named in a note such as `RAYYAN-INCLUSION: {"Ana"=>"Included", "Bo"=>"Maybe"}`."""
    # Tables within tables come with the marks of quotation doubled.
    notes = _unwrapped(row.notes[-LONGEST_NOTE:]).replace('""', '"')
    _, *parts = _SECTIONS.split(notes)
    sections = list(zip(parts[::2], parts[1::2], strict=True))
    last = max((place for place, (name, _) in enumerate(sections) if name == "RAYYAN-INCLUSION"), default=None)
    if last is None:
        return None
    votes: list[tuple[str, Decision]] = []
    for name, word in _votes(sections[last][1].strip()):
        found = understood(word)
        if found is None:
            raise InputError(_not_understood(row, "RAYYAN-INCLUSION", word))
        if found.decision:
            votes.append((name, found.decision))
    reasons = [text.strip(" |\n") for name, text in sections[last:] if name == "RAYYAN-EXCLUSION-REASONS"]
    said = _agreed(votes)
    return said and said._replace(reason=_joined([said.reason, *reasons]))


def _votes(text: str) -> list[tuple[str, str]]:
    """Each reviewer with a word; where the text is anything else, all of it is the word of nobody."""
    found, end = [], 0
    while match := _VOTE.match(text, end):
        found.append((match[1], match[2]))
        end = match.end()
    if found and text.startswith("}", end):
        return found
    return [] if text.startswith("{}") else [("", text.partition("|")[0])]


_PAST: Final = {"include": "included", "exclude": "excluded", "maybe": "maybe"}


def _agreed(votes: list[tuple[str, Decision]]) -> _Said | None:
    """What reviewers decided together: a `maybe` that names each, where they differ."""
    if not votes:
        return None
    by = _joined(name for name, _ in votes)
    if len({decision for _, decision in votes}) == 1:
        return _Said(votes[0][1], by=by)
    return _Said("maybe", reason=", ".join(f"{one_line(name)}: {_PAST[decision]}" for name, decision in votes), by=by)


def _is_covidence(headings: Iterable[str]) -> bool:
    return any(folded(heading) == "covidence" for heading in headings)


_EXCLUDED_FOR: Final = re.compile(r"\bExclusion reason:\s*([^;\n]{1,500})", re.IGNORECASE)


def _covidence(row: _Row) -> _Said | None:
    """Exclusion at full text, which Covidence notes with its reason; it notes nothing of other decisions."""
    match = _EXCLUDED_FOR.search(row.notes)
    return _Said("exclude", reason=match[1]) if match else None
