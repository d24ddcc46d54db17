"""DataCite: what is asked, how answers are read, and what becomes of a DOI's attributes."""

import json
import re
from urllib.parse import parse_qs, unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester.errors import Unreadable
from harvester.identifiers import Identifier
from harvester.model import (
    Abstract,
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
    Subject,
    Title,
    Update,
)
from harvester.sources import datacite


def doi(value):
    return Identifier("doi", value)


def mapped(**attributes):
    """The record of a DOI with these attributes."""
    result = datacite.record({"id": "10.5281/x", "type": "dois", "attributes": {"doi": "10.5281/x"} | attributes})
    assert isinstance(result, Record)
    return result


# -- asking ----------------------------------------------------------------------------------------------------


def test_a_lone_doi_is_asked_for_by_its_path():
    [query] = datacite.lookup([doi("10.5281/zenodo.1(2)")])
    assert query.url == "https://api.datacite.org/dois/10.5281/zenodo.1%282%29?affiliation=true"
    assert (query.kind, query.source) == ("single", "datacite")


def test_several_dois_are_one_list_and_those_that_a_list_cannot_hold_stand_alone():
    asked = [doi("10.5281/a"), doi("10.5281/b,c"), doi('10.5281/d&e:"f"'), doi("10.5281/straße")]
    batch, comma, letter = datacite.lookup(asked)
    assert batch.url == (
        "https://api.datacite.org/dois?ids=10.5281%2Fa,10.5281%2Fd%26e%3A%22f%22"
        "&page%5Bsize%5D=2&disable-facets=true&affiliation=true"
    )
    assert (batch.kind, batch.asked) == ("list", (asked[0], asked[2]))
    assert [(one.kind, one.asked) for one in (comma, letter)] == [("single", (asked[1],)), ("single", (asked[3],))]


def test_a_doi_with_an_empty_segment_is_one_segment():
    """Clients and proxies would resolve the dots away."""
    [query] = datacite.lookup([doi("10.5281/a/../b")])
    assert query.url == "https://api.datacite.org/dois/10.5281%2Fa%2F..%2Fb?affiliation=true"


def test_identifiers_of_other_schemes_are_left_out():
    assert datacite.lookup([Identifier("openalex", "W1"), Identifier("pmid", "2")]) == []


@given(st.lists(st.from_regex(r"10\.[0-9]{4}/[a-z<>(),:;&%#?+é\" ]{1,300}", fullmatch=True), max_size=130))
def test_every_doi_is_asked_for_once_in_urls_that_servers_take(values):
    queries = datacite.lookup([doi(value) for value in values])
    assert sorted(one.value for query in queries for one in query.asked) == sorted(set(values))
    for query in queries:
        assert query.kind == "single" or len(query.url) <= 3_800
        assert query.url.isascii()
        parts = urlsplit(query.url)
        if query.kind == "list":
            given_ = parse_qs(parts.query, strict_parsing=True)
            assert given_["ids"][0].split(",") == [one.value for one in query.asked]
            assert int(given_["page[size]"][0]) == len(query.asked) <= 100
        else:
            assert unquote(parts.path.removeprefix("/dois/")) == query.asked[0].value


def test_short_dois_are_asked_for_by_the_hundred():
    assert [len(query.asked) for query in datacite.lookup([doi(f"10.5281/{n}") for n in range(201)])] == [100, 100, 1]


def test_a_list_is_split_into_singles_and_a_single_is_not_split():
    [listed] = datacite.lookup([doi("10.5281/a"), doi("10.5281/b")])
    assert [query.url for query in datacite.split(listed)] == [
        "https://api.datacite.org/dois/10.5281/a?affiliation=true",
        "https://api.datacite.org/dois/10.5281/b?affiliation=true",
    ]
    assert datacite.split(datacite.split(listed)[0]) == []


# -- reading ---------------------------------------------------------------------------------------------------

[SINGLE] = datacite.lookup([doi("10.5281/x")])
[LIST] = datacite.lookup([doi("10.5281/x"), doi("10.5281/y"), doi("10.5281/z")])
GONE = b'{"errors":[{"status":"404","title":"The resource you are looking for doesn\'t exist."}]}'


def data(value, **more):
    return {"id": value.lower(), "type": "dois", "attributes": {"doi": value.lower(), "state": "findable", **more}}


def listing(*items, total=None):
    return json.dumps({"data": items, "meta": {"total": len(items) if total is None else total}}).encode()


