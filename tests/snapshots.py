"""Synthetic OpenAlex snapshots, the same bytes for the same seed, in the three layouts that are in circulation.

They hold what a reader of the real one meets: works without an abstract, words that JSON escapes, a phrase across
punctuation, markup inside words, references to works that are not there, one work in two partitions, deleted works,
works of the expansion corpus, and empty lists.
"""

import gzip
import json
import random
from collections.abc import Iterable, Iterator, Sequence
from datetime import UTC, date, datetime
from pathlib import Path
from typing import Any, Literal

import pyarrow as pa
from pyarrow import parquet

__all__ = ["PARTITIONS", "Abstract", "Layout", "items", "write"]

Layout = Literal["jsonl", "legacy", "parquet"]
Abstract = Literal["string", "map", "struct", "wrapped"]

PARTITIONS = ("2025-11-04", "2026-03-18", "2026-06-02")
"""The days on which works were last changed."""

# fmt: off
WORDS = [
    "peer", "support", "worker", "workers", "recovery", "mental", "health", "service", "services", "community",
    "hospital", "trial", "randomised", "review", "citation", "network", "networks", "analysis", "stigma", "depression",
    "depressed", "anxiety", "lived", "experience", "training", "trained", "café", "naïve", "coöperation", "психология",
    "心理", "children's", "self-help", "evaluation", "outcome", "outcomes", "quality", "of", "the", "and", "in",
    "with", "for",
]
# fmt: on
PHRASES = (
    "peer support",
    "peer, support",
    "citation network.",
    "H<sub>2</sub>O",
    "sup\u00adport groups",
    "R&amp;D",
    "p<0.05",
)
TYPES = ("article", "review", "preprint", "book-chapter", "dataset")
JOURNALS = tuple((f"S{number}", f"Journal of {word.title()}") for number, word in enumerate(WORDS[:12], 101))


def address(letter: str, number: int) -> str:
    return f"https://openalex.org/{letter}{number}"


def items(
    count: int, *, seed: int, references: int = 6, words: int = 40, marked: bool = True
) -> Iterator[dict[str, Any]]:
    """Give works as the API has them, W1 to W`count`; the later, the more there is to cite.

    If `marked`, nearly every text has markup or signs that are not seen in the middle of words.
    """
    chance = random.Random(seed)
    for number in range(1, count + 1):
        yield _item(number, chance, references=references, words=words, phrases=PHRASES if marked else PHRASES[:3])


def _item(number: int, chance: random.Random, *, references: int, words: int, phrases: Sequence[str]) -> dict[str, Any]:
    doi = None if chance.random() < 0.15 else f"https://doi.org/10.5555/synthetic.{number}"
    year = 1990 + chance.randrange(36)
    text = " ".join(chance.choices((*WORDS, *phrases), k=chance.randrange(4, 12)))
    title = None if chance.random() < 0.03 else text.capitalize()
    journal, name = chance.choice(JOURNALS)
    cited = _cited(number, chance, references)
    changed = chance.choice(PARTITIONS)
    return {
        "id": address("W", number),
        "doi": doi if number % 11 else None,
        "title": title,
        "display_name": title,
        "publication_year": year,
        "publication_date": f"{year}-{chance.randrange(1, 13):02}-{chance.randrange(1, 29):02}",
        "ids": {"openalex": address("W", number), **({"doi": doi} if doi else {}), **_others(number, chance)},
        "language": chance.choice(("en", "en", "en", "es", None)),
        "primary_location": {
            "is_oa": False,
            "landing_page_url": doi,
            "pdf_url": None,
            "source": {
                "id": address("S", int(journal[1:])),
                "display_name": name,
                "issn_l": None,
                "type": "journal",
                "host_organization_name": "Synthetic Press",
            },
            "license": chance.choice(("cc-by", None)),
            "version": "publishedVersion",
        },
        "type": chance.choice(TYPES),
        "open_access": {"is_oa": chance.random() < 0.4, "oa_status": "gold", "oa_url": None},
        "authorships": [_authorship(chance, position) for position in range(chance.choice((0, 1, 2, 3)))],
        "cited_by_count": chance.randrange(50),
        "biblio": {"volume": str(chance.randrange(90)), "issue": None, "first_page": "1", "last_page": None},
        "is_retracted": chance.random() < 0.01,
        "is_xpac": chance.random() < 0.1,
        "topics": [{"id": address("T", 10 + number % 7), "display_name": "Peer support", "score": 0.5}],
        "referenced_works_count": len(cited),
        "referenced_works": [address("W", each) for each in cited],
        "abstract_inverted_index": None if chance.random() < 0.3 else _index(chance, words, phrases),
        "updated_date": f"{changed}T14:38:29.013473",
        "created_date": "2025-10-10T00:00:00",
    }


def _others(number: int, chance: random.Random) -> dict[str, str | None]:
    """As OpenAlex has them: a PMCID without its letters."""
    return {
        "pmid": f"https://pubmed.ncbi.nlm.nih.gov/{30_000_000 + number}" if chance.random() < 0.4 else None,
        "pmcid": None if number % 3 else f"https://www.ncbi.nlm.nih.gov/pmc/articles/{7_000_000 + number}",
    }


