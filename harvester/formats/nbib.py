"""PubMed's text format (`.nbib`, MEDLINE), and the exports of ERIC and KoreaMed in the same shape.

A tag of up to four letters, padded to four, a hyphen, a value; longer values go on with six spaces in front. The
tags are explained at nlm.nih.gov/bsd/mms/medlineelements.html.
"""

import re
from collections.abc import Iterator
from typing import BinaryIO, Final

from harvester import identifiers
from harvester.errors import InputError, NotAnIdentifier
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.lines import numbered, opening, together
from harvester.formats.names import organisation, person
from harvester.formats.pubmed_links import RELATIONS, UPDATES
from harvester.formats.reading import Fragment, Reader, text_of
from harvester.formats.tagged import Tagged, first, grouped
from harvester.formats.values import date, doi, line
from harvester.model import Affiliation, Authorship, Funder, Identifier, Record, Relation, Skip, Subject, Update

__all__ = ["LINKS", "READER", "fields", "recognises", "record", "split"]

LINKS: Final = {
    "CIN": "CommentIn",
    "CON": "CommentOn",
    "CRF": "CorrectedandRepublishedFrom",
    "CRI": "CorrectedandRepublishedIn",
    "DDIN": "AssociatedDataset",
    "DRIN": "AssociatedPublication",
    "ECF": "ExpressionOfConcernFor",
    "ECI": "ExpressionOfConcernIn",
    "EFR": "ErratumFor",
    "EIN": "ErratumIn",
    "ORI": "OriginalReportIn",
    "PRIN": "PartialRetractionIn",
    "PROF": "PartialRetractionOf",
    "RIN": "RetractionIn",
    "ROF": "RetractionOf",
    "RPF": "RepublishedFrom",
    "RPI": "RepublishedIn",
    "RRF": "RetractedandRepublishedFrom",
    "RRI": "RetractedandRepublishedIn",
    "SPIN": "SummaryForPatientsIn",
    "UIN": "UpdateIn",
    "UOF": "UpdateOf",
}
"""Tags that name other records, and the same in PubMed XML (`RefType`)."""

_FIELD = re.compile(r"(?=.{4} ?-)([A-Z][A-Z0-9]{1,3}) {0,2}- ?(.*)$", re.DOTALL)
_STARTS = frozenset(("PMID", "OWN"))
_ONCE = frozenset(("PMID", "OWN", "STAT", "TI", "DP", "JT"))


# -- cutting ---------------------------------------------------------------------------------------------------


def recognises(head: bytes) -> bool:
    """Whether the first lines begin a record: `PMID-` or `OWN -`, with a title or a date in the opening."""
    tags = [match[1] for _, text in numbered(opening(head)) if (match := _FIELD.match(text))]
    return bool(tags) and not _STARTS.isdisjoint(tags[:4]) and not {"TI", "DP", "BTI", "STAT", "AB"}.isdisjoint(tags)


