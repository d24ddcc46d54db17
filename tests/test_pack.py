"""A pack holds what may be passed on and nothing else, and whoever gets one can prove it."""

import csv
import io
import json
import lzma
import os
import sqlite3
import struct
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import closing, nullcontext, suppress
from hashlib import sha256
from itertools import islice
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import begin, crossref, item, keep, made_older, new, openalex, pubmed

from harvester import formats, inputs
from harvester.errors import HarvesterError, InputError, LibraryError, OutputError
from harvester.formats import Content, record
from harvester.formats.reading import readers
from harvester.harvest.matching import questions_for_titles
from harvester.library import Library, checksum, derive, imports, ledger, proof, reading, redaction, schema, verify
from harvester.library.decisions import Decision, dedupe
from harvester.library.redaction import COPIED, UNSAID, LeftOut, copied
from harvester.library.screening import take
from harvester.model import Abstract, Affiliation, Authorship, Item, Page, Query, Record, Section, Skip, Work
from harvester.pack import Packed, Replayed, Wanted, archive, manifest, pack, replay
from harvester.pack.leaks import forms, tells
from harvester.pack.page import TERMS
from harvester.review import account, html
from harvester.sources import SOURCES

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared")) / "data"

# The words differ in their beginnings, since a text index keeps of a word what it does not share with the one before.
ABSTRACT, TITLE = "secretword", "licensedtitle"
PERSON = "Ana Reviewer"
READ = ("bibtex", "csl-json", "csv", "endnote-xml", "enw", "jsonl", "nbib", "ris", "wos", "xlsx")
"""Formats of which we read what we write."""
NEW = ("exports/works.json", "exports/works.csv", "exports/works.ris", "exports/citations.graphml")


def quiet(_: str) -> Any:
    return nullcontext()


def packed(library: Path, path: Path, **wanted: bool) -> Packed:
    with Library(library) as opened:
        return pack(opened, path, wanted=Wanted(**wanted), busy=quiet)


def replayed(path: Path) -> Replayed:
    return replay(path, busy=quiet)


def standings(path: Path) -> dict[str, str]:
    """What is not the same in a pack."""
    return {each.name: each.standing for each in replayed(path).verdicts if each.standing != "same"}


def of_every_index() -> list[Item]:
    """A record with an abstract of each index, in its own shape."""
    words = f"Peers gave a{ABSTRACT} to all."
    inverted = {word: [place] for place, word in enumerate(words.replace(f"a{ABSTRACT}", f"b{ABSTRACT}").split())}
    datacite = {
        "id": "10.5555/data",
        "attributes": {
            "doi": "10.5555/data",
            "titles": [{"title": "A data set"}],
            "state": "findable",
            "types": {"resourceTypeGeneral": "Dataset"},
            "descriptions": [
                {"description": f"It holds c{ABSTRACT}.", "descriptionType": "Abstract"},
                {"description": f"Done by d{ABSTRACT}.", "descriptionType": "Methods"},
            ],
        },
    }
    europepmc = {"id": "71", "source": "MED", "pmid": "71", "title": "Of Europe", "abstractText": f"Of e{ABSTRACT}."}
    return [
        item(
            "crossref",
            crossref("10.5555/a", abstract=f"<jats:p>{words}</jats:p>", cites=["10.5555/b", "Hall L. 2019."]),
        ),
        item("crossref", crossref("10.5555/b")),
        item("openalex", openalex(1, doi="10.5555/a", abstract_inverted_index=inverted, cites=[2])),
        item("datacite", datacite),
        item("europepmc", europepmc),
    ]


def settle(library: Library, found: list[Item], skips: tuple[Skip, ...] = ()) -> None:
    run = begin(library)
    for each in found:
        name = each.record.source
        ledger.enqueue(
            library, run, [Query(source=name, url=f"https://{name}.test/{each.record.native_id}", kind="list")]
        )
        (request,) = ledger.waiting(library, run, name)
        page = Page(items=(each,), skips=skips)
        ledger.settle(library, run, request, page, status=200, from_cache=False, wanted={})
    reason = "the library /home/ana maria/review/library.sqlite cannot grow (disk full); `harvester resume`"
    ledger.finish(library, run, outcome="stopped", reason=reason)


