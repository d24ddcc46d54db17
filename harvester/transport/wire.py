"""The connection: direct or through the environment's proxy, and how much of an answer is taken from it."""

import ipaddress
from collections.abc import AsyncIterator
from urllib.request import getproxies, proxy_bypass

import httpx

from harvester.errors import InputError, Rejected
from harvester.transport.layers import Layer

__all__ = ["Proxied", "is_loopback", "received", "wire"]

LONGEST_BODY = 256 * 1024 * 1024
"""Bytes, decompressed. The largest answers known, lists of 1,000 Crossref works, are about 100 MB."""


def wire() -> httpx.AsyncBaseTransport:
    """Connect directly, or through the proxy that the environment names, which httpx leaves to its client.

    Raises `InputError` for a proxy that cannot be used.
    """
    direct = httpx.AsyncHTTPTransport()
    named = getproxies()
    proxy = named.get("https") or named.get("all")
    if not proxy:
        return direct
    try:
        through = httpx.AsyncHTTPTransport(proxy=proxy if "://" in proxy else f"http://{proxy}")
    except (ValueError, ImportError, httpx.InvalidURL):
        # The address is not repeated, nor its error chained: it may hold a password.
        raise InputError(
            "the proxy that HTTPS_PROXY or ALL_PROXY names cannot be used; write it as http://host:port"
        ) from None
    return Proxied(direct, through)


class Proxied(Layer):
    """Goes through the proxy to other machines over HTTPS, unless NO_PROXY names them."""

    def __init__(self, direct: httpx.AsyncBaseTransport, proxy: httpx.AsyncBaseTransport) -> None:
        super().__init__(direct)
        self.proxy = proxy

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Choose the way."""
        host = request.url.host
        direct = request.url.scheme == "http" or is_loopback(host) or proxy_bypass(host)
        return await (self.inner if direct else self.proxy).handle_async_request(request)

    async def aclose(self) -> None:
        """Close both ways."""
        await self.inner.aclose()
        await self.proxy.aclose()


def is_loopback(host: str) -> bool:
    """Tell whether a host is this machine.

    >>> [is_loopback(host) for host in ("127.0.0.1", "::1", "localhost", "localhost.example.org")]
    [True, True, True, False]
    """
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost" or host.endswith(".localhost")


async def received(response: httpx.Response) -> httpx.Response:
    """Take the whole body off the wire and decompress it; the bytes as they came are in `extensions["raw"]`.

    Raises `Rejected` for a body longer than any answer, before more of it is taken: a kilobyte on the wire
    may be a megabyte in memory.
    """
    copied = _Copied(response)
    unread = httpx.Response(response.status_code, headers=response.headers, stream=copied)
    parts: list[bytes] = []
    length = 0
    try:
        async for part in unread.aiter_bytes():
            parts.append(part)
            length += len(part)
            if length > LONGEST_BODY or len(copied.raw) > LONGEST_BODY:
                raise Rejected(f"the answer is longer than {LONGEST_BODY >> 20} MB; ask for less at a time")
    finally:
        await response.aclose()
    encoding = response.headers.get("content-encoding", "identity")
    framing = (b"content-encoding", b"content-length", b"transfer-encoding")
    return httpx.Response(
        response.status_code,
        headers=[(name, value) for name, value in response.headers.raw if name.lower() not in framing],
        content=b"".join(parts),
        extensions={**response.extensions, "raw": bytes(copied.raw), "encoding": encoding},
    )


class _Copied(httpx.AsyncByteStream):
    def __init__(self, response: httpx.Response) -> None:
        self.response = response
        self.raw = bytearray()

    async def __aiter__(self) -> AsyncIterator[bytes]:
        assert isinstance(self.response.stream, httpx.AsyncByteStream)
        async for chunk in self.response.stream:
            self.raw += chunk
            yield chunk
