"""The DataCite REST API over a folder of records: one DOI by its path, and lists by `ids`.

What is the same as on api.datacite.org: the two routes, how a list of ids is cut and compared, the two forms of a
record (single and in a list), status codes, error bodies, the content type, the limits for callers without and
with an e-mail address. Searches, cursors and facets are not served (GitHub datacite/lupo,
app/controllers/datacite_dois_controller.rb and app/serializers/datacite_doi_serializer.rb).
"""

import json
import re
from typing import Any
from urllib.parse import parse_qsl, unquote

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request, Response

__all__ = ["DataCiteSite"]

Record = dict[str, Any]

# Requests in five minutes, by address (support.datacite.org, "Is there a rate limit for making requests").
_WINDOW = 300.0
_ANONYMOUS, _IDENTIFIED = 500, 1_000
_E_MAIL = re.compile(r"[^\s@;()<>,]+@[^\s@;()<>,]+\.[^\s@;()<>,]+")

_LARGEST_PAGE = 1_000
_DEEPEST = 10_000

# What only a single answer has, or one that asks for detail.
_DETAIL = frozenset(
    ("prefix", "suffix", "viewsOverTime", "downloadsOverTime", "citationsOverTime", "alternateIdentifiers", "xml")
)
_HEADERS = {"content-type": "application/json; charset=utf-8", "x-anonymous-consumer": "true", "vary": "Accept"}


class DataCiteSite:
    """Answers as api.datacite.org does, from the corpus's DataCite records, `data` objects in JSON:API.

    A DOI has one record: of several, the first counts. Records that are not findable are in lists and not to be had
    singly, as there. `unlimited` refuses nobody.
    """

    def __init__(self, corpus: Corpus, *, unlimited: bool) -> None:
        self._records: dict[str, Record] = {}
        for record in corpus.datacite:
            doi = _doi(record)
            if doi:
                self._records.setdefault(doi, record)
        self._asked: dict[tuple[str, str], list[float]] | None = None if unlimited else {}

    def answer(self, request: Request) -> Response:
        """Answer as the public API would; a caller over the limit gets a 429."""
        if not self._admits(request):
            return _refused(429, "Too many requests.")
        if request.method not in ("GET", "HEAD"):
            return _refused(405, "Only GET and HEAD are served.")
        asked = {name.replace("-", "_"): value for name, value in parse_qsl(request.query, keep_blank_values=True)}
        path = request.raw_path.rstrip("/")
        if path == "/dois":
            answered = self._list(asked)
        elif path.startswith("/dois/"):
            answered = self._single(unquote(path.removeprefix("/dois/")), asked)
        else:
            answered = _not_found()
        return Response(answered.status, answered.headers, b"" if request.method == "HEAD" else answered.body)

    def _single(self, doi: str, asked: dict[str, str]) -> Response:
        record = self._records.get(doi.lower())
        if record is None or _attributes(record).get("state", "findable") != "findable":
            return _not_found()
        return _json(200, {"data": _shown(record, asked, detail=True)})

    def _list(self, asked: dict[str, str]) -> Response:
        if not asked.get("ids"):
            return _refused(400, "This replica lists DOIs by ids= only.")
        # In capitals, then compared without regard to case: as the server does it, and not the same for every letter.
        wanted = {one.upper().lower() for one in asked["ids"].split(",")}
        found = [record for doi, record in self._records.items() if doi in wanted]
        found.sort(key=lambda record: str(_attributes(record).get("updated") or ""), reverse=True)
        size = min(_whole(asked.get("page[size]"), otherwise=25), _LARGEST_PAGE)
        number = min(max(_whole(asked.get("page[number]"), otherwise=1), 1), max(_DEEPEST // max(size, 1), 1))
        page = found[(number - 1) * size : number * size]
        detail = asked.get("detail") == "true"
        meta = {"total": len(found), "totalPages": -(-len(found) // size) if size else 0, "page": number}
        return _json(
            200, {"data": [_shown(record, asked, detail=detail) for record in page], "meta": meta, "links": {}}
        )

    def _admits(self, request: Request) -> bool:
        """Whether this request is within the limit of the last five minutes; one that is not counts for nothing."""
        if self._asked is None:
            return True
        mailto = dict(parse_qsl(request.query)).get("mailto", "")
        named = _E_MAIL.search(f"{mailto} {request.headers.get('user-agent', '')}")
        times = self._asked.setdefault((request.client, "identified" if named else "anonymous"), [])
        times[:] = [time for time in times if time > request.now - _WINDOW]
        if len(times) >= (_IDENTIFIED if named else _ANONYMOUS):
            return False
        times.append(request.now)
        return True


def _doi(record: Record) -> str:
    for value in (_attributes(record).get("doi"), record.get("id")):
        if isinstance(value, str) and value:
            return value.lower()
    return ""


def _attributes(record: Record) -> dict[str, Any]:
    attributes = record.get("attributes")
    return attributes if isinstance(attributes, dict) else {}


def _shown(record: Record, asked: dict[str, str], *, detail: bool) -> Record:
    """The record as asked for: with affiliations as names or as objects, with or without what only detail shows."""
    with_objects = asked.get("affiliation") == "true"
    attributes = {key: value for key, value in _attributes(record).items() if detail or key not in _DETAIL}
    for key in ("creators", "contributors"):
        if isinstance(attributes.get(key), list):
            attributes[key] = [_person(one, with_objects=with_objects) for one in attributes[key]]
    shown = {**record, "attributes": attributes}
    relationships = record.get("relationships")
    if isinstance(relationships, dict) and not detail:
        shown["relationships"] = {"client": relationships["client"]} if "client" in relationships else {}
    return shown


def _person(person: object, *, with_objects: bool) -> object:
    if not isinstance(person, dict) or not isinstance(person.get("affiliation"), list):
        return person
    shown = []
    for one in person["affiliation"]:
        name = one.get("name") if isinstance(one, dict) else one
        if with_objects:
            shown.append(one if isinstance(one, dict) else {"name": name})
        elif name is not None:
            shown.append(name)
    return {**person, "affiliation": shown}


def _whole(value: str | None, *, otherwise: int) -> int:
    """A number as Ruby reads one: what is none is 0, what is not given is the default."""
    if not value:
        return otherwise
    match = re.match(r"[0-9]{1,9}", value)
    return int(match[0]) if match else 0


def _not_found() -> Response:
    return _refused(404, "The resource you are looking for doesn't exist.")


def _refused(status: int, title: str) -> Response:
    return _json(status, {"errors": [{"status": str(status), "title": title}]})


def _json(status: int, body: dict[str, Any]) -> Response:
    return Response(status, dict(_HEADERS), json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii"))