def brought(folder: Path, library: Library) -> int:
    """Import a licensed record in each format."""
    count = 0
    for number, name in enumerate(READ):
        letter = chr(ord("a") + number)
        licensed = Work(
            key=f"import:{number}",
            title=f"RETRACTED: A {letter}{TITLE} of {name} that nobody else has",
            abstract=f"It is f{letter}{ABSTRACT} to others.",
            authors=(Authorship(name=f"Ito {letter}", family=f"Ito{letter}", given="Kim"),),
            year=2000 + number,
            type="article",
            doi=f"10.9999/{letter}" if number % 2 else None,
            sources=("file:there",),
        )
        path = folder / f"embase{formats.of(name).suffixes[0]}"
        formats.write(Content(works=[licensed], citations=(), runs=()), path, format=name)
        count += imports.bring(library, path, label="Embase 2026").records
    return count


@pytest.fixture(scope="module")
def full(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library that tells in many places what nobody else may be told."""
    folder = tmp_path_factory.mktemp("full")
    with new(folder) as library:
        settle(library, of_every_index())
        assert brought(folder, library) == len(READ)
        (folder / "broken.ris").write_text(f"TY  - JOUR\nZZ  - a record of g{ABSTRACT} and a {TITLE}\nER  - \n")
        imports.bring(library, folder / "broken.ris")
        text = f"as h{ABSTRACT} shows, see 10.5555/a\n10.5555/b\nand i{ABSTRACT} of no identifier\n摘要{ABSTRACT}没有\n"
        given_ = inputs.from_stream(io.BytesIO(text.encode()), name="/home/ana maria/page.txt").inputs
        given_ += inputs.from_arguments([f"A pasted j{ABSTRACT} line", "10.5555/B"])
        ledger.begin(library, command="doi", arguments={"file": "/home/ana maria/page.txt"}, inputs=given_)
        keep(library, [pubmed("81", doi="10.9999/pubmed", cites=["71"])])
        derive(library)
        dedupe(library, [Decision("doi:10.9999/b", "import:x", "same", "I know")])
        run = begin(library)
        ledger.enqueue(library, run, questions_for_titles(library))
        refused = ledger.waiting(library, run, "crossref")[0]
        ledger.fail(library, refused, detail=f"crossref does not accept the question (HTTP 400): {refused.query.url}")
        decided = f"doi,decision,reason,reviewer\n10.9999/b,include,,{PERSON}\n10.5555/b,exclude,wrong,{PERSON}\n"
        (folder / "decided.csv").write_text(decided)
        take(library, folder / "decided.csv")
        with library.transaction() as db:
            like = (f"A k{TITLE}, 2001", "doi:10.9999/b")
            db.execute("insert into matches (run, reference, origin, standing, shown, key, reason)"
                       " values (1, 'ab', 'library', 'weak', ?, ?, 'the same title')", like)  # fmt: skip
            sentence = f"same: the same title and authors; title: same (A l{TITLE} | A l{TITLE}.)"
            db.execute("insert into decisions (run, one, other, verdict, person, reason)"
                       " values (1, 'doi:10.9999/b', 'import:y', 'related', 0, ?)", (sentence,))  # fmt: skip
        derive(library)
    return folder / "library.sqlite"


@pytest.fixture(scope="module")
def bare(full: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pack of it, as it is made without being asked for more."""
    path = tmp_path_factory.mktemp("bare") / "review.zip"
    packed(full, path)
    return path


def members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as zipped:
        return {name: zipped.read(name) for name in zipped.namelist()}


def library_in(path: Path, folder: Path) -> Path:
    found = folder / "unpacked.sqlite"
    found.write_bytes(members(path)["library.sqlite"])
    return found


def everything_in(path: Path, folder: Path) -> Iterator[tuple[str, bytes]]:
    """Every byte of a pack: of its members, and of what the library holds compressed."""
    yield from members(path).items()
    with closing(sqlite3.connect(library_in(path, folder))) as db:
        for table, column in (("raws", "raw"), ("works", "detail")):
            for (blob,) in db.execute(f"select {column} from {table} where {column} is not null"):
                yield f"{table}.{column}", zlib.decompress(blob)


# -- what is left out ----------------------------------------------------------------------------------


def test_nothing_that_is_left_out_is_anywhere_in_the_bytes(full: Path, bare: Path, tmp_path: Path) -> None:
    """Abstracts, licensed titles, folders of the owner: in no member, no page of the file, no compressed item."""
    hidden = [ABSTRACT, TITLE, "ana maria", "/home", str(full.parent), os.uname().nodename + '"']
    with Library(full) as library:  # what is looked for is really there, in each place
        texts = {
            "raws": "\n".join(zlib.decompress(raw).decode() for (raw,) in library.db.execute("select raw from raws")),
            **{
                f"{table}.{column}": str(
                    library.db.execute(f"select group_concat({column}) from {table}").fetchone()[0]
                )
                for table, column in (
                    *(("inputs", "text"), ("skips", "detail"), ("requests", "url"), ("requests", "detail")),
                    ("decisions", "reason"),
                    *(("matches", "shown"), ("works", "abstract"), ("runs", "reason"), ("inputs", "origin")),
                )
            },
        }
        texts["report"] = html(account(library))
    for text in texts.values():
        assert any(word in text for word in hidden), text[:300]
    for name, held in everything_in(bare, tmp_path):
        for word in hidden:
            assert word.encode() not in held, f"{name} tells {word}"
            assert word.encode("utf-16-le") not in held
    with Library(tmp_path / "unpacked.sqlite") as copy:
        assert copy.db.execute("select count(*) from works_text where works_text match 'hall OR peers'").fetchone() == (
            0,
        )


def test_each_item_that_lost_something_is_listed_with_what_was_received(full: Path, bare: Path, tmp_path: Path) -> None:
    """Whoever has the full library can prove that the pack was made from it, item by item."""
    with Library(full) as library, Library(library_in(bare, tmp_path)) as copy:
        items = "select source, native, lower(hex(digest)) from items"
        received, kept = set(library.db.execute(items)), set(copy.db.execute(items))
    rows = list(csv.DictReader(io.StringIO(members(bare)["left-out.csv"].decode())))
    listed = {(row["source"], row["id"], row["sha256_received"]) for row in rows}
    assert listed == received - kept
    assert {(row["source"], row["id"], row["sha256_kept"]) for row in rows} == kept - received
    told = json.loads(members(bare)["manifest.json"])["left_out"]["items"]
    assert told["abstract"] == {"crossref": 1, "datacite": 1, "europepmc": 1, "openalex": 1}
    assert sum(told["record"].values()) == sum(row["left_out"] == "record" for row in rows) > 10


def test_the_copy_is_a_whole_library(full: Path, bare: Path, tmp_path: Path) -> None:
    """It is proved, keeps every work and every run, and a harvest can go on in it."""
    with Library(full) as library, Library(library_in(bare, tmp_path)) as copy:
        assert verify(copy) == []
        assert copy.db.execute("select key from works where detail is not null").fetchall()
        for query in (
            "select key, sources from works where detail is not null order by key",
            "select id, command, started, outcome from runs",
            "select one, other, verdict, person from decisions",
            "select key, decision, reason, person from screening",
            "select run, source, native, state from hits",
            "select count(*) from skips",
            "select count(*), sum(received), sum(reported) from requests",
        ):
            assert copy.db.execute(query).fetchall() == library.db.execute(query).fetchall(), query
        assert copy.db.execute("pragma journal_mode").fetchone() == ("delete",)
    with Library(tmp_path / "unpacked.sqlite", write="test") as copy:
        (number,) = [run.id for run in ledger.unfinished(copy)][:1]
        ledger.resume(copy, ledger.Run(number, "test"))
        keep(copy, [crossref("10.5555/c", cites=["10.5555/a"])])
        derive(copy)
        assert verify(copy) == []
        assert [line.key for line in reading.cited_by(copy, "doi:10.5555/a")] == ["doi:10.5555/c"]


def test_the_report_is_that_of_the_whole_library(full: Path, bare: Path, tmp_path: Path) -> None:
    """Its figures are those of the full library, and what was identified and screened stays true in the copy."""
    with Library(full) as library:
        whole = {figure.name: figure.value for figure in account(library).figures}
    with Library(library_in(bare, tmp_path)) as copy:
        left = {figure.name: figure.value for figure in account(copy).figures}
    carried = {each["name"]: each["value"] for each in json.loads(members(bare)["report/report.json"])["figures"]}
    unsaid = f"requests where state = 'failed', crossref: {UNSAID}"
    (said,) = [name for name in whole if TITLE in name]
    assert carried.pop(unsaid) == left.pop(unsaid) == whole.pop(said) == 1
    assert carried == whole
    changed = {name for name in whole.keys() | left.keys() if whole.get(name) != left.get(name)}
    assert "works without an abstract" in changed
    assert not [
        name for name in changed if name.startswith(("searches and files", "run ", "works included", "works excl"))
    ]


def test_what_is_wanted_is_kept(full: Path, tmp_path: Path) -> None:
    """With abstracts and records nothing is lost; with records alone they are there, without their abstracts."""
    packed(full, tmp_path / "all.zip", abstracts=True, imported=True)
    with Library(full) as library, Library(library_in(tmp_path / "all.zip", tmp_path)) as copy:
        assert checksum(copy) == checksum(library)
    assert json.loads(members(tmp_path / "all.zip")["manifest.json"])["left_out"]["items"] == {}
    assert standings(tmp_path / "all.zip") == {}
    packed(full, tmp_path / "imported.zip", imported=True)
    held = dict(everything_in(tmp_path / "imported.zip", tmp_path))
    assert not [name for name, data in held.items() if ABSTRACT.encode() in data]
    with Library(tmp_path / "unpacked.sqlite") as copy, Library(full) as library:
        titles = "select key, title, authors, year from works order by key"
        assert copy.db.execute(titles).fetchall() == library.db.execute(titles).fetchall()
        assert verify(copy) == []
    packed(full, tmp_path / "abstracts.zip", abstracts=True)
    held = dict(everything_in(tmp_path / "abstracts.zip", tmp_path))
    assert not [name for name, data in held.items() if TITLE.encode() in data]
    with Library(tmp_path / "unpacked.sqlite") as copy:
        assert [key for (key,) in copy.db.execute("select key from works where abstract is not null order by 1")] == [
            "doi:10.5555/a", "doi:10.5555/data", "europepmc:MED:71"
        ]  # fmt: skip


def test_every_table_of_evidence_is_copied(tmp_path: Path) -> None:
    """A table that a later version adds is not forgotten: somebody has to say what of it may be passed on."""
    with new(tmp_path) as library:
        tables = {
            name
            for (name,) in library.db.execute("select name from sqlite_schema where type = 'table' and sql not null")
        }
    derived = {name for name in tables if name in schema.DERIVED_TABLES or name.startswith("works_text")}
    assert tables - derived == {*COPIED, "items", "raws", "holder", "revision"}


@pytest.mark.parametrize(
    ("name", "path"),
    [
        ("crossref", "crossref/gap_D1000000.jsonl.xz"),
        ("openalex", "peer_support/openalex_peer_related_works.jsonl.xz"),
    ],
)
def test_real_items_lose_their_abstract_and_nothing_else(name: str, path: str, tmp_path: Path) -> None:
    """Recorded answers: the work that is left is the work that was there, less its abstract."""
    if not (SHARED / path).exists():
        pytest.skip(f"{path} of the shared data is not here")
    with lzma.open(SHARED / path) as lines:
        received = [json.loads(line) for line in islice(lines, 150)]
    with new(tmp_path) as library:
        run = begin(library)
        ledger.enqueue(library, run, [Query(source=name, url="https://x.test/1", kind="list")])
        (request,) = ledger.waiting(library, run, name)
        page = Page(items=tuple(item(name, one) for one in received))
        ledger.settle(library, run, request, page, status=200, from_cache=False, wanted={})
        derive(library)
        left: list[LeftOut] = []
        copied(library, tmp_path / "copy.sqlite", wanted=Wanted(), note=left.append)
        with Library(tmp_path / "copy.sqlite") as copy:
            gone: dict[str, Any] = {"abstract": None, "abstract_sections": (), "other_abstracts": (), "provenance": {}}
            before, after = ([work.model_copy(update=gone) for work in reading.works(each)] for each in (library, copy))
        assert before == after
        assert len(left) == sum(bool(work.abstract) for work in reading.works(library)) > 0


def test_a_record_in_our_own_form_is_read_back_as_it_was() -> None:
    """Whatever a record holds; and a line that is none is a skip with its reason."""
    whole = Record(
        source="file:a",
        native_id="1",
        title="Peers",
        authors=(Authorship(name="Ana", affiliations=(0,)),),
        affiliations=(Affiliation(text="There"),),
        abstract_sections=(Section(label=None, text="\u2028 text"),),
        other_abstracts=(Abstract(text="文", source="file:a"),),
    )
    text = record.written(whole)
    assert record.record(text, "file:a") == whole
    fragments = list(record.split(io.BytesIO(f"{text}\n\n{text}\n".encode())))
    assert [one.line for one in fragments] == [1, 3]
    assert [one.name for one in readers().values() if one.recognises(text.encode())] == ["record"]
    for broken in ("", "[]", "{}", "[" * 100_000, text[:-1], text.replace("Peers", "P").replace('"title"', '"titel"')):
        assert isinstance(record.record(broken, "file:a"), Skip)
    with pytest.raises(InputError, match="first line"):
        list(record.split(io.BytesIO(b'{"title":"Peers"}')))


def test_every_source_has_its_abstracts_taken_out(full: Path) -> None:
    """A source that is added later has to be in the library that these tests are about."""
    with Library(full) as library:
        have = {name for (name,) in library.db.execute("select distinct source from items")}
    assert set(SOURCES) - have <= {"opencitations"}  # which describes nothing


def test_the_terms_of_every_source_are_told() -> None:
    """A source that is added later has to be named to whoever opens a pack, with whose its data are."""
    assert TERMS.keys() == set(SOURCES)


# -- secrets -------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("secret", "text", "is_told"),
    [
        ("me@x.org", "\\u003cme@x.org>", True),
        ("me@x.org", "mailto:%3CMe%40x.org%3E", True),
        ("demo", "demographic", False),
        ("demo", "a memodemo", False),
        ("demo", "key=Demo", True),
        ("demo42", "undemo42ed", False),
        ("Éva-key", "by Éva-KEY.", True),
        ("sk-live-7Qx2", "xsk-live-7qx2x", True),
    ],
)
@settings(max_examples=40, deadline=None)
@given(data=st.data())
def test_a_secret_is_found_or_not_wherever_a_file_is_cut_into_pieces(
    secret: str, text: str, is_told: bool, data: st.DataObject
) -> None:
    """In UTF-8 and UTF-16, at either end of a file or within it; an address at any length, a short key as a word."""
    before, after = (data.draw(st.sampled_from(["", " ", "文 ", "\n-" * 9])) for _ in range(2))
    whole = f"{before}{text}{after[::-1]}".encode(data.draw(st.sampled_from(["utf-8", "utf-16-le", "utf-16-be"])))
    cuts = sorted(data.draw(st.lists(st.integers(0, len(whole)), max_size=8)))
    pieces = [whole[start:end] for start, end in zip([0, *cuts], [*cuts, len(whole)], strict=True)]
    assert tells(pieces, forms(secret)) is is_told


