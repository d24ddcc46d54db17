"""The map in a real browser: a region drawn on it, paths, neighbours, the main path, more citations than are drawn."""

import itertools
import re
from pathlib import Path
from random import Random
from typing import TYPE_CHECKING

import pytest
from browsing import Opened, opened

from graph.build import build
from graph.page import Literature, NotBundled, page
from graph.picture import citation_picture
from graph.query import neighbours, shortest_paths
from harvester.model import Citation, Node

if TYPE_CHECKING:
    from playwright.sync_api import Browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")


def shown(found: Opened) -> int:
    """How many works are shown, as the page says."""
    return shown_of(found.told)


def shown_of(told: str) -> int:
    return int(told.split()[0].replace(",", ""))


def written(path: Path, literature: Literature) -> Path:
    try:
        path.write_text(page(literature), encoding="utf-8", newline="")
    except NotBundled as reason:
        pytest.skip(str(reason))
    return path


def test_a_region_limits_the_table_and_the_counts_and_is_in_the_address(demo: Opened) -> None:
    tab = demo.tab
    everything = demo.told
    box = tab.locator(".canvas").bounding_box()
    assert box
    left, top, width, height = box["x"], box["y"], box["width"], box["height"]

    def draw(*corners: tuple[float, float]) -> None:
        tab.mouse.move(left + width * corners[0][0], top + height * corners[0][1])
        tab.mouse.down()
        for across, down in corners[1:]:
            tab.mouse.move(left + width * across, top + height * down, steps=6)
        tab.mouse.up()

    tab.keyboard.press("l")
    assert tab.get_attribute("button:text-is('Draw region')", "aria-pressed") == "true"
    draw((0.5, 0.02), (0.99, 0.02), (0.99, 0.98), (0.5, 0.98), (0.5, 0.02))
    demo.told_becomes(r"^(?!" + re.escape(everything) + r")\d")
    right = shown(demo)
    assert 0 < right < shown_of(everything)
    assert tab.locator("table").get_attribute("aria-rowcount") == str(right + 1)
    assert tab.get_attribute("button:text-is('Draw region')", "aria-pressed") == "false"
    kept = demo.fragment
    assert re.fullmatch(r"area=network:(-?\d+,){5,79}-?\d+", kept)

    # A region is of its layout: in the other one the same works are shown.
    tab.click("button:text-is('Time')")
    assert shown(demo) == right
    demo.go("#" + kept)
    assert (shown(demo), demo.fragment) == (right, kept)
    tab.click(".limits button:text-is('clear')")
    playwright.expect(tab.locator("button:text-is('Draw region')")).to_be_focused()
    demo.told_becomes(re.escape(everything))
    assert tab.is_hidden(".limits")

    tab.keyboard.press("l")
    tab.keyboard.press("Escape")
    tab.keyboard.press("l")
    draw((0.02, 0.02), (0.5, 0.02), (0.5, 0.98), (0.02, 0.98), (0.02, 0.02))
    demo.told_becomes(r"^(?!" + re.escape(everything) + r")\d")
    assert shown(demo) + right == shown_of(everything)


def name(key: str) -> str:
    """What the work with a key is called in the literature below, where none has an author."""
    return f"Work number {int(key[-3:])}"


def citations(literature: Literature) -> list[tuple[str, str]]:
    """The keys of the citing and the cited work of each citation on the page."""
    drawing = literature.drawing
    return [
        (key, drawing.keys[target])
        for row, key in enumerate(drawing.keys)
        for target in drawing.targets[drawing.indptr[row] : drawing.indptr[row + 1]]
    ]


