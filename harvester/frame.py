"""Works and citations as tables of typed columns, for whatever speaks Arrow: pandas, Polars, DuckDB, R, Spark, Parquet.

A row is a work, or a citation. Texts are as the library holds them; what is not known is null. What there may be
several of is a list, which is empty where there is none; the authors of a work whose sources list none are null.
Columns that the CSV table has too go by the same names; its title has the subtitle in it.

Whoever imports this module imports Arrow, which takes its time: do so where a table is made.
"""

from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Any, Final, Literal

import pyarrow as pa

from harvester.model import Citation, CitationSearch, OpenAccess, Venue, Work
from harvester.retractions import first_date, notices, told

__all__ = ["CITATION", "COLUMNS", "ROWS", "WORK", "citations", "works"]

ROWS: Final = 4_096
"""Works in a batch, and so in memory; of citations, which are small, it is sixteen times as many."""

_MOST: Final = 2**63
_NOWHERE: Final = Venue()
_UNKNOWN: Final = OpenAccess()
_NOT_SEARCHED: Final = CitationSearch()
_OF_AN_AUTHOR: Final = {"name", "given", "family", "is_organisation", "orcid", "openalex", "is_corresponding"}


def _authorships(work: Work) -> list[dict[str, Any]] | None:
    """Give the authors with what their bylines say, and the affiliations that these point to."""
    if work.authors is None:
        return None
    places = [
        {"name": each.text or each.institution, "country": each.country, "ror": each.ror} for each in work.affiliations
    ]
    return [
        each.model_dump(include=_OF_AN_AUTHOR)
        | {"affiliations": [places[at] for at in each.affiliations if 0 <= at < len(places)]}
        for each in work.authors
    ]


def _venue(work: Work) -> Venue:
    return work.venue or _NOWHERE


def _access(work: Work) -> OpenAccess:
    return work.open_access or _UNKNOWN


def _search(work: Work) -> CitationSearch:
    return work.citation_search or _NOT_SEARCHED


def _largest(work: Work, kind: Literal["cited_by", "references"]) -> int | None:
    return _fitting(max((count.value for count in work.counts if count.kind == kind), default=None))


def _fitting(number: int | None) -> int | None:
    return number if number is None or -_MOST <= number < _MOST else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.9g}")


_TEXT: Final = pa.string()
_TEXTS: Final = pa.list_(_TEXT)
_NUMBER: Final = pa.int64()
_TRUTH: Final = pa.bool_()
_AUTHORSHIP: Final = pa.struct(
    [
        ("name", _TEXT),
        ("given", _TEXT),
        ("family", _TEXT),
        ("is_organisation", _TRUTH),
        ("orcid", _TEXT),
        ("openalex", _TEXT),
        ("is_corresponding", _TRUTH),
        ("affiliations", pa.list_(pa.struct([("name", _TEXT), ("country", _TEXT), ("ror", _TEXT)]))),
    ]
)

