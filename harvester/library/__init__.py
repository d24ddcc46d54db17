"""The library: one SQLite file that keeps what every source said and everything that follows from it.

A row of evidence is an item as a source sent it (`items`, `raws`), the question that brought it (`requests`)
and the run that asked (`runs`). It is only ever added to, one answer in one transaction, together with the
next questions; so what is stored is the state, and a crash loses at most the answers in flight.

Everything else is derived: which record speaks for a source (`records`), which work it describes, the merged
works, their identifiers, citations and text index. `derive` brings that up to date after a harvest, `rebuild`
recomputes it whole, and `verify` recomputes it beside and compares: the same evidence gives the same works,
whatever the order in which it came.

Identity is simple and never guesses. A record with a DOI describes the work of that DOI. One without
describes the work of its own id. A DOI that Crossref answers under another one is an alias of it. A work that
gains a DOI takes the new key and keeps the old as an alias.
"""

from harvester.library.derivation import derive, derive_answered, rebuild
from harvester.library.proof import checksum, verify
from harvester.library.store import Library

__all__ = ["Library", "checksum", "derive", "derive_answered", "rebuild", "verify"]
