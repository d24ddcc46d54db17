"""PubMed's text format: every tag that a work has a home for is read."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_records import ERIC, NBIB

from harvester.errors import InputError
from harvester.formats import nbib
from harvester.model import Record, Skip


def works(text: str) -> list[Record]:
    found = [nbib.record(one.text, "pubmed") for one in nbib.split(io.BytesIO(text.encode()))]
    assert all(isinstance(one, Record) for one in found)
    return [one for one in found if isinstance(one, Record)]


def test_a_record_of_pubmed_comes_in_whole() -> None:
    """With its notice of retraction, the translation of its title, ORCID iDs and addresses."""
    work, cut = works(NBIB)
    assert (work.pmid, work.pmcid, work.doi) == ("20137807", "PMC38908", "10.1000/peer.2")
    assert (work.title, work.title_as_given) == ("Peer support for all", None)
    assert [(one.text, one.language) for one in work.other_titles] == [("Apoio para todos", "pt")]
    assert [one.name for one in work.authors or ()] == ["Ana B Silva", "Jan van den Berg Jr", "Peer Group"]
    silva, berg, group = work.authors or ()
    assert (silva.orcid, silva.affiliations, berg.affiliations) == ("0000-0002-1825-0097", (0, 1), (1,))
    assert (berg.family, berg.suffix, group.is_organisation) == ("van den Berg", "Jr", True)
    assert [one.text for one in work.affiliations] == ["University of Lisbon.", "Hospital."]
    assert (work.date, work.volume, work.issue, work.first_page, work.last_page) == (
        "2010-02-06",
        "375",
        "9713",
        "445",
        "9",
    )
    assert {(one.kind, one.date) for one in work.events} == {
        ("issued", "2010-02-06"),
        ("online", "2009-11-05"),
        ("accepted", "2009-01-02"),
    }
    assert (work.type, work.is_retracted, work.language, work.updated) == ("article", True, "pt", "2022-04-09")
    (notice,) = work.updates
    assert (notice.direction, notice.type, notice.doi, notice.date, notice.record_id) == (
        "updated_by",
        "retraction",
        "10.1000/notice",
        "2010-02-20",
        "pmid:20137808",
    )
    assert [(one.kind, str(one.target)) for one in work.relations] == [("has_comment", "pmid:20137809")]
    assert [one.label for one in work.subjects] == ["Humans", "Peer Group/psychology"]
    assert [(one.term, one.kind) for one in work.keywords] == [("peer support", "author")]
    assert [(one.name, one.awards) for one in work.funders] == [("NIMH NIH HHS", ("R01 MH12345",))]
    assert [one.label for one in work.abstract_sections] == ["OBJECTIVE", "METHODS", "RESULTS"]
    assert (cut.title, cut.authors_complete, [one.family for one in cut.authors or ()]) == ("Cut off", False, ["Reis"])


def test_eric_has_the_same_shape_and_other_habits() -> None:
    """Volume and pages stand in the source, the DOI in an address, words for types in the plural."""
    (work,) = works(ERIC)
    assert (work.doi, work.volume, work.issue, work.first_page, work.last_page) == (
        "10.1186/s40468-019-0086-7",
        "9",
        "2",
        "3",
        "7",
    )
    assert work.type == "article"
    assert [str(one) for one in work.other_identifiers] == ["eric:EJ1245375"]
    assert work.venue is not None
    assert work.venue.issns == ("1447-0349",)
    assert work.abstract == "Background."


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        ("TI  - A\nLID - 1042 [pii]", "article_number", "1042"),
        ("TI  - A\nDP  - 2009 Sep-Oct", "date", "2009-09"),
        ("TI  - A\nDP  - 2009 Winter", "date", "2009"),
        ("TI  - A chapter\nBTI - A book", "type", "book-chapter"),
        ("BTI - A book\nISBN- 0306406152", "title", "A book"),
        ("TI  - A\nPT  - Journal Article\nPT  - Published Erratum", "type", "erratum"),
        ("TI  - A\nSO  - J. 2020;1:2. doi: 10.1000/so. Epub 2019.", "doi", "10.1000/so"),
        ("TI  -Squeezed", "title", "Squeezed"),
    ],
)
def test_a_habit_of_the_format_is_understood(lines: str, field: str, value: object) -> None:
    """One habit a case."""
    (work,) = works(f"PMID- 1\n{lines}\n")
    assert getattr(work, field) == value


def test_a_blank_line_within_a_record_does_not_end_it() -> None:
    """Only a tag that a record has once begins the next."""
    first, second = works("PMID- 1\nTI  - A\n\nAB  - Some.\n\nPMID- 2\nTI  - B\nPMID- 3\n".replace("PMID- 3\n", ""))
    assert (first.abstract, second.title) == ("Some.", "B")


@pytest.mark.parametrize("data", [b"", b"A text - with hyphens\n", b"TY  - JOUR\nTI  - A\nER  - \n"])
def test_other_files_are_not_recognised(data: bytes) -> None:
    """RIS has the same tags, and another beginning."""
    assert not nbib.recognises(data)


@given(st.text(st.sampled_from("PMIDTAUF- \n\r10/x"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is cut or refused, and every fragment is a record or a reason."""
    try:
        found = list(nbib.split(io.BytesIO(text.encode())))
    except InputError:
        return
    for fragment in found:
        assert isinstance(nbib.record(fragment.text, "pubmed"), Record | Skip)


@given(st.lists(st.integers(1, 99_999_999), min_size=1, max_size=20), st.booleans())
def test_as_many_records_come_out_as_went_in(numbers: list[int], blank: bool) -> None:
    """With blank lines between them or without."""
    text = ("\n\n" if blank else "\n").join(f"PMID- {number}\nOWN - NLM\nTI  - T" for number in numbers)
    assert [work.pmid for work in works(text)] == [str(number) for number in numbers]
