"""Where works stand in a picture: near those they are linked to (`layout`), or by year (`layout_by_year`).

The places are found here, and not by whoever opens the file, so that a picture appears at once and is the same
each time. `links` holds the network, `forces` moves works, `levels` goes from a rough picture to a fine one,
`packing` takes care of overlaps and of what is not connected.
"""

from graph.layout.chronology import layout_by_year
from graph.layout.network import layout

__all__ = ["layout", "layout_by_year"]
