"""Titles, names and places are read as people write them, before anything is compared."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.folding import fold, romanise
from harvester.match.names import byline, same_person
from harvester.match.places import container, issue, pages, same_container, volume
from harvester.match.titles import parallel, wording


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Brain", "Brain: A Journal of Neurology"),
        ("Lung Cancer", '"Lung cancer (Amsterdam, Netherlands)"'),
        ("N Engl J Med", "The New England Journal of Medicine"),
        ("New Engl J Med", "New England Journal of Medicine."),
        ("Proc Natl Acad Sci U S A", "Proceedings of the National Academy of Sciences of the United States of America"),
        ("Dtsch-Med-Wochenschr", "Deutsche Medizinische Wochenschrift"),
        ("Ann Fr Anesth Reanim", "Annales Francaises d'Anesthesie et de Reanimation"),
        ("Jthoraccardiovascsurg", "Journal of Thoracic & Cardiovascular Surgery"),
        ("JAMA", "Journal of the American Medical Association"),
        ("ACM SIGMOD Record", "SIGMOD Record"),
        ("The VLDB Journal &mdash; The International Journal on Very Large Data Bases", "VLDB J."),
        (
            "International Conference on Information Systems, ICIS",
            "42nd International Conference on Information Systems",
        ),
    ],
)
def test_names_of_one_journal(one: str, other: str) -> None:
    """Abbreviations, places, subtitles, acronyms and ordinals do not part a journal in two."""
    first, second = container(one), container(other)
    assert first is not None
    assert second is not None
    assert same_container(first, second)
    assert same_container(second, first)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Diabetes", "Diabetologia"),
        ("Journal of Digital Studies", "Workshop of Digital Studies"),
        ("Stroke", "Canadian Journal of Neurological Sciences"),
        ("Atherosclerosis", "Atherosclerosis Supplements"),
        ("British Journal of Haematology", "British Journal of Surgery"),
        ("Lancet", "Lancet Neurology"),
        ("Annals of Surgery", "Annals of Thoracic Surgery"),
    ],
)
def test_names_of_two_journals(one: str, other: str) -> None:
    """Journals with like names are two."""
    first, second = container(one), container(other)
    assert first is not None
    assert second is not None
    assert not same_container(first, second)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Müller", "Hans"), ("Mueller", "H.")),
        (("Щукин", "И."), ("Shchukin", "I")),
        (("Vishnevskii", "A. A."), ("Vishnevski", "A A")),
        (("de la Cruz", "Juan"), ("Cruz", "J.")),
        (("García Márquez", "Ana"), ("Garcia", "Ana")),
        (("Le", "Quintrec M."), ("Quintrec", "M.")),
        (("Xiaoguang", "Wang"), ("Wang", "X.")),
        (("Chan DKY", None), ("Chan", "Daniel K. Y.")),
        (("Ludwig van Beethoven", None), ("van Beethoven", "L")),
        (("Smith Jr.", "John"), ("Smith", "John")),
        (("\ufffdzsu", "M. Tamer"), ("Özsu", "M. Tamer")),
    ],
)
def test_names_of_one_person(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    """Initials, particles, transliteration, suffixes and a swapped order do not part a person in two."""
    first, second = byline([one]), byline([other])
    assert first is not None
    assert second is not None
    assert same_person(first.people[0], second.people[0])
    assert same_person(second.people[0], first.people[0])


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (("Hall", "Laura L"), ("Hall", "Gillian")),
        (("Wang", "Li"), ("Wang", "Xin")),
        (("Smith", "John"), ("Jones", "John")),
    ],
)
def test_names_of_two_people(one: tuple[str, str | None], other: tuple[str, str | None]) -> None:
    """A common family name with other given names, or the reverse, is not one person."""
    first, second = byline([one]), byline([other])
    assert first is not None
    assert second is not None
    assert not same_person(first.people[0], second.people[0])


@pytest.mark.parametrize("nobody", ["", "UNKNOWN", "Anonymous", "[Anonymous]", "No authors listed", "n/a", "et al."])
def test_nobody_is_no_author(nobody: str) -> None:
    """What databases print where there is no author names nobody."""
    assert byline([(nobody, None)]) is None


@pytest.mark.parametrize(
    ("text", "families"),
    [
        ("B. Abrahao; P. Parigi; A. Gupta", ["abrahao", "parigi", "gupta"]),
        ("Tan A.Schulze A.O'Donnell C. P.Davis P. G.", ["tan", "schulze", "odonnell", "davis"]),
        ("Hall L, Ito K, Rossi C", ["hall", "ito", "rossi"]),
        ("Hall, L., Ito, K., et al.", ["hall", "ito"]),
        ("Laura Hall and Kenji Ito", ["hall", "ito"]),
    ],
)
def test_a_list_run_together_is_taken_apart(text: str, families: list[str]) -> None:
    """A whole byline in one field still names its people."""
    found = byline([(text, None)])
    assert found is not None
    assert [person.family for person in found.people] == families


@pytest.mark.parametrize(
    ("title", "mark", "words"),
    [
        ("Erratum to: Peer support at work", "correction", "peer support at work"),
        ("Corrigendum: Peer support at work", "correction", "peer support at work"),
        ("Peer support at work (vol 142, pg 310, 2003)", "correction", "peer support at work"),
        ("Retraction notice to Peer support at work", "retraction", None),
        ("Reply to: Peer support at work", "reply", "peer support at work"),
        ("Peer support at work - Authors' reply", "reply", "peer support at work"),
        ("Comment on Peer support at work", "comment", "peer support at work"),
        ("Peer support at work: a protocol for a trial", "protocol", None),
        ("RETRACTED: Peer support at work", None, "peer support at work"),
        ("[Peer support at work]. [German]", None, "peer support at work"),
        ("Peer support at work. [Review] [33 refs]", None, "peer support at work"),
        ("Peer support at work <ORIGINAL> Le soutien par les pairs", None, "peer support at work"),
        ("Correcting hyponatraemia", None, "correcting hyponatraemia"),
    ],
)
def test_marks_are_read_apart_from_the_title(title: str, mark: str | None, words: str | None) -> None:
    """Notices are recognised by what they say of themselves, and notes of databases are dropped."""
    found = wording(title)
    assert found is not None
    assert found.mark == mark
    assert words is None or found.spaced == words


@pytest.mark.parametrize(
    ("title", "recurs"),
    [
        ("Editorial", True),
        ("From the editors", True),
        ("Index", True),
        ("Index to volume 12", True),
        ("Index structures for selective dissemination of information", False),
        ("News media coverage of peer support in five countries", False),
        ("Peer support at work in psychiatric hospitals", False),
    ],
)
def test_columns_are_known_by_their_titles(title: str, recurs: bool) -> None:
    """What heads every issue of a journal is told from papers whose titles begin with the same word."""
    found = wording(title)
    assert found is not None
    assert found.is_recurring is recurs


def test_parts_are_counted_alike_in_any_numerals() -> None:
    """Part II, part 2 and part two are one part."""
    found = {title: wording(f"Studies in peer support, {title}") for title in ("part II", "Pt. 2", "Part Two", "2")}
    assert {each.part for title, each in found.items() if each and title != "2"} == {"2"}
    assert {each.numbers for each in found.values() if each} == {("2",)}


@pytest.mark.parametrize("title", [None, "", "   ", "UNKNOWN", "...", "[]", "<b></b>"])
def test_a_title_that_says_nothing_is_none(title: str | None) -> None:
    """Blank, punctuation and the word unknown are no titles."""
    assert wording(title) is None


def test_parallel_titles_are_parted() -> None:
    """A translation in brackets is a title of its own; a note in brackets is none."""
    assert len(parallel("Foundations and limits of platform work [Grundlagen und Grenzen der Plattformarbeit]")) == 2
    assert len(parallel("Peer support at work.[Erratum appears in J Ment Health. 2007 Jun 19;104(25):10749]")) == 1


@pytest.mark.parametrize(
    ("first", "last", "expected"),
    [
        ("123", "30", ("123", "130")),
        ("123-30", None, ("123", "130")),
        ("pp. 7", "9", ("7", "9")),
        ("e1000", None, ("e1000", None)),
        ("01 Jun", None, ("1", "6")),
        ("00123", "00130", ("123", "130")),
    ],
)
def test_pages_are_written_out(first: str, last: str | None, expected: tuple[str, str | None]) -> None:
    """Shortened last pages, marks for pages, and pages that a spreadsheet took for a date."""
    assert pages(first, last) == expected


def test_numbers_of_volumes_and_issues() -> None:
    """Numbers are found among what else stands in their fields; what is left of a cut field is none."""
    assert (volume("Vol. 012"), volume("1)"), volume("NA")) == ("12", None, None)
    assert (issue("No. 4"), issue("8-B"), issue("SUPPL. 2"), issue("S2"), issue("May")) == ("4", "8", "s2", "s2", None)


@given(st.text(max_size=80))
@settings(deadline=None)
def test_reading_is_total_and_stable(text: str) -> None:
    """Any text can be read, and folding what is folded changes nothing."""
    assert fold(fold(text)).split() == fold(text).split()
    romanise(text)
    wording(text)
    container(text)
    volume(text)
    issue(text)
    pages(text, text)
    byline([(text, None), (text, text)])
