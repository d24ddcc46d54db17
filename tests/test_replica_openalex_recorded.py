"""The replica's OpenAlex against recorded answers of the real one, over the works those answers hold.

The traffic is from three periods. Answers of November 2025 know neither credits nor `cost_usd`, and their
cursors went on after a short page; where the API has changed since, the replica follows the newest.
"""

import json
import lzma
import os
import tempfile
from functools import cache
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest

from harvester.replica.corpus import Corpus, load
from harvester.replica.http import Request, Response
from harvester.replica.openalex import OpenAlexSite
from harvester.replica.openalex_limits import PLANS

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))
FOLDER = SHARED / "data" / "openalex"
NOON = 1_779_452_651.0

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the recorded OpenAlex traffic is not beside the repository (HARVESTER_SHARED)"
)


def exchanges(name: str) -> list[dict[str, Any]]:
    if not FOLDER.is_dir():
        return []
    with lzma.open(FOLDER / name, "rt", encoding="utf-8") as lines:
        return [json.loads(line) for line in lines]


LISTS = exchanges("http_exchanges_openalex_2026.jsonl.xz")
SINGLES = exchanges("singletons_2026.jsonl.xz")


@cache
def site() -> OpenAlexSite:
    works: dict[str, dict[str, Any]] = {}
    for exchange in SINGLES + LISTS:
        body = json.loads(exchange["body"])
        for item in body.get("results", [body]):
            if "title" in item:
                works.setdefault(item["id"], item)
    return OpenAlexSite(
        Corpus(openalex=tuple(works.values())), unlimited=True, keys={"<api-key>": PLANS["grandfathered"]}
    )


def replayed(exchange: dict[str, Any]) -> Response:
    url = urlsplit(exchange["uri"])
    return site().answer(Request(exchange["method"], url.path, url.query, {}, "10.0.0.1", NOON))


def rates(headers: dict[str, Any]) -> set[str]:
    return {name.lower() for name in headers if name.lower().startswith("x-ratelimit")}


def kinds(value: Any) -> Any:
    """The shape of an answer without its values."""
    if isinstance(value, dict):
        return {name: kinds(below) for name, below in value.items()}
    if isinstance(value, list):
        return [kinds(value[0])] if value else []
    return "number" if isinstance(value, int | float) and not isinstance(value, bool) else type(value).__name__


def test_all_of_the_traffic_is_there() -> None:
    assert (len(LISTS), len(SINGLES)) == (39, 8)


# The keys of the two 401s were blanked out like all the others, so the good key and the bad look alike.
@pytest.mark.parametrize("number", [number for number, exchange in enumerate(LISTS) if exchange["status"] != 401])
def test_a_recorded_question_gets_an_answer_of_the_recorded_shape(number: int) -> None:
    exchange = LISTS[number]
    recorded, answer = json.loads(exchange["body"]), replayed(exchange)
    said = json.loads(answer.body)
    assert answer.status == exchange["status"]
    assert answer.headers["content-type"] == exchange["headers"]["content-type"]
    if number == 32:
        assert {*recorded, "is_grandfathered"} == {*said}  # written by hand in March, before that key
        return
    assert list(said) == list(recorded)
    if "meta" in recorded:
        assert [name for name in said["meta"] if name != "cost_usd"] == [
            name for name in recorded["meta"] if name != "cost_usd"
        ]
        unlike = {"next_cursor", "cost_usd", "count"}
        assert {name: kinds(value) for name, value in said["meta"].items() if name not in unlike} == {
            name: kinds(value) for name, value in recorded["meta"].items() if name not in unlike
        }
    if recorded.get("results"):
        assert set(said["results"][0]) == set(recorded["results"][0])
    if recorded.get("group_by"):
        assert kinds(said["group_by"]) == kinds(recorded["group_by"])
    if rates(exchange["headers"]):
        assert rates(answer.headers) == rates(exchange["headers"])
        for name in ("x-ratelimit-credits-used", "x-ratelimit-cost-usd"):
            assert answer.headers[name] == exchange["headers"][name]


@pytest.mark.parametrize("number", [number for number, exchange in enumerate(LISTS) if exchange["status"] == 400])
def test_a_refusal_is_worded_as_recorded_up_to_the_list_of_names(number: int) -> None:
    recorded, said = json.loads(LISTS[number]["body"]), json.loads(replayed(LISTS[number]).body)
    assert said["error"] == recorded["error"]
    assert said["message"].partition(": ")[0] == recorded["message"].partition(": ")[0]
    if LISTS[number]["recorded_at"] >= "2026-05":
        assert said == recorded


