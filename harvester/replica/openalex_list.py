"""Lists of works: what the parameters of `/works` choose, and the envelope it comes in.

The checks and their words are those of GitHub ourresearch/openalex-elastic-api core/validate.py. Three things
are left out: `x_query`, a restatement of the question in a language of its own; exports (`format`), which are
answered with JSON; and the sums (`apc_sum`, `cited_by_count_sum`). `db_response_time_ms` is always 1, so that
the same question gets the same bytes.
"""

import json
import random
import re
from collections.abc import Mapping
from typing import Any, NamedTuple

from harvester.replica.http import Response
from harvester.replica.openalex_checks import check_filter, check_parameters
from harvester.replica.openalex_fields import SELECTABLE
from harvester.replica.openalex_filter import Clause, matching
from harvester.replica.openalex_filter import parse as parse_filter
from harvester.replica.openalex_groups import grouped
from harvester.replica.openalex_index import Index
from harvester.replica.openalex_order import Order, read_order
from harvester.replica.openalex_paging import Page, decode_cursor, encode_cursor, read_page
from harvester.replica.openalex_refusals import bad_parameter
from harvester.replica.openalex_search import Texts
from harvester.replica.openalex_search import parse as parse_search

__all__ = ["Lists", "read_select"]

_PARAMETERS = """
    apc_sum api-key api_key cited_by_count_sum cursor data_version data-version filter format include_xpac
    include-xpac group_by group-by group_bys group-bys mailto page per_page per-page q sample seed search select
    sort warm"""
_VALID = tuple(_PARAMETERS.split())
_SEARCHES = (
    "search",
    "search.semantic",
    "search.exact",
    "search.title",
    "search.title.exact",
    "search.title_and_abstract",
    "search.title_and_abstract.exact",
)
_MOST_SAMPLED = 10_000
_SEMANTIC_RESULTS = 50
_KEPT_LISTS = 32
# What a list is made of; other parameters only say which part of it is shown, and how.
_CHOOSING = ("filter", "corpus", "include_xpac", "include-xpac", "sort", "sample", "seed", *_SEARCHES)


class _Chosen(NamedTuple):
    arranged: list[int]
    scores: Mapping[int, float] | None
    order: Order


