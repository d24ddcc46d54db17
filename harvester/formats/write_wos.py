"""Works as tagged text in the shape of the Web of Science, with cited references, for bibliometrix and HistCite.

The references (`CR`) are made of the works that a work was found to cite, each spelt in one way wherever it is cited,
so that counts of co-citation are not split by spellings; a reference that led to no work is not among them. The header
is the one that HistCite asks for, whoever wrote the file (bibliomagika.com/index.php/histcite); no other reader minds
it. `UT` holds the key that the work has here, `TC` the largest count of citations that an index states. There is no
field for notes, so how a work was found is not told.

Tags: webofscience.help.clarivate.com, "Web of Science Core Collection Field Tags"; how they are read: GitHub
massimoaria/bibliometrix R/isi2df.R.
"""

import json
from collections.abc import Iterable, Iterator
from tempfile import TemporaryFile
from typing import Final, TextIO

from harvester.formats import Content, record_format, written
from harvester.model import Citation, Work

__all__ = ["cited", "write_wos"]

_HEADER: Final = "FN Thomson Reuters Web of Knowledge\nVR 1.0\n"
_MONTHS: Final = ("JAN", "FEB", "MAR", "APR", "MAY", "JUN", "JUL", "AUG", "SEP", "OCT", "NOV", "DEC")

_TYPES: Final = {
    "conference-abstract": "Meeting Abstract",
    "conference-paper": "Proceedings Paper",
    "editorial": "Editorial Material",
    "erratum": "Correction",
    "reference-entry": "Encyclopedia Entry",
}
"""The Web of Science's word for a type where it is not the plain one."""
_BOOKS: Final = frozenset(("book", "book-chapter", "reference-entry"))

Lines = Iterator[tuple[str, str]]


@record_format(
    "wos",
    ".wos.txt",
    description="references with those they cite, as Web of Science text: bibliometrix, HistCite",
    is_whole=True,
)
def write_wos(stream: TextIO, content: Content) -> None:
    """Write a record for each work that a source holds, with a line for each work that it cites.

    The spellings of all works and the citations between them are kept in memory, some 300 bytes for a work and 13 for a
    citation, as a work may cite one that comes later; the records wait in a file.
    """
    spellings: dict[str, str] = {}
    with TemporaryFile("w+", encoding="utf-8", errors="replace", newline="") as waiting:
        for work in content.works:
            spellings[work.key] = cited(work)
            if work.sources:
                halves = ["".join(_line(*line) for line in half) for half in (_before(work), _behind(work))]
                waiting.write(json.dumps([work.key, *halves]) + "\n")
        lists = _lists(content.citations, spellings)
        waiting.seek(0)
        stream.write(_HEADER)
        for text in waiting:
            key, before, behind = json.loads(text)
            references = sorted({spellings[other] for other in lists.get(key, ())})
            stream.write(before)
            stream.write(_line("CR", "\n   ".join(references)) + _line("NR", str(len(references))) + behind)
            stream.write("ER\n\n")
        stream.write("EF\n")


def _lists(citations: Iterable[Citation], spellings: dict[str, str]) -> dict[str, list[str]]:
    lists: dict[str, list[str]] = {}
    own = {key: key for key in spellings}
    for citation in citations:
        if (citing := own.get(citation.citing)) is not None and (other := own.get(citation.cited)) is not None:
            lists.setdefault(citing, []).append(other)
    return lists


def cited(work: Work) -> str:
    """How the reference lists of others name a work: author, year, source, volume, page, DOI, as far as they are known.

    >>> cited(Work(key="doi:10.1000/a", doi="10.1000/a", year=1993, volume="16", first_page="11"))
    '[Anonymous], 1993, V16, P11, DOI 10.1000/a'
    """
    first = next(iter(work.authors or ()), None)
    author = (written.closed(first.name) if first.is_organisation else written.initials(first)) if first else ""
    pages = written.pages(work)[0]
    volume = written.one_line(work.volume)
    told = [author, written.when(work)[:4], _abbreviated(work)]
    told += [f"V{volume}" if volume else "", f"P{pages}" if pages else ""]
    # A bracket that does not close would join a line with the next one.
    known = [
        one for text in told if (one := " ".join(text.replace("[", "(").replace("]", ")").replace(",", " ").split()))
    ]
    doi = written.one_line(work.doi)
    if doi and doi.count("[") == doi.count("]"):
        known.append(f"DOI {doi.rstrip(',')}")
    elif not known:
        known.append(written.one_line(work.key).translate(str.maketrans(",[]", " ()")).strip() or "unknown")
    return ", ".join(known if author else ["[Anonymous]", *known])


