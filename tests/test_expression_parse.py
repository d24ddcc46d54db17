"""The search language: what it says, what is refused and with which words, and that writing gives it back."""

import contextlib
import io
import re
from collections.abc import Callable
from typing import Any

import pytest
from expressions import expressions, terms
from hypothesis import given, settings
from hypothesis import strategies as st
from search_query.constants import Operators  # type: ignore[import-untyped]  # it ships no types
from search_query.parser import parse as parse_elsewhere  # type: ignore[import-untyped]

from harvester.errors import QueryError
from harvester.expression.parse import LONGEST, parse, read
from harvester.expression.tokens import DEEPEST, folded
from harvester.expression.tree import (
    And,
    Expression,
    Fact,
    Near,
    Not,
    Or,
    Term,
    TextField,
    Years,
    all_of,
    any_of,
    leaves,
    replace_leaves,
)
from harvester.expression.write import write


def term(*words: str, field: TextField = "text", slop: int = 0) -> Term:
    return Term(field, words, slop)


A, B, C, D = term("aa"), term("bb"), term("cc"), term("dd")
PEER, SUPPORT, MENTOR = term("peer"), term("support"), term("mentor")
PEER_SUPPORT = term("peer", "support")

READ: list[tuple[str, Expression]] = [
    # words and phrases
    ("peer", PEER),
    ("  Peer\t\n", PEER),
    ("peer support", And((PEER, SUPPORT))),
    ('"peer support"', PEER_SUPPORT),
    ('"Peer  Support"', PEER_SUPPORT),
    ("“peer support”", PEER_SUPPORT),
    ("„peer support“", PEER_SUPPORT),
    ("«peer support»", PEER_SUPPORT),
    ('\\"peer support\\"', PEER_SUPPORT),
    ("children's", term("children's")),
    ("children’s", term("children's")),
    ("patients'", term("patients")),
    ("self-help", term("self", "help")),
    ("self‐help", term("self", "help")),
    ("COVID-19", term("covid", "19")),
    ("R&D", term("r", "d")),
    ("he/she", term("he", "she")),
    ("snake_case", term("snake", "case")),
    ("10:30", term("10", "30")),
    ('"peer support ? what"', term("peer", "support", "what")),
    ("peer, support.", And((PEER, SUPPORT))),
    ("peer\u00adwork", term("peerwork")),
    ("\ufeffpeer", PEER),
    ("a\u0308rztin", term("ärztin")),
    ("ＰＥＥＲ　（mentor）", And((PEER, MENTOR))),
    ("同伴支持", term("同伴支持")),
    ("C++", term("c")),
    ("#metoo", term("metoo")),
    ("N95 masks", And((term("n95"), term("masks")))),
    ("near miss", And((term("near"), term("miss")))),
    ("next generation", And((term("next"), term("generation")))),
    ("AB0 blood", And((term("ab0"), term("blood")))),
    # wildcards
    ("wom?n", term("wom?n")),
    ("behavi*r", term("behavi*r")),
    ("peer**", term("peer*")),
    ('"peer work*"', term("peer", "work*")),
    ("a?b", term("a?b")),
    # slop and nearness
    ('"peer support"~5', term("peer", "support", slop=5)),
    ('"peer support" ~ 5', term("peer", "support", slop=5)),
    ('"peer"~5', PEER),
    ("peer NEAR/3 support", Near("text", ("peer",), ("support",), 3)),
    ("peer near/0 support", Near("text", ("peer",), ("support",), 0)),
    ('self-help NEAR/3 "support group"', Near("text", ("self", "help"), ("support", "group"), 3)),
    ("title:peer NEAR/3 support", Near("title", ("peer",), ("support",), 3)),
    ("title:peer NEAR/3 title:support", Near("title", ("peer",), ("support",), 3)),
    ("title:(peer NEAR/3 support)", Near("title", ("peer",), ("support",), 3)),
    ("NOT peer NEAR/3 support", Not(Near("text", ("peer",), ("support",), 3))),
    ("aa bb NEAR/2 cc dd", And((A, Near("text", ("bb",), ("cc",), 2), D))),
    (
        "(aa OR bb) NEAR/3 (cc OR dd)",
        Or(tuple(Near("text", (one,), (two,), 3) for one in ("aa", "bb") for two in ("cc", "dd"))),
    ),
    ("((aa OR (bb))) NEAR/1 cc", Or((Near("text", ("aa",), ("cc",), 1), Near("text", ("bb",), ("cc",), 1)))),
    # operators
    ("aa AND bb", And((A, B))),
    ("aa and bb", And((A, B))),
    ("aa OR bb OR cc", Or((A, B, C))),
    ("aa NOT bb", And((A, Not(B)))),
    ("aa AND NOT bb", And((A, Not(B)))),
    ("aa OR NOT bb", Or((A, Not(B)))),
    ("NOT aa", Not(A)),
    ("NOT NOT aa", A),
    ("NOT (NOT aa)", A),
    ("aa OR bb cc", Or((A, And((B, C))))),
    ("aa OR bb AND cc OR dd", Or((A, And((B, C)), D))),
    ("NOT aa AND bb", And((Not(A), B))),
    ("(aa OR bb) cc", And((Or((A, B)), C))),
    ("aa AND (bb AND (cc AND dd))", And((A, B, C, D))),
    ('"and" "OR"', And((term("and"), term("or")))),
    ("(((peer)))", PEER),
    # fields
    ("title:peer", term("peer", field="title")),
    ("Title: peer", term("peer", field="title")),
    ("text:peer", PEER),
    ('author:"van os"', term("van", "os", field="author")),
    ("venue:lancet", term("lancet", field="venue")),
    ("abstract:self-help", term("self", "help", field="abstract")),
    ("title:(aa OR abstract:bb)", Or((term("aa", field="title"), term("bb", field="abstract")))),
    ("title:(aa year:2019)", And((term("aa", field="title"), Years(2019, 2019)))),
    ('title:"peer support"~2', term("peer", "support", field="title", slop=2)),
    # years
    ("year:2019", Years(2019, 2019)),
    ("year:2015-2024", Years(2015, 2024)),
    ("year:2015–2024", Years(2015, 2024)),
    ("year:2015-", Years(2015, None)),
    ("year:-2020", Years(None, 2020)),
    ('year:"2015-2024"', Years(2015, 2024)),
    ("year:(2015 OR 2017-2019)", Or((Years(2015, 2015), Years(2017, 2019)))),
    # facts
    ("type:article", Fact("type", "article")),
    ("type:Book-Chapter", Fact("type", "book-chapter")),
    ('type:"Book Chapter"', Fact("type", "book chapter")),
    ("type:(article OR review)", Or((Fact("type", "article"), Fact("type", "review")))),
    ('type:(article OR ("book" OR review))', Or(tuple(Fact("type", kind) for kind in ("article", "book", "review")))),
    ("NOT type:editorial", Not(Fact("type", "editorial"))),
    ("retracted:yes", Fact("retracted", "true")),
    ("open-access:NO", Fact("open_access", "false")),
    ("only_cited:false", Fact("only_cited", "false")),
    ("seed:true", Fact("seed", "true")),
    ("round:02", Fact("round", "2")),
    ("language:EN", Fact("language", "en")),
    ("decision:include", Fact("decision", "include")),
    ("source:openalex", Fact("source", "openalex")),
]


