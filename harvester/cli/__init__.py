"""The command line: parse, call one use case, print.

Results go to stdout, as tables or with `--json` as one JSON document; messages and progress go to stderr.
Exit status: 0 done; 1 failed; 2 usage; 3 stopped but resumable; 4 done, but some inputs were not found or not
understood. Every option may also be given as the environment variable `HARVESTER_<OPTION>`.
"""

import errno
import os
import sqlite3
import sys

import click

from harvester.cli import asking, looking, serving, writing  # noqa: F401 # importing them registers their commands
from harvester.cli.session import COMMANDS, Option, Session
from harvester.errors import HarvesterError, InputError, Stopped

__all__ = ["cli", "main"]

DONE, FAILED, USAGE, STOPPED = 0, 1, 2, 3


@click.group(
    name="harvester",
    commands=COMMANDS,
    context_settings={"help_option_names": ["-h", "--help"], "max_content_width": 100},
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
    context.obj = Session.of(library=library, cache=cache, replica=replica, as_json=as_json, quiet=quiet)


def main() -> None:
    """Run the command line; every failure is one sentence on stderr and an exit status."""
    try:
        status = cli.main(standalone_mode=False)
        sys.stdout.flush()
    except click.exceptions.Exit as error:
        status = error.exit_code
    except click.ClickException as error:
        error.show()
        status = USAGE
    except (click.Abort, KeyboardInterrupt):
        status = _say("interrupted; what was received is kept, `harvester resume` goes on", STOPPED)
    except InputError as error:
        status = _say(error, USAGE)
    except Stopped as error:
        status = _say(error, STOPPED)
    except HarvesterError as error:
        status = _say(error, FAILED)
    except sqlite3.DatabaseError as error:
        status = _say(f"the library cannot be used ({error}); `harvester verify` says what is wrong with it", FAILED)
    except BrokenPipeError:
        # The reader of a pipe (head, less) has what it wanted; Python would complain again on exit.
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        status = DONE
    except OSError as error:
        advice = "; make room and try again" if error.errno == errno.ENOSPC else ""
        status = _say(f"{error.filename or 'a file'}: {error.strerror}{advice}", FAILED)
    sys.exit(status)


def _say(sentence: object, status: int) -> int:
    click.echo(f"harvester: {sentence}", err=True)
    return status
