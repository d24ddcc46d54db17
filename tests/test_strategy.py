"""Search strategies: lines with numbers in any dress, what they refer to, and what is wrong with which line."""

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from harvester.errors import QueryError
from harvester.expression.parse import parse
from harvester.expression.rows import MOST_LINES
from harvester.expression.strategy import read, translated
from harvester.expression.tokens import DEEPEST
from harvester.expression.tree import leaves
from harvester.expression.write import write

READ: list[tuple[str, str]] = [
    # a strategy, and the same in one line
    ("peer", "peer"),
    ("peer OR\nmentor\n\nOR nurse", "peer OR mentor OR nurse"),
    ("// what we want\n(peer OR\n // by experience\nmentor)\n# and no more\n", "(peer OR mentor)"),
    ("1 peer\n2 mentor\n3 1 OR 2", "peer OR mentor"),
    ("1. peer\n2. mentor\n3. 1 or 2", "peer OR mentor"),
    ("1) peer\n2) mentor\n3) #1 or #2", "peer OR mentor"),
    ("1: peer\r\n2: mentor\r\n3: #1 or #2\r\n", "peer OR mentor"),
    ("1\tpeer\r2\tmentor\r3\t#1 or #2", "peer OR mentor"),
    ("#1 peer\n#2 mentor\n#3 #1 or #2", "peer OR mentor"),
    ("#1: peer\n#2: mentor\n#3: #1 or #2", "peer OR mentor"),
    ("# 1 peer\n# 2 mentor\n# 3 #1 or #2", "peer OR mentor"),
    ("S1 peer\nS2 mentor\nS3 S1 OR S2", "peer OR mentor"),
    ("S1 peer\nS2 mentor\nS3 nurse AND (s1 OR S2)", "nurse AND (peer OR mentor)"),
    ("\ufeff1 peer\n2 mentor\n3 S1 OR S2", "peer OR mentor"),
    (" 1 peer\n 2 mentor\n10 1 OR 2", "peer OR mentor"),
    ("  1 peer\n  2 mentor\n  3 1 OR 2", "peer OR mentor"),
    ("１． peer\n２． mentor\n３． 1 OR 2", "peer OR mentor"),
    ("1. peer OR\n   mentor OR\n\n   // or so\n   nurse", "peer OR mentor OR nurse"),
    ('1. "peer\n     support"\n2. #1 NOT child*', '"peer support" NOT child*'),
    ("1 aa\n2 bb\n3 cc\n4 or/1-3", "aa OR bb OR cc"),
    ("1 aa\n2 bb\n3 cc\n4 and/1,3", "aa AND cc"),
    ("1 aa\n2 bb\n3 cc\n4 OR/#1-#2, 3", "aa OR bb OR cc"),
    ("1 aa\n2 bb\n3 cc\n4 1-3/or", "aa OR bb OR cc"),
    ("#1 aa\n#2 bb\n#3 cc\n#4 {OR #1-#3}", "aa OR bb OR cc"),
    ("1 aa\n2 bb\n3 cc\n4 dd\n5 (or/1-2) and (or/3-4)", "(aa OR bb) AND (cc OR dd)"),
    ("1 aa\n2 bb OR cc\n3 #1 AND #2 AND year:2015-", "aa AND (bb OR cc) AND year:2015-"),
    ("1 aa\n2 NOT bb\n3 #1 AND NOT #2", "aa AND bb"),
    ("1 aa\n2 bb\n3 1 NOT 2", "aa NOT bb"),
    ("1 aa\n2 1\n3 #2", "aa"),
    ("3 #2 AND aa\n2 #1 OR bb\n1 cc", "(cc OR bb) AND aa"),
    ("1 19 2020 years\n2 #1", "19 2020 years"),
    ("1 aa\n2 2020", "2020"),
    ('1 "#1 AND x"\n2 #1', '"1 and x"'),
    ("1 S100 protein\n2 #1", "s100 protein"),
    ("5 year survival", "5 year survival"),
    ("S1 nerve root", "s1 nerve root"),
    # counts of hits, and what is none
    ("1\tpeer\t12,345\n2\tmentor\t7\n3\t1 or 2\t12,346", "peer OR mentor"),
    ("1. peer  (12,345)\n2. mentor   (7)\n3. #1 OR #2\t(12352)", "peer OR mentor"),
    ("1. Peer (12)\n2. #1", "peer (12)"),
    ("1. peer\n2. #1 OR\t1999", "peer OR 1999"),
    ("1. year:\t1999\n2. #1", "year:1999"),
    ("1. covid 19\n2. #1", "covid 19"),
]


