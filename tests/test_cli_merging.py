"""The command that unites libraries, as people run it."""

import csv
import json
import random
import shutil
import signal
import sqlite3
import sys
from collections.abc import Callable
from contextlib import closing
from pathlib import Path

import pytest
from conftest import BOTH, THREE, Run
from library_evidence import crossref, openalex
from preloaded import Preloaded
from test_cli import one_sentence
from test_crash import GLANCE, killed_at_size, size
from test_union import DAYS, WORDS, answered, do, said_of_reference, said_of_works, screened

from harvester.formats.pairs import read_pairs, read_references
from harvester.formats.screening import read_screening
from harvester.library import Library, checksum, verify

ANA, BO = "ana.sqlite", "bo.sqlite"
DOIS = ("10.5555/a", "10.5555/b", "10.5555/c")


def differing(tmp_path: Path) -> None:
    """Ana and Bo have decided on the same works, the same reference and in screening, each otherwise."""
    records = [
        answered((crossref(DOIS[0], cites=["Smith 1999, a book"]), None)),
        answered((openalex(2, title="=cmd|' /C calc'!A0"), None)),
    ]
    verdicts = {ANA: ("same", DOIS[1], "include", DAYS[9:]), BO: ("different", DOIS[2], "exclude", DAYS)}
    for name, (said, named, decision, days) in verdicts.items():
        do(
            tmp_path / name,
            [
                *records,
                said_of_works(f"doi:{DOIS[0]}", "openalex:W2", said),
                said_of_reference(f"doi:{named}", "same"),
                screened(f"doi:{DOIS[0]}", decision, f"{name[:-7].title()}"),
            ],
            iter(days),
        )


def test_two_harvests_become_one_library(run: Run, tmp_path: Path) -> None:
    """Works, citations and runs of both, the others' files as they were, and an account that adds up."""
    assert run("--library", ANA, "doi", *BOTH).status == 0
    assert run("--library", BO, "doi", *THREE, BOTH[0]).status == 0
    with closing(sqlite3.connect(tmp_path / BO)) as db, db:
        # As a rule it is another second when the other one begins.
        db.execute("update runs set started = '2999-01-01T00:00:00Z'")
    before = (tmp_path / BO).read_bytes()
    ended = run("--library", ANA, "--json", "merge", BO)
    assert (ended.status, ended.err) == (0, "")
    (came,) = ended.document["libraries"]
    assert (came["name"], came["runs"], came["after"]["works"]) == (BO, 1, came["before"]["works"] + len(THREE))
    assert (tmp_path / BO).read_bytes() == before
    assert run("--library", ANA, "verify").status == 0
    assert run("--library", "new.sqlite", "merge", BO, ANA).status == 0
    with Library(tmp_path / ANA) as one, Library(tmp_path / "new.sqlite") as other:
        assert checksum(one) == checksum(other)
    assert run("--library", ANA, "report", "report.json").status == 0
    assert len(json.loads((tmp_path / "report.json").read_text("utf-8"))["runs"]) == 2


def test_conflicts_are_told_written_and_settled(run: Run, tmp_path: Path) -> None:
    """The tables are those that `dedupe`, `match` and `chase` read; what is decided in them ends the conflict."""
    differing(tmp_path)
    ended = run("--library", ANA, "merge", BO)
    assert ended.status == 0
    told = [line for line in ended.err.splitlines() if line.startswith("harvester: ")]
    assert len(told) == 3
    assert all("ana.sqlite" in line and "bo.sqlite" in line and "counts, as the later" in line for line in told)
    ended = run("--library", ANA, "--json", "merge", "--conflicts", "open.csv")
    assert [each["kind"] for each in ended.document["conflicts"]] == ["reference", "screening", "works"]
    works, references, screening = (tmp_path / f"open-{name}.csv" for name in ("works", "references", "screening"))
    for path, decision in ((works, "different"), (references, "different"), (screening, "exclude")):
        with path.open(encoding="utf-8-sig", newline="") as file:
            rows = list(csv.reader(file))
        # What strangers call a work runs as no formula.
        assert not [cell for row in rows for cell in row if cell.startswith("=")]
        rows[1][0] = decision
        with path.open("w", encoding="utf-8", newline="") as file:
            csv.writer(file).writerows(rows)
    with works.open("rb") as one, references.open("rb") as two, screening.open("rb") as three:
        (pair,), (reference,), (screened_,) = read_pairs(one), read_references(two), read_screening(three, source="s")
    assert (pair.one, pair.other) == (f"doi:{DOIS[0]}", "openalex:W2")
    assert (reference.one, reference.other) == (WORDS, f"doi:{DOIS[1]}")
    assert (screened_.key, screened_.decision, screened_.by) == (f"doi:{DOIS[0]}", "exclude", None)
    assert run("--library", ANA, "dedupe", "--decisions", works).status == 0
    assert run("--library", ANA, "match", "--in", "library", "--decisions", references).status == 0
    assert run("--library", ANA, "chase", DOIS[0], "--backward", "--screening", screening).status in (0, 4)
    ended = run("--library", ANA, "merge")
    assert (ended.status, ended.out, ended.err) == (0, "0 conflicts to be decided\n", "")


