"""The replica on a socket: dispatch, compression, the log, faults, and reading a corpus from a folder."""

import asyncio
import gzip
import http.client
import json
import lzma
import signal
import subprocess
import sys
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import httpx
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.replica import Corpus, Replica, Request, Response, load, sites
from harvester.replica.faults import NAMES, Faults, emptied, instead, parse
from harvester.replica.server import app

WORKS = tuple(
    {
        "id": f"https://openalex.org/W{n}",
        "doi": f"https://doi.org/10.1000/{n}",
        "title": f"Work {n} " + "of many words " * 20,
        "cited_by_count": n,
    }
    for n in range(10, 40)
)
NOON = 1_795_348_800.0


class Echo:
    """A site that answers with what it was asked, and counts."""

    asked = 0

    def answer(self, request: Request) -> Response:
        self.asked += 1
        body = json.dumps({"path": request.raw_path, "query": request.query, "headers": request.headers})
        return Response(200, {"content-type": "application/json"}, body.encode())


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica(sites(Corpus(openalex=WORKS), unlimited=True)) as running:
        yield running


class Answer(NamedTuple):
    """An answer as it came over the wire, before any client made sense of it."""

    status: int
    headers: http.client.HTTPMessage
    body: bytes


def raw(replica: Replica, target: str, *, method: str = "GET", **headers: str) -> Answer:
    """Ask with the target sent as it is written."""
    address = urlsplit(replica.url)
    connection = http.client.HTTPConnection(address.hostname or "", address.port, timeout=10)
    try:
        connection.request(method, target, headers={"Connection": "close", **headers})
        answer = connection.getresponse()
        return Answer(answer.status, answer.headers, answer.read())
    finally:
        connection.close()


def log(replica: Replica) -> Any:
    return json.loads(raw(replica, "/_log").body)


# -- dispatch ---------------------------------------------------------------------------------------


def test_the_path_reaches_the_site_as_it_was_written() -> None:
    with Replica({"echo": Echo()}) as running:
        said = json.loads(raw(running, "/echo/works/doi%3A10.1%2Fx?a=%2B&b=+", **{"X-Any": "1"}).body)
        assert (said["path"], said["query"]) == ("/works/doi%3A10.1%2Fx", "a=%2B&b=+")
        assert said["headers"]["x-any"] == "1"
        assert json.loads(raw(running, "/echo").body)["path"] == "/"


def test_other_paths_are_not_found(replica: Replica) -> None:
    for target in ("/", "/nothing", "/openalexx/works"):
        assert raw(replica, target).status == 404


def test_both_indexes_answer_under_their_own_prefix(replica: Replica) -> None:
    assert raw(replica, "/openalex/works/W10").status == 200
    assert raw(replica, "/crossref/works?rows=0").status == 200


def test_large_answers_are_compressed_for_those_who_accept_it(replica: Replica) -> None:
    plain = raw(replica, "/openalex/works")
    packed = raw(replica, "/openalex/works", **{"Accept-Encoding": "gzip"})
    assert plain.headers["content-encoding"] is None
    assert packed.headers["content-encoding"] == "gzip"
    assert int(packed.headers["content-length"]) < int(plain.headers["content-length"])
    assert gzip.decompress(packed.body) == plain.body
    small = raw(replica, "/openalex/works/W10?select=id", **{"Accept-Encoding": "gzip"})
    assert small.headers["content-encoding"] is None


