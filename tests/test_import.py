"""Files that people have come in whole, once, with where they come from, and what cannot be read is kept."""

import json
from pathlib import Path

import pytest
from click.testing import CliRunner
from conftest import Run
from library_evidence import openalex
from test_cli import one_sentence

from harvester.cli import cli
from harvester.errors import InputError
from harvester.library import Library, derive, imports, reading, rebuild, verify
from harvester.library.graphs import graph_of

RIS = """TY  - JOUR
AU  - Repper, Julie
AU  - Carter, Tim
TI  - A review of the literature on peer support in mental health services
JO  - Journal of Mental Health
PY  - 2011
VL  - 20
SP  - 392
EP  - 411
DO  - 10.3109/09638237.2011.583947
AB  - Peer support workers.
ER  -

TY  - BOOK
AU  - Mead, Shery
TI  - Intentional peer support
PY  - 2014
ER  -
"""

NBIB = """PMID- 31806555
TI  - The business of peer support.
AU  - Roe J
DP  - 2019 Dec
LID - 10.3109/09638237.2011.583947 [doi]
"""


@pytest.fixture
def ris(tmp_path: Path) -> Path:
    path = tmp_path / "psycinfo.ris"
    path.write_bytes(RIS.replace("\n", "\r\n").encode())
    return path


@pytest.fixture
def library(tmp_path: Path) -> Library:
    return Library(tmp_path / "library.sqlite", write="import")


def test_records_come_in_with_their_source(library: Library, ris: Path) -> None:
    brought = imports.bring(library, ris, label="PsycINFO 2026-11-20")
    derive(library)
    assert (brought.format, brought.source) == ("ris", "file:PsycINFO_2026-11-20")
    assert (brought.records, brought.known, brought.unread) == (2, 0, ())
    work = reading.work(library, "doi:10.3109/09638237.2011.583947")
    assert work.sources == ("file:PsycINFO_2026-11-20",)
    assert work.provenance["title"].sources == work.sources
    assert (work.year, work.volume, work.first_page, work.last_page) == (2011, "20", "392", "411")
    (book,) = (each for each in reading.works(library) if each.doi is None)
    assert book.key.startswith("import:")
    assert reading.find(library, book.key) == book.key
    assert verify(library) == []


def test_the_same_file_adds_nothing_and_is_on_record(library: Library, ris: Path) -> None:
    """The second time every record is known; the ledger has both runs, with the file's name and checksum."""
    imports.bring(library, ris)
    again = imports.bring(library, ris)
    derive(library)
    assert (again.records, again.known) == (2, 2)
    assert reading.size(library).works == 2
    first, second = reading.runs(library)
    assert first["arguments"] == second["arguments"]
    assert first["arguments"]["file"] == "psycinfo.ris"
    assert len(first["arguments"]["sha256"]) == 64
    (request,) = first["requests"]
    assert (request["state"], request["reported"], request["received"]) == ("done", 2, 2)
    assert [run["outcome"] for run in (first, second)] == ["done", "done"]


def test_one_work_from_two_files_and_an_index_is_one(library: Library, ris: Path, tmp_path: Path) -> None:
    """By its DOI, in whatever order; indexes come before files, and what a file said instead is kept."""
    medline = tmp_path / "pubmed.nbib"
    medline.write_text(NBIB)
    answer = tmp_path / "answer.json"
    given = openalex(5, doi="10.3109/09638237.2011.583947", title="Peer support", cites=(6,))
    answer.write_text(json.dumps({"meta": {"count": 1}, "results": [given]}))
    for path in (ris, medline, answer):
        imports.bring(library, path)
    derive(library)
    work = reading.work(library, "doi:10.3109/09638237.2011.583947")
    assert work.sources == ("openalex", "file:psycinfo.ris", "file:pubmed.nbib")
    assert (work.title, work.pmid, work.openalex) == ("Peer support", "31806555", "W5")
    assert {claim.source for claim in work.provenance["title"].others} == set(work.sources[1:])
    assert graph_of(library).references(work.key) == ("openalex:W6",)
    before = [each.model_dump() for each in reading.works(library)]
    rebuild(library)
    assert [each.model_dump() for each in reading.works(library)] == before
    assert verify(library) == []


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_an_encoding_is_found(library: Library, tmp_path: Path, encoding: str) -> None:
    path = tmp_path / "refs.ris"
    path.write_bytes("TY  - JOUR\nAU  - Müller, Zoë\nTI  - Über “Genesung”\nPY  - 2001\nER  - \n".encode(encoding))
    imports.bring(library, path)
    derive(library)
    (work,) = reading.works(library)
    assert work.authors is not None
    assert (work.title, work.authors[0].family) == ("Über “Genesung”", "Müller")


