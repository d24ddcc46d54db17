"""Works go out in the shapes of the three seed pages, key for key and label for label, and come in again."""

import io
import json
import os
import re
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import CROWD, PLAIN, declared, hostile_works, person, read_back, records, returned, text_of, works

from harvester.cli.looking import SHAPES as CHOICES
from harvester.formats import written
from harvester.formats.pages.booksci import KEYS
from harvester.formats.pages.keywords_plus import keywords_plus
from harvester.formats.pages.page import is_chinese
from harvester.formats.reading import readers
from harvester.formats.write_pages import SHAPES, page
from harvester.library import Library, derive, imports, reading
from harvester.merge import merge
from harvester.model import (
    Abstract,
    Affiliation,
    Authorship,
    Citation,
    Count,
    Identifier,
    Keyword,
    Link,
    OpenAccess,
    Record,
    Reference,
    Subject,
    Title,
    VenueFigure,
    Work,
)

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
READER = {
    "booksci": "page:booksci",
    "booksci-page": "page:booksci",
    "catalogue": "page:catalogue",
    "citation-index": "page:citation-index",
}
SEEDS = {"000": "booksci-page", "001": "citation-index", "002": "catalogue"}


def seed(beginning: str) -> Path:
    found = sorted((SHARED / "seeds").glob(f"{beginning}_*.txt"))
    if not found:
        pytest.skip("the seed pages are not beside the repository (HARVESTER_SHARED)")
    return found[0]


def again(text: str, shape: str) -> Record:
    """The one record that our reader finds in a page."""
    (found,) = records(readers()[READER[shape]], text.encode())
    return found


def alike(one: Record) -> dict[str, Any]:
    """What a record says, without where it was read."""
    native = {"native_id", "source"}
    told = one.model_dump(exclude=native)
    for name in ("other_titles", "other_abstracts", "venue_figures", "counts", "references"):
        told[name] = [each | {"source": None} for each in told[name]]
    return told


# -- the seed pages --------------------------------------------------------------------------------------------


@pytest.mark.parametrize("beginning", SEEDS)
def test_a_page_in_is_the_same_page_out(beginning: str, tmp_path: Path) -> None:
    """Through a library, and back into the very same record, whatever the page held."""
    path, shape = seed(beginning), SEEDS[beginning]
    with Library(tmp_path / "library.sqlite", write="test") as library:
        imports.bring(library, path)
        derive(library)
        (work,) = (each for each in reading.works(library) if each.sources)
    text = page(work, shape)
    given_ = again(path.read_text(encoding="utf-8"), shape)
    assert alike(again(text, shape)) == alike(given_)
    if shape != "booksci-page":
        assert text.rstrip("\n") == path.read_text(encoding="utf-8")


def test_the_record_of_the_portal_is_the_same_to_the_byte() -> None:
    """Keys, their order, types and signs: `0.0000`, the no-break space between authors, the paragraph opened twice."""
    text = seed("000").read_text(encoding="utf-8")
    (line,) = (each for each in text.splitlines() if each.startswith("{"))
    work = merge([again(text, "booksci")])
    assert page(work, "booksci") == line + "\n"
    assert line + "\n" in page(work, "booksci-page")


def test_any_work_has_the_keys_and_types_of_the_portal() -> None:
    """Known or not: what the seed has as text stays text, what it has as null is null until it is known."""
    (line,) = (each for each in seed("000").read_text(encoding="utf-8").splitlines() if each.startswith("{"))
    theirs = json.loads(line)
    unknown = json.loads(page(Work(key="doi:10.1000/a"), "booksci"))
    assert list(unknown) == list(theirs) == list(KEYS)
    assert {name: type(value) for name, value in unknown.items()} == {
        name: type(value) for name, value in theirs.items()
    }
    assert list(unknown["journal"].values()) == ["", None, None]
    known = json.loads(page(PLAIN, "booksci"))
    assert {type(known[name]) for name in theirs if theirs[name] is None} == {type(None)}


# -- any work --------------------------------------------------------------------------------------------------

WORDLESS = {"data-paper", "other", "paratext", "peer-review", "supplementary-materials"}
FIELDS = {
    "booksci": ("title", "abstract", "names", "type", "date", "venue", "volume", "pages", "doi", "pmcid", "retracted"),
    "catalogue": (
        "title", "abstract", "authors", "type", "year", "language", "publisher", "location", "keywords", "doi", "pmid",
        "pmcid", "retracted",
    ),
    "citation-index": ("title", "abstract", "authors", "affiliations", "own keywords", "pages", "doi", "retracted"),
}  # fmt: skip
FIELDS["booksci-page"] = FIELDS["booksci"]


