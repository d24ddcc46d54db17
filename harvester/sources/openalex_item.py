"""One OpenAlex work object, in any shape it has had since 2022, as a `Record`.

Three generations are in circulation: API answers and snapshots from before November 2025 (`host_venue`, `grants`,
Crossref's words for types, `raw_affiliation_string`), those since (`awards`, `funders`, `is_xpac`, location ids),
and old snapshot parts, where the abstract's index is a JSON text in a wrapper and numbers are strings. Nothing
is taken for granted but the W id: every other key may be absent, null or of another type, and then says nothing.
Work object: GitHub ourresearch/openalex-elastic-api works/schemas.py.
"""

import datetime
import json
import re
from collections.abc import Iterable, Iterator
from itertools import chain
from typing import Any, Final

from harvester import identifiers, markup
from harvester.model import (
    Count,
    Event,
    Funder,
    Identifier,
    Keyword,
    License,
    Link,
    OpenAccess,
    Record,
    Reference,
    Relation,
    Section,
    Skip,
    Subject,
    Update,
    Venue,
)
from harvester.sources.openalex_people import people
from harvester.sources.openalex_value import code, number
from harvester.sources.value import (
    EARLIEST_YEAR,
    LATEST_YEAR,
    canonical,
    entries,
    integer,
    mapping,
    ror,
    text,
    web_address,
)

__all__ = ["NAME", "record"]

NAME: Final = "openalex"

# help.openalex.org data/work-types.md has 25 types; until 2023 `type` held Crossref's word instead.
# fmt: off
TYPES: Final = frozenset({
    "article", "book", "book-chapter", "book-review", "conference-abstract", "conference-paper", "data-paper",
    "dataset", "dissertation", "editorial", "erratum", "letter", "libguides", "other", "paratext", "peer-review",
    "preprint", "reference-entry", "report", "retraction", "review", "software", "software-paper", "standard",
    "supplementary-materials",
})
# fmt: on
OLDER_TYPES: Final = {
    "journal-article": "article",
    "proceedings-article": "conference-paper",
    "posted-content": "preprint",
    "book-part": "book-chapter",
    "book-section": "book-chapter",
    "book-track": "book-chapter",
    "monograph": "book",
    "edited-book": "book",
    "reference-book": "book",
    "book-set": "book",
    "database": "dataset",
    "report-component": "report",
    "component": "supplementary-materials",
    "book-series": "paratext",
    "journal": "paratext",
    "journal-issue": "paratext",
    "journal-volume": "paratext",
    "proceedings": "paratext",
    "proceedings-series": "paratext",
    "report-series": "paratext",
    "standard-series": "paratext",
    "grant": "other",
}

# A repository's host is a university or a library: it holds the work and did not publish it.
PUBLISHING_SOURCES: Final = frozenset({"journal", "book series", "conference", "ebook platform"})

# Crossref's words for the version of the text a licence holds for.
VERSIONS: Final = {"publishedVersion": "vor", "acceptedVersion": "am", "submittedVersion": "submitted"}

# Some publishers deposit both in one field, and the tags arrive escaped.
_SUBTITLE = re.compile(r"(?:<|&lt;)subtitle(?:>|&gt;)(.*?)(?:(?:<|&lt;)/subtitle(?:>|&gt;).*)?\Z", re.DOTALL)
_DATE = re.compile(r"([0-9]{4})(?:-([0-9]{2})(?:-([0-9]{2}))?)?(?:[T ].*)?", re.DOTALL)


