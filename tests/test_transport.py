"""The polite client: what it keeps, whom it tells what, and how it gets there."""

import asyncio
import gzip
import json
import logging
import sqlite3
import subprocess
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from decimal import Decimal
from pathlib import Path
from typing import Any, Self

import hishel
import httpx
import pytest
from transport_site import (
    AT_ONCE,
    CREDENTIALS,
    DROP,
    KEY,
    MAIL,
    ONCE,
    Answer,
    Asked,
    Source,
    Stub,
    always,
    ask_once,
    fine,
    first,
    listed,
    read,
    run_script,
    searched,
    single,
    visit,
)

import harvester.transport.client as client_module
import harvester.transport.pace as pace_module
from harvester.errors import (
    HarvesterError,
    InputError,
    Rejected,
    SourceDown,
    Unreadable,
)
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.replica import Corpus, Replica, sites
from harvester.replica.faults import parse
from harvester.transport import Client, Credentials, Patience, Tally
from harvester.transport.cache import Cache
from harvester.transport.wire import Proxied, is_loopback, wire


@pytest.fixture(autouse=True)
def _no_proxy_of_this_machine(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("http_proxy", "https_proxy", "all_proxy", "no_proxy"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.upper(), raising=False)


# -- cache --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("status", [200, 404])
def test_an_answer_is_kept_for_every_later_client(tmp_path: Path, status: int) -> None:
    """A second client on the same folder asks nothing, and gives the same value and status."""

    async def go() -> None:
        async with visit(always(Answer(status)), tmp_path) as (source, client):
            given = await client.ask(single(), read)
            assert not given.from_cache
            async with Client(cache=tmp_path, credentials=CREDENTIALS, replica=source.url, patience=ONCE) as second:
                kept = await second.ask(single(), read)
                assert kept == replace(given, from_cache=True)
                assert (second.tallies["openalex"].requests, second.tallies["openalex"].from_cache) == (0, 1)
            assert len(source.asked) == 1

    asyncio.run(go())


@pytest.mark.parametrize(
    "spoilt",
    [
        Answer(body=b'{"id": 1, "title": "Peer support"}', cut=20),
        Answer(body=b'{"id": 1, "title": "Pe'),
        Answer(body=b""),
        Answer(body=b"<html>please log in</html>"),
        Answer(body=b"not gzip at all", headers={"Content-Encoding": "gzip"}),
        Answer(500),
        Answer(503, b"<html>"),
        Answer(204, b""),
        Answer(429),
        DROP,
    ],
    ids=["cut", "short", "empty", "HTML", "encoding", "500", "503", "204", "429", "drop"],
)
def test_what_is_no_answer_is_asked_again_and_not_kept(tmp_path: Path, spoilt: Answer) -> None:
    """Only the answer that could be read is in the cache afterwards."""

    async def go() -> None:
        async with visit(first(spoilt, spoilt, Answer()), tmp_path) as (source, client):
            assert (await client.ask(single(), read)).value == {"id": 1}
            assert len(source.asked) == 3
            assert client.tallies["openalex"].failed_attempts == 2
            assert (await client.ask(single(), read)).from_cache
            assert client.cache_failure is None

    asyncio.run(go())


def test_what_cannot_be_read_is_not_kept_when_patience_ends(tmp_path: Path) -> None:
    """A run that ends on a spoilt answer leaves nothing behind that the next run would replay."""
    error, asked = ask_once(always(Answer(body=b"<html>")), tmp_path, single())
    assert isinstance(error, SourceDown)
    assert len(asked) == AT_ONCE.attempts
    value, asked = ask_once(always(Answer()), tmp_path, single())
    assert value == {"id": 1}
    assert len(asked) == 1


def in_cache(folder: Path, statement: str, *values: object) -> list[Any]:
    with closing(sqlite3.connect(folder / "http.sqlite", isolation_level=None)) as connection:
        return connection.execute(statement, values).fetchall()


@pytest.mark.parametrize(
    "damage",
    [
        "UPDATE streams SET chunk_data = x'7b226964223a2032207d'",  # {"id": 2 }, which can be read
        "UPDATE streams SET chunk_data = 'text'",
        "DELETE FROM streams",
        "UPDATE entries SET data = x'ff'",
        "UPDATE entries SET chunk_count = 0",
    ],
)
def test_an_answer_damaged_on_the_disk_is_forgotten_and_asked_again(tmp_path: Path, damage: str) -> None:
    """What is not the bytes that came is not an answer, even if it can be read."""

    async def go() -> None:
        async with visit(always(Answer()), tmp_path) as (source, client):
            await client.ask(single(), read)
            in_cache(tmp_path, damage)
            again = await client.ask(single(), read)
            assert (again.value, again.from_cache, len(source.asked)) == ({"id": 1}, False, 2)
            assert (await client.ask(single(), read)).from_cache

    asyncio.run(go())


def test_an_answer_that_an_earlier_version_kept_is_forgotten_when_it_cannot_be_read(tmp_path: Path) -> None:
    """A body that today's reader rejects is asked again and replaced."""

    async def go() -> None:
        async with visit(always(Answer()), tmp_path) as (source, client):
            cache = Cache(tmp_path)
            url = f"{source.url}/openalex/works/W1"
            await cache.keep(url, status=200, raw=b"<html>", encoding="identity")
            assert (await client.ask(single(), read)).value == {"id": 1}
            assert await cache.find(url) == (200, b'{"id": 1}')
            await cache.aclose()
            assert len(source.asked) == 1

    asyncio.run(go())


@pytest.mark.parametrize("by", ["fresh", "refresh"])
def test_a_fresh_answer_replaces_the_one_that_was_kept(tmp_path: Path, by: str) -> None:
    """`fresh` for a question, or `refresh` for a client, asks again; later clients get the newer answer."""

    async def go() -> None:
        async with visit(first(Answer(body=b"1"), Answer(body=b"2")), tmp_path) as (source, client):
            assert (await client.ask(single(), read)).value == 1
            settings: dict[str, Any] = {"cache": tmp_path, "credentials": CREDENTIALS, "replica": source.url}
            async with Client(**settings, patience=ONCE, refresh=by == "refresh") as second:
                assert (await second.ask(single(), read, fresh=by == "fresh")).value == 2
            kept = await client.ask(single(), read)
            assert (kept.value, kept.from_cache, len(source.asked)) == (2, True, 2)

    asyncio.run(go())


def test_a_fresh_question_that_fails_leaves_the_kept_answer(tmp_path: Path) -> None:
    """Evidence is replaced by better evidence only."""

    async def go() -> None:
        async with visit(first(Answer(), Answer(500)), tmp_path) as (_, client):
            await client.ask(single(), read)
            with pytest.raises(SourceDown):
                await client.ask(single(), read, fresh=True)
            assert (await client.ask(single(), read)).from_cache

    asyncio.run(go())


def test_ten_questions_at_once_for_one_url_are_one_request(tmp_path: Path) -> None:
    """The first asks, the others wait for its answer."""

    async def go() -> None:
        async with visit(always(Answer()), tmp_path) as (source, client):
            replies = await asyncio.gather(*(client.ask(single(), read) for _ in range(10)))
            assert [reply.value for reply in replies] == [{"id": 1}] * 10
            assert len(source.asked) == 1
            assert client.tallies["openalex"].from_cache == 9

    asyncio.run(go())


def test_a_body_comes_back_byte_for_byte_and_is_stored_as_it_came(tmp_path: Path) -> None:
    """Of a gzip answer the file holds the compressed bytes, and the reader gets the same bytes both times."""
    body = json.dumps({"title": "Über Größe " * 30_000}).encode()
    packed = gzip.compress(body)
    bodies: list[bytes] = []

    def collect(_query: Query, _status: int, given: bytes) -> None:
        bodies.append(given)

    async def go() -> None:
        async with visit(always(Answer(body=packed, headers={"Content-Encoding": "gzip"})), tmp_path) as (_, client):
            await client.ask(single(), collect)
            await client.ask(single(), collect)

    asyncio.run(go())
    assert bodies == [body, body]
    assert b"".join(row[0] for row in in_cache(tmp_path, "SELECT chunk_data FROM streams")) == packed


def test_a_redirected_answer_is_kept_under_the_url_that_was_asked(tmp_path: Path) -> None:
    """A redirect is followed once, and then neither it nor its target is asked again."""

    def script(asked: Asked, _before: int) -> Answer:
        moved = {"Location": "/openalex/works/W2"}
        return Answer(301, b"", moved) if asked.target.endswith("/W1") else Answer(body=b"2")

    async def go() -> None:
        async with visit(script, tmp_path) as (source, client):
            assert (await client.ask(single(1), read)).value == 2
            assert (await client.ask(single(1), read)).from_cache
            assert [asked.target for asked in source.asked] == ["/openalex/works/W1", "/openalex/works/W2"]

    asyncio.run(go())


def test_the_url_is_asked_as_it_is_written(tmp_path: Path) -> None:
    """OpenAlex bills by how a colon is written: nothing is encoded or decoded on the way."""
    host = POLICIES["openalex"].host
    paths = [
        "/works/doi:10.1/a(b)c;2-2",
        "/works/doi:10.1%2Fa%3C1%3E",
        "/works?filter=doi:%2210.1/a,b%22%7C10.1/c&x=%2B+",
    ]

    async def go() -> None:
        async with visit(always(Answer()), tmp_path) as (source, client):
            for path in paths:
                await client.ask(Query(source="openalex", url=host + path, kind="single"), read)
            assert [asked.target for asked in source.asked] == ["/openalex" + path for path in paths]

    asyncio.run(go())


def _not_a_folder(path: Path) -> None:
    path.write_text("a file")


def _not_a_database(path: Path) -> None:
    path.mkdir()
    (path / "http.sqlite").write_bytes(b"this is no database " * 100)


def _another_database(path: Path) -> None:
    path.mkdir()
    in_cache(path, "CREATE TABLE entries (somebody TEXT)")


def _damaged_database(path: Path) -> None:
    ask_once(always(Answer()), path, single())
    file = path / "http.sqlite"
    damaged = bytearray(file.read_bytes())
    damaged[100:] = b"\xff" * (len(damaged) - 100)
    file.write_bytes(damaged)


@pytest.mark.parametrize("spoil", [_not_a_folder, _not_a_database, _another_database, _damaged_database])
def test_a_cache_that_cannot_be_used_is_reported_and_done_without(
    tmp_path: Path, spoil: Callable[[Path], None], capfd: pytest.CaptureFixture[str]
) -> None:
    """Every question is answered, the reason is kept as one line, and no traceback reaches the terminal."""
    folder = tmp_path / "cache"
    spoil(folder)

    async def go() -> None:
        async with visit(always(Answer()), folder) as (source, client):
            assert (await client.ask(single(), read)).value == {"id": 1}
            assert (await client.ask(single(), read)).value == {"id": 1}
            assert len(source.asked) == 2
            assert client.cache_failure
            assert "\n" not in client.cache_failure

    asyncio.run(go())
    assert capfd.readouterr() == ("", "")


def test_a_full_disk_does_not_stop_the_harvest(tmp_path: Path) -> None:
    """With no room for the cache every answer still arrives, and stderr stays empty (no logging configured)."""
    resource = pytest.importorskip("resource", reason="only POSIX can limit the size of a file")
    assert resource.RLIMIT_FSIZE is not None
    script = """
        import asyncio, pathlib, resource, sys
        from harvester.model import Query
        from harvester.transport import Client, Credentials, Patience

        async def main():
            folder, url = pathlib.Path(sys.argv[1]), sys.argv[2]
            settings = dict(cache=folder, credentials=Credentials(), replica=url, patience=Patience(1, 0.0))
            async with Client(**settings) as client:
                for number in range(5):
                    query = Query(source="openalex", url=f"https://api.openalex.org/works/W{number}", kind="single")
                    reply = await client.ask(query, lambda query, status, body: len(body))
                    print(reply.value, client.cache_failure)
                    resource.setrlimit(resource.RLIMIT_FSIZE, (1 << 17, resource.RLIM_INFINITY))

        asyncio.run(main())
    """

    async def go() -> tuple[bytes, bytes]:
        async with Source(always(Answer(body=b"1" * 100_000))) as source:
            process = await asyncio.create_subprocess_exec(
                *run_script(script, tmp_path, source.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
            )
            return await process.communicate()

    out, err = asyncio.run(go())
    lines = out.decode().splitlines()
    assert [line.split(" ", 1)[0] for line in lines] == ["100000"] * 5
    assert lines[0].endswith(" None")
    assert not lines[-1].endswith(" None")
    assert err == b""


def test_of_two_answers_kept_at_the_same_time_one_stays(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Each of two clients has laid its answer down before either looks for others to take away."""
    look = hishel.AsyncSqliteStorage.get_entries

    async def go() -> None:
        both = asyncio.Barrier(2)

        async def look_together(self: hishel.AsyncSqliteStorage, key: str) -> list[hishel.Entry]:
            await both.wait()
            return await look(self, key)

        caches = [Cache(tmp_path), Cache(tmp_path)]
        await caches[0].keep("https://api.openalex.org/works/W1", status=200, raw=b'"old"', encoding="identity")
        monkeypatch.setattr(hishel.AsyncSqliteStorage, "get_entries", look_together)
        await asyncio.gather(
            *(
                cache.keep("https://api.openalex.org/works/W1", status=200, raw=raw, encoding="identity")
                for cache, raw in zip(caches, (b'"a"', b'"b"'), strict=True)
            )
        )
        monkeypatch.undo()
        stored = await caches[0].find("https://api.openalex.org/works/W1")
        assert stored is not None
        assert stored.body in (b'"a"', b'"b"')
        for cache in caches:
            assert cache.failure is None
            await cache.aclose()

    asyncio.run(go())


def test_two_processes_share_a_cache_folder(tmp_path: Path) -> None:
    """Both finish, neither reports a failure, and a third client then asks nothing."""
    script = """
        import asyncio, pathlib, sys
        from harvester.model import Query
        from harvester.transport import Client, Credentials, Patience

        async def main():
            settings = dict(cache=pathlib.Path(sys.argv[1]), credentials=Credentials(), replica=sys.argv[2])
            async with Client(**settings, patience=Patience(1, 0.0)) as client:
                queries = [Query(source="openalex", url=f"https://api.openalex.org/works/W{n}", kind="single")
                           for n in range(8)]
                await asyncio.gather(*(client.ask(query, lambda query, status, body: body) for query in queries))
                print(client.cache_failure)

        asyncio.run(main())
    """

    async def go() -> None:
        async with visit(always(Answer(body=b'"' + b"1" * 50_000 + b'"')), tmp_path) as (source, client):
            processes = [
                await asyncio.create_subprocess_exec(
                    *run_script(script, tmp_path, source.url), stdout=subprocess.PIPE, stderr=subprocess.PIPE
                )
                for _ in range(2)
            ]
            outputs = [await process.communicate() for process in processes]
            assert outputs == [(b"None\n", b"")] * 2
            before = len(source.asked)
            for number in range(8):
                assert (await client.ask(single(number), read)).from_cache
            assert len(source.asked) == before

    asyncio.run(go())


def test_nothing_is_evicted_and_nothing_expires(tmp_path: Path) -> None:
    """The cache has no limit of size, and an entry no date on which it goes."""

    async def go() -> None:
        async with visit(always(Answer()), tmp_path) as (_, client):
            await client.ask(single(), read)
            assert client._cache._storage.max_size is None

    asyncio.run(go())
    assert in_cache(tmp_path, "SELECT expires_at, ttl_deadline, tti FROM entries") == [(None, None, None)]


def test_other_users_of_hishel_keep_their_log(caplog: pytest.LogCaptureFixture) -> None:
    """Complaints that are not of this client's making are not swallowed."""
    logging.getLogger(hishel.AsyncSqliteStorage.__module__).error("somebody else's trouble")
    assert "somebody else's trouble" in caplog.text


# -- credentials --------------------------------------------------------------------------------------


def test_each_source_is_told_its_own_credential_and_no_other(tmp_path: Path) -> None:
    """The key only as a bearer token to OpenAlex, the e-mail only in the User-Agent to Crossref."""

    async def go() -> list[Asked]:
        async with visit(always(Answer()), tmp_path) as (source, client):
            for query in (single(), listed(), single(source="crossref")):
                await client.ask(query, read)
            return source.asked

    for asked in asyncio.run(go()):
        shown = json.dumps([asked.target, asked.headers])
        assert asked.headers["user-agent"].startswith("citation-harvester/")
        if asked.target.startswith("/openalex"):
            assert asked.headers["authorization"] == f"Bearer {KEY}"
            assert shown.count(KEY) == 1
            assert MAIL not in shown
        else:
            assert asked.headers["user-agent"].endswith(f"(mailto:{MAIL})")
            assert shown.count(MAIL) == 1
            assert KEY not in shown


def test_without_credentials_nothing_is_said(tmp_path: Path) -> None:
    """An anonymous caller sends neither header."""

    async def go() -> list[Asked]:
        async with visit(always(Answer()), tmp_path, credentials=Credentials()) as (source, client):
            await client.ask(single(), read)
            await client.ask(single(source="crossref"), read)
            return source.asked

    for asked in asyncio.run(go()):
        assert "authorization" not in asked.headers
        assert "mailto" not in asked.headers["user-agent"]


@pytest.mark.parametrize("query", [single(), single(source="crossref")], ids=["openalex", "crossref"])
def test_a_redirect_to_another_place_is_followed_and_told_nothing(tmp_path: Path, query: Query) -> None:
    """Another port, or another path of a replica, is not the source."""

    async def go() -> None:
        async with Source(always(Answer())) as stranger:
            for number, location in enumerate([f"{stranger.url}/{query.source}/works/W1", "/elsewhere"]):
                moved = Answer(302, b"", {"Location": location})

                def script(asked: Asked, _before: int, moved: Answer = moved) -> Answer:
                    return moved if asked.target.startswith(f"/{query.source}/") else Answer()

                async with visit(script, tmp_path / str(number)) as (source, client):
                    assert (await client.ask(query, read)).value == {"id": 1}
                    elsewhere = source.asked[1:] if number else stranger.asked
                    assert len(elsewhere) == 1
                    assert KEY not in str(elsewhere)
                    assert MAIL not in str(elsewhere)

    asyncio.run(go())


@pytest.mark.parametrize(
    ("replica", "told"),
    [
        ("http://replica.example.org", False),
        ("https://replica.example.org", True),
        ("http://localhost:8000", True),
        ("http://[::1]:8000", True),
        ("http://127.0.0.1.example.org", False),
        (None, True),
    ],
)
@pytest.mark.parametrize("query", [single(), single(source="crossref")], ids=["openalex", "crossref"])
def test_nothing_is_told_in_the_clear_except_to_this_machine(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, replica: str | None, told: bool, query: Query
) -> None:
    """HTTPS, or loopback; over plain HTTP anybody on the way could read it."""
    stub = Stub(fine)
    monkeypatch.setattr(client_module, "wire", lambda: stub)

    async def go() -> None:
        settings: dict[str, Any] = {"cache": tmp_path, "credentials": CREDENTIALS, "patience": ONCE}
        async with Client(replica=replica, **settings) as client:
            await client.ask(query, read)

    asyncio.run(go())
    headers = str(dict(stub.requests[0].headers))
    assert (KEY in headers or MAIL in headers) is told


def test_a_redirect_to_plain_http_is_told_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """The same host, but everybody may listen."""
    moved = httpx.Response(301, headers={"location": "http://api.openalex.org/works/W1"})
    stub = Stub(lambda number: fine() if number else moved)
    monkeypatch.setattr(client_module, "wire", lambda: stub)

    async def go() -> None:
        async with Client(cache=tmp_path, credentials=CREDENTIALS, patience=ONCE) as client:
            await client.ask(single(), read)

    asyncio.run(go())
    assert ["authorization" in request.headers for request in stub.requests] == [True, False]


@pytest.mark.parametrize(
    "url",
    [
        "https://api.openalex.org.example.net/works",
        "https://api.openalex.org@example.net/works",
        "https://example.net/works",
        "http://api.openalex.org/works",
        "https://api.openalex.org:444/works",
    ],
)
def test_a_question_to_another_host_is_not_asked(tmp_path: Path, url: str) -> None:
    """A queue from a stranger's library cannot send a key elsewhere."""
    error, asked = ask_once(always(Answer()), tmp_path, Query(source="openalex", url=url, kind="single"))
    assert isinstance(error, Rejected)
    assert asked == []


def test_a_question_that_is_no_url_is_rejected(tmp_path: Path) -> None:
    """One bad identifier spoils one question, not the run."""
    for tail in ("works/\x01", "works/" + "x" * 70_000):
        query = Query(source="openalex", url=f"{POLICIES['openalex'].host}/{tail}", kind="single")
        error, asked = ask_once(always(Answer()), tmp_path, query)
        assert isinstance(error, Rejected)
        assert asked == []


def everything_shown(error: BaseException | None) -> str:
    """All that an exception and its causes can show."""
    shown = ""
    while error is not None:
        shown += f"{error}\n{error!r}\n{error.args}\n{vars(error)}\n"
        error = error.__cause__ or error.__context__
    return shown


def contents(folder: Path) -> dict[str, str]:
    return {file.name: file.read_bytes().decode("latin-1") for file in folder.iterdir()}


def test_no_credential_is_in_the_cache_the_log_a_repr_or_a_message(
    tmp_path: Path, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    """After a harvest with every kind of failure, from a source that repeats in its errors what it was told."""

    def script(asked: Asked, before: int) -> Answer:
        told = asked.headers.get("authorization", "") + asked.headers["user-agent"]
        said = json.dumps({"error": told, "message": told}).encode()
        number = int(asked.target[-1])
        if number == 0:
            return [Answer(500, said), DROP, Answer(body=b'{"id": 1}', cut=3), Answer()][min(before, 3)]
        if number == 1:
            return Answer(302, b"", {"Location": asked.target[:-1] + "9"})
        status = {2: 400, 3: 401, 4: 403, 5: 429, 6: 503, 7: 404}.get(number, 200)
        return Answer(status, said if status != 200 else b"1", {"Retry-After": "3600"} if number == 6 else {})

    caplog.set_level(logging.DEBUG)
    monkeypatch.setattr(pace_module, "HEADROOM", 1e6)  # at a run
    shown = ""

    async def go() -> None:
        nonlocal shown
        patience = Patience(attempts=5, first_wait=0.0)
        async with visit(script, tmp_path, patience=patience) as (source, client):
            for query in [ask(n, name) for n in range(9) for name in POLICIES for ask in (single, listed)]:
                try:
                    shown += repr(await client.ask(query, read))
                except HarvesterError as error:
                    shown += everything_shown(error)
            assert sum(KEY in str(asked.headers) for asked in source.asked) > 20
            assert sum(MAIL in str(asked.headers) for asked in source.asked) > 20
            for each in (client, client._http, client._cache, client.tallies, CREDENTIALS, vars(client)):
                shown += repr(each)
            files = contents(tmp_path)  # while it is open: the database, its -wal and its -shm
            assert {"http.sqlite", "http.sqlite-wal", "http.sqlite-shm"} <= files.keys()
            shown += "".join(files.values())

    asyncio.run(go())
    shown += "".join(contents(tmp_path).values())
    logged = "\n".join(
        f"{record.name} {record.getMessage()} {record.args} {record.exc_info}" for record in caplog.records
    )
    assert "httpcore" in logged
    assert "works/W8" in logged
    for secret in (KEY, MAIL):
        assert secret not in shown
        assert secret not in logged


@pytest.mark.parametrize("key", ["", "a b", "a\r\nHost: x", "schlüssel", "a\0", "a\x7f"])
def test_a_key_that_cannot_be_one_is_not_repeated(key: str) -> None:
    """It would break the header, or smuggle in another one."""
    with pytest.raises(InputError) as caught:
        Credentials(openalex_key=f"secret{key}" if key else "")
    assert "secret" not in everything_shown(caught.value)


@pytest.mark.parametrize("mail", ["", "nobody", "a@b@c", "a b@c.d", "a@c.d)\r\nX: y", "a(b)@c.d", "ä@c.d", "@", "a@"])
def test_an_address_that_cannot_be_one_is_not_repeated(mail: str) -> None:
    """It would break the header, or the comment that it stands in."""
    with pytest.raises(InputError) as caught:
        Credentials(crossref_mailto=mail)
    assert not mail or mail not in everything_shown(caught.value).replace("name@example.org", "") or mail == "@"


# -- the way there ------------------------------------------------------------------------------------


class _Tunnel:
    """A proxy that notes what it is asked to connect to, and refuses."""

    def __init__(self) -> None:
        self.heads: list[str] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.address = f"127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        self.heads.append((await reader.readuntil(b"\r\n\r\n")).decode())
        writer.write(b"HTTP/1.1 502 No way\r\nContent-Length: 0\r\n\r\n")
        await writer.drain()
        writer.close()


@pytest.mark.parametrize("variable", ["https_proxy", "HTTPS_PROXY", "all_proxy"])
@pytest.mark.parametrize("scheme", ["http://", ""])
def test_other_machines_are_reached_through_the_proxy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, variable: str, scheme: str
) -> None:
    """The proxy sees the host and no credential; loopback does not go through it, nor does it see a refusal."""

    async def go() -> None:
        async with _Tunnel() as tunnel:
            monkeypatch.setenv(variable, scheme + tunnel.address)
            monkeypatch.setenv("http_proxy", "http://" + tunnel.address)
            async with Client(cache=tmp_path, credentials=CREDENTIALS, patience=ONCE, budget=Decimal(1)) as client:
                with pytest.raises(SourceDown, match=r"openalex .*cannot be reached"):
                    await client.ask(searched(), read)
                assert client.tallies["openalex"].spent == 0
            assert [head.split()[:2] for head in tunnel.heads] == [["CONNECT", "api.openalex.org:443"]]
            assert KEY not in tunnel.heads[0]
            async with visit(always(Answer()), tmp_path) as (source, client):
                await client.ask(single(), read)
                assert len(source.asked) == 1
            assert len(tunnel.heads) == 1

    asyncio.run(go())


@pytest.mark.parametrize(
    ("url", "no_proxy", "way"),
    [
        ("https://api.openalex.org/works", "", "proxy"),
        ("https://api.openalex.org/works", "api.openalex.org", "direct"),
        ("https://api.openalex.org/works", "crossref.org, .openalex.org", "direct"),
        ("https://api.openalex.org/works", "*", "direct"),
        ("https://api.openalex.org/works", "example.org", "proxy"),
        ("https://127.0.0.1:8000/openalex", "", "direct"),
        ("https://localhost/openalex", "", "direct"),
        ("https://[::1]/openalex", "", "direct"),
        ("http://127.0.0.1:8000/openalex", "", "direct"),
    ],
)
def test_no_proxy_and_loopback_go_directly(monkeypatch: pytest.MonkeyPatch, url: str, no_proxy: str, way: str) -> None:
    """As every other program on the machine does."""
    monkeypatch.setenv("https_proxy", "http://127.0.0.1:9")
    monkeypatch.setenv("no_proxy", no_proxy)
    stubs = {"direct": Stub(fine), "proxy": Stub(fine)}
    layer = Proxied(stubs["direct"], stubs["proxy"])
    asyncio.run(_send(layer, url))
    assert [name for name, stub in stubs.items() if stub.times] == [way]


async def _send(layer: httpx.AsyncBaseTransport, url: str) -> None:
    await layer.handle_async_request(httpx.Request("GET", url))


@pytest.mark.parametrize("proxy", ["gopher://user:hunter2@proxy:70", "http://user:hunter2@p:x"])
def test_a_proxy_that_cannot_be_used_is_a_sentence_without_its_password(
    monkeypatch: pytest.MonkeyPatch, proxy: str
) -> None:
    """And the sentence says which variable to look at."""
    monkeypatch.setenv("https_proxy", proxy)
    with pytest.raises(InputError, match="HTTPS_PROXY") as caught:
        wire()
    assert "hunter2" not in str(caught.value)
    assert caught.value.__cause__ is None


@pytest.mark.parametrize("host", ["127.0.0.1", "127.9.9.9", "::1", "localhost", "api.localhost"])
def test_this_machine_is_known_by_its_names(host: str) -> None:
    """Addresses of loopback, and the reserved name."""
    assert is_loopback(host)
    assert not is_loopback(host + ".example.org")


@pytest.mark.parametrize(
    "replica",
    [
        "",
        "nonsense",
        "localhost:8000",
        "127.0.0.1:8000",
        "ftp://127.0.0.1/",
        "http://",
        "http://:8000",
        "http://127.0.0.1:port",
        "http://127.0.0.1:99999",
        "http://127.0.0.1:0",
        "http://[::1",
        "http://a b/",
        "http://127.0.0.1:8000/?x=1",
        "http://127.0.0.1:8000/#x",
        "http://user:hunter2@127.0.0.1:8000",
        "http://127.0.0.1:8000\x00",
        "http://" + "x" * 70_000,
    ],
)
def test_a_replica_that_is_no_address_is_said_at_once(tmp_path: Path, replica: str) -> None:
    """Not at the first question, and not with a traceback."""
    with pytest.raises(InputError, match=r"http://127\.0\.0\.1:8000$") as caught:
        Client(cache=tmp_path, credentials=CREDENTIALS, replica=replica, patience=ONCE)
    assert "hunter2" not in str(caught.value)


def test_a_replica_may_be_written_with_a_slash(tmp_path: Path) -> None:
    """Or without: the questions are the same."""

    async def go() -> None:
        async with Source(always(Answer())) as source:
            for address in (source.url, source.url + "/"):
                async with Client(
                    cache=tmp_path / "cache", credentials=CREDENTIALS, replica=address, patience=ONCE
                ) as client:
                    await client.ask(single(), read)
            assert [asked.target for asked in source.asked] == ["/openalex/works/W1"]

    asyncio.run(go())


def test_the_tally_says_what_was_asked(tmp_path: Path) -> None:
    """Requests, refusals, failures, cache hits and the pool that Crossref puts the caller in."""

    async def go() -> Tally:
        script = first(Answer(429), Answer(500), Answer(headers={"x-api-pool": "polite-single"}))
        async with visit(script, tmp_path) as (_, client):
            await client.ask(single(source="crossref"), read)
            await client.ask(single(source="crossref"), read)
            return client.tallies["crossref"]

    tally = asyncio.run(go())
    assert tally == Tally(requests=3, refused=1, from_cache=1, failed_attempts=2, pool="polite-single")


def test_a_harvest_through_a_replica_with_faults_has_every_answer(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Compressed, cut, dropped, refused in HTML: in the end each answer is whole, and kept."""
    monkeypatch.setattr(pace_module, "HEADROOM", 1e6)  # at a run
    works = tuple(
        {"id": f"https://openalex.org/W{n}", "title": f"Work {n} " + "of many words " * 200} for n in range(10, 50)
    )
    spec = parse("503=0.1,504html=0.1,cut=0.3,drop=0.1,seed=7")

    async def go(url: str) -> None:
        patience = Patience(attempts=20, first_wait=0.0)
        async with Client(cache=tmp_path, credentials=CREDENTIALS, replica=url, patience=patience) as client:
            for from_cache in (False, True):
                replies = await asyncio.gather(*(client.ask(single(n), read) for n in range(10, 50)))
                assert [reply.value["title"] for reply in replies] == [work["title"] for work in works]
                assert {reply.from_cache for reply in replies} == {from_cache}
            tally = client.tallies["openalex"]
            assert tally.failed_attempts > 10
            assert tally.requests == 40 + tally.failed_attempts

    with Replica(sites(Corpus(openalex=works), unlimited=True), faults=spec) as replica:
        asyncio.run(go(replica.url))


# -- questions that may be asked once only ------------------------------------------------------------


def page(number: int = 1) -> Query:
    """The next page of a cursor at Crossref: whoever asks twice is given two pages."""
    return Query(
        source="crossref", url=f"{POLICIES['crossref'].host}/works?query=peer&rows=2&cursor={number}", kind="search"
    )


@pytest.mark.parametrize(
    "lost",
    [
        Answer(body=b'{"id": 1, "title": "Peer support"}', cut=20),
        Answer(body=b'{"id": 1, "title": "Pe'),
        Answer(body=b""),
        Answer(body=b"<html>please log in</html>"),
        Answer(body=b"not gzip at all", headers={"Content-Encoding": "gzip"}),
        Answer(408),
        Answer(500),
        Answer(503, b"<html>", {"Retry-After": "0"}),
        Answer(504, b"<html>"),
        DROP,
    ],
    ids=["cut", "short", "empty", "HTML", "encoding", "408", "500", "503", "504", "drop"],
)
def test_a_question_that_may_be_asked_once_is_not_repeated_when_its_answer_is_lost(
    tmp_path: Path, lost: Answer
) -> None:
    """One request, one sentence, nothing in the cache; the same question without `once` is asked again."""

    async def go() -> None:
        async with visit(first(lost, Answer()), tmp_path) as (source, client):
            with pytest.raises(SourceDown, match="in 1 attempt"):
                await client.ask(page(), read, once=True)
            assert len(source.asked) == 1
            assert client.tallies["crossref"].failed_attempts == 1
            assert await client._cache.find(f"{source.url}/crossref/works?query=peer&rows=2&cursor=1") is None
        async with visit(first(lost, Answer()), tmp_path) as (source, client):
            assert (await client.ask(page(), read)).value == {"id": 1}
            assert len(source.asked) == 2

    asyncio.run(go())


def test_a_question_that_may_be_asked_once_is_not_repeated_when_its_reader_refuses_the_answer(tmp_path: Path) -> None:
    """As a source does with a cursor that is no longer open; the reader's own words are in the sentence."""

    def refuse(_query: Query, status: int, _body: bytes) -> None:
        raise Unreadable(f"the cursor is not open ({status})")

    async def go() -> None:
        async with visit(always(Answer(404, b"{}")), tmp_path) as (source, client):
            with pytest.raises(SourceDown, match=r"the cursor is not open \(404\)") as caught:
                await client.ask(page(), refuse, once=True)
            assert isinstance(caught.value.__cause__, Unreadable)
            assert len(source.asked) == 1

    asyncio.run(go())


class _Silent(Source):
    """Takes the request and never answers."""

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        self.asked.append(Asked(head.split(" ")[1], {}))
        await reader.read()
        writer.close()


@pytest.mark.parametrize("once", [True, False])
def test_a_question_that_may_be_asked_once_is_not_repeated_when_the_source_hangs(tmp_path: Path, once: bool) -> None:
    """The time for reading begins when all is sent, so the source may have read it."""

    async def go() -> None:
        async with (
            _Silent(always(DROP)) as source,
            Client(cache=tmp_path, credentials=CREDENTIALS, replica=source.url, patience=AT_ONCE) as client,
        ):
            client._http.timeout = httpx.Timeout(90.0, read=0.01)
            with pytest.raises(SourceDown, match="too long"):
                await client.ask(page(), read, once=once)
            assert client.tallies["crossref"].requests == (1 if once else AT_ONCE.attempts)

    asyncio.run(go())


def test_a_question_that_may_be_asked_once_is_repeated_after_a_429(tmp_path: Path) -> None:
    """Whoever goes too fast is turned away before the question is read."""

    async def go() -> None:
        script = first(Answer(429, b""), Answer(429, b"", {"Retry-After": "0"}), Answer())
        async with visit(script, tmp_path) as (source, client):
            reply = await client.ask(page(), read, once=True)
            assert (reply.value, reply.from_cache, len(source.asked)) == ({"id": 1}, False, 3)
            assert client.tallies["crossref"].refused == 2

    asyncio.run(go())


def test_after_a_429_a_question_that_may_be_asked_once_is_still_lost_only_once(tmp_path: Path) -> None:
    """The first request was not read, the second may have been, and there is no third."""

    async def go() -> None:
        async with visit(first(Answer(429), Answer(503), Answer()), tmp_path) as (source, client):
            with pytest.raises(SourceDown, match="HTTP 503"):
                await client.ask(page(), read, once=True)
            assert len(source.asked) == 2

    asyncio.run(go())


def test_a_question_that_may_be_asked_once_is_repeated_while_nobody_can_be_reached(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Neither a refused connection nor a proxy that finds no way has brought the question to anybody."""
    failures = [httpx.ConnectError("refused"), httpx.ConnectTimeout("no answer"), httpx.ProxyError("no way")]

    def answer(number: int) -> httpx.Response:
        if number < len(failures):
            raise failures[number]
        return fine()

    stub = Stub(answer)
    monkeypatch.setattr(client_module, "wire", lambda: stub)

    async def go() -> None:
        patience = Patience(attempts=4, first_wait=0.0)
        async with Client(cache=tmp_path, credentials=CREDENTIALS, patience=patience) as client:
            assert (await client.ask(page(), read, once=True)).value == {"id": 1}
            assert client.tallies["crossref"].failed_attempts == 3

    asyncio.run(go())
    assert len(stub.times) == 4


@pytest.mark.parametrize("lose", [httpx.ReadError, httpx.WriteError, httpx.RemoteProtocolError, httpx.WriteTimeout])
def test_a_connection_that_breaks_may_have_carried_the_question(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, lose: type[httpx.TransportError]
) -> None:
    """Even while it was being written."""

    def answer(_number: int) -> httpx.Response:
        raise lose("broken")

    stub = Stub(answer)
    monkeypatch.setattr(client_module, "wire", lambda: stub)

    async def go() -> None:
        async with Client(cache=tmp_path, credentials=CREDENTIALS, patience=AT_ONCE) as client:
            with pytest.raises(SourceDown, match="broken"):
                await client.ask(page(), read, once=True)

    asyncio.run(go())
    assert len(stub.times) == 1


def test_a_question_that_may_be_asked_once_passes_by_the_cache(tmp_path: Path) -> None:
    """The same question is the next page: it is neither looked up nor kept, and leaves alone what others kept."""

    async def go() -> None:
        script = first(*(Answer(body=str(number).encode()) for number in range(4)))
        async with visit(script, tmp_path) as (source, client):
            pages = [await client.ask(page(), read, once=True) for _ in range(2)]
            assert [(reply.value, reply.from_cache) for reply in pages] == [(0, False), (1, False)]
            assert not (await client.ask(page(), read)).from_cache
            assert (await client.ask(page(), read, once=True)).value == 3
            kept = await client.ask(page(), read)
            assert (kept.value, kept.from_cache, len(source.asked)) == (2, True, 4)

    asyncio.run(go())
