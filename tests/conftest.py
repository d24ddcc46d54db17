"""A replica over the demo corpus, and the real command line run against it as a process of its own."""

import json
import os
import subprocess
import sys
import urllib.request
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import gephi
import pytest
from browsing import browser, demo, demo_folder  # noqa: F401 - fixtures

from harvester import replica as replicas
from harvester.replica import Corpus, Replica, load, sites

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


def environment(settings: Mapping[str, str] | None = None) -> dict[str, str]:
    """The environment of a command: nothing that concerns the harvester but what the test gives it."""
    ours = ("HARVESTER_", "OPENALEX_", "CROSSREF_", "PYTHON")
    clean = {name: value for name, value in os.environ.items() if not name.startswith(ours)}
    return clean | {"PYTHONPATH": str(ROOT)} | dict(settings or {})


def requests_of(replica: Replica) -> list[dict[str, Any]]:
    """The requests a replica has answered."""
    with urllib.request.urlopen(f"{replica.url}/_log") as answer:
        requests: list[dict[str, Any]] = json.load(answer)["requests"]
    return requests


def forget_requests(replica: Replica) -> None:
    """Empty the log of a replica."""
    urllib.request.urlopen(urllib.request.Request(f"{replica.url}/_log", method="DELETE")).close()


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


@pytest.fixture
def run(tmp_path: Path, replica: Replica) -> Run:
    """Run the real command line in an empty folder, against the replica, known by key and e-mail."""

    def command(*arguments: str | Path, env: Mapping[str, str] | None = None, **options: Any) -> Ended:
        given = {"HARVESTER_REPLICA": replica.url, "OPENALEX_API_KEY": KEY, "CROSSREF_MAILTO": MAILTO} | dict(env or {})
        python = options.pop("python", ())
        ended = subprocess.run(
            [COMMAND[0], *python, *COMMAND[1:], *map(str, arguments)],
            **({"cwd": tmp_path, "capture_output": True, "timeout": 120} | options),
            env=environment(given),
        )
        if ended.returncode == 0:
            graphs_open_in_gephi(tmp_path, arguments)
        return Ended(ended.returncode, (ended.stdout or b"").decode(), (ended.stderr or b"").decode())

    return command
