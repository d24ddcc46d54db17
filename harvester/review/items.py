"""What reporting guidelines ask for, item by item: what the library supplies, and what is the authors' to write.

The sixteen items of PRISMA-S are those of Rethlefsen et al. 2021 (Systematic Reviews 10:39), by number and subject. Of
the TARCiS statement (BMJ 2024;385:e078384) the recommendations are given by subject.
"""

from collections.abc import Iterator, Sequence
from typing import NamedTuple

from harvester.review.boxes import Standing, boxes
from harvester.review.carving import Carving
from harvester.review.citing import Citing
from harvester.review.facts import Account
from harvester.review.figures import Figure
from harvester.review.running import name_of
from harvester.review.searching import Searching

__all__ = ["Item", "counted", "figure_text", "listed_in_words", "prisma_boxes", "prisma_s", "tarcis"]

SUPPLIED: Standing = "supplied"
PARTLY: Standing = "partly"
YOURS: Standing = "yours to write"


class Item(NamedTuple):
    """One item: what it asks for, how much of it is here, and what there is or what is left."""

    number: str
    subject: str
    standing: Standing
    text: str


def figure_text(figure: Figure) -> str:
    """Write a figure for people; what is not on record is said to be so.

    >>> figure_text(Figure("works", 4000, "")), figure_text(Figure("works", None, ""))
    ('4,000', 'not recorded')
    """
    value = figure.value
    return "not recorded" if value is None else f"{value:,}" if isinstance(value, int) else value


def counted(figure: Figure, noun: str) -> str:
    """Write how many there are of something.

    >>> counted(Figure("works", 1, ""), "work"), counted(Figure("works", 1200, ""), "work")
    ('1 work', '1,200 works')
    """
    return f"{figure_text(figure)} {noun}{'' if figure.value == 1 else 's'}"


def listed_in_words(parts: Sequence[str]) -> str:
    """Join parts as a sentence does.

    >>> listed_in_words(["OpenAlex", "Crossref", "OpenCitations"])
    'OpenAlex, Crossref and OpenCitations'
    """
    return " and ".join(filter(None, (", ".join(parts[:-1]), *parts[-1:])))


# -- PRISMA-S ------------------------------------------------------------------------------------------


def prisma_s(account: Account) -> tuple[Item, ...]:
    """Give the sixteen items of PRISMA-S."""
    return (
        _databases(account),
        Item("2", "Multi-database searching", *_multi_database(account)),
        Item("3", "Study registries", YOURS, "No search of a registry is on record."),
        Item("4", "Online resources and browsing", YOURS, "Nothing of this is on record."),
        _citation_searching(account),
        Item("6", "Contacts", YOURS, "Nothing of this is on record."),
        Item("7", "Other methods", YOURS, _other_methods(account)),
        _strategies(account),
        _limits(account),
        Item("10", "Search filters", *_filters(account)),
        Item("11", "Prior work", *_prior_work(account)),
        Item("12", "Updates", *_updates(account)),
        _dates(account),
        Item("14", "Peer review", YOURS, "Whether the strategy was reviewed by peers is not on record."),
        _totals(account),
        _deduplication(account),
    )


def _databases(account: Account) -> Item:
    """Name what was searched; an index that only described works that others had listed is told apart."""
    used = {each.name: str(each.interface) for each in account.searches}
    asked = {one.index: str(one.interface) for each in account.citation_searches for one in each.indexes}
    through = dict.fromkeys(index for each in account.citation_searches for index in each.through)
    for index in through:
        used.setdefault(name_of(index), asked.get(index, "by the lists in records that were here already"))
    used |= {each.name: f"files of {each.format} in {each.snapshot}, {each.days}" for each in account.carves}
    files = list(dict.fromkeys(name_of(each.label) for each in account.own_files))
    if not used and not files:
        return Item("1", "Database name", YOURS, "No search of a database is on record.")
    told = [f"{name}: {where}" for name, where in used.items()]
    others = [name_of(index) for index in asked if index not in through and name_of(index) not in used]
    if others:
        told.append(f"asked for descriptions of works and not searched: {listed_in_words(others)}")
    if files:
        told.append(f"records from files labelled {listed_in_words(files)}, whose platforms are yours to name")
    return Item("1", "Database name", PARTLY if files else SUPPLIED, "; ".join(told))