@pytest.mark.parametrize(("text", "expression"), READ, ids=[text for text, _ in READ])
def test_it_says(text: str, expression: Expression) -> None:
    """The text means this tree, and the tree in its canonical words means itself."""
    assert parse(text) == expression
    assert parse(write(expression)) == expression


REFUSED: list[tuple[str, str, str | None, str]] = [
    # text, the place in it, the suggestion, something the sentence says
    ("", "", None, "empty"),
    ("   ", "   ", None, "empty"),
    ("()", "()", None, "hold nothing"),
    ("peer AND ( )", "( )", "peer", "hold nothing"),
    ('""', '""', None, "These quotes hold no letter"),
    ('peer "&"', '"&"', "peer", "no letter or digit"),
    ("peer – support", "–", "peer support", "no letter or digit"),
    # brackets and quotes
    ("(peer OR mentor", "(", "(peer OR mentor)", "never closed"),
    ("((peer) OR mentor", "(", "((peer) OR mentor)", "never closed"),
    ("peer OR mentor) AND support", ")", "(peer OR mentor) AND support", "none was opened"),
    ("(peer OR mentor) support)", ")", "(peer OR mentor) support", "none was opened"),
    ("[peer support]", "[peer support]", "(peer support)", "Square brackets"),
    ("[peer support", "[", "peer support", "no partner"),
    ("{peer support}", "{peer support}", '"peer support"', "Curly brackets"),
    ('"peer support AND mentor', '"', '"peer support" AND mentor', "may end after 'peer support'"),
    ('"peer support AND "mental health"', '"', '"peer support" AND "mental health"', "may end after"),
    ('("peer support) AND mentor', '"', '("peer support") AND mentor', "may end after"),
    ('peer support" AND mentor', '"', '"peer support" AND mentor', "may begin before 'peer support'"),
    ('mentor AND peer support"', '"', 'mentor AND "peer support"', "may begin before"),
    ("'peer support' AND mentor", "'peer support'", '"peer support" AND mentor', "double quotes"),
    ("'children's health' mentor", "'children's health'", '"children\'s health" mentor', "double quotes"),
    # operators
    ("peer AND", "AND", "peer", "nothing after it"),
    ("OR peer", "OR", "peer", "nothing before it"),
    ("peer AND AND support", "AND AND", "peer AND support", "followed by AND"),
    ("peer AND OR support", "AND OR", "peer AND support", "followed by OR"),
    ("NOT AND peer", "NOT AND", "NOT peer", "followed by AND"),
    ("(peer OR) mentor", "OR", "(peer ) mentor", "nothing after it"),
    ("and", "and", None, 'in quotes: "and"'),
    ("peer && support", "&&", "peer AND support", "write AND"),
    ("peer & support", "&", "peer AND support", "write AND"),
    ("peer || support", "||", "peer OR support", "write OR"),
    ("peer|mentor support", "|", "(peer OR mentor) support", "write OR"),
    ("!peer", "!", "NOT peer", "NOT before it"),
    ("peer -child", "-", "peer NOT child", "NOT before it"),
    ('peer -"child abuse"', "-", 'peer NOT "child abuse"', "NOT before it"),
    ("+peer +support", "+", "peer support", "not needed"),
    ("peer and/or mentor", "and/or", "peer OR mentor", "write OR"),
    ("peer / mentor", "/", "peer OR mentor", "write OR"),
    # wildcards
    ("*phone", "*phone", "phone", "cannot begin with *"),
    ("?eer", "?eer", "eer", "cannot begin with ?"),
    ("peer *", "*", "peer", "no word"),
    ("peer ?", "?", "peer", "no letter or digit"),
    ("pe*", "pe*", None, "at least 3 letters or digits, and 'pe*' has 2"),
    ('"mental pe*"', "pe*", None, "at least 3 letters"),
    ("wom?n*", "wom?n*", None, "has 1"),
    ("peer$", "$", "peer*", "* stands for any letters"),
    ('"peer worker$"', "$", '"peer worker*"', "* stands for any letters"),
    ("wom#n", "#", "wom?n", "exactly one letter"),
    ("peer$2", "$2", "peer*", "no wildcard"),
    ("peer*2", "*2", "peer*", "limits how many"),
    ("peer~1", "~1", "peer", "Similar spellings"),
    # fields
    ("titel:peer", "titel:", "title:peer", "title: is one"),
    ("Autor:smith", "Autor:", "author:smith", "author: is one"),
    ("journal:lancet", "journal:", "venue:lancet", "venue: is one"),
    ("ti:peer", "ti:", "title:peer", "title: is one"),
    ("foo:bar", "foo:", '"foo bar"', "The fields are year:, text:, title:"),
    ("title:", "title:", None, "nothing after it"),
    ("peer title:", "title:", "peer", "nothing after it"),
    ("(title:) peer", "title:", "peer", "nothing after it"),
    ("title:NOT peer", "title:NOT", "NOT title: peer", "NOT stands before"),
    ("title:and", "title:and", 'title:"and"', "in quotes"),
    ("title:abstract:peer", "title:abstract:", "abstract:peer", "another field"),
    ("title=peer", "title=", "title:peer", "colon"),
    ("type:", "type:", None, "a value"),
    # values
    ("year:soon", "soon", None, "is not a year"),
    ("year:15", "15", None, "is not a year"),
    ("year:0815", "0815", None, "no year of publication"),
    ("year:3000-", "3000-", None, "no year of publication"),
    ("year:2020-2015", "2020-2015", "year:2015-2020", "backwards"),
    ("year:2015-24", "2015-24", "year:2015-2024", "is not a year"),
    ("year:2015 - 2024", "2015 - 2024", "year:2015-2024", "no blanks"),
    ("year:[2015 TO 2024]", "[2015 TO 2024]", "year:2015-2024", "is not a year"),
    ("year:2015,2017", "2015,2017", "year:(2015 OR 2017)", "joined? by OR|join single years by OR"),
    ("year:2015/03/01", "2015/03/01", "year:2015", "days and months"),
    ("year>2015", "year>2015", "year:2016-", "range"),
    ("year >= 2015", "year >= 2015", "year:2015-", "range"),
    ("year:<2015", "<2015", "year:-2014", "not compared by <"),
    ("year=2015", "year=2015", "year:2015", "range"),
    ("retracted:maybe", "maybe", None, "true or false"),
    ("retracted:1", "1", "retracted:true", "true or false"),
    ("round:two", "two", None, "number of a round"),
    ("language:English", "English", "language:en", "ISO 639-1"),
    ("type:article,review", "article,review", "type:(article OR review)", "joined by OR"),
    ("type:(article,review OR book)", "article,review", "type:((article OR review) OR book)", "joined by OR"),
    ("type:(journal article OR book)", "article", '(type:"journal article" OR type:book)', "joined by OR"),
    ("source:(crossref AND openalex)", "AND", "(source:crossref AND source:openalex)", "joined by OR"),
    ("type:(NOT book)", "NOT", "(NOT type:book)", "joined by OR"),
    ("type:!book", "!book", "NOT type:book", "write NOT before"),
    ("type:art*", "art*", None, "whole values"),
    ('type:"a\x1bb"', '"a\x1bb"', None, "not seen"),
    # nearness
    ("peer NEAR support", "NEAR", "peer NEAR/15 support", "Web of Science reads it as NEAR/15"),
    ("peer NEAR/ support", "NEAR/", "peer NEAR/15 support", "most words that may stand between"),
    ("peer NEAR 3 support", "NEAR 3", "peer NEAR/3 support", "slash"),
    ("peer near3 support", "near3", "peer NEAR/3 support", "NEAR/3"),
    ("peer NEAR/1000 support", "1000", "peer NEAR/999 support", "at most 999"),
    ("aa NEAR/3 bb NEAR/2 cc", "NEAR/2", "(aa NEAR/3 bb) AND (bb NEAR/2 cc)", "two words or phrases, not three"),
    ("(peer support) NEAR/3 group", "(peer support)", '"peer support" NEAR/3 group', "a phrase is in quotes"),
    ("(aa AND NOT bb) NEAR/3 cc", "(aa AND NOT bb)", None, "joined by OR"),
    ('"aa bb"~2 NEAR/3 cc', '"aa bb"~2', None, "may be apart"),
    ("year:2015 NEAR/3 cc", "year:2015", None, "a word, a phrase"),
    ("peer NEAR/3 title:support", "peer NEAR/3 title:support", "title:peer NEAR/3 support", "one field"),
    ("NEAR/3 peer", "NEAR/3", "peer", "nothing before it"),
    ("peer NEAR/3", "NEAR/3", "peer", "nothing after it"),
    ('"aa bb"~', "~", '"aa bb"~3', "number of places"),
    ('"aa bb"~1000', "1000", '"aa bb"~999', "at most 999"),
    ('"aa"~3~"bb"', '"aa"~3~"bb"', '"aa" NEAR/3 "bb"', "joined by NEAR"),
    # what is no search
    ("10.1111/inm.13349", "10.1111/inm.13349", None, "harvester doi 10.1111/inm.13349"),
    (
        " https://doi.org/10.1111/INM.13349 ",
        "https://doi.org/10.1111/INM.13349",
        None,
        "harvester doi 10.1111/inm.13349",
    ),
    ("PMID: 33314538", "PMID: 33314538", None, "harvester doi pmid:33314538"),
    ("peer AND 10.1111/inm.13349", "10.1111/inm.13349", None, "harvester doi 10.1111/inm.13349"),
    ("peer https://example.org/page", "https://example.org/page", None, "an address"),
    (
        "Peer support in mental health: a systematic review",
        "health:",
        'title:"Peer support in mental health: a systematic review"',
        "If this is a title",
    ),
    (
        'Peer "support" (as such) in one design: a review',
        "design:",
        'title:"Peer support (as such) in one design: a review"',
        "If this is a title",
    ),
    ("Self-injuring women and/or men", "and/or", "Self-injuring women OR men", "write OR"),
    ("#1 AND peer", "#1", None, "a line of a search strategy"),
]


