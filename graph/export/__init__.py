"""Citation graphs and networks as files that other tools read without an error.

A `Drawing` is what a file shows: `citation_drawing` and `network_drawing` make one. A format is one function,
registered under the ending of its file names in `FORMATS`; it is handed a drawing and an open stream and
writes as it goes: what it keeps does not grow with the number of edges. The same drawing gives the same
bytes: nothing is dated, the order is that of the keys, floats have 9 significant digits.
"""

from graph.export.drawing import (
    Attribute,
    Drawing,
    EdgeTexts,
    Type,
    citation_drawing,
    network_drawing,
    with_attributes,
)
from graph.export.files import FORMATS, Writer, binary_format, graph_format, write
from graph.export.languages import dot, gml
from graph.export.nodelink import graphology_json, nodelink_json
from graph.export.pajek import pajek_network, pajek_partition, pajek_vector
from graph.export.parquet import parquet_edges, parquet_nodes
from graph.export.tables import gephi_csv, gephi_edges, gephi_nodes, neo4j_nodes, neo4j_relationships
from graph.export.vosviewer import vosviewer_json, vosviewer_map, vosviewer_network
from graph.export.xml import gephi_infinities, gexf, graphml

__all__ = [
    "FORMATS",
    "Attribute",
    "Drawing",
    "EdgeTexts",
    "Type",
    "Writer",
    "binary_format",
    "citation_drawing",
    "dot",
    "gephi_csv",
    "gephi_edges",
    "gephi_infinities",
    "gephi_nodes",
    "gexf",
    "gml",
    "graph_format",
    "graphml",
    "graphology_json",
    "neo4j_nodes",
    "neo4j_relationships",
    "network_drawing",
    "nodelink_json",
    "pajek_network",
    "pajek_partition",
    "pajek_vector",
    "parquet_edges",
    "parquet_nodes",
    "vosviewer_json",
    "vosviewer_map",
    "vosviewer_network",
    "with_attributes",
    "write",
]
