"""What every format of references writes of a work: names, dates, pages and words as other programs read them.

A format knows its own tags and signs. What its values are, in which order and cut where, is decided here, as it is for
the formats that are read in `harvester.formats.draft`: a record that goes out and comes in again says the same.
"""

import re
from collections.abc import Iterable, Iterator, Mapping
from typing import Final, Literal, NamedTuple
from urllib.parse import quote

from harvester.formats.kinds import KINDS
from harvester.formats.values import EARLIEST_YEAR, LATEST_YEAR, date
from harvester.model import Affiliation, Authorship, Work
from harvester.retractions import notices, told

__all__ = [
    "RETRACTED",
    "WORDS",
    "Place",
    "account",
    "address",
    "addresses",
    "closed",
    "counted",
    "held",
    "initials",
    "inverted",
    "is_about_others",
    "joined",
    "keywords",
    "one_line",
    "pages",
    "pdf",
    "place",
    "printed",
    "serials",
    "term",
    "terms",
    "title",
    "types",
    "when",
]

RETRACTED: Final = "Retracted Publication"
"""The keyword of a retracted work, in MEDLINE's word for it (nlm.nih.gov/mesh/pubtypes.html)."""

WORDS: Final = {
    sort: word.title()
    for word, sort in KINDS.items()
    if word == sort.replace("-", " ") and sort not in ("article", "other")
}
"""Each type of work in a word that readers know for it, where one does; an article needs none."""

# Lone surrogates, controls that are no white space, and what XML 1.0 has no way to write.
_UNWRITABLE: Final = re.compile("[\x00-\x08\x0e-\x1b\x7f-\x84\x86-\x9f\ud800-\udfff\ufdd0-\ufdef\ufffe\uffff\ufeff]")


def held(works: Iterable[Work]) -> Iterator[Work]:
    """Give the works that a source holds a record of; of the others nothing is known but that they are cited."""
    return (work for work in works if work.sources)


def one_line(text: str | None) -> str:
    r"""Text on one line, without characters that end a file or a line for some reader.

    >>> one_line(" Peer\r\nsupport\x00\u2028works ")
    'Peer support works'
    """
    return " ".join(_UNWRITABLE.sub("", text or "").split())


# -- what it is ------------------------------------------------------------------------------------------------


def title(work: Work) -> str:
    """The title with its subtitle, which Crossref gives apart and OpenAlex within the title."""
    main, sub = one_line(work.title), one_line(work.subtitle)
    if not main or not sub or sub.casefold() in main.casefold():
        return main or sub
    return f"{main}{' ' if main[-1] in ':?!.' else ': '}{sub}"


_UNTYPED: Final = frozenset((None, "other", "paratext", "peer-review", "supplementary-materials"))


def types(work: Work, named: Mapping[str, str], *, article: str) -> list[str]:
    """What the work is in the words of a format, `article` where it has none; and that it is retracted.

    >>> types(Work(key="a", type="erratum", is_retracted=True), {"erratum": "Correction"}, article="Article")
    ['Correction', 'Retracted Publication']
    >>> (
    ...     types(Work(key="a", type="book"), {}, article="Article"),
    ...     types(Work(key="a", type="other"), {}, article="Article"),
    ... )
    (['Book'], [])
    """
    word = named.get(work.type or "", WORDS.get(work.type or "", article))
    return [*([] if work.type in _UNTYPED else [word]), *([RETRACTED] if work.is_retracted else [])]


def keywords(work: Work) -> list[str]:
    """Each term once, the author's own first and those that a machine assigned last; that a work is retracted is one.

    A semicolon within a term would part it for every reader, and an asterisk before it marks a heading of a thesaurus.

    >>> keywords(Work(key="a", is_retracted=True))
    ['Retracted Publication']
    """
    given = [*terms(work), *([RETRACTED] if work.is_retracted else [])]
    return _distinct(one for text in given if (one := term(text)))


