"""References as Scopus, Dimensions and citation index pages print them, cut into the parts that the style marks.

What a style leaves in doubt is left out of the parts; the text as given is always there, for what matches references.
"""

import re
from collections.abc import Iterator
from typing import Any, Final

from harvester import identifiers, markup
from harvester.formats import values
from harvester.model import Identifier, Reference

__all__ = ["OF_WORKS", "dimensions", "printed_title", "scopus", "titled"]

OF_WORKS: Final = frozenset(("doi", "pmid", "pmcid"))
"""What a reference in print may name a work by; a `W` and digits is a report number there."""

# -- title first -----------------------------------------------------------------------------------------------

# Marks of the kind of document in GB/T 7714: journal, monograph, collection, dissertation, report, standard, ...
_DOCUMENT: Final = re.compile(r"\s*\[([A-Z]{1,2}(?:/[A-Z]{2})?)\]\s*\.?\s*$")
_WHERE: Final = re.compile(
    r"(?:(?P<venue>.+?),\s*)?(?P<year>(?:1[5-9]|20)\d\d)\b\s*(?:,\s*(?P<volume>[^\s(:,]{1,20}))?\s*"
    r"(?:\((?P<issue>[^()]{1,20})\))?\s*(?::\s*(?P<pages>\S{1,30}(?:\s*[-+]\s*\S{0,15})?))?\s*\.?"
)


def printed_title(text: str) -> str | None:
    """The title in front of a mark such as `[J].`; None where there is no such mark.

    >>> printed_title("Carers and co-production: enabling expertise through experience? [J].")
    'Carers and co-production: enabling expertise through experience?'
    """
    match = _DOCUMENT.search(text)
    return text[: match.start()].strip() or None if match else None


def titled(lines: list[str], *, source: str, position: int) -> Reference:
    """Read the style of citation index pages: the title with `[J].`, authors ending in ` ;`, then where it appeared.

    >>> found = titled(
    ...     [
    ...         "Carers and co-production [J].",
    ...         "Bradley, Eleanor .",
    ...         "MENTAL HEALTH REVIEW JOURNAL, 2015, 20 (04) :232-241",
    ...     ],
    ...     source="page",
    ...     position=7,
    ... )
    >>> found.author, found.venue, found.year, found.volume, found.issue, found.first_page
    ('Bradley, Eleanor', 'MENTAL HEALTH REVIEW JOURNAL', 2015, '20', '04', '232')
    """
    cleaned = [line for line in map(markup.clean, lines) if line]
    whole = " ".join(cleaned)
    found = tuple(one for one in identifiers.find(whole) if one.scheme in OF_WORKS)
    parts: dict[str, Any] = {"title": printed_title(cleaned[0]) or cleaned[0]} if cleaned else {}
    authors = []
    for line in cleaned[1:]:
        match = _WHERE.fullmatch(line)
        if match:
            parts |= {name: match[name] for name in ("venue", "volume", "issue") if match[name]}
            parts["year"] = int(match["year"])
            parts["first_page"] = values.pages(match["pages"]).first
        elif line.endswith((";", " .")) or "," in line:
            authors += [name for name in (piece.strip(" .") for piece in line.split(" ;")) if name]
    # The full stop behind initials belongs to the name: "Grenyer, Brin F. S. ." ends in two.
    names = [re.sub(r"(?<=[\s.][A-Z])$", ".", name) for name in authors]
    if names:
        parts["author"] = "; ".join(names)
    return Reference(source=source, position=position, text=whole, targets=found, **parts)


# -- Scopus ----------------------------------------------------------------------------------------------------

_YEAR_AT_END: Final = re.compile(r"\(((?:1[5-9]|20)\d\d)[a-z]?\)\s*(?:;\s*|$)")
_YEAR_INSIDE: Final = re.compile(r"\(((?:1[5-9]|20)\d\d)[a-z]?\)\s+(?=[^;\s])")
_NAMES: Final = re.compile(r"((?:[^;,]{1,60};\s)*[^;,]{1,60}\s(?:(?:[^\W\d_a-z]\.[- ]?){1,5}|[A-Z]{1,4})),\s")
_OLDER_NAMES: Final = re.compile(r"((?:[^,;()]{1,40},\s(?:[A-Z]\.-?\s?){1,4},\s)+)")
_PAGES: Final = re.compile(r"pp?\.\s*(\S{1,30})")


