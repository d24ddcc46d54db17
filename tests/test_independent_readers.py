"""What other programs read from record files is what the library said.

Zotero's translators (AGPL, GitHub zotero/translators) run where ZOTERO_TRANSLATION_SERVER names a folder with
zotero/translation-server, its submodules and its node packages; ASReview where ASREVIEW_PYTHON names a Python that has
it. Neither is a part of this project.
"""

import html
import json
import os
import re
import shutil
import subprocess
import unicodedata
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written_works import CROWD, PLAIN, text_of, works

from harvester import formats
from harvester.formats import Content, written
from harvester.formats.table import COLUMNS
from harvester.model import Authorship, CitationSearch, Keyword, Update, Work

Items = list[dict[str, Any]]

FOUND = PLAIN.model_copy(
    update={
        "abstract": "Peers helped 5% of {all} & more.",
        "openalex": "W2741809807",
        "sources": ("crossref", "openalex"),
        "is_retracted": True,
        "updates": (Update(direction="updated_by", type="retraction", date="2021", asserted_by="publisher"),),
        "citation_search": CitationSearch(
            is_seed=True, rank=7, round=2, directions=("backward", "cocited"), seeds=("doi:10.1000/seed",)
        ),
    }
)
"""A work of which the file is to say how it was found."""

TOLD = ("Retracted: retraction 2021", "crossref, openalex", "seed; rank 7; round 2; backward, cocited", "10.1000/seed")
"""What a reviewer is to find in the notes of it."""

SAMPLE = (
    FOUND.model_copy(update={"key": "doi:10.1000/found", "doi": "10.1000/found"}),
    PLAIN.model_copy(
        update={
            "key": "doi:10.1000/script",
            "doi": "10.1000/script",
            "title": "同伴支持, сверстники; الدعم",
            "authors": (
                Authorship(name="王小明", given="小明", family="王"),
                Authorship(name="World Health Organization", is_organisation=True),
            ),
            "keywords": (Keyword(term="同伴", kind="author"), Keyword(term="recovery", kind="assigned")),
            "abstract": '5% of peers\n\nhelped "others", and \u2028 more.',
        }
    ),
    PLAIN.model_copy(update={"key": "import:none", "doi": None, "authors": None, "year": None, "venue": None}),
    CROWD.model_copy(update={"key": "import:crowd", "doi": None}),
)
"""Works that a reader may stumble over."""

slow_start = settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])


# -- Zotero ----------------------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def zotero(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Callable[[str, str], Items]]:
    """Give what reads a text with the translator of this name, which Zotero is to choose by itself."""
    folder, node = os.environ.get("ZOTERO_TRANSLATION_SERVER"), shutil.which("node")
    if not folder or not node:
        pytest.skip("needs node, and ZOTERO_TRANSLATION_SERVER as the folder of Zotero's translation server")
    script = Path(__file__).with_name("zotero_reader.js")
    with subprocess.Popen(
        [node, script, folder], stdin=subprocess.PIPE, stdout=subprocess.PIPE, encoding="utf-8"
    ) as process:
        assert process.stdin
        assert process.stdout
        file = tmp_path_factory.mktemp("zotero") / "file"

        def read(text: str, translator: str) -> Items:
            file.write_text(text, encoding="utf-8", newline="")
            process.stdin.write(f"{file}\n")  # type: ignore[union-attr] # it is a pipe
            process.stdin.flush()  # type: ignore[union-attr]
            answer = json.loads(process.stdout.readline())  # type: ignore[union-attr]
            assert answer["translator"] == translator, answer
            return list(answer["items"])

        yield read
        process.stdin.close()


TRANSLATORS = {
    "ris": "RIS",
    "bibtex": "BibTeX",
    "biblatex": "BibTeX",
    "nbib": "MEDLINE/nbib",
    "endnote-xml": "Endnote XML",
    "enw": "Refer/BibIX",
    "csl-json": "CSL JSON",
    "wos": "Web of Science Tagged",
}


def plain(text: str | None) -> str:
    """Text without what Zotero does to any: markup of notes, composed letters, one space for several."""
    flat = re.sub(r"<br ?/?>|</p>\s*<p>", "\n", text or "")
    return " ".join(unicodedata.normalize("NFC", html.unescape(re.sub(r"</?p>", "", flat))).split())


