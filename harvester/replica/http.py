"""What the replica's sites are handed and what they give back: plain values, no sockets."""

from dataclasses import dataclass, field
from typing import Protocol

__all__ = ["Request", "Response", "Site"]


@dataclass(frozen=True)
class Request:
    """One HTTP request as it came over the wire.

    `raw_path` is still percent-encoded and has the site's prefix (`/openalex`) taken off; `query` is the
    raw query string without `?`; header names are lower-case; `client` is the caller's address;
    `now` is seconds since the epoch, handed in so that limits and resets can be tested without waiting.
    """

    method: str
    raw_path: str
    query: str
    headers: dict[str, str]
    client: str
    now: float


@dataclass(frozen=True)
class Response:
    """Status, headers and body; the server adds `content-length` and applies faults."""

    status: int
    headers: dict[str, str] = field(default_factory=dict)
    body: bytes = b""


class Site(Protocol):
    """One API, served from a corpus."""

    def answer(self, request: Request) -> Response:
        """Answer as the public API would."""
        ...
