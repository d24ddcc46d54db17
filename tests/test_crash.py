"""A run that is killed at any moment and resumed leaves the same library as one that was not."""

import json
import os
import random
import signal
import sys
import threading
from collections.abc import Callable, Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest
from conftest import DEMO, KEY, MAILTO, environment
from preloaded import Preloaded

from harvester.replica import Corpus, Replica, Request, Response, Site, sites
from harvester.replica.faults import parse

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="there is no kill -9 on Windows")

EXPORTS = ("works.json", "works.csv", "graph.graphml")
UNKNOWN = ["10.9999/never.registered", "10.9999/nor.this;2-z", "10.5555/comma,inside"]
# Only OpenAlex knows these, in questions of three kinds; the DOIs that come to light are then asked of Crossref.
ELSEWHERE = ["W2029207129", "W2033405686", "pmid:23364124", "pmid:10729937", "PMC4180435", "PMC3665337", "PMC3138327"]
DOIS = [*(DEMO / "dois.txt").read_text("utf-8").split("\n")[4:20], *UNKNOWN, *ELSEWHERE]
PARTS, MOMENTS = 5, 10
PAGE = 4096
GLANCE = 0.0005
"""Seconds between two looks at a file: to look all the time would take the processor from the command."""


class Watched:
    """A site that calls `on_request` before it answers, in the thread that answers."""

    on_request: Callable[[], None] = staticmethod(lambda: None)

    def __init__(self, site: Site) -> None:
        self.site = site

    def answer(self, request: Request) -> Response:
        Watched.on_request()
        return self.site.answer(request)


@pytest.fixture(scope="module")
def slow_replica(corpus: Corpus) -> Iterator[Replica]:
    watched = {name: Watched(site) for name, site in sites(corpus, unlimited=True).items()}
    with Replica(watched, faults=parse("latency=10ms")) as running:
        yield running


@dataclass(frozen=True)
class Commands:
    """Commands that ask the slow replica."""

    preloaded: Preloaded
    environment: Mapping[str, str]

    def start(self, *arguments: str, folder: Path) -> int:
        return self.preloaded.start(*arguments, folder=folder, environment=self.environment, hurried=True)

    def ended(self) -> int:
        return self.preloaded.ended()

    def run(self, *arguments: str, folder: Path) -> int:
        self.start(*arguments, folder=folder)
        return self.ended()


@pytest.fixture(scope="module")
def commands(preloaded: Preloaded, slow_replica: Replica) -> Commands:
    given = {"HARVESTER_REPLICA": slow_replica.url, "OPENALEX_API_KEY": KEY, "CROSSREF_MAILTO": MAILTO}
    return Commands(preloaded, environment(given))


class Uninterrupted:
    """What a run leaves that nobody kills, and how many requests and bytes of log it takes."""

    def __init__(self, commands: Commands, folder: Path, *arguments: str) -> None:
        self.requests = 0
        Watched.on_request = self._count
        log = folder / "library.sqlite-wal"
        commands.start(*arguments, folder=folder)
        ended = threading.Thread(target=commands.ended)
        ended.start()
        self.log_size = 0
        while ended.is_alive():
            self.log_size = max(self.log_size, size(log))
            ended.join(GLANCE)
        Watched.on_request = lambda: None
        self.exports = exported(commands, folder)

    def _count(self) -> None:
        self.requests += 1


@pytest.fixture(scope="module")
def uninterrupted(commands: Commands, tmp_path_factory: pytest.TempPathFactory) -> Uninterrupted:
    return Uninterrupted(commands, tmp_path_factory.mktemp("uninterrupted"), "doi", *DOIS)


def size(path: Path) -> int:
    try:
        return path.stat().st_size
    except FileNotFoundError:
        return 0


def exported(commands: Commands, folder: Path) -> dict[str, Any]:
    """The exports of a library: files as bytes, and the dump by its parts."""
    # Places and communities follow from the citations, and take longer than all the rest.
    status = commands.run("export", *EXPORTS, "--layout", "none", folder=folder)
    assert status == 0, (folder / "said.txt").read_text()
    parts = json.loads((folder / EXPORTS[0]).read_bytes())
    runs = parts.pop("runs")
    for one in runs:
        for field in ("started", "finished", "sessions", "replica"):
            one.pop(field)
        for request in one["requests"]:
            request.pop("answered")
    files = {name: (folder / name).read_bytes() for name in EXPORTS[1:]}
    # Bytes, not values: the order of keys and the form of numbers count.
    return files | {name: json.dumps(part) for name, part in parts.items()} | {"runs": runs}


