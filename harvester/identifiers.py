"""Identifiers of works, people and venues: one canonical form each, or the reason why not."""

from typing import NamedTuple

__all__ = ["Identifier"]


class Identifier(NamedTuple):
    """One identifier in canonical form, such as `Identifier("doi", "10.1111/inm.13349")`.

    Schemes: doi, openalex, pmid, pmcid, orcid, issn, isbn, mag, arxiv, ror and others that a source names.
    """

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"
