"""Crossref: what is asked, how answers are read, and what becomes of a work message."""

import html
import json
import lzma
import os
import re
import unicodedata
from collections import Counter
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from harvester import identifiers
from harvester.errors import Unreadable
from harvester.identifiers import Identifier
from harvester.model import Affiliation, Event, License, Link, Query, Record, Relation, Skip
from harvester.sources import crossref
from harvester.sources.crossref_value import doi as quick_doi


def doi(value):
    return Identifier("doi", value)


def mapped(**keys):
    """The record of a message with these keys; a hyphen in a key is written `__`."""
    item = {"DOI": "10.5555/x"} | {key.replace("__", "-"): value for key, value in keys.items()}
    result = crossref.record(item)
    assert isinstance(result, Record)
    return result


def parts(*numbers):
    return {"date-parts": [list(numbers)]}


# -- asking ----------------------------------------------------------------------------------------------------


def test_a_lone_doi_is_asked_for_by_itself_with_every_sign_encoded():
    [query] = crossref.lookup([doi("10.1002/(sici)1097-0258(19980815)17:15<1661::aid-sim968>3.0.co;2-2")])
    assert query.url == (
        "https://api.crossref.org/works/10.1002%2F%28sici%291097-0258%2819980815%2917%3A15"
        "%3C1661%3A%3Aaid-sim968%3E3.0.co%3B2-2"
    )
    assert (query.kind, query.source) == ("single", "crossref")


def test_several_dois_are_one_list_and_one_with_a_comma_stands_alone():
    asked = [doi("10.5555/a"), doi("10.5555/b,c"), doi("10.5555/d&e:f")]
    batch, alone = crossref.lookup(asked)
    assert batch.url == "https://api.crossref.org/works?filter=doi:10.5555%2Fa,doi:10.5555%2Fd%26e%3Af&rows=2"
    assert (batch.kind, batch.asked) == ("list", (asked[0], asked[2]))
    assert (alone.kind, alone.asked) == ("single", (asked[1],))


def test_identifiers_that_crossref_does_not_know_are_left_out():
    assert crossref.lookup([Identifier("openalex", "W1"), Identifier("pmid", "2")]) == []


@given(st.lists(st.from_regex(r"10\.[0-9]{4}/[a-z<>(),:;&%#?é ]{1,300}", fullmatch=True), max_size=130))
def test_every_doi_is_asked_for_once_in_urls_that_servers_take(values):
    queries = crossref.lookup([doi(value) for value in values])
    assert sorted(one.value for query in queries for one in query.asked) == sorted(set(values))
    for query in queries:
        assert query.kind == "single" or len(query.url) <= 3_800
        assert query.url.isascii()
        assert 1 <= len(query.asked) <= 50
        if query.kind == "list":
            filters = urlsplit(query.url).query.removeprefix("filter=").rpartition("&rows=")
            assert [unquote(one.removeprefix("doi:")) for one in filters[0].split(",")] == [
                one.value for one in query.asked
            ]
            assert int(filters[2]) == len(query.asked)
        else:
            assert unquote(query.url.removeprefix("https://api.crossref.org/works/")) == query.asked[0].value


def test_a_hundred_and_one_dois_are_two_lists_and_a_single_question():
    assert [len(query.asked) for query in crossref.lookup([doi(f"10.5555/{n}") for n in range(101)])] == [50, 50, 1]


# -- reading ---------------------------------------------------------------------------------------------------

[SINGLE] = crossref.lookup([doi("10.5555/x")])
[LIST] = crossref.lookup([doi("10.5555/x"), doi("10.5555/y"), doi("10.5555/z")])


def answer(message, kind="work", status="ok"):
    return json.dumps({"status": status, "message-type": kind, "message": message}).encode()


def test_a_single_answer_holds_the_record_and_its_raw_item():
    item = {"title": ["Å\ud800"], "DOI": "10.5555/X"}
    page = crossref.read(SINGLE, 200, answer(item))
    assert [one.record.doi for one in page.items] == ["10.5555/x"]
    assert page.items[0].raw == b'{"title":["\\u00c5\\ud800"],"DOI":"10.5555/X"}'
    assert json.loads(page.items[0].raw) == item
    assert (page.missing, page.next, page.total) == ((), (), None)


