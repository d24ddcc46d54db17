"""What is derived from OpenAlex works has the shape of another index and gaps that do not move."""

import json
import lzma
import os
import re
from itertools import permutations
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.replica.derive import DERIVATIONS, derive_crossref, derive_opencitations

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
ALWAYS = [
    "indexed",
    "reference-count",
    "references-count",
    "publisher",
    "content-domain",
    "DOI",
    "type",
    "created",
    "deposited",
    "source",
    "is-referenced-by-count",
    "prefix",
    "member",
    "score",
    "resource",
    "issued",
    "URL",
]


def work(number: int, /, **more: Any) -> dict[str, Any]:
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/10.5555/W{number}",
        "title": f"Title {number}",
        "publication_year": 2010,
        "publication_date": "2010-03-04",
        "type": "article",
        "cited_by_count": 3,
        "authorships": [{"author": {"display_name": "Ann van Dijk"}}],
        **more,
    }


def refer(*numbers: int) -> list[str]:
    return [f"https://openalex.org/W{number}" for number in numbers]


CITING = work(1, referenced_works=refer(*range(2, 402)))
CORPUS = [CITING, *map(work, range(2, 402))]


def references(works: list[dict[str, Any]], **options: Any) -> list[dict[str, Any]]:
    (first, *_) = derive_crossref(works, **options)
    found: list[dict[str, Any]] = first.get("reference", [])
    return found


def test_old_and_new_openalex_works_become_the_same_record() -> None:
    new = work(
        1,
        type="article",
        primary_location={
            "source": {
                "display_name": "Journal of Peers",
                "issn": ["1234-5678"],
                "host_organization_name": "Press",
                "type": "journal",
            }
        },
        biblio={"volume": "7", "issue": "2", "first_page": "10", "last_page": "19"},
        abstract_inverted_index={"cold": [1, 3], "Very": [0], "&": [2]},
        language="en",
        created_date="2016-06-24",
        updated_date="2026-07-22T07:51:19.307946",
    )
    old = {**new, "type": "journal-article"}
    old["host_venue"] = {"display_name": "Journal of Peers", "issn": ["1234-5678"], "publisher": "Press"}
    del old["primary_location"]
    (one,), (other,) = derive_crossref([new]), derive_crossref([old])
    assert one == other
    assert one["derived"] is True
    assert one["DOI"] == "10.5555/w1"
    assert one["type"] == "journal-article"
    assert one["container-title"] == ["Journal of Peers"]
    assert one["ISSN"] == ["1234-5678"]
    assert (one["publisher"], one["volume"], one["issue"], one["page"]) == ("Press", "7", "2", "10-19")
    assert one["abstract"] == "<jats:p>Very cold &amp; cold</jats:p>"
    assert one["issued"] == one["published"] == one["published-print"] == {"date-parts": [[2010, 3, 4]]}
    assert one["created"] == {
        "date-parts": [[2016, 6, 24]],
        "date-time": "2016-06-24T00:00:00Z",
        "timestamp": 1466726400000,
    }
    assert one["indexed"]["date-parts"] == [[2026, 7, 22]]
    assert one["is-referenced-by-count"] == 3


def test_names_are_split_and_a_single_name_stays_whole() -> None:
    people = [
        {"author": {"display_name": "Ann van Dijk", "orcid": "https://orcid.org/0000-0001-2345-6789"}},
        {"raw_author_name": "Davidson, Larry", "author": {"display_name": "L. Davidson"}},
        {"author": {"display_name": "Plato"}, "institutions": [{"display_name": "Academy"}]},
        {"author": {"display_name": None}},
    ]
    (record,) = derive_crossref([work(1, authorships=people)])
    named = [(person.get("given"), person.get("family"), person.get("name")) for person in record["author"]]
    assert named == [("Ann", "van Dijk", None), ("Larry", "Davidson", None), (None, None, "Plato")]
    assert [person["sequence"] for person in record["author"]] == ["first", "additional", "additional"]
    assert record["author"][0]["ORCID"] == "https://orcid.org/0000-0001-2345-6789"
    assert record["author"][2]["affiliation"] == [{"name": "Academy"}]


def test_without_gaps_every_reference_in_the_corpus_is_there_in_order() -> None:
    listed = references(CORPUS, missing=0.0, text_only=0.0)
    assert [entry["DOI"].lower() for entry in listed] == [f"10.5555/w{number}" for number in range(2, 402)]
    assert {entry["doi-asserted-by"] for entry in listed} == {"publisher", "crossref"}
    assert any(entry["DOI"] != entry["DOI"].lower() for entry in listed)
    assert len({entry["key"] for entry in listed}) == 400


