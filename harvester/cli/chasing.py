"""Citation searching: chase, and the account of what each index knew: coverage."""

from collections.abc import Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.asking import MOST_LISTED, budget_option, carry_out, dry_run_option, refresh_option
from harvester.cli.printing import Table, counted
from harvester.cli.session import FAILED, Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.harvest import Settings
    from harvester.library import Library
    from harvester.library.chases import Direction, Scope
    from harvester.library.coverage import Coverage, Line

__all__ = ["chase", "coverage"]


@command("chase")
@click.argument("identifiers", nargs=-1, type=Pasted(), metavar="[ID]...")
@click.option(
    "--seeds",
    "files",
    cls=Option,
    multiple=True,
    metavar="FILE|all",
    help="Seed references: a file of records (RIS, BibTeX, CSV, ...) or of identifiers; `all` is every work described"
    " here. May be given more than once.",
)
@click.option("--backward", cls=Option, is_flag=True, help="The works that a seed cites.")
@click.option("--forward", cls=Option, is_flag=True, help="The works that cite a seed. Both, where neither is named.")
@click.option("--cocited", cls=Option, is_flag=True, help="The works that are cited together with a seed.")
@click.option("--cociting", cls=Option, is_flag=True, help="The works that share references with a seed.")
@click.option(
    "--rounds",
    cls=Option,
    type=click.IntRange(min=1),
    default=1,
    show_default=True,
    help="Go on from what was found, so many rounds in all.",
)
@click.option(
    "--keep",
    cls=Option,
    type=Pasted(),
    metavar="EXPRESSION",
    help="Only works that satisfy this are seeds of the next round, in the language of `search`.",
)
@click.option(
    "--screening",
    cls=Option,
    type=click.Path(exists=True, dir_okay=False),
    help="Decisions exported from ASReview, Rayyan or a table; those included are seeds of the next round.",
)
@click.option(
    "--shared",
    cls=Option,
    type=click.IntRange(min=1),
    default=3,
    show_default=True,
    help="With --cociting: at least so many references in common with a seed.",
)
@click.option(
    "--hub",
    cls=Option,
    type=click.IntRange(min=1),
    default=1_000,
    show_default=True,
    help="Works with more links than this make nothing co-cited or co-citing.",
)
@click.option("--max-citing", cls=Option, type=click.IntRange(min=1), help="Take so many citing works of a seed.")
@click.option(
    "--max-works",
    cls=Option,
    type=click.IntRange(min=1),
    help="Describe so many works in a round, the ones linked to most seeds first, and begin no round beyond.",
)
@click.option("--top", cls=Option, type=click.IntRange(min=0), default=10, show_default=True, help="List so many.")
@refresh_option
@budget_option
@dry_run_option
def chase(
    session: Session,
    identifiers: tuple[str, ...],
    files: tuple[str, ...],
    backward: bool,
    forward: bool,
    cocited: bool,
    cociting: bool,
    rounds: int,
    keep: str | None,
    screening: str | None,
    shared: int,
    hub: int,
    max_citing: int | None,
    max_works: int | None,
    top: int,
    refresh: bool,
    budget: Decimal | None,
    dry_run: bool,
) -> None:
    """Search by citations: from seed references to what they cite and what cites them, in several indexes.

    Backward through OpenAlex, Crossref and OpenCitations, forward through OpenAlex and OpenCitations. What is found is
    ranked, and `harvester coverage` accounts for every reference. A search that was cut off goes on with `resume`.
    """
    from harvester.errors import InputError
    from harvester.expression import parse
    from harvester.harvest import chase as chasing
    from harvester.harvest.seeds import gather
    from harvester.library.chases import Scope

    if not identifiers and not files:
        raise click.UsageError("name seed references: identifiers, or --seeds FILE, or --seeds all")
    if keep is not None:
        parse.parse(keep)
    chosen: dict[Direction, bool] = {
        "backward": backward,
        "forward": forward,
        "cocited": cocited,
        "cociting": cociting,
    }
    if not any(chosen.values()):
        chosen |= {"backward": True, "forward": True}
    scope = Scope(
        directions=tuple(direction for direction, is_chosen in chosen.items() if is_chosen),
        rounds=rounds,
        shared=shared,
        hub=hub,
        keep=_filter(keep, screening),
        most_citing=max_citing,
        most_works=max_works,
    )
    settings = session.settings(refresh=refresh, budget=budget)
    if dry_run:
        _forecast(session, identifiers, files, scope, settings)
        return
    with session.write("chase", begins=True) as library:
        inputs, keys = gather(library, identifiers, files)
        if not inputs and not keys:
            raise InputError("there is no work in this library to set out from; name one, or a file with --seeds")
        if screening is not None:
            _screen(session, library, Path(screening))
        run = chasing.chase(library, inputs, keys=keys, scope=scope, settings=settings)
        carry_out(session, library, [run], settings, listed=top)


