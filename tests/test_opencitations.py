"""OpenCitations: what is asked, how answers are read, and what becomes of a citation."""

import asyncio
import json
import re
from collections import Counter
from pathlib import Path
from typing import Any
from urllib.parse import unquote, urlsplit

import pytest
from hypothesis import HealthCheck, assume, example, given, settings
from hypothesis import strategies as st

import harvester.transport.pace as pace_module
from harvester import identifiers
from harvester.errors import NotAnIdentifier, Unreadable
from harvester.identifiers import Identifier
from harvester.model import Item, Page, Query, Record, Reference, Skip
from harvester.policy import POLICIES
from harvester.replica import Corpus, OpenCitationsSite, Replica, Request, sites
from harvester.replica.faults import parse as faults
from harvester.sources import opencitations
from harvester.transport import Client, Credentials, Patience

SEED = Identifier("doi", "10.1108/jd-12-2013-0166")

# The example of api.opencitations.net/index/v2, /citations/{id}, and others in the shapes that are met.
ROW = {
    "oci": "06101801781-06180334099",
    "citing": "omid:br/06101801781 doi:10.7717/peerj-cs.421 pmid:33817056",
    "cited": "omid:br/06180334099 doi:10.1108/jd-12-2013-0166",
    "creation": "2021-03-10",
    "timespan": "P6Y0M1D",
    "journal_sc": "no",
    "author_sc": "no",
}
VERSIONS = "omid:br/06101802023 doi:10.7717/peerj-cs.163 pmid:33816816 doi:10.7287/peerj.preprints.26727v1"


def doi(value: str) -> Identifier:
    return Identifier("doi", value)


def row(**changes: Any) -> dict[str, Any]:
    return {**ROW, **changes}


def mapped(**changes: Any) -> Record:
    result = opencitations.record(row(**changes))
    assert isinstance(result, Record), result
    return result


def skipped(**changes: Any) -> Skip:
    result = opencitations.record(row(**changes))
    assert isinstance(result, Skip), result
    return result


def body(*rows: Any) -> bytes:
    return json.dumps(list(rows), indent=4).encode()


# -- asking ----------------------------------------------------------------------------------------------------


def test_citing_works_are_a_list_and_its_count_and_references_a_list() -> None:
    """One work, three questions; the scheme stands in the path, since a bare DOI finds no route."""
    base = "https://api.opencitations.net/index/v2"
    asked = [(query.url, query.kind, query.asked, query.source) for query in opencitations.citing(SEED)]
    assert asked == [
        (f"{base}/citations/doi:10.1108/jd-12-2013-0166", "citing", (SEED,), "opencitations"),
        (f"{base}/citation-count/doi:10.1108/jd-12-2013-0166", "count", (SEED,), "opencitations"),
    ]
    pmid = Identifier("pmid", "33817056")
    assert [(query.url, query.kind) for query in opencitations.cited(pmid)] == [
        (f"{base}/references/pmid:33817056", "cited"),
    ]


def test_looking_up_asks_once_for_the_references_of_each_work() -> None:
    wanted = [SEED, Identifier("openalex", "W1"), Identifier("pmid", "2"), SEED]
    assert [query.url.rpartition("/v2/")[2] for query in opencitations.lookup(wanted)] == [
        "references/doi:10.1108/jd-12-2013-0166",
        "references/pmid:2",
    ]
    assert opencitations.split(opencitations.lookup(wanted)[0]) == []


@pytest.mark.parametrize(
    ("value", "path"),
    [
        ("10.1002/(sici)17:15/16<1661::aid>3.0.co;2-2", "10.1002/%28sici%2917:15/16%3C1661::aid%3E3.0.co%3B2-2"),
        ("10.5555/a//b", "10.5555%2Fa%2F%2Fb"),
        ("10.5555/a/../b", "10.5555%2Fa%2F..%2Fb"),
        ("10.5555/a/./b", "10.5555%2Fa%2F.%2Fb"),
        ("10.5555/a/", "10.5555%2Fa%2F"),
        ("10.5555/100%25", "10.5555/100%2525"),
        ("10.5555/größe", "10.5555/gr%C3%B6%C3%9Fe"),
        ("10.5555/a b", "10.5555/a%20b"),
    ],
)
def test_a_doi_stays_whole_in_its_path(value: str, path: str) -> None:
    """What a path would lose or resolve away is encoded."""
    for query in (*opencitations.citing(doi(value)), *opencitations.cited(doi(value))):
        assert query.url.partition("/doi:")[2] == path
        assert query.url.isascii()


