"""What a carve is given that it cannot use, or that is elsewhere now: files of names, folders, merged works."""

import gzip
import os
from pathlib import Path

import pytest
import snapshots
from conftest import Run
from snapshots import Layout
from test_carve import asked_by, begun, held_in

from harvester.bulk import carve
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import find
from harvester.bulk.workers import Threads
from harvester.identifiers import Identifier
from harvester.library import Library, ledger, proof
from harvester.library.reading import citations, works


@pytest.mark.parametrize(
    ("given", "status", "sentence"),
    [
        (b"\xef\xbb\xbfhttps://openalex.org/W20\r\nW4242424242\r\n", 4, "not found: openalex:W4242424242"),
        ("https://openalex.org/W20\nhttps://openalex.org/W21\n".encode("utf-16"), 0, "2 works carved"),
        (b"", 2, "names.txt holds no DOI or other identifier of a work"),
        (b"\x00\x01\x02\xff" * 40, 2, "names.txt is not a text file"),
        (b"Peer support among persons with severe mental illnesses\n", 2, "names.txt holds no DOI"),
        (b"10.5555/synthetic.20\nA review of peer support\n", 4, "not understood: A review of peer support"),
        (None, 2, "names.txt cannot be read"),
    ],
)
def test_whatever_a_file_of_names_holds_is_told(
    tmp_path: Path, run: Run, given: bytes | None, status: int, sentence: str
) -> None:
    """Marks of byte order, UTF-16, nothing, no text, a title in place of a DOI."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(30, seed=2), layout="parquet")
    if given is not None:
        (tmp_path / "names.txt").write_bytes(given)
    ended = run("carve", "--snapshot", "snapshot", "--works", "names.txt")
    assert (ended.status, sentence in ended.out + ended.err) == (status, True), ended.err
    assert "Traceback" not in ended.err


@pytest.mark.parametrize(
    ("arguments", "status", "sentence"),
    [
        (["--out", "plain.sqlite"], 1, "plain.sqlite is not a library"),
        (["--out", "nowhere/x.sqlite"], 2, "there is no folder nowhere"),
        (["--out", "nowhere/x/tables"], 2, "the folder nowhere/x/tables cannot be made"),
        (["--out", "newer.sqlite"], 1, "was written by a newer version of this program"),
        (["--snapshot", "ftp://example.org/x"], 2, "a snapshot is a folder, or s3://"),
        (["--snapshot", "plain.sqlite"], 2, "there are no works of an OpenAlex snapshot"),
        (["--years", "2024-2015"], 2, "2024 is later than 2015"),
        (["--forward", "--depth", "0"], 2, "0 is not in the range"),
        (["--out", "tables.parquet"], 2, "for tables of Parquet, a folder"),
        (["--cluster", "nonsense"], 2, "is no cluster"),
    ],
)
def test_a_carve_that_cannot_be_begun_says_why(
    tmp_path: Path, run: Run, arguments: list[str], status: int, sentence: str
) -> None:
    snapshots.write(tmp_path / "snapshot", snapshots.items(10, seed=2), layout="jsonl")
    (tmp_path / "plain.sqlite").write_text("no library")
    with Library(tmp_path / "newer.sqlite", write="carve") as library:
        library.db.execute("pragma user_version = 1000")
    ended = run("carve", "--snapshot", "snapshot", "--query", "peer", *arguments)
    assert (ended.status, sentence in ended.err) == (status, True), ended.err
    assert "Traceback" not in ended.err
    assert not (tmp_path / "library.sqlite").exists()


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--years", "2010-"], "leave out --years"),
        (["--corpus", "all", "--forward"], "--corpus is for --query"),
        (["--depth", "2"], "give one of these"),
    ],
)
def test_what_means_nothing_for_works_that_are_named_is_refused(
    tmp_path: Path, run: Run, arguments: list[str], sentence: str
) -> None:
    (tmp_path / "names.txt").write_text("W2000000000\n")
    ended = run("carve", "--snapshot", "snapshot", "--works", "names.txt", *arguments)
    assert (ended.status, sentence in ended.err) == (2, True), ended.err


def test_tables_of_somebody_else_are_not_replaced(tmp_path: Path, run: Run) -> None:
    """A carve writes into a folder of its own, or one that a carve has written."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(30, seed=2), layout="jsonl")
    (tmp_path / "mine").mkdir()
    (tmp_path / "mine" / "works.parquet").write_bytes(b"mine")
    words = ("carve", "--snapshot", "snapshot", "--query", "peer OR support", "--out")
    ended = run(*words, "mine")
    assert (ended.status, "which no carve here has written" in ended.err) == (2, True), ended.err
    assert (tmp_path / "mine" / "works.parquet").read_bytes() == b"mine"
    ended = run("--library", "other.sqlite", *words, "tables")
    assert (ended.status, "leave out --library" in ended.err) == (2, True), ended.err
    ended = run("--quiet", *words, "tables")
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    assert run("--json", *words, "tables").document["selected"] > 5


