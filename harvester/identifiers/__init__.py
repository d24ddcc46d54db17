"""Identifiers of works, people and venues: one canonical form each, or the reason why not.

A canonical form is what two records are compared by, so every dress of one identifier must give the same text:
`doi(doi(x)) == doi(x)`, and a DOI gives itself back from a URL, percent-encoded, in HTML, in BibTeX. There are
two readings. The strict one (`doi`, `pmid`, ..., `parse`) is for a field or an argument that should hold one
identifier: it refuses what it cannot be sure of and says why. `find` is for running text: it skips what it cannot
be sure of, and ends a DOI early rather than swallow the words after it.

All patterns are bounded or deterministic: no input, however hostile, takes more than linear time.
"""

from harvester.identifiers.dois import doi
from harvester.identifiers.schemes import isbn, issn, openalex, orcid, pmcid, pmid
from harvester.identifiers.works import Identifier, find, parse

__all__ = ["Identifier", "doi", "find", "isbn", "issn", "openalex", "orcid", "parse", "pmcid", "pmid"]
