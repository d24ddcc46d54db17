"""Commands that ask the citation graph: top, neighbours, path, common, missing, query."""

from math import isnan
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.looking import key_of, lines_table, show_lines
from harvester.cli.printing import Table, counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import Option, Pasted, Session, command

if TYPE_CHECKING:
    from graph.build import CitationGraph
    from graph.metrics import Metric
    from harvester.library import Library

__all__ = ["common", "graph_of", "missing", "neighbours", "path", "query", "told_of", "top", "works_table"]

MOST_PATHS = 20
"""Shortest paths that are listed; how many there are is said."""

direction_option = click.option(
    "--direction",
    cls=Option,
    type=click.Choice(["backward", "forward", "both"]),
    default="both",
    show_default=True,
    help="Backward to what a work cites, forward to what cites it, or both.",
)


@command("top")
@click.option("--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@click.option(
    "--by", cls=Option, metavar="MEASURE", help="Rank by a measure: in_degree, pagerank, betweenness, disruption, ..."
)
@where_option
def top(session: Session, limit: int, by: str | None, where: str | None) -> None:
    """List the works most cited by the works of this library, or those that a measure puts first.

    A measure is taken within the whole library, whatever is listed of it.
    """
    from graph import metrics
    from graph import query as asked
    from harvester.library import reading

    with session.read() as library:
        keys = selected(library, where)
        if by is None:
            show_lines(session, reading.top(library, limit=limit, selected=keys))
            return
        measure = _measure(by)
        graph = graph_of(library)
    if by == "betweenness":
        estimated = metrics.betweenness(graph)
        values, errors = estimated.values, None if estimated.is_exact else estimated.error
    else:
        values, errors = measure(graph), None
    found = asked.ranked(graph, values, limit=limit, among=keys)
    rows: list[dict[str, Any]] = [{by: value, "key": key, **told_of(graph, key)} for key, value in found]
    if errors is not None:
        for row in rows:
            error = errors[graph.position(row["key"])].item()
            row["standard_error"] = None if isnan(error) else error
        session.say("estimated from a sample of works; --json gives the standard error of each")
    session.show({"works": rows}, lambda: works_table(rows, by))


def _measure(name: str) -> "Metric":
    from graph.metrics import METRICS

    if name not in METRICS:
        raise click.BadParameter(f"{name!r} is no measure; there are {', '.join(sorted(METRICS))}", param_hint="--by")
    return METRICS[name]


@command("neighbours")
@click.argument("identifier", type=Pasted(), metavar="ID")
@click.option(
    "--depth", cls=Option, type=click.IntRange(1), default=1, show_default=True, help="Within so many citations."
)
@direction_option
@where_option
def neighbours(session: Session, identifier: str, depth: int, direction: Any, where: str | None) -> None:
    """List the works within so many citations of one work, nearest first."""
    from graph import query as asked

    with session.read() as library:
        graph = graph_of(library)
        found = asked.neighbours(graph, key_of(session, library, identifier), depth=depth, direction=direction)
        keys = selected(library, where)
    rows = [
        {"key": key, "distance": distance, **told_of(graph, key)}
        for key, distance in found.items()
        if keys is None or key in keys
    ]
    session.show({"works": rows}, lambda: works_table(rows, "distance"))


@command("path")
@click.argument("first", type=Pasted(), metavar="A")
@click.argument("second", type=Pasted(), metavar="B")
@direction_option
@where_option
def path(session: Session, first: str, second: str, direction: Any, where: str | None) -> None:
    """Show the shortest ways from one work to another along citations.

    With --where, by way of works that satisfy it.
    """
    from graph import query as asked

    with session.read() as library:
        ends = (key_of(session, library, first), key_of(session, library, second))
        keys = selected(library, where)
        graph = graph_of(library, None if keys is None else keys.union(ends))
    found = asked.shortest_paths(graph, *ends, direction=direction, most=MOST_PATHS)
    document = {
        "length": found.length,
        "count": found.count,
        "paths": [[{"key": key, **told_of(graph, key)} for key in each] for each in found.paths],
    }
    session.show(document, lambda: _paths(document, *ends))
    if found.is_capped:
        session.say(f"{found.count:,} shortest paths; the first {len(found.paths)} are shown")