@pytest.mark.parametrize(("text", "place", "suggestion", "said"), REFUSED, ids=[case[0] for case in REFUSED])
def test_it_is_refused(text: str, place: str, suggestion: str | None, said: str) -> None:
    """The sentence says what is wrong, the span where, and the suggestion can be pasted."""
    error = refusal(text)
    assert text[slice(*error.span)] == place
    assert error.suggestion == suggestion
    assert re.search(said if "|" in said else re.escape(said), str(error))
    if suggestion is not None:
        parse(suggestion)


def refusal(text: str) -> QueryError:
    with pytest.raises(QueryError) as caught:
        parse(text)
    assert caught.value.text == text
    return caught.value


TRANSLATED: list[tuple[str, str, Expression]] = [
    # what is written elsewhere, the sign that is named, and what it says, exactly
    ("peer[tiab]", "[tiab]", PEER),
    ("peer[ti]", "[ti]", term("peer", field="title")),
    ('"peer support"[Title/Abstract]', "[Title/Abstract]", PEER_SUPPORT),
    ("peer support[tiab] OR mentor[ti]", "[tiab]", Or((PEER_SUPPORT, term("mentor", field="title")))),
    ("(aa OR bb)[ti] AND cc", "[ti]", And((Or((term("aa", field="title"), term("bb", field="title"))), C))),
    ("smith[au] english[la]", "[au]", And((term("smith", field="author"), Fact("language", "en")))),
    ("review[pt]", "[pt]", Fact("type", "review")),
    ("2015:2024[dp]", "2015:2024[dp]", Years(2015, 2024)),
    (
        'aa AND ("2015/01/01"[Date - Publication] : "3000"[Date - Publication])',
        '"2015/01/01"[Date - Publication] : "3000"[Date - Publication]',
        And((A, Years(2015, None))),
    ),
    ('"peer support"[tiab:~3]', "[tiab:~3]", Near("text", ("peer",), ("support",), 3)),
    ("TI=(aa AND bb)", "TI=", And((term("aa", field="title"), term("bb", field="title")))),
    (
        "TI=peer support OR AB=mentor",
        "TI=",
        Or((all_of(*(term(one, field="title") for one in ("peer", "support"))), term("mentor", field="abstract"))),
    ),
    ('TI = "peer support"', "TI =", term("peer", "support", field="title")),
    ("PY=2015-2024", "PY=", Years(2015, 2024)),
    ("PY=(2015-2024) AND LA=(English)", "PY=", And((Years(2015, 2024), Fact("language", "en")))),
    (
        'TI "peer support" OR AB mentor',
        "TI",
        Or((term("peer", "support", field="title"), term("mentor", field="abstract"))),
    ),
    ("peer N3 support", "N3", Near("text", ("peer",), ("support",), 3)),
    ("peer N/3 support", "N/3", Near("text", ("peer",), ("support",), 3)),
    ("peer W/3 support", "W/3", Near("text", ("peer",), ("support",), 3)),
    (
        "TITLE-ABS(peer W/3 support) AND PUBYEAR > 2014",
        "TITLE-ABS",
        And((Near("text", ("peer",), ("support",), 3), Years(2015, None))),
    ),
    ('LIMIT-TO ( DOCTYPE,"re" ) AND aa', 'LIMIT-TO ( DOCTYPE,"re" )', And((Fact("type", "review"), A))),
    ("ti(peer) AND aa", "ti", And((term("peer", field="title"), A))),
    ("peer.ti,ab.", ".ti,ab.", PEER),
    ("peer support.ti,ab.", ".ti,ab.", PEER_SUPPORT),
    ('"peer support".ti.', ".ti.", term("peer", "support", field="title")),
    ("(aa or bb).ti.", ".ti.", Or((term("aa", field="title"), term("bb", field="title")))),
    ("(peer adj3 support*).ti,ab.", "adj3", Near("text", ("peer",), ("support*",), 2)),
    ("peer adj1 support", "adj1", Near("text", ("peer",), ("support",), 0)),
    ("mental health adj3 support", "adj3", Near("text", ("mental", "health"), ("support",), 2)),
    ("peer adj2 support.ti.", "adj2", Near("title", ("peer",), ("support",), 1)),
    ("peer adj support", "adj", PEER_SUPPORT),
    ("(peer support or aa).ti,ab.", ".ti,ab.", Or((PEER_SUPPORT, A))),
    (
        "((peer support or aa) adj2 (bb or cc dd)).tw.",
        "adj2",
        Or(
            tuple(
                Near("text", one, two, 1) for one in (("peer", "support"), ("aa",)) for two in (("bb",), ("cc", "dd"))
            )
        ),
    ),
    ("peer NEXT support", "NEXT", PEER_SUPPORT),
    ("(aa bb):ti,ab", ":ti,ab", And((A, B))),
    ("'peer support':ti,ab OR mentor:ti", ":ti,ab", Or((PEER_SUPPORT, term("mentor", field="title")))),
]


