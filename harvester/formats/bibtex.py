"""BibTeX and BibLaTeX, as written by hand, by reference managers and by databases.

The fields are those of BibLaTeX's data model (CTAN biblatex.pdf, 2.2) with their older names, and what exporters add:
Scopus and the Web of Science export whole records with cited references, Zotero, Mendeley and JabRef have fields of
their own. bibtexparser, pybtex and pylatexenc were tried on the files of Better BibTeX and JabRef: the first gives up
entries with a mistake in them, the second stops at duplicates, the third hides what follows a percent sign.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final, Literal

from harvester import identifiers
from harvester.errors import InputError
from harvester.formats.bibtex_entries import Entry, entries, joined, needed, parsed
from harvester.formats.bibtex_names import names
from harvester.formats.cited import cited
from harvester.formats.draft import Draft, settled
from harvester.formats.funding import funders
from harvester.formats.kinds import kind
from harvester.formats.lines import opening
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.tex import plain, verbatim
from harvester.formats.values import date, integer, line, month, pages, parted
from harvester.model import Affiliation, Identifier, Record, Reference, Skip

__all__ = ["READER", "TYPES", "recognises", "record", "split"]

TYPES: Final[dict[str, str | None]] = {
    "article": "article",
    "artwork": "other",
    "audio": "other",
    "book": "book",
    "bookinbook": "book-chapter",
    "booklet": "book",
    "collection": "book",
    "conference": "conference-paper",
    "data": "dataset",
    "dataset": "dataset",
    "electronic": "other",
    "inbook": "book-chapter",
    "incollection": "book-chapter",
    "inproceedings": "conference-paper",
    "inreference": "reference-entry",
    "image": "other",
    "jurisdiction": "other",
    "legal": "other",
    "legislation": "other",
    "letter": "other",
    "manual": "report",
    "mastersthesis": "dissertation",
    "misc": None,
    "movie": "other",
    "music": "other",
    "mvbook": "book",
    "mvcollection": "book",
    "mvproceedings": "paratext",
    "mvreference": "book",
    "online": "other",
    "patent": "other",
    "performance": "other",
    "periodical": "paratext",
    "phdthesis": "dissertation",
    "preprint": "preprint",
    "proceedings": "paratext",
    "reference": "book",
    "report": "report",
    "review": "review",
    "software": "software",
    "standard": "standard",
    "suppbook": "book-chapter",
    "suppcollection": "book-chapter",
    "suppperiodical": "article",
    "techreport": "report",
    "thesis": "dissertation",
    "unpublished": "other",
    "video": "other",
    "webpage": "other",
    "www": "other",
}
"""The types of entries, and what each is here; `misc` says nothing."""

_PARTS = frozenset(("inbook", "incollection", "inproceedings", "conference", "inreference", "suppbook", "bookinbook"))
_TELLING = re.compile(
    r"^[ \t\ufeff]*@[ \t]*(?!comment\b|string\b|preamble\b)[A-Za-z][\w+-]*\s*[{(]\s*"
    r"(?:[^\s,={}\"()]*\s*,|[^,={}\"()\n]{1,200},\s|\w+\s*=)",
    re.MULTILINE | re.IGNORECASE,
)
_ANYWHERE = re.compile(r"@[ \t]*([A-Za-z]{3,15})\s*[{(]\s*[^\s,={}\"()]*\s*,\s*\w+\s*=")
_STARTING = re.compile(r"^[ \t\ufeff]*@[ \t]*(?:string|preamble|comment)\s*[{(]", re.MULTILINE | re.IGNORECASE)


# -- cutting ---------------------------------------------------------------------------------------------------


def recognises(head: bytes) -> bool:
    """Whether a line begins an entry: a type behind `@`, a bracket, a key; or macros begin the file."""
    text = opening(head)
    if text.lstrip()[:1] in ("{", "[", "<") and not text.lstrip().startswith("{\\"):
        return False
    if _TELLING.search(text) or _STARTING.match(text.lstrip()):
        return True
    return any(found[1].lower() in TYPES for found in _ANYWHERE.finditer(text))


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into entries, each with the macros it names and the entries it inherits from.

    Raises `InputError` for a file without any entry.
    """
    text = text_of(file)
    found = [entry for entry in entries(text) if entry.type != "xdata"]
    strings = {name: entry for entry in found if entry.type == "string" for name in entry.fields}
    by_key: dict[str, Entry] = {}
    for entry in entries(text):
        if entry.key:
            by_key.setdefault(entry.key.casefold(), entry)
    works = [entry for entry in found if entry.type != "string"]
    if not works:
        raise InputError("no line begins an entry (@article{...); it is not BibTeX, or it is empty")
    number, position = 1, 0
    for entry in works:
        number += len(_LINE_END.findall(text, position, entry.start))
        position = entry.start
        yield Fragment(number, needed(entry, strings, by_key))


