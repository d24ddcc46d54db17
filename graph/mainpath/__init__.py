"""The main path of a literature: the chain of citations that most of its search paths go through.

Everything here follows the flow of knowledge, which goes **from the cited work to the citing one**: a source cites
nothing in the graph, a sink is cited by nothing in it, and a search path leads from older works to newer ones.
`traversal_counts` counts the search paths through each citation, `main_path` follows the highest counts, and
`by_year` lays the result out in time. A part of a literature is analysed by itself with `graph.select(...)`.
"""

from graph.mainpath.flow import Cycles
from graph.mainpath.paths import Arc, MainPath, by_year, main_path
from graph.mainpath.search import Search
from graph.mainpath.traversal import TraversalCounts, Weight, traversal_counts

__all__ = [
    "Arc",
    "Cycles",
    "MainPath",
    "Search",
    "TraversalCounts",
    "Weight",
    "by_year",
    "main_path",
    "traversal_counts",
]
