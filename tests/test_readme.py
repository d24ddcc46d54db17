"""What README.md tells its readers to type does what it says."""

import re
import shlex
import subprocess
import sys
from pathlib import Path

import snapshots
from conftest import DEMO, Run, environment

README = (Path(__file__).parents[1] / "README.md").read_text(encoding="utf-8")
BLOCKS = re.findall(r"^```sh\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)


def test_it_opens_with_two_commands_of_one_line() -> None:
    """The first runs the demo and the second the tests; each sets up all it needs, on one line."""
    first, second = BLOCKS[0].splitlines(), BLOCKS[1].splitlines()
    assert len(first) == len(second) == 1
    assert first[0].startswith("python3 -m venv")
    assert first[0].endswith("harvester demo")
    assert second[0].startswith("python3 -m venv")
    assert "pytest" in second[0]


def test_every_command_for_a_review_works_and_so_do_the_lines_of_python(run: Run, tmp_path: Path) -> None:
    """The commands run in the order in which they stand, in an empty folder, and each succeeds; Python reads that."""
    (tmp_path / "references.txt").write_text((DEMO / "dois.txt").read_text(encoding="utf-8"), encoding="utf-8")
    (tmp_path / "strategy.txt").write_text('1 "peer support"\n2 recovery\n3 #1 AND #2\n', encoding="utf-8")
    (tmp_path / "export.ris").write_text("TY  - JOUR\nTI  - Peer support\nPY  - 2019\nER  -\n", encoding="utf-8")
    (tmp_path / "library.bib").write_text("@book{mead, title = {Intentional peer support}}\n", encoding="utf-8")
    commands = [line for line in BLOCKS[2].splitlines() if line.strip()]
    assert len(commands) > 10
    for line in commands:
        program, *arguments = shlex.split(line)
        assert program == "harvester"
        ended = run(*arguments)
        assert ended.status == 0, f"{line}\n{ended.out}\n{ended.err}"
        assert "Traceback" not in ended.err
    for name in ("citations.graphml", "review.json", "works.csv"):
        assert (tmp_path / name).stat().st_size > 0
    (lines,) = re.findall(r"^```python\n(.*?)^```$", README, re.MULTILINE | re.DOTALL)
    subprocess.run([sys.executable, "-W", "error", "-c", lines], cwd=tmp_path, env=environment(), check=True)
    assert (tmp_path / "recent.ris").read_text("utf-8").startswith("TY  - ")


def test_the_commands_for_a_snapshot_work(run: Run, tmp_path: Path) -> None:
    """They read the folder of a snapshot, and each succeeds."""
    snapshots.write(tmp_path / "openalex-snapshot", snapshots.items(60, seed=2), layout="parquet")
    (tmp_path / "ids.txt").write_text("https://openalex.org/W20\nhttps://openalex.org/W31\n", encoding="utf-8")
    (block,) = (each for each in BLOCKS if "harvester carve" in each)
    for line in block.splitlines():
        _, *arguments = shlex.split(line)
        ended = run(*arguments)
        assert ended.status == 0, f"{line}\n{ended.out}\n{ended.err}"
    assert "We searched OpenAlex, snapshot of 2026-09-30" in (tmp_path / "account.md").read_text("utf-8")


def test_every_file_format_is_named() -> None:
    """The table of files names each suffix that `export` knows."""
    from graph.export import FORMATS
    from harvester.formats import known

    for suffix in [*FORMATS, *(each.suffixes[0] for each in known())]:
        assert f"`{suffix}`" in README