def _filter(keep: str | None, screening: str | None) -> str | None:
    if screening is None:
        return keep
    return f"({keep}) AND decision:include" if keep else "decision:include"


def _screen(session: Session, library: "Library", path: Path) -> None:
    from harvester.errors import InputError
    from harvester.library.screening import take

    taken = take(library, path)
    if not taken.decisions:
        raise InputError(f"{path}: none of the {len(taken.unknown):,} works with a decision is in this library")
    told = ", ".join(f"{number:,} {decision}" for decision, number in sorted(taken.decisions.items()))
    session.say(f"{path}: {told}")
    for each in taken.unknown[:MOST_LISTED]:
        session.warn(f"{path}, line {each.line}: no work here is {each.record.title or each.record.doi or each.key!r}")


def _forecast(
    session: Session, identifiers: Sequence[str], files: Sequence[str], scope: "Scope", settings: "Settings"
) -> None:
    from contextlib import nullcontext

    from harvester.harvest.chase_forecast import forecast_chase
    from harvester.harvest.seeds import preview

    with session.read() if session.library.exists() else nullcontext() as library:
        seeds = preview(library, identifiers, files)
    session.say(
        f"asking how many works cite each of {counted(len(seeds), 'seed')}: ${len(seeds) * Decimal('0.0001')} at most"
    )
    found = forecast_chase(seeds, scope=scope, settings=settings)
    few, all_of_them = found.next_round
    session.show(
        {
            "seeds": found.seeds,
            "unknown": found.unknown,
            "works": found.works,
            "forecast": [each._asdict() for each in found.asking],
            "next_round": {
                name: (getattr(few, name), getattr(all_of_them, name)) for name in ("requests", "seconds", "dollars")
            },
            "largest": found.largest,
        },
        lambda: Table(
            ("source", "requests", "seconds", "dollars"),
            [(each.source, each.requests, f"{each.seconds:.0f}", each.dollars) for each in found.asking],
            numbers=("requests", "seconds", "dollars"),
        ),
    )
    session.say(
        f"up to {counted(found.works, 'work')} in the first round; a next one asks {few.requests:,} requests if a tenth"
        f" of them passes the filter, {all_of_them.requests:,} (${all_of_them.dollars}) if all do"
    )
    for key, count in found.largest:
        if count > scope.hub:
            session.say(f"{key} is cited by {count:,} works; --max-citing takes fewer")
    for seed in found.unknown:
        session.warn(f"{seed} is not known to OpenAlex; what cites it cannot be counted")


@command("coverage")
def coverage(session: Session) -> None:
    """Account for the last citation search: what each index listed for each seed, and what became of all of it."""
    from harvester.library import chases
    from harvester.library import coverage as accounting

    with session.read() as library:
        found = accounting.coverage(library, chases.newest(library))
    session.show(_told(found), lambda: _coverage(found))
    for share in found.shares:
        session.tell(
            f"{share.direction}, {share.source}: {share.works:,} of {share.union:,} citations of seeds"
            f" ({share.works / share.union:.1%}), {share.alone:,} known to it alone"
            if share.union
            else f"{share.direction}, {share.source}: none"
        )
    held = found.abstracts
    session.tell(
        f"abstracts: {held.before:,} of {counted(held.works, 'work')} found, {held.after:,} with Europe PMC"
        if held.works
        else "no work was found"
    )
    for sentence in (*(each.sentence for each in found.alarms), *found.shortfalls, *found.mistakes):
        session.warn(sentence)
    if found.mistakes:
        raise click.exceptions.Exit(FAILED)


def _told(found: "Coverage") -> dict[str, Any]:
    return {
        "lines": [line._asdict() for line in found.lines],
        "shares": [share._asdict() for share in found.shares],
        "unmatched": [{"seed": each.seed, "reference": each.reference} for each in found.unmatched],
        "abstracts": found.abstracts._asdict(),
        "alarms": [each.sentence for each in found.alarms],
        "shortfalls": found.shortfalls,
        "mistakes": found.mistakes,
    }


def _coverage(found: "Coverage") -> Table:
    numbers = ("listed", "matched", "unmatched", "duplicate", "failed", "capped", "not delivered", "share")
    return Table(("seed", "direction", "index", "state", *numbers), list(map(_row, found.lines)), numbers=numbers)


def _row(line: "Line") -> tuple[object, ...]:
    share = "" if line.share is None else f"{line.share:.0%}"
    counts = (line.matched, line.unmatched, line.duplicate, line.failed, line.capped, line.not_delivered)
    listed = "" if line.listed is None else line.listed
    return line.seed, line.direction, line.source, line.state, listed, *counts, share
