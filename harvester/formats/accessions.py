"""The numbers that databases give their records: what they are called, and whose they are by their shape."""

import re
from typing import Final

from harvester import identifiers
from harvester.errors import NotAnIdentifier
from harvester.formats.values import line
from harvester.model import Identifier

__all__ = ["accession"]

# What databases call themselves, by a word in their name, and the scheme of their numbers.
_DATABASES: Final = (
    (re.compile(r"pubmed|^(?:medline|mdc|cmedm|mnh)$", re.IGNORECASE), "pmid"),
    (re.compile(r"psyc|\bapa\b|^(?:psyh|pdh)$", re.IGNORECASE), "psycinfo"),
    (re.compile(r"embase", re.IGNORECASE), "embase"),
    (re.compile(r"medline", re.IGNORECASE), "medline"),
    (re.compile(r"cinahl|^(?:c8h|rzh|ccm|cin20|jlh)$", re.IGNORECASE), "cinahl"),
    (re.compile(r"scopus", re.IGNORECASE), "scopus"),
    (re.compile(r"web of science|^wos\b|^isi\b|clarivate", re.IGNORECASE), "wos"),
    (re.compile(r"cochrane|\bcentral\b|cctr", re.IGNORECASE), "cochrane"),
    (re.compile(r"\beric\b", re.IGNORECASE), "eric"),
    (re.compile(r"lens", re.IGNORECASE), "lens"),
    (re.compile(r"dimensions", re.IGNORECASE), "dimensions"),
    (re.compile(r"arxiv", re.IGNORECASE), "arxiv"),
)
_SHAPES: Final = (
    (
        re.compile(
            r"(?:WOS|ISI|MEDLINE|BIOSIS|CCC|KJD|SCIELO|BCI|RSCI|DRCI|CSCD|INSPEC|CABI|PPRN):?\s?[A-Z0-9]{6,20}",
            re.IGNORECASE,
        ),
        "wos",
    ),
    (re.compile(r"2-s2\.0-\d{6,14}"), "scopus"),
    (re.compile(r"CN-\d{6,9}"), "cochrane"),
    (re.compile(r"(?:EJ|ED)\d{5,8}"), "eric"),
    (re.compile(r"pub\.\d{6,14}"), "dimensions"),
    (re.compile(r"\d{3}-\d{3}-\d{3}-\d{3}-\d{2}[\dX]"), "lens"),
    (re.compile(r"(?:19|20)\d\d-\d{5}-\d{3}"), "psycinfo"),
    (re.compile(r"PMC\d{2,9}"), "pmcid"),
)


def accession(database: str | None, value: str) -> Identifier | None:
    """The number that a database gives a record, under the scheme of that database; PubMed's is a PMID.

    A number whose database is not known is no identifier: a thousand of them begin with 1.

    >>> str(accession("PsycINFO", "2019-12345-001")), str(accession(None, "WOS:000234"))
    ('psycinfo:2019-12345-001', 'wos:WOS:000234')
    >>> str(accession("MEDLINE", "31234567")), accession(None, "12345")
    ('pmid:31234567', None)
    """
    given = line(value[:400])
    if not given:
        return None
    for shape, scheme in _SHAPES:
        if shape.fullmatch(given):
            return Identifier(scheme, given)
    name = line(database)
    if not name:
        return None
    scheme = next((known for word, known in _DATABASES if word.search(name)), None) or re.sub(
        r"[^\w]+", "-", name.casefold()
    ).strip("-")
    if scheme == "pmid":
        return _pubmed(given)
    return Identifier(scheme, given) if scheme else None


def _pubmed(text: str) -> Identifier | None:
    try:
        return Identifier("pmid", identifiers.pmid(text))
    except NotAnIdentifier:
        return None
