"""Commands that ask sources: doi, fill, resume."""

from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.session import Option, Session, command, table

if TYPE_CHECKING:
    from harvester.harvest import Forecast, Outcome
    from harvester.identifiers import Identifier
    from harvester.library import Library
    from harvester.library.ledger import Run

__all__ = ["doi", "fill", "resume"]

STOPPED, FAILED, SOME_NOT_FOUND = 3, 1, 4


class Dollars(click.ParamType[Decimal]):
    """An amount of US dollars, zero or more."""

    name = "dollars"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> Decimal:
        """Read an amount such as `0.05`."""
        try:
            amount = Decimal(str(value).removeprefix("$"))
        except InvalidOperation:
            amount = Decimal(-1)
        if not amount.is_finite() or amount < 0:
            self.fail(f"{value!r} is not an amount of dollars such as 0.05", param, ctx)
        return amount


refresh_option = click.option(
    "--refresh", cls=Option, is_flag=True, help="Ask again about works that a source has answered about."
)
budget_option = click.option(
    "--budget", cls=Option, type=Dollars(), help="Spend at most this many US dollars; free calls go on."
)
dry_run_option = click.option(
    "--dry-run", cls=Option, is_flag=True, help="Only say what would be asked, how long it takes and what it costs."
)


@command("doi")
@click.argument("identifiers", nargs=-1, metavar="[DOI]...")
@click.option(
    "--from",
    "files",
    cls=Option,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False),
    help="A list of DOIs, or any text: identifiers are picked out. May be given more than once.",
)
@refresh_option
@budget_option
@dry_run_option
def doi(
    session: Session,
    identifiers: tuple[str, ...],
    files: tuple[str, ...],
    refresh: bool,
    budget: Decimal | None,
    dry_run: bool,
) -> None:
    """Harvest works by DOI (or OpenAlex id, PMID, PMCID) from every source."""
    from harvester import harvest, inputs

    if not identifiers and not files:
        raise click.UsageError("name at least one DOI, or a file that holds some with --from FILE")
    given = inputs.from_arguments(identifiers)
    for file in files:
        given += inputs.from_file(Path(file))
    settings = session.settings(refresh=refresh, budget=budget)
    wanted = [each.identifier for each in given if each.identifier]
    if dry_run:
        _forecast(session, wanted, settings)
        return
    with session.open(write="doi") as library:
        run = harvest.look_up(library, given, settings=settings)
        _carry_out(session, library, [run], settings)


@command("fill")
@click.option("--limit", cls=Option, type=click.IntRange(min=1), help="Only this many, the most cited here first.")
@refresh_option
@budget_option
@dry_run_option
def fill(session: Session, limit: int | None, refresh: bool, budget: Decimal | None, dry_run: bool) -> None:
    """Harvest the works that are known only because works here cite them."""
    from harvester import harvest
    from harvester.library import reading

    settings = session.settings(refresh=refresh, budget=budget)
    if dry_run:
        with session.open() as library:
            wanted = reading.cited_only(library)[:limit]
        _forecast(session, wanted, settings)
        return
    with session.open(write="fill") as library:
        run = harvest.fill(library, limit=limit, settings=settings)
        _carry_out(session, library, [run], settings)


@command("resume")
@budget_option
def resume(session: Session, budget: Decimal | None) -> None:
    """Go on with whatever was interrupted, ran out of budget, or waited for a source that was down."""
    from harvester import harvest

    settings = session.settings(budget=budget)
    with session.open(write="resume") as library:
        runs = harvest.resume(library)
        if not runs:
            session.say("nothing to resume: every run is done")
        _carry_out(session, library, runs, settings)


def _forecast(session: Session, wanted: "list[Identifier]", settings: Any) -> None:
    from contextlib import nullcontext

    from harvester import harvest

    with session.open() if session.library.exists() else nullcontext() as library:
        forecasts = harvest.forecast(library, wanted, settings=settings)
    session.show(
        {"forecast": [vars(each) for each in forecasts]},
        lambda: table(
            ("source", "works", "requests", "seconds", "dollars", "allowed today"),
            [_forecast_row(each) for each in forecasts],
            numbers=("works", "requests", "seconds", "dollars"),
        ),
    )


def _forecast_row(each: "Forecast") -> tuple[object, ...]:
    if each.left is None:
        allowed = "unlimited"
    else:
        allowed = f"${each.left} left" if each.left_is_stated else f"${each.left} a day"
    return each.source, each.works, each.requests, f"{each.seconds:.0f}", f"{each.dollars}", allowed


def _carry_out(session: Session, library: "Library", runs: "list[Run]", settings: Any) -> None:
    """Carry runs out one after the other, say how they ended, and exit with the gravest status."""
    from harvester import harvest

    status = 0
    accounts = []
    for run in runs:
        with session.progress() as observe:
            outcome = harvest.carry_out(library, run, settings=settings, observe=observe)
        account = _account(library, run, outcome)
        accounts.append(account)
        for sentence in outcome.sentences:
            session.warn(f"{sentence}. What was received is kept; `harvester resume` goes on")
        if outcome.cache_failure:
            session.warn(
                f"the cache {session.cache} cannot be used ({outcome.cache_failure}); nothing else is affected"
            )
        if not session.quiet and not session.as_json:
            click.echo(_summary(account))
        for listed in ("not_understood", "not_found", "failed"):
            for text, reason in account[listed]:
                session.warn(f"{listed.replace('_', ' ')}: {text} ({reason})")
        if outcome.state == "failed":
            status = FAILED
        elif outcome.state == "stopped" and status != FAILED:
            status = STOPPED
        elif (account["not_found"] or account["not_understood"] or account["failed"]) and not status:
            status = SOME_NOT_FOUND
    if session.as_json:
        session.show({"runs": accounts}, str)
    click.get_current_context().exit(status)


def _account(library: "Library", run: "Run", outcome: "Outcome") -> dict[str, Any]:
    from harvester.library import ledger, reading

    results = ledger.results(library, run)
    state = reading.status(library)
    return {
        "run": run.id,
        "command": run.command,
        "state": outcome.state,
        "reasons": list(outcome.sentences),
        "asked": results.asked,
        "found": results.found,
        "not_found": [(str(identifier), reason) for identifier, reason in results.missing],
        "failed": [(str(identifier), reason) for identifier, reason in results.failed],
        "not_understood": list(results.not_understood),
        "waiting": results.waiting,
        "sources": {
            name: {
                "requests": tally.requests,
                "from_cache": tally.from_cache,
                "refused": tally.refused,
                "failed_attempts": tally.failed_attempts,
                "records": outcome.records[name],
                "dollars": tally.spent,
            }
            for name, tally in outcome.tallies.items()
        },
        "library": {"works": state.works, "only_cited": state.only_cited, "citations": state.citations},
    }


def _summary(account: dict[str, Any]) -> str:
    asked, found = account["asked"], account["found"]
    lines = [
        f"{asked} works asked for, {found} found" + (f", {account['waiting']} waiting" if account["waiting"] else "")
    ]
    for name, one in account["sources"].items():
        cost = f", ${one['dollars']}" if one["dollars"] else ""
        cached = f" ({one['from_cache']} more from the cache)" if one["from_cache"] else ""
        lines.append(f"  {name}: {one['requests']} requests{cached}, {one['records']} records{cost}")
    held = account["library"]
    lines.append(
        f"library: {held['works']} works, {held['only_cited']} known only by being cited, {held['citations']} citations"
    )
    return "\n".join(lines)
