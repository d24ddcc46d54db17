"""Pictures drawn by matplotlib, the only module that knows it: SVG to be read in a page, PNG to be printed.

Both come of one figure. The same picture gives the same bytes: fonts are those that matplotlib brings with it, and no
date or random name is in them.
"""

import logging
import re
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cache
from io import BytesIO, StringIO
from itertools import cycle
from statistics import median
from typing import TYPE_CHECKING, Any
from xml.etree import ElementTree as ET

from harvester.review.blocks import Columns, Drawing, Picture, Plane, Rows, Sets
from harvester.review.figures import clean

if TYPE_CHECKING:
    from matplotlib.axes import Axes
    from matplotlib.figure import Figure

__all__ = ["COLOURS", "GROUND", "INK", "QUIET", "png", "svg"]

# Told apart by people of every colour vision, also by how light they are; each has a contrast of 3 or more with the
# ground (w3.org/TR/WCAG22, 1.4.11). The first eight are for communities, which have their numbers besides.
COLOURS = ("#0b5394", "#c1440e", "#4d8b31", "#7b3f98", "#a8871a", "#3d8fa8", "#8c1d40", "#222222")
HATCHES = ("", "////", "....", "xxxx", "\\\\\\\\", "++++")
GROUND, INK, QUIET = "#ffffff", "#111111", "#6e6e6e"
FAINT, THREAD = "#c9c9c9", "#dfdfdf"
"""Of what only carries the eye: empty places, and links between works, which say nothing by themselves."""

WIDTH = 6.5
"""In inches, the breadth of the text on a page of A4; letters are as large as the small print of a page."""

KEYED = 90
"""Letters that a line of a legend has room for, with six for each of its signs."""

SIZE = 9.0
RESOLUTION = 300
"""Dots an inch in what is printed."""

LETTERS = 33
"""So many letters of a name stand beside a picture, of which two are side by side."""

DOTS = (2.6, 3.6, 4.8, 6.2, 8.0)
"""Breadths of dots, from few citations to many; steps, since each makes a shape of its own in the file."""

_SVG = "http://www.w3.org/2000/svg"
_HREF = "{http://www.w3.org/1999/xlink}href"
_HERE = re.compile(r"url\(#([^)]+)\)")
_LONG = re.compile(r"-?\d+\.\d{3,}")
_PLACED = {"d", "x", "y", "transform"}

_FONT = "'DejaVu Sans'"
_FONTS = f"{_FONT}, Verdana, Geneva, sans-serif"
"""Fonts as wide as the one that room was made for."""

_SETTINGS: Any = {
    "axes.edgecolor": INK,
    "axes.spines.right": False,
    "axes.spines.top": False,
    "figure.constrained_layout.use": True,
    "font.family": "DejaVu Sans",
    "font.size": SIZE,
    "hatch.linewidth": 0.6,
    "legend.frameon": False,
    "path.simplify": False,
    "svg.fonttype": "none",
    "text.color": INK,
    "text.parse_math": False,
}


def svg(picture: Picture, drawing: Drawing) -> str:
    """Draw a picture for a page of HTML, as an element that has its title and its text within it.

    Letters are text. Every id in it begins with the name of the picture, since a page may hold several.
    """
    with _figure(drawing, salt=picture.name) as figure:
        stream = StringIO()
        figure.savefig(stream, format="svg", metadata={"Date": None, "Creator": None, "Format": None, "Type": None})
    return _embedded(stream.getvalue(), picture)


def png(drawing: Drawing) -> bytes:
    """Draw a picture for print."""
    with _figure(drawing, salt="") as figure:
        stream = BytesIO()
        figure.savefig(stream, format="png", dpi=RESOLUTION, metadata={"Software": None})
    return stream.getvalue()


@contextmanager
def _figure(drawing: Drawing, *, salt: str) -> Iterator["Figure"]:
    import matplotlib as mpl
    from matplotlib.figure import Figure

    # Where its list of fonts cannot be kept, it makes one each time and says so at length.
    logging.getLogger("matplotlib").setLevel(logging.ERROR)
    with mpl.rc_context():
        mpl.rcdefaults()
        mpl.rcParams.update(_SETTINGS)
        mpl.rcParams["svg.hashsalt"] = salt
        figure = Figure(facecolor=GROUND)
        match drawing:
            case Columns():
                _columns(figure, drawing)
            case Rows():
                _rows(figure, drawing)
            case Sets():
                _sets(figure, drawing)
            case Plane():
                _plane(figure, drawing)
        yield figure