_LINE_END = re.compile(r"\r\n|\n|\r")


# -- reading ---------------------------------------------------------------------------------------------------


def record(text: str, source: str) -> Record | Skip:
    r"""Read one entry.

    >>> work = record(r"@article{a, author = {Ana da Silva and {WHO}}, title = {{\'E}tudes}, year = 2014}", "zotero")
    >>> work.title, [author.family or author.name for author in work.authors], work.year
    ('Études', ['da Silva', 'WHO'], 2014)
    """
    entry, parents, macros = parsed(text)
    if entry is None:
        return Skip(source=source, reason="no entry", detail=text.strip()[:200])
    fields = {name: joined(values, macros) for name, values in entry.fields.items()}
    for parent in parents.values():
        _inherit(fields, entry.type, parent, macros)
    fields = {name: text for name, text in fields.items() if text.strip()}
    if not fields:
        return Skip(source=source, reason="empty record", detail=entry.raw[:200])
    draft = Draft(source, text)
    _say_what_it_is(draft, entry.type, fields)
    _say_who_wrote_it(draft, fields)
    _say_where_it_appeared(draft, entry.type, fields)
    _say_when(draft, fields)
    _say_what_names_it(draft, entry, fields)
    _say_what_belongs_to_it(draft, fields)
    return settled(draft)


def _inherit(fields: dict[str, str], sort: str, parent: Entry, macros: dict[str, str]) -> None:
    """Take over what the parent says: its title is the title of the book (biblatex.pdf, appendix B)."""
    given = {name: joined(values, macros) for name, values in parent.fields.items()}
    if parent.type != "xdata":
        for name, own in (("title", "booktitle"), ("subtitle", "booksubtitle"), ("titleaddon", "booktitleaddon")):
            if name in given and (sort in _PARTS or sort == "article"):
                given.setdefault("journaltitle" if sort == "article" and own == "booktitle" else own, given[name])
            given.pop(name, None)
        if parent.type not in ("article", "inbook"):
            # The author of the book is its own; a paper without authors has none.
            given.setdefault("bookauthor", given.get("author", ""))
            given.pop("author", None)
        for own_only in ("shorttitle", "key", "abstract", "keywords", "doi", "url", "pages", "pagetotal", "crossref"):
            given.pop(own_only, None)
    for name, text in given.items():
        if text and name not in fields:
            fields[name] = text


def _first(fields: dict[str, str], *names_of_field: str) -> str | None:
    """The text of the first of these fields that is there."""
    return next((plain(fields[name]) for name in names_of_field if name in fields), None)


def _name(text: str | None) -> str | None:
    """The name of a journal; the Astrophysics Data System writes it as a command that only its styles define."""
    command = re.fullmatch(r"\s*\{?\\([a-z]+)\}?\s*", text or "")
    if command is None:
        return None if text is None else plain(text)
    return _JOURNALS.get(command[1], command[1])


