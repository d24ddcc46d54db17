"""EndNote's tagged format (`.enw`), which is the Refer format of Unix with more tags.

A tag is a percent sign and one character; records are parted by blank lines. The tags are those of GNU refer(1)
and, for the rest, of EndNote's "EndNote Import" filter; reviewers' tools and Chinese databases write it too.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from harvester.errors import InputError
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.lines import numbered, opening, together
from harvester.formats.names import organisation, people
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.tagged import Tagged, first, grouped
from harvester.formats.values import line, pages, parted
from harvester.model import Affiliation, Record, Skip

__all__ = ["READER", "TYPES", "described", "fields", "recognises", "record", "split"]

TYPES: Final = {
    "Aggregated Database": "dataset",
    "Ancient Text": "other",
    "Artwork": "other",
    "Audiovisual Material": "other",
    "Bill": "other",
    "Blog": "other",
    "Book": "book",
    "Book Section": "book-chapter",
    "Case": "other",
    "Catalog": "other",
    "Chart or Table": "other",
    "Classical Work": "book",
    "Computer Program": "software",
    "Conference Paper": "conference-paper",
    "Conference Proceedings": "conference-paper",
    "Dataset": "dataset",
    "Dictionary": "reference-entry",
    "Edited Book": "book",
    "Electronic Article": "article",
    "Electronic Book": "book",
    "Electronic Book Section": "book-chapter",
    "Electronic Source": "other",
    "Encyclopedia": "reference-entry",
    "Equation": "other",
    "Figure": "other",
    "Film or Broadcast": "other",
    "Generic": None,
    "Government Document": "report",
    "Grant": "other",
    "Hearing": "other",
    "Journal Article": "article",
    "Legal Rule or Regulation": "other",
    "Magazine Article": "other",
    "Manuscript": "other",
    "Map": "other",
    "Music": "other",
    "Newspaper Article": "other",
    "Online Database": "dataset",
    "Online Multimedia": "other",
    "Pamphlet": "other",
    "Patent": "other",
    "Personal Communication": "other",
    "Podcast": "other",
    "Press Release": "other",
    "Preprint": "preprint",
    "Report": "report",
    "Serial": "paratext",
    "Standard": "standard",
    "Statute": "other",
    "Thesis": "dissertation",
    "Unpublished Work": "other",
    "Web Page": "other",
}
"""EndNote's types, and what each is here; `Generic` says nothing."""

_FIELD = re.compile(r"[ \t]*%([0-9A-Z?@!#$\](&)*+^><\[=~])(?:[ \t](.*)|())$", re.DOTALL)
_ONCE = frozenset("0TDJX@")
_TELLING = frozenset("0TA")


# -- cutting ---------------------------------------------------------------------------------------------------


def recognises(head: bytes) -> bool:
    """Whether the first line that is not blank has a tag, and one of type, title or author follows."""
    lines = [text for _, text in numbered(opening(head)) if text.strip()]
    tags = [match[1] for text in lines if (match := _FIELD.match(text))]
    return bool(lines) and _FIELD.match(lines[0]) is not None and not _TELLING.isdisjoint(tags)


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into records: at a second `%0` behind other tags, and after a blank line at a tag that comes once.

    An abstract may hold blank lines, so a blank line alone ends nothing. Raises `InputError` for a file without any
    record.
    """
    lines: list[tuple[int, str]] = []
    seen: set[str] = set()
    blank = found = False
    for number, text in numbered(text_of(file)):
        match = _FIELD.match(text)
        if match:
            tag = match[1]
            if (tag == "0" and seen and (blank or ("0" in seen and seen != {"0"}))) or (blank and tag in _ONCE & seen):
                found = True
                yield together(lines)
                lines, seen = [], set()
            seen.add(tag)
        blank = not text.strip()
        if match or lines:
            lines.append((number, text))
    if seen:
        found = True
        yield together(lines)
    if not found:
        raise InputError("no line begins with a tag (%0, %A, ...); it is not EndNote's tagged format, or it is empty")


def fields(fragment: str) -> Tagged:
    """The values by their tags, each with the line breaks it has.

    >>> fields("%A Silva, Ana\\n%A Reis, Bo\\n%K peer support\\nrecovery")
    {'A': ['Silva, Ana', 'Reis, Bo'], 'K': ['peer support\\nrecovery']}
    """
    found: list[tuple[str, list[str]]] = []
    for _, text in numbered(fragment):
        if match := _FIELD.match(text):
            found.append((match[1], [(match[2] or "").strip()]))
        elif found:
            found[-1][1].append(text.strip())
    return grouped((tag, "\n".join(listed).strip()) for tag, listed in found)


# -- reading ---------------------------------------------------------------------------------------------------


def record(text: str, source: str) -> Record | Skip:
    """Read one record.

    >>> work = record("%0 Journal Article\\n%A Silva, Ana\\n%T Peer support\\n%D 2014\\n%P 3-9", "endnote")
    >>> work.type, work.authors[0].name, work.year, work.last_page
    ('article', 'Ana Silva', 2014, '9')
    """
    return described(fields(text), fragment=text, source=source)


def described(values: Tagged, *, fragment: str, source: str) -> Record | Skip:
    """Make a record of values under EndNote's tags, whatever names the fragment itself has."""
    if not values.keys() - {"0"}:
        return Skip(source=source, reason="empty record", detail=fragment.strip()[:200])
    draft = Draft(source, fragment)
    _say_what_it_is(draft, values)
    _say_who_wrote_it(draft, values)
    _say_where_and_when(draft, values)
    _say_what_names_it(draft, values)
    return settled(draft)


