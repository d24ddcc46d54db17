"""`doi`, `fill` and `resume` on the real command line: what is asked, what is not, and how each mishap ends."""

import json
import os
import sqlite3
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest
from conftest import BOTH, DEMO, THREE, Run, forget_requests, requests_of
from test_cli import one_sentence

from harvester.library import Library
from harvester.replica import Corpus, Replica, Request, Response, sites


@pytest.fixture
def own(corpus: Corpus) -> Iterator[Replica]:
    """A replica whose log is this test's alone."""
    with Replica(sites(corpus, unlimited=True)) as running:
        yield running


# -- nothing is asked twice ----------------------------------------------------------------------


def test_the_same_command_again_asks_nothing(run: Run, own: Replica, tmp_path: Path) -> None:
    """Not after the cache is gone either: what was answered is in the library, be it "not found"."""
    there = {"HARVESTER_REPLICA": own.url}
    command = ("--json", "doi", *BOTH, "10.9999/unknown", "Peer support: a title")
    first = run(*command, env=there)
    assert first.status == 4
    assert requests_of(own)
    forget_requests(own)
    for path in (tmp_path / "cache").iterdir():
        path.unlink()
    second = run(*command, env=there)
    assert requests_of(own) == []
    one, other = first.document["runs"][0], second.document["runs"][0]
    for field in ("asked", "found", "not_found", "not_understood", "library"):
        assert one[field] == other[field], field


def test_fill_again_asks_nothing_and_a_limit_goes_further(run: Run, own: Replica) -> None:
    """A limit counts works that can still be asked for, or the unknown ones at the top would use it up for ever."""
    there = {"HARVESTER_REPLICA": own.url}
    assert run("doi", BOTH[0], env=there).status == 0
    before = run("--json", "status").document["only_cited"]
    assert before > 5
    asked: set[str] = set()
    for _ in range(2):
        ended = run("--json", "fill", "--limit", "2", env=there)
        assert ended.status in (0, 4), ended.err
        now = {name for name, _ in ended.document["runs"][0]["not_found"]}
        assert not asked & now
        asked |= now
    assert run("fill", env=there).status in (0, 4)
    forget_requests(own)
    ended = run("fill", env=there)
    assert ended.status == 0
    assert requests_of(own) == []
    assert "0 works asked for" in ended.out


def test_refresh_asks_again_and_so_does_its_resume(run: Run, own: Replica) -> None:
    there = {"HARVESTER_REPLICA": own.url}
    assert run("doi", *BOTH, env=there).status == 0
    forget_requests(own)
    assert run("doi", "--refresh", *BOTH, env=there).status == 0
    assert len(requests_of(own)) >= 2
    assert run("doi", "--refresh", *BOTH, env={**there, "OPENALEX_API_KEY": "wrong"}).status == 1
    forget_requests(own)
    assert run("resume", env=there).status == 0
    assert requests_of(own), "the answers of the first day are in the cache, and not good enough"


# -- dry runs ------------------------------------------------------------------------------------


def test_a_dry_run_asks_nothing_and_changes_nothing(run: Run, own: Replica, tmp_path: Path) -> None:
    """Requests, seconds and dollars, against what is left today: the one thing it asks, which is free."""
    there = {"HARVESTER_REPLICA": own.url}
    assert run("doi", *BOTH, env=there).status == 0
    before = (tmp_path / "library.sqlite").read_bytes()
    forget_requests(own)
    ended = run("--json", "doi", *BOTH, *THREE, "10.9999/unknown", "--dry-run", env=there)
    assert ended.status == 0, ended.err
    assert [request["url"] for request in requests_of(own)] == ["/openalex/rate-limit"]
    crossref, openalex = ended.document["forecast"]
    assert (crossref["works"], crossref["requests"], crossref["left"]) == (4, 1, None)
    assert (openalex["works"], openalex["requests"]) == (4, 1)
    assert openalex["dollars"] == pytest.approx(0.0001)
    assert openalex["left_is_stated"]
    assert openalex["seconds"] > 0
    forget_requests(own)
    assert run("fill", "--dry-run", env={**there, "OPENALEX_API_KEY": ""}).status == 0
    assert requests_of(own) == []
    assert (tmp_path / "library.sqlite").read_bytes() == before
    assert {path.name for path in tmp_path.iterdir()} <= {"library.sqlite", "library.sqlite.lock", "cache"}


