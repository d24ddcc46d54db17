"""Europe PMC: what is asked, how answers are read, and what becomes of a core record."""

import json
import re
from urllib.parse import parse_qs, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import Unreadable
from harvester.identifiers import Identifier
from harvester.model import (
    Affiliation,
    Count,
    Event,
    Funder,
    Keyword,
    License,
    Link,
    OpenAccess,
    Record,
    Relation,
    Skip,
    Update,
)
from harvester.sources import europepmc

HOST = "https://www.ebi.ac.uk/europepmc/webservices/rest/search"


def doi(value):
    return Identifier("doi", value)


def pmid(value):
    return Identifier("pmid", value)


def mapped(**keys):
    """The record of a PubMed record with these keys."""
    result = europepmc.record({"id": "7", "source": "MED"} | keys)
    assert isinstance(result, Record)
    return result


# -- asking ----------------------------------------------------------------------------------------------------


def asked_for(query):
    given_ = parse_qs(urlsplit(query.url).query, strict_parsing=True)
    return given_["query"][0]


def test_each_scheme_has_its_own_field():
    [query] = europepmc.lookup([doi("10.1186/1758-2946-3-47"), pmid("21999661"), Identifier("pmcid", "PMC3206455")])
    assert asked_for(query) == 'DOI:"10.1186/1758-2946-3-47" OR (EXT_ID:21999661 AND SRC:MED) OR PMCID:PMC3206455'
    assert query.url.startswith(f"{HOST}?query=DOI%3A%2210.1186%2F")
    assert query.url.endswith("&format=json&resultType=core&pageSize=100&cursorMark=%2A")
    assert (query.kind, len(query.asked)) == ("list", 3)


def test_one_identifier_is_a_single_question():
    [query] = europepmc.lookup([pmid("7"), pmid("7"), Identifier("openalex", "W1")])
    assert (query.kind, query.asked, asked_for(query)) == ("single", (pmid("7"),), "(EXT_ID:7 AND SRC:MED)")


def test_what_would_end_its_quotes_is_escaped_and_stands_alone():
    asked = [doi('10.5555/a"b'), doi("10.5555/c"), doi("10.5555/d\\"), pmid("8 OR 9")]
    listed, quote, backslash = europepmc.lookup(asked)
    assert asked_for(listed) == 'DOI:"10.5555/c" OR (EXT_ID:"8 OR 9" AND SRC:MED)'
    assert (asked_for(quote), asked_for(backslash)) == ('DOI:"10.5555/a\\"b"', 'DOI:"10.5555/d\\\\"')
    assert (quote.kind, backslash.kind) == ("single", "single")


@given(st.lists(st.from_regex(r"10\.[0-9]{4}/[a-z<>(),:;&%#?+é\"\\ ]{1,300}", fullmatch=True), max_size=130))
def test_every_doi_is_asked_for_once_in_urls_that_servers_take(values):
    queries = europepmc.lookup([doi(value) for value in values])
    assert sorted(one.value for query in queries for one in query.asked) == sorted(set(values))
    for query in queries:
        assert query.kind == "single" or (len(query.url) <= 3_800 and 2 <= len(query.asked) <= 50)
        assert query.url.isascii()
        written = re.findall(r'DOI:"((?:[^"\\]|\\.)*)"', asked_for(query))
        assert [re.sub(r"\\(.)", r"\1", one) for one in written] == [one.value for one in query.asked]


def test_a_list_is_split_into_singles_and_a_single_is_not_split():
    [listed] = europepmc.lookup([pmid("7"), pmid("8")])
    singles = europepmc.split(listed)
    assert [asked_for(one) for one in singles] == ["(EXT_ID:7 AND SRC:MED)", "(EXT_ID:8 AND SRC:MED)"]
    assert europepmc.split(singles[0]) == []


# -- reading ---------------------------------------------------------------------------------------------------

[SINGLE] = europepmc.lookup([doi("10.5555/x")])
[LIST] = europepmc.lookup([doi("10.5555/x"), pmid("7"), Identifier("pmcid", "PMC9")])


