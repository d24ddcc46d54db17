"""How fast the page is in a real browser, without a graphics card: the first picture, panning, filtering, its size.

Literatures are made up: citations by `graphs.literature`, titles and abstracts of words that are as unevenly common as
those of a language, so that they compress about as English does. Pages are written to a folder once and measured as
files. Beside the seconds of the clock stand the CPU seconds of all of the browser's processes: on a machine that does
other things at the same time those are what can be compared.

    python tests/benchmarks/bench_page.py FOLDER [--runs 5] [--literature 5000:20000 50000:300000]
"""

import argparse
import os
import shutil
import statistics
import subprocess
import time
from collections.abc import Iterator
from itertools import accumulate
from pathlib import Path
from random import Random
from typing import Any

import numpy as np
from graphs import SYLLABLES, VENUES
from graphs import literature as made_up
from playwright.sync_api import Browser, CDPSession, Page, sync_playwright

from graph.build import build
from graph.page import Literature, page
from graph.picture import citation_picture
from harvester.model import Authorship, Citation, Claim, Link, Node, OpenAccess, Provenance, Venue, Work

SIZE = {"width": 1280, "height": 800}
RENDERING = ("--use-angle=swiftshader", "--enable-unsafe-swiftshader", "--no-sandbox")
TICKS = os.sysconf("SC_CLK_TCK")
PROSE = 190
"""Words of an abstract, give or take: in PubMed they have about 200."""

READY = """
    new MutationObserver((_, watch) => {
        if (!document.documentElement.dataset.ready) return;
        watch.disconnect();
        requestAnimationFrame(() => requestAnimationFrame(() => {
            for (const canvas of document.querySelectorAll("canvas.sigma-nodes, canvas.sigma-citations")) {
                const gl = canvas.getContext("webgl2");
                gl?.readPixels(0, 0, 1, 1, gl.RGBA, gl.UNSIGNED_BYTE, new Uint8Array(4));
            }
            document.documentElement.dataset.pictured = performance.now();
        }));
    }).observe(document, { attributes: true, subtree: true });
"""
"""The clock of the page when its first picture is there: what was drawn is read back, so that nothing is left to do."""

PAN = """
    (seconds) => new Promise((told) => {
        const canvas = document.querySelector(".sigma-mouse");
        const { left, top, width, height } = canvas.getBoundingClientRect();
        const at = (kind, target, x, y) => target.dispatchEvent(new MouseEvent(kind, {
            clientX: left + x, clientY: top + y, bubbles: true, view: window, buttons: 1,
        }));
        let frames = 0;
        const gaps = [];
        let last = 0;
        const start = performance.now();
        at("mousedown", canvas, width / 2, height / 2);
        const step = (now) => {
            if (last) gaps.push(now - last);
            last = now;
            frames++;
            const turn = frames / 14;
            const x = width / 2 + 200 * Math.sin(turn), y = height / 2 + 120 * Math.sin(2 * turn);
            at("mousemove", canvas, x, y);
            if (performance.now() - start < seconds * 1000) return requestAnimationFrame(step);
            at("mouseup", document, x, y);
            gaps.sort((a, b) => a - b);
            const rate = (1000 * frames) / (performance.now() - start);
            told({ rate, frames, slow: gaps[Math.floor(gaps.length * 0.95)] });
        };
        requestAnimationFrame(step);
    })
"""
"""Drag the map in a figure of eight, one step for each frame."""

FILTER = """
    (selector) => new Promise((told) => {
        const box = document.querySelector(selector);
        const start = performance.now();
        const before = document.querySelector(".told").textContent;
        new MutationObserver((_, watch) => {
            watch.disconnect();
            requestAnimationFrame(() => requestAnimationFrame(() => told(performance.now() - start)));
        }).observe(document.querySelector(".told"), { childList: true, characterData: true, subtree: true });
        box.click();
    })
"""


def written(folder: Path, works: int, citations: int) -> Path:
    """The page of a made-up literature, written unless it is there and younger than the bundle."""
    path = folder / f"page-{works}-{citations}.html"
    if not path.exists():
        begun = time.perf_counter()
        path.write_text(page(literature(works, citations)), encoding="utf-8", newline="")
        print(f"{path.name} written in {time.perf_counter() - begun:.0f} s")
    return path


