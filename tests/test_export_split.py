"""A list of references comes in parts that a program takes, each of them whole."""

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from written_works import PLAIN, records, text_of, works

from harvester import formats
from harvester.cli.writing import SPLITS
from harvester.errors import InputError, OutputError
from harvester.formats import Content
from harvester.formats.parts import LIMITS, Limit, write_parts
from harvester.formats.reading import readers
from harvester.library import Library
from harvester.model import Work

READERS = {
    "bibtex": "bibtex",
    "biblatex": "bibtex",
    "csl-json": "csl-json",
    "csv": "csv",
    "endnote-xml": "endnote-xml",
    "enw": "enw",
    "nbib": "nbib",
    "noteexpress": "noteexpress",
    "ris": "ris",
}
"""Formats that are cut, and our own readers of them."""

ROOMY = Limit(records=1_000, size=10**9)


def content(*given_: Work) -> Content:
    return Content(iter(given_), iter(()), iter(()))


def numbered(count: int) -> list[Work]:
    return [PLAIN.model_copy(update={"key": f"doi:10.1000/{n}", "doi": f"10.1000/{n}"}) for n in range(count)]


def dois(file: Path, reader: str) -> list[str | None]:
    return [one.doi for one in records(readers()[reader], file.read_bytes())]


@pytest.mark.parametrize("name", READERS)
def test_each_part_is_whole_and_all_together_are_the_list(name: str, tmp_path: Path) -> None:
    given_ = numbered(7)
    file = tmp_path / f"review{formats.of(name).suffixes[0]}"
    parts = write_parts(content(*given_), file, limit=Limit(records=3, size=10**9))
    ending = file.name.removeprefix("review")
    assert [part.name for part in parts.written] == [f"review-{number}{ending}" for number in (1, 2, 3)]
    found = [dois(part, READERS[name]) for part in parts.written]
    assert [len(each) for each in found] == [3, 3, 1]
    assert [doi for each in found for doi in each] == [work.doi for work in given_]
    assert sorted(tmp_path.iterdir()) == parts.written


