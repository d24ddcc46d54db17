"""CSL-JSON holds what CSL allows, and goes in again as it came out."""

import json
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
    returned,
    shared_fields,
    text_of,
    works,
)

from harvester.formats import of
from harvester.formats.csl_json import TYPES
from harvester.model import Authorship, Work

IN_SERIES = {"book", "report", "dissertation", "standard"}
UNDECLARED = ("affiliations", "openalex")

# GitHub citation-style-language/schema csl-data.json: an item has no other variables.
ALLOWED = {
    "type", "id", "citation-key", "language", "author", "editor", "issued", "abstract", "collection-title",
    "container-title", "container-title-short", "DOI", "genre", "ISBN", "ISSN", "issue", "keyword", "note", "number",
    "number-of-pages", "page", "PMCID", "PMID", "publisher", "publisher-place", "status", "title", "URL", "volume",
}  # fmt: skip


def expected(work: Work) -> dict[str, Any]:
    wanted = declared(work)
    if work.type in UNTYPED:
        wanted["type"] = None
    if work.type in IN_SERIES:
        wanted["venue"] = ""  # a container of these is their series
        wanted["series"] = wanted["series"] or declared(work)["venue"]
        if wanted["short"]:
            wanted["venue"], wanted["short"] = wanted["short"], ""
    article = work.type is not None and written_as_article(work)
    if work.article_number and not article:
        wanted["pages"], wanted["article"] = (work.article_number, None), None
    return shared_fields(wanted, *UNDECLARED)


def written_as_article(work: Work) -> bool:
    return json.loads(text_of("csl-json", work))[0]["type"] in ("article", "article-journal")


@settings(deadline=None, max_examples=200)
@given(st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(given_: list[Work]) -> None:
    found = read_back("csl-json", text_of("csl-json", *given_))
    assert [shared_fields(returned(one), *UNDECLARED) for one in found] == [expected(one) for one in given_]


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_file(work: Work) -> None:
    """The file is JSON with a line for each item, of allowed variables and types, none of them empty."""
    text = text_of("csl-json", PLAIN, work, PLAIN)
    assert len(text.splitlines()) == 5
    items = json.loads(text)
    assert items[0] | {"id": "", "citation-key": ""} == items[2] | {"id": "", "citation-key": ""}
    assert items[0]["title"] == "Peers help"
    assert len({one["id"] for one in items}) == 3
    assert items[1].keys() <= ALLOWED
    assert items[1]["type"] in TYPES
    assert all(value for value in items[1].values())
    assert text.encode().decode() == text


def test_nothing_is_an_empty_list() -> None:
    assert json.loads(text_of("csl-json", Work(key="doi:10.1000/a"))) == []


def test_names_have_parts_or_are_literal() -> None:
    authors = (
        Authorship(name="Ana da Silva Jr.", given="Ana", family="da Silva", suffix="Jr."),
        Authorship(name="World Health Organization", is_organisation=True),
        Authorship(name="Madonna"),
    )
    (item,) = json.loads(text_of("csl-json", PLAIN.model_copy(update={"authors": authors})))
    assert item["author"] == [
        {"family": "da Silva", "given": "Ana", "suffix": "Jr."},
        {"literal": "World Health Organization"},
        {"literal": "Madonna"},
    ]


def test_3000_authors_are_all_there() -> None:
    assert returned(read_back("csl-json", text_of("csl-json", CROWD))[0])["authors"] == declared(CROWD)["authors"]


def test_the_ending_is_not_that_of_the_dump() -> None:
    assert (of("a.csl.json").name, of("a.json").name) == ("csl-json", "json")