def test_an_alias_answers_under_its_primary_doi():
    page = crossref.read(SINGLE, 200, answer({"DOI": "10.5555/primary"}))
    assert page.items[0].record.doi == "10.5555/primary"
    assert page.missing == ()


def test_a_404_in_plain_text_says_that_the_doi_is_not_there():
    assert crossref.read(SINGLE, 404, b"Resource not found.").missing == (doi("10.5555/x"),)


def test_what_a_list_leaves_out_is_asked_for_once_more_by_itself():
    body = answer({"total-results": 2, "items": [{"DOI": "10.5555/Y"}, {"title": ["no DOI"]}]}, "work-list")
    page = crossref.read(LIST, 200, body)
    assert [one.record.doi for one in page.items] == ["10.5555/y"]
    assert [one.reason for one in page.skips] == ["no DOI"]
    assert [(one.kind, one.asked) for one in page.next] == [
        ("single", (doi("10.5555/x"),)),
        ("single", (doi("10.5555/z"),)),
    ]
    assert (page.missing, page.total) == ((), 2)


def test_an_item_that_is_no_object_or_has_a_malformed_doi_is_skipped_and_the_rest_survive():
    items = [None, {"DOI": "nonsense"}, {"DOI": ["10.5555/x"]}, {"DOI": "10.5555/x"}]
    page = crossref.read(LIST, 200, answer({"items": items}, "work-list"))
    assert [one.reason for one in page.skips] == ["not a work", "malformed DOI", "malformed DOI"]
    assert len(page.items) == 1


@pytest.mark.parametrize(
    ("query", "status", "body", "why"),
    [
        (SINGLE, 200, b"", "empty"),
        (SINGLE, 200, b" \n", "empty"),
        (SINGLE, 200, answer({"DOI": "10.5555/x"})[:-9], "cut"),
        (SINGLE, 200, b"\xff\xfe{}", "cut or no JSON"),
        (SINGLE, 200, b"[" * 100_000, "nested"),
        (SINGLE, 200, b'{"status":' + b"1" * 5_000 + b"}", "cut or no JSON"),
        (SINGLE, 200, b'{"status":NaN}', "NaN"),
        (SINGLE, 200, b"[]", "no object"),
        (SINGLE, 200, answer({"DOI": "10.5555/x"}, status="failed"), "refused"),
        (SINGLE, 200, answer({"DOI": "10.5555/x"}, kind="work-agency"), "something else"),
        (SINGLE, 200, answer([], kind="work"), "something else"),
        (SINGLE, 200, answer({"items": []}, kind="work-list"), "something else"),
        (LIST, 200, answer({"DOI": "10.5555/x"}), "something else"),
        (LIST, 200, answer({"items": {}}, kind="work-list"), "something else"),
        (SINGLE, 404, b"<html>proxy</html>", "cut or no JSON"),
        (LIST, 404, b"Resource not found.", "cut or no JSON"),
        (LIST, 404, answer([{"type": "cursor-invalid", "message": "Cursor specified"}], status="failed"), "cursor-inv"),
        (SINGLE, 400, b"{}", "status 400"),
        (SINGLE, 500, b"", "status 500"),
    ],
)
def test_what_is_no_answer_of_crossref_is_unreadable_and_says_why(query, status, body, why):
    with pytest.raises(Unreadable, match=re.escape(why)):
        crossref.read(query, status, body)


# -- the mapping -----------------------------------------------------------------------------------------------


def test_a_work_without_a_doi_is_skipped():
    result = crossref.record({"title": ["A title"]})
    assert isinstance(result, Skip)
    assert (result.reason, result.detail) == ("no DOI", "A title")


def test_a_bare_doi_is_a_record_in_which_nothing_is_given():
    record = mapped()
    given = record.model_dump(exclude_defaults=True)
    assert given == {"source": "crossref", "native_id": "10.5555/x", "doi": "10.5555/x"}


