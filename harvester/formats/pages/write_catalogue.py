"""A work as its record in a library catalogue with an interface in Spanish: the labels of that page in its order.

The page has no label for the journal, the volume or the pages: these stay in the library. A bar within a value would
end its cell, and is written as HTML writes it.
"""

import re
from collections.abc import Iterator
from typing import Final
from urllib.parse import quote

from harvester.formats import written
from harvester.formats.languages import language
from harvester.formats.pages.catalogue import SPANISH, is_row, is_sign, type_of
from harvester.formats.pages.page import neutral
from harvester.model import Work

__all__ = ["catalogue"]

SHOWN: Final = 300
"""Characters of the summary that stand above the table at most, up to the end of a word."""

_BAR: Final = "&#124;"
_NO_TEXT: Final = frozenset(("dataset", "software"))
# As catalogues name the languages of their books, whatever the language of the interface.
_LANGUAGES: Final = {
    language(name): name
    for name in re.findall(
        r"\w+",
        """
        Afrikaans Albanian Arabic Armenian Azerbaijani Basque Belarusian Bengali Bosnian Bulgarian Catalan Chinese
        Croatian Czech Danish Dutch English Esperanto Estonian Finnish French Galician Georgian German Greek Gujarati
        Hebrew Hindi Hungarian Icelandic Indonesian Irish Italian Japanese Kazakh Khmer Korean Latin Latvian Lithuanian
        Macedonian Malay Malayalam Marathi Mongolian Nepali Norwegian Persian Polish Portuguese Romanian Russian
        Serbian Slovak Slovenian Spanish Swahili Swedish Tamil Thai Turkish Ukrainian Urdu Vietnamese Welsh
        """,
    )
}


def catalogue(work: Work) -> str:
    """Write the page of a work.

    >>> print(catalogue(Work(key="doi:10.1000/a", title="Peers help", publisher="Wiley", year=2020)), end="")
    Cargando…
    Peers help
    Autores principales: | , |
    ---|---|
    Formato: | |
    Lenguaje: | |
    Publicado: |
    Wiley
    2020
    |
    Materias: | |
    Acceso en línea: | |
    Sumario: | |
    ---|
    """
    return "\n".join(_page(work)) + "\n"


def _page(work: Work) -> Iterator[str]:
    title = written.title(work)
    paragraphs = [text for one in (work.abstract or "").split("\n") if (text := written.one_line(one))]
    yield "Cargando…"
    yield neutral(_cell(title) if is_row(title) else title, is_sign)
    if paragraphs:
        yield _line(_beginning(" ".join(paragraphs)))
    # Where authors are not known the page has the comma between two of them.
    yield _row("Autores principales", _authors(work) or ",")
    yield "---|---|"
    yield _row("Formato", _format(work))
    yield _row("Lenguaje", _LANGUAGES.get(work.language, written.one_line(work.language)))
    yield "Publicado: |"
    yield from (_line(text) for text in (_publisher(work), written.when(work)[:4]) if text)
    yield "|"
    yield _row("Materias", "; ".join(written.keywords(work)).replace("|", "/"))
    yield _row("Acceso en línea", " ".join(_addresses(work)))
    first, *others = [*map(_cell, paragraphs[:1]), *map(_line, paragraphs[1:])] or [""]
    cells = [f"Sumario: | {first}", *others]
    yield from (*cells[:-1], f"{cells[-1].rstrip()} |")
    yield "---|"


def _row(label: str, value: str) -> str:
    return f"{label}: | {f'{_cell(value)} ' if value else ''}|"


def _cell(text: str) -> str:
    return text.replace("|", _BAR)


def _line(text: str) -> str:
    return neutral(_cell(text), is_sign)


def _beginning(text: str) -> str:
    if len(text) <= SHOWN:
        return text
    return f"{text[:SHOWN].rpartition(' ')[0] or text[:SHOWN]}..."


def _authors(work: Work) -> str:
    """Names inverted, a comma between two; a semicolon where a name of one part or of three would be misread so."""
    people = work.authors or ()
    names = [name for one in people if (name := written.inverted(one))]
    is_paired = all(one.given and one.family and not one.suffix and not one.is_organisation for one in people)
    if is_paired and all(name.count(",") == 1 for name in names):
        return ", ".join(names)
    return "".join(f"{name}; " for name in names).rstrip()


def _format(work: Work) -> str:
    """The catalogue's own words where they hold that of the type, else that word between what catalogues add to it."""
    given = written.one_line(work.type_as_given)
    word = SPANISH.get(work.type or "")
    if given and type_of(given) == work.type and (word is None or word in given):
        return given
    if word is None:
        return ""
    return f"{'Online ' if any(_addresses(work)) else ''}{word}{'' if work.type in _NO_TEXT else ' Texto'}"


def _publisher(work: Work) -> str:
    name, place = (written.one_line(text).replace(" : ", ": ") for text in (work.publisher, work.publisher_location))
    return f"{place} : {name}" if name and place else name


def _addresses(work: Work) -> list[str]:
    """Where the text is: at PubMed Central, at PubMed, by its DOI; then the pages that sources give."""
    doi = quote(written.one_line(work.doi), safe="/:;()!*,~")
    if doi and doi[-1] in ".,;)":  # which readers take for the sentence around an address
        doi = f"{doi[:-1]}%{ord(doi[-1]):02X}"
    own = {
        f"https://www.ncbi.nlm.nih.gov/pmc/articles/{written.one_line(work.pmcid)}/": work.pmcid,
        f"https://www.ncbi.nlm.nih.gov/pubmed/{written.one_line(work.pmid)}": work.pmid,
        f"http://dx.doi.org/{doi}": work.doi,
    }
    given = (written.one_line(link.url).replace(" ", "%20") for link in work.links if link.kind == "landing")
    others = (url for url in given if url.startswith(("http:", "https:")) and url != written.address(work))
    return list(dict.fromkeys([*(url for url, value in own.items() if value), *others]))