@pytest.fixture(scope="module")
def linked() -> Literature:
    """A literature of works by chance, with some that nothing leads to."""
    chance = Random(5)
    nodes = [Node(f"doi:10.1/{number:03}", f"Work number {number}", 1990 + number // 4) for number in range(120)]
    pairs = {(chance.randrange(1, 110), chance.randrange(110)) for _ in range(150)}
    said = [Citation(nodes[one].key, nodes[other].key, ("crossref",)) for one, other in sorted(pairs) if one != other]
    path = [(said[number].citing, said[number].cited) for number in (3, 40, 77)]
    return Literature(
        title="By chance", drawing=citation_picture(build(nodes, said)), works=(), main_path=path, left_out=7
    )


def test_paths_and_neighbours_are_those_that_python_finds(
    browser: "Browser", linked: Literature, tmp_path: Path
) -> None:
    drawing = linked.drawing
    nodes = [Node(key) for key in drawing.keys]
    graph = build(nodes, [Citation(citing, cited, ()) for citing, cited in citations(linked)])
    with opened(browser, written(tmp_path / "linked.html", linked)) as found:
        tab = found.tab
        for start, end in itertools.islice(zip(drawing.keys[1::9], drawing.keys[7::11], strict=False), 9):
            if start == end:
                continue
            tab.evaluate("(address) => { location.hash = address }", f"#work={start}&path={start}&path={end}")
            asked = shortest_paths(graph, start, end, most=10)
            section = tab.locator(".record .route")
            playwright.expect(section.locator("h3")).to_have_text(f"Path from {name(start)} to {name(end)} close")
            if asked.length is None:
                assert "No citations lead" in section.inner_text()
                continue
            listed = [item.inner_text() for item in section.locator("ol.way").first.locator(".short").all()]
            assert listed == [name(key) for key in asked.paths[0]]
            assert section.locator("ol.way").count() == len(asked.paths)
            assert section.inner_text().count("only path") == (asked.count == 1)

        for depth in (1, 2):
            key = drawing.keys[20]
            found.go(f"#around={key}:{depth}")
            assert shown(found) == len(neighbours(graph, key, depth=depth)) + 1
            tab.click("button:text-is('back to all')")
            found.told_becomes("^120 works$")
        assert "7 works known only by being cited are not on this page" in tab.inner_text(".note")


def test_a_reader_asks_for_a_path_by_title_or_by_a_row(browser: "Browser", linked: Literature, tmp_path: Path) -> None:
    with opened(browser, written(tmp_path / "linked.html", linked)) as found:
        tab = found.tab
        first, second = found.titles()[:2]
        tab.click("tbody tr:not(.space) >> nth=0")
        tab.click("text=Path to…")
        tab.click("tbody tr:not(.space) >> nth=1")
        playwright.expect(tab.locator(".route h3")).to_contain_text("Path from")
        assert tab.inner_text(".record h2") == first
        ends = [item.inner_text() for item in tab.locator("ol.way").first.locator(".title").all()]
        assert (ends[0], ends[-1]) == (first, second)
        assert "receded" in (tab.get_attribute(".canvas", "class") or "")
        known = {(name(citing), name(cited)) for citing, cited in citations(linked)}
        assert [item.inner_text() for item in tab.locator("ol.way").first.locator(".by").all()] == [
            {(True, False): "cites ↓", (False, True): "is cited by ↓", (True, True): "cites, and is cited by ↓"}[
                (one, other) in known, (other, one) in known
            ]
            for one, other in itertools.pairwise(ends)
        ]
        kept = found.fragment
        found.go("#" + kept)
        assert tab.locator("ol.way").count()

        tab.click(".route h3 button")
        assert "path=" not in found.fragment
        tab.click("text=Path to…")
        tab.keyboard.type("number 119")
        tab.click(".asking li button")
        playwright.expect(tab.locator(".no-path")).to_be_visible()
        playwright.expect(tab.locator(".route h3")).to_be_focused()
        kept = found.fragment
        for field in ("input", "button:text-is('Cancel')"):
            tab.click("text=Path to…")
            tab.press(f".asking {field}", "Escape" if field == "input" else "Enter")
            assert tab.is_hidden(".asking")
            assert tab.is_visible(".record .no-path"), "the path of before is still asked for"
            playwright.expect(tab.locator(".route h3")).to_be_focused()
        assert found.fragment == kept
        tab.click(".route h3 button")
        playwright.expect(tab.locator("button:text-is('Path to…')")).to_be_focused()

        tab.click("text=Only it and its neighbours")
        found.told_becomes(r"^\d+ of 120 works$")
        assert 1 < shown(found) < 60
        found.go()
        tab.click("button:text-is('Main path')")
        assert found.fragment == "main=1"
        assert "receded" in (tab.get_attribute(".canvas", "class") or "")


def test_of_very_many_citations_some_are_drawn_and_the_page_says_so(browser: "Browser", tmp_path: Path) -> None:
    nodes = [Node(f"w{number:03}", f"Work {number}", 2000) for number in range(260)]
    said = [Citation(one.key, other.key, ("x",)) for one, other in itertools.combinations(nodes, 2)]
    literature = Literature(title="Many", drawing=citation_picture(build(nodes, said)), works=())
    with opened(browser, written(tmp_path / "many.html", literature)) as found:
        assert "20,000 of 33,670 citations are drawn" in found.tab.inner_text(".note")
        assert found.tab.locator("button:text-is('Main path')").count() == 0
        found.go("#around=w259:1")
        assert shown(found) == 260
