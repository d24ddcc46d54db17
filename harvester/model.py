"""The vocabulary: what every source, format and graph in this package speaks.

A `Record` is what one source says of one work. A `Work` is what all of them say together, with the
source of every field and the values that lost. Both have the same descriptive fields, in
`Bibliography`. The JSON of a provider is never modelled here: a source maps it to a `Record`.

Everything is frozen. `None` means "not given"; an empty tuple of authors means "given: none".
"""

from typing import Literal, NamedTuple

from pydantic import BaseModel, ConfigDict

from harvester.identifiers import Identifier

__all__ = [
    "Abstract",
    "Affiliation",
    "Authorship",
    "Bibliography",
    "Citation",
    "CitationSearch",
    "Claim",
    "Count",
    "Event",
    "Funder",
    "Identifier",
    "Item",
    "Keyword",
    "License",
    "Link",
    "Node",
    "OpenAccess",
    "Page",
    "Provenance",
    "Query",
    "Record",
    "Reference",
    "Relation",
    "Section",
    "Skip",
    "Subject",
    "Title",
    "Update",
    "Venue",
    "VenueFigure",
    "Work",
]


class Value(BaseModel):
    """A frozen value object; a misspelt field is an error."""

    model_config = ConfigDict(frozen=True, extra="forbid")


class Title(Value):
    """A title in another language or another form than the work's main title."""

    text: str
    language: str | None = None
    machine_translated: bool = False
    source: str


class Section(Value):
    """One labelled part of a structured abstract (`Methods`, `RESULTS`, ...)."""

    label: str | None
    text: str


class Abstract(Value):
    """An abstract in another language than the work's main abstract."""

    text: str
    language: str | None = None
    machine_translated: bool = False
    source: str


class Affiliation(Value):
    """An institution or address that authors point to by its place in `Bibliography.affiliations`."""

    text: str | None = None
    """As printed."""
    institution: str | None = None
    department: str | None = None
    city: str | None = None
    state: str | None = None
    country: str | None = None
    """As given; OpenAlex gives ISO 3166-1 alpha-2."""
    ror: str | None = None
    openalex: str | None = None


class Authorship(Value):
    """One author or editor of one work, as printed there: never merged with a namesake."""

    name: str
    """For display, given name first; an organisation's name as it is."""
    given: str | None = None
    family: str | None = None
    suffix: str | None = None
    is_organisation: bool = False
    orcid: str | None = None
    openalex: str | None = None
    is_corresponding: bool | None = None
    affiliations: tuple[int, ...] = ()
    """Places in the record's `affiliations`, from 0."""


class Venue(Value):
    """Where the work appeared: a journal, a book, a repository."""

    name: str | None = None
    short_name: str | None = None
    series: str | None = None
    issns: tuple[str, ...] = ()
    issn_l: str | None = None
    isbns: tuple[str, ...] = ()
    type: str | None = None
    openalex: str | None = None


class VenueFigure(Value):
    """A figure about the venue (impact factor, quartile, self-citation rate), never about the work."""

    name: str
    value: str
    year: int | None = None
    source: str


class Event(Value):
    """A dated event in the life of a work: `issued`, `print`, `online`, `posted`, `accepted`, ...

    `date` is `YYYY`, `YYYY-MM` or `YYYY-MM-DD`, with as much as is known.
    """

    kind: str
    date: str


class OpenAccess(Value):
    """Whether, how and where the work may be read freely, by the source's own account."""

    is_open: bool | None = None
    status: str | None = None
    """diamond, gold, green, hybrid, bronze or closed."""
    url: str | None = None
    pdf_url: str | None = None


class License(Value):
    """A licence, with the version of the text it holds for (vor, am, tdm, ...) and the day it starts."""

    name: str | None = None
    url: str | None = None
    applies_to: str | None = None
    start: str | None = None


class Link(Value):
    """A web address of the work; `kind` is `landing`, `pdf`, `text-mining`, ..."""

    url: str
    kind: str
    content_type: str | None = None


class Funder(Value):
    """A funder and the award numbers that the work names."""

    name: str | None = None
    doi: str | None = None
    ror: str | None = None
    openalex: str | None = None
    awards: tuple[str, ...] = ()


