"""The demo corpus is real, lean, in the shape of its two APIs, and every fact in it has a source."""

import json
import lzma
import os
import re
from collections.abc import Iterator
from itertools import chain
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).parents[1]
DEMO = REPOSITORY / "harvester" / "replica" / "demo"
SHARED = Path(os.environ.get("HARVESTER_SHARED") or REPOSITORY.parent / "shared")
"""The folder that holds the recorded data (`data`) and the three seed pages (`seeds`)."""

SEED_PAGES = {
    "10.1111/inm.13349": "000_c165677008d5e3cf.txt",
    "10.1080/26408066.2022.2118006": "001_9075bea9a3d2b228.txt",
    "10.1111/hex.13151": "002_5aebd48060484899.txt",
}
FROM_CROSSREF = "10.1097/sla.0000000000005518"
MAIN = ["10.1016/j.eurpsy.2016.12.007", "10.1176/appi.ps.201300303"]

Json = dict[str, Any]


def records(name: str) -> list[Json]:
    return [json.loads(line) for line in (DEMO / name).read_text("utf-8").splitlines()]


OPENALEX = records("openalex.jsonl")
CROSSREF = records("crossref.jsonl")


def bare(doi: str) -> str:
    return doi.removeprefix("https://doi.org/")


def by_doi(works: list[Json]) -> dict[str, Json]:
    return {bare(work["doi"]): work for work in works if work["doi"]}


def listed(text: str) -> list[str]:
    return [line for line in text.splitlines() if not line.startswith("#")]


def keys(value: object) -> Iterator[str]:
    """Every key at any depth."""
    if isinstance(value, dict):
        yield from value
        yield from chain.from_iterable(map(keys, value.values()))
    elif isinstance(value, list):
        yield from chain.from_iterable(map(keys, value))


# -- shape ---


@pytest.mark.parametrize("work", OPENALEX, ids=lambda work: work["id"][21:])
def test_an_openalex_record_has_the_shape_of_2026(work: Json) -> None:
    """Names as in the Work object of help.openalex.org; what was dropped in November 2025 is not there."""
    expected: dict[str, type | tuple[type, ...]] = {
        "id": str,
        "doi": (str, type(None)),
        "title": str,
        "display_name": str,
        "publication_year": int,
        "publication_date": str,
        "ids": dict,
        "primary_location": dict,
        "type": str,
        "open_access": dict,
        "authorships": list,
        "cited_by_count": int,
        "biblio": dict,
        "is_retracted": bool,
        "is_paratext": bool,
        "is_xpac": bool,
        "referenced_works_count": int,
        "referenced_works": list,
        "updated_date": str,
        "created_date": str,
    }
    assert list(work) == list(expected)
    assert [name for name, kind in expected.items() if not isinstance(work[name], kind)] == []
    assert re.fullmatch(r"https://openalex\.org/W[1-9]\d*", work["id"])
    assert work["ids"]["openalex"] == work["id"]
    assert work["title"] == work["display_name"]
    assert work["publication_date"].startswith(f"{work['publication_year']}-")
    assert work["biblio"].keys() == {"volume", "issue", "first_page", "last_page"}
    assert work["authorships"][0]["author_position"] == "first"
    assert all(authorship["author"]["display_name"] for authorship in work["authorships"])


@pytest.mark.parametrize("work", OPENALEX, ids=lambda work: work["id"][21:])
def test_an_openalex_reference_list_is_a_set_of_other_works(work: Json) -> None:
    """Each link is a W id, given once, never the work itself, and their number is the number stated."""
    cited = work["referenced_works"]
    assert [link for link in cited if not re.fullmatch(r"https://openalex\.org/W[1-9]\d*", link)] == []
    assert len(set(cited)) == len(cited) == work["referenced_works_count"]
    assert work["id"] not in cited