def test_the_first_title_that_is_not_empty_wins_and_others_are_kept():
    record = mapped(
        title=["", "RETRACTED: H<sub>2</sub>O", "Wasser"], subtitle=["A study"], original__title=["Wasser", "Eau"]
    )
    assert (record.title, record.title_as_given) == ("RETRACTED: H2O", "RETRACTED: H<sub>2</sub>O")
    assert [one.text for one in record.other_titles] == ["Wasser", "Eau"]
    assert record.subtitle == "A study"
    assert mapped(title=["Plain"]).title_as_given is None


def test_an_abstract_is_plain_text_with_its_labelled_parts():
    record = mapped(abstract="<jats:sec><jats:title>Aims</jats:title><jats:p>To ask.</jats:p></jats:sec>")
    assert record.abstract == "Aims: To ask."
    assert [(one.label, one.text) for one in record.abstract_sections] == [("Aims", "To ask.")]
    assert record.abstract_as_given is not None


def test_contributors_are_persons_by_family_or_given_name_and_organisations_by_name_alone():
    orcid = "http://orcid.org/0000-0002-1825-0097"
    record = mapped(
        author=[
            {"given": "Ada", "family": "Lovelace", "suffix": "Jr", "ORCID": orcid},
            {"family": "Plato", "ORCID": "0000-0002-1825-0098"},
            {"name": "The Peer Group"},
            {"sequence": "additional", "affiliation": [{"name": "Nowhere"}]},
        ],
        editor=[{"family": "Editor", "affiliation": [{"name": "Nowhere"}]}],
    )
    assert [(one.name, one.is_organisation) for one in record.authors] == [
        ("Ada Lovelace Jr", False),
        ("Plato", False),
        ("The Peer Group", True),
    ]
    assert [one.orcid for one in record.authors] == ["0000-0002-1825-0097", None, None]
    assert record.affiliations == (Affiliation(text="Nowhere"),)
    assert record.editors[0].affiliations == (0,)


def test_no_author_list_is_not_the_same_as_an_empty_one():
    assert mapped().authors is None
    assert mapped(author=[]).authors == ()
    assert mapped(author=[{"sequence": "first"}]).authors is None


def test_et_al_is_no_author_but_a_sign_that_the_list_is_cut():
    record = mapped(author=[{"family": "Smith"}, {"name": "et al."}])
    assert [one.name for one in record.authors] == ["Smith"]
    assert not record.authors_complete


def test_affiliations_are_kept_once_and_pointed_at():
    place = {"name": "Monash", "department": ["Social Work"], "place": ["Melbourne"]}
    by_id = {"id": [{"id": "https://ror.org/02bfwt286", "id-type": "ROR"}]}
    record = mapped(
        author=[{"family": "A", "affiliation": [place, by_id, place]}, {"family": "B", "affiliation": [by_id, {}]}]
    )
    assert record.affiliations == (
        Affiliation(text="Social Work, Monash, Melbourne", institution="Monash", department="Social Work"),
        Affiliation(ror="02bfwt286"),
    )
    assert [one.affiliations for one in record.authors] == [(0, 1), (1,)]


def test_the_year_is_that_of_the_first_appearance():
    record = mapped(
        published__print=parts(2021, 2),
        published__online=parts(2020, 12, 30),
        issued=parts(2020),
        accepted=parts(2019, 5, 1),
        created=parts(2018, 1, 2),
    )
    assert (record.year, record.date) == (2020, "2020-12-30")
    assert record.events == (
        Event(kind="print", date="2021-02"),
        Event(kind="online", date="2020-12-30"),
        Event(kind="issued", date="2020"),
        Event(kind="accepted", date="2019-05-01"),
        Event(kind="registered", date="2018-01-02"),
    )


@pytest.mark.parametrize(
    ("numbers", "day"),
    [
        ([2020, 13], "2020"),
        ([2020, 2, 30], "2020-02"),
        ([2020, 2, 29], "2020-02-29"),
        (["2020", "3"], "2020-03"),
        ([2020, None, 4], "2020"),
        ([None], None),
        ([], None),
        ([0], None),
        ([20221], None),
        ([True], None),
        ([999], None),
        ([2101], None),
    ],
)
def test_dates_are_cut_down_to_what_can_be_true(numbers, day):
    assert mapped(issued=parts(*numbers)).date == day