class Keyword(Value):
    """A keyword; `kind` is `author`, `plus` (Keywords Plus) or `assigned` (by a machine)."""

    term: str
    kind: Literal["author", "plus", "assigned"]
    score: float | None = None


class Subject(Value):
    """A class in a scheme: OpenAlex topics, MeSH, the Chinese Library Classification, ..."""

    scheme: str
    code: str
    label: str | None = None
    path: tuple[str, ...] = ()
    """Broader classes, broadest first."""
    score: float | None = None


class Count(Value):
    """A figure the source itself states: `cited_by`, or `references` (listed, held or not)."""

    kind: Literal["cited_by", "references"]
    value: int
    source: str
    as_of: str | None = None
    """The source's own date of its record, not the day it was asked."""


class Update(Value):
    """A retraction, correction or other notice, seen from either side."""

    direction: Literal["updated_by", "updates"]
    """`updated_by`: the other is a notice on this work. `updates`: this work is the notice."""
    type: str
    """retraction, correction, expression_of_concern, withdrawal, new_version, ..."""
    doi: str | None = None
    """The other side; None where a source marks a retraction without naming the notice."""
    label: str | None = None
    date: str | None = None
    asserted_by: str
    """publisher, retraction-watch, openalex."""
    record_id: str | None = None


class Relation(Value):
    """A link to another work that is neither a citation nor a notice: `has_preprint`, `is_version_of`, ..."""

    kind: str
    target: Identifier


class Reference(Value):
    """One entry of a reference list, as given, whether or not it leads to a known work."""

    source: str
    position: int
    """Place in the source's list, from 1. OpenAlex gives its lists in no order."""
    key: str | None = None
    text: str | None = None
    """The printed reference, where the source gives it."""
    targets: tuple[Identifier, ...] = ()
    """Every identifier the reference itself carries, canonical, best first."""
    asserted_by: str | None = None
    """Who attached the DOI: publisher, or crossref (matched by machine)."""
    title: str | None = None
    author: str | None = None
    year: int | None = None
    venue: str | None = None
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    edition: str | None = None
    isbn: str | None = None
    issn: str | None = None
    malformed_doi: str | None = None
    """What stood in the DOI field but is no DOI."""
    matched: str | None = None
    """The key of the work that it was found to name, where it carries no identifier of its own."""


class Bibliography(Value):
    """The description of a work: the fields that a record and a merged work share."""

    doi: str | None = None
    openalex: str | None = None
    pmid: str | None = None
    pmcid: str | None = None
    other_identifiers: tuple[Identifier, ...] = ()

    title: str | None = None
    subtitle: str | None = None
    other_titles: tuple[Title, ...] = ()
    abstract: str | None = None
    abstract_sections: tuple[Section, ...] = ()
    other_abstracts: tuple[Abstract, ...] = ()

    authors: tuple[Authorship, ...] | None = None
    """None: not given. Empty: given, and there are none."""
    editors: tuple[Authorship, ...] = ()
    affiliations: tuple[Affiliation, ...] = ()

    type: str | None = None
    type_as_given: str | None = None
    language: str | None = None
    """ISO 639-1 where the source gives that."""
    year: int | None = None
    date: str | None = None
    """First publication, `YYYY[-MM[-DD]]`."""
    events: tuple[Event, ...] = ()

    venue: Venue | None = None
    venue_figures: tuple[VenueFigure, ...] = ()
    volume: str | None = None
    issue: str | None = None
    first_page: str | None = None
    last_page: str | None = None
    article_number: str | None = None
    page_count: int | None = None
    publisher: str | None = None
    publisher_location: str | None = None

    open_access: OpenAccess | None = None
    licenses: tuple[License, ...] = ()
    links: tuple[Link, ...] = ()
    funders: tuple[Funder, ...] = ()
    keywords: tuple[Keyword, ...] = ()
    subjects: tuple[Subject, ...] = ()

    is_retracted: bool | None = None
    updates: tuple[Update, ...] = ()
    relations: tuple[Relation, ...] = ()

    counts: tuple[Count, ...] = ()
    references: tuple[Reference, ...] = ()


