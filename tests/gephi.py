"""A model of what Gephi 0.10 makes of graph files, for tests on machines without Gephi.

Written from its sources as of August 2025: GitHub gephi/gephi, ImporterGraphML, ImporterGEXF, ImporterGML,
ImporterDOT, ImporterPajek, SpreadsheetUtils, ImportContainerImpl, ElementDraftImpl, EdgeDraftImpl, ImportUtils
and DynamicRangeBuilder, and GitHub gephi/graphstore, AttributeUtils.parse and Interval2IntTreeMap. It keeps
their order of steps, their tolerance (names of elements and attributes in any case and any namespace) and
their faults. What Gephi says is an `Issue` with its level; what it does to the data without a word is an
`Issue` of level SILENT, which Gephi does not have. Values of list types are kept as text.

Left out are layout, the splitting of text, which differs between XML readers for Java, times that are dates,
and the wizard that asks for the types of a table's columns: its values are kept as text.
"""

import colorsys
import csv
import io
import math
import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from itertools import pairwise
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree as ET

__all__ = [
    "Column",
    "Edge",
    "Import",
    "ImportFailed",
    "Issue",
    "Node",
    "read",
    "read_dot",
    "read_gexf",
    "read_gml",
    "read_pajek",
    "read_tables",
]

Level = Literal["SILENT", "INFO", "WARNING", "SEVERE"]

NODE_PROPERTIES = {
    "label": "label",
    "nodelabel": "label",
    **{name: name for name in ("x", "y", "z", "size", "r", "g", "b", "color")},
    "xpos": "x",
    "ypos": "y",
    "zpos": "z",
}
EDGE_PROPERTIES = {
    "label": "label",
    "edgelabel": "label",
    "weight": "weight",
    "Edge Weight": "weight",
    **{name: name for name in ("r", "g", "b", "color")},
}


class ImportFailed(Exception):
    """Gephi stops, and shows a Java exception in place of a graph."""


class Issue(NamedTuple):
    """A line of Gephi's import report."""

    level: Level
    message: str


@dataclass
class Column:
    """A column of the data laboratory."""

    id: str
    title: str
    type: str
    default: Any = None


@dataclass
class Node:
    """A node with its appearance and its values by column id."""

    id: str
    properties: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    interval: tuple[float, float] | None = None

    @property
    def label(self) -> str:
        """Gephi fills a missing label with the id."""
        return str(self.properties.get("label", self.id))