@pytest.mark.parametrize("secret", ["sk-live-7Qx2vLmWz0", "ana.reviewer@example.org", 'odd"key<&>\\1234567'])
def test_a_pack_that_would_tell_a_secret_is_not_written(secret: str, tmp_path: Path) -> None:
    """In a compressed item, in a question, in a decision: the member is named, the secret is not."""
    for number, told in enumerate(("item", "question")):
        folder = tmp_path / str(number)
        folder.mkdir()
        with new(folder) as library:
            keep(library, [crossref("10.5555/a", title=[f"By {secret}!"] if told == "item" else ["Peers"])])
            if told == "question":
                ledger.begin(library, command="search", arguments={"query": f"x {secret} y"})
            derive(library)
        with Library(folder / "library.sqlite") as library:
            with pytest.raises(OutputError, match=r"library\.sqlite") as refused:
                pack(library, folder / "a.zip", wanted=Wanted(), secrets=[secret], busy=quiet)
            assert secret not in str(refused.value)
            assert not (folder / "a.zip").exists()
            pack(library, folder / "a.zip", wanted=Wanted(), secrets=["another-" + secret], busy=quiet)
        assert {each.name for each in folder.iterdir() if each.name != "library.sqlite.lock"} == {
            *("library.sqlite", "library.sqlite.graph", "a.zip")
        }


