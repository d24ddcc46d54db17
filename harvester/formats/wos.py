"""The tagged text of the Web of Science, with its cited references, from any of the databases that it hosts.

Two letters, a space, a value; further values and the rest of long ones go on with three spaces. A record begins with
`PT` and ends with `ER`. The tags: webofscience.help.clarivate.com, "Web of Science Core Collection Field Tags".
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.formats.cited import cited
from harvester.formats.draft import Draft, settled
from harvester.formats.funding import funders
from harvester.formats.kinds import kind
from harvester.formats.lines import numbered, opening, together
from harvester.formats.names import organisation, people, person
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.tagged import Tagged, first
from harvester.formats.values import integer, line, parted
from harvester.model import Affiliation, Authorship, OpenAccess, Record, Skip, Subject

__all__ = ["PUBLICATION_TYPES", "READER", "described", "fields", "recognises", "record", "split"]

PUBLICATION_TYPES: Final = {"J": "article", "B": "book", "S": "book-chapter", "P": "other"}
"""`PT`: journal, book, series, patent; what a record is more exactly says `DT`."""

_FIELD = re.compile(r"([A-Z][A-Z0-9])(?: (.*)|())$", re.DOTALL)
_BEGINS = re.compile(r"PT [A-Z]\s*$")
_HEADER = re.compile(r"(?:FN|VR) ")
_END_OF_FILE = re.compile(r"EF\s*$")

# Each line is a value of its own; in other fields a line goes on with the one before.
_LISTED = frozenset(("AU", "AF", "BA", "BF", "BE", "CA", "GP", "CR", "C1", "C3", "ED", "EM"))


# -- cutting ---------------------------------------------------------------------------------------------------


def recognises(head: bytes) -> bool:
    """Whether a line `PT J` and such, or the header `FN`, begins the file, with tags of two letters behind it."""
    lines = [text.rstrip() for _, text in numbered(opening(head)) if text.strip()]
    tags = [match[1] for text in lines[:40] if (match := _FIELD.match(text))]
    begins = any(_BEGINS.match(text) for text in lines[:4]) or (bool(lines) and lines[0].startswith("FN "))
    return begins and not {"AU", "TI", "SO", "UT", "ER", "PT"}.isdisjoint(tags)


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into records: from `PT` to `ER`, to the next `PT` or to the end.

    Raises `InputError` for a file without any record.
    """
    lines: list[tuple[int, str]] = []
    found = False
    for number, text in numbered(text_of(file)):
        if _BEGINS.match(text) and lines:
            found = True
            yield together(lines)
            lines = []
        if lines or _BEGINS.match(text):
            if _END_OF_FILE.match(text):
                continue
            lines.append((number, text))
            if text.rstrip() == "ER":
                found = True
                yield together(lines)
                lines = []
        elif _FIELD.match(text) and not _HEADER.match(text) and text.rstrip() not in ("ER", "EF"):
            lines.append((number, text))  # a record whose PT is lost
    if lines:
        found = True
        yield together(lines)
    if not found:
        raise InputError("no line begins a record (PT J ...); it is not text of the Web of Science, or it is empty")


def fields(fragment: str) -> Tagged:
    """The values by their tags, lists as lists.

    >>> fields("PT J\\nAU Silva, A\\n   Reis, B\\nTI Peer\\n   support\\nER")
    {'PT': ['J'], 'AU': ['Silva, A', 'Reis, B'], 'TI': ['Peer support']}
    """
    found: list[tuple[str, list[str]]] = []
    for _, text in numbered(fragment):
        match = _FIELD.match(text.rstrip())
        if match is None:
            if found and text.strip():
                found[-1][1].append(text.strip())
        elif match[1] == "ER":
            break
        else:
            found.append((match[1], [match[2].strip()] if (match[2] or "").strip() else []))
    values: Tagged = {}
    for tag, listed in found:
        texts = _unwrapped(listed) if tag == "CR" else listed if tag in _LISTED else [" ".join(listed)]
        values.setdefault(tag, []).extend(text for text in texts if text)
    return {tag: listed for tag, listed in values.items() if listed}


def _unwrapped(lines: list[str]) -> list[str]:
    """Join a reference that a line end has cut: inside a bracket, or before the DOI that was announced."""
    whole: list[str] = []
    for text in lines:
        if whole and (whole[-1].count("[") > whole[-1].count("]") or whole[-1].endswith((",", " DOI"))):
            whole[-1] = f"{whole[-1]} {text}"
        else:
            whole.append(text)
    return whole


