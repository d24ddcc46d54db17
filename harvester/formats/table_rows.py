"""One row of a table as a record: what is in each column goes where its heading says.

A row is read by itself, without the rest of its table, so everything that depends on the exporter is told from the
row's own headings.
"""

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Final, Literal

from harvester import identifiers, markup
from harvester.errors import NotAnIdentifier
from harvester.formats import reference_styles, values
from harvester.formats.columns import role
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.names import is_initials, people, person
from harvester.model import (
    Affiliation,
    Authorship,
    Funder,
    Identifier,
    License,
    OpenAccess,
    Record,
    Reference,
    Skip,
    Subject,
)

__all__ = ["as_text", "cells_of", "filled", "listed", "restored"]

# What programs write into an empty cell.
EMPTY: Final = frozenset(
    ("", "na", "n/a", "#n/a", "null", "none", "nan", "nat", "undefined", "[]", "{}", "<na>", "\\n")
)
# Our own writer and others put an apostrophe before what a spreadsheet would run (owasp.org, "CSV Injection").
_DEFUSED: Final = re.compile("((?:^|;)[ \"]*)'(?=[=+@\uff0b\uff0d\uff1d\uff20-])")

Cells = dict[str, list[str]]


def restored(cell: str) -> str:
    """Give a cell without the apostrophes that keep a spreadsheet from running it.

    >>> restored("'=1+1; '@b"), restored("'t Hooft")
    ('=1+1; @b', "'t Hooft")
    """
    return _DEFUSED.sub(r"\1", cell) if "'" in cell else cell


def cells_of(row: Mapping[str, object]) -> Cells:
    """The cells by what their columns hold, in the order of the columns; those that say nothing are left out."""
    found: Cells = {}
    for heading, value in row.items():
        name = role(re.sub(r" \(\d+\)$", "", heading)) or role(heading)
        text = value.strip() if isinstance(value, str) else ""
        text = restored(text)
        if name and text.casefold() not in EMPTY:
            found.setdefault(name, []).append(text)
    return found


def filled(row: Mapping[str, object], *, source: str, fragment: str) -> Record | Skip:
    """Make the record of a row.

    >>> row = {"Title": "Peers help", "Authors": "Silva, A.; Berg, B.", "Year": "2020", "DOI": "10.1000/A"}
    >>> work = filled(row, source="scopus", fragment="...")
    >>> work.title, [one.family for one in work.authors], work.year, work.doi
    ('Peers help', ['Silva', 'Berg'], 2020, '10.1000/a')
    """
    cells = cells_of(row)
    draft = Draft(source=source, fragment=fragment)
    _describe(cells, draft)
    _date(cells, draft)
    _place(cells, draft)
    _name(cells, draft)
    _link(cells, draft)
    _count(cells, draft)
    _write(cells, draft)
    _index(cells, draft)
    draft.references = list(_references(cells, source))
    return settled(draft)


def listed(text: str, signs: str = ";|\n") -> list[str]:
    """The values of a cell with several: a list as Python or JSON writes it, or a text with signs between them.

    >>> listed("['Marx, Karl', \\"O'Hara, Ann\\"]"), listed("Peer support; recovery"), listed('["a", "b"]')
    (['Marx, Karl', "O'Hara, Ann"], ['Peer support', 'recovery'], ['a', 'b'])
    """
    if text.startswith("[") and text.endswith("]") and ("'" in text or '"' in text):
        quoted = re.findall(r"'((?:[^'\\]|\\.)*)'(?=\s*[,\]])|\"((?:[^\"\\]|\\.)*)\"(?=\s*[,\]])", text)
        if quoted:
            return [value for pair in quoted if (value := (pair[0] or pair[1]).strip())]
    return values.parted(text, signs)


def _first(cells: Cells, *roles: str) -> str | None:
    return next((cells[name][0] for name in roles if name in cells), None)


# -- what it is ------------------------------------------------------------------------------------------------


def _describe(cells: Cells, draft: Draft) -> None:
    draft.titles = [*cells.get("title", []), *cells.get("short title", [])]
    draft.subtitle = _first(cells, "subtitle")
    draft.translated_titles = [(text, None) for text in cells.get("original title", [])]
    draft.abstracts = cells.get("abstract", [])
    draft.translated_abstracts = [(text, None) for text in cells.get("original abstract", [])]
    draft.language = _first(cells, "language")
    given = cells.get("type", [])
    draft.type_as_given = "; ".join(dict.fromkeys(given)) or None
    draft.type = next((found for text in given if (found := _kind(text))), None)
    retracted = _truth(_first(cells, "retracted"))
    draft.is_retracted = retracted


