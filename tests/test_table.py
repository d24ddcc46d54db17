"""A table holds what a screening tool asks for, in cells that no spreadsheet runs."""

import csv
import io
import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.formats import Content
from harvester.formats.table import COLUMNS, write_csv
from harvester.model import Authorship, CitationSearch, Count, Keyword, Link, OpenAccess, Update, Venue, Work

RUN_SIGNS = ("=", "+", "-", "@", "＝", "＋", "－", "＠")
FORMULA_SIGNS = (*RUN_SIGNS, "\t", "\r", "\n")
HOSTILE = [
    *(f"{sign}1+1" for sign in FORMULA_SIGNS),
    *(f"a;{blank}{sign}1+1" for sign in FORMULA_SIGNS for blank in ("", " ", '"', '" "')),
    *(f"\u3000{sign}1" for sign in FORMULA_SIGNS),
    "=cmd|' /C calc'!A0",
    '"=1+1"',
    '","=1+1',
    "a\r\nb\nc\rd\u2028e\x85f\x0bg\x1ch",
    "a\x00b",
    "'",
    "'=1",
    ";" * 100,
    "ピア・サポート",
]
TEXTS = st.one_of(
    st.text(max_size=10), st.sampled_from(HOSTILE), st.lists(st.sampled_from(';= "+\n-@a'), max_size=12).map("".join)
)
MAYBE = st.none() | TEXTS
COUNTS = st.builds(Count, kind=st.sampled_from(["cited_by", "references"]), value=st.integers(0, 10**6), source=TEXTS)
UPDATES = st.builds(
    Update,
    direction=st.just("updated_by"),
    type=st.sampled_from(["retraction", "=retraction"]),
    doi=MAYBE,
    date=MAYBE,
    asserted_by=TEXTS,
)
WORKS = st.builds(
    Work,
    key=TEXTS,
    title=MAYBE,
    subtitle=MAYBE,
    abstract=MAYBE,
    authors=st.none() | st.lists(st.builds(Authorship, name=TEXTS), max_size=3).map(tuple),
    keywords=st.lists(st.builds(Keyword, term=TEXTS, kind=st.sampled_from(["author", "plus", "assigned"]))).map(tuple),
    doi=MAYBE,
    openalex=MAYBE,
    pmid=MAYBE,
    pmcid=MAYBE,
    links=st.lists(st.builds(Link, url=TEXTS, kind=st.sampled_from(["landing", "pdf"])), max_size=2).map(tuple),
    year=st.none() | st.integers(0, 3000),
    type=MAYBE,
    venue=st.none() | st.builds(Venue, name=MAYBE),
    volume=MAYBE,
    issue=MAYBE,
    first_page=MAYBE,
    last_page=MAYBE,
    article_number=MAYBE,
    publisher=MAYBE,
    language=MAYBE,
    counts=st.lists(COUNTS, max_size=3).map(tuple),
    is_retracted=st.none() | st.booleans(),
    updates=st.lists(UPDATES, max_size=2).map(tuple),
    open_access=st.none() | st.builds(OpenAccess, is_open=st.none() | st.booleans(), pdf_url=MAYBE),
    sources=st.lists(TEXTS, max_size=2).map(tuple),
)

SEARCHED = ("rank", "seed", "round", "directions", "linked_seeds", "found_by", "score", "score_parts")
"""The columns that a citation search fills."""


def written(*works: Work) -> str:
    stream = io.StringIO(newline="")
    write_csv(stream, Content(iter(works), iter([]), iter([])))
    return stream.getvalue()


def rows(text: str, *, delimiter: str = ",") -> list[list[str]]:
    return list(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter, strict=delimiter == ","))


def row(work: Work) -> dict[str, str]:
    header, only = rows(written(work))
    return dict(zip(header, only, strict=True))


def flat(text: str) -> str:
    """The text on one line, as the table gives it apart from apostrophes."""
    return " ".join(re.sub("[\x00-\x1f\x7f]", " ", text).split())


def test_the_first_columns_are_those_that_asreview_reads() -> None:
    assert list(COLUMNS)[:7] == ["title", "abstract", "authors", "keywords", "doi", "url", "year"]
    assert rows(written()) == [list(COLUMNS)]


