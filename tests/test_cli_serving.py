"""`replica` and `doctor` on the real command line."""

import json
import signal
import socket
import subprocess
import urllib.request
from pathlib import Path

import pytest
from conftest import BOTH, COMMAND, DEMO, Run, environment
from test_cli import one_sentence

from harvester.library import Library


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_replica_prints_its_address_serves_and_ends_at_a_signal(tmp_path: Path, run: Run, number: int) -> None:
    """The address is the one line on stdout, at once, so that a script can wait for it."""
    process = subprocess.Popen(
        [*COMMAND, "replica", "--corpus", DEMO, "--port", "0", "--unlimited"],
        cwd=tmp_path,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    assert process.stdout is not None
    url = process.stdout.readline().strip()
    assert run("doi", *BOTH, env={"HARVESTER_REPLICA": url}).status == 0
    with urllib.request.urlopen(f"{url}/_log") as log:
        asked = {each["url"].split("/")[1] for each in json.load(log)["requests"]}
    assert asked == {"crossref", "openalex", "europepmc"}
    process.send_signal(number)
    out, err = process.communicate(timeout=30)
    assert (process.returncode, out) == (0, "")
    assert "Traceback" not in err


def test_a_replica_with_json_gives_its_address_in_a_document(tmp_path: Path) -> None:
    arguments = [*COMMAND, "--json", "replica", "--corpus", DEMO, "--port", "0", "--faults", "503=0.1,seed=2"]
    process = subprocess.Popen(
        arguments, cwd=tmp_path, env=environment(), stdout=subprocess.PIPE, stderr=subprocess.PIPE
    )
    assert process.stdout is not None
    lines = b""
    while not lines.endswith(b"}\n"):
        lines += process.stdout.readline()
    assert json.loads(lines)["url"].startswith("http://127.0.0.1:")
    process.send_signal(signal.SIGINT)
    process.communicate(timeout=30)
    assert process.returncode == 0


def test_what_a_replica_cannot_serve_is_one_sentence(run: Run, tmp_path: Path) -> None:
    for arguments in (
        ["--corpus", tmp_path],
        ["--corpus", DEMO, "--faults", "bogus=1"],
        ["--corpus", DEMO, "--derive", "bogus"],
        ["--corpus", tmp_path / "absent"],
        ["--corpus", DEMO, "--port", "99999"],
    ):
        ended = run("replica", *arguments)
        assert ended.status == 2, arguments
        one_sentence(ended.err)


def test_a_port_that_is_taken_is_one_sentence(run: Run) -> None:
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("replica", "--corpus", DEMO, "--port", str(taken.getsockname()[1]))
    assert ended.status == 1
    assert "in use" in one_sentence(ended.err)


# -- doctor --------------------------------------------------------------------------------------


def findings(run: Run, *options: str | Path, **env: str) -> tuple[int, dict[str, dict[str, object]]]:
    ended = run("--json", *options, "doctor", env=env)
    return ended.status, {each["subject"]: each for each in ended.document["findings"]}


def test_a_doctor_with_nothing_to_mend_exits_with_0_and_leaves_no_trace(run: Run, tmp_path: Path) -> None:
    status, found = findings(run)
    assert status == 0
    assert all(each["is_well"] for each in found.values())
    assert {"version", "library", "disk", "cache", "crossref host", "openalex host"} <= set(found)
    assert not (tmp_path / "library.sqlite").exists()
    told = run("doctor").out
    assert all(line.startswith("ok") for line in told.splitlines()[1:])


def test_whatever_a_doctor_finds_comes_with_what_to_do(run: Run, tmp_path: Path) -> None:
    """A refused key, hosts that nobody reaches, a library that is none, folders that are not there."""
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        closed = f"http://127.0.0.1:{unused.getsockname()[1]}"
        (tmp_path / "notes.txt").write_text("my notes" * 1_000)
        cases = {
            "openalex host": findings(run, OPENALEX_API_KEY="wrong"),
            "crossref host": findings(run, HARVESTER_REPLICA=closed),
            "library": findings(run, "--library", tmp_path / "notes.txt"),
            "disk": findings(run, "--library", tmp_path / "no" / "such" / "library.sqlite"),
            "cache": findings(run, "--cache", tmp_path / "notes.txt" / "cache"),
        }
    for subject, (status, found) in cases.items():
        assert status == 1, subject
        assert not found[subject]["is_well"], subject
        assert found[subject]["advice"], subject
        assert all(each["advice"] for each in found.values() if not each["is_well"])
    assert KEYWORD in str(cases["openalex host"][1]["openalex host"]["advice"])


KEYWORD = "OPENALEX_API_KEY"


def test_a_run_that_is_not_finished_is_a_finding(run: Run, tmp_path: Path) -> None:
    assert run("doi", *BOTH, env={"OPENALEX_API_KEY": "wrong"}).status == 1
    status, found = findings(run)
    assert status == 1
    assert "resume" in str(found["library"]["advice"])
    assert run("resume").status == 0
    assert findings(run)[0] == 0
    with Library(tmp_path / "library.sqlite", write="test"):
        assert findings(run)[0] == 0, "a doctor looks while somebody writes"


def test_without_key_and_address_a_doctor_says_what_they_would_bring(run: Run) -> None:
    status, found = findings(run, OPENALEX_API_KEY="", CROSSREF_MAILTO="")
    assert status == 0
    advice = [str(each["advice"]) for each in found.values()]
    assert any("OPENALEX_API_KEY" in each for each in advice)
    assert any("CROSSREF_MAILTO" in each for each in advice)
