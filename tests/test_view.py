"""`view` on the real command line: who is let in, what is served, and how decisions come into the library."""

import http.client
import json
import os
import pty
import shutil
import signal
import socket
import sqlite3
import subprocess
import zlib
from collections.abc import Iterator
from contextlib import contextmanager
from http import HTTPStatus
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from conftest import COMMAND, Run, environment
from library_evidence import made_older
from test_cli import one_sentence

from graph.page import document
from harvester import view
from harvester.errors import InputError
from harvester.library import Library, chases, ledger, screening
from harvester.library.schema import SCHEMA_VERSION
from harvester.library.screening import Decided
from harvester.library.snapshot import snapshots
from harvester.library.union import unite
from harvester.review import account

needs_page = pytest.mark.skipif(
    not (document.BUNDLE / "page.js").exists(),
    reason="this installation has no page: npm's registry was out of reach when it was installed",
)

JSON = "application/json"
INCLUDED = {"decision": "include"}


class Answer(NamedTuple):
    status: int
    headers: dict[str, str]
    body: bytes

    @property
    def document(self) -> Any:
        return json.loads(self.body)


class Viewing(NamedTuple):
    """A running `view`, asked as no browser would let anybody."""

    address: str
    process: "subprocess.Popen[str]"

    @property
    def origin(self) -> str:
        return self.address[: self.address.index("/", 8)]

    def ask(self, path: str = "", method: str = "GET", body: bytes | None = None, **headers: str | None) -> Answer:
        """Ask for what is below the address, or for any path that begins with a slash."""
        target = path if path.startswith(("/", "http")) else urlsplit(self.address).path + path
        line = http.client.HTTPConnection("127.0.0.1", urlsplit(self.address).port, timeout=30)
        named = {name.replace("_", "-"): value for name, value in headers.items() if value is not None}
        line.request(method, target, body, named)
        answer = line.getresponse()
        found = Answer(answer.status, {name.lower(): value for name, value in answer.getheaders()}, answer.read())
        line.close()
        return found

    def decide(self, body: object, **headers: str | None) -> Answer:
        """Send a decision as the page does, but for these headers; None leaves one out."""
        said = body if isinstance(body, bytes) else json.dumps(body).encode()
        given = {"Origin": self.origin, "Content_Type": JSON, "Sec_Fetch_Site": "same-origin", **headers}
        return self.ask("decisions", "POST", said, **given)

    def decisions(self) -> dict[str, list[str | None]]:
        return {key: said for key, *said in self.ask("decisions").document["decisions"]}

    def end(self, number: int = signal.SIGINT) -> tuple[int, str, str]:
        self.process.send_signal(number)
        out, err = self.process.communicate(timeout=30)
        return self.process.returncode, out, err


