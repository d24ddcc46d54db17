"""How fast answers become committed records, and records become works; run by hand, never as a test.

    python tests/benchmarks/bench_ingest.py [WORKS ...]

Each size runs in a process of its own, so that its peak of memory is its own. Answers are made beforehand, lists
of 50 OpenAlex works with about 30 references each and lists of as many Crossref works of the same DOIs, and
read from a file one at a time, as from a cache. The clock is the CPU time of the process. The peer is the least
that any program could do with the same answers: parse the JSON, cut it into items, and insert each item as text
into one SQLite table with the standard library, no reading of fields, no references, no identity, no evidence.
"""

import json
import random
import resource
import sqlite3
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

from harvester.identifiers import Identifier
from harvester.library import Library, checksum, derive, ledger, reading
from harvester.library.incomplete import cited_only
from harvester.model import Query
from harvester.sources import source

WORDS = (
    *("peer", "support", "recovery", "mental", "health", "service", "users", "lived", "experience", "trial"),
    *("community", "carers", "of", "in", "and", "the"),
)
PAGE = 50
REFERENCES = 30


def text(chance: random.Random, words: int) -> str:
    """Words of the field, in no order."""
    return " ".join(chance.choices(WORDS, k=words))


def openalex(number: int, works: int) -> dict[str, Any]:
    """An OpenAlex work of today's shape, of about 6 kB; nine of ten have a DOI."""
    chance = random.Random(number)
    identity = f"https://openalex.org/W{1_000_000 + number}"
    doi = f"https://doi.org/10.5555/work.{number}" if number % 10 else None
    abstract: dict[str, list[int]] = {}
    for position, word in enumerate(text(chance, 180).split()):
        abstract.setdefault(f"{word}{chance.randrange(40)}", []).append(position)
    authors = [
        {
            "author_position": "middle",
            "author": {
                "id": f"https://openalex.org/A{chance.randrange(10**9)}",
                "display_name": f"Ana{n} Silva{number}",
                "orcid": None,
            },
            "institutions": [
                {
                    "id": f"https://openalex.org/I{chance.randrange(10**6)}",
                    "display_name": "University of Somewhere",
                    "ror": "https://ror.org/03yrm5c26",
                    "country_code": "PT",
                    "type": "education",
                    "lineage": ["https://openalex.org/I1"],
                }
            ],
            "is_corresponding": n == 0,
            "raw_author_name": f"Ana{n} Silva{number}",
            "raw_affiliation_strings": ["School of Nursing, University of Somewhere, Lisbon, Portugal"],
        }
        for n in range(4)
    ]
    cited = [f"https://openalex.org/W{1_000_000 + int(works * 3 * chance.random() ** 2)}" for _ in range(REFERENCES)]
    venue = {
        "id": "https://openalex.org/S1",
        "display_name": "Journal of Peer Support",
        "issn_l": "1234-5679",
        "issn": ["1234-5679"],
        "type": "journal",
    }
    place = {
        "is_oa": True,
        "landing_page_url": doi,
        "pdf_url": None,
        "source": venue,
        "license": "cc-by",
        "version": "publishedVersion",
    }
    return {
        "id": identity,
        "doi": doi,
        "title": text(chance, 12),
        "display_name": text(chance, 12),
        "publication_year": 1990 + number % 35,
        "publication_date": f"{1990 + number % 35}-03-01",
        "ids": {"openalex": identity, "doi": doi, "mag": str(number + 1)},
        "language": "en",
        "primary_location": place,
        "locations": [place],
        "type": "article",
        "open_access": {"is_oa": True, "oa_status": "gold", "oa_url": doi},
        "authorships": authors,
        "cited_by_count": chance.randrange(500),
        "biblio": {"volume": "12", "issue": "3", "first_page": "1", "last_page": "9"},
        "is_retracted": False,
        "keywords": [{"id": "https://openalex.org/keywords/peer", "display_name": "Peer support", "score": 0.5}],
        "topics": [],
        "referenced_works_count": REFERENCES,
        "referenced_works": cited,
        "abstract_inverted_index": abstract,
        "updated_date": "2026-10-01T00:00:00",
        "is_xpac": False,
    }


def crossref(number: int, works: int) -> dict[str, Any]:
    """The Crossref work of the same DOI, with printed references, two of three with a DOI."""
    chance = random.Random(-number)
    references: list[dict[str, Any]] = []
    for n in range(REFERENCES):
        printed: dict[str, Any] = {
            "key": f"ref{n}",
            "author": "Silva",
            "year": "1999",
            "article-title": text(chance, 9),
        }
        if n % 3:
            printed |= {"DOI": f"10.5555/work.{int(works * 3 * chance.random() ** 2)}", "doi-asserted-by": "publisher"}
        references.append(printed)
    return {
        "DOI": f"10.5555/work.{number}",
        "type": "journal-article",
        "title": [text(random.Random(number), 12)],
        "container-title": ["Journal of Peer Support"],
        "author": [{"given": f"Ana{n}", "family": f"Silva{number}", "sequence": "first"} for n in range(4)],
        "issued": {"date-parts": [[1990 + number % 35, 3]]},
        "published-print": {"date-parts": [[1990 + number % 35, 3]]},
        "publisher": "Somewhere Press",
        "ISSN": ["1234-5679"],
        "volume": "12",
        "issue": "3",
        "page": "1-9",
        "is-referenced-by-count": chance.randrange(300),
        "references-count": REFERENCES,
        "reference": references,
        "indexed": {"date-time": "2026-10-01T00:00:00Z"},
    }