class Lists:
    """Answers to `/works`; the last lists asked for are kept in order, so that paging does not sort again."""

    def __init__(self, index: Index) -> None:
        self.index = index
        self.texts = Texts(index.works)
        self._kept: dict[tuple[Any, ...], _Chosen] = {}

    def answer(self, parameters: Mapping[str, str], *, cost: float, now: float) -> Response:
        """One page of works or groups; `cost`, in dollars, is put into `meta`.

        Raises `Refused` with the error of the first check that fails.
        """
        _check(parameters)
        groups = parameters.get("group_by") or parameters.get("group-by")
        select = read_select(parameters)
        page = read_page(parameters, grouped=groups is not None)
        chosen = self._choose(parameters, cursor=page.cursor is not None, now=now)
        meta: dict[str, Any] = {
            "count": len(chosen.arranged),
            "db_response_time_ms": 1,
            "page": None if page.cursor else page.number,
            "per_page": page.size,
        }
        if groups is not None:
            shown, following = grouped(groups, chosen.arranged, self.index, page)
            if page.cursor:
                meta["next_cursor"] = following
            meta |= {"groups_count": len(shown), "cost_usd": cost}
            return _json(b'{"meta":%s,"group_by":%s}', _dumped(meta), _dumped(shown))
        numbers = self._cut(chosen, page)
        if page.cursor:
            meta["next_cursor"] = self._following(chosen, numbers, page)
        meta |= {"groups_count": None, "cost_usd": cost}
        scores = chosen.scores
        items = (
            self.index.item(number, select=select, score=None if scores is None else scores[number])
            for number in numbers
        )
        return _json(b'{"meta":%s,"results":[%s],"group_by":[]}', _dumped(meta), b",".join(items))

    def _cut(self, chosen: _Chosen, page: Page) -> list[int]:
        start = page.start
        if page.cursor and page.cursor != "*":
            values = decode_cursor(page.cursor)
            start = chosen.order.place_after(values, chosen.arranged, self.index, chosen.scores or {})
        return chosen.arranged[start : start + page.size]

    def _following(self, chosen: _Chosen, numbers: list[int], page: Page) -> str | None:
        if len(numbers) < page.size:
            return None
        return encode_cursor(chosen.order.values(numbers[-1], self.index, chosen.scores or {}))

    def _choose(self, parameters: Mapping[str, str], *, cursor: bool, now: float) -> _Chosen:
        key: tuple[Any, ...] = (cursor, *(parameters.get(name) for name in _CHOOSING))
        if "sample" in parameters and "seed" not in parameters:
            key = (*key, now)
        if key not in self._kept:
            while len(self._kept) >= _KEPT_LISTS:
                del self._kept[next(iter(self._kept))]
            self._kept[key] = self._chosen(parameters, cursor=cursor, now=now)
        return self._kept[key]

    def _chosen(self, parameters: Mapping[str, str], *, cursor: bool, now: float) -> _Chosen:
        clauses = parse_filter(parameters.get("filter", ""))
        # Two quotes with nothing between them are no search (core/shared_view.py, `add_search_query`).
        searches = [(name, text) for name in _SEARCHES if (text := parameters.get(name, "")) not in ("", '""')]
        _check_semantic(searches, clauses)
        searching = bool(searches) or any(clause.field.kind == "search" for clause in clauses)
        sort = parameters.get("sort", "")
        if parameters.get("group_by") or parameters.get("group-by"):
            if sort and sort.partition(":")[0] not in ("key", "count"):
                raise bad_parameter("Valid sort params with group by are: key or count")
            sort = ""
        order = read_order(sort, searching=searching, cursor=cursor)
        found, scores = self._found(parameters, clauses, searches)
        if "sample" in parameters:
            chance = random.Random(parameters.get("seed", str(now)))  # noqa: S311 - a sample, not a secret
            size = min(int(parameters["sample"]), len(found))
            drawn = chance.sample(sorted(found), max(0, size))
            ranks = {number: round(chance.random(), 6) for number in drawn}
            by_score = read_order("", searching=True, cursor=cursor)
            return _Chosen(by_score.arranged(drawn, self.index, ranks), ranks, by_score)
        arranged = order.arranged(found, self.index, scores or {})
        if "search.semantic" in parameters:
            arranged = arranged[:_SEMANTIC_RESULTS]
        return _Chosen(arranged, scores, order)

    def _found(
        self, parameters: Mapping[str, str], clauses: list[Clause], searches: list[tuple[str, str]]
    ) -> tuple[set[int], dict[int, float] | None]:
        scored = [self._search(name, text) for name, text in searches]
        scored += [self._search_filter(clause) for clause in clauses if clause.field.kind == "search"]
        plain = [matching(clause, self.index) for clause in clauses if clause.field.kind != "search"]
        hidden = self._hidden(parameters)
        sets = sorted([*plain, *map(frozenset, scored)], key=len)
        found = set(sets[0] if sets else self.index.everything)
        for other in sets[1:]:
            found &= other
        found -= hidden
        if not scored:
            return found, None
        return found, {number: round(sum(scores[number] for scores in scored), 6) for number in found}

    def _search(self, name: str, text: str) -> dict[int, float]:
        if name == "search.semantic":
            return self.texts.similar(text)
        return self.texts.search(parse_search(text, name), name)

    def _search_filter(self, clause: Clause) -> dict[int, float]:
        name = clause.field.name
        together: dict[int, float] = {}
        for text in clause.values:
            if name == "semantic.search":
                check_filter(text, name)
                found = self.texts.similar(text)
            else:
                found = self.texts.search(parse_search(text, name), name)
            for number, score in found.items():
                together[number] = together.get(number, 0) + score
        # What is found by its lack of words has no score: nothing was compared.
        return dict.fromkeys(self.index.everything - together.keys(), 0.0) if clause.negated else together

    def _hidden(self, parameters: Mapping[str, str]) -> frozenset[int]:
        """The works that the corpus asked for leaves out; without a word about it, the expansion corpus."""
        corpus = parameters.get("corpus")
        switch = parameters.get("include_xpac", parameters.get("include-xpac"))
        mentioned = re.search(r"(?:^|,)\s*is[_-]xpac:", parameters.get("filter", "")) is not None
        if corpus is None:
            shown = mentioned or (switch or "").lower() == "true"
            return frozenset() if shown else self.index.expansion
        if switch is not None or mentioned:
            raise bad_parameter("corpus cannot be combined with include_xpac or the is_xpac filter.")
        if corpus not in ("core", "expansion", "all"):
            raise bad_parameter(f"{corpus} is not a valid corpus. Valid values are: core, expansion, all.")
        if corpus == "all":
            return frozenset()
        return self.index.expansion if corpus == "core" else self.index.everything - self.index.expansion