@pytest.mark.parametrize(
    "identifier",
    [
        Identifier("openalex", "W1"),
        Identifier("pmcid", "PMC1"),
        doi("10.1002/(sici)1097-4679(199901)55:1<1::aid-jclp1>3.0.co;2-#"),
        doi("10.5555/what?"),
        doi("10.5555/l'enfant"),
        doi("10.5555/a\\b"),
        doi("10.5555/methyl-bromide"),
        doi("10.5555/doi:10.5555/a"),
        doi("10.5555/" + "a" * 3_800),
        doi("10.5555/" + "é" * 640),
    ],
)
def test_what_the_server_would_take_for_something_else_is_not_asked(identifier: Identifier) -> None:
    """Other schemes, what cuts the path or breaks its query, what it mistakes for an OMID, what no URL can hold."""
    assert opencitations.citing(identifier) == opencitations.cited(identifier) == []
    assert opencitations.lookup([identifier, SEED]) == opencitations.lookup([SEED])


def asked_of(site: OpenCitationsSite, query: Query) -> Page:
    """What the source reads out of the replica's answer to its question."""
    public = POLICIES["opencitations"].host
    answered = site.answer(Request("GET", query.url.removeprefix(public), "", {}, "127.0.0.1", 0.0))
    return opencitations.read(query, answered.status, answered.body)


SIGNS = st.sampled_from([*"<>;()%&+=,@[]^{}~!*:$ä字", "/", "//", "/../", "/./", "%2f", "%24", "a", "b.", "7", "-"])


@given(st.lists(SIGNS, min_size=1, max_size=12).map("".join))
@settings(deadline=None)
def test_every_doi_that_can_be_asked_is_found_under_its_url(end: str) -> None:
    """The row that names it comes back from both sides, whatever signs it has."""
    try:
        value = identifiers.doi(f"10.5555/x{end}")
    except NotAnIdentifier:
        assume(False)
    about = row(oci="061-062", citing=f"omid:br/061 doi:{value}", cited="doi:10.5555/other")
    onto = row(oci="063-061", citing="omid:br/063 doi:10.5555/third", cited=f"doi:{value}")
    site = OpenCitationsSite(Corpus(opencitations=(about, onto)), unlimited=True)
    (references,) = opencitations.cited(doi(value))
    citing, counted = opencitations.citing(doi(value))
    assert asked_of(site, counted).total == 1
    for listed, oci in ((references, "061-062"), (citing, "063-061")):
        assert unquote(urlsplit(listed.url).path).endswith(f"doi:{value}")
        page = asked_of(site, listed)
        assert ([item.record.native_id for item in page.items], page.skips, page.total) == ([oci], (), 1)


# -- reading ---------------------------------------------------------------------------------------------------

LIST, COUNT = opencitations.citing(SEED)
(REFERENCES,) = opencitations.cited(doi("10.7717/peerj-cs.421"))


def test_a_row_is_an_item_with_its_json_as_it_came() -> None:
    page = opencitations.read(LIST, 200, body(ROW))
    (item,) = page.items
    assert json.loads(item.raw) == ROW
    assert item.record == mapped()
    assert (page.total, page.skips, page.missing, page.next) == (1, (), (), ())


def test_the_rows_of_both_questions_are_the_same_records() -> None:
    assert opencitations.read(LIST, 200, body(ROW)).items == opencitations.read(REFERENCES, 200, body(ROW)).items


