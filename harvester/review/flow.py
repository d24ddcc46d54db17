"""The flow diagram of PRISMA 2020 as a picture: numbers on record in whole boxes, the authors' own in dashed ones."""

from collections.abc import Iterator, Mapping, Sequence
from html import escape
from typing import NamedTuple
from unicodedata import east_asian_width

from harvester.review.boxes import Box, Entry, boxes
from harvester.review.facts import Account
from harvester.review.figures import clean
from harvester.review.items import figure_text

__all__ = ["COLUMNS", "ROWS", "STAGES", "described", "flow_svg", "lines_of"]

WIDTH, MARGIN, GAP = 1120, 16, 34
LABEL = 30
"""The room of the names of the stages, on the left."""
LINE, PADDING, SIZE = 17, 10, 13
LETTERS = 30
"""Letters that go on a line of a box in a font as wide as DejaVu Sans; a wide letter counts twice."""

INK, FRAME, OPEN, GROUND, STAGE = "#111111", "#1b3a57", "#5a5a5a", "#ffffff", "#dce8f3"

ROWS: tuple[tuple[str | None, str | None, str | None, str | None], ...] = (
    ("identified", "removed", "other_identified", None),
    ("screened", "excluded", None, None),
    ("sought", "not_retrieved", "other_sought", "other_not_retrieved"),
    ("assessed", "excluded_reports", "other_assessed", "other_excluded"),
    ("included", None, None, None),
)
COLUMNS = (
    ("identified", "removed", "databases and registers"),
    ("other_sought", "other_not_retrieved", "other methods"),
)
STAGES = (("Identification", 0, 0), ("Screening", 1, 3), ("Included", 4, 4))
DOWN = (
    ("identified", "screened"),
    ("screened", "sought"),
    ("sought", "assessed"),
    ("assessed", "included"),
    ("other_identified", "other_sought"),
    ("other_sought", "other_assessed"),
)
ACROSS = (
    ("identified", "removed"),
    ("screened", "excluded"),
    ("sought", "not_retrieved"),
    ("assessed", "excluded_reports"),
    ("other_sought", "other_not_retrieved"),
    ("other_assessed", "other_excluded"),
)


class _Placed(NamedTuple):
    """A box in its place."""

    box: Box
    lines: tuple[str, ...]
    x: float
    y: float
    width: float
    height: float


def flow_svg(account: Account) -> str:
    """Draw the flow diagram as an SVG document that stands by itself, with its title and what it says in words."""
    placed, heights, tops = _places({box.name: box for box in boxes(account)})
    bottom = tops[-1] + heights[-1] + MARGIN
    size = f'viewBox="0 0 {WIDTH} {bottom:g}" width="{WIDTH}" height="{bottom:g}"'
    letters = f'font-family="Helvetica, Arial, sans-serif" font-size="{SIZE}" fill="{INK}"'
    named = 'role="img" aria-labelledby="flow-title flow-description"'
    arrow = 'id="flow-arrow" viewBox="0 0 8 8" refX="8" refY="4" markerWidth="8" markerHeight="8" orient="auto"'
    parts = [
        f'<svg xmlns="http://www.w3.org/2000/svg" {size} {named} {letters}>',
        '<title id="flow-title">PRISMA 2020 flow diagram</title>',
        f'<desc id="flow-description">{escape(clean(described(account)))}</desc>',
        f'<defs><marker {arrow}><path d="M0 0L8 4L0 8z" fill="{FRAME}"/></marker></defs>',
        f'<rect width="{WIDTH}" height="{bottom:g}" fill="{GROUND}"/>',
        *_headings(placed),
        *(_stage(name, tops[first], tops[last] + heights[last]) for name, first, last in STAGES),
        *_arrows(placed),
        *(line for each in placed.values() for line in _drawn(each)),
        "</svg>",
    ]
    return "\n".join(parts) + "\n"


def described(account: Account) -> str:
    """Say in words what the flow diagram shows, box by box."""
    columns = {"databases": "Databases and registers", "other": "Other methods", "both": "Included"}
    told = []
    for column, heading in columns.items():
        inside = "; ".join(_told(box) for box in boxes(account) if box.column == column)
        told.append(f"{heading}: {inside}.")
    return f"{' '.join(told)} Three dots stand for a number that is not on record."


def _told(box: Box) -> str:
    if _is_single(box):
        return f"{box.title} {_entry(box.entries[0])}"
    return f"{box.title}: {', '.join(_entry(entry).removeprefix('– ') for entry in box.entries)}"


def _is_single(box: Box) -> bool:
    """Tell a box of one number, which stands beside its title."""
    return len(box.entries) == 1 and not box.entries[0].label


def _entry(entry: Entry) -> str:
    number = figure_text(entry.figure) if entry.figure else "…"
    return f"{entry.label} (n = {number})".strip()


# -- places --------------------------------------------------------------------------------------------


