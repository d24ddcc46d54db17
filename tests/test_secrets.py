"""The key and the e-mail address are told to their own source and to nobody else: no file, no message, no log."""

import json
from pathlib import Path

import pytest
from conftest import BOTH, KEY, MAILTO, Run

from harvester.replica import Corpus, Replica, Request, Response, sites
from harvester.replica.faults import parse

FORMS = [
    form
    for secret in (KEY, MAILTO)
    for form in (
        secret.encode(),
        secret.encode("utf-16-le"),
        secret.replace("@", "%40").encode(),
        secret[::-1].encode(),
    )
]


def assert_kept(folder: Path, *said: str) -> None:
    """Look for both in every byte of every file and in what was said."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        held = path.read_bytes()
        assert not any(form in held for form in FORMS), f"{path.name} holds a secret"
    for text in said:
        assert KEY not in text
        assert MAILTO not in text


def test_they_are_told_to_their_own_source_only(corpus: Corpus, run: Run, tmp_path: Path) -> None:
    """OpenAlex gets the key, Crossref the address, each in a header: what the tests below look for is really used."""
    public = sites(corpus, unlimited=True)
    heard: dict[str, list[Request]] = {name: [] for name in public}

    class Listening:
        def __init__(self, name: str) -> None:
            self.name = name

        def answer(self, request: Request) -> Response:
            heard[self.name].append(request)
            return public[self.name].answer(request)

    with Replica({name: Listening(name) for name in public}) as replica:
        assert run("doi", *BOTH, env={"HARVESTER_REPLICA": replica.url}).status == 0
    for request in heard["openalex"]:
        assert request.headers["authorization"] == f"Bearer {KEY}"
        assert MAILTO not in str(request.headers)
    for request in heard["crossref"]:
        assert MAILTO in request.headers["user-agent"]
        assert KEY not in str(request.headers)
    for name in heard.keys() - {"openalex", "crossref"}:
        assert not any(secret in str(request.headers) for request in heard[name] for secret in (KEY, MAILTO))
    assert all(heard[name] for name in ("openalex", "crossref", "europepmc"))
    assert not any(KEY in request.query or MAILTO in request.query for asked in heard.values() for request in asked)


def test_a_harvest_and_its_exports_hold_neither(run: Run, tmp_path: Path) -> None:
    """Library, cache and exports, after a run, a second run past the cache, and a dry one that asks what is left."""
    said = [
        run("doi", *BOTH, "10.9999/unknown"),
        run("doi", "--refresh", *BOTH),
        run("fill", "--dry-run"),
        run("doctor"),
    ]
    said += [run("export", name) for name in ("a.json", "a.csv", "a.graphml")]
    assert [each.status for each in said] == [4, 0, 0, 0, 0, 0, 0]
    assert_kept(tmp_path, *(each.out + each.err for each in said))


def test_debug_logging_shows_neither(run: Run, tmp_path: Path) -> None:
    """Everything that every library under us logs at its most talkative, and Python's own debug mode."""
    (tmp_path / "sitecustomize.py").write_text(
        "import logging\nlogging.basicConfig(level=logging.NOTSET, filename='everything.log')\n"
    )
    path = {"PYTHONPATH": f"{tmp_path}:{Path(__file__).parents[1]}"}
    ended = run("doi", *BOTH, env=path, python=("-X", "dev"))
    assert ended.status == 0, ended.err
    assert (tmp_path / "everything.log").read_text()
    assert_kept(tmp_path, ended.out, ended.err)


@pytest.mark.parametrize("key", ["wrong", KEY])
def test_a_run_that_is_refused_or_fails_tells_neither(corpus: Corpus, run: Run, tmp_path: Path, key: str) -> None:
    """A refused key and a source that is down are told in one sentence each, without the secret or a traceback."""
    faults = parse("503=1") if key == KEY else None
    with Replica(sites(corpus, unlimited=True), faults=faults) as replica:
        env = {"HARVESTER_REPLICA": replica.url, "OPENALEX_API_KEY": key}
        ended = run("doctor", env=env) if key == KEY else run("doi", *BOTH, env=env)
    assert ended.status == 1
    assert "Traceback" not in ended.err + ended.out
    assert_kept(tmp_path, ended.out, ended.err) if key != KEY else assert_unsaid(ended.out, ended.err)
    if key == "wrong":
        assert "refuses access" in ended.err


def assert_unsaid(*said: str) -> None:
    assert not any(KEY in text or MAILTO in text for text in said)


@pytest.mark.parametrize("value", ["Tr0ub4dor and 3", "clé-sécrète", "two\nlines"])
def test_a_key_that_is_none_is_refused_without_repeating_it(run: Run, value: str) -> None:
    """The user has pasted something; it may be a password."""
    ended = run("doi", BOTH[0], env={"OPENALEX_API_KEY": value})
    assert ended.status == 2
    assert value.split()[0] not in ended.err
    assert len(ended.err.splitlines()) == 1


def test_the_dump_has_no_field_for_them(run: Run, tmp_path: Path) -> None:
    """What a run was given is in the ledger, and its credentials were not given as arguments."""
    run("doi", BOTH[0])
    run("export", "a.json")
    (entry,) = json.loads((tmp_path / "a.json").read_text("utf-8"))["runs"]
    assert set(entry["arguments"]) == {"refresh"}
