"""Tables: the columns of the programs that write them, the signs between cells, and cells that are broken."""

import csv
import io
import json
import struct
import zipfile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.formats import Content
from harvester.formats.reading import Fragment, Reader
from harvester.formats.sheets import delimited, workbook
from harvester.formats.table import write_csv
from harvester.formats.tables import READERS
from harvester.model import Authorship, Keyword, Record, Skip, Venue, Work

TEXT, WORKBOOK = READERS

TITLE, NAMES, DOI = "Peers help", "Silva, Ana; Berg, Bo", "10.1000/ABC"


def table(row: dict[str, str], *, delimiter: str = ",", note: str = "") -> bytes:
    """One row below its headings, as a spreadsheet writes it."""
    stream = io.StringIO()
    writer = csv.writer(stream, delimiter=delimiter)
    writer.writerow(row)
    writer.writerow(row.values())
    return (note + stream.getvalue()).encode()


def fragments(data: bytes, reader: Reader = TEXT) -> list[Fragment]:
    assert [each.name for each in READERS if each.recognises(data[: 1 << 16])] == [reader.name]
    return list(reader.split(io.BytesIO(data)))


def the_record(data: bytes, reader: Reader = TEXT) -> Record:
    (fragment,) = fragments(data, reader)
    found = reader.record(fragment.text, "ours")
    assert isinstance(found, Record), found
    return found


SCOPUS = {
    "Authors": "Silva A.; Berg B.",
    "Author full names": "Silva, Ana (60410297700); Berg, Bo (58862216200)",
    "Author(s) ID": "60410297700; 58862216200",
    "Title": TITLE,
    "Year": "2020",
    "Source title": "Digital Health",
    "Volume": "12",
    "Issue": "3",
    "Art. No.": "77",
    "Page start": "1",
    "Page end": "9",
    "Cited by": "5",
    "DOI": DOI,
    "Affiliations": "Dept A, Univ A, Oslo, Norway; Univ B, Rio, Brazil",
    "Authors with affiliations": "Silva A., Dept A, Univ A, Oslo, Norway, Univ B, Rio, Brazil;"
    " Berg B., Univ B, Rio, Brazil",
    "Abstract": "Aims: To ask. Results: Some.",
    "Author Keywords": "peers; recovery",
    "Index Keywords": "Human; Adult",
    "Funding Details": "Science Foundation, SF, (12, 13); Other Fund",
    "References": "Cheng M.; Xue Y., Burden, pain, Spine (Phila), 50, 2, pp. E1-E9, (2025); Peers, (2010)",
    "Correspondence Address": "A. Silva; Dept A; email: a@example.org",
    "Publisher": "SAGE",
    "ISSN": "14470349",
    "PubMed ID": "41494690",
    "Language of Original Document": "English",
    "Abbreviated Source Title": "Digit. Health",
    "Document Type": "Article",
    "Open Access": "All Open Access; Gold Open Access",
    "Source": "Scopus",
    "EID": "2-s2.0-105030721984",
}


def test_scopus() -> None:
    """Ids are cut off names, addresses find their authors, and the references come apart at their years."""
    work = the_record(table(SCOPUS))
    assert (work.title, work.year, work.doi, work.pmid) == (TITLE, 2020, "10.1000/abc", "41494690")
    assert [str(one) for one in work.other_identifiers] == ["scopus:2-s2.0-105030721984"]
    assert [(one.name, one.affiliations, one.is_corresponding) for one in work.authors or ()] == [
        ("Ana Silva", (0, 1), True),
        ("Bo Berg", (1,), None),
    ]
    assert [one.text for one in work.affiliations] == ["Dept A, Univ A, Oslo, Norway", "Univ B, Rio, Brazil"]
    assert work.venue is not None
    assert (work.venue.name, work.venue.short_name, work.venue.issns) == (
        "Digital Health",
        "Digit. Health",
        ("1447-0349",),
    )
    assert (work.volume, work.issue, work.first_page, work.last_page, work.article_number) == (
        "12",
        "3",
        "1",
        "9",
        "77",
    )
    assert [(one.term, one.kind) for one in work.keywords] == [
        ("peers", "author"),
        ("recovery", "author"),
        ("Human", "assigned"),
        ("Adult", "assigned"),
    ]
    assert [(one.name, one.awards) for one in work.funders] == [
        ("Science Foundation, SF", ("12", "13")),
        ("Other Fund", ()),
    ]
    assert work.open_access is not None
    assert (work.open_access.is_open, work.open_access.status) == (True, "gold")
    assert [one.value for one in work.counts] == [5]
    assert [(one.author, one.title, one.venue, one.first_page, one.year) for one in work.references] == [
        ("Cheng M.; Xue Y.", "Burden, pain", "Spine (Phila)", "E1", 2025),
        (None, "Peers", None, None, 2010),
    ]
    assert (work.type, work.language, work.publisher) == ("article", "en", "SAGE")


