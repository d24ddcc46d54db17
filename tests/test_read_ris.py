"""RIS: what every dialect says comes in, wherever it says it."""

import io
import os
import random
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_records import RIS

from harvester.errors import InputError
from harvester.formats import ris
from harvester.formats.reading import Fragment, native_id
from harvester.model import Record, Skip

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared") / "data"


def fragments(text: str | bytes) -> list[Fragment]:
    return list(ris.split(io.BytesIO(text.encode() if isinstance(text, str) else text)))


def read(text: str) -> Record:
    (fragment,) = fragments(text)
    found = ris.record(fragment.text, "db")
    assert isinstance(found, Record)
    return found


def names(record: Record) -> list[tuple[str | None, str | None, str | None]]:
    return [(one.given, one.family or one.name, one.suffix) for one in record.authors or ()]


def test_a_record_of_zotero_comes_in_whole() -> None:
    """Every tag has a home."""
    work = read(RIS["zotero"])
    assert (work.type, work.type_as_given, work.doi, work.language) == ("article", "JOUR", "10.1000/peer.1", "en")
    assert work.title == "Peer support: a randomised trial"
    assert work.title_as_given == "Peer support: a <i>randomised</i> trial"
    assert names(work) == [
        ("Ana B.", "Silva", None),
        ("Jan", "van der Berg", "Jr."),
        (None, "World Health Organization", None),
    ]
    assert [one.is_organisation for one in work.authors or ()] == [False, False, True]
    assert [one.label for one in work.abstract_sections] == ["BACKGROUND", "RESULTS", "CONCLUSIONS"]
    assert (work.year, work.date, work.volume, work.issue) == (2020, "2020-05-03", "12", "3")
    assert (work.first_page, work.last_page) == ("123", "130")
    assert work.venue is not None
    assert (work.venue.name, work.venue.short_name, work.venue.issns) == ("Journal of Peers", "J Peers", ("1447-0349",))
    assert [(one.url, one.kind) for one in work.links] == [("https://example.org/peer.pdf", "pdf")]
    assert [one.term for one in work.keywords] == ["peer support", "recovery"]
    assert (work.source, work.native_id) == ("db", native_id(RIS["zotero"]))


def test_ovid_hides_the_doi_and_writes_names_short() -> None:
    """The DOI in M3, initials behind the name, both pages in SP, its own headings with a star."""
    work = read(RIS["ovid"])
    assert work.doi == "10.1177/2325967120950040"
    assert names(work) == [("E.", "Fanning", None), ("CJ", "Law", None)]
    assert (work.first_page, work.last_page, work.year) == ("9", "17", 2014)
    assert [(one.term, one.kind) for one in work.keywords] == [
        ("athlete", "assigned"),
        ("recovery", "author"),
        ("hope", "author"),
    ]
    assert [str(one) for one in work.other_identifiers] == ["psycinfo:2010-12345-001"]


def test_scopus_hides_the_doi_in_the_address_and_counts_in_notes() -> None:
    """With the number of the article, and its own number of the record."""
    work = read(RIS["scopus"])
    assert (work.doi, work.article_number) == ("10.1000/old", "17")
    assert [(one.kind, one.value, one.source) for one in work.counts] == [("cited_by", 10, "scopus")]
    assert [str(one) for one in work.other_identifiers] == ["scopus:2-s2.0-45549090233"]


def test_what_looks_like_a_doi_of_central_is_none() -> None:
    """It is Cochrane's address of its own record; the PMID of the trial stands in C3."""
    work = read(RIS["central"])
    assert (work.doi, work.pmid, work.type) == (None, "29456894", "conference-paper")
    assert {str(one) for one in work.other_identifiers} == {"cochrane:CN-01234567", "embase:620000001"}


def test_dimensions_marks_its_identifiers() -> None:
    """And a chapter's ISBN is that of its book."""
    work = read(RIS["dimensions"])
    assert (work.pmid, work.pmcid) == ("35957633", "PMC9359172")
    assert work.venue is not None
    assert (work.venue.name, work.venue.isbns, work.venue.type) == ("A book", ("9780306406157",), "book")
    assert [one.name for one in work.editors] == ["Bo Reis"]
    assert (work.publisher, work.publisher_location) == ("Press", "Lisbon")


def test_several_values_on_one_line_are_several() -> None:
    """Names in pairs, addresses behind a semicolon; a file on somebody's disk is no link."""
    work = read(RIS["mendeley"])
    assert names(work) == [("A.", "Silva", None), ("B.", "Reis", None), ("C.", "van der Berg", None)]
    assert [one.url for one in work.links] == ["http://example.org/a", "http://example.org/b"]


def test_proquest_hides_the_doi_in_a_note() -> None:
    """Behind its label; text before the record is passed over, and the line it begins on is told."""
    (fragment,) = fragments(RIS["proquest"])
    work = read(RIS["proquest"])
    assert fragment.line == 2
    assert (work.doi, work.title, work.year) == ("10.1000/hidden", "Two lines of a title", 2019)