def test_a_chapter_with_two_containers_is_in_a_book_of_a_series():
    venue = mapped(
        type="book-chapter", container__title=["A Series", "A Book"], ISBN=["0-306-40615-2", "12"], ISSN=["1447-0349"]
    ).venue
    assert (venue.series, venue.name, venue.type) == ("A Series", "A Book", "book")
    assert (venue.isbns, venue.issns) == (("9780306406157",), ("1447-0349",))


def test_an_isbn_identifies_a_book_and_not_its_chapter():
    assert mapped(type="monograph", ISBN=["9780306406157"]).other_identifiers == (Identifier("isbn", "9780306406157"),)
    assert mapped(type="book-chapter", ISBN=["9780306406157"]).other_identifiers == ()


def test_a_preprint_is_in_its_repository():
    record = mapped(type="posted-content", subtype="preprint", institution=[{"name": "bioRxiv"}])
    assert (record.type, record.type_as_given, record.venue.name) == ("preprint", "posted-content", "bioRxiv")


@pytest.mark.parametrize(
    ("given_type", "subtype", "kind"),
    [
        ("journal-article", None, "article"),
        ("proceedings-article", None, "conference-paper"),
        ("posted-content", "letter", "letter"),
        ("component", None, "supplementary-materials"),
        ("a-type-of-2031", None, None),
        (None, None, None),
    ],
)
def test_types_are_in_one_vocabulary_and_kept_as_given(given_type, subtype, kind):
    record = mapped(type=given_type, subtype=subtype)
    assert (record.type, record.type_as_given) == (kind, given_type)


@pytest.mark.parametrize(
    ("page", "first", "last"),
    [
        ("186-205", "186", "205"),
        ("S1–S10", "S1", "S10"),
        ("123-30", "123", "30"),
        ("e123", "e123", None),
        ("3-1-3-12", "3-1", "3-12"),
        ("12-3-4", "12-3-4", None),
        ("n/a-n/a", None, None),
        ("-", None, None),
    ],
)
def test_pages_are_split_and_never_completed(page, first, last):
    record = mapped(page=page)
    assert (record.first_page, record.last_page) == (first, last)


def test_licences_and_links_say_what_they_are_for():
    record = mapped(
        license=[
            {
                "URL": "https://creativecommons.org/licenses/by-nc/4.0/",
                "content-version": "vor",
                "start": parts(2020, 1, 1),
            },
            {"URL": "javascript:alert(1)"},
        ],
        link=[
            {
                "URL": "https://example.org/a.pdf",
                "content-type": "application/pdf",
                "intended-application": "unspecified",
            },
            {"URL": "https://example.org/a.xml", "content-type": "unspecified", "intended-application": "text-mining"},
        ],
        resource={"primary": {"URL": "https://example.org/a"}},
    )
    assert record.licenses == (
        License(
            name="cc-by-nc",
            url="https://creativecommons.org/licenses/by-nc/4.0/",
            applies_to="vor",
            start="2020-01-01",
        ),
    )
    assert record.links == (
        Link(url="https://example.org/a", kind="landing"),
        Link(url="https://example.org/a.pdf", kind="pdf", content_type="application/pdf"),
        Link(url="https://example.org/a.xml", kind="text-mining"),
    )


def test_open_access_is_said_only_when_free_to_read_has_no_end():
    assert mapped(free__to__read={"start-date": parts(2020)}).open_access.is_open is True
    assert mapped(free__to__read={"end-date": parts(2021)}).open_access is None
    assert mapped(license=[{"URL": "https://creativecommons.org/licenses/by/4.0"}]).open_access is None


def test_funders_have_a_doi_a_ror_and_awards_from_both_places():
    [funder] = mapped(
        funder=[
            {
                "name": "NIHR",
                "DOI": "10.13039/501100000272",
                "award": ["A1"],
                "award-info": [{"award-number": ["A1", "A2"]}],
                "id": [{"id": "https://ror.org/0187kwz08", "id-type": "ROR"}],
            },
            {},
        ]
    ).funders
    assert (funder.doi, funder.ror, funder.awards) == ("10.13039/501100000272", "0187kwz08", ("A1", "A2"))


