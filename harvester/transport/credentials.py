"""Who is asking, and who is told: a key or an e-mail goes into headers that nothing above this layer sees."""

import re
from dataclasses import dataclass, field
from importlib.metadata import version

import httpx

from harvester.errors import InputError
from harvester.model import Query
from harvester.transport.layers import Layer
from harvester.transport.wire import is_loopback, received

__all__ = ["Credentialed", "Credentials", "is_told"]


@dataclass(frozen=True)
class Credentials:
    """Who is asking: a key for OpenAlex, an e-mail address for Crossref's polite pool.

    Neither is shown: `repr` leaves them out. Raises `InputError` for what cannot be one.

    >>> Credentials(openalex_key="secret")
    Credentials()
    """

    openalex_key: str | None = field(default=None, repr=False)
    crossref_mailto: str | None = field(default=None, repr=False)

    def __post_init__(self) -> None:
        # Both become headers. The message does not repeat them: it may end up in a log.
        if self.openalex_key is not None and not re.fullmatch(r"[!-~]+", self.openalex_key):
            raise InputError("the OpenAlex key holds characters that no key has; copy it again from openalex.org")
        # Brackets would end the comment that the address stands in.
        if self.crossref_mailto is not None and not re.fullmatch(r"[!-'*-?A-~]+@[!-'*-?A-~]+", self.crossref_mailto):
            raise InputError("the e-mail address for Crossref is not one, such as name@example.org")

    def known_to(self, source: str) -> bool:
        """Tell whether this source is told who asks."""
        return bool({"openalex": self.openalex_key, "crossref": self.crossref_mailto}.get(source))

    def removed_from(self, body: bytes) -> bytes:
        """Strike the key and the e-mail out of a text that repeats them."""
        for secret in filter(None, (self.openalex_key, self.crossref_mailto)):
            body = body.replace(secret.encode(), b"...")
        return body


def is_told(url: httpx.URL, address: httpx.URL) -> bool:
    """Tell whether this URL belongs to the source at `address`, and nobody on the way there can listen.

    A redirect may lead to another host, or to the same one in the clear.

    >>> address = httpx.URL("https://api.openalex.org")
    >>> [
    ...     is_told(httpx.URL(url), address)
    ...     for url in (
    ...         "https://api.openalex.org/works",
    ...         "https://api.openalex.org.example.net/works",
    ...         "http://api.openalex.org/works",
    ...     )
    ... ]
    [True, False, False]
    """
    return (
        (url.scheme, url.host, url.port) == (address.scheme, address.host, address.port)
        and url.path.startswith(address.path.rstrip("/") + "/")
        and (url.scheme == "https" or is_loopback(url.host))
    )


class Credentialed(Layer):
    """Tells a source who is asking, in headers of a copy of the request that nothing above ever sees."""

    def __init__(self, inner: httpx.AsyncBaseTransport, *, credentials: Credentials) -> None:
        super().__init__(inner)
        self.credentials = credentials
        self._agent = f"citation-harvester/{version('citation-harvester')}"

    async def handle_async_request(self, request: httpx.Request) -> httpx.Response:
        """Send a copy with the caller's key or e-mail, where they may be told."""
        query: Query = request.extensions["query"]
        headers = httpx.Headers(request.headers)
        headers["User-Agent"] = self._agent
        if is_told(request.url, request.extensions["address"]):
            if query.source == "crossref" and self.credentials.crossref_mailto:
                # Crossref looks for `mailto:` here (crossref.org/documentation/retrieve-metadata/rest-api).
                headers["User-Agent"] = f"{self._agent} (mailto:{self.credentials.crossref_mailto})"
            if query.source == "openalex" and self.credentials.openalex_key:
                headers["Authorization"] = f"Bearer {self.credentials.openalex_key}"
        sent = httpx.Request(request.method, request.url, headers=headers, extensions=request.extensions)
        response = await self.inner.handle_async_request(sent)
        if response.status_code < 400:
            return response
        # What a refusal says is shown, and noted in the library, which is passed on.
        refusal = await received(response)
        body = self.credentials.removed_from(refusal.content)
        return httpx.Response(refusal.status_code, headers=refusal.headers, content=body)
