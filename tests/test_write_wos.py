"""Text of the Web of Science has a reference for each work cited, and goes in again as it came out."""

import io
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import (
    CROWD,
    PLAIN,
    UNTYPED,
    declared,
    hostile_works,
    read_back,
    records,
    returned,
    shared_fields,
    text_of,
    works,
)

from harvester.formats.reading import readers
from harvester.formats.write_wos import cited
from harvester.identifiers import Identifier
from harvester.model import Affiliation, Authorship, Citation, Count, Keyword, Venue, Work

UNDECLARED = ("openalex", "pmcid")


def expected(work: Work) -> dict[str, Any]:
    wanted = declared(work)
    if work.type in UNTYPED:
        wanted["type"] = "article"
    if work.type == "book" or wanted["venue"] == wanted["title"]:
        wanted["venue"], wanted["short"] = wanted["short"] or wanted["venue"], ""
    # Groups have a tag of their own, and people come first.
    wanted["authors"] = sorted(wanted["authors"], key=lambda one: one[3] is not None)
    wanted["keywords"] = [one for one in wanted["keywords"] if one != "Retracted Publication"]
    wanted["affiliations"] = [one.rstrip(". ").translate(str.maketrans("[]", "()")) for one in wanted["affiliations"]]
    return shared_fields(wanted, *UNDECLARED)


