"""The authorships of an OpenAlex work: names as printed, and the addresses that authors share."""

import re
from collections.abc import Iterator
from typing import Any, Final, NamedTuple

from harvester import identifiers
from harvester.errors import NotAnIdentifier
from harvester.model import Affiliation, Authorship
from harvester.sources.openalex_value import code
from harvester.sources.value import entries, mapping, ror, text

__all__ = ["people"]

# Stand for "unknown" and for deleted profiles in OpenAlex: thousands of people share them.
NOBODY: Final = frozenset({"A9999999999", "A5317838346"})

_INVERTED = re.compile(r"([^\s,]+(?: [^\s,]+){0,3}), ([^\s,]+(?: [^\s,]+){0,3})")
_SUFFIX = re.compile(r"(?:jr|sr|i{1,3}|iv|vi{0,3}|m\.?d|ph\.?d|esq|msc?|mph|rn|dr|prof)\.?", re.IGNORECASE)


class _Address(NamedTuple):
    text: str | None = None
    institution: str | None = None
    country: str | None = None
    ror: str | None = None
    openalex: str | None = None


def people(authorships: object) -> tuple[tuple[Authorship, ...] | None, tuple[Affiliation, ...]]:
    """The authors in order, and their affiliations, each once; None where no list is given.

    The name is the one printed on the work. `author.display_name` and `author.orcid` belong to a profile that a
    machine clustered, at times another person's, so they serve only where the work itself gives none
    (help.openalex.org data/authorships.md). An
    authorship without any name is no author.
    """
    if not isinstance(authorships, list):
        return None, ()
    places: dict[_Address, int] = {}
    authors = []
    for entry in entries(authorships):
        profile = mapping(entry.get("author"))
        printed = text(entry.get("raw_author_name")) or text(profile.get("display_name"))
        if printed is None:
            continue
        name, given, family = _name(printed)
        openalex = code(profile.get("id"), "A")
        corresponding = entry.get("is_corresponding")
        authors.append(
            Authorship(
                name=name,
                given=given,
                family=family,
                orcid=_orcid(entry.get("raw_orcid")) or _orcid(profile.get("orcid")),
                openalex=None if openalex in NOBODY else openalex,
                is_corresponding=corresponding if isinstance(corresponding, bool) else None,
                affiliations=tuple(
                    dict.fromkeys(places.setdefault(address, len(places)) for address in _addresses(entry))
                ),
            )
        )
    affiliations = tuple(
        Affiliation(
            text=address.text,
            institution=address.institution,
            country=address.country,
            ror=address.ror,
            openalex=address.openalex,
        )
        for address in places
    )
    return tuple(authors), affiliations


def _name(printed: str) -> tuple[str, str | None, str | None]:
    """The name with the given name first, and its parts where the printed form told them apart.

    Repositories deposit inverted names. Only a plain one with a single comma is turned round: titles and
    degrees also follow commas, and so do the parts of an organisation's name.

    >>> _name("Kling, Catherine L.")
    ('Catherine L. Kling', 'Catherine L.', 'Kling')
    >>> _name("Martin Luther King, Jr.")
    ('Martin Luther King, Jr.', None, None)
    """
    match = _INVERTED.fullmatch(printed)
    if match is None or _SUFFIX.fullmatch(match[2]) or any(letter.isdecimal() for letter in printed):
        return printed, None, None
    family, given = match.groups()
    return f"{given} {family}", given, family


def _orcid(value: object) -> str | None:
    if not isinstance(value, str) or not value:
        return None
    try:
        return identifiers.orcid(value)
    except NotAnIdentifier:
        return None


def _addresses(entry: dict[str, Any]) -> Iterator[_Address]:
    """The addresses of one author: the printed text and the institutions that OpenAlex read from it.

    One printed address can name several institutions (a hospital and its university). The first carries the
    text and the others follow without it, so that no address is printed twice and no institution is lost.
    """
    known: dict[str, _Address] = {}
    nameless: list[_Address] = []
    for given in entries(entry.get("institutions")):
        institution = _institution(given)
        if institution.openalex is not None:
            known.setdefault(institution.openalex, institution)
        else:
            nameless.append(institution)
    lines = _printed(entry)
    printed = list(lines)
    told: set[str] = set()
    if isinstance(entry.get("affiliations"), list):
        for given in entries(entry["affiliations"]):
            line = text(given.get("raw_affiliation_string"))
            if line in printed:
                printed.remove(line)
            listed = given.get("institution_ids")
            ids = [code(value, "I") for value in (listed if isinstance(listed, list) else ())]
            found = [known.get(name, _Address(openalex=name)) for name in dict.fromkeys(ids) if name]
            told.update(name for name in ids if name)
            yield from _joined(line, found)
    left = [institution for name, institution in known.items() if name not in told]
    # Before 2024 an institution that OpenAlex did not know was the printed text over again, without an id.
    left += [institution for institution in nameless if institution.institution not in lines]
    if len(printed) == 1:
        yield from _joined(printed[0], left)
    else:
        yield from (_Address(text=line) for line in printed)
        yield from left


def _printed(entry: dict[str, Any]) -> list[str]:
    """The printed addresses: a list today, one text before 2023, at times both."""
    several = entry.get("raw_affiliation_strings")
    lines = several if isinstance(several, list) and several else [entry.get("raw_affiliation_string")]
    return list(dict.fromkeys(line for line in map(text, lines) if line is not None))


def _joined(line: str | None, institutions: list[_Address]) -> Iterator[_Address]:
    if institutions:
        yield institutions[0]._replace(text=line)
        yield from institutions[1:]
    elif line is not None:
        yield _Address(text=line)


def _institution(given: dict[str, Any]) -> _Address:
    return _Address(
        institution=text(given.get("display_name")),
        country=text(given.get("country_code")),
        ror=ror(given.get("ror")),
        openalex=code(given.get("id"), "I"),
    )
