"""What a PubMed record points to: its identifiers, the notices on it, other works of its family, its references.

The kinds of notices are those of NLM's PubMed DTD (dtd.nlm.nih.gov/ncbi/pubmed/doc/out/250101, CommentsCorrections).
"""

import re
from collections.abc import Iterable, Iterator
from typing import Final
from xml.etree.ElementTree import Element

from harvester import identifiers, markup
from harvester.errors import NotAnIdentifier
from harvester.formats import values
from harvester.formats.elements import inner, words
from harvester.model import Identifier, Reference, Relation, Update

__all__ = ["RELATIONS", "UPDATES", "identifiers_of", "others", "references", "relations", "updates", "valid"]

UPDATES: Final = {
    "RetractionIn": ("updated_by", "retraction"),
    "RetractionOf": ("updates", "retraction"),
    "PartialRetractionIn": ("updated_by", "partial_retraction"),
    "PartialRetractionOf": ("updates", "partial_retraction"),
    "RetractedandRepublishedIn": ("updated_by", "retraction_and_replacement"),
    "RetractedandRepublishedFrom": ("updates", "retraction_and_replacement"),
    "ExpressionOfConcernIn": ("updated_by", "expression_of_concern"),
    "ExpressionOfConcernFor": ("updates", "expression_of_concern"),
    "ErratumIn": ("updated_by", "correction"),
    "ErratumFor": ("updates", "correction"),
    "CorrectedandRepublishedIn": ("updated_by", "corrected_and_republished"),
    "CorrectedandRepublishedFrom": ("updates", "corrected_and_republished"),
    "UpdateIn": ("updated_by", "new_version"),
    "UpdateOf": ("updates", "new_version"),
}
"""Notices, by the `RefType` of `CommentsCorrections`."""

RELATIONS: Final = {
    "CommentIn": "has_comment",
    "CommentOn": "is_comment_on",
    "CommentOf": "is_comment_on",
    "PreprintIn": "has_preprint",
    "PreprintOf": "is_preprint_of",
    "AssociatedDataset": "is_supplemented_by",
    "AssociatedPublication": "is_supplement_to",
    "RepublishedIn": "is_version_of",
    "RepublishedFrom": "is_version_of",
    "ReprintIn": "is_version_of",
    "ReprintOf": "is_version_of",
    "OriginalReportIn": "is_derived_from",
    "SummaryForPatientsIn": "has_derivation",
}
"""Other works, by the same `RefType`, in Crossref's words for relations."""

# The day in "Lancet. 2010 Feb 6;375(9713):445."; the number that follows the semicolon is the volume.
_PRINTED_DAY = re.compile(r"(?<!\d)((?:1[89]|20)\d\d)(?: ([A-Z][a-z]{2,8})(?: (\d{1,2}))?)?(?=[-;:.,)]|$)")
_OF_WORKS: Final = ("doi", "pmid", "pmcid")
"""Best first: a DOI is known to every index."""

# What an identifier in running text begins with; nine in ten references print none.
_MARKED = re.compile(r"10\.\d{4}|pmid|pubmed|pmc", re.IGNORECASE)
_SCHEMES: Final = {"pubmed": "pmid", "pmc": "pmcid", "pmcpid": "pmcpid", "mid": "mid", "medline": "medline"}


def valid(scheme: str, text: str) -> str | None:
    """The canonical form of an identifier; of a scheme without one, the text itself."""
    if scheme == "doi":
        return values.doi(text)
    parse = {"pmid": identifiers.pmid, "pmcid": identifiers.pmcid, "orcid": identifiers.orcid}.get(scheme)
    if parse is None:
        return values.line(text)
    try:
        return parse(text)
    except NotAnIdentifier:
        return None


