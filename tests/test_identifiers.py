"""Identifiers: what counts as which, in what dress, and what is refused."""

import json
import lzma
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harvester import identifiers
from harvester.errors import NotAnIdentifier
from harvester.identifiers import Identifier, doi, find, isbn, issn, openalex, orcid, parse, pmcid, pmid

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))

X = "10.1111/inm.13349"
LANCET = "10.1016/s0140-6736(97)11096-0"
SICI = "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2"
HASH = "10.1002/(sici)1522-2594(199906)41:6<1077::aid-mrm1>3.0.co;2-#"

DOIS = [
    # bare, and what surrounds a bare one
    (X, X),
    ("10.1111/INM.13349", X),
    (f"  {X}\n", X),
    (f"\t{X}\r\n", X),
    (f"\ufeff{X}", X),
    (f"\u00a0{X}\u00a0", X),
    (f"{X}.", X),
    (f"{X},", X),
    (f"{X};", X),
    (f"{X}:", X),
    (f"{X}?", X),
    (f"{X} .", X),
    (f"{X}...", X),
    (f"{X}…", X),
    (f"{X}。", X),
    (f"{X}，", X),
    (f'"{X}"', X),
    (f"'{X}'", X),
    (f"“{X}”", X),
    (f"«{X}»", X),
    (f"`{X}`", X),
    (f"**{X}**", X),
    (f"({X})", X),
    (f"({X}).", X),
    (f"[{X}]", X),
    (f"<{X}>", X),
    (f"{{{X}}},", X),
    (f"【{X}】", X),
    (f"{X}</a>", X),
    (f"{X}</span></a>.", X),
    (f"{X}<br>", X),
    (f"{X}<br/>", X),
    # marks
    (f"doi:{X}", X),
    (f"DOI: {X}", X),
    (f"DOI {X}", X),
    (f"DOI{X}", X),
    (f"doi : {X}", X),
    (f"doi={X}", X),
    (f"doi = {{{X}}}", X),
    (f'"DOI": "{X}",', X),
    (f"DO  - {X}", X),
    (f"info:doi/{X}", X),
    (f"urn:doi:{X}", X),
    (f"hdl:{X}", X),
    (f"doi:doi:{X}", X),
    (f"doi/{X}", X),
    (f"/{X}", X),
    ("ＤＯＩ：１０．１１１１／ｉｎｍ．１３３４９", X),
    # the resolver, and double dress
    (f"https://doi.org/{X}", X),
    (f"http://doi.org/{X}", X),
    (f"HTTPS://DOI.ORG/{X}", X),
    (f"doi.org/{X}", X),
    (f"dx.doi.org/{X}", X),
    (f"http://dx.doi.org/{X}", X),
    (f"https://www.doi.org/{X}", X),
    (f"https://doi.org/{X}/", X),
    (f"https://doi.org//{X}", X),
    (f"https://doi.org/{X}.", X),
    (f"https://doi.org/{X}?nosfx=y", X),
    (f"https://doi.org/{X}#abstract", X),
    (f"https://doi.org/doi:{X}", X),
    (f"https://doi.org/https://doi.org/{X}", X),
    (f"http://dx.doi.org/DOI {X}", X),
    (f"http://dx.doi.org/ doi: {X}", X),
    (f"DOI: https://doi.org/{X}", X),
    (f"doi:https://doi.org/{X}", X),
    (f"<https://doi.org/{X}>", X),
    (f"https://hdl.handle.net/{X}", X),
    (f"https://doi-org.proxy.library.example.edu/{X}", X),
    (f"https://dx-doi-org.ezproxy.example.ac.uk/{X}", X),
    (f"https://doi.org.proxy.example.edu/{X}", X),
    (f"https://login.example.edu/login?url=https://doi.org/{X}", X),
    ("https://login.example.edu/login?url=https%3A%2F%2Fdoi.org%2F10.1111%2Finm.13349&x=1", X),
    ("https%3A%2F%2Fdoi.org%2F10.1111%2Finm.13349", X),
    (f"https://api.crossref.org/works/{X}", X),
    (f"https://api.crossref.org/v1/works/{X}/transform/application/json", X),
    (f"https://api.crossref.org/works/{X}/agency", X),
    (f"https://api.openalex.org/works/doi:{X}?select=id", X),
    (f"https://api.openalex.org/works/https://doi.org/{X}", X),
    # landing pages of publishers
    (f"https://onlinelibrary.wiley.com/doi/full/{X}", X),
    (f"https://onlinelibrary.wiley.com/doi/{X}?af=R", X),
    (f"https://onlinelibrary.wiley.com/doi/abs/{X}/abstract;jsessionid=0A.f02t01", X),
    (f"https://onlinelibrary.wiley.com/doi/pdf/{X}#page=2", X),
    (f"https://onlinelibrary-wiley-com.proxy.example.edu/doi/epdf/{X}", X),
    (f"onlinelibrary.wiley.com/doi/{X}/full", X),
    (f"https://publisher.example/article/{X}/full/html", X),
    (f"https://publisher.example/article/{X}/meta/", X),
    (f"https://link.example.com/content/pdf/{quote(X, safe='')}.pdf", X),
    (f"https://publisher.example/action/showCitFormats?doi={X}&format=bib", X),
    (f"https://publisher.example/action/showCitFormats?a=b&amp;doi={X}&amp;format=bib", X),
    (f"https://publisher.example/landing?doi={quote(X, safe='')}", X),
    ("https://journals.plos.org/plosone/article?id=10.1371/journal.pone.0000308", "10.1371/journal.pone.0000308"),
    ("https://www.frontiersin.org/articles/10.3389/fpsyg.2019.01052/full", "10.3389/fpsyg.2019.01052"),
    ("https://www.biorxiv.org/content/10.1101/2020.01.01.123456v2.full.pdf", "10.1101/2020.01.01.123456"),
    ("https://www.medrxiv.org/content/10.1101/2020.01.01.123456v1", "10.1101/2020.01.01.123456"),
    ("https://academic.oup.com/brain/article/doi/10.1093/brain/awaa123/5856123", "10.1093/brain/awaa123"),
    # what looks like a publisher's ending is kept where there is no landing page
    (f"{X}/full", f"{X}/full"),
    (f"https://doi.org/{X}/full", f"{X}/full"),
    (f"{X}.pdf", f"{X}.pdf"),
    ("10.21203/rs.3.rs-123456/v1", "10.21203/rs.3.rs-123456/v1"),
    ("10.1101/2020.01.01.123456v2", "10.1101/2020.01.01.123456v2"),
    ("10.24911/jbcgenetics/", "10.24911/jbcgenetics/"),
    # brackets
    (LANCET, LANCET),
    (LANCET.upper(), LANCET),
    (f"({LANCET})", LANCET),
    (f"{LANCET}).", LANCET),
    (f"{LANCET}])", LANCET),
    ("10.9770/jssi.2013.2.3(5)", "10.9770/jssi.2013.2.3(5)"),
    ("10.9770/jssi.2013.2.3(5)).", "10.9770/jssi.2013.2.3(5)"),
    ("10.1890/0012-9658(2001)082[2707:FSCAAL]2.0.CO;2", "10.1890/0012-9658(2001)082[2707:fscaal]2.0.co;2"),
    (SICI, SICI),
    (SICI.upper(), SICI),
    (f"https://doi.org/{SICI}", SICI),
    (f"https://doi.org/{quote(SICI)}", SICI),
    (f"https://doi.org/{quote(SICI, safe='')}", SICI),
    (SICI.replace("<", "&lt;").replace(">", "&gt;"), SICI),
    (SICI.replace("<", "&amp;lt;").replace(">", "&amp;gt;"), SICI),
    (SICI.replace("<", "&#60;").replace(">", "&#x3E;"), SICI),
    (SICI.replace("<", "\\textless{}").replace(">", "{\\textgreater}"), SICI),
    (SICI.replace("<", "$<$").replace(">", "$>$"), SICI),
    (SICI.replace("<", "\\u003c").replace(">", "\\u003E"), SICI),
    (SICI.replace("<", "%3C").replace(">", "%3e"), SICI),
    (HASH, HASH),
    (f"https://doi.org/{HASH}", HASH),
    (f"https://doi.org/{quote(HASH)}", HASH),
    # escapes
    ("10.1111%2Finm.13349", X),
    ("10.1111%252Finm.13349", X),
    ("doi%3A10.1111%2Finm.13349", X),
    ("10.1111\\/inm.13349", X),
    ("10.1111\\\\/inm.13349", X),
    ("10.1007/978\\_3", "10.1007/978_3"),
    ("10.1007/978{\\_}3", "10.1007/978_3"),
    ("10.1000/a\\&b\\%c\\#d", "10.1000/a&b%c#d"),
    ("10.1000/a&amp;b", "10.1000/a&b"),
    ("10.1000/50%off", "10.1000/50%off"),
    ("10.1000/50%de", "10.1000/50%de"),
    ("https://doi.org/10.1000/50%25off", "10.1000/50%off"),
    ("10.1000/a%20", "10.1000/a"),
    # odd and right
    ("10.1000.10/123", "10.1000.10/123"),
    ("10.123456789/1", "10.123456789/1"),
    ("10.1021/ja052388+", "10.1021/ja052388+"),
    ("10.1000/a#b", "10.1000/a#b"),
    ("10.1000/a?b", "10.1000/a?b"),
    ("10.1000/1", "10.1000/1"),
    ("10.15658/10.15658/rev.09030508", "10.15658/10.15658/rev.09030508"),
    # typography
    ("10.1007/s10557‐021‐07232‐9", "10.1007/s10557-021-07232-9"),
    ("10.1111/j.1744–6198.2011.00235.x", "10.1111/j.1744-6198.2011.00235.x"),
    ("10.1000/a\u2011b\u2212c\uff0dd", "10.1000/a-b-c-d"),
    ("10.1111/inm\u200b.133\u00ad49\u200e", X),
    ("10.1016/S0140-6736（97）11096-0", LANCET),
    # the same one twice, as citation indexes print it
    ("DOI [DOI 10.1037/H0095655, 10.1037/h0095655]", "10.1037/h0095655"),
    ("[DOI 10.1037/H0095655, DOI 10.1037/h0095655]", "10.1037/h0095655"),
]

