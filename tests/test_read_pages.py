"""Pages pasted from the web: the three seed pages in full, and pages of their kinds with other things on them."""

import io
import json
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.errors import InputError
from harvester.formats.pages import READERS
from harvester.formats.pages.citation_index import address
from harvester.formats.reading import Fragment, Reader
from harvester.model import Record, Skip

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
BOOKSCI, CITATION_INDEX, CATALOGUE = READERS


def seed(beginning: str) -> str:
    found = sorted((SHARED / "seeds").glob(f"{beginning}_*.txt"))
    if not found:
        pytest.skip("the seed pages are not beside the repository (HARVESTER_SHARED)")
    return found[0].read_text(encoding="utf-8")


def fragments(text: str, reader: Reader) -> list[Fragment]:
    data = text.encode()
    assert [each.name for each in READERS if each.recognises(data[: 1 << 16])] == [reader.name]
    return list(reader.split(io.BytesIO(data)))


def the_record(text: str, reader: Reader) -> Record:
    (fragment,) = fragments(text, reader)
    found = reader.record(fragment.text, reader.name)
    assert isinstance(found, Record), found
    return found


# -- booksci ---------------------------------------------------------------------------------------------------

PORTAL = {
    "title": "Peers <i>help</i>: a study.",
    "authors": "Ana Silva,\u00a0Bo van der Berg",
    "doi": "10.1000/ABC",
    "DOIUrl": None,
    "url": None,
    "abstract": '<p><p>We asked "peers".</p>',
    "PeriodicalId": 94051,
    "journal": {"name": "J Peers", "volume": "12", "pages": "84-97"},
    "PeriodicalIF": 4.5,
    "publicationDate": "2024-05-20",
    "publicationTypes": "Review",
    "fieldsOfStudy": ["Medicine"],
    "isOpenAccess": True,
    "openAccessPdf": "https://example.org/a.pdf",
    "citationCount": "17",
    "platform": "Semanticscholar",
    "paperid": "abc123",
    "PeriodicalName": "Journal of Peers",
    "FirstCategoryId": "1085",
    "ListUrlMain": "https://doi.org/10.1000/abc",
    "RegionNum": 2,
    "TitleCN": None,
    "AbstractTextCN": None,
    "PMCID": "PMC77",
    "EPubDate": "2024-04-01",
    "JCR": "Q1",
    "JCRName": "NURSING",
    "Score": None,
    "Total": 3,
}


def portal(**changes: object) -> str:
    return (
        "Peers help: a study.\n\nAna Silva,\u00a0Bo van der Berg\n"
        + json.dumps(PORTAL | changes, ensure_ascii=False, separators=(",", ":"))
        + '\n引用次数: 17\n\nAbstract\n\nWe asked "peers".\n\n同伴有帮助:一项研究。\n我们询问了同伴。\n'
        "本文章由计算机程序翻译,如有差异,请以英文原文为准。\n求助全文\n来源期刊\n自引率\n5.60%\n发文量\n120\n"
        "引用\nGB/T 7714-2015\n复制\nCopyright © 2023 布克学术 booksci.cn\n"
    )


def test_the_seed_of_the_portal_is_whole() -> None:
    """Every fact of the first seed page is in its record."""
    work = the_record(seed("000"), BOOKSCI)
    assert (work.source, work.doi, work.type_as_given) == ("page:booksci", "10.1111/inm.13349", "Journal Article")
    assert work.title is not None
    assert work.title.startswith("Non-peer professionals' understanding of recovery")
    assert [one.name for one in work.authors or ()][4] == "Malene Østergaard Terp"
    assert len(work.authors or ()) == 8
    assert work.abstract is not None
    assert 'process of "getting better" and balancing' in work.abstract
    assert work.abstract_as_given is not None
    assert work.abstract_as_given.startswith("<p><p>")
    (title,) = work.other_titles
    (abstract,) = work.other_abstracts
    assert (title.language, title.machine_translated) == ("zh", True)
    assert title.text.startswith("北丹麦地区")
    assert (abstract.language, abstract.machine_translated) == ("zh", True)
    assert abstract.text.startswith("同伴互助")
    assert abstract.text.endswith("做好准备的重要性。")
    assert work.venue is not None
    assert work.venue.name == "International journal of mental health nursing"
    assert work.date == "2024-05-20"
    assert work.open_access is not None
    assert work.open_access.is_open is False
    assert {(one.name, one.value) for one in work.venue_figures} == {
        ("booksci_periodical_id", "94051"),
        ("impact_factor", "0.0000"),
        ("partition", "0"),
        ("booksci_total", "0"),
        ("self_citation_rate", "0.00%"),
        ("papers", "0"),
    }
    assert [(one.scheme, one.code) for one in work.subjects] == [
        ("booksci-category", "1085"),
        ("booksci-platform", "Semanticscholar"),
    ]
    assert [(one.kind, one.value) for one in work.counts] == [("cited_by", 0)]
    assert [link.url for link in work.links] == ["https://doi.org/10.1111/inm.13349"]


