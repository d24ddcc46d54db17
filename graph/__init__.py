"""The citation graph: built from works and citations, measured, and written for other tools.

`graph.build` makes a `CitationGraph`, `graph.metrics` measures it, `graph.export` writes it. Each is
imported by whoever needs it, so that importing this package costs nothing.
"""