def record(item: dict[str, Any]) -> Record | Skip:
    """Map one work object, or say why it is none.

    The only ground for a `Skip` is a missing W id. The mapping depends on the item alone, so a stored item maps
    to the same record again. `authors_complete` is False where OpenAlex marks the list as cut.

    >>> work = record({"id": "https://openalex.org/W42", "title": "Peer <i>support</i>", "type": "journal-article"})
    >>> work.native_id, work.title, work.type, work.type_as_given
    ('W42', 'Peer support', 'article', 'journal-article')
    >>> record({"id": None}).reason
    'no-id'
    """
    work = code(item.get("id"), "W")
    if work is None:
        return Skip(source=NAME, reason="no-id", detail=f"an item has {item.get('id')!r:.80} for its OpenAlex id")
    ids = mapping(item.get("ids"))
    doi = canonical(identifiers.doi, item.get("doi")) or canonical(identifiers.doi, ids.get("doi"))
    title, subtitle, title_as_given = _title(item)
    abstract, sections, abstract_as_given = _abstract(item.get("abstract_inverted_index"))
    authors, affiliations = people(item.get("authorships"))
    locations = _locations(item)
    kind, kind_as_given = _type(item)
    date = _date(item.get("publication_date"))
    year = integer(item.get("publication_year"), low=EARLIEST_YEAR, high=LATEST_YEAR) or (
        int(date[:4]) if date else None
    )
    date = date or (str(year) if year else None)
    biblio = mapping(item.get("biblio"))
    updated = text(item.get("updated_date"))
    retracted = _flag(item.get("is_retracted"))
    venue, publisher = _venue(item)
    return Record(
        source=NAME,
        native_id=work,
        updated=updated,
        title_as_given=title_as_given,
        abstract_as_given=abstract_as_given,
        authors_complete=item.get("is_authors_truncated") is not True,
        is_expansion=item.get("is_xpac") is True,
        doi=doi,
        openalex=work,
        pmid=canonical(identifiers.pmid, ids.get("pmid")),
        pmcid=canonical(identifiers.pmcid, ids.get("pmcid")),
        other_identifiers=_other_identifiers(ids),
        title=title,
        subtitle=subtitle,
        abstract=abstract,
        abstract_sections=sections,
        authors=authors,
        affiliations=affiliations,
        type=kind,
        type_as_given=kind_as_given,
        language=text(item.get("language")),
        year=year,
        date=date,
        events=(Event(kind="issued", date=date),) if date else (),
        venue=venue,
        volume=text(biblio.get("volume")),
        issue=text(biblio.get("issue")),
        first_page=text(biblio.get("first_page")),
        last_page=text(biblio.get("last_page")),
        publisher=publisher,
        open_access=_open_access(item),
        licenses=_licenses(locations),
        links=_links(locations),
        funders=_funders(item),
        keywords=_keywords(item),
        subjects=tuple(_subjects(item)),
        is_retracted=retracted,
        updates=(Update(direction="updated_by", type="retraction", asserted_by=NAME),) if retracted else (),
        relations=_relations(locations, doi=doi),
        counts=_counts(item, as_of=_day(updated)),
        references=_references(item),
    )


# -- what the work is ----------------------------------------------------------------------------------


def _title(item: dict[str, Any]) -> tuple[str | None, str | None, str | None]:
    """The title as plain text, its subtitle where a tag parts them, and all as given where that differs.

    An empty title is none.
    """
    for key in ("title", "display_name"):
        given = item.get(key)
        parted = _SUBTITLE.search(given) if isinstance(given, str) and "subtitle" in given else None
        if parted is not None and (main := text(parted.string[: parted.start()])):
            return main, text(parted[1]), _as_given(given, main)
        title = text(given)
        if title is not None:
            return title, None, _as_given(given, title)
    return None, None, None


def _abstract(value: object) -> tuple[str | None, tuple[Section, ...], str | None]:
    """The abstract put together from its inverted index: text, labelled sections, and the text with its markup."""
    index = _word_index(value)
    if not index:
        return None, (), None
    from pyalex import invert_abstract  # pulls in requests; nobody who reads no abstract pays for that

    given: str = invert_abstract(index)
    plain, sections = markup.abstract(given)
    if not plain:
        return None, (), None
    return plain, tuple(Section(label=label, text=part) for label, part in sections), _as_given(given, plain)