NO_DOIS = [
    ("", "empty"),
    (" \n", "empty"),
    ("10.1000", "prefix"),
    ("10.1000/", "prefix"),
    ("https://doi.org/10.1000/", "prefix"),
    ("doi:10.1000", "prefix"),
    ("10.1000/.", "prefix"),
    ("10.1000/()", "prefix"),
    ("10.1000//", "prefix"),
    ("10.1000/</a>", "prefix"),
    ("10.5 mg/kg", "no DOI"),
    ("10.5/kg", "4 to 9 digits"),
    ("10.123/abc", "4 to 9 digits"),
    ("10.1234567890/abc", "no DOI"),
    ("110.1000/abc", "no DOI"),
    ("1.2.10", "no DOI"),
    ("11.1000/abc", "no DOI"),
    ("10,1000/abc", "no DOI"),
    ("10.abcd/abc", "no DOI"),
    ("123456", "bare number"),
    ("Peer support in mental health", "title"),
    ("精神卫生中的同伴支持", "title"),
    ("https://example.org/article/12", "web address"),
    ("https://doi.org/", "web address"),
    ("PMC123", "no DOI"),
    ("10.1000/a b", "white space"),
    ("10.1000/ab\ncd", "white space"),
    ("10.1000/a%20b", "white space"),
    ("10.1000/a\u2003b", "white space"),
    ("10.1000/a, 10.1000/b", "white space"),
    ("see 10.1000/a", "before the DOI"),
    ("Smith 2020 doi:10.1000/a", "before the DOI"),
    ("3.5/10.1000/a", "before the DOI"),
    ("10.1000/a\x00b", "control"),
    ("10.1000/a\x7f", "control"),
    ("10.1000/a\x1f", "control"),
    ("10.1000/a%00b", "control"),
    ("10.1000/a&#7;b", "unreadable"),
    ("10.1000/a\ud800", "control"),
    ("10.1000/a\ufffdb", "unreadable"),
    ('10.1000/a"b', "quotation mark"),
    ("10.1000/a\\b", "backslash"),
    ("10.1000/a|10.1000/b", "vertical bar"),
    ("10.1000/" + "a" * 2048, "longer"),
    ("10.1000/a%" + "25" * 300 + "41", "encoded too many"),
    ("&" + "amp;" * 300 + "lt;10.1000/a", "encoded too many"),
]


