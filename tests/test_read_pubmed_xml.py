"""PubMed XML: what a record says, in the places that the DTD gives it, and in files that are broken."""

import io
import lzma
import os
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.formats.elements import XMLError, cut, parsed
from harvester.formats.pubmed_xml import READER, record
from harvester.formats.reading import Fragment
from harvester.model import Record, Skip

SHARED = Path(os.environ.get("HARVESTER_SHARED") or Path(__file__).parents[1].parent / "shared")
BATCH = SHARED / "data" / "imports" / "pubmed_biopsychosocial_batch_1600.xml.xz"

ARTICLE = """
<PubmedArticle><MedlineCitation Status="MEDLINE"><PMID Version="1">0031</PMID>
<DateRevised><Year>2021</Year><Month>02</Month><Day>03</Day></DateRevised>
<Article PubModel="Print-Electronic"><Journal><ISSN IssnType="Electronic">1447-0349</ISSN><JournalIssue>
<Volume>24</Volume>
<Issue>4</Issue><PubDate><Year>2019</Year><Month>Aug</Month></PubDate></JournalIssue><Title>Peers &amp; Help</Title>
<ISOAbbreviation>Peers Help</ISOAbbreviation></Journal>
<ArticleTitle>[Growth of <i>E. coli</i> &amp; peers: R&D.]</ArticleTitle>
<Pagination><StartPage>132</StartPage><EndPage>142</EndPage><MedlinePgn>132-42</MedlinePgn></Pagination>
<ELocationID EIdType="doi" ValidYN="N">10.1000/WRONG</ELocationID>
<ELocationID EIdType="doi" ValidYN="Y">10.1000/RIGHT</ELocationID>
<Abstract><AbstractText Label="AIMS">To <b>ask</b>, p &lt; 0.05.</AbstractText>
<AbstractText Label="RESULTS">Some.</AbstractText></Abstract>
<AuthorList CompleteYN="N"><Author ValidYN="Y"><LastName>van der Berg</LastName><ForeName>Ana B</ForeName>
<Suffix>Jr</Suffix>
<Identifier Source="ORCID">http://orcid.org/0000-0002-1825-0097</Identifier>
<AffiliationInfo><Affiliation>Univ A.</Affiliation></AffiliationInfo><AffiliationInfo>
<Affiliation>Univ B.</Affiliation></AffiliationInfo></Author>
<Author ValidYN="N"><LastName>Ries</LastName><ForeName>C</ForeName></Author>
<Author ValidYN="Y"><LastName>Reis</LastName><Initials>C</Initials><AffiliationInfo>
<Affiliation>Univ B.</Affiliation></AffiliationInfo></Author>
<Author><CollectiveName>Peer Study Group</CollectiveName></Author></AuthorList>
<Language>ger</Language><GrantList><Grant><GrantID>G1</GrantID><Agency>NIMH</Agency></Grant><Grant>
<GrantID>G2</GrantID><Agency>NIMH</Agency></Grant></GrantList>
<PublicationTypeList><PublicationType>Journal Article</PublicationType>
<PublicationType>Retracted Publication</PublicationType></PublicationTypeList>
<VernacularTitle>Wachstum.</VernacularTitle><ArticleDate DateType="Electronic"><Year>2019</Year><Month>04</Month>
<Day>05</Day></ArticleDate></Article>
<MedlineJournalInfo><Country>Germany</Country><ISSNLinking>1445-8330</ISSNLinking></MedlineJournalInfo>
<CommentsCorrectionsList>
<CommentsCorrections RefType="RetractionIn">
<RefSource>Lancet. 2010 Feb 6;375(9713):445. doi: 10.1000/notice</RefSource><PMID>55</PMID></CommentsCorrections>
<CommentsCorrections RefType="CommentIn"><RefSource>Lancet. 2011</RefSource><PMID>56</PMID></CommentsCorrections>
</CommentsCorrectionsList>
<MeshHeadingList><MeshHeading><DescriptorName UI="D1">Pain</DescriptorName>
<QualifierName UI="Q1">therapy</QualifierName></MeshHeading></MeshHeadingList>
<OtherAbstract Language="ger"><AbstractText>Wir fragten.</AbstractText></OtherAbstract>
<KeywordList Owner="NOTNLM"><Keyword>peer support</Keyword></KeywordList><KeywordList Owner="NASA">
<Keyword>space</Keyword></KeywordList></MedlineCitation>
<PubmedData><ArticleIdList><ArticleId IdType="pmc">PMC0077</ArticleId><ArticleId IdType="pii">S1</ArticleId>
</ArticleIdList>
<ReferenceList><Title>References</Title><Reference><Citation>Hales CM. Trends. JAMA 2018; 319: 1.</Citation>
<ArticleIdList>
<ArticleId IdType="pubmed">29570750</ArticleId><ArticleId IdType="doi">10.1000/REF</ArticleId></ArticleIdList>
</Reference>
<ReferenceList><Reference><Citation>Second, doi:10.1000/b</Citation></Reference></ReferenceList></ReferenceList>
</PubmedData></PubmedArticle>
"""

