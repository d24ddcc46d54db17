"""Identifiers picked out of any text, and which reader a file is for."""

import io
import json
import lzma
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.formats import json_items
from harvester.formats.any_text import READER
from harvester.formats.reading import readers
from harvester.model import Record, Skip

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")


def read(text: str) -> list[tuple[int, str]]:
    """The line and the one identifier of each record."""
    found = []
    for fragment in READER.split(io.BytesIO(text.encode())):
        one = READER.record(fragment.text, "mail")
        assert isinstance(one, Record), one
        named = {"doi": one.doi, "pmid": one.pmid, "pmcid": one.pmcid, "openalex": one.openalex}
        ((scheme, value),) = [(scheme, value) for scheme, value in named.items() if value]
        found.append((fragment.line, f"{scheme}:{value}"))
    return found


def test_each_identifier_is_a_record_once() -> None:
    """Every scheme, in order of appearance, with the line it first stands on."""
    text = "Dear all,\nsee https://doi.org/10.1000/ABC. and PMID: 7;\r\n"
    text += "also PMC12, W2741809807, arXiv:1706.03762\nand 10.1000/abc\n"
    assert read(text) == [
        (2, "doi:10.1000/abc"),
        (2, "pmid:7"),
        (3, "pmcid:PMC12"),
        (3, "openalex:W2741809807"),
        (3, "doi:10.48550/arxiv.1706.03762"),
    ]


def test_the_words_around_an_identifier_are_kept() -> None:
    """The line shows where it came from; of a very long one, a part with the identifier in it."""
    (short,) = READER.split(io.BytesIO(b"x\n\nSilva (2020) doi:10.1000/abc\n"))
    assert short.text == "doi:10.1000/abc\nSilva (2020) doi:10.1000/abc"
    (long,) = READER.split(io.BytesIO(b"word " * 300_000 + b"doi:10.1000/abc " + b"word " * 300_000))
    assert "10.1000/abc" in long.text.partition("\n")[2]
    assert len(long.text) < 600


def test_folded_lines_of_e_mail_come_together() -> None:
    """Quoted-printable cuts an address in two with an equals sign."""
    assert read("see https://doi.org/10.1000/ab=\nc1 and\nPMID: 7\n") == [(1, "doi:10.1000/abc1"), (3, "pmid:7")]


@pytest.mark.parametrize("data", [b"", b"nothing here", b"PK\x03\x04\x00\x00\x01"])
def test_a_file_without_identifiers_is_refused(data: bytes) -> None:
    """Empty, prose, binary: one sentence."""
    assert not READER.recognises(data)
    with pytest.raises(InputError):
        list(READER.split(io.BytesIO(data)))


@given(st.binary(max_size=200))
def test_no_bytes_stop_the_reader(data: bytes) -> None:
    """Anything gives records or one sentence."""
    READER.recognises(data)
    try:
        found = list(READER.split(io.BytesIO(b"10.1000/a " + data)))
    except InputError:
        return
    assert all(isinstance(READER.record(one.text, "x"), Record | Skip) for one in found)


# -- which reader ----------------------------------------------------------------------------------------------

