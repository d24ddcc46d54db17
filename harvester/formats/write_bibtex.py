r"""Works as BibTeX and BibLaTeX, for LaTeX, Pandoc, Quarto and JabRef.

An entry is of ASCII in all that TeX acts on: a brace without its fellow is a command, since BibTeX counts braces even
behind a backslash (CTAN bibtex.web), and every other sign that means something to TeX is escaped; letters are UTF-8, as
biber, upBibTeX and Pandoc read them. A DOI and an address stand as they are, which is what `\url` and BibLaTeX's
verbatim fields ask for (CTAN biblatex.pdf, 2.2.1).

What tells where a work was found stands in `annote`, which no common style prints, BibLaTeX has as an alias of
`annotation` (2.2.5), and Zotero makes a note of; that a work is retracted stands in `note`, which they do print: a
reader of the bibliography is to see it.
"""

import re
from collections.abc import Iterator
from typing import Final, TextIO
from urllib.parse import quote

from harvester.formats import Content, record_format, written
from harvester.model import Authorship, Work

__all__ = ["escaped", "write_biblatex", "write_bibtex"]

Fields = Iterator[tuple[str, str]]

_TYPES: Final = {
    "book": ("book", "book"),
    "book-chapter": ("incollection", "incollection"),
    "conference-abstract": ("inproceedings", "inproceedings"),
    "conference-paper": ("inproceedings", "inproceedings"),
    "dataset": ("misc", "misc"),  # Zotero leaves out what it has no entry for (GitHub zotero/translators BibTeX.js)
    "dissertation": ("phdthesis", "thesis"),
    "other": ("misc", "misc"),
    "paratext": ("misc", "misc"),
    "peer-review": ("misc", "misc"),
    "preprint": ("misc", "misc"),
    "reference-entry": ("incollection", "inreference"),
    "report": ("techreport", "report"),
    "software": ("misc", "software"),
    "standard": ("misc", "misc"),
    "supplementary-materials": ("misc", "misc"),
}
"""The entries of BibTeX and of BibLaTeX for what is no article in a journal; whatever else there is appears in one."""

_SAID_BY_ENTRY = frozenset(("book", "book-chapter", "conference-paper", "dissertation", "report"))
_IN_BOOKS = frozenset(("incollection", "inproceedings", "inreference"))
_PUBLISHERS: Final = {
    "phdthesis": "school",
    "techreport": "institution",
    "thesis": "institution",
    "report": "institution",
}


@record_format("bibtex", ".bib", description="references as BibTeX: LaTeX, Pandoc, Quarto, JabRef")
def write_bibtex(stream: TextIO, content: Content) -> None:
    """Write an entry for each work that a source holds, under a key that stays (`citation_keys`)."""
    _write(stream, content, is_biblatex=False)


@record_format("biblatex", ".biblatex.bib", description="references as BibLaTeX: LaTeX with biber, Pandoc, JabRef")
def write_biblatex(stream: TextIO, content: Content) -> None:
    """Write the entries in BibLaTeX's types and fields: `date`, `journaltitle`, `location`, `@report`, `@dataset`."""
    _write(stream, content, is_biblatex=True)


def _write(stream: TextIO, content: Content, *, is_biblatex: bool) -> None:
    key = content.citation_keys()
    for work in written.held(content.works):
        sort = _TYPES.get(work.type or "other", ("article", "article"))[is_biblatex]
        stream.write(f"@{sort}{{{key(work)},\n")
        stream.writelines(
            f"  {name} = {{{value}}},\n" for name, value in _fields(work, sort, is_biblatex=is_biblatex) if value
        )
        stream.write("}\n\n")


# -- signs -----------------------------------------------------------------------------------------------------

_ESCAPED: Final = {
    "\\": r"\textbackslash{}",
    "{": r"\textbraceleft{}",
    "}": r"\textbraceright{}",
    "~": r"\textasciitilde{}",
    "^": r"\textasciicircum{}",
    "$": r"\$",
    "&": r"\&",
    "#": r"\#",
    "%": r"\%",
    "_": r"\_",
}
# Zotero knows braces behind a backslash only (GitHub zotero/translators BibTeX.js); BibTeX counts these as any other.
_BRACES: Final = {"{": r"\{", "}": r"\}"}
_SIGNS = re.compile(r"[\\{}~^$&#%_]")
# Two signs that TeX sets as one: dashes, quotation marks, and the Spanish marks.
_LIGATURE = re.compile(r"(?<=-)(?=-)|(?<=')(?=')|(?<=`)(?=`)|(?<=[?!])(?=`)")


