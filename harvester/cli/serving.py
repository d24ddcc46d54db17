"""Commands that serve or examine: replica, demo, doctor."""

from pathlib import Path

import click

from harvester.cli.session import Option, Session, command, table

__all__ = ["demo", "doctor", "replica"]


@command("doctor")
def doctor(session: Session) -> None:
    """Say whether everything is in order here: versions, library, disk, cache, key, e-mail, hosts."""
    from harvester.doctor import examine

    findings = examine(session.library, settings=session.settings())
    session.show(
        {"findings": [finding._asdict() for finding in findings]},
        lambda: table(
            ("", "subject", "found", "what to do"),
            [("ok" if each.is_well else "!!", each.subject, each.found, each.advice) for each in findings],
        ),
    )
    click.get_current_context().exit(0 if all(finding.is_well for finding in findings) else 1)


@command("replica")
@click.option(
    "--corpus",
    cls=Option,
    required=True,
    type=click.Path(exists=True, file_okay=False),
    help="Folder with openalex*.jsonl and crossref*.jsonl (also .gz, .xz), one record a line.",
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
    help="Make these indexes' records from the OpenAlex ones: crossref.",
)
def replica(session: Session, corpus: str, port: int, faults: str, unlimited: bool, derive: str | None) -> None:
    """Serve OpenAlex and Crossref on 127.0.0.1 from a folder of records, as the public APIs behave."""
    from dataclasses import replace

    from harvester.replica import faults as fault_plan
    from harvester.replica import load, serve, sites
    from harvester.replica.derive import derive_crossref

    records = load(Path(corpus))
    if derive:
        records = replace(records, crossref=(*records.crossref, *derive_crossref(records.openalex)))
    serve(
        sites(records, unlimited=unlimited),
        faults=fault_plan.parse(faults) if faults else None,
        port=port,
        ready=lambda url: session.say(f"serving {corpus}: harvester --replica {url} ... (Ctrl-C stops)"),
    )


@command("demo")
def demo(session: Session) -> None:
    """Show the whole tour offline: harvest a small real corpus on peer support, graph it, write files."""
    from harvester import demo as tour

    account = tour.run(Path("harvester-demo"), say=session.say)
    session.show(account, lambda: tour.describe(account))