def notes(item: dict[str, Any]) -> str:
    return " | ".join([*(plain(note["note"]) for note in item["notes"]), item.get("extra", "")])


WITHOUT_ORGANISATIONS = {"nbib", "wos"}
WITHOUT_NOTES = {"nbib", "wos"}
IN_ADDRESS = {"enw"}
"""Where Zotero has no place for a DOI but the address made of it."""


def authors(item: dict[str, Any]) -> list[str]:
    """The names, in which Zotero sets a space behind every full stop; who wrote a program is its programmer."""
    return [
        plain(one["lastName"]).replace(". ", ".")
        for one in item["creators"]
        if one["creatorType"] in ("author", "programmer")
    ]


def is_plain_to_zotero(name: str, text: str) -> bool:
    """Whether Zotero takes a text as it stands: without tags, and in TeX without signs that it knows no command for."""
    if name == "ris":
        return "<" not in text
    return name not in ("bibtex", "biblatex") or not re.search(r"[\\~^{}]|\$.*\$", text)


@pytest.mark.parametrize("name", TRANSLATORS)
@slow_start
@given(given_=st.lists(works(), min_size=1, max_size=4))
def test_zotero_reads_what_a_reviewer_looks_for(
    zotero: Callable[[str, str], Items], name: str, given_: list[Work]
) -> None:
    items = zotero(text_of(name, *given_), TRANSLATORS[name])
    assert len(items) == len(given_)
    for work, item in zip(given_, items, strict=True):
        for field, text in (("title", written.title(work)), ("abstractNote", work.abstract or "")):
            if is_plain_to_zotero(name, text):
                found = plain(item.get(field))
                assert found == plain(text) or (name == "nbib" and found == f"{plain(text)}."), item
        assert written.when(work)[:4] in item.get("date", ""), item
        people = [one for one in work.authors or () if not (one.is_organisation and name in WITHOUT_ORGANISATIONS)]
        wanted = [plain(one.name if one.is_organisation else one.family) for one in people]
        if all(is_plain_to_zotero(name, one) for one in wanted):
            # Of a work that has no editors to Zotero they are authors too.
            assert authors(item)[: len(wanted)] == wanted, item
        if work.doi and is_plain_to_zotero(name, work.doi):
            if name in IN_ADDRESS:
                assert item["url"] == written.address(work)
            else:
                assert item["DOI"] == work.doi, item
        venue = written.place(work).name
        if work.type == "article" and is_plain_to_zotero(name, venue):
            assert plain(item.get("publicationTitle")) == plain(venue), item


@pytest.mark.parametrize("name", [name for name in TRANSLATORS if name not in WITHOUT_NOTES])
def test_zotero_keeps_how_a_work_was_found(zotero: Callable[[str, str], Items], name: str) -> None:
    (item,) = zotero(text_of(name, FOUND), TRANSLATORS[name])
    for told in TOLD:
        assert told in notes(item)


@pytest.mark.parametrize("name", TRANSLATORS)
def test_zotero_reads_3000_authors(zotero: Callable[[str, str], Items], name: str) -> None:
    (item,) = zotero(text_of(name, CROWD), TRANSLATORS[name])
    assert authors(item) == [one.family for one in CROWD.authors or ()]


# -- ASReview --------------------------------------------------------------------------------------------------

ASREVIEW = """
import json, sys
from asreview.data.loader import load_records
names = ("title", "abstract", "authors", "keywords", "year", "doi", "url")
files = [load_records(file) for file in sys.argv[1:]]
print(json.dumps([[{name: getattr(one, name) for name in names} for one in file] for file in files]))
"""


@pytest.fixture(scope="module")
def asreview() -> Callable[[list[Path]], list[Items]]:
    """Give what reads files as ASReview does when a project is made of them."""
    python = os.environ.get("ASREVIEW_PYTHON")
    if not python:
        pytest.skip("needs ASREVIEW_PYTHON, a Python in which asreview is installed")

    def read(files: list[Path]) -> list[Items]:
        # It leaves a cache in the folder where it is run.
        command = [python, "-c", ASREVIEW, *(file.absolute() for file in files)]
        done = subprocess.run(command, capture_output=True, encoding="utf-8", cwd=files[0].parent)
        assert done.returncode == 0, done.stderr
        return [list(items) for items in json.loads(done.stdout)]

    return read