@pytest.mark.parametrize(("text", "canonical"), DOIS)
def test_a_doi_is_recognised_in_its_dress(text: str, canonical: str) -> None:
    assert doi(text) == canonical
    assert doi(canonical) == canonical
    assert parse(text) == ("doi", canonical)


@pytest.mark.parametrize(("text", "reason"), NO_DOIS)
def test_what_is_no_doi_is_refused_with_the_reason(text: str, reason: str) -> None:
    with pytest.raises(NotAnIdentifier) as refusal:
        doi(text)
    message = str(refusal.value)
    assert reason in message
    assert message.endswith(".")
    assert len(message) < 250


def test_the_lists_of_examples_stay_long() -> None:
    """The DOI parser is specified by at least 120 distinct examples, so a shortened list is noticed."""
    assert len({text for text, _ in DOIS + NO_DOIS}) >= 120


OTHERS: list[tuple[Callable[[str], str], str, str]] = [
    *(
        (openalex, text, "W2741809807")
        for text in [
            "W2741809807",
            "w2741809807",
            " W2741809807. ",
            "openalex:W2741809807",
            "https://openalex.org/W2741809807",
            "http://openalex.org/w2741809807/",
            "openalex.org/works/W2741809807",
            "https://explore.openalex.org/works/W2741809807",
            "https://api.openalex.org/works/W2741809807?select=id,doi",
            "https://api.openalex.org/W2741809807",
        ]
    ),
    *(
        (pmid, text, "29456894")
        for text in [
            "29456894",
            "0029456894",
            "pmid:29456894",
            "PMID: 29456894.",
            "PMID 29456894",
            "PMID- 29456894",
            "PubMed ID: 29456894",
            "info:pmid/29456894",
            "https://pubmed.ncbi.nlm.nih.gov/29456894/",
            "pubmed.ncbi.nlm.nih.gov/29456894",
            "https://pubmed.ncbi.nlm.nih.gov/29456894/?from=x#abstract",
            "https://pubmed.ncbi.nlm.nih.gov/?term=29456894",
            "http://www.ncbi.nlm.nih.gov/pubmed/29456894",
            "https://www.ncbi.nlm.nih.gov/pubmed/?term=29456894",
            "https://pubmed-ncbi-nlm-nih-gov.proxy.example.edu/29456894/",
            "https://europepmc.org/article/MED/29456894",
            "\u200b29456894\u00a0",
        ]
    ),
    *(
        (pmcid, text, "PMC5815332")
        for text in [
            "PMC5815332",
            "pmc5815332",
            "5815332",
            "PMC 5815332",
            "PMC5815332.1",
            "PMCID: PMC5815332",
            "pmcid:5815332",
            "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC5815332/",
            "https://www.ncbi.nlm.nih.gov/pmc/articles/5815332",
            "https://pmc.ncbi.nlm.nih.gov/articles/PMC5815332/#sec1",
            "https://www.ncbi.nlm.nih.gov/pmc/articles/PMC5815332/pdf/main.pdf",
            "https://europepmc.org/articles/PMC5815332",
            "https://europepmc.org/article/PMC/PMC5815332",
        ]
    ),
    *(
        (orcid, text, "0000-0002-1825-0097")
        for text in [
            "0000-0002-1825-0097",
            "0000000218250097",
            "0000 0002 1825 0097",
            "https://orcid.org/0000-0002-1825-0097",
            "http://www.orcid.org/0000-0002-1825-0097/",
            "orcid:0000-0002-1825-0097",
            "ORCID iD: 0000-0002-1825-0097",
            "0000–0002–1825–0097",
        ]
    ),
    (orcid, "0000-0002-1694-233x", "0000-0002-1694-233X"),
    *(
        (issn, text, "1447-0349")
        for text in [
            "1447-0349",
            "14470349",
            "ISSN 1447-0349",
            "eISSN: 1447-0349",
            "issn-l:1447-0349",
            "urn:ISSN:1447-0349",
            "http://id.crossref.org/issn/1447-0349",
            "https://portal.issn.org/resource/ISSN/1447-0349",
            "1447‐0349",
            "1447-0349 (Online)",
        ]
    ),
    (issn, "2434-561x", "2434-561X"),
    *(
        (isbn, text, "9780306406157")
        for text in [
            "9780306406157",
            "978-0-306-40615-7",
            "978 0 306 40615 7",
            "0306406152",
            "0-306-40615-2",
            "ISBN 0-306-40615-2",
            "ISBN-13: 978-0-306-40615-7",
            "ISBN-10 0306406152",
            "urn:isbn:9780306406157",
            "http://id.crossref.org/isbn/9780306406157",
            "978–0–306–40615–7 (pbk)",
        ]
    ),
    (isbn, "080442957X", "9780804429573"),
]


