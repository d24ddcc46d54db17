"""The page on a socket of this machine: what is on it, and the decisions that readers of it take.

Nobody is let in but who has the address: it has a random token in it, and the socket is one of 127.0.0.1. Where a
browser is begun with the address, whoever may list the processes of this machine sees it; without one nobody does
but who reads what is printed. A site that
has its own name lead here (DNS rebinding) is turned away by the name that it is asked under, and one that sends its
reader's browser here to write, by the origin that browsers state (fetch.spec.whatwg.org, "Origin header"). Every
answer says by its headers that it is for this page alone.
"""

import asyncio
import json
import os
import re
import secrets
import socket
import sqlite3
import threading
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import Annotated, Any, Final, NamedTuple

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from graph.export.text import one_line
from graph.page import Served
from harvester.errors import HarvesterError, InputError, LibraryBusy, LibraryError
from harvester.library import Library, chases, schema
from harvester.library.screening import Decided, Decision, keep
from harvester.library.store import now

__all__ = ["LARGEST", "Viewed", "app", "listening", "open_browser", "serve"]

Scope = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[MutableMapping[str, Any]]]
Send = Callable[[MutableMapping[str, Any]], Awaitable[None]]
Application = Callable[[Scope, Receive, Send], Awaitable[None]]

HOST: Final = "127.0.0.1"
HTTP: Final = 80
"""The port that browsers leave out of an address."""
LARGEST: Final = 1 << 16
"""Bytes that a browser may send at once: a decision with its reason."""
READING: Final = ("GET", "HEAD")
PATIENCE: Final = 5
"""Seconds that answers under way have when the server ends."""

_DETAILS = re.compile(rb"details/(0|[1-9][0-9]{0,5})")


class Viewed(NamedTuple):
    """A page and the library behind it."""

    library: Path
    pieces: Served
    revision: bytes | None
    """What stood for the works and citations of the library when the page was made."""


class _Sent(BaseModel):
    """A decision as the page sends it."""

    model_config = ConfigDict(extra="forbid", strict=True)

    key: Annotated[str, Field(max_length=5_000)]
    decision: Decision
    reason: Annotated[str, Field(max_length=2_000)] | None = None
    person: Annotated[str, Field(max_length=200)] | None = None


@dataclass(frozen=True)
class _Answer:
    status: HTTPStatus
    body: bytes = b""
    type: str = "application/octet-stream"
    headers: tuple[tuple[str, str], ...] = ()


