"""Works and citations become the same graph whatever order they come in, and nothing is lost uncounted."""

import random
import subprocess
import sys

import networkx as nx
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from graph.build import MISSING, CitationGraph, build
from harvester.model import Citation, Node

KEYS = [f"doi:10.1/{letter}" for letter in "abcdefgh"]
SOURCES = ["crossref", "openalex", "opencitations"]

names = st.sets(st.sampled_from(SOURCES)).map(sorted).map(tuple)
works = st.builds(
    Node,
    key=st.just(""),
    title=st.none() | st.text(),
    year=st.none() | st.integers(1800, 2030),
    venue=st.none() | st.sampled_from(["Health Expectations", "BMJ"]),
    cited_by_count=st.none() | st.integers(0, 10_000),
    sources=names,
    is_retracted=st.booleans(),
    is_open_access=st.none() | st.booleans(),
    only_cited=st.booleans(),
)


@st.composite
def material(draw: st.DrawFn) -> tuple[list[Node], list[Citation]]:
    """Works with different keys, and citations among them: repeated, looped, in any order."""
    keys = draw(st.lists(st.sampled_from(KEYS), unique=True))
    nodes = [draw(works)._replace(key=key) for key in keys]
    ends = st.sampled_from(keys) if keys else st.nothing()
    citations = draw(st.lists(st.builds(Citation, ends, ends, names), max_size=30))
    return nodes, citations


def content(graph: CitationGraph) -> dict[str, object]:
    """Everything a graph holds, comparable; the sources by name rather than by bit."""
    columns = {
        name: column.tolist() if isinstance(column := getattr(graph, name), np.ndarray) else column
        for name in CitationGraph.__dataclass_fields__
        if name not in ("source_names", "edge_sources")
    }
    return columns | {"edge sources": [graph.names_in(mask) for mask in graph.edge_sources.tolist()]}


def pairs(graph: CitationGraph) -> dict[tuple[str, str], set[str]]:
    """Who cites whom, according to whom."""
    return {
        (graph.keys[citing], graph.keys[cited]): set(graph.names_in(mask)) for citing, cited, mask, _ in graph.edges()
    }


@settings(deadline=None)
@given(material(), st.randoms(use_true_random=False))
def test_the_order_of_works_and_citations_changes_nothing(
    given_material: tuple[list[Node], list[Citation]], chance: random.Random
) -> None:
    """The same material, shuffled, is the same graph."""
    nodes, citations = given_material
    once = content(build(nodes, citations))
    chance.shuffle(nodes)
    chance.shuffle(citations)
    assert content(build(iter(nodes), iter(citations))) == once


@settings(deadline=None)
@given(material())
def test_every_citation_is_kept_united_or_counted(given_material: tuple[list[Node], list[Citation]]) -> None:
    """The graph holds just the pairs given, with all their sources; what is missing stands in the counts."""
    nodes, citations = given_material
    graph = build(nodes, citations)
    expected: dict[tuple[str, str], set[str]] = {}
    for citing, cited, sources in citations:
        if citing != cited:
            expected.setdefault((citing, cited), set()).update(sources)
    assert pairs(graph) == expected
    assert graph.loops == sum(citing == cited for citing, cited, _ in citations)
    assert graph.citations + graph.loops + graph.duplicates == len(citations)
    assert len(graph) == len(nodes)


@settings(deadline=None)
@given(material())
def test_both_directions_say_the_same(given_material: tuple[list[Node], list[Citation]]) -> None:
    """The rows by citing work and those by cited work hold one set of citations, each in ascending order."""
    graph = build(*given_material)
    forward = {(citing, cited) for citing in graph.keys for cited in graph.references(citing)}
    backward = {(citing, cited) for cited in graph.keys for citing in graph.cited_by(cited)}
    assert forward == backward == set(pairs(graph))
    for key in graph.keys:
        assert list(graph.references(key)) == sorted(graph.references(key))
        assert list(graph.cited_by(key)) == sorted(graph.cited_by(key))