def test_gaps_are_about_the_shares_asked_for() -> None:
    listed = references(CORPUS, missing=0.3, text_only=0.2)
    texts = [entry for entry in listed if "unstructured" in entry]
    assert 240 <= len(listed) <= 320
    assert 50 <= len(texts) <= 110
    assert all("DOI" not in entry and "Title" in entry["unstructured"] for entry in texts)
    assert texts[0]["unstructured"].startswith("van Dijk, A. (2010). Title")


def test_all_may_be_missing_and_all_may_be_text() -> None:
    assert references(CORPUS, missing=1.0, text_only=0.0) == []
    listed = references(CORPUS, missing=0.0, text_only=1.0)
    assert len(listed) == 400
    assert all("unstructured" in entry for entry in listed)


def test_counts_of_references_say_what_the_list_holds() -> None:
    for record in derive_crossref(CORPUS, seed=3):
        held = len(record.get("reference", []))
        assert record["reference-count"] == record["references-count"] == held


def test_gaps_depend_on_seed_and_works_and_not_on_order_or_company() -> None:
    by_doi = {record["DOI"]: record for record in derive_crossref(CORPUS, seed=5)}
    assert {record["DOI"]: record for record in derive_crossref(CORPUS[::-1], seed=5)} == by_doi
    half = references(CORPUS[:200], seed=5)
    whole = by_doi["10.5555/w1"]["reference"]
    assert half == [entry for entry in whole if int(entry["key"].rpartition("-ref")[2]) <= 199]
    assert references(CORPUS, seed=6) != whole


def test_a_reference_without_a_doi_is_text_and_one_outside_the_corpus_is_not_there() -> None:
    corpus = [work(1, referenced_works=refer(2, 3)), work(2, doi=None)]
    (entry,) = references(corpus, missing=0.0, text_only=0.0)
    assert entry == {"key": "10.5555/w1-ref1", "unstructured": "van Dijk, A. (2010). Title 2."}


def test_of_two_works_with_one_doi_the_lower_id_counts() -> None:
    twins = [work(12, doi="10.5555/Twin"), work(9, doi="https://doi.org/10.5555/twin")]
    for order in (twins, twins[::-1]):
        assert [record["title"] for record in derive_crossref(order)] == [["Title 9"]]


@pytest.mark.parametrize(
    ("written", "kind", "subtype"),
    [
        ({"type": "preprint"}, "posted-content", "preprint"),
        ({"type": "book-chapter"}, "book-chapter", None),
        ({"type": "article", "type_crossref": "proceedings-article"}, "proceedings-article", None),
        ({"type": "libguides"}, "other", None),
        ({"type": None}, "other", None),
    ],
)
def test_types_are_crossrefs(written: dict[str, Any], kind: str, subtype: str | None) -> None:
    (record,) = derive_crossref([work(1, **written)])
    assert (record["type"], record.get("subtype")) == (kind, subtype)


def test_a_year_alone_is_a_year_alone_and_no_date_is_null() -> None:
    (year,) = derive_crossref([work(1, publication_date="2008-01-01")])
    (none,) = derive_crossref([work(1, publication_date=None, publication_year=None)])
    assert year["issued"] == {"date-parts": [[2008]]}
    assert none["issued"] == {"date-parts": [[None]]}
    assert "published" not in none


@pytest.mark.parametrize("shares", [{"missing": -0.1}, {"text_only": 1.1}, {"missing": 0.6, "text_only": 0.6}])
def test_shares_that_are_none_are_refused(shares: dict[str, float]) -> None:
    with pytest.raises(InputError, match="not two shares of one whole"):
        derive_crossref([], **shares)


JUNK = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8) | st.sampled_from(["2010-02-30", "W1", "a, b"]),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=5), inner, max_size=3),
    max_leaves=8,
)


@settings(deadline=None)  # other work on the machine is no failure
@given(
    st.lists(
        st.fixed_dictionaries(
            {},
            optional=dict.fromkeys(
                (
                    *work(1),
                    "referenced_works",
                    "biblio",
                    "abstract_inverted_index",
                    "primary_location",
                    "host_venue",
                    "language",
                    "created_date",
                ),
                JUNK,
            ),
        ),
        max_size=3,
    )
)
def test_broken_works_become_whole_records_or_none(broken: list[dict[str, Any]]) -> None:
    for record in derive_crossref([*broken, *({**work(1), **one, "doi": "10.5555/x"} for one in broken)]):
        assert set(ALWAYS) <= record.keys()
        assert not [key for key, value in record.items() if value in ("", [], {}, None)]
        json.dumps(record)