@pytest.mark.parametrize(("read", "text", "canonical"), OTHERS)
def test_other_identifiers_are_recognised_in_their_dress(read: Callable[[str], str], text: str, canonical: str) -> None:
    assert read(text) == canonical
    assert read(canonical) == canonical


@pytest.mark.parametrize(
    ("read", "text", "reason"),
    [
        (openalex, "A5023888391", "not of a work"),
        (openalex, "https://openalex.org/S137773608", "not of a work"),
        (openalex, "W", "not an OpenAlex id"),
        (openalex, "W0", "not an OpenAlex id"),
        (openalex, "2741809807", "not an OpenAlex id"),
        (openalex, "W12 34", "not an OpenAlex id"),
        (openalex, "", "empty"),
        (pmid, "0", "not a PubMed id"),
        (pmid, "123456789", "not a PubMed id"),
        (pmid, "12.5", "not a PubMed id"),
        (pmid, "-5", "not a PubMed id"),
        (pmid, "PMC5815332", "PubMed Central"),
        (pmid, "https://pubmed.ncbi.nlm.nih.gov/?term=peer+support", "not a PubMed id"),
        (pmcid, "PMC", "not a PubMed Central id"),
        (pmcid, "PMC0", "not a PubMed Central id"),
        (pmcid, "PMC12a", "not a PubMed Central id"),
        (orcid, "0000-0002-1825-0098", "should be 7"),
        (orcid, "0000-0002-1825-009", "not an ORCID"),
        (orcid, "A Name", "not an ORCID"),
        (issn, "1447-0340", "should be 9"),
        (issn, "1447-034", "not an ISSN"),
        (issn, "X447-0349", "not an ISSN"),
        (isbn, "9780306406158", "should be 7"),
        (isbn, "0306406153", "should be 2"),
        (isbn, "9770306406157", "978 or 979"),
        (isbn, "12345", "not an ISBN"),
    ],
)
def test_other_texts_are_refused_with_the_reason(read: Callable[[str], str], text: str, reason: str) -> None:
    with pytest.raises(NotAnIdentifier, match=reason):
        read(text)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("W2741809807", "openalex:W2741809807"),
        ("https://openalex.org/W2741809807", "openalex:W2741809807"),
        ("https://api.openalex.org/works/W2741809807", "openalex:W2741809807"),
        ("https://api.openalex.org/works/pmid:29456894", "pmid:29456894"),
        ("pmid:29456894", "pmid:29456894"),
        ("https://pubmed.ncbi.nlm.nih.gov/29456894/", "pmid:29456894"),
        ("PMC5815332", "pmcid:PMC5815332"),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/5815332", "pmcid:PMC5815332"),
        ("https://pmc.ncbi.nlm.nih.gov/articles/PMC5815332/", "pmcid:PMC5815332"),
        ("PMCID: PMC5815332", "pmcid:PMC5815332"),
        ("arXiv:1706.03762", "doi:10.48550/arxiv.1706.03762"),
        ("arXiv:1706.03762v5 [cs.CL]", "doi:10.48550/arxiv.1706.03762"),
        ("https://arxiv.org/abs/1706.03762v5", "doi:10.48550/arxiv.1706.03762"),
        ("https://arxiv.org/pdf/1706.03762v5.pdf", "doi:10.48550/arxiv.1706.03762"),
        ("arXiv:hep-th/9901001v1", "doi:10.48550/arxiv.hep-th/9901001"),
        ("arxiv.org/abs/math.GT/0309136", "doi:10.48550/arxiv.math/0309136"),
        ("Smith J. Peer support. Lancet 1997. https://doi.org/10.1111/inm.13349.", f"doi:{X}"),
        (f'<a href="https://doi.org/{X}">{X}</a>', f"doi:{X}"),
    ],
)
def test_parse_names_one_work(text: str, expected: str) -> None:
    assert str(parse(text)) == expected


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("29456894", "pmid:29456894"),
        ("1706.03762", "arXiv:1706.03762"),
        ("Peer support in mental health", "looks like a title"),
        ("Depression", "names no work"),
        ("10.1000/a 10.1000/b", "names 2 works"),
        ("https://openalex.org/A5023888391", "not of a work"),
        ("https://example.org/", "web address"),
        ("", "empty"),
        ("10.1000/", "prefix"),
        ("doi: 10.1523/jneurosci. 0300-04.2004", "white space"),
    ],
)
def test_parse_refuses_what_names_no_single_work(text: str, reason: str) -> None:
    with pytest.raises(NotAnIdentifier) as refusal:
        parse(text)
    assert reason in str(refusal.value)


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("", []),
        ("no identifiers, 10.5 mg/kg, version 1.10.1000, 10.1000 only, 2010/11", []),
        ("W12 and W-1234 and XW12345 and W2020abc, PMID none, PMC, 29456894", []),
        ("(see 10.1000/a). Then 10.1000/b; and 10.1000/c, 10.1000/A.", ["10.1000/a", "10.1000/b", "10.1000/c"]),
        ("DOI [DOI 10.1037/H0095655, 10.1037/h0095655]", ["10.1037/h0095655"]),
        ("10.1000/a,10.1000/b;10.1000/c|10.1000/d", ["10.1000/a", "10.1000/b", "10.1000/c", "10.1000/d"]),
        ("10.1000/a;https://doi.org/10.1000/b,http://dx.doi.org/10.1000/c", ["10.1000/a", "10.1000/b", "10.1000/c"]),
        ("10.1000/ahttps://doi.org/10.1000/b", ["10.1000/a", "10.1000/b"]),
        ("10.1000/a,2019,Title", ["10.1000/a"]),
        ("10.1000/a;2019;Title", ["10.1000/a"]),
        ('"10.1000/a","10.1000/b"\r\n"10.1000/c"', ["10.1000/a", "10.1000/b", "10.1000/c"]),
        ("['10.1000/a','10.1000/b']", ["10.1000/a", "10.1000/b"]),
        ("doi = {10.1000/a},year={2019}", ["10.1000/a"]),
        ("doi={10.1000/a},year={2019}}", ["10.1000/a"]),
        ("doi = {10.1007/978-3{\\_}16},\n  url = {https://doi.org/10.1007/978-3\\_16}", ["10.1007/978-3_16"]),
        ("TY  - JOUR\r\nDO  - 10.1000/A\r\nUR  - https://doi.org/10.1000/a\r\nER  - ", ["10.1000/a"]),
        ('<a href="https://doi.org/10.1000/a">10.1000/a</a>10.1000/b<br>', ["10.1000/a", "10.1000/b"]),
        ("<a href=https://doi.org/10.1000/a>link</a>", ["10.1000/a"]),
        ("<a href='https://doi.org/10.1000/a'>link</a>", ["10.1000/a"]),
        ("&lt;a href=&quot;https://doi.org/10.1000/a&quot;&gt;10.1000/b&lt;/a&gt;", ["10.1000/a", "10.1000/b"]),
        ("10.1000/a&nbsp;and 10.1000/b&#160;", ["10.1000/a", "10.1000/b"]),
        (
            "[x](https://doi.org/10.1000/a) [10.1000/b](https://doi.org/10.1000/c)",
            ["10.1000/a", "10.1000/b", "10.1000/c"],
        ),
        ("<https://doi.org/10.1000/a>", ["10.1000/a"]),
        ('{"DOI":"10.1002\\/abc","u":"https:\\/\\/doi.org\\/10.1002\\/def"}', ["10.1002/abc", "10.1002/def"]),
        ('"a 10.1000/a\\nb 10.1000/b\\"c"', ["10.1000/a", "10.1000/b"]),
        ("1. 10.1000/a\n2. 10.1000/b\n3. 10.1000/c", ["10.1000/a", "10.1000/b", "10.1000/c"]),
        ("https://onlinelibrary.wiley.com/doi/full/10.1111/inm.13349?af=R#x", [X]),
        ("https://publisher.example/x?doi=10.1111%2Finm.13349&b=c", [X]),
        ("https://login.example.edu/?url=https%3A%2F%2Fdoi.org%2F10.1111%2Finm.13349", [X]),
        ("Soft https://doi.org/10.1111/=\r\ninm.13349 break", [X]),
        ("见10.1111/inm.13349。同伴支持，DOI：10.1000/b；", [X, "10.1000/b"]),
        ("14 (1): 564-10.1186/1471-2164-14-564.", ["10.1186/1471-2164-14-564"]),
        (f"({SICI.upper()}), ({LANCET}).", [SICI, LANCET]),
        (f"{SICI};{LANCET},{HASH}", [SICI, LANCET, HASH]),
        (SICI.replace("<", "&lt;").replace(">", "&gt;"), [SICI]),
        ("https://doi.org/10.1000/a%20and%20more", ["10.1000/a"]),
        ("10.1000/a[PubMed]10.1000/b[Crossref]", ["10.1000/a", "10.1000/b"]),
        ("10.1000/, 10.1000/. and 10.1000/b", ["10.1000/b"]),
        ("10.1000/" + "a" * 3000 + "/10.1000/b 10.1000/c", ["10.1000/c"]),
        ("PubMed PMID: 7046844. Epub", ["pmid:7046844"]),
        ("PMID:007046844; PMID 7046844", ["pmid:7046844"]),
        ("pmid = {7046844}", ["pmid:7046844"]),
        ('{"pmid": "7046844", "x": 12345}', ["pmid:7046844"]),
        ('<PMID Version="1">7046844</PMID>', ["pmid:7046844"]),
        ('<ArticleId IdType="pubmed">7046844</ArticleId>', ["pmid:7046844"]),
        ('<pub-id pub-id-type="pmid">7046844</pub-id>', ["pmid:7046844"]),
        ("PMID- 7046844\nOWN - NLM", ["pmid:7046844"]),
        ("http://www.ncbi.nlm.nih.gov/pubmed/10802651 .", ["pmid:10802651"]),
        ("https://pubmed.ncbi.nlm.nih.gov/10802651/", ["pmid:10802651"]),
        ("PMID: 0, PMC0", []),
        ("PMCID: PMC5815332; https://www.ncbi.nlm.nih.gov/pmc/articles/PMC5815332/", ["pmcid:PMC5815332"]),
        ("https://www.ncbi.nlm.nih.gov/pmc/articles/5815332", ["pmcid:PMC5815332"]),
        ("W2741809807, https://openalex.org/w2741809807", ["openalex:W2741809807"]),
        (
            "arXiv:1706.03762v5 and https://arxiv.org/abs/hep-th/9901001",
            ["10.48550/arxiv.1706.03762", "10.48550/arxiv.hep-th/9901001"],
        ),
        ("W2741809807 10.1000/a PMC5 PMID: 9", ["openalex:W2741809807", "10.1000/a", "pmcid:PMC5", "pmid:9"]),
    ],
)
def test_find_picks_identifiers_out_of_text_in_order(text: str, expected: list[str]) -> None:
    assert [str(one).removeprefix("doi:") for one in find(text)] == expected