def scopus(cell: str, *, source: str) -> Iterator[Reference]:
    """Cut the `References` column of Scopus into references, which a semicolon parts, and their authors too.

    Since 2023 a reference ends in its year (`Names, Title, Journal, volume, issue, pp. 1-2, (2020)`); before, the
    year stood behind the title (`Names, Title (2020) Journal, volume (issue), pp. 1-2`).

    >>> cell = (
    ...     "Zupic I.; Cater T., Bibliometric methods, Organ. Res. Methods, 18, 3, pp. 429-472, (2015); Peers, (2010)"
    ... )
    >>> first, second = scopus(cell, source="scopus")
    >>> first.author, first.title, first.venue, first.volume, first.issue, first.first_page, second.title, second.year
    ('Zupic I.; Cater T.', 'Bibliometric methods', 'Organ. Res. Methods', '18', '3', '429', 'Peers', 2010)
    """
    text = markup.clean(cell)
    is_recent = len(_YEAR_AT_END.findall(text)) >= len(_YEAR_INSIDE.findall(text))
    pieces = _cut_behind_years(text) if is_recent else re.split(r";\s+(?=\S)", text)
    for position, piece in enumerate((one.strip(" ;") for one in pieces if one.strip(" ;")), 1):
        parts = _recent(piece) if is_recent else _older(piece)
        found = tuple(one for one in identifiers.find(piece) if one.scheme in OF_WORKS)
        yield Reference(source=source, position=position, text=piece, targets=found, **parts)


def _cut_behind_years(text: str) -> Iterator[str]:
    start = 0
    for match in _YEAR_AT_END.finditer(text):
        yield text[start : match.end()]
        start = match.end()
    yield text[start:]


def _recent(text: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if match := _YEAR_AT_END.search(text):
        parts["year"] = int(match[1])
        text = text[: match.start()].rstrip(" ,")
    if match := _NAMES.match(text):
        parts["author"] = match[1]
        text = text[match.end() :]
    pieces = text.split(", ")
    if len(pieces) > 1 and (match := _PAGES.match(pieces[-1])):
        parts["first_page"] = values.pages(match[1]).first
        pieces.pop()
    numbers: list[str] = []
    while len(pieces) > 1 and len(numbers) < 2 and re.fullmatch(r"[A-Za-z]{0,6}\.?\s?\d[\w./-]{0,12}", pieces[-1]):
        numbers.append(pieces.pop())
    if numbers:
        parts["volume"] = numbers[-1]
    if len(numbers) > 1:
        parts["issue"] = numbers[0]
    if len(pieces) > 1:
        parts["venue"] = pieces.pop()
    parts["title"] = ", ".join(pieces) or None
    return parts


def _older(text: str) -> dict[str, Any]:
    parts: dict[str, Any] = {}
    if match := _OLDER_NAMES.match(text):
        parts["author"] = match[1].rstrip(" ,")
        text = text[match.end() :]
    match = _YEAR_INSIDE.search(text) or _YEAR_AT_END.search(text)
    if match is None:
        return parts
    parts["year"] = int(match[1])
    parts["title"] = text[: match.start()].strip(" ,") or None
    pieces = text[match.end() :].split(", ")
    parts["venue"] = pieces[0].strip() or None
    for piece in pieces[1:]:
        if page := _PAGES.match(piece):
            parts["first_page"] = values.pages(page[1]).first
        elif number := re.fullmatch(r"(\w{1,10})(?:\s\(([^()]{1,20})\))?", piece.strip()):
            parts.setdefault("volume", number[1])
            parts.setdefault("issue", number[2])
    return parts


# -- Dimensions ------------------------------------------------------------------------------------------------


def dimensions(cell: str, *, source: str) -> Iterator[Reference]:
    """Cut the `Cited references` column of Dimensions: fields parted by bars, references by `;[`.

    The fields are authors, their ids, journal, year, volume, issue, pages, DOI, publication id and citations, as
    GitHub massimoaria/bibliometrix R/dimensions2df.R reads them.

    >>> cell = "[Silva, Ana]|[]|J Peers|2015|18|3|429-472|10.1000/A|pub.1|2"
    >>> [one.targets[0].value for one in dimensions(cell, source="dimensions")]
    ['10.1000/a']
    """
    for position, piece in enumerate((one for one in re.split(r";\s*(?=\[)", cell) if one.strip(" ;[]")), 1):
        fields = [markup.clean(field).strip("[]") or None for field in piece.split("|")]
        fields += [None] * (10 - len(fields))
        doi = values.doi(fields[7])
        targets = [Identifier("doi", doi)] if doi else []
        if fields[8] and re.fullmatch(r"pub\.\d{1,14}", fields[8]):
            targets.append(Identifier("dimensions", fields[8]))
        yield Reference(
            source=source,
            position=position,
            text=markup.clean(piece),
            targets=tuple(targets),
            author=fields[0],
            venue=fields[2],
            year=values.year(fields[3]),
            volume=fields[4],
            issue=fields[5],
            first_page=values.pages(fields[6]).first,
            malformed_doi=fields[7] if fields[7] and not doi else None,
        )
