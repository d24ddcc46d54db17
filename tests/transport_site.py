"""A source that answers by a script, an event loop whose clock jumps, and questions to ask: for the transport."""

import asyncio
import json
import selectors
import sys
import textwrap
from collections.abc import AsyncIterator, Callable, Coroutine
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Self, TypeVar

import httpx

from harvester.errors import (
    HarvesterError,
    Unreadable,
)
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.transport import Client, Credentials, Patience, Tally

T = TypeVar("T")

KEY = "k3y-0f-0penalex-n0b0dy-may-see"
MAIL = "reviewer.nobody.may.see@example.org"
CREDENTIALS = Credentials(openalex_key=KEY, crossref_mailto=MAIL)
AT_ONCE = Patience(attempts=3, first_wait=0.0)
ONCE = Patience(attempts=1, first_wait=0.0)


def single(number: int = 1, source: str = "openalex") -> Query:
    path = f"works/W{number}" if source == "openalex" else f"works/10.1000%2F{number}"
    return Query(source=source, url=f"{POLICIES[source].host}/{path}", kind="single")


def listed(number: int = 1, source: str = "openalex") -> Query:
    return Query(source=source, url=f"{POLICIES[source].host}/works?filter=doi:10.1/{number}", kind="list")


def searched(number: int = 1, source: str = "openalex") -> Query:
    return Query(source=source, url=f"{POLICIES[source].host}/works?search={number}", kind="search")


def read(_query: Query, status: int, body: bytes) -> Any:
    """Read as a source does: a 404 needs no body, anything else is JSON."""
    if status == 404:
        return None
    try:
        return json.loads(body)
    except ValueError as error:
        raise Unreadable("that is no JSON") from error


# -- a source that answers as it is told -------------------------------------------------------------


@dataclass(frozen=True)
class Asked:
    """A request as it came over the wire."""

    target: str
    headers: dict[str, str]


@dataclass(frozen=True)
class Answer:
    """An answer; `cut` closes the connection after so many bytes of the body."""

    status: int = 200
    body: bytes = b'{"id": 1}'
    headers: dict[str, str] = field(default_factory=dict)
    cut: int | None = None


DROP = Answer(status=0)
"""The connection is closed without a word."""

Script = Callable[[Asked, int], Answer]


class Source:
    """A server on loopback that answers each request by a script, told how often that target was asked before."""

    def __init__(self, script: Script) -> None:
        self.script = script
        self.asked: list[Asked] = []

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._serve, "127.0.0.1", 0)
        self.url = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        await self._server.wait_closed()

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            lines = (await reader.readuntil(b"\r\n\r\n")).decode().split("\r\n")
            headers = dict(line.lower().split(": ", 1) for line in lines[1:] if line)
            exact = dict(line.split(": ", 1) for line in lines[1:] if line)
            asked = Asked(lines[0].split(" ")[1], {name.lower(): value for name, value in exact.items()})
            assert headers.keys() == asked.headers.keys()
            before = sum(each.target == asked.target for each in self.asked)
            self.asked.append(asked)
            answer = self.script(asked, before)
            if answer is not DROP:
                sent = {"Content-Length": str(len(answer.body)), "Connection": "close", **answer.headers}
                head = "".join(f"{name}: {value}\r\n" for name, value in sent.items())
                writer.write(f"HTTP/1.1 {answer.status} X\r\n{head}\r\n".encode() + answer.body[: answer.cut])
                await writer.drain()
        except (ConnectionError, asyncio.IncompleteReadError):
            pass
        finally:
            writer.close()


def always(answer: Answer) -> Script:
    return lambda _asked, _before: answer


def first(*answers: Answer) -> Script:
    """Each of these in turn, then the last for ever."""
    return lambda _asked, before: answers[min(before, len(answers) - 1)]


@asynccontextmanager
async def visit(
    script: Script,
    cache: Path,
    *,
    patience: Patience = AT_ONCE,
    credentials: Credentials = CREDENTIALS,
    **settings: Any,
) -> AsyncIterator[tuple[Source, Client]]:
    async with (
        Source(script) as source,
        Client(cache=cache, credentials=credentials, replica=source.url, patience=patience, **settings) as client,
    ):
        yield source, client


def ask_once(script: Script, cache: Path, query: Query, **settings: Any) -> tuple[Any, list[Asked]]:
    """One visit, one question: its value or error, and what was asked."""

    async def go() -> tuple[Any, list[Asked]]:
        async with visit(script, cache, **settings) as (source, client):
            try:
                return (await client.ask(query, read)).value, source.asked
            except HarvesterError as error:
                return error, source.asked

    return asyncio.run(go())


# -- time that passes only while everybody waits ------------------------------------------------------


class _Hourglass(selectors.DefaultSelector):
    now = 0.0

    def select(self, timeout: float | None = None) -> list[tuple[selectors.SelectorKey, int]]:
        events = super().select(0 if timeout is not None else None)
        if not events:
            # Never quite still: aiolimiter sets timers a rounding error ahead.
            self.now += max(timeout or 0.0, 1e-7)
        return events


class VirtualLoop(asyncio.SelectorEventLoop):
    """An event loop whose clock jumps to the next timer."""

    def __init__(self) -> None:
        self.hourglass = _Hourglass()
        super().__init__(self.hourglass)

    def time(self) -> float:
        return self.hourglass.now


def virtually(main: Coroutine[Any, Any, T]) -> T:
    with asyncio.Runner(loop_factory=VirtualLoop) as runner:
        return runner.run(main)


class Stub(httpx.AsyncBaseTransport):
    """Stands in for everything below a layer, and notes when it was asked and how much at a time."""

    def __init__(self, answer: Callable[[int], httpx.Response], *, takes: float = 0.0) -> None:
        self.answer = answer
        self.takes = takes
        self.times: list[float] = []
        self.requests: list[httpx.Request] = []
        self.open = self.most_open = 0

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        number = len(self.times)
        self.times.append(asyncio.get_running_loop().time())
        self.requests.append(request)
        self.open += 1
        self.most_open = max(self.most_open, self.open)
        try:
            await asyncio.sleep(self.takes)
            return self.answer(number)
        finally:
            self.open -= 1


def request(query: Query, address: str | None = None) -> httpx.Request:
    """A request as the client makes it."""
    extensions = {
        "query": query,
        "address": httpx.URL(address or POLICIES[query.source].host),
        "accept": lambda response: read(query, response.status_code, response.content),
    }
    return httpx.Request("GET", query.url, extensions=extensions)


def fine(_number: int = 0) -> httpx.Response:
    return httpx.Response(200, content=b'{"id": 1}')


def tallies() -> dict[str, Tally]:
    return {source: Tally() for source in POLICIES}


def run_script(script: str, *arguments: object) -> list[str]:
    return [sys.executable, "-c", textwrap.dedent(script), *map(str, arguments)]
