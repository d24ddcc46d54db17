"""A carve finds what a search of OpenAlex finds, and keeps what it gives: the same items, come by either way."""

from collections.abc import Iterator
from pathlib import Path

import pytest
import snapshots
from conftest import Run
from snapshots import Layout
from test_carve import asked_by, begun

from harvester.bulk import carve
from harvester.bulk.snapshot import find
from harvester.bulk.workers import Threads
from harvester.library import Library
from harvester.library.reading import citations, works
from harvester.replica import Corpus, Replica, sites

# Markup is left out here: OpenAlex takes it for words, and a record does not (`test_search_agreement`).
ITEMS = list(snapshots.items(140, seed=23, marked=False))
TITLE = "Café naïve: peer, support – 心理"
ITEMS[30] |= {"title": TITLE, "display_name": TITLE, "is_retracted": True, "is_xpac": False, "publication_year": 2019}
ITEMS[30]["abstract_inverted_index"] = {
    "Der": [0],
    "“Peer”,": [1],
    "support;": [2],
    "психология": [3],
    'e\u0301"\\': [4],
}
ITEMS[31] |= {"title": "Peer support of the expansion", "abstract_inverted_index": None, "is_xpac": True}

SEARCHES: list[tuple[str, Layout]] = [
    ('"peer support" AND NOT "mental health"', "jsonl"),
    ("support* AND (stigma OR depress*)", "legacy"),
    ('"peer support" OR title:(café OR naive) OR abstract:психология', "parquet"),
    ("network NEAR/3 analysis", "jsonl"),
    ("year:2001-2019 AND (type:review OR language:es) AND health", "parquet"),
]


@pytest.fixture(scope="module")
def replica() -> Iterator[Replica]:
    with Replica(sites(Corpus(openalex=tuple(ITEMS)), unlimited=True)) as running:
        yield running


@pytest.mark.usefixtures("hurried")
@pytest.mark.parametrize(("query", "layout"), SEARCHES)
def test_a_carve_equals_a_search(tmp_path: Path, run: Run, query: str, layout: Layout) -> None:
    """The works selected, and the works and citations of both libraries to the last letter."""
    ended = run("--library", "asked.sqlite", "search", query)
    assert ended.status == 0, ended.err
    snapshots.write(tmp_path, ITEMS, layout=layout)
    with Library(tmp_path / "carved.sqlite", write="carve") as ours:
        carve.carry_on(ours, begun(ours, asked_by(query), find(str(tmp_path))), workers=Threads(count=1))
        with Library(tmp_path / "asked.sqlite") as theirs:
            selected, found = (
                {native for (native,) in library.db.execute("select native from hits where state = 'kept'")}
                for library in (ours, theirs)
            )
            assert selected == found
            assert selected
            assert [*works(ours)] == [*works(theirs)]
            assert [*citations(ours)] == [*citations(theirs)]