@pytest.mark.parametrize(("text", "same"), READ, ids=[text for text, _ in READ])
def test_a_strategy_says_what_one_line_would(text: str, same: str) -> None:
    """Lines stand for what they say, in brackets, wherever they are named."""
    assert read(text).expression == parse(same)


REFUSED: list[tuple[str, str, str, str | None, str]] = [
    # a strategy, the line that is wrong, the place in it, the suggestion, what is said
    ("", "", "", None, "no line holds a search"),
    ("// nothing\n# here\n\n", "", "", None, "no line holds a search"),
    ("1 peer\n2 titel:peer\n3 1 or 2", "titel:peer", "titel:", "title:peer", "Line 2: 'titel' is no field"),
    ('S1 "peer\nS2 x', '"peer', '"', '"peer"', "Line S1: This quote"),
    ("#1 peer[ti]\t99\n#2 #1", "peer[ti]", "[ti]", "title:peer", "Line #1: [ti]"),
    ("1 peer\n2 #1 AND #9", "#1 AND #9", "#9", None, "Line 2: There is no line 9; there are 1, 2."),
    ("1 peer\n2 1 AND 9", "1 AND 9", "9", None, "no line 9"),
    ("1 peer\n2 or/1-9", "or/1-9", "or/1-9", None, "no line 3"),
    ("1 peer\n2 x or/1-99999", "x or/1-99999", "or/1-99999", None, "no line 99999"),
    ("S1 peer\nS2 S1 OR S100", "S1 OR S100", "S100", None, "no line 100"),
    ("1 peer\n1 mentor", "1 mentor", "1", None, "given to two lines"),
    ("1 peer\n2.\n3 #1", "2.", "2", None, "Line 2 is empty"),
    ("1 #1 OR peer\n2 #1", "#1 OR peer", "#1", None, "Line 1: it refers to itself"),
    ("1 #3 OR x\n2 #1\n3 #2", "#1", "#1", None, "circle: from line 1 to line 3, line 2, line 1"),
    ("1 or/1-2\n2 x", "or/1-2", "or/1-2", None, "refers to itself"),
    ("1 peer\n2 mentor\n3 #1-#2 AND x", "#1-#2 AND x", "#1-#2", "or/1-2 AND x", "all of these lines"),
    ("1 peer\n2 x\n3 1 AND animals OR 2", "1 AND animals OR 2", "1", "#1 AND animals OR #2", "the line or the number"),
    (
        "1 peer\n2 1 NOT (animals/ NOT humans/)",
        "1 NOT (animals/ NOT humans/)",
        "1",
        "#1 NOT (animals NOT humans)",
        "#1 for",
    ),
    ("Medline\n1 peer\n2 mentor", "Medline", "Medline", None, "Row 1 has no number: 'Medline'"),
    ("1 peer\n2 mentor\nOR nurse", "OR nurse", "OR nurse", None, "Indent it"),
    ("1 peer\n2 AND mentor", "2 AND mentor", "2 AND mentor", None, "Row 2 has no number"),
    ("peer OR\nmentor AND\ntitel:x", "titel:x", "titel:", "peer OR mentor AND title:x", "Row 3: 'titel'"),
    ("(peer OR\nmentor", "(peer OR", "(", "(peer OR mentor)", "Row 1: This bracket"),
    (
        '1 peer\n2 limit 1 to yr="2015 -Current"',
        'limit 1 to yr="2015 -Current"',
        'limit 1 to yr="2015 -Current"',
        "#1 AND year:2015-",
        "command of Ovid",
    ),
    ("1 peer\n2 remove duplicates from 1", "remove duplicates from 1", "remove duplicates from 1", "#1", "twice"),
    ("1 peer\n2 x\n3 #1 NEAR/3 #2", "#1 NEAR/3 #2", "#1", None, "On each side of NEAR"),
]