@contextmanager
def viewing(library: Path, *arguments: str, options: tuple[str, ...] = ()) -> Iterator[Viewing]:
    process = subprocess.Popen(
        [*COMMAND, *options, "--library", str(library), "view", *arguments],
        cwd=library.parent,
        env=environment(),
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    try:
        assert process.stdout is not None
        yield Viewing(process.stdout.readline().strip(), process)
    finally:
        process.kill()
        process.communicate()


@pytest.fixture(scope="module")
def served(demo_folder: Path, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Viewing]:
    library = tmp_path_factory.mktemp("served") / "library.sqlite"
    shutil.copyfile(demo_folder / "library.sqlite", library)
    with viewing(library) as found:
        yield found


@pytest.fixture
def library(demo_folder: Path, tmp_path: Path) -> Path:
    return Path(shutil.copyfile(demo_folder / "library.sqlite", tmp_path / "library.sqlite"))


def some_keys(library: Path) -> list[str]:
    with Library(library) as read:
        return [key for (key,) in read.db.execute("select key from works where detail is not null order by key")]


# -- what is served --------------------------------------------------------------------------------------------


@needs_page
def test_the_page_is_served_in_pieces_below_its_address(served: Viewing) -> None:
    document = served.ask()
    assert document.status == HTTPStatus.OK
    assert document.headers["content-type"] == "text/html; charset=utf-8"
    assert document.body.startswith(b"<!doctype html>")
    columns = json.loads(zlib.decompress(served.ask("columns").body))
    records = [
        one for each in ("0", "1", "2") for one in json.loads(zlib.decompress(served.ask(f"details/{each}").body))
    ]
    assert len(records) == len(columns["keys"]) > 512
    assert served.ask("decisions").document == {"decisions": [], "has_changed": False}
    bare = served.ask(urlsplit(served.address).path.rstrip("/"))
    assert (bare.status, bare.headers["location"]) == (308, urlsplit(served.address).path)
    head = served.ask(method="HEAD")
    assert (head.body, head.headers["content-length"]) == (b"", str(len(document.body)))
    assert served.ask(Host=served.origin.removeprefix("http://").replace("127.0.0.1", "localhost")).status == 200


@needs_page
def test_every_answer_says_that_it_is_for_this_page_alone(served: Viewing) -> None:
    for answer in (served.ask(), served.ask("columns"), served.ask("decisions"), served.ask("/"), served.ask("x")):
        said = answer.headers
        assert "frame-ancestors 'none'" in said["content-security-policy"]
        assert "connect-src 'self'" in said["content-security-policy"]
        assert said["cross-origin-opener-policy"] == said["cross-origin-resource-policy"] == "same-origin"
        assert (said["x-content-type-options"], said["referrer-policy"]) == ("nosniff", "no-referrer")
        assert said["cache-control"] == "no-store"
        assert "access-control-allow-origin" not in said
        assert "server" not in said


@needs_page
def test_who_does_not_know_the_address_is_told_nothing(served: Viewing) -> None:
    token = urlsplit(served.address).path.strip("/")
    assert len(token) >= 32
    paths = ["/", "//", "/favicon.ico", f"/{token[:-1]}/", f"/{token}x/", f"/{token.swapcase()}/", f"/x/{token}/"]
    paths += [
        f"//{token}/",
        f"/%2e%2e/{token}/",
        f"/./{token}/",
        f"http://127.0.0.1/{token}/",
        f"/%{ord(token[0]):x}{token[1:]}/",
    ]
    for path in paths:
        for method in ("GET", "POST", "OPTIONS"):
            answer = served.ask(path, method, Host=served.origin.removeprefix("http://"))
            assert (answer.status, answer.body) == (404, b""), path


@needs_page
@pytest.mark.parametrize(
    "path",
    [
        "../library.sqlite",
        "details/../decisions",
        "details/-1",
        "details/00",
        "details/3",
        "details/1e1",
        "details/99999999999999999999",
        "details/%30",
        "details/",
        "columns/",
        "decisions/",
        "%2e%2e/%2e%2e/etc/passwd",
        "..%5c..%5cetc",
        "/etc/passwd",
    ],
)
def test_nothing_lies_beside_the_pieces(served: Viewing, path: str) -> None:
    answer = served.ask(path)
    assert (answer.status, answer.body) == (404, b"")


@needs_page
@pytest.mark.parametrize(
    "host",
    [
        "evil.example",
        "evil.example:{port}",
        "127.0.0.1",
        "127.0.0.1:1",
        "localhost.evil.example:{port}",
        "",
        "[::1]:{port}",
    ],
)
def test_another_name_that_leads_here_is_turned_away(served: Viewing, host: str) -> None:
    """The attack is called DNS rebinding: a site's own name, which its script may ask, comes to be this machine's."""
    port = urlsplit(served.address).port
    answer = served.ask(Host=host.format(port=port))
    assert (answer.status, answer.body) == (421, b"")


@needs_page
def test_only_what_is_served_has_a_method(served: Viewing) -> None:
    for path, allowed in (("", "GET, HEAD"), ("columns", "GET, HEAD"), ("decisions", "GET, HEAD, POST")):
        for method in ("PUT", "DELETE", "OPTIONS", "TRACE", *(() if path == "decisions" else ("POST",))):
            answer = served.ask(path, method)
            assert (answer.status, answer.headers["allow"]) == (405, allowed)


# -- decisions -------------------------------------------------------------------------------------------------


@needs_page
@pytest.mark.parametrize(
    ("headers", "status"),
    [
        ({"Origin": None}, 403),
        ({"Origin": "null"}, 403),
        ({"Origin": "https://evil.example"}, 403),
        ({"Origin": "http://127.0.0.1"}, 403),
        ({"Sec_Fetch_Site": "cross-site"}, 403),
        ({"Sec_Fetch_Site": "same-site"}, 403),
        ({"Content_Type": None}, 415),
        ({"Content_Type": "text/plain"}, 415),
        ({"Content_Type": "text/plain; application/json"}, 415),
        ({"Content_Type": "application/x-www-form-urlencoded"}, 415),
    ],
)
def test_another_site_decides_nothing(served: Viewing, headers: dict[str, str | None], status: int) -> None:
    key = json.loads(zlib.decompress(served.ask("columns").body))["keys"][0]
    assert served.decide({"key": key, **INCLUDED}, **headers).status == status
    assert served.decisions() == {}


@needs_page
@pytest.mark.parametrize(
    ("body", "status"),
    [
        (b"", 400),
        (b"{", 400),
        (b"\xff\xfe", 400),
        (b"[]", 400),
        (b"null", 400),
        ({}, 400),
        ({"key": "doi:10.1/a"}, 400),
        ({"key": 1, **INCLUDED}, 400),
        ({"key": "doi:10.1/a", "decision": "burn"}, 400),
        ({"key": "doi:10.1/a", "decision": ["include"]}, 400),
        ({"key": "doi:10.1/a", **INCLUDED, "run": 1}, 400),
        ({"key": "doi:10.1/a", **INCLUDED, "reason": "r" * 2_001}, 400),
        (b'{"key": "doi:10.1/a", "decision": "include", "reason": "\\ud800"}', 400),
        (b"[" * 60_000, 400),
        (b" " * (view.LARGEST + 1), 413),
        (b'"' + b"x" * (view.LARGEST * 3), 413),
        ({"key": "doi:10.1/nowhere", **INCLUDED}, 409),
        ({"key": "' or 1=1 --", **INCLUDED}, 409),
    ],
)
def test_what_is_no_decision_is_refused_with_a_sentence(served: Viewing, body: object, status: int) -> None:
    answer = served.decide(body)
    assert answer.status == status
    assert answer.document["error"]
    assert served.decisions() == {}


@needs_page
def test_decisions_come_into_the_library_and_count_from_then_on(library: Path, run: Run) -> None:
    """What is decided in the page is there for `--where`, `chase --keep` and the report; nothing is left to resume."""
    one, two, three, four = some_keys(library)[:4]
    with viewing(library, "--where", "year:1900-") as page:
        sent: list[dict[str, str | None]] = [
            {"key": one, **INCLUDED, "reason": None, "person": "Ana\u202e"},
            {"key": two, "decision": "exclude", "reason": " =1+1\x00\nno <trial> ", "person": ""},
            {"key": three, "decision": "maybe"},
            {"key": four, **INCLUDED},
            {"key": four, "decision": "undecided"},
        ]
        for each in sent:
            answer = page.decide(each, Content_Type="application/json; charset=utf-8")
            assert (answer.status, answer.document) == (200, {"kept": each["key"]})
        said = {
            one: ["include", None, "Ana\u202e"],
            two: ["exclude", "=1+1 no <trial>", None],
            three: ["maybe", None, None],
        }
        assert page.decisions() == said
        assert run("--library", library, "export", "included.json", "--where", "decision:include").status == 0
        status, out, err = page.end()
    assert (status, out) == (0, "")
    assert page.address.split("/")[3] not in err
    assert "Traceback" not in err
    exported = json.loads((library.parent / "included.json").read_text())
    assert [work["key"] for work in exported["works"]] == [one]
    assert run("--library", library, "verify").status == 0
    with Library(library) as read:
        told = account(read)
        assert ledger.unfinished(read) == []
    figures = told.screening
    assert [figure.value for figure in (figures.screened, figures.included, figures.excluded)] == [3, 1, 1]
    (file,) = figures.files
    assert (file.decisions.value, file.checksum) == (5, None)
    assert figures.reasons == (("=1+1 no <trial>", 1),)
    assert len([line for line in told.commands if "taken in the page" in line]) == 1
    ended = run("--library", library, "chase", one, "--backward", "--rounds", "2", "--keep", "decision:include")
    assert ended.status in (0, 4), ended.err
    with Library(library) as read:
        assert "--screening" not in " ".join(account(read).commands)
        assert chases.newest(read).rounds[0].seeds.keys() == {one}


@needs_page
def test_a_library_that_somebody_writes_to_is_waited_for_and_one_that_is_gone_is_not_begun_anew(library: Path) -> None:
    key = some_keys(library)[0]
    with viewing(library) as page:
        with Library(library, write="search"):
            busy = page.decide({"key": key, **INCLUDED})
            assert (busy.status, busy.document["error"]) == (503, "another program is using this library")
        assert page.decide({"key": key, **INCLUDED}).status == 200
        with sqlite3.connect(library) as db:
            db.execute("update works set year = 1999 where key = ?", (key,))
        db.close()
        assert page.ask("decisions").document["has_changed"]
        library.unlink()
        assert page.decide({"key": key, **INCLUDED}).status == 500
        assert page.ask("decisions").status == 500
        assert not library.exists()


# -- the command -----------------------------------------------------------------------------------------------


@needs_page
def test_the_address_is_the_one_document_with_json_and_the_port_the_one_asked_for(library: Path) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    with viewing(library, "--port", str(port), options=("--json",)) as page:
        assert page.process.stdout is not None
        lines = page.address
        while not lines.endswith("}"):
            lines += page.process.stdout.readline().strip()
        address = json.loads(lines)["url"]
        assert urlsplit(address).port == port
        assert Viewing(address, page.process).ask().status == 200
        assert page.end(signal.SIGTERM)[0] == 0


@needs_page
def test_the_browser_is_opened_from_a_terminal_unless_it_is_not_to_be(library: Path, tmp_path: Path) -> None:
    """`$BROWSER` names what the reader would have it opened with (docs.python.org, webbrowser)."""
    browser = tmp_path / "browser"
    browser.write_text(f'#!/bin/sh\necho "$1" > {tmp_path}/part && mv {tmp_path}/part {tmp_path}/opened\n')
    browser.chmod(0o755)
    for arguments, is_opened in (([], True), (["--no-browser"], False)):
        ours, theirs = pty.openpty()
        (tmp_path / "opened").unlink(missing_ok=True)
        process = subprocess.Popen(
            [*COMMAND, "--quiet", "--library", str(library), "view", *arguments],
            cwd=tmp_path,
            env=environment({"BROWSER": str(browser)}),
            stdout=theirs,
            stderr=subprocess.DEVNULL,
        )
        os.close(theirs)
        address = os.read(ours, 1_000).decode().strip()
        assert Viewing(address, process).ask().status == 200  # type: ignore[arg-type]  # only its address is looked at
        while is_opened and not (tmp_path / "opened").exists():
            assert process.poll() is None
        process.send_signal(signal.SIGINT)
        assert process.wait(30) == 0
        os.close(ours)
        assert [path.read_text().strip() for path in tmp_path.glob("opened")] == [address] * is_opened


def test_what_cannot_be_shown_is_one_sentence(run: Run, tmp_path: Path, demo_folder: Path) -> None:
    Library(tmp_path / "empty.sqlite", write="test").close()
    full = demo_folder / "library.sqlite"
    for arguments, status, said in (
        (("--library", "none.sqlite", "view"), 2, "there is no library"),
        (("--library", "empty.sqlite", "view"), 2, "there are no works"),
        (("--library", full, "view", "--where", "title:zyxwvutsrq"), 2, "no work here satisfies"),
        (("--library", full, "view", "--where", "title:("), 2, "bracket is opened and never closed"),
        (("--library", full, "view", "--port", "65536"), 2, "65536"),
    ):
        ended = run(*arguments)
        assert ended.status == status, ended.err
        assert said in ended.err.splitlines()[0]
        assert "Traceback" not in ended.err
    with socket.create_server(("127.0.0.1", 0)) as taken:
        ended = run("--library", full, "view", "--port", str(taken.getsockname()[1]))
    assert ended.status == 1
    assert "cannot be had" in one_sentence(ended.err)


def test_an_installation_without_the_page_says_so(run: Run, demo_folder: Path, tmp_path: Path) -> None:
    script = (
        "import graph.page.document as document, pathlib; from harvester.cli import main;"
        "document.BUNDLE = pathlib.Path('nowhere'); main()"
    )
    ended = subprocess.run(
        [COMMAND[0], "-c", script, "--library", demo_folder / "library.sqlite", "view"],
        cwd=tmp_path,
        env=environment(),
        capture_output=True,
        text=True,
    )
    assert ended.returncode == 1
    assert "npm's registry" in one_sentence(ended.stderr)


# -- the library -----------------------------------------------------------------------------------------------


def test_an_older_library_keeps_its_decisions_and_can_take_them_back(library: Path) -> None:
    one, two = some_keys(library)[:2]
    with Library(library, write="test") as written:
        for key in (one, two):
            screening.keep(written, Decided(key, "exclude", "no trial", "Ana"), opened="then")
    made_older(library, SCHEMA_VERSION - 1)
    with Library(library) as older:
        assert chases.screened_by(older) == dict.fromkeys((one, two), ("exclude", "no trial", "Ana"))
    with Library(library, write="test") as newer:
        screening.keep(newer, Decided(one, "undecided"), opened="now")
        assert chases.screened(newer) == {two: ("exclude", "no trial")}
        with pytest.raises(InputError, match="is no work of this library"):
            screening.keep(newer, Decided("doi:10.1/nowhere", "include"), opened="now")
        assert newer.db.execute("select count(*) from runs where command = 'screen'").fetchone() == (3,)


def test_decisions_taken_in_copies_of_a_library_come_together_once(library: Path) -> None:
    """Who took a decision back has said so: it stands beside what others decided, and is a conflict with that."""
    one, two, three = some_keys(library)[:3]
    with Library(library, write="test") as written:
        screening.keep(written, Decided(one, "include"), opened="then")
    copy = Path(shutil.copyfile(library, library.with_name("copy.sqlite")))
    for path, key, decision in (
        (library, two, "include"),
        (copy, two, "exclude"),
        (copy, three, "maybe"),
        (copy, one, "undecided"),
    ):
        with Library(path, write="test") as written:
            screening.keep(written, Decided(key, decision, None, path.stem), opened="then")  # type: ignore[arg-type]  # a word of those
    with snapshots([copy], beside=library) as (other,), Library(library, write="test") as written:
        told = unite(written, other)
        assert (told.runs, told.decisions, len(told.conflicts)) == (3, 3, 1)
        assert chases.decisions(written).keys() == {two, three}
    with snapshots([copy], beside=library) as (other,), Library(library, write="test") as written:
        assert unite(written, other).runs == 0


def test_a_library_from_before_screening_has_no_decisions(library: Path) -> None:
    made_older(library, 6)
    with Library(library) as older:
        assert chases.screened(older) == {}
