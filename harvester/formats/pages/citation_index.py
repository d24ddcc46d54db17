"""A paper's page on a Chinese citation index that shows data of the Web of Science, its first references among them.

The page is a column of labels, each with its value behind it or below it. Labels are read in Chinese and in English.
Of a list of 67 references the page shows ten; both figures are facts.
"""

import re
from collections.abc import Iterator
from typing import Final

from harvester.formats import values
from harvester.formats.cited import cited
from harvester.formats.draft import Draft, settled
from harvester.formats.kinds import kind
from harvester.formats.names import person
from harvester.formats.pages.page import cut, lines_of, opening, paragraphs
from harvester.formats.reading import Reader
from harvester.formats.reference_styles import printed_title, titled
from harvester.model import Affiliation, Authorship, Funder, Record, Reference, Skip, Subject

__all__ = ["CODE", "LABELS", "READER", "address", "is_sign", "record"]

LABELS: Final = {
    "cited": "被引|被引频次|被引次数|times cited|cited by|cited",
    "authors": "作者|authors|author",
    "addresses": "机构|作者机构|affiliations|institutions|addresses|institution",
    "keywords": "关键词|关键字|keywords|key words",
    "doi": "d o i|doi",
    "clc": "中图分类号|clc number|clc|chinese library classification",
    "discipline": "学科分类号|学科代码|discipline code|subject code|discipline classification code",
    "abstract": "摘要|abstract",
    "pages": "页码|pages|page",
    "page count": "页数|number of pages|page count",
    "year": "年份|出版年|年|year|publication year",
    "date": "出版日期|发表时间|publication date",
    "venue": "来源|期刊|刊名|来源期刊|journal|source",
    "volume": "卷|卷号|volume",
    "issue": "期|期号|issue",
    "type": "文献类型|document type|type",
    "language": "语种|语言|language",
    "issn": "issn",
    "isbn": "isbn",
    "publisher": "出版社|出版商|publisher",
    "funders": "基金|基金资助|基金项目|funding|funders",
    "references": "相关论文|参考文献|related papers|references|cited references",
    "nothing": "引用|收藏|分享|导出|下载|全文|cite|citation|save|favorite|favourite|share|export|download",
}
"""What labels stand for; those of buttons end the value before them."""

_BY_LABEL: Final = {word: name for name, listed in LABELS.items() for word in listed.split("|")}
_TOTAL: Final = re.compile(
    r"(?:共\s*(\d[\d,]*)\s*[条篇]"
    r"|(?:total(?: of)?|all)?\s*(\d[\d,]*)\s*(?:references|papers|items|in total))\.?",
    re.IGNORECASE,
)
_ENTRY: Final = re.compile(r"\[(\d{1,5})\]\s*(.*)")
_NUMBERS: Final = re.compile(r"\s*\[\s*([\d\s,;，、]{1,2000})\]\s*$")
_ADDRESS: Final = re.compile(r"\[\s*(\d{1,5})\s*\]\s*(.+)")
CODE: Final = re.compile(r"([A-Za-z]{0,3}[\d.+\-:/()]{0,20})\s*(?:\[([^\[\]]*)\])?")

Sections = dict[str, list[str]]


def record(text: str, source: str) -> Record | Skip:
    """Read one page.

    >>> page = (
    ...     "Peers help\\n被引:6\\n作者\\nSilva, Ana [1 ,2 ]\\n机构\\n[1] Univ A, Sydney, NSW, Australia\\n页码:84 / 97"
    ... )
    >>> work = record(page, "page:citation-index")
    >>> work.title, work.authors[0].affiliations, work.affiliations[0].state, work.last_page, work.counts[0].value
    ('Peers help', (0,), 'NSW', '97', 6)
    """
    lines = lines_of(text)
    sections = _sections(lines)
    draft = Draft(source=source, fragment=text)
    draft.titles = sections.get("title", [])[:1]
    _write(sections, draft)
    _describe(sections, draft)
    _place(sections, draft)
    total = next((match for line in sections.get("references", []) if (match := _TOTAL.fullmatch(line))), None)
    if total:
        draft.counts.append(("references", int((total[1] or total[2]).replace(",", "")), None))
    draft.references = list(_references(sections.get("references", []), source))
    return settled(draft)


