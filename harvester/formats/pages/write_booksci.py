"""A work as the record that the portal booksci.cn has in its page of a paper, and as that page around it.

The record has each key, in the portal's order and type; what is not known has the empty value that the portal writes.
The title and abstract in Chinese are in it where people wrote them. What a machine has translated stands on the page
below, with the portal's note that says so, as do the figures of the journal that the record has no key for.
"""

import html
import json
import re
from collections.abc import Iterator
from typing import Any, Final

from harvester.formats import written
from harvester.formats.kinds import kind
from harvester.formats.pages.booksci import FIGURES, KEYS, LONGEST_BYLINE, TRANSLATED, is_sign
from harvester.formats.pages.page import UNSEEN, is_chinese, neutral
from harvester.model import Work

__all__ = ["booksci_page", "booksci_record"]

_JOINT: Final = ",\u00a0"
_NOTE: Final = "本文章由计算机程序翻译,如有差异,请以英文原文为准。"
_RATE: Final = re.compile(r"-?\d{1,9}\.\d{1,9}")
_NUMBER: Final = re.compile(r"-?(?:0|[1-9]\d{0,14})(?:\.\d{1,9})?")


def booksci_record(work: Work) -> str:
    """Write the portal's JSON record of a work, on one line.

    >>> record = json.loads(booksci_record(Work(key="doi:10.1000/a", doi="10.1000/a", title="Peers help")))
    >>> list(record) == list(KEYS), record["DOIUrl"], record["citationCount"], record["journal"]
    (True, None, '0', {'name': '', 'volume': None, 'pages': None})
    """
    given = _given(work)
    return "{" + ",".join(f'"{key}":{_json(given[key])}' for key in KEYS) + "}"


def booksci_page(work: Work) -> str:
    """Write the page of a work, the portal's record in it."""
    return "\n".join(_page(work)) + "\n"


class _Literal(str):
    """A number as the portal writes it: `0.0000`."""


def _json(value: Any) -> str:
    return value if isinstance(value, _Literal) else json.dumps(value, ensure_ascii=False, separators=(",", ":"))


def _given(work: Work) -> dict[str, Any]:
    figures = _figures(work)
    codes = {one.scheme: written.one_line(one.code) for one in reversed(work.subjects)}
    platform = codes.get("booksci-platform", "")
    papers = {one.scheme: written.one_line(one.value) for one in reversed(work.other_identifiers)}
    first, last = written.pages(work)
    venue = written.place(work).name
    title, abstract = _chinese(work, by_machine=False)
    rate = figures.get(FIGURES["PeriodicalIF"], "")
    score = figures.get(FIGURES["Score"])
    return {
        "title": written.title(work),
        "authors": _JOINT.join(_authors(work)),
        "doi": written.one_line(work.doi),
        "DOIUrl": None,
        "url": next((written.one_line(link.url) for link in work.links if link.kind == "platform"), None),
        "abstract": _html(work.abstract),
        "PeriodicalId": _whole(figures.get(FIGURES["PeriodicalId"])),
        "journal": {
            "name": venue,
            "volume": written.one_line(work.volume) or None,
            "pages": (f"{first}-{last}" if last else first) or None,
        },
        "PeriodicalIF": _Literal(rate if _RATE.fullmatch(rate) else f"{_whole(rate)}.0000"),
        "publicationDate": written.when(work),
        "publicationTypes": "; ".join(_types(work)),
        "fieldsOfStudy": [one for each in work.keywords if each.kind == "assigned" and (one := written.term(each.term))]
        or None,
        "isOpenAccess": bool(work.open_access and work.open_access.is_open),
        "openAccessPdf": written.pdf(work),
        "citationCount": str(written.counted(work, "cited_by") or 0),
        "resultStr": None,
        "platform": platform,
        "paperid": papers.get((platform or "booksci").casefold()),
        "PeriodicalName": venue,
        "FirstCategoryId": codes.get("booksci-category", ""),
        "ListUrlMain": written.address(work),
        "RegionNum": _whole(figures.get(FIGURES["RegionNum"])),
        "RegionCategory": figures.get(FIGURES["RegionCategory"]) or None,
        "ArticlePicture": [written.one_line(link.url) for link in work.links if link.kind == "picture"],
        "TitleCN": title or None,
        "AbstractTextCN": _html(abstract) or None,
        "PMCID": written.one_line(work.pmcid) or None,
        "EPubDate": next((written.one_line(one.date) for one in work.events if one.kind == "online"), ""),
        "PubModel": codes.get("booksci-pub-model", ""),
        "JCR": figures.get(FIGURES["JCR"], ""),
        "JCRName": figures.get(FIGURES["JCRName"], ""),
        "Score": _Literal(score) if score and _NUMBER.fullmatch(score) else score or None,
        "Total": _whole(figures.get(FIGURES["Total"])),
    }


