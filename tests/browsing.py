"""A real browser for the tests of the page, and the page of the demo to open in it."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from filelock import FileLock

if TYPE_CHECKING:
    from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Dialog, Page

CHROMIUM = shutil.which("chromium") or shutil.which("chromium-browser")
RENDERING = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox")
"""WebGL without a graphics card; no sandbox, since tests also run as root."""
SIZE = {"width": 1280, "height": 800}


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
        from playwright.sync_api import expect

        expect(self.tab.locator(".told")).to_have_text(re.compile(pattern))

    def titles(self) -> list[str]:
        return [cell.inner_text() for cell in self.tab.locator("tbody tr:not(.space) td.title").all()]


@contextmanager
def opened(
    browser: "Browser", address: Path | str, *, script: str = "", fragment: str = "", provoked: tuple[str, ...] = ()
) -> Iterator[Opened]:
    """Open a page; `script` runs before its own.

    Fails for whatever the page asked of others or said to the console, but for what the test provokes.
    """
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]}, accept_downloads=True)
    context.add_init_script(script)
    try:
        found = listening(context, address.as_uri() if isinstance(address, Path) else address, *provoked)
        found.go(fragment)
        yield found
    finally:
        context.close()
    assert found.said == [], found.said
    mine = (found.address,) if isinstance(address, Path) else (found.address, "blob:")
    assert [asked for asked in found.asked if not asked.startswith(mine)] == [], "the page asks nobody else"


def listening(context: "BrowserContext", address: str, *provoked: str) -> Opened:
    """A new tab that keeps all that the page asks for and says, but for messages that have some words in them."""
    found = Opened(context.new_page(), address)

    def heard(message: "ConsoleMessage") -> None:
        # Rendering in software says that reading a point of the map back is slow; that is not the page's word.
        if not any(words in message.text for words in ("GL Driver Message", *provoked)):
            found.said.append(message.text)

    def dismissed(dialog: "Dialog") -> None:
        found.said.append(dialog.message)
        dialog.dismiss()

    found.tab.set_default_timeout(20_000)
    found.tab.on("console", heard)
    found.tab.on("pageerror", lambda error: found.said.append(str(error)))
    found.tab.on("request", lambda request: found.asked.append(request.url.split("#")[0]))
    found.tab.on("dialog", dismissed)
    return found


@pytest.fixture(scope="module")
def browser() -> Iterator["Browser"]:
    """Chromium, for the tests of one file: while it is driven, nothing else in this process can have an event loop."""
    driving = pytest.importorskip(
        "playwright.sync_api", reason="playwright, which drives the browser, is not installed"
    )
    if CHROMIUM is None:
        pytest.skip("no chromium on this machine: the page was not opened in a browser")
    with driving.sync_playwright() as driver:
        running = driver.chromium.launch(executable_path=CHROMIUM, args=RENDERING)
        yield running
        running.close()


@pytest.fixture(scope="session")
def demo_folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What the demo writes, made once for all that test at the same time."""
    from conftest import COMMAND, environment

    shared = tmp_path_factory.getbasetemp()
    shared = shared.parent if "PYTEST_XDIST_WORKER" in os.environ else shared
    folder = shared / "demo-for-browsers"
    with FileLock(shared / "demo-for-browsers.lock"):
        if not (folder / "done").exists():
            folder.mkdir(exist_ok=True)
            # In a process of its own: the browser's driver holds this one's event loop.
            subprocess.run(
                [*COMMAND, "--quiet", "demo"], cwd=folder, env=environment(), check=True, capture_output=True
            )
            (folder / "done").touch()
    return folder / "harvester-demo"


@pytest.fixture
def demo(browser: "Browser", demo_folder: Path) -> Iterator[Opened]:
    """The page of the demo, opened from disk."""
    path = demo_folder / "page.html"
    if not path.exists():
        pytest.skip("this installation has no page: npm's registry was out of reach when it was installed")
    with opened(browser, path) as found:
        yield found
