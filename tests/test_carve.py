"""Carving: the works that a search means, the records that the API gives, and nothing lost on the way."""

import gzip
import json
import re
from collections import Counter
from collections.abc import Iterable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from unicodedata import normalize

import numpy as np
import pyarrow
import pytest
import snapshots
from conftest import Run
from expressions import expressions, leaves
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from pyarrow import parquet
from snapshots import Abstract, Layout

from harvester.bulk import carve, dataset, jobs, selecting, words
from harvester.bulk.jobs import Limits
from harvester.bulk.selecting import Asked
from harvester.bulk.snapshot import Part, Snapshot, deleted, find
from harvester.bulk.workers import Threads
from harvester.errors import InputError, Stopped
from harvester.expression import evaluate, parse
from harvester.expression.settle import settle
from harvester.expression.tree import Expression
from harvester.expression.write import write
from harvester.identifiers import Identifier, doi
from harvester.inputs import Input
from harvester.library import Library, checksum, derive, ledger, proof
from harvester.library.reading import citations, works
from harvester.model import Query, Record
from harvester.sources import openalex

KINDS: list[tuple[Layout, Abstract]] = [
    ("jsonl", "string"),
    ("legacy", "string"),
    ("parquet", "string"),
    ("parquet", "map"),
    ("parquet", "struct"),
    ("parquet", "wrapped"),
]
SEARCHES = [
    '"peer support"',
    "support* AND NOT trial",
    "title:café OR abstract:心理",
    "психология year:2010-2020",
    "h2o OR type:review",
    '"support groups" OR naïve',
    "network NEAR/3 analysis",
    '"r d" AND (stigma OR depressed)',
]


def records(items: Iterable[dict[str, Any]]) -> dict[int, Record]:
    found = (openalex.record(item) for item in items)
    return {int(record.native_id[1:]): record for record in found if isinstance(record, Record)}


def asked_by(query: str, **settings: Any) -> Asked:
    settled = settle(parse.parse(query), text=query)
    return Asked(searched=write(settled.expression), is_exact=settled.exact, **settings)


def brute_force(asked: Asked, held: dict[int, Record], gone: frozenset[int] = frozenset()) -> set[int]:
    """What a carve must find, by going through all records, one after the other."""
    held = {number: record for number, record in held.items() if number not in gone}
    first, last = asked.years

    def in_years(record: Record) -> bool:
        return (first is None and last is None) or (
            record.year is not None and (first or 0) <= record.year <= (last or 9999)
        )

    if asked.searched is None:
        names = {(each.scheme, each.value) for each in asked.identifiers}
        seen = {
            number
            for number, record in held.items()
            if names
            & {("openalex", record.openalex), ("doi", record.doi), ("pmid", record.pmid), ("pmcid", record.pmcid)}
        }
    else:
        judge = evaluate.matcher(parse.parse(asked.searched), exact=asked.is_exact)
        seen = {
            number
            for number, record in held.items()
            if judge(evaluate.described(record)) and in_years(record) and (asked.everything or not record.is_expansion)
        }
    frontier, reached = set(seen), set(seen)
    links = {
        (number, int(target.value[1:]))
        for number, record in held.items()
        for reference in record.references
        for target in reference.targets
    }
    for _ in range(asked.depth if asked.backward or asked.forward else 0):
        fresh = {cited for citing, cited in links if asked.backward and citing in frontier}
        fresh |= {citing for citing, cited in links if asked.forward and cited in frontier}
        frontier = fresh - reached - gone
        reached |= frontier
    return seen | {number for number in reached - seen if number in held and in_years(held[number])}


def carved(path: Path, asked: Asked, snapshot: Snapshot) -> tuple[set[int], carve.Carved]:
    """The numbers of the works that a carve brings into a new library, and its outcome."""
    with Library(path, write="carve") as library:
        found = carve.carry_on(library, begun(library, asked, snapshot), workers=Threads(count=2))
        return held_in(library), found


def begun(library: Library, asked: Asked, snapshot: Snapshot) -> ledger.Run:
    inputs = [Input("test", str(each), each) for each in sorted(asked.identifiers)]
    return carve.begin(library, asked, snapshot, inputs=inputs)