def identifiers_of(root: Element, citation: Element, article: Element) -> dict[str, str]:
    """The identifiers by their schemes, the first of each; one that is marked as invalid if no other."""
    ids: dict[str, str] = {}

    def add(scheme: str, text: str) -> None:
        scheme = _SCHEMES.get(scheme.lower(), scheme.lower())
        if scheme and (value := valid(scheme, text)):
            ids.setdefault(scheme, value)

    add("pubmed", words(citation.find("PMID")))
    located = article.findall("ELocationID")
    for one in located:
        if one.get("ValidYN") != "N":
            add(one.get("EIdType") or "", words(one))
    for path in ("PubmedData/ArticleIdList", "BookDocument/ArticleIdList", "PubmedBookData/ArticleIdList"):
        for one in root.findall(f"{path}/ArticleId"):
            add(one.get("IdType") or "", words(one))
    for one in located:
        add(one.get("EIdType") or "", words(one))
    for one in citation.findall("OtherID"):
        text = words(one)
        add("pmc" if re.match(r"PMC\d", text) else one.get("Source") or "", text.partition(" ")[0])
    for bank in article.findall("DataBankList/DataBank"):
        scheme = words(bank.find("DataBankName"))
        for place, one in enumerate(bank.findall("AccessionNumberList/AccessionNumber")):
            add(f"{scheme} {place}" if place else scheme, words(one))
    return ids


def others(ids: dict[str, str]) -> tuple[Identifier, ...]:
    """The identifiers for which a record has no field; a scheme with a number behind it is one that has several."""
    given = ((scheme, value) for scheme, value in ids.items() if scheme not in _OF_WORKS)
    return tuple(dict.fromkeys(Identifier(scheme.partition(" ")[0], value) for scheme, value in given))


def updates(citation: Element) -> Iterator[Update]:
    """The notices on the work, or of which it is one; a notice without a DOI is named by its PMID."""
    for given in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        direction, kind = UPDATES.get(given.get("RefType") or "", (None, None))
        printed = words(given.find("RefSource"))
        day = _PRINTED_DAY.search(printed)
        if kind is None:
            continue
        pmid = valid("pmid", words(given.find("PMID")))
        yield Update(
            direction="updates" if direction == "updates" else "updated_by",
            type=kind,
            doi=values.doi(printed),
            label=values.line(printed),
            date=values.whole_date(day[1], day[2], day[3]) if day else None,
            asserted_by="pubmed",
            record_id=f"pmid:{pmid}" if pmid else None,
        )


def relations(citation: Element) -> Iterator[Relation]:
    """Other works that the record links, by PMID where it gives one; a kind that is not known is left out."""
    for given in citation.findall("CommentsCorrectionsList/CommentsCorrections"):
        kind = RELATIONS.get(given.get("RefType") or "")
        pmid, doi = valid("pmid", words(given.find("PMID"))), values.doi(words(given.find("RefSource")))
        if kind and (pmid or doi):
            target = Identifier("pmid", pmid) if pmid else Identifier("doi", doi or "")
            yield Relation(kind=kind, target=target)


def references(lists: Iterable[Element], source: str) -> Iterator[Reference]:
    """Every reference, those of lists within lists too, in order; one that says nothing still keeps its place."""
    given = (one for listed in lists for one in listed.iter("Reference"))
    for position, one in enumerate(given, 1):
        text = markup.clean(inner(one.find("Citation"))) or None
        targets: list[Identifier] = []
        malformed = None
        for entry in one.findall("ArticleIdList/ArticleId"):
            scheme = _SCHEMES.get(entry.get("IdType") or "", entry.get("IdType") or "")
            value = valid(scheme, words(entry))
            if scheme == "doi" and value is None:
                malformed = values.line(words(entry))
            elif scheme in _OF_WORKS and value:
                targets.append(Identifier(scheme, value))
        marked = _MARKED.search(text or "")
        printed = identifiers.find(text or "") if marked else []
        ordered = sorted(targets, key=lambda target: _OF_WORKS.index(target.scheme))
        years = {match[0] for match in re.finditer(r"(?<![\d-])(?:19|20)\d\d(?![\d-])", text or "")}
        yield Reference(
            source=source,
            position=position,
            text=text,
            targets=tuple(dict.fromkeys([*ordered, *(found for found in printed if found.scheme in _OF_WORKS)])),
            year=int(years.pop()) if len(years) == 1 else None,
            malformed_doi=malformed,
        )
