"""The contract of the command line: streams, exit statuses, the environment, terminals, signals."""

import ast
import json
import os
import pty
import re
import select
import signal
import subprocess
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import pytest
from conftest import BOTH, COMMAND, KEY, MAILTO, THREE, Run, environment

from harvester.replica import Corpus, Replica, Request, Response, Site, sites

COMMANDS = [
    "bursts",
    "carve",
    "chase",
    "cited-by",
    "common",
    "communities",
    "coverage",
    "cycles",
    "dedupe",
    "demo",
    "diff",
    "doctor",
    "doi",
    "export",
    "fill",
]
COMMANDS += [
    "import",
    "mainpath",
    "match",
    "merge",
    "missing",
    "neighbours",
    "pack",
    "path",
    "query",
    "rank",
    "rebuild",
    "references",
    "replay",
    "replica",
    "report",
    "resume",
    "rpys",
]
COMMANDS += [
    "schema",
    "search",
    "show",
    "similar",
    "sleeping-beauties",
    "status",
    "top",
    "update",
    "verify",
    "view",
    "years",
]


def one_sentence(err: str) -> str:
    lines = err.strip().splitlines()
    assert len(lines) == 1, err
    assert lines[0].startswith("harvester: ")
    assert "Traceback" not in err
    return lines[0]


# -- streams and statuses ------------------------------------------------------------------------


def test_every_command_has_help_that_begins_with_what_it_does(run: Run) -> None:
    ended = run("--help")
    assert ended.status == 0
    assert re.findall(r"^  ([a-z-]+)  ", ended.out.partition("Commands:")[2], re.MULTILINE) == COMMANDS
    assert "HARVESTER_<OPTION>" in ended.out
    assert "4 done" in ended.out


@pytest.mark.parametrize(
    ("arguments", "status"),
    [
        (["doi", *BOTH], 0),
        (["doi", "10.9999/unknown"], 4),
        (["doi", "Peer support: a title"], 4),
        (["doi"], 2),
        (["resume"], 2),
        (["status"], 2),
        (["show", BOTH[0]], 2),
        (["export", "x.json"], 2),
        (["doi", BOTH[0], "--dry-run"], 0),
        (["bogus"], 2),
        (["top", "--limit", "none"], 2),
        (["doi", "--from", "absent.txt"], 2),
        (["schema"], 0),
        (["doctor"], 0),
    ],
)
def test_with_json_stdout_is_one_document_whatever_happens(run: Run, arguments: list[str], status: int) -> None:
    ended = run("--json", *arguments)
    assert ended.status == status, ended.err
    assert isinstance(ended.document, dict)
    if status == 2:
        assert ended.document == {"error": one_sentence(ended.err).removeprefix("harvester: "), "status": 2}


def test_every_command_on_a_library_prints_one_document(run: Run) -> None:
    """In a Python that has imported nothing for them before."""
    assert run("doi", *BOTH).status == 0
    for arguments in (
        ["status"],
        ["status", "--disagreements"],
        ["show", BOTH[0]],
        ["show", BOTH[0], "--provenance"],
        ["top"],
        ["cited-by", BOTH[0]],
        ["references", BOTH[0]],
        ["export", "x.json"],
        ["export", "x.graphml"],
        ["verify"],
        ["rebuild"],
        ["resume"],
        ["fill", "--dry-run"],
    ):
        ended = run("--json", *arguments, python=())
        assert isinstance(ended.document, dict), arguments
    missing = run("--json", "show", "10.9999/not.here")
    assert missing.status == 4
    assert missing.document["status"] == 4


def test_quiet_says_problems_only(run: Run) -> None:
    ended = run("--quiet", "doi", *BOTH)
    assert (ended.status, ended.out, ended.err) == (0, "", "")
    ended = run("--quiet", "doi", "10.9999/unknown")
    assert ended.status == 4
    assert "10.9999/unknown" in one_sentence(ended.err)


def test_an_option_of_the_harvester_after_the_command_is_shown_its_place(run: Run) -> None:
    """What everybody types first."""
    sentence = one_sentence(run("status", "--json").err)
    assert "--json goes before the command: harvester" in sentence.replace("python -m harvester.cli", "harvester")


def test_a_reader_that_has_enough_is_no_failure(run: Run, tmp_path: Path) -> None:
    """`harvester top | head -1`"""
    assert run("doi", *BOTH).status == 0
    reading, writing = os.pipe()
    os.close(reading)
    with os.fdopen(writing, "wb") as closed:
        ended = run("top", "--limit", "10000", capture_output=False, stdout=closed, stderr=subprocess.PIPE)
    assert (ended.status, ended.err) == (0, "")


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="this system has no device that is always full")
def test_output_that_cannot_be_written_is_a_failure(run: Run) -> None:
    with Path("/dev/full").open("wb") as full:
        ended = run("schema", capture_output=False, stdout=full, stderr=subprocess.PIPE)
    assert ended.status == 1
    one_sentence(ended.err)


