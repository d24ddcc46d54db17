"""Commands about what has become new: update, diff."""

from collections.abc import Iterator, Sequence
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.asking import MOST_LISTED, budget_option, dry_run_option, forecast_table
from harvester.cli.printing import counted
from harvester.cli.session import DONE, FAILED, STOPPED, Option, Session, command

if TYPE_CHECKING:
    from harvester.harvest import Forecast, Outcome, Settings
    from harvester.harvest.update import Update
    from harvester.library import Library
    from harvester.library.absent import Absent
    from harvester.library.ledger import Run
    from harvester.library.news import Changed, News

__all__ = ["diff", "update"]

NOTHING = "there is nothing to repeat: no index has been asked for anything in this library"
LONGEST = 100
"""Letters of a title or value that are shown."""


@command("update")
@budget_option
@dry_run_option
def update(session: Session, budget: Decimal | None, dry_run: bool) -> None:
    """Repeat every search and citation search, ask again for the works held, and say what is new.

    New works, works that changed (a retraction, a DOI, a year, ...), and what an index returns no longer. Citation
    counts are no news. An update that was cut off goes on with `update` as well as with `resume`. What was searched for
    in a snapshot is asked of no index: `carve` with the next snapshot repeats that.
    """
    from harvester.harvest.update import begin
    from harvester.harvest.update_forecast import forecast_update

    settings = session.settings(refresh=True, budget=budget)
    if dry_run:
        with session.read() as library:
            forecasts = forecast_update(library, settings=settings)
            _say_what_is_carved(session, library)
        told = {"forecast": [vars(each) for each in forecasts]}
        session.show(told, lambda: forecast_table(forecasts) if forecasts else NOTHING)
        _warn_of_bill(session, forecasts, budget)
        if forecasts:
            session.say("the lists are reckoned as long as they were; what has come since is asked for besides")
        return
    with session.write("update") as library:
        _warn_of_bill(session, forecast_update(library, settings=settings), budget)
        begun = begin(library, settings=settings)
        _say_what_is_carved(session, library)
        if begun is None:
            session.show({"since": None, "runs": [], "news": _empty()}, lambda: NOTHING)
            return
        _warn_of_unfinished(session, library, begun)
        outcomes = _carry_out(session, library, begun, settings)
        if any(outcome.is_interrupted for outcome in outcomes.values()):
            session.fail("interrupted; what was received is kept, `harvester update` goes on", STOPPED)
        with session.busy("comparing with what was here before"):
            account = _account(library, begun, outcomes)
    session.show(account, lambda: "\n".join(_updated(account)))
    states = {run["state"] for run in account["runs"]}
    status = FAILED if "failed" in states else DONE if states == {"done"} else STOPPED
    click.get_current_context().exit(status)


@command("diff")
@click.argument("files", nargs=-1, type=click.Path(exists=True, dir_okay=False), metavar="[OLDER NEWER]")
@click.option(
    "--since",
    cls=Option,
    type=click.IntRange(min=1),
    metavar="RUN",
    help="Compare this library with itself as it was when a run ended, instead of two files.",
)
def diff(session: Session, files: Sequence[str], since: int | None) -> None:
    """Say what a library has that an older one has not: new works, changes, citations; asks nobody anything."""
    from harvester.library import Library, news
    from harvester.library.absent import absent
    from harvester.library.past import end_of

    if (len(files) != 2) == (since is None):
        raise click.UsageError("name two libraries, the older one first, or a run of this one with --since RUN")
    if since is not None:
        with session.read() as library, session.busy("comparing with what was here before"):
            found = news.since(library, end_of(library, since))
            later = [number for (number,) in library.db.execute("select id from runs where id > ?", (since,))]
            account = _told(found, absent(library, later))
    else:
        with Library(Path(files[0])) as older, Library(Path(files[1])) as newer:
            account = _told(news.between(older, newer), ())
    session.show(account, lambda: "\n".join(_lines(account)))


# -- the work ------------------------------------------------------------------------------------------


def _warn_of_bill(session: Session, forecasts: "Sequence[Forecast]", budget: Decimal | None) -> None:
    for each in forecasts:
        if budget is not None and each.dollars > budget:
            session.warn(f"{each.source} will cost ${each.dollars}, and the budget is ${budget}; what is free goes on")
        if each.left is not None and each.dollars > each.left:
            session.warn(
                f"{each.source} will cost ${each.dollars} and allows ${each.left} today; `harvester resume` goes on"
                " another day"
            )


def _warn_of_unfinished(session: Session, library: "Library", begun: "Update") -> None:
    from harvester.library import ledger

    ours = {run.id for run in begun.runs}
    for run in ledger.unfinished(library):
        if run.id not in ours:
            session.warn(
                f"run {run.id} ({run.command}) is not finished and is not repeated; `harvester resume` goes on"
            )