def answer(*results, count=None, **more):
    body = {"version": "6.9", "hitCount": len(results) if count is None else count}
    return json.dumps(body | {"resultList": {"result": results}} | more).encode()


def test_a_list_finds_works_by_any_of_their_identifiers():
    results = [
        {"id": "7", "source": "MED", "pmid": "7", "doi": "10.5555/X"},
        {"id": "PMC9", "source": "PMC", "title": "Å\ud800"},
    ]
    page = europepmc.read(LIST, 200, answer(*results))
    assert [one.record.native_id for one in page.items] == ["MED:7", "PMC:PMC9"]
    assert [json.loads(one.raw) for one in page.items] == results
    assert (page.missing, page.next, page.total) == ((), (), 2)


def test_what_a_whole_answer_does_not_hold_is_not_there():
    page = europepmc.read(LIST, 200, answer({"id": "7", "source": "MED"}, None))
    assert page.missing == (doi("10.5555/x"), Identifier("pmcid", "PMC9"))
    assert ([one.reason for one in page.skips], page.next) == (["not-an-object"], ())
    assert europepmc.read(SINGLE, 200, answer()).missing == (doi("10.5555/x"),)


def test_what_is_found_under_another_identifier_is_for_the_caller_to_judge():
    page = europepmc.read(SINGLE, 200, answer({"id": "7", "source": "MED", "doi": "10.5555/y"}))
    assert ([one.record.doi for one in page.items], page.missing) == (["10.5555/y"], ())


def test_where_fewer_arrive_than_are_counted_the_absent_are_asked_for_by_themselves():
    page = europepmc.read(LIST, 200, answer({"id": "7", "source": "MED"}, count=3))
    assert page.missing == ()
    assert [asked_for(one) for one in page.next] == ['DOI:"10.5555/x"', "PMCID:PMC9"]


def test_a_cursor_is_followed_encoded_once_until_it_comes_back_or_is_gone():
    item = {"id": "7", "source": "MED"}
    page = europepmc.read(LIST, 200, answer(item, count=5, nextCursorMark="AoE/x+1=="))
    [following] = page.next
    assert following.url.endswith("&cursorMark=AoE%2Fx%2B1%3D%3D")
    assert (following.kind, following.asked) == ("list", (doi("10.5555/x"), Identifier("pmcid", "PMC9")))
    [further] = europepmc.read(following, 200, answer(item, count=5, nextCursorMark="B")).next
    assert further.url == following.url.replace("AoE%2Fx%2B1%3D%3D", "B")
    for last in (answer(count=5, nextCursorMark="B"), answer(item, count=5)):
        again = europepmc.read(further, 200, last)
        assert again.missing == ()
        assert [one.asked for one in again.next] == [(doi("10.5555/x"),), (Identifier("pmcid", "PMC9"),)]
        assert all(one.kind == "single" for one in again.next)


@pytest.mark.parametrize(
    ("query", "status", "body", "why"),
    [
        (SINGLE, 200, b"", "empty"),
        (SINGLE, 200, b'{"version":"6.9"}', "without a count"),
        (LIST, 200, b'{"version":"6.9","hitCount":0}', "without records"),
        (LIST, 200, answer(count=2), "counts 2 records"),
        (LIST, 200, answer(count=-1), "without a count"),
        (LIST, 200, b'{"hitCount":1,"resultList":{"result":{}}}', "without records"),
        (SINGLE, 200, answer()[:-5], "cut"),
        (SINGLE, 200, b"\xff\xfe{}", "cut or no JSON"),
        (SINGLE, 200, b"[" * 100_000, "nested"),
        (SINGLE, 200, b'{"hitCount":' + b"1" * 5_000 + b"}", "cut or no JSON"),
        (SINGLE, 200, b'{"hitCount":Infinity}', "Infinity"),
        (SINGLE, 200, b"[]", "no object"),
        (SINGLE, 200, b"<html>proxy</html>", "cut or no JSON"),
        (SINGLE, 404, answer(), "status 404"),
        (SINGLE, 500, b"", "status 500"),
    ],
)
def test_what_is_no_answer_of_europe_pmc_is_unreadable_and_says_why(query, status, body, why):
    with pytest.raises(Unreadable, match=re.escape(why)):
        europepmc.read(query, status, body)