def test_dimensions_writes_a_note_above_its_headings() -> None:
    """The note is passed over, rows count from the headings, raw affiliations and cited references are cut."""
    row = {
        "Rank": "1",
        "Publication ID": "pub.1100000001",
        "DOI": DOI,
        "PMCID": "PMC77",
        "Title": TITLE,
        "Source title": "J Peers",
        "Publication Date": "2020-05-03",
        "PubYear": "2020",
        "Volume": "2",
        "Pagination": "11-19",
        "Open Access": "All OA; Hybrid",
        "Publication Type": "Article",
        "Authors": NAMES,
        "Authors (Raw Affiliation)": "Silva, Ana (Univ A, Oslo; Univ B); Berg, Bo (Univ B)",
        "Times cited": "3",
        "Dimensions URL": "https://app.dimensions.ai/details/publication/pub.1100000001",
        "Fields of Research (ANZSRC 2020)": "42 Health Sciences; 4203 Health Services",
        "Cited references": "[Silva, Ana]|[]|J Peers|2015|18|3|429-472|10.1000/R|pub.1|2;[Berg, B]|[]|K|2016||||||",
    }
    data = table(row, note='"About the data: Exported on Nov 22, 2026. Criteria: ""peer, support"""\n')
    work = the_record(data)
    assert fragments(data)[0].line == 2
    assert (work.doi, work.pmcid, work.date, work.first_page, work.last_page) == (
        "10.1000/abc",
        "PMC77",
        "2020-05-03",
        "11",
        "19",
    )
    assert [(one.family, one.affiliations) for one in work.authors or ()] == [("Silva", (0, 1)), ("Berg", (1,))]
    assert [one.text for one in work.affiliations] == ["Univ A, Oslo", "Univ B"]
    assert (work.subjects[0].scheme, work.subjects[0].code, work.subjects[0].label) == (
        "anzsrc-for",
        "42",
        "Health Sciences",
    )
    assert [str(target) for target in work.references[0].targets] == ["doi:10.1000/r", "dimensions:pub.1"]
    assert (work.references[1].author, work.references[1].year) == ("Berg, B", 2016)


def test_lens() -> None:
    """Names in their order, ISSNs without hyphens, references by Lens ids."""
    row = {
        "Lens ID": "000-360-106-493-122",
        "Title": TITLE,
        "Date Published": "2020-11-22",
        "Publication Year": "2020",
        "Publication Type": "journal article",
        "Source Title": "J Peers",
        "ISSNs": "14470349; 14458330",
        "Author/s": "Ana Silva; Bo van der Berg",
        "Issue Number": "2",
        "Start Page": "1",
        "End Page": "12",
        "MeSH Terms": "Humans; Adult",
        "PMID": "33251087",
        "DOI": DOI,
        "Microsoft Academic ID": "3106885434; 3107776880",
        "References": "000-928-794-577-264; 008-908-495-450-944",
        "Citing Works Count": "10",
        "Is Open Access": "true",
        "Open Access License": "cc-by",
        "Open Access Colour": "hybrid",
    }
    work = the_record(table(row))
    assert [one.family for one in work.authors or ()] == ["Silva", "van der Berg"]
    assert {str(one) for one in work.other_identifiers} == {
        "lens:000-360-106-493-122",
        "mag:3106885434",
        "mag:3107776880",
    }
    assert [str(one.targets[0]) for one in work.references] == ["lens:000-928-794-577-264", "lens:008-908-495-450-944"]
    assert [one.label for one in work.subjects] == ["Humans", "Adult"]
    assert work.open_access is not None
    assert (work.open_access.is_open, work.open_access.status, work.licenses[0].name) == (True, "hybrid", "cc-by")


