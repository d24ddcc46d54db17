"""Works that a reference may name are found among many, whatever the reference leaves out or spells wrong."""

import random
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import crossref, keep, openalex

from harvester.library import Library, derive
from harvester.library.candidates import catalogue
from harvester.match import Description, Standing, choose_work
from harvester.match.catalogue import Catalogue
from harvester.model import Reference

TRIAL = Description(
    key="trial",
    title="Peer support for people with personality disorder: a randomised trial of mutual help",
    authors=(("van den Berg", "Jan"), ("Müller", "Hans-Peter"), ("O'Neill", "Siobhán")),
    year=2016,
    container="European Psychiatry",
    volume="41",
    first_page="88",
    abstract="We randomised 120 people.",
)
CHINESE = Description(
    key="chinese",
    title="同伴支持对精神分裂症患者康复的影响",
    authors=(("王", "伟"), ("李", "娜")),
    year=2019,
    container="中国心理卫生杂志",
    volume="33",
    first_page="281",
)
RUSSIAN = Description(
    key="russian",
    title="Роль взаимной поддержки",
    authors=(("Щукин", "Иван"),),
    year=2015,
    volume="25",
    first_page="44",
)
REPORT = Description(
    key="report",
    title="Mental health action plan 2013-2020",
    authors=(("World Health Organization", None),),
    year=2013,
    type="report",
)
ONLINE = Description(
    key="online",
    title="Loneliness among carers of veterans",
    authors=(("Ito", "Ken"),),
    year=2021,
    container="PLOS ONE",
    volume="16",
    article_number="e0249121",
)

WORDS = [f"{stem}{end}" for stem in ("pre", "con", "trans", "hyper", "inter", "micro") for end in range(300)]


def crowd(count: int) -> Iterator[Description]:
    """Works of random words, names and places."""
    chance = random.Random(5)
    for number in range(count):
        yield Description(
            key=f"made {number}",
            title=" ".join(["Peer support of", *chance.choices(WORDS, k=8)]),
            authors=tuple((chance.choice(WORDS), "Ana") for _ in range(3)),
            year=chance.randint(2010, 2020),
            container="European Psychiatry",
            volume=str(chance.randint(1, 60)),
            first_page=str(chance.randint(1, 900)),
        )


WORKS = Catalogue([TRIAL, CHINESE, RUSSIAN, REPORT, ONLINE, *crowd(3_000)])


def printed(text: str) -> Reference:
    return Reference(source="crossref", position=1, text=text)


@pytest.mark.parametrize(
    ("text", "key"),
    [
        ("van den Berg J, Müller HP. Peer support for people with personality disorder. 2016;41:88.", "trial"),
        ("J. van den Berg et al., Eur. Psychiatry 41, 88 (2016)", "trial"),
        ("VAN DEN BERG J, MULLER H P, et al[J]. European Psychiatry, 2015, 41(2): 88-97.", "trial"),
        ("vanden 8erg J. Peer suppcrt for peoplc with personality dis- order: a randornised trial. 20l6", "trial"),
        ("O'Neill. A randomised trial of mutual help", "trial"),
        ("王伟, 李娜. 同伴支持对精神分裂症患者康复的影响[J]. 中国心理卫生杂志, 2019, 33(4): 281-286.", "chinese"),
        ("王伟，李娜．同伴支持对精神分裂患者康复影响．2019", "chinese"),
        ("Shchukin I. 2015;25:44-49.", "russian"),
        ("World Health Organization (2013). Mental health action plan. Geneva.", "report"),
        ("Ito K. PLoS One 2021;16:e0249121", "online"),
    ],
)
def test_the_work_is_among_the_candidates(text: str, key: str) -> None:
    """Without its title, with slips of the scanner, cut, transliterated or in Chinese: the work is found."""
    assert key in [work.key for work in WORKS.find(printed(text))]


def test_fields_are_asked_as_text_is() -> None:
    """The fields that Crossref keeps of a reference, which often lack the title, find the work too."""
    reference = Reference(
        source="crossref",
        position=1,
        author="van den Berg",
        year=2016,
        venue="Eur. Psychiatry",
        volume="41",
        first_page="88",
    )
    assert WORKS.find(reference)[0].key == "trial"


