"""The identifiers with a number: OpenAlex, PubMed, PubMed Central, arXiv, ORCID, ISSN, ISBN."""

import re

from harvester.errors import NotAnIdentifier
from harvester.identifiers.plaintext import plain_form, quoted

__all__ = ["ARXIV", "ARXIV_ID", "PMCID", "PMID", "arxiv_doi", "isbn", "issn", "openalex", "orcid", "pmcid", "pmid"]


_TAIL = r"/?(?:[?#].*)?"
_WEB = r"(?:https?://)?"
_OPENALEX = re.compile(
    rf"(?:openalex:\s*|{_WEB}(?:[a-z]{{1,9}}\.)?openalex\.org/)?(?:works/)?(?:openalex:)?(w[1-9]\d{{0,11}}){_TAIL}"
)
_OTHER_OPENALEX = re.compile(r"(?:.*/)?([aisctpfkg])\d{4,12}/?")
PMID = re.compile(
    rf"(?:(?:info:)?(?:pmid|pubmed|medline|pubmed pmid)(?: id)?[\s:/#=-]*|"
    rf"{_WEB}(?:www[.-]|m[.-])?(?:pubmed[.-]ncbi[.-]nlm[.-]nih[.-]gov[a-z0-9.-]*|(?:www\.)?pubmed\.gov|"
    rf"ncbi[.-]nlm[.-]nih[.-]gov[a-z0-9.-]*/(?:m/)?pubmed|europepmc\.org/[a-z]{{1,9}}/med)/(?:\?term=)?)?"
    rf"0{{0,20}}([1-9]\d{{0,7}})(?:\[\w{{2,4}}\]?)?{_TAIL}"
)
PMCID = re.compile(
    rf"(?:pmcid[\s:=#]*|{_WEB}(?:www[.-]|pmc[.-])?(?:ncbi[.-]nlm[.-]nih[.-]gov[a-z0-9.-]*|europepmc\.org)/"
    rf"(?:pmc/)?articles?/(?:pmc/)?|pmc:\s*)?(?:pmc\s?)?0{{0,20}}([1-9]\d{{0,8}})(?:\.\d{{1,3}})?"
    rf"(?:/(?:pdf|epub|table|figure)(?:/[^\s?#]*)?)?{_TAIL}"
)
ARXIV_ID = r"(\d{4}\.\d{4,5}|[a-z-]{2,10}(?:\.[a-z]{2})?/\d{7})(?:v\d{1,3})?"
ARXIV = re.compile(
    rf"(?:arxiv:\s*(?:arxiv:)?|{_WEB}(?:[a-z]{{1,9}}\.)?arxiv\.org/(?:abs|pdf|html|e-print|format|ps)/)"
    rf"{ARXIV_ID}(?:\.pdf)?(?:\s*\[[a-z.-]+\])?{_TAIL}"
)


def openalex(text: str) -> str:
    """Give the canonical form of the OpenAlex id of a work: `W` and its number.

    Ids of authors, venues and so on begin with other letters and are refused (GitHub ourresearch/openalex-docs).

    >>> openalex("https://api.openalex.org/works/w2741809807?select=id")
    'W2741809807'
    """
    plain = plain_form(text, "an OpenAlex id")
    if match := _OPENALEX.fullmatch(plain):
        return match[1].upper()
    if _OTHER_OPENALEX.fullmatch(plain):
        raise NotAnIdentifier(f"{quoted(plain)} is an OpenAlex id, but not of a work: those begin with W.")
    raise NotAnIdentifier(f"{quoted(plain)} is not an OpenAlex id of a work; one looks like W2741809807.")


def pmid(text: str) -> str:
    """Give the canonical form of a PubMed id: its digits, without leading zeros.

    >>> pmid("https://pubmed.ncbi.nlm.nih.gov/029456894/")
    '29456894'
    """
    plain = plain_form(text, "a PubMed id")
    if match := PMID.fullmatch(plain):
        return match[1]
    if re.fullmatch(r"(?:pmcid[\s:]*)?pmc\d+", plain):
        raise NotAnIdentifier(f"{quoted(plain)} is a PubMed Central id, whose numbers are others than PubMed's.")
    raise NotAnIdentifier(f"{quoted(plain)} is not a PubMed id; one is a number of 1 to 8 digits.")