def test_openalex_csv() -> None:
    """Values parted by bars are aligned with their authors where there are as many."""
    row = {
        "id": "https://openalex.org/W2755950973",
        "authorships.author.display_name": "Ana Silva|Bo Berg",
        "authorships.author.id": "https://openalex.org/A5069892096|https://openalex.org/A5049136342",
        "authorships.author.orcid": "https://orcid.org/0000-0002-1825-0097|",
        "authorships.is_corresponding": "True|False",
        "cited_by_count": "13235",
        "display_name": TITLE,
        "doi": "https://doi.org/10.1000/abc",
        "is_retracted": "True",
        "language": "en",
        "open_access.is_oa": "False",
        "open_access.oa_status": "closed",
        "primary_location.source.display_name": "J Peers",
        "primary_location.source.issn_l": "1447-0349",
        "publication_date": "2017-09-12",
        "publication_year": "2017",
        "type": "article",
    }
    work = the_record(table(row))
    assert (work.openalex, work.doi, work.title, work.is_retracted) == ("W2755950973", "10.1000/abc", TITLE, True)
    assert [(one.openalex, one.orcid, one.is_corresponding) for one in work.authors or ()] == [
        ("A5069892096", "0000-0002-1825-0097", True),
        ("A5049136342", None, False),
    ]
    assert work.open_access is not None
    assert work.open_access.is_open is False


@pytest.mark.parametrize(
    ("row", "expected"),
    [
        pytest.param(
            {
                "PMID": "30987942",
                "Title": TITLE,
                "Authors": "Silva AB, Berg B.",
                "Citation": "J Peers. 2019 Aug;24(4):101-9. doi: 10.1000/ABC. Epub 2019 Apr 5.",
                "First Author": "Silva AB",
                "Journal/Book": "Journal of Peers",
                "Publication Year": "2019",
                "Create Date": "2019/04/17",
                "PMCID": "",
                "NIHMS ID": "NIHMS1",
                "DOI": DOI,
            },
            ("2019-08", "24", "4", "101", "Journal of Peers"),
            id="PubMed",
        ),
        pytest.param(
            {
                "Title": TITLE,
                "Authors": NAMES,
                "Abstract": "",
                "Published Year": "2020",
                "Published Month": "5",
                "Journal": "J Peers",
                "Volume": "2",
                "Issue": "1",
                "Pages": "11-19",
                "Accession Number": "123",
                "DOI": DOI,
                "Ref": "4",
                "Covidence #": "5",
                "Study": "Silva 2020",
                "Notes": "",
                "Tags": "",
            },
            ("2020-05", "2", "1", "11", "J Peers"),
            id="Covidence",
        ),
        pytest.param(
            {
                "key": "rayyan-1",
                "title": TITLE,
                "year": "2020",
                "month": "5",
                "day": "3",
                "journal": "J Peers",
                "issn": "1447-0349",
                "volume": "2",
                "issue": "1",
                "pages": "11-19",
                "authors": "Silva, A. and Berg, B.",
                "url": "https://example.org/a",
                "abstract": "To ask.",
                "doi": DOI,
            },
            ("2020-05-03", "2", "1", "11", "J Peers"),
            id="Rayyan",
        ),
        pytest.param(
            {
                "record_id": "0",
                "title": TITLE,
                "abstract": "To ask.",
                "authors": "['Silva, Ana', 'Berg, Bo']",
                "keywords": "['peers', 'recovery']",
                "doi": DOI,
                "year": "2020",
                "journal": "J Peers",
                "volume": "2",
                "number": "1",
                "start_page": "11",
                "included": "1",
            },
            ("2020", "2", "1", "11", "J Peers"),
            id="ASReview",
        ),
        pytest.param(
            {
                "Title": TITLE,
                "Author Names": "Silva A., Berg B.",
                "Source": "J Peers (2014) 3:4 (152-160). Date of Publication: 2014",
                "Open URL Link": "http://example.org/?id=doi:10.1000%2FABC",
                "Emtree Medical Index Terms": "human, adult",
            },
            ("2014", "3", "4", "152", "J Peers"),
            id="Embase",
        ),
        pytest.param(
            {
                "Key": "ACSRAG7N",
                "Item Type": "journalArticle",
                "Publication Year": "2022",
                "Author": NAMES,
                "Title": TITLE,
                "Publication Title": "J Peers",
                "DOI": DOI,
                "Date": "2022-05",
                "Pages": "1032-1038",
                "Issue": "3",
                "Volume": "36",
                "Extra": "Place: United States PMID: 35319117  PMCID: PMC9151451",
                "Manual Tags": "a; b",
            },
            ("2022-05", "36", "3", "1032", "J Peers"),
            id="Zotero",
        ),
        pytest.param(
            {
                "Titel": TITLE,
                "Autoren": "Ana Silva, Bo Berg",
                "Jahr": "2020",
                "Zeitschrift": "J Peers",
                "Band": "2",
                "Heft": "1",
                "Seiten": "S. 11-19",
                "DOI": DOI,
            },
            ("2020", "2", "1", "11", "J Peers"),
            id="one's own",
        ),
    ],
)
def test_other_exporters(row: dict[str, str], expected: tuple[str, ...]) -> None:
    """Date, volume, issue, first page and journal, and always both authors, the title and the DOI."""
    work = the_record(table(row))
    assert work.venue is not None
    assert (work.date, work.volume, work.issue, work.first_page, work.venue.name) == expected
    assert [one.family for one in work.authors or ()] == ["Silva", "Berg"]
    assert (work.title, work.doi) == (TITLE, "10.1000/abc")


