"""References without a DOI: found in the works that they name, and in no others."""

import json
import lzma
import os
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.identifiers import Identifier
from harvester.match import Description, Standing, choose_work, verify_reference
from harvester.model import Reference

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
STRINGS = SHARED / "data" / "matching" / "unstructured_orig.json.xz"
WORKS = SHARED / "data" / "openalex" / "Oud_2018_works.jsonl.xz"

WORK = Description(
    key="doi:10.1016/j.eurpsy.2016.12.007",
    title="Peer support for people with personality disorder: a randomised trial of mutual help",
    authors=(("van den Berg", "Jan"), ("Müller", "Hans-Peter"), ("O'Neill", "Siobhán")),
    year=2016,
    container="European Psychiatry",
    volume="41",
    issue="2",
    first_page="88",
    last_page="97",
    doi="10.1016/j.eurpsy.2016.12.007",
)


def printed(text: str, **fields: Any) -> Reference:
    return Reference(source="crossref", position=1, text=text, **fields)


def parsed(**fields: Any) -> Reference:
    return Reference(source="crossref", position=1, **fields)


TITLE = "Peer support for people with personality disorder: a randomised trial of mutual help"


@pytest.mark.parametrize(
    "text",
    [
        f"van den Berg J, Muller HP, O'Neill S. {TITLE}. Eur Psychiatry. 2016;41(2):88-97.",
        f"van den Berg, J., Müller, H.-P., & O'Neill, S. (2016). {TITLE}. European Psychiatry, 41(2), 88–97.",
        f'Jan van den Berg et al., "{TITLE}," European Psychiatry 41, no. 2 (2016): 88.',
        f"[12] VAN DEN BERG J, MULLER H P, ONEILL S. {TITLE.upper()}[J]. European Psychiatry, 2016, 41(2): 88-97.",
        "Berg J vd. Peer suppcrt for people with personality disorder: a randornised trial of mutual help. 2016;41:88.",
    ],
)
def test_a_full_reference_is_exact(text: str) -> None:
    """In any style, and with slips of the scanner, title, first author, year and volume or page make it sure."""
    assert verify_reference(printed(text), WORK).standing == Standing.EXACT


def test_a_short_reference_is_strong() -> None:
    """Styles without titles name a work by author, year, journal, volume and page."""
    match = verify_reference(printed("J. van den Berg, Eur. Psychiatry 41, 88 (2016)"), WORK)
    assert (match.standing, match.keys) == (Standing.STRONG, (WORK.key,))
    assert match.reason == "first author, year, journal, volume and page"


def test_a_parsed_reference_is_verified_by_its_fields() -> None:
    """Fields of a source count as the string does, and one that says otherwise counts against."""
    fields: dict[str, Any] = {
        "author": "van den Berg",
        "title": TITLE,
        "venue": "Eur Psychiatry",
        "volume": "41",
        "first_page": "88",
    }
    assert verify_reference(parsed(year=2016, **fields), WORK).standing == Standing.EXACT
    other = fields | {"volume": "12", "first_page": "301", "venue": "The Lancet"}
    assert verify_reference(parsed(year=2003, **other), WORK).standing not in {Standing.EXACT, Standing.STRONG}


@pytest.mark.parametrize(
    "text",
    [
        "van den Berg J. Loneliness among carers of veterans. Lancet 2016;388:88.",
        "Hall L, Ito K. Peer support for people with psychosis. Eur Psychiatry 2016;41:88-97.",
        "van den Berg, personal communication, 2016",
        "",
        "41 88 2016",
    ],
)
def test_another_work_is_not_matched(text: str) -> None:
    """The same author, the same journal or the same numbers are not enough."""
    assert verify_reference(printed(text), WORK).standing not in {Standing.EXACT, Standing.STRONG}


def test_part_two_is_not_part_one() -> None:
    """A reference to the second part does not name the first."""
    first = replace(WORK, title="Studies in peer support for personality disorder. Part I")
    text = "van den Berg J. Studies in peer support for personality disorder. Part II. Eur Psychiatry 2016;41:98-107."
    assert verify_reference(printed(text), first).standing not in {Standing.EXACT, Standing.STRONG}