# -- proof ---------------------------------------------------------------------------------------------


def test_a_pack_is_replayed_and_the_same_library_gives_the_same_bytes(full: Path, bare: Path, tmp_path: Path) -> None:
    """Every export is made again; two packs of one library are equal."""
    found = replayed(bare)
    assert found.is_same
    assert found.versions == {}
    again = {each.name for each in found.verdicts if "byte for byte" in each.note}
    assert again == set(NEW)
    one = packed(full, tmp_path / "other-name.zip")
    assert (tmp_path / "other-name.zip").read_bytes() == bare.read_bytes()
    assert one.people == (PERSON,)
    assert one.stored.bytes == bare.stat().st_size


def changed(path: Path, into: Path, change: Callable[[dict[str, bytes]], None], *, telling: bool = False) -> Path:
    """Write a pack with other members; `telling`, with a manifest that says so."""
    files = members(path)
    change(files)
    if telling:
        told = json.loads(files["manifest.json"])
        for each in told["members"]:
            data = files[each["name"]]
            each["bytes"], each["sha256"] = len(data), sha256(data).hexdigest()
        files["manifest.json"] = json.dumps(told).encode()
    with zipfile.ZipFile(into, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)
    return into


def test_what_was_changed_is_named(bare: Path, tmp_path: Path) -> None:
    """An altered file, one that is gone, one too many, an export that does not follow from the library."""

    def alter(files: dict[str, bytes]) -> None:
        files["report/report.md"] += b" "
        files["exports/works.csv"] = files["exports/works.csv"].replace(b"2001", b"2002", 1)
        files["../../evil.sh"] = b"rm -rf ~"
        del files["left-out.csv"]

    assert standings(changed(bare, tmp_path / "a.zip", alter)) == {
        "report/report.md": "altered",
        "exports/works.csv": "altered",
        "../../evil.sh": "extra",
        "left-out.csv": "missing",
    }
    assert not list(tmp_path.parent.rglob("evil.sh"))

    def forge(files: dict[str, bytes]) -> None:
        files["exports/works.csv"] = files["exports/works.csv"].replace(b"2001", b"2002", 1)

    assert standings(changed(bare, tmp_path / "b.zip", forge, telling=True)) == {"exports/works.csv": "differs"}

    def lose(files: dict[str, bytes]) -> None:
        files["library.sqlite"] = b"gone"

    found = standings(changed(bare, tmp_path / "c.zip", lose))
    assert found.pop("library.sqlite") == "altered"
    assert found == dict.fromkeys(NEW, "differs")


