"""What the panels of the page count is what Python counts in the library of the demo, and what they offer works."""

import io
import itertools
import re
from collections import Counter, defaultdict
from pathlib import Path
from typing import TYPE_CHECKING, Any, cast

import networkx as nx
import pytest
from browsing import Opened, opened

from graph.build import build
from graph.page import Literature, NotBundled, page
from graph.picture import citation_picture
from harvester.inputs import from_stream
from harvester.library import Library, ranks, reading
from harvester.model import Citation, CitationSearch, Node, Work

if TYPE_CHECKING:
    from playwright.sync_api import Browser, Locator

playwright = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")

MARKUP = "<img src=x onerror=alert(1)>"
LONG = "Averylongword" * 300
TURNED = "\u202eعنوان من اليمين\u202c إلى اليسار"


def rows(table: "Locator") -> list[list[str]]:
    """The cells of a table without its heading; what an overlap has or lacks stands there as words."""
    return cast(
        "list[list[str]]",
        table.evaluate(
            "table => [...table.tBodies[0].rows].map((row) => [...row.cells].map((cell) => cell.innerText))"
        ),
    )


def held(library: Library) -> list[Work]:
    """The works that the page begins with: those of which there is a record."""
    return [work for work in reading.works(library) if work.sources]


def whole(text: str) -> int:
    found = re.search(r"[\d,]+", text)
    assert found, text
    return int(found[0].replace(",", ""))


def account(things: list[tuple[str, ...]]) -> tuple[dict[str, tuple[int, int]], Counter[frozenset[str]]]:
    """What each index has and has alone, and how many things exactly these indexes have."""
    sets = Counter(map(frozenset, things))
    names = set().union(*sets)
    return (
        {name: (sum(sets[each] for each in sets if name in each), sets[frozenset([name])]) for name in names},
        Counter({each: count for each, count in sets.items() if each}),
    )


def shown_coverage(tab: Any, part: str) -> tuple[dict[str, tuple[int, int]], Counter[frozenset[str]]]:
    """The same as a panel says it."""
    tables = tab.locator(f".coverage .{part} table")
    indexes = {name: (whole(count), whole(alone)) for name, count, _, alone in rows(tables.nth(0))}
    heads = [head.inner_text() for head in tables.nth(1).locator("thead th").all()][:-1]
    overlaps = Counter[frozenset[str]]()
    counts = []
    for cells in rows(tables.nth(1)):
        having = frozenset(name for name, cell in zip(heads, cells, strict=False) if cell.strip() == "yes")
        counts.append(whole(cells[len(heads)]))
        overlaps[having] = counts[-1]
    assert counts == sorted(counts, reverse=True)
    return indexes, overlaps


@pytest.mark.parametrize("only_cited", [False, True])
def test_coverage_is_what_python_counts_in_the_library(demo: Opened, demo_folder: Path, only_cited: bool) -> None:
    """Of the works that are held; and of those on the page that are not, as the page's own table names them."""
    demo.go("#panel=coverage" + ("&only-cited=1" if only_cited else ""))
    with Library(demo_folder / "library.sqlite") as library:
        works = {work.key: work.sources for work in held(library)}
        if only_cited:
            # Each of those on the page is cited by two works at least, or ranked, and the most cited are all there.
            cited = Counter(one.cited for one in reading.citations(library) if one.cited not in works)
            ranked = ranks.searched(library)
            assert any(count == 1 for key, count in cited.items() if key in ranked)
            works |= {key: () for key, count in cited.items() if count > 1 or key in ranked}
        citations = [one.sources for one in reading.citations(library) if one.citing in works and one.cited in works]
    tab = demo.tab
    assert whole(tab.inner_text(".coverage .held > p")) == len(works)
    assert whole(tab.inner_text(".coverage .known > p")) == len(citations)
    assert shown_coverage(tab, "held") == account(list(works.values()))
    assert shown_coverage(tab, "known") == account(citations)


