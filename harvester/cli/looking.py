"""Commands that read the library: status, show, cited-by, references."""

import json
import sys
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.printing import Table, counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import SOME_NOT_FOUND, Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.library import Library
    from harvester.library.reading import Line, Status
    from harvester.library.retracted import Retraction
    from harvester.merge import Disagreement
    from harvester.model import Work

__all__ = ["SHAPES", "cited_by", "key_of", "lines_table", "references", "show", "show_lines", "status"]

SHAPES = ("booksci", "booksci-page", "catalogue", "citation-index")
"""Those of `harvester.formats.write_pages`, which takes too long to load for a list of choices."""

STYLES = ("apa", "gb7714", "mla", "vancouver")
"""Those of `harvester.formats.citation_styles`, too."""


class Shape(click.ParamType[str]):
    """The shape of a web page, a citation style, or a file in the Citation Style Language."""

    name = "shape"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a name in any case, or the path of a style."""
        text = str(value)
        if text.lower().endswith(".csl"):
            return text
        if text.lower() not in (*SHAPES, *STYLES):
            self.fail(f"{text!r} is none of {', '.join((*SHAPES, *STYLES))}, and no FILE.csl", param, ctx)
        return text.lower()


@command("status")
@click.option(
    "--disagreements",
    cls=Option,
    is_flag=True,
    help="List the works whose sources differ on title, year or first author beyond formatting.",
)
@click.option(
    "--retracted", cls=Option, is_flag=True, help="List the works that are retracted, with the notice and who says so."
)
def status(session: Session, disagreements: bool, retracted: bool) -> None:
    """Say what the library holds, from which source, what is waiting, and what failed and why."""
    from harvester.library import reading
    from harvester.library.retracted import retracted as listed

    with session.read() as library:
        if disagreements:
            found = list(reading.differing(library))
            session.show({"disagreements": found}, lambda: _disagreements(found))
            return
        if retracted:
            withdrawn = listed(library)
            session.show({"retracted": [_told(each) for each in withdrawn]}, lambda: _retracted(withdrawn))
            return
        state = reading.status(library)
    session.show(state, lambda: _status(state))


@command("show")
@click.argument("identifier", type=Pasted(), metavar="ID")
@click.option("--provenance", cls=Option, is_flag=True, help="Show who said what of each field.")
@click.option(
    "--as",
    "shape",
    cls=Option,
    type=Shape(),
    metavar="SHAPE",
    help="As a reference: apa, gb7714, mla, vancouver, or any CSL style (mine.csl, nature.csl). In the shape of a web"
    " page: booksci, the JSON record of that portal, or booksci-page, its page around it; catalogue, a library's in"
    " Spanish; citation-index, in Chinese. What is not known is empty, as it is there.",
)
def show(session: Session, identifier: str, provenance: bool, shape: str | None) -> None:
    """Print one work, by any of its identifiers."""
    from harvester.library import reading

    if provenance and shape:
        raise click.UsageError("--provenance says who said what, which nothing of --as has room for; give one of them")
    with session.read() as library:
        key = key_of(session, library, identifier)
        work = reading.work(library, key)
        is_listing = shape == "citation-index"
        cited = [reading.work(library, line.key) for line in reading.references(library, key)] if is_listing else []
    if shape in SHAPES:
        _show_page(session, work, shape, cited)
    elif shape:
        _show_reference(session, work, shape)
    elif provenance:
        account = {name: one.model_dump(mode="json") for name, one in work.provenance.items()}
        session.show({"key": work.key, "provenance": account}, lambda: _provenance(work))
    else:
        session.show(work.model_dump(mode="json", exclude_defaults=True), lambda: _work(work))


def _show_page(session: Session, work: "Work", shape: str, cited: "list[Work]") -> None:
    from harvester.formats.write_pages import page

    text = page(work, shape, cited=cited)
    if shape != "booksci":
        session.show({"key": work.key, "shape": shape, "page": text}, lambda: text.rstrip("\n"))
        return
    record = json.loads(text)
    # What is not in the character set of the output can still be written as JSON.
    is_unicode = (sys.stdout.encoding or "").lower().startswith("utf")
    session.show(record, lambda: text.rstrip("\n") if is_unicode else json.dumps(record, separators=(",", ":")))


def _show_reference(session: Session, work: "Work", style: str) -> None:
    from harvester.formats.styled import reference

    text = reference(work, style=style)
    session.show({"key": work.key, "style": style, "reference": text}, lambda: text)


@command("cited-by")
@click.argument("identifier", type=Pasted(), metavar="ID")
@where_option
def cited_by(session: Session, identifier: str, where: str | None) -> None:
    """List the works here that cite this one, and the indexes that say so."""
    from harvester.library import reading

    with session.read() as library:
        lines = reading.cited_by(library, key_of(session, library, identifier))
        keys = selected(library, where)
    show_lines(session, [line for line in lines if keys is None or line.key in keys])


@command("references")
@click.argument("identifier", type=Pasted(), metavar="ID")
@where_option
def references(session: Session, identifier: str, where: str | None) -> None:
    """List what this work cites: the works, and the references that lead to none.

    With --where, the works that satisfy it; references that lead to none satisfy nothing.
    """
    from harvester.library import reading
    from harvester.library.matches import leads_to
    from harvester.library.matching import as_printed

    with session.read() as library:
        key = key_of(session, library, identifier)
        keys = selected(library, where)
        lines = [line for line in reading.references(library, key) if keys is None or line.key in keys]
        work = reading.work(library, key)
    unmatched = [reference for reference in work.references if keys is None and not leads_to(reference)]
    listed = [
        {
            "source": count.source,
            "listed": count.value,
            "held": sum(reference.source == count.source for reference in work.references),
        }
        for count in work.counts
        if count.kind == "references"
    ]
    session.show(
        {"references": [line._asdict() for line in lines], "unmatched": unmatched, "listed": listed},
        lambda: lines_table(lines),
    )
    for each in unmatched:
        named = " ".join(map(str, each.targets)) or "no identifier"
        session.tell(f"{named} ({each.source}, {each.position}): {as_printed(each)}")
    for count in listed:
        session.tell(f"{count['source']}: {count['listed']} listed, {count['held']} held")


def key_of(session: Session, library: "Library", identifier: str) -> str:
    """Give the key of the work the user names, or end the command as one whose input was not found."""
    from harvester.errors import InputError
    from harvester.library import reading

    try:
        return reading.find(library, identifier)
    except InputError as error:
        session.fail(str(error), SOME_NOT_FOUND)


def show_lines(session: Session, lines: "list[Line]") -> None:
    """Print works in a list."""
    session.show({"works": [line._asdict() for line in lines]}, lambda: lines_table(lines))


def lines_table(lines: "list[Line]") -> Table:
    """Lay out works in a list."""
    rows = [
        (
            line.cited_here,
            line.cited_by_count,
            line.year,
            line.first_author,
            line.title,
            line.key,
            " ".join(line.sources),
        )
        for line in lines
    ]
    headings = ("cited here", "everywhere", "year", "first author", "title", "key", "sources")
    return Table(headings, rows, numbers=("cited here", "everywhere"))


def _status(state: "Status") -> str:
    figures = {
        "works": state.works,
        "  with an abstract": state.with_abstract,
        "  with references": state.with_references,
        "  retracted": state.retracted,
        "  with notices": state.with_notices,
        "  citing themselves": state.loops,
        "known only by citation": state.only_cited,
        "citations": state.citations,
        "  from words alone": state.matched_references,
        "references unmatched": state.unmatched_references,
        "references repeated": state.repeated_references,
    }
    lines = [f"{name:<22}{figure:>9,}" for name, figure in figures.items()]
    lines += [
        f"{each.source}: {counted(each.works, 'work')}, {counted(each.citations, 'citation')}; not found"
        f" {each.missing:,}, failed {each.failed:,}, skipped {each.skipped:,}, waiting {each.waiting:,}"
        for each in state.sources
    ]
    lines += [f"failed or skipped: {' '.join(reason.split())} ({number:,})" for reason, number in state.failures]
    if state.unfinished_runs:
        lines.append(f"{counted(state.unfinished_runs, 'unfinished run')}; `harvester resume` goes on")
    elif state.stale:
        lines.append("not all that was received is shown yet; `harvester rebuild` brings it in")
    return "\n".join(lines)


def _told(one: "Retraction") -> dict[str, Any]:
    return {name: value for name, value in one._asdict().items() if name != "identifiers"}


def _retracted(found: "list[Retraction]") -> str | Table:
    if not found:
        return "no work here is said to be retracted"
    rows = [
        (
            one.year,
            one.title,
            one.key,
            " ".join(one.said_by),
            " ".join(one.denied_by),
            "; ".join(
                " ".join(filter(None, (each.type, each.date, each.doi, f"({each.asserted_by})")))
                for each in one.notices
            ),
        )
        for one in found
    ]
    return Table(("year", "title", "key", "said by", "denied by", "notices"), rows)


def _disagreements(found: "list[Disagreement]") -> str | Table:
    rows = [(each.key, each.field, source, value) for each in found for source, value in each.values]
    if not rows:
        return "the sources agree on title, year and first author"
    return Table(("work", "field", "source", "says"), rows)


def _provenance(work: "Work") -> Table:
    rows: list[tuple[object, ...]] = []
    for name, account in work.provenance.items():
        value = _brief(getattr(work, name, None))
        rows.append((name, " ".join(account.sources), "", value))
        rows += [("", claim.source, "differs", claim.value) for claim in account.others]
    return Table(("field", "source", "", "value"), rows)


def _brief(value: Any) -> str:
    """Write a value on one line: identifiers, names and terms as they are, anything else as its parts."""
    if value is None:
        return ""
    if hasattr(value, "_fields"):  # an identifier, the one named tuple among the values of a work
        return ":".join(value)
    if isinstance(value, tuple):
        return "; ".join(_brief(each) for each in value)
    if not hasattr(value, "model_fields_set"):
        return str(value)
    told = getattr(value, "name", None) or getattr(value, "term", None)
    fields = type(value).model_fields
    parts = (getattr(value, name) for name in fields if getattr(value, name) != fields[name].default)
    return str(told or " ".join(_brief(part) for part in parts))


def _work(work: "Work") -> Table:
    rows = []
    for name in type(work).model_fields:
        value = getattr(work, name)
        if name == "provenance" or value in (None, (), ""):
            continue
        if name == "references":
            text = f"{len(value)} held; `harvester references` lists them"
        elif name == "counts":
            text = "; ".join(f"{count.kind} {count.value} ({count.source})" for count in value)
        elif name == "updates":
            text = "; ".join(f"{one.direction} {one.type} {one.doi or ''} ({one.asserted_by})" for one in value)
        else:
            text = _brief(value)
        rows.append((name.replace("_", " "), text))
    return Table(("", ""), rows)
