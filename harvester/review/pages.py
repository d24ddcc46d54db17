"""The account as pages: sections of plain blocks, which every format lays out in its own way."""

from collections.abc import Iterator

from harvester.review.blocks import Block, Cell, Code, Flow, Grid, Listing, Picture, Section, Text
from harvester.review.boxes import boxes
from harvester.review.carving import Carving
from harvester.review.charts import at_a_glance, coverage_of_seeds
from harvester.review.citing import Citing
from harvester.review.facts import Account
from harvester.review.figures import Figure
from harvester.review.flow import described, flow_svg
from harvester.review.items import Item, figure_text, listed_in_words, prisma_boxes, prisma_s, tarcis
from harvester.review.paragraph import paragraphs
from harvester.review.running import name_of, pages_as_one
from harvester.review.searching import Searching

__all__ = ["sections"]

MOST = 100
"""So many lines of one kind are shown; what a reader has to see whole, such as seeds, is not cut."""


def sections(account: Account) -> tuple[Section, ...]:
    """Lay the account out; a section about something of which nothing is on record says so."""
    return tuple(
        Section(title, tuple(blocks))
        for title, blocks in (
            ("The search in words", _words(account)),
            ("Flow diagram", _flow(account)),
            ("At a glance", at_a_glance(account)),
            ("Searches as they were run", _searches(account)),
            ("Carved out of a snapshot", _carves(account)),
            ("Files of records", _files(account)),
            ("Works named by identifier", _lookups(account)),
            ("Citation searching", _citations(account)),
            ("Duplicates", _duplicates(account)),
            ("Screening", _screening(account)),
            ("Abstracts and retractions", _held(account)),
            ("References", _references(account)),
            ("Errors, and what was done", _troubles(account)),
            ("PRISMA-S", _items(prisma_s(account), "The sixteen items of PRISMA-S")),
            ("TARCiS", _items(tarcis(account), "What the TARCiS statement asks for, by subject")),
            ("PRISMA 2020", _items(prisma_boxes(account), "The boxes of the flow diagram")),
            ("Do it again", _again(account)),
        )
    )


def _grid(caption: str, headings: str, rows: list[tuple[Cell, ...]], numbers: str = "") -> Grid:
    names = tuple(headings.split("|"))
    return Grid(caption, names, tuple(rows), frozenset(names.index(name) for name in numbers.split("|") if name))


def _shown(figure: Figure) -> Cell:
    return figure.value if isinstance(figure.value, int) else figure_text(figure)


def _words(account: Account) -> Iterator[Block]:
    if account.replicas:
        yield Text(
            "These are not results of the public indexes: a replica of them was asked, at"
            f" {listed_in_words(account.replicas)}.",
            warns=True,
        )
    for run in account.unfinished:
        yield Text(
            f"Run {run.id} ({run.command}) did not come to its end; what is said here may still change."
            f" {run.reason or ''}".rstrip(),
            warns=True,
        )
    mistakes = [sentence for each in account.citation_searches for sentence in each.mistakes]
    yield from (Text(sentence, warns=True) for sentence in mistakes)
    found = paragraphs(account)
    yield from map(Text, found)
    if not found:
        yield Text("Nothing is on record in this library.")


def _flow(account: Account) -> Iterator[Block]:
    yield Text(
        "A dashed box holds numbers that are not on record, for the authors to fill in. Records identified are counted"
        " before duplicates are removed."
    )
    yield Picture("flow", "PRISMA 2020 flow diagram", described(account), Flow(flow_svg(account), boxes(account)))


# -- searches ------------------------------------------------------------------------------------------


def _searches(account: Account) -> Iterator[Block]:
    if not account.searches:
        below = " in an index is on record; what was searched for in a snapshot stands below"
        yield Text(f"No search by words{below if account.carved_searches else ' is on record'}.")
        return
    yield _grid(
        "Searches by words: counts as the index reported them, and as they were received",
        "Run|Index|First answer|Last answer|Reported|Received|Found|Not satisfying|Not judged|Missing|From the cache",
        [
            (
                each.run.id,
                each.name,
                *map(_shown, (each.first_answer, each.last_answer, each.reported, each.received, each.kept)),
                *map(_shown, (each.outside, each.unjudged, each.short, each.from_cache)),
            )
            for each in account.searches
        ],
        "Run|Reported|Received|Found|Not satisfying|Not judged|Missing|From the cache",
    )
    for each in account.searches:
        yield from _search(each)