# -- properties ------------------------------------------------------------------------------------------------

SUFFIX_SIGNS = "abcxyz0123456789-._:/+#%&=~$@^(){}[]<>;,'*!?"


def _is_canonical(text: str) -> bool:
    try:
        return doi(text) == text
    except NotAnIdentifier:
        return False


prefixes = st.from_regex(r"10\.[1-9][0-9]{3,8}(\.[1-9][0-9]{0,2})?", fullmatch=True)
suffixes = st.text(SUFFIX_SIGNS, min_size=1, max_size=40)
canonical_dois = st.builds("{}/{}".format, prefixes, suffixes).filter(_is_canonical)
plain_dois = st.builds(
    "{}/{}".format, prefixes, st.from_regex(r"[a-z0-9](\.?[a-z0-9_-]{1,4}|\([0-9]{2}\)){0,6}[0-9]", fullmatch=True)
)
ENCODED = [
    quote,
    lambda one: quote(one, safe=""),
    lambda one: f"https://doi.org/{quote(one)}",
    lambda one: f"HTTP://DX.DOI.ORG/{quote(one, safe='')}",
    lambda one: f"https://doi-org.proxy.example.edu/{quote(one, safe='')}",
    lambda one: f"https://login.example.edu/login?url=https://doi.org/{quote(one, safe='')}",
    lambda one: f"https://api.openalex.org/works/doi:{quote(one, safe='')}?select=id",
]
BARE = [
    lambda one: one,
    lambda one: one.upper(),
    lambda one: f" doi:{one} ",
    lambda one: f"DOI: {one}.",
    lambda one: f"info:doi/{one}",
    lambda one: f"urn:doi:{one},",
    lambda one: f"“{one}”",
    lambda one: f"({one})",
    lambda one: f"[{one}];",
    lambda one: f"{one}</a>",
    lambda one: one.replace("-", "\u2010").replace("/", "/\u200b"),
    lambda one: one.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;"),
]
LANDING = [
    lambda one: f"https://onlinelibrary.wiley.com/doi/full/{one}?af=R",
    lambda one: f"https://publisher.example/doi/{one}/full#abstract",
    lambda one: f"https://publisher.example/article/{one}.pdf",
    lambda one: f"https://publisher.example/show?x=1&doi={one}&y=2",
    lambda one: f"<a href='https://doi.org/{one}'>",
    lambda one: f'"DOI":"{one.replace("/", chr(92) + "/")}",',
    lambda one: f"doi = {{{one.replace('_', chr(92) + '_')}}},",
]


