"""The command that finds what references without an identifier name: match."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING

import click

from harvester.cli.asking import budget_option, carry_out, dry_run_option, refresh_option
from harvester.cli.deduping import key_meant, rows_of
from harvester.cli.printing import Table, counted
from harvester.cli.session import DONE, SOME_NOT_FOUND, Option, Session, command

if TYPE_CHECKING:
    from harvester.harvest import Asking
    from harvester.library import Library
    from harvester.library.matching import Said

__all__ = ["match"]


@command("match")
@click.option(
    "--in",
    "places",
    cls=Option,
    multiple=True,
    type=click.Choice(["library", "crossref", "openalex"]),
    help="Look only here; without it here, then at Crossref, then at OpenAlex. The library is always looked through.",
)
@click.option(
    "--limit",
    cls=Option,
    type=click.IntRange(min=1),
    help="Ask the indexes about this many references: those that most works print.",
)
@click.option(
    "--review",
    cls=Option,
    type=click.Path(dir_okay=False),
    help="Write the references that a person should look at to a CSV.",
)
@click.option(
    "--decisions",
    cls=Option,
    type=click.Path(dir_okay=False),
    help="Read back what was decided in such a CSV: same, different, or undecided to take a decision back.",
)
@refresh_option
@budget_option
@dry_run_option
def match(
    session: Session,
    places: Sequence[str],
    limit: int | None,
    review: str | None,
    decisions: str | None,
    refresh: bool,
    budget: Decimal | None,
    dry_run: bool,
) -> None:
    """Find which works the references without an identifier name.

    They are looked for among the works here, then at Crossref and OpenAlex, and compared by title, authors, year,
    journal, volume and page. Where there is no doubt the reference becomes a citation; the rest is for a person.
    """
    from harvester import harvest

    settings = session.settings(refresh=refresh, budget=budget)
    indexes = [name for name in harvest.INDEXES if not places or name in places]
    if dry_run:
        with session.read() as library:
            asking = harvest.forecast_match(library, indexes=indexes, limit=limit, settings=settings)
        session.show({"forecast": [each._asdict() for each in asking]}, lambda: _forecast(asking))
        return
    said = _read(Path(decisions)) if decisions is not None else []
    with session.write("match") as library:
        with session.busy("looking through the library"):
            run, unknown = harvest.match(library, indexes=indexes, limit=limit, said=said, settings=settings)
        for each in unknown:
            session.warn(f"{each.reason}: no reference here is {each.words}; that decision was not kept")
        try:
            carry_out(session, library, [run], settings, also=SOME_NOT_FOUND if unknown else DONE)
        finally:
            # What is doubtful so far is worth looking at however the run has ended.
            if review is not None:
                _write(session, library, Path(review))


def _forecast(asking: "Sequence[Asking]") -> Table:
    return Table(
        ("source", "references", "seconds", "dollars"),
        [(each.source, each.references, f"{each.seconds:.0f}", each.dollars) for each in asking],
        numbers=("references", "seconds", "dollars"),
    )


def _read(path: Path) -> "list[Said]":
    from harvester.errors import InputError
    from harvester.formats.pairs import read_references
    from harvester.library.matching import Said

    found = []
    for row in rows_of(path, read_references):
        key = key_meant(row.other)
        if key.partition(":")[0] not in ("doi", "openalex", "pmid", "import"):
            raise InputError(
                f"{path}, line {row.line}: {row.other!r} names no work; give its DOI, or its key as it was"
            )
        found.append(Said(row.one, key, row.decision, f"{path.name}, line {row.line}"))
    return found


def _write(session: Session, library: "Library", path: Path) -> None:
    from harvester.formats import replacing
    from harvester.formats.pairs import write_references
    from harvester.library.matching import as_printed, doubtful

    doubts = doubtful(library)
    with replacing(path) as stream:
        write_references(
            stream,
            (
                (
                    each.words,
                    each.key,
                    as_printed(each.reference),
                    each.shown,
                    each.standing,
                    each.reason,
                    each.origin,
                    " ".join(each.citing),
                )
                for each in doubts
            ),
        )
    session.say(
        f"{path} written with {counted(len(doubts), 'pair')}: fill in its first column, then"
        f" `harvester match --decisions {path}`"
    )
