"""The model of Gephi's importer reports what Gephi reports, on files that are sound, odd and broken."""

import os
from pathlib import Path

import gephi
import pytest

SHARED = Path(os.environ.get("HARVESTER_SHARED", Path(__file__).parents[1].parent / "shared"))


def imported(body: str, keys: str = "", default: str = "directed") -> gephi.Import:
    """What Gephi makes of a file with these keys, and these nodes and edges."""
    return gephi.read(f'<graphml>{keys}<graph edgedefault="{default}">{body}</graph></graphml>'.encode())


PAIR = '<node id="a"/><node id="b"/>'


@pytest.mark.parametrize(
    ("body", "keys", "problem"),
    [
        ("<node/>", "", "SEVERE: Node id is missing"),
        ('<node id="a"/><node id="a"/>', "", "SILENT: two nodes with the id 'a'"),
        ('<node id=" a"/>', "", "WARNING: Node id=' a' has special characters"),
        ('<node id="a&#10;b"/>', "", "WARNING: Node id='a\nb' has special characters"),
        ('<edge source="a" target="b"/>', "", "INFO: Some nodes were created"),
        (PAIR + '<edge source="a" target="b"/>' * 2, "", "INFO: Parallel edges detected"),
        (
            PAIR + '<edge id="1" source="a" target="b"/><edge id="1" source="b" target="a"/>',
            "",
            "WARNING: Edge already",
        ),
        (PAIR + '<edge source="a" target="b" directed="x"/>', "", "SEVERE: Type 'x' of the edge"),
        (
            PAIR + '<edge source="a" target="b"><data key="w">0</data></edge>',
            '<key id="w" for="edge" attr.name="weight" attr.type="double"/>',
            "SEVERE: Edge weight is 0",
        ),
        (
            PAIR + '<edge source="a" target="b"><data key="weight">-1</data></edge>',
            '<key id="weight" for="edge"/>',
            "WARNING: Edge id='None' has a negative weight",
        ),
        ("", '<key id="a" for="node" attr.type="text"/>', "SEVERE: Attribute type for 'text' is not recognized"),
        ("", '<key id="a" for="node"/>', "SEVERE: Attribute type not found"),
        ("", '<key for="node" attr.name="a" attr.type="int"/>', "SEVERE: Attribute parse error"),
        ("", '<key id="a" for="port" attr.type="int"/>', "SEVERE: Attribute class not found"),
        ("", '<key id="a" for="graph" attr.type="int"/>', "WARNING: Graph attributes 'a' ignored"),
        (
            "",
            '<key id="a" for="node" attr.type="int"/><key id="A" for="node" attr.type="string"/>',
            "SILENT: Attribute with id 'A' already exists",
        ),
        ("", '<key id="a" for="node" attr.type="int"><default>x</default></key>', "SEVERE: Attribute 'a' default"),
        ('<node id="a"><data>1</data></node>', "", "SEVERE: Data key is missing"),
        ('<node id="a"><data key="x">1</data></node>', "", "SILENT: a value of the unknown key 'x'"),
        *(
            (
                f'<node id="a"><data key="v">{text}</data></node>',
                f'<key id="v" for="node" attr.type="{kind}"/>',
                problem,
            )
            for kind, text, problem in [
                ("int", "2147483648", "SEVERE: Data value v type error"),
                ("int", "1.0", "SEVERE: Data value v type error"),
                ("double", "a", "SEVERE: Data value v type error"),
                ("int", "", "SILENT: a value of 'v' is empty"),
                ("string", "INFANT", "SILENT: 'INF' becomes 'Infinity'"),
                ("string", "NULL", "SILENT: the value 'NULL' is taken for none"),
            ]
        ),
        (
            '<node id="a"><data key="r">255.0</data></node>',
            '<key id="r" for="node" attr.type="double"/>',
            "SEVERE: Data value r type error",
        ),
    ],
)
def test_the_model_reports_what_gephi_reports(body: str, keys: str, problem: str) -> None:
    """One problem in the file is one line in the report."""
    problems = imported(body, keys).problems()
    assert len(problems) == 1
    assert problems[0].startswith(problem)


@pytest.mark.parametrize(
    "body", ['<node id="a"/><edge source="a"/>', '<edge source="" target="a"/>', "<node>", "\x0b", "&nbsp;"]
)
def test_the_model_stops_where_gephi_stops(body: str) -> None:
    """An edge without an end, or a document that is not XML, ends the import."""
    with pytest.raises(gephi.ImportFailed):
        imported(body)


def test_the_model_takes_reserved_names_for_appearance() -> None:
    """Size, colour and weight are no columns, labels are not "Infinity", and ids of columns are lower case."""
    result = imported(
        '<node id="a"><data key="d0">INF</data><data key="d1">3,5</data><data key="Year">2020</data></node>'
        '<edge source="a" target="a"><data key="d2">2</data></edge>',
        '<key id="d0" for="node" attr.name="label" attr.type="string"/>'
        '<key id="d1" for="node" attr.name="size" attr.type="double"/>'
        '<key id="Year" for="node" attr.name="Year" attr.type="int"><default>1</default></key>'
        '<key id="d2" for="edge" attr.name="Edge Weight" attr.type="double"/>',
    )
    assert result.nodes["a"] == gephi.Node("a", {"label": "INF", "size": 3.5}, {"year": 2020})
    assert (result.edges[0].weight, result.edges[0].values) == (2, {})
    assert list(result.node_columns) == ["year"]
    assert not result.issues


@pytest.mark.parametrize(
    ("name", "nodes", "edges", "problems"),
    [
        ("basic", 11, 12, []),
        ("attributes", 6, 7, ["WARNING: Graph attributes 'mode' ignored as not supported by Gephi"]),
        ("miserables", 77, 254, []),
        ("miserables_broken", 77, 254, ["SILENT: a value of the unknown key"]),
        ("missing_nodes", None, None, ["INFO: Some nodes were created"]),
        ("multigraph", 6, 7, ["INFO: Parallel edges detected"]),
        ("mixed_multigraph", 6, 7, ["INFO: Parallel edges detected"]),
    ],
)
def test_the_model_on_the_files_of_gephi_lite(
    name: str, nodes: int | None, edges: int | None, problems: list[str]
) -> None:
    """Files that other programs wrote, sound, odd and broken."""
    file = SHARED / "data" / "graphfiles" / "graphology" / "graphml" / f"{name}.graphml"
    if not file.exists():
        pytest.skip("the GraphML files of graphology are not on this machine")
    result = gephi.read(file.read_bytes())
    assert nodes in (None, len(result.nodes))
    assert edges in (None, len(result.edges))
    for problem in result.problems():
        assert any(problem.startswith(known) for known in problems)
    assert bool(result.problems()) == bool(problems)
