"""Same work? One comparison for deduplication and for matching references, with its reason written out.

`compare` answers for two descriptions, `clusters` for a pile of them, `verify_reference` and `choose_work` for a
reference and the works that it may name. Nothing here reads a library or a network: a `Description` is what is
compared of a record, and every answer is a value.
"""

from harvester.match.catalogue import Catalogue
from harvester.match.clusters import Clusters, clusters
from harvester.match.description import Description
from harvester.match.judge import Decision
from harvester.match.references import Match, Standing, choose_work, verify_reference
from harvester.match.verdict import Finding, Verdict, compare

__all__ = [
    "Catalogue",
    "Clusters",
    "Decision",
    "Description",
    "Finding",
    "Match",
    "Standing",
    "Verdict",
    "choose_work",
    "clusters",
    "compare",
    "verify_reference",
]
