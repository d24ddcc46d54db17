"""The search in plain words, for a methods section: what is on record and nothing else."""

from collections.abc import Iterator

from harvester.review.carving import Carving
from harvester.review.citing import Citing
from harvester.review.facts import Account
from harvester.review.items import counted, figure_text, listed_in_words
from harvester.review.running import name_of
from harvester.review.searching import Searching

__all__ = ["paragraphs"]


def paragraphs(account: Account) -> tuple[str, ...]:
    """Tell how the search was done and what it found; what the authors have to add stands in square brackets."""
    return tuple(
        text
        for text in (
            " ".join(_searches(account)),
            *(" ".join(_citations(each)) for each in account.citation_searches),
            " ".join(_duplicates(account)),
            " ".join(_decisions(account)),
            " ".join(_program(account)),
        )
        if text
    )


def _number(count: int, noun: str) -> str:
    return f"{count:,} {noun}{'' if count == 1 else 's'}"


def _searches(account: Account) -> Iterator[str]:
    for each in account.searches:
        if each.run.repeats:
            yield from _repeated(each)
            continue
        yield f"We searched {each.name} ({each.interface.address}) on {_day(each)} for: {each.searched}."
        limits = f" It was limited to {listed_in_words(each.limits)}." if each.limits else ""
        yield (
            f"Records reported by the index: {figure_text(each.reported)}; received: {figure_text(each.received)};"
            f" works that satisfied the search: {figure_text(each.kept)}.{limits}"
        )
        if each.outside.number or each.unjudged.number:
            yield (
                f"{each.name} ranks and does not select: {figure_text(each.outside)} of the records read did not"
                f" satisfy the search, and {figure_text(each.unjudged)} could not be judged for want of an abstract and"
                " are not among the works found."
            )
        if each.short.number:
            yield f"{_number(each.short.number, 'record')} that it reported did not arrive."
    for carving in account.carves:
        yield from _carved(carving)
    for file in account.own_files:
        yield (
            f"{_number(file.records.number, 'record')} came from the file {file.file} ({name_of(file.label)}), brought"
            f" in on {file.run.day} [database, platform, date and strategy of this search]."
        )
    for named in account.lookups:
        if named.run.command == "doi":
            yield (
                f"Asked for by identifier on {named.run.day} [where these came from]:"
                f" {_number(named.given.number, 'work')}; found: {figure_text(named.found)}."
            )


def _carved(each: Carving) -> Iterator[str]:
    held = f"{each.works:,} works" if each.works is not None else "an unknown number of works"
    where = f"{each.name} ({each.snapshot}; {held} in {each.files:,} files, {each.days})"
    when = str(each.first_answer.value)[:10] if each.first_answer.value else f"{each.run.day} (no file read yet)"
    limits = f" It was limited to {listed_in_words(each.limits)}." if each.limits else ""
    if each.repeats:
        what = "search" if each.is_search else "carve of named works"
        yield (
            f"We repeated the {what} of run {each.repeats} in {where}, on {when}. Works read:"
            f" {figure_text(each.works_read)}; found: {figure_text(each.selected)}, of which"
            f" {figure_text(each.fresh)} had not been found before."
        )
    elif each.is_search:
        yield f"We searched {where}, on {when}, for: {each.searched}."
        yield (
            f"Works read: {figure_text(each.works_read)}; works that satisfied the search:"
            f" {figure_text(each.selected)}.{limits}"
        )
    else:
        yield (
            f"We took {counted(each.given, 'work')} that we named [where these came from] out of {where}, on {when};"
            f" found: {figure_text(each.selected)}."
        )
    if each.directions:
        yield (
            f"We followed citations {listed_in_words(each.directions)} from these in the same snapshot,"
            f" {each.rounds:,} round{'' if each.rounds == 1 else 's'} at most, which gave"
            f" {counted(each.around, 'more work')}{f' of the years {each.years}' if each.years else ''}."
        )
    if each.problems:
        yield f"The snapshot was not whole, or not as its manifest says: {'; '.join(each.problems)}."


