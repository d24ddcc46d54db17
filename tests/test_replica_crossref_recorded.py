"""The Crossref replica, set beside answers that api.crossref.org gave in June and July 2026."""

import json
import lzma
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any
from urllib.parse import quote, urlsplit

import pytest
from crossref_site import POLITE, ask, message, site, work

from harvester.replica.crossref import CrossrefSite
from harvester.replica.http import Response

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
RECORDED = SHARED / "data" / "crossref"


def exchanges(name: str) -> Iterator[dict[str, Any]]:
    """Recorded exchanges on routes of works."""
    if not (RECORDED / name).exists():
        pytest.skip(f"the recorded exchanges {name} are not beside this checkout (../shared/data/crossref)")
    with lzma.open(RECORDED / name, "rt", encoding="utf-8") as lines:
        for line in lines:
            exchange: dict[str, Any] = json.loads(line)
            uri = urlsplit(exchange["uri"])
            path = uri.path.removeprefix("/v1")
            of_works = path.startswith("/works") or path.endswith("/works")
            if uri.netloc == "api.crossref.org" and of_works and "/transform" not in path:
                exchange["headers"] = {key.lower(): value[0] for key, value in exchange["headers"].items()}
                yield exchange


def items(exchange: dict[str, Any]) -> list[dict[str, Any]]:
    if exchange["status"] != 200 or '"message-type":"work-agency"' in exchange["body"]:
        return []
    held = json.loads(exchange["body"])["message"]
    return [item for item in held.get("items", [held]) if "type" in item]


def replay(served: CrossrefSite, exchange: dict[str, Any]) -> Response:
    uri = urlsplit(exchange["uri"])
    polite = exchange["headers"].get("x-api-pool", "").startswith("polite")
    return ask(served, uri.path, uri.query, method=exchange["method"], headers=POLITE if polite else {})


@pytest.mark.parametrize("name", ["http_exchanges_habanero.jsonl.xz", "singletons_2026.jsonl.xz"])
def test_a_recorded_request_gets_the_recorded_answer(name: str) -> None:
    """Over the records that an answer held, the same request gets the same answer, apart from ranking."""
    # set by what carries an answer, and not by the site
    carried = {"content-encoding", "content-length", "transfer-encoding", "connection", "date"}
    compared = 0
    everything = list(exchanges(name))
    agencies = [work("10.1126/science.169.3946.635")]
    for exchange in everything:
        if "cursor=DnF1" in exchange["uri"] or "/prefixes/10.4176/" in exchange["uri"]:
            continue  # a scroll that was open then; a prefix that has no works, so the corpus cannot know it
        # a selection says too little of a record: take the whole records from the other answers
        held = items(exchange) or [item for other in everything for item in items(other)] + agencies
        answered = replay(site(*held), exchange)
        where = exchange["uri"]
        assert answered.status == exchange["status"], where
        assert set(answered.headers) == set(exchange["headers"]) - carried, where
        assert answered.headers["content-type"] == exchange["headers"]["content-type"], where
        assert answered.headers.get("vary") == exchange["headers"].get("vary"), where
        compared += 1
        if '"message-type":"work-list"' not in exchange["body"]:
            assert answered.body.decode() == exchange["body"], where
            continue
        new, old = (json.loads(body) for body in (answered.body, exchange["body"]))
        assert {key: type(value) for key, value in new["message"].items()} == {
            key: type(value) for key, value in old["message"].items()
        }, where
        assert list(new) == list(old)
        assert list(new["message"]) == list(old["message"])
        assert new["message"]["query"] == old["message"]["query"], where
        assert new["message"]["items-per-page"] == old["message"]["items-per-page"], where
        told = {item["DOI"]: {**item, "score": 0} for item in old["message"]["items"]}
        if "select=" in where:
            assert {key for item in new["message"]["items"] for key in item} <= {
                key for item in old["message"]["items"] for key in item
            }
        else:
            for item in new["message"]["items"]:
                assert {**item, "score": 0} == told[item["DOI"]], where
                assert isinstance(item["score"], float)
        # a funder's list also holds works of the offices below it, which no record names
        assert new["message"]["items"] or not old["message"]["items"], where
        if "select=" not in where and "/funders/" not in where:
            assert len(new["message"]["items"]) == len(old["message"]["items"]), where
    assert compared >= 9


def test_recorded_records_found_by_doi_are_the_singles_apart_from_empty_keys_and_score() -> None:
    records = {
        item["DOI"]: item for exchange in exchanges("http_exchanges_habanero.jsonl.xz") for item in items(exchange)
    }
    served = site(*records.values())
    dois = [doi for doi in records if "," not in doi]
    for start in range(0, len(dois), 50):
        batch = dois[start : start + 50]
        page = message(ask(served, "/works", {"filter": ",".join(f"doi:{doi}" for doi in batch), "rows": 50}))
        assert {item["DOI"] for item in page["items"]} == set(batch)
        for item in page["items"]:
            single = message(ask(served, f"/works/{quote(item['DOI'], safe='')}"))
            kept = {key: value for key, value in single.items() if value not in ([], {}, "")}
            assert kept | {"score": 0} == item | {"score": 0}
    assert len(dois) > 400


def test_the_recorded_scroll_is_one_cursor_over_distinct_pages() -> None:
    """As recorded for `/members/98/works`: four pages of five, one cursor, no record twice."""
    recorded = [
        exchange
        for exchange in exchanges("http_exchanges_habanero.jsonl.xz")
        if "/members/98/works" in exchange["uri"] and "cursor=" in exchange["uri"]
    ]
    served = site(*(item for exchange in recorded for item in items(exchange)))
    new, old = [], [json.loads(exchange["body"])["message"] for exchange in recorded]
    cursor = "*"
    for _ in old:
        new.append(message(ask(served, "/members/98/works", {"rows": 5, "cursor": cursor})))
        cursor = new[-1]["next-cursor"]
    for pages in (new, old):
        assert len({page["next-cursor"] for page in pages}) == 1
        assert len(pages[0]["next-cursor"]) == 1512
        assert [len(page["items"]) for page in pages] == [5] * len(pages)
        seen = [item["DOI"] for page in pages for item in page["items"]]
        assert len(seen) == len(set(seen)) == 20