def test_communities_and_years_are_those_of_the_graph(demo: Opened, demo_folder: Path) -> None:
    """As the GraphML of the same library has them, filtered as the page is."""
    graph = nx.read_graphml(demo_folder / "citations.graphml")
    held = {key: facts for key, facts in graph.nodes(data=True) if not facts["only_cited"]}
    groups: dict[int, list[dict[str, Any]]] = defaultdict(list)
    for facts in held.values():
        groups[facts["community"]].append(facts)
    expected = {}
    for group in groups.values():
        years = sorted({facts["year"] for facts in group if "year" in facts})
        span = "–".join(map(str, dict.fromkeys([years[0], years[-1]]))) if years else "years not known"
        seeds = sum(facts["seed"] for facts in group)
        said = [f"{len(group)} work{'s' if len(group) > 1 else ''}", span]
        said += [f"{seeds} seed{'s' if seeds > 1 else ''}"] if seeds else []
        top = sorted((facts["in_degree"] for facts in group), reverse=True)[:5]
        expected[group[0]["community_label"]] = (" · ".join(said), [f"cited by {count}" for count in top])
    demo.go("#panel=communities")
    tab = demo.tab
    if tab.locator(".communities > .more").count():
        tab.click(".communities > .more")
    cards = tab.locator(".card").evaluate_all(
        "cards => cards.map((card) => [card.querySelector('.name').innerText, card.querySelector('.facts').innerText,"
        " [...card.querySelectorAll('.count')].map((count) => count.innerText)])"
    )
    assert {name: (facts, top) for name, facts, top in cards} == expected
    tab.focus("[role=tabpanel]:visible")
    tab.keyboard.press("End")
    tab.wait_for_function("document.querySelector('#panel-communities').scrollTop > 0")
    counts = [whole(facts) for _, facts, _ in cards]
    assert counts == sorted(counts, reverse=True)

    demo.go("#panel=years")
    tab.click(".per-year summary")
    per_year = Counter(facts["year"] for facts in held.values() if "year" in facts)
    shown = {int(year): whole(count) for year, count in rows(tab.locator(".per-year table"))}
    assert shown == per_year
    assert whole(tab.inner_text(".per-year p.faint")) == len(held) - per_year.total()
    titles = tab.locator(".chart .column title").all_text_contents()
    assert {int(title[:4]): whole(title[5:]) for title in titles if not title.endswith(": 0 works")} == per_year


def test_what_is_missing_is_what_the_command_line_lists(demo: Opened, demo_folder: Path) -> None:
    """In the same order; with a filter, by the works that it lets through. The file is one that `doi --from` reads."""
    tab = demo.tab
    with Library(demo_folder / "library.sqlite") as library:
        recent = {work.key for work in held(library) if work.year and work.year >= 2010}
        for fragment, selected in [("#panel=missing", None), ("#panel=missing&years=2010-", recent)]:
            demo.go(fragment)
            lines = [
                (item.locator(".opener").first.inner_text(), whole(item.locator("summary").inner_text()))
                for item in tab.locator(".cited-most > li").all()[:40]
            ]
            listed = reading.missing(library, limit=1_000, selected=selected)
            # The page has no work that one work alone cites, of all those in the library.
            twice = Counter(one.cited for one in reading.citations(library))
            expected = [(line.key, line.cited_here) for line in listed if twice[line.key] > 1][:40]
            assert lines == expected
    with tab.expect_download() as started:
        tab.click("text=Download missing-works.txt")
    content = Path(started.value.path()).read_bytes()
    tab.context.grant_permissions(["clipboard-read", "clipboard-write"])
    tab.click("text=Copy identifiers")
    playwright.expect(tab.locator(".missing [role=status]")).to_have_text("Copied.")
    assert tab.evaluate("navigator.clipboard.readText()") == content.decode()
    picked = from_stream(io.BytesIO(content), name=started.value.suggested_filename)
    assert picked.passed_over == 0
    assert [f"{one.identifier.scheme}:{one.identifier.value}" for one in picked.inputs if one.identifier][
        : len(expected)
    ] == [key for key, _ in expected]
    who = tab.locator(".cited-most details").first
    who.locator("summary").click()
    playwright.expect(who.locator("li")).to_have_count(expected[0][1])
    name = who.locator(".opener .title").first.inner_text()
    who.locator(".opener").first.click()
    playwright.expect(tab.locator(".record h2")).to_have_text(name)