def literature(works: int, citations: int) -> Literature:
    """Works with records as indexes have them."""
    held, chance = made_up(works, citations), Random(7)
    vocabulary = [f"{a}{b}{c}"[: 2 + number % 7] for number, (a, b, c) in enumerate(_syllables())]
    chance.shuffle(vocabulary)
    weights = list(accumulate(1 / (rank + 3) ** 0.95 for rank in range(len(vocabulary))))

    def words(count: int) -> str:
        return " ".join(chance.choices(vocabulary, cum_weights=weights, k=count))

    nodes, records = [], []
    keys = [f"doi:10.{1000 + chance.randrange(900)}/{number * 2_654_435_761 % 2**32:08x}" for number in range(works)]
    counts = np.bincount(held.cited, minlength=works)
    for number, key in enumerate(keys):
        title, year, venue = words(11).capitalize(), int(held.year[number]) or None, VENUES[held.field[number] % 99]
        people = tuple(
            Authorship(name=f"{words(1).capitalize()} {family}", family=family)
            for family in words(chance.randint(1, 7)).title().split()
        )
        sources = ("crossref", "openalex")[: 1 + number % 2]
        nodes.append(
            Node(
                key,
                title,
                year,
                key[4:],
                openalex=f"W{2_000_000_000 + number}",
                type="article",
                venue=venue,
                first_author=people[0].family,
                sources=sources,
                is_retracted=number % 997 == 5,
                is_open_access=number % 3 == 0,
                cited_by_count=int(counts[number]) * 3,
            )
        )
        said = Provenance(sources=sources)
        records.append(
            Work(
                key=key,
                doi=key[4:],
                title=title,
                abstract=f"{words(chance.randint(PROSE // 2, PROSE * 3 // 2)).capitalize()}.",
                year=year,
                date=f"{year or 2000}-{1 + number % 12:02}-11",
                authors=people,
                venue=Venue(name=venue),
                volume=str(number % 80),
                issue=str(number % 12),
                first_page=str(number % 1500),
                last_page=str(number % 1500 + 9),
                publisher="A Press",
                open_access=OpenAccess(status="gold") if number % 3 == 0 else None,
                links=(Link(url=f"https://example.org/{number}", kind="landing"),),
                sources=sources,
                provenance={
                    **dict.fromkeys(("title", "authors", "year", "venue", "volume", "abstract"), said),
                    "date": Provenance(sources=("crossref",), others=(Claim(source="openalex", value=str(year)),)),
                },
            )
        )
    pairs = zip(held.citing.tolist(), held.cited.tolist(), held.both.tolist(), strict=True)
    cited = [
        Citation(keys[one], keys[other], ("crossref", "openalex") if both else ("openalex",))
        for one, other, both in pairs
    ]
    return Literature(
        title=f"{works:,} works", drawing=citation_picture(build(nodes, cited)), works=records, main_path=()
    )


def _syllables() -> Iterator[tuple[str, str, str]]:
    return ((a, b, c) for a in SYLLABLES for b in SYLLABLES for c in SYLLABLES)


def measured(browser: Browser, path: Path) -> dict[str, float]:
    """Open a page once, pan and filter it."""
    context = browser.new_context(viewport={"width": SIZE["width"], "height": SIZE["height"]})
    context.add_init_script(READY)
    tab = context.new_page()
    tab.set_default_timeout(120_000)
    devtools = context.new_cdp_session(tab)
    devtools.send("Performance.enable")
    found: dict[str, float] = {}
    try:
        before = _cpu(browser)
        tab.goto(path.as_uri())
        tab.wait_for_selector("html[data-pictured]")
        found["first picture, s"] = float(tab.get_attribute("html", "data-pictured") or "nan") / 1000
        found["first picture, CPU s"] = _cpu(browser) - before
        found["first picture, main thread s"] = _main_thread(devtools)
        tab.wait_for_timeout(1500)
        found |= _panned(browser, tab, devtools)
        box = ".facet input"
        times = [tab.evaluate(FILTER, box) / 1000 for _ in range(4)]
        found["filter, s"] = statistics.median(times)
        tab.wait_for_timeout(300)
        found["heap, MB"] = tab.evaluate("performance.memory.usedJSHeapSize") / 1e6
    finally:
        context.close()
    return found


def _panned(browser: Browser, tab: Page, devtools: CDPSession) -> dict[str, float]:
    # The first seconds teach the page how much it can draw in time.
    tab.evaluate(PAN, 1.5)
    before, thread = _cpu(browser), _main_thread(devtools)
    said: dict[str, Any] = tab.evaluate(PAN, 3)
    frames = said["frames"]
    return {
        "panning, frames/s": said["rate"],
        "panning, slowest 5% ms": said["slow"],
        "panning, CPU ms/frame": (_cpu(browser) - before) * 1000 / frames,
        "panning, main thread ms/frame": (_main_thread(devtools) - thread) * 1000 / frames,
    }


def _main_thread(devtools: CDPSession) -> float:
    told = devtools.send("Performance.getMetrics")["metrics"]
    return next(float(each["value"]) for each in told if each["name"] == "TaskDuration")


def _cpu(browser: Browser) -> float:
    """CPU seconds of the browser's processes so far."""
    devtools = browser.new_browser_cdp_session()
    processes = devtools.send("SystemInfo.getProcessInfo")["processInfo"]
    devtools.detach()
    return sum(float(each["cpuTime"]) for each in processes)


def main() -> None:
    arguments = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--runs", type=int, default=5)
    arguments.add_argument("--literature", nargs="+", default=["5000:20000", "50000:300000"], metavar="WORKS:CITATIONS")
    given = arguments.parse_args()
    given.folder.mkdir(parents=True, exist_ok=True)
    paths = [written(given.folder, *map(int, each.split(":"))) for each in given.literature]
    chromium = shutil.which("chromium") or shutil.which("chromium-browser")
    with sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=chromium, args=RENDERING)
        version = subprocess.run([str(chromium), "--version"], capture_output=True, text=True, check=True).stdout
        print(version.strip())
        for path in paths:
            runs = [measured(browser, path) for _ in range(given.runs)]
            print(f"\n{path.stem}: {path.stat().st_size / 1e6:.2f} MB, median (least to most) of {given.runs}")
            for name in runs[0]:
                some = sorted(run[name] for run in runs)
                print(f"  {name:32} {statistics.median(some):8.2f}  ({some[0]:.2f} to {some[-1]:.2f})")
        browser.close()


if __name__ == "__main__":
    main()
