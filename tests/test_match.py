"""Two descriptions: the same work, for review, or different, and what links works that are not the same."""

import json
import os
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.match import Decision, Description, compare
from harvester.model import Authorship, Bibliography, Title, Venue

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
CASES = SHARED / "data" / "dedupe" / "bibdedupe_test_cases.json"

TITLE = "Peer support for people with psychosis: a randomised controlled trial in community teams"
JOURNAL = "European Archives of Psychiatry and Clinical Neuroscience"
PAPER = Description(
    key="paper",
    title=TITLE,
    authors=(("Müller", "Hans-Peter"), ("García Márquez", "Ana"), ("van den Berg", "Jan A."), ("O'Neill", "Siobhán")),
    year=2014,
    container=JOURNAL,
    volume="264",
    issue="3",
    first_page="215",
    last_page="227",
    language="en",
)


def decision(one: Description, other: Description) -> Decision:
    """The decision, after a check that it does not depend on which of the two comes first."""
    there, back = compare(one, other), compare(other, one)
    assert (there.decision, there.link, there.reason) == (back.decision, back.link, back.reason)
    return there.decision


def other(**changes: Any) -> Description:
    """The paper as another database has it."""
    return replace(PAPER, **({"key": "other"} | changes))


@pytest.mark.parametrize(
    "changes",
    [
        {"title": TITLE.upper()},
        {"title": "Peer-support for people with psychosis - a randomised, controlled trial in community teams."},
        {"title": f"[{TITLE}]. [German]"},
        {"title": f"{TITLE} [Review] [33 refs]"},
        {"title": f"{TITLE}.[Erratum appears in Eur Arch Psychiatry. 2015 Jun;4(2):110]"},
        {"title": "Peer support for people with psychosis"},
        {"title": TITLE.replace("randomised", "randomized")},
        {"title": "<i>Peer</i> support for people with psychosis: a randomised controlled trial in community teams"},
        {"authors": (("Mueller", "HP"), ("Garcia Marquez", "A"), ("Berg", "JA"), ("O’Neill", "S"))},
        {"authors": (("Muller H-P", None), ("Garcia-Marquez A", None), ("van den Berg JA", None), ("ONeill S", None))},
        {"authors": (("Hans-Peter", "Müller"), ("Ana", "García Márquez"), ("Jan", "Berg"), ("Siobhán", "O'Neill"))},
        {"authors": (("Müller, H. P., et al.", None),)},
        {"authors": (("Müller H. P.Garcia Marquez A.Berg J. A.O'Neill S.", None),)},
        {"authors": None},
        {"container": "Eur Arch Psychiatry Clin Neurosci"},
        {"container": "European archives of psychiatry & clinical neuroscience."},
        {"first_page": "215", "last_page": "27"},
        {"issue": None, "volume": "264(3)"},
        {"year": 2013},
        {"year": 2013, "volume": None, "issue": None, "first_page": "1", "last_page": "13"},
        {"volume": None, "issue": None, "first_page": None, "last_page": None},
        {"doi": "10.1/x", "container": None, "volume": None, "first_page": None, "last_page": None, "issue": None},
    ],
    ids=" ".join,
)
def test_what_databases_write_differently_is_the_same(changes: dict[str, Any]) -> None:
    """Case, accents, punctuation, initials, abbreviations, cut lists and early dates do not part a work in two."""
    assert decision(PAPER, other(**changes)) == Decision.SAME


