"""The runs that ask sources: works by identifier, works known only by being cited, and those to go on with."""

from collections.abc import Iterable, Iterator, Sequence
from itertools import chain, islice

from harvester.harvest.matching import questions_for_titles
from harvester.harvest.settings import Settings
from harvester.identifiers import Identifier
from harvester.inputs import Input
from harvester.library import Library, ledger
from harvester.library.incomplete import brought_only, cited_only
from harvester.library.ledger import Run
from harvester.sources import DESCRIBING, askable

__all__ = ["by_source", "fill", "look_up", "resume", "to_fill"]


def look_up(library: Library, inputs: Sequence[Input], *, settings: Settings) -> Run:
    """Begin a run that asks every source for the works the user named."""
    return ledger.begin(
        library,
        command="doi",
        arguments={"refresh": settings.refresh},
        inputs=inputs,
        wanted=by_source(given.identifier for given in inputs if given.identifier),
        again=settings.refresh,
        replica=settings.replica,
    )


def fill(library: Library, *, limit: int | None, settings: Settings) -> Run:
    """Begin a run that asks every source for the works that `to_fill` gives, and looks for those without identifier."""
    wanted = to_fill(library, limit=limit, settings=settings)
    run = ledger.begin(
        library,
        command="fill",
        arguments={"limit": limit, "refresh": settings.refresh},
        wanted=by_source(wanted),
        again=settings.refresh,
        replica=settings.replica,
    )
    left = None if limit is None else max(limit - len(wanted), 0)
    ledger.enqueue(library, run, questions_for_titles(library, limit=left, refresh=settings.refresh))
    return run


def to_fill(library: Library, *, limit: int | None, settings: Settings) -> list[Identifier]:
    """Give the works that some source can be asked for because none has described them.

    Those that came in with files are first, then those known only by being cited, the most cited first. Works that
    every source has answered about are left out, or a limit would be used up by what nobody knows.
    """
    known = {name: set() if settings.refresh else ledger.answered(library, name) for name in DESCRIBING}
    wanted = (
        identifier
        for identifier in chain(brought_only(library), cited_only(library))
        if any(identifier not in known[name] and askable(name, identifier) for name in DESCRIBING)
    )
    return list(islice(wanted, limit))


def resume(library: Library) -> Iterator[Run]:
    """Take up the runs that ended before their work was done, each when its turn comes; carves ask no source."""
    for run in (each for each in ledger.unfinished(library) if each.command != "carve"):
        ledger.resume(library, run)
        yield run


def by_source(identifiers: Iterable[Identifier]) -> dict[str, list[Identifier]]:
    """Give what each source can be asked for."""
    wanted = list(identifiers)
    return {name: [each for each in wanted if askable(name, each)] for name in DESCRIBING}
