"""The networks that a library holds, and the options that choose one."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, NamedTuple, TypeVar

import click

from harvester.cli.session import Option, Session

if TYPE_CHECKING:
    from graph.build import CitationGraph
    from graph.similarity import Network
    from harvester.library import Library

__all__ = ["KINDS", "Linking", "linked", "linking_options"]

KINDS = ("citation", "cocitation", "coupling", "coauthor", "keywords")

HUB = 1_000
"""Above this size what is shared says little of those who share it, and costs its square in time."""

Function = TypeVar("Function", bound=Callable[..., Any])


class Linking(NamedTuple):
    """How strong a link is, and which links are left out."""

    measure: Any
    least: int
    hub: int


def linking_options(function: Function) -> Function:
    """Give a command the options of networks of pairs."""
    options = (
        click.option(
            "--strength",
            cls=Option,
            type=click.Choice(["count", "cosine", "jaccard", "association", "fractional"]),
            default="count",
            show_default=True,
            help="The weight of a link between works, authors or keywords that share something.",
        ),
        click.option(
            "--least",
            cls=Option,
            type=click.IntRange(1),
            default=1,
            show_default=True,
            help="Link those that share at least so many.",
        ),
        click.option(
            "--hub",
            cls=Option,
            type=click.IntRange(1),
            default=HUB,
            show_default=True,
            help="Leave out of account what more than so many share.",
        ),
    )
    for option in reversed(options):
        function = option(function)
    return function


def linked(
    session: Session, library: "Library", graph: "CitationGraph", *, kind: str, linking: Linking
) -> "tuple[Network, dict[str, str]]":
    """Make a network of pairs, and give the names of its nodes where they are not works.

    Of co-citation and coupling the nodes are the works of `graph`; authors and keywords are those of the works of
    `graph` that the library holds a record of. What was left out as a hub is said.
    """
    from graph import similarity
    from harvester.library import bylines

    names: dict[str, str] = {}
    options = linking._asdict()
    if linking.measure == "fractional" and kind in ("cocitation", "coupling"):
        raise click.UsageError(f"fractional counting is for authors and keywords; {kind} has count, cosine, jaccard")
    if kind == "cocitation":
        network = similarity.cocitation(graph, **options)
    elif kind == "coupling":
        network = similarity.coupling(graph, **options)
    elif kind == "coauthor":
        written, names = bylines.authors(library, selected=frozenset(graph.keys))
        network = similarity.coauthorship(written, **options)
    else:
        network = similarity.keyword_cooccurrence(bylines.keywords(library, selected=frozenset(graph.keys)), **options)
    if network.left_out:
        first = ", ".join(network.left_out[:3])
        session.say(f"{len(network.left_out):,} left out as hubs (--hub {linking.hub}): {first}, ...")
    return network, names
