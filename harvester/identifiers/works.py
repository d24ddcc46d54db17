"""What names a work: one identifier that somebody typed, or all that stand in a text."""

import re
from collections.abc import Iterator
from typing import NamedTuple

from harvester.errors import NotAnIdentifier
from harvester.identifiers.dois import OPENER, PREFIX, START, TAG, canonical_part, doi, is_dress, is_title
from harvester.identifiers.plaintext import LONGEST, plain_form, quoted, unwrapped
from harvester.identifiers.schemes import ARXIV, ARXIV_ID, PMCID, PMID, arxiv_doi, openalex, pmcid, pmid

__all__ = ["Identifier", "find", "parse"]


class Identifier(NamedTuple):
    """One identifier in canonical form, such as `Identifier("doi", "10.1111/inm.13349")`.

    Schemes: doi, openalex, pmid, pmcid, orcid, issn, isbn, mag, arxiv, ror and others that a source names.
    """

    scheme: str
    value: str

    def __str__(self) -> str:
        return f"{self.scheme}:{self.value}"


def parse(text: str) -> Identifier:
    """Read what a user typed or pasted to name one work: a DOI, an OpenAlex id, a PMID or a PMCID.

    arXiv ids give the DOI that arXiv registers for them, without version (info.arxiv.org help/doi.html). A longer text,
    such as a pasted reference, counts when exactly one work is named in it.

    Raises `NotAnIdentifier`: a bare number could be several things, a title has to be searched for.

    >>> parse("PMC5815332")
    Identifier(scheme='pmcid', value='PMC5815332')
    >>> parse("arXiv:1706.03762v5")
    Identifier(scheme='doi', value='10.48550/arxiv.1706.03762')
    """
    plain = plain_form(text, "an identifier of a work")
    if question := re.match(r"(?:https?://)?api\.openalex\.org/works/(?=pmc?id:)", plain):
        text = plain = plain[question.end() :]
    if re.fullmatch(r"\d+", plain):
        raise NotAnIdentifier(
            f"{plain} is a bare number and could be several things; write pmid:{plain} if it is a PMID."
        )
    if re.fullmatch(r"\d{4}\.\d{4,5}(?:v\d{1,3})?", plain):
        raise NotAnIdentifier(
            f"{plain} could be an arXiv id or a plain number; write arXiv:{plain} if it is an arXiv id."
        )
    if match := ARXIV.fullmatch(plain):
        return Identifier("doi", arxiv_doi(match[1]))
    if re.fullmatch(r"(?:https?://)?[a-z.]*openalex\.org/.*|(?:openalex:)?\s*w\d+", plain) and "10." not in plain:
        return Identifier("openalex", openalex(text))
    if not START.search(plain):
        if re.match(r"pmc|.*/(?:pmc/)?articles?/(?:pmc/?)?\d", plain) and PMCID.fullmatch(plain):
            return Identifier("pmcid", pmcid(text))
        if PMID.fullmatch(plain):
            return Identifier("pmid", pmid(text))
    try:
        return Identifier("doi", doi(text))
    except NotAnIdentifier:
        named = find(text)
        begins = START.search(plain)
        cut = begins is not None and is_dress(plain[: begins.start()])  # a DOI with white space in it: no guess
        if len(named) == 1 and not cut:
            return named[0]
        if len(named) > 1:
            raise NotAnIdentifier(f"{quoted(plain)} names {len(named)} works; give one at a time.") from None
        if "10." in plain or "://" in plain or is_title(plain):
            raise
    raise NotAnIdentifier(
        f"{quoted(plain)} names no work: give a DOI, an OpenAlex id (W...), a PMID (pmid:...) or a PMCID (PMC...)."
    )