@dataclass
class Edge:
    """An edge; `id` is None where Gephi numbers it, `kind` is its type in a multigraph."""

    id: str | None
    source: str
    target: str
    directed: bool
    kind: str | None = None
    weight: float = 1.0
    properties: dict[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    interval: tuple[float, float] | None = None


@dataclass
class Import:
    """What stands in the workspace after "OK", and the report."""

    nodes: dict[str, Node] = field(default_factory=dict)
    edges: list[Edge] = field(default_factory=list)
    node_columns: dict[str, Column] = field(default_factory=dict)
    edge_columns: dict[str, Column] = field(default_factory=dict)
    issues: list[Issue] = field(default_factory=list)

    def say(self, level: Level, message: str) -> None:
        self.issues.append(Issue(level, message))

    def problems(self) -> list[str]:
        """What a user would be told of, or would lose untold."""
        return [f"{level}: {message}" for level, message in self.issues]

    def bounds(self) -> tuple[float, float]:
        """From when to when the timeline goes: ends that are infinite do not count, unless there are no others."""
        everything: list[Node | Edge] = [*self.nodes.values(), *self.edges]
        intervals = [each.interval for each in everything if each.interval]
        finite = [time for interval in intervals for time in interval if math.isfinite(time)]
        return (min(finite), max(finite)) if finite else (-math.inf, math.inf)

    def visible(self, start: float, end: float) -> tuple[set[str], set[tuple[str, str]]]:
        """Which nodes and edges the timeline shows from start to end: those without time always."""

        def there(each: Node | Edge) -> bool:
            return each.interval is None or (each.interval[0] <= end and start <= each.interval[1])

        nodes = {node.id for node in self.nodes.values() if there(node)}
        ends = {(edge.source, edge.target) for edge in self.edges if there(edge)}
        return nodes, {pair for pair in ends if nodes.issuperset(pair)}


def read(document: bytes) -> Import:
    """Import a GraphML document; raises ImportFailed where Gephi gives up."""
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        raise ImportFailed(f"XMLStreamException: {error}") from error
    reader = _GraphML()
    reader.walk(root)
    return reader.finish()


class _Container:
    """ImportContainerImpl: what all importers fill."""

    def __init__(self) -> None:
        self.result = Import()
        self.directed = True
        self.edge_ids: set[str] = set()
        self.created = False

    def end(self, identifier: str) -> str:
        if not identifier:
            raise ImportFailed("IllegalArgumentException: The id can't be empty")
        if identifier not in self.result.nodes:
            self.result.nodes[identifier] = Node(identifier)
            if not self.created:
                self.result.say("INFO", "Some nodes were created based on edges' source and target")
                self.created = True
        return identifier

    def add(self, edge: Edge) -> None:
        if edge.id is not None and edge.id in self.edge_ids:
            self.result.say("WARNING", f"Edge already exists id='{edge.id}'")
            return
        if edge.id is not None:
            self.edge_ids.add(edge.id)
        self.result.edges.append(edge)

    def new_node(self, identifier: str) -> Node:
        """A node whose importer does not look whether it is there: the second of one id is dropped."""
        if not identifier:
            raise ImportFailed("IllegalArgumentException: The id can't be empty")
        node = Node(identifier)
        if identifier in self.result.nodes:
            self.result.say("WARNING", f"A node with id={identifier} already exists")
        else:
            self.result.nodes[identifier] = node
        return node

    def value(self, owner: Node | Edge, column: Column, text: str) -> None:
        replaced = text.replace("INF", "Infinity")
        if replaced != text:
            self.result.say("SILENT", f"'INF' becomes 'Infinity' in '{text}'")
        if replaced.lower() == "null":
            self.result.say("SILENT", f"the value '{text}' is taken for none")
            return
        try:
            owner.values[column.id] = PARSERS[column.type](replaced)
        except ValueError:
            self.result.say("SEVERE", f"Data value {column.id} type error for element id={owner.id}.")

    def plain_value(self, owner: Node | Edge, name: str, value: Any) -> None:
        """A value that comes with its type, and makes a column of it if it is the first."""
        columns = self.result.node_columns if isinstance(owner, Node) else self.result.edge_columns
        kind = {str: "string", int: "long", float: "double"}[type(value)]
        column = columns.setdefault(name.lower(), Column(name.lower(), name, kind))
        if column.type == kind:
            owner.values[column.id] = value
        else:
            self.result.say("SEVERE", f"The expected value class of {name} was {column.type} and {kind} was found")

    def finish(self) -> Import:
        """What ImportContainerImpl.verify does, and the merge of parallel edges by the sum of weights."""
        result = self.result
        kept: dict[tuple[Any, ...], Edge] = {}
        parallel = False
        for edge in result.edges:
            if edge.weight < 0:
                result.say("WARNING", f"Edge id='{edge.id}' has a negative weight")
            elif edge.weight == 0:
                result.say("SEVERE", f"Edge weight is 0, the edge id='{edge.id}' is ignored")
                continue
            ends = (edge.source, edge.target) if edge.directed else tuple(sorted((edge.source, edge.target)))
            first = kept.setdefault((edge.kind, edge.directed, *ends), edge)
            if first is not edge:
                parallel = True
                first.weight += edge.weight
        if parallel:
            result.say("INFO", "Parallel edges detected, remember to choose a merge strategy")
        result.edges = list(kept.values())
        for kind, identifiers in (("Node", list(result.nodes)), ("Edge", sorted(self.edge_ids))):
            for identifier in identifiers:
                if "\n" in identifier or _trim(identifier) != identifier:
                    result.say(
                        "WARNING",
                        f"{kind} id='{identifier}' has special characters such as newlines or trailing spaces",
                    )
        for elements, columns in (
            (result.nodes.values(), result.node_columns),
            (result.edges, result.edge_columns),
        ):
            for column in columns.values():
                for element in elements:
                    if column.default is not None:
                        element.values.setdefault(column.id, column.default)
        return result


class _GraphML(_Container):
    def __init__(self) -> None:
        super().__init__()
        self.node_properties: dict[str, str] = {}
        self.edge_properties: dict[str, str] = {}

    def walk(self, element: ET.Element) -> None:
        """Visit the document in order: what stands before its key is read without it."""
        name = _local(element.tag)
        if name == "node":
            self.node(element)
        elif name == "edge":
            self.edge(element)
        elif name == "key":
            self.key(element)
        else:
            if name == "graph":
                self.graph(element)
            for child in element:
                self.walk(child)

    def graph(self, element: ET.Element) -> None:
        default = _trim(_attributes(element).get("edgedefault", ""))
        self.directed = default.lower() != "undirected"
        if default and default.lower() not in ("directed", "undirected"):
            self.result.say("SEVERE", f"Default edge type '{default}' is not recognized")

    def key(self, element: ET.Element) -> None:
        given = {name: _trim(value) for name, value in _attributes(element).items()}
        identifier, kind, target = given.get("id", ""), given.get("attr.type", ""), given.get("for", "all").lower()
        title = given.get("attr.name", "") or identifier
        if not identifier:
            self.result.say("SEVERE", f"Attribute parse error, id is missing: {title}")
            return
        for element_name, reserved, properties in (
            ("node", NODE_PROPERTIES, self.node_properties),
            ("edge", EDGE_PROPERTIES, self.edge_properties),
        ):
            if target == element_name and (found := reserved.get(identifier) or reserved.get(title)):
                properties[identifier] = found
                return
        if not kind:
            self.result.say("SEVERE", f"Attribute type not found for attribute '{title}'. Set to default string.")
            kind = "string"
        if target == "graph":
            self.result.say("WARNING", f"Graph attributes '{title}' ignored as not supported by Gephi")
        elif target not in ("node", "edge", "all"):
            self.result.say("SEVERE", f"Attribute class not found or unknown for attribute '{title}'.")
            return
        if kind.lower() not in PARSERS:
            self.result.say("SEVERE", f"Attribute type for '{kind}' is not recognized. The attribute is ignored.")
            return
        for element_name, columns in (("node", self.result.node_columns), ("edge", self.result.edge_columns)):
            if target in (element_name, "all"):
                if identifier.lower() in columns:
                    self.result.say("SILENT", f"Attribute with id '{identifier}' already exists")
                    return
                column = Column(identifier.lower(), title, kind.lower())
                columns[column.id] = column
                self.default(element, column)

    def default(self, element: ET.Element, column: Column) -> None:
        texts = [child.text or "" for child in element if _local(child.tag) == "default"]
        if texts and texts[0].strip():
            try:
                column.default = PARSERS[column.type](texts[0])
            except ValueError:
                self.result.say("SEVERE", f"Attribute '{column.title}' default value cannot be cast")

    def node(self, element: ET.Element) -> None:
        identifier = _attributes(element).get("id", "")
        if not identifier:
            self.result.say("SEVERE", "Node id is missing. The node is ignored.")
            return
        if identifier in self.result.nodes:
            self.result.say("SILENT", f"two nodes with the id '{identifier}' become one")
        node = self.result.nodes.setdefault(identifier, Node(identifier))
        for child in element:
            name = _local(child.tag)
            if name == "data":
                self.data(child, node, self.node_properties, self.result.node_columns)
            elif name == "node":
                self.node(child)
            elif child.tag.rpartition("}")[2] == "desc" and (text := _text(child)):
                node.properties["label"] = text

    def edge(self, element: ET.Element) -> None:
        given = _attributes(element)
        directed = given.get("directed", "").lower()
        if directed not in ("", "true", "false"):
            self.result.say("SEVERE", f"Type '{directed}' of the edge is not recognized. Set to default value.")
        edge = Edge(
            id=given.get("id") or None,
            source=self.end(given.get("source", "")),
            target=self.end(given.get("target", "")),
            directed={"true": True, "false": False}.get(directed, self.directed),
            kind=_trim(given.get("label", "")) or None,
        )
        for child in element:
            if _local(child.tag) == "data":
                self.data(child, edge, self.edge_properties, self.result.edge_columns)
            elif child.tag.rpartition("}")[2] == "desc" and (text := _text(child)):
                edge.properties["label"] = text
        edge.weight = edge.properties.pop("weight", 1.0)
        self.add(edge)

    def data(
        self, element: ET.Element, owner: Node | Edge, properties: dict[str, str], columns: dict[str, Column]
    ) -> None:
        key = _trim(_attributes(element).get("key", ""))
        if not key:
            self.result.say("SEVERE", f"Data key is missing for element id={owner.id}")
            return
        value = _text(element)
        if not value:
            self.result.say("SILENT", f"a value of '{key}' is empty")
            return
        if key in properties:
            try:
                _set_property(owner.properties, properties[key], value)
            except ValueError:
                self.result.say("SEVERE", f"Data value {key} type error for element id={owner.id}.")
        elif (column := columns.get(key.lower())) is None:
            self.result.say("SILENT", f"a value of the unknown key '{key}' is dropped")
        else:
            self.value(owner, column, value)


class _GEXF(_Container):
    def __init__(self) -> None:
        super().__init__()
        self.intervals = True

    def walk(self, element: ET.Element) -> None:
        name, given = _local(element.tag), _attributes(element)
        if name == "gexf":
            version = given.get("version", "")
            known = version in ("1.0", "1.1", "1.2", "1.3")
            self.result.say("INFO" if known else "WARNING", f"GEXF version {version}")
        elif name == "graph":
            self.graph(given)
        elif name == "attributes":
            self.attributes(element)
            return
        elif name == "node":
            self.node(element)
            return
        elif name == "edge":
            self.edge(element)
            return
        for child in element:
            self.walk(child)

    def graph(self, given: dict[str, str]) -> None:
        default = given.get("defaultedgetype", "").lower()
        self.directed = default != "undirected"
        if default not in ("", "directed", "undirected"):
            self.result.say("SEVERE", f"Default edge type '{default}' is not recognized")
        # A format that is none of these is passed over, and times are numbers then.
        if given.get("timeformat", "").lower() in ("date", "datetime", "timestamp"):
            raise ImportFailed("the model reads no dates")
        self.intervals = given.get("timerepresentation", "interval").lower() != "timestamp"

    def attributes(self, element: ET.Element) -> None:
        kind = _attributes(element).get("class", "").lower()
        for child in element:
            given = _attributes(child)
            identifier, type_name = given.get("id", ""), given.get("type", "").lower()
            if kind not in ("node", "edge"):
                self.result.say("SEVERE", "Attribute class not found")
            elif type_name not in PARSERS:
                self.result.say("SEVERE", f"Attribute type '{type_name}' is not recognized")
            else:
                columns = self.result.node_columns if kind == "node" else self.result.edge_columns
                column = Column(identifier.lower(), given.get("title") or identifier, type_name)
                if columns.setdefault(column.id, column) is not column:
                    self.result.say("SEVERE", f"Attribute with id '{identifier}' already exists")

    def node(self, element: ET.Element) -> None:
        given = _attributes(element)
        if not given.get("id"):
            self.result.say("SEVERE", "Node id is missing. The node is ignored.")
            return
        node = self.result.nodes.setdefault(given["id"], Node(given["id"]))
        node.properties["label"] = given.get("label", "")
        self.details(element, node, self.result.node_columns)

    def edge(self, element: ET.Element) -> None:
        given = _attributes(element)
        if not given.get("source") or not given.get("target"):
            self.result.say("SEVERE", "Edge source or target is missing")
            return
        edge = Edge(given.get("id") or None, self.end(given["source"]), self.end(given["target"]), self.directed)
        if given.get("weight"):
            edge.weight = _real(given["weight"])
        self.details(element, edge, self.result.edge_columns)
        self.add(edge)

    def details(self, element: ET.Element, owner: Node | Edge, columns: dict[str, Column]) -> None:
        for child in element.iter():
            given = _attributes(child)
            match _local(child.tag):
                case "attvalue":
                    self.attvalue(given, owner, columns)
                case "color":
                    for shade in "rgb":
                        owner.properties[shade] = _whole(32)(given.get(shade, "0"))
                        if not 0 <= owner.properties[shade] <= 255:
                            self.result.say("WARNING", f"Color value '{given[shade]}' is not within 0 and 255")
                case "position" if isinstance(owner, Node):
                    owner.properties |= {axis: _real(given[axis]) for axis in "xyz" if given.get(axis)}
                case "size" if isinstance(owner, Node):
                    owner.properties["size"] = _real(given["value"])
        given = _attributes(element)
        if given.get("start") or given.get("end"):
            if not self.intervals:
                self.result.say("SEVERE", "The time representation is timestamp")
            low, high = _real(given.get("start") or "-Infinity"), _real(given.get("end") or "Infinity")
            if low > high:
                self.result.say("SEVERE", f"The interval of id={owner.id} ends before it starts")
            else:
                owner.interval = (low, high)

    def attvalue(self, given: dict[str, str], owner: Node | Edge, columns: dict[str, Column]) -> None:
        key, value = given.get("for") or given.get("id") or "", given.get("value", "")
        if not key:
            self.result.say("SEVERE", f"Data key is missing for element id={owner.id}")
        elif not value:
            self.result.say("SILENT", f"a value of '{key}' is empty")
        elif (column := columns.get(key.lower())) is None:
            self.result.say("SILENT", f"a value of the unknown key '{key}' is dropped")
        else:
            self.value(owner, column, value)


def read_gexf(document: bytes) -> Import:
    """Import a GEXF document; raises ImportFailed where Gephi gives up."""
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        raise ImportFailed(f"XMLStreamException: {error}") from error
    reader = _GEXF()
    reader.walk(root)
    return reader.finish()


# -- GML -------------------------------------------------------------------------


def _gml_list(characters: Iterator[str]) -> list[Any]:
    """ImporterGML.parseList: no escapes, no entities, and a bare word ends at white space only."""
    found: list[Any] = []
    buffer, quoted = "", False
    for character in characters:
        if quoted:
            if character == '"':
                found.append(buffer)
                buffer, quoted = "", False
            else:
                buffer += character
        elif character == "[":
            found.append(_gml_list(characters))
        elif character == "]":
            return found
        elif character == '"':
            quoted = True
        elif character in " \t\n":
            if buffer:
                found.append(_gml_word(buffer))
                buffer = ""
        else:
            buffer += character
    return found


def _gml_word(text: str) -> int | float | str:
    for parse in (_whole(64), _real):
        try:
            return parse(text)
        except ValueError:
            continue
    return text


class _GML(_Container):
    def graph(self, content: list[Any]) -> None:
        for key, value in _twos(content):
            if key == "directed":
                self.directed = value == 1
            elif key == "node":
                self.node(value)
            elif key == "edge":
                self.edge(value)

    def node(self, content: list[Any]) -> None:
        given = {key.lower(): str(value) for key, value in _twos(content) if key.lower() in ("id", "label")}
        node = self.new_node(given["id"])
        node.properties |= {"label": given["label"]} if "label" in given else {}
        self.attributes(node, content)

    def attributes(self, node: Node, content: list[Any]) -> None:
        for key, value in _twos(content):
            name = key.lower()
            if isinstance(value, list):
                self.attributes(node, value)
            elif name in ("x", "y", "z", "w") and not isinstance(value, str):
                node.properties["size" if name == "w" else name] = float(value)
            elif name == "fill":
                node.properties["color"] = value
            elif name not in ("id", "label", "h", "d"):
                self.plain_value(node, key, value)

    def edge(self, content: list[Any]) -> None:
        given = dict(_twos(content))
        edge = Edge(None, self.end(str(given["source"])), self.end(str(given["target"])), self.directed)
        for key, value in _twos(content):
            if key in ("value", "weight") and not isinstance(value, str):
                edge.weight = float(value)
            elif key.lower() not in ("id", "source", "target", "value", "weight", "label"):
                self.plain_value(edge, key, value)
        self.add(edge)


def _twos(content: list[Any]) -> list[tuple[Any, Any]]:
    if len(content) % 2:
        raise ImportFailed(f"IndexOutOfBoundsException: a key without a value in {content}")
    return list(zip(content[::2], content[1::2], strict=True))


def read_gml(document: bytes) -> Import:
    """Import a GML document; raises ImportFailed where Gephi gives up."""
    reader = _GML()
    content = _gml_list(iter(document.decode()))
    for key, value in pairwise(content):
        if key == "graph" and isinstance(value, list):
            reader.graph(value)
            return reader.finish()
    raise ImportFailed("Bad parsing of the GML file")


# -- DOT -------------------------------------------------------------------------

WORD, QUOTED, END = "word", '"', "end"
ESCAPES = {"a": "\a", "b": "\b", "f": "\f", "n": "\n", "r": "\r", "t": "\t", "v": "\v"}


def _dot_tokens(text: str) -> Iterator[tuple[str, str | None]]:
    """StreamTokenizerWithMultilineLiterals as ImporterDOT sets it up; octal escapes are left out."""
    ordinary = set("[]{}>/*,=")
    place = 0
    while place < len(text):
        start = place
        place += 1
        if text[start] <= " " or text[start] == ";":
            continue
        if text[start] == '"':
            value = ""
            while place < len(text) and text[place] != '"':
                if text[place] == "\\":
                    place += 1
                    if text[place] in "01234567":
                        raise ImportFailed("the model reads no octal escapes")
                    value += ESCAPES.get(text[place], text[place])
                else:
                    value += text[place]
                place += 1
            place += 1
            yield QUOTED, value
        elif text[start] in ordinary:
            yield text[start], None
        else:
            while place < len(text) and text[place] > " " and text[place] not in ordinary | set(';"'):
                place += 1
            yield WORD, text[start:place]
    while True:
        yield END, None


class _DOT(_Container):
    def __init__(self, text: str) -> None:
        super().__init__()
        self.tokens = _dot_tokens(text)
        self.back = False
        self.type: str = END
        self.text: str | None = None

    def next(self) -> None:
        if not self.back:
            self.type, self.text = next(self.tokens)
        self.back = False

    def document(self) -> None:
        self.next()
        if (self.text or "").lower() not in ("digraph", "graph"):
            raise ImportFailed("No graph found")
        self.directed = (self.text or "").lower() == "digraph"
        while self.type != "{":
            self.next()
            if self.type == END:
                return
        while self.type != END:
            self.next()
            self.statement()

    def statement(self) -> None:
        if self.text is None:
            return
        if self.text.lower() in ("graph", "node", "edge", "subgraph"):
            self.result.say("SILENT", f"everything behind '{self.text}' is skipped up to a brace")
            while self.type not in ("{", END):
                self.next()
            return
        node = self.text
        self.next()
        if self.type == WORD and self.text in ("-", "--"):
            self.node_of(node)
            self.edges(node)
        elif self.type == "[":
            self.attributes(self.node_of(node))
        else:
            self.node_of(node)
            self.back = True

    def node_of(self, identifier: str) -> Node:
        return self.result.nodes[identifier] if identifier in self.result.nodes else self.new_node(identifier)

    def edges(self, source: str) -> None:
        while True:
            self.next()
            if self.type == ">":
                self.next()
            edge = Edge(None, source, self.node_of(str(self.text)).id, self.directed)
            self.add(edge)
            self.next()
            if self.type == "[":
                self.attributes(edge)
            if self.type == WORD and self.text in ("-", "--"):
                source = edge.target
                continue
            if self.type != "]":
                self.back = True
            return

    def attributes(self, owner: Node | Edge) -> None:
        while True:
            self.next()
            if self.type in ("]", END):
                return
            if self.type not in (WORD, QUOTED):
                continue
            name = str(self.text)
            self.next()
            if self.type != "=":
                self.result.say("WARNING", f"'{name}' is unreachable")
                self.back = True
                continue
            self.next()
            self.attribute(owner, name, str(self.text))

    def attribute(self, owner: Node | Edge, name: str, text: str) -> None:
        match name.lower():
            case "label":
                owner.properties["label"] = text
            case "color":
                owner.properties |= dict(zip("rgb", _dot_colour(text), strict=True))
            case "pos" if isinstance(owner, Node):
                owner.properties |= dict(zip("xyz", map(_real, text.split(",")), strict=False))
            case "weight" if isinstance(owner, Edge):
                owner.weight = _real(text)
            case "style":
                pass
            case _ if text:
                self.plain_value(owner, name, text)


def _dot_colour(text: str) -> tuple[int, ...]:
    """ImporterDOT.parseColor: #RRGGBB is transparent, and a number in place of hue, saturation and value a colour."""
    if text.startswith("#") or re.fullmatch(r"(0x)?[0-9a-f]+", text.lower().replace(" ", "")):
        raise ImportFailed(f"the colour {text} is read as another one")
    hue, saturation, value = map(_real, text.split(" "))
    return tuple(int(shade * 255 + 0.5) for shade in colorsys.hsv_to_rgb(hue, saturation, value))


def read_dot(document: bytes) -> Import:
    """Import a DOT document; raises ImportFailed where Gephi gives up."""
    reader = _DOT(document.decode())
    reader.document()
    return reader.finish()


# -- Pajek -----------------------------------------------------------------------


def read_pajek(document: bytes) -> Import:
    """Import Pajek's network; raises ImportFailed where Gephi gives up."""
    reader = _Container()
    lines = iter(document.decode().splitlines())
    head = next((line.strip() for line in lines if line.strip().lower().startswith("*vertices")), None)
    if head is None:
        raise ImportFailed("NullPointerException: no *Vertices")
    names = [str(number + 1) for number in range(int(head.split()[1]))]
    for name in names:
        reader.new_node(name).properties["label"] = name
    header = None
    for line in lines:
        if line.startswith("*"):
            header = line
            break
        _pajek_vertex(reader.result, line, names)
    if header is None:
        raise ImportFailed("NullPointerException: no *Arcs or *Edges behind the vertices")
    for line in lines:
        if line.startswith("*"):
            raise ImportFailed("the model reads one list of edges")
        if not line:
            reader.result.say("WARNING", "an empty line")
        else:
            first, second, *weight = line.split()
            weights = [_real(each) for each in weight[:1]] or [1.0]
            # The importer sets no direction, and what has none is directed.
            reader.add(Edge(None, names[int(first) - 1], names[int(second) - 1], True, weight=weights[0]))
    return reader.finish()


def _pajek_vertex(result: Import, line: str, names: list[str]) -> None:
    parts = line.strip().split('"')
    if len(parts) > 3:
        result.say("SEVERE", f"Data format error: more than two quotation marks in {line}")
    node = result.nodes[names[int(parts[0]) - 1]]
    label, places = (parts[1].strip(), parts[2].split()) if len(parts) > 2 else ("", [])
    if label:
        node.properties["label"] = label
    if len(places) >= 2:
        node.properties |= {"x": _real(places[0]), "y": _real(places[1])}
    if len(places) > 2:
        node.properties["size"] = _real(places[1])  # the fault: it takes the y


# -- tables ----------------------------------------------------------------------


def read_tables(nodes: bytes, edges: bytes) -> Import:
    """Import a table of nodes and then a table of edges, with "append to existing workspace"."""
    reader = _Container()
    for row in _table(nodes):
        node = reader.new_node(row.pop("Id", ""))
        if label := row.pop("Label", ""):
            node.properties["label"] = label
        for name, value in row.items():
            reader.plain_value(node, name, value)
    for row in _table(edges):
        directed = row.pop("Type", "Directed").lower() == "directed"
        edge = Edge(None, reader.end(row.pop("Source")), reader.end(row.pop("Target")), directed)
        edge.weight = _real(row.pop("Weight", "1"))
        for name, value in row.items():
            reader.plain_value(edge, name, value)
        reader.add(edge)
    return reader.finish()


def _table(document: bytes) -> list[dict[str, str]]:
    """SpreadsheetUtils.configureCSVParser: a backslash escapes, values are trimmed, and an empty one is none."""
    rows = csv.DictReader(io.StringIO(document.decode(), newline=""), escapechar="\\", doublequote=True, strict=True)
    return [{name: kept for name, cell in row.items() if (kept := _trim(cell))} for row in rows]


def _set_property(properties: dict[str, Any], name: str, value: str) -> None:
    if name in ("r", "g", "b"):
        properties[name] = _whole(32)(value)
    elif name in ("label", "color"):
        properties[name] = value
    else:
        properties[name] = _real(value.replace(",", "."))


def _local(tag: str) -> str:
    return tag.rpartition("}")[2].lower()


def _attributes(element: ET.Element) -> dict[str, str]:
    return {_local(name): value for name, value in element.attrib.items()}


def _trim(text: str) -> str:
    """As Java's String.trim: off goes everything up to and including the space."""
    return re.sub(r"\A[\x00-\x20]+|[\x00-\x20]+\Z", "", text)


def _text(element: ET.Element) -> str:
    """The text; pieces of it that are XML white space are dropped."""
    return "".join(piece for piece in element.itertext() if piece.strip(" \t\r\n"))


# -- java.lang.*.valueOf ---------------------------------------------------------


def _whole(bits: int) -> Callable[[str], int]:
    def parse(text: str) -> int:
        if not re.fullmatch(r"[+-]?\d+", text):
            raise ValueError(f"NumberFormatException: {text}")
        number = int(text)
        if bits and not -(1 << bits - 1) <= number < 1 << bits - 1:
            raise ValueError(f"NumberFormatException: {text} has more than {bits} bits")
        return number

    return parse


def _real(text: str) -> float:
    match = re.fullmatch(r"([+-]?(?:NaN|Infinity|(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?))[fFdD]?", _trim(text))
    if match is None:
        raise ValueError(f"NumberFormatException: {text}")
    return float(match[1])


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(f"NumberFormatException: {text}") from error


def _truth(text: str) -> bool:
    return text == "1" or text.lower() == "true"


def _character(text: str) -> str:
    if len(text) > 1:
        raise ValueError("IllegalArgumentException: The string has a length > 1")
    return text


PARSERS: dict[str, Callable[[str], Any]] = {
    "boolean": _truth,
    "bool": _truth,
    "integer": _whole(32),
    "int": _whole(32),
    "long": _whole(64),
    "float": _real,
    "double": _real,
    "string": str,
    "bigdecimal": _decimal,
    "biginteger": _whole(0),
    "byte": _whole(8),
    "short": _whole(16),
    "char": _character,
    **{
        f"list{kind}": str
        for kind in (
            "boolean",
            "int",
            "long",
            "float",
            "double",
            "string",
            "bigdecimal",
            "biginteger",
            "byte",
            "char",
            "short",
        )
    },
}
