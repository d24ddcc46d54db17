"""Decisions in screening: where each tool leaves them, what people write, and files that are broken or hostile."""

import csv
import io
import json
import os
import zipfile
from collections import Counter
from contextlib import suppress
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from openpyxl import Workbook

from harvester.errors import InputError
from harvester.formats.decision_columns import column, understood
from harvester.formats.screening import Screened, read_screening

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared")) / "data"

Told = tuple[int, str, str | None, str | None]


def read(data: bytes | str) -> list[Screened]:
    return read_screening(io.BytesIO(data.encode() if isinstance(data, str) else data), source="screened")


def told(data: bytes | str) -> list[Told]:
    return [(one.line, one.decision, one.reason, one.by) for one in read(data)]


def decisions(data: bytes | str) -> list[str]:
    return [one.decision for one in read(data)]


def table(*rows: dict[str, str], delimiter: str = ",") -> str:
    """A table with a title before the columns given, so that every row names a work."""
    stream = io.StringIO()
    headings = ["title", "year", *dict.fromkeys(heading for row in rows for heading in row)]
    writer = csv.DictWriter(stream, headings, delimiter=delimiter, restval="")
    writer.writeheader()
    for number, row in enumerate(rows, 1):
        writer.writerow({"title": f"Peers help {number}", "year": "2020", **row})
    return stream.getvalue()


def workbook(*rows: list[object]) -> bytes:
    book = Workbook()
    sheet = book.active
    assert sheet is not None
    for row in rows:
        sheet.append(row)
    stream = io.BytesIO()
    book.save(stream)
    return stream.getvalue()


def ris(*notes: list[str]) -> str:
    records = (
        ["TY  - JOUR", f"TI  - Peers help {number}", f"DO  - 10.1000/{number}", *(f"N1  - {one}" for one in each)]
        for number, each in enumerate(notes, 1)
    )
    return "".join("\n".join([*lines, "ER  - ", "", ""]) for lines in records)


# -- ASReview --------------------------------------------------------------------------------------------------

ASREVIEW = (
    "record_id,title,abstract,authors,doi,included,asreview_group_id,asreview_label,asreview_time,asreview_note,"
    "asreview_user_name,asreview_user_email\n"
    '3,Peers help,"Many, and well.","Silva, Ana;Berg, Bo",10.1000/A,0,3,1,2026-04-01,a trial,Ana,ana@example.org\n'
    "7,More peers,,,10.1000/b,1,7,0,2026-04-01,,,bo@example.org\n"
    "1,Unseen,,,10.1000/c,1,1,,,,,\n"
)


def test_asreview_table() -> None:
    """The label given in ASReview counts, not the one that came with the data; what was not seen is left out."""
    assert told(ASREVIEW) == [(2, "include", "a trial", "Ana"), (3, "exclude", None, "bo@example.org")]


def test_the_record_is_read_as_by_an_import() -> None:
    first = read(ASREVIEW)[0].record
    assert (first.doi, first.title, first.source) == ("10.1000/a", "Peers help", "screened")
    assert [one.family for one in first.authors or ()] == ["Silva", "Berg"]


@pytest.mark.parametrize("heading", ["included", "label_included", "final_included", "included_label", "label"])
def test_labels_of_asreview_1(heading: str) -> None:
    """Version 1 writes its labels into the column that it read, -1 or nothing for what it has not shown."""
    rows = ({heading: cell} for cell in ("1", "0", "-1", "", "1.0", "0.0", "-1.0", "nan"))
    assert [one[:2] for one in told(table(*rows))] == [(2, "include"), (3, "exclude"), (6, "include"), (7, "exclude")]


def test_asreview_ris() -> None:
    """The label stands among the notes, alone or with words around it; Zotero makes a paragraph of each note."""
    data = ris(
        ["ASReview_relevant", "ASReview_prior", 'asreview_note: "a \\"trial\\""', 'asreview_user_name: "Ana"'],
        ["A note. ASReview_irrelevant. Another."],
        ["ASReview_not_seen"],
        ["of no interest"],
        ["<p>ASReview_relevant</p>", "<p>asreview_note: &quot;good&quot;</p>"],
    )
    assert [one[1:] for one in told(data)] == [
        ("include", 'a "trial"', "Ana"),
        ("exclude", None, None),
        ("include", "good", None),
    ]
    assert [one.record.doi for one in read(data)] == ["10.1000/1", "10.1000/2", "10.1000/5"]
    assert [one.line for one in read(data)] == [1, 10, 28]


