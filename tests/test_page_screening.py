"""Screening in a real browser: by keys, in a page that is a file and in one that is served, and what then is kept."""

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
from harvester.formats.screening import Screened, read_screening
from harvester.library import Library, chases
from harvester.model import Citation, Node, Work

if TYPE_CHECKING:
    from playwright.sync_api import Browser

playwright = pytest.importorskip("playwright.sync_api", reason="playwright, which drives the browser, is not installed")

HOSTILE = (
    '=HYPERLINK("https://example.org";"x")',
    "@SUM(1;=2)",
    '<b>"a", b\n</b>',
    "\u202e\ufeff -1+1|' /C calc'!A0",
    "Plain",
)


LEAVING = """(() => {
    const leaving = new Event("beforeunload", { cancelable: true });
    dispatchEvent(leaving);
    return leaving.defaultPrevented;
})()"""
"""Whether the page asks before it is left."""


def progress(found: Opened, sentence: str) -> None:
    playwright.expect(found.tab.locator(".screening .progress")).to_have_text(sentence)


def status(found: Opened, pattern: str) -> None:
    playwright.expect(found.tab.locator(".screening .status").first).to_have_text(re.compile(pattern))


def total(found: Opened) -> int:
    words = found.tab.inner_text("button.screen").split()
    return int(words[2])


def downloaded(found: Opened, folder: Path) -> list[Screened]:
    if not found.tab.is_visible("text=Download decisions"):
        found.tab.click(".screening summary")
    with found.tab.expect_download() as begun:
        found.tab.click("text=Download decisions")
    path = folder / "decisions.csv"
    begun.value.save_as(path)
    assert begun.value.suggested_filename.endswith("-decisions.csv")
    with path.open("rb") as file:
        return read_screening(file, source="page")


def test_a_file_is_screened_by_keys_and_remembers(demo: Opened, tmp_path: Path) -> None:
    tab, works = demo.tab, total(demo)
    demo.go("#view=table&sort=-year")
    titles = demo.titles()[:5]
    tab.keyboard.press("n")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[0])
    tab.keyboard.press("i")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[1])
    tab.keyboard.press("r")
    tab.keyboard.type("wrong population, i.e. none")
    tab.keyboard.press("Enter")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[2])
    tab.click(".screening summary")
    tab.fill(".screening details input", "Ana I. M.")
    tab.press(".screening details input", "Tab")
    tab.keyboard.press("m")
    tab.keyboard.press("j")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[4])
    tab.keyboard.press("p")
    tab.keyboard.press("e")
    progress(demo, f"4 of {works} screened: 1 included, 2 excluded, 1 maybe.")
    assert tab.locator("#reasons option").get_attribute("value") == "wrong population, i.e. none"
    tab.keyboard.press("u")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[3])
    progress(demo, f"3 of {works} screened: 1 included, 1 excluded, 1 maybe.")
    marks = [
        mark.inner_text() for mark in tab.locator("tbody .mark.include, tbody .mark.exclude, tbody .mark.maybe").all()
    ]
    assert marks == ["✓ included", "✕ excluded", "? maybe"]

    demo.go("#view=table&sort=-year&screening=exclude")
    demo.told_becomes("^1 of ")
    tab.click("button.screen")
    playwright.expect(tab.locator(".record h2")).to_have_text(titles[1])
    assert tab.input_value(".screening input[list]") == "wrong population, i.e. none"
    assert tab.get_attribute(".decisions .exclude", "aria-pressed") == "true"
    assert tab.input_value(".screening details input") == "Ana I. M."
    found = {one.record.title: (one.decision, one.reason, one.by) for one in downloaded(demo, tmp_path)}
    assert found[titles[0]] == ("include", None, None)
    assert found[titles[1]] == ("exclude", "wrong population, i.e. none", None)
    assert found[titles[2]] == ("maybe", None, "Ana I. M.")
    assert len(found) == 3


def test_keys_are_told_and_letters_that_are_written_are_none(demo: Opened) -> None:
    tab = demo.tab
    tab.click("button.screen")
    title = tab.inner_text(".record h2")
    tab.keyboard.press("?")
    assert tab.is_visible("dialog.keys")
    tab.keyboard.press("i")
    tab.keyboard.press("Escape")
    playwright.expect(tab.locator("dialog.keys")).to_be_hidden()
    tab.keyboard.press("Control+i")
    for field in ("input[type=search]", ".screening input[list]", "input[aria-label='From year']"):
        tab.focus(field)
        tab.keyboard.type("iemu")
    assert tab.inner_text("button.screen").startswith("0 of ")
    tab.press(".screening input[list]", "Escape")
    assert tab.inner_text(".record h2") == title, "the record stays open"


