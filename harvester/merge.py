"""Many records of one work become one work; every field remembers who said it, and who said otherwise.

The result depends on the records alone, not on the order in which they came: sources are ranked, several
records of one source are ranked by what they hold, and everything united is put in order.

Crossref comes before OpenAlex for what identifies a publication, because publishers write those records
themselves while OpenAlex holds over-merged and counterfeit ones (a famous paper under another's DOI, year and
type). What a source lost with is kept in `Work.provenance` and can be listed as a disagreement.
"""

import json
import re
from collections.abc import Iterable, Sequence
from itertools import chain, groupby
from typing import Any

from pydantic import BaseModel

from harvester.folding import fold
from harvester.identifiers import Identifier
from harvester.model import Authorship, Bibliography, Claim, Provenance, Record, Venue, Work
from harvester.names import is_comparable, same_author
from harvester.venues import unite

__all__ = ["FILES", "Disagreement", "disagreements", "key_of", "merge", "own_key", "standing"]

FILES = ("file:", "page:")
"""What the names of sources begin with that the user brought in: a file of records, a page of a website."""

CITATIONS = frozenset(("opencitations",))
"""The sources whose records are single citations: a work has as many of them as it has references there."""

RANK = ("crossref", "openalex", "datacite", "europepmc", "opencitations")

UNITED = (
    "other_titles",
    "other_abstracts",
    "events",
    "venue_figures",
    "licenses",
    "links",
    "funders",
    "keywords",
    "subjects",
    "updates",
    "relations",
    "counts",
    "references",
)
"""Lists to which every source adds what the ones before it lack."""

SIGNED = {"references", "counts"}
"""Those of them whose entries name their source."""

TOGETHER = {
    "subtitle": "title",
    "abstract_sections": "abstract",
    "affiliations": "authors",
    "date": "year",
    "type_as_given": "type",
}
"""Fields that mean nothing apart from another, and so come from the same source."""

CHOSEN = tuple(
    name
    for name in Bibliography.model_fields
    if name not in UNITED and name not in TOGETHER and name not in {"is_retracted", "other_identifiers"}
)
"""Fields whose value is that of the first source that gives one."""

COMPLETED = ("orcid", "openalex", "is_corresponding")
"""What is added to an author of the chosen list from another source's list of the very same authors."""

FIRST = {"open_access": "openalex"}
"""Who comes before all others on a field: Crossref only ever knows that a work is open, not where or how."""


class Disagreement(BaseModel, frozen=True):
    """Sources that differ on one field of one work beyond formatting; `values` pairs source and value."""

    key: str
    field: str
    values: tuple[tuple[str, str], ...]


def key_of(record: Record) -> str:
    """Name the work that a record describes: its DOI, else the source's own id."""
    return f"doi:{record.doi}" if record.doi else own_key(record)


def own_key(record: Record) -> str:
    """Name a record by its source's own id; one from a file by what it says, in whatever file it stands.

    A record that is a citation is named by the work that it is of.
    """
    if record.source in CITATIONS:
        for scheme in ("doi", "openalex", "pmid"):
            if value := getattr(record, scheme):
                return f"{scheme}:{value}"
    return f"{'import' if record.source.startswith(FILES) else record.source}:{record.native_id}"


def standing(record: Record) -> tuple[object, ...]:
    """Rank a record among others of the same source for the same work; the smallest is the best.

    OpenAlex may hold several works under one DOI: one of its core corpus comes before one of the expansion
    corpus, then the more cited, then the one with more references, then the older id.
    """
    cited = max((count.value for count in record.counts if count.kind == "cited_by"), default=0)
    return (record.is_expansion, -cited, -len(record.references), len(record.native_id), record.native_id)