def test_an_erratum_is_not_the_article() -> None:
    """A reference to the erratum names neither the article, nor the article the erratum."""
    text = f"van den Berg J. Erratum to: {TITLE}. Eur Psychiatry 2016;41:88."
    assert verify_reference(printed(text), WORK).standing not in {Standing.EXACT, Standing.STRONG}
    erratum = replace(WORK, title=f"Erratum to: {TITLE}")
    article = printed(f"van den Berg J. {TITLE}. Eur Psychiatry 2016;41:88.")
    assert verify_reference(article, erratum).standing not in {Standing.EXACT, Standing.STRONG}
    assert verify_reference(printed(text), erratum).standing == Standing.EXACT


def test_the_doi_of_a_reference_decides() -> None:
    """A reference that carries the DOI of the work is it; one that carries another is not, whatever it says."""
    text = f"van den Berg J. {TITLE}. Eur Psychiatry 2016;41:88."
    mine, another = (Identifier(scheme="doi", value=value) for value in ("10.1016/j.eurpsy.2016.12.007", "10.1/other"))
    assert verify_reference(printed("no text", targets=(mine,)), WORK).standing == Standing.EXACT
    assert verify_reference(printed(text, targets=(another,)), WORK).standing == Standing.NONE


def test_the_best_candidate_is_chosen_in_any_order() -> None:
    """Of several candidates the surest is the answer; without one there is none."""
    near = replace(WORK, key="near", title="Peer support for people with psychosis: a cohort study", first_page="12")
    reference = printed(f"van den Berg J. {TITLE}. Eur Psychiatry 2016;41:88.")
    for candidates in ([WORK, near], [near, WORK]):
        assert choose_work(reference, candidates).keys == (WORK.key,)
    assert choose_work(reference, [near]).standing == Standing.NONE
    assert choose_work(reference, []).keys == ()


def test_two_works_that_fit_equally_well_are_ambiguous() -> None:
    """The article and its twin in another journal both fit a reference without a journal: nobody guesses."""
    twin = replace(WORK, key="twin", doi="10.1/twin", container="Psychiatrische Praxis", volume="7", first_page="301")
    match = choose_work(printed(f"van den Berg J. {TITLE}. 2016."), [twin, WORK])
    assert match.standing == Standing.AMBIGUOUS
    assert set(match.keys) == {WORK.key, "twin"}


def test_two_records_of_one_work_are_not_ambiguous() -> None:
    """Candidates that are the same work are one answer."""
    match = choose_work(printed(f"van den Berg J. {TITLE}. Eur Psychiatry 2016;41:88."), [replace(WORK, key="z"), WORK])
    assert (match.standing, match.keys) == (Standing.EXACT, (WORK.key,))


def test_what_was_found_is_written_out() -> None:
    """A match says which parts of the work stand in the reference."""
    match = verify_reference(printed(f"van den Berg J. {TITLE}. 2017;41:12."), WORK)
    told = {finding.field: finding.relation for finding in match.findings}
    assert told["title"] == "there"
    assert told["first author"] == "there"
    assert told["year"] == "nearly there"
    assert told["first page"] == "not there"


SURE = {Standing.EXACT, Standing.STRONG}