PUBMED = (
    "<?xml version='1.0'?>\n<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID>"
    "</MedlineCitation></PubmedArticle></PubmedArticleSet>"
)
FILES = {
    "pubmed-xml": [PUBMED, "<PubmedArticle><MedlineCitation/></PubmedArticle>"],
    "endnote-xml": [
        "<xml><records><record><ref-type>17</ref-type><titles><title>A</title></titles></record></records></xml>"
    ],
    "csv": [
        "Title,Authors,Year,DOI\nA,B,2020,10.1000/a\n",
        "title;abstract;doi\na;b;10.1000/a\n",
        "PT\tAU\tTI\tSO\tPY\tUT\nJ\tSilva, A\tPeers\tJ\t2020\tWOS:1\n",
        '"About the data: Dimensions"\nRank,Publication ID,DOI,Title\n1,pub.1,10.1000/a,A\n',
    ],
    "ris": ["TY  - JOUR\nTI  - Peers\nDO  - 10.1000/a\nER  - \n"],
    "bibtex": ["@article{a,\n  title = {Peers},\n  author = {Silva, Ana},\n  doi = {10.1000/a}\n}\n"],
    "nbib": ["PMID- 1\nOWN - NLM\nTI  - Peers.\nAID - 10.1000/a [doi]\n"],
    "enw": ["%0 Journal Article\n%T Peers\n%A Silva, Ana\n%R 10.1000/a\n"],
    "wos": [
        "FN Clarivate Analytics Web of Science\nVR 1.0\nPT J\nAU Silva, A\nTI Peers\nDI 10.1000/a\nUT WOS:1\nER\n\nEF\n"
    ],
    "csl-json": ['[{"id": "a", "type": "article-journal", "title": "Peers", "DOI": "10.1000/a"}]'],
    "json-items": [
        '{"id": "https://openalex.org/W1", "doi": "https://doi.org/10.1000/a", "title": "Peers"}',
        '{"status": "ok", "message": {"items": [{"DOI": "10.1000/a", "title": ["Peers"], "member": "1"}]}}',
    ],
    "dump": [
        '{\n"schema": "citation-harvester/dump/1",\n"works": [\n{"key":"doi:10.1000/a","doi":"10.1000/a"}\n]\n}\n'
    ],
    "page:booksci": [
        '{"title":"A","PeriodicalName":"J","PeriodicalId":1,"ListUrlMain":"https://doi.org/10.1000/a"}\n引用次数: 0\n'
    ],
    "page:citation-index": [
        "Peers\n被引:6\n作者\nSilva, Ana [1]\n机构\n[1] Univ A\nD O I\n10.1000/a\n中图分类号\nC916\n"
    ],
    "page:catalogue": [
        "Peers\nFormat: | Article |\nLanguage: | English |\nOnline Access: | http://dx.doi.org/10.1000/a |\n"
    ],
    "text": [
        "1. Silva A. Peers help. J Peers 2020. doi:10.1000/a\n",
        "10.1000/a\n10.1000/b\n",
        "<html><a href='https://doi.org/10.1000/a'>",
    ],
}


def recognised_by(data: bytes) -> list[str]:
    head = data[: 1 << 16]
    own = [json_items.NAME] if json_items.recognises(head) else []
    return sorted(own + [name for name, each in readers().items() if each.recognises(head)])


@pytest.mark.parametrize(("name", "text"), [(name, text) for name, texts in FILES.items() for text in texts])
def test_exactly_one_reader_knows_a_file(name: str, text: str) -> None:
    """By its content alone, with a mark of byte order or without, in UTF-8 and in UTF-16."""
    for encoding in ("utf-8", "utf-8-sig", "utf-16"):
        assert recognised_by(text.encode(encoding)) == [name], encoding


def test_exactly_one_reader_knows_each_real_file() -> None:
    """The recorded and published files beside the repository, whatever their names end in."""
    if not SHARED.is_dir():
        pytest.skip("the real files are not beside the repository (HARVESTER_SHARED)")
    expected = {
        "seeds/000_c165677008d5e3cf.txt": "page:booksci",
        "seeds/001_9075bea9a3d2b228.txt": "page:citation-index",
        "seeds/002_5aebd48060484899.txt": "page:catalogue",
        "data/imports/pubmed_biopsychosocial_batch_1600.xml.xz": "pubmed-xml",
        "data/crossref/gap_D1000000.jsonl.xz": "json-items",
        "data/openalex/Nelson_2002_works.jsonl.xz": "json-items",
        "data/openalex/pyopenalex_works_list.json": "json-items",
        "data/dedupe/dblp.csv.xz": "csv",
        "data/imports/rispy/example_wos.ris": "wos",
        "data/imports/rispy/example_full.ris": "ris",
    }
    for path, name in expected.items():
        place = SHARED / path
        opener = lzma.open if place.suffix == ".xz" else Path.open
        with opener(place, "rb") as file:
            assert recognised_by(file.read(1 << 16)) == [name], path


@given(st.binary(max_size=300) | st.text(max_size=300).map(str.encode))
def test_recognising_never_fails(data: bytes) -> None:
    """Any beginning of any file is of some format or of none."""
    assert recognised_by(data) == recognised_by(data)


def test_readers_are_told_apart_by_their_names() -> None:
    """Each has the name that `--format` takes, and a line about it."""
    assert set(FILES) - {json_items.NAME} <= set(readers())
    assert all(each.description for each in readers().values())
    assert json.dumps(sorted(readers()))
