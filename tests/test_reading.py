"""Reading a library back: one work by any name, lists in order, and figures that are counted."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from library_evidence import begin, crossref, keep, new, openalex, pubmed

from harvester.errors import InputError
from harvester.identifiers import Identifier
from harvester.library import Library, derive, ledger, reading
from harvester.library.derivation import family_name
from harvester.library.incomplete import cited_only
from harvester.library.retracted import retracted
from harvester.model import Authorship, Citation
from harvester.sources import source


@pytest.fixture
def library(tmp_path: Path) -> Iterator[Library]:
    with new(tmp_path) as opened:
        yield opened


def filled(library: Library) -> None:
    authors = [{"given": "Ana", "family": "van der Silva"}, {"given": "Bo", "family": "Li"}]
    keep(
        library,
        [
            openalex(
                1, doi="10.5555/a", cites=[2, 3, 4], ids={"pmid": "https://pubmed.ncbi.nlm.nih.gov/12", "mag": "77"}
            ),
            openalex(2, cites=[3], cited_by_count=7),
            openalex(5, cites=[3, 4], is_retracted=True),
            crossref("10.5555/a", cites=["10.5555/b", "Smith 1999, a book"], author=authors),
        ],
    )
    derive(library)


@pytest.mark.parametrize(
    "text",
    ["10.5555/A", "doi:10.5555/a", "https://doi.org/10.5555/a", "W1", "https://openalex.org/W1", "pmid:12", "mag:77"],
)
def test_a_work_is_found_by_any_of_its_names(library: Library, text: str) -> None:
    """In any dress, by identifiers of any scheme that a source gave."""
    filled(library)
    assert reading.find(library, text) == "doi:10.5555/a"


@pytest.mark.parametrize("text", ["10.5555/nowhere", "W99", "peer support", "mag:1", ""])
def test_what_is_not_here_is_an_input_error(library: Library, text: str) -> None:
    """A sentence, whether the text names no work or one that is not here."""
    filled(library)
    with pytest.raises(InputError):
        reading.find(library, text)
    with pytest.raises(InputError):
        reading.work(library, "doi:10.5555/nowhere")


def test_a_name_of_two_works_is_refused_with_both(library: Library) -> None:
    """A PMID that OpenAlex gives to two works names neither."""
    pmid = {"pmid": "https://pubmed.ncbi.nlm.nih.gov/12"}
    keep(library, [openalex(1, ids=pmid), openalex(2, ids=pmid)])
    derive(library)
    with pytest.raises(InputError, match="openalex:W1, openalex:W2; name one"):
        reading.find(library, "pmid:12")


def test_lists_of_citations_say_who_states_them_and_count_here(library: Library) -> None:
    """The most cited here first; those known only by citation are marked."""
    filled(library)
    lines = reading.references(library, "doi:10.5555/a")
    assert [(line.key, line.cited_here, line.only_cited) for line in lines] == [
        ("openalex:W3", 3, True),
        ("openalex:W4", 2, True),
        ("openalex:W2", 1, False),
        ("doi:10.5555/b", 1, True),
    ]
    assert {line.sources for line in lines} == {("openalex",), ("crossref",)}
    assert [line.key for line in reading.cited_by(library, "openalex:W3")] == [
        "openalex:W2",
        "openalex:W5",
        "doi:10.5555/a",
    ]
    assert next(reading.citations(library)) == Citation("doi:10.5555/a", "doi:10.5555/b", ("crossref",))


def test_top_counts_citing_works_once_and_leaves_loops_out(library: Library) -> None:
    """Ties go to the more cited everywhere, then by key; works that nothing cites come last."""
    keep(
        library,
        [openalex(1, doi="10.5555/a", cites=[1, 2, 3]), crossref("10.5555/a", cites=["10.5555/b", "10.5555/a"])],
    )
    keep(library, [openalex(2, doi="10.5555/b"), openalex(4, cites=[3], cited_by_count=50)])
    derive(library)
    lines = reading.top(library, limit=10)
    assert [(line.key, line.cited_here) for line in lines] == [
        ("openalex:W3", 2),
        ("doi:10.5555/b", 1),
        ("openalex:W4", 0),
        ("doi:10.5555/a", 0),
    ]
    for limit in range(1, 5):
        assert reading.top(library, limit=limit) == lines[:limit]


@settings(max_examples=40, deadline=None)
@given(
    st.dictionaries(st.integers(1, 9), st.lists(st.integers(1, 12), max_size=6), min_size=1, max_size=6),
    st.integers(1, 15),
)
def test_top_is_what_counting_by_hand_gives(
    tmp_path_factory: pytest.TempPathFactory, cites: dict[int, list[int]], limit: int
) -> None:
    """Over any small graph, with any limit."""
    with new(tmp_path_factory.mktemp("library")) as library:
        keep(library, [openalex(number, cites=cited) for number, cited in cites.items()])
        derive(library)
        counted = Counter(cited for number, listed in cites.items() for cited in set(listed) - {number})
        known = {*cites, *(cited for listed in cites.values() for cited in listed)}
        order = sorted(known, key=lambda n: (-counted[n], -n if n in cites else 1, f"W{n}"))
        lines = reading.top(library, limit=limit)
        assert [(line.key, line.cited_here) for line in lines] == [
            (f"openalex:W{n}", counted[n]) for n in order[:limit]
        ]
        stubs = sorted(known - set(cites), key=lambda n: (-counted[n], f"W{n}"))
        assert cited_only(library) == [Identifier("openalex", f"W{n}") for n in stubs]


def test_nodes_are_the_works_in_columns(library: Library) -> None:
    """The same order and values; the largest count any index states; the family name of the first author."""
    filled(library)
    works, nodes = list(reading.works(library)), list(reading.nodes(library))
    assert [node.key for node in nodes] == [work.key for work in works] == sorted(work.key for work in works)
    for work, node in zip(works, nodes, strict=True):
        assert (node.title, node.year, node.doi, node.openalex, node.type) == (
            work.title,
            work.year,
            work.doi,
            work.openalex,
            work.type,
        )
        assert node.sources == work.sources
        assert node.only_cited == (not work.sources)
        assert node.is_retracted == bool(work.is_retracted)
        assert node.cited_by_count == max((c.value for c in work.counts if c.kind == "cited_by"), default=None)
    assert nodes[0].first_author == "van der Silva"
    assert nodes[0].sources == ("crossref", "openalex")


def test_the_status_counts_everything(library: Library) -> None:
    """Works, stubs, citations, references that lead nowhere, notices, and what each source was asked."""
    filled(library)
    status = reading.status(library)
    assert (status.works, status.only_cited, status.citations) == (3, 3, 7)
    assert (status.with_references, status.unmatched_references, status.repeated_references) == (3, 1, 0)
    assert (status.retracted, status.with_notices, status.loops, status.stale) == (1, 1, 0, False)
    assert [(one.source, one.works, one.citations) for one in status.sources] == [
        ("crossref", 1, 1),
        ("openalex", 3, 6),
    ]
    run = begin(library, crossref=[Identifier("doi", "10.5555/q")])
    ledger.enqueue(library, run, source("crossref").lookup(ledger.unasked(library, run, "crossref")))
    ledger.fail(library, ledger.waiting(library, run, "crossref")[0], detail="refused")
    keep(library, [openalex(8)])
    status = reading.status(library)
    assert status.stale
    assert status.failures == (("refused", 1),)
    assert status.sources[0].failed == 1


def test_a_notice_is_counted_on_the_work_it_is_about(library: Library) -> None:
    """The work that is the notice has none itself."""
    update = {"type": "correction", "updated": {"date-parts": [[2020, 1, 1]]}}
    notice: dict[str, Any] = {"update-to": [{**update, "DOI": "10.5555/a"}]}
    corrected: dict[str, Any] = {"updated-by": [{**update, "DOI": "10.5555/n"}]}
    keep(library, [crossref("10.5555/n", **notice), crossref("10.5555/a", **corrected)])
    derive(library)
    assert reading.status(library).with_notices == 1
    assert reading.status(library).retracted == 0


def test_the_ledger_is_read_in_an_order_that_compares(library: Library) -> None:
    """Requests by address, whatever the order in which they were answered."""
    run = begin(library)
    keep(library, [openalex(1), crossref("10.5555/a")], run=run)
    ledger.finish(library, run, outcome="done")
    (entry,) = reading.runs(library)
    assert entry["outcome"] == "done"
    assert [one["source"] for one in entry["requests"]] == ["crossref", "openalex"]
    assert len(entry["sessions"]) == 1


def test_differences_of_sources_are_listed_over_the_library(library: Library) -> None:
    """Each with the work it is about."""
    keep(library, [crossref("10.5555/a", title=["Peer support"]), openalex(1, doi="10.5555/a", title="Peer review")])
    derive(library)
    found = {(each.key, each.field) for each in reading.differing(library)}
    assert found == {("doi:10.5555/a", "title"), ("doi:10.5555/a", "year")}


@pytest.mark.parametrize(
    ("author", "name"),
    [
        (Authorship(name="Ana Silva", family="Silva"), "Silva"),
        (Authorship(name="World Health Organization", is_organisation=True), "World Health Organization"),
        (Authorship(name="Silva, Ana"), "Silva"),
        (Authorship(name="Plato"), "Plato"),
        (Authorship(name="de Silva"), "Silva"),
        (Authorship(name="Ana de la Silva"), "de la Silva"),
        (Authorship(name=""), ""),
    ],
)
def test_a_first_author_is_named_as_in_a_citation(author: Authorship, name: str) -> None:
    """By family name, however the source gives it."""
    assert family_name(author) == name


def test_retracted_works_are_listed_with_the_notice_and_who_says_otherwise(tmp_path: Path) -> None:
    """One index may know of it before the other; a notice alone is enough, a correction is not."""
    noticed = {"update-to": [{"DOI": "10.1000/a", "type": "retraction", "updated": {"date-parts": [[2020, 5, 1]]}}]}
    told = {"updated-by": [{"DOI": "10.1000/n", "type": "retraction", "updated": {"date-parts": [[2020, 5, 1]]}}]}
    corrected = {"updated-by": [{"DOI": "10.1000/m", "type": "correction", "updated": {"date-parts": [[2020]]}}]}
    with new(tmp_path) as library:
        keep(library, [openalex(1, doi="10.1000/a", is_retracted=False), crossref("10.1000/a", **told)])
        keep(library, [openalex(2, doi="10.1000/b", is_retracted=True), crossref("10.1000/c", **corrected)])
        keep(library, [crossref("10.1000/n", **noticed)])
        derive(library)
        one, other = retracted(library)
    assert (one.key, one.said_by, one.denied_by) == ("doi:10.1000/a", ("crossref",), ("openalex",))
    ((notice),) = one.notices
    assert (notice.doi, notice.date, notice.key) == ("10.1000/n", "2020-05-01", "doi:10.1000/n")
    assert (other.key, other.said_by, other.denied_by) == ("doi:10.1000/b", ("openalex",), ())
    assert Identifier("openalex", "W2") in other.identifiers


def test_a_notice_retracts_a_work_whose_own_record_does_not_know_of_it(tmp_path: Path) -> None:
    """Seen from the notice: with its key, its day, and who has it; a correction retracts nothing."""
    day: dict[str, Any] = {"updated": {"date-parts": [[2020, 5, 1]]}}
    retracts: dict[str, Any] = {
        "update-to": [{"DOI": "10.1000/a", "type": "retraction", "source": "retraction-watch", **day}]
    }
    corrects: dict[str, Any] = {
        "update-to": [{"DOI": "10.1000/b", "type": "correction", **day}, {"DOI": "10.1000/z", "type": "removal"}]
    }
    with new(tmp_path) as library:
        keep(library, [openalex(1, doi="10.1000/a", is_retracted=False), crossref("10.1000/a"), crossref("10.1000/b")])
        keep(library, [crossref("10.1000/n", title=["Retraction: a trial"], **retracts)])
        keep(library, [crossref("10.1000/m", title=["Retracted and corrected"], **corrects)])
        derive(library)
        (one,) = retracted(library)
    assert (one.key, one.said_by, one.denied_by) == ("doi:10.1000/a", ("crossref",), ("openalex",))
    (notice,) = one.notices
    assert (notice.key, notice.doi, notice.date) == ("doi:10.1000/n", "10.1000/n", "2020-05-01")
    assert (notice.direction, notice.type, notice.asserted_by) == ("updated_by", "retraction", "retraction-watch")


def test_a_notice_retracts_a_work_known_only_by_being_cited(tmp_path: Path) -> None:
    """That nobody has described a work is no reason to cite it unwarned."""
    retracts: dict[str, Any] = {
        "update-to": [{"DOI": "10.1000/a", "type": "withdrawal"}],
        "title": ["Withdrawal notice"],
    }
    with new(tmp_path) as library:
        keep(library, [crossref("10.1000/b", cites=["10.1000/a"]), crossref("10.1000/n", **retracts)])
        derive(library)
        (one,) = retracted(library)
    assert (one.key, one.title, one.said_by) == ("doi:10.1000/a", None, ("crossref",))
    assert [notice.key for notice in one.notices] == ["doi:10.1000/n"]


def test_a_notice_in_pubmed_is_found_by_its_pmid(tmp_path: Path) -> None:
    """PubMed names the other side by PMID and by where it was printed."""
    refers = (
        '<CommentsCorrectionsList><CommentsCorrections RefType="{}">'
        "<RefSource>Lancet. 2010 Feb 6;375(9713):445</RefSource><PMID>{}</PMID>"
        "</CommentsCorrections></CommentsCorrectionsList>"
    )
    with new(tmp_path) as library:
        for pmid, kind, other in (
            ("11", "RetractedandRepublishedIn", "12"),
            ("12", "RetractedandRepublishedFrom", "11"),
        ):
            given = pubmed(pmid)
            text = given["text"].replace("</MedlineCitation>", f"{refers.format(kind, other)}</MedlineCitation>")
            keep(library, [{**given, "text": text}])
        derive(library)
        (one,) = retracted(library)
        assert one.key == reading.find(library, "pmid:11")
        (notice,) = one.notices
        assert (notice.type, notice.date, notice.record_id) == ("retraction_and_replacement", "2010-02-06", "pmid:12")
        assert notice.key == reading.find(library, "pmid:12")