def test_a_dry_run_needs_no_library_and_makes_none(run: Run, tmp_path: Path) -> None:
    ended = run("doi", *BOTH, "no DOI at all", "--dry-run", env={"OPENALEX_API_KEY": ""})
    assert ended.status == 4
    assert "not understood" in one_sentence(ended.err)
    assert list(tmp_path.iterdir()) == []


def test_a_hundred_thousand_lines_are_forecast(run: Run, tmp_path: Path) -> None:
    """In seconds, with a figure for each source and a word on what the day's budget does not pay."""
    (tmp_path / "long.txt").write_text("".join(f"10.5555/peer.{number}\n" for number in range(100_000)))
    ended = run("--json", "doi", "--from", "long.txt", "--dry-run", env={"OPENALEX_API_KEY": ""})
    assert ended.status == 0
    crossref, openalex = ended.document["forecast"]
    assert crossref["requests"] == openalex["requests"] == 2_000
    assert openalex["dollars"] == pytest.approx(0.2)
    assert "asked singly, free of charge" in one_sentence(ended.err)


def test_a_long_list_that_nobody_knows_is_shown_in_part_and_given_whole_as_json(run: Run, tmp_path: Path) -> None:
    (tmp_path / "list.txt").write_text(BOTH[0] + "\n" + "".join(f"10.5555/{n}\n" for n in range(2)) + "a line\n" * 60)
    lines = [BOTH[0], *(f"title number {number} of a paper" for number in range(60))]
    ended = run("doi", *lines)
    assert ended.status == 4
    assert len(ended.err.splitlines()) == 51
    assert "10 more" in ended.err
    assert len(run("--json", "doi", *lines).document["runs"][0]["not_understood"]) == 60


# -- what people give ----------------------------------------------------------------------------


def test_whatever_is_given_is_asked_or_listed(run: Run, tmp_path: Path) -> None:
    """Found, unknown and no identifier at all, in one command; nothing is lost and each is told."""
    strange = "10.1002/(sici)1<9::aid-a>2.0.co;2-2#x%y"
    ended = run(
        "--json", "doi", f"https://doi.org/{BOTH[0].upper()}.", strange, "10.9999/unknown", "Peer support: a title"
    )
    assert ended.status == 4
    (account,) = ended.document["runs"]
    assert (account["asked"], account["found"]) == (3, 1)
    assert [name for name, _ in account["not_found"]] == [
        "doi:10.1002/(sici)1<9::aid-a>2.0.co;2-2#x%y",
        "doi:10.9999/unknown",
    ]
    assert [text for text, _ in account["not_understood"]] == ["Peer support: a title"]


def test_a_doi_of_another_agency_is_found_where_it_is(run: Run, corpus: Corpus) -> None:
    """A DataCite DOI is at OpenAlex and not at Crossref, and that is no failure."""
    work = {"id": "https://openalex.org/W4242424242", "doi": "https://doi.org/10.5281/zenodo.42", "title": "A data set"}
    with Replica(sites(Corpus(openalex=(*corpus.openalex, work), crossref=corpus.crossref), unlimited=True)) as replica:
        ended = run("--json", "doi", "10.5281/ZENODO.42", env={"HARVESTER_REPLICA": replica.url})
    assert ended.status == 0, ended.err
    assert ended.document["runs"][0]["sources"]["openalex"]["records"] == 1