def test_head_is_answered_without_a_body(replica: Replica) -> None:
    answer = raw(replica, "/openalex/works", method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert answer.headers["content-length"] is None
    assert answer.headers["x-ratelimit-credits-used"] == "1"


def test_a_posted_body_is_read_and_passed_over(replica: Replica) -> None:
    assert httpx.post(f"{replica.url}/openalex/", content=b"x" * 200_000).status_code == 200


def test_the_log_counts_what_was_served_and_keeps_no_secret() -> None:
    with Replica(sites(Corpus(openalex=WORKS), unlimited=True)) as running:
        raw(running, "/openalex/works/W10?api_key=SECRET&mailto=me@example.org&select=id", **{"User-Agent": "test/1"})
        raw(running, "/openalex/works/W99", Authorization="Bearer SECRET")
        said = log(running)
        assert (said["count"], said["statuses"], said["faults"]) == (2, {"200": 1, "404": 1}, {})
        first = said["requests"][0]
        assert first["url"] == "/openalex/works/W10?api_key=redacted&mailto=redacted&select=id"
        assert (first["user_agent"], first["status"], first["fault"]) == ("test/1", 200, None)
        assert said["requests"][1]["headers"]["authorization"] == "redacted"
        assert "SECRET" not in json.dumps(said)
        assert log(running)["count"] == 2
        raw(running, "/_log", method="DELETE")
        assert log(running)["count"] == 0


def test_a_replica_can_be_asked_at_once_and_stops_with_clients_still_connected() -> None:
    before = threading.enumerate()
    with httpx.Client() as client:
        with Replica({"echo": Echo()}) as running:
            assert client.get(f"{running.url}/echo/").status_code == 200
        with pytest.raises(httpx.TransportError):
            client.get(f"{running.url}/echo/")
    assert threading.enumerate() == before


def test_a_port_that_is_taken_is_an_error_at_once() -> None:
    with Replica({}) as running, pytest.raises(OSError):  # noqa: PT011 - the system words it
        Replica({}, port=urlsplit(running.url).port or 0).__enter__()


def test_serving_in_the_foreground_says_where_and_ends_quietly_with_an_interrupt() -> None:
    program = "from harvester.replica import serve; serve({}, ready=lambda url: print(url, flush=True))"
    with subprocess.Popen(
        [sys.executable, "-W", "error", "-c", program], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    ) as serving:
        assert serving.stdout is not None
        url = serving.stdout.readline().strip()
        assert httpx.get(f"{url}/nothing").status_code == 404
        serving.send_signal(signal.SIGINT)
        assert serving.communicate(timeout=20) == ("", "")
    assert serving.returncode == 0


# -- faults -----------------------------------------------------------------------------------------


def afflicted(spec: str) -> Replica:
    return Replica(sites(Corpus(openalex=WORKS), unlimited=True), faults=parse(spec))


@pytest.mark.parametrize(
    ("spec", "words"),
    [
        ("429=2", "no share"),
        ("429=-0.1", "no share"),
        ("429=nan", "no share"),
        ("429=x", "no share"),
        ("429", "no value"),
        ("418=0.1", "There is no fault '418'"),
        ("429=0.6,503=0.6", "add up to 1.2"),
        ("latency=5", "no time"),
        ("seed=x", "no whole number"),
    ],
)
def test_a_specification_that_means_nothing_is_refused(spec: str, words: str) -> None:
    with pytest.raises(InputError, match=words):
        parse(spec)


def test_a_specification_is_read_in_any_order() -> None:
    assert parse("seed=7, cut=0.1,429=0.2,latency=1.5s") == Faults(1.5, (("429", 0.2), ("cut", 0.1)), 7)
    assert parse("") == Faults()


@settings(deadline=None)
@given(st.text(max_size=20))
def test_any_text_is_a_specification_or_a_sentence(text: str) -> None:
    try:
        read = parse(text)
    except InputError as refused:
        sentence = str(refused)
    else:
        sentence = f"{read.seed}."
    assert sentence.endswith(".")


def test_faults_strike_as_often_as_asked_and_the_same_requests_again() -> None:
    faults = parse("429=0.1,drop=0.2,seed=7")
    struck = [faults.strike(f"/works/{n}", times) for n in range(1000) for times in range(3)]
    assert struck == [faults.strike(f"/works/{n}", times) for n in range(1000) for times in range(3)]
    assert 0.08 < struck.count("429") / 3000 < 0.12
    assert 0.17 < struck.count("drop") / 3000 < 0.23
    other = parse("429=0.1,drop=0.2,seed=8")
    assert struck != [other.strike(f"/works/{n}", times) for n in range(1000) for times in range(3)]


def test_what_strikes_does_not_depend_on_the_order_of_arrival() -> None:
    urls = [f"/openalex/works/W{n}" for n in range(10, 40)]
    seen = []
    for order in (urls, urls[::-1]):
        with afflicted("503=0.3,429=0.2,seed=3") as running:
            statuses = {url: (raw(running, url).status, raw(running, url).status) for url in order}
        seen.append(statuses)
    assert seen[0] == seen[1]
    assert {status for pair in seen[0].values() for status in pair} == {200, 429, 503}


def test_429_has_the_shape_of_each_index() -> None:
    with afflicted("429=1") as running:
        openalex, crossref = raw(running, "/openalex/works"), raw(running, "/crossref/works")
    assert (openalex.status, openalex.headers["retry-after"]) == (429, "1")
    assert "requests per second" in json.loads(openalex.body)["message"]
    assert (crossref.status, crossref.body, crossref.headers["retry-after"]) == (429, b"", None)


@pytest.mark.parametrize(("name", "status"), [("503", 503), ("504html", 504)])
def test_a_gateway_answers_in_html(name: str, status: int) -> None:
    with afflicted(f"{name}=1") as running:
        answer = raw(running, "/openalex/works")
        assert log(running)["faults"] == {name: 1}
    assert (answer.status, answer.headers["content-type"]) == (status, "text/html")
    assert answer.body.startswith(b"<!DOCTYPE html>")


def test_a_dropped_connection_gives_no_answer_and_is_noted() -> None:
    with afflicted("drop=1") as running:
        with pytest.raises(httpx.RemoteProtocolError):
            httpx.get(f"{running.url}/openalex/works")
        said = log(running)
    assert (said["requests"][0]["status"], said["faults"]) == (None, {"drop": 1})


@pytest.mark.parametrize("coding", ["identity", "gzip"])
def test_a_cut_body_is_noticed_by_the_length_half_of_the_time_and_else_only_by_parsing(coding: str) -> None:
    broken = silent = 0
    with afflicted("cut=1,seed=2") as running:
        client = httpx.Client(headers={"Accept-Encoding": coding})
        for n in range(24):
            try:
                answer = client.get(f"{running.url}/openalex/works?page={n + 1}")
            except (httpx.RemoteProtocolError, httpx.DecodingError):
                broken += 1
            else:
                assert answer.headers["content-type"] == "application/json"
                with pytest.raises(json.JSONDecodeError):
                    answer.json()
                silent += 1
        client.close()
        assert log(running)["faults"] == {"cut": 24}
    assert min(broken, silent) >= 6


def test_an_emptied_list_still_says_how_many_there_are_and_single_works_are_spared() -> None:
    with afflicted("empty-page=1") as running:
        emptied_list = json.loads(raw(running, "/openalex/works?cursor=*&per_page=5").body)
        assert raw(running, "/openalex/works/W10").status == 200
        assert log(running)["faults"] == {"empty-page": 1}
    assert (emptied_list["results"], emptied_list["meta"]["count"], emptied_list["meta"]["next_cursor"]) == (
        [],
        30,
        None,
    )


def test_a_crossref_list_is_emptied_too() -> None:
    body = {"status": "ok", "message": {"total-results": 2, "items": [{"DOI": "10.1/x"}], "next-cursor": "abc"}}
    spoilt = emptied(Response(200, {"content-type": "application/json"}, json.dumps(body).encode()))
    assert spoilt is not None
    assert json.loads(spoilt.body)["message"] == {"total-results": 2, "items": [], "next-cursor": "abc"}


def test_a_dead_cursor_is_one_of_crossref_that_goes_on() -> None:
    def struck(prefix: str, query: str) -> Response | None:
        return instead("dead-cursor", prefix, Echo(), Request("GET", "/works", query, {}, "x", NOON))

    dead = struck("crossref", "cursor=abc")
    assert dead is not None
    assert (dead.status, json.loads(dead.body)["message"][0]["type"]) == (404, "cursor-invalid")
    assert struck("crossref", "cursor=*") is struck("crossref", "") is struck("openalex", "cursor=abc") is None


def test_latency_delays_by_as_much_as_was_asked(monkeypatch: pytest.MonkeyPatch) -> None:
    waited: list[float] = []
    here = threading.get_ident()

    async def sleep(seconds: float) -> None:
        if threading.get_ident() == here:  # replicas of other tests go on in threads of theirs
            waited.append(seconds)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    asyncio.run(in_process("/echo/x", "latency=250ms"))
    assert waited == [0.25]


async def in_process(path: str, spec: str) -> httpx.Response:
    transport = httpx.ASGITransport(app({"echo": Echo()}, faults=parse(spec)))
    async with httpx.AsyncClient(transport=transport, base_url="http://replica") as client:
        return await client.get(path)


def test_under_another_server_a_dropped_connection_is_an_exception() -> None:
    with pytest.raises(ConnectionResetError):
        asyncio.run(in_process("/echo/x", "drop=1"))


@pytest.mark.parametrize("name", NAMES)
def test_the_api_is_asked_and_charges_only_behind_what_spoils_its_answer(name: str) -> None:
    site = Echo()

    async def ask_once() -> None:
        transport = httpx.ASGITransport(app({"crossref": site}, faults=parse(f"{name}=1")))
        async with httpx.AsyncClient(transport=transport, base_url="http://replica") as client:
            try:
                await client.get("/crossref/works?cursor=abc")
            except ConnectionResetError:
                assert name in ("cut", "drop")

    asyncio.run(ask_once())
    assert site.asked == (1 if name in ("cut", "drop", "empty-page") else 0)


# -- a corpus from a folder -------------------------------------------------------------------------


def test_a_corpus_is_every_file_of_its_pattern_plain_or_packed_in_the_order_of_names(tmp_path: Path) -> None:
    (tmp_path / "openalex-b.jsonl").write_text('{"id": 2}\n\n{"id": 3}', encoding="utf-8")
    (tmp_path / "openalex-a.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n'))
    (tmp_path / "crossref.jsonl.xz").write_bytes(lzma.compress(b'{"DOI": "10.1/x"}\n'))
    (tmp_path / "opencitations.jsonl").write_text('{"oci": "1"}\n', encoding="utf-8")
    (tmp_path / "openalex.csv").write_text("no record", encoding="utf-8")
    assert load(tmp_path) == Corpus(
        openalex=({"id": 1}, {"id": 2}, {"id": 3}), crossref=({"DOI": "10.1/x"},), opencitations=({"oci": "1"},)
    )


@pytest.mark.parametrize("line", ["{", "[1]", "7", '{"a": NaN}', "\xff".encode("latin-1"), "[" * 100_000])
def test_a_broken_line_is_named_by_file_and_number(tmp_path: Path, line: str | bytes) -> None:
    written = line if isinstance(line, bytes) else line.encode()
    (tmp_path / "openalex.jsonl").write_bytes(b'{"id": 1}\n' + written)
    with pytest.raises(InputError, match=r"openalex\.jsonl, line 2"):
        load(tmp_path)


def test_a_packed_file_that_is_cut_is_named(tmp_path: Path) -> None:
    (tmp_path / "openalex.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1}\n' * 1000)[:40])
    with pytest.raises(InputError, match=r"openalex\.jsonl\.gz, after line"):
        load(tmp_path)


def test_a_folder_without_records_is_refused(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="holds no"):
        load(tmp_path)
    with pytest.raises(InputError, match="not a folder"):
        load(tmp_path / "missing")
