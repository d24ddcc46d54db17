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
