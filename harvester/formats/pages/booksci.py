"""A paper's page on a literature-sharing portal (booksci.cn), which holds the portal's own JSON record.

The record says most; the page around it adds the figures of the journal, and the title and the abstract in Chinese,
which a note below says a machine has translated. A page without its record, or with a broken one, is read as far as it
goes.
"""

import json
import re
from collections.abc import Iterator
from typing import Any, BinaryIO, Final

from harvester import markup
from harvester.formats import values
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.names import person
from harvester.formats.pages.page import UNSEEN, cut, is_chinese, lines_of, opening, paragraphs
from harvester.formats.reading import Fragment, Reader
from harvester.model import (
    Abstract,
    Count,
    Identifier,
    Keyword,
    OpenAccess,
    Record,
    Skip,
    Subject,
    Title,
    VenueFigure,
)

__all__ = ["FIGURES", "KEYS", "LONGEST_BYLINE", "READER", "TRANSLATED", "is_sign", "record"]

KEYS: Final = (
    "title", "authors", "doi", "DOIUrl", "url", "abstract", "PeriodicalId", "journal", "PeriodicalIF",
    "publicationDate", "publicationTypes", "fieldsOfStudy", "isOpenAccess", "openAccessPdf", "citationCount",
    "resultStr", "platform", "paperid", "PeriodicalName", "FirstCategoryId", "ListUrlMain", "RegionNum",
    "RegionCategory", "ArticlePicture", "TitleCN", "AbstractTextCN", "PMCID", "EPubDate", "PubModel", "JCR",
    "JCRName", "Score", "Total",
)  # fmt: skip
"""The keys of the portal's record, in its order."""

FIGURES: Final = {
    "PeriodicalId": "booksci_periodical_id",
    "PeriodicalIF": "impact_factor",
    "RegionNum": "partition",
    "RegionCategory": "partition_category",
    "JCR": "jcr_quartile",
    "JCRName": "jcr_category",
    "Score": "booksci_score",
    "Total": "booksci_total",
}
"""Keys whose values are about the journal, each with the name of the figure it becomes."""

_PAGE_FIGURES: Final = {
    "自引率": "self_citation_rate",
    "self-citation rate": "self_citation_rate",
    "发文量": "papers",
    "papers": "papers",
    "影响因子": "impact_factor",
    "impact factor": "impact_factor",
}
_OWN: Final = frozenset(("PeriodicalName", "ListUrlMain", "PeriodicalId", "publicationDate", "TitleCN"))
_SCALAR: Final = re.compile(r'"(\w{2,20})"\s*:\s*("(?:[^"\\]|\\.)*"|null|true|false|-?\d[\d.eE+-]*)')
_CITED: Final = re.compile(r"(?:引用次数|被引次数|citations?|cited by)\s*[::：]?\s*(\d[\d,]*)", re.IGNORECASE)
_ABSTRACT: Final = re.compile(r"(?:abstract|摘要|summary)\s*[:：]?", re.IGNORECASE)
LONGEST_BYLINE: Final = 5_000
LONGEST_NOTE: Final = 200
TRANSLATED: Final = re.compile(
    r"计算机程序翻译|机器翻译|machine[- ]translat|translated by (?:a )?(?:computer|machine)",
    re.IGNORECASE,
)
_BELOW: Final = re.compile(
    r"求助全文|约\d+分钟|来源期刊|自引率|发文量|影响因子|文献相关原料|公司名称|引用|复制|导出至|×|提示|相关文献|查看全文|"
    r"source journal|self-citation rate|request full text"
)


def record(text: str, source: str) -> Record | Skip:
    """Read one page.

    >>> page = '{"title":"Peers help","authors":"Ana Silva,\\u00a0Bo Berg","doi":"10.1000/A","PeriodicalName":"J"}'
    >>> work = record(page, "page:booksci")
    >>> work.doi, [one.family for one in work.authors], work.venue.name
    ('10.1000/a', ['Silva', 'Berg'], 'J')
    """
    lines = lines_of(text)
    given = _given(text)
    around = _without_json(lines)
    draft = Draft(source=source, fragment=text)
    _describe(given, around, draft)
    _place(given, draft)
    _date(given, draft)
    found = settled(draft)
    if isinstance(found, Skip):
        return found
    return found.model_copy(update=_further(given, around, found))


def _given(text: str) -> dict[str, Any]:
    """The portal's record; of a broken one, the keys with simple values that can still be read."""
    decoder = json.JSONDecoder(parse_float=str)
    for match in re.finditer(r"^\s*\{", text, re.MULTILINE):
        try:
            found, _ = decoder.raw_decode(text, match.end() - 1)
        except (ValueError, RecursionError):
            continue
        if isinstance(found, dict) and _OWN & found.keys():
            return found
    broken: dict[str, Any] = {}
    journal: dict[str, Any] = {}
    for match in _SCALAR.finditer(text):
        name, value = match[1], _decoded(match[2])
        if name in KEYS:
            broken.setdefault(name, value)
        elif name in ("name", "volume", "issue", "pages"):
            journal.setdefault(name, value)
    return broken | ({"journal": journal} if journal and broken else {})


