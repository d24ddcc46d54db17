"""RIS, in all the dialects that databases and reference managers write.

A record is the lines from `TY` to `ER`. The tags were defined for Reference Manager (web.archive.org
refman.com/support/risformat_intro.asp) and are used differently by everybody since: the meaning of most depends on the
type, and a DOI stands in any of nine places. What Zotero's importer learnt of the dialects is in GitHub
zotero/translators RIS.js.
"""

import re
from collections.abc import Iterable, Iterator
from typing import BinaryIO, Final

from harvester.errors import InputError
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.lines import numbered, opening, together
from harvester.formats.names import people
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.tagged import Tagged, first, grouped
from harvester.formats.values import date, integer, line, pages, parted
from harvester.model import Affiliation, Record, Skip

__all__ = ["READER", "TAGS", "TYPES", "described", "fields", "recognises", "record", "split"]

TYPES: Final[dict[str, str | None]] = {
    "ABST": "article",
    "ADVS": "other",
    "AGGR": "dataset",
    "ANCIENT": "other",
    "ART": "other",
    "BILL": "other",
    "BLOG": "other",
    "BOOK": "book",
    "CASE": "other",
    "CHAP": "book-chapter",
    "CHART": "other",
    "CLSWK": "book",
    "COMP": "software",
    "CONF": "conference-paper",
    "CPAPER": "conference-paper",
    "CTLG": "other",
    "DATA": "dataset",
    "DBASE": "dataset",
    "DICT": "reference-entry",
    "EBOOK": "book",
    "ECHAP": "book-chapter",
    "EDBOOK": "book",
    "EJOUR": "article",
    "ELEC": "other",
    "ENCYC": "reference-entry",
    "EQUA": "other",
    "FIGURE": "other",
    "GEN": None,
    "GOVDOC": "report",
    "GRANT": "other",
    "GRNT": "other",
    "HEAR": "other",
    "ICOMM": "other",
    "INPR": "article",
    "JFULL": "paratext",
    "JOUR": "article",
    "LEGAL": "other",
    "MANSCPT": "other",
    "MAP": "other",
    "MGZN": "other",
    "MPCT": "other",
    "MULTI": "other",
    "MUSIC": "other",
    "NEWS": "other",
    "PAMP": "other",
    "PAT": "other",
    "PCOMM": "other",
    "PREPRINT": "preprint",
    "RPRT": "report",
    "SER": "book",
    "SLIDE": "other",
    "SOUND": "other",
    "STAND": "standard",
    "STAT": "other",
    "THES": "dissertation",
    "UNBILL": "other",
    "UNPB": "other",
    "UNPD": "other",
    "VIDEO": "other",
    "WEB": "other",
}
"""The types of RIS, and what each is here; `GEN` says nothing."""

TAGS: Final = frozenset(
    re.findall(
        r"\S+",
        "TY A1 A2 A3 A4 AB AD AN AU AV BT C1 C2 C3 C4 C5 C6 C7 C8 CA CN CP CT CY DA DB DI DO DP DS ED EP ER ET H1 H2 ID"
        " IS J1 J2 JA JF JO KW L1 L2 L3 L4 LA LB LK M1 M2 M3 N1 N2 NV OP PB PP PY RI RN RP SE SN SP ST T1 T2 T3 TA TI"
        " TT U1 U2 U3 U4 U5 UR VL VO Y1 Y2",
    )
)
"""The tags in use; another one counts only where it is written with both its spaces."""

_TAGGED = re.compile(r"[ \t\u00a0]*([A-Za-z][A-Za-z0-9])([ \t\u00a0]{0,4})-(?:[ \t\u00a0](.*)|())$", re.DOTALL)
_SQUEEZED = re.compile(r"([A-Z][A-Z0-9])  -(\S.*)$", re.DOTALL)
_BEGINS = re.compile(r"[ \t\u00a0]*(TY|ty|Ty)[ \t\u00a0]{0,4}-[ \t\u00a0]*([^\W\d][\w /.-]{1,40})?[ \t\u00a0]*$")
_FEWEST_TAGS = 2

# A parent of a chapter or paper stands in T2; of these types, T2 is something else.
_IN_SERIES = frozenset(("book", "report", "standard", "dissertation", "software", "dataset"))
_COUNTED_PAGES = frozenset(("book", "dissertation"))


