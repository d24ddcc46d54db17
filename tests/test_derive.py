"""Crossref records derived from OpenAlex works have Crossref's shape and gaps that do not move."""

import json
import lzma
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.replica.derive import derive_crossref

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