def notice(kind, source="publisher", **more):
    return {"DOI": "10.5555/N", "type": kind, "label": "Notice", "source": source, "updated": parts(2010, 2, 6), **more}


def test_a_retraction_that_two_parties_report_is_two_statements():
    record = mapped(
        updated__by=[notice("retraction"), notice("retraction", "retraction-watch", **{"record-id": "4036"})],
        update__to=[notice("Expression-of-Concern")],
    )
    assert [(one.direction, one.type, one.asserted_by, one.record_id) for one in record.updates] == [
        ("updated_by", "retraction", "publisher", None),
        ("updated_by", "retraction", "retraction-watch", "4036"),
        ("updates", "expression_of_concern", "publisher", None),
    ]
    assert (record.updates[0].doi, record.updates[0].date) == ("10.5555/n", "2010-02-06")
    assert record.is_retracted is True


@pytest.mark.parametrize("kind", ["partial_retraction", "correction", "new_version"])
def test_other_notices_retract_nothing_and_silence_is_not_a_no(kind):
    assert mapped(updated__by=[notice(kind)]).is_retracted is None
    assert mapped(update__to=[notice("retraction")]).is_retracted is None


def test_relations_are_canonical_and_malformed_ones_are_dropped():
    record = mapped(
        relation={
            "has-preprint": [{"id-type": "doi", "id": "10.1101/ABC"}, {"id-type": "doi", "id": "nonsense"}],
            "is-part-of": [{"id-type": "issn", "id": "2749-9952"}, {"id-type": "URI", "id": "https://example.org"}],
            "broken": "text",
        }
    )
    assert record.relations == (
        Relation(kind="has_preprint", target=doi("10.1101/abc")),
        Relation(kind="is_part_of", target=Identifier("issn", "2749-9952")),
        Relation(kind="is_part_of", target=Identifier("uri", "https://example.org")),
    )


def test_counts_are_crossrefs_own_as_of_its_own_date():
    record = mapped(
        is__referenced__by__count=7,
        reference__count=3,
        indexed=parts(2026, 6, 16) | {"date-time": "2026-06-16T01:02:03Z"},
    )
    assert [(one.kind, one.value, one.source, one.as_of) for one in record.counts] == [
        ("cited_by", 7, "crossref", "2026-06-16"),
        ("references", 3, "crossref", "2026-06-16"),
    ]
    assert record.updated == "2026-06-16T01:02:03Z"


def test_references_keep_their_place_and_say_what_could_be_read():
    first, second, third, fourth, fifth, sixth = mapped(
        reference=[
            {
                "key": "r1",
                "DOI": "10.1037/H0095655",
                "doi-asserted-by": "crossref",
                "article-title": "<i>Peers</i>",
                "journal-title": "A Journal",
                "author": "Anthony",
                "year": "1993a",
                "volume": "16",
                "issue": "4",
                "first-page": "11",
                "ISSN": "https://id.crossref.org/issn/1447-0349",
            },
            {"key": "r2", "unstructured": "Anthony 1993.\u0000 https://doi.org/10.1037/H0095655.", "year": "0"},
            {"key": "r3", "DOI": "see text", "year": "202"},
            "Bryman A. Social research methods. Report W3110.",
            None,
            {"article-title": "A chapter", "volume-title": "A Book", "ISBN": "0306406152", "edition": "2"},
        ]
    ).references
    assert [first.position, second.position, sixth.position] == [1, 2, 6]
    assert (first.targets, first.asserted_by) == ((doi("10.1037/h0095655"),), "crossref")
    assert (first.title, first.venue, first.year, first.issn) == ("Peers", "A Journal", 1993, "1447-0349")
    assert (first.volume, first.issue, first.first_page, first.author) == ("16", "4", "11", "Anthony")
    assert second.targets == (doi("10.1037/h0095655"),)
    assert (second.text, second.year) == ("Anthony 1993. https://doi.org/10.1037/H0095655.", None)
    assert (third.malformed_doi, third.targets, third.year) == ("see text", (), None)
    assert (fourth.text, fourth.targets) == ("Bryman A. Social research methods. Report W3110.", ())
    assert fifth.model_dump(exclude_defaults=True) == {"source": "crossref", "position": 5}
    assert (sixth.title, sixth.venue, sixth.isbn) == ("A chapter", "A Book", "9780306406157")


