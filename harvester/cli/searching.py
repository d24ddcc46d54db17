"""The command that searches: what will be asked, what it will cost, and the search itself."""

import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from decimal import Decimal
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from harvester.cli.asking import budget_option, carry_out, dry_run_option, forecast_table, refresh_option
from harvester.cli.printing import counted
from harvester.cli.session import Option, Pasted, Session, command

if TYPE_CHECKING:
    from harvester.expression.tree import Expression
    from harvester.harvest import Plan

__all__ = ["search"]

YEARS = click.IntRange(1000, 2999)


class Language(click.ParamType[str]):
    """A language as ISO 639-1 names it."""

    name = "language"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a code of two letters."""
        code = str(value).lower()
        if not (len(code) == 2 and code.isascii() and code.isalpha()):
            self.fail(f"{value!r} is not a language code of two letters such as en or es (ISO 639-1)", param, ctx)
        return code


class WorkType(click.ParamType[str]):
    """A type of work."""

    name = "type"

    def convert(self, value: Any, param: click.Parameter | None, ctx: click.Context | None) -> str:
        """Read a type, and refuse what no index calls a work."""
        from harvester.sources.openalex_item import TYPES

        if str(value).lower() not in TYPES:
            self.fail(f"{value!r} is no type of work; there are {', '.join(sorted(TYPES))}", param, ctx)
        return str(value).lower()


@command("search")
@click.argument("query", nargs=-1, type=Pasted(), metavar="[QUERY]")
@click.option(
    "--file",
    cls=Option,
    type=click.Path(exists=True, dir_okay=False, allow_dash=True),
    help="A strategy in numbered lines, combined as in `#1 AND #2`; the last line is searched. - is stdin.",
)
@click.option("--from-year", cls=Option, type=YEARS, help="Published in this year or later.")
@click.option("--to-year", cls=Option, type=YEARS, help="Published in this year or earlier.")
@click.option(
    "--type", "types", cls=Option, multiple=True, type=WorkType(), help="Only works of this type; repeatable."
)
@click.option(
    "--language",
    "languages",
    cls=Option,
    multiple=True,
    type=Language(),
    help="Only this language (en, es); repeatable.",
)
@click.option("--open-access", cls=Option, is_flag=True, help="Only works that can be read freely.")
@click.option(
    "--limit", cls=Option, type=click.IntRange(min=1), help="At most so many works from each index, best ranked first."
)
@click.option(
    "--in",
    "sources",
    cls=Option,
    multiple=True,
    type=click.Choice(["openalex", "crossref"]),
    help="Search this index too; OpenAlex is always searched.",
)
@click.option(
    "--corpus",
    cls=Option,
    type=click.Choice(["core", "all"]),
    default="core",
    show_default=True,
    help="All includes what OpenAlex keeps apart: data sets, repositories' items, works of doubtful origin.",
)
@click.option("--fulltext", cls=Option, is_flag=True, help="At OpenAlex look in full texts too, where it has them.")
@click.option(
    "--depth",
    cls=Option,
    type=click.IntRange(1, 10_000),
    default=1_000,
    show_default=True,
    help="Crossref ranks and does not select: read so many of the best records of each year of registration.",
)
@click.option("--count", cls=Option, is_flag=True, help="Only ask how many works there are.")
@click.option("--explain", cls=Option, is_flag=True, help="Only say how the search is read and what would be sent.")
@refresh_option
@budget_option
@dry_run_option
def search(
    session: Session,
    query: tuple[str, ...],
    file: str | None,
    from_year: int | None,
    to_year: int | None,
    types: tuple[str, ...],
    languages: tuple[str, ...],
    open_access: bool,
    limit: int | None,
    sources: tuple[str, ...],
    corpus: str,
    fulltext: bool,
    depth: int,
    count: bool,
    explain: bool,
    refresh: bool,
    budget: Decimal | None,
    dry_run: bool,
) -> None:
    """Harvest works by keyword: '("peer support" OR "peer worker*") AND recovery'.

    Words, "phrases", AND, OR, NOT, brackets, truncation* and wom?n, "near words"~3, this NEAR/3 that. Titles and
    abstracts are searched unless a field is named: title: abstract: author: year:2015-2024 type: language:
    """
    from harvester import harvest

    if from_year and to_year and from_year > to_year:
        raise click.BadParameter(f"{from_year} is later than {to_year}", param_hint="--from-year")
    scope = harvest.Scope(
        sources=("openalex", "crossref") if "crossref" in sources else ("openalex",),
        corpus="all" if corpus == "all" else "core",
        fulltext=fulltext,
        limit=limit,
        depth=depth,
        until=datetime.now(UTC).date().isoformat(),
    )
    limits = _limits(from_year, to_year, types, languages, open_access=open_access)
    planned = _planned(query, file, scope, limits)
    settings = session.settings(refresh=refresh, budget=budget)
    if explain:
        session.show(_explained(planned), lambda: _explanation(planned))
        return
    for sentence in _changes(planned):
        session.say(sentence)
    if count or dry_run:
        counts = harvest.count(planned, settings=settings)
        if count:
            session.show({"counts": _counted(planned, counts)}, lambda: _counts(planned, counts))
            return
        forecasts = harvest.forecast_search(planned, counts, settings=settings)
        session.show({"forecast": [vars(each) for each in forecasts]}, lambda: forecast_table(forecasts))
        for each in forecasts:
            if each.left is not None and each.dollars > each.left:
                session.warn(f"{each.source} allows ${each.left} today; `harvester resume` goes on another day")
        session.say("looking the works found up at Crossref by DOI comes on top: free, some 25 works a request")
        return
    with session.write("search", begins=True) as library:
        run = harvest.search(library, planned, settings=settings)
        carry_out(session, library, [run], settings)


def _planned(query: tuple[str, ...], file: str | None, scope: Any, limits: "list[Expression]") -> "Plan":
    from harvester import harvest
    from harvester.expression import parse, strategy
    from harvester.expression.tree import all_of

    if bool(query) == bool(file):
        raise click.UsageError("give a search, or a strategy with --file FILE, and not both")
    if file is None:
        text = " ".join(query)
        read = parse.read(text)
        return harvest.plan(all_of(read.expression, *limits), text=text, scope=scope, remarks=read.remarks)
    text = _strategy_text(file)
    given = strategy.read(text)
    remarks = list(given.remarks)
    if given.unused:
        remarks.append(f"not used by the last line: {', '.join(given.unused)}")
    return harvest.plan(
        all_of(given.expression, *limits),
        text=text,
        scope=scope,
        remarks=remarks,
        strategy=[(line.label, line.text) for line in given.lines],
    )


def _strategy_text(file: str) -> str:
    from harvester import inputs

    if file == "-":
        return inputs.whole_text(sys.stdin.buffer, name="stdin")
    with Path(file).open("rb") as opened:
        return inputs.whole_text(opened, name=file)


def _limits(
    first: int | None, last: int | None, types: Sequence[str], languages: Sequence[str], *, open_access: bool
) -> "list[Expression]":
    from harvester.expression.tree import Fact, Years, any_of

    limits: list[Expression] = []
    if first or last:
        limits.append(Years(first, last))
    for field, values in (("type", types), ("language", languages)):
        if values:
            limits.append(any_of(*(Fact(field, value) for value in dict.fromkeys(values))))
    if open_access:
        limits.append(Fact("open_access", "true"))
    return limits


# -- printing ------------------------------------------------------------------------------------------


def _changes(planned: "Plan") -> list[str]:
    return [
        f"{source}: {sentence}" if source else sentence
        for source, sentences in planned.changes.items()
        for sentence in sentences
    ]


def _explained(planned: "Plan") -> dict[str, Any]:
    return {
        "query": planned.text,
        "reading": planned.reading,
        "searched": planned.searched,
        "unstemmed": planned.is_exact,
        "changes": planned.changes,
        "questions": {
            source: [{"url": query.url, "described": planned.described(query)} for query in queries]
            for source, queries in planned.queries.items()
        },
    }


def _explanation(planned: "Plan") -> str:
    scope = planned.scope
    where = "titles, abstracts and full texts" if scope.fulltext else "titles and abstracts"
    how = "every word as it is written (unstemmed)" if planned.is_exact else "words and their inflected forms (stemmed)"
    lines = [f"read as      {planned.reading}"]
    if planned.searched != planned.reading:
        lines.append(f"searched as  {planned.searched}")
    lines += [f"in           {where}, {how}, OpenAlex corpus: {scope.corpus}"]
    lines += [f"note         {sentence}" for sentence in planned.changes[""]]
    for source, queries in planned.queries.items():
        lines += ["", f"{source} is asked {counted(len(queries), 'question')}:"]
        shown = queries if len(queries) <= MOST_SHOWN else [*queries[: MOST_SHOWN - 1], queries[-1]]
        for query in shown:
            if query is queries[-1] and len(shown) < len(queries):
                lines.append("  ...")
            lines.append(f"  {planned.described(query)}")
        lines += [f"  note: {sentence}" for sentence in planned.changes[source]]
    lines += ["", "then every work found is looked up by its DOI at the other index. Nothing has been sent."]
    return "\n".join(lines)


MOST_SHOWN = 4
"""Questions that `--explain` spells out; `--json` has them all."""


def _counted(planned: "Plan", counts: dict[str, list[int]]) -> dict[str, Any]:
    return {
        source: [{"url": query.url, "count": number} for query, number in zip(queries, counts[source], strict=True)]
        for source, queries in planned.queries.items()
    }


def _counts(planned: "Plan", counts: dict[str, list[int]]) -> str:
    lines = []
    for source, numbers in counts.items():
        total = sum(numbers)
        if source == "crossref":
            read = sum(min(number, planned.scope.depth) for number in numbers)
            lines.append(
                f"crossref: {counted(total, 'record')} hold any of the words; {read:,} of them would be read and judged"
            )
        elif len(numbers) > 1:
            lines.append(f"{source}: at most {counted(total, 'work')}, in {len(numbers)} parts that may overlap")
        else:
            lines.append(f"{source}: {counted(total, 'work')}")
    return "\n".join(lines)