# -- the mapping -----------------------------------------------------------------------------------------------


def test_a_record_is_named_by_its_collection_and_number():
    assert europepmc.record({"id": "7"}).reason == "no-id"
    assert europepmc.record({"source": "MED", "id": ["7"]}).reason == "no-id"
    assert mapped().model_dump(exclude_defaults=True) == {"source": "europepmc", "native_id": "MED:7", "pmid": "7"}
    preprint = europepmc.record({"id": "PPR707121", "source": "PPR", "doi": "10.1101/2023.08.21"})
    assert isinstance(preprint, Record)
    assert (preprint.native_id, preprint.pmid, preprint.doi) == ("PPR:PPR707121", None, "10.1101/2023.08.21")


def test_identifiers_are_canonical_or_absent():
    record = mapped(pmid="0021999661", pmcid="PMC3206455", doi="https://doi.org/10.1186/ABC", manuscriptId="NIHMS1")
    assert (record.pmid, record.pmcid, record.doi) == ("21999661", "PMC3206455", "10.1186/abc")
    assert record.other_identifiers == (Identifier("mid", "NIHMS1"),)
    assert mapped(doi="none", pmcid=[]).doi is None


@pytest.mark.parametrize(
    ("given_title", "title", "as_given"),
    [
        ("Open bibliography.", "Open bibliography", "Open bibliography."),
        ("[Peer support].", "Peer support", "[Peer support]."),
        ("Genus <i>Helictopleurus</i>.", "Genus Helictopleurus", "Genus <i>Helictopleurus</i>."),
        ("Why?", "Why?", None),
        ("And so on...", "And so on...", None),
        (".", ".", None),
        ("", None, None),
        (["Title"], None, None),
    ],
)
def test_titles_lose_the_full_stop_and_the_brackets_of_pubmed(given_title, title, as_given):
    record = mapped(title=given_title)
    assert (record.title, record.title_as_given) == (title, as_given)


def test_headings_part_an_abstract():
    record = mapped(abstractText="<h4>Background</h4>To ask.<h4>New information</h4>Four <i>syn. nov.</i> were found.")
    assert [(one.label, one.text) for one in record.abstract_sections] == [
        ("Background", "To ask."),
        ("New information", "Four syn. nov. were found."),
    ]
    assert record.abstract == "Background: To ask.\nNew information: Four syn. nov. were found."
    assert record.abstract_as_given is not None


def test_authors_have_full_names_orcids_and_addresses():
    helsinki, padova = {"affiliation": "Helsinki."}, {"affiliation": "Padova."}
    record = mapped(
        authorList={
            "author": [
                {
                    "fullName": "Rossini M",
                    "firstName": "Michele",
                    "lastName": "Rossini",
                    "authorId": {"type": "ORCID", "value": "0000-0002-1825-0097"},
                    "authorAffiliationDetailsList": {"authorAffiliation": [helsinki, padova]},
                },
                {"fullName": "O'Steen B", "authorAffiliationDetailsList": {"authorAffiliation": padova}},
                {"lastName": "King", "initials": "ML", "suffix": "Jr", "authorId": [{"type": "ORCID", "value": "1"}]},
                {"collectiveName": "The Peer Group"},
                {"initials": "X"},
                "nobody",
            ]
        }
    )
    assert [(one.name, one.given, one.family, one.orcid, one.affiliations) for one in record.authors] == [
        ("Michele Rossini", "Michele", "Rossini", "0000-0002-1825-0097", (0, 1)),
        ("B O'Steen", "B", "O'Steen", None, (1,)),
        ("ML King Jr", "ML", "King", None, ()),
        ("The Peer Group", None, None, None, ()),
    ]
    assert record.authors[3].is_organisation
    assert record.affiliations == (Affiliation(text="Helsinki."), Affiliation(text="Padova."))


