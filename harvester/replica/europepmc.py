"""The Europe PMC search over a folder of records: works by their identifiers, page by page.

What is the same as at www.ebi.ac.uk/europepmc/webservices/rest: the route, searches for `DOI:`, `EXT_ID:`, `SRC:` and
`PMCID:` joined by AND, OR and brackets, the shape of an answer, cursors that come back unchanged at the end, and the
rate that is called fair. What is not: words are not searched for, and an answer is always one, where there one in
five has been seen to be `{"version":"6.9"}` alone (europepmc.org/RestfulWebService).
"""

import base64
import json
import re
from collections import deque
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qsl, urlencode

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request, Response

__all__ = ["EuropePmcSite"]

Record = dict[str, Any]
Test = Callable[[Record], bool]

VERSION = "6.9"
SEARCH = "https://www.ebi.ac.uk/europepmc/webservices/rest/search"

_DEFAULT_PAGE = 25
_LARGEST_PAGE = 1_000
_A_SECOND, _A_MINUTE = 10, 500

# What the form lite has of a record that is held in full.
# fmt: off
_LITE = frozenset((
    "id", "source", "pmid", "pmcid", "fullTextIdList", "doi", "title", "authorString", "pubYear", "pageInfo",
    "isOpenAccess", "inEPMC", "inPMC", "hasPDF", "hasBook", "hasSuppl", "citedByCount", "hasReferences",
    "hasTextMinedTerms", "hasDbCrossReferences", "hasLabsLinks", "hasTMAccessionNumbers", "firstIndexDate",
    "firstPublicationDate", "versionNumber",
))
# fmt: on
_TOKEN = re.compile(r'\s*(?:([()])|(AND|OR)(?![\w:])|([A-Za-z_]+):(?:"((?:[^"\\]|\\.)*)"|([^\s()"]+)))', re.DOTALL)
_DEEPEST_BRACKETS = 50


class EuropePmcSite:
    """Answers as Europe PMC does, from the corpus's Europe PMC records in the form core; all of them, as they stand.

    `unlimited` refuses nobody.
    """

    def __init__(self, corpus: Corpus, *, unlimited: bool) -> None:
        self._records = corpus.europepmc
        self._asked: dict[str, deque[float]] | None = None if unlimited else {}

    def answer(self, request: Request) -> Response:
        """Answer as the public API would; a caller over the limit gets a 429."""
        if not self._admits(request):
            return Response(429)
        if request.method not in ("GET", "HEAD"):
            return _plain(405, "Method Not Allowed")
        if request.raw_path.rstrip("/") != "/search":
            return _plain(404, "Not Found")
        answered = self._search(dict(parse_qsl(request.query, keep_blank_values=True)))
        return Response(answered.status, answered.headers, b"" if request.method == "HEAD" else answered.body)

    def _search(self, asked: dict[str, str]) -> Response:
        query = asked.get("query", "").strip()
        wants = _condition(query)
        if asked.get("format") != "json" or wants is None:
            return _plain(400, "This replica answers in JSON, to DOI:, EXT_ID:, SRC:, PMCID:, AND, OR and brackets.")
        size = asked.get("pageSize", str(_DEFAULT_PAGE))
        cursor = asked.get("cursorMark", "*")
        start = _place(cursor)
        if not re.fullmatch(r"[1-9][0-9]{0,3}", size) or int(size) > _LARGEST_PAGE or start is None:
            return _plain(400, "pageSize is a number from 1 to 1000, and cursorMark one that was given before.")
        found = [record for record in self._records if wants(record)]
        page = found[start : start + int(size)]
        form = asked.get("resultType", "lite")
        following = _mark(start + len(page)) if page else cursor
        answer: dict[str, Any] = {"version": VERSION, "hitCount": len(found)}
        if found:
            answer["nextCursorMark"] = following
            if page:
                turned = urlencode({**asked, "cursorMark": following})
                answer["nextPageUrl"] = f"{SEARCH}?{turned}"
        answer["request"] = {
            "queryString": query,
            "resultType": form,
            "cursorMark": cursor,
            "pageSize": int(size),
            "sort": asked.get("sort", ""),
            "synonym": asked.get("synonym", "").lower() == "true",
        }
        answer["resultList"] = {"result": [_shown(record, form) for record in page]}
        return _json(answer)

    def _admits(self, request: Request) -> bool:
        """Whether this request is within the limits of a second and a minute; one that is not counts for nothing."""
        if self._asked is None:
            return True
        times = self._asked.setdefault(request.client, deque())
        while times and times[0] <= request.now - 60:
            times.popleft()
        lately = sum(time > request.now - 1 for time in times)
        if lately >= _A_SECOND or len(times) >= _A_MINUTE:
            return False
        times.append(request.now)
        return True