def _decoded(literal: str) -> Any:
    try:
        return json.loads(literal, strict=False, parse_float=str)
    except ValueError:
        return literal.strip('"')


def _without_json(lines: list[str]) -> list[str]:
    return ["" if _is_json(line) else line for line in lines]


def _is_json(line: str) -> bool:
    """Whether a line is of the portal's record, or parts it from others in a list."""
    return line in ("[", "]", ",") or (line.startswith(("{", '"')) and _SCALAR.search(line) is not None)


def is_sign(line: str) -> bool:
    """Whether a line is a label or a button of the page, or begins as its record does.

    >>> is_sign("引用次数: 5"), is_sign("Papers: 3"), is_sign("[1] Silva"), is_sign("Papers on peers")
    (True, True, True, False)
    """
    if line.startswith(("{", '"', "[", "]", ",")) or _ABSTRACT.fullmatch(line):
        return True
    return bool(_CITED.match(line) or _BELOW.match(line) or _figure_named(line))


def _is_note(line: str) -> bool:
    """Whether a line says that a machine has translated; one that is long speaks of something else."""
    return len(line) < LONGEST_NOTE and TRANSLATED.search(line) is not None


def _figure_named(line: str) -> str | None:
    return _PAGE_FIGURES.get(re.sub("[：]", ":", line).partition(":")[0].strip().casefold())


def _text(value: object) -> str | None:
    """A value as text: the portal writes numbers as text and text as numbers; null and empty say nothing."""
    if isinstance(value, str):
        return value.strip() or None
    return str(value) if isinstance(value, int | float) and not isinstance(value, bool) else None


def _describe(given: dict[str, Any], around: list[str], draft: Draft) -> None:
    printed = [line for line in around if line]
    label = next((number for number, line in enumerate(around) if _ABSTRACT.fullmatch(line)), None)
    first = printed[0] if printed and not _CITED.match(printed[0]) and not _BELOW.match(printed[0]) else None
    title = _text(given.get("title"))
    draft.titles = [one for one in (title or first,) if one]
    authors = _text(given.get("authors"))
    if authors is None and title is None and len(printed) > 1 and label is not None and first:
        behind = printed[1]
        authors = behind if "," in behind and len(behind) < LONGEST_BYLINE and not _CITED.match(behind) else None
    if authors is not None:
        draft.authors = [person(one) for one in re.split(r"[,，;；]\s*", authors.replace("\u00a0", " ")) if one.strip()]
    abstract = _text(given.get("abstract"))
    if abstract is None and label is not None:
        abstract = next((line for line in around[label + 1 :] if line), None)
        abstract = abstract if abstract and not _BELOW.match(abstract) else None
    draft.abstracts = [abstract] if abstract else []
    draft.type_as_given = _text(given.get("publicationTypes"))
    draft.type = kind(draft.type_as_given)
    draft.dois = [text for key in ("doi", "DOIUrl") if (text := _text(given.get(key)))]
    draft.pmcids = [text for text in [_text(given.get("PMCID"))] if text]


def _place(given: dict[str, Any], draft: Draft) -> None:
    journal = given.get("journal")
    held: dict[str, Any] = journal if isinstance(journal, dict) else {}
    draft.venue = _text(given.get("PeriodicalName")) or _text(held.get("name")) or _text(journal)
    draft.volume, draft.pages = _text(held.get("volume")), _text(held.get("pages"))
    draft.issue = _text(held.get("issue"))
    for key, sort in (("ListUrlMain", "landing"), ("url", "platform"), ("DOIUrl", "landing")):
        if address := _text(given.get(key)):
            draft.urls.append((address, sort))
    pictures = given.get("ArticlePicture")
    draft.urls += [(one, "picture") for one in pictures if isinstance(one, str)] if isinstance(pictures, list) else []
    is_open, pdf = given.get("isOpenAccess"), values.web_address(_text(given.get("openAccessPdf")))
    if pdf:
        draft.urls.append((pdf, "pdf"))
    if isinstance(is_open, bool) or pdf:
        draft.open_access = OpenAccess(is_open=is_open if isinstance(is_open, bool) else None, pdf_url=pdf)


def _date(given: dict[str, Any], draft: Draft) -> None:
    published, online = _text(given.get("publicationDate")), _text(given.get("EPubDate"))
    draft.dates = [text for text in (published, online) if text][:1]
    if online:
        draft.events.append(("online", online))