@settings(deadline=None)
@given(material())
def test_columns_hold_what_the_works_said(given_material: tuple[list[Node], list[Citation]]) -> None:
    """Each column, at the row of a work, gives back the field of its node."""
    nodes, citations = given_material
    graph = build(nodes, citations)
    assert list(graph.keys) == sorted(node.key for node in nodes)
    for node in nodes:
        row = graph.position(node.key)
        assert graph.title[row] == node.title
        assert graph.venue[row] == node.venue
        assert graph.sources[row] == node.sources
        assert graph.year[row] == (MISSING if node.year is None else node.year)
        assert graph.cited_by_count[row] == (MISSING if node.cited_by_count is None else node.cited_by_count)
        assert graph.is_retracted[row] == node.is_retracted
        assert graph.only_cited[row] == node.only_cited
        assert graph.is_open_access[row] == {None: -1, False: 0, True: 1}[node.is_open_access]


@settings(deadline=None)
@given(material(), st.data())
def test_a_selection_is_the_graph_of_the_selected(
    given_material: tuple[list[Node], list[Citation]], data: st.DataObject
) -> None:
    """Selecting works gives the graph that is built from them and the citations among them alone."""
    nodes, citations = given_material
    graph = build(nodes, citations)
    mask = data.draw(st.lists(st.booleans(), min_size=len(nodes), max_size=len(nodes)))
    kept = {key for key, chosen in zip(graph.keys, mask, strict=True) if chosen}
    selected = graph.select(np.array(mask, dtype=bool))
    united = {(a, b): Citation(a, b, tuple(sources)) for (a, b), sources in pairs(graph).items()}
    alone = build(
        [node for node in nodes if node.key in kept],
        [citation for (a, b), citation in united.items() if a in kept and b in kept],
    )
    assert content(selected) == content(alone)


def test_only_full_leaves_out_works_known_by_being_cited() -> None:
    """What nobody has a record of goes, and the citations of it go with it."""
    nodes = [Node("a"), Node("b"), Node("c", only_cited=True)]
    graph = build(nodes, [Citation("a", "b", ("crossref",)), Citation("a", "c", ("crossref",))])
    full = graph.only_full()
    assert full.keys == ("a", "b")
    assert pairs(full) == {("a", "b"): {"crossref"}}


@pytest.mark.parametrize("mask", [[True], [1, 0], [[True, False]], []])
def test_a_selection_needs_one_truth_value_for_each_work(mask: object) -> None:
    """A list of row numbers, which numpy would take for a mask, is refused."""
    graph = build([Node("a"), Node("b")], [])
    with pytest.raises(ValueError, match="one truth value for each of the 2 works"):
        graph.select(mask)  # type: ignore[arg-type]  # that is the claim


def test_a_citation_of_an_unknown_work_is_refused_by_name() -> None:
    """The sentence says which citation it is and which of its ends is not there."""
    with pytest.raises(ValueError, match="citation of 'x' by 'a' names 'x', which is not among the works"):
        build([Node("a")], [Citation("a", "x", ("crossref",))])
    with pytest.raises(ValueError, match="citation of 'a' by 'x' names 'x', which is not among the works"):
        build([Node("a")], [Citation("x", "a", ("crossref",))])


def test_two_works_with_one_key_are_refused() -> None:
    """A graph has no opinion on which of two descriptions of a work is right."""
    with pytest.raises(ValueError, match="two works have the key 'a'"):
        build([Node("a", title="one"), Node("b"), Node("a", title="two")], [])


@pytest.mark.parametrize(
    "key", ["", " a", "a\n", "a\tb", "a\x00b", "a\x85b", "a\u2028b", "a\ud800b", "a\ufffe", "\u00a0a"]
)
def test_a_key_that_no_file_can_hold_is_refused(key: str) -> None:
    """A key is an id in every export: it has to come back from each of them as it went in."""
    with pytest.raises(ValueError, match="key"):
        build([Node(key)], [])


@pytest.mark.parametrize("key", ["doi:10.1002/(sici)1<2::aid-x>3.0.co;2-#", 'a"b&c', "doi:10.1/é b", "中文", "𝔞"])
def test_keys_may_hold_whatever_dois_hold(key: str) -> None:
    """Brackets, angle brackets, inner spaces and letters beyond the first 65,536 are no reason to refuse."""
    assert build([Node(key)], []).keys == (key,)


@pytest.mark.parametrize("year", [2**31, -(2**31), 10**30, -(10**30)])
def test_a_year_beyond_32_bits_is_not_known(year: int) -> None:
    """A nonsensical number from a stranger neither stops the build nor turns into another number."""
    graph = build([Node("a", year=year, cited_by_count=year)], [])
    assert graph.year.tolist() == graph.cited_by_count.tolist() == [MISSING]