class Record(Bibliography):
    """What one source says of one work.

    `source` and `native_id` (the source's own id: a DOI at Crossref, a W id at OpenAlex) name the record;
    `updated` is the source's own time stamp, by which two versions of it are told apart.
    """

    source: str
    native_id: str
    updated: str | None = None
    title_as_given: str | None = None
    """With markup, where cleaning changed it."""
    abstract_as_given: str | None = None
    authors_complete: bool = True
    """False when the source cut the list (OpenAlex lists stop at 100 authors)."""
    is_expansion: bool = False
    """True for a work of OpenAlex's expansion corpus, which its lists hide unless asked."""


class Claim(Value):
    """A value that lost: what `source` said of a field, as JSON text where it is not plain text."""

    source: str
    value: str


class Provenance(Value):
    """Where the value of one field comes from: the sources that said it, and what the others said."""

    sources: tuple[str, ...]
    others: tuple[Claim, ...] = ()


class CitationSearch(Value):
    """What the last citation search says of a work: how it was found, and where it stands among all that was."""

    is_seed: bool = False
    round: int | None = None
    """The round that found it first, from 1; of a seed, the round that it began."""
    directions: tuple[str, ...] = ()
    """backward, forward, cocited, cociting."""
    seeds: tuple[str, ...] = ()
    """The keys of the seeds that it is linked to."""
    sources: tuple[str, ...] = ()
    """The indexes that say so."""
    rank: int | None = None
    """From 1, the first to be read."""
    score: float | None = None
    parts: dict[str, float] = {}
    """What the score is made of, see `graph.ranking`."""


class Work(Bibliography):
    """One work, as all sources together describe it.

    `key` is what outsiders may keep: `doi:` and the canonical DOI, else `openalex:W...`, else `import:...`.
    `aliases` are earlier or other keys of the same work; every command understands them.
    """

    key: str
    aliases: tuple[str, ...] = ()
    sources: tuple[str, ...] = ()
    """The sources that hold a record of it; empty for a work known only by being cited."""
    provenance: dict[str, Provenance] = {}
    citation_search: CitationSearch | None = None
    """Only in what is exported, from a library in which there has been one."""


class Citation(NamedTuple):
    """`citing` cites `cited` (keys of works), according to each of `sources`.

    A plain tuple, not a model: a library holds millions.
    """

    citing: str
    cited: str
    sources: tuple[str, ...]


class Node(NamedTuple):
    """A work as the citation graph sees it: one row of attributes, cheap to make by the million."""

    key: str
    title: str | None = None
    year: int | None = None
    doi: str | None = None
    openalex: str | None = None
    type: str | None = None
    venue: str | None = None
    first_author: str | None = None
    """Family name, or the name of an organisation."""
    cited_by_count: int | None = None
    """The largest figure any index states for citations from anywhere, not only from this library."""
    sources: tuple[str, ...] = ()
    is_retracted: bool = False
    is_open_access: bool | None = None
    only_cited: bool = False
    """True when the work is known only because another one cites it."""


class Query(Value):
    """One question to a source: a URL on its public host, and the identifiers that it asks for."""

    source: str
    url: str
    kind: Literal["single", "list", "search", "citing", "cited", "count", "cociting"]
    """`citing` and `cited` ask for the works on the other side of the citations of one work, `count` for how many cite
    it, `cociting` for works that cite any of several."""
    asked: tuple[Identifier, ...] = ()


class Item(NamedTuple):
    """A record and the bytes it was read from, as JSON in the source's own shape."""

    record: Record
    raw: bytes


class Skip(Value):
    """An item that was received and rejected on a named ground: a value, counted, never an exception."""

    source: str
    reason: str
    detail: str


class Page(Value):
    """One answer, read: what it holds, what it lacks, and what to ask next."""

    items: tuple[Item, ...] = ()
    skips: tuple[Skip, ...] = ()
    missing: tuple[Identifier, ...] = ()
    """Asked for and definitely not there."""
    next: tuple[Query, ...] = ()
    total: int | None = None
    """How many the source says there are."""
