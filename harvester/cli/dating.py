"""Commands about time: years, rpys, bursts, sleeping-beauties."""

from typing import Any

import click

from harvester.cli.graphing import graph_of, told_of
from harvester.cli.printing import Table, counted
from harvester.cli.selecting import selected, where_option
from harvester.cli.session import Option, Session, command

__all__ = ["bursts", "rpys", "sleeping_beauties", "years"]


@command("years")
@where_option
def years(session: Session, where: str | None) -> None:
    """List by year the works published and the citations they make, with their half-lives."""
    from graph import timeline

    with session.read() as library:
        graph = graph_of(library, selected(library, where))
    works, citations = timeline.works_per_year(graph), timeline.citations_per_year(graph)
    ages = timeline.half_lives(graph)
    published = dict(zip(works.years, works.counts, strict=True))
    citing = {each.year: each.age for each in ages.citing}
    cited = {each.year: each.age for each in ages.cited}
    made = dict(zip(citations.years, citations.counts, strict=True))
    rows: list[dict[str, Any]] = [
        {
            "year": year,
            "works": published.get(year, 0),
            "citations_made": made.get(year, 0),
            "citing_half_life": citing.get(year),
            "cited_half_life": cited.get(year),
        }
        for year in sorted({*published, *made})
    ]
    document = {
        "years": rows,
        "works_without_year": works.without_year,
        "citations_without_year": ages.without_year,
        "citations_before_their_year": ages.negative,
        "median_age": ages.age,
    }
    headings = ("year", "works", "citations made", "citing half-life", "cited half-life")
    session.show(document, lambda: Table(headings, [tuple(row.values()) for row in rows], numbers=headings))
    session.say(
        f"{counted(works.without_year, 'work')} without a year; {counted(ages.negative, 'citation')} dated before what"
        " they cite"
    )


@command("rpys")
@where_option
def rpys(session: Session, where: str | None) -> None:
    """List the years that the references lead to, and those that stand out.

    Reference publication year spectroscopy: references without a match count too, where they give a year.
    """
    from graph import timeline
    from harvester.library import reading
    from harvester.library.matches import leads_to

    with session.read() as library:
        keys = selected(library, where)
        graph = graph_of(library, keys)
        years = [
            reference.year
            for work in reading.works(library, selected=keys)
            for reference in work.references
            if not leads_to(reference)
        ]
    found = timeline.rpys(graph, unmatched=years)
    peaks = {peak.year: peak for peak in found.peaks}
    rows: list[dict[str, Any]] = [
        {
            "year": year,
            "references": references,
            "deviation": deviation,
            "peak": [{"key": key, "references": count} for key, count in peaks[year].works] if year in peaks else None,
        }
        for year, references, deviation in zip(found.years, found.references, found.deviation, strict=True)
    ]
    session.show(
        {"years": rows, "without_year": found.without_year},
        lambda: Table(
            ("year", "references", "deviation", "peak: most referred to"),
            [
                (row["year"], row["references"], row["deviation"], "; ".join(work["key"] for work in row["peak"] or ()))
                for row in rows
            ],
            numbers=("year", "references", "deviation"),
        ),
    )
    session.say(f"{counted(found.without_year, 'reference')} without a year left out")


@command("bursts")
@click.option(
    "--of",
    "subject",
    cls=Option,
    type=click.Choice(["terms", "citations"]),
    default="terms",
    show_default=True,
    help="Of words in titles, or of citations received.",
)
@click.option("--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@where_option
def bursts(session: Session, subject: str, limit: int, where: str | None) -> None:
    """List the times in which a word was uncommonly frequent in titles, or a work uncommonly often cited."""
    from graph import timeline

    with session.read() as library:
        graph = graph_of(library, selected(library, where))
    found = timeline.title_bursts(graph) if subject == "terms" else timeline.citation_bursts(graph)
    rows: list[dict[str, Any]] = [burst._asdict() for burst in found.found[:limit]]
    if subject == "citations":
        rows = [{**row, **told_of(graph, row["subject"])} for row in rows]
    headings = ("subject", "first", "last", "weight", "level", *(("title",) if subject == "citations" else ()))
    session.show(
        {"bursts": rows, "without_year": found.without_year},
        lambda: Table(
            headings,
            [[f"{row[name]:.2f}" if name == "weight" else row[name] for name in headings] for row in rows],
            numbers=("first", "last", "weight", "level"),
        ),
    )


@command("sleeping-beauties")
@click.option("--limit", cls=Option, type=click.IntRange(min=1), default=20, show_default=True, help="How many.")
@where_option
def sleeping_beauties(session: Session, limit: int, where: str | None) -> None:
    """List the works that were discovered late, by the beauty coefficient of Ke et al. (2015)."""
    from graph import timeline
    from graph.query import ranked

    with session.read() as library:
        graph = graph_of(library, selected(library, where))
    found = timeline.sleeping_beauties(graph)
    awakening = dict(zip(graph.keys, found.awakening.tolist(), strict=True))
    rows = [
        {"beauty": value, "awakening": awakening[key], "key": key, **told_of(graph, key)}
        for key, value in ranked(graph, found.coefficient, limit=limit)
        if value > 0
    ]
    headings = ("beauty", "awakening", "year", "first author", "title", "key")
    session.show(
        {
            "works": rows,
            "without_year": found.without_year,
            "undated_citations": found.undated,
            "early_citations": found.early,
        },
        lambda: Table(
            headings,
            [
                (
                    f"{row['beauty']:.2f}",
                    row["awakening"],
                    row["year"],
                    row["first_author"],
                    row["title"],
                    row["key"],
                )
                for row in rows
            ],
            numbers=headings[:3],
        ),
    )
    session.say(
        f"{counted(found.without_year, 'work')} without a year; {counted(found.undated + found.early, 'citation')} left"
        " out for want of a year or for being dated before what it cites"
    )