def _say_what_is_carved(session: Session, library: "Library") -> None:
    """Name the carves that searched or followed citations: an update does not repeat these."""
    from harvester.library import carves, ledger

    for run in dict.fromkeys(carves.families(library).values()):
        given = ledger.arguments(library, run)
        if given["searched"] or given["backward"] or given["forward"]:
            what = f"searched for {given['query']}" if given.get("query") else "followed citations"
            session.say(
                f"run {run} {what} in the snapshot {given['snapshot']['name']}; no index is asked for that again,"
                " `harvester carve` with the next snapshot repeats it"
            )


def _carry_out(session: Session, library: "Library", begun: "Update", settings: "Settings") -> "dict[int, Outcome]":
    """Carry out what is not done yet; the budget is one for all runs."""
    from harvester import harvest
    from harvester.library import ledger

    outcomes: dict[int, Outcome] = {}
    waiting = {run.id for run in ledger.unfinished(library)}
    for run in begun.runs:
        if run.id not in waiting:
            continue
        if begun.goes_on:
            ledger.resume(library, run)
        with session.progress() as observe:
            outcome = outcomes[run.id] = harvest.carry_out(library, run, settings=settings, observe=observe)
        for sentence in () if outcome.is_interrupted else outcome.sentences:
            session.warn(f"{sentence}. What was received is kept; `harvester update` goes on")
        if outcome.cache_failure:
            session.warn(
                f"the cache {session.cache} cannot be used ({outcome.cache_failure}); nothing else is affected"
            )
        settings = settings.less(outcome.spent)
        if outcome.is_interrupted:
            break
    return outcomes


# -- the account ---------------------------------------------------------------------------------------


def _account(library: "Library", begun: "Update", outcomes: "dict[int, Outcome]") -> dict[str, Any]:
    from harvester.library import news
    from harvester.library.absent import absent

    found = news.since(library, begun.since)
    told = _told(found, absent(library, [run.id for run in begun.runs]))
    new = {work.key for work in found.works}
    runs = []
    for run in begun.runs:
        keys = news.found_by(library, run) if run.command != "update" else frozenset()
        runs.append(_run(library, run, outcomes.get(run.id), len(keys & new)))
        for work in told["works"]:
            if work["key"] in keys:
                work["found_by"].append(run.id)
    return {"since": begun.since._asdict(), "runs": runs, "news": told}


def _run(library: "Library", run: "Run", outcome: "Outcome | None", new: int) -> dict[str, Any]:
    from harvester.library import ledger

    (state,) = library.db.execute("select outcome from runs where id = ?", (run.id,)).fetchone()
    arguments = ledger.arguments(library, run.id)
    return {
        "run": run.id,
        "command": run.command,
        "repeats": arguments.get("repeats"),
        "search": arguments.get("query"),
        "indexed_since": arguments.get("indexed_since"),
        "state": state or "stopped",
        "new": new,
        "sources": {
            name: {"requests": tally.requests, "records": outcome.records[name], "dollars": tally.spent}
            for name, tally in outcome.tallies.items()
            if tally.requests
        }
        if outcome
        else {},
    }


def _empty() -> dict[str, Any]:
    from harvester.library.news import News

    return _told(News(), ())


def _told(found: "News", missed: "Sequence[Absent]") -> dict[str, Any]:
    return {
        "works": [
            {**work._asdict(), "retracted": work.key in found.new_retracted, "found_by": []} for work in found.works
        ],
        "retracted": [
            {
                "key": each.key,
                "title": each.title,
                "year": each.year,
                "notices": [_notice(notice) for notice in each.notices],
                "said_by": each.said_by,
            }
            for each in found.retracted
        ],
        "changed": [_changed(each) for each in found.changed],
        "joined": [{**each.work._asdict(), "before": each.before} for each in found.joined],
        "gone": [work._asdict() for work in found.gone],
        "citations": {"new": found.citations, "gone": found.citations_gone},
        "no_longer_returned": [each._asdict() for each in missed],
    }


def _notice(notice: Any) -> str:
    from harvester.retractions import told

    return told(notice)


def _changed(each: "Changed") -> dict[str, Any]:
    return {**each.work._asdict(), "before": each.before, "changes": [change._asdict() for change in each.changes]}


# -- printing ------------------------------------------------------------------------------------------


def _updated(account: dict[str, Any]) -> Iterator[str]:
    since = account["since"]
    yield f"since run {since['run']} ({since['time'][:10]}):"
    for run in account["runs"]:
        yield f"  run {run['run']}: {_repeat(run)}; {_state(run)}"
    is_done = all(run["state"] == "done" for run in account["runs"])
    yield from _lines(account["news"], nothing="nothing is new" if is_done else "nothing is new so far")


