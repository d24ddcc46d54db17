"""Works and citations as tables of typed columns, for whatever speaks Arrow: pandas, Polars, DuckDB, R, Spark, Parquet.

A row is a work:

| column | type |
|---|---|
| `key`, `doi`, `openalex`, `pmid`, `pmcid`; `aliases` | text; list of text: other keys of the same work |
| `title` (with the subtitle), `abstract` | text |
| `authors`, `editors` | list of text: the names |
| `authorships`, `editorships` | list of (`name`, `given`, `family`, `suffix`, `is_organisation`, `orcid`, `openalex`, \
`is_corresponding`, `affiliations`: list as below), in the same order |
| `affiliations` | list of (`text`, `institution`, `city`, `country`, `ror`), also those that no author points to |
| `type`, `language` | text |
| `year`; `date` | integer; text, `YYYY[-MM[-DD]]` |
| `venue` (where it is not known, its abbreviation), `journal_abbreviation`, `series` | text |
| `issn`, `isbn` | list of text |
| `volume`, `issue`, `first_page`, `last_page`, `article_number`, `publisher`, `publisher_location` | text |
| `keywords`, `author_keywords` | list of text: all, with the authors' own first; these alone |
| `subjects` | list of (`scheme`, `code`, `label`) |
| `funders` | list of (`name`, `doi`, `ror`, `awards`: list of text) |
| `cited_by_count`, `references_listed` | integer: of figures that sources differ on, the largest |
| `is_retracted`; `retraction_date`; `retraction_notices` | truth; text; list of text |
| `url`; `is_open_access`; `open_access_status`, `pdf_url` | text; truth; text |
| `sources`; `only_cited` | list of text: the indexes that hold a record; truth: whether none does |
| `seed`; `rank`, `round`; `score` | truth; integer; number: of the last citation search |
| `directions`, `linked_seeds`, `found_by`; `score_parts` | list of text; map of text to number: of the same |

What is not known is null. What there may be several of is a list, which is empty where there is none; but the authors
of a work whose sources list none are null. Columns that the CSV table has too go by the same names and say the same,
but that its `venue` is never an abbreviation.

A row of the table of citations is `citing` and `cited`, the keys of two works, and `sources`, who says so.

Arrow takes its time to be loaded, and is when a table is made.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping
from itertools import islice
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from harvester.formats import written
from harvester.model import Affiliation, Authorship, Citation, CitationSearch, OpenAccess, Venue, Work
from harvester.retractions import first_date, notices, told

if TYPE_CHECKING:
    import pyarrow as pa

__all__ = ["COLUMNS", "ROWS", "Kind", "citations", "works"]

ROWS: Final = 4_096
"""Works in a batch, and so in memory; of citations, which are small, it is sixteen times as many."""

Kind: TypeAlias = "type | Mapping[str, Kind]"
"""The type of a value in the words of Python; a mapping is a list of things with these fields."""

_MOST: Final = 2**63
_NOWHERE: Final = Venue()
_UNKNOWN: Final = OpenAccess()
_NOT_SEARCHED: Final = CitationSearch()

_AFFILIATION: Final[dict[str, Kind]] = dict.fromkeys(("text", "institution", "city", "country", "ror"), str)
_PERSON: Final[dict[str, Kind]] = {
    **dict.fromkeys(("name", "given", "family", "suffix"), str),
    "is_organisation": bool,
    **dict.fromkeys(("orcid", "openalex"), str),
    "is_corresponding": bool,
    "affiliations": _AFFILIATION,
}
_SUBJECT: Final[dict[str, Kind]] = dict.fromkeys(("scheme", "code", "label"), str)
_FUNDER: Final[dict[str, Kind]] = {**dict.fromkeys(("name", "doi", "ror"), str), "awards": list[str]}


def _fields(thing: object, kind: Mapping[str, Kind]) -> dict[str, Any]:
    return {name: getattr(thing, name) for name in kind}


def _affiliation(one: Affiliation) -> dict[str, Any]:
    """Give an address with its text, which is put together of what is known where none was printed."""
    return _fields(one, _AFFILIATION) | {"text": one.text or written.printed(one) or None}


def _people(people: Iterable[Authorship] | None, work: Work) -> list[dict[str, Any]] | None:
    """Give the people with what their bylines say, and the affiliations that these point to."""
    if people is None:
        return None
    places = list(map(_affiliation, work.affiliations))
    return [
        _fields(one, _PERSON) | {"affiliations": [places[at] for at in one.affiliations if 0 <= at < len(places)]}
        for one in people
    ]


def _names(people: Iterable[Authorship] | None) -> list[str] | None:
    return None if people is None else [one.name for one in people]


def _venue(work: Work) -> Venue:
    return work.venue or _NOWHERE


def _access(work: Work) -> OpenAccess:
    return work.open_access or _UNKNOWN


def _search(work: Work) -> CitationSearch:
    return work.citation_search or _NOT_SEARCHED


def _fitting(number: int | None) -> int | None:
    return number if number is None or -_MOST <= number < _MOST else None


def _rounded(value: float | None) -> float | None:
    return None if value is None else float(f"{value:.9g}")


COLUMNS: Final[dict[str, tuple[Kind, Callable[[Work], Any]]]] = {
    "key": (str, lambda work: work.key),
    "doi": (str, lambda work: work.doi),
    "openalex": (str, lambda work: work.openalex),
    "pmid": (str, lambda work: work.pmid),
    "pmcid": (str, lambda work: work.pmcid),
    "aliases": (list[str], lambda work: work.aliases),
    "title": (str, lambda work: written.title(work) or None),
    "abstract": (str, lambda work: work.abstract),
    "authors": (list[str], lambda work: _names(work.authors)),
    "authorships": (_PERSON, lambda work: _people(work.authors, work)),
    "editors": (list[str], lambda work: _names(work.editors)),
    "editorships": (_PERSON, lambda work: _people(work.editors, work)),
    "affiliations": (_AFFILIATION, lambda work: list(map(_affiliation, work.affiliations))),
    "type": (str, lambda work: work.type),
    "language": (str, lambda work: work.language),
    "year": (int, lambda work: _fitting(work.year)),
    "date": (str, lambda work: work.date),
    "venue": (str, lambda work: _venue(work).name or _venue(work).short_name),
    "journal_abbreviation": (str, lambda work: _venue(work).short_name),
    "series": (str, lambda work: _venue(work).series),
    "issn": (list[str], lambda work: written.serials(work)[0]),
    "isbn": (list[str], lambda work: written.serials(work)[1]),
    "volume": (str, lambda work: work.volume),
    "issue": (str, lambda work: work.issue),
    "first_page": (str, lambda work: work.first_page),
    "last_page": (str, lambda work: work.last_page),
    "article_number": (str, lambda work: work.article_number),
    "publisher": (str, lambda work: work.publisher),
    "publisher_location": (str, lambda work: work.publisher_location),
    "keywords": (list[str], written.terms),
    "author_keywords": (list[str], lambda work: written.terms(work, "author")),
    "subjects": (_SUBJECT, lambda work: [_fields(each, _SUBJECT) for each in work.subjects]),
    "funders": (_FUNDER, lambda work: [_fields(each, _FUNDER) for each in work.funders]),
    "cited_by_count": (int, lambda work: _fitting(written.counted(work, "cited_by"))),
    "references_listed": (int, lambda work: _fitting(written.counted(work, "references"))),
    "is_retracted": (bool, lambda work: work.is_retracted),
    "retraction_date": (str, first_date),
    "retraction_notices": (list[str], lambda work: list(map(told, notices(work)))),
    "url": (str, lambda work: written.address(work) or None),
    "is_open_access": (bool, lambda work: _access(work).is_open),
    "open_access_status": (str, lambda work: _access(work).status),
    "pdf_url": (str, lambda work: _access(work).pdf_url),
    "sources": (list[str], lambda work: work.sources),
    "only_cited": (bool, lambda work: not work.sources),
    "seed": (bool, lambda work: work.citation_search and work.citation_search.is_seed),
    "rank": (int, lambda work: _search(work).rank),
    "round": (int, lambda work: _search(work).round),
    "score": (float, lambda work: _rounded(_search(work).score)),
    "directions": (list[str], lambda work: _search(work).directions),
    "linked_seeds": (list[str], lambda work: _search(work).seeds),
    "found_by": (list[str], lambda work: _search(work).sources),
    "score_parts": (
        dict[str, float],
        lambda work: [(name, _rounded(part)) for name, part in _search(work).parts.items()],
    ),
}
"""Each column with its type and what of a work it holds."""

_CITATION: Final[dict[str, Kind]] = {"citing": str, "cited": str, "sources": list[str]}
_NEVER_NULL: Final = {"key", "citing", "cited"}


def works(given: Iterable[Work], *, rows: int = ROWS) -> "pa.RecordBatchReader":
    """Give works as batches of rows with `COLUMNS`, reading them one batch at a time.

    A number beyond 64 bits, which a file from a stranger may hold, is taken as not known: no table has room for it.

    >>> table = works([Work(key="doi:10.1000/a", title="Peers", subtitle="a trial", year=2014)]).read_all()
    >>> table["title"].to_pylist(), table["year"].to_pylist(), table["authors"].to_pylist()
    (['Peers: a trial'], [2014], [None])
    """
    # A row takes a tenth of the memory of its work, whose references are objects.
    values = ([value(work) for _, value in COLUMNS.values()] for work in given)
    return _reader(values, {name: kind for name, (kind, _) in COLUMNS.items()}, rows)


def citations(given: Iterable[Citation], *, rows: int = 16 * ROWS) -> "pa.RecordBatchReader":
    """Give citations as batches of rows: the keys of two works, and who says that one cites the other.

    >>> citations([Citation("doi:10.1000/a", "doi:10.1000/b", ("crossref",))]).read_all().to_pylist()
    [{'citing': 'doi:10.1000/a', 'cited': 'doi:10.1000/b', 'sources': ['crossref']}]
    """
    return _reader(given, _CITATION, rows)


def _reader(values: Iterable[Iterable[Any]], kinds: Mapping[str, Kind], rows: int) -> "pa.RecordBatchReader":
    import pyarrow as pa

    schema = pa.schema([pa.field(name, _type(kind), name not in _NEVER_NULL) for name, kind in kinds.items()])
    return pa.RecordBatchReader.from_batches(schema, _batches(iter(values), schema, rows))


def _type(kind: Kind) -> "pa.DataType":
    import pyarrow as pa

    if isinstance(kind, Mapping):
        return pa.list_(pa.struct([(name, _type(each)) for name, each in kind.items()]))
    text, number = pa.string(), pa.float64()
    types = {str: text, int: pa.int64(), bool: pa.bool_(), float: number}
    return (types | {list[str]: pa.list_(text), dict[str, float]: pa.map_(text, number)})[kind]


def _batches(values: Iterator[Iterable[Any]], schema: "pa.Schema", rows: int) -> Iterator["pa.RecordBatch"]:
    import pyarrow as pa

    while block := list(islice(values, rows)):
        columns = map(_array, zip(*block, strict=True), schema.types)
        yield pa.RecordBatch.from_arrays(list(columns), schema=schema)


def _array(values: tuple[Any, ...], kind: "pa.DataType") -> "pa.Array":
    import pyarrow as pa

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