def app(viewed: Viewed, *, token: str, port: int) -> Application:
    """The ASGI application: the document and its pieces below `/token/`, and nothing for who does not know that.

    Decisions are read from the library whenever they are asked for, and written to it in the order in which they come;
    it is held for that moment alone.
    """
    names = {f"{name}:{port}" for name in (HOST, "localhost")}
    if port == HTTP:
        names |= {HOST, "localhost"}
    opened = now()
    one_by_one = asyncio.Lock()
    guarding = (
        ("content-security-policy", f"{viewed.pieces.policy}; frame-ancestors 'none'"),
        ("x-content-type-options", "nosniff"),
        ("referrer-policy", "no-referrer"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-resource-policy", "same-origin"),
        ("cache-control", "no-store"),
    )

    async def application(scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            raise ValueError(f"the page is served over HTTP, not {scope['type']}")
        answer = await answered(scope, receive)
        headers = [*guarding, *answer.headers, ("content-length", str(len(answer.body)))]
        if answer.body:
            headers.append(("content-type", answer.type))
        lines = [(name.encode("latin-1"), value.encode("latin-1")) for name, value in headers]
        await send({"type": "http.response.start", "status": answer.status, "headers": lines})
        await send({"type": "http.response.body", "body": b"" if scope["method"] == "HEAD" else answer.body})

    async def answered(scope: Scope, receive: Receive) -> _Answer:
        if len(stated := _stated(scope, b"host")) != 1 or stated[0].lower() not in names:
            return _Answer(HTTPStatus.MISDIRECTED_REQUEST)
        _, given, *rest = [*scope["raw_path"].split(b"/", 2), b""][:3]
        if not secrets.compare_digest(given, token.encode()):
            return _Answer(HTTPStatus.NOT_FOUND)
        is_writing = scope["method"] == "POST" and rest == [b"decisions"]
        if not is_writing and scope["method"] not in READING:
            allowed = (*READING, "POST") if rest == [b"decisions"] else READING
            return _Answer(HTTPStatus.METHOD_NOT_ALLOWED, headers=(("allow", ", ".join(allowed)),))
        if scope["raw_path"].count(b"/") == 1:
            return _Answer(HTTPStatus.PERMANENT_REDIRECT, headers=(("location", f"/{token}/"),))
        if not is_writing:
            return await asyncio.to_thread(_piece, viewed, rest[0])
        if refused := _foreign(scope, f"http://{stated[0]}"):
            return refused
        body = await _received(receive)
        if body is None:
            return _said(HTTPStatus.REQUEST_ENTITY_TOO_LARGE, f"more than {LARGEST:,} bytes at once are not taken")
        async with one_by_one:
            return await asyncio.to_thread(_kept, viewed, body, opened)

    return application


def _stated(scope: Scope, name: bytes) -> list[str]:
    return [value.decode("latin-1") for header, value in scope["headers"] if header.lower() == name]


def _foreign(scope: Scope, origin: str) -> _Answer | None:
    """Turn away what another site has the browser send; one that writes states where it is asked from."""
    if _stated(scope, b"origin") != [origin] or _stated(scope, b"sec-fetch-site") not in ([], ["same-origin"]):
        return _said(HTTPStatus.FORBIDDEN, "only the page itself may send decisions")
    kinds = [each.partition(";")[0].strip().lower() for each in _stated(scope, b"content-type")]
    if kinds != ["application/json"]:
        return _said(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "decisions are sent as JSON")
    return None


async def _received(receive: Receive) -> bytes | None:
    """What was sent, None where it is too much."""
    parts, length, is_more = [], 0, True
    while is_more:
        message = await receive()
        parts.append(message.get("body", b""))
        length += len(parts[-1])
        is_more = message.get("more_body", False)
        if length > LARGEST:
            return None
    return b"".join(parts)


def _piece(viewed: Viewed, name: bytes) -> _Answer:
    pieces = viewed.pieces
    if name == b"":
        return _Answer(HTTPStatus.OK, pieces.document.encode("utf-8"), "text/html; charset=utf-8")
    if name == b"columns":
        return _Answer(HTTPStatus.OK, pieces.columns)
    if name == b"decisions":
        return _in_words(lambda: _decisions(viewed))
    if (chunk := _DETAILS.fullmatch(name)) and int(chunk[1]) < len(pieces.details):
        return _Answer(HTTPStatus.OK, pieces.details[int(chunk[1])])
    return _Answer(HTTPStatus.NOT_FOUND)


def _decisions(viewed: Viewed) -> _Answer:
    with Library(viewed.library) as library:
        library.db.execute("begin")
        decided = [[key, *said] for key, said in chases.screened_by(library).items()]
        # A library of an older format has no number until it is written, for which it is brought up to date.
        has_changed = viewed.revision is not None and schema.revision(library.db) != viewed.revision
    return _json(HTTPStatus.OK, {"decisions": decided, "has_changed": has_changed})


def _kept(viewed: Viewed, body: bytes, opened: str) -> _Answer:
    try:
        sent = _Sent.model_validate_json(body)
    except ValidationError as error:
        where = ".".join(map(str, error.errors()[0]["loc"]))
        return _said(HTTPStatus.BAD_REQUEST, f"this is no decision ({where or 'no JSON'})")
    decided = Decided(sent.key, sent.decision, _text(sent.reason), _text(sent.person))

    def write() -> _Answer:
        if not viewed.library.exists():  # to write would begin another one in its place
            raise LibraryError(f"there is no {viewed.library} any more")
        with Library(viewed.library, write="view") as library:
            try:
                keep(library, decided, opened=opened)
            except InputError as error:
                return _said(HTTPStatus.CONFLICT, str(error))
        return _json(HTTPStatus.OK, {"kept": decided.key})

    return _in_words(write)


def _text(said: str | None) -> str | None:
    return one_line(said or "") or None


def _in_words(work: Callable[[], _Answer]) -> _Answer:
    """Do something with the library, or say why that cannot be now."""
    try:
        return work()
    except LibraryBusy:
        return _said(HTTPStatus.SERVICE_UNAVAILABLE, "another program is using this library")
    except (HarvesterError, sqlite3.Error, OSError) as error:
        return _said(HTTPStatus.INTERNAL_SERVER_ERROR, f"the library cannot be used ({error})")


def _said(status: HTTPStatus, sentence: str) -> _Answer:
    return _json(status, {"error": sentence})


def _json(status: HTTPStatus, value: object) -> _Answer:
    return _Answer(status, json.dumps(value).encode("ascii"), "application/json")


def listening(port: int) -> socket.socket:
    """Take a port of this machine, any free one for 0; raises `HarvesterError` for one that cannot be had."""
    try:
        listener = socket.create_server((HOST, port))
    except OSError as error:
        raise HarvesterError(
            f"port {port} cannot be had ({error.strerror}); name another with --port, or none for any that is free"
        ) from error
    listener.setblocking(False)
    return listener


def serve(viewed: Viewed, listener: socket.socket, *, ready: Callable[[str], None]) -> None:
    """Serve a page until interrupted; `ready` is told its address once it can be asked.

    Raises KeyboardInterrupt at the interrupt, when what was under way is at its end.
    """
    import uvicorn

    token, port = secrets.token_urlsafe(24), listener.getsockname()[1]
    server = uvicorn.Server(
        uvicorn.Config(
            app(viewed, token=token, port=port),
            http="h11",
            loop="asyncio",
            ws="none",
            lifespan="off",
            interface="asgi3",
            log_config=None,  # the token is in every line of its log
            log_level="error",
            access_log=False,
            server_header=False,
            proxy_headers=False,
            timeout_graceful_shutdown=PATIENCE,
        )
    )
    ready(f"http://{HOST}:{port}/{token}/")
    server.run(sockets=[listener])


def open_browser(address: str) -> None:
    """Open an address in the reader's browser; one that would take the terminal over, only where it is asked for."""
    import webbrowser

    try:
        browser = webbrowser.get()
    except webbrowser.Error:
        return
    if type(browser) is not webbrowser.GenericBrowser or "BROWSER" in os.environ:
        # Some begin their browser and wait for it, while the server is yet to answer it.
        threading.Thread(target=browser.open, args=(address,), daemon=True).start()
