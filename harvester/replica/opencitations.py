"""The OpenCitations Index API, version 2, over a folder of citations.

What is the same as on api.opencitations.net: routes, the shape and the indentation of answers, the empty list for
whatever is not known, status codes and the texts of refusals, 180 requests a minute, and what its server mistakes an
identifier for (GitHub opencitations/oc_api api_oc.py, src/ramose.py, src/api/index_v2.hf, src/api/indexapi_v2.py).
What is not: the citations of whole venues, and the parameters that filter, sort and reshape an answer, which are
passed over; works are not united here, so a row is given as the folder has it.
"""

import csv
import io
import json
import re
from collections import deque
from typing import Any
from urllib.parse import parse_qs, unquote

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request, Response

__all__ = ["MOST_ROWS", "OpenCitationsSite"]

MOST_ROWS = 200_000
_PER_MINUTE = 180
_FIELDS = ("oci", "citing", "cited", "creation", "timespan", "journal_sc", "author_sc")
_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-credentials": "true",
    "access-control-allow-methods": "*",
    "access-control-allow-headers": "Authorization",
}
_ROUTES = re.compile(
    r"/v2/(?:(?P<rows>citations|references|citation-count|reference-count)/(?P<id>(?:omid|doi|pmid):.+)"
    r"|citation/(?P<oci>[0-9]+-[0-9]+))"
)

Row = dict[str, Any]


class OpenCitationsSite:
    """Answers as api.opencitations.net does under `/index/v2`, from the corpus's citations.

    An OCI has one row: of several, the first counts. `unlimited` refuses nobody.
    """

    def __init__(self, corpus: Corpus, *, unlimited: bool) -> None:
        self._rows: dict[str, Row] = {}
        self._by: dict[str, dict[str, list[str]]] = {"citing": {}, "cited": {}}
        for given in corpus.opencitations:
            row = _as_served(given)
            if row["oci"] and row["oci"] not in self._rows:
                self._rows[row["oci"]] = row
                for side, found in self._by.items():
                    for value in dict.fromkeys(map(_literal, row[side].split())):
                        found.setdefault(value, []).append(row["oci"])
        self._minute = None if unlimited else _Minute()

    def answer(self, request: Request) -> Response:
        """Answer as the public API would; a caller over the limit gets a bare 429."""
        if self._minute and not self._minute.admits(request):
            return Response(429)
        if request.method not in ("GET", "HEAD"):
            return Response(405, {"content-type": "text/html", "allow": "GET, HEAD, OPTIONS"})
        answered = self._answer(request)
        return Response(answered.status, answered.headers, b"" if request.method == "HEAD" else answered.body)

    def _answer(self, request: Request) -> Response:
        if request.headers.get("authorization") == "wrong":  # the one token this replica turns away
            told = "Invalid token. Remove the authorization HEADER or register a new token at "
            return Response(
                403, {"content-type": "text/plain"}, f"{told}https://opencitations.net/accesstoken".encode()
            )
        wanted = "text/csv" if "text/csv" in request.headers.get("accept", "") else "application/json"
        written = unquote(request.raw_path).removeprefix("/index")
        # The path is taken apart after it was decoded (src/ramose.py, get_op): an encoded ? or # ends it all the same.
        route = _ROUTES.fullmatch(re.split(r"[?#]", written, maxsplit=1)[0])
        if route is None:
            return Response(404, {"content-type": wanted}, f"No API operation found at URL '{written}'".encode())
        for name in parse_qs(request.query).get("format", ()):
            wanted = {"csv": "text/csv", "json": "application/json"}.get(name, wanted)
        if route["oci"]:
            found = self._rows.get(route["oci"])
            return _table([found] if found else [], _FIELDS, wanted)
        return self._about(route["rows"], route["id"].lower(), wanted)

    def _about(self, operation: str, identifier: str, wanted: str) -> Response:
        scheme, _, value = identifier.partition(":")
        if scheme != "omid" and "omid" in value:
            # Whatever has these letters in it is put into the query as an OMID, which is then none.
            refusal = b"HTTP status code 400: Bad Request"
            return Response(400, {"content-type": wanted}, refusal)
        if scheme == "doi":
            value = value.replace("doi:", "")
        # A quote or a backslash makes the query malformed, and a failure of that query counts as "not found".
        side = "cited" if operation.startswith("citation") else "citing"
        found = [] if re.search(r"['\\]", value) else self._by[side].get(value, [])[:MOST_ROWS]
        if operation.endswith("-count"):
            return _table([{"count": str(len(found))}], ("count",), wanted)
        return _table([self._rows[oci] for oci in found], _FIELDS, wanted)


class _Minute:
    """No more than so many requests of one address in any sixty seconds; a refused one does not count."""

    def __init__(self) -> None:
        self._latest: dict[str, deque[float]] = {}

    def admits(self, request: Request) -> bool:
        latest = self._latest.setdefault(request.client, deque())
        while latest and latest[0] <= request.now - 60:
            latest.popleft()
        if len(latest) >= _PER_MINUTE:
            return False
        latest.append(request.now)
        return True


def _as_served(given: Row) -> Row:
    """The fields as texts, in the API's order; what is marked as derived keeps its mark.

    >>> _as_served({"oci": "1-2", "citing": "doi:10.5555/a", "cited": None, "note": "x"})["cited"]
    ''
    """
    row: Row = {field: "" if (value := given.get(field)) is None else str(value) for field in _FIELDS}
    return row | ({"derived": True} if given.get("derived") is True else {})


def _literal(token: str) -> str:
    # Works are found by the value of an identifier, under whatever scheme (src/api/indexapi_v2.py, __get_omid_of).
    return token.partition(":")[2].lower()


def _table(rows: list[Row], fields: tuple[str, ...], wanted: str) -> Response:
    if wanted == "text/csv":
        written = io.StringIO()
        table = csv.DictWriter(written, fields, extrasaction="ignore")
        table.writeheader()
        table.writerows(rows)
        text = written.getvalue()
    else:
        text = json.dumps(rows, ensure_ascii=False, indent=4)
    # A lone surrogate is no character; the public server's data have none.
    return Response(200, _HEADERS | {"content-type": wanted}, text.encode("utf-8", "replace"))