@pytest.mark.parametrize("message", CROSSREF, ids=lambda message: message["DOI"])
def test_a_crossref_record_has_the_shape_of_a_work_message(message: Json) -> None:
    """Texts are in lists, dates in date-parts, both reference counts agree, and only a date is ever null."""
    assert message["source"] == "Crossref"
    assert message["type"] == "journal-article"
    assert message["URL"] == f"https://doi.org/{message['DOI']}"
    assert message["prefix"] == message["DOI"].split("/")[0]
    assert [len(message["title"]), *map(type, message["title"])] == [1, str]
    assert isinstance(message["issued"]["date-parts"][0], list)
    given = message.get("reference", [])
    # Absent where nobody here knows what Crossref lists: 0 would say that it lists none.
    assert message.get("reference-count") == message.get("references-count")
    assert len(given) <= message.get("reference-count", 0)
    assert message.get("reference-count") != 0
    assert len({reference["key"] for reference in given}) == len(given)
    assert all(isinstance(text, str) for reference in given for text in reference.values())
    assert all(author["sequence"] and author["family"] for author in message.get("author", []))
    assert [name for name, value in message.items() if value in (None, [], {}, "")] == []


def test_no_record_has_an_abstract_a_score_or_a_topic() -> None:
    """Only bibliographic facts were taken over."""
    foreign = {"abstract", "abstract_inverted_index", "concepts", "topics", "primary_topic", "keywords"}
    foreign |= {"mesh", "related_works", "fwci", "score", "relevance_score", "counts_by_year", "subject"}
    assert foreign.isdisjoint(keys([*OPENALEX, *CROSSREF]))


def test_the_corpus_stays_small_enough_to_ship() -> None:
    """Under 600 kB in all, and no text longer than a title."""
    assert sum(path.stat().st_size for path in DEMO.iterdir()) < 600_000
    longest = max(len(work["title"]) for work in OPENALEX)
    assert longest < 300


# -- identity ---


def test_each_index_holds_a_work_once() -> None:
    """W ids and DOIs are unique in their file, and every DOI is in canonical lower case."""
    ids = [work["id"] for work in OPENALEX]
    dois = [bare(work["doi"]) for work in OPENALEX if work["doi"]]
    messages = [message["DOI"] for message in CROSSREF]
    for names in (ids, dois, messages):
        assert len(set(names)) == len(names)
    assert [doi for doi in [*dois, *messages] if not re.fullmatch(r"10\.\d{4,9}/\S+", doi)] == []
    assert [doi for doi in [*dois, *messages] if doi != doi.lower()] == []


def test_the_indexes_differ_in_what_they_cover() -> None:
    """The seeds are in Crossref only; OpenAlex alone has a work without DOI; most works are in both."""
    openalex, crossref = set(by_doi(OPENALEX)), {message["DOI"] for message in CROSSREF}
    assert crossref - openalex == {*SEED_PAGES, FROM_CROSSREF}
    assert openalex - crossref
    assert any(work["doi"] is None for work in OPENALEX)
    assert len(openalex & crossref) > 100


def test_the_corpus_is_a_graph() -> None:
    """Hundreds of citations join two works of the corpus, and most works are joined to another."""
    ids = {work["id"] for work in OPENALEX}
    links = {(work["id"], cited) for work in OPENALEX for cited in work["referenced_works"] if cited in ids}
    assert len(links) == 567
    assert len(set(chain.from_iterable(links))) > 0.8 * len(ids)


def test_dois_txt_lists_every_doi_of_the_corpus_once_seeds_first() -> None:
    """One canonical DOI a line, so that harvesting the list reaches every work that has one."""
    text = (DEMO / "dois.txt").read_text("utf-8")
    dois = listed(text)
    assert text.startswith("# ")
    assert dois[:5] == [*SEED_PAGES, *MAIN]
    assert len(set(dois)) == len(dois)
    assert set(dois) == set(by_doi(OPENALEX)) | {message["DOI"] for message in CROSSREF}
    assert not re.search(r"10\.\d|W\d", "".join(line for line in text.splitlines() if line.startswith("#")))


def test_sources_md_has_one_line_with_a_known_source_for_every_work() -> None:
    """Key, indexes and title of a line are those of its record, and its source mark is explained."""
    text = (DEMO / "SOURCES.md").read_text("utf-8")
    intro, table = text.split("\n## Works\n")
    marks = set(re.findall(r"\b(?:P\d|C|S-\w+)\b", intro[intro.index("## Sources") :]))
    rows = [re.split(r" *\| *", line)[1:5] for line in table.splitlines() if re.match(r"\| (doi|openalex):", line)]
    crossref = {message["DOI"]: message for message in CROSSREF}
    expected = {}
    for work in OPENALEX:
        doi = bare(work["doi"]) if work["doi"] else None
        key = f"doi:{doi}" if doi else f"openalex:{work['id'][21:]}"
        expected[key] = [work["id"][21:] + (", Crossref" if doi in crossref else ""), work["title"]]
    for doi, message in crossref.items():
        expected.setdefault(f"doi:{doi}", ["Crossref", message["title"][0]])
    assert len(rows) == len(expected)
    assert {key: [indexes, title] for key, indexes, _, title in rows} == expected
    assert {mark for _, _, mark, _ in rows} == marks
    assert not re.search(r"(?<![\w:/])/(?:work|home|tmp|usr)\b", text)