def test_another_page_of_the_portal() -> None:
    """Other values are read from the same keys, markup and no-break spaces included."""
    work = the_record(portal(), BOOKSCI)
    assert (work.title, work.type, work.pmcid) == ("Peers help: a study.", "review", "PMC77")
    assert [(one.given, one.family) for one in work.authors or ()] == [("Ana", "Silva"), ("Bo", "van der Berg")]
    assert (work.volume, work.first_page, work.last_page) == ("12", "84", "97")
    assert work.open_access is not None
    assert (work.open_access.is_open, work.open_access.pdf_url) == (True, "https://example.org/a.pdf")
    assert ("online", "2024-04-01") in {(one.kind, one.date) for one in work.events}
    assert {one.name: one.value for one in work.venue_figures} == {
        "booksci_periodical_id": "94051",
        "impact_factor": "4.5",
        "partition": "2",
        "jcr_quartile": "Q1",
        "jcr_category": "NURSING",
        "booksci_total": "3",
        "self_citation_rate": "5.60%",
        "papers": "120",
    }
    assert [str(one) for one in work.other_identifiers] == ["semanticscholar:abc123"]
    assert [(one.term, one.kind) for one in work.keywords] == [("Medicine", "assigned")]
    assert [one.text for one in work.other_titles] == ["同伴有帮助:一项研究。"]
    assert [one.text for one in work.other_abstracts] == ["我们询问了同伴。"]


def test_the_chinese_texts_may_stand_in_the_record() -> None:
    """Given there, they win; without the note of the machine they are nobody's translation by machine."""
    text = portal(TitleCN="标题", AbstractTextCN="摘要文本。").replace(
        "本文章由计算机程序翻译,如有差异,请以英文原文为准。\n", ""
    )
    work = the_record(text, BOOKSCI)
    assert [(one.text, one.machine_translated) for one in work.other_titles] == [("标题", False)]
    assert [one.text for one in work.other_abstracts] == ["摘要文本。"]


def test_a_broken_record_is_read_as_far_as_it_goes() -> None:
    """The JSON cut in the middle gives its keys up to there, and the page around it the rest."""
    text = portal()
    place = text.index('"publicationTypes"')
    work = the_record(text[:place] + "\n" + text[text.index("引用次数") :], BOOKSCI)
    assert (work.doi, work.date, work.title) == ("10.1000/abc", "2024-05-20", "Peers help: a study.")
    assert [(one.kind, one.value) for one in work.counts] == [("cited_by", 17)]
    assert work.venue is not None
    assert (work.venue.name, work.volume) == ("J Peers", "12")
    bare = "\n".join(line for line in text.splitlines() if not line.startswith("{"))
    work = the_record(bare, BOOKSCI)
    assert work.title == "Peers help: a study."
    assert [one.family for one in work.authors or ()] == ["Silva", "van der Berg"]
    assert work.abstract == 'We asked "peers".'


def test_pages_in_one_file_are_cut_at_their_titles() -> None:
    """Two pages pasted below each other are two records."""
    found = fragments(
        portal()
        + "\n"
        + portal(title="Peers help more.", doi="10.1000/d").replace("Peers help: a study.", "Peers help more."),
        BOOKSCI,
    )
    works = [BOOKSCI.record(fragment.text, "page") for fragment in found]
    assert [one.doi for one in works if isinstance(one, Record)] == ["10.1000/abc", "10.1000/d"]
    assert all(fragment.text.startswith("Peers help") for fragment in found)


def test_a_list_of_records_is_taken_apart() -> None:
    """As JSON, a record on each line; what is read of one is the same wherever it stood."""
    lines = [json.dumps(PORTAL | {"doi": doi}) for doi in ("10.1000/a", "10.1000/b")]
    found = fragments("[\n" + ",\n".join(lines) + "\n]\n", BOOKSCI)
    assert found == [Fragment(2, lines[0]), Fragment(3, lines[1])]


