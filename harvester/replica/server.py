"""The replica's sites on a socket of this machine.

`app` is the ASGI application: it finds the site by the first segment of the path, passes the path on as it came
over the wire (OpenAlex bills by how a colon is written), applies faults, compresses, and keeps a log of what
was asked and answered. `Replica` runs it in a thread for tests and the demo, `serve` in the foreground.

`GET /_log` is that log as JSON, `DELETE /_log` empties it; neither is counted, and no credentials are kept in it.
"""

import asyncio
import gzip
import json
import re
import signal
import socket
import threading
import time
from collections import Counter, deque
from collections.abc import Awaitable, Callable, Iterator, Mapping, MutableMapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from harvester.replica.faults import Faults, emptied, instead
from harvester.replica.http import Request, Response, Site

if TYPE_CHECKING:
    import uvicorn

__all__ = ["Replica", "app", "serve"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

_KEPT_REQUESTS = 100_000
_WORTH_COMPRESSING = 1_000
_SECRET = re.compile(r"((?:^|[?&])(?:api[_-]key|mailto)=)[^&]*", re.IGNORECASE)
_SECRET_HEADERS = frozenset({"authorization", "api_key", "api-key", "crossref-plus-api-token", "crossref-api-key"})


class _Log:
    """What was asked: the latest requests one by one, and counts over all of them."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        self.requests: deque[dict[str, Any]] = deque(maxlen=_KEPT_REQUESTS)
        self.statuses: Counter[str] = Counter()
        self.faults: Counter[str] = Counter()
        self.count = 0

    def add(self, request: Request, url: str, status: int | None, fault: str | None) -> None:
        """Note a request; a status of None is a connection that was closed without an answer."""
        self.count += 1
        self.statuses[str(status)] += 1
        if fault is not None:
            self.faults[fault] += 1
        headers = {name: "redacted" if name in _SECRET_HEADERS else value for name, value in request.headers.items()}
        self.requests.append(
            {
                "at": request.now,
                "method": request.method,
                "url": url,
                "status": status,
                "fault": fault,
                "user_agent": request.headers.get("user-agent"),
                "headers": headers,
            }
        )

    def answer(self) -> Response:
        body = {
            "count": self.count,
            "statuses": self.statuses,
            "faults": self.faults,
            "requests": list(self.requests),
        }
        return Response(200, {"content-type": "application/json"}, json.dumps(body).encode())


def app(
    sites: Mapping[str, Site], *, faults: Faults | None = None, clock: Callable[[], float] = time.time
) -> Application:
    """The ASGI application over `sites`, each under `/` and its name; any other path is a 404."""
    log = _Log()
    asked: Counter[str] = Counter()
    afflictions = faults or Faults()

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"The replica speaks HTTP, not {scope['type']}.")
        target, prefix, request = _asked(scope, clock())
        while (await receive()).get("more_body"):
            pass  # whatever was posted: none of the questions served here has a body
        if prefix == "_log":
            if request.method == "DELETE":
                log.clear()
            await _send(log.answer(), request, send)
            return
        site = sites.get(prefix)
        if site is None:
            names = ", ".join(f"/{name}" for name in sorted(sites))
            answer = Response(404, {"content-type": "text/plain"}, f"The replica serves {names}.\n".encode())
            await _send(answer, request, send)
            return
        url = _SECRET.sub(r"\1redacted", target)
        times = asked[url]
        asked[url] += 1
        if afflictions.latency:
            await asyncio.sleep(afflictions.latency)
        fault, response = _answered(afflictions.strike(url, times), prefix, site, request)
        log.add(request, url, None if fault == "drop" else response.status, fault)
        if fault == "drop":
            await _hang_up(scope, receive)
        elif fault == "cut":
            share = 0.1 + 0.8 * afflictions.chance(url, times, "where")
            if afflictions.chance(url, times, "noticed") < 0.5:
                body = response.body[: max(1, int(len(response.body) * share))]
                await _send(replace(response, body=body), request, send)
            else:
                await _send(response, request, send, share=share)
                await _hang_up(scope, receive)
        else:
            await _send(response, request, send)

    return application


def _asked(scope: Scope, now: float) -> tuple[str, str, Request]:
    """The target as it was written, the site's prefix, and the request as the site is to see it."""
    raw_path = scope.get("raw_path", scope["path"].encode()).decode("latin-1")
    query = scope["query_string"].decode("latin-1")
    prefix, slash, rest = raw_path.removeprefix("/").partition("/")
    request = Request(
        method=scope["method"],
        raw_path=slash + rest or "/",
        query=query,
        headers={name.decode("latin-1").lower(): value.decode("latin-1") for name, value in scope["headers"]},
        client=(scope.get("client") or ("unknown", 0))[0],
        now=now,
    )
    return raw_path + (f"?{query}" if query else ""), prefix, request


def _answered(fault: str | None, prefix: str, site: Site, request: Request) -> tuple[str | None, Response]:
    """The answer, and the fault that really struck: not all can strike every request."""
    if fault is not None and (refusal := instead(fault, prefix, site, request)) is not None:
        return fault, refusal
    response = site.answer(request)
    if fault == "empty-page" and (without := emptied(response)) is not None:
        return fault, without
    if fault == "cut" and request.method != "HEAD" and len(response.body) > 1:
        return fault, response
    return ("drop" if fault == "drop" else None), response


async def _send(response: Response, request: Request, send: Send, *, share: float = 1.0) -> None:
    """Send the answer, or a `share` of what its headers promise."""
    headers, body = dict(response.headers), response.body
    if len(body) > _WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        # No time of day in it: the same answer is the same bytes.
        body = gzip.compress(body, compresslevel=1, mtime=0)
        headers |= {"content-encoding": "gzip", "vary": "Accept-Encoding"}
    if request.method == "HEAD":
        body = b""
    elif response.status != 204:
        headers["content-length"] = str(len(body))
    lines = [(name.lower().encode("latin-1"), value.encode("latin-1")) for name, value in headers.items()]
    await send({"type": "http.response.start", "status": response.status, "headers": lines})
    whole = share >= 1
    sent = body if whole else body[: max(1, min(len(body) - 1, int(len(body) * share)))]
    await send({"type": "http.response.body", "body": sent, "more_body": not whole})


async def _hang_up(scope: Scope, receive: Receive) -> None:
    """Close the connection under the server, which would otherwise put an answer of its own there."""
    transport = scope.get("state", {}).get("transport")
    if transport is None:
        raise ConnectionResetError("the connection was closed on purpose, as a fault")
    transport.close()
    while (await receive())["type"] != "http.disconnect":
        pass


def _server(application: Application) -> "uvicorn.Server":
    import uvicorn  # imported where it is needed: the command line starts in less time than uvicorn takes
    from uvicorn.protocols.http.h11_impl import H11Protocol

    class Protocol(H11Protocol):
        """Hands its connection to the application, so that a fault can close it."""

        def connection_made(self, transport: asyncio.Transport) -> None:  # type: ignore[override]  # H11Protocol narrows it too
            super().connection_made(transport)
            self.app_state = {**self.app_state, "transport": transport}

    return uvicorn.Server(
        uvicorn.Config(
            application,
            http=Protocol,
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,
            log_level="error",  # a site that fails is to be seen
            access_log=False,
            server_header=False,
            timeout_graceful_shutdown=5,
        )
    )


def _listening(host: str, port: int) -> socket.socket:
    listener = socket.create_server((host, port), backlog=2048)
    listener.setblocking(False)
    return listener


class Replica:
    """A replica in a thread of this process, on a port of its own choice unless one is given.

    The socket listens before the thread starts, so `url` can be asked as soon as the block is entered.

    >>> with Replica({}) as replica:
    ...     replica.url.startswith("http://127.0.0.1:")
    True
    """

    def __init__(
        self,
        sites: Mapping[str, Site],
        *,
        faults: Faults | None = None,
        port: int = 0,
        clock: Callable[[], float] = time.time,
    ) -> None:
        self._application = app(sites, faults=faults, clock=clock)
        self._port = port

    def __enter__(self) -> Self:
        self._listener = _listening("127.0.0.1", self._port)
        self.url = f"http://127.0.0.1:{self._listener.getsockname()[1]}"
        self._server = _server(self._application)
        self._thread = threading.Thread(
            target=self._server.run, kwargs={"sockets": [self._listener]}, name="replica", daemon=True
        )
        self._thread.start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        self._server.should_exit = True
        self._thread.join()
        self._listener.close()


def serve(
    sites: Mapping[str, Site],
    *,
    faults: Faults | None = None,
    host: str = "127.0.0.1",
    port: int = 0,
    ready: Callable[[str], None] = lambda _: None,
) -> None:
    """Serve until interrupted; `ready` is told the URL once it can be asked. Ctrl-C is the usual end, no error."""
    server = _server(app(sites, faults=faults))

    def stop(_number: int, _frame: object) -> None:
        server.should_exit = True

    with _listening(host, port) as listener, _signals(stop):
        # From here on an interrupt ends the server, even one that comes before it has begun to serve.
        ready(f"http://{host}:{listener.getsockname()[1]}")
        server.run(sockets=[listener])


@contextmanager
def _signals(stop: Callable[[int, object], None]) -> Iterator[None]:
    """Let SIGINT and SIGTERM call `stop`; elsewhere than in the main thread nothing can be caught."""
    before = {}
    for number in (signal.SIGINT, signal.SIGTERM):
        with suppress(ValueError):
            before[number] = signal.signal(number, stop)
    try:
        yield
    finally:
        for number, handler in before.items():
            signal.signal(number, handler)
