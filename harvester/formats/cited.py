"""Cited references as the Web of Science prints them, in one line of abbreviations.

`Anthony W., 1993, Psychosocial Rehabilitation Journal, V16, P11, DOI [DOI 10.1037/H0095655, 10.1037/h0095655]`: the
first author, the year, the source, then whatever is known. The same line stands in its exports (`CR`) and on the pages
of databases that it feeds.
"""

import re
from typing import Final

from harvester import identifiers
from harvester.formats.names import NOBODY
from harvester.formats.values import line, year
from harvester.model import Identifier, Reference

__all__ = ["cited"]

_YEAR = re.compile(r"(?:1[5-9]|20)\d\d[a-z]?")
_DOI_PART = re.compile(r",?\s*\bDOI:?\s+(\[.*|(?:DOI )?10\..*)$", re.IGNORECASE | re.DOTALL)
_LABELLED: Final = (
    ("volume", re.compile(r"V(?!\d*(?:rd|nd|st|th)\b)([\w()./-]{1,20})")),
    ("first_page", re.compile(r"P([A-Z]?\d[\w.-]{0,14}|[ivxlc]{1,7})")),
    ("issue", re.compile(r"(?:NO?|ISS?)\.? ?(\d[\w-]{0,9})")),
    ("edition", re.compile(r"V?(\d{1,2}(?:rd|nd|st|th) ed\.?)")),
    ("first_page", re.compile(r"ARTN? ?(\w{1,20})")),
)


def cited(text: str, *, position: int, source: str) -> Reference:
    """Read one reference. What is not understood stays in its text, which is always kept.

    Of several DOIs each is a candidate, in the order printed; the same one in two cases is one.

    >>> one = cited("Bryman A., 2008, Social research methods, V3rd ed.", position=1, source="wos")
    >>> one.author, one.year, one.venue, one.edition
    ('Bryman A.', 2008, 'Social research methods', '3rd ed.')
    >>> [
    ...     str(target)
    ...     for target in cited(
    ...         "A B, 1993, J, V16, P11, DOI [DOI 10.1037/H1, 10.1037/h1]", position=1, source=""
    ...     ).targets
    ... ]
    ['doi:10.1037/h1']
    """
    printed = line(text) or ""
    targets = tuple(one for one in identifiers.find(printed) if one.scheme in ("doi", "pmid"))
    announced = _DOI_PART.search(printed)
    rest = printed[: announced.start()] if announced else printed
    pieces = [piece for piece in map(str.strip, rest.split(",")) if piece]
    fields: dict[str, str] = {}
    place = next((number for number, piece in enumerate(pieces[:4]) if _YEAR.fullmatch(piece)), None)
    before = pieces[:place] if place is not None else pieces[:1]
    after = pieces[place + 1 :] if place is not None else pieces[1:]
    author = ", ".join(before) or None
    names = []
    for piece in after:
        for field, pattern in _LABELLED:
            if field not in fields and (match := pattern.fullmatch(piece)):
                fields[field] = match[1]
                break
        else:
            names.append(piece)
    return Reference(
        source=source,
        position=position,
        text=printed or None,
        targets=tuple(Identifier(one.scheme, one.value) for one in targets),
        author=None if author is None or NOBODY.fullmatch(author) else author.lstrip("*"),
        year=year(pieces[place]) if place is not None else None,
        venue=", ".join(names) or None,
        malformed_doi=announced[1] if announced and not targets else None,
        **fields,
    )
