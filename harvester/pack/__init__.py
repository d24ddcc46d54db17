"""A library to be shared: one zip file with all that is needed to check a search, and the proof that it is whole.

`pack` writes the library, its exports and its account, with a manifest of checksums; abstracts and records from files
are left out unless they are wanted, and no key, address or place of the writer gets in. `replay` takes such a file from
anybody, proves its library, makes the exports again without a network and compares every byte.
"""

from harvester.library.redaction import Wanted
from harvester.pack.packing import Packed, pack
from harvester.pack.replaying import Replayed, Verdict, replay

__all__ = ["Packed", "Replayed", "Verdict", "Wanted", "pack", "replay"]
