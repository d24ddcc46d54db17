"""Is everything in order here: versions, library, cache, key, e-mail, hosts. Each finding says what to do."""

import asyncio
import platform
import shutil
import sqlite3
import tempfile
from dataclasses import replace
from importlib.metadata import version
from pathlib import Path
from typing import NamedTuple

from harvester.errors import AccessRefused, HarvesterError, LibraryError
from harvester.harvest import Settings
from harvester.library import Library, reading
from harvester.model import Query
from harvester.policy import POLICIES
from harvester.transport import Client, Patience

__all__ = ["Finding", "examine"]

LITTLE_SPACE = 1_000_000_000

PROBES = {
    "crossref": Query(source="crossref", url="https://api.crossref.org/works?rows=0", kind="list"),
    # A single work is free, and its headers say what is left of the day (help.openalex.org, api/authentication).
    "openalex": Query(source="openalex", url="https://api.openalex.org/works/W2741809807?select=id", kind="single"),
    "datacite": Query(source="datacite", url="https://api.datacite.org/dois/10.5438/0012", kind="single"),
    "europepmc": Query(
        source="europepmc",
        url="https://www.ebi.ac.uk/europepmc/webservices/rest/search?query=EXT_ID:29456894&format=json&pageSize=1",
        kind="list",
    ),
    "opencitations": Query(
        source="opencitations",
        url="https://api.opencitations.net/index/v2/citation-count/doi:10.1108/jd-12-2013-0166",
        kind="count",
    ),
}


VARIABLES = {"crossref": "CROSSREF_MAILTO", "openalex": "OPENALEX_API_KEY"}


class Finding(NamedTuple):
    """One thing examined: whether it is in order, what was found, and what to do if anything."""

    subject: str
    is_well: bool
    found: str
    advice: str = ""


def examine(library: Path, *, settings: Settings) -> list[Finding]:
    """Examine this machine, the library and every source; asks each source one free question."""
    return [
        Finding(
            "version",
            True,
            f"citation-harvester {version('citation-harvester')}, Python {platform.python_version()}, "
            f"SQLite {sqlite3.sqlite_version}, httpx {version('httpx')}, networkx {version('networkx')}",
        ),
        _library(library),
        _disk(library),
        _cache(settings.cache),
        *asyncio.run(_sources(settings)),
    ]


def _library(path: Path) -> Finding:
    if not path.exists():
        return Finding("library", True, f"{path} does not exist yet", "`harvester doi` makes it")
    try:
        with Library(path) as library:
            state = reading.status(library)
    except (HarvesterError, sqlite3.DatabaseError) as error:
        kind = "" if isinstance(error, LibraryError) else "damaged? "
        return Finding(
            "library", False, f"{kind}{error}", "`harvester verify` says more; keep a copy before anything else"
        )
    found = f"{path}: {state.works} works, {state.citations} citations, {state.unfinished_runs} runs not finished"
    if state.unfinished_runs:
        return Finding("library", False, found, "`harvester resume` goes on with them")
    if state.stale:
        return Finding("library", False, f"{found}, not all of it shown yet", "`harvester rebuild` brings it in")
    return Finding("library", True, found)


def _disk(path: Path) -> Finding:
    folder = path.absolute().parent
    if not folder.is_dir():
        return Finding("disk", False, f"there is no folder {folder}", "make it, or name another place with --library")
    free = shutil.disk_usage(folder).free
    advice = "make room before a large harvest" if free < LITTLE_SPACE else ""
    return Finding("disk", not advice, f"{free / 1e9:.1f} GB free beside the library", advice)


def _cache(folder: Path) -> Finding:
    place = next(place for place in (folder, *folder.absolute().parents) if place.exists())
    try:
        with tempfile.TemporaryFile(dir=place):
            pass
    except OSError as error:
        return Finding("cache", False, f"{folder} cannot be written ({error.strerror})", "choose another with --cache")
    if not folder.exists():
        return Finding("cache", True, f"{folder} does not exist yet", "the first harvest makes it")
    size = sum(file.stat().st_size for file in folder.rglob("*") if file.is_file())
    return Finding("cache", True, f"{folder}: {size / 1e6:.1f} MB", "deleting it loses time, never knowledge")


async def _sources(settings: Settings) -> list[Finding]:
    findings = []
    async with replace(settings, patience=Patience(attempts=1)).client() as client:
        for name, probe in PROBES.items():
            if name in VARIABLES:
                findings.append(_identity(name, settings))
            findings += await _host(name, probe, client)
    return findings


def _identity(name: str, settings: Settings) -> Finding:
    policy = POLICIES[name]
    single, lists = policy.anonymous["single"].per_second, policy.anonymous["list"].per_second
    if settings.credentials.known_to(name):
        single, lists = policy.identified["single"].per_second, policy.identified["list"].per_second
        return Finding(
            f"{name} {policy.identifies_by.split()[-1]}",
            True,
            f"set: {single:g} single, {lists:g} list requests a second",
        )
    found = f"none: {single:g} single, {lists:g} list requests a second"
    advice = f"set {VARIABLES[name]} for more; it is free"
    return Finding(f"{name} {policy.identifies_by.split()[-1]}", True, found, advice)


async def _host(name: str, probe: Query, client: Client) -> list[Finding]:
    try:
        await client.ask(probe, lambda _query, status, _body: status, fresh=True)
    except AccessRefused as error:
        told = f"set {VARIABLES[name]} to what {name} gave you, or unset it, then" if name in VARIABLES else "wait, and"
        advice = f"{told} run `harvester doctor` again"
        return [Finding(f"{name} host", False, str(error), advice)]
    except HarvesterError as error:
        advice = "check the network and the proxy (HTTPS_PROXY); if they are well, wait and try again"
        return [Finding(f"{name} host", False, str(error), advice)]
    tally = client.tallies[name]
    findings = [Finding(f"{name} host", True, "reachable" + (f", pool {tally.pool}" if tally.pool else ""))]
    if tally.remaining is not None:
        advice = "" if tally.remaining else "single works are still free; lists and searches wait for midnight UTC"
        findings.append(Finding(f"{name} budget", not advice, f"${tally.remaining} left today", advice))
    return findings
