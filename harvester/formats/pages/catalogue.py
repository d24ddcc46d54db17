"""A record of a library catalogue that runs on VuFind, its interface in any of several languages.

The page is a table of labels and values, which survives the clipboard as lines with bars. The labels are those of
GitHub vufind-org/vufind languages/*.ini ("Main Authors", "Format", "Published", ...). The language of the interface is
no fact about the work. A list of authors of which only the commas are left was lost on the way: it is not given.
"""

import re
from typing import Final

from harvester.formats import values
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.names import people, person
from harvester.formats.pages.page import cut, lines_of, opening, paragraphs
from harvester.formats.reading import Reader
from harvester.model import Authorship, Record, Skip

__all__ = ["LABELS", "READER", "SPANISH", "is_row", "is_sign", "record", "type_of"]

LABELS: Final = {
    "authors": """main authors|main author|authors|author|corporate author|corporate authors|autores principales|
        autor principal|autores|autor|autor corporativo|hauptverfasser|hauptverfasser in|verfasser|1. verfasser|
        auteurs principaux|auteur principal|auteurs|auteur|collectivité auteur|autori principali|autore principale|
        autores principais|principais autores|autore|autori|主要作者|作者|第一作者|团体作者""",
    "others": """other authors|other author|otros autores|weitere verfasser|autres auteurs|altri autori|outros autores|
        其他作者|contributors|beteiligte""",
    "format": "format|formato|natura|document type|medienart|格式|materialtyp",
    "language": "language|languages|lenguaje|idioma|sprache|langue|lingua|语言|lenguajes|sprachen",
    "published": """published|publicado|veröffentlicht|publié|pubblicazione|publicado em|出版|publication|
        publicación|publication date|发表""",
    "venue": "published in|publicado en|in|veröffentlicht in|publié dans|pubblicato in|journal|zeitschrift",
    "series": "series|colección|schriftenreihe|collection|serie|coleção|丛编",
    "subjects": "subjects|subject|materias|schlagworte|sujets|soggetti|assuntos|主题|topics|temas",
    "access": """online access|acceso en línea|online-zugang|accès en ligne|accesso online|acesso em linha|
        acesso em linha:|在线阅读|online zugang|acceso en linea""",
    "summary": """summary|sumario|zusammenfassung|résumé|riassunto|resumo|总结|摘要|description|descripción|
        beschreibung|resumen|abstract""",
    "isbn": "isbn",
    "issn": "issn",
    "doi": "doi",
    "physical": "physical description|descripción física|beschreibung|description matérielle|实物描述",
    "edition": "edition|edición|ausgabe|édition|edizione|edição|版",
}
"""The labels of each field, in English, Spanish, German, French, Italian, Portuguese and Chinese."""

_BY_LABEL: Final = {
    " ".join(word.split()): name for name, listed in reversed(LABELS.items()) for word in listed.split("|")
}
_ROW: Final = re.compile(r"\|?\s*([^|:：]{1,40}?)\s*[:：]\s*\|(.*)")
_RULE: Final = re.compile(r"[\s|:+-]*-{3}[\s|:+-]*")
LONGEST_RULE: Final = 500
LONGEST_LABEL: Final = 100
_LOADING: Final = re.compile(
    r"(?:cargando|loading|wird geladen|laden|chargement|caricamento|carregando|正在加载)\W*",
    re.IGNORECASE,
)
_ROLE: Final = re.compile(r"\s*[（(](?:author|autor|verfasser|auteur)[^)）]*[)）]", re.IGNORECASE)
_LIFE: Final = re.compile(r"(?:ca?\. ?|b\. ?|\* ?)?\d{4}(?: ?[-–] ?(?:\d{4})?)?\.?")
_FORMATS: Final = {
    "article": "artículo|articulo|article|aufsatz|artikel|artigo|articolo|文件|文章",
    "book": "libro|book|buch|livre|livro|图书|ebook|electronic",
    "book-chapter": "capítulo|chapter|kapitel|chapitre|capitolo|buchkapitel|book chapter",
    "dissertation": "tesis|thesis|dissertation|hochschulschrift|thèse|tesi|tese|学位论文|dissertação",
    "conference-paper": "conference proceeding|acta de conferencia|konferenzbeitrag",
    "dataset": "dataset|data set|conjunto de datos",
    "report": "informe|report|bericht|rapport|relatório",
}
SPANISH: Final = {
    "article": "Artículo",
    "book": "Libro",
    "book-chapter": "Capítulo de libro",
    "book-review": "Reseña",
    "conference-abstract": "Resumen de congreso",
    "conference-paper": "Acta de conferencia",
    "data-paper": "Artículo de datos",
    "dataset": "Conjunto de datos",
    "dissertation": "Tesis",
    "editorial": "Editorial",
    "erratum": "Fe de erratas",
    "letter": "Carta",
    "other": "Otro",
    "paratext": "Paratexto",
    "peer-review": "Revisión por pares",
    "preprint": "Preimpresión",
    "reference-entry": "Entrada de enciclopedia",
    "report": "Informe",
    "retraction": "Retractación",
    "review": "Artículo de revisión",
    "software": "Software",
    "software-paper": "Artículo de software",
    "standard": "Norma",
    "supplementary-materials": "Material suplementario",
}
"""The word of a catalogue in Spanish for each type of work."""