def _places(named: Mapping[str, Box]) -> tuple[dict[str, _Placed], list[float], list[float]]:
    """Set the boxes in rows as high as their highest box."""
    width = (WIDTH - 2 * MARGIN - LABEL - 4 * GAP) / 4
    texts = {name: tuple(_text(box)) for name, box in named.items()}
    high = {name: len(lines) * LINE + 2 * PADDING for name, lines in texts.items()}
    heights, tops, placed = [], [], {}
    top = MARGIN + 2 * LINE + GAP / 2
    for row in ROWS:
        height = max(high[name] for name in row if name)
        tops.append(top)
        heights.append(float(height))
        for column, name in enumerate(row):
            if name:
                x = MARGIN + LABEL + GAP + column * (width + GAP)
                placed[name] = _Placed(named[name], texts[name], x, top, width, height)
        top += height + GAP
    return placed, heights, tops


def lines_of(box: Box) -> Iterator[str]:
    """Give what stands in a box, line by line; what belongs to a line above is set in by two spaces."""
    if _is_single(box):
        yield f"{box.title} {_together(box.entries[0])}"
    else:
        yield f"{box.title}:"
        for entry in box.entries:
            yield f"  {_together(entry)}"
    if box.note:
        yield box.note


def _text(box: Box) -> Iterator[str]:
    for line in lines_of(box):
        yield from _wrapped(line, indent="  " if line.startswith("  ") else "")


def _together(entry: Entry) -> str:
    """Write a line of which the number is not parted from its sign."""
    label, _, number = _entry(entry).rpartition("(n = ")
    return f"{label}(n\N{NO-BREAK SPACE}=\N{NO-BREAK SPACE}{number}"


def _wrapped(text: str, *, indent: str = "") -> Iterator[str]:
    """Break a text into lines that fit; a word that does not fit on any is cut."""
    line = ""
    for word in filter(None, clean(text).split(" ")):
        for piece in _pieces(word, LETTERS - len(indent)):
            if line and _letters(f"{indent}{line} {piece}") > LETTERS:
                yield indent + line
                line = piece
            else:
                line = f"{line} {piece}" if line else piece
    if line:
        yield indent + line


def _pieces(word: str, room: int) -> Iterator[str]:
    piece = ""
    for letter in word:
        if _letters(piece + letter) > room:
            yield piece
            piece = ""
        piece += letter
    yield piece


def _letters(text: str) -> int:
    return sum(2 if east_asian_width(letter) in "WF" else 1 for letter in text)


# -- drawing -------------------------------------------------------------------------------------------


def _drawn(placed: _Placed) -> Iterator[str]:
    box, lines, x, y, width, height = placed
    is_open = box.standing == "yours to write"
    dashes = f'stroke="{OPEN}" stroke-dasharray="5 4"' if is_open else f'stroke="{FRAME}" stroke-width="1.5"'
    yield f'<rect x="{x:g}" y="{y:g}" width="{width:g}" height="{height:g}" fill="{GROUND}" {dashes}/>'
    for number, line in enumerate(lines):
        indent = len(line) - len(line.lstrip(" "))
        place = y + PADDING + (number + 0.75) * LINE
        yield f'<text x="{x + PADDING + 5 * indent:g}" y="{place:g}">{escape(line.strip())}</text>'


def _headings(placed: Mapping[str, _Placed]) -> Iterator[str]:
    for first, last, name in COLUMNS:
        x, right = placed[first].x, placed[last].x + placed[last].width
        yield f'<rect x="{x:g}" y="{MARGIN}" width="{right - x:g}" height="{2 * LINE}" rx="6" fill="{STAGE}"/>'
        yield (
            f'<text x="{(x + right) / 2:g}" y="{MARGIN + 1.3 * LINE:g}" text-anchor="middle" font-weight="bold">'
            f"Identification of studies via {name}</text>"
        )


def _stage(name: str, top: float, bottom: float) -> str:
    middle = (top + bottom) / 2
    return (
        f'<rect x="{MARGIN}" y="{top:g}" width="{LABEL}" height="{bottom - top:g}" rx="6" fill="{STAGE}"/>'
        f'<text transform="translate({MARGIN + LABEL / 2 + 4:g} {middle:g}) rotate(-90)" text-anchor="middle"'
        f' font-weight="bold">{name}</text>'
    )


def _arrows(placed: Mapping[str, _Placed]) -> Iterator[str]:
    for one, other in DOWN:
        above, below = placed[one], placed[other]
        x = above.x + above.width / 2
        yield _arrow([(x, above.y + above.height), (x, below.y)])
    for one, other in ACROSS:
        left, right = placed[one], placed[other]
        y = left.y + min(left.height, right.height) / 2
        yield _arrow([(left.x + left.width, y), (right.x, y)])
    last, end = placed["other_assessed"], placed["included"]
    x, y = last.x + last.width / 2, end.y + end.height / 2
    yield _arrow([(x, last.y + last.height), (x, y), (end.x + end.width, y)])


def _arrow(points: Sequence[tuple[float, float]]) -> str:
    path = "L".join(f"{x:g} {y:g}" for x, y in points)
    return f'<path d="M{path}" fill="none" stroke="{FRAME}" stroke-width="1.5" marker-end="url(#flow-arrow)"/>'