@pytest.mark.parametrize(("text", "sign", "expression"), TRANSLATED, ids=[case[0] for case in TRANSLATED])
def test_another_language_is_translated_exactly(text: str, sign: str, expression: Expression) -> None:
    """What can be said here just as well is suggested as it is said here."""
    error = refusal(text)
    assert text[slice(*error.span)].startswith(sign)
    assert error.suggestion is not None
    assert parse(error.suggestion) == expression


NEAREST: list[tuple[str, str, str]] = [
    ("TS=(peer AND support)", "(peer AND support)", "keywords"),
    ("peer[tw]", "peer", "keywords or elsewhere"),
    ("peer.mp.", "peer", "keywords or elsewhere"),
    ("TITLE-ABS-KEY(peer)", "(peer)", "keywords or elsewhere"),
    ('"Peer Group"[Mesh]', '"Peer Group"', "heading of a thesaurus"),
    ("Peer Group[MeSH Terms]", '"Peer Group"', "heading of a thesaurus"),
    ('[mh "Peer Group"]', '"Peer Group"', "heading of a thesaurus"),
    ("MeSH descriptor: [Peer Group] explode all trees", '"Peer Group"', "heading of a thesaurus"),
    ('MH "Peer Group+"', '"Peer Group+"', "heading of a thesaurus"),
    ("exp Peer Group/", '"Peer Group"', "heading of a thesaurus"),
    ("exp *Peer Group/ OR mentor", '"Peer Group" OR mentor', "heading of a thesaurus"),
    ("Peer Group/px", '"Peer Group"', "heading of a thesaurus"),
    ('"Quality of Life"/', '"Quality of Life"', "heading of a thesaurus"),
    ("'peer group'/exp", '"peer group"', "heading of a thesaurus"),
    ("peer PRE/3 support", "peer NEAR/3 support", "in their order"),
    ("peer W3 support", "peer NEAR/3 support", "in their order"),
    ("peer P/3 support", "peer NEAR/3 support", "in their order"),
    ('"peer support group"[tiab:~3]', '"peer support group"~3', "nearest"),
    ("(aa or bb) adj cc", "(aa or bb) NEAR/0 cc", "nearest"),
]