def split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into records: at a `PMID`, and after a blank line at a tag that a record has only once.

    Raises `InputError` for a file without any record.
    """
    lines: list[tuple[int, str]] = []
    seen: set[str] = set()
    blank = found = False
    for number, text in numbered(text_of(file)):
        match = _FIELD.match(text)
        if match:
            tag = match[1]
            if seen and ((tag in _ONCE and tag in seen and (blank or tag in _STARTS)) or (blank and tag in _STARTS)):
                found = True
                yield together(lines)
                lines, seen = [], set()
            seen.add(tag)
        blank = not text.strip()
        if match or lines:
            lines.append((number, text))
    if seen & (_ONCE | {"AB", "FAU", "AU"}):
        found = True
        yield together(lines)
    if not found:
        raise InputError("no line begins a record (PMID- ...); it is not PubMed's text format, or it is empty")


def fields(fragment: str) -> list[tuple[str, str]]:
    """The tags and values of a record, in order, each value on one line.

    >>> fields("PMID- 12\\nTI  - Peer\\n      support.")
    [('PMID', '12'), ('TI', 'Peer support.')]
    """
    found: list[tuple[str, list[str]]] = []
    for _, text in numbered(fragment):
        if match := _FIELD.match(text):
            found.append((match[1], [match[2].strip()]))
        elif found and text.strip():
            found[-1][1].append(text.strip())
    return [(tag, " ".join(values)) for tag, values in found]


# -- reading ---------------------------------------------------------------------------------------------------


def record(text: str, source: str) -> Record | Skip:
    """Read one record.

    >>> work = record("PMID- 12\\nTI  - Peers help.\\nFAU - Silva, Ana B\\nAU  - Silva AB\\nDP  - 2020 May 3", "pubmed")
    >>> work.pmid, work.title, work.authors[0].name, work.date
    ('12', 'Peers help', 'Ana B Silva', '2020-05-03')
    """
    found = [(tag, value) for tag, value in fields(text) if value]
    if not found:
        return Skip(source=source, reason="empty record", detail=text.strip()[:200])
    values = grouped(found)
    draft = Draft(source, text)
    _say_what_it_is(draft, values)
    _say_who_wrote_it(draft, found)
    _say_where_and_when(draft, values)
    _say_what_names_it(draft, values)
    _say_what_it_is_about(draft, values)
    _say_what_it_is_linked_to(draft, found)
    return settled(draft)


def _say_what_it_is(draft: Draft, values: Tagged) -> None:
    types = values.get("PT", [])
    draft.type_as_given = "; ".join(types) or None
    # ERIC has its own words in the plural, and what a paper reports: "Journal Articles", "Reports - Research".
    singular = [one.partition("s -")[0].rstrip("s") for one in types]
    draft.type = kind(draft.type_as_given) or kind("; ".join(singular))
    if "Journal Article" in singular and draft.type == "report":
        draft.type = "article"
    if any(one.startswith("Dissertation") for one in types):
        draft.type = "dissertation"
    if "Retracted Publication" in types:
        draft.is_retracted = True
    book, title = first(values, "BTI"), first(values, "TI")
    if title and book:
        draft.type = draft.type if draft.type and draft.type not in ("article", "book") else "book-chapter"
        draft.venue = book
    elif book:
        draft.type = draft.type or "book"
    draft.titles = [_without_stop(one) for one in (title or book,) if one]
    spoken = first(values, "LA")
    if original := first(values, "TT"):
        # In brackets stands NLM's translation; the title as printed is beside it.
        draft.translated_titles.append((_without_stop(original), spoken))
        if not draft.titles:
            draft.titles = [_without_stop(original)]
    draft.abstracts = values.get("AB", [])[:1]
    tongues = values.get("OABL", [])
    for place, text in enumerate(values.get("OAB", [])):
        draft.translated_abstracts.append((text, tongues[place] if place < len(tongues) else None))
    draft.translated_abstracts += [(text, None) for text in values.get("AB", [])[1:]]
    draft.language = spoken


def _without_stop(title: str) -> str:
    """A title without the full stop that NLM ends it with, and without the brackets of its translations."""
    if title.startswith("[") and title.rstrip(".").endswith("]") and title.count("[") == title.count("]"):
        title = title.rstrip(".")[1:-1]
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


def _say_who_wrote_it(draft: Draft, found: list[tuple[str, str]]) -> None:
    """People in the order of their lines: each in full (`FAU`) or short (`AU`), then his ORCID and addresses."""
    addresses: dict[str, int] = {}
    authors: list[Authorship | None] = []
    editors: list[Authorship | None] = []
    current = authors
    has_full = {tag for tag, _ in found} & {"FAU", "FED"}
    given = False
    for tag, value in found:
        if tag in ("FAU", "FED"):
            current = authors if tag == "FAU" else editors
            current.append(person(value) if "," in value else organisation(value) or person(value))
            given = True
        elif tag in ("AU", "ED"):
            given = True
            current = authors if tag == "AU" else editors
            if value.lower().startswith("et al"):
                draft.authors_complete = False
            elif f"F{tag}" not in has_full:
                current.append(person(value))
        elif tag == "CN" or (tag == "ECN" and value):
            current = authors if tag == "CN" else editors
            current.append(organisation(value))
            given = True
        elif tag == "AUID" and current and current[-1] and (orcid := _orcid(value)):
            current[-1] = current[-1].model_copy(update={"orcid": orcid})
        elif tag == "AD" and (address := line(value)):
            place = addresses.setdefault(address, len(addresses))
            if current and current[-1]:
                places = tuple(dict.fromkeys([*current[-1].affiliations, place]))
                current[-1] = current[-1].model_copy(update={"affiliations": places})
    draft.authors = authors if given else None
    draft.editors = editors
    draft.affiliations = [Affiliation(text=address) for address in addresses]


def _orcid(value: str) -> str | None:
    try:
        return identifiers.orcid(value)
    except NotAnIdentifier:
        return None


# ERIC's source field: "v10 n6 p883-895 2020".
_ERIC_SOURCE = re.compile(
    r"(?:v(?P<volume>\w+)\b)?\s*(?:n(?P<issue>[\w-]+)\b)?\s*(?:(?:p(?P<pages>[\w-]+))|Article (?P<article>\w+))?"
)
_HISTORY = re.compile(r"(\S+ ?\S*) \[(received|revised|accepted|entrez|pubmed|medline|pmc-release)\]")


def _say_where_and_when(draft: Draft, values: Tagged) -> None:
    draft.venue = first(values, "JT") or draft.venue
    draft.short_venue = first(values, "TA")
    draft.series = first(values, "CTI")
    draft.volume, draft.issue, draft.pages = (first(values, tag) for tag in ("VI", "IP", "PG"))
    if match := _ERIC_SOURCE.match(first(values, "SO") or ""):
        draft.volume = draft.volume or match["volume"]
        draft.issue = draft.issue or match["issue"]
        draft.pages = draft.pages or match["pages"]
        draft.article_number = match["article"]
    if not (draft.pages or draft.article_number):
        # The item number of the publisher is the number of the article where it is short (1042, e42692).
        numbers = (text.removesuffix("[pii]").strip() for text in _of(values, "[pii]"))
        draft.article_number = next((one for one in numbers if re.fullmatch(r"[A-Za-z]{0,6}\d{1,9}", one)), None)
    draft.publisher, draft.place = first(values, "PB"), first(values, "PL")
    draft.serials = [
        re.sub(r"\b[EP]?IS[SB]N-", "", text) for tag in ("IS", "ISSN", "ISBN") for text in values.get(tag, [])
    ]
    draft.year = first(values, "DP") or first(values, "CDAT")
    if date(draft.year) is None:
        draft.dates = [re.sub(r".*\bArticle \w+ ", "", text) for text in values.get("DP", [])]
    draft.events = [("online", text) for text in values.get("DEP", [])]
    for text in values.get("PHST", []):
        if match := _HISTORY.search(text):
            draft.events.append((match[2].replace("-", "_"), match[1]))
    draft.updated = date(first(values, "LR"))


def _of(values: Tagged, mark: str) -> list[str]:
    """The identifiers with this mark behind them, those that the publisher gave first."""
    return [text for tag in ("AID", "LID") for text in values.get(tag, []) if text.endswith(mark)]


def _say_what_names_it(draft: Draft, values: Tagged) -> None:
    draft.pmids = [text for text in values.get("PMID", []) if text.strip("0")]
    draft.pmcids = values.get("PMC", [])
    draft.dois = _of(values, "[doi]")
    for tag in ("AID", "LID"):
        for text in values.get(tag, []):
            if text.startswith(("http", "www.")):
                draft.urls.append((text, "landing"))
                draft.dois += [text] if "doi.org/" in text else []
            elif "[" not in text:
                draft.dois.append(text)
    printed = first(values, "SO") or ""
    if "doi:" in printed:
        draft.dois.append(printed[printed.index("doi:") :].split(". ")[0])
    for text in values.get("OID", []):
        owner, _, number = text.rpartition(": ")
        if number.startswith("PMC"):
            draft.pmcids.append(number)
        else:
            draft.accessions.append((owner or None, number))
    draft.accessions += [("pii", text.removesuffix("[pii]").strip()) for text in _of(values, "[pii]")[:1]]
    draft.accessions += [("mid", text) for text in values.get("MID", [])]
    for text in values.get("SI", []):
        # "ClinicalTrials.gov/NCT00000123": where the data or the trial is registered.
        bank, slash, number = text.partition("/")
        draft.accessions += [(bank, number)] if slash else []


def _say_what_it_is_about(draft: Draft, values: Tagged) -> None:
    draft.keywords = [(text.lstrip("*"), "author") for tag in ("OT", "KW") for text in values.get(tag, [])]
    for text in values.get("MH", []):
        heading, *qualifiers = (part.strip("* ") for part in text.split("/"))
        for name in [f"{heading}/{one}" for one in qualifiers] or [heading]:
            draft.subjects.append(Subject(scheme="mesh", code=name, label=name))
    for text in values.get("RN", []):
        code, _, label = text.partition(" (")
        name = label.rstrip(")") or code
        draft.subjects.append(Subject(scheme="mesh", code=name, label=name))
    awards: dict[str | None, list[str]] = {}
    for text in values.get("GR", []):
        number, _, agency = (line(text) or "").partition("/")
        country = agency.rpartition("/")[0] if agency.count("/") else agency
        name = country.partition("/")[2] if re.match(r"[A-Z]{2}/", country) else country
        awards.setdefault(name or None, []).append(number)
    draft.funders = [
        Funder(name=name, awards=tuple(one for one in dict.fromkeys(numbers) if one))
        for name, numbers in awards.items()
    ]


_NAMED_PMID = re.compile(r"\bPMID: (\d{1,8})")
_PRINTED_DAY = re.compile(r"(?<!\d)((?:1[89]|20)\d\d(?: [A-Z][a-z]{2}(?: \d{1,2})?)?)(?=[-;:.,)]|$)")


def _say_what_it_is_linked_to(draft: Draft, found: list[tuple[str, str]]) -> None:
    for tag, value in found:
        sort = LINKS.get(tag)
        if sort is None:
            continue
        pmid, other = _NAMED_PMID.search(value), doi(value)
        day = _PRINTED_DAY.search(value)
        if sort in UPDATES:
            direction, what = UPDATES[sort]
            draft.updates.append(
                Update(
                    direction="updates" if direction == "updates" else "updated_by",
                    type=what,
                    doi=other,
                    label=line(value),
                    date=date(day[1]) if day else None,
                    asserted_by="pubmed",
                    record_id=f"pmid:{pmid[1]}" if pmid else None,
                )
            )
            if tag in ("RIN", "RRI"):
                draft.is_retracted = True
        elif pmid or other:
            target = Identifier("pmid", pmid[1]) if pmid else Identifier("doi", other or "")
            draft.relations.append(Relation(kind=RELATIONS[sort], target=target))


READER = Reader(
    name="nbib",
    description="PubMed and MEDLINE text (.nbib), also of ERIC",
    recognises=recognises,
    split=split,
    record=record,
)