@pytest.mark.parametrize(
    ("changes", "link"),
    [
        ({"title": f"Erratum to: {TITLE}", "first_page": "401", "last_page": None}, "correction"),
        ({"title": f"{TITLE} (vol 264, pg 215, 2014)", "first_page": "401", "last_page": "401"}, "correction"),
        ({"title": f"Retraction: {TITLE}", "first_page": "9", "last_page": None, "year": 2016}, "retraction"),
        ({"title": f"Comment on: {TITLE}", "authors": (("Hall", "L"),), "first_page": "300"}, "comment"),
        ({"title": f"{TITLE} - Reply", "first_page": "302", "last_page": None}, "reply"),
        ({"title": f"{TITLE}: study protocol", "year": 2011, "container": "Trials", "volume": "12"}, "protocol"),
        (
            {"language": "de", "container": "Psychiatrische Praxis", "volume": "41", "first_page": "301"},
            "translation",
        ),
        ({"container": None, "volume": None, "first_page": None, "type": "preprint", "issue": None}, "preprint"),
        ({"container": "medRxiv", "volume": None, "first_page": None, "type": "preprint"}, "preprint"),
        (
            {"container": "Proceedings of the World Congress of Psychiatry", "volume": None, "first_page": "17"},
            "conference",
        ),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_related_works_are_linked_and_not_merged(changes: dict[str, Any], link: str) -> None:
    """An erratum, a reply, a protocol, a preprint, a congress abstract: each is a work of its own."""
    assert decision(PAPER, other(**changes)) == Decision.DIFFERENT
    assert compare(PAPER, other(**changes)).link == link


def test_parts_of_a_series_are_linked() -> None:
    """Part I and part II differ by one letter of the title and are two works."""
    title = "Studies in peer support. Part I. Background and methods of the survey"
    one = other(title=title)
    two = replace(one, key="two", title=title.replace("Part I.", "Part II."), first_page="228", last_page="240")
    assert decision(one, two) == Decision.DIFFERENT
    assert compare(one, two).link == "part"


def test_editions_of_a_book_are_linked() -> None:
    """The same book in another year is another edition."""
    book = Description(key="1", title="A handbook of peer support", authors=(("Hall", "L"),), year=2001, type="book")
    assert decision(book, replace(book, key="2", year=2012)) == Decision.DIFFERENT
    assert compare(book, replace(book, key="2", year=2012)).link == "edition"


def test_versions_of_a_cochrane_review_are_shown_to_a_person() -> None:
    """An update keeps title, authors and number under a new DOI: it is linked as a version, never merged unasked."""
    review = other(container="Cochrane Database Syst Rev", volume=None, first_page="CD002273", last_page=None)
    old = replace(review, key="1", doi="10.1002/14651858.cd002273.pub2", year=2004)
    new = replace(review, key="2", doi="10.1002/14651858.cd002273.pub3", year=2008)
    assert decision(old, new) == Decision.REVIEW
    assert compare(old, new).link == "version"


def test_a_doi_of_the_whole_issue_merges_nothing() -> None:
    """One DOI stands on every abstract of a congress; a common DOI on two titles by two people is no identity."""
    one = other(key="1", doi="10.1016/s0001(11)1", title="Sleep in adolescents after trauma", authors=(("Ito", "K"),))
    two = replace(one, key="2", title="Cost of outreach in rural districts", authors=(("Hall", "L"),), first_page="8")
    assert decision(one, two) == Decision.DIFFERENT


def test_a_common_doi_with_something_odd_is_shown_to_a_person() -> None:
    """Where identifier and authors agree and the title does not, nobody is asked to believe either."""
    one = other(key="1", doi="10.1/x", first_page=None, last_page=None, volume=None)
    two = replace(one, key="2", title="Loneliness in later life: what carers of veterans say")
    assert decision(one, two) == Decision.REVIEW


@pytest.mark.parametrize("title", ["Editorial", "Editor's comments", "Book review", "In this issue", "Introduction"])
def test_columns_are_merged_only_on_the_same_pages(title: str) -> None:
    """What a journal prints in every issue is told apart by its pages alone."""
    column = other(key="1", title=title, authors=(("Weber", "Ron"),))
    again = replace(column, key="2", issue="4", first_page="301", last_page="303")
    assert decision(column, again) == Decision.DIFFERENT
    assert decision(column, replace(column, key="3", container=JOURNAL.upper())) == Decision.SAME


def test_one_word_in_place_of_another_is_another_title() -> None:
    """Sibling trials share all but one word of a long title."""
    adults = other(key="1", title="An open label multicentre trial of eculizumab in adult patients with atypical HUS")
    children = replace(
        adults, key="2", title=(adults.title or "").replace("adult", "young"), first_page="301", last_page="9"
    )
    assert decision(adults, children) != Decision.SAME


def test_a_bilingual_record_is_one_work() -> None:
    """A database that prints the translated title, and one that prints the original, describe one article."""
    original = other(key="1", title="Plattformökonomie als Herausforderung für das deutsche Modell der Arbeit")
    english = other(key="2", title="Platform economy as a challenge to the German model of work")
    assert decision(original, english) == Decision.SAME


def test_nothing_is_made_of_nothing() -> None:
    """Descriptions without title, or without anything, are never merged."""
    empty = Description(key="1")
    assert decision(empty, Description(key="2")) == Decision.DIFFERENT
    assert decision(other(key="1", title=None), PAPER) != Decision.SAME


def test_the_reason_is_written_out() -> None:
    """A verdict says what agrees, what does not, and which rule decided."""
    verdict = compare(PAPER, other(container="Eur Arch Psychiatry Clin Neurosci", issue="4"))
    assert verdict.reason == "the same title, volume and pages"
    told = {finding.field: finding.relation for finding in verdict.findings}
    assert told["container"] == "the same"
    assert told["issue"] == "different"
    assert "issue: different (4 | 3)" in str(verdict)
    assert verdict.keys == ("other", "paper")


def test_a_description_is_what_a_record_says() -> None:
    """Title and subtitle are joined, unparted names stay whole, machine translations are left out."""
    work = Bibliography(
        title="Peers",
        subtitle="a trial",
        other_titles=(Title(text="Pairs", source="x"), Title(text="Peer", source="x", machine_translated=True)),
        authors=(
            Authorship(name="Laura Hall", given="Laura", family="Hall"),
            Authorship(name="WHO", is_organisation=True),
        ),
        venue=Venue(name="The Lancet", short_name="Lancet", issns=("0140-6736",)),
    )
    described = Description.of(work, key="1")
    assert described.title == "Peers: a trial"
    assert described.other_titles == ("Pairs",)
    assert described.authors == (("Hall", "Laura"), ("WHO", None))
    assert (described.container, described.other_containers) == ("The Lancet", ("Lancet",))


TEXT = st.text(max_size=60) | st.none()
ANYTHING = st.builds(
    Description,
    key=st.just("x"),
    title=TEXT,
    other_titles=st.lists(st.text(max_size=30), max_size=2).map(tuple),
    authors=st.lists(st.tuples(TEXT, TEXT), max_size=4).map(tuple) | st.none(),
    year=st.integers(1400, 2100) | st.none(),
    container=TEXT,
    volume=TEXT,
    issue=TEXT,
    first_page=TEXT,
    last_page=TEXT,
    doi=st.sampled_from([None, "10.1/a", "10.1/b"]),
    pmid=st.sampled_from([None, "1", "2"]),
    abstract=TEXT,
)


@given(ANYTHING, ANYTHING)
def test_any_two_descriptions_compare_the_same_both_ways(one: Description, two: Description) -> None:
    """Whatever strangers put into the fields, the comparison ends, and does not depend on the order."""
    decision(replace(one, key="1"), replace(two, key="2"))


WORDS = ("peer", "support", "psychosis", "recovery", "trial", "zürich", "café", "team", "work")
PLAIN = str.maketrans("äöüáéí", "aouaei")


@given(
    words=st.lists(
        st.sampled_from(WORDS),
        min_size=7,
    ),
    upper=st.booleans(),
    plain=st.booleans(),
    mark=st.sampled_from([" ", "-", ", ", ": "]),
    initials=st.booleans(),
)
def test_damage_that_names_the_same_work(words: list[str], upper: bool, plain: bool, mark: str, initials: bool) -> None:
    """Case, accents, punctuation and initials, in any mixture, never part a work in two."""
    title = " ".join(words)
    damaged = mark.join(words)
    if plain:
        damaged = damaged.translate(PLAIN)
    if upper:
        damaged = damaged.upper()
    authors = PAPER.authors or ()
    if initials:
        authors = tuple((family, given and given[0]) for family, given in authors)
    assert decision(replace(PAPER, title=title), other(title=damaged, authors=authors)) == Decision.SAME


@given(one=st.integers(1, 12), two=st.integers(1, 12), years=st.integers(5, 60), page=st.integers(300, 9_000))
def test_damage_that_names_another_work(one: int, two: int, years: int, page: int) -> None:
    """Another part number, an erratum, another year with other pages: never the same."""
    part = other(title=f"{TITLE}, part {one}")
    elsewhere: dict[str, Any] = {"first_page": str(page), "last_page": str(page + 8)}
    if one != two:
        assert decision(part, replace(part, key="p", title=f"{TITLE}, part {two}", **elsewhere)) != "same"
    assert decision(PAPER, other(title=f"Erratum: {TITLE}")) != Decision.SAME
    later = other(year=2014 + years, volume=str(264 + years), **elsewhere)
    assert decision(PAPER, later) != Decision.SAME


@settings(max_examples=20, deadline=None)
@given(
    st.sampled_from(["(" * 4_000, "[" * 4_000, "part " * 2_000, "a " * 4_000, "1(" * 3_000, "'" * 9_000, "\x00" * 99])
)
def test_hostile_text_takes_linear_time(text: str) -> None:
    """Brackets, spaces and marks by the thousand do not stall the comparison."""
    hostile = replace(PAPER, key="h", title=text, container=text[:2_000], authors=((text, None),), first_page=text)
    assert decision(PAPER, hostile) == Decision.DIFFERENT


def test_ten_thousand_authors_are_compared_in_no_time() -> None:
    """A paper of a collaboration, and a whole list run together in one field, do not stall the comparison."""
    crowd = tuple((f"Family{number}", "A.") for number in range(10_000))
    assert decision(replace(PAPER, authors=crowd), other(authors=crowd)) == Decision.SAME
    line = "; ".join(f"Family{number}, A." for number in range(10_000))
    assert decision(replace(PAPER, authors=crowd), other(authors=((line, None),))) == Decision.SAME


def described(key: str, raw: dict[str, str | None]) -> Description:
    """A BibTeX-like record of the case file."""
    names = (raw.get("author") or "").split(" and ")
    parted = (tuple(part.strip() or None for part in name.split(",", 1)) for name in names if name)
    first, _, last = (raw.get("pages") or "").replace("--", "-").partition("-")
    return Description(
        key=key,
        title=raw.get("title"),
        authors=tuple((name[0], name[1] if len(name) > 1 else None) for name in parted) or None,
        year=int(raw.get("year") or 0) or None,
        container=raw.get("journal") or raw.get("booktitle"),
        volume=raw.get("volume"),
        issue=raw.get("number"),
        first_page=first or None,
        last_page=last or None,
        doi=(raw.get("doi") or "").lower() or None,
        abstract=raw.get("abstract"),
    )


def test_the_hard_pairs_of_bib_dedupe() -> None:
    """Every hard pair is decided as its authors expect, save for two versions of a Cochrane review, which we link."""
    if not CASES.exists():
        pytest.skip("the case file of bib-dedupe is not there")
    cases = json.loads(CASES.read_text(encoding="utf-8"))["cases"]
    assert cases
    wrong = {
        case["id"]
        for case in cases
        if (decision(described("a", case["record_a"]), described("b", case["record_b"])) == Decision.SAME)
        != case["expected_duplicate"]
    }
    assert wrong == {"tan_2004_2005_pub2_vs_pub3"}


def test_reasons_are_phrases() -> None:
    """A reason is for a person: words, and no number."""
    assert not re.search(r"\d", compare(PAPER, other(year=2013)).reason)