def _search(each: Searching) -> Iterator[Block]:
    yield Text(f"Run {each.run.id}, {each.name}, {each.interface}. As it was given:")
    yield Code(tuple(f"{label} {line}" for label, line in each.strategy) or (each.text,))
    yield Text("As it was searched, in the language of this program:")
    yield Code((each.searched,))
    where = "titles, abstracts and full texts" if each.fulltext else "titles and abstracts"
    told = (
        ("corpus", each.corpus),
        ("searched in", where if each.index == "openalex" else None),
        ("words", "as they are written" if each.is_exact else "with their inflected forms"),
        ("limits", listed_in_words(each.limits) or "none beside the expression"),
        ("program", f"citation-harvester {each.run.version}"),
    )
    yield Listing((*(f"{name}: {value}" for name, value in told if value), *each.changes))
    yield _grid(
        f"Run {each.run.id}, {each.name}: every question as it was sent",
        "Question|Reported|Received|Missing|Answers|State|Detail",
        [
            (one.url, one.reported, one.received, one.short, one.requests, one.state, one.detail)
            for one in each.questions
        ],
        "Reported|Received|Missing|Answers",
    )


def _carves(account: Account) -> Iterator[Block]:
    if not account.carves:
        yield Text("Nothing was carved out of a snapshot.")
        return
    yield _grid(
        "Snapshots of OpenAlex that works were carved out of",
        "Run|Snapshot|Of|Format|First change|Last change|Files|Works|Read|Selected|Around these|Not found",
        [
            (
                each.run.id,
                each.snapshot,
                each.date or "not known",
                each.format,
                each.first_change or "not known",
                each.last_change or "not known",
                each.files,
                "not known" if each.works is None else each.works,
                *map(_shown, (each.works_read, each.selected, each.around, each.missing)),
            )
            for each in account.carves
        ],
        "Run|Files|Works|Read|Selected|Around these|Not found",
    )
    for each in account.carves:
        yield from _carve(each)


def _carve(each: Carving) -> Iterator[Block]:
    if each.is_search:
        yield Text(f"Run {each.run.id}, {each.name}. As it was given:")
        yield Code((each.text,))
        yield Text("As it was searched, in the language of this program:")
        yield Code((each.searched,))
    else:
        yield Text(f"Run {each.run.id}, {each.name}: works named by identifier.")
    linked = f"{listed_in_words(each.directions)}, {each.rounds:,} round{'' if each.rounds == 1 else 's'} at most"
    again = f"run {each.repeats}; {figure_text(each.fresh)} of the works selected are new"
    told = (
        ("repeats", again if each.repeats else None),
        ("corpus", each.corpus if each.is_search else None),
        ("searched in", "titles and abstracts" if each.is_search else None),
        ("words", ("as they are written" if each.is_exact else "with their inflected forms") if each.text else None),
        ("limits", listed_in_words(each.limits) or "none"),
        ("citations followed", linked if each.directions else "none"),
        ("works named", figure_text(each.given) if not each.is_search else None),
        ("files read", f"{figure_text(each.files_read)} of {each.files:,}, {each.bytes:,} bytes in all"),
        ("read", f"{figure_text(each.first_answer)} to {figure_text(each.last_answer)}"),
        ("files by name, SHA-256", each.fingerprint),
        ("program", f"citation-harvester {each.run.version}"),
    )
    yield Listing((*(f"{name}: {value}" for name, value in told if value), *each.changes, *each.problems))


def _files(account: Account) -> Iterator[Block]:
    if not account.files:
        yield Text("No file of records was brought in.")
        return
    yield _grid(
        "Files of records; the database and the date of the search behind each are the authors' to name",
        "Run|Brought in|File|Label|Format|Records|Not read|Works|Counts as|SHA-256",
        [
            (
                each.run.id,
                each.run.day,
                each.file,
                name_of(each.label),
                each.format,
                *map(_shown, (each.records, each.unread, each.works)),
                f"seeds of run {each.seeds_of}"
                if each.seeds_of
                else f"the file of run {each.repeats} again"
                if each.repeats
                else "records identified",
                each.checksum,
            )
            for each in account.files
        ],
        "Run|Records|Not read|Works",
    )