def test_identifiers_hide_in_the_extra_field_of_zotero() -> None:
    """What Zotero has no field for stands there behind its label."""
    work = the_record(
        table({"Title": TITLE, "DOI": "", "Extra": "PMID: 35319117  PMCID: PMC9151451\nDOI: 10.1000/abc"})
    )
    assert (work.pmid, work.pmcid, work.doi) == ("35319117", "PMC9151451", "10.1000/abc")


WOS = {
    "PT": "J",
    "AU": "Silva, A; Berg, B",
    "AF": "Silva, Ana; Berg, Bo",
    "TI": 'Peer "support',
    "SO": "J PEERS",
    "DT": "Article",
    "DE": "peers; carers",
    "ID": "LIVED EXPERIENCE",
    "C1": "[Silva, Ana; Berg, Bo] Univ A, Oslo, Norway; [Berg, Bo] Univ B, Rio, Brazil",
    "CR": "Anthony W., 1993, Psych J, V16, P11, DOI [DOI 10.1037/H1, 10.1037/h1]; Bryman A., 2008, Methods, V3rd ed.",
    "NR": "67",
    "PY": "2023",
    "VL": "20",
    "BP": "84",
    "EP": "97",
    "DI": DOI,
    "UT": "WOS:000848989300001",
}


def test_a_row_may_hold_nothing_but_an_identifier() -> None:
    """A list of works with their ids is a table too."""
    work = the_record(b"openalex,doi,pmid\nW2741809807,,\n")
    assert (work.openalex, work.title) == ("W2741809807", None)


def test_tab_delimited_web_of_science_has_no_quoting() -> None:
    """A quotation mark is a sign like any other there; cited references are parsed, addresses find their authors."""
    data = ("\t".join(WOS) + "\n" + "\t".join(WOS.values()) + "\n" + "\t".join(WOS.values()) + "\n").encode()
    found = fragments(data)
    assert len(found) == 2
    work = TEXT.record(found[0].text, "wos")
    assert isinstance(work, Record)
    assert work.title == 'Peer "support'
    assert [(one.name, one.affiliations) for one in work.authors or ()] == [("Ana Silva", (0,)), ("Bo Berg", (0, 1))]
    assert [(one.author, one.year) for one in work.references] == [("Anthony W.", 1993), ("Bryman A.", 2008)]
    assert ("references", 67) in [(one.kind, one.value) for one in work.counts]