# A comma is in none of 31,000 DOIs of Crossref and OpenAlex, a semicolon only before the last sign of a SICI.
_SIGN = r"[!#-&(-+\-.-:<-\[\]^_a-zA-Z{}~]"
_SCAN = re.compile(
    rf"(?P<doi>(?:{PREFIX}|(?<=%[0-9a-fA-F]\d)10\.\d{{4,9}})(?:/|%(?:25){{0,4}}2[fF])"
    rf"{_SIGN}{{1,2050}}(?:;(?=\d(?:-[0-9a-zA-Z#])?(?!\w)){_SIGN}{{1,60}}){{0,2}})"
    r"|(?<![a-zA-Z0-9])(?i:(?:pmid|pubmed[ ]id|(?:id)?type=\"pubmed)(?:[^\S\n]|[:=#\"'{>(-]){0,6}"
    r"(?P<pmid>\d{1,8})(?!\d|\.\d))"
    r"|(?i:pmid\ version=\"\d{1,2}\">(?P<pmid_xml>\d{1,8})(?!\d))"
    r"|(?i:(?:pubmed(?:[.-](?:gov|ncbi)[a-z0-9.-]{0,80})?/(?:\?term=)?|europepmc\.org/[a-z]{1,9}/med/|list_uids=)"
    r"(?P<pmid_url>\d{1,8})(?![\w]|\.\d))"
    r"|(?<!\w)(?i:pmc(?P<pmcid>\d{1,9}))(?!\w)"
    r"|(?i:/pmc/articles/(?P<pmcid_url>\d{1,9}))(?!\w)"
    r"|(?<!\w)(?P<openalex>W[1-9]\d{3,11})(?!\w)"
    r"|(?i:openalex\.org/(?:works/)?(?P<openalex_url>w[1-9]\d{0,11}))(?!\w)"
    rf"|(?<!\w)(?i:arxiv(?::\s?|\.org/(?:abs|pdf|html|e-print)/){ARXIV_ID.replace('(', '(?P<arxiv>', 1)})(?!\d)"
)
_WHITE = re.compile(r"\s")
_BREAK = re.compile(r"[\s\"'<>()\[\]{}|,;]")
_END = re.compile(
    rf"{TAG.pattern}|https?:|doi:|pmid:|\[(?:pubmed|crossref|google)|%2[02]|%0[9ad]|([()\[\]{{}}<>])", re.IGNORECASE
)


def find(text: str) -> list[Identifier]:
    """Pick the identifiers of works out of any text, in order of first appearance, each once.

    The text may be a reference list, an e-mail, HTML, BibTeX, RIS, CSV or JSON. Numbers count only where they are
    marked (`PMID: 1`, a PubMed address, `PMC1`, `W1234`, `arXiv:...`). A DOI ends at white space, quotes, a comma,
    a bracket that nothing has opened, or a character outside ASCII.

    >>> [str(one) for one in find("(doi:10.1037/H0095655). PMID: 29456894; see doi 10.1037/h0095655.")]
    ['doi:10.1037/h0095655', 'pmid:29456894']
    """
    found: dict[Identifier, None] = {}
    text = unwrapped(unwrapped(_unfolded(text)))
    for scheme, value in _named(text):
        found.setdefault(Identifier(scheme, value))
    return list(found)


def _unfolded(text: str) -> str:
    """Undo the line folding of e-mail (quoted-printable, RFC 2045), which cuts long addresses in two."""
    if "=\n" in text or "=\r\n" in text:
        text = re.sub(r"=\r?\n", "", text).replace("=3D", "=")
    return text


def _named(text: str) -> Iterator[tuple[str, str]]:
    end = 0
    while match := _SCAN.search(text, end):
        name = match.lastgroup or ""
        if name != "doi":
            end = match.end()
            yield from _marked(name, match[name])
            continue
        start = match.start()
        body = _until_closed(match["doi"])
        if len(body) > LONGEST:  # no DOI, nor is any later part of it
            white = _WHITE.search(text, match.end())
            end = white.start() if white else len(text)
            continue
        head = ""
        if start and (text[start - 1] in "/=:" or text[start - 1].isalnum()):
            head = _BREAK.split(text[max(end, start - 500) : start])[-1].lower()
        end = start + len(body)
        try:
            yield "doi", canonical_part(head, body.lower())
        except NotAnIdentifier:
            continue


def _until_closed(token: str) -> str:
    """Cut a token before the tag, address or unopened bracket that shows that its DOI is over."""
    opened = dict.fromkeys(OPENER.values(), 0)
    for match in _END.finditer(token):
        bracket = match[1]
        if bracket in opened:
            opened[bracket] += 1
        elif bracket and opened[OPENER[bracket]]:
            opened[OPENER[bracket]] -= 1
        else:
            return token[: match.start()]
    return token


def _marked(name: str, value: str) -> Iterator[tuple[str, str]]:
    """Give the identifier that a named group of the scan holds; numbers that are all zeros name nothing."""
    scheme = name.partition("_")[0]
    digits = value.lstrip("0")
    if scheme == "arxiv":
        yield "doi", arxiv_doi(value.lower())
    elif scheme == "openalex":
        yield scheme, value.upper()
    elif digits:
        yield scheme, f"PMC{digits}" if scheme == "pmcid" else digits