def test_a_title_that_names_a_label_decides_nothing() -> None:
    data = ris([], ["ASReview_irrelevant"]).replace(
        "Peers help 1", 'ASReview_relevant RAYYAN-INCLUSION: {"A"=>"Included"}'
    )
    assert told(data) == [(6, "exclude", None, None)]


# -- Rayyan ----------------------------------------------------------------------------------------------------

AGREED = 'RAYYAN-INCLUSION: {"Zoë"=>"Included", "m.el"=>"Included"} | RAYYAN-LABELS: see full text'
SPLIT = (
    'RAYYAN-INCLUSION: {"Zoë"=>"Excluded", "m.el"=>"Included"} | RAYYAN-EXCLUSION-REASONS: wrong drug,foreign language'
)
ALONE = 'RAYYAN-INCLUSION: {"Zoë"=>"Excluded"} | RAYYAN-LABELS: x | RAYYAN-EXCLUSION-REASONS: wrong population'
DOUBT = 'RAYYAN-INCLUSION: {"Zoë"=>"Maybe", "m.el"=>"Included"} | USER-NOTES: {"Zoë"=>["ask Bo"]}'
RAYYAN: list[tuple[str, str | None, str | None]] = [
    ("include", None, "Zoë; m.el"),
    ("maybe", "Zoë: excluded, m.el: included; wrong drug,foreign language", "Zoë; m.el"),
    ("exclude", "wrong population", "Zoë"),
    ("maybe", "Zoë: maybe, m.el: included", "Zoë; m.el"),
]


def test_rayyan_ris() -> None:
    """Reviewers who differ are a maybe that names each; labels without a decision are none."""
    data = ris([f" {AGREED}"], [SPLIT], [ALONE], [DOUBT], ["RAYYAN-LABELS: later"])
    assert [one[1:] for one in told(data)] == RAYYAN


def test_rayyan_csv() -> None:
    """Rayyan's column key holds numbers of its own, which are no keys of ours."""
    rows = ({"key": f"rayyan-{place}", "notes": note} for place, note in enumerate([AGREED, SPLIT, ALONE, DOUBT, ""]))
    found = read(table(*rows))
    assert [one[3:] for one in found] == RAYYAN
    assert {one.key for one in found} == {None}


def test_of_two_screenings_in_rayyan_the_last_counts() -> None:
    """What a record had among its notes when it came to Rayyan stands before what Rayyan adds."""
    assert [one[1:] for one in told(ris([f"{SPLIT} {ALONE}"], [f"<p>{ALONE}</p>", AGREED]))] == [RAYYAN[2], RAYYAN[0]]


@pytest.mark.parametrize(
    ("note", "expected"),
    [
        ("RAYYAN-INCLUSION: {}", []),
        ("RAYYAN-INCLUSION and nothing behind it", []),
        ("RAYYAN-INCLUSION: {} ASReview", []),
        ("RAYYAN-INCLUSION: Included", ["include"]),
        ('RAYYAN-INCLUSION: {"Ana"=>"Undecided"}', []),
        ('RAYYAN-INCLUSION: {"Ana" => "Excluded"}', ["exclude"]),
        ('RAYYAN-INCLUSION: {"}Ana\\"s"=>"Excluded"}', ["exclude"]),
        ('RAYYAN-INCLUSION: {""Ana""=>""Excluded"", ""Bo""=>""Excluded""}', ["exclude"]),
        ("RAYYAN-INCLUSION: {&quot;Ana&quot;=&gt;&quot;Maybe&quot;}", ["maybe"]),
        (f'{"x" * 300_000} RAYYAN-INCLUSION: {{"Ana"=>"Included"}}', ["include"]),
    ],
)
def test_shapes_of_rayyan_notes(note: str, expected: list[str]) -> None:
    assert decisions(ris([note], ["ASReview_relevant"])) == [*expected, "include"]


def test_what_rayyan_does_not_say_is_refused() -> None:
    with pytest.raises(InputError, match="line 1 says 'Banished' under 'RAYYAN-INCLUSION'"):
        read(ris(['RAYYAN-INCLUSION: {"Ana"=>"Banished"}']))


def test_the_log_and_the_archive_of_rayyan_are_known() -> None:
    log = b"created_at,user_id,user_email,article_id,key,value\n2025-05-06,9,a@example.org,22,included,1\n"
    with pytest.raises(InputError, match=r"articles\.csv"):
        read(log)
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w") as packed:
        packed.writestr("articles.csv", "key,title\n")
    with pytest.raises(InputError, match="unpack it"):
        read(stream.getvalue())


# -- other tools -----------------------------------------------------------------------------------------------