def test_the_excel_export_of_the_web_of_science_says_the_same() -> None:
    """Its headings are the tags in words, and the record is the same but for its name."""
    words = {
        "PT": "Publication Type", "AU": "Authors", "AF": "Author Full Names", "TI": "Article Title",
        "SO": "Source Title", "DT": "Document Type", "DE": "Author Keywords", "ID": "Keywords Plus",
        "C1": "Addresses", "CR": "Cited References", "NR": "Cited Reference Count", "PY": "Publication Year",
        "VL": "Volume", "BP": "Start Page", "EP": "End Page", "DI": "DOI", "UT": "UT (Unique WOS ID)",
    }  # fmt: skip
    in_words = the_record(table({words[tag]: value for tag, value in WOS.items()}))
    tagged = the_record(table(WOS))
    assert in_words.model_copy(update={"native_id": ""}) == tagged.model_copy(update={"native_id": ""})


def test_our_own_table_comes_back() -> None:
    """What `export works.csv` writes is read again, the defused formula with it."""
    work = Work(
        key="doi:10.1000/abc",
        doi="10.1000/abc",
        title="=Peers; +help",
        abstract="To ask.",
        authors=(
            Authorship(name="Ana Silva", given="Ana", family="Silva"),
            Authorship(name="WHO", is_organisation=True),
        ),
        year=2020,
        type="review",
        venue=Venue(name="J Peers"),
        volume="2",
        first_page="11",
        last_page="19",
        keywords=(Keyword(term="peers", kind="author"),),
        sources=("crossref", "openalex"),
    )
    stream = io.StringIO()
    write_csv(stream, Content(works=[work], citations=(), runs=()))
    found = the_record(stream.getvalue().encode())
    assert (found.title, found.doi, found.year, found.type) == (work.title, work.doi, work.year, work.type)
    assert (found.venue and found.venue.name, found.volume, found.first_page, found.last_page) == (
        "J Peers",
        "2",
        "11",
        "19",
    )
    assert [one.name for one in found.authors or ()] == ["Ana Silva", "WHO"]


@pytest.mark.parametrize("delimiter", [",", ";", "\t", "|", "%"])
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_delimiters_and_encodings_are_guessed(delimiter: str, encoding: str) -> None:
    """Any sign between the cells, in any encoding that spreadsheets save in."""
    row = {"Title": f'Größe{delimiter} a "study"', "Authors": "Müller, A.; Berg, B.", "Year": "2020"}
    work = the_record(table(row, delimiter=delimiter).decode().encode(encoding))
    assert work.title == " ".join(row["Title"].split())
    assert [one.family for one in work.authors or ()] == ["Müller", "Berg"]


def test_rows_in_are_records_out_or_reasons() -> None:
    """Blank rows and headings that come again are no rows; a row that describes nothing is reported."""
    data = b"Title,DOI,Note\r\nA,,x\r\n,,\r\nTitle,DOI,Note\r\n,10.1,y\r\nB,10.1000/b,\r\n"
    found = fragments(data)
    assert [fragment.line for fragment in found] == [2, 5, 6]
    assert [json.loads(fragment.text) for fragment in found][1] == {"DOI": "10.1", "Note": "y"}
    read = [TEXT.record(fragment.text, "ours") for fragment in found]
    assert [one.title if isinstance(one, Record) else one.reason for one in read] == ["A", "empty record", "B"]


def test_a_quotation_mark_that_is_never_closed_costs_no_row() -> None:
    """The row keeps its text as it is, and the rows below it are rows."""
    data = b'Title,Year\n"Peers ""help""",2020\n"Open,2021\nB,2022\n"C\nD",2023\n'
    titles = [json.loads(fragment.text)["Title"] for fragment in fragments(data)]
    assert titles == ['Peers "help"', '"Open', "B", "C\nD"]


