"""Small evidence for libraries: items in the shape of the APIs, read by the real sources and settled."""

import json
import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from pathlib import Path
from typing import Any

from harvester.formats.reading import readers
from harvester.identifiers import Identifier
from harvester.library import Library, ledger
from harvester.library.ledger import Run
from harvester.model import Item, Page, Query, Record
from harvester.sources import source


def openalex(number: int, *, doi: str | None = None, cites: Sequence[int] = (), **fields: Any) -> dict[str, Any]:
    """An OpenAlex work W<number> that cites W<n> for each n."""
    return {
        "id": f"https://openalex.org/W{number}",
        "doi": f"https://doi.org/{doi}" if doi else None,
        "title": f"Work {number}",
        "publication_year": 2000,
        "type": "article",
        "authorships": [],
        "cited_by_count": number,
        "referenced_works": [f"https://openalex.org/W{n}" for n in cites],
        "updated_date": "2026-01-01",
        **fields,
    }


def crossref(doi: str, *, cites: Sequence[str] = (), **fields: Any) -> dict[str, Any]:
    """A Crossref work; an entry of `cites` that is no DOI is a reference with nothing but text."""
    references = [
        {"key": f"r{n}", **({"DOI": cited} if "/" in cited else {"unstructured": cited})}
        for n, cited in enumerate(cites)
    ]
    return {
        "DOI": doi,
        "title": [f"The work {doi}"],
        "type": "journal-article",
        "issued": {"date-parts": [[2001, 2]]},
        "reference": references,
        "reference-count": len(references),
        "indexed": {"date-time": "2026-01-01T00:00:00Z"},
        **fields,
    }


def pubmed(pmid: str, *, doi: str | None = None, cites: Sequence[str] = ()) -> dict[str, Any]:
    """An article in a file from PubMed, whose references carry a PMID and nothing else."""
    references = "".join(
        f'<Reference><Citation>No. {cited}</Citation><ArticleIdList><ArticleId IdType="pubmed">{cited}</ArticleId>'
        "</ArticleIdList></Reference>"
        for cited in cites
    )
    ids = f'<ArticleIdList><ArticleId IdType="doi">{doi}</ArticleId></ArticleIdList>' if doi else ""
    text = (
        f"<PubmedArticle><MedlineCitation><PMID>{pmid}</PMID><Article><ArticleTitle>Article {pmid}</ArticleTitle>"
        f"</Article></MedlineCitation><PubmedData>{ids}<ReferenceList>{references}</ReferenceList></PubmedData>"
        "</PubmedArticle>"
    )
    return {"format": "pubmed-xml", "text": text}


def item(name: str, given: dict[str, Any]) -> Item:
    """One item as a source's `read` makes it."""
    reads_file = name.startswith("file:")
    record = readers()[given["format"]].record(given["text"], name) if reads_file else source(name).record(given)
    assert isinstance(record, Record)
    return Item(record, json.dumps(given, separators=(",", ":")).encode("ascii"))


def begin(library: Library, **wanted: Sequence[Identifier]) -> Run:
    """Begin a run as a command would."""
    return ledger.begin(library, command="test", arguments={}, wanted=wanted)


def keep(
    library: Library, given: Iterable[dict[str, Any]], *, asked: str | None = None, run: Run | None = None
) -> None:
    """Settle one answer per source; `asked` is a DOI that Crossref (or a W id that OpenAlex) answers with the first."""
    items: dict[str, list[Item]] = {}
    for each in given:
        name = "file:test" if "format" in each else "crossref" if "DOI" in each else "openalex"
        items.setdefault(name, []).append(item(name, each))
    run = run or begin(library)
    for name, found in items.items():
        identifiers = () if asked is None else (Identifier("openalex" if asked.startswith("W") else "doi", asked),)
        number = library.db.execute("select count(*) from requests").fetchone()[0]
        query = Query(
            source=name, url=f"https://{name}.test/{number}", kind="single" if asked else "list", asked=identifiers
        )
        ledger.enqueue(library, run, [query])
        request = ledger.waiting(library, run, name)[-1]
        page = Page(items=tuple(found))
        ledger.settle(library, run, request, page, status=200, from_cache=False, wanted={})


def new(folder: Path) -> Library:
    """An empty library, open for writing."""
    return Library(folder / "library.sqlite", write="test")


def made_older(path: Path, version: int) -> None:
    """Make of a library file what a release of that format would have written."""
    with closing(sqlite3.connect(path, isolation_level=None)) as db:
        triggers = db.execute("select name from sqlite_schema where name like '%_revised'").fetchall()
        undone = {
            8: [
                "alter table screening rename to later",
                "drop index screening_key",
                (
                    "create table screening (id integer primary key, run integer not null references runs(id),"
                    " key text not null, decision text not null check (decision in ('include', 'exclude', 'maybe')),"
                    " reason text, person text)"
                ),
                "insert into screening select * from later where decision != 'undecided'",
                "drop table later",
                "create index screening_key on screening (key)",
            ],
            7: ["drop table rounds", "drop table seeds", "drop table screening", "drop table arrivals"],
            6: ["drop table matches", "drop table matched"],
            5: ["drop index records_pmid", "alter table records drop column pmid"],
            4: ["drop table decisions", "drop table same"],
            3: [*(f"drop trigger {name}" for (name,) in triggers), "drop table revision"],
            2: ["drop table hits", "alter table requests drop column part"],
        }
        for step, statements in undone.items():
            for statement in statements if step > version else ():
                db.execute(statement)
        if version < 5:
            db.execute("delete from homes where key like 'pmid:%'")
        db.execute(f"pragma user_version = {version}")


class FailingConnection:
    """A connection that fails once, before statement number `after`; rolling back always works."""

    def __init__(self, db: sqlite3.Connection, *, after: int) -> None:
        self.db = db
        self.left = after

    def _count(self, statement: str) -> None:
        if statement not in {"rollback", "begin immediate"}:
            self.left -= 1
            if self.left == -1:
                raise sqlite3.InterfaceError("the test pulls the plug")

    def execute(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        self._count(statement)
        return self.db.execute(statement, *parameters)

    def executemany(self, statement: str, *parameters: Any) -> sqlite3.Cursor:
        self._count(statement)
        return self.db.executemany(statement, *parameters)
