"""NoteExpress' text comes out as Chinese databases write it, and goes in again; theirs is read too."""

import io
import re
from typing import Any

from hypothesis import given, settings
from hypothesis import strategies as st
from written_works import CROWD, PLAIN, UNTYPED, declared, hostile_works, read_back, records, returned, text_of, works

from harvester.formats.reading import readers
from harvester.model import Work


def expected(work: Work) -> dict[str, Any]:
    wanted = declared(work) | {"short": ""}
    if work.type in UNTYPED:
        wanted["type"] = None
    if work.type == "conference-paper" and not wanted["venue"]:
        wanted["venue"], wanted["series"] = wanted["series"], ""
    return wanted


@settings(deadline=None, max_examples=200)
@given(st.lists(works(), min_size=1, max_size=3))
def test_what_is_written_is_read_back(given_: list[Work]) -> None:
    found = read_back("noteexpress", text_of("noteexpress", *given_))
    assert [returned(one) for one in found] == [expected(one) for one in given_]


@settings(deadline=None)
@given(hostile_works())
def test_nothing_in_a_work_breaks_the_file(work: Work) -> None:
    """Every line is a field with a value, or parts two records; the plain ones are whole."""
    text = text_of("noteexpress", PLAIN, work, PLAIN)
    lines = text.split("\n")[:-1]
    assert all(re.fullmatch(r"\{[A-Z][A-Za-z/ ]+\}: \S.*", line) for line in lines if line)
    assert sum(line.startswith("{Reference Type}: ") for line in lines) == lines.count("") == 3
    fragments = list(readers()["noteexpress"].split(io.BytesIO(text.encode())))
    assert len(fragments) == 3
    plain = records(readers()["noteexpress"], f"{fragments[0].text}\n\n{fragments[2].text}".encode())
    assert [returned(one) for one in plain] == [expected(PLAIN)] * 2


def test_a_file_of_a_chinese_database_is_read() -> None:
    """People in one line or a line each, a translated title, an abstract over lines, proceedings in a third title."""
    text = (
        "{Reference Type}: Journal Article\r\n{Title}: 同伴支持\r\n{Translated Title}: Peer support\r\n"
        "{Author}: 张三;李四;\r\n{Author Address}: 某大学;\r\n{Journal}: 某期刊\r\n{ISBN/ISSN}: 1447-0349\r\n"
        "{Year}: 2020\r\n{Issue}: 11\r\n{Pages}: 49-51\r\n{Keywords}: 同伴;支持\r\n{Abstract}: One.\r\nTwo.\r\n"
        "{DOI}: 10.1000/A\r\n{Database Provider}: CNKI\r\n\r\n"
        "{Reference Type}: Conference Proceedings\r\n{Title}: 论文\r\n{Author}: 王五\r\n{Author}: 赵六\r\n"
        "{Tertiary Title}: 年会\r\n{Year}: 2021\r\n"
    )
    one, two = read_back("noteexpress", text)
    assert (one.title, one.other_titles[0].text, one.doi, one.first_page) == (
        "同伴支持",
        "Peer support",
        "10.1000/a",
        "49",
    )
    assert [each.name for each in one.authors or ()] == ["张三", "李四"]
    assert [each.term for each in one.keywords] == ["同伴", "支持"]
    assert one.abstract == "One. Two."
    assert two.type == "conference-paper"
    assert [each.name for each in two.authors or ()] == ["王五", "赵六"]
    assert two.venue is not None
    assert two.venue.name == "年会"


def test_3000_authors_are_all_there() -> None:
    text = text_of("noteexpress", CROWD)
    assert returned(read_back("noteexpress", text)[0])["authors"] == declared(CROWD)["authors"]