BOOK = """
<PubmedBookArticle><BookDocument><PMID>9</PMID><ArticleIdList><ArticleId IdType="bookaccession">NBK22</ArticleId>
</ArticleIdList>
<Book><Publisher><PublisherName>BIOS</PublisherName><PublisherLocation>Oxford</PublisherLocation></Publisher>
<BookTitle book="e">Endocrinology</BookTitle><PubDate><Year>2001</Year></PubDate>
<AuthorList Type="authors"><Author><LastName>Nussey</LastName><ForeName>S</ForeName></Author></AuthorList>
<AuthorList Type="editors"><Author><LastName>Stroud</LastName><ForeName>C</ForeName></Author></AuthorList>
<CollectionTitle>Collected</CollectionTitle><Isbn>0306406152</Isbn></Book>{part}</BookDocument></PubmedBookArticle>
"""


def the_record(text: str) -> Record:
    found = record(text, "pubmed")
    assert isinstance(found, Record), found
    return found


def fragments(data: bytes) -> list[Fragment]:
    return list(READER.split(io.BytesIO(data)))


def test_every_field_of_an_article_has_its_place() -> None:
    """Identifiers, title, people, dates, place, indexing, notices: each where the model keeps it."""
    work = the_record(ARTICLE)
    assert (work.pmid, work.doi, work.pmcid) == ("31", "10.1000/right", "PMC77")
    assert [str(one) for one in work.other_identifiers] == ["pii:S1"]
    assert work.title == "Growth of E. coli & peers: R&D"
    assert [(one.text, one.language) for one in work.other_titles] == [("Wachstum", "de")]
    assert work.abstract == "AIMS: To ask, p < 0.05.\nRESULTS: Some."
    assert [(part.label, part.text) for part in work.abstract_sections] == [
        ("AIMS", "To ask, p < 0.05."),
        ("RESULTS", "Some."),
    ]
    assert [(one.text, one.language) for one in work.other_abstracts] == [("Wir fragten.", "de")]
    assert work.updated == "2021-02-03"
    assert (work.year, work.date) == (2019, "2019-08")
    assert {(event.kind, event.date) for event in work.events} == {("print", "2019-08"), ("online", "2019-04-05")}
    assert work.venue is not None
    assert (work.venue.name, work.venue.short_name, work.venue.issn_l) == ("Peers & Help", "Peers Help", "1445-8330")
    assert work.venue.issns == ("1447-0349", "1445-8330")
    assert (work.volume, work.issue, work.first_page, work.last_page) == ("24", "4", "132", "142")
    assert [(one.name, one.awards) for one in work.funders] == [("NIMH", ("G1", "G2"))]
    assert [(one.term, one.kind) for one in work.keywords] == [("peer support", "author"), ("space", "assigned")]
    assert [(one.code, one.label) for one in work.subjects] == [("D1/Q1", "Pain/therapy")]
    assert (work.language, work.publisher_location) == ("de", "Germany")