def pmcid(text: str) -> str:
    """Give the canonical form of a PubMed Central id: `PMC` and its digits, without the version of the text.

    A bare number counts, since OpenAlex gives addresses such as `.../pmc/articles/5815332`.

    >>> pmcid("https://www.ncbi.nlm.nih.gov/pmc/articles/5815332")
    'PMC5815332'
    """
    plain = plain_form(text, "a PubMed Central id")
    if match := PMCID.fullmatch(plain):
        return f"PMC{match[1]}"
    raise NotAnIdentifier(f"{quoted(plain)} is not a PubMed Central id; one looks like PMC5815332.")


def orcid(text: str) -> str:
    """Give the canonical form of an ORCID iD: four groups of four, the last sign checked by ISO 7064 mod 11-2.

    >>> orcid("http://orcid.org/0000000218250097")
    '0000-0002-1825-0097'
    """
    plain = plain_form(text, "an ORCID iD")
    match = re.fullmatch(
        rf"(?:orcid(?: id)?[\s:]*)?(?:{_WEB}(?:www\.)?orcid\.org/)?((?:\d{{4}}[ -]?){{3}}\d{{3}}[\dx]){_TAIL}", plain
    )
    if match is None:
        raise NotAnIdentifier(f"{quoted(plain)} is not an ORCID iD; one looks like 0000-0002-1825-0097.")
    signs = re.sub(r"[ -]", "", match[1]).upper()
    total = 0
    for digit in signs[:15]:
        total = (total + int(digit)) * 2
    _agree(plain, "ORCID iD", given=signs[15], expected="0123456789X"[(12 - total % 11) % 11])
    return "-".join(signs[start : start + 4] for start in range(0, 16, 4))


def issn(text: str) -> str:
    """Give the canonical form of an ISSN: two groups of four, the last sign checked (ISO 3297, mod 11).

    >>> issn("http://id.crossref.org/issn/14470349")
    '1447-0349'
    """
    plain = plain_form(text, "an ISSN")
    match = re.fullmatch(
        rf"(?:(?:urn:)?[ep]?-?issn(?:-l)?[\s:]*|{_WEB}[a-z.]{{1,40}}/(?:resource/)?issn/)?(\d{{4}})[ -]?(\d{{3}}[\dx])"
        r"(?:\s*\((?:print|online|electronic|linking)\)?)?/?",
        plain,
    )
    if match is None:
        raise NotAnIdentifier(f"{quoted(plain)} is not an ISSN; one looks like 1447-0349.")
    signs = (match[1] + match[2]).upper()
    total = sum(weight * int(digit) for weight, digit in zip(range(8, 1, -1), signs[:7], strict=True))
    _agree(plain, "ISSN", given=signs[7], expected="0123456789X"[-total % 11])
    return f"{signs[:4]}-{signs[4:]}"


def isbn(text: str) -> str:
    """Give the canonical form of an ISBN: the 13 digits, an ISBN-10 converted, the last sign checked (ISO 2108).

    >>> isbn("0-306-40615-2")
    '9780306406157'
    """
    plain = plain_form(text, "an ISBN")
    match = re.fullmatch(
        rf"(?:(?:urn:)?[ep]?-?isbn(?:[ -]?1[03])?(?![\d])[\s:]*|{_WEB}[a-z.]{{1,40}}/isbn/)?"
        r"((?:\d[ -]?){9}[\dx]|97[89][ -]?(?:\d[ -]?){9}\d)(?:\s*\([a-z ]{1,30}\)?)?/?",
        plain,
    )
    if match is None:
        raise NotAnIdentifier(f"{quoted(plain)} is not an ISBN; one has 10 digits, or 13 that begin with 978 or 979.")
    signs = re.sub(r"[ -]", "", match[1]).upper()
    if len(signs) == 10:
        total = sum(weight * int(digit) for weight, digit in zip(range(10, 1, -1), signs[:9], strict=True))
        _agree(plain, "ISBN", given=signs[9], expected="0123456789X"[-total % 11])
        body = f"978{signs[:9]}"
        return body + _thirteenth(body)
    _agree(plain, "ISBN", given=signs[12], expected=_thirteenth(signs[:12]))
    return signs


def _thirteenth(digits: str) -> str:
    return str(-sum(int(digit) * (3 if place % 2 else 1) for place, digit in enumerate(digits)) % 10)


def _agree(plain: str, what: str, *, given: str, expected: str) -> None:
    if given != expected:
        raise NotAnIdentifier(f"{quoted(plain)} is not an {what}: its last sign should be {expected}; look for a typo.")


def arxiv_doi(number: str) -> str:
    archive, slash, rest = number.partition("/")
    return f"10.48550/arxiv.{archive.partition('.')[0]}/{rest}" if slash else f"10.48550/arxiv.{number}"