def test_the_lag_is_known_when_both_years_are() -> None:
    """Later minus earlier, negative for a citation of the future, missing where a year is or it is too large."""
    nodes = [Node("a", year=2020), Node("b", year=2015), Node("c"), Node("d", year=-(2**31) + 1)]
    graph = build(nodes, [Citation(a, b, ()) for a, b in ("ab", "ba", "ac", "ca", "ad")])
    lags = {(graph.keys[a], graph.keys[b]): lag for a, b, _, lag in graph.edges()}
    assert lags == {
        ("a", "b"): 5,
        ("b", "a"): -5,
        ("a", "c"): MISSING,
        ("c", "a"): MISSING,
        ("a", "d"): MISSING,
    }


@pytest.mark.parametrize("count", [1, 8, 9, 33, 64])
def test_as_many_as_64_sources_are_told_apart(count: int) -> None:
    """Every source of every citation comes back, whatever the width of the mask."""
    sources = [f"source {number:02}" for number in range(count)]
    nodes = [Node("z"), *(Node(name) for name in sources)]
    graph = build(
        nodes,
        [*(Citation("z", name, (name,)) for name in sources), Citation("z", sources[0], tuple(sources))],
    )
    expected = {("z", name): {name} for name in sources} | {("z", sources[0]): set(sources)}
    assert pairs(graph) == expected


def test_a_65th_source_is_refused() -> None:
    """Rather than to let two sources share a bit."""
    citations = [Citation("a", "b", (f"source {number}",)) for number in range(65)]
    with pytest.raises(ValueError, match="65 sources"):
        build([Node("a"), Node("b")], citations)


def test_edges_come_in_order_across_blocks(monkeypatch: pytest.MonkeyPatch) -> None:
    """What is worked out a block at a time is what is worked out at once."""
    keys = [f"w{number:03}" for number in range(60)]
    chance = random.Random(5)
    citing, cited = (chance.choices(keys, k=500) for _ in "ab")
    citations = [Citation(a, b, ("crossref",)) for a, b in zip(citing, cited, strict=True)]
    graph = build([Node(key, year=2000 + place) for place, key in enumerate(keys)], citations)
    whole = list(graph.edges())
    monkeypatch.setattr("graph.build.BLOCK", 7)
    assert list(graph.edges()) == whole == sorted(whole)
    assert all(lag == citing - cited for citing, cited, _, lag in whole)


def test_a_graph_cannot_be_changed() -> None:
    """Neither its fields nor the contents of its arrays, also after a selection."""
    graph = build([Node("a"), Node("b")], [Citation("a", "b", ("crossref",))])
    for each in (graph, graph.select(np.array([True, True]))):
        for name in CitationGraph.__dataclass_fields__:
            column = getattr(each, name)
            assert not isinstance(column, np.ndarray) or not column.flags.writeable, name
        with pytest.raises(AttributeError):
            each.keys = ()  # type: ignore[misc]  # that is the claim


def test_an_empty_graph_is_a_graph() -> None:
    """No works, no citations, and every question has an answer."""
    graph = build([], [])
    assert len(graph) == graph.citations == 0
    assert list(graph.edges()) == []
    assert len(graph.only_full()) == 0
    assert len(graph.to_networkx()) == 0
    with pytest.raises(KeyError):
        graph.position("a")


@settings(deadline=None)
@given(material())
def test_networkx_gets_the_same_graph(given_material: tuple[list[Node], list[Citation]]) -> None:
    """Every work and citation, with the known attributes and none of the unknown ones."""
    nodes, citations = given_material
    graph = build(nodes, citations)
    face = graph.to_networkx()
    assert set(face.edges) == set(pairs(graph))
    assert all(
        set(face.edges[pair].get("sources", "").split("; ")) - {""} == sources for pair, sources in pairs(graph).items()
    )
    assert all(face.edges[pair]["n_sources"] == len(sources) for pair, sources in pairs(graph).items())
    for node in nodes:
        said = {name: value for name, value in node._asdict().items() if value is not None and name != "key"}
        said["sources"] = "; ".join(node.sources)
        if not node.sources:
            del said["sources"]
        assert face.nodes[node.key] == said
        assert all(type(value) in (str, int, bool) for value in face.nodes[node.key].values())
    assert nx.is_directed(face)


def test_networkx_is_not_imported_until_it_is_asked_for() -> None:
    """The command line starts in a fraction of the second that importing networkx takes."""
    check = "import sys, graph.build, graph.metrics, graph.export; sys.exit('networkx' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", check], check=False).returncode == 0
