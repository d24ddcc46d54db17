"""EndNote XML: text in runs of style, reference types by name and by number, identifiers in the custom fields."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.formats.endnote_xml import NUMBERS, READER, record
from harvester.formats.kinds import KINDS
from harvester.model import Record, Skip

RECORD = """<record><database name="a.enl">a.enl</database>
<source-app name="EndNote" version="20.1">EndNote</source-app>
<rec-number>7</rec-number><ref-type name="Journal Article">17</ref-type><contributors><authors>
<author><style face="normal" font="default" size="100%">van der Berg, Ana B., Jr.</style></author>
<author><style face="normal">World Health Organization,</style></author></authors>
<secondary-authors><author>Reis, C</author></secondary-authors></contributors>
<auth-address><style>Univ A&#xD;Univ B</style></auth-address>
<titles><title><style face="normal">Role of </style><style face="italic">TNF-</style><style font="Symbol">a</style>
<style face="normal"> in R&amp;D: a study</style></title><secondary-title><style>J Peers</style></secondary-title>
<translated-title>Rolle</translated-title></titles>
<periodical><full-title>Journal of Peers</full-title><abbr-1>J. Peers</abbr-1></periodical>
<pages>123-30</pages><volume>12</volume><number>3</number><edition>2020/05/03</edition>
<keywords><keyword>peer support</keyword><keyword>recovery&#xD;hope</keyword></keywords>
<dates><year><style>2020</style></year><pub-dates><date><style>May 3</style></date></pub-dates></dates>
<publisher>Wiley</publisher><pub-location>Oxford</pub-location>
<isbn>1447-0349 (Electronic)&#xD;1445-8330 (Linking)</isbn>
<accession-num><style>31234567</style></accession-num><remote-database-provider>NLM</remote-database-provider>
<electronic-resource-num>https://doi.org/10.1000/ABC.</electronic-resource-num><custom2>PMC0077</custom2>
<abstract><style>BACKGROUND: We asked.&#xD;RESULTS: Some.</style></abstract><language>eng</language>
<notes>Times Cited: 6&#xD;Cited Reference Count: 67</notes>
<urls><related-urls><url>https://example.org/a</url></related-urls><pdf-urls><url>internal-pdf://a.pdf</url></pdf-urls></urls>
</record>"""


def the_record(text: str) -> Record:
    found = record(text, "endnote")
    assert isinstance(found, Record), found
    return found


def test_every_field_has_its_place() -> None:
    """Runs of style are one text, a letter in the Symbol font is Greek, and the identifiers are found."""
    work = the_record(RECORD)
    assert work.title == "Role of TNF-α in R&D: a study"
    assert [one.text for one in work.other_titles] == ["Rolle"]
    assert (work.doi, work.pmid, work.pmcid) == ("10.1000/abc", "31234567", "PMC77")
    assert [(one.name, one.suffix, one.is_organisation) for one in work.authors or ()] == [
        ("Ana B. van der Berg Jr.", "Jr.", False),
        ("World Health Organization", None, True),
    ]
    assert [one.family for one in work.editors] == ["Reis"]
    assert [one.text for one in work.affiliations] == ["Univ A", "Univ B"]
    assert work.venue is not None
    assert (work.venue.name, work.venue.short_name) == ("Journal of Peers", "J. Peers")
    assert work.venue.issns == ("1447-0349", "1445-8330")
    assert (work.volume, work.issue, work.first_page, work.last_page) == ("12", "3", "123", "30")
    assert (work.year, work.date, work.language, work.type) == (2020, "2020-05-03", "en", "article")
    assert ("online", "2020-05-03") in {(one.kind, one.date) for one in work.events}
    assert [one.term for one in work.keywords] == ["peer support", "recovery", "hope"]
    assert [part.label for part in work.abstract_sections] == ["BACKGROUND", "RESULTS"]
    assert [link.url for link in work.links] == ["https://example.org/a"]
    assert [(one.kind, one.value) for one in work.counts] == [("cited_by", 6), ("references", 67)]
    assert (work.publisher, work.publisher_location) == ("Wiley", "Oxford")


@pytest.mark.parametrize(
    ("reference_type", "expected"),
    [
        ('<ref-type name="Journal Article">0</ref-type>', "article"),
        ("<ref-type>17</ref-type>", "article"),
        ('<ref-type name="Book Section">7</ref-type>', "book-chapter"),
        ('<ref-type name="Generic">13</ref-type>', None),
        ('<ref-type name="Newspaper Article">23</ref-type>', "other"),
        ("<ref-type>eleven</ref-type>", "other"),
    ],
)
def test_the_name_of_a_type_counts_and_else_its_number(reference_type: str, expected: str | None) -> None:
    """Mendeley writes numbers of its own, so the name comes first."""
    assert the_record(f"<record>{reference_type}<titles><title>A</title></titles></record>").type == expected


def test_types_are_known_in_every_spelling() -> None:
    """Every number has a name, and the names that are works of a known kind have that kind."""
    assert {name.casefold() for name in NUMBERS.values()} & KINDS.keys() >= {
        "journal article",
        "book",
        "thesis",
        "report",
    }


def test_a_chapter_stands_in_its_book_and_a_book_in_its_series() -> None:
    """The secondary title is the book of a chapter, the series of a book, the journal of an article."""
    titles = "<titles><title>A</title><secondary-title>B</secondary-title><tertiary-title>C</tertiary-title></titles>"
    isbn = "<isbn>0306406152</isbn>"
    chapter = the_record(f'<record><ref-type name="Book Section">5</ref-type>{titles}{isbn}</record>').venue
    book = the_record(f'<record><ref-type name="Book">6</ref-type>{titles}{isbn}</record>')
    assert chapter is not None
    assert (chapter.name, chapter.series, chapter.isbns) == ("B", "C", ("9780306406157",))
    assert book.venue is not None
    assert (book.venue.name, book.venue.series) == (None, "B")
    assert [str(one) for one in book.other_identifiers] == ["isbn:9780306406157"]


def test_the_number_of_a_patent_names_it() -> None:
    """It stands where others have their ISBN."""
    number = "<titles><title>Yo-yo</title></titles><isbn>WO2011US30214</isbn>"
    patent = the_record(f'<record><ref-type name="Patent">25</ref-type>{number}</record>')
    assert [str(one) for one in patent.other_identifiers] == ["patent:WO2011US30214"]


def test_a_file_is_cut_at_its_records() -> None:
    """As many fragments as records, each with its line; the one that is cut off is reported."""
    data = f"<?xml version='1.0'?>\n<xml><records>{RECORD}\n<record/>\n{RECORD[:-300]}".encode()
    assert READER.recognises(data)
    fragments = list(READER.split(io.BytesIO(data)))
    found = [READER.record(fragment.text, "endnote") for fragment in fragments]
    lines = RECORD.count("\n")
    assert [fragment.line for fragment in fragments] == [2, 3 + lines, 4 + lines]
    assert [one.reason if isinstance(one, Skip) else one.doi for one in found] == [
        "10.1000/abc",
        "empty record",
        "not well formed",
    ]


def test_control_characters_and_bare_signs_are_mended() -> None:
    """What was pasted into EndNote comes out of it: form feeds, `&`, `<`, entities of HTML."""
    work = the_record("<record><titles><title>R&D\x0c p < 0.05 &eacute; &#x1F; &amp; more</title></titles></record>")
    assert work.title == "R&D p < 0.05 é & more"


def test_other_xml_is_not_taken_for_it() -> None:
    """An `xml` element without records, and records in another root, are something else."""
    assert not READER.recognises(b"<xml><a/></xml>")
    assert not READER.recognises(b"<OAI-PMH><record/></OAI-PMH>")
    assert not READER.recognises(b"")


@given(st.integers(min_value=0, max_value=len(RECORD)), st.text(max_size=20))
def test_no_damage_stops_the_reader(place: int, damage: str) -> None:
    """Whatever is put into a record, it is a record or a reason."""
    assert isinstance(record(RECORD[:place] + damage + RECORD[place:], "endnote"), Record | Skip)