def _sections(lines: list[str]) -> Sections:
    """The lines below each label, or behind it on its line; what stands above the first is the title."""
    found: Sections = {}
    current = "title"
    for line in lines:
        name, value = _labelled(line)
        # A list of references runs to the end of the page: "Source" in it is no label.
        if name and current != "references":
            current = name
            found.setdefault(name, [])
            if value:
                found[name].append(value)
        elif line:
            found.setdefault(current, []).append(line)
    return found


def _labelled(line: str) -> tuple[str | None, str]:
    """The label that a line is or begins with, and what stands behind its colon."""
    if len(line) > 5_000:
        return None, ""
    label, sign, value = re.sub(r"^([^:：]{1,40})[：]", r"\1:", line).partition(":")
    name = _BY_LABEL.get(label.strip(" 【】[]").casefold())
    if name and (sign or not value):
        return name, value.strip()
    return None, ""


def is_sign(line: str) -> bool:
    """Whether a line is a label or begins with one, or is a number in front of a reference, or that of all of them.

    >>> is_sign("DOI: 10.1000/a"), is_sign("[4] Silva, A."), is_sign("12 references"), is_sign("Purpose: To ask.")
    (True, True, True, False)
    """
    return bool(_labelled(line)[0] or _ENTRY.fullmatch(line) or _TOTAL.fullmatch(line))


def _write(sections: Sections, draft: Draft) -> None:
    """Authors with the numbers of their addresses; the numbers on the page begin at 1 and may have gaps."""
    printed: dict[str, int] = {}
    for line in sections.get("addresses", []):
        if match := _ADDRESS.match(line):
            printed.setdefault(match[1], len(draft.affiliations))
            draft.affiliations.append(address(match[2]))
        elif line:
            draft.affiliations.append(address(line))
    found: list[Authorship | None] = []
    for line in sections.get("authors", []):
        for name in re.split(r"\s*[;；]\s*", line):
            numbered = _NUMBERS.search(name)
            one = person(name[: numbered.start()] if numbered else name)
            numbers = re.findall(r"\d+", numbered[1]) if numbered else []
            places = tuple(dict.fromkeys(printed[number] for number in numbers if number in printed))
            found.append(one and one.model_copy(update={"affiliations": places}))
    if any(found):
        draft.authors = found


# What the Web of Science abbreviates the states of federations to, where it prints them.
_STATES: Final = frozenset(
    re.findall(
        r"\w+",
        """
        Vic NSW Qld WA SA Tas ACT NT ON PQ QC BC AB MB SK NS NB NL PE
        AL AK AZ AR CA CO CT DE FL GA HI ID IL IN IA KS KY LA ME MD MA MI MN MS MO MT NE NV NH NJ NM NY NC ND OH OK OR
        PA RI SC SD TN TX UT VT VA WV WI WY DC SP RJ MG RS PR
        """,
    )
)
_AMERICAN: Final = re.compile(r"([A-Z]{2})(?: \d{5}(?:-\d{4})?)? (USA)")


def address(text: str) -> Affiliation:
    """Cut an address of the Web of Science: institution first, country last, before it the state and the city.

    >>> one = address("Monash Univ, Dept Social Work, Fac Med, Melbourne, Vic, Australia")
    >>> one.institution, one.department, one.city, one.state, one.country
    ('Monash Univ', 'Dept Social Work, Fac Med', 'Melbourne', 'Vic', 'Australia')
    >>> address("Yale Univ, New Haven, CT 06520 USA").state
    'CT'
    """
    whole = values.line(text.rstrip(" ;.")) or text
    parts = [part.strip() for part in whole.split(",") if part.strip()]
    if len(parts) < 2:
        return Affiliation(text=whole, institution=whole)
    institution, *rest = parts
    country: str | None = rest.pop()
    state = None
    if match := _AMERICAN.fullmatch(country or ""):
        state, country = match[1], match[2]
    elif len(rest) > 1 and rest[-1] in _STATES:
        state = rest.pop()
    city = rest.pop() if rest else None
    return Affiliation(
        text=whole,
        institution=institution,
        department=", ".join(rest) or None,
        city=city,
        state=state,
        country=country,
    )