def terms(work: Work, *kinds: str) -> list[str]:
    """The keywords of these kinds, or of all, as they are: each once, the author's own first, then those assigned.

    >>> from harvester.model import Keyword
    >>> given = (Keyword(term="help", kind="assigned"), Keyword(term="Help", kind="author"))
    >>> terms(Work(key="a", keywords=given)), terms(Work(key="a", keywords=given), "assigned")
    (['Help'], ['help'])
    """
    return _distinct(
        each.term for kind in kinds or ("author", "plus", "assigned") for each in work.keywords if each.kind == kind
    )


def _distinct(texts: Iterable[str]) -> list[str]:
    """Each text once, in the capitals in which it comes first."""
    found: dict[str, str] = {}
    for text in texts:
        found.setdefault(text.casefold(), text)
    return list(found.values())


def term(given: str) -> str:
    """A keyword on one line, without what would part it or mark it."""
    return one_line(given.replace(";", ",").lstrip("* \t\r\n"))


def joined(terms: list[str]) -> str:
    """The terms in one text; a single one with a comma ends in a semicolon, or readers would part it there.

    >>> joined(["peers", "help"]), joined(["peers, help"])
    ('peers; help', 'peers, help;')
    """
    return f"{terms[0]};" if len(terms) == 1 and "," in terms[0] else "; ".join(terms)


def account(work: Work) -> list[str]:
    """What a reviewer is to know of a work besides its description, a line for each matter.

    The lines travel in notes, which every program keeps. Readers look for identifiers in notes: a line that names
    other works says so by a word, so that their DOIs are not taken for its own.

    >>> account(Work(key="doi:10.1000/a", pmid="12", openalex="W1234", sources=("crossref", "openalex")))
    ['PMID: 12; OpenAlex: W1234', 'Records from: crossref, openalex']
    """
    said = []
    if work.is_retracted:
        said.append(f"Retracted: {'; '.join(map(told, notices(work))) or 'no notice known'}")
    identifiers = (("PMID", work.pmid), ("PMCID", work.pmcid), ("OpenAlex", work.openalex))
    if named := [f"{name}: {value}" for name, value in identifiers if value]:
        said.append("; ".join(named))
    if work.sources:
        said.append(f"Records from: {', '.join(work.sources)}")
    if found := work.citation_search:
        parts = ["seed"] if found.is_seed else []
        parts += [f"rank {found.rank}"] if found.rank is not None else []
        parts += [f"round {found.round}"] if found.round is not None else []
        parts += [", ".join(found.directions)] if found.directions else []
        parts += [f"according to {', '.join(found.sources)}"] if found.sources else []
        if parts:
            said.append(f"Citation search: {'; '.join(parts)}")
        if found.seeds:
            said.append(f"Related seeds: {'; '.join(found.seeds)}")
    return [one_line(text) for text in said]


def is_about_others(line: str) -> bool:
    """Whether a line of the account names other works: where all of it is one note, these stand in another."""
    return line.startswith(("Retracted:", "Related seeds:"))


# -- who -------------------------------------------------------------------------------------------------------

# Programs split a line at these signs, whatever the tag.
_PARTING: Final = str.maketrans({";": ",", "|": ",", "\uff1b": ","})


def closed(text: str | None) -> str:
    """A part of a name, without the signs that part names.

    >>> closed("Silva, Jr; (ed)")
    'Silva Jr (ed)'
    """
    return one_line(re.sub("[,;|\uff0c\uff1b]", " ", text or ""))


def inverted(author: Authorship, *, suffix: Literal["last", "middle", "joined"] = "last") -> str:
    """A name as `Family, Given`; what comma stands behind the name of an organisation is EndNote's.

    The suffix stands behind the given name with a comma, with none, or between the names.

    >>> inverted(Authorship(name="Ana Silva Jr.", given="Ana", family="Silva", suffix="Jr."))
    'Silva, Ana, Jr.'
    >>> inverted(Authorship(name="World Health Organization", is_organisation=True))
    'World Health Organization,'
    """
    family, given, behind = closed(author.family), closed(author.given), closed(author.suffix)
    if author.is_organisation:
        name = one_line(author.name.translate(_PARTING)).rstrip(", ")
        # Programs take what stands behind a comma for a given name.
        return re.sub(r"\s*,\s*", " - ", name) + "," if name else ""
    if not family:
        return one_line(author.name.translate(_PARTING)).rstrip(", ")
    if not given:
        return family
    if not behind:
        return f"{family}, {given}"
    if suffix == "middle":
        return f"{family}, {behind}, {given}"
    return f"{family}, {given}{' ' if suffix == 'joined' else ', '}{behind}"


