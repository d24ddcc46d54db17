"""Many records of one work become one work; every field remembers who said it, and who said otherwise.

The result depends on the records alone, not on the order in which they came: sources are ranked, several
records of one source are ranked by what they hold, and everything united is put in order.

Crossref comes before OpenAlex for what identifies a publication, because publishers write those records
themselves while OpenAlex holds over-merged and counterfeit ones (a famous paper under another's DOI, year and
type). What a source lost with is kept in `Work.provenance` and can be listed as a disagreement.
"""

import json
import re
import unicodedata
from collections.abc import Iterable, Sequence
from itertools import groupby
from typing import Any

from pydantic import BaseModel

from harvester.identifiers import Identifier
from harvester.model import Authorship, Bibliography, Claim, Provenance, Record, Work

__all__ = ["Disagreement", "disagreements", "key_of", "merge", "standing"]

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

TOGETHER = {
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


class Disagreement(BaseModel, frozen=True):
    """Sources that differ on one field of one work beyond formatting; `values` pairs source and value."""

    key: str
    field: str
    values: tuple[tuple[str, str], ...]


def key_of(record: Record) -> str:
    """Name the work that a record describes: its DOI, else the source's own id."""
    return f"doi:{record.doi}" if record.doi else f"{record.source}:{record.native_id}"


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
    ranked = sorted(records, key=lambda record: (_rank(record.source), record.source, standing(record)))
    if not ranked:
        raise ValueError("a work is merged from at least one record")
    voices = [next(group) for _, group in groupby(ranked, key=lambda record: record.source)]
    fields: dict[str, Any] = {}
    provenance: dict[str, Provenance] = {}
    for name in CHOSEN:
        chosen = next((voice for voice in voices if _given(getattr(voice, name))), None)
        if chosen is None:
            continue
        value = fields[name] = getattr(chosen, name)
        provenance[name] = _account(name, value, voices)
        for follower, leader in TOGETHER.items():
            if leader == name and _given(getattr(chosen, follower)):
                fields[follower] = getattr(chosen, follower)
                provenance[follower] = Provenance(sources=(chosen.source,))
    for name in UNITED:
        _unite(name, voices, fields, provenance)
    _complete_authors(voices, fields, provenance)
    _settle_retraction(voices, fields, provenance)
    key = key or key_of(ranked[0])
    own, others = _identifiers(key, ranked, fields)
    if others:
        fields["other_identifiers"] = others
        provenance["other_identifiers"] = Provenance(
            sources=tuple(voice.source for voice in voices if set(_all_identifiers(voice)) & set(others))
        )
    return Work(
        key=key,
        aliases=own,
        sources=tuple(voice.source for voice in voices),
        provenance=dict(sorted(provenance.items())),
        **fields,
    )


def disagreements(work: Work) -> list[Disagreement]:
    """List the fields among title, year and first author on which sources differ beyond formatting.

    Case, punctuation, markup, a subtitle given apart and initials are formatting. So is a year that the
    winning source gives to another event (print, online) of the same work.
    """
    found = []
    for name, plain in (("title", _plain_title), ("year", str), ("authors", _plain_first_author)):
        account = work.provenance.get(name)
        if account is None:
            continue
        mine = _text(name, getattr(work, name))
        accepted = {plain(mine)}
        if name == "title" and work.subtitle:
            accepted.add(_plain_title(f"{mine} {work.subtitle}"))
        if name == "year":
            accepted |= {event.date[:4] for event in work.events if event.kind in {"print", "online", "issued"}}
        differing = [claim for claim in account.others if plain(claim.value) not in accepted]
        if differing:
            values = [(account.sources[0], mine), *((claim.source, claim.value) for claim in differing)]
            found.append(Disagreement(key=work.key, field=name, values=tuple(values)))
    return found


def _rank(source: str) -> int:
    return RANK.index(source) if source in RANK else len(RANK)


def _given(value: object) -> bool:
    return value is not None and value != () and value != ""


def _account(name: str, value: object, voices: Sequence[Record]) -> Provenance:
    said = [(voice.source, getattr(voice, name)) for voice in voices if _given(getattr(voice, name))]
    return Provenance(
        sources=tuple(source for source, other in said if other == value),
        others=tuple(Claim(source=source, value=_text(name, other)) for source, other in said if other != value),
    )


def _text(name: str, value: Any) -> str:
    """Write a value for a person to compare: names for authors, JSON for what is not plain."""
    if name in {"authors", "editors"}:
        return "; ".join(author.name for author in value)
    if isinstance(value, BaseModel):
        return value.model_dump_json(exclude_none=True, exclude_defaults=True)
    if isinstance(value, str | int | float):
        return str(value)
    return json.dumps(value, ensure_ascii=False)


def _unite(name: str, voices: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    united: dict[Any, None] = {}
    sources = []
    for voice in voices:
        values = getattr(voice, name)
        if values:
            sources.append(voice.source)
            united.update(dict.fromkeys(values))
    if united:
        fields[name] = tuple(united)
        provenance[name] = Provenance(sources=tuple(sources))


def _complete_authors(voices: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """Add ORCIDs, OpenAlex ids and affiliations that another source gives for the very same list of authors.

    Lists are the same when they are as long as each other and every family name agrees in place; anything
    less and nothing is added, since a wrong ORCID is worse than none.
    """
    if not fields.get("authors"):
        return
    for voice in voices:
        mine: tuple[Authorship, ...] = fields["authors"]
        theirs = voice.authors or ()
        if theirs == mine or len(theirs) != len(mine):
            continue
        if not all(_same_person(one, other) for one, other in zip(mine, theirs, strict=True)):
            continue
        added: dict[str, bool] = {}
        if not fields.get("affiliations") and voice.affiliations:
            fields["affiliations"] = voice.affiliations
            added["affiliations"] = True
        completed = []
        for one, other in zip(mine, theirs, strict=True):
            gained = {
                name: getattr(other, name)
                for name in ("orcid", "openalex", "is_corresponding")
                if getattr(one, name) is None and getattr(other, name) is not None
            }
            added.update({f"authors.{name}": True for name in gained})
            if "affiliations" in added:
                gained["affiliations"] = other.affiliations
            completed.append(one.model_copy(update=gained) if gained else one)
        fields["authors"] = tuple(completed)
        for name in added:
            provenance[name] = Provenance(sources=(voice.source,))


def _same_person(one: Authorship, other: Authorship) -> bool:
    name = _fold(one.family or one.name).split()
    return bool(name) and name[-1] in _fold(other.family or other.name).split()


def _settle_retraction(voices: Sequence[Record], fields: dict[str, Any], provenance: dict[str, Provenance]) -> None:
    """One source that knows of a retraction outweighs any that do not."""
    said = [(voice.source, voice.is_retracted) for voice in voices if voice.is_retracted is not None]
    if not said:
        return
    verdict = any(value for _, value in said)
    fields["is_retracted"] = verdict
    provenance["is_retracted"] = Provenance(
        sources=tuple(source for source, value in said if value == verdict),
        others=tuple(Claim(source=source, value=str(value)) for source, value in said if value != verdict),
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
    decomposed = unicodedata.normalize("NFKD", text).casefold()
    return re.sub(r"[^\w]+", " ", "".join(c for c in decomposed if not unicodedata.combining(c))).strip()


def _plain_title(text: str) -> str:
    # A notice that publishers put before the title is said by `updates`, not by the title.
    return re.sub(r"^(retracted|withdrawn)( article| chapter)? ", "", _fold(text)).replace(" ", "")


def _plain_first_author(names: str) -> str:
    first = _fold(names.split(";")[0].split(",")[0])
    return first.split()[-1] if first else ""