@settings(deadline=None, max_examples=200)
@given(st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(given_: list[Work]) -> None:
    found = read_back("wos", text_of("wos", *given_))
    assert [shared_fields(returned(one), *UNDECLARED) for one in found] == [expected(one) for one in given_]


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_file(work: Work) -> None:
    """Every line is a tag with a value or goes on with one; the plain records before and behind are whole."""
    before, behind = (PLAIN.model_copy(update={"key": f"import:{name}"}) for name in "ab")
    links = (Citation(before.key, work.key, ("x",)), Citation(before.key, behind.key, ("x",)))
    text = text_of("wos", before, work, behind, citations=links)
    lines = text.split("\n")[:-1]
    assert all(re.fullmatch(r"[A-Z][A-Z0-9] \S.*|   \S.*|ER|EF", line) for line in lines if line)
    assert lines.count("ER") == sum(line.startswith("PT ") for line in lines) == 3
    fragments = list(readers()["wos"].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    plain = records(readers()["wos"], f"{fragments[0].text}\n{fragments[2].text}".encode())
    assert [shared_fields(returned(one), *UNDECLARED) for one in plain] == [expected(PLAIN)] * 2
    assert len(plain[0].references) == len({cited(work), cited(behind)})


@settings(deadline=None)
@given(works(), works())
def test_a_work_cited_comes_back_as_a_reference(citing: Work, other: Work) -> None:
    """By its author, year and DOI, also where it comes later in the file or is known only by being cited."""
    one = citing.model_copy(update={"key": "import:1"})
    two = other.model_copy(update={"key": "import:2"})
    link = Citation("import:1", "import:2", ("openalex",))
    found = read_back("wos", text_of("wos", one, two, citations=(link,)))
    (reference,) = found[0].references
    assert not found[1].references
    if two.year and 1500 <= two.year < 2100:  # the reader takes other figures for something else
        assert reference.year == two.year
    if two.doi:
        assert Identifier("doi", two.doi) in reference.targets
    alone = read_back("wos", text_of("wos", one, two.model_copy(update={"sources": ()}), citations=(link,)))
    assert len(alone) == 1
    assert alone[0].references == (reference.model_copy(update={"source": alone[0].source}),)


def test_a_work_is_spelt_in_one_way_in_references_and_as_a_source() -> None:
    """HistCite and bibliometrix find the cited work by author, year and the name in `J9`."""
    work = PLAIN.model_copy(
        update={"volume": "16", "first_page": "11", "venue": Venue(name="J. Peers, A", short_name=None)}
    )
    others = [PLAIN.model_copy(update={"key": f"import:{number}", "doi": None}) for number in range(2)]
    links = tuple(Citation(one.key, work.key, ("crossref",)) for one in others)
    text = text_of("wos", work, *others, citations=links)
    assert text.count("\nCR Silva A, 2020, J PEERS A, V16, P11, DOI 10.1000/plain\nNR 1\n") == 2
    assert "\nJ9 J PEERS A\n" in text


def test_a_bracket_that_does_not_close_joins_no_references() -> None:
    odd = PLAIN.model_copy(update={"key": "import:a", "doi": "10.1000/[a", "year": 1999})
    even = PLAIN.model_copy(update={"key": "import:b", "doi": "10.1000/b"})
    links = (Citation(PLAIN.key, odd.key, ("x",)), Citation(PLAIN.key, even.key, ("x",)))
    found = read_back("wos", text_of("wos", PLAIN, odd, even, citations=links))
    assert [one.year for one in found[0].references] == [1999, 2020]


def test_a_citation_of_a_work_that_is_not_there_is_no_reference() -> None:
    assert "\nCR " not in text_of("wos", PLAIN, citations=(Citation(PLAIN.key, "doi:10.1000/gone", ("x",)),))


def test_the_bytes_of_a_small_file() -> None:
    ana = Authorship(
        name="Ana B. Silva", given="Ana B.", family="Silva", orcid="0000-0002-1825-0097", affiliations=(0,)
    )
    group = Authorship(name="Peer Group", is_organisation=True)
    work = PLAIN.model_copy(
        update={
            "authors": (ana, group),
            "affiliations": (Affiliation(text="Univ Minho, Braga, Portugal"),),
            "is_retracted": True,
            "keywords": (Keyword(term="peers", kind="author"), Keyword(term="Recovery", kind="assigned")),
            "date": "2020-05-03",
            "counts": (
                Count(kind="cited_by", value=3, source="crossref"),
                Count(kind="cited_by", value=5, source="openalex"),
            ),
        }
    )
    cited_only = Work(key="openalex:W1", openalex="W1")
    assert text_of("wos", work, cited_only, citations=(Citation(work.key, "openalex:W1", ("openalex",)),)) == (
        "FN Thomson Reuters Web of Knowledge\nVR 1.0\nPT J\nAU Silva, AB\nAF Silva, Ana B.\nCA Peer Group\n"
        "TI Peers help\nSO Journal of Peers\nDT Article; Retracted Publication\nDE peers\nID Recovery\n"
        "C1 [Silva, Ana B.] Univ Minho, Braga, Portugal\nOI Silva, Ana B./0000-0002-1825-0097\n"
        "CR [Anonymous], openalex:W1\nNR 1\nTC 5\nJ9 JOURNAL OF PEERS\nJI Journal of Peers\nPD MAY 3\nPY 2020\n"
        "DI 10.1000/plain\nUT doi:10.1000/plain\nER\n\nEF\n"
    )


def test_authors_come_back_with_their_addresses_and_orcids() -> None:
    ana = Authorship(name="Ana Silva", given="Ana", family="Silva", orcid="0000-0002-1825-0097", affiliations=(1, 0))
    reis = Authorship(name="Bo Reis", given="Bo", family="Reis", affiliations=(1,))
    places = (Affiliation(text="Here, PT"), Affiliation(text="There, PT"))
    (found,) = read_back(
        "wos", text_of("wos", PLAIN.model_copy(update={"authors": (ana, reis), "affiliations": places}))
    )
    assert [one.text for one in found.affiliations] == ["Here, PT", "There, PT"]
    assert [(set(one.affiliations), one.orcid) for one in found.authors or ()] == [
        ({0, 1}, "0000-0002-1825-0097"),
        ({1}, None),
    ]


def test_3000_authors_are_all_there() -> None:
    assert returned(read_back("wos", text_of("wos", CROWD))[0])["authors"] == declared(CROWD)["authors"]
