"""A graph reaches its file whole or not at all, in the format that its name asks for."""

import errno
import io
import os
from pathlib import Path
from typing import BinaryIO

import pytest

from graph.build import build
from graph.export import FORMATS, Drawing, citation_drawing, graph_format, graphml, write
from harvester.model import Citation, Node


def document(drawing: Drawing, suffix: str = ".graphml") -> bytes:
    stream = io.BytesIO()
    FORMATS[suffix](drawing, stream)
    return stream.getvalue()


SMALL = citation_drawing(build([Node("a"), Node("b")], [Citation("a", "b", ("crossref",))]))


@pytest.mark.parametrize("suffix", FORMATS)
def test_the_ending_of_the_file_chooses_the_format(suffix: str, tmp_path: Path) -> None:
    """The file holds what the format's own function writes, and nothing else is left in the folder."""
    write(SMALL, tmp_path / f"Graph{suffix.upper()}")
    assert (tmp_path / f"Graph{suffix.upper()}").read_bytes() == document(SMALL, suffix)
    assert len(list(tmp_path.iterdir())) == 1


def test_a_citation_graph_is_drawn_as_it_is(tmp_path: Path) -> None:
    """Who has no positions and communities to show needs no drawing."""
    write(build([Node("a"), Node("b")], [Citation("a", "b", ("crossref",))]), tmp_path / "graph.graphml")
    assert (tmp_path / "graph.graphml").read_bytes() == document(SMALL)


def test_the_formats_are_these() -> None:
    """Endings are names that people put into scripts: none goes unnoticed."""
    assert set(FORMATS) == {
        ".graphml",
        ".gexf",
        ".gml",
        ".dot",
        ".gv",
        ".net",
        ".clu",
        ".vec",
        ".map.txt",
        ".network.txt",
        ".vosviewer.json",
        ".graphology.json",
        ".nodelink.json",
        ".nodes.csv",
        ".edges.csv",
        ".neo4j.nodes.csv",
        ".neo4j.edges.csv",
        ".nodes.parquet",
        ".edges.parquet",
    }


def test_a_format_named_beats_the_ending(tmp_path: Path) -> None:
    """For a file that has to be called something else."""
    write(SMALL, str(tmp_path / "graph.xml"), format="graphml")
    assert (tmp_path / "graph.xml").read_bytes() == document(SMALL)


@pytest.mark.parametrize(("name", "chosen"), [("graph.png", None), ("graph", None), ("graph.graphml", "csv")])
def test_an_unknown_format_is_refused_with_the_known_ones(name: str, chosen: str | None, tmp_path: Path) -> None:
    """Before anything is written."""
    with pytest.raises(ValueError, match=r"\.edges\.csv, .*\.graphml, .*\.nodes\.csv"):
        write(SMALL, tmp_path / name, format=chosen)
    assert list(tmp_path.iterdir()) == []


def test_a_missing_folder_is_named(tmp_path: Path) -> None:
    """The message is about the folder, not about a temporary file nobody asked for."""
    with pytest.raises(FileNotFoundError, match=r"No such folder.*absent"):
        write(SMALL, tmp_path / "absent" / "graph.graphml")


def full_disk(drawing: Drawing, stream: BinaryIO) -> None:
    """A format that fails half way, as every format does when the disk is full."""
    stream.write(b"half a file")
    stream.flush()
    raise OSError(errno.ENOSPC, "No space left on device")


def test_a_failure_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is lost, and no half of a file is left lying about."""
    monkeypatch.setitem(FORMATS, ".graphml", full_disk)
    file = tmp_path / "graph.graphml"
    file.write_text("what was there")
    with pytest.raises(OSError, match="No space left"):
        write(SMALL, file)
    assert file.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [file]


def test_a_failure_of_the_last_step_leaves_the_old_file_whole(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """A disk that reports its error only when asked to keep the data for good is not believed earlier."""

    def fail(descriptor: int) -> None:
        raise OSError(errno.EIO, "Input/output error")

    monkeypatch.setattr(os, "fsync", fail)
    file = tmp_path / "graph.graphml"
    file.write_text("what was there")
    with pytest.raises(OSError, match="Input/output error"):
        write(SMALL, file)
    assert file.read_text() == "what was there"
    assert list(tmp_path.iterdir()) == [file]


def test_a_link_is_followed(tmp_path: Path) -> None:
    """The file it points to is written; the link stays a link."""
    (tmp_path / "link.graphml").symlink_to(tmp_path / "file.graphml")
    write(SMALL, tmp_path / "link.graphml")
    assert (tmp_path / "link.graphml").is_symlink()
    assert (tmp_path / "file.graphml").read_bytes() == document(SMALL)


def test_a_format_cannot_be_defined_twice() -> None:
    """The second would hide the first."""
    with pytest.raises(ValueError, match=r"'\.graphml' is defined twice"):
        graph_format(".graphml")(graphml)