@given(st.from_regex(r"10\.[0-9]{4,9}/[A-Za-z0-9]+([._-][A-Za-z0-9]+){0,5}", fullmatch=True))
def test_the_short_way_for_plain_dois_leads_to_the_canonical_form(text):
    assert quick_doi(text) == identifiers.doi(text)


# -- anything at any key ---------------------------------------------------------------------------------------

KEYS = [
    "title",
    "subtitle",
    "original-title",
    "short-title",
    "abstract",
    "author",
    "editor",
    "published",
    "published-print",
    "published-online",
    "published-other",
    "posted",
    "accepted",
    "approved",
    "issued",
    "content-created",
    "content-updated",
    "created",
    "indexed",
    "container-title",
    "short-container-title",
    "institution",
    "ISSN",
    "ISBN",
    "volume",
    "issue",
    "journal-issue",
    "page",
    "article-number",
    "publisher",
    "publisher-location",
    "type",
    "subtype",
    "language",
    "license",
    "link",
    "resource",
    "funder",
    "update-to",
    "updated-by",
    "relation",
    "is-referenced-by-count",
    "reference-count",
    "references-count",
    "free-to-read",
    "reference",
    "DOI",
]
INNER = [
    "name",
    "given",
    "family",
    "suffix",
    "ORCID",
    "affiliation",
    "id",
    "id-type",
    "place",
    "department",
    "date-parts",
    "date-time",
    "URL",
    "start",
    "content-type",
    "content-version",
    "intended-application",
    "primary",
    "DOI",
    "award",
    "award-info",
    "award-number",
    "type",
    "label",
    "source",
    "updated",
    "record-id",
    "key",
    "unstructured",
    "doi-asserted-by",
    "article-title",
    "volume-title",
    "year",
    "ISBN",
    "ISSN",
    "issue",
    "end-date",
    "is-part-of",
]
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]))
    | st.sampled_from(["10.5555/a", "<i>x</i>", "\ud800", "retraction", "doi", "n/a", "https://example.org/\ud800"])
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.sampled_from(INNER) | st.text(max_size=3), inner),
    max_leaves=12,
)


@given(st.dictionaries(st.sampled_from(KEYS), JSON, max_size=8))
@settings(max_examples=400, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_json_at_any_key_gives_a_record_or_a_skip(item):
    """Nothing raises, and what comes out can be stored."""
    for candidate in (item, {**item, "DOI": "10.5555/x"}):
        result = crossref.record(candidate)
        assert isinstance(result, Record | Skip)
        result.model_dump_json().encode()
    assert isinstance(result, Record)
    assert result.native_id == "10.5555/x"


# -- real messages ---------------------------------------------------------------------------------------------

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
CROSSREF = SHARED / "data" / "crossref"


def lines(name):
    path = CROSSREF / name
    if not path.exists():
        pytest.skip(f"The recorded answers of Crossref ({name}) are not beside the repository.")
    with lzma.open(path, "rt", encoding="utf-8") as stream:
        return [json.loads(line) for line in stream]


def exchanges():
    """Recorded exchanges of the routes that are read here, each with the question it answers."""
    for name in ("http_exchanges_habanero.jsonl.xz", "singletons_2026.jsonl.xz", "same_doi_from_both_apis.jsonl.xz"):
        for one in lines(name):
            address = urlsplit(one["uri"])
            if address.netloc != "api.crossref.org" or one["method"] != "GET":
                continue
            path = address.path.removeprefix("/v1")
            single = re.fullmatch(r"/works/(10\.[^/]+(?:/|%2F).+?)", path, re.IGNORECASE)
            if single and not re.search(r"/(transform|agency|quality)", path):
                asked = (doi(unquote(single[1]).lower()),)
                yield Query(source="crossref", url=one["uri"], kind="single", asked=asked), one
            elif re.fullmatch(r"(/[a-z]+/.+)?/works/?", path):
                yield Query(source="crossref", url=one["uri"], kind="list"), one


def texts(value):
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for inner in value.values():
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)


