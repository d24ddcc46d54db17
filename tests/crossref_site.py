"""A Crossref replica over records written by hand, and how to ask it."""

import json
from typing import Any
from urllib.parse import urlencode

from harvester.replica.corpus import Corpus
from harvester.replica.crossref import CrossrefSite
from harvester.replica.http import Request, Response

POLITE = {"user-agent": "Tool/1.0 (https://tool.example; mailto:me@example.org)"}


def work(doi: str, /, **more: Any) -> dict[str, Any]:
    """A small but complete work message; `more` replaces and adds keys, `_` standing for `-`."""
    message = {
        "DOI": doi,
        "type": "journal-article",
        "title": ["Untitled"],
        "prefix": doi.partition("/")[0],
        "member": "98",
        "source": "Crossref",
        "reference-count": 0,
        "references-count": 0,
        "is-referenced-by-count": 0,
        "deposited": {"date-parts": [[2020, 1, 1]]},
        "indexed": {"date-parts": [[2020, 1, 1]]},
        "created": {"date-parts": [[2020, 1, 1]]},
        "issued": {"date-parts": [[2019, 5]]},
        "published": {"date-parts": [[2019, 5]]},
    }
    return message | {key.replace("_", "-"): value for key, value in more.items()}


def site(*records: dict[str, Any], unlimited: bool = True, openalex: tuple[dict[str, Any], ...] = ()) -> CrossrefSite:
    return CrossrefSite(Corpus(openalex=openalex, crossref=records), unlimited=unlimited)


def ask(
    served: CrossrefSite,
    path: str,
    query: str | dict[str, Any] = "",
    *,
    now: float = 0.0,
    method: str = "GET",
    headers: dict[str, str] | None = None,
    client: str = "127.0.0.1",
) -> Response:
    written = query if isinstance(query, str) else urlencode(query)
    return served.answer(Request(method, path, written, headers or {}, client, now))


def message(answered: Response) -> Any:
    assert answered.status == 200, answered.body
    return json.loads(answered.body)["message"]


def found(served: CrossrefSite, **query: Any) -> list[str]:
    """DOIs of `/works`, `_` in a parameter standing for `.`."""
    asked = {name.replace("_", "."): value for name, value in query.items()}
    return [item["DOI"] for item in message(ask(served, "/works", asked))["items"]]


def faults(served: CrossrefSite, path: str, query: str | dict[str, Any]) -> list[dict[str, str]]:
    answered = ask(served, path, query)
    assert answered.status == 400
    assert answered.headers["content-type"] == "application/json;charset=utf-8"
    envelope = json.loads(answered.body)
    assert (envelope["status"], envelope["message-type"]) == ("failed", "validation-failure")
    faults: list[dict[str, str]] = envelope["message"]
    return faults


ARTICLE = work(
    "10.5555/Article",
    title=["Peer support <i>works</i>"],
    container_title=["Health, Education"],
    ISSN=["1234-567X"],
    abstract="<jats:p>Text</jats:p>",
    author=[
        {"given": "Ann", "family": "Müller", "ORCID": "http://orcid.org/0000-0001-2345-678X", "affiliation": []},
        {
            "name": "Consortium",
            "affiliation": [{"name": "Yale", "id": [{"id": "https://ror.org/03v76x132", "id-type": "ROR"}]}],
        },
    ],
    funder=[{"name": "NSF", "DOI": "10.13039/100000001", "award": ["AB-12 3"]}],
    license=[
        {"URL": "http://creativecommons.org/licenses/by/4.0/", "content-version": "vor", "delay-in-days": 0},
        {"URL": "https://example.org/tdm", "content-version": "tdm", "delay-in-days": 365},
    ],
    relation={"is-supplemented-by": [{"id": "10.5555/Data", "id-type": "doi", "asserted-by": "subject"}]},
    link=[{"URL": "https://example.org", "content-type": "application/pdf", "intended-application": "text-mining"}],
    updated_by=[{"DOI": "10.5555/notice", "type": "retraction", "source": "retraction-watch", "record-id": "4036"}],
    reference_count=1,
    references_count=1,
    issued={"date-parts": [[2020, 6, 30]]},
    published={"date-parts": [[2020, 6, 30]]},
    indexed={"date-parts": [[2024, 2, 29]], "date-time": "2024-02-29T23:59:59Z", "timestamp": 1709251199000},
)
NOTICE = work(
    "10.5555/notice",
    update_to=[{"DOI": "10.5555/ARTICLE", "type": "retraction", "label": "Retraction"}],
    prefix="10.6666",
    member="7",
)
BOOK = work("10.7777/book", type="monograph", ISBN=["978-0-262-03384-8"], issued={"date-parts": [[None]]}, published={})
SHELF = site(ARTICLE, NOTICE, BOOK)
A, N, B = "10.5555/article", "10.5555/notice", "10.7777/book"
