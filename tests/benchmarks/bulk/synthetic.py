"""Synthetic OpenAlex snapshots of any size, with works as long as real ones: the same bytes for the same seed.

    python tests/benchmarks/bulk/synthetic.py WORKS FOLDER

writes FOLDER/jsonl and FOLDER/parquet, the same works. Those of `tests/snapshots.py` hold every oddity that a reader
meets, and are slow to make; these hold what takes the time: about 5 kB of JSON a work, four authors with institutions,
an inverted abstract for three of four, thirty references, of which one in thirty leads nowhere. The older a work, the
more often it is cited. One work in 1,000 holds the phrase "citation network", one in 5,000 "bibliographic coupling".
"""

import gzip
import json
import os
import sys
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor
from pathlib import Path

import numpy as np

__all__ = ["HOP", "REFERENCES", "SEARCH", "number_of", "write"]

SEARCH = "citation network"
HOP = "bibliographic coupling"
REFERENCES = 30
FILES, IN_A_FILE = 4, 50_000
"""At least so many files, and at most so many works in each; OpenAlex has up to 400,000."""

_SPREAD = 5
_FIRST = 1_500_000_000
_DAYS = ("2025-11-04", "2026-01-21", "2026-03-18", "2026-06-02")
_SYLLABLES = (
    *("ba", "co", "di", "fe", "gu", "la", "me", "ni", "po", "ru"),
    *("sa", "te", "vi", "xo", "za", "bren", "clar", "dost", "fron", "grap"),
)
_STAMP = '"2026-06-02T14:38:29.013473"'


def number_of(place: int) -> int:
    """The W number of the work at a place; numbers between are those of works that are nowhere."""
    return _FIRST + _SPREAD * place