def test_the_figures_in_sources_md_are_those_of_the_files() -> None:
    """Works, links inside and links to outside are counted, not remembered."""
    text = " ".join((DEMO / "SOURCES.md").read_text("utf-8").split())
    ids = {work["id"] for work in OPENALEX}
    cited = [link for work in OPENALEX for link in work["referenced_works"]]
    outside = [link for link in cited if link not in ids]
    assert (
        f"`openalex.jsonl` holds {len(OPENALEX)} works with {len(cited) - len(outside)} links among them and "
        f"{len(outside)} links to {len(set(outside))} works" in text
    )
    assert f"`crossref.jsonl` holds {len(CROSSREF)} works" in text
    assert f"{len({*by_doi(OPENALEX), *(m['DOI'] for m in CROSSREF)}) + 1} real works" in text


# -- truth: every fact is in the recorded data or on a seed page ---


@pytest.fixture(scope="module")
def recorded() -> dict[str, Json]:
    """The OpenAlex records that the corpus was written from, by id."""
    folder = SHARED / "data"
    paths = [
        folder / "openalex" / "Oud_2018_works.jsonl.xz",
        folder / "peer_support" / "openalex_peer_related_works.jsonl.xz",
    ]
    if not all(path.exists() for path in paths):
        pytest.skip(f"The recorded OpenAlex works are not in {folder}.")
    works: dict[str, Json] = {}
    for path in paths:
        with lzma.open(path, "rt", encoding="utf-8") as lines:
            works |= {work["id"]: work for work in map(json.loads, lines)}
    return works


def page(doi: str) -> str:
    """The text of a seed's page, with every run of white space as one blank."""
    path = SHARED / "seeds" / SEED_PAGES[doi]
    if not path.exists():
        pytest.skip(f"The seed pages are not in {path.parent}.")
    return " ".join(path.read_text("utf-8").split())


def openalex_facts(work: Json) -> Json:
    """What the corpus says of a work, laid out so that an old and a new record can be compared."""
    location = work["primary_location"] or {}
    source = location.get("source") or {}
    names = ("id", "display_name", "issn_l", "issn", "host_organization", "host_organization_name", "type")
    plain = ("id", "doi", "title", "publication_year", "publication_date", "ids", "cited_by_count", "biblio")
    return {
        **{name: work[name] for name in (*plain, "is_retracted", "updated_date", "created_date")},
        "type": location.get("raw_type", work["type"]),
        "landing_page": (location.get("is_oa"), location.get("landing_page_url")),
        "source": {name: source.get(name) for name in names},
        "open_access": (work["open_access"]["is_oa"], work["open_access"].get("oa_status")),
        "authors": [(a["author_position"], a["author"]["display_name"]) for a in work["authorships"]],
        "links": sorted(work["referenced_works"]),
    }


def test_every_openalex_fact_and_link_is_in_the_recorded_data(recorded: dict[str, Json]) -> None:
    """An invented work, year, title, author or link would differ from the record OpenAlex gave."""
    for work in OPENALEX:
        assert work["id"] in recorded
        assert openalex_facts(work) == openalex_facts(recorded[work["id"]])


def test_each_source_mark_names_the_search_that_holds_the_work(recorded: dict[str, Json]) -> None:
    """Works outside the search of Oud 2018 carry the name of their own set in the data."""
    text = (DEMO / "SOURCES.md").read_text("utf-8")
    marks = dict(re.findall(r"^\|[^|]*\| (W\d+)[^|]*\| S-(\w+) \|", text, re.MULTILINE))
    sets = {work["id"]: recorded[work["id"]].get("_source_set", "Oud_2018_works") for work in OPENALEX}
    assert {f"https://openalex.org/{name}": mark for name, mark in marks.items()} == {
        name: origin.split("_")[0] for name, origin in sets.items()
    }


