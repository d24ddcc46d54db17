"""Crossref records and OpenCitations rows made from OpenAlex works, with gaps put in on purpose.

For load and coverage tests several indexes are needed that know the same works and do not agree. What is derived
here has the shape of a Crossref message or an OpenCitations row and says of itself that it is none
(`"derived": true`). Which reference is missing, or is there as text only, depends on the seed and on the two works,
never on their order: a larger corpus keeps the gaps of a smaller one.
"""

import calendar
import datetime
import hashlib
import html
import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from harvester.errors import InputError
from harvester.replica.crossref_message import TYPE_LABELS, Record, bare_doi, mappings, text, texts

__all__ = ["DERIVATIONS", "derive_crossref", "derive_opencitations"]

# OpenAlex has used its own types since 2023 (docs.openalex.org, work object, `type`); older works hold Crossref's
_TYPES = {
    "article": "journal-article",
    "review": "journal-article",
    "letter": "journal-article",
    "editorial": "journal-article",
    "erratum": "journal-article",
    "retraction": "journal-article",
    "preprint": "posted-content",
    "supplementary-materials": "component",
    "conference-paper": "proceedings-article",
}
_PARTICLES = frozenset(
    [
        "al",
        "ben",
        "da",
        "das",
        "de",
        "del",
        "della",
        "der",
        "di",
        "dos",
        "du",
        "el",
        "la",
        "le",
        "ten",
        "ter",
        "van",
        "vom",
        "von",
        "zu",
        "zur",
    ]
)
_SHOUTED = 0.2  # share of reference DOIs with capitals: 21 % in records of June 2026


def derive_crossref(
    works: Sequence[dict[str, Any]], *, seed: int = 0, missing: float = 0.15, text_only: float = 0.10
) -> list[Record]:
    """A Crossref message for every DOI among `works` (OpenAlex work objects, old or new shape).

    A reference list holds the referenced works that are themselves among `works`: of those a share of `missing`
    is left out, and a share of `text_only`, like those without a DOI, is only a text. Of several works with one
    DOI the one with the lowest OpenAlex id counts.

    Raises `InputError` for shares that are none.

    >>> work = {"id": "https://openalex.org/W1", "doi": "https://doi.org/10.1000/A", "title": "Peer support"}
    >>> derive_crossref([work])[0]["DOI"], derive_crossref([work])[0]["title"]
    ('10.1000/a', ['Peer support'])
    """
    if not (0 <= missing <= 1 and 0 <= text_only <= 1 and missing + text_only <= 1):
        raise InputError(f"missing={missing} and text_only={text_only} are not two shares of one whole.")
    known: dict[str, Record] = {}
    for work in works:
        known.setdefault(_short_id(text(work, "id")), work)
    return [
        _message(work, known=known, seed=seed, missing=missing, text_only=text_only) for work in _by_doi(works).values()
    ]


def derive_opencitations(works: Sequence[dict[str, Any]], *, seed: int = 0, missing: float = 0.10) -> list[Record]:
    """An OpenCitations row for every link between two DOIs among `works`, but for a share of `missing`, in order.

    OCIs and OMIDs are made of the DOIs, so that the same work has the same one in every corpus.

    Raises `InputError` for a share that is none.

    >>> works = [
    ...     {"id": "W1", "doi": "10.1000/A", "publication_date": "2021-03-10", "referenced_works": ["W2"]},
    ...     {"id": "W2", "doi": "10.1000/B", "publication_date": "2015-03-09"},
    ... ]
    >>> (row,) = derive_opencitations(works, missing=0.0)
    >>> row["citing"].split()[1], row["creation"], row["timespan"]
    ('doi:10.1000/a', '2021-03-10', 'P6Y0M1D')
    """
    if not 0 <= missing <= 1:
        raise InputError(f"missing={missing} is not a share of one whole.")
    chosen = {doi: work for doi, work in _by_doi(works).items() if not re.search(r"\s", doi)}  # ids end at white space
    dois: dict[str, set[str]] = {}
    for work in works:
        dois.setdefault(_short_id(text(work, "id")), set()).add(_doi(work))
    links = {
        (citing, doi)
        for work in works
        for citing in [_doi(work)]
        for written in texts(work, "referenced_works")
        for doi in dois.get(_short_id(written), ())
    }
    return [
        _citation_row(chosen[citing], chosen[cited])
        for citing, cited in sorted(links)
        if citing != cited and citing in chosen and cited in chosen and _lot(seed, citing, cited, "link") >= missing
    ]