def test_the_note_of_the_machine_is_about_what_is_printed_above_it() -> None:
    """A title in the record that is another than the one printed is somebody's; an abstract about machines no note."""
    work = the_record(portal(TitleCN="标题"), BOOKSCI)
    assert [(one.text, one.machine_translated) for one in work.other_titles] == [("标题", False)]
    assert [one.machine_translated for one in work.other_abstracts] == [True]
    about = "Machine translation of what peers say. " * 10
    text = portal(abstract=about).replace('We asked "peers".\n\n', about + "\n\n")
    work = the_record(text.replace("本文章由计算机程序翻译,如有差异,请以英文原文为准。\n", ""), BOOKSCI)
    assert [one.machine_translated for one in work.other_titles] == [False]


# -- citation index --------------------------------------------------------------------------------------------

INDEX = """Peers help: a study

被引:1,204
作者
Silva, Ana [1 ,2 ]
Berg, Bo [3 ]
Reis, C.
机构
[1] Monash Univ, Dept Social Work, Melbourne, Vic, Australia
[3] Yale Univ, New Haven, CT 06520 USA
[2] WHO
关键词
peers; PTSD; LIVED EXPERIENCE; HOPE;
D O I
10.1000/ABC
中图分类号
R749 [精神病学]; C916 [社会学 > 社会工作];
学科分类号
1204 ; 030305 ;
摘要
Purpose: To ask. Results: Some.
引用
收藏
页码:105 / 112
页数:8
相关论文
共 1,067 条
[1]
[Anonymous], 2013, A guide, for all
[2]
Anthony W., 1993, Psychosocial Rehabilitation Journal, V16, P11, DOI [DOI 10.1037/H0095655, 10.1037/h0095655]
[3]   Peers in the Vietnam War: 1955-1975 [J].
Barr, Karlen R. ;
Grenyer, Brin F. S. .
J PEERS, CHINA, 2020, 7 (01) :136-143
[4]   Whole Books [M].
Bauer, Annette .
SAGE, 2019
[11]
Bryman A., 2008, Social research methods, V3rd ed.
"""


def test_the_seed_of_the_citation_index_is_whole() -> None:
    """Every fact of the second seed page is in its record: 67 references listed, 10 given, all parsed."""
    work = the_record(seed("001"), CITATION_INDEX)
    assert work.doi == "10.1080/26408066.2022.2118006"
    assert (work.first_page, work.last_page, work.page_count) == ("84", "97", 14)
    assert [(one.name, one.affiliations) for one in work.authors or ()] == [
        ("Janice Chisholm", (0, 1)),
        ("Melissa Petrakis", (0, 2)),
    ]
    first = work.affiliations[0]
    assert (first.institution, first.city, first.state, first.country) == (
        "Monash Univ",
        "Melbourne",
        "Vic",
        "Australia",
    )
    assert first.department == "Dept Social Work, Fac Med Nursing & Hlth Sci"
    assert [one.kind for one in work.keywords] == ["author"] * 5 + ["plus"] * 10
    assert [(one.scheme, one.code, one.label) for one in work.subjects] == [
        ("clc", "C916", "社会工作、社会管理、社会规划"),
        ("discipline", "1204", None),
    ]
    assert [part.label for part in work.abstract_sections] == [
        "Purpose",
        "Method",
        "Results",
        "Discussion",
        "Conclusions",
    ]
    assert [(one.kind, one.value) for one in work.counts] == [("cited_by", 6), ("references", 67)]
    assert [one.position for one in work.references] == list(range(1, 11))
    assert [one.year for one in work.references] == [2013, 2013, 2013, 1993, 2020, 2019, 2015, 2015, 2008, 2018]
    assert [one.volume for one in work.references] == [None, None, None, "16", "7", "65", "20", "45", None, "15"]
    assert [one.first_page for one in work.references] == [None, None, None, "11", None, "136", "232", "98", None, None]
    assert [str(one) for one in work.references[3].targets] == ["doi:10.1037/h0095655"]
    assert work.references[4].author == "Barr, Karlen R.; Townsend, Michelle L.; Grenyer, Brin F. S."
    assert (work.references[8].title, work.references[8].edition) == ("Social research methods", "3rd ed.")
    assert all(one.text and (one.title or one.venue) for one in work.references)