def answers(works: int) -> Iterator[tuple[Query, bytes]]:
    """Answers to list questions, of OpenAlex first."""
    for name, item, host in (("openalex", openalex, "api.openalex.org"), ("crossref", crossref, "api.crossref.org")):
        numbers = iter(range(works) if name == "openalex" else (n for n in range(works) if n % 10))
        page = 0
        while batch := list(islice(numbers, PAGE)):
            page += 1
            items = [item(number, works) for number in batch]
            scheme = "openalex" if name == "openalex" else "doi"
            asked = tuple(
                Identifier(scheme, f"W{1_000_000 + number}" if name == "openalex" else f"10.5555/work.{number}")
                for number in batch
            )
            query = Query(source=name, url=f"https://{host}/works?page={page}", kind="list", asked=asked)
            if name == "openalex":
                yield query, json.dumps({"meta": {"count": len(items)}, "results": items}).encode()
            else:
                message = {"total-results": len(items), "items": items}
                yield query, json.dumps({"status": "ok", "message-type": "work-list", "message": message}).encode()


def stored(works: int, place: Path) -> None:
    """Make the answers once, in the order questions are asked: the file is the network."""
    with place.open("w") as file:
        for query, body in answers(works):
            file.write(f"{query.model_dump_json()}\n{body.decode()}\n")


def recorded(place: Path) -> Iterator[tuple[Query, bytes]]:
    """Read them back, one at a time."""
    with place.open() as file:
        for line in file:
            yield Query.model_validate_json(line), next(file).encode()


def ours(place: Path, folder: Path) -> dict[str, float]:
    """Answers to committed records, then works, then three works more."""
    with Library(folder / "library.sqlite", write="benchmark") as library:
        run = ledger.begin(library, command="benchmark", arguments={}, wanted={})
        begun = time.process_time()
        records = 0
        for query, body in recorded(place):
            page = source(query.source).read(query, 200, body)
            with_next = page.model_copy(update={"next": ()})
            ledger.enqueue(library, run, [query])
            (waiting,) = ledger.waiting(library, run, query.source)
            ledger.settle(library, run, waiting, with_next, status=200, from_cache=True, wanted={})
            records += len(page.items)
        kept = time.process_time()
        after_keeping = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
        derive(library)
        derived = time.process_time()
        works = library.db.execute("select count(*) from works where detail is not null").fetchone()[0]
        more = [openalex(number, works) for number in (10**8 + 1, 10**8 + 2, 10**8 + 3)]
        query = Query(source="openalex", url="https://api.openalex.org/works?page=more", kind="list")
        ledger.enqueue(library, run, [query])
        (waiting,) = ledger.waiting(library, run, "openalex")
        body = json.dumps({"meta": {"count": 3}, "results": more}).encode()
        page = source("openalex").read(query, 200, body)
        ledger.settle(library, run, waiting, page, status=200, from_cache=True, wanted={})
        figures = {
            "records": records,
            "records/s": records / (kept - begun),
            "works": works,
            "derived works/s": works / (derived - kept),
            "peak MB, keeping": after_keeping / 1024,
            "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
            "MB of file": (folder / "library.sqlite").stat().st_size / 1e6,
        }
        reads: dict[str, Callable[[], object]] = {
            "3 works more": lambda: derive(library),
            "top 20": lambda: reading.top(library, limit=20),
            "status": lambda: reading.status(library),
            "cited only": lambda: cited_only(library),
            "checksum": lambda: checksum(library),
        }
        for name, act in reads.items():
            begun = time.process_time()
            act()
            figures[f"{name}, s"] = time.process_time() - begun
        return figures


def peer(place: Path, folder: Path) -> dict[str, float]:
    """The same answers as JSON text in one table, a transaction an answer."""
    db = sqlite3.connect(folder / "peer.sqlite", isolation_level=None)
    db.execute("pragma journal_mode = wal")
    db.execute("pragma synchronous = normal")
    db.execute("create table items (id integer primary key, item text)")
    begun = time.process_time()
    records = 0
    for query, body in recorded(place):
        answer = json.loads(body)
        items = answer["results"] if query.source == "openalex" else answer["message"]["items"]
        db.execute("begin immediate")
        db.executemany("insert into items (item) values (?)", ((json.dumps(item),) for item in items))
        db.execute("commit")
        records += len(items)
    took = time.process_time() - begun
    db.close()
    return {
        "records": records,
        "records/s": records / took,
        "peak MB": resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024,
        "MB of file": (folder / "peer.sqlite").stat().st_size / 1e6,
    }


def main(arguments: list[str]) -> None:
    """Measure every size in processes of its own, and print what they say."""
    measures: dict[str, Callable[[Path, Path], dict[str, float]]] = {"ours": ours, "json and sqlite3": peer}
    if arguments[:1] == ["measure"]:
        with tempfile.TemporaryDirectory() as folder:
            print(json.dumps(measures[arguments[1]](Path(arguments[2]), Path(folder))))
        return
    for works in map(int, arguments or ["10000", "100000"]):
        with tempfile.TemporaryDirectory() as folder:
            place = Path(folder) / "answers"
            stored(works, place)
            for name in measures:
                ran = subprocess.run(  # this very file, on a file made here
                    [sys.executable, __file__, "measure", name, str(place)], check=True, capture_output=True, text=True
                )
                print(f"{works:,} works, {name}:", flush=True)
                for figure, value in json.loads(ran.stdout).items():
                    print(f"  {figure:<20} {value:>12,.{0 if value >= 100 else 2}f}", flush=True)


if __name__ == "__main__":
    main(sys.argv[1:])
