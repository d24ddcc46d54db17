"""The command that finds records of the same work: dedupe."""

from collections.abc import Callable, Iterable, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, BinaryIO

import click

from harvester.cli.printing import Table, counted, plain
from harvester.cli.session import SOME_NOT_FOUND, Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.formats.pairs import Row
    from harvester.library.decisions import Decision, Sorted
    from harvester.match import Verdict
    from harvester.model import Work

__all__ = ["dedupe", "key_meant", "rows_of"]


@command("dedupe")
@click.option(
    "--review",
    cls=Option,
    type=click.Path(dir_okay=False),
    help="Write the pairs that a person should look at to a CSV.",
)
@click.option(
    "--decisions",
    cls=Option,
    type=click.Path(dir_okay=False),
    help="Read back what was decided in such a CSV: same, different, or undecided to take a decision back.",
)
@click.option("--ask", cls=Option, is_flag=True, help="Show the pairs to be looked at one by one, and ask.")
@click.option(
    "--undo",
    cls=Option,
    type=(Pasted(), Pasted()),
    multiple=True,
    metavar="ID ID",
    help="Take back what was decided about these two.",
)
@click.option("--dry-run", cls=Option, is_flag=True, help="Say what would be joined, and join nothing.")
def dedupe(
    session: Session,
    review: str | None,
    decisions: str | None,
    ask: bool,
    undo: Sequence[tuple[str, str]],
    dry_run: bool,
) -> None:
    """Find records of the same work, and join them where there is no doubt; what is doubtful is for a person.

    Related works (preprint and article, part I and part II, a correction, a reply) are linked and never joined. What a
    person has decided is never overruled.
    """
    from harvester.library import decisions as deciding
    from harvester.library import reading

    said = [deciding.Decision(key_meant(one), key_meant(other), "undecided", "taken back") for one, other in undo]
    if decisions is not None:
        said += _read(Path(decisions))
    with session.write("dedupe") as library, session.busy("comparing works"):
        before = reading.size(library).works
        found = deciding.dedupe(library, said, dry_run=dry_run)
    if ask and found.found.review:
        answers = list(_asked(found.found.review, _works(session, found.found.review)))
        with session.write("dedupe") as library:
            found = deciding.dedupe(library, answers, dry_run=dry_run)
    with session.read() as library:
        after = reading.size(library).works
    if review is not None:
        _write(Path(review), found.found.review, _works(session, found.found.review))
        session.say(f"{review} written: fill in its first column, then `harvester dedupe --decisions {review}`")
    session.show(_told(found, before, after), lambda: _table(found))
    _close(session, found, before, after, dry_run=dry_run)


def _works(session: Session, verdicts: "Iterable[Verdict]") -> "dict[str, Work]":
    """Give the works that these verdicts are about, by key."""
    from harvester.library.decisions import compared

    wanted = {key for verdict in verdicts for key in verdict.keys}
    with session.read() as library:
        return {work.key: work for work in compared(library) if work.key in wanted}


def _told(found: "Sorted", before: int, after: int) -> dict[str, Any]:
    def listed(verdicts: "Iterable[Verdict]") -> list[dict[str, Any]]:
        return [
            {"one": each.keys[0], "other": each.keys[1], "link": each.link, "reason": str(each)} for each in verdicts
        ]

    return {
        "compared": found.compared,
        "groups": found.found.groups,
        "merges": listed(found.found.merges),
        "review": listed(found.found.review),
        "links": listed(found.found.links),
        "overruled": found.found.overruled,
        "unknown": [(each.one, each.other) for each in found.unknown],
        "works_before": before,
        "works": after,
    }


def _table(found: "Sorted") -> Table:
    bands = (("same", found.found.merges), ("for review", found.found.review), ("related", found.found.links))
    rows = [
        (band, *verdict.keys, f"{verdict.link}: {verdict.reason}" if band == "related" else verdict.reason)
        for band, verdicts in bands
        for verdict in verdicts
    ]
    return Table(("", "one", "other", "reason"), rows)