@pytest.mark.parametrize(("text", "suggestion", "said"), NEAREST, ids=[case[0] for case in NEAREST])
def test_what_cannot_be_said_here_gets_the_nearest_and_is_told_so(text: str, suggestion: str, said: str) -> None:
    """Nothing is given for the same that is not."""
    error = refusal(text)
    assert error.suggestion == suggestion
    assert said in str(error)
    parse(suggestion)


def test_a_whole_search_of_pubmed_is_translated_at_once() -> None:
    """The suggestion mends every place, and the sentence says what is lost on the way."""
    error = refusal(
        '("Peer Group"[Mesh] OR peer support*[tiab] OR "self help group*"[tiab])'
        ' AND ("mental health"[ti] OR psychiatr*[tw])'
    )
    assert error.suggestion == (
        '("Peer Group" OR "peer support*" OR "self help group*") AND (title:"mental health" OR psychiatr*)'
    )
    assert "heading of a thesaurus" in str(error)
    assert "keywords" in str(error)


def test_a_translation_never_loses_the_order_of_words_in_silence() -> None:
    """A loss far behind the first mistake is in the sentence too."""
    error = refusal("peer[tiab] AND (mental W3 health)")
    assert error.suggestion == "peer AND (mental NEAR/3 health)"
    assert "order" in str(error)