def held_in(library: Library) -> set[int]:
    rows = library.db.execute("select native from records where source = 'openalex'")
    return {int(native[1:]) for (native,) in rows}


# -- equal to brute force ------------------------------------------------------------------------------


@pytest.mark.parametrize(("layout", "abstract"), KINDS)
def test_every_layout_gives_the_records_that_the_api_gives(tmp_path: Path, layout: Layout, abstract: Abstract) -> None:
    """Works and citations are the same whether items came from the API or out of a snapshot."""
    items = list(snapshots.items(80, seed=11))
    items[3]["is_retracted"] = True
    snapshots.write(tmp_path, items, layout=layout, abstract=abstract)
    asked = Asked(identifiers=frozenset(Identifier("openalex", f"W{number}") for number in range(1, 81)))
    carved(tmp_path / "carved.sqlite", asked, find(str(tmp_path)))
    with Library(tmp_path / "asked.sqlite", write="doi") as library:
        query = Query(source="openalex", url="https://api.openalex.org/works?page=1", kind="list")
        run = ledger.begin(library, command="doi", arguments={}, searches={"openalex": [query]})
        body = json.dumps({"meta": {"count": len(items)}, "results": items}).encode()
        page = openalex.read(query, 200, body)
        (waiting,) = ledger.waiting(library, run, "openalex")
        ledger.settle(library, run, waiting, page, status=200, from_cache=False, wanted={})
        derive(library)
    with Library(tmp_path / "carved.sqlite") as ours, Library(tmp_path / "asked.sqlite") as theirs:
        assert [*works(ours)] == [*works(theirs)]
        assert [*citations(ours)] == [*citations(theirs)]
        assert len([*citations(ours)]) > 100
        held = [*works(ours)]
        assert any(work.is_retracted for work in held)
        assert any(work.abstract is None for work in held if work.sources)
        assert any("心理" in (work.abstract or "") for work in held)
        assert any("W9000000" in (work.openalex or "") and not work.sources for work in held)
    assert any(item["is_xpac"] for item in items)


@pytest.mark.parametrize("seed", range(len(KINDS)))
def test_a_carve_equals_brute_force(tmp_path: Path, seed: int) -> None:
    """By search, by identifiers and by citations; deleted works, years and both corpora included."""
    items = list(snapshots.items(150, seed=seed))
    layout, abstract = KINDS[seed]
    snapshots.write(tmp_path, items, layout=layout, abstract=abstract, deleted=["W7", "https://openalex.org/W40"])
    snapshot, held = find(str(tmp_path)), records(items)
    gone = deleted(snapshot)
    assert gone.tolist() == [7, 40]
    named = frozenset({Identifier("openalex", "W90"), Identifier("doi", "10.5555/synthetic.120")})
    named |= {Identifier("pmcid", "PMC7000063"), Identifier("doi", "10.5555/synthetic.77")}
    named |= {Identifier("pmid", record.pmid) for record in list(held.values())[-20:] if record.pmid}
    options = [
        asked_by(SEARCHES[seed]),
        asked_by(SEARCHES[(seed + 4) % len(SEARCHES)], everything=True, years=(2000, None)),
        asked_by(SEARCHES[seed], backward=True, forward=True, years=(None, 2012)),
        Asked(identifiers=named, forward=True, depth=2),
        Asked(identifiers=named | {Identifier("openalex", "W7")}, backward=True, depth=3, years=(2005, 2010)),
    ]
    for number, asked in enumerate(options):
        numbers, _ = carved(tmp_path / f"{number}.sqlite", asked, snapshot)
        assert numbers == brute_force(asked, held, frozenset({7, 40})), asked