@given(st.text(max_size=80) | st.builds("10.1000/{}".format, st.text(max_size=40)))
def test_canonising_twice_changes_nothing(text: str) -> None:
    for read in (doi, openalex, pmid, pmcid, orcid, issn, isbn):
        try:
            once = read(text)
        except NotAnIdentifier:
            continue
        assert read(once) == once


@given(st.builds("10.1000/{}".format, st.text("aA/%25&amp;lt#<>()[]{}.,$_\\u03c ?İ", max_size=40)))
def test_canonising_twice_changes_nothing_in_escaped_text(text: str) -> None:
    try:
        once = doi(text)
    except NotAnIdentifier:
        return
    assert doi(once) == once


@given(canonical_dois, st.sampled_from([*ENCODED, *BARE]))
def test_every_dress_gives_the_doi_back(one: str, dress: Callable[[str], str]) -> None:
    """Except a final slash, which in an address belongs to the address."""
    assume(not one.endswith("/"))
    if dress in BARE:  # a sign that only an opening or closing bracket beside it makes ambiguous
        assume(not set("()[]{}<>") & set(one) or dress in (BARE[0], BARE[1], BARE[2]))
    assert doi(dress(one)) == one


@given(
    plain_dois, st.sampled_from([*ENCODED, *BARE, *LANDING]), st.sampled_from(["", "See ", "x\n", "题", "1. ", "a, "])
)
def test_find_sees_a_dressed_doi_in_running_text(one: str, dress: Callable[[str], str], before: str) -> None:
    assert Identifier("doi", one) in find(f"{before}{dress(one)} and more text, 2019.")


