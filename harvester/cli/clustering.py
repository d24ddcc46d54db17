"""Commands about what holds together in the citation graph: communities, cycles."""

from typing import TYPE_CHECKING, Any

import click

from harvester.cli.graphing import graph_of, told_of
from harvester.cli.networks import Linking, linked, linking_options
from harvester.cli.printing import Table, counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import Option, Session, command

if TYPE_CHECKING:
    from graph.communities import Communities

__all__ = ["communities", "cycles"]


@command("communities")
@click.option(
    "--network",
    "kind",
    cls=Option,
    type=click.Choice(["citation", "cocitation", "coupling"]),
    default="citation",
    show_default=True,
    help="What links two works: a citation, works that cite both, or references that they share.",
)
@click.option(
    "--method",
    cls=Option,
    type=click.Choice(["leiden", "louvain"]),
    default="leiden",
    show_default=True,
    help="How the modularity is made large.",
)
@click.option(
    "--resolution",
    cls=Option,
    type=click.FloatRange(0, min_open=True),
    default=1.0,
    show_default=True,
    help="More makes more and smaller communities.",
)
@click.option("--seed", cls=Option, type=click.IntRange(0), default=0, show_default=True, help="Of the random order.")
@click.option(
    "--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="How many to list."
)
@linking_options
@where_option
def communities(
    session: Session,
    kind: str,
    method: Any,
    resolution: float,
    seed: int,
    limit: int,
    strength: str,
    least: int,
    hub: int,
    where: str | None,
) -> None:
    """List the communities of works that are closely linked, largest first, with the terms that set them apart."""
    from graph import communities as analysis
    from graph.metrics import in_degree

    with session.read() as library:
        graph = graph_of(library, selected(library, where))
        settings = {"method": method, "resolution": resolution, "seed": seed}
        if kind == "citation":
            found = analysis.communities(graph, **settings)
        else:
            network, _ = linked(session, library, graph, kind=kind, linking=Linking(strength, least, hub))
            found = analysis.of_network(len(network), network.first, network.second, network.weights, **settings)
    terms = analysis.labels(graph.title, found.of)
    degrees = in_degree(graph).tolist()
    leaders: dict[int, int] = {}
    for row, number in enumerate(found.of.tolist()):
        if number < limit and degrees[row] > degrees[leaders.setdefault(number, row)]:
            leaders[number] = row
    rows: list[dict[str, Any]] = [
        {
            "community": number,
            "works": int(found.sizes[number]),
            "terms": list(terms[number]),
            "most_cited": {"key": graph.keys[leaders[number]], **told_of(graph, graph.keys[leaders[number]])},
        }
        for number in sorted(leaders)
    ]
    document = {
        "network": kind,
        "communities": rows,
        "of": dict(zip(graph.keys, found.of.tolist(), strict=True)),
        "count": len(found),
        "unlinked": found.unlinked,
        "modularity": found.quality,
        **settings,
    }
    session.show(document, lambda: _communities(rows))
    session.say(_account(found))


def _communities(rows: list[dict[str, Any]]) -> Table:
    return Table(
        ("community", "works", "terms", "most cited here"),
        [
            (
                row["community"],
                row["works"],
                ", ".join(row["terms"]),
                row["most_cited"]["title"] or row["most_cited"]["key"],
            )
            for row in rows
        ],
        numbers=("community", "works"),
    )


def _account(found: "Communities") -> str:
    return (
        f"{len(found) - found.unlinked:,} communities and {counted(found.unlinked, 'work')} without a link;"
        f" modularity {found.quality:.4f} ({found.method}, resolution {found.resolution:g}, seed {found.seed})"
    )


@command("cycles")
@where_option
def cycles(session: Session, where: str | None) -> None:
    """List the works that cite each other in a circle, and the citations by which they do.

    Some are real (companion papers, preprints kept up to date), some are two works under one record.
    """
    from graph import metrics
    from harvester.library import reading

    with session.read() as library:
        keys = selected(library, where)
        graph = graph_of(library, keys)
        loops = reading.loops(library, selected=keys)
    found = metrics.cycles(graph)
    rows = [
        {"circle": number, "citing": citing, "cited": cited}
        for number, cycle in enumerate(found, start=1)
        for citing, cited in cycle.citations
    ]
    session.show(
        {"cycles": [{"works": cycle.works, "citations": cycle.citations} for cycle in found], "loops": loops},
        lambda: (
            Table(("circle", "citing", "cited"), [tuple(row.values()) for row in rows], numbers=("circle",))
            if rows
            else "no works here cite each other in a circle"
        ),
    )
    if loops:
        session.say(
            f"{counted(len(loops), 'work')} said to cite itself, which the graph leaves out: {', '.join(loops)}"
        )
