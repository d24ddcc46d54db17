"""The commands that would do the same again, written from the ledger so that a shell can run them."""

import re
import shlex
from collections.abc import Callable, Iterator, Mapping
from itertools import pairwise

from harvester.library.store import Library
from harvester.merge import FILES
from harvester.review.figures import clean
from harvester.review.running import RunOnRecord, pages_as_one
from harvester.review.searching import Imported, file_of

__all__ = ["commands_of"]

_INCLUDED = "decision:include"


def commands_of(library: Library, runs: tuple[RunOnRecord, ...], files: tuple[Imported, ...]) -> tuple[str, ...]:
    """Give a line for each run, in their order; what cannot be written as a command is a comment.

    The commands stand for what was asked. Files are named as they were, with their checksums, and have to be there.
    """
    by_run = {each.run.id: each for each in files}
    screened = _screened_with(runs)
    lines = []
    for run in pages_as_one(runs):
        if run.page:
            lines.append(_comment(f"run {run.id}: decisions were taken in the page; the library has them"))
            continue
        if (run.command == "screen" and run.id in screened.values()) or run.repeats:
            continue  # told with another line: what the decisions were brought in with, or `update`
        imported = by_run.get(run.id)
        if imported and imported.seeds_of is not None:
            lines.append(_comment(f"{imported.file} has the SHA-256 {imported.checksum}"))
            continue
        lines += _lines(library, run, by_run, screened)
    return tuple(lines)


def _lines(
    library: Library, run: RunOnRecord, files: Mapping[int, Imported], screened: Mapping[int, int]
) -> Iterator[str]:
    writers: dict[str, Callable[[], list[str]]] = {
        "search": lambda: _search(run),
        "import": lambda: _import(files[run.id]),
        "doi": lambda: ["doi", *_inputs(library, run, "--from")],
        "fill": lambda: ["fill", *_option(run, "limit")],
        "chase": lambda: _chase(library, run, files, screened),
        "match": lambda: _match(library, run),
        "dedupe": lambda: ["dedupe", *_decisions(library, run)],
        "update": lambda: ["update"],
        "carve": lambda: _carve(library, run),
    }
    if run.command not in writers:
        yield _comment(f"run {run.id}: {run.command} {run.arguments.get('file', '')}".rstrip())
        return
    if run.command == "import":
        yield _comment(f"{files[run.id].file} has the SHA-256 {files[run.id].checksum}")
    elif run.command == "search" and run.arguments.get("until") and "crossref" in run.arguments.get("sources", ()):
        yield _comment(f"Crossref was read up to {run.arguments['until']}; today it is read up to today")
    elif run.command == "carve":
        snapshot = run.arguments["snapshot"]
        yield _comment(
            f"the snapshot {snapshot['name']} is of {snapshot['date'] or 'no date'}; another one holds other works"
        )
    elif run.command in _TOLD and _answers(library, run):
        yield _comment(f"run {run.id}: decisions were also given otherwise than in a file; the library has them")
    replica = ["--replica", run.replica] if run.replica else []
    refresh = ["--refresh"] if run.arguments.get("refresh") and run.command not in ("update", "carve") else []
    words = ["harvester", *replica, *writers[run.command]()]
    # What is to be searched may begin with a dash, and stands last.
    place = words.index("--") if "--" in words else len(words)
    yield shlex.join([clean(word) for word in (*words[:place], *refresh, *words[place:])])


def _comment(text: str) -> str:
    return f"# {clean(text)}"


def _option(run: RunOnRecord, name: str) -> list[str]:
    value = run.arguments.get(name)
    return [] if value is None else [f"--{name}", str(value)]


def _search(run: RunOnRecord) -> list[str]:
    given = run.arguments
    others = [name for name in given.get("sources", ()) if name != "openalex"]
    words = ["search", *(word for name in others for word in ("--in", name))]
    if given.get("corpus", "core") != "core":
        words += ["--corpus", str(given["corpus"])]
    if given.get("fulltext"):
        words.append("--fulltext")
    words += _option(run, "limit")
    if "crossref" in others:
        words += _option(run, "depth")
    return [*words, "--", str(given.get("reading") or given.get("query", ""))]