REMARKED: list[tuple[str, str]] = [
    ("peer support OR mentor", "read as: (peer AND support) OR mentor"),
    ("aa OR bb AND cc", "read as: aa OR (bb AND cc)"),
    ("dd AND (aa OR bb NOT cc)", "read as: aa OR (bb AND NOT cc)"),
    ("aa and bb Or cc", "and and Or are read as operators"),
    ("aa not bb", "not is read as an operator"),
    ("self-help", "Read 'self-help' as the phrase \"self help\"."),
    ("title:peer support", "title: holds for 'peer' alone, not for 'support'; for both write title:(peer support)"),
    ("type:journal article", 'for both write type:"journal article"'),
    ("peer support NEAR/3 group", "NEAR joins the word on each side of it"),
    ("what is peer support?", "? stands for exactly one letter"),
    ("peer, mentor, nurse", "A comma joins nothing"),
    ('"peer support AND mentor"', "AND stands in quotes"),
    ('"peer"~3', "~3 says nothing of a single word (peer)"),
    ("one two three four five six", "All 6 words must be there, in any order"),
]


@pytest.mark.parametrize(("text", "remark"), REMARKED, ids=[case[0] for case in REMARKED])
def test_it_is_remarked_how_it_was_read(text: str, remark: str) -> None:
    """What could have meant something else is said, and how it was taken."""
    assert remark in " ".join(read(text).remarks)


