"""A carve that is killed at any moment and resumed leaves the library of one that was not."""

import subprocess
import sys
from pathlib import Path

import pytest
import snapshots
from conftest import Run, environment

from harvester.bulk import dataset
from harvester.bulk.snapshot import find
from harvester.library import Library, checksum, ledger

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")

KILLED = """
import importlib, os, signal, sys
module, name, number = sys.argv.pop(1), sys.argv.pop(1), int(sys.argv.pop(1))
place = importlib.import_module(module)
*path, name = name.split(".")
for part in path:
    place = getattr(place, part)
real, calls = getattr(place, name), 0

def killed(*given, **named):
    global calls
    calls += 1
    if calls == number:
        os.kill(os.getpid(), signal.SIGKILL)
    return real(*given, **named)

setattr(place, name, killed)
from harvester.cli import main
main()
"""
"""The real command, which kills itself (there is no going on after SIGKILL) when a function is called so often."""

ASKED = ("carve", "--snapshot", "snapshot", "--query", '"peer support" AND year:2005-', "--forward", "--backward")
EXPORTS = ("works.csv", "library.ris")


def left_by(folder: Path, run: Run) -> dict[str, bytes | str]:
    with Library(folder / "library.sqlite") as library:
        found: dict[str, bytes | str] = {"checksum": checksum(library)}
    ended = run("export", *EXPORTS, cwd=folder)
    assert ended.status == 0, ended.err
    return found | {name: (folder / name).read_bytes() for name in EXPORTS}


@pytest.mark.parametrize("layout", ["jsonl", "parquet"])
def test_a_carve_that_is_killed_and_resumed_is_whole(tmp_path: Path, run: Run, layout: snapshots.Layout) -> None:
    """Before a file is settled and in the middle of it, with a note half written, in the last pass, before deriving."""
    whole = tmp_path / "whole"
    snapshots.write(whole / "snapshot", snapshots.items(90, seed=6), layout=layout)
    files = len(find(str(whole / "snapshot")).parts)
    assert run(*ASKED, cwd=whole).status == 0
    expected = left_by(whole, run)
    moments = {
        "jsonl": [("harvester.library.ledger", "_keep", 3), ("pathlib", "Path.replace", 2)],
        "parquet": [("harvester.library.ledger", "settle", files + 2), ("harvester.bulk.carve", "derive", 1)],
    }
    for number, moment in enumerate(moments[layout]):
        folder = tmp_path / str(number)
        folder.mkdir()
        (folder / "snapshot").symlink_to(whole / "snapshot", target_is_directory=True)
        line = [sys.executable, "-c", KILLED, *map(str, moment), *ASKED]
        killed = subprocess.run(line, cwd=folder, capture_output=True, env=environment(), check=False)
        assert killed.returncode == -9, killed.stderr.decode()
        with Library(folder / "library.sqlite") as library:
            assert len(ledger.unfinished(library)) == 1
        ended = run("resume", cwd=folder)
        assert ended.status == 0, ended.err
        assert left_by(folder, run) == expected, moment
        assert not [*folder.glob("*.carve-*")]


def test_tables_are_written_before_a_carve_is_done(tmp_path: Path, run: Run) -> None:
    """Killed between works and citations, it is resumed, and all tables are of one moment."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(30, seed=6), layout="jsonl")
    for folder in ("whole", "cut"):
        asked = ("carve", "--snapshot", "snapshot", "--query", "peer OR support", "--backward", "--out", folder)
        if folder == "whole":
            assert run(*asked).status == 0
        else:
            line = [sys.executable, "-c", KILLED, "harvester.formats.frame", "citations", "1", *asked]
            killed = subprocess.run(line, cwd=tmp_path, capture_output=True, env=environment(), check=False)
            assert killed.returncode == -9, killed.stderr.decode()
    ended = run("--library", "cut/carved.sqlite", "resume")
    assert ended.status == 0, ended.err
    for name in dataset.TABLES:
        assert (tmp_path / "cut" / name).read_bytes() == (tmp_path / "whole" / name).read_bytes()