def check(record, item):
    """What holds for the record of any message."""
    assert record.doi == record.native_id == item["DOI"].lower()
    assert len(record.references) == len(item.get("reference", []))
    assert [one.position for one in record.references] == list(range(1, len(record.references) + 1))
    for before, after in zip(item.get("reference", []), record.references, strict=True):
        if "DOI" in before:
            # Typeset hyphens, the full stop of the reference and entities are met in DOI fields.
            plain = re.sub("[\u2010-\u2015]", "-", html.unescape(before["DOI"]).lower()).rstrip(".")
            assert after.targets == (doi(plain),)
    dump = record.model_dump(exclude={"title_as_given", "abstract_as_given"})
    for text in texts(dump):
        assert not re.search(r"</?(jats|mml):|</?(i|b|p|sub|sup|scp|sec|title)>", text), text
        assert all(unicodedata.category(sign) not in ("Cc", "Cs") or sign == "\n" for sign in text), text
    for event in record.events:
        assert re.fullmatch(r"\d{4}(-\d\d(-\d\d)?)?", event.date)
    assert record.date is None or record.date in [event.date for event in record.events]
    assert record.year == (int(record.date[:4]) if record.date else None)
    for person in (*(record.authors or ()), *record.editors):
        assert person.name
        assert all(place < len(record.affiliations) for place in person.affiliations)
    assert bool(item.get("title")) == (record.title is not None)
    assert ("type" in item) == (record.type is not None)
    assert bool(item.get("abstract")) == (record.abstract is not None)
    assert Record.model_validate_json(record.model_dump_json()) == record


def test_a_thousand_messages_of_the_public_data_file_map_without_a_skip():
    items = lines("gap_D1000000.jsonl.xz")
    records = [crossref.record(item) for item in items]
    for record, item in zip(records, items, strict=True):
        assert isinstance(record, Record), record
        check(record, item)
    assert sum(len(record.references) for record in records) == 35_008
    assert sum(record.authors is not None for record in records) == 900
    assert sum(record.title is not None for record in records) == 986


def test_every_recorded_answer_is_read_or_refused_with_a_reason():
    """The figures are those of the recordings: unknown DOIs, validation failures and dead cursors included."""
    seen = Counter()
    for query, exchange in exchanges():
        body = exchange["body"].encode()
        if exchange["status"] != 200 and (exchange["status"], query.kind) != (404, "single"):
            with pytest.raises(Unreadable, match=r"Crossref (answered|refused) http"):
                crossref.read(query, exchange["status"], body)
            seen[f"refused {exchange['status']}"] += 1
            continue
        page = crossref.read(query, exchange["status"], body)
        seen[query.kind if not page.missing else "missing"] += 1
        seen.update(skip.reason for skip in page.skips)
        seen["items"] += len(page.items)
        for one in page.items:
            check(one.record, json.loads(one.raw))
        if query.kind == "list":
            message = json.loads(body)["message"]
            assert page.total == message["total-results"]
            assert len(page.items) + len(page.skips) == len(message["items"])
    assert seen == {
        "items": 684,
        "list": 47,
        "single": 28,
        "missing": 2,
        "refused 400": 1,
        "refused 404": 11,
    }


def test_the_retraction_of_1998_is_known_from_its_notice():
    """10.1016/s0140-6736(97)11096-0 as crossref.org shows it: a correction and a retraction, by Retraction Watch."""
    record = mapped(
        updated__by=[
            {"DOI": "10.1016/s0140-6736(04)15715-2", "type": "correction", "source": "retraction-watch"},
            {"DOI": "10.1016/s0140-6736(10)60175-4", "type": "retraction", "source": "retraction-watch"},
        ]
    )
    assert record.is_retracted
    assert [one.doi for one in record.updates] == ["10.1016/s0140-6736(04)15715-2", "10.1016/s0140-6736(10)60175-4"]
