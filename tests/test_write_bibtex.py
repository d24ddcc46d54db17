"""BibTeX and BibLaTeX come out as TeX wants them, and go in again as they came out."""

import io
import re
from typing import Any

import pytest
from bibtexparser.entrypoint import parse_string
from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import (
    CROWD,
    PLAIN,
    TEXTS,
    UNTYPED,
    declared,
    hostile_works,
    read_back,
    returned,
    shared_fields,
    text_of,
    works,
)

from harvester.formats import of
from harvester.formats.reading import readers
from harvester.formats.tex import plain
from harvester.formats.write_bibtex import escaped
from harvester.model import Authorship, CitationSearch, Keyword, Venue, Work

BOTH = ("bibtex", "biblatex")
UNDECLARED = ("affiliations", "openalex")


def expected(work: Work, name: str) -> dict[str, Any]:
    wanted = declared(work)
    if work.type in UNTYPED:
        wanted["type"] = None
    if work.type == "reference-entry" and name == "bibtex":
        wanted["type"] = "book-chapter"
    if work.type in ("book", "dissertation") and not work.last_page and (work.first_page or "").isdigit():
        wanted["pages"] = (None, None)  # the number of pages, to many programs
    return shared_fields(wanted, *UNDECLARED)


@pytest.mark.parametrize("name", BOTH)
@settings(deadline=None, max_examples=200)
@given(given_=st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(name: str, given_: list[Work]) -> None:
    found = read_back("bibtex", text_of(name, *given_))
    assert [shared_fields(returned(one), *UNDECLARED) for one in found] == [expected(one, name) for one in given_]


@settings(deadline=None)
@given(TEXTS)
def test_escaped_text_is_set_as_it_was(text: str) -> None:
    """The reader's TeX gives the text back; braces are even and no sign of TeX is bare."""
    made = escaped(text)
    assert plain(made) == text
    assert made.count("{") == made.count("}")
    bare = re.sub(r"\\text[a-z]+\{\}|\\[$&#%_{}]|\{\}", "", made)
    assert not re.search(r"[\\{}~^$&#%_]", bare)


@pytest.mark.parametrize("name", BOTH)
@settings(deadline=None)
@given(work=hostile_works())
def test_nothing_in_a_work_breaks_the_file(name: str, work: Work) -> None:
    """Each field is a line of its own, in even braces; the plain entries before and behind are whole."""
    text = text_of(name, PLAIN, work, PLAIN)
    lines = [line for line in text.split("\n") if line]
    assert all(re.fullmatch(r"@[a-z]+\{[a-z0-9-]+,|\}|  [a-z_]+ = \{.*\},", line) for line in lines)
    depths = [_depths(line[line.index("{") + 1 : -2]) for line in lines if line.startswith("  ")]
    assert all(min(each) >= 0 and each[-1] == 0 for each in depths)
    fragments = list(readers()["bibtex"].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    for one in (fragments[0], fragments[2]):
        record = readers()["bibtex"].record(one.text, "ours")
        assert shared_fields(returned(record), *UNDECLARED) == expected(PLAIN, name)  # type: ignore[arg-type] # it is no skip


def _depths(value: str) -> list[int]:
    depths = [0]
    for sign in re.findall(r"[{}]", value):
        depths.append(depths[-1] + (1 if sign == "{" else -1))
    return depths


@pytest.mark.parametrize("name", BOTH)
@settings(deadline=None)
@given(given_=st.lists(works(), min_size=1, max_size=3))
def test_bibtexparser_reads_the_same(name: str, given_: list[Work]) -> None:
    library = parse_string(text_of(name, *given_))
    assert not library.failed_blocks
    assert len(library.entries) == len(given_)
    for work, entry in zip(given_, library.entries, strict=True):
        values = {field.key: plain(field.value) for field in entry.fields}
        wanted = declared(work)
        assert values["title"] == wanted["title"]
        assert values.get("abstract", "") == wanted["abstract"]
        assert values.get("date" if name == "biblatex" else "year", "")[:4] == wanted["date"][:4]
        if work.doi and "{" not in work.doi:
            assert entry.fields_dict["doi"].value == work.doi


def test_keys_stay_when_works_are_added_and_are_distinct() -> None:
    """Two hundred works of one author, year and word: each has its own key, and the first ones keep theirs."""
    many = [PLAIN.model_copy(update={"key": f"doi:10.1000/{number}"}) for number in range(200)]
    few_keys = re.findall(r"@article\{(\w+),", text_of("bibtex", *many[:50]))
    keys = re.findall(r"@article\{(\w+),", text_of("bibtex", *many))
    assert len(set(keys)) == 200
    assert keys[:50] == few_keys
    assert all(re.fullmatch(r"silva2020peers[a-z]+", key) for key in keys)
    (alone,) = re.findall(r"@article\{(\w+),", text_of("bibtex", many[70]))
    assert keys[70].startswith(alone)


def test_a_key_is_of_ascii_whatever_the_script() -> None:
    work = PLAIN.model_copy(
        update={"title": "同伴支持", "authors": (Authorship(name="张三", family="张", given="三"),)}
    )
    (key,) = re.findall(r"@article\{(.+),", text_of("bibtex", work))
    assert re.fullmatch(r"work2020[a-z]{5}", key)


def test_the_same_work_twice_has_two_keys() -> None:
    keys = re.findall(r"@article\{(\w+),", text_of("bibtex", *[PLAIN] * 12))
    assert len(set(keys)) == 12


def test_the_bytes_of_a_small_file() -> None:
    work = PLAIN.model_copy(
        update={
            "title": "mRNA & DNA in {peers}",
            "type": "dissertation",
            "publisher": "University of B_n",
            "date": "2020-05-03",
            "is_retracted": True,
            "keywords": (Keyword(term="peers, help", kind="author"),),
            "citation_search": CitationSearch(rank=2),
            "venue": Venue(series="Theses"),
        }
    )
    classic, modern = text_of("bibtex", work), text_of("biblatex", work)
    key = re.findall(r"\{(\w+),", classic)[0]
    assert classic == (
        f"@phdthesis{{{key},\n"
        "  author = {Silva, Ana},\n"
        "  title = {{mRNA} \\& {DNA} in \\{peers\\}},\n"
        "  series = {Theses},\n"
        "  school = {University of B\\_n},\n"
        "  year = {2020},\n"
        "  month = {5},\n"
        "  day = {3},\n"
        "  doi = {10.1000/plain},\n"
        "  url = {https://doi.org/10.1000/plain},\n"
        "  keywords = {peers, help; Retracted Publication},\n"
        "  note = {Retracted},\n"
        "  annote = {Retracted: no notice known; Records from: crossref; Citation search: rank 2},\n"
        "}\n\n"
    )
    assert modern.startswith(f"@thesis{{{key},\n")
    assert "  date = {2020-05-03},\n" in modern
    assert "  institution = {University of B\\_n},\n" in modern
    assert "  annote = {Retracted: " in modern


def test_3000_authors_are_one_field() -> None:
    text = text_of("bibtex", CROWD)
    assert text.count(" and ") == 2_999
    assert returned(read_back("bibtex", text)[0])["authors"] == declared(CROWD)["authors"]


def test_the_ending_chooses_the_dialect() -> None:
    assert (of("a.bib").name, of("a.biblatex.bib").name) == BOTH


def test_works_known_only_by_being_cited_are_left_out() -> None:
    assert text_of("bibtex", Work(key="doi:10.1000/a", doi="10.1000/a")) == ""