def read_select(parameters: Mapping[str, str]) -> frozenset[str] | None:
    """The root fields to show, or None for all; raises `Refused` (400) for any other name."""
    if not parameters.get("select"):
        return None
    names = [name.strip() for name in parameters["select"].split(",") if name.strip()]
    for name in names:
        if name not in SELECTABLE:
            valid = ", ".join(SELECTABLE)
            raise bad_parameter(f"{name} is not a valid select field. Valid fields for select are: {valid}.")
    return frozenset(names)


def _check(parameters: Mapping[str, str]) -> None:
    for name in parameters:
        if name.startswith("search.") and name not in _SEARCHES:
            valid = ", ".join(_SEARCHES)
            raise bad_parameter(f"'{name}' is not a valid search parameter. Valid search parameters are: {valid}.")
        if name not in (*_VALID, *_SEARCHES, "corpus"):
            raise bad_parameter(f"{name} is not a valid parameter. Valid parameters are: {', '.join(_VALID)}.")
    if "1" in (parameters.get("data-version"), parameters.get("data_version")):
        raise bad_parameter("data-version=1 is deprecated and no longer supported.")
    if any("host_venue" in value for value in parameters.values()):
        raise bad_parameter(
            "host_venue and alternate_host_venues are deprecated in favor of locations. "
            "Read more here: https://groups.google.com/g/openalex-users/c/rRf34GRr-Oo"
        )
    grouping = "group_by" in parameters or "group-by" in parameters
    if grouping and "select" in parameters:
        raise bad_parameter("select does not work with group_by.")
    _check_sample(parameters, grouping=grouping)
    check_parameters({name: text for name, text in parameters.items() if name in _SEARCHES})


def _check_sample(parameters: Mapping[str, str], *, grouping: bool) -> None:
    sample = parameters.get("sample")
    if sample is None:
        if "seed" in parameters:
            raise bad_parameter("You must include the sample parameter when using a seed value.")
        return
    if not re.fullmatch(r"-?[0-9]{1,18}", sample):
        raise bad_parameter("sample must be an integer.")
    if int(sample) > _MOST_SAMPLED:
        raise bad_parameter("Sample size must be less than or equal to 10,000.")
    if "sort" in parameters:
        raise bad_parameter("sample does not work with sort.")
    if grouping:
        raise bad_parameter("sample does not work with group_by.")
    if parameters.get("page", "1") not in ("", "1") and "seed" not in parameters:
        raise bad_parameter(
            "A seed value is required when paginating through samples of results. Without a seed value, you may "
            "receive duplicate results between pages. Add a seed value like this: "
            "/works?sample=100&seed=123&page=2"
        )


def _check_semantic(searches: list[tuple[str, str]], clauses: list[Clause]) -> None:
    if any(name == "search.semantic" for name, _ in searches):
        for clause in clauses:
            if clause.field.name.endswith(".search"):
                raise bad_parameter(
                    f"Cannot combine search.semantic with filter={clause.field.name}. "
                    "Use only one search method per request."
                )


def _dumped(value: Any) -> bytes:
    return json.dumps(value, separators=(",", ":")).encode()


def _json(shape: bytes, *parts: bytes) -> Response:
    return Response(200, {"content-type": "application/json"}, shape % parts)
