"""Records of one work become one; what people decide beats the matcher, outlives a rebuild, and can be taken back."""

import csv
import io
from itertools import permutations
from pathlib import Path

import pytest
from conftest import Run
from library_evidence import crossref, keep, openalex
from test_cli import one_sentence

from harvester.errors import InputError
from harvester.formats.pairs import read_pairs, write_pairs
from harvester.library import Library, checksum, derive, imports, reading, rebuild, verify
from harvester.library.decisions import Decision, compared, decided, dedupe
from harvester.model import Work

DOI = "10.3109/09638237.2011.583947"
FULL = f"""TY  - JOUR
AU  - Repper, Julie
AU  - Carter, Tim
TI  - A review of the literature on peer support in mental health services
JO  - Journal of Mental Health
PY  - 2011
VL  - 20
SP  - 392
EP  - 411
DO  - {DOI}
ER  -
"""
SAME = """TY  - JOUR
AU  - Repper, J.
AU  - Carter, T.
TI  - A REVIEW OF THE LITERATURE ON PEER SUPPORT IN MENTAL HEALTH SERVICES.
JO  - J Ment Health
PY  - 2011
VL  - 20
IS  - 4
SP  - 392-411
ER  -
"""
ERRATUM = """TY  - JOUR
AU  - Repper, J.
AU  - Carter, T.
TI  - Erratum: A review of the literature on peer support in mental health services
JO  - J Ment Health
PY  - 2011
VL  - 20
SP  - 500
ER  -
"""
OTHER = """TY  - BOOK
AU  - Mead, Shery
TI  - Intentional peer support
PY  - 2014
ER  -
"""


def library_of(folder: Path, *texts: str) -> Library:
    """A library into which these files came, one after the other."""
    folder.mkdir(exist_ok=True)
    library = Library(folder / "library.sqlite", write="test")
    for text in texts:
        path = folder / "refs.ris"
        path.write_text(text)
        imports.bring(library, path)
    derive(library)
    return library


def keys(library: Library) -> list[str]:
    return [work.key for work in reading.works(library)]


def test_records_of_one_work_become_one(tmp_path: Path) -> None:
    """Under the DOI, with every other key leading to it; what was joined says why."""
    library = library_of(tmp_path, FULL, SAME, OTHER)
    loose = next(key for key in keys(library) if key.startswith("import:") and "intentional" not in title(library, key))
    found = dedupe(library)
    assert found.compared == 3
    assert found.found.groups == ((f"doi:{DOI}", loose),)
    assert len(keys(library)) == 2
    assert reading.find(library, loose) == f"doi:{DOI}"
    work = reading.work(library, f"doi:{DOI}")
    assert loose in work.aliases
    assert work.issue == "4", "what only one record says is there"
    (reason,) = [row[0] for row in library.db.execute("select reason from decisions")]
    assert "title" in reason
    assert verify(library) == []


def title(library: Library, key: str) -> str:
    return (reading.work(library, key).title or "").lower()


def test_a_correction_is_linked_and_never_joined(tmp_path: Path) -> None:
    library = library_of(tmp_path, FULL, ERRATUM)
    (link,) = dedupe(library).found.links
    assert link.link == "correction"
    assert len(keys(library)) == 2


def test_again_changes_nothing(tmp_path: Path) -> None:
    library = library_of(tmp_path, FULL, SAME, ERRATUM, OTHER)
    first = dedupe(library)
    before = checksum(library)
    again = dedupe(library)
    assert (again.compared, again.found.groups) == (first.compared, first.found.groups)
    assert checksum(library) == before
    rebuild(library)
    assert checksum(library) == before
    assert verify(library) == []


def test_the_order_of_arrival_is_nothing(tmp_path: Path) -> None:
    """Nor when records were compared on the way."""
    sums = set()
    for number, texts in enumerate(permutations((FULL, SAME, ERRATUM, OTHER))):
        library = library_of(tmp_path / str(number), *texts[:2])
        if number % 2:
            dedupe(library)
        for text in texts[2:]:
            (library.path.parent / "refs.ris").write_text(text)
            imports.bring(library, library.path.parent / "refs.ris")
        dedupe(library)
        sums.add(checksum(library))
        library.close()
    assert len(sums) == 1


def test_what_a_person_decided_beats_the_matcher_and_outlives_a_rebuild(tmp_path: Path) -> None:
    library = library_of(tmp_path, FULL, SAME, OTHER)
    first = keys(library)
    dedupe(library)
    (pair,) = dedupe(library).found.groups
    dedupe(library, [Decision(pair[1], pair[0], "different")])
    assert keys(library) == first
    assert decided(library) == {(min(pair), max(pair)): "different"}
    rebuild(library)
    dedupe(library)
    assert keys(library) == first
    dedupe(library, [Decision(pair[0], pair[1], "undecided")])
    assert len(keys(library)) == 2
    assert verify(library) == []


def test_a_person_may_join_what_the_matcher_would_not(tmp_path: Path) -> None:
    """And part it again: the works come back as they were."""
    library = library_of(tmp_path, FULL, OTHER)
    before = checksum(library)
    one, other = keys(library)
    dedupe(library, [Decision(one, other, "same")])
    assert keys(library) == [f"doi:{DOI}"]
    assert [work.key for work in compared(library)] == [one, other]
    dedupe(library, [Decision(one, other, "undecided")])
    assert checksum(library) == before