FORGERIES = {
    "update works set title = 'Other'": "works",
    "update raws set raw = x'00'": "no text",
    "update raws set raw = zeroblob(100)": "no text",
    "create trigger t after insert on works begin select 1; end": "did not make",
    "drop view texts; create view texts as select 1 id, 'a' title, 'b' abstract": "did not make",
    "create table evil (x)": "did not make",
    "drop table raws": "no table",
    "update works set abstract = 'told'": "works",
    "pragma user_version = 99": "newer",
    "pragma application_id = 1": "some other program",
}


@pytest.mark.parametrize("statements", FORGERIES)
def test_a_forged_library_is_found_out(bare: Path, tmp_path: Path, statements: str) -> None:
    """The manifest was made to fit; still nothing of the library is run, and it does not pass."""

    def forge(files: dict[str, bytes]) -> None:
        path = tmp_path / "forged.sqlite"
        path.write_bytes(files["library.sqlite"])
        with closing(sqlite3.connect(path)) as db:
            db.executescript(statements)
        files["library.sqlite"] = path.read_bytes()

    found = replayed(changed(bare, tmp_path / "a.zip", forge, telling=True))
    (verdict,) = [each for each in found.verdicts if each.name == "library.sqlite"]
    assert verdict.standing == "differs"
    assert FORGERIES[statements] in verdict.note