@pytest.mark.parametrize(("text", "line", "place", "suggestion", "said"), REFUSED, ids=[case[0] for case in REFUSED])
def test_what_is_wrong_is_said_of_its_line(text: str, line: str, place: str, suggestion: str | None, said: str) -> None:
    """The error shows the one line, the place in it, and what to write there."""
    with pytest.raises(QueryError) as caught:
        read(text)
    assert caught.value.text == line
    assert line[slice(*caught.value.span)] == place
    assert caught.value.suggestion == suggestion
    assert said in str(caught.value)


def test_lines_keep_their_numbers_and_words() -> None:
    """What the account of a search prints is what was written."""
    strategy = read("#1: “Peer support” OR\n    mentor*  (12)\n#2 #1 NOT child")
    assert [(line.label, line.text) for line in strategy.lines] == [
        ("#1", "“Peer support” OR     mentor*"),
        ("#2", "#1 NOT child"),
    ]
    assert strategy.result is strategy.lines[1]
    assert write(strategy.lines[0].expression) == '"peer support" OR mentor*'


def test_lines_that_the_result_does_not_need_are_named() -> None:
    """The result is the line with the highest number; a line that leads to it is used, however far back."""
    strategy = read("1 aa\n2 bb\n3 #1 OR x\n4 cc\n5 #3 AND y")
    assert strategy.result.label == "5"
    assert strategy.unused == ("2", "4")
    assert strategy.remarks == ("Line 5 is the result, and does not use lines 2 and 4.",)


def test_a_history_with_the_newest_line_first_has_the_same_result() -> None:
    """PubMed lists the last search on top."""
    assert read("3\t#1 AND #2\t5\n2\tbb\t10\n1\taa\t20").result.label == "3"


def test_remarks_are_made_once_with_their_lines() -> None:
    """Thirty lines with small operators make one remark; references are shown as they were written."""
    remarks = read("1 aa or bb\n2 self-help or cc\n3 #1 OR #2 AND x\t12").remarks
    assert remarks == (
        "Lines 1 and 2: or is read as an operator; in quotes it is a word.",
        "Line 2: Read 'self-help' as the phrase \"self help\".",
        "Line 3: the number at the end is taken for a count of hits and left out.",
        "Line 3: Without brackets AND goes before OR; read as: #1 OR (#2 AND x)",
    )


@pytest.mark.parametrize(
    "text",
    [
        '1. "peer support"\r\n2. title:mentor OR\r\n\tnurse\r\n3. #1 AND 2010 or/1-2',
        '(peer OR\n  year:2015-)\nAND "x y"',
    ],
)
def test_leaves_know_where_they_stood_in_the_whole_text(text: str) -> None:
    """A leaf of any line is found in the file that was read."""
    for leaf in leaves(read(text).expression):
        assert parse(text[slice(*leaf.span)]) == leaf


def test_lines_that_double_each_other_are_refused_before_they_fill_the_memory() -> None:
    """Sixty short lines can say more than there is room for."""
    lines = ["1 aa", "2 bb", *(f"{number} #{number - 1} AND #{number - 2} OR #{number - 1}" for number in range(3, 61))]
    with pytest.raises(QueryError, match="words, phrases and values; at most 50,000"):
        read("\n".join(lines))


