"""CSL-JSON, and Zotero's own JSON."""

import io
import json
import os
import zipfile
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_records import CSL, ZOTERO

from harvester.errors import InputError
from harvester.formats import csl_json, zotero_json
from harvester.model import Record, Skip

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared") / "data"


def works(text: str) -> list[Record]:
    found = [csl_json.record(one.text, "zotero") for one in csl_json.split(io.BytesIO(text.encode()))]
    return [one for one in found if isinstance(one, Record)]


def test_items_come_in_whole() -> None:
    """Numbers as texts and texts as numbers, particles, organisations, dates in words."""
    article, book = works(CSL)
    assert (article.doi, article.pmid, article.type, article.date) == (
        "10.1000/csl",
        "31234567",
        "article",
        "2013-05-02",
    )
    assert [(one.given, one.family or one.name, one.suffix) for one in article.authors or ()] == [
        ("Jan", "van den Berg", "Jr."),
        (None, "World Health Organization", None),
    ]
    assert (article.volume, article.issue, article.first_page, article.last_page) == ("12", "3", "3", "9")
    assert article.venue is not None
    assert (article.venue.name, article.venue.issns, article.language) == ("Journal of Peers", ("1447-0349",), "en")
    assert (book.type, book.date, [one.name for one in book.editors]) == ("book", "2015-06", ["Bo Reis"])
    assert book.venue is not None
    assert (book.venue.series, [str(one) for one in book.other_identifiers]) == ("A series", ["isbn:9780306406157"])


@pytest.mark.parametrize("wrapping", ["[%s,\n%s]", '{"a": %s, "b": %s}', '{"items": [%s, %s]}', "%s\n%s"])
def test_items_come_in_any_wrapping(wrapping: str) -> None:
    """A list, an object with the items under their keys, an answer, a line each."""
    text = wrapping % tuple(json.dumps(item) for item in json.loads(CSL))
    assert csl_json.recognises(text.encode())
    assert [work.title for work in works(text)] == ["Peer support", "A book"]


def test_the_reference_list_of_content_negotiation_is_kept() -> None:
    """Crossref passes it on with the item."""
    item = {
        "type": "article-journal",
        "title": "A",
        "author": [{"family": "Silva"}],
        "is-referenced-by-count": 3,
        "reference": [{"key": "r1", "DOI": "10.1000/R", "year": "2001"}, {"unstructured": "B.", "DOI": "none"}, "x"],
    }
    (work,) = works(json.dumps(item))
    assert [str(one.targets[0]) if one.targets else one.malformed_doi for one in work.references] == [
        "doi:10.1000/r",
        "none",
        None,
    ]
    assert (work.references[0].key, work.references[0].year, work.references[1].text) == ("r1", 2001, "B.")
    assert [(one.value, one.source) for one in work.counts] == [(3, "crossref")]


@pytest.mark.parametrize(
    "item",
    [
        {"type": "book", "title": ["A", "B"], "author": "Silva, Ana", "issued": "2013"},
        {"type": "book", "title": "A", "author": [None, 3, {}], "issued": {"date-parts": [[None]]}},
        {"type": "book", "title": "A", "issued": {"date-parts": []}, "volume": {"a": 1}, "page": True},
        {"type": 3, "title": "A", "ISSN": [1, None], "URL": "javascript:alert(1)"},
    ],
)
def test_values_of_any_kind_are_survived(item: dict[str, object]) -> None:
    """What means nothing says nothing."""
    found = csl_json.record(json.dumps(item), "zotero")
    assert isinstance(found, Record)
    assert found.title == "A"
    assert found.links == ()


@pytest.mark.parametrize("text", ["{", "[1, 2]", '"a"', "null", '{"type": "book"}', "[" * 100_000])
def test_what_is_no_item_is_reported(text: str) -> None:
    """With its reason."""
    found = csl_json.record(text, "zotero")
    assert isinstance(found, Skip)
    assert found.reason in ("not JSON", "not an object", "empty record")


def test_a_file_that_ends_within_an_item_loses_that_one_alone() -> None:
    """And says so."""
    found = [csl_json.record(one.text, "zotero") for one in csl_json.split(io.BytesIO(CSL[:-60].encode()))]
    assert isinstance(found[0], Record)
    assert any(isinstance(one, Skip) for one in found[1:])


@given(st.text(st.sampled_from('{}[]":,ab1 \n'), max_size=100))
def test_no_text_breaks_the_reader(text: str) -> None:
    """It is cut or refused, and every fragment is a record or a reason."""
    try:
        found = list(csl_json.split(io.BytesIO(text.encode())))
    except InputError:
        return
    for fragment in found:
        assert isinstance(csl_json.record(fragment.text, "zotero"), Record | Skip)
        assert isinstance(zotero_json.record(fragment.text, "zotero"), Record | Skip)


def test_the_json_of_zotero_comes_in() -> None:
    """Without its notes, which are passed over with a reason."""
    work, note = [
        zotero_json.record(one.text, "zotero") for one in zotero_json.READER.split(io.BytesIO(ZOTERO.encode()))
    ]
    assert isinstance(work, Record)
    assert (work.doi, work.pmid, work.date, work.first_page) == ("10.1000/zotero", "31234567", "2013-05-02", "3")
    assert [one.name for one in work.authors or ()] == ["Ana Silva"]
    assert [one.is_organisation for one in work.editors] == [True]
    assert isinstance(note, Skip)
    assert note.reason == "no work, but note"


def test_the_libraries_of_better_bibtex_lose_nothing() -> None:
    """94 files: every item that is no note is a record, with its title, DOI, year and authors."""
    path = SHARED / "imports" / "better_bibtex_import_fixtures.zip"
    if not path.is_file():
        pytest.skip("the recorded cases of Better BibTeX are not here")
    with zipfile.ZipFile(path) as archive:
        files = {name: archive.read(name) for name in archive.namelist() if name.endswith(".json")}
    assert len(files) == 94
    count = 0
    for name, data in files.items():
        assert zotero_json.recognises(data[:65_536]), name
        items = json.loads(data)["items"]
        if not items:
            with pytest.raises(InputError):
                list(zotero_json.READER.split(io.BytesIO(data)))
            continue
        fragments = list(zotero_json.READER.split(io.BytesIO(data)))
        assert len(fragments) == len(items), name
        for fragment, item in zip(fragments, items, strict=True):
            work = zotero_json.record(fragment.text, "bbt")
            assert isinstance(work, Record) == (item["itemType"] != "note"), name
            if isinstance(work, Record):
                count += 1
                assert bool(work.title) == any(
                    item.get(field) for field in ("title", "caseName", "nameOfAct", "subject")
                )
                assert not item.get("DOI", "").startswith("10.") or work.doi == item["DOI"].lower()
                authors = [one for one in item.get("creators", []) if one["creatorType"] == "author"]
                assert len(work.authors or ()) >= len(authors) - 1, name  # "others" is nobody
    assert count == 490