DERIVATIONS: Mapping[str, Callable[[Sequence[dict[str, Any]]], list[Record]]] = {
    "crossref": derive_crossref,
    "opencitations": derive_opencitations,
}
"""What makes the records of an index out of OpenAlex works, by the name of the index."""


def _by_doi(works: Sequence[Record]) -> dict[str, Record]:
    """One work for each DOI: of several the one with the lowest OpenAlex id."""
    chosen: dict[str, Record] = {}
    for work in works:
        doi = _doi(work)
        if doi and (doi not in chosen or _by_id(work) < _by_id(chosen[doi])):
            chosen[doi] = work
    return chosen


def _message(work: Record, *, known: dict[str, Record], seed: int, missing: float, text_only: float) -> Record:
    doi = _doi(work)
    issued = _day(text(work, "publication_date") or text(work, "publication_year"))
    created = _day(text(work, "created_date")) or issued or (1970, 1, 1)
    references = _references(work, known=known, seed=seed, missing=missing, text_only=text_only)
    kind, subtype = _type(work)
    source = _source(work)
    volume, issue = _biblio(work, "volume"), _biblio(work, "issue")
    dated = {"date-parts": [_precise(issued)]} if issued else {}
    appeared = "posted" if subtype == "preprint" else "published-print" if volume else "published-online"
    message: Record = {
        "derived": True,
        "indexed": _stamp(_day(text(work, "updated_date")) or created),
        "reference-count": len(references),
        "publisher": _publisher(work, source) or "Unknown publisher",
        "issue": issue,
        "content-domain": {"domain": [], "crossmark-restriction": False},
        "abstract": _abstract(work),
        "DOI": doi,
        "type": kind,
        "subtype": subtype,
        "created": _stamp(created),
        "page": _page(work),
        "source": "Crossref",
        "is-referenced-by-count": _count(work, "cited_by_count"),
        "title": [title] if (title := _title(work)) else [],
        "prefix": doi.partition("/")[0],
        "volume": volume,
        "author": _authors(work),
        # no OpenAlex field holds Crossref's member number; the digits of the prefix are as good as any
        "member": re.sub(r"[^0-9]", "", doi.partition("/")[0].removeprefix("10.")) or "0",
        appeared: dated,
        "reference": references,
        "container-title": [name] if (name := text(source, "display_name")) else [],
        "language": text(work, "language"),
        "deposited": _stamp(created),
        "score": 1,
        "resource": {"primary": {"URL": f"https://doi.org/{doi}"}},
        "issued": dated or {"date-parts": [[None]]},
        "references-count": len(references),
        "journal-issue": {"issue": issue} if issue else {},
        "URL": f"https://doi.org/{doi}",
        "ISSN": texts(source, "issn"),
        "published": dated,
    }
    # what is not known is not there: in a Crossref message nothing is empty but what it always holds
    return {key: value for key, value in message.items() if value not in ("", [], {})}


# -- references ------------------------------------------------------------------------------------


def _references(work: Record, *, known: dict[str, Record], seed: int, missing: float, text_only: float) -> list[Record]:
    citing = _doi(work)
    entries: list[Record] = []
    for number, written in enumerate(texts(work, "referenced_works"), start=1):
        cited = known.get(_short_id(written))
        if cited is None:
            continue
        lot = _lot(seed, citing, _short_id(written))
        if lot < missing:
            continue
        key = {"key": f"{citing}-ref{number}"}
        doi = _doi(cited)
        if not doi or lot < missing + text_only:
            entries.append({**key, "unstructured": _citation(cited)})
            continue
        asserted = "publisher" if _lot(seed, citing, doi, "asserted") < 0.5 else "crossref"
        shouted = doi.upper() if _lot(seed, citing, doi, "shouted") < _SHOUTED else doi
        parsed = {
            "author": next((family for _, family in map(_split, _names(cited))), ""),
            "article-title": _title(cited),
            "journal-title": text(_source(cited), "display_name"),
            "year": text(cited, "publication_year"),
            "volume": _biblio(cited, "volume"),
            "first-page": _biblio(cited, "first_page"),
        }
        entry = {**key, "doi-asserted-by": asserted, "DOI": shouted}
        entries.append(entry | {name: value for name, value in parsed.items() if value})
    return entries


def _citation(work: Record) -> str:
    """A reference as a reader would write it.

    >>> _citation({"publication_year": 2006, "title": "Peer support", "authorships": []})
    '(2006). Peer support.'
    """
    authors = ", ".join(
        f"{family}, {given[:1]}." if given else family for given, family in map(_split, _names(work)[:6])
    )
    year = text(work, "publication_year") or "n.d."
    parts = [f"{authors} ({year})".strip(), _title(work), text(_source(work), "display_name")]
    return " ".join(f"{part.rstrip('.')}." for part in parts if part)


