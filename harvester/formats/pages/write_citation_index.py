"""A work as its page on a Chinese citation index: the labels of that page in its order, with what is known behind them.

The page has no label for the journal, the year or the volume, and keywords that a machine assigned are neither the
author's nor Keywords Plus: these stay in the library. A retracted work has MEDLINE's heading among its Keywords Plus.
"""

import re
from collections.abc import Iterator, Mapping, Sequence
from itertools import groupby
from typing import Final, NamedTuple

from harvester.formats import written
from harvester.formats.pages.citation_index import CODE, is_sign
from harvester.formats.pages.keywords_plus import keywords_plus
from harvester.formats.pages.page import neutral
from harvester.formats.write_wos import cited as spelling
from harvester.model import Affiliation, Reference, Work

__all__ = ["Cited", "citation_index", "described"]

# As `titled` joins it: the title with its mark, names parted by " ; " up to " . ", and where it appeared.
_TITLED: Final = re.compile(r"(.+?\[[A-Z]{1,2}(?:/[A-Z]{2})?\]\.) (?:(.+?) \. )?(.+)")
_NO_BRACKETS: Final = str.maketrans("[]", "()")
_NO_BREAK: Final = "\u00a0"
_MOST_NUMBERED: Final = 99_999


class Cited(NamedTuple):
    """A work as the page of another names it: by its title in Keywords Plus, by its spelling in a list."""

    names: tuple[str, ...]
    title: str
    spelling: str


def described(work: Work) -> Cited:
    """Give what the pages of works that cite this one need to know of it."""
    return Cited((work.key, *work.aliases), written.one_line(work.title), spelling(work))


def citation_index(work: Work, cited: Sequence[Cited]) -> str:
    """Write the page of a work that cites these.

    >>> citation_index(Work(key="doi:10.1000/a", title="Peers help", doi="10.1000/a"), []).splitlines()[:8]
    ['Peers help', '', '被引:', '作者', '机构', '关键词', 'D O I', '10.1000/a']
    """
    lines = [*_described(work, cited), *_listed(work.references, cited)]
    return "\n".join(lines) + "\n"


def _described(work: Work, cited: Sequence[Cited]) -> Iterator[str]:
    counts = {kind: written.counted(work, kind) for kind in ("cited_by", "references")}
    first, last = (text.replace("/", "-") for text in written.pages(work))
    yield _line(written.title(work))
    yield ""
    yield f"被引:{_figure(counts['cited_by'])}"
    yield "作者"
    numbers = {place: number for number, (place, _) in enumerate(_addresses(work), start=1)}
    for one in work.authors or ():
        if name := written.inverted(one).translate(_NO_BRACKETS):
            at = " ,".join(str(numbers[place]) for place in one.affiliations if place in numbers)
            yield _line(f"{name} [{at} ]" if at else name)
    yield "机构"
    yield from (f"[{number}] {text}" for number, (_, text) in enumerate(_addresses(work), start=1))
    yield "关键词"
    if terms := _keywords(work, cited):
        yield _line("; ".join(terms) + ";")
    yield "D O I"
    yield from _lines(work.doi)
    for label, scheme in (("中图分类号", "clc"), ("学科分类号", "discipline")):
        yield label
        yield from _lines(" ".join(_classes(work, scheme)))
    yield "摘要"
    for paragraph in (work.abstract or "").split("\n"):
        yield from _lines(paragraph)
    yield "引用"
    yield "收藏"
    yield f"页码:{f'{first} / {last}' if last else first}"
    yield f"页数:{_figure(work.page_count)}"
    yield "相关论文"
    total = counts["references"] if counts["references"] is not None else len(_fullest(work.references)) or None
    if total is not None:
        yield f"共 {total} 条"


def _line(text: str) -> str:
    return neutral(text, is_sign)


def _lines(text: str | None) -> Iterator[str]:
    """The text on a line of its own; no line where there is none."""
    if line := written.one_line(text):
        yield _line(line)


def _figure(value: int | None) -> str:
    return "" if value is None else str(value)


def _addresses(work: Work) -> list[tuple[int, str]]:
    """Addresses with their places in the work, in the order of the Web of Science: the institution is first."""
    return [(place, text) for place, one in enumerate(work.affiliations) if (text := _address(one))]


def _address(one: Affiliation) -> str:
    parts = (one.institution, one.department, one.city, one.state, one.country)
    return written.one_line(one.text or ", ".join(part for part in parts if part))