@pytest.mark.parametrize("empty", [b"[]", b" [ ]\n"])
def test_an_empty_list_is_neither_missing_nor_found(empty: bytes) -> None:
    """The index answers so for a work that nobody cites and for one that it does not know."""
    assert opencitations.read(LIST, 200, empty) == Page(total=0)


@pytest.mark.parametrize(("count", "total"), [("34", 34), ("0", 0), (34, 34)])
def test_a_count_is_a_total_without_items(count: object, total: int) -> None:
    assert opencitations.read(COUNT, 200, body({"count": count})) == Page(total=total)


def test_a_row_that_comes_twice_counts_once_and_is_accounted_for() -> None:
    page = opencitations.read(LIST, 200, body(ROW, row(creation="1999"), row(oci="062-06180334099")))
    assert [item.record.native_id for item in page.items] == ["06101801781-06180334099", "062-06180334099"]
    assert page.items[0].record.date == "2021-03-10"
    assert [(skip.reason, skip.detail) for skip in page.skips] == [("repeated row", "06101801781-06180334099")]
    assert page.total == 3


def test_rows_about_another_work_are_skipped() -> None:
    """The server looks for the bare letters of an identifier: a PMID may be found as something else."""
    pmid = Identifier("pmid", "33817056")
    rows = body(ROW, row(oci="061-062", citing="omid:br/061 wikidata:Q33817056"))
    page = opencitations.read(opencitations.cited(pmid)[0], 200, rows)
    assert [item.record.pmid for item in page.items] == ["33817056"]
    assert [(skip.reason, skip.detail) for skip in page.skips] == [
        ("another work", "061-062 is not about pmid:33817056")
    ]
    cited = opencitations.read(opencitations.citing(pmid)[0], 200, rows)
    assert [skip.reason for skip in cited.skips] == ["another work", "another work"], "it is on the other side"


def test_a_second_doi_of_a_work_is_a_name_of_it() -> None:
    preprint = doi("10.7287/peerj.preprints.26727v1")
    assert opencitations.read(opencitations.citing(preprint)[0], 200, body(row(cited=VERSIONS))).items
    assert opencitations.read(opencitations.cited(preprint)[0], 200, body(row(citing=VERSIONS))).items


def test_a_list_that_reached_the_limit_says_that_it_is_cut(monkeypatch: pytest.MonkeyPatch) -> None:
    """The server's query stops at 200,000 rows, and so would its count."""
    assert opencitations.MOST_ROWS == 200_000
    monkeypatch.setattr(opencitations, "MOST_ROWS", 2)
    rows = [row(oci=f"06{number}-06180334099") for number in range(3)]
    assert opencitations.read(LIST, 200, body(rows[0])).skips == ()
    page = opencitations.read(LIST, 200, body(*rows[:2]))
    assert [skip.reason for skip in page.skips] == ["list cut"]
    assert LIST.url in page.skips[0].detail
    assert (len(page.items), page.total) == (2, 2)