# -- citations -------------------------------------------------------------------------------------


def _citation_row(citing: Record, cited: Record) -> Record:
    days = [_day(text(work, "publication_date") or text(work, "publication_year")) for work in (citing, cited)]
    venues = [text(_source(work), "id") or text(_source(work), "display_name") for work in (citing, cited)]
    authors = [
        {text(person, "id") for each in mappings(work, "authorships") for person in mappings(each, "author")}
        for work in (citing, cited)
    ]
    return {
        "oci": f"{_omid(citing)}-{_omid(cited)}",
        "citing": _ids(citing),
        "cited": _ids(cited),
        "creation": _written(days[0]) if days[0] else "",
        "timespan": _timespan(days[0], days[1]) if days[0] and days[1] else "",
        "journal_sc": "yes" if venues[0] and venues[0] == venues[1] else "no",
        "author_sc": "yes" if (authors[0] & authors[1]) - {""} else "no",
        "derived": True,
    }


def _omid(work: Record) -> str:
    """The number of an OMID; twenty digits make two works with the same one most unlikely."""
    digest = hashlib.blake2b(_doi(work).encode(errors="replace"), digest_size=8).digest()
    return f"06{int.from_bytes(digest, 'big'):020d}"


def _ids(work: Record) -> str:
    pmids = [re.fullmatch(r"(?:.*[/:])?0*([1-9][0-9]{0,7})/?", text(ids, "pmid")) for ids in mappings(work, "ids")]
    named = [f"omid:br/{_omid(work)}", f"doi:{_doi(work)}", *(f"pmid:{found[1]}" for found in pmids if found)]
    return " ".join(named)


def _written(day: tuple[int, int, int]) -> str:
    return "-".join([f"{day[0]:04d}", *(f"{part:02d}" for part in _precise(day)[1:])])


def _timespan(citing: tuple[int, int, int], cited: tuple[int, int, int]) -> str:
    """Years, months and days from one day to another, as far as both are known (XSD duration).

    As GitHub opencitations/oc_api src/api/indexapi_v2.py counts (`__cit_duration`): whole months from the cited
    work's day on, the last day of a month standing for those it lacks, then days.

    >>> (
    ...     _timespan((2021, 3, 10), (2015, 3, 9)),
    ...     _timespan((2014, 12, 31), (2015, 3, 9)),
    ...     _timespan((2021, 1, 1), (2015, 3, 9)),
    ... )
    ('P6Y0M1D', '-P0Y2M9D', 'P5Y')
    """
    end, start = datetime.date(*citing), datetime.date(*cited)
    months = 12 * (end.year - start.year) + end.month - start.month
    if end >= start and _months_on(start, months) > end:
        months -= 1
    elif end < start and _months_on(start, months) < end:
        months += 1
    days = abs((end - _months_on(start, months)).days)
    is_precise = len(_precise(citing)) == len(_precise(cited)) == len(citing)
    years, rest = divmod(abs(months), 12)
    shown = f"P{years}Y" + (f"{rest}M{days}D" if is_precise else "")
    return f"-{shown}" if end < start and (years or is_precise) else shown


def _months_on(day: datetime.date, months: int) -> datetime.date:
    year, month = divmod(12 * day.year + day.month - 1 + months, 12)
    return datetime.date(year, month + 1, min(day.day, calendar.monthrange(year, month + 1)[1]))


def _lot(*of: object) -> float:
    """A number from 0 up to 1 that depends on nothing but `of`."""
    digest = hashlib.blake2b("\0".join(map(str, of)).encode(errors="replace"), digest_size=7).digest()
    return int.from_bytes(digest, "big") / 2**56


# -- what an OpenAlex work says --------------------------------------------------------------------


def _short_id(written: str) -> str:
    return written.rpartition("/")[2].upper()


def _by_id(work: Record) -> tuple[int, str]:
    short = _short_id(text(work, "id"))
    return len(short), short


def _doi(work: Record) -> str:
    doi = bare_doi(text(work, "doi"))
    return doi if re.fullmatch(r"10\.[0-9.]+/.+", doi, re.DOTALL) else ""


def _title(work: Record) -> str:
    return text(work, "title") or text(work, "display_name")