@pytest.mark.parametrize(
    "text",
    ["peer", "peer support", "(aa AND bb) OR cc", "aa OR NOT bb", 'title:"peer support" NOT cc', "aa NEAR/3 bb OR cc"],
)
def test_the_usual_is_not_remarked_on(text: str) -> None:
    """A remark is worth reading because most searches get none."""
    assert read(text).remarks == ()


def test_leaves_know_where_they_stood() -> None:
    """The span of a leaf is its place in the text, with its field, so that it can be replaced there."""
    text = 'title:"peer support"~2 (mentor OR type:review) year:2015- aa NEAR/3 “bb”'
    assert [text[slice(*leaf.span)] for leaf in leaves(parse(text))] == [
        'title:"peer support"~2',
        "mentor",
        "type:review",
        "year:2015-",
        "aa NEAR/3 “bb”",
    ]


def test_nearness_of_alternatives_is_bounded() -> None:
    """A hundred pairs are asked for, and one more bracket's worth is refused with its number."""
    ten = " OR ".join(f"w{number}x" for number in range(10))
    pairs = parse(f"({ten}) NEAR/3 ({ten})")
    assert isinstance(pairs, Or)
    assert len(pairs.parts) == 100
    error = refusal(f"title:({ten}) NEAR/3 ({ten} OR aa)")
    assert "110 pairs" in str(error)
    divided = parse(error.suggestion or "")
    assert set(leaves(divided)) == {
        *leaves(parse(f"title:({ten}) NEAR/3 ({ten})")),
        *leaves(parse(f"title:({ten}) NEAR/3 aa")),
    }
    many = " OR ".join(f"w{number}x" for number in range(101))
    assert refusal(f"({many}) NEAR/3 ({many})").suggestion is None