@pytest.mark.parametrize("layout", ["jsonl", "parquet"])
def test_the_name_of_a_folder_is_no_pattern(tmp_path: Path, run: Run, layout: Layout) -> None:
    """What lies in another folder that the name would match as one stays there."""
    odd = "a [b]* snapshot?"
    snapshots.write(tmp_path / odd, snapshots.items(20, seed=2), layout=layout)
    snapshots.write(tmp_path / "a b1 snapshot2", snapshots.items(60, seed=2), layout=layout)
    ended = run("--json", "carve", "--snapshot", odd, "--query", "peer OR NOT peer", "--out", "t[x]")
    selected = ended.document["selected"]
    assert 10 < selected <= 20
    for place, number in ((odd, 20), ("t[x]", selected)):
        assert run("--json", "rank", "--snapshot", place, "--out", "r*").document["works"] == number
    ended = run("--json", "--library", "t[x]/carved.sqlite", "rank", "--out", "r*", "--join")
    assert ended.document["joined"][0]["global_pagerank"] > 0


def test_a_moment_is_the_same_wherever_it_is_read(tmp_path: Path, run: Run) -> None:
    """Parquet that Spark writes has moments in UTC, which a machine would tell by its own clock."""
    items = [{**item, "updated_date": "2026-06-02T01:30:00"} for item in snapshots.items(10, seed=2)]
    snapshots.write(tmp_path / "snapshot", items, layout="parquet", abstract="map")
    for zone in ("UTC", "America/New_York"):
        ended = run(
            "carve", "--snapshot", "snapshot", "--query", "NOT zzz", "--out", f"{zone[:3]}.sqlite", env={"TZ": zone}
        )
        assert ended.status == 0, ended.err
        with Library(tmp_path / f"{zone[:3]}.sqlite") as library:
            ranks = library.db.execute("select rank from records").fetchall()
        assert {rank.partition("|")[0] for (rank,) in ranks} == {"2026-06-02T01:30:00"}


def test_a_name_that_is_not_utf_8_is_told(tmp_path: Path, run: Run) -> None:
    snapshots.write(tmp_path / os.fsdecode(b"raw\xff"), snapshots.items(3, seed=2), layout="jsonl")
    ended = run("carve", "--snapshot", os.fsdecode(b"raw\xff"), "--query", "peer", env={"LANG": "C.UTF-8"})
    assert (ended.status, "is not UTF-8" in ended.err) == (2, True), ended.err


def test_a_list_of_deleted_works_that_is_none_stops_one_carve_alone(tmp_path: Path, run: Run) -> None:
    for name in ("good", "bad"):
        place = snapshots.write(tmp_path / name, snapshots.items(10, seed=2), layout="jsonl", deleted=["W1"])
        with Library(tmp_path / "library.sqlite", write="carve") as library:
            begun(library, asked_by("NOT zzz"), find(str(place)))
    (tmp_path / "bad" / "data" / "jsonl" / "works" / "deleted_ids.csv").write_text("<html>")
    ended = run("--json", "resume")
    assert [each["state"] for each in ended.document["runs"]] == ["done", "stopped"]
    assert (ended.status, "is no list of deleted works" in ended.err) == (3, True)