def _multi_database(account: Account) -> tuple[Standing, str]:
    if account.own_files:
        return PARTLY, "Whether databases in the files were searched together on one platform is not on record."
    if account.searches:
        return SUPPLIED, "Each index was searched by itself, at its own interface."
    if account.carved_searches:
        return SUPPLIED, "A snapshot of OpenAlex was searched by itself."
    return YOURS, "No search of a database is on record."


def _citation_searching(account: Account) -> Item:
    if not account.citation_searches and not account.carved_citations:
        return Item("5", "Citation searching", YOURS, "No citation search is on record.")
    told = [
        f"run {each.run.id}: {listed_in_words(each.directions)} from {figure_text(each.given)} seed"
        f" reference{'' if each.given.value == 1 else 's'} through"
        f" {listed_in_words(list(map(name_of, each.through))) or 'no index'};"
        f" {_giving(each)} gave citations"
        for each in account.citation_searches
    ]
    told += [_carved_by_citations(each) for each in account.carved_citations]
    return Item("5", "Citation searching", _finished(account, "chase", "carve"), "; ".join(told))


def _carved_by_citations(each: Carving) -> str:
    return (
        f"run {each.run.id}: {listed_in_words(each.directions)} from {counted(each.selected, 'work')} selected,"
        f" {each.rounds:,} round{'' if each.rounds == 1 else 's'} at most, by the lists of references in {each.name}"
    )


def _giving(each: Citing) -> str:
    if each.united == each.through:
        return "all of these"
    return listed_in_words(list(map(name_of, each.united))) or "none of them"


def _other_methods(account: Account) -> str:
    named = [each.given for each in account.lookups if each.run.command == "doi"]
    named += [each.given for each in account.carves if not each.is_search and not each.repeats]
    if not named:
        return "Nothing of this is on record."
    works = sum(given.number for given in named)
    return f"{works:,} works were named by identifier; where these identifiers came from is yours to write."


def _strategies(account: Account) -> Item:
    told = []
    if account.searches:
        told.append("every search is given in this account as it was run, with each question as it was sent")
    if account.carved_searches:
        told.append("what was searched for in a snapshot is given in this account as it was run")
    if account.own_files:
        told.append("the searches that the files come from are not on record")
    searched = account.searches or account.carved_searches
    standing = YOURS if not searched else PARTLY if account.own_files else SUPPLIED
    return Item("8", "Full search strategies", standing, _sentence(told) or "No search by words is on record.")


def _limits(account: Account) -> Item:
    searches: tuple[Searching | Carving, ...] = (*account.searches, *account.carves)
    if not searches:
        return Item("9", "Limits and restrictions", YOURS, "No search by words is on record.")
    limits = {f"{each.name}, run {each.run.id}: {', '.join(each.limits)}" for each in searches if each.limits}
    text = f"{'; '.join(sorted(limits))}. " if limits else "No limit beside the expressions themselves. "
    text += "Limits of year, type, language or access stand in the expression; the reasons for them are yours to write."
    return Item("9", "Limits and restrictions", PARTLY, text)


def _filters(account: Account) -> tuple[Standing, str]:
    if not account.searches and not account.carved_searches:
        return YOURS, "No search by words is on record."
    return PARTLY, "Whatever filter was used stands in the strategy as run; whether it is a published one is not said."


def _prior_work(account: Account) -> tuple[Standing, str]:
    if any(each.strategy for each in account.searches):
        return PARTLY, "The strategy is on record line by line; whether it was taken from earlier work is not."
    return YOURS, "Whether strategies were taken from earlier work is not on record."


def _updates(account: Account) -> tuple[Standing, str]:
    asked: dict[tuple[str, str], list[str]] = {}
    for each in account.searches:
        asked.setdefault((each.index, each.searched), []).append(each.run.day)
    again = [f"{name_of(index)} on {listed_in_words(days)}" for (index, _), days in asked.items() if len(days) > 1]
    again += [
        f"the citation search of run {each.run.repeats} on {each.run.day}"
        for each in account.citation_searches
        if each.run.repeats
    ]
    again += [
        f"the {'search' if each.is_search else 'carve'} of run {each.repeats} on {each.run.day}, of {each.name}"
        for each in account.carves
        if each.repeats and (each.is_search or each.directions)
    ]
    since = dict.fromkeys(each.indexed_since for each in account.searches if each.indexed_since)
    if since:
        again.append(f"Crossref was asked then for what it had indexed since {listed_in_words([*map(str, since)])}")
    if again:
        return SUPPLIED, f"The same search was run again: {'; '.join(again)}."
    if asked or account.citation_searches or account.carves:
        return PARTLY, "No search was run a second time in this library; updates by other means are yours to write."
    return YOURS, "No search is on record."