def test_a_decision_goes_with_a_work_that_gains_a_doi(tmp_path: Path) -> None:
    """On its new key it can be taken back, and has not been forgotten before."""
    library = library_of(tmp_path)
    keep(library, [openalex(1), crossref("10.1000/b")])
    dedupe(library, [Decision("openalex:W1", "doi:10.1000/b", "same")])
    assert keys(library) == ["doi:10.1000/b"]
    keep(library, [openalex(1, doi="10.1000/a", updated_date="2026-06-01")])
    dedupe(library)
    assert keys(library) == ["doi:10.1000/a"]
    assert decided(library) == {("doi:10.1000/a", "doi:10.1000/b"): "same"}
    dedupe(library, [Decision("doi:10.1000/a", "doi:10.1000/b", "different")])
    assert keys(library) == ["doi:10.1000/a", "doi:10.1000/b"]
    assert verify(library) == []


def test_citations_follow_the_work(tmp_path: Path) -> None:
    """Two works that an index has under two DOIs: what cites either cites the one."""
    library = library_of(tmp_path)
    keep(
        library, [crossref("10.1000/a"), crossref("10.1000/b"), crossref("10.1000/c", cites=("10.1000/a", "10.1000/b"))]
    )
    derive(library)
    assert len(reading.references(library, "doi:10.1000/c")) == 2
    dedupe(library, [Decision("doi:10.1000/b", "doi:10.1000/a", "same")])
    (line,) = reading.references(library, "doi:10.1000/c")
    assert (line.key, line.cited_here) == ("doi:10.1000/a", 1)
    assert reading.find(library, "10.1000/b") == "doi:10.1000/a"
    assert verify(library) == []
    dedupe(library, [Decision("doi:10.1000/a", "doi:10.1000/b", "undecided")])
    assert len(reading.references(library, "doi:10.1000/c")) == 2
    assert verify(library) == []


def test_a_decision_about_what_is_not_here_is_not_kept(tmp_path: Path) -> None:
    library = library_of(tmp_path, FULL)
    (unknown,) = dedupe(library, [Decision("doi:10.1/x", f"doi:{DOI}", "same")]).unknown
    assert unknown.one == "doi:10.1/x"
    assert decided(library) == {}


def test_a_dry_run_keeps_nothing(tmp_path: Path) -> None:
    library = library_of(tmp_path, FULL, SAME)
    before = checksum(library), len(list(reading.runs(library)))
    assert len(dedupe(library, dry_run=True).found.groups) == 1
    assert (checksum(library), len(list(reading.runs(library)))) == before


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_the_table_of_pairs_is_read_back_however_a_spreadsheet_saved_it(delimiter: str) -> None:
    stream = io.StringIO()
    works = Work(key="doi:10.1/a", title='=HYPERLINK("x")\n"quoted", and parted; here'), Work(key="import:b")
    write_pairs(stream, [(*works, "the same title")])
    rows = list(csv.reader(io.StringIO(stream.getvalue().removeprefix("\ufeff"))))
    assert rows[1][rows[0].index("title 1")].startswith("'=")
    rows[1][0] = "Same"
    saved = io.StringIO()
    csv.writer(saved, delimiter=delimiter, lineterminator="\r\n").writerows(rows)
    (row,) = read_pairs(io.BytesIO(saved.getvalue().encode("utf-8-sig")))
    assert row == (2, "same", "doi:10.1/a", "import:b")


@pytest.mark.parametrize("text", ["", "a,b\n1,2\n", "decision,one,other\nperhaps,a,b\n"])
def test_another_table_is_refused_in_a_sentence(text: str) -> None:
    with pytest.raises(InputError):
        read_pairs(io.BytesIO(text.encode()))


def test_the_command_joins_asks_and_takes_back(run: Run, tmp_path: Path) -> None:
    """A pair for review is asked about; the answer counts, and can be taken back by the DOI in any dress."""
    vague = "TY  - JOUR\nAU  - Repper, J.\nTI  - A review of the literature on peer support\nPY  - 2011\nER  -\n"
    (tmp_path / "a.ris").write_text(FULL + SAME + OTHER)
    (tmp_path / "b.ris").write_text(FULL.replace("DO  -", "M2  -").replace("20\n", "21\n") + vague)
    assert run("import", "a.ris", "b.ris").status == 0
    dry = run("--json", "dedupe", "--dry-run").document
    assert dry["works"] == dry["works_before"] == 5
    found = run("--json", "dedupe", "--review", "pairs.csv")
    assert found.status == 0, found.err
    assert found.document["works"] < 5
    table = (tmp_path / "pairs.csv").read_text(encoding="utf-8-sig")
    rows = list(csv.DictReader(io.StringIO(table)))
    assert len(rows) == len(found.document["review"]) > 0
    asked = run("dedupe", "--ask", input=b"s\n" * len(rows))
    assert asked.status == 0, asked.err
    assert "for review" in asked.err
    after = run("--json", "dedupe").document
    assert after["works"] < found.document["works"]
    (tmp_path / "undo.csv").write_text(
        "decision,one,other\n" + "".join(f"undecided,{row['one']},{row['other']}\n" for row in rows)
    )
    back = run("--json", "dedupe", "--decisions", "undo.csv").document
    assert back["works"] == found.document["works"]
    assert run("verify").status == 0
    for options in (("--decisions", "missing.csv"), ("--decisions", "a.ris")):
        refused = run("dedupe", *options)
        assert refused.status == 2
        one_sentence(refused.err)
