"""Works that cite each other more than chance would have it form communities, named by their titles.

A community is found from the links alone (`communities`, `of_network`); what it is about is then read off
the titles of its works (`labels`), so that the names are evidence about the partition and no part of it.
"""

from graph.communities.naming import labels
from graph.communities.partition import Communities, Method, communities, modularity, of_network

__all__ = ["Communities", "Method", "communities", "labels", "modularity", "of_network"]