def test_covidence() -> None:
    """Covidence notes why it excluded at full text; of a list without such notes, it is not known which list it is."""
    row = {"Covidence #": "#12", "Study": "Silva 2020", "Notes": "", "Tags": ""}
    excluded = {**row, "Notes": "Exclusion reason: Wrong study design; Ana: see the appendix"}
    assert told(table(excluded, row)) == [(2, "exclude", "Wrong study design", None)]
    with pytest.raises(InputError, match="add a column 'decision'"):
        read(table(row))


def test_revtools() -> None:
    """A title that was selected waits for its abstract to be screened."""
    rows = (
        {"screened_titles": "selected", "screened_abstracts": "selected"},
        {"screened_titles": "selected", "screened_abstracts": "excluded"},
        {"screened_titles": "excluded", "screened_abstracts": "NA"},
        {"screened_titles": "selected", "screened_abstracts": "NA"},
        {"screened_titles": "NA", "screened_abstracts": "NA"},
    )
    assert [one[1:3] for one in told(table(*rows))] == [
        ("include", None),
        ("exclude", None),
        ("exclude", None),
        ("maybe", "included, and not yet decided on later"),
    ]


def test_metagear() -> None:
    """One team has a column INCLUDE, two have one each, and "not vetted" is no decision."""
    alone = ({"STUDY_ID": "1", "REVIEWERS": "Ana", "INCLUDE": word} for word in ("YES", "maybe", "NO", "not vetted"))
    assert told(table(*alone)) == [(2, "include", None, "Ana"), (3, "maybe", None, "Ana"), (4, "exclude", None, "Ana")]
    pair = ({"INCLUDE_A": "YES", "INCLUDE_B": word} for word in ("YES", "NO", "not vetted"))
    assert [one[1:3] for one in told(table(*pair))] == [
        ("include", None),
        ("maybe", "INCLUDE_A: included, INCLUDE_B: excluded"),
        ("include", None),
    ]


@pytest.mark.parametrize(
    ("review", "included", "screened"),
    [("Donners_2021", 15, 258), ("Nelson_2002", 80, 366), ("Oud_2018", 20, 952)],
)
def test_synergy(review: str, included: int, screened: int) -> None:
    """The labels of published reviews are read with the counts that the data set states, each with its identifiers."""
    path = SHARED / "openalex" / f"{review}_labels.csv"
    if not path.exists():
        pytest.skip(f"the labels of {review} are not here; HARVESTER_SHARED names the folder that holds data/openalex")
    with path.open("rb") as file:
        found = read_screening(file, source="synergy")
    assert Counter(one.decision for one in found) == {"include": included, "exclude": screened - included}
    assert all(one.record.openalex for one in found)


# -- tables of one's own ---------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("cells", "expected"),
    [
        ("include Included IN yes Y 1 TRUE relevant selected", "include"),
        ("exclude EXCLUDED out No n 0 false irrelevant rejected", "exclude"),
        ("maybe Unclear ? conflict unknown", "maybe"),
    ],
)
@pytest.mark.parametrize("heading", ["decision", "Included?", "include", "Screening", "status", "Verdict"])
def test_what_people_write(heading: str, cells: str, expected: str) -> None:
    found = read(table(*({heading: cell} for cell in cells.split())))
    assert [one.decision for one in found] == [expected] * len(cells.split())
    assert [one.line for one in found] == list(range(2, len(found) + 2))


@pytest.mark.parametrize("empty", ["", " ", "-", "n/a", "undecided", "pending", "not screened"])
def test_rows_without_a_decision_are_left_out(empty: str) -> None:
    assert [one[0] for one in told(table({"decision": empty}, {"decision": "in"}))] == [3]


def test_a_reason_behind_the_decision_or_in_its_column() -> None:
    rows = (
        {"Decision": "Exclude (wrong design)", "Exclusion reason": "", "Reviewer": "Ana"},
        {"Decision": "excluded: not a trial", "Exclusion reason": "no comparison", "Reviewer": "Bo"},
        {"Decision": "No - a letter", "Exclusion reason": "", "Reviewer": ""},
    )
    assert [one[1:] for one in told(table(*rows))] == [
        ("exclude", "wrong design", "Ana"),
        ("exclude", "not a trial; no comparison", "Bo"),
        ("exclude", "a letter", None),
    ]


