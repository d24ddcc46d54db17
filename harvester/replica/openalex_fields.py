"""What may be filtered on in a work, and where in the record it stands.

The names and their kinds are those of GitHub ourresearch/openalex-elastic-api works/fields.py; asking for
any other is a 400 that lists them all. A `Field` reads its values out of a record of either shape: 2026, or
before the rewrite of November 2025, where `is_xpac`, the counts and the new names of types are missing and
are made up from what is there. Filters on what no record carries (continents, the global south, private lists)
are taken and find nothing.
"""

import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal

__all__ = ["FIELDS", "SELECTABLE", "Field", "Kind", "leaves", "openalex_id", "valid_names"]

Kind = Literal["boolean", "date", "number", "id", "term", "search"]

_NAMES: dict[Kind, str] = {
    "boolean": """
        authorships.institutions.is_global_south authorships.is_corresponding best_oa_location.is_accepted
        best_oa_location.is_oa best_oa_location.is_published best_oa_location.source.is_in_doaj
        best_oa_location.source.is_oa citation_normalized_percentile.is_in_top_10_percent
        citation_normalized_percentile.is_in_top_1_percent has_abstract has_content.grobid_xml has_content.pdf
        has_doi has_embeddings has_fulltext has_oa_accepted_or_published_version has_oa_submitted_version
        has_old_authors has_orcid has_pdf_url has_pmcid has_pmid has_raw_affiliation_strings has_references
        institutions.is_global_south is_corresponding is_oa is_paratext is_retracted is_xpac
        locations.is_accepted locations.is_oa locations.is_published locations.source.has_issn
        locations.source.is_core locations.source.is_in_doaj locations.source.is_oa mag_only
        open_access.any_repository_has_fulltext open_access.is_oa primary_location.is_accepted
        primary_location.is_oa primary_location.is_published primary_location.source.has_issn
        primary_location.source.is_core primary_location.source.is_in_doaj primary_location.source.is_oa""",
    "date": """
        created_date from_created_date from_publication_date from_updated_date publication_date
        to_created_date to_publication_date to_updated_date updated_date""",
    "number": """
        apc_list.value apc_list.value_usd apc_paid.value apc_paid.value_usd authors_count
        citation_normalized_percentile.value cited_by_count cited_by_percentile_year.max
        cited_by_percentile_year.min concepts_count countries_distinct_count fwci institutions_distinct_count
        locations_count publication_year referenced_works_count sustainable_development_goals.score
        topics_count""",
    "id": """
        author.id authorships.author.id authorships.institutions.id authorships.institutions.lineage
        awards.funder_id awards.id best_oa_location.source.host_organization
        best_oa_location.source.host_organization_lineage best_oa_location.source.id cited_by cites concept.id
        concepts.id corresponding_author_ids corresponding_institution_ids datasets funders.id ids.openalex
        institution.id institution_assertions.id institution_assertions.lineage institutions.id journal
        locations.source.host_institution_lineage locations.source.host_organization
        locations.source.host_organization_lineage locations.source.id locations.source.publisher_lineage
        openalex openalex_id primary_location.source.host_institution_lineage
        primary_location.source.host_organization primary_location.source.host_organization_lineage
        primary_location.source.id primary_location.source.publisher_lineage primary_topic.id
        referenced_works related_to repository topics.id""",
    "term": """
        apc_list.currency apc_list.provenance apc_paid.currency apc_paid.provenance author.orcid
        authorships.affiliations.institution_ids authorships.author.orcid authorships.countries
        authorships.institutions.continent authorships.institutions.country_code authorships.institutions.ror
        authorships.institutions.type authorships.raw_orcid awards.doi awards.funder_award_id
        awards.funder_display_name best_oa_location.landing_page_url best_oa_location.license
        best_oa_location.license_id best_oa_location.raw_type best_oa_location.source.issn
        best_oa_location.source.type best_oa_location.version best_open_version biblio.first_page biblio.issue
        biblio.last_page biblio.volume concepts.wikidata display_name doi doi_starts_with fulltext_origin
        ids.mag ids.pmcid ids.pmid indexed_in institution_assertions.country_code institution_assertions.ror
        institution_assertions.type institutions.continent institutions.country_code institutions.ror
        institutions.type keywords.id label language locations.landing_page_url locations.license
        locations.license_id locations.raw_type locations.source.issn locations.source.type locations.version
        mag oa_status open_access.oa_status pmcid pmid primary_location.landing_page_url primary_location.license
        primary_location.license_id primary_location.raw_type primary_location.source.issn
        primary_location.source.type primary_location.version primary_topic.domain.id primary_topic.field.id
        primary_topic.subfield.id raw_affiliation_strings sustainable_development_goals.id topics.domain.id
        topics.field.id topics.subfield.id type type_crossref version""",
    "search": """
        abstract.search abstract.search.exact default.search display_name.search display_name.search.exact
        fulltext.search fulltext.search.exact keyword.search raw_affiliation_strings.search
        raw_author_name.search semantic.search title.search title.search.exact title_and_abstract.search
        title_and_abstract.search.exact""",
}

