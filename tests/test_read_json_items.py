"""JSON of the indexes in every wrapping, and dumps of our own."""

import io
import json
import lzma
import os
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.formats import Content, json_items
from harvester.formats.dump import READER, write_json, write_jsonl
from harvester.formats.json_items import items, recognises, source_of, values
from harvester.model import Authorship, Count, Record, Reference, Skip, Venue, Work

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")

OPENALEX = {"id": "https://openalex.org/W2741809807", "doi": None, "title": "Peers", "type": "article"}
CROSSREF = {"DOI": "10.1000/a", "title": ["Peers"], "indexed": {}, "member": "1", "prefix": "10.1000", "reference": []}


def found_in(text: str) -> list[tuple[str, Any]]:
    return [(source, json.loads(fragment.text)) for source, fragment in items(io.BytesIO(text.encode()))]


@pytest.mark.parametrize("item", [OPENALEX, CROSSREF], ids=["openalex", "crossref"])
@pytest.mark.parametrize("indent", [None, 2])
def test_items_come_out_of_every_wrapping(item: dict[str, Any], indent: int | None) -> None:
    """Alone, in lists, in the answers of both APIs, a line each, several answers below each other."""
    name = "openalex" if item is OPENALEX else "crossref"
    wrappings = [
        item,
        [item],
        {"meta": {"count": 1}, "results": [item], "group_by": [{"key": "x"}]},
        {"status": "ok", "message-type": "work", "message-version": "1.0.0", "message": item},
        {
            "status": "ok",
            "message-type": "work-list",
            "message": {"facets": {}, "total-results": 1, "items": [item], "query": {}},
        },
    ]
    for wrapping in wrappings:
        text = json.dumps(wrapping, indent=indent)
        assert found_in(text) == [(name, item)], text
        assert found_in(f"\ufeff{text}\n{text}\r\n") == [(name, item)] * 2
        assert recognises(text.encode())


def test_an_item_is_kept_as_it_stands() -> None:
    """The text of a fragment is the text of the file, numbers and order and all, with its line."""
    text = '[\n{"id":"https://openalex.org/W1", "x": 1.50},\n\n {"id":"https://openalex.org/W2"}]'
    found = [fragment for _, fragment in items(io.BytesIO(text.encode()))]
    assert [(fragment.line, fragment.text) for fragment in found] == [
        (2, '{"id":"https://openalex.org/W1", "x": 1.50}'),
        (4, '{"id":"https://openalex.org/W2"}'),
    ]


def test_what_is_of_no_source_is_told_apart() -> None:
    """CSL-JSON that Crossref made, things of OpenAlex that are no works, and plain JSON have no source."""
    csl = CROSSREF | {"title": "Peers", "container-title": "J"}
    author = {"id": "https://openalex.org/A5069892096", "display_name": "Ana"}
    for item in (csl, author, {"id": "W1"}, {"DOI": "10.1000/a"}, {}, [], 7, None, "10.1000/a"):
        assert source_of(item) is None
    assert found_in(json.dumps([csl, OPENALEX])) == [("", csl), ("openalex", OPENALEX)]
    for text in ("", "{", "[1]", '{"DOI": "10.1000/a"}', "TY  - JOUR", json.dumps(csl), json.dumps([csl])):
        assert not recognises(text.encode()), text


def test_a_file_that_is_cut_off_loses_one_item() -> None:
    """What is whole comes in, and the rest is there to be reported."""
    lines = [json.dumps(OPENALEX)] * 3
    cut = "\n".join(lines)[:-20]
    found = list(items(io.BytesIO(cut.encode())))
    assert [source for source, _ in found] == ["openalex", "openalex", ""]
    assert found[-1][1].line == 3
    listed = json.dumps({"results": [OPENALEX] * 3})[:-20]
    assert [source for source, _ in items(io.BytesIO(listed.encode()))] == ["openalex", "openalex", ""]