@pytest.mark.parametrize("content", [b"", b"\x00\x01\x02\xff" * 50, b"{", b"nothing to see here\n"])
def test_a_file_of_nothing_is_refused_and_leaves_no_trace(library: Library, tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "file.bin"
    path.write_bytes(content)
    with pytest.raises(InputError):
        imports.bring(library, path)
    assert list(reading.runs(library)) == []


def test_what_cannot_be_read_is_reported_with_its_line_and_kept(run: Run, tmp_path: Path) -> None:
    """The rest comes in; the status says that not all was understood."""
    (tmp_path / "refs.ris").write_text(RIS + "\nTY  - JOUR\nER  - \n")
    ended = run("--json", "import", "refs.ris", "missing.ris")
    assert ended.status == 4
    (file,) = ended.document["files"]
    assert (file["records"], file["known"]) == (2, 0)
    assert [each["line"] for each in file["unread"]] == [20]
    assert list(ended.document["refused"]) == ["missing.ris"]
    assert (tmp_path / "refs.ris.unread").read_text().startswith("TY  - JOUR")
    assert "refs.ris, line 20" in ended.err
    assert "Traceback" not in ended.err


def test_a_page_is_its_own_source_unless_it_is_given_a_name(run: Run, tmp_path: Path) -> None:
    (tmp_path / "refs.ris").write_text(RIS)
    assert run("import", "refs.ris", "--source-name", "Zotero\x1b[31m of: Ann").status == 0
    named = run("--json", "status").document["sources"]
    assert [each["source"] for each in named] == ["file:Zotero_[31m_of_Ann"]
    assert run("import", "refs.ris", "--format", "RIS").status == 0
    mistaken = run("import", "10.1111/inm.13349")
    assert mistaken.status == 2
    assert "`harvester doi 10.1111/inm.13349`" in mistaken.err
    ended = run("import", "refs.ris", "--format", "sonnet")
    assert ended.status == 2
    assert "ris" in ended.err
    assert "Traceback" not in ended.err
    one_sentence(ended.err.splitlines()[0])


def test_fill_completes_what_came_in(run: Run, tmp_path: Path) -> None:
    """By its identifier, before the works that are only cited."""
    known = "10.1016/j.eurpsy.2016.12.007"
    (tmp_path / "refs.ris").write_text(f"TY  - JOUR\nTI  - As I noted it\nDO  - {known}\nER  - \n")
    assert run("import", "refs.ris").status == 0
    ended = run("--json", "fill", "--limit", "1")
    assert ended.status == 0, ended.err
    work = run("--json", "show", known).document
    assert set(work["sources"]) == {"crossref", "openalex", "file:refs.ris"}
    assert work["title"] != "As I noted it"


def test_a_file_that_is_interrupted_leaves_nothing_behind(
    tmp_path: Path, ris: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What came in before it stays."""
    second = tmp_path / "second.ris"
    second.write_text(RIS.replace("2011", "2012"))
    read = imports.bring

    def interrupted(library: Library, path: Path, **options: str | None) -> imports.Brought:
        if path == second:
            raise KeyboardInterrupt
        return read(library, path, **options)

    monkeypatch.setattr(imports, "bring", interrupted)
    ended = CliRunner().invoke(cli, ["--library", str(tmp_path / "l.sqlite"), "import", str(ris), str(second)])
    assert ended.exit_code == 3
    assert "nothing of" in one_sentence(ended.stderr)
    with Library(tmp_path / "l.sqlite", write="test") as library:
        derive(library)
        assert reading.size(library).works == 2


def test_a_reference_with_only_a_pmid_is_a_citation(run: Run, tmp_path: Path) -> None:
    """PubMed's own reference lists often carry nothing else."""
    article = (
        "<PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article><ArticleTitle>Peers</ArticleTitle>"
        "<Journal><JournalIssue><PubDate><Year>2020</Year></PubDate></JournalIssue></Journal></Article>"
        "</MedlineCitation><PubmedData><ReferenceList><Reference><Citation>Smith A. Support. 1999.</Citation>"
        '<ArticleIdList><ArticleId IdType="pubmed">7</ArticleId></ArticleIdList></Reference></ReferenceList>'
        "</PubmedData></PubmedArticle></PubmedArticleSet>"
    )
    (tmp_path / "pubmed.xml").write_text(article)
    assert run("import", "pubmed.xml").status == 0
    told = run("--json", "references", "pmid:1").document
    assert ([each["key"] for each in told["references"]], told["unmatched"]) == (["pmid:7"], [])
