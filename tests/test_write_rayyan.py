"""The table for Rayyan has Rayyan's headings, and what is found under them is the work."""

import csv
import io

from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import PLAIN, hostile_works, read_back, text_of, works

from harvester.formats import of, written
from harvester.formats.write_rayyan import COLUMNS
from harvester.model import Authorship, CitationSearch, Work


def rows(text: str) -> list[dict[str, str]]:
    return list(csv.DictReader(io.StringIO(text, newline=""), strict=True))


def test_the_bytes_of_a_small_file() -> None:
    work = PLAIN.model_copy(
        update={
            "date": "2020-05-03",
            "authors": (*(PLAIN.authors or ()), Authorship(name="Peer Group", is_organisation=True)),
            "is_retracted": True,
            "citation_search": CitationSearch(rank=2, round=1, directions=("backward",)),
        }
    )
    assert of("review.rayyan.csv").name == "rayyan"
    assert text_of("rayyan", work) == (
        "key,title,year,month,day,journal,issn,volume,issue,pages,authors,url,language,publisher,location,abstract,"
        "notes,doi,keywords,pubmed_id,pmc_id\n"
        'doi:10.1000/plain,Peers help,2020,05,03,Journal of Peers,,,,,"Silva, Ana; Peer Group",'
        "https://doi.org/10.1000/plain,,,,,Retracted: no notice known. Records from: crossref. Citation search: rank 2;"
        " round 1; backward,10.1000/plain,Retracted Publication,,\n"
    )


@settings(deadline=None, max_examples=60)
@given(st.lists(works(), min_size=1, max_size=3))
def test_our_own_reader_finds_the_work(given_: list[Work]) -> None:
    found = read_back("csv", text_of("rayyan", *given_))
    for work, record in zip(given_, found, strict=True):
        assert (record.title, record.doi, record.pmid, record.pmcid) == (
            written.title(work),
            work.doi,
            work.pmid,
            work.pmcid,
        )
        assert " ".join((record.abstract or "").split()) == written.one_line(work.abstract)
        assert bool(record.is_retracted) == bool(work.is_retracted)


@settings(deadline=None)
@given(st.lists(hostile_works(), max_size=3))
def test_every_row_is_a_line_that_no_spreadsheet_runs(given_: list[Work]) -> None:
    text = text_of("rayyan", PLAIN, *given_, PLAIN)
    found = rows(text)
    assert len(text.split("\n")) - 2 == len(found) == len(given_) + 2
    assert found[0] == found[-1]
    for row in found:
        assert list(row) == list(COLUMNS)
        assert not any(cell.startswith(("=", "+", "-", "@")) for cell in row.values())