def test_authors_keep_their_parts_and_point_to_their_addresses() -> None:
    """A misspelt name that NLM corrected comes once, an address that two share is one, a group is an organisation."""
    work = the_record(ARTICLE)
    assert work.authors is not None
    assert [one.name for one in work.authors] == ["Ana B van der Berg Jr", "C Reis", "Peer Study Group"]
    assert (work.authors[0].family, work.authors[0].suffix) == ("van der Berg", "Jr")
    assert work.authors[0].orcid == "0000-0002-1825-0097"
    assert [one.affiliations for one in work.authors] == [(0, 1), (1,), ()]
    assert [one.text for one in work.affiliations] == ["Univ A.", "Univ B."]
    assert work.authors[2].is_organisation
    assert not work.authors_complete


def test_a_retraction_comes_with_its_notice() -> None:
    """The notice is linked, dated by its citation and not by the volume behind it; a comment is a relation."""
    work = the_record(ARTICLE)
    assert work.is_retracted
    (notice,) = work.updates
    assert (notice.direction, notice.type, notice.doi) == ("updated_by", "retraction", "10.1000/notice")
    assert (notice.date, notice.record_id) == ("2010-02-06", "pmid:55")
    assert [(one.kind, str(one.target)) for one in work.relations] == [("has_comment", "pmid:56")]


def test_reference_lists_within_reference_lists_are_one_list() -> None:
    """Positions count through; every identifier is a target, the DOI first, those in the text too."""
    work = the_record(ARTICLE)
    assert [one.position for one in work.references] == [1, 2]
    assert [str(target) for target in work.references[0].targets] == ["doi:10.1000/ref", "pmid:29570750"]
    assert work.references[0].year == 2018
    assert [str(target) for target in work.references[1].targets] == ["doi:10.1000/b"]


def test_a_book_is_the_work_or_the_venue_of_its_part() -> None:
    """The ISBN and the title belong to the book: to the record where it is the book, else to its venue."""
    book = the_record(BOOK.format(part=""))
    assert (book.type, book.title, book.publisher) == ("book", "Endocrinology", "BIOS")
    assert [str(one) for one in book.other_identifiers] == ["bookaccession:NBK22", "isbn:9780306406157"]
    assert [one.family for one in book.authors or ()] == ["Nussey"]
    assert [one.family for one in book.editors] == ["Stroud"]
    part = the_record(BOOK.format(part="<ArticleTitle>Thyroid</ArticleTitle>"))
    assert (part.type, part.title) == ("book-chapter", "Thyroid")
    assert part.venue is not None
    assert (part.venue.name, part.venue.series, part.venue.isbns) == ("Endocrinology", "Collected", ("9780306406157",))


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ("<Year>2019</Year><Season>Jul-Aug</Season>", "2019-07"),
        ("<Year>2019</Year><Season>Spring</Season>", "2019"),
        ("<MedlineDate>1998 Dec-1999 Jan</MedlineDate>", "1998-12"),
        ("<Year>2019</Year><Month>02</Month><Day>31</Day>", "2019-02"),
    ],
)
def test_dates_in_words_are_dates(given: str, expected: str) -> None:
    """Seasons, ranges and impossible days give as much of a date as is sure."""
    head = "<PubmedArticle><MedlineCitation><Article><Journal><JournalIssue><PubDate>"
    tail = "</PubDate></JournalIssue></Journal></Article></MedlineCitation></PubmedArticle>"
    assert the_record(head + given + tail).date == expected


def test_a_broken_record_costs_no_other() -> None:
    """One whose end is missing is reported, the ones around it come in, and so does the last of a file cut off."""
    whole = "<PubmedArticle><MedlineCitation><PMID>{}</PMID></MedlineCitation></PubmedArticle>\n"
    broken = "<PubmedArticle><MedlineCitation><PMID>2</PMID>\n"
    data = ("<PubmedArticleSet>\n" + whole.format(1) + broken + whole.format(3) + broken).encode()
    found = [READER.record(fragment.text, "pubmed") for fragment in fragments(data)]
    assert [one.pmid if isinstance(one, Record) else one.reason for one in found] == [
        "1",
        "not well formed",
        "3",
        "not well formed",
    ]
    assert [fragment.line for fragment in fragments(data)] == [2, 3, 4, 5]