@pytest.mark.parametrize(
    "cell", ["perhaps", "2", "include (maybe)", "x", "in-vitro", "=1+1", "include/exclude", "q" * 10_000]
)
def test_a_cell_that_is_no_decision_stops_the_reading(cell: str) -> None:
    """The message has the line and what stands there, cut to a length that a terminal bears."""
    with pytest.raises(InputError, match=r"^line 3 says '.+' under 'decision'; write") as caught:
        read(table({"decision": "include"}, {"decision": cell}))
    assert cell[:60] in str(caught.value)
    assert len(str(caught.value)) < 200


def test_the_last_stage_counts() -> None:
    """Exclusion at the first stage stands; inclusion there waits for the full text, once any has been decided on."""
    early, late = "Title/abstract screening", "Full text decision"
    rows = ({early: "yes", late: "no"}, {early: "no"}, {early: "yes"}, {early: "yes", late: "yes"}, {early: "?"})
    assert decisions(table(*rows)) == ["exclude", "exclude", "maybe", "include", "maybe"]
    assert decisions(table(*rows[1:3])) == ["exclude", "include"]


def test_a_later_decision_stands_above_what_a_tool_noted() -> None:
    rows = ({"notes": AGREED, "full_text_decision": "exclude"}, {"notes": SPLIT, "full_text_decision": ""})
    assert [one[1] for one in told(table(*rows))] == ["exclude", "maybe"]
    assert decisions(table({"decision": "", "notes": ALONE}, {"decision": "in", "notes": SPLIT})) == [
        "exclude",
        "include",
    ]


def test_reviewers_in_columns_of_their_own() -> None:
    """Two reviewers who differ are a maybe, until a column holds what they agreed on."""
    rows = ({"Reviewer 1": "in", "Reviewer 2": "out"}, {"Reviewer 1": "in", "Reviewer 2": "in"})
    assert [one[1:3] for one in told(table(*rows))] == [
        ("maybe", "Reviewer 1: included, Reviewer 2: excluded"),
        ("include", None),
    ]
    assert decisions(table({**rows[0], "Consensus": "out"}, {**rows[1], "Consensus": "in"})) == ["exclude", "include"]


@pytest.mark.parametrize("known", ["title", "title,year,doi"])
def test_columns_of_one_name_are_of_several_reviewers(known: str) -> None:
    """In a narrow table as in a wide one, neither of two columns hides the other."""
    filling = "Peers" + ",2020,10.1000/a" * ("," in known)
    data = f"{known},Decision,Decision\n{filling},in,out\n{filling},out,out\n"
    assert [one[1:3] for one in told(data)] == [
        ("maybe", "Decision: included, Decision (2): excluded"),
        ("exclude", None),
    ]


def test_a_vague_heading_counts_only_with_decisions_below_it() -> None:
    assert decisions(table({"status": "published", "decision": "in"})) == ["include"]
    with pytest.raises(InputError, match="no decision can be found"):
        read(table({"status": "published"}))


@pytest.mark.parametrize(
    "heading", ["Excluded", "Inclusion criteria", "Publication status", "open_access", "asreview_label_to_validate"]
)
def test_headings_that_promise_nothing(heading: str) -> None:
    """Yes below `Excluded` means the contrary of yes below `Included`, so it is not guessed at."""
    assert column(heading) is None


def test_our_key_comes_back() -> None:
    rows = ({"key": "doi:10.1000/a", "decision": "in"}, {"key": "import:3f", "decision": "out"}, {"decision": "in"})
    assert [one.key for one in read(table(*rows))] == ["doi:10.1000/a", "import:3f", None]


def test_tables_of_two_columns() -> None:
    """A name of the work beside the decision is enough, a key of ours included."""
    found = read("\ufeffdoi;decision\n10.1000/A;in\n10.1000/b;\n")
    assert [(one.record.doi, one.decision, one.line) for one in found] == [("10.1000/a", "include", 2)]
    keyed = read("key,include\nimport:3f,no\ndoi:10.1000/a,yes\n")
    assert [(one.key, one.record.doi, one.decision) for one in keyed] == [
        ("import:3f", None, "exclude"),
        ("doi:10.1000/a", "10.1000/a", "include"),
    ]
    assert decisions(workbook(["Title", "Decision"], ["Peers help", "in"], ["More", None])) == ["include"]


def test_a_quotation_mark_left_open_hides_no_decision() -> None:
    assert decisions('title,decision\n"Peers,in\nMore,out\nLast,in\n') == ["include", "exclude", "include"]


def test_decisions_on_nothing_known_are_given_as_well() -> None:
    """A row without any name, or with one that is none, keeps its decision and has an empty record."""
    found = read("doi,openalex_id,label_included\n,,1\nhttps://doi.org/10/d6rkcs,,0\n10.1000/a,,1\n")
    assert [(one.line, one.decision, one.record.doi) for one in found] == [
        (2, "include", None),
        (3, "exclude", None),
        (4, "include", "10.1000/a"),
    ]
    assert found[0].record == found[0].record.model_copy(update={"title": None, "openalex": None, "authors": None})