def test_another_page_of_the_citation_index() -> None:
    """Numbers of addresses need be in no order, authors need none, and references have the numbers of the page."""
    work = the_record(INDEX, CITATION_INDEX)
    assert [(one.family, one.affiliations) for one in work.authors or ()] == [
        ("Silva", (0, 2)),
        ("Berg", (1,)),
        ("Reis", ()),
    ]
    assert (work.affiliations[1].city, work.affiliations[1].state, work.affiliations[1].country) == (
        "New Haven",
        "CT",
        "USA",
    )
    assert [(one.term, one.kind) for one in work.keywords][:2] == [("peers", "author"), ("PTSD", "plus")]
    assert [(one.code, one.label, one.path) for one in work.subjects] == [
        ("R749", "精神病学", ()),
        ("C916", "社会工作", ("社会学",)),
        ("1204", None, ()),
        ("030305", None, ()),
    ]
    assert [(one.kind, one.value) for one in work.counts] == [("cited_by", 1204), ("references", 1067)]
    assert [one.position for one in work.references] == [1, 2, 3, 4, 11]
    assert [one.title for one in work.references] == [
        "A guide, for all",
        None,
        "Peers in the Vietnam War: 1955-1975",
        "Whole Books",
        "Social research methods",
    ]
    third = work.references[2]
    assert (third.author, third.venue, third.year) == ("Barr, Karlen R.; Grenyer, Brin F. S.", "J PEERS, CHINA", 2020)
    assert (third.volume, third.issue, third.first_page) == ("7", "01", "136")
    assert (work.references[3].author, work.references[3].year) == ("Bauer, Annette", 2019)


def test_labels_may_be_in_english_and_in_another_order() -> None:
    """The interface has two languages; a missing label is a missing fact and no mistake."""
    text = (
        "Peers help\n\nTimes cited: 6\nDOI: 10.1000/abc\nKeywords: peers; hope\nAuthors\nSilva, Ana [1]\n"
        "Affiliations\n[1] Univ A, Oslo, Norway\nPages: 84 / 97\nReferences\n67 references\n[1]\nA B, 1993, J, V1, P2\n"
    )
    work = the_record(text, CITATION_INDEX)
    assert (work.title, work.doi, work.first_page, work.last_page) == ("Peers help", "10.1000/abc", "84", "97")
    assert [(one.kind, one.value) for one in work.counts] == [("cited_by", 6), ("references", 67)]
    assert [(one.family, one.affiliations) for one in work.authors or ()] == [("Silva", (0,))]
    assert [one.year for one in work.references] == [1993]
    assert work.abstract is None


@pytest.mark.parametrize(
    ("text", "city", "state", "country"),
    [
        ("Univ A, Sao Paulo, SP, Brazil", "Sao Paulo", "SP", "Brazil"),
        ("Peking Univ, Sch Nursing, Beijing 100191, Peoples R China", "Beijing 100191", None, "Peoples R China"),
        ("Kings Coll London, London, England", "London", None, "England"),
        ("Harvard Univ, Boston, MA USA", "Boston", "MA", "USA"),
        ("WHO, Switzerland", None, None, "Switzerland"),
        ("WHO", None, None, None),
    ],
)
def test_addresses_come_apart(text: str, city: str | None, state: str | None, country: str | None) -> None:
    """City, state and country from the right; what is left between is the department."""
    found = address(text)
    assert (found.city, found.state, found.country) == (city, state, country)
    assert found.text == text


# -- catalogue -------------------------------------------------------------------------------------------------

ROWS = {
    "es": ("Autores principales", "Formato", "Lenguaje", "Publicado", "Materias", "Acceso en línea", "Sumario"),
    "en": ("Main Authors", "Format", "Language", "Published", "Subjects", "Online Access", "Summary"),
    "de": ("Hauptverfasser", "Format", "Sprache", "Veröffentlicht", "Schlagworte", "Online-Zugang", "Zusammenfassung"),
    "fr": ("Auteurs principaux", "Format", "Langue", "Publié", "Sujets", "Accès en ligne", "Résumé"),
    "pt": ("Principais autores", "Formato", "Idioma", "Publicado em", "Assuntos", "Acesso em linha", "Resumo"),
    "zh": ("主要作者", "格式", "语言", "出版", "主题", "在线阅读", "总结"),
}