# -- reading ---------------------------------------------------------------------------------------------------


def record(text: str, source: str) -> Record | Skip:
    """Read one record.

    >>> work = record("PT J\\nAU Silva, A\\nTI Peer support\\nCR Anthony W, 1993, J, V16, P11\\nPY 2014\\nER", "wos")
    >>> work.title, work.authors[0].family, work.references[0].year
    ('Peer support', 'Silva', 1993)
    """
    values = fields(text)
    if not values.keys() - {"PT", "FN", "VR"}:
        return Skip(source=source, reason="empty record", detail=text.strip()[:200])
    return described(values, fragment=text, source=source)


def described(values: Tagged, *, fragment: str, source: str) -> Record | Skip:
    """Make a record of values under the tags of the Web of Science, whether lines or columns held them."""
    draft = Draft(source, fragment)
    _say_what_it_is(draft, values)
    _say_who_wrote_it(draft, values)
    _say_where_and_when(draft, values)
    _say_what_names_it(draft, values)
    _say_what_belongs_to_it(draft, values)
    return settled(draft)


def _say_what_it_is(draft: Draft, values: Tagged) -> None:
    given = line(first(values, "DT"))
    publication = first(values, "PT") or ""
    draft.type = kind(given) or PUBLICATION_TYPES.get(publication[:1])
    draft.type_as_given = given or publication or None
    if draft.type == "book" and first(values, "SO") not in (None, first(values, "TI")):
        draft.type = "book-chapter"
    draft.titles = values.get("TI", [])
    if not draft.titles and draft.type == "book":
        draft.titles = values.get("SO", [])
    draft.translated_titles = [(text, None) for text in values.get("FT", [])]
    draft.abstracts = values.get("AB", [])
    draft.language = first(values, "LA")
    for tag, sort in _KEYWORDS.items():
        for text in values.get(tag, []):
            draft.keywords += [(term, sort) for term in parted(text)]
    for tag, scheme in (("WC", "wos-category"), ("SC", "wos-research-area")):
        for text in values.get(tag, []):
            draft.subjects += [Subject(scheme=scheme, code=term, label=term) for term in parted(text)]


_KEYWORDS: Final[dict[str, Literal["author", "plus", "assigned"]]] = {
    "DE": "author",
    "ID": "plus",
    "MC": "assigned",
    "MQ": "assigned",
    "OR": "assigned",
    "BD": "assigned",
}
_BRACKETED = re.compile(r"\[([^\]]*)\]\s*([^\[]+)")
_MAIL = re.compile(r"\s?\([^()\s]{1,100}@[^()\s]{1,100}\)")
_NUMBERED = re.compile(r"([^/;]+)/([0-9]{4}-[0-9]{4}-[0-9]{4}-[0-9]{3}[0-9Xx])")


def _say_who_wrote_it(draft: Draft, values: Tagged) -> None:
    """Authors by their full names where there are as many of these; each with what names him elsewhere."""
    short = values.get("AU") or values.get("BA") or []
    full = values.get("AF") or values.get("BF") or []
    chosen = full if len(full) >= len(short) else short
    authors = [one for text in chosen for one in _people(text)]
    groups = [organisation(text) for text in values.get("CA", [])]
    if "AU" in values or "AF" in values or authors or groups:
        places = _addresses(draft, values)
        numbers = dict(_orcids(values))
        corresponding = {
            _key(text.partition("(")[0]) for text in re.split(r";\s*(?=[^;]*\()", first(values, "RP") or "")
        }
        named = [short[place] if len(short) == len(authors) else "" for place in range(len(authors))]
        draft.authors = [
            _identified(one, {_key(one.name), _key(_inverted(one)), _key(alias)}, places, numbers, corresponding)
            for one, alias in zip(authors, named, strict=True)
            if one is not None
        ]
        draft.authors += groups
    else:
        _addresses(draft, values)
    draft.editors = [one for tag in ("BE", "ED") for text in values.get(tag, []) for one in _people(text)]
    if not draft.authors and "GP" in values:
        draft.authors = [organisation(text) for text in values["GP"]]


def _people(text: str) -> list[Authorship | None]:
    plain = _MAIL.sub("", text)
    return people(plain) if ";" in plain else [person(plain)]