def escaped(text: str) -> str:
    r"""Return the text so that TeX sets it as it is, and no sign in it means anything to BibTeX.

    >>> print(escaped("5% of {A} -- H_2"))
    5\% of \{A\} -{}- H\_2
    >>> print(escaped("{A"))
    \textbraceleft{}A
    """
    signs = _ESCAPED | _BRACES if _is_even(text) else _ESCAPED
    return _SIGNS.sub(lambda found: signs[found[0]], _LIGATURE.sub("\x00", text)).replace("\x00", "{}")


def _is_even(text: str) -> bool:
    """Whether every brace has its fellow."""
    depth = 0
    for sign in text:
        depth += (sign == "{") - (sign == "}")
        if depth < 0:
            return False
    return depth == 0


def _title(text: str) -> str:
    """A title, words with capitals inside kept from styles that write titles in small letters: `{DNA}`, `{mRNA}`."""
    return " ".join(
        f"{{{escaped(word)}}}" if any(letter.isupper() for letter in word[1:]) else escaped(word)
        for word in text.split(" ")
    )


def _verbatim(text: str) -> str:
    """An address; what would end the field, or begin a command, is percent-encoded."""
    return re.sub(r"[\\{}\s]", lambda found: quote(found[0], safe=""), text)


# -- fields ----------------------------------------------------------------------------------------------------


def _names(authors: tuple[Authorship, ...]) -> str:
    return " and ".join(name for one in authors if (name := _name(one)))


def _name(one: Authorship) -> str:
    """A name as `Family, Suffix, Given`; what is no name of a person, or could be read as two, is held by braces."""
    if one.is_organisation:
        whole = escaped(written.one_line(one.name))
        return f"{{{whole}}}" if whole else ""
    given = written.inverted(one, suffix="middle")
    if not one.family:
        return f"{{{escaped(given)}}}" if "," in given or " " in given else escaped(given)
    return ", ".join(
        f"{{{escaped(part)}}}" if re.search(r"(?:^|\s)and(?:\s|$)", part, re.IGNORECASE) else escaped(part)
        for part in given.split(", ")
    )


def _fields(work: Work, sort: str, *, is_biblatex: bool) -> Fields:
    yield "author", _names(work.authors or ())
    yield "editor", _names(work.editors)
    yield "title", _title(written.title(work))
    subtype = written.WORDS.get(work.type or "", "") if work.type not in _SAID_BY_ENTRY else ""
    yield "entrysubtype" if is_biblatex else "document_type", subtype
    yield from _placed(work, sort, is_biblatex=is_biblatex)
    day = written.when(work)
    yield from _dated(day, is_biblatex=is_biblatex)
    doi = written.one_line(work.doi)
    # A DOI with a brace can only stand encoded, as an address.
    yield "doi", doi if not re.search(r"[\\{}\s]", doi) else ""
    yield "url", _verbatim(written.address(work))
    yield "pmid", escaped(written.one_line(work.pmid))
    yield "pmcid", escaped(written.one_line(work.pmcid))
    yield "language", escaped(written.one_line(work.language))
    yield "abstract", escaped(written.one_line(work.abstract))
    yield "keywords", escaped(_listed(written.keywords(work)))
    yield "note", "Retracted" if work.is_retracted else ""
    yield "annote", "; ".join(map(escaped, written.account(work)))


def _listed(terms: list[str]) -> str:
    """Keywords between commas, as BibLaTeX and JabRef part them; between semicolons where a term has a comma within."""
    return written.joined(terms) if any("," in term for term in terms) else ", ".join(terms)


def _dated(day: str, *, is_biblatex: bool) -> Fields:
    if is_biblatex:
        yield "date", day
    else:
        year, month, date = [*day.split("-"), "", ""][:3]
        yield "year", year
        yield "month", str(int(month)) if month else ""
        yield "day", str(int(date)) if date else ""


def _placed(work: Work, sort: str, *, is_biblatex: bool) -> Fields:
    venue = written.place(work)
    in_book = sort in _IN_BOOKS
    journal = "journaltitle" if is_biblatex else "journal"
    yield "booktitle" if in_book else journal, escaped(venue.name)
    yield "shortjournal", escaped(venue.short)
    yield "series", escaped(venue.series)
    yield "volume", escaped(written.one_line(work.volume))
    yield "number", escaped(written.one_line(work.issue))
    first, last = written.one_line(work.first_page), written.one_line(work.last_page)
    yield "pages", "--".join(escaped(page) for page in (first, last) if page)
    yield "eid", escaped(written.one_line(work.article_number))
    yield "pagetotal", str(work.page_count) if work.page_count and work.page_count > 0 else ""
    yield _PUBLISHERS.get(sort, "publisher"), escaped(written.one_line(work.publisher))
    yield "location" if is_biblatex else "address", escaped(written.one_line(work.publisher_location))
    issns, isbns = written.serials(work)
    yield "issn", escaped(", ".join(issns))
    yield "isbn", escaped(", ".join(isbns))