@command("common")
@click.argument("first", type=Pasted(), metavar="A")
@click.argument("second", type=Pasted(), metavar="B")
@where_option
def common(session: Session, first: str, second: str, where: str | None) -> None:
    """List what two works both cite, and what cites them both."""
    from graph import query as asked

    with session.read() as library:
        graph = graph_of(library)
        chosen = selected(library, where)
        found = asked.common(graph, key_of(session, library, first), key_of(session, library, second))
    rows = [
        {"shared": shared, "key": key, **told_of(graph, key)}
        for shared, keys in (("cited by both", found.cited_by_both), ("cites both", found.citing_both))
        for key in keys
        if chosen is None or key in chosen
    ]
    session.show(
        {
            "cited_by_both": [row for row in rows if row["shared"] == "cited by both"],
            "citing_both": [row for row in rows if row["shared"] == "cites both"],
        },
        lambda: works_table(rows, "shared") if rows else "they share no reference, and nothing here cites both",
    )


@command("missing")
@click.option("--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@where_option
def missing(session: Session, limit: int, where: str | None) -> None:
    """List the works most cited here that the library holds no record of.

    With --where, those most cited by the works that satisfy it.
    """
    from harvester.library import reading

    with session.read() as library:
        lines = reading.missing(library, limit=limit, selected=selected(library, where))
    session.show({"works": [line._asdict() for line in lines]}, lambda: lines_table(lines))
    if lines:
        session.say("`harvester fill` asks the indexes for works like these")


@command("query")
@click.argument("statement", required=False, type=Pasted(), metavar="[SQL]")
@click.option("--views", cls=Option, is_flag=True, help="List the views and their columns.")
@click.option(
    "--seconds",
    cls=Option,
    type=click.FloatRange(0.001),
    default=30.0,
    show_default=True,
    help="Stop it after so long.",
)
@click.option("--limit", cls=Option, type=click.IntRange(min=1), default=1_000, show_default=True, help="Rows at most.")
def query(session: Session, statement: str | None, views: bool, seconds: float, limit: int) -> None:
    """Ask in SQL, read-only: "select type, count(*) from works group by type"."""
    from graph.metrics import METRICS
    from harvester.library import sql

    if views == bool(statement):
        raise click.UsageError("give one SELECT, or --views to see what can be asked")
    if views:
        told = {name: {"row": view.row, "columns": view.columns} for name, view in sql.VIEWS.items()}
        told["measures"] = {"row": "a work, measured within this library", "columns": ("key", *METRICS)}
        rows = [(name, view["row"], ", ".join(view["columns"])) for name, view in told.items()]
        session.show({"views": told}, lambda: Table(("view", "a row is", "columns"), rows))
        return
    assert statement is not None
    with session.read() as library:
        answer = sql.ask(
            library, statement, seconds=seconds, most=limit, measures=lambda: _measures(library, statement)
        )
    session.show(
        {"rows": [dict(zip(answer.columns, row, strict=True)) for row in answer.rows], "is_capped": answer.is_capped},
        lambda: Table(answer.columns, answer.rows),
    )
    if answer.is_capped:
        session.say(f"there are more than {counted(limit, 'row')}; --limit shows more")


def _measures(library: "Library", statement: str) -> Any:
    """The measures that a statement names, of every work; all of them where it names none."""
    from graph.metrics import METRICS
    from harvester.library.sql import Measures

    graph = graph_of(library)
    names = [name for name in METRICS if name in statement.lower()] or list(METRICS)
    columns = [METRICS[name](graph).tolist() for name in names]
    return Measures(("key", *names), zip(graph.keys, *columns, strict=True))


def graph_of(library: "Library", keys: frozenset[str] | None = None) -> "CitationGraph":
    """Give the citation graph of the library, or of the works with these keys."""
    from harvester.library import graphs

    graph = graphs.graph_of(library)
    return graph if keys is None else graph.among(keys)


def told_of(graph: "CitationGraph", key: str) -> dict[str, Any]:
    """Tell enough of a work to recognise it."""
    from graph.build import MISSING

    row = graph.position(key)
    year = int(graph.year[row])
    return {
        "title": graph.title[row],
        "year": None if year == MISSING else year,
        "first_author": graph.first_author[row],
        "only_cited": bool(graph.only_cited[row]),
    }


def works_table(rows: list[dict[str, Any]], first: str) -> Table:
    """Lay out works, what they are listed for in the first column."""
    headings = tuple(dict.fromkeys((first, "year", "first_author", "title", "key")))
    return Table(
        [heading.replace("_", " ") for heading in headings],
        [[_shown(row[heading]) for heading in headings] for row in rows],
        numbers=() if first in ("shared", "path") else (first.replace("_", " "),),
    )


def _shown(value: object) -> object:
    return f"{value:.6g}" if isinstance(value, float) else value


def _paths(document: dict[str, Any], first: str, second: str) -> str | Table:
    if not document["paths"]:
        return f"no citations lead from {first} to {second}"
    rows = [
        {"path": f"{number}.{step}", **work}
        for number, each in enumerate(document["paths"], start=1)
        for step, work in enumerate(each)
    ]
    return works_table(rows, "path")