_SELECTABLE = """
    id doi title display_name relevance_score publication_year publication_date ids language
    primary_location sources type type_crossref indexed_in open_access authorships institution_assertions
    institutions countries_distinct_count institutions_distinct_count corresponding_author_ids
    corresponding_institution_ids apc_list apc_paid fwci is_authors_truncated has_fulltext fulltext_origin
    cited_by_count citation_normalized_percentile cited_by_percentile_year biblio is_retracted is_paratext
    is_xpac primary_topic topics keywords concepts mesh locations_count locations best_oa_location
    sustainable_development_goals awards funders datasets versions has_content content_urls
    referenced_works_count referenced_works related_works abstract_inverted_index cited_by_api_url
    counts_by_year updated_date created_date"""
SELECTABLE = tuple(_SELECTABLE.split())
"""Root names that `select` takes, in the order of the schema; records keep their own."""

# Filters that are named otherwise than the place they look at.
_PLACES = {
    "author.id": "authorships.author.id",
    "author.orcid": "authorships.author.orcid",
    "authorships.raw_orcid": "authorships.raw_orcid",
    "cites": "referenced_works",
    "concept.id": "concepts.id",
    "doi_starts_with": "doi",
    "ids.openalex": "id",
    "institution.id": "authorships.institutions.id",
    "institutions.continent": "authorships.institutions.continent",
    "institutions.country_code": "authorships.institutions.country_code",
    "institutions.id": "authorships.institutions.id",
    "institutions.is_global_south": "authorships.institutions.is_global_south",
    "institutions.ror": "authorships.institutions.ror",
    "institutions.type": "authorships.institutions.type",
    "is_corresponding": "authorships.is_corresponding",
    "is_oa": "open_access.is_oa",
    "journal": "primary_location.source.id",
    "mag": "ids.mag",
    "oa_status": "open_access.oa_status",
    "openalex": "id",
    "openalex_id": "id",
    "pmcid": "ids.pmcid",
    "pmid": "ids.pmid",
    "raw_affiliation_strings": "authorships.raw_affiliation_strings",
    "related_to": "related_works",
    "repository": "locations.source.id",
    "version": "locations.version",
}

# has_x is true when there is something at any of these places.
_PRESENCE = {
    "has_abstract": ("abstract_inverted_index",),
    "has_doi": ("doi",),
    "has_embeddings": ("embeddings",),
    "has_orcid": ("authorships.author.orcid",),
    "has_pdf_url": ("locations.pdf_url",),
    "has_pmcid": ("ids.pmcid",),
    "has_pmid": ("ids.pmid",),
    "has_raw_affiliation_strings": (
        "authorships.raw_affiliation_strings",
        "authorships.raw_affiliation_string",
    ),
    "has_references": ("referenced_works",),
    "locations.source.has_issn": ("locations.source.issn",),
    "primary_location.source.has_issn": ("primary_location.source.issn",),
}

# Records older than the field carry the list that the field counts.
_COUNTED = {
    "authors_count": "authorships",
    "concepts_count": "concepts",
    "locations_count": "locations",
    "referenced_works_count": "referenced_works",
    "topics_count": "topics",
}