def test_the_separator_can_be_guessed_from_the_header() -> None:
    """ASReview reads with pandas, sep=None: Python's sniffer on the first line."""
    assert csv.Sniffer().sniff(written().splitlines()[0]).delimiter == ","


@given(st.lists(WORKS, max_size=4))
def test_every_row_is_read_back_with_its_values(works: list[Work]) -> None:
    """One line and one row for each work that a source holds; the values are the flattened ones, apostrophes aside."""
    text = written(*works)
    held = [work for work in works if work.sources]
    assert len(text.splitlines()) == len(held) + 1
    header, *found = rows(text)
    assert len(found) == len(held)
    for work, cells in zip(held, found, strict=True):
        for name, cell in zip(header, cells, strict=True):
            value = COLUMNS[name](work)
            expected = flat(value) if isinstance(value, str) else "" if value is None else str(value)
            assert cell.replace("'", "") == expected.replace("'", "")


@given(TEXTS)
def test_taking_the_apostrophes_away_gives_the_text_back(text: str) -> None:
    """Text that has none of its own comes back exactly by the rule that put them in."""
    plain = flat(text.replace("'", ""))
    cell = row(Work(key="a", sources=("x",), abstract=plain))["abstract"]
    assert re.sub("""((?:^|;)[ "]*)'(?=[=+@＋－＝＠-])""", r"\1", cell) == plain


@given(st.lists(WORKS, min_size=1, max_size=3))
def test_no_cell_begins_with_a_formula_character(works: list[Work]) -> None:
    for cells in rows(written(*works)):
        assert not any(cell.lstrip().startswith(FORMULA_SIGNS) for cell in cells)


@given(st.lists(WORKS, min_size=1, max_size=3))
def test_no_cell_begins_with_a_formula_character_where_semicolons_separate(works: list[Work]) -> None:
    """Excel with a decimal comma splits the same file at semicolons, for which our quotes stand inside a cell."""
    for cells in rows(written(*works), delimiter=";"):
        assert not any(cell.lstrip(' "\n').startswith(RUN_SIGNS) for cell in cells)


@pytest.mark.parametrize("sign", RUN_SIGNS)
def test_a_formula_gets_an_apostrophe(sign: str) -> None:
    work = Work(key="a", sources=("x",), title=f"{sign}SUM(1)", abstract=f"a; {sign}SUM(1) {sign}2")
    assert row(work)["title"] == f"'{sign}SUM(1)"
    assert row(work)["abstract"] == f"a; '{sign}SUM(1) {sign}2"


def test_a_work_known_only_by_being_cited_has_no_row() -> None:
    assert len(rows(written(Work(key="doi:10.1000/a", doi="10.1000/a")))) == 1


