"""The creators and editors of one DataCite record, and the addresses they point to.

A creator has one name, inverted where it is a person's, and its parts where the repository knew them; whether it is
a person is told or not. Affiliations are names, or objects with an identifier where these were asked for (GitHub
datacite/lupo, app/serializers/datacite_doi_serializer.rb).
"""

import re
from typing import Any

from harvester import identifiers
from harvester.model import Affiliation, Authorship
from harvester.sources.datacite_value import given
from harvester.sources.value import canonical, entries, ror, text

__all__ = ["Addresses", "authors", "editors", "is_cut"]

_INVERTED = re.compile(r"([^\s,]+(?: [^\s,]+){0,3}), ([^\s,]+(?: [^\s,]+){0,3})")
_AND_OTHERS = re.compile(r"\W*(?:et\.? ?al|and others|\(?:etal\)?)\W*", re.IGNORECASE)


class Addresses:
    """The affiliations of one record, each once, in order of first appearance."""

    def __init__(self) -> None:
        self._places: dict[Affiliation, int] = {}

    def places(self, value: object) -> tuple[int, ...]:
        """The places of these affiliations in the list, adding those that are new."""
        listed = value if isinstance(value, list) else [value]
        found = (one for entry in listed if (one := _affiliation(entry)) is not None)
        return tuple(dict.fromkeys(self._places.setdefault(one, len(self._places)) for one in found))

    def listed(self) -> tuple[Affiliation, ...]:
        return tuple(self._places)


def authors(value: object, addresses: Addresses) -> tuple[Authorship, ...] | None:
    """The authors; None when there is no list, or when nobody in it has a name: then nothing was given."""
    if not isinstance(value, list):
        return None
    found = _people(entries(value), addresses)
    return found if found or not value else None


def editors(value: object, addresses: Addresses) -> tuple[Authorship, ...]:
    """Those contributors who edited the work; what the others did has no place in a reference."""
    return _people([one for one in entries(value) if one.get("contributorType") == "Editor"], addresses)


def is_cut(value: object) -> bool:
    """Tell whether "et al." or DataCite's code for it, `(:etal)`, stands among the creators."""
    return any(_AND_OTHERS.fullmatch(text(one.get("name")) or "") for one in entries(value))


def _people(listed: list[dict[str, Any]], addresses: Addresses) -> tuple[Authorship, ...]:
    people = []
    for one in listed:
        places = addresses.places(one.get("affiliation"))
        person = _person(one, places)
        if person is not None and not _AND_OTHERS.fullmatch(person.name):
            people.append(person)
    return tuple(people)


def _person(one: dict[str, Any], places: tuple[int, ...]) -> Authorship | None:
    name, forename, family = (given(one.get(key)) for key in ("name", "givenName", "familyName"))
    is_organisation = one.get("nameType") == "Organizational"
    if is_organisation:
        forename = family = None
    elif name and not (forename or family) and (match := _INVERTED.fullmatch(name)):
        # Not told to be an organisation, and written as people are.
        family, forename = match.groups()
    name = " ".join(part for part in (forename, family) if part) or name
    if name is None:
        return None
    return Authorship(
        name=name,
        given=forename,
        family=family,
        is_organisation=is_organisation,
        orcid=_orcid(one.get("nameIdentifiers")),
        affiliations=places,
    )


def _orcid(value: object) -> str | None:
    for one in entries(value):
        scheme = text(one.get("nameIdentifierScheme")) or ""
        if scheme.casefold() == "orcid" and (found := canonical(identifiers.orcid, one.get("nameIdentifier"))):
            return found
    return None


def _affiliation(entry: object) -> Affiliation | None:
    if not isinstance(entry, dict):
        name, registry = given(entry), None
    else:
        name, registry = given(entry.get("name")), ror(entry.get("affiliationIdentifier"))
    if name is None and registry is None:
        return None
    return Affiliation(text=name, institution=name if registry else None, ror=registry)