def kill(process: int) -> None:
    # The parent waits for it, so the number is its own until `ended` has been asked.
    os.kill(process, signal.SIGKILL)


def killed_at_request(commands: Commands, folder: Path, number: int, *arguments: str) -> int:
    """Start the run and kill it when its request of this number arrives, before it is answered."""
    known = threading.Event()
    process = 0
    arrived = 0

    def on_request() -> None:
        nonlocal arrived
        arrived += 1
        if arrived == number:
            known.wait()
            kill(process)

    Watched.on_request = on_request
    process = commands.start(*(arguments or ("doi", *DOIS)), folder=folder)
    known.set()
    status = commands.ended()
    Watched.on_request = lambda: None
    return status


def killed_at_size(commands: Commands | Preloaded, folder: Path, path: str, goal: int, *arguments: str) -> int:
    """Start a command and kill it as soon as a file it writes has this size, in whatever it is just then doing."""
    process = commands.start(*arguments, folder=folder)
    statuses: list[int] = []
    ended = threading.Thread(target=lambda: statuses.append(commands.ended()))
    ended.start()
    while ended.is_alive():
        if any(size(found) >= goal for found in folder.glob(path)):
            kill_if_alive(process)
            break
        ended.join(GLANCE)
    ended.join()
    return statuses[0]


def kill_if_alive(process: int) -> None:
    with suppress(ProcessLookupError):
        kill(process)


@pytest.mark.parametrize("part", range(PARTS))
def test_a_run_killed_at_any_moment_and_resumed_exports_the_same_bytes(
    commands: Commands, uninterrupted: Uninterrupted, tmp_path: Path, part: int
) -> None:
    """Fifty seeded moments: as a request arrives, in or between transactions, and while works are derived."""
    chosen = random.Random(20261122 + part)
    struck = 0
    for moment in range(MOMENTS):
        folder = tmp_path / str(moment)
        folder.mkdir()
        if moment % 2:
            number = chosen.randint(1, uninterrupted.requests)
            what = f"moment {moment}: at request {number} of {uninterrupted.requests}"
            status = killed_at_request(commands, folder, number)
        else:
            goal = chosen.randrange(0, uninterrupted.log_size, PAGE)
            what = f"moment {moment}: at {goal} bytes of log of {uninterrupted.log_size}"
            status = killed_at_size(commands, folder, "library.sqlite-wal", goal, "doi", *DOIS)
        assert status in (-signal.SIGKILL, 4), what
        struck += status == -signal.SIGKILL
        status = commands.run("resume", folder=folder)
        said = (folder / "said.txt").read_text()
        if status == 2 or "nothing to resume" in said:
            # It was killed before it had written down what to do, or after all was done.
            status = commands.run("doi", *DOIS, folder=folder)
            repeated = True
        else:
            repeated = False
        assert status in (0, 4), f"{what}: {said}"
        found = exported(commands, folder)
        if repeated and len(found["runs"]) == 2:
            found["runs"] = found["runs"][:1]  # the run was complete; saying it again asked nobody
        assert found == uninterrupted.exports, what
        assert "Traceback" not in (folder / "said.txt").read_text(), what
    assert struck >= 6, f"only {struck} of {MOMENTS} moments struck a live process"


def test_a_run_killed_again_and_again_still_ends(
    commands: Commands, uninterrupted: Uninterrupted, tmp_path: Path
) -> None:
    """Each resume gets at least one answer further, and the end is the same."""
    assert killed_at_request(commands, tmp_path, 2) == -signal.SIGKILL
    for _ in range(3):
        known, processes = threading.Event(), [0]
        arrived = iter(range(1, 1_000))

        def on_request(
            known: threading.Event = known, arrived: Iterator[int] = arrived, processes: list[int] = processes
        ) -> None:
            if next(arrived) == 3:
                known.wait()
                kill(processes[0])

        Watched.on_request = on_request
        processes[0] = commands.start("resume", folder=tmp_path)
        known.set()
        commands.ended()
        Watched.on_request = lambda: None
    assert commands.run("resume", folder=tmp_path) in (0, 4)
    assert exported(commands, tmp_path) == uninterrupted.exports