def initials(author: Authorship) -> str:
    """The family name and the initials, as PubMed and the Web of Science print them.

    >>> initials(Authorship(name="Ana-Maria B. da Silva", given="Ana-Maria B.", family="da Silva"))
    'da Silva AMB'
    """
    first = "".join(part[0] for part in re.split(r"[\s.\-\u2010]+", closed(author.given)) if part).upper()
    return " ".join(part for part in (closed(author.family) or one_line(author.name), first) if part)


def addresses(work: Work) -> list[str]:
    """The addresses of the work in their order, each once: as printed, or put together of what is known."""
    return list(dict.fromkeys(text for one in work.affiliations if (text := printed(one))))


def printed(one: Affiliation) -> str:
    """An address on one line, without the signs that part addresses."""
    parts = (one.department, one.institution, one.city, one.state, one.country)
    return one_line((one.text or ", ".join(part for part in parts if part)).replace(";", ",").replace("|", ","))


# -- where and when --------------------------------------------------------------------------------------------


class Place(NamedTuple):
    """What the work appeared in; empty where it is not known."""

    name: str = ""
    short: str = ""
    series: str = ""


def place(work: Work) -> Place:
    """The names of what the work appeared in; an abbreviation that is all there is counts as the name."""
    if work.venue is None:
        return Place()
    name, short = one_line(work.venue.name), one_line(work.venue.short_name)
    return Place(name or short, short if name and short != name else "", one_line(work.venue.series))


def serials(work: Work) -> tuple[list[str], list[str]]:
    """The ISSNs, and the ISBNs of the work or of the book in which it appeared."""
    own = [one.value for one in work.other_identifiers if one.scheme == "isbn"]
    issns, inside = (work.venue.issns, work.venue.isbns) if work.venue else ((), ())
    return _each(issns), _each([*own, *inside])


def _each(texts: Iterable[str]) -> list[str]:
    return list(dict.fromkeys(text for one in texts if (text := one_line(one))))


def when(work: Work) -> str:
    """The year, with the month and day where the date of the work is in that year; empty where neither is known.

    >>> when(Work(key="a", year=2014, date="2014-03-02")), when(Work(key="a", year=2014, date="2013-12-30"))
    ('2014-03-02', '2014')
    """
    day = date(work.date) or ""
    if work.year is None or day.startswith(f"{work.year}-"):
        return day
    return str(work.year) if EARLIEST_YEAR <= work.year <= LATEST_YEAR else ""


def pages(work: Work) -> tuple[str, str]:
    """The first and the last page; of an article without pages, its number, which styles of citation print there."""
    first, last = one_line(work.first_page), one_line(work.last_page)
    return (first, last) if first else (one_line(work.article_number), "")


def address(work: Work) -> str:
    """Where a reader finds the work: its DOI as a link, else its page, else the page that OpenAlex has of it."""
    if work.doi:
        return f"https://doi.org/{quote(one_line(work.doi), safe='/:;()!*,~')}"
    landing = (one_line(link.url) for link in work.links if link.kind == "landing")
    found = next((url for url in landing if url.startswith(("http:", "https:"))), None)
    if found:
        return found.replace(" ", "%20")
    return f"https://openalex.org/{quote(one_line(work.openalex))}" if work.openalex else ""


def pdf(work: Work) -> str:
    """The address of the text that may be read freely; empty where none is known."""
    url = one_line(work.open_access.pdf_url) if work.open_access else ""
    return url.replace(" ", "%20") if url.startswith(("http:", "https:")) else ""


def counted(work: Work, kind: Literal["cited_by", "references"]) -> int | None:
    """The largest figure of this kind that a source states; None where none does."""
    return max((count.value for count in work.counts if count.kind == kind), default=None)
