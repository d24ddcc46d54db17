"""The Crossref REST API over a folder of records.

What is the same as on api.crossref.org: routes, status codes, content types, error bodies to the letter, headers,
limits by pool, the two forms of a record (single and in a list), filters, server-side cursors. What is not: the
ranking (steady here), the number of requests under way at once (requests are answered one after another), and
what Crossref knows about members, journals and funders beyond their works.
"""

import hashlib
import json
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import Any
from urllib.parse import unquote

from harvester.replica import crossref_facet, crossref_filter
from harvester.replica.corpus import Corpus
from harvester.replica.crossref_checks import Failure
from harvester.replica.crossref_limits import Kind, Throttle, pool, token
from harvester.replica.crossref_message import Record, bare_doi, date, list_form, single_form, text, texts
from harvester.replica.crossref_question import SORTS, Question, faults_of_single, question
from harvester.replica.crossref_scroll import Found, Scrolls
from harvester.replica.crossref_search import FREE, Search
from harvester.replica.http import Request, Response

__all__ = ["CrossrefSite"]

_JSON = "application/json"
# routes that are not served from the index of works say so in their content type, also for plain text
_JSON_UTF8 = "application/json;charset=utf-8"
_COMPRESSED_FROM = 1024  # answers shorter than this were recorded without `vary: Accept-Encoding`

_FIXED_HEADERS = {
    "access-control-allow-origin": "*",
    "access-control-allow-headers": (
        "X-Requested-With, Accept, Accept-Encoding, Accept-Charset, Accept-Language, Accept-Ranges, Cache-Control"
    ),
    "access-control-expose-headers": "Link",
    "permissions-policy": "interest-cohort=()",
    "server": "Jetty(9.4.40.v20210413)",
}

# parents of sub-lists, each with the filter that finds the works of one
_PARENTS = {
    "funders": "funder",
    "journals": "issn",
    "members": "member",
    "prefixes": "prefix",
    "types": "type",
}

# DOIs of arXiv and Zenodo are registered with DataCite and unknown to Crossref's index of works
_DATACITE_PREFIXES = ("10.48550/", "10.5281/")


@dataclass(frozen=True)
class _Route:
    """What a path names: one work, its agency, a list of works, or nothing."""

    kind: Kind
    name: str
    doi: str = ""
    parent: tuple[str, str] | None = None


