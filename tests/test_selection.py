"""The filter of a library selects what the expression says, of all works that it holds."""

from pathlib import Path

import pytest
from library_evidence import begin, crossref, item, openalex

from harvester.errors import QueryError
from harvester.expression import parse
from harvester.identifiers import Identifier
from harvester.library import Library, derive, ledger, selection
from harvester.model import Page, Query

HELD = (
    openalex(1, doi="10.1000/a", title="Peer support", publication_year=2012, language="en", cites=(9,)),
    openalex(2, title="Support by peers", type="review", publication_year=2019, is_retracted=True),
    openalex(3, title="Recovery", publication_year=2020, open_access={"is_oa": True}, language="es"),
)


@pytest.fixture
def library(tmp_path: Path) -> Library:
    held = Library(tmp_path / "library.sqlite", write="test")
    run = begin(held, openalex=[Identifier("openalex", "W1")])
    for name, given in (*(("openalex", work) for work in HELD), ("crossref", crossref("10.1000/b", title=["Peers"]))):
        query = Query(source=name, url=f"https://example.org/{name}/{given.get('id') or given['DOI']}", kind="list")
        ledger.enqueue(held, run, [query])
        (request,) = ledger.waiting(held, run, name)
        ledger.settle(held, run, request, Page(items=(item(name, given),)), status=200, from_cache=False, wanted={})
    derive(held)
    return held


@pytest.mark.parametrize(
    ("where", "expected"),
    [
        ("peer", {"doi:10.1000/a", "openalex:W2", "doi:10.1000/b"}),
        ('"peer support"', {"doi:10.1000/a"}),
        ("peer*", {"doi:10.1000/a", "openalex:W2", "doi:10.1000/b"}),
        ("title:recovery OR type:review", {"openalex:W2", "openalex:W3"}),
        ("year:2015-", {"openalex:W2", "openalex:W3"}),
        ("retracted:true", {"openalex:W2"}),
        ("open_access:true", {"openalex:W3"}),
        ("language:es", {"openalex:W3"}),
        ("source:crossref", {"doi:10.1000/b"}),
        ("only_cited:true", {"openalex:W9"}),
        ("NOT peer AND only_cited:false", {"openalex:W3"}),
        ("xylophone", set()),
    ],
)
def test_each_field_selects_by_what_the_library_holds(library: Library, where: str, expected: set[str]) -> None:
    assert selection.select(library, parse.parse(where), text=where) == expected


@pytest.mark.parametrize("where", ["seed:true", "round:1", "peer OR decision:include"])
def test_a_field_that_nothing_is_recorded_for_is_refused(library: Library, where: str) -> None:
    """Better a sentence than an empty selection that looks like an answer."""
    with pytest.raises(QueryError) as refused:
        selection.select(library, parse.parse(where), text=where)
    first, last = refused.value.span
    assert where[first:last].partition(":")[0] in {"seed", "round", "decision"}
