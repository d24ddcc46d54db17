"""The tour: offline, in seconds, and careful with what it finds in its folder."""

import json
import shutil
import sqlite3
import subprocess
from pathlib import Path

import gephi
import igraph
import jsonschema  # type: ignore[import-untyped] # the package has no types
import networkx as nx
import pytest
from conftest import BOTH, COMMAND, Run, environment
from test_cli import one_sentence

from harvester.demo import describe
from harvester.formats.dump import schema

FILES = {"library.sqlite", "works.json", "works.csv", "citations.graphml", "page.html", "report.html", "report.docx"}
NOWHERE = {"HARVESTER_REPLICA": "http://127.0.0.1:1", "OPENALEX_API_KEY": "", "CROSSREF_MAILTO": ""}
"""The tour must use neither the network nor anybody's key."""


@pytest.fixture(scope="module")
def tour(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, str]:
    """The folder of a tour, not to be changed, and what it said."""
    place = tmp_path_factory.mktemp("tour")
    ended = subprocess.run(
        [*COMMAND, "demo"], cwd=place, capture_output=True, timeout=120, env=environment(NOWHERE), check=True
    )
    return place / "harvester-demo", ended.stdout.decode()


@pytest.fixture
def folder(tour: tuple[Path, str], tmp_path: Path) -> Path:
    """A copy of it where commands run."""
    shutil.copytree(tour[0], tmp_path / "harvester-demo")
    return tmp_path / "harvester-demo"


def test_the_tour_writes_its_files_and_says_what_it_found(run: Run, tour: tuple[Path, str], folder: Path) -> None:
    said = tour[1]
    assert {path.name for path in folder.iterdir()} - {"library.sqlite.lock", "library.sqlite.graph", "cache"} == FILES
    assert "Asked for 120 works" in said
    assert " 0 requests" not in said
    assert "harvester --library harvester-demo/library.sqlite top" in said
    library = folder / "library.sqlite"
    assert run("--library", library, "verify").status == 0
    # The commands that it names are good ones.
    assert run("--library", library, "show", BOTH[0], "--provenance").status == 0


def test_its_files_open_everywhere_without_a_warning(tour: tuple[Path, str]) -> None:
    """Gephi's rules, networkx and igraph read the same graph; the dump is what its schema says."""
    path = tour[0] / "citations.graphml"
    opened = gephi.read(path.read_bytes())
    assert not opened.issues
    dump = json.loads((tour[0] / "works.json").read_text(encoding="utf-8"))
    jsonschema.validate(dump, schema())
    assert len(opened.nodes) == len(dump["works"])
    assert len(opened.edges) == len(dump["citations"])
    for graph in (nx.read_graphml(path), igraph.Graph.Read_GraphML(str(path)).to_networkx()):
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(opened.nodes), len(opened.edges))


def test_its_account_shows_searches_rounds_and_pictures(run: Run, folder: Path) -> None:
    """The report that lies there is the one that the library gives, and it tells a citation search of two rounds."""
    library = folder / "library.sqlite"
    assert run("--library", library, "report", "again.html", "again.docx", "again.json").status == 0
    assert (folder / "report.html").read_bytes() == (folder.parent / "again.html").read_bytes()
    assert (folder / "report.docx").read_bytes() == (folder.parent / "again.docx").read_bytes()
    told = json.loads((folder.parent / "again.json").read_text(encoding="utf-8"))
    (chased,) = told["citation_searches"]
    assert [each["number"] for each in chased["rounds"]] == [1, 2]
    assert chased["found"]["value"] > 50
    page = (folder / "report.html").read_text(encoding="utf-8")
    for name in ("flow", "years", "works-by-index", "communities", f"coverage-{chased['run']['id']}"):
        assert f'id="{name}-title"' in page


def test_the_tour_can_be_taken_again(run: Run, tour: tuple[Path, str], folder: Path) -> None:
    """The same account, the same bytes, and what else lies in the folder stays."""
    exports = {name: (folder / name).read_bytes() for name in ("works.csv", "citations.graphml")}
    for name in ("notes.txt", "works.json.bak", "library.sqlite.old"):
        (folder / name).write_text("mine")
    again = run("--json", "demo", env=NOWHERE)
    assert again.status == 0, again.err
    assert describe(again.document) + "\n" == tour[1]
    assert {name: (folder / name).read_bytes() for name in exports} == exports
    for name in ("notes.txt", "works.json.bak", "library.sqlite.old"):
        assert (folder / name).read_text() == "mine"


@pytest.mark.parametrize("name", sorted(FILES))
def test_a_file_that_is_not_from_a_demo_is_not_overwritten(run: Run, tmp_path: Path, name: str) -> None:
    folder = tmp_path / "harvester-demo"
    folder.mkdir()
    (folder / name).write_text("my own" * 1_000)
    ended = run("demo", env=NOWHERE)
    assert ended.status in (1, 2)
    assert name in one_sentence(ended.err)
    assert (folder / name).read_text() == "my own" * 1_000


def test_a_harvest_of_ones_own_in_the_demo_library_is_not_taken_away(run: Run, folder: Path) -> None:
    """People go on in the library that the tour has shown them."""
    library = folder / "library.sqlite"
    database = sqlite3.connect(library, isolation_level=None)
    # As a run against the public hosts is entered, which a test cannot make.
    database.execute("insert into runs (command, arguments, version, started) values ('doi', '{}', '1', '2026')")
    database.close()
    before = library.read_bytes()
    ended = run("demo", env=NOWHERE)
    assert ended.status == 2
    assert "harvest of your own" in one_sentence(ended.err)
    assert library.read_bytes()[100:4096] == before[100:4096]
    assert run("--library", library, "--json", "status").document["works"] == 120


def test_a_file_in_the_place_of_the_folder_is_one_sentence(run: Run, tmp_path: Path) -> None:
    (tmp_path / "harvester-demo").write_text("mine")
    ended = run("demo", env=NOWHERE)
    assert ended.status == 2
    one_sentence(ended.err)
    assert (tmp_path / "harvester-demo").read_text() == "mine"