@pytest.mark.parametrize(
    "raw",
    [b"{", b"[1]", b'{"format":"no such","text":"x"}', b"[" * 10_000, b'{"text":1}', b"\xff", b"0" * (1 << 22)],
    ids=lambda raw: repr(raw[:12]),
)
def test_items_that_no_source_sends_are_found_out(
    bare: Path, tmp_path: Path, raw: bytes, monkeypatch: pytest.MonkeyPatch
) -> None:
    """JSON that is none, of no format, nested without end, or unfolding to no measure: no traceback."""
    monkeypatch.setattr(proof, "LARGEST_TEXT", 1 << 21)

    def forge(files: dict[str, bytes]) -> None:
        path = tmp_path / "forged.sqlite"
        path.write_bytes(files["library.sqlite"])
        with closing(sqlite3.connect(path)) as db, db:
            digest = sha256(raw).digest()
            (number,) = db.execute("select min(id) from items where source like 'file:%'").fetchone()
            db.execute("update items set digest = ? where id = ?", (digest, number))
            db.execute("update raws set raw = ? where item = ?", (zlib.compress(raw, 9), number))
        files["library.sqlite"] = path.read_bytes()

    found = standings(changed(bare, tmp_path / "a.zip", forge, telling=True))
    assert found == dict.fromkeys(("library.sqlite", *NEW), "differs")