def test_the_crossref_record_of_an_openalex_work_says_nothing_new(recorded: dict[str, Json]) -> None:
    """Title, year, journal, ISSN, volume, issue and pages are those that the data give for the DOI."""
    known = by_doi(list(recorded.values()))
    for message in CROSSREF:
        if message["DOI"] in {*SEED_PAGES, FROM_CROSSREF}:
            continue
        work = known[message["DOI"]]
        source = (work["primary_location"] or {}).get("source") or {}
        biblio = work["biblio"]
        pages = {"-".join(filter(None, (biblio["first_page"], biblio["last_page"]))), biblio["first_page"]}
        date = {"date-parts": [[work["publication_year"]]]}
        allowed = {
            "DOI": [message["DOI"]],
            "prefix": [message["prefix"]],
            "URL": [message["URL"]],
            "source": ["Crossref"],
            "type": [work["type"]],
            "title": [[work["title"]]],
            "container-title": [[source.get("display_name")]],
            "ISSN": [source.get("issn")],
            "volume": [biblio["volume"]],
            "issue": [biblio["issue"]],
            "page": pages,
            "issued": [date],
            "published": [date],
        }
        assert [name for name, value in message.items() if value not in allowed[name]] == []


def test_the_record_marked_c_is_what_crossref_gave() -> None:
    """Each of its fields and references is unchanged; the address has the form that Crossref uses now."""
    path = SHARED / "data" / "crossref" / "gap_D1000000.jsonl.xz"
    if not path.exists():
        pytest.skip(f"The recorded Crossref works are not in {path.parent}.")
    with lzma.open(path, "rt", encoding="utf-8") as lines:
        given = next(work for work in map(json.loads, lines) if work["DOI"] == FROM_CROSSREF)
    held = next(message for message in CROSSREF if message["DOI"] == FROM_CROSSREF)
    assert held == {name: given[name] for name in held} | {"URL": f"https://doi.org/{FROM_CROSSREF}"}
    assert len(held["reference"]) == held["reference-count"] == 10


@pytest.mark.parametrize("doi", SEED_PAGES)
def test_a_seed_says_only_what_its_page_shows(doi: str) -> None:
    """Every text of the record outside its references stands on the page word for word, dates too."""
    text = page(doi)
    held = next(message for message in CROSSREF if message["DOI"] == doi)
    shown = [doi, *held["title"], *held.get("container-title", [])]
    shown += [held[name] for name in ("publisher",) if name in held]
    shown += [held["page"].replace("-", " / ")] if "page" in held else []
    date = [part for part in held["issued"]["date-parts"][0] if part is not None]
    shown += ["-".join(f"{part:02}" for part in date)] if date else []
    assert [value for value in shown if value not in text] == []
    for author in held.get("author", []):
        names = (f"{author['given']} {author['family']}", f"{author['family']}, {author['given']}")
        assert any(name in text for name in names)
    allowed = {"DOI", "prefix", "URL", "source", "type", "title", "author", "container-title", "publisher"}
    allowed |= {"language", "page", "issued", "published", "reference-count", "references-count", "reference"}
    assert held.keys() <= allowed


def test_the_second_seed_states_all_its_references_and_gives_those_shown() -> None:
    """The page says 67 and shows 10, one with a DOI; each field of an entry stands in that entry's text."""
    doi = "10.1080/26408066.2022.2118006"
    held = next(message for message in CROSSREF if message["DOI"] == doi)
    assert f"共 {held['reference-count']} 条" in page(doi)
    assert len(held["reference"]) == 10
    for number, ref in enumerate(held["reference"], start=1):
        entry = f"{page(doi)}[11]".split("共 67 条")[1].split(f"[{number}]", 1)[1].split(f"[{number + 1}]", 1)[0]
        said = [value for name, value in ref.items() if name != "key"]
        assert [value for value in said if not re.search(rf"(?<!\d){re.escape(value)}(?!\d)", entry)] == []
    assert [ref["DOI"] for ref in held["reference"] if "DOI" in ref] == ["10.1037/h0095655"]
    assert all(ref.get("unstructured") or ref.get("article-title") for ref in held["reference"])