def _dates(account: Account) -> Item:
    told = [
        f"{each.name} (run {each.run.id}): {_days(each.first_answer, each.last_answer)}" for each in account.searches
    ]
    for each in account.citation_searches:
        days = [_days(one.first_answer, one.last_answer) for one in each.indexes]
        told.append(f"citation search (run {each.run.id}): {listed_in_words(list(dict.fromkeys(days)))}")
    told += [
        f"{each.name}{'' if each.date else f' in {each.snapshot}'} (run {each.run.id}): {each.days}; its files were"
        f" read {_days(each.first_answer, each.last_answer)}"
        for each in account.carves
    ]
    if not told:
        return Item("13", "Dates of searches", YOURS, "No search is on record.")
    cached = any(each.from_cache.number for each in account.searches) or any(
        one.from_cache.number for each in account.citation_searches for one in each.indexes
    )
    if cached:
        told.append("some answers came from the cache of this program, when the indexes gave them is not on record")
    if account.own_files:
        told.append("when the searches of the files were run is yours to write")
    standing = PARTLY if cached or account.own_files else _finished(account, "search", "chase", "carve")
    return Item("13", "Dates of searches", standing, _sentence(told))


def _days(first: Figure, last: Figure) -> str:
    days = dict.fromkeys(str(each.value)[:10] for each in (first, last) if each.value)
    return " to ".join(days) or "no answer yet"


def _totals(account: Account) -> Item:
    told = [
        f"{each.name} (run {each.run.id}) {figure_text(each.reported)} reported, {figure_text(each.received)} received,"
        f" {figure_text(each.kept)} works found"
        for each in account.searches
    ]
    told += [f"{name_of(each.label)} {figure_text(each.records)} records" for each in account.own_files]
    told += [f"citation search (run {each.run.id}) {figure_text(each.listed)}" for each in account.citation_searches]
    told += [
        f"{each.name} (run {each.run.id}) {figure_text(each.works_read)} works read, {figure_text(each.selected)}"
        + (f" selected, {figure_text(each.around)} around these" if each.directions else " selected")
        for each in account.carves
    ]
    standing = _finished(account, "search", "chase", "carve") if told else YOURS
    return Item("15", "Total records", standing, _sentence(told) or "No search is on record.")


def _deduplication(account: Account) -> Item:
    told = account.duplicates
    if not told.identified.number and not account.citation_searches:
        return Item("16", "Deduplication", YOURS, "No record was identified by a search.")
    text = (
        f"With citation-harvester {listed_in_words(account.program.used)}: records that carry the same identifier are"
        f" one work ({figure_text(told.repeated)} repeated, {figure_text(told.identifier)} by identifier); by the rules"
        f" of dedupe {figure_text(told.rule)} more, by hand {figure_text(told.hand)}."
    )
    if not told.dedupes:
        text += " dedupe, which compares descriptions, was not run."
    return Item("16", "Deduplication", SUPPLIED, text)


def _finished(account: Account, *commands: str) -> Standing:
    return PARTLY if any(run.command in commands for run in account.unfinished) else SUPPLIED


def _sentence(parts: list[str]) -> str:
    text = "; ".join(parts)
    return f"{text[0].upper()}{text[1:]}." if text else ""


# -- TARCiS --------------------------------------------------------------------------------------------


def tarcis(account: Account) -> tuple[Item, ...]:
    """Give what the TARCiS statement asks for, by subject."""
    if not account.citation_searches and account.carved_citations:
        text = f"{'; '.join(map(_carved_by_citations, account.carved_citations))}. One index alone was searched."
        return (Item("", "Citation searching", PARTLY, text),)
    if not account.citation_searches:
        return (Item("", "Citation searching", YOURS, "No citation search is on record."),)
    return tuple(Item("", subject, standing, text) for subject, standing, text in _tarcis(account))


