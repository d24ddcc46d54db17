"""The tour: offline, in seconds, and careful with what it finds in its folder."""

import json
import sqlite3
from pathlib import Path

import gephi
import igraph
import jsonschema  # type: ignore[import-untyped] # the package has no types
import networkx as nx
import pytest
from conftest import BOTH, Run
from test_cli import one_sentence

from harvester.formats.dump import schema

FILES = {"library.sqlite", "works.json", "works.csv", "citations.graphml"}
NOWHERE = {"HARVESTER_REPLICA": "http://127.0.0.1:1", "OPENALEX_API_KEY": "", "CROSSREF_MAILTO": ""}
"""The tour must use neither the network nor anybody's key."""


def test_the_tour_writes_its_files_and_says_what_it_found(run: Run, tmp_path: Path) -> None:
    ended = run("demo", env=NOWHERE, timeout=20)
    assert ended.status == 0, ended.err
    folder = tmp_path / "harvester-demo"
    assert {path.name for path in folder.iterdir()} - {"library.sqlite.lock", "library.sqlite.graph", "cache"} == FILES
    assert "Asked for 120 works" in ended.out
    assert "harvester --library harvester-demo/library.sqlite top" in ended.out
    library = folder / "library.sqlite"
    assert run("--library", library, "verify").status == 0
    # The commands that it names are good ones.
    assert run("--library", library, "show", BOTH[0], "--provenance").status == 0


def test_its_files_open_everywhere_without_a_warning(run: Run, tmp_path: Path) -> None:
    """Gephi's rules, networkx and igraph read the same graph; the dump is what its schema says."""
    assert run("demo", env=NOWHERE).status == 0
    folder = tmp_path / "harvester-demo"
    path = folder / "citations.graphml"
    opened = gephi.read(path.read_bytes())
    assert not opened.issues
    dump = json.loads((folder / "works.json").read_text(encoding="utf-8"))
    jsonschema.validate(dump, schema())
    assert len(opened.nodes) == len(dump["works"])
    assert len(opened.edges) == len(dump["citations"])
    for graph in (nx.read_graphml(path), igraph.Graph.Read_GraphML(str(path)).to_networkx()):
        assert (graph.number_of_nodes(), graph.number_of_edges()) == (len(opened.nodes), len(opened.edges))


def test_the_tour_can_be_taken_again(run: Run, tmp_path: Path) -> None:
    """The same account, the same bytes, and what else lies in the folder stays."""
    first = run("--json", "demo", env=NOWHERE)
    assert first.status == 0, first.err
    folder = tmp_path / "harvester-demo"
    exports = {name: (folder / name).read_bytes() for name in ("works.csv", "citations.graphml")}
    for name in ("notes.txt", "works.json.bak", "library.sqlite.old"):
        (folder / name).write_text("mine")
    second = run("--json", "demo", env=NOWHERE)
    assert second.status == 0, second.err
    assert second.document == first.document
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


def test_a_harvest_of_ones_own_in_the_demo_library_is_not_taken_away(run: Run, tmp_path: Path) -> None:
    """People go on in the library that the tour has shown them."""
    assert run("demo", env=NOWHERE).status == 0
    library = tmp_path / "harvester-demo" / "library.sqlite"
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
