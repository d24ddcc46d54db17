"""What every command shares: the options before its name, how it prints, how it shows progress."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, TypeVar

import click

if TYPE_CHECKING:
    from harvester.harvest import Progress, Settings
    from harvester.library import Library

__all__ = ["COMMANDS", "Option", "Session", "command", "plain"]

COMMANDS: dict[str, click.Command] = {}

Function = TypeVar("Function", bound=Callable[..., Any])

_CONTROLS = {number: None for number in (*range(32), *range(127, 160)) if chr(number) not in "\t\n"}


class Option(click.Option):
    """An option that is also read from `HARVESTER_<OPTION>`."""

    def __init__(self, declarations: Sequence[str], **settings: Any) -> None:
        longest = max((name for name in declarations if name.startswith("-")), key=len)
        settings.setdefault("envvar", "HARVESTER_" + longest.strip("-").replace("-", "_").upper())
        super().__init__(declarations, **settings)


def command(name: str) -> Callable[[Function], click.Command]:
    """Register a command under this name; its docstring is its help."""

    def register(function: Function) -> click.Command:
        COMMANDS[name] = click.command(name)(click.pass_obj(function))
        return COMMANDS[name]

    return register


@dataclass(frozen=True)
class Session:
    """One invocation: where the library and the cache are, and how to print."""

    library: Path
    cache: Path
    replica: str | None
    as_json: bool
    quiet: bool

    @classmethod
    def of(cls, *, library: str, cache: str | None, replica: str | None, as_json: bool, quiet: bool) -> "Session":
        """Settle the defaults that depend on each other."""
        path = Path(library)
        return cls(path, Path(cache) if cache else path.parent / "cache", replica, as_json, quiet)

    def settings(self, *, refresh: bool = False, budget: Decimal | None = None) -> "Settings":
        """Settle how sources are asked; the key and the e-mail come from the environment only."""
        from harvester.harvest import Settings
        from harvester.transport import Credentials

        credentials = Credentials(
            openalex_key=os.environ.get("OPENALEX_API_KEY", "").strip() or None,
            crossref_mailto=os.environ.get("CROSSREF_MAILTO", "").strip() or None,
        )
        return Settings(cache=self.cache, credentials=credentials, replica=self.replica, refresh=refresh, budget=budget)

    def open(self, *, write: str | None = None) -> "Library":
        """Open the library, to read or (naming the command) to write."""
        from harvester.library import Library

        return Library(self.library, write=write)

    def show(self, value: object, lines: Callable[[], object]) -> None:
        """Print `value` as JSON, or what `lines` gives (text, or something rich can print)."""
        if self.as_json:
            click.echo(json.dumps(value, ensure_ascii=False, indent=2, default=_jsonable))
            return
        shown = lines()
        if isinstance(shown, str):
            click.echo(plain(shown))
        else:
            _console().print(shown)

    def say(self, sentence: str) -> None:
        """Say something in passing, on stderr, unless asked to be quiet."""
        if not self.quiet:
            click.echo(plain(sentence), err=True)

    def warn(self, sentence: str) -> None:
        """Say a problem on stderr, always."""
        click.echo(f"harvester: {plain(sentence)}", err=True)

    @contextmanager
    def progress(self) -> Iterator[Callable[["Progress"], None]]:
        """Show how far each source is, on a terminal only."""
        if self.quiet or not sys.stderr.isatty():
            yield lambda _: None
            return
        from rich.console import Console
        from rich.progress import BarColumn, MofNCompleteColumn, TextColumn, TimeRemainingColumn
        from rich.progress import Progress as Bars

        columns = (
            TextColumn("{task.description:<9}"),
            BarColumn(),
            MofNCompleteColumn(),
            TextColumn("requests  {task.fields[records]} records  ${task.fields[spent]}"),
            TimeRemainingColumn(),
        )
        with Bars(*columns, console=Console(stderr=True), transient=True) as bars:
            tasks: dict[str, Any] = {}

            def observe(progress: "Progress") -> None:
                for name, expected in progress.expected.items():
                    if name not in tasks:
                        tasks[name] = bars.add_task(name, records=0, spent=Decimal(0))
                    bars.update(
                        tasks[name],
                        total=expected,
                        completed=progress.answered[name],
                        records=progress.records[name],
                        spent=progress.tallies[name].spent,
                    )

            yield observe


def plain(text: str) -> str:
    """Take control characters out of text from strangers: a terminal would obey them.

    >>> plain("A \\x1b[31mred\\x1b[0m title")
    'A [31mred[0m title'
    """
    return text.translate(_CONTROLS)


def table(headings: Sequence[str], rows: Sequence[Sequence[object]], *, numbers: Sequence[str] = ()) -> object:
    """Lay rows out for a terminal; columns in `numbers` are set right. Cells are text, never markup."""
    from rich.table import Table
    from rich.text import Text

    laid = Table(box=None, pad_edge=False, header_style="bold")
    for heading in headings:
        laid.add_column(heading, justify="right" if heading in numbers else "left", overflow="fold")
    for row in rows:
        laid.add_row(*("" if cell is None else Text(plain(str(cell))) for cell in row))
    return laid


def _console() -> Any:
    from rich.console import Console

    # Into a file or a pipe nothing is folded: a line is a row, whatever its length.
    width = None if sys.stdout.isatty() else 10_000
    return Console(width=width, highlight=False, soft_wrap=not sys.stdout.isatty())


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no JSON form")
