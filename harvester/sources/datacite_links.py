"""What a DataCite record points to: the works it cites, and those it is a part, a version or a supplement of.

A repository lists related identifiers, each with its type and the kind of relation, and since schema 4.4 may describe
related items as well, often the same ones. Only what the record itself cites is a reference: `IsCitedBy` is the other
side's to say. The `references` among the relationships of an answer are not taken: they count supplements as well, and
what other records say of this one (GitHub datacite/lupo, app/models/event.rb, REFERENCE_RELATION_TYPES); so does
the `referenceCount` of a record.
"""

from collections.abc import Callable, Iterator
from typing import Any, Final

from harvester import identifiers
from harvester.errors import NotAnIdentifier
from harvester.model import Identifier, Reference, Relation
from harvester.sources.crossref_value import doi, year
from harvester.sources.datacite_value import given, word
from harvester.sources.value import canonical, entries, mapping, text

__all__ = ["references", "relations"]

CITING: Final = frozenset(("Cites", "References"))
CITED: Final = frozenset(("IsCitedBy", "IsReferencedBy"))

# The schemes whose values are checked; others (URL, ARK, Handle, ...) stay as they are given.
_CHECKED: Final[dict[str, Callable[[object], str | None]]] = {
    "doi": doi,
    "eissn": lambda value: canonical(identifiers.issn, value),
    "isbn": lambda value: canonical(identifiers.isbn, value),
    "issn": lambda value: canonical(identifiers.issn, value),
    "lissn": lambda value: canonical(identifiers.issn, value),
    "pmid": lambda value: canonical(identifiers.pmid, value),
    "pmcid": lambda value: canonical(identifiers.pmcid, value),
}
_ONE_SCHEME: Final = {"eissn": "issn", "lissn": "issn"}
_OF_WORKS: Final = frozenset(("doi", "pmid", "pmcid"))

Related = tuple[str, str]
"""The type of an identifier in small letters, and the identifier as given."""


def references(attributes: dict[str, Any], *, source: str) -> Iterator[Reference]:
    """Every work that the record cites, once, in the order of the identifiers, then those that are only described."""
    described: dict[Related, tuple[Related, dict[str, Any]]] = {}
    nameless = []
    for item in entries(attributes.get("relatedItems")):
        if text(item.get("relationType")) in CITING:
            named = _of_item(item)
            if named is None:
                nameless.append(item)
            else:
                described.setdefault(_target(named) or named, (named, item))
    listed: dict[Related, Related] = {}
    for one in entries(attributes.get("relatedIdentifiers")):
        named = _named(one, "relatedIdentifier")
        if named is not None and text(one.get("relationType")) in CITING:
            listed.setdefault(_target(named) or named, named)
    pairs: list[tuple[Related | None, dict[str, Any]]] = [
        (named, described.pop(work, (named, {}))[1]) for work, named in listed.items()
    ]
    pairs += [*described.values(), *((None, item) for item in nameless)]
    for position, (named, item) in enumerate(pairs, 1):
        yield Reference(source=source, position=position, **_described(item), **_identified(named))


def relations(attributes: dict[str, Any], *, own_doi: str) -> Iterator[Relation]:
    """Links to other works that are no citations, in Crossref's words."""
    listed = [
        *((one, _named(one, "relatedIdentifier")) for one in entries(attributes.get("relatedIdentifiers"))),
        *((item, _of_item(item)) for item in entries(attributes.get("relatedItems"))),
    ]
    for one, named in listed:
        kind_as_given = text(one.get("relationType"))
        if named is None or kind_as_given in CITING | CITED:
            continue
        kind, target = word(kind_as_given), _target(named)
        if kind and target is not None and target != Identifier("doi", own_doi):
            yield Relation(kind=kind, target=target)


def _named(given_: dict[str, Any], key: str) -> Related | None:
    scheme, value = text(given_.get(f"{key}Type")), given(given_.get(key))
    return (scheme.lower(), value) if scheme and value else None


def _of_item(item: dict[str, Any]) -> Related | None:
    return _named(mapping(item.get("relatedItemIdentifier")), "relatedItemIdentifier")


def _target(named: Related) -> Identifier | None:
    """The identifier in canonical form; a URL or an arXiv number that names a work is that work's."""
    scheme, value = named
    if scheme in ("arxiv", "purl", "url", "w3id"):
        dressed = value if scheme != "arxiv" or ":" in value else f"arxiv:{value}"
        try:
            return identifiers.parse(dressed)
        except NotAnIdentifier:
            return Identifier(scheme, value)
    checked = _CHECKED.get(scheme, text)(value)
    return Identifier(_ONE_SCHEME.get(scheme, scheme), checked) if checked else None


def _identified(named: Related | None) -> dict[str, Any]:
    if named is None:
        return {}
    target = _target(named)
    if target is not None and target.scheme in (*_OF_WORKS, "openalex"):
        return {"targets": (target,)}
    if target is not None and target.scheme in ("isbn", "issn"):
        return {target.scheme: target.value}
    return {"malformed_doi": named[1]} if named[0] == "doi" else {"text": named[1]}


def _described(item: dict[str, Any]) -> dict[str, Any]:
    titles = [found for one in entries(item.get("titles")) if (found := given(one.get("title")))]
    creators = [found for one in entries(item.get("creators")) if (found := given(one.get("name")))]
    fields = {
        "title": titles[0] if titles else None,
        "author": creators[0] if creators else None,
        "year": year(item.get("publicationYear")),
        "volume": given(item.get("volume")),
        "issue": given(item.get("issue")),
        "first_page": given(item.get("firstPage")),
        "edition": given(item.get("edition")),
    }
    return {key: value for key, value in fields.items() if value is not None}