def _as_given(given: object, cleaned: str) -> str | None:
    """The text as received, where cleaning changed it; JSON may hold half a character, which no file can."""
    if not isinstance(given, str) or given == cleaned:
        return None
    return given.encode("utf-8", "replace").decode()


def _word_index(value: object) -> dict[str, list[int]]:
    """The index as word to places, out of the wrapper and the JSON text that snapshots put it in.

    Places may have gaps and double occupants; anything that is no place is left out.
    """
    if isinstance(value, str):
        try:
            value = json.loads(value)
        except (ValueError, RecursionError):
            return {}
    index = mapping(value)
    if isinstance(index.get("InvertedIndex"), dict):
        index = index["InvertedIndex"]
    # Nearly every index is sound, and finding that out is much cheaper than copying it.
    kinds = set(map(type, index.values()))
    if kinds == {list} and set(map(type, chain.from_iterable(index.values()))) <= {int}:
        return index
    return {
        word: [place for place in places if type(place) is int]
        for word, places in index.items()
        if isinstance(places, list)
    }


def _type(item: dict[str, Any]) -> tuple[str | None, str | None]:
    """The type in today's vocabulary, and as given; an unknown word of OpenAlex's own stays as it is."""
    own = text(item.get("type"))
    if own is not None:
        return OLDER_TYPES.get(own, own), own
    given = text(item.get("type_crossref")) or text(mapping(item.get("primary_location")).get("raw_type"))
    if given is None:
        return None, None
    kind = OLDER_TYPES.get(given, given)
    return kind if kind in TYPES else None, given


def _date(value: object) -> str | None:
    """The date with as much as it can be trusted for: a day of 01 says nothing, nor then does a month of 01.

    OpenAlex gives full dates only (help.openalex.org data/works/attributes.md), fills unknown months and days with 01
    and does not mark them, so the first of a month and an unknown day look the same. Leaving out a true
    1 January loses precision that other sources may restore; keeping a false one would be an invention.

    >>> _date("2020-01-01"), _date("2020-05-01"), _date("2020-05-17"), _date("2020-02-30")
    ('2020', '2020-05', '2020-05-17', None)
    """
    match = _DATE.fullmatch(value) if isinstance(value, str) else None
    if match is None:
        return None
    year, month, day = match.groups()
    try:
        datetime.date(int(year), int(month or 1), int(day or 1))
    except ValueError:
        return None
    if not EARLIEST_YEAR <= int(year) <= LATEST_YEAR:
        return None
    if day == "01":
        return year if month == "01" else f"{year}-{month}"
    return "-".join(part for part in (year, month, day) if part)


def _day(stamp: str | None) -> str | None:
    """The day of a time stamp, where it begins with one."""
    return stamp[:10] if stamp and re.match(r"[0-9]{4}-[0-9]{2}-[0-9]{2}(?![0-9])", stamp) else None


def _flag(value: object) -> bool | None:
    return value if isinstance(value, bool) else None


def _other_identifiers(ids: dict[str, Any]) -> tuple[Identifier, ...]:
    """The number in the Microsoft Academic Graph: a text today, a number in old snapshots."""
    mag = text(ids.get("mag"))
    return (Identifier("mag", mag),) if mag and mag.isascii() and mag.isdecimal() else ()


# -- where it appeared ---------------------------------------------------------------------------------


def _locations(item: dict[str, Any]) -> list[dict[str, Any]]:
    """Every place that holds the work; before 2023 they were called host venues."""
    listed = entries(item.get("locations"))
    if listed:
        return listed
    single = (mapping(item.get(key)) for key in ("primary_location", "best_oa_location", "host_venue"))
    return [place for place in (*single, *entries(item.get("alternate_host_venues"))) if place]