def test_a_single_answer_holds_the_record_and_its_raw_item():
    item = data("10.5281/X", titles=[{"title": "Å\ud800"}])
    page = datacite.read(SINGLE, 200, json.dumps({"data": item}).encode())
    assert [one.record.doi for one in page.items] == ["10.5281/x"]
    assert json.loads(page.items[0].raw) == item
    assert page.items[0].raw.isascii()
    assert (page.missing, page.next, page.total) == ((), (), None)


def test_a_404_with_errors_says_that_the_doi_is_not_there():
    page = datacite.read(SINGLE, 404, GONE)
    assert (page.missing, page.items) == ((doi("10.5281/x"),), ())


def test_what_a_list_leaves_out_is_asked_for_once_more_by_itself():
    body = listing(data("10.5281/Y"), data("10.5281/z", state="registered"), None)
    page = datacite.read(LIST, 200, body)
    assert [one.record.doi for one in page.items] == ["10.5281/y"]
    assert [one.reason for one in page.skips] == ["not findable", "not-an-object"]
    assert [(one.kind, one.asked) for one in page.next] == [
        ("single", (doi("10.5281/x"),)),
        ("single", (doi("10.5281/z"),)),
    ]
    assert (page.missing, page.total) == ((), 3)


def test_an_empty_list_that_says_so_asks_for_each_by_itself():
    page = datacite.read(LIST, 200, listing())
    assert ([one.asked for one in page.next], page.total) == ([(one,) for one in LIST.asked], 0)


def test_an_item_that_no_json_can_hold_is_skipped():
    body = b'{"data":[{"attributes":{"doi":"10.5281/x","viewCount":1e999}}],"meta":{"total":1}}'
    page = datacite.read(LIST, 200, body)
    assert ([one.reason for one in page.skips], page.items) == (["not-storable"], ())


@pytest.mark.parametrize(
    ("query", "status", "body", "why"),
    [
        (SINGLE, 200, b"", "empty"),
        (SINGLE, 200, b" \n", "empty"),
        (SINGLE, 200, b'{"data":{"id":"10.52', "cut"),
        (SINGLE, 200, b"\xff\xfe{}", "cut or no JSON"),
        (SINGLE, 200, b"[" * 100_000, "nested"),
        (SINGLE, 200, b'{"data":' + b"1" * 5_000 + b"}", "cut or no JSON"),
        (SINGLE, 200, b'{"data":NaN}', "NaN"),
        (SINGLE, 200, b"[]", "no object"),
        (SINGLE, 200, b"{}", "no work"),
        (SINGLE, 200, listing(data("10.5281/x")), "no work"),
        (LIST, 200, json.dumps({"data": data("10.5281/x")}).encode(), "no list"),
        (LIST, 200, b'{"data":[]}', "lists 0"),
        (LIST, 200, listing(total=3), "states 3 works"),
        (SINGLE, 404, b"<html>proxy</html>", "cut or no JSON"),
        (SINGLE, 404, b"{}", "refused"),
        (LIST, 404, GONE, "looking for"),
        (SINGLE, 429, GONE, "status 429"),
        (SINGLE, 500, b"", "status 500"),
    ],
)
def test_what_is_no_answer_of_datacite_is_unreadable_and_says_why(query, status, body, why):
    with pytest.raises(Unreadable, match=re.escape(why)):
        datacite.read(query, status, body)


# -- the mapping -----------------------------------------------------------------------------------------------


def test_what_has_no_doi_is_skipped():
    result = datacite.record({"attributes": {"titles": [{"title": "A title"}]}})
    assert isinstance(result, Skip)
    assert (result.reason, result.detail) == ("no DOI", "A title")
    assert datacite.record({"id": "nonsense"}).reason == "malformed DOI"
    assert datacite.record({"id": ["10.5281/x"], "attributes": []}).reason == "malformed DOI"


def test_a_bare_doi_is_a_record_in_which_nothing_is_given():
    assert mapped().model_dump(exclude_defaults=True) == {
        "source": "datacite",
        "native_id": "10.5281/x",
        "doi": "10.5281/x",
    }


def test_only_what_everybody_may_find_is_a_record():
    assert mapped(state="findable").doi == "10.5281/x"
    assert datacite.record({"id": "10.5281/x", "attributes": {"state": "draft"}}).reason == "not findable"


def test_codes_for_the_unknown_are_no_values():
    """Repositories must fill in titles, creators and publishers, with such a code where there is none."""
    record = mapped(
        titles=[{"title": "(:unav)"}], creators=[{"name": ":unkn"}], publisher="(:none) never had one", language=":null"
    )
    assert (record.title, record.authors, record.publisher, record.language) == (None, None, None, None)