# -- cutting ---------------------------------------------------------------------------------------------------


def recognises(head: bytes) -> bool:
    """Whether a line of the opening begins a record: `TY`, a dash and a type, with another tag behind it.

    Without any `TY`, an `ER` behind tags with two spaces is enough: programs that know no types leave it out.
    """
    lines = [text for _, text in numbered(opening(head))]
    for place, text in enumerate(lines):
        if _BEGINS.match(text):
            following = [one for one in lines[place + 1 : place + 12] if one.strip()]
            return not following or any(_tag(one, lower=True) for one in following)
    tags = [one for text in lines if (one := _tag(text, lower=False))]
    return "ER" in tags[_FEWEST_TAGS:] and not any(text.startswith(("PMID-", "OWN -")) for text in lines)


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into records: from each `TY` to its `ER`, or to the next `TY` where that is missing.

    Text between records (the headings that some databases number them with) is passed over, unless it has tags:
    then it is a record whose `TY` is lost. Raises `InputError` for a file without any record.
    """
    lines: list[tuple[int, str]] = []
    inside = lower = found = False
    for number, text in numbered(text_of(file)):
        if _BEGINS.match(text):
            found |= _is_record(lines, inside=inside)
            if _is_record(lines, inside=inside):
                yield together(lines)
            lines, inside, lower = [(number, text)], True, "ty" in text
            continue
        lines.append((number, text))
        if _tag(text, lower=lower) == "ER":
            found |= _is_record(lines, inside=inside)
            if _is_record(lines, inside=inside):
                yield together(lines)
            lines, inside, lower = [], False, False
    if _is_record(lines, inside=inside):
        found = True
        yield together(lines)
    if not found:
        raise InputError("no line begins a record (TY  - ...); it is not RIS, or it is empty")


def _is_record(lines: list[tuple[int, str]], *, inside: bool) -> bool:
    return inside or sum(_tag(text, lower=False) not in (None, "ER") for _, text in lines) >= _FEWEST_TAGS


def _tag(text: str, *, lower: bool) -> str | None:
    found = _field(text, lower=lower)
    return found[0] if found else None


def _field(text: str, *, lower: bool) -> tuple[str, str] | None:
    """The tag and the value of a line; None for a line that goes on with the value before it."""
    match = _TAGGED.match(text)
    if match is None:
        squeezed = _SQUEEZED.match(text)
        return (squeezed[1], squeezed[2]) if squeezed and squeezed[1] in TAGS else None
    tag = match[1]
    if not tag.isupper():
        if not lower:
            return None
        tag = tag.upper()
    if tag not in TAGS and len(match[2]) != 2:
        return None
    return tag, match[3] or ""


def fields(fragment: str) -> list[tuple[str, str]]:
    """The tags and values of a record, in order; a value over several lines keeps its line breaks.

    >>> fields("TY  - JOUR\\nTI  - Peer\\nsupport\\nER  - ")
    [('TY', 'JOUR'), ('TI', 'Peer\\nsupport')]
    """
    found: list[tuple[str, list[str]]] = []
    lower = False
    for _, text in numbered(fragment):
        if begins := _BEGINS.match(text):
            lower = begins[1] != "TY"
        tagged = _field(text, lower=lower)
        if tagged is None:
            if found:
                found[-1][1].append(text.strip())
        elif tagged[0] == "ER":
            break
        else:
            found.append((tagged[0], [tagged[1].strip()]))
    return [(tag, "\n".join(values).strip()) for tag, values in found]


# -- reading ---------------------------------------------------------------------------------------------------


def record(text: str, source: str) -> Record | Skip:
    """Read one record.

    >>> work = record("TY  - JOUR\\nT1  - Peer support\\nA1  - Silva, Ana\\nY1  - 2014//\\nER  - ", "zotero")
    >>> work.type, work.title, work.authors[0].name, work.year
    ('article', 'Peer support', 'Ana Silva', 2014)
    """
    return described(fields(text), fragment=text, source=source)


def described(found: list[tuple[str, str]], *, fragment: str, source: str) -> Record | Skip:
    """Make a record of values under the tags of RIS, whatever tags the fragment itself has."""
    values = grouped(found)
    if not values.keys() - {"TY"}:
        return Skip(source=source, reason="empty record", detail=fragment.strip()[:200])
    draft = Draft(source, fragment)
    _say_what_it_is(draft, values)
    _say_who_wrote_it(draft, found)
    _say_where_it_appeared(draft, values)
    _say_when(draft, values)
    _say_what_names_it(draft, values)
    _say_what_notes_say(draft, values)
    return settled(draft)


def _all(values: Tagged, *tags: str) -> list[str]:
    return [value for tag in tags for value in values.get(tag, [])]


def _say_what_it_is(draft: Draft, values: Tagged) -> None:
    given = (first(values, "TY") or "").upper()
    draft.type, draft.type_as_given = TYPES.get(given, kind(given)), first(values, "TY")
    described = next((text for text in _all(values, "M3", "PT") if kind(text)), None)
    if described and (draft.type in (None, "article") or given in ("UNPB", "UNPD")):
        draft.type, draft.type_as_given = (
            kind(described),
            "; ".join(filter(None, (draft.type_as_given, line(described)))),
        )
    draft.titles = _all(values, "T1", "TI", "CT")
    if not draft.titles:
        # A book's own title; a paper's is never in T2, where its journal stands.
        tag = "BT" if "BT" in values else "T2" if draft.type != "article" else None
        draft.titles = (values.pop(tag, []) if tag else []) or _all(values, "ST")[:1]
    draft.translated_titles = [(text, None) for text in _all(values, "TT")]
    title = (line(draft.titles[0]) or "").casefold() if draft.titles else ""
    short = line(first(values, "ST"))
    if short and not title.startswith(short.casefold()):
        draft.translated_titles.append((short, None))
    draft.abstracts = list(dict.fromkeys(_all(values, "AB", "N2")))
    draft.language = first(values, "LA")
    for text in _all(values, "KW", "DE"):
        for piece in text.split("\n"):
            for term in parted(piece):
                # Ovid marks the main headings of its thesauri, and nobody's own words.
                draft.keywords.append((term.lstrip("*"), "assigned" if term.startswith("*") else "author"))


def _say_who_wrote_it(draft: Draft, found: Iterable[tuple[str, str]]) -> None:
    """People in the order of their lines: databases mix A1 and AU in one record."""
    authors = [one for tag, value in found if value and tag in ("AU", "A1") for one in people(value)]
    draft.authors = authors or None
    for tag, value in found:
        if not value:
            continue
        if tag in ("A2", "A3", "ED"):
            draft.editors += people(value)
        elif tag == "AD":
            for address in re.split(r"\n|;\s+", value):
                if text := line(address):
                    draft.affiliations.append(Affiliation(text=text))


def _say_where_it_appeared(draft: Draft, values: Tagged) -> None:
    second = first(values, "T2")
    if draft.type in _IN_SERIES:
        draft.series = second or first(values, "T3")
        names = _all(values, "JF", "JO")
    else:
        draft.series = first(values, "T3") if first(values, "T3") != second else None
        # The name in full is JF or T2; JO is either that or the abbreviation.
        names = [*_all(values, "JF"), *([second] if second else []), *_all(values, "BT", "JO")]
        if draft.type == "conference-paper" and "C3" in values:
            # EndNote: the title of the proceedings; T2 is then the name of the conference.
            names.insert(0, values["C3"][0])
    names = list(dict.fromkeys(text for name in names if (text := line(name))))
    draft.venue = names[0] if names else None
    draft.short_venue = first(values, "JA", "J2", "J1") or (names[1] if len(names) > 1 else None)
    draft.volume = first(values, "VL", "VO")
    draft.issue = first(values, "IS", "CP", "NO")
    if draft.issue is None and re.fullmatch(r"\d{1,3}(?:-\d{1,3})?", first(values, "M1") or ""):
        draft.issue = first(values, "M1")
    draft.pages, draft.last_page = first(values, "SP", "PP"), first(values, "EP")
    if draft.pages is None and re.fullmatch(r"[A-Za-z]?\d{1,7}", first(values, "SE") or ""):
        draft.pages = first(values, "SE")
    if draft.type in _COUNTED_PAGES and draft.last_page is None and (draft.pages or "").isdigit():
        draft.page_count, draft.pages = integer(draft.pages), None
    if draft.type != "book" and (number := line(first(values, "C7"))):
        # "Art. No. 17" is how Scopus writes it.
        draft.article_number = pages(number).article or number
    draft.publisher = first(values, "PB")
    draft.place = first(values, "CY", "PP") if draft.type != "conference-paper" else first(values, "CY", "C1")
    draft.serials = _all(values, "SN", "BN")


def _say_when(draft: Draft, values: Tagged) -> None:
    draft.year = first(values, "PY", "YR")
    draft.dates = _all(values, "DA", "Y1")
    # EndNote has the day of electronic publication where a book has its edition, the Web of Science in C6.
    for text in _all(values, "ET", "C6") if draft.type != "book" else ():
        if len(date(text) or "") > len("2020"):
            draft.events.append(("online", text))


# Cochrane's address of a CENTRAL record looks like a DOI and is none of the work.
_CENTRAL = re.compile(r"10\.1002/central/", re.IGNORECASE)
# EndNote has a bare PMC number in C2, Dimensions "35957633 [PMID]" in U1.
_MARKED = re.compile(r"\s*(PMC\d{2,9}(?=\s*(?:$|\[PMCID\]))|\d{1,8}(?=\s*\[PMID\]))", re.IGNORECASE)
_ELSEWHERE = re.compile(
    r"\b(pubmed|embase|cinahl|psycinfo|ictrp|ctgov|medline)\b[\s:]*(?:(?:id|accession number)\s*)?"
    r"([A-Z]{0,8}[-\d][\w.-]{3,30})",
    re.IGNORECASE,
)


def _say_what_names_it(draft: Draft, values: Tagged) -> None:
    draft.dois = _all(values, "DO", "DI")
    for text in _all(values, "M3", "L3", "ID", "AN", "L1", "U1", "C1", "C2"):
        if "10." in text and not _CENTRAL.search(text):
            draft.dois.append(text)
    database = first(values, "DB") or first(values, "DP")
    for text in _all(values, "AN"):
        draft.accessions += [(database, piece) for piece in parted(text)]
    draft.accessions += [(None, text) for text in _all(values, "ID", "U1", "U2")]
    for text in _all(values, "C2", "U1", "U2"):
        if match := _MARKED.match(text):
            (draft.pmcids if match[1].startswith("PMC") else draft.pmids).append(match[1])
    for text in _all(values, "C3", "CC", "XR", "PM"):
        for match in _ELSEWHERE.finditer(text):
            draft.accessions.append((match[1], match[2]))
    for tag, sort in (("UR", "landing"), ("LK", "landing"), ("L2", "full-text"), ("L1", "pdf")):
        for text in _all(values, tag):
            # Mendeley and Ovid put several addresses into one line.
            for address in re.split(r"\n|[;,\s]+(?=https?://|www\.)", text):
                if not _CENTRAL.search(address):
                    draft.urls.append((address.strip(" ;"), sort))


_CITED_BY = re.compile(r"\b(?:cited by|times cited|citations?)\b[^:\n]{0,30}:\s*(\d+)", re.IGNORECASE)
_REFERENCES = re.compile(r"\bcited reference count\s*:\s*(\d+)", re.IGNORECASE)


def _say_what_notes_say(draft: Draft, values: Tagged) -> None:
    """Figures and identifiers in notes: Scopus writes `Cited By :10`, the Web of Science `Times Cited: 10`."""
    draft.notes = _all(values, "N1", "U3", "U4", "U5", "RN")
    for note in draft.notes:
        if (match := _CITED_BY.search(note)) and (value := integer(match[1])) is not None:
            states = "scopus" if match[0].lower().startswith("cited by") else "wos"
            draft.counts.append(("cited_by", value, states))
        if (match := _REFERENCES.search(note)) and (value := integer(match[1])) is not None:
            draft.counts.append(("references", value, "wos"))


READER = Reader(
    name="ris",
    description="RIS: EndNote, Zotero, Mendeley, Scopus, Ovid, ProQuest, EBSCO, Cochrane, Dimensions, Lens, Covidence",
    recognises=recognises,
    split=split,
    record=record,
)