_BY_SPANISH: Final = {word.casefold(): sort for sort, word in SPANISH.items()}
_AROUND_FORMAT: Final = re.compile(r"^online |(?:^| )texto$", re.IGNORECASE)

Cells = dict[str, list[str]]


def record(text: str, source: str) -> Record | Skip:
    """Read one page.

    >>> page = (
    ...     "Peers help\\nAutor principal: | , |\\n---|---|\\nLenguaje: | English |\\nPublicado: |\\nWiley\\n2020\\n|"
    ... )
    >>> work = record(page, "page:catalogue")
    >>> work.title, work.authors, work.language, work.publisher, work.year
    ('Peers help', None, 'en', 'Wiley', 2020)
    """
    lines = lines_of(text)
    above, cells = _table(lines)
    draft = Draft(source=source, fragment=text)
    heading = [line for line in above if not _LOADING.fullmatch(line)]
    draft.titles = heading[:1]
    summary = paragraphs(cells.get("summary", []))
    # Above the table stands the beginning of the summary, cut with three dots.
    printed = heading[1] if len(heading) > 1 else ""
    shown = printed.rstrip(" .…")
    draft.abstracts = [summary] if summary else [printed] if len(shown) > 80 else []
    _write(cells, draft)
    _publish(cells, draft)
    _link(cells, draft)
    return settled(draft)


def _table(lines: list[str]) -> tuple[list[str], Cells]:
    """The lines above the table, and the values in it: those of a row run on until the next label."""
    above: list[str] = []
    cells: Cells = {}
    current: list[str] | None = None
    for line in lines:
        if not line or _RULE.fullmatch(line[:LONGEST_RULE]):
            continue
        match = _ROW.fullmatch(line)
        if match:
            name = _BY_LABEL.get(match[1].casefold())
            current = cells.setdefault(name, []) if name else []
        if current is None:
            above.append(line)
        else:
            current += [piece for piece in map(str.strip, (match[2] if match else line).split("|")) if piece]
    return above, cells


def is_row(line: str) -> bool:
    """Whether a line begins a row of the table, under any label."""
    return _ROW.fullmatch(line) is not None


def is_sign(line: str) -> bool:
    """Whether a line is a row, a rule between rows, or what the page shows while it loads."""
    return is_row(line) or bool(_RULE.fullmatch(line[:LONGEST_RULE]) or _LOADING.fullmatch(line))


def _write(cells: Cells, draft: Draft) -> None:
    found: list[Authorship | None] = []
    for name in ("authors", "others"):
        for text in cells.get(name, []):
            if re.search(r"[^\W\d_]", text):
                found += _names(_ROLE.sub("", text))
    if found:
        draft.authors = found