@pytest.mark.parametrize(
    ("query", "status", "said", "why"),
    [
        (LIST, 200, b"", "empty"),
        (LIST, 200, b" \n", "empty"),
        (LIST, 200, body(ROW)[:-1], "cut or no JSON"),
        (LIST, 200, b"[", "cut or no JSON"),
        (LIST, 200, b"<!DOCTYPE html><html></html>", "cut or no JSON"),
        (LIST, 200, b"oci,citing,cited\r\n1-2,doi:10.5555/a,doi:10.5555/b\r\n", "cut or no JSON"),
        (LIST, 200, b"\xff\xfe[]", "cut or no JSON"),
        (LIST, 200, b"[NaN]", "NaN"),
        (LIST, 200, b"[" * 100_000, "nested"),
        (LIST, 200, b"[" + b"1" * 5_000 + b"]", "cut or no JSON"),
        (LIST, 200, b"{}", "no list"),
        (LIST, 200, b'"no"', "no list"),
        (LIST, 200, body({"count": "34"}), "something else"),
        (LIST, 200, body({"error": "timeout"}), "something else"),
        (LIST, 200, body(None, 1), "something else"),
        (COUNT, 200, b"[]", "something else"),
        (COUNT, 200, body(ROW), "something else"),
        (COUNT, 200, body({"count": "34"}, {"count": "35"}), "something else"),
        (COUNT, 200, body("34"), "something else"),
        (COUNT, 200, b'{"count": "34"}', "no list"),
        (COUNT, 200, b'[{"count": "34"}', "cut or no JSON"),
        *((COUNT, 200, body({"count": wrong}), "something else") for wrong in ("-1", "", "x", "٣", 3.5, True, -1)),
        (LIST, 404, b"No API operation found at URL '/v2/citations/10.5555/a'", "status 404"),
        (LIST, 404, b"[]", "status 404"),
        (COUNT, 400, b"HTTP status code 400: parameter in the request not compliant", "status 400"),
        (LIST, 500, b"[]", "status 500"),
        (LIST, 204, b"", "status 204"),
    ],
)
def test_what_is_no_answer_of_opencitations_is_unreadable_and_says_why(
    query: Query, status: int, said: bytes, why: str
) -> None:
    with pytest.raises(Unreadable, match=re.escape(why)) as raised:
        opencitations.read(query, status, said)
    assert query.url in str(raised.value)
    assert len(str(raised.value)) < 700


# -- the mapping -----------------------------------------------------------------------------------------------


def test_a_citation_is_a_record_of_the_citing_work_with_one_reference() -> None:
    assert mapped().model_dump(exclude_defaults=True) == {
        "source": "opencitations",
        "native_id": "06101801781-06180334099",
        "doi": "10.7717/peerj-cs.421",
        "pmid": "33817056",
        "other_identifiers": (Identifier("omid", "br/06101801781"),),
        "year": 2021,
        "date": "2021-03-10",
        "references": (
            {
                "source": "opencitations",
                "position": 1,
                "key": "06101801781-06180334099",
                "targets": (SEED, Identifier("omid", "br/06180334099")),
            },
        ),
    }


def test_the_first_doi_of_several_is_the_works_and_the_others_are_kept() -> None:
    citing = mapped(citing=VERSIONS)
    assert (citing.doi, citing.pmid) == ("10.7717/peerj-cs.163", "33816816")
    other = doi("10.7287/peerj.preprints.26727v1")
    assert citing.other_identifiers == (other, Identifier("omid", "br/06101802023"))
    assert mapped(cited=VERSIONS).references[0].targets == (
        doi("10.7717/peerj-cs.163"),
        other,
        Identifier("pmid", "33816816"),
        Identifier("omid", "br/06101802023"),
    )


def test_every_scheme_that_names_a_work_is_read_and_the_rest_left_out() -> None:
    written = (
        "omid:br/061 url:https://example.org/a:b isbn:9780306406157 wikidata:Q42 pmcid:PMC0123 pmid:007 issn:1234-5678"
        " openalex:W3159497091 doi:10.5555/A doi:nonsense crossref:98 : doi: bare 10.5555/b pmid:seven omid:ra/061"
    )
    found = mapped(citing=written)
    assert (found.doi, found.openalex, found.pmid, found.pmcid) == ("10.5555/a", "W3159497091", "7", "PMC123")
    assert found.other_identifiers == (
        Identifier("isbn", "9780306406157"),
        Identifier("wikidata", "Q42"),
        Identifier("omid", "br/061"),
    )


def test_a_work_without_a_doi_keeps_what_it_has() -> None:
    assert mapped(citing="omid:br/061 pmid:33817056").pmid == "33817056"
    only = mapped(citing="omid:br/061", cited="omid:br/062")
    assert (only.doi, only.other_identifiers) == (None, (Identifier("omid", "br/061"),))
    assert only.references[0].targets == (Identifier("omid", "br/062"),)


