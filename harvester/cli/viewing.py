"""The page in a browser: view."""

import click

from harvester.cli.graphing import graph_of
from harvester.cli.printing import counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import Option, Session, command

__all__ = ["view"]


@command("view")
@where_option
@click.option(
    "--port", cls=Option, type=click.IntRange(0, 65535), default=0, help="Serve on this port. [default: any free one]"
)
@click.option("--no-browser", cls=Option, is_flag=True, help="Open no browser: the address is printed, and no more.")
def view(session: Session, where: str | None, port: int, no_browser: bool) -> None:
    """See the library in a browser: map, table, filters, records; and screen works, which is kept in it.

    Prints the address of the page, which is for this machine alone, and serves it until Ctrl-C. Decisions are at hand
    as `--where decision:include`, for `chase --keep` and in `report`. `export FILE.html` writes the page as a file.
    """
    import sys
    from contextlib import closing, suppress

    from graph.page import NotBundled, served
    from harvester import export as exports
    from harvester import view as viewing
    from harvester.errors import HarvesterError, InputError
    from harvester.library import ledger, schema

    with closing(viewing.listening(port)) as listener:
        with session.busy("making the page"), session.read() as library:
            keys = selected(library, where)
            graph = graph_of(library, keys)
            if not len(graph.keys):
                raise InputError(
                    f"there are no works in the library {session.library}; harvest something first"
                    if keys is None
                    else f"no work here satisfies --where {where}"
                )
            drawing = exports.drawing(library, graph)
            try:
                pieces = served(exports.literature(library, graph, drawing, title=session.library.stem, selected=keys))
            except NotBundled as error:
                raise HarvesterError(f"the page cannot be shown: {error}") from error
            viewed = viewing.Viewed(session.library, pieces, schema.revision(library.db))
            unfinished = ledger.unfinished(library)
        if unfinished:
            session.warn(
                f"the page shows what has been harvested so far: {counted(len(unfinished), 'run')} not finished;"
                " `harvester resume` goes on"
            )

        def ready(address: str) -> None:
            session.show({"url": address}, lambda: address)
            sys.stdout.flush()
            session.say("Ctrl-C ends it")
            if not no_browser and sys.stdout.isatty():
                viewing.open_browser(address)

        with suppress(KeyboardInterrupt):  # the usual end, however early
            viewing.serve(viewed, listener, ready=ready)