# -- searching -------------------------------------------------------------------------------------


def _condition(query: str) -> Test | None:
    """The test that a query stands for; None for one that is empty, broken or asks for something else."""
    tokens: list[tuple[str, str]] = []
    end = 0
    while end < len(query):
        match = _TOKEN.match(query, end)
        if match is None:
            return None
        bracket, operator, field, quoted, bare = match.groups()
        if field:
            value = re.sub(r"\\(.)", r"\1", quoted, flags=re.DOTALL) if quoted is not None else bare
            tokens.append((field.upper(), value))
        else:
            tokens.append((bracket or operator, ""))
        end = match.end()
    read = _Reading(tokens)
    test = read.either(0)
    return test if test is not None and not read.tokens else None


class _Reading:
    """A query as tokens, taken from the front; AND binds closer than OR."""

    def __init__(self, tokens: list[tuple[str, str]]) -> None:
        self.tokens = deque(tokens)

    def either(self, depth: int) -> Test | None:
        tests = [self.both(depth)]
        while self.tokens and self.tokens[0][0] == "OR":
            self.tokens.popleft()
            tests.append(self.both(depth))
        sound = [test for test in tests if test is not None]
        return (lambda record: any(test(record) for test in sound)) if len(sound) == len(tests) else None

    def both(self, depth: int) -> Test | None:
        tests = [self.term(depth)]
        while self.tokens and self.tokens[0][0] == "AND":
            self.tokens.popleft()
            tests.append(self.term(depth))
        sound = [test for test in tests if test is not None]
        return (lambda record: all(test(record) for test in sound)) if len(sound) == len(tests) else None

    def term(self, depth: int) -> Test | None:
        if not self.tokens or depth > _DEEPEST_BRACKETS:
            return None
        name, value = self.tokens.popleft()
        if name == "(":
            inner = self.either(depth + 1)
            return inner if self.tokens and self.tokens.popleft()[0] == ")" else None
        keys = {"DOI": "doi", "EXT_ID": "id", "SRC": "source", "PMCID": "pmcid"}
        if name not in keys:
            return None
        return _is(keys[name], value.lower())


def _is(key: str, value: str) -> Test:
    return lambda record: isinstance(record.get(key), str) and record[key].lower() == value


def _shown(record: Record, form: str) -> Record:
    if form == "core":
        return record
    kept = {"id", "source", "pmid", "pmcid"} if form == "idlist" else _LITE
    return {key: value for key, value in record.items() if key in kept}


# -- cursors and answers ---------------------------------------------------------------------------


def _mark(place: int) -> str:
    """A cursor that looks like one of Solr's and says where the next page begins."""
    return base64.b64encode(f"AoE{place}".encode()).decode()


def _place(cursor: str) -> int | None:
    if cursor == "*":
        return 0
    try:
        written = base64.b64decode(cursor, validate=True).decode("ascii")
    except ValueError:
        return None
    match = re.fullmatch(r"AoE([0-9]{1,9})", written)
    return int(match[1]) if match else None


def _plain(status: int, said: str) -> Response:
    return Response(status, {"content-type": "text/plain"}, said.encode("ascii"))


def _json(body: dict[str, Any]) -> Response:
    written = json.dumps(body, ensure_ascii=True, separators=(",", ":")).encode("ascii")
    return Response(200, {"content-type": "application/json;charset=UTF-8"}, written)