def _embedded(text: str, picture: Picture) -> str:
    """Make of an SVG document an element that can stand beside others in a page."""
    root = ET.fromstring(text)  # noqa: S314 - matplotlib wrote it a moment ago
    for parent in list(root.iter()):
        for child in list(parent):
            # A style in a picture would be one of the whole page.
            if child.tag.rpartition("}")[2] in ("metadata", "style"):
                parent.remove(child)
    for element in root.iter():
        for name, value in list(element.attrib.items()):
            if name == "id":
                element.set("id", f"{picture.name}-{value}")
            elif name == _HREF:
                del element.attrib[name]
                element.set("href", f"#{picture.name}-{value.removeprefix('#')}")
            elif name in _PLACED:
                # A hundredth of a point is nothing to the eye, and half of the file.
                element.set(name, _LONG.sub(lambda number: f"{float(number[0]):.2f}", value))
            else:
                element.set(name, _HERE.sub(rf"url(#{picture.name}-\1)", value).replace(_FONT, _FONTS))
    title, described = ET.Element(f"{{{_SVG}}}title"), ET.Element(f"{{{_SVG}}}desc")
    title.text, described.text = clean(picture.title), clean(picture.text)
    title.set("id", f"{picture.name}-title")
    described.set("id", f"{picture.name}-description")
    root[:0] = [title, described]
    root.set("role", "img")
    root.set("aria-labelledby", f"{picture.name}-title {picture.name}-description")
    root.set("stroke-linejoin", "round")
    ET.register_namespace("", _SVG)
    return ET.tostring(root, encoding="unicode") + "\n"


# -- columns and rows ----------------------------------------------------------------------------------