def merge(records: Iterable[Record], *, key: str | None = None) -> Work:
    """Unite what all sources say of one work.

    `key` names the work where its records do not (a DOI that is an alias of another). Raises `ValueError`
    when there is no record.
    """
    ranked = _ranked(records)
    if not ranked:
        raise ValueError("a work is merged from at least one record")
    voices = [next(group) for _, group in groupby(ranked, key=lambda record: record.source)]
    fields: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for name in CHOSEN:
        chosen = _choose(name, ranked)
        if chosen is None:
            continue
        for each in (name, *(follower for follower, leader in TOGETHER.items() if leader == name)):
            account = _account(each, getattr(chosen, each), ranked)
            if account.sources:
                fields[each] = getattr(chosen, each)
            if account.sources or account.others:
                provenance[each] = account
    for name in UNITED:
        # A notice counts whoever has it; other lists of two records of one source would only repeat each other.
        speaking = ranked if name == "updates" else _listing(ranked, voices) if name == "references" else voices
        _unite(name, speaking, fields, provenance)
    _complete_authors(voices, fields, provenance)
    _complete_venue(ranked, fields, provenance)
    _settle_retraction(ranked, fields, provenance)
    key = key or key_of(ranked[0])
    own, others = _identifiers(key, ranked, fields)
    if others:
        fields["other_identifiers"] = others
        naming = [record.source for record in ranked if not set(_all_identifiers(record)).isdisjoint(others)]
        provenance["other_identifiers"] = Provenance(sources=tuple(dict.fromkeys(naming)))
    return Work(
        key=key,
        aliases=own,
        sources=tuple(voice.source for voice in voices),
        provenance=dict(sorted(provenance.items())),
        **fields,
    )


def disagreements(work: Work) -> list[Disagreement]:
    """List the fields among title, year and first author on which sources differ beyond formatting.

    Case, punctuation, markup, a subtitle given apart, initials, particles, transliteration and the order of a name's
    parts are formatting. So is a year that a source gives for another appearance (in print, online) of the same work.
    A name in Chinese is not compared with one in Latin letters: nobody can tell here whether they differ.
    """
    found = []
    for name, differs in (("title", _titles_differ), ("year", _years_differ), ("authors", _authors_differ)):
        account = work.provenance.get(name)
        differing = [claim for claim in account.others if differs(work, claim)] if account else []
        if account and differing:
            said = _text(name, getattr(work, name))
            values = [(account.sources[0], said), *((claim.source, claim.value) for claim in differing)]
            found.append(Disagreement(key=work.key, field=name, values=tuple(values)))
    return found


def _titles_differ(work: Work, claim: Claim) -> bool:
    account = work.provenance.get("subtitle")
    theirs = [claim.value]
    if account:
        theirs += [f"{claim.value} {other.value}" for other in account.others if other.source == claim.source]
    mine = [work.title or "", f"{work.title} {work.subtitle or ''}"]
    return set(map(_plain_title, mine)).isdisjoint(map(_plain_title, theirs))


def _years_differ(work: Work, claim: Claim) -> bool:
    # `issued` is what every source gives for the year that it claims, so it excuses nothing.
    appeared = {event.date[:4] for event in work.events if event.kind in {"print", "online", "posted", "other"}}
    return claim.value not in {str(work.year), *appeared}


def _authors_differ(work: Work, claim: Claim) -> bool:
    mine = work.authors[0] if work.authors else None
    theirs = claim.value.partition(";")[0].strip()
    if mine is None or not theirs:
        return bool(mine) != bool(theirs)
    return is_comparable(mine.name, theirs) and not same_author(mine, Authorship(name=theirs))


def _ranked(records: Iterable[Record]) -> list[Record]:
    """Put records in the order in which they are heard; two versions of one record by their text, newest first."""
    listed = list(records)
    if len({(record.source, record.native_id) for record in listed}) < len(listed):
        listed.sort(key=lambda record: (record.updated or "", record.model_dump_json()), reverse=True)
    return sorted(listed, key=lambda record: (_rank(record.source), record.source, standing(record)))


def _rank(source: str) -> int:
    return RANK.index(source) if source in RANK else len(RANK)


def _given(value: object) -> bool:
    return value is not None and value != () and value != ""


