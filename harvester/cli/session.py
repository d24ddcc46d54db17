"""What every command shares: the options before its name, how it prints, how it shows progress."""

import json
import os
import sys
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any, Never, TypeVar

import click

from harvester.cli.printing import Table, plain, pointed

if TYPE_CHECKING:
    from harvester.harvest import Progress, Settings
    from harvester.library import Library

__all__ = ["COMMANDS", "DONE", "FAILED", "SOME_NOT_FOUND", "STOPPED", "USAGE", "Option", "Pasted", "Session", "command"]

DONE, FAILED, USAGE, STOPPED, SOME_NOT_FOUND = range(5)
"""Exit statuses."""

COMMANDS: dict[str, click.Command] = {}

Function = TypeVar("Function", bound=Callable[..., Any])


class Option(click.Option):
    """An option that is also read from `HARVESTER_<OPTION>`."""

    def __init__(self, declarations: Sequence[str], **settings: Any) -> None:
        longest = max((name for name in declarations if name.startswith("-")), key=len)
        settings.setdefault("envvar", "HARVESTER_" + longest.strip("-").replace("-", "_").upper())
        super().__init__(declarations, **settings)


class Pasted(click.ParamType[str]):
    """Text from the command line, which Python reads in another character set than it was typed in under `LC_ALL=C`."""

    name = "text"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:  # noqa: ARG002 # click's signature
        """Read the bytes that were typed as UTF-8."""
        return os.fsencode(value).decode("utf-8", "replace")


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

    def read(self) -> "Library":
        """Open the library to read; all that the command reads is of one moment, though a harvest may go on."""
        from harvester.library import Library

        library = Library(self.library)
        library.db.execute("begin")
        return library

    def write(self, name: str, *, begins: bool = False) -> "Library":
        """Open the library to write, in the name of a command; only one that `begins` a library makes the file."""
        from harvester.errors import InputError
        from harvester.library import Library

        if not self.library.parent.is_dir():
            raise InputError(f"there is no folder {self.library.parent}; make it, or name another place with --library")
        if not begins and not self.library.exists():
            raise InputError(
                f"there is no library {self.library}; harvest something first, or name another with --library"
            )
        return Library(self.library, write=name)

    def show(self, value: object, lines: Callable[[], str | Table]) -> None:
        """Print `value` as JSON, or what `lines` gives."""
        if self.as_json:
            # What is not in the character set of the output can still be written as JSON.
            ascii_only = not (sys.stdout.encoding or "").lower().startswith("utf")
            print(json.dumps(value, ensure_ascii=ascii_only, indent=2, default=_jsonable))
            return
        shown = lines()
        if isinstance(shown, Table):
            shown.show()
        else:
            self.tell(shown)

    def tell(self, text: str) -> None:
        """Print lines of a result on stdout, where it is not one JSON document."""
        if not self.as_json:
            for line in text.split("\n"):
                print(plain(line))

    def say(self, sentence: str) -> None:
        """Say something in passing, on stderr, unless asked to be quiet."""
        if not self.quiet:
            click.echo(plain(sentence), err=True)

    def warn(self, sentence: str) -> None:
        """Say a problem on stderr, always."""
        click.echo(f"harvester: {plain(sentence)}", err=True)

    def fail(self, sentence: str, status: int) -> Never:
        """Say why the command ends here, to a program that asked for JSON too, and end it."""
        self.warn(sentence)
        if self.as_json:
            self.show({"error": sentence, "status": status}, str)
        raise click.exceptions.Exit(status)

    def fail_at(self, sentence: str, *, text: str, span: tuple[int, int], suggestion: str | None) -> Never:
        """Say what is wrong with a text and where, and end the command as one that was not understood."""
        self.warn(sentence)
        for line in pointed(text, span):
            click.echo(f"  {line}", err=True)
        if suggestion:
            click.echo(plain(f"  try: {suggestion}"), err=True)
        if self.as_json:
            self.show({"error": sentence, "status": USAGE, "span": span, "suggestion": suggestion}, str)
        raise click.exceptions.Exit(USAGE)

    @contextmanager
    def busy(self, what: str) -> Iterator[None]:
        """Show what takes a while and has no measure of how far it is, on a terminal only."""
        if self.quiet or not sys.stderr.isatty():
            yield
            return
        from rich.console import Console
        from rich.markup import escape

        with Console(stderr=True).status(f"{escape(plain(what))} ..."):
            yield

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


def _jsonable(value: Any) -> Any:
    if isinstance(value, Decimal):
        return float(value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    raise TypeError(f"{type(value).__name__} has no JSON form")