def _lookups(account: Account) -> Iterator[Block]:
    if not account.lookups:
        yield Text("No work was asked for by its identifier.")
        return
    yield _grid(
        "Works asked for by identifier: those that were named (doi), and those known only by being cited (fill)",
        "Run|Day|Command|Asked for|Found|Not at any index|Failed|Waiting|Not understood",
        [
            (
                each.run.id,
                each.run.day,
                each.run.command,
                *map(_shown, (each.given, each.found, each.missing, each.failed, each.waiting, each.not_understood)),
            )
            for each in account.lookups
        ],
        "Run|Asked for|Found|Not at any index|Failed|Waiting|Not understood",
    )


# -- citations -----------------------------------------------------------------------------------------


def _citations(account: Account) -> Iterator[Block]:
    if not account.citation_searches:
        yield Text("No citation search is on record.")
    for each in account.citation_searches:
        yield from _citation(each)


def _citation(each: Citing) -> Iterator[Block]:
    called, scope = f"Run {each.run.id}", each.scope
    yield Text(
        f"{called}, {each.run.day}: {listed_in_words(each.directions)}, {scope.rounds:,} rounds at most, seeds of later"
        f" rounds: {scope.keep or 'all that was found'}. Works with more than {scope.hub:,} links make nothing"
        f" co-cited or co-citing; co-citing works share {scope.shared:,} references with a seed at least. Citing works"
        " taken of a seed:"
        f" {_at_most(scope.most_citing)}; works described in a round: {_at_most(scope.most_works)}. With"
        f" citation-harvester {each.run.version}."
    )
    yield _grid(
        f"{called}: rounds",
        "Round|Begun|Seeds|Where they came from|Why it was the last",
        [
            (
                one.number,
                one.started,
                _shown(one.seeds),
                ", ".join(f"{name} ({number:,})" for name, number in one.origins),
                one.ended,
            )
            for one in each.rounds
        ],
        "Round|Seeds",
    )
    yield _grid(
        f"{called}: records identified, before duplicates are removed, and the works that these are",
        "Direction|Records|Works",
        [
            *((one.direction, _shown(one.listed), _shown(one.works)) for one in each.towards),
            ("all", _shown(each.listed), _shown(each.works)),
            ("besides seed references", None, _shown(each.found)),
        ],
        "Records|Works",
    )
    yield from coverage_of_seeds(each)
    yield _grid(
        f"{called}: indexes united, and the share of each in the citations of seeds",
        "Direction|Index|Citations|Of all|Share|At this one alone",
        [
            (
                one.direction,
                name_of(one.index),
                *map(_shown, (one.works, one.union)),
                f"{one.works.number / one.union.number:.1%}" if one.union.number else None,
                _shown(one.alone),
            )
            for one in each.shares
        ],
        "Citations|Of all|Share|At this one alone",
    )
    yield _grid(
        f"{called}: what each index says that it lists for all seeds, and what became of it",
        "Direction|Index|Reported|Matched|In words only|Duplicate|Failed|Beyond the cap|Not delivered",
        [
            (
                one.direction,
                name_of(one.index),
                *map(_shown, (one.reported, one.matched, one.unmatched, one.duplicate, one.failed)),
                *map(_shown, (one.capped, one.undelivered)),
            )
            for one in each.shares
        ],
        "Reported|Matched|In words only|Duplicate|Failed|Beyond the cap|Not delivered",
    )
    yield _grid(
        f"{called}: interfaces and dates",
        "Index|Interface|Answers|From the cache|First answer|Last answer",
        [
            (
                name_of(one.index),
                str(one.interface),
                *map(_shown, (one.requests, one.from_cache, one.first_answer, one.last_answer)),
            )
            for one in each.indexes
        ],
        "Answers|From the cache",
    )
    yield _grid(
        f"{called}: seed references of the first round",
        "As given|Came from|Work|Title|Remark",
        [(one.given, one.origin, one.key, one.title, one.remark) for one in each.seeds],
    )
    told = _first(
        (*each.alarms, *each.shortfalls), "of what should alarm; harvester coverage tells the last search whole"
    )
    if each.not_understood.number:
        told.append(f"{each.not_understood.number:,} of what was given as seeds names no work")
    told.append(f"references of seeds that lead to no work: {figure_text(each.unmatched)}")
    yield Listing(tuple(told))


def _first(lines: tuple[str, ...], what: str) -> list[str]:
    """Give as many lines as people read, and say how many more there are."""
    return [*lines[:MOST], *([f"and {len(lines) - MOST:,} more {what}"] if len(lines) > MOST else [])]


def _at_most(number: int | None) -> str:
    return "all" if number is None else f"{number:,} at most"


# -- the rest ------------------------------------------------------------------------------------------