def _tarcis(account: Account) -> Iterator[tuple[str, Standing, str]]:
    searches = account.citation_searches
    carved = account.carved_citations
    followed: tuple[Citing | Carving, ...] = (*searches, *carved)
    directions = dict.fromkeys(direction for each in followed for direction in each.directions)
    by_carves = "; ".join(map(_carved_by_citations, carved))
    yield "Terms", SUPPLIED, "Backward, forward, co-cited, co-citing and seed reference are the statement's own words."
    both = directions.keys() >= {"backward", "forward"}
    text = f"Searched {listed_in_words(list(directions))}."
    if carved:
        text += f" Out of a snapshot: {by_carves}."
    yield "Both directions", SUPPLIED, text if both else f"{text} The reason for leaving one out is yours to write."
    origins = dict.fromkeys(f"{name} ({number:,})" for each in searches for name, number in each.origins)
    text = f"Listed in this account with where each came from: {', '.join(origins) or 'none'}."
    yield "Seed references", PARTLY, f"{text} Whether these are all the records that are included is yours to say."
    abstracts = ", ".join(f"{each.with_abstract.number:,} of {each.described.number:,}" for each in searches)
    yield "Titles and abstracts", SUPPLIED, f"Works found that have an abstract: {abstracts}."
    united = dict.fromkeys(name_of(index) for each in searches for index in each.united)
    text = f"United: {listed_in_words(list(united)) or 'none'}; the share of each is given with the citation search."
    if carved:
        text += f" Not united with these: {by_carves}."
    yield "At least two citation indexes", SUPPLIED if len(united) > 1 else PARTLY, text
    yield ("Deduplicate before screening", *_before_screening(account))
    rounds = ", ".join(f"{len(each.rounds):,}" for each in searches)
    judged = all(each.scope.keep and "decision:include" in each.scope.keep for each in searches if len(each.rounds) > 1)
    yield (
        "Iterate on newly eligible records",
        SUPPLIED if judged and any(len(each.rounds) > 1 for each in searches) else PARTLY,
        f"Rounds: {rounds}. {_kept(account)}",
    )
    alone = not account.searches and not account.own_files and not account.carved_searches
    yield (
        "Not as the only method",
        YOURS if alone else SUPPLIED,
        "No other search is on record here." if alone else "Searches by words or files of records are on record too.",
    )
    reasons = listed_in_words([each.stop_reason or "not at its end yet" for each in searches])
    text = f"Seeds, directions, dates, indexes, tools, rounds and deduplication are on record; it ended: {reasons}."
    whole = account.screening.files and not account.unfinished
    left = "" if account.screening.files else " Screening is not, and is yours to write."
    yield "Report of the search", SUPPLIED if whole else PARTLY, text + left


def _before_screening(account: Account) -> tuple[Standing, str]:
    dedupes, files = account.duplicates.dedupes, account.screening.files
    if not dedupes:
        return PARTLY, "Records with the same identifier are one work; dedupe was not run."
    days = listed_in_words(list(dict.fromkeys(run.day for run in dedupes)))
    if files and dedupes[0].id < files[0].run.id:
        return SUPPLIED, f"dedupe was run on {days}, before the first decisions came in."
    return PARTLY, f"dedupe was run on {days}; when the records were screened is yours to say."


def _kept(account: Account) -> str:
    filters = dict.fromkeys(
        each.scope.keep or "everything that was found" for each in account.citation_searches if len(each.rounds) > 1
    )
    return f"Seeds of later rounds: {'; '.join(filters)}." if filters else "There was no later round."


# -- PRISMA 2020 ---------------------------------------------------------------------------------------


def prisma_boxes(account: Account) -> tuple[Item, ...]:
    """Give the boxes of the PRISMA 2020 flow diagram as items."""
    columns = {"databases": "databases and registers", "other": "other methods", "both": ""}
    return tuple(
        Item(
            columns[box.column],
            box.title,
            box.standing,
            "; ".join(
                f"{entry.label.removeprefix('– ')} {figure_text(entry.figure) if entry.figure else '(yours)'}".strip()
                for entry in box.entries
            )
            + (f". {box.note}" if box.note else ""),
        )
        for box in boxes(account)
    )
