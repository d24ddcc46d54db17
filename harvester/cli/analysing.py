"""Commands that analyse the citation graph: similar, mainpath."""

from dataclasses import asdict
from itertools import islice
from typing import Any

import click

from harvester.cli.graphing import graph_of, told_of, works_table
from harvester.cli.looking import key_of
from harvester.cli.printing import Table, counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import Option, Pasted, Session, command

__all__ = ["mainpath", "similar"]


@command("similar")
@click.argument("identifier", type=Pasted(), metavar="ID")
@click.option("--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@where_option
def similar(session: Session, identifier: str, limit: int, where: str | None) -> None:
    """List the works closest to one work by shared references and by works that cite both."""
    from graph import similarity

    with session.read() as library:
        graph = graph_of(library)
        key = key_of(session, library, identifier)
        keys = selected(library, where)
    found = similarity.similar(graph, key, limit=len(graph) or 1)
    chosen = islice((each for each in found if keys is None or each.key in keys), limit)
    rows = [{**asdict(each), **told_of(graph, each.key)} for each in chosen]
    headings = ("score", "shared references", "cite both", "year", "first author", "title", "key")
    session.show(
        {"works": rows},
        lambda: Table(
            headings,
            [
                (
                    f"{row['score']:.3f}",
                    len(row["shared_references"]),
                    len(row["citing_both"]),
                    row["year"],
                    row["first_author"],
                    row["title"],
                    row["key"],
                )
                for row in rows
            ],
            numbers=headings[:3],
        ),
    )


@command("mainpath")
@click.option(
    "--weight",
    cls=Option,
    type=click.Choice(["spc", "splc", "spnp"]),
    default="spc",
    show_default=True,
    help="What is counted along each citation: search paths, from sources, or between all pairs of nodes.",
)
@click.option(
    "--search",
    "kind",
    cls=Option,
    metavar="KIND",
    default="global",
    show_default=True,
    help="How the path is followed: global, local forward, backward, or from key routes.",
)
@click.option(
    "--routes", cls=Option, type=click.IntRange(1), default=10, show_default=True, help="Key routes to begin with."
)
@click.option(
    "--cycles",
    cls=Option,
    metavar="TREATMENT",
    default="drop",
    show_default=True,
    help="Drop or collapse what closes a cycle.",
)
@click.option("--exact", cls=Option, is_flag=True, help="Count in whole numbers of any size; slower.")
@where_option
def mainpath(
    session: Session, weight: Any, kind: Any, routes: int, cycles: Any, exact: bool, where: str | None
) -> None:
    """Show the main path: the chain of citations that most of the literature's paths go through, oldest first."""
    from graph import mainpath as analysis

    with session.read() as library:
        graph = graph_of(library, selected(library, where))
    try:
        found = analysis.main_path(graph, search=kind, weight=weight, routes=routes, cycles=cycles, exact=exact)
    except ValueError as error:
        raise click.UsageError(str(error)) from error
    rows = [{"key": key, **told_of(graph, key)} for key in found.works]
    document = {
        "search": found.search,
        "weight": found.weight,
        "cycles": found.cycles,
        "works": rows,
        "arcs": [arc._asdict() for arc in found.arcs],
        "dropped": found.dropped,
        "families": found.families,
        "capped": found.capped,
    }
    session.show(document, lambda: works_table(rows, "year") if rows else "there are no citations to follow")
    if found.dropped or found.families:
        session.say(
            f"cycles: {counted(len(found.dropped), 'citation')} left out,"
            f" {counted(len(found.families), 'group')} of works taken as one"
        )
    if found.capped:
        session.say(f"with all ties the path has {counted(found.capped, 'work')}; the first of tied ones are shown")
