"""The commands that read a library, and those that write files from it, on the real command line."""

import csv
import io
import json
import sqlite3
import zlib
from pathlib import Path

import jsonschema
import pytest
from conftest import BOTH, DEMO, KEY, MAILTO, THREE, Run
from library_evidence import keep, openalex
from test_cli import Retitled, one_sentence

from harvester import harvest, inputs
from harvester.harvest import Settings
from harvester.library import Library, derive
from harvester.replica import Corpus, Replica, sites
from harvester.transport import Credentials


@pytest.fixture(scope="module")
def demo(replica: Replica, hurried: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A library of the whole demo corpus, to be read only."""
    folder = tmp_path_factory.mktemp("demo")
    credentials = Credentials(openalex_key=KEY, crossref_mailto=MAILTO)
    settings = Settings(cache=folder / "cache", credentials=credentials, replica=replica.url)
    with Library(folder / "library.sqlite", write="test") as library:
        run = harvest.look_up(library, inputs.from_file(DEMO / "dois.txt").inputs, settings=settings)
        assert harvest.carry_out(library, run, settings=settings).state == "done"
    return folder / "library.sqlite"


def test_status_counts_what_is_there(run: Run, demo: Path) -> None:
    ended = run("--library", demo, "status")
    assert (ended.status, ended.err) == (0, "")
    state = json.loads(run("--library", demo, "--json", "status").out)
    assert f"works                 {state['works']:>9,}" in ended.out
    assert (state["works"], state["unfinished_runs"], state["stale"]) == (120, 0, False)
    assert not any("-" in line.rpartition(" ")[2] for line in ended.out.splitlines()), "no figure is negative"


def test_disagreements_are_listed_with_who_says_what(run: Run, demo: Path, corpus: Corpus) -> None:
    assert "agree" in run("--library", demo, "status", "--disagreements").out
    public = sites(corpus, unlimited=True)
    with Replica({**public, "crossref": Retitled(public["crossref"])}) as other:
        assert run("doi", *BOTH, env={"HARVESTER_REPLICA": other.url}).status == 0
    found = run("--json", "status", "--disagreements").document["disagreements"]
    told = run("status", "--disagreements").out
    assert len(found) == 3
    assert all(len({json.dumps(value) for _, value in each["values"]}) > 1 for each in found), (
        "both sides, and they differ"
    )
    assert len(told.splitlines()) == 1 + sum(len(each["values"]) for each in found)


def test_a_work_is_shown_by_any_of_its_identifiers(run: Run, demo: Path) -> None:
    work = run("--library", demo, "--json", "show", f"https://doi.org/{BOTH[0].upper()}").document
    assert work["key"] == f"doi:{BOTH[0]}"
    assert run("--library", demo, "--json", "show", work["openalex"]).document == work
    told = run("--library", demo, "show", work["key"]).out
    assert work["title"] in told
    assert len(told.splitlines()) <= len(work) + 1


def test_provenance_names_the_source_of_every_field(run: Run, demo: Path) -> None:
    account = run("--library", demo, "--json", "show", BOTH[0], "--provenance").document
    assert account["key"] == f"doi:{BOTH[0]}"
    assert account["provenance"]["title"]["sources"]
    table = run("--library", demo, "show", BOTH[0], "--provenance").out.splitlines()
    others = sum(len(one.get("others") or []) for one in account["provenance"].values())
    assert len(table) == 1 + len(account["provenance"]) + others


def test_a_work_is_shown_as_a_page_of_any_shape(run: Run, demo: Path) -> None:
    """The portal's record is one JSON document, whatever the output can show; the others are text with their labels."""
    shown = run("--library", demo, "show", THREE[0], "--as", "booksci")
    assert (shown.status, shown.err) == (0, "")
    assert shown.out.count("\n") == 1
    assert (shown.document["doi"], shown.document["citationCount"], shown.document["Total"]) == (THREE[0], "0", 0)
    assert "\u00a0" in shown.document["authors"]
    assert run("--library", demo, "--json", "show", THREE[0], "--as", "BookSci").document == shown.document
    plain = run("--library", demo, "show", THREE[0], "--as", "booksci", env={"PYTHONIOENCODING": "ascii"})
    assert plain.out.isascii()
    assert plain.document == shown.document
    listed = run("--library", demo, "show", THREE[1], "--as", "citation-index").out
    assert "\nD O I\n10.1080/26408066.2022.2118006\n中图分类号\n" in listed
    assert "\n共 67 条\n[1] \u00a0\n" in listed
    told = run("--library", demo, "--json", "show", THREE[2], "--as", "catalogue").document
    assert (told["key"], told["shape"]) == (f"doi:{THREE[2]}", "catalogue")
    assert "\nAutores principales: | " in told["page"]
    (missing, *_) = run("--library", demo, "--json", "missing", "--limit", "1").document["works"]
    ended = run("--library", demo, "show", missing["key"], "--as", "citation-index")
    assert (ended.status, ended.err) == (0, "")
    assert "\n页码:\n页数:\n相关论文\n" in ended.out


@pytest.mark.parametrize("arguments", [["--as", "scroll"], ["--as", "catalogue", "--provenance"]])
def test_a_shape_that_nobody_knows_is_a_usage_error(run: Run, demo: Path, arguments: list[str]) -> None:
    ended = run("--library", demo, "show", BOTH[0], *arguments)
    assert (ended.status, ended.out) == (2, "")
    one_sentence(ended.err)


@pytest.mark.parametrize("command", ["show", "cited-by", "references"])
@pytest.mark.parametrize("identifier", ["10.9999/not.here", "W9999999999", "a title, not an identifier", "x:y"])
def test_a_work_that_is_not_here_is_one_sentence_and_4(run: Run, demo: Path, command: str, identifier: str) -> None:
    ended = run("--library", demo, command, identifier)
    assert (ended.status, ended.out) == (4, "")
    one_sentence(ended.err)


def test_top_is_in_order_and_as_long_as_asked(run: Run, demo: Path) -> None:
    works = run("--library", demo, "--json", "top", "--limit", "7").document["works"]
    counts = [work["cited_here"] for work in works]
    assert len(works) == 7
    assert counts == sorted(counts, reverse=True)
    assert counts[0] > 10


def test_citing_and_cited_are_each_others_mirror(run: Run, demo: Path) -> None:
    (most,) = run("--library", demo, "--json", "top", "--limit", "1").document["works"]
    citing = run("--library", demo, "--json", "cited-by", most["key"]).document["works"]
    assert len(citing) == most["cited_here"]
    cited = run("--library", demo, "--json", "references", citing[0]["key"]).document["references"]
    assert most["key"] in [work["key"] for work in cited]


def test_references_say_how_many_are_listed_and_how_many_are_held(run: Run, demo: Path) -> None:
    """The seed page lists 67 and shows 10: the 57 that nobody has are in plain sight."""
    ended = run("--library", demo, "references", THREE[1])
    assert ended.out.splitlines()[-1] == "crossref: 67 listed, 10 held"
    document = run("--library", demo, "--json", "references", THREE[1]).document
    assert document["listed"] == [{"source": "crossref", "listed": 67, "held": 10}]
    assert len(document["unmatched"]) == sum(line.startswith("no identifier") for line in ended.out.splitlines())


# -- files ---------------------------------------------------------------------------------------


def test_the_dump_holds_to_its_schema(run: Run, demo: Path, tmp_path: Path) -> None:
    assert run("--library", demo, "export", "all.json").status == 0
    dump = json.loads((tmp_path / "all.json").read_text("utf-8"))
    jsonschema.validate(dump, json.loads(run("schema").out))
    assert [run_["command"] for run_ in dump["runs"]] == ["doi"]
    assert sum(bool(work.get("sources")) for work in dump["works"]) == 120


def test_the_suffix_or_the_name_chooses_the_format(run: Run, demo: Path, tmp_path: Path) -> None:
    for name, options in (("a.csv", ()), ("a.dat", ("--format", "CSV")), ("b", ("--format", "csv"))):
        assert run("--library", demo, "export", name, *options).status == 0
    assert (tmp_path / "a.csv").read_bytes() == (tmp_path / "a.dat").read_bytes() == (tmp_path / "b").read_bytes()
    assert len(list(csv.reader(io.StringIO((tmp_path / "a.csv").read_text("utf-8-sig"))))) > 120
    assert run("--library", demo, "export", "g.graphml").status == 0
    assert run("--library", demo, "export", "full.graphml", "--only", "full").status == 0
    assert (tmp_path / "full.graphml").stat().st_size < (tmp_path / "g.graphml").stat().st_size


def test_a_suffix_that_nobody_knows_is_told_the_ones_that_are(run: Run, demo: Path, tmp_path: Path) -> None:
    for arguments in (["x.foo"], ["x.csv", "--format", "foo"], ["x"]):
        ended = run("--library", demo, "export", *arguments)
        assert ended.status == 2
        assert ".graphml" in one_sentence(ended.err)
        assert ".json" in ended.err
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("suffix", ["json", "csv", "graphml"])
@pytest.mark.parametrize("place", ["absent", "file.txt", "/dev/null"])
def test_a_place_that_cannot_be_written_is_one_sentence(
    run: Run, demo: Path, tmp_path: Path, place: str, suffix: str
) -> None:
    (tmp_path / "file.txt").write_text("mine")
    ended = run("--library", demo, "export", f"{place}/x.{suffix}")
    assert ended.status == 1
    one_sentence(ended.err)
    assert [path.name for path in tmp_path.iterdir()] == ["file.txt"]


def test_an_export_of_an_unfinished_harvest_says_so(run: Run) -> None:
    assert run("doi", *BOTH, env={"OPENALEX_API_KEY": "wrong"}).status == 1
    ended = run("--json", "export", "x.csv")
    assert ended.status == 0
    assert "harvester resume" in ended.err
    assert ended.document["unfinished_runs"] == 1


# -- proof ---------------------------------------------------------------------------------------


def test_verify_proves_a_library_and_finds_what_was_changed_in_it(run: Run, tmp_path: Path) -> None:
    """A fact changed below the line is mended by `rebuild`; evidence that was changed is named."""
    assert run("doi", *BOTH).status == 0
    proof = run("--json", "verify")
    assert proof.status == 0
    assert proof.document["faults"] == []
    database = sqlite3.connect(tmp_path / "library.sqlite", isolation_level=None)
    database.execute("update works set year = 1066 where detail is not null")
    ended = run("--json", "verify")
    assert ended.status == 1
    assert any("works" in fault for fault in ended.document["faults"])
    assert run("rebuild").status == 0
    assert run("--json", "verify").document == proof.document
    number, raw = database.execute("select item, raw from raws order by 1 limit 1").fetchone()
    database.execute("update raws set raw = ? where item = ?", (raw[:-1] + bytes([raw[-1] ^ 1]), number))
    ended = run("verify")
    assert ended.status == 1
    assert "is not what was received" in ended.out
    database.execute("update raws set raw = ? where item = ?", (zlib.compress(b"{}"), number))
    database.close()
    assert run("verify").status == 1


def test_a_torn_file_is_damaged_and_not_a_traceback(run: Run, tmp_path: Path) -> None:
    """Half the pages overwritten, as by a disk that dies."""
    assert run("doi", *BOTH).status == 0
    library = tmp_path / "library.sqlite"
    whole = library.read_bytes()
    library.write_bytes(whole[:8192] + b"\xa5" * (len(whole) - 8192))
    for command in (["verify"], ["status"], ["top"], ["export", "x.json"], ["doctor"], ["show", BOTH[0]]):
        ended = run(*command)
        assert ended.status == 1, command
        assert "Traceback" not in ended.err
        assert ended.err or ended.out


def test_retracted_works_are_listed_and_announced(run: Run, tmp_path: Path) -> None:
    assert run("doi", *BOTH).status == 0
    assert "no work here" in run("status", "--retracted").out
    with Library(tmp_path / "library.sqlite", write="test") as library:
        keep(library, [openalex(2, doi="10.1000/b", title="Too good to be true", is_retracted=True)])
        derive(library)
    told = run("--json", "status", "--retracted").document["retracted"]
    assert [(each["key"], each["said_by"]) for each in told] == [("doi:10.1000/b", ["openalex"])]
    assert "Too good to be true" in run("status", "--retracted").out
    assert "doi:10.1000/b is retracted" in run("doi", "https://doi.org/10.1000/B").err
    assert "is retracted" not in run("doi", *BOTH).err