# `type` held Crossref's names until 2023 (docs.openalex.org api-entities/works/work-object, `type_crossref`).
_TODAYS_TYPES = {
    "journal-article": "article",
    "proceedings-article": "article",
    "posted-content": "preprint",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-section": "book-chapter",
    "book-part": "book-chapter",
    "report-series": "report",
    "journal-issue": "paratext",
    "journal-volume": "paratext",
    "journal": "paratext",
    "proceedings": "paratext",
    "component": "supplementary-materials",
}

_VERBATIM = frozenset({"display_name", "raw_affiliation_strings", "awards.funder_display_name"})
_HOSTS = re.compile(
    r"https?://(?:(?:api\.)?openalex\.org|orcid\.org|ror\.org|metadata\.un\.org|pubmed\.ncbi\.nlm\.nih\.gov"
    r"|www\.ncbi\.nlm\.nih\.gov/pmc/articles|www\.wikidata\.org/(?:wiki|entity))/"
)
_COLLECTIONS = re.compile(
    r"(?:work-types|institution-types|source-types|types|languages|countries|continents|keywords|licenses"
    r"|domains|fields|subfields|sdgs?|institutions|authors|sources)/"
)
_OPENALEX_ID = re.compile(r"(?:https?://(?:api\.)?openalex\.org/)?(?:[a-z]+/)?([waistpfcgv]\d+)", re.IGNORECASE)
_CANONICAL = tuple(f"https://openalex.org/{letter}" for letter in "WAISTPFCGV")
_DATE = re.compile(r"\d{4}-\d{2}-\d{2}")


@dataclass(frozen=True)
class Field:
    """One filter: `values` reads what a record holds, in the form that `plain` gives to what is asked."""

    name: str
    kind: Kind
    path: str
    derive: Callable[[dict[str, Any]], Any] | None = None

    def values(self, work: dict[str, Any]) -> Iterator[Any]:
        """Everything the record holds for this field: text, numbers or truth values, as the kind demands."""
        found = (value for value, _ in leaves(work, self.path)) if self.derive is None else _flat(self.derive(work))
        for value in found:
            if self.kind == "boolean":
                if isinstance(value, bool):
                    yield value
            elif self.kind == "number":
                if isinstance(value, int | float) and not isinstance(value, bool) and math.isfinite(value):
                    yield value
            elif self.kind == "date":
                if isinstance(value, str) and _DATE.match(value):
                    yield value[:10]
            elif self.kind == "id" and isinstance(value, str) and value.startswith(_CANONICAL):
                yield value  # as it is: a corpus holds millions of references
            elif isinstance(value, str | int) and not isinstance(value, bool) and value != "":
                yield self.plain(str(value))

    def plain(self, value: str) -> str:
        """The one form in which an asked and a stored value meet: lower case, without host and collection."""
        if self.kind == "id":
            short = openalex_id(value)
            return f"https://openalex.org/{short}" if short else value.lower()
        value = value.lower()
        if self.path == "doi":
            # Only this spelling is taken off: `http://doi.org/`, `dx.doi.org` and `doi:` find nothing.
            return value.removeprefix("https://doi.org/")
        if self.name in _VERBATIM or self.path.endswith("landing_page_url"):
            return value
        value = _COLLECTIONS.sub("", _HOSTS.sub("", value, count=1), count=1)
        if self.name == "type":
            return _TODAYS_TYPES.get(value, value)
        return value.removeprefix("pmc") if self.path == "ids.pmcid" else value


def leaves(work: dict[str, Any], path: str) -> Iterator[tuple[Any, dict[str, Any]]]:
    """Every value at a dotted path, through lists, each with the object it stands in; nulls are passed over.

    >>> work = {"authorships": [{"author": {"id": "A1"}}, {"author": {"id": None}}, {"author": None}]}
    >>> [value for value, _ in leaves(work, "authorships.author.id")]
    ['A1']
    """
    name, _, rest = path.partition(".")
    value = work.get(name)
    for part in value if isinstance(value, list) else [value]:
        if rest:
            if isinstance(part, dict):
                yield from leaves(part, rest)
        elif part is not None:
            yield part, work