def test_two_authors_of_one_name_are_two() -> None:
    """Values of other cells come once; people do not."""
    work = the_record(table({"Title": TITLE, "Authors": "Wang, J.; Wang, J.; Li, X.", "Author full names": ""}))
    assert [one.name for one in work.authors or ()] == ["J. Wang", "J. Wang", "X. Li"]


def test_what_is_no_table_of_works_is_not_taken_for_one() -> None:
    """Two known headings are the least, one of them of a work; JSON, XML and prose are none."""
    for data in (
        b"",
        b"Name,Year\nA,2020\n",
        b'{"title": "a",\n"doi": "b"}',
        b"Title\nA\n",
        b"\x00\x01\x02",
        b"a,b\n1,2",
    ):
        assert not TEXT.recognises(data), data
    with pytest.raises(InputError, match="headings"):
        list(TEXT.split(io.BytesIO(b"a,b\n1,2")))


@given(
    st.lists(
        st.lists(
            st.text(st.characters(exclude_categories=("Cs",), exclude_characters="\x00"), max_size=8),
            min_size=3,
            max_size=3,
        ),
        max_size=6,
    )
)
def test_cells_survive_the_csv_that_python_writes(rows: list[list[str]]) -> None:
    """Whatever stands in the cells, a well-formed table gives them back, row by row."""
    stream = io.StringIO()
    csv.writer(stream).writerows(rows)
    given_back = [cells for _, cells in delimited(stream.getvalue(), ",", width=3)]
    kept = [row for row in rows if any(cell.strip() for cell in row)]
    assert given_back == [
        [cell.removeprefix("\ufeff") if place == (0, 0) else cell for place, cell in row] for row in _placed(kept, rows)
    ]


def _placed(kept: list[list[str]], rows: list[list[str]]) -> list[list[tuple[tuple[int, int], str]]]:
    first = kept and rows and kept[0] is rows[0]
    return [
        [((number if first else 1, place), cell) for place, cell in enumerate(row)] for number, row in enumerate(kept)
    ]


@given(st.binary(max_size=300))
def test_no_bytes_stop_the_readers(data: bytes) -> None:
    """Anything is rows, or one sentence that says that it is no table."""
    for reader in READERS:
        reader.recognises(data)
        try:
            found = list(reader.split(io.BytesIO(b"Title,DOI\n" + data if reader is TEXT else data)))
        except InputError:
            continue
        assert all(isinstance(reader.record(fragment.text, "x"), Record | Skip) for fragment in found)


# -- workbooks -------------------------------------------------------------------------------------------------

_PARTS = {
    "[Content_Types].xml": '<Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types">'
    '<Default Extension="rels" ContentType="application/vnd.openxmlformats-package.relationships+xml"/>'
    '<Override PartName="/xl/workbook.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.sheet.main+xml"/>'
    '<Override PartName="/xl/worksheets/sheet1.xml" ContentType='
    '"application/vnd.openxmlformats-officedocument.spreadsheetml.worksheet+xml"/></Types>',
    "_rels/.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/officeDocument"'
    ' Target="xl/workbook.xml"/></Relationships>',
    "xl/workbook.xml": '<workbook xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"'
    ' xmlns:r="http://schemas.openxmlformats.org/officeDocument/2006/relationships"><sheets>'
    '<sheet name="Works" sheetId="1" r:id="r1"/></sheets></workbook>',
    "xl/_rels/workbook.xml.rels": '<Relationships xmlns="http://schemas.openxmlformats.org/package/2006/relationships">'
    '<Relationship Id="r1" Type="http://schemas.openxmlformats.org/officeDocument/2006/relationships/worksheet"'
    ' Target="worksheets/sheet1.xml"/></Relationships>',
}