COLUMNS: Final[dict[str, tuple[pa.DataType, Callable[[Work], Any]]]] = {
    "key": (_TEXT, lambda work: work.key),
    "doi": (_TEXT, lambda work: work.doi),
    "openalex": (_TEXT, lambda work: work.openalex),
    "pmid": (_TEXT, lambda work: work.pmid),
    "pmcid": (_TEXT, lambda work: work.pmcid),
    "aliases": (_TEXTS, lambda work: work.aliases),
    "title": (_TEXT, lambda work: work.title),
    "subtitle": (_TEXT, lambda work: work.subtitle),
    "abstract": (_TEXT, lambda work: work.abstract),
    "authors": (_TEXTS, lambda work: None if work.authors is None else [each.name for each in work.authors]),
    "authorships": (pa.list_(_AUTHORSHIP), _authorships),
    "editors": (_TEXTS, lambda work: [each.name for each in work.editors]),
    "type": (_TEXT, lambda work: work.type),
    "language": (_TEXT, lambda work: work.language),
    "year": (_NUMBER, lambda work: _fitting(work.year)),
    "date": (_TEXT, lambda work: work.date),
    "venue": (_TEXT, lambda work: _venue(work).name),
    "journal_abbreviation": (_TEXT, lambda work: _venue(work).short_name),
    "issn": (_TEXTS, lambda work: _venue(work).issns),
    "isbn": (_TEXTS, lambda work: _venue(work).isbns),
    "volume": (_TEXT, lambda work: work.volume),
    "issue": (_TEXT, lambda work: work.issue),
    "first_page": (_TEXT, lambda work: work.first_page),
    "last_page": (_TEXT, lambda work: work.last_page),
    "article_number": (_TEXT, lambda work: work.article_number),
    "publisher": (_TEXT, lambda work: work.publisher),
    "keywords": (_TEXTS, lambda work: list(dict.fromkeys(each.term for each in work.keywords))),
    "subjects": (
        pa.list_(pa.struct([("scheme", _TEXT), ("code", _TEXT), ("label", _TEXT)])),
        lambda work: [each.model_dump(include={"scheme", "code", "label"}) for each in work.subjects],
    ),
    "funders": (
        pa.list_(pa.struct([("name", _TEXT), ("doi", _TEXT), ("awards", _TEXTS)])),
        lambda work: [each.model_dump(include={"name", "doi", "awards"}) for each in work.funders],
    ),
    "cited_by_count": (_NUMBER, lambda work: _largest(work, "cited_by")),
    "references_listed": (_NUMBER, lambda work: _largest(work, "references")),
    "is_retracted": (_TRUTH, lambda work: work.is_retracted),
    "retraction_date": (_TEXT, first_date),
    "retraction_notices": (_TEXTS, lambda work: list(map(told, notices(work)))),
    "is_open_access": (_TRUTH, lambda work: _access(work).is_open),
    "open_access_status": (_TEXT, lambda work: _access(work).status),
    "pdf_url": (_TEXT, lambda work: _access(work).pdf_url),
    "sources": (_TEXTS, lambda work: work.sources),
    "only_cited": (_TRUTH, lambda work: not work.sources),
    "rank": (_NUMBER, lambda work: _search(work).rank),
    "seed": (_TRUTH, lambda work: work.citation_search and work.citation_search.is_seed),
    "round": (_NUMBER, lambda work: _search(work).round),
    "directions": (_TEXTS, lambda work: _search(work).directions),
    "linked_seeds": (_TEXTS, lambda work: _search(work).seeds),
    "found_by": (_TEXTS, lambda work: _search(work).sources),
    "score": (pa.float64(), lambda work: _rounded(_search(work).score)),
    "score_parts": (
        pa.map_(_TEXT, pa.float64()),
        lambda work: [(name, _rounded(part)) for name, part in _search(work).parts.items()],
    ),
}
"""Each column with its type and what of a work it holds; of counts that sources differ on, the largest one stated."""

WORK: Final = pa.schema([pa.field(name, kind, nullable=name != "key") for name, (kind, _) in COLUMNS.items()])
"""The columns of works; `pyarrow.Schema`, as is that of citations."""

CITATION: Final = pa.schema([pa.field("citing", _TEXT, False), pa.field("cited", _TEXT, False), ("sources", _TEXTS)])


def works(given: Iterable[Work], *, rows: int = ROWS) -> pa.RecordBatchReader:
    """Give works as batches of rows under `WORK`, reading them one batch at a time.

    A number beyond 64 bits, which a file from a stranger may hold, is taken as not known: no table has room for it.

    >>> table = works([Work(key="doi:10.1000/a", doi="10.1000/a", year=2020, sources=("crossref",))]).read_all()
    >>> table.num_rows, table["year"].to_pylist(), table["authors"].to_pylist()
    (1, [2020], [None])
    """
    # A row takes a tenth of the memory of its work, whose references are objects.
    return _reader(([value(work) for _, value in COLUMNS.values()] for work in given), WORK, rows)


def citations(given: Iterable[Citation], *, rows: int = 16 * ROWS) -> pa.RecordBatchReader:
    """Give citations as batches of rows under `CITATION`: the keys of two works, and who says that one cites the other.

    >>> citations([Citation("doi:10.1000/a", "doi:10.1000/b", ("crossref",))]).read_all().to_pylist()
    [{'citing': 'doi:10.1000/a', 'cited': 'doi:10.1000/b', 'sources': ['crossref']}]
    """
    return _reader(given, CITATION, rows)


def _reader(values: Iterable[Iterable[Any]], schema: pa.Schema, rows: int) -> pa.RecordBatchReader:
    return pa.RecordBatchReader.from_batches(schema, _batches(iter(values), schema, rows))


def _batches(values: Iterator[Iterable[Any]], schema: pa.Schema, rows: int) -> Iterator[pa.RecordBatch]:
    while block := list(islice(values, rows)):
        columns = map(_array, zip(*block, strict=True), schema.types)
        yield pa.RecordBatch.from_arrays(list(columns), schema=schema)


def _array(values: tuple[Any, ...], kind: pa.DataType) -> pa.Array:
    try:
        return pa.array(values, kind)
    except UnicodeEncodeError:
        return pa.array(map(_encodable, values), kind)


def _encodable(value: Any) -> Any:
    """Put `?` for half a surrogate pair, which UTF-8 has no way to write, as in every other file."""
    if isinstance(value, str):
        return value.encode("utf-8", "replace").decode()
    if isinstance(value, list | tuple):
        return [_encodable(each) for each in value]
    if isinstance(value, dict):
        return {name: _encodable(each) for name, each in value.items()}
    return value