def _carve(library: Library, run: RunOnRecord) -> list[str]:
    given = run.arguments
    words = ["carve", "--snapshot", str(given["snapshot"]["name"])]
    if given.get("searched"):
        words += ["--query", str(given.get("reading") or given.get("query") or given["searched"])]
    else:
        words += _inputs(library, run, "--dois")
    words += [f"--{name}" for name in ("backward", "forward") if given.get(name)]
    if given.get("depth", 1) != 1:
        words += _option(run, "depth")
    first, last = given.get("years", (None, None))
    if first or last:
        words += ["--years", f"{first or ''}-{last or ''}"]
    if given.get("corpus", "core") != "core":
        words += ["--corpus", str(given["corpus"])]
    return [*words, *(["--out", "carved"] if given.get("tables") else [])]


def _import(file: Imported) -> list[str]:
    words = ["import", file.file]
    if file.label.startswith("file:"):
        words += ["--source-name", file.label.removeprefix("file:")]
    return [*words, "--format", file.format]


def _inputs(library: Library, run: RunOnRecord, option: str) -> list[str]:
    """Give what a user named: arguments as identifiers, or as they were where they are none, and files by name."""
    rows = library.db.execute(
        "select origin, text, scheme, value from inputs where run = ? order by position", (run.id,)
    ).fetchall()
    arguments = [
        f"{scheme}:{value}" if scheme else text for origin, text, scheme, value in rows if origin == "argument"
    ]
    names = dict.fromkeys(file_of(origin) for origin, *_ in rows if origin != "argument")
    files = [word for name in names for word in (option, "-" if name == "stdin" else name)]
    return [*files, *(["--", *dict.fromkeys(arguments)] if arguments else [])]


def _chase(library: Library, run: RunOnRecord, files: Mapping[int, Imported], screened: Mapping[int, int]) -> list[str]:
    scope = run.arguments["scope"]
    words = ["chase", *(f"--{direction}" for direction in scope["directions"])]
    words += ["--rounds", str(scope["rounds"]), "--shared", str(scope["shared"]), "--hub", str(scope["hub"])]
    keep = scope.get("keep")
    if run.id in screened:
        words += ["--screening", str(_screened_file(library, screened[run.id]))]
        keep = keep.removesuffix(_INCLUDED).removesuffix(" AND ").removeprefix("(").removesuffix(")")
    for name, value in (
        ("keep", keep),
        ("max-citing", scope.get("most_citing")),
        ("max-works", scope.get("most_works")),
    ):
        if value:
            words += [f"--{name}", str(value)]
    rows = library.db.execute(
        "select distinct origin from seeds where run = ? and round = 1 order by 1", (run.id,)
    ).fetchall()
    by_name = {each.label: each.file for each in files.values() if each.seeds_of == run.id}
    for (origin,) in rows:
        if origin == "all" or origin.startswith(FILES):
            words += ["--seeds", by_name.get(clean(origin), origin)]
    return [*words, *_inputs(library, run, "--seeds")]


def _screened_with(runs: tuple[RunOnRecord, ...]) -> dict[int, int]:
    """Pair a citation search with the decisions that were brought in with it, just before it began."""
    found = {}
    for before, run in pairwise(runs):
        keep = run.arguments.get("scope", {}).get("keep") or ""
        is_of_file = before.command == "screen" and before.page is None
        if run.command == "chase" and is_of_file and keep.endswith(_INCLUDED):
            found[run.id] = before.id
    return found


def _screened_file(library: Library, run: int) -> str:
    """Give the name of the file of decisions that a run brought in."""
    row = library.db.execute("select arguments ->> 'file' from runs where id = ?", (run,)).fetchone()
    return str(row[0])


def _match(library: Library, run: RunOnRecord) -> list[str]:
    words = ["match", *(word for name in run.arguments.get("indexes", ()) for word in ("--in", name))]
    if not run.arguments.get("indexes"):
        words += ["--in", "library"]
    return [*words, *_option(run, "limit"), *_decisions(library, run)]


_TOLD = {
    "dedupe": "select distinct reason from decisions where run = ? and person order by 1",
    "match": "select distinct reason from matches where run = ? and origin = 'person' order by 1",
}
_LINE = re.compile(r"(.+), line \d+")


def _reasons(library: Library, run: RunOnRecord) -> list[str]:
    return [reason for (reason,) in library.db.execute(_TOLD[run.command], (run.id,))]


def _decisions(library: Library, run: RunOnRecord) -> list[str]:
    """Name the file of decisions that people filled in."""
    found = dict.fromkeys(line[1] for reason in _reasons(library, run) if (line := _LINE.fullmatch(reason)))
    return [word for name in found for word in ("--decisions", name)]


def _answers(library: Library, run: RunOnRecord) -> bool:
    """Tell whether people decided anything otherwise than in a file: asked at the terminal, or taking it back."""
    return any(not _LINE.fullmatch(reason) for reason in _reasons(library, run))