# Words run together by programs (journalArticle), and the types of RIS where a table was made from it.
_RIS: Final = {"JOUR": "article", "CHAP": "book-chapter", "CONF": "conference-paper", "CPAPER": "conference-paper"}
_SHORT: Final = _RIS | {
    "THES": "dissertation",
    "RPRT": "report",
    "EJOUR": "article",
    "DATA": "dataset",
    "ABST": "article",
}


def _kind(text: str) -> str | None:
    parted = re.sub(r"(?<=[a-z])(?=[A-Z])", " ", text)
    return kind(text) or kind(parted) or kind(text.replace("-", " ").replace("_", " ")) or _SHORT.get(text.upper())


def _truth(text: str | None) -> bool | None:
    folded = (text or "").casefold()
    if folded in ("true", "yes", "1", "y", "retracted"):
        return True
    return False if folded in ("false", "no", "0", "n") else None


def _date(cells: Cells, draft: Draft) -> None:
    draft.year = _first(cells, "year")
    month = _first(cells, "month")
    if draft.year and month and (whole := values.whole_date(draft.year, month, _first(cells, "day"))):
        draft.dates.append(whole)
    draft.dates += cells.get("date", [])
    draft.dates += [text for text in cells.get("online date", []) if not draft.dates]
    draft.events += [("online", text) for text in cells.get("online date", [])]
    draft.events += [("print", text) for text in cells.get("print date", [])]
    draft.events += [("conference", text) for text in cells.get("conference date", [])]


# Embase: "Endoscopic Ultrasound (2014) 3:3 (152-160). Date of Publication: 2014".
_EMBASE: Final = re.compile(
    r"(?P<venue>[^\n]{1,300}?) \((?P<year>\d{4})\)(?: (?P<volume>[^\s:(]{1,20}))?(?: ?:(?P<issue>[^(]{1,30}?))?"
    r"(?: \((?P<pages>[^()]{1,40})\))?\.?(?: (?:Article Number: (?P<number>\S{1,30}?)\.? ?)?)?"
    r"(?:Date of Publication: (?P<date>[^.]{1,40})\.?)?",
)
# PubMed: "Semin Fetal Neonatal Med. 2019 Aug;24(4):101005. doi: 10.1016/j.siny.2019.04.005.".
_PUBMED: Final = re.compile(
    r"(?P<venue>[^;]{1,200}?)\. (?P<date>\d{4}[^;:.]{0,30})"
    r"(?:;(?P<volume>[^:(.;]{0,30})(?:\((?P<issue>[^()]{1,40})\))?)?(?::(?P<pages>[^.]{1,60}))?\.(?=\s|$)"
)
_DATABASE: Final = re.compile(
    r"(?:scopus|pubmed|medline|embase|web of science|wos|crossref|openalex|cinahl|psyc\w+|google scholar|eric|lens|"
    r"dimensions|cochrane.*|central|proquest.*|ebsco.*|ovid.*|arxiv|unique|duplicate|manual|\d+)(?:[\s;,].*)?",
    re.IGNORECASE,
)


def _place(cells: Cells, draft: Draft) -> None:
    draft.venue, draft.short_venue = _first(cells, "venue"), _first(cells, "short venue")
    book, conference = _first(cells, "book"), _first(cells, "conference")
    if book and draft.type in ("book-chapter", "conference-paper", None):
        draft.series = draft.venue if draft.venue != book else None
        draft.venue = book
    draft.venue = draft.venue or book or conference
    draft.series = _first(cells, "series") or draft.series
    draft.volume, draft.issue = _first(cells, "volume"), _first(cells, "issue")
    draft.pages = _first(cells, "first page", "pages")
    draft.last_page = _first(cells, "last page")
    if "pages" in cells and "last page" not in cells:
        draft.pages = cells["pages"][0]
    draft.article_number = _first(cells, "article number")
    draft.page_count = values.integer(_first(cells, "page count"))
    draft.publisher, draft.place = _first(cells, "publisher"), _first(cells, "place")
    draft.serials = [*cells.get("issn", []), *cells.get("isbn", [])]
    for text in cells.get("citation", []):
        if match := _PUBMED.match(text):
            _fill(draft, match.groupdict())
        else:
            draft.notes.append(text)
    for text in cells.get("source", []):
        if match := _EMBASE.fullmatch(text):
            _fill(draft, match.groupdict())
        elif draft.venue is None and "scopus" not in cells and not _DATABASE.fullmatch(text):
            draft.venue = text


