"""The one filter of every command that selects works."""

from typing import TYPE_CHECKING

import click

from harvester.cli.session import Option, Pasted

if TYPE_CHECKING:
    from harvester.library import Library

__all__ = ["selected", "where_option"]

where_option = click.option(
    "--where",
    cls=Option,
    type=Pasted(),
    metavar="EXPRESSION",
    help="Only works that satisfy this, in the language of `search`: 'recovery AND year:2015- NOT retracted:true'.",
)


def selected(library: "Library", where: str | None) -> frozenset[str] | None:
    """Give the keys of the works that `--where` selects; None, for all, where it is not given."""
    if where is None:
        return None
    from harvester.expression import parse
    from harvester.library import selection

    return selection.select(library, parse.parse(where), text=where)
