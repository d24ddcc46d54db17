"""Names at the same place of two lists are one person's, or they are not: nothing in between."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.model import Authorship
from harvester.names import is_comparable, same_author

Printed = str | tuple[str, str]


def author(printed: Printed) -> Authorship:
    """A name as OpenAlex prints it, or in its parts (given, family) as Crossref has them."""
    if isinstance(printed, str):
        return Authorship(name=printed)
    return Authorship(name=" ".join(printed), given=printed[0], family=printed[1])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("L.", "van der Berg"), "van der Berg, L."),
        (("L.", "van der Berg"), "L. van der Berg"),
        (("L.", "van der Berg"), "Berg L"),
        (("Juan", "de la Cruz"), "Cruz, J."),
        (("José", "Ortega y Gasset"), "J. Ortega Gasset"),
        (("Hans", "Müller"), "H. Mueller"),
        (("Hans", "Müller"), "Hans Muller"),
        (("Søren", "Ærø"), "S. Aeroe"),
        (("И.", "Щукин"), "I. Shchukin"),
        (("Mary", "O'Donnell"), "M. O’Donnell"),
        (("Yu-Chen", "Hsu"), "Hsu Y-C"),
        (("Yu-Chen", "Hsu"), "Yuchen Hsu"),
        ("Yu-Chen Hsu", "Hsu Y-C"),
        ("Yu-Chen Hsu", "HSU Y C"),
        (("Daniel K. Y.", "Chan"), "Chan DKY"),
        (("伟", "王"), "王伟"),
        (("伟", "王"), "王 伟"),
        (("Wei", "Li"), "Wei LI"),
        (("Wei", "Li"), "LI WEI"),
        (("Ana", "García Márquez"), "A. García"),
        ("Silva Ana", "Ana Silva"),
        ("A. Silva", "SILVA, A."),
        (("Ben", "Smith"), "Ben A. Smith"),
        (("John", "Smith"), "John Smith Jr."),
        ("World Health Organization", "World Health Organization (WHO)"),
    ],
)
def test_one_person(one: Printed, other: Printed) -> None:
    """Particles, transliteration, initials, order, suffixes, a joined or a double name."""
    assert same_author(author(one), author(other))
    assert same_author(author(other), author(one))


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("L.", "van der Berg"), "L. van der Meer"),
        ("L. van der Berg", "L. van der Meer"),
        (("Victor", "van der Berg"), "L. van der Berg"),
        (("Juan", "de la Cruz"), "Juan de la Rosa"),
        (("Ben", "Smith"), "Anna Smith"),
        (("Y.", "Hsu"), "A. Hsu"),
        ("Y. Hsu", "A. Hsu"),
        ("Ana Silva", "Ana Costa"),
        ("Ana Silva", "Ana Santos"),
        (("Ana", "Garcia Marquez"), ("Ana", "Lopez Marquez")),
        (("Min", "Wang"), "Wei Wang"),
        (("Wei", "Wang"), "Wei Wong"),
        (("伟", "王"), "Wei Wang"),
        (("伟", "王"), "王芳"),
        (("Ana", "Silva"), "..."),
        ("Peer Group", "Other Group"),
    ],
)
def test_two_people(one: Printed, other: Printed) -> None:
    """A common particle, given name or initial is not enough, nor is a likeness."""
    assert not same_author(author(one), author(other))
    assert not same_author(author(other), author(one))


def test_scripts_that_letters_cannot_bridge_are_not_comparable() -> None:
    """Cyrillic is romanised letter by letter; Chinese characters are not."""
    assert not is_comparable("王伟", "Wei Wang")
    assert is_comparable("王伟", "王芳")
    assert is_comparable("Щукин", "Shchukin")
    assert is_comparable("", "Shchukin")


NAMES = st.text(max_size=30) | st.sampled_from(
    ["Ana Silva", "Silva, A.", "van der Berg", "de", "Y-C", "Jr.", "DKY", "王伟"]
)
PEOPLE = st.builds(Authorship, name=NAMES, family=st.none() | NAMES, given=st.none() | NAMES)


@settings(max_examples=300, deadline=None)
@given(PEOPLE, PEOPLE)
def test_any_names_are_compared_both_ways_alike(one: Authorship, other: Authorship) -> None:
    """Whatever strangers write into the fields: no error, no direction, and a name is its own."""
    assert same_author(one, other) == same_author(other, one)
    assert same_author(one, one)
    assert is_comparable(one.name, other.name) == is_comparable(other.name, one.name)