def _venue(item: dict[str, Any]) -> tuple[Venue | None, str | None]:
    """The venue, and its publisher where the venue is one that publishes."""
    primary = mapping(item.get("primary_location"))
    source = mapping(primary.get("source"))
    if code(source.get("id"), "S") is None and text(source.get("display_name")) is None:
        source = mapping(item.get("host_venue"))
    name = text(source.get("display_name")) or text(primary.get("raw_source_name"))
    openalex = code(source.get("id"), "S")
    if name is None and openalex is None:
        return None, None
    kind = text(source.get("type"))
    listed = source.get("issn")
    given = listed if isinstance(listed, list) else [listed]
    issns = (canonical(identifiers.issn, value) for value in given)
    venue = Venue(
        name=name,
        issns=tuple(dict.fromkeys(issn for issn in issns if issn)),
        issn_l=canonical(identifiers.issn, source.get("issn_l")),
        type=kind,
        openalex=openalex,
    )
    if kind not in PUBLISHING_SOURCES:
        return venue, None
    return venue, text(source.get("host_organization_name")) or text(source.get("publisher"))


def _open_access(item: dict[str, Any]) -> OpenAccess | None:
    given = mapping(item.get("open_access"))
    found = OpenAccess(
        is_open=_flag(given.get("is_oa")),
        status=text(given.get("oa_status")),
        url=web_address(given.get("oa_url")),
        pdf_url=web_address(mapping(item.get("best_oa_location")).get("pdf_url")),
    )
    return None if found == OpenAccess() else found


def _licenses(locations: Iterable[dict[str, Any]]) -> tuple[License, ...]:
    pairs = ((text(place.get("license")), text(place.get("version"))) for place in locations)
    return tuple(
        License(name=name, applies_to=VERSIONS.get(version, version) if version else None)
        for name, version in dict.fromkeys(pairs)
        if name
    )


def _links(locations: Iterable[dict[str, Any]]) -> tuple[Link, ...]:
    found: dict[tuple[str, str], None] = {}
    for place in locations:
        landing = web_address(place.get("landing_page_url")) or web_address(place.get("url"))
        pdf = web_address(place.get("pdf_url"))
        if landing:
            found["landing", landing] = None
        if pdf:
            found["pdf", pdf] = None
    return tuple(Link(url=url, kind=kind) for kind, url in found)


def _relations(locations: Iterable[dict[str, Any]], *, doi: str | None) -> tuple[Relation, ...]:
    """The DOIs of other versions that OpenAlex merged into this work: they live on only in its locations.

    A location's `id` carries the DOI since November 2025, its landing page before and since.
    """
    found: dict[str, None] = {}
    for place in locations:
        name, page = place.get("id"), place.get("landing_page_url")
        for given in (
            name if isinstance(name, str) and name.startswith("doi:") else None,
            page if isinstance(page, str) and "://doi.org/10." in page else None,
        ):
            # Nearly every location repeats the work's own DOI, which needs no second parsing.
            if given is None or (doi is not None and given.lower() in {f"doi:{doi}", f"https://doi.org/{doi}"}):
                continue
            other = canonical(identifiers.doi, given)
            if other is not None and other != doi:
                found[other] = None
    return tuple(Relation(kind="has_version", target=Identifier("doi", other)) for other in found)


# -- what is said about it -----------------------------------------------------------------------------


