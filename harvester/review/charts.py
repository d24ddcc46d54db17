"""The pictures of the account: what each shows, and what it says in words, with figures of the account alone."""

from collections.abc import Iterator, Sequence

from harvester.review.blocks import Block, Columns, Dot, Grid, Picture, Plane, Rows, Series, Sets, Text
from harvester.review.citing import Citing, ShareOf
from harvester.review.facts import Account
from harvester.review.figures import Figure
from harvester.review.items import figure_text, listed_in_words
from harvester.review.overview import FILES, ORIGINS, Together
from harvester.review.running import name_of

__all__ = ["at_a_glance", "coverage_of_seeds"]

SPAN = 80
"""So many years have a column of their own; those before and after stand together."""

COMBINATIONS = 15
"""So many combinations of indexes have a column of their own."""

NAMED = 8
"""So many communities have a colour and a name on the map."""


def at_a_glance(account: Account) -> Iterator[Block]:
    """Show what was found by year, by index and by community; what cannot be shown is said in a sentence."""
    if not account.held.works.number:
        yield Text("No work that a source describes is in this library: there is nothing to look at.")
        return
    yield _years(account)
    yield _indexes("works-by-index", "Works by the indexes that describe them", "works", account.overview.works)
    citations = account.overview.citations
    if citations:
        yield _indexes("citations-by-index", "Citations by the indexes that state them", "citations", citations)
    yield _map(account)


def _total(parts: Sequence[Figure]) -> int:
    return sum(part.number for part in parts)


# -- by year -------------------------------------------------------------------------------------------


def _years(account: Account) -> Block:
    told = account.overview
    if not told.years:
        return Text(f"None of the {figure_text(account.held.works)} works has a year of publication.")
    counted = {(each.year, each.origin): each.works.number for each in told.years}
    years = sorted({each.year for each in told.years})
    first, last = _window(years, counted)
    names = [str(year) for year in range(first, last + 1)]
    columns = [[counted.get((year, origin), 0) for year in range(first, last + 1)] for origin in ORIGINS]
    before = [sum(n for (year, how), n in counted.items() if how == origin and year < first) for origin in ORIGINS]
    after = [sum(n for (year, how), n in counted.items() if how == origin and year > last) for origin in ORIGINS]
    if any(before):
        names, columns = [f"before {first}", *names], [[n, *rest] for n, rest in zip(before, columns, strict=True)]
    if any(after):
        names, columns = [*names, f"after {last}"], [[*rest, n] for n, rest in zip(after, columns, strict=True)]
    series = tuple(
        Series(_opened(origin), tuple(numbers))
        for origin, numbers in zip(ORIGINS, columns, strict=True)
        if any(numbers)
    )
    by_year = {year: sum(n for (when, _), n in counted.items() if when == year) for year in years}
    most = max(years, key=lambda year: (by_year[year], -year))
    span = (
        f"Years go from {years[0]} to {years[-1]}; most works, {by_year[most]:,}, are of {most}."
        if len(years) > 1
        else f"All that have a year are of {most}."
    )
    ways = [f"{figure_text(each)} {each.name.removeprefix('works ')}" for each in told.origins if each.number]
    return Picture(
        "years",
        "Works by year of publication",
        f"Works that a source describes: {figure_text(account.held.works)}, of which {listed_in_words(ways)}. {span}"
        f" Without a year: {figure_text(told.yearless)}.",
        Columns("works", tuple(names), series),
        (
            Grid(
                "Works by year of publication, by how they were found",
                ("Year", *map(_opened, ORIGINS), "All"),
                tuple((str(year), *(counted.get((year, each)) for each in ORIGINS), by_year[year]) for year in years),
                frozenset(range(1, len(ORIGINS) + 2)),
            ),
        ),
    )


def _window(years: Sequence[int], counted: dict[tuple[int, str], int]) -> tuple[int, int]:
    """Find the years that have columns: all of them, or the span that holds most works, the latest such."""
    if years[-1] - years[0] < SPAN:
        return years[0], years[-1]

    def held(last: int) -> int:
        return sum(number for (year, _), number in counted.items() if last - SPAN < year <= last)

    last = max(years, key=lambda year: (held(year), year))
    return min(year for year in years if year > last - SPAN), last


def _opened(text: str) -> str:
    return f"{text[0].upper()}{text[1:]}"


# -- by index ------------------------------------------------------------------------------------------


def _called(index: str) -> str:
    return "Files of records" if index == FILES else name_of(index)