def test_titles_have_types_and_languages():
    record = mapped(
        titles=[
            {"title": "Données", "titleType": "TranslatedTitle", "lang": "fr"},
            {"title": "Data on H<sub>2</sub>O", "lang": "en"},
            {"title": "A study", "titleType": "Subtitle"},
            {"title": " "},
            "Nothing",
        ]
    )
    assert (record.title, record.title_as_given) == ("Data on H2O", "Data on H<sub>2</sub>O")
    assert record.subtitle == "A study"
    assert record.other_titles == (Title(text="Données", language="fr", source="datacite"),)
    assert mapped(titles=[{"title": "Alt", "titleType": "AlternativeTitle"}]).title == "Alt"


def test_abstracts_are_told_from_other_descriptions():
    record = mapped(
        descriptions=[
            {"description": "readme", "descriptionType": "TechnicalInfo"},
            {"descriptionType": "Abstract"},
            {"description": "<p>Aims: to ask.</p>", "descriptionType": "Abstract"},
            {"description": "Ziele", "descriptionType": "Abstract", "lang": "de"},
        ]
    )
    assert (record.abstract, record.abstract_as_given) == ("Aims: to ask.", "<p>Aims: to ask.</p>")
    assert record.other_abstracts == (Abstract(text="Ziele", language="de", source="datacite"),)


def test_creators_are_persons_unless_told_otherwise_and_editors_are_contributors():
    orcid = {"nameIdentifier": "https://orcid.org/0000-0002-1825-0097", "nameIdentifierScheme": "ORCID"}
    record = mapped(
        creators=[
            {"name": "Lovelace, Ada", "nameType": "Personal", "givenName": "Ada", "familyName": "Lovelace"},
            {"name": "Yin, Hui", "nameIdentifiers": [{"nameIdentifier": "x"}, orcid]},
            {"name": "IGAS, Consortium", "nameType": "Organizational", "familyName": "IGAS"},
            {"name": "Plato"},
            {"nameType": "Personal"},
        ],
        contributors=[
            {"name": "Severini, Simone", "contributorType": "Editor"},
            {"name": "Keeper", "contributorType": "DataManager"},
        ],
    )
    assert [(one.name, one.family, one.is_organisation, one.orcid) for one in record.authors] == [
        ("Ada Lovelace", "Lovelace", False, None),
        ("Hui Yin", "Yin", False, "0000-0002-1825-0097"),
        ("IGAS, Consortium", None, True, None),
        ("Plato", None, False, None),
    ]
    assert [one.name for one in record.editors] == ["Simone Severini"]


def test_no_creators_are_not_the_same_as_an_empty_list():
    assert mapped().authors is None
    assert mapped(creators=[]).authors == ()
    assert mapped(creators=[{"nameType": "Personal"}]).authors is None


def test_et_al_is_no_author_but_a_sign_that_the_list_is_cut():
    record = mapped(creators=[{"name": "Smith, Ann"}, {"name": "(:etal)"}])
    assert [one.name for one in record.authors] == ["Ann Smith"]
    assert not record.authors_complete


def test_affiliations_are_names_or_objects_and_kept_once():
    ror = {"name": "Monash", "affiliationIdentifier": "https://ror.org/02bfwt286", "affiliationIdentifierScheme": "ROR"}
    record = mapped(
        creators=[{"name": "A", "affiliation": ["Yale", ror, "Yale"]}, {"name": "B", "affiliation": [{"name": "Yale"}]}]
    )
    assert record.affiliations == (
        Affiliation(text="Yale"),
        Affiliation(text="Monash", institution="Monash", ror="02bfwt286"),
    )
    assert [one.affiliations for one in record.authors] == [(0, 1), (0,)]


def dated(*pairs, **more):
    return mapped(dates=[{"dateType": kind, "date": day} for kind, day in pairs], **more)


def test_the_date_is_the_fullest_of_the_year_of_publication():
    record = dated(
        ("Submitted", "2019-02-07T09:22:51Z"),
        ("Available", "2019-02"),
        ("Issued", "2019"),
        ("Created", "2018-12-31"),
        ("Other", "1999"),
        publicationYear=2019,
        registered="2022-03-01T11:50:10.000Z",
    )
    assert (record.year, record.date) == (2019, "2019-02")
    assert record.events == (
        Event(kind="submitted", date="2019-02-07"),
        Event(kind="online", date="2019-02"),
        Event(kind="issued", date="2019"),
        Event(kind="content_created", date="2018-12-31"),
        Event(kind="registered", date="2022-03-01"),
    )