MARKED = ["<i>", "</i>", "<sub>", "&amp;", "&eacute;", *"\b\x7f\u00ad\u200bİΣ -2", "e\u0301", "p < "]
# Words that may be written with other letters, of which normal form C makes these.
FORMS = {"ल\u0921\u093cका": "ल\u095cका", "\u674e": "\uf9e1", "\ud558\ub098": "\u1112\u1161\u1102\u1161"}
VOCABULARY = [*(word for word in snapshots.WORDS if word.isalnum()), *FORMS]
MARKED += FORMS.values()
TEXT = st.lists(st.sampled_from([*VOCABULARY, *MARKED]), min_size=1, max_size=8).map("".join)
PHRASE = st.lists(st.sampled_from(VOCABULARY), min_size=1, max_size=8).map(" ".join)
TEXTS = st.lists(st.one_of(TEXT, PHRASE), min_size=1, max_size=8)


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(expression=expressions(leaves(VOCABULARY)), titles=TEXTS, abstracts=TEXTS, exact=st.booleans())
def test_no_match_is_passed_over_for_its_letters(
    tmp_path: Path, expression: Expression, titles: list[str], abstracts: list[str], exact: bool
) -> None:
    """What is judged to match is always a candidate, whatever stands in the middle of its words."""
    items = [
        {
            "id": f"https://openalex.org/W{number}",
            "title": title.upper() if number % 2 else title,
            "abstract_inverted_index": {word: [place] for place, word in enumerate(abstract.split())},
            "publication_year": (2000 + number, "2019", None, 2101, 999)[number % 5],
            "publication_date": "2020-02-02",
        }
        for number, (title, abstract) in enumerate(zip(titles, abstracts, strict=False), start=1)
    ]
    path = tmp_path / "part_0000.gz"
    path.write_bytes(gzip.compress(b"\n".join(json.dumps(item).encode() for item in items)))
    part = Part(str(path), path.name, "jsonl", path.stat().st_size)
    judge = evaluate.matcher(expression, exact=exact)
    matching = {number for number, record in records(items).items() if judge(evaluate.described(record))}
    with jobs.opened(Limits()) as db:
        found = jobs.candidates(db, part, words.condition(expression, exact=exact), everything=True)
        assert matching <= set(records(map(json.loads, found)))


@pytest.mark.parametrize("wanted", ["W{}", "10.1002/(sici)1097-0258(19980815)17:15<{}::aid-sim>3.0.co;2-2", "number"])
def test_a_file_without_the_works_that_are_wanted_is_not_read_beyond_identifiers(tmp_path: Path, wanted: str) -> None:
    """Its abstracts may be unreadable: that is noticed only where a work of the file is wanted.

    DOIs of which only Python knows what they are, such as those of the nineties, are asked for as well as others.
    """
    path = tmp_path / "part_0000.parquet"
    ids = [f"https://openalex.org/W{number}" for number in range(1, 41)]
    abstracts = [f'{{"{each}": [0]}}' for each in ids]
    dois = [f"https://doi.org/10.1002/(SICI)1097-0258(19980815)17:15%3C{n}::AID-SIM%3E3.0.CO;2-2" for n in range(1, 41)]
    parquet.write_table(pyarrow.table({"id": ids, "doi": dois, "abstract_inverted_index": abstracts}), path)
    column = parquet.read_metadata(path).row_group(0).column(2)
    damaged = bytearray(path.read_bytes())
    start = column.dictionary_page_offset
    damaged[start : start + column.total_compressed_size] = b"\xff" * column.total_compressed_size
    path.write_bytes(damaged)
    part, none = Part(str(path), path.name, "parquet", path.stat().st_size), np.array([], np.int64)

    def taken(number: int) -> tuple[bytes, ...]:
        if wanted == "number":
            return selecting.neighbours(part, Asked(searched="peer"), np.array([number]), none, Limits()).items
        named = Identifier("openalex" if wanted == "W{}" else "doi", wanted.format(number))
        return selecting.select(part, Asked(identifiers=frozenset({named})), none, Limits()).items

    assert taken(41) == ()
    with pytest.raises(Stopped, match=r"part_0000\.parquet of the snapshot cannot be read"):
        taken(40)


@given(text=st.from_regex(jobs._PLAIN_DOI, fullmatch=True))
def test_a_doi_that_is_read_without_python_is_what_python_reads(text: str) -> None:
    assert doi(text) == text.removeprefix("https://doi.org/")


# -- what can go wrong ---------------------------------------------------------------------------------


