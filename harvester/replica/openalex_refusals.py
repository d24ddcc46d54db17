"""The ways OpenAlex says no: each a `Refused` that carries the very answer.

Which of the two error names a message comes under, and that an unknown work is an HTML page while everything
else is JSON, is as in GitHub ourresearch/openalex-elastic-api core/ and ids/views.py, and
ourresearch/openalex-api-proxy src/index.ts.
"""

import json
from collections.abc import Mapping
from typing import Any

from harvester.replica.http import Response

__all__ = [
    "Refused",
    "bad_page",
    "bad_parameter",
    "edge_reject",
    "json_answer",
    "not_found",
    "server_error",
    "unknown_field",
]

# Flask's own error page.
_PAGE = "<!doctype html>\n<html lang=en>\n<title>{status} {name}</title>\n<h1>{name}</h1>\n<p>{text}</p>\n"


class Refused(Exception):
    """A question that is answered with an error; `response` is that answer, without headers of cost."""

    def __init__(self, response: Response) -> None:
        super().__init__(response.status, response.body[:200])
        self.response = response


def json_answer(body: Any, *, status: int = 200, headers: Mapping[str, str] | None = None) -> Response:
    """A compact ASCII JSON document, as Flask writes it."""
    return Response(
        status,
        {"content-type": "application/json", **(headers or {})},
        json.dumps(body, separators=(",", ":")).encode(),
    )


def bad_parameter(message: str) -> Refused:
    """400 for a filter, search, sort, select or parameter that the origin does not take."""
    return Refused(json_answer({"error": "Invalid query parameters error.", "message": message}, status=400))


def bad_page(message: str) -> Refused:
    """400 for a page, page size or cursor that the origin does not take."""
    return Refused(json_answer({"error": "Pagination error.", "message": message}, status=400))


def unknown_field(name: str, valid: str) -> Refused:
    """400 for a filter, sort or group field that does not exist."""
    return bad_parameter(f"{name} is not a valid field. Valid fields are underscore or hyphenated versions of: {valid}")


def edge_reject(rule: str, message: str, *, error: str = "Invalid request rejected at the API edge") -> Refused:
    """400 from the proxy in front of the API, named by the rule in a header of its own."""
    return Refused(
        json_answer(
            {"error": error, "error_source": "openalex-api-proxy", "message": message},
            status=400,
            headers={"x-openalex-edge-reject": rule},
        )
    )


def not_found() -> Refused:
    """404 for a work that is unknown, merged or deleted: a page of HTML."""
    return _html(
        404,
        "Not Found",
        "The requested URL was not found on the server. If you entered the URL manually please check your "
        "spelling and try again.",
    )


def server_error() -> Refused:
    """500 for the questions on which the origin falls over."""
    return _html(
        500,
        "Internal Server Error",
        "The server encountered an internal error and was unable to complete your request. Either the "
        "server is overloaded or there is an error in the application.",
    )


def _html(status: int, name: str, text: str) -> Refused:
    page = _PAGE.format(status=status, name=name, text=text)
    return Refused(Response(status, {"content-type": "text/html; charset=utf-8"}, page.encode()))