def test_an_entity_bomb_is_not_even_expressible() -> None:
    """Entities of a document type never reach a record, and a record with one of its own is refused."""
    bomb = b"""<?xml version="1.0"?><!DOCTYPE PubmedArticleSet [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;">
    <!ENTITY x SYSTEM "file:///etc/hostname">]><PubmedArticleSet><PubmedArticle><MedlineCitation><PMID>1</PMID><Article>
    <ArticleTitle>&b; &x; caf&eacute;</ArticleTitle></Article></MedlineCitation></PubmedArticle></PubmedArticleSet>"""
    assert READER.recognises(bomb)
    (fragment,) = fragments(bomb)
    assert the_record(fragment.text).title == "&b; &x; café"
    with pytest.raises(XMLError, match="document type"):
        parsed('<!DOCTYPE a [<!ENTITY b "c">]><a>&b;</a>')


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252", "iso-8859-1"])
def test_encodings_are_told_from_what_is_there(encoding: str) -> None:
    """A declaration that lies, as most do that were saved again, changes nothing."""
    declared = '<?xml version="1.0" encoding="utf-8"?>'
    text = f"{declared}<PubmedArticleSet>{ARTICLE.replace('Reis', 'Müller')}</PubmedArticleSet>"
    (fragment,) = fragments(text.encode(encoding))
    assert READER.recognises(text.encode(encoding))
    assert (the_record(fragment.text).authors or ())[1].family == "Müller"


def test_comments_and_cdata_hold_no_records() -> None:
    """What looks like a record inside them is text; one that never ends is an arrow in a text, and hides nothing."""
    text = b"<r><!-- <record>1</record> --><record><![CDATA[ </record> ]]>2</record><record/><!-- <record>3</record>"
    assert [fragment.text for fragment in cut(io.BytesIO(text), "record")] == [
        "<record><![CDATA[ </record> ]]>2</record>",
        "<record/>",
        "<record>3</record>",
    ]


def test_depth_is_bounded() -> None:
    """A record of a thousand elements within each other is reported."""
    found = record("<PubmedArticle>" + "<a>" * 1_000 + "</a>" * 1_000 + "</PubmedArticle>", "pubmed")
    assert isinstance(found, Skip)
    assert "deep" in found.detail


@given(st.integers(min_value=0, max_value=len(ARTICLE)), st.text(max_size=20))
def test_no_damage_stops_the_reader(place: int, damage: str) -> None:
    """Whatever is put into a record, it is a record or a reason, and none is lost."""
    data = (ARTICLE[:place] + damage + ARTICLE[place:] + "<PubmedArticle/>").encode("utf-8", "replace")
    found = [READER.record(fragment.text, "pubmed") for fragment in fragments(data)]
    assert found
    assert all(isinstance(one, Record | Skip) for one in found)


def test_the_recorded_batch_comes_in_whole() -> None:
    """198 articles and 2 books: every title, every author that is valid, every reference, none reported."""
    if not BATCH.is_file():
        pytest.skip("the recorded PubMed batch is not beside the repository (HARVESTER_SHARED)")
    data = lzma.decompress(BATCH.read_bytes())
    assert READER.recognises(data[: 1 << 16])
    found = [READER.record(fragment.text, "pubmed") for fragment in fragments(data)]
    works = [one for one in found if isinstance(one, Record)]
    assert len(works) == len(found) == 200
    assert sum(len(work.references) for work in works) == data.count(b"</Reference>") == 7_130
    assert all(work.title and work.year and work.authors and work.pmid for work in works)
    assert sum(work.abstract is not None for work in works) == 198
    assert sum(len(work.authors or ()) + len(work.editors) for work in works) == data.count(b"</Author>")
    assert sum(work.doi is not None for work in works) == 195