def _indexes(name: str, title: str, what: str, together: Sequence[Together]) -> Block:
    """Show which indexes know what; where there is one alone, there is nothing to compare."""
    everything = _total([each.number for each in together])
    known = [each for each in together if each.indexes]
    indexes = list(dict.fromkeys(index for each in known for index in each.indexes))
    totals = {index: _total([each.number for each in known if index in each.indexes]) for index in indexes}
    indexes.sort(key=lambda index: -totals[index])
    if len(indexes) < 2:
        return Text(
            f"All {what} here ({everything:,}) come from {_called(indexes[0]) if indexes else 'no index'} alone."
        )
    shares = listed_in_words(
        [f"{_called(index)} {totals[index]:,} ({totals[index] / everything:.1%})" for index in indexes]
    )
    # What several indexes know, not what only one of them does.
    several = _total([each.number for each in known if len(each.indexes) > 1])
    rest = known[COMBINATIONS:]
    left = f" The picture leaves out {len(rest):,} rare combinations; the table has them." if rest else ""
    return Picture(
        name,
        title,
        f"{_opened(what)} here: {everything:,}. Known to {shares}. To more than one of them:"
        f" {several:,} ({several / everything:.1%}).{left}",
        Sets(
            what,
            tuple((_called(index), totals[index]) for index in indexes),
            tuple((tuple(map(_called, each.indexes)), each.number.number) for each in known[:COMBINATIONS]),
        ),
        (
            Grid(
                f"{title}, each combination counted once",
                ("Known to exactly", _opened(what), "Share"),
                tuple(
                    (
                        listed_in_words([_called(index) for index in each.indexes]) or "no index",
                        each.number.number,
                        f"{each.number.number / everything:.1%}",
                    )
                    for each in together
                ),
                frozenset((1, 2)),
            ),
        ),
    )


# -- communities ---------------------------------------------------------------------------------------


def _map(account: Account) -> Block:
    told = account.overview.map
    if not told.listed:
        return Text("No work here cites another one that is here: there are no communities to show.")
    shown = len(told.dots)
    sample = (
        f"The map shows the {shown:,} works with most citations, of {figure_text(told.linked)} that cite or are cited"
        " here; communities were found among all of them."
        if shown < told.linked.number
        else f"The map shows all {shown:,} works that cite or are cited here."
    )
    named = "; ".join(
        f"{figure_text(each.works)} works on {', '.join(each.terms)}"
        if each.terms
        else f"{figure_text(each.works)} works without titles"
        for each in told.listed[:3]
    )
    return Picture(
        "communities",
        "Communities of works that cite each other",
        f"{figure_text(told.communities)} {'community' if told.communities.value == 1 else 'communities'} (Leiden,"
        f" resolution 1, modularity {figure_text(told.modularity)}). The largest: {named}. {sample} The numbers on"
        " it are those of the table, which names communities by the terms that set their titles apart.",
        Plane(
            tuple(Dot(each.community, each.x, each.y, each.links) for each in told.dots),
            told.links,
            tuple(", ".join(each.terms) for each in told.listed[:NAMED]),
            f"other communities ({told.communities.number - NAMED:,})",
        ),
        (
            Grid(
                f"The {'largest ' if told.communities.number > len(told.listed) else ''}communities",
                ("Community", "Works", "Terms", "Cited most here"),
                tuple((each.number, each.works.number, ", ".join(each.terms), each.leader) for each in told.listed),
                frozenset((0, 1)),
            ),
        ),
    )


# -- coverage of seeds ---------------------------------------------------------------------------------


def coverage_of_seeds(each: Citing) -> Iterator[Block]:
    """Show what became of what each index lists for the seeds of a citation search; its tables are beside it."""
    shares = [share for share in each.shares if _listed(share)]
    if not shares:
        return
    found = [
        f"{share.direction} {name_of(share.index)} {figure_text(share.works)} of {figure_text(share.union)}"
        f" ({share.works.number / share.union.number:.1%})"
        for share in shares
        if share.union.number
    ]
    kinds = (
        ("Matched to a work", "matched"),
        ("In words only, no work found", "unmatched"),
        ("Listed twice", "duplicate"),
        ("Failed", "failed"),
        ("Beyond the cap", "capped"),
        ("Reported, not delivered", "undelivered"),
    )
    series = tuple(
        Series(name, tuple(max(getattr(share, field).number, 0) for share in shares)) for name, field in kinds
    )
    yield Picture(
        f"coverage-{each.run.id}",
        f"Run {each.run.id}: what each index lists for the seeds, and what became of it",
        f"Citations of seeds that each index knew, of those that all know together: {listed_in_words(found) or 'none'}."
        f" References of seeds that lead to no work: {figure_text(each.unmatched)}. The tables below have all numbers.",
        Rows(
            "entries of lists",
            tuple(f"{share.direction}, {name_of(share.index)}" for share in shares),
            tuple(one for one in series if any(one.numbers)),
            tuple(
                f"({share.works.number / share.union.number:.0%} of all)" if share.union.number else ""
                for share in shares
            ),
        ),
    )


def _listed(share: ShareOf) -> bool:
    parts = (share.matched, share.unmatched, share.duplicate, share.failed, share.capped, share.undelivered)
    return any(part.number > 0 for part in parts)