def _further(given: dict[str, Any], around: list[str], found: Record) -> dict[str, Any]:
    """What the page says that only it says: figures of the journal, classes of its own, the Chinese texts."""
    source = found.source
    cited = values.integer(_text(given.get("citationCount")))
    if cited is None:
        cited = next((values.integer(match[1]) for line in around if (match := _CITED.fullmatch(line))), None)
    counts = found.counts if cited is None else (*found.counts, Count(kind="cited_by", value=cited, source=source))
    classes = (
        ("booksci-category", "FirstCategoryId"),
        ("booksci-platform", "platform"),
        ("booksci-pub-model", "PubModel"),
    )
    subjects = [
        Subject(scheme=scheme, code=code) for scheme, key in classes if (code := values.line(_text(given.get(key))))
    ]
    fields = given.get("fieldsOfStudy")
    listed = fields if isinstance(fields, list) else values.parted(_text(fields), ";,")
    keywords = tuple(Keyword(term=term, kind="assigned") for one in listed if (term := values.line(_text(one))))
    paper = values.line(_text(given.get("paperid")))
    platform = (values.line(_text(given.get("platform"))) or "booksci").casefold()
    title, abstract = _translated(given, around, found)
    return {
        "counts": counts,
        "subjects": (*found.subjects, *subjects),
        "keywords": (*found.keywords, *keywords),
        "venue_figures": tuple(dict.fromkeys(_figures(given, around, source))),
        "other_identifiers": (*found.other_identifiers, *([Identifier(platform, paper)] if paper else [])),
        "other_titles": (*found.other_titles, *title),
        "other_abstracts": (*found.other_abstracts, *abstract),
    }


def _figures(given: dict[str, Any], around: list[str], source: str) -> Iterator[VenueFigure]:
    for key, name in FIGURES.items():
        if value := values.line(_text(given.get(key))):
            yield VenueFigure(name=name, value=value, source=source)
    for number, line in enumerate(around):
        figure = _figure_named(line)
        if figure is None:
            continue
        behind = re.sub("[：]", ":", line).partition(":")[2]
        value = behind.strip() or next((one for one in around[number + 1 : number + 3] if one), "")
        if re.fullmatch(r"[\d.,]+\s*%?", value):
            yield VenueFigure(name=figure, value=value, source=source)


def _translated(given: dict[str, Any], around: list[str], found: Record) -> tuple[list[Title], list[Abstract]]:
    """The Chinese title and abstract: those of the record, else those printed, which a machine may have made.

    The note of the machine is about what is printed above it; where that is nothing, about the record.
    """
    run: list[str] = []
    start = next((number for number, line in enumerate(around) if _ABSTRACT.fullmatch(line)), 0)
    for line in around[start + 1 :]:
        if _is_note(line) or _BELOW.match(line):
            if run:
                break
        elif (run and line) or (is_chinese(line) and not _CITED.match(line)):
            run.append(line)
    if is_chinese(found.title or ""):
        run = []
    is_noted, source = any(map(_is_note, around)), found.source
    printed = values.line(run[0]) if run else None, _plain(paragraphs(run[1:]))
    title = values.line(_text(given.get("TitleCN"))) or printed[0]
    abstract = _plain(_text(given.get("AbstractTextCN"))) or printed[1]
    is_made = [is_noted and (not run or text == shown) for text, shown in zip((title, abstract), printed, strict=True)]
    titles = [Title(text=title, language="zh", machine_translated=is_made[0], source=source)] if title else []
    made = Abstract(text=abstract, language="zh", machine_translated=is_made[1], source=source)
    return titles, [made] if abstract else []


def _plain(text: str | None) -> str:
    return markup.abstract(text)[0] if text else ""


# -- files -----------------------------------------------------------------------------------------------------


def _recognises(head: bytes) -> bool:
    text = opening(head)
    if not re.search(r'"PeriodicalName"|"PeriodicalId"|booksci', text, re.IGNORECASE):
        return False
    keys = {match[1] for match in re.finditer(r'"(\w{2,20})"\s*:', text)}
    labelled = "引用次数" in text and ("自引率" in text or "发文量" in text)
    return len(_OWN & keys) > 2 or labelled


def _begins(lines: list[str]) -> list[int]:
    """Each page has one record and, above it, its title and its authors; without a record there is one page."""
    records = [number for number, line in enumerate(lines) if line.startswith("{") and '"title"' in line]
    starts = []
    for number in records:
        match = re.search(r'"title"\s*:\s*("(?:[^"\\]|\\.)*")', lines[number])
        title = " ".join(str(_decoded(match[1])).split()) if match else None
        above = range(max(0, number - 6), number)
        starts.append(next((place for place in above if title and lines[place].replace(UNSEEN, "") == title), number))
    return starts or [0] * any("引用次数" in line or _SCALAR.search(line) for line in lines)


def _split(file: BinaryIO) -> Iterator[Fragment]:
    """Cut a file into pages; of a list of records each is a fragment without the list's signs around it."""
    for line, text in cut(file, _begins, kind="booksci.cn"):
        if opened := re.match(r"[\s\[]*(?=\{)", text):
            yield Fragment(line + opened[0].count("\n"), text[opened.end() :].rstrip(" \t\r\n,]"))
        else:
            yield Fragment(line, text)


READER: Final = Reader(
    name="page:booksci",
    description="a paper's page on Book学术 (booksci.cn), as text",
    recognises=_recognises,
    split=_split,
    record=record,
)
