"""Crossref records made from OpenAlex works, with gaps put in on purpose.

For load and coverage tests two indexes are needed that know the same works and do not agree. What is derived here
has the shape of a Crossref message and says so of itself (`"derived": true`), so that nobody takes it for one.
Which reference is missing, or is there as text only, depends on the seed and on the two works, never on their
order: a larger corpus keeps the gaps of a smaller one.
"""

import datetime
import hashlib
import html
import re
from collections.abc import Sequence
from typing import Any

from harvester.errors import InputError
from harvester.replica.crossref_message import TYPE_LABELS, Record, bare_doi, mappings, text, texts

__all__ = ["derive_crossref"]

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
    chosen: dict[str, Record] = {}
    for work in works:
        known.setdefault(_short_id(text(work, "id")), work)
        doi = _doi(work)
        if doi and (doi not in chosen or _by_id(work) < _by_id(chosen[doi])):
            chosen[doi] = work
    return [_message(work, known=known, seed=seed, missing=missing, text_only=text_only) for work in chosen.values()]


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
