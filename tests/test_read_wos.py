"""The tagged text of the Web of Science, with its cited references."""

import io
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_records import WOS

from harvester.errors import InputError
from harvester.formats import wos
from harvester.formats.cited import cited
from harvester.model import Record, Skip

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared") / "data"


def works(data: bytes) -> list[Record]:
    found = [wos.record(one.text, "wos") for one in wos.split(io.BytesIO(data))]
    return [one for one in found if isinstance(one, Record)]


def test_a_record_comes_in_whole() -> None:
    """Full names, addresses by author, both kinds of keywords, figures, funders, access."""
    work, other = works(WOS.encode())
    assert (work.doi, work.pmid, work.type, work.is_retracted) == ("10.1000/wos", "15170338", "conference-paper", True)
    assert [one.name for one in work.authors or ()] == ["Ana B. Silva", "Jan van den Berg", "Peer Grp"]
    silva, berg, _ = work.authors or ()
    assert (silva.affiliations, berg.affiliations) == ((0, 1), (0,))
    assert (silva.is_corresponding, berg.is_corresponding, berg.orcid) == (True, None, "0000-0002-1825-0097")
    assert [one.text for one in work.affiliations] == ["Univ Lisbon, Lisbon, Portugal", "Hosp, Lisbon, Portugal"]
    assert {one.term: one.kind for one in work.keywords} == {
        "peer support": "author",
        "recovery": "author",
        "MENTAL-HEALTH": "plus",
        "LIVED EXPERIENCE": "plus",
    }
    assert [(one.name, one.awards) for one in work.funders] == [("NIH", ("GM12", "GM13")), ("Council", ())]
    assert [(one.kind, one.value, one.source) for one in work.counts] == [
        ("references", 67, "wos"),
        ("cited_by", 10, "wos"),
        ("cited_by", 12, "wos-all-databases"),
    ]
    assert (work.date, work.page_count, work.first_page, work.last_page) == ("2011-05-15", 13, "367", "379")
    assert work.venue is not None
    assert (work.venue.name, work.venue.short_name) == ("JOURNAL OF PEERS", "J. Peers")
    assert work.open_access is not None
    assert (work.open_access.is_open, work.open_access.status) == (True, "gold")
    assert [one.label for one in work.subjects] == ["Psychiatry", "Nursing"]
    assert (other.title, other.pmid) == ("Without an end", "16842170")


def test_cited_references_are_read_and_kept_as_text() -> None:
    """Those cut by a line end are whole; every DOI is a candidate; nobody is no author."""
    first, second, third, fourth = works(WOS.encode())[0].references
    assert (first.author, first.year, first.venue) == ("Anthony W.", 1993, "Psychosocial Rehabilitation Journal")
    assert (first.volume, first.first_page) == ("16", "11")
    assert [str(one) for one in first.targets] == ["doi:10.1037/h0095655"]
    assert (second.author, second.year, second.venue) == (None, 2013, "A national framework")
    assert (third.edition, third.text) == ("3rd ed.", "Bryman A., 2008, Social research methods, V3rd ed.")
    assert len(fourth.targets) == 2
    assert [one.position for one in (first, second, third, fourth)] == [1, 2, 3, 4]


@pytest.mark.parametrize(
    ("text", "field", "value"),
    [
        ("Embretson SE., 2000, ITEM RESPONSE THEORY, DOI DOI 10.4324/9781410605269", "venue", "ITEM RESPONSE THEORY"),
        ("*WHO, 2010, MENT HLTH", "author", "WHO"),
        ("Alavifard S., HINDEXCALCULATOR", "venue", "HINDEXCALCULATOR"),
        ("Smith J, 2001, J PEERS, V1, DOI 10/x", "malformed_doi", None),
        ("Smith J, 2001, J PEERS, V1, DOI [not, one]", "malformed_doi", "[not, one]"),
        ("Adnan University, 2019, Journal, V15, P44", "first_page", "44"),
        ("", "text", None),
    ],
)
def test_a_short_reference_is_parsed_as_far_as_it_goes(text: str, field: str, value: object) -> None:
    """What is not there is not invented."""
    assert getattr(cited(text, position=1, source="wos"), field) == value


def test_continuations_need_no_spaces() -> None:
    """Older exports of other databases have none, and put the mail address behind the name."""
    (work,) = works(b"PT J\nUT BCI:BCI201300112663\nTI One\ntwo\nAU Medvedeff, C. (m@ufl.edu)\nHershey, A.\nER\n\nEF\n")
    assert work.title == "One two"
    assert [one.family for one in work.authors or ()] == ["Medvedeff", "Hershey"]


@given(st.lists(st.tuples(st.sampled_from("JBSP"), st.booleans()), min_size=1, max_size=10))
def test_as_many_records_come_out_as_went_in(kinds: list[tuple[str, bool]]) -> None:
    """With ER and without."""
    text = "FN Clarivate\nVR 1.0\n" + "".join(f"PT {kind}\nTI T\n{'ER' if ends else ''}\n" for kind, ends in kinds)
    assert len(works(text.encode())) == len(kinds)


@given(st.text(st.sampled_from("PTJAUERCF \n\r[],1"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is cut or refused, and every fragment is a record or a reason."""
    try:
        found = list(wos.split(io.BytesIO(text.encode())))
    except InputError:
        return
    for fragment in found:
        assert isinstance(wos.record(fragment.text, "wos"), Record | Skip)


def test_the_recorded_file_loses_no_reference() -> None:
    """It has 59 and 86, and says so itself."""
    path = SHARED / "imports" / "rispy" / "example_wos.ris"
    if not path.is_file():
        pytest.skip("the recorded export of the Web of Science is not here")
    data = path.read_bytes()
    assert wos.recognises(data[:65_536])
    found = works(data)
    assert [len(work.references) for work in found] == [59, 86]
    for work in found:
        assert ("references", len(work.references)) in [(one.kind, one.value) for one in work.counts]
        assert work.doi
        assert work.pmid
        assert sum(bool(one.year) for one in work.references) > 0.9 * len(work.references)