@pytest.mark.parametrize("encoding", ["utf-8-sig", "utf-16", "utf-16-le", "cp1252"])
def test_a_list_from_any_office_program_is_read(run: Run, tmp_path: Path, encoding: str) -> None:
    (tmp_path / "list.txt").write_bytes("\r\n".join(["DOI", *BOTH, "Müller’s title"]).encode(encoding))
    ended = run("--json", "doi", "--from", "list.txt")
    assert ended.status == 4
    assert ended.document["runs"][0]["found"] == 3
    assert ended.document["runs"][0]["not_understood"][0][0] == "Müller’s title"


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02" * 100, b"PK\x03\x04" + b"\0" * 100, b"no identifier\n"])
def test_a_file_without_identifiers_is_one_sentence_and_makes_no_library(
    run: Run, tmp_path: Path, content: bytes
) -> None:
    (tmp_path / "list").write_bytes(content)
    ended = run("doi", "--from", "list")
    assert ended.status == 2
    assert "list" in one_sentence(ended.err)
    assert not (tmp_path / "library.sqlite").exists()


def test_a_file_given_as_a_doi_is_shown_its_option(run: Run, tmp_path: Path) -> None:
    """The first thing a tired librarian types."""
    (tmp_path / "list.txt").write_text(BOTH[0])
    ended = run("doi", "list.txt")
    assert ended.status == 2
    assert "--from list.txt" in one_sentence(ended.err)


def test_a_list_pasted_as_one_argument_and_one_from_stdin_are_read(run: Run) -> None:
    """The second and the third."""
    assert "2 works asked for, 2 found" in run("doi", f"{BOTH[0]}; {BOTH[1]}").out
    assert "1 work asked for, 1 found" in run("doi", "--from", "-", input=BOTH[2].encode()).out


def test_prose_says_how_much_of_it_was_only_prose(run: Run, tmp_path: Path) -> None:
    (tmp_path / "mail.txt").write_text(f"Dear all,\nplease read {BOTH[0]},\nand the others.\nYours\n")
    ended = run("doi", "--from", "mail.txt")
    assert ended.status == 0
    assert ended.err == "mail.txt: 1 identifier; 3 lines without one taken for mere text\n"


# -- what goes wrong -----------------------------------------------------------------------------


def test_a_wrong_key_fails_the_run_and_keeps_what_crossref_said(run: Run) -> None:
    ended = run("doi", *BOTH, env={"OPENALEX_API_KEY": "wrong"})
    assert ended.status == 1
    assert "crossref: 1 request, 3 records" in ended.out
    assert "openalex refuses access" in ended.err
    assert run("--json", "status").document["works"] == 3
    mended = run("resume")
    assert mended.status == 0, mended.err
    held = {each["source"]: each["works"] for each in run("--json", "status").document["sources"]}
    assert held["crossref"] == 3


def test_no_budget_leaves_what_is_free(run: Run, own: Replica) -> None:
    """Every work is found by single calls, and nothing is spent."""
    ended = run("--json", "doi", *BOTH, "--budget", "0", env={"HARVESTER_REPLICA": own.url})
    assert ended.status == 0, ended.err
    openalex = ended.document["runs"][0]["sources"]["openalex"]
    assert (openalex["dollars"], openalex["records"], openalex["requests"]) == (0, 3, 3)
    assert not [request for request in requests_of(own) if request["url"].startswith("/openalex/works?")]


def test_a_source_that_is_down_stops_the_run_with_3(corpus: Corpus, run: Run) -> None:
    """It asks to come back in an hour; the other one is kept."""

    class Closed:
        def answer(self, request: Request) -> Response:
            return Response(503, {"retry-after": "3600"})

    public = sites(corpus, unlimited=True)
    with Replica({**public, "openalex": Closed()}) as replica:
        ended = run("--json", "doi", *BOTH, env={"HARVESTER_REPLICA": replica.url})
    assert ended.status == 3
    (account,) = ended.document["runs"]
    assert account["state"] == "stopped"
    assert account["sources"]["crossref"]["records"] == 3
    assert "60 minutes" in one_sentence(ended.err)
    assert "resume" in ended.err
    assert run("resume").status == 0


