"""A small OpenAlex replica over works written by hand, and how to ask it."""

import json
from typing import Any
from urllib.parse import urlencode

from harvester.replica.corpus import Corpus
from harvester.replica.http import Request, Response
from harvester.replica.openalex import OpenAlexSite
from harvester.replica.openalex_limits import PLANS

NOON = 1_795_348_800.0  # 2026-11-22 12:00 UTC


def work(number: int, **fields: Any) -> dict[str, Any]:
    """A work of today's shape, with what a test says of it."""
    identity = f"https://openalex.org/W{number}"
    return {
        "id": identity,
        "doi": f"https://doi.org/10.1000/w{number}",
        "title": f"Work {number}",
        "display_name": f"Work {number}",
        "publication_year": 2000 + number % 10,
        "publication_date": f"{2000 + number % 10}-01-01",
        "ids": {"openalex": identity, "doi": f"https://doi.org/10.1000/w{number}"},
        "type": "article",
        "authorships": [],
        "is_xpac": False,
        "cited_by_count": number,
        "referenced_works": [],
        "abstract_inverted_index": None,
        **fields,
    }


def author(name: str, identity: str | None) -> dict[str, Any]:
    return {"author": {"id": identity, "display_name": name}, "raw_author_name": name}


PEER = work(
    11,
    title="Peer support for <i>recovery</i>",
    display_name="Peer support for <i>recovery</i>",
    abstract_inverted_index={"Peers": [0], "support": [1, 4], "people": [2], "financing": [3]},
    referenced_works=["https://openalex.org/W12", "https://openalex.org/W99"],
    related_works=["https://openalex.org/W13"],
    ids={
        "openalex": "https://openalex.org/W11",
        "doi": "https://doi.org/10.1000/w11",
        "mag": "11",
        "pmid": "https://pubmed.ncbi.nlm.nih.gov/29456894",
        "pmcid": "https://www.ncbi.nlm.nih.gov/pmc/articles/5815332",
    },
    authorships=[author("A", "https://openalex.org/A1"), author("B", None)],
    open_access={"is_oa": True, "oa_status": "gold", "any_repository_has_fulltext": None},
    primary_location={"source": {"id": "https://openalex.org/S5", "display_name": "Peer Journal", "type": "journal"}},
    language="en",
    fwci=1.5,
    cited_by_percentile_year={"min": 80, "max": 90},
)
CITED = work(12, title="The support of peers", display_name="The support of peers")
OLD: dict[str, Any] = {  # the shape of 2023
    "id": "https://openalex.org/W13",
    "doi": "https://doi.org/10.1000/(sici)1097<1::aid,x>3.0",
    "title": None,
    "display_name": None,
    "publication_year": 1999,
    "publication_date": "1999-12-31",
    "ids": {"openalex": "https://openalex.org/W13"},
    "type": "journal-article",
    "host_venue": {"display_name": "Old"},
    "authorships": [],
    "cited_by_count": 0,
    "referenced_works": ["https://openalex.org/W12", "https://openalex.org/W11"],
    "abstract_inverted_index": {"IndexLength": 2, "InvertedIndex": {"Peer": [0], "recovery": [1]}},
}
TWIN = work(14, doi="https://doi.org/10.1000/w12", title="", display_name="", type="preprint")
HIDDEN = work(15, is_xpac=True, title="Peer dataset", display_name="Peer dataset")
CROWD = work(16, authorships=[author(f"N{n}", f"https://openalex.org/A{n}") for n in range(150)])
WORKS: tuple[dict[str, Any], ...] = (PEER, CITED, OLD, TWIN, HIDDEN, CROWD)
SITE = OpenAlexSite(Corpus(openalex=WORKS), unlimited=True, keys={"paid": PLANS["partner"]})


def ask(
    path: str = "/works", *, site: OpenAlexSite = SITE, now: float = NOON, method: str = "GET", **parameters: Any
) -> Response:
    headers = parameters.pop("headers", {})
    query = urlencode({name.replace("__", "."): value for name, value in parameters.items()})
    return site.answer(Request(method, path, query, headers, "10.0.0.1", now))


def body(*arguments: Any, **named: Any) -> Any:
    answer = ask(*arguments, **named)
    assert answer.status == 200, answer.body
    return json.loads(answer.body)


def found(filter: str = "", **named: Any) -> list[int]:  # noqa: A002 - the parameter's own name
    """The numbers of the works in a list, in its order."""
    asked = {"filter": filter} if filter else {}
    return [int(item["id"].rpartition("W")[2]) for item in body(**asked, **named)["results"]]


def message(**named: Any) -> str:
    answer = ask(**named)
    assert answer.status == 400, answer.body
    return str(json.loads(answer.body)["message"])