def test_without_a_list_the_line_of_authors_is_read():
    record = mapped(authorString="Jones R, Murray-Rust P, et al.", affiliation="Berkeley.")
    assert [(one.name, one.family) for one in record.authors] == [
        ("R Jones", "Jones"),
        ("P Murray-Rust", "Murray-Rust"),
    ]
    assert not record.authors_complete
    assert record.affiliations == (Affiliation(text="Berkeley."),)
    assert mapped(authorList={"author": []}).authors is None


JOURNAL = {
    "title": "Journal of Cheminformatics",
    "medlineAbbreviation": "J Cheminform",
    "essn": "1758-2946",
    "issn": "1758-2946",
    "isoabbreviation": "J. Cheminform.",
}


def test_the_issue_is_the_venue_and_one_of_the_dates():
    record = mapped(
        journalInfo={
            "volume": "3",
            "issue": 2,
            "dateOfPublication": "2011 ",
            "monthOfPublication": 0,
            "printPublicationDate": "2011-01-01",
            "journal": JOURNAL,
        },
        pageInfo="101-115",
        pubModel="Print-Electronic",
        electronicPublicationDate="2011-10-14",
        firstPublicationDate="2011-10-14",
        dateOfRevision="2012-11-09",
        firstIndexDate="2011-11-02",
    )
    assert (record.venue.name, record.venue.short_name, record.venue.issns, record.venue.type) == (
        "Journal of Cheminformatics",
        "J. Cheminform.",
        ("1758-2946",),
        "journal",
    )
    assert (record.volume, record.issue, record.first_page, record.last_page) == ("3", "2", "101", "115")
    assert (record.year, record.date, record.updated) == (2011, "2011-10-14", "2012-11-09")
    assert record.events == (Event(kind="print", date="2011"), Event(kind="online", date="2011-10-14"))


@pytest.mark.parametrize(
    ("printed", "month", "day", "date"),
    [
        ("2011 ", 0, "2011-01-01", "2011"),
        ("2024", "0", "2024-01-01", "2024"),
        ("2026 Jun", 6, "2026-06-01", "2026-06"),
        ("2020 Jan 1", 1, "2020-01-01", "2020-01-01"),
        (None, None, "2020-01-01", "2020"),
        ("1998 Dec-1999 Jan", None, "", "1998"),
        ("Spring", None, "2020-13-45", "2020"),
        (None, None, None, None),
    ],
)
def test_a_printed_date_is_only_as_full_as_it_is_printed(printed, month, day, date):
    """Europe PMC fills up months and days with 01, in the date of the first publication too."""
    record = mapped(
        journalInfo={"dateOfPublication": printed, "monthOfPublication": month, "printPublicationDate": day},
        firstPublicationDate=day,
    )
    assert record.date == date


def test_a_year_alone_is_a_date():
    assert (mapped(pubYear="1989").date, mapped(pubYear=1989).year, mapped(pubYear="n.d.").year) == ("1989", 1989, None)


def test_an_article_number_is_no_page():
    assert (mapped(pageInfo="e120304").article_number, mapped(pageInfo="e120304").first_page) == ("e120304", None)
    assert mapped(pageInfo="47").first_page == "47"


def test_a_preprint_is_on_its_server():
    record = europepmc.record(
        {
            "id": "PPR1",
            "source": "PPR",
            "bookOrReportDetails": {"publisher": "medRxiv", "yearOfPublication": 2024},
            "firstPublicationDate": "2023-08-21",
        }
    )
    assert isinstance(record, Record)
    assert (record.type, record.venue.name, record.venue.type, record.publisher) == (
        "preprint",
        "medRxiv",
        "repository",
        None,
    )
    assert record.events == (Event(kind="posted", date="2023-08-21"),)


@pytest.mark.parametrize(
    ("collection", "words", "kind"),
    [
        ("MED", ["research-article", "Journal Article"], "article"),
        ("MED", ["Journal Article", "Review", "Systematic Review"], "review"),
        ("MED", ["Journal Article", "Letter"], "letter"),
        ("MED", ["Retraction of Publication", "Journal Article"], "retraction"),
        ("MED", ["Published Erratum"], "erratum"),
        ("MED", "Editorial", "editorial"),
        ("MED", ["Research Support, Non-U.S. Gov't"], None),
        ("PPR", [], "preprint"),
        ("PPR", ["Journal Article"], "preprint"),
        ("ETH", ["other"], "dissertation"),
        ("NBK", ["chapter"], "book-chapter"),
        ("PAT", None, "other"),
    ],
)
def test_the_narrowest_type_counts(collection, words, kind):
    record = europepmc.record({"id": "7", "source": collection, "pubTypeList": {"pubType": words}})
    assert isinstance(record, Record)
    assert record.type == kind