def test_brackets_are_as_deep_as_is_safe() -> None:
    """So deep is read, and deeper is refused at the bracket that is too deep."""
    assert parse("(" * DEEPEST + "peer" + ")" * DEEPEST) == PEER
    alternating = "aa"
    for number in range(DEEPEST):
        alternating = f"NOT (bb {'OR' if number % 2 else 'AND'} {alternating} cc)"
    assert "alternate" in str(refusal(alternating))
    alternating = "aa"
    for _ in range(DEEPEST // 2):
        alternating = f"NOT (bb OR {alternating} cc)"
    deep = parse(alternating)
    assert replace_leaves(deep, lambda leaf: leaf) == deep
    assert parse(write(deep)) == deep
    error = refusal("(" * 5_000 + "peer" + ")" * 5_000)
    assert error.span == (DEEPEST, DEEPEST + 1)


HOSTILE = ["(", ")", "a ", "a OR ", "NOT ", '"', '"a" ', "[", "a[ti] ", "title:", "é:", "'a ", "a'", "a\u200b", "#1 "]
HOSTILE += [
    "type:(a OR ",
    "a NEAR/3 ",
    "a* ",
    "\\",
    "\n",
    "a" * 99 + " ",
    "*",
    "a.ti,ab. ",
    "exp a/ ",
    "TI=",
    "-a ",
    "~",
]


@pytest.mark.parametrize("piece", HOSTILE)
def test_a_megabyte_of_anything_is_refused(piece: str) -> None:
    """What is too long is refused before it is looked at; what is just short enough is read or refused, in time."""
    assert f"{LONGEST:,} characters" in str(refusal((piece * 1_000_000)[:1_000_000]))
    with contextlib.suppress(QueryError):
        parse((piece * LONGEST)[: LONGEST // 10])


def test_a_word_of_any_length_is_read() -> None:
    """No pattern goes over a long word again and again."""
    assert parse("a" * LONGEST) == term("a" * LONGEST)


@settings(max_examples=300, deadline=None)
@given(expressions())
def test_writing_and_reading_give_the_tree_again(expression: Expression) -> None:
    """`write` has words for every tree, and `parse` reads them without a remark but on what they hold."""
    written = write(expression)
    reading = read(written)
    assert reading.expression == expression
    assert write(reading.expression) == written
    assert not any("read as" in remark for remark in reading.remarks)


@settings(deadline=None)
@given(expressions())
def test_every_leaf_can_be_cut_out_and_read_alone(expression: Expression) -> None:
    """The span of a leaf in the written text is that leaf, written."""
    written = write(expression)
    for leaf in leaves(parse(written)):
        assert parse(written[slice(*leaf.span)]) in (leaf, unfielded(leaf))


def unfielded(leaf: Expression) -> Expression:
    """A NEAR in brackets has its field before them."""
    return Near("text", leaf.left, leaf.right, leaf.distance) if isinstance(leaf, Near) else leaf


def outcome(text: str) -> Expression | QueryError:
    try:
        return parse(text)
    except QueryError as error:
        return error


def read_or_refused(text: str) -> None:
    """Whatever the text is, it is read, or refused in a way that can be shown."""
    result = outcome(text)
    if isinstance(result, QueryError):
        first, last = result.span
        assert 0 <= first <= last <= len(text)
        assert result.text == text
        assert len(str(result)) > 10
        assert str(result).isprintable()
        if result.suggestion is not None:
            parse(result.suggestion)
        return
    assert parse(write(result)) == result
    assert all(remark.isprintable() for remark in read(text).remarks)
    assert all(0 <= leaf.span[0] < leaf.span[1] <= len(text) for leaf in leaves(result))


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=80))
def test_any_text_is_read_or_refused(text: str) -> None:
    """There is no text that gives another error, a place outside it, or a suggestion that is refused in turn."""
    read_or_refused(text)


PIECES = [text for text, *_ in [*READ, *REFUSED, *TRANSLATED, *NEAREST]]
SIGNS = ["title:", "type:", "year:", "2015", " AND ", " OR ", " NOT ", " NEAR/3 ", *"()[]{}\"'~*?$#:=.,;/|&!+-<> \t\n"]


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(PIECES), st.sampled_from(SIGNS), st.text(max_size=4)), max_size=8), st.data())
def test_any_mixture_of_searches_is_read_or_refused(pieces: list[str], data: st.DataObject) -> None:
    """Searches joined, cut and sprinkled with signs are no exception."""
    text = data.draw(st.sampled_from(["", " "])).join(pieces)
    cut = data.draw(st.integers(0, len(text)))
    read_or_refused(text[:cut])
    read_or_refused(text[:cut] + data.draw(st.sampled_from(SIGNS)) + text[cut:])


@settings(deadline=None)
@given(st.text())
def test_replacing_signs_keeps_every_place(text: str) -> None:
    """Folding is one for one, so that a span in the folded text is one in the text."""
    assert len(folded(text)) == len(text)


# -- a second opinion ---

PLAIN = terms(("peer", "support", "mental", "health", "worker", "group", "recovery"), fields=("text",), wild=False)
COMMON = expressions(PLAIN.map(lambda one: Term("text", one.words)), most_leaves=8)


def explicit(expression: Expression) -> str:
    """Write it with every bracket, and NOT between two things, as Web of Science wants it."""
    if isinstance(expression, And | Or):
        operator = " AND " if isinstance(expression, And) else " OR "
        return f"({operator.join(map(explicit, expression.parts))})"
    if isinstance(expression, Not):
        return f"(anything NOT {explicit(expression.part)})"
    return write(expression)


def from_elsewhere(query: Any) -> Expression:
    if not query.operator:
        return term(*query.value.strip('"').split())
    parts = [from_elsewhere(child) for child in query.children]
    join: dict[str, Callable[..., Expression]] = {Operators.AND: all_of, Operators.OR: any_of}
    if query.value in join:
        return join[query.value](*parts)
    assert query.value == Operators.NOT
    first, *others = parts
    return all_of(first, *(other.part if isinstance(other, Not) else Not(other) for other in others))


@settings(max_examples=1_000, deadline=None)
@given(COMMON)
def test_another_parser_reads_the_same(expression: Expression) -> None:
    """Where the languages agree - words, phrases, operators, all brackets - CoLRev's search-query gives our tree."""
    text = explicit(expression)
    with contextlib.redirect_stdout(io.StringIO()):  # it prints its advice
        theirs = parse_elsewhere(text, platform="wos", is_list=False)
    assert from_elsewhere(theirs) == parse(text)