def _say_what_it_is(draft: Draft, values: Tagged) -> None:
    given = values.get("0", [])
    draft.type_as_given = "; ".join(given) or None
    draft.type = next((TYPES.get(one.strip(), kind(one)) for one in given), None)
    described = kind(first(values, "9"))
    if described and draft.type in (None, "article"):
        draft.type, draft.type_as_given = described, "; ".join([*given, *values["9"]])
    draft.titles = values.get("T", [])
    draft.translated_titles = [(text, None) for text in values.get("!", []) if text not in draft.titles]
    if "A" in values:
        # In EndNote a translated title, in Refer an organisation that wrote the work.
        draft.translated_titles += [(text, None) for text in values.get("Q", [])]
    if not draft.titles:
        draft.titles = values.get("B", []) or values.get("!", [])
    draft.abstracts = values.get("X", [])
    draft.language = "; ".join(values.get("G", [])) or None
    for text in values.get("K", []):
        draft.keywords += [(term, "author") for piece in text.split("\n") for term in parted(piece)]


def _say_who_wrote_it(draft: Draft, values: Tagged) -> None:
    if "A" in values:
        draft.authors = [one for text in values["A"] for one in people(text)]
    elif "Q" in values:
        draft.authors = [organisation(text) for text in values["Q"]]
    draft.editors = [one for text in values.get("E", []) for one in people(text)]
    for text in values.get("+", []):
        draft.affiliations += [Affiliation(text=found) for one in re.split(r"[\n;]", text) if (found := line(one))]


def _say_where_and_when(draft: Draft, values: Tagged) -> None:
    second = first(values, "B") if "T" in values else None
    if draft.type in ("book", "report", "dissertation", "standard"):
        draft.series = second or first(values, "S")
        draft.venue = first(values, "J")
    else:
        draft.venue = first(values, "J") or second
        draft.series = first(values, "S")
    draft.short_venue = next(iter(values.get("J", [])[1:]), None)
    draft.volume, draft.issue, draft.pages = (first(values, tag) for tag in ("V", "N", "P"))
    draft.pages = draft.pages or first(values, "&")
    if number := line(first(values, "]")):
        draft.article_number = pages(number).article or (number if re.fullmatch(r"[\w.-]{1,20}", number) else None)
    draft.publisher, draft.place = first(values, "I"), first(values, "C")
    draft.serials = values.get("@", [])
    draft.year = first(values, "D")
    draft.dates = values.get("8", [])


def _say_what_names_it(draft: Draft, values: Tagged) -> None:
    draft.dois = values.get("R", [])
    database = first(values, "~") or first(values, "W")
    draft.accessions = [(database, text) for text in values.get("M", [])] + [
        (None, text) for text in values.get("F", [])
    ]
    draft.pmcids = [text for text in values.get("2", []) if text.startswith("PMC")]
    draft.notes = [text for tag in "Z<MO" for text in values.get(tag, [])]
    for tag, sort in (("U", "landing"), (">", "pdf")):
        for text in values.get(tag, []):
            draft.urls += [(address, sort) for address in text.split("\n")]


READER = Reader(
    name="enw",
    description="EndNote tagged and Refer (.enw)",
    recognises=recognises,
    split=split,
    record=record,
)