def _choose(name: str, ranked: Sequence[Record]) -> Record | None:
    """Give the record whose value stands; only where none names an author it counts that there are none."""
    giving = [record for record in ranked if _given(getattr(record, name))]
    if not giving and name == "authors":
        giving = [record for record in ranked if record.authors is not None]
    return next((record for record in giving if record.source == FIRST.get(name)), next(iter(giving), None))


def _account(name: str, value: Any, ranked: Sequence[Record]) -> Provenance:
    """Say who gave a value and what others gave; authors of the same names are the same value."""
    said = [(record.source, getattr(record, name)) for record in ranked]
    none_named = name == "authors" and value == ()
    agreeing, others = [], []
    for source, other in said:
        if not _given(other) and not (none_named and other == ()):
            continue
        text = None if other == value else _text(name, other)
        if text is None or (name == "authors" and text == _text(name, value)):
            agreeing.append(source)
        else:
            others.append(Claim(source=source, value=text))
    return Provenance(sources=tuple(dict.fromkeys(agreeing)), others=tuple(dict.fromkeys(others)))


def _text(name: str, value: Any) -> str:
    """Write a value for a person to compare: names for authors, JSON for what is not plain."""
    if name in {"authors", "editors"}:
        return "; ".join(author.name for author in value)
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_none=True, exclude_defaults=True)
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False, default=lambda one: one.model_dump(exclude_defaults=True))


def _listing(ranked: Sequence[Record], voices: Sequence[Record]) -> Sequence[Record]:
    """Give the records whose references count: the best of each source, but all where each is a citation of its own."""
    apart = sorted((one for one in ranked if one.source in CITATIONS), key=lambda one: one.native_id)
    numbered = (
        one.model_copy(update={"references": tuple(each.model_copy(update={"position": n}) for each in one.references)})
        for n, one in enumerate(apart, start=1)
    )
    return [*(voice for voice in voices if voice.source not in CITATIONS), *numbered] if apart else voices