CHINESE = Description(
    key="chinese",
    title="同伴支持对精神分裂症患者康复的影响",
    authors=(("王", "伟"), ("李", "娜")),
    year=2019,
    container="中国心理卫生杂志",
    volume="33",
    first_page="281",
)
SPANISH = Description(
    key="spanish",
    title="El apoyo entre iguales en salud mental: una revisión sistemática",
    authors=(("García Márquez", "José Luis"), ("Núñez", "Ana")),
    year=2018,
    container="Revista de la Asociación Española de Neuropsiquiatría",
    volume="38",
    first_page="101",
)
RUSSIAN = Description(
    key="russian",
    title="Роль взаимной поддержки в психиатрии",
    authors=(("Щукин", "Иван"),),
    year=2015,
    container="Социальная и клиническая психиатрия",
    volume="25",
    first_page="144",
)
BOOK = Description(key="book", title="Social Research Methods", authors=(("Bryman", "Alan"),), year=2008, type="book")
CHAPTER = Description(
    key="chapter",
    title="Friendship between mentally retarded and nonretarded children",
    authors=(("Gottlieb", "J."), ("Leyser", "Y.")),
    year=1981,
    container="The Development of Children's Friendships",
    first_page="150",
    type="book-chapter",
)
PHYSICS = Description(
    key="physics",
    title="Surface-plasmon ejection of Ag+ ions from laser irradiation of a roughened silver surface",
    authors=(("Shea", "M. J."), ("Compton", "R. N.")),
    year=1993,
    container="Physical Review B",
    volume="47",
    first_page="9967",
)
PAPER = Description(
    key="paper",
    title="Attention is all you need",
    authors=(("Vaswani", "Ashish"), ("Shazeer", "Noam")),
    year=2017,
    container="Advances in Neural Information Processing Systems",
)
GROUP = Description(
    key="group",
    title="Mental health action plan 2013-2020",
    authors=(("World Health Organization", None),),
    year=2013,
    type="report",
)
NOBODY = Description(
    key="nobody", title="A national framework for recovery-oriented mental health services", year=2013, type="report"
)
UNSIGNED = Description(
    key="unsigned",
    title="Technology and the Environment",
    year=1971,
    container="American Journal of Agricultural Economics",
)


PRINTED_CHAPTER = (
    "Gottlieb, J.;Leyser, Y. 1981. Friendship between Mentally Retarded and Nonretarded Children. In: S. Asher and"
    " J. Gottman (eds.),The Development of Children's Friendships. Cambridge, Cambridge University Press."
)
EVERYTHING = [WORK, CHINESE, SPANISH, RUSSIAN, BOOK, CHAPTER, PHYSICS, PAPER, GROUP, NOBODY, UNSIGNED]


@pytest.mark.parametrize(
    ("work", "text"),
    [
        (CHINESE, "王伟, 李娜. 同伴支持对精神分裂症患者康复的影响[J]. 中国心理卫生杂志, 2019, 33(4): 281-286."),
        (
            CHINESE,
            "[3]王伟,李娜,等．同伴支持对精神分裂症患者康复的影响［Ｊ］．中国心理卫生杂志，2019，33（４）：281-286．",
        ),
        (
            SPANISH,
            "García Márquez JL, Núñez A. El apoyo entre iguales en salud mental: una revisión sistemática. 2018.",
        ),
        (
            SPANISH,
            "GARCÍA MÁRQUEZ, José Luis (2018). «El apoyo entre iguales en salud mental», RAEN, 38 (133), pp. 101-120.",
        ),
        (RUSSIAN, "Щукин И. Роль взаимной поддержки в психиатрии // Социальная и клиническая психиатрия. 2015. Т. 25."),
        (BOOK, "Bryman A. Social research methods. 3rd ed. Oxford: Oxford University Press; 2008."),
        (BOOK, "Bryman A., 2008, Social research methods, V3rd ed."),
        (
            CHAPTER,
            PRINTED_CHAPTER,
        ),
        (PHYSICS, "M. J. Shea and R. N. Compton, Phys. Rev. B 47, 9967 (1993)"),
        (PHYSICS, "[12] M.J. Shea, R.N. Compton, Phys. Rev. B 47 (1993) 9967."),
        (PHYSICS, "Shea MJ. Phys Rev B 1994;47:9967"),
        (PAPER, "A. Vaswani, N. Shazeer, N. Parmar, et al. Attention is all you need. In NIPS, 2017."),
        (GROUP, "World Health Organization (2013). Mental health action plan 2013–2020. Geneva."),
        (NOBODY, "[Anonymous], 2013, A national framework for recovery-oriented mental health services"),
        (NOBODY, "A national framework for recovery-oriented mental health services. Canberra; 2013."),
        (UNSIGNED, "Ruttan VW. Technology and the Environment. Am J Agric Econ 1971;53(5):707-17."),
    ],
)
def test_books_chapters_and_other_languages_are_matched(work: Description, text: str) -> None:
    """Whatever the kind, the language, the style and the script, a work that is named is recognised."""
    match = choose_work(printed(text), EVERYTHING)
    assert (match.keys, match.standing in SURE) == ((work.key,), True)