def _names(text: str) -> list[Authorship | None]:
    """Catalogues invert every name, so that commas part names and their halves; years of life belong to no name."""
    if ";" in text:
        return [person(piece) for piece in text.split(";")]
    pieces = [piece for piece in map(str.strip, text.split(",")) if piece and not _LIFE.fullmatch(piece)]
    if len(pieces) % 2:
        return people(text.strip(" ,"))
    return [person(f"{family}, {given}") for family, given in zip(pieces[::2], pieces[1::2], strict=True)]


def _publish(cells: Cells, draft: Draft) -> None:
    """`Publisher` and `year` on lines of their own, or `Place : Publisher, year` on one."""
    draft.type_as_given = " ".join(cells.get("format", [])) or None
    draft.type = type_of(draft.type_as_given or "")
    draft.language = next(iter(cells.get("language", [])), None)
    printed = cells.get("published", [])
    draft.year = next((text for text in reversed(printed) if values.year(text)), None)
    draft.year = str(values.year(draft.year)) if draft.year else None
    names = [re.sub(r"[\s,;\[(]*\bc?(?:1[5-9]|20)\d\d\b[\])]*\.?$", "", text).strip(" ,;") for text in printed]
    named = next((name for name in names if re.search(r"[^\W\d_]", name)), None)
    if named:
        place, sign, publisher = named.partition(" : ")
        draft.publisher, draft.place = (publisher, place) if sign else (named, None)
    draft.venue, draft.series = next(iter(cells.get("venue", [])), None), next(iter(cells.get("series", [])), None)
    draft.serials = [*cells.get("isbn", []), *cells.get("issn", [])]
    for text in cells.get("physical", []):
        draft.page_count = draft.page_count or values.pages(text).total
    for text in cells.get("subjects", []):
        draft.keywords += [(term, "assigned") for term in re.split(r"\s*;\s*", text) if term]


def type_of(given: str) -> str | None:
    """The type of work that the words of a catalogue for its format name.

    >>> type_of("Online Artículo Texto"), type_of("Online Artículo de revisión Texto"), type_of("eBook"), type_of("?")
    ('article', 'review', 'book', None)
    """
    folded = given.casefold()
    found = kind(given) or _BY_SPANISH.get(_AROUND_FORMAT.sub("", folded))
    return found or next(
        (
            sort
            for sort, words in _FORMATS.items()
            if any(re.search(rf"(?<!\w){re.escape(word)}(?!\w)", folded) for word in words.split("|"))
        ),
        None,
    )


def _link(cells: Cells, draft: Draft) -> None:
    """The addresses of the text, which name the work at PubMed, at PubMed Central and by its DOI."""
    for text in [*cells.get("access", []), *cells.get("doi", [])]:
        for address in re.findall(r"(?:https?|ftp)://[^\s|<>\"]{3,2000}", text):
            draft.urls.append((address.rstrip(".,;)"), "landing"))
    draft.dois = cells.get("doi", [])


# -- files -----------------------------------------------------------------------------------------------------


def _labels(lines: list[str]) -> list[tuple[int, str]]:
    rows = ((number, _ROW.fullmatch(line[:LONGEST_LABEL])) for number, line in enumerate(lines))
    return [(number, name) for number, row in rows if row and (name := _BY_LABEL.get(row[1].casefold()))]


def _recognises(head: bytes) -> bool:
    named = {name for _, name in _labels(lines_of(opening(head)[:60_000]))}
    return len(named) > 2 and bool(named & {"format", "language", "published", "access"})


def _begins(lines: list[str]) -> list[int]:
    """A page begins above its first label; a label that comes again is of the next page."""
    starts: list[int] = []
    seen: set[str] = set()
    last = -1
    for number, name in _labels(lines):
        if not starts or (name in seen and name in ("format", "authors")):
            above = [place for place in range(last + 1, number) if lines[place]]
            loading = [place for place in above if _LOADING.fullmatch(lines[place])]
            starts.append((loading or above[-2:] or [number])[0])
            seen = set()
        seen.add(name)
        last = number
    return starts


READER: Final = Reader(
    name="page:catalogue",
    description="a record of a library catalogue (VuFind), as text",
    recognises=_recognises,
    split=lambda file: cut(file, _begins, kind="a library catalogue"),
    record=record,
)
