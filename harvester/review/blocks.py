"""The plain blocks of which the account is made, and what its pictures show; each format lays them out its own way."""

from typing import NamedTuple, TypeAlias

from harvester.review.boxes import Box

__all__ = [
    "Block",
    "Cell",
    "Code",
    "Columns",
    "Dot",
    "Drawing",
    "Flow",
    "Grid",
    "Listing",
    "Picture",
    "Plane",
    "Rows",
    "Section",
    "Series",
    "Sets",
    "Text",
]

Cell: TypeAlias = str | int | None


# -- what pictures show --------------------------------------------------------------------------------


class Series(NamedTuple):
    """Numbers of one kind, one for each category."""

    name: str
    numbers: tuple[int, ...]


class Columns(NamedTuple):
    """Columns side by side, each of series one upon the other."""

    measure: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]


class Rows(NamedTuple):
    """Rows one below the other, each of series one after the other, with a remark at its end."""

    measure: str
    categories: tuple[str, ...]
    series: tuple[Series, ...]
    remarks: tuple[str, ...]


class Sets(NamedTuple):
    """Sets by size, and what is in exactly these of them: an UpSet plot (Lex et al., doi 10.1109/TVCG.2014.2346248)."""

    measure: str
    totals: tuple[tuple[str, int], ...]
    together: tuple[tuple[tuple[str, ...], int], ...]


class Dot(NamedTuple):
    """A work on a map: the number of its group, from 1, its place, and how many links it has."""

    group: int
    x: float
    y: float
    links: int


class Plane(NamedTuple):
    """Dots in a plane, with links between them; groups without a name are the rest."""

    dots: tuple[Dot, ...]
    links: tuple[tuple[int, int], ...]
    names: tuple[str, ...]
    rest: str


class Flow(NamedTuple):
    """The flow diagram, drawn, and its boxes for a format that draws itself."""

    svg: str
    boxes: tuple[Box, ...]


Drawing: TypeAlias = Columns | Rows | Sets | Plane


# -- blocks --------------------------------------------------------------------------------------------


class Text(NamedTuple):
    """A paragraph; `warns` where nobody should read on without having read it."""

    text: str
    warns: bool = False


class Listing(NamedTuple):
    """Lines one after the other."""

    lines: tuple[str, ...]


class Code(NamedTuple):
    """Text that is shown letter by letter."""

    lines: tuple[str, ...]


class Grid(NamedTuple):
    """A table with its caption; `numbers` are the columns set right."""

    caption: str
    headings: tuple[str, ...]
    rows: tuple[tuple[Cell, ...], ...]
    numbers: frozenset[int] = frozenset()


class Picture(NamedTuple):
    """A picture: a name that no other has, its title, what it shows in words, and the same numbers as tables.

    The tables hold every number of the picture, for whoever cannot see it and for formats that hold no pictures.
    """

    name: str
    title: str
    text: str
    drawing: Drawing | Flow
    tables: tuple[Grid, ...] = ()


Block: TypeAlias = Text | Listing | Code | Grid | Picture


class Section(NamedTuple):
    """A heading with what stands under it."""

    title: str
    blocks: tuple[Block, ...]
