"""The command that writes the account of the search."""

import csv
import json
from pathlib import Path

from conftest import Run
from test_cli import one_sentence

from harvester.library import Library

SEEDS = ("10.1192/bjp.bp.112.117762", "10.1176/appi.ps.201300303")


def test_a_report_is_written_in_every_format_and_traced(run: Run, tmp_path: Path) -> None:
    """Pages, data, the flow diagram and the table say the same; each figure comes with its query."""
    assert run("search", "recovery AND peer*", "--limit", "5").status == 0
    assert run("chase", *SEEDS, "--backward", "--max-works", "20").status in (0, 4)
    names = ("report.md", "report.html", "report.docx", "report.json", "flow.svg", "searches.csv")
    ended = run("report", *names)
    assert (ended.status, ended.out) == (0, "")
    document = json.loads((tmp_path / "report.json").read_text("utf-8"))
    assert "recovery AND peer*" in (tmp_path / "report.html").read_text("utf-8")
    assert "<script" not in (tmp_path / "report.html").read_text("utf-8")
    assert (tmp_path / "report.docx").read_bytes().startswith(b"PK")
    assert (tmp_path / "flow.svg").read_text("utf-8").startswith(("<svg", "<?xml"))
    with (tmp_path / "searches.csv").open(encoding="utf-8") as rows:
        kinds = {row["kind"] for row in csv.DictReader(rows)}
    assert "search" in kinds
    traced = run("--json", "report", "--trace").document["figures"]
    assert [figure["name"] for figure in traced] == [figure["name"] for figure in document["figures"]]
    with Library(tmp_path / "library.sqlite") as library:
        for figure in traced:
            if figure["query"].startswith("select"):
                assert library.db.execute(figure["query"]).fetchone() == (figure["value"],), figure["name"]
    before = {name: (tmp_path / name).read_bytes() for name in names}
    assert run("report", *names).status == 0
    assert {name: (tmp_path / name).read_bytes() for name in names} == before


def test_a_report_that_cannot_be_is_refused_in_a_sentence(run: Run, tmp_path: Path) -> None:
    """No file, no such format, no library, no such folder: what is wrong and what to do, and nothing is written."""
    assert run("report").status == 2
    assert ".html" in one_sentence(run("report", "report.sonnet").err)
    assert "no library" in one_sentence(run("report", "report.md").err)
    assert run("doi", SEEDS[0]).status == 0
    assert "no folder" in one_sentence(run("report", "nowhere/report.md").err)
    assert not list(tmp_path.glob("report*"))