def _figures(*figures: Figure) -> list[tuple[Cell, ...]]:
    return [(figure.name, _shown(figure)) for figure in figures]


def _duplicates(account: Account) -> Iterator[Block]:
    told = account.duplicates
    yield _grid(
        "Records identified by searches by words and by files, and what was removed",
        "What|Number",
        _figures(told.identified, told.repeated, told.identifier, told.rule, told.hand, told.total, told.works),
        "Number",
    )
    days = listed_in_words([f"{run.day} (version {run.version})" for run in told.dedupes])
    yield Text(f"dedupe was run on {days}." if days else "dedupe, which compares descriptions, was not run.")
    yield _grid(
        "In the whole library",
        "What|Number",
        _figures(told.joined, told.related, told.said_same, told.said_different),
        "Number",
    )


def _screening(account: Account) -> Iterator[Block]:
    told = account.screening
    if not told.files:
        yield Text("No decisions were brought in: screening is the authors' to report.")
        return
    yield _grid(
        "Decisions, the last one on each work; at which stage they were taken is the authors' to say",
        "What|Number",
        _figures(told.screened, told.included, told.excluded, told.undecided),
        "Number",
    )
    yield _grid(
        "Where decisions came from",
        "Run|Brought in|File|Decisions kept|SHA-256",
        [(each.run.id, each.run.day, each.name, _shown(each.decisions), each.checksum or "") for each in told.files],
        "Run|Decisions kept",
    )
    if told.reasons:
        yield _grid("Reasons for exclusion, as given", "Reason|Works", [*told.reasons], "Works")
    yield Text(f"People named there: {listed_in_words(told.people) or 'none'}.")


def _held(account: Account) -> Iterator[Block]:
    told = account.held
    yield _grid(
        "What the library holds",
        "What|Number",
        _figures(told.works, told.only_cited, told.citations, told.without_abstract, told.retracted),
        "Number",
    )
    if account.retractions:
        yield _grid(
            "Works that are said to be retracted",
            "Work|Title|Notices|Said by|Not in the records of",
            [
                (each.key, each.title, "; ".join(each.notices), ", ".join(each.said_by), ", ".join(each.denied_by))
                for each in account.retractions
            ],
        )


def _references(account: Account) -> Iterator[Block]:
    told = account.matched
    yield _grid(
        "References of all works here, each entry of each list counted",
        "What|Number",
        _figures(told.identified, told.by_words, told.by_people, told.doubtful, told.none, told.unasked),
        "Number",
    )


def _troubles(account: Account) -> Iterator[Block]:
    if not account.troubles:
        yield Text("No error is on record.")
    else:
        often = sorted(account.troubles, key=lambda each: -each.number.number)[:MOST]
        yield _grid(
            "What went wrong or was passed over",
            "Where|What|How often|What was done",
            [(each.source, each.what, _shown(each.number), each.done) for each in often],
            "How often",
        )
        if len(account.troubles) > MOST:
            yield Text(
                f"These are the {MOST} most frequent of {len(account.troubles):,}; the JSON document has them all."
            )
    resumed = [run for run in account.runs if run.sessions > 1]
    if resumed:
        told = listed_in_words([f"run {run.id} ({run.command}, {run.sessions:,} sessions)" for run in resumed])
        yield Text(f"Interrupted and taken up again: {told}. What had been received was kept.")


def _items(items: tuple[Item, ...], caption: str) -> Iterator[Block]:
    headings = "Item|Subject|Standing|What there is, and what is left"
    yield _grid(caption, headings, [(each.number, each.subject, each.standing, each.text) for each in items])


def _again(account: Account) -> Iterator[Block]:
    told = account.program
    yield Text(
        f"The library {told.library} has the checksum {figure_text(told.checksum)} (SHA-256 of its content in order,"
        f" harvester verify). Its first entry is of {figure_text(told.first)}, its last of {figure_text(told.last)}."
        f" This account was written by citation-harvester {told.version}; the runs were made by"
        f" {listed_in_words(told.used) or 'no version on record'}."
    )
    yield Code(account.commands or ("# no run is on record",))
    yield _grid(
        "Runs on record",
        "Run|Command|Begun|Ended|Outcome|Sessions|Version|Settings",
        [
            (
                run.id,
                run.command,
                run.started,
                run.finished,
                run.outcome or "none",
                run.sessions,
                run.version,
                run.settings,
            )
            for run in pages_as_one(account.runs)
        ],
        "Run|Sessions",
    )