def _close(session: Session, found: "Sorted", before: int, after: int, *, dry_run: bool) -> None:
    surplus = sum(len(group) - 1 for group in found.found.groups)
    would = "would be" if dry_run else "are"
    session.say(
        f"{counted(found.compared, 'record')} compared: {surplus:,} {would} another record of a work;"
        f" {counted(len(found.found.review), 'pair')} for review, {counted(len(found.found.links), 'pair')} related;"
        f" {before:,} works before, {after:,} now"
    )
    for one, other in found.found.overruled:
        session.warn(
            f"{one} and {other} were called both the same and different, and are kept apart; --undo takes one back"
        )
    for each in found.unknown:
        session.warn(f"{each.one} and {each.other} are not two works here; that decision was not kept")
    if found.unknown:
        raise click.exceptions.Exit(SOME_NOT_FOUND)


def key_meant(text: str) -> str:
    """Give the key that a user means: a DOI in any dress, or a key as it is shown."""
    from harvester import identifiers
    from harvester.errors import NotAnIdentifier

    try:
        return str(identifiers.parse(text))
    except NotAnIdentifier:
        return text.strip()


def rows_of(path: Path, read: "Callable[[BinaryIO], list[Row]]") -> "list[Row]":
    """Read the decisions that a person has written into a table."""
    from harvester.errors import InputError

    try:
        with path.open("rb") as file:
            return read(file)
    except OSError as error:
        raise InputError(f"{path} cannot be read ({error.strerror})") from error
    except InputError as error:
        raise InputError(f"{path}: {error}") from error


def _read(path: Path) -> "list[Decision]":
    from harvester.formats.pairs import read_pairs
    from harvester.library.decisions import Decision

    return [
        Decision(row.one, row.other, row.decision, f"{path.name}, line {row.line}") for row in rows_of(path, read_pairs)
    ]


def _write(path: Path, review: "Sequence[Verdict]", works: "dict[str, Work]") -> None:
    from harvester.formats import replacing
    from harvester.formats.pairs import write_pairs

    with replacing(path) as stream:
        write_pairs(stream, ((works[each.keys[0]], works[each.keys[1]], str(each)) for each in review))


def _asked(review: "Sequence[Verdict]", works: "dict[str, Work]") -> "Iterable[Decision]":
    """Show pair after pair, and give what is answered until no more is wanted."""
    from harvester.library.decisions import Decision

    said: dict[str, Any] = {"s": "same", "d": "different"}
    for number, verdict in enumerate(review, start=1):
        one, other = verdict.keys
        _side_by_side(works[one], works[other])
        click.echo(plain(verdict.reason), err=True)
        answer = click.prompt(
            f"{number} of {len(review)}: [s]ame, [d]ifferent, [n]ext, [q]uit",
            type=click.Choice(["s", "d", "n", "q"]),
            show_choices=False,
            default="n",
            err=True,
        )
        if answer == "q":
            return
        if answer in said:
            yield Decision(one, other, said[answer], "asked")


def _side_by_side(one: "Work", other: "Work") -> None:
    """Lay two works out beside each other, a mark where they differ."""
    from rich.console import Console
    from rich.table import Table as Grid
    from rich.text import Text

    from harvester.formats.pairs import SHOWN
    from harvester.formats.table import COLUMNS

    grid = Grid(box=None, pad_edge=False)
    for heading in ("", "", one.key, other.key):
        grid.add_column(Text(heading), overflow="fold")
    for name in SHOWN:
        column: Callable[[Work], object] = COLUMNS[name]
        left, right = (plain(str(column(work) or "")) for work in (one, other))
        if left or right:
            differs = left.casefold() != right.casefold()
            style = "bold" if differs else ""
            grid.add_row("!" if differs else "", name, Text(left, style=style), Text(right, style=style))
    Console(stderr=True, highlight=False).print(grid)
