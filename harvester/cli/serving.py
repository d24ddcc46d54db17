"""Commands that serve or examine: replica, demo, doctor."""

from pathlib import Path

import click

from harvester.cli.printing import Table
from harvester.cli.session import DONE, FAILED, Option, Session, command

__all__ = ["demo", "doctor", "replica"]


@command("doctor")
def doctor(session: Session) -> None:
    """Say whether everything is in order here: versions, library, disk, cache, key, e-mail, hosts."""
    from harvester.doctor import examine

    findings = examine(session.library, settings=session.settings())
    session.show(
        {"findings": [finding._asdict() for finding in findings]},
        lambda: Table(
            ("", "subject", "found", "what to do"),
            [("ok" if each.is_well else "!!", each.subject, each.found, each.advice) for each in findings],
        ),
    )
    click.get_current_context().exit(DONE if all(finding.is_well for finding in findings) else FAILED)


@command("replica")
@click.option(
    "--corpus",
    cls=Option,
    required=True,
    type=click.Path(exists=True, file_okay=False),
    help="Folder with openalex*.jsonl, crossref*.jsonl, opencitations*.jsonl (also .gz, .xz), one record a line.",
)
@click.option(
    "--port", cls=Option, type=click.IntRange(0, 65535), default=8765, show_default=True, help="0: any free one."
)
@click.option("--faults", cls=Option, default="", metavar="SPEC", help="Such as latency=20ms,429=0.1,cut=0.05,seed=7.")
@click.option("--unlimited", cls=Option, is_flag=True, help="No rate limits and no budget.")
@click.option(
    "--derive",
    cls=Option,
    default="",
    metavar="INDEXES",
    help="Make these indexes' records from the OpenAlex ones: crossref,opencitations.",
)
def replica(session: Session, corpus: str, port: int, faults: str, unlimited: bool, derive: str) -> None:
    """Serve OpenAlex, Crossref and OpenCitations on 127.0.0.1 from a folder of records, as the public APIs behave.

    Prints the address as soon as it can be asked, and serves until Ctrl-C.
    """
    import sys
    from contextlib import suppress
    from dataclasses import replace

    from harvester.replica import faults as fault_plan
    from harvester.replica import load, serve, sites
    from harvester.replica.derive import DERIVATIONS

    plan = fault_plan.parse(faults)
    wanted = list(dict.fromkeys(filter(None, map(str.strip, derive.split(",")))))
    for name in wanted:
        if name not in DERIVATIONS:
            can = " and ".join(DERIVATIONS)
            raise click.BadParameter(f"{name!r} cannot be derived; {can} can", param_hint="--derive")
    records = load(Path(corpus))
    for name in wanted:
        derived = DERIVATIONS[name](records.openalex)
        records = replace(records, **{name: (*getattr(records, name), *derived)})

    def ready(url: str) -> None:
        session.show({"url": url}, lambda: url)
        sys.stdout.flush()
        session.say(f"serving {corpus}: harvester --replica {url} doi ... (Ctrl-C stops)")

    with suppress(KeyboardInterrupt):  # the usual end, however early
        serve(sites(records, unlimited=unlimited), faults=plan, port=port, ready=ready)


@command("demo")
def demo(session: Session) -> None:
    """Show the whole tour offline: harvest a small real corpus on peer support, graph it, write files."""
    from harvester import demo as tour

    account = tour.run(Path("harvester-demo"), say=session.say)
    session.show(account, lambda: tour.describe(account))