def test_asreview_reads_every_work(asreview: Callable[[list[Path]], list[Items]], tmp_path: Path) -> None:
    """Of tables, workbooks and RIS; among the works are one in Chinese, one without authors and one with 3,000."""
    files = [tmp_path / name for name in ("review.csv", "review.xlsx", "review.ris")]
    for file in files:
        formats.write(Content(SAMPLE, (), ()), file)
    for file, found in zip(files, asreview(files), strict=True):
        assert len(found) == len(SAMPLE)
        for work, record in zip(SAMPLE, found, strict=True):
            assert (record["title"] or "") == written.title(work)
            assert (record["abstract"] or "") == written.one_line(work.abstract)
            assert (record["doi"], record["year"]) == (work.doi, work.year)
            people = len(work.authors or ())
            if file.suffix != ".xlsx" or people < 3_000:  # which are more than a cell of a workbook holds
                assert len(record["authors"]) == people
            if not work.is_retracted:  # which is a keyword in RIS
                assert [term.strip() for term in record["keywords"]] == [one.term for one in work.keywords]


# -- pandas and DuckDB -----------------------------------------------------------------------------------------


@pytest.fixture(scope="module")
def tables(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder with the sample in every format that has rows."""
    folder = tmp_path_factory.mktemp("tables")
    for suffix in ("csv", "xlsx", "parquet", "jsonl"):
        formats.write(Content(SAMPLE, (), ()), folder / f"review.{suffix}")
    return folder


def test_pandas_reads_the_same_from_table_and_workbook(tables: Path) -> None:
    pd = pytest.importorskip("pandas", reason="needs pandas, which is read with here and nowhere else")

    text = pd.read_csv(tables / "review.csv", dtype=str, keep_default_na=False)
    book = pd.read_excel(tables / "review.xlsx", dtype=str, keep_default_na=False)
    assert list(text.columns) == list(book.columns) == list(COLUMNS)
    for name in set(COLUMNS) - {"authors"}:
        assert list(text[name]) == list(book[name]), name
    assert list(text["title"]) == [written.title(work) for work in SAMPLE]
    assert list(text["sources"]) == ["; ".join(work.sources) for work in SAMPLE]
    (found,) = text[text["key"] == "doi:10.1000/found"].to_dict("records")
    told = {name: found[name] for name in ("seed", "rank", "round", "directions", "linked_seeds", "is_retracted")}
    assert list(told.values()) == ["true", "7", "2", "backward; cocited", "doi:10.1000/seed", "true"]


def test_pandas_reads_parquet_and_json_lines(tables: Path) -> None:
    pd = pytest.importorskip("pandas", reason="needs pandas, which is read with here and nowhere else")

    frame = pd.read_parquet(tables / "review.parquet")
    lines = pd.read_json(tables / "review.jsonl", lines=True)
    lines = lines[lines["kind"] == "work"]
    assert list(frame["key"]) == list(lines["key"]) == [work.key for work in SAMPLE]
    assert [None if people is None else len(people) for people in frame["authors"]] == [
        None if work.authors is None else len(work.authors) for work in SAMPLE
    ]
    assert list(frame["title"]) == [written.title(work) for work in SAMPLE]
    assert next(iter(frame["authorships"].iloc[0]))["family"] == "Silva"


def test_duckdb_asks_within_the_columns_of_parquet(tables: Path) -> None:
    import duckdb

    file = tables / "review.parquet"
    rows = duckdb.execute(
        f"select key, rank, seed, directions, sources, is_retracted, len(authors) from '{file.as_posix()}'"
        " where list_contains(sources, 'openalex') order by key"
    ).fetchall()
    assert rows == [("doi:10.1000/found", 7, True, ["backward", "cocited"], ["crossref", "openalex"], True, 1)]
    people = duckdb.execute(f"select count(*) from (select unnest(authors) from '{file.as_posix()}')").fetchall()
    assert people == [(sum(len(work.authors or ()) for work in SAMPLE),)]