def _cited(number: int, chance: random.Random, references: int) -> list[int]:
    """Earlier works, the oldest most often; now and then one that is nowhere."""
    if number == 1 or chance.random() < 0.1:
        return []
    found = {int((number - 1) * chance.random() ** 2) + 1 for _ in range(chance.randrange(2 * references + 1))}
    absent = {900_000_000 + chance.randrange(50)} if chance.random() < 0.2 else set()
    return sorted(found - {number} | absent)


def _authorship(chance: random.Random, position: int) -> dict[str, Any]:
    number = chance.randrange(1, 500)
    return {
        "author_position": "first" if position == 0 else "middle",
        "author": {
            "id": None if chance.random() < 0.25 else address("A", number),
            "display_name": f"Ada Author{number}",
        },
        "institutions": [],
        "is_corresponding": position == 0,
        "raw_author_name": f"A. Author{number}",
        "raw_affiliation_strings": ["Recovery College, Hospital Road"],
    }


def _index(chance: random.Random, words: int, phrases: Sequence[str]) -> dict[str, list[int]]:
    text = " ".join(
        chance.choices((*WORDS, *phrases, "P\u00e9er", 'said "so"', "back\\slash"), k=chance.randrange(1, words))
    )
    found: dict[str, list[int]] = {}
    for place, word in enumerate(text.split()):
        found.setdefault(word, []).append(place)
    return found


def write(
    folder: Path,
    works: Iterable[dict[str, Any]],
    *,
    layout: Layout,
    abstract: Abstract = "string",
    parts: int = 2,
    deleted: Sequence[str] = (),
    again: Sequence[dict[str, Any]] = (),
    escaped: bool = True,
    manifest: bool = True,
) -> Path:
    """Write a snapshot and give the place to name: every work in the partition of its last change.

    `again` are older versions of works, each in the oldest partition. JSON is written with everything `escaped` that
    is not ASCII, or as it is.
    """
    top, name, ending = {
        "jsonl": (folder / "data" / "jsonl" / "works", "part_{:04}", ".gz"),
        "legacy": (folder / "data" / "works", "part_{:03}", ".gz"),
        "parquet": (folder / "data" / "parquet" / "works", "part_{:04}", ".parquet"),
    }[layout]
    shared: dict[tuple[str, int], list[dict[str, Any]]] = {}
    for number, work in enumerate(works):
        shared.setdefault((work["updated_date"][:10], number % parts), []).append(work)
    for work in again:
        shared.setdefault((PARTITIONS[0], 0), []).append(work)
    listed = []
    for (day, number), held in sorted(shared.items(), key=lambda entry: entry[0]):
        place = top / f"updated_date={day}" / (name.format(number) + ending)
        place.parent.mkdir(parents=True, exist_ok=True)
        if layout == "parquet":
            parquet.write_table(_table(held, abstract), place, compression="snappy")
        else:
            _write_lines(place, held, escaped=escaped)
        url = f"s3://openalex/{place.relative_to(folder).as_posix()}"
        listed.append({"url": url, "meta": {"content_length": place.stat().st_size, "record_count": len(held)}})
    if deleted:
        rows = "".join(f"{each},2026-07-01\n" for each in deleted)
        (top / "deleted_ids.csv").write_text(f"work_id,deleted_date\n{rows}", encoding="utf-8")
    if manifest:
        _write_manifest(top, listed, layout)
    return folder


def _write_lines(place: Path, works: Iterable[dict[str, Any]], *, escaped: bool) -> None:
    with gzip.GzipFile(place, "wb", compresslevel=1, mtime=0) as file:
        file.writelines(json.dumps(work, ensure_ascii=escaped).encode() + b"\n" for work in works)


def _write_manifest(top: Path, listed: list[dict[str, Any]], layout: Layout) -> None:
    totals = {key: sum(entry["meta"][key] for entry in listed) for key in ("content_length", "record_count")}
    if layout == "legacy":
        (top / "manifest").write_text(json.dumps({"entries": listed, "meta": totals}), encoding="utf-8")
        return
    document = {"date": "2026-09-30", "format": layout, "entity": "works", **totals, "files": listed}
    (top / "manifest.json").write_text(json.dumps(document), encoding="utf-8")


def _table(works: Sequence[dict[str, Any]], abstract: Abstract) -> pa.Table:
    """Rows with nested columns; the types that nobody has seen yet differ with that of the abstract."""
    rows = [{**work, "abstract_inverted_index": None} for work in works]
    if abstract in ("map", "struct"):
        zone = UTC if abstract == "map" else None
        for row in rows:
            row["updated_date"] = datetime.fromisoformat(row["updated_date"]).replace(tzinfo=zone)
            row["publication_date"] = date.fromisoformat(row["publication_date"])
    table = pa.Table.from_pylist(rows)
    kind = {"map": pa.map_(pa.string(), pa.list_(pa.int32())), "struct": None}.get(abstract, pa.string())
    column = pa.array([_stored(work["abstract_inverted_index"], abstract) for work in works], kind)
    place = table.schema.get_field_index("abstract_inverted_index")
    return table.set_column(place, pa.field("abstract_inverted_index", column.type), column)


def _stored(index: dict[str, list[int]] | None, abstract: Abstract) -> Any:
    if index is None:
        return None
    if abstract == "map":
        return list(index.items())
    if abstract == "struct":
        return index
    whole = (
        {"IndexLength": 1 + max(map(max, index.values())), "InvertedIndex": index} if abstract == "wrapped" else index
    )
    return json.dumps(whole)
