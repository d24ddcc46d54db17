"""Names, dates, pages and identifiers as exporters write them."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.formats.draft import Draft, published, settled
from harvester.formats.kinds import KINDS, kind
from harvester.formats.languages import language
from harvester.formats.names import byline, people, person
from harvester.formats.values import date, doi, integer, isbns, issns, month, pages, parted, web_address
from harvester.model import Record, Skip


@pytest.mark.parametrize(
    ("text", "given", "family"),
    [
        ("Silva, Ana B.", "Ana B.", "Silva"),
        ("van der Silva, Ana", "Ana", "van der Silva"),
        ("Silva, Ana van der", "Ana", "van der Silva"),
        ("de Souza, Maria da", "Maria da", "de Souza"),
        ("Ana van der Silva", "Ana", "van der Silva"),
        ("Silva AB", "AB", "Silva"),
        ("YANG Y", "Y", "YANG"),
        ("J. A. SMITH", "J. A.", "SMITH"),
        ("Fanning E.", "E.", "Fanning"),
        ("Okkonen, SR", "SR", "Okkonen"),
        ("O’Neill-Smith B", "B", "O’Neill-Smith"),
        ("de la Cruz", None, "de la Cruz"),
        ("Plato", None, "Plato"),
        ("王伟", None, "王伟"),
        ("王 小明", "小明", "王"),
        ("山田 タロウ", "タロウ", "山田"),
        ("김 민수", "민수", "김"),
        ("Иван Чехов", "Иван", "Чехов"),
        ("Чехов А. П.", "А. П.", "Чехов"),
        ("Νίκος Ρήγα", "Νίκος", "Ρήγα"),
        ("Ρήγας ΝΓ", "ΝΓ", "Ρήγας"),
        ("محمد علي", "محمد", "علي"),
        ("Łukasz Żuř", "Łukasz", "Żuř"),
        ("García Mª", "Mª", "García"),
        ("Bank, John", "John", "Bank"),
    ],
)
def test_a_name_is_read_in_any_order(text: str, given: str | None, family: str) -> None:
    """With particles in front of the family name."""
    found = person(text)
    assert found is not None
    assert (found.given, found.family, found.is_organisation) == (given, family, False)


@pytest.mark.parametrize(
    "text",
    [
        "World Health Organization",
        "World Health Organization,",
        "Global Adaptation Mapping Team",
    ],
)
def test_an_organisation_is_no_person(text: str) -> None:
    """By a comma at the end, or by a word that no family is called."""
    found = person(text)
    assert found is not None
    assert found.is_organisation
    assert found.family is None


def test_two_ministries_are_not_parted_by_their_and() -> None:
    """A name is parted only where all parts are names."""
    assert [one.name for one in people("Food and Drug Administration") if one] == ["Food and Drug Administration"]
    assert len(people("Silva, A and Reis, B")) == 2


def test_nobody_is_no_author_and_others_are_missing() -> None:
    """An anonymous work has a byline with no one in it."""
    assert byline([person("[Anonymous]"), person("No authorship indicated")]).people == ()
    assert not byline([person("Silva, A"), person("et al.")]).is_complete


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("20200503", "2020-05-03"),
        ("2020-05-03T00:00:00Z", "2020-05-03"),
        ("2020 Sep-Oct", "2020-09"),
        ("1998 Dec-1999 Jan", "1998-12"),
        ("15. März 2020", "2020-03-15"),
        ("May 2020", "2020-05"),
        ("Spring 2020", "2020"),
        ("2020/13/01", "2020"),
        ("2020-02-30", "2020-02"),
        ("[c2020]", "2020"),
        ("20201", None),
        ("in press", None),
    ],
)
def test_a_date_is_cut_down_to_what_can_be_true(text: str, expected: str | None) -> None:
    """Of ranges the beginning; of seasons the year."""
    assert date(text) == expected


def test_the_year_field_beats_a_date_of_another_year() -> None:
    """The date of a database's entry is not that of the work."""
    assert published("2019", "20200101", "2019/07/03") == "2019-07-03"
    assert published(None, "n.d.") is None


@pytest.mark.parametrize(
    ("text", "first", "last"),
    [
        ("123-130", "123", "130"),
        ("123--130", "123", "130"),
        ("S12-S15", "S12", "S15"),
        ("p. 7", "7", None),
        ("663S-671S", "663S", "671S"),
        ("e0815", "e0815", None),
        ("94-98,93", "94", "98"),
        ("no-no", None, None),
        ("", None, None),
    ],
)
def test_pages_are_split_and_never_completed(text: str, first: str | None, last: str | None) -> None:
    """A mark in front is none of them."""
    assert pages(text)[:2] == (first, last)


def test_serial_numbers_are_checked() -> None:
    """A digit that is wrong, and a number of thirteen digits that is none."""
    assert issns("1447-0349, 1447-0340; ISSN 14458330") == ("1447-0349", "1445-8330")
    assert isbns("978-0-306-40615-7, 0306406153") == ("9780306406157",)


@given(st.text(max_size=200))
def test_no_text_breaks_a_value(text: str) -> None:
    """Each gives a value or None; dates and years are as they should be."""
    day = date(text)
    assert day is None or (day[:4].isdigit() and len(day) in (4, 7, 10))
    for read in (doi, integer, month, pages, issns, isbns, kind, language, web_address, parted, person, people):
        read(text)
    assert isinstance(settled(Draft("db", text, titles=[text], notes=[text], serials=[text])), Record | Skip)


def test_every_kind_is_found_by_its_own_word() -> None:
    """In any case, and among others the narrowest."""
    assert all(kind(word.upper()) == sort for word, sort in KINDS.items() if word.isascii())
    assert kind("Journal Article; Letter; Comment") == "letter"
    assert kind(None) is None


def test_a_draft_decides_whose_isbn_it_is() -> None:
    """A book's own; of a chapter that of the book it is in."""
    book = settled(Draft("db", "", type="book", titles=["A"], serials=["978-0-306-40615-7"]))
    chapter = settled(Draft("db", "", type="book-chapter", titles=["A"], venue="B", serials=["978-0-306-40615-7"]))
    assert isinstance(book, Record)
    assert isinstance(chapter, Record)
    assert ([str(one) for one in book.other_identifiers], book.venue) == (["isbn:9780306406157"], None)
    assert chapter.other_identifiers == ()
    assert chapter.venue is not None
    assert chapter.venue.isbns == ("9780306406157",)
