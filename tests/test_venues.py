"""Journals are known again by name and ISSN, and two journals are never made one."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.model import Venue
from harvester.venues import abbreviates, same_name, same_venue, unite

FULL = "Journal of Mental Health"
PRINT, ONLINE, OTHER = "0963-8237", "1360-0567", "0140-6736"


@pytest.mark.parametrize(
    ("short", "full"),
    [
        ("J Ment Health", "JOURNAL OF MENTAL HEALTH (Abingdon, England)"),
        ("J. Ment. Health", FULL),
        ("J.Ment.Health", "Journal of mental health"),
        ("Proc Natl Acad Sci U S A", "Proceedings of the National Academy of Sciences of the United States of America"),
        ("Proc Natl Acad Sci U S A", "Proceedings of the National Academy of Sciences"),
        ("Br J Psychiatry", "The British journal of psychiatry : the journal of mental science"),
        ("Soc Sci Med", "Social science & medicine (1982)"),
        ("Soc Sci Med", "Social Science &amp; Medicine"),
        ("Aust N Z J Psychiatry", "Australian and New Zealand Journal of Psychiatry"),
        ("N Engl J Med", "The New England Journal of Medicine"),
        ("Acta Crystallogr A", "Acta Crystallographica Section A"),
        ("Alzheimers Dement", "Alzheimer's & Dementia"),
        ("Ann Fr Anesth Reanim", "Annales Françaises d'Anesthésie et de Réanimation"),
        ("Dtsch Med Wochenschr", "Deutsche Medizinische Wochenschrift"),
        ("Z Psychol", "Zeitschrift für Psychologie"),
        ("Psicol Salud", "Psicología y Salud"),
        ("Epilepsy Behav", "Epilepsy & behavior : E&B"),
        ("Int J Obes (Lond)", "International journal of obesity (2005)"),
        ("Asian J Psychiatr", "Asian journal of psychiatry"),
        ("Prog Neuropsychopharmacol Biol Psychiatry", "Progress in neuro-psychopharmacology & biological psychiatry"),
        ("Nat. Rev. Dis. Primers", "Nature Reviews Disease Primers"),
    ],
)
def test_a_title_cut_word_by_word_is_an_abbreviation(short: str, full: str) -> None:
    """Prepositions, articles, places and subtitles apart; the full title abbreviates nothing."""
    assert abbreviates(short, full)
    assert not abbreviates(full, short)
    assert same_name(full, short)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("The Lancet", "Lancet"),
        ("The Lancet. Psychiatry", "Lancet Psychiatry"),
        ("Brain", "Brain: a journal of neurology"),
        ("BMJ", "BMJ (Clinical research ed.)"),
        ("Canadian Journal of Psychiatry", "Canadian journal of psychiatry. Revue canadienne de psychiatrie"),
        ("PLoS ONE", "PLOS ONE"),
        ("Psychiatriki", "Psychiatrike = Psychiatriki"),
        ("Gesundheitswesen", "Gesundheitswesen (Bundesverband der Ärzte (Germany))"),
        ("Bio-medical Research", "Biomedical Research"),
        ("心理学报", "心理学报"),
    ],
)
def test_formatting_parts_no_journal(one: str, other: str) -> None:
    """Case, punctuation, articles, places, a subtitle that describes, a parallel title."""
    assert same_name(one, other)
    assert same_name(other, one)
    assert not abbreviates(one, other)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        ("Cancer", "Cancers"),
        ("Gene", "Genes"),
        ("Cancer Cell", "Cancer Cells"),
        ("Diabetes", "Diabetologia"),
        ("Circulation", "Circulation: Heart Failure"),
        ("Psychiatry Research", "Psychiatry Research: Neuroimaging"),
        ("Physica A", "Physica B"),
        ("Physica A", "Physica"),
        ("In Vivo", "Vivo"),
        ("Sports (Basel)", "Sports (London)"),
        ("J Ment Health", "Journal of Mental Health Policy and Economics"),
        ("Atherosclerosis", "Atherosclerosis Supplements"),
        ("BMJ", "BMJ Open"),
        ("JAMA", "JAMA Psychiatry"),
        ("JAMA", "Journal of the American Medical Association"),
        ("Journal for Science", "Journal of Science"),
        ("Natl Sci Rev", "Natural Science Review"),
        ("ACM: Journal on Computing", "ACM: Journal on Graphics"),
        ("", "Lancet"),
        ("!", "?"),
    ],
)
def test_like_names_are_two_journals(one: str, other: str) -> None:
    """A word more, a plural, a section, an acronym, another place in brackets: not the same name."""
    assert not same_name(one, other)
    assert not same_name(other, one)


@pytest.mark.parametrize(
    ("one", "other", "same"),
    [
        (Venue(name="JMH", issns=(PRINT,)), Venue(name=FULL, issns=(ONLINE, PRINT)), True),
        (Venue(name="JMH", issns=(PRINT,)), Venue(name=FULL, issn_l=PRINT), True),
        (Venue(name="JMH", openalex="S7"), Venue(name=FULL, openalex="S7"), True),
        (Venue(name=FULL, issns=(PRINT,)), Venue(name=FULL, issns=(ONLINE,)), True),
        (Venue(short_name="J Ment Health"), Venue(name=FULL), True),
        (Venue(name=FULL, issns=(PRINT, ONLINE)), Venue(name=FULL, issns=(OTHER,)), False),
        (Venue(name=FULL, issn_l=PRINT), Venue(name=FULL, issn_l=OTHER), False),
        (Venue(name=FULL), Venue(issns=(PRINT,)), False),
        (Venue(name="JMH"), Venue(name=FULL), False),
    ],
)
def test_issns_come_before_names(one: Venue, other: Venue, same: bool) -> None:
    """One in common is enough; lists that exclude each other part even namesakes; without a hint nothing is one."""
    assert same_venue(one, other) is same
    assert same_venue(other, one) is same


def test_a_title_in_lower_and_upper_case_comes_before_capitals() -> None:
    """Acronyms apart, whose capitals are their spelling."""
    for mine, theirs in (("JOURNAL OF MENTAL HEALTH", FULL), ("journal of mental health", FULL), ("JAMA", "Jama")):
        united, _ = unite([Venue(name=mine), Venue(name=theirs)])
        assert united.name == ("JAMA" if mine == "JAMA" else FULL)


def test_a_word_cut_is_preferred_to_an_acronym_as_abbreviation() -> None:
    """`short_name` is the ISO 4 form where any source has it; an acronym otherwise."""
    venues = [
        Venue(name=FULL, short_name="JMH"),
        Venue(name="J MENT HEALTH"),
        Venue(name=FULL, short_name="J Ment Health"),
    ]
    assert unite(venues[:1])[0].short_name == "JMH"
    assert unite(venues[:2])[0].short_name == "J MENT HEALTH"
    assert unite(venues)[0].short_name == "J Ment Health"


def test_a_book_takes_nothing_but_the_issns_from_its_series() -> None:
    """OpenAlex files chapters under the series, which has the ISSN that Crossref gives for the chapter."""
    book = Venue(name="Peer Support", series="Lecture Notes", issns=(PRINT,), isbns=("9780306406157",), type="book")
    series = Venue(name="Lecture Notes in Help", issns=(PRINT, ONLINE), issn_l=PRINT, openalex="S7", type="book series")
    united, joined = unite([book, series])
    assert united == book.model_copy(update={"issns": (PRINT, ONLINE), "issn_l": PRINT})
    assert joined == {0, 1}


def test_what_one_venue_brings_makes_another_known() -> None:
    """The name leads to the record with both ISSNs, and these to one of another name."""
    venues = [Venue(name="JMH", issns=(ONLINE,)), Venue(name=OTHER), Venue(name=FULL, issns=(PRINT, ONLINE))]
    assert unite([Venue(name="J Ment Health"), *venues])[1] == {0, 1, 3}
    assert unite([Venue(name="J Ment Health"), *venues])[0].issns == (PRINT, ONLINE)


NAMES = (
    st.none()
    | st.sampled_from([FULL, "J Ment Health", "JMH", "Lancet", "The Lancet", "Journal"])
    | st.text(max_size=30)
)
VENUES = st.builds(
    Venue,
    name=NAMES,
    short_name=NAMES,
    issns=st.lists(st.sampled_from([PRINT, ONLINE, OTHER]), max_size=2).map(tuple),
    issn_l=st.sampled_from([None, PRINT, OTHER]),
    openalex=st.sampled_from([None, "S7", "S8"]),
    type=st.sampled_from([None, "journal", "book"]),
)


@settings(max_examples=300, deadline=None)
@given(st.lists(VENUES, min_size=1, max_size=5))
def test_uniting_loses_no_issn_and_adds_nothing_of_its_own(venues: list[Venue]) -> None:
    """Every part of the united venue was said by one of those that joined, and uniting it again changes nothing."""
    united, joined = unite(venues)
    said = [venues[place] for place in joined]
    assert 0 in joined
    assert {issn for venue in said for issn in venue.issns} == set(united.issns)
    for name in ("name", "short_name", "issn_l", "openalex", "type"):
        value = getattr(united, name)
        either = ("name", "short_name") if "name" in name else (name,)
        assert value in {None, *(getattr(venue, each) for venue in said for each in either)}
    assert unite([united, *said])[0].issns == united.issns


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60), st.text(max_size=60))
def test_any_text_is_compared_both_ways_alike(one: str, other: str) -> None:
    """Whatever stands in the field: no error, no direction, and a name is its own."""
    assert same_name(one, other) == same_name(other, one)
    assert same_name(one, one)
    assert not (abbreviates(one, other) and abbreviates(other, one))


def test_a_name_without_end_is_read_in_no_time() -> None:
    """Only the beginning counts, whatever it consists of."""
    for piece in ("a: the ", "((", " . ", "=", "J ", "&amp;<"):
        assert same_name(piece * 100_000, piece * 100_000 + "x") in {True, False}
