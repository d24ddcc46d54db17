"""The page in a real browser, opened from disk: what a reader does with it, and what a hostile record cannot do."""

import math
import re
import shutil
import subprocess
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from conftest import COMMAND, environment

from graph.build import build
from graph.page import Literature, NotBundled, page
from graph.picture import citation_picture
from harvester.model import Authorship, Citation, CitationSearch, Link, Node, Title, Work

if TYPE_CHECKING:
    from playwright.sync_api import Browser, ConsoleMessage, Dialog, Page

playwright = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RENDERING = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox")
"""WebGL without a graphics card; no sandbox, since tests also run as root."""
MARKUP = "<img src=x onerror=alert(1)></script><script>alert(2)</script>"
LONG = "A very long title " * 230


@dataclass
class Opened:
    """A page in the browser, with all that it said and asked for."""

    tab: "Page"
    address: str
    said: list[str] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)

    def go(self, fragment: str = "") -> None:
        """Open the page anew at a permanent address."""
        self.tab.goto("about:blank")
        self.tab.goto(self.address + fragment)
        self.tab.wait_for_selector("html[data-ready]")

    @property
    def fragment(self) -> str:
        return str(self.tab.evaluate("location.hash")).lstrip("#")

    @property
    def told(self) -> str:
        return self.tab.inner_text(".told")

    def told_becomes(self, pattern: str) -> None:
        playwright.expect(self.tab.locator(".told")).to_have_text(re.compile(pattern))

    def titles(self) -> list[str]:
        return [cell.inner_text() for cell in self.tab.locator("tbody tr:not(.space) td.title").all()]


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the page was not opened in a browser")
    with playwright.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=RENDERING)
        yield running
        running.close()


def opened(browser: "Browser", path: Path, *, script: str = "") -> Iterator[Opened]:
    """Open a page; `script` runs before its own. Fails for whatever the page said to the console or asked of anyone."""
    context = browser.new_context(viewport={"width": 1280, "height": 800})
    context.add_init_script(script)
    found = Opened(context.new_page(), path.as_uri())

    def heard(message: "ConsoleMessage") -> None:
        # Rendering in software says that reading a point of the map back is slow; that is not the page's word.
        if "GL Driver Message" not in message.text:
            found.said.append(message.text)

    def dismissed(dialog: "Dialog") -> None:
        found.said.append(dialog.message)
        dialog.dismiss()

    found.tab.set_default_timeout(20_000)
    found.tab.on("console", heard)
    found.tab.on("pageerror", lambda error: found.said.append(str(error)))
    found.tab.on("request", lambda request: found.asked.append(request.url.split("#")[0]))
    found.tab.on("dialog", dismissed)
    found.go()
    yield found
    context.close()
    assert found.said == []
    assert set(found.asked) == {path.as_uri()}, "the page asks nobody for anything"


@pytest.fixture(scope="module")
def demo_file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("page")
    # In a process of its own: the browser's driver holds this one's event loop.
    subprocess.run([*COMMAND, "--quiet", "demo"], cwd=folder, env=environment(), check=True, capture_output=True)
    path = folder / "harvester-demo" / "page.html"
    if not path.exists():
        pytest.skip("this installation has no page: npm's registry was out of reach when it was installed")
    return path


@pytest.fixture
def demo(browser: "Browser", demo_file: Path) -> Iterator[Opened]:
    yield from opened(browser, demo_file)


def test_a_reader_searches_filters_follows_a_citation_and_comes_back(demo: Opened) -> None:
    tab = demo.tab
    everything = demo.told
    assert re.fullmatch(r"\d+ of [\d,]+ works", everything)

    tab.fill("input[type=search]", "randomized borderline")
    demo.told_becomes(r"^(?!" + re.escape(everything) + ")")
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
    follow.click()
    playwright.expect(tab.locator(".record h2")).to_have_text(cited)
    tab.go_back()
    playwright.expect(tab.locator(".record h2")).to_have_text(first)

    demo.go("#" + kept)
    assert (tab.inner_text(".record h2"), demo.told, demo.fragment) == (first, count, kept)
    tab.keyboard.press("Escape")
    assert tab.is_hidden(".record")
    tab.click("text=clear all")
    demo.told_becomes(re.escape(everything))


def test_the_map_is_drawn_and_a_work_is_chosen_by_its_point(demo: Opened) -> None:
    """A click on the point of the selected work, where the map stands after it, opens its record again."""
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
    tab.keyboard.press("/")
    assert tab.evaluate("document.activeElement.type") == "search"


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


def test_without_webgl_there_is_the_table(browser: "Browser", demo_file: Path) -> None:
    script = """
        const get = HTMLCanvasElement.prototype.getContext;
        HTMLCanvasElement.prototype.getContext = function (kind) { return kind === "2d" ? get.call(this, kind) : null };
    """
    for found in opened(browser, demo_file, script=script):
        assert "no WebGL" in found.tab.inner_text(".canvas")
        found.tab.click("tbody tr:not(.space) >> nth=1")
        playwright.expect(found.tab.locator(".record h2")).to_have_text(found.titles()[1])


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
            authors=(Authorship(name=MARKUP, orcid="javascript:alert(5)"),),
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
    for found in opened(browser, path):
        assert found.tab.inner_text("h1") == MARKUP
        assert len(found.titles()) == 5
        for row in range(5):
            found.tab.click(f"tbody tr:not(.space) >> nth={row}")
            found.tab.wait_for_selector("tr[aria-selected=true]")
            assert MARKUP in found.tab.inner_text(".record .abstract")
            assert found.tab.evaluate("document.documentElement.scrollWidth") <= 1280
            links = found.tab.locator(".record a").all()
            assert all((link.get_attribute("href") or "").startswith("https://") for link in links)
        assert found.tab.locator("img, .record script").count() == 0