class CrossrefSite:
    """Answers as api.crossref.org does, from the corpus's Crossref records.

    A DOI has one record: of several, the first counts. `unlimited` refuses nobody; the headers still tell the
    limits.
    """

    def __init__(self, corpus: Corpus, *, unlimited: bool) -> None:
        self._places: dict[str, int] = {}
        self._aliases: dict[str, int] = {}
        self._records: list[Record] = []
        for record in corpus.crossref:
            doi = bare_doi(text(record, "DOI"))
            if doi and doi not in self._places:
                self._places[doi] = len(self._records)
                for alias in texts(record, "aliases"):
                    self._aliases.setdefault(bare_doi(alias), len(self._records))
                self._records.append(record)
        self._datacite = frozenset(
            doi for work in corpus.openalex if (doi := bare_doi(text(work, "doi"))).startswith(_DATACITE_PREFIXES)
        )
        self._search = Search(self._records)
        self._ranks: dict[str, dict[int, tuple[int, ...]]] = {}
        self._scrolls = Scrolls()
        self._throttle = None if unlimited else Throttle()

    def answer(self, request: Request) -> Response:
        """Answer as the public API would; a caller over the limit gets a bare 429."""
        route = _route(request.raw_path)
        if token(request) == "wrong":  # the one token this replica turns away
            return Response(401, dict(_FIXED_HEADERS))
        drawn_on = pool(request, kind=route.kind)
        # refusals were seen without a body, without rate headers and without Retry-After
        if self._throttle and not self._throttle.admits(request, pool=drawn_on):
            return Response(429)
        if request.method not in ("GET", "HEAD"):
            answered = _plain("Method not allowed.", status=405, content_type="text/plain")
        else:
            answered = self._answer(route, request)
        headers = {**_FIXED_HEADERS, **drawn_on.headers(), **answered.headers}
        return Response(answered.status, headers, b"" if request.method == "HEAD" else answered.body)

    def _answer(self, route: _Route, request: Request) -> Response:
        match route.name:
            case "works":
                return self._list(route, request)
            case "work" | "agency":
                if faults := faults_of_single(request.query):
                    return _refused(faults)
                return self._agency(route.doi) if route.name == "agency" else self._single(route.doi)
        return _not_found("text/plain")

    # -- one work ----------------------------------------------------------------------------------

    def _single(self, doi: str) -> Response:
        place = self._places.get(doi, self._aliases.get(doi))
        if place is None:
            return _not_found("text/plain")
        return _enveloped("work", single_form(self._records[place]))

    def _agency(self, doi: str) -> Response:
        if doi in self._places or doi in self._aliases:
            agency = {"id": "crossref", "label": "Crossref"}
        elif doi in self._datacite:
            agency = {"id": "datacite", "label": "DataCite"}
        else:
            return _not_found(_JSON_UTF8)
        return _enveloped("work-agency", {"DOI": doi, "agency": agency}, content_type=_JSON_UTF8)

    # -- lists -------------------------------------------------------------------------------------

    def _list(self, route: _Route, request: Request) -> Response:
        asked = question(request.query)
        if not isinstance(asked, Question):
            return _refused(asked)
        parent: crossref_filter.Wanted = {}
        if route.parent:
            parent = {route.parent[0]: (route.parent[1],)}
            if not self._exists(parent):
                return _not_found(_JSON_UTF8)
        if asked.cursor and asked.cursor != "*":
            # an open scroll holds its own question: only its position moves
            return self._page(asked, cursor=asked.cursor, now=request.now)
        found = self._found(asked, parent)
        if asked.cursor:
            cursor = self._scrolls.open(found, rows=asked.rows, now=request.now)
            return self._page(asked, cursor=cursor, now=request.now, facets=self._facets(asked, found))
        facets = self._facets(asked, found)
        if asked.sample:
            drawn = sorted(found, key=lambda hit: self._lot(hit[0], request))[: asked.sample]
            return self._items(asked, drawn, total=len(drawn), facets=facets)
        page = found[asked.offset : asked.offset + asked.rows]
        return self._items(asked, page, total=len(found), facets=facets)

    def _exists(self, parent: crossref_filter.Wanted) -> bool:
        if crossref_filter.failures(parent):
            return False
        # the types are a fixed list, so one without works is an empty list and not unknown
        return "type" in parent or any(map(crossref_filter.condition(parent), self._records))

    def _found(self, asked: Question, parent: crossref_filter.Wanted) -> list[Found]:
        """Every record that is asked for, with its score, in the order asked for."""
        tests = [crossref_filter.condition(wanted) for wanted in (parent, asked.wanted) if wanted]
        candidates: Iterable[int]
        scores: Mapping[int, float] = {}
        if asked.queries:
            scores = self._search.scores(asked.queries)
            candidates = sorted(scores)
        elif "doi" in asked.wanted:
            dois = {bare_doi(written) for written in asked.wanted["doi"]}
            candidates = sorted(self._places[doi] for doi in dois if doi in self._places)
        else:
            candidates = range(len(self._records))
        bare = not (asked.queries or asked.wanted or parent or asked.sample)
        unscored = 1.0 if bare else 0.0
        found = [
            (place, scores.get(place, unscored))
            for place in candidates
            if all(keeps(self._records[place]) for keeps in tests)
        ]
        return self._sorted(asked, found)

    def _sorted(self, asked: Question, found: list[Found]) -> list[Found]:
        by = asked.sort or ("score" if asked.queries else "updated")
        if SORTS[by] == ("score",):
            return sorted(found, key=lambda hit: hit[1], reverse=not asked.ascending)
        ranks = self._ranks.setdefault(by, {})
        for place, _ in found:
            if place not in ranks:
                ranks[place] = _sort_value(self._records[place], SORTS[by])
        known = [hit for hit in found if ranks[hit[0]]]
        unknown = [hit for hit in found if not ranks[hit[0]]]
        return sorted(known, key=lambda hit: ranks[hit[0]], reverse=not asked.ascending) + unknown

    def _lot(self, place: int, request: Request) -> bytes:
        # drawn by time and DOI: another sample with every second, the same one for the same request
        drawn = f"{request.now} {text(self._records[place], 'DOI')}".encode(errors="replace")
        return hashlib.blake2b(drawn, digest_size=8).digest()

    def _facets(self, asked: Question, found: Sequence[Found]) -> dict[str, Any]:
        if not asked.facets:
            return {}
        return crossref_facet.counts([self._records[place] for place, _ in found], asked.facets)

    def _page(self, asked: Question, *, cursor: str, now: float, facets: dict[str, Any] | None = None) -> Response:
        page = self._scrolls.read(cursor, now=now)
        if page is None:
            wrong = Failure("cursor-invalid", cursor, "Cursor specified but it is invalid")
            return _failed("resource-failure", [wrong], status=404, content_type=_JSON)
        return self._items(asked, page[0], total=page[1], facets=facets or {}, cursor=cursor)

    def _items(
        self, asked: Question, page: Sequence[Found], *, total: int, facets: dict[str, Any], cursor: str = ""
    ) -> Response:
        items = [list_form(self._records[place], score=score) for place, score in page]
        if asked.select:
            items = [{key: item[key] for key in item if key in asked.select} for item in items]
        message = {
            "facets": facets,
            **({"next-cursor": cursor} if cursor else {}),
            "total-results": total,
            "items": items,
            "items-per-page": asked.rows,
            "query": {"start-index": asked.offset, "search-terms": asked.queries.get(FREE)},
        }
        return _enveloped("work-list", message)