class Breaking(Threads):
    """Is interrupted in every pass after two files, and notes of how many files the results were taken."""

    def map(self, function: Any, calls: Iterable[tuple[Any, ...]]) -> Iterator[Any]:
        for number, result in enumerate(super().map(function, calls)):
            if number == 2:
                raise KeyboardInterrupt
            TAKEN.append(function.__name__)
            yield result


TAKEN: list[str] = []


def test_a_carve_that_was_killed_goes_on_with_the_next_file(tmp_path: Path) -> None:
    """Each of its passes takes up where it was cut, and the library is the one that nothing had disturbed."""
    snapshots.write(tmp_path, snapshots.items(200, seed=5), layout="jsonl")
    snapshot, asked = find(str(tmp_path)), asked_by('"peer support" AND year:2010-', backward=True, forward=True)
    carved(tmp_path / "whole.sqlite", asked, snapshot)
    with Library(tmp_path / "cut.sqlite", write="carve") as library:
        begun(library, asked, snapshot)
    TAKEN.clear()
    sessions = 0
    waiting = True
    while waiting:
        sessions += 1
        with Library(tmp_path / "cut.sqlite", write="resume") as library:
            with suppress(KeyboardInterrupt):
                carve.carry_on(library, ledger.unfinished(library)[0], workers=Breaking(count=1))
            waiting = bool(ledger.unfinished(library))
            cut = checksum(library)
    assert sessions >= 6
    assert Counter(TAKEN) == dict.fromkeys(("select", "linked", "neighbours"), len(snapshot.parts))
    with Library(tmp_path / "whole.sqlite") as library:
        assert checksum(library) == cut
    assert not [*tmp_path.glob("*.carve-*")]


def test_what_a_carve_into_a_library_that_is_gone_had_noted_is_not_taken_for_another(tmp_path: Path) -> None:
    """A library of the same name, begun after the first was deleted in the middle of its carve, asks anew."""
    snapshots.write(tmp_path, snapshots.items(60, seed=5, references=4), layout="jsonl")
    snapshot = find(str(tmp_path))
    first, other = (
        Asked(identifiers=frozenset({Identifier("openalex", name)}), backward=True) for name in ("W50", "W40")
    )

    def stop(what: str, done: int, total: int) -> None:
        if what.startswith("following"):
            raise KeyboardInterrupt

    with Library(tmp_path / "same.sqlite", write="carve") as library, pytest.raises(KeyboardInterrupt):
        carve.carry_on(library, begun(library, first, snapshot), workers=Threads(count=1), report=stop)
    assert [*tmp_path.glob("same.sqlite.carve-*")]
    for left in tmp_path.glob("same.sqlite*"):
        if left.is_file():
            left.unlink()
    assert carved(tmp_path / "same.sqlite", other, snapshot) == carved(tmp_path / "new.sqlite", other, snapshot)


def test_the_next_snapshot_counts_more_at_the_same_date(tmp_path: Path) -> None:
    """OpenAlex changes records while their date stands still, so which snapshot is later says which one is right."""
    items = list(snapshots.items(40, seed=5))
    asked = Asked(identifiers=frozenset(Identifier("openalex", f"W{number}") for number in range(1, 40)))
    for name in ("2026-03-31", "2026-06-30"):
        changed = [{**item, "title": f"{name} {item['id'][22:]}"} for item in items]
        snapshots.write(tmp_path / name, changed, layout="jsonl")
        manifest = tmp_path / name / "data" / "jsonl" / "works" / "manifest.json"
        manifest.write_text(manifest.read_text("utf-8").replace("2026-09-30", name), "utf-8")
        with Library(tmp_path / "library.sqlite", write="carve") as library:
            carve.carry_on(library, begun(library, asked, find(str(tmp_path / name))), workers=Threads(count=1))
    with Library(tmp_path / "library.sqlite") as library:
        assert {work.title.partition(" ")[0] for work in works(library) if work.title} == {"2026-06-30"}
        assert proof.verify(library) == []


