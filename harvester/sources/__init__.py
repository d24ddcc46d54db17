"""The indexes that records come from, one file each: pure questions, and pure reading of answers.

A source module has what `Source` names; listing it in `SOURCES` is all
it takes to add one, with its manners and prices in `harvester.policy`.
"""

from collections.abc import Sequence
from importlib import import_module
from typing import Any, Protocol, cast

from harvester.identifiers import Identifier
from harvester.model import Page, Query, Record, Skip

__all__ = ["DESCRIBING", "SOURCES", "Source", "askable", "source"]

DESCRIBING = ("crossref", "openalex")
"""The sources that are asked about every work."""

SOURCES = (*DESCRIBING, "datacite", "europepmc", "opencitations")
"""All of them: DataCite is asked for the DOIs that Crossref does not know, Europe PMC for abstracts that nobody else
gave, OpenCitations for citations."""

SHORT = 1_000
"""No identifier up to this length makes too long a URL, however it is encoded."""


class Source(Protocol):
    """One index: it is asked for URLs and handed bytes; it connects nowhere, sleeps never."""

    NAME: str
    SCHEMES: frozenset[str]
    """The schemes of identifiers that it can be asked for."""

    def lookup(self, wanted: Sequence[Identifier]) -> list[Query]:
        """Give the fewest questions that ask for these works; identifiers it does not know are left out."""
        ...

    def split(self, query: Query) -> list[Query]:
        """Ask for the works of a list one at a time, by calls that cost nothing."""
        ...

    def read(self, query: Query, status: int, body: bytes) -> Page:
        """Read an answer with status 200 or 404; raises `Unreadable` when it is not one of this source."""
        ...

    def record(self, item: dict[str, Any]) -> Record | Skip:
        """Map one item, in the source's own shape."""
        ...


def source(name: str) -> Source:
    """Load the module of a source by its name in `SOURCES`."""
    return cast("Source", import_module(f"harvester.sources.{name}"))


def askable(name: str, identifier: Identifier) -> bool:
    """Tell whether a source can be asked for this: it knows the scheme, and there is a URL short enough."""
    asked = source(name)
    return identifier.scheme in asked.SCHEMES and (len(identifier.value) <= SHORT or bool(asked.lookup([identifier])))