def _fill(draft: Draft, parts: dict[str, str | None]) -> None:
    """Fill what no column of its own has said."""
    venue = parts["venue"]
    if draft.venue is None:
        draft.venue = venue
    elif draft.short_venue is None and venue and venue.casefold() != draft.venue.casefold():
        draft.short_venue = venue
    draft.year = draft.year or parts.get("year")
    draft.dates += [day] if (day := parts.get("date")) else []
    draft.volume = draft.volume or (parts["volume"] or "").strip() or None
    draft.issue = draft.issue or (parts["issue"] or "").strip(" :") or None
    draft.pages = draft.pages or parts["pages"]
    draft.article_number = draft.article_number or parts.get("number")


# -- what names it ---------------------------------------------------------------------------------------------


def _name(cells: Cells, draft: Draft) -> None:
    draft.dois = cells.get("doi", [])
    for name in ("pmid", "pmcid"):
        texts = [one for text in cells.get(name, []) for one in re.split(r"[;|,\s]+", text)]
        (draft.pmids if name == "pmid" else draft.pmcids).extend(texts)
    database = _first(cells, "database")
    draft.accessions = [(database, text) for text in cells.get("accession", [])]
    for name in ("scopus", "wos", "lens", "dimensions"):
        draft.accessions += [(name, text) for text in cells.get(name, [])]
    for text in [*cells.get("openalex", []), *(one for one in cells.get("id", []) if "openalex.org" in one)]:
        try:
            # An address names the work also where the row says nothing else of it.
            draft.urls.append((f"https://openalex.org/{identifiers.openalex(text)}", "landing"))
        except NotAnIdentifier:
            draft.notes.append(text)
    for text in cells.get("id", []):
        if text.startswith("doi:10."):
            draft.dois.append(text)
    for name, scheme in (("mag", "mag"), ("arxiv", "arxiv"), ("nihms", "mid")):
        draft.others += [Identifier(scheme, one) for text in cells.get(name, []) for one in listed(text, ";|, ")]
    draft.notes += cells.get("notes", [])


def _link(cells: Cells, draft: Draft) -> None:
    found: dict[str, str] = {}
    for name, sort in (("pdf", "pdf"), ("url", "landing"), ("urls", "landing")):
        for text in cells.get(name, []):
            for address in re.findall(r"(?:https?|ftp)://[^\s|]{3,2000}|www\.[^\s|;]{3,2000}", text):
                found.setdefault(address.rstrip(";"), sort)
    draft.urls += found.items()
    given = " ".join(cells.get("open access", []))
    folded = given.casefold()
    if given:
        status = re.search(r"\b(diamond|gold|green|hybrid|bronze|closed)\b", folded)
        is_open = None if status is None else status[1] != "closed"
        told = next((truth for text in cells["open access"] if (truth := _truth(text)) is not None), None)
        if told is None and re.search(r"\b(?:all open access|all oa|open access|oa)\b", folded):
            told = True
        pdf = next((address for address, sort in draft.urls if sort == "pdf"), None)
        draft.open_access = OpenAccess(
            is_open=is_open if told is None else told,
            status=status[1] if status else None,
            pdf_url=values.web_address(pdf),
        )
    for text in cells.get("license", []):
        for one in listed(text):
            address = values.web_address(one)
            draft.licenses.append(License(url=address) if address else License(name=one))


def _count(cells: Cells, draft: Draft) -> None:
    counted: tuple[tuple[str, Literal["cited_by", "references"]], ...]
    counted = (("cited by", "cited_by"), ("all cited by", "cited_by"), ("references listed", "references"))
    for name, figure in counted:
        value = values.integer(_first(cells, name))
        if value is not None and not any(one[0] == figure for one in draft.counts):
            draft.counts.append((figure, value, None))


# -- who -------------------------------------------------------------------------------------------------------

_NUMBER: Final = re.compile(r"\s*\(\d{5,14}\)\s*$")


def _names(text: str) -> list[Authorship | None]:
    """The names in a cell, whichever sign parts them.

    A comma parts either the names or the halves of one: the names, where every piece is a name of two words.
    """
    if text.startswith("["):
        return [person(one) for one in listed(text)]
    pieces = [piece for piece in text.split(",") if piece.strip()]
    if len(pieces) > 1 and not re.search(r"[;|\n]|\sand\s", text) and all(_is_whole(piece) for piece in pieces):
        return [person(piece) for piece in pieces]
    # "Adeli K.Lewis G. F.": the line ends between the names were lost on the way.
    if (
        not re.search(r"[;,|\n]", text)
        and len(run := re.split(r"(?<=\s[^\W\d_a-z]\.)(?=[^\W\d_a-z][^\W\d_A-Z])", text)) > 1
    ):
        return [person(piece) for piece in run]
    return people(text)