@settings(deadline=None, max_examples=40, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(given_=st.lists(works(), max_size=6), records_=st.integers(1, 3), size=st.integers(300, 3_000))
def test_no_part_is_larger_than_it_may_be(tmp_path: Path, given_: list[Work], records_: int, size: int) -> None:
    """But for a single work that is larger by itself; and one work more would have been too much for it."""
    limit = Limit(records_, size)
    parts = write_parts(content(*given_), tmp_path / "review.ris", limit=limit).written
    texts = [part.read_bytes() for part in parts]
    counts = [text.count(b"ER  - ") for text in texts]
    assert sum(counts) == len(given_)
    assert all(
        count == 1 or (count <= records_ and len(text) <= size)
        for count, text in zip(counts, texts, strict=True)
        if count
    )
    first = [text.partition(b"\r\n\r\n")[0] + b"\r\n\r\n" for text in texts]
    for count, text, following in zip(counts, texts, first[1:], strict=False):
        assert count == records_ or len(text) + len(following) > size


@pytest.mark.parametrize("name", ["bibtex", "biblatex", "csl-json"])
def test_a_citation_key_is_given_once_in_all_parts(name: str, tmp_path: Path) -> None:
    """Sixty works of one author, year and word agree in more than a letter; each has the key of the undivided file."""
    file = tmp_path / f"review{formats.of(name).suffixes[0]}"
    parts = write_parts(content(*numbered(60)), file, limit=Limit(records=7, size=10**9)).written
    formats.write(content(*numbered(60)), file)
    found = [key for part in parts for key in keys(part)]
    assert len(set(found)) == 60
    assert found == keys(file)


@pytest.mark.parametrize("name", ["bibtex", "csl-json"])
def test_a_long_citation_key_is_counted(name: str, tmp_path: Path) -> None:
    """Among hundreds of works that agree in author, year and word a key has more letters than it has alone."""
    given_ = numbered(60)[10:]
    alone = len(text_of(name, given_[0]).encode())
    file = tmp_path / f"review{formats.of(name).suffixes[0]}"
    for size in range(5 * alone, 5 * alone + 4):
        parts = write_parts(content(*given_), file, limit=Limit(records=1_000, size=size)).written
        assert all(part.stat().st_size <= size for part in parts)


def keys(file: Path) -> list[str]:
    if file.suffix == ".json":
        return [item["id"] for item in json.loads(file.read_text(encoding="utf-8"))]
    lines = file.read_text(encoding="utf-8").splitlines()
    return [line.partition("{")[2].rstrip(",") for line in lines if line.startswith("@")]


def test_without_works_there_is_one_part(tmp_path: Path) -> None:
    parts = write_parts(content(Work(key="doi:10.1000/a")), tmp_path / "review.endnote.xml", limit=ROOMY)
    assert [part.name for part in parts.written] == ["review-1.endnote.xml"]
    formats.write(content(), tmp_path / "empty.endnote.xml")
    assert parts.written[0].read_bytes() == (tmp_path / "empty.endnote.xml").read_bytes()


def test_parts_of_an_earlier_list_are_named_and_left(tmp_path: Path) -> None:
    for name in ("review-2.ris", "review-3.ris", "review-10.ris", "review-02.ris", "review-3.bib", "other-3.ris"):
        (tmp_path / name).write_text("before")
    parts = write_parts(content(*numbered(4)), tmp_path / "review.ris", limit=Limit(2, 10**9))
    assert [file.name for file in parts.left_over] == ["review-3.ris", "review-10.ris"]
    assert (tmp_path / "review-3.ris").read_text() == "before"
    assert dois(tmp_path / "review-2.ris", "ris") == ["10.1000/2", "10.1000/3"]


def test_a_failure_midway_leaves_every_earlier_part(tmp_path: Path) -> None:
    def failing() -> Iterator[Work]:
        yield from numbered(5)
        raise OutputError("midway")

    (tmp_path / "review-1.ris").write_text("before")
    with pytest.raises(OutputError, match="midway"):
        write_parts(Content(failing(), (), ()), tmp_path / "review.ris", limit=Limit(2, 10**9))
    assert [file.name for file in tmp_path.iterdir()] == ["review-1.ris"]
    assert (tmp_path / "review-1.ris").read_text() == "before"


@pytest.mark.parametrize(
    "name",
    [f"review{ending}" for ending in (".json", ".jsonl", ".wos.txt", ".citation-index.txt", ".xlsx", ".parquet")],
)
def test_what_is_of_one_piece_is_refused(name: str, tmp_path: Path) -> None:
    with pytest.raises(InputError, match="not cut into parts"):
        write_parts(content(), tmp_path / name, limit=ROOMY)
    assert not list(tmp_path.iterdir())


def test_the_command_line_knows_the_limits_that_there_are() -> None:
    assert list(LIMITS) == SPLITS


# -- the command -----------------------------------------------------------------------------------------------


def harvester(folder: Path, *arguments: str) -> subprocess.CompletedProcess[str]:
    environment = {name: value for name, value in os.environ.items() if not name.startswith("HARVESTER_")}
    return subprocess.run(
        [sys.executable, "-m", "harvester.cli", *arguments],
        cwd=folder,
        capture_output=True,
        encoding="utf-8",
        env=environment,
    )


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A folder with a library of three imported works."""
    formats.write(content(*numbered(3)), tmp_path / "found.bib")
    imported = harvester(tmp_path, "import", "found.bib")
    assert imported.returncode == 0, imported.stderr
    with Library(tmp_path / "library.sqlite"):
        return tmp_path


def test_split_names_every_part(folder: Path) -> None:
    (folder / "review-2.ris").write_text("before")
    done = harvester(folder, "--json", "export", "review.ris", "--split", "covidence")
    assert done.returncode == 0, done.stderr
    told = json.loads(done.stdout)
    assert (told["written"], told["left_over"]) == (["review-1.ris"], ["review-2.ris"])
    assert "review-2.ris" in done.stderr
    assert len(dois(folder / "review-1.ris", "ris")) == 3


def test_graphs_and_tables_of_everything_are_not_split(folder: Path) -> None:
    """Nor is anything else that was to be written with them."""
    for name in ("review.graphml", "review.json"):
        done = harvester(folder, "export", "review.ris", name, "--split", "covidence")
        assert done.returncode == 2
        assert "Traceback" not in done.stderr
    assert not list(folder.glob("review*"))
