"""The works of a library, filed so that those a reference may name are found among them."""

import json
import zlib
from collections.abc import Iterator
from typing import Final

from harvester.library.store import Library
from harvester.match import Description
from harvester.match.catalogue import Catalogue
from harvester.model import Bibliography

__all__ = ["catalogue"]

# What tells works apart; reference lists and affiliations are most of a record, and reading them most of the time.
_TOLD: Final = frozenset(Bibliography.model_fields) & {
    *("title", "subtitle", "other_titles", "authors", "year", "venue", "volume", "issue", "first_page", "last_page"),
    *("article_number", "doi", "pmid", "pmcid", "type", "language"),
}


def catalogue(library: Library) -> Catalogue:
    """File the works of a library that a record describes; the answers carry their keys.

    Made once for a run, and asked as `catalogue(library).find(reference)`: it holds the works as they were when it
    was made. The full-text index of the file has titles and abstracts only, so it cannot find what a reference
    without a title names.
    """
    return Catalogue(_described(library))


def _described(library: Library) -> Iterator[Description]:
    for key, detail in library.db.execute("select key, detail from works where detail is not null order by key"):
        said = json.loads(zlib.decompress(detail))
        yield Description.of(Bibliography.model_validate({n: said[n] for n in _TOLD & said.keys()}), key=key)
