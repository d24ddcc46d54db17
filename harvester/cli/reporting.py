"""The command that writes the account of the search: report."""

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester.cli.printing import Table
from harvester.cli.session import Option, Session, command

if TYPE_CHECKING:
    from harvester.review import Account

__all__ = ["report"]


def _markdown(account: "Account") -> str:
    from harvester.review import markdown

    return markdown(account)


def _html(account: "Account") -> str:
    from harvester.review import html

    return html(account)


def _json(account: "Account") -> str:
    import json

    from harvester.review import document

    return json.dumps(document(account), ensure_ascii=False, indent=1) + "\n"


def _svg(account: "Account") -> str:
    from harvester.review import flow_svg

    return flow_svg(account)


def _csv(account: "Account") -> str:
    import csv
    import io

    from harvester.review import search_table

    stream = io.StringIO()
    csv.writer(stream, quoting=csv.QUOTE_ALL, lineterminator="\n").writerows(search_table(account))
    return stream.getvalue()


def _docx(account: "Account") -> bytes:
    from harvester.review import docx

    return docx(account)


WRITERS: dict[str, Callable[["Account"], str | bytes]] = {
    ".md": _markdown,
    ".html": _html,
    ".docx": _docx,
    ".json": _json,
    ".svg": _svg,
    ".csv": _csv,
}
"""By the ending of the file: the account as pages, as data, its flow diagram, and the searches as a table."""


@command("report")
@click.argument("files", nargs=-1, type=click.Path(dir_okay=False), metavar="[FILE]...")
@click.option("--trace", cls=Option, is_flag=True, help="Print every figure with the query that gives it.")
def report(session: Session, files: tuple[str, ...], trace: bool) -> None:
    """Write the account of the search to each FILE: .md .html .docx .json, .svg the flow diagram, .csv the searches.

    It says what the library has on record and nothing else, item by item of PRISMA-S, TARCiS and PRISMA 2020; what the
    authors have to add is named.
    """
    from harvester.errors import InputError
    from harvester.formats import replacing
    from harvester.review import account

    if not files and not trace:
        raise click.UsageError("name a file to write, such as report.html, or ask for --trace")
    for file in files:
        if Path(file).suffix.lower() not in WRITERS:
            raise InputError(f"{file} is in no known format; a report may end in {' '.join(WRITERS)}")
    with session.read() as library, session.busy("gathering what is on record"):
        found = account(library)
    for file in files:
        written = WRITERS[Path(file).suffix.lower()](found)
        with replacing(file) as stream:
            if isinstance(written, bytes):
                stream.buffer.write(written)
            else:
                stream.write(written)
    if files:
        session.say(f"{' and '.join(files)} written")
    if trace:
        session.show(
            {"figures": [figure._asdict() for figure in found.figures]},
            lambda: Table(
                ("figure", "value", "query"), [(each.name, each.value, each.query) for each in found.figures]
            ),
        )
    elif session.as_json:
        session.show({"written": files}, str)