def _columns(figure: "Figure", drawing: Columns) -> None:
    figure.set_size_inches(WIDTH, 3.2)
    axes = figure.subplots()
    places = list(range(len(drawing.categories)))
    base = [0] * len(places)
    for series, (colour, hatch) in zip(drawing.series, cycle(zip(COLOURS, HATCHES, strict=False)), strict=False):
        axes.bar(places, series.numbers, 0.86, base, label=series.name, **_filled(colour, hatch))
        base = [below + number for below, number in zip(base, series.numbers, strict=True)]
    # A column needs no name of its own where its neighbours have theirs.
    step = max(1, -(-len(places) // 16))
    axes.set_xticks(places[::step], drawing.categories[::step], rotation=45 if len(places) > 8 else 0)
    axes.set_xlim(-0.6, max(len(places), 6) - 0.4)
    _whole_numbers(axes.yaxis)
    axes.set_ylabel(drawing.measure)
    _keyed(figure, axes, len(drawing.series))


def _rows(figure: "Figure", drawing: Rows) -> None:
    figure.set_size_inches(WIDTH, 1.3 + 0.36 * len(drawing.categories))
    axes = figure.subplots()
    places = list(range(len(drawing.categories)))
    base = [0] * len(places)
    for series, (colour, hatch) in zip(drawing.series, cycle(zip(COLOURS, HATCHES, strict=False)), strict=False):
        axes.barh(places, series.numbers, 0.7, base, label=series.name, **_filled(colour, hatch))
        base = [below + number for below, number in zip(base, series.numbers, strict=True)]
    most = max(base)
    for place, total, remark in zip(places, base, drawing.remarks, strict=True):
        axes.text(total + most * 0.01, place, f"{total:,} {remark}".rstrip(), va="center")
    axes.set_xlim(0, most * 1.22)
    axes.set_yticks(places, drawing.categories)
    axes.invert_yaxis()
    _whole_numbers(axes.xaxis)
    axes.set_xlabel(drawing.measure)
    _keyed(figure, axes, len(drawing.series))


def _filled(colour: str, hatch: str) -> dict[str, Any]:
    """Fill a bar so that it is told from its neighbour without its colour too."""
    return {"facecolor": colour, "edgecolor": GROUND, "linewidth": 0.6, "hatch": hatch}


def _whole_numbers(axis: Any) -> None:
    from matplotlib.ticker import FuncFormatter, MaxNLocator

    axis.set_major_locator(MaxNLocator(nbins=6, integer=True, min_n_ticks=1))
    axis.set_major_formatter(FuncFormatter(lambda value, _: f"{value:,.0f}"))


def _keyed(figure: "Figure", axes: "Axes", many: int) -> None:
    handles, names = axes.get_legend_handles_labels()
    columns = min(many, 3 if sum(len(name) + 6 for name in names) <= KEYED else 2)
    figure.legend(handles, names, loc="outside upper left", ncols=columns, handlelength=2.2, handleheight=1.1)


# -- sets ----------------------------------------------------------------------------------------------


def _sets(figure: "Figure", drawing: Sets) -> None:
    indexes = [name for name, _ in drawing.totals]
    rows, places = list(range(len(indexes))), list(range(len(drawing.together)))
    figure.set_size_inches(WIDTH, 2.4 + 0.3 * len(indexes))
    (blank, above), (left, matrix) = figure.subplots(2, 2, width_ratios=(1, 2), height_ratios=(5, max(len(rows), 2)))
    blank.axis("off")
    bars = above.bar(places, [number for _, number in drawing.together], 0.62, color=COLOURS[0])
    above.bar_label(bars, [f"{number:,}" for _, number in drawing.together], padding=1)
    above.margins(y=0.14)
    above.set_ylabel(drawing.measure)
    above.set_xticks([])
    _whole_numbers(above.yaxis)
    totals = [total for _, total in drawing.totals]
    left.barh(rows, totals, 0.62, color=COLOURS[1])
    for row, total in enumerate(totals):
        left.text(total + max(totals) * 0.04, row, f"{total:,}", ha="right", va="center")
    left.set_xlim(max(totals) * 1.6, 0)
    left.yaxis.tick_right()
    left.set_yticks(rows, indexes)
    left.set_xlabel("in all")
    for place, (names, _) in enumerate(drawing.together):
        inside = [row for row, name in enumerate(indexes) if name in names]
        matrix.plot([place] * len(rows), rows, "o", color=FAINT, markersize=6)
        matrix.plot([place, place], [min(inside), max(inside)], "-", color=INK, linewidth=1.8)
        matrix.plot([place] * len(inside), inside, "o", color=INK, markersize=7)
    matrix.set_yticks([])
    matrix.set_xlabel("known to exactly these")
    for axes in (left, matrix):
        axes.set_xticks([])
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.tick_params(right=False)
        axes.spines[:].set_visible(False)
    for axes in (above, matrix):
        axes.set_xlim(-0.6, max(len(places), 4) - 0.4)


# -- communities ---------------------------------------------------------------------------------------


def _plane(figure: "Figure", drawing: Plane) -> None:
    from matplotlib.patches import PathPatch
    from matplotlib.path import Path

    figure.set_size_inches(WIDTH, 4.6)
    axes = figure.subplots()
    axes.axis("off")
    axes.set_aspect("equal", adjustable="datalim")
    ends = [(drawing.dots[place].x, drawing.dots[place].y) for link in drawing.links for place in link]
    if ends:
        codes = [Path.MOVETO, Path.LINETO] * len(drawing.links)
        # One path for all: thousands of lines would each take a line of text.
        axes.add_patch(PathPatch(Path(ends, codes), facecolor="none", edgecolor=THREAD, linewidth=0.3))
    most = max(dot.links for dot in drawing.dots)
    by_look: dict[tuple[int, int], list[tuple[float, float]]] = {}
    for group, x, y, links in drawing.dots:
        step = min(int(len(DOTS) * links / most), len(DOTS) - 1)
        by_look.setdefault((group if group <= len(drawing.names) else 0, step), []).append((x, y))
    for (group, step), places in sorted(by_look.items()):
        axes.plot(
            [x for x, _ in places],
            [y for _, y in places],
            "o",
            markersize=DOTS[step],
            color=COLOURS[group - 1] if group else QUIET,
            markeredgecolor=GROUND,
            markeredgewidth=0.3,
        )
    for group, (x, y) in _numbered(drawing).items():
        axes.annotate(
            str(group),
            (x, y),
            ha="center",
            va="center",
            weight="bold",
            bbox={
                "boxstyle": "circle,pad=0.25",
                "facecolor": GROUND,
                "edgecolor": COLOURS[group - 1],
                "linewidth": 1.6,
            },
        )
    _named(figure, drawing)


def _numbered(drawing: Plane) -> dict[int, tuple[float, float]]:
    """Say where the number of each community stands: amid its dots, and not upon another number."""
    places: dict[int, tuple[float, float]] = {}
    room = (max(dot.x for dot in drawing.dots) - min(dot.x for dot in drawing.dots)) / 18
    for group in range(1, len(drawing.names) + 1):
        inside = [dot for dot in drawing.dots if dot.group == group]
        if not inside:
            continue
        x, y = median(dot.x for dot in inside), median(dot.y for dot in inside)
        while room and any(abs(x - there) < room and abs(y - level) < room for there, level in places.values()):
            y -= room
        places[group] = (x, y)
    return places


def _named(figure: "Figure", drawing: Plane) -> None:
    """Write what the numbers stand for beside the map; letters that the font lacks are left to the table."""
    from matplotlib.lines import Line2D

    lines = [
        (COLOURS[group - 1], f"{group}  {_cut(name) if _is_drawable(name) else 'named in the table'}")
        for group, name in enumerate(drawing.names, start=1)
        if any(dot.group == group for dot in drawing.dots)
    ]
    if any(dot.group > len(drawing.names) for dot in drawing.dots):
        lines.append((QUIET, drawing.rest))
    handles = [Line2D([], [], marker="o", linestyle="", color=colour) for colour, _ in lines]
    figure.legend(handles, [name for _, name in lines], loc="outside lower left", ncols=2, handletextpad=0.2)


def _cut(name: str) -> str:
    return name if len(name) <= LETTERS else f"{name[: LETTERS - 1].rstrip(' ,')}…"


def _is_drawable(name: str) -> bool:
    return bool(name) and all(ord(letter) in _letters() for letter in name)


@cache
def _letters() -> frozenset[int]:
    from matplotlib.font_manager import findfont, get_font

    return frozenset(get_font(findfont("DejaVu Sans")).get_charmap())