@pytest.mark.parametrize(
    ("issued", "year", "date"),
    [
        ("2015-06-14", 2020, "2020"),
        ("2020-13-01", 2020, "2020"),
        ("2004-03-02/2005-06-02", None, "2004-03-02"),
        ("20221", "2022", "2022"),
        ("(:unav)", 0, None),
        (None, None, None),
        (["2020"], {"year": 2020}, None),
    ],
)
def test_dates_are_cut_down_to_what_can_be_true(issued, year, date):
    assert dated(("Issued", issued), publicationYear=year).date == date


def test_a_withdrawn_record_is_one_with_a_notice():
    record = dated(("Withdrawn", "2021-05-04"))
    assert record.is_retracted is True
    assert record.updates == (
        Update(direction="updated_by", type="withdrawal", date="2021-05-04", asserted_by="publisher"),
    )
    assert mapped().is_retracted is None


@pytest.mark.parametrize(
    ("general", "own", "kind", "as_given"),
    [
        ("Preprint", "Article", "preprint", "Preprint/Article"),
        ("Dataset", "dataset", "dataset", "Dataset"),
        ("JournalArticle", "Electronic Resource", "article", "JournalArticle/Electronic Resource"),
        ("Text", "Journal article", "article", "Text/Journal article"),
        ("Text", "Doctoral Thesis", "dissertation", "Text/Doctoral Thesis"),
        ("Text", None, None, "Text"),
        ("Other", "Preprint", "preprint", "Other/Preprint"),
        ("Other", "Poem", "other", "Other/Poem"),
        (None, "Software", "software", "Software"),
        ("Hologram", None, None, "Hologram"),
        (None, None, None, None),
    ],
)
def test_types_are_in_one_vocabulary_and_kept_as_given(general, own, kind, as_given):
    record = mapped(types={"resourceTypeGeneral": general, "resourceType": own})
    assert (record.type, record.type_as_given) == (kind, as_given)


def test_a_preprint_is_in_its_repository_and_an_article_in_its_journal():
    preprint = mapped(types={"resourceTypeGeneral": "Preprint"}, publisher={"name": "arXiv"}, container={})
    assert (preprint.venue.name, preprint.venue.type, preprint.publisher) == ("arXiv", "repository", "arXiv")
    article = mapped(
        types={"resourceTypeGeneral": "JournalArticle"},
        publisher="VCH",
        container={
            "type": "Series",
            "identifier": "0933-0704",
            "identifierType": "ISSN",
            "title": "Die Geowissenschaften",
            "volume": "7",
            "issue": 7,
            "firstPage": "181",
            "lastPage": "186",
        },
    )
    assert (article.venue.name, article.venue.type, article.venue.issns) == (
        "Die Geowissenschaften",
        "journal",
        ("0933-0704",),
    )
    assert (article.volume, article.issue, article.first_page, article.last_page) == ("7", "7", "181", "186")
    assert mapped(types={"resourceTypeGeneral": "Text"}, publisher="Somewhere").venue is None


def test_a_related_item_completes_the_container():
    record = mapped(
        types={"resourceTypeGeneral": "ConferencePaper"},
        container={"type": "Series", "title": "LIPIcs", "volume": "22"},
        relatedIdentifiers=[
            {"relationType": "IsPartOf", "relatedIdentifierType": "ISBN", "relatedIdentifier": "978-3-939897-55-2"},
            {"relationType": "IsPartOf", "relatedIdentifierType": "ISSN", "relatedIdentifier": "1868-8969"},
            {"relationType": "IsDocumentedBy", "relatedIdentifierType": "ISSN", "relatedIdentifier": "0933-0704"},
        ],
        relatedItems=[
            {
                "relationType": "IsPublishedIn",
                "relatedItemType": "ConferenceProceeding",
                "titles": [{"title": "TQC 2013"}],
                "volume": "23",
                "number": "6",
                "numberType": "Article",
                "firstPage": "93-105",
            }
        ],
    )
    venue = record.venue
    assert (venue.name, venue.type, venue.issns, venue.isbns) == (
        "LIPIcs",
        "conference",
        ("1868-8969",),
        ("9783939897552",),
    )
    assert (record.volume, record.article_number, record.first_page, record.last_page) == ("22", "6", "93", "105")