def _repeat(run: dict[str, Any]) -> str:
    if run["command"] == "update":
        return "works held asked for again"
    what = f"search {run['search']}" if run["command"] == "search" else "citation search"
    since = f" (Crossref: only what it has indexed since {run['indexed_since']})" if run["indexed_since"] else ""
    return f"{what} of run {run['repeats']} repeated{since}"


def _state(run: dict[str, Any]) -> str:
    dollars = sum((one["dollars"] for one in run["sources"].values()), Decimal(0))
    told = [] if run["command"] == "update" else [f"{counted(run['new'], 'new work')}"]
    told += [f"${dollars}"] if dollars else []
    told += [] if run["state"] == "done" else ["not finished, `harvester update` goes on"]
    return ", ".join(told) or "done"


def _lines(news: dict[str, Any], *, nothing: str = "nothing is new") -> Iterator[str]:
    """Tell of everything that is new, the gravest first."""
    told = [*_retractions(news), *_works(news), *_changes(news), *_rest(news)]
    yield from told or [nothing]


def _retractions(news: dict[str, Any]) -> Iterator[str]:
    if news["retracted"]:
        yield f"retracted since: {counted(len(news['retracted']), 'work')}"
        for each in news["retracted"]:
            yield f"  {_work(each)}: {'; '.join(each['notices']) or 'says ' + ', '.join(each['said_by'])}"


def _works(news: dict[str, Any]) -> Iterator[str]:
    if news["works"]:
        yield f"new: {counted(len(news['works']), 'work')}"
        listed = sorted(news["works"], key=lambda work: (not work["retracted"], -(work["year"] or 0), work["key"]))
        yield from _first(f"{_work(work)}{' is RETRACTED' if work['retracted'] else ''}" for work in listed)


def _changes(news: dict[str, Any]) -> Iterator[str]:
    from harvester.changes import FIELDS

    if not news["changed"]:
        return
    fields = [change["field"] for each in news["changed"] for change in each["changes"]]
    numbers = ", ".join(f"{name} {fields.count(name):,}" for name in FIELDS if name in fields)
    yield f"changed: {counted(len(news['changed']), 'work')} ({numbers})"
    lines = []
    for each in news["changed"]:
        shown = [_change(change) for change in each["changes"] if not _is_told_otherwise(change)]
        if shown or each["before"] != each["key"]:
            known = [f"was {each['before']}"] if each["before"] != each["key"] else []
            lines.append((_gravity(each), f"{_work(each)}: {'; '.join([*known, *shown])}"))
    yield from _first(line for _, line in sorted(lines))


def _is_told_otherwise(change: dict[str, Any]) -> bool:
    """Tell what is only counted, and what has been told before all else."""
    return change["field"] == "references" or (change["field"] == "retracted" and change["after"] is not None)


def _gravity(changed: dict[str, Any]) -> int:
    from harvester.changes import FIELDS

    return min(FIELDS.index(change["field"]) for change in changed["changes"])


def _change(change: dict[str, Any]) -> str:
    field, before, after = (change[name] for name in ("field", "before", "after"))
    if field == "abstract":
        return "has an abstract now" if after else "has no abstract any more"
    if before is None:
        return f"{field} given: {_short(after)}"
    return f"{field} {_short(before)} -> {_short(after) if after else 'none'}"


def _rest(news: dict[str, Any]) -> Iterator[str]:
    for each in news["joined"]:
        yield f"one work now: {', '.join(each['before'])} ({_work(each)})"
    if news["gone"]:
        yield f"no longer there: {counted(len(news['gone']), 'work')}"
        yield from _first(map(_work, news["gone"]))
    new, gone = news["citations"]["new"], news["citations"]["gone"]
    if new or gone:
        yield f"citations between works of both: {len(new):,} new, {len(gone):,} gone"
    missed = news["no_longer_returned"]
    if missed:
        yield f"no longer returned: {counted(len({each['key'] for each in missed}), 'work')}"
        yield from _first(f"{each['source']} {each['reason']}: {_work(each)}" for each in missed)


def _first(lines: Iterator[str]) -> Iterator[str]:
    listed = list(lines)
    yield from (f"  {line}" for line in listed[:MOST_LISTED])
    if len(listed) > MOST_LISTED:
        yield f"  {len(listed) - MOST_LISTED:,} more; the same with --json lists them all"


def _work(work: dict[str, Any]) -> str:
    return " ".join(filter(None, (str(work["year"] or ""), _short(work["title"] or ""), f"[{work['key']}]")))


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[: LONGEST - 1]}…"