def test_a_work_on_arxiv_alone_has_the_doi_that_arxiv_registers() -> None:
    found = mapped(citing="omid:br/061 arxiv:2601.17238v2", cited="arxiv:math.GT/0309136 doi:10.5555/a")
    assert found.doi == "10.48550/arxiv.2601.17238"
    assert found.other_identifiers == (Identifier("arxiv", "2601.17238"), Identifier("omid", "br/061"))
    assert doi("10.5555/a") == found.references[0].targets[0]
    assert len([one for one in found.references[0].targets if one.scheme == "doi"]) == 1


@pytest.mark.parametrize(
    ("creation", "date"),
    [
        ("2021-03-10", "2021-03-10"),
        ("2021-03", "2021-03"),
        ("2021", "2021"),
        ("2021-02-29", "2021-02"),
        ("2021-13-01", "2021"),
        ("2021-00-00", "2021"),
        ("", None),
        ("0000", None),
        ("9999-01-01", None),
        ("21-03-10", None),
        ("2021-3-10", None),
        ("2021-03-10T00:00:00", None),
        ("٢٠٢١", None),
        (2021, None),
        (None, None),
        (["2021"], None),
    ],
)
def test_a_date_is_taken_as_far_as_it_can_be_true(creation: object, date: str | None) -> None:
    found = mapped(creation=creation)
    assert (found.date, found.year) == (date, int(date[:4]) if date else None)


@pytest.mark.parametrize(
    ("changes", "reason"),
    [
        ({"oci": None}, "no OCI"),
        ({"oci": 6101801781}, "no OCI"),
        ({"oci": "06101801781"}, "no OCI"),
        ({"oci": "1-2<script>"}, "no OCI"),
        ({"oci": "1" * 10_000 + "-2"}, "no OCI"),
        ({"citing": ""}, "unnamed work"),
        ({"citing": None}, "unnamed work"),
        ({"citing": 33817056}, "unnamed work"),
        ({"citing": ["doi:10.5555/a"]}, "unnamed work"),
        ({"citing": {"doi": "10.5555/a"}}, "unnamed work"),
        ({"citing": "doi:" + "10.5555/" + "a" * 10_000}, "unnamed work"),
        ({"citing": "<b>doi:10.5555/a</b>"}, "unnamed work"),
        ({"cited": "10.1108/jd-12-2013-0166"}, "unnamed work"),
        ({"cited": "doi:\ud800"}, "unnamed work"),
        ({"cited": ROW["citing"]}, "cites itself"),
        ({"cited": "omid:br/062 doi:10.7717/PeerJ-CS.421"}, "cites itself"),
    ],
)
def test_a_row_that_is_no_citation_is_skipped_by_reason(changes: dict[str, Any], reason: str) -> None:
    skip = skipped(**changes)
    assert (skip.source, skip.reason) == ("opencitations", reason)
    assert len(skip.detail) <= 160
    assert skip.model_dump_json()


def test_a_hostile_row_spoils_no_other() -> None:
    page = opencitations.read(LIST, 200, body(None, [], {}, row(cited=7), "x", ROW, row(oci="061-062", citing="x y")))
    assert [item.record.native_id for item in page.items] == [ROW["oci"]]
    assert Counter(skip.reason for skip in page.skips) == {"not-an-object": 3, "no OCI": 1, "unnamed work": 2}
    assert page.total == 7


def test_a_number_that_is_no_json_is_not_kept() -> None:
    page = opencitations.read(LIST, 200, json.dumps([{**ROW, "x": 0}]).replace("0}]", "1e999}]").encode())
    assert (page.items, [skip.reason for skip in page.skips]) == ((), ["not-storable"])


# -- any JSON at any key ---------------------------------------------------------------------------------------