# ui.adsabs.harvard.edu/help/actions/journal-macros
_JOURNALS: Final = {
    "aap": "Astronomy and Astrophysics",
    "aapr": "Astronomy and Astrophysics Reviews",
    "aaps": "Astronomy and Astrophysics, Supplement",
    "actaa": "Acta Astronomica",
    "aj": "Astronomical Journal",
    "ao": "Applied Optics",
    "apj": "Astrophysical Journal",
    "apjl": "Astrophysical Journal, Letters",
    "apjs": "Astrophysical Journal, Supplement",
    "apss": "Astrophysics and Space Science",
    "araa": "Annual Review of Astronomy and Astrophysics",
    "gca": "Geochimica Cosmochimica Acta",
    "grl": "Geophysics Research Letters",
    "icarus": "Icarus",
    "jcap": "Journal of Cosmology and Astroparticle Physics",
    "jcp": "Journal of Chemical Physics",
    "jgr": "Journal of Geophysics Research",
    "jqsrt": "Journal of Quantitative Spectroscopy and Radiative Transfer",
    "mnras": "Monthly Notices of the Royal Astronomical Society",
    "nar": "New Astronomy Review",
    "nat": "Nature",
    "nphysa": "Nuclear Physics A",
    "pasa": "Publications of the Astronomical Society of Australia",
    "pasj": "Publications of the Astronomical Society of Japan",
    "pasp": "Publications of the Astronomical Society of the Pacific",
    "physrep": "Physics Reports",
    "planss": "Planetary Space Science",
    "pra": "Physical Review A",
    "prb": "Physical Review B",
    "prc": "Physical Review C",
    "prd": "Physical Review D",
    "pre": "Physical Review E",
    "prl": "Physical Review Letters",
    "procspie": "Proceedings of the SPIE",
    "solphys": "Solar Physics",
    "ssr": "Space Science Reviews",
}


def _with_subtitle(title: str | None, subtitle: str | None) -> str | None:
    return f"{title.rstrip(':. ')}: {subtitle}" if title and subtitle else title or subtitle


def _say_what_it_is(draft: Draft, sort: str, fields: dict[str, str]) -> None:
    described = _first(fields, "document_type", "type", "entrysubtype")
    draft.type = TYPES.get(sort, kind(sort))
    draft.type_as_given = sort
    if described and kind(described) and draft.type in (None, "article", "other", "conference-paper"):
        draft.type, draft.type_as_given = kind(described), f"{sort}; {line(described)}"
    if draft.type is None and _is_preprint(fields):
        draft.type = "preprint"
    title = fields.get("title") or fields.get("titleaddon") or fields.get("maintitle")
    draft.titles = [plain(title)] if title else []
    if not title and (name := _first(fields, "booktitle", "shorttitle", "eventtitle", "subtitle")):
        draft.titles = [name]
        fields.pop("booktitle", None)
    draft.subtitle = _first(fields, "subtitle")
    draft.translated_titles = [(plain(fields[name]), None) for name in _OTHER_TITLES if name in fields]
    short = _first(fields, "shorttitle")
    if short and draft.titles and not draft.titles[0].casefold().startswith(short.casefold().rstrip(".… ")):
        draft.translated_titles.append((short, None))
    draft.abstracts = [plain(fields[name]) for name in ("abstract", "annotation_abstract") if name in fields]
    draft.language = _first(fields, "language", "langid", "hyphenation")
    for name, sort_of in _KEYWORDS.items():
        if text := _first(fields, name):
            signs = ";" if ";" in text else ","
            draft.keywords += [(term, sort_of) for term in parted(text.replace("\n", " "), signs)]


_OTHER_TITLES: Final = (
    "origtitle",
    "reprinttitle",
    "indextitle",
    "titletranslation",
    "translatedtitle",
    "englishtitle",
)
_KEYWORDS: Final[dict[str, Literal["author", "plus", "assigned"]]] = {
    "author_keywords": "author",
    "keywords": "author",
    "keyword": "author",
    "keywords-plus": "plus",
    "mendeley-tags": "author",
}
_PREPRINTS = re.compile(r"arxiv|biorxiv|medrxiv|chemrxiv|psyarxiv|osf|ssrn|research ?square|preprint", re.IGNORECASE)


def _is_preprint(fields: dict[str, str]) -> bool:
    told = (fields.get(name, "") for name in ("eprinttype", "archiveprefix", "publisher", "howpublished", "journal"))
    return any(_PREPRINTS.search(text) for text in told)


def _say_who_wrote_it(draft: Draft, fields: dict[str, str]) -> None:
    if "author" in fields:
        draft.authors, draft.authors_complete = names(fields["author"])
    for name in ("editor", "editora", "editorb", "bookeditor"):
        if name in fields:
            draft.editors += names(fields[name])[0]
    for name in ("affiliation", "affiliations", "address1"):
        if text := _first(fields, name):
            # The Web of Science ends each address with a full stop, Scopus parts them by semicolons.
            for address in re.split(r";\s*|\.\s*\n\s*", text):
                if found := line(address.rstrip(". ")):
                    draft.affiliations.append(Affiliation(text=found))


