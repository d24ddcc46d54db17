"""RIS comes out as its readers want it, and goes in again as it came out."""

import io
import re
from typing import Any

import pytest
import rispy  # type: ignore[import-untyped] # it ships no types
from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import CROWD, PLAIN, UNTYPED, declared, hostile_works, read_back, records, returned, text_of, works

from harvester.formats import of, written
from harvester.formats.reading import readers
from harvester.formats.write_ris import fields
from harvester.model import Authorship, CitationSearch, Update, Work

IN_SERIES = {"book", "report", "standard", "dissertation", "software", "dataset"}


def expected(work: Work) -> dict[str, Any]:
    """What RIS has a place for: an abbreviation only beside a name, no number of an article where that is a book."""
    wanted = declared(work)
    if work.type in UNTYPED:
        wanted["type"] = None
    if work.type == "book":
        wanted["article"] = None
    if work.type not in IN_SERIES and wanted["series"] == wanted["venue"]:
        wanted["series"] = ""
    return wanted


@settings(deadline=None, max_examples=200)
@given(st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(given_: list[Work]) -> None:
    found = read_back("ris", text_of("ris", *given_))
    assert [returned(one) for one in found] == [expected(one) for one in given_]


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_file(work: Work) -> None:
    """Three records go in and three come out, the plain ones whole; no line is anything but a tag and its value."""
    text = text_of("ris", PLAIN, work, PLAIN)
    tagged = [line for line in text.split("\r\n") if line]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9]  - .*", line) for line in tagged)
    assert all(line == "ER  - " or line[6:].strip() for line in tagged)
    assert [line[:5] for line in tagged].count("TY  -") == [line[:5] for line in tagged].count("ER  -") == 3
    fragments = list(readers()["ris"].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    plain = [readers()["ris"].record(one.text, "ours") for one in (fragments[0], fragments[2])]
    assert [returned(one) for one in plain] == [expected(PLAIN)] * 2  # type: ignore[arg-type] # they are no skips


@settings(deadline=None)
@given(st.lists(works(), min_size=1, max_size=3))
def test_rispy_reads_the_same(given_: list[Work]) -> None:
    found = rispy.loads(text_of("ris", *given_).replace("\r\n", "\n"))
    assert len(found) == len(given_)
    for work, entry in zip(given_, found, strict=True):
        assert entry.get("title") == written.title(work)
        assert entry.get("authors", []) == [written.inverted(one) for one in work.authors or ()]
        assert entry.get("doi") == work.doi
        assert entry.get("abstract") == (written.one_line(work.abstract) or None)
        assert entry.get("keywords", []) == written.keywords(work)
        assert entry.get("year") == (written.when(work)[:4] or None)
        assert entry.get("notes", []) == written.account(work)


def test_3000_authors_have_a_line_each() -> None:
    text = text_of("ris", CROWD)
    assert text.count("\r\nAU  - ") == 3_000
    assert returned(read_back("ris", text)[0])["authors"] == declared(CROWD)["authors"]


def test_the_bytes_of_a_small_file() -> None:
    work = PLAIN.model_copy(
        update={
            "date": "2020-05",
            "first_page": "3",
            "last_page": "9",
            "is_retracted": True,
            "updates": (Update(direction="updated_by", type="retraction", date="2021", asserted_by="publisher"),),
            "citation_search": CitationSearch(
                rank=2, round=1, directions=("backward",), seeds=("doi:10.1000/b",), sources=("openalex",)
            ),
        }
    )
    assert text_of("ris", work).split("\r\n") == [
        "TY  - JOUR",
        "TI  - Peers help",
        "AU  - Silva, Ana",
        "T2  - Journal of Peers",
        "SP  - 3",
        "EP  - 9",
        "PY  - 2020",
        "DA  - 2020/05//",
        "DO  - 10.1000/plain",
        "KW  - Retracted Publication",
        "UR  - https://doi.org/10.1000/plain",
        "DB  - crossref",
        "N1  - Retracted: retraction 2021 (publisher)",
        "N1  - Records from: crossref",
        "N1  - Citation search: rank 2; round 1; backward; according to openalex",
        "N1  - Related seeds: doi:10.1000/b",
        "ER  - ",
        "",
        "",
    ]


def test_an_organisation_has_endnotes_comma_and_a_doi_stands_before_the_type() -> None:
    work = PLAIN.model_copy(
        update={"type": "review", "authors": (Authorship(name="World Health Organization", is_organisation=True),)}
    )
    tags = list(fields(work))
    assert ("AU", "World Health Organization,") in tags
    assert tags.index(("DO", "10.1000/plain")) < tags.index(("M3", "Review"))


def test_a_single_page_of_a_book_is_not_taken_for_the_number_of_its_pages() -> None:
    """Readers look for how many pages a book has where others have their first page."""
    for sort in ("book", "dissertation"):
        work = PLAIN.model_copy(update={"type": sort, "first_page": "5"})
        (found,) = read_back("ris", text_of("ris", work))
        assert (found.first_page, found.last_page, found.page_count) == ("5", None, None)
        counted = work.model_copy(update={"page_count": 312})
        assert ("SP", "312") in list(fields(counted))
        assert read_back("ris", text_of("ris", counted))[0].page_count == 312
    numbered = PLAIN.model_copy(update={"type": "dissertation", "article_number": "e17"})
    assert read_back("ris", text_of("ris", numbered))[0].article_number == "e17"


@pytest.mark.parametrize("sort", ["article", "book-chapter", "report", None])
def test_an_untitled_work_keeps_its_venue(sort: str | None) -> None:
    """Readers take `T2` for the title where there is none."""
    work = PLAIN.model_copy(update={"title": None, "type": sort})
    (found,) = records(readers()["ris"], text_of("ris", work).encode())
    assert (found.title, found.venue and found.venue.name) == (None, "Journal of Peers")


def test_the_seeds_of_a_work_are_not_taken_for_its_own_doi() -> None:
    search = CitationSearch(seeds=("doi:10.1000/seed",), rank=3)
    work = PLAIN.model_copy(update={"doi": None, "key": "import:a", "citation_search": search, "is_retracted": True})
    (found,) = read_back("ris", text_of("ris", work))
    assert (found.doi, found.pmid, found.counts, found.is_retracted) == (None, None, (), True)


def test_works_known_only_by_being_cited_are_left_out() -> None:
    assert text_of("ris", Work(key="doi:10.1000/a", doi="10.1000/a")) == ""


def test_notefirst_and_refman_are_named_where_ris_is() -> None:
    assert {"NoteFirst", "RefMan"} <= set(re.findall(r"\w+", of("ris").description))


def test_a_name_without_parts_is_written_as_it_is_shown() -> None:
    work = PLAIN.model_copy(update={"authors": (Authorship(name="Ana; Silva"),)})
    assert ("AU", "Ana, Silva") in list(fields(work))


def test_an_organisation_with_commas_in_its_name_is_one_name() -> None:
    """Programs take what stands behind a comma for a given name, and `and` between two commas for two people."""
    name = "Department of Peers, Minho and School of Health, Braga"
    work = PLAIN.model_copy(update={"authors": (Authorship(name=name, is_organisation=True),)})
    (found,) = read_back("ris", text_of("ris", work))
    assert [one.name for one in found.authors or ()] == ["Department of Peers - Minho and School of Health - Braga"]