def test_alternate_identifiers_are_kept_where_they_mean_something_elsewhere():
    record = mapped(
        identifiers=[
            {"identifier": "2311.16162", "identifierType": "arXiv"},
            {"identifier": "29456894", "identifierType": "PMID"},
            {"identifier": "PMC5815332", "identifierType": "PMCID"},
            {"identifier": "7", "identifierType": "local"},
            {"identifier": "978-3-939897-55-2", "identifierType": "ISBN"},
        ]
    )
    assert (record.pmid, record.pmcid) == ("29456894", "PMC5815332")
    assert record.other_identifiers == (Identifier("arxiv", "2311.16162"),)
    book = mapped(
        types={"resourceTypeGeneral": "Book"},
        identifiers=[{"identifier": "978-3-939897-55-2", "identifierType": "ISBN"}],
    )
    assert book.other_identifiers == (Identifier("isbn", "9783939897552"),)


def test_rights_are_licences_or_access():
    record = mapped(
        rightsList=[
            {"rights": "CC 4.0", "rightsUri": "https://creativecommons.org/licenses/by-nc/4.0/legalcode"},
            {"rights": "MIT License", "rightsIdentifier": "MIT", "rightsUri": "https://opensource.org/licenses/MIT"},
            {"rightsIdentifier": "cc-by-sa-4.0"},
            {"rights": "VCH Verlagsgesellschaft mbH"},
            {"rights": "Open Access", "rightsUri": "info:eu-repo/semantics/openAccess"},
            {"rightsUri": "javascript:alert(1)"},
        ],
    )
    assert record.licenses == (
        License(name="cc-by-nc", url="https://creativecommons.org/licenses/by-nc/4.0/legalcode"),
        License(name="mit", url="https://opensource.org/licenses/MIT"),
        License(name="cc-by-sa"),
    )
    assert record.open_access == OpenAccess(is_open=True)
    assert mapped(rightsList=[{"rights": "Closed Access"}]).open_access == OpenAccess(is_open=False)
    assert mapped(rightsList=[{"rightsUri": "info:eu-repo/semantics/embargoedAccess"}]).open_access is None
    assert mapped(rightsList=[{"rightsIdentifier": "cc-by-4.0"}]).open_access is None


def test_links_are_the_landing_page_and_the_files():
    record = mapped(url="https://zenodo.org/record/1", contentUrl=["https://zenodo.org/1.zip", "file:///etc/passwd"])
    assert record.links == (
        Link(url="https://zenodo.org/record/1", kind="landing"),
        Link(url="https://zenodo.org/1.zip", kind="full-text"),
    )


def test_a_funder_has_all_its_awards():
    nsf = {"funderName": "NSF", "funderIdentifier": "https://doi.org/10.13039/100000001"}
    record = mapped(
        fundingReferences=[
            nsf | {"awardNumber": "1"},
            {"funderName": "ARC", "funderIdentifier": "https://ror.org/05mmh0f86"},
            nsf | {"awardNumber": "2"},
            {},
        ]
    )
    assert record.funders == (
        Funder(name="NSF", doi="10.13039/100000001", awards=("1", "2")),
        Funder(name="ARC", ror="05mmh0f86"),
    )


def test_subjects_of_a_scheme_are_classes_and_others_are_keywords():
    record = mapped(
        subjects=[
            {"subject": "Digital Libraries (cs.DL)", "subjectScheme": "arXiv"},
            {"subject": "Earth sciences", "subjectScheme": "ddc", "classificationCode": "550"},
            {"subject": "peer support; recovery"},
            {"subject": "recovery"},
            {"subjectScheme": "ddc"},
        ]
    )
    assert record.subjects == (
        Subject(scheme="arxiv", code="cs.DL", label="Digital Libraries"),
        Subject(scheme="ddc", code="550", label="Earth sciences"),
    )
    assert record.keywords == (Keyword(term="peer support", kind="author"), Keyword(term="recovery", kind="author"))


def related(kind, value, scheme="DOI"):
    return {"relationType": kind, "relatedIdentifier": value, "relatedIdentifierType": scheme}


