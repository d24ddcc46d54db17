"""The page in a real browser, opened from disk: what a reader does with it, and what a hostile record cannot do."""

import math
import re
import shutil
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from browsing import Opened, opened
from test_view import needs_page, viewing

from graph.build import build
from graph.page import Literature, NotBundled, page
from graph.picture import citation_picture
from harvester.model import Authorship, Citation, CitationSearch, Link, Node, Title, Work

if TYPE_CHECKING:
    from playwright.sync_api import Browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")

MARKUP = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
LONG = "A very long title " * 230


def test_a_reader_searches_filters_follows_a_citation_and_comes_back(demo: Opened) -> None:
    tab = demo.tab
    everything = demo.told
    assert re.fullmatch(r"\d+ of [\d,]+ works", everything)

    tab.fill("input[type=search]", "randomized borderline")
    demo.told_becomes(r"^(?!" + re.escape(everything) + r")\d")
    searched = int(demo.told.split()[0])
    assert 0 < searched < int(everything.split()[0])
    tab.fill("input[aria-label='From year']", "2006")
    tab.press("input[aria-label='From year']", "Enter")
    playwright.expect(tab.locator(".bar.out")).not_to_have_count(0)
    assert int(demo.told.split()[0]) < searched
    years = [int(cell.inner_text()) for cell in tab.locator("tbody tr:not(.space) td.year").all()]
    assert min(years) >= 2006

    tab.click("th.year button")
    tab.click("tbody tr:not(.space) >> nth=0")
    first = tab.inner_text(".record h2")
    assert tab.inner_text("tr[aria-selected=true] td.title").strip() == first
    kept, count = demo.fragment, demo.told

    follow = tab.locator(".record .references .linked button:has(.title:not(:empty))").first
    cited = follow.locator(".title").inner_text()
    follow.focus()
    tab.keyboard.press("Enter")
    playwright.expect(tab.locator(".record h2")).to_have_text(cited)
    playwright.expect(tab.locator(".record")).to_be_focused()
    tab.go_back()
    playwright.expect(tab.locator(".record h2")).to_have_text(first)

    demo.go("#" + kept)
    assert (tab.inner_text(".record h2"), demo.told, demo.fragment) == (first, count, kept)
    tab.keyboard.press("Escape")
    assert tab.is_hidden(".record")
    tab.click("text=clear all")
    demo.told_becomes(re.escape(everything))


def test_the_map_is_drawn_and_a_work_is_chosen_by_its_point(demo: Opened) -> None:
    tab = demo.tab
    for layout in ("", "&layout=timeline"):
        demo.go("#view=map" + layout)
        box = tab.locator(".canvas").bounding_box()
        assert box
        assert box["width"] > 1280 / 2
        assert box["height"] > 800 / 2
        found = None
        # Points are looked for along a spiral: the map says by its tip where one is.
        for step in range(800):
            away, turn = (step / 800) ** 0.5 / 2, step * 2.39996
            x = box["x"] + box["width"] * (0.5 + away * math.cos(turn))
            y = box["y"] + box["height"] * (0.5 + away * math.sin(turn))
            tab.mouse.move(x, y)
            if tab.is_visible(".tip"):
                found = tab.inner_text(".tip strong")
                tab.mouse.click(x, y)
                break
        assert found, "no point was found on the map"
        playwright.expect(tab.locator(".record h2")).to_have_text(found)


def test_the_keyboard_is_enough(demo: Opened) -> None:
    tab = demo.tab
    tab.keyboard.press("Tab")
    tab.keyboard.press("Enter")
    assert tab.evaluate("document.activeElement.getAttribute('role')") == "grid"
    tab.keyboard.press("ArrowDown")
    tab.keyboard.press("End")
    tab.keyboard.press("Enter")
    last = demo.titles()[-1]
    playwright.expect(tab.locator("tr[aria-selected=true] td.title")).to_have_text(last)
    assert tab.locator("tr.active").get_attribute("aria-rowindex") == tab.locator("table").get_attribute(
        "aria-rowcount"
    )
    tab.evaluate("document.querySelector('.panels .scroller').scrollTop = 0")
    playwright.expect(tab.locator("table[aria-activedescendant]")).to_have_count(0)
    tab.keyboard.press("Control+Home")
    playwright.expect(tab.locator("table[aria-activedescendant]")).to_have_count(0)
    tab.keyboard.press("Home")
    active = tab.get_attribute("table", "aria-activedescendant")
    assert tab.locator("tr.active").get_attribute("id") == active
    tab.focus("[role=tab] >> nth=0")
    tab.keyboard.press("Control+ArrowRight")
    assert "panel=" not in demo.fragment
    tab.keyboard.press("ArrowRight")
    assert "panel=communities" in demo.fragment

    tab.focus(".flags input[type=checkbox] >> nth=0")
    tab.keyboard.press("Space")
    tab.keyboard.press("/")
    search = tab.locator("input[type=search]").first
    playwright.expect(search).to_be_focused()
    tab.keyboard.press("Escape")
    assert tab.is_visible(".record"), "Escape is the field's"


def test_who_asks_for_the_rest_of_a_list_goes_on_in_it(demo: Opened) -> None:
    tab = demo.tab
    values = tab.locator(".facet", has_text="Community")
    shown = values.locator("input").count()
    values.locator("button").press("Enter")
    assert values.locator("input").count() > shown
    playwright.expect(values.locator("input").nth(shown)).to_be_focused()

    tab.click("tbody tr:not(.space) >> nth=0")
    linked = tab.locator(".record .cited-by")
    rest = linked.locator("button:has-text('Show all')")
    listed = linked.locator("li").count()
    rest.press("Enter")
    playwright.expect(rest).to_have_count(0)
    playwright.expect(linked.locator("li button").nth(listed)).to_be_focused()
    scrolled = "document.querySelector('.panels .scroller').scrollTop"
    tab.evaluate(f"{scrolled} = 1234")
    tab.keyboard.press("Escape")
    playwright.expect(tab.locator("[role=grid]")).to_be_focused()
    assert tab.evaluate(scrolled) == 1234