def test_a_row_shows_the_work() -> None:
    """Each column of one full work."""
    work = Work(
        key="doi:10.1000/a<b>",
        doi="10.1000/a<b>",
        openalex="W1",
        pmid="1",
        pmcid="PMC1",
        title="Peer support",
        subtitle="a trial",
        abstract="Methods\nWe asked.\r\n\r\nResults\tn = 3",
        authors=(Authorship(name="Jane Doe"), Authorship(name="WHO", is_organisation=True)),
        keywords=(
            Keyword(term="Mental health", kind="assigned"),
            Keyword(term="peers", kind="author"),
            Keyword(term="PEERS", kind="plus"),
        ),
        year=2020,
        type="article",
        venue=Venue(name="Health Expectations", short_name="Health Expect", issns=("1369-6513", "1369-7625")),
        volume="1",
        issue="2",
        first_page="84",
        last_page="97",
        publisher="Wiley",
        language="en",
        counts=(
            Count(kind="cited_by", value=3, source="crossref"),
            Count(kind="cited_by", value=5, source="openalex"),
            Count(kind="references", value=67, source="crossref"),
        ),
        is_retracted=True,
        updates=(
            Update(direction="updated_by", type="correction", doi="10.1000/c", date="2020", asserted_by="publisher"),
            Update(direction="updated_by", type="retraction", asserted_by="openalex"),
            Update(
                direction="updated_by",
                type="retraction",
                doi="10.1000/n",
                date="2021-05",
                asserted_by="retraction-watch",
            ),
            Update(direction="updated_by", type="reinstatement", date="2022", record_id="pmid:7", asserted_by="pubmed"),
            Update(direction="updates", type="retraction", doi="10.1000/o", date="2019", asserted_by="publisher"),
        ),
        open_access=OpenAccess(is_open=True, pdf_url="https://example.org/a.pdf"),
        sources=("crossref", "openalex"),
    )
    assert row(work) == {
        "title": "Peer support: a trial",
        "abstract": "Methods We asked. Results n = 3",
        "authors": "Jane Doe; WHO",
        "keywords": "peers; Mental health",
        "doi": "10.1000/a<b>",
        "url": "https://doi.org/10.1000/a%3Cb%3E",
        "year": "2020",
        "key": "doi:10.1000/a<b>",
        "openalex": "W1",
        "pmid": "1",
        "pmcid": "PMC1",
        "type": "article",
        "venue": "Health Expectations",
        "journal_abbreviation": "Health Expect",
        "issn": "1369-6513; 1369-7625",
        "volume": "1",
        "issue": "2",
        "pages": "84-97",
        "publisher": "Wiley",
        "language": "en",
        "cited_by_count": "5",
        "references_listed": "67",
        "is_retracted": "true",
        "retraction_date": "2021-05",
        "retraction_notices": "retraction (openalex); retraction 2021-05 10.1000/n (retraction-watch);"
        " reinstatement 2022 pmid:7 (pubmed)",
        "is_open_access": "true",
        "pdf_url": "https://example.org/a.pdf",
        "sources": "crossref; openalex",
        **dict.fromkeys(SEARCHED, ""),
    }
    place = CitationSearch(
        round=2,
        directions=("backward", "cocited"),
        seeds=("doi:10.1/a", "doi:10.1/b"),
        sources=("openalex",),
        rank=7,
        score=0.25,
        parts={"linked": 2.0, "text": 0.125},
    )
    told = row(work.model_copy(update={"citation_search": place}))
    assert {name: told[name] for name in SEARCHED} == {
        "rank": "7",
        "seed": "",
        "round": "2",
        "directions": "backward; cocited",
        "linked_seeds": "doi:10.1/a; doi:10.1/b",
        "found_by": "openalex",
        "score": "0.25",
        "score_parts": "linked 2; text 0.125",
    }


def test_what_is_not_known_is_an_empty_cell() -> None:
    found = row(Work(key="import:1", sources=("page:booksci",)))
    assert {name for name, cell in found.items() if cell} == {"key", "sources"}


@pytest.mark.parametrize(
    ("title", "subtitle", "shown"),
    [
        ("Peer support", None, "Peer support"),
        ("Peer support: A trial", "a trial", "Peer support: A trial"),
        ("Does it help?", "A trial", "Does it help? A trial"),
        (None, "A trial", "A trial"),
    ],
)
def test_a_subtitle_follows_its_title_once(title: str | None, subtitle: str | None, shown: str) -> None:
    assert row(Work(key="a", sources=("x",), title=title, subtitle=subtitle))["title"] == shown


@pytest.mark.parametrize(
    ("work", "url"),
    [
        (Work(key="a", sources=("x",), doi="10.1000/a#b?c %"), "https://doi.org/10.1000/a%23b%3Fc%20%25"),
        (
            Work(key="a", sources=("x",), openalex="W1", links=(Link(url="https://example.org/", kind="landing"),)),
            "https://example.org/",
        ),
        (
            Work(key="a", sources=("x",), openalex="W1", links=(Link(url="javascript:alert(1)", kind="landing"),)),
            "https://openalex.org/W1",
        ),
    ],
)
def test_the_url_is_the_doi_else_the_landing_page_else_openalex(work: Work, url: str) -> None:
    assert row(work)["url"] == url


@pytest.mark.parametrize(
    ("first", "last", "number", "pages"),
    [("84", "97", None, "84-97"), ("84", "84", None, "84"), ("84", None, "e1", "84"), (None, None, "e1", "e1")],
)
def test_pages_are_a_range_a_page_or_an_article_number(
    first: str | None, last: str | None, number: str | None, pages: str
) -> None:
    work = Work(key="a", sources=("x",), first_page=first, last_page=last, article_number=number)
    assert row(work)["pages"] == pages
