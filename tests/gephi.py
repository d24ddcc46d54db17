"""A model of what Gephi 0.10 makes of a GraphML file, for tests on machines without Gephi.

Written from its sources as of August 2025: GitHub gephi/gephi, ImporterGraphML, ImportContainerImpl,
ElementDraftImpl and EdgeDraftImpl, and GitHub gephi/graphstore, AttributeUtils.parse. It keeps their
order of steps, their tolerance (names of elements and attributes in any case and any namespace) and
their faults. What Gephi says is an `Issue` with its level; what it does to the data without a word is an
`Issue` of level SILENT, which Gephi does not have. Values of list types are kept as text.

Two things are left out: layout, and the splitting of text, which differs between XML readers for Java.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal, InvalidOperation
from typing import Any, Literal, NamedTuple
from xml.etree import ElementTree as ET

__all__ = ["Column", "Edge", "Import", "ImportFailed", "Issue", "Node", "read"]

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


def read(document: bytes) -> Import:
    """Import a GraphML document; raises ImportFailed where Gephi gives up."""
    try:
        root = ET.fromstring(document)
    except ET.ParseError as error:
        raise ImportFailed(f"XMLStreamException: {error}") from error
    reader = _Reader()
    reader.walk(root)
    return reader.finish()


class _Reader:
    def __init__(self) -> None:
        self.result = Import()
        self.node_properties: dict[str, str] = {}
        self.edge_properties: dict[str, str] = {}
        self.directed = True
        self.edge_ids: set[str] = set()
        self.created = False

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
        if edge.id is not None and edge.id in self.edge_ids:
            self.result.say("WARNING", f"Edge already exists id='{edge.id}'")
            return
        if edge.id is not None:
            self.edge_ids.add(edge.id)
        edge.weight = edge.properties.pop("weight", 1.0)
        self.result.edges.append(edge)

    def end(self, identifier: str) -> str:
        if not identifier:
            raise ImportFailed("IllegalArgumentException: The id can't be empty")
        if identifier not in self.result.nodes:
            self.result.nodes[identifier] = Node(identifier)
            if not self.created:
                self.result.say("INFO", "Some nodes were created based on edges' source and target")
                self.created = True
        return identifier

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