def test_nothing_fails_for_a_character_that_the_terminal_lacks(run: Run) -> None:
    """`LC_ALL=C`, and output in ASCII: names and titles are shown with codes, JSON is whole."""
    plain = {"LC_ALL": "C", "PYTHONIOENCODING": "ascii", "PYTHONUTF8": "0"}
    assert run("doi", *BOTH, *THREE, "Überschrift – kein DOI", env=plain).status == 4
    for arguments in (["top"], ["show", BOTH[0]], ["status"]):
        ended = run(*arguments, env=plain)
        assert (ended.status, ended.err) == (0, "")
    wide, narrow = run("--json", "show", BOTH[0]), run("--json", "show", BOTH[0], env=plain)
    assert narrow.document == wide.document
    assert narrow.out.isascii()


# -- options and the environment -----------------------------------------------------------------


def test_every_option_is_read_from_the_environment(run: Run, tmp_path: Path) -> None:
    """One by one, as the contract says: `HARVESTER_` and the option in capitals."""
    (tmp_path / "list.txt").write_text("\n".join(BOTH))
    elsewhere = {"HARVESTER_LIBRARY": "other.sqlite", "HARVESTER_CACHE": "other-cache"}
    assert run("doi", env=elsewhere | {"HARVESTER_FROM": "list.txt"}).status == 0
    assert (tmp_path / "other.sqlite").exists()
    assert (tmp_path / "other-cache").is_dir()
    assert not (tmp_path / "library.sqlite").exists()
    assert len(run("top", env=elsewhere | {"HARVESTER_LIMIT": "2"}).out.splitlines()) == 3
    assert json.loads(run("top", env=elsewhere | {"HARVESTER_JSON": "1", "HARVESTER_LIMIT": "1"}).out)["works"]
    assert run("export", "x", env=elsewhere | {"HARVESTER_FORMAT": "csv", "HARVESTER_QUIET": "1"}).err == ""
    assert run("fill", env=elsewhere | {"HARVESTER_DRY_RUN": "1"}).out.startswith("source")
    assert "provenance" in run("--json", "show", BOTH[0], env=elsewhere | {"HARVESTER_PROVENANCE": "1"}).document
    assert run("doi", BOTH[0], env=elsewhere | {"HARVESTER_BUDGET": "plenty"}).status == 2


def test_every_option_in_the_source_is_one_that_reads_the_environment() -> None:
    """A plain `click.option` would not."""
    for path in (Path(__file__).parents[1] / "harvester" / "cli").glob("*.py"):
        for call in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(call, ast.Call) and ast.unparse(call.func) == "click.option":
                assert any(keyword.arg == "cls" for keyword in call.keywords), f"{path.name}:{call.lineno}"


def test_a_library_in_a_folder_that_is_not_there_is_one_sentence(run: Run, tmp_path: Path) -> None:
    ended = run("--library", "no/such/library.sqlite", "doi", BOTH[0])
    assert ended.status == 2
    assert "no folder" in one_sentence(ended.err)
    assert list(tmp_path.iterdir()) == []


def test_an_address_that_is_none_is_refused(run: Run) -> None:
    ended = run("doi", BOTH[0], env={"HARVESTER_REPLICA": "localhost:8765"})
    assert ended.status == 2
    one_sentence(ended.err)


# -- terminals -----------------------------------------------------------------------------------


class Retitled:
    """A Crossref whose titles try what they can on a terminal."""

    def __init__(self, site: Site) -> None:
        self.site = site

    def answer(self, request: Request) -> Response:
        answer = self.site.answer(request)
        if answer.status != 200 or not answer.body.startswith(b"{"):
            return answer
        body = json.loads(answer.body)
        message = body.get("message", {})
        for item in message.get("items", [message]):
            item["title"] = ["Peer\x1b]0;owned\x07 support\x1b[2J\r\nin\u2028two\u0085lines \u202egnihton\x9b31m"]
        return Response(200, answer.headers, json.dumps(body).encode())


def test_control_characters_never_reach_a_terminal(corpus: Corpus, run: Run) -> None:
    """Titles come from strangers; a terminal obeys what it is sent."""
    public = sites(corpus, unlimited=True)
    with Replica({**public, "crossref": Retitled(public["crossref"])}) as hostile:
        ended = run("doi", *BOTH, env={"HARVESTER_REPLICA": hostile.url})
        assert ended.status == 0, ended.err
    said = [ended.out, ended.err]
    for arguments in (["top"], ["show", BOTH[0]], ["show", BOTH[0], "--provenance"], ["status", "--disagreements"]):
        ended = run(*arguments)
        said += [ended.out, ended.err]
    assert any("support" in text for text in said)
    for text in said:
        assert not re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\u202a-\u202e\u2066-\u2069]", text)