def test_the_ranking_is_that_of_the_citation_search_and_its_works_open(demo: Opened, demo_folder: Path) -> None:
    with Library(demo_folder / "library.sqlite") as library:
        searched = ranks.searched(library)
        titles = {work.key: work.title for work in held(library)}
        cited = Counter(one.cited for one in reading.citations(library))
    found = sorted((one.rank, key) for key, one in searched.items() if one.rank and key in titles)
    demo.go("#panel=ranking&view=table")
    tab = demo.tab
    playwright.expect(tab.locator(".ranking td.score").first).not_to_be_empty()
    lines = rows(tab.locator(".ranking table"))[1:-1]
    assert len(lines) == len(found) > 10
    for (rank, key), cells in zip(found, lines, strict=True):
        one = searched[key]
        assert int(cells[0]) == rank
        assert float(cells[2]) == pytest.approx(one.score, abs=0.0005)
        assert (titles[key] or "") in cells[1]
        for name, cell in zip(ranks.PARTS, cells[3:9], strict=True):
            assert float(cell) == pytest.approx(one.parts[name], rel=0.06)
        assert cells[9:] == [", ".join(one.directions), str(len(one.seeds))]
    first = searched[found[0][1]].parts
    bars = tab.locator(".ranking tbody tr:not(.space) >> nth=0 >> .gauge > span")
    shares = bars.evaluate_all("bars => bars.map((bar) => bar.offsetWidth / bar.parentElement.offsetWidth)")
    on_page = [one.parts for key, one in searched.items() if one.parts and (key in titles or cited[key] > 1)]
    for name, share in zip(ranks.PARTS, shares, strict=True):
        assert share == pytest.approx(first[name] / (max(parts[name] for parts in on_page) or 1), abs=0.02)
    tab.focus(".ranking table")
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("Enter")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[found[1][1]] or "")
    tab.keyboard.press("j")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[found[2][1]] or "")


def test_tabs_are_gone_through_by_keys_and_kept_in_the_address(demo: Opened) -> None:
    tab = demo.tab
    tab.focus("[role=tab][aria-selected=true]")
    opened_tabs = []
    for key in ["ArrowRight"] * 6 + ["End", "Home", "ArrowLeft"]:
        tab.keyboard.press(key)
        focused = tab.locator("[role=tab]:focus")
        opened_tabs.append(focused.inner_text())
        assert focused.get_attribute("aria-selected") == "true"
        assert tab.locator("[role=tab][tabindex='0']").count() == 1
        panel = tab.locator("[role=tabpanel]:visible")
        assert panel.get_attribute("id") == focused.get_attribute("aria-controls")
    order = ["Works", "Communities", "Years", "Coverage", "Missing", "Ranking"]
    assert opened_tabs == [*order[1:], "Works", "Ranking", "Works", "Ranking"]
    assert demo.fragment == "panel=ranking"
    tab.focus(".skip")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.getAttribute('role')") == "grid"
    assert demo.fragment == ""
    for width in (360, 1280):
        tab.set_viewport_size({"width": width, "height": 640})
        for name in order:
            tab.click(f"[role=tab]:text-is('{name}')")
            assert tab.evaluate("document.documentElement.scrollWidth") <= width
            bar, chosen = (tab.locator(each).bounding_box() for each in (".tabs", "[aria-selected=true][role=tab]"))
            assert bar
            assert chosen
            assert bar["x"] - 1 <= chosen["x"] <= chosen["x"] + chosen["width"] <= bar["x"] + bar["width"] + 1


