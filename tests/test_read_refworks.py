"""RefWorks' tagged format, as RefWorks and Chinese databases write it."""

import io

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tagged_records import REFWORKS

from harvester.errors import InputError
from harvester.formats import refworks
from harvester.model import Record, Skip


def works(text: str) -> list[Record]:
    found = [refworks.record(one.text, "cnki") for one in refworks.split(io.BytesIO(text.encode()))]
    return [one for one in found if isinstance(one, Record)]


def test_records_come_in_whole() -> None:
    """Names and keywords in one line are several; the last page stands under OP."""
    article, thesis = works(REFWORKS)
    assert (article.title, article.doi, article.year) == ("同伴支持研究", "10.3969/j.issn.1008-0821", 2020)
    assert [one.name for one in article.authors or ()] == ["张三", "李四"]
    assert (article.type, article.volume, article.issue) == ("article", "29", "05")
    assert (article.first_page, article.last_page, article.language) == ("94", "98", "zh")
    assert [one.term for one in article.keywords] == ["同伴支持", "康复"]
    assert article.venue is not None
    assert (article.venue.name, article.venue.issns) == ("心理学报", ("1008-0821",))
    assert [one.url for one in article.links] == ["https://example.org/cnki"]
    assert (thesis.type, thesis.publisher, [one.name for one in thesis.authors or ()]) == (
        "dissertation",
        "Lisbon",
        ["Ana Silva"],
    )


def test_a_file_without_records_is_refused() -> None:
    """With a sentence."""
    with pytest.raises(InputError, match="RefWorks"):
        works("No records\n")


@given(st.text(st.sampled_from("RTA1Y \n\r;x"), max_size=200))
def test_no_text_breaks_the_reader(text: str) -> None:
    """Every fragment is a record or a reason."""
    for fragment in refworks.split(io.BytesIO(("RT Book\n" + text).encode())):
        assert isinstance(refworks.record(fragment.text, "cnki"), Record | Skip)
