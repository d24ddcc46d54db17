"""The command line: parse, call one use case, print.

Results go to stdout, as tables or with `--json` as one JSON document; messages and progress go to stderr.
Exit status: 0 done; 1 failed; 2 usage; 3 stopped but resumable; 4 done, but some inputs were not found or not
understood. Every option may also be given as the environment variable `HARVESTER_<OPTION>`.
"""

import errno
import io
import os
import signal
import sqlite3
import sys
from typing import Any, NoReturn

import click

from harvester.cli import (  # noqa: F401 # importing them registers their commands
    analysing,
    asking,
    bulk,
    chasing,
    clustering,
    dating,
    deduping,
    graphing,
    importing,
    looking,
    matching,
    packing,
    reporting,
    searching,
    serving,
    uniting,
    updating,
    viewing,
    writing,
)
from harvester.cli.session import COMMANDS, DONE, FAILED, STOPPED, USAGE, Option, Session
from harvester.errors import HarvesterError, InputError, QueryError, Stopped

__all__ = ["cli", "main"]


class Commands(click.Group):
    """The commands; whatever ends one of them early becomes one sentence and an exit status here."""

    def invoke(self, context: click.Context) -> Any:
        """Run the command that was named."""
        try:
            return super().invoke(context)
        except BrokenPipeError:
            # The reader of a pipe (head, less) has what it wanted; Python would complain again on exit.
            _forget_stdout()
            raise click.exceptions.Exit(DONE) from None
        except KeyboardInterrupt:
            sentence, status = "interrupted; what was received is kept, `harvester resume` goes on", STOPPED
        except QueryError as error:
            session = context.obj
            return session.fail_at(str(error), text=error.text, span=error.span, suggestion=error.suggestion)
        except (HarvesterError, sqlite3.DatabaseError, OSError) as error:
            sentence, status = _verdict(error)
        session = context.obj
        return session.fail(sentence, status)


@click.group(
    name="harvester",
    cls=Commands,
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
    epilog="Exit status: 0 done; 1 failed; 2 not understood what to do; 3 stopped, `harvester resume` goes on;"
    " 4 done, but some works were not found or not understood. Options may be given as HARVESTER_<OPTION> too.",
)
@click.option(
    "--library",
    cls=Option,
    type=click.Path(dir_okay=False),
    default="library.sqlite",
    show_default=True,
    help="The library file to read or write.",
)
@click.option(
    "--cache",
    cls=Option,
    type=click.Path(file_okay=False),
    help="Folder of raw HTTP answers. [default: cache/ beside the library]",
)
@click.option(
    "--replica",
    cls=Option,
    metavar="URL",
    help="Ask a replica of the APIs at this address instead of the public hosts.",
)
@click.option(
    "--json", "as_json", cls=Option, is_flag=True, help="Print one JSON document on stdout and nothing else there."
)
@click.option("--quiet", cls=Option, is_flag=True, help="No progress and no summary; only problems are said.")
@click.version_option(package_name="citation-harvester")
@click.pass_context
def cli(
    context: click.Context, library: str, cache: str | None, replica: str | None, as_json: bool, quiet: bool
) -> None:
    """Harvest scholarly records from Crossref and OpenAlex, merge them, and ask their citation graph.

    OPENALEX_API_KEY (a free key) raises what OpenAlex allows in a day from $0.10 to $1; CROSSREF_MAILTO (your
    e-mail address) brings Crossref's faster pool. `harvester demo` shows the whole tour offline.
    """
    if replica is not None and not replica.startswith(("http://", "https://")):
        raise click.BadParameter(f"{replica!r} is no address such as http://127.0.0.1:8765", param_hint="--replica")
    context.obj = Session.of(library=library, cache=cache, replica=replica, as_json=as_json, quiet=quiet)


def main() -> NoReturn:
    """Run the command line; every failure is one sentence on stderr and an exit status."""
    for stream in (sys.stdout, sys.stderr):
        if isinstance(stream, io.TextIOWrapper):
            # A name that the terminal's character set lacks is shown as its code; nothing fails for it.
            stream.reconfigure(errors="backslashreplace")
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        status = _run()
        sys.stdout.flush()
    except BrokenPipeError:
        status = DONE
        _forget_stdout()
    except OSError as error:
        status = FAILED
        _forget_stdout()
        click.echo(f"harvester: what was to be printed cannot be written ({error.strerror})", err=True)
    sys.exit(status)


def _run() -> int:
    try:
        status = cli.main(standalone_mode=False)
    except click.exceptions.NoArgsIsHelpError as error:
        error.show()
        return USAGE
    except click.ClickException as error:
        context = error.ctx if isinstance(error, click.UsageError) else None
        asked = context.find_root() if context else None
        settled = asked.params if asked else {}
        session = Session.of(
            library="", cache=None, replica=None, as_json=bool(settled.get("as_json")), quiet=bool(settled.get("quiet"))
        )
        try:
            session.fail(_advised(error, context), USAGE)
        except click.exceptions.Exit:
            return USAGE
    except (click.Abort, KeyboardInterrupt):
        click.echo("harvester: interrupted", err=True)
        return STOPPED
    return status if isinstance(status, int) else DONE


def _advised(error: click.ClickException, context: click.Context | None) -> str:
    """Give the sentence for a command line that is not understood, with what to do."""
    sentence = error.format_message().rstrip(".")
    if isinstance(error, click.NoSuchOption) and context and context.parent:
        shared = {name for option in context.find_root().command.params for name in option.opts}
        if error.option_name in shared:
            path = f"{context.parent.command_path} {error.option_name} ... {context.info_name}"
            return f"{error.option_name} goes before the command: {path}"
    return f"{sentence}; see `{context.command_path if context else 'harvester'} --help`"


def _verdict(error: HarvesterError | sqlite3.DatabaseError | OSError) -> tuple[str, int]:
    """Say what a failure means to the user, and with which status the program ends."""
    if isinstance(error, OSError):
        advice = "; make room and try again" if error.errno == errno.ENOSPC else ""
        return f"{error.filename or 'a file'} cannot be used ({error.strerror}){advice}", FAILED
    if isinstance(error, sqlite3.DatabaseError):
        return f"the library cannot be used ({error}); `harvester verify` says what is wrong with it", FAILED
    if isinstance(error, InputError):
        return str(error), USAGE
    return str(error), STOPPED if isinstance(error, Stopped) else FAILED


def _forget_stdout() -> None:
    os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
