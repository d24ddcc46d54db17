"""The commands that share a library and prove what was shared."""

import os
import resource
import shutil
import subprocess
import sys
import zipfile
from functools import partial
from pathlib import Path

import pytest
from conftest import BOTH, COMMAND, KEY, MAILTO, Run, environment
from test_cli import one_sentence

from harvester.replica import Replica

LICENSED = """TY  - JOUR
TI  - A title that only the licensed database has
AB  - The licensed abstract of {name}.
DO  - 10.9999/licensed
ER  -
"""
NAMES = {
    *("README.txt", "exports/citations.graphml", "exports/works.csv", "exports/works.json", "exports/works.ris"),
    *("left-out.csv", "library.sqlite", "manifest.json", "settings.json"),
    *("report/flow.svg", "report/report.html", "report/report.json", "report/report.md", "report/searches.csv"),
}


@pytest.fixture(scope="module")
def library(tmp_path_factory: pytest.TempPathFactory, replica: Replica) -> Path:
    """A library of two works at both indexes, of a search, and of a licensed record."""
    folder = tmp_path_factory.mktemp("harvested")
    (folder / "embase.ris").write_text(LICENSED.format(name="a reviewer"))
    env = environment({"HARVESTER_REPLICA": replica.url, "OPENALEX_API_KEY": KEY, "CROSSREF_MAILTO": MAILTO})
    for arguments in (
        ("doi", *BOTH[:2]),
        ("search", "recovery AND peer*", "--limit", "3"),
        ("import", "embase.ris", "--source-name", "Embase 2026"),
    ):
        subprocess.run([*COMMAND, *arguments], cwd=folder, env=env, check=True, capture_output=True)
    return folder / "library.sqlite"


@pytest.fixture
def harvested(library: Path, tmp_path: Path) -> Path:
    return Path(shutil.copy(library, tmp_path))


def test_a_library_is_packed_and_replayed_where_there_is_nothing_else(
    run: Run, harvested: Path, tmp_path: Path
) -> None:
    """The pack alone, in another folder, without a network: the same; unpacked, it is a library like any other."""
    ended = run("pack", "review.zip", "--export", "works.bib")
    assert ended.status == 0, ended.err
    assert "1 imported records left out" in ended.out
    again = run("--json", "pack", "again.zip", "--export", "works.bib", env={"PYTHONHASHSEED": "7"}).document
    assert (tmp_path / "again.zip").read_bytes() == (tmp_path / "review.zip").read_bytes()
    assert again["bytes"] == (tmp_path / "again.zip").stat().st_size
    assert again["sha256"] in ended.out

    away = tmp_path / "away"
    away.mkdir()
    shutil.move(tmp_path / "review.zip", away / "review.zip")
    nowhere = {"HARVESTER_REPLICA": "http://127.0.0.1:9"}
    replayed = run("--json", "replay", "review.zip", cwd=away, env=nowhere)
    assert replayed.status == 0, replayed.err
    assert {each["name"] for each in replayed.document["members"]} | {"manifest.json"} == NAMES | {"exports/works.bib"}
    assert {each["standing"] for each in replayed.document["members"]} == {"same"}
    assert replayed.document["left_out"]["items"]["record"] == {"file:Embase_2026": 1}
    assert [each.name for each in away.iterdir()] == ["review.zip"]

    with zipfile.ZipFile(away / "review.zip") as zipped:
        zipped.extractall(away)
    made = ("works.json", "works.csv", "works.ris", "works.bib", "citations.graphml")
    assert run("export", *(away / name for name in made), cwd=away).status == 0
    for name in made:
        assert (away / name).read_bytes() == (away / "exports" / name).read_bytes()
    assert run("doi", BOTH[2], cwd=away).status == 0
    assert run("verify", cwd=away).status == 0


def test_a_changed_pack_is_told_with_status_1(run: Run, harvested: Path, tmp_path: Path) -> None:
    """And a file that is no pack is refused as what it is."""
    assert run("--quiet", "pack", "a.zip").status == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped, zipfile.ZipFile(tmp_path / "b.zip", "w") as other:
        for name in zipped.namelist():
            other.writestr(
                name, zipped.read(name).replace(b"Embase", b"Scopus") if name != "manifest.json" else zipped.read(name)
            )
    ended = run("replay", "b.zip")
    assert ended.status == 1
    assert "altered" in ended.out
    assert "is not what it says" in ended.err
    refused = run("replay", "library.sqlite")
    assert refused.status == 2
    assert "no pack" in one_sentence(refused.err)