def test_only_what_the_record_cites_is_a_reference():
    record = mapped(
        relatedIdentifiers=[
            related("References", "10.1037/H0095655"),
            related("IsCitedBy", "10.1371/journal.ppat.1000446"),
            related("Cites", "https://doi.org/10.1037/h0095655"),
            related("Cites", "see text"),
            related("References", "1706.03762", "arXiv"),
            related("References", "29456894", "PMID"),
            related("References", "https://example.org/page", "URL"),
            related("Cites", "978-3-939897-55-2", "ISBN"),
            related("IsSupplementTo", "10.1111/PSYP.12637"),
            related("IsVersionOf", "10.5281/x"),
            related("IsPublishedIn", "0933-0704", "ISSN"),
        ],
        citationCount=3,
        referenceCount=0,
        updated="2024-04-03T15:08:19.000Z",
    )
    references = record.references
    assert [one.position for one in references] == list(range(1, len(references) + 1))
    assert [one.targets for one in references] == [
        (doi("10.1037/h0095655"),),
        (),
        (doi("10.48550/arxiv.1706.03762"),),
        (Identifier("pmid", "29456894"),),
        (),
        (),
    ]
    assert [(one.malformed_doi, one.text, one.isbn) for one in references if not one.targets] == [
        ("see text", None, None),
        (None, "https://example.org/page", None),
        (None, None, "9783939897552"),
    ]
    assert record.relations == (
        Relation(kind="is_supplement_to", target=doi("10.1111/psyp.12637")),
        Relation(kind="is_published_in", target=Identifier("issn", "0933-0704")),
    )
    assert record.counts == (
        Count(kind="cited_by", value=3, source="datacite", as_of="2024-04-03"),
        Count(kind="references", value=0, source="datacite", as_of="2024-04-03"),
    )


def test_a_described_item_says_more_of_the_same_reference_and_one_without_identifier_is_one_too():
    described = {
        "relationType": "References",
        "relatedItemIdentifier": {"relatedItemIdentifier": "10.1/A", "relatedItemIdentifierType": "DOI"},
        "titles": [{"title": "Peers"}],
        "creators": [{"name": "Anthony, W."}],
        "publicationYear": "1993",
        "volume": 16,
        "firstPage": "11",
    }
    first, second = mapped(
        relatedIdentifiers=[related("References", "10.1/A"), related("References", None)],
        relatedItems=[{"relationType": "Cites", "titles": [{"title": "A book"}]}, described],
    ).references
    assert (first.malformed_doi, first.title, first.author, first.year) == ("10.1/A", "Peers", "Anthony, W.", 1993)
    assert (first.volume, first.first_page) == ("16", "11")
    assert (second.position, second.title, second.targets) == (2, "A book", ())


# -- anything at any key ---------------------------------------------------------------------------------------

KEYS = re.findall(
    r"\w+",
    """
    doi state identifiers creators titles publisher container publicationYear subjects contributors dates language
    types relatedIdentifiers relatedItems rightsList descriptions fundingReferences url contentUrl published registered
    updated citationCount referenceCount
    """,
)
INNER = re.findall(
    r"\w+",
    """
    name nameType givenName familyName affiliation affiliationIdentifier nameIdentifiers nameIdentifier
    nameIdentifierScheme title titleType lang date dateType subject subjectScheme classificationCode identifier
    identifierType relationType relatedIdentifier relatedIdentifierType relatedItemIdentifier relatedItemType titles
    creators contributorType rights rightsUri rightsIdentifier description descriptionType funderName funderIdentifier
    awardNumber resourceType resourceTypeGeneral type volume number numberType firstPage lastPage
    """,
)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.sampled_from(
        ["10.5281/a", "<i>x</i>", "\ud800", "References", "IsPublishedIn", "DOI", "ISSN", "Abstract", "Issued", "arXiv"]
    )
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(INNER) | st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON | st.lists(st.dictionaries(st.sampled_from(INNER), JSON))))
@settings(max_examples=150, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_at_any_key_gives_a_record_or_a_skip(attributes):
    """Nothing raises, and what comes out can be stored."""
    for item in (
        attributes,
        {"attributes": attributes},
        {"attributes": {**attributes, "doi": "10.5281/x", "state": None}},
    ):
        result = datacite.record(item)
        assert isinstance(result, Record | Skip)
        result.model_dump_json().encode()
    assert isinstance(result, Record)
    assert Record.model_validate_json(result.model_dump_json()) == result


@given(JSON, st.sampled_from([SINGLE, LIST]), st.sampled_from([200, 404]))
@settings(suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_is_read_or_refused(value, query, status):
    """Whatever the body holds, `read` gives a page or raises `Unreadable`."""
    for body in (value, {"data": value, "meta": {"total": 1}}, {"data": [value], "meta": value}, {"errors": value}):
        try:
            page = datacite.read(query, status, json.dumps(body).encode())
        except Unreadable:
            continue
        assert page.items or page.skips or page.missing or page.next