def test_the_likeliest_comes_first_and_no_more_than_asked_for() -> None:
    """The answers are in order, few, and the same each time."""
    reference = printed("van den Berg J. Peer support for people with personality disorder. Eur Psychiatry 2016;41:88.")
    found = WORKS.find(reference, most=3)
    assert [work.key for work in found[:1]] == ["trial"]
    assert len(found) == 3
    assert found == WORKS.find(reference, most=3)
    assert found == WORKS.find(reference)[:3]


def test_one_thing_in_common_is_not_enough() -> None:
    """A work that shares no more than a year or a word is no candidate."""
    works = Catalogue([TRIAL, CHINESE])
    assert works.find(printed("Hall L. Loneliness. 2016.")) == []
    assert works.find(printed("")) == []


def test_an_empty_catalogue_finds_nothing() -> None:
    """A library without works has no candidates."""
    assert Catalogue([]).find(printed("van den Berg J. 2016.")) == []
    assert len(Catalogue([])) == 0


def test_abstracts_are_left_out() -> None:
    """What is kept in memory is what references are compared with."""
    (found,) = Catalogue([TRIAL]).find(printed("van den Berg 2016 personality disorder"))
    assert (found.key, found.abstract) == ("trial", None)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_string_can_be_asked(text: str) -> None:
    """Whatever stands in a reference, the answer is a short list in which no work comes twice."""
    found = WORKS.find(printed(text), most=10)
    assert len({work.key for work in found}) == len(found) <= 10


def test_the_works_of_a_library_are_filed_under_their_keys(tmp_path: Path) -> None:
    """Works that a record describes are found by title, and by author, year, volume and page; merged ones once."""
    people = [{"given": "Jan", "family": "van den Berg"}]
    place = {"volume": "41", "page": "88-97", "container-title": ["European Psychiatry"]}
    title = "Peer support for people with personality disorder"
    with Library(tmp_path / "library.sqlite", write="test") as library:
        keep(
            library,
            [
                crossref("10.1000/trial", title=[title], author=people, **place, cites=["10.1000/only-cited"]),
                openalex(7, doi="10.1000/trial", title=title.upper()),
                openalex(8, title="Loneliness among carers", publication_year=2020),
            ],
        )
        derive(library)
        works = catalogue(library)
        assert len(works) == 2
        for text in (f"van den Berg J. {title}. 2001.", "J. van den Berg, Eur. Psychiatry 41, 88 (2001)"):
            (found,) = works.find(printed(text))
            match = choose_work(printed(text), [found])
            assert match.keys == (found.key,) == ("doi:10.1000/trial",)
            assert match.standing in {Standing.EXACT, Standing.STRONG}
        assert [work.key for work in works.find(printed("Loneliness among carers. 2020"))] == ["openalex:W8"]


def test_a_filed_work_reads_as_the_library_says(tmp_path: Path) -> None:
    """Volume, pages, container and authors come back as they stand in the library."""
    people = [{"given": "Jan", "family": "van den Berg"}, {"given": "Siobhán", "family": "O'Neill"}]
    place = {"volume": "41", "page": "88-97", "container-title": ["European Psychiatry"]}
    with Library(tmp_path / "library.sqlite", write="test") as library:
        keep(library, [crossref("10.1000/trial", title=["Peer support"], author=people, **place)])
        derive(library)
        (work,) = catalogue(library).find(printed("van den Berg. Peer support. 2001"))
    assert work.authors == (("van den Berg", "Jan"), ("O'Neill", "Siobhán"))
    assert (work.year, work.volume, work.first_page, work.container) == (2001, "41", "88", "European Psychiatry")


def test_what_is_shared_decides_the_order() -> None:
    """Of two works of the same author the one whose title, volume and page stand in the reference comes first."""
    other = Description(
        key="other", title="Peer support and work", authors=(("van den Berg", "Jan"),), year=2016, volume="3"
    )
    works = Catalogue([other, TRIAL])
    text = "van den Berg J. Peer support for people with personality disorder. 2016;41:88."
    order = [work.key for work in works.find(printed(text))]
    assert order == ["trial", "other"]