@pytest.mark.parametrize(
    ("work", "text"),
    [
        (CHINESE, "王伟, 李娜. 同伴支持对抑郁症患者康复的影响[J]. 中国心理卫生杂志, 2019, 33(5): 381-386."),
        (
            SPANISH,
            "García Márquez JL. El apoyo familiar en salud mental: una revisión sistemática. 2018; 38(134): 201.",
        ),
        (BOOK, "Bryman A. Social research methods. 5th ed. Oxford: Oxford University Press; 2016."),
        (BOOK, "Bryman, A. (2008). Why do researchers integrate research? Qualitative Research, 8, 1-10."),
        (BOOK, "Smith J. Review of Social Research Methods by Alan Bryman. Sociology 2008;43:1-3."),
        (CHAPTER, "Asher S, Gottman J (eds). The Development of Children's Friendships. Cambridge, 1981."),
        (CHAPTER, "Gottlieb J. Other people. In: The Development of Children's Friendships. Cambridge, 1981: 12-20."),
        (PHYSICS, "M. J. Shea and R. N. Compton, Phys. Rev. B 47, 9987 (1993)"),
        (PHYSICS, "M. J. Shea and R. N. Compton, Phys. Rev. A 47, 1967 (1993)"),
        (PHYSICS, "M. J. Shea, Phys. Rev. B 12, 47-9967 (1993)"),
        (PAPER, "Vaswani A. Attention is all you need for translation. ACL 2017."),
        (PAPER, "Yang X. Attention is all you need in speech separation. ICASSP 2017."),
        (GROUP, "World Health Organization. Mental health action plan 2021-2030. Geneva: WHO; 2021."),
        (GROUP, "World Health Organization. Mental health atlas 2013. Geneva: WHO; 2013."),
        (UNSIGNED, "Technology and the Environment. Science 1971;12:3."),
    ],
)
def test_a_work_that_is_merely_alike_is_not_matched(work: Description, text: str) -> None:
    """Another title of the same author, another edition, the book instead of its chapter, a review of it: no match."""
    assert verify_reference(printed(text), work).standing not in SURE


@pytest.mark.parametrize(
    "text",
    [
        f"van den Berg J. Reply to: {TITLE}. Eur Psychiatry 2016;41:301.",
        f"van den Berg J. Comment on “{TITLE}”. Eur Psychiatry 2016;41:301.",
        f"van den Berg J. Correction: {TITLE}. Eur Psychiatry 2016;41:301.",
        f"van den Berg J. {TITLE}: Part II. Eur Psychiatry 2016;41:301.",
        f"van den Berg J. {TITLE}. 2. Eur Psychiatry 2016;42:301.",
        f"van den Berg J. No {TITLE} and of medication in Spain. Eur Psychiatry 2016;43:301.",
    ],
)
def test_a_title_inside_another_one_is_not_the_title(text: str) -> None:
    """A notice on the work, its next part, and a longer title that holds this one name other works."""
    assert verify_reference(printed(text), WORK).standing not in SURE


def test_a_chapter_is_not_its_book() -> None:
    """The title of a book without named authors stands in the references to its chapters too."""
    book = Description(
        key="book", title="Current Developments in Biotechnology and Bioengineering", year=2023, type="book"
    )
    text = "Okafor N. Contents. In: Current Developments in Biotechnology and Bioengineering. Elsevier; 2023. p. 61-8."
    assert verify_reference(printed(text), book).standing not in SURE
    whole = "Current Developments in Biotechnology and Bioengineering. Elsevier; 2023."
    assert verify_reference(printed(whole), book).standing in SURE