def test_keys_of_one_letter_are_turned_off_for_good(demo: Opened) -> None:
    tab = demo.tab
    region = tab.locator("button:text-is('Draw region')")

    def pressed() -> tuple[str, str | None, bool, bool]:
        """What the keys have done: decided, begun to draw, gone to the search, shown the list of keys."""
        for key in ("i", "l", "/"):
            tab.keyboard.press(key)
        is_searching = tab.evaluate("document.activeElement.type") == "search"
        tab.evaluate("document.activeElement.blur()")
        tab.keyboard.press("?")
        listed = tab.is_visible("dialog.keys")
        return tab.inner_text("button.screen").split()[0], region.get_attribute("aria-pressed"), is_searching, listed

    tab.keyboard.press("n")
    assert tab.inner_text("p.aloud") == tab.inner_text(".record h2"), "what is opened is said aloud"
    tab.click(".screening summary")
    tab.click("text=Keys of one letter")
    assert pressed() == ("0", "false", False, False)
    demo.go()
    tab.click("button.screen")
    assert pressed() == ("0", "false", False, False)
    assert tab.locator("[aria-keyshortcuts]").count() == 0
    tab.click(".screening summary")
    tab.click("text=Keys of one letter")
    assert tab.locator("[aria-keyshortcuts]").count() == 3
    assert pressed() == ("1", "true", True, True), "the box that was ticked takes no letters"


@pytest.mark.parametrize(
    "stored", ["", "Object.defineProperty(window, 'localStorage', { get() { throw new Error() } });"]
)
def test_hostile_titles_are_read_back_and_a_browser_that_keeps_nothing_warns(
    browser: "Browser", tmp_path: Path, stored: str
) -> None:
    nodes = [Node(f"doi:10.1000/{row}", title, 2000 + row, f"10.1000/{row}") for row, title in enumerate(HOSTILE)]
    cited = [Citation(nodes[row].key, nodes[0].key, ("crossref",)) for row in range(1, len(nodes))]
    works = [Work(key=node.key, doi=node.doi, title=node.title) for node in nodes]
    drawn = citation_picture(build(nodes, cited))
    path = tmp_path / "hostile.html"
    try:
        given = {nodes[4].key: ("exclude", "=1+1")}
        text = page(Literature(title="../<a>=x", drawing=drawn, works=works, decisions=given))
    except NotBundled as reason:
        pytest.skip(str(reason))
    path.write_text(text, encoding="utf-8", newline="")
    with opened(browser, path, script=stored) as found:
        assert found.tab.evaluate(LEAVING) is False
        found.tab.click("button.screen")
        for _ in range(4):
            found.tab.keyboard.press("i")
        progress(found, "5 of 5 screened: 4 included, 1 excluded, 0 maybe.")
        status(found, "keeps nothing" if stored else "kept in this browser")
        assert found.tab.evaluate(LEAVING) is bool(stored)
        read = downloaded(found, tmp_path)
        assert {one.key: (one.decision, one.reason) for one in read} == {
            **{node.key: ("include", None) for node in nodes[:4]},
            nodes[4].key: ("exclude", "=1+1"),
        }
        assert [one.record.doi for one in read] == [node.doi for node in nodes]
        assert all(
            cell[:1] not in "=+-@"
            for line in (tmp_path / "decisions.csv").read_text().splitlines()
            for cell in re.findall(r'"(.[^"]*)', line)
        )
        assert found.tab.evaluate(LEAVING) is False
        status(found, "keeps nothing .* in the file that you downloaded" if stored else "kept in this browser")


@needs_page
def test_decisions_in_a_served_page_are_kept_in_the_library(
    browser: "Browser", demo_folder: Path, tmp_path: Path
) -> None:
    """Each at once; while somebody else writes to it they wait, and the page says so."""
    library = Path(shutil.copyfile(demo_folder / "library.sqlite", tmp_path / "library.sqlite"))

    def decided() -> list[tuple[str, str | None, str | None]]:
        with Library(library) as read:
            return sorted(chases.screened_by(read).values())

    # The browser itself says of each answer of that kind that there was one.
    with (
        viewing(library) as served,
        opened(browser, served.address, fragment="#view=table", provoked=("status of 503",)) as found,
    ):
        tab = found.tab
        titles = found.titles()[:4]
        tab.click("button.screen")
        tab.click(".screening summary")
        tab.fill(".screening details input", "Ana")
        tab.click(".decisions .include")
        playwright.expect(tab.locator(".record h2")).to_have_text(titles[1])
        status(found, "kept in the library")
        assert decided() == [("include", None, "Ana")]
        with Library(library, write="search"):
            tab.keyboard.press("Escape")
            tab.click("tbody tr:not(.space) >> nth=1")
            tab.keyboard.press("e")
            status(found, "^Not kept yet: another program is using this library. 1 decision waits; trying again")
        status(found, "^Decisions are kept in the library")
        assert decided() == [("exclude", None, "Ana"), ("include", None, "Ana")]
        found.go("#view=table&screening=none")
        playwright.expect(tab.locator("tbody tr:not(.space) td.title").first).to_have_text(titles[2])
        tab.click("tbody tr:not(.space) >> nth=0")
        tab.keyboard.press("m")
        playwright.expect(tab.locator("tbody tr:not(.space) td.title").first).to_have_text(titles[3])
        tab.keyboard.press("u")
        playwright.expect(tab.locator("tbody tr:not(.space) td.title").first).to_have_text(titles[2])
        status(found, "kept in the library")
        assert len(decided()) == 2
        with Library(library) as read:
            last = read.db.execute("select decision, person from screening order by id desc limit 1").fetchone()
        assert tuple(last) == ("undecided", "Ana")
        found.go("#view=table")
        assert tab.inner_text("button.screen").startswith("2 of ")
        assert served.end()[0] == 0
