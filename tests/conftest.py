"""A replica over the demo corpus, and the real command line run against it as a process of its own."""

import gc
import json
import os
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import gephi
import pytest
from browsing import browser, demo, demo_folder  # noqa: F401 - fixtures
from hypothesis import settings
from preloaded import LONGEST, UNPACED, Preloaded

from harvester import replica as replicas
from harvester.replica import Corpus, Replica, load, sites
from harvester.transport import pace

ROOT = Path(__file__).parents[1]
DEMO = Path(replicas.__file__).parent / "demo"
COMMAND = (sys.executable, "-m", "harvester.cli")

KEY = "sk-test-7Qx2vLmWz0"
MAILTO = "nobody.in.particular@example.org"

THREE = ("10.1111/inm.13349", "10.1080/26408066.2022.2118006", "10.1111/hex.13151")
"""The seed papers: at Crossref, and not at OpenAlex in this corpus."""
BOTH = ("10.1016/j.eurpsy.2016.12.007", "10.1176/appi.ps.201300303", "10.1192/bjp.bp.112.117762")
"""Three more, with a record at both."""


@dataclass(frozen=True)
class Ended:
    """What a command left: its exit status and what it printed."""

    status: int
    out: str
    err: str

    @property
    def document(self) -> Any:
        """The one JSON document on stdout; anything beside it fails."""
        return json.loads(self.out)


Run = Callable[..., Ended]

# How long an example takes depends on what else the machine does.
settings.register_profile("untimed", deadline=None)
settings.load_profile("untimed")

ROOMY, ROOM = Path("/dev/shm"), 4 * 2**30

OURS = ("HARVESTER_", "OPENALEX_", "CROSSREF_")
"""How the names begin of what the harvester takes from the environment."""


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command: nothing that concerns the harvester but what the test gives it."""
    clean = {name: value for name, value in os.environ.items() if not name.startswith((*OURS, "PYTHON"))}
    return clean | {"PYTHONPATH": str(ROOT)} | dict(settings or {})


def requests_of(replica: Replica) -> list[dict[str, Any]]:
    """The requests a replica has answered."""
    with urllib.request.urlopen(f"{replica.url}/_log") as answer:
        requests: list[dict[str, Any]] = json.load(answer)["requests"]
    return requests


def forget_requests(replica: Replica) -> None:
    """Empty the log of a replica."""
    urllib.request.urlopen(urllib.request.Request(f"{replica.url}/_log", method="DELETE")).close()


def pytest_configure() -> None:
    """Keep the folders of the tests in memory where there is room: SQLite waits for a disk at every commit."""
    if ROOMY.is_dir() and os.access(ROOMY, os.W_OK) and shutil.disk_usage(ROOMY).free >= ROOM:
        os.environ.setdefault("PYTEST_DEBUG_TEMPROOT", str(ROOMY))


def pytest_collection_finish() -> None:
    """Have what was imported and collected never looked at again for garbage, and the rest less often."""
    gc.collect()
    gc.freeze()
    gc.set_threshold(50_000, 20, 100)


@pytest.fixture(scope="session")
def corpus() -> Corpus:
    return load(DEMO)


@pytest.fixture(scope="session")
def replica(corpus: Corpus) -> Iterator[Replica]:
    """The demo corpus without rate limits or budgets; its log begins with the session."""
    with Replica(sites(corpus, unlimited=True)) as running:
        yield running


def graphs_open_in_gephi(folder: Path, arguments: tuple[str | Path, ...]) -> None:
    """Every GraphML file that a command of any test has just written is one that Gephi opens without a word.

    Save for the one thing that a file cannot mend, "INF" in a text, which the command announces.
    """
    written = [folder / argument for argument in arguments if str(argument).endswith(".graphml")]
    if "demo" in arguments:
        written.append(folder / "harvester-demo" / "citations.graphml")
    for path in written:
        issues = gephi.read(path.read_bytes()).issues
        assert not [issue for issue in issues if "'INF' becomes" not in issue.message]


@pytest.fixture(scope="session")
def preloaded() -> Iterator[Preloaded]:
    """Starts commands without the time that Python takes to import them."""
    if not hasattr(os, "fork"):
        pytest.skip("there is no fork on this system")
    with Preloaded(environment()) as started:
        yield started


@pytest.fixture(scope="module")
def hurried() -> Iterator[None]:
    """All that this module asks is replicas without limits."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(pace, "HEADROOM", UNPACED)
        yield


@pytest.fixture
def run(tmp_path: Path, replica: Replica, request: pytest.FixtureRequest) -> Run:
    """Run the real command line in an empty folder, against the replica, known by key and e-mail.

    Python starts anew where a test asks something of it: by an option (`python`, which may be none), by its
    environment or by its streams. Elsewhere the process is forked from one that has imported everything.
    """

    def command(*arguments: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> Ended:
        given = {"HARVESTER_REPLICA": replica.url, "OPENALEX_API_KEY": KEY, "CROSSREF_MAILTO": MAILTO} | dict(env or {})
        folder = Path(options.get("cwd", tmp_path))
        if hasattr(os, "fork") and options.keys() <= {"cwd", "input"} and all(name.startswith(OURS) for name in given):
            commands = request.getfixturevalue("preloaded")
            ended = forked(commands, *arguments, folder=folder, env=given, input=options.get("input"))
        else:
            python = options.pop("python", ())
            settled: dict[str, Any] = {"cwd": folder, "capture_output": True, "timeout": LONGEST} | options
            line = [COMMAND[0], *python, *COMMAND[1:], *map(str, arguments)]
            process = subprocess.run(line, **settled, env=environment(given))
            ended = Ended(process.returncode, (process.stdout or b"").decode(), (process.stderr or b"").decode())
        if ended.status == 0:
            graphs_open_in_gephi(tmp_path, arguments)
        return ended

    return command


def forked(
    commands: Preloaded,
    *arguments: str | Path,
    folder: Path,
    env: Mapping[str, str],
    input: bytes | None,  # noqa: A002 - as subprocess.run has it
) -> Ended:
    """Run a command in a process that is forked; none of the replicas that these commands ask has limits."""
    with TemporaryDirectory() as name:
        told, out, err = (Path(name, stream) for stream in ("in", "out", "err"))
        told.write_bytes(input or b"")
        status = commands.run(
            *arguments, folder=folder, environment=environment(env), told=told, out=out, err=err, hurried=True
        )
        return Ended(status, out.read_bytes().decode(), err.read_bytes().decode())