@pytest.mark.parametrize(
    "note",
    [
        "Erratum in: J. 2020. doi: 10.1000/notice",
        "Scales: A DOI: 10.1037/t38733-000; B DOI: 10.1037/t02826-000",
        "10.1000/a and some words",
    ],
)
def test_the_doi_of_another_work_is_not_taken(note: str) -> None:
    """Nor one of several, nor one without its label."""
    assert read(f"TY  - JOUR\nTI  - A\nN1  - {note}\nER  - \n").doi is None


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        ("TY  - JOUR\nTI  - A\nPY  - 2020/05/01/Spring", "date", "2020-05-01"),
        ("TY  - JOUR\nTI  - A\nY1  - 1900/01/01\nDA  - 1950/01/01", "date", "1950-01-01"),
        ("TY  - JOUR\nPY  - 0000\nTI  - A", "year", None),
        ("TY  - THES\nTI  - A\nSP  - 150", "page_count", 150),
        ("TY  - JOUR\nTI  - A\nSP  - 663S\nEP  - 671S", "last_page", "671S"),
        ("TY  - JOUR\nTI  - A\nC2  - PMC6561949", "pmcid", "PMC6561949"),
        ("TY  - JOUR\nTI  - RETRACTED: A", "is_retracted", True),
        ("TY  - JOUR\nTI  - A\nM3  - Review", "type", "review"),
        ("TY  - Journal Article\nTI  - A", "type", "article"),
        ("TY  - JOUR\nST  - Only short", "title", "Only short"),
        ("TY - JOUR\nTI - One space", "title", "One space"),
        ("ty  - JOUR\nti  - Small letters", "title", "Small letters"),
        ("TY  - JOUR\nTI  -Squeezed", "title", "Squeezed"),
        ("TY  - JOUR\nTI  - A\nLA  - ger", "language", "de"),
        ("TY  - JOUR\nTI  - A\nDB  - MEDLINE\nAN  - 31234567", "pmid", "31234567"),
    ],
)
def test_a_habit_of_some_exporter_is_understood(lines: str, field: str, value: object) -> None:
    """One habit a case."""
    assert getattr(read(f"{lines}\nER  - \n"), field) == value


def test_a_line_that_only_looks_like_a_tag_goes_on_with_the_value() -> None:
    """Unknown tags need both their spaces."""
    work = read("TY  - JOUR\nTI  - A\nAB  - Odds ratios:\nOR - 1.2\nand so on\nER  - \n")
    assert work.abstract == "Odds ratios: OR - 1.2 and so on"


def test_a_record_ends_where_the_next_begins() -> None:
    """Whether ER is missing, the file ends, or TY is lost."""
    text = "TY  - JOUR\nTI  - One\n\nTY  - BOOK\nTI  - Two\nER  - \n\nAU  - L\nTI  - Three\nER  - \nTY  - JOUR\nTI  - F"
    found = fragments(text)
    assert [one.line for one in found] == [1, 4, 8, 11]
    works = [ris.record(one.text, "db") for one in found]
    assert [work.title for work in works if isinstance(work, Record)] == ["One", "Two", "Three", "F"]


def test_a_record_that_says_nothing_is_reported() -> None:
    """With its text."""
    found = ris.record("TY  - JOUR\nPB  - \nER  - ", "db")
    assert isinstance(found, Skip)
    assert (found.reason, found.source) == ("empty record", "db")


@pytest.mark.parametrize("data", [b"", b"\n\n", b"Just a text.\nAnother line - of it.", b"a,b\n1,2\n"])
def test_what_is_no_ris_is_refused_with_a_sentence(data: bytes) -> None:
    """An empty file too."""
    with pytest.raises(InputError, match="RIS"):
        list(ris.split(io.BytesIO(data)))
    assert not ris.recognises(data)


WORD = st.text(st.characters(codec="utf-8", categories=("L", "N")), min_size=1, max_size=12)


@given(
    titles=st.lists(st.tuples(WORD, WORD), min_size=1, max_size=8),
    end=st.sampled_from(["\n", "\r\n", "\r"]),
    encoding=st.sampled_from(["utf-8", "utf-8-sig", "utf-16"]),
    seed=st.randoms(use_true_random=False),
)
def test_as_many_records_come_out_as_went_in(
    titles: list[tuple[str, str]], end: str, encoding: str, seed: random.Random
) -> None:
    """In every encoding, with every line end, with and without ER."""
    lines = []
    for title, family in titles:
        lines += ["TY  - JOUR", f"TI  - {title}", f"AU  - {family}, A.", *(["ER  - "] if seed.random() < 0.7 else [])]
        lines += [""] * seed.randrange(3)
    found = fragments(end.join(lines).encode(encoding))
    works = [ris.record(one.text, "db") for one in found]
    assert len(works) == len(titles)
    assert [" ".join((work.title or "").split()) for work in works if isinstance(work, Record)] == [
        read(f"TY  - JOUR\nTI  - {title}\nAU  - A, B\n").title for title, _ in titles
    ]


@given(st.text(st.sampled_from("TYAUERKWDO -\n\r10./;,{}ab\ufeff"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is cut or refused, and every fragment is a record or a reason."""
    try:
        found = fragments(text)
    except InputError:
        return
    for fragment in found:
        assert fragment.text.strip()
        assert isinstance(ris.record(fragment.text, "db"), Record | Skip)


def test_the_fixtures_of_rispy_lose_nothing() -> None:
    """As many records as lines that begin one; each with what its tags say."""
    folder = SHARED / "imports" / "rispy"
    if not folder.is_dir():
        pytest.skip("the recorded files of rispy are not here")
    count = 0
    for path in sorted(folder.glob("*.ris")):
        if path.stem == "example_wos":
            continue  # the text of the Web of Science
        data = path.read_bytes()
        assert ris.recognises(data[:65_536]), path.name
        found = fragments(data)
        assert len(found) == data.count(b"TY  - "), path.name
        for fragment in found:
            work = ris.record(fragment.text, "db")
            assert isinstance(work, Record)
            tags = dict(ris.fields(fragment.text))
            assert bool(tags.get("AU") or tags.get("A1")) == bool(work.authors), path.name
            assert bool(tags.get("PY") or tags.get("Y1")) == bool(work.year), path.name
            assert bool(tags.get("DO")) == bool(work.doi), path.name
            assert bool(tags.get("N2") or tags.get("AB")) == bool(work.abstract), path.name
            count += 1
    assert count == 23