@given(
    st.lists(plain_dois, min_size=1, max_size=6),
    st.sampled_from(["\n", ", ", "; ", ",", ";", " | ", '","', "\t", " \r\n"]),
)
def test_find_splits_lists_and_keeps_order(dois: list[str], separator: str) -> None:
    assert [one.value for one in find(separator.join(dois))] == list(dict.fromkeys(dois))


SCRAPS = [
    "10.1000/",
    "10.",
    "https://doi.org/",
    "%2F",
    "%25",
    "&amp;",
    "&lt;",
    "\\",
    "{",
    "}",
    "<",
    ">",
    "(",
    ")",
    ";",
    "a",
    "PMID: 1",
    "PMC1",
    "W12345",
    "arXiv:1706.03762",
    "10.1000/a",
    "?",
    "#",
    " ",
    "\ud800",
    "\u2010",
    "İ",
    "=\n",
    "$<$",
    "\\u0041",
]


@given(st.text() | st.lists(st.sampled_from(SCRAPS), max_size=20).map("".join))
def test_no_text_raises_anything_but_a_refusal(text: str) -> None:
    refusals = []
    for read in (doi, openalex, pmid, pmcid, orcid, issn, isbn, parse):
        try:
            read(text)
        except NotAnIdentifier as refusal:
            refusals.append(str(refusal))
    assert all(refusal.endswith(".") for refusal in refusals)
    for one in find(text):
        assert parse(str(one)) == one