def _say_where_it_appeared(draft: Draft, sort: str, fields: dict[str, str]) -> None:
    book = _with_subtitle(_first(fields, "booktitle", "maintitle"), _first(fields, "booksubtitle"))
    named = next((fields[name] for name in ("journaltitle", "journal", "journal-full") if name in fields), None)
    journal = _with_subtitle(_name(named), _first(fields, "journalsubtitle"))
    draft.series = _first(fields, "series")
    if sort in _PARTS:
        draft.venue = book or journal or _first(fields, "eventtitle")
    else:
        draft.venue = journal or (book if draft.titles != [book] else None)
    draft.short_venue = _first(fields, "shortjournal", "journal-iso", "abbrev_source_title", "journalabbr", "fjournal")
    if "fjournal" in fields and draft.venue:
        # Mathematical Reviews: the abbreviation in `journal`, the name beside it.
        draft.venue, draft.short_venue = draft.short_venue, draft.venue
    draft.volume = _first(fields, "volume")
    draft.issue = _first(fields, "number", "issue") if sort != "patent" else None
    draft.pages = _first(fields, "pages", "page")
    draft.article_number = _first(fields, "eid", "articleno", "article-number", "art_number", "article_number")
    draft.page_count = integer(_first(fields, "pagetotal", "numpages", "page_count", "number-of-pages"))
    place = pages(draft.pages)
    if (
        sort in ("book", "mvbook", "thesis", "phdthesis", "mastersthesis")
        and (place.first or "").isdigit()
        and not place.last
    ):
        draft.page_count, draft.pages = draft.page_count or integer(place.first), None
    draft.publisher = _first(fields, "publisher", "institution", "school", "organization", "university")
    draft.place = _first(fields, "location", "address", "publisher-address", "place")
    draft.serials = [fields[name] for name in ("issn", "isbn", "eissn", "issn-l", "eisbn", "isbn13") if name in fields]


def _say_when(draft: Draft, fields: dict[str, str]) -> None:
    """The year, and the date that says more of it; `month` may be a name, a number or `10 aug`."""
    draft.year = _first(fields, "year") or _first(fields, "date")
    named = _first(fields, "month")
    draft.dates = [text for name in ("date", "issue_date", "publication_date") if (text := _first(fields, name))]
    if named:
        day = _first(fields, "day") or ""
        number = month(named) if named.strip().isdigit() else None
        draft.dates.append(f"{draft.year}-{number:02}-{day}".rstrip("-") if number else f"{named} {day}")
    if date(draft.year) is None and _first(fields, "date"):
        draft.year = _first(fields, "date")
    if event := _first(fields, "eventdate"):
        draft.events.append(("event", event))
    if early := _first(fields, "early-access-date", "earlyaccessdate"):
        draft.events.append(("online", early))


_SCHEMES: Final = {
    "bibcode": "bibcode",
    "eric": "eric",
    "hal_id": "hal",
    "jstor": "jstor",
    "lccn": "lccn",
    "mrnumber": "mathscinet",
    "oclc": "oclc",
    "scopusid": "scopus",
    "zblnumber": "zbmath",
    "zbl": "zbmath",
}
_ARXIV = re.compile(r"(?:arxiv:)?\s*(\d{4}\.\d{4,5}|[a-z-]{2,10}(?:\.[a-z]{2})?/\d{7})(?:v\d{1,3})?", re.IGNORECASE)