def test_what_cannot_be_packed_is_refused_and_nothing_is_left(run: Run, harvested: Path, tmp_path: Path) -> None:
    """The library itself as the target, no folder, an export that cannot be."""
    before = harvested.read_bytes()
    for arguments, words in (
        (("library.sqlite",), "ends in .zip"),
        (("nowhere/a.zip",), "no folder"),
        (("a.zip", "--export", "../works.bib"), "no plain name"),
        (("a.zip", "--export", "sub/works.bib"), "no plain name"),
        (("a.zip", "--export", "works.sonnet"), "no known format"),
    ):
        ended = run("pack", *arguments)
        assert ended.status in (1, 2)
        assert words in one_sentence(ended.err)
    assert harvested.read_bytes() == before
    assert not list(tmp_path.glob("*.zip"))
    assert not list(tmp_path.glob(".*.part"))


def test_no_secret_gets_into_a_pack(run: Run, harvested: Path, tmp_path: Path) -> None:
    """None is in the bytes of any member; where one would be, the member is named and the secret is not."""
    assert run("pack", "a.zip").status == 0
    with zipfile.ZipFile(tmp_path / "a.zip") as zipped:
        held = b"".join(zipped.read(name) for name in zipped.namelist())
    for private in (KEY, MAILTO, str(tmp_path), str(Path.home()) + "/", os.uname().nodename):
        assert private.encode() not in held
    for number, secret in enumerate((KEY, MAILTO)):
        (tmp_path / "mine.ris").write_text(LICENSED.format(name=secret))
        assert run("--library", f"{number}.sqlite", "import", "mine.ris").status == 0
        ended = run("--library", f"{number}.sqlite", "pack", "b.zip", "--with-abstracts", "--with-imported")
        assert ended.status == 1
        assert "library.sqlite" in one_sentence(ended.err)
        assert secret not in ended.err + ended.out
        assert not (tmp_path / "b.zip").exists()


@pytest.mark.skipif(sys.platform == "win32", reason="there is no such limit on Windows")
def test_a_full_disk_leaves_what_was_there(run: Run, harvested: Path, tmp_path: Path) -> None:
    """Wherever it runs out of room: one sentence, the earlier pack is whole, no draft is left, no pack is blamed."""
    assert run("pack", "whole.zip").status == 0
    (tmp_path / "a.zip").write_bytes(b"of an earlier day")
    scratch = tmp_path / "scratch"
    scratch.mkdir()
    before = {each.name for each in tmp_path.iterdir()}
    with zipfile.ZipFile(tmp_path / "whole.zip") as zipped:
        size = zipped.getinfo("library.sqlite").file_size
    for command, file, room in (
        *(("pack", "a.zip", 30_000), ("pack", "a.zip", size // 2)),
        *(("replay", "whole.zip", size // 4), ("replay", "whole.zip", size + 4_096)),
    ):
        limit = partial(resource.setrlimit, resource.RLIMIT_FSIZE, (room, room))
        ended = run(command, file, preexec_fn=limit, env={"TMPDIR": str(scratch)})
        assert ended.status == 1, (command, room, ended)
        assert "cannot" in one_sentence(ended.err)
        assert (tmp_path / "a.zip").read_bytes() == b"of an earlier day"
        assert not list(scratch.iterdir())
        assert {each.name for each in tmp_path.iterdir()} == before


def test_what_was_passed_on_comes_back_without_taking_anything_away(run: Run, harvested: Path, tmp_path: Path) -> None:
    """Titles and abstracts that were left out of a pack are not lost where its library is merged into the full one."""
    texts = ("--json", "query", "select key, title, abstract from works order by key", "--limit", "100000")
    before = run(*texts).document
    assert run("pack", "review.zip").status == 0
    with zipfile.ZipFile(tmp_path / "review.zip") as pack:
        pack.extract("library.sqlite", tmp_path / "theirs")
    ended = run("merge", "theirs/library.sqlite")
    assert ended.status == 0, ended.err
    assert run(*texts).document == before
    assert run("verify").status == 0