def test_a_longer_word_is_another_word() -> None:
    """ "Noncardiovascular" is no slip for "cardiovascular": the two papers stand side by side in one issue."""
    title = "Noncardiovascular disease outcomes during 6.8 years of hormone therapy"
    work = replace(WORK, title=title, authors=(("Hulley", "S"),), year=2002, container="JAMA", volume="288")
    text = (
        "Hulley S, Furberg C. Cardiovascular disease outcomes during 6.8 years of hormone therapy. JAMA 2002;288:49-57."
    )
    assert verify_reference(printed(text), work).standing not in SURE
    assert verify_reference(printed(text.replace("Cardio", "Noncardio")), work).standing in SURE


@pytest.mark.parametrize(
    ("title", "printed_title", "is_sure"),
    [
        (
            "Depression among women after a stroke: a cohort study",
            "Depression among men after a stroke: a cohort study",
            False,
        ),
        (
            "An increase of cortisol in trained athletes at rest",
            "A decrease of cortisol in trained athletes at rest",
            False,
        ),
        (
            "Dependent personality traits and their treatment",
            "Independent personality traits and their treatment",
            False,
        ),
        (
            "Depression among women after a stroke: a cohort study",
            "Depression arnong women after stroke: a cohort study",
            True,
        ),
        (
            "Peer support in the mental health services of Spain",
            "Peer suppcrt in mental health services of Spain",
            True,
        ),
        ("Randomised trial of behaviour therapy for anaemia", "Randomized trial of behavior therapy for anemia", True),
    ],
)
def test_another_word_is_told_from_a_slip(title: str, printed_title: str, is_sure: bool) -> None:
    """Two letters make women of men; scanners, spelling and articles left out make no other title."""
    work = replace(WORK, title=title)
    text = f"van den Berg J. {printed_title}. Eur Psychiatry 2016;43:301."
    assert (verify_reference(printed(text), work).standing in SURE) is is_sure


@pytest.mark.parametrize(
    ("text", "is_sure"),
    [
        ("van den Berg J, Müller HP, O'Neill S. Peer support for people with personality disorder: a rand", True),
        ("van den Berg J, Müller HP, O'Neill S. (2016). Peer support for people wi", True),
        ("van den Berg J. Peer support", False),
        ("Ito K. Peer support for people with personality disorder: a randomised trial of mut", False),
    ],
)
def test_a_reference_that_breaks_off_is_matched_by_what_is_left(text: str, is_sure: bool) -> None:
    """The beginning of a title and the authors are enough where the rest was cut off, if they are long enough."""
    assert (verify_reference(printed(text), WORK).standing in SURE) is is_sure


def test_a_part_that_was_cut_off_is_not_guessed() -> None:
    """A reference that ends at "Part" may be to either."""
    first = replace(WORK, title="A naturalistic study of psychotherapy for bulimia nervosa, part 1")
    text = "van den Berg J, Müller HP. A naturalistic study of psychotherapy for bulimia nervosa, part"
    assert verify_reference(printed(text), first).standing not in SURE


def test_fields_without_a_title_name_a_work() -> None:
    """Crossref's commonest reference without a DOI has author, year, journal, volume and first page, and no title."""
    fields: dict[str, Any] = {"author": "J van den Berg", "venue": "Eur. Psychiatry", "volume": "41"}
    assert verify_reference(parsed(**fields, year=2016, first_page="88"), WORK).standing == Standing.STRONG
    assert verify_reference(parsed(**fields, year=2017, first_page="88"), WORK).standing == Standing.STRONG
    assert verify_reference(parsed(**fields, year=2016, first_page="98"), WORK).standing == Standing.NONE
    assert verify_reference(parsed(**fields, year=2016), WORK).standing == Standing.WEAK
    nobody = fields | {"author": None}
    assert verify_reference(parsed(**nobody, year=2016, first_page="88"), WORK).standing == Standing.WEAK
    elsewhere = fields | {"venue": "Eur Respir J"}
    assert verify_reference(parsed(**elsewhere, year=2016, first_page="88"), WORK).standing not in SURE