def test_types_are_kept_as_given():
    record = mapped(pubTypeList={"pubType": ["research-article", "Journal Article", 7, None]})
    assert record.type_as_given == "research-article; Journal Article; 7"
    assert mapped(pubTypeList={"pubType": []}).type_as_given is None


def test_languages_have_two_letters_where_there_are_two():
    assert (mapped(language="eng").language, mapped(language="ger").language) == ("en", "de")
    assert (mapped(language="haw").language, mapped().language) == ("haw", None)


def link(style, code, url):
    return {"documentStyle": style, "availabilityCode": code, "url": url}


def test_open_is_what_has_a_free_copy():
    paid, free = link("doi", "S", "https://doi.org/10.5555/x"), link("html", "F", "https://example.org/x")
    pdf = link("pdf", "OA", "https://europepmc.org/articles/PMC1?pdf=render")
    record = mapped(isOpenAccess="N", license="cc by-nc", fullTextUrlList={"fullTextUrl": [paid, free, pdf, {}]})
    assert record.open_access == OpenAccess(is_open=True, url=free["url"], pdf_url=pdf["url"])
    assert record.licenses == (License(name="cc-by-nc"),)
    assert record.links == (
        Link(url=paid["url"], kind="landing"),
        Link(url=free["url"], kind="full-text"),
        Link(url=pdf["url"], kind="pdf"),
    )
    assert mapped(isOpenAccess="Y").open_access == OpenAccess(is_open=True)
    assert mapped(isOpenAccess="N", license="cc by", fullTextUrlList={"fullTextUrl": paid}).open_access is None


def test_what_it_is_about_and_who_paid():
    record = mapped(
        keywordList={"keyword": ["Taxonomy", "Taxonomy", None]},
        meshHeadingList={
            "meshHeading": [
                {"majorTopic_YN": "N", "descriptorName": "Humans"},
                {
                    "descriptorName": "COVID-19",
                    "meshQualifierList": {"meshQualifier": [{"qualifierName": "prevention & control"}]},
                },
            ]
        },
        chemicalList={"chemical": [{"name": "Vaccines", "registryNumber": "0"}]},
        grantsList={
            "grant": [
                {"grantId": "A1", "agency": "NHS", "orderIn": 0},
                {"agency": "Council"},
                {"grantId": "A2", "agency": "NHS"},
                {},
            ]
        },
        citedByCount="3",
        dateOfCreation="2024-06-24",
    )
    assert record.keywords == (Keyword(term="Taxonomy", kind="author"),)
    assert [(one.scheme, one.code) for one in record.subjects] == [
        ("mesh", "Humans"),
        ("mesh", "COVID-19/prevention & control"),
        ("mesh", "Vaccines"),
    ]
    assert record.funders == (Funder(name="NHS", awards=("A1", "A2")), Funder(name="Council"))
    assert record.counts == (Count(kind="cited_by", value=3, source="europepmc", as_of="2024-06-24"),)
    assert mapped(citedByCount="many").counts == ()


def correction(kind, number="8", source="MED", **more):
    return {"id": number, "source": source, "type": kind, "orderIn": 1, **more}


def test_notices_are_told_from_links_and_from_guesses():
    record = mapped(
        commentCorrectionList={
            "commentCorrection": [
                correction("Retraction in", reference="J Inv. 2026;12(4):1. doi: 10.5555/Notice.1."),
                correction("Erratum for", "9"),
                correction("Comment in", "10"),
                correction("Preprint in", "PPR1", "PPR"),
                correction("Preprint of", "11", note="Link created based on a title-first author match"),
                correction("Cites", "12"),
                correction(None),
            ]
        }
    )
    assert record.is_retracted is True
    assert record.updates == (
        Update(
            direction="updated_by",
            type="retraction",
            doi="10.5555/notice.1",
            label="J Inv. 2026;12(4):1. doi: 10.5555/Notice.1.",
            asserted_by="europepmc",
            record_id="pmid:8",
        ),
        Update(direction="updates", type="correction", asserted_by="europepmc", record_id="pmid:9"),
    )
    assert record.relations == (
        Relation(kind="has_comment", target=pmid("10")),
        Relation(kind="has_preprint", target=Identifier("europepmc", "PPR:PPR1")),
    )