def test_a_table_in_a_pipe_is_one_line_a_row(corpus: Corpus, run: Run) -> None:
    public = sites(corpus, unlimited=True)
    with Replica({**public, "crossref": Retitled(public["crossref"])}) as hostile:
        assert run("doi", *BOTH, env={"HARVESTER_REPLICA": hostile.url}).status == 0
    works = json.loads(run("--json", "top", "--limit", "50").out)["works"]
    lines = run("top", "--limit", "50").out.splitlines()
    assert len(lines) == len(works) + 1
    assert all(work["key"] in line for work, line in zip(works, lines[1:], strict=True))
    assert all(line == line.rstrip() for line in lines)


def on_terminal(*arguments: str, folder: Path, url: str) -> str:
    """What a user sees: the command with its output and messages on a terminal."""
    ours, theirs = pty.openpty()
    given = {
        "HARVESTER_REPLICA": url,
        "OPENALEX_API_KEY": KEY,
        "CROSSREF_MAILTO": MAILTO,
        "TERM": "xterm",
        "COLUMNS": "90",
    }
    process = subprocess.Popen([*COMMAND, *arguments], cwd=folder, env=environment(given), stdout=theirs, stderr=theirs)
    os.close(theirs)
    seen = b""
    while select.select([ours], [], [], 60)[0]:
        try:
            piece = os.read(ours, 65_536)
        except OSError:  # Linux says so at the end of a terminal
            break
        if not piece:
            break
        seen += piece
    os.close(ours)
    assert process.wait(60) == 0
    return seen.decode()


def test_progress_is_on_a_terminal_and_nowhere_else(run: Run, replica: Replica, tmp_path: Path) -> None:
    seen = on_terminal("doi", *BOTH, folder=tmp_path, url=replica.url)
    assert "requests" in seen
    assert "\x1b[" in seen
    table = on_terminal("top", "--limit", "3", folder=tmp_path, url=replica.url)
    assert max(len(re.sub(r"\x1b\[[0-9;]*m", "", line)) for line in table.splitlines()) <= 90
    quiet = on_terminal("--quiet", "doi", "--refresh", *BOTH, folder=tmp_path, url=replica.url)
    assert quiet == ""
    piped = run("doi", "--refresh", *BOTH)
    assert piped.err == ""
    assert "\x1b" not in piped.out


# -- signals -------------------------------------------------------------------------------------


class Interrupting:
    """Sites that interrupt the process which asks them, when its first request arrives, and then wait."""

    def __init__(self, public: dict[str, Site], *signals: signal.Signals) -> None:
        self.signals = signals
        self.known = threading.Event()
        self.released = threading.Event()
        self.process: subprocess.Popen[bytes] | None = None
        self.public = public
        self.sites: dict[str, Site] = {name: _Interrupting(self, name) for name in public}


class _Interrupting:
    def __init__(self, whole: Interrupting, name: str) -> None:
        self.whole, self.name = whole, name

    def answer(self, request: Request) -> Response:
        whole = self.whole
        whole.known.wait(60)
        assert whole.process is not None
        if whole.process.poll() is None:
            whole.process.send_signal(whole.signals[0])
            if len(whole.signals) > 1:
                whole.process.send_signal(whole.signals[1])
        # The interrupted one leaves while its question is open.
        whole.process.wait(60)
        return whole.public[self.name].answer(request)


@pytest.mark.parametrize(
    "signals",
    [
        (signal.SIGINT,),
        (signal.SIGTERM,),
        (signal.SIGINT, signal.SIGINT),
        (signal.SIGTERM, signal.SIGINT),
    ],
    ids=lambda signals: "+".join(each.name for each in signals),
)
@pytest.mark.parametrize("form", ["text", "json"])
def test_an_interrupted_run_exits_with_3_and_can_be_resumed(
    corpus: Corpus, run: Run, tmp_path: Path, signals: tuple[signal.Signals, ...], form: str
) -> None:
    """Ctrl-C, SIGTERM, and either of them twice; Python's development mode finds nothing left open."""
    public = dict(sites(corpus, unlimited=True))
    interrupting = Interrupting(public, *signals)
    with Replica(interrupting.sites) as replica:
        given = {"HARVESTER_REPLICA": replica.url, "OPENALEX_API_KEY": KEY, "CROSSREF_MAILTO": MAILTO}
        process = subprocess.Popen(
            [
                sys.executable,
                "-X",
                "dev",
                "-W",
                "error",
                *COMMAND[1:],
                *(["--json"] if form == "json" else []),
                "doi",
                *BOTH,
            ],
            cwd=tmp_path,
            env=environment(given),
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
        )
        interrupting.process = process
        out, err = _read_beside(process, interrupting.known.set)
    assert process.returncode == 3, err
    assert "Traceback" not in err
    assert "Warning" not in err
    assert "`harvester resume` goes on" in err
    if form == "json":
        json.loads(out)
    ended = run("resume")
    assert ended.status == 0, ended.err
    assert "3 works asked for, 3 found" in ended.out


def _read_beside(process: "subprocess.Popen[bytes]", begin: Callable[[], None]) -> tuple[str, str]:
    begin()
    out, err = process.communicate(timeout=60)
    return out.decode(), err.decode()