@pytest.mark.parametrize(
    ("venue", "is_sure"),
    [
        ("Brain", True),
        ("Brain Research", False),
        ("Brain Behav Immun", False),
        ("Int J Brain Sci", False),
        ("The Brain", True),
    ],
)
def test_a_journal_is_named_in_whole(venue: str, is_sure: bool) -> None:
    """`Brain` is not in `Brain Research`, where there is no title to go by."""
    work = replace(WORK, container="Brain")
    assert (verify_reference(printed(f"van den Berg J. {venue} 2016;41:88-97."), work).standing in SURE) is is_sure


def test_an_issue_is_not_a_page() -> None:
    """The first page is neither the issue, nor the last page, nor the volume over again."""
    work = replace(WORK, first_page="1")
    assert verify_reference(printed("van den Berg J. Eur Psychiatry 2016;41(1):301-310."), work).standing not in SURE
    last = replace(WORK, first_page="310")
    assert verify_reference(printed("van den Berg J. Eur Psychiatry 2016;41(1):301-310."), last).standing not in SURE
    same = replace(WORK, first_page="41")
    assert verify_reference(printed("van den Berg J. Eur Psychiatry 2016;41:301-310."), same).standing not in SURE
    assert verify_reference(printed("van den Berg J. Eur Psychiatry 2016;41:41-50."), same).standing in SURE


def test_misread_digits_are_read() -> None:
    """`20l6` is 2016, and `4l` is 41."""
    text = f"van den Berg J. {TITLE}. Eur Psychiatry 20l6;4l:88."
    assert verify_reference(printed(text), WORK).standing == Standing.EXACT


def test_the_better_of_two_that_fit_is_chosen() -> None:
    """Where one fits better in something and worse in nothing, the choice is no guess."""
    version = replace(WORK, key="version", doi=None, container=None, volume=None, first_page=None, year=2017)
    text = f"van den Berg J. {TITLE}. European Psychiatry. 2016."
    assert choose_work(printed(text), [version, WORK]).keys == (WORK.key,)


def test_the_carried_doi_outdoes_likeness() -> None:
    """Beside a work without DOI that reads the same, the one whose DOI the reference carries is meant."""
    unnumbered = replace(WORK, key="a", doi=None)
    target = Identifier(scheme="doi", value="10.1016/j.eurpsy.2016.12.007")
    text = f"van den Berg J. {TITLE}. Eur Psychiatry 2016;41:88."
    assert choose_work(printed(text, targets=(target,)), [unnumbered, WORK]).keys == (WORK.key,)


@given(st.text(max_size=300))
@settings(deadline=None)
def test_any_string_can_be_verified(text: str) -> None:
    """Whatever stands in a reference, a text that does not name the work does not match it."""
    assert verify_reference(printed(text), WORK).standing in {Standing.NONE, Standing.WEAK}


def described() -> Iterator[Description]:
    """Works of a corpus that the strings do not cite."""
    with lzma.open(WORKS, "rt", encoding="utf-8") as lines:
        for line in lines:
            work = json.loads(line)
            biblio = work.get("biblio") or {}
            yield Description(
                key=work["id"],
                title=work.get("title"),
                authors=tuple((each["author"]["display_name"], None) for each in work["authorships"]) or None,
                year=work.get("publication_year"),
                container=(work.get("host_venue") or {}).get("display_name"),
                volume=biblio.get("volume"),
                first_page=biblio.get("first_page"),
                last_page=biblio.get("last_page"),
            )


def test_real_strings_match_no_work_that_they_do_not_name() -> None:
    """Fifty real strings against every tenth of a thousand works: not one match."""
    if not (STRINGS.exists() and WORKS.exists()):
        pytest.skip("the reference strings or the works are not there")
    with lzma.open(STRINGS, "rt", encoding="utf-8") as file:
        strings = [each["ref_string"] for each in json.load(file)["dataset"]][::40]
    works = list(described())[::10]
    assert len(strings) >= 50
    assert len(works) > 90
    for text in strings:
        assert choose_work(printed(text), works).standing not in {Standing.EXACT, Standing.STRONG}