def _is_whole(piece: str) -> bool:
    """Whether a piece between commas is a whole name: two words, not a particle and a family name."""
    words = piece.strip().rstrip(".").split()
    return len(words) > 1 and not (len(words) < 4 and words[0].islower() and not is_initials(words[-1]))


def _write(cells: Cells, draft: Draft) -> None:
    full = _first(cells, "full authors")
    given = full or _first(cells, "authors")
    if given:
        draft.authors = (
            [person(_NUMBER.sub("", one)) for one in given.split(";") if one.strip()] if full else _names(given)
        )
    elif "first author" in cells:
        draft.authors, draft.authors_complete = _names(cells["first author"][0])[:1], False
    draft.editors = [one for text in cells.get("editors", []) for one in _names(text)]
    addresses = [one for text in cells.get("affiliations", []) for one in listed(text)]
    if draft.authors is None:
        draft.affiliations = [Affiliation(text=address) for address in dict.fromkeys(addresses)]
        return
    writers = [one for one in draft.authors if one is not None]
    writers, addresses = _placed(writers, list(dict.fromkeys(addresses)), cells)
    draft.affiliations = [Affiliation(text=address) for address in addresses]
    for name, field in (
        ("author orcids", "orcid"),
        ("author openalex", "openalex"),
        ("author flags", "is_corresponding"),
    ):
        aligned = cells[name][0].split("|") if name in cells else []
        if len(aligned) == len(writers):
            found = [_of_author(field, text) for text in aligned]
            writers = [one.model_copy(update={field: value}) for one, value in zip(writers, found, strict=True)]
    draft.authors = [*_corresponding(writers, _first(cells, "corresponding"))]


def _of_author(field: str, text: str) -> str | bool | None:
    if field == "is_corresponding":
        return _truth(text.strip())
    if field == "openalex":
        match = re.search(r"(?:^|/)(A[1-9]\d{3,11})$", text.strip())
        return match[1] if match else None
    try:
        return identifiers.orcid(text)
    except NotAnIdentifier:
        return None


def _placed(writers: list[Authorship], addresses: list[str], cells: Cells) -> tuple[list[Authorship], list[str]]:
    """Point the authors to their addresses, where a column gives both together.

    Scopus writes `Name, address; Name, address`, where commas part everything: the column of addresses tells
    where one ends. Dimensions writes `Name (address; address); Name (address)`.
    """
    text = _first(cells, "authors with affiliations")
    if text is None:
        return writers, addresses
    bracketed = [re.fullmatch(r"[^()]*\((.*)\)", piece) for piece in _outside_brackets(text)]
    if len(bracketed) == len(writers) and all(bracketed):
        held = [[one.strip() for one in found[1].split(";") if one.strip()] for found in bracketed if found]
        known = list(dict.fromkeys([one for each in held for one in each]))
        return _pointing(writers, held, known), known
    pieces = [piece.strip() for piece in text.split(";") if piece.strip()]
    if len(pieces) != len(writers):
        return writers, addresses or list(dict.fromkeys(pieces))
    behind = [piece.partition("., ")[2] or piece.partition(", ")[2] for piece in pieces]
    if not addresses:
        addresses = list(dict.fromkeys(one for one in behind if one))
    held = []
    for place in behind:
        # The longest first: one address may be the end of another.
        inside, rest = [], place
        for address in sorted(addresses, key=len, reverse=True):
            if address in rest:
                inside.append(address)
                rest = rest.replace(address, "", 1)
        held.append([address for address in addresses if address in inside])
    return _pointing(writers, held, addresses), addresses


def _outside_brackets(text: str) -> list[str]:
    """The pieces between semicolons that stand in no brackets."""
    pieces, start, depth = [], 0, 0
    for match in re.finditer("[();]", text):
        if match[0] == ";" and not depth:
            pieces.append(text[start : match.start()].strip())
            start = match.end()
        elif match[0] != ";":
            depth = max(0, depth + (1 if match[0] == "(" else -1))
    return [piece for piece in [*pieces, text[start:].strip()] if piece]