def _say_what_names_it(draft: Draft, entry: Entry, fields: dict[str, str]) -> None:
    draft.dois = [verbatim(fields[name]) for name in ("doi", "book-doi") if name in fields][:1]
    for name, kept in (
        ("pmid", draft.pmids),
        ("pubmed_id", draft.pmids),
        ("pmcid", draft.pmcids),
        ("pmc", draft.pmcids),
    ):
        if name in fields:
            kept.append(verbatim(fields[name]))
    for name, scheme in _SCHEMES.items():
        if name in fields:
            draft.accessions.append((scheme, verbatim(fields[name]).strip(" ()")))
    for name in ("unique-id", "accession-number", "eid"):
        if name in fields:
            draft.accessions.append((None, verbatim(fields[name])))
    if entry.key.startswith(("WOS:", "ISI:", "MEDLINE:", "2-s2.0-", "pub.")):
        draft.accessions.append((None, entry.key))
    _say_eprint(draft, fields)
    for name in ("url", "howpublished", "link", "bdsk-url-1", "ee", "adsurl"):
        for address in re.findall(r"(?:https?://|www\.)[^\s,;\"<>]+", verbatim(fields.get(name, ""))):
            draft.urls.append((address, "landing"))
    draft.notes = [
        verbatim(fields[name]) for name in ("note", "annote", "annotation", "addendum", "pubstate") if name in fields
    ]
    if draft.urls and "doi" in fields and not draft.dois[0].strip():
        draft.dois = []


def _say_eprint(draft: Draft, fields: dict[str, str]) -> None:
    """An eprint is a number in the archive that stands beside it; arXiv registers a DOI for each of its own."""
    text = verbatim(fields.get("eprint", "")).strip()
    archive = verbatim(
        fields.get("eprinttype", "") or fields.get("archiveprefix", "") or fields.get("archive", "")
    ).lower()
    journal = fields.get("journal", "") + fields.get("journaltitle", "")
    if not text and "arxiv" in journal.lower():
        text, archive = journal, "arxiv"
    if not text:
        return
    match = _ARXIV.search(text)
    if match and (archive in ("", "arxiv") or "arxiv" in text.lower()):
        if archive == "arxiv" or "arxiv" in text.lower() or "/" not in text:
            draft.others.append(Identifier("arxiv", match[1].lower()))
            draft.dois.append(identifiers.parse(f"arxiv:{match[1]}").value)
    elif archive in ("pmid", "pubmed", "medline"):
        draft.pmids.append(text)
    elif archive in ("pmc", "pmcid"):
        draft.pmcids.append(text)
    elif archive and not text.lower().startswith(("http", "file")):
        draft.accessions.append((archive, text))
    else:
        draft.notes.append(text)


_CITED_BY = re.compile(r"\bcited by:?\s*(\d+)", re.IGNORECASE)


def _say_what_belongs_to_it(draft: Draft, fields: dict[str, str]) -> None:
    for name, sort, index in _FIGURES:
        if (value := integer(fields.get(name))) is not None:
            draft.counts.append((sort, value, index))
    if match := _CITED_BY.search(fields.get("note", "")):
        draft.counts.append(("cited_by", int(match[1]), "scopus"))
    if text := _first(fields, "funding-acknowledgement", "funding_text", "funding"):
        draft.funders = list(funders(text))
    draft.references = list(_references(fields, draft.source))


_FIGURES: Final[tuple[tuple[str, Literal["cited_by", "references"], str | None], ...]] = (
    ("times-cited", "cited_by", "wos"),
    ("number-of-cited-references", "references", None),
    ("citations", "cited_by", None),
)


def _references(fields: dict[str, str], source: str) -> Iterator[Reference]:
    """Cited references: lines in the exports of the Web of Science, parted by semicolons in those of Scopus."""
    if "cited-references" in fields:
        lines = (one.strip().rstrip(".") for one in plain(fields["cited-references"]).split("\n"))
        for place, printed in enumerate((one for one in lines if one), 1):
            yield cited(printed, position=place, source=source)
    elif "references" in fields:
        listed = (one.strip() for one in plain(fields["references"]).split("; "))
        for place, printed in enumerate((one for one in listed if one), 1):
            targets = tuple(one for one in identifiers.find(printed) if one.scheme in ("doi", "pmid", "pmcid"))
            year_of = re.search(r"\(((?:1[5-9]|20)\d\d)\)", printed)
            yield Reference(
                source=source,
                position=place,
                text=line(printed),
                targets=targets,
                year=int(year_of[1]) if year_of else None,
            )


READER = Reader(
    name="bibtex",
    description="BibTeX and BibLaTeX: Zotero, Mendeley, JabRef, Scopus, Web of Science",
    recognises=recognises,
    split=split,
    record=record,
)
