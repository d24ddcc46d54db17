"""EndNote's tagged format and Refer."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_records import ENW

from harvester.errors import InputError
from harvester.formats import enw
from harvester.model import Record, Skip


def works(text: str) -> list[Record]:
    found = [enw.record(one.text, "endnote") for one in enw.split(io.BytesIO(text.encode()))]
    return [one for one in found if isinstance(one, Record)]


def test_records_come_in_whole() -> None:
    """An abstract over two paragraphs is one; a record without a type begins after a blank line."""
    article, book, untyped = works(ENW)
    assert (article.title, article.doi, article.type, article.year) == ("Peer support", "10.1000/enw", "article", 2014)
    assert [one.name for one in article.authors or ()] == ["Ana Silva", "Bo Reis"]
    assert (article.volume, article.issue, article.first_page, article.last_page) == ("12", "3", "94", "98")
    assert article.venue is not None
    assert (article.venue.name, article.venue.issns) == ("Journal of Peers", ("1447-0349",))
    assert article.abstract == "First paragraph.\nSecond paragraph."
    assert [one.term for one in article.keywords] == ["peer support", "recovery"]
    assert [one.text for one in article.affiliations] == ["University of Lisbon", "Hospital"]
    assert (book.type, book.page_count, book.publisher, book.publisher_location) == ("book", 173, "Press", "Lisbon")
    assert [str(one) for one in book.other_identifiers] == ["isbn:9780306406157"]
    assert untyped.type is None
    assert [(one.name, one.is_organisation) for one in untyped.authors or ()] == [("World Health Organization", True)]


@pytest.mark.parametrize(
    ("lines", "field", "value"),
    [
        ("%T A\n%0 Thesis", "type", "dissertation"),
        ("%0 Journal Article\n%T A\n%9 Review", "type", "review"),
        ("%T A\n%G Norsk (Bokmål)", "language", "no"),
        ("%T A\n%M 31234567\n%~ PubMed", "pmid", "31234567"),
        ("%T A\n%2 PMC38908", "pmcid", "PMC38908"),
        ("%T A\n%8 May 3\n%D 2014", "date", "2014-05-03"),
        ("%A Silva, Ana\n%! Only short", "title", "Only short"),
    ],
)
def test_a_tag_is_understood(lines: str, field: str, value: object) -> None:
    """One tag a case."""
    (work,) = works(lines)
    assert getattr(work, field) == value


@pytest.mark.parametrize("data", [b"", b"% a comment of TeX\n@article{a,", b"%PDF-1.4\n", b"100% text\n"])
def test_other_files_are_not_recognised(data: bytes) -> None:
    """Comments of TeX begin with the same sign."""
    assert not enw.recognises(data)


@given(st.lists(st.text(st.sampled_from("abc "), min_size=1).filter(str.strip), min_size=1, max_size=10))
def test_as_many_records_come_out_as_went_in(titles: list[str]) -> None:
    """In their order."""
    text = "\n\n".join(f"%0 Book\n%T {title}" for title in titles)
    assert [work.title for work in works(text)] == [" ".join(title.split()) for title in titles]


@given(st.text(st.sampled_from("%0ATDJX@ \n\rx"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is cut or refused, and every fragment is a record or a reason."""
    try:
        found = list(enw.split(io.BytesIO(text.encode())))
    except InputError:
        return
    for fragment in found:
        assert isinstance(enw.record(fragment.text, "endnote"), Record | Skip)