SEARCH = (
    "search",
    "borderline AND (recovery OR hospital* OR psychoeducat*)",
    "--in",
    "crossref",
    "--from-year",
    "2015",
)
"""A page at OpenAlex, a dozen slices at Crossref, and the works that they bring asked for at the other."""


def test_a_search_killed_at_any_request_and_resumed_exports_the_same_bytes(commands: Commands, tmp_path: Path) -> None:
    """At its first request, in the middle, and at the last: hits, works and the account of the search are the same."""
    calm = tmp_path / "calm"
    calm.mkdir()
    uninterrupted = Uninterrupted(commands, calm, *SEARCH)
    assert len(json.loads(uninterrupted.exports["works"])) > 5
    for number in (1, uninterrupted.requests // 2, uninterrupted.requests):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert killed_at_request(commands, folder, number, *SEARCH) == -signal.SIGKILL
        assert commands.run("resume", folder=folder) == 0, (folder / "said.txt").read_text()
        assert exported(commands, folder) == uninterrupted.exports, number


CHASE = ("chase", "10.1192/bjp.bp.112.117762", "10.1176/appi.ps.201300303", "--cociting", "--forward", "--backward")


def test_a_citation_search_killed_at_any_request_and_resumed_exports_the_same_bytes(
    commands: Commands, tmp_path: Path
) -> None:
    """Works, citations, ranks and graphs are the same; only which list asked for what may differ."""
    calm = tmp_path / "calm"
    calm.mkdir()
    uninterrupted = Uninterrupted(commands, calm, *CHASE)
    expected = {name: part for name, part in uninterrupted.exports.items() if name != "runs"}
    assert '"rank":' in expected["works"]
    chosen = random.Random(7)
    for number in sorted({1, uninterrupted.requests, *(chosen.randint(2, uninterrupted.requests) for _ in range(6))}):
        folder = tmp_path / str(number)
        folder.mkdir()
        assert killed_at_request(commands, folder, number, *CHASE) == -signal.SIGKILL
        assert commands.run("resume", folder=folder) in (0, 4), (folder / "said.txt").read_text()
        found = exported(commands, folder)
        assert {name: part for name, part in found.items() if name != "runs"} == expected, number


def test_an_export_that_is_killed_leaves_the_file_that_was_there(
    commands: Commands, uninterrupted: Uninterrupted, tmp_path: Path
) -> None:
    """Half a file is never under the name that was asked for, and the next export writes it whole."""
    assert commands.run("doi", *DOIS, folder=tmp_path) == 4
    struck = 0
    for name in EXPORTS:
        (tmp_path / name).write_bytes(b"of an earlier day")
        status = killed_at_size(commands, tmp_path, ".*.part", 1, "export", name)
        if status == -signal.SIGKILL:
            struck += 1
            assert (tmp_path / name).read_bytes()[:17] in (
                b"of an earlier day",
                uninterrupted_start(uninterrupted, name),
            )
    assert struck
    assert exported(commands, tmp_path) == uninterrupted.exports


def uninterrupted_start(uninterrupted: Uninterrupted, name: str) -> bytes:
    whole = uninterrupted.exports.get(name)
    return whole[:17] if isinstance(whole, bytes) else b"{\n"


def test_a_rebuild_that_is_killed_is_made_good_by_another(
    commands: Commands, uninterrupted: Uninterrupted, tmp_path: Path
) -> None:
    """Recomputing changes nothing above the line, so it can be cut off and repeated."""
    assert commands.run("doi", *DOIS, folder=tmp_path) == 4
    for share in (0.2, 0.5, 0.8):
        goal = int(uninterrupted.log_size * share)
        killed_at_size(commands, tmp_path, "library.sqlite-wal", goal, "rebuild")
    assert commands.run("rebuild", folder=tmp_path) == 0
    assert exported(commands, tmp_path) == uninterrupted.exports
