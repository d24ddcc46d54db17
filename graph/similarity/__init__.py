"""Which works, authors and keywords belong together: networks of pairs, and the works nearest to one.

`coupling` and `cocitation` link works through what they cite and what cites them, `coauthorship` and
`keyword_cooccurrence` link names and terms through the works they stand on; all four give a `Network`.
`similar` ranks the works nearest to one without building a network, and `keywords_plus` finds the phrases
that a work's references have in common.
"""

from graph.similarity.citations import cocitation, coupling
from graph.similarity.cooccurrence import coauthorship, keyword_cooccurrence
from graph.similarity.keywords import keywords_plus
from graph.similarity.neighbours import Similar, similar
from graph.similarity.network import Measure, Network

__all__ = [
    "Measure",
    "Network",
    "Similar",
    "coauthorship",
    "cocitation",
    "coupling",
    "keyword_cooccurrence",
    "keywords_plus",
    "similar",
]