TOKENS = st.sampled_from(
    [
        "doi:10.5555/a",
        "doi:10.5555/B",
        "doi:10.1108/jd-12-2013-0166",
        "doi:10.7717/peerj-cs.421",
        "pmid:1",
        "omid:br/06",
        "openalex:W1",
        "arxiv:2601.17238",
        "isbn:0306406152",
        "doi:x",
        "pmid:x",
        "doi:10.5555/\ud800",
        "<i>doi:10.5555/a",
    ]
)
SIDES = st.lists(TOKENS, min_size=1, max_size=4).map(" ".join)
LEAVES = (
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(st.characters(exclude_categories=[]), max_size=12)
    | st.sampled_from(["1-2", "061-062", "2021-02-30", "34", "-P1Y", "\ud800", "<i>x</i>"])
    | SIDES
)
JSON = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.sampled_from(["count", *ROW]), inner),
    max_leaves=8,
)
NEARLY = st.fixed_dictionaries(
    {"oci": st.sampled_from(["1-2", "3-4", "5-6"]), "citing": SIDES, "cited": SIDES},
    optional=dict.fromkeys((*list(ROW)[3:], "count", "x"), JSON),
)
ROWS = st.lists(NEARLY | NEARLY | JSON, max_size=5)


@given(ROWS, st.sampled_from([LIST, COUNT, REFERENCES, LIST.model_copy(update={"asked": ()})]))
@example([], LIST)
@settings(max_examples=200, suppress_health_check=[HealthCheck.too_slow], deadline=None)
def test_any_list_is_read_whole_or_unreadable(rows: list[Any], query: Query) -> None:
    """Nothing else is raised, every row is accounted for, and what is kept gives the same record again."""
    try:
        page = opencitations.read(query, 200, json.dumps(rows).encode())
    except Unreadable:
        return
    if query is COUNT:
        assert not page.items
        return
    assert len(page.items) + len(page.skips) == page.total == len(rows)
    assert len({item.record.native_id for item in page.items}) == len(page.items)
    assert page.model_dump_json(exclude={"items"})
    for item in page.items:
        assert isinstance(item, Item)
        assert opencitations.record(json.loads(item.raw)) == item.record
        assert Record.model_validate_json(item.record.model_dump_json()) == item.record
        (reference,) = item.record.references
        assert isinstance(reference, Reference)
        assert reference.targets
        assert item.record.doi not in [one.value for one in reference.targets if one.scheme == "doi"]


# -- over the wire ---------------------------------------------------------------------------------------------

NASTY = [
    "10.1002/(sici)1097-0258(19980815/30)17:15/16<1661::aid-sim968>3.0.co;2-2",
    "10.5555/a//b",
    "10.5555/a/../../b",
    "10.5555/a/./b",
    "10.5555/50%off&x=1+2,3@[4]^{5}~",
    "10.5555/größe",
]


def answers(url: str, cache: Path, queries: list[Query]) -> list[Page]:
    """What is read when these are asked of a replica, each until it is answered."""

    async def go() -> list[Page]:
        patience = Patience(attempts=12, first_wait=0.001, longest_wait=0.002)
        async with Client(cache=cache, credentials=Credentials(), replica=url, patience=patience) as client:
            return [(await client.ask(query, opencitations.read)).value for query in queries]

    return asyncio.run(go())


@pytest.mark.parametrize("spec", ["", "cut=0.25,drop=0.15,503=0.1,504html=0.1,seed=4", "empty-page=1"])
def test_the_same_is_read_whatever_goes_wrong_on_the_way(
    spec: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """DOIs of every kind of sign, through the client, with answers cut and connections closed.

    An `empty-page` strikes none of these answers: here nobody could tell it from "none".
    """
    monkeypatch.setattr(pace_module, "HEADROOM", 1e6)  # at a run
    corpus = Corpus(
        opencitations=tuple(
            row(oci=f"06{number}-069", citing=f"omid:br/06{number} doi:{value}", cited="omid:br/069 doi:10.5555/hub")
            for number, value in enumerate(NASTY)
        )
    )
    with Replica(sites(corpus, unlimited=True), faults=faults(spec)) as replica:
        queries = [query for value in NASTY for query in opencitations.cited(doi(value))]
        pages = answers(replica.url, tmp_path / "a", [*queries, *opencitations.citing(doi("10.5555/hub"))])
    assert [page.total for page in pages] == [1] * len(NASTY) + [len(NASTY)] * 2
    assert [item.record.doi for page in pages[:-2] for item in page.items] == NASTY
    assert [item.record.doi for item in pages[-2].items] == NASTY