# -- paths -----------------------------------------------------------------------------------------


def _route(raw_path: str) -> _Route:
    """What a percent-encoded path names.

    A DOI's own slashes may be encoded or not, so everything between `/works/` and a last `/agency` is the DOI.
    """
    path = re.sub(r"^/v1(?=/|$)", "", raw_path)
    if path.rstrip("/") == "/works":
        return _Route("array", "works")
    if path.startswith("/works/"):
        written = path.removeprefix("/works/")
        name = "agency" if written.endswith("/agency") else "work"
        return _Route("single", name, doi=unquote(written.removesuffix("/agency")).lower())
    within = re.fullmatch(r"/(funders|journals|members|prefixes|types)/(.+)/works/?", path)
    if within:
        return _Route("array", "works", parent=(_PARENTS[within[1]], unquote(within[2])))
    return _Route("single", "nothing")


def _sort_value(record: Record, keys: Sequence[str]) -> tuple[int, ...]:
    """What to sort a record by: a count, or a date to the millisecond where it is known; empty for neither."""
    for key in keys:
        value = record.get(key)
        if isinstance(value, int) and not isinstance(value, bool):
            return (value,)
        day = date(record, key)
        if day:
            stamp = value.get("timestamp") if isinstance(value, dict) else None
            return (*day, stamp if isinstance(stamp, int) else 0)
    return ()


# -- answers ---------------------------------------------------------------------------------------


def _enveloped(kind: str, message: Record, *, content_type: str = _JSON) -> Response:
    envelope = {"status": "ok", "message-type": kind, "message-version": "1.0.0", "message": message}
    return _json(envelope, status=200, content_type=content_type)


def _refused(faults: list[Failure]) -> Response:
    return _failed("validation-failure", faults, status=400, content_type=_JSON_UTF8)


def _failed(kind: str, faults: list[Failure], *, status: int, content_type: str) -> Response:
    failure = {"status": "failed", "message-type": kind, "message": [asdict(fault) for fault in faults]}
    return _json(failure, status=status, content_type=content_type)


def _json(envelope: Record, *, status: int, content_type: str) -> Response:
    # Crossref writes ASCII and escapes slashes; in JSON a slash can only stand inside a string
    body = json.dumps(envelope, separators=(",", ":")).replace("/", "\\/").encode("ascii")
    return _with_vary(status, content_type, body)


def _not_found(content_type: str) -> Response:
    return _plain("Resource not found.", status=404, content_type=content_type)


def _plain(said: str, *, status: int, content_type: str) -> Response:
    return _with_vary(status, content_type, said.encode("ascii"))


def _with_vary(status: int, content_type: str, body: bytes) -> Response:
    varies = ["Accept"] if content_type == _JSON_UTF8 else []
    if len(body) >= _COMPRESSED_FROM:
        varies.append("Accept-Encoding")
    headers = {"content-type": content_type}
    if varies:
        headers["vary"] = ", ".join(varies)
    return Response(status, headers, body)