def test_a_wrong_key_is_refused_as_recorded() -> None:
    recorded = LISTS[5]
    answer = site().answer(Request("GET", "/rate-limit", "api_key=wrong", {}, "10.0.0.1", NOON))
    assert (answer.status, json.loads(answer.body)) == (401, json.loads(recorded["body"]))
    assert answer.headers["cache-control"] == recorded["headers"]["cache-control"]
    assert rates(answer.headers) == set()


@pytest.mark.parametrize("number", [9, 10, 11, 12, 13, 14, 15, 16, 22, 23, 24, 25, 26, 27, 36, 37, 38])
def test_lists_by_doi_id_and_citation_hold_the_recorded_works_in_the_recorded_order(number: int) -> None:
    recorded, said = json.loads(LISTS[number]["body"]), json.loads(replayed(LISTS[number]).body)
    assert said["meta"]["count"] == recorded["meta"]["count"]
    names = ["id" if "id" in item else "ids" for item in recorded["results"]]
    assert [item[name] for item, name in zip(said["results"], names, strict=True)] == [
        item[name] for item, name in zip(recorded["results"], names, strict=True)
    ]
    if "2026" in LISTS[number]["recorded_at"]:
        assert said["meta"].get("next_cursor") == recorded["meta"].get("next_cursor")


@pytest.mark.parametrize("number", [3, 31])
def test_a_recorded_search_is_found_again_wherever_the_words_are_shown(number: int) -> None:
    """Four of five hits are found; the others have no abstract in the answer, since publishers withdrew it."""
    hits = {item["id"]: item for item in json.loads(LISTS[number]["body"])["results"]}
    own = OpenAlexSite(Corpus(openalex=tuple(hits.values())), unlimited=True)
    query = "filter=title_and_abstract.search:biodiversity+AND+finance&per_page=200"
    answer = own.answer(Request("GET", "/works", query, {}, "10.0.0.1", NOON))
    found = {item["id"] for item in json.loads(answer.body)["results"]}
    shown = {identity for identity, item in hits.items() if item["abstract_inverted_index"]}
    assert len(hits.keys() & found) >= 0.75 * len(hits)
    assert len(shown & found) >= 0.98 * len(shown)


@pytest.mark.parametrize("number", range(8))
def test_a_recorded_single_work_comes_back_whole_and_is_billed_as_recorded(number: int) -> None:
    exchange = SINGLES[number]
    answer = replayed(exchange)
    assert json.loads(answer.body) == json.loads(exchange["body"])
    assert rates(answer.headers) == rates(exchange["headers"])
    assert [answer.headers["x-ratelimit-credits-used"]] == exchange["headers"]["X-RateLimit-Credits-Used"]


@cache
def review() -> OpenAlexSite:
    """The works of a published review's search, in the shape of 2023, read as a corpus is."""
    with tempfile.TemporaryDirectory() as folder:
        (Path(folder) / "openalex-oud.jsonl.xz").symlink_to((FOLDER / "Oud_2018_works.jsonl.xz").resolve())
        return OpenAlexSite(load(Path(folder)), unlimited=True)


def listed(filtered: str) -> list[dict[str, Any]]:
    answer = review().answer(Request("GET", "/works", f"filter={quote(filtered)}&per_page=200", {}, "x", NOON))
    items: list[dict[str, Any]] = json.loads(answer.body)["results"]
    return items


def test_every_doi_of_a_real_review_is_found_in_batches_of_fifty() -> None:
    works = review().index.works
    dois = [work["doi"].removeprefix("https://doi.org/") for work in works if work["doi"]]
    plain = [doi for doi in dois if not set(doi) & set('|", !')]
    found = {item["id"] for n in range(0, len(plain), 50) for item in listed("doi:" + "|".join(plain[n : n + 50]))}
    assert found == {work["id"] for work in works if work["doi"] and not set(work["doi"]) & set('|", !')}
    assert len(found) > 900


def test_the_citations_inside_a_real_review_are_those_its_publishers_counted() -> None:
    """4,071 references join two of the 952 works (SYNERGY data set, Oud 2018), seen from either end."""
    names = [work["id"].rpartition("/")[2] for work in review().index.works]
    assert len(names) == 952
    citing = sum(len(listed(f"cites:{name}")) for name in names)
    cited = sum(len(listed(f"cited_by:{name}")) for name in names)
    assert (citing, cited) == (4_071, 4_071)