def test_a_published_reviews_works_become_a_corpus_with_the_gaps_asked_for() -> None:
    """952 works of a systematic review: 4,071 references join two of them."""
    path = SHARED / "data" / "openalex" / "Oud_2018_works.jsonl.xz"
    if not path.exists():
        pytest.skip("the works of Oud 2018 are not beside this checkout (../shared/data/openalex)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        works = [json.loads(line) for line in lines]
    records = derive_crossref(works)
    assert len(records) == len({work["doi"].lower() for work in works if work["doi"]})
    listed = [entry for record in records for entry in record.get("reference", [])]
    every = [entry for record in derive_crossref(works, missing=0.0) for entry in record.get("reference", [])]
    assert 0.82 < len(listed) / len(every) < 0.88
    assert 0.08 < sum("DOI" not in entry for entry in listed) / len(every) < 0.16


# -- citations ---------------------------------------------------------------------------------------


def cites(works: list[dict[str, Any]], **options: Any) -> set[tuple[str, str]]:
    rows = derive_opencitations(works, **options)
    return {(row["citing"].split()[1], row["cited"].split()[1]) for row in rows}


def test_a_link_between_two_dois_is_a_row_of_the_index() -> None:
    venue = {"primary_location": {"source": {"id": "https://openalex.org/S1", "display_name": "Journal of Peers"}}}
    ann = {"authorships": [{"author": {"id": "https://openalex.org/A1", "display_name": "Ann van Dijk"}}]}
    pmid = {"ids": {"pmid": "https://pubmed.ncbi.nlm.nih.gov/33817056"}}
    citing = work(1, referenced_works=refer(2), publication_date="2021-03-10", **pmid, **venue, **ann)
    (row,) = derive_opencitations([citing, work(2, publication_date="2015-03-09", **venue, **ann)], missing=0.0)
    assert re.fullmatch(r"omid:br/06[0-9]{20} doi:10\.5555/w1 pmid:33817056", row["citing"])
    assert re.fullmatch(r"omid:br/06[0-9]{20} doi:10\.5555/w2", row["cited"])
    sides = [re.split(r"omid:br/| ", row[side])[1] for side in ("citing", "cited")]
    assert row.pop("oci") == "-".join(sides)
    del row["citing"], row["cited"]
    assert row == {
        "creation": "2021-03-10",
        "timespan": "P6Y0M1D",
        "journal_sc": "yes",
        "author_sc": "yes",
        "derived": True,
    }


@pytest.mark.parametrize(
    ("citing", "cited", "creation", "timespan"),
    [
        ("2021-03-10", "2015-03-09", "2021-03-10", "P6Y0M1D"),
        ("2021-03-10", "2018-09-17", "2021-03-10", "P2Y5M21D"),
        ("2021-03-10", "2020-12-04", "2021-03-10", "P0Y3M6D"),
        ("2021-03-30", "2021-02-28", "2021-03-30", "P0Y1M2D"),
        ("2021-02-28", "2021-01-31", "2021-02-28", "P0Y1M0D"),
        ("2020-02-29", "2019-02-28", "2020-02-29", "P1Y0M1D"),
        ("2014-12-31", "2015-03-09", "2014-12-31", "-P0Y2M9D"),
        ("2013-05-02", "2015-05-02", "2013-05-02", "-P2Y0M0D"),
        ("2021-05-02", "2021-05-02", "2021-05-02", "P0Y0M0D"),
        ("2021-01-01", "2015-03-09", "2021", "P5Y"),
        ("2021-03-10", "2015-01-01", "2021-03-10", "P6Y"),
        ("2014-01-01", "2015-03-09", "2014", "-P1Y"),
        ("2015-01-01", "2015-03-09", "2015", "P0Y"),
        ("2021-03-10", None, "2021-03-10", ""),
        (None, "2015-03-09", "", ""),
        ("2021-02-30", "2015-03-09", "", ""),
    ],
)
def test_a_citation_is_created_with_the_citing_work_and_spans_the_time_between(
    citing: str | None, cited: str | None, creation: str, timespan: str
) -> None:
    """The first three are as the documentation of the index has them; OpenAlex writes a bare year as 1 January."""
    works = [
        work(1, referenced_works=refer(2), publication_date=citing, publication_year=None),
        work(2, publication_date=cited, publication_year=None),
    ]
    (row,) = derive_opencitations(works, missing=0.0)
    assert (row["creation"], row["timespan"]) == (creation, timespan)


def test_links_to_what_has_no_doi_or_is_not_there_or_is_the_same_are_no_rows() -> None:
    works = [
        work(1, referenced_works=refer(1, 2, 3, 4, 5, 6)),
        work(2, doi=None, referenced_works=refer(6)),
        work(3, doi="https://doi.org/10.5555/W1"),
        work(4, doi="https://doi.org/10.5555/white space"),
        work(6),
    ]
    assert cites(works, missing=0.0) == {("doi:10.5555/w1", "doi:10.5555/w6")}


def test_about_the_share_asked_for_is_missing_and_not_what_crossref_lacks() -> None:
    assert len(derive_opencitations(CORPUS, missing=0.0)) == 400
    assert derive_opencitations(CORPUS, missing=1.0) == []
    left = cites(CORPUS, missing=0.3)
    assert 240 <= len(left) <= 320
    assert len(cites(CORPUS)) > 340
    held = {("doi:10.5555/w1", f"doi:{entry['DOI'].lower()}") for entry in references(CORPUS, missing=0.3, text_only=0)}
    assert left - held
    assert held - left


def test_rows_depend_on_seed_and_works_and_not_on_order_or_company() -> None:
    works = [work(number, referenced_works=refer(*range(1, 6))) for number in range(1, 6)]
    works.append(work(12, doi="https://doi.org/10.5555/w3", publication_date="1999-09-09", referenced_works=refer(1)))
    told = derive_opencitations(works, seed=5, missing=0.4)
    assert 5 < len(told) < 20
    for order in list(permutations(works))[::37]:
        assert derive_opencitations(order, seed=5, missing=0.4) == told
    some = derive_opencitations(works[:3], seed=5, missing=0.4)
    assert some == [row for row in told if not re.search("w[45]", row["citing"] + row["cited"])]
    assert derive_opencitations(works, seed=6, missing=0.4) != told


def test_a_work_has_one_omid_wherever_it_stands_and_no_two_share_one() -> None:
    omids: dict[str, set[str]] = {}
    for row in derive_opencitations([*CORPUS, work(500, referenced_works=refer(1, 2))], missing=0.0):
        for side in ("citing", "cited"):
            omid, doi = row[side].split()
            omids.setdefault(doi, set()).add(omid)
    assert len(omids) == 402
    assert {len(found) for found in omids.values()} == {1}
    assert len(set.union(*omids.values())) == 402


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_that_is_none_is_refused(share: float) -> None:
    with pytest.raises(InputError, match="not a share"):
        derive_opencitations([], missing=share)


def test_every_index_that_can_be_derived_is_named_as_its_site_is() -> None:
    from harvester.replica import Corpus, sites

    assert DERIVATIONS.keys() <= sites(Corpus()).keys()
    assert all(derived(CORPUS) for derived in DERIVATIONS.values())


@settings(deadline=None)
@given(st.lists(st.fixed_dictionaries({}, optional=dict.fromkeys((*work(1), "referenced_works", "ids"), JUNK))))
def test_broken_works_become_whole_rows_or_none(broken: list[dict[str, Any]]) -> None:
    whole = [{**work(1), "referenced_works": refer(2), **one, "doi": "10.5555/x"} for one in broken]
    for row in derive_opencitations([*broken, *whole, work(2)], missing=0.0):
        assert all(isinstance(value, str) for key, value in row.items() if key != "derived")
        assert re.fullmatch(r"(-?P[0-9]+Y([0-9]+M[0-9]+D)?)?", row["timespan"])
        assert re.fullmatch(r"([0-9]{4}(-[0-9]{2}-[0-9]{2})?)?", row["creation"])
        assert len({row["citing"], row["cited"]}) == 2


def test_a_published_reviews_works_become_an_index() -> None:
    """Of the 4,071 links among 952 works, 3,947 join two DOIs."""
    path = SHARED / "data" / "openalex" / "Oud_2018_works.jsonl.xz"
    if not path.exists():
        pytest.skip("the works of Oud 2018 are not beside this checkout (../shared/data/openalex)")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        works = [json.loads(line) for line in lines]
    every = derive_opencitations(works, missing=0.0)
    rows = derive_opencitations(works)
    assert len(every) == len({row["oci"] for row in every}) == 3_947
    assert 0.88 < len(rows) / len(every) < 0.92
    assert {row["oci"] for row in rows} <= {row["oci"] for row in every}
    assert 0.8 < sum("pmid:" in row["citing"] for row in rows) / len(rows) < 1
