"""EndNote's XML and its tagged text hold the same works, and go in again as they came out."""

import io
import re
from typing import Any
from xml.etree import ElementTree

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from written_works import (
    CROWD,
    PLAIN,
    UNTYPED,
    declared,
    hostile_works,
    read_back,
    records,
    returned,
    text_of,
    works,
)

from harvester.formats.endnote_xml import NUMBERS
from harvester.formats.reading import readers
from harvester.model import CitationSearch, Venue, Work

BOTH = ("endnote-xml", "enw")
SERIES_IN_XML = {"book", "report", "software", "standard", "dataset"}
ELSEWHERE_IN_XML = {*UNTYPED, *SERIES_IN_XML, "book-chapter", "conference-paper", "reference-entry", "dissertation"}


def expected(work: Work, name: str) -> dict[str, Any]:
    wanted = declared(work)
    if work.type in UNTYPED:
        wanted["type"] = None
    if name == "enw":
        wanted["short"] = ""
    else:
        if work.type in SERIES_IN_XML:
            wanted["venue"] = wanted["short"] = ""
        if work.article_number and work.type in ELSEWHERE_IN_XML:
            wanted["pages"], wanted["article"] = (work.article_number, None), None
    return wanted


@pytest.mark.parametrize("name", BOTH)
@settings(deadline=None, max_examples=200)
@example(
    [
        Work(
            key="doi:10.1000/a",
            title="Peers",
            sources=("crossref",),
            type="conference-paper",
            venue=Venue(name="Peers"),
        )
    ]
)
@example([Work(key="doi:10.1000/a", title="Peers", sources=("crossref",), type="book", venue=Venue(series="Peers"))])
@given(given_=st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(name: str, given_: list[Work]) -> None:
    found = read_back(name, text_of(name, *given_))
    assert [returned(one) for one in found] == [expected(one, name) for one in given_]


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_xml(work: Work) -> None:
    """It is well formed, with three records of known types, the plain ones whole."""
    text = text_of("endnote-xml", PLAIN, work, PLAIN)
    root = ElementTree.fromstring(text.encode())
    found = root.findall("records/record")
    assert len(found) == len(root.findall(".//record")) == 3
    assert all(NUMBERS[int(one.text or "")] == one.get("name") for one in root.iter("ref-type"))
    fragments = list(readers()["endnote-xml"].split(io.BytesIO(text.encode())))
    for one in (fragments[0], fragments[2]):
        record = readers()["endnote-xml"].record(one.text, "ours")
        assert returned(record) == expected(PLAIN, "endnote-xml")  # type: ignore[arg-type] # it is no skip


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_tagged_text(work: Work) -> None:
    """Every line is a tag with a value or parts two records."""
    text = text_of("enw", PLAIN, work, PLAIN)
    lines = text.split("\n")[:-1]
    assert all(re.fullmatch(r"%[0-9A-Z@>~+\]] \S.*", line) for line in lines if line)
    assert [line[:2] for line in lines].count("%0") == lines.count("") == 3
    fragments = list(readers()["enw"].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    plain = records(readers()["enw"], f"{fragments[0].text}\n\n{fragments[2].text}".encode())
    assert [returned(one) for one in plain] == [expected(PLAIN, "enw")] * 2


@pytest.mark.parametrize("name", BOTH)
def test_3000_authors_are_all_there(name: str) -> None:
    assert returned(read_back(name, text_of(name, CROWD))[0])["authors"] == declared(CROWD)["authors"]


@pytest.mark.parametrize("name", BOTH)
def test_what_tells_where_a_work_was_found_travels_and_is_not_taken_for_its_identifiers(name: str) -> None:
    search = CitationSearch(seeds=("doi:10.1000/seed",), rank=3, is_seed=True)
    work = PLAIN.model_copy(
        update={"doi": None, "pmid": "12", "key": "import:a", "citation_search": search, "is_retracted": True}
    )
    text = text_of(name, work)
    for said in ("Retracted: no notice known", "Citation search: seed; rank 3", "Related seeds: doi:10.1000/seed"):
        assert said in text
    (found,) = read_back(name, text)
    assert (found.doi, found.pmid, found.is_retracted) == (None, "12", True)


@pytest.mark.parametrize("name", BOTH)
def test_works_known_only_by_being_cited_are_left_out(name: str) -> None:
    assert "10.1000/a" not in text_of(name, Work(key="doi:10.1000/a", doi="10.1000/a"))


def test_the_bytes_of_a_small_tagged_file() -> None:
    assert text_of("enw", PLAIN.model_copy(update={"type": "review"})) == (
        "%0 Journal Article\n%T Peers help\n%A Silva, Ana\n%J Journal of Peers\n%D 2020\n%R 10.1000/plain\n%9 Review\n"
        "%U https://doi.org/10.1000/plain\n%~ crossref\n%Z Records from: crossref\n\n"
    )