def test_two_runs_on_one_library_are_one_too_many(run: Run, tmp_path: Path) -> None:
    """The second is told who has it, and a reader is not disturbed."""
    assert run("doi", *BOTH).status == 0
    with Library(tmp_path / "library.sqlite", write="doi"):
        ended = run("doi", *THREE)
        assert ended.status == 1
        assert f"process {os.getpid()}" in one_sentence(ended.err)
        assert run("status").status == 0
    assert run("doi", *THREE).status == 0


def test_a_file_that_is_no_library_is_left_alone(run: Run, tmp_path: Path) -> None:
    text = tmp_path / "notes.txt"
    text.write_text("my notes of three years" * 100)
    other = tmp_path / "zotero.sqlite"
    database = sqlite3.connect(other)
    database.execute("create table items (id)")
    database.close()
    for path in (text, other):
        before = path.read_bytes()
        for command in (["doi", BOTH[0]], ["status"], ["resume"], ["export", "x.csv"]):
            ended = run("--library", path, *command)
            assert ended.status == 1
            one_sentence(ended.err)
        assert path.read_bytes() == before


def test_a_library_of_a_newer_version_is_left_alone(run: Run, tmp_path: Path) -> None:
    assert run("doi", BOTH[0]).status == 0
    library = tmp_path / "library.sqlite"
    database = sqlite3.connect(library)
    database.execute("pragma user_version = 999")
    database.commit()
    database.close()
    before = library.read_bytes()
    for command in (["doi", BOTH[1]], ["status"], ["resume"], ["rebuild"]):
        ended = run(*command)
        assert ended.status == 1
        assert "newer version" in one_sentence(ended.err)
    assert library.read_bytes() == before


@pytest.mark.skipif(sys.platform == "win32", reason="Windows has no limit on the size of a process's files")
def test_a_full_disk_stops_the_run_and_keeps_the_library_whole(run: Run, tmp_path: Path) -> None:
    """No file may grow past a limit, as on a disk that is full; with room again, `resume` ends it."""
    import resource
    import signal

    def limited() -> None:
        signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
        resource.setrlimit(resource.RLIMIT_FSIZE, (400_000, 400_000))

    dois = (DEMO / "dois.txt").read_text("utf-8").split()[-110:]
    ended = run("--json", "doi", *dois, preexec_fn=limited)
    assert ended.status == 3, ended.err
    assert "Traceback" not in ended.err
    assert "make room" in ended.err
    assert json.loads(ended.out)
    ended = run("--json", "resume")
    assert ended.status in (0, 4), ended.err
    (account,) = ended.document["runs"]
    assert account["waiting"] == 0
    assert account["found"] + len(account["not_found"]) == account["asked"]
    assert run("verify").status == 0


def test_development_mode_has_nothing_to_say(run: Run) -> None:
    """No leaked file, socket or task, no deprecated call, on the way through a whole run."""
    ended = run("doi", *BOTH, "10.9999/unknown", python=("-X", "dev", "-W", "error"))
    assert ended.status == 4
    told = [line for line in ended.err.splitlines() if not line.startswith("Executing <")]  # asyncio on slow steps
    assert told == ["harvester: not found: doi:10.9999/unknown (not at crossref nor datacite nor openalex)"]


def test_the_installed_script_is_this_command_line(tmp_path: Path) -> None:
    script = Path(sys.executable).with_name("harvester")
    if not script.exists():
        pytest.skip("the package is not installed beside this Python, only on its path")
    ended = subprocess.run([script, "--version"], capture_output=True, text=True, cwd=tmp_path)
    assert (ended.returncode, ended.stderr) == (0, "")
    assert "version" in ended.stdout