def test_a_retracted_article_is_retracted_and_its_notice_is_not():
    retracted = mapped(pubTypeList={"pubType": ["Journal Article", "Retracted Publication"]})
    assert (retracted.is_retracted, retracted.type) == (True, "article")
    notice = mapped(
        pubTypeList={"pubType": ["Retraction of Publication"]},
        commentCorrectionList={"commentCorrection": correction("Retraction of")},
    )
    assert (notice.is_retracted, notice.type, notice.updates[0].direction) == (None, "retraction", "updates")
    part = mapped(commentCorrectionList={"commentCorrection": correction("Partial retraction in")})
    assert (part.is_retracted, part.updates[0].type) == (None, "partial_retraction")


def test_answers_that_were_made_of_xml_are_read_as_well():
    """Keys in capitals, numbers as texts, and the entries of a list of one without the list."""
    record = mapped(
        authorList={"author": {"fullName": "Jones R"}},
        journalInfo={"journal": {"ISOAbbreviation": "Biodivers Data J", "ISSN": "1314-2828", "ESSN": "1314-2836"}},
        keywordList={"keyword": "Ontology"},
    )
    assert [one.name for one in record.authors] == ["R Jones"]
    assert (record.venue.short_name, record.venue.issns) == ("Biodivers Data J", ("1314-2828", "1314-2836"))
    assert record.keywords == (Keyword(term="Ontology", kind="author"),)


# -- anything at any key ---------------------------------------------------------------------------------------

KEYS = re.findall(
    r"\w+",
    """
    pmid pmcid doi title authorString authorList journalInfo pubYear pageInfo abstractText affiliation language pubModel
    pubTypeList bookOrReportDetails grantsList meshHeadingList keywordList chemicalList fullTextUrlList manuscriptId
    commentCorrectionList isOpenAccess citedByCount license dateOfRevision firstIndexDate electronicPublicationDate
    firstPublicationDate
    """,
)
INNER = re.findall(
    r"\w+",
    """
    author fullName firstName lastName initials collectiveName authorId type value authorAffiliationDetailsList
    authorAffiliation affiliation volume issue dateOfPublication monthOfPublication printPublicationDate journal title
    isoabbreviation issn pubType publisher comprisingTitle grant agency grantId meshHeading descriptorName
    meshQualifierList meshQualifier qualifierName keyword chemical name fullTextUrl documentStyle availabilityCode url
    commentCorrection id source reference note
    """,
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.sampled_from(["10.5555/a", "<h4>x</h4>", "\ud800", "Retraction in", "MED", "2020-01-01", "Jones R", "ORCID"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(INNER) | st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from([*KEYS, "id", "source"]), JSON))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_at_any_key_gives_a_record_or_a_skip(item):
    """Nothing raises, and what comes out can be stored."""
    for candidate in (item, {**item, "id": "7", "source": "MED"}):
        result = europepmc.record(candidate)
        assert isinstance(result, Record | Skip)
        result.model_dump_json().encode()
    assert isinstance(result, Record)
    assert Record.model_validate_json(result.model_dump_json()) == result


@given(JSON, st.sampled_from([SINGLE, LIST]))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_is_read_or_refused(value, query):
    """Whatever the body holds, `read` gives a page that accounts for what was asked, or raises `Unreadable`."""
    for body in (value, {"hitCount": 1, "resultList": value}, {"hitCount": 1, "resultList": {"result": [value]}}):
        try:
            page = europepmc.read(query, 200, json.dumps(body).encode())
        except Unreadable:
            continue
        assert page.items or page.skips or page.missing