def test_a_workbook() -> None:
    """Numbers and truth values are what their cells show; a formula that was never worked out says nothing."""
    data = workbook(
        ["Title", "DOI", "Include", "Reason"],
        ["Peers help", "10.1000/a", 1, None],
        ["More peers", "10.1000/b", False, "letter"],
        ["Formula", "10.1000/c", '=IF(1,"yes","no")', None],
        ["None", "10.1000/d", None, None],
    )
    assert told(data) == [(2, "include", None, None), (3, "exclude", "letter", None)]


# -- files -----------------------------------------------------------------------------------------------------

OWN = [("include", "für Müller", "Zoë"), ("exclude", None, None)]
ROWS = ({"decision": "include", "reason": "für Müller", "by": "", "screened by": "Zoë"}, {"decision": "exclude"})


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_however_a_table_was_saved(delimiter: str, encoding: str, end: str) -> None:
    text = table(*ROWS, delimiter=delimiter).replace("\r\n", end)
    assert [one[1:] for one in told(text.encode(encoding))] == OWN


@pytest.mark.parametrize(
    ("data", "message"),
    [
        (b"", "empty"),
        (b" \n", "empty"),
        (b"\x00\x01\xff" * 900, "no decision can be found"),
        (b"%PDF-1.7\n" + bytes(range(256)), "no decision can be found"),
        (b"see 10.1000/abc", "no decision can be found"),
        (b"@article{a, title={Peers}}", "CSV, TSV, Excel and RIS"),
        (b"title,year\nPeers,2020\n", "RAYYAN-INCLUSION"),
        (b"title,decision\nPeers,\nMore,-\n", "none of its 2 records has a decision yet"),
        (b"PK\x03\x04" + b"xl/" * 40, "cannot be read"),
        (ris(["a note"]).encode(), "ASReview_relevant"),
    ],
)
def test_files_without_a_decision(data: bytes, message: str) -> None:
    """The message is one sentence and says what was looked for."""
    with pytest.raises(InputError, match=message) as caught:
        read(data)
    assert "\n" not in str(caught.value)


def test_long_and_executable_cells_are_text() -> None:
    """What a spreadsheet would run is kept as it stands, in reasons as in titles."""
    rows = (
        {"decision": "in", "reason": '=HYPERLINK("x")', "abstract": "a" * 10_000},
        {"decision": "0", "reason": "r" * 10_000},
    )
    found = read(table(*rows))
    assert [one.reason for one in found] == ['=HYPERLINK("x")', "r" * 10_000]


@given(st.text(max_size=80))
def test_a_cell_is_understood_alike_however_it_is_dressed(text: str) -> None:
    """Case and space around a cell change nothing, and what is understood is one of four."""
    found = understood(text)
    assert found == understood(f" {text}\t")
    assert found is None or found.decision in ("include", "exclude", "maybe", None)


@given(st.binary(max_size=300))
def test_any_bytes_are_read_or_refused(data: bytes) -> None:
    for file in (data, b"title,decision\n" + data, b"TY  - JOUR\nTI  - a\nN1  - RAYYAN-INCLUSION: " + data):
        found = []
        with suppress(InputError):
            found = read(file)
        assert {one.decision for one in found} <= {"include", "exclude", "maybe"}


WORDS = st.sampled_from(["Included", "Excluded", "Maybe"])
NAMES = st.text("abcdeÄß .-'}{", min_size=1, max_size=12).filter(str.strip)


@given(st.dictionaries(NAMES, WORDS, min_size=1, max_size=4))
def test_reviewers_decide_together(votes: dict[str, str]) -> None:
    """All of one mind give that decision; any other is a maybe, with every reviewer in the reason."""
    given_as = ", ".join(f"{json.dumps(name, ensure_ascii=False)}=>{json.dumps(word)}" for name, word in votes.items())
    (found,) = read(ris([f"RAYYAN-INCLUSION: {{{given_as}}} | RAYYAN-LABELS: x"]))
    if len(set(votes.values())) == 1:
        assert (
            found.decision
            == {"Included": "include", "Excluded": "exclude", "Maybe": "maybe"}[next(iter(votes.values()))]
        )
        assert found.reason is None
    else:
        assert found.decision == "maybe"
        assert all(" ".join(name.split()) in (found.reason or "") for name in votes)