def _figures(work: Work) -> dict[str, str]:
    """The figures of the journal by their names, of several the first."""
    return {one.name: written.one_line(one.value) for one in reversed(work.venue_figures)}


def _authors(work: Work) -> list[str]:
    """Names as they are read aloud; a comma would part one."""
    return [name for one in work.authors or () if (name := written.closed(one.name))]


def _html(text: str | None) -> str:
    """The paragraphs as HTML, of which the portal opens the first twice."""
    paragraphs = [html.escape(one, quote=False) for each in (text or "").split("\n") if (one := written.one_line(each))]
    return "<p>" + "".join(f"<p>{one}</p>" for one in paragraphs) if paragraphs else ""


def _whole(text: str | None) -> int:
    return int(text) if text and re.fullmatch(r"-?\d{1,15}", text, re.ASCII) else 0


def _types(work: Work) -> Iterator[str]:
    """The type as given where it means the type of the work, else in the words of PubMed; and that it is retracted."""
    given = written.one_line(work.type_as_given)
    word = "Journal Article" if work.type == "article" else written.WORDS.get(work.type or "", "")
    kept = given if given and kind(given) == work.type else word
    if kept:
        yield kept
    if work.is_retracted and "retracted" not in kept.casefold():
        yield written.RETRACTED


def _chinese(work: Work, *, by_machine: bool) -> tuple[str, str]:
    """The first title and abstract in Chinese that people wrote, or a machine; empty where there is none."""
    title = (one.text for one in work.other_titles if _is_wanted(one.language, one.machine_translated, by_machine))
    text = (one.text for one in work.other_abstracts if _is_wanted(one.language, one.machine_translated, by_machine))
    return written.one_line(next(title, "")), next(text, "")


def _is_wanted(language: str | None, is_by_machine: bool, by_machine: bool) -> bool:
    return (language or "").startswith("zh") and is_by_machine == by_machine


# -- the page around it ----------------------------------------------------------------------------------------


def _page(work: Work) -> Iterator[str]:
    title, authors = written.title(work), _JOINT.join(_authors(work))
    if title:
        yield from (_line(title), "", *([_line(authors)] if 0 < len(authors) < LONGEST_BYLINE else []))
    yield booksci_record(work)
    yield f"引用次数: {written.counted(work, 'cited_by') or 0}"
    abstract = _lines(work.abstract)
    # An abstract in Chinese below its label would be taken for a translation.
    if abstract and not any(map(is_chinese, abstract)):
        yield from ("", "Abstract", "", *abstract)
    yield ""
    translated, text = _chinese(work, by_machine=True)
    if translated and is_chinese(translated):
        yield from (_line(translated), *_lines(text), _NOTE)
    figures = _figures(work)
    yield from ("来源期刊", "自引率", figures.get("self_citation_rate") or "0.00%")
    yield from ("发文量", figures.get("papers") or "0")


def _lines(text: str | None) -> list[str]:
    return [_line(line) for each in (text or "").split("\n") if (line := written.one_line(each))]


def _line(text: str) -> str:
    """The text on a line that is no label; one that speaks of translation by machine is not the portal's note."""
    return neutral(TRANSLATED.sub(lambda found: f"{found[0][0]}{UNSEEN}{found[0][1:]}", text), is_sign)