@given(
    st.recursive(
        st.none() | st.booleans() | st.integers() | st.text(),
        lambda inside: st.lists(inside) | st.dictionaries(st.text(), inside),
        max_leaves=8,
    )
)
def test_lists_of_anything_come_apart(value: Any) -> None:
    """Every object of a list is found in its place, whatever is in it."""
    objects = [{"id": number, "value": value} for number in range(3)]
    assert [found.value for found in values(json.dumps(objects))] == objects
    assert [found.value for found in values("\n".join(map(json.dumps, objects)))] == objects


@given(st.text(alphabet='{}[]",:\\ \n1ae', max_size=60))
def test_no_text_stops_the_cutting(text: str) -> None:
    """Whatever stands there, cutting ends, in order, and nothing comes twice."""
    found = list(values(text))
    assert [each.line for each in found] == sorted(each.line for each in found)
    assert sum(len(each.text) for each in found) <= len(text)


@pytest.mark.parametrize(
    ("path", "source", "number"),
    [
        ("crossref/gap_D1000000.jsonl.xz", "crossref", 1_000),
        ("openalex/Oud_2018_works.jsonl.xz", "openalex", 952),
        ("openalex/pyopenalex_works_list.json", "openalex", 2),
        ("peer_support/openalex_peer_related_works.jsonl.xz", "openalex", 14),
    ],
)
def test_recorded_items_all_have_their_source(path: str, source: str, number: int) -> None:
    """Files of thousands of real items, in 2018's shape and in today's."""
    place = SHARED / "data" / path
    if not place.is_file():
        pytest.skip("the recorded items are not beside the repository (HARVESTER_SHARED)")
    data = lzma.decompress(place.read_bytes()) if place.suffix == ".xz" else place.read_bytes()
    assert recognises(data[: 1 << 16])
    assert [name for name, _ in items(io.BytesIO(data))] == [source] * number


# -- dumps -----------------------------------------------------------------------------------------------------

WORK = Work(
    key="doi:10.1000/abc",
    aliases=("openalex:W1", "doi:10.1000/older"),
    doi="10.1000/abc",
    openalex="W1",
    title="Peers [help]",
    authors=(Authorship(name="Ana Silva", family="Silva"),),
    venue=Venue(name="J Peers"),
    counts=(Count(kind="cited_by", value=3, source="crossref"),),
    references=(Reference(source="crossref", position=1, text="A, 1993"),),
    sources=("crossref", "openalex"),
)
CITED = Work(key="doi:10.1000/cited", doi="10.1000/cited")


@pytest.mark.parametrize("write", [write_json, write_jsonl])
def test_a_dump_comes_back_as_records(write: Any) -> None:
    """Works with all that describes them; works known only by being cited have nothing to say, and are not cut out."""
    stream = io.StringIO()
    write(stream, Content(works=[CITED, WORK], citations=(), runs=[{"run": 1}]))
    data = stream.getvalue().encode()
    assert READER.recognises(data)
    assert not recognises(data)
    (fragment,) = READER.split(io.BytesIO(data))
    found = READER.record(fragment.text, "theirs")
    assert isinstance(found, Record)
    assert [str(one) for one in found.other_identifiers] == ["doi:10.1000/older"]
    for name in ("doi", "openalex", "title", "authors", "venue", "counts", "references"):
        assert getattr(found, name) == getattr(WORK, name)
    assert found.source == "theirs"


@pytest.mark.parametrize("text", ['{"key": "doi:1", "year": "soon"}', "{", "[]", '{"key": "a", "colour": 1}'])
def test_what_is_no_work_of_a_dump_is_a_reason(text: str) -> None:
    """The first thing that is wrong is named."""
    found = READER.record(text, "theirs")
    assert isinstance(found, Skip)
    assert found.detail


def test_other_json_is_no_dump() -> None:
    """A dump names its schema at the beginning, and a file without it is refused."""
    assert not READER.recognises(json.dumps(OPENALEX).encode())
    with pytest.raises(InputError, match="schema"):
        list(READER.split(io.BytesIO(b"{}")))
    assert json_items.NAME == "json-items"