def _keywords(work: Work, cited: Sequence[Cited]) -> list[str]:
    """The author's keywords, then Keywords Plus in capitals, computed where no source gives them.

    Nothing but the capitals tells where Keywords Plus begin: the author's own in capitals come before the others.
    """
    own = [text for one in work.keywords if one.kind == "author" and (text := written.term(one.term))]
    plus = [text.upper() for one in work.keywords if one.kind == "plus" and (text := written.term(one.term))]
    if not plus:
        plus = keywords_plus(work.title, _titles(work, cited))
    if work.is_retracted:
        plus.append(written.RETRACTED.upper())
    return list(dict.fromkeys([*sorted(own, key=lambda term: not term.isupper()), *plus]))


def _titles(work: Work, cited: Sequence[Cited]) -> Iterator[str]:
    """The titles of what the work cites: of works that are held, else as printed in its list."""
    held = {name for one in cited if one.title for name in one.names}
    yield from (one.title for one in cited if one.title)
    for one in work.references:
        if one.title and one.matched not in held and held.isdisjoint(map(str, one.targets)):
            yield one.title


def _classes(work: Work, scheme: str) -> Iterator[str]:
    for one in work.subjects:
        code = written.one_line(one.code)
        if one.scheme == scheme and code and CODE.fullmatch(code):
            labels = [written.one_line(text).translate(_NO_BRACKETS) for text in (*one.path, one.label or "")]
            shown = " > ".join(label for label in labels if label)
            yield f"{code} [{shown}];" if shown else f"{code} ;"


# -- references ------------------------------------------------------------------------------------------------


def _listed(references: tuple[Reference, ...], cited: Sequence[Cited]) -> Iterator[str]:
    """Each reference of the list under its number there."""
    spellings = {name: one.spelling for one in cited for name in one.names}
    chosen = _fullest(references)
    places = [one.position for one in chosen]
    is_numbered = len(set(places)) == len(places) and all(0 < place <= _MOST_NUMBERED for place in places)
    for number, one in enumerate(chosen, start=1):
        lead = f"[{one.position if is_numbered else number}] {_NO_BREAK}"
        first, *others = _printed(one, spellings)
        if others:
            yield f"{lead} {first}"
            yield from map(_line, others)
        else:
            yield lead
            yield _line(first)


def _fullest(references: tuple[Reference, ...]) -> list[Reference]:
    """The list of the source that gives most of them in words; every source has a list of its own."""
    by_source = groupby(sorted(references, key=lambda one: (one.source, one.position)), key=lambda one: one.source)
    lists = [list(some) for _, some in by_source]
    return max(lists, key=lambda some: (sum(map(_is_told, some)), len(some)), default=[])


def _is_told(one: Reference) -> bool:
    return bool(one.text or one.title or one.author or one.venue)


def _printed(one: Reference, spellings: Mapping[str, str]) -> list[str]:
    """The lines of a reference: as printed, else what is known of it in one of the two layouts of the page."""
    text = written.one_line(one.text)
    if match := _TITLED.fullmatch(text):
        return [match[1], *_names((match[2] or "").split(" ; ")), match[3]]
    if text:
        return [text]
    if not _is_told(one):
        names = [name for name in (one.matched, *map(str, one.targets)) if name]
        held = next((spellings[name] for name in names if name in spellings), None)
        return [held or _short(one, "", "")]
    title, venue = written.one_line(one.title), written.one_line(one.venue)
    named = [f"{each.scheme.upper()} {written.one_line(each.value)}" for each in one.targets]
    # The reader of the page takes other lines with a comma in them for authors.
    if title and one.year is not None and not any("," in each for each in named):
        volume, issue, page = map(written.one_line, (one.volume, one.issue, one.first_page))
        where = f"{f'{venue}, ' if venue else ''}{one.year}{f', {volume}' if volume else ''}"
        where += f"{f' ({issue})' if issue else ''}{f' :{page}' if page else ''}"
        authors = map(written.one_line, (one.author or "").split(";"))
        return [f"{title} [{'J' if venue else 'Z'}].", *_names(list(authors)), where, *named]
    return [_short(one, title, venue)]


def _names(names: list[str]) -> list[str]:
    known = [name for name in names if name]
    return [f"{name} {'.' if place == len(known) else ';'}" for place, name in enumerate(known, start=1)]


def _short(one: Reference, title: str, venue: str) -> str:
    """The layout of the Web of Science: author, year, source, volume, page, DOI."""
    volume, page = written.one_line(one.volume), written.one_line(one.first_page)
    parts = [written.one_line(one.author) or "[Anonymous]", str(one.year) if one.year is not None else "", title, venue]
    parts += [f"V{volume}" if volume else "", f"P{page}" if page else ""]
    parts += [f"{each.scheme.upper()} {written.one_line(each.value)}" for each in one.targets]
    return ", ".join(part for part in parts if part)
