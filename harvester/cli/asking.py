"""Commands that ask sources: doi, fill, resume."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.printing import Table, counted
from harvester.cli.session import DONE, FAILED, SOME_NOT_FOUND, STOPPED, Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.harvest import Forecast, Outcome, Settings
    from harvester.identifiers import Identifier
    from harvester.inputs import Input
    from harvester.library import Library
    from harvester.library.ledger import Run

__all__ = ["doi", "fill", "resume"]

MOST_LISTED = 50
"""So many works that were not found are named on the terminal; `--json` names them all."""


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
@click.argument("identifiers", nargs=-1, type=Pasted(), metavar="[DOI]...")
@click.option(
    "--from",
    "files",
    cls=Option,
    multiple=True,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="A list of DOIs, or any text: identifiers are picked out; - is stdin. May be given more than once.",
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
    from harvester import harvest

    if not identifiers and not files:
        raise click.UsageError("name at least one DOI, or a file that holds some with --from FILE")
    given = _given(session, identifiers, files)
    settings = session.settings(refresh=refresh, budget=budget)
    if dry_run:
        _forecast(session, [each.identifier for each in given if each.identifier], settings, given)
        return
    with session.write("doi", begins=True) as library:
        run = harvest.look_up(library, given, settings=settings)
        carry_out(session, library, [run], settings)


def _given(session: Session, texts: Sequence[str], files: Sequence[str]) -> "list[Input]":
    from harvester import inputs

    for text in texts:
        if len(text) < 256 and Path(text).is_file():
            raise click.UsageError(f"{text} is a file; `harvester doi --from {text}` takes the DOIs in it")
    return [*inputs.from_arguments(texts), *named_in(session, files)]


def named_in(session: Session, files: Sequence[str]) -> "list[Input]":
    """Pick the identifiers out of files, - for stdin, and say how many lines held none."""
    import sys

    from harvester import inputs

    given: list[Input] = []
    for file in files:
        picked = inputs.from_stream(sys.stdin.buffer, name="stdin") if file == "-" else inputs.from_file(Path(file))
        given += picked.inputs
        if picked.passed_over:
            lines = counted(picked.passed_over, "line")
            session.say(f"{file}: {counted(len(picked.inputs), 'identifier')}; {lines} without one taken for mere text")
    return given


@command("fill")
@click.option(
    "--limit",
    cls=Option,
    type=click.IntRange(min=1),
    help="Only this many: what files brought first, then the most cited.",
)
@refresh_option
@budget_option
@dry_run_option
def fill(session: Session, limit: int | None, refresh: bool, budget: Decimal | None, dry_run: bool) -> None:
    """Harvest the works that no index has described yet: what files brought, and what works here cite."""
    from harvester import harvest

    settings = session.settings(refresh=refresh, budget=budget)
    if dry_run:
        with session.read() as library:
            wanted = harvest.to_fill(library, limit=limit, settings=settings)
        _forecast(session, wanted, settings)
        return
    with session.write("fill") as library:
        run = harvest.fill(library, limit=limit, settings=settings)
        carry_out(session, library, [run], settings)


@command("resume")
@budget_option
@click.option(
    "--memory",
    cls=Option,
    type=click.IntRange(min=500),
    default=2_000,
    show_default=True,
    metavar="MB",
    help="What reading a snapshot may use, where a carve goes on.",
)
def resume(session: Session, budget: Decimal | None, memory: int) -> None:
    """Go on with whatever was interrupted, ran out of budget, or waited for a source that was down."""
    from harvester import harvest
    from harvester.cli.bulk import carry_on_carves

    settings = session.settings(budget=budget)
    with session.write("resume") as library:
        carves, status = carry_on_carves(session, library, memory=memory)
        carry_out(session, library, harvest.resume(library), settings, before=carves, also=status)


def _forecast(
    session: Session, wanted: "list[Identifier]", settings: "Settings", given: "Sequence[Input]" = ()
) -> None:
    from contextlib import nullcontext

    from harvester import harvest

    with session.read() if session.library.exists() else nullcontext() as library:
        forecasts = harvest.forecast(library, wanted, settings=settings)
    not_understood = [(each.text, each.reason) for each in given if not each.identifier]
    session.show(
        {"forecast": [vars(each) for each in forecasts], "not_understood": not_understood},
        lambda: forecast_table(forecasts),
    )
    for each in forecasts:
        if each.left is not None and each.dollars > each.left:
            session.warn(
                f"{each.source} allows ${each.left} today; what that does not pay is asked singly, free of charge"
            )
    warn_of(session, "not understood", not_understood)
    click.get_current_context().exit(SOME_NOT_FOUND if not_understood else DONE)


def forecast_table(forecasts: "Sequence[Forecast]") -> Table:
    """Lay out what each source would be asked."""
    return Table(
        ("source", "works", "requests", "seconds", "dollars", "allowed today"),
        [_forecast_row(each) for each in forecasts],
        numbers=("works", "requests", "seconds", "dollars"),
    )


def _forecast_row(each: "Forecast") -> tuple[object, ...]:
    if each.left is None:
        allowed = "unlimited"
    else:
        allowed = f"${each.left} left" if each.left_is_stated else f"${each.left} a day"
    return each.source, each.works, each.requests, f"{each.seconds:.0f}", f"{each.dollars}", allowed


def carry_out(
    session: Session,
    library: "Library",
    runs: "Iterable[Run]",
    settings: "Settings",
    *,
    before: Sequence[Mapping[str, Any]] = (),
    also: int = DONE,
    listed: int = 10,
) -> None:
    """Carry runs out one after the other, say how they ended, and exit with the gravest status, `also` among them.

    The accounts of runs that were carried out `before` come first. Of what a citation search has found the first
    `listed` are shown.
    """
    from harvester import harvest

    statuses = {DONE, also}
    accounts = list(before)
    for run in runs:
        with session.progress() as observe:
            outcome = harvest.carry_out(library, run, settings=settings, observe=observe)
        account = _account(library, run, outcome, listed)
        accounts.append(account)
        for sentence in outcome.sentences:
            session.warn(f"{sentence}. What was received is kept; `harvester resume` goes on")
        if outcome.cache_failure:
            session.warn(
                f"the cache {session.cache} cannot be used ({outcome.cache_failure}); nothing else is affected"
            )
        if not session.quiet:
            session.tell(_summary(account))
        statuses.add({"done": DONE, "stopped": STOPPED, "failed": FAILED}[outcome.state])
        for sentence in _shortfalls(account):
            session.warn(sentence)
        if any(part["state"] == "failed" for searched in account.get("searched", ()) for part in searched["parts"]):
            statuses.add(FAILED)
        # What `fill` does not find nobody gave as an input: that an index cites what it does not hold is usual.
        for reason in ("not_understood", "not_found", "failed") if run.command == "doi" else ():
            warn_of(session, reason.replace("_", " "), account[reason])
            if account[reason]:
                statuses.add(SOME_NOT_FOUND)
        if run.command == "chase":
            statuses.add(_warn_of_chase(session, account))
        for one in _withdrawn(library, run):
            session.warn(f"{one} is retracted; `harvester status --retracted` has the notice")
        settings = settings.less(outcome.spent)
        if outcome.is_interrupted:
            break
    if not accounts:
        session.say("nothing to resume: every run is done")
    _point_to_news(session, library, {account["run"] for account in accounts})
    if session.as_json:
        session.show({"runs": accounts}, str)
    gravest = next(status for status in (FAILED, STOPPED, SOME_NOT_FOUND, DONE) if status in statuses)
    click.get_current_context().exit(gravest)


def _point_to_news(session: Session, library: "Library", runs: set[int]) -> None:
    """Say how to see what an update has brought, when it has come to its end here."""
    from harvester.harvest.update import last_of

    last = last_of(library)
    if last is not None and not last.goes_on and runs & {run.id for run in last.runs}:
        session.say(f"the library is up to date; `harvester diff --since {last.since.run}` says what is new")


def _withdrawn(library: "Library", run: "Run") -> list[str]:
    """Give the works that the user named and that are retracted."""
    from harvester.identifiers import Identifier
    from harvester.library.retracted import retracted

    rows = library.db.execute("select scheme, value from inputs where run = ? and scheme is not null", (run.id,))
    named = {Identifier(*row) for row in rows}
    return [one.key for one in retracted(library) if named & one.identifiers]


def warn_of(session: Session, what: str, listed: Sequence[tuple[str, str | None]]) -> None:
    """Name the first of what could not be used, each with its reason, and say how many more there are."""
    for text, reason in listed[:MOST_LISTED]:
        session.warn(f"{what}: {text} ({reason})")
    if len(listed) > MOST_LISTED:
        session.warn(f"{what}: {len(listed) - MOST_LISTED:,} more; the same command with --json lists them all")


def _account(library: "Library", run: "Run", outcome: "Outcome", listed: int) -> dict[str, Any]:
    from harvester.library import ledger, matching, reading, searches

    results = ledger.results(library, run)
    searched = searches.searched(library, run) if run.command == "search" else ()
    account = {
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
            if name in outcome.records
        },
        "library": reading.size(library)._asdict(),
    }
    if run.command == "chase":
        account["chase"] = _chased(library, run, listed)
    if run.command == "match":
        account["references"] = matching.account(library)._asdict()
    if searched:
        account["searched"] = [{**vars(each), "parts": [part._asdict() for part in each.parts]} for each in searched]
        account["works_found"] = reading.found(library, run=run.id)
    return account


def _chased(library: "Library", run: "Run", listed: int) -> dict[str, Any]:
    """Tell of a citation search: its seeds, its rounds, what was found in which direction, and the first to read."""
    from harvester.library import chases, reading
    from harvester.library.coverage import coverage
    from harvester.library.ranks import ranked

    chased = next(each for each in chases.chases(library) if each.run.id == run.id)
    found = ranked(library, chased)
    account = coverage(library, chased)
    order = [key for key, one in found.items() if one.rank is not None]
    works = {key: reading.work(library, key) for key in order[:listed]}
    return {
        "seeds": [each._asdict() for each in chases.seeds_named(library, chased)],
        "rounds": [{"round": each.number, "seeds": len(each.seeds), "ended": each.ended} for each in chased.rounds],
        "found": len(order),
        "directions": {
            direction: sum(direction in found[key].directions for key in order) for direction in chased.scope.directions
        },
        "shares": [share._asdict() for share in account.shares],
        "unmatched": len(account.unmatched),
        "abstracts": account.abstracts._asdict(),
        # What no index knows is told under the name that the user gave it.
        "alarms": [each.sentence for each in account.alarms if reading.is_described(library, each.seed)],
        "shortfalls": account.shortfalls,
        "mistakes": account.mistakes,
        "top": [
            {"key": key, "year": work.year, "title": work.title, **found[key].model_dump()}
            for key, work in works.items()
        ],
    }


def _warn_of_chase(session: Session, account: dict[str, Any]) -> int:
    """Warn of seeds that are not what they were taken for, and of what the indexes did not deliver; give a status."""
    chase = account["chase"]
    warn_of(session, "not understood", account["not_understood"])
    wrong = [(seed["given"], seed["remark"]) for seed in chase["seeds"] if seed["remark"]]
    warn_of(session, "seed", wrong)
    shown = MOST_LISTED if session.as_json else 5
    for listed in ("alarms", "shortfalls"):
        for sentence in chase[listed][:shown]:
            session.warn(sentence)
        if len(chase[listed]) > shown:
            session.warn(f"{len(chase[listed]) - shown:,} more such {listed}; `harvester coverage` has them all")
    for sentence in chase["mistakes"]:
        session.warn(sentence)
    if chase["mistakes"]:
        return FAILED
    lost = any(seed["key"] is None for seed in chase["seeds"]) or account["not_understood"]
    return SOME_NOT_FOUND if lost and account["state"] == "done" else DONE


def _told_of_chase(chase: dict[str, Any]) -> list[str]:
    lines = []
    for each in chase["rounds"]:
        ended = f"; the last, since {each['ended']}" if each["ended"] else ""
        lines.append(f"round {each['round']}: {counted(each['seeds'], 'seed')}{ended}")
    directions = ", ".join(f"{number:,} {direction}" for direction, number in chase["directions"].items())
    lines.append(f"{counted(chase['found'], 'work')} found: {directions}")
    lines += [
        f"  {share['source']} knows {share['works']:,} of {share['union']:,} citations {share['direction']}"
        for share in chase["shares"]
        if share["union"]
    ]
    lines.append(f"{counted(chase['unmatched'], 'reference')} of seeds in words that lead to no work")
    lines += [
        f"{one['rank']:>4}. {' '.join(filter(None, (str(one['year'] or ''), one['title'] or one['key'])))[:100]}"
        f"  [{one['score']:.3f}; {counted(len(one['seeds']), 'seed')}, {' '.join(one['directions'])}]"
        for one in chase["top"]
    ]
    return lines


def _searched(searched: dict[str, Any]) -> str:
    """Tell what one source reported and what came of it."""
    parts = searched["parts"]
    reported = sum(part["reported"] or 0 for part in parts)
    received = sum(part["received"] for part in parts)
    if not _is_answered(searched):
        return f"{searched['source']}: no answer to the search yet"
    if searched["source"] == "crossref":
        return (
            f"crossref: {received:,} records read of {reported:,} that hold any of the words;"
            f" {searched['kept']:,} kept, {searched['outside']:,} do not satisfy the search,"
            f" {searched['unjudged']:,} cannot be judged for want of an abstract"
        )
    several = f" to {len(parts)} parts" if len(parts) > 1 else ""
    return f"{searched['source']}: {reported:,} reported{several}, {received:,} received, {searched['kept']:,} kept"


def _is_answered(searched: dict[str, Any]) -> bool:
    return any(part["reported"] is not None for part in searched["parts"])


def _shortfalls(account: dict[str, Any]) -> list[str]:
    """Name the parts of a search that did not bring what their source said there is."""
    sentences = []
    for searched in account.get("searched", ()):
        for number, part in enumerate(searched["parts"], start=1):
            where = f"{searched['source']}, part {number}" if len(searched["parts"]) > 1 else searched["source"]
            if part["state"] == "failed":
                sentences.append(f"{where} was not searched: {part['detail']}")
            elif part["short"]:
                sentences.append(
                    f"{where} reported {part['reported']:,} works and delivered {part['received']:,}, however often"
                    " it was asked; both numbers are on record"
                )
    return sentences


def _matched(references: dict[str, int]) -> str:
    """Tell what the references of the library lead to."""
    without = sum(references.values()) - references["identified"]
    named = (f"{number:,} {name.replace('_', ' ')}" for name, number in references.items() if name != "identified")
    return f"{counted(without, 'reference')} without an identifier: {', '.join(named)}"


def _summary(account: dict[str, Any]) -> str:
    from harvester.sources import DESCRIBING

    others = ("not_found", "failed", "waiting")
    numbers = {name: account[name] if name == "waiting" else len(account[name]) for name in others}
    lines = [_searched(each) for each in account.get("searched", ())]
    if any(map(_is_answered, account.get("searched", ()))):
        lines.append(f"{counted(account['works_found'], 'work')} found; looked up at the other index:")
    if "chase" in account:
        lines += _told_of_chase(account["chase"])
    lines += (
        [_matched(account["references"])]
        if "references" in account
        else [
            f"{counted(account['asked'], 'work')} asked for, {account['found']:,} found"
            + "".join(f", {number:,} {name.replace('_', ' ')}" for name, number in numbers.items() if number)
        ]
    )
    for name, one in account["sources"].items():
        if not (one["requests"] or one["from_cache"]) and name not in DESCRIBING:
            continue
        cost = f", ${one['dollars']}" if one["dollars"] else ""
        cached = f" ({one['from_cache']:,} more from the cache)" if one["from_cache"] else ""
        lines.append(
            f"  {name}: {counted(one['requests'], 'request')}{cached}, {counted(one['records'], 'record')}{cost}"
        )
    held = account["library"]
    lines.append(
        f"library: {counted(held['works'], 'work')}, {held['only_cited']:,} known only by being cited,"
        f" {counted(held['citations'], 'citation')}"
    )
    return "\n".join(lines)