def _pointing(writers: list[Authorship], held: list[list[str]], addresses: list[str]) -> list[Authorship]:
    places = {address: place for place, address in enumerate(addresses)}
    return [
        one.model_copy(update={"affiliations": tuple(dict.fromkeys(places[address] for address in each))})
        for one, each in zip(writers, held, strict=True)
    ]


def _corresponding(writers: list[Authorship], text: str | None) -> Iterator[Authorship]:
    """Mark the author whose name begins the address for letters, where only one has that name."""
    named = person(re.split(r"[;(]|, (?=[A-Z][a-z]+ [a-z])", text)[0]) if text else None
    family = (named.family or "").casefold() if named else ""
    initial = ((named.given or "") if named else "")[:1].casefold()
    matches = [
        one
        for one in writers
        if family and (one.family or "").casefold() == family and (one.given or "").casefold().startswith(initial)
    ]
    for one in writers:
        yield one.model_copy(update={"is_corresponding": True}) if matches == [one] else one


# -- what belongs to it ----------------------------------------------------------------------------------------


def _index(cells: Cells, draft: Draft) -> None:
    sorts: tuple[tuple[str, Literal["author", "plus", "assigned"]], ...]
    sorts = (("keywords", "author"), ("keywords plus", "plus"), ("index keywords", "assigned"))
    for name, sort in sorts:
        for text in cells.get(name, []):
            signs = ";|\n" if re.search(r"[;|\n\[]", text) else ","
            draft.keywords += [(term, sort) for term in listed(text, signs)]
    for name, scheme, parse in _SCHEMES:
        for text in cells.get(name, []):
            draft.subjects += [
                Subject(scheme=scheme, code=code, label=label) for one in listed(text) for code, label in [parse(one)]
            ]
    for text in cells.get("funders", []):
        draft.funders += list(_funders(text))


def _coded(text: str) -> tuple[str, str | None]:
    """`42 Health Sciences` is a code and its label."""
    match = re.fullmatch(r"(\d{1,6}(?:\.\d{1,3})?)\s+(\S.*)", text)
    return (match[1], match[2]) if match else (text, None)


_SCHEMES: Final[tuple[tuple[str, str, Callable[[str], tuple[str, str | None]]], ...]] = (
    ("mesh", "mesh", lambda text: (text, text)),
    ("fields of research", "anzsrc-for", _coded),
    ("goals", "sdg", _coded),
    ("topic", "openalex-topic", lambda text: (text, text)),
    ("wos categories", "wos-category", lambda text: (text, text)),
    ("research areas", "wos-research-area", lambda text: (text, text)),
)


def _funders(text: str) -> Iterator[Funder]:
    """`Funder, ABBR, (award, award); Funder, (award)` of Scopus, or names alone."""
    for one in listed(text):
        match = re.fullmatch(r"(.+?)(?:, \(([^()]*)\)|\s*\[([^\[\]]*)\])?", one)
        if match:
            awards = [award.strip() for award in re.split(r"[,;]", match[2] or match[3] or "") if award.strip()]
            yield Funder(name=match[1].strip(", "), awards=tuple(dict.fromkeys(awards)))


_LENS: Final = re.compile(r"\d{3}-\d{3}-\d{3}-\d{3}-\d{2}[\dX]")


def _references(cells: Cells, source: str) -> Iterator[Reference]:
    """The references, in the way of the exporter: those of Lens and OpenAlex are ids, of Scopus and Dimensions text."""
    text = _first(cells, "references")
    if text is None:
        return
    if text.startswith("[") and text.count("|") > 6:
        yield from reference_styles.dimensions(text, source=source)
        return
    entries = listed(text)
    if entries and all(map(_LENS.fullmatch, entries)):
        named = [Identifier("lens", entry) for entry in entries]
        yield from (Reference(source=source, position=place, targets=(one,)) for place, one in enumerate(named, 1))
        return
    if "scopus" in cells or re.search(r"\((?:1[89]|20)\d\d\)\s*(?:;|$)", text):
        yield from reference_styles.scopus(text, source=source)
        return
    lines = [line for line in (text.split("\n") if "\n" in text else entries) if line.strip()]
    for place, one in enumerate(lines, 1):
        found = tuple(identifiers.find(one))
        yield Reference(source=source, position=place, text=markup.clean(one), targets=found)


def as_text(row: Mapping[str, str]) -> str:
    """A row as the fragment that is kept: its cells by their headings, in order, without the empty ones.

    >>> as_text({"Title": "Peers", "Note": ""})
    '{"Title": "Peers"}'
    """
    return json.dumps({heading: cell for heading, cell in row.items() if cell.strip()}, ensure_ascii=False)
