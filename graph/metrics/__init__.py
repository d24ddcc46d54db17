"""Numbers for each work in the citation graph, and for the venues and cycles in it.

A metric is one function, registered under its name by `@metric`: it takes a graph and gives one number for
each work, aligned with `graph.keys`, and NaN where the number is not defined. `METRICS` holds all of them,
`WRITTEN` those that stand in every graph file: cheap enough for any export, and what somebody who opens the
file wants to size or colour works by.

>>> sorted(WRITTEN)
['citations_per_year', 'component', 'core_number', 'in_degree', 'out_degree', 'pagerank']
>>> sorted(METRICS.keys() - WRITTEN.keys())
['authority', 'betweenness', 'citation_lag', 'disruption', 'hub', 'own_venue_share', 'strong_component', \
'year_percentile']
"""

# isort: off
# Importing registers: the order here is that of the columns in files.
from graph.metrics.registry import METRICS, WRITTEN, Metric, NotConverged, metric
from graph.metrics.degrees import in_degree, out_degree
from graph.metrics.eigenvectors import Hits, authority, hits, hub, pagerank
from graph.metrics.cohesion import Cycle, component, core_number, cycles, strong_component
from graph.metrics.age import citation_lag, citations_per_year, year_percentile
from graph.metrics.paths import Betweenness, betweenness
from graph.metrics.venues import VenueCitations, own_venue_share, venue_citations
from graph.metrics.cd_index import Successors, disruption, successors
# isort: on

__all__ = [
    "METRICS",
    "WRITTEN",
    "Betweenness",
    "Cycle",
    "Hits",
    "Metric",
    "NotConverged",
    "Successors",
    "VenueCitations",
    "authority",
    "betweenness",
    "citation_lag",
    "citations_per_year",
    "component",
    "core_number",
    "cycles",
    "disruption",
    "hits",
    "hub",
    "in_degree",
    "metric",
    "out_degree",
    "own_venue_share",
    "pagerank",
    "strong_component",
    "successors",
    "venue_citations",
    "year_percentile",
]