def test_a_snapshot_that_is_gone_stops_a_carve_that_resume_takes_up(tmp_path: Path, run: Run) -> None:
    """What is missing is said as what stopped it, the folder of nobody's disk is kept, and the carve goes on later."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(30, seed=2), layout="jsonl")
    with Library(tmp_path / "library.sqlite", write="carve") as library:
        begun(library, asked_by("peer OR support"), find(str(tmp_path / "snapshot")))
    (tmp_path / "snapshot").rename(tmp_path / "elsewhere")
    ended = run("--json", "resume")
    assert ended.status == 3
    (account,) = ended.document["runs"]
    assert account["state"] == "stopped"
    assert "there is no snapshot at" in account["reasons"][0]
    assert account["reasons"][0] in ended.err
    with Library(tmp_path / "library.sqlite") as library:
        (reason,) = library.db.execute("select reason from runs").fetchone()
        assert str(tmp_path) not in reason
    with Library(tmp_path / "library.sqlite", write="doi") as library:
        ledger.finish(library, ledger.begin(library, command="doi", arguments={}), outcome="stopped", reason="a storm")
    ended = run("--json", "resume")
    assert [(each["command"], each["state"]) for each in ended.document["runs"]] == [
        ("carve", "stopped"),
        ("doi", "done"),
    ]
    assert ended.status == 3, "what another run has come to does not hide it"
    (tmp_path / "elsewhere").rename(tmp_path / "snapshot")
    assert run("resume").status == 0


def test_carves_that_are_resumed_tell_what_they_did_not_find(tmp_path: Path, run: Run) -> None:
    """Two of them are one document."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(30, seed=2), layout="jsonl")
    names = [Identifier("openalex", name) for name in ("W20", "W4242424242")]
    with Library(tmp_path / "library.sqlite", write="carve") as library:
        begun(library, Asked(identifiers=frozenset(names[:1])), find(str(tmp_path / "snapshot")))
        begun(library, Asked(identifiers=frozenset(names)), find(str(tmp_path / "snapshot")))
    ended = run("--json", "resume")
    assert ended.status == 4, ended.err
    assert [each["not_found"] for each in ended.document["runs"]] == [[], ["openalex:W4242424242"]]
    assert "not found: openalex:W4242424242" in ended.err


# -- merged works --------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("layout", "place"),
    [
        ("legacy", "data/merged_ids/works"),
        ("jsonl", "legacy-data/merged_ids/works"),
        ("parquet", "legacy-data/data/merged_ids/works"),
    ],
)
def test_a_work_that_was_merged_is_the_one_it_was_merged_into(tmp_path: Path, layout: Layout, place: str) -> None:
    """Whether it is named, over several steps, or reached by a reference; the synonym is on record, as from the API."""
    items = list(snapshots.items(40, seed=9))
    items[19]["referenced_works"] = ["https://openalex.org/W800000003", "https://openalex.org/W12"]
    snapshots.write(tmp_path, items, layout=layout, again=[{**items[4], "id": "https://openalex.org/W800000001"}])
    if layout == "jsonl":  # what was merged may be told as deleted, too
        (tmp_path / "data" / "jsonl" / "works" / "deleted_ids.csv").write_text("work_id,deleted_date\nW800000003,\n")
    lists = tmp_path / place
    lists.mkdir(parents=True)
    header = "merge_date,id,merge_into_id\n"
    (lists / "2022-06-07.csv").write_text(f"{header}2022-06-07,W800000001,W800000002\n2022-06-07,W5,\n", "utf-8")
    later = f"{header}2023-01-01,W800000002,W5\n2023-01-01,https://openalex.org/W800000003,W6\n2023-01-01,W1,W1\n"
    (lists / "2023-01-01.csv.gz").write_bytes(gzip.compress(later.encode()))
    named = frozenset(Identifier("openalex", each) for each in ("W800000001", "W20", "W800000009"))
    with Library(tmp_path / "a.sqlite", write="carve") as library:
        asked = Asked(identifiers=named, backward=True)
        started = begun(library, asked, find(str(tmp_path)))
        found = carve.carry_on(library, started, workers=Threads(count=1))
        assert found.missing == (Identifier("openalex", "W800000009"),)
        held = held_in(library)
        assert {5, 6, 12, 20} <= held
        assert 800_000_001 not in held
        (detail,) = library.db.execute("select detail from lookups where value = 'W800000001'").fetchone()
        assert detail == "merged into W5"
        by_id = {work.openalex: work.key for work in works(library)}
        assert (by_id["W20"], by_id["W6"]) in {(each.citing, each.cited) for each in citations(library)}
        assert "openalex:W800000003" not in {work.key for work in works(library)}
        assert proof.verify(library) == []