def not_a_zip(path: Path, _: dict[str, bytes]) -> None:
    path.write_bytes(b"PK? no.")


def cut(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files)
    path.write_bytes(path.read_bytes()[:-30])


def entire(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped:
        for name, data in files.items():
            zipped.writestr(name, data)


def without_manifest(path: Path, files: dict[str, bytes]) -> None:
    entire(path, {name: data for name, data in files.items() if name != "manifest.json"})


def of_a_newer_form(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files | {"manifest.json": b'{"format":"citation-harvester/pack/2","more":1}'})


def with_another_manifest(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files | {"manifest.json": b'{"format":"something else"}'})


def with_a_deep_manifest(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files | {"manifest.json": b"[" * 1_000_000})


def with_a_way_out(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files | {"manifest.json": files["manifest.json"].replace(b"works.csv", b"../works.csv")})


def with_a_huge_manifest(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files | {"manifest.json": b" " * (manifest.LARGEST + 1)})


def named_twice(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files)
    with pytest.warns(UserWarning, match="Duplicate"), zipfile.ZipFile(path, "a") as zipped:
        zipped.writestr("library.sqlite", b"another")


def linked(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files)
    with zipfile.ZipFile(path, "a") as zipped:
        link = zipfile.ZipInfo("link")
        link.create_system, link.external_attr = 3, 0o120777 << 16
        zipped.writestr(link, "/etc/passwd")


def encrypted(path: Path, files: dict[str, bytes]) -> None:
    entire(path, files)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\1\2")
    data[place + 8] |= 1
    path.write_bytes(data)


def otherwise_compressed(path: Path, files: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_LZMA) as zipped:
        zipped.writestr("manifest.json", files["manifest.json"])


def without_measure(path: Path, _: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w", zipfile.ZIP_DEFLATED) as zipped, zipped.open("library.sqlite", "w") as into:
        for _number in range(20):
            into.write(bytes(1 << 20))


def of_many_members(path: Path, _: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as zipped:
        for number in range(2_000):
            zipped.writestr(str(number), b"")


def of_a_huge_directory(path: Path, _: dict[str, bytes]) -> None:
    with zipfile.ZipFile(path, "w") as zipped:
        for number in range(90):
            zipped.writestr(f"{number:02}" + "x" * 60_000, b"")


def beginning_before_the_file(path: Path, files: dict[str, bytes]) -> None:
    """Its end says that the directory lies later than it does, by which members begin too early."""
    entire(path, files)
    data = bytearray(path.read_bytes())
    place = data.rindex(b"PK\5\6") + 16
    (offset,) = struct.unpack_from("<L", data, place)
    struct.pack_into("<L", data, place, offset + 100_000)
    path.write_bytes(data)


@pytest.mark.parametrize(
    "made",
    [
        *(
            beginning_before_the_file,
            not_a_zip,
            cut,
            without_manifest,
            of_a_newer_form,
            with_another_manifest,
            with_a_deep_manifest,
            with_a_way_out,
        ),
        *(with_a_huge_manifest, named_twice, linked, encrypted, otherwise_compressed, without_measure, of_many_members),
        of_a_huge_directory,
    ],
)
def test_a_zip_file_that_is_no_pack_is_refused(
    made: Callable[[Path, dict[str, bytes]], None], bare: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """In one sentence that names the file, before anything of it is unpacked."""
    monkeypatch.setattr(archive, "SUSPICIOUS", 1 << 24)
    made(tmp_path / "a.zip", members(bare))
    with pytest.raises(InputError, match=r"a\.zip") as refused:
        replayed(tmp_path / "a.zip")
    assert "\n" not in str(refused.value)
    assert list(tmp_path.iterdir()) == [tmp_path / "a.zip"]


@settings(max_examples=30, deadline=None)
@given(data=st.data())
def test_a_damaged_pack_is_refused_or_said_to_be_another(
    bare: Path, tmp_path_factory: pytest.TempPathFactory, data: st.DataObject
) -> None:
    """Whatever bytes are changed: no error but ours, and no pack passes whose members are not what they were."""
    path = tmp_path_factory.getbasetemp() / "damaged.zip"
    whole = bytearray(bare.read_bytes())
    ends = [0, *(entry.header_offset for entry in zipfile.ZipFile(bare).infolist()), whole.rindex(b"PK\5\6")]
    for _ in range(data.draw(st.integers(1, 3))):
        # Most of a zip file is compressed text; its structure is where the trouble is.
        near = data.draw(st.sampled_from(ends)) + data.draw(st.integers(-60, 60))
        place = data.draw(st.sampled_from([near, data.draw(st.integers(0, len(whole) - 1))]))
        whole[min(max(place, 0), len(whole) - 1)] = data.draw(st.integers(0, 255))
    path.write_bytes(whole)
    try:
        with zipfile.ZipFile(path) as zipped:
            same = {name: zipped.read(name) for name in zipped.namelist()} == members(bare)
    except (
        zipfile.BadZipFile,
        zlib.error,
        ValueError,
        NotImplementedError,
        RuntimeError,
        struct.error,
        EOFError,
        OSError,
    ):
        same = False
    if same:
        return
    with suppress(HarvesterError):
        assert not replayed(path).is_same


def test_a_pack_of_another_version_says_so(bare: Path, tmp_path: Path) -> None:
    """The versions that differ are named, since they may be why bytes do."""

    def older(files: dict[str, bytes]) -> None:
        told = json.loads(files["manifest.json"])
        told["software"] |= {"citation-harvester": "0.0.9", "gone": "1"}
        files["manifest.json"] = json.dumps(told).encode()

    found = replayed(changed(bare, tmp_path / "a.zip", older))
    assert found.is_same
    assert found.versions == {
        "citation-harvester": ("0.0.9", manifest.software()["citation-harvester"]),
        "gone": ("1", None),
    }


def test_the_library_of_an_older_release_is_brought_up_to_date_first(tmp_path: Path) -> None:
    """Its file format is an older one; the exports are made from what the program of today makes of it."""
    with new(tmp_path) as library:
        keep(library, [crossref("10.5555/a", cites=["10.5555/b"])])
        derive(library)
    packed(tmp_path / "library.sqlite", tmp_path / "a.zip")

    def older(files: dict[str, bytes]) -> None:
        made_older(library_in(tmp_path / "a.zip", tmp_path), 6)
        files["library.sqlite"] = (tmp_path / "unpacked.sqlite").read_bytes()

    assert standings(changed(tmp_path / "a.zip", tmp_path / "b.zip", older, telling=True)) == {}


def test_a_library_that_cannot_be_passed_on_is_refused(
    full: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that is damaged, and one whose abstracts stand in a place that is not known."""
    with Library(full) as library, closing(sqlite3.connect(tmp_path / "damaged.sqlite")) as copy:
        library.db.backup(copy)
        copy.execute("update raws set raw = (select raw from raws limit 1)")
        copy.commit()
    with pytest.raises(LibraryError, match="not what was received"):
        packed(tmp_path / "damaged.sqlite", tmp_path / "a.zip")
    monkeypatch.setattr(redaction, "ABSTRACTS", frozenset(("abstract",)))
    with pytest.raises(LibraryError, match="does not look for it"):
        packed(full, tmp_path / "a.zip")
    assert not (tmp_path / "a.zip").exists()


def test_an_archive_does_not_tell_when_or_where_it_was_made(tmp_path: Path) -> None:
    """Fixed dates and rights, members in the order of their names."""
    for name in ("b.txt", "a.txt"):
        (tmp_path / name).write_text(name)
    stream = io.BytesIO()
    archive.write(stream, {name: tmp_path / name for name in ("b.txt", "a.txt")})
    with zipfile.ZipFile(stream) as zipped:
        assert [(each.filename, each.date_time, each.external_attr >> 16) for each in zipped.infolist()] == [
            ("a.txt", (1980, 1, 1, 0, 0, 0), 0o100644),
            ("b.txt", (1980, 1, 1, 0, 0, 0), 0o100644),
        ]
    assert UNSAID.isascii()