def test_a_file_is_kept_in_slices_and_says_what_it_says_at_once(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    items = list(snapshots.items(200, seed=5))
    snapshots.write(tmp_path, items, layout="jsonl")
    snapshot = find(str(tmp_path))
    named = frozenset(Identifier("openalex", f"W{number}") for number in [*sorted(records(items))[::2], 999_999_999])
    for asked in (asked_by("support* OR network", backward=True), Asked(identifiers=named, forward=True)):
        told = []
        for size in (500, 3):
            monkeypatch.setattr(carve, "_AT_ONCE", size)
            path = tmp_path / f"{size}-{asked.forward}.sqlite"
            held, found = carved(path, asked, snapshot)
            with Library(path) as library:
                counts = library.db.execute("select url, reported, received from requests order by id").fetchall()
                told.append((held, found, counts, checksum(library)))
            assert len(held) > 6 * len(snapshot.parts), "several slices of a file"
        assert told[0] == told[1]


def test_a_file_that_is_cut_stops_the_carve_which_resume_takes_up(tmp_path: Path, run: Run) -> None:
    """The sentence names the file; when it was fetched again, `resume` ends the carve."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(60, seed=2), layout="jsonl")
    last = max(tmp_path.rglob("part_*.gz"))
    whole = last.read_bytes()
    last.write_bytes(whole[: len(whole) // 2])
    ended = run("carve", "--snapshot", "snapshot", "--query", "peer OR support OR trial", "--out", "here.sqlite")
    assert ended.status == 3
    assert "`harvester --library here.sqlite resume`" in ended.err
    assert "1 files are not as long as the manifest says: updated_date=2026-06-02/part_0001.gz" in ended.err
    assert "updated_date=2026-06-02/part_0001.gz of the snapshot cannot be read" in ended.err
    assert "Traceback" not in ended.err
    last.write_bytes(whole)
    ended = run("--library", "here.sqlite", "--json", "resume")
    (account,) = ended.document["runs"]
    assert (account["command"], account["state"], account["selected"] > 20) == ("carve", "done", True), ended.err
    assert run("--library", "here.sqlite", "verify").status == 0
    assert run("--library", "here.sqlite", "resume").status == 0


@pytest.mark.parametrize(("word", "form"), FORMS.items())
def test_a_word_is_found_in_every_form_of_its_letters(tmp_path: Path, word: str, form: str) -> None:
    items = [{**item, "title": f"about {form}"} for item in snapshots.items(3, seed=2)]
    snapshots.write(tmp_path, items, layout="jsonl")
    assert carved(tmp_path / "a.sqlite", asked_by(f"title:{word}", everything=True), find(str(tmp_path)))[0] == {
        1,
        2,
        3,
    }


def test_every_letter_that_becomes_another_one_makes_a_text_irregular() -> None:
    """So that no text is passed over for letters that it has in another form."""
    pattern = re.compile(re.sub(r"\\x\{([0-9A-F]+)\}", lambda code: rf"\U{int(code[1], 16):08x}", words.IRREGULAR))
    others = [letter for letter in map(chr, range(0x80, 0x110000)) if normalize("NFC", letter) != letter]
    assert len(others) > 1_000
    assert [letter for letter in others if not pattern.search(letter)] == []
    assert not pattern.search("病气 한국 हिन्दी ćevapi Ωμέγα")


def test_json_that_is_too_deep_to_be_kept_is_no_work(tmp_path: Path) -> None:
    """Wherever it could just be read, it is counted and passed over, and the carve goes on."""
    items = list(snapshots.items(200, seed=2))
    for number, item in enumerate(items):
        for _ in range(number * 4):
            item["primary_topic"] = [item.get("primary_topic")]
    snapshots.write(tmp_path, items, layout="jsonl")
    numbers, found = carved(tmp_path / "a.sqlite", asked_by("NOT zzz", everything=True), find(str(tmp_path)))
    assert 100 < len(numbers) < 200
    assert any("are no JSON" in sentence for sentence in found.problems)


def test_what_is_asked_of_nothing_is_not_read(tmp_path: Path) -> None:
    """A search without matches has no works around them."""
    snapshots.write(tmp_path, snapshots.items(20, seed=2), layout="jsonl")
    told = set()
    with Library(tmp_path / "a.sqlite", write="carve") as library:
        begin = begun(library, asked_by("zzz", backward=True, depth=3), find(str(tmp_path)))
        carve.carry_on(library, begin, workers=Threads(count=1), report=lambda what, *_: told.add(what))
    assert told == {"selecting"}


def test_a_file_is_read_in_less_memory_than_it_has_text(tmp_path: Path) -> None:
    """Whichever works are taken out, whatever number of them is asked for: what is asked is held, not what is read."""
    (item,) = snapshots.items(1, seed=2)
    head, _, rest = json.dumps({**item, "x": "peer " * 1_000}).partition('W1"')
    lines = (f'{head}W{number}"{rest}\n'.encode() for number in range(1, 60_001))
    path = tmp_path / "part_0000.gz"
    with gzip.open(path, "wb", compresslevel=1) as file:
        file.writelines(lines)
    part, numbers = Part(str(path), path.name, "jsonl", path.stat().st_size), np.arange(60_000, 80_000)
    limits, asked = Limits(memory="300MB"), Asked(backward=True, forward=True)
    assert len(selecting.neighbours(part, asked, numbers, np.array([], np.int64), limits).items) == 1
    assert selecting.linked(part, asked, numbers, limits).size == len({*item["referenced_works"]})


def test_lines_that_are_no_works_are_told_and_passed_over(tmp_path: Path) -> None:
    """Hostile lines, more or fewer than the manifest says, end nothing."""
    snapshots.write(tmp_path, snapshots.items(30, seed=8), layout="legacy", manifest=False)
    first = min(tmp_path.rglob("part_*.gz"))
    odd = [b'{"id": "https://openalex.org/W1", "title": "cut', b"[1, 2]", b"null", b'{"id": {"a": 1}}', b"\xff\xfe"]
    odd += [b'{"id": "https://openalex.org/A5", "title": "peer"}', b'{"id": 5, "referenced_works": "W1"}']
    first.write_bytes(gzip.compress(gzip.decompress(first.read_bytes()) + b"\n".join(odd) + b"\n"))
    snapshot = find(str(tmp_path))
    assert "there is no manifest" in snapshot.problems[0]
    asked = asked_by("peer OR support OR trial OR network OR the OR NOT zzz")
    numbers, found = carved(tmp_path / "a.sqlite", asked, snapshot)
    assert numbers == brute_force(asked, records(snapshots.items(30, seed=8)))
    assert any("are no JSON" in sentence for sentence in found.problems)


def test_the_newer_of_two_versions_speaks(tmp_path: Path) -> None:
    """A work that an older partition still holds, and that both versions match, is the newer one."""
    items = list(snapshots.items(20, seed=4))
    older = {**items[9], "title": "peer support of old", "updated_date": "2025-11-04T00:00:00"}
    items[9] = {**items[9], "title": "peer support of late", "updated_date": "2026-06-02T00:00:00"}
    snapshots.write(tmp_path, items, layout="jsonl", again=[older])
    asked = Asked(identifiers=frozenset({Identifier("openalex", "W10")}))
    carved(tmp_path / "a.sqlite", asked, find(str(tmp_path)))
    with Library(tmp_path / "a.sqlite") as library:
        assert [work.title for work in works(library) if work.openalex == "W10"] == ["peer support of late"]


def test_what_another_carve_brought_is_absent_where_this_snapshot_lacks_it(tmp_path: Path) -> None:
    items = list(snapshots.items(30, seed=4))
    items[19]["referenced_works"] = [items[4]["id"], items[5]["id"]]
    asked = Asked(identifiers=frozenset({Identifier("openalex", "W20")}), backward=True)
    for name, held, absent in (("whole", items, 0), ("less", [*items[:4], *items[5:]], 1)):
        snapshots.write(tmp_path / name, held, layout="jsonl")
        assert carved(tmp_path / "a.sqlite", asked, find(str(tmp_path / name)))[1].absent == absent


def test_a_work_around_counts_once_however_many_versions_there_are(tmp_path: Path) -> None:
    """Also where another carve has brought it before."""
    items = [{**item, "updated_date": "2026-06-02T00:00:00"} for item in snapshots.items(30, seed=4, references=4)]
    older = [{**item, "title": "of old", "updated_date": "2025-11-04T00:00:00"} for item in items]
    snapshots.write(tmp_path, items, layout="jsonl", again=older)
    for name in ("W20", "W21", "W20"):
        asked = Asked(identifiers=frozenset({Identifier("openalex", name)}), backward=True, forward=True)
        _, found = carved(tmp_path / "a.sqlite", asked, find(str(tmp_path)))
        alone, _ = carved(tmp_path / f"{name}.sqlite", asked, find(str(tmp_path)))
        assert found.around == len(alone) - 1 > 2


def test_the_snapshot_is_on_record(tmp_path: Path, run: Run) -> None:
    """Its dates stand in the ledger, the report takes the carve, and a file of names says what was not found."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(60, seed=2), layout="parquet")
    (tmp_path / "names.txt").write_text("10.5555/synthetic.12\nW20\n10.5555/none\n", encoding="utf-8")
    ended = run("--json", "carve", "--snapshot", "snapshot", "--dois", "names.txt", "--backward", "--depth", "2")
    assert ended.status == 4
    assert ended.document["not_found"] == ["doi:10.5555/none"]
    assert ended.document["selected"] == 2
    described = ended.document["snapshot"]
    assert (described["date"], described["first_change"], described["last_change"]) == (
        "2026-09-30",
        "2025-11-04",
        "2026-06-02",
    )
    assert described["works"] == 60
    assert run("report", "account.md").status == 0
    assert run("verify").status == 0


@pytest.mark.parametrize(
    ("arguments", "sentence"),
    [
        (["--query", "peer"], "there is no snapshot at"),
        (["--snapshot", "."], "give --query"),
        (["--snapshot", ".", "--query", "peer"], "there are no works of an OpenAlex snapshot at"),
        (["--snapshot", ".", "--query", "peer", "--dois", "x"], "and not both"),
        (["--snapshot", ".", "--query", "decision:include"], "A snapshot cannot be asked for decision:"),
        (["--snapshot", ".", "--query", "peer", "--years", "2020-2010"], "2020 is later than 2010"),
        (["--snapshot", ".", "--query", "peer", "--years", "x"], "no span of years"),
        (["--snapshot", ".", "--query", "peer", "--depth", "2"], "--depth says how far"),
        (["--snapshot", ".", "--dois", "absent.txt"], "absent.txt cannot be read"),
    ],
)
def test_what_cannot_be_carved_is_told_in_one_sentence(run: Run, arguments: list[str], sentence: str) -> None:
    given = arguments if "--snapshot" in arguments else ["--snapshot", "absent", *arguments]
    ended = run("carve", *given)
    assert ended.status == 2
    assert sentence in ended.err.splitlines()[0]
    assert "Traceback" not in ended.err


# -- the files -----------------------------------------------------------------------------------------


def test_the_manifest_says_what_is_not_there(tmp_path: Path) -> None:
    """Absent files, files of another length, and files of an older release, which are not read."""
    snapshots.write(tmp_path, snapshots.items(60, seed=2), layout="jsonl")
    absent, other, _, _, _, _ = sorted(tmp_path.rglob("part_*.gz"))
    absent.unlink()
    other.write_bytes(other.read_bytes() + b"x")
    stale = other.with_name("part_0009.gz")
    stale.write_bytes(b"")
    found = find(str(tmp_path / "data"))
    assert [problem.partition(":")[0] for problem in found.problems] == [
        "1 of 6 files of the manifest are not there",
        "1 files are not as long as the manifest says",
        "1 files are not in the manifest, as of an older release, and are left out",
    ]
    assert len(found.parts) == 5
    assert found.dates == ("2025-11-04", "2026-06-02")
    assert found.date == "2026-09-30"


def test_parquet_goes_before_lines(tmp_path: Path) -> None:
    for layout in ("jsonl", "parquet"):
        snapshots.write(tmp_path, snapshots.items(10, seed=2), layout=layout)
    assert find(str(tmp_path)).format == "parquet"
    assert find(f"file://{tmp_path}") == find(str(tmp_path))


def test_a_combined_manifest_is_read(tmp_path: Path) -> None:
    """The manifest of a whole format nests those of its entities."""
    snapshots.write(tmp_path, snapshots.items(10, seed=2), layout="jsonl")
    own = tmp_path / "data" / "jsonl" / "works" / "manifest.json"
    document = {"date": "2026-09-30", "entities": [{"entity": "authors"}, json.loads(own.read_text("utf-8"))]}
    own.unlink()
    (tmp_path / "data" / "jsonl" / "manifest.json").write_text(json.dumps(document), encoding="utf-8")
    found = find(str(tmp_path))
    assert (found.problems, found.records) == ((), 10)


@pytest.mark.parametrize("text", ["id\nW1\n", "<html>"])
def test_a_list_of_deleted_works_of_another_shape_is_refused(tmp_path: Path, text: str) -> None:
    snapshots.write(tmp_path, snapshots.items(5, seed=2), layout="jsonl")
    (tmp_path / "data" / "jsonl" / "works" / "deleted_ids.csv").write_text(text, encoding="utf-8")
    with pytest.raises(InputError, match="no list of deleted works"):
        deleted(find(str(tmp_path)))


def test_another_snapshot_does_not_end_a_carve(tmp_path: Path) -> None:
    """Files of two releases do not get into one carve."""
    snapshots.write(tmp_path, snapshots.items(30, seed=2), layout="jsonl")
    with Library(tmp_path / "a.sqlite", write="carve") as library:
        started = begun(library, asked_by("peer"), find(str(tmp_path)))
        min(tmp_path.rglob("part_*.gz")).unlink()
        with pytest.raises(Stopped, match="is not the one that this carve began with"):
            carve.carry_on(library, started, workers=Threads(count=1))
        assert ledger.unfinished(library) == [started]


# -- as tables -----------------------------------------------------------------------------------------


def test_a_folder_gets_tables_that_say_what_the_library_says(tmp_path: Path, run: Run) -> None:
    """Works, citations and authorships, of which the documented columns are those that are there."""
    snapshots.write(tmp_path / "snapshot", snapshots.items(60, seed=2), layout="jsonl")
    ended = run("carve", "--snapshot", "snapshot", "--query", '"peer support" OR trial', "--forward", "--out", "tables")
    assert ended.status == 0, ended.err
    held = {name: parquet.read_table(tmp_path / "tables" / name) for name in dataset.TABLES}
    with Library(tmp_path / "tables" / "carved.sqlite") as library:
        described = [work for work in works(library) if work.sources]
        assert held["works.parquet"]["key"].to_pylist() == [work.key for work in described]
        rows = held["citations.parquet"]
        told = [tuple(row) for row in zip(rows["citing"].to_pylist(), rows["cited"].to_pylist(), strict=True)]
        assert told == [(each.citing, each.cited) for each in citations(library)]
        authors = [
            (work.key, place, each.name) for work in described for place, each in enumerate(work.authors or (), 1)
        ]
    rows = held["authorships.parquet"]
    assert list(zip(*(rows[name].to_pylist() for name in ("work", "position", "name")), strict=True)) == authors
    for name in rows.column_names:
        assert f"`{name}`" in str(dataset.__doc__)


@pytest.mark.parametrize(("manifest", "total"), [(True, 60), (False, 6)])
def test_progress_goes_by_the_works_that_the_manifest_counts(tmp_path: Path, manifest: bool, total: int) -> None:
    """Each pass goes up to all works, and to all files where nobody counted."""
    snapshots.write(tmp_path, snapshots.items(60, seed=2), layout="jsonl", manifest=manifest)
    told: list[tuple[str, int, int]] = []
    with Library(tmp_path / "a.sqlite", write="carve") as library:
        started = begun(library, asked_by("peer", backward=True), find(str(tmp_path)))
        carve.carry_on(library, started, workers=Threads(count=1), report=lambda *each: told.append(each))
    passes = list(dict.fromkeys(what for what, _, _ in told))
    assert passes == ["selecting", "following citations, round 1", "taking out what is linked"]
    for what in passes:
        done = [number for name, number, _ in told if name == what]
        assert (len(done), done, done[-1]) == (6, sorted(done), total)
    assert {each for _, _, each in told} == {total}