@pytest.mark.parametrize(
    "hostile",
    [
        "10.1000.",
        "10.1000/a]",
        "10.1000/",
        "10.1000/(",
        "10.1000/a<",
        "a.",
        "https://",
        "doi ",
        "%25",
        "&amp;",
        "\\",
        "{\\_}",
        "10.1000/%",
        "W1",
        "PMID ",
        "pubmed.ncbi.",
        "arxiv:",
        "x/",
        "10.1000/a;1",
        "&#38;#38;",
        "10.1000/&#37;26",
        "pubmed",
        "$<",
        "\\u005c",
        "1",
        "=\n",
    ],
)
def test_hostile_megabytes_end(hostile: str) -> None:
    """A pattern that backtracks would not come to an end on these; nothing here looks at a clock."""
    text = hostile * (300_000 // len(hostile))
    assert all(len(one.value) <= 2048 for one in find(text))
    assert all(len(one.value) <= 2048 for one in find(text + " 10.1000/end\x00"))
    for read in (doi, openalex, pmid, pmcid, orcid, issn, isbn):
        for cut in (text[:2048], text):
            try:
                read(cut)
            except NotAnIdentifier:
                continue


def test_public_names_are_those_listed() -> None:
    public = {name for name, value in vars(identifiers).items() if callable(value) and not name.startswith("_")}
    assert public == set(identifiers.__all__)


def test_importing_costs_no_third_party_package() -> None:
    """The command line answers `--help` without loading pydantic, so this layer may not load it."""
    code = "import sys, harvester.identifiers; sys.exit('pydantic' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code]).returncode == 0


# -- real data -------------------------------------------------------------------------------------------------


def _shared(path: str) -> Path:
    if not (SHARED / "data" / path).exists():
        pytest.skip(f"the recorded data {path} is not beside the repository")
    return SHARED / "data" / path


def _dois_in(tree: object) -> Iterator[str]:
    if isinstance(tree, dict):
        for key, value in tree.items():
            if key in {"doi", "DOI"} and isinstance(value, str):
                yield value
            else:
                yield from _dois_in(value)
    elif isinstance(tree, list):
        for value in tree:
            yield from _dois_in(value)


@pytest.mark.parametrize(
    ("path", "at_least"),
    [
        ("crossref/gap_D1000000.jsonl.xz", 20_000),
        ("peer_support/mental_health_references.jsonl.xz", 900),
        ("openalex/Oud_2018_works.jsonl.xz", 900),
        ("openalex/Jeyaraman_2020_works.jsonl.xz", 1_000),
        ("openalex/Donners_2021_works.jsonl.xz", 200),
        ("openalex/Nelson_2002_works.jsonl.xz", 300),
    ],
)
def test_every_recorded_doi_is_its_own_canonical_form(path: str, at_least: int) -> None:
    """Only typeset dashes are changed: they stand in reference lists, in no registered DOI."""
    with lzma.open(_shared(path), "rt", encoding="utf-8") as lines:
        recorded = {one for line in lines for one in _dois_in(json.loads(line))}
    assert len(recorded) >= at_least
    dashes = dict.fromkeys(map(ord, "‐–"), "-")
    expected = {one: one.lower().removeprefix("https://doi.org/").translate(dashes) for one in recorded}
    assert {one: doi(one) for one in recorded} == expected
    assert {value for _, value in find("\n".join(sorted(recorded)))} == set(expected.values())


def test_reference_strings_give_the_dois_printed_in_them() -> None:
    """Of 70 deposited strings with a DOI, 65 give the one that is true; the reasons for the others are known."""
    with lzma.open(_shared("matching/unstructured_orig.json.xz"), "rt", encoding="utf-8") as file:
        rows = json.load(file)["dataset"]
    printed = {}
    for row in rows:
        dois = [one.value for one in find(row["ref_string"]) if one.scheme == "doi" and "/arxiv." not in one.value]
        if dois:
            printed[(row["target_gt"]["DOI"] or "").lower()] = dois
    assert len(printed) == 70
    assert {truth: dois for truth, dois in printed.items() if truth not in dois} == {
        # white space inside, so that nobody can tell where it ends
        "10.1523/jneurosci.0300-04.2004": ["10.1523/jneurosci"],
        "10.2217/fca.14.82": ["10.2217/fca"],
        # another DOI is printed than the one that is true
        "10.1111/btp.12458": ["10.5061/dryad.8j41r"],
        "10.18926/amo/31987": ["10.2016/0386-300x.pmid.15902993"],
        "10.1096/fasebj.3.10.2546848": ["10.1096/fj.1530-6860"],
    }