def expected(work: Work, shape: str) -> dict[str, Any]:
    wanted = declared(work)
    wanted |= {
        "names": [sorted(written.closed(one.name).split()) for one in work.authors or ()],
        "pages": written.pages(work),
        "own keywords": sorted(written.term(one.term).casefold() for one in work.keywords),
        "affiliations": [(one.text or "").rstrip(" ;.") for one in work.affiliations],
    }
    if shape.startswith("booksci") and not written.WORDS.get(work.type or "") and work.type != "article":
        wanted["type"] = "article" if work.is_retracted else None
    if shape == "catalogue":
        wanted["year"] = int(written.when(work)[:4]) if written.when(work) else None
        wanted["location"] = wanted["location"] if wanted["publisher"] else ""
    return {name: wanted[name] for name in FIELDS[shape]}


def found(record: Record, shape: str) -> dict[str, Any]:
    told = returned(record)
    own = [one.term.casefold() for one in record.keywords if one.term.casefold() != written.RETRACTED.casefold()]
    told |= {
        # In the order they are spoken, which of the words are the family's is a guess.
        "names": [sorted(one.name.split()) for one in record.authors or ()],
        "pages": (record.first_page or "", record.last_page or ""),
        "own keywords": sorted(own),
    }
    return {name: told[name] for name in FIELDS[shape]}


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None, max_examples=50)
@given(given_=st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(shape: str, given_: list[Work]) -> None:
    """Several pages in a file are taken apart where they were put together, and our reader alone knows them."""
    got = read_back(READER[shape], text_of(shape, *given_))
    assert [found(one, shape) for one in got] == [expected(one, shape) for one in given_]


@pytest.mark.parametrize("shape", SHAPES)
@settings(deadline=None, max_examples=50)
@given(work=hostile_works())
def test_nothing_in_a_work_breaks_the_file(shape: str, work: Work) -> None:
    """Whatever stands in it, the pages before and behind it are whole, and no control character comes out."""
    text = text_of(shape, PLAIN, work, PLAIN)
    assert re.search("[\x00-\x09\x0b-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]", text) is None
    if shape == "booksci":
        assert [list(one) for one in json.loads(text)] == [list(KEYS)] * 3
    fragments = list(readers()[READER[shape]].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    ends = [records(readers()[READER[shape]], each.text.encode())[0] for each in (fragments[0], fragments[2])]
    assert [found(one, shape) for one in ends] == [expected(PLAIN, shape)] * 2


@pytest.mark.parametrize("shape", SHAPES)
@pytest.mark.parametrize(
    "line",
    [
        "被引:9", "Cited by: 9", "摘要", "DOI: 10.9999/other", "Abstract", "[9] Silva", "共 9 条", "12 references",
        "Formato: | Libro |", "Nada: | x", "---|", "Cargando…", "引用次数: 9", "papers: 9", "发文量", "求助全文",
        '{"title":"x","PeriodicalName":"x","ListUrlMain":"x","publicationDate":"x"}',
        "本文章由计算机程序翻译", "Machine translation of peer support", "a | b", "p < 0.05 & a<b", "]",
    ],
)  # fmt: skip
def test_text_that_looks_like_a_label_is_text(shape: str, line: str) -> None:
    """As a title, within an abstract, among references, in front of another page: nothing is forged."""
    work = PLAIN.model_copy(
        update={
            "title": line,
            "abstract": f"One of two.\n{line}\nTwo of two.",
            "publisher": "Wiley",
            "other_titles": (Title(text="同伴支持", language="zh", machine_translated=True, source="x"),),
            "other_abstracts": (Abstract(text="我们询问了同伴。", language="zh", machine_translated=True, source="x"),),
            "references": (
                Reference(source="x", position=1, text=line),
                Reference(source="x", position=2, title=line, author="Silva, A.", year=2011, venue="J"),
            ),
        }
    )
    first, second = records(readers()[READER[shape]], text_of(shape, work, work).encode())
    assert alike(first) == alike(second)
    assert (first.title, first.abstract) == (line, work.abstract)
    assert (first.doi, first.publisher) == (PLAIN.doi, "Wiley" if shape == "catalogue" else None)
    assert [one.name for one in first.authors or ()] == ["Ana Silva"]
    assert {one.value for one in first.counts} <= {0, 2}
    if shape == "citation-index":
        assert (first.references[0].position, first.references[0].text) == (1, line)
        assert (first.references[1].title, first.references[1].author) == (line, "Silva, A.")
    if shape == "booksci-page" and not is_chinese(line):
        assert [(one.text, one.machine_translated) for one in first.other_titles] == [("同伴支持", True)]
        assert [one.text for one in first.other_abstracts] == ["我们询问了同伴。"]


def test_scripts_in_an_abstract_are_text_in_html() -> None:
    """The one value that is HTML is escaped; nothing else is changed."""
    work = PLAIN.model_copy(update={"abstract": 'a <script>alert("x")</script> & <img src=x onerror=y>\nb'})
    record = json.loads(page(work, "booksci"))
    assert record["abstract"] == (
        '<p><p>a &lt;script&gt;alert("x")&lt;/script&gt; &amp; &lt;img src=x onerror=y&gt;</p><p>b</p>'
    )


@pytest.mark.parametrize("shape", SHAPES)
def test_three_thousand_authors_and_nobody(shape: str) -> None:
    assert [len(one.authors or ()) for one in read_back(READER[shape], text_of(shape, CROWD, PLAIN))] == [3_000, 1]
    nobody = PLAIN.model_copy(update={"authors": None})
    assert again(page(nobody, shape), shape).authors is None


@pytest.mark.parametrize("shape", SHAPES)
def test_a_work_that_is_only_cited_has_a_page_of_its_own_but_no_place_in_a_file(shape: str) -> None:
    known = Work(key="doi:10.1000/a", doi="10.1000/a")
    record = again(page(known, shape), shape)
    assert (record.doi, record.title, record.abstract, record.authors) == ("10.1000/a", None, None, None)
    assert record.references == ()
    assert text_of(shape, known) in ("", "[]\n")


def test_the_shapes_are_those_of_the_command_line() -> None:
    assert tuple(SHAPES) == CHOICES


# -- the portal ------------------------------------------------------------------------------------------------

PORTAL = PLAIN.model_copy(
    update={
        "type_as_given": "Clinical Trial",
        "is_retracted": True,
        "pmcid": "PMC77",
        "volume": "12",
        "first_page": "84",
        "last_page": "97",
        "open_access": OpenAccess(is_open=True, pdf_url="https://example.org/a.pdf"),
        "keywords": (Keyword(term="Medicine", kind="assigned"), Keyword(term="peers", kind="author")),
        "links": (
            Link(url="https://example.org/s2", kind="platform"),
            Link(url="https://example.org/a.png", kind="picture"),
        ),
        "other_identifiers": (Identifier("semanticscholar", "abc123"),),
        "subjects": (Subject(scheme="booksci-platform", code="Semanticscholar"),),
        "counts": (Count(kind="cited_by", value=17, source="x"), Count(kind="cited_by", value=9, source="y")),
        "venue_figures": tuple(
            VenueFigure(name=name, value=value, source="x")
            for name, value in {
                "booksci_periodical_id": "94051",
                "impact_factor": "4.5",
                "partition": "2",
                "partition_category": "医学",
                "jcr_quartile": "Q1",
                "booksci_score": "7.5",
                "self_citation_rate": "5.60%",
                "papers": "120",
            }.items()
        ),
        "other_titles": (Title(text="同伴有帮助", language="zh", source="x"),),
        "other_abstracts": (Abstract(text="我们询问了同伴。", language="zh-CN", source="x"),),
    }
)


def test_the_portal_has_a_key_for_these() -> None:
    """Each in its own type; a retracted work is marked in the words of PubMed, which readers know."""
    record = json.loads(page(PORTAL, "booksci"))
    assert {name: value for name, value in record.items() if value not in (None, "", 0, [])} == {
        "title": "Peers help",
        "authors": "Ana Silva",
        "doi": "10.1000/plain",
        "url": "https://example.org/s2",
        "PeriodicalId": 94051,
        "journal": {"name": "Journal of Peers", "volume": "12", "pages": "84-97"},
        "PeriodicalIF": 4.5,
        "publicationDate": "2020",
        "publicationTypes": "Clinical Trial; Retracted Publication",
        "fieldsOfStudy": ["Medicine"],
        "isOpenAccess": True,
        "openAccessPdf": "https://example.org/a.pdf",
        "citationCount": "17",
        "platform": "Semanticscholar",
        "paperid": "abc123",
        "PeriodicalName": "Journal of Peers",
        "ListUrlMain": "https://doi.org/10.1000/plain",
        "RegionNum": 2,
        "RegionCategory": "医学",
        "ArticlePicture": ["https://example.org/a.png"],
        "TitleCN": "同伴有帮助",
        "AbstractTextCN": "<p><p>我们询问了同伴。</p>",
        "PMCID": "PMC77",
        "JCR": "Q1",
        "Score": 7.5,
    }


def test_what_the_portal_holds_comes_back_from_its_page() -> None:
    """A page made of that record: figures, links, identifiers and Chinese texts are those that went in."""
    first = again(page(PORTAL, "booksci-page"), "booksci-page")
    second = again(page(merge([first]), "booksci-page"), "booksci-page")
    assert alike(second) == alike(first)
    assert {(one.name, one.value) for one in PORTAL.venue_figures} <= {
        (one.name, one.value) for one in first.venue_figures
    }
    assert first.is_retracted
    assert set(PORTAL.links) <= set(first.links)
    assert (first.other_identifiers, first.other_titles[0].machine_translated) == (PORTAL.other_identifiers, False)


# -- the citation index ----------------------------------------------------------------------------------------


def test_authors_point_to_their_addresses_by_number() -> None:
    """Institutions come first; an address of which nothing is known has no number."""
    work = PLAIN.model_copy(
        update={
            "authors": (
                Authorship(name="Ana Silva", given="Ana", family="Silva", affiliations=(0, 2)),
                Authorship(name="WHO [2]", is_organisation=True),
            ),
            "affiliations": (
                Affiliation(institution="Univ A", department="Dept B", country="NO"),
                Affiliation(),
                Affiliation(text="Univ C, Oslo, Norway"),
            ),
            "subjects": (
                Subject(scheme="clc", code="R749", label="精神病学"),
                Subject(scheme="clc", code="C916", label="社会工作", path=("社会学",)),
                Subject(scheme="discipline", code="1204"),
                Subject(scheme="clc", code="no code; [forged]", label="x"),
            ),
            "keywords": (
                Keyword(term="hope", kind="author"),
                Keyword(term="PTSD", kind="author"),
                Keyword(term="Job-satisfaction", kind="plus"),
                Keyword(term="Medicine", kind="assigned"),
            ),
        }
    )
    lines = page(work, "citation-index").splitlines()
    assert lines[3:16] == [
        "作者", "Silva, Ana [1 ,2 ]", "WHO (2),", "机构", "[1] Univ A, Dept B, NO", "[2] Univ C, Oslo, Norway",
        "关键词", "PTSD; hope; JOB-SATISFACTION;", "D O I", "10.1000/plain", "中图分类号",
        "R749 [精神病学]; C916 [社会学 > 社会工作];", "学科分类号",
    ]  # fmt: skip
    record = again("\n".join(lines), "citation-index")
    assert [one.affiliations for one in record.authors or ()] == [(0, 1), ()]
    assert [(one.term, one.kind) for one in record.keywords][-1] == ("JOB-SATISFACTION", "plus")
    assert [one.code for one in record.subjects] == ["R749", "C916", "1204"]


def test_references_are_printed_as_they_were_or_as_far_as_they_are_known() -> None:
    """In words as given; else in a layout of the page, from the reference itself or from the work it leads to."""
    known = PLAIN.model_copy(update={"key": "doi:10.1000/b", "doi": "10.1000/b", "aliases": ("openalex:W2",)})
    described = (
        Reference(source="crossref", position=3, text="[1] Smith J. Peers. 2011;20:392. doi:10.1000/c"),
        Reference(
            source="crossref", position=5, title="Peers", author="Silva, A.; Berg, B.", year=2011, venue="J",
            volume="2", issue="1", first_page="9", targets=(Identifier("doi", "10.1000/d"),),
        ),
        Reference(source="crossref", position=6, author="Mead", venue="Peers Inc", volume="7", first_page="4"),
        Reference(source="crossref", position=7, targets=(Identifier("openalex", "W2"),)),
        Reference(source="crossref", position=8, targets=(Identifier("doi", "10.1000/unknown"),)),
    )  # fmt: skip
    bare = tuple(Reference(source="openalex", position=n, targets=(Identifier("openalex", f"W{n}"),)) for n in range(9))
    text = page(PLAIN.model_copy(update={"references": (*bare, *described)}), "citation-index", cited=[known])
    listed = text.replace("\u2060", "").partition("相关论文\n")[2].splitlines()
    assert listed == [
        "共 5 条",
        "[3] \u00a0",
        "[1] Smith J. Peers. 2011;20:392. doi:10.1000/c",
        "[5] \u00a0 Peers [J].",
        "Silva, A. ;",
        "Berg, B. .",
        "J, 2011, 2 (1) :9",
        "DOI 10.1000/d",
        "[6] \u00a0",
        "Mead, Peers Inc, V7, P4",
        "[7] \u00a0",
        "Silva A, 2020, JOURNAL OF PEERS, DOI 10.1000/b",
        "[8] \u00a0",
        "[Anonymous], DOI 10.1000/unknown",
    ]
    read = again(text, "citation-index").references
    assert [one.position for one in read] == [3, 5, 6, 7, 8]
    assert [str(one.targets[0]) if one.targets else None for one in read] == [
        "doi:10.1000/c", "doi:10.1000/d", None, "doi:10.1000/b", "doi:10.1000/unknown",
    ]  # fmt: skip
    assert (read[1].author, read[1].venue, read[1].volume, read[1].first_page) == ("Silva, A.; Berg, B.", "J", "2", "9")


def test_keywords_plus_recur_in_the_titles_of_references_and_not_in_the_own_title() -> None:
    """Phrases first, then words by how many titles hold them; one title that two indexes give counts once."""
    titles = [
        "Job satisfaction of carers",
        "Job satisfaction and hope: peers",
        "Hope of carers in an outpatient service",
        "HOPE of carers in an outpatient service",
        "Peers and hope",
        "希望 同伴",
        "希望 同伴支持",
    ]
    assert keywords_plus("The peer", titles) == ["JOB SATISFACTION", "HOPE", "CARERS"]
    assert keywords_plus(None, titles[:1]) == []


def test_keywords_plus_of_a_file_are_those_of_the_graph() -> None:
    """Computed from the works cited, also where these come later in the file; those that a source gives stand."""
    cited = [
        PLAIN.model_copy(update={"key": f"doi:10.1000/z{n}", "title": title})
        for n, title in enumerate(["Job satisfaction here", "Job satisfaction there", "Nothing"])
    ]
    citations = tuple(Citation(PLAIN.key, one.key, ("crossref",)) for one in cited)
    text = text_of("citation-index", PLAIN, *cited, citations=citations)
    first = read_back("page:citation-index", text)[0]
    assert [(one.term, one.kind) for one in first.keywords] == [("JOB SATISFACTION", "plus")]
    assert text.startswith(page(PLAIN, "citation-index", cited=cited))
    own = PLAIN.model_copy(update={"keywords": (Keyword(term="HOPE", kind="plus"),)})
    assert "JOB" not in page(own, "citation-index", cited=cited)


# -- the catalogue ---------------------------------------------------------------------------------------------


def test_a_catalogue_shows_the_beginning_of_a_long_summary_and_every_address() -> None:
    """Cut behind a word within 300 characters; the addresses name the work in all its schemes, each once."""
    work = PLAIN.model_copy(
        update={
            "abstract": "Peers help. " * 40,
            "doi": "10.1016/0140-6736(93)(a)",
            "pmid": "33314538",
            "pmcid": "PMC8077122",
            "language": "es",
            "links": (
                Link(url="https://example.org/a", kind="landing"),
                Link(url="https://www.ncbi.nlm.nih.gov/pubmed/33314538", kind="landing"),
                Link(url="javascript:alert(1)", kind="landing"),
            ),
            "authors": (*(PLAIN.authors or ()), Authorship(name="Food and Drug Administration", is_organisation=True)),
        }
    )
    lines = page(work, "catalogue").splitlines()
    assert lines[2] == ("Peers help. " * 25).strip() + "..."
    assert lines[3] == "Autores principales: | Silva, Ana; Food and Drug Administration,; |"
    assert lines[5:7] == ["Formato: | Online Artículo Texto |", "Lenguaje: | Spanish |"]
    record = again("\n".join(lines), "catalogue")
    assert (record.doi, record.pmid, record.pmcid, record.language) == (work.doi, work.pmid, work.pmcid, "es")
    assert [person(one) for one in record.authors or ()] == [person(one) for one in work.authors or ()]
    assert [link.url for link in record.links][-1] == "https://example.org/a"
    assert "javascript" not in "\n".join(lines)