def _source(work: Record) -> Record:
    """Where the work appeared: `primary_location.source`, or `host_venue` as it was until 2023."""
    places = [source for place in mappings(work, "primary_location") for source in mappings(place, "source")]
    named = [place for place in (*places, *mappings(work, "host_venue")) if text(place, "display_name")]
    return named[0] if named else {}


def _publisher(work: Record, source: Record) -> str:
    venues = [text(venue, "publisher") for venue in mappings(work, "host_venue")]
    return text(source, "host_organization_name") or next(filter(None, venues), "")


def _type(work: Record) -> tuple[str, str]:
    """Crossref's type and subtype."""
    written = text(work, "type_crossref") or text(work, "type")
    kind = _TYPES.get(written, written)
    if text(_source(work), "type") == "conference" and kind == "journal-article":
        kind = "proceedings-article"
    return (kind if kind in TYPE_LABELS else "other"), ("preprint" if kind == "posted-content" else "")


def _biblio(work: Record, key: str) -> str:
    return next((text(biblio, key) for biblio in mappings(work, "biblio")), "")


def _page(work: Record) -> str:
    first, last = _biblio(work, "first_page"), _biblio(work, "last_page")
    return f"{first}-{last}" if first and last and first != last else first


def _count(work: Record, key: str) -> int:
    value = work.get(key)
    return value if isinstance(value, int) and not isinstance(value, bool) and value > 0 else 0


def _names(work: Record) -> list[str]:
    return [name for authorship in mappings(work, "authorships") if (name := _name(authorship))]


def _name(authorship: Record) -> str:
    people = [text(person, "display_name") for person in mappings(authorship, "author")]
    return text(authorship, "raw_author_name") or next(filter(None, people), "")


def _split(name: str) -> tuple[str, str]:
    """Given and family name; particles belong to the family name.

    >>> _split("Jan van der Berg"), _split("Davidson, Larry"), _split("Plato")
    (('Jan', 'van der Berg'), ('Larry', 'Davidson'), ('', 'Plato'))
    """
    family, comma, given = (part.strip() for part in name.partition(","))
    if comma and family:
        return given, family
    words = name.replace(",", " ").split() or [name]
    first = len(words) - 1
    while first > 1 and words[first - 1].lower() in _PARTICLES:
        first -= 1
    return " ".join(words[:first]), " ".join(words[first:])


def _authors(work: Record) -> list[Record]:
    people: list[Record] = []
    for authorship in mappings(work, "authorships"):
        name = _name(authorship)
        if not name:
            continue
        given, family = _split(name)
        orcids = [text(person, "orcid") for person in mappings(authorship, "author")]
        orcid = next(filter(None, orcids), "")
        places = [text(place, "display_name") for place in mappings(authorship, "institutions")]
        people.append(
            {
                **({"ORCID": orcid, "authenticated-orcid": False} if orcid else {}),
                **({"given": given, "family": family} if given else {"name": family}),
                "sequence": "additional" if people else "first",
                "affiliation": [{"name": place} for place in places if place],
                "role": [{"role": "author", "vocabulary": "crossref"}],
            }
        )
    return people


def _abstract(work: Record) -> str:
    """The abstract as JATS, from OpenAlex's word positions; a word without a usable position is passed over."""
    placed = [
        (position, word)
        for inverted in mappings(work, "abstract_inverted_index")
        for word, positions in inverted.items()
        if isinstance(positions, list)
        for position in positions
        if isinstance(position, int) and not isinstance(position, bool)
    ]
    told = " ".join(word for _, word in sorted(placed))
    return f"<jats:p>{html.escape(told, quote=False)}</jats:p>" if told else ""


# -- dates -----------------------------------------------------------------------------------------


def _day(written: str) -> tuple[int, int, int] | None:
    """The day a date, a time stamp or a year begins with; None for what no calendar has."""
    found = re.match(r"([0-9]{4})(?:-([0-9]{2})-([0-9]{2}))?(?![0-9])", written)
    if not found:
        return None
    year, month, day = int(found[1]), int(found[2] or 1), int(found[3] or 1)
    try:
        datetime.date(year, month, day)
    except ValueError:
        return None
    return year, month, day


def _precise(day: tuple[int, int, int]) -> list[int]:
    # OpenAlex writes the first of January when it knows only the year
    return [day[0]] if day[1:] == (1, 1) else list(day)


def _stamp(day: tuple[int, int, int]) -> Record:
    moment = datetime.datetime(*day, tzinfo=datetime.UTC)
    return {
        "date-parts": [list(day)],
        "date-time": moment.strftime("%Y-%m-%dT%H:%M:%SZ").zfill(20),
        "timestamp": round(moment.timestamp() * 1000),
    }
