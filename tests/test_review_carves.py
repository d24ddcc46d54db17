"""A carve is accounted for as the search of files that it is, in every format, and tells nobody where these lie."""

import json
import shlex
import zipfile
from collections.abc import Iterator
from pathlib import Path

import pytest
import snapshots
from conftest import Run
from test_carve import asked_by, begun
from test_review import value_of

from harvester.bulk import carve
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import find
from harvester.bulk.workers import Threads
from harvester.cli.session import COMMANDS
from harvester.identifiers import Identifier
from harvester.library import Library
from harvester.review import account
from harvester.review.boxes import boxes
from harvester.review.items import prisma_s
from harvester.review.paragraph import paragraphs

PLACE = "where-ana-keeps-it"


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Library]:
    """Two carves: a search with what cites its works, and works that were named, out of one that lacks a file."""
    folder = tmp_path_factory.mktemp("carved")
    place = folder / PLACE / "openalex-2026"
    snapshots.write(place, snapshots.items(150, seed=3), layout="jsonl")
    max(place.rglob("part_*.gz")).unlink()
    searched = asked_by('"peer support" OR trial', forward=True, years=(1995, None))
    named = frozenset(Identifier("openalex", each) for each in ("W1", "W2", "W999999"))
    with Library(folder / "library.sqlite", write="carve") as opened:
        snapshot = find(str(place))
        for asked in (searched, Asked(identifiers=named, backward=True, depth=2)):
            carve.carry_on(opened, begun(opened, asked, snapshot), workers=Threads(count=2))
        yield opened


def test_every_figure_of_a_carve_is_what_its_question_gives(library: Library) -> None:
    """Files and works read, selected, around these and not found."""
    told = account(library)
    shown = [*told.figures, *(entry.figure for box in boxes(told) for entry in box.entries if entry.figure)]
    for figure in shown:
        assert value_of(library, figure) == figure.value, figure
    search, named = told.carves
    rows = library.db.execute("select count(*) from hits where run = ?", (search.run.id,)).fetchone()
    assert (search.selected.value, search.files_read.value) == (rows[0], 5)
    assert search.works_read.value == named.works_read.value == search.works
    assert search.around.number > 0
    assert (named.given.value, named.missing.value) == (3, 3 - named.selected.number)


def test_a_carve_is_told_as_a_search_of_a_snapshot(library: Library) -> None:
    """Expression, reading, corpus, steps, the days of the snapshot, its files and what they lack."""
    told = account(library)
    words = " ".join(paragraphs(told))
    search, _ = told.carves
    for sentence in (
        f"We searched OpenAlex, snapshot of 2026-09-30 (openalex-2026; {search.works} works in 5 files",
        "works last changed 2025-11-04 to 2026-06-02",
        f"for: {search.searched}.",
        "limited to years 1995- and the core corpus of OpenAlex",
        "We followed citations forward from these in the same snapshot, 1 round at most",
        "We took 3 works that we named",
        "1 of 6 files of the manifest are not there: updated_date=2026-06-02/part_0001.gz",
    ):
        assert sentence in words
    standing = {item.number: item.standing for item in prisma_s(told)}
    assert {standing[number] for number in ("1", "5", "8", "13", "15")} == {"supplied"}
    identified = next(box for box in boxes(told) if box.name == "identified")
    assert [(entry.label, entry.figure and entry.figure.value) for entry in identified.entries[:2]] == [
        ("Databases", search.selected.value),
        ("– OpenAlex, snapshot of 2026-09-30", search.selected.value),
    ]


def test_the_commands_of_a_carve_are_understood(library: Library) -> None:
    lines = [line for line in account(library).commands if not line.startswith("#")]
    given = [shlex.split(line) for line in lines]
    assert [words[:4] for words in given] == [["harvester", "carve", "--snapshot", "openalex-2026"]] * 2
    for words in given:
        COMMANDS["carve"].make_context("carve", words[2:])
    assert given[0][-3:] == ["--forward", "--years", "1995-"]


def test_where_a_snapshot_lies_is_in_no_account_and_no_pack(library: Library, tmp_path: Path, run: Run) -> None:
    """Whoever gets a report or a pack is told what the snapshot was, not where; and can replay the pack."""
    names = [f"report.{ending}" for ending in ("md", "html", "json", "csv", "docx")]
    assert run("--library", str(library.path), "report", *names).status == 0
    for name in names:
        content = (tmp_path / name).read_bytes()
        if name.endswith("docx"):
            with zipfile.ZipFile(tmp_path / name) as document:
                content = document.read("word/document.xml")
        assert PLACE.encode() not in content
        assert b"openalex-2026" in content
        assert b"2026-06-02" in content
    carves = json.loads((tmp_path / "report.json").read_bytes())["carves"]
    assert [each["date"] for each in carves] == ["2026-09-30", "2026-09-30"]
    ended = run("--library", str(library.path), "pack", "whole.zip")
    assert ended.status == 0, ended.err
    with zipfile.ZipFile(tmp_path / "whole.zip") as pack:
        for name in pack.namelist():
            assert PLACE.encode() not in pack.read(name), name
    assert run("replay", "whole.zip").status == 0
    again = run("--library", str(library.path), "update", "--dry-run")
    assert (again.status, "Traceback" in again.err) == (0, False)