def openalex_id(text: str) -> str | None:
    """The id in capitals without its host, or None for what OpenAlex calls "not a valid OpenAlex ID".

    >>> openalex_id("https://openalex.org/w2741809807"), openalex_id("doi:10.1/x")
    ('W2741809807', None)
    """
    match = _OPENALEX_ID.fullmatch(text.strip())
    return match[1].upper() if match else None


def valid_names() -> str:
    """The list that every message about an unknown field ends with."""
    # The server takes from_updated_date, but its message leaves it out (recorded in May 2026).
    return ", ".join(sorted(FIELDS.keys() - {"from_updated_date"}))


def _flat(value: Any) -> list[Any]:
    return value if isinstance(value, list) else [value]


def _place(name: str) -> str:
    if name in _PLACES:
        return _PLACES[name]
    if name.startswith(("from_", "to_")):
        return name.partition("_")[2]
    return name.replace("publisher_lineage", "host_organization_lineage").replace(
        "host_institution_lineage", "host_organization_lineage"
    )


def _present(*paths: str) -> Callable[[dict[str, Any]], bool]:
    return lambda work: any(value not in ("", {}, []) for path in paths for value, _ in leaves(work, path))


def _flag(name: str) -> Callable[[dict[str, Any]], bool]:
    return lambda work: work.get(name) is True


def _count(name: str, listed: str) -> Callable[[dict[str, Any]], Any]:
    def count(work: dict[str, Any]) -> Any:
        given, items = work.get(name), work.get(listed)
        return given if given is not None or not isinstance(items, list) else len(items)

    return count


def _open_versions(work: dict[str, Any]) -> set[str]:
    return {str(place.get("version")) for is_open, place in leaves(work, "locations.is_oa") if is_open is True}


def _best_open_version(work: dict[str, Any]) -> list[str]:
    versions = _open_versions(work)
    if "publishedVersion" in versions:
        return ["any", "acceptedorpublished", "published"]
    if "acceptedVersion" in versions:
        return ["any", "acceptedorpublished"]
    return ["any"] if versions else []


def _of_type(path: str, kind: str) -> Callable[[dict[str, Any]], list[Any]]:
    return lambda work: [value for value, source in leaves(work, path) if source.get("type") == kind]


def _has_old_authors(work: dict[str, Any]) -> bool:
    # Author ids below A5 were replaced in July 2023 (core/fields.py).
    return any(str(author).rpartition("/")[2][:2] in ("A1", "A2", "A3", "A4") for author in _author_ids(work))


def _author_ids(work: dict[str, Any]) -> list[Any]:
    return [value for value, _ in leaves(work, "authorships.author.id")]


def _mag_only(work: dict[str, Any]) -> bool:
    known = {name for name in ("mag", "pmid", "pmcid", "doi", "arxiv") if any(leaves(work, f"ids.{name}"))}
    return known == {"mag"}


_DERIVED: dict[str, Callable[[dict[str, Any]], Any]] = {
    **{name: _present(*paths) for name, paths in _PRESENCE.items()},
    **{name: _count(name, listed) for name, listed in _COUNTED.items()},
    **{name: _flag(name) for name in ("is_xpac", "is_retracted", "is_paratext", "has_fulltext")},
    "best_open_version": _best_open_version,
    "has_oa_accepted_or_published_version": lambda work: bool(
        _open_versions(work) & {"acceptedVersion", "publishedVersion"}
    ),
    "has_oa_submitted_version": lambda work: "submittedVersion" in _open_versions(work),
    "has_old_authors": _has_old_authors,
    "journal": _of_type("primary_location.source.id", "journal"),
    "mag_only": _mag_only,
    "repository": _of_type("locations.source.id", "repository"),
}

FIELDS: dict[str, Field] = {
    name: Field(name, kind, _place(name), _DERIVED.get(name))
    for kind, names in _NAMES.items()
    for name in names.split()
}
"""Every filter by its name."""
