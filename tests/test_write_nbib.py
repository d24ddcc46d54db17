"""PubMed's text holds the works as NLM would print them, and goes in again as it came out."""

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
from harvester.model import Affiliation, Authorship, CitationSearch, Work

UNDECLARED = ("openalex", "affiliations")


def expected(work: Work) -> dict[str, Any]:
    wanted = declared(work)
    if work.type in UNTYPED:
        wanted["type"] = "article" if work.is_retracted else None  # what MEDLINE marks as retracted is an article
    if work.article_number:
        wanted["pages"], wanted["article"] = (work.article_number, None), None  # MEDLINE has both in `PG`
    for role in ("authors", "editors"):
        # A name of one part is an organisation's there, as the names of groups in ERIC's files are.
        wanted[role] = [one if one[0] or one[3] else (None, None, None, one[1]) for one in wanted[role]]
    wanted["title"] = without_stop(wanted["title"])
    return shared_fields(wanted, *UNDECLARED)


def without_stop(title: str) -> str:
    """NLM ends every title in a full stop, so nobody can tell one of the title's own."""
    return title[:-1] if title.endswith(".") and not title.endswith("..") else title


@settings(deadline=None, max_examples=200)
@given(st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(given_: list[Work]) -> None:
    found = read_back("nbib", text_of("nbib", *given_))
    assert [shared_fields(returned(one), *UNDECLARED) for one in found] == [expected(one) for one in given_]


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_file(work: Work) -> None:
    """Every line is a tag with a value, goes on with one, or parts two records."""
    text = text_of("nbib", PLAIN, work, PLAIN)
    lines = text.split("\n")[:-1]
    assert all(re.fullmatch(r"PMID- .*|[A-Z]{2,4} *- \S.*|      \S.*", line) for line in lines if line)
    assert [line[:5] for line in lines].count("PMID-") == lines.count("") == 3
    fragments = list(readers()["nbib"].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    plain = records(readers()["nbib"], f"{fragments[0].text}\n\n{fragments[2].text}".encode())
    assert [shared_fields(returned(one), *UNDECLARED) for one in plain] == [expected(PLAIN)] * 2


def test_authors_keep_their_addresses_and_orcids() -> None:
    work = PLAIN.model_copy(
        update={
            "authors": (
                Authorship(
                    name="Ana Silva", given="Ana", family="Silva", orcid="0000-0002-1825-0097", affiliations=(1,)
                ),
                Authorship(name="Bo Reis", given="Bo", family="Reis", affiliations=(0, 1)),
            ),
            "affiliations": (Affiliation(text="Here; there"), Affiliation(institution="University of B", country="PT")),
        }
    )
    (found,) = read_back("nbib", text_of("nbib", work))
    places = [one.text for one in found.affiliations]
    assert [[places[number] for number in one.affiliations] for one in found.authors or ()] == [
        ["University of B, PT"],
        ["Here, there", "University of B, PT"],
    ]
    assert [one.orcid for one in found.authors or ()] == ["0000-0002-1825-0097", None]


def test_a_long_abstract_is_folded_at_spaces_and_comes_back_whole() -> None:
    abstract = " ".join(f"peer-like-word-{number} TI  - x" for number in range(400))
    text = text_of("nbib", PLAIN.model_copy(update={"abstract": abstract}))
    assert max(map(len, text.split("\n"))) <= 92
    assert (read_back("nbib", text)[0].abstract or "") == " ".join(abstract.split())


def test_3000_authors_are_all_there() -> None:
    assert returned(read_back("nbib", text_of("nbib", CROWD))[0])["authors"] == declared(CROWD)["authors"]


def test_the_bytes_of_a_small_file() -> None:
    work = PLAIN.model_copy(
        update={"pmid": "12", "date": "2020-05-03", "is_retracted": True, "citation_search": CitationSearch(rank=2)}
    )
    assert text_of("nbib", work) == (
        "PMID- 12\nTI  - Peers help.\nLID - 10.1000/plain [doi]\nAID - 10.1000/plain [doi]\n"
        "FAU - Silva, Ana\nAU  - Silva A\n"
        "PT  - Journal Article\nPT  - Retracted Publication\nDP  - 2020 May 3\nJT  - Journal of Peers\n"
        "OT  - Retracted Publication\nGN  - Retracted: no notice known\nGN  - PMID: 12\nGN  - Records from: crossref\n"
        "GN  - Citation search: rank 2\n\n"
    )


def test_works_known_only_by_being_cited_are_left_out() -> None:
    assert text_of("nbib", Work(key="doi:10.1000/a", doi="10.1000/a")) == ""