def test_a_community_and_a_year_that_are_clicked_are_what_is_shown(demo: Opened) -> None:
    """Until they are clicked again; the focus stays where it was."""
    tab = demo.tab
    everything = demo.told
    demo.go("#panel=communities&view=table")
    count = whole(tab.inner_text(".card:first-child .facts"))
    tab.focus(".card:first-child .name")
    tab.keyboard.press("Enter")
    demo.told_becomes(rf"^{count} of ")
    assert tab.locator(".card").count() == 1
    assert tab.locator(".card .name:focus").get_attribute("aria-pressed") == "true"
    assert re.fullmatch(r"community=\d+&view=table&panel=communities", demo.fragment)
    tab.keyboard.press("Enter")
    demo.told_becomes(re.escape(everything))

    tab.click("[role=tab]:text-is('Years')")
    column = tab.locator(".chart .column:has(.slab)").first
    said = column.locator("title").text_content() or ""
    column.locator(".free").click(position={"x": 3, "y": 3})
    demo.told_becomes(rf"^{whole(said[5:])} of ")
    assert f"years={said[:4]}-{said[:4]}" in demo.fragment
    assert tab.locator(".chart .out").count() > 0, "the other years stay, pale, to be chosen instead"
    tab.click(".per-year summary")
    tab.click(".per-year tbody button")
    demo.told_becomes(re.escape(everything))


def test_hostile_names_do_no_harm_in_any_panel_and_a_small_page_has_them_all(
    browser: "Browser", tmp_path: Path
) -> None:
    """Without a citation search there is no ranking; without years or indexes it is said so."""
    names = (MARKUP, LONG, TURNED)
    nodes = [Node(f"doi:10.1/{number}", name, first_author=name) for number, name in enumerate(names)]
    nodes.append(Node(f"doi:10.1/{MARKUP}", MARKUP, only_cited=True))
    cited = [Citation(nodes[row].key, nodes[3].key, (MARKUP,)) for row in range(3)]
    parts = {MARKUP: 1.0, "linked": 2.0}
    search = CitationSearch(rank=1, score=1.0, parts=parts, directions=(MARKUP,), seeds=(MARKUP,))
    for searched in (None, search):
        works = [Work(key=node.key, title=node.title, citation_search=searched) for node in nodes[:3]]
        literature = Literature(title="T", drawing=citation_picture(build(nodes, cited)), works=works, left_out=1)
        path = tmp_path / f"hostile-{searched is None}.html"
        try:
            path.write_text(page(literature), encoding="utf-8", newline="")
        except NotBundled as reason:
            pytest.skip(str(reason))
        with opened(browser, path, fragment="#only-cited=1") as found:
            tab = found.tab
            tabs = [each.inner_text() for each in tab.locator("[role=tab]").all()]
            assert ("Ranking" in tabs) is (searched is not None)
            for width, name in itertools.product((360, 1280), tabs):
                tab.set_viewport_size({"width": width, "height": 700})
                tab.click(f"[role=tab]:text-is('{name}')")
                assert tab.inner_text("[role=tabpanel]:visible")
                assert tab.locator("img, .panels script").count() == 0
                assert tab.evaluate("document.documentElement.scrollWidth") <= width
                if name not in ("Works", "Ranking"):
                    panel = tab.locator("[role=tabpanel]:visible")
                    assert panel.evaluate("panel => panel.scrollWidth <= panel.clientWidth")
            tab.click("[role=tab]:text-is('Years')")
            assert "No year is known" in tab.inner_text(".per-year")
            tab.click("[role=tab]:text-is('Missing')")
            assert "1 more work is known only by being cited" in tab.inner_text(".missing")
            tab.click("[role=tab]:text-is('Coverage')")
            assert rows(tab.locator(".known table").first) == [[MARKUP, "3", "100%", "3"]]