def _unite(name: str, records: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    given = [(record.source, values) for record in records if (values := getattr(record, name))]
    if not given:
        return
    united = chain.from_iterable(values for _, values in given)
    # What names its source is never said twice; to compare long lists of references would take most of the time.
    fields[name] = tuple(united) if name in SIGNED else tuple(dict.fromkeys(united))
    provenance[name] = Provenance(sources=tuple(dict.fromkeys(source for source, _ in given)))


def _complete_authors(voices: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """Add ORCIDs, OpenAlex ids and affiliations that another source gives for the very same list of authors.

    Lists are the same when they are as long as each other and every family name and initial agrees in place;
    anything less and nothing is added, since a wrong ORCID is worse than none.
    """
    if not fields.get("authors"):
        return
    for voice in voices:
        mine: tuple[Authorship, ...] = fields["authors"]
        theirs = voice.authors or ()
        if theirs == mine or not _same_people(mine, theirs):
            continue
        takes_affiliations = bool(voice.affiliations) and not fields.get("affiliations")
        completed = []
        for one, other in zip(mine, theirs, strict=True):
            gained = {
                name: value
                for name in COMPLETED
                if getattr(one, name) is None and (value := getattr(other, name)) is not None
            }
            if takes_affiliations:
                gained["affiliations"] = other.affiliations
            completed.append(one.model_copy(update=gained) if gained else one)
        fields["authors"] = tuple(completed)
        if takes_affiliations:
            fields["affiliations"] = voice.affiliations
            provenance["affiliations"] = _account("affiliations", voice.affiliations, voices)
    _account_for_completion(voices, fields["authors"], provenance)


def _account_for_completion(
    voices: Sequence[Record], authors: Sequence[Authorship], provenance: dict[str, Provenance]
) -> None:
    """Say whose ids stand in the list of authors, and which ORCIDs lost."""
    lists = [voice for voice in voices if _same_people(authors, voice.authors or ())]
    for name in COMPLETED:
        standing_, lost = [], []
        for voice in lists:
            for one, other in zip(authors, voice.authors or (), strict=True):
                value = getattr(other, name)
                if value is not None and value == getattr(one, name):
                    standing_.append(voice.source)
                elif value is not None:
                    lost.append(Claim(source=voice.source, value=f"{other.name}: {value}"))
        if standing_:
            sources = tuple(dict.fromkeys(standing_))
            provenance[f"authors.{name}"] = Provenance(sources=sources, others=tuple(dict.fromkeys(lost)))


def _same_people(some: Sequence[Authorship], others: Sequence[Authorship]) -> bool:
    return len(some) == len(others) and all(same_author(one, other) for one, other in zip(some, others, strict=True))


def _complete_venue(ranked: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """Complete the venue that stands from other records that name the same one; another venue stays a lost claim.

    What not all of them say in one way has an account of its own (`venue.name`, `venue.issns`), with what lost.
    """
    said = [(record.source, record.venue) for record in ranked if record.venue is not None]
    if len({venue for _, venue in said}) < 2:
        return
    united, joined = unite([venue for _, venue in said])
    agreeing = [each for place, each in enumerate(said) if place in joined]
    others = (Claim(source=s, value=_text("venue", v)) for place, (s, v) in enumerate(said) if place not in joined)
    sources = tuple(dict.fromkeys(source for source, _ in agreeing))
    fields["venue"] = united
    provenance["venue"] = Provenance(sources=sources, others=tuple(dict.fromkeys(others)))
    for name in Venue.model_fields:
        if {getattr(venue, name) for _, venue in agreeing} == {getattr(united, name)}:
            continue
        account = _account_for_venue(name, getattr(united, name), agreeing)
        if account.others or (account.sources and account.sources != sources):
            provenance[f"venue.{name}"] = account


def _account_for_venue(name: str, value: Any, agreeing: Sequence[tuple[str, Venue]]) -> Provenance:
    """Say who gave a part of the venue, be it a title as its abbreviation; lists are united, so that none lost."""
    standing_, lost = [], []
    for source, venue in agreeing:
        given = getattr(venue, name)
        titles = {venue.name, venue.short_name} if name in {"name", "short_name"} else set()
        if _given(value) and (given == value or value in titles or (isinstance(value, tuple) and given)):
            standing_.append(source)
        if _given(given) and given != value and not isinstance(value, tuple):
            lost.append(Claim(source=source, value=given))
    return Provenance(sources=tuple(dict.fromkeys(standing_)), others=tuple(dict.fromkeys(lost)))


def _settle_retraction(ranked: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """One source that knows of a retraction outweighs any that do not."""
    said = [(record.source, record.is_retracted) for record in ranked if record.is_retracted is not None]
    if not said:
        return
    verdict = any(value for _, value in said)
    fields["is_retracted"] = verdict
    others = (Claim(source=source, value=str(value)) for source, value in said if value != verdict)
    provenance["is_retracted"] = Provenance(
        sources=tuple(dict.fromkeys(source for source, value in said if value == verdict)),
        others=tuple(dict.fromkeys(others)),
    )


def _all_identifiers(record: Record) -> list[Identifier]:
    named = [
        Identifier(scheme, value)
        for scheme in ("doi", "openalex", "pmid", "pmcid")
        if (value := getattr(record, scheme))
    ]
    return [*named, *record.other_identifiers]


def _identifiers(
    key: str, records: Sequence[Record], fields: dict[str, Any]
) -> tuple[tuple[str, ...], tuple[Identifier, ...]]:
    """Give the other keys of the work, and the identifiers that no field of its own holds."""
    everything = sorted({identifier for record in records for identifier in _all_identifiers(record)})
    aliases = {str(i) for i in everything if i.scheme in {"doi", "openalex"}} - {key}
    held = {(name, fields.get(name)) for name in ("doi", "openalex", "pmid", "pmcid")}
    return tuple(sorted(aliases)), tuple(i for i in everything if (i.scheme, i.value) not in held)


def _fold(text: str) -> str:
    return re.sub(r"\W+", " ", fold(text)).strip()


def _plain_title(text: str) -> str:
    # A notice that publishers put before the title is said by `updates`, not by the title.
    return re.sub(r"^(retracted|withdrawn|removed)( article| chapter)? ", "", _fold(text)).replace(" ", "")
