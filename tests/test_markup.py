"""Titles and abstracts as publishers deposit them, and as attackers would."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from harvester.markup import abstract, clean

CLEANED = [
    ("H<sub>2</sub>O", "H2O"),
    ("<i>E. coli</i> \n  K12", "E. coli K12"),
    ("CO\n     <sub>2</sub>\n     uptake (\n     <i>Zea mays</i>\n     ).", "CO2 uptake (Zea mays)."),
    ("p < 0.05 and q > 3", "p < 0.05 and q > 3"),
    ("a<b", "a<b"),
    ("a <b and c> d", "a <b and c> d"),
    ("List<T> and Map<K, V>", "List<T> and Map<K, V>"),
    ("the mean <A> of <I>x</I>", "the mean <A> of x"),
    ("see <http://example.org/a> there", "see <http://example.org/a> there"),
    ("p&lt;.001", "p<.001"),
    ("Soil &amp;amp; water &amp; air", "Soil & water & air"),
    ("&amp;amp;amp;", "&amp;"),
    ("&lt;i&gt;Sphagnum&lt;/i&gt; bogs", "Sphagnum bogs"),
    ("AT&T, Johnson&Johnson &copy now", "AT&T, Johnson&Johnson &copy now"),
    ("&nosuchthing; &#xD800;&#0;&#x110000;x", "&nosuchthing; x"),
    ("one<br/>two<p>three</p>four", "one two three four"),
    ("A<!-- <b> hidden --> B", "A B"),
    ("A <!-- never closed", "A <!-- never closed"),
    ("<![CDATA[Peer support]]>", "Peer support"),
    ("x<script>alert(1)</script>y<style>p {}</style>z", "xyz"),
    ("before <script>never closed", "before never closed"),
    (
        "rate <mml:math><mml:mi>k</mml:mi><mml:annotation>\\kappa</mml:annotation></mml:math> up",
        "rate k up",
    ),
    ("<jats:tex-math>\\alpha</jats:tex-math> decay", "\\alpha decay"),
    ("<tex-math>\\alpha</tex-math><mml:math><mml:mi>α</mml:mi></mml:math> decay", "α decay"),
    ('<mml:math alttext="a &lt; b > c"><mml:mi>a</mml:mi></mml:math>', "a"),
    ('<jats:p id="p1">Left</jats:p', "Left"),
    ("a\ud800b\ufffec\x00d\x1be\u200bf\ufeff", "abcdef"),
    ("soft\u00adhyphen", "softhyphen"),
    ("line\u2028break\u00a0here\x85now", "line break here now"),
    ("e\u0301tude", "étude"),
    ("می‌خواهم", "می‌خواهم"),
    ("  \n ", ""),
    ("", ""),
]


@pytest.mark.parametrize(("text", "plain"), CLEANED)
def test_a_title_becomes_plain_text(text, plain):
    assert clean(text) == plain


@given(
    st.lists(st.sampled_from([*"<>/&;ip \n\x01\x02\x03é\u0301\ud800#x13", "<i>", "</jats:p>", "&lt;", "<!--"])).map(
        "".join
    )
)
def test_whatever_comes_in_one_clean_line_goes_out(text):
    """The result is one line in NFC, without control characters, surrogates or doubled spaces."""
    for result in (clean(text), *abstract(text)[0].split("\n")):
        assert result == " ".join(result.split())
        assert unicodedata.is_normalized("NFC", result)
        assert all(unicodedata.category(sign) not in ("Cc", "Cs") for sign in result)


@given(st.text(alphabet=st.characters(exclude_characters="<&", exclude_categories=["C", "Z", "M"])))
def test_text_without_markup_only_becomes_nfc(text):
    assert clean(text) == unicodedata.normalize("NFC", text)


@given(st.text())
def test_any_text_can_be_an_abstract(text):
    """Parts are never empty, and every part's text stands in the whole."""
    whole, parts = abstract(text)
    assert all(body and body in whole for _, body in parts)
    assert not parts or any(label for label, _ in parts)


MANY = 200_000
HOSTILE = {
    "angle brackets": "<" * MANY,
    "openings": "<i " * MANY,
    "deep nesting": "<b>" * 100_000 + "x" + "</b>" * 100_000,
    "open quotes": "<i a=\"'" * MANY,
    "attributes without end": "<i " + 'a="x" ' * MANY,
    "comments without end": "<!--" * MANY,
    "annotations without end": "<mml:annotation>" * 100_000,
    "titles without end": "<title>" * 100_000,
    "entities": "&amp;" * MANY,
    "an endless number": "&#" + "9" * MANY + ";",
    "white space": "\n " * MANY,
    "labels": "BACKGROUND: " * 100_000,
    "colons": "A: " * MANY,
    "stacked accents": "a" + "\u0301\u0316" * 200_000,
    "one word": "a" * MANY,
    "a long name": "<jats:" + "a" * MANY,
}