def _repeated(each: Searching) -> Iterator[str]:
    since = f" for what it had indexed since {each.indexed_since}" if each.indexed_since else ""
    yield (
        f"We repeated the search of {each.name} (run {each.run.repeats}) on {_day(each)}{since}. Records reported:"
        f" {figure_text(each.reported)}; received: {figure_text(each.received)}; works that satisfied the search:"
        f" {figure_text(each.kept)}, of which {figure_text(each.fresh)} had not been found before."
    )


def _day(each: Searching) -> str:
    return str(each.first_answer.value)[:10] if each.first_answer.value else f"{each.run.day} (no answer yet)"


def _citations(each: Citing) -> Iterator[str]:
    if each.run.repeats:
        yield (
            f"The citation search of run {each.run.repeats} was repeated on {each.run.day}. With what that brought, it"
            f" identifies {_number(each.listed.number, 'record')} of {_number(each.found.number, 'work')} besides the"
            " seed references."
        )
        return
    through = listed_in_words([name_of(index) for index in each.through]) or "no index"
    united = listed_in_words([name_of(index) for index in each.united]) or "none of them"
    gave = "all of these" if each.united == each.through else united
    origins = ", ".join(f"{name}: {number:,}" for name, number in each.origins)
    yield (
        f"We searched citations {listed_in_words(each.directions)} from {_number(each.given.number, 'seed reference')}"
        f" ({_number(each.known.number, 'work')} that an index knows; given as {origins or 'nothing readable'}), on"
        f" {each.run.day}, in {through}; {gave} gave citations."
    )
    rounds = _number(len(each.rounds), "round")
    yield (
        f"The search ended after {rounds}: {each.stop_reason}."
        if each.stop_reason
        else f"The search has not come to its end; {rounds} so far."
    )
    if len(each.rounds) > 1:
        yield f"Seeds of later rounds were {each.scope.keep or 'all works that the round before had found'}."
    yield (
        f"It identified {_number(each.listed.number, 'record')} of {_number(each.found.number, 'work')} besides the"
        " seed references;"
        f" {figure_text(each.with_abstract)} of these have an abstract."
    )
    for share in each.shares:
        if share.union.number:
            yield (
                f"{share.direction.capitalize()}, {name_of(share.index)} knew {figure_text(share.works)} of"
                f" {_number(share.union.number, 'citation')}, {figure_text(share.alone)} of them alone."
            )
    if each.unmatched.number:
        yield f"{_number(each.unmatched.number, 'reference')} of seed references could not be matched to any work."


def _duplicates(account: Account) -> Iterator[str]:
    told = account.duplicates
    if told.identified.number:
        yield (
            f"Searches and files identified {_number(told.identified.number, 'record')}. Duplicates removed:"
            f" {figure_text(told.total)} ({figure_text(told.repeated)} the same record again,"
            f" {figure_text(told.identifier)} by identifier, {figure_text(told.rule)} by comparing descriptions,"
            f" {figure_text(told.hand)} by hand). Works that remained: {figure_text(told.works)}."
        )
        if account.citation_searches:
            yield f"Of these, the citation searches found too: {figure_text(account.known_already)}."
    if account.held.retracted.number:
        yield f"Works in the library that are said to be retracted: {figure_text(account.held.retracted)}."


def _decisions(account: Account) -> Iterator[str]:
    told = account.screening
    if told.files:
        yield (
            f"Decisions on {_number(told.screened.number, 'work')} were brought in: {figure_text(told.included)}"
            f" included, {figure_text(told.excluded)} excluded, {figure_text(told.undecided)} undecided"
            " [who screened, at which stage and how]."
        )
    elif account.searches or account.citation_searches or account.own_files or account.carves:
        yield "[How records were screened, and what came of it.]"


def _program(account: Account) -> Iterator[str]:
    used = listed_in_words(account.program.used)
    if used:
        yield f"All of this was done with citation-harvester {used}."
    if account.replicas:
        yield (
            f"The indexes themselves were not asked, but a replica of them at {listed_in_words(account.replicas)}: what"
            " is reported here is what that replica held."
        )
    if account.unfinished:
        yield (
            f"{_number(len(account.unfinished), 'run')} did not come to an end, so that these figures are those of a"
            " search that goes on."
        )