def test_lines_may_be_many_but_not_deep() -> None:
    """A long list of lines joined in one is usual; AND and OR within each other by the hundred are not safe to walk."""
    flat = ["1 w1x", *(f"{number} #{number - 1} OR w{number}x" for number in range(2, MOST_LINES + 1))]
    assert sum(1 for _ in leaves(read("\n".join(flat)).expression)) == MOST_LINES
    with pytest.raises(QueryError, match="at most 1,000 lines"):
        read("\n".join([*flat, f"{MOST_LINES + 1} x"]))
    joins = ("AND", "OR")
    deep = ["1 aa", *(f"{number} #{number - 1} {joins[number % 2]} x" for number in range(2, DEEPEST + 2))]
    assert parse(write(read("\n".join(deep)).expression)) == read("\n".join(deep)).expression
    with pytest.raises(QueryError, match=f"{DEEPEST} deep"):
        read("\n".join([*deep, f"{DEEPEST + 2} #{DEEPEST + 1} {joins[DEEPEST % 2]} x"]))


OVID = """// Ovid MEDLINE
1. exp Peer Group/	12345
2. Self-Help Groups/	8,765
3. (peer adj3 (support* or counsel?ing or mentor*)).ti,ab,kf.	4321
4. peer support work$.tw.
5. or/1-4	99999
6. (mental* adj2 (ill or illness*)).ti,ab.
7. 5 and 6
8. limit 7 to (english language and yr="2015 -Current")
"""


def test_a_strategy_of_ovid_is_translated_at_once() -> None:
    """Every line gets its suggestion in its place, and is understood then."""
    translation = translated(OVID)
    assert translation.text == (
        '// Ovid MEDLINE\n1. "Peer Group"\t12345\n2. "Self-Help Groups"\t8,765\n'
        "3. (peer NEAR/2 (support* or counsel?ing or mentor*))\t4321\n"
        '4. "peer support work*"\n5. or/1-4\t99999\n6. (mental* NEAR/1 (ill or illness*))\n7. 5 and 6\n'
        "8. #7 AND year:2015- AND language:en\n"
    )
    assert [sentence.partition(":")[0] for sentence in translation.sentences] == [
        f"Line {n}" for n in (1, 2, 3, 4, 6, 8)
    ]
    assert "At Ovid ? may also stand for no letter" in translation.sentences[2]
    assert read(translation.text).expression == parse(
        '("peer group" OR "self help groups" OR (peer NEAR/2 (support* OR counsel?ing OR mentor*))'
        ' OR "peer support work*")'
        " AND (mental* NEAR/1 (ill OR illness*)) AND year:2015- AND language:en"
    )
    assert translated(translation.text) == (translation.text, ())


@pytest.mark.parametrize(("text", "better"), [("", ""), ("peer", "peer"), ("peer[ti]", "title:peer"), ("pe*", "pe*")])
def test_a_search_of_one_line_is_translated_like_a_strategy(text: str, better: str) -> None:
    """What has no suggestion stays as it is."""
    assert translated(text).text == better


PIECES = [text for text, *_ in [*READ, *REFUSED]]
SIGNS = [
    "\n",
    "\r\n",
    "\t",
    "  ",
    "1 ",
    "2. ",
    "#3 ",
    "S4 ",
    "#1",
    "or/1-2",
    " AND ",
    " OR ",
    "(",
    ")",
    '"',
    "// ",
    "# ",
    "peer",
    "(12)",
]


def outcome(text: str) -> QueryError | None:
    try:
        read(text)
    except QueryError as error:
        return error
    return None


@settings(max_examples=500, deadline=None)
@given(st.lists(st.one_of(st.sampled_from(SIGNS), st.sampled_from(PIECES), st.text(max_size=5)), max_size=12))
def test_any_text_is_a_strategy_or_is_refused(pieces: list[str]) -> None:
    """No text gives another error, or a place outside of the line that is shown; what it is about is in the text."""
    text = "".join(pieces)
    error = outcome(text)
    if error is None:
        strategy = read(text)
        assert strategy.result in strategy.lines
        assert parse(write(strategy.expression)) == strategy.expression
        assert all(text[slice(*leaf.span)] for leaf in leaves(strategy.expression))
    else:
        assert 0 <= error.span[0] <= error.span[1] <= len(error.text)
        assert error.text.split() == [] or error.text.split()[0] in text