@pytest.mark.parametrize("text", HOSTILE.values(), ids=HOSTILE.keys())
def test_hostile_text_comes_to_an_end(text):
    """A megabyte of what would keep a backtracking or quadratic reader busy for an hour leaves plain text."""
    for plain in (clean(text), abstract(text)[0]):
        assert len(plain) <= len(text)
        assert plain.replace("\n", " ").isprintable()


def test_an_accent_stacked_thousands_of_times_is_cut():
    assert len(clean("a" + "\u0316" * 5_000)) == 31


# -- abstracts -------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("title", ["Abstract", "ABSTRACT", "Zusammenfassung", "Résumé:", "Resumen", "摘要"])
def test_a_heading_that_says_abstract_is_dropped(title):
    text = f"<jats:title>{title}</jats:title>\n   <jats:p>Peers\n   help.</jats:p>"
    assert abstract(text) == ("Peers help.", ())


def test_a_printed_heading_is_dropped_only_where_a_mark_sets_it_off():
    assert abstract("Abstract: Peers help.") == ("Peers help.", ())
    assert abstract("Abstract expressionism lives.") == ("Abstract expressionism lives.", ())
    assert abstract("Peers help. In summary: they do.") == ("Peers help. In summary: they do.", ())


def test_titles_of_jats_sections_become_labels():
    text = (
        "<jats:title>Abstract</jats:title><jats:sec><jats:title>Background:</jats:title><jats:p>Few know.</jats:p>"
        "</jats:sec><jats:sec><jats:title><jats:bold>Results</jats:bold></jats:title><jats:p>One.</jats:p>"
        "<jats:p>Two.</jats:p></jats:sec>"
    )
    assert abstract(text) == (
        "Background: Few know.\nResults: One.\nTwo.",
        (("Background", "Few know."), ("Results", "One.\nTwo.")),
    )


def test_text_before_the_first_label_is_a_part_without_label():
    assert abstract("<p>Lead.</p><h3>Aims</h3><p>To ask.</p>")[1] == ((None, "Lead."), ("Aims", "To ask."))


def test_a_title_that_nothing_follows_is_kept_as_text():
    assert abstract("<sec><title>Methods</title><sec><title>Design</title><p>A trial.</p></sec></sec>") == (
        "Methods\nDesign: A trial.",
        ((None, "Methods"), ("Design", "A trial.")),
    )


def test_list_items_are_paragraphs():
    text = "<p><list><list-item><p>One.</p></list-item><list-item><p>Two.</p></list-item></list></p>"
    assert abstract(text) == ("One.\nTwo.", ())


def test_escaped_paragraphs_are_paragraphs():
    assert abstract("<jats:p>&lt;p&gt;One.&lt;/p&gt;&lt;p&gt;Two.&lt;/p&gt;</jats:p>")[0] == "One.\nTwo."


def test_labels_in_capitals_cut_plain_text():
    """Once two labels are known ones, others in capitals count too."""
    whole, parts = abstract(
        "BACKGROUND: Few know: nobody asked. RESULTS: In the NHS: many did. PATIENT OR PUBLIC CONTRIBUTION: Peers."
    )
    assert whole.startswith("BACKGROUND: Few know: nobody asked. RESULTS:")
    assert parts == (
        ("BACKGROUND", "Few know: nobody asked."),
        ("RESULTS", "In the NHS: many did."),
        ("PATIENT OR PUBLIC CONTRIBUTION", "Peers."),
    )


def test_labels_in_small_letters_cut_plain_text_when_known():
    assert abstract("Purpose: To ask. Method: Talks. Materials and Methods: Tape. Conclusions: Ask.")[1] == (
        ("Purpose", "To ask."),
        ("Method", "Talks."),
        ("Materials and Methods", "Tape."),
        ("Conclusions", "Ask."),
    )


@pytest.mark.parametrize(
    "text",
    [
        "Results: one label is none.",
        "Two things matter: first. Others: second. Trust: third.",
        "We asked about results: none. See https://example.org.",
    ],
)
def test_colons_alone_are_no_labels(text):
    assert abstract(text) == (text, ())


def test_blank_lines_in_plain_text_part_paragraphs_and_single_breaks_do_not():
    assert abstract("One\nline.\r\n\r\nTwo.") == ("One line.\nTwo.", ())


def test_bold_labels_inside_one_paragraph_are_labels():
    text = "<jats:p><jats:bold>Background: </jats:bold>Few. <jats:bold>Results: </jats:bold>Many.</jats:p>"
    assert abstract(text)[1] == (("Background", "Few."), ("Results", "Many."))