def test_what_cannot_be_united_is_one_sentence_and_makes_no_library(run: Run, tmp_path: Path) -> None:
    """Before anything is written all of them are looked at."""
    do(tmp_path / BO, [answered((openalex(1), None))], iter(DAYS))
    shutil.copy(tmp_path / BO, tmp_path / "newer.sqlite")
    with closing(sqlite3.connect(tmp_path / "newer.sqlite")) as db:
        db.execute("pragma user_version = 99")
    (tmp_path / "text.sqlite").write_text("nothing of the kind")
    for name, status in (("nobody.sqlite", 2), (".", 2), ("newer.sqlite", 1), ("text.sqlite", 1)):
        ended = run("--library", "new.sqlite", "merge", BO, name)
        assert ended.status == status
        one_sentence(ended.err)
        assert not (tmp_path / "new.sqlite").exists()
    assert "itself" in one_sentence(run("--library", BO, "merge", BO).err)
    assert "no folder" in one_sentence(run("--library", "new.sqlite", "merge", BO, "--conflicts", "no/open.csv").err)
    assert run("--library", "new.sqlite", "merge").status == 2


def test_test_data_among_real_data_is_warned_of(run: Run, tmp_path: Path) -> None:
    """A library that a replica answered is told from one that the indexes did."""
    assert run("--library", ANA, "doi", BOTH[0]).status == 0
    do(tmp_path / BO, [answered((openalex(1), None))], iter(DAYS))
    assert "test data is mixed" in run("--library", ANA, "--quiet", "merge", BO).err


@pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")
def test_a_union_that_is_killed_is_whole_or_not_there_and_ends_the_same(preloaded: Preloaded, tmp_path: Path) -> None:
    """Killed as its log grows, and run again."""
    works = [answered((openalex(number, cites=range(1, number, 3)), None)) for number in range(1, 80)]
    do(tmp_path / ANA, works[:30], iter(f"2001-01-01T{n // 60:02}:{n % 60:02}:00Z" for n in range(200)))
    do(tmp_path / BO, works[20:], iter(f"2001-01-02T{n // 60:02}:{n % 60:02}:00Z" for n in range(200)))
    log = tmp_path / "calm.sqlite-wal"
    shutil.copy(tmp_path / ANA, tmp_path / "calm.sqlite")
    sizes = watched(preloaded, tmp_path, lambda: size(log), "--library", "calm.sqlite", "merge", BO)
    with Library(tmp_path / "calm.sqlite") as library:
        expected = checksum(library)
        items = library.db.execute("select count(*) from items").fetchone()[0]
    chance, struck = random.Random(7), 0
    for moment in range(5):
        name = f"{moment}.sqlite"
        shutil.copy(tmp_path / ANA, tmp_path / name)
        goal = chance.randrange(0, sizes, 4096)
        status = killed_at_size(preloaded, tmp_path, f"{name}-wal", goal, "--library", name, "merge", BO)
        assert status in (-signal.SIGKILL, 0)
        struck += status == -signal.SIGKILL
        with Library(tmp_path / name) as library:
            assert library.db.execute("select count(*) from items").fetchone()[0] in (30, items)
        assert preloaded.run("--library", name, "merge", BO, folder=tmp_path) == 0
        with Library(tmp_path / name) as library:
            assert checksum(library) == expected
            assert verify(library) == []
    assert struck >= 2


def watched(commands: Preloaded, folder: Path, measure: Callable[[], int], *arguments: str) -> int:
    """Run a command to its end, and give the most that was measured on the way."""
    import threading

    commands.start(*arguments, folder=folder)
    ended = threading.Thread(target=commands.ended)
    ended.start()
    most = 0
    while ended.is_alive():
        most = max(most, measure())
        ended.join(GLANCE)
    return most