def catalogue(labels: tuple[str, ...], *, authors: str = "Silva, Ana, Berg, Bo", title: str = "Peers help") -> str:
    names, form, language, published, subjects, access, summary = labels
    return (
        f"Loading…\n{title}\nBACKGROUND: We asked whether peers help those who ask them...\n"
        f"{names}: | {authors} |\n---|---|\n"
        f"{form}: | Online Artículo Texto |\n{language}: | German |\n{published}: |\n"
        "John Wiley and Sons Inc.\n2020\n|\n"
        f"{subjects}: | Recovery; Hope |\n{access}: | https://www.ncbi.nlm.nih.gov/pmc/articles/PMC8077122/"
        " https://www.ncbi.nlm.nih.gov/pubmed/33314538 http://dx.doi.org/10.1111/HEX.13151 |\n"
        f"{summary}: | BACKGROUND: We asked. RESULTS: Some, affect‐focused. |\n---|\n"
    )


def test_the_seed_of_the_catalogue_is_whole() -> None:
    """Every fact of the third seed page is in its record; the authors, of which a comma is left, are not given."""
    work = the_record(seed("002"), CATALOGUE)
    assert (work.doi, work.pmid, work.pmcid) == ("10.1111/hex.13151", "33314538", "PMC8077122")
    assert work.title is not None
    assert work.title.startswith("More ‘milk’ than ‘psychology or tablets’")
    assert work.authors is None
    assert (work.language, work.year, work.publisher, work.type) == ("en", 2020, "John Wiley and Sons Inc.", "article")
    assert work.type_as_given == "Online Artículo Texto"
    assert [part.label for part in work.abstract_sections] == [
        "BACKGROUND",
        "OBJECTIVES",
        "DESIGN",
        "RESULTS",
        "CONCLUSIONS",
        "PATIENT OR PUBLIC CONTRIBUTION",
    ]
    assert "affect‐focused" in work.abstract_sections[3].text
    assert work.venue is None
    assert len(work.links) == 3


@pytest.mark.parametrize("language", ROWS)
def test_the_interface_speaks_many_languages(language: str) -> None:
    """The same facts under the labels of each, and the language of the work is that of the work."""
    work = the_record(catalogue(ROWS[language]), CATALOGUE)
    assert (work.title, work.year, work.publisher, work.language) == (
        "Peers help",
        2020,
        "John Wiley and Sons Inc.",
        "de",
    )
    assert (work.doi, work.pmid, work.pmcid) == ("10.1111/hex.13151", "33314538", "PMC8077122")
    assert [one.family for one in work.authors or ()] == ["Silva", "Berg"]
    assert [one.term for one in work.keywords] == ["Recovery", "Hope"]
    assert [part.label for part in work.abstract_sections] == ["BACKGROUND", "RESULTS"]


def test_catalogue_pages_in_one_file_are_cut_at_their_tables() -> None:
    """Two records pasted below each other are two."""
    found = fragments(catalogue(ROWS["en"]) + "\n" + catalogue(ROWS["en"], title="Second", authors=", "), CATALOGUE)
    works = [CATALOGUE.record(fragment.text, "page") for fragment in found]
    assert [(one.title, one.authors is None) for one in works if isinstance(one, Record)] == [
        ("Peers help", False),
        ("Second", True),
    ]


# -- all -------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("reader", READERS, ids=lambda reader: str(reader.name))
def test_other_text_is_no_page(reader: Reader) -> None:
    """A list of DOIs, RIS, a table and nothing are of none of these kinds."""
    for text in (
        "",
        "10.1000/a\n10.1000/b\n",
        "TY  - JOUR\nTI  - A\nER  - \n",
        "Title,DOI\nA,10.1000/a\n",
        "作者\n关键词\n",
    ):
        assert not reader.recognises(text.encode())
    with pytest.raises(InputError):
        list(reader.split(io.BytesIO(b"\x00\x01\x02\x03")))


@pytest.mark.parametrize("number", range(3))
@given(st.data())
def test_no_damage_stops_a_reader(number: int, data: st.DataObject) -> None:
    """Lines lost, doubled or changed give a record or a reason, never a failure."""
    reader, text = READERS[number], (portal(), INDEX, catalogue(ROWS["es"]))[number]
    lines = text.splitlines()
    chosen = data.draw(st.lists(st.sampled_from(lines), max_size=len(lines)))
    place = data.draw(st.integers(min_value=0, max_value=len(text)))
    for damaged in ("\n".join(chosen), text[:place] + data.draw(st.text(max_size=10)) + text[place:]):
        assert isinstance(reader.record(damaged, "page"), Record | Skip)