@pytest.mark.parametrize("width", [360, 768])
def test_a_narrow_screen_shows_one_part_at_a_time_and_nothing_beside_it(demo: Opened, width: int) -> None:
    tab = demo.tab
    tab.set_viewport_size({"width": width, "height": 640})
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    assert tab.is_hidden(".filters")
    tab.click(".toggle")
    assert tab.is_visible(".filters")
    tab.click(".toggle")
    tab.click("button:text-is('Table')")
    tab.click("tbody tr:not(.space) >> nth=2")
    assert tab.is_visible(".record")
    assert tab.evaluate("document.documentElement.scrollWidth") <= width
    tab.click("[aria-label='Close the record']")
    assert tab.is_hidden(".record")


def test_without_webgl_there_is_the_table(browser: "Browser", demo_folder: Path) -> None:
    script = """
        const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind) { return kind === "2d" ? get.call(this, kind) : null };
    """
    with opened(browser, demo_folder / "page.html", script=script) as found:
        assert "no WebGL" in found.tab.inner_text(".canvas")
        found.tab.click("tbody tr:not(.space) >> nth=1")
        playwright.expect(found.tab.locator(".record h2")).to_have_text(found.titles()[1])


@needs_page
def test_a_record_that_the_server_cannot_give_is_said_to_be_missing_and_comes_when_it_can(
    browser: "Browser", demo_folder: Path, tmp_path: Path
) -> None:
    library = Path(shutil.copyfile(demo_folder / "library.sqlite", tmp_path / "library.sqlite"))
    # The browser itself says of each answer of that kind that there was one, of some when the page has gone on already.
    with (
        viewing(library) as served,
        opened(browser, served.address, fragment="#view=table", provoked=("status of 503",)) as found,
    ):
        tab = found.tab
        tab.route("**/details/*", lambda route: route.fulfill(status=503))
        tab.click("tbody tr:not(.space) >> nth=0")
        lost = tab.locator(".record [role=alert]")
        playwright.expect(lost).to_contain_text("The rest of this record could not be read.")
        assert tab.inner_text(".record h2") == found.titles()[0]
        tab.fill("input[type=search]", "randomized")
        found.told_becomes(r"^\d.*; not searched, for the abstracts could not be read$")
        tab.unroute_all(behavior="wait")
        tab.fill("input[type=search]", "randomized trial")
        found.told_becomes(r"^\d+ of [\d,]+ works$")
        lost.locator("button").press("Enter")
        playwright.expect(tab.locator(".record dt:text-is('Held by')")).to_be_visible()
        playwright.expect(lost).to_have_count(0)
        playwright.expect(tab.locator(".record")).to_be_focused()


def test_a_hostile_record_does_no_harm(browser: "Browser", tmp_path: Path) -> None:
    titles = [MARKUP, "\u202eعنوان من اليمين\u202c إلى اليسار", LONG, "Plain", "\ud800 \x00 \u2028"]
    nodes = [
        Node(f"doi:10.1/{number}{MARKUP if number == 0 else ''}", title, 2000 + number, first_author=title, venue=title)
        for number, title in enumerate(titles)
    ]
    cited = [Citation(nodes[row].key, nodes[0].key, (MARKUP,)) for row in range(1, 5)]
    works = [
        Work(
            key=node.key,
            title=node.title,
            abstract=MARKUP,
            publisher=MARKUP,
            doi="10.1/javascript:alert(3)",
            pmid='"><script>alert(4)</script>',
            authors=(Authorship(name=MARKUP, orcid="javascript:alert(5)"),) * 14,
            citation_search=CitationSearch(is_seed=node is nodes[0], parts={MARKUP: 1.0}),
            other_titles=(Title(text=MARKUP, language='x" onload="alert(6)', source="x"),),
            links=(Link(url="javascript:alert(7)", kind="landing"),),
        )
        for node in nodes
    ]
    literature = Literature(
        title=MARKUP,
        drawing=citation_picture(build(nodes, cited)),
        works=works,
        main_path=[(nodes[1].key, nodes[0].key)],
        decisions={nodes[2].key: ("exclude", MARKUP)},
    )
    path = tmp_path / "hostile.html"
    try:
        path.write_text(page(literature), encoding="utf-8", newline="")
    except NotBundled as reason:
        pytest.skip(str(reason))
    with opened(browser, path) as found:
        assert found.tab.inner_text("h1") == MARKUP
        assert len(found.titles()) == 5
        for row in range(5):
            found.tab.click(f"tbody tr:not(.space) >> nth={row}")
            found.tab.wait_for_selector("tr[aria-selected=true]")
            chosen = found.tab.inner_text("tr[aria-selected=true] td.title")
            assert found.tab.inner_text(".record h2")[:12] in chosen, "the record is that of the work in its row"
            assert MARKUP in found.tab.inner_text(".record .abstract")
            assert found.tab.evaluate("document.documentElement.scrollWidth") <= 1280
            links = found.tab.locator(".record a").all()
            assert all((link.get_attribute("href") or "").startswith("https://") for link in links)
        found.tab.press(".record dd button:text-is('and 2 more')", "Enter")
        rest = found.tab.locator(".record dd span:focus")
        playwright.expect(rest).to_have_text(f"; {MARKUP}" * 2)
        assert found.tab.locator("img, .record script").count() == 0