def write(works: int, folder: Path, *, seed: int = 1) -> None:
    """Write a snapshot in both formats, with manifests, in as many processes as there are cores."""
    files = max(FILES, -(-works // IN_A_FILE))
    bounds = [works * number // files for number in range(files + 1)]
    tasks = [(folder, seed, number, bounds[number], bounds[number + 1], works) for number in range(files)]
    listed: dict[str, list[dict[str, object]]] = {"jsonl": [], "parquet": []}
    with ProcessPoolExecutor(os.cpu_count()) as pool:
        for told in pool.map(_write_part, tasks):
            for layout, entry in told.items():
                listed[layout].append(entry)
    for layout, entries in listed.items():
        manifest = {"date": "2026-06-30", "format": layout, "entity": "works", "files": entries}
        top = folder / layout / "data" / layout / "works"
        (top / "manifest.json").write_text(json.dumps(manifest), encoding="ascii")


def _write_part(task: tuple[Path, int, int, int, int, int]) -> dict[str, dict[str, object]]:
    import duckdb

    folder, seed, number, first, last, works = task
    told: dict[str, dict[str, object]] = {}
    day = _DAYS[number % len(_DAYS)]
    paths = {
        layout: folder / layout / "data" / layout / "works" / f"updated_date={day}" / f"part_{number:04}{ending}"
        for layout, ending in (("jsonl", ".gz"), ("parquet", ".parquet"))
    }
    for path in paths.values():
        path.parent.mkdir(parents=True, exist_ok=True)
    with gzip.GzipFile(paths["jsonl"], "wb", compresslevel=6, mtime=0) as file:
        file.writelines(_lines(seed, number, first, last, works))
    with duckdb.connect() as db:
        db.execute("set threads = 1")
        db.execute(
            f"copy (select * from read_json('{paths['jsonl']}', format='newline_delimited', hive_partitioning=false,"
            f" columns={_COLUMNS})) to '{paths['parquet']}' (format parquet, compression snappy)"
        )
    for layout, path in paths.items():
        meta = {"content_length": path.stat().st_size, "record_count": last - first}
        told[layout] = {"url": f"s3://openalex/{path.relative_to(folder / layout).as_posix()}", "meta": meta}
    return told


_COLUMNS = {
    **dict.fromkeys(("id", "doi", "title", "display_name", "publication_date", "language", "type"), "VARCHAR"),
    "publication_year": "INTEGER",
    "ids": "STRUCT(openalex VARCHAR, doi VARCHAR, pmid VARCHAR)",
    "primary_location": "STRUCT(is_oa BOOLEAN, landing_page_url VARCHAR, pdf_url VARCHAR, source STRUCT(id VARCHAR,"
    " display_name VARCHAR, issn_l VARCHAR, issn VARCHAR[], is_oa BOOLEAN, is_in_doaj BOOLEAN,"
    " host_organization VARCHAR, host_organization_name VARCHAR, type VARCHAR), license VARCHAR, version VARCHAR)",
    "open_access": "STRUCT(is_oa BOOLEAN, oa_status VARCHAR, oa_url VARCHAR, any_repository_has_fulltext BOOLEAN)",
    "authorships": "STRUCT(author_position VARCHAR, author STRUCT(id VARCHAR, display_name VARCHAR, orcid VARCHAR),"
    " institutions STRUCT(id VARCHAR, display_name VARCHAR, ror VARCHAR, country_code VARCHAR, type VARCHAR,"
    " lineage VARCHAR[])[], countries VARCHAR[], is_corresponding BOOLEAN, raw_author_name VARCHAR,"
    " raw_affiliation_strings VARCHAR[])[]",
    "cited_by_count": "BIGINT",
    "biblio": "STRUCT(volume VARCHAR, issue VARCHAR, first_page VARCHAR, last_page VARCHAR)",
    **dict.fromkeys(("is_retracted", "is_paratext", "is_xpac"), "BOOLEAN"),
    "topics": "STRUCT(id VARCHAR, display_name VARCHAR, score DOUBLE, subfield STRUCT(id VARCHAR,"
    " display_name VARCHAR), field STRUCT(id VARCHAR, display_name VARCHAR))[]",
    "keywords": "STRUCT(id VARCHAR, display_name VARCHAR, score DOUBLE)[]",
    "counts_by_year": 'STRUCT("year" INTEGER, cited_by_count INTEGER)[]',
    "referenced_works_count": "BIGINT",
    "referenced_works": "VARCHAR[]",
    "abstract_inverted_index": "VARCHAR",
    **dict.fromkeys(("updated_date", "created_date"), "VARCHAR"),
}


def _lines(seed: int, number: int, first: int, last: int, works: int) -> Iterator[bytes]:
    """The works of a file; what many share is made once, as text."""
    pool = _Pool(seed)
    chance = np.random.default_rng([seed, number])
    step = 5_000
    for start in range(first, last, step):
        count = min(step, last - start)
        places = np.minimum((chance.random((count, REFERENCES)) ** 2 * works).astype(np.int64), works - 1)
        absent = chance.random((count, REFERENCES)) < 1 / 30
        cited = (_FIRST + _SPREAD * places + absent).tolist()
        lengths = np.where(chance.random(count) < 0.25, 0, chance.integers(60, 240, count)).tolist()
        words = iter(pool.drawn(chance, sum(lengths)))
        titles = iter(pool.drawn(chance, count * 11))
        draws = chance.random((count, 16)).tolist()
        for place, references, length, draw in zip(range(start, start + count), cited, lengths, draws, strict=True):
            abstract = [next(words) for _ in range(length)]
            title = [next(titles) for _ in range(11)]
            planted = (SEARCH if place % 1000 == 7 else "") or (HOP if place % 5000 == 13 else "")
            (abstract or title)[9:9] = planted.split()
            yield _line(place, title, abstract, references, draw, pool).encode()


class _Pool:
    """Words as frequent as words are, and authors, journals and topics as JSON."""

    def __init__(self, seed: int) -> None:
        chance = np.random.default_rng([seed, 1 << 30])
        syllables = chance.integers(0, len(_SYLLABLES), (30_000, 5)).tolist()
        sizes = chance.integers(1, 6, 30_000).tolist()
        made = ("".join(_SYLLABLES[each] for each in row[:size]) for row, size in zip(syllables, sizes, strict=True))
        self.words = list(dict.fromkeys(("the", "of", "and", "in", *made)))
        # They hold the letters of the phrases, and no reader may take them for these.
        for place, word in enumerate(("networks;", "citation-free", "couplings;", "bibliographic-free"), start=1):
            self.words.insert(500 * place, word)
        self.weights = np.cumsum(1 / np.arange(3, len(self.words) + 3))
        self.authors = [_author(number, self.words) for number in range(4_000)]
        self.journals = [_journal(number, self.words) for number in range(800)]
        self.topics = [_topic(number, self.words) for number in range(300)]

    def drawn(self, chance: np.random.Generator, count: int) -> list[str]:
        found = np.searchsorted(self.weights, chance.random(count) * self.weights[-1]).tolist()
        return [self.words[each] for each in found]


def _author(number: int, words: list[str]) -> str:
    name = f"{words[number + 90].title()} {words[number * 3 + 120].title()}"
    place = {
        "id": f"https://openalex.org/I{100_000 + number % 900}",
        "display_name": f"University of {words[number % 900 + 60].title()}",
        "ror": f"https://ror.org/0{number % 900:03}yrm5c",
        "country_code": ("US", "CN", "GB", "DE", "PT", "BR")[number % 6],
        "type": "education",
        "lineage": [f"https://openalex.org/I{100_000 + number % 900}", "https://openalex.org/I1"],
    }
    told = {
        "author": {
            "id": f"https://openalex.org/A{5_000_000_000 + number * 7919}",
            "display_name": name,
            "orcid": f"https://orcid.org/0000-0002-{number:04}-{number * 7 % 10000:04}" if number % 2 else None,
        },
        "institutions": [place],
        "countries": [place["country_code"]],
        "is_corresponding": number % 4 == 0,
        "raw_author_name": name,
        "raw_affiliation_strings": [f"Department of {words[number % 700 + 40].title()}, {place['display_name']}, City"],
    }
    return json.dumps(told, separators=(",", ":"))[1:]


def _journal(number: int, words: list[str]) -> str:
    told = {
        "id": f"https://openalex.org/S{10_000 + number * 31}",
        "display_name": f"Journal of {words[number + 50].title()} and {words[number + 2000].title()}",
        "issn_l": f"{1000 + number:04}-{number:04}",
        "issn": [f"{1000 + number:04}-{number:04}", f"{2000 + number:04}-{number:04}"],
        "is_oa": number % 3 == 0,
        "is_in_doaj": number % 5 == 0,
        "host_organization": f"https://openalex.org/P{4_310_000_000 + number % 40}",
        "host_organization_name": f"{words[number % 40 + 300].title()} Press",
        "type": "journal",
    }
    return json.dumps(told, separators=(",", ":"))


def _topic(number: int, words: list[str]) -> str:
    told = {
        "id": f"https://openalex.org/T{10_000 + number}",
        "display_name": " ".join(words[number * 3 + 100 : number * 3 + 104]).title(),
        "score": 0.5 + number / 1000,
        "subfield": {"id": f"https://openalex.org/subfields/{number}", "display_name": words[number + 80].title()},
        "field": {"id": f"https://openalex.org/fields/{number % 26}", "display_name": words[number % 26 + 70].title()},
    }
    return json.dumps(told, separators=(",", ":"))


def _line(
    place: int, title: list[str], abstract: list[str], references: list[int], draw: list[float], pool: _Pool
) -> str:
    number = number_of(place)
    doi = f'"https://doi.org/10.{4000 + int(draw[0] * 900)}/work.{number * 7}"' if draw[1] < 0.85 else "null"
    pmid = f'"https://pubmed.ncbi.nlm.nih.gov/{20_000_000 + place}"' if draw[2] < 0.3 else "null"
    year = 2026 - int(40 * draw[3] ** 2)
    told = " ".join(title).capitalize()
    positions: dict[str, list[int]] = {}
    for position, word in enumerate(abstract):
        positions.setdefault(word, []).append(position)
    index = ",".join([f'"{word}":{told}' for word, told in positions.items()]).replace(" ", "")
    authors = ",".join(
        f'{{"author_position":"{"middle" if rank else "first"}",{pool.authors[int(draw[4 + rank] * 4000)]}'
        for rank in range(4)
    )
    topics = [pool.topics[int(draw[8 + rank] * 300)] for rank in range(3)]
    cited = ",".join([f'"https://openalex.org/W{each}"' for each in references])
    counts = ",".join(f'{{"year":{2026 - back},"cited_by_count":{back + int(9 * draw[11])}}}' for back in range(5))
    keywords = ",".join(
        f'{{"id":"https://openalex.org/keywords/{word}","display_name":"{word.title()}","score":0.{400 + place % 500}}}'
        for word in title[:5]
    )
    is_oa = "true" if draw[12] < 0.4 else "false"
    return (
        f'{{"id":"https://openalex.org/W{number}","doi":{doi},"title":"{told}","display_name":"{told}",'
        f'"publication_year":{year},"publication_date":"{year}-{1 + int(draw[13] * 12):02}-15",'
        f'"ids":{{"openalex":"https://openalex.org/W{number}","doi":{doi},"pmid":{pmid}}},"language":"en",'
        f'"primary_location":{{"is_oa":{is_oa},"landing_page_url":{doi},"pdf_url":null,'
        f'"source":{pool.journals[int(draw[14] * 800)]},"license":null,"version":"publishedVersion"}},'
        f'"type":"article","open_access":{{"is_oa":{is_oa},"oa_status":"closed","oa_url":null,'
        f'"any_repository_has_fulltext":false}},"authorships":[{authors}],"cited_by_count":{int(draw[11] * 60)},'
        f'"biblio":{{"volume":"{place % 90}","issue":"{place % 12}","first_page":"{place % 999}","last_page":null}},'
        f'"is_retracted":false,"is_paratext":false,"is_xpac":false,"topics":[{",".join(topics)}],'
        f'"keywords":[{keywords}],"counts_by_year":[{counts}],"referenced_works_count":{len(references)},'
        f'"referenced_works":[{cited}],"abstract_inverted_index":{f"{{{index}}}" if index else "null"},'
        f'"updated_date":{_STAMP},"created_date":"2025-10-10T00:00:00"}}\n'
    )


if __name__ == "__main__":
    write(int(sys.argv[1]), Path(sys.argv[2]))
