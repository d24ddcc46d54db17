"""Scholarly records from open citation indexes, merged with a source for every field, as a citation graph.

For programs and notebooks, where `harvester` on the command line has made `library.sqlite`:

    from harvester import Library

    library = Library("library.sqlite")
    works, citations = library.works(where="year:2015-"), library.citations()
    best = library.search('"peer support" AND recovery', limit=10)
    network = library.graph().to_networkx()
    library.export("recent.ris", where="year:2015- AND NOT retracted:true")

`Works` and `Citations` hold `Work` and `Citation` (`harvester.model`), and are tables for pandas, Polars, DuckDB and
whatever else speaks Arrow (`harvester.notebook`). Whatever goes wrong is a `HarvesterError` (`harvester.errors` draws
their tree) with one sentence that says what failed and what to do.
"""

from importlib import import_module
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from harvester.errors import HarvesterError
    from harvester.model import Citation, Work
    from harvester.notebook import Citations, Library, NoSuchWork, Works

__all__ = ["Citation", "Citations", "HarvesterError", "Library", "NoSuchWork", "Work", "Works"]

_PLACES = {
    "Citation": "harvester.model",
    "Citations": "harvester.notebook",
    "HarvesterError": "harvester.errors",
    "Library": "harvester.notebook",
    "NoSuchWork": "harvester.notebook",
    "Work": "harvester.model",
    "Works": "harvester.notebook",
}


if not TYPE_CHECKING:  # a type checker would take every name for one that is there

    def __getattr__(name: str) -> object:
        """Import what is asked for when it is asked for: the command line imports this package and needs none of it."""
        if name not in _PLACES:
            raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
        return getattr(import_module(_PLACES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