def _inverted(one: Authorship) -> str:
    return f"{one.family}, {one.given}" if one.family and one.given else one.name


def _key(name: str) -> str:
    return re.sub(r"[\W_]+", " ", name.casefold()).strip()


def _addresses(draft: Draft, values: Tagged) -> dict[str, list[int]]:
    """The addresses of the record, and the places of those that stand behind each author's name."""
    places: dict[str, list[int]] = {}
    known: dict[str, int] = {}
    for text in values.get("C1", []) or values.get("C3", []):
        parts_of = _BRACKETED.findall(text) or [("", text)]
        for listed, address in parts_of:
            printed = line(address.rstrip("; ."))
            if printed is None:
                continue
            place = known.setdefault(printed, len(known))
            for name in filter(None, map(_key, listed.split(";"))):
                places.setdefault(name, []).append(place)
    draft.affiliations = [Affiliation(text=address) for address in known]
    return places


def _orcids(values: Tagged) -> Iterator[tuple[str, str]]:
    for text in values.get("OI", []):
        for match in _NUMBERED.finditer(text):
            try:
                yield _key(match[1]), identifiers.orcid(match[2])
            except NotAnIdentifier:
                continue


def _identified(
    one: Authorship,
    keys: set[str],
    places: dict[str, list[int]],
    numbers: dict[str, str],
    corresponding: set[str],
) -> Authorship:
    found = [place for key in sorted(keys - {""}) for place in places.get(key, [])]
    return one.model_copy(
        update={
            "affiliations": tuple(dict.fromkeys(found)),
            "orcid": next((numbers[key] for key in sorted(keys) if key in numbers), None),
            "is_corresponding": True if keys & (corresponding - {""}) else None,
        }
    )


def _say_where_and_when(draft: Draft, values: Tagged) -> None:
    name = first(values, "SO", "CT")
    if draft.titles and line(name) != line(draft.titles[0]):
        draft.venue = name
    draft.short_venue = first(values, "JI", "J9")
    draft.series = first(values, "SE")
    draft.volume, draft.issue = first(values, "VL"), first(values, "IS")
    draft.pages, draft.last_page = first(values, "BP"), first(values, "EP")
    if draft.pages is None and draft.last_page is None:
        draft.pages = first(values, "PS")
    draft.article_number = first(values, "AR")
    draft.page_count = integer(first(values, "PG"))
    draft.publisher, draft.place = first(values, "PU"), first(values, "PI", "CL")
    draft.serials = [text for tag in ("SN", "EI", "BN") for text in values.get(tag, [])]
    draft.year = first(values, "PY")
    draft.dates = values.get("PD", [])
    draft.events = [("online", text) for text in values.get("EA", [])]


def _say_what_names_it(draft: Draft, values: Tagged) -> None:
    draft.dois = values.get("DI", [])
    draft.pmids = values.get("PM", [])
    for text in [*values.get("UT", []), *values.get("AN", [])]:
        owner, _, number = text.partition(":")
        if owner == "MEDLINE":
            draft.pmids.append(number)
        draft.accessions.append((None, text))
    draft.urls = [(text, "landing") for tag in ("UR", "AW") for text in values.get(tag, [])]


_STATUS: Final = {"gold": "gold", "hybrid": "hybrid", "bronze": "bronze", "green": "green", "diamond": "diamond"}


def _say_what_belongs_to_it(draft: Draft, values: Tagged) -> None:
    draft.references = [
        cited(text, position=place, source=draft.source) for place, text in enumerate(values.get("CR", []), 1)
    ]
    for tag, sort, index in _FIGURES:
        if (value := integer(first(values, tag))) is not None:
            draft.counts.append((sort, value, index))
    draft.funders = [funder for text in values.get("FU", []) for funder in funders(text)]
    if routes := (first(values, "OA") or "").casefold():
        # "gold, Green Published": the first is the best way to the text.
        status = next((known for word, known in _STATUS.items() if word in routes), None)
        draft.open_access = OpenAccess(is_open=True if status else None, status=status)


_FIGURES: Final[tuple[tuple[str, Literal["cited_by", "references"], str | None], ...]] = (
    ("NR", "references", None),
    ("TC", "cited_by", "wos"),
    ("Z9", "cited_by", "wos-all-databases"),
)

READER = Reader(
    name="wos",
    description="Web of Science plain text, with cited references",
    recognises=recognises,
    split=split,
    record=record,
)
