"""The people and organisations of one Crossref work message, and the addresses they point to.

Contributor and affiliation: api.crossref.org/swagger-ui (schemas "Author", "Affiliation"). A contributor may have
a family name only, a name only (an organisation, or a person of one name), or no name at all.
"""

import re
from typing import Any

from harvester import identifiers
from harvester.model import Affiliation, Authorship
from harvester.sources.crossref_value import texts
from harvester.sources.value import canonical, entries, ror, text

__all__ = ["Addresses", "authors", "contributors", "is_cut"]

_AND_OTHERS = re.compile(r"\W*(?:et\.? ?al|and others)\W*", re.IGNORECASE)


class Addresses:
    """The affiliations of one work, each once, in order of first appearance."""

    def __init__(self) -> None:
        self._places: dict[Affiliation, int] = {}

    def places(self, value: object) -> tuple[int, ...]:
        """The places of these affiliations in the list, adding those that are new."""
        found = (one for given in entries(value) if (one := _affiliation(given)) is not None)
        return tuple(dict.fromkeys(self._places.setdefault(one, len(self._places)) for one in found))

    def listed(self) -> tuple[Affiliation, ...]:
        return tuple(self._places)


def _affiliation(given: dict[str, Any]) -> Affiliation | None:
    """An affiliation by name, or by ROR id alone, as some publishers deposit it."""
    name = text(given.get("name"))
    departments = texts(given.get("department"))
    places = texts(given.get("place"))
    registry = next((found for one in entries(given.get("id")) if (found := ror(one.get("id")))), None)
    printed = ", ".join([*departments, *([name] if name else []), *places]) or None
    if printed is None and registry is None:
        return None
    return Affiliation(
        text=printed,
        institution=name if departments or registry else None,
        department=", ".join(departments) or None,
        ror=registry,
    )


def authors(value: object, addresses: Addresses) -> tuple[Authorship, ...] | None:
    """The authors; None when there is no list, or when nobody in it has a name: then nothing was given."""
    if not isinstance(value, list):
        return None
    found = contributors(value, addresses)
    return found if found or not value else None


def contributors(value: object, addresses: Addresses) -> tuple[Authorship, ...]:
    """Those who have a name. The addresses of the others are kept: they are the work's, and nobody else's."""
    found = []
    for given in entries(value):
        places = addresses.places(given.get("affiliation"))
        contributor = _contributor(given, places)
        if contributor is not None and not _AND_OTHERS.fullmatch(contributor.name):
            found.append(contributor)
    return tuple(found)


def _contributor(given: dict[str, Any], places: tuple[int, ...]) -> Authorship | None:
    forename, family, suffix = (text(given.get(key)) for key in ("given", "family", "suffix"))
    name = text(given.get("name"))
    is_person = forename is not None or family is not None
    if is_person:
        name = " ".join(part for part in (forename, family, suffix) if part)
    if name is None:
        return None
    return Authorship(
        name=name,
        given=forename,
        family=family,
        suffix=suffix if is_person else None,
        is_organisation=not is_person,
        orcid=canonical(identifiers.orcid, given.get("ORCID")),
        affiliations=places,
    )


def is_cut(value: object) -> bool:
    """Tell whether "et al." stands among the authors: the publisher deposited no more."""
    for given in entries(value):
        parts = (given.get(key) for key in ("given", "family", "name"))
        if _AND_OTHERS.fullmatch(" ".join(part for part in parts if isinstance(part, str))):
            return True
    return False