def book(*rows: list[str | int], far: str = "") -> bytes:
    """A workbook of one sheet, as small as one can be; a text that begins with `=` is a formula."""
    cells = []
    for number, row in enumerate(rows, 1):
        line = ""
        for place, value in enumerate(row):
            where = f"{chr(ord('A') + place)}{number}"
            if isinstance(value, int):
                line += f'<c r="{where}"><v>{value}</v></c>'
            elif value.startswith("="):
                line += f'<c r="{where}" t="str"><f>{value[1:]}</f><v>seen</v></c>'
            else:
                line += f'<c r="{where}" t="inlineStr"><is><t>{value}</t></is></c>'
        cells.append(f'<row r="{number}">{line}</row>')
    sheet = (
        '<worksheet xmlns="http://schemas.openxmlformats.org/spreadsheetml/2006/main"><sheetData>'
        f"{''.join(cells)}{far}</sheetData></worksheet>"
    )
    stream = io.BytesIO()
    with zipfile.ZipFile(stream, "w", zipfile.ZIP_DEFLATED) as packed:
        for name, content in (_PARTS | {"xl/worksheets/sheet1.xml": sheet}).items():
            packed.writestr(name, content)
    return stream.getvalue()


def test_workbooks_are_read_like_text() -> None:
    """Numbers are whole, a formula is the value that it last had, a note above the headings is none."""
    data = book(["About the data"], ["Title", "Year", "DOI", "Note"], [TITLE, 2020, DOI, "=1+1"], [], ["B", 2021])
    found = fragments(data, WORKBOOK)
    assert [(fragment.line, json.loads(fragment.text)) for fragment in found] == [
        (2, {"Title": TITLE, "Year": "2020", "DOI": DOI, "Note": "seen"}),
        (4, {"Title": "B", "Year": "2021"}),
    ]
    work = WORKBOOK.record(found[0].text, "ours")
    assert isinstance(work, Record)
    assert (work.year, work.doi) == (2020, "10.1000/abc")


def test_a_workbook_that_would_fill_the_memory_is_refused() -> None:
    """A cell at the far end of the sheet, and a part that unpacks to more than it says, are not unpacked."""
    far = '<row r="99999999999"><c r="A99999999999"><v>1</v></c></row>'
    with pytest.raises(InputError, match="further out"):
        list(workbook(book(["Title", "DOI"], far=far)))
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w", zipfile.ZIP_DEFLATED) as packed:
        for number in range(3):
            packed.writestr(f"xl/worksheets/sheet{number}.xml", b"")
    whole = bytearray(bomb.getvalue())
    place = whole.find(b"PK\x01\x02")
    whole[place + 24 : place + 28] = (2**32 - 2).to_bytes(4, "little")
    with pytest.raises(InputError, match="unpacks to"):
        list(workbook(bytes(whole)))


def test_older_workbooks_are_read_too() -> None:
    """The binary form, here in its first version: numbers, texts, and where they stand."""

    def part(kind: int, body: bytes) -> bytes:
        return struct.pack("<HH", kind, len(body)) + body

    def text(row: int, column: int, value: bytes) -> bytes:
        return part(4, struct.pack("<HH3sB", row, column, bytes(3), len(value)) + value)

    number = part(3, struct.pack("<HH3sd", 1, 1, bytes(3), 2020.0))
    cells = text(0, 0, b"Title") + text(0, 1, b"Year") + text(1, 0, b"Peers") + number
    ((_, rows),) = workbook(part(9, struct.pack("<HH", 2, 0x10)) + cells + part(10, b""))
    assert list(rows) == [(1, ["Title", "Year"]), (2, ["Peers", "2020"])]


def test_a_workbook_with_entities_is_refused() -> None:
    """A document type in a part is an attack: nothing that writes workbooks writes one."""
    bomb = io.BytesIO()
    with zipfile.ZipFile(bomb, "w") as packed:
        packed.writestr("xl/workbook.xml", '<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')
    with pytest.raises(InputError, match="entities"):
        list(workbook(bomb.getvalue()))


@pytest.mark.parametrize(
    "data", [b"PK\x03\x04xl/", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1 locked", book(["Title", "DOI"])[:-60]]
)
def test_a_broken_workbook_is_one_sentence(data: bytes) -> None:
    """Cut off, locked or empty: the reader says so, and that CSV would do."""
    assert WORKBOOK.recognises(data)
    with pytest.raises(InputError, match=r"save it again|CSV"):
        list(WORKBOOK.split(io.BytesIO(data)))