def _describe(sections: Sections, draft: Draft) -> None:
    draft.abstracts = [paragraphs(sections["abstract"])] if sections.get("abstract") else []
    draft.dois = sections.get("doi", [])[:2]
    draft.type_as_given = _first(sections, "type")
    draft.type = kind(draft.type_as_given)
    draft.language = _first(sections, "language")
    terms = [term.strip() for line in sections.get("keywords", []) for term in re.split("[;；]", line) if term.strip()]
    own = len(terms)
    # Keywords Plus stand behind the authors' own, in capitals.
    while own and terms[own - 1].isupper():
        own -= 1
    draft.keywords = [(term, "author" if place < own else "plus") for place, term in enumerate(terms)]
    for name, scheme in (("clc", "clc"), ("discipline", "discipline")):
        draft.subjects += [one for line in sections.get(name, []) for one in _classes(line, scheme)]
    if (cited_by := values.integer(_first(sections, "cited"))) is not None:
        draft.counts.append(("cited_by", cited_by, None))
    for line in sections.get("funders", []):
        draft.funders += [Funder(name=name) for name in values.parted(line, ";；")]


def _classes(line: str, scheme: str) -> Iterator[Subject]:
    """`C916 [label];` or `1204 ;`, several of them; a label with signs of descent holds its path."""
    for piece in re.split(r"[;；](?![^\[]*\])", line):
        match = CODE.fullmatch(piece.strip())
        if not match or not match[1]:
            continue
        *path, label = re.split(r"\s*(?:>|＞|→|--)\s*", match[2].strip()) if match[2] else [None]
        yield Subject(scheme=scheme, code=match[1], label=label or None, path=tuple(one for one in path if one))


def _place(sections: Sections, draft: Draft) -> None:
    pages = _first(sections, "pages")
    draft.pages = re.sub(r"\s*/\s*", "-", pages) if pages else None
    draft.page_count = values.integer(_first(sections, "page count"))
    draft.year, draft.venue = _first(sections, "year"), _first(sections, "venue")
    draft.dates = sections.get("date", [])[:1]
    draft.volume, draft.issue = _first(sections, "volume"), _first(sections, "issue")
    draft.publisher = _first(sections, "publisher")
    draft.serials = [*sections.get("issn", []), *sections.get("isbn", [])]


def _first(sections: Sections, name: str) -> str | None:
    return next(iter(sections.get(name, [])), None)


# -- references ------------------------------------------------------------------------------------------------


def _references(lines: list[str], source: str) -> Iterator[Reference]:
    """Each entry under its number on the page: the style with the title first, or that of the Web of Science."""
    for number, block in _entries(lines):
        if printed_title(block[0]):
            yield titled(block, source=source, position=number)
            continue
        found = cited(block[0], source=source, position=number)
        if found.venue and not (found.volume or found.first_page):  # a book or a report is its own source
            found = found.model_copy(update={"title": found.venue, "venue": None})
        yield found


def _entries(lines: list[str]) -> Iterator[tuple[int, list[str]]]:
    number, block = 0, list[str]()
    for line in lines:
        if match := _ENTRY.fullmatch(line):
            if number and block:
                yield number, block
            number, block = int(match[1]), [match[2]] if match[2] else []
        elif number and line:
            block.append(line)
    if number and block:
        yield number, block


# -- files -----------------------------------------------------------------------------------------------------


def _recognises(head: bytes) -> bool:
    lines = lines_of(opening(head)[:60_000])
    named = {name for line in lines if (name := _labelled(line)[0])} - {"nothing"}
    telling = bool(named & {"cited", "references"}) and bool(named & {"clc", "discipline", "addresses"})
    return telling and len(named) > 3


def _begins(lines: list[str]) -> list[int]:
    """Each page says once how often it is cited, below its title."""
    starts = []
    for number, line in enumerate(lines):
        if _labelled(line)[0] == "cited":
            above = number - 1
            while above > 0 and not lines[above]:
                above -= 1
            starts.append(max(above, 0))
    return starts or [0] * any(_labelled(line)[0] for line in lines)


READER: Final = Reader(
    name="page:citation-index",
    description="a paper's page on a Chinese citation index (data of the Web of Science), as text",
    recognises=_recognises,
    split=lambda file: cut(file, _begins, kind="a citation index"),
    record=record,
)