def _funders(item: dict[str, Any]) -> tuple[Funder, ...]:
    """Funders with their award numbers, joined from today's two lists or the `grants` of before November 2025."""
    named: dict[tuple[str | None, str | None], tuple[str | None, str | None]] = {}
    awards: dict[tuple[str | None, str | None], dict[str, None]] = {}

    def add(openalex: str | None, name: str | None, registry: str | None, award: str | None) -> None:
        if openalex is None and name is None:
            return
        key = (openalex, None) if openalex else (None, name)
        known_name, known_registry = named.get(key, (None, None))
        named[key] = (known_name or name, known_registry or registry)
        numbers = awards.setdefault(key, {})
        if award is not None:
            numbers[award] = None

    for given in entries(item.get("funders")):
        add(code(given.get("id"), "F"), text(given.get("display_name")), ror(given.get("ror")), None)
    for given in entries(item.get("awards")):
        add(
            code(given.get("funder_id"), "F"),
            text(given.get("funder_display_name")),
            None,
            text(given.get("funder_award_id")),
        )
    for given in entries(item.get("grants")):
        add(code(given.get("funder"), "F"), text(given.get("funder_display_name")), None, text(given.get("award_id")))
    return tuple(
        Funder(name=name, ror=registry, openalex=key[0], awards=tuple(awards[key]))
        for key, (name, registry) in named.items()
    )


def _keywords(item: dict[str, Any]) -> tuple[Keyword, ...]:
    """Keywords that OpenAlex assigned; in 2024 the word stood under `keyword`."""
    found: dict[str, float | None] = {}
    for given in entries(item.get("keywords")):
        term = text(given.get("display_name")) or text(given.get("keyword"))
        if term is not None:
            found.setdefault(term, number(given.get("score")))
    return tuple(Keyword(term=term, kind="assigned", score=score) for term, score in found.items())


def _subjects(item: dict[str, Any]) -> Iterator[Subject]:
    """Topics, MeSH headings, and the abandoned concepts where there is no topic yet."""
    topics = entries(item.get("topics")) or entries([item.get("primary_topic")])
    told = False
    for topic in topics:
        name = code(topic.get("id"), "T")
        if name is None:
            continue
        told = True
        levels = (text(mapping(topic.get(level)).get("display_name")) for level in ("domain", "field", "subfield"))
        yield Subject(
            scheme="openalex-topic",
            code=name,
            label=text(topic.get("display_name")),
            path=tuple(level for level in levels if level),
            score=number(topic.get("score")),
        )
    for heading in entries(item.get("mesh")):
        descriptor = text(heading.get("descriptor_ui"))
        if descriptor is None:
            continue
        qualifier, qualified = text(heading.get("qualifier_ui")), text(heading.get("qualifier_name"))
        label = text(heading.get("descriptor_name"))
        yield Subject(
            scheme="mesh",
            code=f"{descriptor}/{qualifier}" if qualifier else descriptor,
            label=f"{label}/{qualified}" if label and qualified else label,
        )
    for concept in () if told else entries(item.get("concepts")):
        name = code(concept.get("id"), "C")
        if name is not None:
            yield Subject(
                scheme="openalex-concept",
                code=name,
                label=text(concept.get("display_name")),
                score=number(concept.get("score")),
            )


def _counts(item: dict[str, Any], *, as_of: str | None) -> tuple[Count, ...]:
    """What OpenAlex says of its own holdings; before `referenced_works_count` the length of the list said it."""
    listed = item.get("referenced_works")
    cited_by = integer(item.get("cited_by_count"))
    references = integer(item.get("referenced_works_count"))
    if references is None and isinstance(listed, list):
        references = len(listed)
    counts = []
    if cited_by is not None:
        counts.append(Count(kind="cited_by", value=cited_by, source=NAME, as_of=as_of))
    if references is not None:
        counts.append(Count(kind="references", value=references, source=NAME, as_of=as_of))
    return tuple(counts)


def _references(item: dict[str, Any]) -> tuple[Reference, ...]:
    """One `Reference` for each entry, in the order received; an entry that is no W id is kept as text."""
    listed = item.get("referenced_works")
    if not isinstance(listed, list):
        return ()
    found = []
    for position, given in enumerate(listed, 1):
        work = code(given, "W")
        if work is not None:
            found.append(Reference(source=NAME, position=position, targets=(Identifier("openalex", work),)))
        elif (printed := text(given)) is not None:
            found.append(Reference(source=NAME, position=position, text=printed))
    return tuple(found)