def _abbreviated(work: Work) -> str:
    """The name under which a source stands in `J9` and in the references alike."""
    venue = written.place(work)
    return " ".join((venue.short or venue.name).upper().replace(",", " ").replace(".", " ").split())


def _line(tag: str, value: str) -> str:
    return f"{tag} {value}\n" if value else ""


def _each(values: Iterable[str]) -> str:
    """Values of a tag that has one a line; they go on with three spaces."""
    return "\n   ".join(value for value in values if value)


def _before(work: Work) -> Lines:
    yield "PT", "B" if work.type in _BOOKS else "J"
    people = [one for one in work.authors or () if not one.is_organisation]
    yield "AU", _each(_short(written.inverted(one), written.initials(one)) for one in people)
    yield "AF", _each(written.inverted(one) for one in people)
    yield "CA", _each(written.one_line(one.name.replace(";", ",")) for one in work.authors or () if one.is_organisation)
    yield "ED", _each(written.inverted(one) for one in work.editors)
    title, venue = written.title(work), written.place(work)
    yield "TI", title
    # The source of a book is the book: any other would make it a chapter.
    yield "SO", title if work.type == "book" else venue.name
    yield "SE", venue.series
    yield "LA", written.one_line(work.language)
    yield "DT", "; ".join(written.types(work, _TYPES, article="Article"))
    yield "DE", "; ".join(_terms(work, is_own=True))
    yield "ID", "; ".join(_terms(work, is_own=False))
    yield "AB", written.one_line(work.abstract)
    yield "C1", _each(_addresses(work))
    yield "OI", "; ".join(f"{written.inverted(one)}/{one.orcid}" for one in people if one.orcid)


def _behind(work: Work) -> Lines:
    count = written.counted(work, "cited_by")
    yield "TC", "" if count is None else str(count)
    yield "PU", written.one_line(work.publisher)
    yield "PI", written.one_line(work.publisher_location)
    issns, isbns = written.serials(work)
    yield "SN", issns[0] if issns else ""
    yield "EI", "; ".join(issns[1:])
    yield "BN", "; ".join(isbns)
    venue = written.place(work)
    yield "J9", _abbreviated(work)
    yield "JI", venue.short or venue.name
    year, month, day = [*written.when(work).split("-"), "", ""][:3]
    yield "PD", f"{_MONTHS[int(month) - 1]} {day.lstrip('0')}".strip() if month else ""
    yield "PY", year
    yield "VL", written.one_line(work.volume)
    yield "IS", written.one_line(work.issue)
    yield "BP", written.one_line(work.first_page)
    yield "EP", written.one_line(work.last_page)
    yield "AR", written.one_line(work.article_number)
    yield "DI", written.one_line(work.doi)
    yield "PM", written.one_line(work.pmid)
    yield "UT", written.one_line(work.key)


def _short(inverted: str, initials: str) -> str:
    """`Silva, AB` out of `Silva, Ana B.` and `Silva AB`."""
    family = inverted.partition(",")[0]
    return ", ".join(filter(None, (family, initials.removeprefix(family).strip(" ,"))))


def _terms(work: Work, *, is_own: bool) -> list[str]:
    """The keywords of the authors, or the others; that a work is retracted stands in `DT`."""
    own = {written.term(text).casefold() for text in written.terms(work, "author")}
    found = (text for text in written.keywords(work) if text != written.RETRACTED)
    return [text for text in found if (text.casefold() in own) == is_own]


def _addresses(work: Work) -> Iterator[str]:
    """`[Silva, Ana; Reis, Bo] University of Minho, Portugal`, each address with the people who are there."""
    people: dict[int, list[str]] = {}
    for one in work.authors or ():
        if not one.is_organisation:
            for number in one.affiliations:
                people.setdefault(number, []).append(written.inverted(one))
    seen = set()
    for number, place in enumerate(work.affiliations):
        printed = written.printed(place).replace("[", "(").replace("]", ")").rstrip("; .")
        if printed and printed not in seen:
            seen.add(printed)
            named = "; ".join(people.get(number, ()))
            yield f"[{named}] {printed}" if named else printed
